# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging

import psycopg2
from psycopg2 import sql

from odoo import fields, models, tools

from .. import compat
from ..dingtalk.limits import PER, LeasedLimiter

_logger = logging.getLogger(__name__)

# Calls arrive less evenly than they leave, so a window is longer than DingTalk's second
# by this share. It grows with a refusal and shrinks with each call.
SLACK, MORE, MOST_SLACK = 0.04, 0.02, 0.2
LESS = SLACK / 10000  # a call
# Calls that are refused within this time had the same cause.
TOGETHER = 2  # seconds
# An application with a higher limit shares out less than a second at a time.
PLACES = 60
# Never reserve or withhold further ahead: the clock was set back.
FARTHEST = 90  # seconds
# Sent with the statement, to save a round trip. If the row stays locked, each process
# counts alone.
SETTINGS = sql.SQL(
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;"
    " SET LOCAL synchronous_commit TO off; SET LOCAL lock_timeout TO '2s'; "
)
# Calls that need not wait may start at once; those that wait are spread evenly, or they
# would arrive together a window later.
LEASE = SETTINGS + sql.SQL(
    "UPDATE dingding_call_rate AS rate"
    " SET slack = greatest(rate.slack - %(count)s * %(less)s, %(slack)s),"
    " moments = rate.moments[%(count)s + 1:%(places)s] || ARRAY("
    " SELECT CASE WHEN rate.moments[%(places)s] > clock.now"
    " THEN greatest(rate.moments[%(places)s] + i * pace, latest + i * pace)"
    " WHEN base > clock.now THEN latest + i * pace ELSE clock.now END"
    " FROM (SELECT i, pace, base, max(CASE WHEN base > clock.now"
    " THEN base - i * pace END) OVER (ORDER BY i) AS latest"
    " FROM (SELECT i, pace, greatest(clock.now + greatest(i - %(free)s, 0) * pace,"
    " rate.moments[i] + %(places)s * pace) AS base"
    " FROM (SELECT (1 + rate.slack) / %(calls)s AS pace) AS paces,"
    " generate_series(1, %(count)s) AS i) AS bases) AS found ORDER BY i)"
    " FROM (SELECT extract(epoch FROM clock_timestamp())::float8 AS now) AS clock"
    " WHERE rate.name = %(name)s"
    " RETURNING ARRAY(SELECT moment - clock.now FROM"
    " unnest(rate.moments[%(places)s - %(count)s + 1:%(places)s]) AS moment"
    " ORDER BY moment)"
)
WITHHOLD = SETTINGS + sql.SQL(
    "UPDATE dingding_call_rate AS rate SET"
    " slack = CASE WHEN rate.refused_at > clock.now - %(together)s THEN rate.slack"
    " ELSE least(rate.slack + %(more)s, %(most)s) END,"
    " refused_at = CASE WHEN rate.refused_at > clock.now - %(together)s"
    " THEN rate.refused_at ELSE clock.now END,"
    " moments = rate.moments[2:%(places)s]"
    " || greatest(rate.moments[%(places)s], clock.now + %(seconds)s)"
    " FROM (SELECT extract(epoch FROM clock_timestamp())::float8 AS now) AS clock"
    " WHERE rate.name = %(name)s RETURNING rate.moments"
)
RESET = SETTINGS + sql.SQL(
    "UPDATE dingding_call_rate SET moments = array_fill("
    "extract(epoch FROM clock_timestamp())::float8, ARRAY[%(places)s])"
    " WHERE name = %(name)s AND moments[%(places)s] >"
    " extract(epoch FROM clock_timestamp())::float8 + %(farthest)s RETURNING moments"
)
BEGIN = SETTINGS + sql.SQL(
    "INSERT INTO dingding_call_rate (name, moments, slack)"
    " VALUES (%(name)s, array_fill(0::float8, ARRAY[%(places)s]), %(slack)s)"
    " ON CONFLICT DO NOTHING"
)


class DingdingCallRate(models.Model):
    """The latest calls of one API, shared by all processes.

    ``moments`` is a column outside the ORM: as many moments as calls are allowed, in
    seconds since the epoch by PostgreSQL's clock, ascending, some in the future. The
    next call may start one window after the first of them. ``slack``, the share by
    which the window is longer than DingTalk's, and ``refused_at``, when that was too
    little, are others. One row per application, limit and API.
    """

    _name = "dingding.call.rate"
    _description = "DingTalk Call Rate"

    name = fields.Char(required=True, readonly=True)

    def init(self):
        if not tools.sql.column_exists(self.env.cr, self._table, "moments"):
            self.env.cr.execute(
                "ALTER TABLE dingding_call_rate ADD COLUMN moments double precision[]"
            )
        if not tools.sql.column_exists(self.env.cr, self._table, "slack"):
            self.env.cr.execute("DELETE FROM dingding_call_rate")
            self.env.cr.execute(
                "ALTER TABLE dingding_call_rate"
                " ADD COLUMN slack double precision NOT NULL DEFAULT 0,"
                " ADD COLUMN refused_at double precision NOT NULL DEFAULT 0"
            )
        compat.unique_index(self.env.cr, self._table, ["name"])


class RecordRate(object):
    """Lease moments for LeasedLimiter from ``dingding.call.rate``.

    Each call is one statement in its own transaction, which does not wait for the disk.

    :param str dbname: database
    :param str name: what DingTalk counts together: key and host of the application
    :param int calls: calls per second
    """

    def __init__(self, dbname, name, calls):
        self._dbname = dbname
        self._name = name
        self._calls = calls
        self._places = min(calls, PLACES)

    def limiter(self):
        """Return this process's limiter over the row."""
        return LeasedLimiter(self.lease, self.withhold, self._calls)

    def lease(self, key, count, free):
        """Reserve moments; return the seconds until each, None without a database."""
        waits = self._lease(key, count, free)
        if waits and waits[-1] > FARTHEST:
            self._share(
                lambda cr, values: compat.execute(
                    cr, RESET, values, log_exceptions=False
                ),
                key, farthest=FARTHEST,
            )
            waits = self._lease(key, count, free)
        return waits

    def _lease(self, key, count, free):
        return self._share(
            lambda cr, values: compat.execute(cr, LEASE, values, log_exceptions=False),
            key, count=min(count, self._places), free=free, less=LESS,
        )

    def withhold(self, key, seconds):
        """Reserve nothing within this many seconds."""
        self._share(
            lambda cr, values: compat.execute(
                cr, WITHHOLD, values, log_exceptions=False
            ),
            key, seconds=seconds, more=MORE, most=MOST_SLACK,
            together=TOGETHER,
        )

    def _share(self, execute, key, **values):
        """Execute a statement on the row of an API; return its value or None."""
        values.update(
            name="%s %d %s" % (self._name, self._calls, key), slack=SLACK,
            places=self._places, calls=self._calls / PER,
        )
        try:
            for _attempt in range(2):
                with compat.side_cursor(self._dbname) as cr:
                    execute(cr, values)
                    found = cr.fetchone()
                if found:
                    return found[0]
                self._begin(values)
        except psycopg2.Error as error:
            # Also happens while the addon is being installed.
            _logger.info("The rate of calls is not shared: %s", type(error).__name__)
        return None

    def _begin(self, values):
        with compat.side_cursor(self._dbname) as cr:
            compat.execute(cr, BEGIN, values, log_exceptions=False)
