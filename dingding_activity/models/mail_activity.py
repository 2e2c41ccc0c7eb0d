# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from odoo.addons.dingding import compat


class MailActivity(models.Model):
    _inherit = "mail.activity"

    @compat.create_multi
    def create(self, vals_list):
        env = self.env
        # The activity is captured, not the message that later series send about it.
        self = self.with_context(dingding_notify="none")
        activities = compat.super_create(super(), vals_list).with_env(env)
        env["dingding.notification"]._capture_activities(activities)
        return activities

    def write(self, values):
        before = {activity.id: activity.user_id for activity in self.sudo()} if (
            "user_id" in values) else {}
        env = self.env
        self = self.with_context(dingding_notify="none")
        result = super().write(values)
        if before:
            activities = self.with_env(env)
            env["dingding.notification"]._capture_activities(
                activities.filtered(
                    lambda each: each.sudo().user_id != before[each.id]
                )
            )
        return result
