# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import calendar
import datetime
import logging

from psycopg2 import IntegrityError, OperationalError

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk.errors import (
    DingTalkError,
    NotFoundError,
    PermissionDeniedError,
)
from odoo.addons.dingding.models.queue import take_lock
from odoo.addons.dingding.models.remedies import user_errors

from ..form import schema

_logger = logging.getLogger(__name__)

# First key of the advisory locks for reading an organisation's templates.
LOCK_TEMPLATES = 0x44540006
MAX_PAGES = 50  # of 100 templates; an organisation may have 200 templates
LEARN_DAYS = 119  # to search for instances; DingTalk allows 120
LEARN_INSTANCES = 5
MILLISECONDS = 1000


class DingdingApprovalTemplate(models.Model):
    """An approval form in DingTalk, with its components."""

    _name = "dingding.approval.template"
    _description = "DingTalk Approval Template"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, index=True,
        ondelete="cascade", default=lambda self: self.env["dingding.corp"]._only(),
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True
    )
    process_code = fields.Char(
        string="Process code",
        copy=False, index=True,
        help="The template's ID in DingTalk (PROC-...), part of its URL in DingTalk's "
             "admin console. Empty if the template is not in DingTalk yet.",
    )
    description = fields.Text()
    enabled = fields.Boolean(
        string="In use", readonly=True, copy=False,
        help="The template is in DingTalk and can be used for approvals.",
    )
    source = fields.Selection(
        [
            ("schema", "Read from DingTalk"),
            ("learnt", "Imported from approvals"),
            ("hand", "Entered manually"),
        ],
        string="Source of components", required=True, default="hand", readonly=True,
        copy=False,
        help="How the components became known. Applications with the former API cannot "
             "read them: import them from approvals, or enter them manually.",
    )
    url = fields.Char(string="URL", readonly=True, copy=False)
    schema_hash = fields.Char(
        readonly=True, copy=False, help="Changes with the form in DingTalk."
    )
    refreshed_at = fields.Datetime(string="Read on", readonly=True, copy=False)
    refresh_error = fields.Text(
        string="Last error", readonly=True, copy=False,
        help="DingTalk's message when the template was last read.",
    )
    component_ids = fields.One2many(
        "dingding.approval.component", "template_id", string="Components",
        domain=[("parent_id", "=", False)],
    )
    mapping_ids = fields.One2many(
        "dingding.approval.mapping", "template_id", string="Mappings"
    )
    mapping_count = fields.Integer(
        string="Number of mappings", compute="_compute_mapping_count"
    )

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["corp_id", "process_code"])

    @api.depends("mapping_ids")
    def _compute_mapping_count(self):
        for template in self:
            template.mapping_count = len(template.mapping_ids)

    @api.constrains("corp_id", "process_code")
    def _check_free(self):
        for template in self.filtered("process_code"):
            other = self.sudo().with_context(active_test=False).search(
                [
                    ("corp_id", "=", template.corp_id.id),
                    ("process_code", "=", template.process_code),
                    ("id", "!=", template.id),
                ],
                limit=1,
            )
            if other:
                raise ValidationError(
                    _("%(name)s already has the process code %(code)s.")
                    % {"name": other.name, "code": template.process_code}
                )

    @compat.create_multi
    def create(self, vals_list):
        return compat.super_create(
            super(),
            [self._cleaned(vals) for vals in vals_list],
        )

    def write(self, vals):
        names = {"corp_id", "process_code"} & set(vals)
        before = rights.stored(self, names)
        result = super().write(self._cleaned(vals))
        if rights.changed(self, before):
            # Approvers depend on the template.
            self._check_deciding()
        if "corp_id" in vals:
            # Odoo checks company rules only before a write.
            compat.check_access(self, "write")
        if "component_ids" in vals or "enabled" in vals:
            self.sudo().mapped("mapping_ids")._check_state()
        return result

    def _check_deciding(self):
        """Check that the user may change what mappings of the templates lead to.

        :raise AccessError: see the method of mappings
        """
        if rights.is_administrator(self.env):
            # A reading writes many components.
            return
        # sudo: mappings of other companies count, and archived ones.
        mappings = self.sudo().with_context(active_test=False).mapped("mapping_ids")
        mappings.with_env(self.env)._check_deciding()

    @staticmethod
    def _cleaned(vals):
        if isinstance(vals.get("process_code"), str):
            # A unique index allows only one ''.
            vals = dict(vals, process_code=vals["process_code"].strip() or False)
        return vals

    def _form(self):
        """Return the components in the format of :mod:`..form.components`.

        :rtype: list of components without deleted ones
        """
        self.ensure_one()
        return self.sudo().component_ids.filtered(lambda row: not row.gone)._plain()

    # -- reading DingTalk ------------------------------------------------------------

    @api.model
    def _import(self, corp):
        """Read all templates of an organisation; return their number.

        :raise DingTalkError: DingTalk does not return the list
        :raise UserError: a concurrent import is reading them
        """
        return self._import_listed(corp, lambda template: True)

    @api.model
    def _import_listed(self, corp, asks):
        """Read the list of templates, and the form of new ones and of some others.

        All calls precede the first write. Templates no longer listed are kept.

        :param asks: function: a known template -> whether its form is read, too
        :return: number of templates
        :raise DingTalkError: DingTalk does not return the list
        :raise UserError: a concurrent import is reading them
        """
        # A manager presses the button, and templates are stored with all rights.
        self = rights.without_defaults(self)
        if not take_lock(self.env.cr, LOCK_TEMPLATES, corp.id):
            raise UserError(
                _("The templates of %s are being read. Check again in a "
                  "minute.") % corp.name
            )
        listed = self._listed(corp)
        known = self.sudo().with_context(active_test=False).search(
            [("corp_id", "=", corp.id), ("process_code", "!=", False)]
        )
        by_code = {template.process_code: template for template in known}
        answers = {
            code: self._asked(corp, code) for code in sorted(listed)
            if code not in by_code or asks(by_code[code])
        }
        for code in sorted(listed):
            template = by_code.get(code)
            if template is None:
                template = self._make(corp, code, listed[code][0])
            if code in answers:
                template._take(answers[code], listed[code])
            elif template.name != listed[code][0]:
                template.sudo().write({"name": listed[code][0]})
        for code in sorted(set(by_code) - set(listed)):
            by_code[code]._take_gone()
        return len(listed)

    @api.model
    def _make(self, corp, code, name):
        """Create a new template; return it with sudo.

        If a concurrent transaction has just created it, let Odoo retry.
        """
        try:
            with self.env.cr.savepoint():
                template = self.sudo().create(
                    {"corp_id": corp.id, "process_code": code, "name": name}
                )
                compat.flush(self.env)
        except IntegrityError:
            _logger.info("The template %s was made by somebody else", code)
            compat.begin_anew(self.env.cr)
        return template

    @api.model
    def _listed(self, corp):
        """Return {process code: (name, address)} of DingTalk's list."""
        found, token = {}, 0
        for _page in range(MAX_PAGES):
            page = corp._approvals("templates_page", next_token=token)
            for each in page.items:
                code = each.get("processCode") or each.get("process_code")
                if code:
                    name = each.get("name") or each.get("flowTitle") or code
                    found[str(code)] = (str(name), str(each.get("url") or ""))
            token = page.next_cursor
            if token is None:
                break
        return found

    @api.model
    def _asked(self, corp, code):
        """Return DingTalk's answer about the form of a template, or the error."""
        if corp.approval_family == "oapi":
            return None
        try:
            return corp._approval_client().approvals.schema(code)
        except DingTalkError as error:
            return error

    def _take(self, answer, listed=None):
        """Store DingTalk's answer about the form.

        :param answer: of ``client.approvals.schema``, a DingTalkError, or None if the
            API has no schema
        :param listed: (name, address)
        """
        self.ensure_one()
        vals = {"refreshed_at": fields.Datetime.now(), "refresh_error": False}
        if listed:
            vals.update(name=listed[0], url=listed[1] or self.url, enabled=True)
        if isinstance(answer, dict):
            vals["name"] = str(answer.get("name") or self.name)
            vals["description"] = str(answer.get("memo") or "") or self.description
            if answer.get("status"):
                vals["enabled"] = answer["status"] == "PUBLISHED"
        elif isinstance(answer, NotFoundError) and not listed:
            return self._take_gone()
        elif isinstance(answer, PermissionDeniedError) and self.component_ids:
            vals["refresh_error"] = False
        elif answer is not None:
            vals["refresh_error"] = self.env["dingding.remedy"]._message(answer)
        self.sudo().write(vals)
        if isinstance(answer, dict):
            self._take_form(schema.read(answer), "schema")
        else:
            self.sudo().mapping_ids._check_state()
        return True

    def _take_gone(self):
        """Mark the template as deleted in DingTalk."""
        if self.enabled:
            _logger.info("%s is no longer in DingTalk", self)
            self.sudo().write(
                {"enabled": False, "refreshed_at": fields.Datetime.now()}
            )
            self.sudo().mapping_ids._note_losses([("template_gone", {})])
        return True

    def _take_form(self, form, source):
        """Store components; notify the owners of mappings that lose something.

        Unsaved changes from Odoo are dropped.

        :param form: components
        :param str source: where the components come from
        """
        this = self.sudo()
        before = this._form()
        losses = {
            mapping: schema.losses(before, form, mapping._used_keys())
            for mapping in this.with_context(active_test=False).mapping_ids
        }
        this._write_components(form)
        digest = schema.digest(form)
        if (this.schema_hash, this.source) != (digest, source):
            this.write({"schema_hash": digest, "source": source})
        for mapping, lost in losses.items():
            mapping._note_losses(lost)

    def _write_components(self, form):
        """Update the component rows to match a form; keep rows that mappings use."""
        rows = self.env["dingding.approval.component"].with_context(active_test=False)
        rows = rows.search([("template_id", "=", self.id)])
        by_key = {row.component_key: row for row in rows}
        kept = rows.browse()
        for number, one in enumerate(form, 1):
            row = self._write_component(by_key, one, number * 10, rows.browse())
            kept |= row
            for inner, child in enumerate(one["children"], 1):
                kept |= self._write_component(by_key, child, inner * 10, row)
        lost = rows - kept
        named = self.env["dingding.approval.mapping.line"].with_context(
            active_test=False
        ).search([("component_id", "in", lost.ids)]).mapped("component_id")
        # Keep the table of a column in use.
        named |= named.mapped("parent_id") & lost
        named.write({"gone": True})
        (lost - named).unlink()

    def _write_component(self, by_key, one, sequence, parent):
        vals = self.env["dingding.approval.component"]._row_values(one, sequence)
        vals["parent_id"] = parent.id
        row = by_key.get(one["key"])
        if row is None:
            return parent.create(dict(vals, template_id=self.id))
        changed = {
            name: value
            for name, value in vals.items()
            if (row[name].id if name == "parent_id" else row[name] or False)
            != (value or False)
        }
        if changed:
            row.write(changed)
        return row

    def _refresh(self):
        """Read these templates again, with one call each.

        Errors are stored on the template.
        """
        for template in self.filtered("process_code"):
            template._take(template._asked(template.corp_id, template.process_code))
        return True

    # -- buttons and jobs ------------------------------------------------------------

    def action_refresh(self):
        """Read these templates again.

        :raise UserError: DingTalk does not return one
        """
        compat.check_access(self, "write")
        missing = self.filtered(lambda template: not template.process_code)
        if missing:
            raise UserError(
                _("%s is not in DingTalk yet. Click Save in DingTalk.")
                % missing[0].name
            )
        self._refresh()
        return True

    def action_learn(self):
        """Infer the components from the latest approvals with this template.

        For applications that cannot read templates.

        :raise UserError: there are no approvals, or DingTalk refuses
        """
        self.ensure_one()
        compat.check_access(self, "write")
        if not self.process_code:
            raise UserError(_("Enter the process code first."))
        form = self._form()
        with user_errors(self.env):
            answers = self._latest_instances()
        if not answers:
            raise UserError(
                _("Nobody has started an approval with this template in the last %d "
                  "days. Start one in DingTalk, fill in all fields, and try again.")
                % LEARN_DAYS
            )
        for answer in answers:
            form = schema.merge(form, schema.learn(answer["formComponentValues"]))
        self._take_form(form, "learnt")
        self.sudo().write({"enabled": True, "refreshed_at": fields.Datetime.now()})
        return True

    def _latest_instances(self):
        """Return DingTalk's answers about the latest approvals of the template."""
        now = fields.Datetime.from_string(fields.Datetime.now())
        begin = now - datetime.timedelta(days=LEARN_DAYS)
        page = self.corp_id._approvals(
            "instance_ids_page", self.process_code,
            calendar.timegm(begin.timetuple()) * MILLISECONDS,
        )
        return [
            self.corp_id._approvals("instance", each)
            for each in page.items[-LEARN_INSTANCES:]
        ]

    def action_save_in_dingtalk(self):
        """Create or update the template in DingTalk.

        :raise UserError: it is invalid, or DingTalk refuses
        """
        self.ensure_one()
        compat.check_access(self, "write")
        if self.source == "schema" and self.process_code:
            form = self._form()
            unknown = [one for one in form if one["kind"] not in schema.CREATABLE]
            if unknown:
                raise UserError(
                    _("Change this template in DingTalk: it contains a component that "
                      "only DingTalk can create (%s).") % unknown[0]["label"]
                )
        written, problems = schema.written(self._form())
        if problems:
            texts = self.env["dingding.approval.problem"]._texts(problems)
            raise UserError("\n".join(texts))
        with user_errors(self.env):
            code = self.corp_id._approvals(
                "save_template", self.name, written, self.process_code or None,
                self.description or None,
            )
        self._keep_code(code)
        self.write({"enabled": True})
        self._refresh()
        return True

    def _keep_code(self, code):
        """Store and commit the process code that DingTalk assigned to this template.

        A retry would create a second template. A row that DingTalk's event has created
        before is deleted, unless a mapping uses it.

        :param str code: process code
        """
        if self.process_code == code:
            return
        for attempt in (1, 2):
            try:
                with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
                    this = self.with_env(self.env(cr=cr)).sudo().exists()
                    if this:
                        this._replace_made(code)
                        compat.flush(this.env)
                break
            except IntegrityError:
                # The event was being processed; its row should be visible now.
                if attempt == 2:
                    raise
        if this:
            # An older transaction cannot see this commit.
            compat.see_commits(self.env)
        else:
            # Only the caller's transaction can see this template.
            self.write({"process_code": code})

    def _replace_made(self, code):
        made = self.with_context(active_test=False).search(
            [("corp_id", "=", self.corp_id.id), ("process_code", "=", code)]
        )
        made.filtered(lambda row: not row.mapping_ids).unlink()
        self.write({"process_code": code})

    def action_open_mappings(self):
        """Show the mappings of this template."""
        self.ensure_one()
        compat.check_access(self, "read")
        values = compat.window_action(
            self.env, "dingding_approval.dingding_approval_mapping_action")
        values["domain"] = [("template_id", "=", self.id)]
        values["context"] = {"default_template_id": self.id}
        return values

    @api.model
    def _cron_refresh(self):
        """Read the templates of all organisations, each in its own transaction.

        Each form costs a call: those of templates in use are read. The button and
        DingTalk's events have the others read again.
        """
        for corp in self.env["dingding.corp"].sudo().search([]):
            try:
                with compat.open_cursor(self.env.cr.dbname) as cr:
                    this = self.with_env(self.env(cr=cr))
                    this._import_listed(
                        corp.with_env(this.env), lambda each: each._is_in_use())
                    compat.flush(this.env)
            except (DingTalkError, UserError, OperationalError) as error:
                # The button reports missing applications.
                _logger.info("The templates of %s were not read: %s", corp, error)

    def _is_in_use(self):
        """Return whether mappings depend on the template, or nothing is known of it."""
        return bool(
            self.with_context(active_test=False).mapping_ids
            or not self.enabled or not self.component_ids
        )

    @api.model
    def _dingtalk_event_workflow_form_change(self, event):
        """Read a template that was created, changed, published, disabled or deleted."""
        code = event._values().text("formCode") or event._values().text("processCode")
        template = self.sudo().with_context(active_test=False).search(
            [("corp_id", "=", event.corp_id.id), ("process_code", "=", code)], limit=1
        )
        if not code:
            return None
        event._before_asking()
        answer = self._asked(event.corp_id, code)
        if not template:
            if not isinstance(answer, dict):
                return True
            template = self._make(event.corp_id, code, str(answer.get("name") or code))
        template._take(answer)
        return True
