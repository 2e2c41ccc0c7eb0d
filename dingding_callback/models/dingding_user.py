# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from odoo.addons.dingding.sync.reader import Reader
from odoo.addons.dingding.sync.snapshot import Snapshot


class DingdingUser(models.Model):
    _inherit = "dingding.user"

    @api.model
    def _dingtalk_read_people(self, event, userids):
        """Read and update people; archive leavers.

        One call per person, because DingTalk has no call for several.

        :raise DingTalkError: DingTalk cannot be reached
        """
        corp = event.corp_id
        if not userids or event._reads_everything(userids):
            return True
        client = event._dingtalk_client()
        event._before_asking()
        snapshot = Snapshot()
        Reader(client.contacts, at_once=client.at_once).confirm(snapshot, [], userids)
        self.env["dingding.sync"].sudo()._dingtalk_doubtful(
            corp, client, snapshot, event._before_asking)
        self.env["dingding.department"]._dingtalk_add_missing(
            event, client, snapshot.people.values()
        )
        syncs = self.env["dingding.sync"].sudo()
        plan = syncs._apply_part(corp, snapshot)
        syncs._settle_part(corp, plan)
        return True

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
