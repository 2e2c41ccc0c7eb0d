# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models


class DingdingMessageRecipient(models.Model):
    _name = "dingding.message.recipient"
    _description = "Recipient of a DingTalk Message"

