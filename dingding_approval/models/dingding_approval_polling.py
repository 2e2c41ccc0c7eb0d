# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Asking about approvals that run: the net below the events."""
import datetime
import logging
import time

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.api.approvals import beijing_time
from odoo.addons.dingding.dingtalk.errors import (
    DingTalkError,
    NotFoundError,
    PermissionDeniedError,
)
from odoo.addons.dingding.models.background import CRON_SECONDS

from ..form import asking

_logger = logging.getLogger(__name__)

# Of these nothing new is to be expected, only the record has not got it yet.
ENDS = ("COMPLETED", "TERMINATED", "CANCELED", "DELETED")


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
        # Deleted there, or only the other API has it: reading it finds out.
        for row_id, is_new in asking.with_news(
            ask, asked, beijing_time, deadline,
            news=(NotFoundError, PermissionDeniedError), stop=DingTalkError,
        ):
            (news if is_new else same).append(row_id)
        if len(same) + len(news) < len(self):
            _logger.info("Not all approvals of %s could be asked about", corp)
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
