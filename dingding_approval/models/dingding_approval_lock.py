# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Lock records that are in approval."""
import json

from psycopg2 import sql

from odoo import _, api, models, tools
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat, rights

from .statuses import OPEN

# Represents the files of a record among its field names.
FILES = "*files"
# Messages and activities do not change what is being approved: fields of mail's own
# abstract models, not whatever is called so.
CHATTER = ("message_", "activity_", "website_message_")
ALWAYS_FREE = frozenset(["__last_update", "message_bounce"])


class DingdingApproval(models.Model):
    """Refuse changes of locked records.

    The column ``locked`` of an approval is the lock. The submission sets, the
    write-back clears it. No context key bypasses it; ``sudo()`` does. See
    docs/decisions/0013.
    """

    _inherit = "dingding.approval"

    # -- models --------------------------------------------------------------------

    @api.model
    @tools.ormcache()
    def _mapped_models(self):
        """Return the models with a form banner and approvals.

        Those of active mappings and of all records ever submitted.
        """
        mappings = self.env["dingding.approval.mapping"].sudo().search([])
        self.env.cr.execute("SELECT DISTINCT res_model FROM dingding_approval")
        used = [row[0] for row in self.env.cr.fetchall()]
        # The addons of some may have been uninstalled.
        return frozenset(
            model for model in mappings.mapped("model") + used if model in self.env
        )

    @api.model
    @tools.ormcache()
    def _lockable_models(self):
        """Return what to check when a record of a model is written.

        Locked records keep the lock of their submission.

        :return: model -> (whether it may be locked itself, ((field, parent's model,
            parent's field), ...) for the line models of a form's tables, whose lines
            belong to the approved record)
        """
        mappings = self.env["dingding.approval.mapping"].sudo().with_context(
            active_test=False
        )
        tables = {}
        for mapping in mappings.search([("lock", "in", ("running", "agreed"))]):
            tables.setdefault(mapping.model, set()).update(mapping._lock_tables())
        self.env.cr.execute(
            "SELECT DISTINCT res_model, lock_json FROM dingding_approval WHERE locked"
        )
        for model, rules in self.env.cr.fetchall():
            names = json.loads(rules or "{}").get("tables", ())
            tables.setdefault(model, set()).update(names)
        own, parents = set(tables) & set(self.env.registry.models), {}
        for model in own:
            for parent in self.env[model]._inherits:
                parents.setdefault(parent, set())
            for name in tables[model]:
                field = self.env[model]._fields.get(name)
                inverse = self._line_link(field)
                if inverse:
                    parents.setdefault(field.comodel_name, set()).add(
                        (inverse, model, name)
                    )
        return {
            model: (model in own, tuple(sorted(parents.get(model, ()))))
            for model in own | set(parents)
        }

    @api.model
    def _line_link(self, field):
        """Return the many2one of a table's rows to their record, or None.

        Rows that name their record by a number, such as messages and files, name a
        model beside it: records of other models have the same numbers.

        :param field: one2many of a form's table
        """
        inverse = getattr(field, "inverse_name", None)
        if not inverse:
            return None
        other = self.env[field.comodel_name]._fields.get(inverse)
        return inverse if other is not None and other.type == "many2one" else None

    @api.model
    @tools.ormcache()
    def _always_free(self):
        """Return the names of fields that no lock covers."""
        return ALWAYS_FREE | {
            name
            for model in self.env.registry.models
            if model.startswith("mail.") and self.env[model]._abstract
            for name in self.env[model]._fields if name.startswith(CHATTER)
        }

    @api.model
    @tools.ormcache()
    def _referring_fields(self):
        """Return the fields of lockable models that name other records.

        :return: {model of what they name: ((lockable model, its field, what PostgreSQL
            does when it is deleted: ``delete`` the record too, ``empty`` the field, or
            ``refuse`` it), ...)}
        """
        found, free = {}, self._always_free()
        for model in sorted(self._lockable_models()):
            for name, field in sorted(self.env[model]._fields.items()):
                if not field.store or name in free or name in rights.AUTOMATIC:
                    continue
                if field.type not in ("many2one", "many2many") or (
                    field.compute and field.readonly
                ):
                    # Odoo computes the latter anew.
                    continue
                single = field.type == "many2one"
                # Links of many2many are deleted, up to 13 without saying so.
                policy = getattr(field, "ondelete", None) or (
                    "set null" if single else "cascade")
                effect = "refuse"
                if policy == "cascade":
                    effect = "delete" if single else "empty"
                elif single and not field.required and policy == "set null":
                    effect = "empty"
                found.setdefault(field.comodel_name, []).append((model, name, effect))
        return {model: tuple(rows) for model, rows in found.items()}

    @api.model
    @tools.ormcache()
    def _deleted_with(self):
        """Return the fields by which PostgreSQL deletes what lockable records refer to.

        :return: {model of what somebody deletes: ((model, its field), ...)}
        """
        cascades = {
            (field.comodel_name, model, name)
            for model in self.env.registry.models if self.env[model]._auto
            for name, field in self.env[model]._fields.items()
            if field.type == "many2one" and field.store and field.ondelete == "cascade"
        }
        ends, more, found = set(self._referring_fields()), True, {}
        while more:
            more = {each for each in cascades if each[1] in ends}
            cascades -= more
            for parent, model, name in sorted(more):
                found.setdefault(parent, []).append((model, name))
            ends.update(found)
        return found

    @api.model
    @tools.ormcache("parent")
    def _inheriting(self, parent):
        """Return (model, field) of lockable models that delegate to a model.

        :param str parent: name of a model in their ``_inherits``
        """
        return tuple(
            (model, self.env[model]._inherits[parent])
            for model, (itself, _parents) in sorted(self._lockable_models().items())
            if itself and parent in self.env[model]._inherits
        )

    # -- checks --------------------------------------------------------------------

    @api.model
    def _check_write(self, records, vals):
        """Refuse changes of records that are in approval.

        :param vals: written values; None for a deletion
        :raise UserError: a record is locked, and not all of the fields stay writable
        """
        names = None
        if vals is not None:
            names = set(vals) - self._always_free()
            if not names:
                return
        itself, _parents = self._lockable_models()[records._name]
        if itself:
            self._refuse_locked(records._name, records.ids, names)
        self._check_inheriting(records, names)
        self._check_owners(records)

    @api.model
    def _check_deletion(self, records):
        """Refuse to delete locked records with all rights, on behalf of a person.

        Odoo does so when people merge leads.
        """
        itself, _parents = self._lockable_models().get(records._name, (False, ()))
        if itself:
            self._refuse_locked(records._name, records.ids, None)

    @api.model
    def _check_referring(self, records):
        """Refuse to delete what a locked record, or a line of one, refers to.

        PostgreSQL would delete the record as well, or empty its field, without a call
        of ``unlink()`` or ``write()``. Nor what would be deleted with these records.
        """
        left, seen = [records.sudo()] if records.ids else [], set()
        while left:
            deleted = left.pop()
            seen.update((deleted._name, id_) for id_ in deleted.ids)
            for model, name, effect in self._referring_fields().get(deleted._name, ()):
                if effect != "refuse":
                    self._check_holders(
                        model, name, deleted.ids,
                        None if effect == "delete" else {name})
            for model, name in self._deleted_with().get(deleted._name, ()):
                rows = self.env[model].sudo().with_context(active_test=False)
                rows = rows.search([(name, "in", deleted.ids)]).filtered(
                    lambda row: (row._name, row.id) not in seen)
                left += [rows] if rows else []

    @api.model
    def _check_holders(self, model, name, ids, names):
        """Refuse if a locked record, or a line of one, refers to some others.

        :param name: its field that refers to them
        :param ids: of the others
        :param names: fields that change with them; None: the whole record
        """
        holders = self.env[model].sudo().with_context(active_test=False)
        holders = holders.search([(name, "in", ids)]) if ids else holders
        if not holders:
            return
        itself, _parents = self._lockable_models()[model]
        if itself:
            self._refuse_locked(model, holders.ids, names)
            self._hold(model, holders.ids)
        self._check_inheriting(holders, names)
        self._check_owners(holders)

    @api.model
    def _check_merge(self, merged, kept):
        """Refuse to merge what is locked, or what a locked record refers to."""
        records = merged | kept
        if records._name in self._lockable_models():
            self._check_write(records, None)
            self._hold(records._name, records.ids)
        for model, name, _effect in self._referring_fields().get(merged._name, ()):
            self._check_holders(model, name, merged.ids, {name})

    @api.model
    def _check_row(self, model, id_, name):
        """Refuse the change of a field that is stored in another row than its record.

        :param model: a lockable one
        """
        record = self.env[model].browse(id_).exists()
        self._check_write(record, {name: None})
        self._hold(model, record.ids)

    @api.model
    def _check_inheriting(self, records, names):
        """Refuse changes of records that a locked record delegates to.

        :param names: changed fields; None for the whole record
        """
        for model, link in self._inheriting(records._name):
            others = self.env[model].sudo().with_context(active_test=False)
            shown = names and {
                name for name in names
                if name in others._fields and others._fields[name].inherited
            }
            if names is None or shown:
                self._refuse_locked(
                    model, others.search([(link, "in", records.ids)]).ids, shown
                )

    @api.model
    def _check_owners(self, records, names=None):
        """Refuse if one of these stored rows is a line of a locked record.

        :param names: check only if one of these fields was written
        """
        for inverse, model, name in self._lockable_models()[records._name][1]:
            if names is not None and inverse not in names:
                continue
            owners = {
                value if isinstance(value, int) else value.id
                for value in records.sudo().mapped(inverse)
            }
            self._refuse_locked(model, owners, {name})
            self._hold(model, owners)

    @api.model
    @tools.ormcache()
    def _shared_relations(self):
        """Return the many2many fields by which others change lockable records.

        :return: {model: {field: ((lockable model, its field), ...)}}
        """
        found = {}
        for model in sorted(self._lockable_models()):
            for name, field in sorted(self.env[model]._fields.items()):
                if field.type != "many2many" or not field.store or field.related:
                    continue
                for other, back in self.env[field.comodel_name]._fields.items():
                    if (
                        back.type == "many2many" and back.store and not back.related
                        and (back.comodel_name, back.relation) == (
                            model, field.relation)
                        and (back.column1, back.column2) == (
                            field.column2, field.column1)
                    ):
                        fields = found.setdefault(field.comodel_name, {})
                        fields[other] = fields.get(other, ()) + ((model, name),)
        return found

    @api.model
    def _links_of(self, records, names=None):
        """Return what records link by the fields of ``_shared_relations``.

        :param names: of these fields only
        :return: {field: set of (id, linked id)}
        """
        shared = self._shared_relations().get(records._name, {})
        wanted = [name for name in shared if names is None or name in names]
        return {
            name: {
                (record.id, linked) for record in
                records.sudo().with_context(active_test=False)
                for linked in record[name].ids
            }
            for name in wanted
        }

    @api.model
    def _check_linked(self, records, before=None):
        """Refuse if links of a locked record were changed from their other side.

        :param dict before: see ``_links_of``; these fields are checked. None: the
            records are new, and all are
        """
        shared = self._shared_relations().get(records._name, {})
        known = before or {}
        for field, links in sorted(self._links_of(records, before).items()):
            changed = {linked for _id, linked in links ^ known.get(field, set())}
            for model, name in shared[field] if changed else ():
                self._refuse_locked(model, changed, {name})
                self._hold(model, changed)

    @api.model
    def _check_file(self, model, ids, name, added):
        """Refuse changes of files of records that are in approval.

        :param name: binary field of the files, or False
        :param bool added: the files are new, which matters only if the form includes
            all files of the record
        """
        records = self.env[model].browse(ids)
        itself, _parents = self._lockable_models()[model]
        if itself:
            self._refuse_locked(model, ids, {name or FILES}, added and not name)
            self._hold(model, ids)
        if name:
            self._check_inheriting(records, {name})
        self._check_owners(records.exists())

    @api.model
    @tools.ormcache()
    def _file_fields(self):
        """Return (model, field) of lockable models' stored fields with files."""
        return tuple(
            (model, name)
            for model in sorted(self._lockable_models())
            for name, field in sorted(self.env[model]._fields.items())
            if field.store and field.type in ("many2one", "many2many")
            and field.comodel_name == "ir.attachment"
            and name not in self._always_free()
        )

    @api.model
    def _check_file_fields(self, ids):
        """Refuse changes of files that a field of a locked record refers to.

        :param ids: of attachments
        """
        for model, name in self._file_fields():
            holders = self.env[model].sudo().with_context(active_test=False)
            holders = holders.search([(name, "in", ids)])
            if holders:
                self._check_file(model, holders.ids, name, False)

    @api.model
    def _hold(self, model, ids):
        """Make this transaction and concurrent submissions exclude each other.

        Both update the record's row unchanged, so PostgreSQL fails the later one.
        """
        ids = sorted(each for each in ids if isinstance(each, int) and each)
        records = self.env[model].sudo().browse(ids)
        if not ids or not records._auto:
            return
        query = sql.SQL(
            "UPDATE {} SET id = id WHERE id IN %s"
            " AND xmin::text <> (txid_current() %% 4294967296)::text"
        ).format(sql.Identifier(records._table))
        compat.execute(self.env.cr, query, [tuple(ids)], log_exceptions=False)
        for parent, name in sorted(records._inherits.items()):
            # Inherited fields are in another model's row.
            self._hold(parent, records.exists().mapped(name).ids)

    @api.model
    def _refuse_locked(self, model, ids, names, added_file=False):
        """Refuse if one of the records is locked for one of the fields.

        :param names: changed fields; None for the whole record
        :param bool added_file: check only forms that include all files of the record
        """
        ids = [each for each in ids if isinstance(each, int)]
        if not ids:
            return
        self.env.cr.execute(
            "SELECT min(id), mapping_id, lock_json FROM dingding_approval"
            " WHERE locked AND res_model = %s AND res_id IN %s"
            " GROUP BY mapping_id, lock_json ORDER BY 1",
            [model, tuple(ids)],
        )
        for approval_id, mapping_id, text in self.env.cr.fetchall():
            rules = json.loads(text or "{}")
            free = self._free_of(mapping_id, rules)
            if names is not None and not names - free:
                continue
            if added_file and not rules.get("files", True):
                continue
            approval = self.sudo().browse(approval_id)
            raise UserError(approval._locked_text(names))

    def _free_names(self):
        """Return the names of the fields that stay writable while this locks."""
        return self._free_of(self.mapping_id.id, json.loads(self.lock_json or "{}"))

    @api.model
    def _free_of(self, mapping_id, rules):
        free = self._unlocked_names(mapping_id)
        if "free" in rules:
            # A submitted record cannot gain writable fields.
            free = free & frozenset(rules["free"])
        return free

    @api.model
    @tools.ormcache("mapping_id")
    def _unlocked_names(self, mapping_id):
        mapping = self.env["dingding.approval.mapping"].sudo().browse(mapping_id)
        return frozenset(mapping.unlocked_field_ids.mapped("name"))

    def _locked_text(self, names):
        if self.status == "agreed":
            text = _("%s was approved in DingTalk and can no longer be changed.")
        else:
            text = _("%s is in approval in DingTalk and cannot be changed.")
        text = text % (self.record_name or self.name)
        return "%s\n%s" % (
            text,
            _("Withdraw it first, or ask a DingTalk manager to unlock it."),
        )

    # -- locking and unlocking -----------------------------------------------------

    def _start_locking(self):
        """Lock the record of a new approval if the mapping says so."""
        for approval in self.sudo():
            mapping = approval.mapping_id
            if mapping.lock in ("running", "agreed"):
                rules = json.dumps(mapping._lock_rules(), sort_keys=True)
                approval.write({"locked": True, "lock_json": rules})

    def _keeps_lock(self):
        """Return whether the record stays locked after it was approved."""
        if not self.locked:
            return False
        if not self.lock_json:
            return self.mapping_id.lock == "agreed"
        return json.loads(self.lock_json)["lock"] == "agreed"

    def action_unlock(self, reason):
        """Unlock a record that is in approval; log the user and the reason.

        :param str reason: for the log
        :raise AccessError: the user is not a manager, or an outcome will act as
            somebody else on what would be changed now
        :raise UserError: the reason is empty
        """
        compat.check_access(self, "read")
        if not self._is_manager():
            raise AccessError(_("Only DingTalk managers may unlock a record."))
        running = self.sudo().filtered(lambda row: row.locked and row.status in OPEN)
        running.mapped("mapping_id").with_env(self.env)._check_deciding()
        if not (reason or "").strip():
            raise UserError(_("Enter the reason for unlocking the record."))
        # The user who unlocks it must not choose values of the log.
        self = rights.without_defaults(self)
        for approval in self.sudo().filtered("locked"):
            approval.write(
                {
                    "locked": False,
                    "unlocked_by": self.env.uid,
                    "unlock_reason": reason.strip(),
                }
            )
            text = "%s (%s)" % (reason.strip(), self.env.user.name)
            approval._retry_beside()
            approval._post_on_record("unlocked", text)
            approval.message_post(
                body=tools.html_escape(approval._sentences()["unlocked"] % text)
            )
        return True

    @api.model
    def _records_deleted(self, model, ids):
        """Mark the approvals of records that system code has deleted."""
        rows = self.sudo().search(
            [("res_model", "=", model), ("res_id", "in", ids),
             ("record_gone", "=", False)]
        )
        if rows:
            rows.write({"record_gone": True, "locked": False})
