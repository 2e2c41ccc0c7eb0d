# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging

from odoo import _, api, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat

_logger = logging.getLogger(__name__)

GROUP = "dingding.group"


class DingdingCard(models.Model):
    """Send cards to groups.

    The group's copy shows what its sender may read; private values use each viewer's
    rights, presses the presser's.
    """

    _inherit = "dingding.card"

    @api.model
    def _send(self, record, key, recipients=None, sender=None):
        """Send to groups too; see there.

        :param recipients: may contain groups
        :raise UserError: the sender has no DingTalk account, or the card is for its
            recipient only
        """
        user = sender or self.env.user
        groups, others = self._split(record, key, recipients, user)
        if not groups:
            return super()._send(record, key, recipients, sender)
        # Before anything is sent to anybody.
        compat.check_access(self.env["dingding.card"].browse(), "create")
        compat.check_access(record, "read")
        setup, person = self._check_groups(record, key, groups, user)
        # The groups get it even if none of the others can.
        readers, unreachable = self._readers(setup, record, others)
        return self._send_copies(
            self._new(
                setup, record, unreachable, sender, by_type=recipients is None),
            [{"person_id": each.id} for each in readers] + [
                {"person_id": person.id, "group_id": group.id} for group in groups])

    @api.model
    def _split(self, record, key, recipients, user):
        """Return (groups, the other recipients; None for those of the card's type)."""
        groups = self.env[GROUP]
        if recipients is None:
            setup = self.env["dingding.card.setup"]._by_key(key, record)
            if not setup.to_group:
                return groups, None
            # sudo: an administrator chose them.
            found = groups.sudo().search(
                [("corp_id", "=", setup.corp_id.id), ("res_model", "=", record._name),
                 ("res_id", "=", record.id)])
            if found and not self._person_of(user, setup) and (
                setup._recipients(record)
            ):
                # The people get it all the same.
                _logger.info("Card %s: user %d cannot send to groups", key, user.id)
                return groups, None
            return found, None
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
    def _person_of(self, user, setup):
        """Return the DingTalk user of a user, with sudo, or an empty record."""
        return self.env["dingding.user"].sudo().search(
            [("user_id", "=", user.id), ("corp_id", "=", setup.corp_id.id)], limit=1)

    @api.model
    def _check_groups(self, record, key, groups, user):
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
        person = self._person_of(user, setup)
        if not person:
            raise UserError(
                _("Your Odoo user is not linked to a DingTalk user. A card in a group "
                  "shows what its sender may read."))
        return setup, person
