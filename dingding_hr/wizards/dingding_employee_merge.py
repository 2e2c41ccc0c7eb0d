# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.models import texts
from odoo.addons.dingding.models.dingding_user_match import LIKELY_RULES


@compat.only_for("hr.group_hr_user")
class DingdingEmployeeMerge(models.TransientModel):
    """Two employees who seem to be one person, with a preview of their merge."""

    _name = "dingding.employee.merge"
    _description = "Merge Employees"
    _rec_name = "kept_id"
    _order = "id"

    kept_id = fields.Many2one(
        "hr.employee", string="Employee to keep", required=True, ondelete="cascade"
    )
    other_id = fields.Many2one(
        "hr.employee", string="Employee to archive", required=True, ondelete="cascade"
    )
    rule = fields.Selection(LIKELY_RULES, string="Same", readonly=True)
    refusal = fields.Char(string="Cannot be merged", readonly=True)
    field_ids = fields.One2many(
        "dingding.employee.merge.line", "merge_id", string="Values",
        domain=[("kind", "=", "field")],
    )
    count_ids = fields.One2many(
        "dingding.employee.merge.line", "merge_id", string="Records to move",
        domain=[("kind", "=", "count")], readonly=True,
    )

    @compat.create_multi
    def create(self, vals_list):
        merges = compat.super_create(super(), vals_list)
        merges._employees()
        return merges

    def write(self, vals):
        result = super().write(vals)
        self._employees()
        return result

    def _employees(self):
        """Return both employees, if the user may edit them.

        :raise AccessError: the user is not an HR officer of their company
        """
        both = self.mapped("kept_id") | self.mapped("other_id")
        both._dingding_check_merge()
        return both

    @api.model
    def _open_doubles(self):
        """Return the action that shows all pairs in the companies the user works in."""
        corps = self.env["dingding.corp"].sudo().search(
            [("company_id", "in", compat.companies(self.env).ids)]
        )
        employees, rows, known = self.env["hr.employee"], [], set()
        pairs = [
            (corp, pair) for corp in corps
            for pair in self.env["dingding.sync"].sudo()._doubles(corp)]
        # Rules may hide some, as those of Odoo 12 do of other companies.
        seen = employees.with_context(active_test=False).search(
            [("id", "in", [each for _corp, pair in pairs for each in pair[:2]])])
        for corp, pair in pairs:
            # The older one has the history.
            kept, other = sorted(pair[:2])
            both = employees.browse([kept, other])
            if (kept, other) in known or both - seen or both.sudo().filtered(
                lambda each, corp=corp: each.company_id != corp.company_id
            ):
                continue
            known.add((kept, other))
            rows.append({"kept_id": kept, "other_id": other, "rule": pair[2]})
        merges = compat.create_all(self, rows) if rows else self
        return {
            "type": "ir.actions.act_window", "name": _("Duplicate Employees"),
            "res_model": self._name, "view_mode": "tree,form",
            "views": [[False, "list"], [False, "form"]],
            "domain": [("id", "in", merges.ids)],
            "help": texts.empty_help(
                _("No duplicate employees"),
                _("Employees with the user, mobile or e-mail of a linked employee are "
                  "listed here."),
            ),
        }

    # -- preview -----------------------------------------------------------------------

    def _fill(self):
        """Compare the employees and count what would move."""
        self.ensure_one()
        self._employees()
        (self.field_ids | self.count_ids).unlink()
        kept, other = self.kept_id, self.other_id
        self.refusal = kept._dingding_merge_refusal(other) or False
        described = kept.fields_get(attributes=["string"])
        rows = [
            {
                "kind": "field", "field_name": name, "label": described[name]["string"],
                "kept_value": own, "other_value": value, "take": empty,
            }
            for name, own, value, empty in kept._dingding_merge_differences(other)
        ]
        labels = self.env["ir.model"].sudo()
        for model, name, records in other._dingding_merge_references():
            label = labels.env[model].fields_get([name], ["string"])[name]["string"]
            rows.append(
                {
                    "kind": "count", "field_name": name, "records": len(records),
                    "label": "%s: %s" % (labels._get(model).name, label),
                }
            )
        compat.create_all(
            self.env["dingding.employee.merge.line"],
            [dict(row, merge_id=self.id) for row in rows],
        )

    def _show(self):
        return {
            "type": "ir.actions.act_window", "name": _("Merge Employees"),
            "res_model": self._name, "res_id": self.id, "view_mode": "form",
            "views": [(False, "form")], "target": "new",
        }

    # -- buttons -----------------------------------------------------------------------

    def action_preview(self):
        """Show what a merge would do."""
        self._fill()
        return self._show()

    def action_swap(self):
        """Keep the other employee."""
        self.ensure_one()
        self.write({"kept_id": self.other_id.id, "other_id": self.kept_id.id})
        return self.action_preview()

    def action_merge(self):
        """Merge the employees."""
        self.ensure_one()
        taken = self.field_ids.filtered("take").mapped("field_name")
        self.kept_id._dingding_merge(self.other_id, taken)
        kept = self.kept_id
        # Other pairs may have the archived employee.
        self.search(
            ["|", ("kept_id", "=", self.other_id.id),
             ("other_id", "=", self.other_id.id)]
        ).unlink()
        return {
            "type": "ir.actions.act_window", "name": kept.name,
            "res_model": "hr.employee", "res_id": kept.id, "view_mode": "form",
            "views": [(False, "form")],
        }
