"""Pictures of a preview and of the policies."""

from smoke._odoo import CORP, DINGTALK, Odoo

import house


def screens(world):
    odoo = Odoo(world)
    control = odoo.control
    stack = world.stack
    corp = odoo.connected()
    plain = control.plain("senior", "leader_in")

    def organisation():
        world.menu(DINGTALK, "dingding.dingding_corp_menu")
        odoo.open_row(CORP)

    def policies():
        organisation()
        odoo.tabs().filter(has_text=odoo.said("Synchronisation")).click()
        world.settle()
        odoo.tabs().first.evaluate("tab => tab.scrollIntoView()")

    def preview():
        for person, title in zip(plain[:3], ("高级顾问", "项目经理", "技术专家")):
            control("PATCH", "/users/%s" % person["userid"], {"title": title})
        control("PATCH", "/users/%s" % plain[3]["userid"], {"name": "欧阳若兰"})
        control("DELETE", "/users/%s" % plain[4]["userid"])
        control("POST", "/users", {
            "name": "司徒静", "mobile": "13900008888", "title": "会计",
            "depts": plain[0]["depts"]})
        run = stack.rpc("dingding.corp", "action_synchronise", [corp])["res_id"]
        house.wait_until(
            lambda: stack.query(
                "SELECT state FROM dingding_sync WHERE id = %d" % run) == "confirm",
            60, "the preview")
        world.action("dingding.dingding_sync_action", run)
        world.settle()

    def lines():
        odoo.page.locator(
            ".oe_button_box button:has([name='changed_count'])").click()
        world.settle()

    def order():
        world.menu(DINGTALK, "dingding.dingding_department_menu")
        stack.rpc("dingding.corp", "write", [corp], {"leads_structure": "odoo"})
        odoo.rows().first.click()
        world.settle()
        odoo.tabs().filter(has_text=odoo.said("Sub-departments")).click()
        odoo.page.locator(".o_form_button_edit").click()
        world.settle()
        odoo.tabs().filter(has_text=odoo.said("Sub-departments")).click()
        world.settle()

    def log():
        odoo.page.locator(".o_form_button_cancel:visible").click()
        stack.rpc("dingding.corp", "write", [corp], {"leads_structure": "dingtalk"})
        world.menu(DINGTALK, "dingding.dingding_sync_menu")

    yield "policies", policies
    yield "preview", preview
    yield "preview-changes", lines
    yield "department-order", order
    yield "run-log", log
