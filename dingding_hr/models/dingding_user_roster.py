# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models
from odoo.tools import html2plaintext, html_escape

OFFICERS = "hr.group_hr_user"


class DingdingUser(models.Model):
    """Store when and why people leave."""

    _inherit = "dingding.user"

    last_day = fields.Date(
        string="Last working day", readonly=True, copy=False, groups=OFFICERS)
    leave_reason = fields.Char(
        string="Reason for leaving", readonly=True, copy=False, groups=OFFICERS)

    @api.model
    def _no_links(self):
        # The next one has neither left nor told why.
        return dict(super()._no_links(), last_day=False, leave_reason=False)

    def _note_leaving(self, day, reason):
        """Store when and why a person leaves, also on the employee if Odoo has it.

        :param day: the last day; False if the person stays
        """
        self.ensure_one()
        values = {"last_day": day, "leave_reason": reason}
        before = {name: self[name] for name in values}
        if any(str(before[name] or "") != str(values[name] or "") for name in values):
            self.write(values)
        employee = self.employee_id
        if not employee:
            return
        if day and self._others_with("employee_id"):
            # The employee works here again, or elsewhere.
            return
        departure = {}
        for name, source in (
            ("departure_date", "last_day"), ("departure_description", "leave_reason"),
        ):
            if name not in employee._fields:
                # None up to 12, no date on 13.
                continue
            old, new = _text(employee, name), str(values[source] or "")
            # Values entered by HR stay.
            is_unchanged = not old or old == str(before[source] or "")
            if is_unchanged and old != new:
                departure[name] = _stored(employee, name, values[source])
        if departure:
            employee.with_context(dingding_no_push=True).write(departure)


def _is_html(employee, name):
    # The description is a text up to 14.
    return employee._fields[name].type == "html"


def _text(employee, name):
    """Return a value of the departure as plain text."""
    value = employee[name] or ""
    return html2plaintext(value).strip() if _is_html(employee, name) else str(value)


def _stored(employee, name, value):
    if value and _is_html(employee, name):
        return "<p>%s</p>" % html_escape(value)
    return value
