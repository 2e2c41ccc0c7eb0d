# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models

# Codes of DingTalk (and words of ours) for a person who did not get a message.
FLOW_CODES = ("143103", "143104", "143203", "143204")
DUPLICATE_CODES = ("143106", "143206")
# Sending again may reach these people.
PASSING_CODES = FLOW_CODES + ("failed",)


class DingdingMessageRecipient(models.Model):
    """One person and one message: the copy that an employee sees of it."""

    _name = "dingding.message.recipient"
    _description = "Recipient of a DingTalk Message"
    _order = "id desc"
    _rec_name = "title"

    message_id = fields.Many2one(
        "dingding.message", string="Message", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    task_id = fields.Many2one(
        "dingding.message.task", string="Part", readonly=True, ondelete="set null",
        index=True, groups="dingding.group_manager",
    )
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk User", readonly=True, ondelete="set null",
        index=True,
    )
    is_mine = fields.Boolean(
        string="To me", compute="_compute_is_mine", search="_search_is_mine"
    )
    name = fields.Char(readonly=True, help="Name when the message was sent.")
    userid = fields.Char(string="UserId", readonly=True)
    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("sent", "Sent"),
            ("unread", "Unread"),
            ("read", "Read"),
            ("failed", "Failed"),
            ("unknown", "Outcome unknown"),
        ],
        default="queued", required=True, readonly=True,
        help="DingTalk tells who has read a message, not when, and for 24 hours only.",
    )
    recalled = fields.Boolean(readonly=True, help="Taken off this person's phone.")
    reason_code = fields.Char(readonly=True)
    reason = fields.Char(compute="_compute_reason")
    # What an employee sees of the message itself.
    title = fields.Char(related="message_id.name", string="Subject", readonly=True)
    kind = fields.Selection(related="message_id.kind", string="Kind", readonly=True)
    sender_id = fields.Many2one(
        related="message_id.sender_id", string="Sender", readonly=True
    )
    app_id = fields.Many2one(
        related="message_id.app_id", string="Application", readonly=True
    )
    message_state = fields.Selection(
        related="message_id.state", string="State of the message", readonly=True
    )
    sent_at = fields.Datetime(
        related="message_id.sent_at", string="Sent on", readonly=True
    )
    preview = fields.Html(
        related="message_id.preview", string="Preview", readonly=True
    )
    attachment_id = fields.Many2one(
        related="message_id.attachment_id", string="File", readonly=True
    )

    @api.depends("person_id")
    def _compute_is_mine(self):
        person_ids = self._own_persons().ids
        for recipient in self:
            recipient.is_mine = recipient.sudo().person_id.id in person_ids

    def _search_is_mine(self, operator, value):
        # With sudo: an employee may not search in people, so not in their users.
        # Odoo 19 asks "in [True]".
        value = value if isinstance(value, bool) else True in value
        mine = (operator in ("=", "in")) == value
        return [("person_id", "in" if mine else "not in", self._own_persons().ids)]

    @api.model
    def _own_persons(self):
        """Return the people of DingTalk that the current user is, with sudo."""
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
        daily = _("This person has got as many messages today as DingTalk allows.")
        duplicate = _(
            "DingTalk delivers the same content to a person once a day, and this "
            "person had got it already."
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
            "1430000": _("DingTalk found nobody to deliver it to."),
            "1430001": _("DingTalk does not let this kind of application send it."),
            "1430002": _("DingTalk forbids the content."),
            "1430003": _("DingTalk's protection of the interface refused it."),
            "1430004": _("This person's protection mode for executives refused it."),
            "invalid": _("DingTalk does not know this person, or the application may "
                         "not see them."),
            "failed": _("DingTalk could not deliver it."),
            "forbidden": _("DingTalk refused to deliver it and gave no reason."),
            "no_account": _("Has no account in DingTalk that is known here."),
            "refused": _("The message was refused; see its error."),
            "cancelled": _("Taken back before it was sent."),
        }
