# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from ..models import dingding_roster_change, dingding_roster_change_employment
from .test_roster import CHANGE, READ, RosterCase

MODEL = "dingding.joiner"
LEAVING = "/v1.0/hrm/employees/dimissionInfos"
JOINERS = "/topapi/smartwork/hrm/employee/querypreentry"


@portable
class TestEmployment(RosterCase):
    def setUp(self):
        super().setUp()
        self.corp.roster_employment = True
        compat.flush(self.env)

    def join(self, key="tmp1", **values):
        self.simulator.control("POST", "/roster/joiners", dict(
            {"id": key, "name": "新人", "join_on": "2026-12-07", "position": "销售",
             "department": "市场部"}, **values))

    def joiners(self):
        return self.env[MODEL].search([], order="dingtalk_key")

    def test_joiners_are_no_users(self):
        users = self.env["res.users"].search_count([])
        people = self.env["dingding.user"].search_count([])
        employees = self.env["hr.employee"].search_count([])
        self.join()
        self.read_all()
        joiner = self.joiners()
        self.assertEqual(
            (joiner.name, str(joiner.join_on), joiner.position, joiner.department),
            ("新人", "2026-12-07", "销售", "市场部"))
        self.assertEqual(joiner.status, "expected")
        self.assertEqual(self.env["res.users"].search_count([]), users)
        self.assertEqual(self.env["dingding.user"].search_count([]), people)
        self.assertEqual(self.env["hr.employee"].search_count([]), employees)

    def test_read_again(self):
        self.join()
        self.read_all()
        joiner = self.joiners()
        before = joiner.write_date
        self.read_all()
        self.assertEqual(self.joiners(), joiner)
        self.assertEqual(joiner.write_date, before)
        self.join(join_on="2026-12-14")
        self.read_all()
        self.assertEqual(str(self.joiners().join_on), "2026-12-14")
        self.simulator.control("POST", "/roster/entries", {"id": "tmp1"})
        self.read_all()
        self.assertEqual(joiner.status, "ended")

    def test_pages(self):
        for number in range(55):
            self.join("tmp%02d" % number)
        self.simulator.forget_calls()
        self.read_all()
        self.assertDingTalkCalled(JOINERS, 2)
        self.assertEqual(len(self.joiners()), 55)

    def test_without_a_date(self):
        self.join(join_on="", name="")
        self.read_all()
        self.assertFalse(self.joiners().join_on)
        self.assertEqual(self.joiners().name, "tmp1")

    def test_what_the_database_refuses_stops_nobody(self):
        self.join(join_on="2026-02-30", name="A\x00B")
        self.join("tmp2")
        self.read_all()
        first, second = self.joiners()
        self.assertEqual((first.name, first.join_on), ("AB", False))
        self.assertEqual(str(second.join_on), "2026-12-07")

    def test_status_and_confirmation(self):
        self.simulator.control(
            "POST", "/roster/statuses", {"userid": self.userid, "status": "2"})
        self.change(sys00_confirmJoinTime="2026-09-01", sys01_regularTime="2026-12-01")
        self.read_all()
        person = self.people[0]
        self.assertEqual(
            (person.employment_status, str(person.joined_on), str(person.regular_on)),
            ("trial", "2026-09-01", "2026-12-01"))
        self.assertEqual(self.people[1].employment_status, "regular")
        self.simulator.control(
            "POST", "/roster/statuses", {"userid": self.userid, "status": "3"})
        self.simulator.control("POST", "/roster/leavers", {
            "userid": self.people[1].userid, "last_day": 1767225600000, "status": 1})
        self.read_all()
        self.assertEqual(person.employment_status, "regular")
        self.assertEqual(self.people[1].employment_status, "leaving")

    def turns(self, path):
        """Read everything without time; return how often each turn calls a path."""
        self.env[CHANGE]._add("read", self.corp, self.env.uid)
        row, turns = self.env[CHANGE].search([("state", "=", "queued")]), []
        while row.state == "queued":
            self.assertLess(len(turns), 60)
            self.simulator.forget_calls()
            row._process_row(row.id, 0)
            compat.forget(self.env)
            turns.append(self.simulator.calls()["by_path"].get(path, 0))
        self.assertEqual((row.state, row.last_error), ("done", False))
        return turns

    def test_many_people_take_several_turns(self):
        self._replace(dingding_roster_change_employment, "MAX_PEOPLE", 2)
        self.simulator.control(
            "POST", "/roster/statuses", {"userid": self.userid, "status": "2"})
        people = self.env["dingding.user"].search([("corp_id", "=", self.corp.id)])
        self.assertGreater(len(people), 4)
        self.assertLessEqual(max(self.turns(READ)), 1)
        self.assertEqual(self.people[0].employment_status, "trial")
        self.assertEqual(set(
            people.mapped("employment_status")), {"trial", "regular"})

    def test_many_leavers_take_several_turns(self):
        self.corp.roster_leavers = True
        self._replace(dingding_roster_change, "MAX_LEAVERS", 1)
        for person in self.people[:3]:
            self.simulator.control("POST", "/roster/leavers", {
                "userid": person.userid, "last_day": 1767225600000, "status": 1})
        self.assertLessEqual(max(self.turns(LEAVING)), 1)
        self.assertEqual(len(self.people[:3].filtered("last_day")), 3)

    def test_off_by_default(self):
        self.corp.roster_employment = False
        self.join()
        self.read_all()
        self.assertFalse(self.joiners())
        self.assertDingTalkNotCalled(JOINERS)

    def test_every_day(self):
        self.env[CHANGE]._cron_read()
        self.assertEqual(
            self.env[CHANGE].search([("state", "=", "queued")]).kind, "read")

    def test_who_sees_joiners(self):
        self.join()
        self.read_all()
        self.assertEqual(
            call_as(self.hr_user, MODEL, "search", []), self.joiners().ids)
        for user in (self.user_manager, self.user_dingtalk, self.user_employee,
                     self.user_portal, self.user_public):
            with self.assertRaises(AccessError):
                call_as(user, MODEL, "search", [])
        for method, args in (("write", ({"name": "x"},)), ("unlink", ())):
            with self.assertRaises(AccessError):
                call_as(self.hr_user, MODEL, method, self.joiners().ids, *args)
        with self.assertRaises(AccessError):
            call_as(self.user_manager, "dingding.corp", "write", self.corp.ids,
                    {"roster_employment": False})
        values = call_as(
            self.user_manager, "dingding.user", "read", self.people[0].ids, [])[0]
        for name in ("employment_status", "joined_on", "regular_on"):
            self.assertNotIn(name, values)
        self.corp.company_id = self.env["res.company"].create({"name": "Other"})
        compat.flush(self.env)
        self.assertFalse(call_as(self.hr_user, MODEL, "search", []))
