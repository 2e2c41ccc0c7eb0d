# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import beijing

from .. import schedule

POLICIES = [
    ("never", "Never"),
    ("off", "Off by default"),
    ("on", "On by default"),
    ("always", "Always"),
]
MODES = [
    ("at_once", "Immediately"),
    ("gathered", "Every 15 minutes, by document"),
    ("daily", "Daily digest"),
]
DAYS = [
    ("all", "Every day"), ("weekdays", "Monday to Friday"),
    ("calendar", "Working days"),
]
KINDS = (
    "mention", "message", "note", "assignment", "activity", "overdue", "mail", "rule",
)
# Odoo sends e-mails of these kinds.
EMAILED = ("mention", "message", "note", "assignment", "activity", "mail")


class DingdingCorp(models.Model):
    """Decide which of Odoo's notifications reach people in DingTalk."""

    _inherit = "dingding.corp"

    notify = fields.Boolean(
        string="Send notifications",
        help="Sends Odoo's notifications to the linked people of this organisation as "
             "work notifications.",
    )
    notify_mention = fields.Selection(
        POLICIES, string="Mentions", required=True, default="on",
        help="Messages sent directly to the user. Never and Always apply to everybody; "
             "otherwise each user decides in the preferences.",
    )
    notify_message = fields.Selection(
        POLICIES, string="Document messages", required=True, default="on",
        help="Messages of documents that the user follows.",
    )
    notify_note = fields.Selection(
        POLICIES, string="Internal notes", required=True, default="on",
        help="Internal notes of documents that the user follows. They are never sent "
             "to people who are not internal users.",
    )
    notify_assignment = fields.Selection(
        POLICIES, string="Assignments", required=True, default="on",
        help="Documents that were assigned to the user.",
    )
    notify_activity = fields.Selection(
        POLICIES, string="New activities", required=True, default="on",
        help="Activities that others planned for the user.",
    )
    notify_overdue = fields.Selection(
        POLICIES, string="Overdue activities", required=True, default="on",
        help="A list of the user's overdue activities, once a day.",
    )
    notify_mail = fields.Selection(
        POLICIES, string="Template e-mails", required=True, default="on",
        help="E-mails to the user by templates on which an administrator has ticked "
             "DingTalk notification.",
    )
    notify_rule = fields.Selection(
        POLICIES, string="Rules", required=True, default="on",
        help="Texts that automated actions send as notifications.",
    )
    notify_instead_mention = fields.Selection(
        POLICIES, string="Mentions without e-mail", required=True, default="off",
        help="Messages sent directly to the user reach DingTalk instead of e-mail. "
             "Odoo sends the e-mail after all if DingTalk does not deliver. Never and "
             "Always apply to everybody; otherwise each user decides in the "
             "preferences.",
    )
    notify_instead_message = fields.Selection(
        POLICIES, string="Messages without e-mail", required=True, default="off",
        help="Messages of documents that the user follows.",
    )
    notify_instead_note = fields.Selection(
        POLICIES, string="Notes without e-mail", required=True, default="off",
        help="Internal notes of documents that the user follows.",
    )
    notify_instead_assignment = fields.Selection(
        POLICIES, string="Assignments without e-mail", required=True, default="off",
        help="Documents that were assigned to the user.",
    )
    notify_instead_activity = fields.Selection(
        POLICIES, string="Activities without e-mail", required=True, default="off",
        help="Activities that others planned for the user. Odoo 11 sends no e-mails "
             "about them.",
    )
    notify_instead_mail = fields.Selection(
        POLICIES, string="Templates without e-mail", required=True, default="off",
        help="E-mails to the user by templates on which an administrator has ticked "
             "DingTalk notification.",
    )
    notify_mode = fields.Selection(
        MODES, string="Frequency", required=True, default="at_once",
        help="When notifications are sent, unless the user chooses otherwise.",
    )
    notify_days = fields.Selection(
        DAYS, string="Days", required=True, default="all",
        help="Days on which notifications are sent, unless the user chooses otherwise. "
             "Working days: by the working hours and leaves of the user's employee, "
             "else by those of the company.",
    )
    notify_quiet_from = fields.Float(
        string="Quiet from", required=True, default=22,
        help="Notifications of the quiet hours are sent after them, one per document. "
             "In the user's time zone, unless the user chooses other hours. Equal "
             "times: no quiet hours.",
    )
    notify_quiet_to = fields.Float(string="Quiet until", required=True, default=7)
    notify_digest = fields.Float(
        string="Digest at", required=True, default=8.5,
        help="When daily digests and lists of overdue activities are sent, in the "
             "user's time zone.",
    )
    notify_recall = fields.Boolean(
        string="Recall deleted messages", default=True,
        help="Recalls the notification of a message that is deleted within 24 hours, "
             "unless the user chooses otherwise. Notifications of several messages "
             "are recalled after the last of them.",
    )
    notify_files = fields.Boolean(
        string="Files on request", default=True,
        help="Notifications of messages with attachments offer to send the files. They "
             "are uploaded to DingTalk when a recipient who may read them asks for "
             "them. Each one costs about five API calls.",
    )

    @api.constrains("notify_quiet_from", "notify_quiet_to", "notify_digest")
    def _check_notify_hours(self):
        for corp in self:
            for hour in (
                corp.notify_quiet_from, corp.notify_quiet_to, corp.notify_digest
            ):
                if not 0 <= hour < 24:
                    raise ValidationError(_("Times must be between 00:00 and 23:59."))

    def _notify_wants(self, user, kind):
        """Tell whether a user gets this kind of notification.

        :param str kind: one of KINDS
        """
        self.ensure_one()
        if not self.notify or not self.active:
            return False
        return self._notify_chosen(
            self["notify_" + kind], user["dingding_notify_" + kind])

    def _notify_replaces(self, user, kind):
        """Tell whether a user gets this kind of notification instead of an e-mail.

        :param str kind: one of KINDS
        """
        return kind in EMAILED and self._notify_wants(user, kind) and (
            self._notify_chosen(
                self["notify_instead_" + kind], user["dingding_instead_" + kind]))

    @api.model
    def _notify_chosen(self, policy, choice):
        """Tell whether something happens by policy and the user's choice, if any."""
        if policy in ("never", "always"):
            return policy == "always"
        return (choice or policy) == "on"

    def _notify_recalls(self, user):
        """Tell whether notifications to a user are recalled with their message."""
        self.ensure_one()
        default = "on" if self.notify_recall else "off"
        return (user.dingding_notify_recall or default) == "on"

    def _notify_when(self, user, now):
        """Return (``document`` or ``day``, UTC time at which to send).

        :param datetime.datetime now: in UTC
        """
        self.ensure_one()
        mode = user.dingding_notify_mode or self.notify_mode
        moment = schedule.due(
            now, self._notify_zone(user), mode, *self._notify_hours(user)
        )
        return "day" if mode == "daily" else "document", moment

    def _notify_hours(self, user):
        """Return (quiet from, quiet until, works, hour of the digest).

        ``works`` is a function of a date: whether to notify the user on that day.
        """
        quiet = (self.notify_quiet_from, self.notify_quiet_to)
        if user.dingding_notify_quiet:
            quiet = (user.dingding_notify_from, user.dingding_notify_to)
        days = user.dingding_notify_days or self.notify_days
        works = schedule.every_day
        if days == "weekdays":
            works = schedule.monday_to_friday
        elif days == "calendar":
            works = self._notify_working_days(user)
        return quiet + (works, self.notify_digest)

    @api.model
    def _notify_working_days(self, user):
        """Return a function of a date: whether the user works on that day.

        Monday to Friday if Odoo has no working hours, or a calendar without any.
        """
        if "resource.calendar" not in self.env:
            return schedule.monday_to_friday
        company = user.company_id
        resource = self.env["resource.resource"].search(
            [("user_id", "=", user.id), ("company_id", "in", (company.id, False))],
            limit=1,
        )
        calendar = resource.calendar_id or company.resource_calendar_id
        # Later series have flexible hours without a list of them.
        if not calendar.attendance_ids and not (
            "flexible_hours" in calendar._fields and calendar.flexible_hours
        ):
            return schedule.monday_to_friday
        zone = self._notify_zone(user)
        calendar = calendar.with_context(tz=zone.zone)
        known = {}

        def works(day):
            if day not in known:
                begin, end = [
                    schedule.utc(schedule.at_hour(day, hour), zone) for hour in (0, 24)]
                known[day] = compat.works_between(
                    calendar, resource, begin, end - datetime.timedelta(seconds=1))
            return known[day]

        return works

    @api.model
    def _notify_zone(self, user):
        return schedule.zone(user.tz, beijing.ZONE)
