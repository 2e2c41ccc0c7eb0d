# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

# Template of a new organisation in the simulator -> what is filled in, by component.
PURCHASE, LEAVE = "采购申请", "请假"
FIELDS = {
    PURCHASE: {
        "申请事由": "subject",
        "详细说明": "note",
        "数量": "quantity",
        "总金额": "amount",
        "期望交付日期": "needed_on",
        "采购类型": "kind_option",
        "使用部门": "department_id",
        "联系电话": "phone",
        "采购明细": "line_ids",
    },
    LEAVE: {"请假类型": "kind_option", "时长（天）": "days", "请假事由": "reason"},
}
COLUMNS = {
    "名称": "name", "采购数量": "quantity", "单价": "price", "单位": "unit_option",
}
MODELS = {PURCHASE: "dingding.demo.purchase", LEAVE: "dingding.demo.leave"}


class DingdingApprovalTemplate(models.Model):
    _inherit = "dingding.approval.template"

    @api.model
    def _import(self, corp):
        """Make the mappings of the demonstration, once their templates are here."""
        count = super()._import(corp)
        for name in (PURCHASE, LEAVE):
            template = self.sudo().search(
                [("corp_id", "=", corp.id), ("name", "=", name),
                 ("enabled", "=", True)],
                limit=1,
            )
            if template:
                template._demonstrate()
        return count

    def _demonstrate(self):
        mappings = self.env["dingding.approval.mapping"].sudo()
        mapping = mappings.with_context(active_test=False).search(
            [("template_id", "=", self.id),
             ("model_id.model", "=", MODELS[self.name])],
            limit=1,
        )
        if not mapping:
            model = self.env["ir.model"].sudo()._get(MODELS[self.name])
            mapping = mappings.create(
                {
                    "name": model.name,
                    "model_id": model.id,
                    "template_id": self.id,
                    "lock": "running",
                }
            )
            self._demonstrate_lines(mapping)
            if self.name == PURCHASE:
                self._demonstrate_outcomes(mapping)
        person = self.env["dingding.user"].sudo().search(
            [("corp_id", "=", self.corp_id.id)], order="id", limit=1
        )
        if person and not mapping.fallback_person_id:
            # Users who try it out have no account in DingTalk.
            mapping.fallback_person_id = person

    def _demonstrate_lines(self, mapping):
        lines = self.env["dingding.approval.mapping.line"].sudo()
        for component in self.component_ids:
            vals = {
                "mapping_id": mapping.id,
                "component_id": component.id,
                "source": "field",
                "field_path": FIELDS[self.name].get(component.label),
            }
            if component.kind == "DDAttachment":
                vals["source"] = "attachments"
            elif component.kind == "DDDateRangeField" and self.name == LEAVE:
                vals.update(field_path="date_from", field_path_end="date_to")
            elif not vals["field_path"]:
                continue
            line = lines.create(vals)
            for child in component.child_ids:
                if COLUMNS.get(child.label):
                    lines.create(
                        {
                            "mapping_id": mapping.id,
                            "parent_id": line.id,
                            "component_id": child.id,
                            "source": "field",
                            "field_path": COLUMNS[child.label],
                        }
                    )

    def _demonstrate_outcomes(self, mapping):
        found = self.env["ir.model.fields"].sudo().search(
            [("model", "=", mapping.model),
             ("name", "in", ("state", "internal_note"))]
        )
        by_name = {field.name: field for field in found}
        mapping.unlocked_field_ids = by_name["internal_note"]
        for outcome, value in (
            ("agreed", "approved"), ("refused", "refused"), ("terminated", "draft"),
        ):
            self.env["dingding.approval.outcome"].sudo().create(
                {
                    "mapping_id": mapping.id,
                    "outcome": outcome,
                    "kind": "field_value",
                    "field_id": by_name["state"].id,
                    "value": value,
                }
            )
