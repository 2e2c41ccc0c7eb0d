"""The server: nothing stuck, nothing said, nothing left open, nobody let in."""

from ..registry import invariant

CALLS_A_REFUSAL = 1000
#: An operation that is refused this often and never done tests nothing.
REFUSED_OFTEN = 6


@invariant
def everything_comes_to_rest(books):
    """When all faults are over, everything is done within the time for it."""
    for what in books.unsettled:
        yield "never: %s" % what


@invariant
def no_row_is_stuck(books):
    """No row waits or is being worked on when there is nothing left to do."""
    for row in books.open_rows:
        yield (
            "%(queue)s(%(id)s) is %(state)s after %(attempts)s attempts: "
            "%(last_error)s" % row)


@invariant
def the_log_is_clean(books):
    """Odoo logs no error, no traceback, and none of our warnings without a reason."""
    for entry in books.log:
        yield "%(level)s %(logger)s: %(text)s" % entry


@invariant
def no_transaction_is_left_open(books):
    """No connection is idle in a transaction."""
    for each in books.connections:
        yield "%(pid)s is %(state)s: %(query)s" % each


@invariant
def no_lock_is_left(books):
    """No idle connection holds an advisory lock."""
    for each in books.locks:
        yield "%(pid)s is idle and holds one: %(query)s" % each


@invariant
def dingtalk_is_not_asked_too_often(books):
    """DingTalk hardly ever has to say that it is asked too often.

    A machine that is busy with several of these runs holds single calls back for longer
    than the limit's slack, and DingTalk counts them with the next ones.
    """
    if len(books.throttled) <= books.calls // CALLS_A_REFUSAL:
        return
    for path in sorted(set(books.throttled)):
        yield "%s: %d times of %d calls" % (
            path, books.throttled.count(path), books.calls)


@invariant
def no_forged_event_is_taken(books):
    """Odoo takes no event that DingTalk did not sign."""
    for each in books.forged:
        yield "%(event)s, push %(id)s" % each


@invariant
def everybody_signs_in_as_himself(books):
    """A sign-in ends with the person's own user or with nobody."""
    for each in books.signins:
        if each["got"] not in (None, each["wanted"]):
            yield "%(userid)s (user %(wanted)s) became user %(got)s" % each


@invariant
def no_signin_breaks(books):
    """A sign-in is never answered with a server's error while there is a server."""
    for each in books.signins:
        if not each["disturbed"] and [code for code in each["statuses"] if code >= 500]:
            yield "%(userid)s: %(statuses)s %(text)s" % each


@invariant
def nothing_unplanned_happens(books):
    """Each request to Odoo succeeds, or gets the reason why not."""
    for text in books.mishaps:
        yield text


@invariant
def nothing_is_refused_each_time(books):
    """Odoo may refuse people's actions, but not each time."""
    for name, counts in sorted(books.outcomes.items()):
        refused = counts.get("refused", 0)
        if refused >= REFUSED_OFTEN and not counts.get("done"):
            yield "%s: refused %d times and never done" % (name, refused)
