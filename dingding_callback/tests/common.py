# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import time

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.sync_case import SyncCase

from .. import payload


class Undo(Exception):
    """Roll a savepoint back."""


class EventCase(SyncCase):
    """Test the inbox with events in DingTalk's format."""

    def after(self, work):
        """Return what ``stored()`` returns after ``work()``, and roll that back."""
        found = {}
        try:
            with self.env.cr.savepoint():
                work()
                found = self.stored()
                raise Undo
        except Undo:
            compat.forget(self.env)
            # Odoo remembers who belonged to which group.
            compat.clear_caches(self.env)
        return found

    def push(self, event_type, app=None, source="http", moment=None, **values):
        """Store an event of the classic style; return its record, empty if known."""
        moment = str(moment or int(time.time() * 1000))
        message = dict(
            values, EventType=event_type, CorpId=self.corp.corp_id, TimeStamp=moment
        )
        return self.store(payload.from_push(message), app, source)

    def store(self, event, app=None, source="http"):
        events = self.env["dingding.event"]
        before = events.search([])
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            events.with_env(self.env(cr=cr))._store(app or self.app, event, source)
        return events.search([]) - before

    def work(self):
        """Process the inbox and what becomes due."""
        while self.env["dingding.event"]._process():
            pass
        compat.forget(self.env)
