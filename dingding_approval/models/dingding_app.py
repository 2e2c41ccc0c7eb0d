# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

EVENTS = ("bpms_instance_change", "bpms_task_change")


class DingdingApp(models.Model):
    _inherit = "dingding.app"

    @api.model
    def _callback_events(self):
        return super(DingdingApp, self)._callback_events() + EVENTS
