# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding.tests.common import portable

from .leave_case import ROWS, TYPES, LeaveCase


@portable
class TestLeaveOverview(LeaveCase):
    def test_line(self):
        self.assertIsNone(self.overview_line("leave"))
        officer = self._make_user(
            self.env, "officer", "dingding.group_manager",
            "hr_holidays.group_hr_holidays_user")
        line = self.overview_line("leave", officer)
        self.assertEqual((line["value"], line["state"]), ("0, with problems: 0", "ok"))
        self.env[ROWS].create({
            "corp_id": self.corp.id, "lead": "dingtalk", "status": "approved",
            "problem": "Overlap"})
        line = self.overview_line("leave", officer)
        self.assertEqual(
            (line["value"], line["state"]), ("1, with problems: 1", "warning"))
        self.assertEqual(line["action"]["res_model"], ROWS)

    def test_steps(self):
        self.env[TYPES].search([]).write({"lead": "none"})
        self.assertTrue(self.setup_step("leave_types")["done"])
        step = self.setup_step("leave")
        self.assertFalse(step["done"])
        self.assertEqual(step["action"]["res_model"], TYPES)
        self.env[TYPES].search([]).unlink()
        self.assertFalse(self.setup_step("leave_types")["done"])
