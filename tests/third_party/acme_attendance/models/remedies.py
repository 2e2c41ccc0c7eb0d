# Copyright 2026 Acme
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models


class DingdingRemedy(models.AbstractModel):
    _inherit = "dingding.remedy"

    def _sentence_attendance_range(self, detail):
        return _("Read at most seven days at once.")
