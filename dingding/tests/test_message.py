# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import UserError

from .common import portable
from .message_case import SEND, MessageCase


@portable
class TestMessage(MessageCase):
    """Handing in and sending."""

    def test_text_arrives(self):
        message = self.send(self.person, "Good morning")
        self.assertEqual(message.state, "queued")
        self.assertEqual(message.name, "Good morning")
        self.assertDingTalkNotCalled(SEND)
        self.work_off()
        self.assertEqual(message.state, "sent")
        self.assertEqual(message.recipient_ids.state, "sent")
        notes = self.phone(self.person)
        self.assertEqual(len(notes), 1)
        self.assertEqual(notes[0]["msg"]["text"]["content"], "Good morning")
