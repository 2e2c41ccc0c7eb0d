"""What ``make lint`` runs, as tests: flake8, pylint-odoo, vermin, OCA's own checks."""

import subprocess

import pytest

from tools import environments, lint, paths

CHECKS = list(lint.checks())


@pytest.mark.parametrize("check", CHECKS, ids=[name for name, _env, _argv in CHECKS])
def test_linter_has_nothing_to_say(check):
    _name, environment, argv = check
    program = environments.folder(environment) / "bin" / argv[0]
    done = subprocess.run(
        [str(program)] + argv[1:],
        cwd=str(paths.ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, "\n" + done.stdout.decode(errors="replace")


def test_the_linters_are_there():
    """An empty list of checks would pass in silence."""
    words = " ".join(name for name, _env, _argv in CHECKS)
    for wanted in ("flake8", "pylint-odoo", "vermin", "oca-checks"):
        assert wanted in words


def test_imports_of_addons_are_in_order():
    # An __init__ imports in the order in which things build upon each other.
    done = subprocess.run(
        [str(environments.folder("lint") / "bin" / "isort"), "--check-only", "--diff"]
        + ["--skip", "__init__.py"]
        + paths.addons(),
        cwd=str(paths.ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, "\n" + done.stdout.decode(errors="replace")
