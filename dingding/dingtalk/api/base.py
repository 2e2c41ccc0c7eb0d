# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Share the reading of answers and the checks of arguments between areas."""

import re
from urllib.parse import quote

from ..errors import ApiError, UnexpectedAnswerError, argument_error

MAX_USERIDS = 100  # ids in one work notification, and in other lists of people
MAX_DEPT_IDS = 20  # departments in one work notification

#: Code of an answer that reports a failure without an error.
NOT_DONE = "not_done"

# Python refuses longer ones.
_WHOLE = re.compile(r"-?[0-9]{1,100}\Z")


class Area(object):
    """Base class for one area of the API; holds nothing but the client."""

    def __init__(self, client):
        self._client = client


def need(payload, name, kind):
    """Return a required member of the answer.

    :param dict payload: the answer
    :param str name: the member
    :param kind: the type, or a tuple of types; a string of digits is accepted for an
        int
    :raise UnexpectedAnswerError: the member is missing or has another type
    """
    value = payload.get(name) if isinstance(payload, dict) else None
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if isinstance(value, bool) and bool not in kinds:
        value = None
    if isinstance(value, kinds) and (value != "" or str not in kinds):
        return value
    if int in kinds and isinstance(value, str) and _WHOLE.match(value.strip()):
        return int(value)
    raise UnexpectedAnswerError(
        "unexpected_answer",
        "the answer has no usable %r" % name,
        payload.get("request_id", "") if isinstance(payload, dict) else "",
        # DingTalk accepted the request, but its result is unreadable.
        outcome_unknown=True,
    )


def listed(value):
    """Return a list member that DingTalk may omit."""
    return list(value) if isinstance(value, list) else []


def next_cursor(result, current):
    """Return where the next page of a list begins, None if there is no such page.

    :param dict result: a page, whose ``next_cursor`` may be a number as text
    :param int current: where this page begins
    """
    following = result.get("next_cursor")
    if following in (None, "", "null"):
        return None
    following = number(following, "next_cursor")
    return following if following > current else None


def objects(value):
    """Return the objects of a list member; others are left out."""
    return [each for each in listed(value) if isinstance(each, dict)]


def truth(value):
    """Return a boolean of an answer, which may be text."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def succeeded(payload):
    """Return the answer, or raise if it reports a failure."""
    if "success" in payload and not truth(payload["success"]):
        raise ApiError(
            NOT_DONE,
            "DingTalk answered without an error, but says it did not work",
        )
    return payload


def given(**values):
    """Return the values that are not None."""
    return dict((name, value) for name, value in values.items() if value is not None)


def identifier(value, name):
    """Return an id as text, refused if it is empty or would break a list.

    :raise InvalidArgumentError: empty, or with a comma, a space or a control character
    """
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise argument_error("%s: %r is not an ID" % (name, value), argument=name)
    text = str(value)
    if not text or text != text.strip():
        raise argument_error("%s: empty or padded id" % name, argument=name)
    if "," in text or any(ord(char) < 32 for char in text):
        raise argument_error(
            "%s: %r cannot be an id: it has a comma in it" % (name, text),
            argument=name,
        )
    return text


def number(value, name, least=None, most=None):
    """Return a whole number within its limits.

    :raise InvalidArgumentError: not a whole number, or outside the limits
    """
    if isinstance(value, str) and _WHOLE.match(value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise argument_error("%s: %r is not an integer" % (name, value), argument=name)
    if (least is not None and value < least) or (most is not None and value > most):
        raise argument_error(
            "%s: %d is not between %s and %s" % (name, value, least, most),
            argument=name,
        )
    return value


def text(value, name, most=None, least=1):
    """Return a text within its length.

    :raise InvalidArgumentError: not a text, empty, or too long
    """
    if not isinstance(value, str):
        raise argument_error("%s: %r is not a text" % (name, value), argument=name)
    if len(value) < least or (least and not value.strip()):
        raise argument_error("%s is empty" % name, argument=name)
    if most is not None and len(value) > most:
        raise argument_error(
            "%s has %d characters, %d are allowed" % (name, len(value), most),
            argument=name,
            length=len(value),
            limit=most,
        )
    return value


def optional(check, value, *limits):
    """Return ``check(value, *limits)``, or None for None.

    :param check: :func:`identifier`, :func:`number` or :func:`text`
    """
    return None if value is None else check(value, *limits)


def joined(values, name, most):
    """Return ids joined by commas, the old family's list format.

    :raise InvalidArgumentError: more than ``most`` ids, or an invalid one
    """
    if isinstance(values, (str, bytes)):
        raise argument_error("%s: a list of ids, not one text" % name, argument=name)
    values = [identifier(value, name) for value in values]
    if len(values) > most:
        raise argument_error(
            "%s: %d ids, %d are allowed in one call" % (name, len(values), most),
            argument=name,
            length=len(values),
            limit=most,
        )
    return ",".join(values)


def quoted(value, name):
    """Return an id quoted for a path."""
    text_value = identifier(value, name)
    if text_value in (".", ".."):
        raise argument_error("%s: %r is not an ID" % (name, text_value), argument=name)
    return quote(text_value, safe="")
