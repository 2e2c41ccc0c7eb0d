# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import fields, models

from .dingding_corp_pause import DIRECT_FEATURE, FILES_FEATURE, FOLLOWED_FEATURE

CHECKED = (DIRECT_FEATURE, FOLLOWED_FEATURE, FILES_FEATURE)
FRESH = datetime.timedelta(minutes=10)


class DingdingMessageTask(models.Model):
    """Withhold messages that waited from people who lost access, or got an e-mail."""

    _inherit = "dingding.message.task"

    def _withheld_recipients(self):
        withheld = super()._withheld_recipients()
        message = self.message_id
        if message.feature not in CHECKED:
            return withheld
        begun = fields.Datetime.from_string(message.create_date)
        fresh = self._now() - begun < FRESH
        domain = [("message_id", "=", message.id)]
        lines = self.env["dingding.notification.line"]
        if fresh and not lines.search_count(domain + [("state", "=", "emailed")]):
            return withheld
        lines, emailed = lines.search(domain), self.recipient_ids.browse()
        for row in self.recipient_ids.filtered(lambda each: not each.recalled):
            person = row.person_id
            # Who was linked when the message was made, and still is.
            user = person.user_id & row.user_id
            mine = lines.filtered(lambda line: user and line.user_id == user)
            left = mine.filtered(lambda line: line.state != "emailed")
            if mine and not left:
                emailed |= row
            elif fresh:
                continue
            elif not (person.active and user.active and mine) or (
                left - left._readable()
            ):
                mine.write({"state": "no_access"})
                withheld |= row
        # Nothing has failed for them.
        emailed.unlink()
        return withheld
