# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .todo_case import API, CHANGE, TASKS, TodoCase


@portable
class TestTodoActor(TodoCase):
    def leave(self, user, known=True):
        """Let a user's person leave DingTalk.

        :param bool known: whether the contact sync has told Odoo
        """
        person = self.person_of(user)
        self.simulator.control("DELETE", "/users/" + person.userid)
        if known:
            person.active = False
            self.run_queue()

    def begin_anew(self):
        """Bring everybody back, without to-dos."""
        self.simulator.reset()
        self.simulator.settings(rate_limit=None)
        self.app._dingtalk_client().auth.scopes()

    # -- the creator has left ----------------------------------------------------------

    def test_creator_left_and_the_activity_is_done(self):
        for known in (True, False):
            activity, todo = self.planned()
            self.leave(self.boss, known)
            compat.with_user(activity, self.worker).action_feedback()
            self.run_queue()
            self.assertEqual(todo.status, "done")
            task = self.listed()[0]
            self.assertTrue(task["done"])
            self.assertNothingFailed()
            self.person_of(self.boss).active = True
            self.begin_anew()

    def test_creator_left_and_the_activity_is_deleted(self):
        activity, todo = self.planned()
        self.leave(self.boss)
        calls = self.calls()
        activity.unlink()
        self.run_queue()
        self.assertEqual(todo.status, "deleted")
        self.assertFalse(self.open_tasks())
        self.assertEqual(self.calls(), calls + 1)
        self.assertNothingFailed()

    def test_creator_left_and_the_activity_changes(self):
        for known in (True, False):
            activity, todo = self.planned()
            self.leave(self.boss, known)
            activity.write({"summary": "Write them"})
            self.run_queue()
            task, = self.open_tasks()
            # DingTalk would show the creator.
            by = " \u2013 " + self.boss.name if known else ""
            self.assertEqual(task["subject"], "Write them \u2013 Order 7" + by)
            worker = self.person_of(self.worker).unionid
            self.assertEqual(task["creatorId"], worker)
            self.assertEqual(task["executorIds"], [worker])
            self.assertEqual(len(self.all_tasks()), 2)
            self.assertEqual(
                (todo.status, todo.revision, todo.task_id), ("open", 2, task["id"]))
            activity.write({"summary": "Visit them"})
            self.run_queue()
            self.assertEqual(len(self.all_tasks()), 2)
            self.assertNothingFailed()
            activity.unlink()
            self.run_queue()
            self.person_of(self.boss).active = True
            self.begin_anew()

    def test_known_leavers_are_asked_for_nothing(self):
        activity, _todo = self.planned()
        self.leave(self.boss)
        self.simulator.forget_calls()
        activity.write({"summary": "Write them"})
        self.run_queue()
        self.assertEqual(
            [self.calls(method) for method in ("PUT", "DELETE", "POST")], [1, 1, 1])

    def test_creator_is_refused_as_forbidden(self):
        """No page says how DingTalk refuses somebody who has left."""
        activity, todo = self.planned()
        self.simulator.fault(
            "error", API + "*", method="PUT", code="todo.taskUpdate.forbidden",
            message="the operator is not in the organisation", status=403, times=2)
        activity.write({"summary": "Write them"})
        self.run_queue()
        task, = self.open_tasks()
        self.assertEqual(task["subject"], "Write them \u2013 Order 7")
        self.assertEqual(todo.revision, 2)
        self.assertNothingFailed()

    def test_a_missing_permission_is_not_the_actors(self):
        activity, todo = self.planned()
        self.simulator.fault("permission", API + "*", method="PUT", times=9)
        self.simulator.forget_calls()
        activity.write({"summary": "Write them"})
        self.run_queue()
        self.assertEqual(self.calls(), 1)
        self.assertTrue(todo.has_failed)
        self.assertEqual(todo.revision, 1)

    def test_creator_left_and_answers_are_lost(self):
        self.corp.todo_deleted = "done"
        for method in ("DELETE", "POST"):
            activity, todo = self.planned()
            self.leave(self.boss)
            first, = self.listed()
            self.lose_answers(method)
            activity.write({"summary": "Write them"})
            self.run_queue()
            self.event(first, "delete")
            self.assertTrue(activity.exists(), method)
            self.find_answers()
            self.assertTrue(activity.exists(), method)
            task, = self.open_tasks()
            self.assertEqual(
                task["subject"], "Write them \u2013 Order 7 \u2013 " + self.boss.name)
            self.assertEqual((todo.status, todo.task_id), ("open", task["id"]))
            self.assertEqual(len(self.all_tasks()), 2)
            self.assertNothingFailed()
            activity.unlink()
            self.run_queue()
            self.person_of(self.boss).active = True
            self.begin_anew()

    def test_creator_left_while_the_answer_was_lost(self):
        for change in (lambda activity: None, lambda activity: activity.unlink()):
            self.lose_answers("POST")
            activity, todo = self.planned()
            self.assertEqual(todo.status, "new")
            self.leave(self.boss)
            change(activity)
            self.find_answers()
            self.assertEqual(len(self.all_tasks()), 1)
            self.assertEqual(
                todo.status, "open" if activity.exists() else "deleted")
            self.assertEqual(
                len(self.open_tasks()), 1 if activity.exists() else 0)
            self.assertNothingFailed()
            activity.exists().unlink()
            self.run_queue()
            self.person_of(self.boss).active = True
            self.begin_anew()

    def test_done_in_dingtalk_after_the_creator_left(self):
        activity, todo = self.planned()
        task, = self.listed()
        self.leave(self.boss)
        self.act(task, "done")
        self.assertClosed(activity)
        self.assertEqual(todo.status, "done")

    def test_planned_by_somebody_who_left(self):
        self.leave(self.boss, known=False)
        _activity, todo = self.planned()
        task, = self.listed()
        self.assertEqual(task["creatorId"], self.person_of(self.worker).unionid)
        self.assertEqual(todo.actor, task["creatorId"])
        self.assertEqual(task["notifyConfigs"]["sendAssistantChat"], "true")

    def test_planned_by_somebody_without_a_dingtalk_user(self):
        """Its planner is in the subject, since DingTalk names the executor."""
        author = self._make_user(
            self.env, "planner", "base.group_user", "base.group_partner_manager")
        activity, _todo = self.planned(by=author)
        subject = "Call them \u2013 Order 7 \u2013 " + author.name
        self.assertEqual(self.listed()[0]["subject"], subject)
        author.active = False
        activity.write({"date_deadline": "2026-03-10"})
        self.run_queue()
        self.assertEqual(self.listed()[0]["subject"], "Call them \u2013 Order 7")

    def test_planned_by_a_user_who_was_deleted(self):
        """Nobody who has nothing to do with it becomes the creator."""
        activity = self.activity()
        self.env.cr.execute(
            "UPDATE mail_activity SET create_uid = NULL WHERE id = %s", activity.ids)
        self.env[CHANGE].search([]).unlink()
        compat.forget(self.env)
        # As the comparison does for activities from before there were to-dos.
        self.env[CHANGE]._add("change", activity.ids)
        self.run_queue()
        task, = self.all_tasks()
        self.assertEqual(task["creatorId"], self.person_of(self.worker).unionid)
        self.assertNothingFailed()

    def test_no_ding_from_oneself(self):
        self.corp.todo_announce = "ding"
        author = self._make_user(
            self.env, "planner", "base.group_user", "base.group_partner_manager")
        self.planned(by=author)
        configs = self.listed()[0]["notifyConfigs"]
        self.assertEqual(
            (configs["dingNotify"], configs["sendAssistantChat"]), ("0", "true"))

    def test_everybody_left(self):
        activity, todo = self.planned(by=self.worker)
        self.leave(self.worker)
        self.assertEqual(todo.status, "deleted")
        self.assertIn("left the organisation", todo.reason)
        self.assertTrue(activity.exists())
        self.assertNothingFailed()
        calls = self.calls()
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertEqual(self.calls(), calls)

    def test_everybody_left_before_odoo_knows(self):
        activity, todo = self.planned(by=self.worker)
        self.leave(self.worker, known=False)
        activity.write({"summary": "Write them"})
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertEqual(
            self.env[CHANGE].search([("state", "=", "failed")]).mapped("kind"),
            ["change"])
        self.person_of(self.worker).active = False
        self.run_queue()
        self.assertEqual(todo.status, "deleted")
        self.assertNothingFailed()

    def test_refused_value_tries_nobody_else(self):
        activity, _todo = self.planned()
        self.simulator.fault(
            "error", API + "*", method="PUT", code="todo.taskUpdate.paramError",
            message="dueTime is invalid", status=400, times=9)
        calls = self.calls("PUT")
        activity.write({"summary": "Write them"})
        self.run_queue()
        self.assertEqual(self.calls("PUT"), calls + 1)
        self.assertEqual(len(self.all_tasks()), 1)

    # -- our own deletions are no one's doing ------------------------------------------

    def test_lost_answer_of_a_withdrawal(self):
        for policy in ("done", "cancel"):
            self.corp.write({"todo": "on", "todo_deleted": policy})
            activity, todo = self.planned()
            task = {"id": todo.task_id}
            self.lose_answers("DELETE")
            call_as(self.boss, "dingding.corp", "action_withdraw_todos", self.corp.ids)
            self.run_queue()
            self.event(task, "delete")
            self.find_answers()
            self.assertTrue(activity.exists(), policy)
            self.assertEqual(todo.status, "deleted")
            activity.unlink()
            self.run_queue()

    def test_lost_answer_of_another_address(self):
        self.corp.todo_deleted = "done"
        activity, todo = self.planned()
        task, = self.listed()
        self.env["ir.config_parameter"].sudo().set_param(
            "web.base.url", "https://new.example.com")
        self.lose_answers("DELETE")
        activity.write({"summary": "Write them"})
        self.run_queue()
        self.event(task, "delete")
        self.find_answers()
        self.assertTrue(activity.exists())
        self.assertEqual(len(self.open_tasks()), 1)
        self.assertEqual((todo.status, todo.revision), ("open", 2))

    # -- DingTalk users are deleted, archived, linked anew -----------------------------

    def test_dingtalk_user_deleted(self):
        activity, todo = self.planned()
        done, closed = self.planned()
        done.action_feedback()
        self.run_queue()
        self.person_of(self.worker).unlink()
        self.assertEqual(todo.status, "open")
        self.assertFalse(todo.person_id)
        self.assertEqual(len(self.open_tasks()), 1)
        self.run_queue()
        self.assertFalse(self.open_tasks())
        self.assertEqual((todo.status, closed.status), ("deleted", "done"))
        self.assertTrue(activity.exists())
        self.assertNothingFailed()

    def test_dingtalk_user_deleted_and_the_answer_lost(self):
        self.lose_answers("POST")
        _activity, todo = self.planned()
        self.person_of(self.worker).unlink()
        self.find_answers()
        self.assertFalse(self.open_tasks())
        self.assertEqual(todo.status, "deleted")
        self.assertEqual(len(self.all_tasks()), 1)
        self.assertNothingFailed()

    def test_dingtalk_user_deleted_and_withdrawn_later(self):
        self.corp.todo_deleted = "done"
        activity, todo = self.planned()
        task, = self.listed()
        self.lose_answers("DELETE")
        self.person_of(self.worker).unlink()
        self.run_queue()
        self.assertEqual(todo.status, "open")
        self.event(task, "delete")
        self.find_answers()
        self.assertEqual(todo.status, "deleted")
        self.assertTrue(activity.exists())
        self.assertNothingFailed()

    def test_dingtalk_user_deleted_whose_creator_is_himself(self):
        _activity, todo = self.planned(by=self.worker)
        self.person_of(self.worker).unlink()
        self.run_queue()
        self.assertFalse(self.open_tasks())
        self.assertEqual(todo.status, "deleted")

    def test_dingtalk_user_deleted_by_a_manager(self):
        _activity, todo = self.planned()
        call_as(
            self.boss, "dingding.user", "unlink", self.person_of(self.worker).ids)
        self.run_queue()
        self.assertFalse(self.open_tasks())
        self.assertEqual(todo.status, "deleted")

    def test_dingtalk_user_archived(self):
        activity, todo = self.planned()
        self.person_of(self.worker).active = False
        self.run_queue()
        self.assertFalse(self.open_tasks())
        self.assertEqual(todo.status, "deleted")
        self.assertTrue(activity.exists())

    def test_dingtalk_user_linked_to_another(self):
        activity, todo = self.planned()
        person = self.person_of(self.worker)
        self.person_of(self.boss).user_id = False
        person.user_id = self.boss
        self.run_queue()
        self.assertFalse(self.open_tasks())
        self.assertEqual(todo.status, "deleted")
        self.assertTrue(activity.exists())
        self.assertFalse(self.env[TASKS].search([("user_id", "=", self.boss.id)]))

    def test_two_statements_for_a_deleted_dingtalk_user(self):
        """One as the link ends, one for the deletion, however many to-dos there are."""
        for _number in range(3):
            self.planned()
        person = self.person_of(self.worker)
        with self.counted() as statements:
            person.unlink()
        inserts = [text for text in statements if "INTO dingding_todo_change" in text]
        self.assertEqual(len(inserts), 2)

    def test_reconcile_withdraws_from_others(self):
        activity, todo = self.planned()
        person, other = self.person_of(self.worker), self.people[5]
        self.env.cr.execute(
            "UPDATE dingding_user SET user_id = NULL WHERE id = %s", [person.id])
        self.env.cr.execute(
            "UPDATE dingding_user SET user_id = %s WHERE id = %s",
            [self.worker.id, other.id])
        compat.forget(self.env)
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertEqual(todo.status, "deleted")
        task, = self.open_tasks()
        self.assertEqual(task["executorIds"], [other.unionid])
        self.assertTrue(activity.exists())

    def test_reconcile_with_an_endless_list(self):
        """Two calls, not five hundred."""
        activity, todo = self.planned()
        self.simulator.fault("endless", API + "*/org/tasks/query", times=30)
        self.simulator.forget_calls()
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertLess(self.calls(), 4)
        self.assertNothingFailed()
        self.assertEqual(todo.status, "open")
        self.assertTrue(activity.exists())
