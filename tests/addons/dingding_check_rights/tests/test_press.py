# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""No button ends in a traceback."""
import logging

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from .matrix_case import MatrixCase
from .presses import Presses

ALL = ("manager", "system", "hr", "dingtalk", "employee")
FEW = ("manager", "system")


@portable
class TestPress(MatrixCase):
    def test_press_everything(self):
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        presses = Presses(self.env, self.roles, self.rows())
        presses.press_all("a fresh row", ALL)
        presses.press_none(FEW)
        presses.press_states(FEW, "A")
        presses.press_emptied(FEW, "A")
        for corp in (self.corp, self.corp_b):
            corp.write({"active": False})
        compat.flush(self.env)
        presses.press_all("an archived organisation", FEW)
        self.assertGreater(presses.count, 3000)
        self.assertFalse(presses.wrong, "\n".join(presses.wrong))
