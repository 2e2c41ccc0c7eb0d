# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models

from .. import compat, rights


@compat.only_for("dingding.group_manager")
class DingdingMatch(models.TransientModel):
    """Match several people at once."""

    _name = "dingding.match"
    _description = "Match People"

    person_ids = fields.Many2many("dingding.user", string="People", readonly=True)
    person_count = fields.Integer(
        string="Number of people", compute="_compute_person_count"
    )
    choice = fields.Selection(
        "_choices", string="Action", required=True, default="link"
    )
    errors = fields.Text(string="Not done", readonly=True)

    @api.depends("person_ids")
    def _compute_person_count(self):
        for wizard in self:
            wizard.person_count = len(wizard.person_ids)

    @api.model
    def _choices(self):
        return [
            (key, label)
            for key, label, _method in self.env["dingding.user"]._match_choices()
        ]

    @api.model
    def _open(self, people):
        """Return the action that asks what to do about these people."""
        rights.check_manager(self)
        return self.create({"person_ids": [(6, 0, people.ids)]})._show()

    def _show(self):
        return {
            "type": "ir.actions.act_window", "name": _("Match People"),
            "res_model": self._name, "res_id": self.id, "view_mode": "form",
            "views": [(False, "form")], "target": "new",
        }

    def action_apply(self):
        """Do what was chosen; show for whom it was not possible, and why.

        The dialog keeps those people only.
        """
        self.ensure_one()
        rights.check_manager(self)
        people = self.with_context(active_test=False).person_ids
        failed = people._match_do(self.choice)
        if not failed:
            return {"type": "ir.actions.act_window_close"}
        self.write({
            "errors": people._match_text(failed),
            "person_ids": [(6, 0, [person.id for person in failed])],
        })
        return self._show()
