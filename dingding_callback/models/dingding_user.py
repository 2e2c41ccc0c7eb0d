# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from odoo.addons.dingding.sync.reader import Reader
from odoo.addons.dingding.sync.snapshot import Snapshot


class DingdingUser(models.Model):
    _inherit = "dingding.user"

    @api.model
    def _dingtalk_read_people(self, event, userids):
        """Read people and write what differs; who is gone is archived.

        One call for each: DingTalk has none that tells of several.

        :raise DingTalkError: when DingTalk can't be asked
        """
        corp = event.corp_id
        if not userids or event._reads_everything(userids):
            return True
        client = event._dingtalk_client()
        event._before_asking()
        snapshot = Snapshot()
        Reader(client.contacts).confirm(snapshot, [], userids)
        self.env["dingding.department"]._dingtalk_add_missing(
            event, client, snapshot.people.values()
        )
        runs = self.env["dingding.run"].sudo()
        plan = runs._apply_part(corp, snapshot)
        if runs._may_link(plan.people):
            runs._make_sure_links(corp)
        return True

    @api.model
    def _dingtalk_event_user_add_org(self, event):
        """Somebody has come, has changed or has left: read what is true now."""
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
