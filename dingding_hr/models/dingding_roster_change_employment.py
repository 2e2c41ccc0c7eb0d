# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models

from odoo.addons.dingding.dingtalk.api.hrm import MAX_PEOPLE

from ..dingtalk.employment import LEAVING, REGULAR, TRIAL
from .dingding_roster_change import DATE

NAME, JOIN, POSITION, DEPARTMENT, CONFIRM = (
    "sys00-name", "sys00-confirmJoinTime", "sys00-position", "sys00-mainDept",
    "sys01-regularTime",
)
STATUSES = ((TRIAL, "trial"), (REGULAR, "regular"), (LEAVING, "leaving"))


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

    def _employment(self):
        app = self.corp_id._app_for("contact")
        return app._dingtalk_client(feature="contacts").employment

    def _dingtalk_read_joiners(self, deadline):
        """Store who will join; no user is created before the entry."""
        self._commit()
        keys = self._employment().joiners()
        rows = {}
        for userid, values in self._dingtalk_fields(
            keys, [NAME, JOIN, POSITION, DEPARTMENT]
        ).items():
            rows[userid] = {
                "name": values.get(NAME) or userid,
                "join_on": _date(values.get(JOIN)),
                "position": values.get(POSITION) or False,
                "department": values.get(DEPARTMENT) or False,
            }
        self.env["dingding.joiner"]._store(self.corp_id, rows)
        return True

    def _dingtalk_read_employment(self, deadline):
        """Note entry, probation and confirmation of the people who are there."""
        area = self._employment()
        people = self.env["dingding.user"].sudo().search(
            [("corp_id", "=", self.corp_id.id)])
        by_userid = {person.userid: person for person in people}
        self._commit()
        status = {
            userid: name for code, name in STATUSES for userid in area.employees(code)}
        # A userid that DingTalk does not list has no employment there.
        userids = sorted(set(status) & set(by_userid))
        found = self._dingtalk_fields(userids, [JOIN, CONFIRM])
        for userid, person in by_userid.items():
            values = found.get(userid, {})
            person._note_employment({
                "employment_status": status.get(userid, False),
                "joined_on": _date(values.get(JOIN)),
                "regular_on": _date(values.get(CONFIRM)),
            })
        return True

    def _dingtalk_fields(self, userids, codes):
        """Return userid -> code -> text of the first row."""
        hrm, agent_id = self._hrm()
        found = {}
        for start in range(0, len(userids), MAX_PEOPLE):
            answer = hrm.rosters(userids[start:start + MAX_PEOPLE], agent_id, codes)
            for userid, values in answer.items():
                found[userid] = {
                    code: cells[0].label.strip()
                    for code, cells in values.items() if cells
                }
        return found


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
