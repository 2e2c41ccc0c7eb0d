# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Approvals on the phone (a tile of the workbench) and in the console."""

from __future__ import annotations

import json
from typing import Any, Dict, List

from ..approvals.components import labels_of, options_of
from ..approvals.details import department_name
from ..approvals.records import COMPLETED, PAUSED, RUNNING, TERMINATED, Instance
from ..approvals.templates import MANAGER
from . import search
from .console import ConsolePage
from .phone import PhonePage
from .sections import console_section, work_tile

VIEWS = ("todo", "mine", "done", "copied")
ROWS_AT_FIRST, ROWS_MORE = 2, 4
INSTANCES_SHOWN = 40
# Kinds of components in words
KINDS: Dict[str, str] = {
    "TextField": "Text",
    "TextareaField": "Long text",
    "NumberField": "Number",
    "MoneyField": "Amount",
    "DDSelectField": "Choice",
    "DDMultiSelectField": "Choices",
    "DDDateField": "Date",
    "DDDateRangeField": "Period",
    "DDHolidayField": "Leave",
    "TextNote": "Note",
    "PhoneField": "Phone number",
    "DDPhotoField": "Pictures",
    "DDAttachment": "Files",
    "InnerContactField": "Contact person",
    "DepartmentField": "Departments",
    "RelateField": "Related approvals",
    "AddressField": "Place",
    "StarRatingField": "Stars",
    "TableField": "Table",
    "TimeAndLocationField": "Time and place",
    "CalculateField": "Calculation",
}
# Lines of the timeline: kind, or kind and result -> (text, colour of its tag)
LINES: Dict[str, Any] = {
    "START_PROCESS_INSTANCE": ("started it", ""),
    "EXECUTE_TASK_NORMAL AGREE": ("agreed to it", "good"),
    "EXECUTE_TASK_NORMAL REFUSE": ("refused it", "alarm"),
    "REDIRECT_TASK": ("handed it on", "warm"),
    "APPEND_TASK_BEFORE": ("added a signer before", "warm"),
    "APPEND_TASK_AFTER": ("added a signer after", "warm"),
    "ADD_REMARK": ("commented", "grey"),
    "TERMINATE_PROCESS_INSTANCE": ("withdrew it", "grey"),
    "PROCESS_CC": ("sent copies", "grey"),
}
STATES: Dict[str, Any] = {
    RUNNING: ("Under way", "warm"),
    TERMINATED: ("Withdrawn", "grey"),
    "agree": ("Agreed", "good"),
    "refuse": ("Refused", "alarm"),
}


def state_of(instance: Instance) -> Any:
    """(text, colour)"""
    key = instance.result if instance.status == COMPLETED else instance.status
    return STATES[key]


def name_of(org: Any, userid: str) -> str:
    person = org.people.get(userid) or org.left.get(userid)
    return person.name if person is not None else userid


# Lists


@work_tile("approvals", "Approvals", icon="check", order=10)
def approvals(here: PhonePage) -> Dict[str, Any]:
    """`instance`: one of them. `new`: the form of a template, or the templates."""
    known, me = here.world.approvals, here.person.userid
    opened = known.instances.get(here.query.get("instance", ""))
    if opened is not None and opened.corp_id == here.org.corp_id:
        return detail(here, opened)
    template = known.templates.get(here.query.get("new", ""))
    if template is not None and template.corp_id == here.org.corp_id:
        return form(here, template)
    every = known.of_corp(here.org.corp_id)
    lists = {
        "todo": [each for each in every if each.running and each.open_tasks(me)],
        "mine": [each for each in every if each.originator == me],
        "done": [each for each in every if took_part(each, me)],
        "copied": [each for each in every if me in each.copied],
    }
    view = here.query.get("view", "todo")
    view = view if view in VIEWS else "todo"
    page = search.page_of(lists[view], here.query.get("page"), 30)
    page.items = [line(here.org, each) for each in page.items]
    return {
        "view": view,
        "counts": {name: len(found) for name, found in lists.items()},
        "page": page,
        "forms": known.visible(here.org.corp_id, me),
    }


def took_part(instance: Instance, userid: str) -> bool:
    return any(
        task.userid == userid and task.status == COMPLETED for task in instance.tasks
    )


def line(org: Any, instance: Instance) -> Dict[str, Any]:
    text, colour = state_of(instance)
    facts = []
    for row in instance.values:
        if row.get("value") and row["componentType"] not in ("TableField", "TextNote"):
            shown = value_of(row["componentType"], row["value"], row.get("extValue"))
            if shown["kind"] == "text":
                facts.append((label(row.get("name", "")), shown["text"]))
    return {
        "id": instance.id,
        "title": instance.title,
        "state": text,
        "colour": colour,
        "status": instance.status,
        "result": instance.result,
        "at": instance.created_at,
        "originator": instance.originator,
        "originator_name": name_of(org, instance.originator),
        "facts": facts[:3],
        "waiting": [name_of(org, task.userid) for task in instance.open_tasks()],
    }


# One instance


def detail(here: PhonePage, instance: Instance) -> Dict[str, Any]:
    org, me = here.org, here.person.userid
    drive = here.world.approvals.drive

    def link(file: Dict[str, Any]) -> Dict[str, Any]:
        found = drive.file(org.corp_id, file.get("fileId"))
        address = drive.download_path(found) if found is not None else ""
        return dict(file, address=address)

    rows = []
    for row in instance.values:
        shown = value_of(
            row["componentType"], row.get("value"), row.get("extValue"), link
        )
        rows.append(dict(shown, label=label(row.get("name", ""))))
    tasks = instance.open_tasks(me) if instance.running else []
    return {
        "template": "phone_approval.html",
        "line": line(org, instance),
        "rows": rows,
        "department": department_name(org, instance.dept_id),
        "business_id": instance.business_id,
        "timeline": timeline(org, instance, link),
        "mine": instance.running and instance.originator == me,
        "task": tasks[0] if tasks else None,
    }


def timeline(org: Any, instance: Instance, link: Any) -> List[Dict[str, Any]]:
    found = []
    for record in instance.records:
        text, colour = LINES.get(record.kind) or LINES.get(
            "%s %s" % (record.kind, record.result), (record.kind, "")
        )
        found.append(
            {
                "userid": record.userid,
                "name": name_of(org, record.userid),
                "text": text,
                "colour": colour,
                "at": record.at,
                "remark": record.remark,
                "files": [link(file) for file in record.attachments],
                "images": record.images,
                "copies": [name_of(org, userid) for userid in record.cc],
                "waits": False,
            }
        )
    for task in instance.tasks:
        if task.status in (RUNNING, PAUSED):
            found.append(
                {
                    "userid": task.userid,
                    "name": name_of(org, task.userid),
                    "text": (
                        "has to decide" if task.status == RUNNING else "waits for it"
                    ),
                    "colour": "warm",
                    "at": task.created_at,
                    "remark": "",
                    "files": [],
                    "images": [],
                    "copies": [],
                    "waits": True,
                }
            )
    return found


def label(name: Any) -> str:
    """A label for people: the two of a range joined."""
    if isinstance(name, list):
        return " – ".join(name)
    if name.startswith("["):
        try:
            return " – ".join(json.loads(name))
        except (TypeError, ValueError):
            pass
    return str(name)


def value_of(
    kind: str, value: Any, companion: Any = None, link: Any = None
) -> Dict[str, Any]:
    """A value as the phone draws it: {"kind": text, note, files, photos, table ...}."""
    if kind == "TextNote":
        return {"kind": "note", "text": value or ""}
    if value in (None, ""):
        return {"kind": "empty"}
    if kind == "TableField":
        return {
            "kind": "table",
            "rows": [_table_row(row, link) for row in _list(value)],
        }
    if kind == "DDAttachment":
        files = _list(value)
        return {
            "kind": "files",
            "files": [link(each) if link else each for each in files],
        }
    if kind == "DDPhotoField":
        return {"kind": "photos", "photos": _list(value)}
    if kind in ("DDMultiSelectField", "RelateField"):
        return _text(", ".join(map(str, _list(value))))
    if kind == "DDDateRangeField":
        return _text(" – ".join(map(str, filter(None, _list(value)))))
    if kind == "DDHolidayField":
        begin, end, duration, unit, name = _list(value)[:5]
        return _text("%s – %s" % (begin, end), "%s %s %s" % (name, duration, unit))
    if kind == "TimeAndLocationField":
        found = _list(value)
        return _text("%s %s" % (found[0], found[3]))
    if kind == "MoneyField" and isinstance(companion, str):
        return _text("¥ %s" % value, json.loads(companion).get("upper", ""))
    return _text(str(value))


def _text(text: str, below: str = "") -> Dict[str, Any]:
    return {"kind": "text", "text": text, "below": below}


def _table_row(row: Dict[str, Any], link: Any) -> List[Dict[str, Any]]:
    return [
        dict(
            value_of(cell.get("componentType", ""), cell.get("value"), None, link),
            label=label(cell["label"]),
        )
        for cell in row["rowValue"]
    ]


def _list(value: Any) -> List[Any]:
    found = json.loads(value) if isinstance(value, str) else value
    return found if isinstance(found, list) else []


# A form to fill in


def form(here: PhonePage, template: Any) -> Dict[str, Any]:
    mine = [
        each
        for each in here.world.approvals.of_corp(here.org.corp_id)
        if each.originator == here.person.userid
    ][:50]
    places = [(key, department_name(here.org, key)) for key in here.person.depts] or [
        (1, here.org.name)
    ]
    return {
        "template": "phone_approval_new.html",
        "form": template,
        "fields": [field(each) for each in template.components],
        "mine": mine,
        "places": places,
        "rows_at_first": ROWS_AT_FIRST,
        "rows": ROWS_AT_FIRST + ROWS_MORE,
    }


def field(component: Dict[str, Any]) -> Dict[str, Any]:
    """Values of a component for the template."""
    props = component["props"]
    hours = "HH" in str(props.get("format", "")) or props.get("unit") == "小时"
    labels = [""] if component["componentType"] == "TextNote" else labels_of(component)
    return {
        "kind": component["componentType"],
        "id": props["id"],
        "label": " – ".join(labels),
        "labels": labels,
        "required": props.get("required") in (True, "true"),
        "placeholder": props.get("placeholder", ""),
        "unit": (
            ""
            if component["componentType"].startswith("DDDate")
            else props.get("unit", "")
        ),
        "options": [each["value"] for each in options_of(component)],
        "hours": hours,
        "content": props.get("content", ""),
        "children": [field(each) for each in component.get("children") or ()],
    }


# Console


@console_section("approvals", "Approvals", icon="check", order=42, live=("approval.",))
def console(here: ConsolePage) -> Dict[str, Any]:
    known, org = here.world.approvals, here.org
    template = known.templates.get(here.query.get("template", ""))
    if template is not None and template.corp_id == org.corp_id:
        return _template(here, template)
    every = known.of_corp(org.corp_id)
    state = here.query.get("state", "")
    counts = {name: 0 for name in STATES}
    for each in every:
        counts[each.result if each.status == COMPLETED else each.status] += 1
    if state in STATES:
        every = [
            each
            for each in every
            if state == (each.result if each.status == COMPLETED else each.status)
        ]
    page = search.page_of(every, here.query.get("page"), INSTANCES_SHOWN)
    page.items = [line(org, each) for each in page.items]
    return {
        "forms": [
            {
                "form": each,
                "instances": len(known.of_template(each.process_code)),
                "components": len(each.components),
            }
            for each in known.templates_of(org.corp_id)
        ],
        "states": {name: (text, counts[name]) for name, (text, _c) in STATES.items()},
        "state": state,
        "page": page,
    }


def _template(here: ConsolePage, template: Any) -> Dict[str, Any]:
    fields = []
    for each in template.components:
        fields.append(dict(field(each), depth=0))
        fields += [dict(field(child), depth=1) for child in each.get("children") or ()]
    nodes = []
    for node in template.flow:
        nodes.append(
            {
                "action": node["action"],
                "name": node.get("name", ""),
                "select": bool(node.get("select")),
                "people": [
                    "" if userid == MANAGER else name_of(here.org, userid)
                    for userid in node["userids"]
                ],
            }
        )
    return {
        "template": "console_approval.html",
        "form": template,
        "fields": fields,
        "kinds": KINDS,
        "nodes": nodes,
        "flow": "\n".join(
            " ".join([node["action"]] + list(node["userids"]))
            for node in template.flow
            if not node.get("select")
        ),
        "choosable": not any(node.get("select") for node in template.flow),
        "head": template.creator,
    }
