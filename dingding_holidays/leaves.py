# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Odoo's leaves in every series, told apart by the models' fields and methods.

Times are naive: UTC in Odoo's fields, local to the working hours in between.
"""
import datetime
import importlib.util
import math

import pytz

from odoo import fields

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.api import leave as dingtalk_leave
from odoo.addons.dingding.dingtalk.beijing import ZONE

# One model for requests and allocations before.
SPLIT = importlib.util.find_spec("odoo.addons.hr_holidays.models.hr_leave") is not None
LEAVE = "hr.leave" if SPLIT else "hr.holidays"
LEAVE_TYPE = "hr.leave.type" if SPLIT else "hr.holidays.status"
# Odoo's types by DingTalk's standard names.
PROPOSALS = (
    ("\u5e74\u5047", "holiday_status_cl"),
    ("\u75c5\u5047", "holiday_status_sl"),
    ("\u8c03\u4f11", "holiday_status_comp"),
    ("\u4e8b\u5047", "holiday_status_unpaid"),
    ("\u65e0\u85aa", "holiday_status_unpaid"),
)
NOON = 12.0
# A break that begins later does not divide the day.
LAST_BREAK = 15.0
DAY_END = 24.0
# Steps until a leave is approved: submit, first and second approval.
STEPS = 3
# A leave with less of a day's hours is not a whole day.
MOST_OF_A_DAY = 0.75


def watched(name):
    """Tell whether a field of a leave matters to DingTalk."""
    return name.startswith("request_") or name in (
        "state", "date_from", "date_to", "holiday_status_id", "employee_id", "active",
        "type", "number_of_days_temp",
    )


def is_request(leave):
    """Tell whether a record is a request for leave of one employee."""
    return bool(leave.employee_id) and (
        "type" not in leave._fields or leave.type == "remove")


def is_approved(leave):
    return leave.state == "validate" and not _is_archived(leave)


def is_cancelled(leave):
    return leave.state in ("cancel", "refuse") or _is_archived(leave)


def _is_archived(leave):
    """Tell whether a leave is archived, which up to 17.0 means that it is cancelled."""
    return "active" in leave._fields and not leave.active


def proposed_type(env, name, company):
    """Return Odoo's type for a name of DingTalk, or an empty record."""
    types = env[LEAVE_TYPE]
    own = types.search([("name", "=", name)]).filtered(
        lambda each: _fits(each, company))
    if own:
        return own[0]
    for word, xmlid in PROPOSALS:
        if word in name:
            found = env.ref("hr_holidays." + xmlid, raise_if_not_found=False)
            if found and found.active and _fits(found, company):
                return found
    return types


def _fits(leave_type, company):
    return not leave_type.company_id or leave_type.company_id == company


def company_of(leave_type):
    """Return the company of a type of Odoo, empty for all."""
    return leave_type.company_id


# -- working hours -------------------------------------------------------------------


def calendar_of(employee, day=None):
    """Return the working hours of an employee, now or on a day.

    From 19 on they are those of the employee's version.
    """
    company = employee.company_id or employee.env.user.company_id
    source = employee
    if day and hasattr(employee, "_get_version"):
        source = employee._get_version(day)
    return source.resource_calendar_id or company.resource_calendar_id


def zone_of(employee):
    """Return the time zone of an employee's working hours."""
    calendar = calendar_of(employee)
    names = [
        record.tz for record in (employee, calendar, employee.user_id)
        if record and "tz" in record._fields and record.tz
    ]
    return pytz.timezone((names or [ZONE])[0])


def hours_of(calendar, day):
    """Return the working hours of a weekday as sorted pairs (from, to)."""
    lines = calendar.attendance_ids.filtered(
        lambda line: int(line.dayofweek) == day.weekday() and applies(line, day))
    return sorted((line.hour_from, line.hour_to) for line in lines)


def applies(line, day):
    """Tell whether a line of working hours counts on a day of its weekday."""
    if "display_type" in line._fields and line.display_type:
        return False
    # Since 17 a break may have a line, too.
    if "day_period" in line._fields and line.day_period == "lunch":
        return False
    if "week_type" in line._fields and line.week_type:
        # As Odoo counts the weeks of two-week calendars.
        if int(line.week_type) != int(math.floor((day.toordinal() - 1) / 7) % 2):
            return False
    if "date_from" in line._fields and (line.date_from or line.date_to):
        text = str(day)
        return (str(line.date_from or text) <= text <= str(line.date_to or text))
    return True


def _at(day, hour, zone):
    """Return the naive UTC time of an hour of a day in a zone."""
    minutes = min(int(round(hour * 60)), 24 * 60 - 1)
    local = datetime.datetime(day.year, day.month, day.day) + datetime.timedelta(
        minutes=minutes)
    return zone.localize(local).astimezone(pytz.utc).replace(tzinfo=None)


def beijing_to_utc(moment):
    """Return a naive time of Beijing as naive UTC."""
    return pytz.timezone(ZONE).localize(moment).astimezone(pytz.utc).replace(
        tzinfo=None)


def period_of(request, employee):
    """Return when a leave of DingTalk begins and ends, as naive UTC.

    Days and half days are those of the employee's working hours; times are Beijing's.

    :param request: has ``unit``, ``begin``, ``end``, ``begin_half``, ``end_half``
    """
    if request.unit == dingtalk_leave.HOUR:
        return beijing_to_utc(request.begin), beijing_to_utc(request.end)
    first, last, zone = request.begin.date(), request.end.date(), zone_of(employee)
    hours = [calendar_of(employee, day) for day in (first, last)]
    end = _at(last, _end_hour(hours[1], last, request.end_half), zone)
    if not SPLIT and request.end_half == dingtalk_leave.MORNING:
        noon = _noon(hours_of(hours[1], last))
        # For 11.0 leaves overlap if one begins when the other ends.
        end -= datetime.timedelta(seconds=noon[0] == noon[1])
    return _at(first, _begin_hour(hours[0], first, request.begin_half), zone), end


def _begin_hour(calendar, day, half):
    hours = hours_of(calendar, day)
    if half == dingtalk_leave.AFTERNOON:
        return _noon(hours)[1]
    return hours[0][0] if hours else 0.0


def _end_hour(calendar, day, half):
    hours = hours_of(calendar, day)
    if half == dingtalk_leave.MORNING:
        return _noon(hours)[0]
    return hours[-1][1] if hours else DAY_END


def _noon(hours):
    """Return when the morning of working hours ends, and when the afternoon begins.

    Without a break at noon each has half of the hours, else both would overlap.

    :param hours: sorted pairs (from, to)
    """
    afternoon = [begin for begin, _end in hours if begin >= NOON]
    end = max([end for begin, end in hours if begin < NOON] or [NOON])
    if end <= (LAST_BREAK if afternoon else NOON + 1):
        return end, afternoon[0] if afternoon else max(end, NOON)
    left = sum(to - since for since, to in hours) / 2.0
    for since, to in hours:
        if left <= to - since:
            break
        left -= to - since
    return since + left, since + left


# -- leaves of Odoo ------------------------------------------------------------------


def prepare_leave(model, employee, leave_type, begin, end, request):
    """Return the values of a new leave.

    :param model: the model of leaves
    :param datetime.datetime begin: naive UTC
    :param datetime.datetime end: naive UTC
    :param request: as for :func:`period_of`, with ``reason``
    """
    names = model._fields
    values = {
        # From 14 on the description of others is hidden.
        "private_name" if "private_name" in names else "name": (
            request.reason or leave_type.name),
        "employee_id": employee.id,
        "holiday_status_id": leave_type.id,
        "date_from": fields.Datetime.to_string(begin),
        "date_to": fields.Datetime.to_string(end),
    }
    if "holiday_type" in names:
        values["holiday_type"] = "employee"
    if "type" in names:
        values["type"] = "remove"
    if "request_date_from" in names:
        zone = zone_of(employee)
        local = [
            pytz.utc.localize(moment).astimezone(zone) for moment in (begin, end)]
        values.update(
            request_date_from=fields.Date.to_string(local[0].date()),
            request_date_to=fields.Date.to_string(local[1].date()),
        )
        if local[0].date() == local[1].date():
            values.update(_part_of_day(names, request, local))
        elif request.unit == dingtalk_leave.HALF_DAY:
            values.update(_halves(names, request))
        elif request.unit == dingtalk_leave.HOUR and "request_date_to_period" in names:
            # From 19 on also for several days.
            values.update(
                (name, moment.hour + moment.minute / 60.0) for name, moment in zip(
                    ("request_hour_from", "request_hour_to"), local))
    # Computed from 14 on.
    for name in ("number_of_days_temp", "number_of_days"):
        field = names.get(name)
        if field is not None and not field.compute:
            values[name] = _days(model, begin, end, employee)
            break
    return values


def _part_of_day(names, request, local):
    """Return the form's values for a leave of less than a day."""
    if request.unit == dingtalk_leave.HALF_DAY and (
        request.begin_half == request.end_half
    ):
        half = "am" if request.begin_half == dingtalk_leave.MORNING else "pm"
        return dict(
            {"request_unit_half": True, "request_date_from_period": half},
            **_halves(names, request))
    if request.unit != dingtalk_leave.HOUR:
        return {}
    values = {"request_unit_hours": True}
    for name, moment in zip(("request_hour_from", "request_hour_to"), local):
        hour = moment.hour + moment.minute / 60.0
        if names[name].type == "float":
            values[name] = hour
        elif hour * 2 == int(hour * 2):
            # A selection of half hours, "8" or "8.5"; in 12 it is 8 or -9.
            values[name] = "%g" % hour
            if isinstance(names[name].selection[0][0], int):
                values[name] = int(hour) if hour == int(hour) else -int(hour) - 1
        else:
            # The exact times are in the dates.
            return {}
    return values


def _halves(names, request):
    """Return the form's values for the first and the last half day, from 19 on."""
    if "request_date_to_period" not in names:
        return {}
    return {
        name: "am" if half == dingtalk_leave.MORNING else "pm"
        for name, half in (
            ("request_date_from_period", request.begin_half),
            ("request_date_to_period", request.end_half),
        )
    }


def _days(model, begin, end, employee):
    texts = [fields.Datetime.to_string(moment) for moment in (begin, end)]
    if SPLIT:
        found = model._get_number_of_days(begin, end, employee.id)
    else:
        found = model._get_number_of_days(texts[0], texts[1], employee.id)
    return found["days"] if isinstance(found, dict) else found


def lacks_allocation(leave_type, employee, begin):
    """Tell whether a type needs an allocation and the employee has none.

    From 15 on only Odoo's form requires one.

    :param datetime.datetime begin: naive UTC
    """
    if "requires_allocation" not in leave_type._fields or (
        leave_type.requires_allocation not in ("yes", True)
    ):
        return False
    day = fields.Date.to_string(begin.date())
    return not leave_type.env["hr.leave.allocation"].search_count([
        ("holiday_status_id", "=", leave_type.id), ("state", "=", "validate"),
        ("employee_id", "=", employee.id), ("date_from", "<=", day),
        "|", ("date_to", "=", False), ("date_to", ">=", day),
    ])


def create_leave(leaves, values):
    """Create a leave with its own times; return it.

    :param leaves: model, in the environment that creates it
    :param dict values: see :func:`prepare_leave`
    :raise UserError: Odoo refuses it
    """
    # 19 would look for overlaps at the times that it computes from the days.
    late = "dashboard_warning_message" in leaves._fields
    leave = leaves.with_context(leave_skip_date_check=late).create(values)
    compat.flush(leave.env)
    keep_times(leave, values)
    leave = leave.with_env(leaves.env)
    if late:
        compat.flush(leave.env)
        compat.forget(leave.env)
        leave._check_date()
    return leave


def keep_times(leave, values):
    """Restore a new leave's times, which Odoo may have computed from its days.

    :param dict values: with which it was created
    """
    wanted = {name: values[name] for name in ("date_from", "date_to")}
    if all(str(leave[name])[:19] == wanted[name] for name in wanted):
        return
    # Otherwise Odoo would compute the times from the days. Types without approval are
    # approved by now.
    leave.with_context(leave_fast_create=True, leave_skip_state_check=True).write(
        wanted)
    if leave.state == "validate":
        # With the times that it has now.
        leave._remove_resource_leave()
        leave._create_resource_leave()


def rounds_up(leave_type):
    """Tell whether Odoo counts each leave of a type in whole days, as from 17 on."""
    leaves = leave_type.env[LEAVE]
    # Earlier series have neither.
    return (hasattr(leaves, "_get_durations") or hasattr(leaves, "_get_duration")) and (
        leave_type.request_unit == "day")


def days_of(leave):
    """Return a leave's number of days in Odoo."""
    return abs(leave.number_of_days)


def is_part_of_day(leave):
    """Tell whether a leave begins or ends within the working hours of a day.

    Also by Beijing's time: working hours often have a wrong time zone.
    """
    zones = zone_of(leave.employee_id), pytz.timezone(ZONE)
    return all(_is_part_in(leave, zone) for zone in zones)


def _is_part_in(leave, zone):
    begin, end = [
        pytz.utc.localize(fields.Datetime.from_string(moment)).astimezone(zone).replace(
            tzinfo=None)
        for moment in (leave.date_from, leave.date_to)
    ]
    for day in {begin.date(), end.date()}:
        hours = hours_of(calendar_of(leave.employee_id, day), day)
        if not hours or hours[0][0] <= 0 or hours[-1][1] >= DAY_END:
            # A night shift.
            continue
        midnight = datetime.datetime(day.year, day.month, day.day)
        first, last = [
            (moment - midnight).total_seconds() / 3600 for moment in (begin, end)]
        off = sum(max(min(to, last) - max(since, first), 0) for since, to in hours)
        if off < MOST_OF_A_DAY * sum(to - since for since, to in hours):
            return True
    return False


def approve(leave):
    """Approve a leave through Odoo's own steps.

    :raise UserError: Odoo refuses it
    """
    for _step in range(STEPS):
        if leave.state == "draft":
            leave.action_confirm()
        elif leave.state == "confirm":
            leave.action_approve()
        elif leave.state == "validate1":
            leave.action_validate()


def cancel(leave, reason):
    """Cancel a leave, or refuse it in series that cannot cancel.

    :raise UserError: Odoo refuses it
    """
    if is_cancelled(leave):
        return
    if hasattr(leave, "_force_cancel"):
        leave._force_cancel(reason)
    else:
        if leave.state == "draft":
            leave.action_confirm()
        leave.action_refuse()
