"""A picture of the example mini-program for employees."""

import html

import house
from smoke._odoo import EMPLOYEE, Odoo

from tools import browser
from tools.mini_program import Program
from tools.world import CHINESE, watch

MODEL = "dingding.demo.purchase"
REQUESTS = (("会议室椅子", "会议椅"), ("展会物料", "展架"), ("测试手机", "手机"))
PHONE = "<iframe style='border:1px solid #c8c9cb;border-radius:16px;width:360px;" \
    "height:700px;margin:12px' srcdoc='%s'></iframe>"


def screens(world):
    odoo = Odoo(world)
    control, stack = odoo.control, world.stack
    corp = odoo.connected()
    house.subscribe(stack, corp)
    house.get_templates(stack, corp)
    stack.rpc("dingding.corp", "write", [corp], {
        "signin_mini": True, "signin_who": "linked"})
    mapping = stack.rpc(
        "dingding.approval.mapping", "search", [("model", "=", MODEL)])
    stack.rpc("dingding.approval.mapping", "write", mapping, {
        "in_mini": True,
        "name": "采购申请" if world.lang == CHINESE else "Purchase requests"})
    person = next(each for each in control.users()
                  if each["active"] and each["admin_level"] == 0 and not each["senior"])
    user = odoo.employee(person)
    stack.rpc("res.users", "write", [user], {
        "lang": world.lang, "name": person["name"], "email": "wang@example.com"})

    def pages():
        names = []
        for subject, thing in REQUESTS:
            number = stack.rpc_as(EMPLOYEE, EMPLOYEE, MODEL, "create", {
                "subject": subject, "phone": "13800138000", "needed_on": "2026-12-01",
                "line_ids": [(0, 0, {"name": thing, "quantity": 10, "price": 95})]})
            names.append(stack.query(
                "SELECT name FROM dingding_demo_purchase WHERE id = %d" % number))
        chinese = world.lang == CHINESE
        submit, mine, started = (
            ("提交审批", "我的审批", "我发起的") if chinese
            else ("Submit for approval", "My approvals", "Started by me"))
        kind = "采购申请" if chinese else "Purchase requests"
        drawn = []
        with Program(stack.odoo_url + "/dingding/mini/v1", stack.simulator,
                     person["userid"]) as phone:
            phone.launch()
            drawn.append(phone.html)
            phone.tap(kind)
            for name in names[1:]:
                phone.tap(name)
                phone.tap(submit)
                phone.do("back")
            house.wait_for_cron(stack, lambda: stack.query(
                "SELECT count(*) FROM dingding_approval_task WHERE status = 'running'")
                == "2", 60, "somebody who has them")
            phone.tap(names[0])
            drawn.append(phone.html)
            phone.do("back")
            phone.do("back")
            phone.tap(mine)
            phone.tap(started)
            drawn.append(phone.html)
        page = watch(browser.new_page(
            world.browser, world.lang.replace("_", "-"),
            {"width": 1190, "height": 740}))
        page.set_content("<body style='margin:8px;background:#e4e5e6'>%s" % "".join(
            PHONE % html.escape(each, quote=True) for each in drawn))
        page.wait_for_load_state("networkidle")
        return page

    yield "mini-program", pages
