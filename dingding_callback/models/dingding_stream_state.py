# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import stream, utc

from .. import payload

ALIVE_SECONDS = 120  # since a runner's last heartbeat
KEEP_DAYS = 1


class DingdingStreamState(models.Model):
    """State of a Stream connection, as last reported by its runner."""

    _name = "dingding.stream.state"
    _description = "DingTalk Stream Connection"
    _order = "app_id, runner"
    _rec_name = "runner"

    app_id = fields.Many2one(
        "dingding.app", string="Application", required=True, readonly=True,
        ondelete="cascade",
    )
    runner = fields.Char(
        required=True, readonly=True,
        help="Server and process that hold the connection."
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
        help="The runner was active in the last two minutes.",
    )
    connected_at = fields.Datetime(string="Connected since", readonly=True)
    seen_at = fields.Datetime(string="Last activity", readonly=True)
    event_at = fields.Datetime(string="Last event", readonly=True)
    event_count = fields.Integer(string="Number of events", readonly=True)
    lag = fields.Float(
        string="Delay in seconds", readonly=True,
        help="Time from the last event in DingTalk to its arrival in Odoo.",
    )
    last_error = fields.Char(readonly=True)

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["app_id", "runner"])

    @api.depends("seen_at", "state")
    def _compute_is_alive(self):
        now = utc.now()
        for row in self:
            seen = row.seen_at and fields.Datetime.from_string(row.seen_at)
            row.is_alive = bool(
                seen and row.state != "stopped"
                and now - seen < datetime.timedelta(seconds=ALIVE_SECONDS)
            )

    # -- called by the runner ----------------------------------------------------------

    @api.model
    def _note(self, app_id, runner, state, connected_at=None, event_at=None,
              event_count=0, lag=0.0, last_error=None):
        """Store the state of a connection; the caller provides a separate transaction.

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
        """Delete the states of runners that stopped long ago."""
        self.env.cr.execute(
            "DELETE FROM dingding_stream_state WHERE seen_at <"
            " now() AT TIME ZONE 'UTC' - %s * interval '1 day'",
            [KEEP_DAYS],
        )
        self.env["dingding.stream.callback"]._forget_old()

    @api.model
    def _take(self, app_id, headers, data):
        """Store an event of a Stream; return the answer for DingTalk.

        The caller commits before sending it.
        """
        app = self.env["dingding.app"].browse(app_id).exists()
        if not app or not app.corp_id.active:
            # The runner closes the connection within seconds.
            return stream.LATER
        event = payload.from_stream(headers, data)
        if self.env["dingding.budget"]._note_push(app, event.event_type, data):
            return stream.SUCCESS
        own = app.corp_id.corp_id
        if event.corp_id and own and event.corp_id != own:
            # DingTalk would resend it forever.
            self.env["dingding.event.refusal"]._note(app, "corp", event.corp_id)
            return stream.SUCCESS
        self.env["dingding.event"]._store(app, event, "stream")
        return stream.SUCCESS

    @api.model
    def _call_back(self, app_id, headers, data):
        """Let an application handle a callback once; return its answer for DingTalk.

        The caller provides a READ COMMITTED transaction and commits it before sending
        the answer.

        :param dict headers: of the frame
        :param data: its data, decoded
        :return: object for JSON, None without an answer
        :raise Exception: of the handler
        """
        app = self.env["dingding.app"].browse(app_id).exists()
        topic = headers.get("topic")
        name = app._stream_callbacks().get(topic) if app else None
        if not name:
            return None
        data = data if isinstance(data, dict) else {}
        if self.env["dingding.budget"]._note_push(app, topic, data):
            return None
        calls = self.env["dingding.stream.callback"]
        row_id, answer = calls._begin(app, headers)
        if row_id is None:
            return answer
        answer = getattr(app, name)(headers, data)
        calls._end(row_id, answer)
        return answer
