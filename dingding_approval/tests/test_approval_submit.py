# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import logging
import time

from psycopg2 import OperationalError

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding.tests.message_case import items_of

from .approval_case import IDS, START, ApprovalCase


@portable
class TestApprovalSubmit(ApprovalCase):
    def test_one_call_and_one_instance(self):
        approval = self.hand_in()
        self.assertEqual(approval.status, "sending")
        self.assertDingTalkNotCalled(START)
        self.simulator.forget_calls()
        self.process_queue("dingding.approval")
        self.assertEqual(approval.status, "running")
        self.assertEqual(approval.state, "done")
        calls = self.simulator.calls()
        self.assertEqual(
            {path: count for path, count in calls["by_path"].items()
             if "workflow" in path or "processinstance" in path},
            {START: 1},
        )
        (instance,) = self.instances()
        self.assertEqual(instance["id"], approval.instance_id)
        self.assertEqual(instance["originator"], self.originator.userid)
        self.assertEqual(approval.user_id, self.user_employee)

    def test_twice_is_once(self):
        first = self.hand_in()
        self.assertEqual(self.hand_in(), first)
        self.process_queue("dingding.approval")
        self.assertEqual(self.hand_in(), first)
        self.process_queue("dingding.approval")
        self.assertEqual(len(self.instances()), 1)

    def test_two_at_once_odoo_repeats_the_second(self):
        first = self.hand_in()
        vals = self.approvals._submission(
            self.partner, self.mapping, None, None, self.user_employee
        )
        logged = []
        handler = logging.Handler(logging.WARNING)
        handler.emit = logged.append
        logging.getLogger("odoo").addHandler(handler)
        try:
            with self.assertRaises(OperationalError) as caught:
                with self.env.cr.savepoint():
                    self.approvals.sudo()._create_queued(vals)
        finally:
            logging.getLogger("odoo").removeHandler(handler)
        self.assertEqual(caught.exception.pgcode, "40001")
        self.assertFalse(logged)
        self.assertEqual(self.approvals.search([]), first)

    def test_by_rpc_with_a_reference(self):
        ids = call_as(
            self.user_employee, "dingding.approval", "submit",
            "res.partner,%d" % self.partner.id,
        )
        ids = ids if isinstance(ids, list) else ids.ids
        self.assertEqual(self.approvals.browse(ids).res_id, self.partner.id)

    def test_who_may_not_write_may_not_submit(self):
        with self.assertRaises(AccessError):
            self.hand_in(user=self.user_portal)
        with self.assertRaises(AccessError):
            self.hand_in(user=self.user_dingtalk)
        self.assertFalse(self.approvals.search([]))

    def submit_by_rpc(self, *args, **kwargs):
        return call_as(
            kwargs.pop("user", self.user_employee), "dingding.approval", "submit",
            "res.partner,%d" % self.partner.id, *args, **kwargs
        )

    def test_nobody_chooses_form_or_approvers_by_rpc(self):
        for name in ("values", "approvers"):
            with self.assertRaises(TypeError):
                self.submit_by_rpc(**{name: [{"name": "标题", "value": "Cheap"}]})
        with self.assertRaises(AccessError):
            call_as(
                self.user_employee, "dingding.approval", "_submit",
                "res.partner,%d" % self.partner.id,
            )

    def test_default_values_of_a_client_do_not_count(self):
        evil = {
            "default_status": "agreed", "default_dingtalk_status": "COMPLETED",
            "default_dingtalk_result": "agree", "default_instance_id": "x",
            "default_locked": False, "default_state": "done",
            "default_written_back": True,
        }
        ids = self.submit_by_rpc(context=evil)
        approval = self.approvals.browse(ids if isinstance(ids, list) else ids.ids)
        self.assertEqual((approval.status, approval.state), ("sending", "queued"))
        self.assertFalse(approval.dingtalk_status or approval.instance_id)
        self.assertTrue(approval.locked)
        self.process_queue("dingding.approval")
        self.assertEqual(approval.status, "running")

    def test_portal_has_nothing_to_do_with_it(self):
        with self.assertRaises(AccessError):
            self.submit_by_rpc(user=self.user_portal)

    def test_mistakes_are_said_before(self):
        self.mapping.line_ids.filtered(
            lambda line: line.component_id.label == "标题"
        ).write({"field_path": "ref"})
        with self.assertRaises(UserError) as caught:
            self.hand_in()
        self.assertIn("标题", str(caught.exception))
        self.assertFalse(self.approvals.search([]))

    def test_without_a_mapping(self):
        self.mapping.active = False
        with self.assertRaises(UserError):
            self.hand_in()

    def test_time_out_after_dingtalk_took_it(self):
        approval = self.hand_in()
        self.client_is_impatient()
        self.simulator.fault("timeout_after", START, seconds=2)
        self.process_queue("dingding.approval")
        self.assertEqual((approval.status, approval.state), ("sending", "retry"))
        self.assertTrue(approval.asked_at)
        self.due_now(approval)
        self.process_queue("dingding.approval")
        self.assertEqual(approval.status, "running", approval.last_error)
        (instance,) = self.instances()
        self.assertEqual(approval.instance_id, instance["id"])
        self.assertFalse(approval.last_error)

    def test_time_out_of_two_that_look_alike(self):
        other = self.partner.copy({"name": self.partner.name})
        self.client_is_impatient()
        rows = self.hand_in() | self.hand_in(other)
        self.simulator.fault("timeout_after", START, times=2, seconds=2)
        self.process_queue("dingding.approval")
        self.assertEqual(set(rows.mapped("state")), {"retry"})
        self.due_now(rows)
        self.process_queue("dingding.approval")
        self.assertEqual(
            sorted(rows.mapped("instance_id")),
            sorted(each["id"] for each in self.instances()),
        )
        self.assertEqual(len(set(rows.mapped("instance_id"))), 2)

    def client_is_impatient(self):
        from odoo.addons.dingding.dingtalk.transport import Transport
        from odoo.addons.dingding.models import dingding_app

        self._replace(dingding_app, "_transport", Transport(read_timeout=1))

    def test_lost_before_dingtalk(self):
        approval = self.hand_in()
        self.simulator.fault("reset", START)
        self.process_queue("dingding.approval")
        self.assertEqual(approval.state, "retry")
        self.due_now(approval)
        self.process_queue("dingding.approval")
        self.assertEqual(approval.status, "running", approval.last_error)
        self.assertEqual(len(self.instances()), 1)

    def test_not_sure_yet_is_not_sent_again(self):
        from ..models import dingding_approval_submit

        self._replace(dingding_approval_submit, "SETTLE_SECONDS", 60)
        approval = self.hand_in()
        self.simulator.fault("reset", START)
        self.process_queue("dingding.approval")
        self.due_now(approval)
        self.process_queue("dingding.approval")
        self.assertEqual((approval.status, approval.state), ("sending", "queued"))
        self.assertTrue(approval.next_try)
        self.assertEqual(len(self.instances()), 0)

    def test_killed_at_each_step(self):
        places = ["_upload_files", "_start_arguments", "_ask_to_start", "_started",
                  "_has_events"]
        for number, (place, before) in enumerate(
            (place, before) for place in places for before in (True, False)
        ):
            partner = self.partner.copy({"name": "Killed %d" % number})
            approval = self.hand_in(partner)
            self.kill_in(place, before, approval)
            self.assertIn(approval.state, ("working",), (place, before))
            self.process_queue("dingding.approval")
            self.assertEqual(approval.status, "running", (place, before))
            found = [
                each for each in self.instances() if each["id"] == approval.instance_id
            ]
            self.assertEqual(len(found), 1, (place, before))
            self.assertEqual(len(self.instances()), number + 1, (place, before))

    def test_the_answer_of_dingtalk_stays_whatever_follows(self):
        cls, tried = type(self.approvals), []
        real = cls._post_on_record

        def tell(this, *args):
            tried.append(this.instance_id)
            if len(tried) < 3:
                compat.begin_anew(this.env.cr)
            return real(this, *args)

        self._replace(cls, "_post_on_record", tell)
        approval = self.hand_in()
        with mute_logger("odoo.sql_db"):
            self.env["dingding.approval"]._process()
            self.assertEqual((approval.status, approval.state), ("sending", "retry"))
            (instance,) = self.instances()
            self.assertEqual(approval.instance_id, instance["id"])
            self.process_queue("dingding.approval")
        self.assertEqual(approval.status, "running")
        self.assertEqual(tried[:3], [instance["id"]] * 3)
        self.assertEqual(len(self.instances()), 1)
        self.assertDingTalkNotCalled(IDS)

    def test_it_is_known_to_have_arrived(self):
        def tell(this, *args):
            raise ValueError("The record's model is broken")

        self._replace(type(self.approvals), "_post_on_record", tell)
        approval = self.hand_in()
        for _attempt in range(8):
            self.due_now(approval)
            self.env["dingding.approval"]._process()
        self.assertEqual((approval.status, approval.state), ("sending", "failed"))
        self.assertTrue(approval.instance_id)
        self.assertTrue(self.told(approval))

    def test_a_duplicate_key_is_a_conflict(self):
        cls, tried = type(self.approvals), []
        real = cls._post_on_record

        def tell(this, *args):
            tried.append(this.instance_id)
            if len(tried) < 3:
                this.env.cr.execute(
                    "DO $$ BEGIN RAISE EXCEPTION 'duplicate key'"
                    " USING ERRCODE = 'unique_violation'; END $$",
                    log_exceptions=False)
            return real(this, *args)

        self._replace(cls, "_post_on_record", tell)
        approval = self.hand_in()
        self.env["dingding.approval"]._process()
        self.assertEqual((approval.status, approval.state), ("sending", "retry"))
        self.assertEqual(approval.last_error, "The database was busy.")
        self.process_queue("dingding.approval")
        self.assertEqual((approval.status, len(tried)), ("running", 3))
        self.assertEqual(len(self.instances()), 1)

    def test_refused_is_said_and_frees_the_record(self):
        self.simulator.control(
            "PATCH", "/approvals/templates/%s" % self.template.process_code,
            {"enabled": False},
        )
        approval = self.hand_in()
        self.assertTrue(approval.locked)
        self.process_queue("dingding.approval")
        self.assertEqual((approval.status, approval.state), ("failed", "failed"))
        self.assertTrue(approval.last_error)
        self.assertIn("template is disabled", approval.remedy)
        self.assertFalse(approval.locked)
        self.assertFalse(approval.asked_at)
        self.simulator.control(
            "PATCH", "/approvals/templates/%s" % self.template.process_code,
            {"enabled": True},
        )
        again = self.sent()
        self.assertNotEqual(again, approval)
        self.assertEqual(again.previous_id, approval)
        self.assertFalse(self.told(approval))

    def test_a_template_whose_approvers_the_requester_chooses(self):
        self.simulator.fault(
            "error", START, code="targetSelectApproverMissing", status=400)
        approval = self.hand_in()
        self.process_queue("dingding.approval")
        self.assertEqual(approval.status, "failed")
        self.assertIn("Selected approvers, in sequence", approval.remedy)

    def test_an_archived_organisation_is_asked_nothing(self):
        """Waiting submissions end, running approvals wait for its return."""
        running, waiting = self.sent(), self.hand_in(self.partner.copy())
        lost = self.hand_in(self.partner.copy())
        self.simulator.fault("reset", START, times=1)
        lost._process_row(lost.id, time.monotonic() + 60)
        compat.forget(self.env)
        self.assertTrue(lost.asked_at)
        self.press(running, "action_comment", "Please")
        running._note_update()
        self.corp.active = False
        compat.flush(self.env)
        self.simulator.forget_calls()
        with self.assertRaises(UserError):
            self.hand_in(self.partner.copy())
        self.due_now(lost)
        self.work()
        self.approvals._cron_poll()
        self.work()
        self.assertDingTalkNotCalled()
        self.assertEqual((waiting.status, waiting.state), ("failed", "failed"))
        self.assertFalse(waiting.locked)
        self.assertEqual((lost.status, lost.state), ("sending", "unknown"))
        self.assertEqual((running.status, running.state), ("running", "failed"))
        self.assertTrue(running.locked)
        request = running.request_ids
        for row in (waiting, lost, running, request):
            self.assertIn("archived", row.last_error)
        self.corp.active = True
        for row in (lost, running, request):
            call_as(self.user_manager, row._name, "action_retry", row.ids)
        self.work()
        self.assertEqual(
            (running.state, request.state, lost.status), ("done", "done", "running"))
        self.assertEqual(self.decided(running).status, "agreed")
        self.assertEqual(len(self.instances()), 2)

    def test_unknown_at_the_end_asks_a_person(self):
        approval = self.hand_in()
        self.simulator.fault("reset", START, times=9)
        self.simulator.fault("http_500", IDS, times=99)
        for _turn in range(9):
            self.due_now(approval)
            self.process_queue("dingding.approval")
        self.assertEqual((approval.status, approval.state), ("sending", "unknown"))
        self.assertTrue(approval.locked)
        self.assertEqual(self.told(approval).user_id, self.user_manager)
        with self.assertRaises(UserError) as caught:
            self.press(approval, "action_withdraw", "Not needed")
        self.assertIn("Retry", str(caught.exception))
        self.simulator.clear_faults()
        self.press(approval, "action_retry", user=self.user_manager)
        self.process_queue("dingding.approval")
        self.assertEqual(approval.status, "running")
        self.assertEqual(len(self.instances()), 1)

    def test_only_the_old_family(self):
        self.simulator.settings(approvals_oapi_only=True)
        approval = self.sent()
        self.assertEqual(self.corp.approval_family, "oapi")
        self.decided(approval)
        self.assertEqual(approval.status, "agreed")
        self.simulator.forget_calls()
        again = self.partner.copy()
        self.sent(again)
        self.assertDingTalkNotCalled(START)

    def test_events_before_the_answer(self):
        cls = type(self.approvals)
        real = cls._ask_to_start

        def ask(this, client, arguments):
            instance_id = real(this, client, arguments)
            self.event(this, "start", instance_id=instance_id)
            self.env["dingding.event"]._process()
            return instance_id

        self._replace(cls, "_ask_to_start", ask)
        approval = self.sent()
        event = self.env["dingding.event"].search([("corp_id", "=", self.corp.id)])
        self.assertEqual((event.state, event.note_code), ("done", "not_ours"))
        self.assertTrue(approval.task_ids, "the inbox was not looked into")
        self.assertTrue(approval.business_id)

    def test_withdrawn_before_it_left(self):
        approval = self.hand_in()
        self.press(approval, "action_withdraw", "No longer needed")
        self.assertEqual(
            (approval.status, approval.state), ("terminated", "cancelled")
        )
        self.assertFalse(approval.locked)
        self.process_queue("dingding.approval")
        self.assertFalse(self.instances())

    def test_withdrawn_while_nobody_knows_whether_it_left(self):
        approval = self.hand_in()
        approval.write({"asked_at": "2026-01-01 00:00:00", "state": "retry"})
        with self.assertRaises(UserError) as caught:
            self.press(approval, "action_withdraw", "Too late")
        self.assertIn("in a minute", str(caught.exception))
        self.assertEqual(approval.status, "sending")

    def test_what_was_sent_is_kept(self):
        approval = self.hand_in()
        self.partner.name = "Something else"
        self.process_queue("dingding.approval")
        values = {
            each["name"]: each["value"]
            for each in self.instance(approval)["detail"]["formComponentValues"]
            if each.get("value")
        }
        self.assertEqual(values["标题"], "Ten chairs")
        self.assertEqual(
            [each["value"] for each in json.loads(approval.form_json)["values"]
             if each["name"] == "标题"],
            ["Ten chairs"],
        )

    def test_own_values_and_approvers(self):
        person = self.people_here[3]
        approval = self.sent(
            values=[{"name": "标题", "value": "By hand"}],
            approvers=[{"actionType": "NONE", "userIds": [person.userid]}],
        )
        (task,) = self.instance(approval)["tasks"]
        self.assertEqual(task["userid"], person.userid)

    def test_messages_are_none(self):
        self.sent()
        for userid in self.userids[:3]:
            self.assertFalse(items_of(self.simulator.messages(userid)))
