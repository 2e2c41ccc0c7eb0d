# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo import fields

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import BASE
from odoo.addons.dingding.tests.message_case import MessageCase, items_of

TASKS = "dingding.todo"
CHANGE = "dingding.todo.change"
API = "/v1.0/todo/users/"


class TodoCase(MessageCase):
    """A document, and people whose activities become to-dos."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].sudo().set_param("web.base.url", BASE)
        cls.corp.todo = "on"
        unionids = {
            user["userid"]: user["unionid"] for user in items_of(cls.simulator.users())}
        for person in cls.people:
            person.unionid = unionids[person.userid]
        manager_group = cls.env.ref("base.group_partner_manager")
        users = cls.user_employee | cls.user_dingtalk | cls.user_manager
        users.write({compat.USER_GROUPS: [(4, manager_group.id)]})
        users.write({"tz": "Asia/Shanghai"})
        cls.document = cls.env["res.partner"].with_context(
            mail_create_nosubscribe=True, tracking_disable=True,
        ).create({"name": "Order 7"})
        cls.boss, cls.worker = cls.user_manager, cls.user_employee
        cls.env[CHANGE].search([]).unlink()
        compat.flush(cls.env)

    def setUp(self):
        super().setUp()
        self.simulator.settings(rate_limit=None)

    def activity(self, user=None, by=None, **values):
        """Plan an activity on the document; return it with all rights."""
        compat.flush(self.env)
        activities = compat.with_user(self.env["mail.activity"], by or self.boss)
        activity = activities.create(dict(
            {
                "res_model_id": self.env["ir.model"]._get("res.partner").id,
                "res_id": self.document.id, "user_id": (user or self.worker).id,
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                "summary": "Call them", "date_deadline": "2026-03-09",
            }, **values
        ))
        compat.flush(self.env)
        return activity.with_env(self.env)

    def run_queue(self):
        compat.flush(self.env)
        self.process_queue(CHANGE)
        compat.forget(self.env)

    def planned(self, *args, **values):
        """Plan an activity and create its to-do; return both."""
        activity = self.activity(*args, **values)
        self.run_queue()
        return activity, self.todo_of(activity.id)

    def todo_of(self, activity_id):
        return self.env[TASKS].search([("activity_ref", "=", activity_id)])

    def person_of(self, user):
        return self.people.filtered(lambda person: person.user_id == user)

    def listed(self, user=None):
        userid = self.person_of(user or self.worker).userid
        return self.simulator.control("GET", "/to_dos", userid=userid)

    def all_tasks(self):
        return self.simulator.control("GET", "/to_dos")

    def act(self, task, action, user=None):
        """Do something on a phone, and let its event arrive."""
        self.simulator.control("POST", "/to_dos/%s/act" % task["id"], {
            "userid": self.person_of(user or self.worker).userid, "action": action})
        self.event(task, "delete" if action == "delete" else "update")

    def event(self, task, what="update", times=1):
        """Let so many events about a to-do arrive, before the first one is read."""
        events = self.env["dingding.event"].sudo()
        number = events.search_count([])
        for each in range(number, number + times):
            events |= events.create({
                "corp_id": self.corp.id, "app_id": self.app.id, "source": "stream",
                "event_type": "todo_task_" + what, "event_key": "test:%d" % each,
                "subject": "to_do:%s" % task["id"],
                "content": json.dumps({"unionIdList": [], "taskId": task["id"]}),
                "received_at": fields.Datetime.now(),
            })
        self.process_queue("dingding.event")
        compat.forget(self.env)
        self.assertEqual(
            set(events.mapped("state")), {"done"}, events.mapped("last_error"))
        self.run_queue()

    def calls(self, method=None):
        return len([
            call for call in self.simulator.calls()["calls"]
            if call["path"].startswith(API) and method in (None, call["method"])
        ])

    def hurry(self):
        rows = self.env[CHANGE].search([("state", "=", "retry")])
        rows.write({"next_try": "2001-01-01 00:00:00"})
        compat.flush(self.env)
        return rows

    def open_tasks(self):
        return [
            task for task in self.all_tasks() if not task["gone"] and not task["done"]]

    def lose_answers(self, method):
        self.simulator.fault("reset_after", API + "*", method=method, times=9)

    def find_answers(self):
        self.simulator.clear_faults()
        self.hurry()
        self.run_queue()

    def assertNothingFailed(self):
        self.assertFalse(self.env[CHANGE].search(
            [("state", "not in", ("done", "cancelled"))]))
