# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo.exceptions import AccessError

from .. import compat
from ..dingtalk import utc
from .common import DingTalkCase, call_as, portable

ALERT = "dingding.alert"


@portable
class TestAlert(DingTalkCase):
    def setUp(self):
        super().setUp()
        self.corp.responsible_id = self.user_manager
        self.person = self.env["dingding.user"].with_context(
            dingding_no_push=True
        ).create({"name": "Li", "userid": "li", "corp_id": self.corp.id})

    def check(self):
        self.env[ALERT]._cron_check()
        compat.flush(self.env)
        compat.forget(self.env)
        return self.env[ALERT].search([])

    def change(self, state="failed", corp=None, **values):
        return self.env["dingding.outgoing.change"].create(
            dict(
                {
                    "corp_id": (corp or self.corp).id, "person_id": self.person.id,
                    "operation": "update", "state": state, "last_error": "Too long",
                    "error_remedy": "argument",
                },
                **values
            )
        )

    def sync(self, state, kind="users"):
        return self.env["dingding.sync"].create(
            {"corp_id": self.corp.id, "kind": kind, "state": state})

    def activities(self):
        return self.env["mail.activity"].search([("res_model", "=", ALERT)])

    def sent(self):
        """Return the number of e-mails and messages so far."""
        return (
            self.env["mail.mail"].search_count([]),
            self.env["dingding.message"].search_count([]),
        )

    # -- gathering ---------------------------------------------------------------------

    def test_nothing_failed(self):
        self.change("done")
        self.change("retry")
        self.sync("done")
        self.assertFalse(self.check())
        self.assertFalse(self.activities())

    def test_many_failures_are_one_activity(self):
        before = self.sent()
        for _number in range(3):
            self.change()
        alert = self.check()
        self.assertEqual(
            (alert.kind, alert.state, alert.count, alert.user_id),
            ("outgoing", "open", 3, self.user_manager))
        self.assertEqual(alert.reason, "Too long")
        self.assertIn("Correct it and try again", alert.remedy)
        activity = self.activities()
        self.assertEqual(
            (activity.user_id, activity.res_id), (self.user_manager, alert.id))
        self.assertEqual(
            activity.summary, "DingTalk: Outgoing Changes failed (3)")
        self.assertIn("Correct it and try again", activity.note)
        self.change("unknown")
        self.assertEqual(self.check().count, 4)
        self.assertEqual(self.activities(), activity)
        self.assertEqual(
            activity.summary, "DingTalk: Outgoing Changes failed (4)")
        self.assertEqual(self.sent(), before)

    def test_each_kind_has_its_own(self):
        self.change()
        self.sync("failed")
        alerts = self.check()
        self.assertEqual(set(alerts.mapped("kind")), {"outgoing", "sync"})
        self.assertEqual(len(self.activities()), 2)

    def test_it_speaks_the_language_of_the_person(self):
        self.env["res.lang"].load_lang("fr_FR") if hasattr(
            self.env["res.lang"], "load_lang"
        ) else self.env["res.lang"]._activate_lang("fr_FR")
        seen, real = [], type(self.env[ALERT])._kinds

        def kinds(this):
            seen.append(this.env.lang if hasattr(this.env, "lang")
                        else this.env.context.get("lang"))
            return real(this)

        self.user_manager.lang = "fr_FR"
        self._replace(type(self.env[ALERT]), "_kinds", kinds)
        self.change()
        self.check()
        self.assertIn("fr_FR", seen)

    def test_it_is_due_on_the_day_of_the_person(self):
        """At night in China it is still yesterday in UTC."""
        self._replace(utc, "now", lambda: datetime.datetime(2031, 5, 5, 18, 30))
        for zone, day in ((False, "2031-05-06"), ("Europe/London", "2031-05-05")):
            self.user_manager.tz = zone
            self.change()
            self.check()
            self.assertEqual(str(self.activities().date_deadline), day)
            self.activities().unlink()

    # -- closing -----------------------------------------------------------------------

    def test_it_closes_itself(self):
        change = self.change()
        self.check()
        change.write({"state": "done"})
        alert = self.check()
        self.assertEqual((alert.state, alert.count), ("solved", 0))
        self.assertTrue(alert.solved_at)
        self.assertFalse(alert.remedy)
        self.assertFalse(self.activities())
        change.write({"state": "failed"})
        self.assertEqual(self.check(), alert)
        self.assertEqual((alert.state, alert.solved_at), ("open", False))
        self.assertEqual(len(self.activities()), 1)

    def test_a_later_sync_solves_a_failed_one(self):
        self.sync("failed")
        self.sync("failed", "departments")
        self.assertEqual(self.check().count, 2)
        self.sync("done", "departments")
        self.assertEqual(self.check().count, 1)
        running = self.sync("working")
        self.assertEqual(self.check().state, "open")
        running.write({"state": "done"})
        self.assertEqual(self.check().state, "solved")

    def test_who_closes_the_activity_is_left_alone(self):
        self.change()
        alert = self.check()
        activity = self.activities()
        call_as(self.user_manager, "mail.activity", "action_feedback", activity.ids)
        self.assertEqual(self.check().state, "seen")
        self.assertFalse(self.activities())
        self.assertEqual(self.check().state, "seen")
        self.change()
        self.assertEqual(self.check().state, "open")
        self.assertEqual(len(self.activities()), 1)
        self.assertEqual(alert.count, 2)

    def test_who_is_archived_leaves_it_to_another(self):
        """From 17 on Odoo deletes the activities of users who are archived."""
        self.change()
        self.check()
        self.activities().unlink()
        self.user_manager.active = False
        alert = self.check()
        self.assertEqual(alert.state, "open")
        self.assertTrue(alert.user_id and alert.user_id != self.user_manager)
        self.assertEqual(self.activities().user_id, alert.user_id)

    def test_an_older_record_that_fails_later(self):
        older = self.change("queued")
        self.change()
        self.check()
        call_as(
            self.user_manager, "mail.activity", "action_feedback",
            self.activities().ids)
        self.assertEqual(self.check().state, "seen")
        older.write({"state": "failed"})
        self.assertEqual(self.check().state, "open")
        self.assertEqual(len(self.activities()), 1)

    def test_each_list_of_failures_is_designed(self):
        """Else Odoo lists bare names, without a reason or a button, in all addons."""
        views = self.env["ir.ui.view"].search([("type", "in", ("tree", "list"))])
        shown = set(views.mapped("model"))
        self.assertEqual([], sorted(
            kind["model"] for kind in self.env[ALERT].sudo()._kinds()
            if kind["model"] not in shown))

    def test_a_kind_whose_addon_is_gone(self):
        alert = self.env[ALERT].create({"corp_id": self.corp.id, "kind": "gone"})
        self.assertEqual(alert.name, "gone")
        self.assertIs(
            call_as(self.user_manager, ALERT, "action_open_failures", alert.ids), True)
        self.check()
        self.assertEqual(alert.state, "solved")

    def test_archived_organisations_are_quiet(self):
        self.change()
        self.check()
        self.corp.active = False
        self.assertEqual(self.check().state, "solved")
        self.assertFalse(self.activities())

    # -- who is told -------------------------------------------------------------------

    def test_another_person(self):
        self.change()
        self.check()
        self.corp.responsible_id = self.user_system
        alert = self.check()
        self.assertEqual(alert.user_id, self.user_system)
        self.assertEqual(self.activities().user_id, self.user_system)

    def test_only_managers_are_told(self):
        self.corp.responsible_id = self.user_employee
        self.change()
        alert = self.check()
        self.assertTrue(alert.user_id)
        self.assertTrue(alert.user_id.has_group("dingding.group_manager"))

    def test_a_manager_of_the_company_is_told(self):
        company = self.env["res.company"].create({"name": "Other company"})
        other = self._make_user(
            self.env, "other", "dingding.group_manager",
            company_id=company.id, company_ids=[(6, 0, company.ids)])
        theirs = self.env["dingding.corp"].create(
            {"name": "Theirs", "company_id": company.id,
             "responsible_id": self.user_manager.id})
        self.change(corp=theirs, person_id=False)
        self.change()
        alert = self.check().filtered(lambda alert: alert.corp_id == theirs)
        self.assertIn(company, alert.user_id.company_ids)
        self.assertNotEqual(alert.user_id, self.user_manager)
        theirs.responsible_id = other
        alerts = self.check()
        self.assertEqual(
            {alert.corp_id: alert.user_id for alert in alerts},
            {theirs: other, self.corp: self.user_manager})
        self.assertEqual(
            call_as(other, ALERT, "search", []),
            alerts.filtered(lambda alert: alert.corp_id == theirs).ids)
        mine = alerts.filtered(lambda alert: alert.corp_id == self.corp)
        for method in ("read", "action_open_failures"):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(other, ALERT, method, mine.ids)

    def test_rights(self):
        self.change()
        alert = self.check()
        users = self.user_portal | self.user_employee | self.user_dingtalk
        for user in users:
            for method in ("read", "action_open_failures", "action_check"):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    call_as(user, ALERT, method, alert.ids)
        for method, args in (("write", [{"count": 1}]), ("unlink", [])):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(self.user_manager, ALERT, method, alert.ids, *args)
        read = call_as(self.user_manager, ALERT, "read", alert.ids, ["remedy"])
        self.assertTrue(read[0]["remedy"])

    # -- buttons -----------------------------------------------------------------------

    def test_buttons(self):
        change = self.change()
        self.change("done")
        alert = self.check()
        action = call_as(self.user_manager, ALERT, "action_open_failures", alert.ids)
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found, change)
        change.write({"state": "done"})
        call_as(self.user_manager, ALERT, "action_check", alert.ids)
        self.assertEqual(alert.state, "solved")

    # -- for addons --------------------------------------------------------------------

    def test_an_addon_adds_a_kind(self):
        real = type(self.env[ALERT])._kinds

        def kinds(this):
            return real(this) + [this._kind(
                "people", "People", "dingding.user",
                [("userid", "=", "li")], "Call Li.", self.user_system)]

        self._replace(type(self.env[ALERT]), "_kinds", kinds)
        alert = self.check()
        self.assertEqual(
            (alert.name, alert.remedy, alert.user_id),
            ("People", "Call Li.", self.user_system))

    def test_leavers_whose_user_is_still_active(self):
        """Such as an administrator, of whom an event tells nobody but the log."""
        user = self._make_user(self.env, "leaver", "base.group_user")
        self.person.write({"user_id": user.id, "active": False})
        self.assertFalse(self.check(), "the policy keeps users")
        self.corp.leaver_policy = "user"
        alert = self.check()
        self.assertEqual((alert.kind, alert.count), ("leaver", 1))
        self.assertIn("remove the link", alert.remedy)
        action = call_as(self.user_manager, ALERT, "action_open_failures", alert.ids)
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]), self.person)
        user.active = False
        self.assertEqual(self.check().state, "solved")

    def test_leavers_who_work_for_another_organisation_are_none(self):
        user = self._make_user(self.env, "leaver", "base.group_user")
        self.corp.leaver_policy = "user"
        self.person.write({"user_id": user.id, "active": False})
        other = self.env["dingding.corp"].create({"name": "Other"})
        self.env["dingding.user"].create(
            {"name": "Li", "userid": "li2", "corp_id": other.id, "user_id": user.id})
        self.assertFalse(self.check())
        other.active = False
        self.assertEqual(self.check().kind, "leaver")

    def test_few_statements_however_many_failures(self):
        counts = []
        for number in (1, 1, 30):
            for _each in range(number):
                self.change()
            self.check()
            compat.forget(self.env)
            with self.counted() as statements:
                self.env[ALERT]._cron_check()
            counts.append(len(statements))
        self.assertEqual(counts[1], counts[2])
