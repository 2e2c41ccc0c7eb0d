"""Connect an organisation, test the connection, read departments and people."""

import time

from smoke._odoo import CORP, DINGTALK, Odoo

from tools.world import CHINESE, ENGLISH

LATENCY = 1200  # milliseconds an answer, to make the bar visible
LINES = 14  # of the connection test


def steps(world):
    odoo = Odoo(world)
    ready = world.stack.simulator
    control = odoo.control
    linked = next(
        each for each in control.users()
        if each["active"] and each["mobile"] and each["state_code"] == "86"
        and each["admin_level"] == 0)

    # -- the organisation ---------------------------------------------------------

    def open_list():
        world.menu(DINGTALK, "dingding.dingding_corp_menu")
        world.check(odoo.rows().count() == 0, "there is an organisation already")
        odoo.shoot("no organisation yet")

    def create():
        world.button("Create")
        odoo.type(
            name=CORP, app_key=ready.app_key, app_secret=ready.app_secret,
            agent_id=ready.agent_id, corp_id=ready.corp_id)
        world.check(
            world.input("app_secret").get_attribute("type") == "password",
            "the secret can be read while it is typed")
        odoo.shoot("organisation typed in")
        odoo.form("save")
        odoo.shoot("organisation saved")

    def masked():
        # Some series mask it like passwords.
        masks = ("********", "\u2022" * 8)
        shown = odoo.value("app_secret")
        world.check(shown in masks, "the secret is shown as %r" % shown)
        odoo.form("edit")
        typed = world.input("app_secret").input_value()
        world.check(typed in masks, "the form knows the secret: %r" % typed)
        world.check(ready.app_secret not in odoo.page.content(), "it is in the page")
        world.button("Discard")

    def by_program():
        told = world.stack.rpc("dingding.corp", "search_read", [], [])
        world.check(ready.app_secret not in str(told), "the secret is told by RPC")

    yield "the list of organisations is found in the app", open_list
    yield "an organisation is made and saved", create
    yield "the secret is masked, also while editing", masked
    yield "the secret is told to no program either", by_program

    # -- the connection test -------------------------------------------------------

    def lines(state):
        return odoo.page.locator(".modal .o_data_row.text-%s" % {
            "ok": "success", "problem": "danger", "warning": "warning",
            "unchecked": "muted"}[state])

    def all_green():
        world.check(lines("ok").count() == LINES, "%d lines are green:\n%s" % (
            lines("ok").count(), odoo.dialog()))
        world.check(
            odoo.page.locator(".modal .alert-success:visible").count() == 1,
            "the summary is not green")

    def one_red(*words):
        world.check(lines("problem").count() == 1, "%d lines are red:\n%s" % (
            lines("problem").count(), odoo.dialog()))
        text = lines("problem").inner_text()
        for word in words:
            world.check(word in text, "%r is not in the red line %r" % (word, text))

    def good_connection():
        odoo.press("Test connection")
        all_green()
        odoo.shoot("connection is good")
        odoo.close_dialog()

    def set_secret(secret):
        odoo.form("edit")
        odoo.type(app_secret=secret)
        odoo.form("save")

    def wrong_secret():
        set_secret("wrong" + ready.app_secret)
        odoo.press("Test connection")
        one_red("AppKey and AppSecret", "Compare AppKey")
        address = lines("problem").locator("a").get_attribute("href")
        world.check("open-dev.dingtalk.com" in address, "no page of the console")
        odoo.shoot("wrong secret")
        odoo.close_dialog()
        set_secret(ready.app_secret)

    def address_refused():
        odoo.console().open("apps").send("app", ip_whitelist="192.0.2.7")
        odoo.press("Test connection")
        one_red("127.0.0.1", "服务器出口IP")
        odoo.shoot("address is not in the white list")

    def address_allowed():
        console = odoo.console().open("apps")
        console.send("app", ip_whitelist="192.0.2.7\n127.0.0.1")
        odoo.shoot("white list in the console", console.page)
        odoo.press("Test again")
        all_green()
        odoo.close_dialog()

    def set_permission(name, granted):
        console = odoo.console().open("apps")
        console.page.set_checked("[data-testid=scope][value=%s]" % name, granted)
        console.send("app")

    def permission_missing():
        set_permission("qyapi_get_department_member", False)
        odoo.press("Test connection")
        one_red("Permission: read the people", "qyapi_get_department_member")
        odoo.shoot("permission is missing")
        set_permission("qyapi_get_department_member", True)
        odoo.press("Test again")
        all_green()
        odoo.close_dialog()

    yield "the connection test is green", good_connection
    yield "a wrong secret is red, with what to do", wrong_secret
    yield "an address that the white list lacks is named", address_refused
    yield "after it was added all is green", address_allowed
    yield "a missing permission is named", permission_missing

    # -- departments and people ----------------------------------------------------

    def open_organisation():
        world.menu(DINGTALK, "dingding.dingding_corp_menu")
        odoo.open_row(CORP)

    def watch_run():
        """Wait for the end of the sync; return the states of the bar."""
        shown = []
        deadline = time.monotonic() + 60
        while odoo.state() != "Done":
            world.check(time.monotonic() < deadline, "the run does not end")
            frame = odoo.page.locator("iframe.o_dingding_progress")
            if frame.count():
                bar = odoo.page.frame_locator("iframe.o_dingding_progress").locator(
                    "[role=progressbar]")
                try:
                    value = bar.get_attribute("aria-valuenow", timeout=500)
                except Exception:  # the form has reloaded meanwhile
                    continue
                if value is not None and (not shown or shown[-1] != int(value)):
                    shown.append(int(value))
                    if len(shown) == 3:
                        world.picture("the bar moves")
            odoo.page.wait_for_timeout(100)
        world.settle()
        return shown

    def counts():
        names = (
            "departments_read", "departments_created", "departments_updated",
            "departments_archived", "users_read", "users_created", "users_updated",
            "users_archived", "links_made")
        return {name: int(odoo.value(name)) for name in names
                if world.page.locator("[name='%s']:visible" % name).count()}

    def nothing_new(found):
        changed = {name: value for name, value in found.items()
                   if value and not name.endswith("_read")}
        world.check(not changed, "changed: %s" % changed)

    def full_names():
        known = {each["dept_id"]: each for each in control("GET", "/departments")}

        def full_name(each):
            if each["dept_id"] == 1:
                return CORP
            if each["parent_id"] == 1:
                # Names do not include the organisation's.
                return each["name"]
            return "%s / %s" % (full_name(known[each["parent_id"]]), each["name"])

        return sorted(full_name(each) for each in known.values())

    def deeper():
        """Add a third level in DingTalk."""
        first = next(each for each in control("GET", "/departments")
                     if each["parent_id"] == 1)
        console = odoo.console().open("people", dept=first["dept_id"])
        console.page.click("[data-testid=new-department]")
        console.send("new-department", name="平台研发部")

    def get_departments():
        deeper()
        open_organisation()
        odoo.press("Get departments")
        watch_run()
        found = counts()
        world.check(
            found["departments_created"] == found["departments_read"]
            == len(full_names()), "counts are %s" % found)
        odoo.shoot("departments were read")

    def tree():
        world.menu(DINGTALK, "dingding.dingding_department_menu")
        shown = odoo.column("Full name")
        world.check(sorted(shown) == full_names(), "the tree is %s" % shown)
        names = odoo.page.locator(
            ".o_list_view tbody tr.o_data_row td:nth-child(2)").all_text_contents()
        depths = {len(name) - len(name.lstrip("\u2003\u3000\xa0 ")) for name in names}
        world.check(len(depths) == 3, "levels are not set in: %s" % names)
        odoo.shoot("departments with their tree")

    def get_users():
        control("PATCH", "/settings", {"latency": LATENCY})
        open_organisation()
        odoo.press("Get users")
        shown = watch_run()
        control("PATCH", "/settings", {"latency": 0})
        world.check(len(shown) >= 3, "the bar did not move: %s" % shown)
        world.check(shown == sorted(shown), "the bar went back: %s" % shown)
        people = len(control.users())
        found = counts()
        world.check(
            found["users_read"] == found["users_created"] == people,
            "counts are %s, DingTalk has %d people" % (found, people))
        world.check(found["departments_created"] == 0, "departments are doubled")
        odoo.shoot("people were read")

    def log():
        world.menu(DINGTALK, "dingding.dingding_sync_menu")
        world.check(odoo.total() == 2, "there are %d runs" % odoo.total())
        odoo.shoot("log of runs")

    def people():
        world.menu(DINGTALK, "dingding.dingding_user_menu")
        world.check(odoo.total() == len(control.users()), "%d people" % odoo.total())
        odoo.shoot("people")
        known = {(each["name"], each["mobile"], each["title"])
                 for each in control.users()}
        shown = set(zip(*map(odoo.column, ("Name", "Mobile", "Job title"))))
        world.check(shown <= known, "DingTalk has not: %s" % (shown - known))
        odoo.open_row(linked["name"])
        for name in ("userid", "unionid", "mobile", "job_number"):
            world.check(odoo.value(name) == linked[name], "%s is %r" % (
                name, odoo.value(name)))
        odoo.shoot("person")

    def second_press():
        for button in ("Get departments", "Get users"):
            open_organisation()
            odoo.press(button)
            watch_run()
            nothing_new(counts())
        odoo.shoot("second reading")
        world.menu(DINGTALK, "dingding.dingding_user_menu")
        world.check(odoo.total() == len(control.users()), "people are doubled")

    def link():
        world.stack.rpc("res.users", "create", {
            "name": "Ding Wang", "login": "wang", "password": "wang",
            world.client.mobile: "+86 " + linked["mobile"]})
        open_organisation()
        # Users write their own mobile, so a manager confirms such a link.
        odoo.press("Get users")
        watch_run()
        world.check(not counts().get("links_made"), "a link that nobody has confirmed")
        open_organisation()
        odoo.press("Synchronise...")
        odoo.wait_for_sync("Awaiting manager")
        odoo.press("Apply all")
        watch_run()
        found = counts()
        world.check(found["links_made"] == 1, "%d links" % found["links_made"])
        world.menu(DINGTALK, "dingding.dingding_user_menu")
        odoo.search(linked["mobile"])
        odoo.open_row(linked["name"])
        world.check(odoo.value("user_id") == linked["name"], odoo.value("user_id"))
        world.check(odoo.value("link_rule") == "Verified mobile", "the rule")
        odoo.shoot("linked person")

    def busy_day():
        console = odoo.console()
        console.dismiss(next(
            each["userid"] for each in control.users()
            if not each["leader_in"] and not each["admin_level"]
            and each["userid"] != linked["userid"]))
        console.hire("新来的", "13911112222")
        open_organisation()
        odoo.press("Get users")
        watch_run()
        found = counts()
        world.check(
            (found["users_created"], found["users_archived"]) == (1, 1),
            "counts are %s" % found)

    def overview():
        open_organisation()
        odoo.press("Overview")
        people = len(control.users())
        row = odoo.rows().filter(has_text="without a user").first.inner_text()
        world.check(str(people) in row, "the row says %s" % row)
        odoo.shoot("overview")

    yield "departments are read", get_departments
    yield "they are in a tree, as in DingTalk", tree
    yield "people are read, and the bar moves", get_users
    yield "the log has both runs", log
    yield "people are listed as in DingTalk", people
    yield "reading again brings nothing new", second_press
    yield "who has the same mobile is linked", link
    yield "who comes and goes in DingTalk comes and goes here", busy_day
    yield "the overview says how the organisation is doing", overview

    # -- Chinese -------------------------------------------------------------------

    def in_chinese():
        world.language(CHINESE)
        try:
            world.menu(DINGTALK, "dingding.dingding_corp_menu")
            odoo.shoot("organisations")
            odoo.open_row(CORP)
            odoo.shoot("organisation")
            for number in range(odoo.tabs().count()):
                odoo.tabs().nth(number).click()
                odoo.shoot("page %d of an organisation" % (number + 1), tall=True)
            odoo.press("Overview")
            odoo.shoot("overview")
            open_organisation()
            control("PATCH", "/settings", {"ip_whitelist": ["192.0.2.7"]})
            odoo.press("Test connection")
            odoo.shoot("connection test")
            odoo.close_dialog()
            control("PATCH", "/settings", {"ip_whitelist": []})
            for menu in ("department", "user", "sync", "token"):
                world.menu(DINGTALK, "dingding.dingding_%s_menu" % menu)
                odoo.shoot("list of %ss" % menu)
                odoo.rows().first.click()
                world.settle()
                odoo.shoot("form of a " + menu)
        finally:
            control("PATCH", "/settings", {"ip_whitelist": []})
            world.language(ENGLISH)

    yield "the same in Chinese", in_chinese
