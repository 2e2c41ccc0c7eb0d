# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import contextlib

from odoo.exceptions import AccessError, UserError

from .. import compat
from ..models import dingding_press
from .common import DingTalkCase, call_as, portable


@portable
class TestPress(DingTalkCase):
    """Buttons that cost calls are limited for employees."""

    def setUp(self):
        super().setUp()
        partners = self.env["res.partner"]
        for name in ("Desk", "Chair"):
            partners |= partners.create({"name": name})
        self.records = partners

    def press(self, user, records=None, button="refresh", **options):
        """Return the records that a press of a user acts on."""
        presses = compat.with_user(self.env["dingding.press"], user)
        return presses._allow(
            self.records if records is None else records, button, **options)

    def later(self, seconds):
        """Let time pass."""
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_press SET pressed_at = pressed_at"
            " - %s * interval '1 second'", [seconds])
        compat.forget(self.env)

    def test_once_a_minute_about_a_record(self):
        one, other = self.records
        self.assertEqual(self.press(self.user_employee, one), one)
        self.assertEqual(self.press(self.user_employee), other)
        # For all users: the answer of a moment ago is known.
        self.assertFalse(self.press(self.user_dingtalk))
        self.assertEqual(self.press(self.user_dingtalk, button="x"), self.records)
        self.later(dingding_press.PRESS_SECONDS)
        self.assertEqual(self.press(self.user_dingtalk), self.records)
        self.assertFalse(self.press(self.user_employee, one.browse()))

    def test_retries_say_so(self):
        presses = compat.with_user(self.env["dingding.press"], self.user_employee)
        self.assertEqual(
            presses._allow_again(self.records, "retry"), self.records)
        with self.assertRaises(UserError) as caught:
            presses._allow_again(self.records, "retry")
        self.assertIn("a moment ago", caught.exception.args[0])
        # Nothing to retry is not a mistake.
        self.assertFalse(presses._allow_again(self.records.browse(), "retry"))

    def test_a_limit_a_day(self):
        for _number in range(2):
            self.press(self.user_employee, most=4)
            self.later(dingding_press.PRESS_SECONDS)
        with self.assertRaises(UserError) as caught:
            self.press(self.user_employee, self.records[0], most=4)
        self.assertIn("4 times", caught.exception.args[0])
        # Of one button, and of one user.
        self.press(self.user_employee, button="x", most=4)
        self.press(self.user_dingtalk, most=4)
        self.later(24 * 3600)
        self.press(self.user_employee, most=4)

    def test_without_a_pause(self):
        for _number in range(3):
            self.assertEqual(
                self.press(self.user_employee, seconds=0, most=6), self.records)
        with self.assertRaises(UserError):
            self.press(self.user_employee, seconds=0, most=6)

    def test_presses_of_one_transaction(self):
        """A call may press for many records; another connection sees none of them."""
        class Blind(object):
            def execute(self, *_args):
                """See nothing."""

            def fetchone(self):
                return (0,)

            def fetchall(self):
                return []

        @contextlib.contextmanager
        def open_cursor(_dbname):
            yield Blind()

        self._replace(compat, "open_cursor", open_cursor)
        for record in self.records:
            self.press(self.user_employee, record, seconds=0, most=2)
        with self.assertRaises(UserError):
            self.press(self.user_employee, self.records[0], seconds=0, most=2)
        with self.assertRaises(UserError) as caught:
            self.press(
                self.user_employee, self.records[0], seconds=0, most=2, text="Enough")
        self.assertEqual(caught.exception.args[0], "Enough")

    def test_nobody_forges_presses(self):
        context = {"default_pressed_at": "2001-01-01 00:00:00"}
        presses = compat.with_user(self.env["dingding.press"], self.user_employee)
        presses = presses.with_context(**context)
        presses._allow(self.records, "refresh")
        self.assertFalse(presses._allow(self.records, "refresh"))
        rows = self.env["dingding.press"].search([])
        self.assertEqual(rows.mapped("user_id"), self.user_employee)
        for user in (self.user_employee, self.user_manager, self.user_system):
            for method, args in (("read", ()), ("unlink", ())):
                with self.assertRaises(AccessError):
                    call_as(user, "dingding.press", method, rows.ids, *args)

    def test_old_ones_are_deleted(self):
        self.press(self.user_employee)
        rows = self.env["dingding.press"].search([])
        self.env["dingding.purge"]._cron_purge()
        self.assertTrue(rows.exists())
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_press SET create_date = create_date - interval '8 days'")
        compat.forget(self.env)
        self.env["dingding.purge"]._cron_purge()
        self.assertFalse(rows.exists())
