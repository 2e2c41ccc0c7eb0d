"""The less compiler: Odoo 11 makes its web client's styles with ``lessc``."""

import os
import shutil

from . import paths, processes
from .errors import MissingTool
from .progress import step


def folder():
    """Return a folder to put on PATH that has ``lessc`` with its clean-css plugin."""
    sources = [paths.TOOLS / "node" / name
               for name in ("package.json", "package-lock.json")]
    target = paths.cache_folder() / "node" / ("less-" + paths.digest(*sources))
    binaries = target / "node_modules" / ".bin"
    if target.exists():
        _require_node()
        return binaries
    npm = shutil.which("npm")
    if not npm:
        # Debian's package node-less brings lessc and the plugin without npm.
        if shutil.which("lessc"):
            return None
        raise MissingTool(
            "npm (to install lessc, which makes the styles of Odoo 11)",
            debian="apt-get install nodejs npm    or    apt-get install node-less",
            anywhere="install Node.js")
    _require_node()

    def make(building):
        with step("lessc"):
            for source in sources:
                shutil.copy(str(source), str(building))
            processes.run(
                [npm, "ci", "--no-audit", "--no-fund", "--omit=optional"],
                "Installing lessc", cwd=building)

    paths.build_once(target, make)
    return binaries


def _require_node():
    if not shutil.which("node"):
        raise MissingTool("Node.js", debian="apt-get install nodejs",
                          anywhere="install Node.js")


def path():
    """Return a PATH on which ``lessc`` is found."""
    binaries = folder()
    current = os.environ.get("PATH", os.defpath)
    return current if binaries is None else "%s%s%s" % (binaries, os.pathsep, current)
