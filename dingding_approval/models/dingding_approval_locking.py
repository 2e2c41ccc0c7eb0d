# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Keeping what is being approved as it is."""
from odoo import _, api, models, tools
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat

from .statuses import OPEN

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
        """Return the models whose forms show the bar.

        Those of active mappings, and of archived ones by which something was submitted:
        it is still followed, and may still be locked.
        """
        mappings = self.env["dingding.approval.mapping"].sudo()
        self.env.cr.execute("SELECT DISTINCT mapping_id FROM dingding_approval")
        used = [row[0] for row in self.env.cr.fetchall()]
        found = mappings.with_context(active_test=False).search(
            ["|", ("active", "=", True), ("id", "in", used)]
        )
        return frozenset(found.mapped("model"))

    @api.model
    @tools.ormcache()
    def _lockable_models(self):
        """Return what to look at when a record of a model is written.

        :return: model -> (whether it may be locked itself, ((field, parent's model),
            ...) for the models of a form's tables, whose lines belong to what is
            approved)
        """
        own, parents = set(), {}
        mappings = self.env["dingding.approval.mapping"].sudo().with_context(
            active_test=False
        )
        for mapping in mappings.search([("lock", "in", ("running", "agreed"))]):
            if mapping.model not in self.env:
                continue
            own.add(mapping.model)
            for line in mapping.line_ids:
                name = (line.field_path or "").split(".")[0]
                field = self.env[mapping.model]._fields.get(name)
                if field is not None and field.type == "one2many":
                    inverse = getattr(field, "inverse_name", None)
                    if inverse:
                        parents.setdefault(field.comodel_name, set()).add(
                            (inverse, mapping.model, name)
                        )
        return {
            model: (model in own, tuple(sorted(parents.get(model, ()))))
            for model in own | set(parents)
        }

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
        itself, parents = self._lockable_models()[records._name]
        if itself:
            self._refuse_locked(records._name, records.ids, names)
        for inverse, model, name in parents:
            owners = [
                value if isinstance(value, int) else value.id
                for value in records.sudo().mapped(inverse)
            ]
            if vals and vals.get(inverse):
                owners.append(vals[inverse])
            self._refuse_locked(model, owners, {name})

    @api.model
    def _check_create(self, model, vals_list):
        """Refuse new lines of records that are in approval.

        :raise UserError: a line's record is locked
        """
        for inverse, parent, name in self._lockable_models()[model][1]:
            owners = [vals[inverse] for vals in vals_list if vals.get(inverse)]
            self._refuse_locked(parent, owners, {name})

    @api.model
    def _refuse_locked(self, model, ids, names):
        """Refuse when one of the records is locked for one of the fields.

        :param names: fields that would change; None: the whole record
        """
        ids = [each for each in ids if isinstance(each, int)]
        if not ids:
            return
        self.env.cr.execute(
            "SELECT id, mapping_id FROM dingding_approval"
            " WHERE locked AND res_model = %s AND res_id IN %s ORDER BY id LIMIT 50",
            [model, tuple(ids)],
        )
        for approval_id, mapping_id in self.env.cr.fetchall():
            if names is not None and not names - self._unlocked_names(mapping_id):
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
            if approval.mapping_id.lock in ("running", "agreed"):
                approval.write({"locked": True})

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
