# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from .. import compat
from ..sync.plan import UPDATE, Change
from .common import portable
from .sync_case import SyncCase

OTHER = "13911112222"


@portable
class TestReusedUserid(SyncCase):
    """DingTalk's UserID of a leaver is given to another human."""

    @classmethod
    def _prepare_class(cls):
        result = super()._prepare_class()
        with cls._like_a_test() as test:
            test.run_it()
        return result

    def setUp(self):
        super().setUp()
        self.userid = self.matchable()[0]
        self.found = self.person(self.userid)
        self.found.write({"user_id": self.user_employee.id})

    def replace(self, **values):
        """Delete the person in DingTalk, and create one with the same UserID."""
        self.remove_person(self.userid)
        values = dict({"name": "Another", "mobile": OTHER, "dept_ids": [1]}, **values)
        self.add_person(userid=self.userid, **values)

    def test_a_sync_ends_the_links(self):
        unionid = self.found.unionid
        self.replace()
        run = self.run_it()
        self.assertNotEqual(self.found.unionid, unionid)
        self.assertTrue(self.found.active)
        self.assertEqual(self.found.name, "Another")
        self.assertFalse(self.found.user_id)
        self.assertFalse(self.found.link_rule)
        self.assertIn("person_replaced", self.codes(run))
        problem = run.problem_ids.filtered(lambda row: row.code == "person_replaced")
        self.assertEqual(problem.person_id, self.found)
        self.assertIn("UserID", problem.text)

    def test_refresh_ends_the_links(self):
        self.replace()
        self.found.action_refresh()
        self.assertEqual(self.found.name, "Another")
        self.assertFalse(self.found.user_id)

    def test_who_left_before_is_not_resurrected(self):
        self.corp.leaver_policy = "user"
        self.remove_person(self.userid)
        self.run_it()
        self.assertFalse(self.found.active)
        self.assertFalse(self.user_employee.active)
        self.add_person(
            userid=self.userid, name="Another", mobile=OTHER, dept_ids=[1])
        self.run_it()
        self.assertTrue(self.found.active)
        self.assertFalse(self.found.user_id)
        self.assertFalse(self.user_employee.active)

    def test_the_former_user_is_archived_as_of_a_leaver(self):
        self.corp.leaver_policy = "user"
        self.replace()
        self.run_it()
        self.assertFalse(self.user_employee.active)
        self.assertFalse(self.found.user_id)

    def test_messages_of_the_former_human_are_not_shown(self):
        message = self.env["dingding.message"].send(
            self.app, self.found, "Your notice period ends in May")
        self.replace()
        self.run_it()
        recipient = message.recipient_ids
        self.assertEqual(recipient.userid, self.userid)
        self.assertFalse(recipient.person_id)
        # Nor is what waits sent to the other human.
        self.simulator.forget_calls()
        self.process_queue()
        self.assertDingTalkNotCalled()
        self.assertEqual(recipient.reason_code, "withheld")

    def test_who_was_ignored_was_another(self):
        self.found.write({"user_id": False, "user_ignored": True})
        self.replace()
        self.run_it()
        self.assertEqual(self.found.name, "Another")
        self.assertFalse(self.found.user_ignored)

    def test_the_same_human_comes_back(self):
        mobile = self.found.mobile
        unionid = self.found.unionid
        self.remove_person(self.userid)
        self.run_it()
        self.add_person(
            userid=self.userid, name="Back", mobile=mobile, dept_ids=[1])
        self.run_it()
        self.assertEqual(self.found.unionid, unionid)
        self.assertTrue(self.found.active)
        self.assertEqual(self.found.user_id, self.user_employee)

    def return_with_another_userid(self, between=lambda: None):
        there = self.simulated()[self.userid]
        self.remove_person(self.userid)
        between()
        new = self.add_person(
            name=self.found.name, mobile=there["mobile"], human=there["human"],
            dept_ids=[1])
        run = self.run_it()
        self.assertFalse(self.found.active)
        person = self.person(new["userid"])
        self.assertEqual(person.unionid, self.found.unionid)
        return person, run

    def test_the_same_human_has_another_userid(self):
        """A person who is invited again gets another one."""
        self.corp.write({"leaver_policy": "user", "create_users": "portal"})
        person, run = self.return_with_another_userid()
        self.assertTrue(self.user_employee.active)
        self.assertEqual(
            (person.user_id, person.link_rule), (self.user_employee, "manual"))
        line = run.line_ids.filtered(lambda each: each.kind == "link")
        self.assertEqual((line.key, line.state), (person.userid, "done"))
        self.assertIn(self.user_employee.name, line.changes)
        self.assertFalse(self.run_it().line_ids)

    def test_the_same_human_returns_with_another_userid(self):
        self.corp.leaver_policy = "user"

        def between():
            self.run_it()
            self.assertFalse(self.user_employee.active)

        person, _run = self.return_with_another_userid(between)
        self.assertEqual(person.user_id, self.user_employee)
        self.assertTrue(self.user_employee.active)

    def test_links_that_are_not_passed_on(self):
        self.found.user_id = self.user_system
        person, _run = self.return_with_another_userid()
        self.assertFalse(person.user_id)
        self.assertTrue(self.user_system.active)

    def test_another_developer_changes_all(self):
        """Then the same mobiles prove who everybody is."""
        for person in self.people():
            person.unionid = "former-%d" % person.id
        self.run_it()
        self.assertNotIn("former", self.found.unionid)
        self.assertEqual(self.found.user_id, self.user_employee)

    def test_another_developer_without_mobiles(self):
        people = self.people()
        self.assertGreater(len(people), 6)
        changes = []
        model = self.env["dingding.user"]
        people.write({"mobile": False, "mobile_number": False})
        stored = model._stored(self.corp)
        change = self.change_of
        for person in people:
            changes.append(change(stored[person.userid], "new-%d" % person.id))
        self.assertFalse(model._replaced(self.corp, changes))
        # One alone proves nothing.
        self.assertEqual(
            model._replaced(self.corp, changes[:1]).ids, [people[0].id])
        compat.forget(self.env)

    def test_a_mobile_that_odoo_leads_proves_nothing(self):
        model = self.env["dingding.user"]
        change = self.change_of(model._stored(self.corp)[self.userid], "new")
        self.assertFalse(model._replaced(self.corp, [change]))
        self.corp.leads_contact = "odoo"
        self.assertEqual(model._replaced(self.corp, [change]), self.found)

    @staticmethod
    def change_of(row, unionid):
        """Return the Change of a person's UnionID alone."""
        return Change(
            UPDATE, row["userid"], row["id"], {"unionid": unionid},
            {"unionid": row["unionid"]})
