# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""When running approvals are polled, and what that costs.

Pure: times are numbers, and nothing is read.
"""

# Minutes: while events arrive, the first and the longest pause.
HEARD_FIRST, HEARD_LONGEST = 24 * 60, 7 * 24 * 60
UNHEARD_LONGEST = 12 * 60
# Always: after so many minutes at least, by age.
POLL_AGES, POLL_MINUTES = (1, 10), (3 * 60, 24 * 60)
IDS_PER_CALL = 20  # of a list of instances


def growing(minutes, first, longest):
    """Return how often an approval without news is polled until this age.

    :param minutes: age
    :param int first: the first pause, doubled after each poll; 0: every five minutes
    :param int longest: longest pause
    """
    pause, age, polls = max(first, 5), 0, 0
    longest = max(longest, pause)
    while pause < longest:
        age += pause
        if age > minutes:
            return polls
        polls += 1
        pause = min(pause * 2, longest)
    return polls + max(int((minutes - age) // longest), 0)


def by_age(minutes, shortest):
    """Return how often an approval is polled until this age, if it always is."""
    polls, begin = 0, 0
    ends = [days * 24 * 60 for days in POLL_AGES] + [None]
    for end, pause in zip(ends, (0,) + POLL_MINUTES):
        until = minutes if end is None else min(minutes, end)
        polls += max(until - begin, 0) // max(pause, shortest, 5)
        begin = until
    return int(polls)


def cost(lives, shortest, always=False):
    """Return the calls that polling these approvals costs.

    :param lives: list of (age in minutes when the time began, age when it ended,
        whether events arrive, number of such approvals)
    :param int shortest: the organisation's interval in minutes
    :param bool always: poll although events arrive
    """
    total = 0
    for begin, end, heard, number in lives:
        if always:
            polls = by_age(end, shortest) - by_age(begin, shortest)
        elif heard:
            first = max(HEARD_FIRST, shortest)
            polls = growing(end, first, HEARD_LONGEST) - growing(
                begin, first, HEARD_LONGEST)
        else:
            polls = growing(end, shortest, UNHEARD_LONGEST) - growing(
                begin, shortest, UNHEARD_LONGEST)
        total += polls * number
    return total


def worth_a_list(due, running):
    """Tell whether listing all instances costs less than reading those that are due.

    :param int due: number of approvals of a template to poll
    :param int running: number of its running approvals
    """
    return due > 1 and due > -(-running // IDS_PER_CALL)
