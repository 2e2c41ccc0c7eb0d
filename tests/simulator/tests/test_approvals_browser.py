# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Approvals on phones and in the console, in a real Chromium."""

import pytest
from dingtalk_simulator.web.testing import Console, Phone, sel
from playwright.sync_api import expect
from test_approvals import Desk
from test_web_browser import browser, open_page, page  # noqa: F401  fixtures


@pytest.fixture
def desk(box):
    return Desk(box)


@pytest.fixture
def phone(open_page, box):  # noqa: F811
    return Phone(open_page("phone"), box.url)


def test_approve_on_the_phone(desk, phone):
    desk.flow(("ONE_BY_ONE", desk.a, desk.b))
    phone.open(desk.a, lang="en")
    assert phone.approvals() == []
    phone.tab("work")
    key = desk.start({"标题": "three chairs"})
    phone.page.wait_for_selector(sel("tile-badge") + " >> text=1")
    (found,) = phone.approvals()
    assert found["title"].endswith("提交的简单审批") and "three chairs" in found["text"]
    phone.approve("three chairs", "good price")
    phone.page.wait_for_selector(sel("approval-line") + " >> text=good price")
    assert list(desk.open(key)) == [desk.b]
    assert phone.page.locator(sel("approval-agree")).count() == 0
    phone.open(desk.b).approve("three chairs")
    phone.page.wait_for_selector(sel("approval-page", status="COMPLETED"))
    assert phone.approval_state() == {
        "id": key,
        "status": "COMPLETED",
        "result": "agree",
    }
    assert [each["id"] for each in phone.approvals("done")] == [key]


def test_refuse_with_a_reason(desk, phone):
    desk.flow(("ONE_BY_ONE", desk.a))
    key = desk.start()
    phone.open(desk.a).open_approval("hello")
    phone.page.click(sel("approval-refuse"))
    phone.page.click(sel("approval-refuse-confirm"))
    assert desk.state(key) == ("RUNNING", ""), "a reason is needed"
    phone.page.keyboard.press("Escape")
    phone.act("refuse", remark="too dear")
    assert desk.state(key) == ("COMPLETED", "refuse")
    assert desk.read(key)["operationRecords"][-1]["remark"] == "too dear"


def test_hand_on_add_signers_comment_withdraw(desk, phone, box):
    desk.flow(("ONE_BY_ONE", desk.a))
    key = desk.start()
    phone.open(desk.a).redirect("hello", desk.b, "you know more")
    assert list(desk.open(key)) == [desk.b]
    phone.open(desk.b).open_approval("hello")
    phone.act("append", to_userid=desk.c, position="before")
    assert list(desk.open(key)) == [desk.c]
    file = {"name": "offer.txt", "mimeType": "text/plain", "buffer": b"12 EUR"}
    phone.open(desk.c).comment("hello", "see the offer", files=[file])
    link = phone.page.wait_for_selector(sel("approval-file"))
    assert box.http.get(box.url + link.get_attribute("href")).content == b"12 EUR"
    record = desk.read(key)["operationRecords"][-1]
    assert record["attachments"][0]["fileName"] == "offer.txt"
    phone.open(desk.asker).withdraw("hello", "mistake")
    phone.page.wait_for_selector(sel("approval-page", status="TERMINATED"))
    with pytest.raises(AssertionError):
        box.settings(approvals_withdraw_seconds=15)
        desk.start()
        phone.withdraw("hello")


def test_start_one_on_the_phone(desk, phone):
    phone.open(desk.asker, lang="zh_CN")
    key = phone.start_approval(
        "采购申请",
        申请事由="文具",
        总金额="99.5",
        期望交付日期="2026-12-24",
        采购类型="办公用品",
        付款方式=["现金", "转账"],
        收货人=desk.a,
    )
    values = {
        row.get("name"): row.get("value")
        for row in desk.read(key)["formComponentValues"]
    }
    assert values["期望交付日期"] == "2026-12-24"
    assert values["付款方式"] == '["现金","转账"]'
    assert values["收货人"] == desk.box.org.people[desk.a].name
    phone.page.wait_for_selector(
        sel("approval-value", label="总金额") + " >> text=玖拾玖元伍角"
    )
    key = phone.start_approval(
        "请假",
        **{
            "请假类型": "年假",
            "开始时间 – 结束时间": ("2026-11-01T09:00", "2026-11-02T18:00"),
            "时长（天）": "2",
            "请假事由": "x",
        }
    )
    assert [each["id"] for each in phone.approvals("mine")][0] == key


def test_the_console(desk, open_page, box):  # noqa: F811
    console = Console(open_page(), box.url).open("approvals", lang="en")
    key = desk.start()
    page = console.page  # noqa: F811
    page.wait_for_selector(sel("approval-instance", id=key))
    row = page.locator(sel("approval-form", code=desk.codes["简单审批"]))
    row.locator("button").click()
    expect(row).to_have_attribute("data-enabled", "false")
    assert desk.refused() == "processGetFailed"
    console.open("approvals", template=desk.codes["采购申请"])
    field = page.locator(sel("approval-field"), has_text="采购类型")
    field.locator(sel("approval-field-edit")).click()
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=label]").fill("Kind")
    dialog.locator("[name=options]").fill("Paper\nPens")
    dialog.locator("button:not([type=button])").click()
    page.wait_for_selector(sel("approval-field") + " >> text=Paper, Pens")
    console.send("approval-flow", flow="OR %s %s" % (desk.a, desk.b))
    template = box.control("GET", "approvals/templates/采购申请")
    assert template["flow"] == [{"action": "OR", "userids": [desk.a, desk.b]}]
    console.open("approvals")
    page.locator(sel("approval-instance", id=key)).locator("button").click()
    page.click(sel("confirm-yes"))
    page.wait_for_selector(sel("approval-instance", id=key), state="detached")
    assert not box.control("GET", "approvals/instances")
