# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""The monthly budget: whether calls are allowed, and who is warned."""
import datetime
import logging
import threading
import time

import psycopg2
from psycopg2 import sql

from odoo import SUPERUSER_ID, _, api, fields, models, tools

from .. import compat, rights
from ..dingtalk import quota, utc
from ..dingtalk.errors import QuotaExceededError
from . import activities
from .action_time import CRON_SECONDS, shares_time
from .dingding_call_count import METERS, Key, ledger, own_cursor

_logger = logging.getLogger(__name__)

KNOWN_SECONDS = 30
KEEP_DAYS = 400
PROBE_HOURS = 24  # between calls that test whether DingTalk answers again


class Standing(object):
    """A process's cached budget of one organisation for this month.

    :ivar dict used: meter -> counted until now
    :ivar dict cap: meter -> cap
    :ivar dict stopped: meter -> (moment of the last probe, DingTalk's message)
    :ivar bool saves: whether less important calls pause near the cap
    """

    __slots__ = ("month", "used", "cap", "stopped", "saves", "known_at")

    def __init__(self, month, used, cap, stopped, saves):
        self.month, self.used, self.cap = month, used, cap
        self.stopped, self.saves = stopped, saves
        self.known_at = time.monotonic()

    def share(self, meter):
        return quota.percent(self.used[meter], self.cap[meter])


_standings = {}
_standings_lock = threading.Lock()


def forget_standings():
    """Make this process reload all budgets."""
    with _standings_lock:
        _standings.clear()


class AppLedger(object):
    """Count the calls of one client, and refuse those beyond the budget.

    :param str dbname: database
    :param app: the application, in an environment with all rights
    :param dict feature: which the calls serve, see ``_budget_feature``
    """

    def __init__(self, dbname, app, feature):
        self._dbname = dbname
        self._app_id, self._corp_id = app.id, app.corp_id.id
        self._feature = feature
        pauses = feature["worth"] is not None
        self._standing = _standing_of(app.corp_id) if pauses else None

    def check(self, path):
        """Refuse a billed call that the budget does not allow.

        :raise QuotaExceededError: DingTalk has refused calls this month
        :raise BudgetPausedError: the rest is kept for more important calls
        """
        meter, standing = quota.meter_of(path), self._standing
        if meter is None or standing is None:
            return
        until = quota.next_month(standing.month)
        if until <= _today():
            # A new month has begun.
            return
        stopped = standing.stopped.get(meter)
        if stopped is not None:
            if not self._may_probe(meter, stopped):
                raise QuotaExceededError(
                    "90020", stopped[1], detail={"until": str(until)})
        elif standing.saves and quota.is_paused(
            self._feature["worth"], standing.share(meter)
        ):
            raise quota.BudgetPausedError(
                "budget", "not sent, to save the calls that are left this month",
                detail={"until": str(until)},
            )

    def count(self, path, status, error, sent, ahead):
        """Count an attempt, and detect that DingTalk's budget ended or returned.

        :param float sent: when it was sent, in seconds since the epoch, which decides
            the month
        :param float ahead: seconds by which DingTalk's clock is ahead of ours
        """
        meter = quota.counted(path, status, error)
        if meter is None:
            return
        day = quota.day_of(utc.moment(sent + ahead))
        key = Key(
            self._app_id, meter, quota.pattern_of(path), self._feature["key"], str(day)
        )
        ledger.add(self._dbname, key)
        standing = self._standing
        if standing is not None and standing.month != quota.month_of(day):
            # Of a month that it does not know.
            standing = None
        if standing is not None:
            standing.used[meter] += 1
        if quota.is_used_up(error):
            if standing is not None:
                standing.stopped[meter] = (utc.now(), error.message)
            self._write(_stop, error, meter, day)
        elif standing is not None and quota.is_there(error):
            stopped = standing.stopped.get(meter)
            # A call sent before DingTalk refused another one proves nothing.
            if stopped and utc.moment(sent) >= stopped[0]:
                standing.stopped.pop(meter, None)
                self._write(_go_on, None, meter, day)

    def _may_probe(self, meter, stopped):
        """Tell whether this call is today's test of DingTalk."""
        now = utc.now()
        if now - stopped[0] < datetime.timedelta(hours=PROBE_HOURS):
            return False
        self._standing.stopped[meter] = (now, stopped[1])
        # Only one process of all changes the row.
        return bool(self._write(_probe, None, meter, self._standing.month))

    def _write(self, change, error, meter, day):
        """Change the month's row in its own transaction; return whether there is one.

        :param change: ``change(cr, values)``
        :param datetime.date day: of the month
        """
        numbers = quota.numbers_in(error.message) if error is not None else None
        values = {
            "corp": self._corp_id, "month": quota.month_of(day), "meter": meter,
            "said": error.message[:500] if error is not None else None,
            "used": numbers and numbers[0] or 0, "cap": numbers and numbers[1] or 0,
            "hours": PROBE_HOURS,
        }
        try:
            with own_cursor(self._dbname) as cr:
                change(cr, values)
                return cr.rowcount
        except psycopg2.Error as problem:
            # This process keeps it in memory; others detect it themselves.
            _logger.info("The budget was not noted: %s", type(problem).__name__)
            return 0


_STOP = sql.SQL(
    "INSERT INTO dingding_budget AS old (corp_id, month, meter, warned, stopped_at,"
    " probed_at, dingtalk_said, dingtalk_used, dingtalk_cap, create_date)"
    " SELECT id, %(month)s, %(meter)s, 0, now() AT TIME ZONE 'UTC',"
    " now() AT TIME ZONE 'UTC', %(said)s, %(used)s, %(cap)s,"
    " now() AT TIME ZONE 'UTC'"
    " FROM dingding_corp WHERE id = %(corp)s"
    " ON CONFLICT (corp_id, month, meter) DO UPDATE SET"
    " stopped_at = coalesce(old.stopped_at, EXCLUDED.stopped_at),"
    " probed_at = EXCLUDED.probed_at, dingtalk_said = EXCLUDED.dingtalk_said,"
    " dingtalk_used = EXCLUDED.dingtalk_used, dingtalk_cap = EXCLUDED.dingtalk_cap"
)
_GO_ON = sql.SQL(
    "UPDATE dingding_budget SET stopped_at = NULL WHERE corp_id = %(corp)s"
    " AND month = %(month)s AND meter = %(meter)s"
)
_PROBE = sql.SQL(
    "UPDATE dingding_budget SET probed_at = now() AT TIME ZONE 'UTC'"
    " WHERE corp_id = %(corp)s AND month = %(month)s AND meter = %(meter)s"
    " AND probed_at <= now() AT TIME ZONE 'UTC' - %(hours)s * interval '1 hour'"
)


def _stop(cr, values):
    compat.execute(cr, _STOP, values, log_exceptions=False)


def _go_on(cr, values):
    compat.execute(cr, _GO_ON, values, log_exceptions=False)


def _probe(cr, values):
    compat.execute(cr, _PROBE, values, log_exceptions=False)


def _today():
    return quota.day_of(utc.now())


def _standing_of(corp):
    """Return an organisation's cached budget, reloaded if it is old."""
    key = (corp.env.cr.dbname, corp.id)
    if not tools.config["test_enable"]:
        with _standings_lock:
            found = _standings.get(key)
        if found and found.month == quota.month_of(_today()) and (
            time.monotonic() - found.known_at < KNOWN_SECONDS
        ):
            return found
    found = corp._budget_standing()
    with _standings_lock:
        _standings[key] = found
    return found


class DingdingBudget(models.Model):
    """One meter of an organisation in a month: DingTalk's state, warnings sent.

    Written only by the scheduled action and by :class:`AppLedger`.
    """

    _name = "dingding.budget"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "DingTalk Budget"
    # Managers close the activity, and change nothing else.
    _mail_post_access = "read"
    _order = "month desc, corp_id, meter"

    name = fields.Char(compute="_compute_name")
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        ondelete="cascade",
    )
    month = fields.Date(required=True, readonly=True, help="First day of the month.")
    meter = fields.Selection(METERS, string="Budget", required=True, readonly=True)
    warned = fields.Integer(
        string="Warned at (%)", readonly=True,
        help="Highest percentage of the cap that managers were warned of.",
    )
    stopped_at = fields.Datetime(
        string="Refused since", readonly=True,
        help="Since then DingTalk has refused billed calls of this month.",
    )
    probed_at = fields.Datetime(
        string="Last test call", readonly=True,
        help="While DingTalk refuses, Odoo makes one call a day.",
    )
    dingtalk_said = fields.Char(string="Error message", readonly=True)
    dingtalk_used = fields.Integer(string="Used according to DingTalk", readonly=True)
    dingtalk_cap = fields.Integer(string="Cap according to DingTalk", readonly=True)

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["corp_id", "month", "meter"])

    @api.depends("month", "meter")
    def _compute_name(self):
        meters = dict(self._fields["meter"]._description_selection(self.env))
        for budget in self:
            budget.name = "%s %s" % (
                str(budget.month or "")[:7], meters.get(budget.meter, ""))

    # -- pushes --------------------------------------------------------------------

    @api.model
    def _note_push(self, app, event_type, data):
        """Count a received push; tell whether it announces the end of pushes.

        :param app: the application that received it
        :param str event_type: name of the event
        :param dict data: the push, decoded
        """
        if not quota.is_push_stop(data):
            self.env["dingding.call.count"]._note_push(app, event_type)
            return False
        _stop(self.env.cr, {
            "corp": app.corp_id.id, "month": quota.month_of(_today()),
            "meter": quota.PUSH, "said": str(data.get("errMsg", ""))[:500],
            "used": 0, "cap": 0,
        })
        return True

    # -- warnings ------------------------------------------------------------------

    @api.model
    @shares_time(CRON_SECONDS)
    def _cron_check(self, seconds):
        """Warn the managers of organisations that have reached a percentage.

        Each in its own transaction.

        :param seconds: after which DingTalk is not asked for further usages
        """
        deadline = time.monotonic() + seconds
        ledger.flush()
        for corp_id in self.env["dingding.corp"].sudo().search([]).ids:
            try:
                with compat.manage_environments(), compat.open_cursor(
                    self.env.cr.dbname
                ) as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    env[self._name]._check(env["dingding.corp"].browse(corp_id))
                    compat.flush(env)
            except Exception:
                _logger.exception("No warning for the organisation %s", corp_id)
        self.env["dingding.corp"]._budget_read_due(deadline)
        self._forget_old()
        compat.forget(self.env)

    @api.model
    def _check(self, corp):
        today = _today()
        self._note_resumed_pushes(corp, today)
        usage = corp._budget_usages(today)[corp.id]
        for meter, _label in METERS:
            self._warn(corp, meter, usage[meter], today)

    @api.model
    def _note_resumed_pushes(self, corp, today):
        """Notice that DingTalk pushes again, after more were bought.

        Pushes of a later day show it.
        """
        budget = self._of_month(corp, quota.PUSH, today)
        if not budget.stopped_at:
            return
        since = quota.day_of(fields.Datetime.from_string(budget.stopped_at))
        if self.env["dingding.call.count"].sudo().search_count([
            ("corp_id", "=", corp.id), ("meter", "=", quota.PUSH),
            ("feature", "=", "pushes"), ("day", ">", str(since)),
        ]):
            budget.write({"stopped_at": False})

    @api.model
    def _forget_old(self):
        """Delete counts and months after their retention period.

        This month's are what its budget is computed from.
        """
        days = self.env["dingding.purge"]._purge_days("usage", KEEP_DAYS)
        if not days:
            return
        today = _today()
        before = min(today - datetime.timedelta(days=days), quota.month_of(today))
        self.env.cr.execute("DELETE FROM dingding_call_count WHERE day < %s", [before])
        self.sudo().search([("month", "<", str(quota.month_of(before)))]).unlink()

    @api.model
    def _warn(self, corp, meter, usage, day):
        """Warn once per percentage; the highest covers those below it.

        :param dict usage: of the meter until this day
        """
        level = quota.reached(usage["share"])
        budget = self._of_month(corp, meter, day, create=bool(level))
        if budget.stopped_at:
            level = 100
        if not level or budget.warned >= level:
            return
        budget.write({"warned": level})
        budget._notify_managers(level, usage)

    @api.model
    def _of_month(self, corp, meter, day, create=False):
        """Return the row of a day's month, created if asked, or no record."""
        month = quota.month_of(day)
        values = {"corp_id": corp.id, "month": str(month), "meter": meter}
        budget = self.sudo().search(
            [(name, "=", value) for name, value in values.items()], limit=1)
        if budget or not create:
            return budget
        rows = rights.without_defaults(self.sudo())
        return rows.with_context(mail_create_nolog=True).create(values)

    def _notify_managers(self, level, usage):
        self.ensure_one()
        self.env["mail.activity"].search(
            [("res_model", "=", self._name), ("res_id", "=", self.id)]
        ).unlink()
        activities.tell_managers(self, lambda budget: budget._warning(level, usage))

    def _warning(self, level, usage):
        """Return (subject, text) of a warning, in the language of the context."""
        subject = _("DingTalk: %(share)d%% of this month's budget is used") % {
            "share": max(level, usage["share"])}
        text = _(
            "%(corp)s: %(used)d of %(cap)d this month (%(meter)s), %(forecast)d "
            "expected by its end."
        ) % dict(usage, corp=self.corp_id.name, meter=self.name)
        if level >= 100:
            text += " " + _(
                "DingTalk still answers for up to five days, then it refuses calls. "
                "Buy more in DingTalk, and enter the new edition in Odoo."
            )
        return subject, text
