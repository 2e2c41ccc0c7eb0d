# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import time

from odoo import api, fields, models

from odoo.addons.dingding.dingtalk.api.hrm import MAX_PEOPLE

from .dingding_roster_change import DATE

NAME, JOIN, POSITION, DEPARTMENT, CONFIRM = (
    "sys00-name", "sys00-confirmJoinTime", "sys00-position", "sys00-mainDept",
    "sys01-regularTime",
)
STATUS = "sys01-employeeStatus"
STATUSES = {"2": "trial", "3": "regular", "5": "leaving"}


class DingdingRosterChange(models.Model):
    """Read joiners, entry, probation and confirmation with the roster."""

    _inherit = "dingding.roster.change"

    @api.model
    def _cron_read(self):
        result = super()._cron_read()
        for corp in self.env["dingding.corp"].search(
            [("roster_employment", "=", True)]
        ):
            self._add("read", corp, self.env.uid)
        return result

    def _steps(self):
        steps = super()._steps()
        if self.corp_id.roster_employment:
            steps += [self._dingtalk_read_joiners, self._dingtalk_read_employment]
        return steps

    def _dingtalk_read_joiners(self, deadline):
        """Store who will join; no user is created before the entry."""
        app = self.corp_id._app_for("contact")
        area = app._dingtalk_client(feature="contacts").employment
        self._commit()
        rows = {}
        for userid, values in self._dingtalk_fields(
            area.joiners(), [NAME, JOIN, POSITION, DEPARTMENT]
        ).items():
            rows[userid] = {
                "name": _label(values, NAME) or userid,
                "join_on": _date(_label(values, JOIN)),
                "position": _label(values, POSITION) or False,
                "department": _label(values, DEPARTMENT) or False,
            }
        self.env["dingding.joiner"]._store(self.corp_id, rows)
        return True

    def _dingtalk_read_employment(self, deadline):
        """Note entry, probation and confirmation; return whether nobody is left."""
        people = self.env["dingding.user"].sudo().search(
            [("corp_id", "=", self.corp_id.id), ("id", ">", self.cursor)], order="id")
        ids = people.ids
        for start in range(0, len(ids), MAX_PEOPLE):
            if start and time.monotonic() > deadline:
                return False
            part = people.browse(ids[start:start + MAX_PEOPLE])
            userids = part.mapped("userid")
            self._commit()
            found = self._dingtalk_fields(userids, [STATUS, JOIN, CONFIRM])
            for person in part:
                # Without a row in the roster, a person has no employment there.
                values = found.get(person.userid, {})
                status = values[STATUS].value if STATUS in values else ""
                person._note_employment({
                    "employment_status": STATUSES.get(status, False),
                    "joined_on": _date(_label(values, JOIN)),
                    "regular_on": _date(_label(values, CONFIRM)),
                })
            self.write({"cursor": part.ids[-1]})
            self._commit()
        return True

    def _dingtalk_fields(self, userids, codes):
        """Return userid -> code -> Value of the first row."""
        hrm, agent_id = self._hrm()
        found = {}
        for start in range(0, len(userids), MAX_PEOPLE):
            answer = hrm.rosters(userids[start:start + MAX_PEOPLE], agent_id, codes)
            for userid, values in answer.items():
                found[userid] = {
                    code: cells[0] for code, cells in values.items() if cells}
        return found


def _label(values, code):
    return values[code].label.strip() if code in values else ""


def _date(text):
    """Return a date of the roster as a field value, False for anything else."""
    text = (text or "")[:10]
    if not DATE.match(text):
        return False
    try:
        fields.Date.from_string(text)
    except ValueError:
        # The thirtieth of February would stop the sync.
        return False
    return text
