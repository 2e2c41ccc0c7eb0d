# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Read what an organisation has used of its monthly budget."""
import collections

from ..errors import UnexpectedAnswerError
from .base import Area, identifier, need, text

#: DingTalk's count of one budget this month, and its cap.
Usage = collections.namedtuple("Usage", "used cap")


class Meter(Area):
    """Usage of the organisation, by all of its applications together."""

    def usages(self, month, codes=()):
        """Return the usage of each budget that DingTalk names.

        https://open.dingtalk.com/document/development/dingtalk-application-development-platform-billing-model

        Only DingTalk's SDK knows this API: neither codes, permission nor the format of
        the period are documented. The answer does not say which budget an item is.

        :param str month: such as ``2026-11``
        :param codes: benefit codes (权益); without any, DingTalk chooses
        :rtype: list of :class:`Usage`
        :raise PermissionDeniedError: the application may not ask
        """
        body = {
            "benefitCodeList": [identifier(code, "codes") for code in codes],
            "period": text(month, "month", 7),
        }
        payload = self._client.api(
            "POST", "/v1.0/meter/resources/useInfos/query", body)
        return [
            Usage(_count(item, "usedNum"), _count(item, "quotaNum"))
            for item in need(payload, "result", list)
        ]


def _count(item, name):
    """Return a number of an item, which cannot be negative."""
    value = need(item, name, int)
    if value < 0:
        raise UnexpectedAnswerError("unexpected_answer", "%s is %d" % (name, value))
    return value
