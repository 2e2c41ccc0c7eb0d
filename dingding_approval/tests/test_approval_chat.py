# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding import compat
from odoo.addons.dingding.chat_command import MARK
from odoo.addons.dingding.tests.common import portable

from .approval_case import ApprovalCase


class Written(object):
    """Return the lines of a command's ``chat.reply()``.

    dingding_robot may be absent.
    """

    def __init__(self, text="", title=""):
        self.lines, self.title = [text] if text else [], title

    def reply(self, text="", title=""):
        return Written(text, title)

    def heading(self, text):
        self.lines.append("# " + text)
        return self

    def say(self, text):
        self.lines.append(text)
        return self

    def link(self, label, url, note=""):
        assert url, label
        self.lines.append("%s|%s|%s" % (label, url, note))
        return self


@portable
class TestApprovalChat(ApprovalCase):
    def ask(self, user):
        approvals = compat.with_user(self.approvals, user)
        return approvals._chat_approvals(Written(), "").lines

    def test_marked(self):
        mark = getattr(type(self.approvals)._chat_approvals, MARK)
        self.assertIn("approvals", mark.words)
        self.assertIn("\u5ba1\u6279", mark.words)
        self.assertFalse(mark.shared)
        self.assertTrue(mark.summary(self.approvals))
        self.assertTrue(mark.button(self.approvals))

    def test_nothing(self):
        self.assertEqual(
            self.ask(self.user_employee), ["You have no open approvals."])

    def test_mine_and_waiting(self):
        approval = self.sent()
        self.event(approval, "start")
        self.work()
        userid = [
            task["userid"] for task in self.instance(approval)["tasks"]
            if task["status"].upper() == "RUNNING"
        ][0]
        person = self.people_here.filtered(lambda each: each.userid == userid)
        person.user_id = self.user_dingtalk
        title = approval.title or approval.name
        mine = self.ask(self.user_employee)
        self.assertEqual(len(mine), 2, mine)
        self.assertEqual(mine[0], "# Submitted by me")
        self.assertTrue(mine[1].startswith(title + "|"), mine)
        self.assertIn("dingding.approval", mine[1])
        self.assertIn(person.name, mine[1])
        waiting = self.ask(self.user_dingtalk)
        self.assertEqual(waiting, [
            "# Waiting for my approval",
            "%s|%s|%s" % (title, approval.url, self.originator.name)])
        for user in (self.user_manager, self.user_system):
            self.assertEqual(self.ask(user), ["You have no open approvals."])
        self.decided(approval)
        for user in (self.user_employee, self.user_dingtalk):
            self.assertEqual(self.ask(user), ["You have no open approvals."])

    def test_at_most_ten(self):
        approval = self.sent()
        self.event(approval, "start")
        self.work()
        for number in range(12):
            approval.copy({
                "res_id": -1 - number, "name": "Copy %d" % number,
                "status": "running", "user_id": self.user_employee.id})
        lines = self.ask(self.user_employee)
        self.assertEqual(len(lines), 1 + 10 + 1, lines)
        self.assertEqual(lines[-1], "\u2026")
