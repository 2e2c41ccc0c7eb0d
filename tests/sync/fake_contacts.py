# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""An organisation in a dict, with the reader's four methods."""
import collections
import copy
import threading

from dingding_pure.dingtalk.api.contacts import Page
from dingding_pure.dingtalk.errors import NotFoundError


class FakeContacts(object):
    """``tree``: dept_id -> (parent, name); ``people``: userid -> item."""

    def __init__(self, tree, people, size=100):
        self.tree = tree
        self.people = people
        self.size = size
        self.calls = collections.Counter()
        self.hooks = {}  # (method, id) -> function(real result) -> result
        self._lock = threading.Lock()

    def _count(self, method, key, make):
        with self._lock:
            self.calls[method] += 1
        hook = self.hooks.get((method, key))
        return hook(make) if hook else make()

    def sub_departments(self, dept_id=1):
        return self._count(
            "list", dept_id,
            lambda: [
                {"dept_id": key, "name": name, "parent_id": parent}
                for key, (parent, name) in sorted(self.tree.items())
                if parent == dept_id
            ],
        )

    def users_page(self, dept_id, cursor=0):
        def make():
            found = [
                dict(item, leader=dept_id in item.get("leads", ()))
                for _key, item in sorted(self.people.items())
                if dept_id in item["dept_id_list"]
            ]
            end = cursor + self.size
            return Page(found[cursor:end], end if end < len(found) else None)

        return self._count("page", (dept_id, cursor), make)

    def department(self, dept_id):
        def make():
            if dept_id != 1 and dept_id not in self.tree:
                raise NotFoundError("60003", "gone")
            found = {"dept_id": dept_id, "name": self.tree.get(dept_id, (0, "Org"))[1]}
            return dict(found, parent_id=self.tree[dept_id][0]) if (
                dept_id in self.tree) else found

        return self._count("department", dept_id, make)

    def user_ids(self, dept_id):
        def make():
            if dept_id != 1 and dept_id not in self.tree:
                raise NotFoundError("60003", "gone")
            return [
                key for key, item in sorted(self.people.items())
                if dept_id in item["dept_id_list"]
            ]

        return self._count("user_ids", dept_id, make)

    def user(self, userid):
        def make():
            if userid not in self.people:
                raise NotFoundError("60121", "gone")
            return dict(self.people[userid])

        return self._count("user", userid, make)


#: What DingTalk should not send in place of anything.
ODD = [None, True, 5, -1.5, float("inf"), float("nan"), "", "{", "\ud800", [], [{}],
       [[1]], [None, {"a": 1}], {}, {"a": 1}]


class OddContacts(FakeContacts):
    """Replaces or leaves out something in some of the answers.

    :param random.Random chance: what and where
    """

    def __init__(self, contacts, chance):
        super().__init__(contacts.tree, contacts.people, contacts.size)
        self._chance = chance

    def _count(self, method, key, make):
        answer = copy.deepcopy(super()._count(method, key, make))
        places = list(_places(answer.items if isinstance(answer, Page) else answer))
        if places and self._chance.random() < 0.3:
            within, at = self._chance.choice(places)
            if isinstance(within, dict) and self._chance.random() < 0.2:
                del within[at]
            else:
                within[at] = self._chance.choice(ODD)
        return answer


def _places(value):
    """Yield (container, key or index) of everything within."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        yield value, key
        if isinstance(inner, (dict, list)):
            for place in _places(inner):
                yield place


def organisation(departments=6, people=30, size=10):
    """Return a FakeContacts: a chain of departments with people in one or two."""
    tree = {
        100 + index: (1 if index < 3 else 97 + index, "Department %d" % index)
        for index in range(departments)
    }
    members = {
        "u%04d" % index: {
            "userid": "u%04d" % index,
            "name": "Person %d" % index,
            "dept_id_list": sorted({100 + index % departments, 100 + index % 3},
                                   reverse=True),
            "leads": [100 + index % departments] if index < departments else [],
            "active": True,
        }
        for index in range(people)
    }
    return FakeContacts(tree, members, size)
