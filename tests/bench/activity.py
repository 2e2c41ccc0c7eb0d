"""Notifications: the calls of a message to many, the statements of a write to none."""

import sys
import time

from tools import paths

sys.path.insert(0, str(paths.ROOT / "tests" / "e2e"))

import house  # noqa: E402  (found there)

from tests.bench import people  # noqa: E402  (counts statements)

AREA = "activity"
PEOPLE = 320
FOLLOWERS = 300
SECONDS = 300
SEND = "/topapi/message/corpconversation/asyncsend_v2"
HOUSE = ["dingding", "dingding_activity"]

# Links people to users of one language, who follow a document.
FOLLOWERS_CODE = """
import json
persons = env["dingding.user"].search([("user_id", "=", False)], limit=%d)
users = env["res.users"].with_context(no_reset_password=True)
partners = []
for number, person in enumerate(persons):
    user = users.create({
        "name": "Follower %%d" %% number, "login": "follower-%%d" %% number,
        "lang": "en_US", "tz": "Asia/Shanghai",
        "groups_id": [(6, 0, [env.ref("base.group_user").id])]})
    person.user_id = user
    partners.append(user.partner_id.id)
document = env["res.partner"].with_context(mail_create_nosubscribe=True).create(
    {"name": "Order"})
document.message_subscribe(partner_ids=partners)
env["dingding.corp"].search([]).write(
    {"notify": True, "notify_quiet_from": 0, "notify_quiet_to": 0})
env["dingding.notification"].search([]).unlink()
env.cr.commit()
print("FIGURES " + json.dumps({"document": document.id, "followers": len(partners)}))
"""
# Writes on a model without followers and activities.
WRITES = """
import json
from odoo import sql_db
""" + people.COUNTING + """
record = env["res.country.state"].search([], limit=1)
record.write({"code": "W0"})
env.cr.commit()
counts["all"] = 0
for number in range(100):
    record.write({"code": "W%d" % number})
    getattr(env, "flush_all", lambda: None)()
print("FIGURES " + json.dumps({"statements": counts["all"] / 100.0}))
env.cr.rollback()
"""


def figures(bench):
    """Measure a message to many followers, and writes that concern nobody."""
    with bench.stack(people=PEOPLE, departments=6, workers=2, cron_seconds=2,
                     modules=HOUSE) as stack:
        control = house.Control(stack.simulator.url)
        corp = house.connect(stack)
        house.read_people(stack, corp, SECONDS)
        found = people._shell(stack, FOLLOWERS_CODE % FOLLOWERS)
        assert found["followers"] == FOLLOWERS, found
        posting(bench, stack, control, found["document"])
        beside = people._shell(stack, WRITES)["statements"]
    with bench.stack(people=20, departments=2, modules=HOUSE[:1],
                     start_odoo=False) as stack:
        alone = people._shell(stack, WRITES)["statements"]
    bench.figure("a write without followers and activities: more statements",
                 round(beside - alone, 2), "statements", goal=0, better="lower")


def posting(bench, stack, control, document):
    """Post one message; count calls until all followers have it."""
    comment, = stack.rpc("ir.model.data", "search_read", [
        ("module", "=", "mail"), ("name", "=", "mt_comment")], ["res_id"])
    control.forget()
    started = time.monotonic()
    stack.rpc("res.partner", "message_post", [document], body="Hello everybody",
              message_type="comment", subtype_id=comment["res_id"])
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
