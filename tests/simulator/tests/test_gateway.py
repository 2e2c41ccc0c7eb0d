# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Checks before the endpoints: paths, bodies, white list, permissions, limits."""

import json
import socket
import time

import pytest
from dingtalk_simulator.gateway import address_allowed

LISTSUB = "/topapi/v2/department/listsub"


def test_unknown_paths(box):
    found = box.oapi("/topapi/v2/user/notexist", {})
    found.pop("request_id")
    assert found == {
        "errcode": 22,
        "sub_msg": "不合法ApiName，ApiName = dingtalk.oapi.v2.user.notexist",
        "errmsg": "Invalid method[submsg=不合法ApiName，"
        "ApiName = dingtalk.oapi.v2.user.notexist]",
    }
    assert box.oapi("/oauth2/corpAccessToken", {}) == {
        "errcode": 404,
        "errmsg": "请求的URI地址不存在",
    }
    status, found = box.api("GET", "/v1.0/nothing/here")
    assert (status, found["code"]) == (404, "error.notFound")
    assert "/v1.0/nothing/here" in found["message"]


def test_wrong_method(box):
    assert box.get("/robot/send") == {"errcode": 43002, "errmsg": "需要POST请求"}
    assert box.oapi("/user/get", {})["errcode"] == 43001


def test_bodies_of_the_old_family(box):
    """JSON, form, numbers as text, lists as JSON text."""
    dept_id = box.control("GET", "departments")[1]["dept_id"]
    path, params = "/topapi/v2/user/list", {"access_token": box.token()}
    plain = {"dept_id": dept_id, "cursor": 0, "size": 5}
    text = {name: str(value) for name, value in plain.items()}
    answers = [
        box.raw("POST", path, params=params, json=plain),
        box.raw("POST", path, params=params, json=text),
        box.raw("POST", path, params=params, data=text),
        box.raw("POST", path, data=dict(text, access_token=box.token())),
        box.raw("POST", path, params=params, data=json.dumps(plain)),
    ]
    results = [answer.json()["result"] for answer in answers]
    assert all(result == results[0] for result in results) and results[0]["list"]


def test_nested_json_as_text(box):
    userid = box.people(1)[0]
    msg = json.dumps({"msgtype": "text", "text": {"content": "hi"}})
    answer = box.raw(
        "POST",
        "/topapi/message/corpconversation/asyncsend_v2",
        data={
            "access_token": box.token(),
            "agent_id": box.agent_id,
            "userid_list": userid,
            "to_all_user": "false",
            "msg": msg,
        },
    )
    assert answer.json()["errcode"] == 0
    assert (
        box.control("GET", "messages?userid=" + userid)[0]["msg"]["text"]["content"]
        == "hi"
    )


def test_bad_json(box):
    answer = box.raw(
        "POST",
        LISTSUB,
        params={"access_token": box.token()},
        data="{oops",
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 200 and answer.json()["errcode"] == 43009


def test_new_family_takes_json_only(box):
    answer = box.raw("POST", "/v1.0/oauth2/accessToken", data={"appKey": box.app_key})
    assert answer.status_code == 400
    assert answer.json()["code"] == "Missingbody"


def test_new_family_takes_an_empty_octet_stream(box):
    """Sent by the official SDK in asynchronous calls without a body."""
    answer = box.raw(
        "POST",
        "/v1.0/oauth2/jsapiTickets",
        data=b"",
        headers={
            "Content-Type": "application/octet-stream",
            "x-acs-dingtalk-access-token": box.token(),
        },
    )
    assert answer.status_code == 200


def test_headers_of_the_new_family(box):
    answer = box.raw("POST", "/v1.0/oauth2/accessToken", json={})
    assert answer.headers["Server"] == "DingTalk/1.0.0"
    assert answer.headers["x-acs-request-id"] and answer.headers["x-acs-trace-id"]


def test_request_id_only_on_topapi(box):
    assert "request_id" in box.oapi(LISTSUB, {})
    assert "request_id" not in box.get("/department/get", id=1)


def test_address_white_list(box):
    box.settings(ip_whitelist=["10.0.0.1"])
    found = box.oapi(LISTSUB, {})
    text = "访问ip不在白名单之中,request ip=127.0.0.1 appKey(%s)" % box.app_key
    assert (found["errcode"], found["sub_code"], found["sub_msg"]) == (
        88,
        "60020",
        text,
    )
    found = box.get("/get_jsapi_ticket")
    assert found["errcode"] == 60020 and found["errmsg"].endswith(text)
    status, found = box.api("POST", "/v1.0/oauth2/jsapiTickets")
    assert (status, found["code"]) == (403, "Forbidden.AccessDenied.IpNotInWhiteList")
    assert "127.0.0.1" in found["message"]
    box.settings(ip_error_style="bare")
    assert box.oapi(LISTSUB, {})["errcode"] == 60020
    box.settings(ip_whitelist=["127.0.0.1"])
    assert box.oapi(LISTSUB, {})["errcode"] == 0
    box.settings(request_ip="203.0.113.7")
    assert "request ip=203.0.113.7" in box.oapi(LISTSUB, {})["errmsg"]


@pytest.mark.parametrize(
    "ip, rules, allowed",
    [
        ("10.1.2.3", [], True),
        ("10.1.2.3", ["10.1.2.3"], True),
        ("10.1.2.3", ["10.1.2.30"], False),
        ("10.1.2.3", ["10.1.0.0/16"], True),
        ("10.2.2.3", ["10.1.0.0/16"], False),
        ("10.1.2.3", ["10.1.*"], True),
        ("10.2.2.3", ["nonsense/99", "10.1.*"], False),
    ],
)
def test_address_rules(ip, rules, allowed):
    assert address_allowed(ip, rules) is allowed


def test_missing_permission(box):
    granted = box.control("GET", "settings")["scopes"]
    box.settings(
        scopes=[name for name in granted if name != "qyapi_get_department_list"]
    )
    found = box.oapi(LISTSUB, {})
    assert (found["errcode"], found["sub_code"]) == (88, "60011")
    assert found["sub_msg"] == (
        "应用尚未开通所需的权限：[qyapi_get_department_list]，点击链接申请并开通即可："
        "https://open-dev.dingtalk.com/appscope/apply?"
        "content=%s%%23qyapi_get_department_list, "
        "{requiredScopes=[qyapi_get_department_list]}" % box.app_key
    )
    assert box.get("/department/get", id=1)["errcode"] == 60011
    assert box.oapi("/topapi/user/listadmin")["errcode"] == 0
    box.settings(permission_error_style="bare")
    assert box.oapi(LISTSUB, {})["errcode"] == 60011


def test_missing_permission_in_the_new_family(box):
    box.settings(scopes=[])
    status, found = box.api("POST", "/v1.0/contact/users/search", {})
    assert status == 403
    assert found["code"] == "Forbidden.AccessDenied.AccessTokenPermissionDenied"
    assert found["accessdenieddetail"] == {
        "requiredScopes": ["qyapi_addresslist_search"]
    }


def test_order_of_the_checks(box):
    """Token, address, permission, rate; then the endpoint."""
    box.settings(ip_whitelist=["10.0.0.1"], scopes=[], rate_limit=0)
    wrong = {"dept_id": "no such"}
    assert box.oapi(LISTSUB, wrong, token="bad")["sub_code"] == "40014"
    assert box.oapi(LISTSUB, wrong)["sub_code"] == "60020"
    box.settings(ip_whitelist=[])
    assert box.oapi(LISTSUB, wrong)["sub_code"] == "60011"
    box.settings(scopes=["qyapi_get_department_list"])
    assert box.oapi(LISTSUB, wrong)["sub_code"] == "90018"
    box.settings(rate_limit=20)
    assert box.oapi(LISTSUB, wrong)["errcode"] == 400002


def test_rate_limit(box, clock):
    box.settings(rate_limit=5)
    codes = [box.oapi(LISTSUB, {}).get("sub_code", "0") for _unused in range(7)]
    assert codes == ["0"] * 5 + ["90018"] * 2
    # Other APIs and apps have their own limits.
    assert box.oapi("/topapi/user/listadmin")["errcode"] == 0
    second = box.control("POST", "apps", {})
    token = box.gettoken(appkey=second["app_key"], appsecret=second["app_secret"])
    assert box.oapi(LISTSUB, {}, token=token["access_token"])["errcode"] == 0
    clock.pass_(0.95)
    assert box.oapi(LISTSUB, {})["sub_code"] == "90018"
    clock.pass_(0.1)
    assert box.oapi(LISTSUB, {})["errcode"] == 0


def test_rate_limit_is_twenty_at_first(box, clock):
    codes = [box.api("POST", "/v1.0/oauth2/jsapiTickets")[0] for _unused in range(22)]
    assert codes == [200] * 20 + [403] * 2
    found = box.api("POST", "/v1.0/oauth2/jsapiTickets")[1]
    assert found["code"] == "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"


def test_monthly_quota_spares_contacts(box):
    box.settings(monthly_quota=1)
    userid = box.people(1)[0]
    assert box.notify([userid])["errcode"] == 0
    refused = box.notify([userid])
    assert refused["errcode"] == 90020
    assert "调用量:2次,额度:1次" in refused["errmsg"]
    assert box.oapi(LISTSUB, {})["errcode"] == 0
    # Nothing else is exempt.
    assert box.oapi("/topapi/process/gettodonum", {"userid": userid})[
        "errcode"] == 90020
    flow = "/v1.0/workflow/processes/todoTasks/numbers"
    assert box.api("GET", flow, userId=userid)[0] == 403
    assert box.get("/call_back/get_call_back")["errcode"] == 90020
    status, found = box.api("POST", "/v1.0/robot/oToMessages/batchSend", {})
    assert (status, found["code"]) == (
        403,
        "Forbidden.AccessDenied.ApiCountLimitForOrg",
    )


def test_monthly_quota_begins_anew(box):
    box.noon()
    box.settings(monthly_quota=1)
    userid = box.people(1)[0]
    assert box.notify([userid])["errcode"] == 0
    box.noon(days=32)
    assert box.notify([userid])["errcode"] == 0
    assert box.notify([userid])["errcode"] == 90020


def test_no_ban(box):
    box.settings(ban={"calls": 1})
    assert [box.gettoken().get("status") for _unused in range(3)][-1] == 1111
    box.settings(ban=None)
    assert box.gettoken()["errcode"] == 0


def test_ban(box, clock):
    box.settings(ban={"calls": 5, "seconds": 20, "for": 3, "answer": "json"})
    for _unused in range(4):
        box.gettoken()
    assert box.gettoken()["errcode"] == 0
    found = box.gettoken()
    assert (found["status"], found["punish"], found["wait"]) == (1111, "deny", 5)
    assert "errcode" not in found
    box.settings(ban={"answer": "html"})
    answer = box.raw("POST", "/v1.0/oauth2/accessToken", json={})
    assert answer.headers["Content-Type"].startswith("text/html")
    clock.pass_(2.9)
    assert box.raw("GET", "/gettoken").headers["Content-Type"].startswith("text/html")
    clock.pass_(0.2)
    assert box.gettoken()["errcode"] == 0


def test_latency(box):
    box.settings(latency=400)
    started = time.time()
    box.gettoken()
    assert time.time() - started >= 0.4


def test_settings_of_one_app(box):
    second = box.control("POST", "apps", {"settings": {"scopes": []}})
    found = box.gettoken(appkey=second["app_key"], appsecret=second["app_secret"])
    assert box.oapi(LISTSUB, {}, token=found["access_token"])["sub_code"] == "60011"
    assert box.oapi(LISTSUB, {})["errcode"] == 0
    # Without an app it applies to all.
    box.settings(scopes=["qyapi_get_department_list"])
    assert box.oapi(LISTSUB, {}, token=found["access_token"])["errcode"] == 0


def test_calls_are_counted(box):
    box.token()
    call = box.control("GET", "calls")["calls"][-1]
    assert (call["path"], call["app_key"]) == ("/gettoken", box.app_key)
    box.control("DELETE", "calls")
    userid = box.people(1)[0]
    box.oapi("/topapi/v2/user/get", {"userid": userid})
    box.oapi("/topapi/v2/user/get", {"userid": "nobody"})
    box.oapi(LISTSUB, {})
    box.api("GET", "/v1.0/nowhere")
    found = box.control("GET", "calls")
    assert found["total"] == 4
    assert found["by_path"] == {
        "/topapi/v2/user/get": 2,
        LISTSUB: 1,
        "/v1.0/nowhere": 1,
    }
    first, second, _third, last = found["calls"]
    assert (first["userids"], first["code"], first["status"]) == ([userid], "0", 200)
    assert first["app_key"] == box.app_key and first["at"] > 1e9
    assert (second["userids"], second["code"]) == (["nobody"], "60121")
    assert (last["status"], last["code"], last["method"]) == (
        404,
        "error.notFound",
        "GET",
    )
    box.api("POST", "/v1.0/robot/oToMessages/batchSend", {"userIds": ["a", "b"]})
    box.notify(["c", "d"], dept_id_list=5)
    first, second = box.control("GET", "calls")["calls"][-2:]
    assert (first["userids"], second["userids"]) == (["a", "b"], ["c", "d"])
    assert second["dept_ids"] == ["5"]
    found = box.control("GET", "calls?path=/topapi/v2/user/*")
    assert (found["total"], len(found["calls"])) == (2, 2)


@pytest.mark.expects_error
def test_an_error_of_the_simulator_is_no_crash(box, monkeypatch):
    def broken(*_args):
        raise ZeroDivisionError

    monkeypatch.setattr(box.org, "children", broken)
    assert box.oapi(LISTSUB, {})["errcode"] == -1


@pytest.mark.parametrize(
    "target",
    [
        b"/topapi/\xff\xfe",
        b"/v1.0/\xff",
        b"/topapi/user/listadmin?access_token=\xff",
        b"/v1.0/contact/users/%ff%fe",
        b"/v1.0/contact/users/\xff",
        b"/_control/users?q=\xff",
        b"/_control/users/\xff",
    ],
)
def test_addresses_that_are_no_utf_8(box, target):
    host, port = box.url.rsplit("/", 1)[1].split(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(
            b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            % target
        )
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    status, body = answer.partition(b"\r\n")[0], answer.partition(b"\r\n\r\n")[2]
    assert b" 500 " not in status
    if b" 400 " not in status:
        json.loads(body.decode("utf-8"))
    # The record can be listed.
    assert box.control("GET", "calls")["calls"] is not None
