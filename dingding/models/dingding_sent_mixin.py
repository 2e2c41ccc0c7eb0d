# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from .. import compat, rights


class DingdingSentMixin(models.AbstractModel):
    """Rows that only our own methods write: records of what was sent or done."""

    _name = "dingding.sent.mixin"
    _description = "Sent by the System"

    @compat.create_multi
    def create(self, vals_list):
        rights.check_sent_by_system(self)
        # The caller's context may be a user's.
        self = rights.without_defaults(self)
        return compat.super_create(super(), vals_list)

    def write(self, vals):
        rights.check_sent_by_system(self)
        return super().write(vals)
