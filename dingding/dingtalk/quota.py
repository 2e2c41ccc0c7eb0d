# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Say what DingTalk bills each month, and recognise that it is used up.

Two meters count for an organisation and calendar month, whichever of its applications
calls: ``api``, calls of the server API, and ``push``, events that DingTalk sends and
messages to a group's webhook.
https://open.dingtalk.com/document/development/dingtalk-application-development-platform-billing-model
"""

import calendar
import datetime
import functools
import re

from .beijing import OFFSET
from .errors import (
    BadCredentialsError,
    BannedError,
    BusyError,
    InvalidTokenError,
    IpNotAllowedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitedError,
    TransportError,
)

API, PUSH = "api", "push"

_DOCUMENTS = "https://open.dingtalk.com/document/development/"

#: Page -> patterns of paths that it exempts; anything else is billed. Ids may follow a
#: pattern.
EXEMPT_PATHS = (
    (
        # Tokens, sign-in, contacts, Smart HR's nine calls, and those of DingTalk's
        # partners.
        _DOCUMENTS + "basic-interfaces-such-as-log-off-and-address-book",
        (
            r"/gettoken\Z",
            r"/v1\.0/oauth2/",
            r"/get_jsapi_ticket\Z",
            r"/sso/",
            r"/sns/",
            r"/service/get_corp_token\Z",
            r"/auth/scopes\Z",
            r"/topapi/v2/user/",
            r"/topapi/user/",
            r"/topapi/inactive/user/",
            r"/user/",
            r"/topapi/v2/department/",
            r"/topapi/industry/organization/get\Z",
            r"/department/",
            r"/topapi/role/",
            r"/role/",
            r"/topapi/extcontact/",
            r"/topapi/org/union/",
            r"/v1\.0/contact/",
            r"/topapi/smartwork/hrm/employee/addpreentry\Z",
            r"/topapi/smartwork/hrm/employee/querypreentry\Z",
            r"/topapi/smartwork/hrm/employee/queryonjob\Z",
            r"/topapi/smartwork/hrm/employee/querydimission\Z",
            r"/topapi/smartwork/hrm/employee/listdimission\Z",
            r"/topapi/smartwork/hrm/employee/v2/update\Z",
            r"/topapi/smartwork/hrm/roster/meta/get\Z",
            r"/v1\.0/hrm/rosters/lists/query\Z",
            r"/v1\.0/hrm/rosters/meta/",
            r"/v1\.0/hrm/employees/dismissions\Z",
            r"/v1\.0/hrm/employees/dimissionInfos\Z",
            r"/v1\.0/hrm/processes/transfer\Z",
            r"/v1\.0/im/interconnections(?:/|\Z)",
            r"/v1\.0/im/conversations/urls\Z",
            r"/topapi/alitrip/",
            r"/v1\.0/alitrip/",
            r"/v1\.0/dingmi/",
            r"/v1\.0/customerService/",
            r"/topapi/smartbot/msg/push\Z",
            r"/v1\.0/manufacturing/",
            r"/v2\.0/esign/",
            r"/v1\.0/jzcrm/",
            r"/v1\.0/h3yun/",
        ),
    ),
)

#: Page -> names of events that it exempts; any other push is billed.
EXEMPT_EVENTS = (
    (
        _DOCUMENTS + "appendix-a-list-of-events-not-included-in-webhook",
        (
            "user_add_org", "user_modify_org", "user_leave_org", "user_active_org",
            "org_dept_create", "org_dept_modify", "org_dept_remove", "org_change",
            "label_user_change", "label_conf_add", "label_conf_del",
            "label_conf_modify", "org_admin_add", "org_admin_remove",
            "org_annual_certification_submission", "industry_medical_user_add",
            "industry_medical_dept_event", "industry_medical_dept_prop_event",
            "industry_medical_user_prop_event", "industry_medical_user_dept_event",
            "industry_medical_full_sync",
        ),
    ),
)

#: Page -> patterns of paths that count as a webhook message, not as a call.
WEBHOOK_PATHS = (
    (
        _DOCUMENTS + "appendix-b-proposals-for-rational-use-of-resources",
        (r"/robot/send\Z", r"/robot/sendBySession\Z"),
    ),
)

#: Edition -> (calls, pushes) a month of an organisation, since 2025-11-19.
EDITIONS = {"standard": (5000, 3000), "professional": (200000, 50000)}
#: Units that each app development pack (企业应用开发增购包) adds.
PACK = (5000000, 500000)
#: More are a mistake, such as a number of calls.
MOST_PACKS = 400
MOST = 2147483647

#: Worth of a call; the lowest pauses first.
NICE, FRESH, OWED, DECIDED = 1, 2, 3, 4
#: Worth -> percentage of the cap from which such calls pause. A person's decisions
#: stop only when DingTalk refuses them.
PAUSED_FROM = {NICE: 90, FRESH: 95, OWED: 100}
WARNINGS = (70, 90, 100)

_EXEMPT = re.compile("|".join(
    pattern for _page, patterns in EXEMPT_PATHS for pattern in patterns))
_WEBHOOK = re.compile("|".join(
    pattern for _page, patterns in WEBHOOK_PATHS for pattern in patterns))
_FREE_EVENTS = frozenset(name for _page, names in EXEMPT_EVENTS for name in names)

# 调用量:10001次,额度:10000次
_NUMBERS = re.compile(
    "\u8c03\u7528\u91cf[:\uff1a](\\d+)\u6b21.*\u989d\u5ea6[:\uff1a](\\d+)\u6b21",
    re.DOTALL,
)
_OVERDRAWN = "\u8d85\u91cf"  # 超量
# A part of a path that is an id: two digits or more, unlike names and versions.
_ID = re.compile(r"(?=(?:.*\d){2})[^/{}.]{6,}\Z")
# Errors that DingTalk may answer without having looked at the budget.
_SAYS_NOTHING = (
    BadCredentialsError, BannedError, BusyError, InvalidTokenError, IpNotAllowedError,
    PermissionDeniedError, RateLimitedError, TransportError,
)
_MONTH_CODE, _MONTH_NAME = "90020", "apicountlimitfororg"
_PUSH_CODE = "20001"


class BudgetPausedError(QuotaExceededError):
    """A call was not sent, to save the month's budget for more important ones."""

    remedy = "budget_paused"


@functools.lru_cache(maxsize=1000)
def meter_of(path):
    """Return the meter that counts a call of this path, or None if it is free."""
    if _WEBHOOK.match(path):
        return PUSH
    return None if _EXEMPT.match(path) else API


def is_billed_event(name):
    """Tell whether a push of this event is counted."""
    return name not in _FREE_EVENTS


def counted(path, status, error=None):
    """Return the meter that counts an attempt, or None.

    DingTalk does not count rate-limited calls, and does not say whether other refusals
    count: here they do, unless DingTalk does not know the application. A web page comes
    from a proxy or announces a ban.

    :param int status: HTTP status, None without an answer
    :param error: the DingTalkError of the answer, or None
    """
    if status is None or isinstance(
        error, (RateLimitedError, BannedError, BadCredentialsError)
    ):
        return None
    if error is not None and error.code == "html":
        return None
    return meter_of(path)


@functools.lru_cache(maxsize=1000)
def pattern_of(path):
    """Return a path with ``{id}`` for each id."""
    return "/".join(
        "{id}" if _ID.match(part) else part for part in path[:200].split("/"))


def is_used_up(error):
    """Tell whether DingTalk says that the calls of this month are used up.

    Other quotas have other codes.
    """
    if error is None or isinstance(error, BudgetPausedError):
        return False
    code = str(getattr(error, "code", "")).lower()
    return code == _MONTH_CODE or _MONTH_NAME in code


def is_there(error):
    """Tell whether an answer shows that the month still has calls."""
    return not (isinstance(error, _SAYS_NOTHING) or is_used_up(error))


def waits(error):
    """Tell whether what failed goes on by itself, once there is a budget again."""
    if error.outcome_unknown:
        return False
    return isinstance(error, BudgetPausedError) or is_used_up(error)


def numbers_in(message):
    """Return (calls, cap) that DingTalk names in error 90020, or None.

    Each is at most :data:`MOST`.
    """
    match = _NUMBERS.search(message or "")
    if not match:
        return None
    return min(int(match.group(1)), MOST), min(int(match.group(2)), MOST)


def is_push_stop(data):
    """Tell whether a push is DingTalk's notice that pushes have stopped.

    It comes in place of a robot's message, without content.

    :param dict data: the push, decoded
    """
    if not isinstance(data, dict):
        return False
    code = str(data.get("errCode", data.get("errcode", "")))
    text = str(data.get("errMsg", data.get("errmsg", "")))
    return code == _PUSH_CODE and _OVERDRAWN in text


def caps(edition, packs=0):
    """Return (calls, pushes) a month, at most :data:`MOST`.

    :param str edition: one of :data:`EDITIONS`; any other: the standard one
    :param int packs: number of app development packs
    """
    basis = EDITIONS.get(edition) or EDITIONS["standard"]
    return tuple(
        min(part + max(packs or 0, 0) * more, MOST) for part, more in zip(basis, PACK))


def day_of(moment):
    """Return the day in China of a moment.

    :param datetime.datetime moment: in UTC
    :rtype: datetime.date
    """
    return (moment + OFFSET).date()


def month_of(day):
    """Return the first day of a day's month."""
    return day.replace(day=1)


def next_month(day):
    """Return the first day of the month after a day."""
    return (month_of(day) + datetime.timedelta(days=31)).replace(day=1)


def forecast(used, day):
    """Return how many there will be at the end of the month at this pace.

    :param int used: until now
    :param datetime.date day: today in China, which counts as a whole day
    """
    return used * calendar.monthrange(day.year, day.month)[1] // day.day


def percent(used, cap):
    """Return the used share of a cap in whole percent; 100 only if none is left."""
    return used * 100 // cap if cap > 0 else 0


def reached(share):
    """Return the highest of :data:`WARNINGS` that a percentage has reached, or 0."""
    return max([each for each in WARNINGS if share >= each] or [0])


def is_paused(worth, share):
    """Tell whether calls of this worth wait, at this percentage of the cap."""
    return share >= PAUSED_FROM.get(worth, share + 1)
