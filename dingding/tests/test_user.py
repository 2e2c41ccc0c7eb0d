# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .. import compat
from .common import call_as, portable
from .sync_case import SyncCase


@portable
class TestUser(SyncCase):
    def setUp(self):
        super().setUp()
        self.userids = sorted(
            userid for userid, there in self.simulated().items()
            if there["mobile"] and there["state_code"] == "86" and there["active"]
        )
        self.userid = self.userids[0]
        self.mobile = self.simulated()[self.userid]["mobile"]

    def user_with(self, login, groups=("base.group_user",), **partner):
        user = self._make_user(self.env, login, *groups)
        if "mobile" in partner and "mobile" not in self.env["res.partner"]._fields:
            partner["phone"] = partner.pop("mobile")
        user.partner_id.write(partner)
        return user

    # -- fields ----------------------------------------------------------------

    def test_fields(self):
        self.change_person(
            self.userid, title="Tester", job_number="0042", work_place="Hangzhou",
            remark="A remark", extension='{"Hobby": "钓鱼"}', telephone="0571-123",
            email="a@example.com", hired_date=1159718400000, boss=True,
        )
        self.run_it()
        person = self.person(self.userid)
        there = self.simulated()[self.userid]
        self.assertEqual(person.title, "Tester")
        self.assertEqual(person.job_number, "0042")
        self.assertEqual(person.work_place, "Hangzhou")
        self.assertEqual(person.extension, '{"Hobby": "钓鱼"}')
        self.assertEqual(person.unionid, there["unionid"])
        self.assertEqual(person.mobile, there["mobile"])
        self.assertEqual(person.mobile_number, "+86" + there["mobile"])
        self.assertEqual(str(person.hired_date), "2006-10-02")
        self.assertTrue(person.boss)
        self.assertTrue(person.activated)

    def test_main_department_is_dingtalks_first(self):
        departments = [
            each["dept_id"] for each in self.simulator.departments()
            if each["dept_id"] != 1
        ]
        self.change_person(self.userid, dept_ids=departments[::-1])
        self.run_it()
        person = self.person(self.userid)
        # The simulator answers in the order of dept_id_list.
        answered = self.app._dingtalk_client().contacts.user(self.userid)
        self.assertEqual(
            person.main_department_id.dept_id, str(answered["dept_id_list"][0])
        )
        self.assertEqual(len(person.department_ids), len(departments))
        self.assertEqual(len(self.people().filtered(
            lambda each: each.userid == self.userid)), 1)

    def test_managers_of_departments(self):
        department = [
            each for each in self.simulator.departments() if each["direct"]
        ][-1]
        userid = [
            key for key, there in self.simulated().items()
            if str(department["dept_id"]) in there["depts"]
        ][0]
        self.change_person(userid, leader_in=[department["dept_id"]])
        self.run_it()
        self.assertIn(
            self.person(userid), self.department(department["dept_id"]).manager_ids
        )
        self.change_person(userid, leader_in=[])
        self.run_it()
        self.assertNotIn(
            self.person(userid), self.department(department["dept_id"]).manager_ids
        )

    def test_foreign_mobile_in_both_spellings(self):
        self.add_person(userid="de", name="Jürgen", mobile="+49-15112345678")
        for style in ("prefixed", "plain"):
            self.simulator.settings(foreign_mobile=style)
            self.run_it()
            self.assertEqual(self.person("de").mobile_number, "+4915112345678")
            self.assertEqual(self.person("de").state_code, "49")

    def test_refresh_one_tells_the_manager(self):
        self.run_it()
        manager = self.userids[1]
        self.change_person(self.userid, manager_userid=manager, title="After")
        person = self.person(self.userid)
        call_as(self.user_manager, "dingding.user", "action_refresh", person.ids)
        self.assertEqual(person.manager_id, self.person(manager))
        self.assertEqual(person.title, "After")
        self.run_it()
        self.assertEqual(person.manager_id.userid, manager, "a run does not wipe it")
        self.change_person(self.userid, manager_userid="")
        call_as(self.user_manager, "dingding.user", "action_refresh", person.ids)
        self.assertFalse(person.manager_id)

    def test_refresh_of_who_is_gone(self):
        self.run_it()
        self.remove_person(self.userid)
        person = self.person(self.userid)
        call_as(self.user_manager, "dingding.user", "action_refresh", person.ids)
        self.assertFalse(person.active)

    def test_refresh_in_words(self):
        self.run_it()
        self.simulator.fault("html", "*", times=9)
        with self.assertRaises(UserError):
            call_as(self.user_manager, "dingding.user", "action_refresh",
                    self.person(self.userid).ids)

    def test_once_in_an_organisation(self):
        self.run_it()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                self.env["dingding.user"].create(
                    {"corp_id": self.corp.id, "userid": self.userid, "name": "Double"}
                )
                compat.flush(self.env)

    # -- linking ---------------------------------------------------------------

    def test_link_by_verified_mobile(self):
        user = self.user_with("mobile", mobile="+86 %s %s" % (
            self.mobile[:3], self.mobile[3:]))
        run = self.confirm_it()
        person = self.person(self.userid)
        self.assertEqual(person.user_id, user)
        self.assertEqual(person.link_rule, "mobile")
        self.assertTrue(person.linked_on)
        self.assertEqual(run.links_made, 1)
        self.assertEqual(user.dingding_user_ids, person)
        versions, run = self.versions(), self.run_it()
        self.assertEqual((self.versions(), run.links_made), (versions, 0))

    def test_link_needs_an_activated_account(self):
        self.user_with("mobile", mobile=self.mobile)
        self.change_person(self.userid, active=False)
        self.run_it()
        self.assertFalse(self.person(self.userid).user_id)

    def test_link_needs_the_rule(self):
        self.user_with("mobile", mobile=self.mobile)
        self.corp.link_by_mobile = False
        self.run_it()
        self.assertFalse(self.person(self.userid).user_id)

    def test_link_by_email(self):
        self.change_person(self.userid, email="Somebody@Example.com")
        user = self.user_with("mail", email="somebody@example.com")
        self.run_it()
        self.assertFalse(self.person(self.userid).user_id, "the rule is not chosen")
        self.corp.link_by_email = True
        self.confirm_it()
        self.assertEqual(self.person(self.userid).user_id, user)
        self.assertEqual(self.person(self.userid).link_rule, "email")

    def test_two_users_with_one_mobile(self):
        self.user_with("one", mobile=self.mobile)
        self.user_with("two", mobile=self.mobile)
        run = self.run_it()
        self.assertFalse(self.person(self.userid).user_id)
        problem = run.problem_ids
        self.assertEqual(problem.code, "mobile_of_several_users")
        self.assertEqual(problem.person_id, self.person(self.userid))
        self.assertIn("Test one", problem.error)

    def test_administrators_are_linked_by_hand(self):
        user = self.user_with("admin", ("base.group_system",), mobile=self.mobile)
        run = self.run_it()
        self.assertFalse(self.person(self.userid).user_id)
        self.assertEqual(self.codes(run), ["link_administrator"])
        self.corp.link_administrators = True
        run = self.confirm_it()
        self.assertFalse(self.person(self.userid).user_id, "not by a manager")
        self.assertEqual(self.codes(run), ["link_unconfirmed"])
        self.confirm_it(self.user_system)
        self.assertEqual(self.person(self.userid).user_id, user)

    def test_portal_users_and_archived_ones_are_no_candidates(self):
        self.user_with("shared", ("base.group_portal",), mobile=self.mobile)
        self.user_with("gone", mobile=self.mobile).active = False
        run = self.run_it()
        self.assertFalse(self.person(self.userid).user_id)
        self.assertFalse(run.problem_ids)

    def test_the_name_links_nobody(self):
        self._make_user(self.env, "namesake", "base.group_user",
                        name=self.simulated()[self.userid]["name"])
        self.corp.link_by_email = True
        self.run_it()
        self.assertFalse(self.people().mapped("user_id"))

    def test_link_by_hand(self):
        self.run_it()
        person, other = self.person(self.userid), self.person(self.userids[1])
        user = self._make_user(self.env, "byhand", "base.group_user")
        call_as(self.user_manager, "dingding.user", "write", person.ids,
                {"user_id": user.id})
        self.assertEqual(person.link_rule, "manual")
        self.assertTrue(person.linked_on)
        with self.assertRaises(ValidationError):
            call_as(self.user_manager, "dingding.user", "write", other.ids,
                    {"user_id": user.id})
        self.run_it()
        self.assertEqual(person.user_id, user, "a link that was made stays")
        call_as(self.user_manager, "dingding.user", "write", person.ids,
                {"user_id": False})
        self.assertFalse(person.link_rule or person.linked_on)

    def test_managers_do_not_link_administrators(self):
        self.run_it()
        person = self.person(self.userid)
        with self.assertRaises(AccessError):
            call_as(self.user_manager, "dingding.user", "write", person.ids,
                    {"user_id": self.user_system.id})
        with self.assertRaises(AccessError):
            call_as(self.user_manager, "dingding.user", "create",
                    {"corp_id": self.corp.id, "userid": "x", "name": "x",
                     "user_id": self.user_system.id})
        call_as(self.user_system, "dingding.user", "write", person.ids,
                {"user_id": self.user_system.id})
        with self.assertRaises(AccessError):
            call_as(self.user_manager, "dingding.user", "write", person.ids,
                    {"user_id": False})

    def test_managers_do_not_change_who_somebody_is(self):
        self.run_it()
        for values in (
            {"userid": "x"}, {"unionid": "x"}, {"mobile_number": "+8613000000000"},
            {"activated": True}, {"email": "x@x.cn"}, {"link_rule": "mobile"},
        ):
            with self.assertRaises(AccessError):
                call_as(self.user_manager, "dingding.user", "write",
                        self.person(self.userid).ids, values)

    def test_a_link_that_was_given_away_is_not_taken_back(self):
        self.run_it()
        person, other = self.person(self.userid), self.person(self.userids[1])
        user = self._make_user(self.env, "moved", "base.group_user")
        person.user_id = user
        there = self.simulated()[self.userid]
        self.remove_person(self.userid)
        self.run_it()
        self.assertEqual(person.user_id, user, "kept while the person is away")
        other.user_id = user
        self.add_person(
            userid=self.userid, name=there["name"], mobile=there["mobile"])
        self.run_it()
        self.assertTrue(person.active)
        self.assertFalse(person.user_id)
        self.assertEqual(other.user_id, user)

    # -- rights, buttons -------------------------------------------------------

    def test_rights(self):
        self.run_it()
        person = self.person(self.userid)
        for user in (self.user_public, self.user_portal, self.user_employee):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.user", "read", person.ids)
            with self.assertRaises(AccessError):
                call_as(user, "dingding.user", "search", [])
        values = call_as(self.user_dingtalk, "dingding.user", "read", person.ids, [])[0]
        self.assertEqual(values["userid"], self.userid)
        for method, arguments in (
            ("write", [{"user_id": False}]), ("unlink", []), ("action_refresh", []),
        ):
            with self.assertRaises(AccessError):
                call_as(self.user_dingtalk, "dingding.user", method, person.ids,
                        *arguments)

    def test_employees_read_users_without_dingtalk(self):
        # All of ours; some of Odoo's own are refused.
        names = call_as(self.user_employee, "res.users", "fields_get")
        self.assertNotIn("dingding_user_ids", names)
        names = ["name"] + [name for name in names if "dingding" in name]
        self.assertTrue(call_as(self.user_employee, "res.users", "read",
                                self.user_employee.ids, names))
        with self.assertRaises(AccessError):
            call_as(self.user_employee, "res.users", "read", self.user_employee.ids,
                    ["dingding_user_ids"])

    def test_send_message_opens_the_form(self):
        self.run_it()
        persons = self.people()[:2]
        action = call_as(self.user_dingtalk, "dingding.user", "action_send_message",
                         persons.ids)
        self.assertEqual(action["context"]["default_user_ids"], [(6, 0, persons.ids)])
        with self.assertRaises(AccessError):
            call_as(self.user_employee, "dingding.user", "action_send_message",
                    persons.ids)

    def test_mapping_can_be_extended(self):
        from ..sync import converters, mapping

        model = type(self.env["dingding.user"])
        real = model._dingtalk_mapping

        def extended(records):
            return real(records) + [
                mapping.FieldMap("avatar", "remark", converters.text, "profile")
            ]

        self._replace(model, "_dingtalk_mapping", extended)
        self.change_person(self.userid, avatar="https://example.com/a.png", remark="")
        self.run_it()
        self.assertEqual(self.person(self.userid).remark, "https://example.com/a.png")
