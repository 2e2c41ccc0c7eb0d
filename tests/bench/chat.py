"""Answering what people write to the robot."""

import json

MESSAGES = 300
# Milliseconds; DingTalk waits about two seconds for the acknowledgement.
GOAL_STORE, GOAL_ANSWER = 20, 200
HOSTILE = 10000  # messages
HOUSE = ("dingding", "dingding_callback", "dingding_robot")

CODE = r"""
import json, statistics, time
corp = env["dingding.corp"].create({
    "name": "Bench", "corp_id": "dingbenchchat", "app_key": "dingbenchchatkey",
    "chat": True})
person = env["dingding.user"].create({
    "name": "Bench", "userid": "bench", "corp_id": corp.id, "user_id": env.uid})
for number in range(200):
    env["res.partner"].create({"name": "Bench partner %%d" %% number})
app = corp.app_id
inbox = env["dingding.chat.message"]
stored, handled = [], []
for number in range(%(messages)d):
    data = {
        "msgId": "bench%%d" %% number, "msgtype": "text", "conversationType": "1",
        "text": {"content": "find Bench partner 7" if number %% 2 else "help"},
        "senderStaffId": "bench", "senderCorpId": "dingbenchchat",
        "chatbotCorpId": "dingbenchchat", "senderNick": "Bench",
    }
    begun = time.monotonic()
    app._chat_receive({}, data)
    stored.append(1000 * (time.monotonic() - begun))
rows = inbox.search([("corp_id", "=", corp.id)])
for row in rows:
    begun = time.monotonic()
    row._handle({})
    handled.append(1000 * (time.monotonic() - begun))

# Hostile messages: each is stored and answered, or not stored; nothing fails, and
# nothing in an answer is markup of the sender.
import random
from odoo.addons.dingding_robot.models import dingding_chat_message as module
module.PER_PERSON = module.PER_GROUP = module.BUSY = 10 ** 9
dice = random.Random(7)
words = ["find ", "contact ", "help", "mine", "#1 ", "#99 ", "reply ", "stock ",
         "menu ", "[x](http://evil.example)",
         "![x](http://evil.example/p.png)", "<img src=x>",
         "**b**", "`c`", "' OR 1=1 --", "%%", "_", "\\", "{name}", "{password}",
         "${7*7}", "\u202e", "\x00", "\ud800", "\U0001f600", "\n# h", "\n> q",
         "\n- l", "|a|b|", "~~~", "@all ", "/" * 9, "x" * 3000, "\t", "\uff1a", "#"]
odd = [None, 5, -1, 1e300, True, [], {}, [[]], "x" * 5000, {"content": {"a": 1}}, ""]
names = ["text", "msgtype", "conversationType", "conversationId", "senderStaffId",
         "senderId", "senderNick", "sessionWebhook", "sessionWebhookExpiredTime",
         "content", "msgId", "senderCorpId", "robotCode", "conversationTitle"]
failures, marks = 0, 0
for number in range(%(hostile)d):
    data = {
        "msgId": "hostile%%d" %% number, "msgtype": dice.choice(
            ["text"] * 8 + ["richText", "audio", "file", "picture"]),
        "conversationType": dice.choice("12"), "conversationId": "cid%%d" %% (
            number %% 5), "senderStaffId": dice.choice(["bench", "other", "bench'--"]),
        "senderCorpId": "dingbenchchat", "chatbotCorpId": "dingbenchchat",
        "text": {"content": "".join(dice.choice(words) for _part in range(
            dice.randrange(1, 6)))},
        "content": {"richText": [{"text": dice.choice(words)}, dice.choice(odd)],
                    "recognition": dice.choice(words), "downloadCode": dice.choice(
                        odd), "fileName": "../" + dice.choice(words)},
    }
    if dice.random() < 0.4:
        data[dice.choice(names)] = dice.choice(odd)
    try:
        row = inbox._store(app, data)
        if row:
            if row.state == "queued":
                row._handle({})
            answer = row.answer or ""
            failures += row.outcome == "error"
            marks += "](http" in answer or "<img" in answer or "\\n#" in answer
    except Exception as error:
        failures += 1
        print("FAILED", repr(data)[:300], repr(error))
        env.cr.rollback()
        break
env.cr.rollback()
print("FIGURES " + json.dumps({
    "storing a message": statistics.median(stored),
    "computing an answer": statistics.median(handled),
    "failed": failures, "marks": marks, "hostile": number + 1}))
"""


def figures(bench):
    """Measure what the runner waits for, and what the queue does without DingTalk."""
    with bench.stack(modules=HOUSE, people=1, departments=1, start_odoo=False,
                     simulated=False) as stack:
        output = stack.odoo_shell(CODE % {
            "messages": MESSAGES, "hostile": HOSTILE})
    found = json.loads(output.split("FIGURES ")[1].split("\n")[0])
    goals = {"storing a message": GOAL_STORE, "computing an answer": GOAL_ANSWER}
    for name, text in (("failed", "errors"), ("marks", "answers with foreign markup")):
        bench.figure("chat: %s of %d hostile messages" % (text, found["hostile"]),
                     found[name], "", goal=0, better="lower")
    for name in sorted(goals):
        bench.figure("chat: " + name, round(found[name], 2), "ms", goal=goals[name],
                     better="lower")
