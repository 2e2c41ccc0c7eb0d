# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .. import compat
from ..sync import mapping
from .remedies import user_errors

# An em space a level: the list is flat, the eye sees a tree.
INDENT = "\u2003"


class DingdingDepartment(models.Model):
    """A department of an organisation in DingTalk."""

    _name = "dingding.department"
    _inherit = "dingding.mirror"
    _description = "DingTalk Department"
    _rec_name = "complete_name"
    _order = "corp_id, sort_path, id"

    _mirror_key = "dept_id"
    _mirror_relation = "department"
    _mirror_identity = ("corp_id", "dept_id")

    name = fields.Char(required=True)
    complete_name = fields.Char(
        string="Full name", compute="_compute_path", store=True, index=True,
    )
    sort_path = fields.Char(compute="_compute_path", store=True, index=True)
    level = fields.Integer(compute="_compute_path", store=True)
    indented_name = fields.Char(string="Department", compute="_compute_indented_name")
    active = fields.Boolean(default=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True
    )
    dept_id = fields.Char(
        string="Department number", required=True, copy=False, index=True,
        help="DingTalk's own number of the department; 1 is the organisation itself.",
    )
    parent_id = fields.Many2one(
        "dingding.department", string="Parent", index=True, ondelete="restrict"
    )
    child_ids = fields.One2many(
        "dingding.department", "parent_id", string="Departments below"
    )
    sequence = fields.Integer(
        default=1000, help="Place among the departments of the same parent."
    )
    user_ids = fields.Many2many(
        "dingding.user", "dingding_department_user_rel", "department_id", "user_id",
        string="People", copy=False,
    )
    manager_ids = fields.Many2many(
        "dingding.user", "dingding_department_manager_rel", "department_id", "user_id",
        string="Managers", copy=False,
    )
    user_count = fields.Integer(
        string="Number of people", compute="_compute_user_count"
    )
    source_identifier = fields.Char(
        string="Source", help="Mark of the system that made the department in DingTalk."
    )
    group_chat_id = fields.Char(string="Group chat")
    hidden = fields.Boolean(help="Hidden from the other departments in DingTalk.")

    @api.model
    def _dingtalk_mapping(self):
        return super(DingdingDepartment, self)._dingtalk_mapping() + list(
            mapping.DEPARTMENT
        )

    # -- fields --------------------------------------------------------------------

    @api.depends(
        "name", "sequence", "parent_id.complete_name", "parent_id.sort_path",
        "parent_id.level",
    )
    def _compute_path(self):
        for department in self:
            parent = department.parent_id
            name, place = department.name or "", "%09d" % (department.sequence or 0)
            if parent:
                name = "%s / %s" % (parent.complete_name or "", name)
                place = "%s/%s" % (parent.sort_path or "", place)
            department.complete_name = name
            department.sort_path = place
            department.level = parent.level + 1 if parent else 0

    @api.depends("name", "level")
    def _compute_indented_name(self):
        for department in self:
            department.indented_name = INDENT * department.level + (
                department.name or ""
            )

    @api.depends("user_ids")
    def _compute_user_count(self):
        counts = {}
        if self.ids:
            compat.flush(self.env)
            self.env.cr.execute(
                "SELECT rel.department_id, count(*)"
                " FROM dingding_department_user_rel rel"
                " JOIN dingding_user person ON person.id = rel.user_id"
                " WHERE person.active AND rel.department_id IN %s"
                " GROUP BY rel.department_id",
                [tuple(self.ids)],
            )
            counts = dict(self.env.cr.fetchall())
        for department in self:
            department.user_count = counts.get(department.id, 0)

    @api.constrains("parent_id", "corp_id")
    def _check_parent(self):
        for department in self:
            seen, current = department, department.parent_id
            while current:
                if current in seen:
                    raise ValidationError(
                        _("%s can't be below itself.") % department.name
                    )
                if current.corp_id != department.corp_id:
                    raise ValidationError(
                        _("%(child)s and %(parent)s are of different organisations.")
                        % {"child": department.name, "parent": current.name}
                    )
                seen, current = seen | current, current.parent_id

    def write(self, vals):
        self._check_identity(vals)
        return super(DingdingDepartment, self).write(vals)

    # -- buttons -------------------------------------------------------------------

    def action_refresh(self):
        """Read this department and its people again, now."""
        self.ensure_one()
        compat.check_access(self, "write")
        with user_errors(self.env):
            self.env["dingding.run"]._refresh_department(self)
        return True

    def action_open_users(self):
        """Show the people of this department and of those below it."""
        self.ensure_one()
        action = self.env.ref("dingding.dingding_user_action").sudo().read()[0]
        action["domain"] = [("department_ids", "child_of", self.ids)]
        return action

    def action_send_message(self):
        """Open the form that sends a message to these departments."""
        return self.env["dingding.user"]._open_send_form("department_ids", self)
