# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""One reading of an organisation: read, compare, write, link; and its log.

Each part stands in a file of its own, ``dingding_run_reading.py`` and so on.
"""
import logging
import random
import time

from psycopg2 import OperationalError, sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, MissingError

from .. import compat
from ..dingtalk.errors import DingTalkError
from ..sync.snapshot import Snapshot
from .background import CONFLICTS
from .dingding_run_reading import TURN_SECONDS, Cancelled, Meter

_logger = logging.getLogger(__name__)

# First key of the advisory locks by which two who press the button at once take turns.
LOCK_START = 0x44540004

MOST_CONFLICTS = 20  # batches that may be lost to others who write the same rows
LONGEST_PAUSE = 0.5  # seconds until such a batch is begun anew

OPEN_STATES = ("queued", "working", "retry")
FINAL_STATES = ("done", "failed", "unknown", "cancelled")

COUNTERS = (
    "departments_created", "departments_updated", "departments_archived",
    "users_created", "users_updated", "users_archived", "links_made",
)
# Kinds of lines with a number on the form.
LISTED = (
    "new", "changed", "moved", "leaver", "returned", "kept", "link", "user", "employee",
    "hr_department", "unmatched",
)


class DingdingRun(models.Model):
    """A run: who started it, how far it is, what it changed, what went wrong."""

    _name = "dingding.run"
    _inherit = [
        "mail.thread", "mail.activity.mixin", "dingding.queue.mixin",
        "dingding.hidden.value", "dingding.run.reading", "dingding.run.planning",
        "dingding.run.deciding", "dingding.run.writing", "dingding.run.linking",
        "dingding.run.making", "dingding.run.single",
    ]
    _description = "DingTalk Run"
    _hidden_sealed = False  # people and departments, as in the tables beside it
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True
    )
    kind = fields.Selection(
        [("departments", "Departments"), ("users", "Departments and people")],
        required=True, readonly=True, default="users",
    )
    user_id = fields.Many2one(
        "res.users", string="Started by", readonly=True, ondelete="set null",
        default=lambda self: self.env.uid,
    )
    mode = fields.Selection(
        [("apply", "Write at once"), ("preview", "Show first")],
        required=True, readonly=True, default="apply",
    )
    nightly = fields.Boolean(readonly=True, copy=False)
    waits_for = fields.Selection(
        [("preview", "Somebody to look at it"), ("guard", "A decision: many would go")],
        readonly=True, copy=False,
    )
    decision = fields.Selection(
        [("all", "Everything"), ("selected", "A selection")],
        string="Applied", readonly=True, copy=False,
    )
    decided_by = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="set null"
    )
    started_at = fields.Datetime(string="Started", readonly=True, copy=False)
    finished_at = fields.Datetime(string="Finished", readonly=True, copy=False)
    duration = fields.Integer(
        string="Duration (s)", compute="_compute_duration",
        help="Seconds between start and end, pauses included.",
    )
    stage = fields.Selection(
        [
            ("read", "Reading departments and people"),
            ("compare", "Comparing"),
            ("write", "Writing"),
            ("link", "Linking to system users"),
            ("make", "Making system users"),
            ("finished", "Finished"),
        ],
        default="read", readonly=True, copy=False,
    )
    progress = fields.Integer(readonly=True, copy=False)
    calls = fields.Integer(
        string="Calls of DingTalk", readonly=True, copy=False,
        help="Requests sent, repeated ones and those for a token included.",
    )
    departments_read = fields.Integer(readonly=True, copy=False)
    users_read = fields.Integer(string="People read", readonly=True, copy=False)
    departments_created = fields.Integer(readonly=True, copy=False)
    departments_updated = fields.Integer(readonly=True, copy=False)
    departments_archived = fields.Integer(readonly=True, copy=False)
    users_created = fields.Integer(string="People created", readonly=True, copy=False)
    users_updated = fields.Integer(string="People updated", readonly=True, copy=False)
    users_archived = fields.Integer(string="People archived", readonly=True, copy=False)
    links_made = fields.Integer(readonly=True, copy=False)
    incomplete = fields.Boolean(
        readonly=True, copy=False,
        help="DingTalk did not show everything, so nobody was archived.",
    )
    cancel_requested = fields.Boolean(readonly=True, copy=False)
    problem_ids = fields.One2many(
        "dingding.run.problem", "run_id", string="Problems", readonly=True
    )
    problem_count = fields.Integer(readonly=True, copy=False)
    line_ids = fields.One2many("dingding.run.line", "run_id", readonly=True)
    conflict_ids = fields.One2many("dingding.conflict", "run_id", readonly=True)
    result = fields.Text(compute="_compute_result")
    new_count = fields.Integer(string="New", compute="_compute_line_counts")
    changed_count = fields.Integer(string="Changed", compute="_compute_line_counts")
    moved_count = fields.Integer(string="Moved", compute="_compute_line_counts")
    leaver_count = fields.Integer(string="Left", compute="_compute_line_counts")
    returned_count = fields.Integer(string="Came back", compute="_compute_line_counts")
    kept_count = fields.Integer(string="Kept", compute="_compute_line_counts")
    link_count = fields.Integer(string="Links", compute="_compute_line_counts")
    user_count = fields.Integer(string="New users", compute="_compute_line_counts")
    employee_count = fields.Integer(
        string="New employees", compute="_compute_line_counts"
    )
    hr_department_count = fields.Integer(
        string="HR departments", compute="_compute_line_counts"
    )
    unmatched_count = fields.Integer(string="Unmatched", compute="_compute_line_counts")
    left_out_count = fields.Integer(
        string="Not selected", compute="_compute_line_counts"
    )
    conflict_count = fields.Integer(string="Conflicts", compute="_compute_line_counts")
    progress_html = fields.Html(
        string="Progress bar", compute="_compute_progress_html", sanitize=False
    )

    def init(self):
        result = super(DingdingRun, self).init()
        compat.unique_index(
            self.env.cr, self._table, ["corp_id", "kind"],
            where=sql.SQL("state IN ('queued', 'working', 'retry')"),
        )
        return result

    @compat.create_multi
    def create(self, vals_list):
        # Nothing of a run is tracked: it is a log itself.
        quiet = self.with_context(
            tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True
        )
        return compat.super_create(super(DingdingRun, quiet), vals_list)

    def write(self, vals):
        return super(
            DingdingRun, self.with_context(tracking_disable=True)
        ).write(vals)

    # -- what a person sees ----------------------------------------------------

    def _compute_line_counts(self):
        counts = {}
        if self.ids:
            compat.flush(self.env)
            self.env.cr.execute(
                "SELECT run_id, kind, count(*), sum(CASE WHEN selected THEN 0 ELSE 1"
                " END) FROM dingding_run_line WHERE run_id IN %s GROUP BY run_id, kind",
                [tuple(self.ids)],
            )
            for run_id, kind, number, left_out in self.env.cr.fetchall():
                found = counts.setdefault(run_id, {})
                found[kind] = number
                found["left_out"] = found.get("left_out", 0) + left_out
        for run in self:
            found = counts.get(run.id, {})
            for kind in LISTED + ("left_out",):
                run["%s_count" % kind] = found.get(kind, 0)
            run.conflict_count = len(run.conflict_ids)

    @api.depends("kind", "corp_id.name")
    def _compute_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for run in self:
            run.name = "%s: %s" % (run.corp_id.name or "", kinds.get(run.kind, ""))

    @api.depends("started_at", "finished_at")
    def _compute_duration(self):
        for run in self:
            if not run.started_at:
                run.duration = 0
                continue
            start = fields.Datetime.from_string(run.started_at)
            end = fields.Datetime.from_string(
                run.finished_at or fields.Datetime.now()
            )
            run.duration = int((end - start).total_seconds())

    @api.depends("state", "stage", "problem_count", "incomplete", "error_code")
    def _compute_result(self):
        for run in self:
            run.result = run._sentence()

    def _sentence(self):
        """Return in words how the run stands, in the reader's language."""
        self.ensure_one()
        counts = _(
            "%(departments)d departments and %(people)d people read; %(created)d "
            "created, %(updated)d updated, %(archived)d archived, %(links)d linked."
        ) % {
            "departments": self.departments_read,
            "people": self.users_read,
            "created": self.departments_created + self.users_created,
            "updated": self.departments_updated + self.users_updated,
            "archived": self.departments_archived + self.users_archived,
            "links": self.links_made,
        }
        if self.state == "done":
            words = [counts]
            if self.incomplete:
                words.append(
                    _("DingTalk did not show everything, so nobody was archived.")
                )
            if self.problem_count:
                words.append(_("%d problems, see below.") % self.problem_count)
            return " ".join(words)
        if self.state == "cancelled":
            return _("Cancelled. What had been written before is kept. %s") % counts
        if self.state == "confirm":
            return self._waiting_words()
        if self.state == "failed":
            return _("Ended with an error: %s") % (self.last_error or "")
        if self.state == "retry":
            return _("Interrupted, goes on by itself: %s") % (self.last_error or "")
        if self.state == "queued" and not self.started_at:
            return _("Waiting for its turn.")
        return self._stage_words()

    def _waiting_words(self):
        counts = _(
            "%(new)d new, %(changed)d changed, %(moved)d moved, %(left)d left, "
            "%(returned)d came back."
        ) % {
            "new": self.new_count, "changed": self.changed_count,
            "moved": self.moved_count, "left": self.leaver_count,
            "returned": self.returned_count,
        }
        if self.waits_for == "guard":
            return _(
                "Stopped before writing anything: more would be archived than the "
                "organisation allows without asking. %s"
            ) % counts
        return _("Nothing is written yet: look at it and apply it. %s") % counts

    def _stage_words(self):
        stages = dict(self._fields["stage"]._description_selection(self.env))
        words = stages.get(self.stage, "")
        if self.stage == "read":
            words = _("%(stage)s: %(departments)d and %(people)d so far") % {
                "stage": words,
                "departments": self.departments_read,
                "people": self.users_read,
            }
        return words

    @api.depends("state")
    def _compute_progress_html(self):
        for run in self:
            # A page of our own in the form: it moves by itself in every series,
            # without a widget for each.
            run.progress_html = (
                '<iframe src="/dingding/run/%d/progress" title="%s" style="border:0;'
                'width:100%%;height:90px" class="o_dingding_progress"></iframe>'
                % (run.id, _("Progress"))
                if run.state in OPEN_STATES and isinstance(run.id, int)
                else ""
            )

    @api.model
    def _progress_of(self, run_id):
        """Return what the progress page shows of a run.

        :return: dict of ``state``, ``percent``, ``text``, ``seconds``, ``finished``; or
            None for who may not see it, who learns no more than if there were none
        """
        run = self.browse(run_id)
        try:
            compat.check_access(run, "read")
            state = run.state
        except (AccessError, MissingError):
            return None
        return {
            "state": state,
            "percent": 100 if state == "done" else run.progress,
            "text": run._sentence(),
            "seconds": run.duration,
            "finished": state not in OPEN_STATES,
        }

    # -- starting and stopping -------------------------------------------------

    @api.model
    def _start(self, corp, kind, mode="apply"):
        """Start a run, or go on with the one that is open; return the action to see it.

        :param str kind: 'departments' or 'users'
        :param str mode: 'apply' writes at once, 'preview' shows first what would change
        :raise AccessError: for who may not change the organisation
        :raise UserError: the organisation has no application
        """
        corp.ensure_one()
        compat.check_access(corp, "write")
        corp._app_for("contact")
        run = self.sudo()._open_run(corp, kind)
        if run and run.state in ("queued", "retry"):
            run._enqueue()
            return run._show(run.id)
        if not run:
            # Of two who press at the same moment the second waits here, and then
            # finds the run of the first, which his transaction can't see.
            self.env.cr.execute(
                "SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_START, corp.id]
            )
            with compat.open_cursor(self.env.cr.dbname) as cr:
                cr.execute(
                    "SELECT id FROM dingding_run WHERE corp_id = %s AND kind = %s"
                    " AND state IN %s",
                    [corp.id, kind, OPEN_STATES],
                )
                row = cr.fetchone()
            if not row:
                run = self.sudo()._begin(corp, kind, mode, user_id=self.env.uid)
                return run._show(run.id)
            return self._show(row[0])
        # At work, or its worker died: then the lock is free and somebody goes on.
        self.env["dingding.background"]._kick(self._name)
        return run._show(run.id)

    @api.model
    def _begin(self, corp, kind, mode, **values):
        """Return a new run; those that wait for a decision are overtaken by it."""
        waiting = self.search([("corp_id", "=", corp.id), ("state", "=", "confirm")])
        for run in waiting:
            run._end("cancelled", last_error=_("A later run has taken its place."))
            run._no_longer_waiting()
        run = self.create(dict(values, corp_id=corp.id, kind=kind, mode=mode))
        run._enqueue()
        return run

    @api.model
    def _cron_nightly(self):
        """Start this night's readings."""
        for corp in self.env["dingding.corp"].search([("nightly_pull", "=", True)]):
            if not corp.app_ids or not corp._nightly_due():
                continue
            corp.nightly_at = fields.Datetime.now()
            if not self._open_run(corp, "users"):
                self._begin(corp, "users", "apply", nightly=True, user_id=False)

    @api.model
    def _open_run(self, corp, kind):
        return self.search(
            [
                ("corp_id", "=", corp.id), ("kind", "=", kind),
                ("state", "in", OPEN_STATES),
            ],
            limit=1,
        )

    @api.model
    def _show(self, run_id):
        """Return the action that shows a run."""
        action = self.env.ref("dingding.dingding_run_action").sudo().read()[0]
        form = self.env.ref("dingding.dingding_run_view_form")
        action.update(res_id=run_id, view_mode="form", views=[(form.id, "form")])
        return action

    def _check_manager(self):
        compat.check_access(self, "read")
        if not (
            compat.is_superuser(self.env)
            or self.env.user.has_group("dingding.group_manager")
        ):
            raise AccessError(_("Only DingTalk managers may do this."))

    def action_cancel(self):
        """Stop the run at its next step; what was written stays."""
        self._check_manager()
        for run in self.sudo():
            if run.state == "confirm":
                run._end("cancelled")
                run._no_longer_waiting()
            if run.state not in OPEN_STATES:
                continue
            if run._lock_row():
                # Nobody is at work on it.
                run._end("cancelled")
            else:
                run.cancel_requested = True
        return True

    def action_retry(self):
        """Start anew what has failed."""
        self.ensure_one()
        self._check_manager()
        return self._start(self.corp_id, self.kind, self.mode)

    def action_lines(self):
        """Show the changes of the kind that the button's context names."""
        self.ensure_one()
        compat.check_access(self, "read")
        action = self.env.ref("dingding.dingding_run_line_action").sudo().read()[0]
        kind = self.env.context.get("line_kind")
        action["domain"] = [("run_id", "=", self.id)]
        if kind == "left_out":
            action["domain"].append(("selected", "=", False))
        elif kind:
            action["domain"].append(("kind", "=", kind))
        kinds = dict(
            self.env["dingding.run.line"]._fields["kind"]._description_selection(
                self.env)
        )
        if kind in kinds:
            action["display_name"] = action["name"] = kinds[kind]
        action["context"] = {}
        return action

    def action_conflicts(self):
        """Show the conflicts that the run has found."""
        self.ensure_one()
        compat.check_access(self, "read")
        action = self.env.ref("dingding.dingding_conflict_action").sudo().read()[0]
        action["domain"] = [("run_id", "=", self.id)]
        return action

    def action_refresh(self):
        """Show the current state; the form reads the record again."""
        compat.check_access(self, "read")
        return True

    # -- working off -----------------------------------------------------------

    def _settle(self):
        return not self.cancel_requested or bool(self._end("cancelled"))

    def _end(self, state, **values):
        """Close the run; return None."""
        self.write(
            dict(
                values, state=state, finished_at=fields.Datetime.now(), next_try=False,
            )
        )
        self._hidden_set("")

    def _ended(self, state, message, next_try=False):
        result = super(DingdingRun, self)._ended(state, message, next_try)
        if state in FINAL_STATES:
            self._end(state)
        return result

    def _work(self, deadline):
        """Read, compare, write, link; see the mixin."""
        with self._turn() as held:
            if not held:
                self._pause(TURN_SECONDS)
                return False
            try:
                result = self._work_alone(deadline)
                # The next run of the organisation is to find all that this one wrote.
                self._commit()
                return result
            except Cancelled:
                self.env.cr.rollback()
                compat.forget(self.env)
                if self.exists():
                    self._end("cancelled")
                return False

    def _work_alone(self, deadline):
        meter = Meter(self.calls)
        client = self.corp_id._app_for("contact")._dingtalk_client(on_call=meter)
        if self.stage in ("read", "compare"):
            found = self._work_out(client, meter, deadline)
            if found is None:
                return False
            lines, ids = found
        elif self.stage == "write":
            lines, ids = self._resume(client, meter)
        else:
            lines, ids = [], {}
        if not self._insist(
            lambda: self._apply(lines, ids, meter, deadline),
            lambda: self._apply(*self._resume(client, meter), meter=meter,
                                deadline=deadline),
        ):
            return self._put_off(meter)
        values = {}
        if self.stage != "make":
            values, making = self._insist(lambda: self._link(meter))
            if not making:
                self._finish(meter, values)
                return False
            self._report(dict(values, stage="make", calls=meter.total))
        if not self._insist(lambda: self._make(meter, deadline)):
            return self._put_off(meter)
        self._finish(meter, {})
        return False

    def _insist(self, step, again=None):
        """Return what a step of the work returns, although others write the same rows.

        PostgreSQL refuses what was begun before somebody else has written. What is not
        committed then is lost, a batch at most, and is begun anew.

        :param again: what is done from the second time on, when it is not ``step``
        :raise OperationalError: it happens too often, or it is something else
        """
        for attempt in range(1, MOST_CONFLICTS + 1):
            try:
                return step()
            except OperationalError as error:
                if error.pgcode not in CONFLICTS or attempt == MOST_CONFLICTS:
                    raise
                _logger.info("%s lost a batch: %s", self, error)
                self.env.cr.rollback()
                compat.forget(self.env)
                time.sleep(random.uniform(0, LONGEST_PAUSE))
                step = again or step
        return None

    def _work_out(self, client, meter, deadline):
        """Read and compare; return (lines, ids) to be written, None to stop here."""
        snapshot = Snapshot.load(self._hidden_get()) or Snapshot(self.kind == "users")
        try:
            if not self._read_organisation(client, snapshot, meter, deadline):
                self._hidden_set(snapshot.dump())
                self._put_off(meter)
                return None
            plan, too_many = self._compare(client, snapshot, meter)
        except DingTalkError as error:
            self.env.cr.rollback()
            if error.retryable and snapshot.started:
                # The next attempt goes on from here.
                self._hidden_set(snapshot.dump())
            self._report({"calls": meter.total})
            raise
        problems = snapshot.problems + plan.problems
        if snapshot.incomplete:
            self.incomplete = True
        if too_many or self.mode == "preview":
            self._wait("guard" if too_many else "preview", plan, problems, meter)
            return None
        lines = self._keep_plan(plan, True)
        if lines or problems:
            self._log_problems(problems)
            self._hidden_set("")
            self._report({"stage": "write", "calls": meter.total})
        return lines, plan.ids

    def _link(self, meter):
        """Make the links, and see whom system users are to be made for.

        :return: (values of the run to be written, whether something is to be made)
        """
        if self.kind != "users":
            return {}, False
        only = self._chosen_links()
        made, waiting, problems = self._link_people(only)
        if only is not None:
            self._mark_links(made)
            # The other problems were told with the preview.
            self._log_problems(
                [each for each in problems if each["code"] == "link_unconfirmed"]
            )
            return {"links_made": len(made)}, True
        self._insert_lines([self._prepare_link_line(each) for each in made], "done")
        # Nobody gets a second user because a link waits.
        lines, more = self._plan_making(self.corp_id, made + waiting)
        self._insert_lines(lines)
        self._log_problems(problems + more)
        return {"links_made": len(made)}, bool(lines)

    def _mark_links(self, found):
        """Mark the lines of links that were made, and of those that no longer fit."""
        made = {(each.userid, each.field) for each in found}
        lines = self.env["dingding.run.line"].search(
            [("run_id", "=", self.id), ("action", "=", "link"),
             ("state", "=", "pending")]
        )
        done = lines.filtered(
            lambda line: (line.key, list(line._values("new_values"))[0]) in made
        )
        self._mark_lines(done.ids, "done")
        self._mark_lines((lines - done).ids, "skipped", "changed")

    def _finish(self, meter, values):
        self._end(
            "done",
            stage="finished",
            progress=100,
            calls=meter.total,
            last_error=False,
            error_code=False,
            error_remedy=False,
            **values
        )
        self.env["dingding.picture"]._start(self.corp_id)

    def _put_off(self, meter):
        """Leave the rest to the next worker: time is up."""
        self._report({"calls": meter.total})
        self._pause()
        return False
