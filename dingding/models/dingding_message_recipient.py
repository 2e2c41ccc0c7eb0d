# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.tools import html_escape

from .. import compat

FLOW_CODES = ("143103", "143104", "143203", "143204")
DUPLICATE_CODES = ("143106", "143206")
# Sending again may reach these people.
PASSING_CODES = FLOW_CODES + ("failed",)
NEGATIVE = ("!=", "not ilike", "not like", "not in")


@compat.shows_name("_shown_name")
class DingdingMessageRecipient(models.Model):
    """One recipient of a message, as the employee sees it."""

    _name = "dingding.message.recipient"
    _description = "DingTalk Message Recipient"
    _order = "id desc"
    _rec_name = "title"

    message_id = fields.Many2one(
        "dingding.message", string="Message", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    task_id = fields.Many2one(
        "dingding.message.task", string="Batch", readonly=True, ondelete="set null",
        index=True, groups="dingding.group_manager",
    )
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk User", readonly=True, ondelete="set null",
        index=True,
    )
    # This user may read a personal message, even if the person is linked to another
    # one later.
    user_id = fields.Many2one(
        "res.users", string="User", readonly=True, ondelete="set null", index=True,
        groups="base.group_system", help="Linked when the message was sent.",
    )
    is_mine = fields.Boolean(
        string="To me", compute="_compute_is_mine", search="_search_is_mine"
    )
    name = fields.Char(readonly=True, help="Name at the time of sending.")
    userid = fields.Char(string="UserID", readonly=True)
    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("sent", "Sent"),
            ("unread", "Unread"),
            ("read", "Read"),
            ("failed", "Failed"),
            ("unknown", "Outcome unknown"),
        ], string="Status",
        default="queued", required=True, readonly=True,
        help="DingTalk reports whether a message was read, but not when, and for 24 "
             "hours only.",
    )
    recalled = fields.Boolean(readonly=True, help="Removed from this person's phone.")
    reason_code = fields.Char(readonly=True)
    reason = fields.Char(compute="_compute_reason")
    # The message's fields that an employee may see.
    title = fields.Char(
        string="Subject", compute="_compute_text", compute_sudo=False,
        search="_search_title",
    )
    kind = fields.Selection(related="message_id.kind", string="Type", readonly=True)
    sender_id = fields.Many2one(
        related="message_id.sender_id", string="Sender", readonly=True
    )
    app_id = fields.Many2one(
        related="message_id.app_id", string="Application", readonly=True
    )
    message_state = fields.Selection(
        related="message_id.state", string="Message status", readonly=True
    )
    sent_at = fields.Datetime(
        related="message_id.sent_at", string="Sent on", readonly=True
    )
    preview = fields.Html(
        compute="_compute_text", compute_sudo=False, sanitize=False,
    )
    attachment_id = fields.Many2one(
        related="message_id.attachment_id", string="File", readonly=True
    )

    @compat.depends_on_user
    @api.depends("message_id.name", "message_id.body", "message_id.filename")
    def _compute_text(self):
        # sudo: whether the user may see the message was checked with this row.
        own = self.sudo().mapped("message_id").with_env(self.env)
        seen = own._with_readable_text().ids
        for row in self:
            message = row.sudo().message_id
            if message.id in seen:
                row.title = message.subject
                row.preview = message.preview
            else:
                row.title = message._hidden_name()
                row.preview = "<p>%s</p>" % html_escape(message._hidden_text())

    def _shown_name(self):
        """Return the display name; Odoo reads those of links with all rights."""
        if compat.is_superuser(self.env):
            return self.message_id._shown_name()
        return self.title

    @api.model
    def _search_title(self, operator, value):
        link = "&" if operator in NEGATIVE else "|"
        return [
            link, ("message_id.name", operator, value),
            ("message_id.content", operator, value),
        ]

    @api.depends("person_id")
    def _compute_is_mine(self):
        person_ids = self._own_persons().ids
        for recipient in self:
            recipient.is_mine = recipient.sudo().person_id.id in person_ids

    def _search_is_mine(self, operator, value):
        # sudo: an employee may not search people. Odoo 19 searches "in [True]".
        value = value if isinstance(value, bool) else True in value
        mine = (operator in ("=", "in")) == value
        return [("person_id", "in" if mine else "not in", self._own_persons().ids)]

    @api.model
    def _own_persons(self):
        """Return the DingTalk people linked to the current user, with sudo."""
        people = self.env["dingding.user"].sudo().with_context(active_test=False)
        return people.search([("user_id", "=", self.env.uid)])

    @api.depends("reason_code")
    def _compute_reason(self):
        texts = self._reason_texts()
        for recipient in self:
            code = recipient.reason_code
            if not code:
                recipient.reason = False
            elif code in texts:
                recipient.reason = texts[code]
            else:
                recipient.reason = _("DingTalk refused it with the code %s.") % code

    @api.model
    def _reason_texts(self):
        """Return code -> text in the reader's language.

        https://open.dingtalk.com/document/development/gets-the-result-of-sending-messages-asynchronously-to-the-enterprise
        """
        flow = _(
            "DingTalk's limit of messages per minute was reached. Send it again "
            "later."
        )
        daily = _("This person has reached DingTalk's daily limit of messages.")
        duplicate = _(
            "DingTalk delivers the same content to a person only once a day, and this "
            "person has already received it."
        )
        return {
            "143103": flow,
            "143104": flow,
            "143203": flow,
            "143204": flow,
            "143105": daily,
            "143205": daily,
            "143106": duplicate,
            "143206": duplicate,
            "1430000": _("DingTalk found no recipient."),
            "1430001": _(
                "DingTalk does not allow this type of application to send it."),
            "1430002": _("DingTalk forbids the content."),
            "1430003": _("DingTalk's API protection rejected it."),
            "1430004": _("This person's executive protection mode rejected it."),
            "invalid": _("DingTalk does not know this person, or the application may "
                         "not see the person."),
            "failed": _("DingTalk could not deliver it."),
            "forbidden": _("DingTalk refused to deliver it and gave no reason."),
            "no_account": _("No DingTalk user is known."),
            "refused": _("The message was rejected; see its error."),
            "cancelled": _("Cancelled before it was sent."),
            "withheld": _("No longer sent: its document was deleted, or this person "
                          "may no longer see it."),
        }
