"""Events on the real stack: the simulated DingTalk pushes, Odoo's workers receive."""

import concurrent.futures
import json
import random
import signal

import pytest
import requests

from . import house

STACK = dict(
    people=30, departments=5, workers=2, cron_seconds=2,
    modules=("dingding", "dingding_callback"))
FUZZED = 600
SEED = 11


@pytest.fixture(scope="module")
def app(stack, corp):
    """Id of the application; people are read, the address is that of this Odoo."""
    stack.rpc("ir.config_parameter", "set_param", "web.base.url", stack.odoo_url)
    run = stack.rpc("dingding.corp", "action_get_users", [corp])["res_id"]
    house.wait_until(
        lambda: stack.query(
            "SELECT state FROM dingding_run WHERE id = %d" % run) == "done", 60)
    return stack.rpc("dingding.corp", "read", [corp], ["app_id"])[0]["app_id"][0]


@pytest.fixture(scope="module")
def subscribed(stack, app):
    """The same, subscribed as in the console: keys copied, address verified there."""
    control = house.Control(stack.simulator.url)
    form = stack.rpc("dingding.app", "action_callback_setup", [app])["res_id"]
    stack.rpc("dingding.callback.setup", "action_make_keys", [form])
    shown = stack.rpc(
        "dingding.callback.setup", "read", [form], ["url", "token", "aes_key"])[0]
    assert shown["url"].startswith(stack.odoo_url)
    control("POST", "/callbacks", {
        "app_key": stack.simulator.app_key, "url": shown["url"], "check": True,
        "token": shown["token"], "aes_key": shown["aes_key"], "tags": []})
    return dict(shown, app=app)


@pytest.fixture(autouse=True)
def empty(stack):
    stack.query("DELETE FROM dingding_event; DELETE FROM dingding_event_refusal")


def number(stack, what):
    return int(stack.query("SELECT count(*) FROM " + what))


def pushes(dingtalk, state, count=1):
    def found():
        rows = dingtalk("GET", "/pushes", limit=1000)
        rows = [row for row in rows if row["state"] == state]
        return rows if len(rows) >= count else None

    return house.wait_until(found, 30, "%d pushes %s" % (count, state))


def test_registered_by_api(stack, dingtalk, app):
    """DingTalk tries the address while Odoo waits for its answer."""
    stack.rpc("dingding.app", "action_callback_register", [app])
    result = stack.query("SELECT callback_result FROM dingding_app")
    assert "has tried the address" in result
    assert stack.query("SELECT callback_checked_at FROM dingding_app") != ""
    stack.rpc("dingding.app", "action_callback_verify", [app])
    result = stack.query("SELECT callback_result FROM dingding_app")
    assert "just reached" in result
    stack.rpc("dingding.app", "action_callback_query", [app])
    assert "user_add_org" in stack.query("SELECT callback_result FROM dingding_app")
    hire(stack, dingtalk, "甲新人", "13900000001")
    stack.rpc("dingding.app", "action_callback_delete", [app])


def all_done(stack, seconds):
    try:
        house.wait_until(
            lambda: not number(stack, "dingding_event WHERE state <> 'done'"), seconds)
    except AssertionError:
        raise AssertionError(stack.query(
            "SELECT id, state, attempts, event_type, subject, last_error,"
            " next_try - now() AT TIME ZONE 'UTC', write_date FROM dingding_event"
            " WHERE state <> 'done'"))


def hire(stack, dingtalk, name, mobile):
    new = dingtalk("POST", "/users", {"name": name, "mobile": mobile})["userid"]
    house.wait_until(
        lambda: number(stack, "dingding_user WHERE userid = '%s' AND active" % new),
        10, "the new colleague")
    return new


def test_hired_and_dismissed(stack, dingtalk, subscribed):
    new = hire(stack, dingtalk, "乙新人", "13900000002")
    dingtalk("PATCH", "/users/" + new, {"title": "厨师"})
    house.wait_until(
        lambda: stack.query(
            "SELECT title FROM dingding_user WHERE userid = '%s'" % new) == "厨师", 10)
    dingtalk("DELETE", "/users/" + new)
    house.wait_until(
        lambda: number(stack, "dingding_user WHERE userid = '%s' AND NOT active" % new),
        10, "the leaver")
    all_done(stack, 30)
    assert all(row["ms"] < 2000 for row in pushes(dingtalk, "delivered"))


@pytest.mark.parametrize("forge, cause", [
    ("wrong_signature", "token"), ("wrong_token", "token"),
    ("wrong_aes_key", "aes_key"), ("wrong_owner", "owner_key"),
    ("stale_timestamp", "clock")])
def test_forged(stack, dingtalk, subscribed, forge, cause):
    dingtalk("DELETE", "/pushes")
    dingtalk("POST", "/events", {
        "event_type": "user_leave_org", "data": {"userId": ["x"]}, forge: True})
    refused = pushes(dingtalk, "refused")
    assert [row["status"] for row in refused] == [403]
    assert number(stack, "dingding_event") == 0
    assert stack.query("SELECT cause FROM dingding_event_refusal") == cause


def test_replayed_at_once(stack, dingtalk, subscribed):
    dingtalk("DELETE", "/pushes")
    dingtalk("POST", "/events", {
        "event_type": "org_admin_add", "data": {"userId": ["x"]}})
    push = pushes(dingtalk, "delivered")[0]
    dingtalk("POST", "/pushes/%s/replay" % push["id"], {"times": 10})
    pushes(dingtalk, "accepted", 10)
    assert number(stack, "dingding_event") == 1


def test_killed_with_events_in_the_inbox(stack, dingtalk, subscribed):
    """Nothing is lost and nothing is there twice."""
    dingtalk("DELETE", "/pushes")
    dingtalk("PATCH", "/settings", {"event_time_scale": 0.1})
    people = [each["userid"] for each in dingtalk.users()][:12]
    for count in range(3):
        for userid in people:
            dingtalk("PATCH", "/users/" + userid, {"title": "第%d" % count})
        if count == 1:
            stack.kill_odoo()
            stack.start_odoo()
    house.wait_until(
        lambda: number(stack, "dingding_user WHERE title = '第2'") == len(people), 90)
    all_done(stack, 60)
    assert number(stack, "(SELECT event_key FROM dingding_event GROUP BY corp_id,"
                  " event_key HAVING count(*) > 1) twice") == 0
    # What is still to be tried again is not the next test's.
    dingtalk("POST", "/pushes/hurry")
    house.wait_until(lambda: not [
        row for row in dingtalk("GET", "/pushes", limit=1000)
        if row["state"] == "waiting"], 30, "the end of the pushes")
    dingtalk("PATCH", "/settings", {"event_time_scale": 1})


def mutated(chance, body):
    """Return a body that is broken in some way, and whether Odoo can parse it."""
    kind = chance.randrange(8)
    if kind == 0:
        content = bytearray(body)
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        return bytes(content)
    if kind == 1:
        return body[:chance.randrange(len(body))]
    if kind == 2:
        return bytes(chance.randrange(256) for _n in range(chance.randrange(500)))
    if kind == 3:
        return b"[" * chance.randrange(3000)
    if kind == 4:
        return json.dumps({"encrypt": chance.choice([None, 5, [], {}, "", "=" * 99])}
                          ).encode()
    if kind == 5:
        return body.decode().encode("utf-16")
    if kind == 6:
        return json.dumps({"encrypt": "A" * chance.randrange(100000)}).encode()
    return json.dumps([1, 2]).encode()


def test_fuzzed(stack, dingtalk, subscribed):
    """No row and nothing told; Odoo 11 itself answers what is no object of JSON."""
    chance = random.Random(SEED)
    body = json.dumps({"encrypt": "QUJD" * 40}).encode()
    session = requests.Session()
    session.trust_env = False

    def send(content, number):
        query = "signature=%s&timestamp=%s&nonce=x" % ("a" * 40, 1700000000000 + number)
        answer = session.post(
            subscribed["url"] + "?" + query + "&nonce=y" * (number % 3), data=content,
            headers={"Content-Type": "application/json"}, timeout=30)
        return answer

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(
            send, [mutated(chance, body) for _n in range(FUZZED)], range(FUZZED)))
    counts = {}
    for answer in answers:
        counts[answer.status_code] = counts.get(answer.status_code, 0) + 1
        assert "Traceback" not in answer.text and "dingding" not in answer.text
        assert answer.status_code in (400, 403, 413, 500), answer.text
    # What reaches the addon is answered by it.
    assert counts.get(403), counts
    assert number(stack, "dingding_event") == 0
    assert number(stack, "dingding_event_refusal") < 12
    new = hire(stack, dingtalk, "丙新人", "13900000003")
    assert new
    print(counts)


# -- Stream mode -----------------------------------------------------------------------


@pytest.fixture
def runner(stack, app):
    stack.rpc("dingding.app", "write", [app], {"stream_mode": True})
    running = house.Runner(stack).start()
    wait_connected(stack)
    yield running
    if running.process.poll() is None:
        running.stop(signal.SIGKILL)
    stack.rpc("dingding.app", "write", [app], {"stream_mode": False})


def wait_connected(stack):
    control = house.Control(stack.simulator.url)
    house.wait_until(lambda: [
        each for each in control("GET", "/streams")["connections"]
        if each["state"] == "open"], 30, "the connection")


def test_stream(stack, dingtalk, runner):
    dingtalk("PATCH", "/settings", {"event_time_scale": 0.1})
    new = hire(stack, dingtalk, "丁新人", "13900000004")
    assert number(stack, "dingding_event WHERE source = 'stream'")
    # Killed: DingTalk keeps what nobody acknowledges for the next one.
    runner.stop(signal.SIGKILL)
    dingtalk("DELETE", "/users/" + new)
    runner.start()
    house.wait_until(
        lambda: runner.log.read_text().count("is connected") == 2, 30, "a new one")
    house.wait_until(
        lambda: number(stack, "dingding_user WHERE userid = '%s' AND NOT active" % new),
        60, "the leaver")
    assert runner.stop() == 0, runner.log.read_text()[-2000:]
    assert number(stack, "dingding_stream_state WHERE state = 'stopped'") == 1
    dingtalk("PATCH", "/settings", {"event_time_scale": 1})
