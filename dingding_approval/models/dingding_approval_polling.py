# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Asking about approvals that run: the net below the events."""
import datetime
import logging
import time
from concurrent import futures

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.api.approvals import beijing_time
from odoo.addons.dingding.dingtalk.errors import (
    DingTalkError, NotFoundError, PermissionDeniedError,
)
from odoo.addons.dingding.models.background import CRON_SECONDS

from ..form import timeline

_logger = logging.getLogger(__name__)

# Of these nothing new is to be expected, only the record has not got it yet.
ENDS = ("COMPLETED", "TERMINATED", "CANCELED", "DELETED")
THREADS = 8  # that wait for DingTalk; how fast they may ask, the client knows


class DingdingApprovalPolling(models.AbstractModel):
    """What ``dingding.approval`` does to notice what no event has told.

    DingTalk is asked about many at once, and most answers say what is known. Only what
    differs is worked off like any news, which asks once more.
    """

    _name = "dingding.approval.polling"
    _description = "Asking about approvals in DingTalk"

    @api.model
    def _cron_poll(self, seconds=CRON_SECONDS):
        """Ask about approvals that run and were not read for a while, oldest first.

        One event that is lost delays an approval, no more.

        :param seconds: after so many the rest waits for the next turn
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
        age = datetime.timedelta(minutes=max(corp.approval_poll_minutes, 0))
        before = fields.Datetime.to_string(datetime.datetime.utcnow() - age)
        rows = self.search(
            [("corp_id", "=", corp.id), ("status", "=", "running"),
             ("read_at", "<=", before), "|", ("state", "=", "done"),
             "&", ("state", "=", "failed"), ("dingtalk_status", "not in", ENDS)],
            order="read_at", limit=corp.approval_poll_calls,
        )
        if rows:
            self.browse(rows._without_known_answer(corp, deadline))._note_news()

    def _without_known_answer(self, corp, deadline):
        """Ask about these approvals; return the ids of those that need a reading."""
        news, asked = [], []
        for row in self:
            # A person who was not known yet may be by now.
            known = row.reading_digest and all(task.person_id for task in row.task_ids)
            if known and row.state == "done":
                asked.append((row.id, row.instance_id, row.reading_digest))
            else:
                news.append(row.id)
        ask = corp._approval_asker()
        # No transaction stays open while DingTalk answers.
        self._commit()
        same = []
        for row_id, is_new in _asked(ask, asked, deadline):
            (news if is_new else same).append(row_id)
        self._note_read(same)
        return news

    def _note_read(self, ids):
        """Write down that nothing is new, except where somebody is at work."""
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


def _asked(ask, rows, deadline):
    """Ask about approvals, several at once.

    Ends early when the time is up or DingTalk does not answer: those that are left keep
    their turn.

    :param ask: instance id -> answer
    :param rows: list of (id, instance id, digest of what is known)
    :return: generator of (id, whether there is news)
    """
    def differs(row):
        if time.monotonic() > deadline:
            return None
        try:
            reading = timeline.read(ask(row[1]), beijing_time)
        except (NotFoundError, PermissionDeniedError):
            # Deleted there, or only the other API has it: reading it finds out.
            return True
        return timeline.digest(reading) != row[2]

    with futures.ThreadPoolExecutor(max_workers=THREADS) as pool:
        flying = {pool.submit(differs, row): row for row in rows}
        for future in futures.as_completed(flying):
            try:
                found = future.result()
            except futures.CancelledError:
                continue
            except DingTalkError as error:
                _logger.info("Approvals are not asked about now: %s", error)
                for other in flying:
                    other.cancel()
                continue
            if found is not None:
                yield flying[future][0], found
