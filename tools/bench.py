"""``bench``: measure, and print one JSON object a line.

An area is a file ``tests/bench/<area>.py`` with ``def figures(bench)``; one with
``APART = True`` is measured only by name.

Seconds count on an idle machine only.
"""

import json
import os

from . import areas, inside, odoo, paths
from .progress import say

FOLDER = paths.ROOT / "tests" / "bench"
BUSY = 0.25  # load of each core above which measurements are disturbed


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--only", default="", help="areas, separated by commas")


def main(options):
    """Measure the areas; return 1 when a goal was missed."""
    inside.test_environment()
    load = os.getloadavg()[0]
    if load > BUSY * (os.cpu_count() or 1):
        say("This machine is busy (load %.1f): seconds will be too high." % load)
    os.environ.update(dict.fromkeys(odoo.SPEED, ""))
    missed = 0
    for area, module in areas.load(FOLDER, options.only).items():
        if getattr(module, "APART", False) and not options.only:
            continue
        say("... bench %s" % area)
        bench = Bench(area)
        module.figures(bench)
        missed += bench.missed
    say("%d goals missed" % missed)
    return 1 if missed else 0


class Bench:
    """Provide an area of measurements with helpers.

    :param str area: name of the area
    """

    def __init__(self, area):
        self.area = area
        self.missed = 0

    def stack(self, **options):
        """Return a :class:`tools.stack.Stack` with these options."""
        from .stack import Stack
        return Stack(**options)

    def figure(self, name, value, unit, goal=None, better=None):
        """Print one figure.

        :param str name: what was measured
        :param value: the number
        :param str unit: of the number
        :param goal: the number that was promised
        :param str better: ``lower`` or ``higher``
        """
        assert better in (None, "lower", "higher"), better
        line = {"area": self.area, "figure": name, "value": value, "unit": unit}
        if goal is not None:
            line.update(goal=goal, better=better or "lower")
            good = value <= goal if line["better"] == "lower" else value >= goal
            if not good:
                self.missed += 1
                say("missed: %s is %s %s, the goal is %s" % (name, value, unit, goal))
        print(json.dumps(line, ensure_ascii=False), flush=True)
