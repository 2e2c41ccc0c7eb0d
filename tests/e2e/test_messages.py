"""Work notifications on the real stack, with killed servers.

Beyond Odoo's tests: several processes with their own connections, a server
that dies between request and answer, simultaneous buttons.
"""

import concurrent.futures
import xmlrpc.client

import pytest

from . import house

# DingTalk takes 100 people per call.
PEOPLE = 1050
STACK = dict(people=PEOPLE, departments=6, workers=2, cron_threads=2, cron_seconds=2)
API = "/topapi/message/corpconversation/"
SEND, RESULT, RECALL = API + "asyncsend_v2", API + "getsendresult", API + "recall"


@pytest.fixture(scope="module")
def people(stack, corp):
    """DingTalk users of everybody: (id, userid) in order."""
    stack.rpc("dingding.corp", "action_get_users", [corp])
    house.wait_until(
        lambda: stack.query("SELECT count(*) FROM dingding_user") == str(PEOPLE)
        and stack.query("SELECT state FROM dingding_sync") == "done",
        180, "the read of everybody")
    rows = stack.query("SELECT id, userid FROM dingding_user ORDER BY id").split("\n")
    return [(int(row.split("|")[0]), row.split("|")[1]) for row in rows]


@pytest.fixture(autouse=True)
def nothing_left(stack):
    """Have no test wait for the minute of the one before, or count its calls."""
    yield
    stack.query("UPDATE dingding_message_task SET next_result = NULL,"
                " sent_at = sent_at - interval '2 min'")


def send(stack, people, text):
    """Send a text as a client of Odoo; return the message's id."""
    ids = [person[0] for person in people]
    return stack.rpc("dingding.message", "send", False, {"dingding.user": ids}, text)[0]


def column(stack, message, name):
    return stack.query(
        "SELECT %s FROM dingding_message WHERE id = %d" % (name, message))


def task(stack, message, name):
    return stack.query(
        "SELECT %s FROM dingding_message_task WHERE message_id = %d" % (name, message))


def wait_for_state(stack, message, state="sent"):
    house.wait_for_cron(
        stack, lambda: column(stack, message, "state") == state, 90,
        "message %d (%s): %s" % (message, column(stack, message, "state"), state))


def copies(dingtalk, person, text):
    """Return how often a person received a text."""
    return [
        note["msg"]["text"]["content"] for note in dingtalk.messages(person[1])
    ].count(text)


def test_everybody_in_eleven_calls(stack, dingtalk, people):
    message = send(stack, people, "To everybody")
    wait_for_state(stack, message)
    assert dingtalk.calls(SEND) == 11
    assert column(stack, message, "people") == str(PEOPLE)
    for person in (people[0], people[99], people[100], people[-1]):
        assert copies(dingtalk, person, "To everybody") == 1


def test_killed_between_request_and_answer(stack, dingtalk, people):
    dingtalk.fault("timeout_after", SEND, seconds=60)
    message = send(stack, people[:3], "Killed")
    house.wait_until(lambda: dingtalk.calls(SEND) == 1, 90, "the call")
    assert task(stack, message, "state || (maybe_since IS NOT NULL)") == "workingtrue"
    stack.kill_odoo()
    house.lose_work(stack)
    stack.start_odoo()
    wait_for_state(stack, message)
    assert dingtalk.calls(SEND) == 2
    assert task(stack, message, "resent") == "t"
    for person in people[:3]:
        assert copies(dingtalk, person, "Killed") == 1
    # DingTalk reports that it dropped the second one: that is not a failure.
    stack.rpc("dingding.message", "action_refresh", [message])
    assert column(stack, message, "state || people_failed") == "sent0"


def test_killed_after_commit(stack, dingtalk, people):
    message = send(stack, people[3:5], "Killed at once")
    stack.kill_odoo()
    house.lose_work(stack)
    stack.start_odoo()
    wait_for_state(stack, message)
    for person in people[3:5]:
        assert copies(dingtalk, person, "Killed at once") == 1


def test_the_day_after_a_person_decides(stack, dingtalk, people):
    dingtalk.fault("timeout_after", SEND, seconds=60)
    message = send(stack, people[5:6], "Yesterday")
    house.wait_until(lambda: dingtalk.calls(SEND) == 1, 90, "the call")
    stack.kill_odoo()
    stack.query("UPDATE dingding_message_task SET"
                " maybe_since = maybe_since - interval '1 day'"
                " WHERE message_id = %d" % message)
    house.lose_work(stack)
    stack.start_odoo()
    wait_for_state(stack, message, "unknown")
    assert dingtalk.calls(SEND) == 1
    stack.rpc("dingding.message", "action_mark_sent", [message])
    assert column(stack, message, "state") == "sent"
    assert copies(dingtalk, people[5], "Yesterday") == 1


def test_rollback_sends_nothing(stack, dingtalk, people):
    stack.odoo_shell(
        "env['dingding.message'].send(None, env['dingding.user'].browse(%d), 'Never')\n"
        "env.cr.rollback()\n" % people[6][0])
    message = send(stack, people[7:8], "After it")
    wait_for_state(stack, message)
    assert dingtalk.calls(SEND) == 1
    assert copies(dingtalk, people[6], "Never") == 0


def test_buttons_pressed_at_once(stack, dingtalk, people):
    message = send(stack, people[:250], "Pressed")
    wait_for_state(stack, message)

    def press(name):
        try:
            return stack.rpc("dingding.message", name, [message])
        except xmlrpc.client.Fault as fault:
            return fault.faultString

    names = ["action_recall", "action_refresh", "action_recall", "action_refresh"]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(press, names))
    assert column(stack, message, "state") == "recalled"
    # Each part is recalled once; the second person is told.
    assert dingtalk.calls(RECALL) == 3
    recalls = [answer for answer, name in zip(answers, names) if name == names[0]]
    assert sorted(answer is True for answer in recalls) == [False, True]
    assert "bad query" not in stack.log_text()


def test_a_recall_survives_the_error_of_the_next(stack, dingtalk, people):
    messages = [send(stack, people[at:at + 1], "Taken back %d" % at) for at in (20, 21)]
    for message in messages:
        wait_for_state(stack, message)
    dingtalk.fault("ip", RECALL, skip=1)
    with pytest.raises(xmlrpc.client.Fault):
        stack.rpc("dingding.message", "action_recall", messages)
    found = [column(stack, message, "state") for message in messages]
    assert sorted(found) == ["recalled", "sent"]
    stack.rpc(
        "dingding.message", "action_recall", [messages[found.index("sent")]])
    assert dingtalk.calls(RECALL) == 3


def test_results_come_by_themselves(stack, dingtalk, people):
    message = send(stack, people[8:10], "Read me")
    wait_for_state(stack, message)
    note = dingtalk.messages(people[8][1])[0]
    dingtalk("POST", "/messages/%s/read" % note["id"], {"userid": people[8][1]})
    stack.query("UPDATE dingding_message_task SET next_result = '2001-01-01'"
                " WHERE message_id = %d" % message)
    house.wait_for_cron(
        stack,
        lambda: column(stack, message, "people_read || '-' || people_unread") == "1-1",
        30, "the results")
    assert dingtalk.calls(RESULT) == 1
