# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .. import compat
from .common import call_as, portable
from .outgoing_case import (
    DEPT_CREATE,
    DEPT_UPDATE,
    USER_CREATE,
    USER_DELETE,
    USER_UPDATE,
    OutgoingCase,
)


@portable
class TestChange(OutgoingCase):
    def test_a_change_waits_for_its_turn_and_arrives(self):
        person = self.somebody()
        self.as_manager("dingding.user").browse(person.id).write(
            {"title": "Head of tests"}
        )
        self.assertDingTalkNotCalled()
        change = self.changes(person)
        self.assertEqual(change.state, "queued")
        self.assertEqual(change.operation, "update")
        self.assertEqual(change.user_id, self.user_manager)
        self.assertEqual(person.push_state, "pending")
        self.send()
        self.assertEqual(self.there(person)["title"], "Head of tests")
        self.assertEqual(change.state, "done")
        self.assertTrue(change.sent_on)
        self.assertFalse(person.push_state)
        self.assertEqual(person._baseline()["title"], "Head of tests")

    def test_an_archived_organisation_is_sent_nothing(self):
        person = self.somebody()
        person.title = "Head of tests"
        change, self.corp.active = self.changes(person), False
        self.simulator.forget_calls()
        self.send()
        self.assertDingTalkNotCalled()
        self.assertEqual((change.state, change.attempts), ("retry", 0))
        self.assertTrue(change.next_try)
        self.corp.active = True
        self.assertFalse(change.next_try)
        self.send()
        self.assertEqual(self.there(person)["title"], "Head of tests")

    def test_what_was_sent_comes_back_without_a_new_change(self):
        person = self.somebody()
        person.write({"title": "Head of tests", "job_number": "J-77"})
        self.send()
        count = len(self.changes())
        run = self.run_it()
        self.assertEqual(len(self.changes()), count)
        self.assertEqual(run.users_updated, 0)
        self.check_baseline(person)

    def test_changes_before_sending_are_one_row(self):
        person = self.somebody()
        old = person.title
        for title in ("One", "Two", "Three"):
            person.title = title
        person.job_number = "J-1"
        change = self.changes(person)
        self.assertEqual(len(change), 1)
        self.assertEqual(json.loads(change.new_values),
                         {"job_number": "J-1", "title": "Three"})
        self.assertEqual(json.loads(change.old_values)["title"], old or None)
        self.assertIn("Three", change.summary)
        self.send()
        self.assertDingTalkCalled(USER_UPDATE, 1)
        self.assertEqual(self.there(person)["title"], "Three")

    def test_a_row_that_is_being_sent_is_left_alone(self):
        person = self.somebody()
        person.title = "One"
        first = self.changes(person)
        first.write({"state": "working"})
        person.title = "Two"
        second = self.changes(person) - first
        self.assertEqual(len(second), 1)
        self.assertEqual(json.loads(first.new_values), {"title": "One"})
        person.title = "Three"
        self.assertEqual(self.changes(person), first + second)
        self.send()
        self.assertEqual((first + second).mapped("state"), ["done", "done"])
        self.assertEqual(self.there(person)["title"], "Three")

    def test_the_later_row_waits_for_the_earlier_one(self):
        person = self.somebody()
        person.title = "One"
        first = self.changes(person)
        first.write({"state": "retry", "next_try": "2099-01-01 00:00:00"})
        second = self.env["dingding.outgoing.change"].create(
            dict(first.copy_data()[0], new_values='{"title": "Two"}', state="queued")
        )
        person.with_context(dingding_no_push=True).title = "Two"
        self.process_queue("dingding.outgoing.change", 1)
        self.assertEqual(second.state, "retry")
        self.assertEqual(second.attempts, 0)
        self.assertDingTalkNotCalled()
        self.send()
        self.assertEqual(self.there(person)["title"], "Two")
        self.assertEqual((first + second).mapped("state"), ["done", "done"])

    def test_nothing_leaves_where_dingtalk_leads(self):
        self.lead("dingtalk")
        person, department = self.somebody(), self.departments()[-1]
        person.write({"title": "X", "active": False})
        department.name = "Y"
        self.assertFalse(self.changes())
        with self.assertRaises(UserError):
            self.new_person()
        with self.assertRaises(UserError):
            self.new_department()
        self.lead("odoo", "contact")
        person.write({"title": "Z", "telephone": "010-1"})
        self.assertEqual(json.loads(self.changes().new_values), {"telephone": "010-1"})

    def test_nothing_leaves_once_dingtalk_leads_again(self):
        person = self.somebody()
        before = self.there(person).get("title")
        person.title = "X"
        self.lead("dingtalk")
        self.send()
        self.assertEqual(self.changes(person).state, "done")
        self.assertEqual(self.there(person).get("title"), before)
        self.assertEqual(person.title or "", before or "")

    def test_what_a_reading_writes_does_not_go_back(self):
        person = self.somebody()
        self.change_person(person.userid, title="From there")
        self.lead("last")
        self.run_it()
        self.assertEqual(person.title, "From there")
        self.assertFalse(self.changes())

    def test_each_field_arrives(self):
        person, boss = self.somebody(), self.somebody(1)
        person.write(
            {
                "name": "张三 O'Neil", "title": "T", "job_number": "J-9",
                "telephone": "010-5555", "email": "new@example.com",
                "org_email": "new@corp.example.com", "work_place": "Here",
                "remark": "Re\nmark", "hired_date": "2020-02-03",
                "extension": '{"a": "b"}', "manager_id": boss.id,
            }
        )
        self.send()
        self.assertEqual(self.changes().mapped("state"), ["done"])
        there = self.there(person)
        for name in ("name", "title", "job_number", "telephone", "email", "org_email",
                     "work_place", "remark", "extension"):
            self.assertEqual(there[name], person[name], name)
        self.assertEqual(there["hired_date"], 1580659200000)  # midnight in Beijing
        self.assertEqual(there["manager_userid"], boss.userid)
        self.check_baseline(person)
        self.simulator.forget_calls()
        person.write({"title": False, "manager_id": False, "email": False})
        self.send()
        there = self.there(person)
        self.assertFalse(there["title"] or there["manager_userid"] or there["email"])

    def test_departments_of_a_person(self):
        person = self.somebody()
        others = self.departments().filtered("parent_id") - person.department_ids
        person.write(
            {"department_ids": [(6, 0, others.ids)],
             "main_department_id": others[-1].id}
        )
        self.assertEqual(self.changes(person).operation, "move")
        self.send()
        there = [str(key) for key in self.there(person)["depts"]]
        self.assertEqual(set(there), set(others.mapped("dept_id")))
        self.assertEqual(there[0], others[-1].dept_id)
        self.run_it()
        self.assertEqual(person.main_department_id, others[-1])

    def comes_to_rest(self, person):
        for _round in range(2):
            self.run_it()
            self.send()
        self.assertEqual(
            set(self.changes(person).mapped("state")), {"done"},
            self.changes(person).mapped("last_error"))
        count = len(self.changes())
        run = self.run_it()
        self.assertEqual(len(self.changes()), count)
        self.assertEqual(run.users_updated, 0)
        self.assertFalse(self.env["dingding.conflict"].search([]))
        there = [str(key) for key in self.there(person)["depts"]]
        self.assertEqual(person.main_department_id.dept_id, there[0])
        self.assertEqual(set(person.department_ids.mapped("dept_id")), set(there))
        base = person._baseline()
        self.assertEqual(base["main_department_id"], there[0])
        self.assertEqual(set(base["department_ids"]), set(there))

    def test_a_main_department_is_never_empty(self):
        """DingTalk's first department is the main one."""
        for leader in ("odoo", "last"):
            self.lead(leader)
            person = self.somebody()
            person.main_department_id = False
            self.send()
            self.assertEqual(
                person.main_department_id.dept_id,
                [str(key) for key in self.there(person)["depts"]][0])
            self.comes_to_rest(person)

    def test_a_main_department_is_one_of_the_departments(self):
        for number, leader in enumerate(("odoo", "last")):
            self.lead(leader)
            person = self.somebody(number)
            others = (self.departments().filtered("parent_id")
                      - person.department_ids)[:2]
            person.department_ids = others
            self.send()
            self.assertIn(person.main_department_id, others)
            self.comes_to_rest(person)
            self.assertEqual(person.department_ids, others)

    def test_who_is_in_no_department_is_in_the_root(self):
        for leader in ("odoo", "last"):
            self.lead(leader)
            person = self.somebody()
            person.write({"department_ids": [(5,)], "main_department_id": False})
            self.send()
            self.assertEqual(person.department_ids.mapped("dept_id"), ["1"])
            self.comes_to_rest(person)

    def test_a_later_main_department_is_kept(self):
        person = self.somebody()
        one, two = (self.departments().filtered("parent_id")
                    - person.department_ids)[:2]
        person.department_ids = one
        first = self.changes(person)
        first.write({"state": "working"})
        person.write({"department_ids": [(6, 0, two.ids)],
                      "main_department_id": two.id})
        self.send()
        self.assertEqual(len(self.changes(person)), 2)
        self.assertEqual(person.main_department_id, two)
        self.comes_to_rest(person)

    def test_a_person_stays_in_departments_that_are_not_seen(self):
        person = self.somebody()
        hidden = self.departments().filtered("parent_id") - person.department_ids
        hidden = hidden.sorted("level")[-1]
        other = (self.departments().filtered("parent_id") - person.department_ids
                 - hidden)[:1]
        self.simulator.control(
            "PATCH", "/users/%s" % person.userid,
            {"depts": {str(key): 1 for key in (
                person.department_ids.mapped("dept_id") + [hidden.dept_id])}},
        )
        hidden.with_context(dingding_no_push=True).unlink()
        person.department_ids += other
        self.send()
        self.assertIn(
            self.changes().state, "done", self.changes().last_error
        )
        there = {str(key) for key in self.there(person)["depts"]}
        self.assertEqual(len(there), len(person.department_ids) + 1)

    def test_managers_follow_their_membership(self):
        person = self.somebody()
        department = (self.departments().filtered("parent_id")
                      - person.department_ids)[:1]
        old = department.manager_ids
        person.write(
            {"department_ids": [(4, department.id)],
             "leader_department_ids": [(4, department.id)]}
        )
        self.assertEqual(self.changes(department).operation, "managers")
        self.send()
        self.assertEqual(set(self.changes().mapped("state")), {"done"})
        self.assertEqual(
            set(self.department_there(department)["managers"]),
            set((old | person).mapped("userid")),
        )
        self.assertIn(
            department.dept_id, person._baseline()["leader_department_ids"]
        )
        department.manager_ids = False
        self.send()
        self.assertEqual(self.department_there(department)["managers"], [])
        self.run_it()
        self.assertFalse(department.manager_ids)

    def managed(self):
        department = self.departments().filtered(
            lambda each: each.parent_id and len(each.user_ids) > 2)[:1]
        managers = department.user_ids.sorted("userid")[:2]
        department.manager_ids = managers
        self.send()
        self.run_it()
        self.simulator.forget_calls()
        return department, managers

    def refuse_managers(self, times=1):
        self.simulator.fault(
            "error", DEPT_UPDATE, times=times, code="40031", message="no")

    def managers_rows(self, department):
        return self.changes(department).filtered(
            lambda each: each.operation == "managers")

    def test_a_manager_whom_odoo_does_not_know_stays(self):
        for number, leader in enumerate(("odoo", "last")):
            self.lead(leader)
            person = self.somebody(number)
            boss = self.add_person(
                name="Boss", mobile="1380013000%d" % number, dept_ids=[1])["userid"]
            self.change_person(person.userid, manager_userid=boss)
            for _round in range(2):
                person.action_refresh()
                self.send()
            self.assertEqual(self.there(person)["manager_userid"], boss, leader)
            self.run_it()
            person.action_refresh()
            self.assertEqual(person.manager_id.userid, boss, leader)

    def test_a_manager_who_has_left_is_not_sent(self):
        department, (one, two) = self.managed()
        three = (department.user_ids - one - two)[:1]
        department.manager_ids += three
        self.remove_person(two.userid)
        two.with_context(dingding_no_push=True).active = False
        self.send()
        change = self.managers_rows(department)[-1]
        self.assertEqual(change.state, "done", change.last_error)
        self.assertEqual(
            change._load("new_values"), {"manager_ids": sorted((one | three).ids)})
        self.assertEqual(set(self.department_there(department)["managers"]),
                         {one.userid, three.userid})
        self.assertDingTalkCalled(DEPT_UPDATE, 1)

    def test_a_manager_who_has_left_unnoticed_is_not_sent(self):
        department, (one, two) = self.managed()
        three = (department.user_ids - one - two)[:1]
        department.manager_ids = one | three
        self.remove_person(three.userid)
        self.send()
        change = self.managers_rows(department)[-1]
        self.assertEqual(change.state, "done", change.last_error)
        self.assertEqual(self.department_there(department)["managers"], [one.userid])
        self.run_it()
        self.assertFalse(three.active)
        shown = department.with_context(active_test=True)
        self.assertEqual(shown.manager_ids, one)
        self.assertEqual(department._possible_managers(), one)
        count = len(self.changes())
        self.run_it()
        self.assertEqual(len(self.changes()), count)

    def test_a_manager_who_leaves_between_two_calls(self):
        department, (one, two) = self.managed()
        three = (department.user_ids - one - two)[:1]
        department.manager_ids = one | three
        cls = type(self.env["dingding.outgoing.change"])
        real = cls._set_managers

        def _set_managers(model, client, number, userids):
            if three.userid in userids:
                self.remove_person(three.userid)
            return real(model, client, number, userids)

        self._replace(cls, "_set_managers", _set_managers)
        self.send()
        change = self.managers_rows(department)[-1]
        self.assertEqual(change.state, "done", change.last_error)
        self.assertEqual(self.department_there(department)["managers"], [one.userid])

    def test_who_is_moved_away_manages_no_longer(self):
        department, (one, two) = self.managed()
        other = (self.departments().filtered("parent_id") - one.department_ids)[:1]
        one.write({"department_ids": [(6, 0, other.ids)],
                   "main_department_id": other.id})
        self.send()
        self.assertEqual(self.department_there(department)["managers"], [two.userid])
        self.run_it()
        self.assertEqual(department.manager_ids, two)
        self.assertFalse(self.changes().filtered(
            lambda each: each.state not in ("done", "cancelled")))
        self.check_baseline(one)
        self.assertFalse(self.env["dingding.conflict"].search([]))

    def test_a_manager_from_outside_is_a_conflict(self):
        for leader in ("odoo", "last"):
            department, managers = self.managed()
            self.lead(leader)
            person = (self.people() - department.user_ids)[:1]
            person.leader_department_ids += department
            self.send()
            change = self.managers_rows(department)[-1]
            self.assertEqual(change.state, "done", change.last_error)
            self.run_it()
            self.assertEqual(department.manager_ids, managers)
            conflict = self.env["dingding.conflict"].search([], limit=1)
            self.assertEqual(
                (conflict.person_id, conflict.field_name, conflict.decision),
                (person, "leader_department_ids", "dingtalk"))
            before = len(self.changes())
            self.run_it()
            self.assertEqual(len(self.changes()), before)
            self.assertFalse(self.changes().filtered(
                lambda each: each.state not in ("done", "cancelled")))
            self.lead("odoo")

    def test_a_sync_does_not_repeat_refused_managers(self):
        department, (one, two) = self.managed()
        three = (department.user_ids - one - two)[:1]
        department.manager_ids += three
        self.refuse_managers()
        self.send()
        change = self.managers_rows(department)[-1]
        self.assertEqual((change.state, change.error_code), ("failed", "40031"))
        self.simulator.forget_calls()
        for _round in range(2):
            self.run_it()
            self.send()
            self.assertEqual(change.state, "failed")
        self.assertDingTalkNotCalled(DEPT_UPDATE)
        self.assertEqual(department.push_state, "failed")
        self.assertEqual(len(self.managers_rows(department)), 2)
        self.remove_person(one.userid)
        self.run_it()
        self.send()
        self.assertEqual(change.state, "done", change.last_error)
        self.assertEqual(set(self.department_there(department)["managers"]),
                         {two.userid, three.userid})
        self.assertEqual(len(self.managers_rows(department)), 2)

    def test_refused_managers_end_when_both_sides_are_equal(self):
        department, (one, two) = self.managed()
        three = (department.user_ids - one - two)[:1]
        department.manager_ids += three
        self.refuse_managers()
        self.send()
        change = self.managers_rows(department)[-1]
        self.assertEqual(change.state, "failed")
        self.simulator.control(
            "PATCH", "/departments/%s" % department.dept_id,
            {"managers": [one.userid, two.userid, three.userid]})
        self.run_it()
        self.assertEqual(change.state, "cancelled")
        self.assertTrue(change.last_error)
        self.assertFalse(department.push_state)

    def test_refused_managers_end_when_later_ones_are_accepted(self):
        department, (one, two) = self.managed()
        department.manager_ids = one
        first = self.managers_rows(department)[-1]
        first.write({"state": "working"})
        department.manager_ids = two
        second = self.managers_rows(department) - first
        first.write({"state": "failed", "attempts": 1})
        self.send()
        self.assertEqual(second[-1].state, "done")
        self.assertEqual(first.state, "cancelled")
        self.assertTrue(first.last_error)

    def test_who_has_left_is_nobodys_manager(self):
        boss, person = self.somebody(1), self.somebody(2)
        before = self.there(person)["manager_userid"]
        person.manager_id = boss
        self.remove_person(boss.userid)
        boss.with_context(dingding_no_push=True).active = False
        self.send()
        self.assertEqual(self.changes(person).state, "done",
                         self.changes(person).last_error)
        self.assertEqual(self.there(person)["manager_userid"], before)
        self.assertEqual(person.manager_id.userid or "", before)
        self.assertNotEqual(person.manager_id, boss)

    def test_a_department_is_renamed_and_moved(self):
        departments = self.departments().filtered("parent_id")
        department = departments.filtered(lambda each: not each.child_ids)[0]
        target = (departments - department - department.parent_id)[0]
        self.as_manager("dingding.department").browse(department.id).write(
            {"name": "Renamed", "parent_id": target.id}
        )
        self.send()
        there = self.department_there(department)
        self.assertEqual(there["name"], "Renamed")
        self.assertEqual(str(there["parent_id"]), target.dept_id)
        self.assertDingTalkCalled(DEPT_UPDATE, 1)
        self.check_baseline(department)

    def test_relations_stay_in_the_organisation(self):
        other = self._make_corp(
            self.env, self.simulator, name="Other", corp_id="o", app_key="o"
        )
        foreign = self.env["dingding.department"].create(
            {"corp_id": other.id, "dept_id": "9", "name": "Foreign"}
        )
        with self.assertRaises(ValidationError):
            self.somebody().department_ids = foreign


@portable
class TestOrder(OutgoingCase):
    def setUp(self):
        super().setUp()
        self.root = self.departments().filtered(lambda each: each.dept_id == "1")
        while len(self.root.child_ids) < 4:
            self.simulator.control(
                "POST", "/departments",
                {"name": "More %d" % len(self.root.child_ids), "parent_id": 1})
            self.run_it()
        self.simulator.forget_calls()

    def here(self):
        return self.departments().filtered(
            lambda each: each.parent_id == self.root).mapped("dept_id")

    def order_there(self):
        found = self.simulator.departments()
        found = found.get("departments", found) if isinstance(found, dict) else found
        below = [each for each in found if str(each["parent_id"]) == "1"]
        below.sort(key=lambda each: (each["order"], each["dept_id"]))
        return [str(each["dept_id"]) for each in below]

    def turn_round(self):
        """Reverse the order, as a person who drags rows."""
        backwards = list(reversed(self.here()))
        rows = {each.dept_id: each.id for each in self.root.child_ids}
        self.as_manager("dingding.department").browse(self.root.id).write(
            {"child_ids": [
                (1, rows[key], {"sequence": place})
                for place, key in enumerate(backwards)
            ]}
        )
        compat.flush(self.env)
        return backwards

    def turn_round_there(self):
        backwards = list(reversed(self.order_there()))
        for place, key in enumerate(backwards):
            self.simulator.control(
                "PATCH", "/departments/%s" % key, {"order": 10 * place + 10})
        return backwards

    def test_it_goes_to_dingtalk(self):
        wanted = self.turn_round()
        change = self.changes()
        self.assertEqual((change.operation, change.department_id),
                         ("order", self.root))
        self.assertIn(self.root.child_ids[0].complete_name, change.summary)
        self.send()
        self.assertEqual(change.state, "done")
        self.assertEqual(self.order_there(), wanted)
        self.run_it()
        self.assertEqual(self.here(), wanted)
        self.assertEqual(self.changes(), change)

    def test_what_stands_in_this_order_is_not_told(self):
        self.turn_round()
        self.turn_round_there()
        self.send()
        self.assertEqual(self.changes().state, "done")
        self.assertDingTalkNotCalled(DEPT_UPDATE)

    def test_one_moved_is_one_told(self):
        for place, key in enumerate(self.order_there()):
            self.simulator.control(
                "PATCH", "/departments/%s" % key, {"order": 1000 * place + 1000})
        last = self.root.child_ids.sorted("sequence")[-1]
        first = self.root.child_ids.sorted("sequence")[0]
        last.sequence = first.sequence - 1
        self.send()
        self.assertEqual(self.order_there()[0], last.dept_id)
        self.assertDingTalkCalled(DEPT_UPDATE, 1)

    def test_odoo_leads(self):
        wanted = self.here()
        self.turn_round_there()
        self.run_it()
        self.assertEqual(self.here(), wanted)
        self.send()
        self.assertEqual(self.order_there(), wanted)
        self.simulator.forget_calls()
        self.run_it()
        self.send()
        self.assertDingTalkNotCalled(DEPT_UPDATE)

    def test_the_last_change_counts(self):
        self.lead("last")
        theirs = self.turn_round_there()
        self.run_it()
        self.assertEqual(self.here(), theirs)
        ours = self.turn_round()
        self.run_it()
        self.assertEqual(self.here(), ours, "it is on its way")
        self.send()
        self.assertEqual(self.order_there(), ours)

    def test_dingtalk_leads(self):
        self.lead("dingtalk")
        wanted = self.order_there()
        self.turn_round()
        self.assertFalse(self.changes())
        self.run_it()
        self.assertEqual(self.here(), wanted)

    def test_it_waits_for_who_is_not_there_yet(self):
        new = self.new_department("Newest", self.root)
        new.sequence = 1
        order = self.changes(self.root)
        self.process_queue("dingding.outgoing.change")
        self.send()
        self.assertEqual(order.state, "done")
        self.assertEqual(self.order_there()[0], new.dept_id)


@portable
class TestNew(OutgoingCase):
    def test_a_person_is_made(self):
        department = self.departments().filtered("parent_id")[0]
        person = self.new_person(
            title="New one", department_ids=[(6, 0, department.ids)],
            main_department_id=department.id,
        )
        self.assertTrue(person.is_new)
        self.assertEqual(self.changes(person).operation, "create")
        self.send()
        self.assertFalse(person.is_new)
        there = self.there(person)
        self.assertEqual((there["name"], there["title"]), ("Zhang San", "New one"))
        self.assertEqual([str(key) for key in there["depts"]], [department.dept_id])
        self.assertEqual(person.unionid, there["unionid"])
        self.assertDingTalkCalled(USER_CREATE, 1)
        run = self.run_it()
        self.assertEqual(run.users_created, 0)
        self.assertEqual(self.person(person.userid), person)
        self.assertEqual(person.mobile_number, "+8613900001234")
        self.check_baseline(person)

    def test_departments_before_their_children_and_people(self):
        top = self.new_department("Top")
        child = self.new_department("Child", top)
        person = self.new_person(department_ids=[(6, 0, child.ids)])
        # Worst order.
        first = self.changes(top)
        first.write({"state": "retry", "next_try": "2099-01-01 00:00:00"})
        self.process_queue("dingding.outgoing.change", 1)
        self.assertDingTalkNotCalled()
        self.assertIn("Top", self.changes(child).last_error)
        self.send(6)
        self.assertEqual(set(self.changes().mapped("state")), {"done"})
        self.assertEqual(self.department_there(child)["parent_id"], int(top.dept_id))
        self.assertEqual(list(self.there(person)["depts"]), [child.dept_id])
        run = self.run_it()
        self.assertEqual((run.departments_created, run.users_created), (0, 0))
        self.assertEqual(child.parent_id, top)

    def test_what_waits_for_a_refused_department_rests(self):
        """Thousands may wait for it: looking every few seconds would take all time."""
        top = self.new_department("Top")
        child = self.new_department("Child", top)
        person = self.new_person(department_ids=[(6, 0, child.ids)])
        waiting = self.changes(child) | self.changes(person)
        self.changes(top).write({"state": "failed", "last_error": "refused"})
        self.process_queue("dingding.outgoing.change", 1)
        self.assertDingTalkNotCalled()
        self.assertEqual(set(waiting.mapped("state")), {"retry"})
        soon = waiting[0]._moment(60)
        for change in waiting:
            self.assertGreater(str(change.next_try), soon, change.name)
        # Once it is corrected, or sent again, they go on.
        self.as_manager("dingding.department").browse(top.id).name = "Corrected"
        self.assertEqual(waiting.mapped("next_try"), [False, False])
        self.changes(top).write({"state": "failed"})
        self.process_queue("dingding.outgoing.change", 1)
        self.assertGreater(str(waiting[1].next_try), soon)
        call_as(
            self.user_manager, "dingding.outgoing.change", "action_retry",
            self.changes(top).ids)
        self.assertEqual(waiting.mapped("next_try"), [False, False])
        self.send(6)
        self.assertEqual(set(self.changes().mapped("state")), {"done"})

    def test_a_change_loads_nobody_else(self):
        """Odoo would read all columns of everybody, for each change."""
        place, other = self.departments().filtered("parent_id")[:2]
        person, loaded = self.somebody(), {}
        manager = (self.people() - person)[0]
        self.as_manager("dingding.user").browse(person.id).write(
            {"department_ids": [(6, 0, place.ids)], "main_department_id": other.id})
        for name in ("dingding.user", "dingding.department"):
            model = type(self.env[name])
            search = model.search

            def counting(this, *args, search=search, **kwargs):
                found = search(this, *args, **kwargs)
                loaded[this._name] = max(len(found), loaded.get(this._name, 0))
                return found

            self._replace(model, "search", counting)
        self.process_queue("dingding.outgoing.change")
        compat.forget(self.env)
        self.assertEqual(self.changes(person).state, "done")
        self.assertEqual(person.main_department_id, place)
        person._take_values({"manager_id": manager.userid, "title": "Cook"})
        self.assertEqual((person.manager_id, person.title), (manager, "Cook"))
        person._take_values({"manager_id": None})
        self.assertFalse(person.manager_id)
        self.assertLess(loaded.get("dingding.user", 0), 3)
        self.assertLess(loaded.get("dingding.department", 0), 3)

    def test_some_rows_load_no_changes_of_others(self):
        """An event about one person would load those of ten thousand."""
        people = self.people()[:3]
        for person in people:
            self.as_manager("dingding.user").browse(person.id).title = "Cook"
        loaded, changes = [], type(self.env["dingding.outgoing.change"])
        load = changes._load

        def counting(change, name):
            loaded.append(change.id)
            return load(change, name)

        self._replace(changes, "_load", counting)
        own = people[0]
        row = self.env["dingding.user"]._stored(self.corp, keys=[own.userid])[
            own.userid]
        self.assertIn("title", row["pending"])
        self.assertEqual(set(loaded), set(self.changes(own).ids))
        self.assertEqual(
            sum("pending" in each for each in
                self.env["dingding.user"]._stored(self.corp).values()), 3)

    def test_departments_that_dingtalk_chooses_for_a_new_person(self):
        """An empty main department is not a baseline."""
        one, two = self.departments().filtered("parent_id")[:2]
        people = [
            self.new_person(mobile="13900001231", department_ids=[(6, 0, one.ids)]),
            self.new_person(mobile="13900001232", department_ids=[(6, 0, one.ids)],
                            main_department_id=two.id),
            self.new_person(mobile="13900001233", main_department_id=two.id),
            self.new_person(mobile="13900001234"),
        ]
        self.send()
        count = len(self.changes())
        self.run_it()
        root = self.departments() - self.departments().filtered("parent_id")
        for person, place in zip(people, (one, one, two, root)):
            self.assertEqual(person.main_department_id, place)
            self.assertEqual(person.department_ids, place)
            self.assertEqual([str(key) for key in self.there(person)["depts"]],
                             [place.dept_id])
            self.assertEqual(person._baseline()["main_department_id"], place.dept_id)
        run = self.run_it()
        self.assertEqual(run.users_updated, 0)
        self.assertEqual(len(self.changes()), count)
        self.assertFalse(self.env["dingding.conflict"].search([]))

    def test_who_is_made_on_the_form(self):
        """A form always names the system user."""
        person = self.new_person(user_id=False)
        self.assertFalse(person.link_rule)
        linked = self.new_person(
            name="Li Si", mobile="13900001235", user_id=self.user_employee.id)
        self.assertEqual(
            (linked.user_id, linked.link_rule), (self.user_employee, "manual"))

    def test_nobody_is_made_twice(self):
        person = self.new_person()
        people = len(self.simulated())
        self.simulator.fault("reset_after", USER_CREATE)
        self.process_queue("dingding.outgoing.change", 1)
        change = self.changes(person)
        self.assertEqual(change.state, "retry")
        self.assertTrue(change.asked)
        self.assertEqual(len(self.simulated()), people + 1)
        person.title = "Changed meanwhile"
        self.send()
        self.assertEqual(change.state, "done", change.last_error)
        self.assertDingTalkCalled(USER_CREATE, 1)
        self.assertEqual(len(self.simulated()), people + 1)
        self.assertEqual(self.there(person)["title"], "Changed meanwhile")
        self.assertFalse(person.is_new)

    def test_who_was_not_made_is_made(self):
        person = self.new_person()
        self.simulator.fault("reset", USER_CREATE)
        self.process_queue("dingding.outgoing.change", 1)
        self.assertNotIn(person.userid, self.simulated())
        self.send()
        self.assertIn(person.userid, self.simulated())
        self.assertEqual(self.changes(person).state, "done")

    def test_no_department_is_made_twice(self):
        department = self.new_department("Lab 7")
        self.simulator.fault("truncated", DEPT_CREATE)
        self.process_queue("dingding.outgoing.change", 1)
        self.assertTrue(department.is_new)
        # It is looked for under its old name.
        department.name = "Lab 8"
        self.send()
        self.assertEqual(self.changes(department).state, "done",
                         self.changes(department).last_error)
        self.assertDingTalkCalled(DEPT_CREATE, 1)
        self.assertEqual(self.department_there(department)["name"], "Lab 8")

    def test_a_reading_in_between_makes_nothing_twice(self):
        department, person = self.new_department("Lab"), self.new_person()
        self.simulator.fault("reset_after", DEPT_CREATE)
        self.simulator.fault("reset_after", USER_CREATE)
        self.process_queue("dingding.outgoing.change", 1)
        departments, people = len(self.departments()), len(self.people())
        self.run_it()
        self.assertEqual(len(self.departments()), departments)
        self.assertEqual(len(self.people()), people)
        self.assertFalse(department.is_new or person.is_new)
        self.assertTrue(department.dept_id)
        self.send()
        self.assertEqual(set(self.changes().mapped("state")), {"done"})
        self.assertDingTalkCalled(DEPT_CREATE, 1)
        self.assertDingTalkCalled(USER_CREATE, 1)

    def test_edits_after_a_lost_answer_survive_a_reading(self):
        department, person = self.new_department("Lab"), self.new_person()
        self.simulator.fault("reset_after", DEPT_CREATE)
        self.simulator.fault("reset_after", USER_CREATE)
        self.process_queue("dingding.outgoing.change", 1)
        department.name, person.title = "Other lab", "Cook"
        self.run_it()
        self.assertFalse(department.is_new or person.is_new)
        self.send()
        self.run_it()
        self.assertEqual((department.name, person.title), ("Other lab", "Cook"))
        self.assertSame()

    def test_people_of_a_department_whose_answer_was_lost(self):
        """They belong to it at once: Odoo would take them out in DingTalk."""
        self.lead("last")
        department, person = self.new_department("Lab"), self.somebody()
        self.simulator.fault("reset_after", DEPT_CREATE)
        self.process_queue("dingding.outgoing.change", 1)
        self.assertTrue(department.is_new)
        made = max(int(each["dept_id"]) for each in self.simulator.departments()
                   if each["name"] == "Lab")
        self.change_person(person.userid, dept_ids=[made])
        self.run_it()
        self.assertEqual(department.dept_id, "%d" % made)
        self.assertEqual(person.department_ids, department)
        self.assertEqual(person.main_department_id, department)
        self.send()
        self.run_it()
        self.send()
        self.assertEqual(list(self.there(person)["depts"]), ["%d" % made])

    def test_a_reading_does_not_archive_what_is_new(self):
        department, person = self.new_department("Lab"), self.new_person()
        run = self.run_it()
        self.assertTrue(person.active and department.active)
        self.assertEqual((run.users_archived, run.departments_archived), (0, 0))

    def test_a_mobile_that_somebody_has(self):
        other = self.somebody()
        person = self.new_person(mobile=other.mobile)
        self.send()
        change = self.changes(person)
        self.assertEqual((change.state, change.error_code), ("failed", "60104"))
        self.assertFalse(change.asked, "DingTalk said no: there is nothing to settle")
        self.assertIn("Get users", change.remedy)
        self.assertEqual(person.push_state, "failed")
        self.as_manager("dingding.user").browse(person.id).mobile = "13900009999"
        self.assertEqual(change.state, "queued")
        self.send()
        self.assertEqual(change.state, "done")
        self.assertEqual(self.there(person)["mobile"], "13900009999")

    def test_what_was_made_is_not_asked_for_after_an_error_of_ours(self):
        department, person = self.new_department("Lab"), self.new_person()
        model = type(self.env["dingding.outgoing.change"])
        made, failed = model._made, []

        def failing(change, record, key, values=None):
            if record not in failed:
                failed.append(record)
                compat.begin_anew(change.env.cr)
            return made(change, record, key, values)

        self._replace(model, "_made", failing)
        with mute_logger("odoo.sql_db"):
            self.send()
        self.assertEqual(len(failed), 2)
        self.assertEqual(set(self.changes().mapped("state")), {"done"})
        self.assertFalse(department.is_new or person.is_new)
        self.assertDingTalkCalled(DEPT_CREATE, 1)
        self.assertDingTalkCalled(USER_CREATE, 1)
        self.assertDingTalkNotCalled("/topapi/v2/user/getbymobile")
        self.assertEqual(person.unionid, self.there(person)["unionid"])

    def test_an_invitation_is_waited_for(self):
        self.simulator.settings(invite_new_people=True)
        person = self.new_person(mobile="13900007777")
        self.send(1)
        change = self.changes(person)
        self.assertEqual(change.state, "retry")
        self.assertTrue(change.invited_on)
        self.assertIn("accept", change.remedy)
        self.send(2)
        self.assertEqual(change.attempts, 0)
        self.assertDingTalkCalled(USER_CREATE, 1)
        self.simulator.settings(invite_new_people=False)
        self.add_person(userid="dd-77", name="Zhang San", mobile="13900007777")
        self.send(2)
        self.assertEqual(change.state, "done", change.last_error)
        self.assertEqual(person.userid, "dd-77")
        self.assertFalse(person.is_new)

    def test_an_invitation_is_not_waited_for_for_ever(self):
        self.simulator.settings(invite_new_people=True)
        person = self.new_person()
        self.send(1)
        change = self.changes(person)
        change.write({"invited_on": "2020-01-01 00:00:00"})
        self.send(1)
        self.assertEqual(change.state, "failed")
        change.with_env(self.env(user=self.user_manager.id)).action_retry()
        self.send(1)
        self.assertDingTalkCalled(USER_CREATE, 2)

    def test_foreign_mobile(self):
        person = self.new_person(mobile="+49-15112345678")
        self.send()
        self.assertEqual(self.there(person)["state_code"], "49")
        other = self.new_person(name="Li", mobile="+4915112345699")
        self.send()
        self.assertEqual(self.changes(other).state, "failed")
        self.assertIn("+49-", self.changes(other).last_error)

    def test_a_person_needs_a_mobile(self):
        with self.assertRaises(ValidationError):
            self.new_person(mobile=False)

    def test_archived_before_it_was_sent(self):
        person = self.new_person()
        person.active = False
        self.assertEqual(self.changes(person).state, "cancelled")
        self.send()
        self.assertDingTalkNotCalled()
        person.active = True
        self.send()
        self.assertIn(person.userid, self.simulated())

    def test_not_thrown_away_while_it_may_be_made(self):
        person = self.new_person()
        self.simulator.fault("reset_after", USER_CREATE)
        self.process_queue("dingding.outgoing.change", 1)
        with self.assertRaises(UserError):
            person.unlink()
        self.send()
        person.unlink()
        other = self.new_person(name="Li", mobile="13900004321")
        other.unlink()
        self.assertFalse(self.changes().filtered(lambda each: each.state == "queued"))

    def test_a_manager_can_not_say_who_somebody_is(self):
        people = self.as_manager("dingding.user")
        for more in ({"userid": "u1"}, {"unionid": "x"}, {"activated": True},
                     {"mobile_number": "+8613800138000"}, {"is_new": False}):
            with self.assertRaises(AccessError):
                people.create(dict(more, name="X", mobile="13911112222",
                                   corp_id=self.corp.id))
        with self.assertRaises(AccessError):
            people.browse(self.somebody().id).write({"is_new": True})
        with self.assertRaises(AccessError):
            people.browse(self.somebody().id).write({"baseline_values": "{}"})
        with self.assertRaises(AccessError):
            people.with_context(dingding_no_push=True).create(
                {"name": "X", "mobile": "13911112222", "corp_id": self.corp.id,
                 "userid": "u1"})


@portable
class TestRefusals(OutgoingCase):
    def refuse(self, code="60103", path=USER_UPDATE, times=1):
        self.simulator.fault("error", path, times=times, code=code, message="no")

    def test_a_mobile_that_only_the_person_may_change(self):
        person = self.somebody()
        people = len(self.simulated())
        mobile = person.mobile
        self.as_manager("dingding.user").browse(person.id).mobile = "13900005555"
        self.send()
        change = self.changes(person)
        self.assertEqual((change.state, change.error_code), ("failed", "40022"))
        self.assertIn("signs in", person.push_remedy)
        self.assertDingTalkNotCalled(USER_DELETE)
        self.assertDingTalkNotCalled(USER_CREATE)
        self.assertEqual(len(self.simulated()), people)
        self.as_manager("dingding.user").browse(
            person.id).action_use_dingtalk_value()
        self.assertEqual(person.mobile, mobile)
        self.assertEqual(change.state, "cancelled")
        self.assertFalse(person.push_state)

    def test_one_refused_value_does_not_keep_the_others_back(self):
        person, other = self.somebody(), self.somebody(1)
        people = self.as_manager("dingding.user").browse(person.id)
        self.simulator.control(
            "PATCH", "/users/%s" % person.userid, {"exclusive_account": True})
        people.write({"mobile": other.mobile, "title": "One"})
        self.send()
        self.assertEqual(self.there(person)["title"], "One")
        taken = self.changes(person).filtered(lambda each: each.state == "failed")
        self.assertEqual(list(taken._load("new_values")), ["mobile"])
        self.assertEqual(taken.user_id, self.user_manager)
        self.assertEqual(person.push_state, "failed")
        self.assertTrue(person.push_remedy)
        for number in range(2):
            people.write({"job_number": "N%d" % number})
            self.send()
            self.assertEqual(self.there(person)["job_number"], "N%d" % number)
            left = self.changes(person).filtered(
                lambda each: each.state not in ("done", "cancelled"))
            self.assertEqual(left.mapped("state"), ["failed"])
            self.assertEqual(list(left._load("new_values")), ["mobile"])
        people.write({"mobile": person._baseline()["mobile"], "title": "Two"})
        self.send()
        self.assertFalse(person.push_state)
        self.assertEqual(self.there(person)["title"], "Two")

    def test_a_refused_value_ends_when_both_sides_are_equal(self):
        person = self.somebody()
        person.title = "A"
        self.refuse()
        self.send()
        change = self.changes(person)
        self.assertEqual(change.state, "failed")
        self.run_it()
        self.assertEqual(change.state, "failed", "DingTalk has another value")
        self.change_person(person.userid, title="A")
        self.run_it()
        self.assertEqual(change.state, "cancelled")
        self.assertTrue(change.last_error)
        self.assertFalse(person.push_state)

    def test_a_refused_value_ends_when_a_later_one_is_accepted(self):
        person = self.somebody()
        person.write({"title": "A", "job_number": "J"})
        first = self.changes(person)
        first.write({"state": "working"})
        person.title = "B"
        second = self.changes(person) - first
        first.write({"state": "failed", "attempts": 1})
        self.send()
        self.assertEqual(second.state, "done")
        self.assertEqual(first.state, "failed")
        self.assertEqual(first._load("new_values"), {"job_number": "J"})
        self.change_person(person.userid, job_number="J")
        self.run_it()
        self.assertEqual(first.state, "cancelled")

    def test_a_younger_refused_value_stays_open(self):
        person = self.somebody()
        person.title = "A"
        first = self.changes(person)
        first.write({"state": "working"})
        person.title = "B"
        second = self.changes(person) - first
        second.write({"state": "failed", "attempts": 1})
        first.write({"state": "queued"})
        self.send()
        self.assertEqual((first.state, second.state), ("done", "failed"))

    def test_a_sync_does_not_repeat_a_refused_mobile(self):
        person = self.somebody()
        self.as_manager("dingding.user").browse(person.id).mobile = "+49-15112345678"
        self.send()
        change = self.changes(person)
        self.assertEqual((change.state, change.error_code), ("failed", "40022"))
        self.simulator.forget_calls()
        for _round in range(2):
            self.run_it()
            self.send()
        self.assertDingTalkNotCalled(USER_UPDATE)
        self.assertEqual((self.changes(person), change.state), (change, "failed"))

    def test_a_refused_name_does_not_keep_a_department_from_moving(self):
        first, second = self.new_department("First"), self.new_department("Second")
        self.send()
        self.as_manager("dingding.department").browse(second.id).write(
            {"name": "First", "parent_id": first.id})
        self.refuse("60021", DEPT_UPDATE)
        self.simulator.fault("error", DEPT_UPDATE, code="60021", message="no")
        self.send()
        self.assertEqual(
            sorted(self.changes(second).mapped("state")), ["done", "done", "failed"])

    def test_a_refused_change_waits_for_a_person(self):
        person = self.somebody()
        person.title = "A"
        self.refuse()
        self.send()
        change = self.changes(person)
        self.assertEqual((change.state, change.attempts), ("failed", 1))
        self.assertIn("60103", person.push_error)
        found = self.env["dingding.user"].search([("push_state", "=", "failed")])
        self.assertEqual(found, person)
        self.assertNotIn(
            person, self.env["dingding.user"].search([("push_state", "=", False)])
        )
        self.as_manager("dingding.user").browse(person.id).action_push_again()
        self.send()
        self.assertEqual(self.there(person)["title"], "A")
        self.assertEqual(change.state, "done")
        self.assertFalse(change.last_error)

    def test_a_correction_goes_into_the_refused_row(self):
        person = self.somebody()
        person.write({"title": "A", "job_number": "J"})
        self.refuse(times=3)
        self.send()
        person.title = "B"
        change = self.changes(person)
        self.assertEqual((len(change), change.state), (1, "queued"))
        self.send()
        self.assertEqual(self.there(person)["title"], "B")
        self.assertEqual(self.there(person)["job_number"], "J")

    def test_a_refused_row_goes_into_the_one_that_follows(self):
        person = self.somebody()
        person.write({"title": "A", "job_number": "J"})
        first = self.changes(person)
        first.write({"state": "working"})
        person.title = "B"
        self.refuse(times=3)
        self.send()
        second = self.changes(person) - first
        self.assertEqual((first.state, second.state), ("cancelled", "done"))
        self.assertEqual(self.there(person)["title"], "B")
        self.assertEqual(self.there(person)["job_number"], "J")

    def test_what_follows_may_be_written_just_then(self):
        person = self.somebody()
        person.write({"title": "A", "job_number": "J"})
        first = self.changes(person)
        first.write({"state": "working"})
        person.title = "B"
        second = self.changes(person) - first
        cls = type(second)
        real, merged = cls._of, []

        def _of(model, records, *args):
            found = real(model, records, *args)
            if not merged and first.state == "failed" and second in found:
                merged.append(found.mapped("new_values"))
                self.env.cr.execute(
                    "UPDATE dingding_outgoing_change SET new_values = %s WHERE id = %s",
                    ['{"remark": "R", "title": "B"}', second.id],
                )
            return found

        self._replace(cls, "_of", _of)
        person.with_context(dingding_no_push=True).remark = "R"
        self.refuse(times=3)
        self.send()
        self.assertTrue(merged)
        self.assertEqual((first.state, second.state), ("cancelled", "done"))
        self.assertEqual(self.there(person)["title"], "B")
        self.assertEqual(self.there(person)["job_number"], "J")
        self.assertEqual(self.there(person)["remark"], "R")

    def test_what_passes_is_tried_again(self):
        person = self.somebody()
        person.title = "A"
        change = self.changes(person)
        for kind in ("http_500", "busy", "html"):
            self.simulator.fault(kind, USER_UPDATE, times=10)
            self.send(1)
            self.assertEqual(change.state, "retry", kind)
            self.assertTrue(change.next_try)
            self.simulator.clear_faults()
        self.assertEqual(change.attempts, 3)
        self.send()
        self.assertEqual(self.there(person)["title"], "A")

    def test_twenty_attempts(self):
        person = self.somebody()
        person.title = "A"
        change = self.changes(person)
        change.write({"attempts": 18})
        self.simulator.fault("busy", USER_UPDATE, times=100)
        self.send(1)
        self.assertEqual(change.state, "retry")
        self.send(1)
        self.assertEqual(change.state, "failed")

    def test_somebody_who_left_meanwhile(self):
        person, other = self.somebody(), self.somebody(1)
        person.title = other.title = "A"
        self.remove_person(person.userid)
        self.remove_person(other.userid)
        other.with_context(dingding_no_push=True).active = False
        self.send()
        self.assertEqual(self.changes(person).state, "failed")
        self.assertIn("Get users", self.changes(person).remedy)
        self.assertEqual(self.changes(other).state, "cancelled")
        self.run_it()
        self.assertFalse(person.active)
        self.assertEqual(self.changes(person).state, "cancelled")

    def test_taking_their_version(self):
        for leader in ("odoo", "last"):
            self.lead(leader)
            person = self.somebody()
            person.write({"title": "Mine", "name": "Mine too"})
            self.change_person(person.userid, title="Theirs %s" % leader)
            name = self.there(person)["name"]
            self.as_manager("dingding.user").browse(
                person.id).action_use_dingtalk_value()
            self.assertEqual(person.title, "Theirs %s" % leader)
            self.assertEqual(person.name, name)
            self.assertFalse(person.push_state)
            self.send()
            self.assertDingTalkNotCalled(USER_UPDATE)

    def test_who_is_not_there_has_no_version_of_theirs(self):
        person = self.new_person()
        with self.assertRaises(UserError):
            person.action_use_dingtalk_value()

    def test_an_organisation_without_application(self):
        person = self.somebody()
        person.title = "A"
        self.corp.write({"app_id": False})
        self.app.active = False
        self.send()
        self.assertEqual(self.changes(person).state, "failed")
        self.assertIn("no application", self.changes(person).last_error)


@portable
class TestConflict(OutgoingCase):
    def both(self, leader):
        self.lead(leader)
        person = self.somebody()
        person.title = "Here"
        self.change_person(person.userid, title="There")
        return person

    def conflicts(self):
        return self.env["dingding.conflict"].search([("corp_id", "=", self.corp.id)])

    def check(self, person, value, decision):
        conflict = self.conflicts()
        self.assertEqual(len(conflict), 1)
        self.assertEqual(
            (conflict.odoo_value, conflict.dingtalk_value, conflict.decision,
             conflict.person_id),
            ("Here", "There", decision, person),
        )
        self.assertEqual(conflict.field_label, "Job title")
        self.assertEqual(person.title, value)
        self.assertEqual(self.there(person)["title"], value)
        self.assertEqual(person._baseline()["title"], value)
        self.assertEqual(self.changes(person).state, "done")
        self.run_it()
        self.assertEqual(person.title, value)
        self.assertEqual(len(self.conflicts()), 1)

    def test_odoo_leads(self):
        person = self.both("odoo")
        self.send()
        self.check(person, "Here", "odoo")

    def test_the_last_one_sent_counts(self):
        person = self.both("last")
        self.send()
        self.check(person, "Here", "odoo")

    def test_dingtalk_leads_by_now(self):
        person = self.both("odoo")
        self.lead("dingtalk")
        self.send()
        self.check(person, "There", "dingtalk")

    def test_what_a_sync_has_decided_meanwhile_is_not_sent(self):
        """DingTalk was down, or the change waited for another one."""
        person = self.both("last")
        self.run_it()
        self.assertEqual(person.title, "There")
        self.send()
        self.assertDingTalkNotCalled(USER_UPDATE)
        self.check(person, "There", "dingtalk")

    def test_the_same_change_on_both_sides_is_none(self):
        person = self.somebody()
        person.title = "Same"
        self.change_person(person.userid, title="Same")
        self.send()
        self.assertFalse(self.conflicts())
        self.assertDingTalkNotCalled(USER_UPDATE)
        self.assertEqual(person._baseline()["title"], "Same")

    def test_other_fields_are_no_conflict(self):
        person = self.somebody()
        person.title = "Here"
        self.change_person(person.userid, job_number="There")
        self.send()
        self.assertFalse(self.conflicts())
        self.assertEqual(self.there(person)["job_number"], "There")

    def test_taken_back_before_it_was_sent(self):
        self.lead("last")
        person = self.somebody()
        old = person.title
        person.title = "Here"
        person.title = old
        self.change_person(person.userid, title="There")
        self.send()
        self.assertFalse(self.conflicts())
        self.assertEqual(self.there(person)["title"], "There")
        self.run_it()
        self.assertEqual(person.title, "There")

    def test_managers_on_both_sides(self):
        department = self.departments().filtered(
            lambda each: each.parent_id and len(each.user_ids) > 2)[:1]
        one, two, three = department.user_ids.sorted("userid")[:3]
        self.lead("last")
        self.simulator.control(
            "PATCH", "/departments/%s" % department.dept_id,
            {"managers": [one.userid]})
        self.run_it()
        self.assertEqual(department.manager_ids, one)
        department.manager_ids = two
        self.simulator.control(
            "PATCH", "/departments/%s" % department.dept_id,
            {"managers": [one.userid, three.userid]})
        self.send()
        self.assertEqual(self.department_there(department)["managers"], [two.userid])
        conflict = self.conflicts()
        self.assertEqual((conflict.field_name, conflict.odoo_value),
                         ("manager_ids", two.display_name))
        self.assertIn(three.display_name, conflict.dingtalk_value)


@portable
class TestDelete(OutgoingCase):
    def confirm(self, action, user=None, understood=True):
        user = user or self.user_manager
        wizard = self.env["dingding.delete"].browse(action["res_id"]).with_env(
            self.env(user=user.id)
        )
        wizard.understood = understood
        return wizard.action_confirm()

    def test_archiving_deletes_nothing(self):
        person = self.somebody()
        person.active = False
        self.send()
        self.assertDingTalkNotCalled(USER_DELETE)
        change = self.changes(person)
        self.assertEqual((change.operation, change.state), ("delete", "confirm"))
        self.assertEqual(person.push_state, "confirm")
        self.run_it()
        self.assertFalse(person.active, "it does not come back with the next reading")
        change.with_env(self.env(user=self.user_manager.id)).action_retry()
        self.send()
        self.assertEqual(change.state, "confirm")
        self.assertDingTalkNotCalled(USER_DELETE)
        person.active = True
        self.assertEqual(change.state, "cancelled")

    def test_a_manager_confirms(self):
        person = self.somebody()
        person.active = False
        change = self.changes(person).with_env(self.env(user=self.user_manager.id))
        action = change.action_confirm_delete()
        shown = self.env["dingding.delete"].browse(action["res_id"]).with_context(
            **action["context"]
        ).read(["person_ids", "person_count"])[0]
        self.assertEqual((shown["person_ids"], shown["person_count"]), (person.ids, 1))
        with self.assertRaises(UserError):
            self.confirm(action, understood=False)
        self.confirm(action)
        self.send()
        self.assertEqual(change.state, "done")
        self.assertEqual(change.confirmed_by, self.user_manager)
        self.assertNotIn(person.userid, self.simulated())
        self.assertDingTalkCalled(USER_DELETE, 1)

    def test_deleted_while_a_preview_waits(self):
        person = self.somebody()
        self.change_person(person.userid, title="Later")
        run = self.preview()
        line = run.line_ids.filtered(
            lambda each: each.key == person.userid and each.action == "update")
        self.assertEqual(line.mapped("state"), ["pending"])
        action = self.as_manager("dingding.user").browse(
            person.id).action_delete_in_dingtalk()
        self.confirm(action)
        self.send()
        compat.forget(self.env)
        self.assertEqual((line.state, line.reason), ("skipped", "gone"))

    def test_from_the_form(self):
        person = self.somebody()
        people = self.as_manager("dingding.user")
        action = people.browse(person.id).action_delete_in_dingtalk()
        self.assertFalse(self.changes())
        self.confirm(action)
        self.send()
        self.assertFalse(person.active)
        self.assertNotIn(person.userid, self.simulated())

    def test_gone_already(self):
        person = self.somebody()
        self.confirm(
            self.as_manager("dingding.user").browse(
                person.id).action_delete_in_dingtalk()
        )
        self.remove_person(person.userid)
        self.send()
        self.assertEqual(self.changes(person).state, "done")
        self.assertFalse(person.active)

    def test_a_lost_answer_is_asked_again(self):
        person = self.somebody()
        self.confirm(
            self.as_manager("dingding.user").browse(
                person.id).action_delete_in_dingtalk()
        )
        self.simulator.fault("reset_after", USER_DELETE)
        self.send()
        self.assertEqual(self.changes(person).state, "done")

    def test_departments_with_what_is_in_them(self):
        top = self.new_department("Top")
        child = self.new_department("Child", top)
        person = self.new_person(department_ids=[(6, 0, child.ids)])
        self.send(6)
        both = self.as_manager("dingding.department").browse((top + child).ids)
        self.confirm(both.action_delete_in_dingtalk())
        self.send()
        self.assertEqual(self.changes(child)[-1].state, "failed")
        self.assertIn("Move them", self.changes(child)[-1].remedy)
        self.assertTrue(child.active)
        self.confirm(
            self.as_manager("dingding.user").browse(
                person.id).action_delete_in_dingtalk())
        self.send()
        (self.changes(child) | self.changes(top)).action_retry()
        self.send(6)
        self.assertFalse(self.department_there(child) or self.department_there(top))
        self.assertFalse(child.active or top.active)

    def test_a_deletion_that_nobody_has_confirmed_is_none(self):
        person = self.somebody()
        person.active = False
        change = self.changes(person)
        change.write({"state": "queued"})
        self.send()
        self.assertEqual(change.state, "confirm")
        self.assertDingTalkNotCalled(USER_DELETE)

    def test_not_the_organisation_itself(self):
        root = self.departments().filtered(lambda each: each.dept_id == "1")
        with self.assertRaises(UserError):
            root.action_delete_in_dingtalk()

    def test_nothing_is_deleted_where_dingtalk_leads(self):
        """No button does: a call of it, or a filled-in form, is refused."""
        self.lead("dingtalk")
        person = self.somebody()
        department = self.departments().filtered("parent_id")[:1]
        root = self.departments().filtered(lambda each: each.dept_id == "1")
        for record, leader in (
            (person, "dingtalk"), (department, "dingtalk"), (root, "odoo"),
        ):
            self.lead(leader)
            with self.assertRaises(UserError), self.env.cr.savepoint():
                call_as(self.user_manager, record._name, "action_delete_in_dingtalk",
                        record.ids)
            name = "person_ids" if record == person else "department_ids"
            wizard = call_as(self.user_manager, "dingding.delete", "create", {
                name: [(6, 0, record.ids)], "understood": True})
            with self.assertRaises(UserError), self.env.cr.savepoint():
                call_as(self.user_manager, "dingding.delete", "action_confirm",
                        [wizard])
        self.assertFalse(self.changes())
        self.lead("odoo")
        call_as(self.user_manager, person._name, "action_delete_in_dingtalk",
                person.ids)

    def test_only_managers(self):
        person = self.somebody()
        self.env["ir.model.access"].create(
            {
                "name": "all", "perm_read": True, "perm_write": True,
                "model_id": self.env.ref("dingding.model_dingding_user").id,
                "group_id": self.env.ref("base.group_user").id,
            }
        )
        for user in (self.user_employee, self.user_dingtalk):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.user", "action_delete_in_dingtalk", [person.id])
            wizard = self.env["dingding.delete"].create(
                {"person_ids": [(6, 0, person.ids)], "understood": True}
            ).with_env(self.env(user=user.id))
            with self.assertRaisesRegex(AccessError, "Only DingTalk managers"):
                wizard.action_confirm()
        self.assertFalse(self.changes())


@portable
class TestChangeRights(OutgoingCase):
    def test_who_sees_the_outbox(self):
        person = self.somebody()
        person.title = "A"
        change = self.changes()
        conflict = self.env["dingding.conflict"]._record(
            person, "title", "A", "B", "odoo")
        for model, row in (("dingding.outgoing.change", change),
                           ("dingding.conflict", conflict)):
            for user in (self.user_public, self.user_portal, self.user_employee,
                         self.user_dingtalk):
                with self.assertRaises(AccessError):
                    call_as(user, model, "read", [row.id], ["display_name"])
            call_as(self.user_manager, model, "read", [row.id], ["display_name"])
            with self.assertRaises(AccessError):
                call_as(self.user_manager, model, "write", [row.id], {"corp_id": 1})
            with self.assertRaises(AccessError):
                call_as(self.user_manager, model, "create", {})
        for method in ("action_retry", "action_cancel", "action_confirm_delete"):
            with self.assertRaises(AccessError):
                call_as(
                    self.user_dingtalk, "dingding.outgoing.change", method, [change.id])
        fields_ = sorted(self.env["dingding.user"].fields_get())
        allowed = [
            name for name in fields_
            if not self.env["dingding.user"]._fields[name].groups
        ]
        call_as(self.user_dingtalk, "dingding.user", "read", [person.id], allowed)

    def test_another_company_sees_nothing(self):
        person = self.somebody()
        person.title = "A"
        company = self.env["res.company"].create({"name": "Other company"})
        stranger = self._make_user(
            self.env, "elsewhere", "dingding.group_manager",
            company_id=company.id, company_ids=[(6, 0, company.ids)],
        )
        found = call_as(stranger, "dingding.outgoing.change", "search", [])
        self.assertFalse(set(found) & set(self.changes().ids))
        with self.assertRaises(AccessError):
            call_as(
                stranger, "dingding.outgoing.change",
                "action_retry", self.changes().ids)

    def test_who_may_change_contact(self):
        person = self.somebody()
        manager = self.as_manager("dingding.user").browse(person.id)
        manager.email = "a@example.com"
        self.corp.link_administrators = True
        with self.assertRaises(AccessError):
            manager.email = "b@example.com"
        self.lead("dingtalk", "contact")
        self.corp.link_administrators = False
        with self.assertRaises(AccessError):
            manager.email = "c@example.com"
        with self.assertRaises(AccessError):
            call_as(self.user_dingtalk, "dingding.user", "write", [person.id],
                    {"title": "x"})
