# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Balances of leave: what people may take of a type, and what they have taken.

Amounts are days, or hours for types of the unit HOUR; DingTalk counts hundredths.
"""
import collections
import math

from odoo.addons.dingding.dingtalk.api.base import (
    Area,
    identifier,
    joined,
    listed,
    need,
    number,
    text,
    truth,
)
from odoo.addons.dingding.dingtalk.api.leave import HOUR, UNITS
from odoo.addons.dingding.dingtalk.client import register
from odoo.addons.dingding.dingtalk.errors import argument_error

MAX_PEOPLE = 50  # of one call
PAGE = 50
MAX_PAGES = 100
MAX_REASON = 200

#: A person's balance of a type in a cycle.
#:
#: cycle: year as text
#: begin, end: of its validity, milliseconds; 0: not limited
#: total, used: days or hours, None if DingTalk does not report them in this unit
Quota = collections.namedtuple("Quota", "userid cycle begin end total used")

_BASE = "/topapi/attendance/vacation/quota/"


class Balances(Area):
    """Balances. ``operator`` is the userid of an administrator of approvals."""

    def quotas(self, operator, code, unit, userids):
        """Return the balances of these people, of all cycles.

        https://open.dingtalk.com/document/development/query-holiday-balance

        :param str code: of the type
        :param str unit: of the type, one of ``leave.UNITS``
        :param userids: 1 to 50
        :rtype: list of Quota
        :raise DingTalkError: for example, the operator is not an administrator
        """
        body = {
            "op_userid": identifier(operator, "operator"),
            "leave_code": identifier(code, "code"),
            "userids": joined(userids, "userids", MAX_PEOPLE),
            "size": PAGE,
        }
        found = []
        for page in range(MAX_PAGES):
            payload = self._client.oapi(
                _BASE + "list", dict(body, offset=page * PAGE))
            result = need(payload, "result", dict)
            rows = listed(result.get("leave_quotas"))
            fresh = [
                each for each in (_quota(row, unit) for row in rows)
                if each not in found]
            found += fresh
            # A page without news ends an endless list.
            if not truth(result.get("has_more")) or not fresh:
                break
        return found

    def begin(self, operator, code, unit, quotas, reason):
        """Give people their first balance of a cycle.

        https://open.dingtalk.com/document/development/initialize-holiday-balance

        Works for types made by API only. After a lost answer read the balances first.

        :param list quotas: Quota, up to 50; ``used`` is ignored
        :param str reason: shown in DingTalk
        :return: userid -> why DingTalk refused it
        """
        return self._write("init", operator, code, unit, quotas, reason)

    def set_totals(self, operator, code, unit, quotas, reason):
        """Set people's totals; what they have taken stays.

        https://open.dingtalk.com/document/development/bulk-update-holiday-balance

        Works for types made by API only. A repeated call changes nothing.

        :param list quotas: Quota, up to 50; ``used`` is ignored
        :param str reason: shown in DingTalk
        :return: userid -> why DingTalk refused it
        """
        return self._write("update", operator, code, unit, quotas, reason)

    def _write(self, name, operator, code, unit, quotas, reason):
        if unit not in UNITS:
            raise argument_error("unit: %r" % (unit,), argument="unit")
        if not 1 <= len(quotas) <= MAX_PEOPLE:
            raise argument_error(
                "quotas: %d, 1 to %d are allowed" % (len(quotas), MAX_PEOPLE),
                argument="quotas", length=len(quotas), limit=MAX_PEOPLE)
        payload = self._client.oapi(_BASE + name, {
            "op_userid": identifier(operator, "operator"),
            "leave_quotas": [
                _asked(quota, identifier(code, "code"), unit,
                       text(reason, "reason", MAX_REASON)) for quota in quotas
            ],
        }, idempotent=name == "update")
        return {
            str((row.get("quota") or {}).get("userid") or ""): str(
                row.get("reason") or "")
            for row in listed(payload.get("result")) if isinstance(row, dict)
        }


def _name(prefix, unit):
    return "%s_num_per_%s" % (prefix, "hour" if unit == HOUR else "day")


def _quota(row, unit):
    return Quota(
        need(row, "userid", str), str(row.get("quota_cycle") or ""),
        number(row.get("start_time") or 0, "start_time"),
        number(row.get("end_time") or 0, "end_time"),
        _amount(row.get(_name("quota", unit))),
        _amount(row.get(_name("used", unit)) or 0),
    )


def _amount(value):
    try:
        found = float(value) / 100.0
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def _asked(quota, code, unit, reason):
    found = {
        "userid": identifier(quota.userid, "userid"),
        "leave_code": code,
        "quota_cycle": text(quota.cycle, "cycle", 4, 4),
        "reason": reason,
        _name("quota", unit): number(int(round(quota.total * 100)), "total", 0),
    }
    if quota.begin and quota.end:
        found.update(start_time=quota.begin, end_time=quota.end)
    return found


register("leave_balances", Balances)
