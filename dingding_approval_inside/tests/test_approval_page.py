# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable
from odoo.addons.dingding_approval.tests.approval_case import ApprovalCase


@portable
class TestApprovalPage(ApprovalCase):
    def sections(self, user):
        page = compat.with_user(self.env["dingding.microapp"], user)
        return {each["key"]: each for each in page._microapp_sections()}

    def rows(self, user, key):
        return [row["title"] for row in self.sections(user)[key]["rows"]]

    def approver(self, approval):
        userid = [
            task["userid"] for task in self.instance(approval)["tasks"]
            if task["status"].upper() == "RUNNING"
        ][0]
        return self.people_here.filtered(lambda person: person.userid == userid)

    def test_started_and_waiting(self):
        approval = self.sent()
        self.event(approval, "start")
        self.work()
        person = self.approver(approval)
        person.user_id = self.user_dingtalk
        title = approval.title or approval.name
        self.assertEqual(self.rows(self.user_employee, "started"), [title])
        self.assertEqual(self.rows(self.user_employee, "waiting"), [])
        row = self.sections(self.user_employee)["started"]["rows"][0]
        self.assertEqual(row["mark"], "In approval")
        self.assertIn(person.name, row["note"])
        self.assertIn("model=dingding.approval", row["url"])
        self.assertEqual(self.rows(self.user_dingtalk, "waiting"), [title])
        self.assertEqual(self.rows(self.user_dingtalk, "started"), [])
        row = self.sections(self.user_dingtalk)["waiting"]["rows"][0]
        self.assertEqual(row["url"], approval.url)
        self.assertIn(self.originator.name, row["note"])

    def test_decided(self):
        approval = self.sent()
        person = self.approver(approval)
        person.user_id = self.user_dingtalk
        self.decided(approval)
        self.assertEqual(self.rows(self.user_dingtalk, "waiting"), [])
        row = self.sections(self.user_employee)["started"]["rows"][0]
        self.assertEqual(row["mark"], "Approved")

    def test_nobody_elses(self):
        approval = self.sent()
        self.event(approval, "start")
        self.work()
        for user in (self.user_dingtalk, self.user_manager, self.user_system):
            if self.approver(approval).user_id == user:
                continue
            self.assertEqual(self.rows(user, "waiting"), [], user.login)
            self.assertEqual(self.rows(user, "started"), [], user.login)
