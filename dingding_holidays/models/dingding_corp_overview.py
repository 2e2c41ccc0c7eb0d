# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models

from odoo.addons.dingding.models.dingding_corp_overview import PERMISSIONS

OFFICER = "hr_holidays.group_hr_holidays_user"


class DingdingCorp(models.Model):
    """Count leave that differs, and say how types of leave are set up."""

    _inherit = "dingding.corp"

    def _overview_lines(self):
        lines = super()._overview_lines()
        if not self.env.user.has_group(OFFICER):
            # They may see their own leave only.
            return lines
        lately = [("create_date", ">=", self._lately())]
        differing = [("problem", "!=", False)]
        leaves, problems = self._counted("dingding.leave", lately, differing)
        return lines + [
            self._overview_line(
                "leave", _("Leave (7 days)"),
                _("%(leaves)d, with problems: %(problems)d")
                % {"leaves": leaves, "problems": problems},
                "warning" if problems else "ok", "dingding.leave",
                differing if problems else lately, parts=[
                    self._overview_part(
                        "leaves", _("Leave of 7 days"), leaves, "dingding.leave",
                        lately),
                    self._overview_part(
                        "problems", _("Leave with problems"), problems,
                        "dingding.leave", differing, "warning"),
                ],
            ),
        ]

    @api.model
    def _digest_left_out(self):
        return super()._digest_left_out() + ["leave"]

    def _setup_scopes(self):
        model = "dingding.leave.type"
        known, led = self._counted(model, [], [("lead", "!=", "none")])
        return super()._setup_scopes() + [
            self._setup_scope(
                "leave_types", _("Read leave types"), known,
                _("Choose an operator on the page Leave, and click Read leave types."),
                "leave", self._name,
                place=_("Developer console > application > Permissions (权限管理)"),
                page="permissions", marked=PERMISSIONS,
            ),
            self._setup_scope(
                "leave", _("Synchronise leave"), led,
                _("A manager of the leave app chooses at DingTalk Leave Types which "
                  "system leads each type."), model=model,
            ),
        ]
