# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, api
from odoo.tests import common
from odoo.tools import mute_logger

from .. import compat
from ..dingtalk import quota
from ..models import dingding_corp_digest
from .common import portable, real_open_cursor, wait_for_midnight
from .message_case import SEND, MessageCase


@portable
class TestDigest(MessageCase):
    def setUp(self):
        super().setUp()
        self.corp.digest = True
        self.manager = self.env["dingding.user"].search(
            [("user_id", "=", self.user_manager.id)])
        corps = self.env["dingding.corp"]
        self.today = str(self.env["dingding.call.count"]._today())
        # The overview may warn of what the simulator lacks.
        self._replace(type(corps), "_overview_lines", lambda this: self.lines)
        self.lines = []

    def digests(self):
        self.env["dingding.corp"]._cron_digest()
        return self.env["dingding.message"].search([("feature", "=", "digest")])

    def fail(self):
        self.env["dingding.alert"].create({
            "corp_id": self.corp.id, "kind": "outgoing", "count": 3})

    def line(self, state, key="sync", value="Failed"):
        self.lines.append({
            "key": key, "label": "Last sync", "value": value, "state": state,
            "action": None})

    def test_off_by_default(self):
        corp = self.env["dingding.corp"].create({"name": "Other"})
        self.assertFalse(corp.digest)
        self.corp.digest = False
        self.fail()
        self.assertFalse(self.digests())

    def test_nothing_to_say(self):
        self.line("ok")
        self.line("note")
        self.line("error", key="alerts")
        self.env["dingding.alert"].create({
            "corp_id": self.corp.id, "kind": "sync", "state": "solved"})
        self.assertFalse(self.digests())
        self.fail()
        self.assertEqual(len(self.digests()), 1)

    def test_once_a_day(self):
        self.fail()
        self.line("warning", value="Awaiting confirmation")
        message = self.digests()
        self.assertEqual(message.recipient_ids.person_id, self.manager)
        self.assertIn("Outgoing Changes failed: 3", message.body)
        self.assertIn("Last sync: Awaiting confirmation", message.body)
        self.assertEqual(str(self.corp.digest_on), self.today)
        self.assertEqual(self.digests(), message)
        self.assertDingTalkNotCalled(SEND)
        self.process_queue()
        self.assertEqual(message.state, "sent")
        self.assertEqual(len(self.phone(self.manager)), 1)
        self.corp.digest_on = "2020-01-01"
        self.assertEqual(len(self.digests()), 2)

    def test_only_managers_of_the_organisation(self):
        self.manager.user_id = False
        self.fail()
        self.assertFalse(self.digests())
        self.manager.user_id = self.user_manager
        self.assertEqual(len(self.digests()), 1)

    def test_the_language_of_each_recipient(self):
        languages = self.env["res.lang"]
        if hasattr(languages, "load_lang"):
            languages.load_lang("fr_FR")
        else:
            languages._activate_lang("fr_FR")
        second = self._make_user(
            self.env, "second", "dingding.group_manager", lang="fr_FR")
        self.people[6].user_id = second
        self.user_manager.lang = "en_US"
        seen, real = [], type(self.corp)._digest_lines

        def lines(this):
            seen.append(this.env.context.get("lang"))
            return real(this)

        self._replace(type(self.corp), "_digest_lines", lines)
        self.fail()
        messages = self.digests()
        self.assertEqual(seen, ["en_US", "fr_FR"])
        self.assertEqual(
            [message.recipient_ids.person_id for message in messages.sorted("id")],
            [self.manager, self.people[6]])

    def test_a_long_one_fits(self):
        for number in range(200):
            self.line("error", value="\u540c\u6b65\u5931\u8d25 %d" % number)
        message = self.digests()
        self.assertIn("and ", message.body)
        self.assertLess(message.body.count("Last sync"), 200)
        self.process_queue()
        self.assertEqual(message.state, "sent")

    def test_it_is_what_the_budget_gives_up_first(self):
        feature = self.corp._budget_feature(dingding_corp_digest.DIGEST)
        self.assertEqual(feature["worth"], quota.NICE)
        self.fail()
        self.corp.budget_edition = "standard"
        self._replace(type(self.corp), "_budget_usage", lambda this: {
            quota.API: {"share": 90}})
        self.assertFalse(self.digests())
        self.assertFalse(self.corp.digest_on)

    def test_none_waits_until_dingtalk_answers_again(self):
        """Those of all days would arrive together."""
        budgets = self.env["dingding.budget"]
        budget = budgets._of_month(
            self.corp, quota.API, self.env["dingding.call.count"]._today(), create=True)
        budget.stopped_at = "2026-01-01 00:00:00"
        self.fail()
        self.assertFalse(self.digests())
        self.assertFalse(self.corp.digest_on)
        budget.stopped_at = False
        self.assertEqual(len(self.digests()), 1)

    def test_two_at_once(self):
        real, runs = type(self.corp)._digest_lines, []

        def lines(this):
            runs.append(this)
            if len(runs) == 1:
                this.env["dingding.corp"]._cron_digest()
            return real(this)

        self._replace(type(self.corp), "_digest_lines", lines)
        self.fail()
        self.assertEqual(len(self.digests()), 1)
        self.assertEqual(len(runs), 1)

    def test_what_fails_for_one_is_no_concern_of_others(self):
        broken = self.env["dingding.corp"].create({"name": "AAA", "digest": True})
        real = type(self.corp)._digest_paused

        def paused(this):
            if this.id == broken.id:
                raise ValueError("an addon is broken")
            return real(this)

        self._replace(type(self.corp), "_digest_paused", paused)
        self.fail()
        with mute_logger("odoo.addons.dingding.models.dingding_corp_digest"):
            self.assertEqual(len(self.digests()), 1)
            self.assertEqual(len(self.digests()), 1)
        self.assertFalse(broken.digest_on)

    def test_an_organisation_that_cannot_send(self):
        self.corp.app_id.agent_id = False
        self.fail()
        self.assertFalse(self.digests())


@portable
class TestDigestTransactions(common.TransactionCase):
    def test_one_of_two_transactions_takes_it(self):
        wait_for_midnight()
        dbname = self.env.cr.dbname
        today = str(self.env["dingding.call.count"]._today())
        with compat.manage_environments(), real_open_cursor(dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            corp_id = env["dingding.corp"].create(
                {"name": "Digest", "digest": True}).id
        self.addCleanup(self.remove, dbname, corp_id)

        def take(cr):
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("SET LOCAL lock_timeout = '500ms'")
            return env["dingding.corp"].browse(corp_id)._take_digest(today)

        with compat.manage_environments(), real_open_cursor(dbname, True) as cr:
            self.assertTrue(take(cr))
            with mute_logger("odoo.sql_db"), self.assertRaises(OperationalError):
                with real_open_cursor(dbname, True) as other:
                    take(other)
        with compat.manage_environments(), real_open_cursor(dbname, True) as cr:
            self.assertFalse(take(cr))

    def remove(self, dbname, corp_id):
        with compat.manage_environments(), real_open_cursor(dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["dingding.corp"].browse(corp_id).unlink()
