# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk.api import leave
from odoo.addons.dingding.dingtalk.api.base import truth

from ..leaves import LEAVE_TYPE, company_of, proposed_type, rounds_up

# Values from DingTalk.
FIXED = ("corp_id", "leave_code", "name", "unit", "natural", "made_by_api", "active")
LEADS = [
    ("none", "Not synchronised"),
    ("dingtalk", "DingTalk"),
    ("odoo", "Odoo"),
]


class DingdingLeaveType(models.Model):
    """A DingTalk leave type, and its Odoo type.

    Leaves are created with all rights, so mapping requires the right to configure
    leave.
    """

    _name = "dingding.leave.type"
    _description = "DingTalk Leave Type"
    _order = "corp_id, name, id"

    name = fields.Char(required=True, readonly=True)
    active = fields.Boolean(default=True, readonly=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", string="Company", readonly=True)
    leave_code = fields.Char(string="Code", required=True, readonly=True)
    unit = fields.Selection(
        [
            (leave.DAY, "Days"),
            (leave.HALF_DAY, "Half days"),
            (leave.HOUR, "Hours"),
        ], required=True, readonly=True,
    )
    natural = fields.Boolean(
        string="Calendar days", readonly=True,
        help="Counts weekends and holidays too.",
    )
    made_by_api = fields.Boolean(
        string="Created by API", readonly=True,
        help="DingTalk lets applications change balances of such types only.",
    )
    odoo_type_id = fields.Many2one(
        LEAVE_TYPE, string="Leave type in Odoo", ondelete="restrict",
        help="Proposed by its name when types are read. Check it before you choose "
             "who leads.",
    )
    lead = fields.Selection(
        LEADS, string="Led by", required=True, default="none",
        help="DingTalk: leave approved there is created in Odoo. Odoo: leave approved "
             "in Odoo is written to DingTalk's attendance.",
    )

    unit_note = fields.Char(string="Rounding", compute="_compute_unit_note")

    def init(self):
        result = super().init()
        compat.unique_index(self.env.cr, self._table, ["corp_id", "leave_code"])
        return result

    @api.depends("unit", "odoo_type_id", "lead")
    def _compute_unit_note(self):
        for row in self:
            if row.lead == "dingtalk" and row.unit != leave.DAY and (
                row.odoo_type_id and rounds_up(row.odoo_type_id)
            ):
                row.unit_note = _(
                    "Odoo counts this type in whole days: half a day in DingTalk is a "
                    "day in Odoo. Choose half days or hours for the type in Odoo.")
            else:
                row.unit_note = False

    @api.constrains("odoo_type_id", "lead")
    def _check_mapping(self):
        # sudo: leave managers may not read organisations.
        for row in self.sudo():
            if row.lead == "none":
                continue
            if not row.odoo_type_id:
                raise ValidationError(
                    _("Choose the leave type in Odoo for %s.") % row.name)
            company = company_of(row.odoo_type_id)
            if company and company != row.corp_id.company_id:
                raise ValidationError(
                    _("The leave type %(type)s belongs to another company than "
                      "%(corp)s.")
                    % {"type": row.odoo_type_id.name, "corp": row.corp_id.name})
            others = row.search([
                ("corp_id", "=", row.corp_id.id), ("id", "!=", row.id),
                ("odoo_type_id", "=", row.odoo_type_id.id), ("lead", "!=", "none"),
            ])
            # A leave must have one type in DingTalk, and not return from the other
            # side.
            if others.filtered(lambda each: "odoo" in (each.lead, row.lead)):
                raise ValidationError(
                    _("%(type)s is mapped to %(other)s already. A type that Odoo "
                      "leads has one type in DingTalk.")
                    % {"type": row.odoo_type_id.name, "other": others[0].name})

    @compat.create_multi
    def create(self, vals_list):
        # Reading the types must not decide which side leads them.
        self = rights.without_defaults(self)
        return compat.super_create(super(), vals_list)

    def write(self, vals):
        before = {row.id: row.lead for row in self}
        fixed = rights.stored(self, FIXED)
        result = super().write(vals)
        if rights.changed(self, fixed) and not compat.is_superuser(self.env):
            raise AccessError(_("Only DingTalk decides what a leave type is."))
        led = self.filtered(
            lambda row: row.lead == "dingtalk" and before[row.id] != "dingtalk")
        if led:
            # sudo: this user may not read skipped requests.
            self.env["dingding.leave"].sudo()._read_skipped(led)
        return result

    @api.model
    def _store(self, corp, rows):
        """Store DingTalk's types, with proposals; archive the others.

        With all rights.

        :param list rows: see the client's ``types``
        """
        types = self.sudo().with_context(active_test=False)
        known = {each.leave_code: each for each in types.search(
            [("corp_id", "=", corp.id)])}
        found = set()
        for row in rows:
            code, unit = row["leaveCode"], leave.unit_of(row.get("leaveViewUnit"))
            if not unit:
                continue
            found.add(code)
            values = {
                "name": row.get("leaveName") or code,
                "unit": unit,
                "natural": truth(row.get("naturalDayLeave")),
                "made_by_api": row.get("source") == "external",
                "active": True,
            }
            if code in known:
                changed = {
                    name: value for name, value in values.items()
                    if known[code][name] != value
                }
                if changed:
                    known[code].write(changed)
                continue
            proposal = proposed_type(self.sudo().env, values["name"], corp.company_id)
            types.create(dict(
                values, corp_id=corp.id, leave_code=code, odoo_type_id=proposal.id))
        for code, each in known.items():
            if code not in found and each.active:
                each.write({"active": False})

    @api.model
    def _of_request(self, corp, request):
        """Return the type named by a DingTalk form, also an archived one."""
        types = self.with_context(active_test=False).search(
            [("corp_id", "=", corp.id)])
        found = types.filtered(
            lambda each: request.code and each.leave_code == request.code)
        if not found and not request.code:
            # Older forms name no code; names are unique in DingTalk.
            found = types.filtered(lambda each: each.name == request.name)
        return found.filtered("active")[:1] or found[:1]

    @api.model
    def _of_leave(self, leave_type, company):
        """Return the DingTalk types for an Odoo leave, one for each organisation.

        One that was deleted in DingTalk if nothing replaces it: nobody would notice.
        """
        found = {}
        for each in self.with_context(active_test=False).search([
            ("odoo_type_id", "=", leave_type.id), ("lead", "=", "odoo"),
            ("corp_id.company_id", "=", company.id), ("corp_id.active", "=", True),
        ]).sorted("active"):
            found[each.corp_id] = each.id
        return self.browse(sorted(found.values()))
