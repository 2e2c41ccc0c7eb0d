# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo.addons.dingding.tests.common import DingTalkCase, portable

from .. import card_press, card_text


@portable
class TestCardText(DingTalkCase):
    def test_marks_lose_their_meaning(self):
        for text, shown in (
            ("*x* `y` [a](b)", "\uff0ax\uff0a \uff40y\uff40 \uff3ba\uff3d(b)"),
            ("a\n\n# b", "a # b"),
            ("# a", "\u200c# a"),
            ("1. a", "\u200c1. a"),
            ("S00_43 _x_", "S00_43 \uff3fx\uff3f"),
            ("http://x.y/", "http\uff1a//x.y/"),
            ("WWW.x.y", "WWW\uff0ex.y"),
            ("${title} @{x}", "$ {title} @ {x}"),
            ("a\u202eb\x00c\u200bd", "abcd"),
            ("<font color=red>", "\uff1cfont color=red\uff1e"),
        ):
            self.assertEqual(card_text.escaped(text), shown, text)

    def test_cut(self):
        self.assertEqual(card_text.cut("\u5b57" * 10, 30), "\u5b57" * 10)
        self.assertEqual(card_text.cut("\u5b57" * 11, 30), "\u5b57" * 9 + "\u2026")
        for limit in range(40):
            text = card_text.cut("a\u5b57" * 10, limit)
            self.assertLessEqual(len(text.encode("utf-8")), limit)

    def test_lines(self):
        pairs = [("A", "1"), ("", "2"), ("C", ""), ("D", "x" * 50)]
        self.assertEqual(card_text.lines(pairs[:3], 100), "**A:** 1\n\n2")
        for limit in range(80):
            text = card_text.lines(pairs, limit)
            self.assertLessEqual(len(text.encode("utf-8")), limit)
            self.assertEqual(text.count("**") % 2, 0)

    def test_read(self):
        inside = {"cardPrivateData": {
            "actionIds": ["action_1"], "params": {
                "a": "x", "b": 5, "c": True, "d": None, "e": {"value": "y"}, "f": []}}}
        press = card_press.read({
            "type": "actionCallback", "outTrackId": "card", "userId": "u",
            "content": json.dumps(inside)})
        self.assertEqual((press.action, press.card, press.userid), (
            "action_1", "card", "u"))
        self.assertEqual(
            press.inputs, {"a": "x", "b": "5", "c": "true", "e": "y"})
        for data in (None, [], "[", {}, {"outTrackId": "x"}, {"userId": "x"},
                     {"outTrackId": 5, "userId": "x"},
                     {"outTrackId": "x", "userId": "x" * 101},
                     {"outTrackId": "x", "userId": "y", "type": "other"}):
            with self.assertRaises(card_press.Unreadable):
                card_press.read(data)
