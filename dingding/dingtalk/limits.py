# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Limit the rate of calls, and compute the delay before a retry.

A limiter is any object with these two methods, shared by an app's clients:

``acquire(api)``
    wait until a call of this API may start; return the seconds waited.
``hold(api, seconds)``
    block this API for this many seconds.
"""

import collections
import random
import threading
import time

CALLS = 20  # calls DingTalk allows an app on one API ...
PER = 1.0  # ... in this many seconds (standard edition)
# Concurrent calls that keep up with this limit while DingTalk takes 0.3 seconds to
# answer: 20 * 0.3 = 6, and one for the time between two calls. DingTalk's limit of
# concurrent calls is not documented.
AT_ONCE = 7
MOST_AT_ONCE = 32
# Calls arrive less evenly than they leave.
SLACK = 0.05  # seconds

AHEAD = 8  # moments beyond those that threads wait for
LATE = 0.02  # seconds after which a moment expires; less than the shared slack
LEASES = 3  # times a late call takes another moment

BACKOFF_BASE = 1.0  # seconds, DingTalk's own advice: 1, 2, 4 ...
BACKOFF_CAP = 8.0  # seconds
JITTER = 0.25  # maximum random share added to the delay

_MAX_KEYS = 2000


def backoff(attempt, hint=None, rand=random.random):
    """Return the seconds to wait after a failed attempt.

    :param int attempt: number of the failed attempt, from 1
    :param float hint: seconds DingTalk asked for; takes precedence
    :param rand: random number source, from 0 to 1
    """
    if hint is not None:
        delay = max(float(hint), 0.0)
        return delay + JITTER * min(max(delay, 1.0), BACKOFF_CAP) * rand()
    # Bound the exponent too: 2 ** 5000 exceeds a float.
    delay = min(BACKOFF_CAP, BACKOFF_BASE * 2 ** min(max(attempt - 1, 0), 16))
    return delay * (1.0 + JITTER * rand())


class _Api(object):
    __slots__ = ("slots", "held_until")

    def __init__(self, calls):
        self.slots = collections.deque(maxlen=calls)
        self.held_until = None


class RateLimiter(object):
    """Allow at most ``calls`` calls of an API in any ``per`` seconds.

    Thread-safe. Each call reserves the next free moment and sleeps until then.
    """

    def __init__(
        self, calls=CALLS, per=PER, clock=time.monotonic, sleep=time.sleep, slack=SLACK
    ):
        if calls < 1:
            raise ValueError("calls must be at least 1")
        self.calls = calls
        self.per = per
        self._window = per + slack
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._apis = {}

    def acquire(self, key):
        """Wait for a free moment on this API; return the seconds waited."""
        with self._lock:
            now = self._clock()
            api = self._api(key, now)
            moment = now
            if api.held_until is not None:
                moment = max(moment, api.held_until)
            if len(api.slots) == self.calls:
                moment = max(moment, api.slots[0] + self._window)
            api.slots.append(moment)
        wait = moment - now
        if wait > 0:
            self._sleep(wait)
        return wait

    def hold(self, key, seconds):
        """Block this API for this many seconds, as DingTalk requested."""
        with self._lock:
            now = self._clock()
            api = self._api(key, now)
            api.held_until = max(now + seconds, api.held_until or now)

    def _api(self, key, now):
        api = self._apis.get(key)
        if api is None:
            if len(self._apis) >= _MAX_KEYS:
                self._forget_idle(now)
            api = self._apis[key] = _Api(self.calls)
        return api

    def _forget_idle(self, now):
        for key, api in list(self._apis.items()):
            busy_until = max(
                (api.slots[-1] + self._window) if api.slots else now,
                api.held_until or now,
            )
            if busy_until <= now:
                del self._apis[key]


class _Leased(object):
    __slots__ = ("lock", "moments", "waiting", "ahead", "used")

    def __init__(self):
        self.lock = threading.Lock()
        self.moments = collections.deque()  # (not before, not after)
        self.waiting = 0
        self.ahead = 0
        self.used = None


class LeasedLimiter(object):
    """Share the limit with other processes by leasing moments for calls.

    One request leases the moments of all waiting threads and, during continuous use,
    some of the next ones. Unused moments expire.

    :param lease: ``lease(api, count, free)`` reserves up to ``count`` moments among
        those of all processes and returns the seconds until each, ascending. ``free``
        calls are already waiting; the moments after theirs are spread over time. None:
        no shared store is available, and this process limits itself
    :param withhold: ``withhold(api, seconds)`` reserves nothing before that
    :param int calls: calls allowed in :data:`PER` seconds
    """

    def __init__(self, lease, withhold, calls=CALLS, clock=time.monotonic,
                 sleep=time.sleep):
        self.calls = calls
        self._pace = (PER + SLACK) / calls
        self._lease = lease
        self._withhold = withhold
        self._clock = clock
        self._sleep = sleep
        self._alone = RateLimiter(calls, clock=clock, sleep=sleep)
        self._lock = threading.Lock()
        self._apis = {}

    def acquire(self, key):
        """Wait for a free moment on this API; return the seconds waited."""
        with self._lock:
            api = self._apis.setdefault(key, _Leased())
        waited = 0.0
        for attempt in range(LEASES):
            moment = self._moment(key, api)
            if moment is None:
                return waited + self._alone.acquire(key)
            wait = moment[0] - self._clock()
            if wait > 0:
                self._sleep(wait)
                waited += wait
            if self._clock() <= moment[1]:
                break
            # A late start would collide with calls that are on time.
        return waited

    def _moment(self, key, api):
        with self._lock:
            api.waiting += 1
        try:
            with api.lock:
                if not self._in_time(api):
                    self._ask(key, api)
                if not api.moments:
                    return None
                moment = api.moments.popleft()
                api.used = max(moment[0], self._clock())
                return moment
        finally:
            with self._lock:
                api.waiting -= 1

    def _in_time(self, api):
        now = self._clock()
        while api.moments and api.moments[0][1] < now:
            api.moments.popleft()
            api.ahead //= 2
        return bool(api.moments)

    def _ask(self, key, api):
        before = self._clock()
        goes_on = api.used is not None and before - api.used < 2 * self._pace + LATE
        api.ahead = min(2 * api.ahead or 1, AHEAD) if goes_on else 0
        free = max(api.waiting, 1)
        count = min(free + api.ahead, self.calls)
        waits = self._lease(key, count, free)
        after = self._clock()
        for wait in waits or ():
            api.moments.append((after + wait, before + wait + LATE))

    def hold(self, key, seconds):
        """Block this API for this many seconds, as DingTalk requested."""
        with self._lock:
            api = self._apis.setdefault(key, _Leased())
        with api.lock:
            api.moments.clear()
        self._alone.hold(key, seconds)
        self._withhold(key, seconds)


_shared = {}
_shared_lock = threading.Lock()


def shared_limiter(name, calls=CALLS, make=RateLimiter):
    """Return this process's only limiter for an app, creating it on first use.

    :param name: identifies the app: its key and its host
    :param int calls: calls per second; a different number creates a new limiter
    :param make: creates it, given the number
    """
    with _shared_lock:
        limiter = _shared.get(name)
        if limiter is None or limiter.calls != calls:
            limiter = _shared[name] = make(calls)
        return limiter
