# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging
import os

from psycopg2 import IntegrityError, sql

from odoo import SUPERUSER_ID, tools
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .. import compat
from ..models.dingding_secret import MASK
from .common import DingTalkCase, call_as, portable


class Captured(logging.Handler):
    """Everything that is logged, as it would be written."""

    def __init__(self):
        super().__init__(logging.NOTSET)
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))

    def text(self):
        return "\n".join(self.lines)


@portable
class TestSecret(DingTalkCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secret = cls.simulator.app_secret
        cls.superuser = cls.env["res.users"].browse(SUPERUSER_ID)

    def everybody(self):
        users = [
            self.user_public,
            self.user_portal,
            self.user_employee,
            self.user_dingtalk,
            self.user_manager,
            self.user_system,
            self.superuser,
        ]
        return users

    def assertNeverShown(self, answer, *values):
        text = repr(answer)
        for value in values or (self.secret,):
            self.assertNotIn(value, text)

    def attempts(self, model, record):
        """Yield (name, function of a user) for each way to read a record."""

        def way(method, *args, **kwargs):
            return lambda user: call_as(user, model, method, *args, **kwargs)

        ids = record.ids
        secret_fields = ["app_secret", "sealed_value"]
        for name in secret_fields:
            yield "read %s" % name, way("read", ids, [name])
            yield "search_read %s" % name, way("search_read", [], [name])
            yield "export %s" % name, way("export_data", ids, [name])
            yield "group %s" % name, way("read_group", [], [name], [name])
            yield "sum %s" % name, way("read_group", [], ["%s:max" % name], ["id"])
            yield "order %s" % name, way("search", [], order=name)
            like = [(name, "=like", self.secret[:3] + "%")]
            yield "like %s" % name, way("search", like)
            yield "name_search %s" % name, way("name_search", "", [(name, "!=", False)])
        yield "read all", way("read", ids)
        yield "search_read all", way("search_read", [])
        yield "fields_get", way("fields_get")
        yield "default_get", way("default_get", secret_fields)
        yield "name_search", way("name_search", self.secret)

    def test_no_door_shows_the_secret(self):
        self.app._dingtalk_client().app_token()
        token = self.env["dingding.token"].search([("app_id", "=", self.app.id)])
        token_value = token._secret_get()
        self.assertTrue(token_value)
        secret_row = self.env["dingding.secret"].search([("res_id", "=", self.app.id)])
        self.assertEqual(len(secret_row), 1)
        targets = [
            ("dingding.app", self.app),
            ("dingding.corp", self.corp),
            ("dingding.secret", secret_row),
            ("dingding.token", token),
        ]
        read = set()
        for user in self.everybody():
            for model, record in targets:
                for name, attempt in self.attempts(model, record):
                    try:
                        with mute_logger("odoo.osv.expression", "odoo.models"):
                            with self.env.cr.savepoint():
                                answer = attempt(user)
                    except (
                        AccessError, UserError, ValueError, KeyError, AssertionError,
                        AttributeError, TypeError,
                    ):
                        continue
                    read.add((user.login, model))
                    self.assertNeverShown(answer, self.secret, token_value)
        self.assertIn((self.user_system.login, "dingding.app"), read)
        self.assertIn((self.superuser.login, "dingding.secret"), read)

    def test_a_domain_tells_nothing_about_the_secret(self):
        for user in (self.user_system, self.superuser):
            for model in ("dingding.app", "dingding.corp"):
                answers = []
                for guess in (self.secret, "something else"):
                    with mute_logger("odoo.osv.expression"):
                        try:
                            found = call_as(
                                user, model, "search", [("app_secret", "=", guess)]
                            )
                        except (ValueError, UserError):
                            found = None
                    answers.append(found)
                self.assertEqual(answers[0], answers[1])

    def test_mask_is_what_a_system_user_sees(self):
        for model, record in (("dingding.app", self.app), ("dingding.corp", self.corp)):
            rows = call_as(self.user_system, model, "read", record.ids, ["app_secret"])
            self.assertEqual(rows[0]["app_secret"], MASK)
            with self.assertRaises(AccessError):
                call_as(self.user_manager, model, "read", record.ids, ["app_secret"])

    def test_the_writer_does_not_see_it_in_the_same_transaction(self):
        for model, record in (("dingding.app", self.app), ("dingding.corp", self.corp)):
            call_as(
                self.user_system, model, "write", record.ids,
                {"app_secret": "s3cr3t-new"},
            )
            rows = call_as(self.user_system, model, "read", record.ids, ["app_secret"])
            self.assertEqual(rows[0]["app_secret"], MASK)
            self.assertEqual(self.app._secret(), "s3cr3t-new")
            self.app._store_secret("")

    def test_stored_in_the_hidden_column_only(self):
        self.app._dingtalk_client().app_token()
        token = self.env["dingding.token"].search([])._secret_get()
        self.env.cr.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type IN"
            " ('text', 'character varying', 'json', 'jsonb', 'bytea')"
            " AND table_name IN (SELECT tablename FROM pg_tables)"
        )
        places = []
        for table, column in self.env.cr.fetchall():
            compat.execute(
                self.env.cr,
                sql.SQL(
                    "SELECT count(*) FROM {} WHERE position(%s in {}::text) > 0"
                    " OR position(%s in {}::text) > 0"
                ).format(
                    sql.Identifier(table), sql.Identifier(column),
                    sql.Identifier(column),
                ),
                [self.secret, token],
            )
            if self.env.cr.fetchone()[0]:
                places.append((table, column))
        self.assertEqual(
            sorted(places),
            [("dingding_secret", "sealed_value"), ("dingding_token", "sealed_value")],
        )

    def test_only_the_system_group_writes_it(self):
        for model, record in (("dingding.app", self.app), ("dingding.corp", self.corp)):
            for user in self.everybody()[:5]:
                for vals in ({"app_secret": "stolen-by-me"}, {"app_secret": ""}):
                    with self.assertRaises(AccessError):
                        call_as(user, model, "write", record.ids, vals)
        self.assertEqual(self.app._secret(), self.secret)
        with self.assertRaises(AccessError):
            call_as(
                self.user_manager, "dingding.app", "create",
                {
                    "name": "Own",
                    "corp_id": self.corp.id,
                    "app_key": "own-key",
                    "app_secret": "own-secret",
                },
            )
        with self.assertRaises(AccessError):
            call_as(
                self.user_manager, "dingding.corp", "create",
                {"name": "Own", "app_key": "own-key", "app_secret": "own-secret"},
            )

    def test_a_manager_names_no_other_host(self):
        evil = "http://127.0.0.1:9"
        with self.assertRaises(AccessError):
            call_as(
                self.user_manager, "dingding.app", "write", self.app.ids,
                {"api_url": evil},
            )
        values = {"name": "Own", "corp_id": self.corp.id, "app_key": "own-key"}
        with self.assertRaises(AccessError):
            with self.env.cr.savepoint():
                call_as(
                    self.user_manager, "dingding.app", "create",
                    dict(values, api_url=evil),
                )
        env = self.env(user=self.user_manager.id)
        for name in ("oapi_url", "api_url", "login_url"):
            with self.assertRaises(AccessError):
                with self.env.cr.savepoint():
                    env["dingding.app"].with_context(
                        **{"default_%s" % name: evil}
                    ).create(values)
        app = env["dingding.app"].create(values)
        self.assertEqual(app.sudo().oapi_url, "https://oapi.dingtalk.com")

    def test_mask_typed_back_changes_nothing(self):
        self.app.write({"app_secret": MASK})
        self.corp.write({"app_secret": MASK, "agent_id": "77"})
        self.assertEqual(self.app._secret(), self.secret)
        self.assertEqual(self.app.agent_id, "77")
        with self.assertRaises(ValidationError):
            self.app.write({"app_secret": MASK + "x"})

    def test_blanks_around_pasted_values(self):
        self.corp.write(
            {"app_key": " key-1 ", "app_secret": "\tsec-1\n", "agent_id": " 1 "}
        )
        self.assertEqual(self.app.app_key, "key-1")
        self.assertEqual(self.app.agent_id, "1")
        self.assertEqual(self.app._secret(), "sec-1")

    def test_emptied(self):
        self.app.write({"app_secret": False})
        self.assertFalse(self.app._secret())
        self.assertFalse(self.app.app_secret)
        self.assertEqual(self.app.secret_source, "missing")
        self.app.write({"app_secret": "again-a-secret"})
        self.assertEqual(self.app.app_secret, MASK)
        self.assertEqual(self.app.secret_source, "database")

    def test_a_copy_has_none(self):
        copy = self.app.copy()
        self.assertFalse(copy._secret())
        self.assertFalse(copy.app_secret)
        self.assertNotEqual(copy.app_key, self.app.app_key)
        self.assertNotEqual(self.app.copy().app_key, copy.app_key)
        corp = self.corp.copy()
        self.assertFalse(corp.app_ids)
        self.assertFalse(corp.app_id)
        self.assertFalse(corp.app_secret)
        self.assertFalse(corp.corp_id)

    def test_a_copied_row_of_the_store_is_worth_nothing(self):
        self.app._dingtalk_client().app_token()
        for model in ("dingding.secret", "dingding.token"):
            for user in (self.user_system, self.superuser):
                row = self.env[model].search([], limit=1)
                with mute_logger("odoo.sql_db"):
                    try:
                        with self.env.cr.savepoint():
                            call_as(user, model, "copy", row.ids)
                    except (AccessError, IntegrityError):
                        continue
                self.fail("%s was copied" % model)

    def test_onchange_does_not_give_it_back(self):
        spec = {"app_id": "1", "app_key": "1", "app_secret": "1", "agent_id": "1"}
        values = {
            "id": self.corp.id,
            "app_id": self.app.id,
            "app_key": "k",
            "app_secret": self.secret,
            "agent_id": "1",
        }
        if compat.SERIES >= 17:
            spec = {name: {} for name in spec}
            args = (values, ["app_id"], spec)
        else:
            args = (values, "app_id", spec)
        answer = call_as(
            self.user_system, "dingding.corp", "onchange", self.corp.ids, *args
        )
        self.assertNeverShown(answer)

    def test_deleting_removes_it(self):
        rows = self.env["dingding.secret"].search([])
        self.assertTrue(rows)
        self.app.unlink()
        self.assertFalse(rows.exists())
        corp = self._make_corp(self.env, self.simulator, corp_id=False)
        rows = self.env["dingding.secret"].search([])
        self.assertTrue(rows)
        corp.app_ids.write({"active": False})
        corp.unlink()
        self.assertFalse(rows.exists())

    def test_what_postgresql_deletes_leaves_none(self):
        """A cascade calls no method of Odoo's."""
        other = self._make_corp(
            self.env, self.simulator, corp_id=False, app_key="other")
        rows = self.env["dingding.secret"].search([])
        self.assertEqual(len(rows), 2)
        compat.flush(self.env)
        self.env.cr.execute(
            "DELETE FROM dingding_app WHERE corp_id = %s", [other.id])
        self.env["dingding.purge"]._cron_purge()
        compat.forget(self.env)
        self.assertEqual(rows.exists().mapped("res_id"), self.app.ids)

    def test_private_methods_are_no_door(self):
        for model, method in (
            ("dingding.app", "_secret"),
            ("dingding.app", "_dingtalk_client"),
            ("dingding.token", "_secret_get"),
            ("dingding.token", "_to_token"),
            ("dingding.secret", "_get"),
            ("dingding.secret", "_secret_set"),
        ):
            with self.assertRaises(AccessError):
                call_as(self.superuser, model, method, [1])

    # -- kept elsewhere --------------------------------------------------------

    def test_from_the_configuration_file(self):
        self.app.write({"app_secret": False})
        option = "dingding_app_secret_%s" % self.app.app_key.lower()
        tools.config.options[option] = self.secret
        self.addCleanup(tools.config.options.pop, option, None)
        compat.forget(self.env)
        self.assertEqual(self.app.secret_source, "config")
        self.assertEqual(self.app.app_secret, MASK)
        self.app._dingtalk_client().app_token()
        self.assertFalse(self.env["dingding.secret"].search([]))

    def test_from_the_environment(self):
        self.app.write({"app_secret": False})
        variable = "DINGDING_APP_SECRET_%s" % self.app.app_key.upper()
        os.environ[variable] = self.secret
        self.addCleanup(os.environ.pop, variable, None)
        compat.forget(self.env)
        self.assertEqual(self.app.secret_source, "environment")
        self.app._dingtalk_client().app_token()
        self.app.write({"app_secret": "another-one"})
        self.assertEqual(self.app._secret(), self.secret)

    def test_environment_of_a_key_with_a_dash(self):
        self.app.write({"app_key": "ding-x_1"})
        os.environ["DINGDING_APP_SECRET_DING_X_1"] = "from-outside"
        self.addCleanup(os.environ.pop, "DINGDING_APP_SECRET_DING_X_1", None)
        self.assertEqual(self.app._secret(), "from-outside")

    # -- logs ------------------------------------------------------------------

    def test_logs_show_neither_secret_nor_token(self):
        """At the most talkative level."""
        captured = Captured()
        names = ["", "odoo.sql_db", "dingtalk", "urllib3", "requests"]
        levels = {name: logging.getLogger(name).level for name in names}
        root = logging.getLogger()
        root.addHandler(captured)
        self.addCleanup(root.removeHandler, captured)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(logging.DEBUG)
            self.addCleanup(logging.getLogger(name).setLevel, level)
        cr = self.env.cr
        if hasattr(cr, "sql_log"):
            self._replace(cr, "sql_log", True)
        self.app.write({"app_secret": "wrong-" + self.secret})
        self.env["dingding.health"]._check(self.corp)
        self.app.write({"app_secret": self.secret})
        self.env["dingding.health"]._check(self.corp)
        self.simulator.fault("expired_token", "/topapi/v2/department/listsub")
        self.app._dingtalk_client().contacts.sub_departments()
        self.simulator.fault("html", "/topapi/v2/department/listsub", times=9)
        try:
            self.app._dingtalk_client(max_attempts=1).contacts.sub_departments()
        except Exception:
            logging.getLogger(__name__).exception("as a careless caller would")
        row = self.env["dingding.token"].search([])
        token = row._secret_get()
        self.assertTrue(token)
        log = captured.text()
        self.assertIn("/topapi/v2/department/listsub", log)
        self.assertIn("INSERT INTO", log)
        self.assertNotIn(self.secret, log)
        self.assertNotIn(token, log)

    def test_a_failing_statement_does_not_log_the_value(self):
        captured = Captured()
        logger = logging.getLogger("odoo.sql_db")
        logger.addHandler(captured)
        self.addCleanup(logger.removeHandler, captured)
        row = self.env["dingding.secret"].search([], limit=1)
        with self.assertRaises(Exception):
            with self.env.cr.savepoint():
                self.env.cr.execute("SET LOCAL transaction_read_only = on")
                row._secret_set("a-value-to-be-seen")
        self.assertNotIn("a-value-to-be-seen", captured.text())

    # -- right and wrong -------------------------------------------------------

    def test_wrong_then_right(self):
        self.app.write({"app_secret": "wrong"})
        with self.assertRaises(Exception) as caught:
            self.app._dingtalk_client().app_token()
        self.assertEqual(caught.exception.remedy, "credentials")
        self.app.write({"app_secret": self.secret})
        self.assertTrue(self.app._dingtalk_client().app_token())

    def test_a_new_secret_drops_the_token_of_the_old(self):
        self.app._dingtalk_client().app_token()
        self.app.write({"app_secret": "wrong"})
        self.assertFalse(self.app.token_ids)
        with self.assertRaises(Exception) as caught:
            self.app._dingtalk_client().app_token()
        self.assertEqual(caught.exception.remedy, "credentials")

    def test_second_app_has_its_own(self):
        second = self.second_app()
        one = self.app._dingtalk_client().app_token()
        two = second._dingtalk_client().app_token()
        self.assertNotEqual(one, two)
        second.unlink()
        self.assertEqual(self.app._secret(), self.secret)
