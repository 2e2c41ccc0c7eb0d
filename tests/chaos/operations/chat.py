"""Messages of people to the robot, alone and in groups, delivered twice and late."""

from ..registry import between, operation, set_up, something
from ..world import LINKED

CHAT = "/chat"
#: How what the command has made is found.
MARK = "chaos-echo"
CODE = """
words = env.context.get('dingding_chat_words') or ''
env['res.partner'].with_context(
    tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True,
).create({'name': words, 'ref': '%s'})
action = {'dingding_reply': words}
""" % MARK


@set_up
def chat(world):
    """Open the chat, with a command that does something and says what."""
    stack = world.stack
    stack.rpc("dingding.corp", "write", [world.corp], {"chat": True})
    action = stack.rpc("ir.actions.server", "create", {
        "name": "Echo", "model_id": world.document_model, "state": "code",
        "code": CODE})
    stack.rpc("dingding.chat.command", "create", {
        "name": "Echo", "words": "echo", "kind": "action", "action_id": action})
    # Logs of others show that callbacks come again; the protocol says never.
    world.setting(stream_callback_redelivery=[10, 40])
    world.chat_group = world.dingtalk("POST", "/groups", {
        "title": "Everybody", "members": [world.people[place][0] for place in LINKED],
    })["open_conversation_id"]


def say(world, step, who, copies=1, **more):
    """Write a command to the robot, and do not wait until it is heard."""
    world.dingtalk("POST", CHAT, dict({
        "userid": world.colleague(who), "text": "echo " + world.token(step),
        "copies": copies, "wait": False}, **more))


@operation(weight=4, who=something, copies=between(1, 2))
def somebody_writes_to_the_robot(world, step, who, copies):
    """A colleague gives the robot a command, perhaps delivered twice at once."""
    say(world, step, who, copies)


@operation(weight=1, who=something)
def somebody_names_the_robot_in_a_group(world, step, who):
    """A colleague gives the command in a group; the answer is the person's."""
    say(world, step, who, group=world.chat_group)


@operation(weight=1, who=something)
def the_session_has_ended(world, step, who):
    """A message whose session is over before it is answered."""
    say(world, step, who, expired=True)


@operation(weight=2, which=something)
def dingtalk_delivers_again(world, step, which):
    """A message comes once more, when it may have been answered long ago."""
    said = world.pick(which, [
        each for each in world.dingtalk("GET", CHAT) if each["direction"] == "in"])
    text = (said["msg"].get("text") or {}).get("content") or ""
    world.dingtalk("POST", CHAT, dict(
        {"userid": said["userid"], "text": text.strip(), "msg_id": said["msg_id"],
         "wait": False}, **({"group": said["group"]} if said["group"] else {})))
