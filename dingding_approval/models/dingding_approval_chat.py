# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models

from odoo.addons.dingding.chat_command import command

from .statuses import OPEN

SHOWN = 5  # of each kind, if there are more of both


class DingdingApproval(models.Model):
    """List a person's approvals."""

    _inherit = "dingding.approval"

    @api.model
    def _own_persons(self):
        return self.env["dingding.message.recipient"]._own_persons()

    @api.model
    def _tasks_for_me(self, limit=None):
        """Return the open approval tasks of the current user, with sudo, newest first.

        Approvers see the approval in DingTalk, whatever they may read in Odoo.
        """
        return self.env["dingding.approval.task"].sudo().search(
            [
                ("person_id", "in", self._own_persons().ids),
                ("status", "=", "running"), ("approval_id.status", "=", "running"),
            ],
            limit=limit, order="started desc, id desc",
        )

    @api.model
    def _started_by_me(self, limit=None, statuses=None):
        """Return the approvals that the current user started, with sudo, newest first.

        Odoo's form checks access to the record.

        :param statuses: only with one of these
        """
        domain = [
            "|", ("user_id", "=", self.env.uid),
            ("originator_id", "in", self._own_persons().ids),
        ]
        if statuses:
            domain.append(("status", "in", list(statuses)))
        return self.sudo().search(domain, limit=limit, order="id desc")

    @api.model
    @command("approvals", "\u5ba1\u6279", "\u6211\u7684\u5ba1\u6279",
             summary=lambda self: _("My approvals"),
             button=lambda self: _("My approvals"))
    def _chat_approvals(self, chat, words):
        """Return what waits for this person, and what this person waits for."""
        corps = self.env["dingding.corp"]
        most = 2 * SHOWN
        tasks = self._tasks_for_me(most + 1)
        started = self._started_by_me(most + 1, OPEN)
        reply = chat.reply(title=_("My approvals"))
        shown = max(SHOWN, most - len(started))
        if tasks:
            reply.heading(_("Waiting for my approval"))
        for task in tasks[:shown]:
            approval = task.approval_id
            reply.link(
                approval.title or approval.name,
                approval.url or corps._record_url(approval),
                approval.originator_id.name or "")
        if len(tasks) > shown:
            reply.say("\u2026")
        shown = most - min(shown, len(tasks))
        if started:
            reply.heading(_("Submitted by me"))
        for approval in started[:shown]:
            names = approval.current_approver_names
            reply.link(
                approval.title or approval.name, corps._record_url(approval),
                _("waiting for %s") % names if names else "")
        if len(started) > shown:
            reply.say("\u2026")
        if tasks or started:
            return reply
        return chat.reply(_("You have no open approvals."))
