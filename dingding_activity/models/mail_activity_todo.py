# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models
from odoo.tools import html_escape

from odoo.addons.dingding import compat

# Fields that to-dos depend on.
SHOWN = {
    "active", "activity_type_id", "date_deadline", "res_id", "res_model_id", "summary",
    "user_id",
}
DONE = "dingding_todo_done"


class MailActivity(models.Model):
    """Record changes of activities, for to-dos and notifications in DingTalk."""

    _inherit = "mail.activity"

    @api.model
    def _dingding_pending(self, activity_id):
        """Return an activity that is neither done nor deleted, or an empty record."""
        return self.search([("id", "=", activity_id)])

    def _dingding_pairs(self):
        # sudo: the user may change activities without reading all fields.
        return [(activity.id, activity.user_id.id) for activity in self.sudo()]

    def _dingding_capture(self, kind, pairs, planned=()):
        """Store a change with one statement.

        :param list planned: those of the pairs that were planned for somebody
        """
        if not self.env["dingding.notification"]._tells_of_activities():
            planned = ()
        self.env["dingding.todo.change"]._capture(kind, pairs, planned)

    @compat.create_multi
    def create(self, vals_list):
        activities = compat.super_create(super(), vals_list)
        pairs = [(id_, None) for id_ in activities.ids]
        self._dingding_capture("change", pairs, pairs)
        return activities

    def write(self, vals):
        if not SHOWN.intersection(vals):
            return super().write(vals)
        before = self._dingding_pairs() if "user_id" in vals else []
        result = super().write(vals)
        kind = "change"
        if vals.get("active") is False:
            kind = "done" if self._dingding_are_done() else "cancel"
        after = self._dingding_pairs()
        planned = [pair for pair in after if before and pair not in before]
        self._dingding_capture(kind, before + after, planned)
        return result

    def unlink(self):
        pairs = self._dingding_pairs()
        done = self._dingding_are_done()
        result = super().unlink()
        self._dingding_capture("done" if done else "cancel", pairs)
        return result

    def _dingding_are_done(self):
        """Tell whether these activities were done, not deleted."""
        return set(self.ids) <= set(self.env.context.get(DONE) or ())

    @api.model
    def _dingding_archived(self, activity_id):
        """Return an activity that is done and kept, or an empty record."""
        if "active" not in self._fields:
            return self.browse()
        # sudo: a search in later series hides activities of documents.
        found = self.sudo().with_context(active_test=False).search(
            [("id", "=", activity_id), ("active", "=", False)])
        return self.browse(found.ids)

    def _dingding_finish(self, feedback=None, schedule=False):
        """Mark an activity as done.

        :param str feedback: plain text
        :param bool schedule: plan the next activity
        :return: True, or the action that plans the next activity
        """
        if feedback and self._fields.get("feedback") is not None and (
            self._fields["feedback"].type == "html"
        ):
            feedback = html_escape(feedback).replace("\n", "<br/>")
        values = {"feedback": feedback} if feedback else {}
        if not schedule:
            self.action_feedback(**values)
            return True
        action = self._dingding_next_action()
        method = getattr(self, "action_feedback_schedule_next", None)
        if method is None:
            self.action_feedback(**values)
        elif not method(**values):
            # Its type plans the next activity by itself.
            return True
        return action

    def _dingding_next_action(self):
        """Return the action that plans an activity after this one."""
        return {
            "type": "ir.actions.act_window", "name": _("Schedule an Activity"),
            "res_model": self._name, "view_mode": "form", "target": "new",
            "views": [
                (self.env.ref("mail.mail_activity_view_form_popup").id, "form")],
            "context": {
                "default_res_model": self.res_model, "default_res_id": self.res_id,
                "default_previous_activity_type_id": self.activity_type_id.id,
                "activity_previous_deadline": str(self.date_deadline),
                # 19 has no default.
                "default_user_id": self.env.uid,
            },
        }

    # Up to 12 the first deletes the activities, later the second.

    def action_feedback(self, *args, **kwargs):
        self = self.with_context(**{DONE: tuple(self.ids)})
        return super().action_feedback(*args, **kwargs)

    def _action_done(self, *args, **kwargs):
        self = self.with_context(**{DONE: tuple(self.ids)})
        return super()._action_done(*args, **kwargs)
