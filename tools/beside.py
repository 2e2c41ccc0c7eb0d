"""Run commands in parallel, each with an outcome.

Our commands end with ``N passed, N failed``.
"""

import collections
import contextlib
import os
import re
import resource
import sys
import time

from . import paths, processes
from .errors import ToolError
from .paths import free_memory
from .progress import say

#: Outcome of one suite.
Outcome = collections.namedtuple("Outcome", "passed failed skipped")

#: A finished command: the command, its :class:`Outcome`, its seconds, and processor
#: seconds with its children's.
Ended = collections.namedtuple("Ended", "work outcome seconds processor")

LINE = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
LOOK_SECONDS = 0.1
# Commands wait for pages, clocks and each other's databases: another one starts while
# this share of the processors is idle for so long and it has the memory.
IDLE_SHARE, IDLE_SECONDS, MEMORY_BYTES = 0.2, 4, 2 * 1024 ** 3


class Beside:
    """One such command.

    Called, it waits for the end, prints the output, and returns the :class:`Outcome`.

    :param str name: how messages call it
    :param list arguments: of ``python3 -m tools``
    :param dict environment: variables beside those of this process
    """

    def __init__(self, name, arguments, environment=None):
        self.name, self._arguments = name, list(arguments)
        self._environment = dict(environment or {})
        self._process = self._folder = None

    def start(self):
        """Start the command, unless it has been started."""
        if self._process is None:
            self._folder = paths.log_folder("beside")
            self._process = processes.Process(
                self.name, self.command(), self._folder / "output.log",
                cwd=paths.ROOT, env=self.variables())

    def command(self):
        """Return what to execute."""
        return [sys.executable, "-m", "tools", *self._arguments]

    def variables(self):
        """Return the environment of the command."""
        return dict(os.environ, **self._environment)

    def running(self):
        """Tell whether it was started and has not ended."""
        return self._process is not None and self._process.running()

    def stop(self):
        """End the command and its children."""
        if self._process is not None:
            self._process.stop()

    def __call__(self):
        self.start()
        self._process.wait()
        self._process.kill()
        text = self._process.log.read_text(errors="replace")
        say(text.rstrip())
        outcome = self.outcome_of(text)
        if outcome is None:
            raise self._process.failure("said no result")
        return outcome

    def outcome_of(self, text):
        """Return the :class:`Outcome` that the command's text names, or None."""
        found = LINE.findall(text)
        return Outcome(*(int(number or 0) for number in found[-1])) if found else None


def at_a_time():
    """Return how many commands run at a time, at least and while processors are idle.

    ``JOBS``, or two more than there are cores and twice as many.
    """
    given = os.environ.get("JOBS") or ""
    if given and not (given.isdigit() and int(given)):
        raise ToolError("JOBS=%s is not a number of commands." % given)
    least = int(given or 0) or max(os.cpu_count() or 1, 1) + 2
    return least, least if given else 2 * least


class Idle:
    """The machine's idle processors since the last command started."""

    def __init__(self):
        self._since, self._before = time.monotonic(), processors()

    def enough(self):
        """Tell whether another command finds processors and memory."""
        now = processors()
        if not now or time.monotonic() - self._since < IDLE_SECONDS:
            return False
        idle, everything = (after - before for after, before in zip(now, self._before))
        self.__init__()
        return idle >= IDLE_SHARE * everything and free_memory() >= MEMORY_BYTES


def processors():
    """Return how long all processors were idle and how long they are there, or None.

    In the kernel's own unit; other systems than Linux do not say.
    """
    with contextlib.suppress(OSError):
        with open("/proc/stat") as handle:
            numbers = [int(number) for number in handle.readline().split()[1:9]]
        return sum(numbers[3:5]), sum(numbers)
    return None


def side_by_side(works, jobs=None):
    """Run commands, some at a time; return an :class:`Ended` for each.

    They start in order; each one's output is printed at its end.

    :param works: :class:`Beside` each
    :param int jobs: how many run at a time; by default as :func:`at_a_time` says
    """
    least, most = (jobs, jobs) if jobs else at_a_time()
    waiting, running, ended = list(works), {}, []
    idle = Idle()
    with contextlib.ExitStack() as stack:
        while waiting or running:
            while waiting and (len(running) < least or (
                    len(running) < most and idle.enough())):
                work = waiting.pop(0)
                say("... %s" % work.name)
                stack.callback(work.stop)
                work.start()
                running[work], idle = time.monotonic(), Idle()
            for work in list(running):
                before = _processor()
                if work.running():
                    continue
                seconds = time.monotonic() - running.pop(work)
                # The kernel adds a child's seconds at its end.
                processor = _processor() - before
                try:
                    outcome = work()
                except ToolError as error:
                    say(str(error))
                    outcome = Outcome(0, 1, 0)
                say("=== %s: %.1f s" % (work.name, seconds))
                ended.append(Ended(work, outcome, seconds, processor))
            if len(running) >= least or running and not waiting:
                time.sleep(LOOK_SECONDS)
    return ended


def _processor():
    """Return the processor seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
