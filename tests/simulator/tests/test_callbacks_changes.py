# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Each change of people, departments, roles and apps emits the documented event;
payloads have the captured or documented shape.
"""

import asyncio
import json
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from dingtalk_simulator.callbacks import names, payloads
from dingtalk_simulator.callbacks.payloads import Event
from receiver import AES_KEY, TOKEN, Receiver, until

CAPTURED = json.loads(
    (Path(__file__).parent / "data" / "event_samples_captured.json").read_text("utf-8")
)


class Log:
    """New events since the last look."""

    def __init__(self, box):
        self.box, self.read = box, 0

    def new(self):
        events = self.box.control("GET", "events/log?limit=20000")
        found, self.read = events[self.read :], len(events)
        return [(event["event_type"], event["data"]) for event in found]


@pytest.fixture
def log(box):
    box.settings(rate_limit=None)
    return Log(box)


def kinds(found):
    return [kind for kind, _data in found]


# By API


def test_people_by_api(box, log, first_dept):
    answer = box.oapi(
        "/topapi/v2/user/create",
        {"name": "新人", "mobile": "13912345678", "dept_id_list": str(first_dept)},
    )
    userid = answer["result"]["userid"]
    assert log.new() == [("user_add_org", {"userId": [userid]})]
    box.oapi("/topapi/v2/user/update", {"userid": userid, "title": "经理"})
    ((kind, data),) = log.new()
    assert (kind, data["userId"]) == ("user_modify_org", [userid])
    box.oapi("/topapi/v2/user/delete", {"userid": userid})
    assert log.new() == [("user_leave_org", {"userId": [userid]})]


def test_people_by_history_api(box, log, first_dept):
    body = {"name": "新人", "mobile": "13912345678", "department": [first_dept]}
    userid = box.oapi("/user/create", body)["userid"]
    box.oapi("/user/update", {"userid": userid, "name": "旧人"})
    box.get("/user/delete", userid=userid)
    assert kinds(log.new()) == ["user_add_org", "user_modify_org", "user_leave_org"]


def test_departments_by_api(box, log):
    body = {"name": "新部门", "parent_id": 1}
    dept_id = box.oapi("/topapi/v2/department/create", body)["result"]["dept_id"]
    box.oapi("/topapi/v2/department/update", {"dept_id": dept_id, "name": "旧部门"})
    box.oapi("/topapi/v2/department/delete", {"dept_id": dept_id})
    assert log.new() == [
        ("org_dept_create", {"deptId": [dept_id]}),
        ("org_dept_modify", {"deptId": [dept_id]}),
        ("org_dept_remove", {"deptId": [dept_id]}),
    ]


def test_refused_calls_are_no_events(box, log):
    assert box.oapi("/topapi/v2/user/delete", {"userid": "nobody"})["errcode"]
    assert box.oapi("/topapi/v2/department/delete", {"dept_id": 1})["errcode"]
    assert log.new() == []


# By an administrator in DingTalk


def test_people_by_control(box, log, first_dept):
    person = box.control("POST", "users", {"name": "A", "dept_ids": [first_dept]})
    path = "users/" + person["userid"]
    box.control("PATCH", path, {"depts": {"1": 5}})
    box.control("DELETE", path)
    assert kinds(log.new()) == ["user_add_org", "user_modify_org", "user_leave_org"]


def test_what_a_change_of_a_person_tells(box, log):
    userid = box.control(
        "POST", "users", {"name": "A", "email": "a@example.com", "telephone": "1"}
    )["userid"]
    log.new()
    change = {"name": "B", "telephone": "", "hired_date": 1577808000000}
    box.control("PATCH", "users/" + userid, change)
    ((_kind, data),) = log.new()
    assert data["diffInfo"] == {
        "prev": {"name": "A", "email": "a@example.com", "telephone": "1"},
        "curr": {"name": "B", "email": "a@example.com", "hiredDate": "2020-01-01"},
        "userid": userid,
    }


def test_personal_data_is_nobodys_business(box, log):
    userid = box.people(1)[0]
    box.control("PATCH", "users/" + userid, {"avatar": "http://example.com/a.png"})
    assert log.new() == []


def test_activation(box, log):
    userid = box.control("POST", "users", {"name": "A", "active": False})["userid"]
    log.new()
    box.control("PATCH", "users/" + userid, {"active": True})
    assert log.new() == [("user_active_org", {"userId": [userid]})]
    box.control("PATCH", "users/" + userid, {"active": False})
    assert log.new() == []


def test_administrators(box, log):
    userid = box.people()[-1]
    label = {"userIdList": [userid], "labelIdList": [2]}
    box.control("PATCH", "users/" + userid, {"admin_level": 2})
    assert log.new() == [
        ("org_admin_add", {"userId": [userid]}),
        ("label_user_change", dict(label, action="add")),
    ]
    box.control("PATCH", "users/" + userid, {"admin_level": 1})
    assert log.new() == [
        ("label_user_change", dict(label, action="remove")),
        ("label_user_change", dict(label, labelIdList=[1], action="add")),
    ]
    box.control("PATCH", "users/" + userid, {"admin_level": 0})
    assert kinds(log.new()) == ["org_admin_remove", "label_user_change"]


def test_what_is_saved_unchanged_is_no_change(box, log):
    (administrator,) = [
        person["userid"]
        for person in box.control("GET", "users")
        if person["admin_level"] == 1
    ]
    same = {"admin_level": 1, "active": True, "title": "x"}
    box.control("PATCH", "users/" + administrator, same)
    assert kinds(log.new()) == ["user_modify_org"]


def test_departments_by_control(box, log):
    dept_id = box.control("POST", "departments", {"name": "D"})["dept_id"]
    box.control("PATCH", "departments/%s" % dept_id, {"order": 3})
    box.control("DELETE", "departments/%s" % dept_id)
    assert kinds(log.new()) == [
        "org_dept_create",
        "org_dept_modify",
        "org_dept_remove",
    ]


def test_another_name_of_the_organisation(box, log):
    box.control("PATCH", "departments/1", {"name": "新名称"})
    assert log.new() == [
        ("org_change", {}),
        ("org_dept_modify", {"deptId": [1]}),
    ]
    box.control("PATCH", "departments/1", {"brief": "x"})
    assert kinds(log.new()) == ["org_dept_modify"]


def test_a_busy_day(box, log):
    done = box.control(
        "POST",
        "users/shuffle",
        {"seed": 3, "leavers": 2, "joiners": 3, "moves": 2, "renames": 2, "titles": 1},
    )
    found = log.new()
    for kind, names_of in (
        ("user_leave_org", ["left"]),
        ("user_add_org", ["joined"]),
        ("user_modify_org", ["moved", "renamed", "titled"]),
    ):
        told = [data["userId"][0] for each, data in found if each == kind]
        assert told == [userid for name in names_of for userid in done[name]]


def test_changes_may_come_together(box, log, monkeypatch):
    over, slept = threading.Event(), []

    async def sleep(seconds):
        slept.append(seconds)
        while not over.is_set():
            await asyncio.sleep(0.01)

    monkeypatch.setattr(
        "dingtalk_simulator.callbacks.changes.asyncio", SimpleNamespace(sleep=sleep)
    )
    box.settings(event_batch=30)
    people = box.people(3)
    for userid in people + people[:1]:
        box.control("PATCH", "users/" + userid, {"title": "x" + userid})
    box.control("DELETE", "users/" + people[0])
    assert log.new() == []
    over.set()
    until(lambda: len(box.control("GET", "events/log")) == 2)
    assert slept == [30, 30]
    assert sorted(log.new()) == [
        ("user_leave_org", {"userId": people[:1]}),
        ("user_modify_org", {"userId": people}),
    ]


def test_new_people_may_be_changed_at_once(box, log):
    box.settings(modify_after_add=True)
    box.control("POST", "users", {"name": "A"})
    assert kinds(log.new()) == ["user_add_org", "user_modify_org"]


# Roles


def test_roles(box, log):
    role = box.control("POST", "roles", {"name": "出纳二", "group_name": "新组"})
    group, (kind, data) = log.new()
    assert group[0] == kind == "label_conf_add"
    assert data == {"labelIdList": [role["id"]], "scope": "1"}
    people = box.people(2)
    path = "roles/%s" % role["id"]
    box.control("POST", path + "/members", {"add": people})
    box.control("POST", path + "/members", {"remove": people[:1]})
    label = {"labelIdList": [role["id"]]}
    assert log.new() == [
        ("label_user_change", dict(label, userIdList=people, action="add")),
        ("label_user_change", dict(label, userIdList=people[:1], action="remove")),
    ]
    answer = box.oapi("/topapi/v2/user/get", {"userid": people[1]})
    assert role["id"] in [each["id"] for each in answer["result"]["role_list"]]
    box.control("PATCH", path, {"name": "会计"})
    ((kind, data),) = log.new()
    assert (kind, data["labelIdList"]) == ("label_conf_modify", [role["id"]])
    assert json.loads(data["preLabelList"][0])["name"] == "出纳二"
    assert json.loads(data["postLabelList"][0])["name"] == "会计"
    answer = box.oapi("/topapi/v2/user/get", {"userid": people[1]})
    assert "会计" in [each["name"] for each in answer["result"]["role_list"]]
    box.control("DELETE", path)
    assert kinds(log.new()) == ["label_user_change", "label_conf_del"]
    assert role["id"] not in [each["id"] for each in box.control("GET", "roles")]
    assert "error" in box.control("PATCH", path, {"name": "x"}, ok=False)


def test_roles_of_one_person(box, log):
    userid = box.people()[-1]
    role = box.control("GET", "roles")[0]
    roles = [{key: role[key] for key in ("id", "name", "group_name")}]
    box.control("PATCH", "users/" + userid, {"roles": roles})
    box.control("PATCH", "users/" + userid, {"roles": []})
    found = log.new()
    assert kinds(found) == ["label_user_change"] * 2
    assert [data["action"] for _kind, data in found] == ["add", "remove"]


# Apps


def test_another_scope_of_an_app(box, log):
    scope = {"contact_scope": {"departments": [1], "users": [box.people(1)[0]]}}
    box.control("PATCH", "settings?app_key=" + box.app_key, scope)
    ((kind, data),) = log.new()
    assert kind == "inner_app_scopes_change"
    assert (data["deptIds"], data["userIds"]) == ([1], box.people(1))
    box.settings(latency=0)
    assert log.new() == []


# Shapes


def shape(value):
    """Names and types of values, for comparison."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


@pytest.mark.parametrize(
    "sample", CAPTURED, ids=[sample["event"] for sample in CAPTURED]
)
def test_the_classic_style_is_what_was_captured(sample):
    payload, kind = sample["payload"], sample["event"]
    corp_id = payload.get("CorpId") or payload.get("corpId")
    stamp = payload.get("TimeStamp") or payload.get("EventTime")
    data = payloads.tidy(kind, payload)
    if kind not in names.APPROVALS:
        for name in ("EventType", "EventTime", "CorpId", "BizId", "optStaffId"):
            data.pop(name, None)
    event = Event(
        kind,
        corp_id,
        data,
        int(stamp or 0),
        biz_id=payload.get("BizId", ""),
        operator=payload.get("OptStaffId", ""),
    )
    found = payloads.http(event, "classic")
    if kind == "crm_customer_track":
        assert found.pop("eventId") == event.id
    assert found == payload


def test_the_new_style_is_what_the_pages_print():
    event = Event("user_add_org", "dingcorp", {"userId": ["u"]}, 1663143335567)
    assert payloads.http(event, "new") == {
        "EventType": "user_add_org",
        "EventTime": 1663143335567,
        "CorpId": "dingcorp",
        "BizId": "1663143335567",
        "eventId": event.id,
        "timeStamp": "1663143335567",
        "userId": ["u"],
    }
    event = Event("org_dept_create", "dingcorp", {"deptId": [7]}, 5)
    found = payloads.http(event, "new")
    assert "timeStamp" not in found and found["deptId"] == [7]


def test_attendance_has_no_organisation_in_the_classic_style():
    data = {"dataList": [{"userId": "u", "corpId": "dingcorp"}]}
    event = Event("attendance_check_record", "dingcorp", data, 5)
    assert payloads.http(event, "classic") == {
        "EventType": "attendance_check_record",
        "DataList": data["dataList"],
    }


def test_data_may_be_given_in_any_style():
    for data in ({"UserId": ["u"], "CorpId": "x", "EventType": "y"}, {"userId": ["u"]}):
        assert payloads.tidy("user_add_org", data) == {"userId": ["u"]}


@pytest.mark.parametrize("style", ["classic", "new"])
def test_styles_on_their_way(box, style):
    receiver = Receiver(box.app_key)
    try:
        body = {"url": receiver.url, "token": TOKEN, "aes_key": AES_KEY}
        box.control("POST", "callbacks", dict(body, payload_style=style))
        box.patient()
        userid = box.people(1)[0]
        box.control("PATCH", "users/" + userid, {"title": "x"})
        (message,) = receiver.wait("user_modify_org")
    finally:
        receiver.close()
    assert message["CorpId"] == box.corp_id
    if style == "classic":
        assert message["UserId"] == [userid]
        assert shape(message) == {
            "EventType": "str",
            "UserId": ["str"],
            "CorpId": "str",
            "OptStaffId": "str",
            "TimeStamp": "str",
        }
    else:
        assert message["userId"] == [userid]
        assert message["diffInfo"]["userid"] == userid
        assert message["timeStamp"] == str(message["EventTime"])


def test_a_hundred_changes_arrive(box):
    receiver = Receiver(box.app_key)
    try:
        body = {"url": receiver.url, "token": TOKEN, "aes_key": AES_KEY}
        box.control("POST", "callbacks", body)
        box.patient()
        box.control("POST", "users/shuffle", {"seed": 1, "joiners": 100})
        until(lambda: len(receiver.seen) == 100)
    finally:
        receiver.close()
    assert len({message["UserId"][0] for message in receiver.seen}) == 100
