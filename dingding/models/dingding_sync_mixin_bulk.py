# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Insert many new rows with few statements, if no other code needs to see them."""
from psycopg2 import sql

from odoo import api, fields, models

from .. import compat

ROWS = 500  # per statement
OWN = ("odoo.addons.dingding.", "odoo.addons.dingding_")
# Modules that extend every model's create() without affecting these rows.
HARMLESS = ("odoo.models", "odoo.orm.models", "odoo.addons.base.models.ir_fields")
LOG = ("create_uid", "create_date", "write_uid", "write_date")


class DingdingSyncMixin(models.AbstractModel):
    """Insert rows as the ORM would, for models of plain columns.

    The ORM creates them if another addon extends ``create`` or computes fields.
    """

    _inherit = "dingding.sync.mixin"

    _bulk_own_computed = ()

    @api.model
    def _create_rows(self, vals_list):
        """Create records, in the order of ``vals_list``."""
        if not self._bulk_possible(vals_list):
            return compat.create_all(self, vals_list)
        defaults = self._bulk_defaults()
        rows = [dict(defaults, **vals) for vals in vals_list]
        self._bulk_compute(rows)
        ids = []
        for start in range(0, len(rows), ROWS):
            ids += self._bulk_insert(rows[start:start + ROWS])
        for name, field in self._fields.items():
            if field.type == "many2many" and field.store:
                self._bulk_relate(field, [
                    (row_id, other)
                    for row_id, row in zip(ids, rows)
                    for command in row.get(name) or ()
                    for other in command[2]
                ])
        records = self.browse(ids)
        records._validate_fields({name for vals in vals_list for name in vals})
        return records

    @api.model
    def _write_rows(self, values):
        """Write plain columns of many rows, with few statements where possible.

        :param dict values: id -> field -> value; the same fields for each
        """
        if not values:
            return
        records = self.browse(sorted(values))
        names = sorted(values[records[0].id])
        if not self._only_own("write"):
            for record in records:
                record.write(values[record.id])
            return
        compat.flush(self.env)
        for start in range(0, len(records), ROWS):
            self._bulk_update(names, values, records[start:start + ROWS].ids)
        compat.written_by_sql(records, names)
        records._validate_fields(names)

    def _bulk_plain(self, values):
        """Tell whether these values have no effects on other records."""
        return "active" not in values and not any(
            self._fields[name].relational or not self._fields[name].column_type
            for name in values
        )

    def _bulk_update(self, names, values, ids):
        columns = [sql.Identifier(name) for name in names]
        query = sql.SQL(
            "UPDATE {} this SET {}, write_uid = %s, write_date = %s"
            " FROM (VALUES {}) AS that (id, {}) WHERE this.id = that.id"
        ).format(
            sql.Identifier(self._table),
            sql.SQL(", ").join(
                sql.SQL("{0} = CAST(that.{0} AS {1})").format(
                    column, sql.Identifier(self._fields[name].column_type[0]))
                for name, column in zip(names, columns)
            ),
            sql.SQL(", ").join([sql.Placeholder()] * len(ids)),
            sql.SQL(", ").join(columns),
        )
        rows = [
            (id_,) + tuple(self._bulk_value(name, values[id_][name]) for name in names)
            for id_ in ids
        ]
        compat.execute(
            self.env.cr, query, [self.env.uid, fields.Datetime.now()] + rows)

    @api.model
    def _bulk_compute(self, rows):
        """Add the values of the stored computed fields to the rows."""

    @api.model
    def _only_own(self, name):
        """Tell whether only our own code extends this method of the ORM."""
        for cls in type(self).__mro__:
            method = cls.__dict__.get(name)
            module = getattr(method, "__module__", "") or ""
            if method is not None and not (
                module.startswith(OWN) or module in HARMLESS
                or cls.__module__.startswith(HARMLESS[0])
            ):
                return False
        return True

    @api.model
    def _bulk_possible(self, vals_list):
        """Tell whether only our own code handles the creation of a row."""
        if not self._only_own("create"):
            return False
        names = {name for vals in vals_list for name in vals}
        for name, field in self._fields.items():
            if field.store and field.compute and name not in self._bulk_own_computed:
                if name not in LOG + ("id", "display_name"):
                    return False
            if name in names and field.type in (
                "one2many", "binary", "html", "reference", "serialized"
            ):
                return False
            if field.type == "many2many" and any(
                command[0] != 6 for vals in vals_list
                for command in vals.get(name) or ()
            ):
                return False
        return True

    @api.model
    def _bulk_defaults(self):
        names = [
            name for name, field in self._fields.items()
            if field.store and field.column_type and name not in LOG + ("id",)
        ]
        return dict(dict.fromkeys(names), **self.default_get(names))

    @api.model
    def _bulk_insert(self, rows):
        columns = sorted(
            name for name in rows[0] if self._fields[name].column_type
        )
        now = fields.Datetime.now()
        log = (self.env.uid, now, self.env.uid, now)
        values = [
            tuple(self._bulk_value(name, row.get(name)) for name in columns) + log
            for row in rows
        ]
        query = sql.SQL("INSERT INTO {} ({}) VALUES {} RETURNING id").format(
            sql.Identifier(self._table),
            sql.SQL(", ").join(
                sql.Identifier(name) for name in columns + list(LOG)
            ),
            sql.SQL(", ").join([sql.Placeholder()] * len(values)),
        )
        # Unlogged: another transaction may have created one; callers repeat.
        compat.execute(self.env.cr, query, values, log_exceptions=False)
        return [row[0] for row in self.env.cr.fetchall()]

    def _bulk_value(self, name, value):
        if self._fields[name].type == "boolean":
            return bool(value)
        return None if value is False or value == "" else value

    def _bulk_relate(self, field, pairs):
        for start in range(0, len(pairs), ROWS * 4):
            part = sorted(set(pairs[start:start + ROWS * 4]))
            query = sql.SQL("INSERT INTO {} ({}, {}) VALUES {}").format(
                sql.Identifier(field.relation), sql.Identifier(field.column1),
                sql.Identifier(field.column2),
                sql.SQL(", ").join([sql.Placeholder()] * len(part)),
            )
            compat.execute(self.env.cr, query, part)
