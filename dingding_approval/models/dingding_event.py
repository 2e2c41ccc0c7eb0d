# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingEvent(models.Model):
    _inherit = "dingding.event"

    @api.model
    def _handler_models(self):
        names = super()._handler_models()
        return names + ["dingding.approval", "dingding.approval.template"]

    @api.model
    def _notes(self):
        notes = super()._notes()
        return dict(notes, not_ours=_("No approval in Odoo has this number."))

    @api.model
    def _event_labels(self):
        return dict(
            super()._event_labels(),
            bpms_instance_change=_("Approval started or ended"),
            bpms_task_change=_("Approval task changed"),
            workflow_form_change=_("Approval template changed"),
        )

    @api.model
    def _subject_models(self):
        return dict(
            super()._subject_models(),
            approval=("dingding.approval", "instance_id"),
        )
