# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Lists of thousands of rows ask for a page of them at once, not for each row."""
import json

from .. import compat
from .common import call_as, portable
from .outgoing_case import OutgoingCase

FEW, MANY = 3, 9


@portable
class TestLists(OutgoingCase):
    def statements(self, user, records, names):
        """Return the statements of reading these rows as a list shows them."""
        compat.flush(self.env)
        compat.forget(self.env)
        with self.counted(without=("SAVEPOINT",)) as found:
            rows = call_as(user, records._name, "read", records.ids, names)
        self.assertEqual(len(rows), len(records))
        for row in rows:
            for name in names:
                self.assertTrue(row[name], name)
        return found

    def assertReadAtOnce(self, user, records, names):
        self.assertGreaterEqual(len(records), MANY)
        # Groups and rules of the user are known from then on.
        self.statements(user, records[:1], names)
        few = self.statements(user, records[:FEW], names)
        many = self.statements(user, records[:MANY], names)
        self.assertLessEqual(len(many), len(few), "\n".join(sorted(many)))

    def test_outgoing_changes(self):
        people = self.people()[:MANY]
        place = self.departments().filtered("parent_id")[:2]
        for person in people:
            person.write({
                "title": "Chief", "department_ids": [(6, 0, place.ids)],
                "main_department_id": place[0].id})
        changes = self.changes().filtered("person_id")
        self.assertIn(place[0].display_name, changes[0].summary)
        self.assertIn("Chief", changes[0].summary)
        self.assertReadAtOnce(self.user_manager, changes, ["name", "summary"])

    def test_conflicts(self):
        conflicts = self.env["dingding.conflict"]
        for person in self.people()[:MANY]:
            conflicts |= conflicts._record(
                person, "name", "One", "Two", "dingtalk",
                linked=self.env["res.partner"].create({"name": person.name}))
        self.assertEqual(conflicts[:1].name, self.people()[:1].name)
        self.assertReadAtOnce(self.user_manager, conflicts, ["name", "field_label"])

    def test_lines_of_syncs(self):
        sync = self.run_it()
        users = self.env["res.users"]
        for number in range(MANY):
            users |= self._make_user(
                self.env, "listed-%d" % number, "base.group_user")
        for kind, more in (("link", "{}"), ("follow", '{"model": "res.users"}')):
            lines = self.env["dingding.sync.line"]
            for user in users:
                values = {"user_id": user.id}
                if kind == "follow":
                    values = {"partner_id": user.partner_id.id, "name": user.name}
                lines |= lines.create({
                    "sync_id": sync.id, "kind": kind, "action": kind,
                    "subject": "person", "name": user.name, "more": more,
                    "new_values": json.dumps(values)})
            self.assertIn(users[0].name, lines[0].changes)
            self.assertReadAtOnce(self.user_manager, lines, ["changes"])
