# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The control API, as far as other tests do not use it."""

import json

import pytest
import requests


def refused(box, method, path, body=None, status=400):
    answer = box.raw(method, "/_control/" + path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()["error"]


def test_state(box):
    found = box.control("GET", "state")
    assert found["corps"][0]["people"] == 30 and found["corps"][0]["departments"] == 6
    assert found["apps"][0]["app_key"] == box.app_key
    assert found["console_url"] == box.url + "/console"


def test_reset(box):
    first = box.people()
    box.notify(first[:1])
    box.settings(rate_limit=1)
    box.control("POST", "faults", {"kind": "busy", "times": None})
    box.reset(people=5, departments=1, seed=9)
    assert len(box.people()) == 5 and box.people() != first
    assert box.control("GET", "settings")["rate_limit"] == 20
    assert box.control("GET", "calls")["total"] == 0
    assert box.control("GET", "faults")["faults"] == []
    assert box.control("GET", "tasks") == []
    assert "unknown members" in refused(box, "POST", "reset", {"persons": 5})


def test_reset_gives_nobody_the_old_token(box):
    token = box.token()
    box.reset(people=30, departments=6, seed=7)
    assert box.oapi("/topapi/user/listadmin", token=token)["sub_code"] == "40014"


def test_settings(box):
    assert "unknown setting" in refused(box, "PATCH", "settings", {"colour": 1})
    refused(box, "PATCH", "settings?app_key=x", {"scopes": []}, 404)
    before = box.control("GET", "settings")["scopes"]
    refused(box, "PATCH", "settings", {"scopes": [], "colour": 1})
    assert box.control("GET", "settings")["scopes"] == before
    box.settings(fields={"mobile": False})
    assert box.control("GET", "settings")["fields"] == {"mobile": False, "email": True}
    found = box.control("GET", "settings?explain=1")
    assert found["rate_limit"]["of_app"] is True and found["rate_limit"]["explanation"]


@pytest.mark.parametrize(
    "name, value",
    [
        ("rate_limit", "20"),
        ("rate_limit", -1),
        ("rate_limit", True),
        ("scopes", "qyapi_get_member"),
        ("scopes", [1]),
        ("ip_whitelist", {"a": 1}),
        ("contact_scope", {"departments": ["x"]}),
        ("contact_scope", {"people": []}),
        ("fields", {"mobile": "yes"}),
        ("fields", None),
        ("clock_offset", "1"),
        ("clock_offset", None),
        ("clock_offset", 10**12),
        ("latency", -1),
        ("latency", "slow"),
        ("request_ip", 5),
        ("ban", {"calls": "many"}),
        ("ban", []),
        ("monthly_quota", 1.5),
        ("permission_error_style", "red"),
        ("user_not_found_code", 1),
        ("drop_duplicates", 1),
        ("callback_retries", ["x"]),
        ("stream_redelivery", 5),
        ("stream_ping_seconds", 0),
        ("event_lose", 2),
        ("event_order", None),
        ("failed_page_size", 2.5),
        ("stream_events", ["a", 1]),
    ],
)
def test_settings_have_kinds(box, name, value):
    before = box.control("GET", "settings")
    said = refused(box, "PATCH", "settings", {"latency": 1, name: value})
    assert said.startswith(name)
    assert box.control("GET", "settings") == before
    key = box.app_key
    changes = {"name": "A", "settings": {name: value}}
    said = refused(box, "PATCH", "apps/" + key, changes)
    assert name in said
    assert refused(box, "POST", "apps", {"name": "B", "settings": {name: value}})
    assert [each["name"] for each in box.control("GET", "apps")] == ["Odoo"]
    assert box.oapi("/topapi/user/listadmin", {})["errcode"] == 0


def test_each_setting_may_be_its_default(box):
    for name, found in box.control("GET", "settings?explain=1").items():
        box.settings(**{name: found["default"]})
    assert box.oapi("/topapi/user/listadmin", {})["errcode"] == 0


def test_corps_and_apps(box):
    other = box.control(
        "POST", "corps", {"name": "Second", "people": 3, "corp_id": "dingsecond"}
    )
    assert other["corp_id"] == "dingsecond"
    assert [one["name"] for one in box.control("GET", "corps")] == [
        "示例科技有限公司",
        "Second",
    ]
    refused(box, "POST", "corps", {"corp_id": "dingsecond"})
    app = box.control(
        "POST",
        "apps",
        {
            "corp_id": "dingsecond",
            "name": "A",
            "app_key": "dingkey",
            "app_secret": "s",
            "agent_id": 77,
        },
    )
    assert (app["app_key"], app["agent_id"], app["corp_id"]) == (
        "dingkey",
        "77",
        "dingsecond",
    )
    assert box.gettoken(appkey="dingkey", appsecret="s")["errcode"] == 0
    refused(box, "POST", "apps", {"app_key": "dingkey"})
    refused(box, "POST", "apps", {"colour": 1})
    refused(box, "POST", "apps", {"corp_id": "none"}, 404)
    refused(box, "PATCH", "apps/none", {}, 404)
    refused(box, "PATCH", "apps/dingkey", {"colour": 1})
    assert box.control("PATCH", "apps/dingkey", {"redirect_hosts": ["a"]})[
        "redirect_hosts"
    ] == ["a"]


def test_departments(box):
    made = box.control("POST", "departments", {"name": "New"})
    path = "departments/%s" % made["dept_id"]
    assert box.control("PATCH", path, {"name": "Newer"})["name"] == "Newer"
    person = box.control("POST", "users", {"name": "P", "dept_ids": [made["dept_id"]]})
    found = box.control("GET", path)
    assert found["members"] == [person["userid"]] and found["children"] == []
    refused(box, "DELETE", path)
    box.control("DELETE", "users/" + person["userid"])
    box.control("DELETE", path)
    refused(box, "GET", path, status=404)
    refused(box, "DELETE", "departments/1")
    refused(box, "POST", "departments", {"name": "x", "parent_id": 99})
    refused(box, "POST", "departments", {"name": "x", "colour": 1})
    refused(box, "PATCH", "departments/1", {"colour": 1})
    refused(box, "PATCH", "departments/1", {"parent_id": 1})


def test_people(box):
    assert len(box.control("GET", "users?limit=3&offset=2")) == 3
    userid = box.people(1)[0]
    assert [one["userid"] for one in box.control("GET", "users?q=" + userid)] == [
        userid
    ]
    refused(box, "POST", "users", {"userid": userid})
    refused(box, "POST", "users", {"dept_ids": [99]})
    refused(box, "POST", "users", {"mobile": "12"})
    refused(box, "POST", "users", {"colour": 1})
    refused(box, "PATCH", "users/" + userid, {"colour": 1})
    refused(box, "PATCH", "users/nobody", {}, 404)
    refused(box, "GET", "users/nobody", status=404)
    found = box.control(
        "PATCH", "users/" + userid, {"mobile": "+49-1701234567", "leader_in": []}
    )
    assert (found["state_code"], found["mobile"]) == ("49", "1701234567")


def test_bad_bodies(box):
    refused(box, "POST", "reset", [1])
    answer = box.raw(
        "POST",
        "/_control/reset",
        data="{oops",
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 400
    refused(box, "GET", "nothing", status=404)
    refused(box, "POST", "messages/5/read", {}, 404)
    refused(box, "GET", "tasks/5", status=404)
    refused(box, "GET", "media/none", status=404)
    refused(box, "PATCH", "robots/none", {}, 404)
    refused(box, "POST", "login_codes", {"kind": "magic"})
    refused(box, "GET", "users?corp_id=none", status=404)


def test_other_sites_cannot_control_it(box):
    """A page open in a browser must not reset the simulator."""
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example:8500"},
    ):
        answer = box.raw("POST", "/_control/reset", json={}, headers=headers)
        assert answer.status_code == 403, headers
    answer = box.raw(
        "POST", "/_control/tokens/expire", json={}, headers={"Origin": box.url}
    )
    assert answer.status_code == 200


def test_control_does_not_count(box):
    box.control("DELETE", "calls")
    box.control("GET", "users")
    assert box.control("GET", "calls")["total"] == 0


def test_endpoints(box):
    found = box.control("GET", "endpoints")
    assert {
        "family": "oapi",
        "methods": ["GET"],
        "path": "/gettoken",
        "scope": "",
        "token": "none",
        "exempt": True,
    } in found
    assert (
        len({(one["path"], method) for one in found for method in one["methods"]})
        == len(found) + 1
    )


def test_events(box):
    stream = requests.get(
        box.url + "/_control/events",
        params={"kinds": "message,contact"},
        stream=True,
        timeout=60,
    )
    assert stream.headers["Content-Type"].startswith("text/event-stream")
    lines = stream.iter_lines()
    assert next(lines) == b": hello"
    userid = box.people(2)[1]
    task_id = box.notify([userid])["task_id"]
    box.control("DELETE", "users/" + userid)
    events = []
    for line in lines:
        if line.startswith(b"data: "):
            events.append(json.loads(line[6:].decode("utf-8")))
        if len(events) == 2:
            break
    stream.close()
    assert events[0]["kind"] == "message.new" and events[0]["task_id"] == task_id
    assert events[1] == {
        "kind": "contact.user_leave_org",
        "corp_id": box.corp_id,
        "userids": [userid],
    }


@pytest.mark.parametrize(
    "kinds, expected", [(["app"], 1), (["jsapi"], 1), (["user"], 1), (None, 3)]
)
def test_expire_some(box, kinds, expected):
    box.get("/get_jsapi_ticket")
    code = box.control("POST", "login_codes", {"kind": "oauth"})["code"]
    box.api(
        "POST",
        "/v1.0/oauth2/userAccessToken",
        {"clientId": box.app_key, "clientSecret": box.app_secret, "code": code},
    )
    assert box.control("POST", "tokens/expire", {"kinds": kinds})["expired"] == expected
