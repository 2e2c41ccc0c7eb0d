# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from odoo import api, models

from odoo.addons.dingding import compat

from .dingding_todo import CLOSED
from .dingding_todo_consent import OPEN


class DingdingPurge(models.AbstractModel):
    _inherit = "dingding.purge"

    @api.model
    def _purge_kinds(self):
        return super()._purge_kinds() + [
            ("notifications", 90, "dingding.notification", self._purge_ended),
            ("todos", 90, "dingding.todo.change", self._purge_ended),
            ("todos", 90, "dingding.todo", self._purge_todos),
            ("todos", 90, "dingding.todo.consent", self._purge_consents),
        ]

    @api.model
    def _purge_consents(self):
        """Return the domain of ended consents whose to-dos are all withdrawn."""
        rows = self.env["dingding.todo"].sudo().search(
            [("given_consent_id", "!=", False), ("status", "in", OPEN)])
        return [
            ("state", "!=", "given"),
            ("id", "not in", rows.mapped("given_consent_id").ids),
        ]

    @api.model
    def _purge_todos(self):
        """Return the domain of closed to-dos.

        Those of pending activities stay, or the next comparison creates them again.
        """
        # In later series what is done is kept, too.
        pending = (sql.SQL("activity.active")
                   if "active" in self.env["mail.activity"]._fields
                   else sql.SQL("TRUE"))
        compat.flush(self.env)
        compat.execute(self.env.cr, sql.SQL(
            "SELECT DISTINCT activity.id FROM mail_activity activity"
            " JOIN dingding_todo todo ON todo.activity_ref = activity.id"
            " AND todo.status IN ('done', 'removed') WHERE {}"
        ).format(pending))
        kept = [row[0] for row in self.env.cr.fetchall()]
        return [
            ("status", "in", CLOSED), "|", ("status", "=", "deleted"),
            ("activity_ref", "not in", kept),
        ]
