# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Changes between two steps of a sync that are known before the second one."""
import time
from unittest import mock

from .. import compat
from ..sync import resources
from ..sync.reader import Reader
from .common import portable
from .sync_case import SyncCase
from .test_sync_large import AsLarge


@portable
class TestChanged(SyncCase):
    def setUp(self):
        super().setUp()
        self.simulator.reset(people=40, departments=4)
        self.app.app_secret = self.simulator.app_secret
        self.run_it()

    def read_some(self, run, manage=False):
        """Process steps until some people were read; return their UserIDs.

        :param bool manage: whether these manage departments
        """
        for calls in range(4, 40):
            moments = iter(range(10000))
            with mock.patch.object(
                resources, "Reader",
                lambda *args, **kw: Reader(*args, clock=lambda: next(moments), **kw),
            ):
                run._process_row(run.id, calls)
            compat.forget(self.env)
            self.assertEqual(run.state, "queued")
            found = self.listed(run, manage)
            if found:
                return found
        raise AssertionError("nobody was read")

    def listed(self, run, manage):
        known = run._load_snapshot().people
        return sorted(
            person.userid for person in self.people()
            if person.userid in known and bool(person.leader_department_ids) == manage
        )

    def finish(self, run):
        self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, "done", run.last_error)
        self.env.cr.execute("SELECT count(*) FROM dingding_sync_item")
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_who_leaves_meanwhile_stays_archived(self):
        self.corp.leaver_policy = "user"
        run = self.start()
        person = self.person(self.read_some(run)[0])
        person.write({"user_id": self.user_employee.id})
        self.remove_person(person.userid)
        person.action_refresh()
        self.assertFalse(person.active)
        self.assertFalse(self.user_employee.active)
        self.finish(run)
        self.assertFalse(person.active)
        self.assertFalse(self.user_employee.active)
        self.assertSame()

    def test_who_changes_meanwhile_keeps_the_new_values(self):
        run = self.start()
        person = self.person(self.read_some(run)[0])
        self.change_person(
            person.userid, title="Later", dept_ids=[1], leader_in=[1])
        person.action_refresh()
        self.assertEqual(person.title, "Later")
        self.simulator.forget_calls()
        self.finish(run)
        self.assertEqual(person.title, "Later")
        self.assertDingTalkCalled("/topapi/v2/user/get", 1)
        self.assertSame()

    def test_who_no_longer_manages(self):
        run = self.start()
        person = self.person(self.read_some(run, True)[0])
        self.change_person(person.userid, leader_in=[])
        person.action_refresh()
        self.finish(run)
        self.assertFalse(person.leader_department_ids)
        self.assertSame()

    def test_a_department_moves_meanwhile(self):
        run = self.start()
        self.read_some(run)
        moved = self.departments().filtered(
            lambda each: each.dept_id != "1" and not each.child_ids)[0]
        target = (self.departments() - moved - moved.parent_id)[0]
        self.simulator.control(
            "PATCH", "/departments/%s" % moved.dept_id,
            {"parent_id": int(target.dept_id), "name": "Moved"})
        moved.action_refresh()
        new = self.simulator.control(
            "POST", "/departments", {"name": "Short", "parent_id": 1})
        self.finish(run)
        self.assertEqual(moved.name, "Moved")
        self.assertEqual(moved.parent_id, target)
        self.run_it()
        self.assertTrue(self.department(new["dept_id"]))
        self.assertSame()

    def test_an_outgoing_change_is_not_taken_back(self):
        self.corp.leads_profile = "last"
        run = self.start()
        person = self.person(self.read_some(run)[0])
        person.with_env(self.env(user=self.user_manager.id)).write({"title": "Odoo's"})
        self.process_queue("dingding.outgoing.change")
        self.assertEqual(self.simulated()[person.userid]["title"], "Odoo's")
        self.finish(run)
        self.assertEqual(person.title, "Odoo's")
        self.assertFalse(run.conflict_ids)
        self.assertSame()

    def test_who_is_back_before_it_is_written(self):
        person = self.person(self.matchable()[0])
        there = self.simulated()[person.userid]
        self.remove_person(person.userid)
        run = self.start()
        # Compared, and no time left to write.
        with mock.patch.object(type(run), "_apply_lines", lambda *args: False):
            run._process_row(run.id, time.monotonic() + 50)
        compat.forget(self.env)
        self.assertEqual((run.state, run.stage), ("queued", "write"))
        line = run.line_ids.filtered(lambda each: each.key == person.userid)
        self.assertEqual((line.action, line.state), ("archive", "pending"))
        self.add_person(userid=person.userid, name=there["name"],
                        mobile=there["mobile"], dept_ids=[1])
        person.action_refresh()
        compat.forget(self.env)
        self.assertEqual((line.state, line.reason), ("skipped", "changed"))
        self.finish(run)
        self.assertTrue(person.active)

    def test_nothing_is_noted_while_nothing_is_read(self):
        self.people()[0].action_refresh()
        self.env.cr.execute("SELECT count(*) FROM dingding_sync_item")
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_an_error_while_reading_again_loses_no_note(self):
        run = self.start()
        person = self.person(self.read_some(run)[0])
        self.remove_person(person.userid)
        person.action_refresh()
        self.simulator.fault("http_500", "/topapi/v2/user/get", times=20)
        self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, "retry", run.last_error)
        self.simulator.clear_faults()
        run.action_try_now()
        self.finish(run)
        self.assertFalse(person.active)
        self.assertSame()


@portable
class TestChangedLarge(AsLarge, TestChanged):
    pass
