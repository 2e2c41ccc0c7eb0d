"""Chats: each message is heard, done and answered once."""

import collections

from ..registry import invariant
from .messages import STORED_SECONDS

ANSWERS = (
    "/robot/sendBySession", "/v1.0/robot/oToMessages/batchSend",
    "/v1.0/robot/groupMessages/send")


def answered(books):
    """Return {token: row} of the messages that the command was run for."""
    return {each["token"]: each for each in books.heard
            if each["token"] and each["outcome"] == "answered"}


def explained(books, begin, end):
    """Tell whether Odoo could not know between two times that it had answered."""
    lost = [each for each in books.lost if each["path"] in ANSWERS]
    return any(
        each["begin"] <= end + STORED_SECONDS
        and each["end"] >= begin - STORED_SECONDS
        for each in lost + books.interruptions)


@invariant
def no_message_to_the_robot_is_lost(books):
    """Each message that Odoo has acknowledged is stored, once."""
    known = collections.Counter(each["key"] for each in books.heard)
    for each in books.said:
        if each["heard"] and known[each["key"]] != 1:
            yield "%s of %s is %d times in Odoo" % (
                each["token"], each["userid"], known[each["key"]])


@invariant
def no_command_runs_twice(books):
    """A command does its work once for each message, and never without an answer."""
    rows = answered(books)
    counts = collections.Counter(books.echoes)
    for each in sorted(set(counts) | set(rows)):
        if counts[each] != (each in rows):
            yield "%s was done %d times" % (each, counts[each])


@invariant
def each_message_is_answered_once(books):
    """A message has one answer, which only its author gets."""
    mine = collections.defaultdict(list)
    authors = {each["token"]: each["userid"] for each in books.said}
    for each in books.answers:
        mine[each["token"]].append(each)
        if each["group"] or each["userid"] != authors.get(each["token"]):
            yield "%(token)s was answered to %(userid)s, group %(group)r" % each
    for each, row in sorted(answered(books).items()):
        found = sorted(mine[each], key=lambda one: one["at"])
        if not found:
            yield "%s is %s and has no answer" % (each, row["state"])
        elif len(found) > 1 and not row["decided"] and not explained(
                books, found[0]["at"], found[-1]["at"]):
            yield "%s has %d answers, %.1f s between the first and the last, is %s" % (
                each, len(found), found[-1]["at"] - found[0]["at"], row["state"])
    for each in sorted(set(mine) - set(answered(books))):
        yield "%s has an answer and was not run" % each
