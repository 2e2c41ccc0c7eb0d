# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Define access tokens and tickets, and the interface of their store.

A store is any object with these methods, shared by all clients of the same app:

``get(kind)``
    return the stored :class:`Token` if it is valid for at least the margin, or None.
``renew(kind, fetch, refused=None)``
    return a valid token. One of all concurrent callers calls ``fetch()``, which returns
    a new :class:`Token`; the others get its result. A valid stored token whose value is
    not ``refused`` is returned instead.
``refuse(kind, value)``
    never return this value again, unless it is fetched anew. A newer stored token
    stays.
"""

import copy
import threading
import time

from .errors import DingTalkError

APP = "app"
JSAPI = "jsapi"
KINDS = (APP, JSAPI)

MARGIN = 600  # seconds before expiry at which a token is no longer used


class Token(object):
    """Hold a secret value and its expiry, in seconds since the epoch."""

    __slots__ = ("value", "expires_at")

    def __init__(self, value, expires_at):
        self.value = value
        self.expires_at = expires_at

    def __repr__(self):
        return "Token(***, expires_at=%r)" % (self.expires_at,)

    def is_fresh(self, now, margin=MARGIN):
        """Return whether the token is valid for longer than the margin from now."""
        return now < self.expires_at - margin


class _Flight(object):
    def __init__(self):
        self.done = threading.Event()
        self.succeeded = False
        self.result = None
        self.error = None


class SingleFlight(object):
    """Make one call at a time for each key and share its result between threads."""

    def __init__(self):
        self._lock = threading.Lock()
        self._flights = {}

    def call(self, key, function, accepts):
        """Return ``function()``, or the result of another thread's call in progress.

        :param function: called without arguments by one of all concurrent callers
        :param accepts: function that tells whether another thread's result will do
        :raise DingTalkError: what ``function`` raised, for all waiting callers; after
            any other error the next one of them calls its own ``function``
        """
        while True:
            with self._lock:
                flight = self._flights.get(key)
                leads = flight is None
                if leads:
                    flight = self._flights[key] = _Flight()
            if leads:
                return self._lead(key, flight, function)
            flight.done.wait()
            if flight.error is not None:
                # Each thread writes its traceback into the object.
                raise copy.copy(flight.error)
            if flight.succeeded and accepts(flight.result):
                return flight.result

    def _lead(self, key, flight, function):
        try:
            flight.result = function()
            flight.succeeded = True
            return flight.result
        except DingTalkError as error:
            flight.error = error
            raise
        finally:
            with self._lock:
                del self._flights[key]
            flight.done.set()


class MemoryTokenStore(object):
    """Keep the tokens of one app in this process; thread-safe."""

    def __init__(self, clock=time.time):
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens = {}
        self._margins = {}
        self._single = SingleFlight()

    def get(self, kind):
        """Return the stored token when it is fresh, else None."""
        with self._lock:
            return self._fresh(kind)

    def renew(self, kind, fetch, refused=None):
        """Return a valid token; only one of all concurrent callers fetches.

        :param str kind: one of :data:`KINDS`
        :param fetch: called without arguments, returns a :class:`Token`
        :param str refused: the value that DingTalk has just refused
        :raise DingTalkError: what ``fetch`` raised, for all waiting callers
        """
        return self._single.call(
            kind,
            lambda: self._renew_alone(kind, fetch, refused),
            lambda token: token.value != refused,
        )

    def refuse(self, kind, value):
        """Forget a token that DingTalk has refused, unless a newer one is stored."""
        with self._lock:
            token = self._tokens.get(kind)
            if token is not None and token.value == value:
                del self._tokens[kind]

    def _renew_alone(self, kind, fetch, refused):
        token = self.get(kind)
        if token is not None and token.value != refused:
            return token
        token = fetch()
        life = token.expires_at - self._clock()
        with self._lock:
            # A lifetime below the margin would never count as fresh.
            self._margins[kind] = min(MARGIN, max(life, 0) / 3.0)
            self._tokens[kind] = token
        return token

    def _fresh(self, kind):
        token = self._tokens.get(kind)
        if token is None:
            return None
        margin = self._margins.get(kind, MARGIN)
        return token if token.is_fresh(self._clock(), margin) else None
