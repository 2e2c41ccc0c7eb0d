"""The seed alone decides the plan."""

import json

from . import plan, registry

SECONDS = 60


def made(seed, seconds=SECONDS):
    return plan.plan(seed, seconds, registry.OPERATIONS, registry.FAULTS)


def test_one_seed_gives_one_plan():
    assert made("7") == made("7")
    assert made("7") != made("8")


def test_a_longer_plan_begins_like_a_shorter_one():
    short, long = made("7", 20), made("7", 200)
    for name, steps in short.items():
        assert long[name][:len(steps)] == steps


def test_a_plan_is_plain_data():
    lanes = made("7")
    assert json.loads(json.dumps(lanes)) == {
        name: [list(step) for step in steps] for name, steps in lanes.items()}


def test_steps_are_in_order_and_in_time():
    for name, steps in made("7").items():
        times = [step.at for step in steps]
        assert times == sorted(times) and times[-1] < SECONDS, name
        assert len({step.number for step in steps}) == len(steps)


def test_nothing_breaks_in_the_first_seconds():
    assert made("7")["faults"][0].at >= plan.CALM_SECONDS


def test_everything_is_drawn_some_time():
    lanes = made("7", 4000)
    drawn = {step.name for steps in lanes.values() for step in steps}
    assert drawn == set(registry.OPERATIONS) | set(registry.FAULTS)


def test_faults_that_last_have_an_end():
    for step in made("7", 1000)["faults"]:
        lasts = registry.FAULTS[step.name].seconds is not None
        assert (step.seconds is not None) == lasts, step.name


def test_a_new_operation_leaves_the_faults_as_they_are():
    more = dict(registry.OPERATIONS)
    more["new_one"] = registry.Action(
        "new_one", "people", 9, {}, lambda world, step: None, None, "New.")
    other = plan.plan("7", SECONDS, more, registry.FAULTS)
    assert other["faults"] == made("7")["faults"]
