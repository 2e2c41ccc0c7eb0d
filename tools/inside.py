"""Continue inside the tests' virtualenv, which has the browser's driver."""

import os
import sys

from . import environments, python


def test_environment():
    """Replace this process by the same command in the virtualenv.

    The process stays the same, so signals reach the command.
    """
    wanted = environments.python("test")
    if sys.prefix == str(wanted.parent.parent):
        return
    os.execve(
        str(wanted), [str(wanted), "-m", "tools"] + sys.argv[1:],
        dict(python.variables(), PYTHONUNBUFFERED="1"))
