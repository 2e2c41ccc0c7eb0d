# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from .dingding_todo import CLOSED


class DingdingPurge(models.AbstractModel):
    _inherit = "dingding.purge"

    @api.model
    def _purge_kinds(self):
        return super()._purge_kinds() + [
            ("notifications", 90, "dingding.notification", self._purge_ended),
            ("todos", 90, "dingding.todo.change", self._purge_ended),
            ("todos", 90, "dingding.todo", self._purge_todos),
        ]

    @api.model
    def _purge_todos(self):
        return [("status", "in", CLOSED)]
