# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    def _setup_scopes(self):
        scopes = super()._setup_scopes()
        if not self.env.user.has_group("hr.group_hr_user"):
            # These users may not see employees.
            return scopes
        linked = [("corp_id", "=", self.id), ("employee_id", "!=", False)]
        people = self.env["dingding.user"]
        return scopes + [
            self._setup_scope(
                "employees", _("Link employees"),
                bool(people.search(linked, limit=1)),
                _("Choose on the page Synchronisation whether employees are created, "
                  "and synchronise again."), model=people._name,
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
