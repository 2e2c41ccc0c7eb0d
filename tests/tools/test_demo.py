"""The demo: starts, stays, stops, and leaves no process."""

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
        url = re.search(r"Odoo 11\s+(http://127\.0\.0\.1:\d+)", self.output.read_text())
        proxy = xmlrpc.client.ServerProxy(url.group(1) + "/xmlrpc/2/object")
        return proxy.execute_kw("odoo", 1, "admin", model, "search_read", [
            list(domain), list(fields)])

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
        deadline = time.monotonic() + 30
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.processes() == []

    def stop(self, number):
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture
def demo():
    folder = paths.temporary_folder("test")
    made = Demo(folder / "run")
    yield made
    if made.process.poll() is None:
        made.stop(signal.SIGTERM)
    paths.shutil.rmtree(str(folder), ignore_errors=True)


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
    started = time.monotonic()
    again = demo.start().wait_ready(30)
    assert time.monotonic() - started < 30
    assert url in again and phone in again
    assert demo.stop(signal.SIGTERM) == 0
    assert demo.all_gone()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs prctl")
def test_a_kill_leaves_no_process_and_the_data_are_good(demo):
    demo.start().wait_ready()
    demo.stop(signal.SIGKILL)
    assert demo.all_gone()
    demo.start("--seconds", "1").wait_ready()
    assert demo.process.wait(60) == 0
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
    assert demo.process.wait(60) == 2
    assert "simulator ended by itself" in demo.output.read_text()
    assert demo.all_gone()


def test_full_and_empty(demo):
    demo.start(modules=()).wait_ready(900)
    assert "could not be filled" not in demo.output.read_text()
    assert [row["test_state"] for row in demo.rows("dingding.corp", "test_state")] == [
        "ok"]
    people = demo.rows("dingding.user", "user_id")
    assert len(people) > 60
    assert 0 < len([each for each in people if each["user_id"]]) < 10
    read = {each["state"] for each in demo.rows("dingding.message.recipient", "state")}
    assert {"read", "unread"} <= read, read
    assert {each["status"] for each in demo.rows("dingding.approval", "status")} == {
        "running", "agreed", "refused", "terminated", "deleted", "failed"}
    # The start of a request for leave is ignored: it changes nothing.
    assert demo.event_states() == {"done", "ignored"}
    alerts = demo.rows("dingding.alert", "count", "remedy", domain=[
        ("state", "=", "open")])
    assert [each["count"] for each in alerts] == [1]
    assert alerts[0]["remedy"]
    assert demo.stop(signal.SIGINT) == 0

    demo.start("--fresh", "1", modules=()).wait_ready(900)
    assert demo.rows("dingding.corp", "name") == []
    assert demo.stop(signal.SIGINT) == 0

    # The full one is unchanged.
    demo.start(modules=()).wait_ready(900)
    assert len(demo.rows("dingding.user", "name")) == len(people)
