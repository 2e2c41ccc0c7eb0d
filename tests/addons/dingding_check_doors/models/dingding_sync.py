# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models

from odoo.addons.dingding.sync.resources import Resource


class Admins(Resource):
    kind, subject, model, key = "admins", "admin", "dingding.check.admin", "userid"

    def page(self, client, cursor):
        return client.contacts.admins(), None


class DingdingSync(models.Model):
    _inherit = "dingding.sync"

    @api.model
    def _sync_resources(self):
        return super()._sync_resources() + [Admins(_("Administrator"))]
