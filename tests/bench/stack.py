"""How long ``make demo`` takes: from nothing, from a warm cache, the second time."""

import os
import shutil
import signal
import subprocess
import sys
import time

from tools import paths

SECOND_START_SECONDS = 30


def figures(bench):
    """Measure three starts of the demo, with a cache and data of their own."""
    folder = paths.temporary_folder("bench")
    try:
        environment = dict(
            os.environ, DINGDING_CACHE=str(folder / "cache"),
            DINGDING_RUN=str(folder / "run"))
        for name in ("ODOO_PORT", "SIMULATOR_PORT", "PG_PORT", "DEMO_SECONDS"):
            environment.pop(name, None)
        bench.figure("make demo from nothing", seconds_to_ready(environment), "s")
        environment["DINGDING_RUN"] = str(folder / "run-2")
        bench.figure(
            "make demo from a warm cache", seconds_to_ready(environment), "s")
        bench.figure(
            "second make demo", seconds_to_ready(environment), "s",
            goal=SECOND_START_SECONDS, better="lower")
    finally:
        shutil.rmtree(str(folder), ignore_errors=True)


def seconds_to_ready(environment):
    """Start the demo, wait for its last line, stop it."""
    started = time.monotonic()
    demo = subprocess.Popen(
        [sys.executable, "-m", "tools", "demo"], cwd=str(paths.ROOT), env=environment,
        stdout=subprocess.PIPE, stderr=sys.stderr)
    try:
        for line in demo.stdout:
            if b"Ctrl-C" in line:
                return round(time.monotonic() - started, 1)
        raise RuntimeError("The demo ended before it was ready.")
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait()
