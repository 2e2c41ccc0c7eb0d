# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.dingding import compat, rights

from ..form import build, components, shown
from ..models.dingding_approval_mapping import INVALID_DOMAIN

MOST_CHOICES = 50  # records offered at once


@compat.only_for("base.group_user")
class DingdingApprovalPreview(models.TransientModel):
    """Preview the form of a record as DingTalk will show it, with its problems."""

    _name = "dingding.approval.preview"
    _description = "DingTalk Approval Preview"
    _rec_name = "record_name"
    # Submitters need not read mappings, see _check_mapping.
    _dingding_open_links = ("mapping_id",)

    mapping_id = fields.Many2one(
        "dingding.approval.mapping", string="Mapping", ondelete="cascade",
    )
    mapping_name = fields.Char(
        compute="_compute_preview", compute_sudo=False, string="Submitted by"
    )
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Integer(string="Record ID")
    record_name = fields.Char(
        compute="_compute_preview", compute_sudo=False, string="Record name"
    )
    is_choosing = fields.Boolean(
        readonly=True, help="Opened from a mapping, so the record can be chosen."
    )
    query = fields.Char(string="Name contains")
    choice = fields.Char(string="Record", help="Record to preview.")
    choices = fields.Text(
        compute="_compute_choices", compute_sudo=False,
        help="Records to which the mapping applies, as JSON: ID and name of each.",
    )
    html = fields.Html(compute="_compute_preview", compute_sudo=False, sanitize=False)
    problems = fields.Html(
        compute="_compute_preview", compute_sudo=False, sanitize=False
    )
    warnings = fields.Html(
        compute="_compute_preview", compute_sudo=False, sanitize=False
    )
    has_problems = fields.Boolean(compute="_compute_preview", compute_sudo=False)
    has_warnings = fields.Boolean(compute="_compute_preview", compute_sudo=False)
    payload = fields.Text(
        string="JSON", compute="_compute_payload",
        compute_sudo=False, groups="base.group_system",
        help="Content that will be sent to DingTalk.",
    )

    @api.constrains("mapping_id")
    def _check_mapping(self):
        """Refuse mappings of other companies, whose names would be shown."""
        # sudo: as above.
        companies = self.sudo().mapped("mapping_id.company_id")
        writer = compat.as_writer(self).env
        if companies - writer.user.company_ids and not compat.is_superuser(writer):
            raise ValidationError(_("This mapping belongs to another company."))

    @api.model
    def default_get(self, fields):
        """Choose the mapping if the record has only one."""
        values = super().default_get(fields)
        model, res_id = values.get("res_model"), values.get("res_id")
        mapped = self.env["dingding.approval"]._mapped_models()
        if (
            model not in mapped or model not in self.env
            or not isinstance(res_id, int) or res_id <= 0
        ):
            return values
        record = self.env[model].browse(res_id)
        # The fitting mappings would reveal values of a hidden record.
        if not values.get("mapping_id") and rights.may_see(self.env, record):
            values["mapping_id"] = (
                self.env["dingding.approval.mapping"]._for_record(record)[:1].id
            )
        return values

    @api.model
    def _open(self, mapping):
        """Preview a mapping with the latest record that the user may see."""
        model = mapping.sudo().model_id.model
        if model not in self.env:
            raise UserError(_("The model of this mapping is no longer installed."))
        try:
            found = self.env[model].search(
                mapping.sudo()._domain(), order="id desc", limit=1
            )
        except INVALID_DOMAIN as error:
            raise UserError(
                _("The conditions are invalid: %s") % (error,)) from error
        if not found:
            raise UserError(
                _("No record to show. Create one to which the mapping applies.")
            )
        preview = self.create(
            {
                "mapping_id": mapping.id,
                "res_model": model,
                "res_id": found.id,
                "choice": str(found.id),
                "is_choosing": True,
            }
        )
        return preview._show()

    def _show(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Preview"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": dict(self.env.context),
        }

    def _pair(self):
        """Return (record in the user's environment or None, mapping with sudo)."""
        # On 11.0 and 12.0 an unsaved preview has no values in another user's
        # environment.
        mapping = self.mapping_id.sudo()
        if self.res_model not in self.env or not self.res_id:
            return None, mapping
        if not self._is_own():
            return None, mapping.browse()
        if mapping.model != self.res_model:
            return None, mapping.browse()
        companies = self.env.user.company_ids
        if not compat.is_superuser(self.env) and mapping.company_id - companies:
            return None, mapping.browse()
        record = self.env[self.res_model].browse(self.res_id).exists()
        return record or None, mapping

    def _is_own(self):
        """Return whether the preview belongs to the user, an employee.

        From 14.0 on every employee may read it.
        """
        if compat.is_superuser(self.env):
            return True
        maker = self.sudo().create_uid if self.ids else self.env.user
        return maker == self.env.user and self.env.user.has_group("base.group_user")

    @compat.depends_on_user
    @api.depends("mapping_id", "res_model", "res_id")
    def _compute_preview(self):
        for preview in self:
            preview._set_preview()

    def _set_preview(self):
        record, mapping = self._pair()
        self.mapping_name = mapping.name or False
        self.html = self.problems = self.warnings = self.record_name = False
        self.has_problems = self.has_warnings = False
        if record is None or not mapping:
            self.has_problems = True
            text = _("The record does not exist, or no mapping applies to it.")
            self.problems = self._list([text])
            return
        try:
            compat.check_access(record, "read")
            self.record_name = record.display_name
        except AccessError:
            self.has_problems = True
            self.problems = self._list([_("You may not read this record.")])
            return
        facts = self._facts(mapping, record)
        texts = mapping._problem_texts(components.blocking(facts["problems"]))
        warnings = mapping._problem_texts(
            [each for each in facts["problems"] if each[0] in components.WARNINGS]
        )
        self.html = compat.render(self.env, "dingding_approval.preview", facts)
        self.has_problems, self.has_warnings = bool(texts), bool(warnings)
        self.problems, self.warnings = self._list(texts), self._list(warnings)

    @api.model
    def _facts(self, mapping, record):
        """Return the displayed values for a record."""
        form, values, _entries, problems = mapping._entries(record)
        if not mapping._fits(record):
            problems = problems + [("not_fitting", {"label": mapping.name})]
        flow, found = mapping._flow_of(record)
        person, missing = mapping._submitter(record, self.env.user)
        names = Names(self.env, mapping.corp_id)
        return {
            "template": mapping.template_id.name,
            "components": shown.form(form, values, names),
            "originator": person.name or "",
            "nodes": [
                {
                    "names": [names("people", each) for each in node["userIds"]],
                    "action": node["actionType"],
                }
                for node in flow["approvers"]
            ],
            "copies": [names("people", each) for each in flow["cc_userids"]],
            "problems": problems + found + missing,
        }

    @api.model
    def _list(self, texts):
        if not texts:
            return False
        return compat.render(
            self.env, "dingding_approval.preview_list", {"texts": texts}
        )

    @compat.depends_on_user
    @api.depends("mapping_id", "res_model", "res_id")
    def _compute_payload(self):
        for preview in self:
            record, mapping = preview._pair()
            preview.payload = False
            if record is None or not mapping:
                continue
            try:
                _form, _values, entries, _problems = mapping._entries(record)
            except AccessError:
                continue
            flow, _found = mapping._flow_of(record)
            person, _missing = mapping._submitter(record, self.env.user)
            body = {
                "processCode": mapping.template_id.process_code or "",
                "originatorUserId": person.userid or "",
                "formComponentValues": build.finish(entries, Unsent()),
            }
            if flow["approvers"]:
                body.update(approvers=flow["approvers"], ccList=flow["cc_userids"])
            preview.payload = json.dumps(
                body, ensure_ascii=False, indent=2, sort_keys=True
            )

    # -- choosing a record -----------------------------------------------------------

    def _matching(self, limit):
        """Return (id, name) of records that the user may read, the latest first."""
        _record, mapping = self._pair()
        if not mapping or not self.is_choosing:
            return []
        records, domain = self.env[self.res_model], mapping._domain()
        if self.query:
            return records.name_search(self.query, domain, "ilike", limit)
        found = records.search(domain, order="id desc", limit=limit)
        return [(record.id, record.display_name) for record in found]

    @compat.depends_on_user
    @api.depends("mapping_id", "res_model", "res_id", "query", "is_choosing")
    def _compute_choices(self):
        for preview in self:
            record, mapping = preview._pair()
            found = [] if record is None else preview._matching(MOST_CHOICES)
            if (
                mapping and record is not None and not preview.query
                and record.id not in dict(found)
                and rights.may_see(self.env, record)
            ):
                found += [(record.id, record.display_name)]
            preview.choices = json.dumps([(str(key), name) for key, name in found])

    @api.onchange("choice")
    def _onchange_choice(self):
        """Show the chosen record."""
        if self.choice and self.is_choosing:
            self.res_id = int(self.choice)

    @api.onchange("query")
    def _onchange_query(self):
        """Show the first record with this name."""
        found = self._matching(1)
        if found:
            self.res_id, self.choice = found[0][0], str(found[0][0])

    # -- buttons ---------------------------------------------------------------------

    def action_submit(self):
        """Submit the record to DingTalk.

        :raise UserError: the form has problems
        """
        self.ensure_one()
        record, mapping = self._pair()
        if record is None:
            raise UserError(_("The record does not exist."))
        self.env["dingding.approval"].submit(record, mapping)
        return {"type": "ir.actions.act_window_close"}


class Unsent(dict):
    """Replace uploaded files in a preview."""

    def __missing__(self, key):
        return {"fileName": "attachment %s" % key}


class Names(object):
    """Names of people, departments and approvals, by DingTalk's ids."""

    MODELS = {
        "people": ("dingding.user", "userid"),
        "departments": ("dingding.department", "dept_id"),
        "approvals": ("dingding.approval", "instance_id"),
    }

    def __init__(self, env, corp):
        self._env = env
        self._corp = corp
        self._known = {}

    def __call__(self, shape, key):
        """Return the display name, or the id if there is none."""
        found = self._known.get((shape, key))
        if found is None:
            model, field = self.MODELS[shape]
            record = self._env[model].sudo().with_context(active_test=False).search(
                [("corp_id", "=", self._corp.id), (field, "=", str(key))], limit=1
            )
            found = self._known[shape, key] = record.name or str(key)
        return found
