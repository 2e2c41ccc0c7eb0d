"""``matrix``: run everything about Odoo on each series, and write what came of it.

Below one folder lie sources of Odoo, one folder a series (with ``odoo-bin`` and
``odoo/release.py``). The interpreter that has the requirements of one is named by
``PYTHON_18_0``, else it is ``venv/bin/python`` or ``python`` in that folder. A series
gets its line in docs/series.md when all of it was run, lines of the others stay.
"""

import collections
import datetime
import os
import re
import subprocess

from . import odoo, paths, processes
from .beside import Beside, side_by_side
from .errors import ToolError
from .progress import say
from .series import ALL
from .test import Pytest

PAGE = paths.ROOT / "docs" / "series.md"
BEGIN, END = "<!-- table: make matrix ODOOS=... -->\n", "<!-- end of table -->"
COLUMNS = ("Series", "Odoo", "Python", "Tests", "Smoke", "Update and uninstall",
           "Commit", "Date")

#: Sources to run: series such as 18.0, their folder, their interpreter or None.
Found = collections.namedtuple("Found", "series folder python")


def arguments(parser):
    """Declare the options."""
    parser.add_argument("odoos", metavar="FOLDER", help=(
        "folder of Odoo sources, one folder a series"))
    parser.add_argument("--only", default="", help=(
        "series, separated by commas (default: all that are found)"))
    parser.add_argument("--suites", default="", help=(
        "run only these suites, as a trial: the table is not written"))
    parser.add_argument("--areas", default="", help=(
        "run only these areas of smoke, as a trial: the table is not written"))


def main(options):
    """Run each series; return 0 when every test of every series passed."""
    if odoo.foreign():
        raise ToolError("ODOO names one Odoo; the matrix finds them itself.")
    if not options.odoos:
        raise ToolError("Name the folder of sources: make matrix ODOOS=/its/path")
    wanted = [name for name in options.only.split(",") if name]
    found = [each for each in find(options.odoos)
             if not wanted or each.series in wanted]
    missing = sorted(set(wanted) - {each.series for each in found})
    if missing or not found:
        raise ToolError("There is no Odoo %s in %s." % (
            ", ".join(missing) or "of a known series", options.odoos))
    bad = 0
    for each in found:
        if each.python is None:
            bad += 1
            say("Odoo %s is left out: no %s, no venv and no python in %s." % (
                each.series, variable(each.series), each.folder))
            continue
        outcomes = run(each, options.suites, options.areas)
        bad += sum(1 for outcome in outcomes if outcome.failed or not outcome.passed)
        cells = row(each, outcomes)
        print("| %s |" % " | ".join(cells), flush=True)
        if not options.suites + options.areas:
            write(cells)
    return 1 if bad else 0


def find(folder):
    """Return each :class:`Found` below a folder, the oldest series first."""
    found = {}
    for release in sorted(paths.Path(folder).resolve().glob("*/odoo/release.py")):
        place = release.parent.parent
        series = series_of(release.read_text(encoding="utf-8"))
        if series not in ALL or not (place / "odoo-bin").is_file():
            continue
        if series in found:
            raise ToolError("Odoo %s is in %s and in %s." % (
                series, found[series].folder, place))
        found[series] = Found(series, place, interpreter(series, place))
    return [found[series] for series in ALL if series in found]


def series_of(release):
    """Return the series, such as 18.0, that the text of release.py names, or None."""
    match = re.search(r"^version_info = \(\s*(\d+)\s*,\s*(\d+)\s*,", release, re.M)
    return "%s.%s" % match.groups() if match else None


def variable(series):
    """Return the environment variable that names the interpreter of a series."""
    return "PYTHON_" + series.replace(".", "_")


def interpreter(series, folder):
    """Return the interpreter of sources, or None."""
    given = os.environ.get(variable(series))
    for path in [given] if given else [folder / "venv/bin/python", folder / "python"]:
        if os.access(str(path), os.X_OK) and not os.path.isdir(str(path)):
            return paths.Path(path)
    if given:
        raise ToolError("%s=%s is not an interpreter." % (variable(series), given))
    return None


def run(found, suites="", areas=""):
    """Run tests, smoke, update and uninstall; return their three outcomes.

    :param Found found: the sources
    :param str suites: texts in names of suites (commas), all when empty
    :param str areas: names of smoke's areas (commas), all when empty
    """
    environment = {"ODOO": str(found.folder), "PYTHON": str(found.python),
                   "SERIES": found.series}
    name = "Odoo %s: " % found.series
    works = [
        Beside(name + "tests", ["test", "--only", suites], environment),
        Beside(name + "smoke", ["smoke", "--only", areas], environment),
        Pytest("tests/e2e/test_leaving.py", environment)]
    ended = {each.work: each.outcome for each in side_by_side(works, 1)}
    return [ended[work] for work in works]


def row(found, outcomes):
    """Return the cells of a series.

    :param list outcomes: those of :func:`run`
    """
    version = processes.run([
        found.python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        "The interpreter of Odoo %s" % found.series).strip()
    results = [
        "%d of %d" % (each.passed, each.passed + each.failed)
        + (", %d skipped" % each.skipped if each.skipped else "") for each in outcomes]
    return [found.series, dated(found.folder), version, *results, commit(),
            datetime.date.today().isoformat()]


def dated(folder):
    """Return the date of sources: that of their commit, of a nightly build, or none."""
    if (folder / ".git").exists():
        return _git(folder, "log", "-1", "--date=short", "--format=%cd") or "unknown"
    release = (folder / "odoo" / "release.py").read_text(encoding="utf-8")
    match = re.search(r"\b(20\d\d)(\d\d)(\d\d)\b", release)
    return "-".join(match.groups()) if match else "unknown"


def commit():
    """Return the commit of the checkout; ``+`` marks changes that are not in it."""
    changed = [
        line for line in _git(paths.ROOT, "status", "--porcelain").splitlines()
        if line[3:] != PAGE.relative_to(paths.ROOT).as_posix()]
    return (_git(paths.ROOT, "rev-parse", "--short", "HEAD") or "unknown") + (
        "+" if changed else "")


def _git(folder, *arguments_):
    """Return what git says about a folder, nothing when it has nothing to say."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments_], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        return ""
    return done.stdout.decode().rstrip("\n") if not done.returncode else ""


def write(cells):
    """Put a line into the table of docs/series.md, in the place of its series."""
    text = PAGE.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or END not in text.partition(BEGIN)[2]:
        raise ToolError("%s has no table between %r and %r." % (PAGE, BEGIN, END))
    before, _begin, rest = text.partition(BEGIN)
    table, _end, after = rest.partition(END)
    lines = {}
    for line in table.splitlines():
        known = [cell.strip() for cell in line.strip("| ").split("|")]
        if known[0] in ALL:
            lines[known[0]] = known
    lines[cells[0]] = list(cells)
    table = "| %s |\n" % " | ".join(COLUMNS) + "|" + "---|" * len(COLUMNS) + "\n"
    for series in ALL:
        if series in lines:
            table += "| %s |\n" % " | ".join(lines[series])
    PAGE.write_text(
        before + BEGIN + "\n" + table + "\n" + END + after, encoding="utf-8")
