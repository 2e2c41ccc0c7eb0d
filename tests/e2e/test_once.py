"""Each part of a message is sent once, despite concurrent parts.

Many simultaneous messages to more people than one call takes, with a slow DingTalk: no
other commit may lose the outcome of a call.
"""

import collections
import concurrent.futures
import os

import pytest

from . import house

PEOPLE = 151
# ``ONCE_MESSAGES=2000`` is for manual runs: two parts each.
MESSAGES = int(os.environ.get("ONCE_MESSAGES", "20"))
SECONDS = 120 + 2 * MESSAGES
STACK = dict(people=PEOPLE, departments=6, workers=2, cron_threads=2, cron_seconds=2)


@pytest.fixture(scope="module")
def people(stack, corp):
    """DingTalk users of everybody: ids in order."""
    house.read_people(stack, corp, 180)
    return [int(key) for key in stack.query(
        "SELECT id FROM dingding_user ORDER BY id").split("\n")]


def send_many(stack, people, latency, count=MESSAGES):
    """Send messages by several clients at once; return their ids."""
    def send(number):
        text = "Number %d at %d ms" % (number, latency)
        return stack.rpc(
            "dingding.message", "send", False, {"dingding.user": people}, text)[0]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(send, range(count)))


def sends(dingtalk):
    """Return (text, people) -> how often DingTalk accepted it."""
    found = collections.Counter()
    for task in dingtalk("GET", "/tasks"):
        asked = list(task["recipients"]) + [
            each["userid"] for each in task["forbidden"]]
        found[task["msg"]["text"]["content"], tuple(sorted(asked))] += 1
    return found


def another_minute(stack):
    """Backdate everything: this is not about the limit per minute."""
    stack.query("UPDATE dingding_message_task SET sent_at = sent_at - interval '2 min'"
                " WHERE state = 'done' AND sent_at >"
                " now() AT TIME ZONE 'UTC' - interval '1 min'")


@pytest.mark.parametrize("latency", [300, 0])
def test_many_messages_at_once_leave_once(stack, dingtalk, people, latency):
    another_minute(stack)
    dingtalk("PATCH", "/settings", {"latency": latency, "per_minute": None})
    before = sends(dingtalk)
    messages = send_many(stack, people, latency)

    def all_sent():
        if MESSAGES > 30:
            another_minute(stack)
        return stack.query(
            "SELECT count(*) FROM dingding_message WHERE state = 'sent'"
            " AND id >= %d" % min(messages)) == str(MESSAGES)

    house.wait_for_cron(stack, all_sent, SECONDS, "all messages")
    dingtalk("PATCH", "/settings", {"latency": 0})
    found = sends(dingtalk) - before
    repeated = {key: count for key, count in found.items() if count > 1}
    print("%d parts, %d repeated at %d ms" % (len(found), len(repeated), latency))
    assert len(found) == 2 * MESSAGES
    assert not repeated, "%d of %d parts left again" % (len(repeated), len(found))
    # Odoo has DingTalk's first answer.
    assert stack.query(
        "SELECT count(*) FROM dingding_message_task WHERE message_id >= %d AND (state"
        " != 'done' OR dingtalk_task IS NULL OR attempts > 1)" % min(messages)) == "0"
