# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""From the form of an instance, as DingTalk gives it back, to plain values."""
from . import components


def values(answer, form):
    """Return {component key: plain value} of what was filled in.

    A component is found by its id, else by its label: templates that were copied keep
    labels only. Empty components are left out.

    :param list answer: ``formComponentValues``, of either family
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
    """Return rows with the columns' keys: some answers name columns by label."""
    names = {child["label"]: child["key"] for child in reversed(children)}
    return [
        {names.get(key, key): value for key, value in row.items()} for row in rows
    ]
