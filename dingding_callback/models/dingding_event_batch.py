# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Process many waiting events together.

Locks, states and people are read and written once for a batch; handlers are called for
each event.
"""
import logging
import time

from psycopg2 import IntegrityError, OperationalError, sql

from odoo import SUPERUSER_ID, api, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.errors import DingTalkError
from odoo.addons.dingding.models.dingding_sync_read import LOCK_CORP
from odoo.addons.dingding.models.queue import (
    LOCK_ROW,
    NO_CONNECTION,
    SET_BACK,
    hold_lock,
    hold_locks,
    server_now,
)
from odoo.addons.dingding.sync.reader import OF_ONE_DEPARTMENT

from .. import receiver
from .dingding_event import ASIDE_SECONDS, CROWD, MOST_IDS, TURN_SECONDS

_logger = logging.getLogger(__name__)

BATCH = 50  # events
# Without events of dead workers.
TAKE = sql.SQL(
    "SELECT id FROM dingding_event AS event WHERE id IN %s"
    " AND state IN ('queued', 'retry') AND (next_try IS NULL"
    " OR next_try <= clock_timestamp() AT TIME ZONE 'UTC'"
    " OR write_date > greatest(clock_timestamp() AT TIME ZONE 'UTC', %s)"
    " + %s * interval '1 second')"
    " AND NOT EXISTS (SELECT 1 FROM dingding_event AS earlier"
    " WHERE earlier.corp_id = event.corp_id AND earlier.subject = event.subject"
    " AND earlier.id < event.id AND earlier.state IN ('queued', 'retry', 'working'))"
    " ORDER BY id FOR UPDATE OF event SKIP LOCKED"
)


class DingdingEvent(models.Model):
    _inherit = "dingding.event"

    @api.model
    def _process_waiting(self, waiting, deadline):
        worked = 0
        while len(waiting) > CROWD and time.monotonic() <= deadline:
            ids, begun = [], time.monotonic()
            while waiting and len(ids) < BATCH:
                try:
                    ids.append(waiting.popleft())
                except IndexError:
                    break  # another thread was faster
            try:
                done, alone = self._process_batch(ids, deadline)
            except NO_CONNECTION as error:
                _logger.info("%d events were left: %s", len(ids), error)
                continue
            except IntegrityError as error:
                # A sync or another worker has created the same department or person.
                _logger.info("%d events are processed one by one: %s", len(ids), error)
                done, alone = set(), set(ids)
            except Exception:
                # One of them, or PostgreSQL: each alone shows which.
                _logger.info("A batch of events was left", exc_info=True)
                done, alone = set(), set(ids)
            worked += len(done)
            for row_id in ids:
                if row_id in alone and time.monotonic() <= deadline:
                    worked += bool(self._process_alone(row_id, deadline))
            self._sort_waiting(waiting, begun)
        return worked + super()._process_waiting(waiting, deadline)

    @api.model
    def _process_alone(self, row_id, deadline):
        try:
            return self._process_row(row_id, deadline)
        except NO_CONNECTION as error:
            _logger.info("%s(%d) was left: %s", self._name, row_id, error)
        except Exception:
            _logger.exception("%s(%d) was left", self._name, row_id)
        return False

    @api.model
    def _process_batch(self, ids, deadline):
        """Process events together.

        :param float deadline: time.monotonic() value after which the rest is left
        :return: (ids that are processed, ids to process alone), as sets; those of other
            workers are in neither
        """
        receiver.answering.wait(ASIDE_SECONDS)
        keys = {self.browse(row_id)._row_key(): row_id for row_id in ids}
        dbname = self.env.cr.dbname
        with compat.manage_environments(), hold_locks(
            dbname, LOCK_ROW, list(keys)
        ) as held:
            if not held:
                return set(), set()
            with compat.open_cursor(dbname) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                return env[self._name]._process_taken(
                    [keys[key] for key in held], deadline)

    @api.model
    def _process_taken(self, ids, deadline):
        """Process events whose locks are held; see :meth:`_process_batch`."""
        try:
            compat.execute(
                self.env.cr, TAKE, [tuple(ids), server_now(), SET_BACK],
                log_exceptions=False,
            )
        except OperationalError:
            return set(), set(ids)  # one was written meanwhile
        events = self.browse([row[0] for row in self.env.cr.fetchall()])
        done, taken = set(), set(events.ids)
        if len(taken) < len(ids):
            # Others were processed meanwhile; a dead worker's are continued.
            self.env.cr.execute(
                "SELECT id FROM dingding_event WHERE id IN %s AND state = 'working'",
                [tuple(ids)])
            taken.update(row[0] for row in self.env.cr.fetchall())
        for corp in events.mapped("corp_id"):
            begun = time.monotonic()
            done |= self._process_of_corp(
                corp, events.filtered(lambda each: each.corp_id == corp), deadline)
            self._note_seconds(corp.id, time.monotonic() - begun)
        return done, taken - done

    @api.model
    def _process_of_corp(self, corp, events, deadline):
        """Process taken events of one organisation; return the set of their ids."""
        # An event with an error has that cleared when it is processed alone, and one of
        # an archived organisation is ignored.
        events = events.filtered(
            lambda each: not each.last_error and self._handlers_of(each.event_type))
        if not events or not corp.active:
            return set()
        self.env.cr.execute(
            "UPDATE dingding_event SET state = 'working', attempts = attempts + 1,"
            " write_date = now() AT TIME ZONE 'UTC' WHERE id IN %s", [tuple(events.ids)]
        )
        self._commit()
        compat.forget(self.env)
        with hold_lock(self.env.cr.dbname, LOCK_CORP, corp.id, shared=True) as held:
            if not held:
                events.write({
                    "state": "queued", "attempts": 0,
                    "next_try": self._moment(TURN_SECONDS),
                })
                self._commit()
                return set(events.ids)
            siblings = self._siblings_of(events)
            self._commit()
            self._limit_statements()
            try:
                events = self._read_together(events)
            except OF_ONE_DEPARTMENT:
                # Each alone shows whom it concerns.
                compat.roll_back(self.env)
                return set()
            except DingTalkError as error:
                # It concerns all calls: each event would get the same answer.
                compat.roll_back(self.env)
                for event in events:
                    event._record_failure(error)
                return set(events.ids)
            self._handle_all(events, siblings, deadline)
            return set(events.ids)

    def _read_together(self, events):
        """Read the people of events at once; return the events, which know of it."""
        people = self.env["dingding.user"]
        found = []
        for event in events:
            userids = people._dingtalk_people_of(event)
            if len(found) + len(userids) <= MOST_IDS:
                found += [each for each in userids if each not in found]
        if len(found) > 1:
            people._dingtalk_read_now(events[0], found)
            self._commit()
            self._limit_statements()
            events = events.with_context(dingding_people_read=frozenset(found))
        return events

    def _handle_all(self, events, siblings, deadline):
        """Call the handlers and close the events.

        If one fails, each is handled alone. Handlers may wait for DingTalk, so the rest
        may be left when the time is up.
        """
        alike = set()
        for number, event in enumerate(events):
            if number and time.monotonic() > deadline:
                events[number:]._pause()
                self._close_all(events[:number], alike, siblings)
                return
            try:
                if event._is_handled():
                    alike.add(event.id)
                if event == events[-1]:
                    self._close_all(events, alike, siblings)
            except Exception as error:
                compat.roll_back(self.env)
                event._record_failure(error)
                others = events - event
                for number, other in enumerate(others):
                    if time.monotonic() > deadline:
                        others[number:]._pause()
                        self._commit()
                        return
                    self._limit_statements()
                    self._handle_all(other, siblings, deadline)
                return

    def _is_handled(self):
        """Call the handlers; tell whether siblings are done too."""
        return all([
            handler(self) is True for handler in self._handlers_of(self.event_type)])

    @api.model
    def _siblings_of(self, events):
        """Return id -> ids of later events of the same type about the same."""
        self.env.cr.execute(
            "SELECT event.id, later.id FROM dingding_event event"
            " JOIN dingding_event later ON later.corp_id = event.corp_id"
            " AND later.subject = event.subject"
            " AND later.event_type = event.event_type AND later.id > event.id"
            " AND later.state IN ('queued', 'retry') WHERE event.id IN %s LIMIT 1000",
            [tuple(events.ids)],
        )
        found = {}
        for event_id, later in self.env.cr.fetchall():
            found.setdefault(event_id, []).append(later)
        return found

    @api.model
    def _close_all(self, events, alike, siblings):
        """Close events, and the siblings of those that are ``alike``."""
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_event SET state = 'done', next_try = NULL,"
            " applied_at = now() AT TIME ZONE 'UTC',"
            " write_date = now() AT TIME ZONE 'UTC' WHERE id IN %s",
            [tuple(events.ids)],
        )
        closed = tuple(
            later for event_id in sorted(alike) for later in siblings.get(event_id, ()))
        if closed:
            self._close_siblings(closed)
        self._commit()
        compat.forget(self.env)
