# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import math

from odoo import api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.api.robots import PER_MINUTE
from odoo.addons.dingding.dingtalk.errors import MAX_WAIT_HINT
from odoo.addons.dingding.models.queue import take_lock

# First key of the advisory locks that serialise workers taking a slot.
LOCK_SLOT = 0x44540005
WINDOW = 60  # seconds
# A call keeps its slot: only its end tells when DingTalk counted it.
UNDER_WAY = 120  # seconds
# The clock was set back.
FARTHEST = MAX_WAIT_HINT + UNDER_WAY  # seconds
# Added to DingTalk's minute for clock differences and latency.
MARGIN = 1  # seconds


class DingdingRobotSlot(models.Model):
    """One slot in the rate limit of a robot.

    A 21st message in a minute blocks the robot for ten minutes, so all workers share
    slots.
    """

    _name = "dingding.robot.slot"
    _description = "DingTalk Robot Rate Limit Slot"

    robot_id = fields.Many2one(
        "dingding.robot", string="Robot", required=True, readonly=True, index=True,
        ondelete="cascade",
    )
    until = fields.Datetime(required=True, readonly=True)
    weight = fields.Integer(default=1, required=True, readonly=True)

    @api.model
    def _take(self, robot_id):
        """Take a slot in the robot's minute; commits by itself.

        :return: (id of the slot, 0), or (None, seconds until one is free)
        """
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            take_lock(cr, LOCK_SLOT, robot_id, seconds=None)
            cr.execute(
                "DELETE FROM dingding_robot_slot WHERE robot_id = %s"
                " AND (until <= clock_timestamp() AT TIME ZONE 'UTC'"
                " OR until > clock_timestamp() AT TIME ZONE 'UTC' + %s)",
                [robot_id, datetime.timedelta(seconds=FARTHEST)],
            )
            cr.execute(
                "SELECT weight, extract(epoch FROM"
                " until - clock_timestamp() AT TIME ZONE 'UTC')"
                " FROM dingding_robot_slot WHERE robot_id = %s ORDER BY until",
                [robot_id],
            )
            places = cr.fetchall()
            taken = sum(weight for weight, _seconds in places)
            wait = 0
            for weight, seconds in places:
                if taken < PER_MINUTE:
                    break
                taken -= weight
                wait = max(math.ceil(seconds), 1)
            if wait:
                return None, wait
            return self._insert(cr, robot_id, UNDER_WAY, 1), 0

    @api.model
    def _insert(self, cr, robot_id, seconds, weight):
        cr.execute(
            "INSERT INTO dingding_robot_slot (robot_id, weight, until)"
            " VALUES (%s, %s, clock_timestamp() AT TIME ZONE 'UTC' + %s)"
            " RETURNING id",
            [robot_id, weight, datetime.timedelta(seconds=seconds)],
        )
        return cr.fetchone()[0]

    @api.model
    def _used(self, slot_id):
        """Start a slot's minute now that DingTalk has answered; commits by itself."""
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            cr.execute(
                "UPDATE dingding_robot_slot"
                " SET until = clock_timestamp() AT TIME ZONE 'UTC' + %s WHERE id = %s",
                [datetime.timedelta(seconds=WINDOW + MARGIN), slot_id],
            )

    @api.model
    def _silence(self, robot_id, seconds):
        """Block all calls for this many seconds; commits by itself."""
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            take_lock(cr, LOCK_SLOT, robot_id, seconds=None)
            self._insert(cr, robot_id, seconds, PER_MINUTE)
