# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""DingTalk's sign-in pages, scanner and JSAPI without a browser."""

import json
import re
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from dingtalk_simulator import signatures
from dingtalk_simulator.login.addresses import may_redirect
from dingtalk_simulator.login.desk import desk_of

BACK = "http://127.0.0.1:8069/dingding/back"
HOSTILE = "<img src=x onerror=alert(1)>'\"&</script>"
INFO = "/topapi/v2/user/getuserinfo"


def oauth2(box, **members):
    """The address of the OAuth2 page; None omits a member."""
    query = {
        "redirect_uri": BACK,
        "response_type": "code",
        "client_id": box.app_key,
        "scope": "openid",
        "state": "s 1&2",
        "prompt": "consent",
    }
    query.update(members)
    return "/oauth2/auth?" + urlencode(
        {name: value for name, value in query.items() if value is not None}
    )


def classic(box, page="qrconnect", **members):
    query = {
        "appid": box.app_key,
        "response_type": "code",
        "scope": "snsapi_login",
        "state": "s1",
        "redirect_uri": BACK,
    }
    query.update(members)
    return "/connect/%s?%s" % (page, urlencode(query))


def get(box, address, **headers):
    return box.raw("GET", address, allow_redirects=False, headers=headers)


def members(answer):
    """The query of a redirect or address."""
    if not isinstance(answer, str):
        assert answer.status_code == 302, answer.text[-800:]
        answer = answer.headers["Location"]
    assert answer.startswith(BACK + "?"), answer
    return {
        name: value[0] for name, value in parse_qs(urlsplit(answer).query, True).items()
    }


def problem(answer, status=400):
    assert answer.status_code == status, (answer.status_code, answer.headers)
    assert "Location" not in answer.headers
    found = re.search(r'data-testid="login-problem" data-kind="(\w+)"', answer.text)
    return found.group(1)


def ticket(answer):
    assert answer.status_code == 200, answer.text
    return re.search(r'name="t" value="(\w+)"', answer.text).group(1)


def account(box, userid, corp_id=None):
    return "%s:%s" % (corp_id or box.corp_id, userid)


def decide(box, address, who, decision="agree", **more):
    data = {"t": ticket(get(box, address)), "account": who, "decision": decision}
    answer = box.raw(
        "POST", "/oauth2/decide", data=dict(data, **more), allow_redirects=False
    )
    box.http.cookies.clear()
    return answer


def authorize(box, userid, address=None, ok=True, **more):
    body = dict(more, userid=userid, url=box.url + (address or oauth2(box)))
    return box.control("POST", "login/authorize", body, ok=ok)


def exchange(box, code, **app):
    body = {
        "clientId": box.app_key,
        "clientSecret": box.app_secret,
        "grantType": "authorization_code",
        "code": code,
    }
    return box.api("POST", "/v1.0/oauth2/userAccessToken", dict(body, **app))


def me(box, token):
    return box.api("GET", "/v1.0/contact/users/me", token=token)


@pytest.fixture
def who(box):
    return box.people(2)[1]


# The OAuth2 page


def test_oauth2_from_the_page_to_the_person(box, who):
    found = members(decide(box, oauth2(box), account(box, who)))
    assert found["state"] == "s 1&2"
    assert found["code"] == found["authCode"] and set(found) == {
        "authCode",
        "code",
        "state",
    }
    status, token = exchange(box, found["authCode"])
    assert status == 200 and "corpId" not in token
    assert me(box, token["accessToken"])[1]["unionId"] == box.org.people[who].unionid
    assert exchange(box, found["authCode"])[1]["code"] == (
        "invalidParameter.authCode.notFound"
    )


def test_oauth2_older_redirect(box, who):
    box.settings(oauth_callback="authCode")
    found = members(decide(box, oauth2(box), account(box, who)))
    assert set(found) == {"authCode", "state"}


def test_oauth2_keeps_the_query_of_the_redirect_address(box, who):
    address = oauth2(box, redirect_uri=BACK + "?db=a%26b&x=1", state=None)
    found = members(decide(box, address, account(box, who)))
    assert found["db"] == "a&b" and found["x"] == "1" and "state" not in found


def test_oauth2_refusal(box, who):
    found = members(decide(box, oauth2(box), account(box, who), "refuse"))
    assert found == {"error": "access_denied", "state": "s 1&2"}


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"client_id": "dingnobody"}, "client_id"),
        ({"client_id": None}, "client_id"),
        ({"redirect_uri": None}, "no_redirect_uri"),
        ({"redirect_uri": "https://evil.example/"}, "redirect_uri"),
        ({"redirect_uri": "javascript:alert(1)"}, "redirect_uri"),
    ],
)
def test_oauth2_never_leads_to_a_wrong_address(box, changed, kind):
    assert problem(get(box, oauth2(box, **changed))) == kind


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "openid everything"}, "invalid_scope"),
        ({"prompt": None}, "invalid_request"),
        ({"org_type": "management"}, "invalid_request"),
        ({"corpId": "CORP"}, "invalid_request"),
        ({"scope": "openid corpid", "org_type": "all"}, "invalid_request"),
        ({"scope": "openid corpid", "corpId": "dingunknown"}, "invalid_request"),
    ],
)
def test_oauth2_tells_the_site_of_its_mistakes(box, changed, error):
    if changed.get("corpId") == "CORP":
        changed = dict(changed, corpId=box.corp_id)
    found = members(get(box, oauth2(box, **changed)))
    assert found == {"error": error, "state": "s 1&2"}


@pytest.mark.parametrize("scope", ["openid corpid", "openid+corpid"])
def test_oauth2_with_the_organisation(box, who, scope):
    # In the query these are openid%20corpid, openid+corpid, openid%2Bcorpid.
    address = oauth2(box, scope=scope)
    found = members(decide(box, address, account(box, who), corp_id=box.corp_id))
    assert exchange(box, found["code"])[1]["corpId"] == box.corp_id


def test_oauth2_only_managers(box, who):
    address = oauth2(box, scope="openid corpid", org_type="management")
    page = decide(box, address, account(box, who))
    assert problem(page) == "not_manager"
    boss = box.org.administrators()[0].userid
    assert "code" in members(decide(box, address, account(box, boss)))


def test_oauth2_only_the_organisation_that_is_named(box, who):
    other = box.control("POST", "corps", {"people": 3, "same_people": 0})["corp_id"]
    address = oauth2(box, scope="openid corpid", corpId=other)
    assert problem(decide(box, address, account(box, who))) == "corp_id"
    assert (
        problem(
            decide(box, oauth2(box), account(box, who), corp_id="dingother"),
        )
        == "corp_id"
    )


def test_oauth2_with_an_account_of_the_company(box, who):
    address = oauth2(box, exclusiveLogin="true")
    assert 'data-userid="%s"' % who not in get(box, address).text
    assert problem(decide(box, address, account(box, who))) == "not_exclusive"
    box.control("PATCH", "users/" + who, {"exclusive_account": True})
    assert 'data-userid="%s"' % who in get(box, address).text
    assert "code" in members(decide(box, address, account(box, who)))
    elsewhere = oauth2(box, exclusiveLogin="true", exclusiveCorpId="dingother")
    assert problem(decide(box, elsewhere, account(box, who))) == "not_exclusive"


def test_only_members_sign_in_unless_anybody_may(box):
    box.control("POST", "corps", {"people": 4, "corp_id": "dingother"})
    stranger = next(iter(box.world.org("dingother").people.values()))
    who = account(box, stranger.userid, "dingother")
    assert problem(decide(box, oauth2(box), who)) == "not_member"
    box.settings(oauth_members_only=False)
    found = members(decide(box, oauth2(box), who))
    about = me(box, exchange(box, found["code"])[1]["accessToken"])[1]
    assert about["nick"] == stranger.name
    # Unionids of the app's developer, not of the other organisation's.
    assert about["unionId"] == box.org.unionid_of(stranger.human) != stranger.unionid
    answer = box.oapi("/topapi/user/getbyunionid", {"unionid": about["unionId"]})
    assert answer["errcode"] == 60121


def test_the_same_human_is_known_in_both_organisations(box):
    box.control("POST", "corps", {"people": 4, "same_people": 2, "corp_id": "dingb"})
    twins = [
        (one, two)
        for one in box.org.people.values()
        for two in box.world.org("dingb").people.values()
        if one.human == two.human
    ]
    here, there = twins[0]
    found = members(decide(box, oauth2(box), account(box, there.userid, "dingb")))
    about = me(box, exchange(box, found["code"])[1]["accessToken"])[1]
    assert about["unionId"] == here.unionid


def test_who_is_not_active_or_unknown_cannot_sign_in(box, who):
    box.control("PATCH", "users/" + who, {"active": False})
    assert problem(decide(box, oauth2(box), account(box, who))) == "not_active"
    assert problem(decide(box, oauth2(box), account(box, "nobody"))) == "account"


def test_a_page_is_used_once(box, who):
    data = {"t": ticket(get(box, oauth2(box))), "account": account(box, who)}
    data["decision"] = "agree"
    first = box.raw("POST", "/oauth2/decide", data=data, allow_redirects=False)
    assert "code" in members(first)
    again = box.raw("POST", "/oauth2/decide", data=data, allow_redirects=False)
    assert problem(again, 410) == "expired"
    again = box.raw(
        "POST", "/oauth2/decide", data={"t": data["t"]}, allow_redirects=False
    )
    assert problem(again, 410) == "expired"
    assert problem(get(box, "/oauth2/page?t=" + data["t"]), 410) == "expired"
    assert problem(get(box, "/oauth2/page?t=forged"), 410) == "expired"


def test_the_account_is_remembered(box, who):
    key = ticket(get(box, oauth2(box)))
    answer = box.raw(
        "POST",
        "/oauth2/account",
        data={"t": key, "account": account(box, who)},
        allow_redirects=False,
    )
    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    name = box.org.people[who].name
    assert name in get(box, answer.headers["Location"]).text
    page = get(box, oauth2(box))
    assert 'data-testid="agree"' in page.text and name in page.text
    assert 'data-testid="qr"' in get(box, "/oauth2/page?other=1&t=" + ticket(page)).text
    # The widget still begins with its QR code.
    assert 'data-testid="qr"' in get(box, oauth2(box, iframe="true")).text
    box.control("DELETE", "users/" + who)
    assert 'data-testid="qr"' in get(box, oauth2(box)).text
    box.http.cookies.clear()


def test_pages_may_not_be_framed_but_the_widget_may(box):
    policy = get(box, oauth2(box)).headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy and "script-src 'self'" in policy
    policy = get(box, oauth2(box, iframe="true")).headers["Content-Security-Policy"]
    assert "frame-ancestors" not in policy
    assert get(box, oauth2(box)).headers["Cache-Control"] == "no-store"
    answer = get(box, oauth2(box, client_id="x"))
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_names_and_state_run_nothing(box, who):
    box.control("PATCH", "users/" + who, {"name": HOSTILE})
    box.control("PATCH", "apps/" + box.app_key, {"name": HOSTILE})
    box.control("PATCH", "departments/1", {"name": HOSTILE})
    address = oauth2(box, state=HOSTILE)
    widget = oauth2(box, state=HOSTILE, iframe="true")
    person = {"t": ticket(get(box, address)), "account": account(box, who)}
    pages = [
        get(box, address),
        get(box, widget),
        get(box, oauth2(box, client_id=HOSTILE)),
        get(box, oauth2(box, redirect_uri="http://x/" + HOSTILE)),
        get(box, oauth2(box, state=HOSTILE, iframe="true", prompt="x")),
        box.raw("POST", "/oauth2/account", data=person),
        decide(box, widget, account(box, who)),
        get(box, "/phone/%s?tab=scan&text=%s" % (who, quote(HOSTILE))),
        get(box, "/phone/%s?tab=scan&code=%s" % (who, ticket(get(box, address)))),
        get(box, "/phone/%s/open?url=%s" % (who, quote("http://localhost/" + HOSTILE))),
    ]
    for number, page in enumerate(pages):
        assert "<img src=x" not in page.text, number
        assert "onerror=alert(1)>'\"" not in page.text, number
    back = members(decide(box, address, account(box, who)))
    assert back["state"] == HOSTILE
    box.http.cookies.clear()


# Where sign-in may lead to


@pytest.mark.parametrize(
    ("entries", "address", "allowed"),
    [
        ([], "http://127.0.0.1:8069/x", True),
        ([], "http://localhost/x", True),
        ([], "http://odoo.localhost:8069/", True),
        ([], "http://[::1]:8069/", True),
        ([], "https://odoo.example.com/", False),
        ([], "http://127.0.0.1.evil.example/", False),
        (["odoo.example.com"], "https://odoo.example.com/a?b=c", True),
        (["odoo.example.com"], "http://odoo.example.com:8069/a", True),
        (["odoo.example.com"], "https://ODOO.example.com/", True),
        (["odoo.example.com"], "https://a.odoo.example.com/", False),
        (["odoo.example.com"], "https://odoo.example.com.evil.example/", False),
        (["odoo.example.com"], "https://odoo.example.com@evil.example/", False),
        (["odoo.example.com"], "https://x@odoo.example.com/", False),
        (["odoo.example.com"], "https://evil.example\\@odoo.example.com/", False),
        (["odoo.example.com"], "//odoo.example.com/", False),
        (["odoo.example.com"], "ftp://odoo.example.com/", False),
        (["odoo.example.com"], "https://odoo.example.com/ x", False),
        (["odoo.example.com"], "https://odoo.example.com:x/", False),
        (["odoo.example.com"], "http://127.0.0.1:8069/x", False),
        (["odoo.example.com:8069"], "http://odoo.example.com:8069/", True),
        (["odoo.example.com:8069"], "http://odoo.example.com/", False),
        (["https://o.example/a"], "https://o.example/a", True),
        (["https://o.example/a"], "https://o.example:443/a/b?c=1", True),
        (["https://o.example/a"], "https://o.example/ab", False),
        (["https://o.example/a"], "https://o.example/a/../b", False),
        (["https://o.example/a"], "http://o.example/a", False),
        (["https://o.example/a"], "https://o.example:8443/a", False),
        (["https://o.example"], "https://o.example/anything", True),
        (["http://bad:port", "o.example"], "https://o.example/", True),
    ],
)
def test_redirect_addresses(box, entries, address, allowed):
    box.control("PATCH", "apps/" + box.app_key, {"redirect_hosts": entries})
    assert may_redirect(box.world, box.world.apps[box.app_key], address) is allowed


def test_redirect_addresses_must_be_registered_when_strict(box):
    box.settings(redirect_strict=True)
    assert problem(get(box, oauth2(box))) == "redirect_uri"
    box.control("PATCH", "apps/" + box.app_key, {"redirect_hosts": ["127.0.0.1:8069"]})
    assert get(box, oauth2(box)).status_code == 200


# The QR code on the pages


def wait(box, key):
    return get(box, "/oauth2/wait?t=" + key).json()


def scan(box, userid, ok=True, **body):
    return box.control("POST", "login/scan", dict(body, userid=userid), ok=ok)


def test_qr_code(box, who):
    key = ticket(get(box, oauth2(box)))
    (shown,) = box.control("GET", "login/shown")
    assert shown["id"] == key and shown["text"].startswith(
        box.url + "/connect/qrcommit"
    )
    assert shown["redirect_uri"] == BACK and shown["way"] == "oauth2"
    assert wait(box, key) == {"status": "waiting"}
    scan(box, who, text=shown["text"], decision="scan")
    assert wait(box, key) == {"status": "scanned", "name": box.org.people[who].name}
    result = scan(box, who, text=shown["text"])["result"]
    assert wait(box, key) == {"status": "agreed", "go": result}
    status, token = exchange(box, members(result)["code"])
    assert me(box, token["accessToken"])[1]["unionId"] == box.org.people[who].unionid
    assert "expired" in scan(box, who, ok=False, text=shown["text"])["error"]
    assert box.control("GET", "login/shown") == []


def test_qr_code_refused_on_the_phone(box, who):
    key = ticket(get(box, oauth2(box)))
    scan(box, who, id=key, decision="refuse")
    assert members(wait(box, key)["go"]) == {"error": "access_denied", "state": "s 1&2"}


def test_qr_code_gets_old(box, who, stopped):
    key = ticket(get(box, oauth2(box)))
    text = box.control("GET", "login/shown")[0]["text"]
    box.settings(clock_offset=119)
    assert wait(box, key) == {"status": "waiting"}
    box.settings(clock_offset=121)
    assert wait(box, key) == {"status": "expired"}
    assert "expired" in scan(box, who, ok=False, text=text)["error"]
    # By account and consent it can be finished for a while.
    data = {"t": key, "account": account(box, who), "decision": "agree"}
    answer = box.raw("POST", "/oauth2/decide", data=data, allow_redirects=False)
    assert "code" in members(answer)


def test_qr_code_of_nobody(box, who):
    other = box.url + "/connect/qrcommit?code=forged"
    assert "expired" in scan(box, who, ok=False, text=other)["error"]
    assert "no code" in scan(box, who, ok=False, text="hello")["error"]
    assert "decision" in scan(box, who, ok=False, text="x", decision="?")["error"]


def test_qr_code_of_a_stranger(box):
    box.control("POST", "corps", {"people": 3, "corp_id": "dingother"})
    stranger = next(iter(box.world.org("dingother").people))
    key = ticket(get(box, oauth2(box)))
    found = scan(box, stranger, ok=False, id=key, corp_id="dingother")
    assert "not_member" in found["error"]
    assert wait(box, key)["status"] == "scanned"


def test_qr_code_opened_by_another_browser(box, who):
    get(box, oauth2(box))
    text = box.control("GET", "login/shown")[0]["text"]
    path = text[len(box.url) :]
    assert problem(get(box, path)) == "not_in_dingtalk"
    headers = {"Cookie": "dingtalk_simulator_account=%s%%3A%s" % (box.corp_id, who)}
    answer = get(box, path, **headers)
    assert answer.headers["Location"].startswith("/phone/%s?tab=scan&code=" % who)
    assert get(box, answer.headers["Location"]).status_code == 200


# The widget


def told(page):
    found = re.search(r'data-outcome="([^"]*)"', page.text).group(1)
    return json.loads(found.replace("&#34;", '"').replace("&amp;", "&"))


def test_widget_tells_the_page_around_it(box, who):
    address = oauth2(box, iframe="true")
    key = ticket(get(box, address))
    scan(box, who, id=key)
    found = wait(box, key)
    # Only a page of the redirect address's origin receives it.
    assert found["target"] == "http://127.0.0.1:8069" and found["times"] == 1
    assert found["tell"]["success"] is True and "go" not in found
    assert "code" in members(found["tell"]["redirectUrl"])
    box.settings(widget_callbacks=2)
    assert told(decide(box, address, account(box, who)))["times"] == 2


def test_widget_errors(box, who):
    address = oauth2(box, iframe="true")
    found = told(decide(box, address, account(box, who), "refuse"))
    assert found["tell"]["success"] is False
    assert found["tell"]["errorMsg"] == "access_denied"
    box.settings(widget_error="object")
    found = told(get(box, oauth2(box, iframe="true", prompt=None)))
    assert found["tell"]["errorMsg"]["errorCode"] == "invalid_request"


def test_widget_wants_more_with_the_organisation(box):
    address = {"iframe": "true", "scope": "openid+corpid"}
    for missing in ({}, {"org_type": "management"}, {"corpId": box.corp_id}):
        found = told(get(box, oauth2(box, **dict(address, **missing))))
        assert found["tell"]["errorMsg"] == "invalid_request"
    both = dict(address, org_type="management", corpId=box.corp_id)
    ticket(get(box, oauth2(box, **both)))


SCRIPTS = {
    "/h5-dingtalk-login/0.21.0/ddlogin.js": "DTFrameLogin",
    "/dingding/h5-dingtalk-login/0.21.0/ddlogin.js": "DTFrameLogin",
    "/dinglogin/0.0.5/ddLogin.js": "DDLogin",
    "/dingtalk-jsapi/2.10.3/dingtalk.open.js": "requestAuthCode",
    "/dingding/dingtalk-jsapi/3.0.12/dingtalk.open.js": "requestAuthCode",
}


@pytest.mark.parametrize("path", sorted(SCRIPTS))
def test_scripts(box, path):
    answer = get(box, path)
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert SCRIPTS[path] in answer.text
    box.settings(login_script="missing")
    assert get(box, path).status_code == 404
    box.settings(login_script="error")
    assert get(box, path).status_code == 500
    box.settings(login_script="hang")
    with pytest.raises(IOError):
        box.raw("GET", path, timeout=0.3)


def test_pages_and_scripts_are_no_api_calls(box):
    box.control("DELETE", "calls")
    get(box, oauth2(box))
    get(box, "/h5-dingtalk-login/0.21.0/ddlogin.js")
    assert box.control("GET", "calls")["total"] == 0


# The classic pages


def by_code(box, code):
    timestamp = "%d" % (box.world.now() * 1000)
    answer = box.raw(
        "POST",
        "/sns/getuserinfo_bycode",
        json={"tmp_auth_code": code},
        params={
            "accessKey": box.app_key,
            "timestamp": timestamp,
            "signature": signatures.sns(box.app_secret, timestamp),
        },
    )
    return answer.json()


@pytest.mark.parametrize("page", ["qrconnect", "oauth2/sns_authorize"])
def test_classic_pages(box, who, page):
    found = members(decide(box, classic(box, page), account(box, who)))
    assert set(found) == {"code", "state"} and found["state"] == "s1"
    info = by_code(box, found["code"])
    assert info["user_info"]["unionid"] == box.org.people[who].unionid
    assert by_code(box, found["code"])["errcode"] == 40078
    # It is not a code of the other methods.
    found = members(decide(box, classic(box, page), account(box, who)))
    assert box.oapi(INFO, {"code": found["code"]})["errcode"] == 40078
    assert exchange(box, found["code"])[0] == 400


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"appid": "x"}, "client_id"),
        ({"redirect_uri": "https://evil.example"}, "redirect_uri"),
        ({"response_type": "x"}, "response_type"),
        ({"scope": "openid"}, "scope"),
        ({"scope": "snsapi_auth"}, "scope"),
    ],
)
def test_classic_pages_refuse(box, changed, kind):
    assert problem(get(box, classic(box, **changed))) == kind


def test_classic_widget(box, who):
    goto = box.url + classic(box, "oauth2/sns_authorize")
    frame = "/login/qrcode.htm?goto=%s&style=x" % quote(goto, safe="")
    key = ticket(get(box, frame))
    scan(box, who, id=key)
    found = wait(box, key)
    assert found["target"] == "*" and isinstance(found["tell"], str)
    address = classic(box, "oauth2/sns_authorize", loginTmpCode=found["tell"])
    code = members(get(box, address))["code"]
    info = by_code(box, code)
    assert info["user_info"]["unionid"] == box.org.people[who].unionid
    assert problem(get(box, address)) == "tmp_code"


def test_classic_widget_refuses(box, who):
    assert problem(get(box, "/login/qrcode.htm?goto=x")) == "goto"
    goto = box.url + classic(box, "oauth2/sns_authorize", appid="x")
    assert problem(get(box, "/login/qrcode.htm?goto=" + quote(goto))) == "client_id"
    forged = classic(box, "oauth2/sns_authorize", loginTmpCode="forged")
    assert problem(get(box, forged)) == "tmp_code"


def tmp_code(box, who):
    goto = box.url + classic(box, "oauth2/sns_authorize")
    key = ticket(get(box, "/login/qrcode.htm?goto=" + quote(goto, safe="")))
    scan(box, who, id=key)
    return wait(box, key)["tell"]


def test_login_tmp_code_is_of_one_app_and_gets_old(box, who):
    second = box.control("POST", "apps", {})["app_key"]
    code = tmp_code(box, who)
    page = "oauth2/sns_authorize"
    other = classic(box, page, appid=second, loginTmpCode=code)
    assert problem(get(box, other)) == "tmp_code"
    box.settings(clock_offset=121)
    assert problem(get(box, classic(box, page, loginTmpCode=code))) == "tmp_code"


def test_silent_classic_sign_in_inside_dingtalk_only(box, who):
    address = classic(box, "oauth2/sns_authorize", scope="snsapi_auth")
    cookie = {"Cookie": "dingtalk_simulator_account=%s%%3A%s" % (box.corp_id, who)}
    assert problem(get(box, address, **cookie)) == "not_in_dingtalk"
    inside = {"User-Agent": "AliApp(DingTalk/7.6.0)"}
    assert problem(get(box, address, **inside)) == "account"
    code = members(get(box, address, **dict(cookie, **inside)))["code"]
    assert by_code(box, code)["errcode"] == 0


# Codes


def test_codes_are_listed_and_expire(box, who):
    code = members(authorize(box, who)["redirect"])["code"]
    inside = box.control("POST", "login_codes", {"userid": who})["code"]
    found = {each["code"]: each for each in box.control("GET", "login/codes")}
    assert (found[code]["kind"], found[inside]["kind"]) == ("oauth", "inside")
    assert found[code]["userid"] == who and not found[code]["expired"]
    get(box, oauth2(box))
    key = box.control("GET", "login/shown")[0]["id"]
    assert box.control("POST", "login/expire") == {"expired": 2, "qr_expired": 1}
    assert all(each["expired"] for each in box.control("GET", "login/codes"))
    assert exchange(box, code)[1]["code"] == "invalidParameter.authCode.notFound"
    assert box.oapi(INFO, {"code": inside})["errcode"] == 40078
    assert wait(box, key) == {"status": "expired"}


def test_only_some_codes_expire(box, who):
    second = box.control("POST", "apps", {})["app_key"]
    codes = {
        (key, kind): box.control(
            "POST", "login_codes", {"app_key": key, "kind": kind, "userid": who}
        )["code"]
        for key in (box.app_key, second)
        for kind in ("oauth", "inside")
    }
    box.control("POST", "login/expire", {"app_key": second, "kinds": ["oauth"]})
    expired = {
        each["code"] for each in box.control("GET", "login/codes") if each["expired"]
    }
    assert expired == {codes[second, "oauth"]}
    assert len(box.control("GET", "login/codes?app_key=" + second)) == 2
    wrong = box.control("POST", "login/expire", {"kinds": ["x"]}, ok=False)
    assert "kinds" in wrong["error"]


@pytest.mark.parametrize("kind", ["oauth", "sns", "inside"])
def test_life_of_a_code_can_be_set(box, who, kind):
    box.settings(**{kind + "_code_seconds": 10})
    began = box.world.now()
    code = box.control("POST", "login_codes", {"kind": kind, "userid": who})["code"]
    (found,) = box.control("GET", "login/codes")
    assert found["code"] == code
    assert began + 10 <= found["expires_at"] <= box.world.now() + 10


def test_a_code_of_one_app_is_no_use_to_another(box, who):
    second = box.control("POST", "apps", {})
    code = members(authorize(box, who)["redirect"])["code"]
    status, found = exchange(
        box, code, clientId=second["app_key"], clientSecret=second["app_secret"]
    )
    assert (status, found["code"]) == (400, "invalidParameter.authCode.notFound")
    assert exchange(box, code)[0] == 200


def test_who_left_is_nobody(box, who):
    code = members(authorize(box, who)["redirect"])["code"]
    inside = box.control("POST", "login_codes", {"userid": who})["code"]
    token = exchange(box, code)[1]["accessToken"]
    later = members(authorize(box, who)["redirect"])["code"]
    box.control("DELETE", "users/" + who)
    status, found = me(box, token)
    assert (status, found["code"]) == (404, "invalidParameter.user.notFound")
    status, found = exchange(box, later)
    assert status == 200 and me(box, found["accessToken"])[0] == 404
    assert box.oapi(INFO, {"code": inside})["errcode"] == 60121


def test_e_mail_of_dingtalk_itself_is_not_told(box, who):
    token = exchange(box, members(authorize(box, who)["redirect"])["code"])[1]
    box.control("PATCH", "users/" + who, {"email": "a@dingtalk.com"})
    assert "email" not in me(box, token["accessToken"])[1]
    box.control("PATCH", "users/" + who, {"email": "a@example.com"})
    assert me(box, token["accessToken"])[1]["email"] == "a@example.com"


def test_authorize_without_a_browser(box, who):
    assert members(authorize(box, who, agree=False)["redirect"])["error"]
    assert members(authorize(box, who, classic(box))["redirect"])["code"]
    wrong = authorize(box, who, oauth2(box, prompt=None))["redirect"]
    assert members(wrong)["error"] == "invalid_request"
    assert (
        "client_id"
        in authorize(box, who, oauth2(box, client_id="x"), ok=False)["error"]
    )
    assert "not the address" in authorize(box, who, "/elsewhere", ok=False)["error"]


def test_a_reset_forgets_all_sign_ins(box, who):
    key = ticket(get(box, oauth2(box)))
    session = container(box, who)["session"]
    box.reset(people=10, departments=2, seed=5)
    assert wait(box, key) == {"status": "expired"}
    assert not call(box, session, "requestAuthCode", {})["ok"]


# Scanner and container


def location(answer):
    assert answer.status_code == 302
    return answer.headers["Location"]


def test_scanner(box, who):
    get(box, oauth2(box))
    (shown,) = box.control("GET", "login/shown")
    page = get(box, "/phone/%s?tab=scan" % who)
    assert 'data-id="%s"' % shown["id"] in page.text
    path = "/phone/%s/scan?text=" % who
    found = location(get(box, path + quote(shown["text"], safe="")))
    assert found == "/phone/%s?tab=scan&code=%s" % (who, shown["id"])
    page = get(box, found).text
    assert 'data-testid="scan-confirm" data-status="waiting"' in page
    assert "127.0.0.1:8069" in page
    assert wait(box, shown["id"])["status"] == "scanned"
    link = "https://odoo.example/a?b=1&c=%20"
    found = location(get(box, path + quote(link, safe="")))
    assert found == "/phone/%s/open?url=%s" % (who, quote(link, safe=""))
    inner = "dingtalk://dingtalkclient/page/link?url=" + quote(link, safe="")
    found = location(get(box, path + quote(inner, safe="")))
    assert found == "/phone/%s/open?url=%s" % (who, quote(link, safe=""))
    found = location(get(box, path + quote("4006381333931", safe="")))
    assert "4006381333931" in get(box, found).text
    found = location(get(box, path + quote("javascript:alert(1)", safe="")))
    assert "tab=scan&text=" in found
    gone = box.url + "/connect/qrcommit?code=forged"
    assert (
        'data-kind="expired"' in get(box, location(get(box, path + quote(gone)))).text
    )
    assert get(box, "/phone/nobody/scan?text=x").status_code == 404


def test_container_page(box, who):
    page = get(box, "/phone/%s/open?url=%s" % (who, quote("http://localhost:1/x")))
    assert '<iframe src="http://localhost:1/x"' in page.text
    assert "frame-src http: https:" in page.headers["Content-Security-Policy"]
    hostile = quote('http://localhost/"onload="alert(1)\'><b>')
    page = get(box, "/phone/%s/open?url=%s" % (who, hostile))
    assert 'src="http://localhost/&#34;onload=' in page.text and "<b>'" not in page.text
    for url in ("javascript:alert(1)", "", "data:text/html,x", "/console"):
        answer = get(box, "/phone/%s/open?url=%s" % (who, quote(url)))
        assert answer.status_code == 404 and "<iframe" not in answer.text
    answer = get(box, "/phone/nobody/open?url=" + quote("http://localhost/"))
    assert answer.status_code == 404


def test_home_page_on_the_workbench(box, who):
    home = "https://odoo.example/app?corp=$CORPID$"
    assert "/open?" not in get(box, "/phone/%s?tab=work" % who).text.split("<ul")[-1]
    found = box.control("PATCH", "apps/" + box.app_key, {"home_url": home})
    assert found["home_url"] == home
    page = get(box, "/phone/%s?tab=work" % who).text
    target = quote(home.replace("$CORPID$", box.corp_id), safe="")
    assert "/phone/%s/open?app=%s&amp;url=%s" % (who, box.app_key, target) in page


# JSAPI


def container(box, userid, **more):
    return box.control("POST", "login/containers", dict(more, userid=userid))


def call(box, session, method, params, page="http://127.0.0.1:8069/app", **headers):
    body = {"session": session, "method": method, "params": params, "page": page}
    answer = box.raw(
        "POST",
        "/_dd/call",
        data=json.dumps(body),
        headers=dict({"Content-Type": "text/plain"}, **headers),
    )
    assert answer.status_code == 200
    return answer.json()


OLD = "runtime.permission.requestAuthCode"


def test_request_auth_code(box, who):
    session = container(box, who)["session"]
    found = call(box, session, OLD, {"corpId": box.corp_id})
    assert found["ok"]
    info = box.oapi(INFO, {"code": found["result"]["code"]})
    assert info["result"]["userid"] == who
    second = box.control("POST", "apps", {})
    params = {"corpId": box.corp_id, "clientId": second["app_key"]}
    code = call(box, session, "requestAuthCode", params)["result"]["code"]
    assert box.oapi(INFO, {"code": code})["errcode"] == 40078
    token = box.gettoken(appkey=second["app_key"], appsecret=second["app_secret"])
    info = box.oapi(INFO, {"code": code}, token=token["access_token"])
    assert info["result"]["userid"] == who


def test_request_auth_code_belongs_to_the_app_of_the_page(box, who):
    second = box.control("POST", "apps", {})["app_key"]
    third = box.control("POST", "apps", {})["app_key"]
    box.control("PATCH", "apps/" + second, {"home_url": "http://second:8069/x"})
    box.control("PATCH", "apps/" + third, {"pc_home_url": "http://third/x"})

    def app_of(page, **more):
        session = container(box, who, **more)["session"]
        code = call(box, session, OLD, {"corpId": box.corp_id}, page)["result"]["code"]
        return box.world.codes[code].app_key

    assert app_of("http://second:8069/y") == second
    assert app_of("http://second/y") == box.app_key  # the port counts
    assert app_of("http://third/y") == third
    assert app_of("http://other/", app_key=third) == third


def test_request_auth_code_refuses(box, who):
    session = container(box, who)["session"]
    box.control("POST", "corps", {"people": 3, "corp_id": "dingother"})

    def error(method, page="http://odoo.example/app", **params):
        found = call(box, session, method, params, page)
        assert not found["ok"]
        return found["error"]

    text = "对应企业没有odoo.example域名微应用"
    for corp_id in ("", "dingnobody", "dingother"):
        assert error(OLD, corpId=corp_id) == {"errorCode": 3, "errorMessage": text}
    assert error("requestAuthCode", corpId=box.corp_id, clientId="x")["errorCode"] == 3
    assert error("device.unknown")["errorCode"] == -1
    box.settings(jsapi_domains="strict")
    assert error(OLD, corpId=box.corp_id)["errorMessage"] == text
    box.control("PATCH", "apps/" + box.app_key, {"home_url": "http://odoo.example/x"})
    page = "http://odoo.example/app"
    assert call(box, session, OLD, {"corpId": box.corp_id}, page)["ok"]
    box.control("DELETE", "users/" + who)
    assert error(OLD, corpId=box.corp_id)["errorCode"] == 60121
    assert not call(box, "forged", OLD, {"corpId": box.corp_id})["ok"]


def test_a_page_cannot_say_that_it_is_another(box, who):
    box.settings(jsapi_domains="strict")
    box.control("PATCH", "apps/" + box.app_key, {"home_url": "http://odoo.example/x"})
    session = container(box, who)["session"]
    page, params = "http://odoo.example/app", {"corpId": box.corp_id}
    assert call(box, session, OLD, params, page, Origin="http://odoo.example")["ok"]
    assert not call(box, session, OLD, params, page, Origin="http://evil.example")["ok"]


def test_jsapi_door_is_open_to_all_sites(box):
    answer = box.raw("OPTIONS", "/_dd/call", headers={"Origin": "http://odoo.example"})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "http://odoo.example"
    for body in ("no json", "[]"):
        assert box.raw("POST", "/_dd/call", data=body).status_code == 400


def test_dd_config(box, who):
    session = container(box, who)["session"]
    ticket_ = box.get("/get_jsapi_ticket")["ticket"]
    page = "http://127.0.0.1:8069/app?a=%2Fb#part"
    values = {
        "agentId": str(box.agent_id),
        "corpId": box.corp_id,
        "timeStamp": "1700000000",
        "nonceStr": "n",
        "jsApiList": ["biz.util.scan"],
    }

    def sign(algorithm, url=page.partition("#")[0]):
        return signatures.jsapi(ticket_, "n", "1700000000", url, algorithm)

    for algorithm in ("sha1", "sha256"):
        good = dict(values, signature=sign(algorithm))
        assert call(box, session, "config", good, page) == {"ok": True, "result": {}}
    window = desk_of(box.world).containers[session]
    assert list(window.configured.values()) == [["biz.util.scan"]]
    for wrong in (
        dict(values, signature="forged"),
        dict(values, signature=sign("sha1", "http://127.0.0.1:8069/other")),
        dict(values, signature=sign("sha1"), agentId="1"),
        dict(values, signature=sign("sha1"), corpId="dingother"),
        dict(values, signature=sign("sha1"), nonceStr="m"),
    ):
        error = call(box, session, "config", wrong, page)["error"]
        assert error["errorCode"] == 3 and "Code:52013" in error["errorMessage"]
    good = dict(values, signature=sign("sha1"))
    box.settings(clock_offset=7201)
    assert not call(box, session, "config", good, page)["ok"]


def test_scan_and_chat_need_a_signature(box, who):
    session = container(box, who)["session"]
    ticket_ = box.get("/get_jsapi_ticket")["ticket"]
    page, (colleague,) = "http://127.0.0.1:8069/app", box.people(2)[1:]

    def configure(*names):
        values = {
            "agentId": str(box.agent_id),
            "corpId": box.corp_id,
            "timeStamp": "1700000000",
            "nonceStr": "n",
            "jsApiList": names,
            "signature": signatures.jsapi(ticket_, "n", "1700000000", page, "sha256"),
        }
        assert call(box, session, "config", values, page)["ok"]

    box.settings(jsapi_scan="6901234567892")
    chat = {"corpId": box.corp_id, "userId": colleague}
    for method in ("biz.util.scan", "biz.chat.openSingleChat"):
        assert call(box, session, method, chat, page)["error"]["errorCode"] == 7
    configure("biz.util.scan")
    assert call(box, session, "biz.util.scan", {}, page)["result"] == {
        "text": "6901234567892"
    }
    assert not call(box, session, "biz.chat.openSingleChat", chat, page)["ok"]
    assert not call(box, session, "biz.util.scan", {}, page + "/other")["ok"]
    box.settings(jsapi_scan="")
    assert call(box, session, "biz.util.scan", {}, page)["ask"]["kind"] == "scan"
    given_up = call(box, session, "biz.util.scan", {"_chosen": None}, page)
    assert given_up["error"]["errorCode"] == -1
    configure("biz.chat.openSingleChat")
    assert call(box, session, "biz.chat.openSingleChat", chat, page)["ok"]
    for wrong in (dict(chat, userId="nobody"), dict(chat, corpId="dingother")):
        assert not call(box, session, "biz.chat.openSingleChat", wrong, page)["ok"]
    assert box.control("GET", "login/chats") == [{"userid": who, "with": colleague}]


def test_bridge(box, who):
    window = container(box, who, pc=True)
    assert "dingtalk-win" in window["user_agent"]
    assert "AliApp(DingTalk/" in container(box, who)["user_agent"]
    served = get(box, "/dd-bridge.js?session=" + window["session"])
    assert served.text == window["bridge"]
    assert '"platform": "pc"' in served.text and window["session"] in served.text
    assert get(box, "/dd-bridge.js?session=forged").status_code == 404
