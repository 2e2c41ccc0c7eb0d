"""Disturbances, DingTalk's clock, and the meaning of Odoo's answers."""

import time

import pytest

from . import world as module
from .world import Disturbance, Disturbed, Refused, Skip, World


@pytest.fixture
def world():
    return World(None, "7")


def test_disturbed_while_something_is_away(world):
    begin = time.time()
    assert not world.disturbed(begin)
    with world.disturbance("a worker was killed"):
        assert world.disturbed(begin)
    assert world.disturbed(begin)
    assert [each.kind for each in world.ledger.snapshot("disturbances")] == [
        "a worker was killed"]


@pytest.mark.parametrize("begin, end, found", [
    (90, 99, False), (90, 100, True), (105, 106, True),
    (110 + module.AFTERMATH_SECONDS, 120, True),
    (111 + module.AFTERMATH_SECONDS, 120, False)])
def test_what_a_disturbance_explains(world, begin, end, found):
    world.ledger.add("disturbances", Disturbance("x", 100, 110))
    assert world.disturbed(begin, end) == found


def test_an_unexplained_failure_is_no_disturbance(world):
    with pytest.raises(AssertionError, match="it broke"):
        world.excuse(time.time(), "it broke")
    with world.disturbance("x"), pytest.raises(Disturbed):
        world.excuse(time.time(), "it broke")


@pytest.mark.parametrize("dingtalk, real", [
    (50, 50), (1150, 150), (250, 250), (999, 999)])
def test_the_real_time_of_dingtalks_time(world, dingtalk, real):
    world.clock = [(0, 0), (100, 1000), (200, 0)]
    assert world.real_time(dingtalk) == real


@pytest.mark.parametrize("error, raised", [
    ({"data": {"name": "odoo.exceptions.UserError", "message": "no"}}, Refused),
    ({"data": {"name": "odoo.exceptions.AccessError", "message": "no"}}, Refused),
    ({"data": {"name": "psycopg2.errors.SerializationFailure"}}, Disturbed),
    ({"data": {"name": "builtins.KeyError", "debug": "Traceback"}}, AssertionError),
    ({"message": "no data"}, AssertionError)])
def test_what_an_answer_of_odoo_means(world, monkeypatch, error, raised):
    world.stack = type("Stack", (), {"database": "odoo"})
    world._uids["admin"] = 1
    monkeypatch.setattr(world, "_json_rpc", lambda *_arguments: {"error": error})
    with pytest.raises(raised):
        world.rpc("res.users", "read")


def test_a_place_is_always_the_same_person(world):
    world.people = [("u%03d" % number, number) for number in range(module.PEOPLE)]
    assert world.person(7) == world.person(7 + module.LEAVERS[0])
    assert world.leaver(0)[1] == module.LEAVERS[0]
    assert world.pick(5, ["a", "b"]) == "b"
    with pytest.raises(Skip):
        world.pick(5, [])
