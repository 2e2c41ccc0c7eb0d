# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models

from odoo.addons.dingding.models.dingding_corp_overview import PERMISSIONS

OFFICER = "dingding_attendance.group_officer"


class DingdingCorp(models.Model):
    """Count days and exceptions, and say how attendance is read."""

    _inherit = "dingding.corp"

    def _overview_lines(self):
        lines = super()._overview_lines()
        if not self.env.user.has_group(OFFICER):
            # They may see their own days only.
            return lines
        lately = [("work_date", ">=", self._lately()[:10])]
        open_ones = [("state", "=", "open")]
        days, = self._counted("dingding.attendance.day", lately)
        problems, = self._counted("dingding.attendance.problem", open_ones)
        return lines + [
            self._overview_line(
                "attendance", _("Attendance (7 days)"),
                _("Days: %(days)d, open exceptions: %(problems)d")
                % {"days": days, "problems": problems},
                "warning" if problems else "ok",
                "dingding.attendance.%s" % ("problem" if problems else "day"),
                open_ones if problems else lately, parts=[
                    self._overview_part(
                        "days", _("Attendance days"), days, "dingding.attendance.day",
                        lately),
                    self._overview_part(
                        "problems", _("Open exceptions"), problems,
                        "dingding.attendance.problem", open_ones, "warning"),
                ],
            ),
        ]

    @api.model
    def _digest_left_out(self):
        return super()._digest_left_out() + ["attendance"]

    def _setup_scopes(self):
        done = [("corp_id", "=", self.id), ("state", "=", "done")]
        return super()._setup_scopes() + [
            self._setup_scope(
                "attendance", _("Read attendance"),
                bool(self.env["dingding.attendance.sync"].search(done, limit=1)),
                _("Choose on the page Attendance when it is read, and click Read "
                  "attendance."), "attendance", self._name,
                place=_("Developer console > application > Permissions (权限管理)"),
                page="permissions", marked=PERMISSIONS,
            ),
        ]
