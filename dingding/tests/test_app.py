# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError, UserError, ValidationError

from ..dingtalk.limits import AT_ONCE
from .common import DingTalkCase, portable


@portable
class TestApp(DingTalkCase):
    def add_app(self, key="second-key", **values):
        return self.env["dingding.app"].create(
            dict({"name": "Second", "corp_id": self.corp.id, "app_key": key}, **values)
        )

    # -- one form for organisation and main application ------------------------

    def test_one_form(self):
        corp = self.env["dingding.corp"].create(
            {
                "name": "One form",
                "app_key": "one-form-key",
                "app_secret": "one-form-secret",
                "agent_id": "4711",
            }
        )
        self.assertEqual(len(corp.app_ids), 1)
        self.assertEqual(corp.app_id, corp.app_ids)
        self.assertEqual(corp.app_id.name, "One form")
        self.assertEqual(corp.app_id.agent_id, "4711")
        self.assertEqual(corp.app_id._secret(), "one-form-secret")
        corp.write({"agent_id": "4712", "app_secret": "other-secret"})
        self.assertEqual(len(corp.app_ids), 1)
        self.assertEqual(corp.app_id.agent_id, "4712")
        self.assertEqual(corp.app_id._secret(), "other-secret")

    def test_without_an_application_first(self):
        corp = self.env["dingding.corp"].create({"name": "Later"})
        self.assertFalse(corp.app_ids)
        with self.assertRaises(UserError) as caught:
            corp._app_for("contact")
        self.assertIn("Later", str(caught.exception))
        with self.assertRaises(ValidationError):
            corp.write({"app_secret": "a-secret-without-key"})
        corp.write({"agent_id": False, "app_key": False})
        self.assertFalse(corp.app_ids)
        corp.write({"app_key": "later-key", "app_secret": "later-secret"})
        self.assertEqual(corp.app_id._secret(), "later-secret")
        self.assertEqual(corp._app_for("contact"), corp.app_id)

    def test_first_application_is_the_main_one(self):
        corp = self.env["dingding.corp"].create(
            {"name": "By list", "app_ids": [(0, 0, {"name": "A", "app_key": "list-1"})]}
        )
        self.assertEqual(corp.app_id.app_key, "list-1")
        self.assertEqual(corp.app_key, "list-1")

    def test_main_fields_and_list_in_one_go(self):
        corp = self.env["dingding.corp"].create(
            {
                "name": "Both",
                "app_key": "both-main",
                "app_ids": [(0, 0, {"name": "A", "app_key": "both-list"})],
            }
        )
        self.assertEqual(corp.app_id.app_key, "both-main")
        self.assertEqual(
            sorted(corp.app_ids.mapped("app_key")), ["both-list", "both-main"]
        )

    def test_choosing_another_main_application(self):
        """The form sends the shown key."""
        second = self.add_app(agent_id="2")
        first = self.app
        key = first.app_key
        self.corp.write(
            {"app_id": second.id, "app_key": "second-key", "agent_id": "2"}
        )
        self.assertEqual(first.app_key, key)
        self.assertEqual(self.corp.app_key, "second-key")

    # -- which application serves what -----------------------------------------

    def test_purposes(self):
        second = self.add_app()
        self.assertEqual(self.corp._app_for("message"), self.app)
        self.corp.message_app_id = second
        self.assertEqual(self.corp._app_for("message"), second)
        self.assertEqual(self.corp._app_for("contact"), self.app)
        second.active = False
        self.assertEqual(self.corp._app_for("message"), self.app)
        self.app.active = False
        with self.assertRaises(UserError):
            self.corp._app_for("message")

    def test_deleting_the_main_application(self):
        second = self.add_app()
        self.app.unlink()
        self.assertEqual(self.corp.app_id, second)
        self.assertEqual(self.corp._app_for("contact"), second)
        second.unlink()
        self.assertFalse(self.corp.app_id)
        self.assertFalse(self.corp.app_key)

    def test_deleting_an_organisation_that_was_checked(self):
        self.env["dingding.health"]._open(self.corp)
        self.corp.unlink()
        self.assertFalse(self.app.exists())

    def test_an_application_of_another_organisation(self):
        other = self.env["dingding.corp"].create({"name": "Other", "app_key": "o-1"})
        for field in ("app_id", "contact_app_id", "message_app_id"):
            with self.assertRaises(ValidationError):
                with self.env.cr.savepoint():
                    self.corp.write({field: other.app_id.id})
        with self.assertRaises(ValidationError):
            self.app.corp_id = other

    # -- bad input -------------------------------------------------------------

    def test_a_key_is_used_once(self):
        for vals in (
            {"name": "Twice", "app_key": self.app.app_key},
            {"name": "Twice", "app_key": " %s " % self.app.app_key},
        ):
            with self.assertRaises(ValidationError) as caught:
                with self.env.cr.savepoint():
                    self.env["dingding.corp"].create(vals)
            self.assertIn(self.app.name, str(caught.exception))
        self.app.active = False
        with self.assertRaises(ValidationError):
            self.add_app(key=self.app.app_key)
        second = self.add_app()
        with self.assertRaises(ValidationError):
            second.app_key = self.app.app_key
        second.write({"app_key": "second-key"})

    def test_a_corp_id_is_used_once_and_may_be_empty(self):
        with self.assertRaises(ValidationError):
            self.env["dingding.corp"].create(
                {"name": "Twice", "corp_id": "%s " % self.corp.corp_id}
            )
        for value in ("", "  ", False):
            corp = self.env["dingding.corp"].create({"name": "None", "corp_id": value})
            self.assertFalse(corp.corp_id)

    def test_values_that_cannot_be(self):
        for vals in (
            {"app_key": False},
            {"app_key": ""},
            {"app_key": "a b"},
            {"app_key": "x\n"[:1] + "/../"},
            {"app_key": u"\u9489\u9489"},
            {"agent_id": "abc"},
            {"agent_id": "12\u0663"},
            {"calls_per_second": 0},
            {"calls_at_once": 0},
            {"calls_at_once": 33},
            {"oapi_url": "ftp://x"},
            {"oapi_url": "javascript:alert(1)"},
            {"api_url": "https://user:pw@host"},
            {"api_url": "https://host/?a=b"},
            {"login_url": "https://"},
        ):
            with self.assertRaises(ValidationError):
                with self.env.cr.savepoint():
                    self.app.write(vals)

    def test_default_addresses_are_dingtalks(self):
        app = self.add_app()
        self.assertEqual(app.oapi_url, "https://oapi.dingtalk.com")
        self.assertEqual(app.api_url, "https://api.dingtalk.com")
        self.assertEqual(app.login_url, "https://login.dingtalk.com")
        self.app.write({"oapi_url": False})
        self.assertEqual(self.app.oapi_url, "https://oapi.dingtalk.com")

    # -- the seam --------------------------------------------------------------

    def test_client_gets_values(self):
        client = self.app._dingtalk_client(max_attempts=1)
        self.assertEqual(client.credential.app_key, self.simulator.app_key)
        self.assertEqual(client.credential.agent_id, self.simulator.agent_id)
        self.assertEqual(client.credential.corp_id, self.simulator.corp_id)
        self.assertEqual(client.hosts.oapi, self.simulator.url)
        self.assertEqual(client.max_attempts, 1)
        self.assertNotIn(self.simulator.app_secret, repr(client))

    def test_one_limiter_for_all_clients(self):
        one, two = self.app._dingtalk_client(), self.app._dingtalk_client()
        self.assertIs(one.limiter, two.limiter)
        self.app.calls_per_second = 7
        self.assertEqual(self.app._dingtalk_client().limiter.calls, 7)

    def test_concurrent_calls_are_a_setting(self):
        self.assertEqual(self.app._dingtalk_client().at_once, AT_ONCE)
        for number in (1, 32):
            self.app.calls_at_once = number
            self.assertEqual(self.app._dingtalk_client().at_once, number)

    def test_only_administrators_set_concurrent_calls(self):
        vals = {"name": "Third", "corp_id": self.corp.id, "app_key": "third-key"}
        apps = self.env(user=self.user_manager.id)["dingding.app"]
        app = apps.create(vals)
        self.assertEqual(app.sudo().calls_at_once, AT_ONCE)
        with self.assertRaises(AccessError):
            app.write({"calls_at_once": 2})
        with self.assertRaises(AccessError):
            apps.create(dict(vals, app_key="fourth-key", calls_at_once=2))

    def test_two_organisations(self):
        other = self._make_corp(
            self.env, self.simulator, name="Two", corp_id=False, app_key="two-1",
        )
        self.assertNotEqual(other.app_id, self.app)
        self.assertEqual(other.app_id.company_id, other.company_id)
        self.assertEqual(self.app.corp_id, self.corp)
