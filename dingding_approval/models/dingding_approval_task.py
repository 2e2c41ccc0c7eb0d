# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models

from odoo.addons.dingding import compat

from ..form import timeline

STATUSES = [
    ("new", "Not started"),
    ("running", "Waiting"),
    ("paused", "Paused"),
    ("canceled", "No longer needed"),
    ("completed", "Done"),
    ("terminated", "Ended"),
]
RESULTS = [
    ("agree", "Approved"),
    ("refuse", "Refused"),
    ("redirected", "Forwarded"),
]


class DingdingApprovalTask(models.Model):
    """One person's task in an approval."""

    _name = "dingding.approval.task"
    _description = "DingTalk Approval Task"
    _rec_name = "person_name"
    _order = "approval_id, sequence, id"

    approval_id = fields.Many2one(
        "dingding.approval", string="Approval", required=True, readonly=True,
        ondelete="cascade", index=True, **compat.JOINED
    )
    task_id = fields.Char(string="DingTalk task", required=True, readonly=True)
    activity = fields.Char(string="Step in DingTalk", readonly=True)
    sequence = fields.Integer(readonly=True)
    userid = fields.Char(string="UserID", readonly=True)
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk User", readonly=True, ondelete="set null"
    )
    person_name = fields.Char(
        string="Person", compute="_compute_person_name", store=True, compute_sudo=True
    )
    status = fields.Selection(STATUSES, readonly=True)
    result = fields.Selection(RESULTS, readonly=True)
    started = fields.Datetime(string="Waiting since", readonly=True)
    finished = fields.Datetime(string="Done on", readonly=True)
    is_waiting = fields.Boolean(compute="_compute_is_waiting")

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["approval_id", "task_id"])

    @api.depends("person_id.name", "userid")
    def _compute_person_name(self):
        for task in self:
            task.person_name = task.person_id.name or task.userid

    @api.depends("status")
    def _compute_is_waiting(self):
        for task in self:
            task.is_waiting = task.status in timeline.WAITING

    @api.model
    def _known(self, values):
        """Return the values without statuses that we do not know."""
        for name, known in (("status", STATUSES), ("result", RESULTS)):
            if values.get(name) not in dict(known):
                values = dict(values, **{name: False})
        return values

    @compat.create_multi
    def create(self, vals_list):
        return compat.super_create(
            super(), [self._known(vals) for vals in vals_list]
        )

    def _take(self, values):
        """Write what differs; return whether anything did."""
        self.ensure_one()
        values = self._known(values)
        differing = {}
        for name, value in values.items():
            own = self[name]
            own = own.id if isinstance(own, models.BaseModel) else own
            if name in ("started", "finished") and own:
                own = fields.Datetime.to_string(fields.Datetime.from_string(own))
            if (own or False) != (value or False):
                differing[name] = value
        if differing:
            self.write(differing)
        return bool(differing)
