"""Work notifications: sent, recalled, read, sent again."""

from ..registry import a_person, between, list_of, operation, something
from ..world import Disturbed, Sent

LOGINS = ("sender", "manager")


def send(world, step, persons, more="", as_="manager"):
    """Send a text to people and note it, whatever becomes of the request."""
    token = world.token(step) + more
    userids = sorted({userid for userid, _number in persons})
    numbers = sorted({number for _userid, number in persons})
    try:
        found = world.rpc("dingding.message", "send", False, {"dingding.user": numbers},
                          "%s 你好" % token, as_=as_)
    except Disturbed:
        world.ledger.add("messages", Sent(token, userids, None, step.number))
        raise
    number = found[0] if isinstance(found, list) else found
    world.ledger.add("messages", Sent(token, userids, number, step.number))


def known(world):
    """Return the messages whose id is known, in the order of their steps."""
    found = [each for each in world.ledger.snapshot("messages") if each.id]
    return sorted(found, key=lambda each: each.step)


@operation(weight=6, who=list_of(a_person, 1, 5))
def somebody_sends_to_a_few(world, step, who):
    """An employee sends a message to a few people."""
    send(world, step, [world.person(each) for each in who])


@operation(weight=2)
def somebody_sends_to_everybody(world, step):
    """A manager sends a message to everybody: several calls of DingTalk's."""
    send(world, step, world.people)


@operation(weight=1, count=between(5, 12))
def a_program_sends_many(world, step, count):
    """A program sends messages to everybody in quick succession."""
    for number in range(count):
        send(world, step, world.people, "%d." % number)


@operation(weight=2, which=something)
def somebody_recalls(world, step, which):
    """A manager takes a message back."""
    message = world.pick(which, known(world))
    world.rpc("dingding.message", "action_recall", [message.id], as_="manager")


@operation(weight=1, which=list_of(something, 2, 4))
def somebody_recalls_several(world, step, which):
    """A manager takes several messages back at once."""
    ids = sorted({world.pick(each, known(world)).id for each in which})
    world.rpc("dingding.message", "action_recall", ids, as_="manager")


@operation(weight=1, which=something)
def somebody_refreshes_a_message(world, step, which):
    """A manager asks who has read a message."""
    message = world.pick(which, known(world))
    world.rpc("dingding.message", "action_refresh", [message.id], as_="manager")


@operation(weight=1, which=something)
def somebody_sends_again(world, step, which):
    """A manager sends again what failed and can be sent again."""
    rows = world.query(
        "SELECT DISTINCT message_id AS id FROM dingding_message_task"
        " WHERE state IN ('failed', 'unknown') ORDER BY message_id")
    number = world.pick(which, rows)["id"]
    world.ledger.add("pressed", ("dingding.message", number))
    world.rpc("dingding.message", "action_send_again", [number], as_="manager")


@operation(weight=3, who=a_person, which=something)
def somebody_reads_on_the_phone(world, step, who, which):
    """Somebody opens a message on the phone."""
    userid = world.person(who)[0]
    note = world.pick(which, world.dingtalk.messages(userid))
    world.dingtalk("POST", "/messages/%s/read" % note["id"], {"userid": userid})
