# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

import pytz

from odoo import _, api, fields, models

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk import beijing, utc
from odoo.addons.dingding.dingtalk.api.leave import OVERTIME
from odoo.addons.dingding.models.remedies import user_errors

from ..leaves import applies

AHEAD = datetime.timedelta(days=366)
FRIDAY = 4


class DingdingCorp(models.Model):
    """Write public holidays, and days worked in exchange, into working hours.

    A holiday is a leave of the working hours without a resource; a worked weekend day
    gets a weekday's lines for its date only. Each has a key.
    """

    _inherit = "dingding.corp"

    def action_read_leave_holidays(self):
        """Read public holidays now.

        :raise AccessError: for everybody but managers
        :raise UserError: no operator, or DingTalk refuses
        """
        self.ensure_one()
        compat.check_access(self, "write")
        rights.check_manager(self)
        if self.leave_holidays:
            with user_errors(self.env):
                self._dingtalk_read_holidays()
        return True

    @api.model
    def _cron_holidays(self):
        """Queue reading the public holidays of all organisations that enabled them."""
        changes = self.env["dingding.leave.change"]
        for corp in self.search([("leave_holidays", "=", True)]):
            changes._add_once("holidays", corp)

    def _dingtalk_read_holidays(self):
        first = (utc.now() + beijing.OFFSET).date()
        last = first + AHEAD
        client = self._app_for("leave")._dingtalk_client(feature="leave_types")
        found = client.leave.holidays(self._leave_operator(), first, last)
        if not found:
            # An operator without an attendance group gets none.
            return
        # sudo: an administrator enabled it, see ``_guarded``.
        self.sudo()._write_holidays(found, first, last)

    def _write_holidays(self, found, first, last):
        calendar = self.company_id.resource_calendar_id
        if not calendar:
            return
        off = {row.day: row.name for row in found if row.kind != OVERTIME}
        worked = {row.day: row.name for row in found if row.kind == OVERTIME}
        self._write_days_off(calendar, off, first, last)
        self._write_worked_days(calendar, worked, first, last)

    def _holiday_key(self, day):
        return "%d:%s" % (self.id, day)

    def _with_keys(self, model, calendar, first, last):
        """Return key -> records written for these days."""
        records = self.env[model].search([
            ("calendar_id", "=", calendar.id),
            ("dingding_key", ">=", self._holiday_key(first)),
            ("dingding_key", "<=", self._holiday_key(last)),
        ])
        found = {}
        for record in records:
            found.setdefault(record.dingding_key, records.browse())
            found[record.dingding_key] |= record
        return found

    def _write_days_off(self, calendar, days, first, last):
        leaves = self.env["resource.calendar.leaves"]
        known = self._with_keys(leaves._name, calendar, first, last)
        name = calendar.tz if "tz" in calendar._fields else self.env.user.tz
        zone = pytz.timezone(name or beijing.ZONE)
        for day, title in sorted(days.items()):
            record = known.pop(self._holiday_key(day), None)
            if record:
                if record[0].name != title:
                    record.write({"name": title})
                continue
            begin = datetime.datetime.combine(day, datetime.time())
            end = begin + datetime.timedelta(days=1, seconds=-1)
            begin, end = [
                zone.localize(moment).astimezone(pytz.utc).replace(tzinfo=None)
                for moment in (begin, end)
            ]
            near = self._days_off_near(calendar, begin, end)
            if any(since < end and to > begin for since, to in near):
                # Entered manually; since 16 two must not overlap.
                continue
            if near:
                # Nor touch, as after one that ends at midnight.
                begin += datetime.timedelta(seconds=1)
            begin, end = [fields.Datetime.to_string(each) for each in (begin, end)]
            leaves.create({
                "name": title, "calendar_id": calendar.id, "resource_id": False,
                "company_id": self.company_id.id, "date_from": begin, "date_to": end,
                "dingding_key": self._holiday_key(day),
            })
        for records in known.values():
            records.unlink()

    def _days_off_near(self, calendar, begin, end):
        """Return (from, to) of the company's days off that overlap or touch a time."""
        moment = fields.Datetime.from_string
        return [
            (moment(each.date_from), moment(each.date_to))
            for each in self.env["resource.calendar.leaves"].search([
                ("calendar_id", "in", (calendar.id, False)),
                ("company_id", "in", (self.company_id.id, False)),
                ("resource_id", "=", False),
                ("date_from", "<=", fields.Datetime.to_string(end)),
                ("date_to", ">=", fields.Datetime.to_string(begin)),
            ])
        ]

    def _write_worked_days(self, calendar, days, first, last):
        lines = self.env["resource.calendar.attendance"]
        known = self._with_keys(lines._name, calendar, first, last)
        for day, title in sorted(days.items()):
            if known.pop(self._holiday_key(day), None):
                continue
            if self._is_worked(calendar, day):
                # By everybody's hours, or by those of another organisation.
                continue
            for line in self._lines_of_a_weekday(calendar):
                values = line.copy_data()[0]
                values.update(
                    name=_("%s: worked in exchange") % title,
                    dayofweek=str(day.weekday()),
                    date_from=fields.Date.to_string(day),
                    date_to=fields.Date.to_string(day),
                    dingding_key=self._holiday_key(day),
                )
                lines.create(values)
        for records in known.values():
            records.unlink()

    @api.model
    def _is_worked(self, calendar, day):
        """Tell whether the working hours have lines for a day, public holiday or not.
        """
        lines = self.env["resource.calendar.attendance"].search([
            ("calendar_id", "=", calendar.id),
            ("dayofweek", "=", str(day.weekday()))])
        return any(applies(line, day) for line in lines)

    def _lines_of_a_weekday(self, calendar):
        """Return the lines of the last working weekday, as a template.

        None if lines cannot be limited to a date, or weeks differ.
        """
        lines = calendar.attendance_ids
        if "date_from" not in lines._fields or (
            "two_weeks_calendar" in calendar._fields and calendar.two_weeks_calendar
        ):
            return lines.browse()
        plain = lines.filtered(
            lambda line: not line.date_from and not line.date_to
            and int(line.dayofweek) <= FRIDAY)
        last = max([int(line.dayofweek) for line in plain] or [FRIDAY])
        return plain.filtered(lambda line: int(line.dayofweek) == last)
