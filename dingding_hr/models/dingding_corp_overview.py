# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models

from odoo.addons.dingding.models.dingding_corp_overview import PERMISSIONS


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    def _setup_scopes(self):
        scopes = super()._setup_scopes()
        if not self.env.user.has_group("hr.group_hr_user"):
            # These users may not see employees.
            return scopes
        mapped = [("corp_id", "=", self.id), ("direction", "!=", "none")]
        linked = [("corp_id", "=", self.id), ("employee_id", "!=", False)]
        people = self.env["dingding.user"]
        return scopes + [
            self._setup_scope(
                "employees", _("Link employees"),
                bool(people.search(linked, limit=1)),
                _("Choose on the page Synchronisation whether employees are created, "
                  "and synchronise again."), model=people._name,
            ),
            self._setup_scope(
                "roster", _("Map roster fields"),
                bool(self.env["dingding.roster.field"].search(mapped, limit=1)),
                _("Click Read roster fields on the page Synchronisation, and choose at "
                  "Roster Fields which are synchronised."), model=self._name,
                place=_("Developer console > application > Permissions (权限管理)"),
                page="permissions", marked=PERMISSIONS,
            ),
        ]

    def _overview_lines(self):
        lines = super()._overview_lines()
        if not self.env.user.has_group("hr.group_hr_user"):
            return lines
        domain = [("employee_id", "=", False), ("employee_ignored", "=", False)]
        missing, = self._counted("dingding.user", domain)
        return lines + [
            self._overview_line(
                "employees", _("People without an employee"), "%d" % missing, "ok",
                "dingding.user", domain,
            ),
        ]
