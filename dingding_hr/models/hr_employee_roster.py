# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models


class HrEmployee(models.Model):
    """Queue changes of fields that go to the roster."""

    _inherit = "hr.employee"

    def write(self, vals):
        # Versions see those that are theirs.
        names = {name for name in vals if name in self._fields
                 and not self._fields[name].inherited}
        result = super().write(vals)
        if not self.env.context.get("dingding_no_push"):
            self._dingding_write_roster(names)
        return result

    def _dingding_write_roster(self, names):
        if not names & self.env["dingding.roster.field"]._written_names():
            return
        # sudo: the user may not read mappings and people.
        rows = self.env["dingding.roster.field"].sudo().search(
            [("direction", "=", "odoo")])
        corps = rows.filtered(lambda row: row.employee_field in names).mapped("corp_id")
        if not corps:
            return
        people = self.sudo().mapped("dingding_user_ids").filtered(
            lambda person: person.corp_id in corps and person.active)
        for person in people:
            self.env["dingding.roster.change"]._add(
                "write", person.corp_id, self.env.uid, person)
