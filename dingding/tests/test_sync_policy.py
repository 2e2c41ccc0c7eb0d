# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import SUPERUSER_ID
from odoo.exceptions import ValidationError

from .. import compat
from ..sync.mapping import FieldMap
from .common import portable
from .sync_case import SyncCase


@portable
class TestRunPolicy(SyncCase):
    # -- whose value is kept ---------------------------------------------------

    def changed_on_both_sides(self, leads):
        """Let both sides change the title of a person; return (person, run)."""
        self.run_it()
        userid = sorted(self.simulated())[0]
        person = self.person(userid)
        self.corp.leads_profile = leads
        person.write({"title": "Here"})
        self.change_person(userid, title="There")
        return person, self.run_it()

    def conflicts(self):
        return [
            (each.field_name, each.odoo_value, each.dingtalk_value,
             each.decision)
            for each in self.env["dingding.conflict"].search([])
        ]

    def test_dingtalk_leads(self):
        person, _run = self.changed_on_both_sides("dingtalk")
        self.assertEqual(person.title, "There")
        self.assertEqual(
            self.conflicts(), [("title", "Here", "There", "dingtalk")])

    def test_odoo_leads(self):
        person, run = self.changed_on_both_sides("odoo")
        self.assertEqual(person.title, "Here")
        self.assertEqual(self.conflicts(), [("title", "Here", "There", "odoo")])
        self.assertEqual(run.conflict_count, 1)
        self.process_queue("dingding.outgoing.change")
        self.assertEqual(self.simulated()[person.userid]["title"], "Here")
        self.assertFalse(self.run_it().kept_count)

    def test_the_last_change_leads(self):
        person, _run = self.changed_on_both_sides("last")
        self.assertEqual(person.title, "There")
        self.assertEqual(
            self.conflicts(), [("title", "Here", "There", "dingtalk")])

    def test_odoo_leads_and_dingtalk_was_changed(self):
        self.run_it()
        self.corp.leads_profile = "odoo"
        userid = sorted(self.simulated())[0]
        before = self.person(userid).title
        self.change_person(userid, title="Not wanted")
        run = self.run_it()
        self.assertEqual(run.kept_count, 1)
        self.assertIn("Not wanted", run.line_ids.changes)
        self.process_queue("dingding.outgoing.change")
        self.assertEqual(self.simulated()[userid]["title"] or False, before)

    def test_the_other_groups_follow_their_own_policy(self):
        self.run_it()
        self.corp.leads_profile = "odoo"
        userid = sorted(self.simulated())[0]
        self.change_person(userid, mobile="13900001234")
        self.run_it()
        self.assertEqual(self.person(userid).mobile_number, "+8613900001234")

    def test_an_unchanged_sync_sets_baselines_silently(self):
        self.corp.write({"leads_profile": "odoo", "leads_contact": "last",
                         "leads_structure": "odoo"})
        self.run_it()
        versions = self.versions()
        run = self.run_it()
        self.assertFalse(run.line_ids)
        self.assertEqual(self.versions(), versions)
        self.assertFalse(self.env["dingding.outgoing.change"].search([]))

    def test_rows_from_before_baselines(self):
        self.run_it()
        self.env.cr.execute("UPDATE dingding_user SET baseline_values = NULL")
        compat.forget(self.env)
        self.corp.leads_profile = "odoo"
        userid = sorted(self.simulated())[0]
        self.change_person(userid, title="DingTalk's")
        self.run_it()
        self.assertEqual(self.person(userid).title, "DingTalk's")
        self.assertEqual(self.person(userid)._baseline()["title"], "DingTalk's")
        self.assertFalse(self.run_it().line_ids)

    # -- further fields --------------------------------------------------------

    def test_an_addon_maps_a_field_more(self):
        """As in docs/en/developer.md."""
        people = type(self.env["dingding.user"])
        real = people._dingtalk_mapping

        def _dingtalk_mapping(model):
            return [
                line for line in real(model) if line.field != "remark"
            ] + [FieldMap("title", "remark", group="profile")]

        self._replace(people, "_dingtalk_mapping", _dingtalk_mapping)
        userid = sorted(self.simulated())[0]
        self.change_person(userid, title="Twice")
        self.run_it()
        person = self.person(userid)
        self.assertEqual((person.title, person.remark), ("Twice", "Twice"))

    # -- new users -------------------------------------------------------------

    def test_no_user_is_made_unless_told(self):
        users = self.env["res.users"].search_count([])
        self.run_it()
        self.assertEqual(self.env["res.users"].search_count([]), users)

    def test_portal_users(self):
        self.corp.create_users = "portal"
        mails = self.env["mail.mail"].search_count([])
        run = self.run_it()
        made = run.line_ids.filtered(lambda line: line.kind == "user")
        self.assertTrue(made)
        self.assertEqual(set(made.mapped("state")), {"done"})
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        for person in self.people().filtered("activated"):
            user = person.user_id
            self.assertTrue(user, person.name)
            self.assertEqual(person.link_rule, "created")
            self.assertTrue(user.has_group("base.group_portal"))
            self.assertFalse(user.has_group("base.group_user"))
        self.assertFalse(self.people().filtered(
            lambda person: not person.activated).mapped("user_id"))
        user = self.people().mapped("user_id")[0]
        self.env.cr.execute("SELECT * FROM res_users WHERE id = %s", [user.id])
        row = self.env.cr.dictfetchone()
        # 11.0 would hash an empty password.
        self.assertEqual({row["password"], row.get("password_crypt")}, {None})
        # Odoo refuses an empty password earlier.
        for password in (user.login, user.name, self.PASSWORD):
            self.assertFalse(compat.is_password(user, password))
        user.write({"password": self.PASSWORD})
        self.assertTrue(compat.is_password(user, self.PASSWORD))
        again = self.run_it()
        self.assertFalse(again.line_ids)

    def test_users_like_a_template(self):
        template = self._make_user(self.env, "template", "dingding.group_user")
        self.corp.write({"create_users": "template", "template_user_id": template.id})
        self.run_it()
        user = self.people().mapped("user_id")[0]
        self.assertTrue(user.has_group("dingding.group_user"))
        self.assertFalse(user.has_group("dingding.group_manager"))

    def test_an_administrator_is_no_template(self):
        with self.assertRaises(ValidationError):
            self.corp.write({"create_users": "template",
                             "template_user_id": self.user_system.id})
        with self.assertRaises(ValidationError):
            self.corp.create_users = "template"
        template = self._make_user(self.env, "template", "base.group_user")
        self.corp.write({"create_users": "template", "template_user_id": template.id})
        system = self.env.ref("base.group_system")
        template.write({compat.USER_GROUPS: [(4, system.id)]})
        self.run_it()
        self.assertFalse(self.people().mapped("user_id"))

    def test_who_may_be_somebody_else_gets_no_user(self):
        self.corp.write({"create_users": "portal", "link_by_mobile": False})
        person = [each for each in self.simulated().values() if each["active"]][0]
        self.change_person(person["userid"], email="taken@example.net")
        self._make_user(self.env, "taken", "base.group_user", email="taken@example.net")
        run = self.run_it()
        self.assertFalse(self.person(person["userid"]).user_id)
        self.assertIn("user_may_exist", self.codes(run))
        self.assertEqual(run.problem_count, len(run.problem_ids))

    def test_people_without_a_mobile_are_different_people(self):
        """DingTalk shows no mobiles without the permission."""
        self.corp.create_users = "portal"
        people = self.env["dingding.user"]
        for name in ("one", "two", "three"):
            people |= people.create(
                {"name": name, "userid": name, "corp_id": self.corp.id,
                 "activated": True, "email": "%s@example.net" % name})
        lines, problems = self.env["dingding.sync"]._plan_records(self.corp, [])
        self.assertEqual(
            {line["key"] for line in lines}, set(people.mapped("userid")))
        self.assertFalse(problems)

    def test_who_is_ignored_after_the_preview_gets_no_user(self):
        self.run_it()
        self.corp.create_users = "portal"
        run = self.preview()
        users = run.line_ids.filtered(lambda line: line.kind == "user")
        person = self.person(users[0].key)
        person.action_match_ignore()
        self.decide(run)
        self.assertFalse(person.user_id)
        self.assertTrue(self.person(users[1].key).user_id)

    def test_a_refused_user_stops_nothing(self):
        self.corp.create_users = "portal"
        userid = self.matchable()[0]
        self.change_person(userid, name="Bad")
        users = type(self.env["res.users"])
        validate = users._validate_fields

        def _validate_fields(records, *args):
            if "Bad" in records.mapped("name"):
                raise ValidationError(records[0].name)
            return validate(records, *args)

        users._validate_fields = _validate_fields
        self.addCleanup(delattr, users, "_validate_fields")
        run = self.run_it()
        self.assertFalse(self.person(userid).user_id)
        self.assertEqual(run.problem_ids.filtered(
            lambda each: each.code == "create_refused").mapped("person_id.name"),
            ["Bad"])
        others = self.people().filtered("activated") - self.person(userid)
        self.assertTrue(all(each.user_id for each in others))

    def test_users_in_the_preview(self):
        self.corp.create_users = "portal"
        self.env["dingding.sync"]._start(self.corp, "users", "preview")
        self.process_queue("dingding.sync")
        run = self.env["dingding.sync"].search([], limit=1)
        compat.forget(self.env)
        users = run.line_ids.filtered(lambda line: line.kind == "user")
        self.assertTrue(users)
        users[0].selected = False
        run.action_apply_selected()
        self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, "done", run.last_error)
        self.assertFalse(self.person(users[0].key).user_id)
        self.assertTrue(self.person(users[1].key).user_id)

    # -- leavers -----------------------------------------------------------------

    def leave(self, policy, group="base.group_user", alone=False):
        self.corp.leaver_policy = policy
        self.run_it()
        person = self.person(sorted(self.simulated())[0])
        user = self._make_user(self.env, "leaver", group)
        if alone:
            others = self.env["res.users"].search([
                (compat.USER_GROUPS, "in", self.env.ref(group).ids),
                ("id", "not in", [SUPERUSER_ID, user.id])])
            others.write({compat.USER_GROUPS: [(3, self.env.ref(group).id)]})
        person.user_id = user
        self.remove_person(person.userid)
        return person, user, self.run_it()

    def test_leaver_person(self):
        person, user, _run = self.leave("person")
        self.assertEqual((person.active, user.active), (False, True))

    def test_leaver_user(self):
        person, user, _run = self.leave("user")
        self.assertEqual((person.active, user.active), (False, False))

    def test_leaver_nothing(self):
        person, user, run = self.leave("nothing")
        self.assertEqual((person.active, user.active), (True, True))
        self.assertFalse(run.leaver_count)

    def test_an_administrator_stays(self):
        person, user, run = self.leave("user", "base.group_system")
        self.assertEqual((person.active, user.active), (False, True))
        self.assertEqual(self.codes(run), ["leaver_user_kept"])

    def test_an_administrator_goes_where_that_is_allowed(self):
        self.corp.link_administrators = True
        person, user, _run = self.leave("user", "base.group_system")
        self.assertEqual((person.active, user.active), (False, False))

    def test_the_last_administrator_stays(self):
        self.corp.link_administrators = True
        person, user, run = self.leave("user", "base.group_system", alone=True)
        self.assertEqual((person.active, user.active), (False, True))
        self.assertEqual(self.codes(run), ["leaver_user_kept"])

    def test_a_user_of_two_organisations_stays(self):
        self.corp.leaver_policy = "user"
        self.run_it()
        person = self.person(sorted(self.simulated())[0])
        user = self._make_user(self.env, "leaver", "base.group_user")
        other = self.env["dingding.corp"].create({"name": "Other"})
        self.env["dingding.user"].create(
            {"name": "Same", "userid": "x", "corp_id": other.id, "user_id": user.id})
        person.user_id = user
        self.remove_person(person.userid)
        self.run_it()
        self.assertEqual((person.active, user.active), (False, True))

    def test_a_user_of_an_archived_organisation_goes(self):
        """Nothing reports any longer when people leave that one."""
        self.corp.leaver_policy = "user"
        self.run_it()
        person = self.person(sorted(self.simulated())[0])
        user = self._make_user(self.env, "leaver", "base.group_user")
        other = self.env["dingding.corp"].create({"name": "Former"})
        self.env["dingding.user"].create(
            {"name": "Same", "userid": "x", "corp_id": other.id, "user_id": user.id})
        other.active = False
        person.user_id = user
        self.remove_person(person.userid)
        self.run_it()
        self.assertEqual((person.active, user.active), (False, False))

    def test_a_leaver_whom_odoo_refuses_to_archive_stops_nobody(self):
        """Such as who still has an open point of sale."""
        self.corp.leaver_policy = "user"
        self.run_it()
        people = [self.person(each) for each in sorted(self.simulated())[:2]]
        for number, person in enumerate(people):
            person.user_id = self._make_user(
                self.env, "leaver%d" % number, "base.group_user")
        self.refuse_to_archive(people[0].user_id)
        for person in people:
            self.remove_person(person.userid)
        run = self.run_it()
        self.assertEqual([each.active for each in people], [False, False])
        self.assertEqual([each.user_id.active for each in people], [True, False])
        problem = run.problem_ids.filtered(lambda each: each.code == "leave_refused")
        self.assertEqual(problem.person_id, people[0])
        self.assertIn(people[0].user_id.name, problem.error)
        baseline = people[0]._load_baseline(people[0].sudo().follow_baseline)
        self.assertNotIn(
            "active", baseline.get("res.users", {}).get("values", {}),
            "Odoo has not archived it")

    def test_a_leaver_whom_odoo_refuses_to_archive_is_reported(self):
        """Outside a sync nobody would see it: the user would stay, and no sync return.
        """
        self.corp.leaver_policy = "user"
        self.run_it()
        person = self.person(sorted(self.simulated())[0])
        person.user_id = self._make_user(self.env, "leaver", "base.group_user")
        self.refuse_to_archive(person.user_id)
        self.remove_person(person.userid)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            person.action_refresh()
        compat.forget(self.env)
        self.assertTrue(person.active)
        run = self.run_it()
        self.assertFalse(person.active)
        self.assertIn("leave_refused", run.problem_ids.mapped("code"))

    def test_leaver_on_refresh(self):
        there = self.simulated()
        person, user, _run = self.leave("user")
        self.add_person(
            userid=person.userid, name=person.name, human=there[person.userid]["human"])
        self.run_it()
        self.assertTrue(person.active)
        user.active = True
        self.remove_person(person.userid)
        person.action_refresh()
        self.assertEqual((person.active, user.active), (False, False))

    # -- which departments, when -----------------------------------------------

    def test_scope(self):
        self.run_it()
        chosen = self.departments().filtered(lambda each: each.level == 1)[0]
        below = self.departments().filtered(
            lambda each: each == chosen or chosen in each.parent_id)
        self.corp.scope_department_ids = chosen | below
        inside = chosen.user_ids[:1]
        outside = (self.people() - below.mapped("user_ids"))[:1]
        for person in inside | outside:
            self.remove_person(person.userid)
        self.change_person(
            [each for each in self.simulated() if each in
             chosen.user_ids.mapped("userid")][0], title="In scope")
        run = self.run_it()
        self.assertFalse(inside.active)
        self.assertTrue(outside.active)
        self.assertTrue(chosen.parent_id, "it stays where it was")
        self.assertEqual(run.users_archived, 1)
        self.assertLessEqual(run.departments_read, len(below))
        self.assertFalse(self.codes(run))
        self.assertFalse(self.run_it().line_ids)

    def test_a_chosen_department_is_deleted(self):
        """Leavers of the others are still archived."""
        new = self.simulator.control("POST", "/departments", {"name": "New"})
        stays = self.add_person(
            name="Stays", mobile="13911112222", dept_ids=[new["dept_id"], 1])
        leaves = self.add_person(
            name="Leaves", mobile="13911113333", dept_ids=[new["dept_id"]])
        self.run_it()
        gone = self.department(new["dept_id"])
        chosen = self.departments().filtered(
            lambda each: each.level == 1 and each.user_ids and each != gone)[0]
        self.corp.scope_department_ids = chosen | gone
        self.change_person(stays["userid"], dept_ids=[1])
        other = (chosen.user_ids - gone.user_ids)[:1]
        for userid in (leaves["userid"], other.userid):
            self.remove_person(userid)
        self.simulator.control("DELETE", "/departments/%s" % new["dept_id"])
        run = self.run_it()
        self.assertFalse(run.incomplete)
        self.assertFalse(self.codes(run))
        self.assertFalse(
            gone.active or other.active or self.person(leaves["userid"]).active)
        self.assertTrue(self.person(stays["userid"]).active)
        self.assertFalse(self.run_it().line_ids)

    def test_each_was_moved_below_the_other(self):
        """In Odoo, and in DingTalk vice versa."""
        one, two = [
            self.simulator.control("POST", "/departments", {"name": name})["dept_id"]
            for name in ("One", "Two")
        ]
        self.run_it()
        self.corp.leads_structure = "last"
        rows = self.department(one), self.department(two)
        rows[0].parent_id = rows[1]
        self.simulator.control("PATCH", "/departments/%s" % two, {"parent_id": one})
        self.run_it()
        self.assertEqual(rows[0].parent_id, self.department(1))
        self.assertEqual(rows[1].parent_id, rows[0])
        self.assertEqual(
            [each[:1] + each[3:] for each in self.conflicts()],
            [("parent_id", "dingtalk")])
        self.process_queue("dingding.outgoing.change")
        self.assertSame()
        self.assertFalse(self.run_it().line_ids)

    def test_scope_of_another_organisation(self):
        other = self.env["dingding.corp"].create({"name": "Other"})
        department = self.env["dingding.department"].create(
            {"name": "D", "dept_id": "77", "corp_id": other.id})
        with self.assertRaises(ValidationError):
            self.corp.scope_department_ids = department

    def test_nights(self):
        self.corp.write({"nightly_pull": True, "nightly_hour": 2})
        self.company.partner_id.tz = "Europe/Berlin"

        def due(*moment):
            return self.corp._nightly_due(datetime.datetime(*moment))

        self.assertFalse(due(2026, 1, 10, 0, 59))
        self.assertTrue(due(2026, 1, 10, 1, 0))
        self.assertTrue(due(2026, 1, 10, 6, 59))
        self.assertFalse(due(2026, 1, 10, 7, 0), "the night is over")
        self.assertTrue(due(2026, 7, 10, 0, 1), "summer time")
        self.corp.nightly_at = "2026-01-10 01:03:00"
        self.assertFalse(due(2026, 1, 10, 1, 20), "once a night")
        self.assertTrue(due(2026, 1, 11, 1, 20))
        self.corp.nightly_at = "2036-01-10 01:03:00"
        self.assertTrue(due(2026, 1, 11, 1, 20), "the clock was ahead")
        self.corp.nightly_at = "2026-01-10 01:03:00"
        self.company.partner_id.tz = False
        self.assertTrue(due(2026, 1, 11, 18, 0), "two o'clock in Beijing")
        for hour in (-1, 24):
            with self.assertRaises(ValidationError):
                self.corp.nightly_hour = hour

    def test_a_night_in_which_clocks_are_set(self):
        self.corp.write({"nightly_pull": True, "nightly_hour": 1})
        self.company.partner_id.tz = "America/New_York"

        def due(*moment):
            return self.corp._nightly_due(datetime.datetime(*moment))

        # 01:00 comes twice: at 05:00 and 06:00 UTC.
        self.assertFalse(due(2026, 11, 1, 4, 59))
        self.assertTrue(due(2026, 11, 1, 5, 5))
        self.corp.nightly_at = "2026-11-01 05:05:00"
        self.assertFalse(due(2026, 11, 1, 6, 5), "once a night")
        self.assertFalse(due(2026, 11, 1, 7, 5))
        self.assertTrue(due(2026, 11, 2, 6, 5))
        # 02:00 does not come: 03:00 is at 07:00 UTC.
        self.corp.write({"nightly_hour": 2, "nightly_at": "2026-03-07 07:05:00"})
        self.assertFalse(due(2026, 3, 8, 6, 55))
        self.assertTrue(due(2026, 3, 8, 7, 5))

    def test_one_organisation_does_not_stop_the_nights_of_others(self):
        runs = self.env["dingding.sync"]
        other = self._make_corp(
            self.env, self.simulator, name="Another", corp_id="dinganother",
            app_key="dinganotherkey")
        (self.corp | other).write({"nightly_pull": True})
        broken = [True]

        def due(corp):
            if broken:
                raise RuntimeError(broken.pop())
            return True

        self._replace(type(self.corp), "_nightly_due", due)
        with self.assertLogs("odoo.addons.dingding.models.dingding_sync", "ERROR"):
            runs._cron_nightly()
        self.assertEqual(len(runs.search([])), 1)
        runs._cron_nightly()
        self.assertEqual(runs.search([]).mapped("corp_id"), self.corp | other)

    def test_the_cron_starts_one_run(self):
        runs = self.env["dingding.sync"]
        runs._cron_nightly()
        self.assertFalse(runs.search([]))
        self.corp.write({"nightly_pull": True})
        self._replace(type(self.corp), "_nightly_due", lambda corp: True)
        runs._cron_nightly()
        runs._cron_nightly()
        run = runs.search([])
        self.assertEqual(len(run), 1)
        self.assertTrue(run.nightly and not run.user_id)
        self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, "done", run.last_error)
        self.assertTrue(self.people())
        self.assertTrue(self.corp.nightly_at)

    def test_numbers_that_make_no_sense(self):
        for values in ({"archive_threshold_percent": 101},
                       {"archive_threshold_people": -1},
                       {"archive_threshold_departments": -1}):
            with self.assertRaises(ValidationError):
                self.corp.write(values)


@portable
class TestBulk(SyncCase):
    def rows(self, records):
        compat.flush(self.env)
        compat.forget(self.env)
        names = sorted(
            name for name, field in records._fields.items()
            if field.store and name not in (
                "id", "create_date", "write_date", "create_uid", "write_uid")
        )
        return {
            record[record._sync_key]: {
                name: (
                    sorted(record[name].mapped("display_name"))
                    if record._fields[name].relational else record[name]
                ) for name in names
            }
            for record in records
        }

    def test_the_same_rows(self):
        models = [
            self.env[name] for name in ("dingding.user", "dingding.department")
        ]
        for model in models:
            self.assertTrue(
                model._bulk_possible([{"name": "x"}]),
                "otherwise this compares nothing")
        self.run_it()
        bulk = [self.rows(self.people()), self.rows(self.departments())]
        self.people().unlink()
        departments = self.departments()
        departments.write({"parent_id": False})
        departments.unlink()
        for model in models:
            self._replace(
                type(model), "_bulk_possible", lambda records, vals_list: False)
        self.run_it()
        self.assertEqual(
            [self.rows(self.people()), self.rows(self.departments())], bulk)
        self.assertTrue(all(bulk))

    def test_who_wants_to_see_each_row_sees_it(self):
        model, seen = type(self.env["dingding.user"]), []
        real = model.create

        def create(records, vals):
            seen.extend(vals if isinstance(vals, list) else [vals])
            return real(records, vals)

        create.__module__ = "odoo.addons.base_automation.models"
        self.addCleanup(delattr, model, "create")
        model.create = create
        self.run_it()
        self.assertEqual(len(seen), len(self.simulated()))
