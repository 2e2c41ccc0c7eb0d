# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Declare which value of DingTalk is stored in which field.

The models return their table from ``_dingtalk_mapping()``; addons add lines by
inheriting that method. A mapped field is a plain column (not translated, not
company-dependent), or a relation to departments or people.
"""
import collections

from . import converters
from .converters import Partial

#: One line of the table.
#:
#: key        name in DingTalk's answer
#: field      name of Odoo's field
#: convert    converter, see :mod:`.converters`
#: group      values DingTalk delivers or withholds together; see :func:`delivered`
#: relation   '' for a plain value; else one of ``KINDS``, or the subject of another
#:            resource, see :mod:`.resources`
#: direction  'in': read only; 'both': Odoo may change it in DingTalk too
FieldMap = collections.namedtuple(
    "FieldMap", "key field convert group relation direction"
)
FieldMap.__new__.__defaults__ = (converters.text, "profile", "", "in")

#: Relation -> kind of the resource it refers to.
KINDS = {
    "department": "departments", "departments": "departments",
    "person": "people", "people": "people",
}
#: Relation of many -> relation of one.
MANY = {"departments": "department", "people": "person"}

# Groups: 'always' is in each answer; 'profile' in each answer with the person's
# profile; 'mobile' and 'personal' need a permission each; 'detail' is delivered only
# when a single person is read.
DEPARTMENT = (
    FieldMap("name", "name", converters.text, "always", "", "both"),
    FieldMap("parent_id", "parent_id", converters.identifier, "always", "department",
             "both"),
    FieldMap("source_identifier", "source_identifier", converters.text, "detail"),
    FieldMap("dept_group_chat_id", "group_chat_id", converters.text, "detail"),
    FieldMap("hide_dept", "hidden", converters.flag, "detail"),
)

PERSON = (
    FieldMap("name", "name", converters.text, "always", "", "both"),
    FieldMap("unionid", "unionid", converters.identifier, "always"),
    FieldMap("dept_id_list", "department_ids", converters.identifier_set, "always",
             "departments", "both"),
    FieldMap("dept_id_list", "main_department_id", converters.first_identifier,
             "always", "department", "both"),
    FieldMap("leader_in_dept", "leader_department_ids", converters.leaders, "leader",
             "departments", "both"),
    FieldMap("active", "activated", converters.flag, "profile"),
    FieldMap("admin", "admin", converters.flag, "profile"),
    FieldMap("boss", "boss", converters.flag, "profile"),
    FieldMap("title", "title", converters.text, "profile", "", "both"),
    FieldMap("job_number", "job_number", converters.text, "profile", "", "both"),
    FieldMap("telephone", "telephone", converters.text, "profile", "", "both"),
    FieldMap("hired_date", "hired_date", converters.beijing_date, "profile", "",
             "both"),
    FieldMap("avatar", "avatar_url", converters.text, "profile"),
    FieldMap("mobile", "mobile", converters.text, "mobile", "", "both"),
    FieldMap("mobile", "mobile_number", converters.mobile_number, "mobile"),
    FieldMap("state_code", "state_code", converters.text, "mobile", "", "both"),
    FieldMap("email", "email", converters.text, "personal", "", "both"),
    FieldMap("org_email", "org_email", converters.text, "personal", "", "both"),
    FieldMap("work_place", "work_place", converters.text, "personal", "", "both"),
    FieldMap("remark", "remark", converters.text, "personal", "", "both"),
    FieldMap("extension", "extension", converters.json_text, "personal", "", "both"),
    FieldMap("manager_userid", "manager_id", converters.identifier, "detail", "person",
             "both"),
)

# Groups whose values are never empty.
NEVER_EMPTY = ("always", "leader")
# Our own key in an item that was read singly: then 'detail' was delivered.
DETAIL = "_detail"


def delivered(items, table):
    """Return the groups that DingTalk delivers to this application.

    DingTalk omits a key when the permission is missing, and some keys also when the
    value is empty. If anybody has a key of a group, a missing key means empty;
    otherwise the value is unknown.

    :param items: dicts as DingTalk sent them, of one answer or of all
    :param table: list of FieldMap
    :rtype: set of str
    """
    groups = {}
    for line in table:
        if line.group not in NEVER_EMPTY and line.group != "detail":
            groups.setdefault(line.group, set()).add(line.key)
    found = set()
    for item in items:
        for group in list(groups):
            if not groups[group].isdisjoint(item):
                found.add(group)
                del groups[group]
        if not groups:
            break
    return found


def doubtful(item, table, stored):
    """Return the groups of which an answer has nothing, although values are stored.

    The values are empty, or a permission was withdrawn.

    :param dict stored: field -> value of the stored row
    :rtype: set of str
    """
    shown = delivered([item], table) | set(NEVER_EMPTY) | {"detail"}
    return {
        line.group for line in table
        if line.group not in shown and stored.get(line.field)
    }


def values(item, table, groups):
    """Return (values, mistakes) of one item: field -> value to store.

    Missing fields are unknown and stay.

    :param set groups: from :func:`delivered`
    :return: mistakes is a list of (key, text)
    """
    found, mistakes = {}, []
    if item.get(DETAIL):
        groups = groups | {"detail"}
    for line in table:
        if line.key in item:
            try:
                found[line.field] = line.convert(item[line.key], item)
            except ValueError as error:
                mistakes.append((line.key, str(error)))
        elif line.group in groups:
            found[line.field] = frozenset() if line.relation in MANY else None
    return found, mistakes


def settle(value, stored):
    """Return a field's new value: a Partial keeps stored ids it does not know."""
    if isinstance(value, Partial):
        return value.known | ((stored or frozenset()) & value.unknown)
    return value
