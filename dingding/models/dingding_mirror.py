# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What departments and people have in common: they are DingTalk's, mirrored here."""
import json

from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from .. import compat


class DingdingMirror(models.AbstractModel):
    """Rows that stand for something in DingTalk.

    Rows are loaded and compared in bulk and in DingTalk's ids, see ``sync/``; only
    what differs is written, through the ORM.
    """

    _name = "dingding.mirror"
    _description = "Mirror of DingTalk"

    # Field with DingTalk's id, unique within an organisation.
    _mirror_key = None
    # Who somebody is decides what he may do here: nobody may rewrite these by hand.
    _mirror_identity = ("corp_id",)

    agreed_values = fields.Text(
        string="Agreed values", readonly=True, copy=False,
        groups="dingding.group_manager",
        help="What Odoo and DingTalk last agreed on, as JSON: field to value. A field "
        "that differs from it was changed here, a value of DingTalk that differs from "
        "it was changed there.",
    )

    def init(self):
        if self._auto and self._mirror_key:
            compat.unique_index(
                self.env.cr, self._table, ["corp_id", self._mirror_key]
            )

    @api.model
    def _dingtalk_mapping(self):
        """Return the table DingTalk key > field of this model.

        Addons add lines by inheritance, see ``sync/mapping.py``::

            return super()._dingtalk_mapping() + [
                FieldMap("remark", "x_remark", converters.text, "personal")
            ]

        :rtype: list of FieldMap
        """
        return []

    # -- reading -----------------------------------------------------------------

    @api.model
    def _stored(self, corp, columns=()):
        """Return all rows of an organisation, archived ones too, in DingTalk's ids.

        The number of statements does not depend on the number of rows.

        :param columns: further plain fields to be loaded
        :return: dict DingTalk's id -> dict of ``id``, ``active`` and the mapped
            fields; a relation holds the other's id of DingTalk, or a frozenset
        """
        compat.flush(self.env)
        relations = {line.field: line.relation for line in self._dingtalk_mapping()}
        single, many = [], []
        for name in sorted(relations):
            field = self._fields[name]
            (many if field.type == "many2many" else single).append((name, field))
        selects = [sql.SQL("this.id"), self._column("this", self._mirror_key)]
        joins, names = [], ["id", self._mirror_key]
        for name in ("active",) + tuple(columns):
            selects.append(self._column("this", name))
            names.append(name)
        for number, (name, field) in enumerate(single):
            names.append(name)
            if not relations[name]:
                selects.append(self._column("this", name))
                continue
            other, alias = self.env[field.comodel_name], "other%d" % number
            selects.append(self._column(alias, other._mirror_key))
            joins.append(
                sql.SQL(" LEFT JOIN {} {} ON {} = {}").format(
                    sql.Identifier(other._table), sql.Identifier(alias),
                    self._column(alias, "id"), self._column("this", name),
                )
            )
        query = sql.SQL("SELECT {} FROM {} this{} WHERE this.corp_id = %s").format(
            sql.SQL(", ").join(selects), sql.Identifier(self._table),
            sql.SQL("").join(joins),
        )
        compat.execute(self.env.cr, query, [corp.id])
        rows, by_id = {}, {}
        for values in self.env.cr.fetchall():
            row = dict(zip(names, [self._as_compared(value) for value in values]))
            rows[row[self._mirror_key]] = by_id[row["id"]] = row
        for name, field in many:
            self._load_many(corp, name, field, by_id)
        return rows

    def _load_many(self, corp, name, field, by_id):
        other = self.env[field.comodel_name]
        query = sql.SQL(
            "SELECT rel.{}, other.{} FROM {} rel"
            " JOIN {} other ON other.id = rel.{}"
            " JOIN {} this ON this.id = rel.{}"
            " WHERE this.corp_id = %s"
        ).format(
            sql.Identifier(field.column1), sql.Identifier(other._mirror_key),
            sql.Identifier(field.relation), sql.Identifier(other._table),
            sql.Identifier(field.column2), sql.Identifier(self._table),
            sql.Identifier(field.column1),
        )
        compat.execute(self.env.cr, query, [corp.id])
        found = {}
        for row_id, key in self.env.cr.fetchall():
            found.setdefault(row_id, set()).add(key)
        for row_id, row in by_id.items():
            row[name] = frozenset(found.get(row_id, ()))

    @staticmethod
    def _column(alias, name):
        return sql.SQL("{}.{}").format(sql.Identifier(alias), sql.Identifier(name))

    @staticmethod
    def _as_compared(value):
        return value.isoformat() if hasattr(value, "isoformat") else value

    # -- writing -----------------------------------------------------------------

    @api.model
    def _write_changes(self, corp, changes, ids):
        """Carry out changes of a plan.

        :param changes: list of Change, see ``sync/plan.py``
        :param dict ids: relation ('department', 'person') -> DingTalk's id -> our id;
            what is made here is added
        """
        own = ids[self._mirror_relation]
        waiting = []
        for change in changes:
            if change.id is None:
                if self._needs(change, waiting):
                    self._create_changes(corp, waiting, ids, own)
                    waiting = []
                waiting.append(change)
            else:
                self._create_changes(corp, waiting, ids, own)
                waiting = []
                self.browse(change.id).write(self._written(corp, change, ids))
        self._create_changes(corp, waiting, ids, own)

    def _needs(self, change, waiting):
        """Tell whether a row refers to one of those that are still to be made."""
        parent = change.values.get("parent_id")
        return parent and any(other.key == parent for other in waiting)

    def _create_changes(self, corp, changes, ids, own):
        if not changes:
            return
        vals_list = [
            dict(
                self._written(corp, change, ids),
                corp_id=corp.id, **{self._mirror_key: change.key}
            )
            for change in changes
        ]
        for change, record in zip(changes, compat.create_all(self, vals_list)):
            own[change.key] = record.id

    def _written(self, corp, change, ids):
        """Return the values of a change as the ORM takes them."""
        relations = {line.field: line.relation for line in self._dingtalk_mapping()}
        values = {}
        for name, value in change.values.items():
            relation = relations.get(name)
            if relation == "departments":
                known = ids["department"]
                value = [(6, 0, sorted(known[key] for key in value if key in known))]
            elif relation:
                value = ids[relation].get(value)
            values[name] = False if value is None else value
        return values

    # -- what both sides last agreed on ------------------------------------------

    @api.model
    def _agreed_text(self, values, before=None):
        """Return what ``agreed_values`` holds once ``values`` are agreed on too.

        :param dict values: field -> value as ``_stored`` returns it: relations in
            DingTalk's ids, sets for departments; fields out of the table are left out
        :param str before: what the column held
        """
        known = {line.field for line in self._dingtalk_mapping()}
        agreed = self._load_agreed(before)
        for name, value in values.items():
            if name not in known:
                continue
            if isinstance(value, (set, frozenset, tuple, list)):
                value = sorted(value)
            # All that is empty is one value, or it would look changed.
            agreed[name] = self._as_compared(value) or None
        return json.dumps(agreed, sort_keys=True, ensure_ascii=False)

    @staticmethod
    def _load_agreed(text):
        try:
            values = json.loads(text or "{}")
        except ValueError:
            return {}
        return values if isinstance(values, dict) else {}

    @api.model
    def _agreed_of(self, text):
        """Return the values of a column ``agreed_values``, comparable to ``_stored``.

        A field that is not among them was never agreed on.
        """
        values = self._load_agreed(text)
        for line in self._dingtalk_mapping():
            if line.relation == "departments" and line.field in values:
                values[line.field] = frozenset(values[line.field] or ())
        return values

    def _agreed(self):
        """Return field -> value of the last agreement with DingTalk, see above."""
        self.ensure_one()
        return self._agreed_of(self.sudo().agreed_values)

    def _set_agreed(self, values):
        """Note that both sides now have ``values``; other fields stay as agreed.

        :param dict values: as for ``_agreed_text``
        """
        self.ensure_one()
        this = self.sudo()
        text = self._agreed_text(values, this.agreed_values)
        if text != this.agreed_values:
            this.with_context(dingding_no_push=True).write({"agreed_values": text})

    # -- by hand -----------------------------------------------------------------

    @api.model
    def _check_identity(self, vals):
        """Refuse to change who a row stands for, except for the system itself.

        :raise AccessError: such a field is among ``vals``
        """
        refused = set(self._mirror_identity) | {"agreed_values"}
        fields_ = sorted(set(vals) & refused)
        if fields_ and not compat.is_superuser(self.env):
            raise AccessError(
                _("Only DingTalk itself changes these fields: %s.") % ", ".join(fields_)
            )
