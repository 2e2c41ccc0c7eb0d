"""Read Odoo's log as entries, and find those that our addons should not have written.
"""

import calendar
import collections
import re
import time

#: One entry: seconds since 1970, level, logger, text with all its lines.
Entry = collections.namedtuple("Entry", "at level logger text")

BEGIN = re.compile(
    r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3}) \d+ ([A-Z]+) \S+ (\S+): ?(.*)$")
OURS = "odoo.addons.dingding"
#: Messages of Odoo and Python about our code under their own names.
ABOUT_US = (
    r"^(?!\S*site-packages)\S*/dingding\w*/\S+\.py:\d+: \w*Warning",
    r"^Found deprecated directive",
    r"^Context key '\w+' is no longer supported",
)
ERRORS = ("ERROR", "CRITICAL")
TRACEBACK = "Traceback (most recent call last)"
#: Conflicts of transactions, which Odoo repeats.
REPEATED = (
    r"bad query.*could not serialize access|could not serialize access due to",
    r"could not obtain lock on row",
    r"deadlock detected",
    # From 16 on werkzeug's, about silent clients.
    r"^\S+ - - \[[^]]+\] Request timed out: TimeoutError",
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


def is_ours(entry):
    """Tell whether one of our addons has logged it, or is what it is about.

    Odoo's own addons give no such reasons.
    """
    return entry.logger.startswith(OURS) or matches(ABOUT_US, entry.text)


def is_warning(entry):
    """Tell whether it is a warning or worse."""
    return entry.level == "WARNING" or entry.level in ERRORS


def matches(patterns, text):
    """Tell whether one of the patterns is in the text."""
    return any(re.search(each, text, re.S) for each in patterns)


def complaints(found, expected=()):
    """Return the entries that nobody should have caused in a usual flow.

    Our addons' warnings and errors, and all tracebacks, except conflicts that Odoo
    repeats.

    :param expected: patterns of what was caused on purpose
    """
    return [
        entry for entry in found
        if (is_ours(entry) and is_warning(entry) or TRACEBACK in entry.text)
        and not matches(REPEATED, entry.text) and not matches(expected, entry.text)
    ]
