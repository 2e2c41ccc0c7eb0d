# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import threading
import time

from odoo import SUPERUSER_ID, _, api, fields, models

from odoo.addons.dingding import compat

WRITE_SECONDS = 1  # between writes of the same refusal, per process
BURST = 10  # immediate writes after a quiet period
KEEP_DAYS = 30


class _Counter(object):
    """Count refusals in memory, to limit writes to one per second.

    An ending process loses its counts.
    """

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._open = {}

    def add(self, key):
        """Count one; return the number to write now, or 0."""
        with self._lock:
            now = self._clock()
            count, allowed, moment = self._open.get(key, (0, BURST, now))
            count += 1
            allowed = min(allowed + (now - moment) / WRITE_SECONDS, BURST)
            writes = allowed >= 1
            self._open[key] = (0, allowed - 1, now) if writes else (count, allowed, now)
            return count if writes else 0


class DingdingEventRefusal(models.Model):
    """Refused callbacks, in one row per cause, application and day.

    Attackers cannot fill the table.
    """

    _name = "dingding.event.refusal"
    _description = "Refused DingTalk Callback"
    _order = "last_at desc, id desc"

    name = fields.Char(compute="_compute_name")
    app_id = fields.Many2one(
        "dingding.app", string="Application", readonly=True, ondelete="cascade"
    )
    app_number = fields.Integer(string="App number", required=True, readonly=True)
    cause = fields.Selection(
        [
            ("address", "Unknown URL"),
            ("size", "Too large"),
            ("body", "Not a DingTalk message"),
            ("parameters", "Missing parameters"),
            ("stranger", "Not from DingTalk"),
            ("token", "Wrong token"),
            ("aes_key", "Wrong AES key"),
            ("owner_key", "Wrong owner key"),
            ("corp", "Another organisation"),
            ("clock", "Expired"),
            ("library", "Missing library"),
        ],
        required=True, readonly=True,
    )
    day = fields.Date(required=True, readonly=True)
    count = fields.Integer(readonly=True)
    first_at = fields.Datetime(string="First", readonly=True)
    last_at = fields.Datetime(string="Last", readonly=True)
    detail = fields.Char(string="Details", readonly=True)
    remote = fields.Char(string="IP address", readonly=True)
    remedy = fields.Text(string="What to do", compute="_compute_remedy")

    _counter = _Counter()

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["app_number", "cause", "day"])

    @api.depends("cause")
    def _compute_name(self):
        causes = dict(self._fields["cause"]._description_selection(self.env))
        for row in self:
            row.name = causes.get(row.cause)

    @api.depends("cause")
    def _compute_remedy(self):
        for row in self:
            row.remedy = self._remedies().get(row.cause)

    @api.model
    def _remedies(self):
        """Return cause -> remedy, in the reader's language."""
        keys = _(
            "Click Receive events on the application and enter the values in "
            "DingTalk's developer console (Event subscription, 事件订阅)."
        )
        return {
            "address": _(
                "No application with this AppKey or CorpId receives events. Compare "
                "the URL in DingTalk's developer console with the one on the "
                "application's form."
            ),
            "size": _(
                "The request is larger than any event of DingTalk. It came from a "
                "stranger."),
            "body": _(
                "The body is not JSON with an encrypted message. If it came from "
                "DingTalk, a proxy in between changed it."
            ),
            "parameters": _(
                "The URL lacks signature, timestamp or nonce. A proxy in between must "
                "keep them."
            ),
            "stranger": _(
                "Token and AES key do not match. If the request came from DingTalk, "
                "both differ there, or a proxy changed the body. %s"
            ) % keys,
            "token": _(
                "The AES key matches, but the signature does not: DingTalk has another "
                "token, or a proxy changed the request. %s"
            ) % keys,
            "aes_key": _("The token matches, but DingTalk has another AES key. %s")
            % keys,
            "owner_key": _(
                "Token and AES key match, but the message is for another AppKey or "
                "CorpId (see the details). Compare AppKey and CorpId with DingTalk's "
                "developer console."
            ),
            "corp": _(
                "The event belongs to another organisation. Compare the organisation's "
                "CorpId with DingTalk's developer console."
            ),
            "clock": _(
                "The signature is correct, but the time is not: set the clock of this "
                "server, or somebody has replayed an old message."
            ),
            "library": _(
                "Install the Python library pycryptodome on this server."
            ),
        }

    @api.model
    def _note(self, app, cause, detail="", remote=""):
        """Count a refusal, with at most one write per second and cause.

        The caller provides a separate READ COMMITTED transaction.

        :param app: the application, empty if unknown
        """
        count = self._counter.add((self.env.cr.dbname, app.id or 0, cause))
        if not count:
            return
        self.env.cr.execute(
            "INSERT INTO dingding_event_refusal AS old (app_id, app_number, cause,"
            " day, count, first_at, last_at, detail, remote, create_uid,"
            " create_date, write_uid, write_date) VALUES (%s, %s, %s,"
            " (now() AT TIME ZONE 'UTC')::date, %s, now() AT TIME ZONE 'UTC',"
            " now() AT TIME ZONE 'UTC', %s, %s, %s, now() AT TIME ZONE 'UTC', %s,"
            " now() AT TIME ZONE 'UTC') ON CONFLICT (app_number, cause, day)"
            " DO UPDATE SET count = old.count + EXCLUDED.count,"
            " last_at = EXCLUDED.last_at, detail = EXCLUDED.detail,"
            " remote = EXCLUDED.remote, write_date = EXCLUDED.write_date",
            [app.id or None, app.id or 0, cause, count, _plain(detail),
             _plain(remote), SUPERUSER_ID, SUPERUSER_ID],
        )

    @api.model
    def _cron_forget(self):
        """Delete old refusals."""
        self.env.cr.execute(
            "DELETE FROM dingding_event_refusal WHERE last_at <"
            " now() AT TIME ZONE 'UTC' - %s * interval '1 day'",
            [KEEP_DAYS],
        )


def _plain(text):
    """Return a stranger's text, shortened and without unprintable characters."""
    return "".join(char for char in text[:200] if char.isprintable())
