"""Actions in Odoo's pages, shared by areas."""

import functools
import re
import struct
import time
import zlib

import house
import polib
from dingtalk_simulator.web.testing import Console, Phone

from tools import paths
from tools.world import CHINESE

SETTINGS = "base.menu_administration"
DINGTALK = "dingding.dingding_menu_root"
CORP = "杭州示例科技有限公司"
EMPLOYEE = "wang"  # login and password
SYNC_SECONDS = 60
# What approving leave provokes by trying each step, for ``World.provokes``.
NO_SUCH_STEP = ("'hr.leave.allocation' has no attribute 'action_",
                "some series lack a step of approving it")

# The readable texts of the page on top, with those in empty fields and over icons.
READABLE = """() => {
    const modals = Array.from(document.querySelectorAll(".modal")).filter(
        each => each.getClientRects().length);
    const root = modals.length ? modals[modals.length - 1] : document.body;
    const found = [];
    const seen = node => node.getClientRects().length > 0;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        if (!parent.closest("script, style") && (
                seen(parent) || (
                    parent.tagName === "OPTION" && seen(parent.parentElement))))
            found.push(walker.currentNode.textContent);
    }
    for (const node of root.querySelectorAll("[placeholder], [title]"))
        if (seen(node))
            found.push(node.getAttribute("placeholder") || "",
                       node.getAttribute("title") || "");
    return found.map(text => text.replace(/\\s+/g, " ").trim()).filter(Boolean);
}"""
# English text that is a label or a sentence, not a name or an id.
PROSE = re.compile(r"[A-Z][a-z']+( [a-z'-]+)+[.,:!?\u2026]?\Z")
PLACEHOLDER = re.compile(r"%(?:\\\(\w+\\\))?(?:\\\.\d)?[sdifr]")


class Odoo:
    """A person's actions in Odoo.

    :param world: :class:`tools.world.World`
    :param page: of another person than the admin
    """

    def __init__(self, world, page=None):
        self.world = world
        self._page = page
        self.client = world.client
        self.control = house.Control(world.stack.simulator.url)

    @property
    def page(self):
        return self._page or self.world.page

    def preferences(self, page):
        """Sign in as the employee, and open the preferences.

        :param page: of the browser, showing the login page
        """
        page.fill("input[name=login]", EMPLOYEE)
        page.fill("input[name=password]", EMPLOYEE)
        page.click("form.oe_login_form button[type=submit]")
        page.wait_for_selector(self.client.inside)
        self.world.settle(page)
        self.client.open_preferences(page)
        page.wait_for_selector(".modal [name=action_dingding_my]")
        self.world.settle(page)

    @staticmethod
    def sign_in_by(page, way):
        """Choose a way to sign in with DingTalk on the login page.

        One is shown at once, the others below a heading.

        :param page: of the browser, showing the login page
        """
        button = page.locator("[data-way=%s]" % way)
        button.wait_for(state="attached")
        # The first code is shown at once.
        if page.locator("[data-way=%s][hidden]" % way).count():
            return
        if not button.is_visible():
            page.click(".o_dingding_others summary")
        button.click()

    # -- what must be there before ------------------------------------------------

    def connected(self):
        """Ensure that an organisation is connected and synced; return its id."""
        stack = self.world.stack
        found = stack.rpc("dingding.corp", "search", [])
        corp = found[0] if found else house.connect(stack, CORP)
        people = len(self.control.users())
        if stack.rpc("dingding.user", "search_count", []) != people:
            house.read_people(stack, corp)
        return corp

    def colleagues(self):
        """Return people with a phone number who are neither administrators nor senior.
        """
        return [
            each for each in self.control.users()
            if each["active"] and each["mobile"] and each["admin_level"] == 0
            and not each["senior"]]

    def employee(self, person):
        """Ensure that a person has a user without rights; return its id.

        :param dict person: as the simulator tells it
        """
        stack = self.world.stack
        domain = [("login", "=", EMPLOYEE)]
        found = stack.rpc("res.users", "search", domain)
        user = found[0] if found else stack.rpc("res.users", "create", {
            "name": "Ding Wang", "login": EMPLOYEE, "password": EMPLOYEE,
            "lang": self.world.lang, "tz": "Asia/Shanghai"})
        row = stack.rpc("dingding.user", "search", [("userid", "=", person["userid"])])
        # Another area may have used another person.
        before = stack.rpc(
            "dingding.user", "search", [("user_id", "=", user), ("id", "!=", row[0])])
        stack.rpc("dingding.user", "write", before, {"user_id": False})
        # Keep the name that areas look for.
        names = stack.rpc("dingding.follow", "search", [
            ("model_name", "=", "res.users"), ("field_name", "=", "name")])
        stack.rpc("dingding.follow", "write", names, {"leader": "odoo"})
        stack.rpc("dingding.user", "write", row, {"user_id": user})
        return user

    # -- DingTalk's side --------------------------------------------------------

    def console(self):
        return Console(self.world.console(load=False), self.world.stack.simulator.url)

    def phone(self, userid):
        phone = Phone(
            self.world.phone(userid, load=False), self.world.stack.simulator.url)
        return phone.open(userid)

    # -- lists -------------------------------------------------------------------

    def rows(self):
        return self.page.locator(self.client.rows)

    def total(self):
        return int(self.page.locator(self.client.total).inner_text())

    def column(self, name):
        self.page.locator(self.client.heads).filter(has_text=name).first.wait_for()
        heads = [text.strip() for text in self.page.locator(
            self.client.heads).all_inner_texts()]
        cells = self.page.locator(
            "%s td:nth-child(%d)" % (self.client.rows, heads.index(name) + 1))
        return [text.strip() for text in cells.all_text_contents()]

    def search(self, text):
        field = self.page.locator(self.client.search)
        field.fill(text)
        field.press("Enter")
        self.world.settle(self.page)

    def open_row(self, text=None):
        """Open the first row, or the first one with this text."""
        row, cells = self.rows().first, "td:nth-child(2)"
        if text:
            row, cells = self.rows().filter(has_text=text).first, "td"
        # In the middle of a row may be a checkbox, which takes the click.
        row.locator(cells).filter(has_text=text).first.click()
        self.world.settle(self.page)

    # -- forms -------------------------------------------------------------------

    def press(self, label):
        """Press a button of our addons."""
        self.world.button(self.said(label), self.page)

    def form(self, what):
        """Press a button of Odoo's own on a form, in any language.

        :param str what: ``create``, ``edit``, ``save`` or ``cancel``
        """
        self.client.press(self.page, what)
        self.world.settle(self.page)

    def said(self, term):
        """Return a term of our addons in the current language."""
        return terms()[term] if self.world.lang == CHINESE else term

    def value(self, name):
        field = self.world.field(name, self.page)
        chosen = field.locator("option:checked")
        if chosen.count():
            return chosen.inner_text().strip()
        inner = field.locator("input, textarea")
        if inner.count():
            return inner.first.input_value().strip()
        text, button = field.inner_text().strip(), field.locator("button")
        # One that copies the text.
        said = button.last.inner_text().strip() if button.count() else ""
        return text[:-len(said)].strip() if said and text.endswith(said) else text

    def choose(self, model, name, value):
        known = self.world.stack.rpc(model, "fields_get", [name], ["selection"])
        label = self.said(dict(known[name]["selection"])[value])
        self.client.choose(self.page, self.world.field(name, self.page), label)
        self.world.settle(self.page)

    def type(self, **values):
        """Fill fields, then leave the last one so that Odoo reads it."""
        for name, value in values.items():
            self.world.fill(name, value, self.page)
        # Tab would open the tooltip of the next field.
        self.page.evaluate("document.activeElement.blur()")
        self.world.settle(self.page)

    def tabs(self):
        return self.page.locator(self.client.tabs)

    def organisation(self, tab):
        """Open a tab of the organisation's form, by its English label."""
        self.world.menu(DINGTALK, "dingding.dingding_corp_menu")
        self.open_row(CORP)
        self.tabs().filter(has_text=self.said(tab)).click()
        self.world.settle(self.page)

    def attach(self, name, filename, content, mimetype):
        picker = self.page.locator(".o_form_view [name='%s'] input[type=file]" % name)
        if not picker.count():
            picker = self.page.locator(".modal input[type=file]")
        picker.last.set_input_files(
            {"name": filename, "mimeType": mimetype, "buffer": content})
        self.world.settle(self.page)

    def state(self):
        # 16 shows it in capitals.
        return self.page.locator(self.client.step).text_content().strip()

    def wait_for_sync(self, *states):
        words = [self.said(state) for state in states]
        deadline = time.monotonic() + SYNC_SECONDS
        while self.state() not in words:
            self.world.check(
                time.monotonic() < deadline, "the sync is %s" % self.state())
            self.page.wait_for_timeout(200)
            if not self.page.locator("iframe.o_dingding_progress").count():
                self.press("Refresh")
        self.world.settle()

    def add_line(self, name, **values):
        table = self.world.field(name, self.page)
        table.locator(self.client.add_line).first.click()
        self.world.settle(self.page)
        for column, value in values.items():
            cell = table.locator(self.client.cell % column)
            cell.click()
            # Odoo focuses the first cell when it is ready.
            self.world.settle(self.page)
            cell.fill(value)
            self.world.check(
                cell.input_value() == value, "%s is %r" % (column, cell.input_value()))
        # A click elsewhere ends the line.
        self.page.locator(self.client.title).last.click()
        self.world.settle(self.page)

    def confirm(self):
        self.page.locator(self.client.confirm).last.click()
        self.world.settle(self.page)

    def close_dialog(self):
        self.page.locator(self.client.close).last.click()
        self.world.settle(self.page)

    def dialog(self):
        return self.page.locator(self.client.dialog).last.inner_text()

    def choose_record(self, name, text):
        """Type into a many2one field, then click."""
        self.world.field(name, self.page).locator("input").fill(text)
        self.page.locator(self.client.suggestions, has_text=text).first.click()
        self.world.settle(self.page)

    def back(self):
        self.page.locator(self.client.back).last.click()
        self.world.settle(self.page)

    def shoot(self, name, page=None, tall=False):
        """Take a picture, and check that Odoo's page is intact.

        :param bool tall: in a window that is high enough for long forms
        """
        shown = page or self.page
        window = shown.viewport_size
        if tall:
            shown.set_viewport_size(dict(window, height=2 * window["height"]))
        self.world.picture(name, shown)
        if tall:
            shown.set_viewport_size(window)
        if page is None:
            self.world.check_no_problem(self.page)
            if self.world.lang == CHINESE:
                self.check_chinese(name)

    # -- languages ---------------------------------------------------------------

    def check_chinese(self, where, page=None):
        """Fail if one of our terms is in English on the page.

        :param str where: for the message
        :param page: of another person than the admin
        """
        texts = (page or self.page).evaluate(READABLE)
        left = set(untranslated(texts, terms())).difference(self.client.english)
        self.world.check(not left, "English is left on %s: %s" % (where, left))


@functools.lru_cache(maxsize=None)
def terms():
    """Return {English: Chinese} of all our addons.

    :raise AssertionError: an addon has no Chinese
    """
    found = {}
    for addon in paths.addons():
        folder = paths.ROOT / addon / "i18n"
        if not folder.exists():  # it has no terms: a rule of tests/repo sees to that
            continue
        path = folder / (CHINESE + ".po")
        assert path.exists(), "%s has no Chinese" % addon
        found.update((entry.msgid, entry.msgstr) for entry in polib.pofile(str(path)))
    return found


def untranslated(texts, known):
    """Return the texts that are in English: terms, also with values, and prose.

    :param texts: what stands on a page
    :param dict known: English -> Chinese
    """
    exact, patterns = set(), []
    for english, chinese in known.items():
        if not chinese or english == chinese or not re.search("[a-z]{3}", english):
            continue
        # Text around bold words is split on the page.
        for piece in re.split(r"<[^>]+>", english):
            piece = " ".join(piece.split())
            # A command is the same in Chinese.
            if piece not in " ".join(chinese.split()) and (
                    piece == " ".join(english.split()) or " " in piece):
                exact.add(piece)
        english = " ".join(english.split())
        pattern, count = PLACEHOLDER.subn("(.+?)", re.escape(english))
        # A pattern like "%s: %s" alone would match everything.
        if count and len(re.findall("[a-z]{3,}", english)) > 1:
            patterns.append(re.compile(pattern + r"\Z"))
    return sorted({
        text for text in texts if text in exact or PROSE.match(text)
        or any(pattern.match(text) for pattern in patterns)})


# -- files ------------------------------------------------------------------------


def picture(width=240, height=160):
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))

    lines = b"".join(
        b"\0" + b"".join(
            bytes((30, 90 + x * 120 // width, 160 + y * 80 // height))
            for x in range(width))
        for y in range(height))
    return (b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


def sound(seconds=2, rate=8000):
    data = b"\0\0" * rate * seconds
    return (b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt "
            + struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16)
            + b"data" + struct.pack("<I", len(data)) + data)


def document():
    return (b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
            b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
            b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
            b"trailer<</Root 1 0 R>>\n%%EOF\n")
