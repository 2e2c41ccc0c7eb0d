# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The official `dingtalk-stream` in its own process, because it reads DingTalk's
address on import. Prints a JSON line for everything it receives.

    python stream_client.py APP_KEY APP_SECRET [later|reply]
"""

import json
import logging
import sys

import dingtalk_stream


def say(**values):
    print(json.dumps(values, ensure_ascii=False), flush=True)


class Events(dingtalk_stream.EventHandler):
    later = "later" in sys.argv[3:]

    async def process(self, event):
        say(
            event=event.headers.event_type,
            id=event.headers.event_id,
            corp_id=event.headers.event_corp_id,
            born_at=event.headers.event_born_time,
            data=event.data,
        )
        if Events.later:
            Events.later = False
            return 500, "later"
        return dingtalk_stream.AckMessage.STATUS_OK, "OK"


class Robot(dingtalk_stream.ChatbotHandler):
    async def process(self, callback):
        message = dingtalk_stream.ChatbotMessage.from_dict(callback.data)
        if "reply" in sys.argv[3:]:
            self.reply_text("You said" + message.text.content, message)
        say(robot=message.text.content)
        return dingtalk_stream.AckMessage.STATUS_OK, "heard"


class Card(dingtalk_stream.CallbackHandler):
    async def process(self, callback):
        message = dingtalk_stream.CardCallbackMessage.from_dict(callback.data)
        pressed = message.content["cardPrivateData"]["actionIds"]
        say(
            card=message.card_instance_id, userid=message.user_id,
            corp_id=message.corp_id, pressed=pressed,
        )
        return dingtalk_stream.AckMessage.STATUS_OK, {
            "userPrivateData": {"cardParamMap": {"note": "Thanks"}}
        }


logging.basicConfig(level=logging.INFO, stream=sys.stderr)
client = dingtalk_stream.DingTalkStreamClient(
    dingtalk_stream.Credential(sys.argv[1], sys.argv[2])
)
client.register_all_event_handler(Events())
client.register_callback_handler(dingtalk_stream.ChatbotMessage.TOPIC, Robot())
client.register_callback_handler(Card.TOPIC_CARD_CALLBACK, Card())
say(ready=True)
client.start_forever()
