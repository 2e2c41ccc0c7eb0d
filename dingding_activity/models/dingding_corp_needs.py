# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingCorp(models.Model):
    """Declare what the addon needs in DingTalk's developer console."""

    _inherit = "dingding.corp"

    @api.model
    def _dingtalk_needs(self):
        return super()._dingtalk_needs() + [
            {
                "feature": _("Notifications"),
                "purpose": "message",
                "permission": "",
                "title": "",
                "when": "",
                "line": "message",
                "events": (),
                "calls": _(
                    "1 per 100 recipients with equal text, and about 3 to read the "
                    "results"
                ),
            },
            {
                "feature": _("Requested files"),
                "purpose": "message",
                "permission": "",
                "title": "",
                "when": _("if people ask for files of messages"),
                "line": "message",
                "events": (),
                "calls": _(
                    "1 per file, 1 per person who asks for it, and about 3 to read the "
                    "results"
                ),
            },
        ]
