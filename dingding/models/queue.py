# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Run background work for all queues.

A row of a table is a unit of work: create it in your own transaction and call
``_enqueue``. From Odoo 15 on the commit triggers the queue's scheduled action; up to 14
it starts a thread of this process. A scheduled action checks all queues every minute.
Workers exclude each other with PostgreSQL locks alone.
"""
import atexit
import collections
import contextlib
import datetime
import importlib
import logging
import random
import threading
import time

from psycopg2 import (
    Error as PostgreSQLError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    errorcodes,
    sql,
)
from psycopg2.pool import PoolError

from odoo import SUPERUSER_ID, _, api, fields, models, tools
from odoo.exceptions import UserError

from .. import compat, rights
from ..dingtalk import quota, utc
from ..dingtalk.errors import DingTalkError
from .action_time import CRON_SECONDS
from .dingding_call_count import ledger

_logger = logging.getLogger(__name__)

# First key of the advisory locks that mark a row as being processed.
LOCK_ROW = 0x44540002
MAX_ATTEMPTS = 6
FIRST_DELAY = 15  # seconds; doubled with each attempt
LONGEST_DELAY = 3600  # seconds
# Rows that the month's budget holds back check it this often.
BUDGET_DELAY = (1800, 3600)  # seconds, least and most
BUDGET_REMEDIES = ("quota", "budget_paused")
# Channel of the rows' jobs, if OCA's queue_job is installed.
JOB_MODEL, JOB_CHANNEL = "queue.job", "root.dingding"
JOB_FUNCTION = "queue.job.function"
JOB_ERRORS = "odoo.addons.queue_job.exception"
JOB_AGAIN = 2  # seconds until a job retries a row locked by another worker
JOB_PATTERN = {1: FIRST_DELAY, 4: 120, 8: 600}  # attempt: seconds
# First key of the advisory lock held while creating the records of queue_job.
LOCK_JOBS = 0x44540008
# Then the cron processes rows that no job has picked up.
JOB_PATIENCE = 300  # seconds
ACTION = "dingding.dingding_queue_cron"
# A queue that never empties yields after this time to other queues and scheduled
# actions.
SLICE_SECONDS = 10
# All together yield after this time: from 15 on Odoo runs due actions in a row.
SLICES_SECONDS = 40
# A scheduled action overdue by this much shows that the cron is down. A long action
# delays the others.
OVERDUE_SECONDS = 300
# Wait for rows due within this many seconds.
SOON_SECONDS = 20
# A worker can lose the connection that holds its lock, and live: in the middle of a
# call whose answer it will store. Others leave its row alone for this long.
LOST_SECONDS = 20
# Rows written so far in the future were written before the clock was set back, and the
# time of their next attempt means nothing. A server's clock may be ahead of the
# database's, and write in some series.
SET_BACK = 60  # seconds
LOOK_SECONDS = 0.5  # how often a waiting action looks for new rows
# A process that ends lets its threads finish their row. A row whose thread dies between
# a call and its result may be sent twice.
FINISH_SECONDS = 10
# Odoo runs each action once at a time, and rows mostly wait for DingTalk.
THREADS = 4
# If a row has taken this long, those of other organisations come first for a while: an
# organisation that DingTalk, or a proxy of its own, keeps waiting must not stop them.
SLOW_SECONDS = 5
SLOW_FOR = 300
# (database, model) -> organisation's id -> time.monotonic() after its last slow row
_slow = {}

# Conflicts with concurrent transactions.
CONFLICTS = (
    errorcodes.SERIALIZATION_FAILURE, errorcodes.DEADLOCK_DETECTED,
    errorcodes.UNIQUE_VIOLATION,
)
AT_ONCE = 3  # attempts
# Keep trying to store DingTalk's answer for this long.
REMEMBER_SECONDS = 30
REMEMBER_PAUSE = 0.5  # seconds
NO_CONNECTION = (OperationalError, InterfaceError, PoolError)

DUE_STATES = ("queued", "retry", "working")
# Code of rows that ended because their organisation is archived.
ARCHIVED = "archived"
_SEES_COMMITS = "dingding_sees_commits"
# On a worker's cursor: the connection that holds the lock of its row.
_LOCKS = "dingding_locks"

_started = time.monotonic()


def failure_text(error):
    """Return the text to show of an exception that is not DingTalk's.

    PostgreSQL's details quote the whole row.
    """
    if isinstance(error, compat.REFUSALS) and error.args:
        # Up to 13 they are pairs.
        return str(error.args[0])
    text = str(error)
    if isinstance(error, PostgreSQLError):
        text = error.diag.message_primary or text.partition("\n")[0]
    return "%s: %s" % (type(error).__name__, text)


def database_now(cr):
    """Return the database's time, in UTC and without fractions of a second.

    Servers with different clocks share a queue.
    """
    cr.execute("SELECT date_trunc('second', clock_timestamp() AT TIME ZONE 'UTC')")
    # Odoo 11 and 12 require text.
    return fields.Datetime.from_string(cr.fetchone()[0])


def server_now():
    """Return this server's time, in UTC and without fractions of a second."""
    # Odoo 11 and 12 return text.
    return fields.Datetime.from_string(fields.Datetime.now())


@contextlib.contextmanager
def lock_connection(dbname, what):
    """Open a connection that holds advisory locks while the block runs.

    They belong to a transaction of its own, without a snapshot: the block may commit,
    no error leaves a lock on a pooled connection, and PgBouncer may pool transactions.

    :param what: what is locked, for the log
    :return: a cursor for :func:`take_lock`
    """
    over = False
    try:
        with compat.lock_cursor(dbname) as cr:
            yield cr
            over = True
    except (InterfaceError, OperationalError):
        # The connection is lost, and the lock with it.
        if not over:
            raise
        _logger.info("The connection of lock %s was lost", what)


@contextlib.contextmanager
def hold_lock(dbname, first, second, shared=False, seconds=0):
    """Hold a PostgreSQL advisory lock while the block runs, see `lock_connection`.

    :param int first: one of the constants ``LOCK_...``
    :param second: what is locked: an int, or a text
    :param bool shared: let others share it
    :param seconds: how long to wait for it; a waiting exclusive request precedes later
        shared ones
    :return: whether the lock is held
    """
    with lock_connection(dbname, "%s, %s" % (first, second)) as cr:
        yield take_lock(cr, first, second, shared, seconds, lasting=True)


@contextlib.contextmanager
def hold_locks(dbname, first, keys):
    """Hold several locks of :func:`hold_lock` while the block runs.

    :param list keys: texts
    :return: list of those keys whose locks are held
    """
    with lock_connection(dbname, first) as cr:
        query = sql.SQL(
            "SELECT key{} FROM unnest(%s) AS key"
            " WHERE pg_try_advisory_xact_lock(%s, hashtext(key))"
        ).format(_lasting(cr))
        compat.execute(cr, query, [keys, first])
        yield [row[0] for row in cr.fetchall()]


# A session timeout would release the lock. PostgreSQL refuses unknown names: (first
# version that knows it, what ends it for this transaction).
_TIMEOUTS = (
    (90600, sql.SQL(", set_config('idle_in_transaction_session_timeout', '0', true)")),
    (170000, sql.SQL(", set_config('transaction_timeout', '0', true)")),
)


def _lasting(cr):
    version = cr.connection.server_version
    return sql.SQL("").join(
        column for since, column in _TIMEOUTS if version >= since)


def take_lock(cr, first, second, shared=False, seconds=0, lasting=False):
    """Take an advisory lock until the transaction of ``cr`` ends.

    Other parameters are those of :func:`hold_lock`. A free lock costs one statement.

    :param seconds: None waits for as long as it takes
    :param bool lasting: end the session's timeouts for this transaction
    :return: whether the lock is held
    """
    key = sql.SQL("%s") if isinstance(second, int) else sql.SQL("hashtext(%s)")
    mode = sql.SQL("_shared") if shared else sql.SQL("")
    wait = sql.SQL("SELECT pg_advisory_xact_lock{}(%s, {})").format(mode, key)
    if seconds is None:
        compat.execute(cr, wait, [first, second])
        return True
    query = sql.SQL("SELECT pg_try_advisory_xact_lock{}(%s, {}){}").format(
        mode, key, _lasting(cr) if lasting else sql.SQL(""))
    compat.execute(cr, query, [first, second])
    if cr.fetchone()[0]:
        return True
    if not seconds:
        return False
    cr.execute("SAVEPOINT dingding_lock")
    cr.execute("SELECT set_config('lock_timeout', %s, true)", ["%ds" % seconds])
    try:
        compat.execute(cr, wait, [first, second], log_exceptions=False)
    except OperationalError as error:
        if error.pgcode != errorcodes.LOCK_NOT_AVAILABLE:
            raise
        cr.execute("ROLLBACK TO SAVEPOINT dingding_lock")
        return False
    # The transaction may go on, and other statements wait as long as they need.
    cr.execute("SET LOCAL lock_timeout TO DEFAULT")
    return True


class DingdingQueueMixin(models.AbstractModel):
    """A row that is processed once, by the worker that locks it.

    States: queued > working > done; retry waits for its time; failed has used up its
    attempts or cannot succeed; unknown may have been carried out and needs a decision;
    confirm waits for a manager's approval; cancelled was withdrawn.

    An inheriting model implements ``_work(deadline)``, and ``_settle()`` if repeating
    the work could do harm.
    """

    _name = "dingding.queue.mixin"
    _description = "Background Job Mixin"

    _max_attempts = MAX_ATTEMPTS
    # Whether a UserError ends the row: another attempt would meet it again.
    _ends_at_user_error = False
    # Values written to a failed row when a manager retries it: the manager then
    # answers for an earlier attempt that may have been carried out.
    _begin_anew = {}
    # How many rows a thread of a process works on at a time (up to 14). Each more takes
    # three connections while many rows are due.
    _thread_rows = 1
    # Path from a row to its organisation, if its work ends with that: who archives an
    # organisation wants no calls, not even those waiting.
    _corp_path = None

    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("working", "In progress"),
            ("retry", "Will be retried"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("unknown", "Outcome unknown"),
            ("confirm", "Awaiting manager"),
            ("cancelled", "Cancelled"),
        ], string="Status",
        default="queued", required=True, readonly=True, index=True, copy=False,
    )
    attempts = fields.Integer(readonly=True, copy=False)
    next_try = fields.Datetime(
        string="Next attempt", readonly=True, index=True, copy=False
    )
    last_error = fields.Text(
        readonly=True, copy=False,
        help="Error message of the last attempt.",
    )
    error_code = fields.Char(readonly=True, copy=False)
    error_remedy = fields.Char(readonly=True, copy=False)
    remedy = fields.Text(
        string="What to do", compute="_compute_remedy",
        help="How to make the next attempt succeed.",
    )
    error_html = fields.Html(
        string="Error and remedy", compute="_compute_error_html", sanitize=False,
    )

    def init(self):
        result = super().init()
        if self._name == "dingding.queue.mixin":
            # Before the end of an update.
            compat.keep_inherited_choices(self.env.cr, "dingding")
        return result

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        return compat.super_create(super(), rights.complete(self, vals_list))

    @api.depends("error_remedy")
    def _compute_remedy(self):
        for row in self:
            row.remedy = (
                self.env["dingding.remedy"]._text(row.error_remedy)
                if row.error_remedy
                else False
            )

    @api.depends("last_error", "error_remedy", "remedy")
    def _compute_error_html(self):
        remedies = self.env["dingding.remedy"]
        for row in self:
            key = row.error_remedy
            own = row.remedy if not key or row.remedy != remedies._text(key) else ""
            row.error_html = remedies._html(row.last_error, key, own)

    # -- enqueuing ---------------------------------------------------------

    def _enqueue(self):
        """Process these rows soon after the caller's commit."""
        self.sudo().write({"state": "queued", "next_try": False})
        self.env["dingding.queue"]._wake(self._name, self)

    # -- as jobs of queue_job ------------------------------------------------

    def _delegate_to_jobs(self):
        """Create a job for each row, to run when the row is due.

        The identity key prevents two pending jobs for a row.
        """
        jobs = self.env[JOB_MODEL].sudo()
        for row in self.sudo():
            seconds = 0
            if row.next_try:
                moment = fields.Datetime.from_string(row.next_try)
                seconds = int((moment - self._now()).total_seconds())
            key = row._row_key()
            waiting = jobs.search(
                [("identity_key", "=", key), ("state", "in", ("pending", "enqueued"))],
                limit=1,
            )
            if waiting:
                if waiting.state == "pending" and waiting.eta and seconds <= 0:
                    waiting.write({"eta": False})
                continue
            row.with_delay(
                eta=max(seconds, 0) or None,
                max_retries=0,
                identity_key=key,
                description="%s %d" % (row._description, row.id),
            )._run_job()

    def _run_job(self):
        """Process this row, as a job.

        :raise RetryableJobError: the row is not done; the job retries when the row is
            due
        """
        # queue_job is installed here, although it is not a dependency.
        errors = importlib.import_module(JOB_ERRORS)
        self.env[self._name]._process_row(self.id, time.monotonic() + CRON_SECONDS)
        # This transaction cannot see what the worker's has written.
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
                wait = (moment - self._now()).total_seconds()
            raise errors.RetryableJobError(
                row[0], seconds=max(int(wait) + 1, JOB_AGAIN), ignore_retry=True
            )

    def _row_key(self):
        return "%s,%d" % (self._name, self.id)

    def _lock_row(self):
        """Lock the row against workers until commit; return whether none holds it."""
        return take_lock(self.env.cr, LOCK_ROW, self._row_key())

    def _is_free(self):
        return self.state != "working" or self._lock_row()

    # The attributes that queue_job's decorator would set. From 14 on it reads records,
    # see ``_make_job_functions``.
    _run_job.delayable = True
    _run_job.retry_pattern = JOB_PATTERN
    _run_job.default_channel = JOB_CHANNEL

    def action_retry(self):
        """Retry rows that gave up, starting from the first attempt.

        :raise AccessError: for anybody but managers; nobody may write the rows
        """
        compat.check_access(self, "read")
        rights.check_manager(self)
        rows = self.filtered(lambda row: row.state in ("failed", "retry", "unknown"))
        ended = rows.filtered(lambda row: row.state != "retry")
        rows.sudo().write({"attempts": 0})
        if self._begin_anew:
            ended.sudo().write(self._begin_anew)
        rows._enqueue()
        return True

    def _cancel_failed(self, domain):
        """Cancel the failed rows whose work this row has done.

        :param list domain: restricts them
        """
        self.search(
            [("state", "=", "failed"), ("id", "!=", self.id)] + domain
        ).write({"state": "cancelled"})

    def _same_work(self):
        """Return the domain of rows that do the same, empty if each has its own work.

        Of those that failed only the last counts, not one more each day.
        """
        return []

    # -- processing -------------------------------------------------------

    @api.model
    def _due(self, limit, states=DUE_STATES):
        """Return the rows to process now, in order.

        Others are processing the rows that were in progress just now, see ``_take``.
        """
        now, text = self._now(), fields.Datetime.to_string
        domain = [
            ("state", "in", states),
            "|", "|", ("next_try", "=", False), ("next_try", "<=", text(now)),
            ("write_date", ">", text(
                max(now, server_now()) + datetime.timedelta(seconds=SET_BACK))),
        ]
        if "working" in states:
            lost = datetime.timedelta(seconds=LOST_SECONDS)
            domain += [
                "|", "|", ("state", "!=", "working"),
                ("write_date", "<=", text(now - lost)),
                # The clock has been set back.
                ("write_date", ">=", text(now + lost)),
            ]
        return self.search(domain, order="id", limit=limit)

    @api.model
    def _process(self, limit=500, seconds=CRON_SECONDS, threads=1):
        """Process due rows; return the number processed.

        Each step has its own transactions.

        :param int threads: how many rows are processed at a time
        """
        dbname, deadline = self.env.cr.dbname, time.monotonic() + seconds
        # Keep no transaction open.
        with compat.open_cursor(dbname) as cr:
            ids = api.Environment(cr, SUPERUSER_ID, {})[self._name]._due_ids(limit)
        waiting, worked = collections.deque(ids), []
        helpers = [
            threading.Thread(
                target=_help, args=(dbname, self._name, waiting, deadline, worked),
                name="dingding %s" % self._name,
            )
            for _number in range(min(threads, len(ids)) - 1)
        ]
        try:
            for helper in helpers:
                helper.start()
        except RuntimeError as error:
            # Out of memory, or the process is ending.
            _logger.warning("%s: no further thread: %s", self._name, error)
        try:
            worked.append(self._process_waiting(waiting, deadline))
        finally:
            for helper in helpers:
                if helper.ident:
                    helper.join()
        return sum(worked) + self._work_beside(deadline)

    @api.model
    def _process_waiting(self, waiting, deadline):
        """Process rows that no other thread has taken; return the number processed.

        :param collections.deque waiting: ids, shared by the threads
        """
        worked = 0
        while time.monotonic() <= deadline and not _Drain.ending:
            try:
                row_id = waiting.popleft()
            except IndexError:
                break
            begun = time.monotonic()
            try:
                worked += self._process_row(row_id, deadline)
            except NO_CONNECTION as error:
                # The row is found 'working' and unlocked once PostgreSQL is back.
                _logger.info("%s(%d) was left: %s", self._name, row_id, error)
            except Exception:
                # This row has lost its cursor.
                _logger.exception("%s(%d) was left", self._name, row_id)
            self._sort_waiting(waiting, begun)
        return worked

    # -- slow organisations ----------------------------------------------------------

    @api.model
    def _slow_corps(self):
        """Return organisation's id -> when it was slow, of the last minutes."""
        slow = _slow.get((self.env.cr.dbname, self._name), {})
        since = time.monotonic() - SLOW_FOR
        return {
            corp_id: moment for corp_id, moment in list(slow.items()) if moment > since
        }

    @api.model
    def _note_seconds(self, corp_id, seconds):
        """Note how long a row of an organisation, or of none, has taken."""
        key = self.env.cr.dbname, self._name
        if corp_id and seconds >= SLOW_SECONDS:
            _slow.setdefault(key, {})[corp_id] = time.monotonic()
        elif key in _slow:
            _slow[key].pop(corp_id, None)

    @api.model
    def _due_ids(self, limit):
        """Return the ids of rows to process now, those of slow organisations last."""
        slow = self._slow_corps()
        if slow and self.env["dingding.corp"].search_count([]) < 2:
            slow = {}
        ids = self._due(None if slow else limit).ids
        return self._slow_last(ids, slow)[:limit]

    @api.model
    def _slow_last(self, ids, slow):
        """Return ids of rows, those of organisations that were slow of late at the end.

        :param dict slow: of :meth:`_slow_corps`
        """
        behind, rows = {}, self.with_context(active_test=False)
        for corp_id, moment in slow.items():
            found = rows.search(
                [(self._corp_path, "=", corp_id), ("state", "in", DUE_STATES)])
            behind.update(dict.fromkeys(found.ids, moment))
        return sorted(ids, key=lambda each: behind.get(each, 0))

    @api.model
    def _sort_waiting(self, waiting, begun):
        """Let the rows of other organisations come first, if a row was slow.

        :param collections.deque waiting: ids, shared by the threads
        :param float begun: when the row was begun
        """
        slow = time.monotonic() - begun >= SLOW_SECONDS and self._slow_corps()
        if not slow:
            return
        try:
            with compat.open_cursor(self.env.cr.dbname) as cr:
                ids = self.with_env(self.env(cr=cr))._slow_last(
                    list(waiting.copy()), slow)
        except NO_CONNECTION as error:
            _logger.info("%s: rows stay in order: %s", self._name, error)
            return
        # Those that another thread has taken meanwhile are locked, or done.
        waiting.clear()
        waiting.extend(ids)

    @api.model
    def _work_beside(self, deadline):
        """Process work that no row's state shows; return the number processed.

        :param float deadline: time.monotonic() value after which to stop
        """
        return 0

    @api.model
    def _is_due_beside(self):
        """Tell whether :meth:`_work_beside` has work to do now."""
        return False

    @api.model
    def _has_work(self):
        """Tell whether rows are due, or work that no row's state shows."""
        return bool(self._due(1)) or self._is_due_beside()

    @api.model
    def _due_soon(self, ago=0):
        """Return the seconds until the next row is due, or None if that is not soon.

        :param ago: see :meth:`_next_due`
        """
        moment, seconds = self._next_due(ago)
        # Times are stored without fractions of a second.
        soon = moment is not None and seconds <= SOON_SECONDS
        return max(seconds, 0) + 0.1 if soon else None

    @api.model
    def _next_due(self, ago=0):
        """Return when the next row is due, as (moment, seconds until then).

        Uses the database's clock; the moment is in UTC and in whole seconds.

        :param ago: ignore rows that were due this many seconds ago
        :return: (None, None) if there is none
        """
        compat.flush(self.env)
        query = sql.SQL(
            "SELECT to_char(min(next_try), 'YYYY-MM-DD HH24:MI:SS'),"
            " extract(epoch FROM min(next_try)"
            " - (clock_timestamp() AT TIME ZONE 'UTC'))::float FROM {}"
            " WHERE state IN %s AND next_try > clock_timestamp() AT TIME ZONE 'UTC'"
            " - %s * interval '1 second'"
        ).format(sql.Identifier(self._table))
        compat.execute(self.env.cr, query, [DUE_STATES, ago])
        moment, seconds = self.env.cr.fetchone()
        return moment and fields.Datetime.from_string(moment), seconds

    # -- as a scheduled action -----------------------------------------------

    @api.model
    def _action(self):
        """Return the queue's own scheduled action, or an empty record.

        Empty if the addon has none or was not updated.
        """
        name = "%s.%s_cron_process" % (self._original_module, self._table)
        found = self.sudo().env.ref(name, raise_if_not_found=False)
        return found or self.sudo().env["ir.cron"]

    @api.model
    def _trigger(self, moment=None):
        """Run the queue's scheduled action after the commit, or at a given moment.

        Default: the shared one.
        """
        action = self._action() or self.sudo().env.ref(ACTION, raise_if_not_found=False)
        if action:
            compat.trigger_action(action, moment)

    @api.model
    def _cron_process(self):
        """Process due rows for a short time; return the number processed.

        If rows are left, trigger the action again: Odoo's own progress reporting would
        run it ten times in a row.
        """
        if self.env["dingding.queue"]._has_jobs():
            return 0
        dbname = self.env.cr.dbname
        deadline = time.monotonic() + self._slice()
        threads = 1 if tools.config["test_enable"] else THREADS
        total = 0
        while True:
            begun = time.monotonic()
            worked = self._process(
                seconds=deadline - time.monotonic(), threads=threads
            )
            total += worked
            left = deadline - time.monotonic()
            if worked and left > 0:
                continue
            with compat.open_cursor(dbname) as cr:
                queue = self.env(cr=cr)[self._name]
                ago = time.monotonic() - begun
                soon = queue._due_soon(ago)
                wait = soon is not None and soon < left and not queue._others_wait()
                if not wait or tools.config["test_enable"]:
                    queue._trigger_rest(worked or left <= 0, ago)
                    return total
            time.sleep(min(soon, LOOK_SECONDS))

    @api.model
    def _slice(self):
        """Return how many seconds the action of a queue may take."""
        count = len(self.env["dingding.queue"]._queue_models())
        return min(SLICE_SECONDS, SLICES_SECONDS / count)

    @api.model
    def _others_wait(self):
        """Tell whether rows of other queues are due."""
        return any(
            self.env[name]._due(1, ("queued", "retry"))
            for name in self.env["dingding.queue"]._queue_models()
            if name != self._name
        )

    @api.model
    def _trigger_rest(self, worked, ago):
        """Trigger the action for the remaining rows.

        :param bool worked: time was up. Otherwise other workers have locked due rows.
        :param ago: seconds since due rows were last looked for
        """
        if not compat.TRIGGERS:
            return
        if worked and self._due(1):
            self._trigger()
            return
        moment, _seconds = self._next_due(ago)
        if moment is not None:
            self._trigger(moment)

    @api.model
    def _process_row(self, row_id, deadline):
        """Process one row unless another worker has it; return whether we locked it.

        The lock lives as long as its cursor. The row of a killed worker is found
        'working' and unlocked, after ``LOST_SECONDS``, and ``_settle`` decides.
        """
        dbname, key = self.env.cr.dbname, self.browse(row_id)._row_key()
        compat.flush(self.env)
        with compat.manage_environments(), lock_connection(dbname, key) as locks:
            if not self._lock_open_row(locks, row_id, key):
                return False
            with compat.open_cursor(dbname) as cr:
                # Tests share a cursor.
                before = getattr(cr, _LOCKS, None)
                setattr(cr, _LOCKS, locks)
                try:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    return env[self._name].browse(row_id)._process_step(deadline)
                finally:
                    setattr(cr, _LOCKS, before)

    @api.model
    def _lock_open_row(self, locks, row_id, key):
        """Take the lock of a row that another worker has not finished meanwhile.

        ``_take`` checks it again.

        :param locks: a cursor of :func:`lock_connection`
        :return: whether the lock is held
        """
        query = sql.SQL(
            "SELECT CASE WHEN EXISTS (SELECT 1 FROM {} WHERE id = %s AND state IN %s)"
            " THEN pg_try_advisory_xact_lock(%s, hashtext(%s)) ELSE false END{}"
        ).format(sql.Identifier(self._table), _lasting(locks))
        compat.execute(locks, query, [row_id, DUE_STATES, LOCK_ROW, key])
        return locks.fetchone()[0]

    def _take(self):
        """Lock the row for writing; return its state, or None when not due.

        Also None if another transaction is writing the row.
        """
        query = sql.SQL(
            "SELECT state FROM {} WHERE id = %s AND state IN %s"
            " AND (next_try IS NULL"
            " OR next_try <= clock_timestamp() AT TIME ZONE 'UTC'"
            " OR write_date > greatest(clock_timestamp() AT TIME ZONE 'UTC', %s)"
            " + %s * interval '1 second')"
            # In both directions: the clock may have been set back.
            " AND (state != 'working' OR abs(extract(epoch FROM clock_timestamp()"
            " AT TIME ZONE 'UTC' - write_date)) >= %s)"
            " FOR UPDATE SKIP LOCKED"
        ).format(sql.Identifier(self._table))
        try:
            compat.execute(
                self.env.cr,
                query,
                [self.id, DUE_STATES, server_now(), SET_BACK, LOST_SECONDS],
                log_exceptions=False,
            )
        except OperationalError:
            return None
        row = self.env.cr.fetchone()
        return row and row[0]

    def _process_step(self, deadline):
        """Make one attempt, committing before and after each request to DingTalk."""
        state = self._take()
        if not state:
            return False
        if state == "working" and not self._continue_processing():
            self._commit()
            return True
        # Read before the commit: no transaction is open when the work begins.
        archived, corp_id = self._is_of_archived(), self._corp().id
        self.write({"state": "working", "attempts": self.attempts + 1})
        self._commit()
        begun = time.monotonic()
        try:
            return self._make_attempt(archived, deadline)
        finally:
            self._note_seconds(corp_id, time.monotonic() - begun)

    def _make_attempt(self, archived, deadline):
        """Do the work of a row, or record why it failed; return True."""
        try:
            if archived:
                self._end_archived()
            elif self._work(deadline) is not False and not self._is_enqueued_again():
                self._done()
            compat.flush(self.env)
        except Exception as error:
            compat.roll_back(self.env)
            self._record_failure(error)
            return True
        self._commit()
        return True

    def _is_enqueued_again(self):
        """Tell whether the row was enqueued during its work, which it then repeats.

        Only where concurrent commits are visible: elsewhere the next write fails. The
        row is locked.
        """
        cr = self.env.cr
        if not getattr(cr, _SEES_COMMITS, False):
            return False
        compat.flush(self.env)
        query = sql.SQL("SELECT state FROM {} WHERE id = %s FOR UPDATE").format(
            sql.Identifier(self._table))
        compat.execute(cr, query, [self.id])
        row = cr.fetchone()
        if not row or row[0] != "queued":
            return False
        self.env["dingding.queue"]._wake(self._name, self)
        return True

    def _record_failure(self, error):
        """Record why an attempt failed, despite concurrent writers.

        READ COMMITTED: a conflict must not prevent the record.
        """
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            row = self.with_env(self.env(cr=cr)).exists()
            if row:
                row._handle_error(error)
                compat.flush(row.env)

    def _remember(self, values, added=None):
        """Store DingTalk's answer first, in its own transaction.

        For calls that must not be repeated: no later error rolls the answer back,
        concurrent writers cannot block it, and a restart of PostgreSQL is waited for.
        Nothing may be uncommitted: the worker's transaction begins anew, as READ
        COMMITTED.

        :param dict values: column -> value, as PostgreSQL takes it
        :param dict added: column of words -> word to add
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
        self._see_commits()

    def _see_commits(self):
        """Begin the worker's transaction anew, as READ COMMITTED."""
        self._commit()
        compat.begin_read_committed(self.env.cr)
        setattr(self.env.cr, _SEES_COMMITS, True)
        compat.forget(self.env)

    def _persist(self, write):
        """Call ``write(cr)`` in its own transaction until it is committed."""
        deadline = time.monotonic() + REMEMBER_SECONDS
        while True:
            try:
                with compat.open_cursor(
                    self.env.cr.dbname, read_committed=True
                ) as cr:
                    cr.execute("SET LOCAL lock_timeout = '5s'")
                    write(cr)
                return
            except NO_CONNECTION as error:
                if time.monotonic() > deadline:
                    raise
                _logger.info("%s: what DingTalk said is not written: %s", self, error)
                time.sleep(REMEMBER_PAUSE)

    def _commit(self):
        """Commit a step of the work.

        The cursor is the worker's own.
        """
        compat.flush(self.env)
        self.env.cr.commit()  # pylint: disable=invalid-commit

    def _continue_processing(self):
        """Tell whether to continue a row whose worker died; else set its state."""
        message = _("The server stopped during processing.")
        if not self._settle():
            if self.state == "working":
                self._unknown(message)
            return False
        if self.attempts >= self._max_attempts:
            # This row may kill its workers.
            self._give_up(message)
            return False
        return True

    def _corp(self):
        """Return the row's organisation, see ``_corp_path``."""
        corps = self.env["dingding.corp"]
        return self.mapped(self._corp_path) if self._corp_path else corps

    def _is_of_archived(self):
        """Tell whether the row's organisation is archived and ends its work."""
        corp = self._corp()
        return bool(corp) and not corp.active and not self._was_carried_out()

    def _was_carried_out(self):
        """Tell whether DingTalk has done it, or may have; only the row is still open.

        Such a row must not end as one that somebody may send again.
        """
        return False

    def _end_archived(self):
        """End a row because its organisation is archived, see ``_corp_path``."""
        self._leave_archived(_("The organisation is archived."))

    def _leave_archived(self, message):
        """End a row of an archived organisation; it can be retried later."""
        self._give_up(message)
        self.write({"error_code": ARCHIVED})

    @api.model
    def _resume_archived(self, corps, domain=()):
        """Process the rows that ended because their organisation was archived.

        Call it, with all rights, for rows that make both sides equal. Rows of other
        kinds would send people outdated news.

        :param corps: organisations that are back
        :param list domain: only of these rows
        """
        rows = self.with_context(active_test=False).search([
            (self._corp_path, "in", corps.ids), ("state", "=", "failed"),
            ("error_code", "=", ARCHIVED)] + list(domain))
        if rows:
            rows.write({"attempts": 0})
            rows._enqueue()

    def _work(self, deadline):
        """Do the work; commit after each complete step.

        :param float deadline: time.monotonic() value after which to stop at the next
            step; call ``_pause`` and return False then
        :return: False if the method has set the row's state itself
        :raise DingTalkError: retried if ``retryable``, else failed
        """
        raise NotImplementedError

    def _settle(self):
        """Tell whether repeating the work is harmless.

        Called if a worker died or an error leaves DingTalk's result unknown.

        :return: True to repeat it; False if a person must decide: the row becomes
            'unknown' unless the method has set another state
        """
        return True

    # -- outcomes ----------------------------------------------------------

    def _done(self):
        self.write(self._done_values())

    @api.model
    def _done_values(self):
        """Return the values of a row that needs no further work."""
        return {
            "state": "done", "next_try": False, "last_error": False,
            "error_code": False, "error_remedy": False,
        }

    @contextlib.contextmanager
    def _alone(self, first, second, seconds=5):
        """Process a row while no other worker processes one about the same subject.

        The block sees what the last holder has written, and is committed before the
        lock is released, which a worker does at the end of the row. Without the lock,
        the row is left for later.

        :param int first: one of the constants ``LOCK_...``
        :param second: the subject: an int, or a text
        :param seconds: how long to wait for the lock
        :return: whether the lock is held
        """
        with self._subject_lock(first, second, seconds) as held:
            if held:
                self._commit()
                compat.forget(self.env)
            else:
                self._pause(1)
            yield held
            if held:
                self._commit()

    @contextlib.contextmanager
    def _subject_lock(self, first, second, seconds):
        """Hold a lock, on the connection that holds the row's if there is one."""
        locks = getattr(self.env.cr, _LOCKS, None)
        if locks is None:
            with hold_lock(self.env.cr.dbname, first, second, seconds=seconds) as held:
                yield held
        else:
            yield take_lock(locks, first, second, seconds=seconds)

    def _pause(self, seconds=0):
        """Leave the row for the next worker to continue.

        :param seconds: minimum time until the row is processed again
        """
        self.write(
            {
                "state": "queued", "attempts": 0,
                "next_try": self._moment(seconds) if seconds else False,
            }
        )

    def _postpone(self, seconds):
        """Postpone the row without counting an attempt."""
        self.write(
            {
                "state": "queued", "attempts": max(self.attempts - 1, 0),
                "next_try": self._moment(seconds),
            }
        )

    def _requeue(self, message, seconds, code, remedy=False):
        """Postpone the row with a reason, without counting a failed attempt."""
        self.write(
            {
                "state": "retry", "attempts": max(self.attempts - 1, 0),
                "next_try": self._moment(seconds), "last_error": message,
                "error_code": code, "error_remedy": remedy,
            }
        )

    @api.model
    def _now(self):
        return database_now(self.env.cr)

    @api.model
    def _moment(self, seconds):
        """Return the database's time in this many seconds, as a field value."""
        moment = self._now() + datetime.timedelta(seconds=seconds)
        return fields.Datetime.to_string(moment)

    def _handle_error(self, error):
        """Record why the work ended early, and decide whether to retry it."""
        conflict = isinstance(error, (OperationalError, IntegrityError)) and (
            error.pgcode in CONFLICTS)
        if isinstance(error, DingTalkError):
            self._failed(error)
        elif isinstance(error, NO_CONNECTION) or conflict:
            # A concurrent write, a PostgreSQL shutdown, or no free connection.
            _logger.info("%s has to be worked on again: %s", self, error)
            at_once = conflict and self.attempts <= AT_ONCE
            self._again(
                _("The database was busy."), 0 if at_once else self._delay()
            )
        else:
            self._broken(error)
        same = self._same_work()
        if same and self.state == "failed":
            self._cancel_failed(same)

    def _broken(self, error):
        if self._ends_at_user_error and isinstance(error, UserError):
            self._give_up(error.args[0])
            return
        _logger.error("%s could not be worked on", self, exc_info=error)
        message = failure_text(error)
        if self._settle():
            self._give_up(message)
        elif self.state == "working":
            self._unknown(message)

    def _failed(self, error):
        """Record a DingTalkError: retry if that can help, else give up."""
        if quota.waits(error):
            self._requeue(
                str(error), random.uniform(*BUDGET_DELAY), error.code, error.remedy
            )
            return
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


class DingdingQueue(models.AbstractModel):
    """Process the queues: scheduled actions, and threads up to 14."""

    _name = "dingding.queue"
    _description = "DingTalk Background Jobs"

    @api.model
    def _queue_models(self):
        """Return the queue models, the most urgent first.

        Addons with their own queue extend the list.
        """
        return [
            "dingding.message.task", "dingding.outgoing.change", "dingding.sync",
            "dingding.picture",
        ]

    def _register_hook(self):
        result = super()._register_hook()
        self._ship_job_functions()
        if not tools.config["test_enable"]:
            self._cron_wake()
        return result

    @api.model
    def _cron_wake(self):
        """Run the cron as soon as a server starts.

        Rows of a killed server would otherwise wait up to a minute.
        """
        try:
            with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
                cr.execute(
                    "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC'"
                    " WHERE id IN (SELECT id FROM ir_cron WHERE nextcall >"
                    " now() AT TIME ZONE 'UTC' AND id IN (SELECT res_id"
                    " FROM ir_model_data WHERE model = 'ir.cron' AND module ="
                    " 'dingding' AND name = 'dingding_queue_cron')"
                    " FOR UPDATE SKIP LOCKED)"
                )
        except Exception:
            _logger.info("The cron was not hurried", exc_info=True)

    @api.model
    def _has_jobs(self):
        """Tell whether OCA's queue_job processes this database's rows."""
        return JOB_MODEL in self.env.registry and hasattr(
            self.env[JOB_MODEL], "with_delay"
        )

    @api.model
    def _ship_job_functions(self):
        """Register our jobs' channel with queue_job 14 and later.

        Called when the registry is loaded.
        """
        if not self._has_jobs():
            return
        if "retry_pattern" not in self.env[JOB_FUNCTION]._fields:
            return
        dbname = self.env.cr.dbname
        try:
            # Several processes may start at the same time.
            with hold_lock(dbname, LOCK_JOBS, 0, seconds=20) as held:
                if held:
                    with compat.open_cursor(dbname, read_committed=True) as cr:
                        env = api.Environment(cr, SUPERUSER_ID, {})
                        env[self._name]._make_job_functions()
                        compat.flush(env)
        except Exception:
            # The jobs then run in the channel "root".
            _logger.warning("queue_job has no channel for DingTalk", exc_info=True)

    @api.model
    def _make_job_functions(self):
        """Create missing records; keep an administrator's settings."""
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
    def _wake(self, model_name, rows=None):
        """Process ``model_name`` soon after the commit.

        With queue_job the rows become jobs, in the caller's transaction. Tests call
        ``_process`` themselves.

        :param rows: the rows to process; default: all that are due
        """
        if tools.config["test_enable"]:
            return
        if self._has_jobs():
            if rows is None:
                rows = self.env[model_name].sudo()._due(None)
            rows._delegate_to_jobs()
            return
        dbname = self.env.cr.dbname
        start = _trigger if compat.TRIGGERS else _Drain.start
        compat.once_after_commit(
            self.env.cr, model_name, lambda: start(dbname, model_name)
        )

    @api.model
    def _wake_paused(self):
        """Process the rows that a month's budget has held back, after the commit."""
        for model_name in self._queue_models():
            rows = self.env[model_name].sudo().search(
                [("state", "=", "retry"), ("error_remedy", "in", BUDGET_REMEDIES)])
            if rows:
                rows.write({"next_try": False})
                self._wake(model_name, rows)

    @api.model
    def _cron_process(self):
        """Process all queues; the safety net below all other ways.

        It only starts the work, unless nothing else could do it.
        """
        if self._has_jobs():
            self._cron_round(time.monotonic() + CRON_SECONDS)
        elif compat.TRIGGERS:
            self._each_queue(self._cron_trigger)
        elif _may_keep_threads():
            self._each_queue(self._cron_start)
        else:
            self._cron_drain()

    @api.model
    def _each_queue(self, function):
        """Call ``function(queue)`` for each queue, in its own transaction."""
        for model_name in self._queue_models():
            try:
                with compat.open_cursor(self.env.cr.dbname) as cr:
                    function(self.env(cr=cr)[model_name])
            except Exception:
                _logger.exception("Processing %s stopped", model_name)

    @api.model
    def _cron_trigger(self, queue):
        """Trigger the queue's own action if work is due, or process it directly."""
        if not queue._action():
            queue._cron_process()
        elif queue._has_work():
            queue._trigger()

    @api.model
    def _cron_start(self, queue):
        """Start the queue's thread in this process if work is due."""
        if queue._has_work() or queue._due_soon() is not None:
            _Drain.start(self.env.cr.dbname, queue._name)

    @api.model
    def _cron_drain(self):
        """Process all queues directly, at most for a cron's time."""
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
    def _health_line(self):
        """Return the connection test's line about scheduled actions."""
        action = self.sudo().env.ref(ACTION, raise_if_not_found=False)
        actions = action or self.sudo().env["ir.cron"]
        if compat.TRIGGERS and not self._has_jobs():
            for model_name in self._queue_models():
                actions |= self.env[model_name]._action()
        archived = actions.filtered(lambda each: not each.active)
        since = None
        if action and action.active:
            since = fields.Datetime.from_string(action.nextcall)
            age = (utc.now() - since).total_seconds()
            if age < OVERDUE_SECONDS:
                since = None
        state, message, remedy = "ok", False, False
        if archived or since:
            # Threads send without scheduled actions.
            state = "error" if compat.TRIGGERS else "warning"
        if archived:
            message = _("Archived: %s.") % ", ".join(archived.mapped("name"))
            remedy = _(
                "Unarchive them in Settings > Technical > Scheduled Actions, in the "
                "developer mode."
            )
        elif since:
            message = _("No scheduled action has run since %s UTC.") % since
            remedy = _(
                "Set max_cron_threads to 2 in Odoo's configuration file and restart "
                "Odoo, or find the scheduled action that runs too long."
            )
            if time.monotonic() - _started < OVERDUE_SECONDS:
                # Before the server started, the cron could not run either.
                state = "note"
                remedy = _("Odoo has just started. Test again in five minutes.")
        return {
            "app_id": False, "name": _("Scheduled actions"),
            "state": state, "message": message,
            "remedy": remedy, "address": False,
        }

    @api.model
    def _cron_round(self, deadline):
        """Process each queue once.

        :return: the number of rows processed, and the seconds until the next row that
            is due soon (None if there is none)
        """
        worked, waits = 0, []
        for model_name in self._queue_models():
            seconds = deadline - time.monotonic()
            if seconds <= 0:
                break
            try:
                with compat.open_cursor(self.env.cr.dbname) as cr:
                    queue = self.env(cr=cr)[model_name]
                    if self._has_jobs():
                        self._cron_jobs(queue, deadline)
                    else:
                        begun = time.monotonic()
                        worked += queue._process(seconds=min(seconds, SLICE_SECONDS))
                        waits.append(queue._due_soon(time.monotonic() - begun))
            except Exception:
                _logger.exception("Processing %s stopped", model_name)
        return worked, min((wait for wait in waits if wait is not None), default=None)

    @api.model
    def _cron_jobs(self, queue, deadline):
        """Create missing jobs, and process rows that no job has picked up.

        A job lost with its worker stays "started".
        """
        model = queue.sudo()
        with compat.open_cursor(self.env.cr.dbname) as cr:
            now = self.env(cr=cr)[queue._name]._now()
        old = now - datetime.timedelta(seconds=JOB_PATIENCE)

        def is_late(row):
            return fields.Datetime.from_string(row.next_try or row.write_date) < old

        late = model._due(None).filtered(is_late)
        model._process_waiting(collections.deque(late.ids), deadline)
        model._work_beside(deadline)
        with compat.open_cursor(self.env.cr.dbname) as cr:
            rows = self.env(cr=cr)[queue._name].sudo()._due(None)
            rows.filtered(lambda row: row._is_free())._delegate_to_jobs()


def _help(dbname, model_name, waiting, deadline, worked):
    """Process rows of a queue in a further thread, see ``_process``.

    :param collections.deque waiting: ids of rows, shared by the threads
    :param list worked: to which the number of rows processed is added
    """
    try:
        with compat.manage_environments(), compat.telling_processes(dbname):
            with compat.open_cursor(dbname) as cr:
                queue = api.Environment(cr, SUPERUSER_ID, {})[model_name]
                worked.append(queue._process_waiting(waiting, deadline))
    except Exception:
        _logger.exception("A thread of %s stopped", model_name)


def _trigger(dbname, model_name):
    """Trigger a queue's scheduled action, in its own transaction.

    Called after a commit, so errors are ignored. In the caller's transaction it would
    lock the action until the end.
    """
    try:
        with compat.open_cursor(dbname, read_committed=True) as cr:
            # Somebody edits the action: no request waits for that.
            cr.execute("SET LOCAL lock_timeout = '1s'")
            api.Environment(cr, SUPERUSER_ID, {})[model_name]._trigger()
    except Exception as error:
        _logger.warning("%s is left to the cron: %s", model_name, error)


def _may_keep_threads():
    """Tell whether a thread may outlive the scheduled action that starts it.

    A worker of several databases closes all connections to one before the next.
    """
    if tools.config["test_enable"]:
        return False
    return not tools.config["workers"] or len(compat.database_names()) == 1


class _Drain(object):
    """Process one queue of one database in a thread of this process.

    The registry of threads only avoids useless starts.
    """

    _kicked = threading.Condition()
    # (database, model) -> whether it was kicked since the thread last looked.
    _running = {}
    _threads = []
    ending = False

    @classmethod
    def start(cls, dbname, model_name):
        """Process due rows in a thread; failing to start one is not an error."""
        key = (dbname, model_name)
        with cls._kicked:
            if cls.ending:
                # The next process or the cron finds the rows.
                return
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
            with cls._kicked:
                cls._threads = [each for each in cls._threads if each.is_alive()]
                cls._threads.append(thread)
        except RuntimeError as error:
            # Out of memory, or the process is ending: the cron finds the rows.
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
                        begun = time.monotonic()
                        worked = queue._process(threads=queue._thread_rows)
                        ago = time.monotonic() - begun
                        # Mostly nothing has come meanwhile: no other round is needed.
                        more = bool(worked) and queue._has_work()
                        soon = None if more else queue._due_soon(ago)
                with cls._kicked:
                    if soon:
                        cls._kicked.wait_for(
                            lambda: cls._running[key] or cls.ending, soon)
                    elif not more and not cls._running[key]:
                        del cls._running[key]
                        return
                    if cls.ending:
                        del cls._running[key]
                        return
                    cls._running[key] = False
        except Exception:
            _logger.exception("Processing %s stopped", model_name)
            with cls._kicked:
                cls._running.pop(key, None)

    @classmethod
    def finish(cls, seconds=FINISH_SECONDS):
        """Have the threads finish the row they process, and start no others.

        :param seconds: how long to wait for them
        """
        with cls._kicked:
            cls.ending = True
            cls._kicked.notify_all()
        deadline = time.monotonic() + seconds
        for thread in cls._threads:
            thread.join(max(deadline - time.monotonic(), 0))


def _end():
    """Finish the rows of a process that ends, then write what their calls have cost.

    Workers are replaced, and runners stopped: their threads would die in the middle of
    a call.
    """
    _Drain.finish()
    ledger.flush()


atexit.register(_end)
