# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Control routes of attendance: set-up, punches, corrections, a generated month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict

from aiohttp import web

from ..control import Control, Mistake, wrap
from . import checkins, core, month

if TYPE_CHECKING:
    from ..server import Simulator

MOST_DAYS = 400
CHECKIN = (
    "place",
    "detail_place",
    "latitude",
    "longitude",
    "remark",
    "visit_user",
    "image_list",
)


def _milliseconds(value: Any) -> int:
    """A time of a body: milliseconds, or `2026-11-02 09:00:00` in Beijing."""
    if isinstance(value, int):
        return value
    try:
        day, clock = str(value).split(" ")
        hour, minute, second = (clock + ":00").split(":")[:3]
        seconds = int(hour) * 3600 + int(minute) * 60 + int(second)
        return core.midnight(day) + seconds * 1000
    except ValueError:
        raise Mistake("%r is not a time" % (value,))


class AttendanceControl(Control):
    def _kept(self, request: web.Request, body: Dict[str, Any]) -> Any:
        org = self.org(request, body)
        return org, core.area(self.world, org.corp_id)

    def _person(self, org: Any, body: Dict[str, Any]) -> str:
        userid = str(body.get("userid") or "")
        if org.person(userid) is None:
            raise Mistake("unknown userid %r" % userid, 404)
        return userid

    def shown(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """Everything, as stored."""
        return self._kept(request, body)[1]

    def shift(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`name`, `sections`, `rests` in minutes after midnight."""
        return self._try(core.add_shift, self._kept(request, body)[1], body)

    def group(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`name`, `type`, `week` of shift ids from Sunday on, `members`; and
        `departments`, whose people down to the last department are members too.
        """
        org, kept = self._kept(request, body)
        for userid in body.get("members") or ():
            self._person(org, {"userid": userid})
        below = set()
        for dept_id in body.get("departments") or ():
            if org.department(dept_id) is None:
                raise Mistake("unknown department %r" % dept_id, 404)
            below |= org.subtree(dept_id)
        if below:
            body = dict(body, unnamed=sorted(
                person.userid for person in org.people.values()
                if person.main_dept in below
            ))
        return self._try(core.add_group, kept, body)

    def schedule(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """The shift of a person on a `day`; `shift_id` 0 is a day off."""
        org, kept = self._kept(request, body)
        userid, day = self._person(org, body), str(body.get("day") or "")
        if body.get("shift_id") and str(body["shift_id"]) not in kept["shifts"]:
            raise Mistake("unknown shift", 404)
        core.midnight(day)
        kept["schedule"].setdefault(userid, {})[day] = int(body.get("shift_id") or 0)
        self.world.changed()
        return kept["schedule"][userid]

    def punch(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """A person punches: `time` (default now), `place` Normal or Outside."""
        org, _kept = self._kept(request, body)
        values = {
            name: str(body[name])
            for name in ("place", "source", "address", "device", "invalid", "remark")
            if body.get(name)
        }
        moment = _milliseconds(body["time"]) if body.get("time") else 0
        return core.punch(
            self.world, org.corp_id, self._person(org, body), moment, **values
        )

    def check_in(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """A person checks in on the road: `time` (default now), `place`, `visit_user`
        and so on, named as the API answers them.
        """
        org, _kept = self._kept(request, body)
        moment = _milliseconds(body["time"]) if body.get("time") else 0
        values = {name: body[name] for name in CHECKIN if body.get(name)}
        return checkins.check_in(
            self.world, org.corp_id, self._person(org, body), moment, values
        )

    def check_ins(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """All field check-ins."""
        return checkins.kept(self.world, self.org(request, body).corp_id)

    def take_back(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """A person deletes the check-in of a `time`; DingTalk sends no event."""
        org, _kept = self._kept(request, body)
        userid, moment = self._person(org, body), _milliseconds(body.get("time"))
        if not checkins.take_back(self.world, org.corp_id, userid, moment):
            raise Mistake("no such check-in", 404)
        return {}

    def correct(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """A manager corrects: `day`, `section` (0), `side` OnDuty or OffDuty.

        With `supplement` the person applied for it (补卡).
        """
        org, _kept = self._kept(request, body)
        return self._try(
            core.correct,
            self.world,
            org.corp_id,
            self._person(org, body),
            str(body.get("day") or ""),
            int(body.get("section") or 0),
            str(body.get("side") or "OnDuty"),
            _milliseconds(body.get("time")),
            supplement=bool(body.get("supplement")),
        )

    def approve(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """`kind` 1 overtime, 2 trip, 3 leave, from `begin` to `end`."""
        org, _kept = self._kept(request, body)
        return self._try(
            core.approve,
            self.world,
            org.corp_id,
            self._person(org, body),
            int(body.get("kind") or 0),
            _milliseconds(body.get("begin")),
            _milliseconds(body.get("end")),
            str(body.get("tag") or ""),
        )

    def month(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """Groups and punches of everybody, or of the first `people`."""
        org, _kept = self._kept(request, body)
        first, last = str(body.get("first") or ""), str(body.get("last") or "")
        if not 0 <= core.midnight(last) - core.midnight(first) < MOST_DAYS * core.DAY:
            raise Mistake("first and last are days in this order")
        userids = sorted(org.people)[: int(body.get("people") or 0) or None]
        return month.make(
            self.world, org.corp_id, userids, first, last, int(body.get("seed") or 1)
        )

    def clock(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """Set DingTalk's clock to `time`."""
        moment = _milliseconds(body.get("time")) / 1000
        ahead = self.world.now() - self.world.settings["clock_offset"]
        self.world.change_settings({"clock_offset": moment - ahead})
        return {"now": self.world.now()}

    def report(self, request: web.Request, body: Dict[str, Any]) -> Any:
        """{userid: {day: minutes}} of DingTalk's own report, `?first=&last=`."""
        org, _kept = self._kept(request, body)
        days = core.days_between(request.query["first"], request.query["last"])
        return {
            userid: {
                day: core.report_of(self.world, org.corp_id, userid, day)
                for day in days[:MOST_DAYS]
            }
            for userid in sorted(org.people)
        }

    def _try(self, function: Any, *values: Any, **more: Any) -> Any:
        try:
            found = function(*values, **more)
        except core.Refused as error:
            raise Mistake(str(error))
        self.world.changed()
        return found


def add_routes(app: web.Application, simulator: "Simulator") -> None:
    control = AttendanceControl(simulator)
    for method, path, function in (
        ("GET", "", control.shown),
        ("GET", "/report", control.report),
        ("POST", "/shifts", control.shift),
        ("POST", "/groups", control.group),
        ("POST", "/schedule", control.schedule),
        ("POST", "/punches", control.punch),
        ("GET", "/checkins", control.check_ins),
        ("POST", "/checkins", control.check_in),
        ("POST", "/checkins/delete", control.take_back),
        ("POST", "/corrections", control.correct),
        ("POST", "/approvals", control.approve),
        ("POST", "/month", control.month),
        ("POST", "/clock", control.clock),
    ):
        app.router.add_route(method, "/_control/attendance" + path, wrap(function))
