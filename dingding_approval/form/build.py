# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""From components and plain values to the ``values`` of ``client.approvals.start``.

:func:`entries` makes entries that can be stored as JSON. Files are still attachments of
Odoo there; :func:`finish` puts the uploaded ones in and writes tables as text.
"""
from . import components
from .components import problem

MAX_VALUES = 150  # of one form


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

    Approvers cannot tell them apart, and neither can the old family of the API.
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
        entry["files"] = list(value)
    else:
        entry["value"] = components.encode(one, value)
    return entry, problems


def _table(one, rows):
    if components.is_empty(rows):
        return None, [problem("required", one)] if one["required"] else []
    problems = components.kind_of("TableField").problems(one, rows)
    written = []
    for number, row in enumerate(rows, 1):
        cells = []
        for child in one["children"]:
            cell, its_problems = _entry(child, row.get(child["key"]))
            if child["kind"] == "InnerContactField" and cell is not None:
                its_problems = its_problems + components.too_many(
                    child, row[child["key"]], components.MAX_TABLE_PEOPLE
                )
            problems += [
                (key, dict(args, table=components.title(one), row=number))
                for key, args in its_problems
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
    entry = {"id": one["key"], "name": one["label"], "componentType": "TableField"}
    entry["rows"] = written
    length = len(_rows_text(written, {}))
    if length > components.MAX_VALUE:
        problems.append(
            problem("too_long", one, length=length, limit=components.MAX_VALUE)
        )
    return entry, problems


def attachment_ids(found):
    """Return the ids of Odoo's attachments that the entries need, each once, in order.

    :param found: entries
    """
    ids = []
    for entry in _leaves(found):
        for each in entry.get("files", ()):
            if each.get("attachment_id") and each["attachment_id"] not in ids:
                ids.append(each["attachment_id"])
    return ids


def _leaves(found):
    for entry in found:
        if "rows" in entry:
            for row in entry["rows"]:
                for cell in row:
                    yield cell
        else:
            yield entry


def finish(found, uploaded=None):
    """Return the ``values`` for ``client.approvals.start``.

    :param found: entries
    :param dict uploaded: attachment id -> the five members of a file in the drive space
    :raise KeyError: an attachment was not uploaded
    """
    uploaded = uploaded or {}
    values = []
    for entry in found:
        if "rows" in entry:
            text = _rows_text(entry["rows"], uploaded, strict=True)
        else:
            text = _text(entry, uploaded, strict=True)
        values.append(
            {
                "id": entry["id"],
                "name": entry["name"],
                "componentType": entry["componentType"],
                "value": text,
            }
        )
    return values


def _text(entry, uploaded, strict=False):
    if "files" not in entry:
        return entry["value"]
    files = []
    for each in entry["files"]:
        if strict and not each.get("fileId"):
            each = uploaded[each["attachment_id"]]
        files.append(each)
    return components.KINDS["DDAttachment"].encode(None, files)


def _rows_text(rows, uploaded, strict=False):
    written = [
        [
            {
                "id": cell["id"],
                "name": cell["name"],
                "value": _text(cell, uploaded, strict),
            }
            for cell in row
        ]
        for row in rows
    ]
    return components.dump(written)
