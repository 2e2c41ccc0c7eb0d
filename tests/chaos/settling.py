"""Wait until all faults are gone and no work is left."""

import collections
import time

from e2e import house

from tools.errors import ToolError
from tools.progress import say

from .operations import attendance, emails
from .world import Disturbed, Refused

# Slow machines may take as long as they make progress, up to this time in all; PATIENCE
# finds what hangs.
PATIENCE_SECONDS = 150
ALL_SECONDS, SHARE = 450, 0.4  # and this share of the play's time
# Rows that wait for a person are at rest.
AT_REST = ("done", "failed", "unknown", "cancelled", "ignored", "recalled", "sent",
           "confirm")
#: Rows that wait for their time: table -> condition. DingTalk takes 500 messages a day
#: per person; the rest waits for the next day.
PUT_OFF = {"dingding_notification": "gathering AND state = 'queued'"}
#: Counters of a sync of attendance; those of a second sync must be 0.
READING = ("results_changed", "attendances_created", "attendances_updated",
           "attendances_deleted", "problems_found")
QUIET = 2  # times in a row without work left


class Settling:
    def __init__(self, world, seconds=0):
        self.world = world
        self.end = time.monotonic() + ALL_SECONDS + SHARE * seconds
        #: work that did not come to rest in time
        self.restless = []

    def settle(self):
        """End all faults and wait; return what did not come to rest."""
        world = self.world
        self._repair()
        self._until(self._no_push_waits, "DingTalk's events are delivered")
        self._until(self._nothing_due, "queues are empty")
        self._decide()
        self._press_retry()
        self._until(self._nothing_due, "queues are empty after a manager's retry")
        self._reconcile()
        self._until(self._nothing_due, "queues are empty after the check of to-dos")
        for number in range(3):
            before = self._changes()
            self._read_people()
            self._until(self._nothing_due, "queues are empty after sync %d" % number)
            if self._changes() == before and number:
                break
        self._check_leave()
        house.hurry_cron(world.stack, "dingding_approval_cron_poll")
        self._until(self._approvals_are_read, "running approvals are read")
        self._read_results()
        self._read_attendance()
        self._follow()
        self._until(self._nothing_due, "queues are empty in the end")
        self._send_emails()
        self._until(self._stream_is_open, "Stream mode is connected")
        return self.restless

    def _repair(self):
        world = self.world
        world.machines.limit_files()
        world.dingtalk("DELETE", "/faults")
        world.dingtalk("DELETE", "/streams/faults")
        world.set_clock(0)
        world.setting(latency=0, event_order="in_order", event_lose=0, event_double=0,
                      event_time_scale=0.02)
        if not world.stack.odoo.running():
            world.stack.start_odoo()
        world.machines.start_stream()
        world.dingtalk("POST", "/pushes/hurry")

    def _until(self, condition, what):
        """Wait until a condition is true several times in a row.

        Give up after PATIENCE_SECONDS without progress, and at the limit of all.
        """
        quiet, begin = 0, time.monotonic()
        patience, least = begin + PATIENCE_SECONDS, None
        while quiet < QUIET:
            quiet = quiet + 1 if condition() else 0
            left = self._left()
            if least is None or left < least:
                patience, least = time.monotonic() + PATIENCE_SECONDS, left
            if quiet < QUIET and time.monotonic() > min(patience, self.end):
                self.restless.append("%s (%s)" % (what, self._summary()))
                break
            if quiet < QUIET:
                self._hurry()
                time.sleep(0.4)
        say("... %s: %.0f s" % (what, time.monotonic() - begin))

    def _hurry(self):
        """Make waiting work due, and have the cron look at once."""
        self.world.stack.query("; ".join([
            "UPDATE %s SET next_try = NULL WHERE id IN (SELECT id FROM %s WHERE"
            " state IN ('retry', 'queued') AND next_try IS NOT NULL AND NOT (%s)"
            " FOR UPDATE SKIP LOCKED)" % (table, table, PUT_OFF.get(table, "false"))
            for table in self.queues()] + [
            "UPDATE dingding_message_task SET next_recall = '2001-01-01' WHERE id IN"
            " (SELECT id FROM dingding_message_task WHERE next_recall > '2001-01-01'"
            " FOR UPDATE SKIP LOCKED)"]))
        house.hurry_cron(self.world.stack)

    def queues(self):
        """Return the tables of queues."""
        if not hasattr(self, "_queues"):
            self._queues = house.queues(self.world.stack)
        return self._queues

    def _nothing_due(self):
        return not self.open_rows()

    def open_rows(self):
        """Return unfinished rows of queues, also recalls."""
        return self.world.query(" UNION ALL ".join([
            "SELECT '%s' AS queue, id, state, attempts, last_error FROM %s"
            " WHERE state NOT IN ('%s') AND NOT (%s)" % (
                table, table, "', '".join(AT_REST), PUT_OFF.get(table, "false"))
            for table in self.queues()] + [
            "SELECT 'recall', id, 'retry', recall_attempts, recall_error"
            " FROM dingding_message_task WHERE next_recall IS NOT NULL"]))

    def _summary(self):
        rows = collections.Counter(
            (row["queue"], row["state"], row["last_error"]) for row in self.open_rows())
        return ", ".join("%d of %s %s: %s" % ((count,) + key)
                         for key, count in rows.most_common(3))

    def _left(self):
        """Return how much work is left: less means progress."""
        unread = self.world.stack.query(
            "SELECT (SELECT count(*) FROM dingding_message_task WHERE next_result <"
            " '2002-01-01') + (SELECT count(*) FROM dingding_approval WHERE status ="
            " 'running')")
        return len(self._pushes()) + len(self.open_rows()) + int(unread)

    def _pushes(self):
        return self.world.dingtalk("GET", "/pushes", state="waiting", limit=20000)

    def _no_push_waits(self):
        waiting = self._pushes()
        if waiting:
            self.world.dingtalk("POST", "/pushes/hurry")
        return not waiting

    def _decide(self):
        """Decide as a manager about a sync that waits for it."""
        world = self.world
        for row in world.query("SELECT id FROM dingding_sync WHERE state = 'confirm'"):
            world.rpc("dingding.sync", "action_apply_all", [row["id"]])

    def _press_retry(self):
        """Retry as a manager what has failed."""
        world = self.world
        for model, method, states in (
                ("dingding.outgoing.change", "action_retry", ("failed", "unknown")),
                ("dingding.event", "action_retry", ("failed",)),
                ("dingding.notification", "action_retry", ("failed",)),
                ("dingding.todo.change", "action_retry", ("failed",)),
                ("dingding.leave.change", "action_retry", ("failed",)),
                ("dingding.card.change", "action_retry", ("failed",)),
                ("dingding.card.press", "action_retry", ("failed",)),
                ("dingding.chat.message", "action_retry", ("failed", "unknown")),
                ("dingding.group", "action_retry", ("failed", "unknown")),
                ("dingding.message", "action_send_again", ("failed", "partly_failed")),
                ("dingding.approval", "action_retry", ("unknown",)),
                ("dingding.approval.request", "action_retry", ("failed", "unknown"))):
            rows = world.query(
                "SELECT id, state FROM %s WHERE state IN ('%s') ORDER BY id" % (
                    model.replace(".", "_"), "', '".join(states)))
            for row in rows:
                if row["state"] == "unknown":
                    world.decided.add((model, row["id"]))
                world.ledger.add("pressed", (model, row["id"]))
                try:
                    world.rpc(model, method, [row["id"]])
                except (Refused, Disturbed):
                    continue

    def _reconcile(self):
        """Have Odoo look for to-dos whose events were lost, as every day."""
        self._act("dingding_todo_change_cron_reconcile", "to-dos are checked")

    def _act(self, name, what):
        """Have a scheduled action run, and wait for its end."""
        stack = self.world.stack
        stack.query(
            "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' WHERE id ="
            " (SELECT res_id FROM ir_model_data WHERE model = 'ir.cron'"
            " AND name = '%s')" % name)
        self._until(lambda: stack.query(
            "SELECT count(*) FROM ir_cron WHERE nextcall > now() AT TIME ZONE 'UTC'"
            " AND id = (SELECT res_id FROM ir_model_data WHERE model = 'ir.cron'"
            " AND name = '%s')" % name) == "1", what)

    def _send_emails(self):
        """Send as Odoo's queue what a killed worker has left, and what is held back."""
        left = [row["id"] for row in emails.mails(self.world)
                if row["state"] == "outgoing" and not row["held"]]
        if left:
            self.world.rpc("mail.mail", "send", left)
        # Some wait for results that are known by now.
        self.world.stack.query(
            "UPDATE mail_mail SET dingding_check = now() AT TIME ZONE 'UTC'"
            " WHERE dingding_check > now() AT TIME ZONE 'UTC'")
        # The first time may find a notification that was only just sent again.
        for what in ("e-mails held back are looked at", "and once more"):
            self._act("mail_mail_cron_held", what)

    def _changes(self):
        return self.world.stack.query(
            "SELECT count(*), max(id) FROM dingding_outgoing_change")

    def _read_people(self):
        """Sync people, and apply what waits for a decision."""
        world = self.world
        for _attempt in range(3):
            number = world.rpc(
                "dingding.corp", "action_get_users", [world.corp])["res_id"]
            row = "SELECT state FROM dingding_sync WHERE id = %d" % number
            states = ("done", "failed", "cancelled", "confirm")
            self._until(lambda: world.stack.query(row) in states, "the last sync")
            state = world.stack.query(row)
            if state == "done":
                return
            if state == "confirm":
                world.rpc("dingding.sync", "action_apply_all", [number])
                self._until(lambda: world.stack.query(row) == "done",
                            "the sync that was confirmed")
                return
        self.restless.append("the last sync ended as %s" % state)

    def _check_leave(self):
        """Look for lost leave twice: the first time may learn a template."""
        last = "SELECT max(id) FROM dingding_leave_change WHERE kind = 'check'"
        for _look in range(2):
            before = self.world.stack.query(last)
            house.hurry_cron(
                self.world.stack, "dingding_leave_change_cron_reconcile")
            self._until(lambda before=before: self.world.stack.query(last) != before,
                        "leave is checked")
            self._until(self._nothing_due, "queues are empty after leave was checked")

    def _read_attendance(self):
        """Read the days of the play twice: the second time finds nothing new."""
        world = self.world
        # DingTalk lists events of the future once their time has come.
        world.attendance_read_at = time.time()
        states = ("done", "failed", "cancelled", "confirm")
        for what in ("once more", "and again"):
            self._until(self._nothing_due, "queues are empty before attendance")
            number = attendance.read(world, 1)
            row = "SELECT state FROM dingding_attendance_sync WHERE id = %d" % number
            self._until(lambda row=row: world.stack.query(row) in states,
                        "attendance is read " + what)
            state = world.stack.query(row)
            if state != "done":
                self.restless.append("the last attendance sync ended as %s" % state)
        world.second_reading = number
        self._until(self._nothing_due, "queues are empty before check-ins")
        number = attendance.read_check_ins(world)
        row = "SELECT state FROM dingding_checkin_sync WHERE id = %d" % number
        self._until(lambda: world.stack.query(row) in states, "check-ins are read")
        if world.stack.query(row) != "done":
            self.restless.append("the last sync of field check-ins did not end")

    def _follow(self):
        """Have groups follow their documents."""
        self.world.rpc("dingding.group.rule", "action_run", [self.world.group_rule])

    def _stream_is_open(self):
        """Tell whether the stream is open; dead connections are replaced after a while.
        """
        return any(each["state"] == "open"
                   for each in self.world.dingtalk("GET", "/streams")["connections"])

    def _approvals_are_read(self):
        there = {each["id"]: (each["status"], each["result"])
                 for each in self.world.dingtalk("GET", "/approvals/instances")}
        for row in self.world.query(
                "SELECT instance_id FROM dingding_approval WHERE status = 'running'"):
            if there.get(row["instance_id"], ("RUNNING", ""))[0] != "RUNNING":
                house.hurry_cron(self.world.stack, "dingding_approval_cron_poll")
                return False
        return True

    def _read_results(self):
        """Have Odoo read the recipients' states once more."""
        stack = self.world.stack
        stack.query("UPDATE dingding_message_task SET next_result = '2001-01-01'"
                    " WHERE state = 'done' AND dingtalk_task IS NOT NULL"
                    " AND recalled_at IS NULL")

        def read():
            house.hurry_cron(stack, "dingding_message_task_cron_read_results")
            return stack.query("SELECT count(*) FROM dingding_message_task"
                               " WHERE next_result < '2002-01-01'") == "0"

        try:
            self._until(read, "who has read what is read")
        except ToolError as error:
            self.restless.append("the results could not be read: %s" % error)
