# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import json

from odoo import api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.models.remedies import user_errors

from ..models.dingding_app import new_keys

SHOWN_MINUTES = 15


@compat.only_for("base.group_system")
class DingdingCallbackSetup(models.TransientModel):
    """Show the settings to copy into DingTalk's developer console.

    Token and AES key are shown for minutes, to their creator only.
    """

    _name = "dingding.callback.setup"
    _inherit = "dingding.secret.mixin"
    _description = "DingTalk Callback Setup"
    _rec_name = "app_id"

    app_id = fields.Many2one(
        "dingding.app", string="Application", required=True, readonly=True,
        ondelete="cascade",
    )
    url = fields.Char(
        related="app_id.callback_url", string="Callback URL", readonly=True
    )
    token = fields.Char(
        compute="_compute_keys", compute_sudo=False, groups="base.group_system"
    )
    aes_key = fields.Char(
        string="AES key", compute="_compute_keys",
        compute_sudo=False, groups="base.group_system"
    )
    is_made = fields.Boolean(
        string="Generated", compute="_compute_keys", compute_sudo=False
    )
    checked_at = fields.Datetime(
        related="app_id.callback_checked_at", string="Last test push", readonly=True
    )
    result = fields.Text(related="app_id.callback_result", readonly=True)
    is_reached = fields.Boolean(
        string="Verified", compute="_compute_is_reached", compute_sudo=False,
        help="DingTalk has reached the URL, with the displayed keys if there are any, "
             "and nothing was refused since.",
    )

    def _compute_keys(self):
        for setup in self:
            token = aes_key = False
            made = fields.Datetime.from_string(setup.create_date)
            young = made and utc.now() - made < datetime.timedelta(
                minutes=SHOWN_MINUTES
            )
            own = setup.create_uid == self.env.user
            text = setup._secret_get(lost="") if own and young else ""
            if text:
                token, aes_key = json.loads(text)
            setup.token, setup.aes_key, setup.is_made = token, aes_key, bool(token)

    def _compute_is_reached(self):
        for setup in self:
            checked = setup.app_id.callback_checked_at
            if setup.is_made and checked and checked < setup.create_date:
                checked = False  # with the previous keys
            setup.is_reached = bool(checked) and not setup.app_id._callback_refusals()

    @api.model
    def _open(self, app):
        """Show the settings of an application."""
        return self.create({"app_id": app.id})._show()

    def _show(self):
        values = compat.window_action(
            self.env, "dingding_callback.dingding_callback_setup_action")
        values["res_id"] = self.id
        return values

    def action_make_keys(self):
        """Create a new token and AES key; the former ones stay valid for a day."""
        self.ensure_one()
        self.app_id._callback_check_administrator()
        keys = new_keys()
        self.app_id.sudo()._callback_set_keys(*keys)
        with user_errors(self.env):
            self._secret_set(json.dumps(keys))
        compat.forget(self.env)
        return self._show()

    def action_verify(self):
        """Report whether DingTalk can reach the address."""
        self.ensure_one()
        self.app_id.action_callback_verify()
        return self._show()

    def action_close(self):
        """Clear the displayed keys."""
        self.ensure_one()
        compat.check_access(self, "write")
        self._secret_set("")
        return {"type": "ir.actions.act_window_close"}
