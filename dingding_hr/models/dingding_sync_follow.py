# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from odoo.addons.dingding.sync import follow

from ..managers import Managers

# Person's field -> employee's, which is the user's own in later series.
CONTACT = (("email", "work_email"), ("mobile", "mobile_phone"))


class DingdingSync(models.Model):
    """Let employees and HR departments follow DingTalk."""

    _inherit = "dingding.sync"

    @api.model
    def _follow_reads(self, name):
        fields = super()._follow_reads(name)
        if name == "hr.employee":
            fields = fields + ["user_id", "department_id", "parent_id"]
        return fields

    @api.model
    def _follow_kept(self, corp, name, linked, odoo_rows, leads):
        kept = super()._follow_kept(corp, name, linked, odoo_rows, leads)
        if name != "hr.employee" or "work_contact_id" not in self.env[name]._fields:
            return kept
        # The user's contact: the e-mail resets the password, the mobile links people.
        users = {
            odoo_values["user_id"]: target for target, odoo_values in odoo_rows.items()
            if odoo_values["user_id"]
        }
        if not users:
            return kept
        lines = self.env["dingding.follow"]._lines_of("person")["res.users"]
        own = {line.source: line for line in lines}
        shared = self._employee_own_phone()
        refused = super()._follow_kept(
            corp, "res.users",
            {user: linked[target] for user, target in users.items()}, {}, leads)
        for user, target in users.items():
            fields = refused.get(user, set())
            kept[target] = kept.get(target, set()) | shared | {
                field for source, field in CONTACT if fields is None
                or own[source].field in fields or leads(own[source]) == follow.ODOO
            }
        return kept

    @api.model
    def _employee_own_phone(self):
        """Return the fields of an employee that are the user's only phone number.

        From 19 on users have no mobile beside their phone, so the phone follows
        DingTalk's mobile, and links people. DingTalk's telephone must not replace it.
        """
        return set() if "mobile" in self.env["res.users"]._fields else {"work_phone"}

    @api.model
    def _follow_derived(self, corp, name, lines, leads, before):
        manager = [line for line in lines if line.field == "parent_id"]
        if name != "hr.employee" or not manager or leads(manager[0]) == follow.ODOO:
            return super()._follow_derived(corp, name, lines, leads, before)
        departments = self.env["hr.department"].with_context(active_test=False).search(
            [("company_id", "in", [corp.company_id.id, False])])
        places = {
            values["id"]: (values["parent_id"], values["manager_id"])
            for values in departments.read(
                ["parent_id", "manager_id"], load="_classic_write")
        }
        for each in before:
            if each.model == "hr.department":
                new, (parent, leader) = each.followed.new, places.get(
                    each.target, (None, None))
                places[each.target] = (
                    new.get("parent_id", parent), new.get("manager_id", leader))
        return Managers(places, self._employee_departments, self._employee_managers)

    @api.model
    def _employee_departments(self, ids):
        """Return employee's id -> id of the department, of these employees."""
        employees = self.env["hr.employee"].with_context(active_test=False).browse(ids)
        return {
            values["id"]: values["department_id"]
            for values in employees.read(["department_id"], load="_classic_write")
        }

    @api.model
    def _employee_managers(self):
        """Return employee's id -> id of the manager, of all who have one."""
        employees = self.env["hr.employee"].with_context(active_test=False).search(
            [("parent_id", "!=", False)])
        return {
            values["id"]: values["parent_id"]
            for values in employees.read(["parent_id"], load="_classic_write")
        }

    @api.model
    def _follow_values(self, corp, line, rows):
        if (line.model, line.field) == ("hr.employee", "parent_id"):
            self._forget_left_managers(corp, rows)
        return super()._follow_values(corp, line, rows)

    @api.model
    def _forget_left_managers(self, corp, rows):
        """Treat people whose direct manager has left as DingTalk names none.

        DingTalk names managers only of people who are read singly. A person
        who rejoined with another UserID is the same employee.
        """
        keys = {row.get("manager_id") for row in rows} - {None, False, ""}
        if not keys:
            return
        people = self.env["dingding.user"]
        left = people.with_context(active_test=False).search(
            [("corp_id", "=", corp.id), ("userid", "in", sorted(keys)),
             ("active", "=", False)])
        if left:
            back = people.search(
                [("corp_id", "=", corp.id),
                 ("employee_id", "in", left.mapped("employee_id").ids)]
            ).mapped("employee_id")
            left = left.filtered(lambda each: each.employee_id not in back)
        left = set(left.mapped("userid"))
        for row in rows:
            if row.get("manager_id") in left:
                row["manager_id"] = None

    @api.model
    def _follow_value(self, line, row, odoo_values, values):
        if (line.model, line.field) == ("hr.employee", "parent_id") and not row.get(
            "manager_id"
        ):
            # See ``Managers``.
            raise KeyError(line.source)
        return super()._follow_value(line, row, odoo_values, values)

    @api.model
    def _follow_touched(self, corp, found):
        touched = super()._follow_touched(corp, found)
        touched = touched | self._follow_former_managers(corp, found)
        departments, moved = [
            [each.target for each in found
             if each.model == name and names & set(each.followed.new)]
            for name, names in (("hr.department", {"manager_id", "parent_id"}),
                                ("hr.employee", {"department_id"}))
        ]
        if not departments and not moved:
            return touched
        leaders = self.env["hr.department"].with_context(active_test=False).search(
            [("manager_id", "!=", False),
             ("company_id", "in", [corp.company_id.id, False])]).mapped("manager_id")
        if departments or set(moved) & set(leaders.ids):
            # Managers, whose circles may have changed, too.
            people = self.env["dingding.user"].search(
                [("corp_id", "=", corp.id), "|",
                 ("employee_id.department_id", "in", departments),
                 ("employee_id", "in", leaders.ids)])
            touched = touched | set(people.mapped("userid"))
        return touched

    @api.model
    def _follow_former_managers(self, corp, found):
        """Return UserIDs of those who may have waited for the end of a circle.

        :param list found: of Follow
        """
        above = self.env["hr.employee"].with_context(active_test=False).browse()
        for each in found:
            if each.model == above._name and "parent_id" in each.followed.new:
                current = above.browse(each.followed.old.get("parent_id") or ())
                while current and current not in above:
                    above |= current
                    current = current.parent_id
        people = self.env["dingding.user"]
        if above:
            people = people.search(
                [("corp_id", "=", corp.id), ("employee_id", "in", above.ids),
                 ("manager_id", "!=", False)])
        return set(people.mapped("userid"))
