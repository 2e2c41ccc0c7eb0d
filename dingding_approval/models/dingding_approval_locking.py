# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Keeping what is being approved as it is."""
import json

from psycopg2 import sql

from odoo import _, api, models, tools
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat

from .statuses import OPEN

# Stands for the files of a record among the names of its fields.
FILES = "*files"
# Fields of the chatter: who writes a message or plans an activity changes nothing of
# what is being approved.
ALWAYS_FREE = ("message_", "activity_", "website_message_", "__last_update")


class DingdingApprovalLocking(models.AbstractModel):
    """Which records may not be changed, and by what.

    The lock is the column ``locked`` of an approval, set and taken away in the
    transactions that hand it in and write its outcome. No context key goes past it;
    code that acts for the system (``sudo()``) does. See docs/decisions/0013.
    """

    _name = "dingding.approval.locking"
    _description = "Locking records in approval"

    # -- which models --------------------------------------------------------------

    @api.model
    @tools.ormcache()
    def _mapped_models(self):
        """Return the models whose forms show the banner and that have approvals.

        Those of active mappings, and those of records that were ever submitted: they
        are still followed, and may still be locked.
        """
        mappings = self.env["dingding.approval.mapping"].sudo().search([])
        self.env.cr.execute("SELECT DISTINCT res_model FROM dingding_approval")
        used = [row[0] for row in self.env.cr.fetchall() if row[0] in self.env]
        return frozenset(mappings.mapped("model")) | frozenset(used)

    @api.model
    @tools.ormcache()
    def _lockable_models(self):
        """Return what to look at when a record of a model is written.

        Locked records keep the lock that they were submitted with, whatever has become
        of their mapping.

        :return: model -> (whether it may be locked itself, ((field, parent's model,
            parent's field), ...) for the models of a form's tables, whose lines belong
            to what is approved)
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
                inverse = getattr(field, "inverse_name", None)
                if inverse:
                    parents.setdefault(field.comodel_name, set()).add(
                        (inverse, model, name)
                    )
        return {
            model: (model in own, tuple(sorted(parents.get(model, ()))))
            for model in own | set(parents)
        }

    @api.model
    @tools.ormcache("parent")
    def _inheriting(self, parent):
        """Return (model, field) of lockable models that show a model's fields as own.

        :param str parent: name of a model that they name in ``_inherits``
        """
        return tuple(
            (model, self.env[model]._inherits[parent])
            for model, (itself, _parents) in sorted(self._lockable_models().items())
            if itself and parent in self.env[model]._inherits
        )

    # -- the check -----------------------------------------------------------------

    @api.model
    def _check_write(self, records, vals):
        """Refuse a change of records that are in approval.

        :param vals: what is written; None for a deletion
        :raise UserError: a record is locked, and not all of it is on the list of
            fields that may be changed
        """
        names = None
        if vals is not None:
            names = {name for name in vals if not name.startswith(ALWAYS_FREE)}
            if not names:
                return
        itself, _parents = self._lockable_models()[records._name]
        if itself:
            self._refuse_locked(records._name, records.ids, names)
        self._check_inheriting(records, names)
        self._check_owners(records)

    @api.model
    def _check_inheriting(self, records, names):
        """Refuse when a locked record shows fields of one of these as its own.

        :param names: fields that would change; None: the whole record
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
        """Refuse when one of these, as they are stored, is a line of a locked record.

        :param names: look only where one of these fields was written
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
    def _check_file(self, model, ids, name, added):
        """Refuse a change of files of records that are in approval.

        :param name: binary field that the files are, or False
        :param bool added: the files are new: they change what is approved only where
            the form has all files of the record
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
    def _hold(self, model, ids):
        """Let this transaction and those that submit one of the records exclude others.

        Both write the record's row, which changes nothing: PostgreSQL then lets the one
        that has not seen the other's work fail, and Odoo repeats it.
        """
        ids = sorted(each for each in ids if isinstance(each, int) and each)
        records = self.env[model].sudo().browse(ids)
        if not ids or not records._auto:
            return
        # Once in a transaction is enough.
        query = sql.SQL(
            "UPDATE {} SET id = id WHERE id IN %s"
            " AND xmin::text <> (txid_current() %% 4294967296)::text"
        ).format(sql.Identifier(records._table))
        compat.execute(self.env.cr, query, [tuple(ids)], log_exceptions=False)
        for parent, name in sorted(records._inherits.items()):
            # Fields of such a model are written on another one's row.
            self._hold(parent, records.exists().mapped(name).ids)

    @api.model
    def _refuse_locked(self, model, ids, names, added_file=False):
        """Refuse when one of the records is locked for one of the fields.

        :param names: fields that would change; None: the whole record
        :param bool added_file: only where the form has all files of the record
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
            free = self._unlocked_names(mapping_id)
            if "free" in rules:
                # Nobody widens the lock of what is being approved.
                free = free & set(rules["free"])
            if names is not None and not names - free:
                continue
            if added_file and not rules.get("files", True):
                continue
            approval = self.sudo().browse(approval_id)
            raise UserError(approval._locked_text(names))

    @api.model
    @tools.ormcache("mapping_id")
    def _unlocked_names(self, mapping_id):
        mapping = self.env["dingding.approval.mapping"].sudo().browse(mapping_id)
        return frozenset(mapping.unlocked_field_ids.mapped("name"))

    def _locked_text(self, names):
        if self.status == "agreed":
            text = _("%s has been agreed to in DingTalk and stays as it was agreed.")
        else:
            text = _("%s is in approval in DingTalk and cannot be changed meanwhile.")
        text = text % (self.record_name or self.name)
        return "%s\n%s" % (
            text,
            _("Withdraw it first, or have a DingTalk manager unlock it."),
        )

    # -- setting and taking away ---------------------------------------------------

    def _start_locking(self):
        """Lock the record of a new approval, where the mapping wants it."""
        for approval in self.sudo():
            mapping = approval.mapping_id
            if mapping.lock in ("running", "agreed"):
                rules = json.dumps(mapping._lock_rules(), sort_keys=True)
                approval.write({"locked": True, "lock_json": rules})

    def _stays_locked(self):
        """Tell whether the record stays locked once it was agreed to."""
        if not self.locked:
            return False
        if not self.lock_json:
            return self.mapping_id.lock == "agreed"
        return json.loads(self.lock_json)["lock"] == "agreed"

    def action_unlock(self, reason):
        """Let the record be changed although it is in approval; who and why is kept.

        :param str reason: why; a reader of the log wants to know
        :raise AccessError: for anybody but managers
        :raise UserError: there is no reason
        """
        compat.check_access(self, "read")
        if not self._is_manager():
            raise AccessError(_("Only DingTalk managers may unlock a record."))
        if not (reason or "").strip():
            raise UserError(_("Say why the record is unlocked."))
        for approval in self.sudo().filtered("locked"):
            approval.write(
                {
                    "locked": False,
                    "unlocked_by": self.env.uid,
                    "unlock_reason": reason.strip(),
                }
            )
            text = "%s (%s)" % (reason.strip(), self.env.user.name)
            approval._tell_record("unlocked", text)
            approval.message_post(
                body=tools.html_escape(approval._sentences()["unlocked"] % text)
            )
        return True

    @api.model
    def _records_deleted(self, model, ids):
        """Note that records are gone: code of the system deleted them."""
        rows = self.sudo().search(
            [("res_model", "=", model), ("res_id", "in", ids),
             ("record_gone", "=", False)]
        )
        if rows:
            rows.write({"record_gone": True, "locked": False})
            for row in rows.filtered(lambda row: row.status in OPEN):
                text = _("The record was deleted while it was approved.")
                row._call_responsible(text)
