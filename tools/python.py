"""``python`` and ``pytest``: run something in a virtualenv with our sources."""

import os
import subprocess

from . import environments, paths, simulator


def arguments(parser):
    """Declare the options."""
    if parser.prog.endswith("python"):
        parser.add_argument("environment", choices=sorted(environments.ENVIRONMENTS))


def main(options):
    """Run it and return its exit status."""
    name = getattr(options, "environment", "test")
    rest = ["-m", "pytest"] + options.rest if options.command == "pytest" else (
        options.rest)
    process = subprocess.Popen(
        [str(environments.python(name))] + rest, env=variables())
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise


def variables():
    """Return an environment in which ``tools`` and the simulator can be imported."""
    return dict(os.environ, PYTHONPATH=simulator.python_path(), **paths.BYTECODE)
