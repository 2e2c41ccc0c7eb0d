"""Processes: none is left, and a failure shows its log."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tools import beside, paths, processes
from tools.errors import ToolError


def alive(pid):
    """Tell whether a process runs; zombies do not."""
    try:
        with open("/proc/%d/stat" % pid) as handle:
            return handle.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def gone(pid):
    deadline = time.monotonic() + 30
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pid)


def number_in(path):
    """Wait until a process has written its number to the file."""
    deadline = time.monotonic() + 60
    while not path.exists() or not path.read_text().strip():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int(path.read_text())


def test_stop_ends_children_that_ignore_the_signal(tmp_path):
    child = tmp_path / "child"
    process = processes.Process(
        "shell", ["sh", "-c", "(trap '' TERM; while :; do sleep 1; done) &"
                  " echo $! > %s; wait" % child], tmp_path / "log")
    pid = number_in(child)
    process.stop(5)
    assert not process.running()
    assert gone(pid)


FORKS = """
import os, sys, time
for _line in sys.stdin:
    child = os.fork()
    if not child:
        time.sleep(60)
    os.setpgid(child, child)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


def test_copies_of_a_process_run_one_after_the_other(tmp_path):
    original = processes.Process(
        "python", [sys.executable, "-c", FORKS], tmp_path / "log", forks=True)
    first = original.copy()
    assert first.running() and first.pid not in (original.pid, os.getpid())
    first.stop()
    assert not first.running() and gone(first.pid)
    with pytest.raises(ToolError, match="status %d" % signal.SIGTERM):
        first.check()
    second = original.copy()
    assert second.running() and second.pid != first.pid
    second.kill()
    assert gone(second.pid) and original.running()
    original.stop()
    with pytest.raises(ToolError, match="python ended"):
        original.copy()


def test_a_group_is_killed_once(tmp_path, monkeypatch):
    """Its number may belong to another program's group later."""
    killed = []
    real = os.killpg
    monkeypatch.setattr(os, "killpg", lambda *args: killed.append(args) or real(*args))
    process = processes.Process("sleep", ["sleep", "60"], tmp_path / "log")
    process.stop(5)
    process.stop()
    process.kill()
    assert [number for number, _signal in killed] == [process.pid]
    assert not process.running()


def test_what_a_suite_leaves_is_ended_with_it(tmp_path, monkeypatch):
    pid = tmp_path / "pid"

    class Suite(beside.Beside):
        def command(self):
            return ["sh", "-c", self.script + "; echo '1 passed, 0 failed'"]

    leaving, next_one = Suite("leaving", []), Suite("next", [])
    leaving.script = "sleep 60 & echo $! > %s" % pid
    next_one.start = lambda: (seen.append(gone(number_in(pid))), Suite.start(next_one))
    next_one.script, seen = "true", []
    monkeypatch.setattr(paths, "RUN", tmp_path)
    ended = beside.side_by_side([leaving, next_one], 1)
    assert [each.outcome for each in ended] == [(1, 0, 0)] * 2
    assert seen[0]


def test_the_end_of_the_log_is_in_the_failure(tmp_path):
    process = processes.Process(
        "The server", ["sh", "-c", "echo no such database; exit 3"], tmp_path / "log")
    with pytest.raises(ToolError) as caught:
        process.wait_until(lambda: False, 120)
    for part in ("The server", "status 3", "no such database", str(tmp_path / "log")):
        assert part in str(caught.value)


def test_a_program_that_does_not_exist_is_named():
    with pytest.raises(ToolError, match="Making tea failed: .*kettle"):
        processes.run(["/nowhere/kettle"], "Making tea")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs prctl")
def test_killing_the_command_ends_what_it_started(tmp_path):
    code = ("from tools import processes; from pathlib import Path; import time;"
            "p = processes.Process('x', ['sleep', '60'], Path(%r));"
            "print(p.pid, flush=True); time.sleep(60)" % str(tmp_path / "log"))
    command = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=str(paths.ROOT))
    pid = int(command.stdout.readline())
    assert alive(pid)
    command.send_signal(signal.SIGKILL)
    command.wait()
    assert gone(pid)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs prctl")
def test_the_time_of_orphans_is_counted():
    code = (
        "from tools import processes; import resource, subprocess, sys, time\n"
        "processes.adopt()\n"
        "work = 'import time\\nwhile time.process_time() < 1: pass'\n"
        "leave = 'import subprocess, sys; subprocess.Popen(sys.argv[1:])'\n"
        # Its output ends with the orphan's.
        "subprocess.run([sys.executable, '-c', leave, sys.executable, '-c', work],\n"
        "               stdout=subprocess.PIPE)\n"
        "until = time.monotonic() + 60\n"
        "while time.monotonic() < until:\n"
        "    processes.count()\n"
        "    used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "    if used.ru_utime + used.ru_stime > 1: break\n"
        "    time.sleep(0.05)\n"
        "else: sys.exit('not counted')\n")
    subprocess.run([sys.executable, "-c", code], cwd=str(paths.ROOT), check=True)


def test_a_second_signal_does_not_break_the_orderly_stop(tmp_path):
    code = (
        "from tools import processes; import os, signal, time\n"
        "processes.stop_on_signals()\n"
        "try:\n"
        "    print('up', flush=True); time.sleep(60)\n"
        "except processes.Stopped as stopped:\n"
        "    os.kill(os.getpid(), signal.SIGTERM); time.sleep(0.2)\n"
        "    print('stopped by', stopped, flush=True)\n")
    command = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=str(paths.ROOT))
    assert command.stdout.readline() == b"up\n"
    command.send_signal(signal.SIGINT)
    assert command.communicate()[0] == b"stopped by SIGINT\n"
    assert command.returncode == 0


def test_become_is_for_root_only(tmp_path):
    if os.geteuid():
        pytest.skip("this is not root")
    process = processes.Process(
        "id", ["id", "-un"], tmp_path / "log", user="nobody")
    process.wait(60)
    assert (tmp_path / "log").read_text().strip() == "nobody"
