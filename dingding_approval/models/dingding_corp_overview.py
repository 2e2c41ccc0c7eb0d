# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models

from odoo.addons.dingding.models.dingding_corp_overview import PERMISSIONS

from .statuses import OPEN


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    def _overview_lines(self):
        model = "dingding.approval"
        numbers = [number for row in self.env[model]._unsolved() for number in row[1]]
        bad = [("id", "in", numbers)]
        still, late = [("status", "in", OPEN)], [("is_overdue", "=", True)]
        running, overdue, failed = self._counted(model, still, late, bad)
        return super()._overview_lines() + [
            self._overview_line(
                "approvals", _("Approvals"),
                _("Running: %(running)d, failed: %(failed)d")
                % {"running": running, "failed": failed},
                "warning" if failed else "ok", model, bad if failed else [], parts=[
                    self._overview_part(
                        "running", _("Running approvals"), running, model, still),
                    self._overview_part(
                        "overdue", _("Overdue approvals"), overdue, model, late,
                        "warning"),
                    self._overview_part(
                        "failed", _("Failed approvals"), failed, model, bad,
                        "warning"),
                ],
            ),
        ]

    def _setup_scopes(self):
        mine, model = [("corp_id", "=", self.id)], "dingding.approval.template"
        mappings = self.env["dingding.approval.mapping"]
        return super()._setup_scopes() + [
            self._setup_scope(
                "templates", _("Read approval templates"),
                bool(self.env[model].search(mine, limit=1)),
                _("Click Get approval templates."), "approval", self._name,
                place=_("Developer console > application > Permissions (权限管理)"),
                page="permissions", marked=PERMISSIONS,
            ),
            self._setup_scope(
                "approvals", _("Approve records in DingTalk"),
                bool(mappings.search(mine, limit=1)),
                _("Create a mapping: which records become approvals of which "
                  "template."), model=mappings._name,
            ),
        ]
