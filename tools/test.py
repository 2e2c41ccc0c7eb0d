"""``test``: everything, each suite named with its seconds, one closing line.

On an Odoo that the caller brought (``ODOO``): the addons' own tests, and those of
tests/series.
"""

import contextlib
import os
import time
import xml.etree.ElementTree

from . import chaos, environments, node, odoo, odoo_test, paths, postgres, python
from .beside import Beside, Outcome
from .errors import ToolError
from .progress import say, step

TEST_SECONDS = 900  # for one test; a hang must end some time

FIRST = ["client", "simulator", "repo"]
LAST = ["tools"]
# Everything together: after the addons' own tests, which say more when they fail.
VERY_LAST = ["e2e"]
ANY_SERIES = ["series"]
# A person at a screen does not wait for other work.
AT_REST = ["smoke"]
# Only by name, until each of them is clean ten times of ten: `make test ONLY=chaos`.
ON_DEMAND = ["chaos", "smoke"]


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--only", default="", help=(
        "suites whose name contains one of these texts (commas), for example "
        "client, tools, odoo, e2e"))


def main(options):
    """Run the suites; return 0 when every test of every suite passed."""
    started = time.monotonic()
    with step("toolchains"):
        odoo.installation()
        environments.folder("test")
        node.folder()
        postgres.binaries()
    wanted = [text for text in options.only.split(",") if text]
    chosen = [(name, work) for name, work in suites()
              if any(text in name for text in wanted)
              or not wanted and name not in ON_DEMAND]
    beside = [work for name, work in chosen
              if isinstance(work, Beside) and name not in AT_REST]
    results = []
    with contextlib.ExitStack() as stack:
        for name, work in chosen:
            if work in beside[:1]:
                # They wait more than they work: one after the other takes longer.
                for each in beside:
                    stack.callback(each.stop)
                    each.start()
            begun = time.monotonic()
            try:
                with step("suite %s" % name):
                    outcome = work()
            except ToolError as error:
                say(str(error))
                outcome = Outcome(0, 1, 0)
            results.append((name, outcome, time.monotonic() - begun))
    if not results:
        raise ToolError("There is no suite '%s'." % options.only)
    return close(results, time.monotonic() - started)


def close(results, seconds):
    """Print the table and the closing line; return the exit status.

    :param list results: (name, :class:`~tools.beside.Outcome`, seconds) of suites
    :param float seconds: of everything
    """
    print()
    for name, outcome, its_seconds in results:
        print("%-44s %5d passed %4d failed %4d skipped %7.1f s" % (
            (name,) + tuple(outcome) + (its_seconds,)))
    passed, failed, skipped = (
        sum(outcome[position] for _name, outcome, _seconds in results)
        for position in range(3))
    print("%.0f seconds in all" % seconds)
    print("%d passed, %d failed%s" % (
        passed, failed, ", %d skipped" % skipped if skipped else ""), flush=True)
    return 1 if failed or not passed else 0


def suites():
    """Yield (name, function) of every suite that the checkout has.

    Those in tests/ are about the tools and Odoo 11.0, but for one folder.
    """
    whole = not odoo.foreign()
    for name in folders():
        if name in ANY_SERIES or whole and name not in VERY_LAST:
            yield pytest_suite(name)
    addons = paths.addons()
    if "dingding" in addons:
        # Alone first: it must not need what the other addons bring, such as hr.
        yield "odoo: dingding", odoo_test.suite(["dingding"])
    if len(addons) > 1:
        yield "odoo: " + ", ".join(addons), odoo_test.suite(addons)
    for name in paths.demonstrations():
        yield "odoo: %s" % name, odoo_test.suite([name])
    for name in paths.checks():
        yield name[len(paths.CHECK):], odoo_test.suite([name])
    if whole and (paths.ROOT / "tests" / "chaos").is_dir():
        yield "chaos", chaos.Seeds()
    for name in folders():
        if whole and name in VERY_LAST:
            yield pytest_suite(name)
    if whole:
        yield "smoke", Beside("Smoke", ["smoke"])


def folders():
    """Return the folders of tests/ that have tests, in the order to run them."""
    found = sorted(path.name for path in (paths.ROOT / "tests").iterdir()
                   if path.is_dir() and path != paths.demonstrations_folder()
                   and has_tests(path))
    order = [name for name in FIRST if name in found]
    order += [name for name in found if name not in FIRST + LAST + VERY_LAST]
    return order + [name for name in LAST + VERY_LAST if name in found]


def has_tests(folder):
    """Tell whether a folder has files in which pytest finds tests."""
    return any(folder.rglob("test_*.py"))


def pytest_suite(name):
    """Return (name, function) of the suite in one folder of tests/."""
    return "tests/" + name, lambda: run_pytest("tests/" + name)


def run_pytest(suite):
    """Run one suite; return its outcome.

    :param str suite: its folder
    """
    folder = paths.temporary_folder("pytest")
    report = folder / "report.xml"
    try:
        done = python.pytest(
            [suite, "--rootdir", str(paths.ROOT), "-q", "-ra",
             "-p", "no:cacheprovider", "--timeout", str(TEST_SECONDS),
             "--junitxml", str(report)])
        return outcome_of(report, done.returncode)
    finally:
        with contextlib.suppress(FileNotFoundError):
            report.unlink()
        with contextlib.suppress(OSError):
            (folder / paths.IN_USE).unlink()
            os.rmdir(str(folder))


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
