"""Approvals on the real stack: timeouts, lost events, killed servers."""

import concurrent.futures
import random
import time

import pytest

from . import house

STACK = dict(
    people=30, departments=5, workers=2, cron_seconds=2,
    # Those of test_mini: one database for both.
    modules=("dingding_inside", "dingding_approval_inside", "dingding_approval_demo"),
    simulator_args=["--latency", "10"])
MODEL = "dingding.demo.purchase"
START = "/v1.0/workflow/processInstances"
RECORDS = 100
ALIKE = 6  # of them with the same form as another
SEED = 5


@pytest.fixture(scope="module")
def ready(stack, corp):
    """Synced people, imported templates, subscribed events; one approver."""
    control = house.Control(stack.simulator.url)
    house.read_people(stack, corp)
    house.subscribe(stack, corp)
    house.get_templates(stack, corp)
    head = control.users()[0]["userid"]
    templates = control("GET", "/approvals/templates")
    purchase = [each for each in templates if each["name"] == "采购申请"][0]
    control("PATCH", "/approvals/templates/" + purchase["process_code"],
            {"flow": [{"action": "ONE_BY_ONE", "userids": [head]}]})
    stack.rpc("dingding.corp", "write", [corp], {"approval_poll_minutes": 0})
    return head


def make(stack, count, name):
    """Create purchase requests, some of them alike; return their ids."""
    def one(number):
        return stack.rpc(MODEL, "create", {
            "subject": "%s %d" % (name, number - number % 2 if number < 2 * ALIKE
                                  else number),
            "line_ids": [(0, 0, {"name": "Chair", "quantity": 2, "price": 10})]})

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        return list(pool.map(one, range(count)))


def submit(stack, ids):
    """Press the button for each record, for every fifth one twice at once."""
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for_all = ids + ids[::5]
        list(pool.map(
            lambda number: stack.rpc(
                "dingding.approval", "submit", "%s,%d" % (MODEL, number)), for_all))


def number(stack, what):
    return int(stack.query("SELECT count(*) FROM " + what))


def statuses(stack, ids):
    found = stack.query(
        "SELECT status, count(*) FROM dingding_approval WHERE res_model = '%s'"
        " AND res_id IN (%s) GROUP BY 1 ORDER BY 1"
        % (MODEL, ",".join(str(each) for each in ids)))
    return dict(line.split("|") for line in found.splitlines())


def hurry(stack):
    """Make retries due; have the cron look."""
    stack.query("UPDATE dingding_approval SET next_try = NULL"
                " WHERE next_try IS NOT NULL AND state IN ('retry', 'queued')")
    house.hurry_cron(stack)


def until(stack, ids, wanted, seconds=90, polls=False):
    """Wait until all approvals of these records have the statuses.

    :param bool polls: whether to poll meanwhile; a poll misses approvals that are being
        read
    """
    def look():
        if statuses(stack, ids) == wanted:
            return True
        hurry(stack)
        if polls:
            poll(stack)
        time.sleep(0.5)
        return False

    try:
        house.wait_until(look, seconds)
    except AssertionError:
        raise AssertionError("%s: %s\n%s" % (
            statuses(stack, ids), wanted, stack.query(
                "SELECT id, status, state, attempts, asked_at, next_try, last_error"
                " FROM dingding_approval WHERE state <> 'done' ORDER BY id LIMIT 20")))


def poll(stack):
    """Poll running approvals with the cron, as every five minutes."""
    house.hurry_cron(stack, "dingding_approval_cron_poll")


def instances(dingtalk, name):
    found = dingtalk("GET", "/approvals/instances", size=1000)
    return [each for each in found if name in str(each)]


def decide(dingtalk, found, head):
    """Decide on the phone: each tenth is refused. Return instance -> action."""
    done = {}
    for place, each in enumerate(found):
        action = "refuse" if place % 10 == 9 else "agree"
        dingtalk("POST", "/approvals/instances/%s/act" % each["id"],
                 {"userid": head, "action": action, "remark": action})
        done[each["id"]] = action
    return done


def check(stack, ids, done):
    """Check that each record has its own instance's outcome, once."""
    rows = stack.query(
        "SELECT a.instance_id, a.status, p.state, a.locked FROM dingding_approval a"
        " JOIN dingding_demo_purchase p ON p.id = a.res_id WHERE a.res_id IN (%s)"
        % ",".join(str(each) for each in ids)).splitlines()
    assert len(rows) == len(ids)
    words = {"agree": "agreed|approved|f", "refuse": "refused|refused|f"}
    for row in rows:
        instance, rest = row.split("|", 1)
        assert rest == words[done.pop(instance)], row
    assert not done, "instances of nobody: %s" % done
    told = stack.query(
        "SELECT res_id, count(*) FROM mail_message WHERE model = '%s' AND res_id IN"
        " (%s) AND (body LIKE '%%Approved in%%' OR body LIKE '%%Refused in%%')"
        " GROUP BY 1"
        % (MODEL, ",".join(str(each) for each in ids))).splitlines()
    assert sorted(told) == sorted("%d|1" % each for each in ids)


def test_a_hundred_in_bad_weather(stack, dingtalk, ready):
    """Each tenth start gets no answer; events are shuffled, doubled, lost."""
    dingtalk("PATCH", "/settings", {
        "event_order": "random", "event_shuffle_seconds": 1, "event_lose": 0.1,
        "event_double": 0.1, "event_seed": SEED})
    ids = make(stack, RECORDS, "Weather")
    dingtalk.fault("reset_after", START, times=RECORDS // 10, every=10, method="POST")
    dingtalk.fault("timeout_after", START, skip=30, seconds=25, method="POST")
    submit(stack, ids)
    until(stack, ids, {"running": str(RECORDS)})
    found = instances(dingtalk, "Weather")
    assert len(found) == RECORDS
    done = decide(dingtalk, found, ready)
    assert len(done) == RECORDS
    time.sleep(2)
    until(stack, ids, {"agreed": "90", "refused": "10"}, polls=True)
    check(stack, ids, done)
    assert len(instances(dingtalk, "Weather")) == RECORDS
    dingtalk("PATCH", "/settings", {
        "event_order": "in_order", "event_lose": 0, "event_double": 0})


def test_killed_again_and_again(stack, dingtalk, ready):
    """kill -9 while approvals are submitted, and while outcomes are written."""
    chance = random.Random(SEED)
    count = 30
    ids = make(stack, count, "Killed")
    submit(stack, ids)
    for _round in range(2):
        time.sleep(chance.uniform(0.05, 0.4))
        stack.kill_odoo()
        house.lose_work(stack)
        stack.start_odoo()
    until(stack, ids, {"running": str(count)}, 120)
    found = instances(dingtalk, "Killed")
    assert len(found) == count
    done = decide(dingtalk, found, ready)
    for _round in range(2):
        stack.kill_odoo()
        house.lose_work(stack)
        stack.start_odoo()
        poll(stack)
        time.sleep(chance.uniform(0.3, 1))
    until(stack, ids, {"agreed": "27", "refused": "3"}, 120, polls=True)
    check(stack, ids, done)
