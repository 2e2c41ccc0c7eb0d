# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models

from odoo.addons.dingding import compat, rights


class DingdingJoiner(models.Model):
    """A person who will join (待入职): no user, no employee, only the plan.

    At the entry the person gets another ID.
    """

    _name = "dingding.joiner"
    _description = "DingTalk Joiner"
    _order = "join_on desc, id desc"

    name = fields.Char(required=True, readonly=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    dingtalk_key = fields.Char(string="DingTalk ID", required=True, readonly=True)
    join_on = fields.Date(string="Entry date", readonly=True, index=True)
    position = fields.Char(string="Job Position", readonly=True)
    department = fields.Char(readonly=True)
    status = fields.Selection(
        [("expected", "Expected"), ("ended", "Joined or cancelled")],
        required=True, readonly=True, default="expected", index=True,
        help="Joined or cancelled: DingTalk no longer lists the person as a joiner.",
    )

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["corp_id", "dingtalk_key"])

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        return compat.super_create(super(), rights.complete(self, vals_list))

    @api.model
    def _store(self, corp, rows):
        """Store the joiners that DingTalk lists; end the others.

        :param dict rows: DingTalk's ID -> values
        """
        # sudo: nobody may write joiners.
        model = self.sudo()
        known = {
            each.dingtalk_key: each for each in model.search(
                [("corp_id", "=", corp.id), "|", ("status", "=", "expected"),
                 ("dingtalk_key", "in", sorted(rows))])
        }
        for key in sorted(rows):
            values = dict(rows[key], status="expected")
            if key not in known:
                compat.create_all(
                    model, [dict(values, corp_id=corp.id, dingtalk_key=key)])
                continue
            changed = {
                name: value for name, value in values.items()
                if str(known[key][name] or "") != str(value or "")
            }
            if changed:
                known[key].write(changed)
        for key, joiner in known.items():
            if key not in rows and joiner.status == "expected":
                joiner.write({"status": "ended"})
