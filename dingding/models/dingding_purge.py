# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Delete finished records after their retention period."""
import datetime
import logging
import time

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, api, fields, models

from .. import compat
from ..dingtalk import utc
from .action_time import CRON_SECONDS, shares_time
from .queue import CONFLICTS

_logger = logging.getLogger(__name__)

BATCH = 200  # records per transaction
MOST_DAYS = 36500
PARAMETER = "dingding.keep_days."
ACTION = "dingding.dingding_purge_cron_purge"
ENDED = ("done", "failed", "cancelled")


class DingdingPurge(models.AbstractModel):
    """Delete old records by kind; an addon adds kinds by extending ``_purge_kinds``."""

    _name = "dingding.purge"
    _description = "DingTalk Log Retention"

    def init(self):
        result = super().init()
        # Other tables may not exist yet.
        self.pool.post_init(self._index_dates)
        return result

    @api.model
    def _index_dates(self):
        """Create the indexes that find old records."""
        for _name, days, model, _over in self._purge_kinds():
            if days:
                compat.date_index(self.env.cr, self.env[model]._table)

    @api.model
    def _purge_kinds(self):
        """Return the kinds of records to delete and their retention.

        :return: list of (name of the system parameter behind ``dingding.keep_days.``,
            default days, model, function that returns the domain of finished records)
        """
        return [
            ("syncs", 90, "dingding.sync.line", self._purge_lines),
            ("syncs", 90, "dingding.sync", self._purge_syncs),
            ("outgoing_changes", 90, "dingding.outgoing.change", self._purge_changes),
            ("conflicts", 180, "dingding.conflict", list),
            ("messages", 365, "dingding.message", self._purge_messages),
            ("presses", 7, "dingding.press", list),
        ]

    @api.model
    def _purge_ended(self):
        return [("state", "in", ENDED)]

    @api.model
    def _purge_lines(self):
        return [("sync_id.state", "in", ENDED)]

    @api.model
    def _purge_syncs(self):
        """Return the domain of old syncs.

        Keep each organisation's last, and last successful, sync.
        """
        self.env.cr.execute(
            "SELECT max(id), max(CASE WHEN state = 'done' THEN id END)"
            " FROM dingding_sync GROUP BY corp_id, kind"
        )
        last = {id_ for row in self.env.cr.fetchall() for id_ in row if id_}
        return self._purge_ended() + [("id", "not in", sorted(last))]

    @api.model
    def _purge_changes(self):
        """Return the domain of old outgoing changes; failed ones await a decision."""
        return [("state", "in", ("done", "cancelled"))]

    @api.model
    def _purge_messages(self):
        """Return the domain of old messages, without those with open parts."""
        tasks = self.env["dingding.message.task"].sudo().search(
            [("state", "not in", ENDED)]
        )
        return [
            ("state", "not in", ("queued", "sending", "unknown")),
            ("id", "not in", tasks.mapped("message_id").ids),
        ]

    @api.model
    def _purge_days(self, name, default):
        """Return the retention in days; 0: forever."""
        value = self.env["ir.config_parameter"].sudo().get_param(PARAMETER + name)
        try:
            days = default if value in (False, None, "") else int(value)
        except ValueError:
            _logger.warning("System parameter %s%s is not a number", PARAMETER, name)
            return 0
        return min(max(days, 0), MOST_DAYS)

    @api.model
    @shares_time(CRON_SECONDS)
    def _cron_purge(self, seconds):
        """Delete old records in small transactions, for a limited time.

        Each kind has its share, as some may never end. The rest follows at once, where
        actions can be triggered, else the next day.

        :param seconds: after which no further ones are deleted
        """
        deadline, left = time.monotonic() + seconds, False
        kinds = self._purge_kinds()
        for number, (name, default, model, over) in enumerate(kinds):
            days = self._purge_days(name, default)
            now = time.monotonic()
            until = now + (deadline - now) / (len(kinds) - number)
            try:
                while days:
                    if time.monotonic() >= until:
                        left = True
                        break
                    if self._purge_batch(model, days, over) < BATCH:
                        break
            except Exception:
                # A record that is still referenced must not stop the other kinds.
                _logger.exception("Old records of %s were not deleted", model)
        self._purge_secrets()
        if left and compat.TRIGGERS:
            compat.trigger_action(self.sudo().env.ref(ACTION))

    @api.model
    def _purge_secrets(self):
        """Delete the secrets of records that were deleted with those they belong to."""
        with compat.manage_environments(), compat.open_cursor(
            self.env.cr.dbname, read_committed=True
        ) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["dingding.secret"]._forget_left()

    @api.model
    def _purge_batch(self, model, days, over):
        """Delete some old records; return how many."""
        moment = utc.now() - datetime.timedelta(days=days)
        try:
            with compat.manage_environments(), compat.open_cursor(
                self.env.cr.dbname
            ) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
                records = env[model].search(
                    [("create_date", "<", fields.Datetime.to_string(moment))] + over(),
                    order="id", limit=BATCH,
                )
                count = len(records)
                records.unlink()
                compat.flush(env)
        except OperationalError as error:
            if error.pgcode not in CONFLICTS:
                raise
            _logger.info("%s: somebody works on old records, left for now", model)
            return 0
        return count
