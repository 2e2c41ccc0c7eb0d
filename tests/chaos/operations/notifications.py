"""Odoo's notifications: texts in the chatter, activities, and texts deleted again."""

from ..registry import list_of, operation, something
from ..world import CUSTOMER, LINKED, Disturbed, Notice

DOCUMENT, ACTIVITY = "res.partner", "mail.activity"
#: Nobody else begins to follow, and the customer's mail stays in the queue.
QUIETLY = {
    "mail_create_nosubscribe": True, "mail_post_autofollow_author_skip": True,
    "mail_notify_force_send": False}


def anybody(world, place):
    places = [*LINKED, CUSTOMER]
    return world.people[places[place % len(places)]][0]


def customer(world):
    """Return the userid of the customer, who is not an internal user."""
    return world.people[CUSTOMER][0]


def noted(world, step, kind, author, userids, act):
    """Cause a notification and record it, even if the request fails."""
    userids = sorted(set(userids) - {author})
    if kind == "note":
        userids = [each for each in userids if each != customer(world)]
    values = (world.token(step), kind, author, userids)
    try:
        found = act()
    except Disturbed:
        world.ledger.add("notices", Notice(*values, None, step.number))
        raise
    number = found[0] if isinstance(found, list) else found
    world.ledger.add("notices", Notice(*values, number, step.number))


def post(world, step, kind, who, to):
    """Post to the document that is discussed, and mention people."""
    author = world.colleague(who)
    mentioned = sorted({anybody(world, each) for each in to})
    noted(world, step, kind, author, world.followers + mentioned, lambda: world.rpc(
        DOCUMENT, "message_post", [world.document], as_=author,
        body="%s 请看 & answer" % world.token(step), message_type="comment",
        subtype_id=world.subtypes[kind],
        partner_ids=[world.partners[each] for each in mentioned], context=QUIETLY))


@operation(weight=2, who=something, to=list_of(something, 0, 4))
def somebody_writes_to_followers(world, step, who, to):
    """A colleague posts a message that mentions people."""
    post(world, step, "comment", who, to)


@operation(weight=1, who=something, to=list_of(something, 0, 3))
def somebody_writes_a_note(world, step, who, to):
    """A colleague writes an internal note; perhaps it mentions the customer."""
    post(world, step, "note", who, to)


@operation(weight=1, who=something, whom=something)
def somebody_plans_an_activity(world, step, who, whom):
    """A colleague plans an activity, for another or himself."""
    author, assigned = world.colleague(who), world.colleague(whom)
    noted(world, step, "activity", author, [assigned], lambda: world.rpc(
        ACTIVITY, "create", {
            "res_model_id": world.document_model, "res_id": world.task,
            "activity_type_id": world.activity_type, "summary": world.token(step),
            "user_id": world.users[assigned], "date_deadline": "2030-01-07"},
        as_=author, context=QUIETLY))


@operation(weight=1, which=something)
def somebody_deletes_a_message(world, step, which):
    """An author deletes a text, perhaps before anybody was notified of it."""
    begun = world.ledger.snapshot("deletions")
    notice = world.pick(which, sorted(
        (each for each in world.ledger.snapshot("notices")
         if each.id and each.kind != "activity" and each.token not in begun),
        key=lambda each: each.step))
    world.ledger.add("deletions", notice.token)
    world.rpc("mail.message", "unlink", [notice.id], as_=notice.author)
    world.ledger.add("deleted", notice.token)
