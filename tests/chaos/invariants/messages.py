"""Messages: once on each phone, and known to Odoo."""

import collections

from ..registry import invariant
from ..world import LOST, beijing_day

ARRIVED = ("sent", "unread", "read")
# A part's outcome is stored within so many seconds after DingTalk has answered.
STORED_SECONDS = 3
# So far may the clocks of Odoo and DingTalk differ around midnight.
MIDNIGHT_SECONDS = 300


def answer_lost(books, send):
    """Tell whether Odoo cannot know that DingTalk took this."""
    return send["fault"] in LOST or any(
        each["begin"] <= send["end"] + STORED_SECONDS
        and each["end"] >= send["at"] - 1 for each in books.interruptions)


def again_by_decision(books, token, userid):
    """Tell whether a manager had a message sent again that may have arrived before.

    On the same day DingTalk drops what a person has got already. On another day Odoo
    does not send again by itself what DingTalk may have taken without an answer: the
    manager decides, and Odoo notes that it is perhaps there twice.
    """
    if not any(each["lost"] for each in books.parts if each["token"] == token):
        return False
    sends = sorted(
        (each for each in books.sends
         if each["token"] == token and userid in each["reached"]),
        key=lambda each: each["at"])
    return len(sends) > 1 and all(
        before["day"] != after["day"] and answer_lost(books, before)
        for before, after in zip(sends, sends[1:]))


def wanted(books):
    """Return {token: userids} of submitted messages, as far as known."""
    return {each["token"]: set(each["userids"]) for each in books.messages}


@invariant
def nothing_is_sent_again(books):
    """A message that DingTalk accepted is not sent to the same people again.

    Those it did not reach may be sent it again by a manager.
    """
    by_part = collections.defaultdict(list)
    for send in books.sends:
        for userid in send["userids"]:
            by_part[send["token"], userid].append(send)
    told = set()
    for (token, userid), sends in sorted(by_part.items()):
        sends.sort(key=lambda each: each["at"])
        for before, after in zip(sends, sends[1:]):
            if answer_lost(books, before) or before["task"] in told:
                continue
            if userid not in before["reached"]:
                continue
            told.add(before["task"])
            next_one = min((each["begin"] for each in books.interruptions
                            if each["begin"] > before["end"]), default=0)
            yield ("%s: task %s was accepted and answered in %.1f s, and then %s after"
                   " %.1f s to %d people as well; the next interruption was after"
                   " %.1f s") % (
                token, before["task"], before["end"] - before["at"], after["task"],
                after["at"] - before["end"], len(after["userids"]),
                next_one - before["end"])


@invariant
def nobody_gets_it_twice(books):
    """No message is twice on a phone, unless a manager has decided so."""
    counts = collections.Counter(
        (each["token"], each["userid"]) for each in books.phones if each["token"])
    for (token, userid), count in sorted(counts.items()):
        if count > 1 and not again_by_decision(books, token, userid):
            yield "%s is %d times on the phone of %s" % (token, count, userid)


@invariant
def nobody_else_gets_it(books):
    """Nobody gets a message that was sent to others."""
    known = wanted(books)
    for each in books.phones:
        if each["token"] in known and each["userid"] not in known[each["token"]]:
            yield "%s is on the phone of %s" % (each["token"], each["userid"])


@invariant
def what_odoo_says_is_sent_is_there(books):
    """A message that is sent in Odoo is on the phone."""
    there = {(each["token"], each["userid"]) for each in books.phones}
    refused = {(each["token"], userid) for each in books.sends
               for userid in set(each["userids"]) - set(each["reached"])}
    for each in books.copies:
        if each["recalled"] and (each["userid"] in books.leavers
                                 or (each["token"], each["userid"]) in refused):
            # Nobody asks who got a message that is recalled: perhaps they had left, or
            # had 500 messages that day.
            continue
        if each["token"] and each["state"] in ARRIVED and (
                (each["token"], each["userid"]) not in there):
            yield "%s of %s is %s in Odoo, and not on the phone" % (
                each["token"], each["userid"], each["state"])


@invariant
def what_odoo_says_has_failed_is_not_there(books):
    """A message that failed in Odoo is on no phone."""
    there = {(each["token"], each["userid"]) for each in books.phones
             if not each["recalled"]}
    for each in books.copies:
        if each["token"] and each["state"] == "failed" and (
                (each["token"], each["userid"]) in there):
            yield "%s of %s has failed in Odoo, and is on the phone" % (
                each["token"], each["userid"])


@invariant
def no_message_is_lost(books):
    """Each message that Odoo took has its people, each with an outcome.

    Leavers had perhaps left when it was sent.
    """
    found = collections.defaultdict(set)
    for each in books.copies:
        found[each["token"]].add(each["userid"])
    for each in books.messages:
        lost = set(each["userids"]) - found[each["token"]] - set(books.leavers)
        if each["id"] and lost:
            yield "%s: %d of %d people have no outcome in Odoo" % (
                each["token"], len(lost), len(each["userids"]))


@invariant
def odoo_knows_what_dingtalk_took(books):
    """Odoo knows the number of each task that DingTalk took and said so."""
    known = {task for each in books.parts for task in each["tasks"]}
    for send in books.sends:
        if send["token"] and send["task"] not in known and not answer_lost(books, send):
            yield "%s: Odoo does not know task %s" % (send["token"], send["task"])


def may_have_a_copy(part):
    """Tell whether Odoo cannot know that a part is off all phones, and says so.

    An attempt without an answer may have arrived, and the one of another day is not its
    repetition: DingTalk delivers both. Odoo knows the number of the second only.
    """
    return bool(
        part["lost"] and part["said"] and part["end"]
        and beijing_day(part["begin"] - MIDNIGHT_SECONDS)
        != beijing_day(part["end"] + MIDNIGHT_SECONDS))


@invariant
def what_is_recalled_is_off_the_phones(books):
    """Messages that are recalled in Odoo, and no others, are off all phones."""
    uncertain = {each["id"] for each in books.parts if may_have_a_copy(each)}
    seen = {}
    for each in books.phones:
        key = each["token"], each["userid"]
        seen[key] = seen.get(key, False) or not each["recalled"]
    for each in books.copies:
        key = each["token"], each["userid"]
        if not each["token"] or key not in seen:
            continue
        if not each["recalled"] and each["part"] in uncertain:
            continue
        if each["recalled"] == seen[key]:
            yield "%s of %s is %s in Odoo, and %s the phone" % (
                key + (("recalled", "on") if each["recalled"] else (
                    "not recalled", "off")))


@invariant
def both_agree_who_has_read(books):
    """Odoo knows who has read a message.

    It cannot ask about a task whose number was lost, after which DingTalk drops the
    repetition: only the task that Odoo does not know is on the phone.
    """
    known = {task for each in books.parts for task in each["tasks"]}
    read = {(each["token"], each["userid"]): each["read"] for each in books.phones
            if not each["recalled"] and each["task"] in known}
    for each in books.copies:
        key = each["token"], each["userid"]
        if each["recalled"]:
            # Nobody asks who has read it. A message that is on the phone all the same
            # came with an answer that was lost.
            continue
        if each["token"] and each["state"] in ARRIVED and key in read:
            if read[key] != (each["state"] == "read"):
                yield "%s of %s is %s in Odoo, and %s on the phone" % (
                    key + (each["state"], "read" if read[key] else "unread"))
