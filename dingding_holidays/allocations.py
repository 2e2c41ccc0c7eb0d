# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Balances and allocations of Odoo in every series, by what the models have."""

from odoo import fields

from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.dingtalk.beijing import OFFSET

from .leaves import LEAVE, SPLIT, STEPS, calendar_of

ALLOCATION = "hr.leave.allocation" if SPLIT else LEAVE
DAY_HOURS = 8.0
# Nobody has to approve what is in DingTalk already.
QUIET = {
    "tracking_disable": True, "mail_create_nosubscribe": True,
    "mail_activity_automation_skip": True,
}


def is_allocated(leave_type):
    """Tell whether a type of Odoo needs allocations."""
    names = leave_type._fields
    if "requires_allocation" in names:
        return leave_type.requires_allocation in ("yes", True)
    if "allocation_type" in names:
        return leave_type.allocation_type != "no"
    return not leave_type.limit


def counts_hours(leave_type):
    """Tell whether Odoo counts the balance of a type in hours."""
    return "request_unit" in leave_type._fields and leave_type.request_unit == "hour"


def balances_of(leave_type, employees):
    """Return what employees may take and have taken, in the unit of the type.

    Unapproved requests do not count, as in DingTalk.

    :return: id of an employee -> (allocated, taken)
    """
    if hasattr(leave_type, "get_allocation_data"):
        # From 17 on.
        found = {
            employee.id: values
            for employee, rows in leave_type.get_allocation_data(employees).items()
            for _name, values, _requires, type_id in rows if type_id == leave_type.id
        }
    elif hasattr(leave_type, "get_employees_days"):
        # From 14 on.
        days = leave_type.get_employees_days(employees.ids)
        found = {id_: days[id_].get(leave_type.id, {}) for id_ in employees.ids}
    else:
        found = _sums(leave_type, employees)
    return {
        id_: (found.get(id_, {}).get("max_leaves", 0.0),
              found.get(id_, {}).get("leaves_taken", 0.0))
        for id_ in employees.ids
    }


def _sums(leave_type, employees):
    """Return what Odoo adds up for one employee at a time, up to 13."""
    found = {}
    for name, model in (("max_leaves", ALLOCATION), ("leaves_taken", LEAVE)):
        domain = [
            ("employee_id", "in", employees.ids), ("state", "=", "validate"),
            ("holiday_status_id", "=", leave_type.id),
        ]
        if not SPLIT:
            kind = "add" if name == "max_leaves" else "remove"
            domain.append(("type", "=", kind))
        hours = counts_hours(leave_type) and "number_of_hours_display"
        amount = hours or ("number_of_days" if SPLIT else "number_of_days_temp")
        # sudo: as Odoo does.
        for row in leave_type.env[model].sudo().search(domain):
            sums = found.setdefault(row.employee_id.id, {})
            sums[name] = sums.get(name, 0.0) + row[amount]
    return found


def day_hours(employee):
    """Return the hours of a working day of an employee."""
    calendar = calendar_of(employee)
    if "hours_per_day" in calendar._fields and calendar.hours_per_day:
        return calendar.hours_per_day
    return DAY_HOURS


def days_of(amount, leave_type, employee):
    """Return an amount of a type as days, in which allocations are stored."""
    return amount / day_hours(employee) if counts_hours(leave_type) else amount


def give(env, leave_type, employee, days, name):
    """Create an approved allocation through Odoo's own steps; return it.

    :raise UserError: Odoo refuses it
    """
    model = env[ALLOCATION].with_context(**QUIET)
    values = {
        "name": name, "employee_id": employee.id, "holiday_status_id": leave_type.id,
    }
    if SPLIT:
        values["number_of_days"] = days
    else:
        values.update(type="add", number_of_days_temp=days)
    if "date_from" in model._fields and SPLIT:
        today = (utc.now() + OFFSET).date()
        values["date_from"] = fields.Date.to_string(today.replace(month=1, day=1))
    if "holiday_type" in model._fields:
        values["holiday_type"] = "employee"
    allocation = model.create(values)
    for _step in range(STEPS):
        if allocation.state == "draft" and hasattr(allocation, "action_confirm"):
            allocation.action_confirm()
        elif allocation.state == "confirm":
            (allocation.action_approve if hasattr(allocation, "action_approve")
             else allocation.action_validate)()
        elif allocation.state == "validate1":
            (allocation.action_validate if hasattr(allocation, "action_validate")
             else allocation.action_approve)()
    return allocation


def days_given(allocation):
    return allocation.number_of_days if SPLIT else allocation.number_of_days_temp


def set_days(allocation, days):
    """Change the days of an allocation.

    :raise UserError: Odoo refuses it
    """
    allocation.with_context(**QUIET).write(
        {"number_of_days" if SPLIT else "number_of_days_temp": days})


def watched(name):
    """Tell whether a field of an allocation decides about a balance."""
    return name in (
        "state", "number_of_days", "number_of_days_temp", "number_of_days_display",
        "number_of_hours_display", "holiday_status_id", "employee_id", "active",
        "date_from", "date_to",
    )
