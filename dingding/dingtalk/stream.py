# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Receive events in Stream mode: DingTalk sends them over a connection we open.

Callbacks, such as messages to a robot, come over the same connection. A thread of
:class:`Workers` handles each, so that other frames need not wait.

https://github.com/open-dingtalk/developerpedia/blob/main/docs/learn/stream/protocol.md

One thread serves any number of connections. It regularly calls :meth:`Stream.beat`,
waits for :meth:`Stream.fileno` while :attr:`Stream.waits` is true, and calls
:meth:`Stream.receive`, or :meth:`Stream.flush` while :attr:`Stream.unsent` is true.
None of these blocks. The loop serves :class:`Workers` likewise.
"""
import collections
import json
import queue
import random
import socket
import threading
import time
from urllib.parse import quote_plus

from .errors import ApiError
from .websocket import BINARY, CLOSE, PING, PONG, TEXT, StreamError, WebSocket

SUCCESS, LATER = "SUCCESS", "LATER"
EVENT, CALLBACK = "EVENT", "CALLBACK"
OPENING_SECONDS = 60  # for the ticket, the host's name and the connection together
HANGING = 3  # stalled attempts per application, each in its own thread
PING_SECONDS = 30  # without a frame before a ping is sent
DEAD_SECONDS = 90  # without a frame before the connection is closed
WRITE_SECONDS = 20  # of blocked writes before the connection is closed
# DingTalk closes a connection ten seconds after it has asked for another one; until
# then callbacks at hand are answered on it.
LEAVE_SECONDS = 5
FIRST_DELAY, LONGEST_DELAY = 1, 60  # seconds between two attempts
# After many attempts for which DingTalk gave a ticket, or refused it. Each costs a
# call: one a minute would use up a month's 5000 within four days.
COSTLY_ATTEMPTS, LONGEST_COSTLY = 30, 1800  # attempts, seconds
STEADY_SECONDS = 30  # a connection that lasted this long resets the delay
AT_ONCE = 4  # callbacks handled at the same time
WAITING = 200  # callbacks that wait for a thread; more are answered "busy"
REMEMBERED = 10000  # message ids of callbacks, per connection's owner
REMEMBER_SECONDS = 300  # that a callback's answer is kept for a repetition
LOOK_SECONDS = 0.02  # while waiting for the last callbacks
_SAID = {200: "OK", 404: "not for us", 500: "internal error"}


class _Opening(object):
    """Open a connection in a short-lived thread.

    Resolving the host and calling DingTalk's HTTP API block.

    :param ask: returns (endpoint, ticket); called in the thread
    """

    def __init__(self, ask, now):
        self.began = now
        self.socket = self.error = None
        #: whether DingTalk has answered the call for the ticket
        self.answered = False
        self._abandoned = False
        self._lock = threading.Lock()
        # Lets the loop wait for the end like for a socket.
        self._end, self._other_end = socket.socketpair()
        self.thread = threading.Thread(
            target=self._run, args=(ask,), name="dingtalk.stream.open"
        )
        self.thread.daemon = True
        self.thread.start()

    def fileno(self):
        return self._end.fileno()

    @property
    def done(self):
        return self.socket is not None or self.error is not None

    def _run(self, ask):
        opened = failure = None
        try:
            endpoint, ticket = ask()
            self.answered = True
            mark = "&" if "?" in endpoint else "?"
            opened = WebSocket("%s%sticket=%s" % (endpoint, mark, quote_plus(ticket)))
        except Exception as error:
            # The keys may be corrected.
            failure = error
            self.answered = self.answered or isinstance(error, ApiError)
        with self._lock:
            if self._abandoned and opened is not None:
                opened.abort()
            self.socket, self.error = opened, failure
        self._other_end.close()

    def abandon(self):
        """Close a connection that is still being opened as soon as it is open."""
        with self._lock:
            self._abandoned = True
            if self.socket is not None:
                self.socket.abort()
        self._end.close()

    def take(self):
        """Return the connection, or None with ``error`` set."""
        self._end.close()
        return self.socket


class Workers(object):
    """Run functions in a few threads and return their results to the loop.

    The loop waits for :meth:`fileno` and then calls :meth:`receive`. Threads start on
    demand.

    :param int at_once: threads
    :param int waiting: functions that may wait for a thread
    """

    def __init__(self, at_once=AT_ONCE, waiting=WAITING):
        self._at_once = at_once
        self._todo = queue.Queue(waiting)
        self._done = collections.deque()
        self._threads = []
        self._end, self._other_end = socket.socketpair()
        self._end.setblocking(False)
        self._other_end.setblocking(False)

    def fileno(self):
        return self._end.fileno()

    def submit(self, function, then):
        """Call ``function()`` in a thread, then ``then(result, error)`` in the loop.

        :return: whether there was room for it
        """
        try:
            self._todo.put_nowait((function, then))
        except queue.Full:
            return False
        self._threads = [each for each in self._threads if each.is_alive()]
        if len(self._threads) < self._at_once:
            thread = threading.Thread(target=self._run, name="dingtalk.stream.callback")
            thread.daemon = True
            thread.start()
            self._threads.append(thread)
        return True

    def _run(self):
        while True:
            work = self._todo.get()
            if work is None:
                return
            function, then = work
            result = error = None
            try:
                result = function()
            except Exception as failure:
                error = failure
            self._done.append((then, result, error))
            try:
                self._other_end.send(b".")
            except OSError:
                # Full, so the loop wakes up anyway; or closed.
                continue

    def receive(self):
        """Pass on the results that have arrived; does not block."""
        more = True
        while more:
            try:
                more = self._end.recv(4096)
            except OSError:
                more = False
        while self._done:
            then, result, error = self._done.popleft()
            then(result, error)

    def close(self, seconds=5):
        """Stop after all functions; those that wait longer are not called.

        :param float seconds: longest wait for all of them
        """
        deadline = time.monotonic() + seconds
        while not self._todo.empty() and time.monotonic() < deadline:
            # DingTalk sends messages to robots once.
            time.sleep(LOOK_SECONDS)
        while not self._todo.empty():
            try:
                self._todo.get_nowait()
            except queue.Empty:
                # A thread was faster.
                break
        for _thread in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))
        self.receive()
        self._end.close()
        self._other_end.close()


class _Answers(object):
    """Remember the callbacks of the last minutes and what was answered.

    A repeated message gets the same answer.
    """

    def __init__(self, clock):
        self._clock = clock
        self._known = collections.OrderedDict()  # message id -> [moment, answer]

    def begin(self, key):
        """Return None if a message is new, else ``(whether answered, answer)``."""
        now = self._clock()
        while self._known:
            moment, _answer = next(iter(self._known.values()))
            if len(self._known) < REMEMBERED and now - moment < REMEMBER_SECONDS:
                break
            self._known.popitem(last=False)
        if key in self._known:
            answer = self._known[key][1]
            return answer is not None, answer
        self._known[key] = [now, None]
        return None

    def end(self, key, answer):
        """Store the answer of a message; None lets it be handled again."""
        if answer is None:
            self._known.pop(key, None)
        elif key in self._known:
            self._known[key][1] = answer


class Stream(object):
    """Receive the events and callbacks of one application, reconnecting as needed.

    :param open_connection: called by :meth:`beat`; returns a function without arguments
        that returns (endpoint, ticket), see ``callbacks.open_stream``. It is called in
        its own thread
    :param on_event: called as ``on_event(headers, data)``; its result is sent to
        DingTalk afterwards: SUCCESS, or LATER to get the event again. An exception
        means LATER
    :param clock: monotonic seconds
    :param on_error: called with each error
    :param on_callback: called as ``on_callback(headers, data)`` in a thread of
        ``workers``; returns an object for JSON, which is sent to DingTalk. An exception
        is answered with code 500. The same message is not handled again for minutes
    :param topics: topics of callbacks, or a function that returns them; others are
        answered with code 404
    :param Workers workers: threads for callbacks, served by the loop
    """

    def __init__(self, open_connection, on_event, clock=time.monotonic,
                 on_error=lambda error: None, chance=random.uniform,
                 on_callback=None, topics=(), workers=None):
        self._open = open_connection
        self._on_event = on_event
        self._on_error = on_error
        self._clock = clock
        self._chance = chance
        self._on_callback, self._workers = on_callback, workers
        self._topics = topics if callable(topics) else lambda: topics
        self._answers = _Answers(clock)
        self._socket = self._opening = None
        self._threads = []
        self._failures = self._busy = 0
        self._costs = False
        self._leaves_at = None
        self._heard = self._asked = self._opened = self._taken = 0.0
        self.next_try = 0.0
        #: Seconds without a frame before this connection was opened, None for the
        #: first one.
        self.silence = None
        self.events = self.callbacks = 0

    @property
    def is_open(self):
        return self._socket is not None

    @property
    def waits(self):
        """Tell whether to wait for ``fileno``."""
        return self._socket is not None or self._opening is not None

    @property
    def unsent(self):
        """Tell whether to call ``flush`` once ``fileno`` is writable."""
        return self._socket is not None and bool(self._socket.unsent)

    def fileno(self):
        return (self._socket or self._opening).fileno()

    def beat(self):
        """Connect when due, and detect a dead connection."""
        now = self._clock()
        if self._opening is not None:
            self._look_at_opening(now)
        elif self._socket is None:
            if now >= self.next_try:
                self._connect(now)
        elif self._leaves_at is not None and now >= self._leaves_at:
            self._leave()
        elif now - self._heard > DEAD_SECONDS:
            self._lost(StreamError("the connection is silent"))
        elif self._socket.unsent and now - self._taken > WRITE_SECONDS:
            self._lost(StreamError("the receiver does not read"))
        elif now - self._heard > PING_SECONDS and now - self._asked > PING_SECONDS:
            self._asked = now
            self._send(PING)

    def _connect(self, now):
        self._threads = [each for each in self._threads if each.is_alive()]
        self._costs = False
        try:
            if len(self._threads) >= HANGING:
                raise StreamError("%d attempts have not ended yet" % HANGING)
            self._opening = _Opening(self._open(), now)
        except Exception as error:
            self._lost(error)
            return
        self._threads.append(self._opening.thread)

    def _look_at_opening(self, now):
        opening = self._opening
        self._costs = opening.answered
        if opening.done:
            self._opening = None
            self._socket = opening.take()
            if self._socket is None:
                self._lost(opening.error)
                return
            self.silence = now - self._heard if self._opened else None
            self._heard = self._opened = now
            # Messages that came with the handshake do not make the socket readable
            # again.
            self._handle(self._socket.messages)
        elif now - opening.began > OPENING_SECONDS:
            self._opening = None
            opening.abandon()
            self._lost(StreamError("not open within %d seconds" % OPENING_SECONDS))

    def _lost(self, error):
        self._leaves_at = None
        if self._socket is not None:
            self._socket.abort()
            self._socket = None
            if self._was_steady():
                self._failures = 0
        self._put_off()
        self._on_error(error)

    def _was_steady(self):
        return self._clock() - self._opened > STEADY_SECONDS

    def _put_off(self):
        """Wait before the next attempt, longer each time."""
        costly = self._costs and self._failures >= COSTLY_ATTEMPTS
        longest = LONGEST_COSTLY if costly else LONGEST_DELAY
        delay = min(FIRST_DELAY * 2 ** min(self._failures, 12), longest)
        self._failures += 1
        # All runners lose their connections at once when DingTalk restarts.
        self.next_try = self._clock() + delay * self._chance(0.5, 1.5)

    def receive(self):
        """Process what has arrived. Call it when ``fileno`` is readable."""
        if self._opening is not None:
            self._look_at_opening(self._clock())
        elif self._socket is not None:
            self._handle(self._socket.receive)

    def flush(self):
        """Send pending bytes. Call it when ``fileno`` is writable."""
        if self._socket is None:
            return
        before = self._socket.unsent
        try:
            self._socket.flush()
        except StreamError as error:
            self._lost(error)
            return
        if self._socket.unsent < before:
            self._taken = self._clock()

    def _handle(self, read):
        try:
            messages = read()
        except StreamError as error:
            self._lost(error)
            return
        for kind, content in messages:
            if self._socket is None:
                return
            # Count complete frames only: single bytes would keep a dead connection
            # alive.
            self._heard = self._clock()
            if kind == PING:
                self._send(PONG, content)
            elif kind == CLOSE:
                self._lost(StreamError("DingTalk has closed the connection"))
            elif kind in (TEXT, BINARY):
                try:
                    self._take(content)
                except Exception as error:
                    # One odd frame must not end the other connections.
                    self._on_error(error)

    def _send(self, kind, data=b""):
        if not self._socket.unsent:
            self._taken = self._clock()
        try:
            self._socket.send(kind, data)
        except StreamError as error:
            self._lost(error)

    def _take(self, content):
        try:
            frame = json.loads(content.decode("utf-8"))
            headers = frame["headers"]
            kind, topic = frame.get("type"), headers.get("topic")
            data = frame.get("data") or "{}"
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._on_error(StreamError("a frame could not be read"))
            return
        if kind == "SYSTEM":
            if topic == "ping":
                self._answer(headers, 200, data)
            elif topic == "disconnect":
                self._leaves_at = self._clock() + (LEAVE_SECONDS if self._busy else 0)
                if not self._busy:
                    self._leave()
        elif kind == EVENT:
            self._answer(headers, 200, self._event(headers, data))
        elif kind == CALLBACK and self._on_callback and topic in self._topics():
            self._callback(headers, data)
        else:
            self._answer(headers, 404, {"response": None})

    def _callback(self, headers, data):
        key = headers.get("messageId")
        key = key if isinstance(key, str) else None
        known = self._answers.begin(key) if key else None
        if known is not None:
            answered, answer = known
            if answered:
                self._answer(headers, 200, answer)
            return

        def handle():
            content = json.loads(data) if isinstance(data, str) else data
            # Encoded here, so that the handler gets the error.
            return json.dumps({"response": self._on_callback(headers, content)})

        def then(answer, error):
            self._busy -= 1
            if key:
                self._answers.end(key, None if error else answer)
            if error is not None:
                self._on_error(error)
                self._answer(headers, 500, {"response": None})
            else:
                self.callbacks += 1
                # If the connection was lost, DingTalk repeats the message on the next
                # one.
                self._answer(headers, 200, answer)
            if self._leaves_at is not None and not self._busy:
                self._leave()

        if self._workers.submit(handle, then):
            self._busy += 1
        else:
            if key:
                self._answers.end(key, None)
            self._on_error(StreamError("too many callbacks wait"))
            self._answer(headers, 500, {"response": None})

    def _event(self, headers, data):
        status, message = LATER, "it could not be stored"
        try:
            content = json.loads(data) if isinstance(data, str) else data
            status = self._on_event(headers, content)
            message = "OK"
            self.events += 1
        except Exception as error:
            self._on_error(error)
        return {"status": status, "message": message}

    def _answer(self, headers, code, data):
        if not isinstance(data, str):
            data = json.dumps(data)
        if self._socket is None:
            return
        answer = {
            "code": code, "message": _SAID[code], "data": data,
            "headers": {
                "messageId": headers.get("messageId"), "contentType": "application/json"
            },
        }
        self._send(TEXT, json.dumps(answer).encode("utf-8"))

    def _leave(self):
        """Switch to a new connection, as DingTalk occasionally requests.

        At once, unless it sends every new connection away.
        """
        self._leaves_at = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            if self._was_steady():
                self._failures = 0
                self.next_try = self._clock()
            else:
                self._put_off()

    def close(self):
        """Close the connection permanently."""
        if self._opening is not None:
            self._opening.abandon()
            self._opening = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
