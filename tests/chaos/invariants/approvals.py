"""Approvals: one instance for each submission, and the same status on both sides."""

import collections

from ..registry import invariant

RUNNING = ("RUNNING", "")
STATUSES = {
    RUNNING: "running", ("COMPLETED", "agree"): "agreed",
    ("COMPLETED", "refuse"): "refused", ("TERMINATED", ""): "terminated",
}
#: model -> status of its last approval -> state of the record
RECORDS = {
    "dingding.demo.purchase": {"agreed": "approved", "refused": "refused"},
    # One that was submitted again stays refused until it is decided.
    "dingding.demo.leave": {
        "agreed": "validate", "refused": "refuse", "terminated": "draft"},
}


#: How wrong DingTalk's clock may be when Odoo looks for an instance whose id was lost:
#: behind, and ahead; MARGIN_SECONDS and SETTLE_SECONDS of dingding_approval. Its list
#: ends now, and Odoo asks for it until then.
BEHIND, AHEAD = 300, 60


def own(books):
    """Return the instances that Odoo started, and could find if their ids were lost.

    Those that it knows are always among them.
    """
    known = {each["instance"] for each in books.approvals}
    return [each for each in books.instances
            if each["by_api"] and each["token"] and (
                each["id"] in known or -BEHIND <= each["offset"] <= AHEAD)]


@invariant
def each_instance_has_its_approval(books):
    """Each instance in DingTalk belongs to one approval in Odoo."""
    known = collections.Counter(each["instance"] for each in books.approvals)
    for each in own(books):
        if known[each["id"]] != 1:
            yield "instance %s of %s belongs to %d approvals" % (
                each["id"], each["token"], known[each["id"]])


@invariant
def no_approval_twice(books):
    """A record is submitted once at a time: one instance for each approval."""
    submitted = collections.Counter(
        each["token"] for each in books.approvals if each["status"] != "failed")
    for token, count in sorted(collections.Counter(
            each["token"] for each in own(books)).items()):
        if count > submitted[token]:
            yield "%s has %d instances in DingTalk, and %d approvals in Odoo" % (
                token, count, submitted[token])
    running = collections.Counter(
        each["token"] for each in own(books) if each["status"] == "RUNNING")
    for token, count in sorted(running.items()):
        if count > 1:
            yield "%s is approved %d times at once" % (token, count)


@invariant
def statuses_are_equal(books):
    """Each approval has the status of its instance."""
    there = {each["id"]: each for each in books.instances}
    for each in books.approvals:
        if not each["instance"]:
            if each["status"] not in ("failed", "terminated"):
                yield "approval %s of %s is %s, and DingTalk never got it" % (
                    each["id"], each["token"], each["status"])
            continue
        instance = there.get(each["instance"])
        status = "deleted" if instance is None else STATUSES.get(
            (instance["status"], instance["result"]), instance["status"])
        if status != each["status"]:
            yield "approval %s of %s is %s in Odoo, and %s in DingTalk" % (
                each["id"], each["token"], each["status"], status)


@invariant
def records_have_the_outcome(books):
    """Each record has the outcome of its last approval."""
    last = {}
    for each in books.approvals:
        if each["status"] != "failed":
            last[each["model"], each["res_id"]] = each
    for each in last.values():
        expected = RECORDS[each["model"]].get(each["status"])
        if expected and each["record"] != expected:
            yield "%s is %s, and its record %s" % (
                each["token"], each["status"], each["record"])


@invariant
def what_is_approved_is_what_was_read(books):
    """A record that is locked says what the approvers read."""
    texts = {each["id"]: each["texts"] for each in books.instances}
    for each in books.approvals:
        if each["locked"] and each["note"] and each["instance"] in texts and (
                each["note"] not in texts[each["instance"]]):
            yield "%s was submitted as %r, and says %r" % (
                each["token"], texts[each["instance"]], each["note"])
