"""Tell which entries of Odoo's log an injected fault explains."""

from tools.logs import ERRORS, REPEATED, TRACEBACK, entries, is_ours, matches

__all__ = ["entries", "unexplained"]

# A connection that has died is noticed when it is used next: after the answer of
# DingTalk that its request waits for, at most as long as Odoo lets a request live.
MARGIN = 120  # seconds

#: Entries permitted in the log while something is away: disturbance -> patterns.
WHILE_AWAY = {
    "PostgreSQL restarted": (
        r"terminating connection due to administrator command",
        r"server closed the connection unexpectedly",
        r"could not connect to server|Connection refused|connection to server",
        r"the database system is (shutting down|starting up)",
        r"connection already closed|cursor already closed|connection has been closed",
        r"SSL connection has been closed unexpectedly",
        r"Connection to the database failed|InterfaceError|AdminShutdown",
        # A token that is not stored is fetched again.
        r"The token of DingTalk app \d+ was not stored",
    ),
    "a connection was ended": (
        r"terminating connection due to administrator command",
        r"server closed the connection unexpectedly",
        r"connection already closed|cursor already closed|AdminShutdown",
        r"InterfaceError",
    ),
    "a worker was killed": (
        # Odoo says so of an action whose worker was killed three times in a row.
        r"Job '.*' \(\d+\) timed out",
        r"could not receive data from client|Broken pipe|Connection reset by peer",
    ),
    "the server was killed": (
        r"Job '.*' \(\d+\) timed out",
        r"could not receive data from client|Broken pipe|Connection reset by peer",
    ),
}
#: Warnings of ours that say what a fault of DingTalk's did: they are there for that.
SAYS_SO = (
    r"DingTalk sign-in \(",
)
#: An error of Odoo 11 after a conflict, see ``world.LEFT_OVER``.
OF_ODOO = (
    r"^Unable to use a closed cursor",
    r"^Exception during JSON request.*OperationalError: Unable to use a closed cursor",
)


def unexplained(found, disturbances):
    """Return the bad entries that no disturbance explains.

    Bad is an error of anybody, a traceback, and a warning of ours.
    """
    bad = []
    for entry in found:
        ours = is_ours(entry)
        if not (entry.level in ERRORS or TRACEBACK in entry.text
                or ours and entry.level == "WARNING"):
            continue
        if matches(REPEATED + OF_ODOO, entry.text) or (
                ours and matches(SAYS_SO, entry.text)):
            continue
        if not any(
                each["begin"] - 1 <= entry.at <= each["end"] + MARGIN
                and matches(WHILE_AWAY.get(each["kind"], ()), entry.text)
                for each in disturbances):
            bad.append(entry)
    return bad
