"""Leave approved on the phone appears in Odoo, and the reverse."""

import datetime
import xmlrpc.client

import house
from smoke._odoo import DINGTALK, EMPLOYEE, NO_SUCH_STEP, Odoo

SECONDS = 60  # until something has arrived; usually one or two
LEAVES = "dingding.leave"
TYPES = "dingding.leave.type"
LEAVE_APP = "hr_holidays.menu_hr_holidays_root"
ANNUAL, SICK, WELFARE = "年假", "病假", "福利假"


def steps(world):
    odoo = Odoo(world)
    control, stack = odoo.control, world.stack
    corp = odoo.connected()
    house.subscribe(stack, corp)
    first = odoo.colleagues()[0]
    user = odoo.employee(first)
    boss = next(each for each in control.users() if each["admin_level"])
    monday = datetime.date.today() + datetime.timedelta(days=14)
    monday -= datetime.timedelta(days=monday.weekday())
    tuesday = monday + datetime.timedelta(days=1)
    split = stack.rpc("ir.model", "search_count", [("model", "=", "hr.leave")])
    leave, kind = ("hr.leave", "hr.leave.type") if split else (
        "hr.holidays", "hr.holidays.status")

    def made(model, **values):
        names = stack.rpc(model, "fields_get", list(values), ["type"])
        return stack.rpc(model, "create", {
            name: value for name, value in values.items() if name in names})

    def press(method, number):
        """Press a button of a leave; in 11.0 XML-RPC cannot return its result."""
        try:
            stack.rpc(leave, method, [number])
        except xmlrpc.client.Fault as fault:
            if "cannot marshal None" not in str(fault):
                raise

    def person(userid):
        return stack.rpc("dingding.user", "search", [("userid", "=", userid)])

    def prepared():
        employee = made("hr.employee", name=first["name"], user_id=user)
        stack.rpc("dingding.user", "write", person(first["userid"]),
                  {"employee_id": employee})
        stack.rpc("dingding.corp", "write", [corp], {
            "leave_operator_id": person(boss["userid"])[0]})
        return employee

    def free_type(name):
        names = stack.rpc(kind, "fields_get", ["requires_allocation"], ["type"])
        free = names.get("requires_allocation", {}).get("type") != "boolean" and "no"
        return made(kind, name=name, limit=True, requires_allocation=free,
                    allocation_type="no")

    state = {}

    def explained():
        """Return possible reasons for a missing leave."""
        rows = stack.rpc(LEAVES, "search_read", [], ["status", "problem"])
        work = stack.rpc(LEAVES + ".change", "search_read", [], ["state", "last_error"])
        return "%s, %s" % (rows, work)

    def reads_types():
        state["employee"] = prepared()
        odoo.organisation("Leave")
        odoo.press("Read leave types")
        world.check_no_problem()
        world.check(
            stack.rpc(TYPES, "search_count", [("name", "=", ANNUAL)]) == 1, "no types")
        odoo.shoot("page of the organisation")

    def maps():
        for name, lead in ((ANNUAL, "dingtalk"), (SICK, "odoo")):
            row = stack.rpc(TYPES, "search", [("name", "=", name)])
            stack.rpc(TYPES, "write", row, {
                "odoo_type_id": free_type("%s (Odoo)" % name), "lead": lead})
        world.menu(DINGTALK, "dingding_holidays.dingding_leave_type_menu")
        world.check_no_problem()
        odoo.shoot("types")

    def approved():
        key = control("POST", "/leave/requests", json={
            "userid": first["userid"], "type": ANNUAL, "begin": "%s AM" % monday,
            "end": "%s PM" % monday, "reason": "回家"})["id"]
        path = "/approvals/instances/%s" % key
        task = next(each for each in control("GET", path)["tasks"]
                    if each["status"] == "RUNNING")
        control("POST", path + "/act", json={
            "userid": task["userid"], "action": "agree"})

        def arrived():
            rows = stack.rpc(leave, "search_read", [
                ("employee_id", "=", state["employee"])], ["state"])
            return [each["state"] for each in rows] == ["validate"]

        try:
            house.wait_until(arrived, SECONDS, "the leave in Odoo")
        except AssertionError:
            raise AssertionError("no leave in Odoo: %s" % explained())
        world.menu(DINGTALK, "dingding_holidays.dingding_leave_menu")
        world.check(odoo.rows().count() == 1, "no row")
        odoo.rows().first.click()
        world.settle()
        world.check_no_problem()
        odoo.shoot("leave")

    def written():
        row = stack.rpc(TYPES, "search_read", [("name", "=", SICK)], ["odoo_type_id"])
        number = made(
            leave, name="ill", employee_id=state["employee"], number_of_days_temp=1,
            holiday_status_id=row[0]["odoo_type_id"][0],
            date_from="%s 01:00:00" % tuesday, date_to="%s 10:00:00" % tuesday,
            request_date_from=str(tuesday), request_date_to=str(tuesday))
        press("action_approve", number)
        house.wait_until(
            lambda: control("GET", "/leave/records", userid=first["userid"]),
            SECONDS, "the record in DingTalk")
        press("action_refuse", number)
        house.wait_until(
            lambda: not control("GET", "/leave/records", userid=first["userid"]),
            SECONDS, "the cancellation in DingTalk")

    def balances():
        control("POST", "/leave/types", json={
            "name": WELFARE, "unit": "day", "source": "external"})
        stack.rpc("dingding.corp", "action_read_leave_types", [corp])
        names = stack.rpc(kind, "fields_get", ["requires_allocation"], ["type"])
        needed = (
            True if names.get("requires_allocation", {}).get("type") == "boolean"
            else "yes")
        allocated = made(kind, name=WELFARE, limit=False, requires_allocation=needed,
                         allocation_type="fixed")
        model = "hr.leave.allocation" if split else leave
        number = made(
            model, name="given", employee_id=state["employee"], type="add",
            holiday_status_id=allocated,
            **({"number_of_days": 5, "date_from": "2020-01-01"} if split
               else {"number_of_days_temp": 5}))
        world.provokes(*NO_SUCH_STEP)
        for method in ("action_confirm", "action_approve", "action_validate"):
            reached = stack.rpc(model, "read", [number], ["state"])[0]["state"]
            if reached == "validate":
                break
            if method == "action_confirm" and reached != "draft":
                # Some series begin with it and have no such step.
                continue
            try:
                stack.rpc(model, method, [number])
            except xmlrpc.client.Fault:
                # The button's result, or a step that this series lacks.
                continue
        row = stack.rpc(TYPES, "search", [("name", "=", WELFARE)])
        stack.rpc(TYPES, "write", row, {
            "odoo_type_id": allocated, "lead": "odoo", "balance": "equal"})
        house.wait_until(
            lambda: [each["quota_num_per_day"] for each in control(
                "GET", "/leave/quotas")] == [500],
            SECONDS, "the balance in DingTalk")
        world.menu(LEAVE_APP, "dingding_holidays.dingding_leave_balance_menu")
        world.check(odoo.rows().count() > 0, "no balances")
        world.check_no_problem()
        odoo.shoot("balances")

    def own():
        page = world.as_user(EMPLOYEE, EMPLOYEE)
        world.check_no_problem(page)

    def in_chinese():
        with world.chinese():
            world.menu(DINGTALK, "dingding_holidays.dingding_leave_menu")
            odoo.rows().first.click()
            world.settle()
            odoo.shoot("leave")
            odoo.organisation("Leave")
            odoo.shoot("page of the organisation")

    yield "a manager reads the types", reads_types
    yield "types are mapped", maps
    yield "what is approved on the phone is in Odoo", approved
    yield "what is approved in Odoo is in DingTalk", written
    yield "what is left in Odoo is left in DingTalk", balances
    yield "an employee signs in", own
    yield "the same in Chinese", in_chinese
