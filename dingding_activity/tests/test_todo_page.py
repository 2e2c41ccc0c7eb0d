# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .todo_case import CHANGE, TASKS, TodoCase

FEEDBACK = "dingding.todo.feedback"
ACTIVITY = "mail.activity"


@portable
class TestTodoPage(TodoCase):

    def pending(self):
        return self.env[ACTIVITY].search(
            [("res_model", "=", "res.partner"), ("res_id", "=", self.document.id)])

    # -- the page ----------------------------------------------------------------------

    def test_status_is_shown_at_once(self):
        def shown(user=self.worker):
            return call_as(user, TASKS, "read", todo.ids, ["page_status"])[0][
                "page_status"]

        activity, todo = self.planned()
        self.assertEqual(shown(), "open")
        call_as(self.worker, TASKS, "action_done", todo.ids)
        self.assertEqual((shown(), shown(self.boss)), ("done", "done"))
        self.assertEqual(todo.status, "open")
        self.run_queue()
        self.assertEqual(shown(), "done")
        call_as(self.worker, TASKS, "action_reopen", todo.ids)
        self.assertEqual(shown(), "open")
        self.run_queue()
        self.assertEqual(shown(), "open")
        again = self.pending()
        again.write({"user_id": self.boss.id})
        self.assertEqual(shown(), "deleted")
        self.run_queue()
        self.assertEqual(shown(), "deleted")
        again.write({"user_id": self.worker.id})
        self.run_queue()
        again.unlink()
        self.assertEqual(shown(), "deleted")

    def test_done_with_feedback(self):
        activity, todo = self.planned()
        action = call_as(self.worker, TASKS, "action_feedback", todo.ids)
        self.assertEqual(action["res_model"], FEEDBACK)
        dialog = [action["res_id"]]
        call_as(self.worker, FEEDBACK, "write", dialog, {"feedback": "Gone <to> them"})
        messages = self.document.message_ids
        call_as(self.worker, FEEDBACK, "action_done", dialog)
        self.assertFalse(self.pending())
        added = self.document.message_ids - messages
        self.assertIn("Gone &lt;to&gt; them", str(added.body))
        self.assertEqual(added.author_id, self.worker.partner_id)
        self.run_queue()
        self.assertTrue(self.listed()[0]["done"])

    def test_nobody_else_gives_feedback(self):
        activity, todo = self.planned()
        for user, error in ((self.boss, UserError), (self.user_dingtalk, AccessError)):
            with self.assertRaises(error), self.env.cr.savepoint():
                call_as(user, TASKS, "action_feedback", todo.ids)
            with self.assertRaises(error), self.env.cr.savepoint():
                dialog = call_as(user, FEEDBACK, "create", {"todo_id": todo.id})
                call_as(user, FEEDBACK, "action_done", [dialog])
        for user in (self.user_portal, self.user_public):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(user, FEEDBACK, "create", {"todo_id": todo.id})
        self.assertTrue(activity.exists())

    def test_names_through_links(self):
        _activity, todo = self.planned()
        stranger = self._make_user(self.env, "stranger", "base.group_user")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(stranger, FEEDBACK, "create", {"todo_id": todo.id})
        dialog = call_as(self.boss, FEEDBACK, "create", {"todo_id": todo.id})
        shown = call_as(self.boss, FEEDBACK, "read", [dialog], ["todo_id"])[0]
        self.assertNotIn("Order 7", repr(shown))
        groups = call_as(
            self.boss, CHANGE, "read_group", [], ["todo_id"], ["todo_id"])
        self.assertNotIn("Order 7", repr(groups))

    def test_done_and_next(self):
        activity, todo = self.planned()
        action = call_as(self.worker, TASKS, "action_done_next", todo.ids)
        self.assertFalse(self.pending())
        self.assertEqual(action["res_model"], ACTIVITY)
        defaults = action["context"]
        self.assertEqual(
            (defaults["default_res_model"], defaults["default_res_id"]),
            ("res.partner", self.document.id))
        # A second activity has a to-do of its own.
        activities = compat.with_user(self.env[ACTIVITY], self.worker).with_context(
            **defaults)
        activities.create(dict(
            activities.default_get(list(activities._fields)), summary="Next",
            activity_type_id=self.env.ref("mail.mail_activity_data_todo").id))
        self.run_queue()
        self.assertEqual([task["done"] for task in self.listed()], [False, True])

    def test_reschedule(self):
        activity, todo = self.planned()
        action = call_as(self.worker, TASKS, "action_edit", todo.ids)
        self.assertEqual((action["res_model"], action["target"]), (ACTIVITY, "new"))
        call_as(self.worker, ACTIVITY, "write", [action["res_id"]], {
            "date_deadline": "2026-03-10"})
        self.run_queue()
        self.assertEqual(self.listed()[0]["dueTime"], 1773071940000 + 86400000)

    def test_without_an_email_address(self):
        if compat.DONE_WITHOUT_EMAIL:
            self.skipTest("activities are posted with all rights")
        activity, todo = self.planned()
        self.worker.partner_id.email = False
        compat.flush(self.env)
        shown = call_as(self.worker, TASKS, "read", todo.ids, ["advice"])[0]
        self.assertIn("Email", shown["advice"])
        with self.assertRaisesRegex(UserError, "Users & Companies"), (
            self.env.cr.savepoint()
        ):
            call_as(self.worker, TASKS, "action_done", todo.ids)
        self.act(self.listed()[0], "done")
        self.assertTrue(activity.exists())
        self.assertEqual(todo.status, "done")
        self.assertIn("Users & Companies", todo.reason)
        self.worker.partner_id.email = "worker@example.com"
        compat.flush(self.env)
        shown = call_as(self.worker, TASKS, "read", todo.ids, ["advice"])[0]
        self.assertFalse(shown["advice"])
        call_as(self.worker, TASKS, "action_done", todo.ids)
        self.run_queue()
        self.assertClosed(activity)
        self.assertFalse(todo.reason)
        self.assertEqual(self.calls("PUT"), 0)

    # -- reopened ----------------------------------------------------------------------

    def test_reopened_on_the_page(self):
        activity, todo = self.planned()
        call_as(self.worker, TASKS, "action_done", todo.ids)
        self.run_queue()
        shown = call_as(self.worker, TASKS, "read", todo.ids, ["can_reopen"])[0]
        self.assertTrue(shown["can_reopen"])
        for user, error in ((self.boss, UserError), (self.user_dingtalk, AccessError)):
            with self.assertRaises(error), self.env.cr.savepoint():
                call_as(user, TASKS, "action_reopen", todo.ids)
        call_as(self.worker, TASKS, "action_reopen", todo.ids)
        again = self.pending()
        self.assertEqual(
            (again.summary, again.user_id, again.activity_type_id),
            ("Call them", self.worker, self.env.ref("mail.mail_activity_data_todo")))
        with self.assertRaises(UserError), self.env.cr.savepoint():
            call_as(self.worker, TASKS, "action_reopen", todo.ids)
        self.run_queue()
        task, = self.all_tasks()
        self.assertFalse(task["done"])
        self.assertEqual(todo.status, "open")
        self.assertEqual(self.todo_of(again.id), todo)
        self.assertEqual(todo.planner_id, self.boss)

    def test_reopened_in_dingtalk(self):
        activity, todo = self.planned()
        task, = self.listed()
        for _time in range(2):
            self.act(task, "done")
            self.assertFalse(self.pending())
            self.act(task, "reopen")
            again = self.pending()
            self.assertEqual((again.summary, again.user_id), ("Call them", self.worker))
            self.assertEqual(todo.status, "open")
            self.assertEqual(todo.activity_ref, again.id)
        self.assertEqual(len(self.all_tasks()), 1)
        self.assertFalse(self.listed()[0]["done"])
        # A deadline that is over becomes today's.
        self.assertGreaterEqual(str(again.date_deadline), "2026-03-09")

    def test_reopened_after_it_was_done_in_odoo(self):
        activity, todo = self.planned()
        call_as(self.worker, TASKS, "action_done", todo.ids)
        self.run_queue()
        task, = self.listed()
        calls = self.calls()
        self.event(task)
        self.assertEqual(self.calls(), calls)
        self.act(task, "reopen")
        self.assertEqual(len(self.pending()), 1)
        self.assertEqual(todo.status, "open")

    def test_reopened_of_ones_own_planning(self):
        self.corp.todo_planned_by = "others"
        _activity, todo = self.planned()
        task, = self.listed()
        self.act(task, "done")
        self.act(task, "reopen")
        self.assertEqual(len(self.listed()), 1)
        self.assertEqual(todo.status, "open")

    def test_reopened_by_policy(self):
        for policy, done in (("keep", False), ("complete", True)):
            self.corp.todo_reopened = policy
            _activity, todo = self.planned()
            task = self.listed()[0]
            self.act(task, "done")
            calls = self.calls()
            self.act(task, "reopen")
            self.assertFalse(self.pending())
            self.assertEqual(self.listed()[0]["done"], done)
            self.assertEqual(todo.status, "done")
            if policy == "keep":
                self.assertEqual(self.calls(), calls)

    def test_reopened_and_refused(self):
        activity, todo = self.planned()
        task, = self.listed()
        self.act(task, "done")
        # 19 keeps it.
        activity.exists().unlink()
        copy = self.document.copy({"name": "Order 8"})
        todo.write({"res_id": copy.id})
        copy.unlink()
        compat.flush(self.env)
        self.act(task, "reopen")
        self.assertFalse(self.pending())
        self.assertEqual(todo.status, "done")
        self.assertTrue(todo.reason)
        self.assertTrue(self.listed()[0]["done"])

    def test_reopened_by_somebody_who_is_unlinked(self):
        _activity, todo = self.planned()
        task, = self.listed()
        self.act(task, "done")
        person = self.person_of(self.worker)
        person.user_id = False
        self.simulator.control("POST", "/to_dos/%s/act" % task["id"], {
            "userid": person.userid, "action": "reopen"})
        self.event(task)
        self.assertFalse(self.pending())
        self.assertEqual(todo.status, "done")

    def test_refused_and_unticked(self):
        activity, todo = self.planned()
        task, = self.listed()

        def refuse(*_args, **_kwargs):
            raise AccessError("not yours")  # pylint: disable=translation-required

        self._replace(type(activity), "action_feedback", refuse)
        self.act(task, "done")
        self.assertTrue(todo.reason)
        self.act(task, "reopen")
        self.assertEqual((todo.status, todo.reason), ("open", False))
        self.assertEqual(self.pending(), activity)

    def test_reopening_without_an_event(self):
        _activity, todo = self.planned()
        call_as(self.worker, TASKS, "action_done", todo.ids)
        self.run_queue()
        self.simulator.control("POST", "/to_dos/%s/act" % todo.task_id, {
            "userid": self.person_of(self.worker).userid, "action": "reopen"})
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertEqual(len(self.pending()), 1)
        self.assertEqual(todo.status, "open")

    def test_kept_activity_is_not_planned_twice(self):
        """Later series archive done ones."""
        kind = self.env.ref("mail.mail_activity_data_todo")
        if "active" not in self.env[ACTIVITY]._fields:
            self.skipTest("done activities are deleted")
        if "keep_done" in kind._fields:
            kind.keep_done = True
        activity, todo = self.planned()
        task, = self.listed()
        self.act(task, "done")
        self.assertFalse(self.pending())
        self.assertTrue(activity.exists())
        self.act(task, "reopen")
        self.assertEqual(self.pending(), activity)
        self.assertEqual(todo.status, "open")

    # -- names -------------------------------------------------------------------------

    def test_names_of_hidden_documents(self):
        _activity, todo = self.planned()
        words = [("subject", "ilike", "Order 7")]

        def seen(user):
            row = call_as(user, TASKS, "read", todo.ids, ["subject", "display_name"])[0]
            found = call_as(user, TASKS, "search", words)
            return [row["subject"], row["display_name"], bool(found)]

        name = "Call them \u2013 Order 7"
        self.assertEqual(seen(self.boss), [name, name, True])
        self.hide_document(self.boss)
        hidden = "To-do %d" % todo.id
        self.assertEqual(seen(self.boss), [hidden, hidden, False])
        self.assertFalse(call_as(
            self.boss, TASKS, "search", [("subject", "not ilike", "Order 8")]))
        self.assertEqual(seen(self.worker), [name, name, True])
        for field in ("name", "summary"):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call_as(self.boss, TASKS, "read", todo.ids, [field])

    def test_reasons_that_name_hidden_documents(self):
        """Odoo's refusal is for the person, as the document is."""
        activity, todo = self.planned()
        self.worker.email = "worker@example.com"

        def refuse(*_args, **_kwargs):
            raise UserError("Order 7 is locked")  # pylint: disable=translation-required

        self._replace(type(activity), "action_feedback", refuse)
        self.act(self.listed()[0], "done")

        def seen(user):
            return call_as(user, TASKS, "read", todo.ids, ["refusal"])[0]["refusal"]

        self.assertEqual(seen(self.boss), "Order 7 is locked")
        self.hide_document(self.boss)
        self.assertFalse(seen(self.boss))
        self.assertEqual(seen(self.worker), "Order 7 is locked")
        values = call_as(self.boss, TASKS, "read", todo.ids, [])[0]
        self.assertNotIn("Order 7", json.dumps(values, default=str))

    def test_moved_to_another_document(self):
        activity, todo = self.planned()
        other = self.document.copy({"name": "Order 8"})
        activity.write({"res_id": other.id})
        self.run_queue()
        shown = call_as(self.worker, TASKS, "read", todo.ids, ["document"])[0]
        self.assertEqual(shown["document"], "Order 8")
