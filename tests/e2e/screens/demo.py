"""Pictures of the organisation of ``make demo``."""

from smoke._odoo import DINGTALK, Odoo

from tools import demo_features, demo_story, paths

ADDRESS = "https://odoo.example.com"
HIGH = 1100  # pixels, for long forms
WINDOW = {"width": 1366, "height": 768}


def screens(world):
    odoo = Odoo(world)
    stack = world.stack
    stack.odoo.start_stream()
    demo_story.Story(
        stack.odoo, stack.simulator, paths.addons() + paths.demonstrations(),
        stack.login, stack.password).tell()

    def high():
        world.page.set_viewport_size(dict(WINDOW, height=HIGH))

    def show(action, model=None, domain=()):
        """Open a list, or the first record found by a domain."""
        world.page.set_viewport_size(WINDOW)
        found = stack.rpc(model, "search", list(domain), 0, 1) if model else [None]
        world.action(action, found[0])

    def overview():
        world.menu(DINGTALK, "dingding.dingding_corp_menu_home")
        high()
        world.settle()

    def setup_page():
        stack.rpc("ir.config_parameter", "set_param", "web.base.url", ADDRESS)
        number, = stack.rpc("dingding.corp", "search", [])
        opened = stack.rpc("dingding.corp", "action_overview", [number])["res_id"]
        step, = stack.rpc("dingding.overview.line", "search", [
            ("overview_id", "=", opened), ("section", "=", "setup"),
            ("key", "=", "signin")])
        world.page.goto("about:blank")
        world.page.goto("%s/web#id=%d&model=dingding.overview.line&view_type=form" % (
            stack.odoo_url, step))
        world.page.wait_for_selector("[name=drawing] img")
        world.settle()

    def day():
        show("dingding_attendance.dingding_attendance_day_action",
             "dingding.attendance.day", [("late_minutes", ">", 0)])

    def exceptions():
        show("dingding_attendance.dingding_attendance_problem_action")

    def check_ins():
        show("dingding_attendance.dingding_checkin_action")

    def leaves():
        show("dingding_holidays.dingding_leave_action")

    def leave_types():
        show("dingding_holidays.dingding_leave_type_action")

    def roster():
        show("dingding_hr.dingding_roster_field_action", "dingding.roster.field",
             [("code", "=", "sys02-birthTime")])

    def chats():
        show("dingding_robot.dingding_chat_message_action")

    def group():
        show("dingding_robot.dingding_group_action", "dingding.group",
             [("name", "=", demo_features.GROUP)])

    def card():
        show("dingding_robot.dingding_card_setup_action", "dingding.card.setup")
        odoo.tabs().filter(has_text=odoo.said("Preview and cost")).click()
        world.settle()

    def to_dos():
        show("dingding_activity.dingding_todo_action")

    yield "overview", overview
    yield "setup-page", setup_page
    yield "attendance-day", day
    yield "attendance-exceptions", exceptions
    yield "field-check-ins", check_ins
    yield "leave", leaves
    yield "leave-types", leave_types
    yield "roster-field", roster
    yield "chat-messages", chats
    yield "group", group
    yield "card-setup", card
    yield "to-dos", to_dos
