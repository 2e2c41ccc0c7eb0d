# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import compat
from ..models.dingding_department import ROOT


@compat.only_for("dingding.group_manager")
class DingdingDelete(models.TransientModel):
    """The last look before departments and people are deleted in DingTalk."""

    _name = "dingding.delete"
    _description = "Delete in DingTalk"

    person_ids = fields.Many2many(
        "dingding.user", string="People", readonly=True
    )
    department_ids = fields.Many2many(
        "dingding.department", string="Departments", readonly=True
    )
    person_count = fields.Integer(readonly=True)
    department_count = fields.Integer(readonly=True)
    understood = fields.Boolean(string="I have read the names")

    @api.model
    def _open(self, records):
        """Return the action that asks for a confirmation.

        :param records: departments or people
        :raise UserError: one of them can't be deleted in DingTalk
        """
        people = records if records._name == "dingding.user" else []
        return self._show(people, [] if people else records)

    @api.model
    def _open_for_changes(self, changes):
        """The same for deletions that wait in the outbox."""
        changes = changes.filtered(
            lambda change: change.operation == "delete" and change.state == "confirm"
        )
        if not changes:
            raise UserError(_("None of these is a deletion that waits for a manager."))
        changes = changes.with_context(active_test=False)
        return self._show(
            changes.mapped("person_id"), changes.mapped("department_id")
        )

    @api.model
    def _show(self, people, departments):
        self._check_manager()
        for record in list(people) + list(departments):
            compat.check_access(record, "write")
            if record.is_new:
                raise UserError(
                    _("%s is not in DingTalk. Archive it here.") % record.display_name
                )
            if record._name == "dingding.department" and record.dept_id == ROOT:
                raise UserError(_("The organisation itself can't be deleted."))
        wizard = self.create(
            {
                "person_ids": [(6, 0, [each.id for each in people])],
                "department_ids": [(6, 0, [each.id for each in departments])],
                "person_count": len(people),
                "department_count": len(departments),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": _("Delete in DingTalk"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            # Most of them are archived here already, and all are to be seen.
            "context": {"active_test": False},
        }

    def _check_manager(self):
        if not (
            compat.is_superuser(self.env)
            or self.env.user.has_group("dingding.group_manager")
        ):
            raise AccessError(_("Only DingTalk managers delete in DingTalk."))

    def action_confirm(self):
        """Have all of them deleted in DingTalk.

        :raise UserError: nobody has said that he has read the names
        """
        self.ensure_one()
        self._check_manager()
        if not self.understood:
            raise UserError(_("Read the names and tick the box first."))
        this = self.with_context(active_test=False)
        # What is in a department goes first.
        departments = this.department_ids.sorted("level", reverse=True)
        for records in (this.person_ids, departments):
            compat.check_access(records, "write")
            for record in records:
                self.env["dingding.change"].sudo()._note(
                    record, {}, {}, "delete"
                )._confirmed(self.env.uid)
        return {"type": "ir.actions.act_window_close"}
