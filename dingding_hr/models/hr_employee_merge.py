# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Merge two employees who are one person."""
import datetime

from psycopg2 import IntegrityError

from odoo import _, api, fields, models, tools
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.models import texts

# Fields of an employee that a merge never copies.
OWN = {"active", "company_id", "resource_id", "color", "current_version_id"}
KINDS = ("char", "text", "selection", "date", "many2one")
# Unique: the other employee has to give them up first.
UNIQUE = ("user_id", "barcode")
# Leaves need their allocation; versions (from 19) belong to their employee.
FIRST, NEVER = ("hr.leave.allocation",), ("hr.version",)
# An employee's own resource, and what the next match finds anew.
SKIPPED = {
    ("hr.employee", "resource_id"), ("dingding.user", "likely_employee_ids"),
}
END = datetime.datetime(9999, 1, 1)
# Of what is moved. From 14 on nobody else moves decided leave.
QUIET = {
    "dingding_no_push": True, "tracking_disable": True, "leave_skip_state_check": True,
}


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    # -- checks ------------------------------------------------------------------------

    def _dingding_check_merge(self):
        """Refuse everybody but HR officers of the employees' companies.

        :raise AccessError: the user may not edit these employees
        """
        if not compat.has_group(self.env, "hr.group_hr_user"):
            raise AccessError(_("Only HR officers may do this."))
        self._dingding_check_reach()

    def _dingding_merge_refusal(self, other):
        """Return why another employee cannot be merged into this one, or None."""
        kept, other = self.sudo(), other.sudo()
        if kept == other:
            return _("Choose two different employees.")
        if not kept.active or not other.active:
            return _("One of the employees is archived.")
        if kept.company_id != other.company_id:
            return _("The employees belong to different companies.")
        both = kept | other
        users = both.mapped("user_id") | both.mapped("dingding_user_ids.user_id")
        if len(users) > 1:
            return _("The employees belong to different users: %s.") % ", ".join(
                users.mapped("name"))
        people = other.dingding_user_ids.filtered("active")
        for person in kept.dingding_user_ids.filtered("active"):
            for double in people:
                if double.corp_id == person.corp_id:
                    return _(
                        "The employees are linked to different DingTalk users: "
                        "%(one)s and %(two)s."
                    ) % {"one": person.name, "two": double.name}
        if kept._dingding_merge_manages(other) or other._dingding_merge_manages(kept):
            return _("One of the employees manages the other. Change the manager "
                     "first.")
        return kept._dingding_merge_refusal_of_apps(other)

    def _dingding_merge_manages(self, other):
        """Tell whether this employee is above the other one."""
        seen, manager = set(), other.parent_id
        while manager and manager.id not in seen:
            if manager == self:
                return True
            seen.add(manager.id)
            manager = manager.parent_id
        return False

    def _dingding_merge_refusal_of_apps(self, other):
        """Return why records of other apps forbid the merge; addons add theirs."""
        if "hr.attendance" in self.env and self._dingding_merge_attendances(other):
            return _("Attendances of the employees overlap. Correct them first.")
        if "hr.version" in self.env and "contract_date_start" in (
            self.env["hr.version"]._fields
        ) and self.env["hr.version"].search_count(
            [("employee_id", "=", other.id), ("contract_date_start", "!=", False)]
        ):
            return _("The employee to archive has a contract. Keep that employee "
                     "instead.")
        return None

    def _dingding_merge_attendances(self, other):
        """Tell whether attendances of both overlap, open ones included."""
        def spans(employee):
            rows = self.env["hr.attendance"].search([("employee_id", "=", employee.id)])
            moment = fields.Datetime.from_string
            return [
                (moment(row.check_in), moment(row.check_out) if row.check_out else END)
                for row in rows
            ]

        found = sorted(
            [span + (1,) for span in spans(self)]
            + [span + (2,) for span in spans(other)]
        )
        latest = {1: datetime.datetime.min, 2: datetime.datetime.min}
        for start, end, whose in found:
            if latest[3 - whose] > start:
                return True
            latest[whose] = max(latest[whose], end)
        return False

    # -- preview -----------------------------------------------------------------------

    def _dingding_merge_fields(self):
        """Return the names of fields that a merge can copy, for this user."""
        described = self.fields_get(attributes=["type", "readonly"])
        return sorted(
            name for name, field in described.items()
            if field["type"] in KINDS and not field.get("readonly")
            and name not in OWN and self._dingding_merge_stored(self._fields[name])
            and not name.startswith(("message_", "activity_"))
        )

    @staticmethod
    def _dingding_merge_stored(field):
        return field.store or bool(field.related)

    def _dingding_merge_differences(self, other):
        """Return [(field, own value, other value, whether the own one is empty)]."""
        found, both, text = [], (self | other).ids, self._dingding_merge_text
        for name in self._dingding_merge_fields():
            own, value = self[name], other[name]
            if getattr(self._fields[name], "comodel_name", "") == self._name:
                value = value.filtered(lambda each: each.id not in both)
            if value and own != value:
                found.append((name, text(name, own), text(name, value), not own))
        return found

    def _dingding_merge_text(self, name, value):
        """Return a value as the user reads it."""
        field = self._fields[name]
        if field.type == "many2one":
            return value.sudo().display_name or ""
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        return "%s" % (value or "")

    def _dingding_merge_relations(self):
        """Return (model, field) of all stored fields with employees or resources."""
        found = []
        for name in sorted(self.env.registry.models):
            model = self.env[name]
            if model._abstract or model.is_transient() or not model._auto:
                continue
            found += [
                (name, field_name) for field_name, field in model._fields.items()
                if self._dingding_merge_relation(field)
                and (name, field_name) not in SKIPPED and name not in NEVER
            ]
        return sorted(found, key=lambda each: (each[0] not in FIRST, each))

    @api.model
    def _dingding_merge_relation(self, field):
        """Tell whether a field stores employees or their resources."""
        if field.type not in ("many2one", "many2many") or (
            not field.store or field.related or field.compute and field.readonly
        ):
            return False
        return field.comodel_name in (self._name, "resource.resource")

    def _dingding_merge_references(self):
        """Return [(model, field, records)] that point to this employee."""
        found, this = [], self.sudo()
        for model, name in self._dingding_merge_relations():
            records = this.env[model].with_context(active_test=False)
            resource = records._fields[name].comodel_name == "resource.resource"
            target = this.resource_id if resource else this
            records = records.search([(name, "in", target.ids)])
            if records:
                found.append((model, name, records))
        return found

    # -- merging -----------------------------------------------------------------------

    def _dingding_merge(self, other, taken):
        """Merge another employee into this one and archive it.

        :param taken: names of the fields whose value of the other employee is kept
        :raise UserError: they cannot be merged; nothing has changed
        """
        self.ensure_one()
        both = self | other
        both._dingding_check_merge()
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT id FROM hr_employee WHERE id IN %s ORDER BY id FOR UPDATE",
            [tuple(both.ids)],
        )
        refusal = self._dingding_merge_refusal(other)
        if refusal:
            raise UserError(refusal)
        differing = {each[0] for each in self._dingding_merge_differences(other)}
        names = differing & set(taken)
        values = {name: self._dingding_merge_value(other[name]) for name in names}
        try:
            with tools.mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self._dingding_merge_links(other)
                self._dingding_merge_move(other)
                given_up = {name: False for name in UNIQUE if values.get(name)}
                if given_up:
                    other.write(given_up)
                    compat.flush(self.env)
                if "user_id" in values:
                    own = self._dingding_own_values()
                    self.write({"user_id": values.pop("user_id")})
                    values = dict(self._dingding_lost(own), **values)
                if values:
                    self.write(values)
                other.write({"active": False})
                compat.flush(self.env)
        except IntegrityError as error:
            compat.forget(self.env)
            table = getattr(error.diag, "table_name", None) or ""
            raise UserError(
                _("Both employees have a record in %s of which there may be only one. "
                  "Delete one of them first.") % self._dingding_merge_label(table)
            )
        other.message_post(
            body=tools.html_escape(_("Merged into %s and archived.") % self.name))
        self.message_post(
            body=tools.html_escape(_("%s was merged into this employee.") % other.name))

    def _dingding_merge_label(self, table):
        for name in self.env.registry.models:
            if self.env[name]._table == table:
                return texts.model_name(self.env[name])
        return table

    @staticmethod
    def _dingding_merge_value(value):
        return value.id if hasattr(value, "ids") else value

    def _dingding_merge_links(self, other):
        """Move the links to DingTalk, which keep their reason."""
        people = other.sudo().with_context(active_test=False).dingding_user_ids
        for person in people:
            person.write(
                {
                    "employee_id": self.id, "employee_rule": person.employee_rule,
                    "employee_linked_on": person.employee_linked_on,
                }
            )

    @staticmethod
    def _dingding_merge_entered(records):
        """Return what Odoo would compute anew for another employee, though entered.

        For example the status and times of a leave.
        """
        return [
            field for field in records._fields.values()
            if field.store and field.compute and not field.related
            and (field.type == "datetime" or not field.readonly)
        ]

    def _dingding_merge_move(self, other):
        """Move everything that points to the other employee."""
        kept = self.sudo().with_context(**QUIET)
        for model, name, records in other._dingding_merge_references():
            field = records._fields[name]
            target, old = kept, other.sudo()
            if field.comodel_name == "resource.resource":
                target, old = kept.resource_id, old.resource_id
            value = target.id
            if field.type == "many2many":
                value = [(3, old.id), (4, target.id)]
            # As superuser: later series let only officers move others' attendances,
            # even with sudo.
            moved = compat.as_superuser(records).with_context(**QUIET)
            with moved.env.protecting(self._dingding_merge_entered(moved), moved):
                # One by one: Odoo 11 cannot change several leaves at once.
                for record in moved:
                    record.write({name: value})
                compat.flush(kept.env)
        for model, domain in (
            ("mail.activity", []), ("ir.attachment", [("res_field", "=", False)]),
        ):
            kept.env[model].search(
                domain + [("res_model", "=", self._name), ("res_id", "=", other.id)]
            ).write({"res_id": self.id})

    # -- doubles -----------------------------------------------------------------------

    @api.model
    def action_dingding_doubles(self):
        """Open the pairs of employees who seem to be one person."""
        self._dingding_check_merge()
        return self.env["dingding.employee.merge"]._open_doubles()
