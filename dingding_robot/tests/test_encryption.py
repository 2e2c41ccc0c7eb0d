# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""A robot's secrets are encrypted where a key is configured."""

from odoo.exceptions import UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.dingding_secret import MASK
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding.tests.test_encryption import (
    OPTION,
    SIGNING,
    EncryptionCase,
    new_key,
)


@portable
class TestEncryption(EncryptionCase):
    def setUp(self):
        super().setUp()
        self.webhook = self.simulator.url + "/robot/send?access_token=" + "f" * 64

    def make_robot(self):
        return self.env["dingding.robot"].create(
            {
                "name": "Robot", "corp_id": self.corp.id, "webhook": self.webhook,
                "secret": SIGNING,
            }
        )

    def robot_with_a_lost_key(self):
        self.configure(new_key())
        robot = self.make_robot()
        self.configure(new_key())
        compat.forget(self.env)
        return robot

    def test_no_column_of_the_database_has_a_secret(self):
        self.configure(new_key())
        self.make_robot()
        self.assertFalse(self.places(self.webhook, SIGNING, "f" * 64))
        # The scan finds existing values.
        self.configure()
        self.make_robot()
        self.assertEqual(self.places(SIGNING), {("dingding_secret", "sealed_value")})

    def test_lost_key(self):
        robot = self.robot_with_a_lost_key()
        values = call_as(self.user_system, robot._name, "read", robot.ids)[0]
        self.assertEqual((values["webhook"], values["secret"]), (MASK, MASK))
        with self.assertRaises(UserError) as caught:
            robot.action_test()
        self.assertIn(OPTION, str(caught.exception))
        robot.write({"name": "Still written"})
        # The connection test lists lost values.
        self.assertEqual(self.line()["state"], "error")
        self.assertIn("Webhook", self.line()["message"])

    def test_messages_with_a_lost_key(self):
        robot = self.robot_with_a_lost_key()
        message = robot.sudo().send_text("Hello")
        self.process_queue(message._name)
        compat.forget(self.env)
        self.assertEqual(message.state, "failed")
        self.assertIn(OPTION, message.remedy)
        self.assertNotIn("Traceback", message.last_error)
        self.assertDingTalkNotCalled()

    def test_entering_the_secrets_anew(self):
        robot = self.robot_with_a_lost_key()
        robot.write({"webhook": self.webhook, "secret": SIGNING})
        secrets = self.env["dingding.secret"]
        self.assertEqual(secrets._get(robot, "webhook"), self.webhook)
        self.assertEqual(secrets._get(robot, "secret"), SIGNING)

    def test_the_connection_test_counts_secrets_of_assistants(self):
        """Commands belong to a company, not to an organisation."""
        self.env["ir.config_parameter"].set_param("dingding.chat_hosts", "ai.example")
        self.configure(new_key())
        command = self.env["dingding.chat.command"].create({
            "name": "Oracle", "words": "ask", "kind": "assistant", "secret": SIGNING,
            "url": "https://ai.example/",
        })
        self.assertNotEqual(self.line()["state"], "error")
        self.configure(new_key())
        self.assertIn("Oracle", self.line()["message"])
        command.secret = False
        self.assertNotIn("Oracle", self.line()["message"])
