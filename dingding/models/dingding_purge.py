# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Deletes what is over and was kept long enough."""
import datetime
import logging
import time

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, api, fields, models

from .. import compat
from .background import CONFLICTS, CRON_SECONDS

_logger = logging.getLogger(__name__)

BATCH = 200  # records a transaction
PARAMETER = "dingding.keep_days."
ENDED = ("done", "failed", "cancelled")


class DingdingPurge(models.AbstractModel):
    """Old records by kind; an addon adds kinds by extending ``_purge_kinds``."""

    _name = "dingding.purge"
    _description = "Deletion of old DingTalk records"

    @api.model
    def _purge_kinds(self):
        """Return what is deleted after how long.

        :return: list of (name of the system parameter behind ``dingding.keep_days.``,
            days without one, model, function that returns the domain of what is over)
        """
        return [
            ("syncs", 90, "dingding.run.line", self._purge_lines),
            ("syncs", 90, "dingding.run", self._purge_syncs),
            ("outgoing_changes", 90, "dingding.change", self._purge_changes),
            ("conflicts", 180, "dingding.conflict", list),
            ("messages", 365, "dingding.message", self._purge_messages),
            ("messages", 365, "dingding.robot.message", self._purge_ended),
            ("signins", 90, "dingding.signin.log", list),
        ]

    @api.model
    def _purge_ended(self):
        return [("state", "in", ENDED)]

    @api.model
    def _purge_lines(self):
        return [("run_id.state", "in", ENDED)]

    @api.model
    def _purge_syncs(self):
        """Each organisation keeps its last sync, and its last one that ended well."""
        self.env.cr.execute(
            "SELECT max(id), max(CASE WHEN state = 'done' THEN id END)"
            " FROM dingding_run GROUP BY corp_id, kind"
        )
        last = {id_ for row in self.env.cr.fetchall() for id_ in row if id_}
        return self._purge_ended() + [("id", "not in", sorted(last))]

    @api.model
    def _purge_changes(self):
        """What failed waits for somebody."""
        return [("state", "in", ("done", "cancelled"))]

    @api.model
    def _purge_messages(self):
        """A message with a part whose outcome is open, or unknown, stays."""
        tasks = self.env["dingding.message.task"].sudo().search(
            [("state", "not in", ENDED)]
        )
        return [
            ("state", "not in", ("queued", "sending", "unknown")),
            ("id", "not in", tasks.mapped("message_id").ids),
        ]

    @api.model
    def _purge_days(self, name, default):
        """Return for how many days records are kept; 0: for ever."""
        value = self.env["ir.config_parameter"].sudo().get_param(PARAMETER + name)
        try:
            days = default if value in (False, None, "") else int(value)
        except ValueError:
            _logger.warning("System parameter %s%s is no number", PARAMETER, name)
            return 0
        return max(days, 0)

    @api.model
    def _cron_purge(self, seconds=CRON_SECONDS):
        """Delete what is old, in small transactions; the rest the next day."""
        deadline = time.monotonic() + seconds
        for name, default, model, over in self._purge_kinds():
            days = self._purge_days(name, default)
            # What a parameter asks for by mistake was not there at all.
            try:
                while days and time.monotonic() < deadline:
                    if self._purge_batch(model, days, over) < BATCH:
                        break
            except Exception:
                # A record that something refers to must not keep all other kinds.
                _logger.exception("Old records of %s were not deleted", model)

    @api.model
    def _purge_batch(self, model, days, over):
        """Delete some old records; return how many."""
        moment = datetime.datetime.utcnow() - datetime.timedelta(days=min(days, 36500))
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
