import threading

import pytest
import requests

from . import play, registry
from .plan import Step
from .world import Disturbed, Ledger, Refused, Skip


class World:
    def __init__(self, away=False):
        self.ledger = Ledger()
        self.away = away
        self.up = threading.Event()
        self.up.set()

    def note_calls(self):
        pass

    def disturbed(self, _begin):
        return self.away


def http_error(status):
    answer = requests.Response()
    answer.status_code = status
    return requests.HTTPError("no", response=answer)


def action(do, seconds=None):
    return registry.Action("it", "people", 1, {}, do, seconds, "It.")


def raising(error):
    def do(world, step):
        if error is not None:
            raise error
    return do


@pytest.mark.parametrize("error, away, outcome, mishap", [
    (None, False, "done", False),
    (Skip("nobody"), False, "nothing to do", False),
    (Refused("no"), False, "refused", False),
    (Disturbed("gone"), False, "disturbed", False),
    (http_error(400), False, "DingTalk refuses", False),
    (http_error(500), False, "mishap", True),
    (KeyError("x"), False, "mishap", True),
    # An operation's bug does not depend on servers that are down.
    (KeyError("x"), True, "mishap", True),
    (AssertionError("Odoo says nothing"), False, "mishap", True),
    (AssertionError("Odoo says nothing"), True, "disturbed", False),
    (ConnectionResetError(), True, "disturbed", False),
])
def test_what_becomes_of_an_operation(error, away, outcome, mishap):
    world = World(away)
    done = play.operate(
        world, action(raising(error)), Step("client0.1", 0, "it", {}, None))
    assert done == (outcome != "nothing to do")
    assert dict(world.ledger.outcomes["it"]) == {outcome: 1}
    assert bool(world.ledger.mishaps) == mishap


def test_faults_begin_and_end_in_their_order(monkeypatch):
    said = []

    def lasting(world, step):
        said.append("begin " + step.number)
        yield
        said.append("end " + step.number)

    def short(world, step):
        said.append("short")

    monkeypatch.setattr(registry, "FAULTS", {
        "lasting": action(lasting, lambda chance: 1), "short": action(short)})
    monkeypatch.setattr(registry, "OPERATIONS", {"it": action(raising(None))})
    operations, faults = play.play(World(), {
        "faults": [Step("a", 0, "lasting", {}, 0.05), Step("b", 0.01, "lasting", {}, 9),
                   Step("c", 0.6, "short", {}, None)],
        "client0": [Step("client0.0", 0, "it", {}, None)],
        "client1": [Step("client1.0", 0, "it", {}, None)]}, 0.8)
    assert said == ["begin a", "begin b", "end a", "short", "end b"]
    assert (operations, faults) == (2, 3)


def test_a_fault_that_finds_nothing_to_break_does_not_count(monkeypatch):
    monkeypatch.setattr(registry, "FAULTS", {"it": action(raising(Skip("nobody")))})
    assert play.play(
        World(), {"faults": [Step("a", 0, "it", {}, None)]}, 0.01) == (0, 0)
