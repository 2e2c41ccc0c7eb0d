# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import threading
import time

from odoo import SUPERUSER_ID, _, api, fields, models

from odoo.addons.dingding import compat

WRITE_SECONDS = 1  # between two writes about the same, in one process
BURST = 10  # writes at once after a quiet time
KEEP_DAYS = 30


class _Counter(object):
    """Gathers what is refused, so that a flood of it is a write a second.

    What a process had gathered when it ends is lost: it is a count of strangers' tries.
    """

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._open = {}

    def add(self, key):
        """Count one; return how many are to be written now, or 0."""
        with self._lock:
            now = self._clock()
            count, allowed, moment = self._open.get(key, (0, BURST, now))
            count += 1
            allowed = min(allowed + (now - moment) / WRITE_SECONDS, BURST)
            writes = allowed >= 1
            self._open[key] = (0, allowed - 1, now) if writes else (count, allowed, now)
            return count if writes else 0


class DingdingEventRefusal(models.Model):
    """Callbacks that were refused: one row a cause, application and day.

    So an attacker can count up a number and fill no table.
    """

    _name = "dingding.event.refusal"
    _description = "Refused Callback of DingTalk"
    _order = "last_at desc, id desc"
    _rec_name = "cause"

    app_id = fields.Many2one(
        "dingding.app", string="Application", readonly=True, ondelete="cascade"
    )
    app_number = fields.Integer(required=True, readonly=True)
    cause = fields.Selection(
        [
            ("address", "Unknown address"),
            ("size", "Too large"),
            ("body", "Not what DingTalk sends"),
            ("parameters", "Parameters are missing"),
            ("stranger", "Not from DingTalk"),
            ("token", "Wrong token"),
            ("aes_key", "Wrong AES key"),
            ("owner_key", "Wrong owner key"),
            ("corp", "Another organisation"),
            ("clock", "Too old"),
            ("library", "Library is missing"),
        ],
        required=True, readonly=True,
    )
    day = fields.Date(required=True, readonly=True)
    count = fields.Integer(string="How often", readonly=True)
    first_at = fields.Datetime(string="First", readonly=True)
    last_at = fields.Datetime(string="Last", readonly=True)
    detail = fields.Char(string="Details", readonly=True)
    remote = fields.Char(string="Address", readonly=True)
    remedy = fields.Text(string="What to do", compute="_compute_remedy")

    _counter = _Counter()

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["app_number", "cause", "day"])

    @api.depends("cause")
    def _compute_remedy(self):
        for row in self:
            row.remedy = self._remedies().get(row.cause)

    @api.model
    def _remedies(self):
        """Return cause -> what helps, in the reader's language."""
        keys = _(
            "Press Receive events on the application and enter what it shows in "
            "DingTalk's developer console (Events and callbacks, 事件与回调)."
        )
        return {
            "address": _(
                "No application with this AppKey or CorpId receives events. Compare "
                "the address in DingTalk's developer console with the one on the "
                "application's form."
            ),
            "size": _("DingTalk sends nothing so large. A stranger has tried."),
            "body": _(
                "The body is no JSON with an encrypted message. If it was DingTalk, a "
                "proxy on the way has changed it."
            ),
            "parameters": _(
                "Signature, timestamp or nonce are missing behind the address. A "
                "proxy on the way must leave them there."
            ),
            "stranger": _(
                "Neither token nor AES key fit. If it was DingTalk, both are others "
                "there, or a proxy has changed the body. %s"
            ) % keys,
            "token": _(
                "The AES key fits and the signature does not: the token is another "
                "one in DingTalk, or a proxy has changed the request. %s"
            ) % keys,
            "aes_key": _("The token fits, the AES key is another one in DingTalk. %s")
            % keys,
            "owner_key": _(
                "Token and AES key fit, but the message is for another AppKey or "
                "CorpId, see the details. Compare AppKey and CorpId with DingTalk's "
                "developer console."
            ),
            "corp": _(
                "The event is of another organisation. Compare the CorpId of the "
                "organisation with DingTalk's developer console."
            ),
            "clock": _(
                "The signature is right and the time is not: set the clock of this "
                "server, or somebody has sent an old message again."
            ),
            "library": _(
                "Install the Python library pycryptodome on this server."
            ),
        }

    @api.model
    def _note(self, app, cause, detail="", remote=""):
        """Count a refusal; at most a write a second about the same.

        In the caller's transaction, which is one of its own and READ COMMITTED.

        :param app: the application, empty when it is not known
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
        """Delete what was refused long ago."""
        self.env.cr.execute(
            "DELETE FROM dingding_event_refusal WHERE last_at <"
            " now() AT TIME ZONE 'UTC' - %s * interval '1 day'",
            [KEEP_DAYS],
        )


def _plain(text):
    """Return a stranger's text short and without anything unprintable."""
    return "".join(char for char in text[:200] if char.isprintable())
