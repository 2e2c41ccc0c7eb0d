"""Cards: sent, pressed by one and by several at once, and delivered twice."""

import concurrent.futures

from tools import paths

from ..registry import between, list_of, one_of, operation, set_up, something
from ..world import LINKED, Disturbed, Refused, Skip

TEMPLATE, CARDS = "record.schema", "/cards"
DOCUMENT, CARD = "res.partner", "dingding.card"
#: Cards whose button decides, and whose button may be pressed again and again.
DECIDES, COUNTS = "chaos.decide", "chaos.count"
#: A card for groups, which one of their members decides.
IN_GROUP = "chaos.group"
GROUP = "dingding.group"
#: How documents of these operations are found.
MARK = "chaos-card"
#: Nothing but presses writes in their discussions.
SILENTLY = {"tracking_disable": True, "mail_create_nolog": True,
            "mail_create_nosubscribe": True}


@set_up
def cards(world):
    """Import the template; make a card that decides, and one that counts."""
    stack = world.stack
    world.dingtalk("POST", "/cards/templates", {"id": TEMPLATE, "file": (
        paths.ROOT / "dingding_robot" / "card_templates" / "record.json"
    ).read_text("utf-8")})
    stack.rpc("dingding.corp", "write", [world.corp], {"card_template": TEMPLATE})
    method = stack.rpc("dingding.card.method", "create", {
        "title": "Count", "model_id": world.document_model, "name": "message_post"})
    field, = stack.rpc("ir.model.fields", "search", [
        ("model", "=", DOCUMENT), ("name", "=", "function")])
    decide = [{"name": name, "kind": "value", "field_id": field, "value": value}
              for name, value in (("Agree", "agreed"), ("Refuse", "refused"))]
    count = [{"name": "Count", "method_id": method, "decides": False}]
    for key, buttons, presser in (
        (DECIDES, decide, "recipient"), (COUNTS, count, "recipient"),
        (IN_GROUP, decide, "reader"),
    ):
        stack.rpc("dingding.card.setup", "create", {
            "name": key, "key": key, "corp_id": world.corp, "title": "{name}",
            "presser": presser,
            "model_id": world.document_model, "state_path": "function",
            "line_ids": [(0, 0, {"field_path": "ref", "shown": "card"})],
            "action_ids": [(0, 0, each) for each in buttons]})


def on_phones(world):
    """Return the cards that have a button, in the order of their documents."""
    return sorted(
        (card for card in world.dingtalk("GET", CARDS)
         if card["people"] and card["data"].get("action_1")),
        key=lambda card: (card["data"].get("title", ""), card["people"]))


def in_groups(world):
    """Return those of them that a group has."""
    return [card for card in on_phones(world)
            if any(kind == "IM_GROUP" for kind, _place in card["spaces"])]


def press(world, card, userid, button="action_1", copies=1):
    """Press a button on a phone; DingTalk delivers it ``copies`` times."""
    return world.dingtalk("POST", "%s/%s/press" % (CARDS, card["out_track_id"]), {
        "userid": userid, "action": button, "copies": copies})


def all_at_once(presses):
    """Do what several people do at the same moment."""
    with concurrent.futures.ThreadPoolExecutor(len(presses)) as pool:
        for each in [pool.submit(one) for one in presses]:
            each.result()


@operation(weight=4, who=something, to=list_of(something, 1, 4),
           key=one_of(DECIDES, DECIDES, COUNTS))
def somebody_sends_a_card(world, step, who, to, key):
    """A colleague makes a document and sends its card to a few."""
    author = world.colleague(who)
    document = world.rpc(DOCUMENT, "create", {
        "name": world.token(step), "function": "draft", "ref": MARK},
        as_=author, context=SILENTLY)
    users = sorted({world.users[world.colleague(each)] for each in to})
    world.rpc(DOCUMENT, "dingding_send_card", [document], key, {"res.users": users},
              as_=author)


@operation(weight=3, who=something, to=list_of(something, 0, 2))
def somebody_sends_a_card_to_a_group(world, step, who, to):
    """A colleague makes a document and sends its card to a group, and to a few."""
    group = world.pick(0, world.query(
        "SELECT id FROM dingding_group WHERE active AND conversation_id = '%s'"
        % world.chat_group))
    author = world.colleague(who)
    document = world.rpc(DOCUMENT, "create", {
        "name": world.token(step), "function": "draft", "ref": MARK},
        as_=author, context=SILENTLY)
    users = sorted({world.users[world.colleague(each)] for each in to})
    recipients = {GROUP: [group["id"]]}
    if users:
        recipients["res.users"] = users
    world.rpc(DOCUMENT, "dingding_send_card", [document], IN_GROUP, recipients,
              as_=author)


@operation(weight=4, which=something, who=list_of(something, 1, 4),
           number=between(0, 99), stranger=one_of(False, False, True))
def members_press_a_card_in_a_group(world, step, which, who, number, stranger):
    """Members press both buttons at once, each delivered twice, and a stranger, while
    the document is perhaps changed in the web client.
    """
    card = world.pick(which, in_groups(world))
    acts = [
        lambda each=each, place=place: press(
            world, card, world.colleague(each), "action_%d" % (1 + place % 2), 2)
        for place, each in enumerate(who)]
    if stranger:
        acts.append(lambda: press(world, card, world.people[len(LINKED) + 20][0]))
    if number % 2:
        found = world.query(
            "SELECT id FROM res_partner WHERE ref = '%s' AND name = '%s'"
            % (MARK, card["data"].get("title", "").replace("'", "")))
        acts += [lambda: world.rpc(
            DOCUMENT, "write", [each["id"]], {"function": "state %d" % number},
            as_=world.colleague(which), context=SILENTLY) for each in found]
    all_at_once(acts)


@operation(weight=4, which=something, copies=between(1, 3),
           button=one_of("action_1", "action_2"))
def somebody_presses(world, step, which, copies, button):
    """The recipient presses a button, which DingTalk delivers up to three times."""
    card = world.pick(which, on_phones(world))
    press(world, card, card["people"][0], button, copies)


@operation(weight=2, which=something)
def several_press_at_once(world, step, which):
    """All who have the card of a document press at once, each delivered twice."""
    there = on_phones(world)
    title = world.pick(which, there)["data"].get("title")
    all_at_once([
        lambda card=card, button=button: press(
            world, card, card["people"][0], button, 2)
        for card in there if card["data"].get("title") == title
        for button in ("action_1", "action_2")])


@operation(weight=1, which=something, who=something,
           stranger=one_of(False, False, True))
def another_presses(world, step, which, who, stranger):
    """Somebody presses a card that was sent to another, perhaps without a user."""
    card = world.pick(which, on_phones(world))
    places = [place for place in LINKED
              if world.people[place][0] not in card["people"]]
    if not stranger and not places:
        raise Skip("everybody has it: %s" % card["people"])
    place = len(LINKED) + 20 if stranger else places[who % len(places)]
    press(world, card, world.people[place][0])


@operation(weight=2, which=something, number=between(1, 999))
def somebody_changes_a_document(world, step, which, number):
    """A colleague changes in the web client what cards show."""
    found = world.query(
        "SELECT id FROM res_partner WHERE ref = '%s' ORDER BY id" % MARK)
    world.rpc(DOCUMENT, "write", [world.pick(which, found)["id"]],
              {"function": "state %d" % number}, as_=world.colleague(which),
              context=SILENTLY)


@operation(weight=1, which=something)
def a_manager_closes_a_card(world, step, which):
    """A manager ends a card while people press it."""
    found = world.query(
        "SELECT id FROM dingding_card WHERE status = 'open' ORDER BY id")
    if len(found) < 4:
        raise Skip("others need them")
    number = world.pick(which, found)["id"]
    card = [each for each in on_phones(world)][:1]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        closed = pool.submit(
            world.rpc, CARD, "action_close", [number], as_="manager")
        for each in card:
            pool.submit(press, world, each, each["people"][0]).result()
        try:
            closed.result()
        except (Refused, Disturbed):
            pass
