# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models

from .. import card_text
from ..chat import Reply


class DingdingCardPress(models.Model):
    """Tell what became of a press in a group to the presser alone."""

    _inherit = "dingding.card.press"

    def _end(self, outcome, detail="", seconds=0.0):
        result = super()._end(outcome, detail, seconds)
        group = self.copy_id.group_id
        if group and self.told_to_wait:
            # Only the presser may see why not.
            person = self.env["dingding.user"].search(
                [("corp_id", "=", self.corp_id.id), ("userid", "=", self.userid)],
                limit=1)
            text = _("Your press on a card in %(group)s: %(text)s") % {
                "group": group.name, "text": card_text.plain(self._text())}
            if person:
                self.env["dingding.chat.post"]._queue(
                    self.corp_id, Reply(text), person=person)
        return result
