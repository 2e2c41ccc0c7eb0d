# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Run ``odoo dingdingstream -c FILE -d DATABASE``, which holds Stream connections.

A separate process: connections outlive Odoo's workers. Several may run in parallel.
"""
import contextlib
import functools
import logging
import os
import selectors
import signal
import socket
import time

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.tools import config

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import RateLimiter, quota, stream, utc
from odoo.addons.dingding.models.dingding_secret_mixin import digest
from odoo.addons.dingding.models.queue import failure_text
from odoo.addons.dingding.sealing import SecretError

# Since 19.0 a command is loaded outside its package, so ".." is not this addon.
# pylint: disable=odoo-addons-relative-import
from odoo.addons.dingding_callback import payload, receiver

_logger = logging.getLogger(__name__)

LOOK_SECONDS = 10  # between checks of the applications
TELL_SECONDS = 20  # between heartbeats
# A table may be locked, by an update of the addon, or a database be away: the other
# connections must not wait for it.
LOCK_SECONDS = 3
AWAY_SECONDS = 10  # without another attempt to store an event
# DingTalk moves connections regularly. A new one that follows this soon loses nothing.
SWITCH_SECONDS = 10
USER_AGENT = "dingtalk-for-odoo/1.0"


@contextlib.contextmanager
def _cursor(dbname):
    """Open a READ COMMITTED transaction that waits for no lock for long."""
    with compat.open_cursor(dbname, read_committed=True) as cr:
        cr.execute("SELECT set_config('lock_timeout', %s, true)", [
            "%ds" % LOCK_SECONDS])
        yield cr


def _secret_digest(app):
    """Return what changes with the AppSecret: a corrected one is tried at once."""
    try:
        return digest(app._secret())
    except SecretError:
        return ""


class DatabaseAway(Exception):
    """An event could not be stored a moment ago."""


class Line(object):
    """The connection of one application.

    :param str dbname: database
    :param int app_id: application
    :param str runner: name of this process
    :param topics: topics of callbacks that the application receives
    :param stream.Workers workers: threads for callbacks
    :param credential: with which it is opened; others need another connection
    """

    def __init__(self, dbname, app_id, runner, topics, workers, credential=None):
        self.dbname, self.app_id, self.runner = dbname, app_id, runner
        self.topics, self.credential = topics, credential
        self.stream = stream.Stream(
            self._open, self._take, on_error=self._failed,
            on_callback=self._call_back, topics=topics, workers=workers,
        )
        self._was_open = False
        self._told = None
        self._connected_at = self._event_at = self._error = None
        self._lag = 0.0
        self._away_until = 0.0
        # DingTalk has refused this connection because the month is used up.
        self._used_up = False

    def _environment(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {})

    def _open(self):
        with _cursor(self.dbname) as cr:
            app = self._environment(cr)["dingding.app"].browse(self.app_id)
            # The call runs in a thread without the database. Other refused calls do not
            # end events, some of which are free; this one is then tested once a day.
            client = app._dingtalk_client(
                feature="events" if self._used_up else "stream",
                max_wait=0, max_attempts=1, limiter=RateLimiter()
            )
        return functools.partial(
            client.callbacks.open_stream, USER_AGENT, sorted(self.topics))

    def _take(self, headers, data):
        """Store an event; acknowledge it to DingTalk after the commit."""
        if time.monotonic() < self._away_until:
            raise DatabaseAway("the database is not asked for some seconds")
        try:
            with _cursor(self.dbname) as cr:
                states = self._environment(cr)["dingding.stream.state"]
                answer = states._take(self.app_id, headers, data)
        except OperationalError:
            self._away_until = time.monotonic() + AWAY_SECONDS
            raise
        self._event_at = utc.now()
        moment = payload.from_stream(headers, {}).moment
        self._lag = max(time.time() - moment, 0.0) if moment else 0.0
        self._told = None
        return answer

    def _call_back(self, headers, data):
        """Let the application handle a callback; its answer follows the commit.

        Runs in a thread.
        """
        with receiver.answering, compat.manage_environments(), (
                compat.telling_processes(self.dbname)):
            with compat.open_cursor(self.dbname, read_committed=True) as cr:
                states = self._environment(cr)["dingding.stream.state"]
                return states._call_back(self.app_id, headers, data)

    def _failed(self, error):
        self._used_up = self._used_up or quota.is_used_up(error)
        self._error = failure_text(error)
        self._told = None
        _logger.info("Stream of application %d: %s", self.app_id, self._error)

    def beat(self):
        self.stream.beat()
        if self.stream.is_open and not self._was_open:
            silence = self.stream.silence
            if self._connected_at is None or silence is None or (
                silence > SWITCH_SECONDS
            ):
                self._connected_at = utc.now()
            self._error, self._used_up = None, False
            _logger.info("Stream of application %d is connected", self.app_id)
        if self.stream.is_open != self._was_open:
            self._was_open, self._told = self.stream.is_open, None
        now = time.monotonic()
        if self._told is None or now - self._told > TELL_SECONDS:
            self._told = now
            self.tell("connected" if self.stream.is_open else "connecting")

    def tell(self, state):
        """Store the state of the connection in the database."""
        try:
            with _cursor(self.dbname) as cr:
                self._environment(cr)["dingding.stream.state"]._note(
                    self.app_id, self.runner, state,
                    connected_at=self._connected_at if self.stream.is_open else None,
                    event_at=self._event_at, event_count=self.stream.events,
                    lag=self._lag, last_error=self._error,
                )
        except Exception:
            # DingTalk is answered LATER.
            _logger.warning("The state of a Stream was not noted", exc_info=True)

    def close(self):
        self.stream.close()
        self.tell("stopped")


class Runner(object):
    """Hold the connections of the applications of several databases."""

    def __init__(self, dbnames):
        self.dbnames = dbnames
        self.name = "%s:%d" % (socket.gethostname(), os.getpid())
        self.lines = {}
        self.workers = stream.Workers()
        self.stopping = False
        self._looked = None

    def stop(self, *_signal):
        self.stopping = True

    def run(self):
        """Serve until ``stop`` is called."""
        while not self.stopping:
            self.turn(1.0)
        # First answer the callbacks at hand.
        self.workers.close()
        for line in self.lines.values():
            line.close()
        _logger.info("All Streams are closed")

    def turn(self, seconds):
        """Do one round: check applications, keep connections open, store events."""
        now = time.monotonic()
        if self._looked is None or now - self._looked > LOOK_SECONDS:
            self._looked = now
            self.look()
        for line in self.lines.values():
            line.beat()
        with selectors.DefaultSelector() as selector:
            selector.register(self.workers, selectors.EVENT_READ)
            for line in self.lines.values():
                if line.stream.waits:
                    events = selectors.EVENT_READ
                    if line.stream.unsent:
                        events |= selectors.EVENT_WRITE
                    selector.register(line.stream, events)
            ready = selector.select(seconds)
        for key, events in ready:
            if events & selectors.EVENT_WRITE:
                key.fileobj.flush()
            if events & selectors.EVENT_READ:
                key.fileobj.receive()

    def look(self):
        """Open and close connections to match the applications."""
        # (database, application) -> (topics of its callbacks, credential)
        wanted = {}
        for dbname in self.dbnames:
            try:
                # An addon that was installed meanwhile handles other events.
                with compat.telling_processes(dbname), _cursor(dbname) as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    env["dingding.stream.state"]._forget_old()
                    apps = env["dingding.app"].search(
                        [("stream_mode", "=", True), ("corp_id.active", "=", True)])
                    wanted.update(
                        ((dbname, app.id), (
                            frozenset(app._stream_callbacks()),
                            (app.app_key, app.api_url, _secret_digest(app)),
                        ))
                        for app in apps
                    )
            except Exception:
                _logger.warning("Database %s could not be asked", dbname, exc_info=True)
                wanted.update(
                    (key, (line.topics, line.credential))
                    for key, line in self.lines.items() if key[0] == dbname
                )
        for key, line in list(self.lines.items()):
            # A connection keeps the topics and the application it was opened with.
            if (line.topics, line.credential) != wanted.get(key):
                self.lines.pop(key).close()
        for key in set(wanted) - set(self.lines):
            topics, credential = wanted[key]
            self.lines[key] = Line(
                key[0], key[1], self.name, topics, self.workers, credential)


class DingdingStream(Command):
    """Receive DingTalk's events in Stream mode"""

    def run(self, args):
        config.parse_config(args + ["--no-http"])
        dbnames = compat.database_names()
        if not dbnames:
            raise SystemExit("Name the database: -d DATABASE")
        runner = Runner(dbnames)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, runner.stop)
        with compat.manage_environments():
            runner.run()
