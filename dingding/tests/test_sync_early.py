# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Repeat the tests of syncs with people who are written while others are read."""
import time
from unittest import mock

from psycopg2 import IntegrityError, OperationalError, errorcodes

from .. import compat
from ..models import dingding_sync_early
from ..models.dingding_sync_early import Early
from ..sync import converters, mapping, spool
from ..sync.snapshot import Snapshot
from . import test_sync, test_sync_twice
from .common import portable
from .sync_case import SyncCase
from .test_sync_large import AsLarge


class AsEarly(object):
    """Write people one answer after the other, whatever takes the time."""

    def setUp(self):
        super().setUp()
        for name, value in (("ENOUGH", 1), ("SHARE", 1e9)):
            patch = mock.patch.object(dingding_sync_early, name, value)
            patch.start()
            self.addCleanup(patch.stop)


@portable
class TestEarlyRun(AsEarly, test_sync.TestRun):
    many = 240
    # Too few people are left for that many steps.
    test_time_is_up_in_each_step = None


@portable
class TestEarlyLargeTwice(AsEarly, AsLarge, test_sync_twice.TestSyncTwice):
    pass


@portable
class TestEarly(AsEarly, SyncCase):
    def setUp(self):
        super().setUp()
        self.people().unlink()
        self.departments().unlink()
        self.simulator.reset(people=40, departments=4)
        self.app.app_secret = self.simulator.app_secret

    def read_only(self, run):
        """Read without comparing; return the UserIDs that are stored then."""
        with mock.patch.object(type(run), "_compare", return_value=(None, False)):
            run._process_row(run.id, time.monotonic() + 60)
        compat.forget(self.env)
        self.assertEqual(run.state, "queued")
        return self.people().mapped("userid")

    def test_people_are_written_while_others_are_read(self):
        run = self.start()
        alone = {
            userid for userid, each in self.simulated().items()
            if len(each["depts"]) == 1}
        written = self.read_only(run)
        self.assertTrue(written)
        self.assertEqual(set(written), alone)
        self.assertEqual(run.users_created, len(written))
        self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, "done", run.last_error)
        self.assertSame()
        self.assertEqual(run.users_created, len(self.people()))
        self.assertEqual(run.departments_created, len(self.departments()))
        self.assertEqual(run.users_updated + run.departments_updated, 0)
        self.assertEqual(
            sorted(run.line_ids.filtered(
                lambda line: line.kind == "new").mapped("key")),
            sorted(self.people().mapped("userid") + self.departments().mapped(
                "dept_id")))

    def test_what_is_read_later_is_compared(self):
        """People whom a later answer changes are updated; leavers are archived."""
        run = self.start()
        moved, left = sorted(self.read_only(run))[:2]
        self.change_person(moved, title="Later")
        self.remove_person(left)
        self.env["dingding.sync"]._note_changed(self.corp, userids=[moved, left])
        self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, "done", run.last_error)
        self.assertSame()
        self.assertEqual(self.person(moved).title, "Later")
        self.assertFalse(self.person(left).active)

    def test_whom_an_event_has_made_is_left_alone(self):
        """Its answer is newer than the sync's."""
        userid = next(
            userid for userid, each in sorted(self.simulated().items())
            if len(each["depts"]) == 1)
        run = self.start()
        made = []
        real = Early._new_people

        def new_people(early, fresh, departments):
            if not made and departments:
                made.append(self.env["dingding.user"]._as_received().create({
                    "corp_id": self.corp.id, "userid": userid, "name": "By an event"}))
            return real(early, fresh, departments)

        with mock.patch.object(Early, "_new_people", new_people):
            self.read_only(run)
        self.assertTrue(made)
        self.assertEqual(self.person(userid).name, "By an event")

    def test_a_preview_writes_nothing(self):
        with mock.patch.object(Early, "write_some") as write:
            self.preview()
        self.assertFalse(write.called)
        self.assertFalse(self.people())

    def test_an_organisation_with_people_waits_for_the_comparison(self):
        """With the keys of another organisation, too many would be archived."""
        self.run_it()
        with mock.patch.object(Early, "write_some") as write:
            self.run_it()
        self.assertFalse(write.called)

    def test_the_threshold_of_departments_comes_first(self):
        """Of the keys of another organisation, nobody must be there afterwards."""
        for number in range(3):
            self.env["dingding.department"]._as_received().create({
                "corp_id": self.corp.id, "dept_id": "99%d" % number, "name": "Ours"})
        self.corp.write(
            {"archive_threshold_departments": 2, "archive_threshold_percent": 1})
        run = self.run_it(state="confirm")
        self.assertEqual(run.waits_for, "threshold")
        self.assertFalse(self.people())
        self.assertEqual(len(self.departments()), 3)
        self.assertEqual((run.users_created, run.departments_created), (0, 0))

    def test_few_departments_do_not_keep_people_waiting(self):
        self.run_it("departments")
        run = self.start()
        self.assertTrue(self.read_only(run))

    def test_a_new_department_below_one_that_odoo_knows(self):
        """Where the last change counts, Odoo would move it to the top in DingTalk."""
        self.corp.write(
            {"leads_structure": "last", "archive_threshold_departments": 50})

        def add(parent_id):
            return self.simulator.control(
                "POST", "/departments", {"name": "Deep", "parent_id": parent_id}
            )["dept_id"]

        line = [1]
        for _level in range(6):
            line.append(add(line[-1]))
        self.run_it("departments")
        line.append(add(line[-1]))
        first, last = sorted(self.simulated())[:2]
        self.change_person(first, dept_ids=[1])
        self.change_person(last, dept_ids=line[-1:])
        run = self.start()
        self.assertIn(last, self.read_only(run))
        self.assertEqual(
            self.department(line[-1]).parent_id, self.department(line[-2]))
        self.process_queue("dingding.sync")
        self.assertSame()
        self.assertFalse(self.env["dingding.outgoing.change"].search([]))

    def test_other_fields_may_refer_to_departments_that_are_read_later(self):
        people = type(self.env["dingding.user"])
        real, add_person = people._dingtalk_mapping, Snapshot.add_person
        seat = max(
            (each["dept_id"] for each in self.simulator.departments()), key=int)

        def _dingtalk_mapping(model):
            return [
                line for line in real(model) if line.field != "main_department_id"
            ] + [mapping.FieldMap("seat", "main_department_id",
                                  converters.identifier, "seats", "department")]

        self._replace(people, "_dingtalk_mapping", _dingtalk_mapping)
        self._replace(
            Snapshot, "add_person", lambda snapshot, key, item: add_person(
                snapshot, key, dict(item, seat=seat)))
        # The first ones only.
        self._replace(dingding_sync_early, "MOST", 1)
        self.run_it()
        self.assertEqual(
            self.people().mapped("main_department_id.dept_id"), [str(seat)])

    def test_a_single_department_may_be_no_list(self):
        add_person = Snapshot.add_person

        def one(snapshot, key, item):
            depts = item["dept_id_list"]
            return add_person(snapshot, key, dict(
                item, dept_id_list=depts[0] if len(depts) == 1 else depts))

        self._replace(Snapshot, "add_person", one)
        self.run_it()
        self.assertSame()

    def test_people_wait_while_the_processor_is_busy(self):
        run = self.start()
        with mock.patch.object(dingding_sync_early, "SHARE", 0):
            self.assertEqual(self.read_only(run), [])
        self.process_queue("dingding.sync")
        self.assertSame()

    def test_lost_batches_are_written_in_the_end(self):
        class Conflict(OperationalError):
            pgcode = errorcodes.SERIALIZATION_FAILURE

        class Twice(IntegrityError):
            pgcode = errorcodes.UNIQUE_VIOLATION

        syncs, errors = type(self.env["dingding.sync"]), [Conflict, Twice]
        real = syncs._report

        def report(sync, values, added=None):
            if added and errors:
                raise errors.pop()
            return real(sync, values, added)

        self._replace(syncs, "_report", report)
        run = self.run_it()
        self.assertFalse(errors)
        self.assertFalse(run.problem_ids)
        self.assertSame()

    def test_a_department_deleted_in_odoo_meanwhile(self):
        """It is back in the end, as without early writing."""
        real, gone = Early._write, []

        def write(early, fresh, meter):
            places = sorted(
                str(key) for item in fresh for key in item["dept_id_list"]
                if str(key) in early._departments)
            if places and not gone:
                gone.append(places[-1])
                self.department(gone[0]).with_env(
                    self.env(user=self.user_manager.id)).unlink()
                compat.flush(self.env)
                compat.forget(self.env)
            return real(early, fresh, meter)

        self._replace(Early, "_write", write)
        self.run_it()
        self.assertTrue(gone)
        self.assertSame()

    def test_other_errors_of_the_database_are_not_hidden(self):
        class Refused(OperationalError):
            pgcode = errorcodes.DISK_FULL

        with mock.patch.object(Early, "_write", side_effect=Refused):
            run = self.start()
            self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertNotEqual(run.state, "done")
        self.assertTrue(run.last_error)

    def test_who_leads_several_departments(self):
        """Nobody knows of what another answer says before it came."""
        userid = sorted(self.simulated())[0]
        depts = sorted(int(each["dept_id"]) for each in self.simulator.departments())
        self.change_person(userid, dept_ids=depts[-2:], leader_in=depts[-2:])
        self.run_it()
        self.assertEqual(
            set(self.person(userid).leader_department_ids.mapped("dept_id")),
            {str(each) for each in depts[-2:]})
        self.assertSame()


@portable
class TestEarlyLarge(AsLarge, TestEarly):
    """In the end, only those are compared of whom something else may be known."""

    def compared(self, run):
        """Finish a sync; return the UserIDs of the people whom it compared."""
        syncs, found = type(self.env["dingding.sync"]), set()
        real = syncs._read_parts

        def read_parts(sync, corp, model, groups):
            for items, rows in real(sync, corp, model, groups):
                found.update(items, rows)
                yield items, rows

        with mock.patch.object(syncs, "_read_parts", read_parts):
            self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, "done", run.last_error)
        self.assertTrue(found)
        return found

    def test_who_was_written_whole_is_not_compared(self):
        run = self.start()
        written = set(self.read_only(run))
        self.assertTrue(written)
        found = self.compared(run)
        self.assertEqual(found, set(self.simulated()) - written)
        self.assertSame()
        self.assertFalse(self.items())
        run = self.run_it()
        self.assertEqual(run.users_updated + run.users_created, 0)

    def test_of_whom_two_answers_came_is_compared(self):
        """Those who moved are listed twice, and are merged while there are few."""
        userid = next(
            userid for userid, each in sorted(self.simulated().items())
            if len(each["depts"]) == 1)
        real, first = Snapshot.add_person, []

        def add_person(snapshot, key, item):
            if key == userid:
                first.append(item)
            real(snapshot, key, item)
            if first and key != userid and self.person(userid) and len(first) == 1:
                first.append(dict(first[0], title="Later"))
                real(snapshot, userid, first[1])
                self.assertFalse(snapshot.spooled)

        with mock.patch.object(Snapshot, "add_person", add_person), (
                mock.patch.object(spool, "LARGE", 38)):
            run = self.start()
            self.assertIn(userid, self.read_only(run))
            self.assertEqual(len(first), 2)
            self.assertIn(userid, self.compared(run))
        self.assertEqual(self.person(userid).title, "Later")

    def test_whose_data_had_a_mistake_is_compared(self):
        """The problem is shown once, in the end."""
        userid = min(
            userid for userid, each in self.simulated().items()
            if len(each["depts"]) == 1)
        mistakes = {userid: [("hired_date", "odd")]}
        real = mapping.values

        def values(item, table, groups):
            found, _none = real(item, table, groups)
            return found, mistakes.get(item["userid"] if "userid" in item else "", [])

        with mock.patch.object(mapping, "values", values):
            run = self.start()
            self.assertIn(userid, self.read_only(run))
            self.assertIn(userid, self.compared(run))
        self.assertEqual(run.problem_ids.mapped("code"), ["bad_value"])

    def test_whom_somebody_changed_in_odoo_is_compared(self):
        run = self.start()
        gone, archived = sorted(self.read_only(run))[:2]
        self.person(gone).with_context(active_test=False).unlink()
        self.person(archived).sudo()._as_received().write({"active": False})
        compat.flush(self.env)
        found = self.compared(run)
        self.assertLessEqual({gone, archived}, found)
        self.assertSame()

    def test_who_was_written_before_others_had_more_is_compared(self):
        """DingTalk might have withheld a value that nobody had until then."""
        run = self.start()
        with mock.patch.object(Snapshot, "groups", return_value=set()):
            written = set(self.read_only(run))
        self.assertTrue(written)
        self.assertLessEqual(written, self.compared(run))
        self.assertSame()

    def test_whose_manager_was_not_yet_there_is_compared(self):
        userid, manager = sorted(
            userid for userid, each in self.simulated().items()
            if len(each["depts"]) == 1)[:2]
        real = Snapshot.add_person

        def add_person(snapshot, key, item):
            if key == userid:
                item = dict(item, manager_userid=manager)
            return real(snapshot, key, item)

        with mock.patch.object(Snapshot, "add_person", add_person):
            run = self.start()
            self.assertIn(userid, self.read_only(run))
            self.assertFalse(self.person(userid).manager_id)
            self.assertIn(userid, self.compared(run))
        self.assertEqual(self.person(userid).manager_id, self.person(manager))

    def test_refused_managers_wait_for_a_sync_that_compares_everybody(self):
        """Those who were not compared may differ."""
        self.corp.leads_structure = "odoo"
        for userid in self.simulated():
            self.change_person(userid, leader_in=[])
        run = self.start()
        self.read_only(run)
        person = self.people()[0]
        department = person.department_ids.with_env(
            self.env(user=self.user_manager.id))
        self.simulator.fault(
            "error", "/topapi/v2/department/update", times=9, code="40031",
            message="no")
        department.manager_ids += person
        changes = self.env["dingding.outgoing.change"]
        self.process_queue("dingding.outgoing.change")
        compat.forget(self.env)
        change = changes.search([])
        self.assertEqual(change.mapped("state"), ["failed"])
        self.assertNotIn(person.userid, self.compared(run))
        self.assertEqual(change.mapped("state"), ["failed"])
