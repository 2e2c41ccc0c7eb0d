"""Notifications and to-dos: what many cost DingTalk, and a transaction of users.

``ACTIVITY_PARTS`` chooses parts: posting, planning, making, ticking, writes. The goals
stay the same.
"""

import concurrent.futures
import os
import sys
import time

from tools import paths

sys.path.insert(0, str(paths.ROOT / "tests" / "e2e"))

import house  # noqa: E402  (found there)

from tests.bench import people  # noqa: E402  (counts statements)

PEOPLE = 320
FOLLOWERS = 300
SECONDS = 900  # on a busy machine; the figures say whether it was too long
PARTS = [each for each in os.environ.get("ACTIVITY_PARTS", "").split(",") if each]
SEND = "/topapi/message/corpconversation/asyncsend_v2"
HOUSE = ["dingding", "dingding_activity"]
ACTIVITIES, ASSIGNED = 500, 200
# DingTalk's limit: 20 calls in 1.05 seconds, of which the first 20 do not wait.
LIMIT_SECONDS = (ACTIVITIES - 20) * 1.05 / 20
TICKED, BETWEEN = 60, 0.4  # to-dos that are done on phones, seconds between two

# Links people to users of one language, who follow a document. All but the first are
# copied with SQL: Odoo 11 takes half a minute for each hundred.
FOLLOWERS_CODE = """
import json
from odoo.addons.dingding import compat
users = env["res.users"].with_context(no_reset_password=True)
first = users.create({
    "name": "Follower", "login": "follower",
    # Marking an activity as done needs an address; no e-mail is to be sent.
    # The bus of Odoo 11 does not take so many who handle notifications in Odoo.
    "email": "follower@example.com", "notification_type": "email",
    "lang": "en_US", "tz": "Asia/Shanghai",
    compat.USER_GROUPS: [(6, 0, [env.ref("base.group_user").id])]})
compat.flush(env)
""" + people.COPY + """
partners = [first.partner_id.id]
people = env["dingding.user"].search([("user_id", "=", False)], limit=FOLLOWERS).ids
cr.execute("UPDATE dingding_user SET user_id = %s WHERE id = %s", [first.id, people[0]])
for number, person in enumerate(people[1:], 1):
    name = "Follower %d" % number
    partner = copy("res_partner", first.partner_id.id, name=name, display_name=name,
                   email="follower-%d@example.com" % number)
    cr.execute("UPDATE res_partner SET commercial_partner_id = id WHERE id = %s",
               [partner])
    user = copy("res_users", first.id, login="follower-%d" % number, partner_id=partner)
    for table, column in (("res_groups_users_rel", "uid"),
                          ("res_company_users_rel", "user_id")):
        other = {"uid": "gid", "user_id": "cid"}[column]
        cr.execute("INSERT INTO %s (%s, %s) SELECT %%s, %s FROM %s WHERE %s = %%s" % (
            table, column, other, other, table, column), [user, first.id])
    cr.execute("UPDATE dingding_user SET user_id = %s WHERE id = %s", [user, person])
    partners.append(partner)
compat.forget(env)
document = env["res.partner"].with_context(mail_create_nosubscribe=True).create(
    {"name": "Order"})
document.message_subscribe(partner_ids=partners)
env["dingding.corp"].search([]).write(
    {"notify": True, "notify_quiet_from": 0, "notify_quiet_to": 0})
env["dingding.notification"].search([]).unlink()
env.cr.commit()
print("FIGURES " + json.dumps({"document": document.id, "followers": len(partners)}))
"""
# Writes what later series have only in memory.
FLUSH = """
flush = getattr(env, "flush_all", None) or getattr(env["base"], "flush", lambda: None)
"""
# The documents of activities; Odoo itself looks for them, not the addon.
PREPARED = """
kind = env.ref("mail.mail_activity_data_todo").id
model = env["ir.model"]._get("res.partner").id
persons = env["dingding.user"].search([("user_id", "!=", False)], limit=%d, order="id")
users = persons.mapped("user_id").ids
# Odoo stores the next deadline on the document: a single one would serialise them.
documents = [env["res.partner"].create({"name": "Document"}).id for number in range(20)]
""" % ASSIGNED
# Plans activities for several people, as one transaction does.
PLAN = """
for number in range(%d):
    env["mail.activity"].create({
        "res_model_id": model, "res_id": documents[number %% 20],
        "activity_type_id": kind,
        "summary": "No. %%d" %% number, "date_deadline": "2030-01-31",
        "user_id": users[number %% len(users)]})
""" % ACTIVITIES
# Counts the addon's statements, of which the first kind may store notifications too,
# among those of such a transaction.
PLANNED = FLUSH + """
import json, re, time
from odoo import sql_db
# Users have columns of ours too, and Odoo looks for documents of each model that has
# activities, such as the budget.
own = re.compile(
    "(FROM|INTO|UPDATE) .?dingding_(corp|message|notification|todo|user)")
env["dingding.corp"].search([]).write({"todo": "always", "notify": NOTIFY})
""" + PREPARED + """
flush()
counts = {"all": 0, "todo": 0, "notify": 0, "other": 0}
real = sql_db.Cursor.execute
def execute(cr, query, *args, **options):
    text = str(query)
    counts["all"] += 1
    if own.search(text):
        counts["todo" if "INTO dingding_todo_change" in text else
               "notify" if "INTO dingding_notification" in text else "other"] += 1
    return real(cr, query, *args, **options)
sql_db.Cursor.execute = execute
started = time.monotonic()
""" + PLAN + """
flush()
counts["seconds"] = time.monotonic() - started
print("FIGURES " + json.dumps(counts))
env.cr.rollback()
"""
# Writes on a model without followers and activities.
WRITES = FLUSH + """
import json
from odoo import sql_db
""" + people.COUNTING + """
record = env["res.country.state"].search([], limit=1)
record.write({"code": "W0"})
env.cr.commit()
counts["all"] = 0
for number in range(100):
    record.write({"code": "W%d" % number})
    flush()
print("FIGURES " + json.dumps({"statements": counts["all"] / 100.0}))
env.cr.rollback()
"""


def figures(bench):
    """Measure a message to many followers, to-dos, and writes that concern nobody."""
    chosen = PARTS or ["posting", "planning", "making", "ticking", "writes"]
    bench.figure("load of the machine before", round(os.getloadavg()[0], 1), "")
    with bench.stack(people=PEOPLE, departments=6, workers=2, cron_seconds=2,
                     modules=HOUSE) as stack:
        control = house.Control(stack.simulator.url)
        # There is no mail server.
        stack.rpc("ir.cron", "write", [
            stack.reference("mail.ir_cron_mail_scheduler_action")], {"active": False})
        corp = house.connect(stack)
        house.read_people(stack, corp, SECONDS)
        found = people._shell(
            stack, FOLLOWERS_CODE.replace("FOLLOWERS", str(FOLLOWERS)))
        assert found["followers"] == FOLLOWERS, found
        if "posting" in chosen:
            posting(bench, stack, control, found["document"])
        if "planning" in chosen:
            planning(bench, stack)
        if "making" in chosen or "ticking" in chosen:
            making(bench, stack, control)
        if "ticking" in chosen:
            ticking(bench, stack, control, corp)
        if "writes" in chosen:
            beside = people._shell(stack, WRITES)["statements"]
    if "writes" in chosen:
        with bench.stack(people=1, departments=1, modules=["mail"], simulated=False,
                         start_odoo=False) as stack:
            alone = people._shell(stack, WRITES)["statements"]
        assert alone >= 1, "nothing was counted"
        bench.figure("a write without followers and activities: more statements",
                     round(beside - alone, 2), "statements", goal=0, better="lower")
    bench.figure("load of the machine after", round(os.getloadavg()[0], 1), "")


def posting(bench, stack, control, document):
    """Post one message; count calls until all followers have it."""
    comment, = stack.rpc("ir.model.data", "search_read", [
        ("module", "=", "mail"), ("name", "=", "mt_comment")], ["res_id"])
    control.forget()
    started = time.monotonic()
    stack.rpc("res.partner", "message_post", [document], body="Hello everybody",
              message_type="comment", subtype_id=comment["res_id"],
              context={"mail_notify_force_send": False})
    bench.figure("a message to %d followers: posting" % FOLLOWERS,
                 round(time.monotonic() - started, 2), "s")

    def sent():
        return stack.query(
            "SELECT count(*) FROM dingding_notification_line WHERE state = 'sent'"
        ) == str(FOLLOWERS)

    house.wait_until(sent, SECONDS, "sending")
    bench.figure("a message to %d followers: until DingTalk has all" % FOLLOWERS,
                 round(time.monotonic() - started, 2), "s")
    bench.figure("a message to %d followers: calls" % FOLLOWERS,
                 control.calls(SEND), "calls", goal=4, better="lower")


def planning(bench, stack):
    """Count the statements that to-dos add to a transaction."""
    name = "%d activities for %d people in a transaction: " % (ACTIVITIES, ASSIGNED)
    found = people._shell(stack, PLANNED.replace("NOTIFY", "False"))
    bench.figure(
        name + "all statements", round(found["all"] / ACTIVITIES, 1), "an activity")
    for words, notify in (("to-dos", "False"), ("to-dos and notifications", "True")):
        if notify == "True":
            found = people._shell(stack, PLANNED.replace("NOTIFY", notify))
        bench.figure(name + "inserts for %s" % words,
                     (found["todo"] + found["notify"]) / ACTIVITIES,
                     "an activity", goal=1, better="lower")
        bench.figure(name + "other statements on our tables, with %s" % words,
                     found["other"], "statements", goal=0, better="lower")


def making(bench, stack, control):
    """Plan in one transaction of the server; time until DingTalk has all to-dos."""
    stack.rpc("dingding.corp", "write", stack.rpc("dingding.corp", "search", []), {
        "todo": "always", "notify": False})
    model, = stack.rpc("ir.model", "search", [("model", "=", "res.partner")])
    action = stack.rpc("ir.actions.server", "create", {
        "name": "Plan", "model_id": model, "state": "code",
        # XML-RPC has no None, which the action would return.
        "code": PREPARED + PLAN + 'action = {"type": "ir.actions.act_window_close"}'})
    record, = stack.rpc("res.partner", "search", [], 0, 1)
    control.forget()
    stack.rpc("ir.actions.server", "run", [action], context={
        "active_model": "res.partner", "active_id": record, "active_ids": [record]})
    started = time.monotonic()
    house.wait_until(lambda: stack.query(
        "SELECT count(*) FROM dingding_todo WHERE status = 'open'"
    ) == str(ACTIVITIES), SECONDS, "all to-dos")
    seconds = time.monotonic() - started
    bench.figure("%d to-dos: until DingTalk has all" % ACTIVITIES, round(seconds, 1),
                 "s", goal=round(1.1 * LIMIT_SECONDS, 1), better="lower")
    bench.figure("%d to-dos: what the limit of calls costs" % ACTIVITIES,
                 round(LIMIT_SECONDS, 1), "s")
    bench.figure("%d to-dos: doubled in DingTalk" % ACTIVITIES,
                 len(control("GET", "/to_dos")) - ACTIVITIES, "to-dos", goal=0,
                 better="lower")
    bench.figure("%d to-dos: calls" % ACTIVITIES, control.calls("/v1.0/todo/*"),
                 "calls", goal=ACTIVITIES, better="lower")


def ticking(bench, stack, control, corp):
    """Mark to-dos as done on phones; time until their activities are done."""
    app = stack.rpc("dingding.corp", "read", [corp], ["app_id"])[0]["app_id"][0]
    stack.rpc("dingding.app", "write", [app], {"stream_mode": True})
    runner = house.Runner(stack).start()
    try:
        house.wait_until(
            lambda: any(each["state"] == "open"
                        for each in control("GET", "/streams")["connections"]),
            60, "Stream mode")
        waits = ticked(stack, control)
    finally:
        runner.stop()
    for part in (0.5, 0.95):
        bench.figure(
            "done in DingTalk to activity done, Stream mode, p%d" % (100 * part),
            round(sorted(waits)[int(len(waits) * part)], 2), "s",
            goal=2 if part > 0.5 else None)


def ticked(stack, control):
    """Return the seconds from each tick to the end of its activity."""
    people_of = {each["unionid"]: each["userid"] for each in control.users()}
    tasks = control("GET", "/to_dos")[:TICKED]
    begun, waits = {}, {}

    def watch():
        deadline = time.monotonic() + TICKED * BETWEEN + 60
        while len(waits) < len(tasks) and time.monotonic() < deadline:
            pending = set(stack.query(
                "SELECT t.task_id FROM dingding_todo t JOIN mail_activity a"
                " ON a.id = t.activity_ref").split())
            now = time.monotonic()
            for key in set(begun) - set(waits) - pending:
                waits[key] = now - begun[key]
            time.sleep(0.02)

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        for task in tasks:
            begun[task["id"]] = time.monotonic()
            control("POST", "/to_dos/%s/act" % task["id"], {
                "userid": people_of[task["executorIds"][0]], "action": "done"})
            time.sleep(BETWEEN)
        watching.result()
    assert len(waits) == len(tasks), "%d of %d are done" % (len(waits), len(tasks))
    return list(waits.values())
