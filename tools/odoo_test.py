"""``odoo-test``: run the addons' own tests on a real Odoo."""

import collections
import contextlib
import json
import shutil
import time
from pathlib import Path

from . import images, odoo, paths, postgres, processes, simulator
from .beside import Beside, Outcome
from .errors import ToolError
from .progress import say, step

NAMES = {"failed": "FAILED", "import": "CANNOT BE IMPORTED",
         "unlisted": "IS NEVER RUN", "log": "ERROR LOGGED BY"}


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--modules", default="dingding", help=(
        "addons to install and test, separated by commas (default: %(default)s)"))
    parser.add_argument("--only", default="", help=(
        "run only tests whose dotted name contains one of these texts (commas)"))
    parser.add_argument("--with", dest="beside", default="", help=(
        "modules to install beside them without testing them (commas)"))
    parser.add_argument("--addons", action="append", type=Path, help=(
        "folder of addons instead of the checkout (may be repeated)"))
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--departments", type=int, default=8)
    parser.add_argument("--no-simulator", action="store_true", help=(
        "run without the DingTalk simulator"))
    parser.add_argument("--log", action="store_true", help="show Odoo's whole log")


def main(options):
    """Run the tests; return the exit status."""
    outcome = run(
        options.modules.split(","), only=options.only, show_log=options.log,
        beside=[name for name in options.beside.split(",") if name],
        folders=options.addons, people=options.people,
        departments=options.departments, simulated=not options.no_simulator)
    print("%d passed, %d failed" % (outcome.passed, outcome.failed) + (
        ", %d skipped" % outcome.skipped if outcome.skipped else ""))
    return 1 if outcome.failed or not outcome.passed else 0


def suite(modules):
    """Return the tests of some addons as commands, each :class:`~tools.beside.Beside`.

    All are installed in each; the first has its own command, the others share two.

    :param list modules: the addons
    """
    middle = 1 + (len(modules) - 1) // 2
    works = []
    for tested in filter(None, (modules[:1], modules[1:middle], modules[middle:])):
        others = [each for each in modules if each not in tested]
        works.append(Beside(
            "odoo: %s%s" % (", ".join(tested), " among all" if others else ""),
            ["odoo-test", "--modules", ",".join(tested), "--with", ",".join(others)]))
    return works


def run(modules, only="", beside=(), folders=None, people=60, departments=8,
        show_log=False, simulated=True):
    """Install the modules with their tests; return the :class:`Outcome`.

    Modules that cannot be imported or are not listed, logged errors and runs without
    tests count as failures.
    """
    shared = [] if folders else paths.addons()
    folders = [Path(each).resolve() for each in (folders or odoo.project_addons())]
    modules, beside = list(modules), list(beside)
    for name in modules:
        if odoo.manifest(name, folders) is None:
            raise ToolError("There is no addon '%s' in %s." % (
                name, ", ".join(str(each) for each in folders)))
    folder = paths.temporary_folder("test")
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, str(folder), ignore_errors=True)
        if set(modules) & set(shared[:1]) and set(modules) - set(shared[:1]):
            # Odoo tests only what it installs.
            shared = shared if set(shared) <= set(modules) else []
        image, installed = _image(modules + beside, folders, shared, folder)
        logs = paths.log_folder("odoo-test")
        cluster = postgres.Cluster(folder / "postgres", log=logs / "postgres.log")
        stack.callback(cluster.remove)
        with step("PostgreSQL and simulator"):
            images.lay(image, cluster.folder, folder / "data")
            cluster.start()
            server = odoo.Odoo(
                cluster, folder, logs=logs,
                addons=[_only(modules + beside, folders, folder / "addons")])
            if simulated and simulator.source_folder():
                beside_odoo = simulator.Simulator(logs, people, departments)
                stack.callback(beside_odoo.stop)
                beside_odoo.start()
                server.environment.update(beside_odoo.variables())
        with step("Odoo %s with the tests of %s" % (
                server.installation.series, ", ".join(modules))):
            return _run(server, modules, [
                name for name in modules + beside if name not in installed],
                images.problems(image) if installed else [], only, show_log)


def _image(modules, folders, shared, folder):
    """Return the image to install the modules in, and which of them it has.

    A copy of a database with all shared addons, or with the core alone.

    :param Path folder: for links to the addons
    """
    needed = odoo.ours(modules, folders)
    for there in (shared, shared[:1]):
        if there and set(there) <= set(needed) and (
                images.ground(there, folders) == images.ground(modules, folders)):
            # Odoo would install some by itself.
            return images.furnished(there, folders if there == shared else [
                _only(there, folders, folder / "shared")]), there
    return images.ground(modules, folders), []


def silent_modules(modules, findings):
    """Return the modules of which the report has no test.

    :param list findings: dicts with ``name``, such as
        ``odoo.addons.dingding.tests.test_secret.TestSecret.test_x``
    """
    return [name for name in modules if not any(
        finding["name"].startswith("odoo.addons.%s.tests." % name)
        for finding in findings)]


def _only(modules, folders, target):
    """Return a folder with the modules and what they need, and nothing else.

    Odoo would install others by itself.
    """
    target.mkdir()
    for name, place in odoo.ours(modules, folders).items():
        (target / name).symlink_to(place)
    return target


def _run(server, modules, missing, problems, only, show_log):
    """Run the tests of the modules; return the :class:`Outcome`.

    :param list missing: what has to be installed first
    :param list problems: what :func:`images.problems` returns
    """
    report = server.folder / "report.jsonl"
    started, crash = time.monotonic(), None
    try:
        server.once(
            (["-i", ",".join(missing)] if missing else []) + ["--test-enable"], "Odoo",
            environment={"DINGDING_TEST_REPORT": str(report),
                         "DINGDING_TEST_MODULES": ",".join(modules),
                         "DINGDING_FEW_ROUNDS": "1",
                         "DINGDING_TEST_ONLY": only})
    except ToolError as error:
        crash = error
    findings = [{"kind": "log", "name": name, "text": text} for name, text in problems]
    with contextlib.suppress(FileNotFoundError):
        findings += [json.loads(line) for line in report.read_text().splitlines()]
    if show_log:
        say(server.log.read_text(errors="replace"))
    counts = collections.Counter(finding["kind"] for finding in findings)
    failed = 0
    for finding in findings:
        if finding["kind"] in NAMES:
            failed += 1
            say("\n%s %s\n%s" % (
                NAMES[finding["kind"]], finding["name"], finding["text"].rstrip()))
    if crash and not failed:
        failed += 1
        say(str(crash))
    silent = silent_modules(modules, findings) if not (only or failed) else []
    if silent and counts["passed"]:
        failed += 1
        say("No test ran of %s." % ", ".join(silent))
    if not counts["passed"] and not failed:
        failed += 1
        say("No test ran of %s%s. The end of the log:\n%s" % (
            ", ".join(modules), " with --only " + only if only else "",
            processes.tail(server.log)))
    for finding in findings:
        if finding["kind"] == "skipped":
            say("skipped %s: %s" % (finding["name"], finding["text"]))
    say("%d tests in %.1f s; Odoo's log: %s" % (
        counts["passed"] + counts["failed"], time.monotonic() - started, server.log))
    return Outcome(counts["passed"], failed, counts["skipped"])
