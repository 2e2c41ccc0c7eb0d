# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat


@compat.only_for("dingding.group_user")
class DingdingGroupSend(models.TransientModel):
    """Write a text, and send a file, to groups."""

    _name = "dingding.group.send"
    _description = "Send to DingTalk Groups"

    chat_ids = fields.Many2many(
        "dingding.group", "dingding_group_send_rel", "send_id", "group_id",
        string="Groups", default=lambda self: self._default_groups(),
    )
    text = fields.Text()
    file = fields.Binary(
        help="Word, Excel, PowerPoint, PDF, zip or rar up to 10 MB.")
    filename = fields.Char(string="File name")
    cost = fields.Char(compute="_compute_cost")

    @api.model
    def _default_groups(self):
        context = self.env.context
        groups = self.env["dingding.group"]
        if context.get("active_model") != groups._name:
            return groups
        return groups.browse(context.get("active_ids") or [])

    @api.depends("chat_ids", "text", "file")
    def _compute_cost(self):
        for send in self:
            parts = bool((send.text or "").strip()) + bool(send.file)
            send.cost = _("Calls: %d") % (parts * len(send.chat_ids))

    def action_send(self):
        """Queue the messages, and show them.

        :raise UserError: nothing to send, or DingTalk would refuse it
        :raise AccessError: the user may not see or write to these groups
        """
        self.ensure_one()
        groups, text = self.chat_ids, (self.text or "").strip()
        if not groups or not text and not self.file:
            raise UserError(_("Choose groups, and write a text or choose a file."))
        posts = groups.send_text(text) if text else self.env["dingding.chat.post"]
        if self.file:
            attachment = self.env["ir.attachment"].create({
                "name": self.filename or _("File"), "datas": self.file,
            })
            posts |= groups.send_file(attachment)
            # Each message has its own.
            attachment.unlink()
        values = compat.window_action(
            self.env, "dingding_robot.dingding_chat_post_action")
        return dict(values, domain=[("id", "in", posts.ids)])
