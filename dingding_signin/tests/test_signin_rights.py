# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.tests.common import DingTalkCase, call_as, portable
from odoo.addons.dingding.tests.outgoing_case import OutgoingCase
from odoo.addons.dingding.tests.test_attacks import IdentityMixin
from odoo.addons.dingding.tests.test_rights import RightsMixin

from ..models.dingding_corp_signin import GUARDED


@portable
class TestSigninCorpRights(IdentityMixin, RightsMixin, DingTalkCase):
    """Only administrators change the sign-in settings of an organisation."""

    def values(self):
        """Return another value of each guarded field."""
        return {
            "signin_oauth2": True,
            "signin_widget": True,
            "signin_qr": True,
            "signin_inside": True,
            "signin_classic": True,
            "signin_who": "linked",
            "signin_app_id": self.app.id,
            "signin_contact": "Mr Evil",
        }

    def test_write(self):
        values = self.values()
        self.assertEqual(set(values), set(GUARDED))
        self.check_managers_cannot_write(values)
        # A manager's form may write unchanged values.
        call_as(
            self.user_manager, "dingding.corp", "write", self.corp.ids,
            {"name": "Renamed", "link_by_mobile": True, "signin_who": "link"})
        self.assertEqual(self.corp.name, "Renamed")
        call_as(self.user_system, "dingding.corp", "write", self.corp.ids, values)
        self.assertTrue(self.corp.signin_oauth2)

    def test_create(self):
        for name, value in self.values().items():
            if name != "signin_app_id":
                self.refused(
                    self.user_manager, "dingding.corp", "create",
                    {"name": "Mine", "corp_id": "dingmine", name: value})

    def test_defaults_of_the_context(self):
        model = compat.with_user(self.env["dingding.corp"], self.user_manager)
        corp = model.with_context(
            default_signin_oauth2=True, default_signin_who="create",
        ).create({"name": "Mine"}).with_env(self.env)
        self.assertEqual(
            rights.stored(corp, GUARDED)[corp.id], rights.own_defaults(corp, GUARDED))

    def test_an_application_in_use_is_not_moved(self):
        self.check_application_stays("signin_app_id")

    def test_who_can_sign_in_is_not_locked_out(self):
        """Neither by archiving the organisation nor by another identity."""
        changes = self.identity()
        for name in ("signin_oauth2", "signin_qr"):
            self.corp.write({name: True})
            for record, values in changes:
                self.refused(self.user_manager, record._name, "write", record.ids,
                             values)
            self.corp.write({name: False})
        self.corp.write({"signin_oauth2": True, "active": False})
        self.refused(self.user_manager, "dingding.corp", "write", self.corp.ids,
                     {"active": True})
        self.corp.write({"active": True})
        # Managers may change settings that do not affect identities.
        call_as(self.user_manager, "dingding.corp", "write", self.corp.ids,
                {"name": "Renamed", "agent_id": "4713", "corp_id": self.corp.corp_id})
        call_as(self.user_manager, "dingding.app", "write", self.app.ids,
                {"calls_per_second": 5, "app_key": self.app.app_key})
        for record, values in changes:
            with self.cr.savepoint():
                call_as(self.user_system, record._name, "write", record.ids, values)


@portable
class TestSigninLinks(RightsMixin, OutgoingCase):
    """The log and the mail describe links made by hand."""

    def setUp(self):
        super().setUp()
        self.colleague = self._make_user(self.env, "colleague", "base.group_user")

    def last(self):
        return self.env["dingding.signin.log"].search([], limit=1)

    def told(self):
        return self.env["mail.mail"].search(
            [("email_to", "=", self.colleague.email)], order="id")

    def test_by_hand(self):
        person = self.somebody()
        call_as(self.user_manager, "dingding.user", "write", person.ids,
                {"user_id": self.colleague.id})
        log = self.last()
        self.assertEqual(
            (log.result, log.user_id, log.person_id, log.detail),
            ("bound", self.colleague, person, self.user_manager.login))
        self.assertIn("now signs in as", self.told()[-1].body_html)
        call_as(self.user_manager, "dingding.user", "write", person.ids,
                {"user_id": False})
        self.assertEqual(
            (self.last().result, self.last().user_id), ("unbound", self.colleague))
        self.assertIn("no longer signs in as", self.told()[-1].body_html)

    def test_confirmed(self):
        """For an e-mail written by the user, a manager must confirm the link."""
        self.lead("dingtalk")
        self.corp.link_by_email = True
        person = self.people().filtered("activated").sorted("userid")[0]
        self.change_person(person.userid, email="somebody@example.com")
        self.colleague.partner_id.email = "somebody@example.com"
        self.confirm_it()
        self.assertEqual(person.user_id, self.colleague)
        log = self.last()
        self.assertEqual(
            (log.result, log.user_id, log.detail),
            ("bound", self.colleague, self.user_manager.login))
