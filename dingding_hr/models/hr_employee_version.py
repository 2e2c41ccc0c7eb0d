# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import contextlib

from odoo import models


class HrEmployee(models.Model):
    """Push what changes with the current version."""

    _inherit = "hr.employee"

    def write(self, vals):
        # The mixin pushes what this changes.
        self = self.with_context(dingding_pushed=self.ids)
        return super().write(vals)

    @contextlib.contextmanager
    def _dingding_versions(self):
        """Push what the block changes of the current versions, or which they are."""
        watched = self._dingding_watched()
        written = self.env["dingding.roster.field"]._written_names()
        wanted = {
            name for name in watched | written
            if name in self._fields and self._fields[name].inherited
        }
        if self.env.context.get("dingding_no_push") or not wanted or not self:
            yield
            return
        linked = self.with_context(active_test=False, version_id=False).filtered(
            self._dingding_links)
        before = {each.id: each._dingding_state(wanted) for each in linked}
        yield
        for employee in linked.exists():
            old, new = before[employee.id], employee._dingding_state(wanted)
            changed = {name: old[name] for name in wanted if old[name] != new[name]}
            pushed = {name: changed[name] for name in watched & set(changed)}
            if pushed and employee.id not in self.env.context.get(
                "dingding_pushed", ()
            ):
                employee._dingding_push(pushed, self.env.uid)
            employee._dingding_write_roster(set(changed) & written)

    def _cron_update_current_version_id(self):
        linked = self.sudo().search([("dingding_user_ids", "!=", False)])
        with linked._dingding_versions():
            return super()._cron_update_current_version_id()
