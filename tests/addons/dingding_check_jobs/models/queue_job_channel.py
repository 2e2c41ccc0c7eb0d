# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models


class QueueJobChannel(models.Model):
    _name = "queue.job.channel"
    _description = "Channel of Jobs"
    _rec_name = "complete_name"

    name = fields.Char()
    parent_id = fields.Many2one("queue.job.channel")
    complete_name = fields.Char(compute="_compute_complete_name", store=True)

    @api.depends("name", "parent_id.name")
    def _compute_complete_name(self):
        for channel in self:
            names = [channel.parent_id.name, channel.name]
            channel.complete_name = ".".join(name for name in names if name)
