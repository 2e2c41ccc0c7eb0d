"""Pictures of the addon ``dingding``."""

import re

from smoke._odoo import CORP, DINGTALK, EMPLOYEE, Odoo

ADDRESS = "https://odoo.example.com/web#id=42"


def screens(world):
    odoo = Odoo(world)
    control = odoo.control
    odoo.connected()
    people = odoo.colleagues()
    first, second = people[:2]
    odoo.employee(first)

    def settings_list(menu):
        world.menu(DINGTALK, "dingding.dingding_%s_menu" % menu)

    def organisation():
        settings_list("corp")
        odoo.open_row(CORP)

    def tab(number):
        odoo.tabs().nth(number).click()
        world.settle()

    def connection():
        organisation()
        odoo.press("Test connection")

    def connection_refused():
        odoo.close_dialog()
        control("PATCH", "/settings", {"ip_whitelist": ["192.0.2.7"]})
        odoo.press("Test connection")
        control("PATCH", "/settings", {"ip_whitelist": []})

    def linking():
        organisation()
        name = re.compile(r"^\s*%s\s*$" % odoo.said("Linking"))
        odoo.tabs().filter(has_text=name).click()

    def progress():
        control("PATCH", "/settings", {"latency": 1500})
        organisation()
        odoo.press("Get users")
        bar = odoo.page.frame_locator("iframe.o_dingding_progress").locator(
            "[role=progressbar]")
        for _look in range(100):
            if int(bar.get_attribute("aria-valuenow")) >= 20:
                break
            odoo.page.wait_for_timeout(100)
        # The bar is animated.
        odoo.page.wait_for_timeout(700)

    def run():
        control("PATCH", "/settings", {"latency": 0})
        odoo.page.locator("iframe.o_dingding_progress").wait_for(state="hidden")
        world.settle()

    def departments():
        settings_list("department")

    def department():
        odoo.rows().nth(1).click()
        world.settle()

    def users():
        settings_list("user")

    def user():
        odoo.search(first["userid"])
        odoo.open_row(first["name"])

    def write():
        odoo.press("Send message")
        odoo.choose("dingding.send", "kind", "oa")
        odoo.type(title="采购申请 PO00042", text="请在今天内审批。", url=ADDRESS)
        odoo.add_line("row_ids", label="申请人", value="王小明")
        odoo.add_line("row_ids", label="金额", value="12,600.00 元")

    def message():
        odoo.press("Send")
        wait_until_sent()
        world.stack.rpc("dingding.message", "send", False, {
            "dingding.user": world.stack.rpc("dingding.user", "search", [
                ("userid", "in", [first["userid"], second["userid"]])])},
            "各位同事：今天下午三点开会。")
        odoo.phone(first["userid"]).wait_for("三点开会")
        phone = odoo.phone(first["userid"]).open_message("三点开会")
        phone.back()
        settings_list("message")
        odoo.open_row("三点开会")
        wait_until_sent()
        odoo.press("Refresh status")
        tab(1)

    def wait_until_sent():
        for _look in range(50):
            if odoo.state() == odoo.said("Sent"):
                return
            odoo.page.reload()
            world.settle()
        raise AssertionError("It is not sent: " + odoo.state())

    def messages():
        settings_list("message")

    def phone():
        return odoo.phone(first["userid"]).page

    def my_messages():
        page = world.as_user(EMPLOYEE, EMPLOYEE)
        return world.menu(
            DINGTALK, "dingding.dingding_message_recipient_menu_mine", page=page)

    def runs():
        settings_list("sync")

    def match():
        # Some at the top of the list who can be proposed.
        rows = world.stack.rpc(
            "dingding.user", "search_read",
            [("user_id", "=", False), ("mobile_number", "!=", False)],
            ["name", "mobile_number"], 0, 6)
        for row in rows[::2]:
            world.stack.rpc("res.users", "create", {
                "name": row["name"], "login": "colleague%d" % row["id"],
                world.client.mobile: row["mobile_number"]})
        world.menu(DINGTALK, "dingding.dingding_user_menu_match")
        odoo.rows().first.wait_for()

    def application():
        world.menu(DINGTALK, "dingding.dingding_app_menu")
        odoo.rows().first.click()
        world.settle()

    def tokens():
        settings_list("token")

    yield "organisation", connection
    yield "connection-refused", connection_refused
    yield "linking", linking
    yield "sync-progress", progress
    yield "run", run
    yield "departments", departments
    yield "department", department
    yield "users", users
    yield "user", user
    yield "send", write
    yield "message", message
    yield "messages", messages
    yield "phone", phone
    yield "my-messages", my_messages
    yield "runs", runs
    yield "application", application
    yield "tokens", tokens
    yield "match-people", match
