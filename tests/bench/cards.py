"""Cards: how soon a press is answered, doubled acts, how fast copies are updated."""

import sys
import threading
import time

from tools import paths

sys.path.insert(0, str(paths.ROOT / "tests" / "e2e"))

import house  # noqa: E402  (found there)

from tests.bench import people  # noqa: E402  (runs code in Odoo's shell)

AREA = "cards"
RATE, PRESSES = 20, 200  # presses a second, and in all
AT_ONCE = 50  # people who press the same card
PEOPLE, CARDS = 100, 10  # who have so many cards of one record each
COPIES = PEOPLE * CARDS
LIMIT = 20  # calls a second of one API
TEMPLATE = "record.schema"
FILE = paths.ROOT / "dingding_robot" / "card_templates" / "record.json"
HOUSE = ["dingding", "dingding_callback", "dingding_robot"]
UPDATE = "/v1.0/card/instances"

# Links people to users, and sets up two cards.
SETUP = """
import json
persons = env["dingding.user"].search([("user_id", "=", False)], limit=%d)
users = env["res.users"].with_context(no_reset_password=True)
groups = [env.ref("base.group_user").id, env.ref("base.group_partner_manager").id]
for number, person in enumerate(persons):
    person.user_id = users.create({
        "name": "Presser %%d" %% number, "login": "presser-%%d" %% number,
        "email": "presser-%%d@example.com" %% number, "groups_id": [(6, 0, groups)]})
corp = env["dingding.corp"].search([], limit=1)
corp.card_template = "record.schema"
model = env["ir.model"]._get("res.partner")
method = env["dingding.card.method"].create({
    "title": "Post", "model_id": model.id, "name": "message_post"})
field = env["ir.model.fields"].search(
    [("model", "=", "res.partner"), ("name", "=", "function")])
for key, action in (
    ("bench.value", {"kind": "value", "value": "Done", "field_id": field.id}),
    ("bench.post", {"kind": "method", "method_id": method.id}),
):
    env["dingding.card.setup"].create({
        "name": key, "key": key, "corp_id": corp.id, "model_id": model.id,
        "title": "{name}", "state_path": "function",
        "line_ids": [(0, 0, {"field_path": "city", "shown": "card"})],
        "action_ids": [(0, 0, dict(action, name="Act"))]})
env.cr.commit()
print("FIGURES " + json.dumps({"people": len(persons)}))
"""
SEND = """
import json
persons = env["dingding.user"].search([("user_id", "!=", False)], limit=%d, order="id")
found = []
for number in range(%d):
    partner = env["res.partner"].create({"name": "Order %%d" %% number, "city": "X"})
    for _card in range(%d):
        partner.dingding_send_card(
            %r, persons[number %% len(persons)] if %r else persons)
    found.append(partner.id)
env.cr.commit()
print("FIGURES " + json.dumps(found))
"""


def figures(bench):
    """Measure presses over HTTP with two workers, and updates by the queue."""
    with bench.stack(people=PEOPLE + 30, departments=6, workers=2, cron_seconds=2,
                     modules=HOUSE) as stack:
        control = house.Control(stack.simulator.url)
        corp = house.connect(stack)
        house.read_people(stack, corp, 300)
        control("POST", "/cards/templates", {
            "id": TEMPLATE, "file": FILE.read_text("utf-8")})
        stack.rpc("ir.config_parameter", "set_param", "web.base.url", stack.odoo_url)
        app = stack.rpc("dingding.corp", "read", [corp], ["app_id"])[0]["app_id"][0]
        people._shell(stack, SETUP % PEOPLE)
        stack.rpc("dingding.app", "action_card_register", [app])
        pressing(bench, stack, control)
        at_once(bench, stack, control)
        updating(bench, stack, control)


def sent(stack, control, number):
    house.wait_until(
        lambda: stack.query(
            "SELECT count(*) FROM dingding_card_copy WHERE status = 'sent'"
        ) == str(number), 600, "sending")
    return control("GET", "/cards")


def pressing(bench, stack, control):
    """Press each of many cards once, at a steady rate."""
    people._shell(stack, SEND % (PEOPLE, PRESSES, 1, "bench.value", True))
    cards = sent(stack, control, PRESSES)
    taken, lock = [], threading.Lock()

    def press(card):
        session = house.Control(stack.simulator.url)
        entry = session("POST", "/cards/%s/press" % card["out_track_id"], {
            "userid": card["people"][0], "action": "action_1"})
        answer = entry["answers"][0]
        with lock:
            taken.append((entry["ms"], answer.get("code")))

    threads, began = [], time.monotonic()
    for number, card in enumerate(cards):
        time.sleep(max(began + number / RATE - time.monotonic(), 0))
        threads.append(threading.Thread(target=press, args=(card,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    milliseconds = sorted(each[0] for each in taken)
    bench.figure("a press to its answer at %d a second, p95" % RATE,
                 round(milliseconds[int(len(milliseconds) * 0.95)]), "ms", goal=500,
                 better="lower")
    done = stack.query(
        "SELECT count(*) FROM dingding_card_press WHERE outcome = 'done'")
    bench.figure("presses that did not act", PRESSES - int(done), "presses", goal=0,
                 better="lower")


def at_once(bench, stack, control):
    """Many people press their copy of one card at once, each delivered twice."""
    partner, = people._shell(stack, SEND % (AT_ONCE, 1, 1, "bench.post", False))
    cards = sent(stack, control, PRESSES + AT_ONCE)[-AT_ONCE:]
    count = "SELECT count(*) FROM mail_message WHERE model = 'res.partner'" \
            " AND res_id = %d" % partner
    before = int(stack.query(count))

    def press(card):
        house.Control(stack.simulator.url)(
            "POST", "/cards/%s/press" % card["out_track_id"], {
                "userid": card["people"][0], "action": "action_1", "copies": 2})

    threads = [threading.Thread(target=press, args=(card,)) for card in cards]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    house.wait_until(
        lambda: stack.query("SELECT count(*) FROM dingding_card_press"
                            " WHERE outcome = 'running'") == "0", 120, "the queue")
    bench.figure("%d people press a card at once, twice each: acts too many" % AT_ONCE,
                 int(stack.query(count)) - before - 1, "acts", goal=0, better="lower")


def updating(bench, stack, control):
    """Change a record that many people have a card of."""
    partner, = people._shell(stack, SEND % (PEOPLE, 1, CARDS, "bench.value", False))
    sent(stack, control, PRESSES + AT_ONCE + COPIES)
    house.wait_until(
        lambda: stack.query("SELECT count(*) FROM dingding_card_change"
                            " WHERE state NOT IN ('done', 'cancelled')") == "0",
        600, "the queue")
    control.forget()
    began = time.monotonic()
    stack.rpc("res.partner", "write", [partner], {"function": "Changed"})
    house.wait_until(lambda: control.taken(UPDATE) >= COPIES, 600, "updating")
    seconds = time.monotonic() - began
    bench.figure("%d copies of a card are updated, of the limit's own time" % COPIES,
                 round(seconds * LIMIT / COPIES, 2), "", goal=1.1, better="lower")
    bench.figure("calls for %d updates" % COPIES, control.taken(UPDATE), "calls",
                 goal=COPIES, better="lower")
