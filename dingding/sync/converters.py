# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Convert DingTalk's values to values that can be stored and compared.

Each converter gets the value and the item that contains it. It returns a str, bool,
int, frozenset of str or None, and raises ValueError for an invalid value; the field is
then left unchanged and the sync reports it.
"""
import collections
import datetime
import json
import re

from ..dingtalk import beijing
from ..dingtalk.storable import clean
from ..dingtalk.utc import EPOCH

CHINA = "86"
# E.164 allows fifteen digits.
SHORTEST_NUMBER, LONGEST_NUMBER = 5, 15

#: Known ids, and ids about which this answer says nothing.
Partial = collections.namedtuple("Partial", "known unknown")


def text(value, item=None):
    """Return text, or None if it is empty."""
    if isinstance(value, str):
        return clean(value).strip() or None
    if value is None or value is False:
        return None
    if isinstance(value, (dict, list)):
        raise ValueError("not a text: %s" % type(value).__name__)
    return clean(value).strip() or None


def flag(value, item=None):
    """Return a bool, also for the words in DingTalk's samples."""
    if isinstance(value, str):
        return value.strip().lower() in ("true", "1", "yes", "y")
    return bool(value)


def identifier(value, item=None):
    """Return an id as text: department ids exceed a 32-bit integer."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    if isinstance(value, float):
        try:
            value = int(value)
        except OverflowError:
            raise ValueError("not an id: %r" % (value,))
    return text(value)


def identifier_or_none(value):
    """Return an id as text, or None for anything else, which the table reports."""
    try:
        return identifier(value)
    except ValueError:
        return None


def department_id(value):
    """Return DingTalk's id of a department as text, or None for anything else.

    It is a number above 0.
    """
    key = identifier_or_none(value)
    return key if key and key.isdecimal() and int(key) else None


def identifiers(value, convert=identifier_or_none):
    """Return a tuple of ids as text, in order and without duplicates.

    :param convert: of each; by default anything else is left out, and reported by the
        table
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = value.strip("[] ").split(",")
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        value = [value]
    found = []
    for each in value:
        key = convert(each)
        if key and key not in found:
            found.append(key)
    return tuple(found)


def identifier_set(value, item=None):
    return frozenset(identifiers(value, identifier))


def first_identifier(value, item=None):
    """Return the first id of a list: DingTalk lists the main department first."""
    found = identifiers(value, identifier)
    return found[0] if found else None


def beijing_date(value, item=None):
    """Return the Beijing date of a moment in milliseconds, as ``YYYY-MM-DD``."""
    if value in (None, "", 0, "0", False):
        return None
    try:
        moment = EPOCH + datetime.timedelta(milliseconds=int(value)) + beijing.OFFSET
    except (TypeError, ValueError, OverflowError):
        raise ValueError("not a moment in milliseconds: %r" % (value,))
    return moment.strftime("%Y-%m-%d").rjust(10, "0")


def json_text(value, item=None):
    """Return JSON as canonical text, so that equal values are equal texts.

    DingTalk sends JSON text inside JSON, or the object.
    """
    if value in (None, "", {}, []):
        return None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return text(value)
        if value in (None, "", {}, []):
            return None
    return clean(json.dumps(value, ensure_ascii=False, sort_keys=True))


def leaders(value, item=None):
    """Return the departments a person leads, from ``leader_in_dept``.

    A page reports its own department only.

    :rtype: Partial
    """
    if value and not isinstance(value, (list, tuple)):
        raise ValueError("not a list: %r" % (value,))
    said = {}
    for each in value or ():
        if isinstance(each, dict) and identifier_or_none(each.get("dept_id")):
            said[identifier_or_none(each["dept_id"])] = flag(each.get("leader"))
    own = identifier_set((item or {}).get("dept_id_list"))
    return Partial(
        frozenset(key for key, leads in said.items() if leads),
        own - frozenset(said),
    )


def number(mobile, state_code=None, default=None):
    """Return a telephone number as ``+49151...``, or None if it is not one.

    :param str mobile: as people and DingTalk write it: ``+49-151...``, ``0049 151``,
        ``138 0013 8000``
    :param str state_code: country code without plus, if known
    :param str default: country code for a number without one
    """
    raw = clean(mobile or "").strip()
    if re.search(r"[A-Za-z*]", raw):
        return None  # an extension, or a number masked by DingTalk: 138****8000
    digits = "".join(re.findall(r"[0-9]+", raw))
    code = "".join(re.findall(r"[0-9]+", clean(state_code or "")))
    if raw.startswith("+"):
        whole = digits
    elif digits.startswith("00"):
        whole = digits[2:]
    else:
        code = code or default or CHINA
        if code != CHINA:
            digits = digits[1:] if digits.startswith("0") else digits
        elif len(digits) == 13 and digits.startswith(CHINA + "1"):
            # Chinese mobile numbers have eleven digits and begin with 1.
            digits = digits[2:]
        whole = code + digits if digits else ""
    if not SHORTEST_NUMBER <= len(whole) <= LONGEST_NUMBER:
        return None
    return "+" + whole


def mobile_number(value, item=None):
    """Return a person's mobile number with its country code, for comparison."""
    return number(value, (item or {}).get("state_code"))
