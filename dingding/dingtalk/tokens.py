# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Access tokens and tickets: what they are and where they are kept.

A store is any object with these methods, shared by all who use the same app:

``get(kind)``
    return the stored :class:`Token` when it is good for at least the margin, or None.
``renew(kind, fetch, refused=None)``
    return a good token. Of all who ask at the same time one calls ``fetch()``, which
    returns a new :class:`Token`; the others get what came back. When the stored
    token is good and its value is not ``refused``, it is returned and nothing is
    fetched: somebody else was faster.
``refuse(kind, value)``
    DingTalk has called this value invalid: hand it out to nobody any more, unless it
    is fetched anew. A newer token that is stored already stays.
"""

import copy
import threading
import time

APP = "app"
JSAPI = "jsapi"
KINDS = (APP, JSAPI)

MARGIN = 600  # seconds before the end of its life that a token is given up


class Token(object):
    """A secret value and the moment it ends, in seconds since the epoch."""

    __slots__ = ("value", "expires_at")

    def __init__(self, value, expires_at):
        self.value = value
        self.expires_at = expires_at

    def __repr__(self):
        return "Token(***, expires_at=%r)" % (self.expires_at,)

    def is_fresh(self, now, margin=MARGIN):
        """Return whether the token lives longer than the margin from now."""
        return now < self.expires_at - margin


class _Flight(object):
    """One renewal on its way, and what became of it."""

    def __init__(self):
        self.done = threading.Event()
        self.token = None
        self.error = None


class MemoryTokenStore(object):
    """Keeps the tokens of one app in this process, safe for threads."""

    def __init__(self, clock=time.time, margin=MARGIN):
        self._clock = clock
        self._margin = margin
        self._lock = threading.Lock()
        self._tokens = {}
        self._margins = {}
        self._flights = {}

    def get(self, kind):
        """Return the stored token when it is fresh, else None."""
        with self._lock:
            return self._fresh(kind)

    def renew(self, kind, fetch, refused=None):
        """Return a good token; of all callers at once only one fetches.

        :param str kind: one of :data:`KINDS`
        :param fetch: called without arguments, returns a :class:`Token`
        :param str refused: the value that DingTalk has just refused
        :raise DingTalkError: whatever ``fetch`` raised, for all who waited for it
        """
        with self._lock:
            token = self._fresh(kind)
            if token is not None and token.value != refused:
                return token
            flight = self._flights.get(kind)
            leads = flight is None
            if leads:
                flight = self._flights[kind] = _Flight()
        if leads:
            self._fly(kind, flight, fetch)
        else:
            flight.done.wait()
        if flight.error is not None:
            # A copy each: threads would write their tracebacks into one object.
            raise flight.error if leads else copy.copy(flight.error)
        return flight.token

    def refuse(self, kind, value):
        """Forget a token that DingTalk has refused, unless another is stored by now."""
        with self._lock:
            token = self._tokens.get(kind)
            if token is not None and token.value == value:
                del self._tokens[kind]

    def _fly(self, kind, flight, fetch):
        try:
            flight.token = fetch()
        except BaseException as error:
            flight.error = error
        with self._lock:
            if flight.token is not None:
                life = flight.token.expires_at - self._clock()
                # A token shorter than the margin would never count as fresh.
                self._margins[kind] = min(self._margin, max(life, 0) / 3.0)
                self._tokens[kind] = flight.token
            del self._flights[kind]
        flight.done.set()

    def _fresh(self, kind):
        token = self._tokens.get(kind)
        if token is None:
            return None
        margin = self._margins.get(kind, self._margin)
        return token if token.is_fresh(self._clock(), margin) else None
