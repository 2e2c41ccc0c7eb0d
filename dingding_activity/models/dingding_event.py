# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingEvent(models.Model):
    _inherit = "dingding.event"

    @api.model
    def _handler_models(self):
        return super()._handler_models() + ["dingding.todo"]

    @api.model
    def _event_labels(self):
        return dict(
            super()._event_labels(), todo_task_create=_("New to-do"),
            todo_task_update=_("To-do changed"),
            todo_task_delete=_("To-do deleted"))
