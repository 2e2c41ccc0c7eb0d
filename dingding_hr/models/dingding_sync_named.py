# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Propose the job positions and work locations that DingTalk names and Odoo lacks."""
import collections

from odoo import api, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.dingding_sync_compare import dump
from odoo.addons.dingding.sync import follow

# Relation of a line whose value is the name of a record -> kind of the sync's line that
# proposes such a record, see ``_follow_table``.
KINDS = {"job": "job", "location": "work_location"}


class DingdingSync(models.Model):
    """Find the job positions and work locations that DingTalk names.

    Missing ones are proposed by a preview: anybody who edits contacts in DingTalk could
    otherwise fill Odoo's lists.
    """

    _inherit = "dingding.sync"

    @api.model
    def _named_model(self, line):
        """Return the model of the records that a line names, in DingTalk's language."""
        field = self.env[line.model]._fields[line.field]
        return self.env[field.comodel_name].with_context(
            lang=self._language_of_names())

    @api.model
    def _named_records(self, corp, model, names):
        """Return the records of the organisation's company with these names."""
        if not names:
            return model.browse()
        return model.search(
            [("name", "in", sorted(names)),
             ("company_id", "in", [corp.company_id.id, False])])

    @api.model
    def _follow_values(self, corp, line, rows):
        if line.relation not in KINDS:
            return super()._follow_values(corp, line, rows)
        names = {row.get(line.source) for row in rows} - {None, False, ""}
        records = self._named_records(corp, self._named_model(line), names)
        counts = collections.Counter(records.mapped("name"))
        return {record.name: record.id for record in records
                if counts[record.name] == 1}

    @api.model
    def _follow_model(self, corp, subject, name, lines, linked, leads, before=()):
        # Names are looked up only where they are needed.
        lines = [
            line for line in lines
            if line.relation not in KINDS or leads(line) != follow.ODOO
        ]
        return super()._follow_model(
            corp, subject, name, lines, linked, leads, before)

    # -- proposals -------------------------------------------------------------------

    def _preview_lines(self, plan, confirmed):
        problems = super()._preview_lines(plan, confirmed)
        # Creating employees includes creating their job positions.
        if self.kind == "users" and self.corp_id.hr_employees == "create":
            self._insert_lines(self._proposals(plan))
        return problems

    def _named_lines(self):
        """Return kind -> the line of the table whose records may be proposed."""
        table = self.env["dingding.follow"]
        leads = table._leads(self.corp_id)
        return {
            KINDS[line.relation]: line
            for line in table._lines_of("person").get("hr.employee", ())
            if line.relation in KINDS
            and leads(line) in (follow.DINGTALK, follow.LAST)
        }

    def _proposals(self, plan):
        """Return the values of the lines that propose records.

        :param Plan plan: what is going to be written
        """
        corp, lines, found = self.corp_id, self._named_lines(), []
        if not lines:
            return found
        people = [
            row for row in self._linkable_people(
                corp, "employee_id", [line.source for line in lines.values()], plan)
            if row["linked"] or not row["ignored"]
        ]
        changed = {change.key: change.values for change in plan.people}
        for kind in sorted(lines):
            source, named = lines[kind].source, {}
            for row in people:
                name = changed.get(row["userid"], {}).get(source, row[source])
                if name:
                    named.setdefault(name, []).append(row)
            # An archived one of this name is one that is not wanted.
            model = self._named_model(lines[kind]).with_context(active_test=False)
            known = set(self._named_records(corp, model, named).mapped("name"))
            found += [
                {
                    "kind": kind, "subject": "person", "name": name, "action": "make",
                    "key": named[name][0]["userid"],
                    "record_id": named[name][0]["record_id"],
                    "more": dump({"people": len(named[name])}),
                }
                for name in sorted(named) if name not in known
            ]
        return found

    def _create_records_of_lines(self, lines):
        named = lines.filtered(lambda each: each.kind in KINDS.values())
        if named:
            self._make_named(named)
        return super()._create_records_of_lines(lines - named)

    def _make_named(self, lines):
        """Create the records that lines of the sync propose, and mark these."""
        company, table = self.corp_id.company_id, self._named_lines()
        for kind in sorted(table):
            part = lines.filtered(lambda each, kind=kind: each.kind == kind)
            model = self._named_model(table[kind]).with_context(active_test=False)
            names = set(part.mapped("name"))
            names -= set(
                self._named_records(self.corp_id, model, names).mapped("name"))
            values = {"company_id": company.id}
            if "address_id" in model._fields:
                # A work location is at an address.
                values["address_id"] = company.partner_id.id
            if names:
                compat.create_all(
                    self._quiet(model._name),
                    [dict(values, name=name) for name in sorted(names)])
            self._mark_lines(part.ids, "done")
        # Odoo leads since the preview.
        left = lines.filtered(lambda each: each.kind not in table)
        self._mark_lines(left.ids, "skipped", "changed")
