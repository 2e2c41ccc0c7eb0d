# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import datetime
import hashlib
import json
from collections import Counter, OrderedDict

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import compat, preview, rights
from ..dingtalk import messages_body
from ..dingtalk.api.media import KINDS as MEDIA_KINDS
from ..dingtalk.errors import DingTalkError, InvalidArgumentError
from .background import DUE_STATES, hold_lock
from .dingding_message_recipient import PASSING_CODES
from .dingding_message_task import beijing_midnight, utcnow

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
# DingTalk takes larger files up than it lets a message carry.
MAX_FILE_MESSAGE = 10 * 1024 * 1024  # bytes
# People whose names an error message gives.
NAMES_SHOWN = 10
STATUS_BAR_DAYS = 7
# First key of the advisory locks by which those who recall a message take turns.
LOCK_RECALL = 0x44540007
RECALL_SECONDS = 20  # that somebody waits for another one's turn


class DingdingMessage(models.Model):
    """A work notification that one application sends to people of DingTalk.

    Nobody changes a message once it is handed over: what is stored is what was
    sent, byte for byte.
    """

    _name = "dingding.message"
    _description = "DingTalk Message"
    _order = "id desc"

    name = fields.Char(string="Subject", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    body = fields.Text(
        required=True, readonly=True, help="What DingTalk is given, as JSON."
    )
    body_hash = fields.Char(readonly=True, index=True)
    content = fields.Text(compute="_compute_content")
    preview = fields.Html(compute="_compute_content", sanitize=False)
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
    # State, counts and times are written by _update_state and nothing else.
    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("sending", "Sending"),
            ("sent", "Sent"),
            ("partly_failed", "Partly failed"),
            ("failed", "Failed"),
            ("unknown", "Outcome unknown"),
            ("recalled", "Recalled"),
        ],
        default="queued", required=True, readonly=True, index=True,
    )
    sent_at = fields.Datetime(string="Sent on", readonly=True)
    recalled_at = fields.Datetime(string="Recalled on", readonly=True)
    recall_error = fields.Text(
        string="Not recalled", readonly=True, groups="dingding.group_user"
    )
    task_ids = fields.One2many(
        "dingding.message.task", "message_id", string="Parts", readonly=True,
        groups="dingding.group_manager",
    )
    recipient_ids = fields.One2many(
        "dingding.message.recipient", "message_id", string="Recipients", readonly=True
    )
    # The same rows once more, for a rule: from 18 on what a rule reads stays in memory,
    # and recipient_ids would give away rows that their own rules hide.
    reader_ids = fields.One2many(
        "dingding.message.recipient", "message_id", readonly=True,
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
    last_error = fields.Text(
        compute="_compute_trouble", groups="dingding.group_user",
    )
    remedy = fields.Text(
        string="What to do", compute="_compute_trouble",
        groups="dingding.group_user",
    )
    next_try = fields.Datetime(
        string="Next attempt", compute="_compute_trouble",
        groups="dingding.group_user",
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

    def init(self):
        result = super(DingdingMessage, self).init()
        compat.date_index(self.env.cr, self._table)
        return result

    @api.depends("body", "filename")
    def _compute_content(self):
        for message in self:
            body = message._loaded_body()
            message.content = preview.plain(body, message.filename or "")
            message.preview = preview.render(body, message.filename or "")

    def _loaded_body(self):
        try:
            return json.loads(self.body or "{}", object_pairs_hook=OrderedDict)
        except ValueError:
            return {}

    @api.depends("task_ids.state", "task_ids.last_error", "task_ids.sent_at",
                 "task_ids.recalled_at", "recipient_ids.reason_code")
    def _compute_trouble(self):
        # With sudo: a sender may know what became of his message, not its parts.
        for message, message_sudo in zip(self, self.sudo()):
            tasks = message_sudo.task_ids
            bad = tasks.filtered(
                lambda task: task.state != "done" and task.last_error
            )[:1]
            message.last_error = bad.last_error
            message.remedy = bad.remedy
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

    # -- handing in --------------------------------------------------------------

    @api.model
    @compat.returns_records("dingding.message")
    def send(self, app_or_corp, recipients, body, file=None):
        """Hand in a work notification; it leaves after the caller's commit.

        Needs the right to create messages: code that acts for the system calls it
        with ``sudo()``. A rollback sends nothing.

        :param app_or_corp: ``dingding.app`` that sends; or ``dingding.corp`` whose
            application for messages does; None: the organisation of each recipient
        :param recipients: records of ``res.users``, ``dingding.user``,
            ``dingding.department`` or another model that inherits from
            ``dingding.addressee``; or a list of such records; or, for callers by
            RPC, a dict of model name -> ids
        :param body: a text; or a dict as ``dingtalk.messages_body`` makes it. Without
            ``media_id`` in the body of a picture, file or voice message, ``file`` is
            uploaded when the message leaves
        :param file: (name, bytes) of a picture, file or voice message
        :return: the messages, one for each organisation: as a rule one record
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
            messages |= rights.without_defaults(self).sudo()._hand_in(
                target_app,
                persons.filtered(lambda person: person.corp_id == target),
                missing if not messages else [],
                body,
                file,
                self.env.user,
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
                _("An application or an organisation of DingTalk sends a message.")
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
                _("The application %s is archived and sends nothing.") % app.name
            )
        if not app.agent_id:
            raise UserError(
                _(
                    "The application %(app)s has no AgentId, without which DingTalk "
                    "takes no work notification. Enter it on the form of %(corp)s; it "
                    "stands in DingTalk's developer console beside the AppKey."
                )
                % {"app": app.name, "corp": app.corp_id.name}
            )

    @api.model
    def _checked_body(self, body, file):
        """Return the body as a dict that DingTalk will take.

        :raise UserError: it breaks a limit
        """
        try:
            if isinstance(body, str):
                body = messages_body.text(body)
            messages_body.check(body)
        except InvalidArgumentError as error:
            raise UserError(self._argument_text(error))
        kind = body["msgtype"]
        if kind not in dict(KINDS):
            raise UserError(_("%s is no kind of work notification.") % kind)
        if kind in FILE_KINDS and not preview.part(body).get("media_id"):
            self._check_file(kind, file)
        return body

    @api.model
    def _check_file(self, kind, file):
        """Refuse a file that DingTalk would refuse later, when nobody looks."""
        filename, content = file or ("", b"")
        if not filename or not content:
            raise UserError(_("Choose the file to send."))
        limit, extensions = MEDIA_KINDS[kind]
        if kind == "file":
            limit = min(limit, MAX_FILE_MESSAGE)
        stem, _dot, extension = filename.rpartition(".")
        if not stem or extension.lower() not in extensions:
            raise UserError(
                _("%(file)s: DingTalk takes these types here: %(types)s.")
                % {"file": filename, "types": ", ".join(extensions)}
            )
        if len(content) > limit:
            raise UserError(
                _("%(file)s has %(size).1f MB, DingTalk takes %(limit)d MB here.")
                % {
                    "file": filename,
                    "size": len(content) / 1048576.0,
                    "limit": limit // 1048576,
                }
            )

    @api.model
    def _argument_text(self, error):
        """Return what a person can do about a value that breaks a limit."""
        detail = error.detail
        if detail.get("argument") == "message" and detail.get("limit"):
            return _(
                "The message is too long: with everything around it, it has %(length)d "
                "bytes and DingTalk takes %(limit)d. A Chinese character counts three."
            ) % {"length": detail["length"], "limit": detail["limit"]}
        if detail.get("limit"):
            return _(
                "%(field)s is too long: %(length)d characters, and DingTalk takes "
                "%(limit)d."
            ) % {
                "field": detail.get("argument"),
                "length": detail["length"],
                "limit": detail["limit"],
            }
        return _("DingTalk does not take this message: %s") % error.message

    @api.model
    def _check_status_bar(self, body, persons):
        limit = messages_body.MAX_STATUS_BAR_USERS
        if preview.part(body).get("status_bar") and len(persons) > limit:
            raise UserError(
                _("A message with a status bar goes to %d people at most.") % limit
            )

    @api.model
    def _recipient_sets(self, recipients):
        """Return the recipients as a list of recordsets of this environment."""
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
                    % getattr(records, "_description", records)
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
                corps = persons.mapped("corp_id")
                if len(corps) > 1:
                    # One human with accounts in several organisations.
                    own = corps.filtered(
                        lambda row: row.company_id == self.env.user.company_id
                    )
                    chosen = (own or corps.sorted("id"))[:1]
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
            return _("There is nobody to send the message to.")
        names = ", ".join(missing[:NAMES_SHOWN])
        if len(missing) > NAMES_SHOWN:
            names += ", \u2026"
        if corp:
            return _("No DingTalk account in %(corp)s is known of: %(names)s.") % {
                "corp": corp.name, "names": names,
            }
        return _("No DingTalk account is known of: %s.") % names

    @api.model
    def _body_hash(self, body, file=None):
        """Return what two messages share that DingTalk takes for the same content."""
        digest = hashlib.sha1(json.dumps(body, sort_keys=True).encode("utf-8"))
        if file:
            digest.update(
                self.env["dingding.media"]._digest(file[0], file[1]).encode("ascii")
            )
        return digest.hexdigest()

    @api.model
    def _hand_in(self, app, persons, missing, body, file, sender):
        """Create the message with its parts and people, and queue it."""
        filename = file[0] if file and body["msgtype"] in FILE_KINDS else ""
        if not filename:
            file = None
        kind_names = dict(self.fields_get(["kind"])["kind"]["selection"])
        message = self.create(
            {
                "name": preview.subject(body, filename) or kind_names[body["msgtype"]],
                "kind": body["msgtype"],
                "body": json.dumps(body, ensure_ascii=False, separators=(",", ":")),
                "body_hash": self._body_hash(body, file),
                "filename": filename,
                "app_id": app.id,
                "sender_id": sender.id,
                "people": len(persons) + len(missing),
                "people_failed": len(missing),
            }
        )
        if file:
            message.attachment_id = self.env["ir.attachment"].create(
                {
                    "name": filename,
                    "datas": base64.b64encode(file[1]),
                    "res_model": self._name,
                    "res_id": message.id,
                }
            )
        message._add_parts(persons)
        message._add_unreachable(missing)
        return message

    def _add_parts(self, persons):
        """Create parts of up to 100 people each and queue them."""
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
        # One statement for any number of people: the caller may be a person who
        # waits, and the rows are nothing but copies.
        self.env.cr.execute(
            "INSERT INTO dingding_message_recipient (message_id, task_id, person_id,"
            " userid, name, state, create_uid, create_date, write_uid, write_date)"
            " SELECT %s, part.task_id, person.id, person.userid, person.name, 'queued',"
            " %s, now() at time zone 'UTC', %s, now() at time zone 'UTC'"
            " FROM unnest(%s, %s) AS part (task_id, person_id)"
            " JOIN dingding_user person ON person.id = part.person_id"
            " ORDER BY part.task_id, person.id",
            [
                self.id,
                self.env.uid,
                self.env.uid,
                list(task_of.values()),
                list(task_of),
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
        self._check_only_system()
        own = rights.without_defaults(self)
        return compat.super_create(
            super(DingdingMessage, own), rights.complete(own, vals_list)
        )

    def write(self, vals):
        self._check_only_system()
        return super(DingdingMessage, self).write(vals)

    def _check_only_system(self):
        """Keep people from writing rows by RPC that were never sent like that."""
        if not compat.is_superuser(self.env):
            raise AccessError(
                _("A message is made by sending it, and is not changed afterwards.")
            )

    # -- leaving -----------------------------------------------------------------

    def _body_to_send(self, client):
        """Return the body as JSON text, with the file in it that it needs.

        The text is stored before it is sent: a resend has the same bytes.

        :raise DingTalkError: the file could not be uploaded
        """
        self.ensure_one()
        body = self._loaded_body()
        if self.kind not in FILE_KINDS or preview.part(body).get("media_id"):
            return self.body
        content = base64.b64decode(self.attachment_id.datas or b"")
        media_id = self.env["dingding.media"]._media_id(
            self.app_id, client, self.kind, self.filename, content
        )
        inner = OrderedDict(preview.part(body), media_id=media_id)
        body[self.kind] = inner
        self.body = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return self.body

    # -- state -------------------------------------------------------------------

    def _lock(self):
        """Lock messages and parts: two people or workers must not cross."""
        compat.flush(self.env)
        if self:
            self.env.cr.execute(
                "SELECT id FROM dingding_message WHERE id IN %s ORDER BY id FOR UPDATE",
                [tuple(self.ids)],
                # A conflict is no error: the server does the request once more.
                log_exceptions=False,
            )

    def _lock_parts(self):
        self._lock()
        self.env.cr.execute(
            "SELECT id FROM dingding_message_task WHERE message_id IN %s"
            " ORDER BY id FOR UPDATE",
            [tuple(self.ids)],
            log_exceptions=False,
        )
        compat.forget(self.env)

    def _update_state(self):
        """Bring state, counts and times up to date with parts and people."""
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
        """Return the messages with sudo, locked, once the user may act on them."""
        compat.check_access(self, "write")
        messages = self.sudo()
        messages._lock_parts()
        return messages

    def action_refresh(self):
        """Ask DingTalk now who has got and read these messages."""
        for message in self._for_button():
            tasks = message.task_ids.filtered(lambda task: task._can_read_result())
            if not tasks and message.can_refresh:
                # On its way: the form is read again, which is all that helps.
                continue
            if not tasks:
                raise UserError(
                    _(
                        "DingTalk tells who has read a message for 24 hours after "
                        "it was sent, and nothing of one that it was not given."
                    )
                )
            errors = [task._read_result() for task in tasks]
            errors = [error for error in errors if error is not None]
            if len(errors) == len(tasks):
                raise UserError(self.env["dingding.remedy"]._message(errors[0]))
            message._update_state()
        return True

    def action_recall(self):
        """Take these messages back: off the phones, or out of the queue.

        Each message has transactions of its own: what DingTalk has taken back stays on
        record, whatever becomes of the others.

        :raise UserError: nothing could be taken back of some; it says why
        """
        compat.check_access(self, "write")
        refusals = []
        for message in self:
            refusal = message._recall()
            if refusal and len(self) > 1:
                refusal = "%s: %s" % (message.name, refusal)
            if refusal:
                refusals.append(refusal)
        compat.forget(self.env)
        if refusals:
            raise UserError("\n".join(refusals))
        return True

    def _recall(self):
        """Take one message back; return why nothing of it was, in words, or ''."""
        dbname = self.env.cr.dbname
        # Of two who press at once the second waits, and then finds nothing left.
        with hold_lock(dbname, LOCK_RECALL, self.id, seconds=RECALL_SECONDS) as held:
            if not held:
                return _("The message is being recalled at this moment.")
            done, refusals, part_ids = self._apart("_recall_waiting")
            kept = {}
            for part_id in part_ids:
                try:
                    with compat.open_cursor(dbname) as cr:
                        part = self.env(cr=cr)["dingding.message.task"].sudo().browse(
                            part_id)
                        kept[part_id] = part._dingtalk_recall()
                except DingTalkError as error:
                    refusals.append(self.env["dingding.remedy"]._message(error))
                except UserError as error:
                    refusals.append(error.args[0])
            return self._apart("_recalled", done, refusals, kept)

    def _apart(self, name, *args):
        """Call a method of one message, with sudo, in a transaction of its own."""
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            # Somebody who presses a button holds the rows: then Odoo tries once more.
            cr.execute(
                "SELECT set_config('lock_timeout', %s, true)", ["%ds" % RECALL_SECONDS]
            )
            message = self.with_env(self.env(cr=cr)).sudo().exists()
            if message:
                result = getattr(message, name)(*args)
                compat.flush(message.env)
                return result
        # Handed in by the transaction of the caller, who alone knows it.
        return getattr(self.sudo(), name)(*args)

    def _recall_waiting(self):
        """Take out of the queue what has not left.

        :return: (whether there was something, refusals, ids of the parts that left)
        """
        self._lock_parts()
        waiting = self.task_ids.filtered(lambda task: task.state in ("queued", "retry"))
        fresh = waiting.filtered(lambda task: not task.maybe_since)
        fresh.write({"state": "cancelled", "next_try": False})
        fresh.mapped("recipient_ids").write(
            {"state": "failed", "reason_code": "cancelled", "recalled": True}
        )
        refusals = []
        if self.task_ids.filtered(lambda task: task.state == "working") or (
            waiting - fresh
        ):
            refusals.append(
                _("Part of the message is being sent at this moment. Try again soon.")
            )
        left = self.task_ids.filtered(
            lambda task: task.state == "done" and not task.recalled_at
        )
        self._update_state()
        return bool(fresh), refusals, left.ids

    def _recalled(self, done, refusals, kept):
        """Record what of a message was taken back.

        :param bool done: whether something was taken out of the queue
        :param list refusals: what was not taken back, in words
        :param dict kept: id of a part -> what ``_dingtalk_recall`` has returned
        :return: why nothing was taken back, in words, or ''
        """
        self._lock_parts()
        for part in self.task_ids.filtered(lambda task: task.id in kept):
            refusals.append(part._mark_recalled(kept[part.id]))
        text = "\n".join(OrderedDict.fromkeys(filter(None, refusals)))
        if not (done or kept):
            return text or _("There is nothing left to recall.")
        self.recall_error = text or False
        self._update_state()
        return ""

    def action_send_again(self):
        """Send again what failed or whose outcome nobody knows.

        People whom only DingTalk's limits or a fault kept from getting it get it in
        parts of their own.
        """
        for message in self._for_button():
            tasks = message.task_ids.filtered(
                lambda task: task.state in ("failed", "unknown")
            )
            rows = (message.recipient_ids - tasks.mapped("recipient_ids")).filtered(
                lambda row: row.reason_code in PASSING_CODES and row.person_id.active
            )
            if not tasks and not rows:
                raise UserError(_("Nothing of this message can be sent again."))
            self._check_app(message.app_id)
            tasks._start_over()
            persons = rows.mapped("person_id")
            rows.unlink()
            if persons:
                message._add_parts(persons)
            message._update_state()
        return True

    def action_mark_sent(self):
        """Take what has an unknown outcome as sent."""
        for message in self._for_button():
            message.task_ids.filtered(
                lambda task: task.state == "unknown"
            )._mark_sent()
            message._update_state()
        return True

    def update_status_bar(self, value, color=None):
        """Change the status bar of OA messages, within seven days.

        DingTalk is asked at once, not after commit.

        :param str value: new text, e.g. "Approved"
        :param str color: ``0x`` and eight hexadecimal digits, e.g. "0xFF15BC83"
        :raise UserError: no OA message, more than five people, not sent, too old, or
            DingTalk refuses
        """
        for message in self._for_button():
            if message.kind != "oa":
                raise UserError(_("Only OA messages have a status bar."))
            if message.people > messages_body.MAX_STATUS_BAR_USERS:
                raise UserError(
                    _("The status bar changes for up to %d people.")
                    % messages_body.MAX_STATUS_BAR_USERS
                )
            tasks = message.task_ids.filtered(
                lambda task: task.state == "done" and task._task_ids()
            )
            oldest = utcnow() - datetime.timedelta(days=STATUS_BAR_DAYS)
            if not tasks or not message.sent_at or (
                fields.Datetime.from_string(message.sent_at) < oldest
            ):
                raise UserError(
                    _("The status bar changes for seven days after sending.")
                )
            for task in tasks:
                messages = task.app_id._dingtalk_client().messages
                try:
                    for task_id in task._task_ids():
                        messages.update_status_bar(
                            task.app_id.agent_id, task_id, value, color
                        )
                except DingTalkError as error:
                    raise UserError(self.env["dingding.remedy"]._message(error))
        return True

    # -- doubles -----------------------------------------------------------------

    @api.model
    def _got_it_today(self, app, body, persons, file=None):
        """Return those of ``persons`` who were sent the same on DingTalk's day.

        DingTalk says yes to the second message and drops it.
        """
        rows = self.env["dingding.message.recipient"].sudo().search(
            [
                ("person_id", "in", persons.ids),
                ("state", "!=", "failed"),
                ("message_id.app_id", "=", app.id),
                ("message_id.body_hash", "=", self._body_hash(body, file)),
                (
                    "message_id.create_date",
                    ">=",
                    fields.Datetime.to_string(beijing_midnight()),
                ),
            ]
        )
        return rows.mapped("person_id")


def _comparable(value):
    """Return a value such that what the series store differently is equal."""
    if isinstance(value, datetime.datetime):
        return fields.Datetime.to_string(value)
    return value or False
