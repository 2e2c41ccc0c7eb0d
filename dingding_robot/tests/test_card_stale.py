# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Cards whose document changed while nothing was sent to DingTalk."""
import os

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from ..models import dingding_card_change
from .card_case import KEY, CardCase

UPDATE = "/v1.0/card/instances"


@portable
class TestCardStale(CardCase):
    def change(self, partner, **values):
        """Change a document while its organisation is archived."""
        self.corp.active = False
        partner.write(values)
        self.work()
        compat.flush(self.env)

    def back(self):
        self.corp.active = True
        self.work()

    def sweep(self):
        self.env["dingding.card.change"]._cron_sweep()
        self.work()

    def sweeps(self):
        return self.env["dingding.card.change"].search([("kind", "=", "sweep")])

    def test_updated_once_the_organisation_is_back(self):
        copy = self.send().copy_ids
        other = self.partner.copy({"name": "Unchanged"})
        same = other.dingding_send_card(KEY).copy_ids
        self.work()
        self.simulator.forget_calls()
        self.change(self.partner, function="Later", city="Suzhou")
        self.change(self.partner, function="At last")
        self.assertDingTalkNotCalled()
        self.assertNotIn("At last", self.stored(copy))
        self.back()
        self.assertIn("At last", self.stored(copy))
        self.assertIn("Suzhou", self.stored(copy))
        self.assertDingTalkCalled(UPDATE, 1)
        self.assertEqual(copy.status + same.status, "sentsent")
        self.assertEqual(self.sweeps().mapped("found"), [1])

    def test_nothing_differs(self):
        self.send()
        self.simulator.forget_calls()
        self.corp.active = False
        self.back()
        self.sweep()
        self.assertDingTalkNotCalled()
        self.assertEqual(set(self.sweeps().mapped("state")), {"done"})

    def test_closed_while_archived(self):
        copy = self.send().copy_ids
        self.corp.active = False
        copy.card_id.action_close()
        self.work()
        self.back()
        self.simulator.forget_calls()
        self.assertFalse(copy._is_stale())
        self.sweep()
        self.assertDingTalkNotCalled()

    def test_deleted_while_archived(self):
        copy = self.send().copy_ids
        self.corp.active = False
        self.partner.unlink()
        self.work()
        self.back()
        self.assertIn("no longer available", self.stored(copy))
        self.assertNotIn("Hangzhou", self.stored(copy))

    def test_cancelled_in_a_copy_of_the_database(self):
        copy = self.send().copy_ids
        self.partner.function = "Later"
        compat.flush(self.env)
        path = os.path.join(
            os.path.dirname(os.path.dirname(__file__)), "data", "neutralize.sql")
        with open(path, encoding="utf-8") as opened:
            self.env.cr.execute(opened.read())
        compat.forget(self.env)
        self.work()
        self.assertNotIn("Later", self.stored(copy))
        self.sweep()
        self.assertIn("Later", self.stored(copy))

    def test_one_comparison_and_one_update_at_a_time(self):
        self.send()
        self.change(self.partner, function="Later")
        self.simulator.forget_calls()
        self.corp.active = True
        self.env["dingding.card.change"]._cron_sweep()
        self.assertEqual(len(self.sweeps()), 1)
        # The change itself queues an update, too.
        self.partner.function = "Now"
        self.work()
        self.assertDingTalkCalled(UPDATE, 1)

    def test_a_refused_update_is_not_repeated_each_day(self):
        copy = self.send().copy_ids
        self.change(self.partner, function="Later")
        changes = self.env["dingding.card.change"]
        changes._add("update", copy)._give_up("refused")
        self.corp.active = True
        self.simulator.forget_calls()
        self.work()
        self.assertDingTalkNotCalled()

    def test_what_a_comparison_costs_is_limited(self):
        partners = self.partner
        for number in range(4):
            partners |= self.partner.copy({"name": "P%d" % number})
        copies = partners.dingding_send_card(KEY).mapped("copy_ids")
        self.work()
        self.assertEqual(copies.mapped("status"), ["sent"] * 5)
        self.change(partners, function="Later")
        self._replace(dingding_card_change, "MOST_UPDATES", 3)
        self._replace(dingding_card_change, "SWEPT", 2)
        self.simulator.forget_calls()
        self.back()
        self.assertDingTalkCalled(UPDATE, 3)
        self.sweep()
        self.assertDingTalkCalled(UPDATE, 5)

    def test_time_runs_out(self):
        partners = self.partner
        for number in range(2):
            partners |= self.partner.copy({"name": "P%d" % number})
        copies = partners.dingding_send_card(KEY).mapped("copy_ids")
        self.work()
        self.change(partners, function="Later")
        self.corp.active = True
        self._replace(dingding_card_change, "SWEPT", 1)
        sweep = self.sweeps()
        sweep._process_row(sweep.id, 0)
        compat.forget(self.env)
        self.assertEqual((sweep.state, sweep.found), ("queued", 1))
        self.assertEqual(sweep.position, max(copies.ids))
        self.work()
        self.assertEqual((sweep.state, sweep.found), ("done", 3))

    def test_a_document_that_cannot_be_shown_stops_no_other(self):
        broken = self.send().copy_ids
        other = self.partner.copy({"name": "Other"})
        copy = other.dingding_send_card(KEY).copy_ids
        self.work()
        self.change(self.partner | other, function="Later")
        model = type(self.env["dingding.card.copy"])
        real = model._values

        def values(copies):
            if copies.id == broken.id:
                raise ValueError("broken")
            return real(copies)

        self._replace(model, "_values", values)
        self.back()
        self.assertIn("Later", self.stored(copy))
        self.assertNotIn("Later", self.stored(broken))
        self.assertEqual(self.sweeps().state, "done")

    def test_an_archived_organisation_is_not_compared(self):
        self.send()
        self.change(self.partner, function="Later")
        self.simulator.forget_calls()
        self.sweep()
        self.assertFalse(self.sweeps())
        self.assertDingTalkNotCalled()
