# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import contextlib
import datetime
import time

from psycopg2 import sql

from odoo import api, fields, models

from odoo.addons.dingding import compat
from odoo.addons.dingding.models.queue import DUE_STATES

from ..dingtalk.to_dos import ToDoActorError
from ..linked import PAIRS, WITH_TODOS
from .dingding_notification_capture import ACTIVITIES

# First key of the lock of an activity's to-dos.
LOCK_TODO = 0x44540021
AT_ONCE = 500  # new to-dos that one comparison creates
CHANGES = sql.SQL(
    "INSERT INTO dingding_todo_change (kind, activity_ref, actor_id, state,"
    " attempts, create_uid, create_date, write_uid, write_date)"
    " SELECT DISTINCT %(kind)s, part.id, %(actor)s::int, 'queued', 0, %(uid)s,"
    " now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'"
    " FROM {} WHERE {} OR EXISTS (SELECT 1 FROM dingding_todo row"
    " WHERE row.activity_ref = part.id) RETURNING id"
).format(PAIRS.format(sql.SQL("%(ids)s"), sql.SQL("%(users)s")), WITH_TODOS)
RECENT_DAYS = 2  # in which completed to-dos are checked once a day


class DingdingTodoChange(models.Model):
    """A trigger to update the to-dos of an activity; one queue row.

    Transactions only insert rows; the worker reads the state after the commit.
    """

    _name = "dingding.todo.change"
    _description = "DingTalk To-do Change"
    _inherit = "dingding.queue.mixin"
    _order = "id desc"
    _ends_at_user_error = True
    # Most of a row's time goes by in DingTalk and PostgreSQL.
    _thread_rows = 2
    _corp_path = "corp_id"

    kind = fields.Selection(
        [
            ("change", "Activity changed"),
            ("done", "Activity done"),
            ("cancel", "Activity deleted"),
            ("read", "Changed in DingTalk"),
            ("check", "Check"),
            ("compare", "Comparison"),
        ], string="Type", required=True, readonly=True,
    )
    activity_ref = fields.Integer(
        string="Activity ID", required=True, readonly=True, index=True,
    )
    actor_id = fields.Many2one(
        "res.users", string="Caused by", readonly=True, ondelete="set null", index=True,
    )
    person_id = fields.Many2one(
        "dingding.user", string="DingTalk user", readonly=True, ondelete="cascade",
        index=True,
    )
    todo_id = fields.Many2one(
        "dingding.todo", string="To-do", readonly=True, ondelete="cascade", index=True,
    )
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", readonly=True, ondelete="cascade",
        index=True,
    )
    # Of a comparison, whose time may run out.
    position = fields.Integer(readonly=True)  # it continues below this activity
    found = fields.Integer(readonly=True)  # activities that get a to-do

    # -- capture -----------------------------------------------------------------------

    @api.model
    def _capture(self, kind, pairs, told=(), acts=True):
        """Record changed activities with one statement.

        Users have no rights on the tables.

        :param list pairs: of (id of an activity, id of a user it was or is assigned to,
            None: the stored one)
        :param list told: the same of activities to notify of
        :param bool acts: the current user changes the activities themselves
        """
        if not pairs:
            return
        query = CHANGES
        if told:
            query = sql.SQL(
                "WITH changes AS ({}), notices AS ({})"
                " SELECT 'todo', id FROM changes UNION ALL SELECT 'notice', id"
                " FROM notices").format(CHANGES, ACTIVITIES)
        compat.execute(self.env.cr, query, {
            "kind": kind, "uid": self.env.uid, "actor": self.env.uid if acts else None,
            "ids": [pair[0] for pair in pairs], "users": _user_ids(pairs),
            "told_ids": [pair[0] for pair in told], "told_users": _user_ids(told),
        })
        found = {"todo": [], "notice": []}
        for row in self.env.cr.fetchall():
            found[row[0] if told else "todo"].append(row[-1])
        self.env["dingding.notification"]._captured(found["notice"])
        rows = self.browse(found["todo"])
        if rows:
            self.env["dingding.queue"]._wake(self._name, rows.sudo())

    @api.model
    def _capture_of_users(self, user_ids):
        """Look at the activities of users who were linked, or are no longer."""
        # sudo: the activities are not shown.
        pending = self.env["mail.activity"].sudo().search(
            [("user_id", "in", sorted(user_ids))])
        # The statement reads who is linked.
        compat.flush(self.env)
        self._capture("change", pending._dingding_pairs(), acts=False)

    @api.model
    def _add(self, kind, refs, **values):
        """Queue a check of activities, with all rights."""
        rows = compat.create_all(self.sudo(), [
            dict(values, kind=kind, activity_ref=ref) for ref in sorted(set(refs))
        ])
        if rows:
            rows._enqueue()
        return rows

    # -- processing --------------------------------------------------------------------

    def _is_of_archived(self):
        # An activity may have to-dos of several organisations, see ``_work``.
        return self.kind == "check" and super()._is_of_archived()

    def _work(self, deadline):
        if self.kind == "check":
            self._dingtalk_check()
            self._cancel_failed(
                [("kind", "=", "check"), ("person_id", "=", self.person_id.id)])
            return None
        if self.kind == "compare":
            return self._compare(deadline)
        with self._alone(LOCK_TODO, self.activity_ref) as held:
            if not held:
                return False
            todos = self.env["dingding.todo"]
            if self.kind == "read":
                todos._dingtalk_read_back(self.activity_ref)
            elif self.kind == "done":
                # Odoo may have refused it before.
                todos.search([
                    ("activity_ref", "=", self.activity_ref), ("reason", "!=", False),
                ]).write({"reason": False})
            rows = todos._dingtalk_follow(self.activity_ref)
            if rows._are_left_in_archived():
                self._link()
                self._end_archived()
                return False
            self._solve_earlier()
        return None

    @api.model
    def _was_finished(self, activity_ref):
        """Tell whether an activity that is gone was done and not deleted."""
        last = self.search(
            [("activity_ref", "=", activity_ref),
             ("kind", "in", ("done", "cancel"))], limit=1, order="id desc",
        )
        return last.kind == "done"

    def _solve_earlier(self):
        """Close earlier failed rows of the activity."""
        self._cancel_failed([("activity_ref", "=", self.activity_ref)])

    def _prepare_link(self):
        """Return the values that say whose work it was, {} if that is stored."""
        if not self.activity_ref or self.todo_id:
            return {}
        todo = self.env["dingding.todo"].search(
            [("activity_ref", "=", self.activity_ref)], limit=1)
        return {"todo_id": todo.id, "corp_id": todo.corp_id.id} if todo else {}

    def _link(self):
        values = self._prepare_link()
        if values:
            self.write(values)

    def _done(self):
        self.write(dict(self._done_values(), **self._prepare_link()))

    def _handle_error(self, error):
        """Store whose failure it is."""
        self._link()
        return super()._handle_error(error)

    # -- reconciliation ----------------------------------------------------------------

    def _dingtalk_check(self):
        """Check a person's to-dos that differ between DingTalk and Odoo."""
        rows = self.env["dingding.todo"].search(
            [("person_id", "=", self.person_id.id),
             ("status", "in", ("open", "done", "deleted")),
             ("source_id", "!=", False)])
        personal = rows.filtered(
            lambda row: row.is_personal and row.status != "deleted")
        work = rows.filtered(lambda row: not row.is_personal)
        with contextlib.suppress(ToDoActorError):
            self.env["dingding.todo.consent"]._aging().filtered(
                lambda row: row.person_id == self.person_id)._dingtalk_keep_alive()
        # If a person has left, the next contact sync archives it.
        with contextlib.suppress(ToDoActorError):
            if work:
                self._dingtalk_check_rows(work, list(
                    work[0]._client("todo_check").unsolved(self.person_id.unionid)))
        with contextlib.suppress(ToDoActorError):
            if personal:
                self._dingtalk_check_rows(personal, personal[0]._dingtalk_as_person(
                    "todo_check", lambda todos, token: list(
                        todos.listed(token, self.person_id.unionid, done=False))))

    def _dingtalk_check_rows(self, rows, tasks):
        """Read to-dos that are, or are no longer, among DingTalk's open ones.

        :param list tasks: the person's open to-dos in DingTalk
        """
        listed = {task.get("taskId") for task in tasks}
        strays = rows.filtered(lambda row: row.status == "deleted")
        strays._dingtalk_withdraw(
            {task.get("sourceId"): task.get("taskId") for task in tasks})
        rows = rows.filtered("task_id")
        lost = rows.filtered(
            lambda row: row.status == "open" and row.task_id not in listed)
        reopened = rows.filtered(
            lambda row: row.status == "done" and row.task_id in listed
            and row._may_be_reopened())
        # Those that were another's when they were done are in this person's list.
        reopened |= self.env["dingding.todo"].search([
            ("task_id", "in", sorted(filter(None, listed))), ("status", "=", "done"),
            ("corp_id", "=", self.corp_id.id), ("person_id", "!=", self.person_id.id),
        ]).filtered(lambda row: row._may_be_reopened())
        # Its event was lost.
        reopened.write({"is_echo_expected": False})
        self._add("read", (lost | reopened).mapped("activity_ref"))

    @api.model
    def _cron_reconcile(self):
        """Find differences between both sides.

        Also to-dos changed in DingTalk without an event.
        """
        if any(self._compared_refs()) and not self.search_count(
            [("kind", "=", "compare"), ("state", "in", DUE_STATES)]
        ):
            self._add("compare", [0])
        self._check_people()

    def _compare(self, deadline):
        """Find activities without a to-do, and to-dos no longer wanted as they are.

        :return: False if time ran out before the last one, else None
        """
        todos, activities = self.env["dingding.todo"], self.env["mail.activity"]
        missing, rows = self._compared_refs()
        refs, found = [], self.found
        for ref in sorted(missing | set(rows), reverse=True):
            if self.position and ref >= self.position:
                continue
            if time.monotonic() > deadline and self._leave_off(refs, ref + 1, found):
                return False
            if ref not in rows and found >= AT_ONCE:
                continue
            # Singly: each look at the rights of somebody empties the cache.
            activity = activities._dingding_pending(ref)
            wanted = activity and todos._wanted(activity)
            if ref not in rows:
                if wanted:
                    refs.append(ref)
                    found += 1
                continue
            if not wanted or any(
                wanted["person_id"] != row.person_id.id
                or wanted["is_personal"] != row.is_personal
                for row in todos.browse(rows[ref])
            ):
                refs.append(ref)
        self._add("change", refs)
        return None

    def _leave_off(self, refs, position, found):
        """Store how far a comparison came; return whether it came any further.

        :param list refs: activities to be looked at
        """
        if position == self.position:
            # One activity may take longer than there was time.
            return False
        self._add("change", refs)
        self.write({"position": position, "found": found})
        self._pause()
        return True

    @api.model
    def _compared_refs(self):
        """Return (ids of activities without a to-do, id -> ids of open to-dos)."""
        people = self.env["dingding.user"].search(
            [("corp_id.todo", "!=", "never"), ("corp_id.active", "=", True),
             ("user_id", "!=", False)])
        pending = self.env["mail.activity"].search(
            [("user_id", "in", people.mapped("user_id").ids)]).ids
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT todo.activity_ref, array_agg(todo.id) FILTER"
            " (WHERE todo.status IN ('new', 'open') AND corp.active)"
            " FROM dingding_todo todo JOIN dingding_corp corp ON corp.id = todo.corp_id"
            " WHERE todo.status IN ('new', 'open')"
            # Withdrawn ones may be wanted again.
            " OR todo.status <> 'deleted' AND todo.activity_ref = ANY(%s)"
            " GROUP BY todo.activity_ref", [pending])
        known = dict(self.env.cr.fetchall())
        return set(pending) - set(known), {
            ref: ids for ref, ids in known.items() if ids}

    @api.model
    def _check_people(self):
        """Have the to-dos of each person compared with DingTalk's list."""
        todos = self.env["dingding.todo"]
        rows = todos.search(
            [("status", "in", ("new", "open")), ("corp_id.active", "=", True)])
        recent = fields.Datetime.to_string(
            self._now() - datetime.timedelta(days=RECENT_DAYS))
        done = todos.search([
            ("status", "=", "done"), ("write_date", ">=", recent),
            ("corp_id.todo_reopened", "!=", "keep"), ("corp_id.todo", "!=", "never"),
            ("corp_id.active", "=", True),
        ])
        withdrawn = todos.search([
            ("status", "=", "deleted"), ("write_date", ">=", recent),
            ("source_id", "!=", False), ("corp_id.active", "=", True),
        ])
        people = (rows | done | withdrawn).mapped("person_id").filtered("active")
        people |= self.env["dingding.todo.consent"]._aging().mapped("person_id")
        # While the budget pauses them, they would add up.
        waiting = self.search([("kind", "=", "check"), ("state", "in", DUE_STATES)])
        for person in people - waiting.mapped("person_id"):
            self._add("check", [0], person_id=person.id, corp_id=person.corp_id.id)


def _user_ids(pairs):
    """Return the users of pairs: None is the stored one, False nobody."""
    return [user_id if user_id is None else user_id or 0 for _id, user_id in pairs]
