# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import json
import logging
import time
from collections import OrderedDict

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import UserError

from .. import compat
from ..dingtalk import beijing, quota
from ..dingtalk.errors import DingTalkError
from .action_time import CRON_SECONDS, shares_time
from .dingding_message_recipient import DUPLICATE_CODES
from .queue import DUE_STATES, NO_CONNECTION, database_now

_logger = logging.getLogger(__name__)

# Maximum clock difference to allow for around midnight.
MIDNIGHT_MARGIN = datetime.timedelta(minutes=5)
# Delays after sending at which results are read: at most five calls per part, since
# each counts towards DingTalk's monthly quota.
RESULT_DELAYS = (60, 600, 3600, 6 * 3600, 23 * 3600)  # seconds
RESULT_PAUSE = 600  # seconds to wait after a failed call
# Opening a message refreshes states older than this within a minute.
LOOK_SECONDS = 600
RESULT_HOURS = 24  # DingTalk deletes results after that
# People one application may reach in a minute; DingTalk accepts more and then does not
# deliver.
PEOPLE_PER_MINUTE = 5000
# Outcomes of several copies of a part for one person, the strongest last.
OUTCOMES = ("failed", "unknown", "sent", "unread", "read")
# Lists of a result with people who did not get it, and why.
NOT_REACHED = (
    ("failed_user_id_list", "failed"), ("invalid_user_id_list", "invalid"),
    ("forbidden_user_id_list", "forbidden"),
)
# Delays before repeating a recall with an unknown outcome.
RECALL_DELAYS = (30, 60, 300, 900, 3600, 4 * 3600)  # seconds; then the last one again
CRON_RESULTS = 200  # parts whose results one cron run reads
RESULT_ACTION = "dingding.dingding_message_task_cron_read_results"
# Where scheduled actions send messages, those wait meanwhile.
RESULT_SECONDS = 5 if compat.TRIGGERS else CRON_SECONDS


def beijing_midnight(moment):
    """Return the UTC time at which a UTC time's day began in Beijing."""
    day = (moment + beijing.OFFSET).date()
    return datetime.datetime.combine(day, datetime.time()) - beijing.OFFSET


def is_same_beijing_day(earlier, later):
    """Tell whether two UTC times certainly are on the same day in Beijing."""
    first = (earlier - MIDNIGHT_MARGIN + beijing.OFFSET).date()
    return first == (later + MIDNIGHT_MARGIN + beijing.OFFSET).date()


class DingdingMessageTask(models.Model):
    """One call to DingTalk: up to 100 people who get a message.

    Sending is not idempotent, so the time of the first attempt that may have arrived is
    stored before DingTalk is called. On the same day a resend of the same bytes is
    harmless, since DingTalk drops duplicates; later a person has to decide.
    """

    _name = "dingding.message.task"
    _description = "DingTalk Message Batch"
    _inherit = "dingding.queue.mixin"
    _order = "id"
    _corp_path = "app_id.corp_id"

    message_id = fields.Many2one(
        "dingding.message", string="Message", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    app_id = fields.Many2one(
        "dingding.app", string="Application", required=True, readonly=True,
        ondelete="cascade", index=True,
    )
    recipient_ids = fields.One2many(
        "dingding.message.recipient", "task_id", string="Recipients", readonly=True
    )
    people = fields.Integer(readonly=True)
    dingtalk_task = fields.Char(
        string="DingTalk task ID", readonly=True, copy=False
    )
    dingtalk_tasks = fields.Char(
        string="All task IDs", readonly=True, copy=False,
        help="Task IDs of all attempts that may have reached recipients, as far as "
             "DingTalk has returned them.",
    )
    recalled_tasks = fields.Char(string="Recalled task IDs", readonly=True, copy=False)
    maybe_since = fields.Datetime(
        string="May have arrived since", readonly=True, copy=False,
        help="Time of the first attempt that may have reached DingTalk.",
    )
    maybe_attempt = fields.Integer(
        string="Uncertain attempt", readonly=True, copy=False
    )
    resent = fields.Boolean(
        readonly=True, copy=False,
        help="An earlier attempt may have arrived. DingTalk does not deliver this one "
             "to recipients who already have it.",
    )
    lost = fields.Boolean(
        string="May be delivered twice", readonly=True, copy=False,
        help="An attempt on another day may have arrived. DingTalk did not return its "
             "task ID, so it cannot be recalled.",
    )
    sent_at = fields.Datetime(string="Sent on", readonly=True, index=True, copy=False)
    recalled_at = fields.Datetime(string="Recalled on", readonly=True, copy=False)
    recall_attempts = fields.Integer(
        readonly=True, copy=False,
        help="Recall attempts since the first one that DingTalk may have carried out.",
    )
    next_recall = fields.Datetime(
        string="Next recall attempt", readonly=True, index=True, copy=False
    )
    recall_error = fields.Text(string="Not recalled", readonly=True, copy=False)
    next_result = fields.Datetime(
        string="Next result check", readonly=True, index=True, copy=False
    )
    result_step = fields.Integer(string="Result step", readonly=True, copy=False)
    result_at = fields.Datetime(string="Results read on", readonly=True, copy=False)
    result_error = fields.Char(
        string="Result error", readonly=True, copy=False
    )

    # -- sending ---------------------------------------------------------------

    @api.model
    def _process_row(self, row_id, deadline):
        worked = super()._process_row(row_id, deadline)
        if worked:
            self._publish(row_id)
        return worked

    @api.model
    def _publish(self, row_id):
        """Update the message of a part, in its own transaction.

        Several workers send the parts of one message at the same time. If each part's
        transaction wrote the message, all but one would fail, after DingTalk had
        accepted them.
        """
        with compat.manage_environments(), compat.open_cursor(
            self.env.cr.dbname, read_committed=True
        ) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env[self._name].browse(row_id).exists().message_id._update_state()

    def _was_carried_out(self):
        return bool(self.dingtalk_task) or self._is_stale()

    def _work(self, deadline):
        if self.dingtalk_task:
            # DingTalk accepted it; only our own rows are still to be written.
            self._sent()
            return None
        if self._is_stale():
            self._unknown(self.last_error or _("The server stopped while sending."))
            return False
        wait = self._seconds_to_wait()
        if wait:
            self._postpone(wait)
            return False
        self._publish(self.id)
        # Start a new snapshot: the message row has just changed. The worker that had
        # this row before may have lost the lock, but stored the answer, meanwhile.
        self._commit()
        compat.forget(self.env)
        if self.dingtalk_task:
            self._sent()
            return None
        app = self.app_id
        client = app._dingtalk_client(feature=self._call_feature())
        withheld = self._withheld_recipients()
        if withheld:
            withheld.write(
                {"state": "failed", "reason_code": "withheld", "recalled": True})
        recipients = self.recipient_ids.filtered(lambda row: not row.recalled)
        if not recipients:
            self._ended("cancelled", False)
            return False
        body = self.message_id._body_to_send(client)
        userids = recipients.sorted("id").mapped("userid")
        agent_id = app.agent_id
        since, began = database_now(self.env.cr), time.monotonic()
        if self.maybe_since:
            self.write({"resent": True})
        else:
            self.write(
                {
                    "maybe_since": fields.Datetime.to_string(since),
                    "maybe_attempt": self.attempts,
                }
            )
        # After a crash, this row must show that the message may have arrived.
        self._commit()
        dingtalk_task = client.messages.send(
            agent_id, json.loads(body, object_pairs_hook=OrderedDict), userids
        )
        # The database's time, which may be restarting now.
        sent_at = since + datetime.timedelta(seconds=int(time.monotonic() - began))
        self._remember(
            {
                "dingtalk_task": dingtalk_task,
                "sent_at": fields.Datetime.to_string(sent_at),
            },
            {"dingtalk_tasks": dingtalk_task},
        )
        self._sent()
        return None

    def _withheld_recipients(self):
        """Return the recipients who must not get the message any longer.

        A personal message was written for the user who was linked then. Addons extend
        it: a message may wait for days before it is sent.
        """
        if not self.message_id.is_personal:
            return self.recipient_ids.browse()
        return self.recipient_ids.filtered(
            lambda row: not row.recalled and row.user_id
            and row.user_id != row.person_id.user_id)

    def _call_feature(self):
        """Return what the call counts as, see ``_budget_features``."""
        return self.message_id.sudo().feature

    def _sent(self):
        """Record that DingTalk has accepted the part."""
        sent_at = fields.Datetime.from_string(self.sent_at)
        self.write({"result_step": 0, "next_result": self._result_time(sent_at, 0)})
        self.recipient_ids.filtered(lambda row: not row.recalled).write(
            {"state": "sent", "reason_code": False})

    def _task_ids(self):
        """Return the ids of all tasks that may have delivered this part."""
        known = (self.dingtalk_tasks or "").split()
        return list(OrderedDict.fromkeys(
            known + [self.dingtalk_task] if self.dingtalk_task else known
        ))

    def _may_have_arrived(self):
        """Tell whether an attempt of this part may have reached people.

        A part that a person sends again starts over, but what an earlier attempt may
        have done stays true.
        """
        return bool(self.maybe_since or self.resent or self._task_ids())

    def _seconds_to_wait(self):
        """Return the seconds until the part may be sent, or 0; addons extend it."""
        return self._wait_for_minute()

    def _wait_for_minute(self):
        """Return the seconds until DingTalk accepts this many people again, or 0.

        Concurrent sends count: each worker commits its own before it checks, so at
        least one of two sees the other.
        """
        now = database_now(self.env.cr)
        self.env.cr.execute(
            "SELECT COALESCE(SUM(people), 0), MIN(CASE WHEN sent_at > %(since)s"
            " THEN sent_at END) FROM dingding_message_task WHERE app_id = %(app)s"
            " AND (sent_at > %(since)s OR state = 'working' AND id <> %(id)s)",
            {
                "app": self.app_id.id, "id": self.id,
                "since": now - datetime.timedelta(seconds=60),
            },
        )
        people, oldest = self.env.cr.fetchone()
        if not people or people + self.people <= PEOPLE_PER_MINUTE:
            return 0
        if not oldest:
            return 1
        oldest = fields.Datetime.from_string(oldest)
        return max(61 - int((now - oldest).total_seconds()), 1)

    # -- unknown outcomes ----------------------------------------------------------

    def _is_stale(self):
        """Tell whether an earlier attempt may have arrived on another day."""
        if not self.maybe_since or self.dingtalk_task:
            return False
        return not is_same_beijing_day(
            fields.Datetime.from_string(self.maybe_since), database_now(self.env.cr)
        )

    def _settle(self):
        return not self._is_stale()

    def _unknown(self, message):
        self.recipient_ids.write({"state": "unknown", "reason_code": False})
        return super()._unknown(message)

    def _failed(self, error):
        if not error.outcome_unknown and self.maybe_attempt == self.attempts:
            # DingTalk refused the only attempt that could have arrived.
            self.write({"maybe_since": False, "maybe_attempt": 0})
        return super()._failed(error)

    def _give_up(self, message):
        if self.dingtalk_task:
            # DingTalk accepted it, whatever went wrong with our own rows.
            self.recipient_ids.write({"state": "sent", "reason_code": False})
            return self._ended("done", message)
        if self._may_have_arrived():
            return self._unknown(message)
        self.recipient_ids.write({"state": "failed", "reason_code": "refused"})
        return super()._give_up(message)

    def _start_over(self):
        """Send from the first attempt on, as a person has decided.

        On the same day DingTalk drops what may have arrived; this attempt may still
        come to wait until another day, which the person has not decided about.
        """
        for task in self:
            stale = task._is_stale()
            task.write(
                {
                    "attempts": 0,
                    "dingtalk_task": False,
                    "dingtalk_tasks": " ".join(task._task_ids()) or False,
                    "resent": task.resent or bool(task.maybe_since),
                    "lost": task.lost or stale,
                    "maybe_since": False if stale else task.maybe_since,
                    "maybe_attempt": 0,
                }
            )
        self.mapped("recipient_ids").write({"state": "queued", "reason_code": False})
        self._enqueue()

    def _mark_sent(self):
        """Mark parts with an unknown outcome as sent, as a person has decided."""
        for task in self:
            task.write({"sent_at": task.maybe_since, "next_result": False})
            task._done()
            task.recipient_ids.write({"state": "sent", "reason_code": False})

    def action_retry(self):
        """Send the messages of these parts again; see the message's button."""
        return self.mapped("message_id").action_send_again()

    # -- recall --------------------------------------------------------------------

    def _is_recent(self):
        if not self.sent_at:
            return False
        age = database_now(self.env.cr) - fields.Datetime.from_string(self.sent_at)
        return age < datetime.timedelta(hours=RESULT_HOURS)

    def _can_be_recalled(self):
        if self.state in ("queued", "retry"):
            return not self._may_have_arrived()
        return (
            self.state == "done"
            and bool(self._task_ids())
            and not self.recalled_at
            and self._is_recent()
        )

    def _request_recall(self):
        """Record that DingTalk is about to be called; the caller commits.

        If the answer is lost, or the process dies, the recall is repeated: recalling
        twice is harmless, and its outcome cannot be queried.
        """
        for task in self:
            attempts = task.recall_attempts + 1
            delay = RECALL_DELAYS[min(attempts, len(RECALL_DELAYS)) - 1]
            task.write(
                {
                    "recall_attempts": attempts,
                    "next_recall": fields.Datetime.to_string(
                        database_now(self.env.cr) + datetime.timedelta(seconds=delay)
                    ),
                }
            )

    @api.model
    def _due_recalls(self, limit=None):
        """Return the parts whose recall is to be repeated now, in order."""
        now = fields.Datetime.to_string(database_now(self.env.cr))
        return self.search(
            [("next_recall", "<=", now)], order="next_recall", limit=limit
        )

    @api.model
    def _is_due_beside(self):
        return bool(self._due_recalls(1)) or super()._is_due_beside()

    @api.model
    def _work_beside(self, deadline):
        """Repeat the recalls with an unknown outcome."""
        with compat.open_cursor(self.env.cr.dbname) as cr:
            parts = api.Environment(cr, SUPERUSER_ID, {})[self._name]._due_recalls()
            ids = parts.mapped("message_id").ids
        repeated = 0
        for message_id in ids:
            if time.monotonic() > deadline:
                break
            message = self.env["dingding.message"].sudo().browse(message_id)
            try:
                repeated += message._recall_again()
            except NO_CONNECTION as error:
                _logger.info("The recall of %s was left: %s", message, error)
        return repeated

    def _dingtalk_recall(self):
        """Recall each copy of one part in DingTalk.

        Every success is stored immediately, in its own transaction, so that no later
        error rolls it back.

        :return: the argument of :meth:`_mark_recalled`
        :raise UserError: DingTalk cannot recall this part
        :raise DingTalkError: DingTalk refuses
        """
        self.ensure_one()
        task_ids = self._task_ids()
        if not task_ids:
            raise UserError(
                _(
                    "The task ID of this message is unknown, so Odoo cannot recall it."
                )
            )
        if not self._is_recent():
            raise UserError(_("A message can be recalled for 24 hours."))
        messages = self.app_id._dingtalk_client(feature="message_recall").messages
        agent_id = self.app_id.agent_id
        kept = self._kept_userids(messages, agent_id, task_ids)
        self._commit()
        for task_id in task_ids:
            if task_id not in (self.recalled_tasks or "").split():
                messages.recall(agent_id, task_id)
                self._remember({}, {"recalled_tasks": task_id})
        return kept

    def _mark_recalled(self, kept):
        """Record for whom one part was recalled.

        :param kept: userids that still have a copy, None for possibly everybody
        :return: what could not be recalled, as text, or ''
        """
        taken = self.recipient_ids.filtered(
            lambda row: kept is not None and row.userid not in kept
        )
        taken.write({"recalled": True})
        values = {"recall_attempts": 0, "next_recall": False, "recall_error": False}
        left = len(self.recipient_ids - taken)
        if left:
            values["recall_error"] = _(
                "%d people may still see it: an earlier attempt may have reached them, "
                "but DingTalk did not return its task ID."
            ) % left
        else:
            values["recalled_at"] = fields.Datetime.to_string(database_now(self.env.cr))
            values["next_result"] = False
        self.write(values)
        return values["recall_error"] or ""

    def _mark_not_recalled(self, message, unknown):
        """Record why one part was not recalled, and when to retry.

        It is retried only if DingTalk may have carried out this attempt or an earlier
        one.

        :param bool unknown: whether it may have carried out this one
        :return: the text for the user
        """
        if not (unknown or self.recalled_tasks or self.recall_attempts > 1):
            self.write(
                {"recall_attempts": 0, "next_recall": False, "recall_error": message}
            )
            return message
        if self._is_recent():
            text = _(
                "DingTalk did not confirm the recall for %d people. Odoo retries it "
                "automatically."
            )
        else:
            self.next_recall = False
            text = _(
                "DingTalk did not confirm the recall for %d people within 24 hours. "
                "Ask one of them whether the message is still there."
            )
        self.recall_error = "%s\n%s" % (text % len(self.recipient_ids), message)
        return self.recall_error

    def _kept_userids(self, messages, agent_id, task_ids):
        """Return who has a copy without a known task id, which cannot be recalled.

        These may be the people whom no copy with a known id reached: it was a
        duplicate, or met a limit, or the person had left, none of which need be so of
        an earlier copy. None: unknown, possibly everybody.
        """
        if self.lost:
            return None
        if not self.resent:
            return set()
        kept = None
        for task_id in task_ids:
            result = messages.result(agent_id, task_id)
            missed = {
                str(entry.get("userid")) for entry in result.get("forbidden_list") or []
            }
            for name, _code in NOT_REACHED:
                missed.update(str(userid) for userid in result.get(name) or [])
            kept = missed if kept is None else kept & missed
        return kept

    # -- results ---------------------------------------------------------------

    def _result_time(self, sent_at, step):
        """Return when the results are read for the given ``step``, or False."""
        delays = self.app_id.corp_id._message_result_delays()
        if step >= len(delays):
            return False
        return fields.Datetime.to_string(
            sent_at + datetime.timedelta(seconds=delays[step])
        )

    def _result_step(self, sent_at):
        """Return the step that follows now; a reading in between uses up none."""
        seconds = (database_now(self.env.cr) - sent_at).total_seconds()
        delays = self.app_id.corp_id._message_result_delays()
        return sum(1 for delay in delays if delay <= seconds)

    @api.model
    def _note_look(self, message_id):
        """Read the states of a message soon, because somebody looks at it.

        In a transaction of its own, as readers may not write; skip parts that a worker
        is processing.
        """
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            now = database_now(cr)
            cr.execute(
                "UPDATE dingding_message_task SET next_result = %(now)s WHERE id IN ("
                " SELECT id FROM dingding_message_task AS task"
                " WHERE message_id = %(message)s AND state = 'done'"
                " AND dingtalk_task IS NOT NULL AND recalled_at IS NULL"
                " AND sent_at > %(oldest)s AND sent_at <= %(recent)s"
                " AND (result_at IS NULL OR result_at <= %(recent)s)"
                " AND (next_result IS NULL OR next_result > %(now)s)"
                " AND EXISTS (SELECT 1 FROM dingding_message_recipient AS recipient"
                " WHERE recipient.task_id = task.id"
                " AND recipient.state NOT IN ('read', 'failed'))"
                " FOR UPDATE SKIP LOCKED)",
                {
                    "message": message_id, "now": now,
                    "oldest": now - datetime.timedelta(hours=RESULT_HOURS),
                    "recent": now - datetime.timedelta(seconds=LOOK_SECONDS),
                },
            )
            noted = bool(cr.rowcount)
        return noted

    def _can_read_result(self):
        return self.state == "done" and bool(self._task_ids()) and self._is_recent()

    @api.model
    @shares_time(RESULT_SECONDS)
    def _cron_read_results(self, seconds):
        """Read who received and read what, and repair what a crash left behind.

        :param seconds: after which no further part is read
        """
        deadline = time.monotonic() + seconds
        read, resting = set(), set()
        tasks = self._due_results(read, resting)
        while tasks:
            if time.monotonic() > deadline:
                if compat.TRIGGERS:
                    # Other scheduled actions run in between.
                    compat.trigger_action(self.sudo().env.ref(RESULT_ACTION))
                break
            task, tasks, trouble = tasks[0], tasks[1:], None
            read.add(task.id)
            try:
                trouble = task._read_result_apart()
            except OperationalError:
                # A user refreshed it meanwhile; the next run reads it.
                _logger.info("Results of message part %s are read later", task.id)
            except Exception:
                # Such as an answer of another shape: the others must not wait for it.
                _logger.exception("Results of message part %s", task.id)
                self._put_off_result(task.id)
            if trouble is not None:
                # The other parts of this application would fail alike; other
                # organisations need not wait, however many parts these are.
                resting.add(task.app_id.id)
                tasks = self._due_results(read, resting)
            self._publish(task.id)
        self._repair()

    @api.model
    def _put_off_result(self, task_id):
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            later = database_now(cr) + datetime.timedelta(seconds=RESULT_DELAYS[-1])
            cr.execute(
                "UPDATE dingding_message_task SET next_result = %s WHERE id = %s",
                [later, task_id],
            )

    @api.model
    def _due_results(self, read, resting):
        """Return the parts whose results one run of the cron still reads, in order.

        :param set read: ids of parts that it has read
        :param set resting: ids of applications that cannot be asked now
        """
        if len(read) >= CRON_RESULTS:
            return self.sudo().browse()
        now = fields.Datetime.to_string(database_now(self.env.cr))
        return self.sudo().search(
            [("next_result", "<=", now), ("app_id.corp_id.active", "=", True),
             ("id", "not in", sorted(read)),
             ("app_id", "not in", sorted(resting))],
            order="next_result", limit=CRON_RESULTS - len(read),
        )

    def _read_result_apart(self):
        """Read the results of one part in its own transaction.

        :return: as ``_read_result``
        """
        with compat.manage_environments(), compat.open_cursor(
            self.env.cr.dbname, read_committed=True
        ) as cr:
            task = self.with_env(self.env(cr=cr)).exists()
            if task:
                try:
                    trouble = task._read_result()
                    compat.flush(task.env)
                except OperationalError:
                    compat.roll_back(task.env)
                    raise
                return trouble
        # Only the caller's transaction sees a part it has just created.
        return self._read_result()

    def _read_result(self):
        """Read the results of one part and schedule the next time.

        :return: a DingTalkError that affects other parts too, or None
        """
        self.ensure_one()
        values = {"next_result": False, "result_error": False}
        trouble = None
        if self._can_read_result():
            sent_at = fields.Datetime.from_string(self.sent_at)
            step = max(self._result_step(sent_at), 1)
            values.update(
                result_step=step, next_result=self._result_time(sent_at, step)
            )
            try:
                self._ask_result()
                values["result_at"] = fields.Datetime.to_string(
                    database_now(self.env.cr))
            except DingTalkError as error:
                _logger.info("Results of message part %s: %s", self.id, error)
                values["result_error"] = str(error)
                if error.remedy not in ("argument", "not_found"):
                    trouble = error
                if error.retryable or quota.waits(error):
                    # The part is not to blame: do not use up the step.
                    values["result_step"] = self.result_step
                    pause = datetime.timedelta(seconds=RESULT_PAUSE)
                    values["next_result"] = fields.Datetime.to_string(
                        database_now(self.env.cr) + pause
                    )
            if not set(self.recipient_ids.mapped("state")) - {"read", "failed"}:
                values["next_result"] = False
        self.write(values)
        return trouble

    def _ask_result(self):
        """Ask DingTalk for the results and write them.

        :raise DingTalkError: DingTalk returns none
        """
        app = self.app_id
        messages = app._dingtalk_client(feature="message_results").messages
        results = [
            messages.result(app.agent_id, task_id) for task_id in self._task_ids()
        ]
        # Lock only now, so that concurrent users do not wait for DingTalk.
        self.message_id._lock_parts()
        self._apply_results(results)

    def _apply_results(self, results):
        """Write the changed outcomes.

        :param list results: for each task id, as ``client.messages.result`` returns it
        """
        outcome = {}
        for result in results:
            for userid, new in self._outcome(result).items():
                old = outcome.get(userid)
                if old is None or OUTCOMES.index(new[0]) > OUTCOMES.index(old[0]):
                    outcome[userid] = new
        self._apply_outcome(outcome)

    def _outcome(self, result):
        """Map each userid to its (state, reason) in one task's result."""
        outcome = {}
        # An attempt without an answer may have reached them before.
        failed = "unknown" if self.resent or self.lost else "failed"
        for userid in result.get("unread_user_id_list") or []:
            outcome[str(userid)] = ("unread", False)
        for name, code in NOT_REACHED:
            for userid in result.get(name) or []:
                outcome[str(userid)] = (failed, code)
        for entry in result.get("forbidden_list") or []:
            code = str(entry.get("code") or "forbidden")
            if code in DUPLICATE_CODES and self.resent:
                # The first attempt had arrived after all.
                outcome[str(entry.get("userid"))] = ("sent", False)
            else:
                outcome[str(entry.get("userid"))] = (failed, code)
        for userid in result.get("read_user_id_list") or []:
            outcome[str(userid)] = ("read", False)
        return outcome

    def _apply_outcome(self, outcome):
        groups = {}
        for recipient in self.recipient_ids:
            new = outcome.get(recipient.userid)
            old = (recipient.state, recipient.reason_code or False)
            if new and new != old and recipient.state != "read":
                groups.setdefault(new, []).append(recipient.id)
        for (state, code), ids in groups.items():
            self.env["dingding.message.recipient"].browse(ids).write(
                {"state": state, "reason_code": code}
            )

    @api.model
    def _repair(self):
        """Update messages whose worker died between writing a part and its message.

        Only those without a part to process, whose state therefore changes: others
        would be in their way each time.
        """
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT min(task.id) FROM dingding_message AS message"
            " JOIN dingding_message_task AS task ON task.message_id = message.id"
            " WHERE message.state IN ('queued', 'sending') GROUP BY message.id"
            " HAVING NOT bool_or(task.state IN %s) ORDER BY message.id LIMIT %s",
            [DUE_STATES, CRON_RESULTS])
        for row in self.env.cr.fetchall():
            try:
                self._publish(row[0])
            except Exception:
                _logger.exception("The message of part %s", row[0])
