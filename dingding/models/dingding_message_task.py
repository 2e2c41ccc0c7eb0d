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
from ..dingtalk.errors import DingTalkError
from .background import CRON_SECONDS, DUE_STATES
from .dingding_message_recipient import DUPLICATE_CODES

_logger = logging.getLogger(__name__)

# DingTalk's day, by which it drops the same content, is Beijing's.
BEIJING = datetime.timedelta(hours=8)
# Its clock and ours may differ by so much around midnight.
MIDNIGHT_MARGIN = datetime.timedelta(minutes=5)
# Time after sending when the results are read: five calls a part at most, since
# each counts in DingTalk's monthly allowance.
RESULT_DELAYS = (60, 600, 3600, 6 * 3600, 23 * 3600)  # seconds
RESULT_PAUSE = 600  # seconds after DingTalk could not be asked
RESULT_HOURS = 24  # after that DingTalk has forgotten
# People that one application reaches in a minute; DingTalk says yes to more and
# then does not deliver.
PEOPLE_PER_MINUTE = 5000
# What several copies of a part say about one person: the last counts most.
OUTCOMES = ("failed", "sent", "unread", "read")
CRON_RESULTS = 200  # parts whose results one turn of the cron reads


def utcnow():
    return datetime.datetime.utcnow().replace(microsecond=0)


def beijing_midnight(moment=None):
    """Return the UTC time at which Beijing's current day began."""
    day = ((moment or utcnow()) + BEIJING).date()
    return datetime.datetime.combine(day, datetime.time()) - BEIJING


def is_same_beijing_day(earlier, later):
    """Tell whether two UTC times surely lie on one day of DingTalk's."""
    first = (earlier - MIDNIGHT_MARGIN + BEIJING).date()
    return first == (later + MIDNIGHT_MARGIN + BEIJING).date()


class DingdingMessageTask(models.Model):
    """One call of DingTalk's: up to 100 people who get a message.

    Sending is not idempotent, so the moment of the first attempt that may have
    arrived is stored before DingTalk is asked. On the same day a resend of the
    same bytes is harmless, DingTalk drops it for whoever has got it; later a
    person has to decide.
    """

    _name = "dingding.message.task"
    _description = "Part of a DingTalk Message"
    _inherit = "dingding.queue.mixin"
    _order = "id"

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
        string="Task id in DingTalk", readonly=True, copy=False
    )
    dingtalk_tasks = fields.Char(
        string="All task ids", readonly=True, copy=False,
        help="Each attempt that may have reached people, as far as DingTalk has told.",
    )
    recalled_tasks = fields.Char(string="Recalled task ids", readonly=True, copy=False)
    maybe_since = fields.Datetime(
        string="May have arrived since", readonly=True, copy=False,
        help="First attempt whose outcome is not known to have been a failure.",
    )
    maybe_attempt = fields.Integer(readonly=True, copy=False)
    resent = fields.Boolean(
        readonly=True, copy=False,
        help="An earlier attempt may have arrived. DingTalk then drops this one for "
        "those who have got it.",
    )
    lost = fields.Boolean(
        string="May be there twice", readonly=True, copy=False,
        help="An attempt of another day may have arrived. DingTalk has not told its "
        "task id, so it cannot be recalled.",
    )
    sent_at = fields.Datetime(string="Sent on", readonly=True, index=True, copy=False)
    recalled_at = fields.Datetime(string="Recalled on", readonly=True, copy=False)
    next_result = fields.Datetime(
        string="Results are read on", readonly=True, index=True, copy=False
    )
    result_step = fields.Integer(readonly=True, copy=False)
    result_error = fields.Char(
        string="Results could not be read", readonly=True, copy=False
    )

    # -- sending ---------------------------------------------------------------

    @api.model
    def _work_on(self, row_id, deadline):
        worked = super(DingdingMessageTask, self)._work_on(row_id, deadline)
        if worked:
            self._publish(row_id)
        return worked

    @api.model
    def _publish(self, row_id):
        """Bring the message of a part up to date, in a transaction of its own.

        Several workers send the parts of one message at the same time: if the
        message were written in the transactions of its parts, all but one would
        fail, after DingTalk had taken them.
        """
        with compat.manage_environments(), compat.open_cursor(
            self.env.cr.dbname, read_committed=True
        ) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env[self._name].browse(row_id).exists().message_id._update_state()

    def _work(self, deadline):
        if self.dingtalk_task:
            # DingTalk has it; only our own rows were still to be written.
            self._sent()
            return None
        if self._is_stale():
            self._unknown(self.last_error or _("The server stopped while sending."))
            return False
        wait = self._wait_for_minute()
        if wait:
            self._postpone(wait)
            return False
        self._publish(self.id)
        # A new view of the database: the message row has just changed.
        self._commit()
        app = self.app_id
        client = app._dingtalk_client()
        body = self.message_id._body_to_send(client)
        userids = self.recipient_ids.sorted("id").mapped("userid")
        agent_id = app.agent_id
        if self.maybe_since:
            self.write({"resent": True})
        else:
            self.write(
                {
                    "maybe_since": fields.Datetime.to_string(utcnow()),
                    "maybe_attempt": self.attempts,
                }
            )
        # Whoever finds this row after a crash must know that it may have arrived.
        self._commit()
        dingtalk_task = client.messages.send(
            agent_id, json.loads(body, object_pairs_hook=OrderedDict), userids
        )
        self._remember(
            {
                "dingtalk_task": dingtalk_task,
                "sent_at": fields.Datetime.to_string(utcnow()),
            },
            {"dingtalk_tasks": dingtalk_task},
        )
        self._sent()
        return None

    def _sent(self):
        """Record that DingTalk has taken the part."""
        sent_at = fields.Datetime.from_string(self.sent_at)
        self.write({"result_step": 0, "next_result": self._result_time(sent_at, 0)})
        self.recipient_ids.write({"state": "sent", "reason_code": False})

    def _task_ids(self):
        """Return the ids of all tasks by which people may have got this part."""
        known = (self.dingtalk_tasks or "").split()
        return list(OrderedDict.fromkeys(
            known + [self.dingtalk_task] if self.dingtalk_task else known
        ))

    def _wait_for_minute(self):
        """Return the seconds until DingTalk takes this many people again, or 0.

        What others are sending counts: each has said so, and committed it, before he
        looks, so of two at least one sees the other.
        """
        self.env.cr.execute(
            "SELECT COALESCE(SUM(people), 0), MIN(CASE WHEN sent_at > %(since)s"
            " THEN sent_at END) FROM dingding_message_task WHERE app_id = %(app)s"
            " AND (sent_at > %(since)s OR state = 'working' AND id <> %(id)s)",
            {
                "app": self.app_id.id, "id": self.id,
                "since": utcnow() - datetime.timedelta(seconds=60),
            },
        )
        people, oldest = self.env.cr.fetchone()
        if not people or people + self.people <= PEOPLE_PER_MINUTE:
            return 0
        if not oldest:
            return 1
        oldest = fields.Datetime.from_string(oldest)
        return max(61 - int((utcnow() - oldest).total_seconds()), 1)

    # -- not knowing -----------------------------------------------------------

    def _is_stale(self):
        """Tell whether an earlier attempt may have arrived on another day."""
        if not self.maybe_since or self.dingtalk_task:
            return False
        return not is_same_beijing_day(
            fields.Datetime.from_string(self.maybe_since), utcnow()
        )

    def _settle(self):
        return not self._is_stale()

    def _unknown(self, message):
        self.recipient_ids.write({"state": "unknown", "reason_code": False})
        return super(DingdingMessageTask, self)._unknown(message)

    def _failed(self, error):
        if not error.outcome_unknown and self.maybe_attempt == self.attempts:
            # DingTalk said no to the only attempt that could have arrived.
            self.write({"maybe_since": False, "maybe_attempt": 0})
        return super(DingdingMessageTask, self)._failed(error)

    def _give_up(self, message):
        if self.dingtalk_task:
            # DingTalk has it, whatever went wrong with our own rows.
            self.recipient_ids.write({"state": "sent", "reason_code": False})
            return self._ended("done", message)
        if self.maybe_since:
            # Not sure to have failed: an earlier attempt may have arrived.
            return self._unknown(message)
        self.recipient_ids.write({"state": "failed", "reason_code": "refused"})
        return super(DingdingMessageTask, self)._give_up(message)

    def _start_over(self):
        """Send from the first attempt on: a person has decided so."""
        for task in self:
            task.write(
                {
                    "attempts": 0,
                    "dingtalk_task": False,
                    "dingtalk_tasks": " ".join(task._task_ids()) or False,
                    "resent": task.resent or bool(task.maybe_since),
                    "lost": task.lost or task._is_stale(),
                    "maybe_since": False,
                    "maybe_attempt": 0,
                }
            )
        self.mapped("recipient_ids").write({"state": "queued", "reason_code": False})
        self._enqueue()

    def _mark_sent(self):
        """Take parts of unknown outcome as sent: a person has looked."""
        for task in self:
            task.write({"sent_at": task.maybe_since, "next_result": False})
            task._done()
            task.recipient_ids.write({"state": "sent", "reason_code": False})

    def action_retry(self):
        """Send the messages of these parts again; see the message's button."""
        return self.mapped("message_id").action_send_again()

    # -- taking back -----------------------------------------------------------

    def _is_recent(self):
        if not self.sent_at:
            return False
        age = utcnow() - fields.Datetime.from_string(self.sent_at)
        return age < datetime.timedelta(hours=RESULT_HOURS)

    def _can_be_recalled(self):
        if self.state in ("queued", "retry"):
            return not self.maybe_since
        return (
            self.state == "done"
            and bool(self._task_ids())
            and not self.recalled_at
            and self._is_recent()
        )

    def _dingtalk_recall(self):
        """Have DingTalk take one part off the phones, each of its copies.

        Everything that DingTalk has done is recorded at once, in a transaction of its
        own: no later error takes that back.

        :return: what :meth:`_mark_recalled` takes
        :raise UserError: DingTalk can't be asked for that
        :raise DingTalkError: DingTalk refuses
        """
        self.ensure_one()
        task_ids = self._task_ids()
        if not task_ids:
            raise UserError(
                _(
                    "DingTalk's number of this message is not known, so it cannot be "
                    "recalled from here."
                )
            )
        if not self._is_recent():
            raise UserError(_("A message can be recalled for 24 hours."))
        messages = self.app_id._dingtalk_client().messages
        agent_id = self.app_id.agent_id
        kept = self._kept_userids(messages, agent_id, task_ids)
        self._commit()
        for task_id in task_ids:
            if task_id not in (self.recalled_tasks or "").split():
                messages.recall(agent_id, task_id)
                self._remember({}, {"recalled_tasks": task_id})
        return kept

    def _mark_recalled(self, kept):
        """Record from whose phones one part was taken.

        :param kept: userids of those who still have a copy, None for perhaps everybody
        :return: what could not be taken back, in words, or ''
        """
        taken = self.recipient_ids.filtered(
            lambda row: kept is not None and row.userid not in kept
        )
        taken.write({"recalled": True})
        left = len(self.recipient_ids - taken)
        if left:
            return _(
                "%d people may still see it: they got it by an earlier attempt, whose "
                "number DingTalk has not told."
            ) % left
        self.write(
            {"recalled_at": fields.Datetime.to_string(utcnow()), "next_result": False}
        )
        return ""

    def _kept_userids(self, messages, agent_id, task_ids):
        """Return who has a copy that DingTalk has given no number of.

        Those for whom DingTalk has dropped every copy that has one. None: nobody knows,
        perhaps everybody.
        """
        if self.lost:
            return None
        if not self.resent:
            return set()
        kept = None
        for task_id in task_ids:
            result = messages.result(agent_id, task_id)
            dropped = {
                str(entry.get("userid")) for entry in result.get("forbidden_list") or []
                if str(entry.get("code")) in DUPLICATE_CODES
            }
            kept = dropped if kept is None else kept & dropped
        return kept

    # -- results ---------------------------------------------------------------

    @staticmethod
    def _result_time(sent_at, step):
        """Return when the results are read for the time ``step``, or False."""
        if step >= len(RESULT_DELAYS):
            return False
        return fields.Datetime.to_string(
            sent_at + datetime.timedelta(seconds=RESULT_DELAYS[step])
        )

    def _can_read_result(self):
        return self.state == "done" and bool(self._task_ids()) and self._is_recent()

    @api.model
    def _cron_read_results(self):
        """Read who got and read what, and put right what a crash left behind."""
        deadline = time.monotonic() + CRON_SECONDS
        now = fields.Datetime.to_string(utcnow())
        tasks = self.sudo().search(
            [("next_result", "<=", now)], order="next_result", limit=CRON_RESULTS
        )
        resting = set()
        for task in tasks:
            if time.monotonic() > deadline:
                break
            if task.app_id.id in resting:
                continue
            if not self._read_result_alone(task.id):
                # The others of this application would fare alike; those of other
                # organisations need not wait for it.
                resting.add(task.app_id.id)
        self._put_right()

    @api.model
    def _read_result_alone(self, task_id):
        """Read one part's results; return False when its application must rest."""
        dbname = self.env.cr.dbname
        go_on = True
        with compat.manage_environments(), compat.open_cursor(dbname) as cr:
            task = api.Environment(cr, SUPERUSER_ID, {})[self._name].browse(task_id)
            try:
                go_on = not task._read_result()
                compat.flush(task.env)
            except OperationalError:
                # A person has pressed the button meanwhile; the next turn sees.
                cr.rollback()
                compat.forget(task.env)
        self._publish(task_id)
        return go_on

    def _read_result(self):
        """Read the results of one part and plan the next time.

        :return: the DingTalkError that will hit other parts too, or None
        """
        self.ensure_one()
        values = {"next_result": False, "result_error": False}
        trouble = None
        if self._can_read_result():
            sent_at = fields.Datetime.from_string(self.sent_at)
            step = self.result_step + 1
            values.update(
                result_step=step, next_result=self._result_time(sent_at, step)
            )
            try:
                self._ask_result()
            except DingTalkError as error:
                _logger.info("Results of message part %s: %s", self.id, error)
                values["result_error"] = str(error)
                if error.remedy not in ("argument", "not_found"):
                    trouble = error
                if error.retryable:
                    # Not this part's fault: the step is not used up.
                    values["result_step"] = self.result_step
                    values["next_result"] = fields.Datetime.to_string(
                        utcnow() + datetime.timedelta(seconds=RESULT_PAUSE)
                    )
            if not set(self.recipient_ids.mapped("state")) - {"read", "failed"}:
                values["next_result"] = False
        self.write(values)
        return trouble

    def _ask_result(self):
        """Ask DingTalk for the results and write them.

        :raise DingTalkError: DingTalk gives none
        """
        app = self.app_id
        messages = app._dingtalk_client().messages
        self._apply_results(
            [messages.result(app.agent_id, task_id) for task_id in self._task_ids()]
        )

    def _apply_results(self, results):
        """Write what changed for whom.

        :param list results: of each task id, as ``client.messages.result`` returns it
        """
        outcome = {}
        for result in results:
            for userid, new in self._outcome(result).items():
                old = outcome.get(userid)
                if old is None or OUTCOMES.index(new[0]) > OUTCOMES.index(old[0]):
                    outcome[userid] = new
        self._apply_outcome(outcome)

    def _outcome(self, result):
        """Return userid -> (state, reason) by one task's result."""
        outcome = {}
        for name, state, code in (
            ("unread_user_id_list", "unread", False),
            ("failed_user_id_list", "failed", "failed"),
            ("invalid_user_id_list", "failed", "invalid"),
            ("forbidden_user_id_list", "failed", "forbidden"),
        ):
            for userid in result.get(name) or []:
                outcome[str(userid)] = (state, code)
        for entry in result.get("forbidden_list") or []:
            code = str(entry.get("code") or "forbidden")
            if code in DUPLICATE_CODES and self.resent:
                # The first attempt had arrived after all.
                outcome[str(entry.get("userid"))] = ("sent", False)
            else:
                outcome[str(entry.get("userid"))] = ("failed", code)
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
    def _put_right(self):
        """Update messages whose worker died between a part and its message."""
        messages = self.env["dingding.message"].sudo().search(
            [("state", "in", ("queued", "sending")),
             ("task_ids.state", "not in", DUE_STATES)],
            limit=CRON_RESULTS,
        )
        for message in messages:
            if message.task_ids:
                self._publish(message.task_ids[0].id)
