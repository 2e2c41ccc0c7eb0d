# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat, rights

from .dingding_todo import STATUSES


class DingdingTodo(models.Model):
    """Serve the page of a to-do: its form and the person's actions.

    Everything uses the rights of the current user.
    """

    _inherit = "dingding.todo"

    document = fields.Char(
        compute="_compute_page", compute_sudo=False,
    )
    note = fields.Html(
        compute="_compute_page", compute_sudo=False,
    )
    is_pending = fields.Boolean(
        string="Pending", compute="_compute_page", compute_sudo=False,
        help="The activity is yours, and neither done nor deleted.",
    )

    page_status = fields.Selection(
        STATUSES, string="To-do status", compute="_compute_page_status",
        help="Includes changes that are still to be sent to DingTalk.",
    )
    can_reopen = fields.Boolean(
        string="Can be reopened", compute="_compute_page", compute_sudo=False,
        help="The activity was yours, and is done.",
    )
    advice = fields.Text(
        compute="_compute_page", compute_sudo=False,
        help="Steps required before the activity can be done.",
    )

    @compat.depends_on_user
    def _compute_page(self):
        for row in self:
            activity = row._own_activity()
            row.is_pending = bool(activity)
            row.note = activity.note
            row.document = row._document_name()
            row.can_reopen = row._is_reopenable()
            can_post = compat.DONE_WITHOUT_EMAIL or self.env.user.email
            row.advice = (
                row._email_advice() if row.is_pending and not can_post else False)

    @api.depends("status", "reason", "activity_ref")
    def _compute_page_status(self):
        for row in self:
            # sudo: readers of the activity may read the to-do.
            row.page_status = row.sudo()._coming_status()

    def _coming_status(self):
        """Return the status that the to-do will have in DingTalk."""
        if self.status not in ("new", "open", "done"):
            return self.status
        activity = self._activity()
        if activity and activity.user_id != self.user_id:
            return "deleted"
        if activity:
            return "open" if self.status == "done" and not self.reason else self.status
        if self.status == "done":
            return self.status
        finished = self.env["dingding.todo.change"]._was_finished(self.activity_ref)
        return "done" if finished else "deleted"

    def _is_reopenable(self):
        """Tell whether the current user may plan the activity once more."""
        if self.user_id.id != self.env.uid or self.status != "done":
            return False
        # sudo: reads the activity's user and the organisation's policy.
        row = self.sudo()
        return row.corp_id.todo != "never" and not row._activity()

    def _email_advice(self):
        return _(
            "Odoo posts a message when an activity is done, for which your user needs "
            "an e-mail address. Enter it under your name at the top right > "
            "Preferences (My Profile) > Email, or ask an administrator to enter it "
            "under Settings > Users & Companies > Users."
        )

    def _own_activity(self):
        """Return the pending activity of the current user, or an empty record."""
        activity = self.env["mail.activity"]
        if self.user_id.id == self.env.uid:
            activity = self._activity()
        return activity.filtered(lambda each: each.user_id.id == self.env.uid)

    def _document_name(self):
        """Return the document's name, False if there is none the user may read."""
        if not self.res_model or self.res_model not in self.env:
            return False
        record = self.env[self.res_model].browse(self.res_id)
        return rights.may_see(self.env, record) and record.display_name

    def _checked_activity(self):
        self.ensure_one()
        compat.check_access(self, "read")
        activity = self._own_activity()
        if not activity:
            raise UserError(
                _("This activity is not yours, or it is already done or deleted."))
        return activity

    def _finish(self, feedback=None, schedule=False):
        """Mark the activity as done, as the current user.

        :param str feedback: plain text
        :param bool schedule: plan the next activity
        :return: True, or an action
        :raise UserError: it is not the current user's, or no longer pending
        """
        activity = self._checked_activity()
        try:
            return activity._dingding_finish(feedback, schedule)
        except UserError:
            if self.env.user.email:
                raise
            raise UserError(self._email_advice())

    def action_done(self):
        """Mark the activity as done.

        :raise UserError: it is not the current user's, or no longer pending
        """
        return self._finish()

    def action_done_next(self):
        """Mark the activity as done, and open the dialog that plans the next one.

        :raise UserError: it is not the current user's, or no longer pending
        """
        return self._finish(schedule=True)

    def action_feedback(self):
        """Open the dialog that marks the activity as done with feedback."""
        self._checked_activity()
        dialog = self.env["dingding.todo.feedback"].create({"todo_id": self.id})
        return {
            "type": "ir.actions.act_window", "name": _("Done with Feedback"),
            "res_model": dialog._name, "res_id": dialog.id, "view_mode": "form",
            "views": [(False, "form")], "target": "new",
        }

    def action_reopen(self):
        """Plan an activity again that was done by mistake.

        :raise UserError: it was not the current user's, or is not done
        """
        self.ensure_one()
        compat.check_access(self, "read")
        if not self._is_reopenable():
            raise UserError(
                _("This activity was not yours, or it is not done."))
        # sudo: nobody writes to-dos.
        self.sudo()._plan_again()
        return True

    def action_edit(self):
        """Open Odoo's dialog of the activity, to reschedule it."""
        activity = self._checked_activity()
        return {
            "type": "ir.actions.act_window", "name": _("Activity"),
            "res_model": activity._name, "res_id": activity.id,
            "view_mode": "form", "target": "new",
            "views": [
                (self.env.ref("mail.mail_activity_view_form_popup").id, "form")],
        }

    def action_open_document(self):
        """Open the document of the activity."""
        self.ensure_one()
        compat.check_access(self, "read")
        if not self.document:
            raise UserError(_("The document does not exist, or you may not see it."))
        return {
            "type": "ir.actions.act_window", "res_model": self.res_model,
            "res_id": self.res_id, "view_mode": "form",
            "views": [(False, "form")],
        }

    @api.model
    def _page_url(self, row):
        """Return the address of the page, which signs people in if it can."""
        url = self.env["dingding.corp"]._record_url(row)
        if not url:
            raise UserError(_(
                "Odoo's address is unknown. Set the system parameter web.base.url."))
        return url
