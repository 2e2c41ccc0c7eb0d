# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Ask for undelivered events only if some may be missing: each question is billed."""
import datetime
import logging
import time

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.dingtalk.errors import DingTalkError
from odoo.addons.dingding.models.action_time import CRON_SECONDS, shares_time

_logger = logging.getLogger(__name__)

SHORTEST, LONGEST = 15, 24 * 60  # minutes between two questions
# After such a gap this server was down.
GAP = 45  # minutes
# Causes that need one of our keys: no stranger makes us call.
OUR_FAULT = ("token", "aes_key", "owner_key", "library")


class DingdingApp(models.Model):
    _inherit = "dingding.app"

    callback_failed_policy = fields.Selection(
        [
            ("adaptive", "If some may be missing (about 35 calls a month)"),
            ("often", "Every 15 minutes (about 2900 calls a month)"),
            ("never", "Never (no calls)"),
        ],
        string="Fetch undelivered events", required=True, default="adaptive",
        help="Events that DingTalk could not deliver. The first choice asks after this "
             "server was down or has failed to take an event, and otherwise after "
             "pauses that grow from 15 minutes to a day.",
    )
    callback_failed_next = fields.Datetime(
        string="Next read of the failed list", readonly=True, copy=False
    )
    callback_failed_pause = fields.Integer(
        string="Pause in minutes", readonly=True, copy=False
    )
    callback_looked_at = fields.Datetime(readonly=True, copy=False)

    @api.model
    @shares_time(CRON_SECONDS)
    def _cron_callback_failed(self, seconds):
        """Fetch undelivered events of the applications that may miss some.

        Those that were looked at longest ago come first, and one that fails does not
        stop the others.

        :param seconds: after which no further application is asked
        """
        deadline = time.monotonic() + seconds
        apps = self.search([
            ("callback_failed_policy", "!=", "never"), ("corp_id.active", "=", True),
        ])
        for app in apps.sorted(lambda each: str(each.callback_looked_at or "")):
            if time.monotonic() > deadline:
                break
            try:
                with compat.manage_environments(), compat.open_cursor(
                    self.env.cr.dbname
                ) as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    own = env[self._name].browse(app.id)
                    if own.callback_is_set or own.stream_mode:
                        own._callback_look(utc.now())
            except Exception:
                _logger.exception("%s: undelivered events were not fetched", app)
        compat.forget(self.env)

    def _callback_look(self, now):
        """Fetch undelivered events if it is time to, and decide when it is next.

        :param datetime.datetime now: in UTC
        """
        missing = self._callback_may_miss(now)
        next_read = _moment(self.callback_failed_next)
        often = self.callback_failed_policy == "often"
        if not (often or missing or next_read is None or next_read <= now):
            self._callback_note(
                now, next_read, next_read, self.callback_failed_pause)
            return
        found, more = 0, False
        try:
            found, _new, more = self._callback_fetch_failed()
        except DingTalkError as error:
            # The nightly sync repairs what is lost.
            _logger.info("%s: the failed list was not read: %s", self, error.code)
        pause = SHORTEST
        if not (missing or found) and next_read is not None:
            pause = min(max(self.callback_failed_pause, SHORTEST) * 2, LONGEST)
        # The next run of the cron reads the rest.
        wait = datetime.timedelta(minutes=0 if more else pause)
        self._callback_note(now, next_read, now + wait, pause)

    def _callback_may_miss(self, now):
        """Tell whether events may have been lost since the last question."""
        looked_at, read_at = (
            _moment(self.callback_looked_at), _moment(self.callback_failed_at))
        if looked_at is None or read_at is None:
            return False
        if now - looked_at > datetime.timedelta(minutes=GAP):
            return True
        if any(
            (_moment(state.connected_at) or read_at) > read_at
            for state in self.sudo().stream_state_ids
        ):
            # While a Stream was down, nobody took the events.
            return True
        return bool(self.env["dingding.event.refusal"].sudo().search_count(
            [("app_number", "=", self.id), ("cause", "in", OUR_FAULT),
             ("last_at", ">", fields.Datetime.to_string(read_at))]))

    def _callback_note(self, now, known, next_read, pause):
        """Store the schedule in its own transaction.

        :param known: when the next read was to be, as far as was known
        """
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            cr.execute(
                "UPDATE dingding_app SET callback_looked_at = %s,"
                " callback_failed_next = CASE WHEN callback_failed_next IS NULL AND %s"
                " THEN NULL ELSE %s::timestamp END, callback_failed_pause = %s"
                " WHERE id = %s",
                # An event may have been lost meanwhile.
                [now, known is not None, next_read, pause, self.id],
            )
        compat.forget(self.env)

    @api.model
    def _callback_expect_failed(self, ref):
        """Read the failed list soon, because an event could not be stored.

        The caller provides a separate READ COMMITTED transaction.

        :param str ref: AppKey or CorpId in the address, '' if missing
        """
        ids = [target.app_id for target in self._callback_targets(ref)]
        self.env.cr.execute(
            "UPDATE dingding_app SET callback_failed_next = NULL WHERE id IN %s",
            [tuple(ids) or (0,)],
        )


def _moment(value):
    """Return the value of a datetime field as datetime, or None."""
    return fields.Datetime.from_string(value) if value else None
