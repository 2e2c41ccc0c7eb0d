"""Actions in Odoo and DingTalk for end-to-end tests, smoke steps and benchmarks."""

import contextlib
import json
import signal
import subprocess
import tempfile
import time
import xmlrpc.client
from pathlib import Path

import requests

#: See dingding/models/queue.py.
LOST_SECONDS = 20


class Control:
    """The simulator's control API.

    :param str url: address of the simulator
    """

    def __init__(self, url):
        self.url = url + "/_control"
        self.session = requests.Session()
        self.session.trust_env = False

    def __call__(self, method, route, json=None, **params):
        """Call it and return its answer."""
        answer = self.session.request(
            method, self.url + route, json=json, params=params, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def forget(self):
        """Remove faults and reset the count of calls."""
        self("DELETE", "/faults")
        self("DELETE", "/calls")

    def calls(self, path=None):
        """Return how often an API, or all, was called."""
        params = {"path": path} if path else {}
        return self("GET", "/calls", **params)["total"]

    def taken(self, path):
        """Return how often an API did its work, without throttled calls."""
        calls = self("GET", "/calls", path=path, limit=10000)["calls"]
        return sum(1 for call in calls if call["code"] == "0")

    def fault(self, kind, path, times=1, **more):
        return self("POST", "/faults", dict(more, kind=kind, path=path, times=times))

    def messages(self, userid):
        found = self("GET", "/messages", userid=userid)
        return found["messages"] if isinstance(found, dict) else found

    def users(self):
        found = self("GET", "/users", size=100000)
        return found["users"] if isinstance(found, dict) else found

    def plain(self, *without):
        """Return active people without administration, in a fixed order.

        :param str without: another exclusion, such as ``senior``
        """
        return sorted(
            (each for each in self.users()
             if each["active"] and each["admin_level"] == 0
             and not any(each[name] for name in without)),
            key=lambda each: each["userid"])


class Runner:
    def __init__(self, stack):
        self.odoo = stack.odoo
        self.log = stack.odoo.stream_log
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [str(each) for each in self.odoo.stream_command()],
            cwd=str(self.odoo.folder),
            stdout=self.log.open("ab"), stderr=subprocess.STDOUT,
            env=self.odoo.variables())
        return self

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(90)


def connect(stack, name="Demo", **more):
    """Create the organisation in Odoo as the form does; return its id."""
    return stack.rpc("dingding.corp", "create", dict(
        more, name=name, corp_id=stack.simulator.corp_id,
        app_key=stack.simulator.app_key, app_secret=stack.simulator.app_secret,
        agent_id=stack.simulator.agent_id))


def lift_limits(stack):
    """Let both sides call as often as they can: what is throttled is sent again."""
    Control(stack.simulator.url)(
        "PATCH", "/settings", {"rate_limit": None, "per_minute": None})
    stack.query("UPDATE dingding_app SET calls_per_second = 1000")


def read_people(stack, corp, seconds=60):
    """Sync the organisation as its button does, and wait for the end."""
    run = stack.rpc("dingding.corp", "action_get_users", [corp])["res_id"]
    wait_until(
        lambda: stack.query("SELECT state FROM dingding_sync WHERE id = %d" % run)
        == "done", seconds, "run %d" % run)


def subscribe(stack, corp):
    """Subscribe to DingTalk's events as in the console; return the displayed values."""
    stack.rpc("ir.config_parameter", "set_param", "web.base.url", stack.odoo_url)
    app = stack.rpc("dingding.corp", "read", [corp], ["app_id"])[0]["app_id"][0]
    form = stack.rpc("dingding.app", "action_callback_setup", [app])["res_id"]
    stack.rpc("dingding.callback.setup", "action_make_keys", [form])
    shown = stack.rpc(
        "dingding.callback.setup", "read", [form], ["url", "token", "aes_key"])[0]
    paste(stack, shown)
    return shown


def paste(stack, shown, seconds=60):
    """Save Odoo's values in the console, which verifies the address.

    Repeat if a busy Odoo answers too late for DingTalk.

    :param dict shown: url, token and aes_key
    """
    def accepted():
        try:
            Control(stack.simulator.url)("POST", "/callbacks", {
                "app_key": stack.simulator.app_key, "url": shown["url"],
                "check": True, "token": shown["token"],
                "aes_key": shown["aes_key"], "tags": []})
        except requests.HTTPError as error:
            if "timedout" not in error.response.text:
                raise
            return False
        return True

    wait_until(accepted, seconds, "the check of the address")


def get_templates(stack, corp):
    """Import the templates of approvals; the scheduler may do so as well."""
    def get():
        try:
            return [stack.rpc(
                "dingding.corp", "action_get_approval_templates", [corp],
                context={"lang": "en_US"})]
        except xmlrpc.client.Fault as fault:
            if "are being read." not in fault.faultString:
                raise
            return []

    return wait_until(get, 120, "the import of templates")[0]


def hurry_cron(stack, name="dingding_queue_cron"):
    """Have Odoo's cron do the background work at its next look.

    :param str name: of the scheduled action
    """
    stack.query(
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' WHERE id IN"
        " (SELECT id FROM ir_cron WHERE nextcall > now() AT TIME ZONE 'UTC' AND id IN"
        " (SELECT res_id FROM ir_model_data WHERE model = 'ir.cron'"
        " AND name = '%s') FOR UPDATE SKIP LOCKED)" % name)


@contextlib.contextmanager
def without_cron(stack):
    """Keep the background work from running during the block; then it is due."""
    change = (
        "UPDATE ir_cron SET active = %%s, nextcall = now() AT TIME ZONE 'UTC'"
        " WHERE id = %d" % stack.reference("dingding.dingding_queue_cron"))
    stack.query(change % "false")
    try:
        yield
    finally:
        stack.query(change % "true")


def queues(stack):
    """Return the tables of queues."""
    return stack.query(
        "SELECT table_name FROM information_schema.columns WHERE table_name"
        " LIKE 'dingding%' AND column_name IN ('state', 'attempts', 'next_try')"
        " GROUP BY 1 HAVING count(*) = 3 ORDER BY 1").split()


def lose_work(stack):
    """Let the time pass after which what a dead worker was doing is found.

    Call it while no server runs, which would write the same rows.
    """
    stack.query("; ".join(
        "UPDATE %s SET write_date = write_date - interval '%d s'"
        " WHERE state = 'working'" % (table, LOST_SECONDS)
        for table in queues(stack)))


def together(stack, number):
    """Return code for Odoo's shell that waits for this number of processes."""
    folder = Path(tempfile.mkdtemp(prefix="together-", dir=str(stack.folder)))
    return (
        "import os, time\n"
        "open(os.path.join(%r, str(os.getpid())), 'w').close()\n"
        "deadline = time.monotonic() + 120\n"
        "while len(os.listdir(%r)) < %d:\n"
        "    assert time.monotonic() < deadline, 'alone'\n"
        "    time.sleep(0.005)\n" % (str(folder), str(folder), number))


# Odoo is loaded once. The connections belong to the parent.
AT_ONCE = """
import json, os, random, sys, tempfile, traceback
from odoo import api, sql_db
from odoo.addons.dingding import compat

database, uid, context = env.cr.dbname, env.uid, dict(env.context)
env.cr.rollback()

def execute(code):
    sql_db._Pool._connections[:] = []
    random.seed()
    with compat.manage_environments(), compat.open_cursor(database) as cr:
        exec(code, {"env": api.Environment(cr, uid, context)})
        cr.rollback()

started = []
for code in %r:
    said = tempfile.TemporaryFile("w+")
    child = os.fork()
    if not child:
        status, sys.stdout = 1, said
        try:
            execute(code)
            status = 0
        except BaseException:
            traceback.print_exc(file=said)
        finally:
            said.flush()
            os._exit(status)
    started.append((child, said))

found = []
for child, said in started:
    status = os.waitpid(child, 0)[1]
    said.seek(0)
    found.append((status, said.read()))
print("SAID" + json.dumps(found))
"""


def at_once(stack, codes):
    """Run each code with ``env`` in a process of its own; return what each prints.

    They commit themselves, see :meth:`tools.stack.Stack.odoo_shell`, and may wait for
    each other with :func:`together`.
    """
    found = json.loads(stack.odoo_shell(AT_ONCE % (list(codes),)).split("SAID")[1])
    assert not any(status for status, _said in found), found
    return [said for _status, said in found]


def wait_until(condition, seconds=90, what="it"):
    """Return the first true result of ``condition()``.

    :raise AssertionError: it never became true
    """
    started = time.monotonic()
    while True:
        result = condition()
        if result:
            return result
        waited = time.monotonic() - started
        assert waited < seconds, "%s did not come true" % what
        # Each look costs Odoo, PostgreSQL or the simulator something.
        time.sleep(min(0.1 + waited / 50, 0.5))


def wait_for_cron(stack, condition, seconds=60, what="it"):
    """Like :func:`wait_until`, without waiting for the cron's minute.

    The jobs of our addons become due repeatedly until the condition is true.
    """
    def look():
        found = condition()
        if not found:
            stack.query(
                "UPDATE ir_cron SET nextcall = now() at time zone 'UTC' WHERE id IN ("
                "SELECT res_id FROM ir_model_data WHERE model = 'ir.cron'"
                " AND module LIKE 'dingding%' AND name IN ("
                "'dingding_queue_cron',"
                " 'dingding_message_task_cron_read_results'))"
                " AND nextcall > now() at time zone 'UTC'")
            time.sleep(0.3)
        return found

    return wait_until(look, seconds, what)


@contextlib.contextmanager
def slow_rows(stack, table, seconds, event="INSERT", when="true"):
    """Slow down the writes of each row of a table, so that something can happen
    meanwhile.

    :param str event: ``INSERT`` or ``UPDATE``
    :param str when: SQL about OLD and NEW, which rows
    """
    stack.query(
        "CREATE OR REPLACE FUNCTION e2e_slow() RETURNS trigger AS $$ BEGIN"
        " PERFORM pg_sleep(%s); RETURN NEW; END $$ LANGUAGE plpgsql;"
        " DROP TRIGGER IF EXISTS e2e_slow ON %s;"
        " CREATE TRIGGER e2e_slow BEFORE %s ON %s FOR EACH ROW WHEN (%s)"
        " EXECUTE PROCEDURE e2e_slow()" % (seconds, table, event, table, when))
    try:
        yield
    finally:
        stack.query("DROP TRIGGER IF EXISTS e2e_slow ON %s" % table)


def in_the_middle(stack):
    """Tell whether a row of :func:`slow_rows` is being written."""
    return stack.query(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") != "0"
