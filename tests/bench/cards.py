"""Cards: how soon a press is answered, doubled acts, how fast copies are updated."""

import contextlib
import os
import sys
import threading
import time
from pathlib import Path

from tools import paths

sys.path.insert(0, str(paths.ROOT / "tests" / "e2e"))

import house  # noqa: E402  (found there)

from tests.bench import people  # noqa: E402  (runs code in Odoo's shell)

RATE, PRESSES = 20, 200  # presses a second, and in all
AT_ONCE = 50  # people who press the same card
PEOPLE, CARDS = 100, 10  # who have so many cards of one record each
COPIES = PEOPLE * CARDS
HOSTILE = 10000  # callbacks
LIMIT = 20  # calls a second of one API
GOAL_PRESS = 500  # milliseconds
# Milliseconds of Odoo's and PostgreSQL's processors for a press and the update of its
# card; with two processors more than 100 would never keep up with the rate.
GOAL_PROCESSOR = 60
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

# Callbacks that nobody's phone sends: none may act, fail, or name the record.
ATTACK = """
import json, random
from odoo.addons.dingding import compat
dice = random.Random(7)
copy = env["dingding.card.copy"].search(
    [("status", "=", "sent"), ("card_id.status", "=", "open")], limit=1)
track, mine = copy.out_track_id, copy.person_id.userid
name = copy.card_id._record().display_name
others = env["dingding.user"].search([("userid", "!=", mine)], limit=20)
odd = [None, 5, -1, 1e300, True, [], {}, [[]], "x" * 5000, "", "\\x00", "' OR 1=1 --",
       "[x](http://evil.example)", {"a": {"b": 1}}, "\\ud800"]
presses = env["dingding.card.press"]
before = presses.search_count([("outcome", "=", "done")])
broken = presses.search_count([("outcome", "=", "failed")])
failures = told = 0
for start in range(0, %(hostile)d, 100):
    with compat.open_cursor(env.cr.dbname, read_committed=True) as cr:
        app = copy.corp_id.app_id.with_env(env(cr=cr))
        for number in range(start, start + 100):
            actor = dice.choice(others.mapped("userid") + odd + [mine])
            action = dice.choice(["action_9", "action_", "action_-1"] + odd)
            if actor != mine:
                action = dice.choice(["action_1", action])
            inside = {"actionIds": dice.choice([[action], action, [action] * 50]),
                      "params": dice.choice([{}, {"input_1": dice.choice(odd)}, 7])}
            content = {"cardPrivateData": inside}
            data = {
                "type": dice.choice(["actionCallback", "dynamicDataCallback", "x"]),
                "outTrackId": dice.choice([track, track, track + "1"] + odd),
                "corpId": dice.choice([copy.corp_id.corp_id, "dingother", "", 3]),
                "userId": actor,
                "content": dice.choice([json.dumps(content), content, "{", None])}
            if dice.random() < 0.3:
                data[dice.choice(sorted(data))] = dice.choice(odd)
            try:
                answer = json.dumps(app._take_card_callback(
                    {"messageId": "hostile%%d" %% number}, dice.choice([data, data, 5])
                    if dice.random() < 0.01 else data), ensure_ascii=False)
                told += name in answer or "](http" in answer
            except Exception as error:
                failures += 1
                print("FAILED", repr(data)[:300], repr(error))
env.cr.rollback()
found = presses.search_count([("outcome", "=", "done")])
failures += presses.search_count([("outcome", "=", "failed")]) - broken
print("FIGURES " + json.dumps({
    "acts without right": found - before, "errors": failures, "leaks": told}))
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
        hostile(bench, stack)


def sent(stack, control, number):
    house.wait_until(
        lambda: stack.query(
            "SELECT count(*) FROM dingding_card_copy WHERE status = 'sent'"
        ) == str(number), 600, "sending")
    return control("GET", "/cards")


def processor(stack):
    """Return the seconds that Odoo's and PostgreSQL's processes have worked."""
    main, found = stack.odoo.pid, {}
    cluster = str(stack.odoo.cluster.folder).encode()
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            values = (folder / "stat").read_text().rpartition(")")[2].split()
            line = (folder / "cmdline").read_bytes()
            found[int(folder.name)] = (
                int(values[1]), line, sum(int(each) for each in values[11:15]))
    ours = {pid for pid, (_parent, line, _ticks) in found.items()
            if pid == main or cluster in line and b"postgres" in line}
    ours |= {pid for pid, (parent, _line, _ticks) in found.items() if parent in ours}
    return sum(found[pid][2] for pid in ours) / os.sysconf("SC_CLK_TCK")


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

    threads, began, before = [], time.monotonic(), processor(stack)
    for number, card in enumerate(cards):
        time.sleep(max(began + number / RATE - time.monotonic(), 0))
        threads.append(threading.Thread(target=press, args=(card,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    milliseconds = sorted(each[0] for each in taken)
    bench.figure("a press to its answer at %d a second, p95" % RATE,
                 round(milliseconds[int(len(milliseconds) * 0.95)]), "ms",
                 goal=GOAL_PRESS, better="lower")
    house.wait_until(
        lambda: stack.query("SELECT count(*) FROM dingding_card_change"
                            " WHERE state NOT IN ('done', 'cancelled')") == "0",
        300, "the queue")
    bench.figure("processor time for a press and the update after it",
                 round(1000 * (processor(stack) - before) / PRESSES, 1), "ms",
                 goal=GOAL_PROCESSOR, better="lower")
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
    bench.figure("%d people press a card at once, twice each: acts but one" % AT_ONCE,
                 abs(int(stack.query(count)) - before - 1), "acts", goal=0,
                 better="lower")


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


def hostile(bench, stack):
    """Send callbacks of wrong types, sizes, people and cards."""
    found = people._shell(stack, ATTACK % {"hostile": HOSTILE})
    for name in sorted(found):
        bench.figure("%s of %d hostile callbacks" % (name, HOSTILE), found[name], "",
                     goal=0, better="lower")
