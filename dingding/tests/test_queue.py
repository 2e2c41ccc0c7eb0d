# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Test the queue protocol with a queue of its own.

``tests/e2e`` tests real processes.
"""
import contextlib
import datetime
import threading
import time
import types
from unittest import mock

from psycopg2 import IntegrityError, InterfaceError, OperationalError
from psycopg2.pool import PoolError

from odoo import SUPERUSER_ID, api, fields, tools
from odoo.exceptions import AccessError
from odoo.tests import common
from odoo.tools import mute_logger

from .. import compat
from ..dingtalk import errors, utc
from ..models import attempt as attempts, queue
from .common import (
    DingTalkCase,
    portable,
    real_open_cursor,
    with_real_cursors,
)

QUEUE = "dingding.sync"
LOGGER = "odoo.addons.dingding.models.queue"


class Work(object):
    """Stand-ins for ``_work`` and ``_settle``."""

    def __init__(self, case):
        self.done = []
        self.settled = []
        self.acts = {}
        self.harmless = True
        model = type(case.env[QUEUE])
        work = self

        def _work(record, deadline):
            work.done.append(record.id)
            act = work.acts.get(record.id)
            return act(record) if act else None

        def _settle(record):
            work.settled.append(record.id)
            return work.harmless

        case._replace(model, "_work", _work)
        case._replace(model, "_settle", _settle)


class QueueCase(DingTalkCase):
    def setUp(self):
        super().setUp()
        self.work = Work(self)
        self.queue = self.env[QUEUE]
        self.queue.search([]).write({"state": "cancelled"})

    def row(self, **values):
        row = self.new_row(self.env)
        if values:
            row.write(values)
        return row

    def new_row(self, env):
        # One has one sync of a kind at a time.
        corp = env["dingding.corp"].create({"name": "Row"})
        return env[QUEUE].create({"corp_id": corp.id, "state": "queued"})

    def fail_with(self, row, error):
        def act(_record):
            raise error

        self.work.acts[row.id] = act

    def waits(self, row):
        moment = fields.Datetime.from_string(row.next_try)
        return (moment - utc.now()).total_seconds()

    def make_later(self, row):
        row.write({"next_try": self.queue._moment(3600)})

    def make_due(self, row):
        row.write({"next_try": fields.Datetime.now()})


@portable
class TestFailureText(DingTalkCase):
    def test_no_row_is_quoted(self):
        with self.assertRaises(IntegrityError) as caught, mute_logger(
            "odoo.sql_db"
        ), self.env.cr.savepoint():
            self.env.cr.execute(
                "INSERT INTO dingding_secret (name, sealed_value)"
                " VALUES ('very', 'secret')")
        self.assertIn("secret", str(caught.exception).partition("DETAIL")[2])
        text = queue.failure_text(caught.exception)
        self.assertTrue(text.startswith(type(caught.exception).__name__ + ": null"))
        self.assertNotIn("very", text)
        self.assertNotIn("\n", text)
        self.assertEqual(queue.failure_text(ValueError("a\nb")), "ValueError: a\nb")


@portable
class TestQueue(QueueCase):
    def test_done_once(self):
        row = self.row()
        row._enqueue()
        self.assertEqual(self.queue._process(), 1)
        self.assertEqual(row.state, "done")
        self.assertEqual(row.attempts, 1)
        self.assertEqual(self.queue._process(), 0)
        self.assertEqual(self.work.done, [row.id])

    def test_in_order(self):
        rows = [self.row() for _number in range(5)]
        self.queue._process()
        self.assertEqual(self.work.done, [row.id for row in rows])

    def test_limit_and_seconds(self):
        for _number in range(5):
            self.row()
        self.assertEqual(self.queue._process(limit=2), 2)
        self.assertEqual(self.queue._process(seconds=-1), 0)
        self.assertEqual(self.queue._process(), 3)

    def test_of_an_archived_organisation(self):
        """An archived organisation makes no calls, not even those waiting."""
        row, other = self.row(), self.row()
        row.corp_id.active = False
        self.queue._process()
        self.assertEqual((row.state, other.state), ("cancelled", "done"))
        self.assertIn("archived", row.last_error)
        self.assertTrue(row.finished_at)
        self.assertEqual(self.work.done, [other.id])

    def test_states_that_rest(self):
        for state in ("done", "failed", "unknown", "cancelled"):
            self.row(state=state)
        future = utc.now() + datetime.timedelta(hours=1)
        self.row(state="retry", next_try=fields.Datetime.to_string(future))
        self.row(state="queued", next_try=fields.Datetime.to_string(future))
        self.assertEqual(self.queue._process(), 0)

    def test_the_clock_of_the_database_counts(self):
        ahead = utc.now() + datetime.timedelta(days=1)

        class Datetime(object):
            from_string = staticmethod(fields.Datetime.from_string)
            to_string = staticmethod(fields.Datetime.to_string)

            @staticmethod
            def now():
                return fields.Datetime.to_string(ahead)

        later = self.row(state="retry", next_try=self.queue._moment(3600))
        busy = self.row()
        self.fail_with(busy, errors.BusyError("-1", "busy", outcome_unknown=False))
        compat.flush(self.env)
        self._replace(utc, "now", lambda: ahead)
        self._replace(queue, "fields", types.SimpleNamespace(Datetime=Datetime))
        self.assertEqual(self.queue._process(), 1)
        self.assertIsNone(later._take())
        self.assertEqual((later.state, busy.state), ("retry", "retry"))
        self.assertLess(self.waits(busy), queue.FIRST_DELAY * 2)

    # -- failures --------------------------------------------------------------

    def test_retry_backs_off_and_ends(self):
        row = self.row()
        self.fail_with(row, errors.BusyError("-1", "busy", outcome_unknown=False))
        delays, model = [], type(self.queue)
        delay = model._delay
        # Time between two lines on a busy machine does not count.
        self._replace(model, "_delay", lambda this, error=None: (
            delays.append(delay(this, error)), delays[-1])[1])
        for attempt in range(1, queue.MAX_ATTEMPTS):
            self.queue._process()
            self.assertEqual((row.state, row.attempts), ("retry", attempt))
            self.assertEqual(len(delays), attempt)
            self.assertLessEqual(self.waits(row), delays[-1] + 1)
            self.assertGreater(self.waits(row), 0)
            self.make_later(row)
            self.assertEqual(self.queue._process(), 0)
            self.make_due(row)
        for shorter, longer in zip(delays, delays[1:]):
            self.assertGreater(longer, 1.5 * shorter)
        self.assertGreater(delays[0], queue.FIRST_DELAY - 2)
        self.assertLess(delays[-1], queue.LONGEST_DELAY * 1.2 + 1)
        self.queue._process()
        self.assertEqual(row.state, "failed")
        self.assertFalse(row.next_try)
        self.assertEqual(row.error_code, "-1")
        self.assertIn("busy", row.last_error)
        self.assertTrue(row.remedy)
        self.assertEqual(self.queue._process(), 0)

    def test_the_delay_never_grows_without_end(self):
        row = self.row(attempts=5000)
        self.assertLessEqual(row._delay(), queue.LONGEST_DELAY * 1.2)

    def test_what_dingtalk_asks_for_goes_first(self):
        row = self.row()
        self.fail_with(
            row, errors.RateLimitedError("90018", "slow down", detail={"wait": 1800.0})
        )
        self.queue._process()
        self.assertEqual(row.state, "retry")
        self.assertGreater(self.waits(row), 1790)

    def test_what_cannot_succeed_is_not_repeated(self):
        row = self.row()
        self.fail_with(row, errors.PermissionDeniedError("60011", "no"))
        self.queue._process()
        self.assertEqual((row.state, row.attempts), ("failed", 1))
        self.assertEqual(row.error_remedy, "permission")

    def test_the_remedy_is_that_of_the_last_error(self):
        row = self.row()
        self.fail_with(row, errors.RateLimitedError("90018", "slow down"))
        self.queue._process()
        self.assertEqual(row.error_remedy, "rate_limit")
        before = row.remedy
        self.fail_with(row, errors.TransportError("reset", "connection reset"))
        self.make_due(row)
        self.queue._process()
        self.assertEqual((row.state, row.attempts), ("retry", 2))
        self.assertNotEqual(row.remedy, before)
        self.assertNotIn(before, row.error_html)

    @mute_logger(LOGGER)
    def test_one_that_fails_does_not_block_the_others(self):
        first, second, third = self.row(), self.row(), self.row()
        self.fail_with(first, ZeroDivisionError("ours"))
        self.work.acts[second.id] = lambda row: row.env.cr.execute("SELECT no_such")
        with mute_logger("odoo.sql_db"):
            self.assertEqual(self.queue._process(), 3)
        self.assertEqual(
            [first.state, second.state, third.state], ["failed", "failed", "done"]
        )
        self.assertIn("ZeroDivisionError", first.last_error)

    def test_no_connection_is_no_refusal(self):
        """The row is processed again; Odoo has refused nothing."""
        for kind in queue.NO_CONNECTION:
            def act():
                raise kind("away")

            with self.assertRaises(kind):
                attempts.attempt(self.env, act)

    def _break_between_steps(self, row):
        """Let the worker fail at a row, outside of what is tried."""
        model = type(self.queue)
        step = model._process_step

        def breaking(record, deadline):
            if record.id == row.id:
                raise RuntimeError("between the steps")
            return step(record, deadline)

        self._replace(model, "_process_step", breaking)

    @mute_logger(LOGGER)
    def test_one_that_breaks_the_worker_does_not_block_the_others(self):
        first, second = self.row(), self.row()
        self._break_between_steps(first)
        self.assertEqual(self.queue._process(), 1)
        self.assertEqual(second.state, "done")

    def test_what_was_written_before_the_failure_is_undone(self):
        row, other = self.row(), self.row(state="done")

        def act(_record):
            _record.browse(other.id).write({"last_error": "half a step"})
            compat.flush(_record.env)
            raise errors.PermissionDeniedError("60011", "no")

        self.work.acts[row.id] = act
        self.queue._process()
        self.assertFalse(other.last_error)

    def test_whole_steps_stay(self):
        row, other = self.row(), self.row(state="done")

        def act(record):
            record.browse(other.id).write({"last_error": "a whole step"})
            compat.flush(record.env)
            record.env.cr.commit()
            raise errors.PermissionDeniedError("60011", "no")

        self.work.acts[row.id] = act
        self.queue._process()
        self.assertEqual(other.last_error, "a whole step")
        self.assertEqual(row.state, "failed")

    def test_serialization_failure_is_tried_again(self):
        row = self.row()
        self.fail_with(row, OperationalError("could not serialize access"))
        self.queue._process()
        self.assertEqual(row.state, "retry")
        del self.work.acts[row.id]
        self.make_due(row)
        self.queue._process()
        self.assertEqual(row.state, "done")
        self.assertFalse(row.last_error)

    def test_who_was_slower_goes_on_at_once_a_few_times(self):
        class Conflict(OperationalError):
            pgcode = "40001"

        row = self.row()
        self.fail_with(row, Conflict("could not serialize access"))
        for _attempt in range(queue.AT_ONCE):
            self.queue._process()
            self.assertEqual(row.state, "retry")
            self.assertLessEqual(self.waits(row), 1)
        self.queue._process()
        self.assertGreater(self.waits(row), queue.FIRST_DELAY)

    def test_who_creates_the_same_at_the_same_time_is_tried_again(self):
        class Double(IntegrityError):
            pgcode = "23505"

        row = self.row()
        self.fail_with(row, Double("duplicate key"))
        self.queue._process()
        self.assertEqual(row.state, "retry")
        self.assertLessEqual(self.waits(row), 1)

    def test_serialization_failure_is_not_tried_for_ever(self):
        row = self.row()
        self.fail_with(row, OperationalError("could not serialize access"))
        for _attempt in range(queue.MAX_ATTEMPTS):
            self.make_due(row)
            self.queue._process()
        self.assertEqual(row.state, "failed")

    def test_a_row_that_is_deleted_meanwhile(self):
        row = self.row()

        def act(record):
            record.unlink()
            compat.flush(record.env)
            record.env.cr.commit()
            raise errors.BusyError("-1", "busy")

        self.work.acts[row.id] = act
        self.assertEqual(self.queue._process(), 1)
        self.assertFalse(row.exists())

    # -- what may have been done -----------------------------------------------

    def test_outcome_unknown(self):
        for error in (
            errors.TransportError("timeout", "x", outcome_unknown=True),
            OperationalError("gone"),
            ValueError("after sending"),
        ):
            row = self.row()
            self.fail_with(row, error)
            self.work.harmless = False
            with mute_logger(LOGGER):
                self.queue._process()
            self.assertEqual(row.state, "unknown", error)
            self.assertTrue(row.last_error)
            self.assertEqual(self.queue._process(), 0)

    def test_outcome_unknown_of_what_may_be_repeated(self):
        row = self.row()
        self.fail_with(row, errors.TransportError("timeout", "x", outcome_unknown=True))
        self.queue._process()
        self.assertEqual(row.state, "retry")

    def test_interrupted_and_harmless(self):
        row = self.row(state="working", attempts=1)
        self.queue._process()
        self.assertEqual(self.work.settled, [row.id])
        self.assertEqual((row.state, row.attempts), ("done", 2))

    def test_who_has_lost_only_the_lock_is_left_alone(self):
        """The worker may live, in the middle of a call."""
        self._replace(queue, "LOST_SECONDS", 20)
        row = self.row(state="working", attempts=1)

        def written(seconds):
            compat.flush(self.env)
            # Rows of a test are as old as its transaction.
            self.env.cr.execute(
                "UPDATE dingding_sync SET write_date = clock_timestamp()"
                " AT TIME ZONE 'UTC' - %s * interval '1 second' WHERE id = %s",
                [seconds, row.id])
            compat.forget(self.env)

        written(0)
        self.assertFalse(self.queue._due(10), "others need not even look at it")
        self.assertEqual(self.queue._process(), 0)
        self.assertEqual(self.work.done, [])
        written(22)
        self.assertEqual(self.queue._due(10), row)
        self.assertEqual(self.queue._process(), 1)
        self.assertEqual(self.work.done, [row.id])

    def test_a_dead_worker_is_found_after_the_clock_was_set_back(self):
        self._replace(queue, "LOST_SECONDS", 20)
        row = self.row(state="working", attempts=1)
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_sync SET write_date = clock_timestamp()"
            " AT TIME ZONE 'UTC' + interval '1 hour' WHERE id = %s", [row.id])
        compat.forget(self.env)
        self.assertEqual(self.queue._process(), 1)
        self.assertEqual(row.state, "done")

    # -- slow organisations ----------------------------------------------------

    def test_a_row_waits_no_longer_after_the_clock_was_set_back(self):
        row, other = self.row(), self.row()
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_sync SET state = 'retry', next_try = clock_timestamp()"
            " AT TIME ZONE 'UTC' + interval '1 year', write_date = clock_timestamp()"
            " AT TIME ZONE 'UTC' + CASE id WHEN %s THEN interval '364 days'"
            " ELSE interval '0' END", [row.id])
        compat.forget(self.env)
        self.assertEqual(self.queue._process(), 1)
        self.assertEqual((row.state, other.state), ("done", "retry"))

    def test_a_slow_organisation_comes_last(self):
        """A host that does not answer takes each of its rows half a minute."""
        clock = types.SimpleNamespace(now=1000.0)
        self._replace(queue, "time", types.SimpleNamespace(
            monotonic=lambda: clock.now, sleep=time.sleep))
        self._replace(queue, "_slow", {})
        silent = errors.TransportError("timeout", "no answer", outcome_unknown=True)

        def take_long(_record):
            clock.now += 30
            raise silent

        slow = self.row()
        later = self.queue.create(
            {"corp_id": slow.corp_id.id, "kind": "departments", "state": "queued"})
        other = self.row()
        for row in (slow, later):
            self.work.acts[row.id] = take_long
        self.assertEqual(self.queue._process(seconds=1000), 3)
        self.assertEqual(self.work.done, [slow.id, other.id, later.id])
        # Nor do many of its rows hide a new one.
        del self.work.done[:]
        new = self.row()
        for row in (slow, later):
            self.make_due(row)
        self.assertEqual(self.queue._process(limit=1, seconds=1000), 1)
        self.assertEqual(self.work.done, [new.id])
        # Not for ever, nor once it is quick again.
        clock.now += queue.SLOW_FOR
        del self.work.acts[slow.id], self.work.acts[later.id]
        new = self.row()
        del self.work.done[:]
        self.queue._process(seconds=1000)
        self.assertEqual(self.work.done, [slow.id, later.id, new.id])

    def test_of_two_slow_organisations_each_has_its_turn(self):
        self._replace(queue, "_slow", {})
        rows = [self.row() for _number in range(3)]
        slow = {rows[0].corp_id.id: 2.0, rows[1].corp_id.id: 1.0}
        self.assertEqual(
            self.queue._slow_last([row.id for row in rows], slow),
            [rows[2].id, rows[1].id, rows[0].id])

    def test_interrupted_and_not_harmless(self):
        self.work.harmless = False
        row = self.row(state="working", attempts=1)
        self.queue._process()
        self.assertEqual(row.state, "unknown")
        self.assertEqual(self.work.done, [])
        self.assertEqual(self.queue._process(), 0)

    def test_a_row_that_kills_its_workers_ends(self):
        row = self.row(state="working", attempts=queue.MAX_ATTEMPTS)
        self.queue._process()
        self.assertEqual(row.state, "failed")
        self.assertEqual(self.work.done, [])

    # -- long work -------------------------------------------------------------

    def test_pause(self):
        row = self.row()
        turns = []

        def act(record):
            turns.append(1)
            if len(turns) < 9:
                record._pause()
                return False
            return None

        self.work.acts[row.id] = act
        self.assertEqual(self.process_queue(QUEUE), 9)
        self.assertEqual(row.state, "done")

    # -- once more -------------------------------------------------------------

    def test_retry_by_hand(self):
        def retry(user, row):
            # Of the protocol: a run has a button of its own.
            action = queue.DingdingQueueMixin.action_retry
            return action(row.with_env(self.env(user=user.id)))

        self.env["ir.model.access"].create(
            {
                "name": "read runs",
                "model_id": self.env["ir.model"]._get(QUEUE).id,
                "group_id": self.env.ref("dingding.group_user").id,
                "perm_read": True,
            }
        )
        for state in ("failed", "unknown", "retry"):
            row = self.row(state=state, attempts=queue.MAX_ATTEMPTS)
            for user in (
                self.user_public, self.user_portal, self.user_employee,
                self.user_dingtalk,
            ):
                with self.assertRaises(AccessError):
                    retry(user, row)
            retry(self.user_manager, row)
            compat.forget(self.env)
            self.assertEqual((row.state, row.attempts), ("queued", 0))
        for state in ("done", "cancelled", "working"):
            row = self.row(state=state)
            retry(self.user_manager, row)
            self.assertEqual(row.state, state)

    def test_what_is_due_soon_is_waited_for(self):
        self.assertIsNone(self.queue._due_soon())
        self.row()
        self.assertIsNone(self.queue._due_soon(), "it is due already")
        late = self.row(next_try=self.queue._moment(60))
        self.assertIsNone(self.queue._due_soon(), "that is not soon")
        late.write({"next_try": self.queue._moment(5), "state": "retry"})
        compat.flush(self.env)
        self.assertTrue(3 < self.queue._due_soon() < 6)
        late.write({"next_try": self.queue._moment(-1)})
        compat.flush(self.env)
        self.assertIsNone(self.queue._due_soon())
        self.assertTrue(self.queue._due_soon(ago=30) < 1, "it has become due since")
        late.write({"state": "failed"})
        compat.flush(self.env)
        self.assertIsNone(self.queue._due_soon(), "nobody tries it again")

    # -- scheduled actions -----------------------------------------------------

    def test_each_queue_has_a_scheduled_action(self):
        for model_name in self.env["dingding.queue"]._queue_models():
            action = self.env[model_name]._action()
            self.assertTrue(action.active, model_name)
            self.assertEqual(action.model_id.model, model_name)
            self.assertEqual(action.code, "model._cron_process()")
        row = self.row()
        self.queue._action().ir_actions_server_id.run()
        self.assertEqual(row.state, "done")

    def test_cron_sees_to_all_queues(self):
        row = self.row()
        cron = self.env.ref(queue.ACTION)
        cron.ir_actions_server_id.run()
        if compat.TRIGGERS:
            self.assertEqual(self.triggered(), [QUEUE])
            self.assertEqual(row.state, "queued")
        else:
            self.assertEqual(row.state, "done")

    def triggered(self):
        """Return the models of the queues whose action was triggered."""
        compat.flush(self.env)
        triggers = self.env["ir.cron.trigger"].search([])
        names = triggers.mapped("cron_id.model_id.model")
        return sorted(
            set(names) & set(self.env["dingding.queue"]._queue_models())
        )

    def test_rows_that_are_left_trigger_the_action_again(self):
        if not compat.TRIGGERS:
            self.assertNotIn("ir.cron.trigger", self.env)
            return
        self.row()
        model = type(self.queue)
        self._replace(model, "_process", lambda *_args, **_kwargs: 0)
        self.queue._cron_process()
        self.assertEqual(self.triggered(), [], "in use by others: do not spin")
        self._replace(model, "_process", lambda *_args, **_kwargs: 1)
        self._replace(queue, "SLICE_SECONDS", 0)
        self.queue._cron_process()
        self.assertEqual(self.triggered(), [QUEUE])

    def test_a_later_row_triggers_the_action_at_its_time(self):
        row = self.row(state="retry", next_try=self.queue._moment(300))
        for _turn in range(2):
            self.queue._cron_process()
        if not compat.TRIGGERS:
            self.assertNotIn("ir.cron.trigger", self.env)
            return
        triggers = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.queue._action().id)]
        )
        self.assertEqual(triggers.mapped("call_at"), [row.next_try])

    def test_without_its_action_a_queue_is_processed_too(self):
        row = self.row()
        self.queue._action().unlink()
        self.env["dingding.queue"]._cron_process()
        self.assertEqual(row.state, "done")

    # -- what the connection test says -----------------------------------------

    def health(self):
        return self.env["dingding.queue"]._health_line()

    def test_health_of_the_scheduled_actions(self):
        action, now = self.env.ref(queue.ACTION), fields.Datetime.now()
        action.write({"nextcall": now})
        self.assertEqual(self.health()["state"], "ok")
        old = self.queue._moment(-queue.OVERDUE_SECONDS - 60)
        action.write({"nextcall": old})
        queue_started = queue._started
        self._replace(queue, "_started", time.monotonic())
        self.assertEqual(self.health()["state"], "note")
        self._replace(queue, "_started", -queue.OVERDUE_SECONDS)
        bad = "error" if compat.TRIGGERS else "warning"
        line = self.health()
        self.assertEqual(line["state"], bad)
        self.assertIn(str(old), line["message"])
        self.assertIn("max_cron_threads", line["remedy"])
        self._replace(queue, "_started", queue_started)
        action.write({"nextcall": now, "active": False})
        line = self.health()
        self.assertEqual(line["state"], bad)
        self.assertIn(action.name, line["message"])
        action.write({"active": True})
        own = self.queue._action()
        own.write({"active": False})
        self.assertEqual(
            self.health()["state"], "error" if compat.TRIGGERS else "ok"
        )

    @mute_logger(LOGGER)
    def test_no_connection_for_a_moment_is_no_final_failure(self):
        for error in (
            PoolError("The Connection Pool Is Full"),
            InterfaceError("connection already closed"),
        ):
            row = self.row()
            self.fail_with(row, error)
            self.queue._process()
            self.assertEqual((row.state, row.attempts), ("retry", 1), error)
            self.assertGreater(self.waits(row), 0)
            del self.work.acts[row.id]
            self.make_due(row)
            self.queue._process()
            self.assertEqual(row.state, "done")

    @mute_logger(LOGGER)
    def test_a_broken_queue_does_not_stop_the_others(self):
        row = self.row()
        first = self.env["dingding.queue"]._queue_models()[0]
        self.assertNotEqual(first, QUEUE)

        def broken(*_args, **_kwargs):
            raise ZeroDivisionError("ours")

        self._replace(type(self.env[first]), "_process", broken)
        self._replace(type(self.env[first]), "_due", broken)
        self.env["dingding.queue"]._cron_process()
        if compat.TRIGGERS:
            self.assertEqual(self.triggered(), [QUEUE])
        else:
            self.assertEqual(row.state, "done")

    @mute_logger(LOGGER)
    def test_a_late_row_that_breaks_the_worker_does_not_block_its_queue(self):
        """With queue_job the scheduled action continues what a lost job has left."""
        first, second = self.row(), self.row()
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_sync SET write_date = clock_timestamp()"
            " AT TIME ZONE 'UTC' - interval '1 hour'")
        compat.forget(self.env)
        model, delegated = type(self.queue), []
        self._break_between_steps(first)
        self._replace(
            model, "_delegate_to_jobs", lambda rows: delegated.extend(rows.ids))
        self.env["dingding.queue"]._cron_jobs(self.queue, time.monotonic() + 60)
        compat.forget(self.env)
        self.assertEqual(second.state, "done")
        self.assertEqual(delegated, [first.id])

    def test_tests_start_no_threads(self):
        threads = threading.active_count()
        self.row()._enqueue()
        self.assertEqual(threading.active_count(), threads)


@portable
class TestQueueTransactions(QueueCase):
    """With separate transactions, as in production."""

    @classmethod
    def setUpClass(cls):
        # Before the class's snapshot.
        with compat.manage_environments(), real_open_cursor(
            common.get_db_name()
        ) as cr:
            corps = api.Environment(cr, SUPERUSER_ID, {})["dingding.corp"]
            for _number in range(2):
                corps |= corps.create({"name": "Several"})
            corps.unlink()
        super().setUpClass()

    def setUp(self):
        super().setUp()
        with_real_cursors()
        self.dbname = self.env.cr.dbname
        self.committed = []
        self.addCleanup(self.remove)

    def remove(self):
        with compat.manage_environments(), real_open_cursor(self.dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            if compat.TRIGGERS:
                env["ir.cron.trigger"].search(
                    [("cron_id", "=", self.queue._action().id)]
                ).unlink()
            rows = env[QUEUE].browse(self.committed)
            corps = rows.mapped("corp_id")
            rows.unlink()
            corps.unlink()

    def committed_row(self):
        with real_open_cursor(self.dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            row_id = self.new_row(env).id
            compat.flush(env)
        self.committed.append(row_id)
        return row_id

    def states(self):
        with real_open_cursor(self.dbname) as cr:
            cr.execute(
                "SELECT id, state FROM dingding_sync WHERE id IN %s ORDER BY id",
                [tuple(self.committed)],
            )
            return [state for _id, state in cr.fetchall()]

    def work_off_in_own(self, **kwargs):
        with compat.manage_environments(), real_open_cursor(self.dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return env[QUEUE]._process(**kwargs)

    def production(self):
        """Let ``_wake`` and scheduled actions work as outside tests."""
        tools.config["test_enable"] = False
        self.addCleanup(tools.config.__setitem__, "test_enable", True)

    def count_triggers(self):
        if not compat.TRIGGERS:
            return 0
        with real_open_cursor(self.dbname) as cr:
            cr.execute(
                "SELECT count(*) FROM ir_cron_trigger WHERE cron_id = %s",
                [self.queue._action().id],
            )
            return cr.fetchone()[0]

    def test_a_commit_starts_the_work_and_a_rollback_does_not(self):
        """By a trigger, once a transaction, or by a thread."""
        started, threads = [], threading.active_count()
        self._replace(queue._Drain, "start", lambda *args: started.append(args))
        self.production()
        with real_open_cursor(self.dbname) as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            env["dingding.queue"]._wake(QUEUE)
            cursor.rollback()
        self.assertEqual((started, self.count_triggers()), ([], 0))
        with real_open_cursor(self.dbname) as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            for _row in range(100):
                env["dingding.queue"]._wake(QUEUE)
            self.assertEqual((started, self.count_triggers()), ([], 0))
        if compat.TRIGGERS:
            self.assertEqual((started, self.count_triggers()), ([], 1))
            self.assertEqual(threading.active_count(), threads)
        else:
            self.assertEqual(set(started), {(self.dbname, QUEUE)})

    def test_a_trigger_is_no_conflict_with_the_action(self):
        """Odoo writes the action's next call meanwhile."""
        self.production()
        self._replace(queue._Drain, "start", lambda *_args: None)
        action = self.queue._action()
        with real_open_cursor(self.dbname) as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            cursor.execute("SELECT 1")
            with real_open_cursor(self.dbname) as other:
                other.execute(
                    "UPDATE ir_cron SET nextcall = nextcall WHERE id = %s", [action.id]
                )
            env["dingding.queue"]._wake(QUEUE)
            with real_open_cursor(self.dbname) as other:
                other.execute(
                    "SELECT 1 FROM ir_cron WHERE id = %s FOR UPDATE NOWAIT",
                    [action.id],
                )
        self.assertEqual(self.count_triggers(), 1 if compat.TRIGGERS else 0)

    def test_the_cron_starts_the_work_of_queues_with_rows(self):
        started = []
        self._replace(queue._Drain, "start", lambda *args: started.append(args))
        self._replace(queue, "_may_keep_threads", lambda: True)
        self.production()
        self.cron()
        self.assertEqual((started, self.count_triggers()), ([], 0))
        row_id = self.committed_row()
        self.cron()
        self.assertEqual(self.work.done, [], "the cron itself does not do it")
        if compat.TRIGGERS:
            self.assertEqual((started, self.count_triggers()), ([], 1))
        else:
            self.assertEqual(started, [(self.dbname, QUEUE)])
            # The thread would not outlive the cron.
            self._replace(queue, "_may_keep_threads", lambda: False)
            self.cron()
            self.assertEqual(self.work.done, [row_id])

    def test_the_cron_starts_work_that_no_row_shows(self):
        started = []
        self._replace(queue._Drain, "start", lambda *args: started.append(args))
        self._replace(queue, "_may_keep_threads", lambda: True)
        self._replace(type(self.env[QUEUE]), "_is_due_beside", lambda _queue: True)
        self.production()
        self.cron()
        if compat.TRIGGERS:
            self.assertEqual((started, self.count_triggers()), ([], 1))
        else:
            self.assertEqual(started, [(self.dbname, QUEUE)])

    def cron(self):
        with compat.manage_environments(), real_open_cursor(self.dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["dingding.queue"]._cron_process()

    def process(self):
        with compat.manage_environments(), real_open_cursor(self.dbname) as cr:
            return api.Environment(cr, SUPERUSER_ID, {})[QUEUE]._cron_process()

    def test_a_conflict_while_the_failure_is_written(self):
        """An event writes the row meanwhile."""
        row_id = self.committed_row()
        self.fail_with(self.env[QUEUE].browse(row_id), ValueError("broken"))
        cls = type(self.env[QUEUE])
        real, conflicts = cls._handle_error, []

        def not_done(this, error):
            this.env.cr.execute("SELECT 1 FROM dingding_sync WHERE id = %s", [this.id])
            if not conflicts:
                conflicts.append(error)
                with real_open_cursor(self.dbname) as cr:
                    cr.execute(
                        "UPDATE dingding_sync SET error_code = 'news' WHERE id = %s",
                        [row_id],
                    )
            return real(this, error)

        self._replace(cls, "_handle_error", not_done)
        with mute_logger("odoo.sql_db", "odoo.addons.dingding.models.queue"):
            self.work_off_in_own()
        self.assertEqual((len(conflicts), self.states()), (1, ["failed"]))

    def test_a_failed_write_leaves_nothing_to_compute(self):
        row_id = self.committed_row()

        def act(record):
            cr = record.env.cr
            cr.execute("SET lock_timeout = '5s'")
            cr.commit()  # pylint: disable=invalid-commit
            cr.execute("SELECT 1 FROM dingding_sync WHERE id = %s", [row_id])
            with real_open_cursor(self.dbname) as other:
                other.execute(
                    "UPDATE dingding_sync SET error_code = 'news' WHERE id = %s",
                    [row_id],
                )
            record.modified(["corp_id"])
            record.write({"incomplete": True})
            compat.flush(record.env)

        self.work.acts[row_id] = act
        with mute_logger("odoo.sql_db", "odoo.addons.dingding.models.queue"):
            self.work_off_in_own()
        self.assertEqual(self.states(), ["retry"])

    def test_what_another_cursor_computes_stays_its_own(self):
        first, second = self.committed_row(), self.committed_row()
        with compat.manage_environments(), real_open_cursor(self.dbname) as cr:
            rows = api.Environment(cr, SUPERUSER_ID, {})[QUEUE]
            cr.execute("SET LOCAL lock_timeout = '5s'")
            rows.browse(first).modified(["corp_id"])
            with real_open_cursor(self.dbname) as other:
                # The two would wait for each other.
                other.execute(
                    "SELECT 1 FROM dingding_sync WHERE id = %s FOR UPDATE", [first])
                env = api.Environment(other, SUPERUSER_ID, {})
                env[QUEUE].browse(second).write({"incomplete": True})
                compat.flush(env)
            rows.browse(first).write({"incomplete": True})
            compat.flush(rows.env)
        with real_open_cursor(self.dbname) as cr:
            cr.execute(
                "SELECT count(*) FROM dingding_sync WHERE id IN %s AND incomplete",
                [(first, second)])
            self.assertEqual(cr.fetchone()[0], 2)

    def test_several_rows_at_a_time(self):
        together = threading.Barrier(3)
        ids = [self.committed_row() for _number in range(3)]
        for row_id in ids:
            self.work.acts[row_id] = lambda _row: together.wait(60) and None
        self.assertEqual(self.work_off_in_own(threads=3), 3)
        self.assertEqual(sorted(self.work.done), ids)
        self.assertEqual(self.states(), ["done"] * 3)

    def test_no_further_thread(self):
        ids = [self.committed_row() for _number in range(3)]

        class NoThread(threading.Thread):
            def start(self):
                raise RuntimeError("can't start new thread")

        self._replace(queue.threading, "Thread", NoThread)
        with mute_logger("odoo.addons.dingding.models.queue"):
            self.assertEqual(self.work_off_in_own(threads=3), 3)
        self.assertEqual(self.work.done, ids)

    def allow_minutes(self):
        """Give the action more time than a busy machine needs."""
        self._replace(type(self.queue), "_slice", lambda _queue: 200)
        self._replace(queue, "SOON_SECONDS", 100)

    def due_in(self, row_id, seconds):
        with real_open_cursor(self.dbname) as cr:
            cr.execute(
                "UPDATE dingding_sync SET next_try = date_trunc('second',"
                " clock_timestamp() AT TIME ZONE 'UTC')"
                " + %s * interval '1 second' WHERE id = %s", [seconds, row_id])

    def until_done(self, row_id):
        deadline = time.monotonic() + 50
        while row_id not in self.work.done and time.monotonic() < deadline:
            time.sleep(0.02)

    def test_an_action_does_not_wait_while_others_have_work(self):
        self.allow_minutes()
        row_id = self.committed_row()
        self.due_in(row_id, 60)
        self.production()
        others = []
        self._replace(type(self.queue), "_others_wait", lambda _queue: bool(others))
        others.append(QUEUE)
        begun = time.monotonic()
        self.assertEqual(self.process(), 0)
        self.assertLess(time.monotonic() - begun, 50)
        if compat.TRIGGERS:
            self.assertEqual(self.count_triggers(), 1)
        del others[:]
        self.due_in(row_id, 2)
        self.assertEqual(self.process(), 1)
        self.assertEqual(self.states(), ["done"])

    def test_all_actions_together_end_before_odoo_kills_the_process(self):
        models = self.env["dingding.queue"]._queue_models()
        self.assertLessEqual(
            sum(self.env[name]._slice() for name in models),
            queue.CRON_SECONDS)
        many = models * 10
        self._replace(type(self.env["dingding.queue"]), "_queue_models",
                      lambda _queue: many)
        self.assertLessEqual(self.queue._slice() * len(many), queue.CRON_SECONDS)

    def test_statuses_are_in_the_readers_language(self):
        """From 13 on the choices of each model are records of their own."""
        for name in self.env["dingding.queue"]._queue_models():
            state = self.env[name].with_context(lang="zh_CN").fields_get(["state"])
            labels = dict(state["state"]["selection"])
            self.assertEqual(labels["working"], "进行中", name)

    def test_others_wait(self):
        self.assertFalse(self.env["dingding.picture"]._others_wait())
        row = self.row()
        self.assertFalse(self.queue._others_wait())
        self.assertTrue(self.env["dingding.picture"]._others_wait())
        row.state = "working"
        self.assertFalse(self.env["dingding.picture"]._others_wait())

    def test_a_row_that_somebody_works_on_is_left(self):
        row_id = self.committed_row()
        with real_open_cursor(self.dbname) as cr:
            cr.execute(
                "SELECT pg_advisory_xact_lock(%s, hashtext(%s))",
                [queue.LOCK_ROW, "%s,%d" % (QUEUE, row_id)],
            )
            self.assertEqual(self.work_off_in_own(), 0)
        self.assertEqual(self.work_off_in_own(), 1)
        self.assertEqual(self.states(), ["done"])

    def test_a_row_that_somebody_writes_is_left(self):
        row_id = self.committed_row()
        with real_open_cursor(self.dbname) as cr:
            cr.execute("UPDATE dingding_sync SET attempts = 0 WHERE id = %s", [row_id])
            self.assertEqual(self.work_off_in_own(), 0)
        self.assertEqual(self.work_off_in_own(), 1)

    def test_two_workers_share_the_rows(self):
        for _number in range(6):
            self.committed_row()
        for row_id in self.committed:
            self.work.acts[row_id] = lambda _record: time.sleep(0.02)
        threads = [threading.Thread(target=self.work_off_in_own) for _n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual(sorted(self.work.done), sorted(self.committed))
        self.assertEqual(self.states(), ["done"] * 6)

    def test_no_write_lock_while_dingtalk_is_asked(self):
        row_id = self.committed_row()
        seen = []

        def act(_record):
            with real_open_cursor(self.dbname) as cr:
                cr.execute(
                    "SELECT state FROM dingding_sync WHERE id = %s FOR UPDATE NOWAIT",
                    [row_id],
                )
                seen.append(cr.fetchone()[0])

        self.work.acts[row_id] = act
        self.work_off_in_own()
        self.assertEqual(seen, ["working"])

    def test_a_real_serialization_failure(self):
        row_id = self.committed_row()
        turns = []

        def act(record):
            if not turns:
                turns.append(1)
                record.env.cr.execute("SELECT 1")
                with real_open_cursor(self.dbname) as cr:
                    cr.execute(
                        "UPDATE dingding_sync SET last_error = 'x' WHERE id = %s",
                        [row_id],
                    )
            record.write({"last_error": "mine"})
            compat.flush(record.env)

        self.work.acts[row_id] = act
        with mute_logger("odoo.sql_db"):
            self.work_off_in_own()
        self.assertEqual(self.states(), ["retry"])

    def column(self, row_id, name):
        with real_open_cursor(self.dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return env[QUEUE].browse(row_id)[name]

    def write_elsewhere(self, row_id):
        with real_open_cursor(self.dbname) as cr:
            cr.execute(
                "UPDATE dingding_sync SET problem_count = 1 WHERE id = %s", [row_id]
            )

    def test_what_dingtalk_said_outlives_a_conflict(self):
        row_id = self.committed_row()

        def act(record):
            self.write_elsewhere(row_id)
            record._remember({"calls": 7}, {"error_code": "said"})
            self.write_elsewhere(row_id)
            record.write({"users_read": 5})
            compat.flush(record.env)
            record.write({"users_read": 6})
            compat.flush(record.env)
            compat.begin_anew(record.env.cr)

        self.work.acts[row_id] = act
        with mute_logger("odoo.sql_db"):
            self.work_off_in_own()
        self.assertEqual(self.states(), ["retry"])
        self.assertEqual(self.column(row_id, "calls"), 7)
        self.assertEqual(self.column(row_id, "users_read"), 0)

    def test_what_dingtalk_said_waits_for_the_database(self):
        row_id, tries = self.committed_row(), []
        self._replace(queue, "REMEMBER_PAUSE", 0)

        def act(record):
            @contextlib.contextmanager
            def away(dbname, read_committed=False):
                if len(tries) < 3:
                    tries.append(1)
                    raise OperationalError("the database is away")
                with real_open_cursor(dbname, read_committed) as cr:
                    yield cr

            self._replace(compat, "open_cursor", away)
            record._remember({"calls": 8})

        self.work.acts[row_id] = act
        self.work_off_in_own()
        self.assertEqual(len(tries), 3)
        self.assertEqual(self.states(), ["done"])
        self.assertEqual(self.column(row_id, "calls"), 8)

    def test_an_outcome_is_recorded_beside_others(self):
        row_id = self.committed_row()

        def delay(record, error=None):
            self.write_elsewhere(row_id)
            return 60

        self._replace(type(self.env[QUEUE]), "_delay", delay)
        self.work.acts[row_id] = lambda record: compat.begin_anew(record.env.cr)
        self._replace(queue, "AT_ONCE", 0)
        with mute_logger("odoo.sql_db"):
            self.work_off_in_own()
        self.assertEqual(self.states(), ["retry"])

    def test_nothing_is_idle_while_a_row_is_worked_on(self):
        row_id, seen = self.committed_row(), []

        def act(_record):
            with real_open_cursor(self.dbname) as cr:
                cr.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
                    " AND backend_xmin IS NOT NULL AND pid != pg_backend_pid()"
                    " AND query NOT LIKE 'autovacuum:%%'",
                    [self.dbname],
                )
                seen.append(cr.fetchone()[0])

        with real_open_cursor(self.dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            queue = env[QUEUE]
            self.work.acts[row_id] = act
            act(None)
            before, seen[:] = list(seen), []
            queue._process()
        self.assertEqual(seen, before)

    # -- locks -----------------------------------------------------------------------

    def is_free(self, **options):
        with queue.hold_lock(self.dbname, 1, "test", **options) as held:
            return held

    def test_a_lock_outlives_commits_and_ends_with_its_block(self):
        with real_open_cursor(self.dbname) as cr:
            with queue.hold_lock(self.dbname, 1, "test") as held:
                self.assertTrue(held)
                cr.commit()  # pylint: disable=invalid-commit
                self.assertFalse(self.is_free())
            self.assertTrue(self.is_free())

    def test_what_a_block_writes_is_not_lost(self):
        """Also by another environment."""
        with real_open_cursor(self.dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            corp = env["dingding.corp"].create({"name": "Before"})
            with queue.hold_lock(self.dbname, 1, "test"):
                corp.with_context(other=True).write({"name": "After"})
                compat.flush(env)
                self.assertEqual(corp.name, "After")
                cr.execute("SELECT name FROM dingding_corp WHERE id = %s", [corp.id])
                self.assertEqual(cr.fetchone()[0], "After")
            cr.rollback()

    def test_an_error_leaves_no_lock_behind(self):
        with self.assertRaises(ZeroDivisionError):
            with queue.hold_lock(self.dbname, 1, "test"):
                raise ZeroDivisionError
        with self.assertRaises(OperationalError), mute_logger("odoo.sql_db"):
            with queue.hold_lock(self.dbname, 1, "test"):
                with real_open_cursor(self.dbname) as cr:
                    compat.begin_anew(cr)
        self.assertTrue(self.is_free())

    def test_a_lost_connection_does_not_fail_what_was_done(self):
        with queue.hold_lock(self.dbname, 1, "test"):
            with real_open_cursor(self.dbname) as cr:
                cr.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks"
                    " WHERE locktype = 'advisory' AND classid = 1"
                    " AND objid::bigint = hashtext('test')::bit(32)::bigint"
                )
                self.assertEqual(cr.fetchall(), [(True,)])

    def test_a_time_out_of_the_session_does_not_release_a_lock(self):
        with real_open_cursor(self.dbname) as cr:
            if cr.connection.server_version < 90600:
                return
        with self.counted() as statements, real_open_cursor(self.dbname) as cr:
            cr.execute("SET LOCAL idle_in_transaction_session_timeout = '3s'")
            self.assertTrue(queue.take_lock(cr, 1, "test", lasting=True))
            time.sleep(3.5)
            self.assertFalse(self.is_free())
            cr.execute("SHOW idle_in_transaction_session_timeout")
            self.assertEqual(cr.fetchone()[0], "0")
        self.assertFalse([each for each in statements if "pg_settings" in each])
        with queue.hold_locks(self.dbname, 1, ["a", "b"]) as held:
            self.assertEqual(sorted(held), ["a", "b"])
            with queue.hold_locks(self.dbname, 1, ["b", "c"]) as other:
                self.assertEqual(other, ["c"])

    def test_who_waits_comes_before_who_shares(self):
        got = []

        def wait():
            with queue.hold_lock(self.dbname, 1, "test", seconds=30) as held:
                got.append(held)

        with queue.hold_lock(self.dbname, 1, "test", shared=True) as held:
            self.assertTrue(held)
            self.assertTrue(self.is_free(shared=True))
            thread = threading.Thread(target=wait)
            thread.start()
            deadline = time.monotonic() + 30
            while self.is_free(shared=True) and time.monotonic() < deadline:
                time.sleep(0.01)
            self.assertFalse(self.is_free(shared=True))
            self.assertEqual(got, [])
        thread.join(30)
        self.assertEqual(got, [True])

    def test_a_lock_is_waited_for_no_longer_than_said(self):
        with queue.hold_lock(self.dbname, 1, "test"):
            self.assertFalse(self.is_free(seconds=1))

    def test_a_lock_without_a_limit_is_waited_for(self):
        freed, got = threading.Event(), []

        def hold():
            with queue.hold_lock(self.dbname, 1, "test") as held:
                got.append(held)
                freed.wait(30)
                got.append("freed")

        thread = threading.Thread(target=hold)
        thread.start()
        while not got:
            time.sleep(0.01)
        threading.Timer(0.5, freed.set).start()
        with real_open_cursor(self.dbname) as cr:
            self.assertTrue(queue.take_lock(cr, 1, "test", seconds=None))
            self.assertEqual(got, [True, "freed"])
            self.assertFalse(self.is_free())
        thread.join(30)
        self.assertTrue(self.is_free())

    def test_who_has_waited_for_a_lock_waits_for_others_as_before(self):
        freed = threading.Event()

        def hold():
            with queue.hold_lock(self.dbname, 1, "test") as held:
                got.append(held)
                freed.wait(30)

        with real_open_cursor(self.dbname) as cr:
            for expected in (False, True):
                got = []
                thread = threading.Thread(target=hold)
                thread.start()
                while not got:
                    time.sleep(0.01)
                if expected:
                    threading.Timer(0.2, freed.set).start()
                self.assertIs(
                    queue.take_lock(cr, 1, "test", seconds=30 if expected else 1),
                    expected)
                freed.set()
                thread.join(30)
                freed.clear()
                cr.execute("SHOW lock_timeout")
                self.assertEqual(cr.fetchone()[0], "0")

    def test_the_thread_works_until_nothing_is_left(self):
        for _number in range(3):
            self.committed_row()
        queue._Drain.start(self.dbname, QUEUE)
        queue._Drain.start(self.dbname, QUEUE)
        self.wait_for_the_thread()
        self.assertEqual(self.states(), ["done"] * 3)
        self.assertEqual(sorted(self.work.done), sorted(self.committed))

    def test_the_thread_shares_rows_that_wait_for_dingtalk(self):
        together = threading.Barrier(2)
        ids = [self.committed_row() for _number in range(4)]
        for row_id in ids:
            self.work.acts[row_id] = lambda _row: together.wait(20) and None
        self._replace(type(self.env[QUEUE]), "_thread_rows", 2)
        queue._Drain.start(self.dbname, QUEUE)
        self.wait_for_the_thread()
        self.assertEqual(self.states(), ["done"] * 4)
        self.assertEqual(sorted(self.work.done), ids)

    def test_the_thread_looks_once_for_what_has_come_meanwhile(self):
        """Each round costs three connections."""
        rounds = []
        real = type(self.env[QUEUE])._process
        self._replace(type(self.env[QUEUE]), "_process", lambda *args, **kwargs: (
            rounds.append(1), real(*args, **kwargs))[1])
        first = self.committed_row()
        self.work.acts[first] = lambda _record: self.committed_row()
        queue._Drain.start(self.dbname, QUEUE)
        self.wait_for_the_thread()
        self.assertEqual(len(self.work.done), 2)
        self.assertEqual(len(rounds), 2)

    def test_the_lock_of_a_subject_needs_no_further_connection(self):
        row_id, opened = self.committed_row(), []
        real = compat.lock_cursor
        self._replace(compat, "lock_cursor", lambda dbname: (
            opened.append(dbname), real(dbname))[1])

        def act(record):
            with record._alone(1, "test") as held:
                self.assertTrue(held)
                self.assertEqual(len(opened), 1)
                self.assertFalse(self.is_free())
            return None

        self.work.acts[row_id] = act
        self.work_off_in_own()
        self.assertEqual(self.states(), ["done"])
        self.assertTrue(self.is_free())

    def test_a_row_that_is_done_costs_one_connection(self):
        """Another worker was faster since the rows were listed."""
        row_id, opened = self.committed_row(), []
        self.work_off_in_own()
        for name in ("open_cursor", "lock_cursor"):
            real = getattr(compat, name)
            self._replace(compat, name, lambda *args, name=name, real=real, **kwargs: (
                opened.append(name), real(*args, **kwargs))[1])
        with compat.manage_environments(), real_open_cursor(self.dbname) as cr:
            rows = api.Environment(cr, SUPERUSER_ID, {})[QUEUE]
            self.assertFalse(rows._process_row(row_id, time.monotonic() + 9))
        self.assertEqual(opened, ["lock_cursor"])
        self.assertEqual(self.work.done, [row_id])
        self.assertTrue(self.is_free())

    def test_a_subject_that_is_locked_waits(self):
        row_id = self.committed_row()

        def act(record):
            with record._alone(1, "test", seconds=1) as held:
                self.assertFalse(held)
                return False

        self.work.acts[row_id] = act
        with queue.hold_lock(self.dbname, 1, "test"):
            self.work_off_in_own()
        self.assertEqual(self.states(), ["queued"])

    def wait_for_the_thread(self):
        deadline = time.monotonic() + 120
        while queue._Drain._running and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(queue._Drain._running, {})

    def test_a_process_that_ends_finishes_the_row_at_hand(self):
        """Its thread would die between a call and its result."""
        self.addCleanup(setattr, queue._Drain, "ending", False)
        first, second = self.committed_row(), self.committed_row()
        begun, go = threading.Event(), threading.Event()

        def act(_record):
            begun.set()
            go.wait(30)

        self.work.acts[first] = act
        queue._Drain.start(self.dbname, QUEUE)
        self.assertTrue(begun.wait(30))
        ending = threading.Thread(target=queue._Drain.finish, args=(30,))
        ending.start()
        ending.join(0.2)
        self.assertTrue(ending.is_alive())
        go.set()
        ending.join(30)
        self.assertFalse(ending.is_alive())
        self.assertEqual(queue._Drain._running, {})
        self.assertEqual(self.work.done, [first])
        self.assertEqual(self.states(), ["done", "queued"])
        queue._Drain.start(self.dbname, QUEUE)
        self.assertEqual(queue._Drain._running, {})
        queue._Drain.ending = False
        go.clear()
        begun.clear()
        self.work.acts[second] = act
        queue._Drain.start(self.dbname, QUEUE)
        self.assertTrue(begun.wait(30))
        queue._Drain.finish(0.1)
        self.assertIn((self.dbname, QUEUE), queue._Drain._running)
        go.set()
        self.wait_for_the_thread()

    def test_what_a_row_costs_at_the_end_is_counted(self):
        done = []
        self._replace(queue._Drain, "finish", lambda: done.append("rows"))
        self._replace(queue, "ledger", types.SimpleNamespace(
            flush=lambda: done.append("counts")))
        queue._end()
        self.assertEqual(done, ["rows", "counts"])

    def test_the_thread_waits_for_a_row_that_is_put_off(self):
        row_id = self.committed_row()

        def put_off(record):
            del self.work.acts[row_id]
            record._postpone(2)
            return False

        self.work.acts[row_id] = put_off
        queue._Drain.start(self.dbname, QUEUE)
        self.wait_for_the_thread()
        self.assertEqual(self.work.done, [row_id, row_id])
        self.assertEqual(self.states(), ["done"])

    def test_who_comes_while_the_thread_waits_is_not_kept_waiting(self):
        seconds = 60
        self.allow_minutes()
        first = self.committed_row()
        put_off = threading.Event()

        def act(record):
            del self.work.acts[first]
            record._postpone(seconds)
            put_off.set()
            return False

        self.work.acts[first] = act
        begun = time.monotonic()
        queue._Drain.start(self.dbname, QUEUE)
        self.assertTrue(put_off.wait(30))
        time.sleep(0.5)
        second = self.committed_row()
        queue._Drain.start(self.dbname, QUEUE)
        self.until_done(second)
        self.assertLess(time.monotonic() - begun, seconds)
        self.due_in(first, 4)
        queue._Drain.start(self.dbname, QUEUE)
        self.wait_for_the_thread()
        self.assertEqual(self.work.done, [first, second, first])

    def put_off(self, row_id, seconds):
        """Postpone a row once; return what is set then."""
        happened = threading.Event()

        def act(record):
            del self.work.acts[row_id]
            record._postpone(seconds)
            happened.set()
            return False

        self.work.acts[row_id] = act
        return happened

    def test_the_action_waits_for_a_row_that_is_put_off(self):
        self.allow_minutes()
        row_id = self.committed_row()
        self.put_off(row_id, 1)
        self.production()
        self.process()
        self.assertEqual(self.work.done, [row_id, row_id])
        self.assertEqual(self.states(), ["done"])
        row_id = self.committed_row()
        self.put_off(row_id, 1)
        with compat.manage_environments(), real_open_cursor(self.dbname) as cr:
            api.Environment(cr, SUPERUSER_ID, {})["dingding.queue"]._cron_drain()
        self.assertEqual(self.states(), ["done", "done"])

    def test_who_comes_while_the_action_waits_is_not_kept_waiting(self):
        self.allow_minutes()
        first = self.committed_row()
        put_off = self.put_off(first, 60)
        self.production()
        thread = threading.Thread(target=self.process)
        thread.start()
        self.assertTrue(put_off.wait(30))
        second = self.committed_row()
        self.until_done(second)
        self.due_in(first, 4)
        thread.join(60)
        self.assertEqual(self.work.done, [first, second, first])

    def test_the_thread_hears_and_tells_what_processes_keep_in_memory(self):
        """Odoo does that for no thread."""
        registry = self.env.registry
        heard, told = [], []

        def hear(*_args):
            heard.append(len(self.work.done))
            return registry

        def tell():
            told.append(len(self.work.done))

        # Odoo's own tests patch it from 15 on.
        for name, method in (("check_signaling", hear), ("signal_changes", tell)):
            patch = mock.patch.object(registry, name, method)
            patch.start()
            self.addCleanup(patch.stop)
        self.committed_row()
        queue._Drain._running[(self.dbname, QUEUE)] = False
        queue._Drain._run(self.dbname, QUEUE)
        self.assertEqual(self.states(), ["done"])
        self.assertEqual((heard[0], told[-1]), (0, 1))

    @mute_logger(LOGGER)
    def test_work_that_cannot_be_started(self):
        """The commit before it has succeeded: the caller must not repeat it."""
        self.committed_row()
        self.production()

        def broken(*_args, **_kwargs):
            raise PoolError("The Connection Pool Is Full")

        error = RuntimeError("can't start new thread")
        with mock.patch.object(threading.Thread, "start", side_effect=error):
            with real_open_cursor(self.dbname) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["dingding.queue"]._wake(QUEUE)
                self._replace(compat, "open_cursor", broken)
        self._replace(compat, "open_cursor", real_open_cursor)
        self.assertEqual((self.count_triggers(), queue._Drain._running), (0, {}))
        queue._Drain.start(self.dbname, QUEUE)
        self.wait_for_the_thread()
        self.assertEqual(self.states(), ["done"])

    @mute_logger(LOGGER)
    def test_the_thread_can_be_started_again_after_a_failure(self):
        self.committed_row()

        def broken(*_args, **_kwargs):
            raise ZeroDivisionError("ours")

        model = type(self.env[QUEUE])
        real = model._process
        model._process = broken
        try:
            queue._Drain.start(self.dbname, QUEUE)
            self.wait_for_the_thread()
        finally:
            model._process = real
        self.work_off_in_own()
        self.assertEqual(self.states(), ["done"])


@portable
class TestOpenCursor(common.TransactionCase):
    def test_another_cursor_keeps_what_waits_to_be_written(self):
        partner = self.env["res.partner"].create({"name": "One"})
        compat.flush(self.env)
        partner.name = "Two"
        with compat.open_cursor(self.env.cr.dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.assertTrue(env["res.partner"].search([], limit=1).name)
        compat.flush(self.env)
        self.env.cr.execute("SELECT name FROM res_partner WHERE id = %s", [partner.id])
        self.assertEqual(self.env.cr.fetchone()[0], "Two")
