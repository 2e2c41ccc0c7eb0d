# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models

from odoo.addons.dingding import compat, rights


class DingdingRosterLog(models.Model):
    """Transferred fields: whose, when and by whom; never their values."""

    _name = "dingding.roster.log"
    _description = "DingTalk Roster Log"
    _order = "id desc"
    _rec_name = "employee_id"

    employee_id = fields.Many2one(
        "hr.employee", string="Employee", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    direction = fields.Selection(
        [("dingtalk", "From DingTalk"), ("odoo", "To DingTalk")], required=True,
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users", string="Caused by", readonly=True, ondelete="set null")
    fields_changed = fields.Char(string="Changed fields", readonly=True)
    fields_skipped = fields.Char(
        string="Skipped fields", readonly=True,
        help="Their values do not fit Odoo's field.",
    )

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        return compat.super_create(super(), rights.complete(self, vals_list))

    @api.model
    def _note(self, person, direction, user_id, changed, skipped=()):
        """Log a transfer, with all rights: nobody may write the log."""
        if not changed and not skipped:
            return
        logs, skipped = self.sudo(), ", ".join(sorted(skipped))
        if not changed:
            last = logs.search(
                [("employee_id", "=", person.employee_id.id),
                 ("corp_id", "=", person.corp_id.id), ("direction", "=", direction)],
                limit=1)
            # Logged once.
            if last.fields_skipped == skipped:
                return
        logs.create({
            "employee_id": person.employee_id.id, "corp_id": person.corp_id.id,
            "direction": direction, "user_id": user_id,
            "fields_changed": ", ".join(sorted(changed)), "fields_skipped": skipped,
        })
