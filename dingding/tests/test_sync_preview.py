# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .. import compat
from .common import call_as, portable
from .sync_case import SyncCase

ONE = "/topapi/v2/user/get"


@portable
class TestRunPreview(SyncCase):
    def lines(self, run, kind=None):
        lines = run.line_ids
        return lines.filtered(lambda line: line.kind == kind) if kind else lines

    def line(self, run, key):
        return run.line_ids.filtered(lambda line: line.key == key and line.action in (
            "create", "update", "archive"))

    # -- preview ---------------------------------------------------------------

    def test_nothing_is_written_before_it_is_applied(self):
        versions = self.versions()
        run = self.preview()
        self.assertEqual(self.versions(), versions)
        people = len(self.simulated())
        self.assertEqual(run.new_count, people + len(self.simulator.departments()))
        self.assertFalse(self.people())
        self.decide(run)
        self.assertEqual(set(self.people().mapped("userid")), set(self.simulated()))
        self.assertEqual(run.users_created, people)
        self.assertEqual(set(self.lines(run, "new").mapped("state")), {"done"})
        again = self.preview()
        self.assertFalse(again.new_count + again.changed_count + again.moved_count)

    def test_kinds_of_changes(self):
        self.run_it()
        changed, moved, gone, back = sorted(self.simulated())[:4]
        there = self.simulated()
        self.remove_person(back)
        self.run_it()
        self.add_person(userid=back, name="Back again", mobile=there[back]["mobile"],
                        dept_ids=list(there[back]["depts"]))
        self.change_person(changed, title="Captain")
        other = [each["dept_id"] for each in self.simulator.departments()
                 if str(each["dept_id"]) not in
                 {str(key) for key in there[moved]["depts"]}][0]
        self.change_person(moved, dept_ids=[other])
        self.remove_person(gone)
        self.add_person(userid="fresh", name="Fresh", title="Cook")
        run = self.preview()
        self.assertEqual(self.line(run, changed).kind, "changed")
        self.assertEqual(self.line(run, moved).kind, "moved")
        self.assertEqual(self.line(run, gone).kind, "leaver")
        self.assertEqual(self.line(run, back).kind, "returned")
        self.assertEqual(self.line(run, "fresh").kind, "new")
        old = self.person(changed).title
        self.assertIn("Job title: %s \u2192 Captain" % (old or "nothing"),
                      self.line(run, changed).changes)
        self.assertIn("Departments: ", self.line(run, moved).changes)
        self.assertIn(self.department(other).name, self.line(run, moved).changes)
        self.assertIn("Job title: Cook", self.line(run, "fresh").changes)
        action = run.with_context(line_kind="leaver").action_lines()
        self.assertEqual(
            self.env["dingding.sync.line"].search(action["domain"]).mapped("key"),
            [gone]
        )
        self.decide(run)
        self.assertFalse(self.person(gone).active)
        self.assertTrue(self.person(back).active)
        self.assertEqual(self.person(changed).title, "Captain")
        self.assertEqual(self.person(moved).department_ids.mapped("dept_id"),
                         [str(other)])

    def test_duration_leaves_out_the_wait(self):
        self.run_it()
        self.change_person(sorted(self.simulated())[0], title="Chosen")
        run = self.preview()
        long_ago = fields.Datetime.to_string(
            fields.Datetime.from_string(run.asked_at) - timedelta(hours=3))
        run.sudo().write({"asked_at": long_ago, "started_at": long_ago})
        self.assertEqual(run.duration, 0)
        self.decide(run)
        self.assertGreaterEqual(run.waited, 3 * 3600)
        self.assertLess(run.duration, 600)

    def test_apply_a_selection(self):
        self.run_it()
        first, second = sorted(self.simulated())[:2]
        for userid in (first, second):
            self.change_person(userid, title="Chosen")
        run = self.preview()
        line = self.line(run, second)
        call_as(self.user_manager, "dingding.sync.line", "action_leave_out", line.ids)
        self.assertEqual(run.left_out_count, 1)
        self.decide(run, "action_apply_selected")
        self.assertEqual(self.person(first).title, "Chosen")
        self.assertNotEqual(self.person(second).title, "Chosen")
        self.assertEqual((line.state, line.reason), ("skipped", "left"))
        self.assertEqual(self.line(self.preview(), second).kind, "changed")

    def test_who_is_in_a_department_that_was_left_out(self):
        """It is not a change made in Odoo, to be sent to DingTalk."""
        for number, leader in enumerate(("dingtalk", "odoo", "last")):
            self.corp.leads_structure = leader
            self.run_it()
            dept = self.simulator.control("POST", "/departments", {"name": leader})
            below = self.departments().filtered(
                lambda each: each.active and each.level == 1)[0]
            moved = self.people().filtered(
                lambda each: each.active and not each.leader_department_ids)[0].userid
            new = self.add_person(
                name="New %s" % leader, dept_ids=[dept["dept_id"]],
                mobile="1390000777%d" % number)["userid"]
            self.change_person(moved, dept_ids=[dept["dept_id"]])
            self.simulator.control(
                "PATCH", "/departments/%s" % below.dept_id,
                {"parent_id": dept["dept_id"]})
            run = self.preview()
            line = self.line(run, str(dept["dept_id"]))
            call_as(
                self.user_manager, "dingding.sync.line", "action_leave_out", line.ids)
            self.decide(run, "action_apply_selected")
            self.assertTrue(self.person(new), leader)
            self.assertTrue(below.parent_id, leader)
            self.run_it()
            self.process_queue("dingding.outgoing.change")
            self.run_it()
            self.process_queue("dingding.outgoing.change")
            there = self.simulated()
            self.assertEqual(
                [str(each) for each in there[new]["depts"]], [str(dept["dept_id"])])
            if leader != "odoo":
                self.assertSame()

    def test_a_person_deleted_while_a_preview_waits(self):
        self.run_it()
        gone, other = sorted(self.simulated())[:2]
        for userid in (gone, other):
            self.change_person(userid, title="From DingTalk")
        run = self.preview()
        self.person(gone).unlink()
        self.decide(run)
        self.assertEqual(self.person(other).title, "From DingTalk")
        self.assertEqual(self.line(run, gone).reason, "changed")

    def test_what_changed_meanwhile_is_left_alone(self):
        self.run_it()
        first, second = sorted(self.simulated())[:2]
        self.change_person(first, title="From DingTalk")
        self.change_person(second, title="The same")
        run = self.preview()
        self.person(first).write({"title": "Changed here"})
        self.person(second).write({"title": "The same"})
        self.decide(run)
        self.assertEqual(self.person(first).title, "Changed here")
        line = self.line(run, first)
        self.assertEqual((line.state, line.reason), ("skipped", "changed"))
        self.assertEqual(self.line(run, second).state, "done")

    def test_leavers_of_an_old_preview_are_asked_about_again(self):
        self.run_it()
        people = self.simulated()
        gone, back = sorted(people)[:2]
        for userid in (gone, back):
            self.remove_person(userid)
        run = self.preview()
        self.assertEqual(set(self.lines(run, "leaver").mapped("key")), {gone, back})
        self.add_person(userid=back, name="Back", mobile=people[back]["mobile"],
                        dept_ids=list(people[back]["depts"]))
        run.sudo().asked_at = fields.Datetime.to_string(
            fields.Datetime.from_string(run.asked_at) - timedelta(days=3))
        self.simulator.forget_calls()
        self.decide(run)
        self.assertDingTalkCalled(ONE, 2)
        self.assertFalse(self.person(gone).active)
        self.assertTrue(self.person(back).active)
        self.assertEqual(self.line(run, back).reason, "there")

    def test_new_people_of_an_old_preview_are_asked_about_again(self):
        """People who have left since get no record, no link and no system user."""
        self.run_it()
        self.corp.create_users = "portal"
        back = sorted(self.simulated())[0]
        there = self.simulated()[back]
        self.remove_person(back)
        self.run_it()
        self.add_person(userid=back, name="Back", mobile=there["mobile"],
                        dept_ids=list(there["depts"]))
        dept = self.simulator.control("POST", "/departments", {"name": "New"})
        dept_id = dept["dept_id"]
        names = ["n%d" % number for number in range(5)]
        for number, userid in enumerate(names):
            self.add_person(
                userid=userid, name=userid, dept_ids=[dept_id],
                mobile="1390000111%d" % number)
        gone = self.simulator.control("POST", "/departments", {"name": "Gone"})
        run = self.preview()
        for userid in (back, names[0], names[1]):
            self.remove_person(userid)
        self.simulator.control("DELETE", "/departments/%s" % gone["dept_id"])
        self.change_person(names[2], dept_ids=[1])
        run.sudo().asked_at = fields.Datetime.to_string(
            fields.Datetime.from_string(run.asked_at) - timedelta(days=3))
        self.simulator.forget_calls()
        self.decide(run)
        # One list for the new department; missing people, and "back", singly.
        self.assertDingTalkCalled("/topapi/user/listid", 1)
        self.assertDingTalkCalled(ONE, 4)
        self.assertDingTalkCalled("/topapi/v2/department/get", 1)
        self.assertFalse(self.person(back).active)
        active = self.people().filtered("active").mapped("userid")
        self.assertEqual(set(active) & set(names), set(names[2:]))
        self.assertFalse(self.department(gone["dept_id"]))
        self.assertTrue(self.department(dept_id))
        for key in (back, names[0], names[1], str(gone["dept_id"])):
            self.assertEqual(self.line(run, key).reason, "gone")
        makes = self.lines(run, "user")
        self.assertTrue(set(names) <= set(makes.mapped("key")))
        self.assertEqual(
            set(makes.filtered(lambda each: each.reason == "gone").mapped("key"))
            & set(names), {names[0], names[1]})
        self.assertFalse(self.env["res.users"].search(
            [("login", "in", ["13900001110", "13900001111"])]))

    def test_a_young_preview_asks_nothing(self):
        run = self.preview()
        self.simulator.forget_calls()
        self.decide(run)
        for path in (ONE, "/topapi/user/listid", "/topapi/v2/department/get"):
            self.assertDingTalkNotCalled(path)

    def test_links_are_shown_with_their_rule(self):
        userid = sorted(self.simulated())[0]
        self.change_person(userid, email="first@example.net")
        taken = sorted(self.simulated())[1]
        self.change_person(taken, email="second@example.net")
        self.corp.link_by_email = True
        one = self._make_user(self.env, "one", "base.group_user",
                              email="first@example.net")
        self._make_user(self.env, "two", "base.group_user", email="second@example.net")
        run = self.preview()
        links = self.lines(run, "link")
        self.assertEqual(set(links.mapped("key")), {userid, taken})
        line = links.filtered(lambda each: each.key == userid)
        self.assertEqual(line.rule, "email")
        self.assertIn(one.name, line.changes)
        unmatched = self.lines(run, "unmatched").mapped("key")
        self.assertEqual(set(unmatched), set(self.simulated()) - {userid, taken})
        call_as(self.user_manager, "dingding.sync.line", "action_leave_out",
                (links - line).ids)
        self.decide(run, "action_apply_selected")
        self.assertEqual(self.person(userid).user_id, one)
        self.assertEqual(self.person(userid).link_rule, "email")
        self.assertFalse(self.person(taken).user_id)
        self.assertEqual(run.links_made, 1)

    def test_the_text_counts_new_users(self):
        self.corp.create_users = "portal"
        run = self.preview()
        self.assertTrue(run.user_count)
        self.assertIn("%d new users" % run.user_count, run.result)
        self.decide(run)
        done = len(self.lines(run, "user").filtered(lambda each: each.state == "done"))
        self.assertTrue(done)
        self.assertIn("%d new users" % done, run.result)

    def test_a_later_run_takes_its_place(self):
        run = self.preview()
        self.run_it()
        self.assertEqual(run.state, "cancelled")
        with self.assertRaises(AccessError):
            call_as(self.user_dingtalk, "dingding.sync", "action_apply_all", run.ids)
        self.decide(run, state="cancelled")

    def test_no_decision_beside_another_run(self):
        run = self.preview()
        other = self.env["dingding.sync"].create(
            {"corp_id": self.corp.id, "kind": "users"})
        with self.assertRaises(UserError):
            call_as(self.user_manager, "dingding.sync", "action_apply_all", run.ids)
        other.action_cancel()
        self.decide(run)

    def test_cancel_a_preview(self):
        run = self.preview()
        call_as(self.user_manager, "dingding.sync", "action_cancel", run.ids)
        self.assertEqual(run.state, "cancelled")
        self.assertFalse(self.people())

    def test_who_may_see_and_select(self):
        run = self.preview()
        line = run.line_ids[:1]
        for user in (self.user_portal, self.user_employee, self.user_dingtalk):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.sync.line", "read", line.ids, ["name"])
            with self.assertRaises(AccessError):
                call_as(user, "dingding.sync.line", "action_leave_out", line.ids)
        call_as(self.user_manager, "dingding.sync.line", "read", line.ids, ["changes"])
        with self.assertRaises(AccessError):
            call_as(self.user_manager, "dingding.sync.line", "write", line.ids,
                    {"new_values": "{}"})
        self.assertIn("confirm", call_as(
            self.user_manager, "dingding.sync", "read", run.ids, ["state"])[0]["state"])

    # -- the threshold ---------------------------------------------------------

    def many_leave(self, number=21, people=60):
        self.simulator.reset(people=people, departments=6)
        self.app.app_secret = self.simulator.app_secret
        self.run_it()
        gone = sorted(self.simulated())[:number]
        for userid in gone:
            self.remove_person(userid)
        return gone

    def test_the_threshold_asks(self):
        gone = self.many_leave()
        mails = self.env["mail.message"].search_count([])
        run = self.run_it(state="confirm")
        self.assertEqual(run.waits_for, "threshold")
        self.assertEqual(len(self.people().filtered("active")), 60)
        activities = self.env["mail.activity"].search(
            [("res_model", "=", "dingding.sync"), ("res_id", "=", run.id)])
        self.assertIn(self.user_manager, activities.mapped("user_id"))
        self.assertIn(self.user_system, activities.mapped("user_id"))
        self.assertNotIn(self.user_dingtalk, activities.mapped("user_id"))
        self.assertGreater(self.env["mail.message"].search_count([]), mails)
        message = run.message_ids[0]
        self.assertIn(
            self.user_manager.partner_id,
            message.notification_ids.mapped("res_partner_id") | message.partner_ids)
        self.assertEqual(set(self.lines(run, "leaver").mapped("key")), set(gone))
        mine = activities.filtered(lambda each: each.user_id == self.user_manager)
        call_as(self.user_manager, "mail.activity", "action_feedback", mine.ids)
        activities -= mine
        there = gone[:2]
        for userid in there:
            self.add_person(userid=userid, name=userid)
        self.simulator.forget_calls()
        self.decide(run)
        self.assertDingTalkCalled(ONE, len(gone))
        self.assertEqual(run.users_archived, len(gone) - 2)
        self.assertTrue(all(self.person(userid).active for userid in there))
        self.assertEqual(
            set(self.lines(run, "leaver").filtered("reason").mapped("reason")),
            {"there"})
        self.assertFalse(activities.exists())

    def test_the_threshold_is_the_organisations(self):
        self.corp.archive_threshold_people = 2
        self.many_leave(7)
        self.run_it(state="confirm")
        self.corp.archive_threshold_percent = 20
        self.assertEqual(self.run_it().users_archived, 7)

    def test_the_threshold_of_departments(self):
        self.corp.write(
            {"archive_threshold_departments": 1, "archive_threshold_percent": 1})
        self.run_it()
        for name in ("A", "B"):
            self.simulator.control("POST", "/departments", {"name": name})
        self.run_it()
        new = [each["dept_id"] for each in self.simulator.departments()
               if each["name"] in ("A", "B")]
        for dept_id in new:
            self.simulator.control("DELETE", "/departments/%s" % dept_id)
        run = self.run_it(state="confirm")
        self.assertEqual(run.leaver_count, 2)
        self.decide(run)
        self.assertEqual(run.departments_archived, 2)

    def test_half_an_answer_is_no_leaver_even_in_a_preview(self):
        self.run_it()
        self.remove_person(sorted(self.simulated())[0])
        self.simulator.fault("page_missing", "/topapi/v2/user/list", times=1)
        run = self.preview()
        if run.incomplete:
            self.assertFalse(run.leaver_count)
        self.decide(run)
        self.assertLessEqual(run.users_archived, 1)

    # -- killed, out of time ----------------------------------------------------

    def test_applying_goes_on_after_a_pause(self):
        from ..models import dingding_sync_apply

        self._replace(dingding_sync_apply, "BATCH", 4)
        run = self.preview()
        call_as(self.user_manager, "dingding.sync", "action_apply_all", run.ids)
        rounds = 0
        while run.state != "done" and rounds < 20:
            clock = iter(range(1000))

            class Clock(object):
                monotonic = staticmethod(lambda: next(clock))

            self._replace(dingding_sync_apply, "time", Clock)
            self.env["dingding.sync"]._process_row(run.id, 0)
            compat.forget(self.env)
            rounds += 1
        self.assertGreater(rounds, 3)
        self.assertEqual(run.state, "done", run.last_error)
        self.assertEqual(run.users_created, len(self.simulated()))
        self.assertEqual(set(self.people().mapped("userid")), set(self.simulated()))
