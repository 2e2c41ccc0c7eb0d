# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
# flake8: noqa: F811
"""Sign-in with a real Chromium: pages, widgets, scanner, pages inside DingTalk."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, urlencode

import pytest
from dingtalk_simulator import signatures
from dingtalk_simulator.web.testing import (
    Phone,
    SignIn,
    dingtalk_context,
    open_in_dingtalk,
    sel,
)
from playwright.sync_api import TimeoutError, expect
from test_login_pages import by_code, exchange, me
from test_web_browser import HOSTILE, SIZES, browser, open_page, page  # noqa: F401

INFO = "/topapi/v2/user/getuserinfo"


class Site:
    """A site that uses DingTalk: given pages, or a page that shows its own address."""

    def __init__(self):
        self.pages, self.headers = {}, {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_args):
                pass

            def do_GET(self):
                path = self.path.partition("?")[0]
                body = (site.pages.get(path) or "<title>back</title>").encode("utf-8")
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                for name, value in site.headers.get(path, {}).items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass  # the page was left

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        self.other_origin = "http://localhost:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def site():
    site = Site()
    yield site
    site.close()


@pytest.fixture
def who(box):
    return box.people(2)[1]


@pytest.fixture
def address(box, site):
    def make(**members):
        query = {
            "redirect_uri": site.url + "/back",
            "response_type": "code",
            "client_id": box.app_key,
            "scope": "openid",
            "state": "s1",
            "prompt": "consent",
        }
        query.update(members)
        return "%s/oauth2/auth?%s" % (box.url, urlencode(query))

    return make


def arrived(page, site):
    """Wait for the browser; return the members of the redirect address."""
    page.wait_for_url(site.url + "/back?**")
    return page.evaluate("Object.fromEntries(new URL(location.href).searchParams)")


def unionid(box, code):
    return me(box, exchange(box, code)[1]["accessToken"])[1]["unionId"]


# The OAuth2 page


def test_choose_agree_and_be_remembered(box, page, site, address, who):
    page.goto(address(scope="openid corpid"))
    sign_in = SignIn(page).choose(who, box.org.people[who].mobile)
    expect(page.locator(sel("organisation"))).to_be_checked()
    sign_in.agree()
    found = arrived(page, site)
    assert found["state"] == "s1" and found["code"] == found["authCode"]
    status, token = exchange(box, found["code"])
    assert token["corpId"] == box.corp_id
    page.goto(address())
    expect(page.locator(sel("agree"))).to_be_visible()
    expect(page.locator("main")).to_contain_text(box.org.people[who].name)
    page.click(sel("other-account"))
    sign_in.choose(box.people(1)[0])
    page.reload()
    expect(page.locator("main")).to_contain_text(box.org.people[box.people(1)[0]].name)
    sign_in.refuse()
    assert arrived(page, site) == {"error": "access_denied", "state": "s1"}


def test_sign_in_by_phone(box, page, open_page, site, address, who):
    page.goto(address())
    phone = Phone(open_page("phone"), box.url).open(who)
    phone.scan(SignIn(page).qr_text())
    expect(page.locator(sel("qr-scanned"))).to_be_visible()
    expect(page.locator(sel("qr-scanned"))).to_contain_text(box.org.people[who].name)
    expect(phone.page.locator(sel("scan-host"))).to_have_text(site.url[7:])
    phone.agree()
    assert unionid(box, arrived(page, site)["code"]) == box.org.people[who].unionid


def test_refuse_by_phone(box, page, open_page, site, address, who):
    page.goto(address())
    phone = Phone(open_page("phone"), box.url).open(who).tab("scan")
    phone.page.click(sel("scan-code"))
    phone.refuse()
    assert arrived(page, site) == {"error": "access_denied", "state": "s1"}


def test_codes_come_and_go_on_the_scanner(box, page, open_page, address, who):
    phone = Phone(open_page("phone"), box.url).open(who).tab("scan")
    codes = phone.page.locator(sel("scan-code"))
    expect(codes).to_have_count(0)
    page.goto(address())
    expect(codes).to_have_count(1)
    SignIn(page).choose(who).agree()
    expect(codes).to_have_count(0)


def test_an_old_code_can_be_renewed(box, page, address):
    page.goto(address())
    old = SignIn(page).qr_text()
    expect(page.locator(sel("qr-expired"))).to_be_hidden()
    box.control("POST", "login/expire")
    page.click(sel("qr-again"))
    expect(page.locator(sel("qr-expired"))).to_be_hidden()
    assert SignIn(page).qr_text() != old


def test_a_stranger_cannot_agree(box, page, open_page, address):
    box.control("POST", "corps", {"people": 3, "corp_id": "dingother"})
    stranger = next(iter(box.world.org("dingother").people))
    page.goto(address())
    SignIn(page).choose(stranger)
    expect(page.locator(sel("login-problem", kind="not_member"))).to_be_visible()
    expect(page.locator(sel("agree"))).to_have_count(0)
    page.goto(address())
    page.click(sel("other-account"))
    phone = Phone(open_page("phone"), box.url).open(stranger, corp="dingother")
    phone.scan(SignIn(page).qr_text())
    expect(phone.page.locator(sel("scan-problem", kind="not_member"))).to_be_visible()
    expect(phone.page.locator(sel("agree"))).to_have_count(0)


def test_the_phone_chooses_the_organisation(box, page, open_page, site, address):
    body = {"people": 3, "same_people": 1, "corp_id": "dingother", "name": "另一家"}
    box.control("POST", "corps", body)
    box.settings(oauth_members_only=False)
    here = next(iter(box.org.people.values()))
    page.goto(address(scope="openid corpid"))
    phone = Phone(open_page("phone"), box.url).open(here.userid)
    phone.scan(SignIn(page).qr_text())
    phone.page.select_option(sel("choice"), "dingother")
    phone.agree()
    token = exchange(box, arrived(page, site)["code"])[1]
    assert token["corpId"] == "dingother"


@pytest.mark.parametrize("size", sorted(SIZES))
@pytest.mark.parametrize("lang", ["zh_CN", "en"])
def test_pages_fit_the_screen(box, open_page, address, who, size, lang):
    box.control("PATCH", "apps/" + box.app_key, {"name": "名字很长的应用" * 6})
    page = open_page(size)

    def fits():
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= SIZES[size][0], page.url
        main = page.locator("main").first
        assert main.evaluate("each => each.scrollWidth <= each.clientWidth"), page.url

    page.goto(address(lang=lang))
    fits()
    SignIn(page).choose(who)
    fits()
    page.goto(address(client_id="x" * 200))
    fits()
    page.goto(address(iframe="true"))
    fits()
    Phone(page, box.url).open(who).scan("x" * 300)
    expect(page.locator(sel("scan-text"))).to_be_visible()
    fits()
    page.click(sel("scan-code") + " >> nth=0")
    expect(page.locator(sel("scan-confirm"))).to_be_visible()
    fits()


def test_names_and_state_are_text(box, open_page, site, address, who):
    page = open_page()
    box.control("PATCH", "users/" + who, {"name": HOSTILE, "title": HOSTILE})
    box.control("PATCH", "apps/" + box.app_key, {"name": HOSTILE})
    box.control("PATCH", "departments/1", {"name": HOSTILE})

    def quiet():
        page.wait_for_timeout(100)
        assert not page.evaluate("window.hacked"), page.url

    page.goto(address(state=HOSTILE))
    quiet()
    phone = Phone(open_page(), box.url).open(who).scan(SignIn(page).qr_text())
    expect(page.locator(sel("qr-scanned"))).to_contain_text(HOSTILE)
    assert not phone.page.evaluate("window.hacked")
    quiet()
    SignIn(page).choose(who)
    expect(page.locator("h1")).to_contain_text(HOSTILE)
    quiet()
    SignIn(page).agree()
    assert arrived(page, site)["state"] == HOSTILE
    for wrong in (
        {"client_id": HOSTILE},
        {"redirect_uri": "http://x/" + HOSTILE},
        {"state": HOSTILE, "iframe": "true", "scope": HOSTILE},
    ):
        page.goto(address(**wrong))
        quiet()
    phone.tab("scan").scan(HOSTILE)
    expect(phone.page.locator(sel("scan-text"))).to_contain_text(HOSTILE)
    assert not phone.page.evaluate("window.hacked")


# Widgets


WIDGET = """<div id="box"></div>
<script src="%(script)s"></script>
<script>
var got = [];
DTFrameLogin(%(frame)s, %(login)s,
  function (found) { got.push(found); }, function (error) { got.push({error: error}); });
</script>"""


@pytest.fixture
def widget(box, site):
    def make(frame=None, redirect=None, **members):
        login = {
            "redirect_uri": quote(redirect or site.url + "/back?db=1", safe=""),
            "client_id": box.app_key,
            "scope": "openid",
            "response_type": "code",
            "state": "s1",
            "prompt": "consent",
        }
        login.update(members)
        site.pages["/widget"] = WIDGET % {
            "script": box.url + "/h5-dingtalk-login/0.21.0/ddlogin.js",
            "frame": json.dumps(frame or {"id": "box", "width": 300, "height": 360}),
            "login": json.dumps(login),
        }
        return site.url + "/widget"

    return make


def inside(page):
    page.wait_for_selector("iframe")
    page.frame_locator("iframe").locator("main").wait_for()
    return page.frames[1]


def heard(page, count=1):
    page.wait_for_function("window.got && got.length >= %d" % count)
    page.wait_for_timeout(200)
    return page.evaluate("got")


def test_widget(box, page, site, widget, who):
    page.goto(widget())
    SignIn(inside(page)).choose(who).agree()
    (found,) = heard(page)
    assert found["state"] == "s1"
    assert found["redirectUrl"].startswith(site.url + "/back?db=1&authCode=")
    assert found["authCode"] in found["redirectUrl"]
    assert unionid(box, found["authCode"]) == box.org.people[who].unionid
    assert page.url == site.url + "/widget"


def test_widget_by_phone(box, page, open_page, widget, who):
    box.settings(widget_callbacks=2)
    page.goto(widget())
    text = SignIn(inside(page)).qr_text()
    Phone(open_page("phone"), box.url).open(who).scan(text).agree()
    first, second = heard(page, 2)
    assert first == second and first["authCode"]


def test_widget_errors(box, page, widget, who):
    page.goto(widget())
    SignIn(inside(page)).choose(who).refuse()
    assert heard(page) == [{"error": "access_denied"}]
    box.settings(widget_error="object")
    page.goto(widget(prompt=""))
    (found,) = heard(page)
    assert found["error"]["errorCode"] == "invalid_request"
    page.goto(widget(client_id=""))
    assert heard(page) == [{"error": "Missing parameters"}]
    page.goto(widget(frame={"id": "elsewhere"}))
    assert heard(page) == [{"error": "Element not found"}]


def test_widget_is_silent_to_other_origins(box, page, site, widget, who):
    page.goto(widget(redirect=site.other_origin + "/back"))
    SignIn(inside(page)).choose(who).agree()
    expect(page.frame_locator("iframe").locator(sel("login-done"))).to_be_visible()
    page.wait_for_timeout(300)
    assert page.evaluate("got") == []


def test_widget_has_its_size(page, widget):
    page.goto(widget(frame={"id": "box", "width": 20}))
    box_ = page.locator("iframe").bounding_box()
    assert (box_["width"], box_["height"]) == (280, 300)


def test_widget_ignores_other_senders(page, widget):
    page.goto(widget())
    inside(page)
    page.evaluate(
        "window.postMessage({success: true, redirectUrl: location.href}, '*')"
    )
    page.wait_for_timeout(200)
    assert page.evaluate("got") == []


@pytest.mark.parametrize("how", ["missing", "error"])
def test_widget_script_can_be_missing(box, browser, site, widget, how):
    box.settings(login_script=how)
    context = browser.new_context()
    page = context.new_page()
    page.goto(widget())
    assert page.evaluate("typeof DTFrameLogin") == "undefined"
    context.close()


def test_classic_widget(box, page, open_page, site, who):
    sns = "%s/connect/oauth2/sns_authorize?" % box.url + (
        "appid=%s&response_type=code&scope=snsapi_login&state=s1&redirect_uri=%s/back"
        % (box.app_key, site.url)
    )
    site.pages["/classic"] = """<div id="box"></div>
<script src="%s/dinglogin/0.0.5/ddLogin.js"></script>
<script>
var sns = %s;
DDLogin({id: "box", goto: encodeURIComponent(sns), style: "border:none"});
window.addEventListener("message", function (event) {
  if (event.origin === %s) { location.href = sns + "&loginTmpCode=" + event.data; }
});
</script>""" % (
        box.url,
        json.dumps(sns),
        json.dumps(box.url),
    )
    page.goto(site.url + "/classic")
    text = SignIn(inside(page)).qr_text()
    assert page.locator("iframe").bounding_box()["height"] >= 400
    Phone(open_page("phone"), box.url).open(who).scan(text).agree()
    found = arrived(page, site)
    assert set(found) == {"code", "state"}
    user = by_code(box, found["code"])["user_info"]
    assert user["unionid"] == box.org.people[who].unionid


# Inside DingTalk


APP = """<meta name="viewport" content="width=device-width"><pre id="out">-</pre>
%s
<script>
var got = [], ready = false;
function tell(found) { got.push(found); }
if (window.dd) {
  dd.error(function (error) { tell({config: error}); });
  dd.ready(function () { ready = true; });
}
</script>"""


@pytest.fixture
def app(box, site):
    """Address of a micro-app; `script=False` leaves dingtalk.open.js out."""

    def make(script=True, path="/app"):
        source = box.url + "/dingtalk-jsapi/2.10.3/dingtalk.open.js"
        tag = '<script src="%s"></script>' % source
        site.pages[path] = APP % (tag if script else "")
        return site.url + path

    return make


@pytest.fixture
def contexts():
    found = []
    yield found
    for context in found:
        context.close()


OLD = """corpId => new Promise(done => dd.runtime.permission.requestAuthCode({
    corpId: corpId, onSuccess: done, onFail: error => done({error: error})}))"""
NEW = """params => new Promise(done => dd.requestAuthCode(Object.assign({
    onSuccess: done, onFail: error => done({error: error})}, params)))"""


def person_of(box, code):
    return box.oapi(INFO, {"code": code})["result"]["userid"]


@pytest.mark.parametrize("pc", [False, True])
@pytest.mark.parametrize("script", [False, True])
def test_open_in_dingtalk(box, browser, contexts, app, who, pc, script):
    page = open_in_dingtalk(browser, box.url, who, app(script), pc=pc)
    contexts.append(page.context)
    assert "DingTalk" in page.evaluate("navigator.userAgent")
    assert page.evaluate("dd.env.platform") == ("pc" if pc else "android")
    page.wait_for_function("window.ready")
    assert person_of(box, page.evaluate(OLD, box.corp_id)["code"]) == who
    params = {"corpId": box.corp_id, "clientId": box.app_key}
    assert person_of(box, page.evaluate(NEW, params)["code"]) == who
    found = page.evaluate("params => dd.requestAuthCode(params)", params)
    assert person_of(box, found["code"]) == who
    found = page.evaluate(OLD, "dingother")["error"]
    assert found["errorCode"] == 3 and "域名微应用" in found["errorMessage"]


def test_open_in_dingtalk_in_a_context(box, browser, contexts, app, who):
    context = browser.new_context()
    contexts.append(context)
    plain = context.new_page()
    page = open_in_dingtalk(context, box.url, who, app(False))
    page.wait_for_function("window.ready")
    assert person_of(box, page.evaluate(OLD, box.corp_id)["code"]) == who
    assert "DingTalk" in page.evaluate("navigator.userAgent")
    plain.goto(app(False))
    assert plain.evaluate("typeof dd") == "undefined"
    assert "DingTalk" not in plain.evaluate("navigator.userAgent")


def test_a_strict_policy_of_the_page_does_not_matter(
    box, browser, contexts, site, app, who
):
    address = app(False)
    site.headers["/app"] = {
        "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'"
    }
    page = open_in_dingtalk(browser, box.url, who, address)
    contexts.append(page.context)
    page.wait_for_function("window.ready")
    assert person_of(box, page.evaluate(OLD, box.corp_id)["code"]) == who


def test_the_bridge_calls_by_itself_too(box, browser, contexts, app, who):
    window = box.control("POST", "login/containers", {"userid": who})
    context = browser.new_context(user_agent=window["user_agent"])
    contexts.append(context)
    context.add_init_script(window["bridge"])
    page = context.new_page()
    page.goto(app())
    page.wait_for_function("window.ready")
    assert person_of(box, page.evaluate(OLD, box.corp_id)["code"]) == who
    # Frames in the page are not DingTalk's.
    page.evaluate("""() => new Promise(done => {
            const frame = document.createElement("iframe");
            frame.onload = done;
            frame.src = location.href + "?frame";
            document.body.append(frame);
        })""")
    assert page.frames[1].evaluate("dd.env.platform") == "notInDingTalk"


def test_outside_dingtalk(box, page, app):
    page.goto(app())
    assert page.evaluate("dd.env.platform") == "notInDingTalk"
    assert page.evaluate(OLD, box.corp_id)["error"]["errorCode"] == -1
    page.wait_for_timeout(300)
    assert not page.evaluate("ready")


def test_dd_config(box, browser, contexts, app, who):
    address = app()
    page = open_in_dingtalk(browser, box.url, who, address)
    contexts.append(page.context)
    ticket = box.get("/get_jsapi_ticket")["ticket"]
    values = {
        "agentId": str(box.agent_id),
        "corpId": box.corp_id,
        "timeStamp": "1",
        "nonceStr": "n",
        "signature": signatures.jsapi(ticket, "n", "1", address, "sha1"),
        "jsApiList": [],
    }
    again = (
        "values => { ready = false; dd.config(values); dd.ready(() => ready = true); }"
    )
    page.evaluate(again, values)
    page.wait_for_function("window.ready")
    assert page.evaluate("got") == []
    page.evaluate(again, dict(values, signature="forged"))
    page.wait_for_function("window.got && got.length")
    assert "52013" in page.evaluate("got")[0]["config"]["errorMessage"]
    assert not page.evaluate("ready")


def test_container_page_for_people(box, open_page, app, who):
    box.control("PATCH", "apps/" + box.app_key, {"home_url": app()})
    page = open_page("phone")
    phone = Phone(page, box.url).open(who).tab("work")
    page.click(sel("app-tile"))
    page.frame_locator("iframe").locator("#out").wait_for()
    frame = page.frames[1]
    frame.wait_for_function("window.ready")
    assert frame.evaluate("dd.env.platform") == "android"
    assert person_of(box, frame.evaluate(OLD, box.corp_id)["code"]) == who
    assert frame.evaluate(OLD, "dingother")["error"]["errorCode"] == 3
    page.click(sel("container-close"))
    expect(page.locator(sel("tab-work"))).to_be_visible()
    assert phone.tab("messages").messages() == []


def test_container_in_a_window_of_its_own(box, page, site, app, who):
    address = app()
    site.headers["/app"] = {"X-Frame-Options": "DENY"}
    page.goto("%s/phone/%s/open?pc=1&url=%s" % (box.url, who, quote(address)))
    with page.expect_popup() as opened:
        page.click(sel("container-window"))
    window = opened.value
    window.wait_for_function("window.ready")
    assert window.evaluate("dd.env.platform") == "pc"
    assert person_of(box, window.evaluate(OLD, box.corp_id)["code"]) == who


def test_container_serves_only_its_own_page(box, page, site, app, who):
    """A frame in the site's page calls the container as if it were the page."""
    site.pages["/inner"] = """<script>var got = [];
        addEventListener("message", event => got.push(event.data));
        top.postMessage({dingtalkCall: "x", method: "requestAuthCode", page: location.href,
          params: {corpId: "%s", clientId: "%s"}}, "*");</script>""" % (
        box.corp_id,
        box.app_key,
    )
    site.pages["/outer"] = '<iframe src="/inner"></iframe>'
    page.goto("%s/phone/%s/open?url=%s" % (box.url, who, quote(site.url + "/outer")))
    page.frame_locator("iframe").frame_locator("iframe").locator("html").wait_for()
    page.wait_for_timeout(500)
    assert page.frames[2].evaluate("got") == []
    assert box.world.codes == {}


def test_strict_domains_in_the_container(box, page, app, who):
    box.settings(jsapi_domains="strict")
    address = "%s/phone/%s/open?url=%s" % (box.url, who, quote(app()))
    page.goto(address)
    page.frames[1].wait_for_function("window.ready")
    assert page.frames[1].evaluate(OLD, box.corp_id)["error"]["errorCode"] == 3
    bare = open_in_dingtalk(page.context, box.url, who, app())
    assert bare.evaluate(OLD, box.corp_id)["error"]["errorCode"] == 3
    box.control("PATCH", "apps/" + box.app_key, {"home_url": app(path="/home")})
    assert person_of(box, page.frames[1].evaluate(OLD, box.corp_id)["code"]) == who
    assert person_of(box, bare.evaluate(OLD, box.corp_id)["code"]) == who


def test_scanned_links_open_inside(box, open_page, app, who):
    page = open_page("phone")
    Phone(page, box.url).open(who).scan(app())
    page.frame_locator("iframe").locator("#out").wait_for()
    page.frames[1].wait_for_function("window.ready")
    assert person_of(box, page.frames[1].evaluate(OLD, box.corp_id)["code"]) == who


def test_links_of_messages_inside_dingtalk(box, browser, contexts, app, who):
    """In a test's browser the page is opened without a frame."""
    address = app() + "?record=7"
    box.notify(
        [who],
        {
            "msgtype": "action_card",
            "action_card": {
                "title": "t",
                "markdown": "[inner](%s)" % address,
                "single_title": "go",
                "single_url": address,
            },
        },
    )
    context = dingtalk_context(browser, box.url, who)
    contexts.append(context)
    page = context.new_page()
    for link in (sel("message-button"), ".markdown a"):
        Phone(page, box.url).open(who)
        page.locator(link).first.click()
        page.wait_for_url(address)
        page.wait_for_function("window.ready")
        assert person_of(box, page.evaluate(OLD, box.corp_id)["code"]) == who


def test_dingtalk_knows_who_it_is_on_its_pages(
    box, browser, contexts, site, address, who
):
    page = open_in_dingtalk(browser, box.url, who, address())
    contexts.append(page.context)
    SignIn(page).agree()
    assert unionid(box, arrived(page, site)["code"]) == box.org.people[who].unionid
    silent = "%s/connect/oauth2/sns_authorize?" % box.url + urlencode(
        {
            "appid": box.app_key,
            "response_type": "code",
            "scope": "snsapi_auth",
            "redirect_uri": site.url + "/back",
        }
    )
    page.goto(silent)
    found = arrived(page, site)
    assert by_code(box, found["code"])["errcode"] == 0


def test_a_hanging_script_never_comes(box, browser, contexts, site, widget):
    box.settings(login_script="hang")
    context = browser.new_context()
    contexts.append(context)
    page = context.new_page()
    with pytest.raises(TimeoutError):
        page.goto(widget(), timeout=700)
