# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Encode, check and decode each kind of component.

Each kind has an ``encode`` and a ``decode`` of plain values:

=============  ===================================================================
shape          plain value
=============  ===================================================================
``text``       str
``number``     anything that :func:`.amounts.number` accepts; decoded: Decimal
``date``       date or naive local datetime
``range``      (start, end) of those
``choice``     str, the option's text
``choices``    list of str
``people``     list of userids
``departments``  list of int; the root is 1, which DingTalk numbers -1 here
``approvals``  list of instance ids
``pictures``   list of addresses
``files``      list of dicts: spaceId, fileId, fileName, fileSize, fileType
``place``      list: time, longitude, latitude, address, accuracy
``rows``       list of dicts: component key -> plain value
``nothing``    the kind cannot be filled in
=============  ===================================================================

A component is a dict made by :func:`component`. A problem is ``(key, args)``; ``args``
names the component by its ``label``. Those in :data:`WARNINGS` do not prevent
submission.

https://open.dingtalk.com/document/development/form-component-format
"""
import datetime
import json
import re

from . import amounts, times

MAX_VALUE = 65535  # characters
MAX_TEXT = 1000  # characters per single-line text, recommended
MAX_TEXTAREA = 8000  # characters per multi-line text
MAX_PICTURES = 9
MAX_APPROVALS = 9
MAX_FILES = 20
MAX_TABLE_PEOPLE = 50
MAX_ROWS = 100  # recommended
# Approvals number the root department -1, the contacts 1.
ROOT, APPROVAL_ROOT = 1, -1

FILE_MEMBERS = ("spaceId", "fileId", "fileName", "fileSize", "fileType")
WARNINGS = frozenset(["text_long", "rows_many", "label_double", "other_option"])
OTHER = "other"  # key of the option with free text

_PHONE = re.compile(r"\+?[0-9][0-9 ()\-]{1,24}\Z")


def component(key, kind, label, **more):
    """Return a component with every member that this package reads.

    :param str key: id in DingTalk, such as ``TextField-K2AD4O5B``
    :param str kind: name of the kind; unknown kinds are kept
    :param str label: as in DingTalk; for a range, the JSON list of its two labels
    """
    found = {
        "key": key,
        "kind": kind,
        "label": label,
        "required": False,
        "options": [],  # {"value": text, "key": key or ""}
        "children": [],  # columns of a table
        "alias": "",
        "unit": "",
        "format": "",
        "multiple": True,  # several people or departments are allowed
        "capital": True,  # show the amount in words below
        "limit": 0,  # number of stars
        "placeholder": "",
        "content": "",  # text of a note
    }
    found.update(more)
    return found


def labels(one):
    """Return the labels of a component: two for a range, one otherwise.

    :param dict one: component
    """
    found = read_json(one["label"], list)
    return [str(each) for each in found] if found else [one["label"]]


def title(one):
    """Return the label of a component for display."""
    return " – ".join(labels(one)) or one["key"]


def problem(key, one, **args):
    """Return a problem of a component."""
    return key, dict(args, label=title(one))


def is_empty(value):
    """Return whether a plain value is empty; zero is not."""
    return (
        value is None
        or value is False
        or (isinstance(value, (str, list, tuple, dict)) and not value)
        or (isinstance(value, str) and not value.strip())
        or (isinstance(value, tuple) and all(is_empty(each) for each in value))
    )


def dump(value):
    """Return compact JSON without escaping non-ASCII characters."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read_json(text, kind):
    """Return parsed JSON text or an object as is; None for other types."""
    if isinstance(text, str):
        try:
            text = json.loads(text)
        except ValueError:
            return None
    return text if isinstance(text, kind) else None


def _listed(value):
    """Return the list in a value of an answer; a text counts as one entry."""
    found = read_json(value, list)
    if found is None:
        return [] if is_empty(value) or value == "null" else [value]
    return found


def _extra_items(extra):
    return [each for each in read_json(extra, list) or [] if isinstance(each, dict)]


def _clean(text):
    return text.replace("\x00", "")


class Kind(object):
    """Write, check and read one kind of component; by default as text."""

    shape = "text"
    settable = True
    most = MAX_VALUE

    def __init__(self, name):
        self.name = name

    def problems(self, one, value):
        """Return the problems of a non-empty plain value.

        :param dict one: component
        """
        length = len(self.encode(one, value))
        if self.most < length <= MAX_VALUE:
            return [problem("text_long", one, length=length, limit=self.most)]
        return []

    def encode(self, one, value):
        """Return the text that DingTalk expects for a valid plain value."""
        return _clean(str(value))

    def decode(self, value, extra=None):
        """Return the plain value of DingTalk's answer, None if empty or unreadable.

        Never raises.

        :param value: text; inside tables also a list
        :param extra: ``extValue``; inside tables an object
        """
        return None if is_empty(value) or value == "null" else str(value)

    def shown(self, one, value, names):
        """Return the lines that a person sees for a plain value.

        :param names: (kind of shape, id) -> text
        """
        return self.encode(one, value).splitlines() or [""]


class Line(Kind):
    """Single-line text."""

    most = MAX_TEXT

    def encode(self, one, value):
        return " ".join(_clean(str(value)).splitlines())


class Lines(Kind):
    """Multi-line text; DingTalk expects CR LF and returns LF."""

    most = MAX_TEXTAREA

    def encode(self, one, value):
        return "\r\n".join(_clean(str(value)).splitlines())

    def decode(self, value, extra=None):
        found = super().decode(value, extra)
        return found if found is None else "\n".join(found.splitlines())


class Number(Kind):
    shape = "number"

    def problems(self, one, value):
        if amounts.number(value) is None:
            return [problem("no_number", one, value=str(value))]
        return []

    def encode(self, one, value):
        return amounts.written(amounts.number(value))

    def decode(self, value, extra=None):
        return amounts.number(value)

    def shown(self, one, value, names):
        text = amounts.grouped(amounts.number(value))
        return ["%s %s" % (text, one["unit"]) if one["unit"] else text]


class Money(Number):
    def shown(self, one, value, names):
        lines = super().shown(one, value, names)
        words = one["capital"] and amounts.capital(amounts.number(value))
        return lines + [words] if words else lines


class Stars(Number):
    def problems(self, one, value):
        found = super().problems(one, value)
        if found:
            return found
        stars, most = amounts.number(value), one["limit"] or 5
        if stars != int(stars) or not 0 <= stars <= most:
            return [problem("no_stars", one, value=str(value), limit=most)]
        return []

    def shown(self, one, value, names):
        return ["★" * int(amounts.number(value))]


class Choice(Kind):
    """One option, identified by its text."""

    shape = "choice"

    def problems(self, one, value):
        return _unknown_options(one, [str(value)])

    def encode(self, one, value):
        return str(value)

    def decode(self, value, extra=None):
        found = super().decode(value, extra)
        chosen = read_json(extra, dict)
        if found is None and chosen:
            return str(chosen["label"]) if chosen.get("label") else None
        return found


class Choices(Kind):
    shape = "choices"

    def problems(self, one, value):
        return _unknown_options(one, [str(each) for each in value])

    def encode(self, one, value):
        return dump([str(each) for each in value])

    def decode(self, value, extra=None):
        return [str(each) for each in _listed(value) if not is_empty(each)] or None

    def shown(self, one, value, names):
        return ["，".join(str(each) for each in value)]


def _unknown_options(one, values):
    known = {each["value"] for each in one["options"]}
    own_text = any(each.get("key") == OTHER for each in one["options"])
    return [
        problem("other_option", one, value=value)
        if own_text
        else problem(
            "option_unknown",
            one,
            value=value,
            options="、".join(each["value"] for each in one["options"]),
        )
        for value in values
        if value not in known
    ]


def option_of(one, candidates):
    """Return the option that matches the first matching text, or None.

    Compare exactly, then without case and surrounding spaces.

    :param dict one: component
    :param candidates: texts, in order of preference
    """
    texts = [each["value"] for each in one["options"]]
    folded = {each.strip().casefold(): each for each in reversed(texts)}
    for candidate in candidates:
        if candidate in texts:
            return candidate
    for candidate in candidates:
        found = folded.get(str(candidate).strip().casefold())
        if found is not None:
            return found
    return None


def _with_time(one):
    """Return whether a date component includes hours and minutes."""
    if one["format"]:
        return "HH" in one["format"] or "hh" in one["format"]
    return one["unit"] in ("小时", "hour")


class Date(Kind):
    shape = "date"

    def problems(self, one, value):
        if not isinstance(value, datetime.date):
            return [problem("no_date", one, value=str(value))]
        return []

    def encode(self, one, value):
        return times.written(value, _with_time(one))

    def decode(self, value, extra=None):
        return times.parse(value)


class Range(Kind):
    shape = "range"

    def problems(self, one, value):
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            return [problem("no_date", one, value=str(value))]
        if any(is_empty(each) for each in value):
            return [problem("half_range", one)]
        for each in value:
            if not isinstance(each, datetime.date):
                return [problem("no_date", one, value=str(each))]
        start, end = self._texts(one, value)
        if end < start:
            return [problem("range_backwards", one, start=start, end=end)]
        return []

    def _texts(self, one, value):
        return [times.written(each, _with_time(one)) for each in value]

    def encode(self, one, value):
        return dump(self._texts(one, value))

    def decode(self, value, extra=None):
        found = [times.parse(each) for each in _listed(value)[:2]]
        return tuple(found) if len(found) == 2 and None not in found else None

    def shown(self, one, value, names):
        return ["%s – %s" % tuple(self._texts(one, value))]


class Phone(Kind):
    def problems(self, one, value):
        text = str(value).strip()
        digits = sum(char.isdigit() for char in text)
        if not _PHONE.match(text) or not 3 <= digits <= 15:
            return [problem("no_phone", one, value=text)]
        return []

    def encode(self, one, value):
        text = re.sub(r"[ ()]", "", str(value).strip())
        # China is the default.
        return re.sub(r"^\+86-?", "", text)


class Pictures(Kind):
    shape = "pictures"

    def problems(self, one, value):
        found = [
            problem("no_address", one, value=str(each)[:200])
            for each in value
            if not re.match(r"https?://[^\s]+\Z", str(each))
        ]
        return found + too_many(one, value, MAX_PICTURES)

    def encode(self, one, value):
        return dump([str(each) for each in value])

    def decode(self, value, extra=None):
        return [each for each in _listed(value) if isinstance(each, str)] or None

    def shown(self, one, value, names):
        return [str(each) for each in value]


class Files(Kind):
    """Files in the drive space of approvals.

    Before the upload an entry has ``attachment_id`` instead of the ids.
    """

    shape = "files"

    def problems(self, one, value):
        found = [
            problem("no_file", one, value=str(each))
            for each in value
            if not isinstance(each, dict)
            or not each.get("fileName")
            or not (each.get("attachment_id") or each.get("fileId"))
        ]
        return found + too_many(one, value, MAX_FILES)

    def encode(self, one, value):
        return dump(
            [
                {name: str(each.get(name) or "") for name in FILE_MEMBERS}
                for each in value
            ]
        )

    def decode(self, value, extra=None):
        found = []
        for each in _listed(value):
            if isinstance(each, dict) and each.get("fileId"):
                found.append(
                    {name: str(each.get(name) or "") for name in FILE_MEMBERS}
                )
        return found or None

    def shown(self, one, value, names):
        return [str(each.get("fileName") or "") for each in value]


def too_many(one, value, limit):
    """Return a list with the problem of a list that is too long, or an empty list."""
    if len(value) > limit:
        return [problem("too_many", one, count=len(value), limit=limit)]
    return []


class People(Kind):
    shape = "people"

    def problems(self, one, value):
        if len(value) > 1 and not one["multiple"]:
            return [problem("one_only", one, count=len(value))]
        return []

    def encode(self, one, value):
        return dump([str(each) for each in value])

    def decode(self, value, extra=None):
        items = _extra_items(extra)
        found = [each.get("emplId") or each.get("userId") for each in items]
        return [str(each) for each in found if each] or None

    def shown(self, one, value, names):
        return ["，".join(names("people", each) for each in value)]


class Departments(Kind):
    shape = "departments"

    def problems(self, one, value):
        if len(value) > 1 and not one["multiple"]:
            return [problem("one_only", one, count=len(value))]
        return []

    def encode(self, one, value):
        # Unlike all other values, this is not JSON.
        ids = [APPROVAL_ROOT if int(each) == ROOT else int(each) for each in value]
        return ",".join(str(each) for each in ids)

    def decode(self, value, extra=None):
        found = []
        for each in _extra_items(extra):
            text = str(each.get("id") if each.get("id") is not None else "").strip()
            if re.match(r"-?\d+\Z", text):
                found.append(ROOT if int(text) == APPROVAL_ROOT else int(text))
        return found or None

    def shown(self, one, value, names):
        return ["，".join(names("departments", each) for each in value)]


class Approvals(Kind):
    """Other approvals; where DingTalk returns their ids is not documented."""

    shape = "approvals"
    _MEMBERS = ("procInstId", "processInstanceId", "instanceId", "id")

    def problems(self, one, value):
        return too_many(one, value, MAX_APPROVALS)

    def encode(self, one, value):
        return dump([str(each) for each in value])

    def decode(self, value, extra=None):
        found = []
        ids = read_json(extra, (list, dict))
        for each in ids.get("list", []) if isinstance(ids, dict) else ids or []:
            if isinstance(each, dict):
                names = [name for name in self._MEMBERS if each.get(name)]
                each = each[names[0]] if names else ""
            if isinstance(each, str) and each:
                found.append(each)
        return found or None

    def shown(self, one, value, names):
        return [names("approvals", each) for each in value]


class Place(Kind):
    shape = "place"

    def problems(self, one, value):
        if not isinstance(value, (list, tuple)) or len(value) < 4:
            return [problem("no_place", one, value=str(value))]
        return []

    def encode(self, one, value):
        return dump(list(value))

    def decode(self, value, extra=None):
        return read_json(value, list) or None

    def shown(self, one, value, names):
        return [str(value[0]), str(value[3])]


class Note(Kind):
    """Static text on the form."""

    shape = "nothing"
    settable = False

    def problems(self, one, value):
        return [problem("not_settable", one, kind=self.name)]

    def decode(self, value, extra=None):
        return None


class Table(Kind):
    """Rows of cells; :mod:`.build` encodes them because cells may contain files."""

    shape = "rows"

    def problems(self, one, value):
        found = []
        if len(value) > MAX_ROWS:
            found.append(problem("rows_many", one, count=len(value), limit=MAX_ROWS))
        return found

    def decode(self, value, extra=None):
        rows = []
        for row in _listed(value):
            # The legacy API returns an empty table's schema.
            cells = row.get("rowValue") if isinstance(row, dict) else None
            if isinstance(cells, list):
                rows.append(_decode_row(cells))
        return rows or None

    def shown(self, one, value, names):
        return [str(len(value))]


def _decode_row(cells):
    row = {}
    for cell in cells:
        if not isinstance(cell, dict):
            continue
        key = cell.get("key") or cell.get("id") or cell.get("label") or ""
        kind = kind_of(cell.get("componentType") or kind_in(key))
        if kind.shape == "rows":
            continue
        value = kind.decode(cell.get("value"), cell.get("extendValue"))
        if value is not None:
            row[str(key)] = value
    return row


def kind_in(key):
    """Return the kind in an id such as ``TextField-K2AD4O5B``, else an empty text."""
    found = re.match(r"[A-Za-z]+", str(key))
    return found.group(0) if found and found.group(0) in KINDS else ""


class Unknown(Kind):
    """An undocumented kind, such as those of DingTalk's suites."""

    shape = "nothing"
    settable = False

    def problems(self, one, value):
        return [problem("not_settable", one, kind=one["kind"])]


KINDS = {
    name: kind(name)
    for name, kind in [
        ("TextField", Line),
        ("TextareaField", Lines),
        ("NumberField", Number),
        ("MoneyField", Money),
        ("CalculateField", Number),
        ("StarRatingField", Stars),
        ("DDSelectField", Choice),
        ("DDMultiSelectField", Choices),
        ("DDDateField", Date),
        ("DDDateRangeField", Range),
        ("PhoneField", Phone),
        ("IdCardField", Line),
        ("AddressField", Line),
        ("DDPhotoField", Pictures),
        ("DDAttachment", Files),
        ("InnerContactField", People),
        ("DepartmentField", Departments),
        ("RelateField", Approvals),
        ("TimeAndLocationField", Place),
        ("TextNote", Note),
        ("TableField", Table),
    ]
}
#: Listed in the schema only, or computed by DingTalk.
KINDS["CalculateField"].settable = False
_UNKNOWN = Unknown("")


def kind_of(name):
    """Return the :class:`Kind` of a name; create one for unknown names."""
    return KINDS.get(name, _UNKNOWN)


def check(one, value):
    """Return the problems of a plain value, empty or not.

    :param dict one: component, not a table
    """
    kind = kind_of(one["kind"])
    if is_empty(value):
        if one["required"] and kind.settable:
            return [problem("required", one)]
        if one["required"] and isinstance(kind, Unknown):
            return [problem("kind_unknown", one, kind=one["kind"])]
        return []
    if not kind.settable:
        return [problem("not_settable", one, kind=one["kind"])]
    found = kind.problems(one, value)
    if not blocking(found):
        length = len(kind.encode(one, value))
        if length > MAX_VALUE:
            found = [problem("too_long", one, length=length, limit=MAX_VALUE)]
    return found


def blocking(problems):
    """Return the problems that prevent submission."""
    return [each for each in problems if each[0] not in WARNINGS]


def encode(one, value):
    """Return the text that DingTalk expects for a valid plain value."""
    return kind_of(one["kind"]).encode(one, value)


def decode(kind, value, extra=None):
    """Return the plain value in an answer, None if empty.

    :param str kind: ``componentType`` of the answer
    """
    return kind_of(kind).decode(value, extra)
