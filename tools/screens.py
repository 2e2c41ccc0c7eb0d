"""``screens``: pictures of every view, in both languages, for the docs.

A file ``tests/e2e/screens/<area>.py`` has ``def screens(world)``, which yields ``(name,
function)``: the function opens the view and may return its page (default: the admin's).
Pictures that no page of the manual shows are not taken.
"""

import re

from . import areas, browser, environments, inside, paths, processes
from .progress import say
from .world import CHINESE, ENGLISH, World

FOLDER = paths.ROOT / "tests" / "e2e" / "screens"
TARGET = paths.ROOT / "docs" / "pictures"
MOST_BYTES = 120 * 1024
# The frame of what was clicked last covers its text.
STYLE = ":focus { outline: none !important }"
# In Odoo's virtualenv, which has Pillow.
SHRINK = """
import os, sys
from PIL import Image
path, most = sys.argv[1], int(sys.argv[2])
picture = Image.open(path).convert("RGB")
for colours in (256, 128, 64, 32):
    picture.quantize(colours, method=0).save(path, optimize=True)
    if os.path.getsize(path) <= most:
        break
else:
    sys.exit("%s has more than %d bytes" % (path, most))
"""


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--only", default="", help="areas, separated by commas")


def shown():
    """Return the names of the files that pages of the manual show."""
    pages = list(paths.ROOT.glob("*.md")) + list(paths.ROOT.glob("docs/**/*.md"))
    return {name for page in pages for name in re.findall(
        r"pictures/([\w-]+\.png)", page.read_text(encoding="utf-8"))}


def main(options):
    """Take the pictures."""
    browser.ensure()
    inside.test_environment()
    from .stack import Stack
    found = areas.load(FOLDER, options.only)
    TARGET.mkdir(parents=True, exist_ok=True)
    wanted = shown()
    modules = paths.addons() + paths.demonstrations()
    with browser.open_browser() as browser_:
        for language in (ENGLISH, CHINESE):
            for area, module in found.items():
                # Records of one area would show in the next.
                with Stack(modules=modules, workers=2, cron_seconds=2) as stack:
                    world = World(stack, browser_, TARGET)
                    world.enter(area)
                    world.language(language)
                    for name, function in module.screens(world):
                        page = function() or world.page
                        if "%s-%s.png" % (name, language) in wanted:
                            take(page, TARGET / ("%s-%s.png" % (name, language)))
                    world.close_pages()
    return 0


def take(page, target):
    """Take the picture of a page, of 120 KiB at most."""
    # A tooltip would appear at the pointer.
    page.mouse.move(0, 0)
    page.screenshot(path=str(target), style=STYLE)
    processes.run(
        [environments.python("odoo"), "-c", SHRINK, target, MOST_BYTES],
        "Making a picture smaller")
    say(str(target.relative_to(paths.ROOT)))
