# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Fill in ``{field.path}`` placeholders from a record.

Nothing is evaluated: the text is untrusted.
"""
import re

from odoo import fields
from odoo.tools import html2plaintext

from .. import compat
from . import times

# Anything else in braces stays.
PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*)\}")
LONGEST = 500  # characters of one value
NAMES = 20  # records whose names are listed in one value
UNREADABLE = ("binary", "serialized", "reference")


def paths(text):
    """Return the field paths in a text."""
    return PLACEHOLDER.findall(text or "")


def problem(model, path):
    """Return the part of a path that is not a readable field, or None if all are.

    :param model: a recordset of the model where the path begins
    """
    names = path.split(".")
    for position, name in enumerate(names):
        field = model._fields.get(name)
        if field is None or field.type in UNREADABLE:
            return name
        if position + 1 < len(names):
            if not field.relational:
                return names[position + 1]
            model = model.env[field.comodel_name]
    return None


def follow(record, path):
    """Return the records at the end of a relational path; none for another path."""
    records = record
    for name in path.split("."):
        field = records._fields.get(name)
        if field is None or not field.relational:
            return None
        records = records.mapped(name)
    return records


def fill(text, record, change=str, longest=LONGEST, join="".join):
    """Return a text with the values of one record, as its user may read them.

    :param change: function of a value that returns what is put in
    :param int longest: characters of a value; more are cut
    :param join: function that makes one text of the parts
    """
    return filled(
        text, lambda path: change(value(record, path, longest)), join)


def filled(text, value_of, join="".join):
    """Return a text with values.

    :param value_of: function of a path
    :param join: as for :func:`fill`
    """
    parts = PLACEHOLDER.split(text or "")
    parts[1::2] = [value_of(path) for path in parts[1::2]]
    return join(parts)


def value(record, path, longest=LONGEST):
    """Return the value at the end of a path as text.

    :param int longest: as for :func:`fill`
    :raise AccessError: the record's user may not read it
    """
    if problem(record, path):
        return ""
    names = path.split(".")
    records = record
    for name in names[:-1]:
        compat.check_field(records, name)
        records = records.mapped(name)
    name = names[-1]
    compat.check_field(records, name)
    found = [_word(each, name) for each in records[:NAMES]]
    text = ", ".join(word for word in found if word)
    return text if len(text) <= longest else text[: longest - 1] + "\u2026"


def _word(record, name):
    field, content = record._fields[name], record[name]
    if field.relational:
        return ", ".join(each.display_name or "" for each in content[:NAMES])
    if field.type == "boolean":
        return "\u2713" if content else "\u2013"
    if content is None or content is False:
        return ""
    if field.type == "selection":
        choices = record.fields_get([name])[name]["selection"]
        return dict(choices).get(content, str(content))
    if field.type == "datetime":
        return times.local(record, content).strftime("%Y-%m-%d %H:%M")
    if field.type == "date":
        return fields.Date.to_string(fields.Date.from_string(content))
    if field.type in ("float", "monetary"):
        digits = record.fields_get([name])[name].get("digits") or (16, 2)
        return "%.*f" % (digits[1], content)
    if field.type == "html":
        return html2plaintext(content).strip()
    return str(content)
