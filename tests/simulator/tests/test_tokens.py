# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""App tokens, tickets, and errors of bad tokens."""

import re


def test_gettoken(box):
    found = box.gettoken()
    assert re.match(r"\A[0-9a-f]{32}\Z", found.pop("access_token"))
    assert found == {"errcode": 0, "errmsg": "ok", "expires_in": 7200}


def test_gettoken_older_form(box):
    found = box.gettoken(corpid=box.corp_id, corpsecret=box.app_secret)
    assert found["access_token"] == box.token()
    assert box.gettoken(corpid=box.corp_id, corpsecret="no")["errcode"] == 40089


def test_gettoken_errors(box):
    assert box.gettoken(appkey=box.app_key, appsecret="no") == {
        "errcode": 40096,
        "errmsg": "不合法的appKey或appSecret",
    }
    assert box.gettoken(nothing="1") == {
        "errcode": 40035,
        "errmsg": "缺少参数 corpid or appkey",
    }


def test_gettoken_ignores_a_body(box):
    answer = box.raw(
        "GET", "/gettoken", data={"appkey": box.app_key, "appsecret": box.app_secret}
    )
    assert answer.json()["errcode"] == 40035


def test_new_family_token_is_the_same_one(box):
    status, found = box.api(
        "POST",
        "/v1.0/oauth2/accessToken",
        {"appKey": box.app_key, "appSecret": box.app_secret},
    )
    assert (status, found) == (200, {"accessToken": box.token(), "expireIn": 7200})


def test_unified_token(box):
    body = {
        "client_id": box.app_key,
        "client_secret": box.app_secret,
        "grant_type": "client_credentials",
    }
    status, found = box.api("POST", "/v1.0/oauth2/%s/token" % box.corp_id, body)
    assert (status, found) == (200, {"access_token": box.token(), "expires_in": 7200})
    path = "/v1.0/oauth2/%s/token"
    assert box.api("POST", path % "dingnone", body)[1]["code"] == "unknownError"
    box.settings(bad_corp_error="documented")
    assert box.api("POST", path % "dingnone", body)[1]["code"] == "invalid.client"
    bad = dict(body, grant_type="password")
    assert (
        box.api("POST", path % box.corp_id, bad)[1]["code"] == "unsupported.grant.type"
    )
    bad = dict(body, client_secret="no")
    assert box.api("POST", path % box.corp_id, bad)[1]["code"] == "invalid.client"
    box.settings(unauthorized_corp=True)
    assert box.api("POST", path % box.corp_id, body)[0] == 401


def test_new_family_bad_secret(box):
    status, found = box.api(
        "POST", "/v1.0/oauth2/accessToken", {"appKey": box.app_key, "appSecret": "no"}
    )
    assert status == 400
    assert re.match(
        r"\A[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\Z", found.pop("requestid")
    )
    assert found == {
        "code": "invalidClientIdOrSecret",
        "message": "无效的clientId或者clientSecret",
    }


def test_token_is_renewed_then_replaced(box):
    first = box.token()
    box.settings(clock_offset=7000)
    assert box.gettoken()["access_token"] == first
    # Without the renewal it would have expired.
    box.settings(clock_offset=14000)
    assert box.oapi("/topapi/user/listadmin")["errcode"] == 0
    assert box.gettoken()["access_token"] == first
    box.settings(clock_offset=14000 + 7201)
    assert box.oapi("/topapi/user/listadmin")["sub_code"] == "40014"
    assert box.gettoken()["access_token"] != first


def test_expired_token(box):
    old = box.token()
    assert box.control("POST", "tokens/expire")["expired"] == 1
    found = box.oapi("/topapi/v2/department/listsub", {})
    assert re.match(r"\A[a-z0-9]{12,13}\Z", found.pop("request_id"))
    assert found == {
        "errcode": 88,
        "sub_code": "40014",
        "sub_msg": "不合法的access_token",
        "errmsg": "ding talk error[subcode=40014,submsg=不合法的access_token]",
    }
    assert box.get("/department/get", id=1) == {
        "errcode": 40014,
        "errmsg": "不合法的access_token",
    }
    status, found = box.api("POST", "/v1.0/oauth2/jsapiTickets")
    assert (status, found["code"], found["message"]) == (
        400,
        "InvalidAuthentication",
        "不合法的access_token",
    )
    assert box.gettoken()["access_token"] != old


def test_missing_token(box):
    found = box.raw("POST", "/topapi/v2/department/listsub", json={}).json()
    assert (found["errcode"], found["sub_code"], found["sub_msg"]) == (
        88,
        "40000",
        "access_token is blank",
    )
    answer = box.raw("POST", "/v1.0/oauth2/jsapiTickets")
    assert answer.status_code == 400
    assert answer.json()["code"] == "AuthenticationFailed.MissingParameter"


def test_where_the_token_may_be(box):
    token, header = box.token(), {"x-acs-dingtalk-access-token": box.token()}
    path = "/topapi/user/listadmin"
    assert box.raw("POST", path, data={"access_token": token}).json()["errcode"] == 0
    assert box.raw("POST", path, headers=header).json()["sub_code"] == "40000"
    path = "/v1.0/oauth2/jsapiTickets"
    assert box.raw("POST", path, headers=header).status_code == 200
    answer = box.raw("POST", path, params={"access_token": token})
    assert answer.json()["code"] == "AuthenticationFailed.MissingParameter"
    answer = box.raw("POST", path, headers={"Authorization": "Bearer " + token})
    assert answer.status_code == 400


def test_a_new_secret_ends_the_old_token(box):
    token = box.token()
    box.control("PATCH", "apps/" + box.app_key, {"app_secret": ""})
    assert box.gettoken()["errcode"] == 40096
    assert box.oapi("/topapi/user/listadmin", token=token)["sub_code"] == "40014"


def test_jsapi_ticket_is_one_for_both_families(box):
    found = box.get("/get_jsapi_ticket")
    ticket = found.pop("ticket")
    assert found == {"errcode": 0, "errmsg": "ok", "expires_in": 7200}
    assert box.api("POST", "/v1.0/oauth2/jsapiTickets") == (
        200,
        {"jsapiTicket": ticket, "expireIn": 7200},
    )


def test_jsapi_ticket_lives_a_day_at_most(box):
    box.settings(rate_limit=None)
    first = box.get("/get_jsapi_ticket")["ticket"]
    for hour in range(1, 24):
        box.settings(clock_offset=hour * 3600)
        box.gettoken()
        assert box.get("/get_jsapi_ticket")["ticket"] == first
    assert box.get("/get_jsapi_ticket")["expires_in"] <= 3600
    box.settings(clock_offset=24 * 3600 + 1)
    box.gettoken()
    assert box.get("/get_jsapi_ticket")["ticket"] != first


def test_tokens_belong_to_an_app(box):
    second = box.control("POST", "apps", {"name": "Second"})
    found = box.gettoken(appkey=second["app_key"], appsecret=second["app_secret"])
    assert found["access_token"] != box.token()
    box.control("POST", "tokens/expire", {"app_key": second["app_key"]})
    assert box.oapi("/topapi/user/listadmin")["errcode"] == 0
    found = box.oapi("/topapi/user/listadmin", token=found["access_token"])
    assert found["sub_code"] == "40014"


def test_auth_scopes(box):
    found = box.get("/auth/scopes")
    assert found["auth_org_scopes"] == {"authed_user": [], "authed_dept": [1]}
    assert found["errcode"] == 0 and found["condition_field"] == []
    assert "mobile" in found["auth_user_field"]
    box.settings(
        fields={"mobile": False}, contact_scope={"departments": [], "users": ["x"]}
    )
    found = box.get("/auth/scopes")
    assert "mobile" not in found["auth_user_field"]
    assert found["auth_org_scopes"] == {"authed_user": ["x"], "authed_dept": []}


def test_date_header_follows_the_clock(box):
    from email.utils import parsedate_to_datetime
    from time import time

    box.settings(clock_offset=600)
    began = int(time())
    answer = box.raw("GET", "/gettoken")
    told = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert began + 600 <= told <= time() + 600
