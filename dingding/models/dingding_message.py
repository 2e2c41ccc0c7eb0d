# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import datetime
import hashlib
import json
from collections import Counter, OrderedDict

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html_escape

from .. import compat, preview, rights
from ..dingtalk import messages_body
from ..dingtalk.api.media import KINDS as MEDIA_KINDS
from ..dingtalk.errors import DingTalkError, InvalidArgumentError
from . import texts
from .dingding_message_recipient import PASSING_CODES
from .dingding_message_task import beijing_midnight
from .queue import DUE_STATES, database_now, hold_lock

KINDS = [
    ("text", "Text"),
    ("markdown", "Markdown"),
    ("link", "Link"),
    ("oa", "OA"),
    ("action_card", "Action card"),
    ("image", "Picture"),
    ("file", "File"),
    ("voice", "Voice"),
]
FILE_KINDS = ("image", "file", "voice")
# DingTalk accepts larger uploads than a message may carry.
MAX_FILE_MESSAGE = 10 * 1024 * 1024  # bytes
# Limit of names in an error message.
NAMES_SHOWN = 10
STATUS_BAR_DAYS = 7
# First key of the advisory locks that serialise recalls of a message.
LOCK_RECALL = 0x44540007
RECALL_SECONDS = 20  # how long to wait for another user's recall


@compat.shows_name("_shown_name")
class DingdingMessage(models.Model):
    """A work notification from one application to people in DingTalk.

    Immutable once queued: what is stored is what was sent, byte for byte. Texts of
    personal messages are in ``dingding.message.text``.
    """

    _name = "dingding.message"
    _description = "DingTalk Message"
    _inherit = "dingding.sent.mixin"
    _order = "id desc"

    name = fields.Char(string="Public subject", required=True, readonly=True)
    kind = fields.Selection(KINDS, string="Type", required=True, readonly=True)
    body = fields.Text(
        required=True, readonly=True, help="Content sent to DingTalk, as JSON."
    )
    body_hash = fields.Char(readonly=True, index=True)
    is_personal = fields.Boolean(
        string="Personal", readonly=True,
        help="Only those see the text who got the message, or who may see what it is "
             "about.",
    )
    subject = fields.Char(compute="_compute_subject", compute_sudo=False)
    content = fields.Text(
        compute="_compute_content", compute_sudo=False, search="_search_content",
    )
    preview = fields.Html(
        compute="_compute_content", compute_sudo=False, sanitize=False,
    )
    attachment_id = fields.Many2one(
        "ir.attachment", string="File", readonly=True, ondelete="restrict"
    )
    filename = fields.Char(string="File name", readonly=True)
    app_id = fields.Many2one(
        "dingding.app", string="Application", required=True, readonly=True,
        ondelete="restrict", index=True,
    )
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", related="app_id.corp_id", store=True,
        readonly=True, index=True,
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True
    )
    sender_id = fields.Many2one(
        "res.users", string="Sender", required=True, readonly=True,
        ondelete="restrict", index=True,
    )
    # Only _update_state writes state, counts and times.
    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("sending", "Sending"),
            ("sent", "Sent"),
            ("partly_failed", "Partly failed"),
            ("failed", "Failed"),
            ("unknown", "Outcome unknown"),
            ("recalled", "Recalled"),
        ], string="Status",
        default="queued", required=True, readonly=True, index=True,
    )
    feature = fields.Char(
        readonly=True, required=True, default="messages", groups="base.group_system",
        help="What the calls count as in the budget.",
    )
    sent_at = fields.Datetime(string="Sent on", readonly=True)
    recalled_at = fields.Datetime(string="Recalled on", readonly=True)
    recall_error = fields.Text(
        string="Not recalled", readonly=True, groups="dingding.group_user"
    )
    task_ids = fields.One2many(
        "dingding.message.task", "message_id", string="Batches", readonly=True,
        groups="dingding.group_manager",
    )
    recipient_ids = fields.One2many(
        "dingding.message.recipient", "message_id", string="Recipients", readonly=True
    )
    # For a rule: from 18 on a field read by a rule stays cached, and recipient_ids
    # would reveal hidden rows.
    reader_ids = fields.One2many(
        "dingding.message.recipient", "message_id", string="Readers", readonly=True,
        groups="base.group_system",
    )
    people = fields.Integer(readonly=True, groups="dingding.group_user")
    people_read = fields.Integer(
        string="Read", readonly=True, groups="dingding.group_user"
    )
    people_unread = fields.Integer(
        string="Unread", readonly=True, groups="dingding.group_user"
    )
    people_failed = fields.Integer(
        string="Failed", readonly=True, groups="dingding.group_user"
    )
    read_rate = fields.Float(
        string="Read (%)", digits=(5, 1), readonly=True, groups="dingding.group_user",
        **compat.AVERAGE
    )
    last_error = fields.Text(
        compute="_compute_trouble", groups="dingding.group_user",
    )
    remedy = fields.Text(
        string="What to do", compute="_compute_trouble",
        groups="dingding.group_user",
    )
    error_html = fields.Html(
        string="Error and remedy", compute="_compute_trouble", sanitize=False,
        groups="dingding.group_user",
    )
    next_try = fields.Datetime(
        string="Next attempt", compute="_compute_trouble",
        groups="dingding.group_user",
    )
    results_at = fields.Datetime(
        string="Read states of", compute="_compute_results_at", compute_sudo=False,
        groups="dingding.group_user",
        help="When Odoo has asked DingTalk last who has read the message. Opening the "
             "message makes Odoo ask again, within a minute.",
    )
    can_refresh = fields.Boolean(
        compute="_compute_trouble", groups="dingding.group_user"
    )
    can_recall = fields.Boolean(
        compute="_compute_trouble", groups="dingding.group_user"
    )
    can_send_again = fields.Boolean(
        compute="_compute_trouble", groups="dingding.group_user"
    )

    @compat.depends_on_user
    @api.depends("name", "is_personal")
    def _compute_subject(self):
        seen = self._with_readable_text()
        texts = seen._texts()
        for message in self:
            shown = texts.get(message.id)
            message.subject = shown.name if shown else message._hidden_name()

    @compat.depends_on_user
    @api.depends("body", "filename", "is_personal")
    def _compute_content(self):
        seen = self._with_readable_text()
        texts = seen._texts()
        for message in self:
            if message.id not in texts:
                hidden = message._hidden_text()
                message.content = hidden
                message.preview = "<p>%s</p>" % html_escape(hidden)
                continue
            body = _loaded(texts[message.id].body)
            message.content = preview.plain(body, message.filename or "")
            message.preview = preview.render(body, message.filename or "")

    @api.model
    def _search_content(self, operator, value):
        # sudo: nobody reads the texts themselves.
        found = self.env["dingding.message.text"].sudo().search(
            [("body", operator, value)]).mapped("message_id")
        own = self.search([("id", "in", found.ids)])._with_readable_text()
        return ["|", "&", ("is_personal", "=", False), ("body", operator, value),
                ("id", "in", own.ids)]

    @api.depends("task_ids.state", "task_ids.last_error", "task_ids.sent_at",
                 "task_ids.recalled_at", "recipient_ids.reason_code")
    def _compute_trouble(self):
        # sudo: senders may see their message's state, but not its parts.
        for message, message_sudo in zip(self, self.sudo()):
            tasks = message_sudo.task_ids
            bad = tasks.filtered(
                lambda task: task.state != "done" and task.last_error
            )[:1]
            message.last_error = bad.last_error
            message.remedy = bad.remedy
            message.error_html = bad.error_html
            message.next_try = bad.next_try if bad.state == "retry" else False
            message.can_refresh = any(
                task.state in DUE_STATES or task._can_read_result() for task in tasks
            )
            message.can_recall = any(task._can_be_recalled() for task in tasks)
            message.can_send_again = bool(
                tasks.filtered(lambda task: task.state in ("failed", "unknown"))
                or message_sudo.recipient_ids.filtered(
                    lambda row: row.reason_code in PASSING_CODES
                )
            )

    @api.depends("task_ids.result_at")
    def _compute_results_at(self):
        """Return when results were read, and queue reading those of an opened message.

        Only the form has this field: reading it is all that Odoo 11 notices of an
        opened form.
        """
        if len(self) == 1 and isinstance(self.id, int):
            self.env["dingding.message.task"].sudo()._note_look(self.id)
        for message in self:
            moments = message.sudo().task_ids.mapped("result_at")
            message.results_at = min(moments) if moments and all(moments) else False

    # -- queueing ----------------------------------------------------------------

    @api.model
    @compat.returns_records("dingding.message")
    def send(self, app_or_corp, recipients, body, file=None, personal=False):
        """Queue a work notification; it is sent after the caller's commit.

        Requires the right to create messages: code that acts for the system uses
        ``sudo()``. A rollback sends nothing.

        :param app_or_corp: the sending ``dingding.app``; or a ``dingding.corp``, which
            sends with its application for messages; None: the organisation of each
            recipient
        :param recipients: records of ``res.users``, ``dingding.user``,
            ``dingding.department`` or another model that inherits from
            ``dingding.recipient.mixin``; a list of such records; or, for RPC callers, a
            dict of model name -> ids
        :param body: a text; or a dict as ``dingtalk.messages_body`` makes it. Without
            ``media_id`` in the body of a picture, file or voice message, ``file`` is
            uploaded when the message is sent
        :param file: (name, bytes) of a picture, file or voice message
        :param bool personal: only the recipients may read the text; for code that acts
            for the system
        :return: the messages, one for each organisation: usually one record
        :raise UserError: nobody can be reached, the body breaks DingTalk's limits, or
            the application has no AgentId
        :raise AccessError: the user may not send, or not to these people
        """
        compat.check_access(self.browse(), "create")
        app, corp = self._app_and_corp(app_or_corp)
        body = self._checked_body(body, file)
        persons, missing = self._reach(recipients, corp)
        if not persons:
            raise UserError(self._nobody_text(missing, corp))
        self._check_status_bar(body, persons)
        messages = self.browse()
        for target in persons.mapped("corp_id").sorted("id"):
            target_app = app or target._app_for("message")
            self._check_app(target_app)
            messages |= rights.without_defaults(self).sudo()._create_queued(
                target_app,
                persons.filtered(lambda person: person.corp_id == target),
                missing if not messages else [],
                body,
                file,
                self.env.user,
                personal and compat.is_superuser(self.env),
            )
        return self.browse(messages.ids)

    @api.model
    def _app_and_corp(self, app_or_corp):
        """Return (app or None, corp or None), with sudo, as the caller named them."""
        if not app_or_corp:
            return None, None
        name = getattr(app_or_corp, "_name", None)
        if name not in ("dingding.app", "dingding.corp"):
            raise UserError(
                _(
                    "Choose the DingTalk application or organisation that sends the "
                    "message.")
            )
        app_or_corp.ensure_one()
        compat.check_access(app_or_corp.with_env(self.env), "read")
        record_sudo = app_or_corp.sudo()
        if name == "dingding.corp":
            return None, record_sudo
        return record_sudo, record_sudo.corp_id

    @api.model
    def _check_app(self, app):
        if not app.active or not app.corp_id.active:
            raise UserError(
                _("The application %s is archived and cannot send messages.") % app.name
            )
        if not app.agent_id:
            raise UserError(
                _(
                    "The application %(app)s has no AgentId, which DingTalk requires "
                    "for work notifications. Enter it on the form of %(corp)s; "
                    "DingTalk's developer console shows it beside the AppKey."
                )
                % {"app": app.name, "corp": app.corp_id.name}
            )

    @api.model
    def _checked_body(self, body, file):
        """Return the body as a dict that DingTalk accepts.

        :raise UserError: it breaks a limit
        """
        try:
            if isinstance(body, str):
                body = messages_body.text(body)
            messages_body.check(body)
        except InvalidArgumentError as error:
            raise UserError(self._argument_text(error))
        kind = body["msgtype"]
        if kind not in dict(self._fields["kind"]._description_selection(self.env)):
            raise UserError(_("%s is not a type of work notification.") % kind)
        if kind in FILE_KINDS and not preview.part(body).get("media_id"):
            self._check_file(kind, file)
        return body

    @api.model
    def _check_file(self, kind, file):
        """Refuse a file that DingTalk would refuse later."""
        filename, content = file or ("", b"")
        if not filename or not content:
            raise UserError(_("Choose the file to send."))
        limit, extensions = MEDIA_KINDS[kind]
        if kind == "file":
            limit = min(limit, MAX_FILE_MESSAGE)
        stem, _dot, extension = filename.rpartition(".")
        if not stem or extension.lower() not in extensions:
            raise UserError(
                _("%(file)s: DingTalk accepts these file types here: %(types)s.")
                % {"file": filename, "types": ", ".join(extensions)}
            )
        if len(content) > limit:
            raise UserError(
                _(
                    "%(file)s has %(size).1f MB. DingTalk accepts up to %(limit)d MB "
                    "here.")
                % {
                    "file": filename,
                    "size": len(content) / 1048576.0,
                    "limit": limit // 1048576,
                }
            )

    @api.model
    def _argument_text(self, error):
        """Return advice for a value that breaks a limit."""
        detail = error.detail
        if detail.get("argument") == "message" and detail.get("limit"):
            return _(
                "The message is too long: %(length)d bytes including its structure. "
                "DingTalk accepts up to %(limit)d. A Chinese character takes three "
                "bytes."
            ) % {"length": detail["length"], "limit": detail["limit"]}
        if detail.get("limit"):
            return _(
                "%(field)s is too long: %(length)d characters. DingTalk accepts up to "
                "%(limit)d."
            ) % {
                "field": detail.get("argument"),
                "length": detail["length"],
                "limit": detail["limit"],
            }
        return _("DingTalk rejects this message: %s") % error.message

    @api.model
    def _check_status_bar(self, body, persons):
        limit = messages_body.MAX_STATUS_BAR_USERS
        if preview.part(body).get("status_bar") and len(persons) > limit:
            raise UserError(
                _("A message with a status bar can have up to %d recipients.") % limit
            )

    @api.model
    def _recipient_sets(self, recipients):
        if isinstance(recipients, dict):
            recipients = [
                self.env[model].browse(ids)
                for model, ids in sorted(recipients.items())
                if model in self.env
            ]
        elif isinstance(recipients, models.BaseModel):
            recipients = [recipients]
        sets = []
        for records in recipients or []:
            if not isinstance(records, models.BaseModel) or not hasattr(
                type(records), "_dingding_persons"
            ):
                raise UserError(
                    _("Messages cannot be sent to %s.")
                    % (texts.model_name(records)
                       if isinstance(records, models.BaseModel) else records)
                )
            sets.append(records.with_env(self.env))
        return sets

    @api.model
    def _reach(self, recipients, corp=None):
        """Find the people behind recipients.

        :param corp: only this organisation, None for any
        :return: (persons with sudo, names of recipients who cannot be reached)
        :raise AccessError: the user may not see a recipient
        """
        person_ids, missing = [], []
        for records in self._recipient_sets(recipients):
            compat.check_access(records, "read")
            for record in records.sudo():
                persons = record._dingding_persons().filtered("active")
                if corp:
                    persons = persons.filtered(lambda row: row.corp_id == corp)
                # Archived organisations send nothing.
                persons = persons.filtered("corp_id.active") or persons
                corps = persons.mapped("corp_id")
                if len(corps) > 1:
                    # A human may have several accounts.
                    own = corps.filtered(
                        lambda row: row.company_id == compat.company(self.env)
                    )
                    chosen = (own or corps).sorted("id")[:1]
                    persons = persons.filtered(lambda row: row.corp_id == chosen)
                if persons:
                    person_ids += persons.ids
                else:
                    missing.append(record.display_name)
        persons = self.env["dingding.user"].browse(
            list(OrderedDict.fromkeys(person_ids))
        )
        compat.check_access(persons, "read")
        return persons.sudo(), missing

    @api.model
    def _nobody_text(self, missing, corp):
        if not missing:
            return _("The message has no recipients.")
        names = ", ".join(missing[:NAMES_SHOWN])
        if len(missing) > NAMES_SHOWN:
            names += ", \u2026"
        if corp:
            return _("No DingTalk user in %(corp)s is known for: %(names)s.") % {
                "corp": corp.name, "names": names,
            }
        return _("No DingTalk user is known for: %s.") % names

    @api.model
    def _body_hash(self, body, file=None):
        """Return a hash that is equal for messages DingTalk considers duplicates."""
        digest = hashlib.sha1(json.dumps(body, sort_keys=True).encode("utf-8"))
        if file:
            digest.update(
                self.env["dingding.media"]._digest(file[0], file[1]).encode("ascii")
            )
        return digest.hexdigest()

    @api.model
    def _create_queued(
        self, app, persons, missing, body, file, sender, personal=False,
    ):
        """Create the message with its parts and people, and queue it.

        :param bool personal: store subject and body apart
        """
        filename = file[0] if file and body["msgtype"] in FILE_KINDS else ""
        if not filename:
            file = None
        kind_names = dict(self.fields_get(["kind"])["kind"]["selection"])
        text = {
            "name": preview.subject(body, filename) or kind_names[body["msgtype"]],
            "body": json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        }
        shown = dict(text, body_hash=self._body_hash(body, file))
        if personal:
            # The hash would confirm guesses.
            shown = {
                "name": self._hidden_name(), "body": "{}", "body_hash": False,
                "is_personal": True,
            }
        message = self.create(
            {
                "kind": body["msgtype"],
                "filename": filename,
                "app_id": app.id,
                "sender_id": sender.id,
                "people": len(persons) + len(missing),
                "people_failed": len(missing),
                **shown
            }
        )
        if personal:
            self.env["dingding.message.text"].create(
                dict(text, message_id=message.id))
        if file:
            # With all rights, so Odoo would serve HTML as a page of this site.
            message.attachment_id = self.env["ir.attachment"].with_context(
                attachments_mime_plainxml=True
            ).create(
                dict(
                    compat.file_values(
                        self.env, filename, base64.b64encode(file[1])),
                    res_model=self._name, res_id=message.id,
                )
            )
        message._add_parts(persons)
        message._add_unreachable(missing)
        return message

    def _add_parts(self, persons, users=None):
        """Create parts of up to 100 people each and queue them.

        :param dict users: {id of a person: id of the user it was linked to}, for people
            who were to get the message before; default: as they are linked now
        """
        size = messages_body.MAX_USERIDS
        chunks = [persons[at : at + size] for at in range(0, len(persons), size)]
        tasks = compat.create_all(
            self.env["dingding.message.task"],
            [
                {
                    "message_id": self.id,
                    "app_id": self.app_id.id,
                    "people": len(chunk),
                }
                for chunk in chunks
            ],
        )
        compat.flush(self.env)
        task_of = {
            person_id: task.id
            for task, chunk in zip(tasks, chunks)
            for person_id in chunk.ids
        }
        if users is None:
            users = {person.id: person.user_id.id for person in persons}
        # A single statement for any number of people.
        self.env.cr.execute(
            "INSERT INTO dingding_message_recipient (message_id, task_id, person_id,"
            " user_id, userid, name, state, create_uid, create_date, write_uid,"
            " write_date) SELECT %s, part.task_id, person.id, NULLIF(part.user_id, 0),"
            " person.userid, person.name, 'queued',"
            " %s, now() at time zone 'UTC', %s, now() at time zone 'UTC'"
            " FROM unnest(%s, %s, %s) AS part (task_id, person_id, user_id)"
            " JOIN dingding_user person ON person.id = part.person_id"
            " ORDER BY part.task_id, person.id",
            [
                self.id,
                self.env.uid,
                self.env.uid,
                list(task_of.values()),
                list(task_of),
                [users.get(person_id) or 0 for person_id in task_of],
            ],
        )
        compat.forget(self.env)
        tasks._enqueue()

    def _add_unreachable(self, names):
        for name in names:
            self.env["dingding.message.recipient"].create(
                {
                    "message_id": self.id,
                    "name": name,
                    "state": "failed",
                    "reason_code": "no_account",
                }
            )

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        return compat.super_create(super(), rights.complete(self, vals_list))

    # -- sending -----------------------------------------------------------------

    def _body_to_send(self, client):
        """Return the body as JSON text, including the uploaded file's id.

        Stored first: a resend has the same bytes.

        :raise DingTalkError: the file could not be uploaded
        """
        self.ensure_one()
        text = self._texts()[self.id]
        body = _loaded(text.body)
        if self.kind not in FILE_KINDS or preview.part(body).get("media_id"):
            return text.body
        content = base64.b64decode(self.attachment_id.datas or b"")
        media_id = self.env["dingding.media"]._media_id(
            self.app_id, client, self.kind, self.filename, content
        )
        inner = OrderedDict(preview.part(body), media_id=media_id)
        body[self.kind] = inner
        text.body = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return text.body

    # -- state -------------------------------------------------------------------

    def _lock(self):
        """Lock messages and parts against concurrent users and workers."""
        compat.flush(self.env)
        if self:
            self.env.cr.execute(
                "SELECT id FROM dingding_message WHERE id IN %s ORDER BY id FOR UPDATE",
                [tuple(self.ids)],
                # A conflict is not an error: the server retries the request.
                log_exceptions=False,
            )

    def _lock_parts(self):
        if not self:
            return
        self._lock()
        self.env.cr.execute(
            "SELECT id FROM dingding_message_task WHERE message_id IN %s"
            " ORDER BY id FOR UPDATE",
            [tuple(self.ids)],
            log_exceptions=False,
        )
        compat.forget(self.env)

    def _update_state(self):
        """Update state, counts and times from parts and people."""
        self._lock()
        for message in self:
            cr = self.env.cr
            cr.execute(
                "SELECT state, recalled_at IS NOT NULL, COUNT(*), MIN(sent_at),"
                " MAX(recalled_at) FROM dingding_message_task"
                " WHERE message_id = %s GROUP BY 1, 2",
                [message.id],
            )
            parts = cr.fetchall()
            cr.execute(
                "SELECT state, COUNT(*) FROM dingding_message_recipient"
                " WHERE message_id = %s GROUP BY 1",
                [message.id],
            )
            people = Counter(dict(cr.fetchall()))
            sent = [row[3] for row in parts if row[3]]
            recalled = [row[4] for row in parts if row[4]]
            values = {
                "state": self._state_of(parts, people),
                "people": sum(people.values()),
                "people_read": people["read"],
                "people_unread": people["unread"],
                "people_failed": people["failed"],
                "read_rate": _percent(people["read"], sum(people.values())),
                "sent_at": min(sent) if sent else False,
                "recalled_at": max(recalled) if recalled else False,
            }
            changed = {
                name: value
                for name, value in values.items()
                if _comparable(message[name]) != _comparable(value)
            }
            if changed:
                message.write(changed)

    @api.model
    def _state_of(self, parts, people):
        """Return the state of a message.

        :param parts: rows (state, recalled?, ...) of its parts
        :param people: state -> number of people
        """
        states = {row[0] for row in parts}
        recalled = {row[0] for row in parts if row[1]}
        kept = {row[0] for row in parts if row[0] == "done" and not row[1]}
        if "working" in states:
            return "sending"
        if states & {"queued", "retry"}:
            return "sending" if states & {"done", "failed", "unknown"} else "queued"
        if "unknown" in states:
            return "unknown"
        if not kept and "failed" not in states and (recalled or "cancelled" in states):
            return "recalled"
        failed = people.get("failed", 0)
        if failed and failed == sum(people.values()):
            return "failed"
        if failed or "failed" in states:
            return "partly_failed"
        return "sent"

    # -- buttons -----------------------------------------------------------------

    def _for_button(self):
        compat.check_access(self, "write")
        messages = self.sudo()
        messages._lock_parts()
        return messages

    def action_refresh(self):
        """Ask DingTalk who received and read these messages.

        Each answer is written in its own transaction, which locks rows only after
        DingTalk has answered: a slow DingTalk does not block these messages.

        :raise UserError: DingTalk has no results for a message; the error says why
        """
        compat.check_access(self, "write")
        for message in self.sudo():
            tasks = message.task_ids.filtered(lambda task: task._can_read_result())
            if not tasks and message.can_refresh:
                # Still being sent; reloading the form is all that helps.
                continue
            if not tasks:
                raise UserError(
                    _(
                        "DingTalk reports the readers of a message for 24 hours after "
                        "it was sent. This message was not handed to DingTalk."
                    )
                )
            errors = [task._read_result_apart() for task in tasks]
            errors = [error for error in errors if error is not None]
            if len(errors) == len(tasks):
                raise UserError(self.env["dingding.remedy"]._message(errors[0]))
            message._apart("_update_state")
        compat.forget(self.env)
        return True

    def action_recall(self):
        """Recall these messages: from the phones, or from the queue.

        Each message has its own transactions, whatever becomes of the others.

        :raise UserError: some messages could not be recalled; the error says why
        """
        compat.check_access(self, "write")
        refusals = []
        for message in self:
            refusal = message._recall()
            if refusal and len(self) > 1:
                refusal = "%s: %s" % (message.subject, refusal)
            if refusal:
                refusals.append(refusal)
        compat.forget(self.env)
        if refusals:
            raise UserError("\n".join(refusals))
        return True

    def _recall(self):
        """Recall one message; return why nothing was recalled, as text, or ''."""
        dbname = self.env.cr.dbname
        # The second of two concurrent recalls finds nothing left.
        with hold_lock(dbname, LOCK_RECALL, self.id, seconds=RECALL_SECONDS) as held:
            if not held:
                return _("The message is being recalled.")
            done, refusals, part_ids = self._apart("_recall_waiting")
            kept, failures = self._recall_parts(part_ids)
            return self._apart("_recalled", done, refusals, kept, failures)

    def _recall_again(self):
        """Repeat the recall of parts that are due; return the number of parts."""
        with compat.manage_environments(), hold_lock(
            self.env.cr.dbname, LOCK_RECALL, self.id
        ) as held:
            part_ids = self._apart("_recall_due") if held else []
            if part_ids:
                kept, failures = self._recall_parts(part_ids)
                self._apart("_recalled", False, [], kept, failures)
            return len(part_ids)

    def _recall_parts(self, part_ids):
        """Recall parts in DingTalk, each in its own transaction.

        :return: {id: result of ``_dingtalk_recall``}, and of the failed parts {id: (the
            error as text, whether DingTalk may have done it)}
        """
        kept, failures = {}, {}
        for part_id in part_ids:
            try:
                with compat.open_cursor(self.env.cr.dbname) as cr:
                    part = self.env(cr=cr)["dingding.message.task"].sudo().browse(
                        part_id)
                    kept[part_id] = part._dingtalk_recall()
            except DingTalkError as error:
                failures[part_id] = (
                    self.env["dingding.remedy"]._message(error), error.outcome_unknown
                )
            except UserError as error:
                failures[part_id] = error.args[0], False
        return kept, failures

    def _apart(self, name, *args):
        """Call a method of one message, with sudo, in its own transaction."""
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            # Another user may hold these rows: time out, and Odoo retries.
            cr.execute(
                "SELECT set_config('lock_timeout', %s, true)", ["%ds" % RECALL_SECONDS]
            )
            message = self.with_env(self.env(cr=cr)).sudo().exists()
            if message:
                result = getattr(message, name)(*args)
                compat.flush(message.env)
                return result
        # Only the caller's transaction sees a message it has just created.
        return getattr(self.sudo(), name)(*args)

    def _recall_waiting(self):
        """Remove unsent parts from the queue.

        :return: (whether any was removed, refusals, ids of the parts already sent)
        """
        self._lock_parts()
        waiting = self.task_ids.filtered(lambda task: task.state in ("queued", "retry"))
        fresh = waiting.filtered(lambda task: not task._may_have_arrived())
        fresh.write({"state": "cancelled", "next_try": False})
        fresh.mapped("recipient_ids").write(
            {"state": "failed", "reason_code": "cancelled", "recalled": True}
        )
        refusals = []
        if self.task_ids.filtered(lambda task: task.state == "working") or (
            waiting - fresh
        ):
            refusals.append(
                _("Part of the message is being sent. Try again in a moment.")
            )
        left = self.task_ids.filtered(
            lambda task: task.state == "done" and not task.recalled_at
        )
        left._request_recall()
        self._update_state()
        return bool(fresh), refusals, left.ids

    def _recall_due(self):
        """Return the ids of the parts whose recall is due again."""
        self._lock_parts()
        now = fields.Datetime.to_string(database_now(self.env.cr))
        due = self.task_ids.filtered(
            lambda task: task.next_recall and _comparable(task.next_recall) <= now
        )
        due._request_recall()
        return due.ids

    def _recalled(self, done, refusals, kept, failures):
        """Record which parts of a message were recalled.

        :param bool done: whether a part was removed from the queue
        :param list refusals: reasons for parts not recalled
        :param dict kept, failures: result of ``_recall_parts``
        :return: why nothing was recalled, as text, or ''
        """
        self._lock_parts()
        for part in self.task_ids:
            if part.id in kept:
                part._mark_recalled(kept[part.id])
            elif part.id in failures:
                part._mark_not_recalled(*failures[part.id])
        refusals += self.task_ids.mapped(lambda part: part.recall_error or "")
        text = "\n".join(OrderedDict.fromkeys(filter(None, refusals)))
        self.recall_error = text or False
        self._update_state()
        if done or kept:
            return ""
        return text or _("Nothing left to recall.")

    def action_send_again(self):
        """Resend failed parts and parts with an unknown outcome.

        People who missed it get separate parts.
        """
        for message in self._for_button():
            tasks = message.task_ids.filtered(
                lambda task: task.state in ("failed", "unknown")
            )
            rows = (message.recipient_ids - tasks.mapped("recipient_ids")).filtered(
                lambda row: row.reason_code in PASSING_CODES and row.person_id.active
            )
            if not tasks and not rows:
                raise UserError(_("No part of this message can be sent again."))
            self._check_app(message.app_id)
            tasks._start_over()
            persons = rows.mapped("person_id")
            users = {row.person_id.id: row.user_id.id for row in rows}
            rows.unlink()
            if persons:
                message._add_parts(persons, users)
            message._update_state()
        return True

    def action_mark_sent(self):
        """Mark parts with an unknown outcome as sent."""
        for message in self._for_button():
            message.task_ids.filtered(
                lambda task: task.state == "unknown"
            )._mark_sent()
            message._update_state()
        return True

    def update_status_bar(self, value, color=None):
        """Change the status bar of OA messages, within seven days.

        DingTalk is called immediately, not after commit; nothing is written or locked.

        :param str value: new text, e.g. "Approved"
        :param str color: ``0x`` and eight hexadecimal digits, e.g. "0xFF15BC83"
        :raise UserError: not an OA message, more than five people, not sent, too old,
            or DingTalk refuses
        """
        compat.check_access(self, "write")
        for message in self.sudo():
            if message.kind != "oa":
                raise UserError(_("Only OA messages have a status bar."))
            if message.people > messages_body.MAX_STATUS_BAR_USERS:
                raise UserError(
                    _("The status bar can be changed for up to %d people.")
                    % messages_body.MAX_STATUS_BAR_USERS
                )
            tasks = message.task_ids.filtered(
                lambda task: task.state == "done" and task._task_ids()
            )
            oldest = database_now(self.env.cr) - datetime.timedelta(
                days=STATUS_BAR_DAYS
            )
            if not tasks or not message.sent_at or (
                fields.Datetime.from_string(message.sent_at) < oldest
            ):
                raise UserError(
                    _("The status bar can be changed for seven days after sending.")
                )
            for task in tasks:
                messages = task.app_id._dingtalk_client(
                    feature="message_recall"
                ).messages
                try:
                    for task_id in task._task_ids():
                        messages.update_status_bar(
                            task.app_id.agent_id, task_id, value, color
                        )
                except DingTalkError as error:
                    raise UserError(self.env["dingding.remedy"]._message(error))
        return True

    # -- duplicates --------------------------------------------------------------

    @api.model
    def _sent_today(self, app, body, persons, file=None):
        """Return those of ``persons`` who got the same content today in Beijing.

        DingTalk accepts a duplicate and drops it silently.
        """
        midnight = beijing_midnight(database_now(self.env.cr))
        rows = self.env["dingding.message.recipient"].sudo().search(
            [
                ("person_id", "in", persons.ids),
                ("state", "!=", "failed"),
                ("message_id.app_id", "=", app.id),
                ("message_id.body_hash", "=", self._body_hash(body, file)),
                (
                    "message_id.create_date",
                    ">=",
                    fields.Datetime.to_string(midnight),
                ),
            ]
        )
        return rows.mapped("person_id")


def _loaded(body):
    """Return a stored body as a dict; {} if it is not JSON."""
    try:
        return json.loads(body or "{}", object_pairs_hook=OrderedDict)
    except ValueError:
        return {}


def _percent(part, whole):
    """Return a percentage with one decimal, as the database stores it."""
    return round(100.0 * part / whole, 1) if whole else 0.0


def _comparable(value):
    """Normalise a value that the Odoo series store differently."""
    if isinstance(value, datetime.datetime):
        return fields.Datetime.to_string(value)
    return value or False
