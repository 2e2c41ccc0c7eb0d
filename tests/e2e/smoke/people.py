"""People in both directions: preview, apply, leaver, archive threshold."""

from smoke._odoo import CORP, DINGTALK, Odoo

import house

SECONDS = 60
MANY = 4  # leavers, with the archive threshold at three


def steps(world):
    odoo = Odoo(world)
    control = odoo.control
    stack = world.stack
    corp = odoo.connected()
    people = control.plain("senior")
    renamed, chosen, gone = people[:3]
    many = people[5:5 + MANY]

    def organisation():
        world.menu(DINGTALK, "dingding.dingding_corp_menu")
        odoo.open_row(CORP)

    def synchronise():
        organisation()
        odoo.press("Synchronise...")
        odoo.wait_for_sync("Awaiting manager")

    def count(kind):
        world.client.show_counts(odoo.page)
        found = odoo.page.locator("[name='%s_count']:visible" % kind)
        return int(found.first.inner_text().split()[0]) if found.count() else 0

    def kind(name):
        """Open the list of a kind of change."""
        world.client.press_count(odoo.page, "%s_count" % name)
        world.settle()

    def search(text):
        """Search; the field needs a keystroke after the value."""
        field = odoo.page.locator(world.client.search)
        field.fill(text)
        field.press("End")
        odoo.page.locator(world.client.suggestion).first.wait_for()
        field.press("Enter")
        world.settle()

    def person(userid, name):
        return stack.rpc("dingding.user", "search_read",
                         ["&", ("userid", "=", userid),
                          "|", ("active", "=", True), ("active", "=", False)],
                         [name])[0][name]

    # -- policies ----------------------------------------------------------------

    def policies():
        organisation()
        odoo.tabs().filter(has_text=odoo.said("Synchronisation")).click()
        world.settle()
        world.check(
            odoo.value("leads_profile") == odoo.said("DingTalk"),
            "DingTalk does not lead at first")
        odoo.shoot("policies of the organisation")

    yield "the policies stand on the organisation", policies

    # -- preview and apply ---------------------------------------------------------

    def rename_in_dingtalk():
        odoo.console().change(renamed["userid"], name="改名甲", title="首席测试官")
        odoo.console().change(chosen["userid"], title="不要写入")

    def preview():
        synchronise()
        world.check(count("changed") == 2, "%d changed" % count("changed"))
        odoo.shoot("preview of a run")
        there = person(renamed["userid"], "name")
        world.check(there == renamed["name"], "it is written already")
        kind("changed")
        world.check(odoo.rows().count() == 2, "%d rows" % odoo.rows().count())
        text = odoo.rows().filter(has_text="改名甲").inner_text()
        world.check("%s \u2192 改名甲" % renamed["name"] in text, "the row says %s" % text)
        odoo.shoot("what would change, field by field")
        search("不要写入")
        found = odoo.rows().count()
        world.check(found == 1, "searching finds %d" % found)

    def leave_out():
        odoo.rows().first.locator("button:visible").first.click()
        world.settle()
        odoo.back()
        world.check(count("left_out") == 1, "%d left out" % count("left_out"))
        odoo.press("Apply selected")
        odoo.wait_for_sync("Done")
        odoo.shoot("a selection was applied")
        world.check(person(renamed["userid"], "name") == "改名甲", "it is not written")
        world.check(
            person(chosen["userid"], "title") != "不要写入", "it is written all the same")

    def apply_all():
        synchronise()
        world.check(count("changed") == 1, "%d changed" % count("changed"))
        odoo.press("Apply all")
        odoo.wait_for_sync("Done")
        world.check(person(chosen["userid"], "title") == "不要写入", "it is not written")

    yield "a person is renamed in DingTalk's console", rename_in_dingtalk
    yield "the preview shows it and writes nothing", preview
    yield "a selection of it is applied", leave_out
    yield "the rest is applied", apply_all

    # -- a leaver ------------------------------------------------------------------

    def leaver():
        odoo.console().dismiss(gone["userid"])
        synchronise()
        world.check(count("leaver") == 1, "%d left" % count("leaver"))
        kind("leaver")
        odoo.shoot("who has left")
        odoo.back()
        odoo.press("Apply all")
        odoo.wait_for_sync("Done")
        world.check(person(gone["userid"], "active") is False, "the leaver is active")

    yield "a leaver is shown and archived", leaver

    # -- the threshold ---------------------------------------------------------------

    def threshold():
        stack.rpc("dingding.corp", "write", [corp],
                  {"archive_threshold_people": MANY - 1,
                   "archive_threshold_percent": 1})
        for each in many:
            control("DELETE", "/users/%s" % each["userid"])
        organisation()
        odoo.press("Get users")
        odoo.wait_for_sync("Awaiting manager")
        odoo.shoot("archive threshold asks")
        world.check(
            all(person(each["userid"], "active") for each in many), "they are archived")
        world.check(told() >= 1, "nobody was told")

    def told():
        return int(stack.query(
            "SELECT count(*) FROM mail_activity WHERE res_model = 'dingding.sync'"))

    def anyway():
        odoo.press("Apply anyway")
        odoo.confirm()
        odoo.wait_for_sync("Done")
        world.check(
            not any(person(each["userid"], "active") for each in many),
            "they are not archived")
        world.check(told() == 0, "the activity is left")

    yield "too many leavers stop the run and managers are told", threshold
    yield "a manager applies it anyway", anyway

    # -- from Odoo to DingTalk --------------------------------------------------------

    def odoo_leads():
        organisation()
        odoo.form("edit")
        odoo.tabs().filter(has_text=odoo.said("Synchronisation")).click()
        odoo.choose("dingding.corp", "leads_profile", "odoo")
        odoo.form("save")

    def rename_in_odoo():
        world.menu(DINGTALK, "dingding.dingding_user_menu")
        search(renamed["userid"])
        odoo.open_row("改名甲")
        odoo.form("edit")
        odoo.type(title="在Odoo改名")
        odoo.form("save")
        house.wait_until(
            lambda: control("GET", "/users/%s" % renamed["userid"])["title"]
            == "在Odoo改名", SECONDS, "DingTalk does not have it")
        odoo.shoot("changed in Odoo")
        console = odoo.console().person(renamed["userid"])
        odoo.shoot("the same in DingTalk", console.page)

    def both():
        """A change on both sides: Odoo leads, and a conflict is listed."""
        odoo.console().change(renamed["userid"], title="在钉钉改名")
        organisation()
        odoo.press("Get users")
        odoo.wait_for_sync("Done")
        world.check(
            person(renamed["userid"], "title") == "在Odoo改名", "DingTalk's was taken")
        world.check(count("conflict") == 1, "%d conflicts" % count("conflict"))
        kind("conflict")
        odoo.shoot("conflicts of the run")
        house.wait_until(
            lambda: control("GET", "/users/%s" % renamed["userid"])["title"]
            == "在Odoo改名", SECONDS, "DingTalk's change was not taken back")

    yield "Odoo leads names and profile", odoo_leads
    yield "a title changed in Odoo arrives in DingTalk", rename_in_odoo
    yield "what DingTalk changed against it is a conflict", both

    # -- linked records ---------------------------------------------------------------

    linked = people[-1]

    def follow():
        """A linked user is in the preview, and follows when it is applied."""
        stack.rpc("dingding.corp", "write", [corp], {"leads_profile": "dingtalk"})
        names = stack.rpc("dingding.follow", "search", [
            ("corp_id", "=", corp), ("model_name", "=", "res.users"),
            ("field_name", "=", "name")])
        stack.rpc("dingding.follow", "write", names, {"leader": "group"})
        organisation()
        odoo.tabs().filter(has_text=odoo.said("Linked fields")).click()
        world.settle()
        odoo.shoot("who leads the fields of linked records")
        user = stack.rpc("res.users", "create", {
            "name": "Linked", "login": "smoke-linked@example.com"})
        row = stack.rpc(
            "dingding.user", "search", [("userid", "=", linked["userid"])])
        stack.rpc("dingding.user", "write", row, {"user_id": user})
        odoo.console().change(linked["userid"], name="跟随乙")
        synchronise()
        world.check(count("follow") >= 1, "%d linked records" % count("follow"))
        kind("follow")
        text = odoo.rows().filter(has_text="跟随乙").first.inner_text()
        world.check("Linked \u2192 跟随乙" in text, "the row says %s" % text)
        odoo.shoot("linked records in the preview")
        odoo.back()
        odoo.press("Apply all")
        odoo.wait_for_sync("Done")
        name = stack.rpc("res.users", "read", [user], ["name"])[0]["name"]
        world.check(name == "跟随乙", "the user is called %s" % name)

    yield "a linked user follows DingTalk", follow

    # -- matching ---------------------------------------------------------------------

    alike, left_alone = people[3:5]

    def to_match(each):
        """Open the people to match; return a person's row."""
        world.menu(DINGTALK, "dingding.dingding_user_menu_match")
        search(each["userid"])
        world.check(odoo.rows().count() == 1, "%d rows" % odoo.rows().count())
        return odoo.rows().first

    def match():
        """Link a person to the user with the same mobile."""
        names = stack.rpc("res.users", "fields_get", [], ["type"])
        stack.rpc("res.users", "create", {
            "name": "Likely", "login": "smoke-likely@example.com",
            "mobile" if "mobile" in names else "phone": "+%s %s" % (
                alike["state_code"], alike["mobile"])})
        row = to_match(alike)
        text = row.inner_text()
        for word in ("Likely", odoo.said("Awaiting manager: users can change this "
                                         "value")):
            world.check(word in text, "the row says %s" % text)
        odoo.shoot("people to match")
        row.locator("button:visible").first.click()
        world.settle()
        world.check(
            person(alike["userid"], "user_id")[1] == "Likely", "nobody is linked")

    def ignore():
        to_match(left_alone).locator("button:visible").last.click()
        world.settle()
        world.check(person(left_alone["userid"], "user_ignored"), "not ignored")
        world.menu(DINGTALK, "dingding.dingding_user_menu_links")
        search(left_alone["userid"])
        odoo.shoot("report of links")
        odoo.rows().first.locator("button:visible").last.click()
        world.settle()
        world.check(not person(left_alone["userid"], "user_ignored"), "still ignored")

    yield "a person is matched by a click", match
    yield "a person is ignored and taken back", ignore
