"""``addons``: build the addons for another Odoo series."""

from . import inside, paths
from .progress import say

TARGET = paths.ROOT / "build"


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--series", default="", help="such as 18.0; default: all")
    parser.add_argument("--target", default=str(TARGET), help="folder of the result")
    parser.add_argument(
        "--zip", action="store_true", help="a zip file for each addon as well")
    parser.add_argument("--demonstrations", action="store_true", help=(
        "the addons of tests/addons as well"))


def main(options):
    """Build; return 0, or fail with file and line of what a series refuses."""
    # lxml lives there.
    inside.test_environment()
    from .series import ALL, build

    target = paths.Path(options.target)
    names = paths.addons() + (paths.test_addons() if options.demonstrations else [])
    for series in [options.series] if options.series else ALL:
        number = build.number_of(series)
        built = build.build(
            number, target / series, [paths.addon(name) for name in names])
        if options.zip:
            for name in names:
                build.archive(target / series / name, target / series / (name + ".zip"))
        say("%s: %s" % (target.name + "/" + series, built[:16]))
    return 0
