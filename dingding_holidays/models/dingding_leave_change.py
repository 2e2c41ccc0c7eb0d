# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import time

from odoo import api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.dingtalk.api import approvals
from odoo.addons.dingding.models.queue import DUE_STATES

from ..leaves import LEAVE
from .dingding_leave_read import CHECK_DAYS

# First key of the lock of a leave.
LOCK_LEAVE = 0x44540031
AT_ONCE = 500


class DingdingLeaveChange(models.Model):
    """A trigger to synchronise a leave; one queue row.

    Transactions only insert rows; the worker reads the state after the commit.
    """

    _name = "dingding.leave.change"
    _description = "DingTalk Leave Change"
    _inherit = "dingding.queue.mixin"
    _order = "id desc"
    _ends_at_user_error = True
    _corp_path = "corp_id"

    kind = fields.Selection(
        [
            ("read", "Changed in DingTalk"),
            ("export", "Changed in Odoo"),
            ("again", "Tried again"),
            ("check", "Check"),
        ], string="Type", required=True, readonly=True,
    )
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", readonly=True, ondelete="cascade",
        index=True,
    )
    instance_id = fields.Char(string="Approval", readonly=True, index=True)
    process_code = fields.Char(string="Template", readonly=True)
    leave_ref = fields.Integer(string="Leave ID", readonly=True, index=True)
    leave_id = fields.Many2one(
        "dingding.leave", string="Leave", readonly=True, ondelete="cascade", index=True)
    # Of a check: the page at which it continues, of the template.
    place = fields.Char(readonly=True, copy=False)

    # -- capture -----------------------------------------------------------------------

    @api.model
    def _capture(self, pairs):
        """Record leaves changed in Odoo, with one statement.

        Users have no rights on the table. Leaves that DingTalk never sees are skipped.

        :param list pairs: of (id of a leave, id of its type in Odoo)
        """
        if not pairs:
            return
        self.env.cr.execute(
            "INSERT INTO dingding_leave_change (kind, leave_ref, state, attempts,"
            " create_uid, create_date, write_uid, write_date)"
            " SELECT DISTINCT 'export', part.id, 'queued', 0, %(uid)s,"
            " now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'"
            " FROM unnest(%(ids)s, %(types)s) AS part (id, type_id)"
            " WHERE EXISTS (SELECT 1 FROM dingding_leave_type mapped"
            " WHERE mapped.lead = 'odoo' AND mapped.odoo_type_id = part.type_id)"
            " OR EXISTS (SELECT 1 FROM dingding_leave known"
            " WHERE known.lead = 'odoo' AND known.leave_ref = part.id) RETURNING id",
            {
                "uid": self.env.uid,
                "ids": [pair[0] for pair in pairs],
                "types": [pair[1] or 0 for pair in pairs],
            },
        )
        rows = self.browse([row[0] for row in self.env.cr.fetchall()])
        if rows:
            self.env["dingding.queue"]._wake(self._name, rows.sudo())

    @api.model
    def _add(self, kind, corp, **values):
        """Queue a check of a leave, with all rights: nobody may write the table."""
        row = compat.create_all(
            self.sudo(), [dict(values, kind=kind, corp_id=corp.id)])
        row._enqueue()
        return row

    @api.model
    def _add_once(self, kind, corp, **values):
        """Queue a check of a leave, unless an earlier one waits, as for the budget."""
        waiting = self.search([
            ("kind", "=", kind), ("corp_id", "=", corp.id), ("state", "in", DUE_STATES),
        ] + [(name, "=", value) for name, value in sorted(values.items())], limit=1)
        return waiting or self._add(kind, corp, **values)

    # -- processing --------------------------------------------------------------------

    def _is_of_archived(self):
        # Other kinds also end in Odoo what the organisation has been told before.
        return self.kind in ("check", "read") and super()._is_of_archived()

    def _work(self, deadline):
        if self.kind == "check":
            if not self._dingtalk_check(deadline):
                self._pause()
                return False
            self._link(None)
            return None
        key = self.instance_id or str(self.leave_ref)
        with self._alone(LOCK_LEAVE, key) as held:
            if not held:
                return False
            leaves = self.env["dingding.leave"]
            if self.kind == "read":
                row = leaves._dingtalk_read(
                    self.corp_id, self.instance_id, self.process_code)
            elif self.kind == "again":
                row = leaves._of_instance(self.corp_id, self.instance_id)
                row._try_again()
            else:
                row = leaves._dingtalk_export(self.leave_ref, self._own_corp())
            self._link(row)
        return None

    def _own_corp(self):
        """Return the organisation to write to; further ones get rows of their own."""
        if not self.corp_id:
            corps = self.env["dingding.leave"]._export_corps(self.leave_ref)
            for other in corps[1:]:
                self._add("export", other, leave_ref=self.leave_ref)
            # What fails here must not concern the others.
            self.write({"corp_id": corps[:1].id})
            self._commit()
        return self.corp_id

    def _link(self, row):
        if row:
            self.write({"leave_id": row.id, "corp_id": row.corp_id.id})
        domain = [
            ("kind", "=", self.kind), ("instance_id", "=", self.instance_id),
            ("corp_id", "in", [False, self.corp_id.id]),
        ]
        if self.leave_ref:
            domain.append(("leave_ref", "=", self.leave_ref))
        self._cancel_failed(domain)

    def _handle_error(self, error):
        """Store the problem on the leave."""
        result = super()._handle_error(error)
        row = self.env["dingding.leave"].search(
            [("lead", "=", "odoo"), ("leave_ref", "=", self.leave_ref),
             ("corp_id", "=", self.corp_id.id)]
            if self.kind == "export" else
            [("instance_id", "=", self.instance_id),
             ("corp_id", "=", self.corp_id.id)], limit=1)
        if row and self.kind != "check":
            if self.state in ("failed", "unknown"):
                row._has_problem(self.last_error, self.error_remedy)
            self.write({"leave_id": row.id, "corp_id": row.corp_id.id})
        return result

    # -- reconciliation ----------------------------------------------------------------

    def _dingtalk_check(self, deadline):
        """Queue the requests of an organisation whose events were lost.

        :return: whether all were listed, else the row has the place
        """
        corp, leaves = self.corp_id, self.env["dingding.leave"]
        client = corp._app_for("leave")._dingtalk_client(feature="leave_check")
        start = int((time.time() - CHECK_DAYS * 86400) * 1000)
        is_first = True
        for code in corp._leave_process_codes():
            if code < (self.process_code or ""):
                continue
            token, seen = 0, set()
            if code == self.process_code:
                token = int(self.place or 0)
            while token is not None:
                if not is_first and time.monotonic() > deadline:
                    self.write({"process_code": code, "place": str(token)})
                    return False
                is_first = False
                page = client.approvals.instance_ids_page(
                    code, start, next_token=token,
                    statuses=(approvals.COMPLETED, approvals.TERMINATED))
                fresh = [
                    each for each in page.items
                    if isinstance(each, str) and each not in seen]
                if not fresh:
                    # A page without news ends an endless list.
                    break
                seen.update(fresh)
                known = leaves.search([
                    ("corp_id", "=", corp.id), ("instance_id", "in", fresh),
                    ("status", "!=", "running"),
                ]).mapped("instance_id")
                for instance_id in fresh:
                    if instance_id not in known:
                        self._add(
                            "read", corp, instance_id=instance_id, process_code=code)
                self._commit()
                token = page.next_cursor
        return True

    @api.model
    def _cron_reconcile(self):
        """Find differences between both sides, and retry problems."""
        leaves, types = self.env["dingding.leave"], self.env["dingding.leave.type"]
        since = utc.now() - datetime.timedelta(days=CHECK_DAYS)
        led = types.search([("lead", "!=", "none"), ("corp_id.active", "=", True)])
        for corp in led.filtered(lambda row: row.lead == "dingtalk").mapped("corp_id"):
            self._add_once("check", corp)
        mapped = led.filtered(lambda row: row.lead == "odoo").mapped("odoo_type_id")
        recent = self.env[LEAVE].search([
            ("holiday_status_id", "in", mapped.ids), ("state", "=", "validate"),
            ("date_from", ">=", fields.Datetime.to_string(since)),
        ], order="id desc").ids
        known = {}
        for row in leaves.search([
            ("leave_ref", "in", recent),
            "|", "&", ("lead", "=", "odoo"), "&", ("status", "=", "approved"),
            ("problem", "=", False),
            # Read while DingTalk led the type.
            "&", ("lead", "=", "dingtalk"), ("corp_id", "in", led.filtered(
                lambda row: row.lead == "odoo").mapped("corp_id").ids),
        ]):
            known[row.leave_ref] = known.get(row.leave_ref, row.corp_id) | row.corp_id
        refs = [ref for ref in recent if ref not in known][:AT_ONCE]
        shared = mapped.filtered(lambda each: len(led.filtered(
            lambda row: row.lead == "odoo" and row.odoo_type_id == each)) > 1)
        if shared:
            # An employee may work in another organisation, too, since.
            refs += [
                leave.id for leave in self.env[LEAVE].search(
                    [("id", "in", sorted(known)),
                     ("holiday_status_id", "in", shared.ids)])
                if leaves._export_corps(leave.id) - known[leave.id]
            ][:AT_ONCE]
        rows = leaves.search([
            ("lead", "=", "odoo"), ("status", "=", "approved"),
            ("end", ">=", fields.Datetime.to_string(since)),
        ])
        # Together: Odoo reads the values of all with one statement.
        written = {
            leave.id: leave for leave in leaves._leave_of(rows.mapped("leave_ref"))}
        for row in rows:
            wanted = leaves._wanted(
                written.get(row.leave_ref, self.env[LEAVE]), row.corp_id)
            # It is gone or has changed, or the employee is somebody else in DingTalk
            # now: the change was lost, for example while the organisation was archived.
            if wanted is None or (
                wanted["type"] and not row._is_written(wanted)
            ):
                refs.append(row.leave_ref)
        for row in leaves.search([
            ("lead", "=", "odoo"), ("status", "=", "cancelled"),
            ("written_for", "!=", False), ("corp_id.active", "=", True),
            ("end", ">=", fields.Datetime.to_string(since)),
        ]):
            # Cancelled while the organisation was archived, and still in DingTalk.
            refs.append(row.leave_ref)
        self._capture([(ref, mapped[:1].id) for ref in sorted(set(refs))])
        leaves._find_changed(since)
        for row in leaves.search([
            ("lead", "=", "dingtalk"), ("problem", "!=", False),
            ("create_date", ">=", fields.Datetime.to_string(since)),
        ]):
            self._add_once("again", row.corp_id, instance_id=row.instance_id)
