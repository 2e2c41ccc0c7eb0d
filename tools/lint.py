"""``lint``: run every linter that can judge an 11.0 addon, and flake8 for the rest."""

import subprocess

from . import environments, paths
from .progress import say

PYLINTRC = paths.TOOLS / "lint_rules" / "pylintrc"
# W503 and E203 contradict PEP 8.
FLAKE8 = ["--extend-ignore=W503,E203", "--per-file-ignores=__init__.py:F401"]
# Rules of later series, or pylint-odoo's. Odoo 11 names a view once for each of its
# terms, which later series call a duplicate.
OCA_DISABLED = "xml-header-wrong,xml-field-numeric-without-eval,xml-tag-position"
OCA_PO_DISABLED = "po-pretty-format,po-duplicate-model-definition"


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--only", default="", help="linters, separated by commas")


def main(options):
    """Run the linters; return 1 when one found something."""
    wanted = [name for name in options.only.split(",") if name]
    failed = 0
    for name, environment, argv in checks():
        if wanted and name.split()[0] not in wanted:
            continue
        done = subprocess.run(
            [str(environments.folder(environment) / "bin" / argv[0])] + argv[1:],
            cwd=str(paths.ROOT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            failed += 1
            say(done.stdout.decode(errors="replace").rstrip())
        print("%s lint: %s" % ("FAIL" if done.returncode else "ok", name), flush=True)
    return 1 if failed else 0


def checks():
    """Yield (name, virtualenv, program and arguments) of every linter."""
    addons = paths.addons()
    strict = addons + ["tools"] + [
        "tests/" + path.name for path in sorted((paths.ROOT / "tests").glob("*"))
        if path.is_dir() and path.name != "__pycache__"]
    yield "flake8 addons, tools, tests", "lint", [
        "flake8", "--max-line-length=88"] + FLAKE8 + strict
    if not addons:
        return
    # A rule of tests/repo covers manifests; Odoo looks for data/neutralize.sql. For
    # javascript-lint, npm would be asked twice a file for an eslint that is not there.
    yield "pylint-odoo", "lint", [
        "pylint", "--rcfile", str(PYLINTRC),
        "--disable=file-not-used,javascript-lint"] + addons
    # The floor: Odoo 11 runs on Python 3.5.
    yield "vermin", "lint", [
        "vermin", "-t=3.5-", "--violations", "--no-tips", "-q",
        "--no-parse-comments"] + addons
    yield "oca-checks", "oca", [
        "oca-checks-odoo-module", "--disable=" + OCA_DISABLED] + addons
    translations = [str(path) for addon in addons
                    for path in sorted((paths.ROOT / addon).glob("i18n/*.po*"))]
    if translations:
        yield "oca-checks-po", "oca", [
            "oca-checks-po", "--disable=" + OCA_PO_DISABLED] + translations
