# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Delivery of approvals' events: as documented, and lost, doubled, out of order."""

import json

import pytest
from receiver import AES_KEY, TOKEN, Receiver, until
from test_approvals import Desk
from test_stream import Client


@pytest.fixture
def desk(box):
    return Desk(box)


@pytest.fixture
def receiver(box):
    made = Receiver(box.app_key, box.corp_id)
    box.settings(event_time_scale=0.002)
    box.patient()
    box.control(
        "POST", "callbacks", {"url": made.url, "token": TOKEN, "aes_key": AES_KEY}
    )
    yield made
    made.close()


def test_pushed_with_the_members_of_the_captures(desk, receiver):
    desk.flow(("ONE_BY_ONE", desk.a))
    key = desk.start()
    desk.act(key, desk.a, "agree", remark="fine")
    until(lambda: len(receiver.seen) == 5)
    (form,) = receiver.wait("workflow_form_change")
    assert (form["type"], form["formCode"]) == ("update", desk.codes["简单审批"])
    seen = [each for each in receiver.seen if each is not form]
    about = {
        "processInstanceId": key,
        "corpId": desk.box.corp_id,
        "title": desk.read(key)["title"],
        "processCode": desk.codes["简单审批"],
        "bizCategoryId": "",
        "businessId": desk.read(key)["businessId"],
    }
    for message in seen:
        assert {name: message[name] for name in about} == about
        assert message["createTime"] % 1000 == 0
    found = {(each["EventType"], each["type"]): each for each in seen}
    started = found["bpms_instance_change", "start"]
    assert started["staffId"] == desk.asker and "result" not in started
    assert started["url"].startswith("https://aflow.dingtalk.com/")
    task = found["bpms_task_change", "finish"]
    assert (task["staffId"], task["result"], task["remark"]) == (
        desk.a,
        "agree",
        "fine",
    )
    assert isinstance(task["taskId"], int) and task["finishTime"]
    assert found["bpms_instance_change", "finish"]["result"] == "agree"


def arrived(receiver):
    """Keys of events in order of arrival."""
    return [
        (each["processInstanceId"], each["EventType"], each["type"])
        for each in receiver.seen
    ]


def happened(box):
    return [
        (event["data"]["processInstanceId"], event["event_type"], event["data"]["type"])
        for event in box.control("GET", "events/log")
    ]


def test_lost_doubled_and_out_of_order(desk, box, receiver):
    box.settings(
        event_order="random",
        event_shuffle_seconds=0.3,
        event_lose=0.1,
        event_double=0.1,
        event_seed=5,
    )
    for _each in range(50):
        desk.start()
    lost = len(box.control("GET", "pushes?state=lost"))
    assert len(happened(box)) == 100 and 4 <= lost <= 18
    until(lambda: len(set(arrived(receiver))) == 100 - lost)
    until(lambda: not box.control("GET", "pushes?state=waiting"))
    seen = arrived(receiver)
    assert 2 <= len(seen) - len(set(seen)) <= 20
    order = {key: place for place, key in enumerate(happened(box))}
    places = [order[key] for key in seen]
    assert places != sorted(places)
    starts = [key for key in seen if key[1] == "bpms_instance_change"]
    before = sum(
        1
        for key in starts
        for place, other in enumerate(seen)
        if other[0] == key[0]
        and other[1] == "bpms_task_change"
        and place < seen.index(key)
    )
    assert before, "some task came before its instance"


def test_the_same_seed_loses_the_same_events(desk, box, receiver):
    def hit(seed):
        box.settings(event_lose=0.3, event_seed=seed)
        box.control("DELETE", "pushes")
        for _each in range(10):
            desk.start()
        kinds = [push["state"] == "lost" for push in box.control("GET", "pushes")]
        box.settings(event_lose=0, event_seed=0)
        return kinds

    first, other, again = hit(7), hit(8), hit(7)
    assert first == again != other and any(first)


def test_over_a_stream(desk, box):
    client = Client(box)
    key = desk.start()
    until(lambda: len(client.events()) == 2)
    data = [json.loads(frame["data"]) for frame in client.events()]
    assert {each["processInstanceId"] for each in data} == {key}
    assert all("corpId" not in each for each in data)
    kinds = [frame["headers"]["eventType"] for frame in client.events()]
    assert sorted(kinds) == ["bpms_instance_change", "bpms_task_change"]
    client.socket.close()
