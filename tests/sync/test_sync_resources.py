# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""A resource of an addon: pages, errors, comparison."""
import pytest
from dingding_pure.dingtalk.errors import PermissionDeniedError, TransportError
from dingding_pure.sync import converters, mapping, plan
from dingding_pure.sync.resources import Resource
from dingding_pure.sync.snapshot import Snapshot

FOREVER = float("inf")
TABLE = [
    mapping.FieldMap("name", "name", converters.text, "always", "", "both"),
    mapping.FieldMap("owner", "owner_id", converters.identifier, "always", "person"),
    mapping.FieldMap("members", "member_ids", converters.identifier_set, "always",
                     "people"),
    mapping.FieldMap("parent", "parent_id", converters.identifier, "always", "role"),
]


class Roles(Resource):
    kind, subject, model, key = "roles", "role", "demo.role", "id"

    def __init__(self, *pages):
        super().__init__("Role")
        self.pages, self.asked = list(pages), []

    def page(self, client, cursor):
        self.asked.append(cursor)
        found = self.pages[cursor or 0]
        if isinstance(found, Exception):
            raise found
        following = (cursor or 0) + 1
        return found, following if following < len(self.pages) else None


def role(number, **values):
    return dict({"id": number, "name": "Role %d" % number}, **values)


def fill(roles, snapshot=None, deadline=FOREVER):
    snapshot, shares = snapshot or Snapshot(), []
    read = roles.fetch(
        None, snapshot, lambda share, _snapshot: shares.append(share), deadline)
    assert shares == sorted(shares) and all(0 <= share < 1 for share in shares)
    return snapshot, read


def compared(roles, snapshot, rows, people=()):
    found = plan.Plan()
    stored = {"people": dict.fromkeys(people), "roles": rows}
    roles.compare(found, snapshot, TABLE, stored, lambda field: "dingtalk")
    return found


def test_pages_are_read_one_after_the_other():
    roles = Roles([role(1), role(2)], [role(3), {"name": "Without id"}])
    snapshot, read = fill(roles)
    assert read and roles.asked == [None, 1]
    assert list(snapshot.items("roles")) == ["1", "2", "3"]
    assert not snapshot.problems
    assert fill(roles, snapshot)[1] and roles.asked == [None, 1]


def test_it_goes_on_where_it_stopped():
    roles = Roles([role(1)], [role(2)])
    snapshot, read = fill(roles, deadline=0)
    assert not read and not roles.asked
    roles.pages[1] = TransportError("away")
    with pytest.raises(TransportError):
        fill(roles, snapshot)
    roles.pages[1] = [role(2)]
    again = Snapshot.load(snapshot.dump())
    assert fill(roles, again)[1]
    assert roles.asked == [None, 1, 1]
    assert set(again.items("roles")) == {"1", "2"}


@pytest.mark.parametrize("second, code", [
    (PermissionDeniedError("60011", "no"), "resource_unreadable"),
    ([role(1)], "resource_repeated"),
])
def test_an_incomplete_list_archives_nothing(second, code):
    roles = Roles([role(1)], second, [role(9)])
    snapshot, read = fill(roles)
    assert read and not snapshot.incomplete
    assert [each["code"] for each in snapshot.problems] == [code]
    assert snapshot.problems[0]["subject"] == "Role"
    rows = {"7": {"id": 7, "active": True, "name": "Old"}}
    found = compared(roles, snapshot, rows)
    assert [change.key for change in found.changes("roles")] == ["1"]
    assert found.leaving["roles"] == []


def test_comparison():
    roles = Roles([
        role(1, owner="a", members=["a", "b", "gone"]), role(2, owner="gone"),
        role(3, parent=1),
    ])
    snapshot, _read = fill(roles)
    found = {change.key: change
             for change in compared(roles, snapshot, {}, "ab").changes("roles")}
    assert found["1"].values == {
        "name": "Role 1", "owner_id": "a", "member_ids": frozenset("ab")}
    assert found["1"].baseline == {"name": "Role 1"}
    assert found["2"].values["owner_id"] is None
    assert found["3"].values["parent_id"] == "1"

    rows = {
        key: dict(change.values, id=int(key), active=True, baseline=change.baseline)
        for key, change in found.items()
    }
    assert not compared(roles, snapshot, rows, "ab").changes("roles")
    rows["2"].update(active=False, name="Other")
    rows["8"] = {"id": 8, "active": True, "name": "Old"}
    rows["9"] = {"id": 9, "active": False, "name": "Older"}
    plan_ = compared(roles, snapshot, rows, "ab")
    change, = plan_.changes("roles")
    assert change.values == {"active": True, "name": "Role 2"}
    assert plan_.leaving["roles"] == ["8"]
    roles.confirm(None, snapshot, ["8"])
    changes = compared(roles, snapshot, rows, "ab").changes("roles")
    assert [(each.action, each.key) for each in changes] == [
        (plan.UPDATE, "2"), (plan.ARCHIVE, "8")]
