# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Reads parameters as leniently as DingTalk.

The old family takes JSON or form bodies, numbers and booleans as text, lists as
comma-separated text, objects as JSON text inside a string. The new family takes JSON
with real booleans, lists and objects; only numbers may be texts of digits, and texts
numbers. `parameters.py` checks the contents of objects and lists.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Optional, Union
from urllib.parse import parse_qsl

from .checks import read_json, whole_number

Problem = Callable[[str], Exception]


class Params:
    """Query and body of a call; the body wins.

    `problem(name)` makes the exception for a missing or malformed member.

    :param strict: the body is of the new family
    """

    def __init__(
        self,
        query: Mapping[str, str],
        body: Mapping[str, Any],
        problem: Problem,
        files: Optional[Dict[str, Any]] = None,
        strict: bool = False,
    ) -> None:
        self.strict = strict
        self.query = dict(query)
        self.body = dict(body)
        self.files = files or {}
        self.problem = problem

    def raw(self, name: str, default: Any = None) -> Any:
        value = self.body.get(name)
        if value is None:
            value = self.query.get(name)
        return default if value is None else value

    def _strict(self, name: str) -> bool:
        """Whether the value must have its own type; in a query all are texts."""
        return self.strict and self.body.get(name) is not None

    def has(self, name: str) -> bool:
        return self.raw(name) is not None

    def text(
        self,
        name: str,
        default: Optional[str] = None,
        required: bool = False,
        longest: int = 0,
        problem: Optional[Problem] = None,
    ) -> Optional[str]:
        value = self.raw(name)
        if value is None or value == "":
            if required:
                raise (problem or self.problem)(name)
            return default if value is None else ""
        if isinstance(value, bool) and not self._strict(name):
            value = "true" if value else "false"
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise (problem or self.problem)(name)
        value = str(value)
        if longest and len(value) > longest:
            raise (problem or self.problem)(name)
        return value

    def integer(
        self,
        name: str,
        default: Optional[int] = None,
        required: bool = False,
        low: Optional[int] = None,
        high: Optional[int] = None,
        problem: Optional[Problem] = None,
    ) -> Optional[int]:
        value = self.raw(name)
        if value is None or value == "":
            if required:
                raise (problem or self.problem)(name)
            return default
        number = whole_number(value)
        if number is None:
            raise (problem or self.problem)(name)
        if low is not None and number < low or high is not None and number > high:
            raise (problem or self.problem)(name)
        return number

    def boolean(
        self, name: str, default: Optional[bool] = None, required: bool = False
    ) -> Optional[bool]:
        value = self.raw(name)
        if value is None or value == "":
            if required:
                raise self.problem(name)
            return default
        if isinstance(value, bool):
            return value
        if self._strict(name) or not isinstance(value, (str, int)):
            raise self.problem(name)
        text = str(value).strip().lower()
        if text in ("true", "1"):
            return True
        if text in ("false", "0"):
            return False
        raise self.problem(name)

    def names(
        self, name: str, separators: str = ",", required: bool = False
    ) -> Optional[List[str]]:
        """A list of texts: in the old family separated by commas, in the new one a list
        of JSON, in an address also as text. None when it was not given.
        """
        value = self.raw(name)
        if value is None:
            if required:
                raise self.problem(name)
            return None
        if not self._strict(name):
            if isinstance(value, bool) or not isinstance(value, (str, int)):
                raise self.problem(name)
            text = str(value).strip()
            if text.startswith("["):
                if not self.strict:
                    raise self.problem(name)
                return self._listed(self.json(name), name, required)
            for separator in separators[1:]:
                text = text.replace(separator, separators[0])
            value = [
                part.strip() for part in text.split(separators[0]) if part.strip()
            ]
        return self._listed(value, name, required)

    def _listed(self, value: Any, name: str, required: bool) -> List[str]:
        if not isinstance(value, list) or any(
            isinstance(part, bool) or not isinstance(part, (str, int)) for part in value
        ):
            raise self.problem(name)
        if required and not value:
            raise self.problem(name)
        return [str(part) for part in value]

    def numbers(
        self, name: str, separators: str = ",", required: bool = False
    ) -> Optional[List[int]]:
        found = self.names(name, separators, required)
        if found is None:
            return None
        numbers = [whole_number(part) for part in found]
        if None in numbers:
            raise self.problem(name)
        return [number for number in numbers if number is not None]

    def json(self, name: str, default: Any = None, required: bool = False) -> Any:
        """An object or a list; in the old family also as JSON text."""
        value = self.raw(name)
        if value is None or value == "":
            if required:
                raise self.problem(name)
            return default
        if isinstance(value, str) and not self._strict(name):
            try:
                value = read_json(value)
            except ValueError:
                raise self.problem(name)
        if not isinstance(value, (dict, list)):
            raise self.problem(name)
        return value


class BadBody(Exception):
    """The body does not match its content type."""


def parse_body(raw: bytes, content_type: str) -> Union[Dict[str, Any], List[Any]]:
    """The members of a JSON or form body; {} for an empty one."""
    if not raw.strip():
        return {}
    kind = content_type.split(";")[0].strip().lower()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadBody("not UTF-8")
    if kind.endswith("json") or text.lstrip()[:1] in "{[":
        try:
            found = read_json(text)
        except ValueError:
            raise BadBody("not JSON")
        if not isinstance(found, (dict, list)):
            raise BadBody("not an object")
        return found
    return dict(parse_qsl(text, keep_blank_values=True))
