# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Leave: its types, records that other systems write into the attendance, holidays.

Days and times are Beijing time. Requests made in DingTalk are approvals;
:func:`request_of` reads the form of one.
"""
import collections
import datetime
import json
import re

from ..beijing import day_of, midnight, milliseconds
from ..errors import (
    ApiError,
    BusyError,
    InvalidArgumentError,
    PermissionDeniedError,
    UnexpectedAnswerError,
    argument_error,
    register as register_codes,
)
from .base import Area, given, identifier, joined, need, number, objects, text, truth

DAY, HALF_DAY, HOUR = "day", "halfDay", "hour"
UNITS = (DAY, HALF_DAY, HOUR)
MORNING, AFTERNOON = "AM", "PM"
NATURAL_DAYS, WORKING_DAYS = 0, 1  # calculateModel
OVERTIME_APPROVAL, TRIP, LEAVE = 1, 2, 3  # bizType

MAX_DAYS = 31  # between the beginning and the end of a record
OLDEST_DAYS = 31  # from the beginning of a record until today
MAX_ID = 100
MAX_NAME = 64
MAX_ADDRESS = 200
MAX_PEOPLE = 50

FESTIVAL, REST, OVERTIME = "festival", "rest", "overtime"

#: A request for leave.
#:
#: name, code: of the type; code may be ''
#: unit: one of :data:`UNITS`
#: begin, end: naive Beijing times; of half days and days their first and last minute
#:     are not known, so the hours are 0 or 12
#: begin_half, end_half: 'AM' or 'PM' for half days, else ''
#: duration: in days, or in hours if the unit is HOUR
#: reason: text of the form
Request = collections.namedtuple(
    "Request", "name code unit begin end begin_half end_half duration reason")

#: A day that is off, or worked in exchange (``kind`` OVERTIME).
Holiday = collections.namedtuple("Holiday", "day name kind")

_BASE = "/v1.0/attendance/"
_FIELD = "DDHolidayField"
_HALVES = {
    "AM": MORNING, "\u4e0a\u5348": MORNING, "PM": AFTERNOON, "\u4e0b\u5348": AFTERNOON}
_WRITTEN = re.compile(
    "(\\d{4})-(\\d{1,2})-(\\d{1,2})"
    "(?: (?:(AM|PM|\u4e0a\u5348|\u4e0b\u5348)|(\\d{1,2}):(\\d{2})(?::\\d{2})?))?\\Z")
_UNITS = {
    "day": DAY, "halfday": HALF_DAY, "half_day": HALF_DAY, "hour": HOUR,
    "halfhour": HOUR, "limithour": HOUR,
}


class LeaveOverlapError(InvalidArgumentError):
    """The person has another leave in DingTalk at this time."""

    remedy = "leave_overlap"


class LeavePeriodError(InvalidArgumentError):
    """DingTalk takes no leave of this length, or that began so long ago."""

    remedy = "leave_period"


class LeaveOperatorError(PermissionDeniedError):
    """The operator may not administer leave."""

    remedy = "leave_operator"


register_codes(LeaveOverlapError, "repeatApprovesOverLimit")
register_codes(LeavePeriodError, "dateTooEarly durationTooLong")
register_codes(
    LeaveOperatorError, "leaveOpuserIdIsNotAdmin notManage opUserIdIsNotAdmin")
register_codes(
    InvalidArgumentError,
    "illegalCalculateType illegalDurationUnit illegalApproveType invalidRequestParams "
    "illegalDateTypeForHalfDay beginDateCannotAfterEndDate",
)
register_codes(BusyError, "updateSpeedfast")


def unit_of(value):
    """Return one of :data:`UNITS` for DingTalk's spellings, or ''."""
    return _UNITS.get(str(value or "").lower(), "")


def request_of(instance):
    """Return the request in the form of an instance, or None if it is not a leave.

    :param dict instance: of :meth:`.approvals.Approvals.instance`
    :rtype: Request
    :raise UnexpectedAnswerError: the form cannot be read
    """
    found, reason = None, ""
    for row in objects(instance.get("formComponentValues")):
        if row.get("componentType") == _FIELD or _is_holiday(row):
            found = row
        elif row.get("componentType") == "TextareaField" and not reason:
            reason = row.get("value") or ""
    if found is None:
        return None
    value, more = _json(found.get("value"), list), _json(found.get("extValue"), dict)
    if value is None or len(value) < 5:
        raise UnexpectedAnswerError(
            "unexpected_answer", "the form of the leave cannot be read")
    begin, end = _moment(value[0]), _moment(value[1])
    unit = unit_of(value[3])
    if begin is None or end is None or not unit:
        raise UnexpectedAnswerError(
            "unexpected_answer", "the period of the leave cannot be read")
    more = more or {}
    tag = (_json(more.get("extension"), dict) or {}).get("tag")
    return Request(
        str(tag or value[4] or ""), str(more.get("key") or ""), unit,
        begin[0], end[0], begin[1], end[1], _float(value[2]), reason,
    )


def _is_holiday(row):
    """Tell whether a row without a type is the suite's field; older answers lack it."""
    return not row.get("componentType") and str(row.get("id") or "").startswith(_FIELD)


def _json(value, kind):
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    return value if isinstance(value, kind) else None


def _float(value):
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _moment(value):
    match = _WRITTEN.match(value.strip()) if isinstance(value, str) else None
    if not match:
        return None
    year, month, day, half, hour, minute = match.groups()
    half = _HALVES.get(half or "", "")
    try:
        moment = datetime.datetime(
            int(year), int(month), int(day),
            int(hour or 0) if not half else 12 * (half == AFTERNOON), int(minute or 0))
    except ValueError:
        return None
    return moment, half


def _holiday(row):
    try:
        return day_of(need(row, "workDate", int))
    except OverflowError:
        raise UnexpectedAnswerError(
            "unexpected_answer", "the day of a holiday cannot be read") from None


def period(begin, end, unit, begin_half="", end_half=""):
    """Return a period in the texts of DingTalk's calls.

    :param datetime.datetime begin: naive Beijing time
    :param datetime.datetime end: naive Beijing time
    :param str unit: one of :data:`UNITS`
    :return: (from, to)
    """
    if unit == HOUR:
        return begin.strftime("%Y-%m-%d %H:%M"), end.strftime("%Y-%m-%d %H:%M")
    days = begin.strftime("%Y-%m-%d"), end.strftime("%Y-%m-%d")
    if unit == DAY:
        return days
    if unit != HALF_DAY or begin_half not in _HALVES or end_half not in _HALVES:
        raise argument_error("unit: %r, %r, %r" % (unit, begin_half, end_half))
    return "%s %s" % (days[0], begin_half), "%s %s" % (days[1], end_half)


class Leave(Area):
    """Leave. Most calls name an operator, who administers leave in DingTalk."""

    def types(self, operator):
        """Return the types of leave.

        https://open.dingtalk.com/document/development/query-leave-types

        :param str operator: userid of an administrator
        :return: dicts with ``leaveCode``, ``leaveName``, ``leaveViewUnit``,
            ``bizType``, ``naturalDayLeave``, ``hoursInPerDay`` (hundredths of an hour),
            ``source`` (``external``: made by API)
        :raise LeaveOperatorError: the operator does not administer leave
        """
        payload = self._client.api(
            "GET", _BASE + "leaves/types",
            params={
                "opUserId": identifier(operator, "operator"),
                "vacationSource": "all",
            },
        )
        rows = need(payload, "result", list)
        for row in rows:
            need(row, "leaveCode", str)
        return rows

    def calculate(self, userid, from_time, to_time, unit, code, natural=False):
        """Return how much of a period is leave, by the person's shifts.

        https://open.dingtalk.com/document/development/api-calculateduration

        :param str from_time: see :func:`period`
        :param str code: of the type
        :param bool natural: count the days of the calendar
        :return: days, or hours if the unit is HOUR
        :rtype: float
        :raise LeavePeriodError: too long, or too long ago
        """
        body = self._asked(from_time, to_time, unit, code, natural)
        payload = self._client.api(
            "POST", _BASE + "approvals/durations/calculate", body,
            params={"userId": identifier(userid, "userid")},
        )
        return _float(need(payload, "result", dict).get("duration"))

    def finish(
        self, userid, approve_id, from_time, to_time, unit, code, name, natural=False,
        url=None, tag="\u8bf7\u5047",
    ):
        """Write an approved leave into the attendance, which starts no approval.

        https://open.dingtalk.com/document/development/api-processapprovefinish

        A known ``approve_id`` updates its record. Call :meth:`calculate` first.

        :param str approve_id: our own, up to 100 characters
        :param str name: of the type, up to 64 characters
        :param str url: page of the leave, up to 200 characters
        :raise LeaveOverlapError: another leave of the person touches the period
        :raise LeavePeriodError: too long, or too long ago
        """
        body = given(
            topCalculateApproveDurationParam=self._asked(
                from_time, to_time, unit, code, natural),
            approveId=text(identifier(approve_id, "approve_id"), "approve_id", MAX_ID),
            tagName=tag,
            subType=text(name, "name", MAX_NAME),
            jumpUrl=url if url and len(url) <= MAX_ADDRESS else None,
        )
        payload = self._client.api(
            "POST", _BASE + "approvals/finish", body,
            params={"userId": identifier(userid, "userid")},
        )
        if "success" in payload and not truth(payload["success"]):
            raise ApiError("not_done", "DingTalk did not write the leave")
        result = payload.get("result")
        return _float(result.get("duration") if isinstance(result, dict) else None)

    def cancel(self, userid, approve_id):
        """Delete a record; a missing one is not an error.

        https://open.dingtalk.com/document/development/notice-of-approval-cancellation
        """
        self._client.oapi("/topapi/attendance/approve/cancel", {
            "userid": identifier(userid, "userid"),
            "approve_id": identifier(approve_id, "approve_id"),
        })

    def approvals(self, userids, begin, end, kinds=(LEAVE,)):
        """Return what approvals have put into people's attendance in a period.

        https://open.dingtalk.com/document/development/attendance-overview

        Only DingTalk's SDK knows this call.

        :param userids: 1 to 50
        :param int begin: milliseconds
        :param int end: milliseconds
        :param kinds: of LEAVE, TRIP and OVERTIME_APPROVAL
        :return: dicts with ``approveId``, ``bizType``, ``userId``, ``beginTime``,
            ``endTime``, ``subType``
        :raise UnexpectedAnswerError: the answer has no list
        """
        body = {
            "userIds": joined(userids, "userids", MAX_PEOPLE),
            "bizTypes": list(kinds),
            "fromDateTime": number(begin, "begin", 0),
            "toDateTime": number(end, "end", 0),
        }
        payload = self._client.api("POST", _BASE + "approvals/query", body)
        rows = need(payload, "result", list)
        return [each for each in rows if isinstance(each, dict)]

    def is_closed(self, userids, begin, end, code="leave"):
        """Tell whether an administrator has closed a part of this time (封账).

        https://open.dingtalk.com/document/development/query-the-closed-status

        :param int begin: milliseconds
        :param int end: milliseconds
        """
        body = {
            "bizCode": text(code, "code"),
            "userIds": [identifier(userid, "userids") for userid in userids],
            "userTimeRange": [
                {"startTime": number(begin, "begin", 0),
                 "endTime": number(end, "end", 0)}],
        }
        payload = self._client.api(
            "POST", _BASE + "closingAccounts/status/query", body)
        if "pass" not in payload:
            raise UnexpectedAnswerError(
                "unexpected_answer", "the answer does not say whether it is closed")
        return not truth(payload["pass"])

    def holidays(self, userid, first, last):
        """Return public holidays and the days that are worked in exchange.

        https://open.dingtalk.com/document/development/query-user-holidays

        :param str userid: whose attendance group they are of
        :param datetime.date first: in Beijing
        :param datetime.date last: in Beijing
        :rtype: list of Holiday
        """
        body = {
            "userIds": [identifier(userid, "userid")],
            "workDateFrom": milliseconds(midnight(first)),
            "workDateTo": milliseconds(midnight(last)),
        }
        payload = self._client.api("POST", _BASE + "holidays", body)
        found = []
        for person in objects(need(payload, "result", list)):
            for row in objects(person.get("holidays")):
                kind = row.get("holidayType")
                if kind in (FESTIVAL, REST, OVERTIME):
                    found.append(Holiday(
                        _holiday(row), str(row.get("holidayName") or ""), kind))
        return sorted(set(found))

    @staticmethod
    def _asked(from_time, to_time, unit, code, natural):
        if unit not in UNITS:
            raise argument_error("unit: %r" % (unit,), argument="unit")
        return {
            "bizType": LEAVE,
            "fromTime": text(from_time, "from_time"),
            "toTime": text(to_time, "to_time"),
            "durationUnit": unit,
            "calculateModel": NATURAL_DAYS if natural else WORKING_DAYS,
            "leaveCode": identifier(code, "code"),
        }
