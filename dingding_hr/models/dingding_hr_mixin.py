# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat, rights


class DingdingHrMixin(models.AbstractModel):
    """Export changes of an HR record to its linked DingTalk records.

    Fields that Odoo leads are written to the linked record, whose changes go to
    DingTalk.
    """

    _name = "dingding.hr.mixin"
    _description = "DingTalk HR Mixin"

    _dingding_links = None

    @api.model
    def _dingding_watched(self):
        """Return the fields whose changes go to DingTalk."""
        return {"active"}

    def _dingding_state(self, names):
        """Return name -> value of these fields, to detect changes by a write."""
        self.ensure_one()
        state = {}
        for name in names:
            value = self[name]
            state[name] = value.id if hasattr(value, "ids") else value
        return state

    def write(self, vals):
        watched = set(vals) & self._dingding_watched()
        if not watched or self.env.context.get("dingding_no_push"):
            return super().write(vals)
        # From 19 on a user may be editing another version.
        linked = self.sudo().with_context(active_test=False, version_id=False).filtered(
            self._dingding_links
        )
        before = {record.id: record._dingding_state(watched) for record in linked}
        result = super().write(vals)
        for record in linked:
            after = record._dingding_state(watched)
            old = before[record.id]
            changed = {name: old[name] for name in watched if old[name] != after[name]}
            if changed:
                record._dingding_push(changed, self.env.uid)
        return result

    def _dingding_push(self, changed, author):
        """Write changes to the linked records.

        :param dict changed: own field -> value before
        :param int author: id of the user who made the change
        """
        for other in self._dingding_present():
            other = other.with_context(dingding_changed_by=author, active_test=True)
            values = {
                name: value
                for name, value in self._dingding_values(other, changed).items()
                if other._leader(other.corp_id, other._group_field(name)) != "dingtalk"
            }
            if values:
                self._dingding_write(other, values, author)

    def _dingding_present(self):
        """Return the linked records that stand for this one: one per organisation.

        The active one, else the last: somebody who works here again may be another
        person.
        """
        found = {}
        for other in self[self._dingding_links].sorted(self._dingding_order):
            found[other.corp_id.id] = other.id
        return self[self._dingding_links].browse(sorted(found.values()))

    @staticmethod
    def _dingding_active(others, corp):
        """Return the active ones of linked records in an organisation.

        Archived ones, such as the former UserID of a person, keep their link.
        """
        return others.filtered(lambda each: each.active and each.corp_id == corp)

    @api.model
    def _dingding_order(self, other):
        return other.active, other.id

    def _dingding_check_reach(self):
        """Refuse records that the user may not edit, or of another company.

        DingTalk's values go there.

        :raise AccessError: the user may not edit them
        """
        compat.check_access(self, "write")
        companies = self.sudo().mapped("company_id")
        if companies - self.env.user.company_ids and not compat.is_superuser(self.env):
            raise AccessError(_("This belongs to another company."))

    def _dingding_check_linked(self, linked, before):
        """Refuse links to HR records out of the user's reach, as stored now.

        :param linked: people or departments that were written
        :param dict before: id -> field -> value, see ``rights.stored``
        :raise AccessError: the user may not edit one of the HR records
        """
        if compat.is_superuser(self.env) or not before:
            return
        names = {name for values in before.values() for name in values}
        after = rights.stored(linked, names)
        ids = {
            id_ for record_id, values in after.items() for name in names
            if values[name] != before[record_id][name] for id_ in values[name] or ()
        }
        if ids:
            self.browse(sorted(ids))._dingding_check_reach()

    def _dingding_values(self, other, changed):
        """Return the values for a linked record.

        :param other: linked department or person
        :param dict changed: as for ``_dingding_push``
        """
        return {"active": self.active} if "active" in changed else {}

    def _dingding_write(self, other, values, author):
        """Write to a linked record; changes that grant rights await a DingTalk manager.

        :param dict values: field -> value in the format of ``write``
        :param int author: id of the user who made the change, possibly without any
            DingTalk rights
        """
        user = self.env["res.users"].browse(author)
        waiting = self._dingding_waiting(other, values, user)
        values = {name: values[name] for name in values if name not in waiting}
        result = other.write(values) if values else True
        waiting = other._as_sent(waiting)
        before = other._own_values(waiting)
        waiting = {
            name: value or None for name, value in waiting.items()
            if (value or None) != before[name]
        }
        if waiting:
            self.env["dingding.outgoing.change"].sudo().with_context(
                dingding_changed_by=author
            )._note(other, waiting, before, confirm=True)
        return result

    def _dingding_waiting(self, other, values, user):
        """Return the values that a DingTalk manager must confirm first.

        :return: dict of field -> value, relations as ids
        """
        return {}

    @api.model
    def _dingding_form(self, model, title, values):
        """Return the form of a new department or person in DingTalk."""
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
        """Return the only organisation of a company in which Odoo creates new records.

        :raise UserError: there is none, or more than one
        """
        domain = [("leads_structure", "!=", "dingtalk")]
        if company:
            domain.append(("company_id", "=", company.id))
        corp = self.env["dingding.corp"]._only(domain)
        if not corp:
            raise UserError(
                _(
                    "This company needs exactly one organisation in which Odoo leads "
                    "departments and people."
                )
            )
        return corp
