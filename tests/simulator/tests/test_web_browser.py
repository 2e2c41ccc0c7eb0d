# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Phones and console in a real Chromium, as people use them.

The browser is CHROMIUM, else the first one on PATH.
"""

import os
import re
import shutil
import struct
import zlib

import pytest
from dingtalk_simulator.web.testing import SECONDS, Console, Phone, sel
from playwright.sync_api import expect, sync_playwright

# The first is Debian's, which has no windows and is quick.
BROWSERS = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome",
    "google-chrome-stable",
)
HOSTILE = '<img src=x onerror="window.hacked=1">\'&amp;😀'
SIZES = {"desktop": (1280, 800), "phone": (360, 740)}
expect.set_options(timeout=SECONDS * 1000)


@pytest.fixture(scope="module")
def browser():
    given = os.environ.get("CHROMIUM")
    found = [shutil.which(name) for name in ([given] if given else BROWSERS)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, found)),
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser):
    """Opens pages; fails on script errors and violations of the content security
    policy.
    """
    contexts, wrong = [], []

    def make(size="desktop"):
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(SECONDS * 1000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console",
            lambda line: (
                wrong.append(line.text)
                if "Content Security Policy" in line.text
                else None
            ),
        )
        return page

    yield make
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture
def phone(page, box):
    return Phone(page, box.url)


@pytest.fixture
def console(page, box):
    return Console(page, box.url)


def text(content):
    return {"msgtype": "text", "text": {"content": content}}


def picture():
    def chunk(kind, data):
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 40, 30, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress((b"\0" + b"\x30\x90\x80" * 40) * 30))
        + chunk(b"IEND", b"")
    )


def sound():
    data = b"\0\0" * 4000
    return (
        b"RIFF"
        + struct.pack("<I", 36 + len(data))
        + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
        + b"data"
        + struct.pack("<I", len(data))
        + data
    )


def upload(box, kind, name, content, mimetype):
    answer = box.raw(
        "POST",
        "/media/upload",
        params={"access_token": box.token(), "type": kind},
        files={"media": (name, content, mimetype)},
        data={"type": kind},
    )
    return answer.json()["media_id"]


def every_kind(box):
    image = upload(box, "image", "p.png", picture(), "image/png")
    voice = upload(box, "voice", "v.wav", sound(), "audio/wav")
    file = upload(box, "file", "计划.xlsx", b"PK" + b"0" * 3000, "application/zip")
    oa = {
        "message_url": "https://odoo.example/oa",
        "head": {"bgcolor": "FF2F6FBF", "text": "x"},
        "status_bar": {"status_value": "进行中", "status_bg": "0xFFF65E5E"},
        "body": {
            "title": "采购申请",
            "form": [{"key": "申请人:", "value": "王小明"}],
            "rich": {"num": "15.6", "unit": "元"},
            "content": "三台",
            "image": image,
            "file_count": "3",
            "author": "李四",
        },
    }
    card = {"title": "卡片一", "markdown": "**m**", "single_title": "查看"}
    cards = {
        "title": "卡片二",
        "markdown": "m",
        "btn_orientation": "1",
        "btn_json_list": [
            {"title": "同意", "action_url": "https://odoo.example/y"},
            {"title": "拒绝", "action_url": "https://odoo.example/n"},
        ],
    }
    link = {"messageUrl": "https://odoo.example/l", "picUrl": image}
    return [
        text("文本"),
        {"msgtype": "image", "image": {"media_id": image}},
        {"msgtype": "voice", "voice": {"media_id": voice, "duration": "7"}},
        {"msgtype": "file", "file": {"media_id": file}},
        {"msgtype": "link", "link": dict(link, title="周报", text="t")},
        {"msgtype": "oa", "oa": oa},
        {"msgtype": "markdown", "markdown": {"title": "告警", "text": "# 磁盘"}},
        {
            "msgtype": "action_card",
            "action_card": dict(card, single_url="https://odoo.example/c"),
        },
        {"msgtype": "action_card", "action_card": cards},
    ]


def test_a_message_arrives_is_opened_and_read(box, phone):
    userid = box.people(1)[0]
    phone.open(userid)
    assert phone.messages() == [] and phone.unread() == 0
    expect(phone.page.locator(sel("phone-name"))).to_have_text(
        box.org.people[userid].name
    )
    task_id = box.notify([userid], text("hello"))["task_id"]
    phone.wait_for("hello")
    assert phone.unread() == 1
    shown = phone.messages()[0]
    assert shown["task_id"] == str(task_id) and shown["msgtype"] == "text"
    assert not shown["read"] and not shown["recalled"] and shown["text"] == "hello"
    assert box.result(task_id)["send_result"]["unread_user_id_list"] == [userid]
    phone.open_message("hello")
    assert box.result(task_id)["send_result"]["read_user_id_list"] == [userid]
    assert phone.back().unread() == 0
    assert phone.messages()[0]["read"]


def test_a_click_anywhere_on_a_message_opens_it(box, phone):
    userid = box.people(1)[0]
    box.notify([userid], text("click me"))
    phone.open(userid).page.click(sel("message"))
    expect(phone.page.locator(sel("message-page", read="true"))).to_be_visible()


def test_recall_and_status_bar_show_without_reload(box, phone):
    userid = box.people(1)[0]
    oa = every_kind(box)[5]
    first = box.notify([userid], text("gone soon"))["task_id"]
    second = box.notify([userid], oa)["task_id"]
    phone.open(userid).wait_for("gone soon")
    phone.page.evaluate("window.same = true")
    box.oapi(
        "/topapi/message/corpconversation/recall",
        {"agent_id": box.agent_id, "msg_task_id": first},
    )
    phone.wait_for_recall(first)
    assert "gone soon" not in phone.page.inner_text(sel("message-list"))
    box.oapi(
        "/topapi/message/corpconversation/status_bar/update",
        {
            "agent_id": box.agent_id,
            "task_id": second,
            "status_value": "已同意",
            "status_bg": "0xFF00AA00",
        },
    )
    bar = phone.page.locator(sel("status-bar"))
    expect(bar).to_have_text("已同意")
    expect(bar).to_have_css("background-color", "rgb(0, 170, 0)")
    assert phone.page.evaluate("window.same") and phone.unread() == 1


def test_a_page_that_was_offline_catches_up(box, phone):
    userid = box.people(1)[0]
    phone.open(userid)
    phone.page.context.set_offline(True)
    box.notify([userid], text("meanwhile"))
    phone.page.wait_for_timeout(300)
    assert phone.messages() == []
    phone.page.context.set_offline(False)
    phone.wait_for("meanwhile")


@pytest.mark.parametrize("size", sorted(SIZES))
def test_every_kind_is_drawn(box, open_page, size):
    userid = box.people(1)[0]
    for msg in every_kind(box):
        assert box.notify([userid], msg)["errcode"] == 0, msg
    phone = Phone(open_page(size), box.url).open(userid)
    page = phone.page
    kinds = [each["msgtype"] for each in phone.messages()]
    assert (
        kinds
        == "action_card action_card markdown oa link file voice image text".split()
    )
    rows = page.locator(".card-buttons[data-orientation=horizontal] a")
    first, second = rows.nth(0).bounding_box(), rows.nth(1).bounding_box()
    assert abs(first["y"] - second["y"]) < 1 and first["x"] < second["x"]
    oa = page.locator(sel("message", msgtype="oa"))
    for part in ("采购申请", "王小明", "15.6", "三台", "李四", "进行中", "3 个附件"):
        expect(oa).to_contain_text(part)
    expect(oa.locator(".oa-head")).to_have_css("background-color", "rgb(47, 111, 191)")
    expect(oa.locator(".oa-head")).to_have_text("Odoo")
    expect(page.locator(sel("message", msgtype="file"))).to_contain_text("计划.xlsx")
    for kind in ("image", "oa", "link"):
        image = page.locator(sel("message", msgtype=kind) + " img")
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("naturalWidth", 40)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    main = page.locator("#phone-main")
    assert main.evaluate("each => each.scrollWidth <= each.clientWidth")


def test_every_kind_is_opened(box, phone):
    userid = box.people(1)[0]
    for msg in every_kind(box):
        box.notify([userid], msg)
    page = phone.open(userid).page
    for number in range(len(phone.messages())):
        page.locator(sel("message-open")).nth(number).focus()
        page.keyboard.press("Enter")
        expect(page.locator(sel("message-page", read="true"))).to_be_visible()
        phone.back()
    assert phone.unread() == 0


def test_a_link_opens_inside_dingtalk_and_counts_as_read(box, phone):
    userid = box.people(1)[0]
    task_id = box.notify([userid], every_kind(box)[8])["task_id"]
    phone.open(userid)
    page = phone.page
    page.context.route("https://odoo.example/**", lambda route: route.abort())

    def later(route):
        page.wait_for_timeout(300)  # leaving before it is recorded would lose it
        route.continue_()

    page.route("**/read", later)
    page.locator(sel("message-button")).first.click()
    frame = page.locator(sel("container"))
    expect(frame).to_have_attribute("src", "https://odoo.example/y")
    assert box.result(task_id)["send_result"]["read_user_id_list"] == [userid]
    page.click(sel("container-close"))
    expect(page.locator(sel("tab-work"))).to_be_visible()
    phone.open(userid)
    # With Ctrl the browser handles it.
    with page.context.expect_page() as opened:
        page.locator(sel("message-button")).first.click(modifiers=["Control"])
    assert "/open" not in opened.value.url
    assert page.url.startswith(box.url)


def test_voice_plays_and_files_are_downloaded(box, phone):
    userid = box.people(1)[0]
    for msg in every_kind(box)[2:4]:
        box.notify([userid], msg)
    page = phone.open(userid).page
    with page.expect_response(lambda answer: "/_web/media/" in answer.url):
        page.click("[data-play]")
    # A second of silence has passed, or is passing.
    expect(page.locator(sel("message", msgtype="voice", read="true"))).to_be_visible()
    with page.expect_download() as download:
        page.click(sel("file-download"))
    assert download.value.suggested_filename == "计划.xlsx"


def test_a_picture_that_cannot_be_reached_says_so(box, phone):
    userid = box.people(1)[0]
    link = {
        "title": "t",
        "text": "t",
        "messageUrl": "https://odoo.example/",
        "picUrl": "https://odoo.example/none.png",
    }
    phone.page.route("https://odoo.example/**", lambda route: route.abort())
    box.notify([userid], {"msgtype": "link", "link": link})
    phone.open(userid)
    expect(phone.page.locator(sel("picture-lost"))).to_have_text("图片无法访问")


def test_tabs_contacts_and_language(box, phone):
    userid, other = box.people(2)
    box.control("PATCH", "users/" + other, {"hide_mobile": False})
    page = phone.open(userid).tab("contacts").page
    page.fill(sel("contact-search"), box.org.people[other].mobile)
    expect(page.locator(sel("contact-person"))).to_have_text(
        re.compile(box.org.people[other].name)
    )
    expect(page.locator(sel("contact-person"))).to_have_count(1)
    expect(page.locator(sel("contact-search"))).to_be_focused()
    page.click(sel("contact-person"))
    expect(page.locator(sel("profile-mobile"))).to_have_text(
        box.org.people[other].shown_mobile()
    )
    box.control("PATCH", "users/" + other, {"hide_mobile": True})
    page.reload()
    expect(page.locator(sel("phone-name"))).to_be_attached()
    expect(page.locator(sel("profile-mobile"))).to_have_count(0)
    phone.tab("me")
    expect(page.locator(sel("profile-userid"))).to_have_text(userid)
    page.locator(".beside " + sel("lang-en")).click()
    expect(page.locator(sel("tab-me"))).to_have_text("Me")
    phone.tab("work")
    expect(page.locator(sel("app-tile"))).to_contain_text("Odoo")
    page.go_back()
    expect(page.locator(sel("profile-userid"))).to_be_visible()


def test_the_keyboard_is_enough_on_the_phone(box, phone):
    userid = box.people(1)[0]
    box.notify([userid], text("by keyboard"))
    page = phone.open(userid).page
    for _number in range(30):
        page.keyboard.press("Tab")
        focused = "document.activeElement.dataset.testid"
        if page.evaluate(focused) == "message-open":
            break
    assert "by keyboard" in page.evaluate("document.activeElement.ariaLabel")
    page.keyboard.press("Enter")
    expect(page.locator(sel("message-page"))).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "phone-main"


def test_groups_and_robots(box, phone):
    userid = box.people(1)[0]
    robot = list(box.world.messages.robots.values())[0]
    box.control("PATCH", "robots/" + robot.token, {"secret": ""})
    box.oapi("/robot/send", text("from the robot"), token=robot.token)
    status, _answer = box.api(
        "POST",
        "/v1.0/robot/oToMessages/batchSend",
        {
            "robotCode": box.app_key,
            "userIds": [userid],
            "msgKey": "sampleText",
            "msgParam": '{"content": "one to one"}',
        },
    )
    assert status == 200
    page = phone.open(userid).wait_for("one to one").page
    assert phone.messages()[0]["source"] == "robot"
    page.locator(sel("conversation"), has_text="全员群").click()
    phone.wait_for("from the robot")
    assert robot.token not in page.content()
    box.oapi("/robot/send", text("once more"), token=robot.token)
    phone.wait_for("once more")


def test_names_and_messages_run_nothing(box, open_page):
    page = open_page()
    dept_id = box.control("POST", "departments", {"name": HOSTILE})["dept_id"]
    person = {"name": HOSTILE, "title": HOSTILE, "avatar": "x\" onerror='hacked=1'"}
    userid = "bad'\"><b>"
    box.control("POST", "users", dict(person, userid=userid, dept_ids=[dept_id]))
    box.control("PATCH", "apps/" + box.app_key, {"name": HOSTILE})
    markdown = '[a](javascript:window.hacked=1) ![b](x"onerror="hacked=1) ' + HOSTILE
    for msg in (
        text(HOSTILE),
        {"msgtype": "markdown", "markdown": {"title": HOSTILE, "text": markdown}},
        {
            "msgtype": "action_card",
            "action_card": {
                "title": HOSTILE,
                "markdown": markdown,
                "single_title": "x",
                "single_url": "javascript:window.hacked=1",
            },
        },
    ):
        assert box.notify([userid], msg)["errcode"] == 0
    phone, console = Phone(page, box.url), Console(page, box.url)
    phone.open(userid)
    assert len(phone.messages()) == 3
    page.eval_on_selector_all(sel("message-button"), "all => all.map(e => e.click())")
    page.wait_for_timeout(200)
    assert not page.evaluate("window.hacked")
    for tab in ("work", "contacts", "me"):
        phone.tab(tab)
        assert not page.evaluate("window.hacked"), tab
    for section in ("overview", "people", "apps", "messages", "calls", "faults"):
        console.open(section, dept=dept_id)
        assert not page.evaluate("window.hacked"), section
    console.person(userid)
    expect(page.locator(sel("person-name"))).to_have_text(HOSTILE)
    page.fill('[list="managers"]', "img")
    page.wait_for_timeout(400)
    assert not page.evaluate("window.hacked")


@pytest.mark.parametrize("lang", ["zh_CN", "en"])
def test_nothing_sticks_out_on_a_narrow_screen(box, open_page, lang):
    userid = box.people(1)[0]
    box.notify(box.people(5), text("x" * 300))
    task_id = box.control("GET", "tasks")[0]["task_id"]
    box.control("POST", "faults", {"kind": "http_500", "path": "/topapi/v2/user/get"})
    page = open_page("phone")
    page.goto(box.url + "/?lang=" + lang)
    for address in (
        "/",
        "/phone",
        "/phone/" + userid,
        "/phone/%s?tab=me" % userid,
        "/console",
        "/console/people",
        "/console/people?person=" + userid,
        "/console/apps",
        "/console/messages",
        "/console/messages?task=" + task_id,
        "/console/calls",
        "/console/faults",
        "/console/settings?all=1",
    ):
        page.goto(box.url + address)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360, (address, width)


def test_a_career(box, console):
    dept_id, other = [
        each["dept_id"]
        for each in box.control("GET", "departments")
        if each["parent_id"]
    ][:2]
    userid = console.hire("新人'<b>", "13911112222", dept_id, title="工程师")
    person = box.org.people[userid]
    assert (person.name, person.mobile, person.title) == (
        "新人'<b>",
        "13911112222",
        "工程师",
    )
    assert list(person.depts) == [dept_id]
    console.change(userid, name="老人", mobile="+49-17012345678", email="a@example.com")
    assert (person.name, person.shown_mobile()) == ("老人", "+49-17012345678")
    assert box.org.by_email("a@example.com") is person
    console.move(userid, other)
    assert list(person.depts) == [other] and person.main_dept == other
    console.send("add-department", depts=dept_id)
    assert set(person.depts) == {other, dept_id} and person.main_dept == other
    console.promote(userid)
    assert person.leader_in == [other]
    assert userid in box.org.departments[other].managers
    console.dismiss(userid)
    assert userid in box.org.left
    expect(console.page.locator(sel("leavers"))).to_contain_text("(1)")


def test_only_what_was_changed_is_sent(box, console):
    userid = box.people(1)[0]
    console.person(userid)
    with console.page.expect_request("**/_control/users/**") as request:
        console.send("person", title="总监", boss=not box.org.people[userid].boss)
    assert set(request.value.post_data_json) == {"title", "boss"}


def test_a_refusal_is_shown(box, console):
    userid = box.people(1)[0]
    with pytest.raises(AssertionError, match="手机号码不合法"):
        console.change(userid, mobile="12")
    with pytest.raises(AssertionError, match="not empty"):
        first = next(each for each in box.org.departments.values() if each.parent_id)
        console.open("people", dept=first.dept_id)
        console.page.click(sel("edit-department"))
        console.send("delete-department")


def test_departments_are_made_renamed_moved_deleted(box, console):
    page = console.page
    console.open("people")
    page.click(sel("new-department"))
    console.send("new-department", name="新部门")
    expect(page.locator(sel("department-name"))).to_have_text("新部门")
    made = max(box.org.departments.values(), key=lambda each: each.modified_at)
    parent = next(each for each in box.org.departments.values() if each.parent_id == 1)
    page.click(sel("edit-department"))
    console.send("department", name="新名", parent_id=parent.dept_id)
    assert (made.name, made.parent_id) == ("新名", parent.dept_id)
    expect(page.locator(sel("tree-department") + "[aria-current]")).to_contain_text(
        "新名"
    )
    page.click(sel("edit-department"))
    console.send("delete-department")
    assert made.dept_id not in box.org.departments


def test_suggestions_and_search(box, console):
    userid = box.people()[-1]
    person = box.org.people[userid]
    page = console.open("people").page
    page.fill(sel("people-search"), person.mobile)
    expect(page.locator(sel("person-row", userid=userid))).to_be_visible()
    expect(page.locator(sel("people-search"))).to_be_focused()
    console.person(box.people(1)[0])
    page.fill("[name=manager_userid]", person.mobile)
    option = page.locator("#managers option")
    expect(option).to_have_attribute("value", "%s %s" % (userid, person.name))
    console.send("person", manager_userid="%s %s" % (userid, person.name))
    assert box.org.people[box.people(1)[0]].manager_userid == userid


def test_changes_elsewhere_show_in_the_console(box, console):
    page = console.open("people").page
    box.control("POST", "users", {"name": "突然出现", "dept_ids": [1]})
    expect(page.locator(sel("people"))).to_contain_text("突然出现")
    box.control("POST", "departments", {"name": "突然成立"})
    expect(page.locator(sel("tree"))).to_contain_text("突然成立")


def test_what_is_being_typed_is_left_alone(box, console):
    page = console.person(box.people(1)[0]).page
    page.fill('[data-testid="form-person"] [name=name]', "half typed")
    box.control("POST", "departments", {"name": "突然成立"})
    expect(page.locator(sel("tree"))).to_contain_text("突然成立")
    field = page.locator('[data-testid="form-person"] [name=name]')
    expect(field).to_have_value("half typed")
    # A field in a part that updates itself
    page.evaluate("""() => {
        const field = document.createElement("input");
        document.getElementById("tree").append(field);
        field.focus();
    }""")
    page.keyboard.type("half")
    box.control("POST", "departments", {"name": "又一个"})
    page.wait_for_timeout(900)
    assert page.evaluate("document.activeElement.value") == "half"
    page.evaluate("document.activeElement.blur()")
    expect(page.locator(sel("tree"))).to_contain_text("又一个")


def test_app_settings(box, console):
    app = box.world.first_app()
    page = console.open("apps").page
    page.uncheck(sel("scope") + '[value="qyapi_get_member"]')
    console.send(
        "app",
        ip_whitelist="10.1.*\n192.0.2.7",
        rate_limit="",
        **{
            "fields.mobile": False,
            "contact_scope.departments": "1, 5",
            "contact_scope.users": "a b",
        },
    )
    own = box.world.all_settings(app)
    assert "qyapi_get_member" not in own["scopes"]
    assert "qyapi_get_department_list" in own["scopes"]
    assert own["ip_whitelist"] == ["10.1.*", "192.0.2.7"]
    assert own["rate_limit"] is None
    assert own["fields"] == {"mobile": False, "email": True}
    assert own["contact_scope"] == {"departments": [1, 5], "users": ["a", "b"]}
    console.send("redirect", redirect_hosts="odoo.example")
    assert app.redirect_hosts == ["odoo.example"]


def test_tokens_appear_and_expire(box, console):
    page = console.open("apps").page
    old = box.token()
    expect(page.locator(sel("tokens"))).to_contain_text(old[:6])
    console.send("expire-tokens")
    expect(page.locator(sel("tokens"))).not_to_contain_text(old[:6])
    assert box.oapi("/topapi/user/listadmin", {})["sub_code"] == "40014"
    secret = box.app_secret
    console.send("new-secret")
    assert box.gettoken(appkey=box.app_key, appsecret=secret)["errcode"] == 40096
    new = page.inner_text(sel("value-app_secret"))
    assert box.gettoken(appkey=box.app_key, appsecret=new)["errcode"] == 0


def test_a_no_to_the_question_changes_nothing(box, console):
    secret = box.app_secret
    page = console.open("apps").page
    page.locator(sel("form-new-secret") + " button").click()
    page.click(sel("confirm-no"))
    page.wait_for_timeout(300)
    assert box.world.first_app().app_secret == secret
    assert page.inner_text(sel("value-app_secret")) == secret


def test_new_app(box, console):
    page = console.open("apps").page
    page.click(sel("new-app"))
    console.send("new-app", name="第二个应用")
    expect(page.locator(sel("app"))).to_have_count(2)
    key = page.inner_text(sel("value-app_key"))
    assert box.world.apps[key].name == "第二个应用"


def test_calls_show_as_they_come(box, console):
    page = console.open("calls").page
    box.control("DELETE", "calls")
    box.oapi("/topapi/user/listadmin", {}, token="wrong")
    row = page.locator(sel("call", path="/topapi/user/listadmin"))
    expect(row).to_contain_text("40014")
    box.oapi("/topapi/user/listadmin", {})
    total = page.locator(sel("calls-total"))
    expect(total).to_have_text(str(box.world.calls_total))
    page.click(sel("only-errors"))
    expect(page.locator(sel("call"))).to_have_count(1)
    console.send("forget-calls")
    expect(total).to_have_text("0")


def test_faults(box, console):
    box.token()
    console.add_fault("http_500", "/topapi/v2/user/get", times="2", skip="1")
    page = console.page
    (fault,) = box.world.faults.listed()
    assert (fault["kind"], fault["path"]) == ("http_500", "/topapi/v2/user/get")
    assert (fault["times"], fault["skip"]) == (2, 1)
    console.add_fault("error", code="12345", message="m", times="")
    assert box.oapi("/topapi/user/listadmin", {})["errcode"] in (88, 12345)
    expect(page.locator(sel("fault", kind="error"))).to_contain_text("∞")
    page.locator(sel("fault", kind="error")).locator("button").click()
    expect(page.locator(sel("fault"))).to_have_count(1)
    console.send("clear-faults")
    assert box.world.faults.listed() == []


def test_settings(box, console):
    console.open("settings")
    console.send(
        "settings",
        clock_offset="120",
        permission_error_style="bare",
        user_not_found_code="33012",
        request_ip="192.0.2.1",
        drop_duplicates=False,
    )
    found = box.control("GET", "settings")
    assert found["clock_offset"] == 120 and found["user_not_found_code"] == 33012
    assert found["permission_error_style"] == "bare"
    assert found["request_ip"] == "192.0.2.1" and found["drop_duplicates"] is False
    console.page.click("#more-settings summary")
    console.send("settings", request_ip="", ban='{"calls": 5}', monthly_quota="9")
    found = box.control("GET", "settings")
    assert found["request_ip"] is None and found["ban"]["calls"] == 5
    assert found["monthly_quota"] == 9
    with pytest.raises(AssertionError):
        console.send("settings", ban="{broken")


def test_sent_messages_follow_the_phones(box, console, open_page):
    userid, other = box.people(2)
    page = console.open("messages").page
    task_id = box.notify([userid, other], text("to two"))["task_id"]
    row = page.locator(sel("task-row", task_id=str(task_id)))
    expect(row.locator(sel("delivered"))).to_have_text("2")
    Phone(open_page("phone"), box.url).open(userid).open_message("to two")
    expect(row.locator(sel("read"))).to_have_text("1")
    row.locator("a").click()
    page.click(sel("state-read"))
    rows = page.locator(sel("task-people") + " [data-userid]")
    expect(rows).to_have_count(1)
    expect(rows).to_have_attribute("data-userid", userid)


def test_overview_busy_day_second_organisation_and_start_over(box, console):
    page = console.open("overview").page
    people = len(box.org.people)
    console.send(
        "shuffle", joiners="3", leavers="1", moves="0", renames="0", titles="0"
    )
    expect(page.locator(sel("figure-people"))).to_have_text(str(people + 2))
    expect(page.locator(sel("figure-left"))).to_have_text("1")
    console.send("corp", name="另一家", people="4", departments="1", same_people="2")
    expect(page.locator(".corps")).to_contain_text("另一家")
    assert len(box.world.corps) == 2
    old = box.app_key
    console.send("reset", people="12", departments="3", seed="99")
    expect(page.locator(sel("figure-people"))).to_have_text("12")
    assert old not in box.world.apps


def test_start_page_finds_people_and_copies(box, page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    person = box.org.people[box.people()[-1]]
    page.goto(box.url)
    page.fill(sel("person-search"), person.mobile)
    link = page.locator(sel("person-link"))
    expect(link).to_have_count(1)
    page.locator('[data-copy="%s"]' % box.app_secret).click()
    expect(page.locator("#toasts[data-last=done]")).to_have_count(1)
    assert page.evaluate("navigator.clipboard.readText()") == box.app_secret
    link.click()
    expect(page.locator(sel("phone-name"))).to_have_text(person.name)
    page.goto(box.url)
    page.click(sel("link-console"))
    expect(page.locator(sel("nav-people"))).to_be_visible()


def test_ten_thousand_people_never_fill_the_page(box, page):
    box.reset(people=10000, departments=300, seed=3)
    person = list(box.org.people.values())[-1]
    for address, field, row in (
        ("/phone", "person-search", "person-link"),
        ("/console/people", "people-search", "person-row"),
    ):
        page.goto(box.url + address)
        assert page.locator("*").count() < 2500, address
        page.fill(sel(field), person.userid)
        expect(page.locator(sel(row, userid=person.userid))).to_be_visible()
        expect(page.locator(sel(row))).to_have_count(1)
