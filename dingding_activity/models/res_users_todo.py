# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from odoo.addons.dingding import compat, rights


@compat.self_writeable("dingding_todo")
@compat.self_readable("dingding_todo_offered")
class ResUsers(models.Model):
    """Let users choose in their preferences whether their activities become to-dos."""

    _inherit = "res.users"

    dingding_todo_offered = fields.Boolean(
        string="May choose DingTalk to-dos", compute="_compute_dingding_todo_offered",
        compute_sudo=False,
    )
    dingding_todo = fields.Selection(
        [("on", "Create"), ("off", "Do not create")], string="DingTalk: to-dos",
        help="Creates a to-do in DingTalk for each of your activities. Empty: as your "
             "organisation has set.",
    )

    def write(self, vals):
        result = super().write(vals)
        if {"active", "dingding_todo"}.intersection(vals):
            self.env["dingding.todo.change"]._capture_of_users(self.ids)
        return result

    @compat.depends_on_user
    def _compute_dingding_todo_offered(self):
        for user in self:
            # sudo: employees may not read people, only their own settings.
            person = self.env["dingding.todo"].sudo()._person_of(user.sudo(), None)
            offered = person and person.corp_id.todo in ("on", "off")
            user.dingding_todo_offered = bool(offered) and (
                user.id == self.env.uid or rights.may_see(self.env, person))
