# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import itertools
import json

from odoo import models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.api import contacts
from odoo.addons.dingding.dingtalk.stream import LATER
from odoo.addons.dingding.tests.common import portable

from ..models.dingding_app import new_keys
from ..models.dingding_event import CROWD
from .common import EventCase

USER = "/topapi/v2/user/get"


@portable
class TestHandlers(EventCase):
    @classmethod
    def _prepare_class(cls):
        result = super()._prepare_class()
        with cls._like_a_test() as test:
            test.run_it()
        return result

    def setUp(self):
        super().setUp()
        self.numbers = itertools.count(1700000000000)

    def happen(self, event_type, **values):
        event = self.push(event_type, moment=next(self.numbers), **values)
        self.work()
        self.assertEqual(event.state, "done", event.last_error)
        return event

    def somebody(self):
        return self.people().filtered(lambda each: not each.leader_department_ids)[0]

    def test_hired(self):
        new = self.add_person(name="New", mobile="13911112222")
        self.happen("user_add_org", UserId=[new["userid"]])
        person = self.person(new["userid"])
        self.assertEqual(person.name, "New")
        self.assertTrue(person.active)
        self.assertDingTalkCalled(USER, 1)

    def test_an_archived_organisation_is_switched_off(self):
        """Its events would go on creating people and their users."""
        new = self.add_person(name="New", mobile="13911112222")
        self.app._callback_set_keys(*new_keys())
        receives = self.env["dingding.app"]._callback_targets
        self.assertIn(self.app.id, [each.app_id for each in receives("")])
        self.corp.active = False
        compat.flush(self.env)
        self.assertNotIn(self.app.id, [each.app_id for each in receives("")])
        states = self.env["dingding.stream.state"]
        self.assertEqual(states._take(
            self.app.id, {"eventType": "user_add_org", "eventId": "1"},
            {"userId": [new["userid"]]}), LATER)
        self.assertFalse(self.env["dingding.event"].search([("source", "=", "stream")]))
        # Events stored before, one at a time and many together.
        for count in (1, CROWD + 2):
            self.simulator.forget_calls()
            events = self.env["dingding.event"]
            for number in range(count):
                events |= self.push(
                    "user_add_org", moment=next(self.numbers),
                    UserId=[new["userid"] if not number else "u-%d" % number])
            self.work()
            self.assertEqual(set(events.mapped("state")), {"ignored"})
            self.assertIn("archived", events[0].note)
            self.assertDingTalkNotCalled()
        self.assertFalse(self.person(new["userid"]))

    def test_only_the_chosen_departments(self):
        """Everything else stays unchanged, whatever events say."""
        chosen, outside = self.departments().filtered(
            lambda each: each.dept_id != "1" and not each.child_ids)[:2]
        self.corp.scope_department_ids = chosen

        def hire(dept_id):
            new = self.add_person(
                name="New", dept_ids=[int(dept_id)],
                mobile="139%08d" % (next(self.numbers) % 10 ** 8))
            self.happen("user_add_org", UserId=[new["userid"]])
            return self.person(new["userid"])

        def make(parent, event=True):
            made = self.simulator.control("POST", "/departments", {
                "name": "D%d" % next(self.numbers), "parent_id": int(parent)})
            if event:
                self.happen("org_dept_create", DeptId=[made["dept_id"]])
            return str(made["dept_id"])

        self.assertFalse(hire(outside.dept_id))
        self.assertFalse(hire(1))
        self.assertTrue(hire(chosen.dept_id))
        self.assertFalse(self.department(make(outside.dept_id)))
        below = make(chosen.dept_id)
        self.assertEqual(self.department(below).parent_id, chosen)
        # Events may come in any order.
        deeper = make(make(below, event=False), event=False)
        person = hire(deeper)
        self.assertEqual(person.department_ids, self.department(deeper))
        self.assertFalse(hire(make(outside.dept_id, event=False)))
        # People who move away are known to have moved, as after a sync.
        self.change_person(person.userid, dept_ids=[int(outside.dept_id)])
        self.happen("user_modify_org", UserId=[person.userid])
        self.assertEqual(person.department_ids, outside)
        # Leavers are gone.
        colleague = (outside.user_ids - chosen.user_ids)[0]
        self.change_person(colleague.userid, title="Changed")
        self.happen("user_modify_org", UserId=[colleague.userid])
        self.assertNotEqual(colleague.title, "Changed")
        self.remove_person(colleague.userid)
        self.happen("user_leave_org", UserId=[colleague.userid])
        self.assertFalse(colleague.active)
        self.corp.scope_department_ids = False
        self.assertTrue(hire(outside.dept_id))

    def test_renamed(self):
        person = self.somebody()
        self.change_person(person.userid, name="Another")
        self.happen("user_modify_org", UserId=[person.userid])
        self.assertEqual(person.name, "Another")

    def test_left(self):
        person = self.somebody()
        self.remove_person(person.userid)
        self.happen("user_leave_org", UserId=[person.userid])
        self.assertFalse(person.active)

    def test_left_but_odoo_refuses_to_archive_the_user(self):
        """The event shows why, and so does the next sync; nobody else waits for it."""
        self.corp.leaver_policy = "user"
        person, other = self.somebody(), self.people()[-1:]
        self.assertNotEqual(person, other)
        person.user_id = self._make_user(self.env, "leaver", "base.group_user")
        self.refuse_to_archive(person.user_id)
        self.remove_person(person.userid)
        self.remove_person(other.userid)
        event, second = [
            self.push("user_leave_org", moment=next(self.numbers), UserId=[each.userid])
            for each in (person, other)]
        with self.assertLogs("odoo.addons.dingding_callback", "ERROR"):
            self.work()
        self.assertEqual((event.state, second.state), ("retry", "done"))
        self.assertIn(person.user_id.name, event.last_error)
        self.assertEqual((person.active, other.active), (True, False))
        run = self.run_it()
        self.assertFalse(person.active)
        self.assertIn("leave_refused", run.problem_ids.mapped("code"))

    def test_left_while_a_preview_waits(self):
        """Nobody makes a record of who has left since, however new the preview is."""
        new = self.add_person(name="Short", mobile="13911112222")
        self.add_person(userid="stays", name="Stays", mobile="13911113333")
        run = self.preview()
        self.remove_person(new["userid"])
        self.happen("user_leave_org", UserId=[new["userid"]])
        self.simulator.forget_calls()
        self.decide(run)
        self.assertDingTalkNotCalled(USER)
        self.assertFalse(self.person(new["userid"]))
        self.assertTrue(self.person("stays").active)
        line = run.line_ids.filtered(
            lambda each: each.key == new["userid"] and each.action == "create")
        self.assertEqual((line.state, line.reason), ("skipped", "gone"))

    def test_the_event_waits_when_a_preview_is_applied(self):
        """DingTalk is asked again, about those alone whom an event names."""
        self.corp.create_users = "portal"
        new = self.add_person(name="Short", mobile="13911112222")
        self.add_person(name="Stays", mobile="13911113333")
        made = self.simulator.control("POST", "/departments", {"name": "Short"})
        run = self.preview()
        self.remove_person(new["userid"])
        self.push("user_leave_org", moment=next(self.numbers), UserId=[new["userid"]])
        self.simulator.control("DELETE", "/departments/%s" % made["dept_id"])
        self.push("org_dept_remove", moment=next(self.numbers),
                  DeptId=[made["dept_id"]])
        self.simulator.forget_calls()
        self.decide(run)
        self.assertDingTalkCalled(USER, 1)
        self.assertFalse(self.person(new["userid"]))
        self.assertFalse(self.department(made["dept_id"]))
        users = self.env["res.users"].with_context(active_test=False)
        self.assertFalse(users.search([("name", "=", "Short")]))
        self.assertTrue(users.search([("name", "=", "Stays")]))
        self.work()
        self.assertFalse(self.person(new["userid"]))

    def test_left_while_a_preview_waits_gets_no_user(self):
        self.corp.create_users = "portal"
        new = self.add_person(name="Short", mobile="13911112222")
        run = self.preview()
        self.assertIn("make", run.line_ids.filtered(
            lambda each: each.key == new["userid"]).mapped("action"))
        self.remove_person(new["userid"])
        self.happen("user_leave_org", UserId=[new["userid"]])
        self.decide(run)
        users = self.env["res.users"].with_context(active_test=False)
        self.assertFalse(users.search([("name", "=", "Short")]))

    def test_back_while_a_preview_waits(self):
        """Nobody is archived who is there again."""
        person = self.somebody()
        there = self.simulated()[person.userid]
        self.remove_person(person.userid)
        run = self.preview()
        self.add_person(
            userid=person.userid, name=person.name, mobile=there["mobile"],
            dept_ids=list(there["depts"]))
        self.happen("user_add_org", UserId=[person.userid])
        self.simulator.forget_calls()
        self.decide(run)
        self.assertTrue(person.active)
        self.assertDingTalkNotCalled(USER)
        line = run.line_ids.filtered(
            lambda each: each.key == person.userid and each.action == "archive")
        self.assertEqual((line.state, line.reason), ("skipped", "changed"))

    def test_changed_back_while_a_preview_waits(self):
        """An older answer replaces no younger one, though Odoo's value is the same."""
        person = self.somebody()
        before = person.title
        self.change_person(person.userid, title="Mistake")
        run = self.preview()
        self.change_person(person.userid, title=before or "")
        self.happen("user_modify_org", UserId=[person.userid])
        self.decide(run)
        self.assertEqual(person.title or "", before or "")

    def test_new_and_changed_while_a_preview_waits(self):
        new = self.add_person(name="Early", mobile="13911112222", title="Early")
        run = self.preview()
        self.change_person(new["userid"], title="Late")
        self.happen("user_modify_org", UserId=[new["userid"]])
        self.decide(run)
        self.assertEqual(self.person(new["userid"]).title, "Late")

    def test_departments_while_a_preview_waits(self):
        """None is made that is deleted, none is archived that is back."""
        made = {
            name: str(self.simulator.control(
                "POST", "/departments", {"name": name})["dept_id"])
            for name in ("Short", "Stays", "Renamed")}
        self.happen("org_dept_create", DeptId=[int(made["Renamed"])])
        self.simulator.control(
            "PATCH", "/departments/%s" % made["Renamed"], {"name": "Mistake"})
        run = self.preview()
        self.simulator.control("DELETE", "/departments/%s" % made["Short"])
        self.happen("org_dept_remove", DeptId=[int(made["Short"])])
        self.simulator.control(
            "PATCH", "/departments/%s" % made["Renamed"], {"name": "Renamed"})
        self.happen("org_dept_modify", DeptId=[int(made["Renamed"])])
        self.decide(run)
        self.assertFalse(self.department(made["Short"]))
        self.assertTrue(self.department(made["Stays"]))
        self.assertEqual(self.department(made["Renamed"]).name, "Renamed")
        line = run.line_ids.filtered(lambda each: each.key == made["Short"])
        self.assertEqual((line.state, line.reason), ("skipped", "gone"))

    def test_a_deleted_department_is_not_made_by_who_archives_nothing(self):
        self.corp.leaver_policy = "nothing"
        made = self.simulator.control("POST", "/departments", {"name": "Short"})
        run = self.preview()
        self.simulator.control("DELETE", "/departments/%s" % made["dept_id"])
        self.happen("org_dept_remove", DeptId=[made["dept_id"]])
        self.decide(run)
        self.assertFalse(self.department(made["dept_id"]))

    def test_late_and_twice(self):
        new = self.add_person(name="Short", mobile="13911112222")
        self.remove_person(new["userid"])
        self.happen("user_leave_org", UserId=[new["userid"]])
        self.happen("user_add_org", UserId=[new["userid"]])
        self.assertFalse(self.person(new["userid"]).active)
        person = self.somebody()
        self.happen("user_leave_org", UserId=[person.userid])
        self.assertTrue(person.active, "DingTalk says that he is there")

    def test_batch(self):
        people = self.people()[:5]
        for number, person in enumerate(people):
            self.change_person(person.userid, title="Title %d" % number)
        self.happen("user_modify_org", UserId=people.mapped("userid"))
        self.assertEqual(
            people.mapped("title"), ["Title %d" % number for number in range(5)]
        )
        self.assertDingTalkCalled(USER, 5)

    def test_very_many_at_once_are_a_sync(self):
        person = self.somebody()
        self.change_person(person.userid, title="Cook")
        runs = self.env["dingding.sync"]
        before = runs.search([])
        ids = ["nobody%d" % number for number in range(8000)] + [person.userid]
        for event_type, values in (
            ("user_modify_org", {"UserId": ids}),
            ("org_dept_modify", {"DeptId": list(range(1000, 9000))}),
        ):
            event = self.happen(event_type, **values)
            self.assertEqual(event.note_code, "many")
            self.assertDingTalkNotCalled()
        run = runs.search([]) - before
        self.assertEqual(len(run), 1, "one sync serves both")
        self.process_queue("dingding.sync")
        self.assertEqual(run.state, "done")
        self.assertEqual(person.title, "Cook")

    def test_very_many_at_once_wait_for_a_sync_that_has_begun(self):
        """It may have read them before, and does not look for new ones."""
        person, new = self.somebody(), self.add_person(name="New", mobile="13911112222")
        run = self.start()
        run.write({"started_at": "2026-01-01 00:00:00", "stage": "write"})
        self.change_person(person.userid, title="Cook")
        ids = ["nobody%d" % number for number in range(300)]
        ids += [person.userid, new["userid"]]
        event = self.push("user_modify_org", UserId=ids)
        self.work()
        self.assertEqual((event.state, event.attempts), ("queued", 0))
        self.assertTrue(event.next_try)
        self.process_queue("dingding.sync")
        self.assertEqual(run.state, "done")
        event.write({"next_try": False})
        self.work()
        self.assertEqual((event.state, event.note_code), ("done", "many"))
        self.process_queue("dingding.sync")
        self.assertEqual(person.title, "Cook")
        self.assertTrue(self.person(new["userid"]))

    def test_a_department_loads_no_others(self):
        """Thousands are changed one by one, in organisations with thousands."""
        departments = type(self.env["dingding.department"])
        known, found = departments._dingtalk_known, []

        def counting(this, *args):
            result = known(this, *args)
            found.append(len(result))
            return result

        self._replace(departments, "_dingtalk_known", counting)
        child = self.departments().filtered(
            lambda each: each.parent_id.dept_id == "1")[0]
        self.simulator.control(
            "PATCH", "/departments/%s" % child.dept_id, {"name": "Renamed"})
        self.happen("org_dept_modify", DeptId=[child.dept_id])
        self.assertEqual(child.name, "Renamed")
        self.assertGreater(len(self.departments()), 2)
        self.assertLessEqual(max(found), 2)

    def test_burst_about_one_person_is_one_call(self):
        person = self.somebody()
        events = [
            self.push("user_modify_org", moment=next(self.numbers),
                      UserId=[person.userid])
            for _number in range(20)
        ]
        self.work()
        self.assertEqual({event.state for event in events}, {"done"})
        self.assertDingTalkCalled(USER, 1)

    def test_administrator(self):
        person = self.somebody()
        self.change_person(person.userid, admin_level=1)
        self.happen("org_admin_add", UserId=[person.userid])
        self.assertTrue(person.admin)
        self.change_person(person.userid, admin_level=0)
        self.happen("org_admin_remove", UserId=[person.userid])
        self.assertFalse(person.admin)

    def test_roles(self):
        person = self.somebody()
        self.change_person(person.userid, title="Cook")
        self.happen(
            "label_user_change", LabelIdList=[1], UserIdList=[person.userid],
            action="remove",
        )
        self.assertEqual(person.title, "Cook")
        self.simulator.forget_calls()
        for name in ("add", "modify", "del"):
            self.happen("label_conf_%s" % name, LabelIdList=[1], scope="1")
        self.assertDingTalkNotCalled(USER)

    def test_departments(self):
        parent = self.simulator.control(
            "POST", "/departments", {"name": "Above", "parent_id": 1})
        child = self.simulator.control(
            "POST", "/departments", {"name": "Below", "parent_id": parent["dept_id"]})
        self.happen("org_dept_create", DeptId=[child["dept_id"]])
        below = self.department(child["dept_id"])
        self.assertEqual(below.name, "Below")
        self.assertEqual(below.parent_id, self.department(parent["dept_id"]))
        self.assertEqual(below.parent_id.parent_id, self.department(1))
        self.happen("org_dept_create", DeptId=[parent["dept_id"]])
        self.assertEqual(len(self.department(parent["dept_id"])), 1)
        path = "/departments/%s" % child["dept_id"]
        self.simulator.control("PATCH", path, {"name": "Renamed"})
        self.happen("org_dept_modify", DeptId=[child["dept_id"]])
        self.assertEqual(below.name, "Renamed")
        self.simulator.control("DELETE", path)
        self.corp.leaver_policy = "nothing"
        self.happen("org_dept_remove", DeptId=[child["dept_id"]])
        self.assertTrue(below.active, "as after a sync")
        self.corp.leaver_policy = "person"
        self.happen("org_dept_remove", DeptId=[child["dept_id"]])
        self.assertFalse(below.active)
        self.happen("org_dept_remove", DeptId=[parent["dept_id"]])
        self.assertTrue(self.department(parent["dept_id"]).active)

    def make_department(self, name, parent_id=1):
        return self.simulator.control(
            "POST", "/departments", {"name": name, "parent_id": parent_id})["dept_id"]

    def move_department(self, dept_id, parent_id):
        self.simulator.control(
            "PATCH", "/departments/%s" % dept_id, {"parent_id": parent_id})

    def test_parent_and_child_change_places(self):
        """Odoo refuses circles, and the event about the child may come later."""
        one = self.make_department("One")
        two = self.make_department("Two", one)
        three = self.make_department("Three", two)
        self.happen("org_dept_create", DeptId=[one, two, three])
        rows = [self.department(each) for each in (one, two, three)]
        top = self.department(1)
        self.assertEqual([row.parent_id for row in rows], [top, rows[0], rows[1]])
        self.move_department(two, 1)
        self.move_department(one, three)
        self.happen("org_dept_modify", DeptId=[one])
        self.assertEqual([row.parent_id for row in rows], [rows[2], top, rows[1]])
        # Both in one event, in the order of DingTalk.
        self.move_department(one, 1)
        self.move_department(two, one)
        self.happen("org_dept_modify", DeptId=[two, one])
        self.assertEqual([row.parent_id for row in rows], [top, rows[0], rows[1]])
        # Below a department that Odoo does not know yet.
        self.move_department(two, 1)
        new = self.make_department("New", three)
        self.move_department(one, new)
        self.happen("org_dept_modify", DeptId=[one])
        self.assertEqual(
            [row.parent_id for row in rows], [self.department(new), top, rows[1]])
        self.assertSame()

    def test_each_was_moved_below_the_other(self):
        """In Odoo, and in DingTalk vice versa."""
        one, two = self.make_department("One"), self.make_department("Two")
        self.happen("org_dept_create", DeptId=[one, two])
        self.corp.leads_structure = "last"
        rows = self.department(one), self.department(two)
        rows[0].parent_id = rows[1]
        self.move_department(two, one)
        self.happen("org_dept_modify", DeptId=[two])
        self.assertEqual(
            [row.parent_id for row in rows], [self.department(1), rows[0]])
        self.process_queue("dingding.outgoing.change")
        self.assertSame()

    def test_the_same_human_returns_with_another_userid(self):
        self.corp.leaver_policy = "user"
        person = self.person(self.matchable()[0])
        person.user_id = self.user_employee
        there = self.simulated()[person.userid]
        self.remove_person(person.userid)
        self.happen("user_leave_org", UserId=[person.userid])
        self.assertFalse(person.active or self.user_employee.active)
        new = self.add_person(
            name="Back", mobile=there["mobile"], human=there["human"], dept_ids=[1])
        self.happen("user_add_org", UserId=[new["userid"]])
        self.assertEqual(self.person(new["userid"]).user_id, self.user_employee)
        self.assertTrue(self.user_employee.active)

    def test_the_managers_of_a_department(self):
        """DingTalk reports the department, the managers are stored with people."""
        department = self.departments().filtered(
            lambda each: each.dept_id != "1" and len(each.user_ids) > 1)[0]
        for person in (department.user_ids[0], department.user_ids[1], None):
            self.simulator.control(
                "PATCH", "/departments/%s" % department.dept_id,
                {"managers": [person.userid] if person else []})
            self.happen("org_dept_modify", DeptId=[int(department.dept_id)])
            self.assertEqual(
                department.manager_ids, person or self.env["dingding.user"])
        self.assertSame()
        self.simulator.forget_calls()
        self.happen("org_dept_modify", DeptId=[int(department.dept_id)])
        self.assertDingTalkNotCalled(USER)

    def assertOneTransaction(self, happen):
        """Check that nobody's later write goes unnoticed: no commit until the writing.

        PostgreSQL refuses to write a row that others have written since.
        """
        steps, steps_of = [], (
            (contacts.Contacts, "user", "asked"),
            (type(self.env["dingding.event"]), "_commit", "committed"),
            (type(self.env["dingding.user"]), "_write_changes", "written"),
        )
        for target, name, step in steps_of:
            def noted(*args, real=getattr(target, name), step=step, **kwargs):
                steps.append(step)
                return real(*args, **kwargs)

            self._replace(target, name, noted)
        happen()
        asked = steps.index("asked")
        written = steps.index("written", asked)
        self.assertNotIn("committed", steps[asked:written])
        return steps.count("asked")

    def test_an_older_answer_replaces_no_younger_one(self):
        """Somebody else is asked whether DingTalk still delivers e-mails."""
        person = self.people().filtered("email")[0]
        self.change_person(person.userid, **dict.fromkeys(
            ("email", "org_email", "work_place", "remark", "extension"), ""))
        self.assertGreater(self.assertOneTransaction(
            lambda: self.happen("user_modify_org", UserId=[person.userid])), 1)
        self.assertFalse(person.email)

    def test_an_older_answer_about_an_unknown_department(self):
        place = self.make_department("Unheard")
        new = self.add_person(name="New", mobile="13911112222", dept_ids=[place])
        self.assertOneTransaction(
            lambda: self.happen("user_add_org", UserId=[new["userid"]]))
        self.assertEqual(
            self.person(new["userid"]).department_ids, self.department(place))

    def test_a_successor_with_the_mobile_of_a_leaver(self):
        """The number's next owner gets no access as the leaver."""
        self.corp.link_by_mobile = True
        userid = self.matchable()[0]
        leaver = self.person(userid)
        mobile = leaver.mobile
        self.user_employee.login = "86%s" % mobile
        leaver.user_id = self.user_employee
        self.remove_person(userid)
        self.happen("user_leave_org", UserId=[userid])
        self.assertFalse(leaver.active)
        self.assertTrue(self.user_employee.active)
        new = self.add_person(
            name="Successor", mobile=mobile, active=True, human="another")
        self.happen("user_add_org", UserId=[new["userid"]])
        person = self.person(new["userid"])
        self.assertEqual(person.mobile_number, leaver.mobile_number)
        self.assertNotEqual(person.unionid, leaver.unionid)
        self.assertFalse(person.user_id)
        run = self.confirm_it()
        self.assertFalse(person.user_id)
        self.assertIn("link_taken", self.codes(run))
        # The same human with another UserID.
        self.remove_person(new["userid"])
        self.happen("user_leave_org", UserId=[new["userid"]])
        back = self.add_person(name="Back", mobile=mobile, active=True)
        self.happen("user_add_org", UserId=[back["userid"]])
        person = self.person(back["userid"])
        self.assertEqual(person.unionid, leaver.unionid)
        self.assertEqual(person.user_id, self.user_employee)

    def stored(self):
        """Return stored departments and people, by DingTalk's ids.

        Excludes values that a sync does not receive: see the group of a FieldMap.
        """
        found = {}
        for model, key in (("dingding.department", "dept_id"),
                           ("dingding.user", "userid")):
            single = {
                line.field for line in self.env[model]._dingtalk_mapping()
                if line.group == "detail"
            }
            records = self.env[model].with_context(active_test=False).search(
                [("corp_id", "=", self.corp.id)])
            names = [
                name for name, field in self.env[model]._fields.items()
                if field.store and name not in single and name not in (
                    "id", "create_date", "write_date", "create_uid", "write_uid",
                    "__last_update") and not name.startswith(("message_", "activity_"))
            ]
            for record in records:
                values = {}
                for name in names:
                    value = record[name]
                    if isinstance(value, models.BaseModel):
                        value = sorted(
                            each[key] if each._name == model else each.display_name
                            for each in value)
                    values[name] = value
                # A single call does not reveal withheld fields.
                base = json.loads(values["baseline_values"] or "{}")
                values["baseline_values"] = {
                    name: value for name, value in base.items()
                    if value is not None and name not in single
                }
                found[model, record[key]] = values
        # The numbers have gaps: compare their order.
        for values in found.values():
            if "sequence" in values:
                values["sequence"] = sorted(
                    other["sequence"] for other in found.values()
                    if "sequence" in other and (
                        other["parent_id"] == values["parent_id"])
                ).index(values["sequence"])
                values.pop("sort_path")
        return found

    def test_event_and_sync_write_the_same(self):
        control = self.simulator.control
        self.assertEqual(self.after(self.run_it), self.stored(), "nothing has changed")
        first = control("POST", "/departments", {
            "name": "First", "parent_id": 1, "order": -5})
        last = control("POST", "/departments", {"name": "Last", "parent_id": 1})
        below = control("POST", "/departments", {
            "name": "Below", "parent_id": first["dept_id"]})
        control("PATCH", "/departments/1", {"name": "Another name"})
        moved = self.departments().filtered(
            lambda each: each.parent_id.dept_id == "1")[-1]
        control("PATCH", "/departments/%s" % moved.dept_id, {
            "name": "Renamed", "order": -9})
        person = self.somebody()
        self.change_person(
            person.userid, title="Cook", dept_ids=[below["dept_id"]],
            email="cook@example.com", remark="Tall")
        new = self.add_person(
            name="New", mobile="13911112222", dept_ids=[last["dept_id"], 1])
        gone = self.people().filtered(lambda each: not each.leader_department_ids)[-1]
        self.remove_person(gone.userid)

        def by_events():
            self.happen("org_dept_create", DeptId=[below["dept_id"]])
            self.happen("org_dept_create", DeptId=[first["dept_id"], last["dept_id"]])
            self.happen("org_dept_modify", DeptId=[1])
            self.happen("org_dept_modify", DeptId=[int(moved.dept_id)])
            self.happen("user_modify_org", UserId=[person.userid])
            self.happen("user_add_org", UserId=[new["userid"]])
            self.happen("user_leave_org", UserId=[gone.userid])

        events, sync = self.after(by_events), self.after(self.run_it)
        self.assertEqual(set(events), set(sync))
        self.assertNotEqual(events, self.stored())
        wrong = [
            (key, name, events[key][name], value)
            for key, values in sync.items() for name, value in values.items()
            if events[key][name] != value
        ]
        self.assertFalse(wrong, wrong)

    def test_hired_into_an_unknown_department(self):
        department = self.simulator.control(
            "POST", "/departments", {"name": "Unheard", "parent_id": 1})
        new = self.add_person(
            name="New", mobile="13911112222", dept_ids=[department["dept_id"]])
        self.happen("user_add_org", UserId=[new["userid"]])
        self.assertEqual(
            self.person(new["userid"]).department_ids,
            self.department(department["dept_id"]),
        )

    def test_dissolved_only_warns(self):
        before = len(self.people().filtered("active"))
        with self.assertLogs("odoo.addons.dingding_callback", "WARNING"):
            self.happen("org_remove")
        self.assertTrue(self.corp.dissolved_at)
        self.assertTrue(self.corp.active)
        self.assertEqual(len(self.people().filtered("active")), before)
        self.happen("org_change")

    def test_dingtalk_is_down(self):
        person = self.somebody()
        self.simulator.fault("http_500", USER, times=None)
        event = self.push("user_modify_org", UserId=[person.userid])
        self.work()
        self.assertEqual(event.state, "retry")
        self.simulator.clear_faults()
        event.next_try = False
        self.work()
        self.assertEqual(event.state, "done")
