# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .. import compat
from .common import DingTalkCase, call_as, portable


@portable
class TestUserSessions(DingTalkCase):
    def setUp(self):
        super().setUp()
        self.person = self.env["dingding.user"].with_context(
            dingding_no_push=True
        ).create(
            {"name": "Li", "userid": "li", "corp_id": self.corp.id,
             "user_id": self.user_employee.id})

    def proof(self):
        return self.user_employee._compute_session_token("some-session-id")

    def test_unlinked(self):
        before = self.proof()
        call_as(
            self.user_manager, "dingding.user", "action_unbind", self.person.ids)
        self.assertFalse(self.person.user_id)
        self.assertNotEqual(self.proof(), before)

    def test_unbound_for_good(self):
        """A sync does not link them again."""
        self.corp.write({"link_by_mobile": True})
        self.user_employee.login = "+8613912345678"
        self.person.write({"activated": True, "mobile_number": "+8613912345678"})
        syncs = self.env["dingding.sync"]
        self.person.write({"user_id": False})
        syncs._confirm_links(self.corp)
        self.assertEqual(self.person.user_id, self.user_employee, "the rule applies")
        call_as(
            self.user_manager, "dingding.user", "action_unbind", self.person.ids)
        syncs._confirm_links(self.corp)
        self.assertFalse(self.person.user_id)
        # Linked by hand, they are like all others.
        self.person.write({"user_id": self.user_employee.id})
        self.assertFalse(self.person.user_ignored)

    def test_nobody_keeps_sessions_by_a_context(self):
        before = self.proof()
        call_as(
            self.user_manager, "dingding.user", "write", self.person.ids,
            {"user_id": False}, context={"dingding_keep_sessions": True})
        self.assertNotEqual(self.proof(), before)

    def test_archived(self):
        before = self.proof()
        self.person.write({"title": "Cook"})
        self.assertEqual(self.proof(), before)
        self.person.write({"active": False})
        self.assertNotEqual(self.proof(), before)

    def test_deleted(self):
        """Like an unlinked one."""
        self.user_employee.email = "li@example.com"
        before = self.proof()
        call_as(self.user_manager, "dingding.user", "unlink", self.person.ids)
        self.assertFalse(self.person.exists())
        self.assertNotEqual(self.proof(), before)
        mails = self.env["mail.mail"].search([("email_to", "=", "li@example.com")])
        self.assertIn("no longer", mails.body_html)

    def test_end_sessions(self):
        before = self.user_employee._compute_session_token("some-session-id")
        with self.assertRaises(AccessError):
            call_as(
                self.user_manager, "res.users", "action_dingding_end_sessions",
                self.user_employee.ids)
        call_as(
            self.user_system, "res.users", "action_dingding_end_sessions",
            self.user_employee.ids)
        self.assertNotEqual(
            self.user_employee._compute_session_token("some-session-id"), before)

    def test_sessions_of_an_earlier_series_end_too(self):
        """19 accepts what 18 has stored."""
        if compat.SERIES < 19:
            self.skipTest("18 and earlier know one kind of token")
        user = self.user_employee
        before = user._legacy_session_token_hash_compute("some-session-id")
        user._dingding_end_sessions()
        self.assertNotEqual(
            user._legacy_session_token_hash_compute("some-session-id"), before)

    def test_end_sessions_of_one_user_only(self):
        others = self.user_manager._compute_session_token("another-session")
        self.user_employee._dingding_end_sessions()
        self.assertEqual(
            self.user_manager._compute_session_token("another-session"), others)

    def test_nobody_reads_what_proves_a_session(self):
        """Not a field: grouping would show it."""
        self.user_employee._dingding_end_sessions()
        for model in ("res.users", "dingding.user"):
            for name in self.env[model]._fields:
                self.assertNotIn("salt", name)
        for call in (
            ("read_group", [], ["dingding_salt"], ["dingding_salt"]),
            ("search", [("dingding_salt", "!=", False)]),
            ("read", self.user_employee.ids, ["dingding_salt"]),
        ):
            with self.assertRaises(Exception), self.env.cr.savepoint(), mute_logger(
                "odoo.sql_db"
            ):
                found = call_as(self.user_system, "res.users", *call)
                # 11 ignores unknown fields.
                self.assertIn("dingding_salt", found[0])
