# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Count the statements of an event."""

import collections

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from .common import EventCase

# A test's cursors do not begin transactions.
LIMIT = 13
WITHOUT = ("SAVEPOINT", "savepoint")


@portable
class TestEventCost(EventCase):
    def events(self, number, prefix):
        """Store events of roles, which cause no call."""
        for each in range(number):
            self.push("label_conf_add", labelIdList=["%s%d" % (prefix, each)])

    def cost(self, number):
        """Return the statements of processing this many events."""
        self.events(number, "cost%d-" % number)
        compat.forget(self.env)
        with self.counted(WITHOUT) as statements:
            self.env["dingding.event"]._process()
        events = self.env["dingding.event"].search(
            [("subject", "like", "cost%d-" % number)])
        self.assertEqual(len(events), number)
        self.assertEqual(set(events.mapped("state")), {"done"})
        return statements

    def test_statements_of_an_event(self):
        few = self.cost(2)
        many = self.cost(12)
        more = (len(many) - len(few)) / 10.0
        common = collections.Counter(many).most_common(30)
        self.assertLessEqual(
            more, LIMIT, "\n".join("%d %s" % (n, text[:110]) for text, n in common))
