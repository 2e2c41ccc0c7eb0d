# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from .. import compat
from .common import DingTalkCase, portable

RENAME = "UPDATE res_partner SET name = %s WHERE id = %s"


@portable
class TestCursor(DingTalkCase):
    """The cursors that tests give the code in place of transactions of its own."""

    def setUp(self):
        super().setUp()
        self.partner = self.env["res.partner"].create({"name": "Before"})
        self.dbname = self.env.cr.dbname

    def check_name(self, name):
        compat.forget(self.env)
        self.assertEqual(self.partner.name, name)

    def test_what_was_committed_stays(self):
        with compat.open_cursor(self.dbname) as cr:
            cr.execute(RENAME, ["First", self.partner.id])
            cr.commit()  # pylint: disable=invalid-commit
            for _time in range(2):
                cr.execute(RENAME, ["Lost", self.partner.id])
                cr.rollback()
        self.check_name("First")
        with self.assertRaises(ValueError):
            with compat.open_cursor(self.dbname) as cr:
                cr.execute(RENAME, ["Last", self.partner.id])
                cr.commit()  # pylint: disable=invalid-commit
                cr.execute(RENAME, ["Lost", self.partner.id])
                raise ValueError
        self.check_name("Last")

    def test_what_goes_past_the_cursor_is_rolled_back_too(self):
        with compat.open_cursor(self.dbname) as cr:
            cr.commit()  # pylint: disable=invalid-commit
            compat.execute_unseen(cr, RENAME, ["Lost", self.partner.id])
            cr.rollback()
        self.check_name("Before")

    def test_no_statement_is_for_nothing(self):
        with self.counted() as statements:
            with compat.open_cursor(self.dbname) as cr:
                cr.execute("SELECT 1")
                cr.commit()  # pylint: disable=invalid-commit
        self.assertEqual(
            [statement.split()[0] for statement in statements],
            ["SAVEPOINT", "SELECT", "RELEASE"])
