# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Serve records and approvals to a mini-program."""
import re
from urllib.parse import parse_qsl, urlsplit

from odoo import _, api, models
from odoo.exceptions import AccessError

from odoo.addons.dingding import compat
from odoo.addons.dingding.models import texts
from odoo.addons.dingding_approval.form import components
from odoo.addons.dingding_approval.models.statuses import OPEN
from odoo.addons.dingding_inside.models.dingding_microapp import MODEL
from odoo.addons.dingding_inside.models.dingding_mini import NUMBER, MiniError

BOXES = ("waiting", "started")
LABEL = 100  # characters of a search text
# The last steps of a record's address from 18 on: its model, or an action, and its id.
STEPS = re.compile(r"/odoo/(?:.*/)?([^/]+)/([0-9]{1,10})\Z")
ACTION = re.compile(r"action-([0-9]{1,9})\Z")


class DingdingMini(models.AbstractModel):
    """Serve records whose mapping a manager has opened to the mini-program.

    Everything is read and submitted as the user.
    """

    _inherit = "dingding.mini"

    @api.model
    def _mini_routes(self):
        return super()._mini_routes() + [
            ("GET", "approvals", "_mini_approvals", True),
            ("GET", "records", "_mini_kinds", True),
            ("GET", "records/<number>", "_mini_records", True),
            ("GET", "records/<number>/<number>", "_mini_record", True),
            ("POST", "records/<number>/<number>/submit", "_mini_submit", True),
        ]

    # -- approvals -------------------------------------------------------------------

    @api.model
    def _mini_approvals(self, call):
        """Return the user's open tasks, or the approvals that the user started."""
        box = call.query.get("box", "waiting")
        if box not in BOXES:
            raise MiniError("parameter", 400, _("%s is not a list.") % box[:LABEL])
        offset, limit = self._page_of(call)
        approvals = self.env["dingding.approval"]
        if box == "waiting":
            tasks = approvals._tasks_for_me(offset + limit + 1)[offset:]
            return self._paged(
                tasks, offset, limit,
                lambda task: self._approval_row(task.approval_id, task.started),
            )
        rows = approvals._started_by_me(offset + limit + 1)[offset:]
        return self._paged(
            rows, offset, limit, lambda row: self._approval_row(row, row.submitted_at)
        )

    @api.model
    def _approval_row(self, approval, since):
        return dict(
            self._approval_values(approval),
            title=approval.title or approval.name,
            subject=approval.record_name or "",
            originator=approval.originator_id.name or "",
            since=self._time(since),
            record=self._opened(approval.res_model, approval.res_id),
        )

    @api.model
    def _approval_values(self, approval):
        words = dict(approval._fields["status"]._description_selection(self.env))
        return {
            "id": approval.id,
            "status": approval.status,
            "status_label": words.get(approval.status) or "",
            "waiting_for": approval.current_approver_names
            if approval.status in OPEN else "",
            "number": approval.business_id or "",
            "submitted_at": self._time(approval.submitted_at),
            "finished_at": self._time(approval.finished_at),
            "url": approval.url or "",
        }

    # -- records -----------------------------------------------------------------------

    @api.model
    def _mappings(self, **values):
        """Return the mappings that are open to the user, with sudo.

        :param values: required field values
        """
        mappings = self.env["dingding.approval.mapping"].sudo().search(
            [("in_mini", "=", True)]
            + [(name, "=", value) for name, value in values.items()]
        )
        return mappings.filtered(self._is_open)

    @api.model
    def _is_open(self, mapping):
        companies = self.env.user.company_ids
        if mapping.model not in self.env or (
            mapping.company_id and mapping.company_id not in companies
        ):
            return False
        try:
            compat.check_access(self.env[mapping.model].browse(), "read")
        except AccessError:
            return False
        return True

    @api.model
    def _opened(self, model, number):
        """Return a record's place in the mini-program, or None."""
        for mapping in self._mappings(model=model or ""):
            record = self._readable(mapping, number)
            if record:
                return {"mapping": mapping.id, "id": record.id}
        return None

    @api.model
    def _readable(self, mapping, number):
        """Return a record of a mapping if the user may read it, or None."""
        record = self.env[mapping.model].browse(number).exists()
        try:
            compat.check_access(record, "read")
        except AccessError:
            return None
        return record if record and mapping._fits(record) else None

    @api.model
    def _mapping_at(self, number):
        """Return a mapping, with sudo.

        :raise MiniError: it is not open to the user
        """
        mapping = self._mappings(id=number)
        if not mapping:
            raise self._nothing()
        return mapping

    @api.model
    def _record_at(self, mapping, number):
        """Return a record, as the user.

        :raise MiniError: it does not exist, or the user may not read it
        """
        record = self._readable(mapping, number)
        if not record:
            raise self._nothing()
        return record

    @api.model
    def _nothing(self):
        # Do not reveal whether records exist.
        return MiniError("unknown", 404, _("Nothing was found at this URL."))

    @api.model
    def _mini_kinds(self, call):
        """Return the kinds of records that are open to the user."""
        return {
            "items": [
                {
                    "id": mapping.id,
                    "name": mapping.name,
                    "model": texts.model_name(self.env[mapping.model]),
                }
                for mapping in self._mappings()
            ]
        }

    @api.model
    def _mini_records(self, call, number):
        """Return records of a kind in default order, optionally filtered by name."""
        mapping = self._mapping_at(number)
        offset, limit = self._page_of(call)
        records, domain = self.env[mapping.model], mapping._domain()
        wanted = (call.query.get("name") or "").strip()[:LABEL]
        if wanted:
            if not records._rec_name:
                raise MiniError("parameter", 400, _("These records have no name."))
            domain = domain + [(records._rec_name, "ilike", wanted)]
        found = records.search(domain, offset=offset, limit=limit + 1)
        return self._paged(
            found, offset, limit, lambda record: self._record_row(mapping, record)
        )

    @api.model
    def _record_row(self, mapping, record):
        approval = self._latest(mapping, record)
        return {
            "id": record.id,
            "title": record.display_name or "",
            "note": self._note(mapping, record),
            "approval": self._approval_values(approval) if approval else None,
        }

    @api.model
    def _note(self, mapping, record):
        """Return the first text of the form, to distinguish records."""
        form, values, _problems = mapping._filled(record)
        for one in form:
            value = values.get(one["key"])
            if isinstance(value, str) and value and value != record.display_name:
                return value.splitlines()[0][:LABEL]
        return ""

    @api.model
    def _latest(self, mapping, record):
        """Return the latest approval of a record by a mapping, with sudo."""
        return self.env["dingding.approval"]._of_record(record).filtered(
            lambda row: row.mapping_id == mapping
        )[:1]

    # -- one record --------------------------------------------------------------------

    @api.model
    def _mini_record(self, call, mapping_number, number):
        mapping = self._mapping_at(mapping_number)
        return self._record_values(mapping, self._record_at(mapping, number))

    @api.model
    def _record_values(self, mapping, record):
        """Return a record with the values of its approval form."""
        approvals = self.env["dingding.approval"]
        facts = self.env["dingding.approval.preview"]._facts(mapping, record)
        latest = self._latest(mapping, record)
        banner = approvals.banner(record._name, record.id) or {"submit": []}
        problems = mapping._problem_texts(components.blocking(facts["problems"]))
        return {
            "id": record.id,
            "mapping": mapping.id,
            "title": record.display_name or "",
            "template": facts["template"] or "",
            "fields": [self._field(one) for one in facts["components"]],
            "originator": facts["originator"],
            "approvers": facts["nodes"],
            "problems": problems,
            "can_submit": not problems
            and mapping.id in [each["id"] for each in banner["submit"]],
            "approval": self._approval_values(latest) if latest else None,
            "url": self.env["dingding.microapp"]._url(record),
        }

    @api.model
    def _field(self, one):
        return {
            name: one[name]
            for name in ("key", "label", "required", "lines", "columns", "rows")
        }

    @api.model
    def _mini_submit(self, call, mapping_number, number):
        """Submit a record once.

        ``after`` is the latest approval the user has seen; if there is a later one,
        return it.
        """
        after = call.body.get("after")
        if isinstance(after, bool) or not isinstance(after, int):
            raise MiniError("parameter", 400, _("%s is not a whole number.") % "after")
        mapping = self._mapping_at(mapping_number)
        record = self._record_at(mapping, number)
        submitted = (self._latest(mapping, record).id or 0) == after
        if submitted:
            self.env["dingding.approval"].submit(record, mapping)
        return dict(self._record_values(mapping, record), submitted=submitted)

    # -- codes -------------------------------------------------------------------------

    @api.model
    def _shown_at(self, path):
        """Return (model, id) of the record that a path of this Odoo shows.

        :return: (None, 0) if it shows none
        """
        parts = urlsplit(path)
        # In each series the web client has its own order, and messages have another.
        values = dict(parse_qsl(parts.query) + parse_qsl(parts.fragment))
        model, number = values.get("model") or "", values.get("id") or ""
        steps = STEPS.match(parts.path)
        if steps:
            model, number = self._model_at(steps.group(1)), steps.group(2)
        known = MODEL.match(model) and NUMBER.match(number)
        return (model, int(number)) if known else (None, 0)

    @api.model
    def _model_at(self, step):
        """Return the model of a step in an address from 18 on, '' if it has none."""
        if "." in step:
            return step
        # sudo: an action's model is not a secret.
        actions = self.env["ir.actions.act_window"].sudo()
        action, numbered = actions.browse(), ACTION.match(step)
        if numbered:
            action = actions.browse(int(numbered.group(1))).exists()
        elif "path" in actions._fields and MODEL.match(step.replace("-", "_")):
            action = actions.search([("path", "=", step)], limit=1)
        return action.res_model or ""

    @api.model
    def _mini_find(self, call):
        """Find the record in the mini-program, by its name too."""
        found = super()._mini_find(call)
        model, number = self._shown_at(found["path"] or "")
        if model:
            return dict(found, record=self._opened(model, number))
        code = call.query["code"].strip()
        for mapping in self._mappings():
            records = self.env[mapping.model]
            if not found["path"] and records._rec_name and len(code) <= LABEL:
                record = records.search([(records._rec_name, "=", code)], limit=1)
                if record and mapping._fits(record):
                    return dict(
                        found, record={"mapping": mapping.id, "id": record.id})
        return dict(found, record=None)
