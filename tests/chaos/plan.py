"""Plan a run from the seed alone."""

import collections
import random

#: One step of a lane: seconds after the start, name of an operation or fault, arguments
#: (plain data), and for a fault its duration (None: instant).
Step = collections.namedtuple("Step", "number at name arguments seconds")

CLIENTS = 4
# Average seconds between two operations of a client, and between two faults.
OPERATION_SECONDS, FAULT_SECONDS = 0.6, 3.5
# No faults in the first seconds, so that there is something to break.
CALM_SECONDS = 3


def lane(seed, name, actions, seconds, pause, calm=0.0):
    """Return the steps of one lane.

    A longer lane begins like a shorter one of the same seed, and no lane depends on
    another.

    :param seed: any text or number
    :param str name: of the lane
    :param dict actions: name -> :class:`~chaos.registry.Action`
    :param float pause: average seconds between two steps
    :param float calm: seconds before the first step
    :rtype: list of Step
    """
    chance = random.Random("%s %s" % (seed, name))
    names = sorted(actions)
    weights = [actions[each].weight for each in names]
    steps, at = [], calm
    while names:
        at += chance.expovariate(1.0 / pause)
        if at >= seconds:
            break
        action = actions[chance.choices(names, weights)[0]]
        steps.append(Step(
            "%s.%d" % (name, len(steps)), round(at, 3), action.name,
            {key: draw(chance) for key, draw in sorted(action.draws.items())},
            round(action.seconds(chance), 3) if action.seconds else None))
    return steps


def plan(seed, seconds, operations, faults, clients=CLIENTS):
    """Return {lane: steps}: one lane for each client, and ``faults``."""
    lanes = {
        "client%d" % number: lane(
            seed, "client%d" % number, operations, seconds,
            OPERATION_SECONDS)
        for number in range(clients)}
    lanes["faults"] = lane(
        seed, "faults", faults, seconds, FAULT_SECONDS, CALM_SECONDS)
    return lanes
