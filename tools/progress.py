"""Say what is being done and how long it took.

Progress goes to standard error, results to standard output.
"""

import contextlib
import sys
import time


def say(text=""):
    """Print one line of progress."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(name):
    """Name a step, and say its seconds when it ends.

    :param str name: what is being done, for a person
    """
    say("... %s" % name)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        say("--- %s: stopped after %.1f s" % (name, time.monotonic() - started))
        raise
    say("=== %s: %.1f s" % (name, time.monotonic() - started))
