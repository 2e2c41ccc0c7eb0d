"""``chaos``: run random operations under faults; see tests/chaos."""

import os
import re
import sys

from . import inside, odoo, paths, processes
from .beside import Beside, Outcome

SECONDS, SEED = 60, "1"
#: Seeds of ``make test``.
TEST_SEEDS = ("1", "2", "3")


def arguments(parser):
    """Declare the options."""
    parser.add_argument("--seconds", type=float, default=SECONDS, help=(
        "how long things break (default: %(default)s)"))
    parser.add_argument("--seed", default=SEED, help=(
        "any number or word; several, separated by commas, run one after the other"))
    parser.add_argument("--workers", type=int, default=2, help=(
        "Odoo's HTTP workers (default: %(default)s)"))
    parser.add_argument("--verbose", action="store_true", help=(
        "say what became of each operation"))


def main(options):
    """Run each seed; return 1 when an invariant was broken."""
    inside.test_environment()
    sys.path.insert(0, str(paths.ROOT / "tests"))
    from chaos import run
    modules = paths.addons() + paths.demonstrations()
    processes.adopt()
    broken = 0
    for seed in options.seed.split(","):
        broken += len(run.run(
            seed.strip(), options.seconds, modules, options.workers,
            command(options, seed.strip()), options.verbose))
    processes.count()
    return 1 if broken else 0


class Seeds(Beside):
    """The seeds of ``make test`` as a command beside the other suites.

    Each seed counts as one test.
    """

    LINE = re.compile(
        r"^chaos: \d+ operations, \d+ faults, (\d+) broken, seed (\S+)$", re.M)

    def __init__(self, seeds=TEST_SEEDS):
        super().__init__("chaos", [
            "chaos", "--seconds", str(SECONDS), "--seed", ",".join(seeds)])
        self.seeds = list(seeds)

    def outcome_of(self, text):
        """Return the :class:`~tools.beside.Outcome`; a silent seed has failed."""
        broken = {seed: int(count) for count, seed in self.LINE.findall(text)}
        passed = [seed for seed in self.seeds if broken.get(seed) == 0]
        return Outcome(len(passed), len(self.seeds) - len(passed), 0)


def command(options, seed):
    """Return the command that does the same once more."""
    found = "make chaos SECONDS=%g SEED=%s" % (options.seconds, seed)
    if odoo.foreign():
        for name in ("SERIES", "ODOO", "PYTHON"):
            found += " %s=%s" % (name, os.environ[name])
    return found
