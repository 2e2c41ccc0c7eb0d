# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""End requests whose time is over by cutting their connections."""
import os
import socket
import threading
import time


class Watch(object):
    """Cut the connections of one request when its time is over.

    :ivar bool over: it has been cut
    """

    def __init__(self, seconds):
        self.over = False
        self.deadline = time.monotonic() + seconds
        self._kept = {}
        self._lock = threading.Lock()
        self._watchman = watchman()
        self._watchman.add(self)

    def keep(self, sock):
        """Watch a connection by a handle of its own: TLS takes over the other."""
        with self._lock:
            if sock.fileno() not in self._kept:
                # A socket of TLS has no dup().
                self._kept[sock.fileno()] = socket.fromfd(
                    sock.fileno(), sock.family, socket.SOCK_STREAM)
            if self.over:
                self._shut_down()

    def cut(self):
        with self._lock:
            self.over = True
            self._shut_down()

    def _shut_down(self):
        for each in self._kept.values():
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                # The other side was faster.
                continue

    def end(self):
        self._watchman.remove(self)
        with self._lock:
            for each in self._kept.values():
                each.close()
            self._kept = {}


class _Watchman(object):
    """Cut the requests of a process whose time is over, in one thread for all.

    The thread ends when it has nothing to watch.
    """

    def __init__(self):
        self._changed = threading.Condition()
        self._watches = set()
        self._looks_at = None  # time of its next look, None without a thread

    def add(self, watch):
        with self._changed:
            if self._looks_at is None:
                thread = threading.Thread(target=self._run, name="dingtalk-deadlines")
                thread.daemon = True
                thread.start()
                self._looks_at = watch.deadline
            elif watch.deadline < self._looks_at:
                self._changed.notify()
            self._watches.add(watch)

    def remove(self, watch):
        with self._changed:
            self._watches.discard(watch)

    def _run(self):
        with self._changed:
            while self._watches:
                now = time.monotonic()
                for watch in [each for each in self._watches if each.deadline <= now]:
                    self._watches.discard(watch)
                    watch.cut()
                if self._watches:
                    self._looks_at = min(each.deadline for each in self._watches)
                    self._changed.wait(max(self._looks_at - time.monotonic(), 0))
            self._looks_at = None


_watchmen = {}


def watchman():
    # A fork has none of its parent's threads, and perhaps a lock one of them held.
    return _watchmen.setdefault(os.getpid(), _Watchman())
