# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Joiners before their entry, of smart HR (智能人事). DingTalk bills no such call."""
import collections

from odoo.addons.dingding.dingtalk.api.base import Area, listed, need, next_cursor
from odoo.addons.dingding.dingtalk.client import register

PAGE = 50
MAX_PAGES = 1000


class Employment(Area):
    """Joiners."""

    def joiners(self):
        """Return the IDs of people who will join (待入职).

        At the entry they get another userid.

        https://open.dingtalk.com/document/development/intelligent-personnel-query-the-list-of-employees-to-be-hired

        :rtype: list of str
        :raise PermissionDeniedError: needs ``qyapi_hrm_read_user``
        """
        found, offset = collections.OrderedDict(), 0
        for _page in range(MAX_PAGES):
            payload = self._client.oapi(
                "/topapi/smartwork/hrm/employee/querypreentry",
                {"offset": offset, "size": PAGE})
            result = need(payload, "result", dict)
            rows, known = listed(result.get("data_list")), len(found)
            found.update((str(each), True) for each in rows)
            if rows and len(found) == known:
                # A page without news ends an endless list.
                break
            offset = next_cursor(result, offset)
            if offset is None:
                break
        return list(found)


register("employment", Employment)
