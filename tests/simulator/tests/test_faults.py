# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Faults on demand."""

import re
import time
from datetime import datetime

import pytest
import requests
from dingtalk_simulator.messages import BEIJING

LISTADMIN = "/topapi/user/listadmin"
SEND = "/topapi/message/corpconversation/asyncsend_v2"


def fault(box, kind, **values):
    return box.control("POST", "faults", dict(values, kind=kind))


def test_once_at_one_path(box):
    fault(box, "busy", path="/topapi/user/*")
    assert box.oapi("/topapi/v2/department/listsub", {})["errcode"] == 0
    assert box.oapi(LISTADMIN)["errcode"] == -1
    assert box.oapi(LISTADMIN)["errcode"] == 0


def test_the_call_is_reported(box):
    box.token()
    fault(box, "busy")
    box.oapi(LISTADMIN)
    call = box.control("GET", "calls")["calls"][-1]
    assert (call["fault"], call["app_key"], call["code"]) == ("busy", box.app_key, "-1")


def test_times_and_skip(box):
    fault(box, "busy", path=LISTADMIN, times=2, skip=1)
    assert [box.oapi(LISTADMIN)["errcode"] for _unused in range(4)] == [0, -1, -1, 0]


def test_of_one_method(box):
    path = "/v1.0/workflow/processInstances"
    fault(box, "busy", path=path, method="POST", times=None)
    assert box.api("GET", path, processInstanceId="x")[1]["code"] != "systemBusy"
    assert box.api("POST", path, {})[1]["code"] == "systemBusy"


def test_each_third_call(box):
    box.settings(rate_limit=None)
    fault(box, "busy", path=LISTADMIN, times=None, skip=1, every=3)
    codes = [box.oapi(LISTADMIN)["errcode"] for _unused in range(8)]
    assert codes == [0, 0, 0, -1, 0, 0, -1, 0]


def test_until_deleted(box):
    box.token()
    fault(box, "busy", times=None)
    assert [box.oapi(LISTADMIN)["errcode"] for _unused in range(3)] == [-1] * 3
    assert box.control("GET", "faults")["faults"][0]["happened"] >= 3
    assert box.control("DELETE", "faults")["deleted"] == 1
    assert box.oapi(LISTADMIN)["errcode"] == 0


def test_of_one_app(box):
    box.token()
    fault(box, "busy", app_key="another", times=None)
    assert box.oapi(LISTADMIN)["errcode"] == 0


def test_unknown_kind(box):
    assert (
        "unknown kind"
        in box.control("POST", "faults", {"kind": "rain"}, ok=False)["error"]
    )
    box.control("POST", "faults", {"kind": "busy", "wind": 1}, ok=False)
    assert not box.control("GET", "faults")["faults"]


@pytest.mark.parametrize(
    "kind, status, content_type, text",
    [
        ("http_500", 500, "text/html", "<h1>500"),
        ("http_502", 502, "text/plain", ""),
        ("html", 200, "text/html", "<!DOCTYPE"),
        ("not_json", 200, "text/plain", "upstream"),
        ("banned_html", 200, "text/html", "<!DOCTYPE"),
        ("empty", 200, "application/json", ""),
    ],
)
def test_pages(box, kind, status, content_type, text):
    token = box.token()
    fault(box, kind)
    answer = box.raw("POST", LISTADMIN, params={"access_token": token})
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith(content_type)
    assert text in answer.text and bool(text) == bool(answer.text)
    assert box.control("GET", "calls")["calls"][-1]["fault"] == kind


@pytest.mark.parametrize(
    "kind, old, new",
    [
        (
            "throttled",
            (88, "90018"),
            (403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"),
        ),
        (
            "throttled_platform",
            (88, "90002"),
            (403, "Forbidden.AccessDenied.QpsLimitForApi"),
        ),
        ("quota", (90020, None), (403, "Forbidden.AccessDenied.ApiCountLimitForOrg")),
        (
            "permission",
            (88, "60011"),
            (403, "Forbidden.AccessDenied.AccessTokenPermissionDenied"),
        ),
        ("ip", (88, "60020"), (403, "Forbidden.AccessDenied.IpNotInWhiteList")),
        ("busy", (-1, None), (500, "systemBusy")),
    ],
)
def test_refusals(box, kind, old, new):
    box.token()
    fault(box, kind, times=2)
    found = box.oapi(LISTADMIN)
    assert (found["errcode"], found.get("sub_code")) == old
    assert found["request_id"]
    status, found = box.api("POST", "/v1.0/oauth2/jsapiTickets")
    assert (status, found["code"]) == new


def test_throttled_by_the_whole_platform(box):
    box.token()
    fault(box, "throttled_platform")
    box.noon()
    noon = datetime.fromtimestamp(box.world.now(), BEIJING)
    text = box.oapi(LISTADMIN, token="x")["errmsg"]
    assert "apiPath(dingtalk.oapi.user.listadmin)" in text
    begins, ends = re.search(
        r"从 (.{19}) 到 .{19} 请求总次数超过 1200 次, 限制将在 (.{19}) 结束", text
    ).groups()
    begins, ends = [
        datetime.strptime(each, "%Y-%m-%d %H:%M:%S") for each in (begins, ends)
    ]
    assert (ends - begins).total_seconds() == 1
    assert abs((begins - noon.replace(tzinfo=None)).total_seconds()) < 120


def test_banned(box):
    fault(box, "banned")
    assert box.gettoken()["status"] == 1111
    assert box.gettoken()["errcode"] == 0


def test_any_error(box):
    box.token()
    fault(box, "error", code="60121", message="gone")
    found = box.oapi(LISTADMIN)
    assert (found["errcode"], found["errmsg"]) == (60121, "gone")
    fault(box, "error", code="some.thing", status=418)
    assert box.api("POST", "/v1.0/oauth2/jsapiTickets")[0] == 418


def test_expired_token(box):
    old = box.token()
    fault(box, "expired_token")
    assert box.oapi(LISTADMIN)["sub_code"] == "40014"
    assert box.gettoken()["access_token"] != old


def test_reset(box):
    token = box.token()
    fault(box, "reset", path=SEND)
    with pytest.raises(requests.ConnectionError) as caught:
        box.oapi(SEND, {}, token=token)
    assert "reset by peer" in str(caught.value).lower()
    assert box.control("GET", "calls")["calls"][-1]["status"] is None


def test_hang(box):
    token = box.token()
    fault(box, "hang", seconds=0.3)
    started = time.time()
    with pytest.raises(requests.ConnectionError):
        box.oapi(LISTADMIN, token=token)
    assert time.time() - started > 0.25
    fault(box, "hang", seconds=100)
    with pytest.raises(requests.Timeout):
        box.raw("POST", LISTADMIN, params={"access_token": token}, timeout=0.2)
    # Nobody else waits.
    assert box.oapi(LISTADMIN)["errcode"] == 0


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after"])
def test_carried_out_but_not_answered(box, kind):
    userid, token = box.people(1)[0], box.token()
    fault(box, kind, path=SEND, seconds=0.1)
    with pytest.raises(requests.ConnectionError):
        box.notify([userid])
    (message,) = box.control("GET", "messages?userid=" + userid)
    (call,) = [each for each in box.control("GET", "calls")["calls"] if each["fault"]]
    assert call["task_id"] == str(message["task_id"])
    assert token == box.token()


def test_hang_and_reset_carry_nothing_out(box):
    userid = box.people(1)[0]
    box.token()
    for kind in ("hang", "reset"):
        fault(box, kind, path=SEND, seconds=0.05)
        with pytest.raises(requests.ConnectionError):
            box.notify([userid])
    assert not box.control("GET", "messages?userid=" + userid)


def test_truncated(box):
    token = box.token()
    fault(box, "truncated", path=LISTADMIN)
    with pytest.raises(
        (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    ):
        box.oapi(LISTADMIN, token=token)
    assert box.oapi(LISTADMIN)["errcode"] == 0


def test_slow(box):
    token = box.token()
    fault(box, "slow", path=LISTADMIN, seconds=0.2)
    started = time.time()
    assert box.oapi(LISTADMIN, token=token)["errcode"] == 0
    assert time.time() - started > 0.19


def test_pages_of_people(box, first_dept):
    def page(cursor):
        found = box.oapi(
            "/topapi/v2/user/list", {"dept_id": first_dept, "cursor": cursor, "size": 2}
        )
        return [one["userid"] for one in found["result"]["list"]], found["result"][
            "has_more"
        ]

    first, second = page(0)[0], page(2)[0]
    assert first != second
    fault(box, "page_repeated", path="/topapi/v2/user/list", skip=1)
    assert page(0)[0] == first and page(2)[0] == first
    fault(box, "page_missing", path="/topapi/v2/user/list")
    assert page(0) == ([], True)
    assert page(2)[0] == second


def test_endless(box, first_dept):
    def page(cursor):
        found = box.oapi(
            "/topapi/v2/user/list", {"dept_id": first_dept, "cursor": cursor, "size": 2}
        )["result"]
        names = [one["userid"] for one in found["list"]]
        return names, found["has_more"], found.get("next_cursor")

    first = page(0)[0]
    fault(box, "endless", path="/topapi/v2/user/list", times=2)
    assert page(0) == (first, True, 1)
    assert page(40) == (first, True, 41)
    assert page(0)[1:] != (True, 1)
