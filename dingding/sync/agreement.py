# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Whose value is kept when what DingTalk says and what is stored differ.

Three values are looked at: DingTalk's, the stored one, and the one that both last
agreed on. What differs from the agreement was changed on that side.
"""
import collections

from . import mapping

#: new        field -> value of DingTalk that is to be stored
#: old        field -> stored value of the same fields
#: agreed     field -> value on which both agree once that is written
#: conflicts  list of (field, stored value, DingTalk's value, whose is kept)
#: push       fields whose stored value is to go to DingTalk
Weighed = collections.namedtuple("Weighed", "new old agreed conflicts push")

# Fields that only make sense together: with one the others are kept as well.
TOGETHER = (frozenset(["mobile", "state_code"]),)


def plain(value):
    """Return a value as it is compared: all that is empty is None."""
    return value or None


def always_dingtalk(field):
    """Be the policy of who has none."""
    return "dingtalk"


def both_ways(table):
    """Return the fields of a table that Odoo may change in DingTalk."""
    return frozenset(line.field for line in table if line.direction == "both")


def weigh(values, row, table, leads=always_dingtalk, pushed=None):
    """Return what is to be done about one row, as Weighed.

    A field that both never agreed on is DingTalk's, unless a change of it is on its
    way there.

    :param dict values: field -> DingTalk's value
    :param dict row: stored row; ``agreed`` holds field -> value of the last agreement,
        ``pending`` the fields of which a change is on its way
    :param table: list of FieldMap
    :param leads: function of a field: 'dingtalk', 'odoo' or 'last'
    :param pushed: result of :func:`both_ways`, for who weighs many rows
    """
    pushed = both_ways(table) if pushed is None else pushed
    agreed_before, pending = row.get("agreed") or {}, row.get("pending") or ()
    differs = []
    for field, value in values.items():
        here = row.get(field)
        # Nearly always both are the same and agreed on: that has to be quick.
        if value == here or not value and not here:
            if field not in pushed:
                continue
            agreed = agreed_before.get(field, differs)
            if agreed == here or not agreed and not here and agreed is not differs:
                continue
        differs.append(field)
    result = Weighed({}, {}, {}, [], [])
    if not differs:
        return result
    lines = {line.field: line for line in table}
    kept = set()
    for field in differs:
        here = row.get(field)
        value = mapping.settle(values[field], here)
        sent = field in pushed
        known = field in agreed_before
        if plain(value) == plain(here):
            if sent and not (
                known and plain(agreed_before[field]) == plain(value)
            ):
                result.agreed[field] = value
            continue
        changed_here = field in pending or (
            known and plain(agreed_before[field]) != plain(here)
        )
        changed_there = not known or plain(agreed_before[field]) != plain(value)
        leader = leads(field) if sent else "dingtalk"
        if leader == "odoo":
            keeps = known or changed_here
            told = keeps and known and changed_there
        else:
            keeps = leader == "last" and changed_here and not changed_there
            told = sent and changed_here and changed_there
        if told:
            result.conflicts.append(
                (field, here, value, "odoo" if keeps else "dingtalk")
            )
        if keeps:
            kept.add(field)
            if field not in pending:
                result.push.append(field)
            continue
        result.new[field] = value
        result.old[field] = here
        if sent:
            result.agreed[field] = value
    _keep_with(result, kept, lines)
    return result


def _keep_with(result, kept, lines):
    """Leave alone what is but another form of what is kept."""
    if not kept:
        return
    for group in TOGETHER:
        if group & kept:
            kept |= group
    keys = {lines[field].key for field in kept if field in lines}
    for field in list(result.new):
        line = lines.get(field)
        if field in kept or (
            line is not None and line.key in keys and line.direction == "in"
        ):
            del result.new[field], result.old[field]
            result.agreed.pop(field, None)
