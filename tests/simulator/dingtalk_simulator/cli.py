# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The command `dingtalk-simulator`."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import logging
import os
import signal
import sys
from typing import Any, Callable, List, Optional

from aiohttp import web

from . import __version__
from .checks import LARGEST, whole_number
from .control_bodies import MOST_DEPARTMENTS, MOST_PEOPLE
from .server import Simulator, make_app
from .storage import Storage
from .testing import VARIABLE
from .world import World


def _number(least: int, most: int) -> Callable[[str], int]:
    """A kind of argument. :raise ArgumentTypeError: not such a number"""

    def read(given: str) -> int:
        found = whole_number(given)
        if found is None or not least <= found <= most:
            raise argparse.ArgumentTypeError(
                "%r is not a whole number from %d to %d" % (given, least, most)
            )
        return found

    return read


def _rate(given: str) -> Optional[int]:
    return None if given in ("none", "0") else _number(1, 10**6)(given)


def _latency(given: str) -> float:
    try:
        found = float(given)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 10**6:
        raise argparse.ArgumentTypeError("%r is not a number of milliseconds" % given)
    return found


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="dingtalk-simulator",
        description="DingTalk in a box, on this machine only.",
    )
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(dest="command", required=True)
    serve = commands.add_parser(
        "serve", help="run the server; prints one JSON line when it is ready"
    )
    _add_options(serve)
    run_ = commands.add_parser(
        "run",
        help="run a command beside the server; it finds the ready line in the variable "
        + VARIABLE,
    )
    _add_options(run_)
    run_.add_argument(
        "program", nargs=argparse.REMAINDER, metavar="-- PROGRAM", help="the command"
    )
    return top


def _add_options(serve: argparse.ArgumentParser) -> None:
    serve.add_argument(
        "--port", type=_number(0, 65535), default=0, help="default: a free one"
    )
    serve.add_argument(
        "--host",
        default="127.0.0.1",
        help="default: 127.0.0.1; there is no access control",
    )
    serve.add_argument(
        "--people",
        type=_number(0, MOST_PEOPLE),
        default=50,
        help="people in the organisation, exactly (default: 50)",
    )
    serve.add_argument(
        "--departments",
        type=_number(0, MOST_DEPARTMENTS),
        default=8,
        help="departments below the root, exactly (default: 8); "
        "the root department, id 1, is one more",
    )
    serve.add_argument(
        "--seed",
        type=_number(-LARGEST, LARGEST),
        default=1,
        help="the same seed makes the same organisation (default: 1)",
    )
    serve.add_argument(
        "--state",
        metavar="FILE",
        help="keep everything in this file; an existing one wins over "
        "--people, --departments and --seed",
    )
    serve.add_argument(
        "--rate-limit",
        type=_rate,
        default=argparse.SUPPRESS,
        metavar="N",
        help="calls a second for one API and app, or 'none' (default: 20)",
    )
    serve.add_argument(
        "--latency",
        type=_latency,
        metavar="MS",
        help="hold every answer back (default: 0)",
    )
    serve.add_argument(
        "--verbose", action="store_true", help="log every request to stderr"
    )
    serve.add_argument(
        "--import",
        dest="modules",
        action="append",
        default=[],
        metavar="MODULE",
        help="a module of yours that adds endpoints; may be repeated",
    )


def _nobody(_line: str) -> None:
    """Print no ready line: the output is the command's."""


class Unusable(Exception):
    """An unusable argument; the text explains."""


async def _beside(line: str, program: List[str], stop: asyncio.Event) -> int:
    """Run a command to its end; return its exit status."""
    if program[:1] == ["--"]:
        program = program[1:]
    if not program:
        raise Unusable("name the command to run after --")
    try:
        process = await asyncio.create_subprocess_exec(
            *program, env=dict(os.environ, **{VARIABLE: line})
        )
    except OSError as error:
        raise Unusable("cannot run %s: %s" % (program[0], error))
    ended = asyncio.ensure_future(process.wait())
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not ended.done():
        process.terminate()
    return await ended


async def run(arguments: argparse.Namespace, ready: Any = None) -> int:
    """Serve until SIGINT or SIGTERM, or during a command; return the exit status.

    `ready(line)` is called with the ready line; the default prints it.
    """
    if arguments.command == "run" and ready is None:
        ready = _nobody
    if arguments.modules and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    for module in arguments.modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            raise Unusable("cannot import %s: %s" % (module, error))
    storage = Storage(arguments.state) if arguments.state else None
    try:
        world = storage.load() if storage else None
    except (OSError, ValueError) as error:
        raise Unusable("cannot read the state file %s: %s" % (arguments.state, error))
    if world is None:
        world = World(arguments.people, arguments.departments, arguments.seed)
    changes = {}
    if hasattr(arguments, "rate_limit"):
        changes["rate_limit"] = arguments.rate_limit
    if arguments.latency is not None:
        changes["latency"] = arguments.latency
    world.change_settings(changes)
    simulator = Simulator(world, storage)
    if storage is not None:
        try:
            storage.save()
        except OSError as error:
            raise Unusable("cannot write %s: %s" % (arguments.state, error))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(
        make_app(simulator),
        access_log=logging.getLogger("access") if arguments.verbose else None,
        shutdown_timeout=0.5,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, arguments.host, arguments.port, backlog=1024)
        await site.start()
        port = runner.addresses[0][1]
        simulator.url = "http://%s:%d" % (arguments.host, port)
        line = json.dumps(simulator.ready_line(), ensure_ascii=False)
        (ready or (lambda text: print(text, flush=True)))(line)
        if arguments.command == "run":
            return await _beside(line, arguments.program, stop)
        await stop.wait()
        return 0
    finally:
        await runner.cleanup()


def main(arguments: Optional[List[str]] = None) -> int:
    parsed = parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if parsed.verbose else logging.WARNING,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    try:
        return asyncio.run(run(parsed))
    except Unusable as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(
            "cannot listen on port %s of %s: %s" % (parsed.port, parsed.host, error),
            file=sys.stderr,
        )
        return 1


if __name__ == "__main__":
    sys.exit(main())
