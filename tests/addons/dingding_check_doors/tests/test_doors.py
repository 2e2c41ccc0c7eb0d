# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""An addon outside this repository adds to each of them without touching the base."""
import json
import time

from odoo.exceptions import UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import quota
from odoo.addons.dingding.models import dingding_sync_early
from odoo.addons.dingding.sync import resources
from odoo.addons.dingding.sync.snapshot import Snapshot
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding.tests.sync_case import SyncCase

LIST = "/topapi/user/listadmin"


@portable
class TestSync(SyncCase):
    def admins(self, active=True):
        admins = self.env["dingding.check.admin"].with_context(active_test=False)
        return admins.search(
            [("corp_id", "=", self.corp.id)] + ([("active", "=", True)] if active
                                                else []), order="userid")

    def lines(self, run, kind=None):
        return self.env["dingding.sync.line"].search(
            [("sync_id", "=", run.id), ("subject", "=", "admin")]
            + ([("kind", "=", kind)] if kind else []), order="key")

    def make_admins(self, *levels):
        """Make the first people administrators of these levels, and nobody else."""
        userids = sorted(self.simulated())
        for userid, level in zip(userids, levels + (0,) * len(userids)):
            self.change_person(userid, admin_level=level)
        return userids[:len(levels)]

    def counts(self, run):
        return [run["others_" + word]
                for word in ("read", "created", "updated", "archived")]

    def test_read_compared_and_written_after_people(self):
        first, second = self.make_admins(1, 2)
        run = self.run_it()
        admins = self.admins()
        self.assertEqual(admins.mapped("userid"), [first, second])
        self.assertEqual(admins.mapped("level"), ["1", "2"])
        self.assertEqual(
            admins.mapped("person_id"), self.person(first) | self.person(second))
        self.assertEqual(
            json.loads(admins[0].baseline_values), {"level": "1"})
        self.assertEqual(self.counts(run), [2, 2, 0, 0])
        self.assertDingTalkCalled(LIST, 1)
        self.assertIn("%d created" % (
            run.departments_created + run.users_created + 2), run.result)

        self.change_person(second, admin_level=1)
        self.change_person(first, admin_level=0)
        run = self.run_it()
        self.assertEqual(self.counts(run), [1, 0, 1, 1])
        self.assertEqual(self.admins().mapped("level"), ["1"])
        self.assertEqual(len(self.admins(active=False)), 2)
        self.change_person(first, admin_level=2)
        self.run_it()
        self.assertEqual(self.admins().mapped("level"), ["2", "1"])

    def test_an_unchanged_sync_writes_nothing(self):
        self.make_admins(1, 2)
        self.run_it()

        def versions():
            self.env.cr.execute("SELECT id, xmin, ctid FROM dingding_check_admin")
            return sorted(self.env.cr.fetchall())

        before = versions()
        run = self.run_it()
        self.assertEqual(versions(), before)
        self.assertEqual(self.counts(run), [2, 0, 0, 0])
        self.assertFalse(self.lines(run))

    def test_departments_only(self):
        self.make_admins(1)
        self.run_it("departments")
        self.assertFalse(self.admins())
        self.assertDingTalkNotCalled(LIST)

    def test_people_may_refer_to_them(self):
        """In a first sync, which writes people before it has read the others, too."""
        first, second, third = sorted(self.simulated())[:3]
        self.change_person(first, admin_level=1)
        self.people().unlink()
        self._replace(dingding_sync_early, "ENOUGH", 1)
        self._replace(dingding_sync_early, "SHARE", 1e9)
        add_person, admins = Snapshot.add_person, {second: first, third: ""}
        self._replace(
            Snapshot, "add_person", lambda snapshot, userid, item: add_person(
                snapshot, userid, dict(item, check_admin=admins[userid])
                if userid in admins else item))
        self.run_it()
        self.run_it()
        self.assertEqual(self.person(second).check_admin_id.userid, first)
        self.assertFalse(self.person(third).check_admin_id)
        self.assertFalse(self.run_it().line_ids)
        # Read singly, as after an event.
        admins.update({second: "", third: first})
        for userid in (second, third):
            call_as(self.user_manager, "dingding.user", "action_refresh",
                    self.person(userid).ids)
        self.assertFalse(self.person(second).check_admin_id)
        self.assertEqual(self.person(third).check_admin_id.userid, first)

    def test_preview(self):
        first, second = self.make_admins(1, 2)
        run = self.preview()
        self.assertFalse(self.admins())
        lines = self.lines(run)
        self.assertEqual(lines.mapped("key"), [first, second])
        self.assertEqual(lines.mapped("kind"), ["new", "new"])
        self.assertIn("Level: 1", lines[0].changes)
        self.assertIn(self.simulated()[first]["name"], lines[0].changes)
        shown = call_as(
            self.user_manager, "dingding.sync.line", "fields_get", ["subject"])
        self.assertIn(["admin", "Administrator"],
                      [list(each) for each in shown["subject"]["selection"]])
        call_as(self.user_manager, "dingding.sync.line", "action_leave_out",
                lines[1].ids)
        self.decide(run, "action_apply_selected")
        self.assertEqual(self.admins().mapped("userid"), [first])
        action = call_as(
            self.user_manager, "dingding.sync.line", "action_open", lines[0].ids)
        self.assertEqual(
            (action["res_model"], action["res_id"]),
            ("dingding.check.admin", self.admins().id))

    def test_archive_threshold(self):
        self.make_admins(1, 1, 1)
        self.run_it()
        self.corp.write(
            {"archive_threshold_people": 1, "archive_threshold_percent": 0})
        self.make_admins(1)
        run = self.run_it(state="confirm")
        self.assertEqual(run.waits_for, "threshold")
        self.assertEqual(len(self.admins()), 3)
        self.assertEqual(len(self.lines(run, "leaver")), 2)
        self.decide(run)
        self.assertEqual(len(self.admins()), 1)
        self.corp.leaver_policy = "nothing"
        self.make_admins(0)
        self.run_it()
        self.assertEqual(len(self.admins()), 1)

    def test_a_list_that_cannot_be_read(self):
        """People are synchronised all the same, and nothing of it is archived."""
        first = self.make_admins(1)[0]
        self.run_it()
        self.change_person(first, title="Chief")
        self.simulator.fault("permission", LIST, times=None)
        run = self.run_it()
        self.assertEqual(self.codes(run), ["resource_unreadable"])
        self.assertEqual(run.problem_ids.subject, "Administrator")
        self.assertIn("Nothing of it was archived", run.problem_ids.text)
        self.assertEqual(self.person(first).title, "Chief")
        self.assertEqual(len(self.admins()), 1)

    def test_several_pages_and_a_pause(self):
        """The next worker goes on with the page that comes next."""
        userids, asked = self.make_admins(1, 2, 2), []

        def page(resource, client, cursor):
            asked.append(cursor)
            if len(asked) == 2:
                self._replace(resources, "time", Late)
            items = client.contacts.admins()
            place = sorted(item["userid"] for item in items).index(cursor or userids[0])
            found = [each for each in items if each["userid"] == userids[place]]
            return found, (userids + [None])[place + 1]

        class Late(object):
            monotonic = staticmethod(lambda: float("inf"))

        real = resources.time
        self._replace(
            type(self.env["dingding.sync"]._sync_resources()[-1]), "page", page)
        run = self.start()
        self.env["dingding.sync"]._process_row(run.id, time.monotonic() + 60)
        compat.forget(self.env)
        self.assertNotEqual(run.state, "done")
        self._replace(resources, "time", real)
        self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, "done", run.last_error)
        self.assertEqual(asked, [None, userids[1], userids[2]])
        self.assertEqual(self.admins().mapped("userid"), userids)

    def test_a_page_that_comes_again(self):
        self.make_admins(1, 2)
        self._replace(
            type(self.env["dingding.sync"]._sync_resources()[-1]), "page",
            lambda resource, client, cursor: (client.contacts.admins(), 1))
        run = self.run_it()
        self.assertEqual(self.codes(run), ["resource_repeated"])
        self.assertEqual(len(self.admins()), 2)

    def test_nobody_changes_them_by_hand(self):
        self.corp.leads_structure = self.corp.leads_profile = "odoo"
        self.make_admins(1)
        self.run_it()
        admin = self.admins()
        self.assertFalse(admin.can_change_structure or admin.push_state)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            admin.create({"corp_id": self.corp.id, "name": "New"})
        admin.level = "7"
        run = self.run_it()
        self.assertEqual((admin.level, self.counts(run)[2]), ("1", 1))
        self.assertFalse(self.env["dingding.outgoing.change"].search([]))
        self.assertFalse(admin.search([("push_state", "=", "pending")]))


@portable
class TestOthers(SyncCase):
    def test_a_kind_of_message(self):
        person = self.env["dingding.user"].create(
            {"name": "A", "userid": "a", "corp_id": self.corp.id})
        body = {"msgtype": "check_note", "check_note": {"words": "Hello <b>"}}
        message = self.env["dingding.message"].send(self.corp, person, body)
        self.assertEqual(
            (message.kind, message.name, message.content),
            ("check_note", "Hello <b>", "Hello <b>"))
        self.assertIn("<q>Hello &lt;b&gt;</q>", message.preview)
        body["check_note"]["words"] = "x" * 21
        with self.assertRaises(UserError) as refused:
            message.send(self.corp, person, body)
        self.assertIn("21 characters", str(refused.exception))

    def test_the_form_of_that_kind(self):
        wizard = self.env["dingding.send"].create({"kind": "check_note"})
        with self.assertRaises(UserError) as refused:
            wizard._body()
        self.assertIn("Note", str(refused.exception))
        wizard.note = "Hello"
        self.assertIn("<q>Hello</q>", wizard.preview)
        self.assertFalse(wizard.problem)
        wizard.note = "x" * 21
        self.assertIn("21 characters", wizard.problem)

    def test_permissions_and_events_are_stated_once(self):
        """Connection test, steps of the setup and subscription name them."""
        found = {
            line["name"]: line for line in self.env["dingding.health"]._check(self.corp)
        }
        self.assertEqual(
            (found["Administrators"]["state"], found["Administrators"]["message"]),
            ("ok", "check_admins"))
        self.assertNotIn("Permissions: Administrators", found)
        self.assertIn("check_admin_change", self.corp._dingtalk_events())
        scopes = {each["key"]: each for each in self.corp._setup_scopes()}
        self.assertIn("check_admins", scopes["check_admins"]["needs"])
        self.assertIn("check_admin_change", scopes["check_admins"]["needs"])

    def test_calls_are_counted_and_pause(self):
        counts = self.env["dingding.call.count"]
        self.assertIn("check_admins", dict(counts._feature_selection()))
        feature = self.corp._budget_feature("check_admins")
        self.assertEqual(feature["worth"], quota.FRESH)
        self.corp.write({
            "budget_edition": "custom", "budget_custom_api": 10,
            "budget_typed_api": 9})
        path = "/v1.0/check/admins"
        self.app._dingtalk_client(feature="check_admins")._ledger.check(path)
        self.corp.write({"budget_typed_api": 10})
        with self.assertRaises(quota.BudgetPausedError):
            self.app._dingtalk_client(feature="check_admins")._ledger.check(path)

    def test_overview(self):
        self.run_it()
        number = self.env["dingding.check.admin"].search_count([])
        self.assertTrue(number)
        action = call_as(
            self.user_manager, "dingding.corp", "action_overview", self.corp.ids)
        overview = self.env["dingding.overview"].browse(action["res_id"])
        self.assertEqual(overview.line_ids[-1].value, "%d" % number)
        self.assertEqual(overview.scope_ids[-1].state, "ok")
        self.assertEqual(overview.warning_ids[-1].name, "This is a check")
        value = overview.value_ids[-1]
        self.assertEqual((value.name, value.place), ("Address", "Page Administrators"))

    def test_alerts(self):
        self.run_it()
        alerts = self.env["dingding.alert"]
        admins = self.env["dingding.check.admin"].search([])
        admins.with_context(dingding_no_push=True).write({"active": False})
        alerts._cron_check()
        alert = alerts.search([("kind", "=", "check_admins")])
        self.assertEqual(
            (alert.count, alert.name, alert.remedy),
            (len(admins), "Administrators", "Appoint another one."))
        self.assertTrue(alert.activity_ids)
