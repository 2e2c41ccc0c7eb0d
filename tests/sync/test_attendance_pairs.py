# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Pairs of check-in and check-out."""
import datetime
import importlib.util
import os

from hypothesis import given, settings, strategies as st

HERE = os.path.dirname(os.path.abspath(__file__))
PATH = os.path.join(
    os.path.dirname(os.path.dirname(HERE)), "dingding_attendance", "pairs.py")
spec = importlib.util.spec_from_file_location("attendance_pairs", PATH)
pairs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pairs)

DAY = datetime.date(2026, 11, 2)
LATER = datetime.datetime(2026, 12, 1)


def at(clock, day=0):
    """Return a time in UTC from Beijing's."""
    hour, minute = (int(part) for part in clock.split(":"))
    midnight = datetime.datetime(2026, 11, 2) - datetime.timedelta(hours=8)
    return midnight + datetime.timedelta(days=day, hours=hour, minutes=minute)


def row(identity, side, planned, actual=None, presence=None, day=0, result="Normal",
        plan="", shift_day=0):
    return pairs.Row(
        identity, side, DAY + datetime.timedelta(days=shift_day),
        planned and at(planned, day), actual and at(actual, day),
        presence or (pairs.PUNCHED if actual else pairs.MISSING), plan or identity,
        result if actual else "NotSigned")


def spans(intervals):
    return [(each.key, each.check_in, each.check_out) for each in intervals]


def codes(problems):
    return [each.code for each in problems]


def test_office_hours():
    rows = [row("2", "out", "18:00", "18:05"), row("1", "in", "9:00", "8:55")]
    found, problems = pairs.pair_results(rows, LATER)
    assert spans(found) == [("1", at("8:55"), at("18:05"))] and not problems


def test_night_shift():
    rows = [row("1", "in", "22:00", "21:50"), row("2", "out", "6:00", "6:10", day=1)]
    found, problems = pairs.pair_results(rows, LATER)
    assert spans(found) == [("1", at("21:50"), at("6:10", 1))] and not problems
    assert found[0].work_date == DAY


def test_split_shift_touches():
    rows = [
        row("1", "in", "8:00", "7:55"), row("2", "out", "12:00", "12:00"),
        row("3", "in", "12:00", "12:00"), row("4", "out", "18:00", "18:00"),
    ]
    found, problems = pairs.pair_results(rows, LATER)
    assert [each.key for each in found] == ["1", "3"] and not problems


def test_missing_punches_are_no_attendance():
    out = [row("1", "in", "9:00", "8:55"), row("2", "out", "18:00")]
    found, problems = pairs.pair_results(out, LATER)
    assert (found, codes(problems)) == ([], ["missing_out"])
    assert problems[0].key == "2" and problems[0].moment == at("18:00")
    enter = [row("1", "in", "9:00"), row("2", "out", "18:00", "18:05")]
    found, problems = pairs.pair_results(enter, LATER)
    assert (found, codes(problems)) == ([], ["missing_in"])
    both = [row("1", "in", "9:00"), row("2", "out", "18:00")]
    found, problems = pairs.pair_results(both, LATER)
    assert (found, codes(problems)) == ([], ["absent"])


def test_open_only_while_the_result_may_come():
    rows = [row("1", "in", "9:00", "8:55")]
    found, problems = pairs.pair_results(rows, at("14:00"))
    assert spans(found) == [("1", at("8:55"), None)] and not problems
    found, problems = pairs.pair_results(rows, at("9:00", 1))
    assert (found, codes(problems)) == ([], ["missing_out"])


def test_an_earlier_one_is_not_left_open():
    rows = [
        row("1", "in", "9:00", "8:55"),
        row("3", "in", "20:00", "19:55", plan="p3"),
    ]
    found, problems = pairs.pair_results(rows, at("21:00"))
    assert spans(found) == [("3", at("19:55"), None)]
    assert codes(problems) == ["missing_out"]


def test_trips_count_by_choice():
    rows = [
        row("1", "in", "9:00", "9:00", pairs.TRIP),
        row("2", "out", "18:00", "18:00", pairs.TRIP),
    ]
    found, problems = pairs.pair_results(rows, LATER)
    assert spans(found) == [("1", at("9:00"), at("18:00"))]
    assert pairs.pair_results(rows, LATER, trips=False) == ([], [])
    leave = [
        row("1", "in", "9:00", "9:00", pairs.LEAVE),
        row("2", "out", "18:00", "18:00", pairs.LEAVE),
    ]
    assert pairs.pair_results(leave, LATER) == ([], [])


def test_half_a_day_excuses_no_missing_punch():
    for excused in (pairs.LEAVE, pairs.TRIP):
        for trips in (True, False):
            morning = [
                row("1", "in", "9:00"), row("2", "out", "13:00", "13:00", excused)]
            found, problems = pairs.pair_results(morning, LATER, trips)
            assert not found
            assert [(each.code, each.key) for each in problems] == [("missing_in", "1")]
            afternoon = [
                row("1", "in", "13:00", "13:00", excused), row("2", "out", "18:00")]
            found, problems = pairs.pair_results(afternoon, LATER, trips)
            assert not found
            assert [
                (each.code, each.key) for each in problems] == [("missing_out", "2")]
    both = [
        row("1", "in", "9:00", "9:00", pairs.LEAVE),
        row("2", "out", "18:00", "18:00", pairs.TRIP),
    ]
    for rows in (both, both[:1], both[1:]):
        assert pairs.pair_results(rows, LATER) == ([], [])


def test_days_of_both_sources():
    results = [row("1", "in", "22:00", "21:50"), row("2", "out", "6:00", "6:10", day=1)]
    punches = [
        row("3", "", None, "6:05", day=1, shift_day=1),
        row("4", "", None, "7:00", day=1, shift_day=1),
        row("5", "", None, "9:00", day=1, shift_day=1),
        row("6", "", None, "18:00", day=1, shift_day=1),
    ]
    found, problems = pairs.pair(results, punches, LATER)
    assert [each.key for each in found] == ["1", "5"]
    assert [(each.code, each.key) for each in problems] == [("overlap", "3")]
    assert pairs.pair(results, [], LATER) == pairs.pair_results(results, LATER)
    both = pairs.pair([], punches, LATER, first_and_last=True)
    assert both == pairs.pair_punches(punches, LATER, True)


def test_a_corrected_result_replaces_the_missing_one():
    rows = [
        row("1", "in", "9:00", plan="p"), row("9", "in", "9:00", "9:00", plan="p"),
        row("2", "out", "18:00", "18:00"),
    ]
    found, problems = pairs.pair_results(rows, LATER)
    assert [each.key for each in found] == ["9"] and not problems


def test_out_before_in_and_overlap():
    rows = [row("1", "in", "9:00", "18:30"), row("2", "out", "18:00", "18:00")]
    assert codes(pairs.pair_results(rows, LATER)[1]) == ["order"]
    rows = [
        row("1", "in", "8:00", "8:00"), row("2", "out", "12:00", "14:00"),
        row("3", "in", "13:00", "13:00"), row("4", "out", "18:00", "18:00"),
    ]
    found, problems = pairs.pair_results(rows, LATER)
    assert [each.key for each in found] == ["1"] and codes(problems) == ["overlap"]


def free(*clocks):
    return [
        pairs.Row(str(number), "", DAY, None, at(clock), pairs.PUNCHED, "", "")
        for number, clock in enumerate(clocks)
    ]


def test_free_shift():
    rows = free("9:00", "12:00", "13:00", "18:00")
    found, problems = pairs.pair_punches(rows, LATER)
    assert [(each.check_in, each.check_out) for each in found] == [
        (at("9:00"), at("12:00")), (at("13:00"), at("18:00"))]
    found, problems = pairs.pair_punches(rows, LATER, first_and_last=True)
    assert [(each.check_in, each.check_out) for each in found] == [
        (at("9:00"), at("18:00"))]
    found, problems = pairs.pair_punches(rows[:3], LATER)
    assert len(found) == 1 and codes(problems) == ["missing_out"]
    found, problems = pairs.pair_punches(rows[:1], at("10:00"))
    assert spans(found) == [("0", at("9:00"), None)]


def test_hours():
    rows = [
        row("1", "in", "9:00", "9:20", result="Late"),
        row("2", "out", "18:00", "17:30", result="Early"),
    ]
    found, _problems = pairs.pair_results(rows, LATER)
    rests = [(at("12:00"), at("13:00"))]
    summary = pairs.summarize(rows, found, rests)
    assert summary == pairs.Summary(
        planned=480, worked=430, late=20, early=30, absent=0, overtime=0, missing=0)
    shifts = [((540, 1080), [(720, 780)])]
    assert pairs.rests_of(rows, shifts, at("0:00")) == rests
    # Leave of half a day moves the end; another shift does not help.
    half = [rows[0], row("2", "out", "13:30", "13:30")]
    assert pairs.rests_of(half, shifts + [((60, 120), [])], at("0:00")) == rests
    assert pairs.rests_of(half, [((60, 120), [(70, 80)])], at("0:00")) == []
    assert pairs.rests_of(half[:1], [((), [])], at("0:00")) == []
    absent = [row("1", "in", "9:00"), row("2", "out", "18:00")]
    assert pairs.summarize(absent, [], rests)[4] == 480


def test_beside_others():
    rows = [row("1", "in", "9:00", "9:00"), row("2", "out", "18:00", "18:00")]
    found, _problems = pairs.pair_results(rows, LATER)
    same = (at("9:00"), at("18:00"))
    assert pairs.beside_others(found, [same])[2] == found
    # People enter minutes, punches have seconds.
    second = datetime.timedelta(seconds=1)
    for seconds, place in ((-59, 2), (59, 2), (-60, 1), (60, 1)):
        near = tuple(moment + seconds * second for moment in same)
        assert pairs.beside_others(found, [near])[place] == found
    assert pairs.beside_others(found, [(at("9:00"), None)])[1] == found
    assert pairs.beside_others(found, [(at("10:00"), None)])[1] == found
    assert pairs.beside_others(found, [(at("18:00"), at("19:00"))])[0] == found
    assert pairs.beside_others(found, [(at("12:00"), at("12:00"))])[1] == found


# -- what always holds -----------------------------------------------------------------

MINUTES = st.integers(0, 3 * 1440)
PRESENCE = st.sampled_from(
    [pairs.PUNCHED, pairs.PUNCHED, pairs.TRIP, pairs.LEAVE, pairs.MISSING])


@st.composite
def histories(draw):
    """Results of three days in any order, with any times."""
    rows = []
    for number in range(draw(st.integers(0, 10))):
        planned, actual = at("0:00") + datetime.timedelta(
            minutes=draw(MINUTES)), at("0:00") + datetime.timedelta(
            minutes=draw(MINUTES))
        rows.append(pairs.Row(
            str(number), draw(st.sampled_from(["in", "out"])),
            DAY + datetime.timedelta(days=draw(st.integers(0, 2))), planned, actual,
            draw(PRESENCE), draw(st.sampled_from(["", "a", "b"])), "Late"))
    return rows


def check_valid(spans):
    """Odoo's rule: no overlap, and at most one open, the last."""
    spans = sorted(spans)
    for number, (begin, end) in enumerate(spans):
        assert end is None or end >= begin
        if number + 1 < len(spans):
            assert end is not None and end <= spans[number + 1][0]


@settings(max_examples=400, deadline=None)
@given(histories(), MINUTES, st.booleans())
def test_always_valid(rows, minutes, trips):
    now = at("0:00") + datetime.timedelta(minutes=minutes)
    known = {each.actual for each in rows} | {each.planned for each in rows}
    for found, problems in (
        pairs.pair_results(rows, now, trips), pairs.pair_punches(rows, now, trips),
    ):
        check_valid([(each.check_in, each.check_out) for each in found])
        assert len({each.key for each in found}) == len(found)
        for each in found:
            assert each.check_in in known and each.check_out in known | {None}
        again = pairs.pair_results(list(reversed(rows)), now, trips)
        assert again == pairs.pair_results(rows, now, trips)


@settings(max_examples=400, deadline=None)
@given(histories(), histories(), MINUTES)
def test_steps_keep_it_valid(before, after, minutes):
    now = at("0:00") + datetime.timedelta(minutes=minutes)
    current, desired = (
        {
            each.key: (each.check_in, each.check_out)
            for each in pairs.pair_results(rows, now)[0]
        }
        for rows in (before, after)
    )
    state = dict(current)
    for step, key in pairs.plan_steps(current, desired):
        if step == "delete":
            del state[key]
        else:
            assert (step == "update") == (key in state)
            state[key] = desired[key]
        check_valid(state.values())
    assert state == desired
    assert pairs.plan_steps(desired, desired) == []


def test_steps_of_two_that_change_places():
    current = {"1": (at("8:00"), at("9:00")), "2": (at("9:00"), at("10:00"))}
    desired = {"1": current["2"], "2": current["1"]}
    steps = pairs.plan_steps(current, desired)
    assert [step for step, _key in steps] == ["delete", "update", "create"]
