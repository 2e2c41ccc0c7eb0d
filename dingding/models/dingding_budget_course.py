# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models, tools

from .dingding_call_count import METERS


class DingdingBudgetCourse(models.Model):
    """The course of each month: the count until each day, and the cap.

    Days without calls keep the count of the day before.
    """

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
    feature = fields.Selection(selection="_feature_selection", readonly=True)
    name = fields.Char(string="API or event", readonly=True)
    value = fields.Integer(
        string="Until this day", readonly=True,
        help="Calls of the month until this day, or the cap.",
    )
    count = fields.Integer(string="Calls", readonly=True, help="Calls of this day.")

    def init(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            "CREATE VIEW dingding_budget_course AS"
            " WITH counted AS (SELECT corp_id, meter, feature, name, day,"
            " date_trunc('month', day)::date AS month, sum(count) AS count"
            " FROM dingding_call_count GROUP BY corp_id, meter, feature, name, day),"
            " days AS (SELECT DISTINCT corp_id, meter, day, month FROM counted),"
            " keys AS (SELECT corp_id, meter, feature, name, month, min(day) AS since"
            " FROM counted GROUP BY corp_id, meter, feature, name, month)"
            " SELECT row_number() OVER (ORDER BY corp_id, meter, day, series, feature,"
            " name)::int AS id, corp_id, meter, day, series, feature, name, value,"
            " count FROM ("
            " SELECT keys.corp_id, keys.meter, days.day, 'used'::varchar AS series,"
            " keys.feature, keys.name, (sum(COALESCE(counted.count, 0)) OVER ("
            " PARTITION BY keys.corp_id, keys.meter, keys.feature, keys.name,"
            " keys.month ORDER BY days.day))::int AS value,"
            " COALESCE(counted.count, 0)::int AS count"
            " FROM keys JOIN days ON days.corp_id = keys.corp_id"
            " AND days.meter = keys.meter AND days.month = keys.month"
            " AND days.day >= keys.since"
            " LEFT JOIN counted ON counted.corp_id = keys.corp_id"
            " AND counted.meter = keys.meter AND counted.feature = keys.feature"
            " AND counted.name = keys.name AND counted.day = days.day"
            " UNION ALL"
            " SELECT days.corp_id, meter, day, 'cap', NULL, NULL, CASE meter"
            " WHEN 'api' THEN corp.budget_api_cap ELSE corp.budget_push_cap END, 0"
            " FROM days JOIN dingding_corp AS corp ON corp.id = days.corp_id) AS found"
        )

    @api.model
    def _feature_selection(self):
        return self.env["dingding.call.count"]._feature_selection()
