# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models

from odoo.addons.dingding import rights


class DingdingMessage(models.Model):
    """Report undelivered notifications on their documents.

    Readers of everything that a notification is about may read it.
    """

    _inherit = "dingding.message"

    def _update_state(self):
        result = super()._update_state()
        self.env["dingding.notification.line"]._record_outcome(self)
        return result

    def _readable_by_subject(self):
        # sudo: the user may read the documents, but not these rows.
        lines = self.env["dingding.notification.line"].sudo().search(
            [("message_id", "in", self.ids)])
        subjects = {}
        for line in lines:
            subjects.setdefault(line.message_id.id, []).append(line._subjects())
        documents = set()
        for parts in subjects.values():
            documents.update(*[part for part in parts if part])
        known = rights.readable(self.env, documents)
        texts = self._texts()
        # The text still has the subjects of deleted lines.
        return super()._readable_by_subject() + [
            id_ for id_, parts in subjects.items()
            if len(parts) == getattr(texts[id_], "parts", 0)
            and all(part and part <= known for part in parts)
        ]

    def _unknown_outcome(self):
        return _("Outcome unknown")
