# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Codes and tokens of people who sign in."""

import time

from dingtalk_simulator import signatures

INFO = "/topapi/v2/user/getuserinfo"


def code(box, kind, **values):
    return box.control("POST", "login_codes", dict(values, kind=kind))["code"]


def user_token(box, **values):
    body = {
        "clientId": box.app_key,
        "clientSecret": box.app_secret,
        "grantType": "authorization_code",
    }
    return box.api("POST", "/v1.0/oauth2/userAccessToken", dict(body, **values))


def test_inside(box):
    userid = box.people(1)[0]
    found = box.oapi(INFO, {"code": code(box, "inside", userid=userid)})["result"]
    assert (found["userid"], found["sys"], found["sys_level"]) == (userid, True, 1)
    assert found["unionid"] == box.org.people[userid].unionid
    assert found["name"] and found["device_id"] and found["associated_unionid"]
    plain = box.people(2)[1]
    found = box.oapi(INFO, {"code": code(box, "inside", userid=plain)})["result"]
    assert (found["sys"], found["sys_level"]) == (False, 0)


def test_code_in_the_query(box):
    assert box.oapi(INFO, None, code=code(box, "inside"))["errcode"] == 0


def test_codes_work_once_for_five_minutes_for_one_app(box):
    used = code(box, "inside")
    assert box.oapi(INFO, {"code": used})["errcode"] == 0
    found = box.oapi(INFO, {"code": used})
    assert (found["errcode"], found["errmsg"]) == (40078, "不存在的临时授权码")
    assert box.oapi(INFO, {"code": "forged"})["errcode"] == 40078
    assert box.oapi(INFO, {})["errcode"] == 40078
    assert box.oapi(INFO, {"code": code(box, "oauth")})["errcode"] == 40078
    second = box.control("POST", "apps", {})
    assert (
        box.oapi(INFO, {"code": code(box, "inside", app_key=second["app_key"])})[
            "errcode"
        ]
        == 40078
    )
    late = code(box, "inside")
    box.settings(clock_offset=301)
    assert box.oapi(INFO, {"code": late})["errcode"] == 40078


def test_history_form(box):
    found = box.get("/user/getuserinfo", code=code(box, "inside"))
    assert found["errcode"] == 0 and found["userid"] and found["is_sys"] is True


def test_oauth(box):
    userid = box.people(1)[0]
    status, found = user_token(box, code=code(box, "oauth", userid=userid))
    assert status == 200 and set(found) == {"expireIn", "accessToken", "refreshToken"}
    status, about = box.api("GET", "/v1.0/contact/users/me", token=found["accessToken"])
    person = box.org.people[userid]
    assert status == 200
    assert about["unionId"] == person.unionid and about["nick"] == person.name
    assert about["openId"] and about["visitor"] is False and "userid" not in about
    assert (about["mobile"], about["stateCode"]) == (person.mobile, "86")
    for email in ("a@example.com", ""):
        box.control("PATCH", "users/" + userid, {"email": email})
        about = box.api("GET", "/v1.0/contact/users/me", token=found["accessToken"])[1]
        assert about.get("email") == (email or None)
    assert (
        box.api(
            "GET", "/v1.0/contact/users/" + person.unionid, token=found["accessToken"]
        )[1]
        == about
    )
    other = box.org.people[box.people(2)[1]].unionid
    assert (
        box.api("GET", "/v1.0/contact/users/" + other, token=found["accessToken"])[0]
        == 404
    )


def test_oauth_with_the_organisation(box):
    found = user_token(box, code=code(box, "oauth", scope="openid corpid"))[1]
    assert found["corpId"] == box.corp_id


def test_oauth_errors(box):
    status, found = user_token(box, code="forged")
    assert (status, found["code"], found["message"]) == (
        400,
        "invalidParameter.authCode.notFound",
        "不合法的临时授权码",
    )
    used = code(box, "oauth")
    assert user_token(box, code=used)[0] == 200
    assert user_token(box, code=used)[1]["code"] == "invalidParameter.authCode.notFound"
    assert (
        user_token(box, code=used, clientSecret="no")[1]["code"]
        == "invalidClientIdOrSecret"
    )
    bad = user_token(box, grantType="password")
    assert bad[1]["code"] == "unsupported.grant.type"
    status, found = box.api(
        "POST", "/v1.0/oauth2/userAccessToken", {"client_id": box.app_key}
    )
    assert status == 400 and "clientId" in found["message"]


def test_refresh(box):
    first = user_token(box, code=code(box, "oauth"))[1]
    box.settings(clock_offset=29 * 24 * 3600)
    second = user_token(
        box, grantType="refresh_token", refreshToken=first["refreshToken"]
    )[1]
    assert (
        box.api("GET", "/v1.0/contact/users/me", token=second["accessToken"])[0] == 200
    )
    box.settings(clock_offset=60 * 24 * 3600)
    status, _found = user_token(
        box, grantType="refresh_token", refreshToken=second["refreshToken"]
    )
    assert status == 400


def test_expired_user_token(box):
    token = user_token(box, code=code(box, "oauth"))[1]["accessToken"]
    box.settings(clock_offset=7201)
    status, found = box.api("GET", "/v1.0/contact/users/me", token=token)
    assert (status, found["code"]) == (400, "InvalidAuthentication")
    box.settings(expired_user_token_code="accesstoken.expired")
    assert (
        box.api("GET", "/v1.0/contact/users/me", token=token)[1]["code"]
        == "accesstoken.expired"
    )


def test_app_token_where_a_person_is_needed(box):
    somebody = box.org.people[box.people()[-1]]
    for wanted in ("me", somebody.unionid, "unknown"):
        status, found = box.api("GET", "/v1.0/contact/users/" + wanted)
        assert (status, found["accessdenieddetail"]) == (
            403,
            {"requiredScopes": ["Contact.User.Read"]},
        )
    token = user_token(box, code=code(box, "oauth"))[1]["accessToken"]
    own = box.api("GET", "/v1.0/contact/users/me", token=token)[1]
    again = box.api("GET", "/v1.0/contact/users/" + own["unionId"], token=token)
    assert again == (200, own)
    for other in ("unknown", somebody.unionid):
        status, found = box.api("GET", "/v1.0/contact/users/" + other, token=token)
        assert (status, found["code"]) == (404, "invalidParameter.user.notFound")
    assert (
        box.api("GET", "/v1.0/contact/users/me", token="bad")[1]["code"]
        == "InvalidAuthentication"
    )


def test_user_token_is_no_app_token(box):
    token = user_token(box, code=code(box, "oauth"))[1]["accessToken"]
    assert box.oapi("/topapi/user/listadmin", token=token)["sub_code"] == "40014"
    assert box.api("POST", "/v1.0/oauth2/jsapiTickets", token=token)[0] == 400


def test_user_without_the_mobile_permission(box):
    granted = box.control("GET", "settings")["scopes"]
    token = user_token(box, code=code(box, "oauth"))[1]["accessToken"]
    box.settings(scopes=[name for name in granted if name != "Contact.User.mobile"])
    assert "mobile" not in box.api("GET", "/v1.0/contact/users/me", token=token)[1]
    box.settings(scopes=[])
    assert box.api("GET", "/v1.0/contact/users/me", token=token)[0] == 403


def test_leavers_cannot_sign_in(box):
    """Leaving between code and exchange."""
    userid = box.people(2)[1]
    inside, sns = (code(box, kind, userid=userid) for kind in ("inside", "sns"))
    token = user_token(box, code=code(box, "oauth", userid=userid))[1]["accessToken"]
    box.control("DELETE", "users/" + userid)
    assert box.oapi(INFO, {"code": inside})["errcode"] == 60121
    assert by_code(box, sns)["errcode"] == 60121
    status, found = box.api("GET", "/v1.0/contact/users/me", token=token)
    assert (status, found["code"]) == (404, "invalidParameter.user.notFound")


def milliseconds(ago=0):
    return "%d" % ((time.time() - ago) * 1000)


def by_code(box, value, timestamp=None, signature=None, app_key=None):
    timestamp = timestamp or milliseconds()
    answer = box.raw(
        "POST",
        "/sns/getuserinfo_bycode",
        json={"tmp_auth_code": value},
        params={
            "accessKey": app_key or box.app_key,
            "timestamp": timestamp,
            "signature": signature or signatures.sns(box.app_secret, timestamp),
        },
    )
    return answer.json()


def test_classic_page(box):
    userid = box.people(1)[0]
    value = code(box, "sns", userid=userid)
    found = by_code(box, value)
    person = box.org.people[userid]
    assert found["errcode"] == 0
    assert (found["user_info"]["unionid"], found["user_info"]["nick"]) == (
        person.unionid,
        person.name,
    )
    assert by_code(box, value)["errcode"] == 40078


def test_classic_page_errors(box):
    value = code(box, "sns")
    assert by_code(box, value, timestamp=milliseconds(61))["errcode"] == 853002
    assert by_code(box, value, app_key="nobody")["errcode"] == 853003
    assert by_code(box, value, signature="forged")["errcode"] == 853004
    answer = box.raw(
        "POST", "/sns/getuserinfo_bycode", params={"timestamp": "now"}, json={}
    )
    assert answer.json()["errcode"] == 853001
    box.settings(sns_signature="both")
    timestamp = milliseconds()
    longer = signatures.robot(box.app_secret, timestamp)
    assert by_code(box, value, timestamp=timestamp, signature=longer)["errcode"] == 0
    box.settings(sns_signature="timestamp")
    value, timestamp = code(box, "sns"), milliseconds()
    longer = signatures.robot(box.app_secret, timestamp)
    assert (
        by_code(box, value, timestamp=timestamp, signature=longer)["errcode"] == 853004
    )


def test_oldest_chain(box):
    userid = box.people(1)[0]
    token = box.raw(
        "GET",
        "/sns/gettoken",
        params={"appid": box.app_key, "appsecret": box.app_secret},
    ).json()["access_token"]
    found = box.oapi(
        "/sns/get_persistent_code",
        {"tmp_auth_code": code(box, "sns", userid=userid)},
        token=token,
    )
    assert found["unionid"] == box.org.people[userid].unionid
    again = box.oapi(
        "/sns/get_persistent_code", {"tmp_auth_code": "forged"}, token=token
    )
    assert again["errcode"] == 40087
    body = {"openid": found["openid"], "persistent_code": found["persistent_code"]}
    sns_token = box.oapi("/sns/get_sns_token", body, token=token)["sns_token"]
    bad = dict(body, persistent_code="forged")
    assert box.oapi("/sns/get_sns_token", bad, token=token)["errcode"] == 40091
    info = box.raw("GET", "/sns/getuserinfo", params={"sns_token": sns_token}).json()
    assert info["user_info"]["unionid"] == found["unionid"]
    assert info["corp_info"][0]["corp_name"] == box.org.name
    path, params = "/sns/getuserinfo", {"sns_token": sns_token}
    assert box.raw("GET", path, params={"sns_token": "x"}).json()["errcode"] == 40014
    box.control("DELETE", "users/" + userid)
    assert box.raw("GET", path, params=params).json()["errcode"] == 60121
    bad = {"appid": box.app_key, "appsecret": "no"}
    assert box.raw("GET", "/sns/gettoken", params=bad).json()["errcode"] == 40089
    assert box.oapi("/sns/get_sns_token", body, token=box.token())["errcode"] == 40014
