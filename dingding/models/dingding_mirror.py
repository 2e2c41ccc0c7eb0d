# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""What departments and people have in common: they are DingTalk's, mirrored here."""
import json

from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .. import compat, rights
from ..sync import converters
from ..sync.plan import UPDATE, Change

# A field that DingTalk changes with another one.
SENT_WITH = {"state_code": "mobile"}
# What DingTalk writes in one way only.
OF_TEXT = (converters.text, converters.json_text)
# Who is reached there. The rules that link people to system users read them, see
# ``_check_identity``.
CONTACT = {"state_code", "mobile", "email", "org_email"}


class DingdingMirror(models.AbstractModel):
    """Rows that stand for something in DingTalk.

    Rows are loaded and compared in bulk and in DingTalk's ids, see ``sync/``; only
    what differs is written, through the ORM.
    """

    _name = "dingding.mirror"
    _inherit = "dingding.bulk"
    _description = "Mirror of DingTalk"

    # Field with DingTalk's id, unique within an organisation.
    _mirror_key = None
    # Who somebody is decides what he may do here: nobody may rewrite these by hand.
    _mirror_identity = ("corp_id",)
    # Field that says where in the organisation it stands.
    _mirror_place = None
    # Field of ``dingding.change`` with the record.
    _mirror_change = None
    # Pushed, though not in the table: DingTalk tells it of somebody else.
    _mirror_pushed = ()

    is_new = fields.Boolean(
        string="Only in Odoo", readonly=True, copy=False,
        help="Made in Odoo; DingTalk has not got it yet.",
    )
    push_state = fields.Selection(
        [
            ("pending", "On its way to DingTalk"),
            ("confirm", "Waits for a manager"),
            ("failed", "Not taken by DingTalk"),
        ],
        string="Changes", compute="_compute_push", search="_search_push_state",
    )
    push_error = fields.Text(
        string="What DingTalk said", compute="_compute_push",
        groups="dingding.group_manager",
    )
    push_remedy = fields.Text(
        string="What to do", compute="_compute_push", groups="dingding.group_manager",
    )
    can_change_profile = fields.Boolean(compute="_compute_can_change")
    can_change_contact = fields.Boolean(compute="_compute_can_change")
    can_change_structure = fields.Boolean(compute="_compute_can_change")
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
    def _stored(self, corp, columns=(), keys=None):
        """Return rows of an organisation, archived ones too, in DingTalk's ids.

        The number of statements does not depend on the number of rows.

        :param columns: further plain fields to be loaded
        :param keys: DingTalk's ids of those that are wanted; None: all
        :return: dict DingTalk's id -> dict of ``id``, ``active`` and the mapped
            fields; a relation holds the other's id of DingTalk, or a frozenset
        """
        if keys is not None and not keys:
            return {}
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
        # What DingTalk has not got yet can't be compared with it.
        query = sql.SQL(
            "SELECT {} FROM {} this{} WHERE this.corp_id = %s"
            " AND this.is_new IS NOT TRUE{}"
        )
        wanted, params = self._wanted(keys)
        query = query.format(
            sql.SQL(", ").join(selects), sql.Identifier(self._table),
            sql.SQL("").join(joins), wanted,
        )
        compat.execute(self.env.cr, query, [corp.id] + params)
        rows, by_id = {}, {}
        for values in self.env.cr.fetchall():
            row = dict(zip(names, [self._as_compared(value) for value in values]))
            rows[row[self._mirror_key]] = by_id[row["id"]] = row
        for name, field in many:
            self._load_many(corp, name, field, by_id, keys)
        self.env["dingding.change"]._mark_open(self, corp, by_id)
        return rows

    def _wanted(self, keys):
        """Return the end of a WHERE that keeps certain rows of ``this``."""
        if keys is None:
            return sql.SQL(""), []
        column = self._column("this", self._mirror_key)
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
            sql.Identifier(field.column1), sql.Identifier(other._mirror_key),
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
        """Carry out changes of a plan.

        :param changes: list of Change, see ``sync/plan.py``
        :param dict ids: relation ('department', 'person') -> DingTalk's id -> our id;
            what is made here is added
        """
        # What comes from DingTalk does not go back there.
        self = self.with_context(dingding_no_push=True)
        own = ids[self._mirror_relation]
        waiting = []
        changes = self._with_known(corp, changes)
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

    def _with_known(self, corp, changes):
        """Return the changes, with updates of the rows that exist by now.

        Between reading DingTalk and writing, what was made in Odoo may have arrived in
        DingTalk; it is the same record and not a second one.
        """
        keys = [change.key for change in changes if change.id is None]
        if not keys:
            return changes
        known = self.with_context(active_test=False)
        found = {
            record[self._mirror_key]: record
            for record in known.search(
                [("corp_id", "=", corp.id), (self._mirror_key, "in", keys)]
            )
        }
        waiting = known.search([("corp_id", "=", corp.id), ("is_new", "=", True)])
        result = []
        for change in changes:
            if change.id is None:
                record = found.get(change.key) or waiting._made_in_dingtalk(change)
                if record:
                    if record.is_new:
                        record.write({self._mirror_key: change.key, "is_new": False})
                        waiting -= record
                    change = change._replace(
                        action=UPDATE, id=record.id,
                        values=dict(change.values, active=True),
                    )
            result.append(change)
        return result

    def _made_in_dingtalk(self, change):
        """Return which of these new records DingTalk now has as ``change``, or none."""
        if not self:
            return self
        asked = self.env["dingding.change"]._asked_of(self)
        return self.filtered(
            lambda record: record.id in asked
            and record._is_made_as(change, asked[record.id])
        )[:1]

    def _is_made_as(self, change, asked):
        """Tell whether what DingTalk was asked to make is what ``change`` says.

        :param dict asked: what DingTalk was asked for
        """
        return False

    def _needs(self, change, waiting):
        """Tell whether a row refers to one of those that are still to be made."""
        parent = change.values.get("parent_id")
        return parent and any(other.key == parent for other in waiting)

    @api.model
    def _companies(self, corp_ids):
        """Return organisation's id -> its company's id."""
        corps = self.env["dingding.corp"].browse(corp_ids)
        return {corp.id: corp.company_id.id for corp in corps}

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
        for change, record in zip(changes, self._create_rows(vals_list)):
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
        agreed = self._load_agreed(before) if before else {}
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

    def _forget_agreed(self, names):
        """Note that both sides do not agree on these fields any more."""
        self.ensure_one()
        this = self.sudo()
        agreed = self._load_agreed(this.agreed_values)
        for name in names:
            agreed.pop(name, None)
        text = json.dumps(agreed, sort_keys=True, ensure_ascii=False)
        this.with_context(dingding_no_push=True).write({"agreed_values": text})

    # -- changes made here ---------------------------------------------------------

    @api.model
    def _leader(self, corp, name):
        """Return whose value of a field counts: 'dingtalk', 'odoo' or 'last'."""
        return corp.sudo()._leads(name)

    def _compute_push(self):
        changes = self.env["dingding.change"]._open_of(self)
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
        # 19 gives a set of its own.
        chosen = [value] if isinstance(value, (str, bool)) else list(value)
        wanted = [state for name in chosen if name for state in states[name]]
        if not wanted:
            wanted = [state for each in states.values() for state in each]
            operator = "not in" if operator in ("=", "in") else "in"
        changes = self.env["dingding.change"].sudo().search(
            [("state", "in", wanted), (self._mirror_change, "!=", False)]
        )
        positive = operator in ("=", "in")
        return [
            ("id", "in" if positive else "not in",
             changes.mapped(self._mirror_change).ids)
        ]

    @api.depends("corp_id")
    def _compute_can_change(self):
        probes = {"profile": "name", "contact": "mobile",
                  "structure": self._mirror_place}
        for record in self:
            for group, name in probes.items():
                record["can_change_%s" % group] = bool(record.corp_id) and (
                    self._leader(record.corp_id, name) != "dingtalk"
                )

    @api.model
    def _pushed_fields(self):
        """Return the fields whose changes go to DingTalk."""
        names = [
            line.field for line in self._dingtalk_mapping() if line.direction == "both"
        ]
        return set(names) | set(self._mirror_pushed)

    @api.model
    def _only_corp(self):
        """Return the organisation of a new record, when there is but one."""
        corps = self.env["dingding.corp"].search([], limit=2)
        return corps if len(corps) == 1 else False

    def _own_values(self, names):
        """Return field -> value as the outbox keeps it: relations as our ids."""
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
    def _outside(self, values):
        """Return values of ``_own_values`` in DingTalk's ids, as ``_stored`` has them.

        :return: (values, records that DingTalk has not got yet)
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
            keys = others.mapped(model._mirror_key)
            found[name] = (
                frozenset(keys) if field.type == "many2many" else (keys or [None])[0]
            )
        return found, missing

    def _take_values(self, values):
        """Write values of DingTalk, which then are agreed on.

        :param dict values: field -> value in DingTalk's ids
        """
        self.ensure_one()
        if not values:
            return
        ids = {}
        for relation, model_name in (("department", "dingding.department"),
                                     ("person", "dingding.user")):
            model = self.env[model_name].with_context(active_test=False)
            ids[relation] = {
                other[model._mirror_key]: other.id
                for other in model.search([("corp_id", "=", self.corp_id.id)])
            }
        change = Change(UPDATE, self[self._mirror_key], self.id, values, {})
        this = self.with_context(dingding_no_push=True)
        this.write(self._written(self.corp_id, change, ids))
        self._set_agreed(values)

    @api.model
    def _prepare_new(self, vals):
        """Return the values of a record that is being made.

        A row with DingTalk's id stands for what is there already. One without is new:
        it is made in DingTalk afterwards.

        :raise AccessError: a person says what only DingTalk may say
        :raise UserError: DingTalk leads, so nothing is made from here
        """
        by_system = compat.is_superuser(self.env)
        if not by_system:
            self._refuse_identity(sorted(set(vals) & self._system_fields()))
        if vals.get(self._mirror_key):
            return vals
        corp = self.env["dingding.corp"].browse(
            vals.get("corp_id") or self.default_get(["corp_id"]).get("corp_id") or ()
        )
        if corp and self._leader(corp, self._mirror_place) == "dingtalk":
            raise UserError(
                _(
                    "%s is led by DingTalk: make departments and people there, or let "
                    "Odoo lead the structure on the organisation's form."
                )
                % corp.sudo().name
            )
        # The rule about companies is asked before related fields are computed.
        company = corp.sudo().company_id.id
        return self._prepare_key(dict(vals, is_new=True, company_id=company))

    @api.model
    def _prepare_key(self, vals):
        """Return the values of a new record with the key, if we choose it."""
        return vals

    @api.model
    def _as_sent(self, vals):
        """Return values as they will come back from DingTalk.

        Else each reading would find a difference that is none.
        """
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
        """Return the fields of a new record that nobody but the system fills."""
        return set(self._mirror_identity) - CONTACT - {"corp_id"} | {
            "is_new", "agreed_values",
        }

    @compat.create_multi
    def create(self, vals_list):
        compat.check_access(self.browse(), "create")
        names = self._system_fields()
        this = rights.without_defaults(self, names)
        vals_list = [this._as_sent(this._prepare_new(vals)) for vals in vals_list]
        records = compat.super_create(super(DingdingMirror, this), vals_list)
        if not compat.is_superuser(self.env):
            # A default that somebody has saved is in no ``vals``.
            for record, vals in zip(records, vals_list):
                told = {name: vals.get(name) or False for name in names}
                record._refuse_identity(rights.changed(record, {record.id: told}))
        for record in records.filtered("is_new"):
            record._note_new()
        return records

    def _note_new(self):
        """Have this record made in DingTalk."""
        names = self._pushed_fields() - set(SENT_WITH) - set(self._mirror_pushed)
        values = self._own_values(names - {"leader_department_ids"})
        values = {name: value for name, value in values.items() if value}
        self._note_change(values, {}, "create")

    def write(self, vals):
        watched = self._watched(vals)
        vals = self._as_sent(vals)
        if vals.get("active") is False and self.env.context.get("dingding_no_push"):
            self.env["dingding.change"].sudo()._drop_left(self)
        if not watched:
            return super(DingdingMirror, self).write(vals)
        before = {record.id: record._own_values(watched) for record in self}
        result = super(DingdingMirror, self).write(vals)
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
        """Return the fields among ``vals`` of which DingTalk is to hear."""
        if self.env.context.get("dingding_no_push"):
            return []
        names = set(vals) & (self._pushed_fields() | {"active"})
        return sorted(names | {SENT_WITH[name] for name in names if name in SENT_WITH})

    def _note_changed(self, changed, before):
        """Hand what was changed here to the outbox, as far as Odoo leads it."""
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
        """Return the field by which the policy about ``name`` is found."""
        return self._mirror_place if name == "active" else name

    def _note_active(self, active):
        changes = self.env["dingding.change"].sudo()
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
                raise ValidationError(
                    _("%(one)s and %(other)s are of different organisations.")
                    % {"one": self.display_name, "other": others[:1].display_name}
                )
        author = self.env.uid
        if compat.is_superuser(self.env):
            # Others choose their context themselves.
            author = self.env.context.get("dingding_changed_by", author)
        changes = self.env["dingding.change"].with_context(dingding_changed_by=author)
        changes.sudo()._note(self, values, before, operation)

    def unlink(self):
        changes = self.env["dingding.change"].sudo()
        for record in self.filtered("is_new"):
            if record.id in changes._asked_of(record):
                raise UserError(
                    _("%s may have been made in DingTalk. Wait until that is settled.")
                    % record.display_name
                )
        return super(DingdingMirror, self).unlink()

    def _note_contacts(self, values):
        """Remember by which of these values nobody is recognised; they are Odoo's."""

    def _push_fields(self, names):
        """Send what these fields hold, as if it had just been changed.

        For who compares and finds that Odoo's value is to be kept.
        """
        self.ensure_one()
        names = set(names) & self._pushed_fields()
        names |= {SENT_WITH[name] for name in names if name in SENT_WITH}
        values = self._own_values(names - set(SENT_WITH))
        if values:
            self._note_change(values, {})

    # -- buttons -------------------------------------------------------------------

    def action_push_again(self):
        """Send the changes that DingTalk has not taken once more."""
        compat.check_access(self, "write")
        self.env["dingding.change"]._of(self).action_retry()
        return True

    def action_take_theirs(self):
        """Give up the changes made here and take what DingTalk has."""
        compat.check_access(self, "write")
        for record in self:
            self.env["dingding.change"]._of(record)._take_theirs(record)
        return True

    def action_delete_there(self):
        """Open the form that deletes in DingTalk, after a look at the names."""
        compat.check_access(self, "write")
        return self.env["dingding.delete"]._open(self)

    # -- by hand -----------------------------------------------------------------

    def _may_change_contact(self):
        """Tell whether the user may change by what people are reached.

        The rules that link people to system users read it, so where they may link
        administrators only an administrator may.
        """
        trusted = self.env.user.has_group("base.group_system")
        return all(
            (record.is_new or self._leader(record.corp_id, "mobile") != "dingtalk")
            and (trusted or not record.corp_id.link_administrators)
            for record in self.sudo()
        )

    def _check_identity(self, vals):
        """Refuse to change who a row stands for, except for the system itself.

        :raise AccessError: such a field is among ``vals``
        """
        refused = set(self._mirror_identity) | {"agreed_values", "is_new"}
        if CONTACT & set(vals) and self._may_change_contact():
            refused -= CONTACT
        if not compat.is_superuser(self.env):
            self._refuse_identity(sorted(set(vals) & refused))

    @api.model
    def _refuse_identity(self, names):
        if names:
            raise AccessError(
                _("Only DingTalk itself changes these fields: %s.") % ", ".join(names)
            )
