# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import random

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable
from odoo.addons.dingding.tests.sync_case import TABLES, SyncCase
from odoo.addons.dingding.tests.test_sync_twice import Changes

SEEDS, ROUNDS, CHANGES = (9,), 3, 8


class Undo(Exception):
    """Roll a savepoint back."""


class Elsewhere(object):
    """A case for ``Changes``, of another organisation of the simulator."""

    def __init__(self, case, corp):
        self.case, self.corp_id, self.simulator = case, corp.corp_id, self

    def control(self, method, path, body=None):
        return self.case.simulator.control(method, path, body, corp_id=self.corp_id)

    def departments(self):
        return self.control("GET", "/departments")

    def simulated(self):
        people = self.control("GET", "/users")
        people = people.get("users", people) if isinstance(people, dict) else people
        return {each["userid"]: each for each in people}

    def change_person(self, userid, **values):
        return self.control("PATCH", "/users/%s" % userid, values)

    def add_person(self, **values):
        return self.control("POST", "/users", values)

    def remove_person(self, userid):
        return self.control("DELETE", "/users/%s" % userid)


@portable
class TestTwoOrganisations(SyncCase):
    """The same people work for two organisations, and both are synchronised."""

    tables = TABLES + ("hr_employee", "hr_department")

    def second(self, company):
        there = self.simulator.control(
            "POST", "/corps",
            {"people": 8, "departments": 3, "same_people": 6, "name": "Second"})
        corp = self.env["dingding.corp"].create(dict(
            {"name": "Second", "company_id": company.id},
            **{name: there[name] for name in (
                "corp_id", "app_key", "app_secret", "agent_id")}))
        self._point_at(corp.app_id, self.simulator.url)
        return corp

    def prepare(self, company, leads):
        self.simulator.reset()
        self.people().unlink()
        self.departments().sorted("level", reverse=True).unlink()
        template = self._make_user(self.env, "template", "base.group_user")
        template.company_ids |= company
        self.user_manager.company_ids |= company
        corps = self.corp | self.second(company)
        corps.write({
            "hr_employees": "create", "hr_departments": "create", "hr_leavers": True,
            "create_users": "template", "template_user_id": template.id,
            "leaver_policy": "user", "archive_threshold_percent": 100,
            "link_by_mobile": True, "share_users": True,
        })
        corps.write({"leads_%s" % group: leads
                     for group in ("profile", "contact", "structure")})
        return corps

    def settle(self, corps, about):
        """Synchronise each; afterwards nobody writes anything."""
        for corp in corps:
            self.run_it(corp=corp)
        for corp in corps:
            self.run_it(corp=corp)
        for corp in corps:
            versions, run = self.versions(), self.run_it(corp=corp)
            found = run.line_ids.mapped(
                lambda line: (line.kind, line.name, line.changes))
            self.assertFalse(found, about)
            self.assertEqual(self.versions(), versions, about)

    def check(self, corps, about):
        people = self.env["dingding.user"].with_context(active_test=False).search(
            [("corp_id", "in", corps.ids)])
        for name in ("user_id", "employee_id"):
            for record in people.mapped(name):
                own = people.filtered(lambda each: each[name] == record)
                self.assertEqual(
                    record.active, any(own.mapped("active")),
                    (about, name, record.id, own.mapped("name")))
                first = own.filtered("active").sorted("id")[:1]
                if first:
                    self.assertEqual(record.name, first.name, about)
        for user in people.mapped("user_id").filtered("active"):
            own = people.filtered(lambda each: each.user_id == user and each.active)
            self.assertFalse(
                own.mapped("company_id") - user.company_ids, about)
            self.assertFalse(
                user.company_ids - own.mapped("company_id"), (about, user.name))

    def any_changes(self, company, leads="dingtalk"):
        for seed in SEEDS:
            with self.assertRaises(Undo), self.env.cr.savepoint():
                corps = self.prepare(company, leads)
                dice = random.Random(seed)
                changes = [Changes(self, dice),
                           Changes(Elsewhere(self, corps[1]), dice)]
                for number in range(ROUNDS):
                    about = "seed %d, round %d" % (seed, number)
                    self.settle(corps, about)
                    compat.forget(self.env)
                    self.check(corps, about)
                    for each in changes:
                        each.make(CHANGES)
                raise Undo
            compat.forget(self.env)
            compat.clear_caches(self.env)

    def both(self, company):
        """Return (organisations, a user of both, functions of their number)."""
        corps = self.prepare(company, "dingtalk")
        there = [self, Elsewhere(self, corps[1])]
        for corp in corps:
            self.run_it(corp=corp)
        self.run_it(corp=corps[0])
        user = (self.people(corps[0]).mapped("user_id")
                & self.people(corps[1]).mapped("user_id"))[0]
        own = [self.people(corp).filtered(lambda each: each.user_id == user)
               for corp in corps]
        left = [each.simulated()[person.userid] for each, person in zip(there, own)]

        def leave(number):
            there[number].remove_person(own[number].userid)
            self.run_it(corp=corps[number])
            self.assertFalse(own[number].active)

        def return_to(number):
            there[number].add_person(
                dept_ids=[1], **{name: left[number][name] for name in (
                    "userid", "name", "mobile", "human")})
            self.run_it(corp=corps[number])
            self.assertTrue(own[number].active)

        return corps, user, leave, return_to

    def leave_and_return(self, company):
        """Leave both, return to the first, then to the other one."""
        corps, user, leave, return_to = self.both(company)
        for first, last in ((0, 1), (1, 0)):
            for step, number in (
                (leave, first), (leave, last), (return_to, 0), (return_to, 1),
            ):
                step(number)
                self.check(corps, "%s %d" % (step.__name__, number))
                if step is leave and number == last:
                    self.assertFalse(user.active)

    def test_an_organisation_that_leaves_users_alone(self):
        company = self.env["res.company"].create({"name": "Second company"})
        corps, user, leave, return_to = self.both(company)
        corps[1].leaver_policy = "person"
        leave(1)
        leave(0)
        self.assertFalse(user.active)
        return_to(0)
        self.assertTrue(user.active)
        self.assertIn(company, user.company_ids)

    def test_who_leaves_while_the_other_organisation_is_archived(self):
        """Odoo has archived the user, who is back without the company of the former."""
        company = self.env["res.company"].create({"name": "Second company"})
        corps, user, leave, return_to = self.both(company)
        for gone, stays in ((0, 1), (1, 0)):
            corps[stays].active = False
            leave(gone)
            self.assertFalse(user.active)
            corps[stays].active = True
            self.run_it(corp=corps[stays])
            self.assertTrue(user.active)
            self.assertEqual(user.company_ids, corps[stays].company_id)
            return_to(gone)
            self.assertEqual(user.company_ids, corps.mapped("company_id"))

    def test_who_leaves_both_of_one_company(self):
        self.leave_and_return(self.corp.company_id)

    def test_who_leaves_both_of_two_companies(self):
        self.leave_and_return(
            self.env["res.company"].create({"name": "Second company"}))

    def test_of_one_company(self):
        self.any_changes(self.corp.company_id)

    def test_of_two_companies(self):
        self.any_changes(self.env["res.company"].create({"name": "Second company"}))

    def test_where_the_last_change_counts(self):
        self.any_changes(self.corp.company_id, "last")
