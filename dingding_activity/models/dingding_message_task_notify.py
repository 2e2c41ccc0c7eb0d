# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import fields, models

from .. import schedule
from .dingding_corp_pause import DIRECT_FEATURE, FILES_FEATURE, FOLLOWED_FEATURE

TOLD = (DIRECT_FEATURE, FOLLOWED_FEATURE)
CHECKED = TOLD + (FILES_FEATURE,)
FRESH = datetime.timedelta(minutes=10)


class DingdingMessageTask(models.Model):
    """Withhold messages that waited from people who lost access, or got an e-mail."""

    _inherit = "dingding.message.task"

    def _is_fresh(self):
        begun = fields.Datetime.from_string(self.message_id.create_date)
        return self._now() - begun < FRESH

    def _seconds_to_wait(self):
        return super()._seconds_to_wait() or self._wait_for_hours()

    def _wait_for_hours(self):
        """Return the seconds until one of the recipients may be notified, or 0.

        A message may have waited for the budget until their quiet hours. One that may
        have arrived does not wait for another day.
        """
        if self.message_id.feature not in TOLD or self.maybe_since or self._is_fresh():
            return 0
        now, moments = self.env["dingding.notification"]._now(), []
        for row in self.recipient_ids.filtered(lambda each: not each.recalled):
            corp, user = row.person_id.corp_id, row.person_id.user_id & row.user_id
            if user:
                moments.append(schedule.due(
                    now, corp._notify_zone(user), "at_once", *corp._notify_hours(user)))
                if moments[-1] <= now:
                    break
        return int((min(moments) - now).total_seconds()) if moments else 0

    def _withheld_recipients(self):
        withheld = super()._withheld_recipients()
        message = self.message_id
        if message.feature not in CHECKED:
            return withheld
        fresh = self._is_fresh()
        domain = [("message_id", "=", message.id)]
        lines = self.env["dingding.notification.line"]
        if fresh and not withheld and not lines.search_count(
            domain + [("state", "=", "emailed")]
        ):
            return withheld
        lines, emailed = lines.search(domain), self.recipient_ids.browse()
        for row in self.recipient_ids.filtered(lambda each: not each.recalled):
            person = row.person_id
            # The user who was linked when the message was created, and still is.
            user = person.user_id & row.user_id
            mine = lines.filtered(lambda line: user and line.user_id == user)
            left = mine.filtered(lambda line: line.state != "emailed")
            if mine and not left:
                emailed |= row
            elif fresh and row not in withheld:
                continue
            elif not (person.active and user.active and mine) or (
                left - left._readable()
            ):
                theirs = lines.filtered(lambda line: line.user_id == row.user_id)
                (theirs - mine).write({"state": "no_account"})
                mine.write({"state": "no_access"})
                withheld |= row
        # Nothing has failed for them.
        emailed.unlink()
        return withheld
