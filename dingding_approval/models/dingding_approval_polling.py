# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Poll running approvals in case events were lost."""
import datetime
import logging
import random
import time

from psycopg2 import sql

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.dingtalk.beijing import beijing_time
from odoo.addons.dingding.dingtalk.errors import (
    DingTalkError,
    NotFoundError,
    PermissionDeniedError,
)
from odoo.addons.dingding.models.action_time import CRON_SECONDS, shares_time

from ..form import asking, polling

_logger = logging.getLogger(__name__)

# Ended in DingTalk; only the write-back is missing.
ENDS = ("COMPLETED", "TERMINATED", "CANCELED", "DELETED")
# Clocks may differ by this much.
CLOCK_MARGIN = datetime.timedelta(hours=1)
# A list covers 120 days at most.
LIST_RANGE = datetime.timedelta(days=119)

# Whether events about an approval arrive: some did since the organisation missed one.
HEARD = sql.SQL(
    "(approval.event_at IS NOT NULL AND approval.event_at > COALESCE("
    "(SELECT corp.approval_missed_at FROM dingding_corp AS corp"
    " WHERE corp.id = approval.corp_id), '-infinity'))"
)
POLLABLE = sql.SQL(
    "approval.corp_id = %(corp)s AND approval.status = 'running'"
    " AND (approval.state = 'done' OR approval.state = 'failed'"
    " AND COALESCE(approval.dingtalk_status, '') NOT IN %(ends)s)"
)
# The pause before the first poll, and the longest one, in minutes.
FIRST = sql.SQL(
    "(CASE WHEN {heard} THEN GREATEST(%(heard_first)s, %(shortest)s)"
    " ELSE %(shortest)s END)"
).format(heard=HEARD)
LONGEST = sql.SQL(
    "GREATEST((CASE WHEN {heard} THEN %(heard_longest)s ELSE %(longest)s END),"
    " %(shortest)s)"
).format(heard=HEARD)
DUE = sql.SQL(
    "SELECT approval.id, {heard} FROM dingding_approval AS approval"
    " WHERE {pollable} AND approval.read_at <= now() AT TIME ZONE 'UTC'"
    " - GREATEST({first}, COALESCE(approval.poll_pause, 0)) * interval '1 minute'"
    " ORDER BY approval.read_at, approval.id LIMIT %(limit)s"
).format(heard=HEARD, pollable=POLLABLE, first=FIRST)
# All of a template that events report.
LISTABLE = sql.SQL(
    "SELECT approval.id, approval.instance_id, approval.submitted_at"
    " FROM dingding_approval AS approval WHERE {pollable} AND {heard}"
    " AND approval.state = 'done' AND approval.template_id = %(template)s"
    " AND approval.submitted_at > %(oldest)s AND approval.instance_id IS NOT NULL"
).format(heard=HEARD, pollable=POLLABLE)
NOTE_READ = sql.SQL(
    "UPDATE dingding_approval AS approval SET read_at = now() AT TIME ZONE 'UTC',"
    " poll_pause = LEAST(GREATEST({first}, COALESCE(poll_pause, 0)) * 2, {longest})"
    " WHERE id IN (SELECT id FROM dingding_approval WHERE id IN %(ids)s"
    " AND state = %(state)s FOR UPDATE SKIP LOCKED)"
).format(first=FIRST, longest=LONGEST)


class DingdingApproval(models.Model):
    """Notice changes for which no event has arrived.

    Each poll is billed, so approvals whose events arrive are polled rarely, and many of
    a template by a list.
    """

    _inherit = "dingding.approval"

    event_at = fields.Datetime(string="Last event on", readonly=True, copy=False)
    poll_pause = fields.Integer(
        string="Polling pause (minutes)", readonly=True, copy=False,
        help="Doubled after each poll without a change, and 0 after a change.",
    )

    @api.model
    @shares_time(CRON_SECONDS)
    def _cron_poll(self, seconds):
        """Poll running approvals that were not read for a while, oldest first.

        :param seconds: time limit; the rest is polled by the next cron run
        """
        deadline = time.monotonic() + seconds
        dbname = self.env.cr.dbname
        corps = self.env["dingding.corp"].sudo().search(
            [("approval_poll_calls", ">", 0), ("approval_poll_policy", "!=", "never")]
        )
        # Another one is first each time: time may suffice for one only.
        for number, corp_id in enumerate(random.sample(corps.ids, len(corps))):
            if number and time.monotonic() > deadline:
                break
            try:
                with compat.manage_environments(), compat.open_cursor(dbname) as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    corp = env["dingding.corp"].browse(corp_id)
                    env[self._name]._poll(corp, deadline)
            except (DingTalkError, UserError) as error:
                # The overview shows it.
                _logger.info("Organisation %s cannot poll: %s", corp_id, error)
            except Exception:
                _logger.exception("Polling stopped in organisation %s", corp_id)

    @api.model
    def _poll(self, corp, deadline):
        if corp.approval_poll_policy == "always":
            rows = self.search(
                [("corp_id", "=", corp.id), ("status", "=", "running"),
                 "|", ("state", "=", "done"),
                 "&", ("state", "=", "failed"), ("dingtalk_status", "not in", ENDS)]
                + self._poll_due(max(corp.approval_poll_minutes, 0)),
                order="read_at", limit=corp.approval_poll_calls,
            )
            heard, ended = self.browse(), self.browse()
        else:
            rows, heard = self._poll_overdue(corp)
            rest, ended = heard._poll_by_lists(corp, deadline)
            rows, heard = rows + rest, heard & rest
        news = list(ended.ids)
        # Do not ask again every five minutes.
        failed = rows.filtered(lambda row: row.state == "failed")
        self._note_read(corp, failed.ids, "failed")
        if rows:
            found, changed = rows._without_known_answer(corp, deadline)
            news += found
            ended += heard & self.browse(changed)
        if ended:
            self._note_missed(corp)
        self.browse(news)._note_update()

    @api.model
    def _poll_due(self, minutes):
        """Return the domain of approvals not read for long enough, by their age."""
        now = utc.now()

        def ago(**parts):
            return fields.Datetime.to_string(now - datetime.timedelta(**parts))

        first, second = polling.POLL_AGES
        return [
            "|", "|",
            "&", ("create_date", ">", ago(days=first)),
            ("read_at", "<=", ago(minutes=minutes)),
            "&", ("create_date", ">", ago(days=second)),
            ("read_at", "<=", ago(minutes=max(minutes, polling.POLL_MINUTES[0]))),
            ("read_at", "<=", ago(minutes=max(minutes, polling.POLL_MINUTES[1]))),
        ]

    @api.model
    def _poll_values(self, corp, **values):
        """Return the parameters of this file's statements."""
        return dict(
            values, corp=corp.id, ends=ENDS,
            shortest=max(corp.approval_poll_minutes, 0),
            heard_first=polling.HEARD_FIRST if corp.approval_poll_minutes > 0 else 0,
            heard_longest=polling.HEARD_LONGEST, longest=polling.UNHEARD_LONGEST,
        )

    @api.model
    def _poll_overdue(self, corp):
        """Return (approvals to poll without events, those to poll although they have).

        0 minutes: everything each time.
        """
        compat.flush(self.env)
        compat.execute(
            self.env.cr, DUE,
            self._poll_values(corp, limit=corp.approval_poll_calls))
        found = self.env.cr.fetchall()
        return (
            self.browse([row_id for row_id, heard in found if not heard]),
            self.browse([row_id for row_id, heard in found if heard]),
        )

    def _poll_by_lists(self, corp, deadline):
        """Poll many approvals of a template by a list of those that still run.

        It lacks changed tasks, which events report. Out of time, other templates are
        left to the next run.

        :return: (approvals to read one by one, approvals that have ended)
        """
        alone, ended = self.browse(), self.browse()
        for number, template in enumerate(self.mapped("template_id")):
            if number and time.monotonic() > deadline:
                break
            rows = self.filtered(lambda row, each=template: row.template_id == each)
            known = self._poll_listable(corp, template)
            due = [row.id for row in rows if row.id in known]
            if not polling.worth_a_list(len(due), len(known)):
                alone += rows
                continue
            begin = fields.Datetime.from_string(
                min(submitted for _instance, submitted in known.values()))
            self._commit()
            wanted = {instance_id for instance_id, _submitted in known.values()}
            running = corp._approval_running_ids(
                template.process_code, begin - CLOCK_MARGIN, wanted, len(due))
            if running is None:
                alone += rows
                continue
            same = [
                row_id for row_id, (instance_id, _submitted) in known.items()
                if instance_id in running
            ]
            self._note_read(corp, same)
            ended += self.browse(sorted(set(known) - set(same)))
            alone += rows - self.browse(list(known))
        return alone, ended

    @api.model
    def _poll_listable(self, corp, template):
        """Return id -> (instance, submission) of a template's running approvals."""
        oldest = utc.now() - LIST_RANGE
        compat.execute(
            self.env.cr, LISTABLE,
            self._poll_values(corp, template=template.id, oldest=oldest))
        return {
            row_id: (instance_id, submitted)
            for row_id, instance_id, submitted in self.env.cr.fetchall()
        }

    def _without_known_answer(self, corp, deadline):
        """Poll these approvals.

        :return: (ids of those that must be read, ids of those found changed)
        """
        news, asked, changed = [], [], []
        for row in self:
            # A person who was unknown may have been synchronised since.
            known = row.reading_digest and all(task.person_id for task in row.task_ids)
            if known and row.state == "done":
                asked.append((row.id, row.instance_id, row.reading_digest))
            else:
                news.append(row.id)
        client = corp._approval_client("approval_polling")
        ask = corp._approval_asker(client)
        self._commit()
        same = []
        # If deleted or only in the other API, the full read finds out.
        for row_id, is_new in asking.with_news(
            ask, asked, beijing_time, deadline,
            news=(NotFoundError, PermissionDeniedError), stop=DingTalkError,
            at_once=client.at_once,
        ):
            (changed if is_new else same).append(row_id)
        if len(same) + len(news) + len(changed) < len(self):
            _logger.info("Not all approvals of %s could be asked about", corp)
        self._note_read(corp, same)
        return news + changed, changed

    @api.model
    def _note_read(self, corp, ids, state="done"):
        """Mark approvals as unchanged, except those that are being processed."""
        if not ids:
            return
        values = self._poll_values(corp, ids=tuple(ids), state=state)
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            compat.execute(cr, NOTE_READ, values)
        compat.forget(self.env)

    @api.model
    def _note_missed(self, corp):
        """Note that an event is missing: all approvals are polled more often."""
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            cr.execute(
                "UPDATE dingding_corp SET approval_missed_at = now() AT TIME ZONE 'UTC'"
                " WHERE id = %s", [corp.id],
            )
        compat.forget(self.env)
