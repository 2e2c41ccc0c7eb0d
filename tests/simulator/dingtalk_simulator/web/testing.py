# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Actions of browser tests on a phone and the console, in words.

    phone = Phone(page, url).open(userid)          # a page of Playwright
    phone.wait_for("Hello")
    phone.open_message("Hello")                    # marks it read

    console = Console(page, url)
    userid = console.hire("张三", "13800138000")
    console.change(userid, title="经理")
    console.dismiss(userid)

    SignIn(page).choose(userid).agree()            # at DingTalk's sign-in page
    phone.scan(SignIn(page).qr_text()).agree()     # or with the phone
    page = open_in_dingtalk(browser, url, userid, "https://odoo.example/dingding/app")

Nothing here imports Playwright: the caller has it.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

# To end a hang; a machine with other work is many times slower.
SECONDS = 60
EXPECT_LIVE = "body[data-live=on]"


def sel(name: str, **attributes: str) -> str:
    """A selector: `sel("message", msgtype="oa")`."""
    more = "".join(
        '[data-%s="%s"]' % (key.replace("_", "-"), value)
        for key, value in attributes.items()
    )
    return '[data-testid="%s"]%s' % (name, more)


def forget_toasts(page: Any) -> None:
    """Remove what was said, before something is pressed."""
    page.evaluate("""() => {
        const place = document.getElementById("toasts");
        place.textContent = "";
        delete place.dataset.last;
    }""")


def wait_for_toast(page: Any) -> None:
    """Wait until something was said since then; a toast itself soon disappears.

    :raise AssertionError: it was a refusal
    """
    place = page.locator("#toasts[data-last]")
    place.wait_for(state="attached", timeout=SECONDS * 1000)
    if place.get_attribute("data-last") == "error":
        raise AssertionError(place.get_attribute("data-said"))


class Phone:
    """The phone of one person.

    :param page: a Playwright page
    :param url: of the simulator, as in its ready line
    """

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.url = url.rstrip("/")

    def open(self, userid: str, **query: str) -> "Phone":
        """Open it and wait until it follows what happens."""
        text = "&".join("%s=%s" % (key, quote(str(query[key]))) for key in query)
        self.page.goto("%s/phone/%s?%s" % (self.url, quote(userid, safe=""), text))
        self.page.wait_for_selector(EXPECT_LIVE, timeout=SECONDS * 1000)
        return self

    def tab(self, key: str) -> "Phone":
        """messages, work, contacts, me (and what other areas add)."""
        self.page.click(sel("tab-" + key))
        self.page.wait_for_selector(
            "body:not([data-going]) " + sel("tab-" + key) + "[aria-current=page]")
        return self

    def messages(self) -> List[Dict[str, Any]]:
        """The messages shown, newest first."""
        return self.page.eval_on_selector_all(
            sel("message"),
            """found => found.map(each => ({
                id: each.dataset.id, msgtype: each.dataset.msgtype,
                task_id: each.dataset.taskId, source: each.dataset.source,
                recalled: each.dataset.recalled === "true",
                read: each.dataset.read === "true",
                text: each.querySelector("[data-testid=message-text]").innerText}))""",
        )

    def message(self, text: str) -> Any:
        """Playwright's locator of the newest message that holds the text."""
        return self.page.locator(sel("message"), has_text=text).first

    def wait_for(self, text: str, seconds: float = SECONDS) -> "Phone":
        self.message(text).wait_for(timeout=seconds * 1000)
        return self

    def wait_for_recall(self, task_id: Any, seconds: float = SECONDS) -> "Phone":
        self.page.wait_for_selector(
            sel("message", task_id=str(task_id), recalled="true"),
            timeout=seconds * 1000,
        )
        return self

    def open_message(self, text: str) -> "Phone":
        """Tap a message and wait until DingTalk knows that it was read."""
        self.message(text).locator(sel("message-open")).focus()
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector(sel("message-page", read="true"))
        return self

    def back(self) -> "Phone":
        self.page.click(sel("back"))
        self.page.wait_for_selector(sel("message-list"))
        return self

    def scan(self, text: str) -> "Phone":
        """Look at a QR code with this text: a sign-in waits for `agree` or `refuse`, a
        link opens.
        """
        self.tab("scan")
        self.page.fill(sel("scan-field"), text)
        self.page.click(sel("scan-go"))
        self.page.wait_for_load_state()
        return self

    def agree(self) -> "Phone":
        """Confirm the sign-in that was scanned."""
        self.page.click(sel("agree"))
        self.page.wait_for_selector(sel("scan-confirm", status="agreed"))
        return self

    def refuse(self) -> "Phone":
        self.page.click(sel("refuse"))
        self.page.wait_for_selector(sel("scan-confirm", status="refused"))
        return self

    # Approvals

    def approvals(self, view: str = "todo") -> List[Dict[str, str]]:
        """The list todo, mine, done or copied, newest first: id, title, status, result.

        :return: what is on the first page
        """
        self.tab("work")
        self.page.click(sel("tile-approvals"))
        self.page.click(sel("approvals-" + view))
        self.page.wait_for_selector(sel("approval-list", view=view))
        return self.page.eval_on_selector_all(
            sel("approval"),
            """found => found.map(each => ({
                id: each.dataset.id, status: each.dataset.status,
                result: each.dataset.result, text: each.innerText,
                title: each.querySelector("b").innerText}))""",
        )

    def open_approval(self, text: str = "", view: str = "todo") -> "Phone":
        """Tap the newest approval of a list that holds the text; one that comes only
        now is waited for.
        """
        self.approvals(view)
        found = self.page.locator(sel("approval"), has_text=text).first
        found.wait_for(timeout=SECONDS * 1000)
        found.click()
        self.page.wait_for_selector(sel("approval-page"))
        return self

    def act(self, action: str, files: Any = None, **fields: str) -> "Phone":
        """agree, refuse, redirect, append, comment or withdraw on the open approval.

        :param files: paths, or Playwright's {"name", "mimeType", "buffer"}
        :param fields: remark, to_userid, position
        :raise AssertionError: it was refused
        """
        page, name = self.page, "approval-" + action
        forget_toasts(page)
        page.click(sel(name))
        sheet = page.locator(sel("form-" + name))
        for field, value in fields.items():
            entry = sheet.locator('[name="%s"]' % field)
            if entry.evaluate("each => each.tagName") == "SELECT":
                entry.select_option(value)
            elif value:
                entry.fill(value)
        if files:
            sheet.locator("input[type=file]").set_input_files(files)
        sheet.locator(sel(name + "-confirm")).click()
        wait_for_toast(page)
        return self

    def approve(self, title: str = "", remark: str = "") -> "Phone":
        """Agree to the newest approval to approve that holds the text."""
        return self.open_approval(title).act("agree", remark=remark)

    def refuse_approval(self, title: str = "", remark: str = "no") -> "Phone":
        return self.open_approval(title).act("refuse", remark=remark)

    def redirect(self, title: str, to_userid: str, remark: str = "") -> "Phone":
        self.open_approval(title)
        return self.act("redirect", to_userid=to_userid, remark=remark)

    def comment(
        self, title: str, remark: str, view: str = "todo", files: Any = None
    ) -> "Phone":
        return self.open_approval(title, view).act("comment", files, remark=remark)

    def withdraw(self, title: str = "", remark: str = "") -> "Phone":
        """Withdraw the newest approval started by this person."""
        return self.open_approval(title, "mine").act("withdraw", remark=remark)

    def approval_state(self) -> Dict[str, str]:
        """Of the open approval: id, status, result."""
        found = self.page.locator(sel("approval-page"))
        return {
            name: str(found.get_attribute("data-" + name) or "")
            for name in ("id", "status", "result")
        }

    def start_approval(self, template: str, **values: Any) -> str:
        """Fill in the form of a template by the labels of its fields and submit it.

        Returns the id. Of a period `values` have (begin, end); of choices a list.
        """
        self.approvals()
        self.page.click(sel("approval-template", template=template))
        form = self.page.locator(sel("form-approval"))
        form.wait_for()
        for label, value in values.items():
            self._enter(form, label, value)
        self.page.click(sel("approval-start"))
        self.page.wait_for_selector(sel("approval-page"))
        return self.approval_state()["id"]

    def _enter(self, form: Any, label: str, value: Any) -> None:
        if isinstance(value, (list, tuple)):
            group = form.get_by_role("group", name=label)
            for place, each in enumerate(value):
                box = group.get_by_label(each, exact=True)
                if box.count():
                    box.check()
                else:
                    group.locator("input").nth(place).fill(each)
            return
        entry = form.get_by_label(label).first
        if entry.evaluate("each => each.tagName") == "SELECT":
            entry.select_option(str(value))
        elif entry.get_attribute("type") == "file":
            entry.set_input_files(value)
        else:
            entry.fill(str(value))

    def unread(self) -> int:
        found = self.page.get_attribute(sel("unread-count"), "data-count")
        return int(found or 0)


class Console:
    """The admin console, as an administrator of the organisation uses it."""

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.url = url.rstrip("/")

    def open(self, section: str = "overview", **query: Any) -> "Console":
        text = "&".join("%s=%s" % (key, quote(str(query[key]))) for key in query)
        self.page.goto("%s/console/%s?%s" % (self.url, section, text))
        self.page.wait_for_selector(EXPECT_LIVE, timeout=SECONDS * 1000)
        return self

    def fill(self, form: str, **values: Any) -> Any:
        """Fill fields of `data-testid=form-...` by name; True and False tick a box."""
        found = self.page.locator(sel("form-" + form)).first
        for name, value in values.items():
            field = found.locator('[name="%s"]' % name)
            if isinstance(value, bool):
                field.set_checked(value)
            elif field.evaluate("each => each.tagName") == "SELECT":
                field.select_option(str(value))
            else:
                field.fill(str(value))
        return found

    def send(self, form: str, **values: Any) -> "Console":
        """Fill a form, press its button, wait until it is done or refused.

        :raise AssertionError: the control API refused
        """
        page = self.page
        forget_toasts(page)
        self.fill(form, **values).locator("button:not([type=button])").last.click()
        sure = page.locator(sel("confirm-yes"))
        if sure.is_visible():
            sure.click()
        wait_for_toast(page)
        return self

    def hire(self, name: str, mobile: str, dept_id: int = 1, **more: Any) -> str:
        """A new person; returns the userid."""
        self.open("people", dept=dept_id)
        self.page.click(sel("hire"))
        self.send("hire", name=name, mobile=mobile, **more)
        self.page.wait_for_selector(sel("person-name"))
        return str(
            self.page.evaluate("new URL(location.href).searchParams.get('person')")
        )

    def person(self, userid: str) -> "Console":
        self.open("people", person=userid)
        self.page.wait_for_selector(sel("person-name"))
        return self

    def change(self, userid: str, **values: Any) -> "Console":
        """Change values of the person's form: name, mobile, email, title, ..."""
        return self.person(userid).send("person", **values)

    def move(self, userid: str, dept_id: int) -> "Console":
        """To another department, which becomes the main one."""
        return self.person(userid).send("move", depts=dept_id)

    def promote(self, userid: str) -> "Console":
        """Head of the first of their departments (or no longer, when they are)."""
        self.person(userid)
        return self.send("leader")

    def dismiss(self, userid: str) -> "Console":
        self.person(userid)
        self.page.click(sel("dismiss"))
        return self.send("dismiss")

    def add_fault(self, kind: str, path: str = "*", **values: Any) -> "Console":
        return self.open("faults").send("fault", kind=kind, path=path, **values)


class SignIn:
    """DingTalk's sign-in page, as the person at the browser uses it.

    :param page: a Playwright page, or a frame (the widget's)
    """

    def __init__(self, page: Any) -> None:
        self.page = page

    def choose(self, userid: str, text: str = "") -> "SignIn":
        """Say who one is; `text` is what one searches for."""
        page = self.page
        page.wait_for_selector(sel("account-search"))
        page.fill(sel("account-search"), text or userid)
        page.click(sel("account", userid=userid))
        page.wait_for_selector(sel("refuse"))
        return self

    def agree(self) -> None:
        self.page.click(sel("agree"))

    def refuse(self) -> None:
        self.page.click(sel("refuse"))

    def qr_text(self) -> str:
        """The text of the QR code on the page."""
        box = self.page.wait_for_selector(sel("qr"))
        return str(box.get_attribute("data-text"))


class Picker:
    """DingTalk's layer over a page that asks the person: see static/dd-picker.js.

    :param page: a Playwright page, or a frame
    :param kind: scan, camera, album, place, people, departments
    """

    def __init__(self, page: Any, kind: str) -> None:
        self.page = page
        self.box = page.locator(sel("picker", kind=kind))
        self.box.locator("form").wait_for()

    def text(self, value: str) -> "Picker":
        self.box.locator(sel("picker-text")).fill(value)
        return self

    def file(self, path: Any) -> "Picker":
        """Another picture than the one that is offered."""
        self.box.locator(sel("picker-file")).set_input_files(path)
        return self

    def tick(self, *keys: str) -> "Picker":
        """Rows: `u` and a userid, `d` and the id of a department, a place's number."""
        for key in keys:
            self.box.locator(sel("picker-row", key=key)).locator("input").check()
        return self

    def ok(self) -> None:
        self.box.locator(sel("picker-ok")).click()
        self.box.wait_for(state="detached")

    def cancel(self) -> None:
        self.box.locator(sel("picker-cancel")).click()
        self.box.wait_for(state="detached")


def dingtalk_context(
    browser: Any,
    simulator_url: str,
    userid: str,
    pc: bool = False,
    corp_id: str = "",
    app_key: str = "",
    **options: Any,
) -> Any:
    """A browser context in which every page is inside DingTalk, as this person.

    Pages get DingTalk's user agent and `dd`, before any script of their own runs.

    :param browser: a Playwright browser
    :param pc: DingTalk on a computer instead of a phone
    :param app_key: of the app that was opened, for pages that several apps may own
    :param options: of `browser.new_context`
    """
    window = _window(simulator_url, userid, pc, corp_id, app_key)
    if "viewport" not in options:
        size = (1280, 800) if pc else (390, 780)
        options["viewport"] = {"width": size[0], "height": size[1]}
    context = browser.new_context(user_agent=window["user_agent"], **options)
    _put_inside(context, context, simulator_url, window)
    return context


def open_in_dingtalk(
    where: Any, simulator_url: str, userid: str, url: str, pc: bool = False, **more: Any
) -> Any:
    """Open the url inside DingTalk, as this person; returns the page.

    :param where: a Playwright browser (a new context is made), or a context (only the
        new page is inside DingTalk)
    :param more: `corp_id`, `app_key`; for a browser also options of its context
    """
    if hasattr(where, "new_context"):
        context = dingtalk_context(where, simulator_url, userid, pc, **more)
        page = context.new_page()
    else:
        window = _window(simulator_url, userid, pc, **more)
        page = where.new_page()
        agent = {"userAgent": window["user_agent"]}
        where.new_cdp_session(page).send("Emulation.setUserAgentOverride", agent)
        _put_inside(where, page, simulator_url, window)
    page.goto(url)
    return page


def _window(
    simulator_url: str, userid: str, pc: bool, corp_id: str = "", app_key: str = ""
) -> Dict[str, Any]:
    body = {"userid": userid, "pc": pc, "app_key": app_key}
    if corp_id:
        body["corp_id"] = corp_id
    return _post(simulator_url, "/_control/login/containers", body)


def _put_inside(
    context: Any, target: Any, simulator_url: str, window: Dict[str, Any]
) -> None:
    def call(source: Any, body: Dict[str, Any]) -> Any:
        # Not by the page's own means: its content security policy could forbid it.
        return _post(simulator_url, "/_dd/call", dict(body, page=source["frame"].url))

    target.expose_binding("__dingtalkSimulatorCall", call)
    target.add_init_script(window["bridge"])
    context.add_cookies([dict(window["cookie"], url=simulator_url)])


def _post(simulator_url: str, path: str, body: Dict[str, Any]) -> Any:
    request = Request(
        simulator_url.rstrip("/") + path,
        json.dumps(body).encode("utf-8"),
        {"Content-Type": "application/json"},
    )
    with build_opener(ProxyHandler({})).open(request, timeout=30) as answer:
        return json.loads(answer.read().decode("utf-8"))
