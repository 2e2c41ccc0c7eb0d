# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The console's page about events, with and without Chromium."""

import pytest
from dingtalk_simulator.stream.faults import KINDS
from dingtalk_simulator.web import events, words
from dingtalk_simulator.web.testing import Console, sel
from playwright.sync_api import expect
from receiver import AES_KEY, TOKEN, Receiver
from test_web_browser import browser, open_page, page  # noqa: F401

HOSTILE = '<img src=x onerror="window.hacked=1">'


@pytest.fixture
def receiver(box):
    made = Receiver(box.app_key)
    box.settings(event_time_scale=0.002)
    box.patient()
    yield made
    made.close()


@pytest.fixture
def console(page, box):  # noqa: F811
    return Console(page, box.url)


def subscribe(box, receiver):
    body = {"url": receiver.url, "token": TOKEN, "aes_key": AES_KEY}
    return box.control("POST", "callbacks", body)


def test_words_of_what_is_not_in_a_template():
    assert all(words.known(text) for text in events.TICKS.values())
    assert all(words.known("stream." + kind) for kind in KINDS)


def test_what_a_push_is_about():
    assert events.subject({"UserId": ["a"], "CorpId": "x"}) == "a"
    assert events.subject({"deptId": [1, 2, 3, 4]}) == "1, 2, 3 … (4)"
    assert events.subject({"processInstanceId": "p", "type": "start"}) == "p"
    assert events.subject(None) == events.subject({"userId": "odd"}) == ""


def test_subscribe_and_test_push(console, receiver):
    console.open("events")
    console.page.click(sel("new-subscription"))
    values = {"url": receiver.url, "token": TOKEN, "aes_key": AES_KEY}
    receiver.behave = lambda *_all: b"no"
    with pytest.raises(AssertionError, match="HTTP请求结果校验"):
        console.send("subscribe", **values)
    receiver.behave = lambda _message, answer, _handler: answer
    console.send("subscribe", **values)
    row = console.page.locator(sel("subscription"))
    expect(row).to_contain_text(receiver.url)
    console.send("check")
    receiver.behave = lambda *_all: (500, b"")
    with pytest.raises(AssertionError, match="500"):
        console.send("check")
    console.send("unsubscribe")
    expect(row).to_have_count(0)


def test_a_person_hired_and_dismissed_is_seen_on_its_way(
    box, console, receiver, open_page  # noqa: F811
):
    subscribe(box, receiver)
    watcher = Console(open_page(), box.url).open("events")
    userid = console.hire("张三", "13800138000")
    row = watcher.page.locator(sel("push", event="user_add_org", state="delivered"))
    expect(row).to_contain_text(userid)
    row.locator("summary").click()
    expect(row.locator("pre")).to_contain_text('"EventType": "user_add_org"')
    console.dismiss(userid)
    leave = sel("push", event="user_leave_org", state="delivered")
    expect(watcher.page.locator(leave)).to_have_count(1)
    expect(row.locator("pre")).to_be_visible()  # what was opened stays open
    expect(watcher.page.locator(leave).locator("pre")).to_be_hidden()
    assert receiver.kinds()[0] == "user_add_org"


def test_forged_and_failed_ones(box, console, receiver):
    subscribe(box, receiver)
    console.open("events", lang="en")
    console.send("event", **{"forge.wrong_signature": True})
    row = console.page.locator(sel("push", state="refused"))
    expect(row).to_contain_text("wrong signature")
    receiver.behave = lambda *_all: (500, b"")
    console.open("events").send("event", event_type="user_add_org", times=2)
    listed = console.page.locator(sel("push", state="listed"))
    expect(listed).to_have_count(2)
    expect(console.page.locator(sel("failed-count"))).to_contain_text("2")
    expect(console.page.locator(sel("push"))).to_have_count(3)
    receiver.behave = lambda _message, answer, _handler: answer
    box.control("POST", "events", {"event_type": "org_change"})
    expect(console.page.locator(sel("push", state="delivered"))).to_have_count(1)
    console.page.click(sel("only-errors"))
    expect(console.page.locator(sel("push"))).to_have_count(3)
    console.send("forget-pushes")
    expect(console.page.locator(sel("push"))).to_have_count(0)


def test_each_organisation_sees_its_own(box, console, receiver):
    subscribe(box, receiver)
    stranger = box.control("POST", "corps", {"people": 2, "departments": 1})
    box.control("POST", "events", {"event_type": "org_change"})
    receiver.wait("org_change")
    console.open("events", corp=stranger["corp_id"])
    expect(console.page.locator(sel("pushes"))).to_be_visible()
    expect(console.page.locator(sel("push"))).to_have_count(0)
    expect(console.page.locator(sel("subscription"))).to_have_count(0)
    console.open("events", corp=box.corp_id)
    expect(console.page.locator(sel("push"))).to_have_count(1)


def test_faults_of_streams(box, console):
    console.open("events")
    console.page.click(sel("new-stream-fault"))
    console.send("stream-fault", kind="close", code="1006")
    (fault,) = box.control("GET", "streams/faults")["faults"]
    assert (fault["kind"], fault["code"]) == ("close", "1006")
    expect(console.page.locator(sel("stream-faults"))).to_contain_text("1006")


def test_hostile_payloads_are_text(box, console, receiver):
    subscribe(box, receiver)
    receiver.behave = lambda *_all: (400, HOSTILE.encode())
    payload = {"EventType": HOSTILE, "userId": [HOSTILE]}
    box.control("POST", "events", {"payload": payload})
    receiver.wait(HOSTILE, 3)
    console.open("events")
    row = console.page.locator(sel("push"))
    row.locator("summary").click()
    expect(row.locator("pre")).to_contain_text(HOSTILE[:10])
    assert console.page.evaluate("window.hacked") is None
