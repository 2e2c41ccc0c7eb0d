# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""One server for the whole run, in a thread; each test gets a fresh organisation."""

import asyncio
import json
import threading
import time
from types import SimpleNamespace

import pytest
import requests
from aiohttp import web
from dingtalk_simulator.server import Simulator, make_app
from dingtalk_simulator.world import World


class Box:
    """A caller of the simulator: `oapi()` and `api()` as an app, `control()` as the
    tester.

    `simulator` is the server itself, only for what no call shows.
    """

    def __init__(self, simulator, url):
        self.simulator = simulator
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False

    def reset(self, **values):
        self.control("POST", "reset", values)
        line = self.control("GET", "state")
        self.corp_id = line["corp_id"]
        self.app_key, self.app_secret = line["app_key"], line["app_secret"]
        self.agent_id = line["agent_id"]
        self._token = None

    @property
    def world(self):
        return self.simulator.world

    @property
    def org(self):
        return self.world.org()

    def control(self, method, path, body=None, ok=True):
        answer = self.http.request(
            method, "%s/_control/%s" % (self.url, path), json=body
        )
        assert not ok or answer.status_code == 200, answer.text
        return answer.json()

    def settings(self, **values):
        return self.control("PATCH", "settings", values)

    def patient(self):
        """Let answers to pushes come late: this machine may be busy."""
        self.settings(callback_timeout=60000)

    def noon(self, days=0):
        """Move the clock to noon in Beijing, so that no day ends during the test."""
        noon = (int(time.time()) // 86400 + 1 + days) * 86400 + 4 * 3600
        self.settings(clock_offset=noon - time.time())
        self._token = None

    def token(self):
        if self._token is None:
            self._token = self.gettoken()["access_token"]
        return self._token

    def gettoken(self, **params):
        params = params or {"appkey": self.app_key, "appsecret": self.app_secret}
        return self.http.get(self.url + "/gettoken", params=params).json()

    def raw(self, method, path, **options):
        return self.http.request(method, self.url + path, **options)

    def oapi(self, path, body=None, method="POST", token=None, **params):
        """An old-family call; return the JSON body after general checks."""
        params["access_token"] = self.token() if token is None else token
        answer = self.raw(method, path, params=params, json=body)
        assert answer.status_code == 200
        return answer.json()

    def get(self, path, **params):
        return self.oapi(path, method="GET", **params)

    def api(self, method, path, body=None, token=None, **params):
        """A new-family call; returns (status, JSON body)."""
        headers = {
            "x-acs-dingtalk-access-token": self.token() if token is None else token
        }
        answer = self.raw(method, path, params=params, json=body, headers=headers)
        return answer.status_code, answer.json()

    def people(self, count=None):
        return [person["userid"] for person in self.control("GET", "users")][:count]

    def notify(self, userids=(), msg=None, **more):
        body = {
            "agent_id": self.agent_id,
            "msg": msg or {"msgtype": "text", "text": {"content": "hello"}},
        }
        if userids:
            body["userid_list"] = ",".join(userids)
        body.update(more)
        return self.oapi("/topapi/message/corpconversation/asyncsend_v2", body)

    def result(self, task_id):
        return self.oapi(
            "/topapi/message/corpconversation/getsendresult",
            {"agent_id": self.agent_id, "task_id": task_id},
        )


class Server(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.ready = threading.Event()

    def run(self):
        asyncio.run(self._serve())

    async def _serve(self):
        self.loop = asyncio.get_running_loop()
        self.stop = asyncio.Event()
        self.simulator = Simulator(World(10, 2))
        runner = web.AppRunner(make_app(self.simulator), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = self.simulator.url = "http://127.0.0.1:%d" % runner.addresses[0][1]
        self.ready.set()
        await self.stop.wait()
        await runner.cleanup()


@pytest.fixture(scope="session")
def server():
    thread = Server()
    thread.start()
    assert thread.ready.wait(60)
    yield thread
    thread.loop.call_soon_threadsafe(thread.stop.set)
    thread.join(10)


@pytest.fixture(autouse=True)
def no_error_inside(request, caplog):
    """Fail on an internal error of the simulator, unless marked `expects_error`."""
    yield
    if not request.node.get_closest_marker("expects_error"):
        errors = [
            record
            for record in caplog.get_records("call")
            if record.levelname == "ERROR"
            and record.name.startswith("dingtalk_simulator")
        ]
        assert not errors, errors[0].getMessage()


@pytest.fixture
def box(server):
    box = Box(server.simulator, server.url)
    box.reset(people=30, departments=6, seed=7)
    return box


class Clock:
    """Replaces the module `time` of the entrance; moves only by `pass_`."""

    def __init__(self):
        self.now = 1000.0

    def time(self):
        return time.time()

    def monotonic(self):
        return self.now

    def pass_(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(box, monkeypatch):
    """The clock by which the entrance counts a second."""
    clock = Clock()
    monkeypatch.setattr("dingtalk_simulator.gateway.time", clock)
    return clock


@pytest.fixture
def stopped(box, monkeypatch):
    """Stop DingTalk's clock; `clock_offset` moves it."""
    moment = time.time()
    monkeypatch.setattr(
        "dingtalk_simulator.world.time", SimpleNamespace(time=lambda: moment)
    )


@pytest.fixture
def first_dept(box):
    found = max(box.control("GET", "departments"), key=lambda one: one["direct"])
    return found["dept_id"]


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
