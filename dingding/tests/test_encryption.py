# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import binascii
import os

from psycopg2 import sql

from odoo import tools
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .. import compat
from ..dingtalk.errors import DingTalkError
from ..models.dingding_secret import MASK
from ..models.remedies import user_errors
from .common import DingTalkCase, call_as, portable

OPTION = "dingding_encryption_key"
VARIABLE = "DINGDING_ENCRYPTION_KEY"
SIGNING = "SEC0123456789abcdef0123456789abcdef"


def new_key():
    return base64.b64encode(os.urandom(32)).decode("ascii")


class EncryptionCase(DingTalkCase):
    def setUp(self):
        super().setUp()
        self.env = self.env(context=dict(self.env.context, lang="en_US"))
        self.secrets = self.env["dingding.secret"]
        self.app = self.env["dingding.app"].browse(self.app.id)
        self.corp = self.env["dingding.corp"].browse(self.corp.id)
        self.webhook = self.simulator.url + "/send?access_token=" + "f" * 64
        for name in (OPTION, OPTION + "_old"):
            self._forget_option(name)
        for name in (VARIABLE, VARIABLE + "_OLD"):
            self._forget_variable(name)

    def _forget_option(self, name):
        tools.config.options.pop(name, None)
        self.addCleanup(tools.config.options.pop, name, None)

    def _forget_variable(self, name):
        os.environ.pop(name, None)
        self.addCleanup(os.environ.pop, name, None)

    def configure(self, key=None, *old):
        for name, value in ((OPTION, key), (OPTION + "_old", ", ".join(old))):
            tools.config.options.pop(name, None)
            if value:
                tools.config.options[name] = value

    def make_other(self):
        other = self.env["dingding.app"].create(
            {"name": "Other", "corp_id": self.corp.id, "app_key": "other",
             "app_secret": SIGNING}
        )
        self._point_at(other, self.simulator.url)
        self.secrets._set(other, "webhook", self.webhook)
        return other

    def stored(self, record, name):
        self.env.cr.execute(
            "SELECT sealed_value FROM dingding_secret WHERE res_model = %s"
            " AND res_id = %s AND name = %s", [record._name, record.id, name],
        )
        return self.env.cr.fetchone()[0]

    def store(self, record, name, value):
        self.env.cr.execute(
            "UPDATE dingding_secret SET sealed_value = %s WHERE res_model = %s"
            " AND res_id = %s AND name = %s", [value, record._name, record.id, name],
        )

    def places(self, *values):
        """Return the columns of the whole database in which one of the values stands.
        """
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type IN"
            " ('text', 'character varying', 'json', 'jsonb', 'bytea')"
            " AND table_name IN (SELECT tablename FROM pg_tables)"
        )
        found = set()
        for table, column in self.env.cr.fetchall():
            for value in values:
                readings = [value, base64.b64encode(value.encode()).decode()[:-4]]
                readings.append(binascii.hexlify(value.encode()).decode())
                for reading in readings:
                    compat.execute(
                        self.env.cr,
                        sql.SQL(
                            "SELECT count(*) FROM {} WHERE position(%s in {}::text) > 0"
                        ).format(sql.Identifier(table), sql.Identifier(column)),
                        [reading],
                    )
                    if self.env.cr.fetchone()[0]:
                        found.add((table, column))
        return found

    def line(self):
        lines = self.env["dingding.health"]._check(self.corp)
        return [line for line in lines if line["name"] == "Secrets in the database"][0]

    def assertLost(self, function, *args):
        with self.assertRaises(DingTalkError) as caught:
            function(*args)
        self.assertEqual(caught.exception.remedy, "encryption_key")
        return str(caught.exception)

    def lose_key(self):
        self.configure(new_key())
        self.app.write({"app_secret": self.simulator.app_secret})
        other = self.make_other()
        self.app._dingtalk_client().app_token()
        self.configure(new_key())
        compat.forget(self.env)
        return other


@portable
class TestEncryption(EncryptionCase):
    # -- what is stored ---------------------------------------------------------------

    def test_no_column_of_the_database_has_a_secret(self):
        self.configure(new_key())
        self.app.write({"app_secret": self.simulator.app_secret})
        self.make_other()
        self.app._dingtalk_client().app_token()
        tokens = self.env["dingding.token"].search([("app_id", "=", self.app.id)])
        values = [token._secret_get() for token in tokens]
        self.assertTrue(values and all(values))
        values += [self.simulator.app_secret, self.webhook, SIGNING, "f" * 64]
        self.assertFalse(self.places(*values))
        self.configure()
        self.app.write({"app_secret": self.simulator.app_secret})
        self.assertEqual(
            self.places(self.simulator.app_secret),
            {("dingding_secret", "sealed_value")},
        )

    def test_the_same_value_is_stored_differently_each_time(self):
        self.configure(new_key())
        seen = set()
        for _number in range(5):
            self.app.write({"app_secret": "the-same"})
            seen.add(self.stored(self.app, "app_secret"))
        self.assertEqual(len(seen), 5)
        self.assertEqual(self.app._secret(), "the-same")

    def test_key_from_the_environment_and_in_hexadecimal(self):
        os.environ[VARIABLE] = binascii.hexlify(os.urandom(32)).decode("ascii")
        self.app.write({"app_secret": "s-e-c-r-e-t"})
        self.assertNotIn("s-e-c-r-e-t", self.stored(self.app, "app_secret"))
        self.assertEqual(self.app._secret(), "s-e-c-r-e-t")
        # The configuration file precedes the environment.
        self.configure(new_key())
        self.assertLost(self.app._secret)

    def test_any_text(self):
        self.configure(new_key())
        for text in ("x", "密钥 ✓", "$dingding$", "a" * 5000, "\n"):
            self.secrets._set(self.app, "app_secret", text)
            self.assertEqual(self.app._secret(), text)

    def test_without_a_key_it_is_stored_as_before(self):
        self.app.write({"app_secret": "in-the-clear"})
        self.assertEqual(self.stored(self.app, "app_secret"), "in-the-clear")
        self.assertEqual(self.app._secret(), "in-the-clear")
        self.assertEqual(self.line()["state"], "note")
        self.assertIn("unencrypted", self.line()["message"])
        self.assertIn(OPTION, self.line()["remedy"])

    def test_what_is_kept_outside_needs_no_key(self):
        self.app.write({"app_secret": False})
        option = "dingding_app_secret_%s" % self.app.app_key.lower()
        tools.config.options[option] = self.simulator.app_secret
        self.addCleanup(tools.config.options.pop, option, None)
        self.assertEqual(self.line()["state"], "ok")

    # -- exchanged and changed --------------------------------------------------------

    def test_rows_cannot_be_swapped(self):
        self.configure(new_key())
        other = self.make_other()
        self.app.write({"app_secret": "secret-of-a"})
        mine = self.stored(self.app, "app_secret")
        theirs = self.stored(other, "app_secret")
        self.store(self.app, "app_secret", theirs)
        self.store(other, "app_secret", mine)
        self.assertLost(self.app._secret)
        self.assertLost(other._secret)
        self.store(other, "app_secret", self.stored(other, "webhook"))
        self.store(other, "webhook", theirs)
        self.assertLost(self.secrets._get, other, "webhook")
        self.assertLost(self.secrets._get, other, "app_secret")
        self.store(self.app, "app_secret", mine)
        self.assertEqual(self.app._secret(), "secret-of-a")

    def test_a_token_of_another_application_is_not_taken(self):
        self.configure(new_key())
        other = self.env["dingding.app"].create(
            dict(self.simulator_app(), name="B", corp_id=self.corp.id)
        )
        self._point_at(other, self.simulator.url)
        for app in (self.app, other):
            app._dingtalk_client().app_token()
        self.env.cr.execute(
            "UPDATE dingding_token SET sealed_value = (SELECT sealed_value"
            " FROM dingding_token WHERE app_id = %s) WHERE app_id = %s",
            [self.app.id, other.id],
        )
        row = other.token_ids
        self.assertIsNone(row._to_token())
        self.assertTrue(other._dingtalk_client().app_token())
        self.assertTrue(row._to_token())

    def simulator_app(self):
        made = self.simulator.add_app()
        return {"app_key": made["app_key"], "app_secret": made["app_secret"]}

    def test_a_changed_byte_is_noticed(self):
        self.configure(new_key())
        self.app.write({"app_secret": "s-e-c-r-e-t"})
        stored = self.stored(self.app, "app_secret")
        for place in range(0, len(stored), 3):
            letter = "A" if stored[place] != "A" else "B"
            changed = stored[:place] + letter + stored[place + 1:]
            self.store(self.app, "app_secret", changed)
            try:
                value = self.app._secret()
            except DingTalkError:
                continue
            self.assertEqual(value, changed)
        self.store(self.app, "app_secret", stored[:-8])
        self.assertLost(self.app._secret)

    # -- a lost key -------------------------------------------------------------------

    def test_lost_key(self):
        other = self.lose_key()
        text = self.assertLost(self.app._secret)
        self.assertNotIn(self.simulator.app_secret, text)
        for record in (self.app, self.corp, other):
            values = call_as(self.user_system, record._name, "read", record.ids)[0]
            self.assertEqual(values["app_secret"], MASK)
        self.assertEqual(self.app.secret_source, "database")
        with self.assertRaises(UserError) as caught:
            with user_errors(self.env):
                self.app._dingtalk_client().contacts.department(1)
        self.assertIn(OPTION, str(caught.exception))
        self.assertIn("again", str(caught.exception))
        self.app.write({"name": "Still written"})
        self.assertLost(self.secrets._get, other, "webhook")

    def test_work_with_a_lost_key_ends_with_what_helps(self):
        self.lose_key()
        run = self.env["dingding.sync"].browse(
            self.corp.action_get_departments()["res_id"]
        )
        tokens = self.env["dingding.token"].search([])
        tokens.write({"expires_at": "2001-01-01 00:00:00"})
        self.simulator.forget_calls()
        with mute_logger("odoo.addons.dingding.models.dingding_token"):
            self.env["dingding.token"]._cron_renew()
        self.process_queue(run._name)
        compat.forget(self.env)
        self.assertEqual(run.state, "failed")
        self.assertIn(OPTION, run.remedy)
        self.assertNotIn("Traceback", run.last_error)
        with self.assertRaises(DingTalkError):
            self.app._dingtalk_client().app_token()
        self.assertDingTalkNotCalled()
        self.app.write({"app_secret": self.simulator.app_secret})
        run = run.browse(self.corp.action_get_departments()["res_id"])
        self.process_queue(run._name)
        compat.forget(self.env)
        self.assertEqual(run.state, "done", run.last_error)

    def test_connection_test_names_what_is_lost(self):
        self.lose_key()
        line = self.line()
        self.assertEqual(line["state"], "error")
        self.assertIn("AppSecret", line["message"])
        self.assertIn("Other: webhook", line["message"])
        self.assertIn(self.app.name, line["message"])
        action = call_as(
            self.user_manager, "dingding.corp", "action_test_connection", self.corp.ids
        )
        health = self.env["dingding.health"].browse(action["res_id"])
        names = {line.name: line.state for line in health.line_ids}
        self.assertEqual(names["AppKey and AppSecret"], "error")
        self.assertEqual(health.app_count, 2)

    def test_entering_the_secret_anew(self):
        other = self.lose_key()
        self.corp.write({"app_secret": self.simulator.app_secret})
        self.assertTrue(self.app._dingtalk_client().app_token())
        other.write({"app_secret": SIGNING})
        self.secrets._set(other, "webhook", self.webhook)
        self.assertEqual(self.secrets._get(other, "webhook"), self.webhook)
        self.assertEqual(self.line()["state"], "ok")

    def test_a_lost_token_is_renewed(self):
        self.lose_key()
        self.corp.write({"name": "x"})
        token = self.app.token_ids
        self.secrets._set(self.app, "app_secret", self.simulator.app_secret)
        self.assertIsNone(token._to_token())
        token.action_renew()
        self.assertTrue(token._to_token())

    def test_no_key_any_more(self):
        self.lose_key()
        self.configure()
        self.assertLost(self.app._secret)
        self.assertEqual(self.line()["state"], "error")
        self.app.write({"app_secret": self.simulator.app_secret})
        self.assertEqual(self.app._secret(), self.simulator.app_secret)

    def test_a_key_that_is_none(self):
        self.app.write({"app_secret": "in-the-clear"})
        for wrong in ("short", "x" * 44, base64.b64encode(b"1" * 16).decode()):
            self.configure(wrong)
            self.assertEqual(self.app._secret(), "in-the-clear")
            with self.assertRaises(UserError):
                with self.env.cr.savepoint():
                    self.app.write({"app_secret": "new-secret"})
            self.assertEqual(self.line()["state"], "error")
            self.assertNotIn(wrong, str(self.line()))
        compat.forget(self.env)
        self.assertTrue(self.stored(self.app, "app_secret"))

    # -- rotation ---------------------------------------------------------------------

    def encrypt(self, user=None):
        model = "dingding.encryption"
        made = call_as(user or self.user_system, model, "create", {})
        ids = made if isinstance(made, list) else [made]
        return call_as(user or self.user_system, model, "action_encrypt", ids)

    def test_rotation(self):
        first, second = new_key(), new_key()
        self.configure(first)
        self.app.write({"app_secret": self.simulator.app_secret})
        other = self.make_other()
        self.app._dingtalk_client().app_token()
        before = self.stored(self.app, "app_secret")
        self.configure(second, new_key(), first)
        self.assertEqual(self.app._secret(), self.simulator.app_secret)
        self.assertTrue(self.app.token_ids._to_token())
        self.assertEqual(self.line()["state"], "warning")
        self.encrypt()
        self.assertNotEqual(self.stored(self.app, "app_secret"), before)
        self.assertEqual(self.line()["state"], "ok")
        self.configure(second)
        self.assertEqual(self.app._secret(), self.simulator.app_secret)
        self.assertEqual(self.secrets._get(other, "webhook"), self.webhook)
        self.assertTrue(self.app.token_ids._to_token())

    def test_a_write_takes_the_new_key(self):
        first, second = new_key(), new_key()
        self.configure(first)
        self.app.write({"app_secret": "one"})
        self.configure(second, first)
        self.app.write({"app_secret": "two"})
        self.configure(second)
        self.assertEqual(self.app._secret(), "two")

    def test_from_clear_to_encrypted_and_back(self):
        self.app.write({"app_secret": self.simulator.app_secret})
        other = self.make_other()
        self.app._dingtalk_client().app_token()
        token = self.app.token_ids._secret_get()
        key = new_key()
        self.configure(key)
        self.assertEqual(self.app._secret(), self.simulator.app_secret)
        self.assertEqual(self.line()["state"], "warning")
        self.encrypt()
        values = [self.simulator.app_secret, self.webhook, SIGNING, token]
        self.assertFalse(self.places(*values))
        self.assertEqual(self.app._secret(), self.simulator.app_secret)
        self.assertEqual(self.app.token_ids._secret_get(), token)
        self.assertEqual(self.line()["state"], "ok")
        self.configure(None, key)
        self.assertEqual(self.line()["state"], "warning")
        self.encrypt()
        self.configure()
        self.assertEqual(self.secrets._get(other, "app_secret"), SIGNING)
        self.assertEqual(self.line()["state"], "note")

    def test_encrypting_leaves_what_is_lost(self):
        other = self.lose_key()
        self.app.write({"app_secret": self.simulator.app_secret})
        lost = self.stored(other, "webhook")
        action = self.encrypt()
        self.assertEqual(self.stored(other, "webhook"), lost)
        wizard = self.env["dingding.encryption"].browse(action["res_id"])
        self.assertEqual((wizard.current_count, wizard.lost_count), (1, 2))
        self.assertIn("Other", wizard.lost)

    def test_only_administrators_encrypt(self):
        self.app.write({"app_secret": "in-the-clear"})
        self.configure(new_key())
        for user in (
            self.user_public, self.user_portal, self.user_employee, self.user_dingtalk,
            self.user_manager,
        ):
            with self.assertRaises(AccessError):
                with self.env.cr.savepoint():
                    self.encrypt(user)
        self.assertEqual(self.stored(self.app, "app_secret"), "in-the-clear")

    def test_a_neutralized_copy_needs_no_key(self):
        self.configure(new_key())
        self.app.write({"app_secret": "s-e-c-r-e-t"})
        self.env.cr.execute("UPDATE dingding_secret SET sealed_value = NULL")
        self.configure()
        self.assertEqual(self.app._secret(), "")
        compat.forget(self.env)
        self.assertFalse(self.app.app_secret)
