# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.models import texts
from odoo.addons.dingding.models.ir_actions_server import ACTING


class IrActionsServer(models.Model):
    """Add server actions that send a message to a robot's group."""

    _inherit = "ir.actions.server"

    dingding_to = fields.Selection(
        **compat.added_selection(
            ("robot", "Group of a robot"), ("card", "Recipients of a card"),
            ("chat_group", "Group of the record"),
        )
    )
    dingding_robot_id = fields.Many2one(
        "dingding.robot", string="DingTalk: robot", ondelete="restrict"
    )
    dingding_card_setup_id = fields.Many2one(
        "dingding.card.setup", string="DingTalk: card", ondelete="restrict",
        help="Its recipients get this card in place of the text.",
    )

    @api.constrains("dingding_robot_id", "dingding_card_setup_id")
    def _check_dingding_robot(self):
        return self._check_dingding_message()

    def _check_dingding(self):
        if self.dingding_to == "card":
            # Cards have their own texts.
            return self._check_dingding_to(self.env[self.model_id.model])
        return super()._check_dingding()

    def _check_dingding_to(self, model):
        if self.dingding_to == "card":
            if self.dingding_card_setup_id.model != model._name:
                raise ValidationError(
                    _("Choose a card for records of %s.") % texts.model_name(model))
            return None
        if self.dingding_to == "chat_group":
            return None
        if self.dingding_to != "robot":
            return super()._check_dingding_to(model)
        if not self.dingding_robot_id:
            raise ValidationError(_("Choose the robot that sends the message."))
        return None

    def _dingding_deliver(self, record, title, text):
        if self.dingding_to == "card":
            # Up to 12 ``sudo`` hides who has triggered the action.
            acting = self.env["res.users"].browse(record.env.context.get(ACTING))
            return self.env["dingding.card"]._send(
                record, self.dingding_card_setup_id, sender=acting)
        if self.dingding_to == "chat_group":
            return self._dingding_deliver_to_groups(record, title, text)
        if self.dingding_to != "robot":
            return super()._dingding_deliver(record, title, text)
        if self.dingding_kind == "markdown":
            return self.dingding_robot_id.send_markdown(title, text)
        return self.dingding_robot_id.send_text(text)

    def _dingding_deliver_to_groups(self, record, title, text):
        """Send to the record's groups, if any."""
        # sudo: an administrator chose the recipients.
        groups = self.env["dingding.group"].sudo().search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)])
        if self.dingding_kind == "markdown":
            posts = groups.send_markdown(title, text)
        else:
            posts = groups.send_text(text)
        # It tells of a document, which managers need not be allowed to read.
        posts.write({"res_model": record._name, "res_id": record.id})
        return posts
