# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The control API refuses odd values, and accepted ones break no later call."""

import os

import pytest
from dingtalk_simulator.control_bodies import BODIES
from dingtalk_simulator.settings import SCOPES
from fuzz import Fuzzer, card_file, sent

CALLS = int(os.environ.get("FUZZ_CALLS", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))


def routes(box):
    """A good call of each control route with a body."""
    people = box.people()
    one, two = people[5], people[6]
    dept = next(iter(box.org.people[one].depts))
    group = box.control("GET", "groups")[0]
    box.api(
        "POST",
        "/v1.0/robot/groupMessages/send",
        {
            "robotCode": box.app_key,
            "openConversationId": group["open_conversation_id"],
            "msgKey": "sampleText",
            "msgParam": '{"content": "x"}',
        },
    )
    group = box.control("GET", "groups")[0]
    task = box.notify([one])["task_id"]
    templates = box.control("GET", "approvals/templates")
    code = templates[0]["process_code"]
    started = box.control(
        "POST",
        "approvals/instances",
        {"process_code": "请假", "originator": one, "values": LEAVE},
    )
    role = box.control("POST", "roles", {"name": "R", "group_name": "G"})
    subscription = {
        "url": "http://127.0.0.1:9/",
        "token": "123456",
        "aes_key": "a" * 43,
        "tags": ["user_add_org"],
        "payload_style": "new",
    }
    box.control("POST", "callbacks", subscription)
    box.control("POST", "events", {"event_type": "user_add_org"})
    push = box.control("GET", "pushes")[-1]["id"]
    unionid = box.org.people[one].unionid
    to_do = box.api(
        "POST",
        "/v1.0/todo/users/%s/tasks" % unionid,
        {
            "subject": "s",
            "executorIds": [unionid],
            "detailUrl": {"appUrl": "https://example.com/"},
        },
    )[1]
    known = {"id": "c.schema", "file": card_file(), "name": "C", "published": True}
    box.control("POST", "cards/templates", known)
    box.api(
        "POST",
        "/v1.0/card/instances/createAndDeliver",
        {
            "cardTemplateId": "c.schema",
            "outTrackId": "fuzz",
            "callbackType": "STREAM",
            "openSpaceId": "dtv1.card//IM_ROBOT.%s" % one,
            "cardData": {"cardParamMap": {"title": "x"}},
            "imRobotOpenSpaceModel": {"supportForward": True},
            "imRobotOpenDeliverModel": {
                "spaceType": "IM_ROBOT",
                "robotCode": box.app_key,
            },
        },
    )
    fault = {
        "kind": "busy",
        "path": "/none",
        "method": "GET",
        "times": 1,
        "skip": 0,
        "every": 1,
        "seconds": 0.01,
        "app_key": "",
        "code": "1",
        "message": "m",
        "status": 500,
    }
    person = {
        "name": "N",
        "mobile": "13800000099",
        "dept_ids": [dept],
        "title": "t",
        "email": "a@b.cd",
        "hired_date": 5,
        "active": True,
        "admin_level": 0,
        "roles": [{"id": role["id"], "name": "R", "group_name": "G"}],
        "leader_in": [dept],
        "dept_titles": {str(dept): "t"},
        "extension": '{"a": "b"}',
        "manager_userid": two,
    }
    department = {
        "name": "D",
        "parent_id": 1,
        "order": 1,
        "hide_dept": False,
        "managers": [one],
        "dept_permits": [dept],
        "user_permits": [one],
    }
    app = {
        "name": "A",
        "redirect_hosts": ["localhost"],
        "home_url": "http://localhost/",
        "settings": {"rate_limit": 5, "fields": {"mobile": True}},
    }
    template = {
        "name": "T",
        "components": templates[0]["components"],
        "flow": [{"action": "AND", "userids": [one, two]}, "OR %s %s" % (one, two)],
        "cc": [two],
        "cc_position": "FINISH",
        "config": {"hidden": False},
        "visible_to": [one],
        "enabled": True,
    }
    shift = {"name": "S", "sections": [[540, 1080]], "rests": [[720, 780]]}
    shift_id = box.control("POST", "attendance/shifts", shift)["id"]
    box.control(
        "POST",
        "attendance/groups",
        {"name": "G", "week": [shift_id] * 7, "members": [one]},
    )
    fresh = box.control("POST", "apps", {"name": "Other"})["app_key"]
    found = [
        ("PATCH", "settings", {"latency": 0, "scopes": ["x"], "ban": BAN}),
        ("POST", "faults", fault),
        ("POST", "tokens/expire", {"app_key": fresh, "kinds": ["app"]}),
        ("POST", "corps", {"name": "C", "people": 3, "departments": 1, "seed": 3}),
        ("POST", "apps", app),
        ("PATCH", "apps/" + fresh, dict(app, agent_id=5, app_secret="s")),
        ("POST", "departments", dict(department, dept_id=4711)),
        ("PATCH", "departments/%s" % dept, department),
        ("POST", "users", dict(person, userid="fresh", mobile="13800000098")),
        ("PATCH", "users/" + people[8], dict(person, email="c@d.ef")),
        (
            "POST",
            "users/shuffle",
            {"seed": 1, "leavers": 1, "joiners": 1, "moves": 1, "renames": 1},
        ),
        ("POST", "messages/%s/read" % task, {"userid": one}),
        ("POST", "groups", {"title": "G", "members": [one]}),
        (
            "POST",
            "groups/messages/%s/read" % group["messages"][0]["id"],
            {"userid": group["members"][0]},
        ),
        (
            "POST",
            "robots",
            {
                "name": "R",
                "secret": "s",
                "keywords": ["k"],
                "ip_whitelist": ["127.0.0.1"],
            },
        ),
        (
            "PATCH",
            "robots/" + group["robots"][0]["token"],
            {"name": "R", "keywords": ["k"], "enabled": True, "blocked_until": 0},
        ),
        (
            "POST",
            "login_codes",
            {"kind": "inside", "userid": one, "scope": "openid", "seconds": 5},
        ),
        ("POST", "login/expire", {"kinds": ["inside"]}),
        ("POST", "login/scan", {"text": "x", "userid": one, "decision": "scan"}),
        (
            "POST",
            "login/authorize",
            {
                "url": "/oauth2/auth?client_id=%s&redirect_uri=http://localhost/"
                "&response_type=code&scope=openid&prompt=consent" % box.app_key,
                "userid": one,
                "agree": True,
            },
        ),
        ("POST", "login/containers", {"userid": one, "pc": True}),
        ("POST", "callbacks", subscription),
        ("PATCH", "callbacks/" + box.app_key, subscription),
        ("POST", "callbacks/%s/check" % box.app_key, {"event_type": "check_url"}),
        ("POST", "pushes/%s/replay" % push, {"times": 1}),
        (
            "POST",
            "events",
            {
                "event_type": "user_add_org",
                "data": {"userId": [one]},
                "operator": one,
                "born_at": 5,
                "id": "i",
                "times": 2,
                "per_second": 1000,
                "forge": {"duplicate": 1, "stale_timestamp": 5},
            },
        ),
        ("POST", "roles", {"name": "R2", "group_name": "G"}),
        ("PATCH", "roles/%s" % role["id"], {"name": "R3", "group_name": "G2"}),
        ("POST", "roles/%s/members" % role["id"], {"add": [one], "remove": [two]}),
        ("POST", "streams/close", {"code": 1000}),
        ("POST", "streams/disconnect", {"reason": "r"}),
        ("POST", "streams/ping", {}),
        (
            "POST",
            "streams/callback",
            {"topic": "/t", "data": {}, "message_id": "m", "copies": 1},
        ),
        (
            "POST",
            "chat",
            {
                "userid": one,
                "text": "x",
                "msgtype": "file",
                "filename": "a.txt",
                "file": "QQ==",
                "recognition": "x",
                "outsider": False,
                "expired": False,
                "at": True,
                "msg_id": "m",
                "message_id": "i",
                "copies": 1,
            },
        ),
        ("POST", "streams/faults", dict(fault, kind="slow", code="1000")),
        ("POST", "approvals/templates", template),
        ("PATCH", "approvals/templates/" + code, dict(template, name="T2")),
        (
            "POST",
            "approvals/instances",
            {
                "process_code": "请假",
                "originator": one,
                "dept_id": dept,
                "values": LEAVE,
                "chosen": {"k": [two]},
            },
        ),
        (
            "POST",
            "approvals/instances/%s/act" % started["id"],
            {
                "userid": one,
                "action": "comment",
                "remark": "r",
                "attachments": [{"fileName": "a.txt", "content": "YQ=="}],
            },
        ),
        (
            "POST",
            "approvals/files",
            {"userid": one, "name": "a.txt", "content": "YQ=="},
        ),
        ("POST", "to_dos/%s/act" % to_do["id"], {"userid": one, "action": "done"}),
        ("POST", "attendance/shifts", dict(shift, permit_late=5)),
        (
            "POST",
            "attendance/groups",
            {"name": "H", "type": "TURN", "shifts": [shift_id], "members": [two]},
        ),
        (
            "POST",
            "attendance/schedule",
            {"userid": one, "day": "2026-11-02", "shift_id": shift_id},
        ),
        (
            "POST",
            "attendance/punches",
            {"userid": one, "time": "2026-11-02 08:55", "place": "Outside"},
        ),
        (
            "POST",
            "attendance/checkins",
            {"userid": one, "time": "2026-11-02 10:00", "place": "P"},
        ),
        (
            "POST",
            "attendance/checkins/delete",
            {"userid": one, "time": "2026-11-02 10:00"},
        ),
        (
            "POST",
            "attendance/corrections",
            {
                "userid": one,
                "day": "2026-11-02",
                "section": 0,
                "side": "OnDuty",
                "time": "2026-11-02 09:00",
            },
        ),
        (
            "POST",
            "attendance/approvals",
            {
                "userid": one,
                "kind": 2,
                "begin": "2026-11-02 09:00",
                "end": "2026-11-02 18:00",
            },
        ),
        (
            "POST",
            "attendance/month",
            {"first": "2026-11-01", "last": "2026-11-03", "people": 5, "seed": 2},
        ),
        ("POST", "attendance/clock", {"time": "2026-11-03 08:00"}),
        ("POST", "cards/templates", dict(known, id="t.schema")),
        (
            "PATCH",
            "cards/templates/c.schema",
            {"published": True, "variables": [{"name": "title", "private": False}]},
        ),
        ("POST", "cards/fuzz/view", {"userid": one}),
        (
            "POST",
            "cards/fuzz/press",
            {"userid": one, "action": "action_1", "inputs": {"a": "b"}, "copies": 1},
        ),
        ("POST", "cards/fuzz/forward", {"userid": two, "force": True}),
        ("PATCH", "roster/people/" + one, {"values": {"sys00-workPlace": "x"}}),
        (
            "POST",
            "roster/joiners",
            {"id": "tmp1", "name": "J", "join_on": "2026-12-01"},
        ),
        ("POST", "roster/statuses", {"userid": one, "status": "2"}),
        ("POST", "roster/entries", {"id": "tmp1"}),
        (
            "POST",
            "roster/leavers",
            {"userid": two, "last_day": 1, "reason": "r", "status": 2},
        ),
        ("POST", "leave/types", {"name": "L", "unit": "day", "source": "external"}),
        (
            "POST",
            "leave/requests",
            {
                "userid": one,
                "type": "年假",
                "begin": "2026-06-15 AM",
                "end": "2026-06-16 AM",
                "reason": "r",
            },
        ),
        ("POST", "leave/quotas", {"userid": one, "type": "年假", "total": 500}),
        ("POST", "leave/closed", {"periods": [{"begin": 0, "end": 1}]}),
        ("POST", "reset", {"people": 30, "departments": 6, "seed": 7}),
    ]
    return [
        {"method": method, "path": "/_control/" + path, "query": {}, "body": body}
        for method, path, body in found
    ]


BAN = {"calls": 10**6, "seconds": 20, "for": 300}
LEAVE = {
    "请假类型": "年假",
    '["开始时间","结束时间"]': ["2026-01-02 09:00", "2026-01-03 18:00"],
    "时长（天）": "1",
    "请假事由": "x",
}


@pytest.fixture
def wide(box):
    box.settings(rate_limit=None, ban=None, callback_timeout=200, event_time_scale=0.01)
    return box


def test_each_route_has_a_sample(wide):
    found = routes(wide)
    missing = [
        (method, path)
        for method, path in BODIES
        if not any(
            method == each["method"]
            and _fits("/_control" + path, each["path"])
            for each in found
        )
    ]
    assert not missing


def _fits(pattern, path):
    one, other = pattern.split("/"), path.split("/")
    return len(one) == len(other) and all(
        a == b or a.startswith("{") for a, b in zip(one, other)
    )


def test_samples_are_taken(wide):
    for sample in routes(wide)[:-1]:
        answer = wide.raw(sample["method"], sample["path"], json=sample["body"])
        streams = "/streams/" in sample["path"] or "/login/scan" in sample["path"]
        assert answer.status_code == 200 or streams, (sample["path"], answer.text)


def test_odd_values(wide):
    """After each round the API still answers good calls."""
    found = routes(wide)
    fuzzer = Fuzzer(SEED, found[:-1])
    wrong = []
    for number in range(CALLS):
        call = dict(fuzzer.call(), encoding="json")
        params, headers, body = sent(call)
        answer = wide.raw(call["method"], call["path"], headers=headers, data=body)
        if answer.status_code not in (200, 400, 404):
            wrong.append((call, answer.status_code, answer.text[:300]))
        if number % 50 == 49:
            wide.control("DELETE", "faults")
            wide.settings(
                rate_limit=None,
                ban=None,
                scopes=sorted(SCOPES),
                latency=0,
                request_ip=None,
            )
            wrong += list(_broken(wide))
            wide.reset(people=30, departments=6, seed=7)
            wide.settings(rate_limit=None, ban=None, event_time_scale=0.01)
            fuzzer.samples = routes(wide)[:-1]
    assert not wrong, wrong[:5]


def _broken(box):
    """Return control routes and good calls that no longer work."""
    for path in (
        "state",
        "users",
        "departments",
        "apps",
        "corps",
        "groups",
        "messages",
        "tasks",
        "calls",
        "faults",
        "settings",
        "callbacks",
        "pushes",
        "events/log",
        "roles",
        "streams",
        "approvals/templates",
        "approvals/instances",
    ):
        answer = box.raw("GET", "/_control/" + path)
        if answer.status_code != 200:
            yield path, answer.text[:300]
    for page in ("console", "console/settings", "console/people", "phone"):
        answer = box.raw("GET", "/" + page)
        if answer.status_code >= 500:
            yield page, answer.text[:300]
    person = box.org.people[box.people()[5]]
    for path, body in (
        ("/topapi/v2/user/list", {"dept_id": 1, "cursor": 0, "size": 100}),
        ("/topapi/v2/user/get", {"userid": person.userid}),
        ("/topapi/v2/department/listsub", {}),
        ("/topapi/v2/department/get", {"dept_id": 1}),
        ("/topapi/user/listadmin", {}),
    ):
        box._token = None
        answer = box.oapi(path, body)
        if answer["errcode"] in (-1, None):
            yield path, answer
