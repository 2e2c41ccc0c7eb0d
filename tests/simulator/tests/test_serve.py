# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The command in its own process: ready line, stopping, state across restarts."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from dingtalk_simulator.storage import Storage
from receiver import SECONDS, until


class Process:
    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dingtalk_simulator", "serve"] + list(arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        line = self.process.stdout.readline()
        self.ready = json.loads(line.decode("utf-8")) if line else None
        self.http = requests.Session()
        self.http.trust_env = False

    def call(self, method, path, **options):
        return self.http.request(
            method, self.ready["url"] + path, timeout=SECONDS, **options
        )

    def stop(self, number=signal.SIGTERM):
        self.http.close()
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, out + err


@pytest.fixture
def serve():
    running = []

    def start(*arguments):
        running.append(Process(*arguments))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate()


def test_ready_line(serve):
    one = serve("--people", "12", "--departments", "3", "--seed", "4")
    assert set(one.ready) == {
        "url",
        "corp_id",
        "app_key",
        "app_secret",
        "agent_id",
        "control_url",
        "console_url",
        "phone_url",
    }
    assert one.ready["url"].startswith("http://127.0.0.1:")
    assert all(isinstance(value, str) for value in one.ready.values())
    state = one.call("GET", "/_control/state").json()
    assert (state["corps"][0]["people"], state["corps"][0]["departments"]) == (12, 3)
    two = serve("--people", "12", "--departments", "3", "--seed", "4")
    assert {
        **two.ready,
        "url": 0,
        "control_url": 0,
        "console_url": 0,
        "phone_url": 0,
    } == {**one.ready, "url": 0, "control_url": 0, "console_url": 0, "phone_url": 0}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stops_at_once(serve, number):
    one = serve()
    # A hanging answer and an open page must not delay it.
    one.call("POST", "/_control/faults", json={"kind": "hang", "seconds": 600})
    hanging = socket.create_connection(
        ("127.0.0.1", int(one.ready["url"].rsplit(":", 1)[1]))
    )
    hanging.sendall(b"GET /gettoken HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    page = one.call("GET", "/_control/events", stream=True)
    until(lambda: one.call("GET", "/_control/calls").json()["total"])
    started = time.monotonic()
    returncode, output = one.stop(number)
    assert (returncode, output) == (0, b"")
    assert time.monotonic() - started < SECONDS / 2
    hanging.close()
    page.close()


def test_port_is_taken(serve):
    one = serve()
    port = one.ready["url"].rsplit(":", 1)[1]
    two = serve("--port", port)
    out, err = two.process.communicate(timeout=SECONDS)
    assert two.process.returncode == 1 and b"cannot listen on port" in err and not out


def test_options(serve):
    one = serve("--rate-limit", "none", "--latency", "30")
    found = one.call("GET", "/_control/settings").json()
    assert found["rate_limit"] is None and found["latency"] == 30
    one = serve("--rate-limit", "3")
    assert one.call("GET", "/_control/settings").json()["rate_limit"] == 3


def test_state_survives(serve, tmp_path):
    file = tmp_path / "deep" / "state.json"
    one = serve("--people", "12", "--departments", "3", "--state", str(file))
    key, secret = one.ready["app_key"], one.ready["app_secret"]
    token = one.call(
        "GET", "/gettoken", params={"appkey": key, "appsecret": secret}
    ).json()["access_token"]
    users = one.call("GET", "/_control/users").json()
    userid = users[1]["userid"]
    media = one.call(
        "POST",
        "/media/upload",
        params={"access_token": token, "type": "image"},
        files={"media": ("a.png", b"\x89PNG")},
    ).json()["media_id"]
    send = "/topapi/message/corpconversation/asyncsend_v2"
    body = {
        "agent_id": one.ready["agent_id"],
        "userid_list": userid,
        "msg": {"msgtype": "image", "image": {"media_id": media}},
    }
    sent = one.call("POST", send, params={"access_token": token}, json=body).json()
    one.call("POST", "/_control/messages/%s/read" % sent["task_id"], json={})
    one.call("DELETE", "/_control/users/" + users[2]["userid"])
    one.call(
        "PATCH",
        "/_control/settings",
        json={"rate_limit": 7, "user_not_found_code": 33012},
    )
    other = one.call(
        "POST", "/_control/corps", json={"name": "Second", "people": 2}
    ).json()
    code = one.call("POST", "/_control/login_codes", json={"kind": "oauth"}).json()[
        "code"
    ]
    user = one.call(
        "POST",
        "/v1.0/oauth2/userAccessToken",
        json={"clientId": key, "clientSecret": secret, "code": code},
    ).json()
    kept = {
        path: one.call("GET", "/_control/" + path).json()
        for path in (
            "users",
            "users?left=1",
            "departments",
            "corps",
            "apps",
            "messages",
            "tasks",
            "groups",
            "settings",
            "media",
        )
    }
    assert one.stop()[0] == 0
    assert stat.S_IMODE(os.stat(str(file)).st_mode) == 0o600

    two = serve("--people", "99", "--state", str(file))
    assert two.ready["app_key"] == key
    for path, value in kept.items():
        assert two.call("GET", "/_control/" + path).json() == value, path
    params = {"access_token": token}
    assert (
        two.call("POST", "/topapi/user/listadmin", params=params).json()["errcode"] == 0
    )
    assert two.call("GET", "/_control/media/" + media).content == b"\x89PNG"
    # Still the same day, still the same content.
    again = two.call("POST", send, params=params, json=body).json()
    result = two.call(
        "POST",
        "/topapi/message/corpconversation/getsendresult",
        params=params,
        json={"agent_id": one.ready["agent_id"], "task_id": again["task_id"]},
    ).json()
    assert result["send_result"]["forbidden_list"][0]["code"] == "143106"
    assert (
        two.call(
            "GET",
            "/v1.0/contact/users/me",
            headers={"x-acs-dingtalk-access-token": user["accessToken"]},
        ).status_code
        == 200
    )
    found = two.call(
        "GET",
        "/gettoken",
        params={"appkey": other["app_key"], "appsecret": other["app_secret"]},
    ).json()
    assert found["errcode"] == 0


def test_approvals_survive(serve, tmp_path):
    file = str(tmp_path / "state.json")
    one = serve("--people", "12", "--departments", "3", "--state", file)
    base = "/_control/approvals/"
    users = [each["userid"] for each in one.call("GET", "/_control/users").json()]
    added = {"userid": users[1], "name": "a.txt", "content": "aGVsbG8="}
    attachment = one.call("POST", base + "files", json=added).json()
    body = {
        "process_code": "简单审批",
        "originator": users[1],
        "values": {"标题": "x", "附件": [attachment]},
    }
    made = one.call("POST", base + "instances", json=body).json()
    act = base + "instances/%s/act" % made["id"]
    whom, said = made["tasks"][0]["userid"], {"action": "comment", "remark": "hm"}
    one.call("POST", act, json=dict(said, userid=users[2]))
    one.call("PATCH", base + "templates/请假", json={"enabled": False})
    kept = {
        path: one.call("GET", base + path).json()
        for path in ("templates", "instances", "instances/" + made["id"], "files")
    }
    assert one.stop()[0] == 0

    two = serve("--state", file)
    for path, value in kept.items():
        assert two.call("GET", base + path).json() == value, path
    page = two.call(
        "GET",
        "/phone/%s?tab=work&tile=approvals&instance=%s" % (users[1], made["id"]),
    ).text
    link = re.search(r'href="(/_drive/files/[^"]+)"', page).group(1)
    assert two.call("GET", link.replace("&amp;", "&")).content == b"hello"
    decided = two.call("POST", act, json={"userid": whom, "action": "agree"}).json()
    assert (decided["status"], decided["result"]) == ("COMPLETED", "agree")


def test_what_was_answered_survives_kill(serve, tmp_path):
    """Killed at once after each answer."""
    file = str(tmp_path / "state.json")

    def killed(one):
        one.process.kill()
        one.process.communicate()
        return serve("--state", file)

    one = serve("--state", file)
    credentials = {"appkey": one.ready["app_key"], "appsecret": one.ready["app_secret"]}
    agent_id = one.ready["agent_id"]
    one.call("POST", "/_control/departments", json={"dept_id": 4711, "name": "New"})
    one = killed(one)
    assert one.call("GET", "/_control/departments/4711").json()["name"] == "New"
    userid = one.call("GET", "/_control/users").json()[1]["userid"]
    token = one.call("GET", "/gettoken", params=credentials).json()["access_token"]
    one = killed(one)
    params = {"access_token": token}
    media = one.call(
        "POST",
        "/media/upload",
        params=dict(params, type="image"),
        files={"media": ("a.png", b"\x89PNG")},
    ).json()["media_id"]
    one = killed(one)
    assert one.call("GET", "/_control/media/" + media).content == b"\x89PNG"
    send = "/topapi/message/corpconversation/asyncsend_v2"
    body = {
        "agent_id": agent_id,
        "userid_list": userid,
        "msg": {"msgtype": "image", "image": {"media_id": media}},
    }
    sent = one.call("POST", send, params=params, json=body).json()
    one = killed(one)
    assert [each["task_id"] for each in one.call("GET", "/_control/tasks").json()] == [
        str(sent["task_id"])
    ]
    # Done, but without an answer.
    one.call("POST", "/_control/faults", json={"kind": "reset_after", "path": send})
    body["msg"] = {"msgtype": "text", "text": {"content": "x"}}
    with pytest.raises(requests.ConnectionError):
        one.call("POST", send, params=params, json=body)
    one = killed(one)
    assert len(one.call("GET", "/_control/tasks").json()) == 2


def test_many_changes_at_once_are_written_together(serve, tmp_path):
    file = tmp_path / "state.json"
    one = serve("--state", str(file), "--rate-limit", "none")

    def add(number):
        body = {"userid": "u%d" % number, "name": "U"}
        return one.call("POST", "/_control/users", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(add, range(40))) == {200}
    one.process.kill()
    one.process.communicate()
    two = serve("--state", str(file))
    found = {each["userid"] for each in two.call("GET", "/_control/users").json()}
    assert {"u%d" % number for number in range(40)} <= found


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--people", "-1"], "--people"),
        (["--people", "999999999"], "--people"),
        (["--people", "many"], "--people"),
        (["--departments", "-1"], "--departments"),
        (["--departments", "999999"], "--departments"),
        (["--seed", "x"], "--seed"),
        (["--port", "99999"], "--port"),
        (["--port", "-1"], "--port"),
        (["--rate-limit", "fast"], "--rate-limit"),
        (["--rate-limit", "-3"], "--rate-limit"),
        (["--latency", "-1"], "--latency"),
        (["--latency", "nan"], "--latency"),
        (["--host", "no.such.host.invalid"], "cannot listen"),
        (["--state", "/proc/none/state.json"], "/proc/none/state.json"),
        (["--state", "{folder}"], "{folder}"),
        (["--state", "{folder}/broken.json"], "broken.json"),
        (["--state", "{folder}/list.json"], "list.json"),
        (["--state", "{folder}/half.json"], "half.json"),
    ],
)
def test_wrong_arguments_are_explained(tmp_path, arguments, said):
    (tmp_path / "broken.json").write_text("{", "utf-8")
    (tmp_path / "list.json").write_text("[]", "utf-8")
    (tmp_path / "half.json").write_text('{"format": 1, "seed": 1}', "utf-8")
    arguments = [each.format(folder=tmp_path) for each in arguments]
    done = subprocess.run(
        [sys.executable, "-m", "dingtalk_simulator", "serve"] + arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=60,
    )
    assert done.returncode in (1, 2) and done.stdout == b""
    error = done.stderr.decode("utf-8")
    assert said.format(folder=tmp_path) in error and "Traceback" not in error


def test_help_says_how_departments_are_counted():
    out = subprocess.check_output(
        [sys.executable, "-m", "dingtalk_simulator", "serve", "--help"]
    )
    assert b"root department, id 1, is one more" in b" ".join(out.split())


def test_a_file_of_another_version(tmp_path):
    file = tmp_path / "state.json"
    file.write_text('{"format": 99}', "utf-8")
    with pytest.raises(ValueError):
        Storage(str(file)).load()
    assert Storage(str(tmp_path / "none.json")).load() is None
