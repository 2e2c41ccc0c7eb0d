# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""What browser tests do with a phone and the console, in words.

    phone = Phone(page, url).open(userid)          # a page of Playwright
    phone.wait_for("Hello")
    phone.open_message("Hello")                    # marks it read

    console = Console(page, url)
    userid = console.hire("张三", "13800138000")
    console.change(userid, title="经理")
    console.dismiss(userid)

Nothing here imports Playwright: the caller has it.
"""

from __future__ import annotations

from typing import Any, Dict, List
from urllib.parse import quote

SECONDS = 10
EXPECT_LIVE = "body[data-live=on]"


def sel(name: str, **attributes: str) -> str:
    """A selector: `sel("message", msgtype="oa")`."""
    more = "".join(
        '[data-%s="%s"]' % (key.replace("_", "-"), value)
        for key, value in attributes.items()
    )
    return '[data-testid="%s"]%s' % (name, more)


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
        self.page.wait_for_selector(sel("tab-" + key) + "[aria-current=page]")
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
        page.evaluate("document.getElementById('toasts').textContent = ''")
        self.fill(form, **values).locator("button:not([type=button])").last.click()
        sure = page.locator(sel("confirm-yes"))
        if sure.is_visible():
            sure.click()
        toast = page.locator("#toasts > *").first
        toast.wait_for(timeout=SECONDS * 1000)
        refused = page.locator(sel("toast-error"))
        if refused.count():
            raise AssertionError(refused.first.inner_text())
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
        """Change what stands in the person's form: name, mobile, email, title, ..."""
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
