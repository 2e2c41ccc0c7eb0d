# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models

from odoo.addons.dingding import compat


class DingdingToken(models.Model):
    _inherit = "dingding.token"

    kind = fields.Selection(**compat.added_selection(("jsapi", "JSAPI ticket")))

    def _fetcher(self, client):
        if self.kind == "jsapi":
            return client.jsapi.ticket
        return super()._fetcher(client)
