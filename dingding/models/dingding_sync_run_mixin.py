# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from odoo import _, api, fields, models

from .. import compat, rights
from .queue import take_lock

# First key of the advisory locks that serialise simultaneous clicks on the button.
LOCK_START = 0x44540004
OPEN_STATES = ("queued", "working", "retry")
FINAL_STATES = ("done", "failed", "unknown", "cancelled")


class DingdingSyncRunMixin(models.AbstractModel):
    """A sync of an organisation that managers start, watch, decide about and cancel.

    One of each kind is open at a time. The model has ``corp_id``, ``kind``,
    ``finished_at`` and ``cancel_requested``, and the queue's fields; its action, form
    and menu are named after its table.
    """

    _name = "dingding.sync.run.mixin"
    _description = "DingTalk Sync Run Mixin"

    name = fields.Char(compute="_compute_name")

    @api.depends(lambda self: () if self._abstract else ("kind", "corp_id.name"))
    def _compute_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for sync in self:
            # sudo: officers of attendance may not read organisations.
            sync.name = "%s: %s" % (
                sync.sudo().corp_id.name or "", kinds.get(sync.kind, ""))

    def init(self):
        result = super().init()
        if not self._abstract:
            compat.unique_index(
                self.env.cr, self._table, ["corp_id", "kind"],
                where=sql.SQL("state IN ('queued', 'working', 'retry')"),
            )
        return result

    @compat.create_multi
    def create(self, vals_list):
        # A sync is a log itself.
        self = self.with_context(
            tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True
        )
        return compat.super_create(super(), vals_list)

    def write(self, vals):
        self = self.with_context(tracking_disable=True)
        return super().write(vals)

    # -- starting ----------------------------------------------------------------------

    @api.model
    def _open_sync(self, corp, kind):
        return self.search(
            [
                ("corp_id", "=", corp.id), ("kind", "=", kind),
                ("state", "in", OPEN_STATES),
            ],
            limit=1,
        )

    @api.model
    def _started(self, corp, kind, begin):
        """Return the id of the open sync of a kind, else of the one that begins now.

        The second of two simultaneous clicks waits here for the first one's sync.

        :param begin: called without arguments; returns a new sync
        """
        take_lock(self.env.cr, LOCK_START, corp.id, seconds=None)
        query = sql.SQL(
            "SELECT id FROM {} WHERE corp_id = %s AND kind = %s AND state IN %s"
        ).format(sql.Identifier(self._table))
        with compat.open_cursor(self.env.cr.dbname) as cr:
            compat.execute(cr, query, [corp.id, kind, OPEN_STATES])
            row = cr.fetchone()
        return row[0] if row else begin().id

    @api.model
    def _begin_by_event(self):
        """Make concurrent events that would start a sync start over."""
        compat.first_wins(self.env.cr, self._original_module, self._table + "_menu")

    @api.model
    def _replace_waiting(self, corp):
        """End the syncs that await a decision."""
        for sync in self.search(
            [("corp_id", "=", corp.id), ("state", "=", "confirm")]
        ):
            sync._end("cancelled", last_error=_("Superseded by a later sync."))

    @api.model
    def _show(self, sync_id):
        """Return the action that shows a sync."""
        name = "%s.%s" % (self._original_module, self._table)
        action = compat.window_action(self.env, name + "_action")
        form = self.env.ref(name + "_view_form")
        action.update(res_id=sync_id, view_mode="form", views=[(form.id, "form")])
        return action

    # -- buttons -----------------------------------------------------------------------

    def _check_manager(self):
        compat.check_access(self, "read")
        rights.check_manager(self)

    def action_cancel(self):
        """Stop the sync at its next step; what was written stays."""
        self._check_manager()
        for sync in self.sudo():
            if sync.state == "confirm":
                sync._end("cancelled")
            if sync.state not in OPEN_STATES:
                continue
            if sync._lock_row():
                # No worker is processing it.
                sync._end("cancelled")
            else:
                sync.cancel_requested = True
        return True

    def action_refresh(self):
        """Show the current state; the form reloads the record."""
        compat.check_access(self, "read")
        return True

    # -- ending ------------------------------------------------------------------------

    def _stop(self):
        """Leave the rest to the next worker, or end if a user cancelled."""
        if self._is_cancelled():
            self._end("cancelled")
        else:
            self._pause()
        return False

    def _is_cancelled(self):
        query = sql.SQL("SELECT cancel_requested FROM {} WHERE id = %s").format(
            sql.Identifier(self._table))
        compat.execute(self.env.cr, query, [self.id])
        row = self.env.cr.fetchone()
        return not row or row[0]

    def _settle(self):
        return not self.cancel_requested or bool(self._end("cancelled"))

    def _end(self, state, **values):
        """Close the sync; return None."""
        if self.state == "confirm":
            self._stop_waiting()
        self.write(
            dict(
                values, state=state, finished_at=fields.Datetime.now(), next_try=False,
            )
        )

    def _leave_archived(self, message):
        self._end("cancelled", last_error=message)

    def _ended(self, state, message, next_try=False):
        result = super()._ended(state, message, next_try)
        if state in FINAL_STATES:
            self._end(state)
        return result

    def _stop_waiting(self):
        self.env["mail.activity"].sudo().search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        ).unlink()
