"""``matrix``: run everything about Odoo on each series, and write the results.

docs/series.md describes the folder of sources, and gets a line for each series. Passed
steps are kept until the commit or the sources change.
"""

import collections
import datetime
import json
import os
import re
import subprocess

from . import odoo, paths, processes
from .beside import Beside, Outcome, side_by_side
from .errors import ToolError
from .progress import say
from .series import ALL
from .test import Pytest

PAGE = paths.ROOT / "docs" / "series.md"
BEGIN, END = "<!-- table: make matrix ODOOS=... -->\n", "<!-- end of table -->"
COLUMNS = ("Series", "Odoo", "Python", "Addons", "Tests", "Smoke",
           "Update and uninstall", "Commit", "Date")
STEPS = COLUMNS[4:7]
ALL_ADDONS = "all"
#: Files that a browser needs and some packages of sources lack.
LIBRARIES = "web/static/lib"

#: Sources to run: series such as 18.0, their folder, their interpreter or None.
Found = collections.namedtuple("Found", "series folder python")


def arguments(parser):
    """Declare the options."""
    parser.add_argument("odoos", metavar="FOLDER", help=(
        "folder of Odoo sources, one folder a series"))
    parser.add_argument("--only", default="", help=(
        "series, separated by commas (default: all that are found)"))
    parser.add_argument("--modules", default="", help=(
        "run these addons alone, separated by commas (default: all)"))
    parser.add_argument("--areas", default="", help=(
        "run only these areas of smoke, separated by commas"))
    parser.add_argument("--again", action="store_true", help=(
        "run what has passed on this commit, too"))


def main(options):
    """Run each series; return 0 when every test of every series passed."""
    if odoo.foreign():
        raise ToolError("ODOO names one Odoo; the matrix finds them itself.")
    if not options.odoos:
        raise ToolError("Name the folder of sources: make matrix ODOOS=/its/path")
    wanted = chosen(options.only)
    found = [each for each in find(options.odoos)
             if not wanted or each.series in wanted]
    missing = sorted(set(wanted) - {each.series for each in found})
    if missing or not found:
        raise ToolError("There is no Odoo %s in %s." % (
            ", ".join(missing) or "of a known series", options.odoos))
    bad = 0
    for each in found:
        try:
            if each.python is None:
                raise ToolError("no %s, no venv and no python in %s" % (
                    variable(each.series), each.folder))
            missing = lacking(each, options.modules)
            if missing:
                raise ToolError("its sources lack %s" % ", ".join(missing))
            outcomes = run(each, options)
            bad += sum(1 for outcome in outcomes.values()
                       if not isinstance(outcome, str)
                       and (outcome.failed or not outcome.passed))
            cells = row(each, options, outcomes)
        except ToolError as error:
            # The others need not wait.
            bad += 1
            say("Odoo %s is left out: %s." % (each.series, error))
            continue
        print("| %s |" % " | ".join(cells), flush=True)
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
    beside = folder.with_name(folder.name.replace("odoo", "venv"))
    for path in [given] if given else [
            folder / "venv/bin/python", folder / "python", beside / "bin/python"]:
        if os.access(str(path), os.X_OK) and not os.path.isdir(str(path)):
            return paths.Path(path)
    if given:
        raise ToolError("%s=%s is not an interpreter." % (variable(series), given))
    return None


def lacking(found, modules=""):
    """Return the names of Odoo's addons that ours need and the sources do not have.

    :param str modules: our addons (commas), all when empty
    """
    names = chosen(modules) or paths.addons()
    needed = odoo.foreign_dependencies(names, paths.addon_folders())
    return [name for name in needed if not has(found, name + "/__manifest__.py")]


def has(found, path):
    """Tell whether the sources have a file or folder below their addons."""
    return any((found.folder / place / path).exists()
               for place in ("addons", "odoo/addons"))


def chosen(text):
    """Return the names in a text with commas."""
    return [name for name in text.split(",") if name]


def run(found, options):
    """Run tests, smoke, update and uninstall.

    :param Found found: the sources
    :return: name of the column -> :class:`~tools.beside.Outcome`, or why it was not run
    """
    environment = {"ODOO": str(found.folder), "PYTHON": str(found.python),
                   "SERIES": found.series, "DINGDING_ADDONS": options.modules}
    name = "Odoo %s: " % found.series
    works = [
        Beside(name + "tests", ["odoo-test", "--modules", options.modules]
               if options.modules else ["test"], environment),
        Beside(name + "smoke", ["smoke", "--only", options.areas,
                                "--modules", options.modules], environment),
        Pytest("tests/e2e/test_leaving.py", environment)]
    outcomes = {} if options.again else kept(found, options)
    if not has(found, LIBRARIES):
        outcomes["Smoke"] = "not run: no %s" % LIBRARIES
    for column, work in zip(STEPS, works):
        if column in outcomes:
            say("%s%s: %s" % (name, column, told(outcomes[column])))
            continue
        ended, = side_by_side([work], 1)
        outcomes[column] = ended.outcome
        keep(found, options, outcomes)
    return outcomes


def told(outcome):
    """Return an outcome as the table has it.

    :param outcome: a value of what :func:`run` returns
    """
    if isinstance(outcome, str):
        return outcome
    return "%d of %d" % (outcome.passed, outcome.passed + outcome.failed) + (
        ", %d skipped" % outcome.skipped if outcome.skipped else "")


def kept(found, options):
    """Return the outcomes of a run before this one that passed and still count."""
    try:
        known = json.loads(_state(found).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        known = {}
    if known.get("of") != _identity(found, options):
        return {}
    outcomes = {column: Outcome(*each) for column, each in known["outcomes"].items()}
    return {column: each for column, each in outcomes.items()
            if each.passed and not each.failed}


def keep(found, options, outcomes):
    """Store outcomes for :func:`kept`, unless there are uncommitted changes."""
    if commit() == "unknown" or commit().endswith("+"):
        return
    _state(found).parent.mkdir(parents=True, exist_ok=True)
    _state(found).write_text(json.dumps({
        "of": _identity(found, options),
        "outcomes": {column: each for column, each in outcomes.items()
                     if not isinstance(each, str)}}), encoding="utf-8")


def _state(found):
    return paths.RUN / "matrix" / (found.series + ".json")


def _identity(found, options):
    return [commit(), str(found.folder), dated(found.folder), str(found.python),
            options.modules, options.areas]


def row(found, options, outcomes):
    """Return the cells of a series.

    :param dict outcomes: those of :func:`run`
    """
    version = processes.run([
        found.python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        "The interpreter of Odoo %s" % found.series).strip()
    cells = [told(outcomes[column]) for column in STEPS]
    if options.areas:
        cells[1] += " (%s)" % options.areas.replace(",", ", ")
    return [found.series, dated(found.folder), version,
            options.modules.replace(",", ", ") or ALL_ADDONS, *cells, commit(),
            datetime.date.today().isoformat()]


def partial(cells):
    """Tell whether a line is about some addons or areas."""
    return cells[3] != ALL_ADDONS or "(" in cells[5]


def dated(folder):
    """Return the date of sources: that of their commit, of a nightly build, or none."""
    if (folder / ".git").exists():
        return _git(folder, "log", "-1", "--date=short", "--format=%cd") or "unknown"
    release = (folder / "odoo" / "release.py").read_text(encoding="utf-8")
    match = re.search(r"\b(20\d\d)(\d\d)(\d\d)\b", release)
    return "-".join(match.groups()) if match else "unknown"


def commit():
    """Return the commit of the checkout; ``+`` marks uncommitted changes."""
    changed = [
        line for line in _git(paths.ROOT, "status", "--porcelain").splitlines()
        if line[3:] != PAGE.relative_to(paths.ROOT).as_posix()]
    return (_git(paths.ROOT, "rev-parse", "--short", "HEAD") or "unknown") + (
        "+" if changed else "")


def _git(folder, *arguments_):
    """Return what git says about a folder."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments_], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        return ""
    return done.stdout.decode().rstrip("\n") if not done.returncode else ""


def write(cells):
    """Put a line into the table of docs/series.md, in the place of its series.

    Partial runs do not replace whole ones.
    """
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
    if partial(cells) and not partial(lines.get(cells[0], cells)):
        say("The line of a whole run stays in %s." % PAGE)
        return
    lines[cells[0]] = list(cells)
    table = "| %s |\n" % " | ".join(COLUMNS) + "|" + "---|" * len(COLUMNS) + "\n"
    for series in ALL:
        if series in lines:
            table += "| %s |\n" % " | ".join(lines[series])
    PAGE.write_text(
        before + BEGIN + "\n" + table + "\n" + END + after, encoding="utf-8")
