"""Leave: what is approved on one side is on the other, once."""

import collections

from ..registry import invariant


def counted(books):
    """Return the ids of requests that count: approved and not revoked."""
    approved = [each for each in books.leave_requests if each["result"] == "agree"]
    revoked = {each["main"] for each in approved if each["action"] != "NONE"}
    return {each["id"] for each in approved
            if each["action"] == "NONE" and each["id"] not in revoked}


def unlisted(books):
    """Return the ids of requests that Odoo need not know fully.

    If the event is lost, a request is found in DingTalk's list, which ends now.
    """
    future = [each for each in books.leave_requests if each["future"]]
    return {each["id"] for each in future} | {each["main"] for each in future}


@invariant
def approved_leave_is_in_odoo(books):
    """Each approved request has one approved leave in Odoo, and no other has any."""
    leaves = {each["id"]: each["state"] for each in books.leaves}
    rows, problems = collections.Counter(), {}
    for each in books.leave_rows:
        if each["lead"] == "dingtalk":
            problems[each["instance"]] = each["problem"]
            rows[each["instance"]] += leaves.get(each["leave"]) == "validate"
    wanted = counted(books)
    for key in sorted((wanted | set(rows)) - unlisted(books)):
        if rows[key] != (key in wanted):
            yield "request %s has %d approved leaves in Odoo, not %d: %s" % (
                key, rows[key], key in wanted, problems.get(key))


@invariant
def no_leave_twice(books):
    """Each approved leave that DingTalk leads belongs to one request."""
    known = collections.Counter(
        each["leave"] for each in books.leave_rows if each["lead"] == "dingtalk")
    for each in books.leaves:
        if each["lead"] == "dingtalk" and each["state"] == "validate" and (
                known[each["id"]] != 1):
            yield "leave %d in Odoo belongs to %d requests" % (
                each["id"], known[each["id"]])


@invariant
def leave_of_odoo_is_in_dingtalk(books):
    """Each approved leave that Odoo leads has one record in DingTalk, others none."""
    wanted = {each["id"] for each in books.leaves
              if each["lead"] == "odoo" and each["state"] == "validate"}
    found = collections.Counter(
        int(each.split(":")[2]) for each in books.leave_records)
    for key in sorted(wanted | set(found)):
        if found[key] != (key in wanted):
            yield "leave %d has %d records in DingTalk, not %d" % (
                key, found[key], key in wanted)
