"""Two servers share a PostgreSQL; one is killed in the middle.

As on two machines, each has its own processes, data folder and runner of OCA's
queue_job.
"""

import collections
import time

import pytest

from tools.odoo import Odoo

from . import house

PEOPLE = 120
MESSAGES = 10
TODOS, ASSIGNED = 20, 4
JOBS = {"ODOO_QUEUE_JOB_CHANNELS": "root:2"}
STACK = dict(
    people=PEOPLE, departments=8, workers=2, cron_seconds=2, environment=JOBS,
    modules=["dingding", "dingding_callback", "dingding_activity", "queue_job"],
    server_wide=["web", "queue_job"])
UPDATE = "/topapi/v2/user/update"
QUEUES = ("dingding_sync", "dingding_outgoing_change", "dingding_message_task",
          "dingding_event", "dingding_todo_change")
OPEN = "state IN ('queued', 'working', 'retry')"


@pytest.fixture(scope="module")
def second(stack):
    server = Odoo(
        stack.postgres, stack.folder / "second", database=stack.database, workers=2,
        environment=stack.odoo.environment, addons=stack.odoo.addons,
        server_wide=stack.odoo.server_wide, logs=stack.logs / "second")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def people(stack, corp, second):
    """Return the ids of all people; Odoo leads profiles."""
    house.lift_limits(stack)
    stack.rpc("dingding.corp", "write", [corp], {"leads_profile": "odoo"})
    house.read_people(stack, corp, 180)
    stack.rpc("dingding.corp", "write", [corp], {"todo": "always"})
    return [int(key) for key in stack.query(
        "SELECT id FROM dingding_user ORDER BY id").split("\n")]


@pytest.fixture(scope="module")
def users(stack, people):
    """Return the ids of users with people, whose activities become to-dos."""
    found = []
    for number in range(ASSIGNED):
        found.append(stack.rpc("res.users", "create", {
            "name": "Colleague %d" % number, "login": "colleague-%d" % number,
            "email": "colleague-%d@example.com" % number,
        }, context={"no_reset_password": True}))
        stack.rpc("dingding.user", "write", [people[number]], {"user_id": found[-1]})
    return found


def count(stack, what):
    return int(stack.query("SELECT count(*) FROM " + what))


def wait_for_all(stack, seconds=240):
    """Wait until all queues are empty, with shorter intervals of the cron."""
    def look():
        house.hurry_cron(stack)
        for table in QUEUES:
            # Work of a killed server is otherwise found after minutes.
            stack.query(
                "UPDATE %s SET write_date = write_date - interval '1 h' WHERE id IN"
                " (SELECT id FROM %s WHERE %s AND write_date >"
                " now() AT TIME ZONE 'UTC' - interval '30 min'"
                " AND write_date < now() AT TIME ZONE 'UTC' - interval '15 s'"
                " FOR UPDATE SKIP LOCKED)" % (table, table, OPEN))
        left = {table: count(stack, "%s WHERE %s" % (table, OPEN)) for table in QUEUES}
        if any(left.values()):
            time.sleep(1)
            return False
        return True

    house.wait_until(look, seconds, "the queues: " + stack.query(
        "SELECT 'changes', state, count(*) FROM dingding_outgoing_change GROUP BY 2"
        " UNION ALL SELECT 'messages', state, count(*) FROM dingding_message_task"
        " GROUP BY 2 UNION ALL SELECT 'events', state, count(*) FROM dingding_event"
        " GROUP BY 2"))


def phones(dingtalk):
    """Return text -> how often it was received."""
    found = collections.Counter()
    for task in dingtalk("GET", "/tasks"):
        found[task["msg"]["text"]["content"]] += len(task["recipients"])
    return found


def begin_all(stack, dingtalk, corp, people, users, word):
    """Queue work of all kinds at once; return the texts of the messages."""
    stack.rpc("dingding.user", "write", people, {"title": word})
    kind = stack.reference("mail.mail_activity_data_todo")
    document = stack.rpc("res.partner", "create", {"name": word})
    for number in range(TODOS):
        stack.rpc("mail.activity", "create", {
            "res_model_id": stack.reference("base.model_res_partner"),
            "res_id": document, "activity_type_id": kind,
            "summary": "%s %d" % (word, number), "date_deadline": "2030-01-31",
            "user_id": users[number % ASSIGNED]})
    texts = ["%s %d" % (word, number) for number in range(MESSAGES)]
    for text in texts:
        stack.rpc("dingding.message", "send", False, {"dingding.user": people}, text)
    # As if just received.
    stack.query(
        "INSERT INTO dingding_event (corp_id, event_type, event_key, subject, source,"
        " state, attempts, received_at, content) SELECT corp_id, 'user_modify_org',"
        " '%s' || id, 'user:' || userid, 'http', 'failed', 0, now(),"
        " '{\"userId\": [\"' || userid || '\"]}' FROM dingding_user ORDER BY id"
        " LIMIT 40" % word)
    events = [int(each) for each in stack.query(
        "SELECT id FROM dingding_event WHERE event_key LIKE '%s%%'" % word).split()]
    stack.rpc("dingding.event", "action_run_again", events)
    stack.rpc("dingding.corp", "action_get_users", [corp])
    return texts


def check_all(stack, dingtalk, word, texts):
    """Check that everything was done exactly once."""
    assert {each["title"] for each in dingtalk.users()} == {word}
    assert count(stack, "dingding_user WHERE title = '%s'" % word) == PEOPLE
    assert count(stack, "dingding_user") == PEOPLE
    assert count(stack, "dingding_event WHERE event_key LIKE '%s%%' AND state = 'done'"
                 % word) == 40
    assert stack.query("SELECT state FROM dingding_sync ORDER BY id DESC LIMIT 1"
                       ) == "done"
    found = phones(dingtalk)
    assert all(found[text] <= PEOPLE for text in texts), found
    todos = [task["subject"] for task in dingtalk("GET", "/to_dos")
             if task["subject"].startswith(word)]
    assert len(todos) == len(set(todos)) == TODOS, todos
    # A task whose answer was lost with its server waits for a decision.
    unknown = count(stack, "dingding_message_task WHERE state = 'unknown'")
    assert unknown <= 1
    sent = [text for text in texts if found[text] == PEOPLE]
    assert len(sent) >= MESSAGES - unknown, found


def test_two_servers_share_the_work(stack, dingtalk, corp, second, people, users):
    texts = begin_all(stack, dingtalk, corp, people, users, "Shared")
    wait_for_all(stack)
    check_all(stack, dingtalk, "Shared", texts)
    assert phones(dingtalk)[texts[0]] == PEOPLE
    # A concurrent change of a person may have needed a second call.
    assert dingtalk.taken(UPDATE) <= PEOPLE + 5


def test_one_server_is_killed_in_the_middle(
    stack, dingtalk, corp, second, people, users
):
    done = count(stack, "dingding_outgoing_change WHERE state = 'done'")
    dingtalk("PATCH", "/settings", {"latency": 100})
    texts = begin_all(stack, dingtalk, corp, people, users, "Killed")
    house.wait_until(
        lambda: count(stack, "dingding_outgoing_change WHERE state = 'done'")
        >= done + 10, 120, "the first changes")
    assert count(stack, "dingding_outgoing_change WHERE " + OPEN) > 0
    second.kill()
    dingtalk("PATCH", "/settings", {"latency": 0})
    wait_for_all(stack)
    check_all(stack, dingtalk, "Killed", texts)
    # Only calls with lost answers are repeated.
    assert dingtalk.taken(UPDATE) <= PEOPLE + 10
    second.start()
    texts = begin_all(stack, dingtalk, corp, people, users, "Back")
    wait_for_all(stack)
    check_all(stack, dingtalk, "Back", texts)
