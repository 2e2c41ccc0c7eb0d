"""Start processes and leave none behind.

Each process gets its own session, so Ctrl-C reaches only the command, which stops the
others in order. On Linux they also stop when the command is killed.
"""

import collections
import contextlib
import copy
import ctypes
import os
import pwd
import select
import signal
import subprocess
import sys
import threading
import time

from .errors import ToolError

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
STOP_SECONDS = 20
LOG_LINES_SHOWN = 25


class Stopped(BaseException):
    """The person or the system asked the command to stop."""


def stop_on_signals():
    """Turn SIGINT, SIGTERM and SIGHUP into one :class:`Stopped` in the main thread."""

    def handle(number, _frame):
        # Do not interrupt the stop.
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(signal.Signals(number).name)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, handle)


def tail(path, lines=LOG_LINES_SHOWN):
    """Return the last lines of a file, or nothing when there is none."""
    try:
        with open(str(path), errors="replace") as handle:
            return "".join(collections.deque(handle, lines))
    except OSError:
        return ""


def become(user):
    """Give this process to another user; called in the child."""
    entry = pwd.getpwnam(user)
    os.setgroups([entry.pw_gid])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def _prepare_child(user, death_signal):
    """Return the function that runs in the child between fork and exec."""
    parent = os.getpid()
    libc = None
    # The signal comes at the end of the *thread* that forked, so only the main thread
    # asks for it.
    if sys.platform.startswith("linux") and (
            threading.current_thread() is threading.main_thread()):
        libc = ctypes.CDLL(None)

    def prepare():
        if user:
            become(user)
        if libc is not None:
            # The change of user would clear it.
            libc.prctl(PR_SET_PDEATHSIG, int(death_signal))
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def adopt():
    """Become the parent of descendants that lose theirs, see :func:`count`."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def count():
    """Let the kernel add the time of children that ended to this process's.

    Chromium does not wait for its own, which take most of its time.
    """
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


class Process:
    """One process with its group and its log file.

    :param str name: how messages call it
    :param list argv: the command
    :param Path log: file that takes its output
    :param str user: run as this user (only root can ask for it)
    :param stop_signal: what asks it politely to stop
    :param bool forks: whether it runs copies of itself, see :meth:`copy`
    """

    def __init__(self, name, argv, log, env=None, cwd=None, user=None,
                 stop_signal=signal.SIGTERM, forks=False):
        self.name = name
        self.log = log
        self.stop_signal = stop_signal
        self._killed = False
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(str(log), "ab") as output:
            self._popen = subprocess.Popen(
                [str(part) for part in argv], bufsize=0,
                stdin=subprocess.PIPE if forks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if forks else output, stderr=output, env=env,
                cwd=None if cwd is None else str(cwd), start_new_session=True,
                preexec_fn=_prepare_child(user, stop_signal))

    @property
    def pid(self):
        """The number of the process and of its group."""
        return self._popen.pid

    def copy(self):
        """Return a new copy of the process, as a process; the one before has ended."""
        found = copy.copy(self)
        with contextlib.suppress(BrokenPipeError):
            self._popen.stdin.write(b"\n")
        found._popen = _Copy(self._popen.stdout)
        if not found.pid:
            raise self.failure("ended (status %s)" % self._popen.wait())
        return found

    def running(self):
        """Tell whether it still runs."""
        return self._popen.poll() is None

    def check(self):
        """Raise if it ended by itself."""
        if not self.running():
            raise self.failure("ended by itself (status %s)" % self._popen.returncode)

    def failure(self, what):
        """Return an error that names the log and shows its end."""
        return ToolError("%s %s. The end of %s:\n%s" % (
            self.name, what, self.log, tail(self.log)))

    def wait_until(self, ready, seconds):
        """Wait for ``ready()``; raise when the process ends first or time runs out.

        :param ready: function that returns something true when the process is ready
        :param seconds: how long to wait at most
        :return: what ``ready()`` returned
        """
        deadline = time.monotonic() + seconds
        while True:
            answer = ready()
            if answer:
                return answer
            if not self.running():
                raise self.failure("ended (status %s)" % self._popen.returncode)
            if time.monotonic() > deadline:
                raise self.failure("was not ready after %d s" % seconds)
            time.sleep(0.05)

    def wait(self, seconds=None):
        """Wait for its end and return its exit status."""
        return self._popen.wait(seconds)

    def stop(self, seconds=STOP_SECONDS):
        """Ask it to stop, then kill what is left of its group."""
        if self.running():
            with contextlib.suppress(ProcessLookupError):
                self._popen.send_signal(self.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(seconds)
        self.kill()

    def kill(self):
        """Kill the whole group at once.

        Only once: its number may become another group's.
        """
        if not self._killed:
            self._killed = True
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()


class _Copy:
    """Do for a child of a child what :class:`subprocess.Popen` does for a child.

    :param answers: of its parent: its number, and its status at its end
    """

    returncode = None

    def __init__(self, answers):
        self._answers = answers
        self.pid = int(answers.readline() or 0)

    def poll(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout=None):
        if self.returncode is None:
            if not select.select([self._answers], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.pid, timeout)
            # A parent that was killed has said nothing.
            self.returncode = int(self._answers.readline() or -1)
        return self.returncode

    def send_signal(self, number):
        os.kill(self.pid, number)


def run(argv, what, log=None, env=None, cwd=None, user=None, data=None):
    """Run a command to its end and return its output; raise with it on failure.

    :param list argv: the command
    :param str what: what it does, for the message
    :param Path log: file to which its output goes instead
    :param str data: text for its standard input
    """
    output = subprocess.PIPE
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        output = open(str(log), "ab")
    try:
        done = subprocess.run(
            [str(part) for part in argv], stdout=output, stderr=subprocess.STDOUT,
            env=env, cwd=None if cwd is None else str(cwd),
            input=None if data is None else data.encode(),
            stdin=subprocess.DEVNULL if data is None else None,
            preexec_fn=_prepare_child(user, signal.SIGKILL))
    except FileNotFoundError as error:
        raise ToolError("%s failed: %s" % (what, error)) from error
    finally:
        if log:
            output.close()
    text = tail(log) if log else done.stdout.decode(errors="replace")
    if done.returncode:
        end = "\n".join(text.splitlines()[-LOG_LINES_SHOWN:])
        where = " (log: %s)" % log if log else ""
        raise ToolError("%s failed with status %d%s:\n%s" % (
            what, done.returncode, where, end))
    return text
