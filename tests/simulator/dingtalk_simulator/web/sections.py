# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Sections of the phone and the console. Other areas add theirs here.

    @phone_tab("approvals", "Approvals", icon="check", order=25)
    def approvals(page):
        return {"waiting": [...]}           # for templates/phone_approvals.html

    @work_tile("scanner", "Scan", icon="scan")
    def scanner(page):
        return {...}                        # for templates/phone_work_scanner.html

    @console_section("events", "Events", icon="bolt", order=45)
    def events(page):
        return {...}                        # for templates/console_events.html

A function gets the page (`PhonePage`, `ConsolePage`), returns what its template needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Tuple

Context = Callable[[Any], Dict[str, Any]]


@dataclass
class Section:
    key: str
    label: str  # English; translated where it is shown
    icon: str  # name of a symbol in templates/_icons.html
    order: int
    template: str
    context: Context
    live: Tuple[str, ...] = ()  # beginnings of the event kinds that make the page stale


class Registry:
    """Sections by key, in their order."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._by_key: Dict[str, Section] = {}

    def __call__(
        self,
        key: str,
        label: str,
        icon: str = "dot",
        order: int = 100,
        template: str = "",
        live: Tuple[str, ...] = (),
    ) -> Callable[[Context], Context]:
        def add(context: Context) -> Context:
            self._by_key[key] = Section(
                key,
                label,
                icon,
                order,
                template or self._prefix + key + ".html",
                context,
                live,
            )
            return context

        return add

    def get(self, key: str) -> Section:
        """:raise KeyError: unknown"""
        return self._by_key[key]

    def ordered(self) -> List[Section]:
        return sorted(
            self._by_key.values(), key=lambda section: (section.order, section.key)
        )


phone_tab = Registry("phone_")
work_tile = Registry("phone_work_")
console_section = Registry("console_")
