"""Events of DingTalk: real ones follow all changes; these are the others."""

from ..registry import a_person, between, one_of, operation, something


@operation(weight=1, times=between(5, 40), who=a_person)
def dingtalk_repeats_an_event(world, step, times, who):
    """The same event comes many times in a burst."""
    world.dingtalk("POST", "/events", {
        "event_type": "user_modify_org", "data": {"UserId": [world.person(who)[0]]},
        "times": times, "per_second": 50})


@operation(weight=1, kind=one_of("wrong_signature", "wrong_token", "wrong_aes_key"))
def a_stranger_forges_an_event(world, step, kind):
    """A push that DingTalk did not sign."""
    world.dingtalk("POST", "/events", {
        "event_type": "user_leave_org", "data": {"UserId": [world.people[0][0]]},
        "forge": {kind: True}})


@operation(weight=1, which=something, times=between(1, 4))
def a_push_is_replayed(world, step, which, times):
    """A push that was delivered comes again, byte for byte."""
    pushes = world.dingtalk("GET", "/pushes", state="delivered", channel="http",
                            limit=50)
    push = world.pick(which, pushes)
    world.dingtalk("POST", "/pushes/%s/replay" % push["id"], {"times": times})


@operation(weight=1, kind=one_of("own_thing", "chat_add_member", "org_change"))
def dingtalk_says_something_else(world, step, kind):
    """An event that concerns nothing that Odoo keeps."""
    world.dingtalk("POST", "/events", {"event_type": kind})
