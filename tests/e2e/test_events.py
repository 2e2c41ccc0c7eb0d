"""Events on the real stack: the simulator pushes to Odoo's workers."""

import concurrent.futures
import contextlib
import gzip
import json
import pathlib
import random
import signal
import threading
import time

import pytest
import requests

from . import house

STACK = dict(
    people=30, departments=5, workers=2, cron_seconds=2,
    modules=("dingding", "dingding_callback"))
FUZZED = 1000  # ``make bench`` sends ten times as many
SEED = 11
CONTENT_TYPES = ["application/json"] * 5 + [
    "application/json; charset=utf-16", "text/plain", "",
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]


@pytest.fixture(scope="module")
def app(stack, corp):
    """Id of the application; people are synced, the address is this Odoo's."""
    stack.rpc("ir.config_parameter", "set_param", "web.base.url", stack.odoo_url)
    house.read_people(stack, corp)
    return stack.rpc("dingding.corp", "read", [corp], ["app_id"])[0]["app_id"][0]


@pytest.fixture(scope="module")
def subscribed(stack, app):
    """The same, subscribed in the console: keys copied, address verified."""
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

    return house.wait_until(found, 90, "%d pushes %s" % (count, state))


def test_registered_by_api(stack, dingtalk, app):
    """DingTalk verifies the address while Odoo waits for its answer."""
    stack.rpc("dingding.app", "action_callback_register", [app])
    result = stack.query("SELECT callback_texts FROM dingding_app")
    assert "has tested the URL" in result
    assert stack.query("SELECT callback_checked_at FROM dingding_app") != ""
    stack.rpc("dingding.app", "action_callback_verify", [app])
    result = stack.query("SELECT callback_texts FROM dingding_app")
    assert "just reached" in result
    stack.rpc("dingding.app", "action_callback_query", [app])
    assert "user_add_org" in stack.query("SELECT callback_texts FROM dingding_app")
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
            "SELECT title FROM dingding_user WHERE userid = '%s'" % new) == "厨师", 90)
    dingtalk("DELETE", "/users/" + new)
    house.wait_until(
        lambda: number(stack, "dingding_user WHERE userid = '%s' AND NOT active" % new),
        10, "the leaver")
    all_done(stack, 90)
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
    """Nothing is lost or doubled."""
    dingtalk("DELETE", "/pushes")
    dingtalk("PATCH", "/settings", {"event_time_scale": 0.1})
    people = [each["userid"] for each in dingtalk.users()][:12]
    for count in range(3):
        for userid in people:
            dingtalk("PATCH", "/users/" + userid, {"title": "第%d" % count})
        if count == 1:
            stack.kill_odoo()
            house.lose_work(stack)
            stack.start_odoo()
    house.wait_until(
        lambda: number(stack, "dingding_user WHERE title = '第2'") == len(people), 90)
    all_done(stack, 60)
    assert number(stack, "(SELECT event_key FROM dingding_event GROUP BY corp_id,"
                  " event_key HAVING count(*) > 1) twice") == 0
    # Retries must not reach the next test.
    dingtalk("POST", "/pushes/hurry")
    house.wait_until(lambda: not [
        row for row in dingtalk("GET", "/pushes", limit=1000)
        if row["state"] == "waiting"], 90, "the end of the pushes")
    dingtalk("PATCH", "/settings", {"event_time_scale": 1})


@contextlib.contextmanager
def server_stopped(stack):
    """Keep the server's cron and threads from processing.

    Also a thread that waits for the next try of an earlier event.
    """
    stack.stop_odoo()
    try:
        yield
    finally:
        stack.start_odoo()


# A forked process with its own connections is killed at each step, by SIGKILL as when
# memory runs out.
KILLED = """
import json, os, signal, time
from odoo import api, sql_db
from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.crypto import CallbackCrypto

database = env.cr.dbname
app = env["dingding.app"].search([])[0]
app_key, corp_id, keys = app.app_key, app.corp_id.corp_id, app._callback_keys()[0]
model = type(env["dingding.event"])
# Nobody else begins with it.
type(env["dingding.queue"])._wake = lambda *args, **options: None
userid = %(userid)r
env.cr.commit()

def push(number):
    moment = str(int(time.time() * 1000))
    answer = CallbackCrypto(keys[0], keys[1], app_key).answer(json.dumps({
        "EventType": "user_modify_org", "CorpId": corp_id, "UserId": [userid],
        "TimeStamp": str(1600000000000 + number)}), moment, "nonce")
    return {"signature": answer["msg_signature"], "timestamp": moment,
            "nonce": "nonce"}, json.dumps({"encrypt": answer["encrypt"]}).encode()

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def receive(pushed, inside=None):
    with compat.open_cursor(database, read_committed=True) as cr:
        apps = api.Environment(cr, 1, {})["dingding.app"]
        status, answer = apps._callback_receive("", pushed[0], pushed[1])
        assert status == 200, status
        if inside:
            inside()

def killed(function):
    child = os.fork()
    if not child:
        try:
            sql_db._Pool._connections[:] = []
            function()
        finally:
            os._exit(3)
    return os.waitpid(child, 0)[1] == signal.SIGKILL

def rows():
    with compat.open_cursor(database) as cr:
        cr.execute("SELECT state, attempts FROM dingding_event ORDER BY id")
        return cr.fetchall()

def process_queue():
    # The shell's own transaction would not see what comes and goes.
    with compat.manage_environments(), compat.open_cursor(database) as cr:
        api.Environment(cr, 1, {})["dingding.event"]._process()

def at_commit(number, after):
    commit, count = model._commit, []
    def counted(self):
        count.append(1)
        if len(count) == number and not after:
            die()
        commit(self)
        if len(count) == number:
            die()
    model._commit = counted
    process_queue()

found = []
pushed = push(0)
assert killed(lambda: receive(pushed, die))
found.append(("received, not committed", rows()))
assert killed(lambda: (receive(pushed), die()))
found.append(("received, not answered", rows()))
receive(pushed)
found.append(("sent again", rows()))
for number in range(1, %(commits)d):
    for after in (False, True):
        if (number, after) != (1, False):
            with compat.open_cursor(database) as cr:
                cr.execute("DELETE FROM dingding_event")
            receive(push(10 * number + after))
        died = killed(lambda: at_commit(number, after))
        before, started = rows(), time.monotonic()
        while rows()[0][0] != "done" and time.monotonic() - started < 60:
            process_queue()
        found.append(("commit %%d, %%s" %% (number, "after" if after else "before"),
                      died, before, rows(), time.monotonic() - started))
print("FOUND" + json.dumps(found))
"""


def test_killed_between_every_two_steps(stack, dingtalk, subscribed):
    """Each commit is a step: the worker dies before and after it."""
    everybody = dingtalk.users()
    with server_stopped(stack):
        output = stack.odoo_shell(
            KILLED % {"userid": everybody[3]["userid"], "commits": 6})
    found = json.loads(output.split("FOUND")[1].split("\n")[0])
    assert found[:3] == [
        ["received, not committed", []], ["received, not answered", [["queued", 0]]],
        ["sent again", [["queued", 0]]]]
    seen = set()
    for step, died, before, after, seconds in found[3:]:
        # At each step: once, done, and soon.
        assert [row[0] for row in after] == ["done"], step
        assert after[0][1] <= 2 and seconds < 50, (step, after, seconds)
        assert died or before[0][0] == "done", step
        seen.add(before[0][0])
    assert seen == {"queued", "working", "done"}, found


# Handlers that misbehave, on their own connections as in the server.
MISBEHAVING = """
import json, threading, time
from odoo import api
from odoo.addons.dingding import compat
from odoo.addons.dingding_callback import payload
from odoo.addons.dingding_callback.models import dingding_event

dingding_event.LOCK_TIMEOUT = "300ms"
dingding_event.STATEMENT_TIMEOUT = "600ms"
database = env.cr.dbname
type(env["dingding.queue"])._wake = lambda *args, **options: None
first, second = env["dingding.user"].search([], limit=2).ids
env.cr.commit()
barrier, held = threading.Barrier(2), []

def update(event, user_id):
    event.env.cr.execute(
        "UPDATE dingding_user SET title = %s WHERE id = %s", [event.subject, user_id])

def act(model, event):
    name = event._values().ids("userId")[0]
    if name == "raises":
        update(event, first)
        raise KeyError(name)
    if name == "hangs":
        event.env.cr.execute("SELECT pg_sleep(300)")
    if name == "waits" and not held:
        with compat.open_cursor(database) as cr:
            held.append(cr.execute(
                "SELECT 1 FROM dingding_user WHERE id = %s FOR UPDATE", [first]))
            update(event, first)
    if name in ("here", "there") and event.attempts == 1:
        event.env.cr.execute("SET LOCAL lock_timeout = 0")
        event.env.cr.execute("SET LOCAL statement_timeout = 0")
        update(event, first if name == "here" else second)
        barrier.wait(60)
        update(event, second if name == "here" else first)

type(env["dingding.user"])._dingtalk_event_own_thing = act

def work():
    # As a thread of the server does, which looks until there is nothing left.
    worked = True
    while worked:
        with compat.manage_environments(), compat.open_cursor(database) as cr:
            queue = api.Environment(cr, 1, {})["dingding.event"]
            worked = queue._process(seconds=20)

def store(*names):
    with compat.open_cursor(database, read_committed=True) as cr:
        own = api.Environment(cr, 1, {})
        app = own["dingding.app"].search([])[0]
        for name in names:
            own["dingding.event"]._store(app, payload.from_push({
                "EventType": "own_thing", "UserId": [name], "TimeStamp": "1"}), "http")

store("raises", "hangs", "waits", "fine")
started = time.monotonic()
work()
seconds = time.monotonic() - started
store("here", "there")
threads = [threading.Thread(target=work) for _n in range(2)]
[each.start() for each in threads]
[each.join() for each in threads]
env.cr.execute("SELECT subject, state, attempts, last_error FROM dingding_event")
rows = env.cr.fetchall()
env.cr.execute("SELECT count(*) FROM dingding_user WHERE title = 'user:raises'")
print("FOUND" + json.dumps([seconds, rows, env.cr.fetchone()[0]]))
"""


def test_handlers_that_misbehave(stack, dingtalk, subscribed):
    """One raises, one hangs, one waits for a lock, two deadlock; the others continue.
    """
    with server_stopped(stack):
        output = stack.odoo_shell(MISBEHAVING)
    seconds, rows, half_done = json.loads(output.split("FOUND")[1].split("\n")[0])
    found = {row[0].split(":")[1]: row[1:] for row in rows}
    assert seconds < 150
    assert [found[name][0] for name in ("raises", "hangs", "waits", "fine")] == [
        "retry", "retry", "retry", "done"], found
    assert "KeyError" in found["raises"][2] and half_done == 0
    # The victim was repeated at once.
    assert {found["here"][0], found["there"][0]} == {"done"}, found
    assert sorted([found["here"][1], found["there"][1]]) == [1, 2], found


def test_database_down(stack, dingtalk, subscribed):
    """DingTalk gets an error and sends again; nothing is lost."""
    dingtalk("DELETE", "/pushes")
    dingtalk("PATCH", "/settings", {"event_time_scale": 0.2})
    userid = dingtalk.users()[4]["userid"]
    stack.postgres.stop()
    try:
        dingtalk("PATCH", "/users/" + userid, {"title": "停电"})
        tried = house.wait_until(lambda: [
            row for row in dingtalk("GET", "/pushes", limit=10)
            if row["attempts"]], 90, "an attempt")
        assert tried[0]["state"] != "delivered", tried
    finally:
        stack.postgres.start()
    pushes(dingtalk, "delivered")
    house.wait_until(
        lambda: number(stack, "dingding_user WHERE title = '停电'"), 60, "the change")
    all_done(stack, 90)
    dingtalk("PATCH", "/settings", {"event_time_scale": 1})


def test_new_keys_while_events_are_on_their_way(stack, dingtalk, subscribed):
    """The former keys are accepted until the console has the new ones."""
    dingtalk("DELETE", "/pushes")
    form = stack.rpc(
        "dingding.app", "action_callback_setup", [subscribed["app"]])["res_id"]
    stack.rpc("dingding.callback.setup", "action_make_keys", [form])
    dingtalk("POST", "/events", {"event_type": "own_thing", "data": {"x": 1}})
    pushes(dingtalk, "delivered")
    shown = stack.rpc("dingding.callback.setup", "read", [form], ["token", "aes_key"])
    assert shown[0]["token"] != subscribed["token"]
    dingtalk("POST", "/callbacks", {
        "app_key": stack.simulator.app_key, "url": subscribed["url"], "check": True,
        "token": shown[0]["token"], "aes_key": shown[0]["aes_key"], "tags": []})
    dingtalk("POST", "/events", {"event_type": "own_thing", "data": {"x": 2}})
    # The second was the console's own verification.
    pushes(dingtalk, "delivered", 3)
    assert number(stack, "dingding_event") == 2
    assert number(stack, "dingding_event_refusal") == 0


def test_other_database(stack, dingtalk, subscribed):
    """A host name that selects no database: an error, so DingTalk sends again."""
    answer = requests.post(
        subscribed["url"], data="{}", timeout=30,
        headers={"Content-Type": "application/json", "Cookie": "session_id=none"})
    assert answer.status_code == 403 and answer.text == "{}"
    answer = requests.post(
        subscribed["url"] + "?db=nowhere", data="{}", timeout=30,
        headers={"Content-Type": "application/json"})
    assert answer.status_code in (403, 404)
    assert number(stack, "dingding_event") == 0


def mutated(chance, body):
    """Return a broken copy of a body."""
    kind = chance.randrange(10)
    if kind == 0:
        content = bytearray(body)
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        return bytes(content)
    if kind == 1:
        return body[:chance.randrange(len(body))]
    if kind == 2:
        return bytes(chance.randrange(256) for _n in range(chance.randrange(500)))
    if kind == 3:
        return chance.choice((b"[", b'{"a":')) * chance.randrange(9000)
    if kind == 4:
        return json.dumps({"encrypt": chance.choice([None, 5, [], {}, "", "=" * 99])}
                          ).encode()
    if kind == 5:
        return body.decode().encode(
            chance.choice(("utf-16", "utf-32", "utf-7", "cp037")))
    if kind == 6:
        return json.dumps({"encrypt": "A" * chance.randrange(400000)}).encode()
    if kind == 7:
        return gzip.compress(body)
    if kind == 8:
        return b'{"encrypt": "x", "encrypt": "\\ud800", ' + body[1:]
    return json.dumps(chance.choice([[1, 2], None, True, 1e308, "x"])).encode()


def fuzz(url, bodies, seed):
    """Send broken bodies over four lasting connections; return the status codes."""
    chance = random.Random(seed)
    todo = iter(list(bodies))
    lock = threading.Lock()
    codes = {}

    def work(_number):
        session = requests.Session()
        session.trust_env = False
        while True:
            with lock:
                content = next(todo, None)
                if content is None:
                    return
                more = chance.randrange(4)
                headers = {"Content-Type": chance.choice(CONTENT_TYPES)}
                if content[:2] == b"\x1f\x8b":
                    headers["Content-Encoding"] = "gzip"
            query = "signature=%s&timestamp=%d&nonce=x" % (
                "a" * 40, 1000 * time.time())
            answer = session.post(
                url + "?" + query + "&nonce=y&signature=%00" * more, data=content,
                headers=headers, timeout=60)
            assert answer.text == "{}", (answer.text, content[:200], headers)
            with lock:
                codes[answer.status_code] = codes.get(answer.status_code, 0) + 1

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    return codes


def memory(stack):
    """Return the memory of Odoo's processes in megabytes."""
    own = {}
    for folder in pathlib.Path("/proc").iterdir():
        try:
            if str(stack.odoo.config).encode() in (folder / "cmdline").read_bytes():
                pages = int((folder / "statm").read_text().split()[1])
                own[folder.name] = pages * 4 / 1024
        except (OSError, IndexError):
            continue
    return sum(own.values())


def test_fuzzed(stack, dingtalk, subscribed):
    """No 500, no row, no growing memory; then normal service."""
    chance = random.Random(SEED)
    body = json.dumps({"encrypt": "QUJD" * 40}).encode()
    fuzz(subscribed["url"], [mutated(chance, body) for _n in range(100)], SEED)
    before = memory(stack)
    assert before > 50
    codes = fuzz(
        subscribed["url"], [mutated(chance, body) for _n in range(FUZZED)], SEED)
    assert set(codes) == {400, 403, 413}, codes
    assert memory(stack) - before < 40
    assert number(stack, "dingding_event") == 0
    assert number(stack, "dingding_event_refusal") < 12
    assert hire(stack, dingtalk, "丙新人", "13900000003")


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
        if each["state"] == "open"], 90, "the connection")


def test_stream(stack, dingtalk, runner):
    dingtalk("PATCH", "/settings", {"event_time_scale": 0.1})
    new = hire(stack, dingtalk, "丁新人", "13900000004")
    assert number(stack, "dingding_event WHERE source = 'stream'")
    # Killed: DingTalk keeps unacknowledged events for the next runner.
    runner.stop(signal.SIGKILL)
    dingtalk("DELETE", "/users/" + new)
    runner.start()
    house.wait_until(
        lambda: runner.log.read_text().count("is connected") == 2, 90, "a new one")
    house.wait_until(
        lambda: number(stack, "dingding_user WHERE userid = '%s' AND NOT active" % new),
        60, "the leaver")
    assert runner.stop() == 0, runner.log.read_text()[-2000:]
    assert number(stack, "dingding_stream_state WHERE state = 'stopped'") == 1
    dingtalk("PATCH", "/settings", {"event_time_scale": 1})
