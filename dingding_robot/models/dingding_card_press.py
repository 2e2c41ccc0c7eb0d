# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import collections
import json
import logging
import re
import threading
import time

from psycopg2 import IntegrityError, OperationalError, errorcodes, sql

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError, MissingError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.queue import (
    LOCK_ROW,
    NO_CONNECTION,
    failure_text,
    take_lock,
)

from .. import card_press, card_text
from ..transactions import without_commits
from .dingding_card import lock_key

_logger = logging.getLogger(__name__)

# First key of the lock of a record while a press acts on it.
LOCK_RECORD = 0x44540023
# DingTalk waits two seconds.
LOCK_SECONDS = 1
SLOW_SECONDS = 1.5
# An equal press without an ID within these seconds is a repetition. Over HTTP DingTalk
# repeats events 10 and then 30 seconds later, and waits each time.
REPEAT_SECONDS = 60
LONGEST_REASON = 300  # bytes
# How long methods wait for a locked row.
LOCK_TIMEOUT = "1500ms"
# Each takes two connections to the database.
AT_ONCE = 4
_acting = threading.BoundedSemaphore(AT_ONCE)
_BUTTON = re.compile(r"action_([0-9]{1,2})\Z")

#: Read presser and card in one statement. Everything is checked again when the press
#: acts.
#:
#: The answer does not wait until the caller's transaction is on disk: what has to last,
#: the row of the press and what it did, is committed before, or see ``_put_off``.
_LOOK_UP = """
    SELECT app.corp_id, corp.corp_id, copy.id, copy.card_id, copy.person_id,
        card.slots, card.res_model, card.res_id, setup.presser, person.id,
        CASE WHEN users.active THEN users.id END, partner.lang,
        set_config('synchronous_commit', 'off', true)
    FROM dingding_app app
    JOIN dingding_corp corp ON corp.id = app.corp_id
    LEFT JOIN dingding_card_copy copy
        ON copy.out_track_id = %(card)s AND copy.corp_id = corp.id
    LEFT JOIN dingding_card card ON card.id = copy.card_id
    LEFT JOIN dingding_card_setup setup ON setup.id = card.card_setup_id
    LEFT JOIN dingding_user person
        ON person.userid = %(userid)s AND person.corp_id = corp.id AND person.active
    LEFT JOIN res_users users ON users.id = person.user_id
    LEFT JOIN res_partner partner ON partner.id = users.partner_id
    WHERE app.id = %(app)s LIMIT 1
"""

#: The row of a press, unless there is one. A crash may lose it until the press is
#: answered.
_CLAIM = """
    INSERT INTO dingding_card_press (copy_id, card_id, corp_id, userid, user_id,
        action_id, key, inputs_json, outcome, told_to_wait, state, attempts, create_uid,
        create_date, write_uid, write_date)
    SELECT %(copy)s, %(card)s, %(corp)s, %(userid)s, %(user)s, action.id, %(key)s,
        %(inputs)s, 'running', coalesce(method.slow, false), 'queued', 0, %(uid)s,
        clock_timestamp() AT TIME ZONE 'UTC', %(uid)s,
        clock_timestamp() AT TIME ZONE 'UTC'
    FROM (SELECT 1) one
    LEFT JOIN dingding_card_action action ON action.id = %(action)s
    LEFT JOIN dingding_card_method method ON method.id = action.method_id
    ON CONFLICT (copy_id, key) DO NOTHING
    RETURNING id, told_to_wait, set_config('synchronous_commit', 'off', true)
"""

#: A callback's press: records with all rights, which nothing was read of.
#:
#: corp, card, copy, user  empty if unknown; the user also if archived
#: lang     language of its answers
#: slots    buttons of the card as it was sent, see ``dingding.card``
#: subject  key of the document's lock
#: problem  why this person may not press this card, or None
_Found = collections.namedtuple(
    "_Found", "corp card copy user lang slots subject problem")


class NeedsMore(Exception):
    """A method returned a dialog that a person must fill in."""


class DingdingCardPress(models.Model):
    """One press on a card, and its outcome.

    The row is the press's idempotency key, log and queue entry: the receiving thread
    processes it under a worker's locks, or leaves it to the workers.
    """

    _name = "dingding.card.press"
    _description = "DingTalk Card Press"
    _inherit = ["dingding.sent.mixin", "dingding.queue.mixin"]
    _order = "id desc"

    copy_id = fields.Many2one(
        "dingding.card.copy", string="Card copy", readonly=True, ondelete="cascade",
        index=True,
    )
    card_id = fields.Many2one(
        "dingding.card", string="Card", readonly=True, ondelete="cascade", index=True,
    )
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", readonly=True, ondelete="cascade",
        index=True,
    )
    userid = fields.Char(string="UserID", readonly=True)
    user_id = fields.Many2one(
        "res.users", string="User", readonly=True, ondelete="set null", index=True,
    )
    action_id = fields.Many2one(
        "dingding.card.action", string="Button", readonly=True, ondelete="set null",
    )
    key = fields.Char(readonly=True, groups="base.group_system", copy=False)
    inputs_json = fields.Text(
        string="Entered values", readonly=True, groups="base.group_system")
    # Of the answer, until an update has replaced them.
    shown_json = fields.Text(
        string="Shown values", readonly=True, groups="base.group_system")
    outcome = fields.Selection(
        [
            ("done", "Done"),
            ("running", "In progress"),
            ("refused", "Refused by Odoo"),
            ("access", "No access"),
            ("decided", "Already decided"),
            ("deleted", "Document deleted"),
            ("expired", "Card too old"),
            ("changed", "Card was changed"),
            ("forwarded", "Another person's card"),
            ("unlinked", "No Odoo user"),
            ("stranger", "Not in the organisation"),
            ("unknown_card", "Unknown card"),
            ("unreadable", "Unreadable"),
            ("failed", "Failed"),
        ],
        readonly=True, required=True, default="running", index=True,
    )
    # Refusals name documents that managers may not read.
    detail = fields.Char(
        readonly=True, groups="base.group_system",
        help="Reason that the person was given.")
    told_to_wait = fields.Boolean(
        readonly=True, help="The card has to be updated once the work is done.")
    seconds = fields.Float(readonly=True, help="Duration of the work.")

    def init(self):
        result = super().init()
        compat.unique_index(self.env.cr, self._table, ["copy_id", "key"])
        return result

    # -- receiving ---------------------------------------------------------------------

    @api.model
    def _receive(self, app, message_id, data, signed=""):
        """Execute a press, and return the answer for DingTalk.

        The caller provides a separate READ COMMITTED transaction and commits it before
        it sends the answer.

        :param app: the application that received it, with all rights
        :param str message_id: the same for repetitions; '' if DingTalk gives none
        :param data: as decoded from JSON; anything
        :param str signed: without ID: the moment of the signature, by which a request
            that is repeated unchanged is known; '' if there is none
        :rtype: dict
        """
        try:
            press = card_press.read(data)
        except card_press.Unreadable:
            self._log(app.corp_id, "", "unreadable")
            return self._private_answer(self._said("unreadable"))
        found = self._look_up(app, press)
        this = self.with_context(lang=found.lang)
        if press.kind == card_press.DATA:
            return this._data_answer(found, press)
        if found.problem:
            this._log(found.corp, press.userid, found.problem, found.copy, found.user)
            return this._private_answer(this._said(found.problem))
        return this._pressed(found, press, message_id, signed)

    @api.model
    def _lang(self, corp, user):
        return user.lang or corp.company_id.partner_id.lang or "en_US"

    @api.model
    def _look_up(self, app, press):
        """Return the :class:`_Found` of a callback."""
        self.env.cr.execute(_LOOK_UP, {
            "app": app.id, "card": press.card, "userid": press.userid})
        (corp_id, corp_key, copy_id, card_id, receiver_id, slots, res_model, res_id,
         presser, person_id, user_id, lang, _config) = self.env.cr.fetchone()
        corp = self.env["dingding.corp"].browse(corp_id)
        if press.corp_id and press.corp_id != corp_key:
            # The same userid names somebody else there. Without our CorpId nobody
            # knows.
            person_id = user_id = lang = None
        if not person_id:
            problem = "stranger"
        elif not user_id:
            problem = "unlinked"
        elif not copy_id:
            problem = "unknown_card"
        elif receiver_id != person_id and presser != "reader":
            problem = "forwarded"
        else:
            problem = None
        user = self.env["res.users"].browse(user_id or [])
        return _Found(
            corp, self.env["dingding.card"].browse(card_id or []),
            self.env["dingding.card.copy"].browse(copy_id or []), user,
            user and lang or self._lang(corp, user.browse()), json.loads(slots or "[]"),
            lock_key(res_model, res_id or 0), problem,
        )

    def _pressed(self, found, press, message_id, signed):
        """Store a press once, and act; see :meth:`_receive`."""
        key = card_press.key_of(message_id, press)
        if not message_id:
            # Signed anew, only the lock tells repetitions apart.
            if not take_lock(
                self.env.cr, LOCK_RECORD, "%d %s" % (found.copy.id, key),
                seconds=LOCK_SECONDS,
            ):
                return self._private_answer(self._said("running"))
            earlier = self._same(found, press)
            if earlier:
                return earlier._answer(found.user)
            key = card_press.key_of(signed or "%s" % time.time(), press)
        row, answer = self._claim_and_act(found, press, key)
        if answer:
            return answer
        if not row:
            row = self.search(
                [("copy_id", "=", found.copy.id), ("key", "=", key)], limit=1)
        elif row.outcome == "running":
            row._put_off()
        return row._answer(found.user)

    @api.model
    def _claim_and_act(self, found, press, key):
        """Return (the new row of a press, empty if it is known, its answer or None)."""
        row, waits, answer = self.browse(), False, None
        # Waiting presses keep no connection.
        free = _acting.acquire(blocking=False)
        try:
            with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
                row, waits = self._claim(cr, found, press, key)
                if free and row and not waits:
                    answer = row._act_at_once(found.subject, cr)
        except Exception as error:
            if not row:
                raise
            row._note_left(error)
        finally:
            if free:
                _acting.release()
        if row and not free and not waits and _acting.acquire(timeout=LOCK_SECONDS):
            try:
                with compat.open_cursor(self.env.cr.dbname) as cr:
                    answer = row._act_at_once(found.subject, cr)
            except Exception as error:
                row._note_left(error)
            finally:
                _acting.release()
        return row, answer

    @api.model
    def _claim(self, cr, found, press, key):
        """Store a press and commit; return (its row, whether the workers act on it).

        Committed first, so that no press gets lost.

        :param cr: READ COMMITTED, and nothing was executed
        :return: an empty row if the press is known
        """
        cr.execute(_CLAIM, {
            "copy": found.copy.id, "card": found.card.id, "corp": found.corp.id,
            "userid": press.userid, "user": found.user.id, "key": key,
            "action": self._chosen(found, press),
            "inputs": json.dumps(press.inputs, sort_keys=True), "uid": self.env.uid,
        })
        stored = cr.fetchone()
        cr.commit()  # pylint: disable=invalid-commit
        return self.browse(stored[:1] if stored else []), bool(stored and stored[1])

    @api.model
    def _same(self, found, press):
        """Return an equal press of the last seconds, see REPEAT_SECONDS.

        Nothing was done after one that was refused: its reason may be gone.
        """
        self.env.cr.execute(
            "SELECT id FROM dingding_card_press WHERE copy_id = %s AND userid = %s"
            " AND action_id IS NOT DISTINCT FROM %s AND inputs_json = %s"
            " AND outcome IN ('running', 'done')"
            " AND create_date >= clock_timestamp() AT TIME ZONE 'UTC'"
            " - %s * interval '1 second' ORDER BY id DESC LIMIT 1",
            [found.copy.id, press.userid, self._chosen(found, press),
             json.dumps(press.inputs, sort_keys=True), REPEAT_SECONDS])
        return self.browse([row[0] for row in self.env.cr.fetchall()])

    @api.model
    def _chosen(self, found, press):
        """Return the ID of the action of a pressed button, None for an unknown one.

        Its meaning is checked when the press acts.
        """
        button = _BUTTON.match(press.action)
        place = int(button.group(1)) - 1 if button else -1
        return found.slots[place][0] if 0 <= place < len(found.slots) else None

    # 11.0 mistakes methods whose first parameter is a cursor.
    def _act_at_once(self, subject, cr):
        """Act in the thread that received the press, in one transaction.

        Until the commit, and after a rollback, the row is queued like a new one. The
        caller's transaction holds the locks.

        :param cr: another transaction, which begins now, of Odoo's isolation
        :return: the answer, None if the press is left to the workers
        """
        if not take_lock(self.env.cr, LOCK_ROW, self._row_key(), lasting=True):
            return None
        if not take_lock(self.env.cr, LOCK_RECORD, subject, seconds=LOCK_SECONDS):
            return None
        # Takes the snapshot under the locks.
        env = api.Environment(cr, SUPERUSER_ID, {})
        return self.with_env(env)._step_at_once()

    def _note_left(self, error):
        """Log an error after which the workers act; called while it is handled."""
        if isinstance(error, NO_CONNECTION):
            _logger.info("Press %d is left to the workers: %s", self.id, error)
        else:
            # The connection is lost, and with it what was done.
            _logger.exception("Press %d is left to the workers", self.id)

    def _step_at_once(self):
        """Do what ``_process_step`` does, in one transaction; return the answer."""
        if not self._take():
            return None
        try:
            this = self._act_and_tell()
            compat.flush(self.env)
        except Exception as error:
            compat.roll_back(self.env)
            self._record_failure(error)
            return None
        self._commit()
        # Most of what it shows is in memory here.
        return this._answer(this.user_id)

    # -- acting ------------------------------------------------------------------------

    def _act_and_tell(self):
        """Act; return the row in the language of the presser."""
        this = self.with_context(lang=self._lang(self.corp_id, self.user_id))
        started = time.monotonic()
        this._act()
        if time.monotonic() - started > SLOW_SECONDS:
            # DingTalk may have given up waiting for the answer.
            this.told_to_wait = True
        this._tell()
        return this

    def _act(self):
        """Do the work of a press, in the transaction of a worker.

        :raise OperationalError: the record is locked, or was changed meanwhile
        """
        card, user, action = self.card_id, self.user_id, self.action_id
        problem, record = self._problem(user)
        if problem:
            return self._end(problem)
        started = time.monotonic()
        try:
            with without_commits(self.env.cr), self.env.cr.savepoint():
                self._lock_document()
                self._do(record, action)
                compat.flush(record.env)
        except OperationalError:
            raise
        except IntegrityError as error:
            compat.forget(self.env)
            if error.pgcode == errorcodes.UNIQUE_VIOLATION and self.attempts <= 1:
                # The next attempt sees the other transaction.
                raise
            _logger.warning("Press %d: %s", self.id, failure_text(error))
            return self._end("failed")
        except (AccessError, MissingError):
            compat.forget(self.env)
            return self._end("access")
        except compat.REFUSALS as error:
            compat.forget(self.env)
            return self._end("refused", error.args[0] if error.args else "")
        except NeedsMore:
            compat.forget(self.env)
            return self._end("refused", self._needs_more())
        except Exception:
            compat.forget(self.env)
            _logger.exception("Press %d failed", self.id)
            return self._end("failed")
        seconds = time.monotonic() - started
        if seconds > SLOW_SECONDS:
            self._note_slow(action.method_id)
        if action.decides:
            card.write({
                "status": "decided", "decided_by": user.id,
                "decided_at": fields.Datetime.now(),
                "decision": card_text.cut(card_text.plain(action.name), 60),
            })
        self._end("done", seconds=seconds)
        self.env["dingding.card.change"]._add_record(card, user)
        return None

    @api.model
    def _note_slow(self, method):
        """Tell the next person to wait.

        In its own transaction: concurrent presses would conflict.
        """
        if not method or method.slow:
            return
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            cr.execute(
                "UPDATE dingding_card_method SET slow = true WHERE id IN ("
                "SELECT id FROM dingding_card_method WHERE id = %s"
                " FOR UPDATE SKIP LOCKED)", [method.id])

    def _problem(self, user):
        """Return (why the press is refused or None, the record as the user sees it)."""
        card = self.card_id
        if not user or not user.active or self._person_now().user_id != user:
            return "unlinked", None
        if not card.card_setup_id.active or not card.corp_id.active:
            # An administrator has withdrawn the card.
            return "changed", None
        document = card._record()
        if not document:
            return "deleted", None
        record = self.copy_id._viewed(user, document)
        if record is None or not card._is_recipient(record, user):
            return "access", None
        if card.status != "open":
            return "decided", None
        if card._is_expired(fields.Datetime.from_string(self.create_date)):
            return "expired", None
        action = self.action_id
        if not action or (action.id, action._meaning()) not in card._slots():
            # Perhaps it was changed while the press waited.
            return "changed", None
        if not action._fits(record):
            return "decided", None
        return None, record

    def _person_now(self):
        """Return the DingTalk user who pressed, as linked now."""
        person = self.copy_id.person_id
        if (
            person.active and person.userid == self.userid
            and person.corp_id == self.corp_id
        ):
            # Mostly the one whose card it is, and no search is needed.
            return person
        return self.env["dingding.user"].search(
            [("userid", "=", self.userid), ("corp_id", "=", self.corp_id.id)], limit=1)

    def _lock_document(self):
        """Lock the record's row without waiting; what follows waits LOCK_TIMEOUT."""
        model = self.env[self.card_id.res_model]
        query = sql.SQL(
            "SELECT set_config('lock_timeout', %s, true) FROM {} WHERE id = %s"
            " FOR UPDATE NOWAIT"
        ).format(sql.Identifier(model._table))
        compat.execute(
            self.env.cr, query, [LOCK_TIMEOUT, self.card_id.res_id],
            log_exceptions=False)

    def _do(self, record, action):
        """Act on the record, in the environment of the presser.

        :raise UserError: an input is missing or invalid, or Odoo refuses
        :raise NeedsMore: a dialog would have to be filled in
        """
        entered = json.loads(self.inputs_json or "{}")
        values, texts = {}, []
        if action.uses_inputs or action.kind == "inputs":
            rows = action.setup_id.input_ids.with_context(lang=self.env.context.get(
                "lang"))
            for place, row in enumerate(rows, 1):
                value = row._value(entered.get("input_%d" % place))
                if row.field_id:
                    values[row.field_id.name] = value
                else:
                    texts.append(value or "")
        if action.kind == "assign":
            values[action.field_id.name] = record.env.uid
        elif action.kind == "value":
            values[action.field_id.name] = action._converted(record)
        if values:
            record.write(values)
        if action.kind == "method":
            method = action.method_id
            if not method._exists() or method.model != record._name:
                raise UserError(_("This button no longer works."))
            arguments = [texts[0] if texts else ""] if method.takes_text else []
            result = getattr(record, method.name)(*arguments)
            if isinstance(result, dict) and result.get("target") == "new":
                raise NeedsMore()

    def _put_off(self):
        """Leave the press to the workers; the person is told that it is in progress.

        Unless one of them has acted meanwhile: nobody would update the card.
        """
        # Nothing has written the row to disk yet.
        self.env.cr.execute("SET LOCAL synchronous_commit TO DEFAULT")
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_card_press SET told_to_wait = true WHERE id = %s"
            " AND outcome = 'running' RETURNING state IN ('queued', 'retry')",
            [self.id])
        waiting = self.env.cr.fetchone()
        compat.forget(self.env)
        if waiting and waiting[0]:
            self._enqueue()

    def _end(self, outcome, detail="", seconds=0.0):
        detail = card_text.cut(card_text.plain(detail), LONGEST_REASON)
        # Up to 12 each write is a statement.
        self.write(dict(
            self._done_values(), outcome=outcome, detail=detail, seconds=seconds))
        _logger.info("Press %d on card %d: %s", self.id, self.card_id.id, outcome)

    # -- as a queue --------------------------------------------------------------------

    def _work(self, deadline):
        if self.outcome != "running":
            # An earlier attempt has acted.
            return None
        with self._alone(
            LOCK_RECORD, self.card_id._subject(), seconds=LOCK_SECONDS
        ) as held:
            if held:
                self._act_and_tell()
        return False

    def _tell(self):
        """Show the outcome on the card of a person who was told to wait."""
        if self.told_to_wait:
            lang = self._lang(self.corp_id, self.user_id)
            self.copy_id.write({"note": self.with_context(lang=lang)._text()})
            self.env["dingding.card.change"]._add("update", self.copy_id)

    def _give_up(self, message):
        self.write({"outcome": "failed"})
        self._tell()
        return super()._give_up(message)

    # -- answers -----------------------------------------------------------------------

    def _answer(self, user):
        """Return the answer to a press; repetitions get the same."""
        self.ensure_one()
        answer = self._private_answer(self._text())
        if self.outcome in ("done", "decided") and (
            self.copy_id.person_id.user_id == user
        ):
            shown = {
                name: value or "" for name, value in self.copy_id._values().items()}
            answer["cardData"] = {"cardParamMap": shown}
            # A later commit writes it to disk; a crash may lose it.
            self.env.cr.execute(
                "UPDATE dingding_card_press SET shown_json = %s, write_date ="
                " clock_timestamp() AT TIME ZONE 'UTC' WHERE id = %s"
                " RETURNING set_config('synchronous_commit', 'off', true)",
                [json.dumps(shown, sort_keys=True), self.id])
        return answer

    def _text(self):
        if self.outcome == "refused" and self.detail:
            # The card shows it as markdown.
            return card_text.cut(card_text.escaped(self.detail), LONGEST_REASON)
        return self._said(self.outcome)

    @api.model
    def _private_answer(self, text):
        """Return an answer that only the presser sees."""
        return {
            "cardUpdateOptions": {
                "updateCardDataByKey": True, "updatePrivateDataByKey": True,
            },
            "userPrivateData": {"cardParamMap": {"note": text}},
        }

    @api.model
    def _data_answer(self, found, press):
        """Return a card's private values for its viewer."""
        values = {"secret": ""}
        if not found.problem:
            values = found.copy._private_values(found.user)
        return {
            "dataSourceQueryResponses": [
                {
                    "dynamicDataSourceId": source,
                    "dynamicDataValueType": "OBJECT",
                    "data": json.dumps(values, ensure_ascii=False),
                }
                for source in press.sources
            ]
        }

    @api.model
    def _log(self, corp, userid, outcome, copy=None, user=None):
        """Store a press that is refused at once."""
        copy = copy or self.env["dingding.card.copy"]
        row = self.create({
            "corp_id": corp.id, "userid": userid, "outcome": outcome, "state": "done",
            "copy_id": copy.id, "card_id": copy.card_id.id,
            "user_id": user.id if user else False,
        })
        _logger.info("Press %d: %s", row.id, outcome)

    @api.model
    def _said(self, outcome):
        """Return the text for the presser, without the record's name or number."""
        return {
            "done": _("Done."),
            "running": _("In progress. This card will be updated."),
            "refused": _("Odoo has refused this."),
            "access": _("You may not do this, or the document is no longer available."),
            "decided": _("This has been decided already."),
            "deleted": _("The document no longer exists."),
            "expired": _("This card is too old. Open the document in Odoo."),
            "changed": _("This button has been changed. Open the document in Odoo."),
            "forwarded": _("This card was sent to somebody else."),
            "unlinked": _(
                "Your DingTalk account is not linked to an Odoo user. Contact your "
                "administrator."),
            "stranger": _("This card is for members of its organisation."),
            "unknown_card": _("This card is not known here."),
            "unreadable": _("This could not be read."),
            "failed": _("Odoo could not do this. Contact your administrator."),
        }[outcome]

    def _needs_more(self):
        return _("Odoo needs more information for this. Open the document in Odoo.")
