# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Poll running approvals in case events were lost."""
import datetime
import logging
import time

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.beijing import beijing_time
from odoo.addons.dingding.dingtalk.errors import (
    DingTalkError,
    NotFoundError,
    PermissionDeniedError,
)
from odoo.addons.dingding.models.queue import CRON_SECONDS

from ..form import asking

_logger = logging.getLogger(__name__)

# Approvals older than so many days are polled after at least so many minutes.
POLL_AGES, POLL_MINUTES = (1, 10), (3 * 60, 24 * 60)
# These have ended in DingTalk; only their write-back is missing.
ENDS = ("COMPLETED", "TERMINATED", "CANCELED", "DELETED")


class DingdingApproval(models.Model):
    """Notice changes for which no event has arrived.

    Many approvals are checked at once, and most have not changed. Only changed ones are
    processed like any news, which reads them again.
    """

    _inherit = "dingding.approval"

    @api.model
    def _cron_poll(self, seconds=CRON_SECONDS):
        """Poll running approvals that were not read for a while, oldest first.

        So a lost event only delays an approval.

        :param seconds: time limit; the rest is polled by the next cron run
        """
        deadline = time.monotonic() + seconds
        dbname = self.env.cr.dbname
        corps = self.env["dingding.corp"].sudo().search(
            [("approval_poll_calls", ">", 0)]
        )
        for corp_id in corps.ids:
            with compat.manage_environments(), compat.open_cursor(dbname) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env[self._name]._poll(env["dingding.corp"].browse(corp_id), deadline)

    @api.model
    def _poll(self, corp, deadline):
        rows = self.search(
            [("corp_id", "=", corp.id), ("status", "=", "running"),
             "|", ("state", "=", "done"),
             "&", ("state", "=", "failed"), ("dingtalk_status", "not in", ENDS)]
            + self._poll_due(max(corp.approval_poll_minutes, 0)),
            order="read_at", limit=corp.approval_poll_calls,
        )
        if rows:
            self.browse(rows._without_known_answer(corp, deadline))._note_update()

    @api.model
    def _poll_due(self, minutes):
        """Return the domain of approvals not read for long enough, by their age.

        The longer one has been running, the less a poll is worth what it costs.
        """
        now = datetime.datetime.utcnow()

        def ago(**parts):
            return fields.Datetime.to_string(now - datetime.timedelta(**parts))

        first, second = POLL_AGES
        return [
            "|", "|",
            "&", ("create_date", ">", ago(days=first)),
            ("read_at", "<=", ago(minutes=minutes)),
            "&", ("create_date", ">", ago(days=second)),
            ("read_at", "<=", ago(minutes=max(minutes, POLL_MINUTES[0]))),
            ("read_at", "<=", ago(minutes=max(minutes, POLL_MINUTES[1]))),
        ]

    def _without_known_answer(self, corp, deadline):
        """Poll these approvals; return the ids of those that must be read."""
        news, asked = [], []
        for row in self:
            # A person who was unknown may have been synchronised since.
            known = row.reading_digest and all(task.person_id for task in row.task_ids)
            if known and row.state == "done":
                asked.append((row.id, row.instance_id, row.reading_digest))
            else:
                news.append(row.id)
        client = corp._approval_client()
        ask = corp._approval_asker(client)
        # Do not keep a transaction open while DingTalk answers.
        self._commit()
        same = []
        # If deleted or only in the other API, the full read finds out.
        for row_id, is_new in asking.with_news(
            ask, asked, beijing_time, deadline,
            news=(NotFoundError, PermissionDeniedError), stop=DingTalkError,
            at_once=client.at_once,
        ):
            (news if is_new else same).append(row_id)
        if len(same) + len(news) < len(self):
            _logger.info("Not all approvals of %s could be asked about", corp)
        self._note_read(same)
        return news

    def _note_read(self, ids):
        """Mark approvals as unchanged, except those that are being processed."""
        if not ids:
            return
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            cr.execute(
                "UPDATE dingding_approval SET read_at = now() AT TIME ZONE 'UTC'"
                " WHERE id IN (SELECT id FROM dingding_approval WHERE id IN %s"
                " AND state = 'done' FOR UPDATE SKIP LOCKED)",
                [tuple(ids)],
            )
        compat.forget(self.env)
