# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from odoo import models, tools

from .. import compat


class DingdingHiddenValue(models.AbstractModel):
    """A value that the server can use and nobody can read.

    The column is no field of the ORM, so there is nothing to read, search,
    group, export or copy by RPC, not even for the superuser, whom Odoo 11
    lets past every access rule and field group.
    """

    _name = "dingding.hidden.value"
    _description = "Value that only the server can read"

    def init(self):
        if self._auto and not tools.sql.column_exists(
            self.env.cr, self._table, "hidden_value"
        ):
            compat.execute(
                self.env.cr,
                sql.SQL("ALTER TABLE {} ADD COLUMN hidden_value text").format(
                    sql.Identifier(self._table)
                ),
            )

    def _hidden_get(self):
        """Return the value of one record, '' when there is none."""
        self.ensure_one()
        rows = compat.execute_unseen(
            self.env.cr,
            sql.SQL("SELECT hidden_value FROM {} WHERE id = %s").format(
                sql.Identifier(self._table)
            ),
            [self.id],
        )
        return rows and rows[0][0] or ""

    def _hidden_set(self, value):
        """Store ``value`` (text) on one record; '' or None clears it."""
        self.ensure_one()
        compat.execute_unseen(
            self.env.cr,
            sql.SQL("UPDATE {} SET hidden_value = %s WHERE id = %s").format(
                sql.Identifier(self._table)
            ),
            [value or None, self.id],
        )
