# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
# flake8: noqa: F811
"""DingTalk's npm package `dingtalk-jsapi` works inside the simulated DingTalk: it uses
the clients' own bridges on phones and computers.
"""

import json

import pytest
from dingtalk_simulator import signatures
from dingtalk_simulator.web.testing import open_in_dingtalk
from test_login_browser import INFO, Site  # noqa: F401
from test_web_browser import browser  # noqa: F401

node = pytest.importorskip("tools.node", reason="the checkout is not importable")
mini_program = pytest.importorskip("tools.mini_program")

LOADER = """
(function (files) {
  var made = {};
  function found(path) {
    var names = [path, path + ".js", path + "/index.js"];
    return names.filter(function (name) { return files[name]; })[0];
  }
  function join(folder, name) {
    var parts = folder ? folder.split("/") : [];
    name.split("/").forEach(function (part) {
      if (part === "..") { parts.pop(); } else if (part !== ".") { parts.push(part); }
    });
    return parts.join("/");
  }
  function load(path) {
    if (!made[path]) {
      var module = made[path] = { exports: {} };
      var folder = path.split("/").slice(0, -1).join("/");
      files[path].call(module.exports, module, module.exports, function (name) {
        return load(found(join(folder, name)));
      });
    }
    return made[path].exports;
  }
  window.npm = load("index.js");
}({%s}));
"""


@pytest.fixture(scope="module")
def bundle():
    """The whole package bundled as one script."""
    modules = node.packages("mini-program", mini_program.CONTAINER) / "node_modules"
    folder = modules / "dingtalk-jsapi"
    files = [
        "%s: function (module, exports, require) {%s\n}"
        % (json.dumps(path.relative_to(folder).as_posix()), path.read_text("utf-8"))
        for path in sorted(folder.rglob("*.js"))
        if path.relative_to(folder).parts[0] != "mock"
    ]
    return LOADER % ",\n".join(files)


@pytest.fixture
def site(bundle):
    site = Site()
    site.pages["/bundle.js"] = bundle
    site.pages["/app"] = "<title>app</title><script src='/bundle.js'></script>"
    yield site
    site.close()


@pytest.fixture(params=["android", "pc"])
def page(request, box, browser, site):
    who = box.people(2)[1]
    page = open_in_dingtalk(
        browser, box.url, who, site.url + "/app?a=%E5%AD%97#x", request.param == "pc"
    )
    page.who, page.platform = who, request.param
    yield page
    page.context.close()


def settled(name, params):
    """Make a call as a page does; return its outcome."""
    return (
        "params => npm.%s(params).then("
        "result => ({result: result}), error => ({error: error}))" % name,
        params,
    )


def config(box, page, names, **wrong):
    ticket = box.api("POST", "/v1.0/oauth2/jsapiTickets")[1]["jsapiTicket"]
    url = page.url.partition("#")[0]
    values = {
        "agentId": box.agent_id,
        "corpId": box.corp_id,
        "timeStamp": "5",
        "nonceStr": "n",
        "signature": signatures.jsapi(ticket, "n", "5", url, "sha256"),
        "type": 0,
        "jsApiList": names,
    }
    return page.evaluate(
        """values => new Promise(resolve => {
            npm.config(values);
            npm.error(error => resolve({error: error}));
            npm.ready(() => resolve({ready: true}));
        })""",
        dict(values, **wrong),
    )


def person_of(box, code):
    return box.oapi(INFO, {"code": code})["result"]["userid"]


def test_it_knows_where_it_is(page):
    assert page.evaluate("npm.env.platform") == page.platform
    assert page.evaluate("npm.env.version").startswith("7.6.0")


def test_codes(box, page):
    corp = {"corpId": box.corp_id}
    found = page.evaluate(*settled("runtime.permission.requestAuthCode", corp))
    assert person_of(box, found["result"]["code"]) == page.who
    app = dict(corp, clientId=box.app_key)
    found = page.evaluate(*settled("requestAuthCode", app))
    assert person_of(box, found["result"]["code"]) == page.who
    found = page.evaluate(*settled("getAuthCode", corp))
    assert person_of(box, found["result"]["code"]) == page.who
    found = page.evaluate(
        """corp => new Promise(resolve => npm.runtime.permission.requestAuthCode({
            corpId: corp, onSuccess: resolve, onFail: resolve}))""",
        box.corp_id,
    )
    assert person_of(box, found["code"]) == page.who
    found = page.evaluate(*settled("requestAuthCode", dict(app, clientId="x")))
    assert found["error"]["errorCode"] == 3


def test_signed_calls(box, page):
    other = box.people(4)[3]
    params = {"corpId": box.corp_id, "userId": other}
    picker = {"title": "t", "corpId": box.corp_id, "multiple": True, "maxUsers": 5}
    name = "biz.contact.complexPicker"
    if page.platform == "android":
        found = page.evaluate(*settled("biz.chat.openSingleChat", params))
        assert found["error"]["errorCode"] == 7  # not in a signed list
        box.settings(jsapi_scan="6901234567892")
        names = [name, "scan", "biz.chat.openSingleChat"]
        assert config(box, page, names) == {"ready": True}
        found = page.evaluate(*settled("biz.util.scan", {"type": "barCode"}))
        assert found["result"]["text"] == "6901234567892"
        assert "result" in page.evaluate(*settled("biz.chat.openSingleChat", params))
        assert box.control("GET", "login/chats") == [
            {"userid": page.who, "with": other}
        ]
    else:
        assert config(box, page, [name]) == {"ready": True}
    box.settings(jsapi_refused=[name])
    found = page.evaluate(*settled(name, picker))
    assert found["error"]["errorCode"] == 7


def test_a_wrong_signature(box, page):
    found = config(box, page, ["biz.util.scan"], signature="0" * 64)
    assert found["error"]["errorCode"] == 3
    assert "52013" in found["error"]["errorMessage"]
