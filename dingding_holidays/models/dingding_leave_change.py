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
COMPARED = 100  # leaves of one transaction


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
            ("compare", "Comparison"),
            ("holidays", "Public holidays"),
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
    # Of a check: the page at which it continues, of the template. Of a comparison: the
    # last row, and how many leaves it has found.
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
        return self.kind in ("check", "read", "holidays") and (
            super()._is_of_archived())

    def _work(self, deadline):
        if self.kind in ("check", "compare"):
            step = self._compare if self.kind == "compare" else self._dingtalk_check
            if not step(deadline):
                self._pause()
                return False
            self._link(None)
            return None
        if self.kind == "holidays":
            # Unless an administrator has disabled them meanwhile.
            if self.corp_id.leave_holidays:
                self.corp_id._dingtalk_read_holidays()
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
            # A failure here must not concern the others.
            self.write({"corp_id": corps[:1].id})
            self._commit()
        return self.corp_id

    def _link(self, row):
        if row:
            self.write({"leave_id": row.id, "corp_id": row.corp_id.id})
        self._cancel_failed(self._same_work())

    def _same_work(self):
        domain = [
            ("kind", "=", self.kind), ("instance_id", "=", self.instance_id),
            ("corp_id", "in", [False, self.corp_id.id]),
        ]
        if self.leave_ref:
            domain.append(("leave_ref", "=", self.leave_ref))
        return domain

    def _handle_error(self, error):
        """Store the problem on the leave."""
        result = super()._handle_error(error)
        row = self.env["dingding.leave"].search(
            [("lead", "=", "odoo"), ("leave_ref", "=", self.leave_ref),
             ("corp_id", "=", self.corp_id.id)]
            if self.kind == "export" else
            [("instance_id", "=", self.instance_id),
             ("corp_id", "=", self.corp_id.id)], limit=1)
        if row and self.kind not in ("check", "holidays"):
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
        """Begin to find differences between both sides, and retry problems."""
        led = self._led_types()
        for corp in led.filtered(lambda row: row.lead == "dingtalk").mapped("corp_id"):
            self._add_once("check", corp)
        if led or self.env["dingding.leave"].search([], limit=1):
            self._add_once("compare", self.env["dingding.corp"])

    @api.model
    def _led_types(self):
        return self.env["dingding.leave.type"].search(
            [("lead", "!=", "none"), ("corp_id.active", "=", True)])

    def _compare(self, deadline):
        """Queue what differs between both sides, without a call.

        :return: whether all was compared, else the row has the place
        """
        leaves, led = self.env["dingding.leave"], self._led_types()
        led = led.filtered(lambda row: row.lead == "odoo")
        since = fields.Datetime.to_string(
            utc.now() - datetime.timedelta(days=CHECK_DAYS))
        recent = [("state", "=", "validate"), ("date_from", ">=", since)]
        if not self.place:
            mapped = led.mapped("odoo_type_id")
            refs = self.env[LEAVE].search(
                recent + [("holiday_status_id", "in", mapped.ids)], order="id desc").ids
            known = self._known_corps(refs, led)
            self._export([ref for ref in refs if ref not in known][:AT_ONCE], led)
            self.place = "0 0"
            self._commit()
        shared = led.mapped("odoo_type_id").filtered(lambda each: len(led.filtered(
            lambda row: row.odoo_type_id == each)) > 1)
        while True:
            position, found = [int(each) for each in self.place.split()]
            rows = leaves.search([
                ("id", ">", position), "|", ("end", ">=", since),
                ("create_date", ">=", since)], order="id", limit=COMPARED)
            if not rows:
                return True
            self._export(self._differing(rows, since), led)
            # An employee may work in another organisation, too, since.
            own = self.env[LEAVE].search(recent + [
                ("id", "in", rows.mapped("leave_ref")),
                ("holiday_status_id", "in", shared.ids)])
            known = self._known_corps(own.ids, led)
            refs = [
                leave.id for leave in own if leave.id in known
                and leaves._export_corps(leave.id) - known[leave.id]
            ][:max(AT_ONCE - found, 0)]
            self._export(refs, led)
            rows._find_changed(since)
            for row in rows.filtered(
                lambda each: each.lead == "dingtalk" and each.problem
                and str(each.create_date) >= since
            ):
                self._add_once("again", row.corp_id, instance_id=row.instance_id)
            self.place = "%d %d" % (rows.ids[-1], found + len(refs))
            self._commit()
            # Odoo's cache grows with each leave.
            compat.forget(self.env)
            if time.monotonic() > deadline:
                return False

    def _export(self, refs, led):
        odoo_type = led.mapped("odoo_type_id")[:1]
        self._capture([(ref, odoo_type.id) for ref in sorted(set(refs))])

    @api.model
    def _known_corps(self, refs, led):
        """Return id of a leave -> organisations that know it."""
        known = {}
        for row in self.env["dingding.leave"].search([
            ("leave_ref", "in", refs),
            "|", "&", ("lead", "=", "odoo"), "&", ("status", "=", "approved"),
            ("problem", "=", False),
            # Read while DingTalk led the type.
            "&", ("lead", "=", "dingtalk"),
            ("corp_id", "in", led.mapped("corp_id").ids),
        ]):
            known[row.leave_ref] = known.get(row.leave_ref, row.corp_id) | row.corp_id
        return known

    @api.model
    def _differing(self, rows, since):
        """Return the leaves of Odoo, of these rows, that DingTalk has otherwise."""
        leaves, refs = self.env["dingding.leave"], []
        rows = rows.filtered(
            lambda row: row.lead == "odoo" and row.end and str(row.end) >= since)
        approved = rows.filtered(lambda row: row.status == "approved")
        # Together: Odoo reads the values of all with one statement.
        written = {
            leave.id: leave for leave in leaves._leave_of(approved.mapped("leave_ref"))}
        for row in approved:
            leave = written.get(row.leave_ref, self.env[LEAVE])
            wanted = leaves._wanted(leave, row.corp_id)
            # It is gone or has changed, or the employee is somebody else in DingTalk
            # now: the change was lost, for example while the organisation was archived.
            if wanted is None or (
                wanted["type"] and not row._is_written(wanted)
            ):
                refs.append(row.leave_ref)
            elif leaves._has_left(leave, row.corp_id):
                row._note_left()
        # Cancelled while the organisation was archived, and still in DingTalk.
        return refs + rows.filtered(
            lambda row: row.status == "cancelled" and row.sudo().written_for
            and row.corp_id.active).mapped("leave_ref")
