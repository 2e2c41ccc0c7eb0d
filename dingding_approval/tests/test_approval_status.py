# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import datetime

from odoo import fields
from odoo.exceptions import UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable
from odoo.addons.dingding.tests.message_case import items_of

from .approval_case import START, TERMINATE, ApprovalCase

DOWNLOAD = "/v1.0/workflow/processInstances/spaces/files/urls/download"


@portable
class TestApprovalFollow(ApprovalCase):
    def test_timeline(self):
        approval = self.sent()
        first = self.instance(approval)["tasks"][0]["userid"]
        self.event(approval, "start")
        self.work()
        self.assertEqual(len(approval.task_ids), 1)
        self.assertEqual(approval.task_ids.userid, first)
        self.assertTrue(approval.current_approver_names)
        self.assertTrue(approval.waiting_since)
        self.act(approval, "comment", remark="Is this the cheapest?",
                 userid=self.userids[3])
        self.act(approval, "redirect", to_userid=self.userids[4], remark="Please")
        self.event(approval, "finish", "bpms_task_change", result="redirect")
        self.work()
        self.assertEqual(
            approval._waiting_tasks().mapped("userid"), [self.userids[4]]
        )
        self.decided(approval, remark="Fine")
        self.assertEqual(approval.status, "agreed")
        kinds = approval.record_ids.mapped("kind")
        self.assertIn("ADD_REMARK", kinds)
        self.assertIn("REDIRECT_TASK", kinds)
        remarks = [text for text in approval.record_ids.mapped("remark") if text]
        self.assertIn("Is this the cheapest?", remarks)
        self.assertIn("Fine", remarks)
        self.assertFalse(approval.current_approver_names)
        before = (approval.record_ids.ids, approval.task_ids.ids)
        approval._note_update()
        self.work()
        self.assertEqual((approval.record_ids.ids, approval.task_ids.ids), before)

    def test_nobody_is_waited_for_after_the_decision(self):
        """DingTalk has decided, and Odoo cannot apply it yet."""
        approval = self.sent()
        self.event(approval, "start")
        self.work()
        self.assertTrue(approval.current_approver_names)
        approval.dingtalk_status = "DELETED"
        self.assertFalse(approval.current_approver_names or approval.waiting_since)
        with self.assertRaisesRegex(UserError, "not waiting for anybody"):
            self.press(approval, "action_remind")

    def test_added_signer(self):
        approval = self.sent()
        self.act(approval, "append", to_userid=self.userids[5], position="after")
        self.event(approval, "start", "bpms_task_change")
        self.work()
        kinds = approval.record_ids.mapped("kind")
        self.assertTrue({"APPEND_TASK_AFTER", "APPEND_TASK_BEFORE"} & set(kinds))
        self.decided(approval)
        self.assertEqual(approval.status, "running")
        self.decided(approval)
        self.assertEqual(approval.status, "agreed")

    def test_times_are_utc(self):
        approval = self.decided(self.sent())
        instance = self.instance(approval)
        begun = fields.Datetime.from_string(approval.record_ids[0].moment)
        now = fields.Datetime.from_string(fields.Datetime.now())
        self.assertLess(abs((now - begun).total_seconds()), 180)
        ended = fields.Datetime.from_string(approval.finished_at)
        self.assertLess(abs((now - ended).total_seconds()), 180)
        self.assertEqual(approval.business_id, instance["business_id"])

    def test_out_of_order_and_twice(self):
        approval = self.sent()
        self.act(approval, "agree")
        self.event(approval, "finish", result="agree", moment=3)
        self.event(approval, "finish", "bpms_task_change", result="agree", moment=2)
        self.event(approval, "start", moment=1)
        self.work()
        self.assertEqual(approval.status, "agreed")
        self.event(approval, "start", moment=4)
        self.work()
        self.assertEqual(approval.status, "agreed")

    def test_an_event_is_not_believed(self):
        approval = self.sent()
        self.event(approval, "finish", result="agree")
        self.work()
        self.assertEqual(approval.status, "running")

    def test_event_of_another_instance(self):
        self.event(None, "finish", instance_id="of-somebody-else", result="agree")
        self.work()
        event = self.env["dingding.event"].search([("corp_id", "=", self.corp.id)])
        self.assertEqual((event.state, event.note_code), ("done", "not_ours"))

    def test_decided_while_the_organisation_was_archived(self):
        """Events were ignored, so approvals are polled as without events."""
        read, polled = self.sent(), self.sent(self.partner.copy())
        self.event(polled, "start")
        self.work()
        self.assertTrue(polled.event_at)
        for approval in (read, polled):
            self.act(approval, "agree")
        read._note_update()
        self.corp.active = False
        compat.flush(self.env)
        self.simulator.forget_calls()
        self.event(polled)
        self.work()
        self.approvals._cron_poll()
        self.assertDingTalkNotCalled()
        self.assertEqual((read.status, polled.status), ("running", "running"))
        self.corp.active = True
        self.work()
        self.assertEqual((read.status, polled.status), ("agreed", "running"))
        polled.read_at = fields.Datetime.to_string(
            fields.Datetime.from_string(fields.Datetime.now())
            - datetime.timedelta(hours=2))
        self.approvals._cron_poll()
        self.work()
        self.assertEqual(polled.status, "agreed")

    def test_news_while_dingtalk_answers(self):
        approval = self.sent()
        cls = type(self.approvals)
        real = cls._store_reading
        state = {"noted": False}

        def store(this, reading):
            if not state["noted"]:
                state["noted"] = True
                self.act(approval, "agree")
                self.approvals.browse(this.id)._note_update()
            return real(this, reading)

        self._replace(cls, "_store_reading", store)
        approval._note_update()
        self.process_queue("dingding.approval", rounds=1)
        self.assertEqual(approval.status, "agreed")
        self.assertFalse(approval.to_read)

    def test_lost_event(self):
        approval = self.sent()
        self.act(approval, "agree")
        self.corp.approval_poll_minutes = 30
        self.approvals._cron_poll()
        self.work()
        self.assertEqual(approval.status, "running", "it was read just now")
        approval.read_at = "2001-01-01 00:00:00"
        self.approvals._cron_poll()
        self.work()
        self.assertEqual(approval.status, "agreed")

    def test_poll_of_what_is_known_writes_nothing_but_the_time(self):
        approval = self.sent()
        # The first reading preceded the approver's assignment.
        for _turn in range(2):
            approval.read_at = "2001-01-01 00:00:00"
            self.approvals._cron_poll()
            self.work()
        noted = approval.news
        approval.read_at = "2001-01-01 00:00:00"
        self.simulator.forget_calls()
        self.approvals._cron_poll()
        self.work()
        self.assertDingTalkCalled(START, times=1)
        self.assertEqual(approval.news, noted)
        self.assertGreater(str(approval.read_at), "2002")
        self.act(approval, "comment", remark="Which colour?")
        approval.read_at = "2001-01-01 00:00:00"
        self.approvals._cron_poll()
        self.work()
        self.assertIn("Which colour?", approval.record_ids.mapped("remark"))

    def test_poll_while_dingtalk_does_not_answer(self):
        approval = self.sent()
        approval.write({"read_at": "2001-01-01 00:00:00", "reading_digest": "x"})
        self.simulator.fault("http_500", "/v1.0/workflow/*", times=None)
        self.approvals._cron_poll()
        self.simulator.clear_faults()
        self.assertEqual(approval.state, "done")
        self.assertLess(str(approval.read_at), "2002", "it keeps its turn")
        self.approvals._cron_poll(seconds=-1)
        self.assertLess(str(approval.read_at), "2002", "the time was up")
        self.approvals._cron_poll()
        self.work()
        self.assertGreater(str(approval.read_at), "2002")

    def test_out_of_time_no_other_organisation_is_polled(self):
        """Else the first ones delay all scheduled actions; each comes first once."""
        others = [
            self.env["dingding.corp"].create({
                "name": "Other %d" % number, "app_key": "dingother%d" % number,
                "app_secret": "x", "agent_id": "5"}).id
            for number in range(2)]
        polled = []
        self._replace(
            type(self.approvals), "_poll",
            lambda this, corp, deadline: polled.append(corp.id))
        self.approvals._cron_poll(seconds=-1)
        self.assertEqual(len(polled), 1)
        for _run in range(200):
            self.approvals._cron_poll(seconds=-1)
        self.assertLessEqual(set(others) | {self.corp.id}, set(polled))
        del polled[:]
        self.approvals._cron_poll()
        self.assertLessEqual(set(others) | {self.corp.id}, set(polled))

    def test_an_end_that_nobody_knows_is_asked_about_again(self):
        approval = self.sent()
        approval.write(
            {"dingtalk_status": "COMPLETED", "dingtalk_result": "later",
             "read_at": "2001-01-01 00:00:00"}
        )
        self.act(approval, "agree")
        self.approvals._cron_poll()
        self.work()
        self.assertEqual(approval.status, "agreed")

    def test_poll_leaves_what_waits_for_a_person(self):
        approval = self.sent()
        approval.write(
            {"dingtalk_status": "COMPLETED", "dingtalk_result": "agree",
             "state": "failed", "read_at": "2001-01-01 00:00:00"}
        )
        self.approvals._cron_poll()
        self.assertEqual(approval.state, "failed")

    def test_poll_keeps_to_its_budget(self):
        rows = self.approvals
        for number in range(4):
            rows |= self.hand_in(self.partner.copy({"name": "Poll %d" % number}))
        self.process_queue("dingding.approval")
        for number, row in enumerate(rows):
            row.read_at = "2001-01-01 00:00:0%d" % (3 - number)
        self.corp.approval_poll_calls = 3
        self.simulator.forget_calls()
        self.approvals._cron_poll()
        self.process_queue("dingding.approval")
        self.assertDingTalkCalled(START, times=3)
        self.assertEqual(
            rows.sorted("read_at")[:1], rows[:1], "the youngest waits for its turn"
        )
        self.decided(rows[1])
        self.simulator.forget_calls()
        rows.write({"read_at": "2001-01-01 00:00:00"})
        self.corp.approval_poll_calls = 0
        self.approvals._cron_poll()
        self.corp.approval_poll_calls = 9
        rows[0].read_at = fields.Datetime.now()
        self.approvals._cron_poll()
        self.process_queue("dingding.approval")
        self.assertDingTalkCalled(START, times=2)

    def test_deleted_in_dingtalk(self):
        approval = self.sent()
        self.simulator.control(
            "DELETE", "/approvals/instances/%s" % approval.instance_id
        )
        self.event(approval, "delete")
        self.work()
        self.assertEqual(approval.status, "deleted")
        self.assertFalse(approval.locked)
        self.assertEqual(approval.state, "done")

    def test_a_path_that_is_not_found_deletes_nothing(self):
        """A proxy, or DingTalk's gateway, answers for a moment."""
        approval = self.sent()
        wrong = {"code": "InvalidAction.NotFound", "status": 404}
        self.simulator.fault("error", TERMINATE, times=99, **wrong)
        self.simulator.fault("error", START, method="GET", times=99, **wrong)
        self.press(approval, "action_withdraw", "Changed my mind")
        self.event(approval)
        self.work()
        self.assertEqual((approval.status, approval.state), ("running", "retry"))
        self.assertTrue(approval.locked)
        self.assertEqual(approval.request_ids.state, "retry")
        self.simulator.clear_faults()
        self.due_now(approval)
        self.work()
        self.assertEqual((approval.status, approval.state), ("running", "done"))

    def test_not_found_right_after_the_start(self):
        from ..models import dingding_approval_submit

        self._replace(dingding_approval_submit, "SETTLE_SECONDS", 60)
        approval = self.sent()
        unknown = {"code": "aflowProcessInstNotExist", "status": 400, "method": "GET"}
        self.simulator.fault("error", START, **unknown)
        approval._note_update()
        self.process_queue("dingding.approval")
        self.assertEqual((approval.status, approval.state), ("running", "queued"))
        self.assertTrue(approval.locked and approval.next_try)
        self.due_now(approval)
        self.process_queue("dingding.approval")
        self.assertEqual((approval.status, approval.state), ("running", "done"))
        self.env.cr.execute(
            "UPDATE dingding_approval SET submitted_at = submitted_at"
            " - interval '2 minutes' WHERE id = %s", [approval.id])
        compat.forget(self.env)
        self.simulator.fault("error", START, **unknown)
        approval._note_update()
        self.process_queue("dingding.approval")
        self.assertEqual(approval.status, "deleted")

    def test_template_disabled_while_it_runs(self):
        approval = self.sent()
        self.simulator.control(
            "PATCH", "/approvals/templates/%s" % self.template.process_code,
            {"enabled": False},
        )
        self.decided(approval)
        self.assertEqual(approval.status, "agreed")

    # -- from Odoo -----------------------------------------------------------------

    def test_withdraw(self):
        approval = self.sent()
        self.press(approval, "action_withdraw", "Changed my mind")
        self.press(approval, "action_withdraw", "Changed my mind")
        self.work()
        self.assertDingTalkCalled(TERMINATE, times=1)
        self.assertEqual(approval.status, "terminated")
        self.assertFalse(approval.locked)
        self.assertEqual(self.instance(approval)["status"].upper(), "TERMINATED")
        with self.assertRaises(UserError):
            self.press(approval, "action_withdraw", "Again")

    def test_withdrawn_by_a_manager(self):
        approval = self.sent()
        self.press(approval, "action_withdraw", "Wrong form", user=self.user_manager)
        self.work()
        self.assertEqual(approval.status, "terminated")
        text = " ".join(
            record["remark"] or "" for record in self.instance(approval)["records"]
        )
        self.assertIn(self.user_manager.name, text)

    def test_withdraw_what_has_ended(self):
        approval = self.sent()
        self.act(approval, "agree")
        self.press(approval, "action_withdraw", "Too late")
        self.work()
        self.assertEqual(approval.status, "agreed")
        self.assertEqual(approval.request_ids.state, "done")

    def test_withdraw_what_was_deleted(self):
        approval = self.sent()
        self.simulator.control(
            "DELETE", "/approvals/instances/%s" % approval.instance_id
        )
        self.press(approval, "action_withdraw", "Too late")
        self.work()
        self.assertEqual(approval.status, "deleted")
        self.assertEqual(approval.request_ids.state, "done")

    def test_withdraw_after_the_requester_has_left(self):
        approval = self.sent()
        self.simulator.control("DELETE", "/users/%s" % self.originator.userid)
        self.press(approval, "action_withdraw", "Has left", user=self.user_manager)
        self.work()
        self.assertEqual(approval.status, "running")
        self.assertEqual(approval.request_ids.state, "failed", "nobody is told")
        # As the event or the next sync does.
        self.originator.with_context(dingding_no_push=True).active = False
        self.press(approval, "action_withdraw", "Has left", user=self.user_manager)
        self.work()
        self.assertEqual(approval.status, "terminated")
        self.assertFalse(approval.locked)

    def test_withdraw_too_young_by_dingtalks_clock(self):
        for family in ("api", "oapi"):
            self.corp.approval_family = family
            approval = self.sent(self.partner.copy())
            self.simulator.settings(approvals_withdraw_seconds=15)
            self.press(approval, "action_withdraw", "At once")
            self.work()
            request = approval.request_ids
            self.assertEqual((approval.status, request.state), ("running", "retry"))
            self.simulator.settings(approvals_withdraw_seconds=0)
            self.due_now(request)
            self.work()
            self.assertEqual((approval.status, request.state), ("terminated", "done"))

    def test_dingtalk_takes_its_time_to_start(self):
        """It counts the seconds before a withdrawal from when it has begun."""
        from ..models import dingding_approval_request

        self._replace(dingding_approval_request, "WITHDRAW_SECONDS", 15)
        real = type(self.approvals)._ask_to_start

        def slowly(this, *args):
            found = real(this, *args)
            this.write({"asked_at": this._moment(-10)})
            return found

        self._replace(type(self.approvals), "_ask_to_start", slowly)
        approval = self.sent()
        requests = self.env["dingding.approval.request"]
        self.assertGreater(requests._too_young(approval), 10)

    def test_withdraw_what_the_template_keeps(self):
        approval = self.sent()
        self.simulator.control(
            "PATCH", "/approvals/templates/%s" % self.template.process_code,
            {"config": {"disableStopProcessButton": True}})
        self.press(approval, "action_withdraw", "Changed my mind")
        self.work()
        request = approval.request_ids
        self.assertEqual((approval.status, request.state), ("running", "failed"))
        self.assertDingTalkCalled(TERMINATE, times=1)
        found = call_as(
            self.user_employee, "dingding.approval", "banner", "res.partner",
            self.partner.id)
        self.assertIn("ask an approver to refuse", found["approval"]["remedy"])
        self.assertIn("withdraw", [
            each["name"] for each in found["approval"]["buttons"]])

    def test_withdraw_too_young(self):
        from ..models import dingding_approval_request

        self._replace(dingding_approval_request, "WITHDRAW_SECONDS", 15)
        approval = self.sent()
        self.press(approval, "action_withdraw", "At once")
        self.work()
        self.assertDingTalkNotCalled(TERMINATE)
        self.assertEqual(approval.request_ids.state, "queued")
        self.assertTrue(approval.request_ids.next_try)

    def test_comment_once(self):
        approval = self.sent()
        self.simulator.fault("reset", START + "/comments")
        self.press(approval, "action_comment", "The offer is attached")
        self.work()
        request = approval.request_ids
        self.assertEqual(request.state, "retry")
        self.due_now(request)
        self.work()
        self.assertEqual(request.state, "done", request.last_error)
        remarks = [
            record for record in self.instance(approval)["records"]
            if record["remark"] == "The offer is attached"
        ]
        self.assertEqual(len(remarks), 1)
        self.assertEqual(remarks[0]["userid"], self.originator.userid)
        self.assertIn("The offer is attached", approval.record_ids.mapped("remark"))

    def test_comment_by_nobody(self):
        approval = self.sent()
        with self.assertRaises(UserError):
            self.press(approval, "action_comment", "Hello", user=self.user_system)

    def test_remind(self):
        approval = self.sent()
        approval._note_update()
        self.work()
        waiting = approval._waiting_tasks().person_id
        self.press(approval, "action_remind")
        self.process_queue()
        (message,) = items_of(self.simulator.messages(waiting.userid))
        self.assertIn("Ten chairs", str(message))
        self.assertEqual(approval.request_ids.kind, "remind")

    def test_whoever_names_a_record_writes_no_card(self):
        """A picture would tell who has read it, a link could lead anywhere."""
        self.partner.name = "![x](https://evil.example/p.png)<b>" + "chairs " * 120
        approval = self.sent()
        approval._note_update()
        self.work()
        waiting = approval._waiting_tasks().person_id
        self.press(approval, "action_remind")
        self.process_queue()
        (message,) = items_of(self.simulator.messages(waiting.userid))
        self.assertIn("chairs chairs", str(message))
        for mark in ("](", "<b>"):
            self.assertNotIn(mark, str(message))

    def test_resubmit(self):
        approval = self.decided(self.sent(), "refuse", remark="Too dear")
        self.assertEqual(approval.status, "refused")
        self.assertFalse(approval.locked)
        self.partner.name = "Nine chairs"
        action = self.press(approval, "action_resubmit")
        again = self.approvals.browse(action["res_id"])
        self.assertEqual(again.previous_id, approval)
        self.process_queue("dingding.approval")
        self.assertEqual(again.status, "running")
        self.assertEqual(len(self.instances()), 2)
        with self.assertRaises(UserError):
            self.press(again, "action_resubmit")

    def test_open_in_dingtalk(self):
        approval = self.sent()
        self.event(approval, "start", url="https://example.org/phishing")
        self.work()
        self.assertNotIn("example.org", approval.url or "")
        self.event(
            approval, "finish", "bpms_task_change",
            url="https://aflow.dingtalk.com/dingtalk/mobile/homepage.htm",
        )
        self.work()
        action = self.press(approval, "action_open_in_dingtalk")
        self.assertTrue(action["url"].startswith("https://aflow.dingtalk.com"))

    # -- files ---------------------------------------------------------------------

    def test_files_of_approvers_come_back(self):
        approval = self.sent()
        content = b"%PDF-1.4 offer"
        self.act(
            approval, "comment", remark="See this", userid=self.userids[3],
            attachments=[{"fileName": "offer.pdf",
                          "content": base64.b64encode(content).decode()}],
        )
        self.event(approval, "comment", "bpms_task_change")
        self.work()
        row = approval.file_ids
        self.assertEqual(row.direction, "in")
        self.assertTrue(row.attachment_id, row.error)
        self.assertEqual(row.attachment_id.res_id, self.partner.id)
        self.assertEqual(base64.b64decode(row.attachment_id.datas), content)
        # Up to 12 downloads have another name than the attachment.
        name = "datas_fname" if "datas_fname" in row.attachment_id else "name"
        self.assertEqual(row.attachment_id[name], "offer.pdf")
        approval._note_update()
        self.work()
        self.assertEqual(approval.file_ids, row)

    def test_files_that_are_too_large_cost_no_call(self):
        approval = self.sent()
        row = approval.file_ids.create({
            "approval_id": approval.id, "direction": "in", "name": "film.mp4",
            "space_id": "1", "file_id": "2", "size": 33 * 1024 * 1024,
        })
        approval._note_update()
        self.work()
        self.assertDingTalkNotCalled(DOWNLOAD)
        self.assertIn("33.0 MB", row.error)
        self.assertEqual(approval.state, "done")

    def test_files_larger_than_a_column_stores(self):
        corps = type(self.corp)
        real = corps._approvals

        def answer(corp, method, *args, **kwargs):
            found = real(corp, method, *args, **kwargs)
            if method == "instance":
                for record in found["operationRecords"]:
                    for each in record.get("attachments") or ():
                        each["fileSize"] = 3 * 1024 ** 3
            return found

        self._replace(corps, "_approvals", answer)
        approval = self.sent()
        self.act(
            approval, "comment", remark="The film", userid=self.userids[3],
            attachments=[{"fileName": "film.mp4", "content": "AAAA"}],
        )
        approval._note_update()
        self.work()
        self.assertEqual(approval.state, "done", approval.last_error)
        self.assertEqual(approval.file_ids.name, "film.mp4")

    def test_files_of_approvers_are_no_pages_of_this_site(self):
        """Odoo serves HTML and SVG as such, if who stored them has all rights."""
        approval = self.sent()
        content = b"<html><script>alert(document.domain)</script></html>"
        for number, name in enumerate(("offer.html", "offer.svg", "offer.xhtml", "x")):
            self.act(
                approval, "comment", remark="See %d" % number, userid=self.userids[3],
                attachments=[{"fileName": name,
                              "content": base64.b64encode(content).decode()}],
            )
        self.event(approval, "comment", "bpms_task_change")
        self.work()
        files = approval.file_ids.mapped("attachment_id")
        self.assertEqual(len(files), 4)
        pages = [each for each in files.mapped("mimetype")
                 if "ht" in each or "xml" in each]
        self.assertEqual(pages, [])

    def test_events_are_asked_for(self):
        events = self.corp._dingtalk_events()
        self.assertTrue({"bpms_instance_change", "bpms_task_change"} <= set(events))
        self.assertIn("user_add_org", events)
