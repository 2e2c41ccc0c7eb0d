# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""How fast to call, and how long to wait before the next try."""

import collections
import random
import threading
import time

CALLS = 20  # calls that DingTalk allows an app on one API ...
PER = 1.0  # ... in so many seconds (standard edition)
# Calls do not arrive as evenly as they leave; this keeps a window of DingTalk's from
# seeing one more than a window of ours.
SLACK = 0.05  # seconds

BACKOFF_BASE = 1.0  # seconds, DingTalk's own advice: 1, 2, 4 ...
BACKOFF_CAP = 8.0  # seconds
JITTER = 0.25  # share of the delay that is added at random, at most

_MAX_KEYS = 2000


def backoff(attempt, hint=None, rand=random.random):
    """Return the seconds to wait after a failed attempt.

    :param int attempt: number of the attempt that failed, from 1
    :param float hint: seconds that DingTalk asked for; goes before everything else
    :param rand: source of chance, from 0 to 1
    """
    if hint is not None:
        delay = max(float(hint), 0.0)
        return delay + JITTER * min(max(delay, 1.0), BACKOFF_CAP) * rand()
    # The exponent is bounded too: 2 ** 5000 is no float.
    delay = min(BACKOFF_CAP, BACKOFF_BASE * 2 ** min(max(attempt - 1, 0), 16))
    return delay * (1.0 + JITTER * rand())


class _Api(object):
    """What is known about one API: when calls started, and until when none may."""

    __slots__ = ("slots", "held_until")

    def __init__(self, calls):
        self.slots = collections.deque(maxlen=calls)
        self.held_until = None


class RateLimiter(object):
    """Let at most ``calls`` calls an API through in any ``per`` seconds.

    Threads share one object. Each call reserves the next free moment and sleeps until
    then, once: first come, first served, and nobody spins.
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
        """Let nobody start on this API for so many seconds: DingTalk asked for it."""
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


_shared = {}
_shared_lock = threading.Lock()


def shared_limiter(name, calls=CALLS):
    """Return the one limiter of this process for an app, made when first asked for.

    :param name: what tells the app apart: its key and its host
    :param int calls: calls a second; another number than before makes a new limiter
    """
    with _shared_lock:
        limiter = _shared.get(name)
        if limiter is None or limiter.calls != calls:
            limiter = _shared[name] = RateLimiter(calls)
        return limiter
