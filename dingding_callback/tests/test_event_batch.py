# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Process many events together, with the results of each alone."""
import collections
import time
import types
from unittest import mock

from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.queue import LOCK_ROW
from odoo.addons.dingding.tests.common import portable

from ..models import dingding_event_batch
from . import test_event, test_handlers
from .common import EventCase

USER = "/topapi/v2/user/get"
DEPARTMENT = "/topapi/v2/department/get"
# Its own handler, and its share of the batch.
LIMIT = 5
# With the calls, the token and what is written once, of a dozen.
GOAL = 15
WITHOUT = ("SAVEPOINT", "savepoint")


class Together(object):
    def setUp(self):
        super().setUp()
        patch = mock.patch.object(dingding_event_batch, "CROWD", 0)
        patch.start()
        self.addCleanup(patch.stop)


@portable
class TestEventTogether(Together, test_event.TestEvent):
    pass


@portable
class TestHandlersTogether(Together, test_handlers.TestHandlers):
    pass


@portable
class TestEventBatch(Together, EventCase):
    @classmethod
    def _prepare_class(cls):
        result = super()._prepare_class()
        with cls._like_a_test() as test:
            test.run_it()
        return result

    def rename(self):
        """Change everybody in DingTalk; return the people and their waiting events."""
        people = self.people()
        events = self.env["dingding.event"]
        for number, person in enumerate(people):
            self.change_person(person.userid, title="Title %d" % number)
            events |= self.push("user_modify_org", UserId=[person.userid])
        compat.forget(self.env)
        return people, events

    def assertRenamed(self, people):
        compat.forget(self.env)
        self.assertEqual(
            people.mapped("title"), ["Title %d" % each for each in range(len(people))])

    def test_people_are_read_together(self):
        people, events = self.rename()
        read = type(self.env["dingding.user"])._dingtalk_read_now
        seen = []

        def read_now(model, event, userids):
            seen.append(len(userids))
            return read(model, event, userids)

        self._replace(type(self.env["dingding.user"]), "_dingtalk_read_now", read_now)
        self.work()
        self.assertEqual(seen, [len(people)])
        self.assertDingTalkCalled(USER, len(people))
        self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertEqual(set(events.mapped("attempts")), {1})
        self.assertRenamed(people)

    def test_one_that_fails_fails_alone(self):
        people, events = self.rename()
        poisoned = events[7].id
        model = type(self.env["dingding.user"])
        real = model._dingtalk_event_user_modify_org

        def handler(this, event):
            result = real(this, event)
            if event.id == poisoned:
                raise ValueError("poison")
            return result

        self._replace(model, "_dingtalk_event_user_modify_org", handler)
        with mute_logger("odoo.addons.dingding_callback.models.dingding_event"):
            self.env["dingding.event"]._process()
        compat.forget(self.env)
        self.assertEqual(
            collections.Counter(events.mapped("state")),
            {"done": len(people) - 1, "retry": 1})
        self.assertEqual(events[7].state, "retry")
        self.assertIn("poison", events[7].last_error)
        self.assertDingTalkCalled(USER, len(people))
        self.assertRenamed(people)

    def test_a_department_that_cannot_be_read_concerns_one(self):
        people, events = self.rename()
        place = self.simulator.control("POST", "/departments", {"name": "Odd"})
        self.change_person(people[3].userid, dept_ids=[place["dept_id"]])
        self.simulator.fault("error", DEPARTMENT, times=None, code="40009")
        self.env["dingding.event"]._process()
        compat.forget(self.env)
        self.assertEqual(
            collections.Counter(events.mapped("state")),
            {"done": len(people) - 1, "failed": 1})
        self.assertEqual(events[3].state, "failed")
        self.assertEqual(
            [each.title for each in people if each != people[3]],
            ["Title %d" % each for each in range(len(people)) if each != 3])

    def test_what_the_time_does_not_suffice_for_is_left(self):
        """A handler that waits for DingTalk must not keep a worker until it is killed.
        """
        def slowly(real, late, poison):
            def slow(this, event):
                result = real(this, event)
                late[0] += 1000
                if event in poison:
                    raise ValueError("poison")
                return result

            return slow

        for poisoned in (False, True):
            people, events = self.rename()
            late, model = [0], type(self.env["dingding.user"])
            slow = slowly(
                model._dingtalk_event_user_modify_org, late,
                events[:1] if poisoned else events.browse())
            clock = types.SimpleNamespace(monotonic=lambda: time.monotonic() + late[0])
            with mock.patch.object(
                model, "_dingtalk_event_user_modify_org", slow
            ), mock.patch.object(dingding_event_batch, "time", clock), mute_logger(
                "odoo.addons.dingding_callback.models.dingding_event"
            ):
                self.env["dingding.event"]._process()
            compat.forget(self.env)
            first, rest = events[0], events[1:]
            self.assertEqual(first.state, "retry" if poisoned else "done")
            self.assertEqual(set(rest.mapped("state")), {"queued"})
            self.assertEqual(set(rest.mapped("attempts")), {0})
            events.write({"next_try": False})
            self.work()
            self.assertEqual(set(events.mapped("state")), {"done"})
            self.assertRenamed(people)

    def test_what_other_workers_have_is_left_to_them(self):
        """Two workers meet again and again; only a dead one's events are continued."""
        people, events = self.rename()
        theirs, dead = events[:5], events[6]
        dead.write({"state": "working"})
        compat.flush(self.env)
        model, alone = type(self.env["dingding.event"]), []
        real = model._process_alone

        def process_alone(this, row_id, deadline):
            alone.append(row_id)
            return real(this, row_id, deadline)

        self._replace(model, "_process_alone", process_alone)
        with compat.side_cursor(self.env.cr.dbname) as cr:
            cr.execute(
                "SELECT pg_advisory_xact_lock(%s, hashtext(key)) FROM unnest(%s) key",
                [LOCK_ROW, [each._row_key() for each in theirs]])
            self.env["dingding.event"]._process()
            compat.forget(self.env)
            self.assertEqual(set(theirs.mapped("state")), {"queued"})
        self.assertEqual(set((events - theirs).mapped("state")), {"done"})
        self.assertEqual(alone, [dead.id])
        self.work()
        self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertRenamed(people)

    def test_throttled_waits_together(self):
        people, events = self.rename()
        self.simulator.fault("throttled", USER, times=200)
        with mute_logger("odoo.addons.dingding.models.queue"):
            self.env["dingding.event"]._process()
        compat.forget(self.env)
        self.assertEqual(set(events.mapped("state")), {"retry"})
        self.assertTrue(all(each.next_try for each in events))
        self.simulator.clear_faults()
        events.write({"next_try": False})
        self.work()
        self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertRenamed(people)

    def test_later_events_about_the_same_are_closed(self):
        people, events = self.rename()
        again = self.env["dingding.event"]
        for person in people:
            again |= self.push(
                "user_modify_org", moment=1700000000000, UserId=[person.userid])
        self.work()
        self.assertEqual(set((events | again).mapped("state")), {"done"})
        self.assertEqual(set(again.mapped("note_code")), {"together"})
        self.assertDingTalkCalled(USER, len(people))

    def test_hires_get_their_users_together(self):
        self.corp.create_users = "portal"
        syncs, made, events = type(self.env["dingding.sync"]), [], []
        real = syncs._create_records_of_kind

        def create(this, kind, corp, records):
            made.append((kind, len(records)))
            return real(this, kind, corp, records)

        self._replace(syncs, "_create_records_of_kind", create)
        for number in range(6):
            new = self.add_person(
                name="New %d" % number, mobile="1391111222%d" % number, active=True)
            events.append((new["userid"], self.push(
                "user_add_org", UserId=[new["userid"]])))
        self.work()
        for userid, event in events:
            self.assertEqual(event.state, "done", event.last_error)
            self.assertTrue(self.person(userid).user_id)
        self.assertEqual(made, [("user", 6)])

    def test_statements_of_events_about_people(self):
        people, events = self.rename()
        with self.counted(WITHOUT) as statements:
            self.env["dingding.event"]._process()
        compat.forget(self.env)
        self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertRenamed(people)
        self.assertLessEqual(
            len(statements), GOAL * len(people), "\n".join(statements))

    def test_statements_of_an_event(self):
        few, many = self.cost(30), self.cost(50)
        more = (len(many) - len(few)) / 20.0
        common = collections.Counter(many).most_common(30)
        self.assertLessEqual(
            more, LIMIT, "\n".join("%d %s" % (n, text[:110]) for text, n in common))
        self.assertLessEqual(len(many) / 50.0, LIMIT)

    def cost(self, number):
        """Return the statements of this many events that cause no call."""
        for each in range(number):
            self.push("label_conf_add", labelIdList=["batch%d-%d" % (number, each)])
        compat.forget(self.env)
        with self.counted(WITHOUT) as statements:
            self.env["dingding.event"]._process()
        events = self.env["dingding.event"].search(
            [("subject", "like", "batch%d-" % number)])
        self.assertEqual(len(events), number)
        self.assertEqual(set(events.mapped("state")), {"done"})
        return statements
