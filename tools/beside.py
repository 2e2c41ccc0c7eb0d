"""A command of ours that runs beside this one and ends with ``N passed, N failed``."""

import collections
import re
import sys

from . import paths, processes
from .progress import say

#: Outcome of one suite.
Outcome = collections.namedtuple("Outcome", "passed failed skipped")

LINE = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


class Beside:
    """One such command.

    Called, it waits for the end, says what the command has said, and returns the
    :class:`Outcome`.

    :param str name: how messages call it
    :param list arguments: of ``python3 -m tools``
    """

    def __init__(self, name, arguments):
        self._name, self._arguments = name, list(arguments)
        self._process = None

    def start(self):
        """Start the command, unless it has been started."""
        if self._process is None:
            self._process = processes.Process(
                self._name, [sys.executable, "-m", "tools", *self._arguments],
                paths.log_folder("beside") / "output.log", cwd=paths.ROOT)

    def running(self):
        """Tell whether it was started and has not ended."""
        return self._process is not None and self._process.running()

    def stop(self):
        """End the command with all that it has started."""
        if self._process is not None:
            self._process.stop()

    def __call__(self):
        self.start()
        self._process.wait()
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
