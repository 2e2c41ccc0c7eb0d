# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, fields, models
from odoo.exceptions import AccessError

from odoo.addons.dingding import compat, rights

# For administrators: they decide what people reach from DingTalk.
GUARDED = ("chat", "chat_replies")


class DingdingCorp(models.Model):
    """Configure chats with the robot."""

    _inherit = "dingding.corp"

    chat = fields.Boolean(
        string="Answer in chats", copy=False,
        help="People write to the application's robot, or name it with @ in a group, "
             "and get answers with their own rights in Odoo. Needs Stream mode.",
    )
    chat_replies = fields.Boolean(
        string="Answer discussions", copy=False,
        help="Answers that people send to the robot are posted in the discussion, "
             "with the person as author, including files.",
    )
    chat_file_size = fields.Integer(
        string="Largest file (MB)", default=10,
        help="Files that people send to the robot may have so many megabytes.",
    )

    def _chat_app(self):
        """Return the application whose robot posts for this organisation."""
        return self._app_for("message")

    def _discussion_number(self, res_model, res_id):
        if not self.chat or not self.chat_replies or res_model not in self.env:
            return super()._discussion_number(res_model, res_id)
        record = self.env[res_model].browse(res_id)
        return self.env["dingding.chat.topic"]._number(self, record)

    def _check_chat(self, before):
        """Refuse changes that only an administrator may make.

        :param dict before: id -> field -> value, see ``rights.stored``
        """
        if not rights.is_administrator(self.env) and rights.changed(self, before):
            raise AccessError(_("Only administrators may open or close the chat."))

    @compat.create_multi
    def create(self, vals_list):
        corps = compat.super_create(super(), vals_list)
        closed = {name: False for name in GUARDED}
        corps._check_chat({corp.id: dict(closed) for corp in corps})
        return corps

    def write(self, vals):
        before = rights.stored(self, GUARDED)
        result = super().write(vals)
        self._check_chat(before)
        return result
