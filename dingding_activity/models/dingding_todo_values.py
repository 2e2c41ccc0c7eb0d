# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
from urllib.parse import urlencode

from odoo import api, fields, models
from odoo.tools import html_escape

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import beijing

from .. import markdown, schedule
from ..dingtalk import to_dos

SUBJECT = 300  # bytes
# Opens a URL in the side panel on computers.
SLIDE = "dingtalk://dingtalkclient/page/link?"


def moment_of(value):
    """Return DingTalk's time as UTC time in whole seconds, None for none."""
    return beijing.EPOCH + datetime.timedelta(seconds=value // 1000) if value else None


class DingdingTodo(models.Model):
    """Build the values of an activity's to-do."""

    _inherit = "dingding.todo"

    @api.model
    def _prepare_values(self, activity, person, record, planner, known):
        """Return the values that DingTalk should store.

        In the person's language and time zone, with names visible to the person.

        :param known: to-dos of the activity
        """
        user = activity.user_id
        mine = compat.with_user(activity, user).with_context(**user._dingding_context())
        seen = record.with_env(mine.env)
        # sudo: later series read the type with the document's rights.
        what = mine.sudo().summary or mine.sudo().activity_type_id.name
        name = "" if record == activity else seen.display_name
        actor = self._actor_of(planner, person)
        # DingTalk shows its creator, who stays that even after leaving.
        creator = known.filtered(
            lambda row: row.person_id == person and row.source_id
            and row.status in ("new", "open", "done") and not row.is_personal
        )[:1].actor or actor
        by = creator == person.unionid and planner != user and planner.active
        subject = " \u2013 ".join(filter(None, [what, name, by and planner.name]))
        subject = markdown.cut(
            markdown.plain(html_escape(subject)), SUBJECT) or "Odoo"
        compat.separate_users(self.env)
        return {
            "person_id": person.id, "user_id": user.id, "corp_id": person.corp_id.id,
            "name": subject, "res_model": record._name, "res_id": record.id,
            "due_at": fields.Datetime.to_string(self._due_of(activity, user)),
            "actor": actor, "executor": person.unionid,
            "planner_id": planner.id,
            "activity_type_id": activity.activity_type_id.id,
            "summary": activity.summary or False,
        }

    @api.model
    def _due_of(self, activity, user):
        """Return the end of the day of the deadline in the user's time zone, in UTC."""
        day = fields.Date.from_string(activity.date_deadline)
        zone = schedule.zone(user.tz, beijing.ZONE)
        last = schedule.at_hour(day, 24) - datetime.timedelta(minutes=1)
        return schedule.utc(last, zone)

    @api.model
    def _actor_of(self, planner, person):
        """Return the planner's UnionID, else the person's.

        :param planner: empty if the user was deleted
        """
        found = self.env["dingding.user"].search(
            [("user_id", "in", planner.ids), ("corp_id", "=", person.corp_id.id),
             ("unionid", "!=", False)], limit=1,
        )
        return found.unionid or person.unionid

    def _announce(self):
        """Return how DingTalk announces the to-do: 'assistant', 'ding' or 'none'."""
        if self.planner_id == self.user_id:
            return "none"
        return self.corp_id.todo_announce

    def _prepare_call(self):
        """Return the arguments that create this to-do."""
        announce = self._announce()
        if announce == "ding" and self.actor == self.executor:
            # Nobody gets a DING from himself.
            announce = "assistant"
        pc_url = SLIDE + urlencode([("url", self.url), ("pc_slide", "true")])
        return {
            "actor": self.actor, "source_id": self.source_id, "subject": self.name,
            "executors": [self._executor()], "url": self.url,
            "pc_url": pc_url if len(pc_url) <= to_dos.MAX_ADDRESS else None,
            "due": beijing.milliseconds(
                fields.Datetime.from_string(self.due_at)),
            "ding": announce == "ding", "assistant": announce == "assistant",
        }
