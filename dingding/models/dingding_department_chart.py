# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, fields, models
from odoo.tools import html_escape

from .. import compat

MOST = 300  # departments of a chart


class DingdingDepartment(models.Model):
    """Draw the departments below a department."""

    _inherit = "dingding.department"

    chart_html = fields.Html(
        string="Chart", compute="_compute_chart_html", sanitize=False,
        compute_sudo=False, groups="dingding.group_user",
    )

    def _compute_chart_html(self):
        # Not those below, which come along when a form is read.
        wanted = compat.asked_for(self)
        for department in wanted:
            department.chart_html = department.ids and department._chart()
        if self - wanted:
            compat.forget_fields(self - wanted, ["chart_html"])

    def _chart(self):
        """Return nested lists of this department and those below it, as HTML.

        The rights of the user decide which departments and managers are shown.
        """
        self.ensure_one()
        found = self.search([("id", "child_of", self.ids)], limit=MOST + 1)
        below = {}
        for department in found[:MOST]:
            below.setdefault(department.parent_id.id, []).append(department)
        html = "<ul class=\"o_dingding_chart\">%s</ul>" % self._chart_item(below)
        if len(found) > MOST:
            html += "<p class=\"text-muted\">%s</p>" % html_escape(
                _("Only the first %d departments are shown.") % MOST)
        return html

    def _chart_item(self, below):
        """Return one department with those below it.

        :param dict below: id of a department -> the departments directly below it
        """
        managers = ", ".join(self.manager_ids.mapped("name"))
        note = _("People: %d") % self.user_count
        inner = "".join(each._chart_item(below) for each in below.get(self.id, ()))
        item = "<li><a href=\"%s\">%s</a> <span class=\"text-muted\">%s</span>%s</li>"
        return item % (
            html_escape(self.env["dingding.corp"]._record_path(self)),
            html_escape(self.name or ""),
            html_escape(" · ".join(text for text in (managers, note) if text)),
            inner and "<ul>%s</ul>" % inner,
        )
