# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The official client `dingtalk-stream` works with the gateway."""

import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from receiver import SECONDS, until

pytest.importorskip("dingtalk_stream")
PROGRAM = str(Path(__file__).parent / "stream_client.py")


class Official:
    def __init__(self, box, *arguments):
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.lower().endswith("_proxy")
        }
        environment["DINGTALK_OPENAPI_ENDPOINT"] = box.url
        self.process = subprocess.Popen(
            [sys.executable, PROGRAM, box.app_key, box.app_secret, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            text=True,
        )
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def next(self, seconds=SECONDS):
        return self.lines.get(timeout=seconds)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def official(box):
    box.settings(event_time_scale=12)  # five seconds are short on a busy machine
    made = []

    def make(*arguments):
        made.append(Official(box, *arguments))
        assert made[-1].next() == {"ready": True}
        until(lambda: box.control("GET", "streams")["connections"])
        return made[-1]

    yield make
    for each in made:
        each.stop()


def test_events_pings_robots_and_a_new_connection(box, official):
    client = official()
    (connection,) = box.control("GET", "streams")["connections"]
    assert connection["ua"].startswith("dingtalk-sdk-python/")
    assert {"type": "EVENT", "topic": "*"} in connection["subscriptions"]
    userid = box.people()[-1]
    box.control("DELETE", "users/" + userid)
    line = client.next()
    assert (line["event"], line["corp_id"]) == ("user_leave_org", box.corp_id)
    assert line["data"]["userId"] == [userid]
    until(lambda: box.control("GET", "pushes?state=delivered"))
    box.control("POST", "streams/ping")
    until(lambda: box.control("GET", "streams")["connections"][0]["pongs"])
    body = {
        "topic": "/v1.0/im/bot/messages/get",
        "data": {"msgtype": "text", "text": {"content": "hello"}},
    }
    answer = box.control("POST", "streams/callback", body)
    assert client.next() == {"robot": "hello"}
    content = json.loads(json.loads(answer["answer"])["data"])
    assert content == {"response": "heard"}
    # It disconnects when told, and returns with a new ticket.
    box.control("POST", "streams/disconnect")
    until(
        lambda: [
            each["id"]
            for each in box.control("GET", "streams")["connections"]
            if each["id"] != connection["id"] and each["state"] == "open"
        ]
    )
    box.control("POST", "events", {"event_type": "org_change"})
    assert client.next()["event"] == "org_change"


def test_what_it_could_not_do_comes_again(box, official):
    client = official("later")
    box.settings(stream_redelivery=[10**5] * 2)
    event = box.control("POST", "events", {"event_type": "org_change"})
    assert client.next()["id"] == event["id"]
    until(lambda: box.control("GET", "pushes")[-1]["tries"][0]["problem"] == "later")
    box.control("POST", "pushes/hurry")
    assert client.next()["id"] == event["id"]
    until(lambda: box.control("GET", "pushes")[-1]["state"] == "delivered")
    tries = box.control("GET", "pushes")[-1]["tries"]
    assert [(one["status"], one["problem"]) for one in tries] == [
        (500, "later"),
        (200, ""),
    ]
