# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import logging
import random
import time
import traceback

from psycopg2 import OperationalError, sql

from odoo import _, api, fields, models

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.dingtalk.errors import RateLimitedError
from odoo.addons.dingding.dingtalk.storable import clean, clean_json
from odoo.addons.dingding.models.action_time import CRON_SECONDS, shares_time
from odoo.addons.dingding.models.dingding_sync_read import LOCK_CORP
from odoo.addons.dingding.models.queue import (
    DUE_STATES,
    SET_BACK,
    failure_text,
    hold_lock,
    server_now,
)

from .. import payload, receiver

_logger = logging.getLogger(__name__)

# A handler's statement that waits longer fails, and the event is retried.
LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "60s"
ASIDE_SECONDS = 0.2  # maximum wait before an event while callbacks are being answered
CROWD = 20  # events above which workers start at random positions
PATIENCE = 5  # seconds that a handler waits between attempts of a call
LEAST_WAIT = 1  # minimum seconds before retrying a throttled call
# Larger events are reorganisations, which a sync reads.
MOST_IDS = 200
TURN_SECONDS = 5  # until the next attempt while a sync reads the organisation
KEEP_DAYS = 30
KEEP_FAILED_DAYS = 90
DELETE_AT_ONCE = 5000
# As the queue's ``_take``, but only a subject's first event, in one statement.
TAKE = sql.SQL(
    "SELECT state FROM dingding_event AS event WHERE id = %s"
    " AND state IN ('queued', 'retry', 'working') AND (next_try IS NULL"
    " OR next_try <= clock_timestamp() AT TIME ZONE 'UTC'"
    " OR write_date > greatest(clock_timestamp() AT TIME ZONE 'UTC', %s)"
    " + %s * interval '1 second')"
    " AND NOT EXISTS (SELECT 1 FROM dingding_event AS earlier"
    " WHERE earlier.corp_id = event.corp_id AND earlier.subject = event.subject"
    " AND earlier.id < event.id AND earlier.state IN ('queued', 'retry', 'working'))"
    " FOR UPDATE OF event SKIP LOCKED"
)


def from_anywhere(rows):
    """Return the rows, from a random one on if they are many.

    This keeps workers from meeting the same locks.
    """
    if len(rows) <= CROWD:
        return rows
    start = random.randrange(len(rows))
    return rows[start:] + rows[:start]


class Postponed(Exception):
    """An event that must wait, see ``_reads_everything``."""


class DingdingEvent(models.Model):
    """An event of DingTalk, stored once and processed in order.

    A handler is a method ``_dingtalk_event_<event type>`` on one of the models of
    ``_handler_models``; its argument is the event. Addons add handlers by inheritance::

        class DingdingUser(models.Model):
            _inherit = "dingding.user"

            @api.model
            def _dingtalk_event_user_leave_org(self, event):
                super()._dingtalk_event_user_leave_org(event)
                for userid in event._values().ids("userId"):
                    ...

    Handlers may be called repeatedly and out of order, so they read current data and
    return True, which also closes earlier events of the same type and subject.
    """

    _name = "dingding.event"
    _inherit = "dingding.queue.mixin"
    _description = "DingTalk Event"
    _rec_name = "event_type"
    _order = "id desc"
    _corp_path = "corp_id"

    state = fields.Selection(
        **compat.added_selection(("queued", "To process"), ("ignored", "Ignored"))
    )
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="corp_id.company_id", readonly=True)
    app_id = fields.Many2one(
        "dingding.app", string="Application", readonly=True, ondelete="set null",
        help="The application that received it first.",
    )
    event_type = fields.Char(string="Event", required=True, readonly=True, index=True)
    event_key = fields.Char(string="Key", required=True, readonly=True)
    subject = fields.Char(
        string="Affected record", required=True, readonly=True,
        help="Events about the same record are processed one after another.",
    )
    source = fields.Selection(
        [("http", "HTTP push"), ("stream", "Stream"), ("failed_list", "Failed list")],
        string="Received by", required=True, readonly=True,
    )
    occurred_at = fields.Datetime(string="Occurred on", readonly=True)
    received_at = fields.Datetime(string="Received on", readonly=True, index=True)
    applied_at = fields.Datetime(string="Processed on", readonly=True)
    content = fields.Text(
        readonly=True, groups="base.group_system",
        help="Content sent by DingTalk, as JSON.",
    )
    content_shown = fields.Text(
        string="Content of the event", compute="_compute_content_shown",
        help="Content sent by DingTalk. Only administrators see the parts that may be "
             "private.",
    )
    note_code = fields.Char(string="Result code", readonly=True)
    note = fields.Char(
        string="Result", compute="_compute_note", help="Result of the event."
    )
    error_trace = fields.Text(
        string="Traceback", readonly=True, groups="base.group_system"
    )

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["corp_id", "event_key"])
        # Efficient in a large table.
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS dingding_event_open ON dingding_event (id)"
            " WHERE state IN ('queued', 'retry', 'working')"
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS dingding_event_open_subject"
            " ON dingding_event (corp_id, subject, id)"
            " WHERE state IN ('queued', 'retry', 'working')"
        )

    @api.depends("content")
    def _compute_content_shown(self):
        for event in self:
            event.content_shown = json.dumps(
                payload.shown(event.sudo()._data()), ensure_ascii=False, sort_keys=True,
                indent=1,
            )

    @api.depends("note_code")
    def _compute_note(self):
        for event in self:
            event.note = self._notes().get(event.note_code, event.note_code)

    @api.model
    def _notes(self):
        """Return code -> result of an event, in the reader's language."""
        return {
            "no_handler": _("No addon processes this event."),
            "together": _("Processed together with an earlier event."),
            "dissolved": _("DingTalk reports that the organisation was dissolved."),
            "roles": _("DingTalk roles are not stored in Odoo."),
            "archived": _("The organisation is archived."),
            "many": _(
                "Affects too many records: the whole organisation is synchronised "
                "instead."),
        }

    # -- contents ------------------------------------------------------------------

    def _data(self):
        """Return the event's data as DingTalk sent it."""
        self.ensure_one()
        try:
            data = json.loads(self.content or "{}")
        except ValueError:
            return {}
        return data if isinstance(data, dict) else {}

    def _values(self):
        """Return the data for case-insensitive lookup by name."""
        return payload.Values(self.sudo()._data())

    # -- storing ---------------------------------------------------------------------

    @api.model
    def _store(self, app, event, source, corp_id=None):
        """Store an event unless it exists already.

        The caller provides a separate READ COMMITTED transaction: of two the second
        stores nothing.

        :param payload.Event event: what arrived
        :param str source: 'http', 'stream' or 'failed_list'
        :param int corp_id: the application's organisation, if the caller knows it
        :return: whether it is new
        """
        moment = event.moment
        occurred = None
        # Ignore timestamps that are not a valid date.
        if moment and 0 < moment < 32503680000:
            occurred = utc.moment(int(moment))
        handled = bool(self._handlers_of(event.event_type))
        data = clean_json(event.data, json.dumps(event.data))
        content = json.dumps(data, ensure_ascii=False)
        # Odoo's log of a failed statement would quote the event.
        rows = compat.execute_unseen(
            self.env.cr,
            "INSERT INTO dingding_event (corp_id, app_id, event_type, event_key,"
            " subject, source, occurred_at, received_at, content, state, note_code,"
            " attempts, create_uid, create_date, write_uid, write_date)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC', %s, %s, %s,"
            " 0, %s, now() AT TIME ZONE 'UTC', %s, now() AT TIME ZONE 'UTC')"
            " ON CONFLICT (corp_id, event_key) DO NOTHING RETURNING id",
            [
                corp_id or app.corp_id.id, app.id, event.event_type,
                clean(event.key), clean(event.subject), source, occurred, content,
                "queued" if handled else "ignored", None if handled else "no_handler",
                self.env.uid, self.env.uid,
            ],
        )
        if rows and handled:
            self.env["dingding.queue"]._wake(self._name, self.browse(rows[0][0]))
        return bool(rows)

    # -- processing --------------------------------------------------------------------

    @api.model
    def _due(self, limit, states=DUE_STATES):
        """Return the due events, only the first of each subject."""
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT id FROM dingding_event event"
            " WHERE state IN %s"
            " AND (next_try IS NULL"
            " OR next_try <= clock_timestamp() AT TIME ZONE 'UTC'"
            " OR write_date > greatest(clock_timestamp() AT TIME ZONE 'UTC', %s)"
            " + %s * interval '1 second')"
            " AND NOT EXISTS (SELECT 1 FROM dingding_event earlier"
            " WHERE earlier.corp_id = event.corp_id"
            " AND earlier.subject = event.subject AND earlier.id < event.id"
            " AND earlier.state IN %s)"
            " ORDER BY id LIMIT %s",
            [tuple(states), server_now(), SET_BACK, DUE_STATES, limit],
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        return self.browse(from_anywhere(ids))

    def _take(self):
        """Take the row unless an earlier event of its subject is open."""
        try:
            compat.execute(
                self.env.cr, TAKE, [self.id, server_now(), SET_BACK],
                log_exceptions=False,
            )
        except OperationalError:
            return None
        row = self.env.cr.fetchone()
        return row and row[0]

    @api.model
    def _process_row(self, row_id, deadline):
        receiver.answering.wait(ASIDE_SECONDS)
        return super()._process_row(row_id, deadline)

    @api.model
    def _handler_models(self):
        """Return the names of models that may have handlers, in calling order."""
        return ["dingding.corp", "dingding.department", "dingding.user"]

    @api.model
    def _handlers_of(self, event_type):
        """Return the handlers of an event type."""
        if event_type == payload.UNKNOWN or not payload.TYPE.match(event_type):
            return []
        name = "_dingtalk_event_%s" % event_type
        found = [
            getattr(self.env[model], name, None) for model in self._handler_models()
            if model in self.env
        ]
        return [handler for handler in found if handler]

    def _leave_archived(self, message):
        self._close("ignored", "archived")

    def _work(self, deadline):
        handlers = self._handlers_of(self.event_type)
        if not handlers:
            self._close("ignored", "no_handler")
            return False
        with self._beside_syncs() as held:
            if not held:
                self._pause(TURN_SECONDS)
                return False
            # Data read from now on include them.
            siblings = self._siblings()
            self._commit()
            self._limit_statements()
            alike = [handler(self) for handler in handlers]
            self._close("done", self.note_code)
            if siblings and all(each is True for each in alike):
                self._close_siblings(siblings)
            self._commit()
            return False

    def _limit_statements(self):
        self.env.cr.execute(
            "SELECT set_config('lock_timeout', %s, true),"
            " set_config('statement_timeout', %s, true)",
            [LOCK_TIMEOUT, STATEMENT_TIMEOUT],
        )

    def _dingtalk_client(self):
        """Return the address book client for handlers.

        It waits some seconds when throttled.
        """
        app = self.corp_id._app_for("contact")
        return app._dingtalk_client(feature="contacts", max_wait=PATIENCE)

    def _before_asking(self):
        """End the transaction before a handler calls DingTalk.

        The next one begins before the answers, so what others write after these
        conflicts with what the handler writes.
        """
        self._commit()
        self._limit_statements()

    def _reads_everything(self, dept_ids=(), userids=()):
        """Start a sync if an event concerns too many records; return whether so.

        :raise Postponed: a sync has begun, which may have read them before they changed
            and does not look for new ones
        """
        if len(dept_ids) + len(userids) <= MOST_IDS:
            return False
        syncs = self.env["dingding.sync"].sudo()
        if syncs._open_sync(self.corp_id, "users").started_at:
            raise Postponed
        syncs._start(self.corp_id, "users")
        syncs._note_changed(self.corp_id, dept_ids, userids)
        self.note_code = "many"
        return True

    def _beside_syncs(self):
        """Return a lock that is available only while no sync reads this organisation.

        It blocks syncs, to which changes meanwhile would look like differences.
        """
        return hold_lock(
            self.env.cr.dbname, LOCK_CORP, self.corp_id.id, shared=True
        )

    def _siblings(self):
        self.env.cr.execute(
            "SELECT id FROM dingding_event WHERE corp_id = %s AND subject = %s"
            " AND event_type = %s AND id > %s AND state IN ('queued', 'retry')"
            " LIMIT 1000",
            [self.corp_id.id, self.subject, self.event_type, self.id],
        )
        return tuple(row[0] for row in self.env.cr.fetchall())

    def _close_siblings(self, ids):
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_event SET state = 'done', next_try = NULL,"
            " last_error = NULL, error_code = NULL, error_remedy = NULL,"
            " note_code = %s,"
            " applied_at = now() AT TIME ZONE 'UTC', write_date = now() AT TIME ZONE"
            " 'UTC' WHERE id IN (SELECT id FROM dingding_event WHERE id IN %s"
            " AND state IN ('queued', 'retry') FOR UPDATE SKIP LOCKED)",
            ["together", ids],
        )
        compat.forget(self.env)

    def _close(self, state, note=False):
        # Most events have no error to clear.
        values = {
            "state": state, "note_code": note, "error_trace": False, "next_try": False,
            "last_error": False, "error_code": False, "error_remedy": False,
        }
        changed = {name: value for name, value in values.items() if self[name] != value}
        self.write(dict(changed, applied_at=fields.Datetime.now()))

    def _handle_error(self, error):
        """Retry any exception of a handler, a limited number of times."""
        if isinstance(error, Postponed):
            return self._postpone(TURN_SECONDS)
        if isinstance(error, RateLimitedError):
            return self._throttled(error)
        result = super()._handle_error(error)
        trace = traceback.format_exception(type(error), error, error.__traceback__)
        self.write({"error_trace": "".join(trace)[-20000:]})
        return result

    def _broken(self, error):
        _logger.error("%s could not be worked on", self, exc_info=error)
        self._retry_later(failure_text(error), self._delay())

    def _throttled(self, error):
        """Postpone until DingTalk accepts calls; do not count an attempt."""
        seconds = max(error.wait or 0, LEAST_WAIT) * random.uniform(1, 2)
        self._requeue(str(error), seconds, error.code, error.remedy)
        return False

    # -- buttons -----------------------------------------------------------------------

    def action_run_again(self):
        """Process these events again, whatever their result was."""
        compat.check_access(self, "read")
        rights.check_manager(self)
        events = self.filtered(lambda event: event.state not in ("queued", "working"))
        events.sudo().write({"attempts": 0, "note_code": False})
        events._enqueue()
        return True

    # -- housekeeping ------------------------------------------------------------------

    @api.model
    @shares_time(CRON_SECONDS)
    def _cron_forget(self, seconds):
        """Delete events that were closed long ago; failed ones are kept longer.

        In small transactions: what the time does not suffice for follows the next day.

        :param seconds: after which no further ones are deleted
        """
        deadline = time.monotonic() + seconds
        for states, days in (
            (("done", "ignored", "cancelled"), KEEP_DAYS),
            (("failed", "unknown"), KEEP_FAILED_DAYS),
        ):
            while self._forget_some(states, days) and time.monotonic() < deadline:
                continue
        compat.forget(self.env)

    @api.model
    def _forget_some(self, states, days):
        """Delete some old events; return whether there may be more."""
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            # PostgreSQL may repeat what is below IN, and would delete more.
            cr.execute(
                "WITH old AS (SELECT id FROM dingding_event WHERE state IN %s"
                " AND received_at < now() AT TIME ZONE 'UTC' - %s * interval '1 day'"
                " LIMIT %s FOR UPDATE SKIP LOCKED)"
                " DELETE FROM dingding_event event USING old WHERE event.id = old.id",
                [states, days, DELETE_AT_ONCE],
            )
            return cr.rowcount == DELETE_AT_ONCE
