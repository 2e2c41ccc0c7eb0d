"""Go from an empty Odoo to the first approval, as docs/*/go-live.md describes.

The page in the language of ``smoke --language`` leads: its steps are taken in order,
its menu paths opened as written, and each button, page and field that it names must be
on the screen.
"""

import contextlib
import re
import time

import house
from dingtalk_simulator.web.testing import dingtalk_context, sel
from playwright.sync_api import Locator, Page
from smoke._odoo import CORP, EMPLOYEE, READABLE, Odoo, terms

from tools import paths
from tools.browser import new_page
from tools.progress import say
from tools.world import CHINESE, watch

SECONDS = 60
STEP = re.compile(
    r'^\d+\. <a id="step-([a-z-]+)"></a>(.*?)(?=^\d+\. <a id|^## |\Z)', re.M | re.S)
LABEL = re.compile(r"(?<!\*)\*([^*]+)\*(?!\*)")
# Pages of DingTalk's console.
PLACE = re.compile(r"`([^`]*[\u4e00-\u9fff][^`]*)`")
PERMISSION = "qyapi_get_department_member"
REQUEST = "Chairs for the first hour"
BAR = ".o_dingding_approval.o_dingding_shown"


class Step:
    """One step of the page, with the names in its text in order."""

    def __init__(self, text):
        text = " ".join(text.split())
        self.labels = LABEL.findall(re.sub(r"\*\*.*?\*\*", "", text))
        self.places = PLACE.findall(text)


def page_of(language):
    """Return {id: Step} of the manual's page.

    :param str language: "en" or "zh_CN"
    """
    text = (paths.ROOT / "docs" / language / "go-live.md").read_text(encoding="utf-8")
    found = {key: Step(body) for key, body in STEP.findall(text)}
    table = re.findall(r"^\| ([^|]+?) \|", text, re.M)
    for key, step in found.items():
        for place in step.places:
            assert place in table, "%s: %s is not in the table" % (key, place)
    return found


def check_twins(english, chinese):
    assert list(english) == list(chinese), (list(english), list(chinese))
    known = terms()
    for key, step in english.items():
        translated = [
            " > ".join(known.get(part, part) for part in label.split(" > "))
            for label in step.labels]
        assert translated == chinese[key].labels, (
            "%s: %s is not %s" % (key, chinese[key].labels, translated))
        assert step.places == chinese[key].places, key


@contextlib.contextmanager
def counted(clicks):
    def counting(original):
        def act(*arguments, **keywords):
            result = original(*arguments, **keywords)
            clicks.append(1)
            return result
        return act

    places = [(Locator, "click"), (Locator, "select_option"), (Page, "click")]
    before = [getattr(owner, name) for owner, name in places]
    for (owner, name), original in zip(places, before):
        setattr(owner, name, counting(original))
    try:
        yield
    finally:
        for (owner, name), original in zip(places, before):
            setattr(owner, name, original)


class Walk:
    """The steps of an administrator, a colleague and an approver, as methods.

    :param world: :class:`tools.world.World`, with nothing set up
    """

    def __init__(self, world):
        self.world, self.stack, self.odoo = world, world.stack, Odoo(world)
        self.control = self.odoo.control
        self.clicks, self.step, self.said, self.opened = [], None, [], []
        self.began = time.monotonic()
        self.person = self.other = self.address = None

    # -- the page against the screen ---------------------------------------------------

    def take(self, key, step):
        """Take a step of the page; fail if it names something that is not there."""
        self.step, self.said, self.opened = step, [], []
        with counted(self.clicks):
            getattr(self, key.replace("-", "_"))()
        self.look()
        self.world.check_no_problem()
        missing = [
            label for label in step.labels
            if label not in self.opened and not any(label in text for text in self.said)
        ]
        self.world.check(not missing, "the page names %s, the screens do not" % missing)
        self.world.picture("go live %s" % key)

    def look(self, page=None):
        """Record what is on the screen."""
        self.said += (page or self.world.page).evaluate(READABLE)

    def menu(self):
        path = next(
            label for label in self.step.labels
            if " > " in label and label not in self.opened)
        number, names = False, []
        for part in path.split(" > "):
            found = self.stack.rpc(
                "ir.ui.menu", "search", [("parent_id", "=", number)],
                context={"ir.ui.menu.full_list": True, "lang": self.world.lang})
            named = [each["id"] for each in self.stack.rpc(
                "ir.ui.menu", "read", found, ["name"],
                context={"lang": self.world.lang}) if each["name"] == part]
            self.world.check(len(named) == 1, "there is no menu %s" % path)
            number = named[0]
            names.append(self.stack.query(
                "SELECT module || '.' || name FROM ir_model_data"
                " WHERE model = 'ir.ui.menu' AND res_id = %d" % number))
        self.world.menu(names[0], names[-1])
        self.opened.append(path)

    def press(self, label):
        """Press a button named by the page, by its English label."""
        said = self.odoo.said(label)
        self.world.check(said in self.step.labels, "the page lacks %s" % said)
        self.look()
        self.odoo.press(label)

    def organisation(self):
        self.menu()
        self.odoo.open_row(CORP)

    def console(self, section="apps"):
        return self.odoo.console().open(section)

    # -- the steps ---------------------------------------------------------------------

    def prepare(self):
        """Prepare a public address, a colleague and a new application."""
        self.stack.rpc(
            "ir.config_parameter", "set_param", "web.base.url", self.stack.odoo_url)
        self.control("PATCH", "/settings", {"approvals_withdraw_seconds": 0})
        console = self.console()
        console.page.set_checked(
            "[data-testid=scope][value=%s]" % PERMISSION, False)
        console.send("app")
        self.person, self.other = self.odoo.colleagues()[:2]
        self.stack.rpc("res.users", "create", {
            "name": "Ding Wang", "login": EMPLOYEE, "password": EMPLOYEE,
            self.world.client.mobile: "+86 " + self.person["mobile"]})

    def connect(self):
        page = self.console().page
        values = {
            name: page.locator(sel("value-" + name)).inner_text().strip()
            for name in ("corp_id", "app_key", "app_secret", "agent_id")}
        self.menu()
        self.odoo.form("create")
        self.odoo.type(name=CORP, **values)
        self.odoo.form("save")
        self.press("Test connection")
        red = self.world.page.locator(".modal .o_data_row.text-danger")
        self.world.check(PERMISSION in red.first.inner_text(), self.odoo.dialog())

    def permissions(self):
        console = self.console()
        console.page.locator(
            "[data-testid=scope][value=%s]" % PERMISSION).set_checked(True)
        console.send("app")
        self.press("Test again")
        red = self.world.page.locator(".modal .o_data_row.text-danger")
        self.world.check(not red.count(), self.odoo.dialog())
        self.odoo.close_dialog()

    def publish(self):
        # The simulator has no versions: saved means published. Odoo sees only its range
        # of contacts.
        self.console().send("app", **{"contact_scope.departments": "1"})

    def read(self):
        self.press("Get users")
        deadline = time.monotonic() + SECONDS
        while self.odoo.state() != self.odoo.said("Done"):
            self.world.check(time.monotonic() < deadline, "the sync does not end")
            self.world.page.wait_for_timeout(200)
        self.world.settle()
        count = self.stack.rpc("dingding.user", "search_count", [])
        self.world.check(count == len(self.control.users()), "%d people" % count)

    def match(self):
        self.menu()
        self.look()
        row = self.odoo.rows().filter(has_text=self.person["name"]).first
        # 11 and 12 give buttons no name.
        row.locator(
            "button[name=action_match_link]:visible, button[title='%s']:visible"
            % self.odoo.said("Link user")).first.click()
        self.world.settle()
        linked = self.stack.rpc("dingding.user", "search_count", [
            ("userid", "=", self.person["userid"]), ("user_id", "!=", False)])
        self.world.check(linked == 1, "the person is not linked")

    def events(self):
        self.organisation()
        self.press("Receive events")
        self.press("Generate token and key")
        shown = {name: self.odoo.value(name) for name in ("url", "token", "aes_key")}
        console = self.console("events")
        console.page.click(sel("new-subscription"))

        def accepted():
            # A busy Odoo answers too late for DingTalk: press again.
            try:
                console.send("subscribe", **shown)
            except AssertionError as error:
                if "timedout" not in str(error):
                    raise
                return False
            return True

        house.wait_until(accepted, SECONDS, "the subscription")
        self.press("Verify callback URL")
        result = self.odoo.value("result")
        # The result ends with a time.
        said = next(
            self.odoo.said(term) for term in terms()
            if term.startswith("DingTalk last reached the URL"))
        self.world.check(said.split("%")[0] in result, result)
        self.press("Close")

    def _tab(self, label):
        self.look()
        self.odoo.tabs().filter(has_text=self.odoo.said(label)).first.click()
        self.world.settle()

    def sign_in(self):
        self.odoo.form("edit")
        self._tab("Sign-in")
        for name in ("signin_qr", "signin_inside"):
            box = self.world.field(name).locator("input[type=checkbox]")
            box.evaluate("node => node.click()")
        self.odoo.form("save")
        self._tab("Sign-in")
        self.look()
        self.console().send(
            "redirect", redirect_hosts=self.odoo.value("signin_return_url"))

    def home(self):
        # The page before has a field with this name.
        self.odoo.tabs().filter(has_text=self.odoo.said("Inside DingTalk")).last.click()
        self.world.settle()
        self.look()
        self.address = self.odoo.value("microapp_url")
        self.console().send("redirect", home_url=self.address)

    def try_(self):
        locale = self.world.lang.replace("_", "-")
        desktop = watch(new_page(self.world.browser, locale))
        phone = dingtalk_context(
            self.world.browser, self.stack.simulator.url, self.person["userid"],
            locale=locale)
        try:
            desktop.goto(self.stack.odoo_url + "/web/login")
            self.odoo.sign_in_by(desktop, "qr")
            image = desktop.wait_for_selector("#dingding_code img")
            page = watch(phone.new_page())
            page.goto(image.get_attribute("data-link"))
            page.wait_for_selector(".o_dingding_question:visible")
            page.click("[data-decision=agree]")
            desktop.wait_for_selector(self.world.client.inside)
            tiles = self.odoo.phone(self.person["userid"]).tab("work")
            tile = tiles.page.locator(sel("app-tile")).first
            tile.wait_for()
            self.world.check(tile.get_attribute("href"), "the tile opens no page")
            page.goto(self.address.replace("$CORPID$", self.stack.simulator.corp_id))
            page.wait_for_selector("#messages")
            self.world.picture("phone page", page, full=True)
        finally:
            desktop.context.close()
            phone.close()

    def event(self):
        title = "资深顾问"
        self.odoo.console().change(self.other["userid"], title=title)
        house.wait_until(
            lambda: self.stack.query(
                "SELECT count(*) FROM dingding_user WHERE userid = '%s'"
                " AND title = '%s'" % (self.other["userid"], title)) == "1",
            SECONDS, "the new title")
        house.wait_until(
            lambda: self.stack.query(
                "SELECT count(*) FROM dingding_event WHERE state <> 'done'") == "0",
            SECONDS, "the event")
        self.menu()
        said = self.odoo.said
        self.world.check(said("Done") in self.odoo.column(said("Status")),
                         self.world.text())

    def approval(self):
        self.organisation()
        self.press("Get approval templates")
        if self.world.page.locator(self.world.client.error).count():
            # The scheduler already reads them.
            self.odoo.close_dialog()
        # The demonstration maps its models once it knows their templates.
        house.wait_until(
            lambda: self.stack.rpc("dingding.approval.mapping", "search_count", [
                ("model", "=", "dingding.demo.purchase")]), SECONDS, "the mapping")
        self.world.menu("dingding_approval_demo.dingding_demo_menu_root",
                        "dingding_approval_demo.dingding_demo_purchase_menu")
        self.odoo.form("create")
        self.odoo.type(subject=REQUEST, phone="13800138000")
        table = self.world.field("line_ids")
        table.locator(self.world.client.add_line).first.click()
        self.world.settle()
        for name, value in (("name", "Chair"), ("quantity", "2"), ("price", "95")):
            cell = table.locator(self.world.client.cell % name)
            cell.click()
            self.world.settle()
            cell.fill(value)
        self.odoo.form("save")
        page = self.world.page
        page.wait_for_selector(BAR)
        self.look()
        page.locator(BAR + " button[data-button=submit]").first.click()
        self.world.settle()
        self.press("Submit to DingTalk")
        page.wait_for_selector(BAR + "[data-status=running]", timeout=SECONDS * 1000)
        while True:
            waiting = [
                task["userid"]
                for each in self.control("GET", "/approvals/instances")
                if each["status"] == "RUNNING" and REQUEST in str(each)
                for task in self.control(
                    "GET", "/approvals/instances/" + each["id"])["tasks"]
                if task["status"] == "RUNNING"]
            if not waiting:
                break
            phone = self.odoo.phone(waiting[0])
            phone.open_approval(REQUEST).act("agree", remark="Fine")
        page.wait_for_selector(BAR + "[data-status=agreed]", timeout=SECONDS * 1000)
        self.world.settle()

    def check(self):
        self.menu()
        red = self.world.page.locator(".o_data_row.text-danger:visible")
        self.world.check(not red.count(), self.world.text())
        say("From nothing to an approval: %d clicks, %d seconds." % (
            len(self.clicks), time.monotonic() - self.began))


#: Step of the page -> method, where the name is a Python keyword.
KEPT = {"try": "try_"}


def steps(world):
    """Yield the page's steps for a smoke area."""
    walk = Walk(world)
    english, chinese = page_of("en"), page_of("zh_CN")

    def prepare():
        check_twins(english, chinese)
        walk.prepare()

    def take(key, step):
        return lambda: walk.take(KEPT.get(key, key), step)

    yield "both pages about going live name the same steps", prepare
    for key, step in (chinese if world.lang == CHINESE else english).items():
        yield "going live: %s" % key, take(key, step)
