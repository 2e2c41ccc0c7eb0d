# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models


class DingdingRemedy(models.AbstractModel):
    _inherit = "dingding.remedy"

    def _sentence_to_do_foreign(self, detail):
        return _(
            "Another application created this to-do. Delete the to-do in DingTalk."
        )
