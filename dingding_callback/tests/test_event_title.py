# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields
from odoo.exceptions import AccessError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .common import EventCase

EVENT, ALERT = "dingding.event", "dingding.alert"


@portable
class TestEventTitle(EventCase):
    def setUp(self):
        super().setUp()
        self.people = self.env["dingding.user"].with_context(dingding_no_push=True)
        self.li, self.wu = [
            self.people.create(
                {"name": name, "userid": name.lower(), "corp_id": self.corp.id})
            for name in ("Li", "Wu")
        ]

    def grouped(self):
        """Return the groups of a chart by type."""
        name = "formatted_read_group" if compat.SERIES >= 19 else "read_group"
        args = [["event_type"]] * (1 if compat.SERIES >= 19 else 2)
        groups = call_as(self.user_manager, EVENT, name, [], *args)
        return {group["event_type"] for group in groups}

    def shown(self, event, user=None):
        return call_as(
            user or self.user_manager, EVENT, "read", event.ids,
            ["title", "has_subject"])[0]

    def opened(self, event, user=None):
        return call_as(
            user or self.user_manager, EVENT, "action_open_subject", event.ids)

    def test_one_person(self):
        event = self.push("user_add_org", userId=["li"])
        row = self.shown(event)
        self.assertEqual((row["title"], row["has_subject"]), ("New person: Li", True))
        action = self.opened(event)
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("dingding.user", self.li.id))

    def test_the_title_is_the_name(self):
        event = self.push("user_add_org", userId=["li"])
        self.assertEqual(event.display_name, "New person: Li")

    def test_charts_show_titles(self):
        self.env[EVENT].search([]).unlink()
        self.push("user_add_org", userId=["li"])
        self.push("user_modify_org", userId=["li"])
        self.push("of_another_addon", userId=["li"])
        self.assertEqual(
            self.grouped(), {"New person", "Person changed", "of_another_addon"})
        self.assertEqual(
            self.env[EVENT].search([("event_type", "=", "user_add_org")]).event_type,
            "user_add_org")

    def test_each_event_with_a_handler_has_a_title(self):
        events, beginning = self.env[EVENT], "_dingtalk_event_"
        types = {
            name[len(beginning):] for model in events._handler_models()
            for name in dir(type(self.env[model])) if name.startswith(beginning)}
        self.assertEqual(types - set(events._event_labels()), set())

    def test_leavers_are_found(self):
        self.li.active = False
        event = self.push("user_leave_org", userId=["li"])
        self.assertEqual(self.shown(event)["title"], "Person left: Li")

    def test_several_people(self):
        event = self.push("user_modify_org", userId=["li", "wu"])
        self.assertEqual(self.shown(event)["title"], "Person changed: Li, Wu")
        action = self.opened(event)
        self.assertEqual(
            self.people.search(action["domain"]), self.li | self.wu)

    def test_a_department(self):
        self.env["dingding.department"].with_context(dingding_no_push=True).create(
            {"name": "Sales", "dept_id": "77", "corp_id": self.corp.id})
        event = self.push("org_dept_create", deptId=[77])
        self.assertEqual(self.shown(event)["title"], "New department: Sales")

    def test_unknown(self):
        event = self.push("user_add_org", userId=["nobody"])
        row = self.shown(event)
        self.assertEqual((row["title"], row["has_subject"]), ("New person", False))
        self.assertIs(self.opened(event), True)
        event = self.push("own_thing", userId=["li"])
        self.assertEqual(self.shown(event)["title"], "own_thing: Li")

    def test_nothing_of_another_company(self):
        company = self.env["res.company"].create({"name": "Other company"})
        other = self._make_user(
            self.env, "other", "dingding.group_manager",
            company_id=company.id, company_ids=[(6, 0, company.ids)])
        theirs = self.env["dingding.corp"].create(
            {"name": "Theirs", "company_id": company.id})
        event = self.push("user_add_org", userId=["li"])
        for method in (self.shown, self.opened):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                method(event, other)
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_event SET corp_id = %s WHERE id = %s",
            [theirs.id, event.id])
        compat.forget(self.env)
        self.assertEqual(self.shown(event, other)["title"], "New person")

    def test_many_events_take_few_statements(self):
        events = self.env[EVENT]
        for number in range(6):
            events |= self.push(
                "user_modify_org", userId=["li"], moment=1700000000000 + number)
        counts = []
        for some in (events[:1], events[:1], events):
            compat.forget(self.env)
            before = self.env.cr.sql_log_count
            some.mapped("title")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    # -- alerts ------------------------------------------------------------------------

    def alert(self, kind):
        self.env[ALERT]._cron_check()
        compat.flush(self.env)
        compat.forget(self.env)
        return self.env[ALERT].search([("kind", "=", kind)])

    def test_failed_events_are_gathered(self):
        events = self.push("own_thing", userId=["li"])
        events |= self.push("own_thing", userId=["wu"])
        events.write({"state": "failed", "last_error": "Broken"})
        alert = self.alert("event")
        self.assertEqual((alert.count, alert.reason), (2, "Broken"))
        self.assertEqual(len(alert.activity_ids), 1)
        call_as(self.user_manager, EVENT, "action_run_again", events.ids)
        self.assertEqual(self.alert("event").state, "solved")
        self.assertFalse(alert.activity_ids)

    def test_stream_without_a_runner(self):
        self.assertFalse(self.alert("stream"))
        self.app.stream_mode = True
        self.assertFalse(self.app.stream_alive)
        alert = self.alert("stream")
        self.assertEqual(alert.count, 1)
        self.assertIn("dingdingstream", alert.remedy)
        self.assertIn("dingdingstream", alert.activity_ids.note)
        self.env["dingding.stream.state"].create({
            "app_id": self.app.id, "runner": "one", "state": "connected",
            "seen_at": fields.Datetime.now()})
        self.assertEqual(self.alert("stream").state, "solved")
        self.assertTrue(self.app.stream_alive)

    def test_a_good_test_push_hides_earlier_refusals(self):
        self.env["dingding.event.refusal"].sudo()._note(self.app, "token")
        self.assertEqual(len(self.app._callback_refusals()), 1)
        self.app.callback_checked_at = "2099-01-01 00:00:00"
        compat.flush(self.env)
        self.assertEqual(self.app._callback_refusals(), [])
        self.app.callback_checked_at = "2026-01-01 00:00:00"
        compat.flush(self.env)
        self.assertEqual(len(self.app._callback_refusals()), 1)
