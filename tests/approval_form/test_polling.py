# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""How often approvals are polled, and what that costs."""

from approval_pure.form import polling

HOUR, DAY = 60, 24 * 60


def brute(minutes, first, longest):
    """Count the polls one by one."""
    polls, age, pause = 0, 0, max(first, 5)
    longest = max(longest, pause)
    while age + pause <= minutes:
        age += pause
        polls += 1
        pause = min(pause * 2, longest)
    return polls


def test_growing_pauses():
    for first in (0, 5, 30, 60, 3 * DAY):
        for longest in (30, 12 * HOUR, 7 * DAY):
            for minutes in (0, 4, 5, 29, 30, 31, 90, 7 * HOUR, DAY, 9 * DAY, 30 * DAY):
                assert polling.growing(minutes, first, longest) == brute(
                    minutes, first, longest), (minutes, first, longest)


def test_always_costs_what_the_manual_says():
    # "about 140 calls for one that runs for a month", 48 on the first day
    assert polling.by_age(DAY, 30) == 48
    assert polling.by_age(30 * DAY, 30) == 48 + 72 + 20
    assert polling.by_age(DAY, 0) == 288


def test_events_make_it_cheap():
    life = [(0, 30 * DAY, True, 100)]
    heard = polling.cost(life, 30)
    unheard = polling.cost([(0, 30 * DAY, False, 100)], 30)
    always = polling.cost(life, 30, always=True)
    assert (heard, unheard, always) == (600, 6300, 14000)


def test_only_the_month_counts():
    whole = polling.cost([(0, 60 * DAY, False, 1)], 30)
    parts = polling.cost([(0, 30 * DAY, False, 1), (30 * DAY, 60 * DAY, False, 1)], 30)
    assert whole == parts
    # One that ended within the hour is not polled at all while events arrive.
    assert polling.cost([(0, HOUR, True, 1000)], 30) == 0


def test_when_a_list_is_cheaper():
    assert not polling.worth_a_list(0, 0)
    assert not polling.worth_a_list(1, 1)
    assert polling.worth_a_list(2, 20)
    assert not polling.worth_a_list(2, 21)
    assert polling.worth_a_list(51, 1000)
    assert not polling.worth_a_list(50, 1000)
