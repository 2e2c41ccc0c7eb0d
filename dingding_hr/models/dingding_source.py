# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat


class DingdingSource(models.AbstractModel):
    """An HR record whose changes go to the DingTalk records it is linked to.

    The linked record is written, where the organisation lets Odoo lead that field; from
    there on it is a change like any other.
    """

    _name = "dingding.source"
    _description = "HR record linked to DingTalk"

    # Field with the linked departments or people.
    _dingding_links = None

    @api.model
    def _dingding_watched(self):
        """Return the fields whose changes go to DingTalk."""
        return {"active"}

    def _dingding_state(self, names):
        """Return name -> value of these fields, to see what a write has changed."""
        self.ensure_one()
        state = {}
        for name in names:
            value = self[name]
            state[name] = value.id if hasattr(value, "ids") else value
        return state

    def write(self, vals):
        watched = set(vals) & self._dingding_watched()
        if not watched or self.env.context.get("dingding_no_push"):
            return super(DingdingSource, self).write(vals)
        linked = self.sudo().with_context(active_test=False).filtered(
            self._dingding_links
        )
        before = {record.id: record._dingding_state(watched) for record in linked}
        result = super(DingdingSource, self).write(vals)
        for record in linked:
            after = record._dingding_state(watched)
            old = before[record.id]
            changed = {name: old[name] for name in watched if old[name] != after[name]}
            if changed:
                record._dingding_push(changed, self.env.uid)
        return result

    def _dingding_push(self, changed, author):
        """Write what has changed to the linked records.

        :param dict changed: own field -> value before
        :param int author: id of the user who has changed it
        """
        for other in self[self._dingding_links]:
            other = other.with_context(dingding_changed_by=author, active_test=True)
            values = {
                name: value
                for name, value in self._dingding_values(other, changed).items()
                if other._leader(other.corp_id, other._group_field(name)) != "dingtalk"
            }
            if values:
                self._dingding_write(other, values, author)

    def _dingding_values(self, other, changed):
        """Return what to write to a linked record.

        :param other: linked department or person
        :param dict changed: as for ``_dingding_push``
        """
        return {"active": self.active} if "active" in changed else {}

    def _dingding_write(self, other, values, author):
        return other.write(values)

    @api.model
    def _dingding_form(self, model, title, values):
        """Return the action with the form of a new department or person of DingTalk."""
        compat.check_access(self.env[model], "create")
        context = {
            "default_%s" % name: value for name, value in values.items() if value
        }
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "form",
            "views": [(False, "form")],
            "context": context,
            "target": "current",
        }

    @api.model
    def _dingding_corp(self, company):
        """Return the organisation of a company in which Odoo makes new records.

        :raise UserError: there is none, or more than one
        """
        corps = self.env["dingding.corp"].search(
            [("company_id", "=", company.id), ("leads_structure", "!=", "dingtalk")]
            if company else [("leads_structure", "!=", "dingtalk")]
        )
        if len(corps) != 1:
            raise UserError(
                _(
                    "There is not exactly one organisation of this company in which "
                    "Odoo leads departments and people."
                )
            )
        return corps
