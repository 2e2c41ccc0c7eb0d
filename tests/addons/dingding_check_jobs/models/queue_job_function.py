# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models


class QueueJobFunction(models.Model):
    """As in 14.0 and later: the name is computed of the model and the method."""

    _name = "queue.job.function"
    _description = "Function of Jobs"

    name = fields.Char(compute="_compute_name", store=True)
    model_id = fields.Many2one("ir.model", ondelete="cascade")
    method = fields.Char()
    channel_id = fields.Many2one("queue.job.channel", required=True)
    retry_pattern = fields.Char()

    @api.depends("model_id.model", "method")
    def _compute_name(self):
        for function in self:
            function.name = "<%s>.%s" % (function.model_id.model, function.method)
