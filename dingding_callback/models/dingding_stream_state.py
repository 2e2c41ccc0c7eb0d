# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import stream

from .. import payload

ALIVE_SECONDS = 120  # since a runner was last heard of
KEEP_DAYS = 1


class DingdingStreamState(models.Model):
    """A connection of Stream mode, as its runner last told of it."""

    _name = "dingding.stream.state"
    _description = "Stream Connection of DingTalk"
    _order = "app_id, runner"
    _rec_name = "runner"

    app_id = fields.Many2one(
        "dingding.app", string="Application", required=True, readonly=True,
        ondelete="cascade",
    )
    runner = fields.Char(
        required=True, readonly=True, help="Server and process that hold it."
    )
    state = fields.Selection(
        [
            ("connected", "Connected"),
            ("connecting", "Connecting"),
            ("stopped", "Stopped"),
        ],
        string="Status", required=True, readonly=True,
    )
    is_alive = fields.Boolean(
        string="Alive", compute="_compute_is_alive",
        help="The runner was heard of in the last two minutes.",
    )
    connected_at = fields.Datetime(string="Connected since", readonly=True)
    seen_at = fields.Datetime(string="Last heard of", readonly=True)
    event_at = fields.Datetime(string="Last event", readonly=True)
    event_count = fields.Integer(string="Number of events", readonly=True)
    lag = fields.Float(
        string="Delay in seconds", readonly=True,
        help="From the last event's happening to its arrival here.",
    )
    last_error = fields.Char(readonly=True)

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["app_id", "runner"])

    @api.depends("seen_at", "state")
    def _compute_is_alive(self):
        now = datetime.datetime.utcnow()
        for row in self:
            seen = row.seen_at and fields.Datetime.from_string(row.seen_at)
            row.is_alive = bool(
                seen and row.state != "stopped"
                and now - seen < datetime.timedelta(seconds=ALIVE_SECONDS)
            )

    # -- for the runner ----------------------------------------------------------------

    @api.model
    def _note(self, app_id, runner, state, connected_at=None, event_at=None,
              event_count=0, lag=0.0, last_error=None):
        """Write how a connection is; the caller's transaction is one of its own.

        Moments are ``datetime`` in UTC.
        """
        self.env.cr.execute(
            "INSERT INTO dingding_stream_state (app_id, runner, state, connected_at,"
            " seen_at, event_at, event_count, lag, last_error, create_uid, create_date,"
            " write_uid, write_date) SELECT id, %s, %s, %s, now() AT TIME ZONE 'UTC',"
            " %s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC', %s,"
            " now() AT TIME ZONE 'UTC' FROM dingding_app WHERE id = %s"
            " ON CONFLICT (app_id, runner) DO UPDATE SET state = EXCLUDED.state,"
            " connected_at = EXCLUDED.connected_at, seen_at = EXCLUDED.seen_at,"
            " event_at = EXCLUDED.event_at, event_count = EXCLUDED.event_count,"
            " lag = EXCLUDED.lag, last_error = EXCLUDED.last_error,"
            " write_date = EXCLUDED.write_date",
            [runner, state, connected_at, event_at, event_count, lag,
             last_error and last_error[:200], SUPERUSER_ID, SUPERUSER_ID, app_id],
        )

    @api.model
    def _forget_old(self):
        """Delete what runners have left that are long gone."""
        self.env.cr.execute(
            "DELETE FROM dingding_stream_state WHERE seen_at <"
            " now() AT TIME ZONE 'UTC' - %s * interval '1 day'",
            [KEEP_DAYS],
        )

    @api.model
    def _take(self, app_id, headers, data):
        """Store an event of a Stream; return what DingTalk is told.

        The caller commits before he tells it.
        """
        app = self.env["dingding.app"].browse(app_id).exists()
        if not app:
            return stream.LATER
        event = payload.from_stream(headers, data)
        own = app.corp_id.corp_id
        if event.corp_id and own and event.corp_id != own:
            # Told that it has arrived, or it would come again and again.
            self.env["dingding.event.refusal"]._note(app, "corp", event.corp_id)
            return stream.SUCCESS
        self.env["dingding.event"]._store(app, event, "stream")
        return stream.SUCCESS
