# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from odoo.addons.dingding.sync.converters import identifiers
from odoo.addons.dingding.sync.reader import Reader
from odoo.addons.dingding.sync.snapshot import Snapshot

PEOPLE_EVENTS = frozenset([
    "user_add_org", "user_modify_org", "user_active_org", "user_leave_org",
    "org_admin_add", "org_admin_remove", "label_user_change", "emp_label_scope_change",
])


class DingdingUser(models.Model):
    _inherit = "dingding.user"

    @api.model
    def _dingtalk_read_people(self, event, userids):
        """Read and update people; archive leavers.

        Not those whom the event's batch has read.

        :raise DingTalkError: DingTalk cannot be reached
        """
        if not userids or event._reads_everything(userids=userids):
            return True
        read = event.env.context.get("dingding_people_read", ())
        userids = [each for each in userids if each not in read]
        if userids:
            self._dingtalk_read_now(event, userids)
        return True

    @api.model
    def _dingtalk_people_of(self, event):
        """Return the UserIDs that the handlers of an event will read."""
        if event.event_type not in PEOPLE_EVENTS:
            return []
        return event._values().ids("userId", "userIdList")

    @api.model
    def _dingtalk_read_now(self, event, userids):
        """Read and update people; archive leavers.

        One call per person.

        :param event: one of the events about them
        :raise DingTalkError: DingTalk cannot be reached
        """
        corp = event.corp_id
        client = event._dingtalk_client()
        event._before_asking()
        snapshot = Snapshot()
        Reader(client.contacts, at_once=client.at_once).confirm(snapshot, [], userids)
        self.env["dingding.sync"].sudo()._dingtalk_doubtful(corp, client, snapshot)
        self.env["dingding.department"]._dingtalk_add_missing(
            corp, client, snapshot.people.values()
        )
        syncs = self.env["dingding.sync"].sudo()
        self._dingtalk_leave_outside(corp, snapshot, syncs._covered(corp))
        plan = syncs._apply_part(corp, snapshot)
        syncs._settle_part(corp, plan)

    @api.model
    def _dingtalk_leave_outside(self, corp, snapshot, covered):
        """Remove people of departments that are not synchronised from a snapshot.

        Leavers stay in it, to be archived, whatever their department was.

        :param covered: of ``_covered``
        """
        if covered is None:
            return
        inside = self.with_context(active_test=False).search([
            ("corp_id", "=", corp.id), ("userid", "in", list(snapshot.people)),
            ("department_ids.dept_id", "in", sorted(covered)),
        ]).mapped("userid")
        for userid, item in list(snapshot.people.items()):
            if userid not in inside and not (
                covered & set(identifiers(item.get("dept_id_list")))
            ):
                del snapshot.people[userid]

    @api.model
    def _dingtalk_event_user_add_org(self, event):
        """Update a person who joined, changed or left."""
        return self._dingtalk_read_people(
            event, event._values().ids("userId", "userIdList")
        )

    @api.model
    def _dingtalk_event_user_modify_org(self, event):
        return self._dingtalk_event_user_add_org(event)

    @api.model
    def _dingtalk_event_user_active_org(self, event):
        return self._dingtalk_event_user_add_org(event)

    @api.model
    def _dingtalk_event_user_leave_org(self, event):
        return self._dingtalk_event_user_add_org(event)

    @api.model
    def _dingtalk_event_org_admin_add(self, event):
        return self._dingtalk_event_user_add_org(event)

    @api.model
    def _dingtalk_event_org_admin_remove(self, event):
        return self._dingtalk_event_user_add_org(event)

    @api.model
    def _dingtalk_event_label_user_change(self, event):
        return self._dingtalk_event_user_add_org(event)

    @api.model
    def _dingtalk_event_emp_label_scope_change(self, event):
        return self._dingtalk_event_user_add_org(event)
