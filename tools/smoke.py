"""``smoke``: do the main jobs in a browser as a person would.

An area is a file ``tests/e2e/smoke/<area>.py``; see the package's text for its form.
"""

import contextlib
import time
import traceback

from . import areas, browser, inside, odoo, paths
from .beside import Beside, Outcome
from .errors import ToolError
from .progress import say
from .world import CHINESE, ENGLISH, World

FOLDER = paths.ROOT / "tests" / "e2e" / "smoke"
# An area waits for the browser, for Odoo and for its scheduled actions: two of them
# keep two cores busy.
JOBS = 2


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--only", default="", help="areas, separated by commas")
    parser.add_argument("--show", action="store_true", help="show the browser")
    parser.add_argument("--modules", default="", help=(
        "addons to install (default: all of the checkout, demonstrations too)"))
    parser.add_argument("--jobs", type=int, default=JOBS, help=(
        "areas at a time (default: %(default)s)"))
    parser.add_argument("--language", default=ENGLISH, choices=(ENGLISH, CHINESE),
                        help="the language of Odoo (default: %(default)s)")


def main(options):
    """Run the areas; print one line a step; return 1 when one failed."""
    browser.chromium()
    inside.test_environment()
    from .stack import Stack
    found = areas.load(FOLDER, options.only)
    if options.jobs > 1 and len(found) > 1:
        return side_by_side(list(found), options)
    modules = [name for name in options.modules.split(",") if name] or (
        paths.addons() + paths.demonstrations())
    pictures = paths.PICTURES
    if odoo.foreign():
        pictures = pictures / odoo.installation().series
    for area in found:
        for old in pictures.glob(area + "-*.png"):
            old.unlink()
    failed = passed = 0
    with browser.open_browser(headless=not options.show) as browser_:
        for area, module in found.items():
            # Each area starts where an administrator does: with nothing set up.
            with Stack(modules=modules, workers=2, cron_seconds=2) as stack:
                world = World(stack, browser_, pictures)
                world.enter(area)
                if options.language != world.lang:
                    world.language(options.language)
                good, bad = run_steps(world, area, module.steps(world))
                passed, failed = passed + good, failed + bad
                world.close_pages()
                if bad:
                    say("Odoo's and the simulator's logs are in %s." % stack.logs)
    say("Pictures are in %s." % pictures)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


def side_by_side(found, options):
    """Run each area as a command of its own, some at a time; return the exit status.

    :param list found: names of areas
    """
    # What takes longest begins first, and a long file is a long area.
    found.sort(key=lambda area: -(FOLDER / (area + ".py")).stat().st_size)
    common = ["--modules", options.modules, "--language", options.language]
    waiting = [
        Beside("Smoke of %s" % area, ["smoke", "--only", area, *common]
               + (["--show"] if options.show else [])) for area in found]
    outcomes, running = [], []
    with contextlib.ExitStack() as stack:
        while waiting or running:
            while waiting and len(running) < options.jobs:
                work = waiting.pop(0)
                stack.callback(work.stop)
                work.start()
                running.append(work)
            time.sleep(0.2)
            for work in [each for each in running if not each.running()]:
                running.remove(work)
                try:
                    outcomes.append(work())
                except ToolError as error:
                    say(str(error))
                    outcomes.append(Outcome(0, 1, 0))
    passed, failed = (sum(each[place] for each in outcomes) for place in (0, 1))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


def run_steps(world, area, steps):
    """Run the steps of one area; return how many passed and failed.

    After a failure the rest of the area is not tried: a person could not go on either.
    """
    passed = failed = 0
    steps = iter(steps)
    while True:
        what = "the next step"
        try:
            what, function = next(steps)
            if failed:
                print("FAIL %s: %s (not tried)" % (area, what), flush=True)
                failed += 1
                continue
            function()
        except StopIteration:
            return passed, failed
        except Exception as error:
            failed += 1
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            print("FAIL %s: %s (%s)" % (area, what, first), flush=True)
            say(traceback.format_exc())
            _picture_of_failure(world)
        else:
            passed += 1
            print("ok %s: %s" % (area, what), flush=True)


def _picture_of_failure(world):
    for number, page in enumerate(list(world._pages.values())):
        try:
            say("see %s" % world.picture("failure-%d" % number, page))
        except Exception as error:  # a crashed page has no picture
            say("no picture: %s" % error)
