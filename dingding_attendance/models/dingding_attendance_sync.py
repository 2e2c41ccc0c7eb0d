# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Synchronise attendance: read windows, compare, write; keep the log.

Stages are in ``dingding_attendance_sync_read.py`` and so on.
"""
import datetime

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.compat import date_of
from odoo.addons.dingding.dingtalk import quota, utc
from odoo.addons.dingding.dingtalk.beijing import OFFSET
from odoo.addons.dingding.models import activities
from odoo.addons.dingding.models.dingding_sync_run_mixin import OPEN_STATES
from odoo.addons.dingding.models.queue import hold_lock

from ..dingtalk.attendance import OLDEST_DAYS
from .dingding_attendance_problem import OFFICERS

# First key of the advisory lock held while an organisation's attendance is read.
LOCK_ATTENDANCE = 0x44540030
TURN_SECONDS = 5  # until a sync that found another one running checks again
EVENT_SECONDS = 300
NIGHTLY_DAYS = 3
# So many missed days are read at most, by a morning's sync or after punches.
MISSED_DAYS = 31


class DingdingAttendanceSync(models.Model):
    """An attendance sync: user, progress and changes."""

    _name = "dingding.attendance.sync"
    _inherit = [
        "dingding.sync.run.mixin", "mail.thread", "mail.activity.mixin",
        "dingding.queue.mixin",
    ]
    _description = "DingTalk Attendance Sync"
    _order = "id desc"
    _corp_path = "corp_id"

    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True)
    kind = fields.Selection(
        [
            ("nightly", "Each morning"),
            ("manual", "Manual"),
            ("month", "Last month"),
            ("event", "After punches"),
        ],
        string="Type", required=True, readonly=True, default="manual",
    )
    mode = fields.Selection(
        [("apply", "Write immediately"), ("preview", "Preview first")],
        required=True, readonly=True, default="apply",
    )
    user_id = fields.Many2one(
        "res.users", string="Started by", readonly=True, ondelete="set null",
        default=lambda self: self.env.uid,
    )
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", required=True, readonly=True)
    stage = fields.Selection(
        [
            ("groups", "Fetching groups"),
            ("results", "Fetching results"),
            ("punches", "Fetching punches"),
            ("compare", "Comparing"),
            ("write", "Writing"),
            ("finished", "Finished"),
        ],
        default="groups", readonly=True, copy=False,
    )
    # The last person processed in this stage; a new worker continues there.
    cursor = fields.Integer(readonly=True, copy=False)
    progress = fields.Integer(readonly=True, copy=False)
    waits_for = fields.Selection(
        [
            ("preview", "Preview to be checked"),
            ("threshold", "Confirmation required: too many attendances would change"),
        ],
        string="Waiting for", readonly=True, copy=False,
    )
    decided_by = fields.Many2one(
        "res.users", string="Decided by", readonly=True, copy=False,
        ondelete="set null",
    )
    started_at = fields.Datetime(string="Started on", readonly=True, copy=False)
    finished_at = fields.Datetime(string="Finished on", readonly=True, copy=False)
    people_read = fields.Integer(string="People read", readonly=True, copy=False)
    results_read = fields.Integer(string="Results read", readonly=True, copy=False)
    results_changed = fields.Integer(
        string="Results new or changed", readonly=True, copy=False)
    attendances_created = fields.Integer(
        string="Attendances created", readonly=True, copy=False)
    attendances_updated = fields.Integer(
        string="Attendances updated", readonly=True, copy=False)
    attendances_deleted = fields.Integer(
        string="Attendances deleted", readonly=True, copy=False)
    problems_found = fields.Integer(
        string="New exceptions", readonly=True, copy=False)
    to_create = fields.Integer(string="New", readonly=True, copy=False)
    to_update = fields.Integer(string="Changed", readonly=True, copy=False)
    to_delete = fields.Integer(string="Deleted", readonly=True, copy=False)
    to_end = fields.Integer(
        string="Check-outs added", readonly=True, copy=False,
        help="Part of the changed ones; they do not count for the change threshold.")
    people_left = fields.Integer(
        string="Changed since listed", readonly=True, copy=False,
        help="People whose changes are no longer those of the list. The next sync "
             "writes them.")
    cancel_requested = fields.Boolean(readonly=True, copy=False)
    line_ids = fields.One2many(
        "dingding.attendance.sync.line", "sync_id", readonly=True,
        groups="dingding_attendance.group_officer")
    result = fields.Text(compute="_compute_result")

    @api.depends(
        "state", "stage", "progress", "people_read", "last_error", "waits_for",
        "people_left")
    def _compute_result(self):
        stages = dict(self._fields["stage"]._description_selection(self.env))
        for sync in self:
            counts = _(
                "%(read)d results of %(people)d people read, %(changed)d new or "
                "changed; attendances: %(created)d created, %(updated)d updated, "
                "%(deleted)d deleted; %(problems)d new exceptions."
            ) % {
                "read": sync.results_read, "people": sync.people_read,
                "changed": sync.results_changed, "created": sync.attendances_created,
                "updated": sync.attendances_updated,
                "deleted": sync.attendances_deleted, "problems": sync.problems_found,
            }
            if sync.state == "confirm":
                counts = _(
                    "Nothing has been written yet: %(new)d new, %(changed)d changed, "
                    "%(deleted)d deleted attendances."
                ) % {"new": sync.to_create, "changed": sync.to_update,
                     "deleted": sync.to_delete}
            elif sync.state in OPEN_STATES:
                counts = "%s (%d%%)" % (stages.get(sync.stage, ""), sync.progress)
            elif sync.state == "failed":
                counts = sync.last_error or ""
            elif sync.people_left:
                counts += _(
                    " %d people have changed since the list was made: the next sync "
                    "writes their attendances.") % sync.people_left
            sync.result = counts

    # -- starting and stopping ---------------------------------------------------------

    @api.model
    def _utcnow(self):
        """Return the time in UTC; tests replace it."""
        return utc.now().replace(microsecond=0)

    @api.model
    def _today(self):
        """Return today's date in Beijing."""
        return (self._utcnow() + OFFSET).date()

    @api.model
    def _start(self, corp, first, last, mode="apply"):
        """Start a sync of these days; return the action that shows it.

        :param datetime.date first: first day
        :param datetime.date last: last day, included
        :param str mode: 'apply' writes at once; for officers only
        :raise AccessError: for anybody but managers of the organisation
        :raise UserError: the days are in the wrong order or too long ago
        """
        corp.ensure_one()
        rights.check_manager(self)
        compat.check_access(corp, "write")
        if mode == "apply" and not compat.has_group(self.env, OFFICERS):
            raise UserError(
                _("Only officers of attendance may write immediately. Choose Preview "
                  "first; an officer then applies the changes."))
        corp._app_for("attendance")
        if first > last:
            raise UserError(_("The first day is after the last one."))
        if first < self._today() - datetime.timedelta(days=OLDEST_DAYS):
            raise UserError(
                _("DingTalk keeps attendance for half a year. Choose a later day."))
        # sudo: nobody may create syncs.
        model = self.sudo()
        open_sync = model._open_sync(corp, "manual")
        return self._show(open_sync.id or self._started(
            corp, "manual", lambda: model._begin(
                corp, "manual", first, min(last, self._today()), mode=mode,
                user_id=self.env.uid)))

    @api.model
    def _begin(self, corp, kind, first, last, **values):
        """Return a new sync; it replaces waiting ones, after punches no preview."""
        if kind != "event" or not self._is_previewed(corp):
            self._replace_waiting(corp)
        sync = self.create(dict(
            values, corp_id=corp.id, kind=kind, date_from=str(first),
            date_to=str(last)))
        sync._enqueue()
        return sync

    @api.model
    def _is_previewed(self, corp):
        """Tell whether a preview awaits its decision."""
        return bool(self.search_count([
            ("corp_id", "=", corp.id), ("state", "=", "confirm"),
            ("waits_for", "=", "preview")]))

    @api.model
    def _cron_read(self):
        """Start this morning's syncs, and those of last month."""
        now = self._utcnow() + OFFSET
        today = now.date()
        one = datetime.timedelta(days=1)
        corps = self.env["dingding.corp"].search([("attendance_read", "!=", "never")])
        for corp in corps.filtered(lambda each: each.app_ids):
            read_on = corp.attendance_read_on and date_of(corp.attendance_read_on)
            if now.hour >= corp.attendance_hour and (not read_on or read_on < today):
                corp.attendance_read_on = str(today)
                if not self._open_sync(corp, "nightly"):
                    self._begin(
                        corp, "nightly", self._first_day(corp, today), today - one,
                        user_id=False)
            # Missing punches of its last day come in the night.
            if now.hour >= corp.attendance_hour and self._is_month_due(corp, today):
                corp.attendance_month_on = str(today)
                last = quota.month_of(today) - one
                if not self._open_sync(corp, "month"):
                    self._begin(
                        corp, "month", quota.month_of(last), last, user_id=False)
            self._begin_due(corp, today)

    @api.model
    def _is_month_due(self, corp, today):
        """Tell whether last month has to be read again today."""
        day = corp.attendance_month_day
        if not day or today.day < day:
            return False
        read_on = corp.attendance_month_on and date_of(corp.attendance_month_on)
        if not read_on or quota.month_of(read_on) < quota.month_of(today):
            return True
        last = self.search(
            [("corp_id", "=", corp.id), ("kind", "=", "month")], order="id desc",
            limit=1)
        # A failure is tried again once a day: pay day is near.
        return last.state == "failed" and read_on < today

    @api.model
    def _first_day(self, corp, today):
        """Return the first day that this morning's sync has to read.

        Each day is read on three mornings, missed ones now.
        """
        one = datetime.timedelta(days=1)
        first = today - NIGHTLY_DAYS * one
        read = self.search(
            [("corp_id", "=", corp.id), ("kind", "=", "nightly"),
             ("stage", "in", ("compare", "write", "finished"))],
            order="date_to desc", limit=1)
        if read:
            missed = date_of(read.date_to) - (NIGHTLY_DAYS - 2) * one
            first = max(min(first, missed), today - MISSED_DAYS * one)
        return first

    @api.model
    def _begin_due(self, corp, today):
        """Begin reading punches that were reported, unless a sync is about to."""
        if corp.attendance_read != "events" or self._open_sync(corp, "event"):
            return
        last = self.search(
            [("corp_id", "=", corp.id), ("kind", "=", "event")], order="id desc",
            limit=1)
        if last.state == "failed" and date_of(last.date_to) == today:
            # Do not try again every twenty minutes.
            return
        if self._is_anybody_due(corp):
            self._begin(
                corp, "event", today - datetime.timedelta(days=1), today, user_id=False)

    @api.model
    def _is_anybody_due(self, corp):
        """Tell whether somebody who is read has punched since."""
        people = self.env["dingding.user"].search(
            [("corp_id", "=", corp.id), ("attendance_due_on", "!=", False),
             ("employee_id", "!=", False)])
        groups = people.mapped("attendance_group_id").filtered(
            lambda group: group.active and group._effective_source() != "none")
        return bool(people.filtered(
            lambda each: each.attendance_group_id in groups
            or not each.attendance_group_id and corp.attendance_source != "none"))

    @api.model
    def _dingtalk_event_attendance_check_record(self, event):
        """Queue reading people who punched, many together."""
        corp = event.corp_id
        if corp.attendance_read != "events":
            event.note_code = "attendance_off"
            return
        entries = event._values().get("dataList")
        days = {}
        for entry in entries if isinstance(entries, list) else ():
            moment = entry.get("checkTime") if isinstance(entry, dict) else None
            userid = str(entry.get("userId") or "") if moment else ""
            if not userid or not str(moment).isdigit():
                continue
            seconds = int(moment) // 1000
            if not 0 < seconds < 32503680000:
                continue
            day = (utc.moment(seconds) + OFFSET).date()
            days[userid] = min(days.get(userid, day), day)
        compat.flush(self.env)
        for userid in sorted(days):
            # A morning's punch may end a night shift.
            day = days[userid] - datetime.timedelta(days=1)
            self.env.cr.execute(
                "UPDATE dingding_user SET attendance_due_on ="
                " LEAST(COALESCE(attendance_due_on, %s), %s)"
                " WHERE corp_id = %s AND userid = %s AND active"
                " AND employee_id IS NOT NULL"
                " AND (attendance_due_on IS NULL OR attendance_due_on > %s)",
                [day, day, corp.id, userid, day],
            )
        compat.forget(self.env)
        # Each sync costs calls, even if it reads nobody.
        if days and not self._open_sync(corp, "event") and self._is_anybody_due(corp):
            self._begin_by_event()
            today = self._today()
            sync = self._begin(
                corp, "event", today - datetime.timedelta(days=1), today, user_id=False)
            sync.write({"next_try": self._moment(EVENT_SECONDS)})

    def action_retry(self):
        """Read the days of a failed sync again; an officer may write immediately."""
        self.ensure_one()
        self._check_manager()
        is_officer = compat.has_group(self.env, OFFICERS)
        return self._start(
            self.corp_id, date_of(self.date_from), date_of(self.date_to),
            self.mode if is_officer else "preview")

    def action_apply(self):
        """Write what the sync has found, as far as it is still the same.

        :raise AccessError: for anybody but attendance officers, who alone see the list
        :raise UserError: nothing awaits a decision, or another sync is in progress
        """
        compat.check_access(self, "read")
        if not compat.has_group(self.env, OFFICERS):
            raise AccessError(
                _("An officer of attendance has to apply these changes."))
        for sync in self.sudo():
            if sync.state != "confirm":
                raise UserError(
                    _("This sync no longer awaits a decision. Check whether a later "
                      "one does."))
            if self.sudo()._open_sync(sync.corp_id, sync.kind):
                raise UserError(
                    _("Another sync is in progress. Wait until it has finished."))
            sync._stop_waiting()
            sync.write({
                "decided_by": self.env.uid, "stage": "write", "cursor": 0,
                "progress": 75,
            })
            sync._enqueue()
        return True

    def action_cancel(self):
        """Stop syncs as their managers, or reject a list as an officer."""
        if rights.is_manager(self.env) or not compat.has_group(self.env, OFFICERS):
            return super().action_cancel()
        compat.check_access(self, "read")
        for sync in self.sudo():
            if sync.state != "confirm":
                raise AccessError(
                    _("Only DingTalk managers stop a sync that is in progress."))
            sync._end("cancelled")
        return True

    def action_lines(self):
        """Show the changes awaiting confirmation."""
        self.ensure_one()
        compat.check_access(self, "read")
        action = compat.window_action(
            self.env, "dingding_attendance.dingding_attendance_sync_line_action")
        action["domain"] = [("sync_id", "=", self.id)]
        return action

    # -- processing --------------------------------------------------------------------

    def _work(self, deadline):
        """Read, compare, write; see the mixin."""
        with hold_lock(
            self.env.cr.dbname, LOCK_ATTENDANCE, self.corp_id.id
        ) as held:
            if not held:
                self._pause(TURN_SECONDS)
                return False
            return self._work_alone(deadline)

    def _work_alone(self, deadline):
        if self.kind == "event" and self._is_previewed(self.corp_id):
            # It would write what somebody is still looking at.
            self._pause(EVENT_SECONDS)
            return False
        if not self.started_at:
            self.write({"started_at": fields.Datetime.now()})
        if self.stage == "groups":
            client = self.corp_id._attendance_client(self._feature())
            self._commit()
            self.env["dingding.attendance.group"]._dingtalk_read(self.corp_id, client)
            self._step("results", 5)
        for stage, following, done in (
            ("results", "punches", 40), ("punches", "compare", 50),
        ):
            if self.stage == stage:
                if not self._read_stage(stage, deadline):
                    return self._stop()
                self._step(following, done)
        if self.stage == "compare":
            if not self.cursor:
                self._mark_open_days()
            while True:
                if not self._compare_stage(deadline):
                    return self._stop()
                reason = self._reason_to_wait()
                if reason and (self.mode == "preview" or self.waits_for):
                    self._wait(reason)
                    return False
                self.write({"waits_for": reason, "cursor": 0})
                if not reason:
                    break
                # Once more, to list them.
            self._step("write", 75)
        if self.stage == "write":
            if not self._write_stage(deadline):
                return self._stop()
            self._step("finished", 100)
        if self.kind == "event" and self._is_due_again():
            # More people punched meanwhile.
            self.write({
                "stage": "results", "cursor": 0, "progress": 5, "waits_for": False})
            self._pause(EVENT_SECONDS)
            return False
        self._end("done", last_error=False, error_code=False, error_remedy=False)
        return False

    def _feature(self):
        return "attendance_events" if self.kind == "event" else "attendance"

    def _step(self, stage, progress):
        self.write({"stage": stage, "cursor": 0, "progress": progress})
        self._commit()

    def _advance(self, after, counts, progress=None):
        """Store the progress of a batch, with the batch itself, and commit.

        :param after: where the next batch begins; "cursor" would make 11.0 warn
        """
        values = {
            name: self[name] + number for name, number in counts.items() if number}
        if progress is not None:
            values["progress"] = progress
        self.write(dict(values, cursor=after))
        self._commit()

    def _is_due_again(self):
        return any(self._people_of(source) for source in ("results", "punches"))

    # -- waiting -----------------------------------------------------------------------

    def _wait(self, reason):
        """Wait for a decision.

        :param str reason: 'preview' or 'threshold'
        """
        self.write({
            "state": "confirm", "waits_for": reason, "stage": "write", "cursor": 0,
            "next_try": False, "attempts": 0, "last_error": False,
        })
        if reason == "threshold":
            # Managers see numbers only.
            activities.tell_managers(
                self, self._threshold_text, self.corp_id._users_with(OFFICERS))
        self._commit()

    @api.model
    def _threshold_text(self, sync):
        """Return (subject, body) of the threshold, in the language of the context."""
        return (
            sync._threshold_subject(),
            sync._threshold_body() % {"corp": sync.corp_id.name},
        )

    def _threshold_subject(self):
        return _("DingTalk: too many attendances would change")

    def _threshold_body(self):
        return _(
            "The attendance sync of %(corp)s stopped before it wrote anything, because "
            "it would change or delete more attendances than the change threshold "
            "allows. Check its list, then apply or cancel it.")
