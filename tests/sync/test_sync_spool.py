# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""People on disk are compared like people in memory."""
import collections

from dingding_pure.sync import mapping, plan as plans, resources, spool
from dingding_pure.sync.reader import Reader
from dingding_pure.sync.snapshot import Snapshot
from fake_contacts import organisation


def read(contacts, most):
    return Reader(contacts, at_once=1).fill(Snapshot(most=most))


def parts_of(snapshot, stored, size):
    """Return a reader of the spool and the rows, with this number of people at a time.
    """
    answers = collections.OrderedDict()
    for key, item in snapshot.people.lines():
        answers.setdefault(key, []).append(spool.json.loads(item))
    keys = list(answers) + [key for key in stored if key not in answers]
    for start in range(0, len(keys), size):
        some = keys[start:start + size]
        yield (
            collections.OrderedDict(
                (key, spool.merged(answers[key])) for key in some if key in answers),
            {key: stored[key] for key in some if key in stored},
        )


def compared(snapshot, departments, people, size=None):
    plan = plans.Plan()
    rows = people
    if size:
        rows = spool.Parts(
            lambda: parts_of(snapshot, people, size), lambda part, rows: None,
            lambda: list(people), len(people))
    stored = {"departments": departments, "people": rows}
    resources.People("Person").compare(
        plan, snapshot, mapping.PERSON, stored, lambda field: "dingtalk")
    return plan


def rows_of(plan):
    return {
        change.key: dict(
            {line.field: None for line in mapping.PERSON}, id=number, active=True,
            baseline={}, **change.values)
        for number, change in enumerate(plan.people, 1)
    }


def changed(contacts):
    """Change DingTalk: a title, a department, a leaver."""
    userids = sorted(contacts.people)
    contacts.people[userids[0]]["name"] = "Changed"
    contacts.people.pop(userids[1])
    return userids[1]


def test_all_answers_of_a_person_are_merged():
    memory, disk = read(organisation(), None), read(organisation(), 0)
    assert disk.spooled and not memory.spooled
    assert len(disk.people) == len(memory.people)
    assert set(disk.people) == set(memory.people)
    found = {}
    for items, _rows in parts_of(disk, {}, 3):
        found.update(items)
    assert found == dict(memory.people)


def test_parts_give_the_same_plan():
    contacts = organisation()
    memory, disk = read(contacts, None), read(contacts, 0)
    first = compared(memory, {}, {})
    assert compared(disk, {}, {}, 3).people == first.people
    stored = rows_of(first)
    gone = changed(contacts)
    memory, disk = read(contacts, None), read(contacts, 5)
    for snapshot in (memory, disk):
        snapshot.gone["people"].append(gone)
    whole, parts = compared(memory, {}, stored), compared(disk, {}, stored, 4)
    assert whole.leaving["people"] == parts.leaving["people"] == [gone]

    def by_key(plan):
        return {change.key: change for change in plan.people}

    assert by_key(whole) == by_key(parts)
    assert {"update", "archive"} == {change.action for change in parts.people}


def test_a_pause_keeps_what_was_seen_but_no_person():
    snapshot = read(organisation(), 0)
    snapshot.people.forget()
    text = snapshot.dump()
    again = Snapshot.load(text)
    assert again.spooled and again.people.saved == snapshot.people.saved > 0
    assert again.people.shown == snapshot.people.shown
    assert not again.people.added and not len(again.people)
    assert len(text) < len(read(organisation(), None).dump())
