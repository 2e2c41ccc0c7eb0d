# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""DingTalk's side of a form: what it gives back for what it was given.

Written from the captured answers, without the code under test.
"""
import json

DIGITS = {"upper": "…元整", "componentName": "MoneyField"}


def dump(value):
    return json.dumps(value, ensure_ascii=False)


def answer(one, text, in_table=False):
    """Return (value, extra) of an answer for the text that a component was given."""
    kind = one["kind"]
    extra = None
    if kind == "MoneyField":
        extra = DIGITS
    elif kind == "TextareaField":
        text = text.replace("\r\n", "\n")
    elif kind == "DDSelectField":
        extra = {"label": text, "key": "option_0"}
    elif kind == "DDMultiSelectField":
        extra = [
            {"label": each, "value": each, "key": "option_%d" % number}
            for number, each in enumerate(json.loads(text))
        ]
    elif kind == "InnerContactField":
        extra = [{"emplId": each, "name": "N" + each} for each in json.loads(text)]
        text = ",".join(each["name"] for each in extra)
    elif kind == "DepartmentField":
        extra = [
            {"id": int(each), "name": "D" + each, "number": 0}
            for each in text.split(",")
        ]
        text = ",".join(each["name"] for each in extra)
    elif kind == "DDAttachment":
        text = dump(
            [dict(each, fileSize=int(each["fileSize"])) for each in json.loads(text)]
        )
    elif kind == "RelateField":
        extra = json.loads(text)
        text = dump(["approval of somebody"] * len(extra))
    elif kind == "PhoneField":
        extra = {"mode": "phone", "countryKey": "CN", "countryCode": "+86"}
    elif kind == "TableField":
        return dump(rows(one, json.loads(text))), dump({"statValue": []})
    if in_table:
        if kind in ("DDMultiSelectField", "DDPhotoField", "DDAttachment"):
            text = json.loads(text)
        elif kind == "DDDateRangeField":
            text = json.loads(text) + [None]
        return text, extra
    return text, None if extra is None else dump(extra)


def rows(one, given):
    children = {child["key"]: child for child in one["children"]}
    found = []
    for number, row in enumerate(given):
        cells = []
        for cell in row:
            child = children[cell["id"]]
            value, extra = answer(child, cell["value"], in_table=True)
            label = cell["name"]
            if child["kind"] == "DDDateRangeField":
                label = json.loads(label)
            cell = {"label": label, "value": value, "key": child["key"]}
            if extra is not None:
                cell["extendValue"] = extra
            cells.append(cell)
        found.append({"rowValue": cells, "rowNumber": "%s_%d" % (one["key"], number)})
    return found


def form(components, values):
    """Return ``formComponentValues`` of an instance started with these values."""
    known = {one["key"]: one for one in components}
    found = []
    for value in values:
        one = known[value["id"]]
        text, extra = answer(one, value["value"])
        entry = {
            "id": one["key"],
            "name": one["label"],
            "componentType": one["kind"],
            "value": text,
        }
        if extra is not None:
            entry["extValue"] = extra
        found.append(entry)
    given = {value["id"] for value in values}
    for one in components:
        if one["key"] not in given:
            found.append(
                {"id": one["key"], "name": one["label"], "componentType": one["kind"]}
            )
    return found
