# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import logging
import time

import psycopg2

from odoo import api, fields, models
from odoo.tools import email_split

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.action_time import CRON_SECONDS, shares_time
from odoo.addons.dingding.models.queue import DUE_STATES

_logger = logging.getLogger(__name__)

# Then Odoo sends an e-mail about whose notification nothing is known.
LONGEST = datetime.timedelta(hours=24)
MOST_HELD = 500  # e-mails looked at in a run
# Of lines and to-dos: DingTalk may still deliver.
PENDING = ("waiting", "sending")
# Of lines that DingTalk may deliver even later.
OPEN = PENDING + ("paused",)


class MailMail(models.Model):
    """Hold back e-mails that DingTalk notifications replace.

    People who got the notification are no longer recipients when the e-mail is sent;
    a copy waits for those whose notification is under way. People who got the e-mail
    get no notification afterwards.
    """

    _inherit = "mail.mail"

    dingding_hold = fields.Char(
        string="Notification in DingTalk", readonly=True, copy=False, index=True,
        help="What the e-mail is about: mode and key of the notification.",
    )
    dingding_check = fields.Datetime(
        string="Held back until", readonly=True, copy=False, index=True,
        help="When to look whether DingTalk has delivered the notification.",
    )

    def send(self, *args, **kwargs):
        self, lines = self._dingding_ready()
        result = super().send(*args, **kwargs)
        if lines:
            self.sudo()._dingding_sent_instead(lines)
        return result

    def _dingding_ready(self):
        """Return (e-mails that are to be sent now, {id: lines that one replaces})."""
        # sudo: senders may not read settings and outcomes of notifications.
        mails = self.sudo()
        if not self.env["dingding.corp"].sudo().search_count([("notify", "=", True)]):
            return self, {}
        concerned = mails.search([
            ("id", "in", self.ids), ("dingding_hold", "!=", False),
            ("state", "=", "outgoing")])
        due = {
            mail.id: mail._dingding_lock() and mail._dingding_due()
            for mail in concerned
        }
        # No conflict may repeat what has been sent.
        compat.flush(self.env)
        return (
            self.filtered(lambda mail: due.get(mail.id) is not False),
            {id_: lines for id_, lines in due.items() if lines},
        )

    def _dingding_lock(self):
        """Lock an e-mail that was held back; return whether it is still to be sent.

        Odoo's queue and the scheduled action may look at the same time. Until the end
        of the transaction the other one leaves it, and does so after it, too.
        """
        if not self.dingding_check:
            return True
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    "SELECT 1 FROM mail_mail WHERE id = %s AND state = 'outgoing'"
                    " FOR UPDATE SKIP LOCKED", [self.id], log_exceptions=False)
                return bool(self.env.cr.fetchone())
        except psycopg2.OperationalError:
            # Changed since this transaction began.
            return False

    def _dingding_due(self):
        """Tell whether to send the e-mail now, to the recipients that it has left.

        :return: False, or the lines of these recipients that DingTalk may still deliver
        """
        now = self.env["dingding.notification"]._now()
        told, waiting, lines = self._dingding_outcomes()
        if self.dingding_check and self._dingding_until() <= now:
            waiting = {}
        if not (told or waiting or self.dingding_check):
            return lines
        later = self.env["res.partner"].union(*waiting)
        rest = self.recipient_ids - told - later
        if told:
            compat.mark_emailed(self, told)
        if later and not rest and not self.email_to:
            self.write(dict(
                self._dingding_dates(waiting, now), recipient_ids=[(6, 0, later.ids)]))
            return False
        if later:
            self._dingding_copy(later, self._dingding_dates(waiting, now))
        values = {"dingding_hold": False, "recipient_ids": [(6, 0, rest.ids)]}
        if self.dingding_check:
            values.update(dingding_check=False, scheduled_date=False)
        self.write(values)
        if rest or self.email_to:
            return lines.filtered(lambda line: line.user_id.partner_id in rest)
        if self.auto_delete:
            self.unlink()
        else:
            self.write({"state": "cancel"})
        return False

    def _dingding_until(self):
        """Return the UTC time until which the e-mail is held back at most."""
        try:
            until = fields.Datetime.from_string(self.scheduled_date)
        except ValueError:
            # Up to 14 people may write any text.
            until = None
        return until or datetime.datetime.min

    def _dingding_outcomes(self):
        """Return (partners who got the notification, {partner: UTC time when to look
        again} of those who still may, lines that DingTalk may still deliver).

        All other partners get the e-mail.
        """
        told, waiting = self.env["res.partner"], {}
        lines = self.env["dingding.notification.line"]
        if self.email_cc:
            # They get what it is about with the recipients' e-mails.
            return told, waiting, lines
        mode = self.dingding_hold.partition(",")[0]
        notifications = self.env["dingding.notification"]
        users = self.env["res.users"].search(
            [("partner_id", "in", self.recipient_ids.ids)])
        for user_id, person in notifications._targets(users).items():
            user = users.browse(user_id)
            kind = mode if mode != "message" else (
                notifications._message_kind(self.mail_message_id, user))
            if not person.corp_id._notify_replaces(user, kind):
                continue
            state, moment, line = self._dingding_outcome(user)
            lines |= line.filtered(lambda each: each.state in OPEN)
            if state == "sent":
                told |= user.partner_id
            elif state in PENDING:
                waiting[user.partner_id] = moment
        return told, waiting, lines

    def _dingding_outcome(self, user):
        """Return (state of the user's notification, UTC time when it is due or None,
        its line if there is one).

        The state is that of a line, or False if there will be none.
        """
        mode, _comma, key = self.dingding_hold.partition(",")
        domain = [("mode", "=", mode)]
        if mode != "message" or self.env["dingding.notification"]._is_by_actor(
            self.mail_message_id
        ):
            domain.append(("actor_id", "!=", user.id))
        if mode == "activity":
            domain.append(("user_id", "=", user.id))
        if mode == "assignment":
            model, _comma, res_id = key.partition(",")
            domain += [("res_model", "=", model), ("res_id", "=", int(res_id)),
                       ("user_id", "=", user.id)]
        else:
            name = {"message": "mail_message_id", "activity": "activity_id"}
            domain.append((name.get(mode, "id"), "=", int(key)))
        events = self.env["dingding.notification"].search(domain, order="id desc")
        if events.filtered(lambda event: event.state in DUE_STATES):
            return "waiting", None, self.env["dingding.notification.line"]
        # Somebody may have been assigned the same before: the last time counts.
        about = ("mail_message_id", "=", int(key)) if mode == "message" else (
            "source_id", "in", events[:1].ids)
        line = self.env["dingding.notification.line"].search(
            [("user_id", "=", user.id), about], order="id desc", limit=1)
        if not line and mode == "activity":
            return self._dingding_todo_outcome(int(key), user), None, line
        state, due = line.state, False
        if state == "waiting":
            due = line.notification_id.next_try
        elif state == "sent":
            due = line._awaited_result()
            state = "sending" if due else state
        return state, due and fields.Datetime.from_string(due) or None, line

    @api.model
    def _dingding_todo_outcome(self, activity_id, user):
        """Return the same of an activity that DingTalk announces by its to-do."""
        concerned = [("activity_ref", "=", activity_id)]
        if self.env["dingding.todo.change"].search_count(
            concerned + [("state", "in", DUE_STATES)]
        ):
            return "waiting"
        return self.env["dingding.todo"].search_count(
            concerned + [("user_id", "=", user.id), ("status", "in", ("open", "done"))]
        ) and "sent"

    def _dingding_dates(self, waiting, now):
        """Return when to look again, and when to send the e-mail in any case.

        :param dict waiting: {partner: UTC time or None}
        """
        moments = [moment or now for moment in waiting.values()]
        last = [moment + LONGEST for moment in waiting.values() if moment]
        last.append(self._dingding_until() if self.dingding_check else now + LONGEST)
        return {
            "dingding_check": fields.Datetime.to_string(max(min(moments), now)),
            # Until then Odoo's own scheduled action leaves it, too.
            "scheduled_date": fields.Datetime.to_string(max(last)),
        }

    def _dingding_copy(self, partners, dates):
        """Hold back a copy for some of the recipients."""
        # The other e-mail is deleted with a message of its own.
        shared = compat.is_of_message(self) or not self.auto_delete
        values = {
            "recipient_ids": [(6, 0, partners.ids)], "email_to": False,
            "headers": self.headers,
        }
        if shared:
            values["mail_message_id"] = self.mail_message_id.id
        copy = self.with_context(dingding_notify="none").copy(values)
        copy.write(dict(dates, dingding_hold=self.dingding_hold))
        compat.move_emailed(self, partners, copy)
        if not shared:
            for attachment in self.attachment_ids.filtered(
                lambda each: each.res_model == "mail.message"
            ):
                own = attachment.copy({"res_id": copy.mail_message_id.id})
                copy.write({"attachment_ids": [(3, attachment.id), (4, own.id)]})

    @api.model
    def _dingding_sent_instead(self, replaced):
        """Keep DingTalk from delivering later what e-mails have delivered.

        In a transaction of its own: no error may repeat the e-mails.

        :param dict replaced: {id of an e-mail: lines}
        """
        left = self.browse(list(replaced)).exists().filtered(
            lambda mail: mail.state != "sent")
        # Odoo may have sent it to some of several recipients.
        ids = [line.id for mail_id, lines in replaced.items() if mail_id not in left.ids
               for line in lines if email_split(line.user_id.partner_id.email or "")]
        if not ids:
            return
        try:
            with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
                cr.execute("SET LOCAL lock_timeout = '5s'")
                cr.execute(
                    "UPDATE dingding_notification_line SET state = 'emailed'"
                    " WHERE id IN %s AND state IN %s", [tuple(ids), OPEN])
        except psycopg2.Error as error:
            _logger.info("DingTalk may deliver what was e-mailed, too: %s", error)

    @api.model
    def _dingding_forget(self, message_ids):
        """Delete what is held back of messages that were emptied."""
        # sudo: users may not delete e-mails.
        self.sudo().search([
            ("dingding_hold", "in", ["message,%d" % id_ for id_ in message_ids]),
            ("state", "=", "outgoing"), ("dingding_check", "!=", False),
        ]).unlink()

    @api.model
    @shares_time(CRON_SECONDS)
    def _cron_dingding_held(self, seconds):
        """Send what DingTalk did not deliver, and forget what it did.

        :param seconds: after which the rest is left to the next run
        """
        deadline = time.monotonic() + seconds
        notifications = self.env["dingding.notification"]
        now = fields.Datetime.to_string(notifications._now())
        mails = self.search(
            [("dingding_check", "<=", now), ("state", "=", "outgoing")],
            order="dingding_check, id", limit=MOST_HELD)
        for mail in mails:
            if time.monotonic() > deadline:
                break
            mail.exists().send()
            notifications._commit()
