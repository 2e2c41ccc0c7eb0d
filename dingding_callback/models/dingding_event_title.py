# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models

from odoo.addons.dingding import compat

SUBJECTS = {
    "user": ("dingding.user", "userid"),
    "department": ("dingding.department", "dept_id"),
}
NAMES_SHOWN = 3


@compat.labels_groups("event_type", "_event_labels")
@compat.shows_name("_shown_name")
class DingdingEvent(models.Model):
    """Say in words what an event is about, and open it."""

    _inherit = "dingding.event"

    title = fields.Char(
        string="Description", compute="_compute_title", compute_sudo=False
    )
    has_subject = fields.Boolean(compute="_compute_title", compute_sudo=False)

    @api.model
    def _event_labels(self):
        """Return event type -> what has happened, translated; addons add theirs."""
        return {
            "user_add_org": _("New person"),
            "user_modify_org": _("Person changed"),
            "user_leave_org": _("Person left"),
            "user_active_org": _("Person activated DingTalk"),
            "org_admin_add": _("New administrator"),
            "org_admin_remove": _("Administrator removed"),
            "org_dept_create": _("New department"),
            "org_dept_modify": _("Department changed"),
            "org_dept_remove": _("Department removed"),
            "org_change": _("Organisation changed"),
            "org_remove": _("Organisation dissolved"),
            "emp_label_scope_change": _("Scope of a role changed"),
            "label_user_change": _("Roles of a person changed"),
            "label_conf_add": _("New role"),
            "label_conf_modify": _("Role changed"),
            "label_conf_del": _("Role removed"),
        }

    @api.model
    def _subject_models(self):
        """Return kind of subject -> (model, field with its id); addons add theirs."""
        return SUBJECTS

    def _shown_name(self):
        return self.title

    def _subject_ids(self):
        """Return (kind, ids) of what an event is about."""
        kind, _colon, text = (self.subject or "").partition(":")
        return kind, [each for each in text.split(",") if each]

    @api.depends("event_type", "subject", "corp_id")
    def _compute_title(self):
        labels, found = self._event_labels(), self._subjects()
        for event in self:
            kind, ids = event._subject_ids()
            records = [
                found[(event.corp_id.id, kind, each)] for each in ids
                if (event.corp_id.id, kind, each) in found
            ]
            label = labels.get(event.event_type, event.event_type)
            names = [record.display_name for record in records[:NAMES_SHOWN]]
            if len(ids) > NAMES_SHOWN:
                names.append("...")
            event.title = "%s: %s" % (label, ", ".join(names)) if names else label
            event.has_subject = bool(records)

    def _subjects(self):
        """Return (organisation, kind, id) -> record that the user may see.

        One search for each kind.
        """
        wanted = {}
        for event in self:
            kind, ids = event._subject_ids()
            wanted.setdefault(kind, set()).update(ids)
        found = {}
        for kind, (model, name) in self._subject_models().items():
            if not wanted.get(kind):
                continue
            records = self.env[model].with_context(active_test=False).search(
                [("corp_id", "in", self.mapped("corp_id").ids),
                 (name, "in", sorted(wanted[kind]))]
            )
            for record in records:
                found[(record.corp_id.id, kind, record[name])] = record
        return found

    def action_open_subject(self):
        """Show what the event is about."""
        self.ensure_one()
        compat.check_access(self, "read")
        kind, ids = self._subject_ids()
        found = self._subjects()
        records = [
            found[(self.corp_id.id, kind, each)] for each in ids
            if (self.corp_id.id, kind, each) in found
        ]
        if not records:
            return True
        action = {
            "type": "ir.actions.act_window", "name": self.title,
            "res_model": records[0]._name,
        }
        if len(records) == 1:
            return dict(
                action, view_mode="form", views=[[False, "form"]],
                res_id=records[0].id,
            )
        return dict(
            action, view_mode="tree,form", views=[[False, "list"], [False, "form"]],
            domain=[("id", "in", [record.id for record in records])],
            context={"active_test": False},
        )
