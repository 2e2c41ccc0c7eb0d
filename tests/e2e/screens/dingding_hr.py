"""Pictures of the addon ``dingding_hr``."""

from smoke._odoo import Odoo


def screens(world):
    odoo = Odoo(world)
    odoo.connected()
    rpc = world.stack.rpc

    def employee():
        person = rpc("dingding.user", "search_read", [("job_number", "!=", False)],
                     ["name", "title"])[0]
        created = rpc("hr.employee", "create", {"name": person["name"]})
        rpc("dingding.user", "write", [person["id"]], {"employee_id": created})
        world.action("hr.open_view_employee_list_my", record=created)
        odoo.tabs().filter(has_text=odoo.said("DingTalk")).click()
        world.settle()

    yield "employee", employee
