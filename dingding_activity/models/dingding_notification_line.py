# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from collections import OrderedDict

from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import html_escape

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import messages_body
from odoo.addons.dingding.models import times
from odoo.addons.dingding.models.dingding_message_recipient import DUPLICATE_CODES

from .. import markdown

TITLE = 120  # bytes
HEAD = 120  # bytes
PREVIEW = 900  # bytes of a text on its own
SHORT = 150  # bytes of a text among others
FILES = 200  # bytes
NAMES_SHOWN = 10
# States that DingTalk's answer does not change.
SETTLED = ("waiting", "no_account", "no_access", "emailed")
# Marks the link for the script; Odoo 11 removes classes.
RETRY = "&dingding_retry=1"


class DingdingNotificationLine(models.Model):
    """One notification of one user."""

    _name = "dingding.notification.line"
    _description = "DingTalk Notification Line"
    _order = "id"
    _rec_name = "user_id"

    notification_id = fields.Many2one(
        "dingding.notification", string="Notification", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    user_id = fields.Many2one(
        "res.users", string="User", required=True, readonly=True, ondelete="cascade",
        index=True,
    )
    kind = fields.Selection(
        [
            ("mention", "Mention"),
            ("message", "Message"),
            ("note", "Internal note"),
            ("assignment", "Assignment"),
            ("activity", "New activity"),
            ("overdue", "Overdue activity"),
            ("mail", "E-mail"),
            ("rule", "Rule"),
            ("file", "Requested file"),
        ], string="Type", required=True, readonly=True,
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("sending", "Being sent"),
            ("paused", "Paused"),
            ("sent", "Sent"),
            ("emailed", "Sent by e-mail"),
            ("failed", "Not delivered"),
            ("no_account", "No DingTalk user"),
            ("no_access", "No access to the document"),
        ], string="Status", required=True, readonly=True, default="waiting", index=True,
    )
    reason = fields.Char(readonly=True)
    # Odoo reads display names with all rights.
    mail_message_id = fields.Many2one(
        "mail.message", string="Odoo message", readonly=True, ondelete="cascade",
        index=True, groups="base.group_system",
    )
    activity_id = fields.Many2one(
        "mail.activity", string="Activity", readonly=True, ondelete="set null",
        index=True, groups="base.group_system",
    )
    source_id = fields.Many2one(
        "dingding.notification", string="Captured as", readonly=True,
        ondelete="set null", index=True,
        help="Event that the line is about.",
    )
    report_id = fields.Many2one(
        "mail.message", string="Report", readonly=True, ondelete="set null",
        index=True, groups="base.group_system",
        help="Internal note that reports the failure.",
    )
    recall = fields.Boolean(readonly=True)
    res_model = fields.Char(string="Document model", readonly=True)
    res_id = fields.Integer(string="Document ID", readonly=True)
    message_id = fields.Many2one(
        "dingding.message", string="DingTalk message", readonly=True,
        ondelete="set null", index=True, groups="dingding.group_manager",
    )

    def init(self):
        result = super().init()
        compat.unique_index(
            self.env.cr, self._table, ["user_id", "mail_message_id"],
            sql.SQL("mail_message_id IS NOT NULL"),
        )
        self._hide_texts()
        return result

    def _hide_texts(self):
        """Store apart the texts of notifications that earlier versions have sent."""
        cr = self.env.cr
        cr.execute(
            "INSERT INTO dingding_message_text (message_id, name, body, create_uid,"
            " create_date, write_uid, write_date) SELECT id, name, body, create_uid,"
            " create_date, write_uid, write_date FROM dingding_message"
            " WHERE is_personal IS NOT TRUE AND id IN"
            " (SELECT message_id FROM dingding_notification_line)"
            " ON CONFLICT (message_id) DO NOTHING RETURNING message_id"
        )
        ids = [row[0] for row in cr.fetchall()]
        if ids:
            cr.execute(
                "UPDATE dingding_message SET name = %s, body = '{}', body_hash = NULL,"
                " is_personal = true WHERE id IN %s",
                [self.env["dingding.message"]._hidden_name(), tuple(ids)],
            )
            cr.execute(
                "UPDATE dingding_message_recipient AS row SET user_id = person.user_id"
                " FROM dingding_user person WHERE person.id = row.person_id"
                " AND row.user_id IS NULL AND row.message_id IN %s", [tuple(ids)],
            )
            compat.forget(self.env)

    def _skip(self, state):
        if self:
            self.write({"state": state})

    # -- rights ----------------------------------------------------------------------

    def _named_document(self):
        """Return (model, id) of the line's document."""
        if self.res_model:
            return self.res_model, self.res_id
        return "mail.message", self.mail_message_id.id

    def _subjects(self):
        """Return {(model, id)} of the records that the text is about.

        Readers of all of them may read the text; None: the recipient only.
        """
        if self.kind in ("mail", "rule"):
            return None
        if self.kind in ("activity", "overdue") and not self.activity_id:
            return None
        if self.kind in ("mention", "message", "note") and not self.mail_message_id:
            return None
        found = {(self.res_model, self.res_id)} if self.res_model else set()
        if self.mail_message_id:
            found.add((self.mail_message_id._name, self.mail_message_id.id))
        if self.activity_id:
            found.add((self.activity_id._name, self.activity_id.id))
        return found

    @api.model
    def _is_internal(self, message):
        """Tell whether a message of the chatter is for internal users only."""
        subtype = message.subtype_id
        # From 14 on a message alone can be internal.
        return not subtype or subtype.internal or (
            "is_internal" in message._fields and message.is_internal
        )

    def _as_user(self):
        """Return the environment of the line's user, with the user's rights."""
        user = self.user_id
        return self.env(user=user.id, context=user._dingding_context())

    def _record(self):
        """Return the document as its user sees it; empty if there is none."""
        if not self.res_model or not self.res_id or self.res_model not in self.env:
            return None
        return self._as_user()[self.res_model].browse(self.res_id)

    def _readable(self):
        """Return the lines that their users may read."""
        return self.filtered(lambda line: line._may_read())

    def _may_read(self):
        env = self._as_user()
        message, activity = self.mail_message_id, self.activity_id
        if message and self._is_internal(message) and not (
            env.user.has_group("base.group_user")
        ):
            return False
        if activity and activity.user_id != self.user_id:
            return False
        if self.kind in ("activity", "overdue") and (
            # Later series keep what is done.
            not activity or "active" in activity._fields and not activity.active
        ):
            return False
        if not self._has_source(env.user):
            return False
        try:
            if message:
                compat.check_access(message.with_env(env), "read")
            record = self._record()
            if record is None:
                return not self.res_id and bool(message or activity)
            if not record.sudo().exists():
                return False
            compat.check_access(record, "read")
        except AccessError:
            return False
        finally:
            compat.separate_users(self.env)
        return True

    def _has_source(self, user):
        """Tell whether the line's source still exists and concerns its user."""
        return True

    # -- text ------------------------------------------------------------------------

    def _body(self, known, files=False, number=0):
        """Return the body of the message to the user of these lines.

        :param dict known: bodies of this delivery; this one is added. Only names of
            documents depend on the recipient's rights, so recipients with the same
            names, language and time zone share a body.
        :param bool files: offer to send the files of messages
        :param int number: by which the discussion is answered in the chat, if it is
        """
        context = self[0].user_id._dingding_context()
        lines = self.with_context(**context)
        documents = OrderedDict()
        for line in lines:
            documents.setdefault((line.res_model, line.res_id), []).append(line)
        key = None
        if all(line._has_common_text() for line in lines):
            key = (
                tuple(sorted(context.items())), files, number, tuple(lines._about()),
                tuple(group[0]._title() for group in documents.values()),
            )
        if key is None or key not in known:
            if len(documents) == 1:
                body = self._document_body(
                    list(documents.values())[0], files, number)
            else:
                body = lines._digest_body(list(documents.values()))
            if key is None:
                return body
            known[key] = body
        return known[key]

    def _has_common_text(self):
        """Tell whether only the document's name depends on the recipient."""
        return True

    def _about(self):
        """Return the key of the lines' text, without the recipient."""
        return [
            (line.kind, line.mail_message_id.id, line.activity_id.id,
             line.source_id.id, line.res_model, line.res_id)
            for line in self
        ]

    @api.model
    def _document_body(self, lines, files, number):
        """Return a card about one document.

        :param list lines: of the document
        :param bool files: offer to send the files of messages
        :param int number: see :meth:`_body`
        """
        title, url = lines[0]._title(), lines[0]._url()
        size = PREVIEW if len(lines) == 1 else SHORT
        files_url = files and self.browse(
            [line.id for line in lines])._files_url(url)

        answer = lines[0]._answer_label(number)

        def build(text):
            full = markdown.BREAK.join(filter(None, ["#### %s" % title, text, answer]))
            if files_url:
                return messages_body.action_card_buttons(title, full, [
                    (lines[0]._open_label(), url),
                    (lines[0]._files_label(), files_url)])
            if url:
                return messages_body.action_card_single(
                    title, full, lines[0]._open_label(), url)
            return messages_body.markdown(title, full)

        return self._fitting(build, [(line._text, size) for line in lines], lines[0])

    def _digest_body(self, documents):
        """Return a list of documents.

        :param list documents: of lists of lines
        """
        number = len(documents) + self[0].notification_id.unlisted
        title = _("%d documents with news") % number

        def build(text):
            return messages_body.markdown(
                title, "#### %s" % title + markdown.BREAK + text)

        parts = [(lines[0]._entry(lines), SHORT) for lines in documents]
        return self._fitting(build, parts, self[0])

    @api.model
    def _fitting(self, build, parts, line):
        """Return a body with as many parts as DingTalk accepts.

        :param build: makes a body of a text
        :param list parts: of (function of a number of bytes that returns a text, the
            number of bytes)
        :param line: in the language of the text
        """
        room = messages_body.MAX_BYTES - messages_body.size(build("."))
        texts, left = [], len(parts) + line.notification_id.unlisted
        for write, size in parts:
            more = line._more(left)
            reserve = markdown.cost(more + markdown.BREAK) if left > 1 else 0
            text = write(max(min(size, room - reserve - 4), 0))
            needed = markdown.cost(text + markdown.BREAK)
            if not text or needed + reserve > room:
                break
            texts.append(text)
            room -= needed
            left -= 1
        if left:
            texts.append(line._more(left))
        return build(markdown.BREAK.join(texts))

    def _more(self, count):
        return _("%d more") % count

    def _open_label(self):
        return _("Open in Odoo")

    def _answer_label(self, number):
        return number and _("To answer, write to the robot: #%d your answer") % number

    def _url(self):
        """Return the address that opens the document, '' if there is none."""
        record = self._record()
        if record is None:
            return ""
        url = self.env["dingding.corp"]._record_url(record.with_env(self.env))
        return url if len(url) <= messages_body.MAX_SINGLE_URL else ""

    def _title(self):
        record = self._record()
        name = record.display_name if record is not None else (
            self.mail_message_id.subject or self.activity_id.summary
            or self._author() or _("Message"))
        name = markdown.harmless(markdown.plain(html_escape(name or "")))
        return markdown.cut(name, TITLE) or "Odoo"

    def _author(self):
        message = self.mail_message_id
        return message.author_id.name or message.email_from or ""

    def _head(self):
        """Return what happened, by whom and when, in one line.

        The time makes repeated texts of a day differ, which DingTalk would drop.
        """
        what = ""
        if self.kind == "assignment":
            what = _("Assigned to you")
        elif self.activity_id:
            late = self.kind == "overdue"
            text = _("Overdue since %s") if late else _("Activity due on %s")
            what = text % self.activity_id.date_deadline
        if what:
            source = self.source_id
            return "%s: %s" % (
                self._signed(source.actor_id.name, source.create_date), what
            ) if source else what
        return self._signed(self._author(), self.mail_message_id.date)

    def _signed(self, name, moment):
        """Return a name and the recipient's time of a moment."""
        name = markdown.harmless(" ".join((name or "").replace("*", " ").split()))
        name = markdown.cut(name, HEAD)
        return "**%s** %s" % (
            name or "Odoo", times.local(self, moment).strftime("%H:%M"))

    def _content(self):
        """Return the lines of the text itself, see the module markdown."""
        activity, message = self.activity_id, self.mail_message_id
        if activity:
            name = " \u2013 ".join(filter(
                None, [activity.activity_type_id.name, activity.summary]))
            return markdown.lines_of(html_escape(name)) + markdown.lines_of(
                str(activity.note or ""))
        lines = markdown.lines_of(str(message.body or ""))
        if message and not lines:
            # A change of a tracked field, such as the stage.
            subtype = message.subtype_id
            words = subtype.description or subtype.name or ""
            lines = markdown.lines_of(html_escape(words))
        return lines

    def _text(self, size):
        """Return head, text and names of attachments in at most ``size`` bytes."""
        text = self._head()
        if markdown.cost(text) > size:
            return ""
        names = self._files()
        room = size - markdown.cost(text + markdown.BREAK)
        files = markdown.cut(names, min(FILES, room)) if names else ""
        if files:
            room -= markdown.cost(files + markdown.BREAK)
        content = markdown.shorten(self._content(), max(room, 0))
        return markdown.BREAK.join(filter(None, [text, content, files]))

    def _files(self):
        names = self.mail_message_id.attachment_ids.mapped("name")
        if not names:
            return ""
        return _("Attachments: %s") % markdown.harmless(", ".join(names))

    def _entry(self, lines):
        """Return a function that writes a document's entry in a digest."""
        def write(size):
            title, url = self._title(), self._url()
            name = title.replace("[", "(").replace("]", ")")
            start = "- [%s](%s)" % (name, url) if url else "- %s" % name
            text = markdown.harmless(
                markdown.plain(html_escape(lines[-1]._text(SHORT))))
            if len(lines) > 1:
                start += " (%d)" % len(lines)
            room = size - markdown.cost(": ")
            return start + ": " + markdown.cut(text, room) if room > 0 else ""

        return write

    # -- outcome -----------------------------------------------------------------------

    def _awaited_result(self):
        """Return when DingTalk is first asked who got what it has accepted, or False.

        False if it was asked already, or cannot be.
        """
        rows = self.message_id.recipient_ids.filtered(
            lambda row: row.state == "sent" and self.user_id in (
                row.user_id, row.person_id.user_id))
        tasks = rows.mapped("task_id").filtered(
            lambda task: task.next_result and not task.result_at
            and not task.result_error)
        return tasks[:1].next_result

    @api.model
    def _record_outcome(self, messages):
        """Store the outcome on the lines, and report undelivered ones.

        :param messages: of ``dingding.message``, whose state was just updated
        """
        lines = self.sudo().search(
            [("message_id", "in", messages.ids),
             ("state", "not in", SETTLED)]
        )
        for message in lines.mapped("message_id"):
            mine = lines.filtered(lambda line: line.message_id == message)
            if message.state in ("queued", "sending"):
                mine._record_pause(message)
                continue
            lang = mine[0].notification_id.actor_id.lang or "en_US"
            message = message.with_context(lang=lang)
            failed = {}
            for row in message.recipient_ids:
                if row.reason_code in DUPLICATE_CODES:
                    # The person already has the same text.
                    continue
                # The person may have been linked to another user since.
                user = row.user_id or row.person_id.user_id
                if row.state == "failed":
                    failed[user.id] = message.last_error or row.reason or ""
                elif row.state == "unknown":
                    failed[user.id] = message._unknown_outcome()
            self._store_outcome(mine, failed)

    @api.model
    def _store_outcome(self, lines, failed):
        bad = lines.filtered(lambda line: line.user_id.id in failed)
        good = (lines - bad).filtered(lambda line: line.state != "sent")
        good.write({"state": "sent", "reason": False})
        good._withdraw_reports()
        fresh = bad.filtered(lambda line: line.state != "failed")
        for line in fresh:
            line.write({"state": "failed", "reason": failed[line.user_id.id]})
        fresh._report_all()

    def _refuse(self, reason):
        """Store that these lines cannot be sent, and report it."""
        self.write({"state": "failed", "reason": reason})
        self._report_all()

    def _report_all(self):
        """Report failed lines, those of a message with one reason together."""
        groups = OrderedDict()
        for line in self:
            if line.mail_message_id:
                key = (line.mail_message_id.id, line.reason)
                groups.setdefault(key, []).append(line.id)
        for line_ids in groups.values():
            self.browse(line_ids)._report()

    def _report(self):
        """Note in the chatter who did not get the message, and why.

        The note notifies nobody, in any series.
        """
        line = self[0]
        message = line.mail_message_id
        if not message.model or message.model not in self.env:
            return
        actor = line.notification_id.actor_id or message.author_id.user_ids[:1]
        line = line.with_context(lang=actor.lang or self.env.user.lang)
        names = self.mapped("user_id.name")
        text = ", ".join(names[:NAMES_SHOWN])
        if len(names) > NAMES_SHOWN:
            text += ", " + line._more(len(names) - NAMES_SHOWN)
        # Its author may retry what was captured, not what was collected of others.
        row = self.env["dingding.notification"].search(
            [("mail_message_id", "=", message.id), ("mode", "=", "message")], limit=1,
        ) or line.notification_id
        url = "/web#id=%d&model=%s&view_type=form" % (row.id, row._name)
        # The script retry_link.js makes the first link retry at once.
        body = "<p>%s<br/><a href=\"%s\">%s</a> &#183; <a href=\"%s\">%s</a></p>" % (
            html_escape(line._report_text(text)), html_escape(url + RETRY),
            html_escape(line._retry_label()), html_escape(url),
            html_escape(line._show_label()),
        )
        report = self.env["mail.message"].sudo().with_context(
            message_create_from_mail_mail=True, dingding_notify="none",
        ).create(
            {
                "model": message.model, "res_id": message.res_id, "body": body,
                "message_type": "notification",
                "subtype_id": self.env.ref("mail.mt_note").id,
                "author_id": self.env.ref("base.partner_root").id,
                "parent_id": message.id,
            }
        )
        self.write({"report_id": report.id})

    def _withdraw_reports(self):
        """Delete reports that no longer apply."""
        reports = self.mapped("report_id")
        if reports:
            left = self.search(
                [("report_id", "in", reports.ids), ("state", "!=", "sent")])
            (reports - left.mapped("report_id")).unlink()

    def _report_text(self, names):
        return _("DingTalk did not deliver this message to %(names)s: %(reason)s") % {
            "names": names, "reason": self.reason or "?",
        }

    def _retry_label(self):
        return _("Retry")

    def _show_label(self):
        return _("Details")
