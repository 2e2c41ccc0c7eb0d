# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Keep departments and people equal in Odoo and DingTalk."""
import json

from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .. import compat, rights
from ..sync import converters, mapping
from ..sync.plan import UPDATE, Change

# Fields that DingTalk changes only together with another one.
SENT_WITH = {"state_code": "mobile"}
# Converters of values that DingTalk writes in one way only.
OF_TEXT = (converters.text, converters.json_text)
# Rules link people to users by these, see ``_check_identity``.
CONTACT = {"state_code", "mobile", "email", "org_email"}
# The first of these that is set decides a new user's rights.
PLACES = ("main_department_id", "department_ids", "parent_id")
# Before the name of a field in the columns of ``_stored``: what DingTalk has reported
# last, whatever Odoo has now.
REPORTED = "reported "


class DingdingSyncMixin(models.AbstractModel):
    """Bind rows to objects of DingTalk.

    Rows are compared in bulk and in DingTalk's ids, see ``sync/``; the ORM writes
    differences.
    """

    _name = "dingding.sync.mixin"
    _description = "DingTalk Sync Mixin"

    # Field with DingTalk's id, unique within an organisation.
    _sync_key = None
    # Fields that decide a person's rights in Odoo: nobody may change them.
    _sync_identity = ("corp_id",)
    # Field with the record's place in the organisation.
    _sync_place = None
    # Field of ``dingding.outgoing.change`` that refers to the record; None: only
    # DingTalk changes such records.
    _sync_change = None
    # Fields that DingTalk returns with another object.
    _sync_pushed = ()

    is_new = fields.Boolean(
        string="Only in Odoo", readonly=True, copy=False,
        help="Created in Odoo and not yet in DingTalk.",
    )
    push_state = fields.Selection(
        [
            ("pending", "Pending"),
            ("confirm", "Awaiting manager"),
            ("failed", "Rejected by DingTalk"),
        ],
        string="Changes", compute="_compute_push", search="_search_push_state",
    )
    push_error = fields.Text(
        string="DingTalk's message", compute="_compute_push",
        groups="dingding.group_manager",
    )
    push_remedy = fields.Text(
        string="What to do", compute="_compute_push", groups="dingding.group_manager",
    )
    can_change_profile = fields.Boolean(compute="_compute_can_change")
    can_change_contact = fields.Boolean(compute="_compute_can_change")
    can_change_structure = fields.Boolean(compute="_compute_can_change")
    baseline_values = fields.Text(
        string="Sync baseline", readonly=True, copy=False,
        groups="dingding.group_manager",
        help="Values that were last equal on both sides, as JSON. A different value in "
             "Odoo was changed in Odoo; a different value in DingTalk was changed in "
             "DingTalk.",
    )

    def init(self):
        if self._auto and self._sync_key:
            compat.unique_index(
                self.env.cr, self._table, ["corp_id", self._sync_key]
            )
            compat.execute(
                self.env.cr,
                sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} (corp_id) WHERE is_new")
                .format(sql.Identifier(self._table + "_is_new_index"),
                        sql.Identifier(self._table)),
            )

    @api.model
    def _dingtalk_mapping(self):
        """Return the table that maps DingTalk's keys to this model's fields.

        Addons add lines by inheritance, see ``sync/mapping.py``::

            return super()._dingtalk_mapping() + [
                FieldMap("remark", "x_remark", converters.text, "personal")
            ]

        :rtype: list of FieldMap
        """
        return []

    # -- reading -----------------------------------------------------------------

    @api.model
    def _stored(self, corp, columns=(), keys=None):
        """Return rows of an organisation, including archived ones, in DingTalk's ids.

        The number of statements does not depend on the number of rows.

        :param columns: further plain fields to load; with ``REPORTED`` before it the
            sync baseline of a mapped field
        :param keys: DingTalk's ids of the rows to load; None: all
        :return: dict DingTalk's id -> dict of ``id``, ``active`` and the mapped fields;
            a relation holds DingTalk's id, or a frozenset of them
        """
        if keys is not None and not keys:
            return {}
        compat.flush(self.env)
        names, selects, joins, many = self._stored_columns(columns)
        wanted, params = self._wanted(keys)
        query = self._STORED.format(
            sql.SQL(", ").join(selects), sql.Identifier(self._table),
            sql.SQL("").join(joins), wanted,
        )
        compat.execute(self.env.cr, query, [corp.id] + params)
        rows, by_id = {}, {}
        for values in self.env.cr.fetchall():
            row = dict(zip(names, [self._as_compared(value) for value in values]))
            rows[row[self._sync_key]] = by_id[row["id"]] = row
        for name, field in many:
            self._load_many(corp, name, field, by_id, keys)
        self.env["dingding.outgoing.change"]._mark_open(
            self, corp, by_id, some=keys is not None)
        return rows

    # Rows that do not exist in DingTalk yet cannot be compared.
    _STORED = sql.SQL(
        "SELECT {} FROM {} this{} WHERE this.corp_id = %s AND this.is_new IS NOT TRUE{}"
    )

    def _stored_columns(self, columns):
        """Return (names, selected columns, joins, list of (name, field) of sets)."""
        relations = {line.field: line.relation for line in self._dingtalk_mapping()}
        single, many = [], []
        for name in sorted(relations):
            field = self._fields[name]
            (many if field.type == "many2many" else single).append((name, field))
        selects = [sql.SQL("this.id"), self._column("this", self._sync_key)]
        joins, names = [], ["id", self._sync_key]
        for name in ("active",) + tuple(columns):
            selects.append(self._stored_column(name))
            names.append(name)
        for number, (name, field) in enumerate(single):
            names.append(name)
            if not relations[name]:
                selects.append(self._column("this", name))
                continue
            other, alias = self.env[field.comodel_name], "other%d" % number
            selects.append(self._column(alias, other._sync_key))
            joins.append(
                sql.SQL(" LEFT JOIN {} {} ON {} = {}").format(
                    sql.Identifier(other._table), sql.Identifier(alias),
                    self._column(alias, "id"), self._column("this", name),
                )
            )
        return names, selects, joins, many

    def _stored_column(self, name):
        if name.startswith(REPORTED):
            return sql.SQL("this.baseline_values::json ->> {}").format(
                sql.Literal(name[len(REPORTED):]))
        return self._column("this", name)

    @api.model
    def _stored_select(self, corp, columns=()):
        """Return what ``_stored`` returns of all rows, as one statement.

        :return: (SELECT, names of the columns with lists instead of sets, parameters)
        """
        compat.flush(self.env)
        names, selects, joins, many = self._stored_columns(columns)
        for name, field in many:
            other = self.env[field.comodel_name]
            names.append(name)
            # Not a join: before the tables are analysed, PostgreSQL would read all of
            # the other one for each row.
            selects.append(
                sql.SQL(
                    "array_remove(ARRAY(SELECT (SELECT other.{} FROM {} other"
                    " WHERE other.id = rel.{} AND other.is_new IS NOT TRUE)"
                    " FROM {} rel WHERE rel.{} = this.id), NULL)"
                ).format(
                    sql.Identifier(other._sync_key), sql.Identifier(other._table),
                    sql.Identifier(field.column2), sql.Identifier(field.relation),
                    sql.Identifier(field.column1),
                )
            )
        query = self._STORED.format(
            sql.SQL(", ").join(
                sql.SQL("{} AS {}").format(select, sql.Identifier(name))
                for name, select in zip(names, selects)),
            sql.Identifier(self._table), sql.SQL("").join(joins), sql.SQL(""),
        )
        return query, [name for name, _field in many], [corp.id]

    def _wanted(self, keys):
        """Return the end of a WHERE clause that restricts ``this`` to certain rows."""
        if keys is None:
            return sql.SQL(""), []
        column = self._column("this", self._sync_key)
        return sql.SQL(" AND {} IN %s").format(column), [tuple(keys)]

    def _load_many(self, corp, name, field, by_id, keys):
        other = self.env[field.comodel_name]
        query = sql.SQL(
            "SELECT rel.{}, other.{} FROM {} rel"
            " JOIN {} other ON other.id = rel.{}"
            " JOIN {} this ON this.id = rel.{}"
            " WHERE this.corp_id = %s AND other.is_new IS NOT TRUE{}"
        )
        wanted, params = self._wanted(keys)
        query = query.format(
            sql.Identifier(field.column1), sql.Identifier(other._sync_key),
            sql.Identifier(field.relation), sql.Identifier(other._table),
            sql.Identifier(field.column2), sql.Identifier(self._table),
            sql.Identifier(field.column1), wanted,
        )
        compat.execute(self.env.cr, query, [corp.id] + params)
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
        """Apply changes of a plan.

        :param changes: list of Change, see ``sync/plan.py``
        :param dict ids: relation ('department' and so on) -> DingTalk's id -> row id;
            new rows are added
        """
        self = self._as_received()
        own = ids[self._sync_relation]
        waiting, rows, relations = [], {}, self._dingtalk_relations()
        changes = self._with_known(corp, changes)
        ids = self._with_ids(corp, changes, ids, relations)
        # Others may belong to those that have turned out to be known.
        own.update((change.key, change.id) for change in changes if change.id)
        for change in changes:
            if change.id is None:
                self._write_waiting(rows)
                if self._needs(change, waiting):
                    self._create_changes(corp, waiting, ids, own, relations)
                    waiting = []
                waiting.append(change)
            else:
                self._create_changes(corp, waiting, ids, own, relations)
                waiting = []
                values = self._written(corp, change, ids, relations)
                if self._bulk_plain(values):
                    rows.setdefault(frozenset(values), {})[change.id] = values
                else:
                    self._write_waiting(rows)
                    self.browse(change.id).write(values)
        self._write_waiting(rows)
        self._create_changes(corp, waiting, ids, own, relations)

    @api.model
    def _with_ids(self, corp, changes, ids, relations):
        """Return ids with those of other resources that these changes refer to.

        A sync that has compared knows them, others know departments and people only.
        """
        found, syncs = dict(ids), self.env["dingding.sync"]
        for field, relation in relations.items():
            if relation and mapping.MANY.get(relation, relation) not in ids:
                keys = {change.values.get(field) for change in changes} - {None}
                found.setdefault(relation, {}).update(
                    syncs._ids_of(syncs._models()[relation], corp, sorted(keys)))
        return found

    @api.model
    def _replaced(self, corp, changes):
        """Return the records whose id DingTalk has given to another object.

        :param changes: as for ``_write_changes``
        """
        return self.browse()

    def _write_waiting(self, rows):
        """Write the collected rows: names of the fields -> id -> values."""
        for values in rows.values():
            self._write_rows(values)
        rows.clear()

    def _as_received(self):
        """Return the records for writing values of DingTalk.

        Nothing is sent back. From 13 on, Odoo replaces only links that the context
        shows, so archived ones are shown.
        """
        return self.with_context(dingding_no_push=True, active_test=False)

    def _with_known(self, corp, changes):
        """Turn creations of rows that exist by now into updates.

        A record created in Odoo may have reached DingTalk since reading.
        """
        keys = [change.key for change in changes if change.id is None]
        if not keys:
            return changes
        known = self.with_context(active_test=False)
        found = {
            record[self._sync_key]: record
            for record in known.search(
                [("corp_id", "=", corp.id), (self._sync_key, "in", keys)]
            )
        }
        waiting = known.search([("corp_id", "=", corp.id), ("is_new", "=", True)])
        result = []
        for change in changes:
            if change.id is None:
                record = found.get(change.key) or waiting._made_in_dingtalk(change)
                if record:
                    values = dict(change.values, active=True)
                    if record.is_new:
                        record.write({self._sync_key: change.key, "is_new": False})
                        waiting -= record
                        # Edits made meanwhile are still to be sent.
                        for name in record._pending_fields():
                            values.pop(name, None)
                    change = change._replace(
                        action=UPDATE, id=record.id, values=values)
            result.append(change)
        return result

    def _pending_fields(self):
        """Return the fields with a pending outgoing change."""
        rows = {self.id: {}}
        self.env["dingding.outgoing.change"]._mark_open(self, self.corp_id, rows, True)
        return rows[self.id].get("pending", set())

    def _made_in_dingtalk(self, change):
        """Return the pending record that DingTalk created as ``change``, or none."""
        if not self:
            return self
        asked = self.env["dingding.outgoing.change"]._asked_of(self)
        return self.filtered(
            lambda record: record.id in asked
            and record._is_made_as(change, asked[record.id])
        )[:1]

    def _is_made_as(self, change, asked):
        """Tell whether ``change`` is what DingTalk was asked to create.

        :param dict asked: values sent to DingTalk
        """
        return False

    def _needs(self, change, waiting):
        """Tell whether a row refers to a row that is still to be created."""
        parent = change.values.get("parent_id")
        return parent and any(other.key == parent for other in waiting)

    @api.model
    def _companies(self, corp_ids):
        corps = self.env["dingding.corp"].browse(corp_ids)
        return {corp.id: corp.company_id.id for corp in corps}

    def _create_changes(self, corp, changes, ids, own, relations):
        if not changes:
            return
        vals_list = [
            dict(
                self._written(corp, change, ids, relations),
                corp_id=corp.id, **{self._sync_key: change.key}
            )
            for change in changes
        ]
        for change, record in zip(changes, self._create_rows(vals_list)):
            own[change.key] = record.id

    @api.model
    def _dingtalk_relations(self):
        """Return the mapped fields: field -> relation, see ``sync/mapping.py``."""
        return {line.field: line.relation for line in self._dingtalk_mapping()}

    def _written(self, corp, change, ids, relations=None):
        """Return the values to write for a Change.

        :param dict relations: of ``_dingtalk_relations``, for callers with many changes
        """
        relations = relations or self._dingtalk_relations()
        values = {}
        for name, value in change.values.items():
            relation = relations.get(name)
            if relation in mapping.MANY:
                known = ids[mapping.MANY[relation]]
                value = [(6, 0, sorted(known[key] for key in value if key in known))]
            elif relation:
                value = ids[relation].get(value)
            values[name] = False if value is None else value
        return values

    # -- sync baseline ------------------------------------------------------------

    @api.model
    def _baseline_text(self, values, before=None, known=None):
        """Return ``baseline_values`` with ``values`` added to the baseline.

        :param dict values: field -> value as ``_stored`` returns it: relations in
            DingTalk's ids, sets for departments; unmapped fields are ignored
        :param str before: current content of the column
        :param known: the mapped fields, for callers with many rows
        """
        known = known or self._dingtalk_relations()
        base = self._load_baseline(before) if before else {}
        for name, value in values.items():
            if name not in known:
                continue
            if isinstance(value, (set, frozenset, tuple, list)):
                value = sorted(value)
            # Store all empty values alike, or they would look changed.
            base[name] = self._as_compared(value) or None
        return json.dumps(base, sort_keys=True, ensure_ascii=False)

    @staticmethod
    def _load_baseline(text):
        try:
            values = json.loads(text or "{}")
        except ValueError:
            return {}
        return values if isinstance(values, dict) else {}

    @api.model
    def _baseline_of(self, text):
        """Return the baseline in ``baseline_values``, comparable to ``_stored``.

        A field that is missing has no baseline.
        """
        values = self._load_baseline(text)
        for line in self._dingtalk_mapping():
            if line.relation in mapping.MANY and line.field in values:
                values[line.field] = frozenset(values[line.field] or ())
        return values

    def _baseline(self):
        """Return the sync baseline as field -> value."""
        self.ensure_one()
        return self._baseline_of(self.sudo().baseline_values)

    def _set_baseline(self, values):
        """Add ``values`` to the baseline; other fields keep theirs.

        :param dict values: as for ``_baseline_text``
        """
        self.ensure_one()
        this = self.sudo()
        text = self._baseline_text(values, this.baseline_values)
        if text != this.baseline_values:
            this.with_context(dingding_no_push=True).write({"baseline_values": text})

    def _forget_baseline(self, names):
        """Remove these fields from the baseline."""
        self.ensure_one()
        this = self.sudo()
        base = self._load_baseline(this.baseline_values)
        for name in names:
            base.pop(name, None)
        text = json.dumps(base, sort_keys=True, ensure_ascii=False)
        this.with_context(dingding_no_push=True).write({"baseline_values": text})

    # -- changes made in Odoo --------------------------------------------------------

    @api.model
    def _leader(self, corp, name):
        """Return which side's value of a field counts: 'dingtalk', 'odoo' or 'last'."""
        if not self._sync_change:
            return "dingtalk"
        return corp.sudo()._leads(name)

    def _compute_push(self):
        changes = self.env["dingding.outgoing.change"]._open_of(self)
        for record in self:
            change = changes.get(record.id)
            if not change:
                record.push_state = record.push_error = record.push_remedy = False
                continue
            record.push_state = {"confirm": "confirm", "failed": "failed"}.get(
                change.state, "pending"
            )
            record.push_error = change.last_error
            record.push_remedy = change.remedy

    def _search_push_state(self, operator, value):
        states = {
            "pending": ("queued", "working", "retry"), "confirm": ("confirm",),
            "failed": ("failed", "unknown"),
        }
        # Odoo 19 passes its own kind of set.
        chosen = [value] if isinstance(value, (str, bool)) else list(value)
        wanted = [state for name in chosen if name for state in states[name]]
        if not wanted:
            wanted = [state for each in states.values() for state in each]
            operator = "not in" if operator in ("=", "in") else "in"
        positive, ids = operator in ("=", "in"), []
        if self._sync_change:
            changes = self.env["dingding.outgoing.change"].sudo().search(
                [("state", "in", wanted), (self._sync_change, "!=", False)]
            )
            ids = changes.mapped(self._sync_change).ids
        return [("id", "in" if positive else "not in", ids)]

    @api.depends("corp_id")
    def _compute_can_change(self):
        probes = {"profile": "name", "contact": "mobile",
                  "structure": self._sync_place}
        for record in self:
            for group, name in probes.items():
                record["can_change_%s" % group] = bool(record.corp_id) and (
                    self._leader(record.corp_id, name) != "dingtalk"
                )

    @api.model
    def _pushed_fields(self):
        """Return the fields whose changes are sent to DingTalk."""
        names = [
            line.field for line in self._dingtalk_mapping() if line.direction == "both"
        ]
        return set(names) | set(self._sync_pushed)

    def _own_values(self, names):
        """Return field -> value as the outbox stores it: relations as row ids."""
        self.ensure_one()
        this, values = self.sudo().with_context(active_test=False), {}
        for name in names:
            kind, value = self._fields[name].type, this[name]
            if kind == "many2many":
                value = sorted(value.ids)
            elif kind == "many2one":
                value = value.id
            values[name] = self._as_compared(value) or None
        return values

    @api.model
    def _export_values(self, values):
        """Convert values of ``_own_values`` to DingTalk's ids, as ``_stored`` has them.

        :return: (values, records that do not exist in DingTalk yet)
        """
        found, missing = {}, []
        for name, value in values.items():
            field = self._fields[name]
            if field.type not in ("many2one", "many2many"):
                found[name] = value
                continue
            model = self.env[field.comodel_name].sudo().with_context(active_test=False)
            others = model.browse(value or ()).exists()
            missing += [other for other in others if other.is_new]
            keys = others.mapped(model._sync_key)
            found[name] = (
                frozenset(keys) if field.type == "many2many" else (keys or [None])[0]
            )
        return found, missing

    def _take_values(self, values):
        """Write DingTalk's values and add them to the baseline.

        :param dict values: field -> value in DingTalk's ids
        """
        self.ensure_one()
        if not values:
            return
        relations, keys = self._dingtalk_relations(), {}
        for name, value in values.items():
            relation = relations.get(name)
            if relation:
                many = relation in mapping.MANY
                keys.setdefault(mapping.MANY.get(relation, relation), []).extend(
                    (value or ()) if many else [value])
        # Only these: of an organisation, Odoo would read all columns of everybody.
        syncs = self.env["dingding.sync"]
        models_of = syncs._models()
        ids = {
            relation: syncs._ids_of(models_of[relation], self.corp_id, found)
            for relation, found in keys.items()
        }
        change = Change(UPDATE, self[self._sync_key], self.id, values, {})
        self._as_received().write(self._written(self.corp_id, change, ids))
        self._set_baseline(values)

    @api.model
    def _prepare_new(self, vals):
        """Return the values of a record that is being created.

        A row without DingTalk's id is created in DingTalk afterwards.

        :raise AccessError: a user sets a value that only DingTalk may set
        :raise UserError: DingTalk leads, so nothing may be created in Odoo
        """
        by_system = compat.is_superuser(self.env)
        if not by_system:
            self._refuse_identity(sorted(set(vals) & self._system_fields()))
        if vals.get(self._sync_key):
            return vals
        corp = self.env["dingding.corp"].browse(
            vals.get("corp_id") or self.default_get(["corp_id"]).get("corp_id") or ()
        )
        if corp and self._leader(corp, self._sync_place) == "dingtalk":
            raise UserError(
                _(
                    "DingTalk leads %s. Create departments and people in DingTalk, or "
                    "let Odoo lead the structure on the organisation's form."
                )
                % corp.sudo().name
            )
        # The company rule is checked before related fields are computed.
        company = corp.sudo().company_id.id
        return self._prepare_key(dict(vals, is_new=True, company_id=company))

    @api.model
    def _prepare_key(self, vals):
        """Return the values of a new record with its key, if Odoo chooses it."""
        return vals

    @api.model
    def _as_sent(self, vals):
        """Return values as DingTalk will return them."""
        if self.env.context.get("dingding_no_push"):
            return vals
        vals = dict(vals)
        for line in self._dingtalk_mapping():
            if line.convert in OF_TEXT and line.direction == "both" and vals.get(
                line.field
            ):
                vals[line.field] = line.convert(vals[line.field]) or False
        return vals

    @api.model
    def _system_fields(self):
        """Return the fields of a new record that only the system may fill."""
        return set(self._sync_identity) - CONTACT - {"corp_id"} | {
            "is_new", "baseline_values",
        }

    @compat.create_multi
    def create(self, vals_list):
        compat.check_access(self.browse(), "create")
        names = self._system_fields()
        self = rights.without_defaults(self, names)
        vals_list = [self._as_sent(self._prepare_new(vals)) for vals in vals_list]
        records = compat.super_create(super(), vals_list)
        if not compat.is_superuser(self.env):
            # A user's saved default is not in ``vals``.
            for record, vals in zip(records, vals_list):
                told = {name: vals.get(name) or False for name in names}
                record._refuse_identity(rights.changed(record, {record.id: told}))
        for record in records.filtered("is_new"):
            record._note_new()
        return records

    def _note_new(self):
        """Queue the creation of this record in DingTalk."""
        names = self._pushed_fields() - set(SENT_WITH) - set(self._sync_pushed)
        values = self._own_values(names - {"leader_department_ids"})
        values = {name: value for name, value in values.items() if value}
        self._note_change(values, {}, "create")

    def write(self, vals):
        watched = self._watched(vals)
        vals = self._as_sent(vals)
        if vals.get("active") is False and self.env.context.get("dingding_no_push"):
            self.env["dingding.outgoing.change"].sudo()._drop_left(self)
        if not watched:
            return super().write(vals)
        before = {record.id: record._own_values(watched) for record in self}
        result = super().write(vals)
        for record in self:
            after = record._own_values(watched)
            changed = {
                name: value for name, value in after.items()
                if value != before[record.id][name]
            }
            if changed:
                record._note_changed(changed, before[record.id])
        return result

    @api.model
    def _watched(self, vals):
        """Return the fields among ``vals`` whose changes are sent to DingTalk."""
        if self.env.context.get("dingding_no_push") or not self._sync_change:
            return []
        names = set(vals) & (self._pushed_fields() | {"active"})
        return sorted(names | {SENT_WITH[name] for name in names if name in SENT_WITH})

    def _note_changed(self, changed, before):
        """Queue outgoing changes for the fields that Odoo leads."""
        names = [
            name for name in changed
            if self.is_new
            or self._leader(self.corp_id, self._group_field(name)) != "dingtalk"
        ]
        if "active" in names:
            names.remove("active")
            self._note_active(changed["active"])
        for name in [each for each in names if each in SENT_WITH]:
            names.append(SENT_WITH[name])
        values = self._own_values(set(names) - set(SENT_WITH))
        if values:
            self._note_change(values, before)

    def _group_field(self, name):
        """Return the field whose policy applies to ``name``."""
        return self._sync_place if name == "active" else name

    def _note_active(self, active):
        changes = self.env["dingding.outgoing.change"].sudo()
        if active:
            changes._drop_delete(self)
            if self.is_new:
                self._note_new()
        elif self.is_new:
            changes._drop_new(self)
        else:
            self._note_change({}, {}, "delete")

    def _note_change(self, values, before, operation=None):
        for name, value in values.items():
            field = self._fields[name]
            if field.type not in ("many2one", "many2many"):
                continue
            others = self.env[field.comodel_name].sudo().browse(value or ())
            if others.mapped("corp_id") - self.sudo().corp_id:
                compat.check_access(
                    self.env[field.comodel_name].browse(others[:1].ids), "read")
                raise ValidationError(
                    _("%(one)s and %(other)s belong to different organisations.")
                    % {"one": self.display_name, "other": others[:1].display_name}
                )
        changes = self._in_own_name(self.env["dingding.outgoing.change"])
        changes._note(self, values, before, operation)

    def _in_own_name(self, others):
        """Return others with sudo whose changes are noted as this user's."""
        author = self.env.uid
        if compat.is_superuser(self.env):
            # Ignore this context key unless the system set it.
            author = self.env.context.get("dingding_changed_by", author)
        return others.with_context(dingding_changed_by=author).sudo()

    def unlink(self):
        changes = self.env["dingding.outgoing.change"].sudo()
        for record in self.filtered("is_new"):
            if record.id in changes._asked_of(record):
                raise UserError(
                    _(
                        "%s may already exist in DingTalk. Wait until the outcome is "
                        "known.")
                    % record.display_name
                )
        return super().unlink()

    def _note_contacts(self, values):
        """Record contact values entered in Odoo, which must not identify anybody."""

    def _push_fields(self, names):
        """Queue the current values of these fields, as if they had just changed.

        A refused value is not sent again until it changes.
        """
        self.ensure_one()
        names = set(names) & self._pushed_fields()
        names |= {SENT_WITH[name] for name in names if name in SENT_WITH}
        values = self._own_values(names - set(SENT_WITH))
        values = self.env["dingding.outgoing.change"]._not_refused(self, values)
        if values:
            self._note_change(values, {})

    # -- buttons -------------------------------------------------------------------

    def action_push_again(self):
        """Resend the changes that DingTalk rejected."""
        compat.check_access(self, "write")
        self.env["dingding.outgoing.change"]._of(self).action_retry()
        return True

    def action_use_dingtalk_value(self):
        """Discard the changes made in Odoo and take DingTalk's values."""
        compat.check_access(self, "write")
        for record in self:
            self.env["dingding.outgoing.change"]._of(record)._use_dingtalk_value(record)
        return True

    def action_delete_in_dingtalk(self):
        """Open the wizard that deletes in DingTalk, after the names are confirmed."""
        compat.check_access(self, "write")
        return self.env["dingding.delete"]._open(self)

    # -- manually ----------------------------------------------------------------

    def _may_change_contact(self):
        """Tell whether the user may change contact details.

        Where rules may link administrators, only an administrator may.
        """
        trusted = self.env.user.has_group("base.group_system")
        return all(
            (record.is_new or self._leader(record.corp_id, "mobile") != "dingtalk")
            and (trusted or not record.corp_id.link_administrators)
            for record in self.sudo()
        )

    def _check_identity(self, vals):
        """Refuse to change a row's identity, except by the system itself.

        :raise AccessError: such a field is among ``vals``
        """
        refused = set(self._sync_identity) | {"baseline_values", "is_new"}
        if CONTACT & set(vals) and self._may_change_contact():
            refused -= CONTACT
        if not compat.is_superuser(self.env):
            self._refuse_identity(sorted(set(vals) & refused))

    @api.model
    def _refuse_identity(self, names):
        if names:
            raise AccessError(
                _("Only DingTalk can change these fields: %s.") % ", ".join(names)
            )
