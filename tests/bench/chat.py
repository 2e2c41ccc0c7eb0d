"""Answering what people write to the robot."""

import json

AREA = "chat"
MESSAGES = 300
# Milliseconds; DingTalk waits about two seconds for the acknowledgement.
GOAL_STORE, GOAL_ANSWER = 20, 200

CODE = """
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
env.cr.rollback()
print("FIGURES " + json.dumps({
    "storing a message": statistics.median(stored),
    "computing an answer": statistics.median(handled)}))
"""


def figures(bench):
    """Measure what the runner waits for, and what the queue does without DingTalk."""
    with bench.stack(people=1, departments=1, start_odoo=False,
                     simulated=False) as stack:
        output = stack.odoo_shell(CODE % {"messages": MESSAGES})
    found = json.loads(output.split("FIGURES ")[1].split("\n")[0])
    goals = {"storing a message": GOAL_STORE, "computing an answer": GOAL_ANSWER}
    for name in sorted(found):
        bench.figure("chat: " + name, round(found[name], 2), "ms", goal=goals[name],
                     better="lower")
