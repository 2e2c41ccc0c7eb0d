# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Field check-ins (签到): where people on the road have been.

They are neither punches nor part of attendance results.
"""
import collections
import datetime

from odoo.addons.dingding.dingtalk.api.base import (
    Area,
    joined,
    listed,
    need,
    next_cursor,
)
from odoo.addons.dingding.dingtalk.beijing import midnight, milliseconds
from odoo.addons.dingding.dingtalk.client import register
from odoo.addons.dingding.dingtalk.errors import argument_error

from .attendance import MAX_PAGES, moment_of
from .windows import split

MAX_PEOPLE = 10  # of one call
MAX_DAYS_ALONE = 10  # of one call about one person
MAX_DAYS_TOGETHER = 1  # of one call about several people
PAGE = 100
MAX_VISITED = 200  # characters that are kept of whom a person visited

#: A check-in.
#:
#: key: identifies it: DingTalk has no ID, so its person and its milliseconds
#: moment: UTC, whole seconds
#: visited: name typed by the person, or userid of an external contact
#: photos: addresses
Checkin = collections.namedtuple(
    "Checkin",
    "key userid moment place address latitude longitude note visited photos")


class Checkins(Area):
    """Field check-ins. People are named by their userids."""

    def records(self, userids, begin, end):
        """Return the check-ins of these people in a period, oldest first.

        https://open.dingtalk.com/document/development/obtain-the-check-in-records-of-multiple-users

        :param list userids: 1 to 10
        :param datetime.datetime begin: in UTC
        :param datetime.datetime end: in UTC, included; less than one day later, ten
            days for one person
        :rtype: list of Checkin
        :raise InvalidArgumentError: more people, or a longer period
        """
        most = MAX_DAYS_ALONE if len(userids) == 1 else MAX_DAYS_TOGETHER
        if not datetime.timedelta() <= end - begin < datetime.timedelta(days=most):
            raise argument_error(
                "end: %s to %s, %d days are allowed" % (begin, end, most),
                argument="end", limit=most)
        if not userids:
            raise argument_error("userids: empty", argument="userids")
        body = {
            "userid_list": joined(userids, "userids", MAX_PEOPLE),
            "start_time": milliseconds(begin),
            # The last second belongs to the period.
            "end_time": milliseconds(end) + 999,
            "size": PAGE,
        }
        found, cursor = {}, 0
        for _page in range(MAX_PAGES):
            payload = self._client.oapi(
                "/topapi/checkin/record/get", dict(body, cursor=cursor))
            result = need(payload, "result", dict)
            rows = [_checkin(row) for row in listed(result.get("page_list"))]
            known = len(found)
            found.update((row.key, row) for row in rows)
            if rows and len(found) == known:
                # A page without news ends an endless list.
                break
            cursor = next_cursor(result, cursor)
            if cursor is None:
                break
        return sorted(found.values(), key=lambda each: (each.moment, each.key))


def plan(people, first, last):
    """Return the calls that read these people and days, the fewest possible.

    One call reads ten people for a day, or one person for ten days.

    :param list people: anything
    :param datetime.date first: first day in Beijing
    :param datetime.date last: last day, included
    :return: list of (people of one batch, calls); a call is (people, begin, end), the
        times in UTC
    """
    days = split(first, last, MAX_DAYS_TOGETHER)
    spans = split(first, last, MAX_DAYS_ALONE)
    found = []
    for start in range(0, len(people), MAX_PEOPLE):
        batch = people[start:start + MAX_PEOPLE]
        if len(batch) * len(spans) < len(days):
            calls = [([each], span) for each in batch for span in spans]
        else:
            calls = [(batch, day) for day in days]
        found.append((batch, [(part,) + _period(*span) for part, span in calls]))
    return found


def _period(first, last):
    return midnight(first), midnight(last) + datetime.timedelta(days=1, seconds=-1)


def _checkin(row):
    row = row if isinstance(row, dict) else {}
    userid = str(row.get("userid") or row.get("userId") or "")
    stamp = row.get("checkin_time") or row.get("timestamp")
    moment = moment_of(stamp)
    if not userid or moment is None:
        # Without them the check-in cannot be recognised when it is read again.
        need({}, "checkin_time", int)
    return Checkin(
        "%s:%s" % (userid, stamp), userid, moment,
        _text(row.get("place")), _text(row.get("detail_place")),
        _degrees(row.get("latitude"), 90), _degrees(row.get("longitude"), 180),
        _text(row.get("remark")), _text(row.get("visit_user"))[:MAX_VISITED],
        [each for each in listed(row.get("image_list")) if isinstance(each, str)],
    )


def _text(value):
    return value.strip() if isinstance(value, str) else ""


def _degrees(value, most):
    """Return a coordinate as number, 0.0 if there is none."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return 0.0
    return found if -most <= found <= most else 0.0


register("checkins", Checkins)
