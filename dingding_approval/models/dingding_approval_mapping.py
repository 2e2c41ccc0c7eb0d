# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import ast
import json
import re

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import html_escape

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk.api.approvals import MAX_CC, MAX_NODES, approver_node
from odoo.addons.dingding.models import texts

from ..form import build, components
from .activities import schedule_activity
from .dingding_approval_reader import RELATIONS

# Changing their records changes Odoo itself.
CLOSED_MODELS = ("res.users", "res.groups", "res.company", "base")
CLOSED_BEGINNINGS = ("ir.", "dingding.", "base.", "mail.", "bus.")
# Users may write their own.
OPEN_MODELS = ("mail.alias",)
OPEN_BEGINNINGS = ("dingding.demo.",)
#: Models that identify people.
PEOPLE_MODELS = ("res.users", "hr.employee", "res.partner", "dingding.user")
# Fields that say which records are decided about, by whom, and on what grounds, besides
# the steps and the lines.
DECIDING = (
    "template_id", "approver_source", "domain", "originator_policy",
    "originator_field_path", "fallback_person_id", "lock", "unlocked_field_ids",
    "import_records", "active",
)
# Fields that say who sees the form, besides the steps.
RECIPIENTS = (
    "approver_source", "originator_policy", "originator_field_path",
    "fallback_person_id", "cc_person_ids", "cc_field_path",
)
# Errors that Odoo raises for a domain, such as one with a removed field.
INVALID_DOMAIN = (ValueError, SyntaxError, KeyError, AttributeError)
# Fields that lines and outcomes depend on.
IDENTITY = ("model_id", "template_id")
NAME = re.compile(r"\w+")
# Neither caches nor the state depend on them.
HARMLESS = (
    "state", "problems_json", "losses_json", "name", "sequence", "import_next",
    "import_pause", "import_refused",
)


class DingdingApprovalMapping(models.Model):
    """Map records of a model to approvals of a template, and results back."""

    _name = "dingding.approval.mapping"
    _description = "DingTalk Approval Mapping"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, **compat.TRACK)
    active = fields.Boolean(default=True, **compat.TRACK)
    sequence = fields.Integer(default=10)
    model_id = fields.Many2one(
        "ir.model", string="Model", required=True, ondelete="cascade",
        domain=[("transient", "=", False)],
        help="Model of the records to submit, such as orders.",
    )
    # Not a related field: on uninstall Odoo would search mappings in a table without
    # its columns.
    model = fields.Char(
        string="Model name", compute="_compute_model", compute_sudo=True, store=True,
        index=True, readonly=True,
    )
    domain = fields.Char(
        string="Conditions", default="[]", required=True,
        help="Records that can be submitted; all if empty.", **compat.TRACK
    )
    template_id = fields.Many2one(
        "dingding.approval.template", string="Template", required=True,
        ondelete="restrict", index=True, **compat.TRACK
    )
    corp_id = fields.Many2one(related="template_id.corp_id", store=True, readonly=True,
                              index=True)
    company_id = fields.Many2one(related="corp_id.company_id", store=True,
                                 readonly=True, index=True)
    line_ids = fields.One2many(
        "dingding.approval.mapping.line", "mapping_id", string="Form",
        domain=[("parent_id", "=", False)],
    )
    approver_source = fields.Selection(
        [
            ("template", "Defined by the template"),
            ("mapping", "Selected approvers, in sequence"),
        ],
        string="Approvers", required=True, default="template",
        help="The flow designed in DingTalk, or the steps below.",
    )
    approver_ids = fields.One2many(
        "dingding.approval.mapping.approver", "mapping_id", string="Steps", copy=True
    )
    cc_person_ids = fields.Many2many(
        "dingding.user", "dingding_approval_mapping_cc_rel", "mapping_id", "person_id",
        string="Copy to",
    )
    cc_field_path = fields.Char(
        string="Copy to (field)",
        help="Field that contains users, employees or DingTalk users."
    )
    cc_position = fields.Selection(
        [
            ("START", "At the start"),
            ("FINISH", "At the end"),
            ("START_FINISH", "At start and end"),
        ],
        string="Send copy", default="FINISH",
    )
    originator_policy = fields.Selection(
        [
            ("user", "User who clicks the button"),
            ("field", "Field of the record"),
            ("fixed", "Default requester"),
        ],
        string="Requester", required=True, default="user",
        help="On whose behalf the approval is started in DingTalk.",
    )
    originator_field_path = fields.Char(
        string="Requester field", help="For example user_id or employee_id."
    )
    fallback_person_id = fields.Many2one(
        "dingding.user", string="Default requester", ondelete="restrict",
        domain="[('corp_id', '=', corp_id)]",
        help="Requester of records whose owner is not a DingTalk user. If empty, such "
             "records cannot be submitted.",
    )
    lock = fields.Selection(
        [
            ("none", "Never"),
            ("running", "In approval only"),
            ("agreed", "In approval and after approval"),
        ],
        string="Lock the record", required=True, default="running",
        help="Prevents users from changing or deleting the record. Managers can unlock "
             "it and must give a reason.", **compat.TRACK
    )
    unlocked_field_ids = fields.Many2many(
        "ir.model.fields", "dingding_approval_mapping_unlocked_rel", "mapping_id",
        "field_id", string="Editable fields",
        domain="[('model_id', '=', model_id)]",
        help="Fields that can be changed while the record is locked.",
    )
    outcome_ids = fields.One2many(
        "dingding.approval.outcome", "mapping_id", string="Outcomes",
        copy=True,
    )
    attachment_back = fields.Boolean(
        string="Save approvers' files", default=True,
        help="Saves files that approvers add in DingTalk as attachments of the record.",
    )
    responsible_id = fields.Many2one(
        "res.users", string="Responsible", default=lambda self: self.env.user,
        ondelete="restrict",
        help="Gets an activity if the mapping no longer matches the template, or if an "
             "outcome could not be written back.",
    )
    import_records = fields.Boolean(
        string="Create records from approvals started in DingTalk",
        help="Creates a record when somebody starts an approval with this template in "
             "DingTalk, with the access rights of that person's user.",
    )
    state = fields.Selection(
        [("ok", "Valid"), ("broken", "To check")], string="Status", default="ok",
        required=True, readonly=True, copy=False,
        help="Whether the mapping fits model and template.",
    )
    problems_json = fields.Text(readonly=True, copy=False)
    losses_json = fields.Text(
        readonly=True, copy=False,
        help="What the latest changes of the template removed, until somebody marks it "
             "as checked.",
    )
    broken_note = fields.Text(
        string="Mismatches", compute="_compute_broken_note",
    )

    is_empty = fields.Boolean(compute="_compute_is_empty")
    is_template_new = fields.Boolean(compute="_compute_is_template_new")

    @api.depends("line_ids")
    def _compute_is_empty(self):
        for mapping in self:
            mapping.is_empty = not mapping.line_ids

    @api.depends("template_id.process_code")
    def _compute_is_template_new(self):
        for mapping in self:
            template = mapping.template_id
            mapping.is_template_new = bool(template) and not template.process_code

    @api.depends("problems_json", "losses_json")
    def _compute_broken_note(self):
        for mapping in self:
            found = json.loads(mapping.problems_json or "[]")
            found += json.loads(mapping.losses_json or "[]")
            texts = self.env["dingding.approval.problem"]._texts(found)
            mapping.broken_note = "\n".join(texts) or False

    @api.depends("model_id")
    def _compute_model(self):
        for mapping in self:
            mapping.model = mapping.model_id.model

    # -- constraints -----------------------------------------------------------------

    @api.model
    def _is_closed(self, name):
        """Return whether the user may not create mappings of a model.

        Odoo's own models are never mapped. Only administrators map models that inherit
        from or delegate to them.
        """
        if name not in self.env or name.startswith(OPEN_BEGINNINGS):
            return name not in self.env
        model = self.env[name]
        if model._abstract or model._transient or self._is_internal(name):
            return True
        return not rights.is_administrator(self.env) and any(
            self._is_internal(each)
            for each in self._kin(name) if each not in OPEN_MODELS
        )

    @api.model
    def _is_internal(self, name):
        """Return whether a model belongs to Odoo's core or to the connector."""
        return name in CLOSED_MODELS or name.startswith(CLOSED_BEGINNINGS)

    @api.model
    def _kin(self, name):
        """Return the names of the models with tables that a model consists of.

        It inherits from or delegates to them, at any depth.
        """
        found, names = set(), [name]
        while names:
            each = names.pop()
            if each in found or each not in self.env or self.env[each]._abstract:
                continue
            found.add(each)
            model = type(self.env[each])
            names += list(model._inherits)
            names += [cls._name for cls in model.__mro__ if getattr(cls, "_name", None)]
        return found

    @api.constrains("model_id")
    def _check_model(self):
        for mapping in compat.as_writer(self):
            if mapping._is_closed(mapping.model_id.model):
                raise ValidationError(
                    _("Records of %s cannot be submitted to DingTalk.")
                    % mapping.model_id.name
                )

    @api.constrains("domain", "model_id")
    def _check_domain(self):
        writer = compat.as_writer(self).env
        reader = None if rights.is_administrator(writer) else writer
        for mapping in self.sudo():
            try:
                domain = mapping._domain()
                closed = mapping._closed_path(domain, reader)
                if not closed:
                    mapping._matching(domain, limit=1)
            except Exception as error:
                # User input can make the ORM raise any exception.
                raise ValidationError(
                    _("The conditions are invalid: %s") % (error,)
                ) from error
            if closed:
                raise ValidationError(
                    _("%s may not be used in the conditions.") % closed
                )

    def _closed_path(self, domain, reader=None):
        """Return a path of a domain that may not be read, or None.

        The filter, applied with sudo, would reveal the value.

        :param reader: environment of who wrote the domain; None: an administrator
        """
        reading = self.env["dingding.approval.reader"]
        for model, path in self._domain_paths(self.model_id.model, domain):
            along = reading._path_fields(model, path)
            if reader is None:
                if along and reading._closed(along, True):
                    return path
            # A path that is too long cannot be checked.
            elif not along or reading._closed(along) or not all(
                self._may_read(reader, field.model_name) for field in along[1:]
            ):
                return path
        return None

    @api.model
    def _may_read(self, reader, model):
        """Return whether the user of an environment may read any records of a model."""
        try:
            compat.check_access(reader[model].browse(), "read")
        except AccessError:
            return False
        return True

    @api.model
    def _domain_paths(self, model, domain):
        """Return (model, path) of the conditions of a domain, including nested ones."""
        found = []
        for term in domain:
            if not isinstance(term, (list, tuple)) or len(term) != 3:
                continue
            path, operator, value = term
            if not isinstance(path, str):
                continue
            found.append((model, path))
            if "any" in str(operator) and isinstance(value, (list, tuple)):
                along = self.env["dingding.approval.reader"]._path_fields(model, path)
                if along:
                    found += self._domain_paths(along[-1].comodel_name, value)
        return found

    @api.constrains("template_id", "fallback_person_id", "cc_person_ids")
    def _check_persons(self):
        for mapping in self:
            mapping._check_people(mapping.fallback_person_id | mapping.cc_person_ids)

    @api.constrains(
        "originator_policy", "originator_field_path", "fallback_person_id",
        "cc_field_path", "model_id",
    )
    def _check_originator(self):
        for mapping in compat.as_writer(self):
            if mapping.originator_policy == "fixed" and not mapping.fallback_person_id:
                raise ValidationError(_("Choose the requester."))
            if mapping.originator_policy == "field":
                mapping._check_people_path(mapping.originator_field_path)
            if mapping.cc_field_path:
                mapping._check_people_path(mapping.cc_field_path)

    @api.constrains("unlocked_field_ids", "model_id")
    def _check_unlocked(self):
        for mapping in self:
            if mapping.unlocked_field_ids.mapped("model_id") - mapping.model_id:
                raise ValidationError(
                    _("The editable fields must be fields of %s.")
                    % mapping.model_id.name
                )

    def _check_deciding(self):
        """Let only administrators change what leads to outcomes that act as others.

        Others would approve their own records, or have something else approved than
        the form shows, with that user's rights.

        :raise AccessError: the user is not an administrator
        """
        if rights.is_administrator(self.env):
            return
        for mapping in self.sudo():
            users = mapping.outcome_ids.mapped("user_id")
            if users:
                raise AccessError(
                    _("Only administrators may change which records %(mapping)s "
                      "submits, their form, their lock and who decides, as an outcome "
                      "acts as %(user)s.")
                    % {"mapping": mapping.name, "user": users[0].name}
                )

    def _check_recipients(self):
        """Let only administrators choose who sees what only they may send.

        :raise AccessError: the user is not an administrator
        """
        if rights.is_administrator(self.env):
            return
        for mapping in self.sudo():
            restricted = mapping._restricted_lines()
            if restricted:
                raise AccessError(
                    _("Only administrators may change who submits and approves "
                      "%(mapping)s and who gets a copy, as its form contains "
                      "restricted values: %(components)s.")
                    % {"mapping": mapping.name,
                       "components": ", ".join(restricted.mapped("title"))}
                )

    def _restricted_lines(self):
        """Return the lines that only an administrator may write, and has written."""
        lines = self.line_ids | self.line_ids.mapped("child_ids")
        return lines.filtered(
            lambda line: line.author_id and line._is_restricted())

    def _check_people(self, people):
        """Refuse people of an organisation other than the template's."""
        # On 14.0 the related field may not be written yet.
        corp = self.sudo().template_id.corp_id
        for person in people.sudo():
            if person.corp_id != corp:
                raise ValidationError(
                    _("%(person)s does not belong to %(corp)s.")
                    % {"person": person.name, "corp": corp.name}
                )

    def _check_people_path(self, path):
        """Refuse a path that does not lead to people."""
        model = self.model_id.model
        reading = self.env["dingding.approval.reader"]
        along = reading._path_fields(model, path)
        if (
            not along
            or along[-1].type not in RELATIONS
            or along[-1].comodel_name not in PEOPLE_MODELS
            or reading._closed(along, rights.is_administrator(self.env))
        ):
            raise ValidationError(
                _("%(path)s is not a field of %(model)s that contains people.")
                % {"path": path or "?", "model": self.model_id.name}
            )

    def _domain(self):
        """Return the domain as a literal, without evaluating it.

        :raise ValueError: the text is not a domain
        """
        found = ast.literal_eval((self.domain or "[]").strip() or "[]")
        if not isinstance(found, list):
            raise ValueError(self.domain)
        return found

    def _matching(self, domain, limit=None):
        """Return matching records of the model, with sudo."""
        records = self.env[self.model_id.model].sudo().with_context(active_test=False)
        return records.search(domain, limit=limit)

    @compat.create_multi
    def create(self, vals_list):
        self = rights.without_defaults(self)
        mappings = compat.super_create(super(), vals_list)
        mappings._changed()
        return mappings

    def write(self, vals):
        for name in IDENTITY:
            if name in vals and self.filtered(
                lambda row, name=name: row[name].id != vals[name]
                and (row.line_ids or name == "model_id" and row.sudo().outcome_ids)
            ):
                raise UserError(
                    _("Remove the lines and outcomes before you choose another model "
                      "or template, or create another mapping.")
                )
        watched = {"lock", "unlocked_field_ids"} & set(vals)
        before = {row.id: row._lock_rules() for row in self.sudo() if watched}
        deciding = rights.stored(self, set(DECIDING) & set(vals))
        recipients = rights.stored(self, set(RECIPIENTS) & set(vals))
        result = super().write(vals)
        changed = rights.changed(self, deciding)
        # Users who may write mappings may archive them, which ends their outcomes.
        rows = self.filtered("active") if changed == ["active"] else self
        if changed:
            rows._check_deciding()
        if rights.changed(self, recipients):
            self._check_recipients()
        if "template_id" in vals:
            # Odoo checks company rules only before a write.
            compat.check_access(self, "write")
        if watched:
            self._note_lock(before)
        if set(vals) - set(HARMLESS):
            self._changed()
        return result

    def unlink(self):
        result = super().unlink()
        compat.clear_caches(self.env)
        return result

    # Later series copy several records at once.
    def copy(self, default=None):  # pylint: disable=copy-wo-api-one
        """Copy the lines with their columns as well.

        For others than administrators, omit outcomes and expressions of lines.
        """
        self.ensure_one()
        default = dict(default or {}, name=_("%s (copy)") % self.name)
        if not rights.is_administrator(self.env):
            default.setdefault("outcome_ids", [])
        other = super().copy(default)
        for line in self.line_ids:
            new = line._copy_into(other)
            for child in line.child_ids:
                child._copy_into(other, new)
        return other

    @api.model
    def _acts_as_administrator(self):
        """Return whether the user is an administrator, regardless of sudo."""
        return self.env.uid == SUPERUSER_ID or self.env.user.has_group(
            "base.group_system"
        )

    def _changed(self):
        """Update what depends on mappings or their lines."""
        compat.clear_caches(self.env)
        self._check_state()
        # Failed imports may now succeed.
        refused = self.sudo().filtered("import_refused")
        if refused:
            refused.write({"import_refused": False})

    # -- the lock --------------------------------------------------------------------

    def _lock_tables(self):
        """Return the one2many fields with the rows that decide what the form shows.

        The rows of its tables, those that its computed fields are about, since a total
        would change with a line that is not on the form, and those that an expression
        names.
        """
        self.ensure_one()
        if self.model not in self.env:
            return []
        known, found = self.env[self.model]._fields, set()
        left = [
            path.split(".")[0] for line in self.line_ids
            for path in (line.field_path, line.field_path_end) if path
        ]
        for line in self.sudo().line_ids:
            if line.source == "expression":
                left += NAME.findall(line.expression or "")
        while left:
            name = left.pop()
            if name in known and name not in found:
                found.add(name)
                left += [
                    path.split(".")[0]
                    for path in compat.depends_of(self.env, known[name])
                ]
        return sorted(name for name in found if known[name].type == "one2many")

    def _lock_rules(self):
        """Return the lock rules for a record that is submitted now.

        :rtype: dict of lock, free (fields that stay writable), tables, files (whether
            the form includes all files of the record)
        """
        self.ensure_one()
        lines = self.line_ids
        return {
            "lock": self.lock,
            "free": sorted(self.unlocked_field_ids.mapped("name")),
            "tables": self._lock_tables(),
            "files": any(
                line.source == "attachments" or self._is_files_of_record(line)
                for line in lines
            ),
        }

    def _is_files_of_record(self, line):
        """Return whether a line sends a field that lists the record's own files."""
        along = self.env["dingding.approval.reader"]._path_fields(
            self.model, line.field_path) if line.source == "field" else []
        return bool(
            along and along[0].type == "one2many"
            and along[0].comodel_name == "ir.attachment"
        )

    def _note_lock(self, before):
        """Log in the running approvals that the mapping's lock rules changed.

        :param dict before: mapping -> its rules before the change
        """
        rows = []
        for mapping in self.sudo():
            old, new = [
                ", ".join([mapping._lock_label(each["lock"])] + each["free"])
                for each in (before[mapping.id], mapping._lock_rules())
            ]
            if old == new:
                continue
            body = html_escape(
                _("%(user)s changed the lock from '%(old)s' to '%(new)s'. Records that "
                  "are in approval keep the lock they were submitted with.")
                % {"user": self.env.user.name, "old": old, "new": new}
            )
            mapping.message_post(body=body)
            running = self.env["dingding.approval"].sudo().search(
                [("mapping_id", "=", mapping.id), ("locked", "=", True)]
            )
            rows += [
                {
                    "model": running._name, "res_id": each, "body": body,
                    "message_type": "notification",
                    "author_id": self.env.user.partner_id.id,
                    "subtype_id": self.env.ref("mail.mt_note").id,
                }
                for each in running.ids
            ]
        if rows:
            messages = rights.without_defaults(self.env["mail.message"].sudo())
            compat.create_all(messages, rows)

    @api.model
    def _lock_label(self, lock):
        return dict(self._fields["lock"]._description_selection(self.env)).get(lock)

    # -- validation ------------------------------------------------------------------

    def _used_keys(self):
        """Return the keys of the components that are filled in."""
        lines = self.sudo().line_ids.filtered(lambda line: line.source != "nothing")
        lines |= lines.mapped("child_ids").filtered(
            lambda line: line.source != "nothing"
        )
        return lines.mapped("component_id.component_key")

    def _static_problems(self):
        """Return the problems that do not depend on a record, as (key, args)."""
        self.ensure_one()
        if self.model_id.model not in self.env:
            return [("model_gone", {"model": self.model_id.model})]
        template = self.template_id
        problems = []
        try:
            self._matching([("id", "=", 0)] + self._domain(), limit=1)
        except INVALID_DOMAIN as error:
            problems.append(("domain_broken", {"error": str(error)}))
        if not template.process_code:
            problems.append(("template_new", {}))
        elif not template.enabled:
            problems.append(("template_gone", {}))
        return problems + self._form_problems(template._form(), self.line_ids)

    def _form_problems(self, form, lines):
        """Return the problems of lines, and of components without a line."""
        problems = []
        known = {one["key"]: one for one in form}
        used = set()
        for line in lines:
            one = known.get(line.component_id.component_key)
            if one is None:
                problems.append(("gone", {"label": line.title or ""}))
                continue
            found = line._static_problems(one)
            problems += found
            if line.source != "nothing":
                used.add(one["key"])
            if one["children"] and line.source == "field" and not found:
                problems += self._form_problems(one["children"], line.child_ids)
        for one in form:
            kind = components.kind_of(one["kind"])
            if not one["required"] or one["key"] in used:
                continue
            if kind.settable:
                problems.append(components.problem("unmapped", one))
            elif kind.name == "":
                problems.append(
                    components.problem("kind_unknown", one, kind=one["kind"])
                )
        return problems

    def _check_state(self):
        """Update the state of these mappings."""
        for mapping in self.sudo():
            problems = mapping._static_problems()
            text = json.dumps(problems, sort_keys=True) if problems else False
            broken = bool(problems or mapping.losses_json)
            vals = {"problems_json": text, "state": "broken" if broken else "ok"}
            if any((mapping[name] or False) != vals[name] for name in vals):
                mapping.write(vals)
        return True

    def _note_losses(self, losses):
        """Record what a changed template takes away, and notify the responsible person.

        :param losses: problems
        """
        for mapping in self.sudo():
            mapping._check_state()
            if not losses:
                continue
            known = json.loads(mapping.losses_json or "[]")
            known += [
                [key, args] for key, args in losses if [key, args] not in known
            ]
            mapping.write({"losses_json": json.dumps(known), "state": "broken"})
            mapping._call_responsible()
        return True

    def _call_responsible(self):
        """Schedule an activity for the responsible person unless one is open."""
        user = self.responsible_id
        if not self.active:
            return
        this = self.with_context(lang=user.lang or self.env.context.get("lang"))
        note = "<br/>".join(
            html_escape(line) for line in (this.broken_note or "").splitlines()
        )
        schedule_activity(self, user, this._activity_summary(), note)

    def _activity_summary(self):
        return _("The template in DingTalk has changed: check this mapping")

    def action_checked(self):
        """Confirm that a person has reviewed the losses of a template change."""
        compat.check_access(self, "write")
        self.sudo().write({"losses_json": False})
        self.sudo().activity_ids.unlink()
        self._check_state()
        return True

    # -- records ---------------------------------------------------------------------

    @api.model
    def _for_record(self, record):
        """Return the mappings that can submit a record, with sudo.

        A mapping of another company than the record's, or of an archived organisation,
        does not apply.

        :param record: one record of any model
        """
        record.ensure_one()
        # The caller's context may include archived records.
        mappings = self.sudo().search(
            [("model", "=", record._name), ("active", "=", True)])
        if not mappings:
            return mappings
        company = self.env["res.company"]
        field = record._fields.get("company_id")
        if field is not None and field.comodel_name == company._name:
            company = record.sudo().company_id
        if not compat.is_superuser(self.env):
            # Users may belong to other companies than the record.
            own = self.env.user.company_ids
            mappings = mappings.filtered(
                lambda row: not row.company_id or row.company_id in own
            )
        return mappings.filtered(
            lambda row: (not company or not row.company_id or row.company_id == company)
            and row.corp_id.active and row._fits(record)
        )

    def _fits(self, record):
        """Return whether a record matches the mapping's filter, if that is valid."""
        try:
            domain = self._domain()
            return bool(
                not domain or self._matching([("id", "=", record.id)] + domain, limit=1)
            )
        except INVALID_DOMAIN:
            # Otherwise no form of the model could be opened without an error.
            return False

    # -- the form of a record --------------------------------------------------------

    def _how(self):
        corp = self.sudo().corp_id
        return {"corp": corp, "zone": corp._time_zone()}

    def _filled(self, record):
        """Return (form, plain values by component, problems) of a record.

        :param record: in the environment of who submits
        """
        self.ensure_one()
        this, how = self.sudo(), self._how()
        record = self.env["dingding.approval.reader"]._apart_from_context(record)
        form = this.template_id._form()
        known = {one["key"]: one for one in form}
        values, problems = {}, []
        try:
            compat.check_access(record, "read")
        except AccessError:
            return form, {}, self._unreadable(record)
        for line in this.line_ids:
            one = known.get(line.component_id.component_key)
            if one is None:
                problems.append(("gone", {"label": line.title or ""}))
                continue
            value, found = line._value(record, one, how)
            problems += found
            if not components.is_empty(value):
                values[one["key"]] = value
        return form, values, problems

    def _unreadable(self, record):
        """Return the problem of a record that the user may not read."""
        name = self.sudo().name
        return [("access", {"label": name, "path": texts.model_name(record)})]

    def _entries(self, record):
        """Return (form, plain values, entries, all problems) of a record."""
        form, values, problems = self._filled(record)
        if problems == self._unreadable(record):
            return form, values, [], problems
        entries, found = build.entries(form, values)
        blamed = {args.get("label") for _key, args in problems}
        # A value that cannot be read is not reported as missing too.
        found = [
            each
            for each in found
            if each[0] != "required" or each[1]["label"] not in blamed
        ]
        problems = problems + found
        if not self.sudo().template_id.process_code:
            problems.append(("template_new", {}))
        return form, values, entries, problems

    def _form_of(self, record):
        """Return (values, problems) of a record for ``client.approvals.start``.

        Files are lists of ``{"attachment_id", "fileName", "fileSize"}`` until they are
        uploaded; tables are lists of rows: see :mod:`..form.build`.

        :param record: in the submitter's environment, read with that user's rights
        :return: problems are those that prevent submission
        """
        _form, _values, entries, problems = self._entries(record)
        return entries, components.blocking(problems)

    @api.model
    def _problem_texts(self, problems):
        """Return the messages of problems in the user's language."""
        return self.env["dingding.approval.problem"]._texts(problems)

    # -- people ----------------------------------------------------------------------

    def _flow_of(self, record):
        """Return ({approvers, cc_userids, cc_position}, problems) of a record."""
        # Include leavers, to report them.
        this = self.sudo().with_context(active_test=False)
        flow = {"approvers": [], "cc_userids": [], "cc_position": None}
        if this.approver_source == "template":
            return flow, []
        problems, nodes = [], []
        for row in this.approver_ids:
            if row.source == "person":
                people, found = this._present(row.person_ids)
            else:
                people, found = this._people_at(record, row.field_path)
                if not people and not found:
                    found = [("approvers_missing", {"path": row.field_path})]
            problems += found
            if people:
                nodes.append(approver_node(people.mapped("userid"), row.action_type))
        if not this.approver_ids:
            problems.append(("approvers_none", {}))
        if len(nodes) > MAX_NODES:
            problems.append(("nodes_many", {"count": len(nodes), "limit": MAX_NODES}))
        copies, found = this._present(this.cc_person_ids)
        problems += found
        if this.cc_field_path:
            more, found = this._people_at(record, this.cc_field_path)
            copies, problems = copies | more, problems + found
        if len(copies) > MAX_CC:
            problems.append(("cc_many", {"count": len(copies), "limit": MAX_CC}))
        if nodes and copies:
            flow.update(
                cc_userids=copies.mapped("userid"),
                cc_position=this.cc_position or "FINISH",
            )
        flow["approvers"] = nodes
        return flow, problems

    def _present(self, people):
        """Return (people in DingTalk, problems for leavers)."""
        present = people.filtered("active")
        return present, [
            ("approver_gone", {"name": person.name}) for person in people - present
        ]

    def _people_at(self, record, path):
        """Return (people, problems) of a field path."""
        reading = record.env["dingding.approval.reader"]
        record = reading._apart_from_context(record)
        if not reading._path_fields(record._name, path):
            return self.env["dingding.user"].sudo(), [
                ("path_broken", {"label": self.name, "model": record._name,
                                 "path": path or "?"})
            ]
        try:
            holders, field = reading._holders(record, path)
        except AccessError:
            return self.env["dingding.user"].sudo(), [
                ("access", {"label": self.name, "path": path})
            ]
        people, missing = reading._people(holders.mapped(field.name), self.corp_id)
        return people, [("approver_unlinked", {"name": name}) for name in missing]

    def _approvers_of(self, record):
        """Return ``approvers``, ``cc_userids`` and ``cc_position`` for a record.

        Without approvers DingTalk follows the template's own flow.

        :raise UserError: somebody is not in DingTalk, or there is no approver
        """
        flow, problems = self._flow_of(record)
        if problems:
            raise UserError("\n".join(self._problem_texts(problems)))
        return flow

    def _submitter(self, record, user):
        """Return (requester of a record, problems)."""
        this = self.sudo()
        fallback = this.fallback_person_id.filtered("active")
        if this.originator_policy == "fixed":
            person, name = fallback, this.fallback_person_id.name
        elif this.originator_policy == "field":
            people, problems = this._people_at(record, this.originator_field_path)
            person = people[:1] or fallback
            if person:
                return person, []
            return person, problems or [
                ("originator_missing", {"path": this.originator_field_path})
            ]
        else:
            reading = self.env["dingding.approval.reader"]
            person = reading._person(user.sudo(), this.corp_id) or fallback
            name = user.sudo().name
        if not person:
            return person, [("originator_unlinked", {"name": name or ""})]
        return person, []

    def _originator_of(self, record, user):
        """Return the requester of a record, a ``dingding.user`` with sudo.

        :param user: ``res.users`` who submits
        :raise UserError: there is no such person
        """
        person, problems = self._submitter(record, user)
        if not person:
            raise UserError("\n".join(self._problem_texts(problems)))
        return person

    # -- buttons ---------------------------------------------------------------------

    def action_preview(self):
        """Preview the form of a record as DingTalk will show it."""
        self.ensure_one()
        compat.check_access(self, "read")
        return self.env["dingding.approval.preview"]._open(self)

    def action_propose(self):
        """Propose fields for components without a line."""
        self.ensure_one()
        compat.check_access(self, "write")
        return self.env["dingding.approval.propose"]._open(self)

    def action_save_template(self):
        """Create the template of the mapping in DingTalk.

        :raise UserError: it is invalid, or DingTalk refuses
        """
        self.ensure_one()
        compat.check_access(self, "write")
        return self.template_id.action_save_in_dingtalk()
