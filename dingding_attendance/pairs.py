# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Turn DingTalk's reports about a person into pairs of check-in and check-out.

Pure. Times are datetimes in UTC, days are dates of the shift: a night shift belongs to
the day on which it began. A missing punch is a problem, not an attendance.
"""
import collections
import datetime

#: A planned punch with its result, or a real punch of a free shift (``planned`` None).
#: ``side`` is "in" or "out"; ``presence`` one of PUNCHED, TRIP, LEAVE, MISSING.
Row = collections.namedtuple(
    "Row", "id side work_date planned actual presence plan_id result")
#: ``key`` is DingTalk's id of the check-in; ``check_out`` None: still open.
Interval = collections.namedtuple(
    "Interval", "key check_in check_out work_date in_id out_id")
#: ``key`` is DingTalk's id of the row with the problem.
Problem = collections.namedtuple("Problem", "code key work_date moment")
#: Minutes of one day, and the number of missing punches.
Summary = collections.namedtuple(
    "Summary", "planned worked late early absent overtime missing")

PUNCHED, TRIP, LEAVE, MISSING = "punched", "trip", "leave", "missing"
# DingTalk reports missing last punches twelve hours after the end.
OPEN_HOURS = 16
# Punches of a person within this many seconds are one.
SAME_PUNCH = 60
LATE = ("Late", "SeriousLate", "Absenteeism")


class Section(object):
    """A check-in and a check-out that belong together by the plan."""

    __slots__ = ("enter", "leave")

    def __init__(self, enter=None, leave=None):
        self.enter, self.leave = enter, leave

    @property
    def first(self):
        return self.enter or self.leave


def pair(results, punches, now, trips=True, first_and_last=False):
    """Return (intervals, problems) of one person's results and real punches.

    The parameters are those of :func:`pair_results` and :func:`pair_punches`.
    """
    found = pair_results(results, now, trips)
    if not punches:
        return found
    more = pair_punches(punches, now, first_and_last)
    return _apart(found[0] + more[0], found[1] + more[1])


def pair_results(rows, now, trips=True):
    """Return (intervals, problems) of one person's results per planned punch.

    :param rows: list of Row, of any number of days
    :param datetime.datetime now: a later check-out may still come
    :param bool trips: whether approved trips count as presence
    """
    intervals, problems = [], []
    for section in sections_of(rows):
        interval, problem = _outcome(section, now, trips)
        if interval:
            intervals.append(interval)
        if problem:
            problems.append(problem)
    return _apart(intervals, problems)


def sections_of(rows):
    """Return the sections of all days, in the order of the plan."""
    found = []
    for row in sorted(_latest(rows), key=_order):
        last = found[-1] if found else None
        if row.side == "in":
            found.append(Section(enter=row))
        elif last and last.leave is None and last.first.work_date == row.work_date:
            last.leave = row
        else:
            found.append(Section(leave=row))
    return found


def _order(row):
    # It precedes the next section's check-in at the same time.
    moment = row.planned or row.actual or datetime.datetime.max
    return row.work_date, moment, row.side != "out", row.id


def _latest(rows):
    """Return the rows without replaced ones."""
    found = {}
    for row in rows:
        key = (row.plan_id, row.side) if row.plan_id else (row.id, "")
        other = found.get(key)
        if other is None or _weight(row) > _weight(other):
            found[key] = row
    return list(found.values())


def _weight(row):
    return row.presence != MISSING, len(row.id), row.id


def _time(row, trips):
    """Return when the person came or left, or None."""
    if row is None:
        return None
    if row.presence == PUNCHED:
        return row.actual
    if row.presence == TRIP and trips:
        # DingTalk's own time of an approved trip.
        return row.actual or row.planned
    return None


def _is_excused(row):
    return row is not None and row.presence in (TRIP, LEAVE)


def _is_missing(row):
    return row is not None and row.presence == MISSING


def _outcome(section, now, trips):
    """Return (interval or None, problem or None) of a section."""
    enter, leave = section.enter, section.leave
    begin, end = _time(enter, trips), _time(leave, trips)
    if begin and end:
        if end > begin:
            return Interval(
                enter.id, begin, end, enter.work_date, enter.id, leave.id), None
        return None, Problem("order", enter.id, enter.work_date, end)
    if begin:
        if leave is None and now < begin + datetime.timedelta(hours=OPEN_HOURS):
            return Interval(
                enter.id, begin, None, enter.work_date, enter.id, ""), None
        if enter.presence == TRIP and not _is_missing(leave):
            return None, None
        return None, _missing("missing_out", leave or enter)
    if end:
        if leave.presence == TRIP and not _is_missing(enter) or (
            enter is None and now < end + _hours(OPEN_HOURS)
        ):
            # The result of the check-in may still come.
            return None, None
        return None, _missing("missing_in", enter or leave)
    if _is_excused(enter) or _is_excused(leave):
        # It excuses a part of the day only.
        if _is_missing(enter):
            return None, _missing("missing_in", enter)
        if _is_missing(leave):
            return None, _missing("missing_out", leave)
        return None, None
    if enter is not None and leave is not None:
        return None, _missing("absent", enter)
    # DingTalk adds the other result later.
    return None, None


def _hours(number):
    return datetime.timedelta(hours=number)


def _missing(code, row):
    return Problem(code, row.id, row.work_date, row.planned or row.actual)


def pair_punches(rows, now, first_and_last=False):
    """Return (intervals, problems) of one person's real punches.

    :param rows: list of Row with ``actual``; sides are ignored
    :param bool first_and_last: one pair a day, of its first and last punch. Otherwise
        each second punch is a check-out.
    """
    days = {}
    for row in sorted(rows, key=lambda each: (each.actual, each.id)):
        mine = days.setdefault(row.work_date, [])
        if mine and (row.actual - mine[-1].actual).total_seconds() < SAME_PUNCH:
            continue
        mine.append(row)
    intervals, problems = [], []
    for day in sorted(days):
        mine = days[day]
        if first_and_last and len(mine) > 2:
            mine = [mine[0], mine[-1]]
        for position in range(0, len(mine), 2):
            enter = mine[position]
            leave = mine[position + 1] if position + 1 < len(mine) else None
            if leave is not None:
                intervals.append(Interval(
                    enter.id, enter.actual, leave.actual, day, enter.id, leave.id))
            elif now < enter.actual + _hours(OPEN_HOURS):
                intervals.append(Interval(
                    enter.id, enter.actual, None, day, enter.id, ""))
            else:
                problems.append(Problem("missing_out", enter.id, day, enter.actual))
    return _apart(intervals, problems)


def _apart(intervals, problems):
    """Return (intervals, problems) without overlaps, at most the last one open."""
    kept = []
    for each in sorted(intervals, key=lambda one: (one.check_in, one.key)):
        last = kept[-1] if kept else None
        if last is not None and last.check_out is None:
            # A check-in without a check-out before.
            kept.pop()
            problems.append(
                Problem("missing_out", last.key, last.work_date, last.check_in))
            last = kept[-1] if kept else None
        if last is not None and last.check_out > each.check_in:
            problems.append(
                Problem("overlap", each.key, each.work_date, each.check_in))
            continue
        kept.append(each)
    return kept, sorted(problems, key=lambda one: (one.work_date, one.key, one.code))


# -- hours -----------------------------------------------------------------------------


def summarize(rows, intervals, rests=()):
    """Return the :class:`Summary` of one person and day.

    :param rows: the day's Rows; none for a free shift's punches
    :param intervals: the day's Intervals
    :param rests: list of (begin, end) of breaks, in UTC
    """
    planned = late = early = absent = missing = 0
    for section in sections_of(rows):
        enter, leave = section.enter, section.leave
        length = 0
        if enter and leave and enter.planned and leave.planned:
            length = minutes_between(enter.planned, leave.planned, rests)
        planned += length
        missing += sum(
            1 for row in (enter, leave) if row is not None and row.presence == MISSING)
        if enter and leave and enter.presence == leave.presence == MISSING:
            absent += length
        if enter is not None and enter.presence == PUNCHED and enter.result in LATE:
            late += _whole(enter.planned, enter.actual)
        if leave is not None and leave.presence == PUNCHED and leave.result == "Early":
            early += _whole(leave.actual, leave.planned)
    worked = sum(
        minutes_between(each.check_in, each.check_out, rests)
        for each in intervals if each.check_out)
    overtime = max(worked - planned, 0)
    return Summary(planned, worked, late, early, absent, overtime, missing)


def minutes_between(begin, end, rests=()):
    """Return the whole minutes between two times, without the breaks in between."""
    seconds = (end - begin).total_seconds()
    for rest_begin, rest_end in rests:
        overlap = (min(end, rest_end) - max(begin, rest_begin)).total_seconds()
        seconds -= max(overlap, 0)
    return max(int(seconds // 60), 0)


def _whole(begin, end):
    if begin is None or end is None:
        return 0
    return max(int((end - begin).total_seconds() // 60), 0)


def rests_of(rows, shifts, midnight):
    """Return the breaks of a day, as list of (begin, end) in UTC.

    Results do not name their shift: use that with the same planned times, else the most
    similar one (half a day of leave moves a time).

    :param rows: the day's Rows
    :param shifts: list of (times, breaks): minutes after midnight of the planned
        punches in order, and (begin, end) of each break
    :param datetime.datetime midnight: begin of the day in Beijing, in UTC
    """
    times = tuple(sorted(
        int((row.planned - midnight).total_seconds() // 60)
        for row in _latest(rows) if row.planned
    ))
    # A day off has no times, and no breaks.
    found, most = [], 0
    for known, breaks in shifts:
        alike = len(set(known) & set(times))
        if alike > most and known[0] <= times[0] and times[-1] <= known[-1]:
            found, most = breaks, alike
    return [
        tuple(midnight + datetime.timedelta(minutes=each) for each in one)
        for one in found
    ]


# -- writing ---------------------------------------------------------------------------


def plan_steps(current, desired):
    """Return the steps from one set of attendances to another.

    Each step passes Odoo's checks.

    :param dict current: key -> (check_in, check_out or None), a valid set
    :param dict desired: the same, a valid set
    :return: list of ("delete" or "update" or "create", key)
    :raise ValueError: one of the sets is not valid
    """
    state, steps = dict(current), []
    for key in sorted(set(state) - set(desired)):
        del state[key]
        steps.append(("delete", key))
    todo = {key for key in desired if state.get(key) != desired[key]}
    while todo:
        ready = [
            key for key in todo
            if not any(
                overlaps(desired[key], span)
                for other, span in state.items() if other != key)
        ]
        if ready:
            key = min(ready, key=lambda each: (desired[each][0], each))
            steps.append(("update" if key in state else "create", key))
            state[key] = desired[key]
            todo.discard(key)
            continue
        # Each blocks another one: delete one to make room.
        blocked = sorted(todo & set(state))
        if not blocked:
            raise ValueError("attendances overlap")
        steps.append(("delete", blocked[0]))
        del state[blocked[0]]
    return steps


def overlaps(one, other):
    """Tell whether two (check_in, check_out or None) overlap; they may touch."""
    if one[0] == other[0]:
        return True
    begin, end = max(one[0], other[0]), min(
        one[1] or datetime.datetime.max, other[1] or datetime.datetime.max)
    # An attendance without duration inside another one.
    return begin < end or _is_inside(begin, one, other)


def _is_inside(moment, one, other):
    return any(
        a == (moment, moment) and b[0] < moment and (b[1] is None or moment < b[1])
        for a, b in ((one, other), (other, one)))


def is_same(one, other):
    """Tell whether two (check_in, check_out or None) differ by seconds only."""
    return all(
        (mine is None) == (its is None)
        and (mine is None or abs((mine - its).total_seconds()) < SAME_PUNCH)
        for mine, its in zip(one, other))


def beside_others(intervals, others):
    """Separate intervals by whether they overlap attendances entered manually.

    :param intervals: list of Interval
    :param others: list of (check_in, check_out or None)
    :return: (free, taken, same): ``same`` have the times of a manual one
    """
    free, taken, same = [], [], []
    for each in intervals:
        span = (each.check_in, each.check_out)
        if any(is_same(span, other) for other in others):
            same.append(each)
        elif any(overlaps(span, other) for other in others):
            taken.append(each)
        else:
            free.append(each)
    return free, taken, same
