# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging

from odoo import _, api, fields, models, tools
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.dingding import compat, rights

_logger = logging.getLogger(__name__)

# Roster groups that colleagues see in DingTalk too.
PUBLIC_GROUPS = ("sys00", "sys01")
# Identity, social security, housing fund and bank.
SENSITIVE = ("sys02-certNo", "sys09-personalSi", "sys09-personalHf")
SENSITIVE_GROUPS = ("sys04", "sys09")
# Own fields' names that mean identity documents, accounts, social security or housing
# fund.
SENSITIVE_WORDS = (
    "\u8bc1\u4ef6\u53f7", "\u8eab\u4efd\u8bc1\u53f7", "\u62a4\u7167",
    "\u5361\u53f7", "\u94f6\u884c\u5361", "\u8d26\u53f7", "\u8d26\u6237",
    "\u5e10\u53f7", "\u5e10\u6237", "\u793e\u4fdd", "\u516c\u79ef\u91d1",
    "passport", "bank account", "identity card",
)
HR_GROUPS = {"hr.group_hr_user", "hr.group_hr_manager", "base.group_system"}
KINDS = ("char", "text", "date", "selection")
# These decide about rights or links, or follow the contacts.
FORBIDDEN = {
    "name", "active", "user_id", "company_id", "work_email", "mobile_phone",
    "work_phone", "pin", "barcode", "color", "tz", "department_id", "parent_id",
    "private_email", "message_main_attachment_id", "lang", "date_version",
}
MANAGER = "hr.group_hr_manager"
FIXED = (
    "corp_id", "group_code", "group_name", "code", "name", "kind", "detail", "derived",
    "private", "sensitive", "active",
)


class DingdingRosterField(models.Model):
    """A field of DingTalk's roster, and its employee field.

    Only values of mapped fields are read, and stored in the employee only.
    """

    _name = "dingding.roster.field"
    _description = "DingTalk Roster Field"
    _order = "corp_id, group_code, id"

    name = fields.Char(required=True, readonly=True)
    active = fields.Boolean(default=True, readonly=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    group_code = fields.Char(string="Group code", required=True, readonly=True)
    group_name = fields.Char(string="Group", readonly=True)
    code = fields.Char(required=True, readonly=True)
    kind = fields.Selection(
        [("text", "Text"), ("date", "Date"), ("choice", "Choice")],
        string="Type", required=True, readonly=True,
    )
    detail = fields.Boolean(
        string="Several rows", readonly=True,
        help="People may have any number of rows, such as family. The first is read.",
    )
    derived = fields.Boolean(
        string="Computed", readonly=True, help="DingTalk does not accept changes.")
    private = fields.Boolean(
        readonly=True, help="Only for fields of employees that HR officers see.")
    sensitive = fields.Boolean(
        readonly=True,
        help="Identity and account numbers. Only administrators may map them.",
    )
    employee_field = fields.Selection(
        "_employee_fields", string="Field of employees",
        help="Where the values are stored in Odoo.",
    )
    direction = fields.Selection(
        [
            ("none", "Not synchronised"),
            ("dingtalk", "From DingTalk"),
            ("odoo", "To DingTalk"),
        ], required=True, default="none",
        help="Which side's values are written to the other.",
    )

    def init(self):
        result = super().init()
        compat.unique_index(
            self.env.cr, self._table, ["corp_id", "group_code", "code"])
        return result

    # -- checks ------------------------------------------------------------------------

    @api.model
    def _employee_fields(self):
        """Return the employee fields that can be mapped, with labels."""
        found = [
            (name, field._description_string(self.env))
            for name, field in self.env["hr.employee"]._fields.items()
            if _can_hold(field)
        ]
        return sorted(found, key=lambda pair: (pair[1] or "", pair[0]))

    @api.constrains("employee_field", "direction")
    def _check_mapping(self):
        employees = self.env["hr.employee"]
        for row in self:
            if row.direction == "none":
                continue
            name = row.employee_field
            field = employees._fields.get(name or "")
            if field is None:
                raise ValidationError(
                    _("Choose the field of employees for %s.") % row.name)
            if not row._takes(field):
                raise ValidationError(
                    _("The field %(field)s cannot be mapped to %(name)s.")
                    % {"field": name, "name": row.name})
            if row.private and not row._is_protected(field):
                raise ValidationError(
                    _("%(name)s is private. Map it to a field of employees that only "
                      "HR officers see.") % {"name": row.name})
            if row.direction == "odoo" and not row.private and field.groups:
                raise ValidationError(
                    _("%(field)s is only for some users in Odoo, but colleagues see "
                      "%(name)s in DingTalk.")
                    % {"field": field._description_string(self.env), "name": row.name})
            if row.direction == "odoo" and (
                row.derived or row.detail or row.kind == "choice"
            ):
                raise ValidationError(
                    _("DingTalk's %s can only be read.") % row.name)
            others = self.sudo().search_count([
                ("corp_id", "=", row.corp_id.id), ("direction", "!=", "none"),
                ("employee_field", "=", name), ("id", "!=", row.id),
            ])
            if others:
                raise ValidationError(
                    _("The field %s is mapped twice.") % name)

    def _takes(self, field):
        """Tell whether an employee field can hold the values of this row."""
        if not _can_hold(field):
            return False
        if field.type == "many2one":
            return self.direction == "dingtalk"
        if field.type == "date":
            return self.kind == "date"
        return field.type != "selection" or self.direction == "dingtalk"

    @staticmethod
    def _is_protected(field):
        groups = {name.strip() for name in (field.groups or "").split(",") if name}
        return bool(groups) and groups <= HR_GROUPS

    @compat.create_multi
    def create(self, vals_list):
        # Reading the fields must not map them.
        self = rights.without_defaults(self)
        return compat.super_create(super(), vals_list)

    def write(self, vals):
        names = ("employee_field", "direction")
        before, fixed = rights.stored(self, names), rights.stored(self, FIXED)
        result = super().write(vals)
        if rights.changed(self, fixed) and not compat.is_superuser(self.env):
            raise AccessError(_("Only DingTalk decides what a field of the roster is."))
        compat.clear_caches(self.env)
        # Check the stored row, whatever the caller sent.
        after = rights.stored(self, names)
        changed = self.sudo().filtered(lambda row: before[row.id] != after[row.id])
        if changed.filtered("sensitive") and not rights.is_administrator(self.env):
            raise AccessError(
                _("Only administrators may map identity and account numbers."))
        return result

    # -- reading the fields ------------------------------------------------------------

    @api.model
    def _store(self, corp, rows):
        """Store DingTalk's fields; archive the others.

        With all rights.

        :param list rows: see the client's ``fields``
        """
        model = self.sudo().with_context(active_test=False)
        known = {
            (row.group_code, row.code): row
            for row in model.search([("corp_id", "=", corp.id)])
        }
        found = set()
        for each in rows:
            key = (each.group, each.code)
            if key in found:
                continue
            found.add(key)
            values = {
                "name": each.name or each.code,
                "group_name": each.group_name,
                "kind": _kind(each.kind),
                "detail": each.detail,
                "derived": each.derived,
                "private": each.group not in PUBLIC_GROUPS,
                "sensitive": _is_sensitive(each),
                "active": True,
            }
            if key not in known:
                model.create(dict(
                    values, corp_id=corp.id, group_code=each.group, code=each.code))
                continue
            row = known[key]
            changed = {
                name: value for name, value in values.items() if row[name] != value}
            if changed:
                row.write(changed)
                row._check_again("sensitive" in changed and row.sensitive)
        for key, row in known.items():
            if key not in found and row.active:
                row.write({"active": False, "direction": "none"})

    def _check_again(self, became_sensitive):
        """End the mapping of a field that DingTalk has made another one.

        :param bool became_sensitive: only an administrator may map it by now
        """
        if self.direction == "none":
            return
        try:
            self._check_mapping()
        except ValidationError:
            became_sensitive = True
        if became_sensitive:
            _logger.info("%s: the field has changed in DingTalk, map it again", self)
            self.write({"direction": "none"})

    @api.model
    @tools.ormcache()
    def _written_names(self):
        """Return the employee fields written to DingTalk, in any organisation."""
        # sudo: the user may not read mappings.
        rows = self.sudo().search([("direction", "=", "odoo")])
        return frozenset(rows.mapped("employee_field"))

    @api.model
    def _mapped(self, corp, direction):
        """Return the mapped fields of an organisation.

        :return: name of the employee field -> row, with all rights
        """
        rows = self.sudo().search([
            ("corp_id", "=", corp.id), ("direction", "=", direction),
            ("employee_field", "!=", False),
        ])
        known = self.env["hr.employee"]._fields
        return {
            row.employee_field: row for row in rows if row.employee_field in known}

    # -- buttons -----------------------------------------------------------------------

    def action_read_roster(self):
        """Read the roster of this field's organisation soon.

        :raise AccessError: for everybody but HR managers
        """
        compat.check_access(self, "read")
        if not compat.has_group(self.env, MANAGER):
            raise AccessError(_("Only managers of employees may read the roster."))
        for corp in self.sudo().mapped("corp_id"):
            self.env["dingding.roster.change"]._add("read", corp, self.env.uid)
        return True


def _can_hold(field):
    """Tell whether an employee field may hold roster values at all."""
    if field.name in FORBIDDEN:
        return False
    # From 19 on they belong to the current version.
    base = field.base_field
    if base.model_name not in ("hr.employee", "hr.version") or not base.store:
        return False
    if base.compute and base.readonly or base.related:
        return False
    return field.type in KINDS or (
        field.type == "many2one" and field.comodel_name == "hr.job")


def _is_sensitive(field):
    """Tell whether a field of the roster has numbers of identity or accounts."""
    name = (field.name or "").lower()
    return (
        field.code in SENSITIVE or field.group in SENSITIVE_GROUPS
        or any(word in name for word in SENSITIVE_WORDS))


def _kind(text):
    """Return the kind for DingTalk's component name."""
    text = text.lower()
    if "select" in text:
        return "choice"
    return "date" if "date" in text else "text"
