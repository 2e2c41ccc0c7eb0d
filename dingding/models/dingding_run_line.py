# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo import _, api, fields, models

from .. import compat

# What is shown of somebody new; the rest is on the form afterwards.
FIRST = (
    "parent_id", "department_ids", "title", "job_number", "mobile", "email",
    "org_email",
)
NOT_SHOWN = ("sequence", "active", "agreed_values")


class DingdingRunLine(models.Model):
    """One thing that a run would change, or has changed.

    The rows are written in bulk, see ``dingding_run_planning.py``. Values are in
    DingTalk's ids, as JSON.
    """

    _name = "dingding.run.line"
    _description = "Change of a DingTalk Run"
    _order = "run_id desc, id"

    run_id = fields.Many2one(
        "dingding.run", string="Run", required=True, readonly=True, index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="run_id.company_id", readonly=True)
    run_state = fields.Selection(related="run_id.state", string="Run", readonly=True)
    kind = fields.Selection(
        [
            ("new", "New"),
            ("changed", "Changed"),
            ("moved", "Moved"),
            ("leaver", "Left"),
            ("returned", "Came back"),
            ("kept", "Odoo's value kept"),
            ("agreed", "The same on both sides"),
            ("link", "Link found"),
            ("user", "New system user"),
            ("employee", "New employee"),
            ("hr_department", "New HR department"),
            ("unmatched", "Fits no system user"),
        ],
        required=True, readonly=True, index=True,
    )
    subject = fields.Selection(
        [("department", "Department"), ("person", "Person")],
        string="What", required=True, readonly=True,
    )
    name = fields.Char(required=True, readonly=True)
    place = fields.Char(string="Department", readonly=True)
    key = fields.Char(string="DingTalk's id", readonly=True)
    record_id = fields.Integer(readonly=True)
    action = fields.Selection(
        [
            ("create", "Create"), ("update", "Change"), ("archive", "Archive"),
            ("link", "Link"), ("make", "Make"), ("none", "Nothing"),
        ],
        required=True, readonly=True,
    )
    new_values = fields.Text(readonly=True)
    old_values = fields.Text(readonly=True)
    agreed_values = fields.Text(readonly=True)
    more = fields.Text(readonly=True)
    rule = fields.Selection(
        [("mobile", "Verified mobile"), ("email", "E-mail")],
        string="Found by", readonly=True,
    )
    selected = fields.Boolean(readonly=True, default=True)
    confirmed = fields.Boolean(readonly=True, default=True)
    state = fields.Selection(
        [("pending", "To do"), ("done", "Done"), ("skipped", "Left out")],
        required=True, readonly=True, default="pending",
    )
    reason = fields.Selection(
        [
            ("changed", "Changed in Odoo meanwhile"),
            ("there", "Still in DingTalk"),
            ("left", "Not selected"),
        ],
        string="Why left out", readonly=True,
    )
    changes = fields.Text(compute="_compute_changes")

    def init(self):
        result = super(DingdingRunLine, self).init()
        compat.date_index(self.env.cr, self._table)
        return result

    def _values(self, name):
        self.ensure_one()
        return json.loads(self[name] or "{}")

    # -- shown ----------------------------------------------------------------------

    @api.depends("new_values", "old_values", "more", "kind")
    def _compute_changes(self):
        names = self._names()
        labels = {
            "department": self.env["dingding.department"].fields_get(
                attributes=["string"]),
            "person": self.env["dingding.user"].sudo().fields_get(
                attributes=["string"]),
        }
        for line in self:
            line.changes = "\n".join(line._described(labels[line.subject], names))

    def _described(self, labels, names):
        """Return what changes, a text a field."""
        new, old = self._values("new_values"), self._values("old_values")

        def label(name):
            return labels.get(name, {}).get("string", name)

        if self.action == "create":
            return [
                "%s: %s" % (label(name), self._shown(name, new[name], names))
                for name in FIRST if new.get(name)
            ]
        if self.action == "link":
            return [
                "%s: %s" % (label(name), self._linked(name, value))
                for name, value in new.items()
            ]
        texts = [
            "%s: %s \u2192 %s" % (
                label(name), self._shown(name, old.get(name), names),
                self._shown(name, new[name], names),
            )
            for name in sorted(new) if name not in NOT_SHOWN
        ]
        if "sequence" in new:
            texts.append(_("Another place among its neighbours"))
        more = self._values("more")
        for name, here, there, kept in more.get("conflicts", ()):
            if kept == "odoo":
                texts.append(
                    _("%(field)s: %(here)s is kept, in DingTalk it is %(there)s")
                    % {
                        "field": label(name),
                        "here": self._shown(name, here, names),
                        "there": self._shown(name, there, names),
                    }
                )
            else:
                texts.append(_("%s was changed in Odoo as well") % label(name))
        if not texts and more.get("push"):
            texts = [
                _("%s goes to DingTalk") % label(name) for name in more["push"]
            ]
        return texts

    @api.model
    def _shown(self, name, value, names):
        if value is None or value == [] or value == "":
            return _("nothing")
        if value is True or value is False:
            return _("yes") if value else _("no")
        if isinstance(value, list):
            return ", ".join(names["department"].get(key, key) for key in value)
        if name in ("parent_id", "main_department_id"):
            return names["department"].get(value, value)
        if name == "manager_id":
            return names["person"].get(value, value)
        return "%s" % value

    @api.model
    def _linked(self, name, value):
        other = self.env[self.env["dingding.user"]._fields[name].comodel_name]
        return other.sudo().browse(value).exists().display_name or _("nothing")

    def _names(self):
        """Return 'department' and 'person' -> key -> name of what lines refer to."""
        wanted = {"department": set(), "person": set()}
        for line in self:
            for values in (line._values("new_values"), line._values("old_values")):
                for name, value in values.items():
                    if isinstance(value, list):
                        wanted["department"].update(value)
                    elif name in ("parent_id", "main_department_id") and value:
                        wanted["department"].add(value)
                    elif name == "manager_id" and value:
                        wanted["person"].add(value)
            for conflict in line._values("more").get("conflicts", ()):
                for value in conflict[1:3]:
                    if isinstance(value, list):
                        wanted["department"].update(value)
        found = {}
        corps = self.mapped("run_id.corp_id").ids
        for subject, model_name in (("department", "dingding.department"),
                                    ("person", "dingding.user")):
            model = self.env[model_name].with_context(active_test=False)
            keys = sorted(wanted[subject])
            rows = model.search(
                [("corp_id", "in", corps), (model._mirror_key, "in", keys)]
            ) if keys else model
            found[subject] = {row[model._mirror_key]: row.name for row in rows}
            missing = [key for key in keys if key not in found[subject]]
            if missing:
                # Those that the run itself makes.
                new = self.search(
                    [("run_id", "in", self.mapped("run_id").ids),
                     ("subject", "=", subject), ("kind", "=", "new"),
                     ("key", "in", missing)]
                )
                found[subject].update((line.key, line.name) for line in new)
        return found

    # -- buttons ----------------------------------------------------------------------

    def _set_selected(self, selected):
        compat.check_access(self, "read")
        runs = self.mapped("run_id")
        runs._check_manager()
        lines = self.sudo().filtered(lambda line: line.run_id.state == "confirm")
        lines.write({"selected": selected})
        return True

    def action_select(self):
        """Have these changes written by Apply selected."""
        return self._set_selected(True)

    def action_leave_out(self):
        """Leave these changes out of Apply selected."""
        return self._set_selected(False)

    def action_open(self):
        """Open the department or person."""
        self.ensure_one()
        compat.check_access(self, "read")
        model = {"department": "dingding.department", "person": "dingding.user"}
        model = self.env[model[self.subject]].with_context(active_test=False)
        record = model.search(
            [("corp_id", "=", self.run_id.corp_id.id),
             (model._mirror_key, "=", self.key)], limit=1,
        )
        if not record:
            return True
        compat.check_access(record, "read")
        return {
            "type": "ir.actions.act_window", "res_model": record._name,
            "res_id": record.id, "view_mode": "form", "views": [(False, "form")],
        }
