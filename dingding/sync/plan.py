# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Compare a snapshot with what is stored: what would be written, and nothing else.

Everything is in DingTalk's ids; who writes turns them into his own. A plan changes
nothing and can be shown before it is carried out.
"""
import collections

from . import agreement, mapping
from .converters import identifier, identifiers
from .reader import ROOT
from .snapshot import Snapshot

CREATE, UPDATE, ARCHIVE = "create", "update", "archive"

STEP = 1000  # room between two neighbours, so that a third one fits in

#: One row to be written.
#:
#: action  CREATE, UPDATE or ARCHIVE
#: key     dept_id or userid
#: id      the stored row's, None for a new one
#: values  field -> new value, only what differs
#: old     field -> stored value of the same fields
#: agreed  field -> value on which both sides agree afterwards
#: conflicts, push  see :class:`.agreement.Weighed`
Change = collections.namedtuple(
    "Change", "action key id values old agreed conflicts push"
)
Change.__new__.__defaults__ = (None, (), ())


class Plan(object):
    """What a run would do.

    :ivar departments: list of Change, parents before their children
    :ivar people: list of Change
    :ivar problems: list of dicts as in a snapshot
    :ivar leaving: dict 'departments' and 'people': keys that are stored, active and
        missing from what was read
    :ivar dict ids: for who writes: 'department' and 'person' -> DingTalk's id -> his
    :ivar dict names: for who shows: the same -> DingTalk's id -> name
    """

    def __init__(self):
        self.departments = []
        self.people = []
        self.problems = []
        self.leaving = {"departments": [], "people": []}
        self.ids = {}
        self.names = {}

    def problem(self, code, subject="", dept_id="", userid="", error=""):
        self.problems.append(
            {
                "code": code, "subject": subject, "dept_id": dept_id,
                "userid": userid, "error": error, "remedy": "",
            }
        )


def updated(key, row, values, table, leads, pushed=None):
    """Return the Change of a stored row, or None when there is nothing to do."""
    weighed = agreement.weigh(values, row, table, leads, pushed)
    if not any(weighed):
        return None
    return Change(
        UPDATE, key, row["id"], weighed.new, weighed.old, weighed.agreed,
        tuple(weighed.conflicts), tuple(weighed.push),
    )


def created(key, values, table):
    """Return the Change that makes a row."""
    values = {field: mapping.settle(value, None) for field, value in values.items()}
    both = {line.field for line in table if line.direction == "both"}
    agreed = {field: value for field, value in values.items() if field in both}
    return Change(CREATE, key, None, values, {}, agreed)


def archived(key, row):
    """Return the Change that archives a row."""
    return Change(ARCHIVE, key, row["id"], {"active": False}, {"active": True})


def too_many(leaving, stored, share=0.1, least=20):
    """Tell whether more would be archived than somebody should look at first.

    :param int leaving: how many would be archived
    :param int stored: how many active ones there are
    """
    return leaving > max(least, stored * share)


# -- departments --------------------------------------------------------------------


def compare_departments(plan, snapshot, table, stored, root_name="",
                        leads=agreement.always_dingtalk):
    """Add the changes of departments to the plan.

    :param table: list of FieldMap
    :param dict stored: dept_id -> row with ``id``, ``active``, ``sequence`` and the
        fields of the table, relations in DingTalk's ids
    :param str root_name: name of a root department that DingTalk has not named
    :param leads: function of a field: whose value counts, see ``agreement.py``
    """
    groups = mapping.delivered(snapshot.departments.values(), table)
    parents = _parents(plan, snapshot)
    sequences = _sequences(snapshot, parents, stored)
    ours = _order_of_ours(parents, stored, sequences, leads)
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
            plan.departments.append(created(dept_id, values, table))
            continue
        if parents[dept_id] in ours:
            values.pop("sequence")
        if snapshot.scope and not parents[dept_id]:
            # What is above and beside it was not asked for.
            values.pop("parent_id", None)
            values.pop("sequence", None)
        values["active"] = True
        change = updated(dept_id, row, values, table, leads)
        if ours.get(dept_id):
            change = change or Change(UPDATE, dept_id, row["id"], {}, {}, {})
            change = change._replace(push=change.push + ("child_ids",))
        if change:
            plan.departments.append(change)
    covered = below(stored, snapshot.scope)
    plan.leaving["departments"] = [
        dept_id
        for dept_id, row in stored.items()
        if row["active"] and dept_id not in snapshot.departments
        and (covered is None or dept_id in covered)
    ]
    if not snapshot.incomplete:
        gone = set(snapshot.gone["departments"])
        plan.departments += [
            archived(dept_id, stored[dept_id])
            for dept_id in plan.leaving["departments"]
            if dept_id in gone
        ]


def below(stored, tops):
    """Return these departments and the stored ones below them; None when all count.

    :param tops: dept_ids, none for the whole organisation
    """
    if not tops:
        return None
    found = set(tops)
    children = _children({key: row["parent_id"] for key, row in stored.items()})
    waiting = list(tops)
    while waiting:
        fresh = [key for key in children.get(waiting.pop(), ()) if key not in found]
        found.update(fresh)
        waiting.extend(fresh)
    return found


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


def _order_of_ours(parents, stored, sequences, leads):
    """Return below which departments Odoo's order is kept: id -> whether it is told.

    With the last change, that is where a change of the order is on its way.
    """
    leader, found = leads("sequence"), {}
    if leader == "dingtalk":
        return found
    for parent_id, siblings in _children(parents).items():
        pending = "child_ids" in (stored.get(parent_id, {}).get("pending") or ())
        if parent_id not in stored or leader == "last" and not pending:
            continue
        known = [
            key for key in siblings
            if key in stored and stored[key]["parent_id"] == parent_id
        ]
        theirs = sorted(known, key=lambda key: sequences[key])
        mine = sorted(
            known, key=lambda key: (stored[key]["sequence"], stored[key]["id"])
        )
        found[parent_id] = not pending and mine != theirs
    return found


def compare_order(plan, lists, table, stored, new, leads=agreement.always_dingtalk):
    """Add the order of departments to the plan, as reading the organisation would.

    :param dict lists: dept_id -> items of the departments directly below it, in
        DingTalk's order
    :param dict stored: as in :func:`compare_departments`, of all of these
    :param new: ids of those that were just made and have no place yet
    """
    snapshot, parents = Snapshot(with_people=False), collections.OrderedDict()
    for parent_id, items in lists.items():
        for position, item in enumerate(items):
            dept_id = identifier(item["dept_id"])
            if dept_id in stored:
                snapshot.departments[dept_id] = dict(item, position=position)
                parents[dept_id] = parent_id
    rows = {
        dept_id: dict(row, sequence=None) if dept_id in new else row
        for dept_id, row in stored.items()
    }
    sequences = _sequences(snapshot, parents, rows)
    known = {dept_id: row for dept_id, row in rows.items() if dept_id not in new}
    ours = _order_of_ours(parents, known, sequences, leads)
    for dept_id, sequence in sequences.items():
        if parents[dept_id] in ours and dept_id not in new:
            continue
        change = updated(
            dept_id, stored[dept_id], {"sequence": sequence}, table, leads
        )
        if change:
            plan.departments.append(change)


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


def compare_people(plan, snapshot, table, stored, departments,
                   leads=agreement.always_dingtalk, covered=None):
    """Add the changes of people to the plan.

    :param dict stored: userid -> row as for departments
    :param departments: dept_ids that exist afterwards, for relations
    :param leads: as for departments
    :param covered: dept_ids whose people were read, None for all; see :func:`below`
    """
    groups = mapping.delivered(snapshot.people.values(), table)
    pushed = agreement.both_ways(table)
    for userid, item in snapshot.people.items():
        change = compare_person(
            plan, userid, item, table, groups, stored.get(userid), departments, leads,
            pushed,
        )
        if change:
            plan.people.append(change)
    plan.leaving["people"] = [
        userid
        for userid, row in stored.items()
        if row["active"] and userid not in snapshot.people
        and (covered is None or covered & row["department_ids"])
    ]
    if not snapshot.incomplete:
        gone = set(snapshot.gone["people"])
        plan.people += [
            archived(userid, stored[userid])
            for userid in plan.leaving["people"]
            if userid in gone
        ]


def compare_person(plan, userid, item, table, groups, row, departments,
                   leads=agreement.always_dingtalk, pushed=None):
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
        return created(userid, values, table)
    values["active"] = True
    return updated(userid, row, values, table, leads, pushed)


# -- a part ---------------------------------------------------------------------------


def departments_of_part(snapshot, stored_people, person_table):
    """Return the ids of all departments that :func:`compare_part` has to know.

    Those that were asked for, those above them, and those of the people, before and
    now.
    """
    found = set(snapshot.departments)
    found.update(item.get("parent_id") for item in snapshot.departments.values())
    for item in snapshot.people.values():
        found.update(identifiers(item.get("dept_id_list")))
    for line in person_table:
        for row in stored_people.values():
            if line.relation == "departments":
                found.update(row[line.field] or ())
            elif line.relation == "department":
                found.add(row[line.field])
    return found - {None, False, ""}


def compare_part(plan, snapshot, table, stored, person_table, stored_people,
                 leads=agreement.always_dingtalk):
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
        if not values.get("name") or dept_id == ROOT:
            # Reading the organisation tells no name of the root: it has its own here.
            values.pop("name", None)
        values["active"] = True
        change = updated(dept_id, row, values, table, leads)
        if change:
            plan.departments.append(change)
    known = frozenset(stored)
    for userid, item in snapshot.people.items():
        # Of one person alone it can't be said what others are allowed to have.
        change = compare_person(
            plan, userid, item, person_table, mapping.delivered([item], person_table),
            stored_people.get(userid), known, leads,
        )
        if change:
            plan.people.append(change)
    plan.people += [
        archived(userid, stored_people[userid])
        for userid in snapshot.gone["people"]
        if userid in stored_people and stored_people[userid]["active"]
    ]
