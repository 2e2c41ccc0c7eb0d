# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Define which fields of linked records follow DingTalk, and who leads."""
from odoo import api, fields, models

from .. import compat, rights
from ..sync import follow

SUBJECTS = (("department", "dingding.department"), ("person", "dingding.user"))


class DingdingFollow(models.Model):
    """One line of an organisation's table "DingTalk field, Odoo field, who leads".

    The code defines the lines, see ``_follow_table``; rows only store who leads.
    """

    _name = "dingding.follow"
    _description = "Linked Field"
    _order = "corp_id, sequence, id"
    _rec_name = "field_name"

    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True
    )
    sequence = fields.Integer(readonly=True)
    model_name = fields.Char(string="Model", required=True, readonly=True)
    field_name = fields.Char(string="Field", required=True, readonly=True)
    source_label = fields.Char(string="DingTalk field", compute="_compute_labels")
    model_label = fields.Char(string="Record", compute="_compute_labels")
    field_label = fields.Char(string="Odoo field", compute="_compute_labels")
    leader = fields.Selection(
        [
            ("group", "As the organisation"),
            ("dingtalk", "DingTalk"),
            ("odoo", "Odoo"),
            ("last", "Latest change"),
        ],
        string="Leading system", required=True,
        help="As the organisation: the policy of the organisation that applies to the "
        "DingTalk field. DingTalk: its value replaces the one in Odoo. Odoo: the field "
        "is never written. Latest change: the value that changed since both were "
        "equal.",
    )

    def init(self):
        compat.unique_index(
            self.env.cr, self._table, ["corp_id", "model_name", "field_name"]
        )

    @api.depends("model_name", "field_name")
    def _compute_labels(self):
        lines = {
            (line.model, line.field): (subject, line)
            for subject, line in self._lines()
        }
        models_of = dict(SUBJECTS)
        labels = {
            row.model: row.name for row in self.env["ir.model"].sudo().search(
                [("model", "in", self.mapped("model_name"))])
        }
        for row in self:
            subject, line = lines.get((row.model_name, row.field_name), (None, None))
            row.model_label = row.field_label = row.source_label = False
            if line is None:
                continue
            row.model_label = labels[line.model]
            row.field_label = self._label(line.model, line.field)
            row.source_label = self._label(models_of[subject], line.source)

    @api.model
    def _label(self, model, field):
        described = self.env[model].sudo().fields_get([field], ["string"])
        return described.get(field, {}).get("string", field)

    @api.model
    def _lines(self):
        """Return all lines as (subject, FollowMap), those of departments first."""
        return [
            (subject, line) for subject, model in SUBJECTS
            for line in self.env[model]._follow_table()
            if line.field in self.env[line.model]._fields
        ]

    @api.model
    def _lines_of(self, subject):
        """Return model -> list of FollowMap of 'department' or 'person'."""
        found = {}
        for each, line in self._lines():
            if each == subject:
                found.setdefault(line.model, []).append(line)
        return found

    @api.model
    def _guarded(self):
        """Return (model, field) of the fields that give rights in Odoo.

        They follow only where DingTalk leads, or an administrator chose DingTalk:
        managers edit people in Odoo.
        """
        return set()

    @api.model
    def _granting(self, subject):
        """Return the fields of 'department' or 'person' that give rights in Odoo.

        Only what DingTalk has reported counts of them: a DingTalk manager may change
        people in Odoo where DingTalk leads, and not all is read by each sync.
        """
        guarded = self._guarded()
        return sorted({
            line.source for each, line in self._lines()
            if each == subject and (line.model, line.field) in guarded
        })

    @api.model
    def _leads(self, corp):
        """Return a function of a FollowMap: whose value counts, see ``effective``."""
        rows = {
            (row.model_name, row.field_name): row.leader
            for row in self.sudo().search([("corp_id", "=", corp.id)])
        }
        corp, guarded = corp.sudo(), self._guarded()

        def leads(line):
            key, group = (line.model, line.field), corp._leads(line.source)
            leader = rows.get(key, line.leader)
            if key in guarded and "dingtalk" not in (leader, group):
                return follow.ODOO
            return follow.effective(leader, group)

        return leads

    @api.model
    def _fill(self, corps=None):
        """Create missing rows.

        Called by data files and for new organisations. Uninstall hooks delete rows.
        """
        this = rights.without_defaults(self.sudo())
        if corps is None:
            corps = this.env["dingding.corp"].with_context(active_test=False).search([])
        wanted = [line for _subject, line in self._lines()]
        for corp in corps:
            rows = this.search([("corp_id", "=", corp.id)])
            known = {(row.model_name, row.field_name) for row in rows}
            for number, line in enumerate(wanted):
                if (line.model, line.field) not in known:
                    this.create(
                        {
                            "corp_id": corp.id, "sequence": number,
                            "model_name": line.model, "field_name": line.field,
                            "leader": line.leader,
                        }
                    )
