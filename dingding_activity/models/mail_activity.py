# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding import compat

from .dingding_notification_mail import SENDING, Cause


class MailActivity(models.Model):
    """Send no message about an activity: the activity itself is captured."""

    _inherit = "mail.activity"

    @compat.create_multi
    def create(self, vals_list):
        env = self.env
        self = self.with_context(dingding_notify="none")
        return compat.super_create(super(), vals_list).with_env(env)

    def write(self, vals):
        self = self.with_context(dingding_notify="none")
        return super().write(vals)

    if compat.NOTIFIES_OF_ACTIVITIES:

        def action_notify(self, *args, **kwargs):
            result = None
            for activity in self:
                cause = Cause("activity,%d" % activity.id)
                self = activity.with_context(**{SENDING: cause})
                result = super().action_notify(*args, **kwargs)
            return result
