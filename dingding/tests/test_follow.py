# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import time
import types

from odoo.exceptions import AccessError, ValidationError
from odoo.tools import mute_logger

from .. import compat, rights
from ..models import dingding_sync_follow
from .common import call_as, portable
from .sync_case import SyncCase


@portable
class TestFollow(SyncCase):
    @classmethod
    def _prepare_class(cls):
        result = super()._prepare_class()
        with cls._like_a_test() as test:
            test.run_it()
            cls.user_a = cls._make_user(cls.env, "followed", "base.group_user")
            cls.userid = sorted(
                userid for userid, there in test.simulated().items()
                if there["mobile"] and there["state_code"] == "86"
            )[0]
            test.link(cls.userid, cls.user_a)
        return result

    def link(self, userid, user):
        self.person(userid).user_id = user

    def leader(self, field, leader, model="res.users"):
        self.corp.follow_ids.filtered(
            lambda row: (row.model_name, row.field_name) == (model, field)
        ).leader = leader

    def lines(self, run):
        return run.line_ids.filtered(lambda line: line.kind == "follow")

    def mobile(self, user):
        return user["mobile" if "mobile" in user._fields else "phone"]

    # -- the table -----------------------------------------------------------------

    def test_rows_of_an_organisation(self):
        rows = self.corp.follow_ids
        fields = set(rows.filtered(
            lambda row: row.model_name == "res.users").mapped("field_name"))
        self.assertTrue({"name", "email", "function"} <= fields)
        row = rows.filtered(lambda each: each.field_name == "email")[0]
        self.assertEqual(row.leader, "odoo")
        self.assertTrue(row.source_label and row.model_label and row.field_label)
        count = len(rows)
        rows[0].unlink()
        self.env["dingding.follow"]._fill()
        compat.forget(self.env)
        self.assertEqual(len(self.corp.follow_ids), count)

    def test_only_administrators_change_it(self):
        row = self.corp.follow_ids[0]
        self.assertTrue(
            call_as(self.user_manager, "dingding.follow", "read", row.ids, ["leader"]))
        for user in (self.user_manager, self.user_dingtalk, self.user_portal):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(user, "dingding.follow", "write", row.ids, {"leader": "last"})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(self.user_manager, "dingding.corp", "write", self.corp.ids,
                    {"follow_ids": [(1, row.id, {"leader": "last"})]})
        call_as(self.user_system, "dingding.corp", "write", self.corp.ids,
                {"follow_ids": [(1, row.id, {"leader": "last"})]})
        self.assertEqual(row.leader, "last")

    def test_another_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        other = self.env["dingding.corp"].create(
            {"name": "Other", "company_id": company.id})
        with self.assertRaises(AccessError):
            call_as(self.user_manager, "dingding.follow", "read",
                    other.follow_ids.ids, ["leader"])

    def test_nobody_writes_a_baseline(self):
        with self.assertRaises(AccessError):
            call_as(self.user_manager, "dingding.user", "write",
                    self.person(self.userid).ids, {"follow_baseline": "{}"})

    # -- users -----------------------------------------------------------------------

    def test_a_user_follows(self):
        self.change_person(self.userid, name="New name", title="Chief")
        login = self.user_a.login
        run = self.run_it()
        self.assertEqual(self.user_a.name, "New name")
        self.assertEqual(self.user_a.partner_id.function, "Chief")
        self.assertEqual(
            self.mobile(self.user_a), self.simulated()[self.userid]["mobile"])
        self.assertEqual(self.user_a.login, login)
        self.assertEqual(self.user_a.email, "followed@example.com")
        self.assertEqual(run.follow_count, 1)
        versions, again = self.versions(), self.run_it()
        self.assertFalse(again.line_ids)
        self.assertEqual(self.versions(), versions)

    def test_only_what_differs_is_written(self):
        self.run_it()
        self.change_person(self.userid, title="Chief")
        written, users = [], type(self.env["res.users"])
        real = users.write

        def write(records, vals):
            written.append((records.ids, dict(vals)))
            return real(records, vals)

        self.replace(users, "write", write)
        self.run_it()
        self.assertEqual(written, [([self.user_a.id], {"function": "Chief"})])

    def replace(self, cls, name, method):
        own = cls.__dict__.get(name)
        setattr(cls, name, method)
        self.addCleanup(
            lambda: setattr(cls, name, own) if own else delattr(cls, name))

    def test_no_mail(self):
        self.run_it()
        mails = self.env["mail.mail"].search_count([])
        self.change_person(self.userid, name="New name", title="Chief")
        self.run_it()
        self.assertEqual(self.user_a.name, "New name")
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_another_notation_is_left(self):
        field = "mobile" if "mobile" in self.user_a._fields else "phone"
        number = "+86 " + self.simulated()[self.userid]["mobile"]
        self.user_a.partner_id[field] = number
        self.run_it()
        self.assertEqual(self.mobile(self.user_a), number)

    def test_the_e_mail_follows_where_an_administrator_says_so(self):
        self.change_person(self.userid, org_email="", email="new@example.com")
        self.run_it()
        self.assertEqual(self.user_a.email, "followed@example.com")
        self.leader("email", "group")
        self.run_it()
        self.assertEqual(self.user_a.email, "new@example.com")
        self.assertEqual(self.user_a.login, "dingding-followed")

    def test_an_e_mail_entered_in_odoo_never_follows(self):
        """It would get the mail that resets passwords."""
        self.leader("email", "dingtalk")
        self.corp.leads_contact = "odoo"
        call_as(self.user_manager, "dingding.user", "write",
                self.person(self.userid).ids, {"email": "mine@example.com"})
        self.process_queue("dingding.outgoing.change")
        self.change_person(self.userid, org_email="", email="mine@example.com")
        self.run_it()
        self.assertEqual(self.person(self.userid).email, "mine@example.com")
        self.assertEqual(self.user_a.email, "followed@example.com")

    def test_a_mobile_entered_in_odoo_never_follows(self):
        """It would link people elsewhere."""
        before = self.mobile(self.user_a)
        self.corp.leads_contact = "odoo"
        call_as(self.user_manager, "dingding.user", "write",
                self.person(self.userid).ids, {"mobile": "13900004321"})
        for leader in ("group", "dingtalk"):
            self.leader(
                "mobile" if "mobile" in self.user_a._fields else "phone", leader)
            self.run_it()
            self.process_queue("dingding.outgoing.change")
            self.run_it()
            self.assertIn("13900004321", self.person(self.userid).mobile)
            self.assertEqual(self.mobile(self.user_a), before)
        self.corp.leads_contact = "dingtalk"
        self.change_person(self.userid, mobile="13900008765", title="Chief")
        self.run_it()
        self.assertEqual(self.mobile(self.user_a), "13900008765")
        self.assertEqual(self.user_a.partner_id.function, "Chief")

    def test_a_mobile_entered_in_odoo_links_nobody_elsewhere(self):
        other = self.env["dingding.corp"].create({"name": "Other"})
        stranger = self.env["dingding.user"].create(
            {"name": "Stranger", "userid": "x", "corp_id": other.id,
             "activated": True, "mobile": "13900004321",
             "mobile_number": "+8613900004321"})
        self.corp.leads_contact = "odoo"
        call_as(self.user_manager, "dingding.user", "write",
                self.person(self.userid).ids, {"mobile": "13900004321"})
        self.process_queue("dingding.outgoing.change")
        self.run_it()
        found, _problems = self.env["dingding.sync"]._find_links(other)
        self.assertFalse([each for each in found if each.userid == stranger.userid])

    # -- users of two companies ---------------------------------------------------

    def twin(self, **values):
        """Return an organisation of another company, and the same human in it."""
        company = self.env["res.company"].create({"name": "Other company"})
        corp = self.env["dingding.corp"].create(
            {"name": "Other", "company_id": company.id, "link_by_email": True,
             "create_users": "portal", "leaver_policy": "user"})
        first = self.person(self.userid)
        first.activated = True
        return corp, self.env["dingding.user"].create(dict({
            "name": first.name, "userid": "twin", "corp_id": corp.id,
            "activated": True, "mobile": first.mobile,
            "mobile_number": first.mobile_number, "email": "twin@example.com",
        }, **values))

    def link_twin(self, corp):
        syncs = self.env["dingding.sync"]
        found, _problems = syncs._find_links(corp)
        syncs._write_links(corp, [each for each in found if each.sure])

    def test_the_same_mobile_links_nobody_of_another_company(self):
        self.run_it()
        self.user_a.login = self.person(self.userid).mobile
        corp, twin = self.twin(email="followed@example.com")
        self.link_twin(corp)
        self.assertFalse(twin.user_id)
        lines, problems = self.env["dingding.sync"]._plan_records(corp, [])
        self.assertFalse(lines)
        self.assertEqual([each["code"] for each in problems], ["user_may_exist"])

    def test_one_user_of_two_companies_if_both_share(self):
        self.run_it()
        corp, twin = self.twin()
        for this, other in ((True, False), (False, True)):
            corp.share_users, self.corp.share_users = this, other
            self.link_twin(corp)
            self.assertFalse(twin.user_id)
        corp.share_users = self.corp.share_users = True
        self.link_twin(corp)
        self.assertEqual((twin.user_id, twin.link_rule), (self.user_a, "shared"))
        self.assertIn(corp.company_id, self.user_a.company_ids)
        self.assertEqual(self.user_a.company_id, self.corp.company_id)
        twin.active = False
        self.env["dingding.sync"]._offboard(corp, twin)
        self.assertTrue(self.user_a.active)
        self.assertNotIn(corp.company_id, self.user_a.company_ids)

    def test_who_changes_to_another_organisation_leaves_the_company(self):
        self.run_it()
        corp, twin = self.twin()
        corp.share_users = self.corp.share_users = True
        self.link_twin(corp)
        self.assertEqual(twin.user_id, self.user_a)
        first, syncs = self.person(self.userid), self.env["dingding.sync"]
        self.corp.leaver_policy = "user"
        first.active = False
        first.link_rule = "manual"
        syncs._offboard(self.corp, first)
        self.assertIn(self.corp.company_id, self.user_a.company_ids)
        first.link_rule = "created"
        system = self.env.ref("base.group_system")
        before = self.user_a[compat.USER_GROUPS].ids
        self.user_a.write({compat.USER_GROUPS: [(4, system.id)]})
        syncs._offboard(self.corp, first)
        self.assertIn(self.corp.company_id, self.user_a.company_ids)
        self.user_a.write({compat.USER_GROUPS: [(6, 0, before)]})
        syncs._offboard(self.corp, first)
        self.assertTrue(self.user_a.active)
        self.assertEqual(self.user_a.company_ids, corp.company_id)
        self.assertEqual(self.user_a.company_id, corp.company_id)
        self.run_it()
        self.assertTrue(first.active)
        self.assertEqual(
            self.user_a.company_ids, corp.company_id | self.corp.company_id)

    def test_who_comes_back_to_the_organisation_that_made_the_user(self):
        """Only a company that was taken with the link is given back."""
        self.run_it()
        corp, twin = self.twin()
        corp.share_users = self.corp.share_users = True
        self.link_twin(corp)
        first, syncs = self.person(self.userid), self.env["dingding.sync"]
        own, both = self.corp.company_id, corp.company_id | self.corp.company_id
        self.corp.leaver_policy = "user"
        for rule, given in (("shared", both), ("created", both), ("created", own)):
            first.link_rule = rule
            if given == own:
                # An administrator has taken it before.
                given = corp.company_id
                self.user_a.write({
                    "company_id": given.id, "company_ids": [(6, 0, given.ids)]})
            first.active = False
            syncs._offboard(self.corp, first)
            self.assertEqual(self.user_a.company_ids, corp.company_id)
            self.run_it()
            self.assertTrue(first.active)
            self.assertEqual(self.user_a.company_ids, given)
        # The same human with another UserID.
        self.user_a.write({"company_ids": [(4, own.id)]})
        there = self.simulated()[self.userid]
        self.remove_person(self.userid)
        self.run_it()
        self.assertEqual(self.user_a.company_ids, corp.company_id)
        new = self.add_person(
            name=there["name"], mobile=there["mobile"], human=there["human"],
            dept_ids=[1])
        self.run_it()
        self.assertEqual(self.person(new["userid"]).user_id, self.user_a)
        self.assertEqual(self.user_a.company_ids, both)

    def test_who_leaves_loses_the_company_that_the_department_gave(self):
        """Not only that of the organisation."""
        self.run_it()
        company = self.env["res.company"].create({"name": "Of a department"})
        first = self.person(self.userid)
        first.user_id = False
        # It has followed the mobile.
        self.user_a[
            "mobile" if "mobile" in self.user_a._fields else "phone"] = False
        first.main_department_id.new_user_company_id = company
        self.corp.write({"create_users": "portal", "leaver_policy": "user"})
        self.run_it()
        user = first.user_id
        self.assertEqual((user.company_ids, first.link_rule), (company, "created"))
        corp, twin = self.twin()
        corp.share_users = self.corp.share_users = True
        self.link_twin(corp)
        self.assertEqual(twin.user_id, user)
        self.assertEqual(user.company_ids, company | corp.company_id)
        # A person who works for another company by now leaves the former one.
        first.main_department_id.new_user_company_id = self.corp.company_id
        there = self.simulated()[self.userid]
        self.remove_person(self.userid)
        self.run_it()
        self.assertEqual(user.company_ids, corp.company_id)
        self.assertTrue(user.active)
        self.add_person(
            userid=self.userid, name=there["name"], human=there["human"])
        self.run_it()
        self.assertTrue(first.active)
        self.assertEqual(user.company_ids, company | corp.company_id)

    def test_who_is_never_shared(self):
        self.run_it()
        corp, twin = self.twin()
        corp.share_users = self.corp.share_users = True
        first = self.person(self.userid)
        for record in (twin, first):
            record.odoo_contacts = json.dumps([first.mobile_number])
            self.link_twin(corp)
            self.assertFalse(twin.user_id, "entered in Odoo")
            record.odoo_contacts = False
            record.activated = False
            self.link_twin(corp)
            self.assertFalse(twin.user_id, "not verified")
            record.activated = True
        group = self.env.ref("base.group_system")
        self.user_a.write({compat.USER_GROUPS: [(4, group.id)]})
        self.link_twin(corp)
        self.assertFalse(twin.user_id, "an administrator")
        self.user_a.write({compat.USER_GROUPS: [(3, group.id)]})
        same = twin.copy({"userid": "again", "corp_id": corp.id})
        self.link_twin(corp)
        self.assertFalse((twin | same).mapped("user_id"), "two have the mobile")

    # -- administrators -----------------------------------------------------------

    def test_administrators_never_follow(self):
        administrator = self._make_user(self.env, "chief", "base.group_system")
        keeper = self._make_user(self.env, "keeper", "base.group_erp_manager")
        owner = self.env["res.users"].browse(sorted(rights.owner_ids(self.env))[0])
        for field in ("name", "email"):
            self.leader(field, "dingtalk")
        userids = sorted(self.simulated())
        userids.remove(self.userid)
        for userid, user in zip(userids, (administrator, keeper, owner)):
            self.link(userid, user)
            self.change_person(userid, name="Taken over", org_email="",
                               email="taken@example.com")
            before = (user.name, user.email, user.login)
            self.run_it()
            self.assertEqual((user.name, user.email, user.login), before)
        self.change_person(self.userid, name="Renamed")
        self.run_it()
        self.assertEqual(self.user_a.name, "Renamed")

    def test_policies(self):
        self.run_it()
        first = self.user_a.name
        self.leader("name", "odoo")
        self.change_person(self.userid, name="There 1")
        self.run_it()
        self.assertEqual(self.user_a.name, first)
        self.leader("name", "last")
        self.run_it()
        self.assertEqual(self.user_a.name, "There 1")
        self.user_a.name = "Here 2"
        self.run_it()
        self.assertEqual(self.user_a.name, "Here 2")
        self.change_person(self.userid, name="There 3")
        self.run_it()
        self.assertEqual(self.user_a.name, "There 3")
        self.leader("name", "group")
        self.user_a.name = "Here 4"
        self.run_it()
        self.assertEqual(self.user_a.name, "There 3")

    def test_conflict(self):
        self.run_it()
        before = self.env["dingding.conflict"].search([])
        self.user_a.name = "Here"
        self.change_person(self.userid, name="There")
        run = self.run_it()
        self.assertEqual(self.user_a.name, "There")
        conflict = self.env["dingding.conflict"].search([]) - before
        self.assertEqual(
            (conflict.field_name, conflict.odoo_value, conflict.dingtalk_value,
             conflict.decision),
            ("name", "Here", "There", "dingtalk"))
        self.assertEqual(conflict.linked_model, "res.users")
        self.assertEqual(conflict.person_id, self.person(self.userid))
        self.assertEqual(run.conflict_ids, conflict)

    def test_odoo_leads_the_group(self):
        self.corp.leads_profile = "odoo"
        before = self.user_a.name
        self.run_it()
        self.assertEqual(self.user_a.name, before)

    def test_preview(self):
        self.run_it()
        before = self.user_a.name
        self.change_person(self.userid, name="New name")
        run = self.preview()
        line = self.lines(run)
        self.assertEqual(run.follow_count, 1)
        self.assertIn("%s \u2192 New name" % before, line.changes)
        self.assertEqual(self.user_a.name, before)
        call_as(self.user_manager, "dingding.sync.line", "action_leave_out", line.ids)
        self.decide(run, "action_apply_selected")
        self.assertEqual(self.user_a.name, before)
        self.assertEqual(self.person(self.userid).name, "New name")
        run = self.preview()
        self.assertEqual(self.lines(run).mapped("name"), ["New name"])
        self.decide(run)
        self.assertEqual(self.user_a.name, "New name")
        self.assertEqual(self.lines(run).mapped("state"), ["done"])

    def test_another_link_begins_anew(self):
        self.run_it()
        other = self._make_user(self.env, "second", "base.group_user")
        self.link(self.userid, other)
        self.leader("name", "last")
        self.run_it()
        person = self.person(self.userid)
        self.assertEqual(other.name, person.name)
        baseline = json.loads(person.follow_baseline)["res.users"]
        self.assertEqual(baseline["id"], other.id)

    def test_a_refused_write_stops_nothing(self):
        second = sorted(self.simulated())[-1]
        other = self._make_user(self.env, "second", "base.group_user")
        self.link(second, other)
        self.run_it()
        users = type(self.env["res.users"])
        real = users.write

        def write(records, vals):
            if vals.get("name") == "Bad":
                raise ValidationError(vals["name"])
            if vals.get("name") == "Worse":
                with mute_logger("odoo.sql_db"):
                    records.env.cr.execute(
                        "UPDATE res_users SET login = NULL, signature = 'private'"
                        " WHERE id IN %s", [tuple(records.ids)])
            return real(records, vals)

        self.replace(users, "write", write)
        self.change_person(self.userid, name="Worse")
        with self.assertLogs("odoo.addons.dingding") as logs:
            run = self.run_it()
        # Managers of DingTalk need not be allowed to read all of a record.
        self.assertIn("null value in column", run.problem_ids.error)
        self.assertNotIn("private", run.problem_ids.error + repr(logs.output))
        self.change_person(self.userid, name="Bad")
        self.change_person(second, name="Good")
        run = self.run_it()
        self.assertEqual(self.codes(run), ["follow_refused"])
        self.assertEqual(run.problem_ids.error, "Bad")
        self.assertEqual(run.problem_ids.person_id, self.person(self.userid))
        self.assertEqual(other.name, "Good")
        self.assertNotEqual(self.user_a.name, "Bad")

    # -- who comes back ----------------------------------------------------------------

    def leave_and_return(self, between=lambda: None):
        there = self.simulated()[self.userid]
        self.run_it()
        self.remove_person(self.userid)
        self.run_it()
        between()
        self.add_person(userid=self.userid, name=there["name"],
                        mobile=there["mobile"], dept_ids=[1])
        self.run_it()

    def test_a_leaver_who_returns(self):
        self.corp.leaver_policy = "user"
        left = []
        self.leave_and_return(lambda: left.append(self.user_a.active))
        self.assertEqual(left, [False])
        self.assertTrue(self.user_a.active)

    def test_a_user_archived_by_hand_stays_archived(self):
        self.user_a.active = False
        self.leave_and_return()
        self.assertFalse(self.user_a.active)
        self.corp.leaver_policy = "user"
        self.leave_and_return()
        self.assertFalse(self.user_a.active)

    def test_a_returned_administrator_stays_archived(self):
        self.corp.leaver_policy = "user"
        group = self.env.ref("base.group_system")
        self.leave_and_return(
            lambda: self.user_a.write({compat.USER_GROUPS: [(4, group.id)]}))
        self.assertFalse(self.user_a.active)

    # -- two organisations -----------------------------------------------------------

    def test_a_user_of_two_organisations_follows_the_first(self):
        other = self.env["dingding.corp"].create({"name": "Other"})
        second = self.env["dingding.user"].create(
            {"name": "Second name", "userid": "x", "corp_id": other.id,
             "user_id": self.user_a.id})
        self.run_it()
        self.env["dingding.sync"]._follow_part(other, ["x"])
        first = self.person(self.userid)
        self.assertEqual(self.user_a.name, first.name)
        first.active = False
        self.env["dingding.sync"]._follow_part(other, ["x"])
        compat.forget(self.env)
        self.assertEqual(self.user_a.name, second.name)

    def test_a_user_no_longer_follows_an_archived_organisation(self):
        other = self.env["dingding.corp"].create({"name": "Other"})
        second = self.env["dingding.user"].create(
            {"name": "Second name", "userid": "x", "corp_id": other.id,
             "user_id": self.user_a.id})
        self.corp.active = False
        self.env["dingding.sync"]._follow_part(other, ["x"])
        compat.forget(self.env)
        self.assertEqual(self.user_a.name, second.name)

    # -- steps ---------------------------------------------------------------------

    def test_a_step_writes_although_finding_takes_longer(self):
        """Each step would find them again, and have no time to write, for ever."""
        self._replace(dingding_sync_follow, "time", types.SimpleNamespace(
            monotonic=lambda: time.monotonic() + 1000))
        self.change_person(self.userid, name="New name")
        run = self.start()
        for _step in range(3):
            run._process_row(run.id, time.monotonic() + 500)
            compat.forget(self.env)
        self.assertEqual((run.state, self.user_a.name), ("done", "New name"))

    def test_a_step_writes_for_as_long_as_finding_took(self):
        clock = types.SimpleNamespace(now=time.monotonic() + 1000)
        runs, run = self.env["dingding.sync"], self.start()
        self._replace(dingding_sync_follow, "time", types.SimpleNamespace(
            monotonic=lambda: clock.now))
        self._replace(dingding_sync_follow, "BATCH", 1)
        written = []

        def find(this, corp, subject, *args, **kwargs):
            clock.now += 10
            each = dingding_sync_follow.Follow(
                subject, "1", "1", 1, "res.users", 1, None, {})
            return [each] * 50 if subject == "person" else []

        def write(this, corp, found):
            clock.now += 1
            written.extend(found)

        self._replace(type(runs), "_find_follow", find)
        self._replace(type(runs), "_write_follow", write)
        self._replace(type(runs), "_follow_lines", lambda this, found: [])
        run._process_row(run.id, time.monotonic() + 500)
        compat.forget(self.env)
        self.assertEqual((run.state, run.stage), ("queued", "follow"))
        self.assertTrue(9 <= len(written) <= 12, len(written))

    def test_lines_of_earlier_steps_are_done(self):
        self._replace(dingding_sync_follow, "BATCH", 1)
        second = sorted(self.simulated())[-1]
        other = self._make_user(self.env, "second", "base.group_user")
        self.link(second, other)
        self.run_it()
        for userid in (self.userid, second):
            self.change_person(userid, name="New %s" % userid)
        run = self.preview()
        self.assertEqual(len(self.lines(run)), 2)
        clock = types.SimpleNamespace(now=time.monotonic())
        self._replace(dingding_sync_follow, "time", types.SimpleNamespace(
            monotonic=lambda: clock.now))
        real = type(run)._write_follow

        def write(this, corp, found):
            clock.now += 1000
            return real(this, corp, found)

        self._replace(type(run), "_write_follow", write)
        self.decide(run)
        self.assertEqual(set(self.lines(run).mapped("state")), {"done"})

    # -- cost ----------------------------------------------------------------------

    def test_statements_do_not_grow(self):
        self.run_it()
        runs = self.env["dingding.sync"]

        def count():
            compat.flush(self.env)
            compat.forget(self.env)
            before = self.env.cr.sql_log_count
            self.assertFalse(runs._find_follow(self.corp, "person"))
            return self.env.cr.sql_log_count - before

        count()  # fills Odoo's caches
        one = count()
        for number, userid in enumerate(sorted(self.simulated())[1:9]):
            if userid != self.userid:
                self.link(userid, self._make_user(
                    self.env, "more%d" % number, "base.group_user"))
        self.run_it()
        self.assertEqual(count(), one)
