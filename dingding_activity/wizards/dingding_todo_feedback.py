# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from odoo.addons.dingding import compat


@compat.only_for("base.group_user")
class DingdingTodoFeedback(models.TransientModel):
    """Mark the activity of a to-do as done, with feedback.

    The to-do checks whose activity it is.
    """

    _name = "dingding.todo.feedback"
    _description = "DingTalk To-do Feedback"

    todo_id = fields.Many2one(
        "dingding.todo", string="To-do", required=True, ondelete="cascade", index=True,
    )
    feedback = fields.Text()

    def action_done(self):
        """Mark the activity as done."""
        self.ensure_one()
        return self.todo_id._finish(self.feedback)

    def action_done_next(self):
        """Mark the activity as done, and open the dialog that plans the next one."""
        self.ensure_one()
        return self.todo_id._finish(self.feedback, schedule=True)
