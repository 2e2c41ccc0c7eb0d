# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from odoo.addons.dingding import compat


class DingdingApprovalFile(models.Model):
    """A file in the drive space of approvals, and its attachment in Odoo."""

    _name = "dingding.approval.file"
    _description = "DingTalk Approval File"
    _order = "id"

    approval_id = fields.Many2one(
        "dingding.approval", string="Approval", required=True, readonly=True,
        ondelete="cascade", index=True, **compat.JOINED
    )
    record_id = fields.Many2one(
        "dingding.approval.operation", string="Source operation", readonly=True,
        ondelete="set null",
    )
    direction = fields.Selection(
        [("out", "From the record"), ("in", "From DingTalk")],
        required=True, readonly=True,
    )
    name = fields.Char(string="File", required=True, readonly=True)
    attachment_id = fields.Many2one(
        "ir.attachment", string="Attachment", readonly=True, ondelete="set null"
    )
    space_id = fields.Char(readonly=True)
    file_id = fields.Char(string="File ID", readonly=True)
    file_type = fields.Char(readonly=True)
    size = fields.Integer(string="Bytes", readonly=True)
    attempts = fields.Integer(readonly=True)
    error = fields.Char(string="Download error", readonly=True)

    def init(self):
        compat.unique_index(
            self.env.cr, self._table, ["approval_id", "direction", "file_id"]
        )

    def _members(self):
        """Return the members that identify the file in a form."""
        self.ensure_one()
        extension = self.file_type or self.name.rpartition(".")[2]
        return {
            "spaceId": self.space_id,
            "fileId": self.file_id,
            "fileName": self.name,
            "fileSize": str(self.size),
            "fileType": extension,
        }
