# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import cProfile
import pstats
import time

from odoo.addons.dingding.tests.common import portable

from .card_case import CardCase


@portable
class TestCardCost(CardCase):

    def test_statements(self):
        cards = [self.send() for _each in range(4)]
        self.press(cards[0].copy_ids)
        with self.counted() as statements:
            self.press(cards[1].copy_ids)
        with open("/tmp/rb/statements.txt", "w") as out:
            for each in statements:
                out.write(" ".join(each.split())[:260] + "\n")
        with self.counted() as statements:
            self.work()
        with open("/tmp/rb/statements_work.txt", "w") as out:
            for each in statements:
                out.write(" ".join(each.split())[:260] + "\n")
        profile = cProfile.Profile()
        begun = time.process_time()
        profile.enable()
        self.press(cards[2].copy_ids)
        profile.disable()
        with open("/tmp/rb/profile.txt", "w") as out:
            out.write("%s\n" % (time.process_time() - begun))
            pstats.Stats(profile, stream=out).sort_stats("cumulative").print_stats(90)
        begun = time.process_time()
        self.press(cards[3].copy_ids)
        with open("/tmp/rb/profile.txt", "a") as out:
            out.write("%s\n" % (time.process_time() - begun))
        cards = [self.send() for _each in range(20)]
        begun = time.process_time()
        for each in cards:
            self.press(each.copy_ids)
        with open("/tmp/rb/profile.txt", "a") as out:
            out.write("20 presses: %s\n" % (time.process_time() - begun))
