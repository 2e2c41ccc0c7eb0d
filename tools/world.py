"""Provide steps of smoke and pictures with the stack, a browser and people."""

import contextlib
import re
import time

from . import browser, images, paths, webclient

ENGLISH, CHINESE = "en_US", "zh_CN"
# Requests that stay open for as long as the page does.
ENDLESS = ("/longpolling/", "/bus/websocket_worker_bundle", "/_web/events")
SETTLE_SECONDS = browser.PATIENCE_MS / 1000
# Looks on the page itself: each question from outside costs three processes time. Its
# answer is whether the page was idle for that long.
IDLE = """quiet => new Promise(done => {
    const busy = (%s);
    const until = performance.now() + quiet;
    const look = () => {
        if (busy())
            done(false);
        else if (performance.now() >= until)
            done(true);
        else
            setTimeout(look, quiet / 5);
    };
    look();
})"""
QUIET_MS, LOOK_MS, ANSWER_MS = 200, 40, 1000
# Playwright's message about a script whose page went away.
GONE = re.compile("Execution context was destroyed|Cannot find context|navigat", re.I)
# Odoo 11 leaves the hint of a button that is gone over other buttons. What fades, as
# the box that says that something is loading, would be most of what pages draw, and
# half a second at each click.
QUIETER = """
addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    style.textContent = ".tooltip { pointer-events: none !important; }"
        + " .fade, .modal-dialog { transition: none !important; }";
    document.head.append(style);
    if (window.jQuery)
        jQuery.fx.off = true;
});
addEventListener("load", () => {
    // Bootstrap of 11; later ones look at the style.
    if (window.jQuery)
        jQuery.support.transition = false;
});"""


def watch(page):
    """Note the page's open requests and its script errors on the page itself.

    Hints take no clicks, and nothing fades.
    """
    page.problems, page.open_requests, page.asked = [], set(), 0
    page.outdated = False
    # Pages inside DingTalk have another context.
    page.set_default_timeout(browser.PATIENCE_MS)

    def opened(request):
        if not any(part in request.url for part in ENDLESS):
            page.open_requests.add(request)
            page.asked += 1

    page.add_init_script(QUIETER)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("request", opened)
    for event in ("requestfinished", "requestfailed"):
        page.on(event, lambda request: page.open_requests.discard(request))
    # A navigation drops the old page's requests.
    page.on("framenavigated", lambda frame: (
        frame == page.main_frame and page.open_requests.clear()))
    return page


class World:
    """One stack and one browser for all steps of a run.

    :param Stack stack: running
    :param browser: Playwright's browser
    :param Path pictures: where :meth:`picture` saves
    """

    def __init__(self, stack, browser_, pictures=paths.PICTURES):
        self.stack = stack
        self.browser = browser_
        self.pictures = pictures
        self.area = None
        self.lang = ENGLISH
        #: where things are on Odoo's pages
        self.client = webclient.at_work()
        #: what the steps provoke in Odoo's log: pattern -> reason
        self.provoked = {}
        self._pages = {}
        self._taken = 0

    # -- Odoo -----------------------------------------------------------------

    @property
    def page(self):
        """The admin's page in Odoo, signed in at first use."""
        return self.as_user(self.stack.login, self.stack.password)

    def as_user(self, login, password):
        """Return the page of an Odoo user, in a browser session of its own."""
        page = self._pages.get(login)
        if page is None:
            page = watch(
                browser.new_page(self.browser, self.lang.replace("_", "-")))
            # The form and its bundles would be half of what this takes.
            answer = self._ask(page, "/web/session/authenticate", {
                "db": self.stack.database, "login": login, "password": password})
            self.check(answer.get("result", {}).get("uid"), "%s: %s" % (login, answer))
            self.stack.query(images.NO_ODOOBOT)
            self._begin(page)
            self._pages[login] = page
        elif page.outdated:
            # As the client does after the preferences.
            self._ask(page, "/web/session/get_session_info", {})
            self._begin(page)
        return page

    def _ask(self, page, route, params):
        """Call a JSON route of Odoo in the page's session."""
        return page.request.post(
            self.stack.odoo_url + route,
            data={"jsonrpc": "2.0", "method": "call", "params": params},
            # As the browser would say: users may have no language of their own.
            headers={"Accept-Language": self.lang.replace("_", "-")},
            timeout=browser.PATIENCE_MS).json()

    def _begin(self, page):
        """Load the web client."""
        self._load(page, self.stack.odoo_url + "/web" + self.client.start)
        page.wait_for_selector(self.client.inside)
        self.settle(page)
        page.outdated = False

    @staticmethod
    def _load(page, address):
        """Go to an address; a change behind the # alone would not load it anew."""
        page.goto("about:blank")
        page.goto(address)

    def settle(self, page=None):
        """Wait until Odoo's client is no longer busy."""
        page = page or self.page
        page.wait_for_load_state()
        deadline = time.monotonic() + SETTLE_SECONDS
        while not self._idle(page):
            if time.monotonic() > deadline:
                raise AssertionError("The page does not come to rest: %s" % [
                    request.url for request in page.open_requests])
            if page.open_requests:
                self._until_answered(page)
            else:
                page.wait_for_timeout(LOOK_MS)

    def _until_answered(self, page):
        """Wait for the end of the open requests, a second at most.

        Each look would cost three processes time.
        """
        with contextlib.suppress(browser.error()):
            page.wait_for_event(
                "requestfinished", lambda _request: not page.open_requests,
                timeout=ANSWER_MS)

    def _idle(self, page):
        """Tell whether the page asked for nothing and was not busy for a moment."""
        if page.open_requests:
            return False
        asked = page.asked
        try:
            idle = page.evaluate(IDLE % self.client.busy, QUIET_MS)
        except browser.error() as error:
            if not GONE.search(str(error)):
                raise
            page.wait_for_load_state()
            return False
        return idle and page.asked == asked and not page.open_requests

    def language(self, code):
        """Let the admin's pages be in another language, as in the preferences."""
        self.lang = code
        self.stack.rpc(
            "res.users", "write", [self.stack.reference(self.client.administrator)],
            {"lang": code})
        page = self._pages.get(self.stack.login)
        if page:
            page.outdated = True

    @contextlib.contextmanager
    def chinese(self):
        """Let the admin's pages be in Chinese for a while."""
        before = self.lang
        self.language(CHINESE)
        try:
            yield
        finally:
            self.language(before)

    def menu(self, *xmlids, page=None):
        """Click through Odoo's menu, for example ``("base.menu_administration", …)``.

        The first is the application, the others the entries that a person clicks.

        :param page: of another person than the admin
        """
        page = page or self.page
        inside = page.url.startswith(self.stack.odoo_url)
        if inside and not page.evaluate(self.client.free):
            self.client.leave(self, page)
        if not (inside and page.evaluate(self.client.free)):
            page.goto(self.stack.odoo_url + "/web")
            self.settle(page)
        path, action = self._menu_path(xmlids[-1])
        self.client.click_menu(self, page, path, xmlids)
        if action:
            self.client.shows_action(page, action)
        self.settle(page)
        return page

    def _menu_path(self, xmlid):
        """Return the external ids down to a menu entry, and its window's id or None.

        The address does not name windows of server actions.
        """
        known = {}
        for line in self.stack.query(
                "SELECT m.id, m.parent_id, d.module || '.' || d.name, m.action"
                " FROM ir_ui_menu m JOIN ir_model_data d"
                " ON d.model = 'ir.ui.menu' AND d.res_id = m.id").splitlines():
            number, parent, name, action = line.split("|")
            known.setdefault(number, (parent, name, action))
        number = next(
            number for number, entry in known.items() if entry[1] == xmlid)
        action, path = known[number][2], []
        while number in known:
            path.insert(0, known[number][1])
            number = known[number][0]
        kind, _comma, action_id = action.partition(",")
        return path, action_id if kind == "ir.actions.act_window" else None

    def action(self, xmlid, record=None, view=None):
        """Go to an action by its address; see :meth:`menu`."""
        address = "%s/web#action=%d" % (
            self.stack.odoo_url, self.stack.reference(xmlid))
        if record:
            address += "&id=%d&view_type=form" % record
        elif view:
            address += "&view_type=" + view
        return self._go(self.page, address)

    def open(self, model, record, page=None):
        """Go to the form of a record by its address, read anew.

        :param page: of another person than the admin
        """
        return self._go(page or self.page, "%s/web#id=%d&model=%s&view_type=form" % (
            self.stack.odoo_url, record, model))

    def _go(self, page, address):
        if self.client.follows(page.url, address) and page.evaluate(self.client.free):
            self.client.follow(page, address)
        else:
            self._load(page, address)
        self.settle(page)
        return page

    def field(self, name, page=None):
        """Return the element of a field in the form on top."""
        page = page or self.page
        return page.locator(self.client.field % name).last

    def fill(self, name, value, page=None):
        """Type into a field of the form on top."""
        self.input(name, page).fill(str(value))

    def input(self, name, page=None):
        """Return what a field of the form on top is typed into."""
        element = self.field(name, page)
        inner = element.locator("input, textarea")
        return inner.first if inner.count() else element

    def button(self, name, page=None):
        """Press a button by its name attribute, else by what stands on it."""
        page = page or self.page
        if name in self.client.labels and not page.locator(self.client.dialog).count():
            self.client.press(page, self.client.labels[name])
            self.settle(page)
            return
        found = page.locator("button[name='%s']:visible" % name)
        if not found.count():
            found = page.locator("button:visible, a.btn:visible").filter(
                has_text=re.compile(r"^\s*%s\s*$" % re.escape(name)))
        found.last.click()
        self.settle(page)

    def text(self, page=None):
        """Return what can be read on the page."""
        return (page or self.page).inner_text("body")

    def check(self, condition, message):
        """Fail the step with a message unless the condition holds."""
        if not condition:
            raise AssertionError(message)

    def check_no_problem(self, page=None):
        """Fail when the page had a script error or shows Odoo's error dialog."""
        page = page or self.page
        self.check(not page.problems, "script error: %s" % page.problems)
        dialog = page.locator(self.client.error)
        if dialog.count():
            raise AssertionError("error dialog: %s" % dialog.first.inner_text())

    def provokes(self, pattern, reason):
        """Declare that Odoo logs a warning, an error or a traceback.

        :param str pattern: regular expression, searched in the text of an entry
        :param str reason: why the step has to provoke it
        """
        self.provoked[pattern] = reason

    # -- DingTalk -------------------------------------------------------------

    def phone(self, userid, load=True):
        """Return the phone of a person in the simulator, as a page.

        :param bool load: whether to show it; else the caller does
        """
        key = "phone of " + userid
        page = self._pages.get(key)
        if page is None:
            page = self._pages[key] = watch(browser.new_page(
                self.browser, "zh-CN", browser.PHONE, is_mobile=True, has_touch=True))
        if load:
            page.goto("%s/phone/%s" % (self.stack.simulator.url, userid))
            self.settle(page)
        return page

    def console(self, section="", load=True):
        """Return the admin console of the simulated DingTalk, as a page.

        :param bool load: whether to show the section; else the caller does
        """
        key = "console"
        page = self._pages.get(key)
        if page is None:
            page = self._pages[key] = watch(
                browser.new_page(self.browser, "zh-CN"))
        if load:
            page.goto("%s/console/%s" % (self.stack.simulator.url, section))
            self.settle(page)
        return page

    # -- pictures -------------------------------------------------------------

    def picture(self, name, page=None, full=False):
        """Save what a person sees; return the file.

        :param str name: what it shows; area, number and language are added
        :param page: another page than the admin's
        :param bool full: the whole page, not only the window
        """
        self._taken += 1
        self.pictures.mkdir(parents=True, exist_ok=True)
        words = "-".join(re.findall(r"\w+", name)).lower()
        target = self.pictures / (
            "%s-%02d-%s-%s.png" % (self.area, self._taken, words, self.lang))
        page = page or self.page
        # A tooltip would appear at the pointer.
        page.mouse.move(0, 0)
        if full:
            page.screenshot(path=str(target), full_page=True)
        else:
            target.write_bytes(browser.shot(page))
        return target

    def enter(self, area):
        """Begin an area: its pictures count from one, its pages are new."""
        self.area, self._taken = area, 0
        self.provoked = {}
        self.close_pages()

    def close_pages(self):
        """Close every page with its session."""
        for page in self._pages.values():
            with contextlib.suppress(Exception):
                page.context.close()
        self._pages.clear()
