"""The roster: fields are mapped, and transferred both ways."""

import house
from smoke._odoo import Odoo

SECONDS = 60  # until something has arrived; usually one or two
FIELDS, LOG = "dingding.roster.field", "dingding.roster.log"
EMPLOYEES = "hr.menu_hr_root"


def steps(world):
    odoo = Odoo(world)
    control, stack = odoo.control, world.stack
    corp = odoo.connected()
    first = odoo.colleagues()[1]
    state = {}

    def row(code):
        return stack.rpc(FIELDS, "search", [("code", "=", code)])

    def there():
        groups = control("GET", "/roster/people/%s" % first["userid"])
        return {code: value for rows in groups.values()
                for code, value in rows[0].items()}

    def reads_fields():
        state["employee"] = stack.rpc("hr.employee", "create", {"name": "花名册"})
        person = stack.rpc(
            "dingding.user", "search", [("userid", "=", first["userid"])])
        stack.rpc("dingding.user", "write", person, {"employee_id": state["employee"]})
        stack.rpc("dingding.corp", "action_read_roster_fields", [corp])
        world.menu(EMPLOYEES, "dingding_hr.dingding_roster_field_menu")
        world.check_no_problem()
        odoo.shoot("fields")

    def reads():
        stack.rpc(FIELDS, "write", row("sys02-birthTime"), {
            "employee_field": "birthday", "direction": "dingtalk"})
        odoo.search("出生日期")
        odoo.open_row("出生日期")
        odoo.press("Read roster")
        world.check_no_problem()

        def arrived():
            values = stack.rpc(
                "hr.employee", "read", [state["employee"]], ["birthday"])[0]
            return values["birthday"] == there()["sys02-birthTime"]

        house.wait_until(arrived, SECONDS, "the date of birth")
        odoo.shoot("field")

    def writes():
        stack.rpc(FIELDS, "write", row("sys02-address"), {
            "employee_field": "ssnid", "direction": "odoo"})
        before = there()["sys02-certNo"]
        stack.rpc("hr.employee", "write", [state["employee"]], {"ssnid": "文一路 1 号"})
        house.wait_until(
            lambda: there()["sys02-address"] == "文一路 1 号", SECONDS, "the address")
        world.check(there()["sys02-certNo"] == before, "other fields were emptied")

    def joiners():
        control("POST", "/roster/joiners", {
            "id": "tmp1", "name": "新人", "join_on": "2030-01-07", "position": "销售"})
        stack.rpc("dingding.corp", "write", [corp], {"roster_employment": True})
        stack.rpc(FIELDS, "action_read_roster", row("sys02-birthTime"))
        house.wait_until(
            lambda: stack.rpc("dingding.joiner", "search", []), SECONDS, "a joiner")
        world.menu(EMPLOYEES, "dingding_hr.dingding_joiner_menu")
        world.check(odoo.rows().count() == 1, "no joiner")
        odoo.shoot("joiners")

    def logged():
        world.menu(EMPLOYEES, "dingding_hr.dingding_roster_log_menu")
        world.check(odoo.rows().count() >= 2, "no log")
        odoo.shoot("log")

    def in_chinese():
        with world.chinese():
            world.menu(EMPLOYEES, "dingding_hr.dingding_roster_field_menu")
            odoo.rows().first.click()
            world.settle()
            odoo.shoot("field")

    yield "a manager reads the roster's fields", reads_fields
    yield "a mapped field is read", reads
    yield "a mapped field is written", writes
    yield "people who will join are listed", joiners
    yield "transfers are in the log", logged
    yield "the same in Chinese", in_chinese
