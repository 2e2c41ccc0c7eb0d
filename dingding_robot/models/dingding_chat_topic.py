# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import logging

from psycopg2 import OperationalError

from odoo import _, api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import html2plaintext, plaintext2html

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import utc

from ..chat import Reply

_logger = logging.getLogger(__name__)

KEEP_DAYS = 30  # in which a discussion can be answered
FILE_MINUTES = 10  # after an answer in which files belong to the same discussion
LONGEST = 800  # characters of a message that is sent
# Context: files of a message, as (name, bytes), and why some are missing.
FILES, FILE_ERROR = "dingding_chat_files", "dingding_chat_file_error"
# Marks messages from the chat, which are never sent back.
CAME_IN = "dingding_chat_in"


class DingdingChatTopic(models.Model):
    """A discussion sent to a person, a group or its followers, who may answer it.

    The number is not a secret: people answer only discussions sent to them or their
    group. Notifications reach followers with one text, so their number has neither
    person nor group: all readers of the document may use it.
    """

    _name = "dingding.chat.topic"
    _description = "DingTalk Chat Discussion"
    _order = "id desc"
    _rec_name = "res_model"

    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        ondelete="cascade",
    )
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk user", readonly=True, ondelete="cascade",
        index=True,
    )
    group_id = fields.Many2one(
        "dingding.group", string="DingTalk group", readonly=True, ondelete="cascade",
        index=True,
    )
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Integer(string="Record", required=True, readonly=True)
    used_at = fields.Datetime(string="Last sent", readonly=True)

    @api.model
    def _number(self, corp, record, person=None, group=None):
        """Return the discussion number of a record for a person, group or followers."""
        values = {
            "corp_id": corp.id, "res_model": record._name, "res_id": record.id,
            "person_id": person.id if person else False,
            "group_id": group.id if group else False,
        }
        found = self.search(
            [(name, "=", values[name]) for name in sorted(values)], limit=1)
        if found:
            found._note_use()
        else:
            found = self.create(dict(values, used_at=fields.Datetime.now()))
        return found.id

    def _note_use(self):
        """Keep the number for some time; wait for nobody, and never fail."""
        lately = utc.now() - datetime.timedelta(days=1)
        if self.used_at and fields.Datetime.from_string(self.used_at) > lately:
            return
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    "UPDATE dingding_chat_topic SET used_at = now() AT TIME ZONE 'UTC'"
                    " WHERE id IN (SELECT id FROM dingding_chat_topic WHERE id = %s"
                    " FOR UPDATE SKIP LOCKED)", [self.id], log_exceptions=False,
                )
        except OperationalError as error:
            # Somebody else has just noted it.
            _logger.info("Discussion %d is in use: %s", self.id, error)

    # -- out -------------------------------------------------------------------------

    @api.model
    def _sends_out(self, vals_list):
        """Tell whether any of the new messages could be sent; one statement at most."""
        if not any(vals.get("message_type") == "comment" and vals.get("model")
                   for vals in vals_list):
            return False
        return bool(self.env["dingding.corp"].search(
            [("chat_replies", "=", True)], limit=1))

    @api.model
    def _send_out(self, messages):
        """Send new messages of discussions to groups and mentioned people.

        Called with all rights, in the transaction of the messages.
        """
        corps = self.env["dingding.corp"].search([("chat_replies", "=", True)])
        for message in messages:
            if message.message_type != "comment" or not message.model or (
                    not message.res_id or message.model not in self.env):
                continue
            if self._is_note(message):
                # Notes stay in Odoo.
                continue
            self._send_out_one(corps, message)

    @api.model
    def _is_note(self, message):
        """Tell whether a message is for employees only, by Odoo's own definition."""
        # From 14 on a message can be internal.
        marked = "is_internal" in message._fields and message.is_internal
        return bool(
            marked or not message.subtype_id or message.subtype_id.internal)

    @api.model
    def _send_out_one(self, corps, message):
        record = self.env[message.model].browse(message.res_id)
        text = html2plaintext(message.body or "").strip()[:LONGEST]
        if not text:
            return
        author = message.author_id
        for group in self.env["dingding.group"].search([
                ("corp_id", "in", corps.ids), ("res_model", "=", message.model),
                ("res_id", "=", message.res_id), ("posts_discussions", "=", True)]):
            number = group.corp_id.chat and self._number(
                group.corp_id, record, group=group)
            self.env["dingding.chat.post"]._queue(
                group.corp_id, self._out(record, author, text, number), group=group,
                record=record)
        users = message.partner_ids.mapped("user_ids").filtered(
            lambda user: user.active and user.partner_id != author)
        for person in self._people_of(users, corps, record):
            # Anybody can be mentioned.
            if not self._may_read(person.user_id, record):
                continue
            number = person.corp_id.chat and self._number(
                person.corp_id, record, person=person)
            self.env["dingding.chat.post"]._queue(
                person.corp_id, self._out(record, author, text, number), person=person,
                record=record)

    @api.model
    def _people_of(self, users, corps, record):
        """Return one person of each user in these organisations.

        Of several, the document's company decides, else the user's.
        """
        people = self.env["dingding.user"].search(
            [("user_id", "in", users.ids), ("corp_id", "in", corps.ids)], order="id")
        field = record._fields.get("company_id")
        company = record.env["res.company"]
        if field is not None and field.comodel_name == company._name:
            company = record.company_id

        def place(person):
            own = person.corp_id.company_id
            return not company or own != company, own != person.user_id.company_id

        found = {}
        for person in people.sorted(place):
            found.setdefault(person.user_id.id, person.id)
        return people.filtered(lambda person: found[person.user_id.id] == person.id)

    @api.model
    def _may_read(self, user, record):
        # Not with the companies that the author has chosen.
        own = self.env["dingding.card.copy"]._seen_by(record, user)
        try:
            compat.check_access(own, "read")
            # Archived documents are discussed too.
            own = own.with_context(active_test=False)
            return bool(own.search([("id", "=", record.id)], limit=1))
        except AccessError:
            return False

    @api.model
    def _out(self, record, author, text, number):
        reply = Reply(title=record.display_name)
        reply.link(record.display_name, self.env["dingding.corp"]._record_url(record))
        reply.say("%s: %s" % (author.name or "", text))
        # Name no number of a closed chat: answers to it would be lost.
        return reply.say(
            _("To answer, write: #%d your answer") % number) if number else reply

    # -- in: self has the environment of the person ----------------------------------

    @api.model
    def _find(self, message, number):
        """Return the discussion of a number, if this person may answer it."""
        topic = self.sudo().browse(number).exists()
        # sudo: rights are checked below.
        if not topic or topic.corp_id != message.corp_id:
            return None
        own = topic.person_id and topic.person_id == message.person_id
        here = topic.group_id and topic.group_id == message.group_id
        return topic if own or here or self._is_followed(topic) else None

    @api.model
    def _is_followed(self, topic):
        """Tell whether a number is for all readers of the document, and so for me."""
        if topic.person_id or topic.group_id or topic.res_model not in self.env:
            return False
        record = self.env[topic.res_model].browse(topic.res_id).exists()
        return bool(record) and self._may_read(self.env.user, record)

    @api.model
    def _record(self, topic):
        """Return the topic's record, if the person may read it and post there.

        :raise AccessError: not allowed
        """
        record = self.env[topic.res_model].browse(topic.res_id).exists() if (
            topic.res_model in self.env) else None
        if not record or not hasattr(record, "message_post"):
            return None
        compat.check_access(record, "read")
        operation = getattr(record, "_mail_post_access", "write")
        compat.check_access(record, operation)
        return record

    @api.model
    def _answer_text(self, message, number, text):
        if not message.corp_id.chat_replies:
            return Reply(_("Answers to discussions are disabled."))
        topic = self._find(message, number)
        record = topic and self._record(topic)
        if not record:
            return Reply(_("You have no discussion #%d.") % number)
        if not text and not message._loaded_files():
            topic.used_at = fields.Datetime.now()
            message.topic_id = topic
            return Reply(_("Write your answer behind the number. Files that you send "
                           "within ten minutes are added too."))
        return self._post(message, topic, record, text)

    @api.model
    def _answer_files(self, message):
        """Attach files to the discussion that the person answered last."""
        if not message.corp_id.chat_replies:
            return Reply(_("I cannot do anything with files."))
        topic = self._recent_topic(message)
        record = topic and self._record(topic)
        if not record:
            return Reply(_("Which discussion is it for? Write its number first, for "
                           "example: #12 The drawing"))
        return self._post(message, topic, record, "")

    @api.model
    def _recent_topic(self, message):
        """Return the discussion of the person's last answer, if it is recent."""
        earlier = message.search([
            ("person_id", "=", message.person_id.id), ("id", "<", message.id),
            ("group_id", "=", message.group_id.id), ("topic_id", "!=", False),
            ("create_date", ">", message._moment(-60 * FILE_MINUTES)),
        ], limit=1) if message.person_id else message.browse()
        return earlier.topic_id or None

    @api.model
    def _author(self):
        """Return the author of a post; Odoo refuses one without an e-mail."""
        user = self.env.user
        if user.email:
            return {}
        # sudo: some employees may read neither.
        domain = self.env["ir.config_parameter"].sudo().get_param(
            "mail.catchall.domain") or "localhost"
        email = user.company_id.sudo().email or "noreply@%s" % domain
        return {"author_id": user.partner_id.id, "email_from": email}

    @api.model
    def _post(self, message, topic, record, text):
        """Post in the chatter as the person, without sending it back."""
        problem = self.env.context.get(FILE_ERROR)
        message.topic_id = topic
        if problem and not text and not self.env.context.get(FILES):
            return Reply(problem)
        files = list(self.env.context.get(FILES) or [])
        body = plaintext2html(text) if text else ""
        # A page among the files is text.
        record = record.with_context(
            **{CAME_IN: True, FILES: None, "attachments_mime_plainxml": True})
        record.message_post(
            body=body, message_type="comment",
            subtype_id=self.env.ref("mail.mt_comment").id,
            **dict(self._author(), **compat.posted_files(record, files))
        )
        reply = Reply(_("Posted.")).link(
            record.display_name, self.env["dingding.corp"]._record_url(record))
        return reply.say(problem) if problem else reply
