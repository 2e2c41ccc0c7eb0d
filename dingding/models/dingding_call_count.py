# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Count what DingTalk bills: in memory, then in one row per key and day."""
import collections
import contextlib
import logging
import os
import threading
import time

import psycopg2
from psycopg2 import sql

from odoo import api, fields, models, tools

from .. import compat
from ..dingtalk import quota, utc

_logger = logging.getLogger(__name__)

# A process that is killed loses the counts of this much, at most.
FLUSH_CALLS = 100
FLUSH_SECONDS = 10
# Without a database, so many counts are kept.
MOST_KEYS = 5000
METERS = [(quota.API, "API calls"), (quota.PUSH, "Pushes")]

Key = collections.namedtuple("Key", "app_id meter name feature day")

# The join skips deleted applications.
WRITE = sql.SQL(
    "INSERT INTO dingding_call_count AS old (corp_id, app_id, meter, name, feature,"
    " day, count) SELECT app.corp_id, app.id, %s, %s, %s, %s, %s"
    " FROM dingding_app AS app WHERE app.id = %s"
    " ON CONFLICT (app_id, meter, name, feature, day)"
    " DO UPDATE SET count = old.count + EXCLUDED.count"
)


@contextlib.contextmanager
def own_cursor(dbname):
    """Open a separate READ COMMITTED transaction; tests replace this function."""
    with compat.side_cursor(dbname) as cr:
        compat.begin_read_committed(cr)
        # If others, or a dead server, hold a row too long, the counts wait.
        cr.execute(
            "SET LOCAL synchronous_commit TO off; SET LOCAL lock_timeout TO '2s'"
        )
        yield cr


class Ledger(object):
    """The counts of this process that are not in the database yet.

    :param write: ``write(dbname, counts)`` stores Key -> number, all or nothing
    :param bool automatic: write by number and time; otherwise only by ``flush``
    """

    def __init__(self, write, clock=time.monotonic, automatic=True):
        self._write = write
        self._clock = clock
        self._automatic = automatic
        self._lock = threading.Lock()
        # Two writers of a process would only wait for each other's rows.
        self._writing = threading.Lock()
        self._forget()

    def _forget(self):
        self._pid = os.getpid()
        self._counts = {}  # database -> Key -> number
        self._waiting = 0
        self._timer = None

    def add(self, dbname, key, number=1):
        """Count; one statement in FLUSH_CALLS calls."""
        with self._lock:
            if self._pid != os.getpid():
                # A forked process: its parent writes what it has counted.
                self._forget()
            counts = self._counts.setdefault(dbname, collections.Counter())
            if key in counts or len(counts) < MOST_KEYS:
                counts[key] += number
            self._waiting += number
            full = self._automatic and self._waiting >= FLUSH_CALLS
            if full:
                self._waiting = 0
            elif self._automatic and self._timer is None:
                self._start_timer()
        if full:
            self.flush()

    def _start_timer(self):
        timer = threading.Timer(FLUSH_SECONDS, self._ring)
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError:
            # Out of threads, or the process is ending: the next call writes.
            return
        self._timer = timer

    def _ring(self):
        with self._lock:
            self._timer = None
        self.flush()

    def flush(self):
        """Write all counts; keep those of a database that is unavailable."""
        with self._writing:
            with self._lock:
                if self._pid != os.getpid():
                    self._forget()
                waiting, self._counts, self._waiting = self._counts, {}, 0
            for dbname, counts in waiting.items():
                try:
                    self._write(dbname, counts)
                except psycopg2.Error as error:
                    _logger.info(
                        "Calls of %s are not counted yet: %s", dbname,
                        type(error).__name__,
                    )
                    self._put_back(dbname, counts)
                except Exception:
                    # Counting must not break what is counted.
                    _logger.exception("Calls of %s were not counted", dbname)

    def _put_back(self, dbname, counts):
        with self._lock:
            kept = self._counts.setdefault(dbname, collections.Counter())
            for key, number in counts.items():
                if key in kept or len(kept) < MOST_KEYS:
                    kept[key] += number

    def pending(self, dbname):
        """Return Key -> number of what is not in the database yet."""
        with self._lock:
            return dict(self._counts.get(dbname, {}))


def write_counts(dbname, counts):
    """Add counts to the rows, in one transaction and always in the same order."""
    with own_cursor(dbname) as cr:
        for key in sorted(counts):
            compat.execute(
                cr, WRITE,
                [key.meter, key.name, key.feature, key.day, counts[key], key.app_id],
                log_exceptions=False,
            )


#: This process's ledger. In a test no other transaction sees the application.
ledger = Ledger(write_counts, automatic=not tools.config["test_enable"])


class DingdingCallCount(models.Model):
    """How often an API was called, or an event pushed, on one day in China."""

    _name = "dingding.call.count"
    _description = "DingTalk Call Count"
    _order = "day desc, count desc, id"

    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        ondelete="cascade",
    )
    app_id = fields.Many2one(
        "dingding.app", string="Application", required=True, readonly=True,
        ondelete="cascade",
    )
    meter = fields.Selection(METERS, string="Budget", required=True, readonly=True)
    name = fields.Char(
        string="API or event", required=True, readonly=True,
        help="Path of the API with names instead of IDs, or name of the pushed event.",
    )
    feature = fields.Selection(
        selection="_feature_selection", required=True, readonly=True
    )
    day = fields.Date(
        required=True, readonly=True, help="In China's time zone, as DingTalk bills."
    )
    count = fields.Integer(required=True, readonly=True)

    def init(self):
        compat.unique_index(
            self.env.cr, self._table, ["app_id", "meter", "name", "feature", "day"]
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS dingding_call_count_corp_day"
            " ON dingding_call_count (corp_id, day)"
        )

    @api.model
    def _feature_selection(self):
        features = self.env["dingding.corp"]._budget_features()
        return [(feature["key"], feature["label"]) for feature in features]

    @api.model
    def _note_push(self, app, event_type):
        """Count a push on receipt, also a repeated one, unless it is exempt.

        :param app: the application that received it
        :param str event_type: name of the event
        """
        if quota.is_billed_event(event_type):
            key = Key(
                app.id, quota.PUSH, event_type[:100], "pushes", str(self._today())
            )
            ledger.add(self.env.cr.dbname, key)

    @api.model
    def _today(self):
        """Return the day in China."""
        return quota.day_of(utc.now())

    @api.model
    def _totals(self, corps, first, last, cr=None):
        """Return (organisation's id, meter) -> [(day, count)] of these days.

        :param datetime.date first: first day
        :param datetime.date last: last day
        :param cr: another transaction to read in
        """
        found, cr = {}, cr or self.env.cr
        if corps.ids:
            cr.execute(
                "SELECT corp_id, meter, day, sum(count)::bigint"
                " FROM dingding_call_count WHERE corp_id IN %s"
                " AND day BETWEEN %s AND %s GROUP BY corp_id, meter, day",
                [tuple(corps.ids), first, last],
            )
            for corp_id, meter, day, count in cr.fetchall():
                found.setdefault((corp_id, meter), []).append((day, count))
        return found

    @api.model
    def _by_feature(self, corp, first, last):
        """Return [(feature, meter, count)] of an organisation, most first."""
        self.env.cr.execute(
            "SELECT feature, meter, sum(count)::bigint FROM dingding_call_count"
            " WHERE corp_id = %s AND day BETWEEN %s AND %s"
            " GROUP BY feature, meter ORDER BY 3 DESC, 1, 2",
            [corp.id, first, last],
        )
        return self.env.cr.fetchall()
