"""Run the chaos once."""

import time

from tools.progress import say
from tools.stack import Stack

from . import books, play, plan, registry, settling
from .world import STACK, World, stamp

SHOWN = 12  # breaches of one invariant


def broken_of(found):
    """Return {invariant: breaches} of broken invariants."""
    broken = {}
    for name, each in registry.INVARIANTS.items():
        breaches = list(each.check(found))
        if breaches:
            broken[name] = breaches
    return broken


def report(broken):
    lines = []
    for name, breaches in broken.items():
        lines.append("BROKEN %s: %s" % (name, registry.INVARIANTS[name].sentence))
        for text in breaches[:SHOWN]:
            lines.append("    " + text.rstrip().replace("\n", "\n        "))
        if len(breaches) > SHOWN:
            lines.append("    … and %d more" % (len(breaches) - SHOWN))
    return lines


def closing(operations, faults, broken, seed):
    return "chaos: %d operations, %d faults, %d broken, seed %s" % (
        operations, faults, broken, seed)


def run(seed, seconds, modules, workers=2, reproduce="", verbose=False):
    """Run once; print the broken invariants and the last line; return them."""
    registry.load()
    lanes = plan.plan(seed, seconds, registry.OPERATIONS, registry.FAULTS)
    started = time.monotonic()
    with Stack(**dict(STACK, modules=modules, workers=workers)) as stack:
        world = World(stack, seed)
        try:
            world.set_up()
            say("... seed %s: ready after %d s" % (seed, time.monotonic() - started))
            operations, faults = play.play(world, lanes, seconds)
            say("... seed %s: %d operations and %d faults; settling" % (
                seed, operations, faults))
            settled = settling.Settling(world, seconds)
            settled.settle()
            found = books.read(world, settled)
        finally:
            world.machines.stop()
        broken = broken_of(found)
        for line in report(broken):
            print(line)
        if verbose or broken:
            for name, counts in sorted(world.ledger.outcomes.items()):
                say("%-40s %s" % (name, ", ".join(
                    "%s %d" % each for each in sorted(counts.items()))))
            for moment, name, text in sorted(world.ledger.snapshot("disturbed")):
                say("%s %s: %s" % (stamp(moment), name, text.splitlines()[0][:120]))
        if broken:
            for each in found.disturbances:
                print("%s to %s: %s" % (
                    stamp(each["begin"]), stamp(each["end"]), each["kind"]))
            print("The logs are in %s." % stack.logs)
            print("Once more: %s" % reproduce)
        say("... seed %s: %d s in all" % (seed, time.monotonic() - started))
        print(closing(operations, faults, len(broken), seed), flush=True)
    return broken
