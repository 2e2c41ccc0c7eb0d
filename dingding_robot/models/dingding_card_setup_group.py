# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

READER = "reader"


class DingdingCardSetup(models.Model):
    """Decide whether a card may go to groups."""

    _inherit = "dingding.card.setup"

    to_group = fields.Boolean(
        string="Group of the document",
        help="Groups of the document get the card too. Everybody in them sees what the "
             "sender may read; private values and buttons follow the rights of each "
             "person.",
    )

    @api.constrains("to_group", "presser")
    def _check_to_group(self):
        for setup in self:
            if setup.to_group:
                setup._check_for_groups()

    def _check_for_groups(self):
        """Refuse groups for cards that only a recipient may press.

        :raise ValidationError: they may be pressed by their recipient only
        """
        if self.presser != READER:
            raise ValidationError(
                _("A card in a group has no single recipient. Allow everyone who may "
                  "do it in Odoo to press it."))

    @api.depends("to_group")
    def _compute_cost(self):
        result = super()._compute_cost()
        for setup in self.filtered("to_group"):
            setup.cost += "\n" + _(
                "Each group: 1 call to send the card and 1 call for each change, "
                "however many members it has.")
        return result
