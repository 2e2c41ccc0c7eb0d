# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Compare a snapshot with what is stored: what would be written, and nothing else.

Everything is in DingTalk's ids; who writes turns them into his own. A plan changes
nothing and can be shown before it is carried out.
"""
import collections

from . import mapping
from .converters import identifiers

CREATE, UPDATE, ARCHIVE = "create", "update", "archive"

STEP = 1000  # room between two neighbours, so that a third one fits in

#: One row to be written.
#:
#: action  CREATE, UPDATE or ARCHIVE
#: key     dept_id or userid
#: id      the stored row's, None for a new one
#: values  field -> new value, only what differs
#: old     field -> stored value of the same fields
Change = collections.namedtuple("Change", "action key id values old")


class Plan(object):
    """What a run would do.

    :ivar departments: list of Change, parents before their children
    :ivar people: list of Change
    :ivar problems: list of dicts as in a snapshot
    :ivar leaving: dict 'departments' and 'people': keys that are stored, active and
        missing from what was read
    :ivar dict ids: for who writes: 'department' and 'person' -> DingTalk's id -> his
    """

    def __init__(self):
        self.departments = []
        self.people = []
        self.problems = []
        self.leaving = {"departments": [], "people": []}
        self.ids = {}

    def problem(self, code, subject="", dept_id="", userid="", error=""):
        self.problems.append(
            {
                "code": code, "subject": subject, "dept_id": dept_id,
                "userid": userid, "error": error, "remedy": "",
            }
        )


def plain(value):
    """Return a value as it is compared: all that is empty is None."""
    return value or None


def differing(values, stored):
    """Return (new, old) of the fields that differ, as two dicts."""
    new, old = {}, {}
    for field, value in values.items():
        before = stored.get(field)
        value = mapping.settle(value, before)
        if plain(value) != plain(before):
            new[field] = value
            old[field] = before
    return new, old


def too_many(leaving, stored, share=0.1, least=20):
    """Tell whether more would be archived than somebody should look at first.

    :param int leaving: how many would be archived
    :param int stored: how many active ones there are
    """
    return leaving > max(least, stored * share)


# -- departments --------------------------------------------------------------------


def compare_departments(plan, snapshot, table, stored, root_name=""):
    """Add the changes of departments to the plan.

    :param table: list of FieldMap
    :param dict stored: dept_id -> row with ``id``, ``active``, ``sequence`` and the
        fields of the table, relations in DingTalk's ids
    :param str root_name: name of a root department that DingTalk has not named
    """
    groups = mapping.delivered(snapshot.departments.values(), table)
    parents = _parents(plan, snapshot)
    sequences = _sequences(snapshot, parents, stored)
    for dept_id in _downwards(parents):
        item = dict(snapshot.departments[dept_id], parent_id=parents[dept_id])
        values, mistakes = mapping.values(item, table, groups)
        for key, error in mistakes:
            plan.problem("bad_value", "%s: %s" % (item.get("name"), key), dept_id,
                         error=error)
        values["sequence"] = sequences[dept_id]
        row = stored.get(dept_id)
        if not values.get("name"):
            # The root is not in the list of any parent, so nothing names it.
            values.pop("name", None)
            if row is None:
                values["name"] = root_name if not parents[dept_id] else dept_id
                values["name"] = values["name"] or dept_id
        if row is None:
            plan.departments.append(Change(CREATE, dept_id, None, values, {}))
            continue
        values["active"] = True
        new, old = differing(values, row)
        if new:
            plan.departments.append(Change(UPDATE, dept_id, row["id"], new, old))
    plan.leaving["departments"] = [
        dept_id
        for dept_id, row in stored.items()
        if row["active"] and dept_id not in snapshot.departments
    ]
    if not snapshot.incomplete:
        gone = set(snapshot.gone["departments"])
        plan.departments += [
            Change(ARCHIVE, dept_id, stored[dept_id]["id"], {"active": False},
                   {"active": True})
            for dept_id in plan.leaving["departments"]
            if dept_id in gone
        ]


def _parents(plan, snapshot):
    """Return dept_id -> parent's id, with every department below an existing top."""
    known = snapshot.departments
    top = next((key for key in known if not known[key].get("parent_id")), None)
    parents = collections.OrderedDict()
    for dept_id, item in known.items():
        parent_id = item.get("parent_id")
        if parent_id and parent_id not in known:
            plan.problem("parent_missing", item.get("name") or dept_id, dept_id)
            parent_id = top if top != dept_id else None
        parents[dept_id] = parent_id or None
    safe = set()
    for dept_id in parents:
        line, current = [], dept_id
        while current is not None and current not in safe and current not in line:
            line.append(current)
            current = parents[current]
        if current is not None and current not in safe:
            plan.problem(
                "department_cycle", known[dept_id].get("name") or dept_id, dept_id
            )
            parents[dept_id] = top if top != dept_id else None
        safe.update(line)
    return parents


def _children(parents):
    children = collections.OrderedDict()
    for dept_id, parent_id in parents.items():
        children.setdefault(parent_id, []).append(dept_id)
    return children


def _downwards(parents):
    """Return the departments, each after its parent."""
    children, order = _children(parents), []
    waiting = collections.deque(children.get(None, ()))
    while waiting:
        dept_id = waiting.popleft()
        order.append(dept_id)
        waiting.extend(children.get(dept_id, ()))
    return order


def _sequences(snapshot, parents, stored):
    found = {}
    for siblings in _children(parents).values():
        siblings = sorted(siblings, key=lambda key: _place(snapshot.departments[key]))
        before = [
            stored[key]["sequence"] if key in stored else None for key in siblings
        ]
        found.update(zip(siblings, arrange(before)))
    return found


def _place(item):
    order = item.get("order")
    if isinstance(order, int) and not isinstance(order, bool):
        return (0, order, item.get("position", 0))
    return (1, 0, item.get("position", 0))


def arrange(before, step=STEP):
    """Return rising numbers for a row of siblings, changing as few as possible.

    :param before: the number that each has now, None for a new one
    :return: list of int of the same length
    """
    kept = _longest_rise(before)
    after, low, index = [], 0, 0
    while index < len(before):
        if index in kept:
            low = before[index]
            after.append(low)
            index += 1
            continue
        end = index
        while end < len(before) and end not in kept:
            end += 1
        count = end - index
        if end < len(before):
            gap = before[end] - low
            if gap <= count:
                return [step * (place + 1) for place in range(len(before))]
            after += [low + gap * (each + 1) // (count + 1) for each in range(count)]
        else:
            after += [low + step * (each + 1) for each in range(count)]
        low, index = after[-1], end
    return after


def _longest_rise(numbers):
    """Return the places of a longest strictly rising part of the positive numbers."""
    tails, previous = [], {}  # tails: places, their numbers rise
    for place, value in enumerate(numbers):
        if not value or value < 1:
            continue
        low, high = 0, len(tails)
        while low < high:
            middle = (low + high) // 2
            if numbers[tails[middle]] < value:
                low = middle + 1
            else:
                high = middle
        previous[place] = tails[low - 1] if low else None
        tails[low:low + 1] = [place]
    found, place = set(), tails[-1] if tails else None
    while place is not None:
        found.add(place)
        place = previous[place]
    return found


# -- people ---------------------------------------------------------------------------


def compare_people(plan, snapshot, table, stored, departments):
    """Add the changes of people to the plan.

    :param dict stored: userid -> row as for departments
    :param departments: dept_ids that exist afterwards, for relations
    """
    groups = mapping.delivered(snapshot.people.values(), table)
    for userid, item in snapshot.people.items():
        change = compare_person(
            plan, userid, item, table, groups, stored.get(userid), departments
        )
        if change:
            plan.people.append(change)
    plan.leaving["people"] = [
        userid
        for userid, row in stored.items()
        if row["active"] and userid not in snapshot.people
    ]
    if not snapshot.incomplete:
        gone = set(snapshot.gone["people"])
        plan.people += [
            Change(ARCHIVE, userid, stored[userid]["id"], {"active": False},
                   {"active": True})
            for userid in plan.leaving["people"]
            if userid in gone
        ]


def compare_person(plan, userid, item, table, groups, row, departments):
    """Return the Change of one person, or None when nothing differs."""
    values, mistakes = mapping.values(item, table, groups)
    for key, error in mistakes:
        plan.problem("bad_value", "%s: %s" % (item.get("name") or userid, key),
                     userid=userid, error=error)
    own = [key for key in identifiers(item.get("dept_id_list")) if key in departments]
    for line in table:
        if line.field not in values:
            continue
        value = values[line.field]
        if line.relation == "departments" and isinstance(value, frozenset):
            values[line.field] = value & departments
        elif line.relation == "departments":
            values[line.field] = value._replace(known=value.known & departments)
        elif line.relation == "department" and value not in departments:
            # Outside what the application may see: the first that it does see.
            values[line.field] = own[0] if own else None
    if not values.get("name"):
        values.pop("name", None)
        if row is None:
            values["name"] = userid
    if row is None:
        values = {field: mapping.settle(value, None) for field, value in values.items()}
        return Change(CREATE, userid, None, values, {})
    values["active"] = True
    new, old = differing(values, row)
    return Change(UPDATE, userid, row["id"], new, old) if new else None


# -- a part ---------------------------------------------------------------------------


def compare_part(plan, snapshot, table, stored, person_table, stored_people):
    """Add the changes of the departments and people that were asked for singly.

    Departments are changed and not made: what is above them is not known.
    """
    groups = mapping.delivered(snapshot.departments.values(), table)
    for dept_id, item in snapshot.departments.items():
        row = stored.get(dept_id)
        if row is None:
            continue
        if item.get("parent_id") not in stored:
            item = dict(item, parent_id=row["parent_id"])
        values, _mistakes = mapping.values(item, table, groups)
        if not values.get("name"):
            values.pop("name", None)
        values["active"] = True
        new, old = differing(values, row)
        if new:
            plan.departments.append(Change(UPDATE, dept_id, row["id"], new, old))
    known = frozenset(stored)
    for userid, item in snapshot.people.items():
        # Of one person alone it can't be said what others are allowed to have.
        change = compare_person(
            plan, userid, item, person_table, mapping.delivered([item], person_table),
            stored_people.get(userid), known,
        )
        if change:
            plan.people.append(change)
    plan.people += [
        Change(ARCHIVE, userid, stored_people[userid]["id"], {"active": False},
               {"active": True})
        for userid in snapshot.gone["people"]
        if userid in stored_people and stored_people[userid]["active"]
    ]
