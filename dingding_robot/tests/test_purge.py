# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from .test_robot import RobotCase


@portable
class TestPurge(RobotCase):
    def test_messages(self):
        rows = self.env["dingding.robot.message"]
        for state in ("done", "failed", "cancelled", "queued", "unknown"):
            row = self.robot.send_text(state)
            row.sudo().write({"state": state})
            rows |= row
        young = self.robot.send_text("young")
        young.sudo().write({"state": "done"})
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_robot_message SET create_date = now() AT TIME ZONE 'UTC'"
            " - interval '366 days' WHERE id IN %s", [tuple(rows.ids)],
        )
        compat.forget(self.env)
        self.env["dingding.purge"]._cron_purge()
        compat.forget(self.env)
        self.assertEqual(
            sorted(rows.exists().mapped("state")), ["queued", "unknown"])
        self.assertTrue(young.exists())
