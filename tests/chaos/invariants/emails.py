"""E-mails that DingTalk replaces: one of the two arrives, and only one."""

import collections

from ..registry import invariant
from .messages import answer_lost
from .notifications import LATER

#: Odoo sends an e-mail again if its worker died within this time after it.
UNSAVED_SECONDS = 60


def on_phones(books):
    """Return {(token, userid)} of the notifications of readers of e-mails."""
    return {(each["token"], each["userid"]) for each in books.phones
            if each["userid"] in books.readers}


@invariant
def each_email_arrives_somewhere(books):
    """Each message that Odoo would e-mail is in DingTalk or in the mailbox."""
    there = on_phones(books) | {
        (each["token"], each["userid"]) for each in books.letters}
    # DingTalk takes 500 a day to a person: the notification and the e-mail both wait.
    # An e-mail that the mail server refuses is Odoo's to show.
    late = {(each["token"], each["userid"]) for each in books.lines
            if each["state"] == LATER}
    waiting = {(each["token"], each["userid"]) for each in books.mails
               if each["state"] == "exception"
               or each["later"] and (each["token"], each["userid"]) in late}
    for each in books.notices:
        if not each["id"] or each["deletion"]:
            continue
        for userid in sorted(set(each["userids"]) & set(books.readers)):
            key = each["token"], userid
            if key not in there and key not in waiting:
                held = [row for row in books.mails
                        if (row["token"], row["userid"]) == key]
                yield "%s reaches %s neither way; in Odoo: %s" % (
                    each["token"], userid, held or "nothing")


@invariant
def no_email_comes_beside_dingtalk(books):
    """Nobody gets an e-mail of what Odoo knows to be in DingTalk.

    A manager may have had it sent again after the e-mail.
    """
    there = on_phones(books)
    unknown = {(send["token"], userid) for send in books.sends
               if answer_lost(books, send) for userid in send["userids"]}
    for each in books.letters:
        key = each["token"], each["userid"]
        if key in there and key not in unknown and each["token"] not in books.pressed:
            yield "%s is in the mailbox and on the phone of %s" % key


@invariant
def no_email_comes_twice(books):
    """No e-mail comes twice, unless a worker died before Odoo could note it."""
    moments = collections.defaultdict(list)
    for each in books.letters:
        moments[each["token"], each["userid"]].append(each["at"])
    for key, found in sorted(moments.items()):
        begin = min(found)
        if len(found) > 1 and not any(
                each["begin"] <= begin + UNSAVED_SECONDS and each["end"] >= begin
                for each in books.disturbances):
            yield "%s is %d times in the mailbox of %s" % (
                key[0], len(found), key[1])
