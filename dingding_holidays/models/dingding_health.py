# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models
from odoo.exceptions import UserError


class DingdingHealth(models.TransientModel):
    """Test the operator of leave: DingTalk answers only administrators."""

    _inherit = "dingding.health"

    @api.model
    def _check_app(self, app, deadline):
        lines = super()._check_app(app, deadline)
        corp = app.corp_id
        if "leave" in corp._purposes_of(app):
            lines.append(self._leave_line(corp, app, deadline))
        return lines

    @api.model
    def _leave_line(self, corp, app, deadline):
        name, key = _("Operator of leave"), "leave_operator"
        try:
            operator = corp._leave_operator()
        except UserError as error:
            # Without types no operator is needed.
            state = "error" if corp.leave_type_ids or corp.leave_operator_id else "note"
            return self._line(name, state, error.args[0], app=app, key=key)
        client = app._dingtalk_client(feature="leave_types", max_wait=0)
        return self._ask_line(
            name, app, deadline, client.leave.types, operator, key=key)
