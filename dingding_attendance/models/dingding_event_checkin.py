# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingEvent(models.Model):
    """Handle the event of field check-ins."""

    _inherit = "dingding.event"

    @api.model
    def _handler_models(self):
        return super()._handler_models() + ["dingding.checkin.sync"]

    @api.model
    def _notes(self):
        return dict(
            super()._notes(),
            checkin_off=_("Field check-ins are not read after check-ins."),
        )

    @api.model
    def _event_labels(self):
        return dict(super()._event_labels(), check_in=_("Field check-in"))
