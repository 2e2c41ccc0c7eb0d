# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import logging
import re
import time
import uuid

from psycopg2 import OperationalError

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import beijing
from odoo.addons.dingding.dingtalk.api.base import NOT_DONE
from odoo.addons.dingding.dingtalk.api.cards import CardGoneError
from odoo.addons.dingding.dingtalk.errors import (
    ApiError,
    DingTalkError,
    InvalidArgumentError,
    TransportError,
)
from odoo.addons.dingding.dingtalk.transport import Hosts
from odoo.addons.dingding.models.texts import are_texts

from ..chat import Reply, incoming
from ..chat.writer import Writer
from ..dingtalk.chat import UNSAFE, session_key
from ..dingtalk.groups import GroupDissolvedError
from ..transactions import without_commits
from .dingding_chat_topic import FILE_ERROR, FILES

_logger = logging.getLogger(__name__)

SESSION = "session"
_TO_TOPIC = re.compile(r"[#\uff03]|reply\b|\u56de\u590d", re.IGNORECASE)
# Pictures have no name.
_ENDINGS = ((b"\x89PNG", ".png"), (b"\xff\xd8", ".jpg"), (b"GIF8", ".gif"))
# Messages a minute per person and per group; the rest is dropped.
PER_PERSON, PER_GROUP = 20, 60
BUSY = 300
# Questions to an unreachable assistant would make others wait.
REST_SECONDS = 30
_resting = {}  # (database, command) -> time.monotonic() of the end
MARGIN = 10  # seconds before the end of a session at which it is no longer used
# Files wait so long for an earlier message of the person.
OVERTAKEN_SECONDS = 60

# The sender's messages of the last minute, how many were told that Odoo is busy, the
# group's messages, and waiting ones.
_RECENT = """
    SELECT count(*), count(*) FILTER (
            WHERE outcome = 'busy' AND handled_at IS NOT NULL),
        (SELECT count(*) FROM dingding_chat_message WHERE corp_id = %(corp)s
            AND group_id = %(group)s AND create_date > clock_timestamp()
            AT TIME ZONE 'UTC' - interval '1 minute'),
        (SELECT count(*) FROM (SELECT 1 FROM dingding_chat_message
            WHERE state IN ('queued', 'working') AND handled_at IS NULL
            LIMIT %(most)s) AS waiting)
    FROM dingding_chat_message WHERE corp_id = %(corp)s AND sender_key = %(sender)s
        AND create_date > clock_timestamp() AT TIME ZONE 'UTC' - interval '1 minute'
"""
PATIENCE = 5  # seconds that sending waits when DingTalk throttles


class DingdingChatMessage(models.Model):
    """A message to the robot, stored once, answered by the queue.

    The answer is stored before it is sent, so no command runs twice. DingTalk has no
    idempotency key for sending it: if the result of that is unknown, a person decides.
    """

    _name = "dingding.chat.message"
    _inherit = "dingding.queue.mixin"
    _description = "DingTalk Chat Message"
    _rec_name = "sender_name"
    _order = "id desc"
    _corp_path = "corp_id"
    _begin_anew = {"maybe_since": False}

    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="corp_id.company_id", readonly=True)
    app_id = fields.Many2one(
        "dingding.app", string="Application", required=True, readonly=True,
        ondelete="cascade",
    )
    message_key = fields.Char(string="Message key", required=True, readonly=True)
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk user", readonly=True, ondelete="set null",
        index=True,
    )
    sender_key = fields.Char(string="Sender", required=True, readonly=True)
    sender_name = fields.Char(string="Sender name", readonly=True)
    group_id = fields.Many2one(
        "dingding.group", string="DingTalk group", readonly=True, ondelete="set null",
        index=True,
    )
    kind = fields.Char(string="Type", readonly=True)
    text = fields.Text(readonly=True, groups="base.group_system")
    files = fields.Text(readonly=True, groups="base.group_system")
    answer = fields.Text(
        readonly=True, groups="base.group_system", help="What is sent, as JSON."
    )
    handled_at = fields.Datetime(string="Handled on", readonly=True)
    sent_steps = fields.Integer(string="Sent parts", readonly=True)
    maybe_since = fields.Datetime(
        string="May have arrived since", readonly=True,
        help="When the part was sent of which it is unknown whether it arrived.",
    )
    topic_id = fields.Many2one(
        "dingding.chat.topic", string="Discussion", readonly=True, ondelete="set null",
        index=True,
    )
    ask_id = fields.Many2one(
        "dingding.chat.command", string="Assistant", readonly=True, ondelete="set null",
    )
    ask_words = fields.Text(
        string="Question", readonly=True, groups="base.group_system"
    )
    card_key = fields.Char(
        string="Card ID", readonly=True, groups="base.group_system",
        help="Card in which the assistant's answer is shown.",
    )
    session_until = fields.Float(readonly=True, digits=(16, 0))
    outcome = fields.Selection(
        [
            ("answered", "Answered"),
            ("unknown_person", "Not linked to a user"),
            ("flood", "Too many messages"),
            ("busy", "Asked to try again"),
            ("ignored", "Not answered"),
            ("refused", "Not allowed"),
            ("error", "Failed"),
        ],
        readonly=True,
    )

    def init(self):
        result = super().init()
        compat.unique_index(self.env.cr, self._table, ["app_id", "message_key"])
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS dingding_chat_message_sender"
            " ON dingding_chat_message (corp_id, sender_key, create_date)"
        )
        return result

    def unlink(self):
        self.env["dingding.secret"]._forget(self)
        return super().unlink()

    # -- storing ---------------------------------------------------------------------

    @api.model
    def _store(self, app, data):
        """Store a robot's message unless it exists already; return the record.

        The caller provides a READ COMMITTED transaction with all rights.

        :param dict data: as DingTalk sent it
        """
        corp, found = app.corp_id, incoming.read(data)
        if found is None or not corp.chat or not corp.active or not are_texts(
                list(found[:5])):
            return self.browse()
        if corp.corp_id and found.own_corp and found.own_corp != corp.corp_id:
            self.env["dingding.event.refusal"]._note(app, "corp", found.own_corp)
            return self.browse()
        own = corp.corp_id or found.own_corp
        outsider = own and found.sender_corp not in ("", own)
        group = self.env["dingding.group"].browse()
        if found.group:
            group = group._met(corp, found.group, found.group_name)
        self.env.cr.execute(
            "INSERT INTO dingding_chat_message (corp_id, app_id, message_key,"
            " person_id, sender_key, sender_name, group_id, kind, text, files,"
            " session_until, state, attempts, sent_steps, create_uid, create_date,"
            " write_uid, write_date) VALUES (%s, %s, %s, (SELECT id FROM dingding_user"
            " WHERE corp_id = %s AND userid = %s AND active LIMIT 1), %s, %s, %s, %s,"
            " %s, %s, %s, 'queued', 0, 0, %s, clock_timestamp() AT TIME ZONE 'UTC', %s,"
            " now() AT TIME ZONE 'UTC') ON CONFLICT (app_id, message_key) DO NOTHING"
            " RETURNING id",
            [
                corp.id, app.id, found.key, corp.id,
                None if outsider else found.userid or None, found.sender or "?",
                found.nick, group.id or None, found.kind, found.text,
                json.dumps(found.files), found.until or None,
                self.env.uid, self.env.uid,
            ],
        )
        row = self.env.cr.fetchone()
        if not row:
            return self.browse()
        message = self.browse(row[0])
        hosts = Hosts(oapi=app.oapi_url, api=app.api_url, login=app.login_url)
        key = session_key(found.webhook, hosts)
        if key:
            self.env["dingding.secret"]._set(message, SESSION, key)
        if message._limit(corp, found.sender or "?", group, outsider):
            self.env["dingding.queue"]._wake(self._name, message)
        return message

    def _limit(self, corp, sender, group, outsider):
        """Close messages above the limits, with one short answer.

        :param str sender: of the message, as stored
        :return: whether the queue has to work on the message
        """
        if outsider:
            self._close("ignored")
            return False
        self.env.cr.execute(_RECENT, {
            "corp": corp.id, "sender": sender, "group": group.id or 0,
            "most": BUSY + 1})
        mine, told, others, waiting = self.env.cr.fetchone()
        flood = mine > PER_PERSON or others > PER_GROUP
        if not flood and waiting <= BUSY:
            return True
        # Each answer costs a call.
        quiet = told
        if flood:
            quiet = mine != PER_PERSON + 1 and others != PER_GROUP + 1
        if quiet:
            self._close("flood" if flood else "busy")
            return False
        this = self.with_context(lang=self._user().lang or self._guess_language())
        this._prepare_answer("flood" if flood else "busy", this._limit_text(flood))
        return True

    def _limit_text(self, flood):
        if flood:
            return _("Too many messages. Wait a minute.")
        return _("Odoo is busy. Try again later.")

    def _prepare_answer(self, outcome, text):
        self.write({
            "handled_at": fields.Datetime.now(), "outcome": outcome,
            "answer": json.dumps([{"to": "chat", "body": Reply(text).body()}]),
        })

    def _close(self, outcome):
        """End a message that is not answered."""
        self.env["dingding.secret"]._forget(self)
        self.write({
            "state": "done", "outcome": outcome, "handled_at": fields.Datetime.now(),
        })

    # -- answering -------------------------------------------------------------------

    def _work(self, deadline):
        if not self.handled_at and not self.corp_id.chat:
            # An administrator has closed the chat meanwhile.
            self._close("ignored")
            return False
        if self._has_overtaken():
            self._pause(1)
            return False
        if not self.handled_at and not self.ask_id:
            self._handle(self._dingtalk_fetch())
            self._commit()
        if not self.handled_at:
            if self._has_open_question():
                self._pause(2)
                return False
            self._ask()
            # The command's changes and its answer are stored together.
            self._commit()
        self._dingtalk_send()
        self.env["dingding.secret"]._forget(self)
        return None

    def _has_overtaken(self):
        """Tell whether files wait for what the person wrote before, maybe the number
        of their discussion.

        Workers answer several messages at a time.
        """
        return bool(
            not self.handled_at and self.person_id and self._loaded_files()
            and self.search_count([
                ("person_id", "=", self.person_id.id), ("id", "<", self.id),
                ("group_id", "=", self.group_id.id), ("handled_at", "=", False),
                ("ask_id", "=", False), ("state", "in", ("queued", "working")),
                ("create_date", ">", self._moment(-OVERTAKEN_SECONDS)),
            ]))

    def _has_open_question(self):
        """Tell whether an earlier question of the person still waits for its answer.

        One person's questions to a slow assistant would occupy all workers.
        """
        return bool(self.search_count([
            ("person_id", "=", self.person_id.id), ("id", "<", self.id),
            ("ask_id", "!=", False), ("handled_at", "=", False),
            ("state", "in", ("queued", "working")),
        ]))

    def _user(self):
        """Return this person's user, or an empty record."""
        user = self.person_id.user_id if self.person_id.active else None
        if not user or not user.active or self.person_id.corp_id != self.corp_id:
            return self.env["res.users"]
        return user

    def _handle(self, files):
        """Run the command with the person's rights, and store the answer.

        :param dict files: context with the files of the message
        """
        user = self._user()
        if not user:
            lang = self._guess_language()
            reply = self.env["dingding.chat"].with_context(lang=lang)._stranger(self)
            self._keep(reply, "unknown_person", True)
            return
        context = dict(
            files, lang=user.lang or "en_US", tz=user.tz or beijing.ZONE)
        chat = compat.with_user(self.env["dingding.chat"], user)
        chat = chat.with_env(chat.env(context=context))
        outcome, shared = "answered", False
        try:
            with without_commits(self.env.cr), self.env.cr.savepoint():
                reply, shared = chat._answer(self)
                compat.flush(chat.env)
        except OperationalError:
            raise
        except AccessError:
            compat.forget(self.env)
            reply, outcome = Reply(chat._refused_text()), "refused"
        except (RedirectWarning, UserError, ValidationError) as error:
            compat.forget(self.env)
            # Up to 12 the title may follow.
            reply, outcome = Reply(str(error.args and error.args[0] or "")), "refused"
        except Exception:
            compat.forget(self.env)
            _logger.exception("Chat message %d could not be answered", self.id)
            reply, outcome = Reply(chat._failed_text()), "error"
        if self.ask_id and outcome == "answered":
            return
        self._keep(reply, outcome, shared, ask_id=False)

    def _ask(self):
        """Ask the assistant, with no transaction open, and store its answer."""
        own, words = self.ask_id.sudo(), self.sudo().ask_words or ""
        user = self._user()
        lang = user.lang or "en_US"
        place = (self.env.cr.dbname, own.id)
        writer = None
        try:
            if _resting.get(place, 0) > time.monotonic():
                raise TransportError("assistant", "it was not reached just now")
            # The list of hosts may have changed.
            own._check_url()
            url, headers, body = own._prepare_question(self, words)
            timeout = own.timeout
            writer = self._writer(own, lang)
            more = (writer.show,) if writer else ()
            self._commit()
            try:
                text = own._ask(url, headers, body, timeout, *more)
            except TransportError:
                _resting[place] = time.monotonic() + REST_SECONDS
                raise
        except (DingTalkError, UserError, ValidationError) as error:
            _logger.info("Assistant %d did not answer: %s", own.id, error)
            chat = self.env["dingding.chat"].with_context(lang=lang)
            self._keep(Reply(chat._failed_text()), "error", own.shared, writer)
            return
        self._keep(Reply(text, title=own.name) if text else None, "answered",
                   own.shared, writer)

    def _writer(self, own, lang):
        """Return the card that shows an assistant's answer while it arrives, or None.

        Another attempt writes into the same card.

        :param own: the assistant's command
        """
        if not own.card_template:
            return None
        if not self.card_key:
            self.card_key = uuid.uuid4().hex
        client = self.app_id._dingtalk_client(
            feature="chat", max_wait=0, max_attempts=1)
        group = self.group_id.conversation_id if own.shared else ""
        return Writer(
            client, own.card_template, own.card_variable, self.card_key,
            self.app_id._robot_code(), self.person_id.userid, group or "",
            own.with_context(lang=lang).name)

    def _loaded_files(self):
        """Return [(download code, file name)] of the message."""
        return [tuple(each) for each in json.loads(self.sudo().files or "[]")]

    def _dingtalk_fetch(self):
        """Return the files for a discussion, as context of the person's environment.

        No transaction is open meanwhile.

        :raise DingTalkError: a temporary failure
        """
        files = self._loaded_files()
        topics = self.env["dingding.chat.topic"]
        wanted = files and self.corp_id.chat_replies and self._user() and (
            _TO_TOPIC.match(self.sudo().text or "") or topics._recent_topic(self))
        if not wanted:
            return {}
        most = max(self.corp_id.chat_file_size, 0) * 1024 * 1024
        lang = self._user().lang or "en_US"
        found, problem = [], False
        self._commit()
        for number, (code, name) in enumerate(files, 1):
            try:
                content = self._dingtalk_file(code, most)
            except DingTalkError as error:
                if error.retryable and error.code != "too_long":
                    raise
                _logger.info("A file of chat message %d is missing: %s", self.id, error)
                problem = self.with_context(lang=lang)._file_text()
                continue
            found.append((name or "%d%s" % (number, _ending(content)), content))
        return {FILES: found, FILE_ERROR: problem}

    def _file_text(self):
        return _("A file could not be fetched: it has expired or is too large.")

    def _guess_language(self):
        """Return a stranger's language: Chinese for Chinese characters."""
        text = self.sudo().text or ""
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        if any("\u4e00" <= char <= "\u9fff" for char in text) and "zh_CN" in codes:
            return "zh_CN"
        lang = self.corp_id.company_id.partner_id.lang
        return lang if lang in codes else "en_US"

    def _keep(self, reply, outcome, shared, writer=None, **values):
        """Store the steps that send an answer.

        :param bool shared: it may be posted in the group
        :param writer: the :class:`Writer` that may show it already
        :param values: of other fields to store with them
        """
        steps = []
        if reply is not None and not reply.is_empty:
            body = reply.body()
            if self.group_id and not shared:
                # Others may not see this person's answer.
                lang = self._user().lang or "en_US"
                note = self.env["dingding.chat"].with_context(lang=lang)._moved_text()
                steps.append({"to": "person", "body": body})
                steps.append({"to": "chat", "body": Reply(note).body()})
            else:
                steps.append({"to": "chat", "body": body})
            if writer and writer.shown:
                # The text belongs there.
                steps[0]["card"] = writer.variable
        self.write(dict(values, **{
            "answer": json.dumps(steps, ensure_ascii=False),
            "outcome": outcome if steps or outcome != "answered" else "ignored",
            "handled_at": fields.Datetime.now(),
        }))

    # -- sending ---------------------------------------------------------------------

    def _dingtalk_send(self):
        """Send the remaining steps.

        :raise DingTalkError: DingTalk cannot be reached, or refuses
        """
        steps = json.loads(self.answer or "[]")
        if len(steps) <= self.sent_steps:
            return
        client = self.app_id._dingtalk_client(feature="chat", max_wait=PATIENCE)
        key = self.env["dingding.secret"]._get(self, SESSION)
        number = self.sent_steps
        for step in steps[number:]:
            if step.get("card") and self._dingtalk_end_card(client, step):
                number += 1
                self._remember({"sent_steps": number})
                continue
            self.write({"maybe_since": self._moment(0)})
            # After a crash the row must show that the part may have arrived, and no
            # transaction stays open during calls.
            self._commit()
            try:
                self._dingtalk_send_step(client, key, step["to"], step["body"])
            except InvalidArgumentError as error:
                if error.code not in UNSAFE:
                    raise
                neutral = Reply(self._unsafe_text()).body()
                self._dingtalk_send_step(client, key, step["to"], neutral)
            except GroupDissolvedError:
                if not self.group_id:
                    raise
                # Nobody is there to read it.
                self.group_id._note_dissolved()
            number += 1
            self._remember({"sent_steps": number, "maybe_since": None})

    def _unsafe_text(self):
        lang = self._user().lang or "en_US"
        return self.env["dingding.chat"].with_context(lang=lang)._unsafe_text()

    def _dingtalk_end_card(self, client, step):
        """Show all of an answer in its card; return whether the card shows it.

        May be repeated. No transaction is open meanwhile.

        :param dict step: with the card's variable, and the answer as a message
        """
        card = self.card_key
        self._commit()

        def end(body):
            client.cards.stream(
                card, uuid.uuid4().hex, step["card"],
                body[body["msgtype"]]["text"], final=True)

        try:
            end(step["body"])
        except ApiError as error:
            if isinstance(error, CardGoneError) or error.code == NOT_DONE:
                return False
            if error.code not in UNSAFE:
                raise
            end(Reply(self._unsafe_text()).body())
        return True

    def _dingtalk_send_step(self, client, key, place, body):
        if place == "chat" and key and (
                not self.session_until or self.session_until - MARGIN > time.time()):
            if client.chat.answer(key, body):
                return
        code = self.app_id._robot_code()
        if place == "chat" and self.group_id:
            client.chat.send_group(code, self.group_id.conversation_id, body)
            return
        userid = self.person_id.userid
        if not userid:
            # The session has ended.
            self.outcome = "ignored"
            self._commit()
            return
        client.chat.send_people(code, [userid], body)

    def _dingtalk_file(self, code, most):
        """Return the bytes of a file that came with the message."""
        client = self.app_id._dingtalk_client(feature="chat", max_wait=PATIENCE)
        return client.chat.download(self.app_id._robot_code(), code, most)

    def _settle(self):
        return not self.maybe_since

    def _failed(self, error):
        if not error.outcome_unknown:
            self.write({"maybe_since": False})
        return super()._failed(error)

    def _give_up(self, message):
        # The session would let others post.
        self.env["dingding.secret"]._forget(self)
        return super()._give_up(message)

    def _unknown(self, message):
        self.env["dingding.secret"]._forget(self)
        return super()._unknown(message)


def _ending(content):
    for start, ending in _ENDINGS:
        if content.startswith(start):
            return ending
    return ".bin"
