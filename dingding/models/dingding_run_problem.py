# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models


class DingdingRunProblem(models.Model):
    _name = "dingding.run.problem"
    _description = "Problem of a DingTalk Run"

