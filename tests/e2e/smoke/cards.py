"""Cards: a document decided on the phone, and its state for everybody."""

import house
from smoke._odoo import DINGTALK, Odoo

from tools import paths
from tools.world import CHINESE, ENGLISH

SECONDS = 60  # until something has arrived; usually one or two
TEMPLATE = "record.schema"
FILE = paths.ROOT / "dingding_robot" / "card_templates" / "record.json"


def steps(world):
    odoo = Odoo(world)
    control, stack = odoo.control, world.stack
    corp = odoo.connected()
    first, second = odoo.colleagues()[:2]
    employee = odoo.employee(first)
    group, = stack.rpc("ir.model.data", "search_read", [
        ("module", "=", "base"), ("name", "=", "group_partner_manager")], ["res_id"])
    stack.rpc("res.users", "write", [employee], {
        world.client.groups: [(4, group["res_id"])]})
    document = stack.rpc("res.partner", "create", {
        "name": "订单 S00043", "function": "草稿", "city": "杭州",
        "phone": "+86 571 1234"})
    app = stack.rpc("dingding.corp", "read", [corp], ["app_id"])[0]["app_id"][0]
    runner = house.Runner(stack)

    def ids(model, field):
        return stack.rpc("ir.model.fields", "search", [
            ("model", "=", model), ("name", "=", field)])[0]

    def on_phone(person):
        return control("GET", "/cards", userid=person["userid"])

    def imported():
        control("POST", "/cards/templates", {
            "id": TEMPLATE, "file": FILE.read_text("utf-8")})
        odoo.organisation("Cards")
        odoo.form("edit")
        odoo.type(card_template=TEMPLATE)
        odoo.form("save")
        world.check_no_problem()
        odoo.shoot("the page of the organisation")
        stack.rpc("dingding.app", "write", [app], {"stream_mode": True})
        runner.start()
        house.wait_until(
            lambda: stack.rpc("dingding.app", "read", [app], ["stream_alive"])[0][
                "stream_alive"], SECONDS, "the runner's connection")

    def set_up():
        model, = stack.rpc("ir.model", "search", [("model", "=", "res.partner")])
        stack.rpc("dingding.card.setup", "create", {
            "name": "核对单据", "key": "partner.check", "corp_id": corp,
            "model_id": model, "title": "核对 {name}", "state_path": "function",
            "line_ids": [
                (0, 0, {"field_path": "city", "shown": "card"}),
                (0, 0, {"field_path": "phone", "shown": "viewer"})],
            "action_ids": [(0, 0, {
                "name": "同意", "kind": "value", "value": "已同意",
                "field_id": ids("res.partner", "function")})],
        })
        world.menu(DINGTALK, "dingding_robot.dingding_card_setup_menu")
        odoo.open_row("核对单据")
        odoo.tabs().filter(has_text="Preview and cost").click()
        world.settle()
        world.check_no_problem()
        odoo.shoot("the card's preview")

    def arrives():
        stack.rpc("res.partner", "dingding_send_card", [document], "partner.check", {
            "res.users": [employee]})
        house.wait_until(lambda: on_phone(first), SECONDS, "a card on the phone")
        world.check("S00043" in on_phone(first)[0]["title"], "%s" % on_phone(first))
        world.check(not on_phone(second), "a card on another phone")

    def decided():
        page = world.phone(first["userid"])
        page.goto("%s/phone/%s?tab=work&tile=cards" % (
            stack.simulator.url, first["userid"]))
        card = page.locator("[data-testid=card]").first
        card.wait_for()
        # Private values are read from Odoo while the card is shown.
        page.locator("[data-testid=card-secret]", has_text="1234").wait_for()
        odoo.shoot("the card on the phone", page)
        page.locator("[data-testid=card-action_1]").click()
        page.locator("[data-testid=card-state]", has_text="已同意").wait_for()
        house.wait_until(
            lambda: not on_phone(first)[0]["buttons"], SECONDS, "the new state")
        odoo.shoot("the decided card", page)
        found, = stack.rpc("res.partner", "read", [document], ["function", "write_uid"])
        world.check(found["function"] == "已同意", found)
        world.check(found["write_uid"][0] == employee, found)

    def changed():
        stack.rpc("res.partner", "write", [document], {"function": "已取消"})
        house.wait_until(
            lambda: "已取消" in on_phone(first)[0]["tag"], SECONDS, "the change")

    def logged():
        world.menu(DINGTALK, "dingding_robot.dingding_card_menu")
        odoo.rows().first.click()
        world.settle()
        odoo.shoot("the sent card")
        world.menu(DINGTALK, "dingding_robot.dingding_card_press_menu")
        world.check(odoo.rows().count() == 1, "one press")
        odoo.shoot("presses")

    def in_a_group():
        # The group shares one card; the sender needs a DingTalk account.
        person, = stack.rpc("dingding.user", "search_read", [
            ("userid", "=", second["userid"])], ["user_id"])
        admin, = stack.rpc("res.users", "search", [("login", "=", "admin")])
        stack.rpc("dingding.user", "write", [person["id"]], {"user_id": admin})
        key = control("POST", "/groups", {
            "title": "采购组", "members": [first["userid"], second["userid"]],
        })["open_conversation_id"]
        # A mention of the robot makes the group known.
        stack.rpc("dingding.corp", "write", [corp], {"chat": True})
        control("POST", "/chat", {
            "userid": first["userid"], "text": "help", "group": key})
        group = house.wait_until(
            lambda: stack.rpc("dingding.group", "search", [
                ("conversation_id", "=", key)]), SECONDS, "the group")
        setup = stack.rpc("dingding.card.setup", "search", [
            ("key", "=", "partner.check")])
        stack.rpc("dingding.card.setup", "write", setup, {"presser": "reader"})
        before = [len(on_phone(each)) for each in (first, second)]
        stack.rpc("res.partner", "dingding_send_card", [document], "partner.check", {
            "dingding.group": group})
        house.wait_until(
            lambda: [len(on_phone(each)) for each in (first, second)]
            == [number + 1 for number in before], SECONDS, "a card in the group")
        world.menu(DINGTALK, "dingding_robot.dingding_card_menu")
        odoo.rows().first.click()
        world.settle()
        odoo.shoot("the card of a group")

    def ready():
        world.menu(DINGTALK, "dingding_robot.dingding_card_ready_menu")
        odoo.shoot("ready-made cards")
        odoo.rows().filter(has_text="Leave to approve").locator(
            "button:visible").first.click()
        world.settle()
        world.check_no_problem()
        odoo.shoot("a card that was chosen")
        found = stack.rpc("dingding.card.setup", "search_count", [
            ("key", "=", "leave.approve")])
        world.check(found == 1, "%d cards" % found)

    def in_chinese():
        world.language(CHINESE)
        try:
            world.menu(DINGTALK, "dingding_robot.dingding_card_setup_menu")
            odoo.open_row("核对单据")
            odoo.shoot("card")
            world.menu(DINGTALK, "dingding_robot.dingding_card_ready_menu")
            # Unchecked: "Leave" has no Chinese name in Odoo 11.
            world.picture("ready-made cards", odoo.page)
            odoo.organisation("Cards")
            odoo.shoot("page of the organisation")
        finally:
            world.language(ENGLISH)
            runner.stop()

    yield "an administrator imports the template and switches on Stream mode", imported
    yield "a card is set up and previewed", set_up
    yield "a card reaches who may read the document", arrives
    yield "a press on the phone acts as the person", decided
    yield "a change in Odoo shows on the card", changed
    yield "what was pressed is logged", logged
    yield "a group has one card for all", in_a_group
    yield "a ready-made card is created", ready
    yield "the same in Chinese", in_chinese
