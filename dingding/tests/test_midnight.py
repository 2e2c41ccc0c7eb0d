# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import types

from . import common
from .common import DingTalkCase, portable, wait_for_midnight


@portable
class TestMidnight(DingTalkCase):
    def test_no_day_ends_during_a_test(self):
        slept, midnight = [], 20000 * 86400
        self._replace(common, "time", types.SimpleNamespace(sleep=slept.append))
        for moment, seconds in (
            (midnight - 30, [30.1]), (midnight - 90, []), (midnight, []),
            (midnight - 8 * 3600 - 1, [1.1]), (midnight - 8 * 3600, []),
        ):
            del slept[:]
            self._replace(common, "real_clock", lambda moment=moment: moment)
            wait_for_midnight()
            self.assertEqual([round(each, 3) for each in slept], seconds, moment)
