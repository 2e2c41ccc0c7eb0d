# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Working time: nine to six with a break from twelve to one, Monday to Friday, except
public holidays, and on the Saturdays worked instead.
"""

from __future__ import annotations

import datetime
import re
from typing import Any, Dict, List, Optional, Tuple

from ..errors import BEIJING

SECTIONS = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))  # minutes of a day
DAY_MINUTES = 8 * 60
DAY, HALF_DAY, HOUR = "day", "halfDay", "hour"
UNITS = (DAY, HALF_DAY, HOUR)
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_HALF = re.compile(r"(\d{4}-\d\d-\d\d) (AM|PM|上午|下午)\Z")
_MINUTE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d\Z")

FESTIVAL, REST, OVERTIME = "festival", "rest", "overtime"
# Begin and end, as month and day, of festivals; weekdays moved to a weekend are days
# off in lieu.
HOLIDAYS: Dict[int, List[Tuple[str, str, str]]] = {
    2026: [
        ("元旦", "2026-01-01", "2026-01-03"),
        ("春节", "2026-02-15", "2026-02-23"),
        ("清明节", "2026-04-04", "2026-04-06"),
        ("劳动节", "2026-05-01", "2026-05-05"),
        ("端午节", "2026-06-19", "2026-06-21"),
        ("中秋节", "2026-09-25", "2026-09-27"),
        ("国庆节", "2026-10-01", "2026-10-07"),
    ],
}
# Worked day -> day off in lieu.
WORKED: Dict[str, Tuple[str, str]] = {
    "2026-01-04": ("元旦", "2026-01-02"),
    "2026-02-14": ("春节", "2026-02-20"),
    "2026-02-28": ("春节", "2026-02-23"),
    "2026-05-09": ("劳动节", "2026-05-04"),
    "2026-09-20": ("国庆节", "2026-10-06"),
    "2026-10-10": ("国庆节", "2026-10-07"),
}


def moment(text: str, unit: str, end: bool) -> Optional[datetime.datetime]:
    """The Beijing time of a text in this unit, or None.

    :param end: of a day or half day its end
    """
    half = _HALF.match(text)
    if unit == DAY and _DAY.match(text):
        day, minutes = text, 18 * 60 if end else 9 * 60
    elif unit == HALF_DAY and half:
        day = half.group(1)
        if half.group(2) in ("AM", "上午"):
            minutes = 12 * 60 if end else 9 * 60
        else:
            minutes = 18 * 60 if end else 13 * 60
    elif unit == HOUR and _MINUTE.match(text):
        day, minutes = text[:10], int(text[11:13]) * 60 + int(text[14:])
    else:
        return None
    try:
        found = datetime.datetime.strptime(day, "%Y-%m-%d")
    except ValueError:
        return None
    return (found + datetime.timedelta(minutes=minutes)).replace(tzinfo=BEIJING)


def holidays(world: Any, first: datetime.date, last: datetime.date) -> List[Any]:
    """(date, name, kind, replaced date or None) between two dates."""
    found = []
    moved = {instead: day for day, (_name, instead) in WORKED.items()}
    rows = [row for year in HOLIDAYS.values() for row in year]
    for name, begin, end in rows + world.extra.get("leave_holidays", []):
        day = datetime.date.fromisoformat(begin)
        while day.isoformat() <= end:
            text = day.isoformat()
            kind = REST if text in moved else FESTIVAL
            found.append((day, name, kind, moved.get(text)))
            day += datetime.timedelta(1)
    for text, (name, instead) in WORKED.items():
        found.append((datetime.date.fromisoformat(text), name, OVERTIME, instead))
    return sorted(
        (row for row in found if first <= row[0] <= last), key=lambda row: row[0]
    )


def works(world: Any, day: datetime.date) -> bool:
    kinds = {row[2] for row in holidays(world, day, day)}
    if OVERTIME in kinds:
        return True
    return not kinds and day.weekday() < 5


def details(
    world: Any, begin: datetime.datetime, end: datetime.datetime, natural: bool
) -> List[Dict[str, Any]]:
    """The leave in a period, a row per day.

    :param natural: count calendar days, not only working days
    """
    rows, day = [], begin.date()
    while day <= end.date():
        midnight = datetime.datetime.combine(day, datetime.time(), BEIJING)
        minutes, times = 0, []
        for first, last in SECTIONS:
            start = max(begin, midnight + datetime.timedelta(minutes=first))
            stop = min(end, midnight + datetime.timedelta(minutes=last))
            if start < stop:
                minutes += int((stop - start).total_seconds() // 60)
                times += [start, stop]
        if minutes and (natural or works(world, day)):
            rows.append(
                {
                    "day": day.isoformat(),
                    "minutes": minutes,
                    "from": int(times[0].timestamp() * 1000),
                    "to": int(times[-1].timestamp() * 1000),
                }
            )
        day += datetime.timedelta(1)
    return rows


def amount(minutes: int, unit: str) -> float:
    """A duration in the unit of a type: days, or hours."""
    if unit == HOUR:
        return round(minutes / 60.0, 2)
    return round(minutes / float(DAY_MINUTES), 2)
