# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models


class DingdingGroupRule(models.Model):
    """Have a rule make its groups once, whoever runs it at the same moment."""

    _inherit = "dingding.group.rule"

    def _run(self):
        """Make the groups; see there.

        :raise OperationalError: another one has just run a rule
        """
        self._begin_making()
        return super()._run()

    @api.model
    def _begin_making(self):
        """Make others who run a rule at this moment begin anew.

        PostgreSQL refuses to update a row that another transaction has updated since
        ours began; Odoo then repeats the request, which finds the groups.
        """
        self.env.cr.execute(
            "UPDATE ir_model_data SET noupdate = noupdate"
            " WHERE module = 'dingding_robot' AND name = 'dingding_group_rule_menu'",
            log_exceptions=False,
        )
