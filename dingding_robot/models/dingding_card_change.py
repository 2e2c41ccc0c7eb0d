# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging
import time

from psycopg2 import OperationalError

from odoo import api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.queue import DUE_STATES
from odoo.addons.dingding_callback import receiver
from odoo.addons.dingding_callback.models.dingding_event import (
    ASIDE_SECONDS,
    from_anywhere,
)

from .dingding_card import OPEN_DAYS
from .dingding_card_copy import LATE_SECONDS

_logger = logging.getLogger(__name__)

# A sweep compares so many copies at a time, and updates at most so many: each one is a
# call.
SWEPT = 100
MOST_UPDATES = 500
# First key of the lock of a copy of a card.
LOCK_COPY = 0x44540024

# Copies of an organisation to compare with what DingTalk shows, newest first: not those
# whose update waits or has failed, which is shown, nor closed cards updated since.
_TO_COMPARE = """
    SELECT copy.id FROM dingding_card_copy copy
    JOIN dingding_card card ON card.id = copy.card_id
    WHERE card.corp_id = %(corp)s AND copy.status = 'sent'
    AND (%(below)s = 0 OR copy.id < %(below)s)
    AND card.create_date > now() AT TIME ZONE 'UTC' - %(days)s * interval '1 day'
    AND (card.status <> 'closed' OR card.write_date >= copy.write_date)
    AND NOT EXISTS (SELECT 1 FROM dingding_card_change change
        WHERE change.state IN ('queued', 'retry', 'working', 'failed') AND (
            change.copy_id = copy.id AND change.kind = 'update'
            OR change.card_id = card.id AND change.kind = 'record'))
    ORDER BY copy.id DESC LIMIT %(limit)s
"""
# Copies of a card without a waiting update.
_TO_UPDATE = """
    SELECT copy.id FROM dingding_card_copy copy
    WHERE copy.card_id = %s AND copy.status = 'sent' AND NOT EXISTS (
        SELECT 1 FROM dingding_card_change change WHERE change.copy_id = copy.id
        AND change.kind = 'update' AND change.state IN ('queued', 'retry'))
    ORDER BY copy.id
"""
_ADD_UPDATES = """
    INSERT INTO dingding_card_change (kind, card_id, copy_id, corp_id, state, attempts,
        create_uid, create_date, write_uid, write_date)
    SELECT 'update', %(card)s, copy_id, %(corp)s, 'queued', 0, %(uid)s,
        now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
    FROM unnest(%(copies)s) AS copy_id RETURNING id
"""


class DingdingCardChange(models.Model):
    """A trigger to send or update cards; one queue row.

    Transactions only insert rows; the worker reads the state after the commit.
    """

    _name = "dingding.card.change"
    _description = "DingTalk Card Change"
    _inherit = "dingding.queue.mixin"
    _order = "id desc"
    _ends_at_user_error = True

    kind = fields.Selection(
        [
            ("send", "Send"),
            ("update", "Update"),
            ("record", "Document changed"),
            ("sweep", "Comparison"),
        ], string="Type", required=True, readonly=True,
    )
    card_id = fields.Many2one(
        "dingding.card", string="Card", readonly=True, ondelete="cascade", index=True,
    )
    copy_id = fields.Many2one(
        "dingding.card.copy", string="Card copy", readonly=True, ondelete="cascade",
        index=True,
    )
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", readonly=True, ondelete="cascade",
        index=True,
    )
    # Of a comparison, whose time may run out.
    position = fields.Integer(readonly=True)  # it continues below this copy
    found = fields.Integer(readonly=True)  # copies that differ

    @api.model
    def _add(self, kind, copies):
        """Queue work on copies, with all rights."""
        rows = compat.create_all(self.sudo(), [
            {"kind": kind, "copy_id": each.id, "card_id": each.card_id.id,
             "corp_id": each.corp_id.id}
            for each in copies
        ])
        if rows:
            rows._enqueue()
        return rows

    @api.model
    def _add_record(self, card, user):
        """Queue the updates of all copies of a card, with all rights.

        :param user: changed the record in this transaction, which has queued them
            already
        """
        self.env.cr.execute(
            "INSERT INTO dingding_card_change (kind, card_id, corp_id, state,"
            " attempts, create_uid, create_date, write_uid, write_date)"
            " SELECT 'record', %(card)s, %(corp)s, 'queued', 0, %(uid)s,"
            " now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'"
            " WHERE NOT EXISTS (SELECT 1 FROM dingding_card_change"
            " WHERE card_id = %(card)s AND kind = 'record' AND state = 'queued'"
            " AND create_uid IN %(uids)s"
            " AND create_date = now() AT TIME ZONE 'UTC') RETURNING id",
            {"card": card.id, "corp": card.corp_id.id, "uid": self.env.uid,
             "uids": (user.id, self.env.uid)})
        found = self.env.cr.fetchone()
        if found:
            self.env["dingding.queue"]._wake(self._name, self.sudo().browse(found[0]))

    @api.model
    def _due(self, limit, states=DUE_STATES):
        # Each row sends what is true when it is processed, in any order.
        return from_anywhere(super()._due(limit, states))

    @api.model
    def _process_row(self, row_id, deadline):
        # Somebody waits for the answer to a press.
        receiver.answering.wait(ASIDE_SECONDS)
        return super()._process_row(row_id, deadline)

    def _work(self, deadline):
        if self.kind == "sweep":
            return self._compare(deadline)
        if self.kind == "record":
            return self._work(deadline) if self._spread() else None
        copy = self.copy_id
        with self._alone(LOCK_COPY, copy.id) as held:
            if not held:
                return False
            if self.kind == "send":
                done = copy._dingtalk_send()
            else:
                # An earlier attempt may be under way, or have been the last to arrive.
                done = copy._dingtalk_update(anew=self.attempts > 1)
            if done is False:
                self._postpone(LATE_SECONDS)
                return False
            self._cancel_failed(
                [("copy_id", "=", copy.id), ("kind", "=", "update")])
        return None

    def _spread(self):
        """Queue an update of each copy without a waiting one, but the first.

        A worker that has taken a waiting one reads the record afterwards. This row
        becomes the update of the first copy.

        :return: whether it has
        """
        compat.flush(self.env)
        self.env.cr.execute(_TO_UPDATE, [self.card_id.id])
        ids = [row[0] for row in self.env.cr.fetchall()]
        if ids[1:]:
            self.env.cr.execute(_ADD_UPDATES, {
                "card": self.card_id.id, "corp": self.corp_id.id, "copies": ids[1:],
                "uid": self.env.uid})
            rows = self.browse([row[0] for row in self.env.cr.fetchall()])
            self.env["dingding.queue"]._wake(self._name, rows)
        if ids:
            self.write({"kind": "update", "copy_id": ids[0]})
        return bool(ids)

    # -- comparing ---------------------------------------------------------------------

    @api.model
    def _cron_sweep(self):
        """Compare the cards of all organisations with their documents."""
        self._sweep(self.env["dingding.corp"].search([]))

    @api.model
    def _sweep(self, corps):
        """Queue a comparison of the organisations' open cards, with all rights.

        Updates are lost while an organisation is archived or its database a copy, and
        after their last attempt. The comparison itself calls nothing.
        """
        waiting = self.search([
            ("kind", "=", "sweep"), ("corp_id", "in", corps.ids),
            ("state", "in", DUE_STATES)]).mapped("corp_id")
        self.env.cr.execute(
            "SELECT DISTINCT card.corp_id FROM dingding_card card"
            " WHERE card.corp_id = ANY(%s) AND card.create_date >"
            " now() AT TIME ZONE 'UTC' - %s * interval '1 day'",
            [(corps - waiting).ids, OPEN_DAYS])
        rows = compat.create_all(self, [
            {"kind": "sweep", "corp_id": row[0]} for row in self.env.cr.fetchall()])
        if rows:
            rows._enqueue()

    def _compare(self, deadline):
        """Queue one update of each copy that shows something else than its document.

        :return: False if time ran out before the last one, else None
        """
        while self.corp_id.active and self.found < MOST_UPDATES:
            compat.flush(self.env)
            self.env.cr.execute(_TO_COMPARE, {
                "corp": self.corp_id.id, "below": self.position, "days": OPEN_DAYS,
                "limit": min(SWEPT, MOST_UPDATES - self.found)})
            copies = self.env["dingding.card.copy"].browse(
                [row[0] for row in self.env.cr.fetchall()])
            if not copies:
                break
            stale = copies.filtered(self._is_stale)
            self._add("update", stale)
            self.write({
                "position": copies.ids[-1], "found": self.found + len(stale)})
            self._commit()
            # Odoo's cache grows with each document.
            compat.forget(self.env)
            if time.monotonic() > deadline:
                self._pause()
                return False
        return None

    @api.model
    def _is_stale(self, copy):
        try:
            with self.env.cr.savepoint():
                return copy._is_stale()
        except OperationalError:
            # The whole row is tried again.
            raise
        except Exception as error:
            # The document's own update would fail alike, and say so.
            _logger.info("%s could not be compared: %s", copy, error)
            compat.forget(self.env)
            return False
