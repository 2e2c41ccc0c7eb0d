"""Play a plan: clients in threads, faults in the main thread.

The kernel ends child processes with the thread that started them, and faults restart
PostgreSQL and Odoo.
"""

import inspect
import threading
import time
import traceback

import requests

from . import registry
from .world import Disturbed, Refused, Skip

FAULTS = "faults"
UP_SECONDS = 60  # to wait for a starting server
NOTE_SECONDS = 8
QUICK_SECONDS = 1  # for a fault that does not delay the others


def play(world, lanes, seconds):
    """Play the lanes; return (operations, faults) that were done."""
    begin = time.monotonic()
    done = {name: 0 for name in lanes}

    def client(name):
        for step in lanes[name]:
            left = begin + step.at - time.monotonic()
            if left > 0:
                time.sleep(left)
            elif time.monotonic() - begin > seconds:
                # A slow machine: skip the rest.
                break
            world.up.wait(UP_SECONDS)
            done[name] += operate(world, registry.OPERATIONS[step.name], step)

    threads = [threading.Thread(target=client, args=(name,), name=name, daemon=True)
               for name in lanes if name != FAULTS]
    threads.append(threading.Thread(
        target=_note, args=(world, begin + seconds), name="books", daemon=True))
    for each in threads:
        each.start()
    ends, late = [], 0.0
    for step in lanes[FAULTS]:
        # A slow fault delays the others, so that they do not come all at once.
        _wait(world, ends, begin + step.at + late)
        moment = time.monotonic()
        if moment - begin > seconds:
            break
        done[FAULTS] += break_(world, registry.FAULTS[step.name], step, ends, moment)
        late += max(time.monotonic() - moment - QUICK_SECONDS, 0)
    _wait(world, ends, begin + seconds)
    for _at, _number, going in ends:
        _end(world, going)
    for each in threads:
        each.join()
    return sum(done.values()) - done[FAULTS], done[FAULTS]


def _note(world, end):
    """Record what DingTalk would forget in a long run."""
    while time.monotonic() < end:
        time.sleep(min(NOTE_SECONDS, max(end - time.monotonic(), 0)))
        world.note_calls()


def operate(world, action, step):
    """Do one operation and record its outcome; return whether it was done."""
    begin = time.time()
    try:
        action.do(world, step, **step.arguments)
    except Skip:
        outcome = "nothing to do"
    except Refused:
        outcome = "refused"
    except requests.HTTPError as error:
        # Not allowed on the phone or in the console at this moment.
        outcome = "DingTalk refuses"
        if error.response.status_code >= 500:
            outcome = "mishap"
            world.ledger.add("mishaps", "%s %s: %s" % (
                step.number, action.name, error.response.text))
    except Disturbed as error:
        outcome = "disturbed"
        world.ledger.add("disturbed", (time.time(), action.name, str(error)))
    except Exception as error:
        outcome = "mishap"
        if _went_away(error) and world.disturbed(begin):
            outcome = "disturbed"
        else:
            world.ledger.add("mishaps", "%s %s %s\n%s" % (
                step.number, action.name, step.arguments,
                error if isinstance(error, AssertionError) else traceback.format_exc()))
    else:
        outcome = "done"
    world.ledger.count(action.name, outcome)
    return outcome != "nothing to do"


def _went_away(error):
    return isinstance(error, (OSError, AssertionError)) or (
        type(error).__name__ == "ToolError")


def break_(world, action, step, ends, moment):
    try:
        going = action.do(world, step, **step.arguments)
        if inspect.isgenerator(going):
            next(going)
            ends.append((moment + step.seconds, step.number, going))
            ends.sort(key=lambda each: each[:2])
    except (Skip, requests.HTTPError):
        world.ledger.count(action.name, "nothing to do")
        return False
    world.ledger.count(action.name, "done")
    return True


def _wait(world, ends, moment):
    """Wait for a moment, and end faults that are due."""
    while ends and ends[0][0] <= moment:
        at, _number, going = ends.pop(0)
        time.sleep(max(at - time.monotonic(), 0))
        _end(world, going)
    time.sleep(max(moment - time.monotonic(), 0))


def _end(world, going):
    for _nothing in going:
        raise AssertionError("a fault yields once")
