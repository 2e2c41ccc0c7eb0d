# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, fields, models

from odoo.addons.dingding.dingtalk.api.cards import NotDeliveredError

from ..chat import Reply


class DingdingCardCopy(models.Model):
    """Bring one copy to a whole group."""

    _inherit = "dingding.card.copy"

    group_id = fields.Many2one(
        "dingding.group", string="DingTalk group", readonly=True, ondelete="cascade",
        index=True,
        help="The group that has the card; the DingTalk user is its sender.",
    )

    def _dingtalk_send(self):
        if self.group_id and not self.group_id.active and self.status == "new":
            self.write({
                "status": "refused", "reason": _("The recipient is archived.")})
            return None
        try:
            return super()._dingtalk_send()
        except NotDeliveredError:
            client = self._dingtalk_client("chat")[1]
            if not self.group_id or not self.group_id._dingtalk_is_dissolved(client):
                raise
        self.group_id._note_dissolved()
        self.write({
            "status": "refused",
            "reason": _("The group was dissolved in DingTalk."),
        })
        return None

    def _dingtalk_update(self, anew=False):
        if self.group_id and not self.group_id.active:
            # An archived group gets no updates.
            return None
        return super()._dingtalk_update(anew)

    def _send_link(self, reason):
        if not self.group_id:
            return super()._send_link(reason)
        this = self._language(self.person_id.user_id)
        record = this._viewed(self.person_id.user_id)
        setup = this.card_id.card_setup_id
        reply = Reply(title=setup._shown_title(record)).link(
            setup._shown_title(record), this._url(record))
        self.env["dingding.chat.post"]._queue(
            self.corp_id, reply, group=self.group_id, record=record)
        self.write({"status": "link", "reason": reason})
        return None
