# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import itertools
import time
import unittest

from odoo import SUPERUSER_ID, api

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as
from odoo.addons.dingding.tests.message_case import items_of
from odoo.addons.dingding_callback.tests.common import EventCase

START = "/v1.0/workflow/processInstances"
IDS = "/v1.0/workflow/processes/instanceIds/query"
TERMINATE = "/v1.0/workflow/processInstances/terminate"
TEMPLATE = "简单审批"


class Killed(BaseException):
    """Simulates a killed server."""


class ApprovalCase(EventCase):
    """Approve contacts.

    ``mapping`` submits a contact's name and comment by the simulator's simple template.
    The employee is the first person of the organisation.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["dingding.approval.mapping"].with_context(active_test=False).search(
            []
        ).unlink()
        cls.partner_rights = cls.env.ref("base.group_partner_manager")
        cls.user_employee.write(
            {compat.USER_GROUPS: [(4, cls.partner_rights.id)]}
        )
        users = items_of(cls.simulator.users())
        cls.userids = [user["userid"] for user in users]
        people = cls.env["dingding.user"]
        for user in users:
            people |= people.create(
                {"name": user["name"], "userid": user["userid"],
                 "unionid": user.get("unionid"), "corp_id": cls.corp.id}
            )
        cls.people_here = people
        cls.originator = people[1]
        cls.originator.user_id = cls.user_employee
        people[2].user_id = cls.user_manager
        cls.template = cls._template(TEMPLATE)
        cls.mapping = cls._mapping(
            cls.template, "res.partner", {"标题": "name", "内容": "comment"},
            lock="running", responsible_id=cls.user_manager.id,
        )
        cls.partner = cls.env["res.partner"].create(
            {"name": "Ten chairs", "comment": "For the new office"}
        )

    @classmethod
    def _template(cls, name):
        cls.env["dingding.approval.template"]._import(cls.corp)
        return cls.env["dingding.approval.template"].search(
            [("corp_id", "=", cls.corp.id), ("name", "=", name)]
        )

    @classmethod
    def _mapping(cls, template, model, paths, **values):
        """Return a new mapping: label of a component -> path of a field."""
        components = {row.label: row for row in template.component_ids}
        lines = [
            (0, 0, {"component_id": components[label].id, "source": "field",
                    "field_path": path})
            for label, path in sorted(paths.items())
        ]
        vals = {
            "name": "%s by test" % template.name,
            "model_id": cls.env["ir.model"]._get(model).id,
            "template_id": template.id,
            "line_ids": lines,
        }
        vals.update(values)
        return cls.env["dingding.approval.mapping"].create(vals)

    _moments = itertools.count(1640683876000)

    def setUp(self):
        super().setUp()
        self.simulator.settings(
            approvals_withdraw_seconds=0, approvals_dept_check=False
        )
        self.no_waiting()

    def no_waiting(self):
        """Make everything that waits for a time due immediately."""
        from ..models import dingding_approval_request, dingding_approval_submit

        self._replace(dingding_approval_submit, "SETTLE_SECONDS", 0)
        self._replace(dingding_approval_request, "WITHDRAW_SECONDS", -1)

    # -- user actions --------------------------------------------------------------

    @property
    def approvals(self):
        return self.env["dingding.approval"]

    def hand_in(self, record=None, user=None, **kwargs):
        record = record or self.partner
        user = user or self.user_employee
        made = compat.with_user(self.approvals, user)._submit(
            compat.with_user(record, user), **kwargs
        )
        compat.flush(self.env)
        return self.approvals.browse(made.id)

    def sent(self, record=None, **kwargs):
        approval = self.hand_in(record, **kwargs)
        self.process_queue("dingding.approval")
        self.assertEqual(approval.status, "running", approval.last_error)
        return approval

    def press(self, approval, method, *args, **kwargs):
        """Call a method of an approval as a user's client would."""
        user = kwargs.pop("user", self.user_employee)
        result = call_as(
            user, "dingding.approval", method, [approval.id], *args, **kwargs
        )
        compat.forget(self.env)
        return result

    def told(self, approval):
        """Check; return the activity of a failed approval."""
        alerts = self.env["dingding.alert"]
        alerts._cron_check()
        compat.flush(self.env)
        kinds = alerts._by_key()
        return alerts.search([("state", "=", "open")]).filtered(
            lambda alert: alert.kind.startswith("approval") and approval in
            self.env["dingding.approval"].search(kinds[alert.kind]["domain"])
        ).activity_ids

    def kill_in(self, place, before, approval):
        """Process an approval in a process that is killed in one of its methods.

        :param str place: name of the method
        :param bool before: killed before the method runs, else right after it
        """
        cls = type(self.approvals)
        real = getattr(cls, place)

        def kill(this, *args, **kwargs):
            if before:
                raise Killed()
            real(this, *args, **kwargs)
            raise Killed()

        setattr(cls, place, kill)
        try:
            # Without a worker's lock; Odoo's assertRaises rolls commits back since
            # 14.0.
            with unittest.TestCase.assertRaises(self, Killed), compat.open_cursor(
                self.env.cr.dbname
            ) as cr:
                row = api.Environment(cr, SUPERUSER_ID, {})[approval._name].browse(
                    approval.id
                )
                row._process_step(time.monotonic() + 60)
        finally:
            setattr(cls, place, real)
        compat.forget(self.env)

    def due_now(self, rows):
        rows.write({"next_try": "2001-01-01 00:00:00"})

    def work(self):
        """Process everything: events, requests, approvals."""
        for _round in range(3):
            self.env["dingding.event"]._process()
            self.process_queue("dingding.approval.request")
            self.process_queue("dingding.approval")
        compat.forget(self.env)

    # -- simulated DingTalk --------------------------------------------------------

    def instances(self):
        return items_of(self.simulator.control("GET", "/approvals/instances"))

    def instance(self, approval):
        return self.simulator.control(
            "GET", "/approvals/instances/%s" % approval.instance_id
        )

    def act(self, approval, action, **values):
        """Act on the phone of the current approver."""
        if "userid" not in values:
            waiting = [
                task for task in self.instance(approval)["tasks"]
                if task["status"].upper() == "RUNNING"
            ]
            values["userid"] = waiting[0]["userid"]
        return self.simulator.control(
            "POST", "/approvals/instances/%s/act" % approval.instance_id,
            dict(values, action=action),
        )

    def event(self, approval, kind="finish", name="bpms_instance_change", **values):
        """Store the event by which DingTalk announces a change."""
        instance_id = values.pop("instance_id", None) or approval.instance_id
        # DingTalk would announce the change twice.
        values.setdefault("finishTime", next(self._moments))
        return self.push(
            name, processInstanceId=instance_id, type=kind,
            processCode=self.template.process_code, **values
        )

    def decided(self, approval, action="agree", **values):
        """Decide on the phone and deliver the event; return the approval."""
        self.act(approval, action, **values)
        self.event(approval)
        self.work()
        return approval
