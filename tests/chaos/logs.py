"""Odoo's log as entries, and which of them an injected fault explains."""

import calendar
import collections
import re
import time

#: One entry: seconds since 1970, level, logger, text with all its lines.
Entry = collections.namedtuple("Entry", "at level logger text")

BEGIN = re.compile(
    r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3}) \d+ ([A-Z]+) \S+ (\S+): ?(.*)$")
BAD = ("ERROR", "CRITICAL")
OURS = "odoo.addons.dingding"
# A connection that has died is noticed when it is used next.
MARGIN = 30  # seconds

#: What may be in the log while something is away: kind of disturbance -> patterns.
WHILE_AWAY = {
    "PostgreSQL restarted": (
        r"terminating connection due to administrator command",
        r"server closed the connection unexpectedly",
        r"could not connect to server|Connection refused|connection to server",
        r"the database system is (shutting down|starting up)",
        r"connection already closed|cursor already closed|connection has been closed",
        r"SSL connection has been closed unexpectedly",
        r"Connection to the database failed|InterfaceError|AdminShutdown",
    ),
    "a connection was ended": (
        r"terminating connection due to administrator command",
        r"server closed the connection unexpectedly",
        r"connection already closed|cursor already closed|AdminShutdown",
        r"InterfaceError",
    ),
    "a worker was killed": (
        r"could not receive data from client|Broken pipe|Connection reset by peer",
    ),
    "the server was killed": (
        r"could not receive data from client|Broken pipe|Connection reset by peer",
    ),
}
#: What two transactions that meet leave in the log, and Odoo does again by itself.
ALWAYS = (
    r"bad query.*could not serialize access|could not serialize access due to",
    r"could not obtain lock on row",
    r"deadlock detected",
    # Two people press the same button: the second gets the approval of the first.
    r'unique constraint "dingding_approval_mapping_id_res_model_res_id_unique"',
)
#: Warnings of ours that say what a fault of DingTalk's did: they are there for that.
SAYS_SO = (
    r"DingTalk sign-in \(",
)


def entries(text):
    """Return the entries of a log; lines without a head belong to the one before."""
    found = []
    for line in text.splitlines():
        head = BEGIN.match(line)
        if head:
            moment = calendar.timegm(time.strptime(head.group(1), "%Y-%m-%d %H:%M:%S"))
            found.append(Entry(moment + int(head.group(2)) / 1000, head.group(3),
                               head.group(4), head.group(5)))
        elif found:
            found[-1] = found[-1]._replace(text=found[-1].text + "\n" + line)
    return found


def unexplained(found, disturbances):
    """Return the bad entries that no disturbance explains.

    Bad is an error of anybody, a traceback, and a warning of ours.
    """
    bad = []
    for entry in found:
        ours = entry.logger.startswith(OURS)
        if not (entry.level in BAD or "Traceback (most recent" in entry.text
                or ours and entry.level == "WARNING"):
            continue
        if _matches(ALWAYS, entry.text) or ours and _matches(SAYS_SO, entry.text):
            continue
        if not any(
                each["begin"] - 1 <= entry.at <= each["end"] + MARGIN
                and _matches(WHILE_AWAY.get(each["kind"], ()), entry.text)
                for each in disturbances):
            bad.append(entry)
    return bad


def _matches(patterns, text):
    return any(re.search(each, text, re.S) for each in patterns)
