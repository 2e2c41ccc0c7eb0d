# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Read again what changed while a sync was reading.

Between two steps of a sync events are processed, and changes are sent to DingTalk: both
are newer than the answers that the sync has read before. Compared with these, new
leavers would be unarchived, and people who rejoined would be archived.
"""
import time

from odoo import api, models

from ..sync import spool
from .dingding_sync_apply import WORDS

KINDS = {"department": "departments", "person": "people"}


class DingdingSync(models.Model):
    _inherit = "dingding.sync"

    @api.model
    def _note_changed(self, corp, dept_ids=(), userids=(), read=False, gone=False):
        """Tell the syncs of an organisation what has just changed.

        :param dept_ids, userids: DingTalk's ids
        :param bool read: whether they were compared with DingTalk just now, which
            leaves nothing to do for the changes that a sync or a preview has still to
            write: its answers are older
        :param bool gone: whether DingTalk no longer has them, which leaves nobody to
            link or to create, either
        """
        keys = ["department:%s" % each for each in dept_ids] + [
            "person:%s" % each for each in userids]
        if keys:
            # Not the sync's own row, which its worker writes.
            self.env.cr.execute(
                "WITH open AS (SELECT id, stage FROM dingding_sync"
                " WHERE corp_id = %(corp)s"
                " AND state IN ('queued', 'working', 'retry', 'confirm')"
                " AND started_at IS NOT NULL),"
                " skipped AS (UPDATE dingding_sync_line line"
                " SET state = 'skipped', reason = %(reason)s FROM open"
                " WHERE %(read)s AND open.stage = 'write' AND line.sync_id = open.id"
                " AND line.state = 'pending' AND line.action = ANY(%(actions)s)"
                " AND concat(line.subject, ':', line.key) = ANY(%(keys)s))"
                " INSERT INTO dingding_sync_item (sync_id, key) SELECT open.id, key"
                " FROM open, unnest(%(keys)s) AS key"
                " WHERE open.stage IN ('read', 'compare')",
                {
                    "corp": corp.id, "keys": keys, "read": bool(read),
                    "reason": "gone" if gone else "changed",
                    "actions": list(WORDS) + (["link", "make"] if gone else []),
                },
            )

    def _read_changed(self, client, snapshot, meter, deadline):
        """Read again what changed since it was read; return False if time ran out."""
        while self._take_changed(snapshot):
            # The notes are gone, so what they say is kept here before DingTalk is
            # asked, which is slow.
            self._save_snapshot(snapshot)
            self._report({"calls": meter.total})
            for resource in self._resources():
                keys = snapshot.changed.get(resource.kind)
                while keys:
                    if time.monotonic() > deadline:
                        return False
                    resource.read_again(client, snapshot, keys[:spool.ASKED])
                    del keys[:spool.ASKED]
            self._forget_gone(snapshot)
        return True

    def _take_changed(self, snapshot):
        """Move the notes to the snapshot; return whether there is anything to read."""
        self.env.cr.execute(
            "DELETE FROM dingding_sync_item WHERE sync_id = %s AND content IS NULL"
            " RETURNING key", [self.id],
        )
        for text in sorted({row[0] for row in self.env.cr.fetchall()}):
            kind, _colon, key = text.partition(":")
            kind = KINDS[kind]
            # Ask DingTalk about a missing record before archiving it.
            if key in snapshot.items(kind) and key not in snapshot.changed[kind]:
                snapshot.changed[kind].append(key)
        return any(snapshot.changed.values())

    def _forget_gone(self, snapshot):
        """Remove the answers about people who are gone from the table of a spool."""
        if not snapshot.spooled:
            return
        self._save_people(snapshot)
        self.env.cr.execute(
            "DELETE FROM dingding_sync_item WHERE sync_id = %s AND content IS NOT NULL"
            " AND key = ANY(%s)",
            [self.id, [
                key for key in snapshot.gone["people"] if key not in snapshot.people]],
        )
        snapshot.people.saved -= self.env.cr.rowcount
