# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Joiners, and people on probation; kept in `world.extra`."""

from __future__ import annotations

from typing import Any, Dict

from . import core

AREA = "employment"


def _kept(world: Any, corp_id: str) -> Dict[str, Any]:
    found: Dict[str, Any] = world.extra.setdefault(AREA, {}).setdefault(
        corp_id, {"joiners": {}, "statuses": {}}
    )
    return found


def joiners(world: Any, corp_id: str) -> Dict[str, Any]:
    """ID before the entry -> {name, join_on, position, department}."""
    found: Dict[str, Any] = _kept(world, corp_id)["joiners"]
    return found


def statuses(world: Any, corp_id: str) -> Dict[str, str]:
    """userid -> 2 probation or 3 regular; everybody else is regular."""
    found: Dict[str, str] = _kept(world, corp_id)["statuses"]
    return found


def add(world: Any, org: Any, key: str, values: Dict[str, Any]) -> Dict[str, Any]:
    """A joiner, with a roster of HR's values so far."""
    joiners(world, org.corp_id)[key] = values
    core.area(world, org.corp_id)["rows"][key] = {
        "sys00": [
            {
                "sys00-name": values.get("name") or "",
                "sys00-confirmJoinTime": values.get("join_on") or "",
                "sys00-position": values.get("position") or "",
                "sys00-mainDept": values.get("department") or "",
            }
        ]
    }
    return values


def enter(world: Any, corp_id: str, key: str) -> None:
    """The entry or its cancellation: the ID disappears, and the person gets another."""
    joiners(world, corp_id).pop(key, None)
    core.area(world, corp_id)["rows"].pop(key, None)
