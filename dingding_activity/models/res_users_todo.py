# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, fields, models
from odoo.exceptions import AccessError

from odoo.addons.dingding import compat, rights


@compat.self_writeable("dingding_todo")
@compat.self_readable("dingding_todo_offered", "dingding_todo_consent")
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
    dingding_todo_consent = fields.Selection(
        [("none", "Not given"), ("given", "Given"), ("expired", "Expired")],
        string="DingTalk: personal to-dos", compute="_compute_dingding_todo_consent",
        compute_sudo=False,
        help="With your consent Odoo creates personal to-dos in your name, which you "
             "can tick in DingTalk's list.",
    )

    def write(self, vals):
        result = super().write(vals)
        if {"active", "dingding_todo"}.intersection(vals):
            self.env["dingding.todo.change"]._capture_of_users(self.ids)
        return result

    def unlink(self):
        # sudo: nobody writes consents.
        self.env["dingding.todo.consent"].sudo().search(
            [("user_id", "in", self.ids), ("state", "=", "given")])._withdraw()
        return super().unlink()

    @compat.depends_on_user
    def _compute_dingding_todo_consent(self):
        for user in self:
            # In 11 users read their preferences as the superuser.
            seen = user.id == self.env.uid or compat.is_superuser(self.env)
            user.dingding_todo_consent = seen and user._dingding_consent_state()

    def _dingding_consent_state(self):
        # sudo: employees may not read consents that are no longer theirs.
        consents = self.env["dingding.todo.consent"].sudo()
        person = consents._person_of(self)
        if not person:
            return False
        if consents._of(person):
            return "given"
        last = consents.search(
            [("person_id", "=", person.id), ("user_id", "=", self.id)], limit=1)
        return "expired" if last.state == "expired" else "none"

    def action_dingding_todo_consent(self):
        """Open DingTalk's page on which the current user consents to personal to-dos.

        :raise AccessError: for others
        """
        self._check_dingding_self()
        return {
            "type": "ir.actions.act_url", "url": "/dingding/todo/consent",
            "target": "self",
        }

    def action_dingding_todo_withdraw(self):
        """End the current user's consent; to-dos become work to-dos.

        :raise AccessError: for others
        """
        self._check_dingding_self()
        # sudo: nobody writes consents.
        self.env["dingding.todo.consent"].sudo().search(
            [("user_id", "=", self.env.uid), ("state", "=", "given")])._withdraw()
        return True

    def _check_dingding_self(self):
        if self.ids != [self.env.uid]:
            raise AccessError(_("Only the user may do this."))

    @compat.depends_on_user
    def _compute_dingding_todo_offered(self):
        for user in self:
            # sudo: employees may not read people, only their own settings.
            person = self.env["dingding.todo"].sudo()._person_of(user.sudo(), None)
            offered = person and person.corp_id.todo in ("on", "off")
            user.dingding_todo_offered = bool(offered) and (
                user.id == self.env.uid or rights.may_see(self.env, person))
