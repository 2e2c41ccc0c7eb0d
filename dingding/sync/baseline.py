# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Decide which value to keep when DingTalk and Odoo differ.

:func:`weigh` decides at a sync, :func:`decide` when an outgoing change is sent.
Three values count: DingTalk's, Odoo's, and the sync baseline, on which both were last
equal. A side whose value differs from the baseline has changed it.
"""
import collections

from . import mapping

#: new        field -> DingTalk's value to store
#: old        field -> stored value of the same fields
#: baseline   field -> new baseline once that is written
#: conflicts  list of (field, stored value, DingTalk's value, which side is kept)
#: push       fields whose stored value is to be sent to DingTalk
Weighed = collections.namedtuple("Weighed", "new old baseline conflicts push")

#: Actions for one field, see :func:`decide`.
SEND, EQUAL, KEEP, TAKE = "send", "equal", "keep", "take"

#: action    SEND: send Odoo's value to DingTalk; EQUAL: both are equal already; KEEP:
#:           Odoo's value did not change; TAKE: take DingTalk's value
#: conflict  both sides changed the field since the baseline, to different values
Decision = collections.namedtuple("Decision", "action conflict")

# Keeping one keeps the others.
TOGETHER = (frozenset(["mobile", "state_code"]),)


def plain(value):
    """Normalise a value for comparison: everything empty is None."""
    return value or None


def always_dingtalk(field):
    """Return the default policy: DingTalk's value counts."""
    return "dingtalk"


def both_ways(table):
    """Return the fields of a table that Odoo may change in DingTalk."""
    return frozenset(line.field for line in table if line.direction == "both")


def weigh(values, row, table, leads=always_dingtalk, pushed=None):
    """Decide what to do about one row, as Weighed.

    A field without a baseline takes DingTalk's value, unless an outgoing change of it
    is pending.

    :param dict values: field -> DingTalk's value
    :param dict row: stored row; ``baseline`` holds field -> baseline, ``pending`` the
        fields with a pending outgoing change
    :param table: list of FieldMap
    :param leads: function of a field: 'dingtalk', 'odoo' or 'last'
    :param pushed: result of :func:`both_ways`, for callers that weigh many rows
    """
    pushed = both_ways(table) if pushed is None else pushed
    bases, pending = row.get("baseline") or {}, row.get("pending") or ()
    differs = []
    for field, value in values.items():
        odoo_value = row.get(field)
        # Fast path.
        if value == odoo_value or not value and not odoo_value:
            if field not in pushed:
                continue
            base = bases.get(field, differs)
            if base == odoo_value:
                continue
            if not base and not odoo_value and base is not differs:
                continue
        differs.append(field)
    result = Weighed({}, {}, {}, [], [])
    if not differs:
        return result
    lines = {line.field: line for line in table}
    kept = set()
    for field in differs:
        odoo_value = row.get(field)
        value = mapping.settle(values[field], odoo_value)
        sent = field in pushed
        known = field in bases
        if plain(value) == plain(odoo_value):
            if sent and not (
                known and plain(bases[field]) == plain(value)
            ):
                result.baseline[field] = value
            continue
        odoo_changed = field in pending or (
            known and plain(bases[field]) != plain(odoo_value)
        )
        dingtalk_changed = not known or plain(bases[field]) != plain(value)
        leader = leads(field) if sent else "dingtalk"
        if leader == "odoo":
            keeps = known or odoo_changed
            in_conflict = keeps and known and dingtalk_changed
        else:
            keeps = leader == "last" and odoo_changed and not dingtalk_changed
            in_conflict = sent and odoo_changed and dingtalk_changed
        if in_conflict:
            result.conflicts.append(
                (field, odoo_value, value, "odoo" if keeps else "dingtalk")
            )
        if keeps:
            kept.add(field)
            if field not in pending:
                result.push.append(field)
            continue
        result.new[field] = value
        result.old[field] = odoo_value
        if sent:
            result.baseline[field] = value
    _keep_with(result, kept, lines)
    return result


def decide(odoo_value, baseline, dingtalk_value, leads, known=True):
    """Return the Decision about one field.

    :param odoo_value: Odoo's value
    :param baseline: pair (whether there is a baseline, its value)
    :param dingtalk_value: DingTalk's current value
    :param str leads: 'odoo': Odoo's value always counts; 'dingtalk':
        DingTalk's; with 'last' Odoo's counts if it changed: a change of DingTalk's seen
        earlier would have replaced it
    :param bool known: whether DingTalk shows the value at all
    """
    odoo_value, dingtalk_value = plain(odoo_value), plain(dingtalk_value)
    ever, base = baseline[0], plain(baseline[1])
    if known and odoo_value == dingtalk_value:
        return Decision(EQUAL, False)
    if leads != "odoo" and ever and odoo_value == base:
        return Decision(KEEP, False)
    dingtalk_changed = known and ever and dingtalk_value != base
    if leads == "dingtalk":
        return Decision(TAKE if known else KEEP, dingtalk_changed)
    return Decision(SEND, dingtalk_changed)


def _keep_with(result, kept, lines):
    """Keep the fields as well that belong to a kept one, or show it in another form."""
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
            result.baseline.pop(field, None)
