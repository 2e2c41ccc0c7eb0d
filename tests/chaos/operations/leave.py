"""Leave: asked for on phones, entered in Odoo, and taken back on either side."""

import datetime

import requests

from ..registry import operation, something
from ..world import Disturbed, Refused, Skip

LEAD_DINGTALK, LEAD_ODOO = "病假", "产假"


def a_day(world):
    """Return a working day that nobody has used, so that no two leaves overlap."""
    number = next(world.days)
    day = datetime.date(2030, 1, 7) + datetime.timedelta(
        days=7 * (number // 5) + number % 5)
    return str(day)


def requested(world):
    """Return the requests of leave that wait for the approver, oldest first."""
    return sorted(
        (each for each in world.dingtalk(
            "GET", "/approvals/instances", todo=world.approver) if each["category"]),
        key=lambda each: str(each["values"]))


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
        "userid": instance["originator"], "type": LEAD_DINGTALK, "begin": "2030-01-07",
        "end": "2030-01-07", "reason": world.token(step), "action": "REVOKE",
        "main_id": instance["id"]})["id"]
    decide(world, key, "agree")


@operation(weight=2, who=something)
def somebody_is_given_leave_in_odoo(world, step, who):
    """An officer enters leave in Odoo and approves it."""
    employee = world.employees[world.colleague(who)]
    day = a_day(world)
    number = world.rpc(world.leave_model, "create", dict({
        "name": world.token(step), "employee_id": employee,
        "holiday_status_id": world.leave_types[LEAD_ODOO],
        "date_from": day + " 01:00:00", "date_to": day + " 10:00:00",
    }, **world.leave_days(day)))
    world.rpc(world.leave_model, "action_approve", [number])


@operation(weight=1, which=something)
def leave_is_refused_in_odoo(world, step, which):
    """An officer refuses leave that was approved in Odoo."""
    found = world.query(
        "SELECT id FROM %s WHERE state = 'validate' AND holiday_status_id = %d"
        " ORDER BY id" % (world.leave_model.replace(".", "_"),
                          world.leave_types[LEAD_ODOO]))
    number = world.pick(which, [each["id"] for each in found])
    try:
        world.rpc(world.leave_model, "action_refuse", [number])
    except (Refused, Disturbed):
        pass
