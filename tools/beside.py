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
from .progress import say

#: Outcome of one suite.
Outcome = collections.namedtuple("Outcome", "passed failed skipped")

#: A finished command: the command, its :class:`Outcome`, its seconds, and processor
#: seconds with its children's.
Ended = collections.namedtuple("Ended", "work outcome seconds processor")

LINE = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
LOOK_SECONDS = 0.1


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


def at_a_time(more=2):
    """Return how many commands run at a time: ``JOBS``, or what the cores bear.

    :param int more: than there are cores, since commands also wait
    """
    given = os.environ.get("JOBS") or ""
    if given and not (given.isdigit() and int(given)):
        raise ToolError("JOBS=%s is not a number of commands." % given)
    cores = max(os.cpu_count() or 1, 1)
    return int(given) if given else cores + more


def side_by_side(works, jobs):
    """Run commands, some at a time; return an :class:`Ended` for each.

    They start in order; each one's output is printed at its end.

    :param works: :class:`Beside` each
    :param int jobs: how many run at a time
    """
    waiting, running, ended = list(works), {}, []
    with contextlib.ExitStack() as stack:
        while waiting or running:
            while waiting and len(running) < jobs:
                work = waiting.pop(0)
                say("... %s" % work.name)
                stack.callback(work.stop)
                work.start()
                running[work] = time.monotonic()
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
            if len(running) == jobs or running and not waiting:
                time.sleep(LOOK_SECONDS)
    return ended


def _processor():
    """Return the processor seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
