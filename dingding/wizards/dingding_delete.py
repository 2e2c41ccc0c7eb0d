# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .. import compat, rights
from ..models.dingding_department import ROOT


@compat.only_for("dingding.group_manager")
class DingdingDelete(models.TransientModel):
    """Ask for confirmation before deleting departments and people in DingTalk."""

    _name = "dingding.delete"
    _description = "Delete in DingTalk"

    person_ids = fields.Many2many(
        "dingding.user", string="People", readonly=True
    )
    department_ids = fields.Many2many(
        "dingding.department", string="Departments", readonly=True
    )
    person_count = fields.Integer(string="Number of people", readonly=True)
    department_count = fields.Integer(string="Number of departments", readonly=True)
    understood = fields.Boolean(string="I have checked the list")

    @api.model
    def _open(self, records):
        """Return the action that asks for confirmation.

        :param records: departments or people
        :raise UserError: one of them cannot be deleted in DingTalk
        """
        people = records if records._name == "dingding.user" else []
        return self._show(people, [] if people else records)

    @api.model
    def _open_for_changes(self, changes):
        """Return the same action for deletions waiting in the outbox."""
        changes = changes.filtered(
            lambda change: change.operation == "delete" and change.state == "confirm"
        )
        if not changes:
            raise UserError(_("None of these deletions is awaiting a manager."))
        changes = changes.with_context(active_test=False)
        return self._show(
            changes.mapped("person_id"), changes.mapped("department_id")
        )

    @api.model
    def _show(self, people, departments):
        rights.check_manager(self)
        self._check_deletable(list(people) + list(departments))
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
            # Show archived records too: most of these already are.
            "context": {"active_test": False},
        }

    @api.model
    def _check_deletable(self, records):
        """Refuse records that Odoo may not delete in DingTalk.

        :raise UserError: with the reason
        """
        for record in records:
            compat.check_access(record, "write")
            if record.is_new:
                raise UserError(
                    _("%s is not in DingTalk. Archive it in Odoo.")
                    % record.display_name
                )
            if record._name == "dingding.department" and record.dept_id == ROOT:
                raise UserError(_("The organisation itself cannot be deleted."))
            if record._leader(record.corp_id, record._sync_place) == "dingtalk":
                raise UserError(
                    _("DingTalk leads %s. Delete departments and people in DingTalk, "
                      "or let Odoo lead the structure on the organisation's form.")
                    % record.corp_id.name
                )
            if record._name == "dingding.user":
                record._check_leaving()

    def action_confirm(self):
        """Queue the deletion of all of them in DingTalk.

        :raise UserError: the user has not confirmed the names
        """
        self.ensure_one()
        rights.check_manager(self)
        if not self.understood:
            raise UserError(_("Check the list and tick the box first."))
        this = self.with_context(active_test=False)
        # Delete the contents of a department first.
        departments = this.department_ids.sorted("level", reverse=True)
        self._check_deletable(list(this.person_ids) + list(departments))
        for records in (this.person_ids, departments):
            for record in records:
                record._in_own_name(self.env["dingding.outgoing.change"])._note(
                    record, {}, {}, "delete"
                )._confirmed(self.env.uid)
        return {"type": "ir.actions.act_window_close"}
