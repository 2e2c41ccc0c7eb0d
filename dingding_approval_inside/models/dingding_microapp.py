# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models

from odoo.addons.dingding_approval.models.statuses import OPEN
from odoo.addons.dingding_inside.models.dingding_microapp import ICONS, letters_of

SHOWN = 8  # of each kind


class DingdingMicroapp(models.AbstractModel):
    """Show the user's tasks and own approvals on the page inside DingTalk."""

    _inherit = "dingding.microapp"

    @api.model
    def _microapp_sections(self):
        sections = super()._microapp_sections()
        # Approvals awaiting the user come first, then the user's own documents.
        return [self._section_waiting()] + sections[:1] + [
            self._section_started()
        ] + sections[1:]

    @api.model
    def _section_waiting(self):
        rows = []
        for task in self.env["dingding.approval"]._tasks_for_me(SHOWN):
            approval = task.approval_id
            note = [approval.originator_id.name, self._moment(task.started)]
            rows.append({
                "title": approval.title or approval.name,
                "note": ", ".join(each for each in note if each),
                "url": approval.url or self._form(approval),
                "letters": letters_of(approval.originator_id.name),
            })
        return {
            "key": "waiting",
            "title": _("Waiting for my approval"),
            "empty": _("No approvals are waiting for you."),
            "icon": ICONS % "document",
            "more": "",
            "rows": rows,
        }

    @api.model
    def _section_started(self):
        rows = self.env["dingding.approval"]._started_by_me(SHOWN)
        words = dict(rows._fields["status"]._description_selection(self.env))
        return {
            "key": "started",
            "title": _("Approvals I started"),
            "empty": _("You have not started any approvals."),
            "icon": ICONS % "document",
            "more": "",
            "rows": [
                {
                    "title": row.title or row.name,
                    "note": row.current_approver_names
                    if row.status in OPEN else self._moment(row.finished_at),
                    "mark": words.get(row.status),
                    "url": self._form(row),
                }
                for row in rows
            ],
        }
