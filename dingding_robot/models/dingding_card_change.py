# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.queue import DUE_STATES
from odoo.addons.dingding_callback import receiver
from odoo.addons.dingding_callback.models.dingding_event import (
    ASIDE_SECONDS,
    from_anywhere,
)

# First key of the lock of a copy of a card.
LOCK_COPY = 0x44540024

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
        if self.kind == "record" and not self._spread():
            return None
        copy = self.copy_id
        with self._alone(LOCK_COPY, copy.id) as held:
            if not held:
                return False
            if self.kind == "send":
                copy._dingtalk_send()
            else:
                # An earlier attempt may be under way, or have been the last to arrive.
                copy._dingtalk_update(anew=self.attempts > 1)
            self._solve_earlier()
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

    def _solve_earlier(self):
        """Close earlier failed updates of the copy."""
        self.search([
            ("copy_id", "=", self.copy_id.id), ("state", "=", "failed"),
            ("id", "!=", self.id), ("kind", "=", "update"),
        ]).write({"state": "cancelled"})
