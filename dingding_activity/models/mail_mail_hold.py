# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import time

from odoo import api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.action_time import CRON_SECONDS, shares_time
from odoo.addons.dingding.models.queue import DUE_STATES

# Then Odoo sends an e-mail about whose notification nothing is known.
LONGEST = datetime.timedelta(hours=24)
MOST_HELD = 500  # e-mails looked at in a run
# Of lines and to-dos: DingTalk may still deliver.
PENDING = ("waiting", "sending")


class MailMail(models.Model):
    """Hold back e-mails that DingTalk notifications replace.

    Whoever has got the notification is no longer a recipient when the e-mail is sent;
    for those whose notification is under way a copy waits.
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
        self = self._dingding_ready()
        return super().send(*args, **kwargs)

    def _dingding_ready(self):
        """Return the e-mails that are to be sent now."""
        # sudo: senders may not read settings and outcomes of notifications.
        mails = self.sudo()
        if not self.env["dingding.corp"].sudo().search_count([("notify", "=", True)]):
            return self
        concerned = mails.search([
            ("id", "in", self.ids), ("dingding_hold", "!=", False),
            ("state", "=", "outgoing")])
        held = [mail.id for mail in concerned if not mail._dingding_is_due()]
        return self.filtered(lambda mail: mail.id not in held)

    def _dingding_is_due(self):
        """Tell whether to send the e-mail now, to the recipients that it has left."""
        now = self.env["dingding.notification"]._now()
        told, waiting = self._dingding_outcomes()
        if self.dingding_check and self._dingding_until() <= now:
            waiting = {}
        if not (told or waiting or self.dingding_check):
            return True
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
            return True
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
        again} of those who still may).

        All others get the e-mail.
        """
        told, waiting = self.env["res.partner"], {}
        if self.email_cc:
            # They get what it is about with the recipients' e-mails.
            return told, waiting
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
            state, moment = self._dingding_outcome(user)
            if state == "sent":
                told |= user.partner_id
            elif state in PENDING:
                waiting[user.partner_id] = moment
        return told, waiting

    def _dingding_outcome(self, user):
        """Return (state of the user's notification, UTC time when it is due or None).

        The state is that of a line, or False if there will be none.
        """
        mode, _comma, key = self.dingding_hold.partition(",")
        domain = [("mode", "=", mode), ("actor_id", "!=", user.id)]
        if mode == "assignment":
            model, _comma, res_id = key.partition(",")
            domain += [("res_model", "=", model), ("res_id", "=", int(res_id)),
                       ("user_id", "=", user.id)]
        else:
            name = {"message": "mail_message_id", "activity": "activity_id"}
            domain.append((name.get(mode, "id"), "=", int(key)))
        events = self.env["dingding.notification"].search(domain, order="id desc")
        if events.filtered(lambda event: event.state in DUE_STATES):
            return "waiting", None
        # Somebody may have been assigned the same before: the last time counts.
        about = ("mail_message_id", "=", int(key)) if mode == "message" else (
            "source_id", "in", events[:1].ids)
        line = self.env["dingding.notification.line"].search(
            [("user_id", "=", user.id), about], order="id desc", limit=1)
        if not line and mode == "activity":
            return self._dingding_todo_outcome(int(key), user), None
        state, due = line.state, False
        if state == "waiting":
            due = line.notification_id.next_try
        elif state == "sent":
            due = line._awaited_result()
            state = "sending" if due else state
        return state, due and fields.Datetime.from_string(due) or None

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
