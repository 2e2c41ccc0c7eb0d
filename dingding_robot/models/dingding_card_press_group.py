# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models

from .. import card_text
from ..chat import Reply


class DingdingCardPress(models.Model):
    """Tell what became of a press in a group to the presser alone."""

    _inherit = "dingding.card.press"

    def _tell(self):
        group = self.copy_id.group_id
        if not group:
            return super()._tell()
        person = self._person_now()
        if self.told_to_wait and person:
            lang = self._lang(self.corp_id, self.user_id)
            # A reason names the document, which managers need not be allowed to read.
            self.env["dingding.chat.post"]._queue(
                self.corp_id, self.with_context(lang=lang)._group_reply(group),
                person=person, record=self.detail and self.card_id._record() or None)
        return None

    def _group_reply(self, group):
        return Reply(_("Your press on a card in %(group)s: %(text)s") % {
            "group": group.name, "text": card_text.plain(self._text())})
