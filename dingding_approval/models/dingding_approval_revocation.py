# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Approvals that revoke others.

DingTalk revokes an approved instance in one of two ways: the instance itself becomes
terminated, or another one, whose ``bizAction`` is REVOKE, names it and is approved.
https://open.dingtalk.com/document/development/obtains-the-details-of-a-single-approval-instance-pop
"""
from odoo import api, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.beijing import beijing_time

from ..form import timeline

REVOKE = "REVOKE"


class DingdingApproval(models.Model):
    _inherit = "dingding.approval"

    @api.model
    def _revoke_by_event(self, event, instance_id):
        """Note what the instance of an event revokes; return whether it does so.

        An instance without a row costs a call only if it was approved and its starter
        has an approved one of the same template.

        :raise DingTalkError: DingTalk cannot be reached
        """
        corp, values = event.corp_id, event._values()
        process_code = values.text("processCode")
        said = event.event_type, values.text("type"), values.text("result")
        if said != ("bpms_instance_change", "finish", "agree"):
            return False
        if self._adopting_mapping(corp, process_code) or not self.sudo().search([
            ("corp_id", "=", corp.id), ("status", "=", "agreed"),
            ("template_id.process_code", "=", process_code),
            ("originator_id.userid", "=", values.text("staffId")),
        ], limit=1):
            return False
        event._before_asking()
        answer = corp._approvals("instance", instance_id)
        return self._note_revocation(corp, instance_id, answer)

    @api.model
    def _note_revocation(self, corp, instance_id, answer):
        """Have an approval processed that an approved instance revokes.

        :param dict answer: DingTalk's, about that instance
        :return: whether it revokes one of ours
        """
        main_id = str(answer.get("mainProcessInstanceId") or "")
        reading = timeline.read(answer, beijing_time)
        if str(answer.get("bizAction") or "").upper() != REVOKE or not main_id or (
                reading.outcome != timeline.AGREED):
            return False
        found = self.sudo().search(
            [("corp_id", "=", corp.id), ("instance_id", "=", main_id)])
        if not found:
            return False
        compat.flush(self.env)
        # A worker may be writing the row, as in ``_note_update``.
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            cr.execute(
                "UPDATE dingding_approval SET revoked_by = %s, state = 'queued',"
                " next_try = NULL, attempts = 0 WHERE id = %s AND revoked_by IS NULL",
                [instance_id, found.id],
            )
        compat.forget(self.env)
        self.env["dingding.queue"]._wake(self._name, found)
        return True
