"""Attendance: valid in Odoo, and all that DingTalk has reported is stored once."""

import collections

from ..registry import invariant


@invariant
def attendances_never_overlap(books):
    """No two attendances of a person overlap."""
    mine = collections.defaultdict(list)
    for each in books.attendances:
        mine[each["employee"]].append(each)
    for employee, rows in sorted(mine.items()):
        rows.sort(key=lambda each: (each["begin"], each["id"]))
        for one, other in zip(rows, rows[1:]):
            if one["end"] and one["end"] > other["begin"]:
                yield "employee %s: %s ends after %s begins" % (
                    employee, one["id"], other["id"])


@invariant
def nobody_is_checked_in_twice(books):
    """A person has one open attendance at most."""
    counts = collections.Counter(
        each["employee"] for each in books.attendances if not each["end"])
    for employee, count in sorted(counts.items()):
        if count > 1:
            yield "employee %s has %d open attendances" % (employee, count)


@invariant
def no_punch_is_lost(books):
    """Each punch of a free shift that DingTalk lists is stored in Odoo, once."""
    known = collections.Counter(books.odoo_punches)
    for key in sorted(set(books.dingtalk_punches)):
        if known[key] != 1:
            yield "punch %s is %d times in Odoo" % (key, known[key])


@invariant
def check_ins_are_those_of_dingtalk(books):
    """Each field check-in of DingTalk is shown in Odoo once, and no other."""
    known = collections.Counter(books.odoo_check_ins)
    there = collections.Counter(books.dingtalk_check_ins)
    for key in sorted(set(known) | set(there)):
        if known[key] != min(there[key], 1):
            yield "check-in %s is %d times in DingTalk, %d times in Odoo" % (
                key, there[key], known[key])


@invariant
def no_day_is_left(books):
    """Each day whose results have changed is computed."""
    for each in books.pending_days:
        yield "%(userid)s on %(work_date)s is still to be computed" % each


@invariant
def reading_again_changes_nothing(books):
    """A second reading of the same days writes nothing."""
    for name, count in sorted(books.second_reading.items()):
        if count:
            yield "%s: %d" % (name, count)
