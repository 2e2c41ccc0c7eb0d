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
        self._slots = {}

    def acquire(self, key):
        """Wait for a free moment on this API; return the seconds waited."""
        with self._lock:
            now = self._clock()
            slots = self._slots.get(key)
            if slots is None:
                self._forget_idle(now)
                slots = self._slots[key] = collections.deque(maxlen=self.calls)
            moment = now
            if slots:
                moment = max(moment, slots[-1])
                if len(slots) == self.calls:
                    moment = max(moment, slots[0] + self._window)
            slots.append(moment)
        wait = moment - now
        if wait > 0:
            self._sleep(wait)
        return max(wait, 0.0)

    def hold(self, key, seconds):
        """Let nobody start on this API for so many seconds: DingTalk asked for it."""
        with self._lock:
            now = self._clock()
            slots = self._slots.get(key)
            if slots is None:
                slots = self._slots[key] = collections.deque(maxlen=self.calls)
            until = now + seconds
            if not slots or slots[-1] < until:
                slots.append(until)

    def _forget_idle(self, now):
        if len(self._slots) < _MAX_KEYS:
            return
        for key in [
            key
            for key, slots in self._slots.items()
            if not slots or slots[-1] + self._window < now
        ]:
            del self._slots[key]


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
