# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .. import compat
from ..sync import mapping
from ..sync.reader import ROOT
from .remedies import user_errors

# One em space per level makes the flat list look like a tree.
INDENT = "\u2003"


class DingdingDepartment(models.Model):
    """A department of an organisation in DingTalk."""

    _name = "dingding.department"
    _inherit = "dingding.sync.mixin"
    _description = "DingTalk Department"
    _rec_name = "complete_name"
    _order = "corp_id, sort_path, id"

    _sync_key = "dept_id"
    _sync_relation = "department"
    _sync_identity = ("corp_id", "dept_id")
    _sync_place = "parent_id"
    _sync_change = "department_id"
    _sync_pushed = ("manager_ids", "user_ids")
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
        ondelete="cascade", default=lambda self: self.env["dingding.corp"]._only(),
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True
    )
    dept_id = fields.Char(
        string="Department ID", copy=False, index=True,
        help="The department's ID in DingTalk; 1 is the organisation itself. A "
             "department created in Odoo gets its ID when DingTalk has created it too.",
    )
    parent_id = fields.Many2one(
        "dingding.department", string="Parent", index=True, ondelete="restrict"
    )
    child_ids = fields.One2many(
        "dingding.department", "parent_id", string="Sub-departments"
    )
    sequence = fields.Integer(
        default=1000, help="Position among the departments of the same parent."
    )
    user_ids = fields.Many2many(
        "dingding.user", "dingding_department_user_rel", "department_id", "user_id",
        string="People", copy=False,
    )
    manager_ids = fields.Many2many(
        "dingding.user", "dingding_department_manager_rel", "department_id", "user_id",
        string="Managers", copy=False,
    )
    first_manager_id = fields.Many2one(
        "dingding.user", string="First manager", compute="_compute_first_manager_id",
        compute_sudo=False,
    )
    first_manager_has_image = fields.Boolean(
        string="First manager has a picture", compute="_compute_first_manager_id",
        compute_sudo=False,
    )
    user_count = fields.Integer(
        string="Number of people", compute="_compute_user_count"
    )
    source_identifier = fields.Char(
        string="Source",
        help="Identifies the system that created the department in DingTalk."
    )
    group_chat_id = fields.Char(string="Group chat")
    hidden = fields.Boolean(help="Hidden from the other departments in DingTalk.")

    @api.model
    def _dingtalk_mapping(self):
        return super()._dingtalk_mapping() + list(
            mapping.DEPARTMENT
        )

    @api.depends("manager_ids")
    def _compute_first_manager_id(self):
        for department in self:
            manager = department.manager_ids[:1]
            department.first_manager_id = manager
            department.first_manager_has_image = manager.has_image

    # -- changes made here -----------------------------------------------------

    def _group_field(self, name):
        # DingTalk returns membership with each person.
        name = {
            "manager_ids": "leader_department_ids", "user_ids": "department_ids",
        }.get(name, name)
        return super()._group_field(name)

    @api.model
    def _watched(self, vals):
        names = super()._watched(vals)
        if "sequence" in vals and not self.env.context.get("dingding_no_push"):
            names.append("sequence")
        return names

    def _note_changed(self, changed, before):
        changed = dict(changed)
        if changed.pop("sequence", None) is not None:
            self._in_own_name(self.parent_id)._note_order()
        people = {
            name: (changed.pop(name) or [], before.get(name) or [])
            for name in self._sync_pushed if name in changed
        }
        result = super()._note_changed(changed, before)
        if people and self._leader(self.corp_id, "department_ids") != "dingtalk":
            self._note_people(people)
        return result

    def _note_new(self):
        names = self._sync_pushed
        people = {
            name: (value, [])
            for name, value in self._own_values(names).items() if value
        }
        result = super()._note_new()
        self._note_people(people)
        return result

    def _note_people(self, people):
        """Queue the people and managers of this department.

        :param dict people: field -> (ids now, ids before)
        """
        now, before = people.get("user_ids", ((), ()))
        for person in self._in_own_name(self.env["dingding.user"]).browse(
            sorted(set(now) ^ set(before))
        ):
            person._note_change(person._own_values(["department_ids"]), {})
        if "manager_ids" in people:
            self._note_managers()

    def _note_managers(self):
        for department in self:
            department._note_change(
                {"manager_ids": department._possible_managers().ids}, {}, "managers"
            )

    def _possible_managers(self):
        """Return the managers that DingTalk can accept: active members."""
        self.ensure_one()
        return self.sudo().with_context(active_test=False).manager_ids.filtered(
            lambda person: person.active and self in person.department_ids
        ).sorted("id")

    def _in_order(self):
        """Return the sub-departments in the order of DingTalk's lists."""
        return self.child_ids.sorted(lambda each: (each.sequence, each.id))

    def _note_order(self):
        """Queue the order of the departments below these, where Odoo leads."""
        for department in self:
            if self._leader(department.corp_id, "sequence") != "dingtalk":
                department._note_change(
                    {"child_ids": department._in_order().ids}, {}, "order"
                )

    def _push_fields(self, names):
        if "child_ids" in names:
            self._note_order()
        if "manager_ids" in names:
            values = {"manager_ids": self._possible_managers().ids}
            if self.env["dingding.outgoing.change"]._not_refused(self, values):
                self._note_managers()
        return super()._push_fields(
            set(names) - set(self._sync_pushed)
        )

    def _is_made_as(self, change, asked):
        # DingTalk requires different names below one parent.
        return (
            change.values.get("name") == asked.get("name")
            and str(change.values.get("parent_id") or ROOT) == str(asked["parent_id"])
        )

    # -- fields --------------------------------------------------------------------

    @api.depends(
        "name", "sequence", "parent_id.complete_name", "parent_id.sort_path",
        "parent_id.level", "parent_id.dept_id",
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
        """Return the place of a new department below this parent, as fields."""
        name, place = name or "", "%09d" % (sequence or 0)
        if parent:
            if parent.dept_id != ROOT:
                # The root is the organisation itself, whose name everybody knows.
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
                        _("%s cannot be its own parent.") % department.name
                    )
                # sudo: 13's own refusal would name it.
                if current.sudo().corp_id != department.corp_id:
                    # Do not name a department that the user may not see.
                    compat.as_writer(current)._dingding_check_linked(
                        department, "parent_id")
                    raise ValidationError(
                        _("%(child)s and %(parent)s belong to different organisations.")
                        % {"child": department.name, "parent": current.name}
                    )
                seen, current = seen | current, current.parent_id

    def write(self, vals):
        self._check_identity(vals)
        return super().write(vals)

    # -- buttons -------------------------------------------------------------------

    def action_refresh(self):
        """Read this department and its people again immediately."""
        self.ensure_one()
        compat.check_access(self, "write")
        with user_errors(self.env):
            self.env["dingding.sync"]._refresh_department(self)
        return True

    def action_open_users(self):
        """Show the people of this department and of those below it."""
        self.ensure_one()
        compat.check_access(self, "read")
        action = compat.window_action(self.env, "dingding.dingding_user_action")
        action["domain"] = [("department_ids", "child_of", self.ids)]
        return action

    def action_send_message(self):
        """Open the form that sends a message to these departments."""
        return self.env["dingding.user"]._open_send_form("department_ids", self)
