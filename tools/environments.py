"""The virtualenvs: one for Odoo, one for the tests, one for each set of linters.

Each is in the cache under a name made of its pinned list and Python, so checkouts share
equal ones.
"""

import collections
import os
import shutil
import subprocess

from . import paths, processes, pythons
from .progress import step

Environment = collections.namedtuple(
    "Environment", "requirements versions variable options")

MODERN = ["3.11", "3.12", "3.13", "3.10"]
ENVIRONMENTS = {
    # --no-deps: see the head of the list.
    "odoo": Environment("odoo-11.txt", ["3.7"], "ODOO_PYTHON", ["--no-deps"]),
    "test": Environment("test.txt", MODERN, "TEST_PYTHON", []),
    "lint": Environment("lint.txt", MODERN, "TEST_PYTHON", []),
    "oca": Environment("oca.txt", MODERN, "TEST_PYTHON", []),
    "docs": Environment("docs.txt", MODERN, "TEST_PYTHON", []),
    "postgres": Environment("postgres.txt", MODERN, "TEST_PYTHON", []),
}


def folder(name):
    """Return the virtualenv, made when it does not exist yet."""
    environment = ENVIRONMENTS[name]
    requirements = paths.TOOLS / "requirements" / environment.requirements
    for version in environment.versions:
        target = _target(name, requirements, version)
        if not os.environ.get(environment.variable) and target.exists():
            if (target / "bin" / "python").exists():
                return target
            # The interpreter was removed.
            shutil.rmtree(str(target))
    python = pythons.find(environment.versions, environment.variable)
    version = subprocess.check_output(
        [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    ).decode().strip()

    def make(building):
        with step("virtualenv '%s' (Python %s)" % (name, version)):
            _make(building, python, requirements, environment.options)
            _move_scripts(building, target)

    target = _target(name, requirements, version)
    return paths.build_once(target, make)


def _target(name, requirements, version):
    return paths.cache_folder() / "environments" / (
        "%s-%s-%s" % (name, version, paths.digest(requirements)))


def _make(building, python, requirements, options):
    pythons.ensure_venv(python)
    processes.run([python, "-m", "venv", building], "Making a virtualenv")
    processes.run(
        [building / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-input",
         "--disable-pip-version-check"] + options + ["-r", requirements],
        "Installing %s" % requirements.name)


def _move_scripts(building, target):
    """Write the final folder into the scripts."""
    for script in (building / "bin").iterdir():
        if script.is_file() and not script.is_symlink():
            script.write_bytes(script.read_bytes().replace(
                str(building).encode(), str(target).encode()))


def python(name):
    """Return the interpreter of a virtualenv."""
    return folder(name) / "bin" / "python"


def site_packages(name):
    """Return the folder in which a virtualenv keeps its packages."""
    return next((folder(name) / "lib").glob("python3*")) / "site-packages"
