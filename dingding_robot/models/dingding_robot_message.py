# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import json
import time
from collections import OrderedDict

from odoo import _, api, fields, models

from odoo.addons.dingding import compat, preview, rights
from odoo.addons.dingding.dingtalk.errors import RateLimitedError

# Signatures are valid for an hour, so repetitions within it count as harmless.
REPEAT_SECONDS = 3600


class DingdingRobotMessage(models.Model):
    """A message to a robot's group; the row is also its queue entry.

    DingTalk drops repetitions of a key, so unknown results are repeated.
    """

    _name = "dingding.robot.message"
    _inherit = ["dingding.sent.mixin", "dingding.queue.mixin"]
    _description = "DingTalk Robot Message"
    _order = "id desc"
    _corp_path = "corp_id"
    _begin_anew = {"maybe_since": False, "maybe_attempt": 0}

    robot_id = fields.Many2one(
        "dingding.robot", string="Robot", required=True, readonly=True, index=True,
        ondelete="cascade",
    )
    corp_id = fields.Many2one(
        related="robot_id.corp_id", string="Organisation", readonly=True, store=True,
        index=True,
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", string="Company", readonly=True, store=True,
        index=True,
    )
    name = fields.Char(string="Subject", required=True, readonly=True)
    kind = fields.Selection(
        [
            ("text", "Text"),
            ("markdown", "Markdown"),
            ("link", "Link"),
            ("actionCard", "Action card"),
        ], string="Type",
        required=True, readonly=True,
    )
    body = fields.Text(
        required=True, readonly=True, help="Content sent to DingTalk, as JSON."
    )
    content = fields.Text(compute="_compute_content")
    uuid = fields.Char(
        string="Message key", required=True, readonly=True, copy=False
    )
    sender_id = fields.Many2one(
        "res.users", string="Sender", required=True, readonly=True,
        ondelete="restrict", index=True,
    )
    maybe_since = fields.Datetime(
        string="May have arrived since", readonly=True, copy=False,
        help="Time of the first attempt that may have reached DingTalk.",
    )
    maybe_attempt = fields.Integer(
        string="Uncertain attempt", readonly=True, copy=False
    )
    sent_at = fields.Datetime(string="Sent on", readonly=True, copy=False)

    @api.depends("body")
    def _compute_content(self):
        for message in self:
            message.content = preview.plain(message._loaded_body())

    def _loaded_body(self):
        return json.loads(self.body or "{}", object_pairs_hook=OrderedDict)

    # -- sending ---------------------------------------------------------------------

    def _was_carried_out(self):
        return bool(self.sent_at)

    def _work(self, deadline):
        if self.sent_at:
            # Already sent; only the row was still open.
            return None
        robot = self.robot_id
        if not robot.active:
            self._give_up(_("The robot %s is archived.") % robot.name)
            return False
        slot_id, wait = self.env["dingding.robot.slot"]._take(robot._counted_as())
        if wait:
            self._postpone(wait)
            return False
        since, began = self._now(), time.monotonic()
        if not self.maybe_since:
            self.write(
                {
                    "maybe_since": fields.Datetime.to_string(since),
                    "maybe_attempt": self.attempts,
                }
            )
        # After a crash, the message may have arrived.
        self._commit()
        try:
            robot._say(self._loaded_body(), self.uuid)
            # The database's time, which may be restarting now.
            sent_at = since + datetime.timedelta(seconds=int(time.monotonic() - began))
            self._remember({"sent_at": fields.Datetime.to_string(sent_at)})
        finally:
            self.env["dingding.robot.slot"]._used(slot_id)
        return None

    def _settle(self):
        if not self.maybe_since or self.sent_at:
            return True
        age = self._now() - fields.Datetime.from_string(self.maybe_since)
        return age < datetime.timedelta(seconds=REPEAT_SECONDS)

    def _failed(self, error):
        if not error.outcome_unknown and self.maybe_attempt == self.attempts:
            # The only attempt that could have arrived was refused.
            self.write({"maybe_since": False, "maybe_attempt": 0})
        if isinstance(error, RateLimitedError):
            self.env["dingding.robot.slot"]._silence(
                self.robot_id._counted_as(), error.wait)
        return super()._failed(error)

    def _give_up(self, message):
        if self.sent_at:
            return self._ended("done", message)
        if self.maybe_since:
            # An earlier attempt may have arrived.
            return self._unknown(message)
        return super()._give_up(message)

    def action_mark_sent(self):
        """Mark a message with an unknown result as sent.

        :raise AccessError: the user is not a manager
        """
        compat.check_access(self, "read")
        rights.check_manager(self)
        for row in self.sudo().filtered(lambda row: row.state == "unknown"):
            row.sent_at = row.maybe_since
            row._done()
        return True
