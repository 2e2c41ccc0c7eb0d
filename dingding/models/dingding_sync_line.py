# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo import _, api, fields, models

from .. import compat
from ..sync import mapping

FIRST = (
    "parent_id", "department_ids", "title", "job_number", "mobile", "email",
    "org_email",
)
NOT_SHOWN = ("sequence", "active", "baseline_values")


class DingdingSyncLine(models.Model):
    """One change that a sync would make, or has made.

    Values are in DingTalk's ids, as JSON.
    """

    _name = "dingding.sync.line"
    _description = "DingTalk Sync Change"
    _order = "sync_id desc, id"

    sync_id = fields.Many2one(
        "dingding.sync", string="Synchronisation", required=True, readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="sync_id.company_id", readonly=True)
    sync_state = fields.Selection(
        related="sync_id.state", string="Sync status", readonly=True
    )
    kind = fields.Selection(
        [
            ("new", "New"),
            ("changed", "Changed"),
            ("moved", "Moved"),
            ("leaver", "Left"),
            ("returned", "Rejoined"),
            ("kept", "Odoo's value kept"),
            ("equal", "Identical on both sides"),
            ("link", "New link"),
            ("user", "New system user"),
            ("employee", "New employee"),
            ("hr_department", "New HR department"),
            ("job", "New job position"),
            ("work_location", "New work location"),
            ("unmatched", "No matching system user"),
            ("follow", "Linked record"),
        ], string="Type",
        required=True, readonly=True, index=True,
    )
    subject = fields.Selection(
        lambda self: self.env["dingding.sync"]._subjects(), string="Record type",
        required=True, readonly=True,
    )
    name = fields.Char(required=True, readonly=True)
    place = fields.Char(string="Department", readonly=True)
    key = fields.Char(string="DingTalk ID", readonly=True)
    record_id = fields.Integer(readonly=True)
    action = fields.Selection(
        [
            ("create", "Create"), ("update", "Change"), ("archive", "Archive"),
            ("link", "Create link"), ("make", "Create user"), ("none", "Nothing"),
            ("follow", "Change linked record"),
        ],
        required=True, readonly=True,
    )
    new_values = fields.Text(readonly=True)
    old_values = fields.Text(readonly=True)
    baseline_values = fields.Text(string="Sync baseline", readonly=True)
    more = fields.Text(readonly=True)
    rule = fields.Selection(
        [
            ("mobile", "Verified mobile"), ("email", "E-mail"),
            ("shared", "Other organisation"),
        ],
        string="Matched by", readonly=True,
    )
    selected = fields.Boolean(readonly=True, default=True)
    confirmed = fields.Boolean(readonly=True, default=True)
    state = fields.Selection(
        [("pending", "To do"), ("done", "Done"), ("skipped", "Skipped")],
        string="Status",
        required=True, readonly=True, default="pending",
    )
    reason = fields.Selection(
        [
            ("changed", "Changed in the meantime"),
            ("there", "Still in DingTalk"),
            ("gone", "No longer in DingTalk"),
            ("left", "Not selected"),
        ],
        string="Reason for skipping", readonly=True,
    )
    changes = fields.Text(compute="_compute_changes")

    def init(self):
        result = super().init()
        # Its foreign key's, too. A large sync asks for open lines, some at a time.
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS dingding_sync_line_open"
            " ON dingding_sync_line (sync_id, state, id)")
        return result

    def _values(self, name):
        self.ensure_one()
        return json.loads(self[name] or "{}")

    # -- display --------------------------------------------------------------------

    @api.depends("new_values", "old_values", "more", "kind")
    def _compute_changes(self):
        syncs = self.env["dingding.sync"]
        relations, labels = syncs._relations(), {}
        names = self._names(relations)
        names.update(self._linked_names())
        for subject, model in syncs._models().items():
            found = self.env[model].sudo().fields_get(attributes=["string"])
            labels[subject] = {name: found[name]["string"] for name in found}
        for line in self:
            # The addon of another subject has been uninstalled.
            subject = line.subject if line.subject in labels else "person"
            line.changes = "\n".join(
                line._described(labels[subject], relations[subject], names)
            )

    def _described(self, labels, relations, names):
        new, old = self._values("new_values"), self._values("old_values")

        def label(name):
            return labels.get(name, name)

        def shown(name, value):
            relation = relations.get(name)
            return self._shown(
                value, names.get(mapping.MANY.get(relation, relation), {})
            )

        if self.action == "create":
            return [
                "%s: %s" % (label(name), shown(name, new[name]))
                for name in self._first(new) if new.get(name)
            ]
        if self.action == "link":
            return [
                "%s: %s" % (label(name), self._linked(name, value, names))
                for name, value in new.items()
            ]
        texts = [
            "%s: %s \u2192 %s" % (
                label(name), shown(name, old.get(name)), shown(name, new[name]),
            )
            for name in sorted(new) if name not in NOT_SHOWN
        ]
        if "sequence" in new:
            texts.append(_("Position among its siblings changed"))
        more = self._values("more")
        for name, odoo_value, dingtalk_value, kept in more.get("conflicts", ()):
            if kept == "odoo":
                texts.append(
                    _("%(field)s: %(odoo)s is kept; DingTalk has %(dingtalk)s")
                    % {
                        "field": label(name),
                        "odoo": shown(name, odoo_value),
                        "dingtalk": shown(name, dingtalk_value),
                    }
                )
            else:
                texts.append(_("%s was changed in Odoo as well") % label(name))
        if not texts and more.get("push"):
            texts = [
                _("%s will be written to DingTalk") % label(name)
                for name in more["push"]
            ]
        return texts

    def _first(self, values):
        if self.subject in ("department", "person"):
            return FIRST
        return sorted(set(values) - set(NOT_SHOWN) - {"name"})

    @api.model
    def _shown(self, value, names):
        """Return a value as text.

        :param dict names: key -> name of the records that the field refers to
        """
        if value is None or value == [] or value == "":
            return _("nothing")
        if value is True or value is False:
            return _("yes") if value else _("no")
        if isinstance(value, list):
            return ", ".join(names.get(key, key) for key in value)
        return "%s" % names.get(value, value)

    @api.model
    def _linked(self, name, value, names):
        """Return the name of a record that a person is linked to."""
        model = self.env["dingding.user"]._fields[name].comodel_name
        return names.get(model, {}).get(value) or _("nothing")

    def _linked_ids(self):
        """Return the (model, id) of records of Odoo's own that a line names."""
        if self.action != "link":
            return []
        known = self.env["dingding.user"]._fields
        return [
            (known[name].comodel_name, value)
            for name, value in self._values("new_values").items() if name in known
        ]

    def _linked_names(self):
        """Return model -> id -> name of the records of Odoo's own, read at once."""
        wanted, found = {}, {}
        for line in self:
            for model, id_ in line._linked_ids():
                wanted.setdefault(model, set()).add(id_)
        for model, ids in wanted.items():
            records = self.env[model].sudo().with_context(active_test=False)
            found[model] = {
                record.id: record.display_name
                for record in records.browse(sorted(ids)).exists()
            }
        return found

    def _names(self, relations):
        """Return subject -> key -> name of the records the lines refer to.

        :param dict relations: subject -> field -> relation
        """
        models = self.env["dingding.sync"]._models()
        wanted = {subject: set() for subject in models}
        for line in self.filtered(lambda each: each.action != "follow"):
            found = [
                pair for name in ("new_values", "old_values")
                for pair in line._values(name).items()
            ] + [
                (conflict[0], value)
                for conflict in line._values("more").get("conflicts", ())
                for value in conflict[1:3]
            ]
            for name, value in found:
                relation = relations.get(line.subject, {}).get(name)
                if relation and value:
                    wanted[mapping.MANY.get(relation, relation)].update(
                        value if isinstance(value, list) else [value]
                    )
        found = {}
        corps = self.mapped("sync_id.corp_id").ids
        for subject, model_name in models.items():
            model = self.env[model_name].with_context(active_test=False)
            keys = sorted(wanted[subject])
            rows = model.search(
                [("corp_id", "in", corps), (model._sync_key, "in", keys)]
            ) if keys else model
            found[subject] = {row[model._sync_key]: row.name for row in rows}
            missing = [key for key in keys if key not in found[subject]]
            if missing:
                new = self.search(
                    [("sync_id", "in", self.mapped("sync_id").ids),
                     ("subject", "=", subject), ("kind", "=", "new"),
                     ("key", "in", missing)]
                )
                found[subject].update((line.key, line.name) for line in new)
        return found

    # -- buttons ----------------------------------------------------------------------

    def _set_selected(self, selected):
        compat.check_access(self, "read")
        self.mapped("sync_id")._check_manager()
        lines = self.sudo().filtered(lambda line: line.sync_id.state == "confirm")
        lines.write({"selected": selected})
        return True

    def action_select(self):
        """Select these changes for Apply selected."""
        return self._set_selected(True)

    def action_leave_out(self):
        """Exclude these changes from Apply selected."""
        return self._set_selected(False)

    def action_open(self):
        self.ensure_one()
        compat.check_access(self, "read")
        model = self.env["dingding.sync"]._models().get(self.subject)
        if not model:
            return True
        model = self.env[model].with_context(active_test=False)
        record = model.search(
            [("corp_id", "=", self.sync_id.corp_id.id),
             (model._sync_key, "=", self.key)], limit=1,
        )
        if not record:
            return True
        compat.check_access(record, "read")
        return {
            "type": "ir.actions.act_window", "res_model": record._name,
            "res_id": record.id, "view_mode": "form", "views": [(False, "form")],
        }
