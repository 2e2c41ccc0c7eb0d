# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import fields

from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.models import dingding_budget, dingding_call_count
from odoo.addons.dingding.models.dingding_call_count import Ledger, write_counts
from odoo.addons.dingding.tests.common import portable

from ..models import dingding_app, dingding_app_failed
from .common import EventCase

LOGGER = "odoo.addons.dingding_callback.models.dingding_app_failed"
QUARTER = datetime.timedelta(minutes=15)


@portable
class TestFailedEvents(EventCase):
    def setUp(self):
        super().setUp()
        self.app._callback_set_keys(*dingding_app.new_keys())
        self.now = utc.now().replace(microsecond=0)
        self.asked = []
        self.found = [0]

        def fetch(app):
            self.asked.append(self.now)
            app.env.cr.execute(
                "UPDATE dingding_app SET callback_failed_at = %s WHERE id = %s",
                [self.now, app.id])
            return self.found[0], 0, False

        self._replace(type(self.app), "_callback_fetch_failed", fetch)

    def look(self, times=1, step=QUARTER):
        """Run the scheduled action every 15 minutes; return how often it asked."""
        before = len(self.asked)
        for _number in range(times):
            self.now += step
            self.app._callback_look(self.now)
        return len(self.asked) - before

    def test_quiet_days_cost_few_calls(self):
        calls = self.look(10 * 24 * 4)
        self.assertLess(calls, 20)
        pauses = [
            (later - earlier).total_seconds() / 60
            for earlier, later in zip(self.asked, self.asked[1:])
        ]
        self.assertEqual(pauses, sorted(pauses))
        self.assertEqual(pauses[-1], dingding_app_failed.LONGEST)

    def test_nothing_of_an_archived_organisation(self):
        self.corp.active = False
        self.env["dingding.app"]._cron_callback_failed()
        self.assertFalse(self.asked)
        self.corp.active = True
        self.env["dingding.app"]._cron_callback_failed()
        self.assertEqual(len(self.asked), 1)

    def test_one_application_does_not_stop_the_others(self):
        other = self.second_app(stream_mode=True)
        broken, looked = {self.app.id, other.id}, []
        real = type(self.app)._callback_look

        def look(app, now):
            looked.append(app.id)
            if app.id in broken:
                broken.clear()
                raise RuntimeError("broken")
            return real(app, now)

        self._replace(type(self.app), "_callback_look", look)
        with self.assertLogs(LOGGER, "ERROR"):
            self.env["dingding.app"]._cron_callback_failed()
        self.assertEqual(sorted(looked), sorted([self.app.id, other.id]))
        self.assertEqual(len(self.asked), 1)
        # The latest organisation is first; the next run reads the rest.
        del looked[:]
        self.env["dingding.app"]._cron_callback_failed(-1)
        self.assertFalse(looked)

    def test_each_quarter_if_chosen(self):
        self.app.callback_failed_policy = "often"
        self.assertEqual(self.look(96), 96)

    def test_never_if_chosen(self):
        self.app.callback_failed_policy = "never"
        self.env["dingding.app"]._cron_callback_failed()
        self.assertEqual(self.asked, [])

    def test_what_was_found_shortens_the_pause(self):
        self.look(96)
        self.found[0] = 3
        self.look(96)
        self.assertEqual(self.look(4), 4)
        self.found[0] = 0
        self.assertLess(self.look(4), 4)

    def test_a_server_that_was_down_asks_at_once(self):
        self.look(200)
        self.assertEqual(self.look(1, datetime.timedelta(hours=3)), 1)

    def test_refusals_with_our_keys_ask_at_once(self):
        self.look(200)
        refusals = self.env["dingding.event.refusal"]
        self._replace(type(refusals)._counter, "add", lambda key: 1)

        def refused(cause):
            refusals._note(self.app, cause)
            self.env.cr.execute(
                "UPDATE dingding_event_refusal SET last_at = %s WHERE app_number = %s",
                [self.now + datetime.timedelta(minutes=1), self.app.id])

        refused("stranger")
        self.assertEqual(self.look(), 0)
        refused("aes_key")
        self.assertEqual(self.look(), 1)

    def test_a_stream_that_was_down_asks_at_once(self):
        self.look(200)
        self.env["dingding.stream.state"].sudo().create({
            "app_id": self.app.id, "runner": "r", "state": "connected",
            "connected_at": fields.Datetime.to_string(self.now)})
        self.look()
        self.env["dingding.stream.state"].search([]).write({
            "connected_at": fields.Datetime.to_string(
                self.now + datetime.timedelta(minutes=1))})
        self.assertEqual(self.look(), 1)

    def test_an_event_that_was_not_stored_asks_at_once(self):
        self.look(200)
        self.env["dingding.app"]._callback_expect_failed(self.app.app_key)
        self.env.cache.invalidate()
        self.assertEqual(self.look(), 1)

    def test_an_event_that_was_not_stored_while_the_list_was_read(self):
        self.look(200)
        model = type(self.app)
        fetch = model._callback_fetch_failed

        def meanwhile(app):
            found = fetch(app)
            app._callback_expect_failed(self.app.app_key)
            return found

        self._replace(model, "_callback_fetch_failed", meanwhile)
        asked = len(self.asked)
        while len(self.asked) == asked:
            self.look()
        self._replace(model, "_callback_fetch_failed", fetch)
        self.env.cache.invalidate()
        self.assertEqual(self.look(), 1)


@portable
class TestPushes(EventCase):
    def setUp(self):
        super().setUp()
        self.ledger = Ledger(write_counts, automatic=False)
        for module in (dingding_budget, dingding_call_count):
            self._replace(module, "ledger", self.ledger)

    def pushed(self):
        counts = self.ledger.pending(self.env.cr.dbname)
        return {key.name: number for key, number in counts.items()
                if key.meter == "push"}

    def take(self, event_type, **values):
        headers = {"eventType": event_type, "eventId": event_type,
                   "eventCorpId": self.corp.corp_id}
        return self.env["dingding.stream.state"]._take(
            self.app.id, headers, dict(values))

    def test_pushes_are_counted_on_receipt_repeats_too(self):
        for _number in range(3):
            self.take("bpms_task_change", processInstanceId="p")
        self.take("user_add_org", userId=["u"])
        self.assertEqual(self.pushed(), {"bpms_task_change": 3})

    def test_the_notice_that_pushes_stop_is_no_event(self):
        before = self.env["dingding.event"].search_count([])
        self.take("chat", errCode=20001, errMsg="消息因超量被暂停推送")
        self.assertEqual(self.env["dingding.event"].search_count([]), before)
        self.assertEqual(self.pushed(), {})
        self.assertTrue(self.env["dingding.budget"].search(
            [("corp_id", "=", self.corp.id)]).stopped_at)
