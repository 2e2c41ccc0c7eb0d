"""Pictures of ``dingding_approval``: templates, mappings, a record in approval."""

import house
from smoke._odoo import DINGTALK, Odoo

PURCHASE = "采购申请"
MENU = "dingding_approval.dingding_approval_%s_menu"
PHONE = {"width": 360, "height": 740}


def screens(world):
    odoo = Odoo(world)
    corp = odoo.connected()
    stack = world.stack
    house.subscribe(stack, corp)
    rpc = stack.rpc
    user = stack.reference("base.user_root")
    me = rpc("dingding.user", "search", [("active", "=", True)], limit=3)
    if not rpc("dingding.user", "search_count", [("user_id", "=", user)]):
        rpc("dingding.user", "write", me[:1], {"user_id": user})
    house.get_templates(stack, corp)
    template = rpc("dingding.approval.template", "search",
                   [("name", "=", PURCHASE), ("corp_id", "=", corp)])[0]
    model = rpc("ir.model", "search", [("model", "=", "res.partner")])[0]
    partner = rpc("res.partner", "create", {
        "name": "办公椅十把", "comment": "新办公室用。\n请尽快。", "phone": "13800138000",
        "user_id": user, "child_ids": [
            (0, 0, {"name": "Chair", "function": "10"}),
            (0, 0, {"name": "Table", "function": "two"})]})
    mapping = rpc("dingding.approval.mapping", "create", {
        "name": PURCHASE, "model_id": model, "template_id": template,
        "domain": "[[\"phone\", \"!=\", False]]", "responsible_id": user,
        "approver_source": "mapping",
        "approver_ids": [
            (0, 0, {"sequence": 1, "source": "field", "field_path": "user_id"}),
            (0, 0, {"sequence": 2, "action_type": "OR",
                    "person_ids": [(6, 0, me[1:])]})],
        "cc_person_ids": [(6, 0, me[1:2])],
        "outcome_ids": [
            (0, 0, {"outcome": "agreed", "kind": "field_value", "value": "批准",
                    "field_id": rpc("ir.model.fields", "search", [
                        ("model", "=", "res.partner"), ("name", "=", "function")])[0]}),
            (0, 0, {"outcome": "refused", "kind": "field_value", "value": "0",
                    "field_id": rpc("ir.model.fields", "search", [
                        ("model", "=", "res.partner"), ("name", "=", "active")])[0]})]})

    def component(label, parent=False):
        domain = [("template_id", "=", template), ("label", "=", label),
                  ("parent_id", "!=" if parent else "=", False)]
        return rpc("dingding.approval.component", "search", domain)[0]

    def line(label, path, parent=False, **more):
        return rpc("dingding.approval.mapping.line", "create", dict(
            more, mapping_id=mapping, component_id=component(label, parent),
            field_path=path, parent_id=parent))

    def checked(function):
        def run():
            function()
            world.check_no_problem()

        return run

    def templates():
        world.menu(DINGTALK, MENU % "template")

    def one_template():
        odoo.open_row(PURCHASE)

    def new_mapping():
        world.action("dingding_approval.dingding_approval_mapping_action", mapping)

    def proposals():
        odoo.press("Propose fields")

    def filled():
        for label, path in (("申请事由", "name"), ("详细说明", "comment"),
                            ("收货人", "user_id"), ("联系电话", "phone"),
                            ("总金额", "credit_limit"), ("期望交付日期", "create_date")):
            line(label, path)
        line("采购类型", False, source="constant", constant="办公用品")
        table = line("采购明细", "child_ids")
        line("名称", "name", table)
        line("采购数量", "function", table)
        world.action("dingding_approval.dingding_approval_mapping_action", mapping)

    def people():
        odoo.tabs().nth(1).click()
        world.settle()

    def outcomes():
        odoo.tabs().nth(2).click()
        world.settle()

    def one_line():
        odoo.tabs().nth(0).click()
        world.button("Edit" if world.lang == "en_US" else "编辑")
        world.field("line_ids").locator("td", has_text="采购明细").first.click()
        world.settle()

    def preview():
        if world.page.locator(".modal:visible").count():
            odoo.close_dialog()
        rpc("dingding.approval.mapping", "write", [mapping],
            {"domain": "[[\"id\", \"=\", %d]]" % partner})
        world.action("dingding_approval.dingding_approval_mapping_action", mapping)
        odoo.press("Preview")

    def preview_on_a_phone():
        page = world.page
        page.set_viewport_size(PHONE)
        world.settle()
        card = page.locator(".modal .o_dingding_preview").bounding_box()
        world.check(card["x"] >= 0 and card["x"] + card["width"] <= PHONE["width"],
                    "the preview is wider than the phone: %s" % card)

    def broken():
        page = world.page
        page.set_viewport_size({"width": 1280, "height": 800})
        code = rpc("dingding.approval.template", "read", [template],
                   ["process_code"])[0]["process_code"]
        found = [each for each in odoo.control("GET", "/approvals/templates")
                 if each["process_code"] == code][0]
        kept = [each for each in found["components"]
                if each["props"].get("label") != "联系电话"]
        odoo.control("PATCH", "/approvals/templates/%s" % code, {"components": kept})
        rpc("dingding.approval.template", "action_refresh", [template])
        world.action("dingding_approval.dingding_approval_mapping_action", mapping)

    def design():
        # A dialog changes no address, which World.menu() would wait for.
        page = world.menu("dingding.dingding_menu_root")
        page.click("[data-menu-xmlid$='.dingding_approval_design_menu']")
        world.settle()
        page.locator(".modal [name='model_id'] input").fill("Currency")
        world.settle()
        page.locator(".ui-autocomplete:visible li").first.click()
        world.settle()
        # Labels in DingTalk are Chinese for readers of both languages.
        for label in ("货币符号", "舍入系数"):
            page.locator(".modal td", has_text=label).first.click()
            page.locator(".modal .o_selected_row input[type=checkbox]").first.click()
            world.settle()
        page.locator(".modal .modal-title").last.click()
        world.settle()

    def mappings():
        world.menu(DINGTALK, MENU % "mapping")

    def made():
        odoo.press("Create template and mapping")
        world.settle()
        lines = rpc("dingding.approval.mapping.line", "search_read", [
            ("mapping_id.model", "=", "res.currency")], ["field_path"])
        paths = sorted(each["field_path"] or "" for each in lines)
        world.check(paths == ["", "rounding", "symbol"], "made of %s" % paths)

    def organisation():
        world.action("dingding.dingding_corp_action", corp)
        odoo.tabs().nth(1).click()
        world.settle()

    def record():
        request = rpc("dingding.demo.purchase", "create", {
            "subject": "新办公室的椅子", "phone": "13800138000",
            "line_ids": [(0, 0, {"name": "办公椅", "quantity": 10, "price": 95})]})
        rpc("dingding.approval", "submit", "dingding.demo.purchase,%d" % request)
        house.wait_until(lambda: rpc("dingding.approval.task", "search_count", [
            ("approval_id.res_id", "=", request), ("status", "=", "running"),
            ("approval_id.res_model", "=", "dingding.demo.purchase")]), 90, "its task")
        world.action("dingding_approval_demo.dingding_demo_purchase_action", request)

    def timeline():
        world.page.locator(
            ".o_dingding_approval:visible button[data-button=timeline]").first.click()
        world.settle()

    for name, function in (
            ("approval-record", record),
            ("approval-timeline", timeline),
            ("approval-templates", templates),
            ("approval-template", one_template),
            ("approval-mapping-new", new_mapping),
            ("approval-propose", proposals),
            ("approval-mapping", filled),
            ("approval-mapping-people", people),
            ("approval-mapping-outcomes", outcomes),
            ("approval-mapping-line", one_line),
            ("approval-preview", preview),
            ("approval-preview-phone", preview_on_a_phone),
            ("approval-mapping-broken", broken),
            ("approval-mappings", mappings),
            ("approval-design", design),
            ("approval-designed", made),
            ("approval-organisation", organisation),
    ):
        yield name, checked(function)
