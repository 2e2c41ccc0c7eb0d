"""Send messages, check phones, recall."""

import time

import house
from smoke import _odoo
from smoke._odoo import CORP, DINGTALK, EMPLOYEE, Odoo

SEND = "/topapi/message/corpconversation/asyncsend_v2"
HELLO = "各位同事：今天下午三点开会。"
SECONDS = 60  # until DingTalk has it; usually one or two
ADDRESS = "https://odoo.example.com/web#id=7"


def steps(world):
    odoo = Odoo(world)
    control = odoo.control
    odoo.connected()
    first, second = odoo.colleagues()[:2]

    known = {}

    def open_person(person):
        if person["userid"] in known:
            world.open("dingding.user", known[person["userid"]])
            return
        world.menu(DINGTALK, "dingding.dingding_user_menu")
        odoo.search(person["userid"])
        odoo.open_row(person["name"])
        known[person["userid"]], = world.stack.rpc(
            "dingding.user", "search", [("userid", "=", person["userid"])])

    def write_to(person, kind):
        open_person(person)
        odoo.press("Send message")
        if kind != "text":
            odoo.choose("dingding.send", "kind", kind)

    def send(name):
        """Check the form, send, wait for DingTalk."""
        odoo.shoot(name + " written")
        odoo.press("Send")
        wait_for("Sent")

    def wait_for(state):
        """Wait until Odoo has the state, then until the form shows it."""
        deadline = time.monotonic() + SECONDS
        while odoo.state() != state:
            house.wait_until(
                lambda: world.stack.query(
                    "SELECT state FROM dingding_message ORDER BY id DESC LIMIT 1")
                == state.lower(), SECONDS, "the message's state " + state)
            world.check(
                time.monotonic() < deadline,
                "the message is %s, not %s" % (odoo.state(), state))
            world.client.refresh(odoo.page)
            world.settle()

    def arrives(name, text=None):
        """Check that the newest message on the phone is this one; open it."""
        phone = odoo.phone(first["userid"])
        if text:
            phone.wait_for(text)
        newest = phone.messages()[0]
        odoo.shoot(name + " on the phone", phone.page)
        phone.page.locator("[data-testid=message-open]").first.focus()
        phone.page.keyboard.press("Enter")
        phone.page.wait_for_selector("[data-testid=message-page][data-read=true]")
        return newest

    def is_kind(kind, text=None):
        newest = arrives(kind, text)
        world.check(newest["msgtype"] == kind, "the newest is %s" % newest)
        if text:
            world.check(text in newest["text"], "it says %r" % newest["text"])

    def refreshed(read, unread):
        odoo.press("Refresh status")
        shown = [int(odoo.value(name)) for name in ("people_read", "people_unread")]
        world.check(shown == [read, unread], "read and unread are %s" % shown)

    # -- every kind ------------------------------------------------------------------

    def text():
        write_to(first, "text")
        odoo.type(text=HELLO)
        world.check(HELLO in odoo.dialog(), "no preview")
        send("text")
        odoo.shoot("text sent")
        phone = odoo.phone(first["userid"]).wait_for(HELLO)
        world.check(phone.unread() == 1, "%d unread" % phone.unread())
        refreshed(0, 1)
        is_kind("text", HELLO)
        refreshed(1, 0)
        odoo.tabs().filter(has_text="Recipients").click()
        world.check(odoo.column("Status") == ["Read"], "state of the person")
        odoo.shoot("text read")

    def markdown():
        write_to(first, "markdown")
        odoo.type(title="库存告警", text=(
            "### 库存告警\n- 螺丝 M4：**低于安全库存**\n- 垫片：正常\n"
            "> 由 Odoo 自动生成\n\n[查看单据](%s)" % ADDRESS))
        send("markdown")
        is_kind("markdown", "低于安全库存")

    def link():
        write_to(first, "link")
        odoo.type(
            title="第三季度经营周报", text="收入同比增长 12%，点击查看全文。", url=ADDRESS,
            picture_url=world.stack.simulator.url + "/_web/static/icon.svg")
        send("link")
        is_kind("link", "第三季度经营周报")

    def oa():
        write_to(first, "oa")
        odoo.type(title="采购申请 PO00042", text="请在今天内审批。", url=ADDRESS)
        odoo.add_line("row_ids", label="申请人", value="王小明")
        odoo.add_line("row_ids", label="金额", value="12,600.00 元")
        send("oa")
        is_kind("oa", "12,600.00 元")

    def card():
        write_to(first, "action_card")
        odoo.type(title="请确认收货", text="### 请确认收货\n送货单 **WH/IN/00017**",
                  single_title="打开送货单", url=ADDRESS)
        send("action card")
        is_kind("action_card", "打开送货单")

    def buttons():
        write_to(first, "action_card")
        # Later series draw their own over it.
        odoo.page.locator(".modal input[type=radio]").nth(1).evaluate(
            "node => node.click()")
        world.settle()
        odoo.type(title="请假申请", text="### 请假申请\n李四，三天")
        odoo.add_line("button_ids", title="同意", url=ADDRESS + "&yes")
        odoo.add_line("button_ids", title="拒绝", url=ADDRESS + "&no")
        send("card with two buttons")
        is_kind("action_card", "拒绝")

    def image():
        write_to(first, "image")
        odoo.attach("file", "现场照片.png", _odoo.picture(), "image/png")
        send("picture")
        is_kind("image")
        picture = odoo.world._pages["phone of " + first["userid"]].locator(
            "[data-testid=message-page] img").first
        world.check(picture.evaluate("each => each.naturalWidth") == 240, "no picture")

    def file():
        write_to(first, "file")
        odoo.attach("file", "合同.pdf", _odoo.document(), "application/pdf")
        send("file")
        is_kind("file", "合同.pdf")

    def voice():
        write_to(first, "voice")
        odoo.attach("file", "留言.wav", _odoo.sound(), "audio/wav")
        odoo.type(duration=2)
        send("voice")
        is_kind("voice")

    yield "a text is sent, arrives, is opened and shown as read", text
    yield "a Markdown message arrives", markdown
    yield "a link arrives", link
    yield "an OA message arrives", oa
    yield "an action card arrives", card
    yield "an action card with two buttons arrives", buttons
    yield "a picture arrives", image
    yield "a file arrives", file
    yield "a recording arrives", voice

    # -- what can happen to a message -------------------------------------------------

    def duplicate():
        write_to(first, "text")
        odoo.type(text=HELLO)
        warning = odoo.page.locator(".modal .alert-warning:visible")
        world.check(warning.count() == 1, "there is no warning")
        world.check(first["name"] in warning.inner_text(), "it names nobody")
        odoo.shoot("the same once more")
        odoo.type(text=HELLO + "请带上电脑。")
        world.check(warning.count() == 0, "the warning stays")
        world.button("Cancel")

    def two_people():
        world.menu(DINGTALK, "dingding.dingding_user_menu")
        for person in (first, second):
            # Later series draw their own over it.
            odoo.rows().filter(has_text=person["mobile"]).locator(
                "input[type=checkbox]").first.evaluate("node => node.click()")
        opener, entry = world.client.actions
        odoo.page.locator(opener).last.click()
        world.settle()
        entries = odoo.page.locator(entry, has_text="DingTalk")
        world.check(entries.count() == 1, "there are %d entries" % entries.count())
        entries.click()
        world.settle()
        world.check(odoo.value("recipient_count") == "2", "it is not for two")
        odoo.type(text="请两位确认。")
        send("to two")
        odoo.phone(second["userid"]).wait_for("请两位确认。")
        is_kind("text", "请两位确认。")
        refreshed(1, 1)
        odoo.tabs().filter(has_text="Recipients").click()
        states = dict(zip(odoo.column("Name"), odoo.column("Status")))
        world.check(
            states == {first["name"]: "Read", second["name"]: "Unread"}, str(states))
        odoo.shoot("one has read it")

    def recall():
        odoo.press("Recall")
        odoo.shoot("sure")
        odoo.confirm()
        wait_for("Recalled")
        odoo.shoot("recalled")
        for person in (first, second):
            phone = odoo.phone(person["userid"])
            text = phone.page.inner_text("[data-testid=message-list]")
            world.check("请两位确认。" not in text, "it is still on a phone")
            world.check(phone.messages()[0]["recalled"], "no note on the phone")
        odoo.shoot("recalled on the phone", phone.page)

    def refused():
        control.fault("permission", SEND)
        write_to(first, "text")
        odoo.type(text="这一条会被拒绝。")
        odoo.press("Send")
        wait_for("Failed")
        alert = odoo.page.locator(".o_form_view .alert-danger:visible")
        world.check(alert.count() == 1, "no reason is shown")
        for word in ("60011", "Permissions"):
            world.check(word in alert.inner_text(), "no %r in %r" % (
                word, alert.inner_text()))
        odoo.tabs().filter(has_text="Recipients").click()
        odoo.shoot("refused")
        odoo.press("Send again")
        odoo.confirm()
        wait_for("Sent")
        odoo.phone(first["userid"]).wait_for("这一条会被拒绝。")

    def other_app():
        console = odoo.console().open("apps")
        console.page.click("[data-testid=new-app]")
        console.send("new-app", name="人事助手")
        console.page.locator("[data-testid=app]").nth(1).wait_for()
        key, secret, agent = [
            console.page.inner_text("[data-testid=value-%s]" % name)
            for name in ("app_key", "app_secret", "agent_id")]
        world.menu(DINGTALK, "dingding.dingding_app_menu")
        world.button("Create")
        odoo.type(name="人事助手", app_key=key, app_secret=secret, agent_id=agent)
        odoo.choose_record("corp_id", CORP)
        odoo.form("save")
        odoo.shoot("second application")
        write_to(first, "text")
        odoo.choose_record("app_id", "人事助手")
        odoo.type(text="来自人事助手的消息")
        send("other application")
        arrives("other application", "来自人事助手的消息")
        sent = control.messages(first["userid"])[0]
        world.check(sent["app_key"] == key, "it came from %s" % sent["app_key"])

    def listed():
        world.menu(DINGTALK, "dingding.dingding_message_menu")
        states = odoo.column("Status")
        world.check(set(states) == {"Sent", "Recalled"}, "states are %s" % states)
        odoo.shoot("all messages")

    yield "the same to the same person is warned of", duplicate
    yield "of two people one has read it", two_people
    yield "a message is recalled and gone from the phones", recall
    yield "what DingTalk refuses says why and what to do, and is sent again", refused
    yield "the application that sends is chosen", other_app
    yield "the list has all messages", listed

    # -- an employee -------------------------------------------------------------------

    def my_messages():
        odoo.employee(first)
        page = world.as_user(EMPLOYEE, EMPLOYEE)
        own = Odoo(world, page)
        world.check(
            page.locator("[data-menu-xmlid='dingding.dingding_message_menu']").count()
            == 0, "an employee sees all messages")
        world.menu(
            DINGTALK, "dingding.dingding_message_recipient_menu_mine", page=page)
        subjects = own.column("Subject")
        world.check(HELLO in subjects, "own messages are %s" % subjects)
        world.check("请两位确认。" not in subjects, "a recalled one is there")
        own.shoot("my messages")
        own.open_row("采购申请")
        own.shoot("my message")

    yield "an employee sees the own messages and no others", my_messages

    # -- Chinese -----------------------------------------------------------------------

    def in_chinese():
        with world.chinese():
            world.menu(DINGTALK, "dingding.dingding_message_menu")
            odoo.shoot("messages")
            odoo.open_row("采购申请")
            odoo.shoot("message")
            for number in range(odoo.tabs().count()):
                odoo.tabs().nth(number).click()
                odoo.shoot("page %d of a message" % (number + 1))
            for kind in ("text", "oa", "action_card", "voice"):
                write_to(first, kind)
                odoo.shoot("form for " + kind)
            world.menu(DINGTALK, "dingding.dingding_message_recipient_menu_mine")
            odoo.shoot("my messages")
            world.menu(DINGTALK, "dingding.dingding_app_menu")
            odoo.shoot("applications")
            odoo.rows().first.click()
            world.settle()
            odoo.shoot("application")

    yield "the same in Chinese", in_chinese
