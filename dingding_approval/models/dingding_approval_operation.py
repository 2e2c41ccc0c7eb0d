# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models

from odoo.addons.dingding import compat

KINDS = [
    ("START_PROCESS_INSTANCE", "Submitted"),
    ("EXECUTE_TASK_NORMAL", "Decided"),
    ("EXECUTE_TASK_AGENT", "Decided by a deputy"),
    ("EXECUTE_TASK_AUTO", "Decided automatically"),
    ("APPEND_TASK_BEFORE", "Approver added before"),
    ("APPEND_TASK_AFTER", "Approver added after"),
    ("REDIRECT_TASK", "Forwarded"),
    ("REDIRECT_PROCESS", "Sent back"),
    ("TERMINATE_PROCESS_INSTANCE", "Withdrawn"),
    ("FINISH_PROCESS_INSTANCE", "Ended"),
    ("ADD_REMARK", "Comment"),
    ("PROCESS_CC", "Copy sent"),
    ("NONE", "Other"),
]
RESULTS = [("agree", "Approved"), ("refuse", "Refused")]


class DingdingApprovalOperation(models.Model):
    """One operation in the timeline of an approval."""

    _name = "dingding.approval.operation"
    _description = "DingTalk Approval Operation"
    _rec_name = "person_name"
    _order = "approval_id, moment, sequence, id"

    approval_id = fields.Many2one(
        "dingding.approval", string="Approval", required=True, readonly=True,
        ondelete="cascade", index=True, **compat.JOINED
    )
    key = fields.Char(required=True, readonly=True)
    sequence = fields.Integer(readonly=True)
    moment = fields.Datetime(string="Time", readonly=True)
    userid = fields.Char(string="UserID", readonly=True)
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk User", readonly=True, ondelete="set null"
    )
    person_name = fields.Char(
        string="Person", compute="_compute_person_name", store=True, compute_sudo=True
    )
    kind = fields.Selection(KINDS, string="Action", readonly=True)
    result = fields.Selection(RESULTS, readonly=True)
    remark = fields.Text(readonly=True)
    to_names = fields.Char(string="To", readonly=True)
    file_ids = fields.One2many(
        "dingding.approval.file", "record_id", string="Files", readonly=True
    )

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["approval_id", "key"])

    @api.depends("person_id.name", "userid")
    def _compute_person_name(self):
        for record in self:
            record.person_name = record.person_id.name or record.userid

    @compat.create_multi
    def create(self, vals_list):
        """Store operations that we do not know as "other"."""
        known = []
        for vals in vals_list:
            vals = dict(vals)
            if vals.get("kind") not in dict(KINDS):
                vals["kind"] = "NONE"
            if vals.get("result") not in dict(RESULTS):
                vals["result"] = False
            known.append(vals)
        return compat.super_create(super(), known)

    def _line(self):
        """Return the operation as a line of text in the reader's language."""
        self.ensure_one()
        words = dict(self._fields["kind"]._description_selection(self.env))
        what = words.get(self.kind, "")
        if self.result:
            what = dict(self._fields["result"]._description_selection(self.env))[
                self.result
            ]
        text = _("%(what)s by %(who)s") % {
            "what": what, "who": self.person_name or _("DingTalk"),
        }
        return "%s: %s" % (text, self.remark) if self.remark else text
