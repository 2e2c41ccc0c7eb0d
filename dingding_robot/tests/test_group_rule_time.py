# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from ..models import dingding_group_rule
from .chat_case import ChatCase

RULE = "dingding.group.rule"
OVER = -1  # seconds


@portable
class TestGroupRuleTime(ChatCase):
    """The scheduled action stops in time, and the next run continues."""

    def setUp(self):
        super().setUp()
        self.first, self.second = [
            self.env[RULE].create({
                "name": name, "corp_id": self.corp.id, "group_name": "{name}",
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "domain": "[('ref', '=', '%s')]" % name,
            }) for name in ("time-b", "time-a")]
        self.partners = self.env["res.partner"].browse()
        for name in ("time-b", "time-b", "time-a", "time-a"):
            self.partners |= self.env["res.partner"].create({
                "name": "Old", "ref": name, "user_id": self.user_employee.id})
        self.run_for(3600)
        self.partners.write({"name": "New"})

    def run_for(self, seconds):
        self.env[RULE]._cron_follow(seconds)
        compat.flush(self.env)
        compat.forget(self.env)

    def names(self):
        """Return the groups' names, by rule and age."""
        return [
            rule.made_group_ids.sorted("id").mapped("name")
            for rule in (self.first, self.second)]

    def test_each_run_continues(self):
        for expected in (
            [["New", "Old"], ["Old", "Old"]],
            [["New", "New"], ["Old", "Old"]],
            [["New", "New"], ["New", "Old"]],
            [["New", "New"], ["New", "New"]],
        ):
            self.run_for(OVER)
            self.assertEqual(self.names(), expected)
        self.run_for(OVER)
        self.assertEqual((self.first | self.second).mapped("position"), [0, 0])
        # The next one begins with the first again.
        self.partners.write({"name": "Third"})
        self.run_for(OVER)
        self.assertEqual(self.names(), [["Third", "New"], ["New", "New"]])

    def test_the_rest_follows_soon(self):
        self.run_for(OVER)
        if compat.TRIGGERS:
            action = self.env.ref(dingding_group_rule.ACTION)
            self.assertTrue(self.env["ir.cron.trigger"].search(
                [("cron_id", "=", action.id)]))
        self.run_for(3600)
        self.assertEqual(self.names(), [["New", "New"], ["New", "New"]])

    def test_new_documents_are_not_forgotten(self):
        self.env["res.partner"].create({
            "name": "Late", "ref": "time-b", "user_id": self.user_employee.id})
        self.run_for(OVER)
        self.assertEqual(len(self.first.made_group_ids), 2)
        self.run_for(3600)
        self.assertEqual(len(self.first.made_group_ids), 3)

    def test_a_rule_that_fails_holds_no_others(self):
        self.run_for(OVER)
        self.assertTrue(self.first.position)
        real = type(self.first)._run

        def run(rule, *args):
            if rule.id == self.first.id:
                raise ValueError("broken")
            return real(rule, *args)

        self._replace(type(self.first), "_run", run)
        with mute_logger("odoo.addons.dingding_robot.models.dingding_group_rule"):
            self.run_for(OVER)
            self.run_for(OVER)
        self.assertEqual(self.names()[1], ["New", "New"])
        self.assertFalse(self.first.position)
        self.assertIn("log of Odoo", self.first.last_error)
        self.assertFalse(self.second.last_error)

    def test_the_place_belongs_to_the_transaction_of_the_rule(self):
        """A rule that says what it could not do has written its row there."""
        inside, places = self.open_cursors(), []
        write = type(self.first).write

        def noted(rule, vals):
            if "position" in vals:
                places.append(bool(inside))
            return write(rule, vals)

        self._replace(type(self.first), "write", noted)
        self.run_for(OVER)
        self.assertEqual(places, [True])
        self.assertTrue(self.first.position)

    def test_by_hand_it_begins_at_the_beginning(self):
        self.run_for(OVER)
        self.partners.write({"name": "Third"})
        self.first.action_run()
        self.assertEqual(self.names()[0], ["Third", "Third"])

    def test_documents_without_groups_take_no_more_time(self):
        """A rule may select thousands that have no owner."""
        partners = self.env["res.partner"]
        for user in (None, None, None, self.user_employee):
            partners |= partners.create({
                "name": "Late", "ref": "time-b", "user_id": user and user.id})
        looked = []
        real = type(self.first)._make
        self._replace(type(self.first), "_make", lambda rule, record: (
            looked.append(record.id), real(rule, record))[1])
        # The groups are followed with time, and each document then takes all of it.
        clock = dingding_group_rule.time

        class Clock(object):
            @staticmethod
            def monotonic():
                return clock.monotonic() + 3600 * len(looked)

        self._replace(dingding_group_rule, "time", Clock)
        self.second.active = False
        for number in range(1, 5):
            del looked[:]
            self.run_for(1800)
            self.assertEqual(looked, partners.ids[number - 1:number])
        self.assertEqual(len(self.first.made_group_ids), 3)
        del looked[:]
        self.run_for(1800)
        self.assertEqual((looked, self.first.seen), ([], 0))
        self.run_for(1800)
        self.assertEqual(looked, partners.ids[:1])

    def test_a_broken_document_stops_no_others(self):
        real = type(self.first)._values

        def values(rule, record, group=None):
            if record == self.partners[0]:
                raise ZeroDivisionError("broken")
            return real(rule, record, group)

        self._replace(type(self.first), "_values", values)
        with mute_logger("odoo.addons.dingding_robot.models.dingding_group_rule"):
            self.run_for(3600)
        self.assertEqual(self.names(), [["Old", "New"], ["New", "New"]])
        self.assertEqual(
            self.first.last_error, "%s, number %d: ZeroDivisionError: broken" % (
                self.env["ir.model"]._get("res.partner").name, self.partners[0].id))
        # An administrator is told; managers may not read the rule.
        alerts = self.env["dingding.alert"]
        alerts._cron_check()
        alert = alerts.search([("kind", "=", "group_rule")])
        self.assertEqual((alert.state, alert.count), ("open", 1))
        self.assertEqual(alert.reason, self.first.last_error)
        self._replace(type(self.first), "_values", real)
        self.run_for(3600)
        self.assertFalse(self.first.last_error)
        alerts._cron_check()
        self.assertEqual(alert.state, "solved")
