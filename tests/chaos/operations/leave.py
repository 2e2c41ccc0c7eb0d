"""Leave: asked for on phones, entered in Odoo, and taken back on either side."""

import datetime
import itertools

import requests

from ..registry import operation, set_up, something
from ..world import LINKED, Skip

LEAD_DINGTALK, LEAD_ODOO = "病假", "产假"
#: The first of the days that are taken one after the other: a Monday.
FIRST_DAY = datetime.date(2030, 1, 7)
EARLIER = "2029-01-08"


@set_up
def leave(world):
    """Have DingTalk lead one type of leave and Odoo another."""
    stack = world.stack
    split = stack.rpc("ir.model", "search_count", [("model", "=", "hr.leave")])
    world.leave_model, kind = ("hr.leave", "hr.leave.type") if split else (
        "hr.holidays", "hr.holidays.status")
    world.days = itertools.count()
    fields = stack.rpc(kind, "fields_get", [], ["type"])
    values = {"limit": True, "allocation_type": "no", "requires_allocation": (
        fields.get("requires_allocation", {}).get("type") != "boolean" and "no")}
    values = {name: value for name, value in values.items() if name in fields}
    boss = next(
        each["userid"] for each in world.dingtalk("GET", "/users", size=100000)
        if each["admin_level"])
    stack.rpc("dingding.corp", "write", [world.corp], {
        "leave_operator_id": dict(world.people)[boss]})
    stack.rpc("dingding.corp", "action_read_leave_types", [world.corp])
    world.leave_types = {}
    for name, lead in ((LEAD_DINGTALK, "dingtalk"), (LEAD_ODOO, "odoo")):
        world.leave_types[name] = stack.rpc(kind, "create", dict(values, name=lead))
        row = stack.rpc("dingding.leave.type", "search", [("name", "=", name)])
        stack.rpc("dingding.leave.type", "write", row, {
            "odoo_type_id": world.leave_types[name], "lead": lead})
    world.employees = {}
    for place in LINKED:
        userid, number = world.people[place]
        world.employees[userid] = stack.rpc("hr.employee", "create", {
            "name": "Employee %d" % place})
        stack.rpc("dingding.user", "write", [number], {
            "employee_id": world.employees[userid]})
    # The form's template is made with the first request.
    made = world.dingtalk("POST", "/leave/requests", {
        "userid": world.people[LINKED[0]][0], "type": LEAD_DINGTALK,
        "begin": EARLIER, "end": EARLIER})
    world.dingtalk("PATCH", "/approvals/templates/" + made["process_code"], {
        "flow": [{"action": "ONE_BY_ONE", "userids": [world.approver]}]})
    # So that even the first lost event is found.
    stack.rpc("dingding.corp", "write", [world.corp], {
        "leave_process_code": made["process_code"]})


def a_day(world):
    """Return a working day that nobody has used, so that no two leaves overlap."""
    weeks, day = divmod(next(world.days), 5)
    return str(FIRST_DAY + datetime.timedelta(days=7 * weeks + day))


def ask(world, step, who, **more):
    """Ask for leave on a phone; return the instance's id."""
    day = a_day(world)
    return world.dingtalk("POST", "/leave/requests", dict({
        "userid": world.colleague(who), "type": LEAD_DINGTALK, "begin": day,
        "end": day, "reason": world.token(step)}, **more))["id"]


def decide(world, instance, action):
    """Decide on the phone, unless another was faster."""
    try:
        world.dingtalk(
            "POST", "/approvals/instances/%s/act" % instance,
            {"userid": world.approver, "action": action})
    except requests.HTTPError as error:
        raise Skip(error.response.text)


@operation(weight=3, who=something)
def somebody_is_given_leave(world, step, who):
    """Somebody asks for leave on the phone, and gets it."""
    decide(world, ask(world, step, who), "agree")


@operation(weight=1, who=something)
def somebody_is_refused_leave(world, step, who):
    """Somebody asks for leave on the phone, and does not get it."""
    decide(world, ask(world, step, who), "refuse")


@operation(weight=1, which=something)
def leave_is_revoked(world, step, which):
    """Somebody revokes leave that was approved, and that is approved too."""
    approved = sorted(
        (each for each in world.dingtalk("GET", "/approvals/instances")
         if each["category"] and each["result"] == "agree"
         and each["biz_action"] == "NONE"),
        key=lambda each: str(each["values"]))
    instance = world.pick(which, approved)
    key = world.dingtalk("POST", "/leave/requests", {
        "userid": instance["originator"], "type": LEAD_DINGTALK, "begin": EARLIER,
        "end": EARLIER, "reason": world.token(step), "action": "REVOKE",
        "main_id": instance["id"]})["id"]
    decide(world, key, "agree")


@operation(weight=2, who=something)
def somebody_is_given_leave_in_odoo(world, step, who):
    """An officer enters leave in Odoo and approves it."""
    day = a_day(world)
    more = {"request_date_from": day, "request_date_to": day}
    if world.leave_model == "hr.holidays":
        more = {"number_of_days_temp": 1}
    number = world.rpc(world.leave_model, "create", dict({
        "name": world.token(step),
        "employee_id": world.employees[world.colleague(who)],
        "holiday_status_id": world.leave_types[LEAD_ODOO],
        "date_from": day + " 01:00:00", "date_to": day + " 10:00:00"}, **more))
    world.rpc(world.leave_model, "action_approve", [number])


@operation(weight=1, which=something)
def leave_is_refused_in_odoo(world, step, which):
    """An officer refuses leave that was approved in Odoo."""
    found = world.query(
        "SELECT id FROM %s WHERE state = 'validate' AND holiday_status_id = %d"
        " ORDER BY id" % (world.leave_model.replace(".", "_"),
                          world.leave_types[LEAD_ODOO]))
    world.rpc(world.leave_model, "action_refuse", [world.pick(which, found)["id"]])
