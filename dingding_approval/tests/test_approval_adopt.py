# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable

from .approval_case import IDS, START, ApprovalCase


@portable
class TestApprovalAdopt(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.mapping.import_records = True

    def start_there(self, title="Started on the phone", originator=None):
        return self.simulator.control(
            "POST", "/approvals/instances",
            {
                "process_code": self.template.process_code,
                "originator": (originator or self.originator).userid,
                "values": {"标题": title, "内容": "By hand"},
            },
        )["id"]

    def found(self, title="Started on the phone"):
        return self.env["res.partner"].search([("name", "=", title)])

    def test_by_event(self):
        instance_id = self.start_there()
        # Above 64 KB DingTalk omits the form.
        self.event(None, "start", instance_id=instance_id, formValuesOmitted=True)
        self.event(None, "start", "bpms_task_change", instance_id=instance_id)
        self.work()
        partner = self.found()
        self.assertEqual(len(partner), 1)
        self.assertIn("By hand", partner.comment)
        self.assertEqual(partner.create_uid, self.user_employee)
        approval = self.approvals.search([("instance_id", "=", instance_id)])
        self.assertEqual((approval.res_id, approval.status), (partner.id, "running"))
        self.assertTrue(approval.locked and approval.adopted and approval.task_ids)
        self.decided(approval)
        self.assertEqual(approval.status, "agreed")

    def test_by_cron_where_the_event_was_lost(self):
        self.start_there()
        self.approvals._cron_adopt()
        self.approvals._cron_adopt()
        self.assertEqual(len(self.found()), 1)

    def test_what_the_time_does_not_suffice_for_is_next(self):
        titles = ["Started %d" % number for number in range(3)]
        for title in titles:
            self.start_there(title)
        for number in range(3):
            self.assertEqual(len(self.made(titles)), number)
            self.assertFalse(self.mapping.import_next)
            self.approvals._cron_adopt(seconds=-1)
        self.assertEqual(len(self.made(titles)), 3)
        self.assertTrue(self.mapping.import_next)

    def test_each_mapping_has_its_own_transaction(self):
        """Editing one reads, and pays, none of the lists again."""
        self.start_there()
        inside, steps = self.open_cursors(), []
        mappings = type(self.mapping)
        write = mappings.write

        def noted(mapping, vals):
            if "import_next" in vals:
                steps.append(list(inside))
            return write(mapping, vals)

        self._replace(mappings, "write", noted)
        self.approvals._cron_adopt()
        self.assertEqual(steps, [[{"read_committed": True}]])
        self.assertEqual(len(self.found()), 1)

    def made(self, titles):
        compat.forget(self.env)
        return self.env["res.partner"].search([("name", "in", titles)])

    def test_nothing_of_an_archived_organisation(self):
        self.start_there()
        self.corp.active = False
        compat.flush(self.env)
        self.simulator.forget_calls()
        self.approvals._cron_adopt()
        self.assertDingTalkNotCalled()
        self.corp.active = True
        self.approvals._cron_adopt()
        self.assertEqual(len(self.found()), 1)

    def test_ours_are_left_alone(self):
        approval = self.sent()
        self.approvals._cron_adopt()
        self.event(approval, "start")
        self.work()
        self.assertEqual(len(self.found("Ten chairs")), 1)
        self.assertEqual(self.approvals.search([]), approval)

    def test_what_may_be_ours_costs_no_call(self):
        approval = self.hand_in()
        approval.write({"asked_at": "2026-01-01 00:00:00", "state": "unknown"})
        instance_id = self.start_there()
        self.simulator.forget_calls()
        self.event(
            None, "start", instance_id=instance_id, staffId=self.originator.userid)
        self.work()
        self.assertDingTalkNotCalled(START)
        self.assertFalse(self.found())

    def test_what_may_be_ours_is_left_alone(self):
        approval = self.hand_in()
        approval.asked_at = "2026-01-01 00:00:00"
        instance_id = self.start_there()
        self.event(None, "start", instance_id=instance_id)
        self.work_events()
        self.assertFalse(self.found())

    def work_events(self):
        self.env["dingding.event"]._process()

    def test_only_where_a_mapping_says_so(self):
        self.mapping.import_records = False
        self.event(None, "start", instance_id=self.start_there())
        self.work()
        self.approvals._cron_adopt()
        self.assertFalse(self.found())

    def test_by_nobody_of_odoo(self):
        instance_id = self.start_there(originator=self.people_here[5])
        self.event(None, "start", instance_id=instance_id)
        self.work()
        self.assertFalse(self.found())

    def asked(self, action):
        """Return the number of calls about instances that a function causes."""
        self.simulator.forget_calls()
        action()
        by_path = self.simulator.calls()["by_path"]
        return by_path.get(START, 0) + by_path.get(IDS, 0)

    def list_again(self):
        self.mapping.write({"import_next": False})
        self.approvals._cron_adopt()

    def test_by_nobody_of_odoo_costs_one_call(self):
        person = self.people_here[5]
        instance_id = self.start_there(originator=person)
        first = self.asked(self.list_again)
        self.assertEqual(self.asked(self.list_again), first - 1)
        for kind, name in (("start", "bpms_instance_change"),
                           ("start", "bpms_task_change")):
            self.event(None, kind, name, instance_id=instance_id,
                       staffId=person.userid)
        self.assertEqual(self.asked(self.work), 0)
        # The person has a user now.
        person.user_id = self._make_user(
            self.env, "colleague", "base.group_user", "base.group_partner_manager")
        self.list_again()
        self.assertEqual(len(self.found()), 1)
        self.assertFalse(self.mapping.import_refused)

    @mute_logger("odoo.addons.dingding_approval.models.dingding_approval_import")
    def test_what_cannot_be_made_costs_three_calls(self):
        self.people_here[6].user_id = self.user_dingtalk
        self.start_there(originator=self.people_here[6])
        costs = [self.asked(self.list_again) for _number in range(5)]
        self.assertEqual(costs[:3], costs[:1] * 3)
        self.assertEqual(costs[3:], [costs[0] - 1] * 2)
        # Somebody has mended it.
        self.user_dingtalk.write({compat.USER_GROUPS: [(4, self.partner_rights.id)]})
        self.mapping.write({"domain": "[('id', '!=', 0)]"})
        self.list_again()
        self.assertEqual(len(self.found()), 1)

    @mute_logger("odoo.addons.dingding_approval.models.dingding_approval_import",
                 "odoo.sql_db")
    def test_what_lacks_something_is_told_and_costs_three_calls(self):
        """PostgreSQL refuses contacts without a name."""
        line = self.mapping.line_ids.filtered(lambda row: row.field_path == "name")
        line.field_path = "ref"
        instance_id = self.start_there()
        costs = [self.asked(self.list_again) for _number in range(4)]
        self.assertEqual(costs, [2, 2, 2, 1])
        self.event(None, "start", instance_id=instance_id)
        with mute_logger("odoo.addons.dingding_callback.models.dingding_event"):
            self.work_events()
        event = self.env["dingding.event"].search([], limit=1)
        self.assertEqual(event.state, "retry")

    def test_revoked_and_replaced_ones_are_no_new_records(self):
        self.start_there()
        self.list_again()
        approval = self.approvals.search([("adopted", "=", True)])
        self.process_queue("dingding.approval")
        self.decided(approval)
        self.assertEqual(approval.status, "agreed")
        for action in ("REVOKE", "MODIFY"):
            other = self.simulator.control(
                "POST", "/approvals/instances",
                {
                    "process_code": self.template.process_code,
                    "originator": self.originator.userid,
                    "values": {"标题": "Started on the phone", "内容": "Again"},
                    "action": action, "main_id": approval.instance_id,
                },
            )["id"]
            self.event(None, "start", instance_id=other)
            self.work()
        self.list_again()
        self.assertEqual(self.asked(self.list_again), 1)
        self.assertEqual(len(self.found()), 1)

    def test_the_record_is_of_the_company_of_the_organisation(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.user_employee.write(
            {"company_ids": [(4, company.id)], "company_id": company.id})
        self._replace(
            self.env["res.partner"]._fields["company_id"], "default",
            lambda model: compat.company(model.env).id)
        self.start_there()
        self.list_again()
        self.assertEqual(self.found().company_id, self.corp.company_id)

    def test_without_the_right_to_create(self):
        self.people_here[6].user_id = self.user_dingtalk
        instance_id = self.start_there(originator=self.people_here[6])
        self.event(None, "start", instance_id=instance_id)
        with mute_logger("odoo.addons.dingding_callback.models.dingding_event"):
            self.work_events()
        self.assertFalse(self.found())
        event = self.env["dingding.event"].search([], limit=1)
        self.assertEqual(event.state, "retry")
        self.assertIn("not allowed to create", event.last_error)
        self.approvals._cron_adopt()
        self.assertFalse(self.found())
