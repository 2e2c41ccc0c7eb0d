# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import _, api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import utc

# Only punches made now are sent, not times entered for another day.
NOW_SECONDS = 300
# Punches of a person within a day that are sent by themselves: employees punch with a
# button, and a script could use up the month's calls.
MOST_A_DAY = 40
DEVICE = "Odoo"  # shown by DingTalk as the place of the punch


class DingdingAttendanceUpload(models.Model):
    """A punch of Odoo's kiosk on its way to DingTalk.

    After a lost answer DingTalk's punches are read first.
    """

    _name = "dingding.attendance.upload"
    _inherit = ["dingding.queue.mixin", "dingding.person.mixin"]
    _description = "DingTalk Kiosk Punch"
    _order = "id desc"
    _rec_name = "punched_at"
    _corp_path = "corp_id"

    corp_id = fields.Many2one(index=True)
    attendance_id = fields.Many2one(
        "hr.attendance", string="Attendance", readonly=True, index=True,
        ondelete="set null",
    )
    side = fields.Selection(
        [("in", "Check in"), ("out", "Check out")], string="Direction", required=True,
        readonly=True,
    )
    punched_at = fields.Datetime(string="Punched", required=True, readonly=True)
    was_sent = fields.Boolean(
        string="Perhaps sent", readonly=True, copy=False,
        help="An attempt was made whose answer may be lost.")

    @api.model
    def _add(self, attendance, side, moment):
        """Queue a punch made just now, if the organisation sends them."""
        people = attendance.employee_id.sudo().dingding_user_ids.filtered(
            lambda person: person.active and person.corp_id.active
            and person.corp_id.attendance_upload)
        if not people:
            return
        punched = fields.Datetime.from_string(moment)
        if abs((utc.now() - punched).total_seconds()) > NOW_SECONDS:
            return
        text = fields.Datetime.to_string(punched)
        for person in people:
            # For example of an attendance deleted and entered again.
            known = self.search([
                ("person_id", "=", person.id), ("side", "=", side),
                ("punched_at", "=", text),
            ])
            if not known:
                row = self.create({
                    "corp_id": person.corp_id.id, "person_id": person.id,
                    "attendance_id": attendance.id, "side": side, "punched_at": text,
                })
                if row._is_excessive(punched):
                    row._give_up(_("Too many punches in one day."))
                else:
                    row._enqueue()
            elif not known.attendance_id:
                known.attendance_id = attendance
                if known.state == "cancelled":
                    known._enqueue()

    def _is_excessive(self, punched):
        """Tell whether a person punches more often than anybody has reason to."""
        day_ago = punched - datetime.timedelta(days=1)
        return self.search_count([
            ("person_id", "=", self.person_id.id),
            ("punched_at", ">", fields.Datetime.to_string(day_ago)),
        ]) > MOST_A_DAY

    def _work(self, deadline):
        attendance = self.attendance_id
        if not attendance or attendance.employee_id != self.person_id.employee_id:
            # A wrong person's, for example: deleted or moved before it was sent.
            self._ended("cancelled", False)
            return False
        corp, moment = self.corp_id, fields.Datetime.from_string(self.punched_at)
        userid, device = self.person_id.userid, corp._attendance_device()
        client = corp._attendance_client("attendance_upload").attendance
        if self.was_sent and self._is_there(client, userid, device, moment):
            return None
        if not self.was_sent:
            self.was_sent = True
            # From here on it may exist in DingTalk.
            self._commit()
        client.upload(userid, DEVICE, device, moment)
        return None

    def _is_there(self, client, userid, device, moment):
        """Tell whether DingTalk has this punch of ours."""
        minute = datetime.timedelta(minutes=1)
        self._commit()
        return any(
            punch.device_id == device and punch.actual == moment
            for punch in client.punches([userid], moment - minute, moment + minute))

    def _settle(self):
        # The next attempt checks first.
        return True

    def init(self):
        result = super().init()
        compat.unique_index(
            self.env.cr, self._table, ["person_id", "side", "punched_at"])
        return result
