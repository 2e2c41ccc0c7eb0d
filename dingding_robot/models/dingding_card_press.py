# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

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
    hold_lock,
    take_lock,
)

from .. import card_press, card_text
from ..whole import kept_whole

_logger = logging.getLogger(__name__)

# First key of the lock of a record while a press acts on it.
LOCK_RECORD = 0x44540023
# DingTalk waits two seconds, including the time on the network.
LOCK_SECONDS = 1
SLOW_SECONDS = 1.5
# A press without an ID that equals one of these last seconds is its repetition.
REPEAT_SECONDS = 30
LONGEST_REASON = 300  # bytes
# A method waits no longer than this for a row that another transaction has locked.
LOCK_TIMEOUT = "1500ms"
# Presses on which this process acts at once, apart from its workers: each takes several
# connections to the database.
AT_ONCE = 4
_acting = threading.BoundedSemaphore(AT_ONCE)
_BUTTON = re.compile(r"action_([0-9]{1,2})\Z")


class NeedsMore(Exception):
    """A method returned a dialog that a person must fill in."""


class DingdingCardPress(models.Model):
    """One press on a card, and its outcome.

    The row is the press's idempotency key, its log and its place in the queue: the
    thread that received it processes it under the locks of a worker, and leaves it to
    the workers if that takes long. It references the record only by the card.
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
    # Odoo's refusals name documents that managers may not read.
    detail = fields.Char(
        readonly=True, groups="base.group_system",
        help="Reason that the person was given.")
    told_to_wait = fields.Boolean(
        readonly=True, help="The card has to be updated once the work is done.")
    seconds = fields.Float(readonly=True, help="How long the work has taken.")

    def init(self):
        result = super().init()
        compat.unique_index(self.env.cr, self._table, ["copy_id", "key"])
        return result

    # -- receiving ---------------------------------------------------------------------

    @api.model
    def _receive(self, app, message_id, data):
        """Execute a press, and return the answer for DingTalk.

        The caller provides a separate READ COMMITTED transaction and commits it before
        it sends the answer.

        :param app: the application that received it, with all rights
        :param str message_id: the same for repetitions; '' if DingTalk gives none
        :param data: as decoded from JSON; anything
        :rtype: dict
        """
        corp = app.corp_id
        try:
            press = card_press.read(data)
        except card_press.Unreadable:
            self._log(corp, "", "unreadable")
            return self._private_answer(self._said("unreadable"))
        copy = self.env["dingding.card.copy"].search(
            [("out_track_id", "=", press.card), ("corp_id", "=", corp.id)], limit=1)
        if press.kind == card_press.DATA:
            return self._data_answer(corp, copy, press)
        user, problem = self._presser(corp, copy, press)
        this = self.with_context(lang=self._lang(corp, user))
        if problem:
            this._log(corp, press.userid, problem, copy, user)
            return this._private_answer(this._said(problem))
        return this._pressed(copy, user, press, message_id)

    @api.model
    def _lang(self, corp, user):
        return user.lang or corp.company_id.partner_id.lang or "en_US"

    @api.model
    def _person(self, corp, press):
        """Return the person of a callback, empty for other organisations."""
        people = self.env["dingding.user"]
        if press.corp_id and corp.corp_id and press.corp_id != corp.corp_id:
            return people
        return people.search(
            [("userid", "=", press.userid), ("corp_id", "=", corp.id)], limit=1)

    @api.model
    def _presser(self, corp, copy, press):
        """Return (user, why this person may not press this card, or None)."""
        person = self._person(corp, press)
        user = person.user_id
        if not person:
            return user, "stranger"
        if not user or not user.active:
            return user.browse(), "unlinked"
        if not copy:
            return user, "unknown_card"
        if copy.person_id != person and copy.card_id.card_setup_id.presser != "reader":
            return user, "forwarded"
        return user, None

    def _pressed(self, copy, user, press, message_id):
        """Store a press once, and act; see :meth:`_receive`."""
        key = card_press.key_of(message_id, press)
        if not message_id:
            # Without an ID only the lock tells repetitions from each other.
            if not take_lock(
                self.env.cr, LOCK_RECORD, "%d %s" % (copy.id, key),
                seconds=LOCK_SECONDS,
            ):
                return self._private_answer(self._said("running"))
            earlier = self._same(copy, press)
            if earlier:
                return earlier._answer(user)
            key = "%s %s" % (key, time.time())
        action = self._chosen(copy, press)
        row_id = self._claim(copy, user, action, press, key)
        if not row_id:
            earlier = self.search(
                [("copy_id", "=", copy.id), ("key", "=", key)], limit=1)
            return earlier._answer(user)
        if not action.method_id.slow and _acting.acquire(timeout=LOCK_SECONDS):
            try:
                self._process_at_once(row_id, copy.card_id._subject())
            finally:
                _acting.release()
            # What was read before the press may have changed.
            compat.forget(self.env)
        row = self.browse(row_id)
        if row.outcome == "running":
            row._put_off()
        return row._answer(user)

    @api.model
    def _claim(self, copy, user, action, press, key):
        """Store a press in its own transaction; return its ID, None if it is known.

        Committed before anything is done, so that no press gets lost, and workers with
        transactions of Odoo's own isolation act on it.
        """
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            cr.execute(
                "INSERT INTO dingding_card_press (copy_id, card_id, corp_id, userid,"
                " user_id, action_id, key, inputs_json, outcome, told_to_wait, state,"
                " attempts, create_uid, create_date, write_uid, write_date)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'running', %s, 'queued', 0,"
                " %s, clock_timestamp() AT TIME ZONE 'UTC', %s,"
                " clock_timestamp() AT TIME ZONE 'UTC')"
                " ON CONFLICT (copy_id, key) DO NOTHING RETURNING id",
                [copy.id, copy.card_id.id, copy.corp_id.id, press.userid, user.id,
                 action.id or None, key, json.dumps(press.inputs, sort_keys=True),
                 bool(action.method_id.slow), self.env.uid, self.env.uid],
            )
            found = cr.fetchone()
        return found and found[0]

    @api.model
    def _same(self, copy, press):
        """Return an equal press of the last seconds, see REPEAT_SECONDS."""
        action = self._chosen(copy, press)
        return self.search([
            ("copy_id", "=", copy.id), ("userid", "=", press.userid),
            ("action_id", "=", action.id),
            ("inputs_json", "=", json.dumps(press.inputs, sort_keys=True)),
            ("create_date", ">=", self._moment(-REPEAT_SECONDS)),
        ], limit=1)

    @api.model
    def _chosen(self, copy, press):
        """Return the action of a pressed button, empty if it is unknown or differs.

        A button means what it meant when the card was sent.
        """
        actions = self.env["dingding.card.action"]
        slots, found = copy.card_id._slots(), _BUTTON.match(press.action)
        place = int(found.group(1)) - 1 if found else -1
        if not 0 <= place < len(slots):
            return actions
        action = actions.browse(slots[place][0]).exists()
        return action if action and action._meaning() == slots[place][1] else actions

    @api.model
    def _process_at_once(self, row_id, subject):
        """Act on a press in the thread that received it, in one transaction.

        A person waits for it. Until the commit, and after a rollback, the row is queued
        like a new one: a worker leaves notes in transactions of their own.
        """
        dbname = self.env.cr.dbname
        try:
            with compat.manage_environments(), hold_lock(
                dbname, LOCK_ROW, self.browse(row_id)._row_key(),
                also=(LOCK_RECORD, subject, LOCK_SECONDS),
            ) as held:
                if held:
                    # Its snapshot is taken under the locks.
                    with compat.open_cursor(dbname) as cr:
                        env = api.Environment(cr, SUPERUSER_ID, {})
                        env[self._name].browse(row_id)._step_at_once()
        except NO_CONNECTION as error:
            _logger.info("Press %d is left to the workers: %s", row_id, error)
        except Exception:
            # The connection is lost, and with it what was done.
            _logger.exception("Press %d is left to the workers", row_id)

    def _step_at_once(self):
        """Do what ``_process_step`` does, in one transaction."""
        if not self._take():
            return
        try:
            self._act_and_tell()
            compat.flush(self.env)
        except Exception as error:
            compat.roll_back(self.env)
            self._record_failure(error)
            return
        self._commit()

    # -- acting ------------------------------------------------------------------------

    def _act_and_tell(self):
        this = self.with_context(lang=self._lang(self.corp_id, self.user_id))
        this._act()
        self._tell()

    def _act(self):
        """Do the work of a press, in the transaction of a worker.

        :raise OperationalError: the record is locked, or was changed meanwhile
        """
        card, user, action = self.card_id, self.user_id, self.action_id
        problem, record = self._problem(user)
        if problem:
            return self._end(problem)
        started = time.monotonic()
        self.env.cr.execute(
            "SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
        try:
            with kept_whole(self.env.cr), self.env.cr.savepoint():
                self._lock_document()
                self._do(record, action)
                compat.flush(self.env)
        except OperationalError:
            raise
        except IntegrityError as error:
            compat.forget(self.env)
            if error.pgcode == errorcodes.UNIQUE_VIOLATION and self.attempts <= 1:
                # Perhaps another transaction was faster, and the next attempt sees it.
                raise
            _logger.warning("Press %d: %s", self.id, error)
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
        """Have the next person told to wait.

        In a transaction of its own: two presses that end at once would conflict, and
        one of them would be done again.
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
        if not card._record():
            return "deleted", None
        record = self.copy_id._viewed(user)
        if record is None:
            return "access", None
        if card.status != "open":
            return "decided", None
        if card._is_expired():
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
        return self.env["dingding.user"].search(
            [("userid", "=", self.userid), ("corp_id", "=", self.corp_id.id)], limit=1)

    def _lock_document(self):
        """Lock the record's row without waiting for other transactions."""
        model = self.env[self.card_id.res_model]
        query = sql.SQL("SELECT id FROM {} WHERE id = %s FOR UPDATE NOWAIT").format(
            sql.Identifier(model._table))
        compat.execute(
            self.env.cr, query, [self.card_id.res_id], log_exceptions=False)

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
        """Leave the press to the workers; the person is told that it is in progress."""
        self.write({"told_to_wait": True})
        if self.state in ("queued", "retry"):
            self._enqueue()

    def _end(self, outcome, detail="", seconds=0.0):
        detail = card_text.cut(card_text.plain(detail), LONGEST_REASON)
        # With what ``_done`` writes: each write is a statement up to 12.
        self.write(dict(
            self._done_values(), outcome=outcome, detail=detail, seconds=seconds))
        _logger.info("Press %d on card %d: %s", self.id, self.card_id.id, outcome)

    # -- as a queue --------------------------------------------------------------------

    def _work(self, deadline):
        if self.outcome != "running":
            # An earlier attempt has acted; only the row was still open.
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
            answer["cardData"] = {"cardParamMap": {
                name: value or "" for name, value in self.copy_id._values().items()}}
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
    def _data_answer(self, corp, copy, press):
        """Return a card's private values for its viewer."""
        user, problem = self._presser(corp, copy, press)
        values = {"secret": ""}
        if not problem:
            values = copy._private_values(user)
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
