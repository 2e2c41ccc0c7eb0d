# Copyright 2026 Acme
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""An area of DingTalk's API and its error code."""

from odoo.addons.dingding.dingtalk.api.base import Area, identifier, listed
from odoo.addons.dingding.dingtalk.client import register
from odoo.addons.dingding.dingtalk.errors import InvalidArgumentError
from odoo.addons.dingding.dingtalk.errors import register as register_codes


class Attendance(Area):
    """Attendance."""

    def punches(self, userids, begin, end):
        """Return the punches of people between two times in Beijing.

        https://open.dingtalk.com/document/orgapp/attendance-clock-in-record-is-open

        :param list userids: at most 50
        :param str begin: ``2026-01-31 00:00:00``
        :param str end: at most seven days later
        :return: list of dict
        :raise DingTalkError: see :mod:`odoo.addons.dingding.dingtalk.errors`
        """
        payload = self._client.oapi("/attendance/listRecord", {
            "userIds": [identifier(userid, "userids") for userid in userids],
            "checkDateFrom": begin, "checkDateTo": end})
        return listed(payload.get("recordresult"))


register("attendance", Attendance)
register_codes(InvalidArgumentError, "850001", "attendance_range")
