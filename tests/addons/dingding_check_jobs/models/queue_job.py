# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models


class QueueJob(models.Model):
    _name = "queue.job"
    _description = "Job"

    name = fields.Char()
    identity_key = fields.Char()
    state = fields.Char()
    eta = fields.Datetime()

    def with_delay(self, **options):
        """Be there: that tells the addons of queue_job."""
        raise NotImplementedError
