"""Background work is done soon, although Odoo's cron looks every minute."""

import pytest

from . import house

STACK = dict(people=20, departments=3, workers=2, cron_threads=1)


@pytest.fixture(scope="module")
def person(stack, corp):
    """(id in Odoo, userid) of a recipient."""
    house.read_people(stack, corp, 60)
    found = stack.query("SELECT id, userid FROM dingding_user ORDER BY id LIMIT 1")
    return int(found.split("|")[0]), found.split("|")[1]


def arrived(dingtalk, userid, text):
    return any(
        message["msg"].get("text", {}).get("content") == text
        for message in dingtalk.messages(userid))


def run_actions(stack, when):
    """Set when the scheduled actions of our addons are due, as SQL."""
    stack.query(
        "UPDATE ir_cron SET nextcall = %s WHERE id IN (SELECT res_id FROM ir_model_data"
        " WHERE model = 'ir.cron' AND module LIKE 'dingding%%')" % when)


def test_a_message_waits_for_no_scheduled_action(stack, dingtalk, person):
    run_actions(stack, "now() AT TIME ZONE 'UTC' + interval '1 day'")
    try:
        for number in range(3):
            text = "Soon %d" % number
            stack.rpc("dingding.message", "send", False,
                      {"dingding.user": [person[0]]}, text)
            house.wait_until(
                lambda: arrived(dingtalk, person[1], text), 90, "the message")
    finally:
        run_actions(stack, "now() AT TIME ZONE 'UTC'")


def test_the_connection_test_tells_that_no_scheduled_action_runs(stack, corp):
    stack.query("UPDATE ir_cron SET active = false, nextcall = now() AT TIME ZONE 'UTC'"
                " WHERE id = %d" % stack.reference(
                    "dingding.dingding_queue_cron"))
    try:
        health = stack.rpc("dingding.corp", "action_test_connection", [corp])["res_id"]
        lines = stack.rpc("dingding.health.line", "search_read", [
            ("health_id", "=", health), ("name", "=", "Scheduled actions")])
        assert [line["state"] for line in lines] in (["error"], ["warning"])
        assert "DingTalk: background jobs" in lines[0]["message"]
    finally:
        stack.query("UPDATE ir_cron SET active = true WHERE id = %d" % stack.reference(
            "dingding.dingding_queue_cron"))
