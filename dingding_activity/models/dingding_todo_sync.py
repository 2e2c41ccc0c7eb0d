# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError, UserError, ValidationError

from odoo.addons.dingding import compat

from ..dingtalk.to_dos import ToDoExistsError, ToDoGoneError
from .dingding_todo_values import milliseconds, moment_of

# Odoo's own refusals; AccessError is no UserError in earlier series.
REFUSALS = (AccessError, MissingError, UserError, ValidationError)
# What an update cannot change: a to-do with another one is deleted and created anew.
FIXED = ("url",)
CHANGEABLE = ("name", "due_at")


class DingdingTodo(models.Model):
    """Make DingTalk's to-dos equal to Odoo's activities, and the other way round.

    Called by workers that hold the lock of the activity. Each call to DingTalk is
    followed by a commit; a call that is repeated changes nothing.
    """

    _inherit = "dingding.todo"

    def _commit(self):
        self.env["dingding.todo.change"]._commit()

    def _client(self, feature="todos"):
        app = self.app_id or self.corp_id._app_for("message")
        return app._dingtalk_client(feature=feature).to_dos

    # -- Odoo to DingTalk --------------------------------------------------------------

    @api.model
    def _dingtalk_follow(self, activity_ref, finished):
        """Bring the to-dos of an activity up to date.

        :param bool finished: whether an activity that is gone was done
        """
        activity = self.env["mail.activity"]._dingding_pending(activity_ref)
        rows = self.search([("activity_ref", "=", activity_ref)])
        wanted = self._wanted(activity) if activity else None
        row = rows.filtered(
            lambda each: wanted and each.person_id.id == wanted["person_id"])
        for other in rows - row:
            other._dingtalk_close(finished and not activity)
        if wanted:
            if not row:
                row = self.create(dict(wanted, activity_ref=activity_ref))
            wanted["url"] = self._page_url(row)
            row._dingtalk_show(wanted)
            if row.status == "deleted":
                # It was deleted in DingTalk, and is to be restored.
                row._dingtalk_show(wanted)

    def _dingtalk_show(self, wanted):
        """Create or update the to-do so that it has these values."""
        if self.status == "removed":
            return
        if self.status == "new" and self.source_id:
            # The answer was lost: the to-do may be there with the values of then.
            self._dingtalk_create()
        if self.status in ("open", "done") and any(
            self[name] != wanted[name] for name in FIXED
        ):
            self._dingtalk_close(False)
        if self.status in ("new", "deleted"):
            self.write(dict(
                wanted, status="new", task_id=False, done_in_dingtalk=False,
                reason=False, app_id=self.corp_id._app_for("message").id,
                revision=self.revision + 1,
            ))
            self.source_id = self._next_source()
            # From here on it may be there.
            self._commit()
            self._dingtalk_create()
        if self.status in ("open", "done"):
            self._dingtalk_update(wanted)

    def _next_source(self):
        parameters = self.env["ir.config_parameter"].sudo()
        return "odoo:%s:%d:%d" % (
            parameters.get_param("database.uuid"), self.id, self.revision)

    def _dingtalk_create(self):
        """Create the to-do, or find the one that an earlier attempt has created."""
        client, call = self._client(), self._prepare_call()
        values = {}
        try:
            task = client.create_task(**call)
        except ToDoExistsError:
            try:
                task = client.by_source(self.actor, self.source_id)
            except ToDoGoneError:
                self.write({"status": "removed"})
                self._commit()
                return
            # It has the values of the attempt that created it.
            due = moment_of(task.get("dueTime"))
            values = {
                "name": task.get("subject") or self.name,
                "due_at": due and fields.Datetime.to_string(due),
            }
        self.write(dict(
            values, task_id=task["id"], status="done" if task.get("done") else "open"))
        self._commit()

    def _dingtalk_update(self, wanted):
        values = {
            name: wanted[name] for name in CHANGEABLE
            if _plain(self[name]) != _plain(wanted[name])
        }
        # If Odoo has refused to mark the activity as done, the to-do stays done.
        reopen = self.status == "done" and not self.reason
        if not values and not reopen:
            return
        due = values.get("due_at")
        try:
            self._client().update(
                self.actor, self.task_id, subject=values.get("name"),
                due=milliseconds(fields.Datetime.from_string(due)) if due else None,
                done=False if reopen else None,
            )
        except ToDoGoneError:
            self._removed()
            self._commit()
            return
        if reopen:
            values.update(status="open", done_in_dingtalk=False)
        self.write(values)
        self._commit()

    def _dingtalk_close(self, finished):
        """Complete the to-do, or delete it.

        :param bool finished: the activity was done
        """
        if self.status == "new":
            if not self.source_id:
                self.status = "deleted"
                return
            try:
                task = self._client().by_source(self.actor, self.source_id)
            except ToDoGoneError:
                self.write({"status": "deleted"})
                self._commit()
                return
            self.write({"status": "open", "task_id": task["id"]})
            self._commit()
        if self.status not in ("open", "done") or self.status == "done" and finished:
            return
        try:
            if finished:
                self._client().update(self.actor, self.task_id, done=True)
            elif self.status == "open" or self._activity():
                self._client().delete(self.actor, self.task_id)
            else:
                return
            self.write({"status": "done" if finished else "deleted"})
        except ToDoGoneError:
            self.write({"status": "removed"})
        self._commit()

    # -- DingTalk to Odoo --------------------------------------------------------------

    @api.model
    def _dingtalk_read_back(self, activity_ref):
        """Take over what people have done in DingTalk."""
        for row in self.search(
            [("activity_ref", "=", activity_ref), ("status", "=", "open")]
        ):
            try:
                task = row._client("todo_events").get(row.actor, row.task_id)
            except ToDoGoneError:
                row._removed()
            else:
                executors = task.get("executorIds")
                if task["done"]:
                    row.write({"status": "done", "done_in_dingtalk": True})
                    row._as_person("action_feedback")
                elif executors and row.person_id.unionid not in executors:
                    row._removed()
            row._commit()

    def _removed(self):
        """Apply the organisation's policy for a to-do that was deleted in DingTalk."""
        policy = self.corp_id.todo_deleted
        # Such a to-do is created again with the next change, which follows.
        self.write({"status": "deleted" if policy == "restore" else "removed"})
        if policy in ("done", "cancel"):
            self._as_person("action_feedback" if policy == "done" else "unlink")

    def _as_person(self, method):
        """Call a method of the activity as the person of the to-do.

        If Odoo refuses it, the activity stays, and the to-do says why.
        """
        activity, user = self._activity(), self.user_id
        if not activity or activity.user_id != user or not self._is_linked():
            return
        mine = compat.with_user(activity, user).with_context(**user._dingding_context())
        try:
            with self.env.cr.savepoint():
                getattr(mine, method)()
                compat.flush(mine.env)
        except REFUSALS as error:
            compat.forget(self.env)
            self.reason = error.args[0] if error.args else type(error).__name__

    def _is_linked(self):
        """Tell whether the to-do's person is still linked to its user."""
        person, user = self.person_id, self.user_id
        return person.active and user.active and person.user_id == user


def _plain(value):
    return str(value or "")
