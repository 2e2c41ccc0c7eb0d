# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Approvals that are revoked after they were granted.

DingTalk revokes an approved instance in one of two ways: the instance itself becomes
terminated, or another one, whose ``bizAction`` is REVOKE, names it and is approved.
https://open.dingtalk.com/document/development/obtains-the-details-of-a-single-approval-instance-pop
"""
from odoo import api, fields, models
from odoo.tools import html_escape

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.beijing import beijing_time

from ..form import timeline
from .dingding_approval_write_back import HOOKS
from .statuses import OPEN

REVOKE = "REVOKE"


class DingdingApproval(models.Model):
    _inherit = "dingding.approval"

    revoked_by = fields.Char(
        string="Revoked by", readonly=True, copy=False,
        help="Instance in DingTalk whose approval has revoked this one.",
    )
    revoked_at = fields.Datetime(string="Revoked on", readonly=True, copy=False)
    revocation_open = fields.Boolean(
        string="Revocation to check", readonly=True, copy=False,
        help="DingTalk has revoked the approval after it was granted, and the mapping "
             "has no outcome for that.",
    )

    # -- what revokes ----------------------------------------------------------------

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

    # -- what follows ----------------------------------------------------------------

    def _write_revocation(self, record):
        """Write that DingTalk has revoked what was approved; commit nothing.

        The record is unlocked, and the mapping's outcomes for it are applied. Without
        any, a person has to decide what becomes of what the approval has caused. The
        record of a later approval stays as that one has left it.
        """
        stays = not record or bool(self._of_record(record).filtered(
            lambda row: row.id > self.id and row.mapping_id == self.mapping_id
            and row.status in OPEN + ("agreed",)))
        self.write({
            "revoked_at": fields.Datetime.now(),
            "revocation_open": not stays and not self._expects_revocation(record),
        })
        if stays:
            self.write({"status": "revoked", "locked": False})
            self._post_on_record("revoked")
        else:
            self._write_outcome("revoked", record)
        self.message_post(
            body=html_escape(self._sentences()["revoked"] % self.name))

    def _expects_revocation(self, record):
        """Tell whether mapping or model say what follows a revocation."""
        own = getattr(type(record), HOOKS["revoked"], None)
        empty = getattr(
            type(self.env["dingding.approval.mixin"]), HOOKS["revoked"], None)
        rows = self.mapping_id.sudo().outcome_ids
        return "revoked" in rows.mapped("outcome") or own is not None and (
            own is not empty)

    def action_close_revocation(self):
        """Note that somebody has dealt with these revocations.

        :raise AccessError: for everybody but managers
        """
        self._check_manager()
        self.sudo().filtered("revocation_open").write({"revocation_open": False})
        return True
