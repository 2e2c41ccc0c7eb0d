# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from .common import portable
from .sync_case import SyncCase


@portable
class TestCost(SyncCase):
    """Count statements: a sync costs little more than Odoo's create()."""

    def test_new_users_cost_what_the_orm_costs(self):
        self.corp.create_users = "portal"
        few = self.first_run(20)
        made = len(self.people().mapped("user_id"))
        many = self.first_run(70)
        users = self.people().mapped("user_id")
        more = len(users) - made
        self.assertGreater(more, 30)
        alone = self.orm_alone(
            "res.users", users[:more], ("name", "login", "email", "company_id"),
            self.env["dingding.sync"]._prepare_common(self.corp))
        self.assertCost(few, many, alone, more)

    def test_changed_rows_are_written_together(self):
        self.first_run(40)
        few = self.changed_run(2)
        many = self.changed_run(30)
        self.assertLess(len(many) - len(few), 5, "\n".join(many))
        self.assertSame()

    def changed_run(self, number):
        """Change people in DingTalk; return the statements of the next sync."""
        for userid in sorted(self.simulated())[:number]:
            self.change_person(userid, title="Title %d" % number, remark="Changed")
        run = self.start()
        with self.counted() as statements:
            self.process_queue("dingding.sync", rounds=1)
        self.assertEqual(run.state, "done", run.last_error)
        self.assertEqual(run.users_updated, number)
        return statements
