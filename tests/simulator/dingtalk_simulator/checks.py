# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Shapes of data.

    NODE = members(actionType=text(among=("AND", "OR")), userIds=rows(text()))
    rows(NODE, most=20)(value, "approvers")

A check returns nothing and raises `Wrong`, which names the place, as in
`approvers[3].userIds`.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Callable, Optional, Sequence

LARGEST = 2**63 - 1  # a Long of Java


class Wrong(ValueError):
    """`where` is the place, `expected` what should be there."""

    def __init__(self, where: str, expected: str) -> None:
        super().__init__("%s: %s" % (where, expected))
        self.where = where
        self.expected = expected


class Check:
    """A shape. `nested`: an object or a list, which may be given as text."""

    def __init__(self, test: Callable[[Any, str], None], nested: bool = False) -> None:
        self.test = test
        self.nested = nested

    def __call__(self, value: Any, where: str) -> None:
        self.test(value, where)


def text(
    most: int = 0,
    least: int = 0,
    among: Sequence[str] = (),
    like: str = "",
    scalar: bool = False,
) -> Check:
    """:param scalar: a number will do"""

    def test(value: Any, where: str) -> None:
        if scalar and isinstance(value, (int, float)) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise Wrong(where, "a text")
        if among and value not in among:
            raise Wrong(where, "one of %s" % ", ".join(map(repr, among)))
        if most and len(value) > most or len(value) < least:
            raise Wrong(where, "a text of %d to %s characters" % (least, most or "any"))
        if like and not re.match(like, value):
            raise Wrong(where, "a text like %s" % like)

    return Check(test)


def whole(
    least: Optional[int] = None,
    most: Optional[int] = None,
    among: Sequence[int] = (),
    digits: bool = False,
) -> Check:
    """:param digits: a text of digits will do"""

    def test(value: Any, where: str) -> None:
        number = whole_number(value) if digits else value
        if not isinstance(number, int) or isinstance(number, bool):
            raise Wrong(where, "a whole number")
        _within(number, where, -LARGEST if least is None else least, most or LARGEST)
        if among and number not in among:
            raise Wrong(where, "one of %s" % ", ".join(map(str, among)))

    return Check(test)


def real(least: float = -1e15, most: float = 1e15) -> Check:
    def test(value: Any, where: str) -> None:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise Wrong(where, "a number")
        _within(value, where, least, most)

    return Check(test)


def _within(number: Any, where: str, least: Any, most: Any) -> None:
    if not least <= number <= most:
        raise Wrong(where, "a number from %g to %g" % (least, most))


def _flag(value: Any, where: str) -> None:
    if not isinstance(value, bool):
        raise Wrong(where, "true or false")


def _anything(_value: Any, _where: str) -> None:
    pass


FLAG = Check(_flag)
ANYTHING = Check(_anything)


def maybe(check: Check) -> Check:
    """That, or null."""

    def test(value: Any, where: str) -> None:
        if value is not None:
            check(value, where)

    return Check(test, check.nested)


def either(*checks: Check) -> Check:
    """One of these; the complaint is the last one's."""

    def test(value: Any, where: str) -> None:
        for check in checks[:-1]:
            try:
                return check(value, where)
            except Wrong:
                continue
        return checks[-1](value, where)

    return Check(test, all(check.nested for check in checks))


def rows(each: Check = ANYTHING, most: int = 0, least: int = 0) -> Check:
    """A list of such items."""

    def test(value: Any, where: str) -> None:
        if not isinstance(value, list):
            raise Wrong(where, "a list")
        if most and len(value) > most or len(value) < least:
            raise Wrong(where, "a list of %d to %s" % (least, most or "any"))
        for index, one in enumerate(value):
            each(one, "%s[%d]" % (where, index))

    return Check(test, True)


def members(
    _required: Sequence[str] = (), _only: bool = False, **known: Check
) -> Check:
    """An object with these members; null is as good as absent.

    :param _only: no others
    """

    def test(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise Wrong(where, "an object")
        for name in _required:
            if value.get(name) in (None, ""):
                raise Wrong("%s.%s" % (where, name), "missing")
        for name, one in value.items():
            if name in known and one is not None:
                known[name](one, "%s.%s" % (where, name))
            elif _only and name not in known:
                raise Wrong("%s.%s" % (where, name), "unknown")

    return Check(test, True)


def whole_number(value: Any) -> Optional[int]:
    """The number in a number or text of digits; None for others, or beyond a Long."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, float):
        if not math.isfinite(value) or value != int(value):
            return None
        value = int(value)
    if isinstance(value, str):
        if len(value) > 40:
            return None
        try:
            value = int(value)
        except ValueError:
            return None
    return value if -LARGEST - 1 <= value <= LARGEST else None


def read_json(data: str) -> Any:
    """Parse JSON. :raise ValueError: not JSON, or with invalid Unicode"""
    try:
        found = json.loads(data, parse_constant=_no_constant, parse_float=_finite)
        if "\\u" in data:
            # Half of a surrogate pair cannot be written in UTF-8.
            json.dumps(found, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise ValueError("too deep")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _finite(digits: str) -> float:
    found = float(digits)
    if not math.isfinite(found):
        raise ValueError(digits)
    return found
