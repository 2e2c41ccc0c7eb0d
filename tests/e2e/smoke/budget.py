"""Billed calls are counted, compared with the cap, and run out."""

import house
from smoke._odoo import DINGTALK, Odoo

SECONDS = 90  # counts are written after ten seconds


def steps(world):
    odoo = Odoo(world)
    control, stack = odoo.control, world.stack
    corp = odoo.connected()
    person = int(stack.query(
        "SELECT id FROM dingding_user WHERE active ORDER BY id LIMIT 1"))

    def send(text):
        return stack.rpc(
            "dingding.message", "send", False, {"dingding.user": [person]}, text)[0]

    def state(message):
        return stack.query(
            "SELECT state FROM dingding_message_task WHERE message_id = %d" % message)

    def page():
        odoo.organisation("Budget")

    # -- caps ---------------------------------------------------------------------

    def edition():
        page()
        odoo.form("edit")
        odoo.tabs().filter(has_text=odoo.said("Budget")).click()
        odoo.choose("dingding.corp", "budget_edition", "standard")
        odoo.form("save")
        cap = stack.query("SELECT budget_api_cap, budget_push_cap FROM dingding_corp"
                          " WHERE id = %d" % corp)
        world.check(cap == "5000|3000", cap)
        odoo.shoot("budget of the organisation")

    yield "the edition sets the caps", edition

    # -- counting -----------------------------------------------------------------

    def counted():
        message = send("Hello")
        house.wait_until(lambda: state(message) == "done", SECONDS, "the message")
        house.wait_until(
            lambda: stack.query("SELECT sum(count) FROM dingding_call_count"
                                " WHERE feature = 'messages'"), SECONDS, "the count")
        world.menu(DINGTALK, "dingding.dingding_call_count_menu")
        odoo.shoot("API usage by day and feature")
        world.menu(DINGTALK, "dingding.dingding_budget_course_menu")
        odoo.shoot("the month against the cap")

    def overview():
        page()
        odoo.press("Overview")
        odoo.shoot("cost of each feature on the overview")
        world.check("Cost: Work notifications" in world.text(), world.text())

    yield "calls are counted by feature", counted
    yield "the overview shows what each feature costs", overview

    # -- the console's numbers, and prices -------------------------------------------

    def console():
        page()
        odoo.press("Read from DingTalk")
        world.settle()
        read = stack.query("SELECT budget_typed_api, budget_read_at IS NOT NULL"
                           " FROM dingding_corp WHERE id = %d" % corp)
        world.check(read.endswith("|t") and not read.startswith("0|"), read)
        granted = control("GET", "/settings")["scopes"]
        control("PATCH", "/settings", {
            "scopes": [one for one in granted if one != "Meter.Usage.Read"]})
        try:
            page()
            odoo.press("Read from DingTalk")
            odoo.shoot("DingTalk denies the usage")
            odoo.close_dialog()
        finally:
            control("PATCH", "/settings", {"scopes": granted})
        left = stack.query("SELECT budget_typed_api FROM dingding_corp"
                           " WHERE id = %d" % corp)
        world.check(left == read.split("|")[0], left)

    def prices():
        page()
        price = odoo.value("message_results_price")
        world.check("When opened: about" in price, price)
        odoo.tabs().filter(has_text=odoo.said("Approvals")).click()
        world.settle()
        world.check("about 0 calls" in odoo.value("approval_poll_price"),
                    odoo.value("approval_poll_price"))
        odoo.shoot("what polling costs")

    yield "the console's numbers are filled in where DingTalk allows it", console
    yield "each policy says what it costs", prices

    # -- used up ------------------------------------------------------------------

    def used_up():
        control("PATCH", "/settings", {"monthly_quota": 0})
        try:
            message = send("Later")
            house.wait_until(
                lambda: state(message) == "retry", SECONDS, "the refusal")
            page()
            notice = odoo.value("budget_notice")
            world.check("refused" in notice, notice)
            odoo.shoot("DingTalk refuses billed calls")
        finally:
            control("PATCH", "/settings", {"monthly_quota": None})
        odoo.form("edit")
        odoo.tabs().filter(has_text=odoo.said("Budget")).click()
        odoo.choose("dingding.corp", "budget_edition", "professional")
        odoo.form("save")
        house.wait_until(lambda: state(message) == "done", SECONDS, "the message")
        page()
        odoo.shoot("more was bought")

    yield "used up is shown, and goes on when more is bought", used_up

    # -- Chinese ------------------------------------------------------------------

    def in_chinese():
        with world.chinese():
            page()
            odoo.shoot("budget of the organisation")
            world.menu(DINGTALK, "dingding.dingding_call_count_menu")
            odoo.shoot("API usage")

    yield "the same in Chinese", in_chinese
