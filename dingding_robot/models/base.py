# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from odoo.addons.dingding import compat


@compat.edits_form_views
class Base(models.AbstractModel):
    """Send cards of any record, update them when it changes, and show its groups.

    Others cost one lookup. Models of models and fields are skipped: they are deleted
    while the tables of cards are dropped.
    """

    _inherit = "base"

    @compat.returns_records("dingding.card")
    def dingding_send_card(self, key, recipients=None):
        """Queue a card of each record; the cards are sent after the commit.

        Requires the right to send messages; system code calls it with ``sudo()``. A
        rollback sends nothing. People who may not read the record get no card.

        :param str key: of a card type, such as ``purchase.approve``
        :param recipients: users, DingTalk users, departments, or another kind of
            recipients of ``dingding.message.send``; by default those of the card type
        :rtype: dingding.card, one for each record
        :raise UserError: there is no such card, or nobody can get it
        :raise AccessError: the user may not send, or not read the records
        """
        cards = self.env["dingding.card"]
        found = []
        for record in self:
            found += cards._send(record, key, recipients).ids
        return cards.browse(found)

    def write(self, vals):
        result = super().write(vals)
        if self.ids and self._name in self._dingding_carded_models():
            self.env["dingding.card"]._capture(self._name, self.ids)
        return result

    def unlink(self):
        if self._name.startswith(("ir.", "dingding.")):
            return super().unlink()
        ids = self.ids
        result = super().unlink()
        if ids and self._name in self._dingding_carded_models():
            self.env["dingding.card"]._capture(self._name, ids)
        return result

    def _dingding_carded_models(self):
        if self._name.startswith(("ir.", "dingding.card", "dingding.secret")):
            return ()
        return self.env["dingding.card.setup"]._carded_models()

    @api.model
    def _has_form_edits(self):
        return (
            not self._name.startswith(("ir.", "dingding."))
            and self._name in self.env["dingding.group"]._grouped_models()
            and compat.has_group(self.env, "dingding.group_user"))

    @api.model
    def _edit_form(self, arch):
        self.env["dingding.group"]._add_group_button(arch)
