# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""The one seam for background work.

A row of a table is a piece of work. Whoever wants something done creates the
row in his own transaction and calls ``_enqueue``; after commit a thread of this
process works off what is due, and Odoo's cron does the same every minute, so
that nothing waits for a process that died. Workers exclude each other with
PostgreSQL alone: any number of processes and servers may share a database.
"""
import contextlib
import datetime
import importlib
import logging
import random
import threading
import time

from psycopg2 import InterfaceError, OperationalError, errorcodes, sql
from psycopg2.pool import PoolError

from odoo import SUPERUSER_ID, _, api, fields, models, tools
from odoo.exceptions import AccessError

from .. import compat, rights
from ..dingtalk.errors import DingTalkError

_logger = logging.getLogger(__name__)

# First key of the advisory locks that say "this row is being worked on"; the
# second is made of the table and the row.
LOCK_ROW = 0x44540002
MAX_ATTEMPTS = 6
FIRST_DELAY = 15  # seconds; doubled with each attempt
LONGEST_DELAY = 3600  # seconds
# Where OCA's queue_job is installed, rows are worked off by its jobs, in this channel.
JOB_MODEL, JOB_CHANNEL = "queue.job", "root.dingding"
JOB_FUNCTION = "queue.job.function"
JOB_ERRORS = "odoo.addons.queue_job.exception"
JOB_AGAIN = 2  # seconds until a job looks again at a row that somebody else works on
JOB_PATTERN = {1: FIRST_DELAY, 4: 120, 8: 600}  # attempt: seconds
# First key of the advisory lock of who makes the records of queue_job.
LOCK_JOBS = 0x44540008
# A row that no job has taken for so long is worked off by the cron: perhaps the job
# runner does not run.
JOB_PATIENCE = 300  # seconds
CRON_SECONDS = 50  # a cron job of Odoo is killed after 120 seconds
# A queue that never runs empty leaves the others their turn after so long.
SLICE_SECONDS = 10
# A row that is due within so many seconds is waited for: it was put off for a turn of
# others or a moment of DingTalk's, and the cron's next time may be a minute away.
SOON_SECONDS = 20

# Somebody else was faster with the same rows: there is nothing to wait for, unless it
# happens again and again.
CONFLICTS = (errorcodes.SERIALIZATION_FAILURE, errorcodes.DEADLOCK_DETECTED)
AT_ONCE = 3  # attempts
# What DingTalk has answered is written for so long, whatever happens to PostgreSQL.
REMEMBER_SECONDS = 30
REMEMBER_PAUSE = 0.5  # seconds
NO_CONNECTION = (OperationalError, InterfaceError, PoolError)

DUE_STATES = ("queued", "retry", "working")


@contextlib.contextmanager
def hold_lock(dbname, first, second, shared=False, seconds=0):
    """Hold an advisory lock of PostgreSQL for as long as the block runs.

    The lock belongs to the transaction of a cursor that does nothing else. So the
    block may commit as often as it likes, no error can leave the lock behind on a
    pooled connection, and PgBouncer may pool transactions. That transaction reads and
    writes nothing: it is idle, but keeps no snapshot and so hinders no VACUUM.

    :param int first: one of the constants ``LOCK_...``
    :param second: what is locked: an int, or a text
    :param bool shared: let others share it
    :param seconds: wait so long for it; who waits for a lock of its own comes before
        those who ask for a shared one later
    :return: whether the lock is held
    """
    held = False
    try:
        with compat.lock_cursor(dbname) as cr:
            # Whoever ends this session would end the lock in the middle of the work.
            cr.execute(
                "SELECT set_config(name, '0', true) FROM pg_settings"
                " WHERE name IN ('idle_in_transaction_session_timeout',"
                " 'transaction_timeout')"
            )
            held = _lock(cr, first, second, shared, seconds)
            yield held
            held = None
    except (InterfaceError, OperationalError):
        # The block is through: without a connection there is no lock either.
        if held is not None:
            raise
        _logger.info("The connection of lock %s, %s was lost", first, second)


def _lock(cr, first, second, shared, seconds):
    """Take the lock of :func:`hold_lock`; return whether it is held."""
    if not isinstance(second, int):
        cr.execute("SELECT hashtext(%s)", [second])
        second = cr.fetchone()[0]
    mode = sql.SQL("_shared") if shared else sql.SQL("")
    query = sql.SQL("SELECT pg_try_advisory_xact_lock{}(%s, %s)").format(mode)
    compat.execute(cr, query, [first, second])
    if cr.fetchone()[0]:
        return True
    if not seconds:
        return False
    cr.execute("SELECT set_config('lock_timeout', %s, true)", ["%ds" % seconds])
    query = sql.SQL("SELECT pg_advisory_xact_lock{}(%s, %s)").format(mode)
    cr.execute("SAVEPOINT dingding_lock")
    try:
        compat.execute(cr, query, [first, second], log_exceptions=False)
    except OperationalError as error:
        if error.pgcode != errorcodes.LOCK_NOT_AVAILABLE:
            raise
        cr.execute("ROLLBACK TO SAVEPOINT dingding_lock")
        return False
    return True


class DingdingQueueMixin(models.AbstractModel):
    """A row that is worked off once, by whoever gets hold of it.

    States: queued > working > done; retry waits for its time; failed has used
    up its attempts or can't succeed; unknown may have been carried out and a
    person must decide; confirm waits until a manager has looked at it; cancelled was
    taken back.

    An inheriting model gives ``_work(deadline)``, and ``_settle()`` when doing
    the work twice would matter.
    """

    _name = "dingding.queue.mixin"
    _description = "Work in the background"

    _max_attempts = MAX_ATTEMPTS

    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("working", "In progress"),
            ("retry", "Will be retried"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("unknown", "Outcome unknown"),
            ("confirm", "Waits for a manager"),
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

    @compat.create_multi
    def create(self, vals_list):
        own = rights.without_defaults(self)
        return compat.super_create(
            super(DingdingQueueMixin, own), rights.complete(own, vals_list)
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
        self.env["dingding.background"]._kick(self._name, self)

    # -- as jobs of queue_job ------------------------------------------------

    def _hand_to_jobs(self):
        """See that each of these rows has a job, which runs when the row is due.

        The key keeps a row from having two jobs that wait, the row's own lock from
        being worked on twice.
        """
        jobs = self.env[JOB_MODEL].sudo()
        for row in self.sudo():
            seconds = 0
            if row.next_try:
                moment = fields.Datetime.from_string(row.next_try)
                seconds = int((moment - datetime.datetime.utcnow()).total_seconds())
            key = row._row_key()
            waiting = jobs.search(
                [("identity_key", "=", key), ("state", "in", ("pending", "enqueued"))],
                limit=1,
            )
            if waiting:
                if waiting.state == "pending" and waiting.eta and seconds <= 0:
                    # Somebody does not want to wait for the next attempt.
                    waiting.write({"eta": False})
                continue
            row.with_delay(
                eta=max(seconds, 0) or None,
                max_retries=0,
                identity_key=key,
                description="%s %d" % (row._description, row.id),
            )._run_job()

    def _run_job(self):
        """Work on this row, as a job.

        :raise RetryableJobError: the row is not done; the job is tried again when the
            row says so
        """
        # Only the job runner calls this, so its addon is there; nothing else of ours
        # needs it, and it is no dependency.
        errors = importlib.import_module(JOB_ERRORS)
        self.env[self._name]._work_on(self.id, time.monotonic() + CRON_SECONDS)
        # What was written there, this transaction does not see.
        with compat.open_cursor(self.env.cr.dbname) as cr:
            query = sql.SQL("SELECT state, next_try FROM {} WHERE id = %s").format(
                sql.Identifier(self._table)
            )
            compat.execute(cr, query, [self.id])
            row = cr.fetchone()
        if row and row[0] in DUE_STATES:
            wait = JOB_AGAIN
            if row[1]:
                moment = fields.Datetime.from_string(row[1])
                wait = (moment - datetime.datetime.utcnow()).total_seconds()
            raise errors.RetryableJobError(
                row[0], seconds=max(int(wait) + 1, JOB_AGAIN), ignore_retry=True
            )

    def _row_key(self):
        return "%s,%d" % (self._name, self.id)

    def _lock_row(self):
        """Keep workers from the row until commit; tell whether none is at work."""
        return _lock(self.env.cr, LOCK_ROW, self._row_key(), False, 0)

    def _is_free(self):
        return self.state != "working" or self._lock_row()

    # What queue_job's decorator would set: without it there is nothing to import.
    # From 14 on queue_job reads records, see ``_make_job_functions``.
    _run_job.delayable = True
    _run_job.retry_pattern = JOB_PATTERN
    _run_job.default_channel = JOB_CHANNEL

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

        What the caller's transaction has written is not seen: each step has
        transactions of its own.
        """
        deadline = time.monotonic() + seconds
        worked = 0
        # No transaction of ours stays open while the rows are worked on.
        with compat.open_cursor(self.env.cr.dbname) as cr:
            ids = api.Environment(cr, SUPERUSER_ID, {})[self._name]._due(limit).ids
        for row_id in ids:
            if time.monotonic() > deadline:
                break
            try:
                worked += self._work_on(row_id, deadline)
            except NO_CONNECTION as error:
                # The row is found free and 'working' once PostgreSQL is back.
                _logger.info("%s(%d) was left: %s", self._name, row_id, error)
            except Exception:
                # The others still get their turn; this row has lost its cursor.
                _logger.exception("%s(%d) was left", self._name, row_id)
        return worked

    @api.model
    def _soon(self):
        """Return the seconds until a row's next try, None when it is not soon."""
        compat.flush(self.env)
        query = sql.SQL(
            "SELECT extract(epoch FROM min(next_try)"
            " - (clock_timestamp() AT TIME ZONE 'UTC'))::float FROM {}"
            " WHERE state IN %s AND next_try > clock_timestamp() AT TIME ZONE 'UTC'"
        ).format(sql.Identifier(self._table))
        compat.execute(self.env.cr, query, [DUE_STATES])
        seconds = self.env.cr.fetchone()[0]
        # Moments are stored without fractions of a second.
        return None if seconds is None or seconds > SOON_SECONDS else seconds + 0.1

    @api.model
    def _work_on(self, row_id, deadline):
        """Work on one row unless somebody else does; return whether it was ours.

        The lock lives as long as its cursor, which writes nothing. A worker
        that is killed loses its connection and with it the lock: its row is
        then found 'working' and free, and ``_settle`` decides what that means.
        """
        dbname = self.env.cr.dbname
        with compat.manage_environments(), hold_lock(
            dbname, LOCK_ROW, self.browse(row_id)._row_key()
        ) as held:
            if not held:
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
            self._record_failure(error)
            return True
        self._commit()
        return True

    def _record_failure(self, error):
        """Record why an attempt failed, past everybody who writes the same rows.

        READ COMMITTED: a conflict with somebody else's commit is what often brings us
        here, and must not come between once more.
        """
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            row = self.with_env(self.env(cr=cr)).exists()
            if row:
                row._not_done(error)
                compat.flush(row.env)

    def _remember(self, values, added=None):
        """Write what DingTalk has answered, first and in a transaction of its own.

        For calls that must not be repeated. Nothing that fails afterwards takes it
        back, nobody who writes rows beside this one can refuse it, and a PostgreSQL
        that restarts is waited for. ``_work`` then finds it when it is called again,
        and does not ask DingTalk any more. Nothing may wait to be committed: the
        worker's transaction begins anew, and is READ COMMITTED, for the same reason.

        :param dict values: column -> value, as PostgreSQL takes it
        :param dict added: column of words -> word that is added to them
        """
        self.ensure_one()
        added = added or {}
        sets = [
            sql.SQL("{} = %s").format(sql.Identifier(name)) for name in sorted(values)
        ] + [
            sql.SQL("{0} = concat_ws(' ', {0}, %s)").format(sql.Identifier(name))
            for name in sorted(added)
        ]
        query = sql.SQL("UPDATE {} SET {} WHERE id = %s").format(
            sql.Identifier(self._table), sql.SQL(", ").join(sets)
        )
        parameters = [values[name] for name in sorted(values)]
        parameters += [added[name] for name in sorted(added)] + [self.id]
        self._persist(lambda cr: compat.execute(cr, query, parameters))
        self._commit()
        compat.begin_read_committed(self.env.cr)
        compat.forget(self.env)

    def _persist(self, write):
        """Call ``write(cr)`` in a transaction of its own until it is committed."""
        deadline = time.monotonic() + REMEMBER_SECONDS
        while True:
            try:
                with compat.open_cursor(
                    self.env.cr.dbname, read_committed=True
                ) as cr:
                    # Whoever holds the row is waited for, but not for ever.
                    cr.execute("SET LOCAL lock_timeout = '5s'")
                    write(cr)
                return
            except NO_CONNECTION as error:
                if time.monotonic() > deadline:
                    raise
                _logger.info("%s: what DingTalk said is not written: %s", self, error)
                time.sleep(REMEMBER_PAUSE)

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
        if self.attempts >= self._max_attempts:
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

    def _pause(self, seconds=0):
        """Leave the row for the next worker to go on with, not as a failure.

        :param seconds: before they are over nobody looks at the row again
        """
        self.write(
            {
                "state": "queued", "attempts": 0,
                "next_try": self._moment(seconds) if seconds else False,
            }
        )

    def _postpone(self, seconds):
        """Leave the row for later as it was: nothing was attempted."""
        self.write(
            {
                "state": "queued", "attempts": max(self.attempts - 1, 0),
                "next_try": self._moment(seconds),
            }
        )

    def _come_again(self, message, seconds, code, remedy=False):
        """Leave the row for later and say why; it is no failed attempt."""
        self.write(
            {
                "state": "retry", "attempts": max(self.attempts - 1, 0),
                "next_try": self._moment(seconds), "last_error": message,
                "error_code": code, "error_remedy": remedy,
            }
        )

    @api.model
    def _moment(self, seconds):
        """Return the time in so many seconds, as a field takes it."""
        moment = datetime.datetime.utcnow() + datetime.timedelta(seconds=seconds)
        return fields.Datetime.to_string(moment)

    def _not_done(self, error):
        """Record why the work ended early, and decide whether to do it again."""
        if isinstance(error, DingTalkError):
            self._failed(error)
        elif isinstance(error, NO_CONNECTION):
            # Somebody else wrote the same rows, PostgreSQL is going down, or all
            # connections are in use.
            _logger.info("%s has to be worked on again: %s", self, error)
            conflict = getattr(error, "pgcode", None) in CONFLICTS
            at_once = conflict and self.attempts <= AT_ONCE
            self._again(
                _("The database was busy."), 0 if at_once else self._delay()
            )
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
        if self.attempts >= self._max_attempts:
            self._give_up(message)
            return
        self._ended("retry", message, self._moment(seconds))

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
        return [
            "dingding.message.task", "dingding.change", "dingding.run",
            "dingding.picture",
        ]

    def _register_hook(self):
        result = super(DingdingBackground, self)._register_hook()
        self._ship_job_functions()
        if not tools.config["test_enable"]:
            self._cron_at_once()
        return result

    @api.model
    def _cron_at_once(self):
        """Have the cron look for work when a server starts.

        What a killed server leaves behind is taken up by the next work that is handed
        in, and else by the cron, whose next time may be a minute away.
        """
        try:
            with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
                cr.execute(
                    "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC'"
                    " WHERE id IN (SELECT id FROM ir_cron WHERE nextcall >"
                    " now() AT TIME ZONE 'UTC' AND id IN (SELECT res_id"
                    " FROM ir_model_data WHERE model = 'ir.cron' AND module ="
                    " 'dingding' AND name = 'dingding_background_cron_work_off')"
                    " FOR UPDATE SKIP LOCKED)"
                )
        except Exception:
            # Then it is done in a minute.
            _logger.info("The cron was not hurried", exc_info=True)

    @api.model
    def _has_jobs(self):
        """Tell whether OCA's queue_job does the work of this database."""
        return JOB_MODEL in self.env.registry and hasattr(
            self.env[JOB_MODEL], "with_delay"
        )

    @api.model
    def _ship_job_functions(self):
        """See that queue_job of 14 and later knows the channel of our jobs.

        When the registry is loaded, so also when queue_job is installed after us.
        """
        if not self._has_jobs():
            return
        if "retry_pattern" not in self.env[JOB_FUNCTION]._fields:
            return
        dbname = self.env.cr.dbname
        try:
            # Several processes start at the same time.
            with hold_lock(dbname, LOCK_JOBS, 0, seconds=20) as held:
                if held:
                    with compat.open_cursor(dbname, read_committed=True) as cr:
                        env = api.Environment(cr, SUPERUSER_ID, {})
                        env[self._name]._make_job_functions()
                        compat.flush(env)
        except Exception:
            # Then the jobs run in the channel "root".
            _logger.warning("queue_job has no channel for DingTalk", exc_info=True)

    @api.model
    def _make_job_functions(self):
        """Make the records that are missing; what an administrator has set stays."""
        functions = self.env[JOB_FUNCTION]
        names = {
            "<%s>._run_job" % model: model for model in self._queue_models()
        }
        for function in functions.search([("name", "in", list(names))]):
            del names[function.name]
        if not names:
            return
        channels = self.env["queue.job.channel"]
        channel = channels.search([("complete_name", "=", JOB_CHANNEL)], limit=1)
        if not channel:
            root, name = JOB_CHANNEL.split(".")
            channel = channels.create(
                {
                    "name": name,
                    "parent_id": channels.search(
                        [("name", "=", root), ("parent_id", "=", False)], limit=1
                    ).id,
                }
            )
        for model in sorted(names.values()):
            functions.create(
                {
                    "model_id": self.env["ir.model"]._get(model).id,
                    "method": "_run_job",
                    "channel_id": channel.id,
                    "retry_pattern": JOB_PATTERN,
                }
            )

    @api.model
    def _kick(self, model_name, rows=None):
        """Start working off ``model_name`` in this process after commit.

        With queue_job the rows become jobs, in the transaction of whoever asks.
        Tests call ``_work_off`` themselves: a thread would not see their rows.

        :param rows: the rows that are meant; default: all that are due
        """
        if tools.config["test_enable"]:
            return
        if self._has_jobs():
            if rows is None:
                rows = self.env[model_name].sudo()._due(None)
            rows._hand_to_jobs()
            return
        dbname = self.env.cr.dbname
        compat.after_commit(self.env.cr, lambda: _Drain.start(dbname, model_name))

    @api.model
    def _cron_work_off(self):
        """Work off all queues; the net below the threads and the jobs."""
        deadline = time.monotonic() + CRON_SECONDS
        while True:
            worked, soon = self._cron_round(deadline)
            left = deadline - time.monotonic()
            if worked and left > 0:
                continue
            if soon is None or soon > left or tools.config["test_enable"]:
                break
            time.sleep(soon)

    @api.model
    def _cron_round(self, deadline):
        """Work off each queue once.

        :return: how many rows were worked on, and the seconds until the next that is
            due soon (None when there is none)
        """
        worked, waits = 0, []
        for model_name in self._queue_models():
            seconds = deadline - time.monotonic()
            if seconds <= 0:
                break
            try:
                # A transaction of its own sees what was done meanwhile.
                with compat.open_cursor(self.env.cr.dbname) as cr:
                    queue = self.env(cr=cr)[model_name]
                    if self._has_jobs():
                        self._cron_jobs(queue, deadline)
                    else:
                        worked += queue._work_off(seconds=min(seconds, SLICE_SECONDS))
                        waits.append(queue._soon())
            except Exception:
                # One queue must not keep the others from their turn.
                _logger.exception("Working off %s stopped", model_name)
        return worked, min((wait for wait in waits if wait is not None), default=None)

    @api.model
    def _cron_jobs(self, queue, deadline):
        """Make the jobs that are missing, and work off what no job has taken.

        A job that was lost with its worker stays "started", and without a job runner
        no job ever starts.
        """
        model = queue.sudo()
        old = datetime.datetime.utcnow() - datetime.timedelta(seconds=JOB_PATIENCE)

        def is_late(row):
            return fields.Datetime.from_string(row.next_try or row.write_date) < old

        late = model._due(None).filtered(is_late)
        for row in late:
            if time.monotonic() > deadline:
                break
            model._work_on(row.id, deadline)
        with compat.open_cursor(self.env.cr.dbname) as cr:
            rows = self.env(cr=cr)[queue._name].sudo()._due(None)
            rows.filtered(lambda row: row._is_free())._hand_to_jobs()


class _Drain(object):
    """The thread that works off one queue of one database in this process.

    The registry of threads saves starting one that would find nothing; that no
    row is done twice is PostgreSQL's business, see ``_work_on``.
    """

    # Held to look at what runs; told when somebody kicks.
    _kicked = threading.Condition()
    # (database, model) -> whether somebody kicked since the thread last looked.
    _running = {}

    @classmethod
    def start(cls, dbname, model_name):
        """Have what is due worked off; a thread that cannot be started is no error.

        This is called after a commit, which nobody must take for failed.
        """
        key = (dbname, model_name)
        with cls._kicked:
            if key in cls._running:
                cls._running[key] = True
                cls._kicked.notify_all()
                return
            cls._running[key] = False
        thread = threading.Thread(
            target=cls._run, args=key, name="dingding %s" % model_name
        )
        thread.daemon = True
        try:
            thread.start()
        except RuntimeError as error:
            # No memory, or the process ends: the cron finds the rows.
            _logger.warning("%s is left to the cron: %s", model_name, error)
            with cls._kicked:
                cls._running.pop(key, None)

    @classmethod
    def _run(cls, dbname, model_name):
        key = (dbname, model_name)
        try:
            while True:
                with compat.manage_environments(), compat.telling_processes(dbname):
                    with compat.open_cursor(dbname) as cr:
                        queue = api.Environment(cr, SUPERUSER_ID, {})[model_name]
                        worked = queue._work_off()
                        soon = None if worked else queue._soon()
                with cls._kicked:
                    if soon:
                        cls._kicked.wait_for(lambda: cls._running[key], soon)
                    elif not worked and not cls._running[key]:
                        del cls._running[key]
                        return
                    cls._running[key] = False
        except Exception:
            # The rows are safe in the database and the cron will find them.
            _logger.exception("Working off %s stopped", model_name)
            with cls._kicked:
                cls._running.pop(key, None)
