# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from lxml import etree

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from odoo.addons.dingding.tests.common import portable

from .test_robot import MESSAGE, RobotCase

LOGGER = "odoo.addons.dingding.models.ir_actions_server"


@portable
class TestServerAction(RobotCase):
    def setUp(self):
        super().setUp()
        self.partner = self.env["res.partner"].create({"name": "Example Ltd"})

    def make(self, **values):
        """Return an action that sends a message about contacts to the group."""
        return self.env["ir.actions.server"].create(
            dict(
                {
                    "name": "Tell",
                    "model_id": self.env["ir.model"]._get("res.partner").id,
                    "state": "dingding_message",
                    "dingding_to": "robot",
                    "dingding_robot_id": self.robot.id,
                    "dingding_text": "New: {name}",
                    "dingding_link": False,
                },
                **values
            )
        )

    def run_on(self, action, records):
        action.with_context(
            active_model=records._name, active_ids=records.ids,
            active_id=records[:1].id,
        ).run()
        self.process_queue(MESSAGE)

    def test_text(self):
        self.run_on(self.make(dingding_people="no_such_field"), self.partner)
        (body,) = self.said()
        self.assertEqual(body["text"]["content"], "New: Example Ltd")
        self.assertFalse(self.env["dingding.message"].search([]))

    def test_markdown(self):
        action = self.make(dingding_kind="markdown", dingding_title="Contact")
        self.run_on(action, self.partner)
        (body,) = self.said()
        self.assertEqual(
            body["markdown"], {"title": "Contact", "text": "New: Example Ltd"})

    def test_people_are_still_possible(self):
        self.env["dingding.user"].create(
            {
                "name": "P", "userid": self.simulator.users()[0]["userid"],
                "corp_id": self.corp.id, "user_id": self.user_employee.id,
            }
        )
        self.partner.user_id = self.user_employee
        self.run_on(
            self.make(dingding_to="people", dingding_people="user_id"), self.partner)
        self.assertEqual(self.said(), [])
        self.assertEqual(len(self.env["dingding.message"].search([])), 1)

    @mute_logger(LOGGER)
    def test_an_archived_robot_stops_nobody(self):
        self.robot.active = False
        self.run_on(self.make(), self.partner)
        self.assertFalse(self.env[MESSAGE].search([]))

    def test_form(self):
        """The form shows the recipient types if there are two."""
        view = self.env.ref("base.view_server_action_form").id
        actions = self.env["ir.actions.server"]
        if hasattr(actions, "get_view"):
            arch = actions.get_view(view, "form")["arch"]
        else:
            arch = actions.fields_view_get(view, "form")["arch"]
        root = etree.fromstring(arch)
        (node,) = root.xpath("//group[@name='dingding_message']/field[1]")
        self.assertEqual(node.get("name"), "dingding_to")
        self.assertNotIn(node.get("invisible"), ("1", "True"))
        self.assertNotIn('"invisible": true', node.get("modifiers") or "")
        self.assertEqual(node.getnext().get("name"), "dingding_robot_id")

    def test_the_robot_is_required(self):
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.make(dingding_robot_id=False)
        action = self.make()
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            action.dingding_robot_id = False
