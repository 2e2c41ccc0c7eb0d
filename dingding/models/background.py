# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""The one seam for background work.

A row of a table is a piece of work. Whoever wants something done creates the
row in his own transaction and calls ``_enqueue``; after commit a thread of this
process works off what is due, and Odoo's cron does the same every minute, so
that nothing waits for a process that died. Workers exclude each other with
PostgreSQL alone: any number of processes and servers may share a database.
"""
import datetime
import logging
import random
import threading
import time

from psycopg2 import OperationalError, sql

from odoo import SUPERUSER_ID, _, api, fields, models, tools
from odoo.exceptions import AccessError

from .. import compat
from ..dingtalk.errors import DingTalkError

_logger = logging.getLogger(__name__)

# First key of the advisory locks that say "this row is being worked on"; the
# second is made of the table and the row.
LOCK_ROW = 0x44540002
MAX_ATTEMPTS = 6
FIRST_DELAY = 15  # seconds; doubled with each attempt
LONGEST_DELAY = 3600  # seconds
CRON_SECONDS = 50  # a cron job of Odoo is killed after 120 seconds

DUE_STATES = ("queued", "retry", "working")


class DingdingQueueMixin(models.AbstractModel):
    """A row that is worked off once, by whoever gets hold of it.

    States: queued > working > done; retry waits for its time; failed has used
    up its attempts or can't succeed; unknown may have been carried out and a
    person must decide; cancelled was taken back.

    An inheriting model gives ``_work(deadline)``, and ``_settle()`` when doing
    the work twice would matter.
    """

    _name = "dingding.queue.mixin"
    _description = "Work in the background"

    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("working", "In progress"),
            ("retry", "Will be retried"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("unknown", "Outcome unknown"),
            ("cancelled", "Cancelled"),
        ],
        default="queued", required=True, readonly=True, index=True, copy=False,
    )
    attempts = fields.Integer(readonly=True, copy=False)
    next_try = fields.Datetime(readonly=True, index=True, copy=False)
    last_error = fields.Text(
        readonly=True, copy=False,
        help="What DingTalk or Odoo said when the work was last tried.",
    )
    error_code = fields.Char(readonly=True, copy=False)
    error_remedy = fields.Char(readonly=True, copy=False)
    remedy = fields.Text(
        string="What to do", compute="_compute_remedy",
        help="What makes the next attempt succeed.",
    )

    @api.depends("error_remedy")
    def _compute_remedy(self):
        for row in self:
            row.remedy = (
                self.env["dingding.remedy"]._text(row.error_remedy)
                if row.error_remedy
                else False
            )

    # -- handing in work ---------------------------------------------------

    def _enqueue(self):
        """Have these rows worked off soon after the caller's commit."""
        self.sudo().write({"state": "queued", "next_try": False})
        self.env["dingding.background"]._kick(self._name)

    def action_retry(self):
        """Try rows that gave up once more, from the first attempt on.

        :raise AccessError: for anybody but managers; nobody may write the rows
        """
        compat.check_access(self, "read")
        if not (
            compat.is_superuser(self.env)
            or self.env.user.has_group("dingding.group_manager")
        ):
            raise AccessError(_("Only DingTalk managers may try it once more."))
        rows = self.filtered(lambda row: row.state in ("failed", "retry", "unknown"))
        rows.sudo().write({"attempts": 0})
        rows._enqueue()
        return True

    # -- working off -------------------------------------------------------

    @api.model
    def _due(self, limit):
        """Return the rows to be worked on now, in order."""
        return self.search(
            [
                ("state", "in", DUE_STATES),
                "|",
                ("next_try", "=", False),
                ("next_try", "<=", fields.Datetime.now()),
            ],
            order="id",
            limit=limit,
        )

    @api.model
    def _work_off(self, limit=500, seconds=CRON_SECONDS):
        """Work off what is due; return how many rows were worked on.

        Must be called from a transaction that has written nothing: each row
        has transactions of its own.
        """
        deadline = time.monotonic() + seconds
        worked = 0
        for row_id in self.sudo()._due(limit).ids:
            if time.monotonic() > deadline:
                break
            try:
                worked += self._work_on(row_id, deadline)
            except Exception:
                # The others still get their turn; this row has lost its cursor.
                _logger.exception("%s(%d) was left", self._name, row_id)
        return worked

    @api.model
    def _work_on(self, row_id, deadline):
        """Work on one row unless somebody else does; return whether it was ours.

        The lock lives as long as its cursor, which writes nothing. A worker
        that is killed loses its connection and with it the lock: its row is
        then found 'working' and free, and ``_settle`` decides what that means.
        """
        dbname = self.env.cr.dbname
        with compat.manage_environments(), compat.open_cursor(dbname) as lock_cr:
            lock_cr.execute(
                "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))",
                [LOCK_ROW, "%s,%d" % (self._name, row_id)],
            )
            if not lock_cr.fetchone()[0]:
                return False
            with compat.open_cursor(dbname) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                return env[self._name].browse(row_id)._work_step(deadline)

    def _take(self):
        """Lock the row for writing; return its state, or None when not due.

        None as well when somebody is writing the row: it stays due.
        """
        query = sql.SQL(
            "SELECT state FROM {} WHERE id = %s AND state IN %s"
            " AND (next_try IS NULL OR next_try <= %s)"
            " FOR UPDATE SKIP LOCKED"
        ).format(sql.Identifier(self._table))
        try:
            compat.execute(
                self.env.cr,
                query,
                [self.id, DUE_STATES, fields.Datetime.now()],
                log_exceptions=False,
            )
        except OperationalError:
            return None
        row = self.env.cr.fetchone()
        return row and row[0]

    def _work_step(self, deadline):
        """One attempt, with a commit before and after what DingTalk is asked."""
        cr = self.env.cr
        state = self._take()
        if not state:
            return False
        if state == "working" and not self._go_on():
            self._commit()
            return True
        self.write({"state": "working", "attempts": self.attempts + 1})
        self._commit()
        try:
            if self._work(deadline) is not False:
                self._done()
            compat.flush(self.env)
        except Exception as error:
            cr.rollback()
            compat.forget(self.env)
            if self.exists():
                self._not_done(error)
        self._commit()
        return True

    def _commit(self):
        """End a step of the work.

        The cursor is the worker's own: what DingTalk has done must be on record, and
        others must see who works on what.
        """
        compat.flush(self.env)
        self.env.cr.commit()  # pylint: disable=invalid-commit

    def _go_on(self):
        """Tell whether to work on a row whose worker died; else set its state."""
        message = _("The server stopped while this was being worked on.")
        if not self._settle():
            if self.state == "working":
                self._unknown(message)
            return False
        if self.attempts >= MAX_ATTEMPTS:
            # Perhaps it is this very row that kills its workers.
            self._give_up(message)
            return False
        return True

    def _work(self, deadline):
        """Do the work. Commit as often as there are whole steps.

        :param float deadline: time.monotonic() value after which the work should
            stop at the next step; call ``_pause`` and return False then
        :return: False when the row's state has been set by the method itself
        :raise DingTalkError: to be retried when ``retryable``, else failed
        """
        raise NotImplementedError

    def _settle(self):
        """Tell whether doing the work again does no harm.

        Asked when a worker died or an error leaves open what DingTalk has done.

        :return: True to do it again; False when a person must decide: the row
            becomes 'unknown' unless the method has set another state
        """
        return True

    # -- outcomes ----------------------------------------------------------

    def _done(self):
        self.write(
            {
                "state": "done",
                "next_try": False,
                "last_error": False,
                "error_code": False,
                "error_remedy": False,
            }
        )

    def _pause(self):
        """Leave the row for the next worker to go on with, not as a failure."""
        self.write({"state": "queued", "next_try": False, "attempts": 0})

    def _not_done(self, error):
        """Record why the work ended early, and decide whether to do it again."""
        if isinstance(error, DingTalkError):
            self._failed(error)
        elif isinstance(error, OperationalError):
            # Somebody else wrote the same rows, or PostgreSQL is going down.
            _logger.info("%s has to be worked on again: %s", self, error)
            self._again(_("The database was busy."), self._delay())
        else:
            _logger.error("%s could not be worked on", self, exc_info=error)
            message = "%s: %s" % (type(error).__name__, error)
            if self._settle():
                self._give_up(message)
            elif self.state == "working":
                self._unknown(message)

    def _failed(self, error):
        """Record a DingTalkError: retry when that can help, else give up."""
        values = {
            "last_error": str(error),
            "error_code": error.code,
            "error_remedy": error.remedy,
        }
        if error.outcome_unknown and not self._settle():
            if self.state == "working":
                self._unknown(str(error))
        elif error.retryable:
            self._retry_later(str(error), self._delay(error))
        else:
            self._give_up(str(error))
        self.write(values)

    def _again(self, message, seconds):
        if self._settle():
            self._retry_later(message, seconds)
        elif self.state == "working":
            self._unknown(message)

    def _delay(self, error=None):
        """Return the seconds to wait: DingTalk's hint, else doubled each time."""
        hint = error.wait if error is not None else None
        delay = min(FIRST_DELAY * 2 ** max(self.attempts - 1, 0), LONGEST_DELAY)
        return max(delay, hint or 0) * random.uniform(1, 1.2)

    def _retry_later(self, message, seconds):
        """Leave the row for another attempt, or give up after the last one."""
        if self.attempts >= MAX_ATTEMPTS:
            self._give_up(message)
            return
        moment = datetime.datetime.utcnow() + datetime.timedelta(seconds=seconds)
        self._ended("retry", message, fields.Datetime.to_string(moment))

    def _give_up(self, message):
        self._ended("failed", message)

    def _unknown(self, message):
        self._ended("unknown", message)

    def _ended(self, state, message, next_try=False):
        self.write(
            {
                "state": state,
                "next_try": next_try,
                "last_error": message,
                "error_code": False,
                "error_remedy": False,
            }
        )


class DingdingBackground(models.AbstractModel):
    """Who does the work: a thread after commit, and Odoo's cron."""

    _name = "dingding.background"
    _description = "Background work of DingTalk"

    @api.model
    def _queue_models(self):
        """Return the models whose rows are work, the most urgent first.

        Addons that bring a queue of their own extend the list.
        """
        return ["dingding.message.task", "dingding.run"]

    @api.model
    def _kick(self, model_name):
        """Start working off ``model_name`` in this process after commit.

        Tests call ``_work_off`` themselves: a thread would not see their rows.
        """
        if tools.config["test_enable"]:
            return
        dbname = self.env.cr.dbname
        compat.after_commit(self.env.cr, lambda: _Drain.start(dbname, model_name))

    @api.model
    def _cron_work_off(self):
        """Work off all queues; the net below the threads."""
        deadline = time.monotonic() + CRON_SECONDS
        for model_name in self._queue_models():
            seconds = deadline - time.monotonic()
            if seconds <= 0:
                break
            try:
                self.env[model_name]._work_off(seconds=seconds)
            except Exception:
                # One queue must not keep the others from their turn. All rows have
                # cursors of their own, so this one is as good as before.
                _logger.exception("Working off %s stopped", model_name)


class _Drain(object):
    """The thread that works off one queue of one database in this process.

    The registry of threads saves starting one that would find nothing; that no
    row is done twice is PostgreSQL's business, see ``_work_on``.
    """

    _lock = threading.Lock()
    # (database, model) -> whether somebody kicked since the thread last looked.
    _running = {}

    @classmethod
    def start(cls, dbname, model_name):
        key = (dbname, model_name)
        with cls._lock:
            if key in cls._running:
                cls._running[key] = True
                return
            cls._running[key] = False
        thread = threading.Thread(
            target=cls._run, args=key, name="dingding %s" % model_name
        )
        thread.daemon = True
        thread.start()

    @classmethod
    def _run(cls, dbname, model_name):
        key = (dbname, model_name)
        try:
            while True:
                with compat.manage_environments(), compat.open_cursor(dbname) as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    worked = env[model_name]._work_off()
                with cls._lock:
                    if not worked and not cls._running[key]:
                        del cls._running[key]
                        return
                    cls._running[key] = False
        except Exception:
            # The rows are safe in the database and the cron will find them.
            _logger.exception("Working off %s stopped", model_name)
            with cls._lock:
                cls._running.pop(key, None)
