"""Faults of DingTalk: slow, lost, refused, garbled."""

import time

from ..registry import between, fault, one_of
from ..world import LOST, Skip, beijing_day

ANY = "*"
WRITES = (
    "/topapi/message/corpconversation/asyncsend_v2",
    "/topapi/message/corpconversation/recall",
    "/topapi/v2/user/*",
    "/topapi/v2/department/*",
    "/v1.0/workflow/processInstances*",
    "/v1.0/todo/users/*",
    "/v1.0/card/instances*",
    "/v1.0/im/group/*",
    "/robot/sendBySession",
    "/v1.0/robot/oToMessages/batchSend",
    "/topapi/attendance/approve/*",
)
REFUSED = ("busy", "http_500", "http_502", "html", "not_json", "empty", "reset")


@fault(weight=4, seconds=between(3, 10), ms=one_of(100, 300, 300, 1000, 3000))
def dingtalk_is_slow(world, step, ms):
    """Every answer of DingTalk is held back."""
    world.setting(latency=ms)
    yield
    world.setting(latency=0)


@fault(weight=4, kind=one_of(*LOST), path=one_of(*WRITES), times=between(1, 3))
def answers_are_lost(world, step, kind, path, times):
    """DingTalk does what it is asked, and its answer is lost."""
    world.dingtalk.fault(kind, path, times, seconds=25)


@fault(weight=4, kind=one_of(*REFUSED), path=one_of(ANY, *WRITES), times=between(1, 6))
def dingtalk_answers_nonsense(world, step, kind, path, times):
    """DingTalk does nothing and answers with an error, a page, or nothing."""
    world.dingtalk.fault(kind, path, times)


@fault(weight=2, kind=one_of("throttled", "throttled_platform"), times=between(2, 15))
def dingtalk_throttles(world, step, kind, times):
    """DingTalk says that it is asked too often."""
    world.dingtalk.fault(kind, ANY, times)


@fault(weight=3)
def tokens_expire(world, step):
    """DingTalk takes none of the access tokens that it gave."""
    world.dingtalk("POST", "/tokens/expire", {"kinds": ["app"]})


@fault(weight=2, seconds=between(4, 12), seed=between(1, 10 ** 6))
def events_come_as_they_like(world, step, seed):
    """Events are lost, doubled and shuffled."""
    world.setting(event_order="random", event_shuffle_seconds=1, event_lose=0.2,
                  event_double=0.3, event_seed=seed)
    yield
    world.setting(event_order="in_order", event_lose=0, event_double=0)


@fault(weight=2, kind=one_of("close", "lost", "duplicate", "garbage"),
       times=between(1, 5))
def the_stream_stutters(world, step, kind, times):
    """Events of Stream mode are lost, doubled, garbled, or the connection closes."""
    world.dingtalk("POST", "/streams/faults", {"kind": kind, "times": times})


@fault(weight=1, kind=one_of("silent", "hang", "refuse", "ticket_expired", "no_pong"))
def the_stream_goes_silent(world, step, kind):
    """A connection of Stream mode is refused, or open and dead."""
    world.dingtalk("POST", "/streams/faults", {"kind": kind, "times": 1})
    if kind != "hang":
        # They concern the next connection.
        world.dingtalk("POST", "/streams/close", {"code": 1001})


@fault(weight=1)
def the_stream_is_cut(world, step):
    """The connection of Stream mode is cut."""
    world.dingtalk("POST", "/streams/close", {"code": 1006})


@fault(weight=1, seconds=between(3, 10), minutes=one_of(-110, -50, -5, 5, 50, 110))
def the_clock_of_dingtalk_jumps(world, step, minutes):
    """DingTalk's clock goes wrong, within its day, and is put right again.

    The day decides which message is one that a person has got already.
    """
    now = time.time()
    if beijing_day(now + 60 * minutes) != beijing_day(now):
        raise Skip("another day")
    world.set_clock(60 * minutes)
    yield
    world.set_clock(0)
