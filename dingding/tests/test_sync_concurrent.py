# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from .. import compat
from ..dingtalk import beijing
from ..sync.converters import EPOCH
from .common import portable
from .sync_case import SyncCase

LIST = "/topapi/v2/department/listsub"
PAGE = "/topapi/v2/user/list"


@portable
class TestRunPeers(SyncCase):
    def test_each_has_the_own_date_of_hire(self):
        moment = 1577808000000  # 2020-01-01 in Beijing
        for number, userid in enumerate(sorted(self.simulated())):
            self.change_person(userid, hired_date=moment + number * 86400000)
        self.run_it()
        for userid, there in self.simulated().items():
            wanted = (
                EPOCH + datetime.timedelta(milliseconds=there["hired_date"])
                + beijing.OFFSET
            ).strftime("%Y-%m-%d")
            self.assertEqual(str(self.person(userid).hired_date)[:10], wanted)
        self.assertEqual(
            len(set(self.people().mapped("hired_date"))), len(self.simulated()))

    def test_later_nothing_is_written_and_nothing_told(self):
        self.run_it()
        messages = self.env["mail.message"].search_count([])
        versions = self.versions()
        self.corp.nightly_at = "2020-01-01 00:00:00"
        self.env["dingding.sync"].search([]).write(
            {"started_at": "2020-01-01 00:00:00"})
        self.run_it()
        self.assertEqual(self.versions(), versions)
        self.assertEqual(self.env["mail.message"].search_count([]), messages)

    def test_foreign_mobiles(self):
        first, second, third = sorted(self.simulated())[:3]
        self.change_person(first, mobile="15112345678", state_code="49")
        self.change_person(second, mobile="4155550100", state_code="1")
        self.change_person(third, mobile="")
        self.run_it()
        self.assertEqual(self.person(first).mobile_number, "+4915112345678")
        self.assertEqual(self.person(second).mobile_number, "+14155550100")
        self.assertFalse(self.person(third).mobile_number)
        for person in self.people():
            self.assertNotIn("None", "%s%s" % (person.mobile, person.mobile_number))

    def test_main_departments_are_dingtalks_first(self):
        departments = [each["dept_id"] for each in self.simulator.departments()]
        for number, userid in enumerate(sorted(self.simulated())):
            chosen = [departments[(number + step) % len(departments)]
                      for step in range(3)]
            self.change_person(userid, dept_ids=chosen)
        self.run_it()
        client = self.app._dingtalk_client()
        for userid in self.simulated():
            first = client.contacts.user(userid)["dept_id_list"][0]
            self.assertEqual(self.person(userid).main_department_id.dept_id, str(first))

    def test_managers_are_there_after_the_first_run(self):
        self.run_it()
        leads = {
            userid: {str(key) for key in there["leader_in"]}
            for userid, there in self.simulated().items() if there["leader_in"]
        }
        self.assertTrue(leads)
        for userid, keys in leads.items():
            managed = self.departments().filtered(
                lambda each: userid in each.manager_ids.mapped("userid"))
            self.assertEqual(set(managed.mapped("dept_id")), keys)

    def test_one_bad_answer_ends_no_run(self):
        for kind in ("throttled", "expired_token", "http_500", "truncated"):
            for path in (LIST, PAGE):
                self.simulator.clear_faults()
                self.simulator.fault(kind, path, times=1, skip=1)
                self.run_it()
                self.assertEqual(
                    len(self.people().filtered("active")), len(self.simulated()),
                    (kind, path))

    def test_the_limit_of_dingtalk_holds(self):
        self.simulator.reset(people=150, departments=26)
        self.app.write({"app_secret": self.simulator.app_secret,
                        "calls_per_second": 20})
        self.simulator.settings(rate_limit=20)
        run = self.run_it()
        calls = self.simulator.calls()["calls"]
        refused = [call for call in calls if call.get("status") not in (200, None)]
        self.assertFalse(refused)
        self.assertEqual(len(self.people()), 150)
        self.assertFalse(run.problem_ids.filtered(
            lambda each: each.error_remedy == "rate_limit"))

    # -- while it is read, DingTalk changes ---------------------------------------

    def reading(self, path, number, change):
        """Do ``change()`` in DingTalk when a call of ``path`` is answered."""
        contacts = type(self.app._dingtalk_client().contacts)
        name = {LIST: "sub_departments", PAGE: "users_page"}[path]
        real, calls = getattr(contacts, name), []

        def call(this, *args, **options):
            result = real(this, *args, **options)
            calls.append(args)
            if len(calls) == number:
                change()
            return result

        self._replace(contacts, name, call)

    def test_a_person_removed_between_two_pages(self):
        self.simulator.reset(people=260, departments=2)
        self.app.app_secret = self.simulator.app_secret
        self.run_it()
        gone = sorted(self.simulated())[0]
        self.reading(PAGE, 2, lambda: self.remove_person(gone))
        run = self.run_it()
        there = set(self.simulated())
        active = set(self.people().filtered("active").mapped("userid"))
        self.assertFalse(there - active)
        self.assertLessEqual(active - there, {gone})
        self.assertLessEqual(run.users_archived, 1)
        self.run_it()
        self.assertEqual(
            set(self.people().filtered("active").mapped("userid")), there)

    def test_a_department_deleted_between_listing_and_reading(self):
        self.run_it()
        new = self.simulator.control("POST", "/departments", {"name": "Short"})
        self.reading(LIST, 1, lambda: self.simulator.control(
            "DELETE", "/departments/%s" % new["dept_id"]))
        run = self.run_it()
        self.assertTrue(run.incomplete)
        self.assertFalse(self.people().filtered(lambda each: not each.active))
        self.run_it()
        there = {str(each["dept_id"]) for each in self.simulator.departments()}
        self.assertEqual(
            set(self.departments().filtered("active").mapped("dept_id")), there)

    def test_leavers_cannot_sign_in_where_told(self):
        self.corp.write({"create_users": "portal", "leaver_policy": "user"})
        self.run_it()
        person = self.people().filtered("user_id")[0]
        user = person.user_id
        self.remove_person(person.userid)
        self.run_it()
        compat.forget(self.env)
        self.assertFalse(user.active or person.active)
