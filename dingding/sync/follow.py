# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Decide what the records linked to a person or department take from DingTalk.

Data flow one way: DingTalk, the person or department, the linked records.
"""
import collections

from . import converters, links
from .baseline import plain

#: One line of the table.
#:
#: source    field of the person or department
#: model     the linked record's model
#: field     its field
#: relation  '' for a plain value, 'phone' or 'email' for texts with several notations,
#:           'department' or 'person' for the record that is linked to it
#: leader    'group': as the organisation's policy for ``source`` says; 'dingtalk',
#:           'odoo' or 'last'
FollowMap = collections.namedtuple("FollowMap", "source model field relation leader")
FollowMap.__new__.__defaults__ = ("", "group")

#: new        field -> value to write
#: old        field -> stored value of the same fields
#: also       field -> stored value to repeat, because Odoo would compute it anew
#: baseline   field -> new baseline once that is written
#: conflicts  list of (field, stored value, DingTalk's value, which side is kept)
Followed = collections.namedtuple("Followed", "new old also baseline conflicts")

DINGTALK, ODOO, LAST, KEEP = "dingtalk", "odoo", "last", "keep"

# Odoo computes the second field when the first one changes, from 13 on.
COMPUTED = {"department_id": ("parent_id",), "job_id": ("job_title",)}


def effective(leader, group):
    """Return whose value counts for a linked record.

    :param str leader: of the line
    :param str group: the organisation's policy for the source
    :return: DINGTALK; ODOO: never write; LAST; KEEP: like LAST, but of values without a
        baseline and of conflicts Odoo's is kept
    """
    if leader != "group":
        return leader
    # The person already has Odoo's value, so the last change of either record counts.
    return {"dingtalk": DINGTALK, "odoo": KEEP}.get(group, LAST)


def same(relation, one, other):
    """Tell whether two values are equal, in any notation."""
    one, other = plain(one), plain(other)
    if one == other:
        return True
    if not one or not other:
        return False
    normal = {"phone": _number, "email": links.email}.get(relation)
    return bool(normal) and normal(one) is not None and normal(one) == normal(other)


def same_mobile(text, number):
    """Tell whether a text is this mobile, of any country.

    :param str number: in the international notation
    """
    return bool(text and number) and _number(text) == number


def _number(text):
    return converters.number(text, default=converters.CHINA)


def follow(lines, leads, dingtalk_values, odoo_values, base):
    """Compare one linked record with its person or department, as Followed.

    :param lines: list of FollowMap of the record's model
    :param leads: function of a line that returns a value of :func:`effective`
    :param dict dingtalk_values: field of the record -> DingTalk's value; unknown ones
        are missing
    :param dict odoo_values: field -> stored value
    :param dict base: field -> baseline
    """
    result = Followed({}, {}, {}, {}, [])
    for line in lines:
        field = line.field
        if field not in dingtalk_values:
            continue
        value, stored = plain(dingtalk_values[field]), plain(odoo_values.get(field))
        known = field in base
        if same(line.relation, value, stored):
            if not known or plain(base[field]) != value:
                result.baseline[field] = value
            continue
        leader = leads(line)
        if leader == ODOO:
            continue
        if not known:
            # An empty value may be one that DingTalk does not deliver.
            if value is None or leader == KEEP and stored is not None:
                continue
        else:
            odoo_changed = not same(line.relation, base[field], stored)
            dingtalk_changed = not same(line.relation, base[field], value)
            if leader != DINGTALK and not dingtalk_changed:
                continue
            if odoo_changed and dingtalk_changed:
                kept = ODOO if leader == KEEP else DINGTALK
                result.conflicts.append((field, stored, value, kept))
                if kept == ODOO:
                    # The next difference is a new one.
                    result.baseline[field] = value
                    continue
        result.new[field] = value
        result.old[field] = stored
        result.baseline[field] = value
    computed = {other for field in result.new for other in COMPUTED.get(field, ())}
    for line in lines:
        # Nor does another field change what Odoo leads.
        if line.field in computed and line.field not in result.new and (
            line.field in base or leads(line) == ODOO
        ):
            result.also[line.field] = plain(odoo_values.get(line.field))
    return result
