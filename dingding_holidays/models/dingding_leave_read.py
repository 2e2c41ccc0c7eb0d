# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import collections
import datetime
import json

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import utc
from odoo.addons.dingding.dingtalk.api.approvals import COMPLETED, TERMINATED
from odoo.addons.dingding.dingtalk.api.leave import Request, request_of
from odoo.addons.dingding.dingtalk.errors import NotFoundError, UnexpectedAnswerError

from ..leaves import (
    LEAVE,
    approve,
    cancel,
    create_leave,
    days_of,
    is_approved,
    lacks_allocation,
    period_of,
    prepare_leave,
    zone_of,
)

CHECK_DAYS = 31  # requests of so many days are looked for
REVOKE, MODIFY = "REVOKE", "MODIFY"
ACTIONS = {REVOKE: "revoke", MODIFY: "modify"}
#: Outcome of an instance, and what it asks for.
Outcome = collections.namedtuple("Outcome", "status action main_id request")


def outcome_of(instance):
    """Return the outcome of a DingTalk instance, None if it is not a leave.

    :raise UnexpectedAnswerError: the form cannot be read
    """
    action = instance.get("bizAction")
    request = request_of(instance)
    if request is None:
        return None
    status = "running"
    if instance["status"] == TERMINATED:
        status = "cancelled"
    elif instance["status"] == COMPLETED:
        status = "approved" if instance.get("result") == "agree" else "refused"
    main_id = instance.get("mainProcessInstanceId") or ""
    return Outcome(status, ACTIONS.get(action, "none"), main_id, request)


class DingdingLeave(models.Model):
    """Create leaves approved in DingTalk, through Odoo's own workflow.

    Called by workers that hold the instance's lock.
    """

    _inherit = "dingding.leave"

    @api.model
    def _dingtalk_event_attendance_approve_status_change(self, event):
        """Queue reading an ended request; a started one changes nothing.

        :return: None for a start: its end, which may wait already, says more
        """
        values = event._values()
        if values.text("approveType").upper() != "LEAVE":
            return True
        if not values.text("processInstanceId"):
            return True
        if values.text("status") in ("finish", "terminate", "delete"):
            self.env["dingding.leave.change"]._add(
                "read", event.corp_id, instance_id=values.text("processInstanceId"),
                process_code=values.text("processCode"))
            return True
        return None

    @api.model
    def _of_instance(self, corp, instance_id):
        return self.search(
            [("corp_id", "=", corp.id), ("instance_id", "=", instance_id)])

    @api.model
    def _dingtalk_read(self, corp, instance_id, process_code=False):
        """Read an instance and bring Odoo up to date."""
        client = corp._app_for("leave")._dingtalk_client(feature="leave")
        self._commit()
        try:
            instance = client.approvals.instance(instance_id)
        except NotFoundError:
            # Deleted by an administrator.
            row = self._of_instance(corp, instance_id)
            if row:
                row._take_over("cancelled")
            return row
        # Its revocation may have created the row meanwhile.
        row = self._of_instance(corp, instance_id)
        try:
            outcome = outcome_of(instance)
        except UnexpectedAnswerError as error:
            row = row or self._new_row(corp, instance_id, process_code)
            row._has_problem(str(error), error.remedy)
            return row
        if outcome is None:
            # The daily check need not ask again.
            return row or self._new_row(corp, instance_id, process_code, "skipped")
        row = row or self._new_row(corp, instance_id, process_code)
        row._note(instance, outcome)
        if outcome.action != "none" and outcome.status == "approved":
            self._revoke(corp, outcome.main_id, row, process_code)
        row._take_over(outcome.status)
        return row

    @api.model
    def _new_row(self, corp, instance_id, process_code, status="running"):
        """Create the row of an instance.

        A revocation may do so at the same moment; the second worker begins anew.
        """
        self.env.cr.execute(
            "INSERT INTO dingding_leave (corp_id, lead, instance_id, process_code,"
            " status, action, create_uid, create_date, write_uid, write_date)"
            " VALUES (%s, 'dingtalk', %s, %s, %s, 'none', %s,"
            " now() AT TIME ZONE 'UTC', %s, now() AT TIME ZONE 'UTC') RETURNING id",
            [corp.id, instance_id, process_code or None, status, self.env.uid,
             self.env.uid], log_exceptions=False)
        return self.browse(self.env.cr.fetchone()[0])

    @api.model
    def _revoke(self, corp, main_id, row, process_code):
        """Cancel the leave that a later request revokes or replaces.

        Stored even if that leave was not read yet.
        """
        if not main_id or main_id == row.instance_id:
            return
        main = self._of_instance(corp, main_id) or self._new_row(
            corp, main_id, process_code)
        main.write({"revoked": True})
        main._take_over("cancelled")

    def _note(self, instance, outcome):
        """Store a request; without personal data if it is skipped."""
        request = outcome.request
        leave_type = self.env["dingding.leave.type"]._of_request(self.corp_id, request)
        values = {"leave_type_id": leave_type.id, "action": outcome.action}
        if leave_type and leave_type.lead == "none" and not self.leave_ref:
            self.write(dict(values, status="skipped"))
            return
        userid = str(instance.get("originatorUserId") or "")
        values.update(
            person_id=self._person(userid).id, name=request.reason or request.name,
            unit=request.unit, duration=request.duration,
            form=_written(request, userid),
            status="running" if self.status == "skipped" else self.status,
        )
        self.write(values)
        employee = self.sudo().person_id.employee_id
        if employee and not self.leave_ref:
            self._note_period(employee)

    def _person(self, userid):
        return self.env["dingding.user"].with_context(active_test=False).search(
            [("corp_id", "=", self.corp_id.id), ("userid", "=", userid)], limit=1)

    def _note_period(self, employee):
        """Store whose leave it is, and when; return begin and end."""
        begin, end = period_of(self._request(), employee)
        self.write({
            "employee_id": employee.id,
            "begin": fields.Datetime.to_string(begin),
            "end": fields.Datetime.to_string(end),
        })
        return begin, end

    def _request(self):
        return _read(self.sudo().form)[0]

    def _try_again(self):
        """Take over what was a problem, without a call."""
        if not self.sudo().form or not (self.problem or self._is_elsewhere()):
            return
        request, userid = _read(self.sudo().form)
        leave_type = self.env["dingding.leave.type"]._of_request(self.corp_id, request)
        if leave_type.lead == "dingtalk" or self.leave_ref:
            self.write({
                "leave_type_id": leave_type.id, "person_id": self._person(userid).id})
            self._take_over(self.status)

    # -- Odoo --------------------------------------------------------------------------

    def _take_over(self, status):
        """Create or cancel the leave in Odoo; a refusal becomes the problem."""
        if self.status == "skipped":
            return
        if self.revoked or self.action == "revoke":
            status = "cancelled" if status == "approved" else status
        self.write({"status": status, "problem": False, "remedy_key": False})
        if status == "approved":
            if self._is_elsewhere():
                self._cancel_in_odoo()
            leave = self._odoo_leave()
            if not leave:
                self._create_in_odoo()
            elif not is_approved(leave):
                self._note_unapproved()
        elif self.leave_ref:
            self._cancel_in_odoo()

    def _is_elsewhere(self):
        """Tell whether the person is linked to another employee than the leave's."""
        leave, employee = self._odoo_leave(), self.sudo().person_id.employee_id
        return bool(leave and employee and leave.employee_id != employee)

    def _note_unapproved(self):
        self._has_problem(
            _("The leave is approved in DingTalk, but was refused, cancelled or "
              "deleted in Odoo."), "leave_refused")

    def _has_problem(self, text, remedy=False):
        self.write({"problem": text, "remedy_key": remedy or False})

    def _create_in_odoo(self):
        leave_type = self.leave_type_id
        if not leave_type or leave_type.lead != "dingtalk":
            self._has_problem(
                _("Odoo leads this type of leave, but it was requested in DingTalk.")
                if leave_type else _("The type of this leave is not known in Odoo."),
                "leave_type")
            return
        employee = self.sudo().person_id.employee_id
        if not employee:
            self._has_problem(
                _("The person is not linked to an employee."), "leave_employee")
            return
        request = self._request()
        begin, end = self._note_period(employee)
        compat.flush(self.env)
        # sudo: DingTalk's approval replaces the approver's in Odoo.
        leaves = self._in_company(self.env[LEAVE].sudo()).with_context(
            tz=zone_of(employee).zone)
        try:
            with self.env.cr.savepoint():
                if lacks_allocation(leave_type.odoo_type_id, employee, begin):
                    raise UserError(
                        _("%(employee)s has no allocation of %(type)s.")
                        % {"employee": employee.name,
                           "type": leave_type.odoo_type_id.name})
                values = prepare_leave(
                    leaves, employee.with_context(**leaves.env.context),
                    leave_type.odoo_type_id, begin, end, request)
                leave = create_leave(leaves, values)
                approve(leave)
                compat.flush(leave.env)
                if leave.state != "validate":
                    raise UserError(_("Odoo has not approved the leave."))
                values = {"leave_ref": leave.id, "days": days_of(leave)}
        except compat.REFUSALS as error:
            compat.forget(self.env)
            self._has_problem(_said(error), "leave_refused")
        else:
            self.write(values)

    def _cancel_in_odoo(self):
        leave = self._in_company(self._odoo_leave())
        if not leave:
            return
        compat.flush(self.env)
        try:
            with self.env.cr.savepoint():
                cancel(leave, _("Cancelled in DingTalk"))
                compat.flush(leave.env)
        except compat.REFUSALS as error:
            compat.forget(self.env)
            self._has_problem(_said(error), "leave_refused")
        else:
            self.write({"leave_ref": 0, "days": 0})

    # -- what was missed ---------------------------------------------------------------

    def _find_changed(self, since):
        """Find approved leaves of DingTalk that Odoo no longer has so, of these rows.

        Those of another employee move; others become problems.

        :param str since: of those that end then or later
        """
        rows = self.search([
            ("id", "in", self.ids),
            ("lead", "=", "dingtalk"), ("status", "=", "approved"),
            ("problem", "=", False), ("leave_ref", ">", 0),
            ("leave_type_id.lead", "=", "dingtalk"),
            # The leave of leavers ends with them.
            ("person_id.active", "=", True), ("end", ">=", since)])
        approved = {leave.id: leave.employee_id for leave in self.env[LEAVE].search(
            [("id", "in", rows.mapped("leave_ref")), ("state", "=", "validate")])}
        for row in rows:
            employee = approved.get(row.leave_ref)
            if employee is None:
                row._note_unapproved()
            elif row.person_id.employee_id not in (employee, employee.browse()):
                self.env["dingding.leave.change"]._add_once(
                    "again", row.corp_id, instance_id=row.instance_id)

    @api.model
    def _read_skipped(self, types):
        """Read requests skipped because no system led their type.

        Only those of the last month: each costs a call.
        """
        since = utc.now() - datetime.timedelta(days=CHECK_DAYS)
        for row in self.search([
            ("leave_type_id", "in", types.ids), ("status", "=", "skipped"),
            ("create_date", ">=", fields.Datetime.to_string(since)),
        ]):
            self.env["dingding.leave.change"]._add(
                "read", row.corp_id, instance_id=row.instance_id,
                process_code=row.process_code)


def _said(error):
    return error.args[0] if error.args else type(error).__name__


def _written(request, userid):
    values = request._asdict()
    for name in ("begin", "end"):
        values[name] = fields.Datetime.to_string(values[name])
    return json.dumps(dict(values, userid=userid))


def _read(text):
    """Return (request, userid of who has made it)."""
    values = json.loads(text or "{}")
    userid = values.pop("userid", "")
    for name in ("begin", "end"):
        values[name] = fields.Datetime.from_string(values[name])
    return Request(**values), userid
