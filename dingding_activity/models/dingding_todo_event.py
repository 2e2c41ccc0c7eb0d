# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models


class DingdingTodo(models.Model):
    """React to events, which say neither what changed nor who changed it."""

    _inherit = "dingding.todo"

    @api.model
    def _dingtalk_event_todo_task_update(self, event):
        """Queue reading to-dos that may be done or reopened."""
        rows = self.search([
            ("task_id", "in", event._values().ids("taskId")),
            ("corp_id", "=", event.corp_id.id), ("status", "in", ("open", "done")),
        ]).filtered(lambda row: row.status == "open" or row._may_be_reopened())
        changes, refs = self.env["dingding.todo.change"], rows.mapped("activity_ref")
        # One that has not begun reads what this event is about, too.
        waiting = changes.search([
            ("kind", "=", "read"), ("state", "=", "queued"),
            ("activity_ref", "in", refs),
        ]).mapped("activity_ref")
        changes._add("read", set(refs) - set(waiting))
        return True

    @api.model
    def _dingtalk_event_todo_task_delete(self, event):
        return self._dingtalk_event_todo_task_update(event)
