"""Define the command line: one module per command."""

import argparse
import importlib
import os
import sys

from . import paths, processes
from .errors import ToolError

#: command: (module, what it does)
COMMANDS = {
    "demo": ("demo", "start Odoo with the addons and a simulated DingTalk"),
    "setup": ("setup", "build what is missing: virtualenvs, lessc, PostgreSQL"),
    "test": ("test", "run every test of the project"),
    "odoo-test": ("odoo_test", "run addons' own tests on a real Odoo"),
    "pytest": ("python", "run pytest with the simulator and the tools importable"),
    "smoke": ("smoke", "do the main jobs in a browser, step by step"),
    "chaos": ("chaos", "do everything at once while everything breaks"),
    "new-addon": ("new_addon", "write a working addon to begin with"),
    "addons": ("addons", "write the addons for other Odoo series"),
    "matrix": ("matrix", "run tests, smoke, update and uninstall on other Odoos"),
    "lint": ("lint", "run the linters"),
    "bench": ("bench", "measure; one JSON object a line"),
    "i18n": ("i18n", "bring the translations up to date"),
    "permissions": ("permissions", "write the manual's page about permissions"),
    "access": ("access", "write the manual's page about access rights"),
    "layout": ("layout", "draw the addons and their imports for the manual"),
    "docs": ("book", "build the manual as a site with search"),
    "screens": ("screens", "take pictures of every view for the docs"),
    "clean": ("clean", "remove the data of runs"),
    "python": ("python", "run Python in one of the virtualenvs"),
}
#: Commands that keep nothing; `bench` measures with a disk.
IN_MEMORY = ("test", "odoo-test", "pytest", "smoke", "chaos", "matrix", "screens")


def main(argv=None):
    """Run the command that the arguments name; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python3 -m tools", description=importlib.import_module("tools").__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (module, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        implementation = importlib.import_module("tools." + module)
        implementation.arguments(command)
        command.set_defaults(main=implementation.main)
    argv = list(sys.argv[1:] if argv is None else argv)
    # The rest belongs to the program that they run.
    own = {"pytest": 1, "python": 2}.get(argv[0] if argv else None, len(argv))
    options = parser.parse_args(argv[:own])
    options.rest = argv[own:]
    processes.stop_on_signals()
    if options.command in IN_MEMORY:
        paths.work_in_memory()
    try:
        return options.main(options)
    except ToolError as error:
        print("%s: %s" % (options.command, error), file=sys.stderr)
        return 2
    except processes.Stopped as signal:
        print("%s: stopped by %s" % (options.command, signal), file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
