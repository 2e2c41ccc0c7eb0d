"""Pictures of changes sent to DingTalk."""

from smoke._odoo import DINGTALK, Odoo

import house


def screens(world):
    odoo = Odoo(world)
    control = odoo.control
    stack = world.stack
    corp = odoo.connected()
    plain = control.plain("leader_in")
    refused, gone, both = plain[-3:]
    stack.rpc("dingding.corp", "write", [corp], {
        "leads_profile": "odoo", "leads_contact": "odoo", "leads_structure": "odoo"})

    def write(person, **values):
        found = stack.rpc(
            "dingding.user", "search", [("userid", "=", person["userid"])])
        stack.rpc("dingding.user", "write", found, values)

    def settings_list(menu):
        world.menu(DINGTALK, "dingding.dingding_%s_menu" % menu)

    def refusal():
        write(refused, mobile="13900007777")
        house.wait_until(
            lambda: stack.query("SELECT state FROM dingding_outgoing_change"
                                " WHERE error_code ="
                                " '40022'") == "failed", 60, "the refusal")
        settings_list("user")
        odoo.search(refused["userid"])
        odoo.open_row(refused["name"])
        # Odoo 11 keeps how far the list was scrolled.
        odoo.page.locator(".o_content").last.evaluate("box => box.scrollTo(0, 0)")

    def changes():
        control("PATCH", "/users/%s" % both["userid"], {"title": "高级顾问"})
        write(both, title="首席顾问")
        write(gone, active=False)
        house.wait_until(
            lambda: stack.query("SELECT count(*) FROM dingding_conflict") == "1", 60,
            "the conflict")
        settings_list("outgoing_change")

    def deletion():
        odoo.open_row(gone["name"])
        odoo.press("Confirm deletion...")

    def conflicts():
        odoo.close_dialog()
        settings_list("conflict")

    yield "refused", refusal
    yield "changes", changes
    yield "delete", deletion
    yield "conflicts", conflicts
