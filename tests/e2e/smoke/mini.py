"""The example mini-program: enabled, scanned, submitted, agreed."""

import house
from smoke._odoo import EMPLOYEE, Odoo

from tools import browser
from tools.mini_program import Program
from tools.world import CHINESE, ENGLISH, watch

MODEL = "dingding.demo.purchase"
SUBJECT = "会议室椅子"


def steps(world):
    odoo = Odoo(world)
    control, stack = odoo.control, world.stack
    state = {}

    def tick(name):
        box = world.field(name).locator("input[type=checkbox]")
        box.evaluate("each => each.click()")
        world.settle()

    def admin():
        corp = state["corp"] = odoo.connected()
        house.subscribe(stack, corp)
        house.get_templates(stack, corp)
        stack.rpc("dingding.corp", "write", [corp], {
            "signin_mini": False, "signin_who": "linked"})
        world.action("dingding.dingding_corp_action", record=corp)
        odoo.form("edit")
        odoo.tabs().filter(has_text=odoo.said("Inside DingTalk")).last.click()
        tick("signin_mini")
        odoo.form("save")
        odoo.shoot("switched on")
        address = odoo.value("mini_url")
        world.check(address == stack.odoo_url + "/dingding/mini/v1", address)
        state["address"] = address

    def manager():
        mapping = stack.rpc(
            "dingding.approval.mapping", "search", [("model", "=", MODEL)])[0]
        stack.rpc("dingding.approval.mapping", "write", [mapping], {"in_mini": False})
        world.action("dingding_approval.dingding_approval_mapping_action", mapping)
        odoo.form("edit")
        tick("in_mini")
        odoo.form("save")
        # Existing text stays in its language.
        world.picture("opened to it")
        world.check_no_problem()

    def shoot(phone, name):
        """Draw the mini-program's page."""
        page = watch(browser.new_page(
            world.browser, world.lang.replace("_", "-"), browser.PHONE, is_mobile=True))
        page.set_content(phone.html)
        world.picture(name, page, full=True)
        wide = page.evaluate("document.documentElement.scrollWidth")
        world.check(wide <= browser.PHONE["width"], "%d pixels wide" % wide)
        page.context.close()

    def program():
        person = state["person"]
        return Program(state["address"], stack.simulator, person["userid"])

    def employee():
        person = state["person"] = next(
            each for each in control.users()
            if each["active"] and each["admin_level"] == 0 and not each["senior"])
        user = odoo.employee(person)
        stack.rpc("res.users", "write", [user], {
            "lang": world.lang, "email": "wang@example.com"})
        number = stack.rpc_as(EMPLOYEE, EMPLOYEE, MODEL, "create", {
            "subject": SUBJECT, "phone": "13800138000", "needed_on": "2026-12-01",
            "line_ids": [(0, 0, {"name": "Chair", "quantity": 10, "price": 95})]})
        name = state["name"] = stack.query(
            "SELECT name FROM dingding_demo_purchase WHERE id = %d" % number)
        words = ("扫一扫", "提交审批") if world.lang == CHINESE else (
            "Scan a code", "Submit for approval")
        with program() as phone:
            phone.launch()
            world.check("Ding Wang" in phone.text(), phone.text())
            shoot(phone, "home")
            phone.do("scan", code=name, text=words[0])
            world.check(SUBJECT in phone.lines, phone.text())
            shoot(phone, "record")
            phone.tap(words[1])
            world.check(words[1] not in phone.text(), phone.text())
            shoot(phone, "submitted")

    def approved():
        one = house.wait_until(lambda: [
            each for each in control("GET", "/approvals/instances")
            if SUBJECT in str(each) and each["status"] == "RUNNING"], 60)[0]
        while one["status"] == "RUNNING":
            one = control("GET", "/approvals/instances/" + one["id"])
            waiting = [each for each in one["tasks"] if each["status"] == "RUNNING"]
            if waiting:
                userid = waiting[0]["userid"]
                phone = odoo.phone(userid)
                phone.open_approval(SUBJECT).act("agree")
        words = ("我的审批", "我发起的", "已同意") if world.lang == CHINESE else (
            "My approvals", "Started by me", "Approved")
        with program() as phone:
            phone.launch()
            phone.tap(words[0])
            phone.tap(words[1])

            def seen():
                return words[2] in phone.tap(words[1]) or words[2] in phone.text()

            house.wait_for_cron(stack, seen, 60, "the outcome in the mini-program")
            shoot(phone, "approvals")

    def chinese():
        world.language(CHINESE)
        admin()
        manager()
        employee()
        approved()
        world.language(ENGLISH)

    yield "the admin switches the mini-program on", admin
    yield "the manager opens purchase requests to it", manager
    yield "an employee scans one, reads it and submits it", employee
    yield "it is agreed to in DingTalk, and the mini-program says so", approved
    if world.lang == ENGLISH:
        yield "the same in Chinese", chinese
