"""Cards: each once, one act a press, and all copies say what is true."""

import collections

from ..registry import invariant

DECIDES, COUNTS = ("chaos.decide", "chaos.group"), "chaos.count"
#: With this one acts who may read the document.
FOR_READERS = "chaos.group"
#: Between the status of a document and who has decided it.
DASH = " – "


def sent(books):
    """Return {track: copy} of the copies that Odoo says are sent."""
    return {each["track"]: each for each in books.card_copies
            if each["status"] == "sent"}


def done(books):
    """Return the presses that Odoo says have acted."""
    return [each for each in books.presses if each["outcome"] == "done"]


def shown(books):
    """Yield (what a phone shows, its card, its document), of the copies sent."""
    copies = sent(books)
    cards = {each["id"]: each for each in books.cards}
    documents = {each["id"]: each for each in books.documents}
    for each in books.phone_cards:
        copy = copies.get(each["track"])
        card = copy and cards.get(copy["card"])
        if card and card["document"] in documents:
            yield each, card, documents[card["document"]]


@invariant
def each_card_is_there_once(books):
    """Each copy that Odoo has sent is on its recipient's phone, and no other card.

    That of a group is on the phones of its members.
    """
    known = {each["track"]: each for each in books.card_copies}
    there = set()
    for each in books.phone_cards:
        if not each["people"]:
            continue
        copy = known.get(each["track"])
        there.add(each["track"])
        if copy is None or each["group"] != copy["group"] or (
                not copy["group"] and each["people"] != [copy["userid"]]):
            yield "card %s is on the phones of %s" % (each["track"], each["people"])
    for track, copy in sorted(sent(books).items()):
        if track not in there:
            yield "copy %s of %s is on no phone" % (copy["id"], copy["userid"])
    per_card = collections.Counter(
        (each["card"], each["group"] or each["userid"])
        for each in books.card_copies)
    for (card, userid), count in sorted(per_card.items()):
        if count > 1:
            yield "card %d is %d times on the phone of %s" % (card, count, userid)


@invariant
def no_card_is_lost(books):
    """Each copy is sent, or Odoo says why not."""
    for each in books.card_copies:
        if each["status"] == "new":
            yield "copy %(id)d of %(userid)s" % each


@invariant
def one_act_for_each_press(books):
    """A document was acted on as often as presses have acted, and no oftener."""
    document = {each["id"]: each["document"] for each in books.cards
                if each["key"] == COUNTS}
    counts = collections.Counter(
        document[each["card"]] for each in done(books) if each["card"] in document)
    for each in books.documents:
        if each["acts"] != counts[each["id"]]:
            yield "document %d: %d acts by %d presses" % (
                each["id"], each["acts"], counts[each["id"]])


@invariant
def no_press_acts_twice(books):
    """A copy was pressed on the phone at least as often as it has acted."""
    copies = {each["id"]: each["track"] for each in books.card_copies}
    pressed = {each["track"]: each["presses"] for each in books.phone_cards}
    for copy, count in sorted(collections.Counter(
            each["copy"] for each in done(books)).items()):
        if count > pressed.get(copies[copy], 0):
            yield "copy %d: %d acts by %d presses" % (
                copy, count, pressed.get(copies[copy], 0))


@invariant
def a_card_is_decided_once(books):
    """One press decides a card, even if several people press at once."""
    counts = collections.Counter(each["card"] for each in done(books))
    for card in books.cards:
        if card["key"] in DECIDES and counts[card["id"]] != (
                card["status"] == "decided"):
            yield "card %d is %s after %d presses" % (
                card["id"], card["status"], counts[card["id"]])


@invariant
def only_recipients_act(books):
    """Nobody acts with a card that was sent to another, unless all colleagues may."""
    copies = {each["id"]: each for each in books.card_copies}
    cards = {each["id"]: each for each in books.cards}
    for each in done(books):
        copy = copies[each["copy"]]
        card = cards[copy["card"]]
        allowed = books.linked if card["key"] == FOR_READERS else [copy["userid"]]
        if each["userid"] not in allowed:
            yield "press %d by %s" % (each["id"], each["userid"])


@invariant
def no_press_waits(books):
    """Each press has an outcome."""
    for each in books.presses:
        if each["outcome"] == "running":
            yield "press %(id)d of %(userid)s is %(state)s" % each


@invariant
def copies_show_the_document(books):
    """Each copy on a phone shows the document's status, closed ones apart."""
    for each, card, document in shown(books):
        state = document["state"] or ""
        if card["status"] != "closed" and each["state"] != state and (
                not each["state"].startswith(state + DASH)):
            yield "card %s shows %r, and document %d is %r" % (
                each["track"], each["state"], document["id"], state)


@invariant
def ended_cards_have_no_buttons(books):
    """A card that is decided or closed offers nothing on any phone; others do."""
    for each, card, _document in shown(books):
        if bool(each["buttons"]) != (card["status"] == "open"):
            yield "card %s is %s and has %d buttons" % (
                each["track"], card["status"], each["buttons"])
