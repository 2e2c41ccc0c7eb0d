# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models, tools

from .dingding_call_count import METERS


class DingdingBudgetCourse(models.Model):
    """The course of each month: the count until each day, and the cap beside it."""

    _name = "dingding.budget.course"
    _description = "DingTalk Monthly Usage"
    _auto = False
    _log_access = False
    _order = "day, series"
    _rec_name = "day"

    corp_id = fields.Many2one("dingding.corp", string="Organisation", readonly=True)
    meter = fields.Selection(METERS, string="Budget", readonly=True)
    day = fields.Date(readonly=True)
    series = fields.Selection([("used", "Used"), ("cap", "Cap")], readonly=True)
    value = fields.Integer(string="Calls", readonly=True)

    def init(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            "CREATE VIEW dingding_budget_course AS"
            " WITH days AS (SELECT corp_id, meter, day, sum(sum(count)) OVER ("
            " PARTITION BY corp_id, meter, date_trunc('month', day) ORDER BY day)::int"
            " AS used FROM dingding_call_count GROUP BY corp_id, meter, day)"
            " SELECT row_number() OVER (ORDER BY corp_id, meter, day, series)::int"
            " AS id, corp_id, meter, day, series, value FROM ("
            " SELECT corp_id, meter, day, 'used'::varchar AS series, used AS value"
            " FROM days UNION ALL"
            " SELECT days.corp_id, meter, day, 'cap', CASE meter WHEN 'api'"
            " THEN corp.budget_api_cap ELSE corp.budget_push_cap END"
            " FROM days JOIN dingding_corp AS corp ON corp.id = days.corp_id) AS found"
        )
