"""``setup``: build the toolchains, so that later commands start at once."""

from . import environments, node, postgres
from .progress import say


def arguments(parser):
    """Declare the options."""
    parser.add_argument("names", nargs="*", help=(
        "virtualenvs to build (default: odoo, test)"))


def main(options):
    """Build what is missing and say where it lies."""
    for name in options.names or ["odoo", "test"]:
        say("%-11s%s" % (name, environments.folder(name)))
    say("%-11s%s" % ("lessc", node.folder() or "on PATH"))
    say("%-11s%s" % ("PostgreSQL", postgres.binaries()))
    return 0
