# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import re

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk.api.base import listed, objects

from .dingding_corp import SOURCES

TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2})(?::[0-9]{1,2})?\Z")
DIGITS = re.compile(r"[0-9]{1,10}\Z")
KINDS = {"FIXED": "fixed", "TURN": "turn", "NONE": "free"}
# DingTalk sets the other fields.
WRITEABLE = {"source"}
MOST_PEOPLE = 2 ** 31 - 1  # that the column holds


class DingdingAttendanceGroup(models.Model):
    """A DingTalk attendance group: shifts, people and source."""

    _name = "dingding.attendance.group"
    _description = "DingTalk Attendance Group"
    _order = "name, id"

    name = fields.Char(string="Group", required=True, readonly=True)
    active = fields.Boolean(default=True, readonly=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True)
    group_key = fields.Char(string="Group ID", required=True, readonly=True)
    kind = fields.Selection(
        [("fixed", "Fixed shifts"), ("turn", "Scheduled shifts"),
         ("free", "Free shifts")],
        string="Type", readonly=True,
    )
    source = fields.Selection(
        SOURCES, string="Source of attendances",
        help="Empty: the organisation's source; real punches for free shifts, which "
             "have no planned punches.",
    )
    shift_ids = fields.Many2many(
        "dingding.attendance.shift", "dingding_attendance_group_shift_rel", "group_id",
        "shift_id", string="Shifts", readonly=True,
    )
    person_count = fields.Integer(string="People", readonly=True)

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["corp_id", "group_key"])

    def write(self, vals):
        if not compat.is_superuser(self.env):
            # The source decides other people's attendances.
            if not rights.is_administrator(self.env) or set(vals) - WRITEABLE:
                raise AccessError(
                    _("Only administrators may change the source of a group, and "
                      "nothing else of it."))
        before = rights.stored(self, WRITEABLE)
        result = super().write(vals)
        if rights.changed(self, before):
            # sudo: users have no rights on the days.
            self.sudo().mapped("corp_id")._attendance_anew(self)
        return result

    def _effective_source(self):
        """Return the source of this group's attendances."""
        self.ensure_one()
        if self.source:
            return self.source
        default = self.corp_id.attendance_source
        return "punches" if self.kind == "free" and default == "results" else default

    # -- reading -----------------------------------------------------------------------

    @api.model
    def _dingtalk_read(self, corp, client):
        """Read the groups, shifts and members of an organisation."""
        groups = client.attendance.groups()
        self._store_shifts(corp, groups)
        known = {
            group.group_key: group for group in
            self.with_context(active_test=False).search([("corp_id", "=", corp.id)])
        }
        shifts = {
            shift.shift_key: shift.id
            for shift in self.env["dingding.attendance.shift"].search(
                [("corp_id", "=", corp.id)])
        }
        found = {}
        for each in groups:
            key = str(each.get("groupId") or "")
            if not key:
                continue
            wanted = {
                "name": str(each.get("groupName") or key),
                "active": True,
                "kind": KINDS.get(str(each.get("type") or "").upper(), False),
                "person_count": _number(each.get("memberCount")),
            }
            mine = sorted({
                shifts[str(one["classId"])] for one in _objects(each, "selectedClass")
                if str(one.get("classId")) in shifts})
            group = known.pop(key, None)
            if group is None:
                group = self.create(dict(wanted, corp_id=corp.id, group_key=key))
            changed = {
                name: value for name, value in wanted.items() if group[name] != value}
            if sorted(group.shift_ids.ids) != mine:
                changed["shift_ids"] = [(6, 0, mine)]
            if changed:
                group.write(changed)
            found[key] = (group, each)
        for group in known.values():
            if group.active:
                group.write({"active": False})
        self._store_members(corp, found)

    @api.model
    def _store_shifts(self, corp, groups):
        shifts = self.env["dingding.attendance.shift"]
        known = {
            shift.shift_key: shift
            for shift in shifts.search([("corp_id", "=", corp.id)])
        }
        for group in groups:
            for each in _objects(group, "selectedClass"):
                key = str(each.get("classId") or "")
                if not key:
                    continue
                times, rests = minutes_of(each)
                wanted = {
                    "name": str(each.get("className") or key),
                    "times": json.dumps(times), "rests": json.dumps(rests),
                }
                shift = known.get(key)
                if shift is None:
                    known[key] = shifts.create(
                        dict(wanted, corp_id=corp.id, shift_key=key))
                elif any(shift[name] != value for name, value in wanted.items()):
                    shift.write(wanted)

    @api.model
    def _store_members(self, corp, found):
        """Store group members, with one statement for the changes.

        A department's people are in its group unless another one lists them by name, or
        a nearer department.
        """
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT id, dept_id, parent_id FROM dingding_department"
            " WHERE corp_id = %s", [corp.id])
        departments = {row[0]: row[1:] for row in self.env.cr.fetchall()}
        self.env.cr.execute(
            "SELECT id, userid, attendance_group_id, main_department_id"
            " FROM dingding_user WHERE corp_id = %s AND active", [corp.id])
        people = self.env.cr.fetchall()
        by_user, by_dept = {}, {}
        for group, each in found.values():
            for userid in listed(each.get("userIds")):
                by_user[str(userid)] = group.id
            for dept_id in listed(each.get("deptIds")):
                by_dept[str(dept_id)] = group.id

        def above(place):
            """Yield the DeptIds of a department and of those above it."""
            seen = set()
            while place in departments and place not in seen:
                seen.add(place)
                dept_id, place = departments[place]
                yield dept_id

        moved = {}
        for person_id, userid, group_id, place in people:
            wanted = by_user.get(userid) or next(
                (by_dept[dept] for dept in above(place) if dept in by_dept), None)
            if wanted != group_id:
                moved.setdefault(wanted, []).append(person_id)
        for group_id, ids in moved.items():
            self.env.cr.execute(
                "UPDATE dingding_user SET attendance_group_id = %s WHERE id IN %s",
                [group_id, tuple(ids)],
            )
        if moved:
            compat.forget(self.env)


def minutes_of(shift):
    """Return (times, breaks) of a shift of an answer, in minutes after midnight."""
    times = []
    for section in _objects(shift, "sections"):
        times += [_minutes(each) for each in _objects(section, "times")]
    rests = [
        [_minutes(each.get("begin")), _minutes(each.get("end"))]
        for each in _objects(shift.get("setting"), "restTimeList")
    ]
    times = sorted(each for each in times if each is not None)
    return times, sorted(each for each in rests if None not in each)


def _minutes(value):
    # ``across`` is the day.
    value = value if isinstance(value, dict) else {}
    text = str(value.get("checkTime") or "").strip()
    found = TIME.match(text.split(" ")[-1])
    if not found:
        return None
    return _number(value.get("across")) * 1440 + int(found.group(1)) * 60 + int(
        found.group(2))


def _objects(value, name):
    return objects(value.get(name)) if isinstance(value, dict) else []


def _number(value):
    """Return a count of an answer, 0 for anything else."""
    text = str(value)
    return min(int(text), MOST_PEOPLE) if DIGITS.match(text) else 0
