"""Notifications: once to each who is meant, and to nobody else."""

import collections

from ..registry import invariant
from .messages import again_by_decision, answer_lost

#: A line in this state waits for another day: DingTalk takes 500 a day to a person.
LATER = "waiting"
#: DingTalk was late, so the person has got the e-mail.
EMAILED = "emailed"


def noted(books):
    """Return {token: notice}."""
    return {each["token"]: each for each in books.notices}


@invariant
def nobody_is_notified_twice(books):
    """Nobody is notified twice of one text or activity."""
    known = noted(books)
    for where, rows in (("on the phone", books.phones), ("in Odoo", books.lines)):
        counts = collections.Counter((each["token"], each["userid"]) for each in rows)
        for (token, userid), count in sorted(counts.items()):
            if token in known and count > 1 and not (
                    rows is books.phones
                    and again_by_decision(books, token, userid)):
                yield "%s is %d times %s of %s" % (token, count, where, userid)


@invariant
def no_notification_is_lost(books):
    """Everybody whom a text or activity concerns has an outcome in Odoo."""
    found = collections.defaultdict(set)
    for each in books.copies:
        found[each["token"]].add(each["userid"])
    for each in books.lines:
        if each["state"] in (LATER, EMAILED):
            found[each["token"]].add(each["userid"])
    for each in books.notices:
        lost = set(each["userids"]) - found[each["token"]]
        if each["id"] and not each["deletion"] and lost:
            yield "%(token)s, %(kind)s of %(author)s: nothing for {}".format(
                ", ".join(sorted(lost))) % each


@invariant
def nobody_is_notified_of_his_own_doing(books):
    """An author gets no notification of the own text or activity."""
    known = noted(books)
    for each in books.phones:
        if each["token"] in known and each["userid"] == (
                known[each["token"]]["author"]):
            yield "%(token)s is on the phone of %(userid)s, whose it is" % each


@invariant
def notes_reach_only_internal_users(books):
    """An internal note reaches no portal user."""
    known = noted(books)
    for each in books.phones:
        if each["userid"] in books.outsiders and (
                known.get(each["token"], {}).get("kind") == "note"):
            yield "note %(token)s is on the phone of %(userid)s" % each


@invariant
def nobody_else_is_notified(books):
    """Nobody is notified of what concerns others."""
    known = noted(books)
    for each in books.phones:
        if each["token"] in known and each["userid"] not in (
                known[each["token"]]["userids"]):
            yield "%(token)s is on the phone of %(userid)s" % each


@invariant
def deleted_texts_are_off_the_phones(books):
    """Messages deleted in Odoo are recalled, if Odoo can know that they arrived."""
    known = noted(books)
    unknown = {(send["token"], userid) for send in books.sends
               if answer_lost(books, send) for userid in send["userids"]}
    for each in books.phones:
        if known.get(each["token"], {}).get("deletion") == "done" and (
                not each["recalled"]) and (
                    each["token"], each["userid"]) not in unknown:
            yield "%(token)s is on the phone of %(userid)s" % each
