# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import fields, models, tools


class DingdingSyncItem(models.Model):
    """One answer about a person that a large sync has read and not yet compared.

    Without ``content``: a person or department that changed meanwhile, see
    ``dingding_sync_changed.py``.

    ``key``, ``content`` and ``written`` are columns outside the ORM, read and written
    by COPY; see ``Snapshot.written``. The table is unlogged: after a crash of
    PostgreSQL the sync starts anew.
    """

    _name = "dingding.sync.item"
    _description = "DingTalk Sync Data"
    _log_access = False

    sync_id = fields.Many2one(
        "dingding.sync", string="Synchronisation", required=True, readonly=True,
        index=True, ondelete="cascade",
    )

    def init(self):
        if not tools.sql.column_exists(self.env.cr, self._table, "content"):
            self.env.cr.execute(
                "ALTER TABLE dingding_sync_item ADD COLUMN key varchar,"
                " ADD COLUMN content text"
            )
        if not tools.sql.column_exists(self.env.cr, self._table, "written"):
            self.env.cr.execute(
                "ALTER TABLE dingding_sync_item ADD COLUMN written smallint")
        self.env.cr.execute(
            "SELECT relpersistence FROM pg_class WHERE oid ="
            " 'dingding_sync_item'::regclass"
        )
        if self.env.cr.fetchone()[0] == "p":
            self.env.cr.execute("ALTER TABLE dingding_sync_item SET UNLOGGED")
