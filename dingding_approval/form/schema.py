# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Read, infer, compare and write template schemas.

A form is a list of components, in the order of the template; see :mod:`.components`.
"""
import hashlib
import json

from . import components
from .components import component, problem

MAX_COMPONENTS = 200
MAX_LABEL = 20  # characters, in templates created by API
MAX_PLACEHOLDER = 128
MAX_CONTENT = 500
MAX_OPTIONS, MAX_OPTION = 200, 50

#: Kinds that are allowed in a template created by API.
CREATABLE = (
    "TextField", "TextareaField", "NumberField", "MoneyField", "DDSelectField",
    "DDMultiSelectField", "DDDateField", "DDDateRangeField", "TextNote", "PhoneField",
    "DDPhotoField", "DDAttachment", "InnerContactField", "DepartmentField",
    "RelateField", "AddressField", "StarRatingField", "TableField",
)
NOT_IN_TABLES = ("TableField", "TextNote")


def read(answer):
    """Return the components of a template, skipping unreadable ones.

    :param dict answer: of ``client.approvals.schema``
    :rtype: list of components
    """
    content = components.read_json(answer.get("schemaContent"), dict) or {}
    return read_items(content.get("items"))


def read_items(items):
    """Return the components of ``schemaContent.items`` or of a table's ``children``."""
    found = []
    for item in components.read_json(items, list) or []:
        if not isinstance(item, dict):
            continue
        kind = item.get("componentName") or item.get("componentType") or ""
        props = components.read_json(item.get("props"), dict) or {}
        label = _label(props.get("label"))
        key = str(props.get("id") or props.get("bizAlias") or "")
        if not kind or not (key or label):
            continue
        found.append(
            component(
                key or label,
                str(kind),
                label,
                required=_truth(props.get("required")),
                options=_options(props.get("options")),
                alias=str(props.get("bizAlias") or ""),
                unit=str(props.get("unit") or ""),
                format=str(props.get("format") or ""),
                multiple=_multiple(kind, props),
                capital=str(props.get("upper", "1")) != "0"
                and not _truth(props.get("notUpper")),
                limit=int(props["limit"]) if str(props.get("limit")).isdigit() else 0,
                placeholder=str(props.get("placeholder") or ""),
                content=str(props.get("content") or ""),
                children=read_items(item.get("children")),
            )
        )
    return found


def _label(value):
    if isinstance(value, list):
        return components.dump([str(each) for each in value])
    return str(value or "")


def _truth(value):
    return value is True or str(value).lower() in ("true", "1")


def _multiple(kind, props):
    if kind == "InnerContactField":
        return str(props.get("choice", "1")) not in ("0", "False", "false")
    if kind == "DepartmentField":
        return "multiple" not in props or _truth(props["multiple"])
    return True


def _options(value):
    """Return the options, which DingTalk sends as texts, JSON texts or objects."""
    found = []
    for each in components.read_json(value, list) or []:
        option = components.read_json(each, dict)
        if option is None:
            option = {"value": each}
        text = option.get("value")
        if not isinstance(text, (str, int, float)) or isinstance(text, bool):
            continue
        found.append({"value": str(text), "key": str(option.get("key") or "")})
    return found


def learn(values):
    """Infer components from an instance, for applications that cannot read schemas.

    Only chosen options are known, and no component is known to be required.

    :param list values: ``formComponentValues`` of an instance, of the current API
    """
    found = []
    for value in values:
        if not isinstance(value, dict):
            continue
        key, label = str(value.get("id") or ""), _label(value.get("name"))
        kind = str(value.get("componentType") or components.kind_in(key))
        if not kind or not (key or label):
            continue
        one = component(key or label, kind, label)
        if kind in ("DDSelectField", "DDMultiSelectField"):
            chosen = components.decode(kind, value.get("value"), value.get("extValue"))
            chosen = [chosen] if isinstance(chosen, str) else chosen or []
            one["options"] = [{"value": each, "key": ""} for each in chosen]
        if kind == "TableField":
            one["children"] = _learn_table(value.get("value"))
        found.append(one)
    return found


def _learn_table(value):
    rows = components.read_json(value, list) or []
    columns, order = {}, []
    for row in rows:
        if not isinstance(row, dict):
            continue
        if "rowValue" not in row and "props" in row:
            return read_items(rows)
        for cell in components.read_json(row.get("rowValue"), list) or []:
            key = str(cell.get("key") or "")
            kind = str(cell.get("componentType") or components.kind_in(key))
            if not key or not kind or key in columns:
                continue
            columns[key] = component(key, kind, _label(cell.get("label")))
            order.append(key)
    return [columns[key] for key in order]


def merge(known, learnt):
    """Merge the components inferred from another instance into known ones."""
    by_key = {one["key"]: one for one in known}
    found = list(known)
    for one in learnt:
        before = by_key.get(one["key"])
        if before is None:
            found.append(one)
            continue
        texts = {each["value"] for each in before["options"]}
        before["options"] += [
            each for each in one["options"] if each["value"] not in texts
        ]
        before["children"] = merge(before["children"], one["children"])
    return found


def digest(form):
    """Return a text that changes whenever the form does."""
    text = json.dumps(form, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def flat(form):
    """Return {key: (component, table or None)} of a form and its tables."""
    found = {}
    for one in form:
        found[one["key"]] = (one, None)
        for child in one["children"]:
            found[child["key"]] = (child, one)
    return found


def losses(old, new, used):
    """Return, as problems, what a mapping loses when a template changes.

    New optional components or a new order are not losses.

    :param old: components before
    :param new: components now
    :param used: keys of the components that the mapping fills in
    """
    before, now, used = flat(old), flat(new), set(used)
    found = []
    for key, (one, table) in before.items():
        if key in used:
            found += _loss(one, table, now.get(key))
    for key, (one, table) in now.items():
        if key in used or not one["required"] or _filled(table, used):
            continue
        if not components.kind_of(one["kind"]).settable:
            continue
        was = before.get(key)
        if was is None or not was[0]["required"]:
            found.append(problem("now_required", one))
    return sorted(found, key=lambda each: (each[0], each[1]["label"]))


def _filled(table, used):
    """Return whether a column needs no value because its table gets no rows."""
    return table is not None and table["key"] not in used


def _loss(one, table, now):
    if now is None:
        return [problem("gone", one)]
    other, other_table = now
    if other["kind"] != one["kind"]:
        return [problem("other_kind", one, old=one["kind"], new=other["kind"])]
    if (table and table["key"]) != (other_table and other_table["key"]):
        return [problem("moved", one)]
    found = []
    left = {each["value"] for each in other["options"]}
    gone = [each["value"] for each in one["options"] if each["value"] not in left]
    if gone:
        found.append(problem("options_gone", one, options="、".join(gone)))
    if one["multiple"] and not other["multiple"]:
        found.append(problem("now_one_only", one))
    return found


def written(form):
    """Return (``formComponents`` for ``client.approvals.save_template``, problems).

    :param form: components
    """
    problems, keys = [], set()
    if not form:
        problems.append(("template_empty", {}))
    total = sum(1 + len(one["children"]) for one in form)
    if total > MAX_COMPONENTS:
        problems.append(
            ("components_many", {"count": total, "limit": MAX_COMPONENTS})
        )
    return [_written(one, problems, keys, False) for one in form], problems


def _written(one, problems, keys, in_table):
    for label in components.labels(one):
        if len(label) > MAX_LABEL:
            problems.append(
                problem("label_long", one, length=len(label), limit=MAX_LABEL)
            )
    if not one["label"] and one["kind"] != "TextNote":
        problems.append(problem("label_missing", one))
    if one["key"] in keys:
        problems.append(problem("key_double", one, value=one["key"]))
    keys.add(one["key"])
    if one["kind"] not in CREATABLE or in_table and one["kind"] in NOT_IN_TABLES:
        problems.append(problem("not_creatable", one, kind=one["kind"]))
    props = {
        "componentId": one["key"],
        "label": one["label"],
        "required": bool(one["required"]),
    }
    for name, limit in (("placeholder", MAX_PLACEHOLDER), ("content", MAX_CONTENT)):
        if one[name]:
            props[name] = one[name]
            if len(one[name]) > limit:
                problems.append(
                    problem("%s_long" % name, one, length=len(one[name]), limit=limit)
                )
    for name in ("unit", "format"):
        if one[name]:
            props[name] = one[name]
    if one["alias"]:
        props["bizAlias"] = one["alias"]
    props.update(_special(one, problems))
    found = {"componentType": one["kind"], "props": props}
    if one["kind"] == "TableField":
        if not one["children"]:
            problems.append(problem("table_empty", one))
        found["children"] = [
            _written(child, problems, keys, True) for child in one["children"]
        ]
    return found


def _special(one, problems):
    kind = one["kind"]
    if kind in ("DDSelectField", "DDMultiSelectField"):
        texts = [each["value"] for each in one["options"]]
        if not texts:
            problems.append(problem("options_missing", one))
        if len(texts) > MAX_OPTIONS or any(len(text) > MAX_OPTION for text in texts):
            problems.append(
                problem("options_many", one, limit=MAX_OPTIONS, length=MAX_OPTION)
            )
        return {
            "options": [
                {"value": each["value"], "key": each["key"] or "option_%d" % number}
                for number, each in enumerate(one["options"])
            ]
        }
    if kind == "InnerContactField":
        return {"choice": "1" if one["multiple"] else "0"}
    if kind == "DepartmentField":
        return {"multiple": bool(one["multiple"])}
    if kind == "MoneyField":
        return {"upper": "1" if one["capital"] else "0"}
    if kind == "StarRatingField":
        return {"limit": one["limit"] or 5}
    return {}
