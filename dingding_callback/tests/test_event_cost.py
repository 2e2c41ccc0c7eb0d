# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Count the statements of an event."""

import collections

from odoo.addons.dingding import compat
from odoo.addons.dingding.sync import links
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

    def hire(self, **values):
        """Let somebody join; return the person, and what ``links.find`` compared."""
        sizes, real = [], links.find

        def find(people, candidates, *args):
            sizes.append((len(people), len(candidates)))
            return real(people, candidates, *args)

        self._replace(links, "find", find)
        new = self.add_person(active=True, **values)
        event = self.push("user_add_org", UserId=[new["userid"]])
        self.work()
        self.assertEqual(event.state, "done", event.last_error)
        return self.people().filtered(
            lambda each: each.userid == new["userid"]), sizes

    def test_one_person_is_not_compared_with_everybody(self):
        self.corp.write({"link_by_mobile": True, "link_by_email": True})
        self.run_it()
        self.assertGreater(len(self.people()), 5)
        users = self.env["res.users"].with_context(no_reset_password=True)
        company = self.corp.company_id
        values = {"company_id": company.id, "company_ids": [(6, 0, company.ids)]}
        wanted = users.create(dict(values, name="Wanted", login="13911112222"))
        taken = users.create(dict(values, name="Taken", login="taken%1@example.com"))
        holder = self.people()[0]
        holder.user_id = taken
        compat.flush(self.env)
        person, sizes = self.hire(name="New", mobile="13911112222")
        self.assertEqual(person.user_id, wanted)
        # Others neither share a value nor have the user.
        self.assertTrue(sizes)
        self.assertLessEqual(set(sizes), {(1, 1), (1, 0)})
        person, sizes = self.hire(
            name="Second", mobile="13911113333", email="taken%1@example.com")
        self.assertFalse(person.user_id)
        self.assertEqual(holder.user_id, taken)
        self.assertIn((2, 1), sizes)
