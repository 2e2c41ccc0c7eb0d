# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from odoo import api, fields, models

from odoo.addons.dingding import compat

from .. import schedule
from ..linked import NOTIFIED, PAIRS

COMPANY = sql.SQL("(SELECT company_id FROM res_users WHERE id = %(uid)s)")
# Notifies of activities; part of the statement that stores them for to-dos.
ACTIVITIES = sql.SQL(
    "INSERT INTO dingding_notification (mode, state, attempts, gathering,"
    " activity_id, user_id, actor_id, company_id, create_uid, create_date, write_uid,"
    " write_date) SELECT 'activity', 'queued', 0, false, part.id, part.user_id,"
    " %(uid)s, {}, %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,"
    " now() AT TIME ZONE 'UTC'"
    " FROM {} WHERE part.user_id <> %(uid)s AND {}"
    " ON CONFLICT (activity_id, user_id) WHERE mode = 'activity'"
    " AND state = 'queued' DO NOTHING RETURNING id"
).format(
    COMPANY, PAIRS.format(sql.SQL("%(told_ids)s"), sql.SQL("%(told_users)s")), NOTIFIED)


class DingdingNotification(models.Model):
    """Capture events with one statement, whatever their number.

    Users have no rights on the table.
    """

    _inherit = "dingding.notification"

    @api.model
    def _is_silent(self):
        """Tell whether events of this environment are captured elsewhere."""
        return self.env.context.get("dingding_notify") == "none"

    @api.model
    def _captured(self, ids=None):
        """Queue rows for after the commit.

        :param list ids: default: of the rows that the last statement has inserted
        """
        if ids is None:
            ids = [row[0] for row in self.env.cr.fetchall()]
        rows = self.browse(ids)
        if rows:
            self.env["dingding.queue"]._wake(self._name, rows.sudo())

    @api.model
    def _capture_messages(self, message_ids):
        """Notify of messages of the chatter; repeated calls have no effect.

        Recipients are read after the commit.
        """
        message_ids = sorted({id_ for id_ in message_ids if id_})
        if not message_ids or self._is_silent():
            return
        compat.execute(self.env.cr, sql.SQL(
            "INSERT INTO dingding_notification (mode, state, attempts, gathering,"
            " mail_message_id, actor_id, company_id, create_uid, create_date,"
            " write_uid, write_date) SELECT 'message', 'queued', 0, false, part.id,"
            " %(uid)s, {}, %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,"
            " now() AT TIME ZONE 'UTC'"
            " FROM unnest(%(ids)s) AS part (id)"
            " WHERE EXISTS (SELECT 1 FROM dingding_corp WHERE notify AND active)"
            " ON CONFLICT (mail_message_id) WHERE mode = 'message' DO NOTHING"
            " RETURNING id").format(COMPANY),
            {"uid": self.env.uid, "ids": message_ids},
        )
        self._captured()

    @api.model
    def _tells_of_activities(self):
        """Tell whether activities that are planned now are notified of."""
        return not (
            self._is_silent() or self.env.context.get("mail_activity_quick_update"))

    @api.model
    def _capture_assignments(self, records, partner_ids):
        """Notify users to whom documents were assigned, by partner."""
        if self._is_silent() or not partner_ids or not records:
            return
        if self.env.context.get("mail_auto_subscribe_no_notify"):
            return
        users = self.env["res.users"].sudo().search(
            [("partner_id", "in", list(partner_ids)), ("id", "!=", self.env.uid)]
        )
        pairs = [(id_, user_id) for id_ in records.ids for user_id in users.ids]
        if not pairs:
            return
        compat.execute(self.env.cr, sql.SQL(
            "INSERT INTO dingding_notification (mode, state, attempts, gathering,"
            " res_model, res_id, user_id, actor_id, company_id, create_uid,"
            " create_date, write_uid, write_date) SELECT 'assignment', 'queued', 0,"
            " false, %(model)s, part.id, part.user_id, %(uid)s,"
            " {}, %(uid)s,"
            " now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'"
            " FROM unnest(%(ids)s, %(users)s) AS part (id, user_id)"
            " WHERE {} RETURNING id").format(COMPANY, NOTIFIED),
            {
                "uid": self.env.uid, "model": records._name,
                "ids": [pair[0] for pair in pairs],
                "users": [pair[1] for pair in pairs],
            },
        )
        self._captured()

    @api.model
    def _forget_messages(self, message_ids):
        """Recall what tells of messages that are deleted, with reports about them."""
        if not message_ids:
            return
        self._capture_recalls(message_ids)
        # sudo: users may not read who was not told.
        reports = self.env["dingding.notification.line"].sudo().search([
            ("mail_message_id", "in", message_ids), ("report_id", "!=", False),
        ]).mapped("report_id")
        # A deleted document takes both with it.
        reports.filtered(lambda report: report.id not in message_ids).unlink()

    @api.model
    def _forget_emptied(self, message_ids):
        """Treat messages that were emptied as if they were deleted."""
        self._forget_messages(message_ids)
        self.env["mail.mail"]._dingding_forget(message_ids)
        concerned = [("mail_message_id", "in", message_ids)]
        # sudo: users have no rights on these rows, which a deletion takes along.
        self.env["dingding.notification.line"].sudo().search(concerned).unlink()
        self.env["dingding.notification"].sudo().search(concerned).unlink()

    @api.model
    def _capture_recalls(self, message_ids):
        """Recall the notifications of messages being deleted.

        A notification of several messages is recalled with the last of them.
        """
        if not message_ids:
            return
        self.env.cr.execute(
            "INSERT INTO dingding_notification (mode, state, attempts, gathering,"
            " message_id, actor_id, company_id, create_uid, create_date, write_uid,"
            " write_date) SELECT 'recall', 'queued', 0, false, sent.id, %(uid)s,"
            " sent.company_id, %(uid)s,"
            " now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'"
            " FROM dingding_message sent"
            " WHERE (sent.create_date > now() AT TIME ZONE 'UTC' - interval '24 hours'"
            # It may wait for the budget for weeks.
            " OR sent.state IN ('queued', 'sending'))"
            " AND sent.id IN (SELECT message_id FROM dingding_notification_line"
            " WHERE mail_message_id IN %(ids)s UNION ALL"
            " SELECT message_id FROM dingding_notification_line WHERE source_id IN"
            " (SELECT id FROM dingding_notification WHERE mode = 'file'"
            " AND mail_message_id IN %(ids)s))"
            " AND NOT EXISTS (SELECT 1 FROM dingding_notification_line line"
            " WHERE line.message_id = sent.id AND (line.recall IS NOT TRUE"
            " OR line.kind <> 'file' AND (line.mail_message_id IS NULL"
            " OR line.mail_message_id NOT IN %(ids)s))) RETURNING id",
            {"uid": self.env.uid, "ids": tuple(message_ids)},
        )
        self._captured()

    @api.model
    def _cron_overdue(self):
        """Notify users of overdue activities, in the morning of their time zone."""
        now = self._now()
        linked = self.env["dingding.user"].sudo().search(
            [("user_id", "!=", False), ("corp_id.notify", "=", True)]
        ).mapped("user_id")
        late = self._late_users(linked, now.date())
        targets = self._targets(late)
        days = {}
        for user in late:
            person = targets.get(user.id)
            if person and person.corp_id._notify_wants(user, "overdue"):
                day = self._overdue_day(person.corp_id, user, now)
                if day:
                    days[user.id] = fields.Date.to_string(day)
        if not days:
            return
        users = sorted(days)
        self.env.cr.execute(
            "INSERT INTO dingding_notification (mode, state, attempts, gathering,"
            " user_id, day, company_id, create_uid, create_date, write_uid,"
            " write_date) SELECT 'overdue', 'queued', 0, false, part.user_id,"
            " part.day::date, (SELECT company_id FROM res_users"
            " WHERE id = part.user_id), %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,"
            " now() AT TIME ZONE 'UTC'"
            " FROM unnest(%(users)s, %(days)s) AS part (user_id, day)"
            " ON CONFLICT (user_id, day) WHERE mode = 'overdue' DO NOTHING"
            " RETURNING id",
            {
                "uid": self.env.uid, "users": users,
                "days": [days[user_id] for user_id in users],
            },
        )
        self._captured()

    @api.model
    def _late_users(self, users, day):
        """Return those of the users who have activities due until a day.

        One statement: there may be many activities that nobody looks at.
        """
        activities = self.env["mail.activity"]
        domain = [("user_id", "in", users.ids),
                  ("date_deadline", "<=", fields.Date.to_string(day))]
        if "active" in activities._fields:
            domain.append(("active", "=", True))
        ids, params = compat.selected_ids(activities, domain)
        query = sql.SQL(
            "SELECT DISTINCT user_id FROM mail_activity WHERE id IN ({})").format(ids)
        compat.execute(self.env.cr, query, params)
        return users.browse(sorted(row[0] for row in self.env.cr.fetchall()))

    @api.model
    def _overdue_day(self, corp, user, now):
        """Return the user's day if its list is due, else None."""
        tz = corp._notify_zone(user)
        begin, end, works, digest = corp._notify_hours(user)
        here = schedule.local(now, tz)
        begun = schedule.at_hour(here.date(), digest)
        if schedule.is_quiet(begun, begin, end):
            # Those that begin before midnight end in the morning.
            begun = schedule.at_hour(here.date(), end)
        if here < begun:
            return None
        if schedule.allowed(here, begin, end, works) != here:
            return None
        return here.date()
