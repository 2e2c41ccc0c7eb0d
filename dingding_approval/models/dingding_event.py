# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingEvent(models.Model):
    _inherit = "dingding.event"

    @api.model
    def _handler_models(self):
        names = super(DingdingEvent, self)._handler_models()
        return names + ["dingding.approval", "dingding.approval.template"]

    @api.model
    def _notes(self):
        notes = super(DingdingEvent, self)._notes()
        return dict(notes, not_ours=_("No approval of Odoo has this number."))
