# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from .. import compat

OWN = "dingding."


@compat.guards_fields
class Base(models.AbstractModel):
    """Let nobody search, order or group our records by a field he may not read."""

    _inherit = "base"

    @api.model
    def _check_used_fields(self, names):
        """Check the fields of our models among these.

        :param names: of fields; paths such as ``message_id.body`` too
        :raise AccessError: the user is in none of a field's groups
        """
        if not self._name.startswith(OWN) or compat.is_superuser(self.env):
            return
        for path in names:
            model = self
            for name in path.split("."):
                field = model._fields.get(name)
                if field is None:
                    break
                if field.groups and model._name.startswith(OWN):
                    compat.check_field(model, name)
                if not field.relational:
                    break
                model = self.env[field.comodel_name]

    @api.model
    def _fields_to_use(self):
        """Return the names of the stored fields that the user may read."""
        return [
            name for name, field in self._fields.items() if field.store and (
                not field.groups or not self._name.startswith(OWN)
                or compat.is_superuser(self.env) or self.user_has_groups(field.groups))
        ]
