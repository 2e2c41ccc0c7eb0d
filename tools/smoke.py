"""``smoke``: do the main jobs in a browser as a person would.

An area is a file ``tests/e2e/smoke/<area>.py``; see the package's text for its form.
"""

import contextlib
import os
import time
import traceback

from . import areas, browser, images, inside, logs, odoo, paths, processes
from .beside import Beside, at_a_time, side_by_side
from .progress import say
from .world import CHINESE, ENGLISH, World

FOLDER = paths.ROOT / "tests" / "e2e" / "smoke"
# Where commands that share areas tell each other which ones they have taken.
TAKEN, TAKEN_KEPT = paths.RUN / "taken", 10
# The longest start first, so that no core is idle at the end; then the others.
LONGEST = [
    "activity", "approvals", "narrow", "messages", "firsthour", "connect", "signin",
    "people", "budget", "fields", "cards", "inside"]


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--only", default="", help="areas, separated by commas")
    parser.add_argument("--share", default="", help=(
        "name of a run: leave out the areas that its other commands have taken"))
    parser.add_argument("--show", action="store_true", help="show the browser")
    parser.add_argument("--modules", default="", help=(
        "addons to install (default: all of the checkout, demonstrations too)"))
    parser.add_argument("--language", default=ENGLISH, choices=(ENGLISH, CHINESE),
                        help="the language of Odoo (default: %(default)s)")


def main(options):
    """Run the areas; print one line a step; return 1 when one failed."""
    browser.ensure()
    inside.test_environment()
    found = areas.load(FOLDER, options.only)
    if len(found) > 1 and not options.share:
        return areas_side_by_side(list(found), options)
    processes.adopt()
    passed, failed = run_areas(found, options)
    processes.count()
    say("Pictures are in %s." % pictures())
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


def run_areas(found, options):
    """Run areas one after the other; return how many steps passed and failed.

    They share the browser, and the stack, which begins anew.

    :param dict found: {name: module}
    """
    from .stack import Stack
    modules = [name for name in options.modules.split(",") if name] or (
        paths.addons() + paths.demonstrations())
    passed = failed = 0
    stack = browser_ = None
    with contextlib.ExitStack() as end, contextlib.ExitStack() as end_of_stack:
        for area, module in found.items():
            if options.share and not take(area, options.share):
                continue
            started, workers = time.monotonic(), getattr(module, "WORKERS", 0)
            if not browser_:
                # It would idle while a database is made.
                images.house(modules, odoo.project_addons())
                browser_ = end.enter_context(
                    browser.open_browser(headless=not options.show))
            if stack and stack.odoo.workers == workers:
                stack.renew()
            else:
                end_of_stack.close()
                stack = end_of_stack.enter_context(Stack(
                    modules=modules, workers=workers, cron_seconds=2, forks=True))
            good, bad = run_area(area, module, stack, browser_, options.language)
            passed, failed = passed + good, failed + bad
            if bad:
                # Not to be renewed, so that the logs stay.
                end_of_stack.close()
                say("Odoo's and the simulator's logs are in %s." % stack.logs)
                stack = None
            say("%s: %.1f s" % (area, time.monotonic() - started))
    return passed, failed


def take(area, run):
    """Tell whether no other command of a run has taken an area, which is now taken."""
    try:
        (TAKEN / run / area).mkdir(parents=True)
    except FileExistsError:
        return False
    return True


def run_area(area, module, stack, browser_, language):
    """Run one area; return how many steps passed and failed."""
    for old in pictures().glob(area + "-*.png"):
        old.unlink()
    world = World(stack, browser_, pictures())
    world.enter(area)
    if language != world.lang:
        world.language(language)
    passed, failed = run_steps(world, area, module.steps(world))
    clean = check_log(area, stack.log_text(), world.provoked)
    # Those that a step has opened, too.
    for context in browser_.contexts:
        context.close()
    return passed + clean, failed + (not clean)


def pictures():
    """Return the folder of the pictures."""
    if odoo.foreign():
        return paths.PICTURES / odoo.installation().series
    return paths.PICTURES


def areas_side_by_side(found, options):
    """Run areas by several commands at a time; return the exit status.

    :param list found: names of areas
    """
    ended = side_by_side(commands(
        found, "--modules", options.modules, "--language", options.language,
        *(["--show"] if options.show else [])))
    for each in ended:
        print("%-24s %7.1f s, %7.1f s of a processor" % (
            each.work.name, each.seconds, each.processor))
    passed, failed = (sum(each.outcome[place] for each in ended) for place in (0, 1))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


def commands(found=None, *arguments_):
    """Return a :class:`~tools.beside.Beside` for each command that shares the areas.

    Each takes the next area, the longest first, until all are taken. One more would
    take as long to start its Odoo and browser as a short area does.

    :param found: names of areas; all by default
    :param arguments_: of each command
    """
    if found is None:
        found = [path.stem for path in FOLDER.glob("[!_]*.py")]

    def place(area):
        known = LONGEST.index(area) if area in LONGEST else len(LONGEST)
        return known, -(FOLDER / (area + ".py")).stat().st_size

    TAKEN.mkdir(parents=True, exist_ok=True)
    paths.keep_last(TAKEN, TAKEN_KEPT)
    run = "%d-%d" % (os.getpid(), time.time())
    found = ",".join(sorted(found, key=place))
    return [Beside("smoke %d" % number, [
        "smoke", "--only", found, "--share", run, *arguments_])
        for number in range(1, at_a_time()[0] + 1)]


def run_steps(world, area, steps):
    """Run the steps of one area; return how many passed and failed.

    After a failure the rest of the area is skipped.
    """
    passed = failed = 0
    steps = iter(steps)
    while True:
        what = "the next step"
        try:
            # A step's own StopIteration is a failure.
            step = next(steps, None)
            if step is None:
                return passed, failed
            what, function = step
            if failed:
                print("FAIL %s: %s (not tried)" % (area, what), flush=True)
                failed += 1
                continue
            function()
        except Exception as error:
            failed += 1
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            print("FAIL %s: %s (%s)" % (area, what, first), flush=True)
            say(traceback.format_exc())
            _picture_of_failure(world)
        else:
            passed += 1
            print("ok %s: %s" % (area, what), flush=True)


def check_log(area, text, provoked):
    """Print one line about Odoo's log after an area; return whether it is clean.

    :param str text: the log
    :param dict provoked: pattern -> reason, see ``World.provokes``
    """
    bad = logs.complaints(logs.entries(text), provoked)
    if not bad:
        print("ok %s: Odoo's log" % area, flush=True)
        return True
    for entry in bad:
        say("%s %s: %s" % (entry.level, entry.logger, entry.text))
    print("FAIL %s: Odoo's log (%d entries, first %s: %s)" % (
        area, len(bad), bad[0].logger, bad[0].text.splitlines()[0]), flush=True)
    return False


def _picture_of_failure(world):
    # Also those that a step has opened.
    pages = [page for context in world.browser.contexts for page in context.pages]
    for number, page in enumerate(pages):
        try:
            say("see %s" % world.picture("failure-%d" % number, page))
        except Exception as error:  # a crashed page has no picture
            say("no picture: %s" % error)
