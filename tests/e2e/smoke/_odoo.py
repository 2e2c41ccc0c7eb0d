"""What people do in Odoo's pages, in words; shared by areas."""

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

# What a person can read on the page on top, piece by piece: texts, and what stands in
# empty fields and over icons.
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
# A word or more of English that is a label or a sentence, not a name or an id.
PROSE = re.compile(r"[A-Z][a-z']+( [a-z'-]+)+[.,:!?\u2026]?\Z")
# A placeholder of Python's, as re.escape() leaves it.
PLACEHOLDER = re.compile(r"%(?:\\\(\w+\\\))?(?:\\\.\d)?[sdifr]")


class Odoo:
    """A person's hands and eyes in Odoo.

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
        """Sign the employee in at the login page, and open his preferences.

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

        One way is shown at once, the others are behind a heading.

        :param page: of the browser, showing the login page
        """
        button = page.locator("[data-way=%s]" % way)
        button.wait_for(state="attached")
        # The first code is there before anybody asks for it.
        if page.locator("[data-way=%s][hidden]" % way).count():
            return
        if not button.is_visible():
            page.click(".o_dingding_others summary")
        button.click()

    # -- what must be there before ------------------------------------------------

    def connected(self):
        """Make sure that an organisation is connected and read; return its id."""
        stack = self.world.stack
        found = stack.rpc("dingding.corp", "search", [])
        corp = found[0] if found else house.connect(stack, CORP)
        people = len(self.control.users())
        if stack.rpc("dingding.user", "search_count", []) != people:
            house.read_people(stack, corp)
        return corp

    def colleagues(self):
        """Return people with a telephone who are neither administrators nor senior."""
        return [
            each for each in self.control.users()
            if each["active"] and each["mobile"] and each["admin_level"] == 0
            and not each["senior"]]

    def employee(self, person):
        """Make sure that a person has a user, an employee without rights; its id.

        :param dict person: as the simulator tells it
        """
        stack = self.world.stack
        domain = [("login", "=", EMPLOYEE)]
        found = stack.rpc("res.users", "search", domain)
        user = found[0] if found else stack.rpc("res.users", "create", {
            "name": "Ding Wang", "login": EMPLOYEE, "password": EMPLOYEE,
            "lang": self.world.lang, "tz": "Asia/Shanghai"})
        row = stack.rpc("dingding.user", "search", [("userid", "=", person["userid"])])
        # Another area may have had another person be this employee.
        before = stack.rpc(
            "dingding.user", "search", [("user_id", "=", user), ("id", "!=", row[0])])
        stack.rpc("dingding.user", "write", before, {"user_id": False})
        # The employee keeps this name, which the areas look for.
        names = stack.rpc("dingding.follow", "search", [
            ("model_name", "=", "res.users"), ("field_name", "=", "name")])
        stack.rpc("dingding.follow", "write", names, {"leader": "odoo"})
        stack.rpc("dingding.user", "write", row, {"user_id": user})
        return user

    # -- DingTalk's side --------------------------------------------------------

    def console(self):
        """Return the simulator's console in words."""
        return Console(self.world.console(), self.world.stack.simulator.url)

    def phone(self, userid):
        """Return a person's phone in words."""
        phone = Phone(self.world.phone(userid), self.world.stack.simulator.url)
        return phone.open(userid)

    # -- lists -------------------------------------------------------------------

    def rows(self):
        """Return the locator of the rows in the list on top."""
        return self.page.locator(self.client.rows)

    def total(self):
        """Return how many records the pager says there are."""
        return int(self.page.locator(self.client.total).inner_text())

    def column(self, name):
        """Return the texts of a column of the list on top, by its header."""
        self.page.locator(self.client.heads).filter(has_text=name).first.wait_for()
        heads = [text.strip() for text in self.page.locator(
            self.client.heads).all_inner_texts()]
        cells = self.page.locator(
            "%s td:nth-child(%d)" % (self.client.rows, heads.index(name) + 1))
        return [text.strip() for text in cells.all_text_contents()]

    def search(self, text):
        """Type into the search field and press Enter."""
        field = self.page.locator(self.client.search)
        field.fill(text)
        field.press("Enter")
        self.world.settle(self.page)

    def open_row(self, text):
        """Click the row of a list that holds a text."""
        self.rows().filter(has_text=text).first.click()
        self.world.settle(self.page)

    # -- forms -------------------------------------------------------------------

    def press(self, label):
        """Press a button of ours."""
        self.world.button(self.said(label), self.page)

    def form(self, what):
        """Press a button of Odoo's own on a form, in any language.

        :param str what: ``create``, ``edit``, ``save`` or ``cancel``
        """
        self.client.press(self.page, what)
        self.world.settle(self.page)

    def said(self, term):
        """Return a term of ours in the language that is being read."""
        return terms()[term] if self.world.lang == CHINESE else term

    def value(self, name):
        """Return what a field of the form on top says."""
        field = self.world.field(name, self.page)
        chosen = field.locator("option:checked")
        if chosen.count():
            return chosen.inner_text().strip()
        inner = field.locator("input, textarea")
        return (inner.first.input_value() if inner.count() else field.inner_text()
                ).strip()

    def choose(self, model, name, value):
        """Choose in a selection field of a model, by the technical value."""
        known = self.world.stack.rpc(model, "fields_get", [name], ["selection"])
        label = self.said(dict(known[name]["selection"])[value])
        self.client.choose(self.page, self.world.field(name, self.page), label)
        self.world.settle(self.page)

    def type(self, **values):
        """Fill fields, then leave the last one so that Odoo takes it in."""
        for name, value in values.items():
            self.world.fill(name, value, self.page)
        # Not with Tab: it would bring up the tooltip of the next field.
        self.page.evaluate("document.activeElement.blur()")
        self.world.settle(self.page)

    def tabs(self):
        """Return the locator of the tabs of the form on top."""
        return self.page.locator(self.client.tabs)

    def organisation(self, tab):
        """Open a tab of the organisation's form, by its English label."""
        self.world.menu(SETTINGS, "dingding.dingding_corp_menu_settings")
        self.open_row(CORP)
        self.tabs().filter(has_text=self.said(tab)).click()
        self.world.settle(self.page)

    def attach(self, name, filename, content, mimetype):
        """Upload a file into a binary field."""
        picker = self.page.locator(".o_form_view [name='%s'] input[type=file]" % name)
        if not picker.count():
            picker = self.page.locator(".modal input[type=file]")
        picker.last.set_input_files(
            {"name": filename, "mimeType": mimetype, "buffer": content})
        self.world.settle(self.page)

    def state(self):
        """Return the current step of the status bar."""
        # 16 shows it in capitals.
        return self.page.locator(self.client.step).text_content().strip()

    def wait_for_sync(self, *states):
        """Wait until the sync on the form has one of these states."""
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
        """Add a line to a list inside the form on top."""
        table = self.world.field(name, self.page)
        table.locator(self.client.add_line).first.click()
        self.world.settle(self.page)
        for column, value in values.items():
            cell = table.locator(self.client.cell % column)
            cell.click()
            # Odoo puts the cursor into the first cell when it is ready to.
            self.world.settle(self.page)
            cell.fill(value)
            self.world.check(
                cell.input_value() == value, "%s is %r" % (column, cell.input_value()))
        # A click elsewhere ends the line.
        self.page.locator(self.client.title).last.click()
        self.world.settle(self.page)

    def confirm(self):
        """Say yes to Odoo's question."""
        self.page.locator(self.client.confirm).last.click()
        self.world.settle(self.page)

    def close_dialog(self):
        """Close the dialog on top by its cross."""
        self.page.locator(self.client.close).last.click()
        self.world.settle(self.page)

    def dialog(self):
        """Return what the dialog on top says."""
        return self.page.locator(self.client.dialog).last.inner_text()

    def choose_record(self, name, text):
        """Choose in a many2one field as a person does: type, then click."""
        self.world.field(name, self.page).locator("input").fill(text)
        self.page.locator(self.client.suggestions, has_text=text).first.click()
        self.world.settle(self.page)

    def back(self):
        """Go back by the path above the view."""
        self.page.locator(self.client.back).last.click()
        self.world.settle(self.page)

    def shoot(self, name, page=None, tall=False):
        """Take a picture, and make sure that Odoo's page is in order.

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
        """Fail when a term of ours is left in English on the page.

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
    """Return those texts that are English: terms, also with values in them, and prose.

    :param texts: what stands on a page
    :param dict known: English -> Chinese
    """
    exact, patterns = set(), []
    for english, chinese in known.items():
        if not chinese or english == chinese or not re.search("[a-z]{3}", english):
            continue
        # Text around a bold word stands in pieces on the page.
        for piece in re.split(r"<[^>]+>", english):
            piece = " ".join(piece.split())
            # A command is the same in Chinese.
            if piece not in " ".join(chinese.split()) and (
                    piece == " ".join(english.split()) or " " in piece):
                exact.add(piece)
        english = " ".join(english.split())
        pattern, count = PLACEHOLDER.subn("(.+?)", re.escape(english))
        # "%s: %s" alone would be found everywhere.
        if count and len(re.findall("[a-z]{3,}", english)) > 1:
            patterns.append(re.compile(pattern + r"\Z"))
    return sorted({
        text for text in texts if text in exact or PROSE.match(text)
        or any(pattern.match(text) for pattern in patterns)})


# -- files ------------------------------------------------------------------------


def picture(width=240, height=160):
    """Return a small PNG with a slope of blue."""
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
    """Return a recording of silence as WAV."""
    data = b"\0\0" * rate * seconds
    return (b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt "
            + struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16)
            + b"data" + struct.pack("<I", len(data)) + data)


def document():
    """Return a PDF with one empty page."""
    return (b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
            b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
            b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
            b"trailer<</Root 1 0 R>>\n%%EOF\n")
