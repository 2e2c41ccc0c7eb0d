# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import contextlib
import datetime

from odoo import _, api, fields, models
from odoo.exceptions import MissingError, UserError
from odoo.tools import html_escape

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import beijing

from .. import schedule
from ..dingtalk.to_dos import (
    ToDoActorError,
    ToDoExistsError,
    ToDoForeignError,
    ToDoGoneError,
)
from .dingding_todo_values import moment_of

# An update cannot change these.
FIXED = ("url", "is_personal")
CHANGEABLE = ("name", "due_at")
# An echo may arrive before the answer of the call, whose time is not stored.
ECHO_BEFORE = datetime.timedelta(minutes=1)
REMEMBERED = (
    "res_model", "res_id", "user_id", "planner_id", "activity_type_id", "summary",
)


class DingdingTodo(models.Model):
    """Synchronise to-dos with activities, in both directions.

    Called by workers that hold the activity's lock. Each call is followed by a commit
    and may be repeated.
    """

    _inherit = "dingding.todo"

    def _commit(self):
        self.env["dingding.todo.change"]._commit()

    def _client(self, feature="todos"):
        app = self.app_id or self.corp_id._app_for("message")
        return app._dingtalk_client(feature=feature).to_dos

    # -- Odoo to DingTalk --------------------------------------------------------------

    @api.model
    def _dingtalk_follow(self, activity_ref):
        """Bring the to-dos of an activity up to date; return them.

        :raise ToDoActorError: nobody may withdraw a former person's to-do
        :raise ToDoForeignError: another application created that
        """
        activity = self.env["mail.activity"]._dingding_pending(activity_ref)
        every = self.search([("activity_ref", "=", activity_ref)])
        consents = every.mapped("given_consent_id")
        # Those of archived organisations are made equal once these are back.
        rows = every.filtered(lambda each: each.corp_id.active)
        refusal, finished = None, False
        for other in rows.filtered(lambda each: each._is_taken_back()):
            try:
                other._dingtalk_take_back()
            except ToDoForeignError as error:
                refusal = error
        wanted = self._wanted(activity, every) if activity else None
        row = rows.filtered(
            lambda each: wanted and each.person_id.id == wanted["person_id"])
        if rows and not activity:
            finished = self.env["dingding.todo.change"]._was_finished(activity_ref)
        for other in rows - row:
            if other.status == "removed" and activity and (
                activity.user_id != other.user_id
            ):
                # If the activity comes back to this person, so does the to-do.
                other.status = "deleted"
            try:
                other._dingtalk_close(finished)
            except (ToDoActorError, ToDoForeignError) as error:
                # The activity's present user does not wait for it.
                refusal = error
        if wanted:
            if not row:
                row = self.create(dict(wanted, activity_ref=activity_ref))
            row._remember(wanted)
            row._dingtalk_show(dict(wanted, url=self._page_url(row)))
            if row.status == "deleted":
                # It is to be restored or replaced.
                wanted = self._wanted(activity)
                if wanted and wanted["person_id"] == row.person_id.id:
                    row._dingtalk_show(dict(wanted, url=self._page_url(row)))
        if refusal:
            raise refusal
        consents._forget_unused()
        return every | row

    def _are_left_in_archived(self):
        """Tell whether one of these stays as it is in an archived organisation."""
        return any(
            row.status in ("new", "open") and not row.corp_id.active for row in self)

    def _remember(self, wanted):
        """Store changed values that only Odoo needs."""
        changed = {
            name: wanted[name] for name in REMEMBERED
            if _plain(self[name]) != _plain(wanted[name])
        }
        if changed:
            self.write(changed)

    def _dingtalk_show(self, wanted):
        """Create or update the to-do with these values."""
        if self.status == "removed":
            return
        if self.status == "new" and self.source_id:
            # The answer was lost.
            self._dingtalk_create()
        if self.status in ("open", "done") and (
            self.is_withdrawing
            or any(self[name] != wanted[name] for name in FIXED)
        ):
            self._dingtalk_close(False)
        if self.status in ("new", "deleted"):
            revision = self.revision + 1
            self.write(dict(
                wanted, status="new", task_id=False, done_in_dingtalk=False,
                reason=False, is_withdrawing=False, revision=revision,
                app_id=self.corp_id._app_for("message").id,
                source_id=self._source(revision),
            ))
            # From here on it may exist in DingTalk.
            self._commit()
            self._dingtalk_create(again=False)
        if self.status in ("open", "done"):
            self._dingtalk_update(wanted)

    def _source(self, revision):
        parameters = self.env["ir.config_parameter"].sudo()
        return "odoo:%s:%d:%d" % (
            parameters.get_param("database.uuid"), self.id, revision)

    def _dingtalk_create(self, again=True):
        """Create the to-do, or find that of an earlier attempt.

        :param bool again: there may have been one
        """
        values = {}
        try:
            values["actor"], task = self._dingtalk_create_as_actor(again)
        except ToDoExistsError:
            try:
                task = self._dingtalk_as_actor("todos", "by_source", self.source_id)
            except ToDoGoneError:
                self._removed()
                self._commit()
                return
            # It has the values of the earlier attempt.
            due = moment_of(task.get("dueTime"))
            values = {
                "name": task.get("subject") or self.name,
                "due_at": due and fields.Datetime.to_string(due),
            }
        except ToDoActorError:
            if not self._abandon():
                raise
            self._commit()
            return
        self.write(dict(
            values, task_id=task["id"], status="done" if task.get("done") else "open"))
        self._commit()

    def _dingtalk_update(self, wanted):
        values = {
            name: wanted[name] for name in CHANGEABLE
            if _plain(self[name]) != _plain(wanted[name])
        }
        # If Odoo has refused, the to-do stays done.
        reopen = self.status == "done" and not self.reason
        if not values and not reopen:
            return
        due = values.get("due_at")
        try:
            self._dingtalk_as_actor(
                "todos", "update", self.task_id, subject=values.get("name"),
                due=beijing.milliseconds(
                    fields.Datetime.from_string(due)) if due else None,
                done=False if reopen else None,
            )
        except ToDoGoneError:
            self._removed()
            self._commit()
            return
        except ToDoActorError:
            # Another person will be its creator.
            self._dingtalk_close(False)
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
                task = self._dingtalk_as_actor("todos", "by_source", self.source_id)
            except ToDoGoneError:
                self.write({"status": "deleted"})
                self._commit()
                return
            except ToDoActorError:
                if not self._abandon():
                    raise
                return
            self.write({"status": "open", "task_id": task["id"]})
            self._commit()
        # One that its person ticked is withdrawn once that has begun, whatever becomes
        # of the activity.
        is_withdrawn = self.status == "done" and self.is_withdrawing
        finished = finished and not is_withdrawn
        if self.status not in ("open", "done") or self.status == "done" and finished:
            return
        status = "done" if finished else "deleted"
        try:
            if finished:
                self._dingtalk_complete()
            elif is_withdrawn or self.status == "open" or self._activity():
                self._begin_withdrawing()
                self._dingtalk_as_actor("todos", "delete", self.task_id)
            else:
                return
        except ToDoGoneError:
            if finished and not self.is_withdrawing:
                status = self._status_of_deleted()
            else:
                status = "deleted"
        except ToDoActorError:
            if not self._abandon():
                raise
            status = self.status
        self.write({"status": status, "is_withdrawing": False})
        self._commit()

    def _dingtalk_withdraw(self, known):
        """Delete those of these to-dos that are in DingTalk all the same.

        DingTalk may finish creating one late. Only those that this database has
        withdrawn.

        :param dict known: id of the to-do by its ``sourceId``
        """
        for row in self.filtered(lambda each: each.source_id in known):
            with contextlib.suppress(ToDoGoneError, ToDoActorError):
                row._dingtalk_as_actor("todo_check", "delete", known[row.source_id])
            row._commit()

    def _dingtalk_complete(self, feature="todos"):
        self._dingtalk_as_actor(feature, "update", self.task_id, done=True)
        self.is_echo_expected = True

    # -- DingTalk to Odoo --------------------------------------------------------------

    @api.model
    def _dingtalk_read_back(self, activity_ref):
        """Apply changes made in DingTalk."""
        for row in self.search(
            [("activity_ref", "=", activity_ref), ("status", "in", ("open", "done")),
             ("is_withdrawing", "=", False), ("corp_id.active", "=", True)]
        ):
            # If nobody may read it, following the activity replaces it.
            with contextlib.suppress(ToDoActorError):
                row._dingtalk_read_one()
            row._commit()

    def _dingtalk_read_one(self):
        if self.status == "open":
            self._dingtalk_read_open()
        elif self.is_echo_expected:
            # The echo of our own call, maybe with what followed it.
            self.is_echo_expected = False
            if self._has_more_events():
                self._dingtalk_read_done()
        elif self._may_be_reopened():
            self._dingtalk_read_done()

    def _has_more_events(self):
        """Tell whether DingTalk has reported more than that Odoo completed the to-do.

        Events that wait together are read once.
        """
        since = fields.Datetime.from_string(self.write_date) - ECHO_BEFORE
        return self.env["dingding.event"].search_count([
            ("corp_id", "=", self.corp_id.id),
            ("subject", "=", "to_do:%s" % self.task_id),
            ("received_at", ">=", fields.Datetime.to_string(since)),
        ]) > 1

    def _dingtalk_read_open(self):
        try:
            task = self._dingtalk_as_actor("todo_events", "get", self.task_id)
        except ToDoGoneError:
            self._removed()
            return
        executors = task.get("executorIds")
        left = executors is not None and self._executor() not in executors
        # Those who have it now completed it, if there are any.
        if task["done"] and not (left and executors):
            self.write({"status": "done", "done_in_dingtalk": True})
            if self.corp_id.todo_done == "keep":
                # With a reason, following the activity does not reopen it.
                self.reason = self.with_context(
                    **self.user_id._dingding_context())._kept_reason()
            else:
                self._as_person("action_feedback")
        elif left:
            self._given_away(executors)

    def _given_away(self, executors):
        """Apply the organisation's policy for a to-do that was given to others.

        Its text is for the person only, so others do not keep it: following the
        activity withdraws it.

        :param list executors: UnionIDs
        """
        policy = self.corp_id.todo_people
        if policy == "assign" and self._assign_to(executors):
            return
        # Committed before the call: else the deletion could count as the person's.
        self.write({
            "status": "deleted" if policy == "restore" else "removed",
            "is_withdrawing": True,
        })

    def _is_taken_back(self):
        """Tell whether DingTalk has not yet confirmed taking it from others."""
        return self.is_withdrawing and self.status in ("deleted", "removed")

    def _dingtalk_take_back(self):
        with contextlib.suppress(ToDoGoneError, ToDoActorError):
            self._dingtalk_as_actor("todo_events", "delete", self.task_id)
        self.is_withdrawing = False
        self._commit()

    def _assign_to(self, executors):
        """Assign the activity to an executor; return whether that worked.

        DingTalk lets creators alone change executors.

        :param list executors: UnionIDs
        """
        activity, heir = self._activity(), self._user_of(executors)
        user = self._user_of([self.actor])
        if not activity or not heir or not user or activity.user_id != self.user_id:
            return False
        mine = compat.with_user(activity, user).with_context(**user._dingding_context())
        return self._attempt(user, lambda: mine.write({"user_id": heir.id}))

    def _user_of(self, unionids):
        """Return the active user of the first linked person, or an empty record."""
        unionids = [each for each in unionids if each and isinstance(each, str)]
        people = self.env["dingding.user"].search(
            [("unionid", "in", unionids), ("corp_id", "=", self.corp_id.id),
             ("user_id.active", "=", True)])
        place = {unionid: number for number, unionid in enumerate(unionids)}
        return people.sorted(lambda person: place[person.unionid])[:1].user_id

    @api.model
    def _kept_reason(self):
        return _("Completed in DingTalk. Your organisation keeps the activity.")

    def _may_be_reopened(self):
        """Tell whether reopening this to-do in DingTalk would change Odoo."""
        corp = self.corp_id
        return bool(self.reason) or (
            corp.todo_reopened != "keep" and corp.todo != "never")

    def _dingtalk_read_done(self):
        try:
            task = self._dingtalk_as_actor("todo_events", "get", self.task_id)
        except ToDoGoneError:
            self.write({"status": self._status_of_deleted()})
            return
        executors = task.get("executorIds")
        if task["done"]:
            return
        if executors is not None and self._executor() not in executors:
            # The person did not reopen it.
            self._given_away(executors)
            return
        if self._activity():
            # Odoo had refused to mark it as done.
            self.write({"status": "open", "done_in_dingtalk": False, "reason": False})
            return
        if self.corp_id.todo_reopened == "plan" and self._is_linked():
            if self._attempt(self.user_id, self._plan_again):
                self.write({"status": "open", "done_in_dingtalk": False})
                return
        try:
            self._dingtalk_complete("todo_events")
        except ToDoGoneError:
            self.write({"status": self._status_of_deleted()})

    def _plan_again(self):
        """Plan the activity again, with the rights of the to-do's person.

        The to-do then belongs to the new activity.

        :raise MissingError: the document no longer exists
        """
        user = self.user_id
        self = self.with_context(**user._dingding_context())
        activities = compat.with_user(self.env["mail.activity"], user)
        deadline = fields.Date.to_string(self._next_deadline())
        archived = activities._dingding_archived(self.activity_ref)
        if archived:
            archived.write({"active": True, "date_deadline": deadline})
        elif not self._document(self):
            raise MissingError(_("The document does not exist, or you may not see it."))
        else:
            values = {
                "res_model_id": self.env["ir.model"]._get(self.res_model).id,
                "res_id": self.res_id, "user_id": user.id, "summary": self.summary,
                "date_deadline": deadline, "note": "<p>%s</p>" % html_escape(
                    _("Reopened after it was marked as done.")),
            }
            if self.activity_type_id:
                values["activity_type_id"] = self.activity_type_id.id
            self.activity_ref = activities.create(values).id
        self.reason = False

    def _next_deadline(self):
        """Return the deadline, at least today."""
        zone = schedule.zone(self.user_id.tz, beijing.ZONE)
        moments = (
            fields.Datetime.from_string(self.due_at),
            self.env["dingding.todo.change"]._now(),
        )
        return max(schedule.local(moment, zone).date() for moment in moments)

    def _status_of_deleted(self):
        """Return the status of a to-do that a person has deleted in DingTalk."""
        return "deleted" if self.corp_id.todo_deleted == "restore" else "removed"

    def _removed(self):
        """Apply the organisation's policy for a to-do that was deleted in DingTalk."""
        policy = self.corp_id.todo_deleted
        self.write({"status": self._status_of_deleted()})
        if policy in ("done", "cancel"):
            self._as_person("action_feedback" if policy == "done" else "unlink")

    def _as_person(self, method):
        """Call a method of the activity as the person of the to-do.

        If Odoo refuses, the to-do says why.
        """
        activity, user = self._activity(), self.user_id
        if not activity or activity.user_id != user or not self._is_linked():
            return
        mine = compat.with_user(activity, user).with_context(**user._dingding_context())
        self._attempt(user, getattr(mine, method))

    def _attempt(self, user, function):
        """Do something as a user; return whether Odoo allows it.

        :param function: without arguments
        """
        try:
            with self.env.cr.savepoint():
                function()
                compat.flush(compat.with_user(self, user).env)
        except compat.REFUSALS as error:
            compat.forget(self.env)
            self.reason = self._refusal(error)
            return False
        return True

    def _refusal(self, error):
        """Return Odoo's error as a sentence for the to-do's person."""
        if isinstance(error, UserError) and not self.user_id.email:
            return self.with_context(**self.user_id._dingding_context())._email_advice()
        return error.args[0] if error.args else type(error).__name__

    def _is_linked(self):
        """Tell whether the to-do's person is still linked to its user."""
        person, user = self.person_id, self.user_id
        return person.active and user.active and person.user_id == user


def _plain(value):
    """Return a value of a field, or of ``write``, as text."""
    return str(getattr(value, "id", value) or "")
