"""The demo: starts, stays, stops, leaves no process, and fills each screen."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
import xmlrpc.client
from pathlib import Path

import pytest

from tools import paths, simulator

pytestmark = pytest.mark.skipif(
    simulator.source_folder() is None, reason="there is no simulator")


#: Model -> minimal number of records, with their domain.
SHOWN = {
    "dingding.message": (4, []),
    "dingding.approval": (7, []),
    "dingding.event": (10, [("state", "=", "done")]),
    "dingding.attendance.day": (100, []),
    "hr.attendance": (100, []),
    "dingding.attendance.problem": (1, [("state", "=", "open")]),
    "dingding.checkin": (6, []),
    "dingding.leave": (5, []),
    "dingding.leave.balance": (1, []),
    "dingding.roster.log": (1, []),
    "dingding.joiner": (2, []),
    "dingding.group": (1, [("state", "=", "done")]),
    "dingding.robot.message": (1, [("state", "=", "done")]),
    "dingding.chat.message": (7, [("state", "=", "done")]),
    "dingding.card": (3, []),
    "dingding.card.press": (1, [("state", "=", "done")]),
    "dingding.todo": (3, []),
    "dingding.notification": (1, []),
    "dingding.signin.log": (3, [("result", "=", "signed_in")]),
}


class Demo:
    """A ``python3 -m tools demo`` with its own data."""

    def __init__(self, folder):
        self.mark = "DINGDING_RUN=%s" % folder
        # Share databases of the same sources.
        self.environment = dict(
            os.environ, DINGDING_RUN=str(folder), DINGDING_IMAGES=str(paths.IMAGES))
        for name in ("ODOO_PORT", "SIMULATOR_PORT", "PG_PORT", "DEMO_SECONDS"):
            self.environment.pop(name, None)
        self.output = folder.with_name("output")

    def start(self, *arguments, modules=("--modules", "")):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools", "demo", *modules, *arguments],
            cwd=str(paths.ROOT), env=self.environment,
            stdout=open(str(self.output), "w"), stderr=subprocess.STDOUT)
        return self

    def wait_ready(self, seconds=400):
        deadline = time.monotonic() + seconds
        while "Ctrl-C" not in self.output.read_text():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.05)
        return self.output.read_text()

    def event_states(self, seconds=120):
        """Return the states of all events, once those under way are processed."""
        until = time.monotonic() + seconds
        while True:
            states = {each["state"] for each in self.rows("dingding.event", "state")}
            if not states & {"queued", "retry", "working"} or time.monotonic() > until:
                return states
            time.sleep(1)

    def rows(self, model, *fields, domain=()):
        """Return Odoo's records of a model, as the administrator sees them."""
        return self.call(model, "search_read", list(domain), list(fields))

    def call(self, model, method, *arguments):
        """Call a method as the administrator."""
        url = re.search(r"Odoo 11\s+(http://127\.0\.0\.1:\d+)", self.output.read_text())
        proxy = xmlrpc.client.ServerProxy(
            url.group(1) + "/xmlrpc/2/object", allow_none=True)
        return proxy.execute_kw(
            "odoo", 1, "admin", model, method, list(arguments))

    def processes(self):
        """Return the command lines of all processes of the demo."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (entry / "environ").read_bytes().split(b"\0"):
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" "))
            except OSError:
                continue
        return [command for command in found if command]

    def all_gone(self):
        # Odoo gives its workers two minutes.
        deadline = time.monotonic() + 150
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.processes() == []

    def stop(self, number):
        self.process.send_signal(number)
        return self.process.wait(180)


@contextlib.contextmanager
def own_demo():
    folder = paths.temporary_folder("test")
    made = Demo(folder / "run")
    try:
        yield made
    finally:
        if made.process.poll() is None:
            made.stop(signal.SIGTERM)
        paths.shutil.rmtree(str(folder), ignore_errors=True)


@pytest.fixture
def demo():
    with own_demo() as made:
        yield made


@pytest.fixture(scope="module")
def full():
    """A filled demo of all addons; the last test stops it."""
    with own_demo() as made:
        made.start(modules=()).wait_ready(900)
        yield made


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_start_use_stop_and_start_again(demo):
    text = demo.start().wait_ready()
    for name in ("Odoo", "password", "CorpId", "AppKey", "AppSecret", "AgentId",
                 "/phone", "/console"):
        assert name in text
    url = re.search(r"Odoo 11\s+(http://127\.0\.0\.1:\d+)", text).group(1)
    phone = re.search(r"phones\s+(http\S+)", text).group(1)
    for address in (url + "/web/login", phone):
        with urllib.request.urlopen(address, timeout=60) as answer:
            assert answer.status == 200
    kinds = b"\n".join(demo.processes())
    for program in (b"postgres", b"odoo_bin", b"dingtalk_simulator"):
        assert program in kinds

    second = subprocess.run(
        [sys.executable, "-m", "tools", "demo"], cwd=str(paths.ROOT),
        env=demo.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert second.returncode == 2 and b"runs already" in second.stdout

    assert demo.stop(signal.SIGINT) == 0
    assert demo.all_gone()

    # Same addresses, because Odoo stores the simulator's.
    again = demo.start().wait_ready()
    assert url in again and phone in again
    assert demo.stop(signal.SIGTERM) == 0
    assert demo.all_gone()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs prctl")
def test_a_kill_leaves_no_process_and_the_data_are_good(demo):
    demo.start().wait_ready()
    demo.stop(signal.SIGKILL)
    assert demo.all_gone()
    demo.start("--seconds", "1").wait_ready()
    assert demo.process.wait(180) == 0
    assert demo.all_gone()


def test_a_part_that_ends_by_itself_ends_the_demo(demo):
    demo.start().wait_ready()
    # The workers' parent is the child of the demo.
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == demo.process.pid and b"dingtalk_simulator" in command:
            os.kill(int(entry.name), signal.SIGKILL)
    assert demo.process.wait(180) == 2
    assert "simulator ended by itself" in demo.output.read_text()
    assert demo.all_gone()


def test_it_is_full(full):
    assert "could not be filled" not in full.output.read_text()
    assert [row["test_state"] for row in full.rows("dingding.corp", "test_state")] == [
        "ok"]
    people = full.rows("dingding.user", "user_id")
    assert len(people) > 60
    assert 0 < len([each for each in people if each["user_id"]]) < 10
    read = {each["state"] for each in full.rows("dingding.message.recipient", "state")}
    assert {"read", "unread"} <= read, read
    assert {each["status"] for each in full.rows("dingding.approval", "status")} == {
        "running", "agreed", "refused", "terminated", "deleted", "failed"}
    # The start of a request for leave is ignored: it changes nothing.
    assert full.event_states() == {"done", "ignored"}


def test_each_list_has_records(full):
    found = {model: len(full.call(model, "search", domain))
             for model, (_least, domain) in SHOWN.items()}
    lacking = {model: count for model, count in found.items()
               if count < SHOWN[model][0]}
    assert not lacking, lacking


def test_one_failure_is_left_with_its_remedy(full):
    [alert] = full.rows("dingding.alert", "kind", "count", "remedy", domain=[
        ("state", "=", "open")])
    # The key may name the responsible person too.
    assert (alert["kind"].split("/")[0], alert["count"]) == ("approval", 1), alert
    assert alert["remedy"]


def test_most_steps_of_the_setup_are_done(full):
    corp, = full.call("dingding.corp", "search", [])
    overview = full.call("dingding.corp", "action_overview", [corp])["res_id"]
    left = full.rows("dingding.overview.line", "key", domain=[
        ("overview_id", "=", overview), ("section", "=", "setup"),
        ("state", "!=", "ok")])
    # It has no https.
    assert {each["key"] for each in left} <= {"inside"}, left


def test_an_empty_one_beside_it(full):
    people = full.rows("dingding.user", "user_id")
    assert full.stop(signal.SIGINT) == 0

    full.start("--fresh", "1", modules=()).wait_ready(900)
    assert full.rows("dingding.corp", "name") == []
    assert full.stop(signal.SIGINT) == 0

    # The full one is unchanged.
    full.start(modules=()).wait_ready(900)
    assert len(full.rows("dingding.user", "name")) == len(people)
