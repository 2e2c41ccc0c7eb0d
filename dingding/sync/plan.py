# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Compare a snapshot with the stored rows and plan what to write.

Everything is in DingTalk's ids. A plan changes nothing.
"""
import collections

from . import baseline, mapping
from .converters import identifier, identifiers
from .reader import ROOT
from .snapshot import Snapshot

CREATE, UPDATE, ARCHIVE = "create", "update", "archive"

STEP = 1000  # gap between two siblings, leaving room for others

#: One row to write.
#:
#: action  CREATE, UPDATE or ARCHIVE
#: key     dept_id or userid
#: id      the stored row's, None for a new one
#: values  field -> new value, only differences
#: old     field -> stored value of the same fields
#: baseline  field -> new baseline
#: conflicts, push  see ``Weighed`` of ``baseline.py``
#: settled fields equal on both sides whose outgoing change DingTalk refused
Change = collections.namedtuple(
    "Change", "action key id values old baseline conflicts push settled"
)
Change.__new__.__defaults__ = (None, (), (), ())

PLACES, LEADS = "department_ids", "leader_department_ids"


class Plan(object):
    """Hold what a sync would do.

    :ivar departments: list of Change, parents before their children
    :ivar people: list of Change
    :ivar others: kind -> list of Change, of other resources
    :ivar problems: list of dicts as in a snapshot
    :ivar leaving: kind, such as 'people' -> stored, active keys missing from the
        snapshot
    :ivar dict ids: for the writer: 'department' and so on -> DingTalk's id -> row id
    :ivar dict names: for display: the same -> DingTalk's id -> name
    :ivar dict stored: kind -> number of its changes that are stored already, see
        ``Parts`` of ``spool.py``
    """

    def __init__(self):
        self.departments = []
        self.people = []
        self.others = {}
        self.problems = []
        self.leaving = {"departments": [], "people": []}
        self.ids = {}
        self.names = {}
        self.stored = {}

    def changes(self, kind):
        """Return the list of changes of any resource, to read and to add to."""
        if kind in ("departments", "people"):
            return getattr(self, kind)
        return self.others.setdefault(kind, [])

    def problem(self, code, subject="", dept_id="", userid="", error=""):
        self.problems.append(
            {
                "code": code, "subject": subject, "dept_id": dept_id,
                "userid": userid, "error": error, "remedy": "",
            }
        )


def updated(key, row, values, table, leads, pushed=None):
    """Return the Change of a stored row, or None if nothing differs."""
    weighed = baseline.weigh(values, row, table, leads, pushed)
    settled = tuple(
        name for name in sorted(row.get("refused") or ())
        if name in values and baseline.plain(row.get(name)) == baseline.plain(
            mapping.settle(values[name], row.get(name)))
    )
    if not any(weighed) and not settled:
        return None
    return Change(
        UPDATE, key, row["id"], weighed.new, weighed.old, weighed.baseline,
        tuple(weighed.conflicts), tuple(weighed.push), settled,
    )


def created(key, values, table):
    values = {field: mapping.settle(value, None) for field, value in values.items()}
    both = {line.field for line in table if line.direction == "both"}
    base = {field: value for field, value in values.items() if field in both}
    return Change(CREATE, key, None, values, {}, base)


def archived(key, row):
    return Change(ARCHIVE, key, row["id"], {"active": False}, {"active": True})


def too_many(leaving, stored, share=0.1, least=20):
    """Tell whether the number of records to archive exceeds the archive threshold.

    :param int leaving: number of records to archive
    :param int stored: number of active records
    """
    return leaving > max(least, stored * share)


# -- departments --------------------------------------------------------------------


def compare_departments(plan, snapshot, table, stored, root_name="",
                        leads=baseline.always_dingtalk):
    """Add the changes of departments to the plan.

    :param table: list of FieldMap
    :param dict stored: dept_id -> row with ``id``, ``active``, ``sequence`` and the
        fields of the table, relations in DingTalk's ids
    :param str root_name: name for a root department that DingTalk left unnamed
    :param leads: function of a field: whose value counts, see ``baseline.py``
    """
    groups = mapping.delivered(snapshot.departments.values(), table)
    parents = _parents(plan, snapshot)
    sequences = _sequences(snapshot, parents, stored)
    ordered_by_odoo = _parents_in_odoo_order(parents, stored, sequences, leads)
    found = collections.OrderedDict()
    for dept_id in _downwards(parents):
        item = dict(snapshot.departments[dept_id], parent_id=parents[dept_id])
        values, mistakes = mapping.values(item, table, groups)
        for key, error in mistakes:
            plan.problem("bad_value", "%s: %s" % (item.get("name"), key), dept_id,
                         error=error)
        values["sequence"] = sequences[dept_id]
        row = stored.get(dept_id)
        if not values.get("name"):
            # Departments are named in their parent's list; the root has none.
            values.pop("name", None)
            if row is None:
                values["name"] = root_name if not parents[dept_id] else dept_id
                values["name"] = values["name"] or dept_id
        if row is None:
            found[dept_id] = created(dept_id, values, table)
            continue
        if parents[dept_id] in ordered_by_odoo:
            values.pop("sequence")
        if not parents[dept_id] and (snapshot.scope or dept_id != ROOT):
            # Its parent and siblings were not read.
            values.pop("parent_id", None)
            values.pop("sequence", None)
        values["active"] = True
        change = updated(dept_id, row, values, table, leads)
        if ordered_by_odoo.get(dept_id):
            change = change or Change(UPDATE, dept_id, row["id"], {}, {}, {})
            change = change._replace(push=change.push + ("child_ids",))
        found[dept_id] = change
    _break_circles(found, parents, stored)
    plan.departments += [change for change in found.values() if change]
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


def _break_circles(found, parents, stored):
    """Take DingTalk's parent where Odoo's would put a department below itself.

    Somebody may have moved one below the other in Odoo, and in DingTalk vice versa.

    :param dict found: dept_id -> Change or None; modified in place
    :param dict parents: dept_id -> DingTalk's parent
    :param dict stored: dept_id -> row
    """
    def above(dept_id):
        change = found.get(dept_id)
        if change and "parent_id" in change.values:
            return change.values["parent_id"]
        return stored.get(dept_id, {}).get("parent_id")

    moved = [
        dept_id for dept_id, change in found.items()
        if change and change.action == UPDATE and "parent_id" in change.values
    ]
    for start in moved:
        line, current = [], start
        while current and current not in line:
            line.append(current)
            current = above(current)
        for dept_id in line[line.index(current):] if current else ():
            value, row = parents.get(dept_id), stored.get(dept_id)
            if row is None or dept_id not in parents or above(dept_id) == value:
                continue
            change = found[dept_id] or Change(UPDATE, dept_id, row["id"], {}, {}, {})
            moved.append(dept_id)
            found[dept_id] = change._replace(
                values=dict(change.values, parent_id=value),
                old=dict(change.old, parent_id=row["parent_id"]),
                baseline=dict(change.baseline, parent_id=value),
                conflicts=tuple(
                    each for each in change.conflicts if each[0] != "parent_id"
                ) + (("parent_id", row["parent_id"], value, "dingtalk"),),
                push=tuple(name for name in change.push if name != "parent_id"),
            )


def below(stored, tops):
    """Return these departments and the stored ones below them, or None for all.

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
    """Return dept_id -> parent's id; each parent chain ends at an existing top."""
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
    """Return the departments, parents before children."""
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


def _parents_in_odoo_order(parents, stored, sequences, leads):
    """Return the parents that keep Odoo's order of children: id -> whether to send it.

    With 'last', these are the parents with a pending change of the order.
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
        dingtalk_order = sorted(known, key=lambda key: sequences[key])
        odoo_order = sorted(
            known, key=lambda key: (stored[key]["sequence"], stored[key]["id"])
        )
        found[parent_id] = not pending and odoo_order != dingtalk_order
    return found


def compare_order(plan, lists, table, stored, new, leads=baseline.always_dingtalk):
    """Add the order of departments to the plan, as a full sync would.

    :param dict lists: dept_id -> items of its direct children, in DingTalk's order
    :param dict stored: as in :func:`compare_departments`, of all of these
    :param new: ids of departments just created, which have no place yet
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
    ordered_by_odoo = _parents_in_odoo_order(parents, known, sequences, leads)
    for dept_id, sequence in sequences.items():
        if parents[dept_id] in ordered_by_odoo and dept_id not in new:
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


def arrange(before):
    """Return rising numbers for a list of siblings, changing as few as possible.

    :param before: the current number of each, None for a new one
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
                return [STEP * (place + 1) for place in range(len(before))]
            after += [low + gap * (each + 1) // (count + 1) for each in range(count)]
        else:
            after += [low + STEP * (each + 1) for each in range(count)]
        low, index = after[-1], end
    return after


def _longest_rise(numbers):
    """Return the places of a longest rising subsequence of positive numbers."""
    tails, previous = [], {}  # tails: places whose numbers rise
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
                   leads=baseline.always_dingtalk, covered=None, people=None):
    """Add the changes of people to the plan; may be called for several parts of them.

    :param dict stored: userid -> row as for departments
    :param departments: dept_ids that exist afterwards, for relations
    :param leads: as for departments
    :param covered: dept_ids whose people were read, None for all; see :func:`below`
    :param people: UserIDs that are stored, None: those of ``stored``
    """
    people = stored if people is None else people
    groups = mapping.delivered(snapshot.people.values(), table) | snapshot.delivered
    pushed = baseline.both_ways(table)
    for userid, item in snapshot.people.items():
        change = compare_person(
            plan, userid, item, table, groups, stored.get(userid), departments, people,
            leads, pushed,
        )
        if change:
            plan.people.append(change)
    leaving = [
        userid
        for userid, row in stored.items()
        if row["active"] and userid not in snapshot.people
        and (covered is None or covered & row["department_ids"])
    ]
    plan.leaving["people"] += leaving
    if leaving and not snapshot.incomplete:
        gone = set(snapshot.gone["people"])
        plan.people += [
            archived(userid, stored[userid]) for userid in leaving if userid in gone
        ]


def compare_person(plan, userid, item, table, groups, row, departments, people,
                   leads=baseline.always_dingtalk, pushed=None):
    """Return the Change of one person, or None if nothing differs.

    :param departments, people: DingTalk's ids to which relations may refer
    """
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
            # The main department is out of scope: use the first visible one.
            values[line.field] = own[0] if own else None
        elif line.relation == "person" and value:
            row, unknown = _never_known(line.field, value, row)
            if value not in people and (unknown or leads(line.field) != "dingtalk"):
                # Nobody would count as chosen in Odoo, and be sent to DingTalk.
                del values[line.field]
    if not values.get("name"):
        values.pop("name", None)
        if row is None:
            values["name"] = userid
    if row is None:
        return created(userid, values, table)
    values["active"] = True
    change = updated(userid, row, values, table, leads, pushed)
    if LEADS in values and leads(LEADS) != "dingtalk":
        change = _only_members(change, userid, row, values)
    return change


def _never_known(field, value, row):
    """Tell whether Odoo lacks a person only because it did not know this one before.

    A user's change would be pending.

    :return: (the row, without that baseline; whether it is so)
    """
    base = (row or {}).get("baseline") or {}
    unknown = base.get(field) == value and not row.get(field) and (
        field not in (row.get("pending") or ()))
    if unknown:
        row = dict(row, baseline={
            name: base[name] for name in base if name != field})
    return row, unknown


def _only_members(change, userid, row, values):
    """Return the Change of a person without departments they manage as non-members.

    DingTalk accepts only members as managers, so send nothing until it has the
    membership.

    :param Change change: from :func:`updated`, or None
    """
    odoo_leads = row.get(LEADS) or frozenset()
    change = change or Change(UPDATE, userid, row["id"], {}, {}, {})
    if LEADS in change.values or not (odoo_leads or change.push):
        return change if any(change[3:]) else None
    dingtalk_leads = mapping.settle(values[LEADS], odoo_leads)
    own = change.values.get(PLACES, row.get(PLACES)) or frozenset()
    possible, push = odoo_leads & own, change.push
    if possible != odoo_leads:
        base = (row.get("baseline") or {}).get(LEADS) or frozenset()
        conflicts = tuple(each for each in change.conflicts if each[0] != LEADS)
        if odoo_leads - own - base:
            # A user set it in Odoo; a move removes only departments in the baseline.
            conflicts += ((LEADS, odoo_leads, dingtalk_leads, "dingtalk"),)
        change = change._replace(
            values=dict(change.values, **{LEADS: possible}),
            old=dict(change.old, **{LEADS: odoo_leads}), conflicts=conflicts,
        )
        if possible == dingtalk_leads:
            base = dict(change.baseline, **{LEADS: dingtalk_leads})
            change = change._replace(baseline=base)
    reached = values.get(PLACES, own)
    if PLACES in push:
        reached |= own
    if not (dingtalk_leads - possible or (possible - dingtalk_leads) & reached):
        change = change._replace(push=tuple(name for name in push if name != LEADS))
    return change if any(change[3:]) else None


class Managers(object):
    """Find the departments with the same managers on both sides, part by part.

    Only departments with refused managers are checked.

    :param table: lines of people
    :param dict departments: dept_id -> stored row
    """

    def __init__(self, table, departments):
        self._table = table
        self._refused = {
            dept_id: row for dept_id, row in departments.items()
            if "manager_ids" in (row.get("refused") or ())
        }
        self._odoo, self._dingtalk = set(), set()

    def add(self, snapshot, people):
        """Add some of the people.

        :param dict people: userid -> stored row
        """
        if not self._refused:
            return
        wanted = frozenset(self._refused)
        for userid, row in people.items():
            if row["active"]:
                possible = (row[LEADS] or frozenset()) & (row[PLACES] or frozenset())
                self._odoo.update((key, userid) for key in possible & wanted)
        groups = mapping.delivered(snapshot.people.values(), self._table)
        for userid, item in snapshot.people.items():
            values, _mistakes = mapping.values(
                item, self._table, groups | snapshot.delivered)
            stored = people.get(userid, {}).get(LEADS)
            leads = mapping.settle(values.get(LEADS, frozenset()), stored)
            self._dingtalk.update((key, userid) for key in leads & wanted)

    def settle(self, plan):
        """Add the departments that are equal on both sides to the plan."""
        different = {key for key, _userid in self._odoo ^ self._dingtalk}
        plan.departments += [
            Change(UPDATE, dept_id, row["id"], {}, {}, {}, settled=("manager_ids",))
            for dept_id, row in self._refused.items() if dept_id not in different
        ]


# -- other resources ------------------------------------------------------------------


def compare_rows(plan, kind, snapshot, table, stored, leads=baseline.always_dingtalk,
                 broken=False):
    """Add the changes of a flat list of objects to the plan.

    :param str kind: of the resource
    :param dict stored: kind -> key -> row, of this resource and those it refers to
    :param broken: whether something was unreadable, so nothing may be archived
    """
    items, changes, rows = snapshot.items(kind), plan.changes(kind), stored[kind]
    relations = {line.relation for line in table}
    known = {
        relation: frozenset(snapshot.items(other)) | frozenset(stored.get(other, ()))
        for relation, other in mapping.KINDS.items() if relation in relations
    }
    groups = mapping.delivered(items.values(), table)
    pushed = baseline.both_ways(table)
    for key, item in items.items():
        values, mistakes = mapping.values(item, table, groups)
        for name, error in mistakes:
            plan.problem("bad_value", "%s: %s" % (item.get("name") or key, name),
                         error=error)
        for line in table:
            if line.field in values and line.relation in known:
                values[line.field] = _existing(
                    values[line.field], known[line.relation])
        row = rows.get(key)
        if row is None:
            changes.append(created(key, values, table))
            continue
        values["active"] = True
        change = updated(key, row, values, table, leads, pushed)
        if change:
            changes.append(change)
    plan.leaving[kind] = [
        key for key, row in rows.items()
        if row["active"] and key not in items and not broken
    ]
    gone = set(snapshot.gone.get(kind, ()))
    changes += [
        archived(key, rows[key]) for key in plan.leaving[kind] if key in gone
    ]


def _existing(value, known):
    """Return the value of a relation without ids that are not ``known``."""
    if isinstance(value, frozenset):
        return value & known
    if isinstance(value, mapping.Partial):
        return value._replace(known=value.known & known)
    return value if value in known else None


# -- a part ---------------------------------------------------------------------------


def departments_of_part(snapshot, stored_people, person_table):
    """Return the ids of all departments that :func:`compare_part` needs.

    The requested ones, their ancestors, and the people's former and current
    departments.
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


def _parents_first(departments):
    """Return the ids of departments in the order of writing.

    A parent may have been below its child.

    :param dict departments: dept_id -> item
    """
    parents = collections.OrderedDict(
        (dept_id, item.get("parent_id") if item.get("parent_id") in departments
         else None)
        for dept_id, item in departments.items())
    order = _downwards(parents)
    # Read while they moved, they may form a circle, which is refused and read again.
    return order + [dept_id for dept_id in parents if dept_id not in order]


def compare_part(plan, snapshot, table, stored, person_table, stored_people, people,
                 leads=baseline.always_dingtalk):
    """Add the changes of individually requested departments and people.

    Departments are updated, never created, because their ancestors are unknown.

    :param people: UserIDs to which relations may refer
    """
    groups = mapping.delivered(snapshot.departments.values(), table)
    found, parents = collections.OrderedDict(), {}
    for dept_id in _parents_first(snapshot.departments):
        item, row = snapshot.departments[dept_id], stored.get(dept_id)
        if row is None:
            continue
        if item.get("parent_id") not in stored:
            item = dict(item, parent_id=row["parent_id"])
        parents[dept_id] = item["parent_id"]
        values, _mistakes = mapping.values(item, table, groups)
        if not values.get("name") or dept_id == ROOT:
            # Reading the organisation returns no name for the root: keep the stored
            # one.
            values.pop("name", None)
        values["active"] = True
        found[dept_id] = updated(dept_id, row, values, table, leads)
    _break_circles(found, parents, stored)
    plan.departments += [change for change in found.values() if change]
    known = frozenset(stored)
    for userid, item in snapshot.people.items():
        # A single person does not show which values DingTalk delivers for others.
        change = compare_person(
            plan, userid, item, person_table,
            mapping.delivered([item], person_table) | snapshot.delivered,
            stored_people.get(userid), known, people, leads,
        )
        if change:
            plan.people.append(change)
    plan.people += [
        archived(userid, stored_people[userid])
        for userid in snapshot.gone["people"]
        if userid in stored_people and stored_people[userid]["active"]
    ]
