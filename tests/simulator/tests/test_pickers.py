# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Calls of `dd` that ask the person: directly, and in Chromium."""

import base64

import pytest
import requests
from dingtalk_simulator import signatures
from dingtalk_simulator.login.pickers import PLACES, standard
from dingtalk_simulator.web.testing import Picker, open_in_dingtalk
from test_login_browser import app, browser, contexts, site, who  # noqa: F401
from test_login_pages import call, container

PAGE = "http://127.0.0.1:8069/app"
SCAN, ALBUM = "biz.util.scan", "biz.util.uploadImage"
CAMERA, PLACE = "biz.util.uploadImageFromCamera", "device.geolocation.get"
PEOPLE, DEPARTMENTS = "biz.contact.complexPicker", "biz.contact.departmentsPicker"
ALL = (SCAN, ALBUM, CAMERA, PLACE, PEOPLE, DEPARTMENTS)
DOT = base64.b64encode(b"GIF89a-no-real-picture").decode()


def values_of(box, page, names=ALL):
    ticket = box.get("/get_jsapi_ticket")["ticket"]
    return {
        "agentId": str(box.agent_id),
        "corpId": box.corp_id,
        "timeStamp": "1",
        "nonceStr": "n",
        "jsApiList": names,
        "signature": signatures.jsapi(ticket, "n", "1", page, "sha256"),
    }


@pytest.fixture
def ask(box, who):  # noqa: F811
    """Call directly, from a page with all calls signed."""
    session = container(box, who)["session"]
    assert call(box, session, "config", values_of(box, PAGE), PAGE)["ok"]

    def made(method, page=PAGE, **params):
        return call(box, session, method, params, page)

    return made


def of_app(box, **more):
    return dict(more, corpId=box.corp_id, appId=str(box.agent_id))


@pytest.mark.parametrize("method", ALL)
def test_refusals(box, ask, method):
    params = of_app(box)
    assert ask(method, PAGE + "/other", **params)["error"]["errorCode"] == 7
    assert "ask" in ask(method, **params)
    assert ask(method, _chosen=None, **params)["error"]["errorCode"] == -1
    box.settings(jsapi_refused=[method])
    assert ask(method, **params)["error"]["errorCode"] == 7


def test_pictures_lie_where_the_server_can_get_them(box, ask):
    (url,) = ask(ALBUM, _chosen="data:image/gif;base64," + DOT)["result"]
    answer = requests.get(url, timeout=5)
    assert answer.content == base64.b64decode(DOT)
    assert answer.headers["Content-Type"] == "image/gif"
    assert box.world.calls_by_path[url[len(box.url) :]] == 1
    assert requests.get(url[:-5] + "x.jpg", timeout=5).status_code == 404
    for wrong in ("", "x", "data:text/html;base64," + DOT, "data:image/gif;base64,=x"):
        assert not ask(CAMERA, _chosen=wrong)["ok"]


def test_places(box, ask):
    asked = ask(PLACE, coordinate=1, withReGeocode=True)["ask"]
    assert [row["name"] for row in asked["rows"]] == [place[0] for place in PLACES]
    found = ask(PLACE, coordinate=1, withReGeocode=True, _chosen=["1"])["result"]
    assert (found["latitude"], found["address"]) == (PLACES[1][2], PLACES[1][1])
    assert not ask(PLACE, coordinate=1, _chosen=["9"])["ok"]
    box.settings(jsapi_place="39.9,116.4,Beijing, somewhere")
    found = ask(PLACE, coordinate=1, withReGeocode=True)["result"]
    assert found["address"] == "Beijing, somewhere" and found["longitude"] == 116.4
    found = ask(PLACE, coordinate=0, withReGeocode=True)["result"]
    assert "address" not in found and 0 < abs(found["latitude"] - 39.9) < 0.01
    box.settings(jsapi_place="off")
    assert "定位" in ask(PLACE, coordinate=1)["error"]["errorMessage"]


def test_standard_coordinates_are_some_hundred_metres_off():
    for _name, _address, latitude, longitude in PLACES:
        north, east = standard(latitude, longitude)
        assert 0.0005 < abs(north - latitude) < 0.005
        assert 0.002 < abs(east - longitude) < 0.008


def test_people(box, ask):
    one, two = box.people(2)
    params = of_app(box, multiple=True)
    rows = ask(PEOPLE, disabledUsers=[two], **params)["ask"]["rows"]
    keys = [row["key"] for row in rows]
    assert "u" + one in keys and "d1" in keys and "u" + two not in keys
    only = ask(PEOPLE, responseUserOnly=True, **params)["ask"]["rows"]
    assert not [row for row in only if row["key"][0] == "d"]
    found = ask(PEOPLE, _chosen=["u" + one, "d1", "unobody"], **params)["result"]
    assert found["selectedCount"] == 2
    assert found["users"][0]["emplId"] == one
    assert found["departments"][0]["id"] == "1"
    single = ask(PEOPLE, _chosen=["u" + one, "u" + two], **of_app(box))["result"]
    assert len(single["users"]) == 1
    for wrong in ({"corpId": "dingother"}, {"appId": "1"}):
        error = ask(PEOPLE, **dict(params, **wrong))["error"]
        assert error["errorCode"] == 3


def test_departments(box, ask):
    found = ask(DEPARTMENTS, _chosen=["d1"], **of_app(box, multiple=True))["result"]
    assert found["departmentsCount"] == 1 and found["departments"][0]["id"] == "1"


CALL = """([name, params]) => new Promise(done => {
    const call = name.split(".").reduce((at, part) => at[part], dd);
    call(Object.assign({
        onSuccess: result => done({result}), onFail: error => done({error})}, params));
})"""


@pytest.fixture
def start(box, browser, contexts, app, site, who):  # noqa: F811
    """Start a call on a page with a strict policy; return its outcome as `found`."""
    address = app(False)
    site.headers["/app"] = {
        "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'"
    }
    page = open_in_dingtalk(browser, box.url, who, address, locale="en-US")
    contexts.append(page.context)
    page.wait_for_function("window.ready")
    page.evaluate(
        "values => { ready = false; dd.config(values); dd.ready(() => ready = true) }",
        values_of(box, address),
    )
    page.wait_for_function("window.ready")

    def begin(name, kind, **params):
        page.evaluate("([n, p]) => { found = (%s)([n, p]); return 1 }" % CALL,
                      [name, params])
        return Picker(page, kind), lambda: page.evaluate("found")

    begin.page = page
    return begin


def test_a_person_scans_and_gives_up(start):
    picker, found = start(SCAN, "scan")
    picker.text("6901234567892").ok()
    assert found() == {"result": {"text": "6901234567892"}}
    picker, found = start(SCAN, "scan")
    picker.cancel()
    assert found()["error"]["errorCode"] == -1
    picker, found = start(SCAN, "scan")
    start.page.keyboard.press("Escape")
    assert found()["error"]["errorCode"] == -1


def test_a_person_takes_pictures(start, tmp_path):
    picker, found = start(CAMERA, "camera")
    picker.ok()
    content = requests.get(found()["result"][0], timeout=5).content
    assert content[:3] == b"\xff\xd8\xff"
    path = tmp_path / "dot.png"
    path.write_bytes(b"\x89PNG\r\n")
    picker, found = start(ALBUM, "album")
    picker.file(path).ok()
    answer = requests.get(found()["result"][0], timeout=5)
    assert answer.content == b"\x89PNG\r\n"


def test_a_person_tells_the_place_and_chooses_people(box, start):
    picker, found = start(PLACE, "place", coordinate=1, withReGeocode=True)
    picker.tick("2").ok()
    assert found()["result"]["address"] == PLACES[2][1]
    one, two = box.people(2)
    picker, found = start(PEOPLE, "people", multiple=True, **of_app(box))
    picker.tick("u" + one, "u" + two).ok()
    assert {each["emplId"] for each in found()["result"]["users"]} == {one, two}
    picker, found = start(PEOPLE, "people", title="Who?", **of_app(box))
    assert picker.box.locator("form").get_attribute("aria-label") == "Who?"
    picker.box.locator("[type=search]").fill(box.org.people[one].name)
    picker.tick("u" + one).ok()
    assert found()["result"]["users"][0]["emplId"] == one
