# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Kinds of form components: accepted values, and how they are returned.

Read values differ from sent ones: people become names with the ids beside them, tables
become rows with labels. The shapes are those of real answers.
"""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Dict, List, Optional, Tuple

from .. import ids
from ..checks import read_json, whole_number
from .records import Refused

LONGEST = 65535
MOST_PHOTOS = 9
MOST_RELATED = 9
MOST_CELLS = 200
NUMBER = re.compile(r"-?\d{1,16}(\.\d{1,10})?\Z")
DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z")
MINUTE = re.compile(DATE.pattern[:-2] + r" ([01]\d|2[0-3]):[0-5]\d\Z")
PHONE = re.compile(r"(\+?\d{1,4}-)?\+?[\d ()-]{5,20}\Z")
DIGITS, PLACES, GROUPS = (
    "零壹贰叁肆伍陆柒捌玖",
    ("", "拾", "佰", "仟"),
    ("", "万", "亿", "兆"),
)

# Result of `Form.read`: the value and its companion; None is an empty field.
Stored = Tuple[Any, Any]


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def label_of(component: Dict[str, Any]) -> str:
    return str(component["props"].get("label") or "")


def labels_of(component: Dict[str, Any]) -> List[str]:
    """The one label, or the two of a range."""
    label = label_of(component)
    if label.startswith("["):
        try:
            found = read_json(label)
        except ValueError:
            return [label]
        if isinstance(found, list):
            return [str(each) for each in found]
    return [label]


def options_of(component: Dict[str, Any]) -> List[Dict[str, str]]:
    """Options with value and key, for every form of template."""
    found = []
    for place, each in enumerate(component["props"].get("options") or ()):
        if isinstance(each, str):
            try:
                each = read_json(each) if each.startswith("{") else {"value": each}
            except ValueError:
                each = {"value": each}
        found.append(
            {
                "value": str(each.get("value", "")),
                "key": str(each.get("key") or "option_%d" % place),
            }
        )
    return found


def upper(amount: str) -> str:
    """An amount as Chinese cheques write it: 1000 is 壹仟元整."""
    whole, _point, cents = amount.lstrip("-").partition(".")
    whole, cents = whole.lstrip("0"), (cents + "00")[:2]
    text = ""
    if len(whole) <= 16:
        groups = []
        rest = whole
        while rest:
            groups.append(rest[-4:])
            rest = rest[:-4]
        for place in reversed(range(len(groups))):
            part, zero = "", False
            for index, digit in enumerate(groups[place]):
                if digit == "0":
                    zero = bool(text or part)
                    continue
                part += ("零" if zero else "") + DIGITS[int(digit)]
                part += PLACES[len(groups[place]) - 1 - index]
                zero = False
            text += part + (GROUPS[place] if part else "")
    text = (text or "零") + "元"
    if cents == "00":
        text += "整"
    else:
        text += DIGITS[int(cents[0])] + "角" if cents[0] != "0" else "零"
        text += DIGITS[int(cents[1])] + "分" if cents[1] != "0" else ""
    return ("负" if amount.startswith("-") else "") + text


class Form:
    """Reads values sent for a template.

    :param world: with the approvals and the organisation
    """

    def __init__(self, approvals: Any, org: Any, template: Any) -> None:
        self.approvals = approvals
        self.org = org
        self.template = template

    # A whole form

    def read(self, given: Any) -> List[Dict[str, Any]]:
        """The values as an answer shows them, in the template's order, empty fields
        too.

        :raise Refused: a bad value, or an empty required component
        """
        if not isinstance(given, list) or not given:
            raise Refused("value", "formComponentValues")
        rows: Dict[str, Dict[str, Any]] = {}
        for entry in given:
            if not isinstance(entry, dict):
                raise Refused("value", "formComponentValues")
            component = self._find(self.template.components, entry)
            if component is None:
                if self.approvals.world.setting("approvals_unknown_component"):
                    raise Refused("component", str(entry.get("name") or entry))
                continue
            key = component["props"]["id"]
            rows[key] = self._row(component, entry)
        found = []
        for component in self.template.components:
            row = rows.get(component["props"]["id"])
            if row is None:
                row = self._empty(component)
            if component["props"].get("required") and "value" not in row:
                raise self._wrong(component)
            found.append(row)
        return found

    def _find(
        self, components: List[Dict[str, Any]], entry: Dict[str, Any]
    ) -> Optional[Dict[str, Any]]:
        """By id or bizAlias where it is given, else by its label."""
        name = entry.get("name")
        for component in components:
            props = component["props"]
            for member in ("id", "bizAlias"):
                if entry.get(member) and entry[member] == props.get(member):
                    return component
        if not isinstance(name, str):
            return None
        for component in components:
            labels = labels_of(component)
            if name == label_of(component) or len(labels) > 1 and _list(name) == labels:
                return component
        return None

    def _wrong(self, component: Dict[str, Any]) -> Refused:
        return Refused("value", label_of(component))

    def _empty(self, component: Dict[str, Any]) -> Dict[str, Any]:
        row = {
            "componentType": component["componentType"],
            "id": component["props"]["id"],
        }
        if component["componentType"] == "TextNote":
            row["value"] = component["props"].get("content", "")
            return row
        row["name"] = label_of(component)
        if component["props"].get("bizAlias"):
            row["bizAlias"] = component["props"]["bizAlias"]
        return row

    def _row(self, component: Dict[str, Any], entry: Dict[str, Any]) -> Dict[str, Any]:
        if component["componentType"] == "TextNote":
            raise Refused("component", "TextNote")
        row = self._empty(component)
        value = entry.get("value")
        if component["componentType"] == "TableField" and entry.get("details"):
            value = _details(entry["details"])
        if value is None or value == "" or value == "null":
            return row
        value, companion = self._stored(component, value)
        if value is None:
            return row
        row["value"] = value if isinstance(value, str) else compact(value)
        if companion is not None:
            row["extValue"] = compact(companion)
        elif isinstance(entry.get("extValue"), str) and entry["extValue"]:
            row["extValue"] = entry["extValue"]
        return row

    def _stored(self, component: Dict[str, Any], value: Any) -> Stored:
        kind = component["componentType"]
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = compact(value)
        text = value if isinstance(value, str) else compact(value)
        if len(text) > LONGEST:
            raise self._wrong(component)
        reader: Callable[[Dict[str, Any], Any, str], Stored] = KINDS.get(
            kind, Form.text
        )
        return reader(self, component, value, text)  # type: ignore[call-arg,arg-type]

    # Kinds

    def text(self, component: Any, value: Any, text: str) -> Stored:
        if not isinstance(value, str):
            raise self._wrong(component)
        most = component["props"].get("maxLength")
        if isinstance(most, int) and 0 < most < len(text):
            raise self._wrong(component)
        return text, None

    def number(self, component: Any, _value: Any, text: str) -> Stored:
        if not NUMBER.match(text):
            raise self._wrong(component)
        return text, None

    def money(self, component: Any, value: Any, text: str) -> Stored:
        self.number(component, value, text)
        if str(component["props"].get("upper", "1")) == "0":
            return text, None
        return text, {"upper": upper(text), "componentName": "MoneyField"}

    def _option(self, component: Any, text: str) -> Dict[str, str]:
        options = options_of(component)
        for option in options:
            if option["value"] == text:
                return option
        for option in options:
            if option["key"] == "other":
                return {"value": text, "key": "other"}
        raise self._wrong(component)

    def choice(self, component: Any, _value: Any, text: str) -> Stored:
        option = self._option(component, text)
        return text, {"label": option["value"], "key": option["key"]}

    def choices(self, component: Any, value: Any, _text: str) -> Stored:
        chosen = self._list(component, value, str)
        options = [self._option(component, each) for each in chosen]
        if not chosen:
            return None, None
        return chosen, [
            {"label": each["value"], "value": each["value"], "key": each["key"]}
            for each in options
        ]

    def _moment(self, component: Any, text: Any) -> str:
        hours = "HH" in str(component["props"].get("format", "")) or component[
            "props"
        ].get("unit") in ("小时", "hour")
        if isinstance(text, str) and (DATE.match(text) or hours and MINUTE.match(text)):
            return text
        raise self._wrong(component)

    def date(self, component: Any, _value: Any, text: str) -> Stored:
        return self._moment(component, text), None

    def dates(self, component: Any, value: Any, _text: str) -> Stored:
        pair = self._list(component, value)
        while len(pair) > 2 and not pair[-1]:
            pair = pair[:-1]
        if len(pair) != 2:
            raise self._wrong(component)
        begin, end = [self._moment(component, each) for each in pair]
        if begin > end:
            raise self._wrong(component)
        return [begin, end, None], None

    def phone(self, component: Any, _value: Any, text: str) -> Stored:
        if not PHONE.match(text):
            raise self._wrong(component)
        return text, {
            "mode": component["props"].get("mode") or "phone",
            "countryKey": "CN",
            "flag": "C",
            "countryCode": "+86",
            "areaNumber": "",
            "flagPy": "Z",
            "countryNameZh": "中国",
            "countryName": "China",
            "countryNamePy": "ZHONGGUO",
        }

    def photos(self, component: Any, value: Any, _text: str) -> Stored:
        found = self._list(component, value, str)
        if len(found) > MOST_PHOTOS or not all(
            each.startswith(("http://", "https://")) for each in found
        ):
            raise self._wrong(component)
        return found or None, None

    def files(self, component: Any, value: Any, _text: str) -> Stored:
        found = []
        for each in self._list(component, value, dict):
            file = self.approvals.drive.file(self.org.corp_id, each.get("fileId"))
            if (
                file is None
                or str(each.get("spaceId")) != str(file.space_id)
                or not each.get("fileName")
                or not self.approvals.world.setting("approvals_server_files")
                and file.key
            ):
                raise self._wrong(component)
            found.append(dict(file.value(), fileName=str(each["fileName"])))
        return found or None, None

    def people(self, component: Any, value: Any, _text: str) -> Stored:
        persons = []
        for userid in self._list(component, value, str):
            person = self.org.person(userid)
            if person is None:
                raise self._wrong(component)
            persons.append(person)
        if len(persons) > 1 and str(component["props"].get("choice", "1")) == "0":
            raise self._wrong(component)
        if not persons:
            return None, None
        return ",".join(person.name for person in persons), [
            {
                "nick": person.name,
                "orgUserName": person.name,
                "emplId": person.userid,
                "corpId": self.org.corp_id,
                "name": person.name,
                "avatar": person.avatar,
            }
            for person in persons
        ]

    def departments(self, component: Any, _value: Any, text: str) -> Stored:
        found = []
        for part in text.split(","):
            part = part.strip()
            key = whole_number(part)
            if key is None:
                raise self._wrong(component)
            department = self.org.department(1 if key == -1 else key)
            if department is None:
                raise self._wrong(component)
            found.append(department)
        if len(found) > 1 and component["props"].get("multiple") in (False, "false"):
            raise self._wrong(component)
        return ",".join(each.name for each in found), [
            {
                "number": self.org.direct_count(each.dept_id),
                "name": each.name,
                "id": each.dept_id,
            }
            for each in found
        ]

    def related(self, component: Any, value: Any, _text: str) -> Stored:
        keys = self._list(component, value, str)
        allowed = [
            each.get("processCode")
            for each in component["props"].get("availableTemplates") or ()
            if isinstance(each, dict)
        ]
        found = []
        for key in keys:
            instance = self.approvals.instances.get(key)
            if (
                instance is None
                or instance.corp_id != self.org.corp_id
                or allowed
                and instance.process_code not in allowed
            ):
                raise self._wrong(component)
            found.append(instance)
        if len(found) > MOST_RELATED:
            raise self._wrong(component)
        if not found:
            return None, None
        return [each.title for each in found], {
            "list": [
                {
                    "procInstId": each.id,
                    "businessId": each.business_id,
                    "title": each.title,
                }
                for each in found
            ]
        }

    def stars(self, component: Any, _value: Any, text: str) -> Stored:
        stars = whole_number(text)
        limit = whole_number(component["props"].get("limit")) or 5
        if stars is None or not 0 <= stars <= limit:
            raise self._wrong(component)
        return text, None

    def place(self, component: Any, value: Any, _text: str) -> Stored:
        found = self._list(component, value)
        if len(found) != 5:
            raise self._wrong(component)
        return found, None

    def table(self, component: Any, value: Any, _text: str) -> Stored:
        rows, cells = [], 0
        for given in self._list(component, value, list):
            line = []
            done = set()
            for cell in given:
                child = self._find(component.get("children") or [], _dict(cell))
                if child is None:
                    raise self._wrong(component)
                done.add(child["props"]["id"])
                line.append(self._cell(child, cell.get("value")))
            for child in component.get("children") or ():
                if child["props"].get("required") and not any(
                    each["key"] == child["props"]["id"] and "value" in each
                    for each in line
                ):
                    raise self._wrong(child)
            cells += len(line)
            rows.append(
                {
                    "rowValue": line,
                    "rowNumber": "%s_%s"
                    % (component["props"]["id"], ids.random_lower(12).upper()),
                }
            )
        if cells > MOST_CELLS * 10:
            raise self._wrong(component)
        if not rows:
            return None, None
        return rows, {
            "statValue": self._sums(component, rows),
            "componentName": "TableField",
        }

    def _cell(self, child: Any, value: Any) -> Dict[str, Any]:
        labels = labels_of(child)
        cell: Dict[str, Any] = {
            "componentType": child["componentType"],
            "label": labels if len(labels) > 1 else labels[0],
            "key": child["props"]["id"],
        }
        if value is None or value == "" or value == "null":
            return cell
        stored, companion = self._stored(child, value)
        if stored is not None:
            cell["value"] = stored
        if companion is not None and child["componentType"] != "PhoneField":
            if child["componentType"] != "MoneyField":
                cell["extendValue"] = companion
        return cell

    def _sums(self, component: Any, rows: Any) -> List[Dict[str, Any]]:
        found = []
        for stat in component["props"].get("statField") or ():
            key = stat.get("componentId") or stat.get("id")
            total = sum(
                float(cell["value"])
                for row in rows
                for cell in row["rowValue"]
                if cell["key"] == key
                and isinstance(cell.get("value"), str)
                and NUMBER.match(cell["value"])
            )
            found.append(
                {"id": key, "label": stat.get("label"), "num": "%g" % round(total, 4)}
            )
        return found

    # Helpers

    def _list(self, component: Any, value: Any, kind: Any = object) -> List[Any]:
        found = _list(value)
        if found is None or not all(isinstance(each, kind) for each in found):
            raise self._wrong(component)
        return found


def _list(value: Any) -> Optional[List[Any]]:
    if isinstance(value, str):
        try:
            value = read_json(value)
        except ValueError:
            return None
    return value if isinstance(value, list) else None


def _dict(value: Any) -> Dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _details(details: Any) -> Any:
    """Rows given as `details[].details[]` instead of text."""
    return [
        [
            {"id": cell.get("id"), "name": cell.get("name"), "value": cell.get("value")}
            for cell in _dict(row).get("details") or ()
        ]
        for row in details
    ]


KINDS: Dict[str, Any] = {
    "TextField": Form.text,
    "TextareaField": Form.text,
    "IdCardField": Form.text,
    "AddressField": Form.text,
    "NumberField": Form.number,
    "CalculateField": Form.money,
    "MoneyField": Form.money,
    "DDSelectField": Form.choice,
    "DDMultiSelectField": Form.choices,
    "DDDateField": Form.date,
    "DDDateRangeField": Form.dates,
    "PhoneField": Form.phone,
    "DDPhotoField": Form.photos,
    "DDAttachment": Form.files,
    "InnerContactField": Form.people,
    "DepartmentField": Form.departments,
    "RelateField": Form.related,
    "StarRatingField": Form.stars,
    "TimeAndLocationField": Form.place,
    "TableField": Form.table,
    "TextNote": None,
    "FormRelateField": Form.text,
}
