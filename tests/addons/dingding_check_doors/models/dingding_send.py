# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import messages_body

from .dingding_message import NOTE


class DingdingSend(models.TransientModel):
    _inherit = "dingding.send"

    kind = fields.Selection(**compat.added_selection(NOTE))
    note = fields.Char()

    @api.model
    def _needed_fields(self):
        return dict(super()._needed_fields(), check_note=["note"])

    @api.depends("note")
    def _compute_preview(self):
        return super()._compute_preview()

    def _is_begun(self):
        return super()._is_begun() or bool(self.note)

    def _body_check_note(self):
        return messages_body.check(
            {"msgtype": NOTE[0], NOTE[0]: {"words": self.note}}
        )
