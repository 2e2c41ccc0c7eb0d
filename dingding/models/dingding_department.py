# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .. import compat
from ..sync import mapping
from .remedies import user_errors

# An em space a level: the list is flat, the eye sees a tree.
INDENT = "\u2003"
ROOT = "1"  # DingTalk's number of the organisation itself


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
    _mirror_place = "parent_id"
    _mirror_change = "department_id"
    _mirror_pushed = ("manager_ids", "user_ids")
    _bulk_own_computed = ("company_id", "complete_name", "sort_path", "level")

    name = fields.Char(required=True)
    complete_name = fields.Char(
        string="Full name", compute="_compute_path", store=True, index=True,
        **compat.RECURSIVE
    )
    sort_path = fields.Char(
        compute="_compute_path", store=True, index=True, **compat.RECURSIVE
    )
    level = fields.Integer(compute="_compute_path", store=True, **compat.RECURSIVE)
    indented_name = fields.Char(string="Department", compute="_compute_indented_name")
    active = fields.Boolean(default=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, index=True,
        ondelete="cascade", default=lambda self: self._only_corp(),
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True
    )
    dept_id = fields.Char(
        string="Department number", copy=False, index=True,
        help="DingTalk's own number of the department; 1 is the organisation itself. A "
        "department made in Odoo gets it when DingTalk has made it too.",
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

    # -- changes made here -----------------------------------------------------

    def _group_field(self, name):
        # DingTalk tells of each person where he is and which departments he manages.
        name = {
            "manager_ids": "leader_department_ids", "user_ids": "department_ids",
        }.get(name, name)
        return super(DingdingDepartment, self)._group_field(name)

    @api.model
    def _watched(self, vals):
        names = super(DingdingDepartment, self)._watched(vals)
        if "sequence" in vals and not self.env.context.get("dingding_no_push"):
            names.append("sequence")
        return names

    def _note_changed(self, changed, before):
        changed = dict(changed)
        if changed.pop("sequence", None) is not None:
            self.parent_id.sudo()._note_order()
        people = {
            name: (changed.pop(name) or [], before.get(name) or [])
            for name in self._mirror_pushed if name in changed
        }
        result = super(DingdingDepartment, self)._note_changed(changed, before)
        if people and self._leader(self.corp_id, "department_ids") != "dingtalk":
            self._note_people(people)
        return result

    def _note_new(self):
        names = self._mirror_pushed
        people = {
            name: (value, [])
            for name, value in self._own_values(names).items() if value
        }
        result = super(DingdingDepartment, self)._note_new()
        self._note_people(people)
        return result

    def _note_people(self, people):
        """Tell DingTalk who is in this department, and who manages it.

        :param dict people: field -> (ids now, ids before)
        """
        now, before = people.get("user_ids", ((), ()))
        for person in self.env["dingding.user"].sudo().browse(
            sorted(set(now) ^ set(before))
        ):
            person._note_change(person._own_values(["department_ids"]), {})
        if "manager_ids" in people:
            self._note_managers()

    def _note_managers(self):
        """Tell DingTalk who manages these departments now."""
        for department in self:
            department._note_change(
                department._own_values(["manager_ids"]), {}, "managers"
            )

    def _in_order(self):
        """Return the departments below this one as they stand in DingTalk's lists."""
        return self.child_ids.sorted(lambda each: (each.sequence, each.id))

    def _note_order(self):
        """Tell DingTalk the order of the departments below these, where Odoo leads."""
        for department in self:
            if self._leader(department.corp_id, "sequence") != "dingtalk":
                department._note_change(
                    {"child_ids": department._in_order().ids}, {}, "order"
                )

    def _push_fields(self, names):
        if "child_ids" in names:
            self._note_order()
        return super(DingdingDepartment, self)._push_fields(names)

    def _is_made_as(self, change, asked):
        # Two departments of one parent have different names in DingTalk.
        return (
            change.values.get("name") == asked.get("name")
            and str(change.values.get("parent_id") or ROOT) == str(asked["parent_id"])
        )

    # -- fields --------------------------------------------------------------------

    @api.depends(
        "name", "sequence", "parent_id.complete_name", "parent_id.sort_path",
        "parent_id.level",
    )
    def _compute_path(self):
        for department in self:
            path = self._path(
                department.name, department.sequence, department.parent_id
            )
            for name, value in path.items():
                department[name] = value

    @staticmethod
    def _path(name, sequence, parent):
        """Return the fields that say where a department of this parent stands."""
        name, place = name or "", "%09d" % (sequence or 0)
        if parent:
            name = "%s / %s" % (parent.complete_name or "", name)
            place = "%s/%s" % (parent.sort_path or "", place)
        return {
            "complete_name": name, "sort_path": place,
            "level": parent.level + 1 if parent else 0,
        }

    @api.model
    def _bulk_compute(self, rows):
        companies = self._companies({row["corp_id"] for row in rows})
        for row in rows:
            parent = self.browse(row["parent_id"] or ())
            row.update(self._path(row["name"], row["sequence"], parent))
            row["company_id"] = companies[row["corp_id"]]

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
        compat.check_access(self, "read")
        action = self.env.ref("dingding.dingding_user_action").sudo().read()[0]
        action["domain"] = [("department_ids", "child_of", self.ids)]
        return action

    def action_send_message(self):
        """Open the form that sends a message to these departments."""
        return self.env["dingding.user"]._open_send_form("department_ids", self)
