# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from .. import compat


class DingdingSync(models.Model):
    """Apply the department's settings to new users."""

    _inherit = "dingding.sync"

    @api.model
    def _prepare_user(self, corp, person, common):
        values = super()._prepare_user(corp, person, common)
        if not values:
            return values
        department = person._new_user_department()
        company = department._new_user_says("new_user_company_id")
        if company:
            values.update(company_id=company.id, company_ids=[(6, 0, company.ids)])
        lang = department._new_user_says("new_user_lang")
        if lang:
            values["lang"] = lang
        groups = department._new_user_says("new_user_group_ids")
        if groups and corp.create_users != "portal":
            if department._is_never(groups):
                # The group was harmless when it was chosen.
                return None
            values[compat.USER_GROUPS] = values[compat.USER_GROUPS] + [
                (4, group.id) for group in groups
            ]
        return values
