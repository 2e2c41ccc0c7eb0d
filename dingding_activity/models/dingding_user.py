# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models


class DingdingUser(models.Model):
    """Keep to-dos with the person linked to their user."""

    _inherit = "dingding.user"

    def write(self, vals):
        if not {"active", "user_id"}.intersection(vals):
            return super().write(vals)
        before = self._dingding_linked()
        result = super().write(vals)
        after = self._dingding_linked()
        changed = [
            person for person in self if before[person.id] != after[person.id]]
        self._dingding_end_consents([person.id for person in changed])
        users = {
            id_ for person in changed
            for id_ in (before[person.id], after[person.id]) if id_}
        if users:
            self.env["dingding.todo.change"]._capture_of_users(users)
        return result

    def unlink(self):
        # sudo: the user may not read all of their to-dos.
        open_ = self.env["dingding.todo"].sudo().search(
            [("person_id", "in", self.ids), ("status", "in", ("new", "open"))])
        pairs = [(row.activity_ref, row.user_id.id) for row in open_]
        self._dingding_end_consents(self.ids)
        result = super().unlink()
        self.env["dingding.todo.change"]._capture("change", pairs, acts=False)
        return result

    @api.model
    def _dingding_end_consents(self, person_ids):
        """End the consents of people who are no longer linked to the same user."""
        # sudo: nobody writes consents.
        self.env["dingding.todo.consent"].sudo().search(
            [("person_id", "in", person_ids), ("state", "=", "given")])._withdraw()

    def _dingding_linked(self):
        """Return {id: id of the user whose to-dos the person gets, or False}."""
        # sudo: a user who may link people may not see every user.
        return {
            person.id: person.active and person.user_id.id for person in self.sudo()}
