# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Read plain values from the form of an instance."""
from . import components


def values(answer, form):
    """Return {component key: plain value} of the non-empty components.

    Match components by id, then by label: copied templates keep only labels.

    :param list answer: ``formComponentValues``, of either API
    :param form: components of the template
    """
    keys = {one["key"]: one for one in form}
    names = {one["label"]: one for one in reversed(form)}
    found = {}
    for each in answer:
        if not isinstance(each, dict):
            continue
        key = str(each.get("id") or "")
        one = keys.get(key) or names.get(str(each.get("name") or ""))
        kind = (
            each.get("componentType")
            or each.get("component_type")
            or (one and one["kind"])
            or components.kind_in(key)
        )
        extra = each.get("extValue", each.get("ext_value"))
        value = components.decode(kind, each.get("value"), extra)
        if value is None:
            continue
        if one is not None and kind == "TableField":
            value = _rows(value, one["children"])
        found[one["key"] if one else key or str(each.get("name") or "")] = value
    return found


def _rows(rows, children):
    """Return rows by column key; some answers identify columns by label."""
    names = {child["label"]: child["key"] for child in reversed(children)}
    return [
        {names.get(key, key): value for key, value in row.items()} for row in rows
    ]
