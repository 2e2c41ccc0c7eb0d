# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models
from odoo.exceptions import AccessError

from .. import compat, rights

OWN = "dingding."
PREFIX = "dingding_"
LINKING = ("many2one", "many2many")


@compat.guards_fields
@compat.own_dialogs
class Base(models.AbstractModel):
    """Let nobody find out by our records what he may not read."""

    _inherit = "base"

    # Fields that may link any record.
    _dingding_open_links = ()

    @compat.create_multi
    def create(self, vals_list):
        if not self._name.startswith(OWN):
            return compat.super_create(super(), vals_list)
        if compat.is_superuser(self.env):
            if not compat.asks_as_superuser(self.env):
                # Our own code, on behalf of a person who chooses nothing.
                self = rights.without_defaults(self)
            return compat.super_create(super(), vals_list)
        self = rights.without_defaults(
            self, {name for name in self._fields if self._dingding_is_computed(name)})
        records = compat.super_create(super(), vals_list)
        records._dingding_check_computed({name for vals in vals_list for name in vals})
        records._dingding_check_links(self._fields)
        return records

    def write(self, vals):
        result = super().write(vals)
        if self._name.startswith(OWN) and not compat.is_superuser(self.env):
            self._dingding_check_computed(vals)
            self._dingding_check_links(vals)
        return result

    def _dingding_check_computed(self, names):
        """Check that nobody wrote what is computed and stored, such as the company.

        Odoo stores what is written there, and record rules read it.

        :param names: of fields that were written
        :raise AccessError: one of them is computed
        """
        for name in filter(self._dingding_is_computed, names):
            field = self._fields[name]
            if not (field.related and field.type == "many2one" and (
                    self._dingding_follows(field))):
                raise AccessError(_("%s is computed and cannot be changed.") % name)

    @api.model
    def _dingding_is_computed(self, name):
        field = self._fields.get(name)
        return bool(
            field and field.store and field.compute and field.readonly
            and not field.inverse)

    def _dingding_follows(self, field):
        """Tell whether a related field has the value that it should have."""
        path = field.related
        path = path if isinstance(path, str) else ".".join(path)
        # sudo: compares stored values, with any reader's rights.
        return all(
            record[field.name] == record.mapped(path)[:1]
            for record in self.sudo().with_context(active_test=False))

    def _dingding_check_links(self, names):
        """Check that the user may read those of our records that fields link.

        Odoo checks no rights of linked records, and reads their names with all rights.

        :param names: of fields that were written
        :raise AccessError: the user may not read one of the records
        """
        for name in names:
            field = self._fields.get(name)
            if (
                field is None or field.type not in LINKING or not field.store
                or field.compute or name in self._dingding_open_links
            ):
                continue
            model = self.env[field.comodel_name]
            if model._name.startswith(OWN):
                # sudo: a link cannot be read by who may not read its record.
                linked = self.sudo().with_context(active_test=False).mapped(name)
                if linked:
                    model.browse(linked.ids)._dingding_check_linked(self, name)

    def _dingding_check_linked(self, record, name):
        """Check that the user may read these records, which a field links.

        Odoo's own refusal shows their names to users with technical features from 12
        on.

        :param record: of the model with the field
        :raise AccessError: the user may not read one of them
        """
        try:
            compat.check_access(self, "read")
        except AccessError:
            label = record.sudo().fields_get([name], ["string"])[name]["string"]
            raise AccessError(
                _("You may not use all of the records in the field %s.") % label
            ) from None

    @api.model
    def _dingding_check_used_fields(self, names):
        """Check our fields among these, on our models and on others.

        :param names: of fields; paths such as ``message_id.body`` too
        :raise AccessError: the user is in none of a field's groups
        """
        if compat.is_superuser(self.env):
            return
        own = self._name.startswith(OWN)
        for path in names:
            if not own and PREFIX not in path:
                continue
            model = self
            for name in path.split("."):
                field = model._fields.get(name)
                if field is None:
                    break
                if model._dingding_guards(field):
                    compat.check_field(model, name)
                if not field.relational:
                    break
                model = self.env[field.comodel_name]

    @api.model
    def _dingding_fields_to_use(self):
        """Return the names of the stored fields that the user may read."""
        return [
            name for name, field in self._fields.items() if field.store and (
                not self._dingding_guards(field)
                or rights.may_use_field(self.env, field))
        ]

    @api.model
    def _dingding_guards(self, field):
        """Tell whether a field is ours and some users must not read it."""
        return bool(field.groups) and (
            self._name.startswith(OWN) or field.name.startswith(PREFIX))
