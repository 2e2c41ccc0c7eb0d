# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk import quota

from ..dingtalk.attendance import MAX_USERS, PAGE

SOURCES = [
    ("results", "Results per planned punch"),
    ("punches", "Real punches"),
    ("none", "None"),
]
PUNCHES = 2  # planned a day, for the cost estimate
WORK_DAYS = 22  # of a month
READINGS = 3  # reads of each day: the next three mornings
RULES = ("attendance_source", "attendance_trips", "attendance_free")
GUARDED = (
    "attendance_read", "attendance_source", "attendance_trips", "attendance_free",
    "attendance_upload", "attendance_month_day", "attendance_threshold_percent",
    "attendance_hour",
)


class DingdingCorp(models.Model):
    """Configure how and when DingTalk's attendance becomes Odoo attendances."""

    _inherit = "dingding.corp"

    attendance_app_id = fields.Many2one(
        "dingding.app", string="Application for attendance", copy=False,
        domain="[('corp_id', '=', id)]",
        help="Empty: the main application.",
    )
    attendance_read = fields.Selection(
        [
            ("never", "Never"),
            ("nightly", "Each morning"),
            ("events", "Each morning and after punches"),
        ],
        string="Read attendance", required=True, default="never",
        help="Each morning: yesterday is read, and the two days before once more. "
             "After punches: DingTalk reports each punch, and the person is read some "
             "minutes later.",
    )
    attendance_hour = fields.Integer(
        string="Hour of the sync", required=True, default=6,
        help="Hour of Beijing's day. DingTalk notes missing punches until the night "
             "after.",
    )
    attendance_price = fields.Text(
        string="Cost of attendance", compute="_compute_attendance_price",
        groups="dingding.group_manager", compute_sudo=False,
        help="Computed from the number of people with an employee.",
    )
    attendance_source = fields.Selection(
        SOURCES, string="Source of attendances", required=True, default="results",
        help="Results per planned punch: what DingTalk's own report shows. Real "
             "punches: each pair of punches, for free shifts. None: attendance is not "
             "read. A group may have its own source.",
    )
    attendance_trips = fields.Boolean(
        string="Trips are presence", default=True,
        help="Approved trips and outings become attendances, with DingTalk's times.",
    )
    attendance_free = fields.Selection(
        [
            ("each", "Each pair of punches"),
            ("day", "First and last punch of a day"),
        ],
        string="Pairs of real punches", required=True, default="each",
        help="How real punches become attendances. Each pair: breaks between punches "
             "are not worked. First and last: one attendance a day.",
    )
    attendance_threshold_percent = fields.Integer(
        string="Change threshold (%)", required=True, default=20,
        help="A sync that would change or delete more of the existing attendances of "
             "its days needs a confirmation by a manager. 0: never.",
    )
    attendance_month_day = fields.Integer(
        string="Re-read last month on day", default=0,
        help="Day of the month on which the whole last month is read once more, for "
             "example before pay day. 0: never.",
    )
    attendance_upload = fields.Boolean(
        string="Send kiosk punches",
        help="Sends check-ins and check-outs that are made in Odoo to DingTalk. Each "
             "is one call.",
    )
    attendance_read_on = fields.Date(
        string="Attendance read on", readonly=True, copy=False,
        help="Day of the last morning sync.",
    )
    attendance_month_on = fields.Date(readonly=True, copy=False)

    @api.constrains(
        "attendance_hour", "attendance_month_day", "attendance_threshold_percent")
    def _check_attendance(self):
        for corp in self:
            if not 0 <= corp.attendance_hour <= 23:
                raise ValidationError(_("Enter an hour from 0 to 23."))
            if not 0 <= corp.attendance_month_day <= 28:
                raise ValidationError(_("Enter a day from 0 to 28."))
            if not 0 <= corp.attendance_threshold_percent <= 100:
                raise ValidationError(_("Enter a percentage from 0 to 100."))

    def write(self, vals):
        before = rights.stored(self, RULES)
        result = super().write(vals)
        if rights.changed(self, before):
            self._attendance_anew()
        return result

    def _attendance_anew(self, groups=None):
        """Recompute the days since the first of last month with the next sync.

        :param groups: only of the people in these groups
        """
        if not self.ids:
            return
        today = self.env["dingding.attendance.sync"]._today()
        last_month = quota.month_of(quota.month_of(today) - datetime.timedelta(days=1))
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_attendance_day AS day SET pending = true"
            " FROM dingding_user AS person WHERE person.id = day.person_id"
            " AND day.corp_id IN %s AND day.work_date >= %s AND NOT day.pending"
            " AND (%s OR person.attendance_group_id = ANY(%s))",
            [tuple(self.ids), last_month, groups is None,
             groups.ids if groups else []],
        )
        compat.forget(self.env)

    @api.model
    def _guarded(self):
        # Attendances are written with sudo.
        return super()._guarded() + GUARDED

    # -- what it costs -----------------------------------------------------------------

    @api.depends("attendance_read")
    def _compute_attendance_price(self):
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT corp_id, count(*) FROM dingding_user WHERE active"
            " AND employee_id IS NOT NULL GROUP BY corp_id")
        people = dict(self.env.cr.fetchall())
        labels = dict(self._fields["attendance_read"]._description_selection(self.env))
        for corp in self:
            number = people.get(corp.id, 0)
            nightly = attendance_calls(number)
            # At most one read per 50 punches, at least one per hour.
            after = WORK_DAYS * PUNCHES * (-(-number // MAX_USERS) + 2) if number else 0
            text = corp._budget_prices([
                (labels["never"], 0),
                (labels["nightly"], nightly),
                (labels["events"], nightly + after),
            ])
            corp.attendance_price = "%s\n%s" % (
                text,
                _("%(choice)s: and about %(pushes)d pushes a month") % {
                    "choice": labels["events"],
                    "pushes": number * PUNCHES * WORK_DAYS,
                },
            )

    # -- for the sync ------------------------------------------------------------------

    def _attendance_client(self, feature="attendance"):
        """Return a client of the application that may read attendance."""
        return self._app_for("attendance")._dingtalk_client(feature=feature)

    def _attendance_device(self):
        """Return the id that marks punches sent by this database."""
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return "odoo-%s" % uuid

    def action_read_attendance(self):
        """Open the dialog that reads attendance.

        :raise AccessError: for anybody but managers
        """
        self.ensure_one()
        compat.check_access(self, "write")
        return self.env["dingding.attendance.read"]._open(self)

    def action_open_attendance_syncs(self):
        """Show the attendance syncs of this organisation."""
        self.ensure_one()
        compat.check_access(self, "read")
        values = compat.window_action(
            self.env, "dingding_attendance.dingding_attendance_sync_action")
        values["domain"] = [("corp_id", "=", self.id)]
        return values


def attendance_calls(people):
    """Return the calls a month of reading each morning.

    :param int people: number of people read
    """
    full, rest = divmod(people, MAX_USERS)
    rows = PUNCHES * READINGS
    pages = full * -(-MAX_USERS * rows // PAGE) + -(-rest * rows // PAGE)
    # Plus the groups, once a day.
    return 30 * (pages + 1) if people else 0
