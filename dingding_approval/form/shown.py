# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Render a form for a preview, as DingTalk displays it."""
from . import components


def form(components_, values, names):
    """Return what to display for each component, in order.

    :param components_: components
    :param dict values: component key -> plain value
    :param names: called with a shape (``people``, ``departments``, ``approvals``) and
        an id; returns the display name
    :return: dicts: ``key``, ``label``, ``kind``, ``required``, ``lines`` (texts),
        ``empty``; for a table ``columns`` (labels) and ``rows`` (lists of cells)
    """
    return [_shown(one, values.get(one["key"]), names) for one in components_]


def _shown(one, value, names):
    found = {
        "key": one["key"],
        "label": components.title(one),
        "kind": one["kind"],
        "shape": components.kind_of(one["kind"]).shape,
        "required": one["required"],
        "empty": components.is_empty(value),
        "lines": [],
        "columns": [],
        "rows": [],
    }
    if one["kind"] == "TextNote":
        found["lines"] = one["content"].splitlines()
        found["empty"] = False
    elif one["kind"] == "TableField":
        found["columns"] = [components.title(child) for child in one["children"]]
        found["rows"] = [
            [_lines(child, row.get(child["key"]), names) for child in one["children"]]
            for row in value or ()
        ]
    else:
        found["lines"] = _lines(one, value, names)
    return found


def _lines(one, value, names):
    if components.is_empty(value):
        return []
    kind = components.kind_of(one["kind"])
    if not kind.settable or components.blocking(kind.problems(one, value)):
        if isinstance(value, (list, tuple)) and kind.shape not in ("files", "place"):
            if kind.shape in ("people", "departments", "approvals"):
                return [names(kind.shape, each) for each in value]
            return [str(each) for each in value if not components.is_empty(each)]
        return [str(value)]
    return kind.shown(one, value, names)
