# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Attendance: groups with their shifts, results and punches.

Times of answers are milliseconds or Beijing's time as text; both become datetimes in
UTC with whole seconds. Days are dates in Beijing.
"""
import collections
import datetime

from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.dingtalk.api.base import (
    Area,
    given,
    identifier,
    listed,
    need,
    number,
    text,
    truth,
)
from odoo.addons.dingding.dingtalk.beijing import OFFSET, beijing_time, milliseconds
from odoo.addons.dingding.dingtalk.client import register
from odoo.addons.dingding.dingtalk.errors import (
    InvalidArgumentError,
    argument_error,
    register as register_codes,
)

MAX_USERS = 50  # of one call
MAX_DAYS = 7  # of one call, first and last included
PAGE = 50  # results on one page
GROUP_PAGE = 10  # groups on one page, at most
OLDEST_DAYS = 180  # results, punches and uploads may not be older
MAX_PAGES = 500  # of a list; the limit ends endless lists
MAX_TEXT = 200  # characters of a device's name or id

ON_DUTY, OFF_DUTY = "onduty", "offduty"

register_codes(InvalidArgumentError, "850012 850015")

#: A planned punch and its result, see :meth:`Attendance.results`.
Result = collections.namedtuple(
    "Result",
    "id record_id userid work_date group_id plan_id side planned actual result place"
    " source approve_id process_id",
)
#: A real punch, see :meth:`Attendance.punches`.
Punch = collections.namedtuple(
    "Punch",
    "id userid work_date group_id side actual place source valid address device_id",
)


class Attendance(Area):
    """Attendance. People are named by their userids."""

    def groups(self):
        """Return all attendance groups with their shifts and members.

        https://open.dingtalk.com/document/development/batch-obtain-attendance-group-details

        :return: list of dict as documented: ``groupId``, ``groupName``, ``type``
            (FIXED, TURN or NONE), ``userIds``, ``deptIds``, ``selectedClass`` ...
        :raise PermissionDeniedError: needs ``qyapi_attendance_group_read``
        """
        found, start = collections.OrderedDict(), 0
        for _page in range(MAX_PAGES):
            payload = self._client.api(
                "GET", "/v1.0/attendance/groupDetails",
                params={"maxResults": GROUP_PAGE, "nextToken": start},
            )
            result = need(payload, "result", dict)
            groups, known = listed(result.get("groups")), len(found)
            found.update(
                (_word(each.get("groupId")), each) for each in groups
                if isinstance(each, dict))
            # A page without news ends an endless list.
            if not truth(result.get("hasMore")) or len(found) == known:
                break
            start += len(groups)
        return [found[key] for key in found if key]

    def results(self, userids, first, last):
        """Return the results of all planned punches of these people and days.

        Days without punches have results too, once DingTalk adds them: in the middle of
        the shift for the first punch, the following night for the last.

        https://open.dingtalk.com/document/development/open-attendance-clock-in-data

        :param list userids: 1 to 50
        :param datetime.date first: first day in Beijing
        :param datetime.date last: last day, at most six days later
        :rtype: list of Result
        :raise InvalidArgumentError: more people or days, or days too long ago
        """
        body = {
            "workDateFrom": "%s 00:00:00" % first,
            "workDateTo": "%s 00:00:00" % _last_day(first, last),
            "userIdList": _people(userids),
            "isI18n": False,
        }
        found = collections.OrderedDict()
        for page in range(MAX_PAGES):
            payload = self._client.oapi(
                "/attendance/list", dict(body, offset=page * PAGE, limit=PAGE))
            rows = [_result(each) for each in listed(payload.get("recordresult"))]
            known = len(found)
            found.update((row.id, row) for row in rows)
            if not truth(payload.get("hasMore")) or len(found) == known:
                break
        return list(found.values())

    def punches(self, userids, begin, end):
        """Return the real punches of these people, valid or not.

        https://open.dingtalk.com/document/development/attendance-clock-in-record-is-open

        :param list userids: 1 to 50
        :param datetime.datetime begin: in UTC; the hour counts
        :param datetime.datetime end: in UTC, on the seventh day at the latest
        :rtype: list of Punch
        :raise InvalidArgumentError: more people or days, or days too long ago
        """
        _last_day((begin + OFFSET).date(), (end + OFFSET).date())
        payload = self._client.oapi(
            "/attendance/listRecord",
            {
                "userIds": _people(userids),
                "checkDateFrom": _beijing_text(begin),
                "checkDateTo": _beijing_text(end),
                "isI18n": False,
            },
        )
        return [_punch(each) for each in listed(payload.get("recordresult"))]

    def upload(self, userid, device_name, device_id, moment, photo_url=None):
        """Add a punch made on another device.

        Not idempotent.

        https://open.dingtalk.com/document/development/upload-punch-records

        :param str device_name: shown as the place of the punch
        :param str device_id: identifies the device
        :param datetime.datetime moment: in UTC, at most 180 days ago
        :raise PermissionDeniedError: needs ``Pro.AttendanceRecord.Write``
        """
        self._client.oapi(
            "/topapi/attendance/record/upload",
            given(
                userid=identifier(userid, "userid"),
                device_name=text(device_name, "device_name", MAX_TEXT),
                device_id=text(device_id, "device_id", MAX_TEXT),
                user_check_time=milliseconds(moment),
                photo_url=photo_url,
            ),
            idempotent=False,
        )


def moment_of(value):
    """Return a time of an answer as datetime in UTC, or None.

    :param value: milliseconds as number or text, or Beijing's time as text
    """
    if isinstance(value, bool) or value in (None, "", 0, "0"):
        return None
    try:
        if isinstance(value, (int, float)) or str(value).strip().isdigit():
            return utc.moment(int(value) // 1000)
        seconds = beijing_time(str(value).strip())
    except (ValueError, OverflowError, OSError):
        return None
    return None if seconds is None else utc.moment(seconds)


def _day_of(value):
    """Return a day of an answer as date in Beijing, or None."""
    moment = moment_of(value)
    if moment is not None:
        return (moment + OFFSET).date()
    try:
        return datetime.datetime.strptime(str(value)[:10], "%Y-%m-%d").date()
    except ValueError:
        return None


def _beijing_text(moment):
    return (moment + OFFSET).strftime("%Y-%m-%d %H:%M:%S")


def _people(userids):
    found = [identifier(each, "userids") for each in userids]
    if not 1 <= len(found) <= MAX_USERS:
        raise argument_error(
            "userids: %d, 1 to %d are allowed" % (len(found), MAX_USERS),
            argument="userids", length=len(found), limit=MAX_USERS)
    return found


def _last_day(first, last):
    number((last - first).days + 1, "days", 1, MAX_DAYS)
    return last


def _word(value):
    """Return an id or a word of an answer as text; "" for none and for 0."""
    return "" if value in (None, 0, "0", "") or isinstance(value, bool) else str(value)


def _result(row):
    row = row if isinstance(row, dict) else {}
    identity = _word(row.get("id"))
    day = _day_of(row.get("workDate"))
    if not identity or day is None or not _word(row.get("userId")):
        # Needed to match the result when it is read again.
        need({}, "id", str)
    return Result(
        identity, _word(row.get("recordId")), _word(row.get("userId")), day,
        _word(row.get("groupId")), _word(row.get("planId")),
        # DingTalk's pages spell it differently.
        str(row.get("checkType") or "").lower(),
        moment_of(row.get("baseCheckTime") or row.get("planCheckTime")),
        moment_of(row.get("userCheckTime")),
        _word(row.get("timeResult")), _word(row.get("locationResult")),
        _word(row.get("sourceType")), _word(row.get("approveId")),
        _word(row.get("procInstId")),
    )


def _punch(row):
    row = row if isinstance(row, dict) else {}
    actual = moment_of(row.get("userCheckTime"))
    identity = _word(row.get("id")) or _word(row.get("bizId"))
    if not identity or actual is None or not _word(row.get("userId")):
        need({}, "id", str)
    legal = str(row.get("isLegal") or "Y").upper() != "N"
    valid = not _word(row.get("invalidRecordType"))
    return Punch(
        identity, _word(row.get("userId")),
        _day_of(row.get("workDate")) or (actual + OFFSET).date(),
        _word(row.get("groupId")), str(row.get("checkType") or "").lower(), actual,
        # Field punches are not legal, but have results too.
        _word(row.get("locationResult")) or ("Normal" if legal else "Outside"),
        _word(row.get("sourceType")), valid, _word(row.get("userAddress")),
        _word(row.get("deviceId")) or _word(row.get("deviceSN")),
    )


register("attendance", Attendance)
