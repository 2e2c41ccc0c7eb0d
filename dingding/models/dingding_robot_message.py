# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import json
from collections import OrderedDict

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from .. import compat, preview
from ..dingtalk.errors import RateLimitedError
from .dingding_message_task import utcnow

# How long DingTalk knows the key of a message is not documented. Within an hour, for
# which its signatures are good too, a repetition is taken as harmless.
REPEAT_SECONDS = 3600


class DingdingRobotMessage(models.Model):
    """A message that a robot says in its group; the row is the work.

    Each message has a key of its own, by which DingTalk drops a repetition: an
    attempt with an unknown end is made again.
    """

    _name = "dingding.robot.message"
    _inherit = "dingding.queue.mixin"
    _description = "DingTalk Robot Message"
    _order = "id desc"

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
        ],
        required=True, readonly=True,
    )
    body = fields.Text(
        required=True, readonly=True, help="What DingTalk is given, as JSON."
    )
    content = fields.Text(compute="_compute_content")
    uuid = fields.Char(
        string="Key of the message", required=True, readonly=True, copy=False
    )
    sender_id = fields.Many2one(
        "res.users", string="Sender", required=True, readonly=True,
        ondelete="restrict", index=True,
    )
    maybe_since = fields.Datetime(
        string="May have arrived since", readonly=True, copy=False,
        help="First attempt whose outcome is not known to have been a failure.",
    )
    maybe_attempt = fields.Integer(readonly=True, copy=False)
    sent_at = fields.Datetime(string="Sent on", readonly=True, copy=False)

    def init(self):
        result = super(DingdingRobotMessage, self).init()
        compat.date_index(self.env.cr, self._table)
        return result

    @api.depends("body")
    def _compute_content(self):
        for message in self:
            message.content = preview.plain(message._loaded_body())

    def _loaded_body(self):
        return json.loads(self.body or "{}", object_pairs_hook=OrderedDict)

    @compat.create_multi
    def create(self, vals_list):
        self._check_only_system()
        return compat.super_create(super(DingdingRobotMessage, self), vals_list)

    def write(self, vals):
        self._check_only_system()
        return super(DingdingRobotMessage, self).write(vals)

    def _check_only_system(self):
        """Keep people from writing rows by RPC that were never sent like that."""
        if not compat.is_superuser(self.env):
            raise AccessError(
                _("A message is made by sending it, and is not changed afterwards.")
            )

    # -- sending ---------------------------------------------------------------------

    def _work(self, deadline):
        if self.sent_at:
            # Said; only our own row was still to be closed.
            return None
        robot = self.robot_id
        if not robot.active:
            self._give_up(_("The robot %s is archived.") % robot.name)
            return False
        slot_id, wait = self.env["dingding.robot.slot"]._take(robot.id)
        if wait:
            self._postpone(wait)
            return False
        if not self.maybe_since:
            self.write(
                {
                    "maybe_since": fields.Datetime.to_string(utcnow()),
                    "maybe_attempt": self.attempts,
                }
            )
        # Whoever finds this row after a crash must know that it may have arrived.
        self._commit()
        try:
            robot._say(self._loaded_body(), self.uuid)
            self._remember({"sent_at": fields.Datetime.to_string(utcnow())})
        finally:
            self.env["dingding.robot.slot"]._used(slot_id)
        return None

    def _settle(self):
        if not self.maybe_since or self.sent_at:
            return True
        age = utcnow() - fields.Datetime.from_string(self.maybe_since)
        return age < datetime.timedelta(seconds=REPEAT_SECONDS)

    def _failed(self, error):
        if not error.outcome_unknown and self.maybe_attempt == self.attempts:
            # DingTalk said no to the only attempt that could have arrived.
            self.write({"maybe_since": False, "maybe_attempt": 0})
        if isinstance(error, RateLimitedError):
            self.env["dingding.robot.slot"]._silence(self.robot_id.id, error.wait)
        return super(DingdingRobotMessage, self)._failed(error)

    def _give_up(self, message):
        if self.sent_at:
            return self._ended("done", message)
        if self.maybe_since:
            # Not sure to have failed: an earlier attempt may have arrived.
            return self._unknown(message)
        return super(DingdingRobotMessage, self)._give_up(message)

    def action_retry(self):
        """Send once more what failed; a person has decided so."""
        rows = self.filtered(lambda row: row.state in ("failed", "unknown"))
        result = super(DingdingRobotMessage, self).action_retry()
        rows.sudo().write({"maybe_since": False, "maybe_attempt": 0})
        return result

    def action_mark_sent(self):
        """Take what has an unknown outcome as sent: a person has looked.

        :raise AccessError: for anybody but managers
        """
        compat.check_access(self, "read")
        if not self.env.user.has_group("dingding.group_manager"):
            raise AccessError(_("Only DingTalk managers may do that."))
        for row in self.sudo().filtered(lambda row: row.state == "unknown"):
            row.sent_at = row.maybe_since
            row._done()
        return True


class DingdingBackground(models.AbstractModel):
    _inherit = "dingding.background"

    @api.model
    def _queue_models(self):
        names = super(DingdingBackground, self)._queue_models()
        return names[:1] + ["dingding.robot.message"] + names[1:]
