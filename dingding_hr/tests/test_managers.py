# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import collections
import itertools

from odoo.tests.common import BaseCase

from odoo.addons.dingding.sync.follow import Followed
from odoo.addons.dingding.tests.common import portable

from ..managers import Managers

Row = collections.namedtuple("Row", "target followed")
# Department -> (parent, manager): 2 is below 1, and 4 below 3.
DEPARTMENTS = {1: (None, 10), 2: (1, 20), 3: (None, None), 4: (3, 40)}


@portable
class TestManagers(BaseCase):
    def complete(self, employee, department, stored=None, base=None, **more):
        followed = Followed({}, {}, {}, {}, [])
        followed.new.update(more.pop("new", {}))
        managers = Managers(DEPARTMENTS, dict.fromkeys, lambda: more.get("parents", {}))
        managers.complete(
            employee, {"manager_id": more.get("direct")},
            {"parent_id": stored, "department_id": department},
            {} if base is None else {"parent_id": base[0]}, followed)
        row = Row(employee, followed)
        self.assertEqual(managers.ordered([row]), [row] if any(followed) else [])
        return followed

    def test_whose_manager(self):
        for employee, department, wanted in (
            (5, 1, 10), (5, 2, 20), (20, 2, 10), (10, 1, None), (5, 3, None),
            (40, 4, None), (5, None, None), (5, 99, None),
        ):
            managers = Managers(DEPARTMENTS, lambda ids: {employee: department}, dict)
            managers.complete(
                employee, {}, {"parent_id": None, "department_id": department}, {},
                Followed({}, {}, {}, {}, []))
            self.assertEqual(managers.manager(employee), wanted)

    def test_who_manage_each_other(self):
        """20 works in department 1 and manages 3, 40 works in 3 and manages 1."""
        places = {20: 1, 40: 3}
        for above, wanted in (
            ({1: None, 3: 1}, (None, 20)), ({1: 3, 3: None}, (40, None)),
            ({1: None, 3: None}, (None, 20)),
        ):
            managers = Managers(
                {1: (above[1], 40), 3: (above[3], 20)}, lambda ids: places, dict)
            self.assertEqual((managers.manager(20), managers.manager(40)), wanted)

    def test_what_is_written(self):
        for stored, base, wanted in (
            (None, None, 10), (10, None, "same"), (7, None, "same"),
            (7, [7], 10), (7, [8], "same"), (None, [7], "same"), (10, [7], "same"),
        ):
            followed = self.complete(5, 1, stored, base)
            self.assertEqual(
                followed.new.get("parent_id", "same"), wanted, (stored, base))

    def test_a_direct_manager_is_left(self):
        self.assertFalse(any(self.complete(5, 1, 7, [7], direct="boss")))

    def test_a_move(self):
        followed = self.complete(5, 1, 10, [10], new={"department_id": 2})
        self.assertEqual(followed.new["parent_id"], 20)
        followed = self.complete(5, 1, 7, [10], new={"department_id": 2})
        self.assertNotIn("parent_id", followed.new)
        self.assertEqual(followed.also, {"parent_id": 7}, "Odoo computes nothing")

    def test_no_circle(self):
        followed = self.complete(5, 1, None, [None], parents={10: 11, 11: 5})
        self.assertFalse(any(followed))

    def test_no_circle_of_direct_managers(self):
        """Everything else that changes is written."""
        for parents in ({10: 5}, {10: 11, 11: 5}, {}):
            followed = self.complete(
                5, 1, direct="boss", new={"parent_id": 10, "name": "New"},
                parents=parents)
            self.assertEqual(followed.new.get("parent_id"), None if parents else 10)
            self.assertEqual(followed.new["name"], "New")

    def test_any_order(self):
        for order in itertools.permutations((10, 20, 5)):
            parents = {20: 10, 5: 20}
            managers = Managers(
                {1: (None, 20), 2: (1, 10)}, dict.fromkeys, lambda: parents)
            found = []
            for target in order:
                followed = Followed({}, {}, {}, {}, [])
                managers.complete(
                    target, {},
                    {"parent_id": parents.get(target), "department_id": (
                        1 if target == 20 else 2)},
                    {"parent_id": parents.get(target)}, followed)
                found.append(Row(target, followed))
            for row in managers.ordered(found):
                parents[row.target] = row.followed.new.get(
                    "parent_id", parents.get(row.target))
                above, seen = parents[row.target], set()
                while above and above not in seen:
                    seen.add(above)
                    self.assertNotEqual(above, row.target, order)
                    above = parents.get(above)
            self.assertEqual(parents, {20: None, 10: 20, 5: 10}, order)
