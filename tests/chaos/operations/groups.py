"""Groups: made for documents by rule, and by managers; people come and go."""

from ..registry import between, list_of, operation, set_up, something
from ..world import Skip
from .cards import SILENTLY

DOCUMENT, GROUP, RULE = "res.partner", "dingding.group", "dingding.group.rule"
#: How documents that get a group are found.
MARK = "chaos-group"
LONGEST = 20  # characters of a group's name


@set_up
def groups(world):
    """Make a rule: the followers of marked documents have a group."""
    world.group_rule = world.stack.rpc(RULE, "create", {
        "name": "Chaos", "corp_id": world.corp, "model_id": world.document_model,
        "domain": "[('ref', '=', '%s')]" % MARK, "group_name": "{name}",
        "owner_path": "user_id", "member_paths": "message_follower_ids.partner_id"})


def documents(world):
    """Return the ids of the documents that get a group."""
    return [each["id"] for each in world.query(
        "SELECT id FROM res_partner WHERE ref = '%s' ORDER BY id" % MARK)]


def persons(world, places):
    """Return the ids of colleagues among DingTalk's users."""
    known = dict(world.people)
    return sorted({known[world.colleague(each)] for each in places})


@operation(weight=2, who=something, to=list_of(something, 0, 4))
def somebody_makes_a_document_with_a_group(world, step, who, to):
    """A colleague makes a document that the rule gives a group."""
    owner = world.colleague(who)
    document = world.rpc(DOCUMENT, "create", {
        "name": world.token(step), "ref": MARK, "user_id": world.users[owner]},
        as_=owner, context=SILENTLY)
    world.rpc(DOCUMENT, "message_subscribe", [document], as_=owner, partner_ids=sorted(
        {world.partners[world.colleague(each)] for each in to}))


@operation(weight=2)
def an_administrator_runs_the_rule(world, step):
    """An administrator has the rule make and update its groups."""
    world.rpc(RULE, "action_run", [world.group_rule])


@operation(weight=3, which=something, to=list_of(something, 1, 3))
def somebody_begins_to_follow(world, step, which, to):
    """Colleagues begin to follow a document."""
    world.rpc(
        DOCUMENT, "message_subscribe", [world.pick(which, documents(world))],
        partner_ids=sorted({world.partners[world.colleague(each)] for each in to}))


@operation(weight=2, which=something, who=something)
def somebody_stops_following(world, step, which, who):
    """A colleague stops following a document."""
    world.rpc(
        DOCUMENT, "message_unsubscribe", [world.pick(which, documents(world))],
        partner_ids=[world.partners[world.colleague(who)]])


@operation(weight=1, which=something, who=something)
def a_document_gets_another_owner(world, step, which, who):
    """A document is given to another colleague, who then owns its group."""
    world.rpc(DOCUMENT, "write", [world.pick(which, documents(world))], {
        "user_id": world.users[world.colleague(who)]}, context=SILENTLY)


@operation(weight=1, who=something, to=list_of(something, 0, 5))
def a_manager_makes_a_group(world, step, who, to):
    """A manager makes a group of colleagues."""
    owner, = persons(world, [who])
    world.rpc(GROUP, "create", {
        "name": world.token(step)[:LONGEST], "corp_id": world.corp, "owner_id": owner,
        "member_ids": [(6, 0, persons(world, to))]}, as_="manager")


@operation(weight=1, which=something)
def an_owner_dissolves_a_group(world, step, which):
    """The owner dissolves in DingTalk a group that Odoo has made."""
    found = [each for each in world.dingtalk("GET", "/groups")
             if each["title"].startswith("chaos-") and not each["dismissed"]]
    if len(found) < 3:
        raise Skip("others need them")
    world.dingtalk("POST", "/groups/%s/dismiss" % world.pick(
        which, found)["open_conversation_id"], {})


@operation(weight=1, which=something, to=list_of(something, 1, 5),
           number=between(1, 999))
def a_manager_changes_a_group(world, step, which, to, number):
    """A manager renames a group and chooses other members."""
    found = world.query(
        "SELECT id FROM dingding_group WHERE origin = 'odoo' AND group_rule_id IS NULL"
        " ORDER BY id")
    world.rpc(GROUP, "write", [world.pick(which, found)["id"]], {
        "name": "chaos-group %d" % number,
        "member_ids": [(6, 0, persons(world, to))]}, as_="manager")
