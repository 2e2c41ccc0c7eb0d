"""``test``: everything, each suite named with its seconds, one closing line.

With ``ODOO``: the addons' own tests, and tests/series.
"""

import collections
import time
import xml.etree.ElementTree

from . import (
    browser,
    chaos,
    environments,
    node,
    odoo,
    odoo_test,
    paths,
    postgres,
    python,
    smoke,
)
from .beside import Beside, Outcome, at_a_time, side_by_side
from .errors import ToolError
from .progress import say, step

TEST_SECONDS = 900  # for one test; a hang must end some time
#: The table of the last `make test`, for docs/benchmarks.md.
TABLE = "suites.md"

#: A suite: its name, and the commands (:class:`~tools.beside.Beside`) that are it.
Suite = collections.namedtuple("Suite", "name works")

#: A line of the table: the suite's name, its Outcome, its commands' seconds, and
#: processor seconds.
Row = collections.namedtuple("Row", "name outcome seconds processor")

FIRST = ["client", "simulator", "repo"]
LAST = ["tools"]
# After the addons' own tests, which say more when they fail.
VERY_LAST = ["e2e"]
ANY_SERIES = ["series"]
# The longest commands start first, so that no core is idle at the end. Those that
# wait most run beside those that compute: both kinds begin early and none is left over.
# The first makes the database that most others wait for; the next ones need none.
LONGEST = [
    "odoo: dingding among", "tests/repo", "tests/tools", "tests/simulator",
    "tests/series", "chaos", "tests/e2e/test_push", "odoo: dingding_activity", "smoke",
    "odoo: dingding", "tests/e2e/test_people.py", "tests/e2e/test_approvals",
    "tests/e2e/test_servers", "tests/e2e/test_leaving", "tests/e2e/test_signin.py",
    "tests/e2e/test_queue_job", "tests/e2e/test_robot", "tests/e2e/test_walk",
    "tests/e2e/test_tokens", "tests/client", "tests/e2e/"]
# Only by name: `make test ONLY=bare`.
ON_DEMAND = ["tests/bare"]


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--only", default="", help=(
        "suites whose name contains one of these texts (commas), for example "
        "client, tools, odoo, e2e; or parts of suites, for example test_push"))


def main(options):
    """Run the suites; return 0 when every test of every suite passed."""
    started = time.monotonic()
    with step("toolchains"):
        odoo.installation()
        environments.folder("test")
        node.folder()
        postgres.binaries()
        if not odoo.foreign():
            browser.ensure()
    chosen = choose(suites(), [text for text in options.only.split(",") if text])
    if not chosen:
        raise ToolError("There is no suite '%s'." % options.only)
    ended = side_by_side(in_order(chosen))
    return close([row(suite, ended) for suite in chosen], time.monotonic() - started)


def choose(found, wanted):
    """Return the suites to run.

    :param found: every :class:`Suite`
    :param list wanted: texts in names of suites, or else of their commands; all suites
        when empty
    """
    found = list(found)
    if not wanted:
        return [suite for suite in found if suite.name not in ON_DEMAND]

    works = [work for text in wanted for work in named(found, text)]
    parts = [Suite(suite.name, [work for work in suite.works if work in works])
             for suite in found]
    return [suite for suite in parts if suite.works]


def named(found, text):
    """Return the commands of the suites with a name, else those with such a name."""
    return [work for suite in found if text in suite.name for work in suite.works] or [
        work for suite in found for work in suite.works if text in work.name]


def in_order(chosen):
    """Return the commands of the suites in the order in which they start."""
    def place(work):
        return next((number for number, text in enumerate(LONGEST)
                     if work.name.startswith(text)), len(LONGEST))

    return sorted((work for suite in chosen for work in suite.works), key=place)


def row(suite, ended):
    """Return the :class:`Row` of a suite.

    :param list ended: the :class:`~tools.beside.Ended` of all suites
    """
    own = [each for each in ended if each.work in suite.works]
    outcome = Outcome(*(
        sum(each.outcome[position] for each in own) for position in range(3)))
    return Row(suite.name, outcome, sum(each.seconds for each in own),
               sum(each.processor for each in own))


def close(rows, seconds):
    """Print the table and the closing line; return the exit status.

    :param list rows: a :class:`Row` each
    :param float seconds: of everything
    """
    print()
    for each in rows:
        print("%-44s %5d passed %4d failed %4d skipped %7.1f s, %7.1f s of a processor"
              % ((each.name,) + tuple(each.outcome) + each[2:]))
    passed, failed, skipped = total = [
        sum(each.outcome[position] for each in rows) for position in range(3)]
    print("%.0f seconds in all, %s; table in %s" % (
        seconds, pace(), write_table(rows, total, seconds)))
    print("%d passed, %d failed%s" % (
        passed, failed, ", %d skipped" % skipped if skipped else ""), flush=True)
    return 1 if failed or not passed else 0


def write_table(rows, total, seconds):
    """Write the table as the manual has it; return the file.

    :param list rows: a :class:`Row` each
    :param list total: passed, failed and skipped
    :param float seconds: of everything
    """
    line = "| %s | %d | %d | %d | %.0f | %.0f |\n"
    text = ("| Suite | Passed | Failed | Skipped | Seconds | of a processor |\n"
            "|---|---|---|---|---|---|\n")
    for each in rows:
        text += line % ((each.name,) + tuple(each.outcome) + each[2:])
    text += line % (("all, " + pace(),) + tuple(total) + (
        seconds, sum(each.processor for each in rows)))
    paths.RUN.mkdir(parents=True, exist_ok=True)
    target = paths.RUN / TABLE
    target.write_text(text, encoding="utf-8")
    return target


def pace():
    """Return how many commands run at a time, as text."""
    least, most = at_a_time()
    return "%d%s at a time" % (least, " to %d" % most if most > least else "")


def suites():
    """Yield every :class:`Suite` that the checkout has."""
    whole = not odoo.foreign()
    for name in folders():
        if name in ANY_SERIES or whole and name not in VERY_LAST:
            yield pytest_suite(name)
    addons = paths.addons()
    if "dingding" in addons:
        # Alone first: it must not need other addons.
        yield Suite("odoo: dingding", odoo_test.suite(["dingding"]))
    if len(addons) > 1:
        yield Suite("odoo: all addons", odoo_test.suite(addons))
    for name in paths.demonstrations():
        yield Suite("odoo: %s" % name, odoo_test.suite([name]))
    for name in paths.checks():
        yield Suite(name[len(paths.CHECK):], odoo_test.suite([name]))
    if whole and (paths.ROOT / "tests" / "chaos").is_dir():
        yield Suite("chaos", [chaos.Seeds()])
    for name in folders():
        if whole and name in VERY_LAST:
            yield by_file(name)
    if whole:
        yield Suite("smoke", smoke.commands())


def folders():
    """Return the folders of tests/ that have tests, in the order to run them."""
    others = (paths.demonstrations_folder(), paths.foreign_folder())
    found = sorted(path.name for path in (paths.ROOT / "tests").iterdir()
                   if path.is_dir() and path not in others and has_tests(path))
    order = [name for name in FIRST if name in found]
    order += [name for name in found if name not in FIRST + LAST + VERY_LAST]
    return order + [name for name in LAST + VERY_LAST if name in found]


def has_tests(folder):
    """Tell whether a folder has files in which pytest finds tests."""
    return any(folder.rglob("test_*.py"))


def pytest_suite(name):
    """Return the :class:`Suite` in one folder of tests/."""
    name = "tests/" + name
    return Suite(name, [Pytest(name)])


def by_file(name):
    """Return the same with a command a file, the longest first."""
    files = sorted((paths.ROOT / "tests" / name).rglob("test_*.py"),
                   key=lambda path: (-path.stat().st_size, path.name))
    return Suite("tests/" + name, [
        Pytest(path.relative_to(paths.ROOT).as_posix()) for path in files])


class Pytest(Beside):
    """The tests of a folder or a file of tests/.

    :param str name: its path in the checkout
    :param dict environment: variables beside those of this process
    """

    def __init__(self, name, environment=None):
        super().__init__(name, [], environment)

    def command(self):
        """Return the call of pytest."""
        return [environments.python("test"), "-m", "pytest", self.name,
                "--rootdir", paths.ROOT, "-q", "-ra", "-p", "no:cacheprovider",
                "--timeout", TEST_SECONDS, "--junitxml", self.report()]

    def variables(self):
        """Return an environment in which the tools can be imported."""
        return dict(python.variables(), PYTHONUNBUFFERED="1", **self._environment)

    def report(self):
        """Return the file of pytest's report."""
        return self._folder / "report.xml"

    def outcome_of(self, text):
        """Return the :class:`~tools.beside.Outcome` in pytest's report."""
        return outcome_of(self.report(), self._process.wait())


def outcome_of(report, status):
    """Read pytest's report; what it does not explain counts as one failure.

    :param Path report: the JUnit file
    :param int status: pytest's exit status; 5 is "no test ran"
    """
    passed = failed = skipped = 0
    if report.exists():
        for suite in xml.etree.ElementTree.parse(str(report)).iter("testsuite"):
            count = {name: int(suite.get(name, 0))
                     for name in ("tests", "failures", "errors", "skipped")}
            failed += count["failures"] + count["errors"]
            skipped += count["skipped"]
            passed += count["tests"] - (
                count["failures"] + count["errors"] + count["skipped"])
    if (status and not failed) or not passed + failed:
        say("pytest ended with status %d: no test ran, or it broke." % status)
        failed += 1
    return Outcome(max(passed, 0), failed, skipped)
