"""Install packages for Node.js, such as ``lessc`` for the styles of Odoo 11."""

import os
import shutil

from . import paths, processes, system
from .errors import MissingTool
from .progress import step


def folder():
    """Return a folder to put on PATH that has ``lessc`` with its clean-css plugin."""
    # Debian's node-less needs no npm.
    if not shutil.which("npm") and shutil.which("lessc"):
        return None
    return packages("less", paths.TOOLS / "node") / "node_modules" / ".bin"


def packages(name, sources):
    """Return a folder that has the ``node_modules`` of a list of packages.

    :param str name: what they are for, in a word
    :param Path sources: folder with ``package.json`` and its lock
    """
    files = [sources / each for each in ("package.json", "package-lock.json")]
    target = paths.cache_folder() / "node" / (
        "%s-%s" % (name, paths.digest(*files)))
    if target.exists():
        _require_node()
        return target
    if not shutil.which("npm"):
        system.install(["nodejs", "npm"])
    npm = shutil.which("npm")
    if not npm:
        raise MissingTool(
            "npm (to install packages for Node.js, such as lessc, which makes the "
            "styles of Odoo 11)",
            debian="apt-get install nodejs npm    or    apt-get install node-less",
            anywhere="install Node.js")
    _require_node()

    def make(building):
        with step("packages for Node.js: %s" % name):
            for source in files:
                shutil.copy(str(source), str(building))
            processes.run(
                [npm, "ci", "--no-audit", "--no-fund", "--omit=optional",
                 "--ignore-scripts"],
                "Installing packages for Node.js: %s" % name, cwd=building)

    paths.build_once(target, make)
    return target


def _require_node():
    if not shutil.which("node"):
        raise MissingTool("Node.js", debian="apt-get install nodejs",
                          anywhere="install Node.js")


def path():
    """Return a PATH on which ``lessc`` is found."""
    binaries = folder()
    current = os.environ.get("PATH", os.defpath)
    return current if binaries is None else "%s%s%s" % (binaries, os.pathsep, current)
