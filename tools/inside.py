"""Go on inside the tests' virtualenv: the browser's driver is not standard library."""

import os
import sys

from . import environments, python


def test_environment():
    """Replace this process by the same command in the virtualenv, unless it is there.

    It is the same process afterwards, so signals still reach the command.
    """
    wanted = environments.python("test")
    if sys.prefix == str(wanted.parent.parent):
        return
    os.execve(
        str(wanted), [str(wanted), "-m", "tools"] + sys.argv[1:],
        dict(python.variables(), PYTHONUNBUFFERED="1"))
