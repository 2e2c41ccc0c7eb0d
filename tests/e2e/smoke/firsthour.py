"""From nothing to an approval by the manual; overview, setup guide, alerts."""

from smoke import _golive
from smoke._odoo import DINGTALK, SETTINGS, Odoo

APPLY = "https://open-dev.dingtalk.com/appscope/apply?content=x"
# One pixel.
PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg==")
LAST_SYNC = "(SELECT max(id) FROM dingding_sync WHERE state IN ('done', 'failed'))"


def steps(world):
    odoo = Odoo(world)
    stack = world.stack
    # Nothing is set up, as in ``make demo FRESH=1``.
    yield from _golive.steps(world)
    corp = [odoo.connected()]
    stack.rpc("dingding.corp", "action_test_connection", corp)

    def overview():
        world.menu(DINGTALK, "dingding.dingding_corp_menu_home")
        text = world.text()
        for term in ("Connection", "Alerts", "Next step", "Attendance (7 days)",
                     "Leave (7 days)", "To-dos", "Cards (7 days)"):
            world.check(odoo.said(term) in text, "%s is not there" % term)
        odoo.shoot("overview")

    def from_settings():
        world.client.click_menu(world, odoo.page, [SETTINGS], [SETTINGS])
        named = "[data-menu-xmlid='dingding.dingding_menu_settings']:visible"
        if not odoo.page.locator(named).count():
            odoo.page.locator(world.client.more).first.click()
        # In 11 the section of the menu has the name too.
        link = odoo.page.locator("a" + named)
        entry = link if link.count() else odoo.page.locator(named)
        # The page is loaded anew.
        entry.first.click()
        odoo.page.locator(
            "button:visible", has_text=odoo.said("Test connection")).first.wait_for()
        world.settle()
        # Not only the overview, but also the app's menu.
        odoo.page.locator(
            "[data-menu-xmlid='dingding.dingding_menu_people']:visible, "
            "[data-menu-xmlid='dingding.dingding_user_menu']:visible"
        ).first.wait_for()
        odoo.shoot("app opened from the settings")

    def menu_bar():
        """Each section is in the bar."""
        world.menu(DINGTALK, "dingding.dingding_corp_menu_home")
        world.check(
            odoo.page.viewport_size["width"] <= 1366,
            "the page is %s wide" % odoo.page.viewport_size)
        more = odoo.page.locator(world.client.more)
        world.check(
            not any(each.is_visible() for each in more.all()),
            "sections are behind %s" % world.client.more)

    def warnings():
        # The demo runs on 127.0.0.1.
        world.check("127.0.0.1" in odoo.page.inner_text("body"), "no warning")
        world.check(
            odoo.page.locator(
                ".o_dingding_copy, .o_clipboard_button, .o_btn_char_copy").count(),
            "there is nothing to copy with")

    def following():
        # 11 and 12 give buttons no name.
        return odoo.page.locator(
            "button:visible", has_text=odoo.said("Next step")).first

    def hide():
        odoo.press("Hide setup")
        following().wait_for(state="hidden")
        odoo.shoot("setup hidden")
        odoo.press("Show setup")
        following().wait_for()

    def next_step():
        odoo.press("Next step")
        odoo.shoot("next step")

    def drawing():
        world.menu(DINGTALK, "dingding.dingding_corp_menu_home")
        odoo.page.locator("tbody .fa-map-o:visible").first.click()
        image = odoo.page.locator(".modal [name=drawing] img")
        image.wait_for()
        world.check(
            image.evaluate("node => node.complete && node.naturalWidth > 0"),
            "the drawing is not a picture")
        world.check(image.get_attribute("alt"), "the drawing has no text")
        odoo.shoot("page of DingTalk's console")
        odoo.close_dialog()

    def failed():
        stack.query("UPDATE dingding_sync SET state = 'failed',"
                    " last_error = '系统繁忙', error_remedy = 'server_busy'"
                    " WHERE id = " + LAST_SYNC)
        try:
            stack.rpc("dingding.alert", "action_check", [])
            world.menu(DINGTALK, "dingding.dingding_alert_menu")
            odoo.shoot("alerts")
            odoo.rows().first.click()
            world.settle()
            world.check("系统繁忙" in world.text(), "no error")
            odoo.shoot("alert")
        finally:
            stack.query("UPDATE dingding_sync SET state = 'done', last_error = NULL,"
                        " error_remedy = NULL WHERE id = " + LAST_SYNC)
            stack.rpc("dingding.alert", "action_check", [])
        states = {row["state"] for row in stack.rpc(
            "dingding.alert", "search_read", [("kind", "=", "sync")], ["state"])}
        world.check(states == {"solved"}, "it is %s" % states)

    def error_links():
        stack.query(
            "UPDATE dingding_sync SET state = 'failed', last_error = '[60011] %s',"
            " error_remedy = 'permission' WHERE id = %s" % (APPLY, LAST_SYNC))
        try:
            number = int(stack.query(LAST_SYNC[1:-1]))
            world.action("dingding.dingding_sync_action", number)
            for start in (APPLY, "https://github.com/"):
                link = ".o_form_view a[href^='%s']:visible" % start
                world.check(
                    odoo.page.locator(link).count(), "no link to %s" % start)
            said = odoo.page.locator(".o_form_view").inner_text().count(APPLY)
            world.check(said == 1, "the error is there %d times" % said)
            odoo.shoot("error with its links")
        finally:
            stack.query("UPDATE dingding_sync SET state = 'done', last_error = NULL,"
                        " error_remedy = NULL WHERE id = " + LAST_SYNC)

    def match():
        world.menu(DINGTALK, "dingding.dingding_user_menu_match")
        odoo.rows().first.wait_for()
        wide, room = odoo.page.evaluate(
            "[document.querySelector('.o_content table').scrollWidth,"
            " document.querySelector('.o_content').clientWidth]")
        world.check(wide <= room, "the list is %d wide in %d" % (wide, room))
        heads = odoo.page.locator(world.client.heads).all_inner_texts()
        world.check(odoo.said("No employee needed") not in heads, heads)
        odoo.shoot("match people")

    def template():
        stack.rpc("dingding.corp", "action_make_template", corp)
        found = stack.rpc(
            "dingding.corp", "read", corp, ["template_user_id", "create_users"])[0]
        world.check(found["create_users"] == "template", found)
        world.action("dingding.dingding_corp_action", corp[0])
        odoo.tabs().filter(has_text=odoo.said("Synchronisation")).click()
        odoo.shoot("template user")
        stack.rpc("dingding.corp", "write", corp, {
            "create_users": "never", "template_user_id": False})

    def views():
        first = stack.rpc("dingding.user", "search", [], limit=1)
        stack.rpc("dingding.user", "write", first, {"image": PICTURE})
        world.action("dingding.dingding_user_action", view="kanban")
        cards = ".o_kanban_record:visible "
        world.check(odoo.page.locator(cards + "img").count() == 1, "no picture")
        world.check(odoo.page.locator(cards + ".o_dingding_no_image").count() > 1,
                    "no silhouettes")
        below, name = odoo.page.evaluate(
            "['.o_dingding_no_image', '.o_dingding_no_image + div strong'].map("
            "each => document.querySelector('.o_kanban_record ' + each)"
            ".getBoundingClientRect()).map((box, text) => text ? box.top : box.bottom)")
        world.check(name < below, "the name is below the picture")
        odoo.shoot("people as cards")
        world.menu(DINGTALK, "dingding.dingding_user_menu_match")
        odoo.page.locator(
            ".o_cp_switch_kanban:visible, .o_switch_view.o_kanban:visible"
        ).first.click()
        odoo.page.locator(".o_kanban_record:visible", has_text=odoo.said(
            "Create employee")).first.wait_for()
        odoo.shoot("people to match as cards")
        world.action("dingding.dingding_department_action", view="kanban")
        odoo.shoot("departments as cards")
        number, = stack.rpc("dingding.department", "search", [("dept_id", "=", "1")])
        world.action("dingding.dingding_department_action", number)
        odoo.tabs().filter(has_text=odoo.said("Chart")).click()
        world.settle()
        world.check(
            odoo.page.locator(".o_dingding_chart li li:visible a").count(),
            "the chart is empty")
        odoo.shoot("chart of departments")
        world.action("dingding.dingding_corp_action_home", view="kanban")
        odoo.shoot("organisations as cards")
        for action in (
            "dingding.dingding_message_action",
            "dingding_callback.dingding_event_action",
            "dingding_approval.dingding_approval_action",
            "dingding_signin.dingding_signin_log_action",
        ):
            for view in ("graph", "pivot"):
                world.action(action, view=view)
                odoo.shoot("%s as %s" % (action.split(".")[1], view))

    def organisation():
        world.menu(DINGTALK, "dingding.dingding_corp_menu")
        odoo.rows().first.click()
        world.settle()
        odoo.shoot("organisation with its last test")
        box, sheet = odoo.page.evaluate(
            "['.o_form_view .o_notebook', '.o_form_sheet'].map(each => Math.ceil("
            "document.querySelector(each).getBoundingClientRect().right))")
        world.check(box <= sheet, "the pages end at %d, the form at %d" % (box, sheet))

    def in_chinese():
        with world.chinese():
            overview()
            drawing()
            menu_bar()
            failed()
            views()
            organisation()

    yield "the app opens with the overview", overview
    yield "Settings > DingTalk opens the app", from_settings
    yield "the menu fits the screen", menu_bar
    yield "the overview warns of an address that nobody can reach", warnings
    yield "the setup guide is hidden and shown", hide
    yield "the next step opens its form", next_step
    yield "a step shows its page of DingTalk's console", drawing
    yield "a failed sync makes an alert, which closes itself", failed
    yield "an error has links to what to do", error_links
    yield "the list of people to match fits the screen", match
    yield "a template user is made with a click", template
    yield "cards and charts", views
    yield "the organisation says when it was tested", organisation
    yield "the same in Chinese", in_chinese
