# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from odoo.addons.dingding.models.queue import DUE_STATES

from .dingding_user import PEOPLE_EVENTS

DEPARTMENT_EVENTS = ("org_dept_create", "org_dept_modify", "org_dept_remove")
MOST_EVENTS = 1000  # more start a sync of their own


class DingdingSync(models.Model):
    _inherit = "dingding.sync"

    @api.model
    def _reported(self, corp):
        """Add what the events say that wait, for example for this sync."""
        found = dict(super()._reported(corp))
        people = self.env["dingding.user"]
        events = self.env["dingding.event"].search([
            ("corp_id", "=", corp.id), ("state", "in", DUE_STATES),
            ("event_type", "in", sorted(PEOPLE_EVENTS) + list(DEPARTMENT_EVENTS)),
        ], limit=MOST_EVENTS)
        userids, dept_ids = set(), set()
        for event in events:
            userids |= set(people._dingtalk_people_of(event))
            if event.event_type in DEPARTMENT_EVENTS:
                dept_ids |= set(event._values().ids("deptId"))
        if userids:
            found["person"] = userids | set(found.get("person", ()))
        if dept_ids:
            found["department"] = dept_ids | set(found.get("department", ()))
        return found
