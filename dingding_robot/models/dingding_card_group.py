# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat

GROUP = "dingding.group"


class DingdingCard(models.Model):
    """Send cards to groups.

    The group's copy shows what its sender may read; private values use each viewer's
    rights, presses the presser's.
    """

    _inherit = "dingding.card"

    @api.model
    def _send(self, record, key, recipients=None):
        """Send to groups too; see there.

        :param recipients: may contain groups
        :raise UserError: the sender has no DingTalk account, or the card is for its
            recipient only
        """
        groups, others = self._split(record, key, recipients)
        if not groups:
            return super()._send(record, key, recipients)
        # Before anything is sent to anybody.
        compat.check_access(self.env["dingding.card"].browse(), "create")
        compat.check_access(record, "read")
        setup, person = self._check_groups(record, key, groups)
        if others is None or others:
            card = super()._send(record, key, others)
        else:
            card = self._new(setup, record, 0)
        copies = self.env["dingding.card.copy"].sudo()
        rows = compat.create_all(copies, [
            {"card_id": card.id, "person_id": person.id, "group_id": group.id}
            for group in groups
        ])
        self.env["dingding.card.change"].sudo()._add("send", rows)
        return card

    @api.model
    def _split(self, record, key, recipients):
        """Return (groups, the other recipients; None for those of the card)."""
        groups = self.env[GROUP]
        if recipients is None:
            setup = self.env["dingding.card.setup"]._by_key(key, record)
            if not setup.to_group:
                return groups, None
            # sudo: an administrator chose them.
            found = groups.sudo().search(
                [("corp_id", "=", setup.corp_id.id), ("res_model", "=", record._name),
                 ("res_id", "=", record.id)])
            return found, None if setup._recipients(record) else []
        if isinstance(recipients, dict):
            others = dict(recipients)
            return groups.browse(others.pop(GROUP, [])), others
        if isinstance(recipients, models.BaseModel):
            recipients = [recipients]
        others = []
        for each in recipients:
            if isinstance(each, models.BaseModel) and each._name == GROUP:
                groups |= groups.browse(each.ids)
            else:
                others.append(each)
        return groups, others

    @api.model
    def _check_groups(self, record, key, groups):
        """Return (the card's type with sudo, the sender's DingTalk user with sudo).

        :raise UserError: the sender cannot send this card to these groups
        :raise AccessError: the sender may not see or write to these groups
        """
        setup = self.env["dingding.card.setup"]._by_key(key, record)
        setup._check_for_groups()
        groups._check_may_send()
        if groups.sudo().filtered(
                lambda group: not group.active or group.corp_id != setup.corp_id):
            raise UserError(
                _("Choose groups of %s that are not archived.") % setup.corp_id.name)
        person = self.env["dingding.user"].sudo().search(
            [("user_id", "=", self.env.uid), ("corp_id", "=", setup.corp_id.id)],
            limit=1)
        if not person:
            raise UserError(
                _("Your Odoo user is not linked to a DingTalk user. A card in a group "
                  "shows what its sender may read."))
        return setup, person
