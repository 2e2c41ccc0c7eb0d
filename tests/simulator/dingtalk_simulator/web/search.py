# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Finding people and cutting long lists into pages, always on the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, List, Sequence

PER_PAGE = 50


@dataclass
class Page:
    items: List[Any]
    number: int  # from 1
    count: int  # pages, at least 1
    total: int  # items on all pages

    @property
    def first(self) -> int:
        return 0 if not self.items else (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        return self.first + len(self.items) - 1 if self.items else 0

    size: int = PER_PAGE


def page_of(items: Sequence[Any], number: Any, size: int = PER_PAGE) -> Page:
    """A page of `items`. `number` comes from the address: the nearest page there is."""
    count = max(1, -(-len(items) // size))
    try:
        wanted = int(number)
    except (TypeError, ValueError):
        wanted = 1
    wanted = min(max(wanted, 1), count)
    return Page(
        list(items[(wanted - 1) * size : wanted * size]),
        wanted,
        count,
        len(items),
        size=size,
    )


def matches(person: Any, needle: str) -> bool:
    """Whether the (lower-case) text is in what identifies the person."""
    return (
        needle in person.name.lower()
        or needle in person.userid.lower()
        or needle in person.mobile
        or needle in person.email.lower()
        or needle in person.org_email.lower()
        or needle in person.job_number.lower()
        or needle in person.title.lower()
    )


def people(candidates: Iterable[Any], text: str) -> List[Any]:
    """Found people: whole userid or mobile first, then beginnings of names."""
    needle = text.strip().lower()
    if not needle:
        return list(candidates)
    found = [person for person in candidates if matches(person, needle)]

    def rank(person: Any) -> int:
        name = person.name.lower()
        if needle in (person.userid.lower(), person.mobile):
            return 0
        if name == needle:
            return 1
        return 2 if name.startswith(needle) else 3

    found.sort(key=rank)
    return found


def departments(org: Any, text: str, limit: int = 30) -> List[Any]:
    """Departments whose name or number holds the text."""
    needle = text.strip().lower()
    found = []
    for department in org.departments.values():
        if needle in department.name.lower() or needle == str(department.dept_id):
            found.append(department)
            if len(found) >= limit:
                break
    return found
