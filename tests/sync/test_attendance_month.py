# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""A generated month: hours, lateness and early leaving equal DingTalk's report."""
import datetime
import time

import pytest
from dingtalk_simulator.attendance import core, month
from dingtalk_simulator.world import World
from test_attendance_pairs import check_valid, pairs

FIRST, LAST = "2026-11-01", "2026-11-30"
NOW = datetime.datetime(2026, 12, 3)


def moment(milliseconds):
    return datetime.datetime.utcfromtimestamp(milliseconds // 1000)


def row_of(result, kinds):
    """Return a result of the simulator as the sync reads it."""
    presence = pairs.PUNCHED
    if result["timeResult"] == "NotSigned":
        presence = pairs.MISSING
    elif result["sourceType"] == "APPROVE":
        trip = kinds[result["approveId"]] == core.TRIP
        presence = pairs.TRIP if trip else pairs.LEAVE
    return pairs.Row(
        str(result["id"]), "in" if result["checkType"] == "OnDuty" else "out",
        date(core.day_of(result["workDate"])), moment(result["baseCheckTime"]),
        moment(result["userCheckTime"]), presence, str(result["planId"]),
        result["timeResult"])


def date(day):
    return datetime.datetime.strptime(day, "%Y-%m-%d").date()


@pytest.mark.parametrize("seed", [1, 2])
def test_month(seed):
    world = World(60, 4)
    org = world.org()
    userids = sorted(org.people)
    month.make(world, org.corp_id, userids, FIRST, LAST, seed)
    ahead = core.midnight("2026-12-03") / 1000 - time.time()
    world.change_settings({"clock_offset": ahead})
    kept = core.area(world, org.corp_id)
    kinds = {each["id"]: each["kind"] for each in kept["approvals"]}
    shifts = [
        ([time for section in shift["sections"] for time in section], shift["rests"])
        for shift in kept["shifts"].values()
    ]
    equal, different = 0, []
    for userid in userids:
        if core.group_of(kept, userid)["type"] == "NONE":
            continue
        days = core.days_between(FIRST, LAST)
        rows = [
            row_of(result, kinds) for day in days
            for result in core.results_of(world, org.corp_id, userid, day)
        ]
        intervals, problems = pairs.pair_results(rows, NOW)
        check_valid([(each.check_in, each.check_out) for each in intervals])
        listed = {each.work_date for each in problems}
        for day in days:
            mine = [row for row in rows if row.work_date == date(day)]
            rests = pairs.rests_of(mine, shifts, moment(core.midnight(day)))
            summary = pairs.summarize(
                mine, [one for one in intervals if one.work_date == date(day)], rests)
            report = core.report_of(world, org.corp_id, userid, day)
            wanted = (report["work"], report["late"], report["early"])
            if wanted == (summary.worked, summary.late, summary.early):
                equal += 1
            else:
                different.append((userid, day, date(day) in listed))
    assert equal >= 0.995 * (equal + len(different)), different[:5]
    assert not [each for each in different if not each[2]]
