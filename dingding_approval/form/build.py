# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Convert components and plain values to ``values`` of ``client.approvals.start``.

:func:`entries` returns entries that can be stored as JSON: ``id``, ``name``,
``componentType`` and ``value``. Each value is the text that DingTalk expects, except
for files, a list of dicts with ``attachment_id`` until they are uploaded, and tables, a
list of rows of cells. :func:`finish` converts those to text as well.
"""
from . import components
from .components import problem

MAX_VALUES = 150  # per form


def entries(form, values):
    """Return (entries, problems) of a form.

    :param form: components
    :param dict values: component key -> plain value
    """
    found, problems = [], []
    for one in form:
        value = values.get(one["key"])
        if one["kind"] == "TableField":
            entry, its_problems = _table(one, value)
        else:
            entry, its_problems = _entry(one, value)
        problems += its_problems
        if entry is not None:
            found.append(entry)
    if len(found) > MAX_VALUES:
        problems.append(("values_many", {"count": len(found), "limit": MAX_VALUES}))
    if not found:
        problems.append(("form_empty", {}))
    return found, problems + doubles(form)


def doubles(form):
    """Return a warning for each label that two components of a form share.

    Neither approvers nor the legacy API can distinguish them.
    """
    seen, found = set(), []
    for one in form:
        if one["kind"] == "TextNote":
            continue
        if one["label"] in seen:
            found.append(problem("label_double", one))
        seen.add(one["label"])
        found += doubles(one["children"])
    return found


def _entry(one, value):
    problems = components.check(one, value)
    if components.is_empty(value) or components.blocking(problems):
        return None, problems
    entry = {"id": one["key"], "name": one["label"], "componentType": one["kind"]}
    if one["kind"] == "DDAttachment":
        entry["value"] = list(value)
    else:
        entry["value"] = components.encode(one, value)
    return entry, problems


def _table(one, rows):
    if components.is_empty(rows):
        return None, [problem("required", one)] if one["required"] else []
    problems = list(components.kind_of("TableField").problems(one, rows))
    written = []
    for number, row in enumerate(rows, 1):
        cells = []
        for child in one["children"]:
            value = row.get(child["key"])
            cell, found = _entry(child, value)
            if cell is not None and child["kind"] == "InnerContactField":
                found = found + components.too_many(
                    child, value, components.MAX_TABLE_PEOPLE
                )
            problems += [
                (key, dict(args, table=components.title(one), row=number))
                for key, args in found
            ]
            if cell is not None:
                del cell["componentType"]
                cells.append(cell)
        if cells:
            written.append(cells)
    if not written:
        if one["required"] and not problems:
            problems.append(problem("required", one))
        return None, problems
    length = len(_rows_text(written, None))
    if length > components.MAX_VALUE:
        problems.append(
            problem("too_long", one, length=length, limit=components.MAX_VALUE)
        )
    return (
        {
            "id": one["key"],
            "name": one["label"],
            "componentType": "TableField",
            "value": written,
        },
        problems,
    )


def attachment_ids(found):
    """Return the distinct ids of Odoo attachments in the entries, in order.

    :param found: entries
    """
    ids = []
    for entry in found:
        lists = [entry["value"]]
        if entry["componentType"] == "TableField":
            lists = [cell["value"] for row in entry["value"] for cell in row]
        for files in lists:
            for each in files if isinstance(files, list) else ():
                if each.get("attachment_id") and each["attachment_id"] not in ids:
                    ids.append(each["attachment_id"])
    return ids


def finish(found, uploaded=None):
    """Return the ``values`` for ``client.approvals.start`` as texts.

    :param found: entries
    :param dict uploaded: attachment id -> the five members of a file in the drive space
    :raise KeyError: an attachment was not uploaded
    """
    uploaded = {} if uploaded is None else uploaded
    return [
        dict(
            entry,
            value=_rows_text(entry["value"], uploaded)
            if entry["componentType"] == "TableField"
            else _text(entry["value"], uploaded),
        )
        for entry in found
    ]


def _text(value, uploaded):
    """Return the text of a value; leave files that were not uploaded unchanged.

    :param uploaded: as for :func:`finish`; None only measures the length
    """
    if not isinstance(value, list):
        return value
    files = [
        each
        if uploaded is None or each.get("fileId")
        else uploaded[each["attachment_id"]]
        for each in value
    ]
    return components.KINDS["DDAttachment"].encode(None, files)


def _rows_text(rows, uploaded):
    return components.dump(
        [
            [dict(cell, value=_text(cell["value"], uploaded)) for cell in row]
            for row in rows
        ]
    )
