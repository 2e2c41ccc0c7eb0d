"""``smoke``: do the main jobs in a browser as a person would.

An area is a file ``tests/e2e/smoke/<area>.py``; see the package's text for its form.
"""

import traceback

from . import areas, browser, inside, odoo, paths
from .progress import say
from .world import CHINESE, ENGLISH, World

FOLDER = paths.ROOT / "tests" / "e2e" / "smoke"


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--only", default="", help="areas, separated by commas")
    parser.add_argument("--show", action="store_true", help="show the browser")
    parser.add_argument("--modules", default="", help=(
        "addons to install (default: all of the checkout, demonstrations too)"))
    parser.add_argument("--language", default=ENGLISH, choices=(ENGLISH, CHINESE),
                        help="the language of Odoo (default: %(default)s)")


def main(options):
    """Run the areas; print one line a step; return 1 when one failed."""
    browser.chromium()
    inside.test_environment()
    from .stack import Stack
    found = areas.load(FOLDER, options.only)
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
