"""``clean``: remove the data of runs, and the toolchains on request."""

import shutil

from . import paths, postgres
from .errors import ToolError
from .progress import say


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--all", action="store_true", help=(
        "also the toolchains in the cache, which other checkouts use too"))


def main(options):
    """Remove what commands left; running ones are not touched."""
    demo = paths.RUN / "demo"
    if demo.exists():
        with paths.locked(demo / "lock", wait=False) as ours:
            if not ours:
                raise ToolError("The demo runs; stop it first.")
            for each in (demo, paths.RUN / "demo-fresh"):
                _remove(postgres.place(each / "postgres"))
    for folder in (paths.RUN, paths.ROOT / "build"):
        _remove(folder)
    for folder in paths.forgotten_folders():
        _remove(folder)
    if options.all:
        _remove(paths.cache_folder())
    return 0


def _remove(folder):
    if folder.exists():
        say("removing %s" % folder)
        shutil.rmtree(str(folder))
