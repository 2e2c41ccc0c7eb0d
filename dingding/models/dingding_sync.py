# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Synchronise an organisation: read, compare, write and link; keep the log.

Stages are in ``dingding_sync_read.py`` and so on.
"""
import logging
import random
import threading
import time

from psycopg2 import IntegrityError, OperationalError

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError, MissingError

from .. import compat
from ..dingtalk.errors import DingTalkError
from ..sync.spool import COMPARED
from .dingding_sync_run_mixin import OPEN_STATES
from .queue import CONFLICTS

_logger = logging.getLogger(__name__)

TURN_SECONDS = 5  # how long a sync waits for its turn before it is queued again

MOST_CONFLICTS = 20  # batches that may be lost to concurrent writers
LONGEST_PAUSE = 0.5  # seconds until such a batch is retried

COUNTERS = (
    "departments_created", "departments_updated", "departments_archived",
    "users_created", "users_updated", "users_archived", "links_made",
    "others_created", "others_updated", "others_archived",
)
LISTED = (
    "new", "changed", "moved", "leaver", "returned", "kept", "link", "user", "employee",
    "hr_department", "job", "work_location", "unmatched", "follow",
)


class Cancelled(Exception):
    """A user pressed Cancel."""


class Meter(object):
    """Count calls for ``on_call``, from any thread."""

    def __init__(self, total=0):
        self.total = total
        self._lock = threading.Lock()

    def __call__(self, api_name, status, code, seconds):
        with self._lock:
            self.total += 1


class DingdingSync(models.Model):
    """A sync: who started it, its progress, what it changed, what failed."""

    _name = "dingding.sync"
    _inherit = [
        "dingding.sync.run.mixin", "mail.thread", "mail.activity.mixin",
        "dingding.queue.mixin", "dingding.secret.mixin",
    ]
    _description = "DingTalk Synchronisation"
    # Managers close the activity, and change nothing else.
    _mail_post_access = "read"
    _secret_sealed = False  # people and departments, unencrypted in other tables too
    _corp_path = "corp_id"
    _order = "id desc"

    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True
    )
    kind = fields.Selection(
        [("departments", "Departments"), ("users", "Departments and people")],
        string="Type",
        required=True, readonly=True, default="users",
    )
    user_id = fields.Many2one(
        "res.users", string="Started by", readonly=True, ondelete="set null",
        default=lambda self: self.env.uid,
    )
    mode = fields.Selection(
        [("apply", "Write immediately"), ("preview", "Preview first")],
        required=True, readonly=True, default="apply",
    )
    nightly = fields.Boolean(readonly=True, copy=False)
    waits_for = fields.Selection(
        [
            ("preview", "Preview to be checked"),
            ("threshold",
             "Confirmation required: too many records would be archived"),
        ],
        string="Waiting for",
        readonly=True, copy=False,
    )
    decision = fields.Selection(
        [("all", "Everything"), ("selected", "Selected changes")],
        string="Applied changes", readonly=True, copy=False,
    )
    decided_by = fields.Many2one(
        "res.users", string="Decided by", readonly=True, copy=False,
        ondelete="set null",
    )
    started_at = fields.Datetime(string="Started on", readonly=True, copy=False)
    finished_at = fields.Datetime(string="Finished on", readonly=True, copy=False)
    duration = fields.Integer(
        string="Duration (s)", compute="_compute_duration",
        help="Seconds between start and end, without the time that a manager took to "
             "decide.",
    )
    asked_at = fields.Datetime(
        string="Awaiting manager since", readonly=True, copy=False
    )
    waited = fields.Integer(
        string="Waited (s)", readonly=True, copy=False,
        help="Seconds that the sync waited for a manager.",
    )
    stage = fields.Selection(
        [
            ("read", "Reading departments and people"),
            ("compare", "Comparing"),
            ("write", "Writing"),
            ("link", "Linking to system users"),
            ("make", "Creating system users"),
            ("follow", "Updating linked records"),
            ("finished", "Finished"),
        ],
        default="read", readonly=True, copy=False,
    )
    progress = fields.Integer(readonly=True, copy=False)
    calls = fields.Integer(
        string="API calls", readonly=True, copy=False,
        help="Requests sent to DingTalk, including retries and token requests.",
    )
    departments_read = fields.Integer(readonly=True, copy=False)
    users_read = fields.Integer(string="People read", readonly=True, copy=False)
    departments_created = fields.Integer(readonly=True, copy=False)
    departments_updated = fields.Integer(readonly=True, copy=False)
    departments_archived = fields.Integer(readonly=True, copy=False)
    users_created = fields.Integer(string="People created", readonly=True, copy=False)
    users_updated = fields.Integer(string="People updated", readonly=True, copy=False)
    users_archived = fields.Integer(string="People archived", readonly=True, copy=False)
    links_made = fields.Integer(string="Links created", readonly=True, copy=False)
    others_read = fields.Integer(readonly=True, copy=False)
    others_created = fields.Integer(readonly=True, copy=False)
    others_updated = fields.Integer(readonly=True, copy=False)
    others_archived = fields.Integer(readonly=True, copy=False)
    incomplete = fields.Boolean(
        readonly=True, copy=False,
        help="DingTalk did not return all data, so nobody was archived.",
    )
    cancel_requested = fields.Boolean(readonly=True, copy=False)
    problem_ids = fields.One2many(
        "dingding.sync.problem", "sync_id", string="Problems", readonly=True
    )
    problem_count = fields.Integer(
        string="Number of problems", readonly=True, copy=False
    )
    line_ids = fields.One2many("dingding.sync.line", "sync_id", readonly=True)
    conflict_ids = fields.One2many("dingding.conflict", "sync_id", readonly=True)
    result = fields.Text(compute="_compute_result")
    new_count = fields.Integer(string="New", compute="_compute_line_counts")
    changed_count = fields.Integer(string="Changed", compute="_compute_line_counts")
    moved_count = fields.Integer(string="Moved", compute="_compute_line_counts")
    leaver_count = fields.Integer(string="Left", compute="_compute_line_counts")
    returned_count = fields.Integer(string="Rejoined", compute="_compute_line_counts")
    kept_count = fields.Integer(string="Kept", compute="_compute_line_counts")
    link_count = fields.Integer(string="Links", compute="_compute_line_counts")
    user_count = fields.Integer(string="New users", compute="_compute_line_counts")
    employee_count = fields.Integer(
        string="New employees", compute="_compute_line_counts"
    )
    hr_department_count = fields.Integer(
        string="HR departments", compute="_compute_line_counts"
    )
    job_count = fields.Integer(
        string="New job positions", compute="_compute_line_counts"
    )
    work_location_count = fields.Integer(
        string="New work locations", compute="_compute_line_counts"
    )
    unmatched_count = fields.Integer(string="Unmatched", compute="_compute_line_counts")
    follow_count = fields.Integer(
        string="Linked records", compute="_compute_line_counts"
    )
    left_out_count = fields.Integer(
        string="Not selected", compute="_compute_line_counts"
    )
    conflict_count = fields.Integer(string="Conflicts", compute="_compute_line_counts")
    progress_html = fields.Html(
        string="Progress bar", compute="_compute_progress_html", sanitize=False
    )

    # -- display ----------------------------------------------------------------

    def _compute_line_counts(self):
        counts = {}
        if self.ids:
            compat.flush(self.env)
            self.env.cr.execute(
                "SELECT sync_id, kind, count(*), sum(CASE WHEN selected THEN 0 ELSE 1"
                " END) FROM dingding_sync_line WHERE sync_id IN %s"
                " GROUP BY sync_id, kind",
                [tuple(self.ids)],
            )
            for sync_id, kind, number, left_out in self.env.cr.fetchall():
                found = counts.setdefault(sync_id, {})
                found[kind] = number
                found["left_out"] = found.get("left_out", 0) + left_out
        for sync in self:
            found = counts.get(sync.id, {})
            for kind in LISTED + ("left_out",):
                sync["%s_count" % kind] = found.get(kind, 0)
            sync.conflict_count = len(sync.conflict_ids)

    @api.depends("started_at", "finished_at", "asked_at", "waited")
    def _compute_duration(self):
        for sync in self:
            if not sync.started_at:
                sync.duration = 0
                continue
            start = fields.Datetime.from_string(sync.started_at)
            end = fields.Datetime.from_string(
                sync.asked_at or sync.finished_at or fields.Datetime.now()
            )
            sync.duration = int((end - start).total_seconds()) - sync.waited

    @api.depends("state", "stage", "problem_count", "incomplete", "error_code")
    def _compute_result(self):
        for sync in self:
            sync.result = sync._summary_text()

    def _summary_text(self):
        """Return the state of the sync as a sentence, in the reader's language."""
        self.ensure_one()
        counts = _(
            "%(departments)d departments and %(people)d people read; %(created)d "
            "created, %(updated)d updated, %(archived)d archived, %(links)d linked."
        ) % {
            "departments": self.departments_read,
            "people": self.users_read,
            "created": self._sum_of("created"),
            "updated": self._sum_of("updated"),
            "archived": self._sum_of("archived"),
            "links": self.links_made,
        }
        if self.state == "done":
            words = [counts]
            made = self._made_counts([("state", "=", "done")])
            if made["users"] or made["employees"]:
                words.append(
                    _("%(users)d new users and %(employees)d new employees.") % made)
            if self.incomplete:
                words.append(
                    _("DingTalk did not return all data, so nobody was archived.")
                )
            if self.problem_count:
                words.append(_("Problems: %d, see below.") % self.problem_count)
            return " ".join(words)
        if self.state == "cancelled":
            return _(
                "Cancelled. Changes that were already written are kept. %s") % counts
        if self.state == "confirm":
            return self._waiting_text()
        if self.state == "failed":
            return _("Failed with an error: %s") % (self.last_error or "")
        if self.state == "retry":
            return _(
                "Interrupted; continues automatically: %s") % (self.last_error or "")
        if self.state == "queued" and not self.started_at:
            return _("Waiting to start.")
        return self._stage_text()

    def _made_counts(self, domain):
        """Return how many records of Odoo's own the lines of a domain make.

        :rtype: dict of links, users and employees
        """
        lines = self.env["dingding.sync.line"]
        return {
            key: lines.search_count(
                [("sync_id", "=", self.id), ("kind", "=", kind)] + domain)
            for key, kind in (
                ("links", "link"), ("users", "user"), ("employees", "employee"))
        }

    def _sum_of(self, word):
        return sum(self[name] for name in COUNTERS if name.endswith(word))

    def _waiting_text(self):
        counts = _(
            "%(new)d new, %(changed)d changed, %(moved)d moved, %(left)d left, "
            "%(returned)d rejoined."
        ) % {
            "new": self.new_count, "changed": self.changed_count,
            "moved": self.moved_count, "left": self.leaver_count,
            "returned": self.returned_count,
        }
        made = self._made_counts([])
        if any(made.values()):
            counts += " " + _(
                "%(links)d links, %(users)d new users, %(employees)d new employees."
            ) % made
        if self.waits_for == "threshold":
            return _(
                "Stopped before writing anything: more records would be archived than "
                "the archive threshold allows. %s"
            ) % counts
        return _(
            "Nothing has been written yet. Check the changes, then apply them. %s"
        ) % counts

    def _stage_text(self):
        stages = dict(self._fields["stage"]._description_selection(self.env))
        words = stages.get(self.stage, "")
        if self.stage == "read":
            words = _(
                "%(stage)s: %(departments)d departments and %(people)d people so far"
            ) % {
                "stage": words,
                "departments": self.departments_read,
                "people": self.users_read,
            }
            if self.others_read:
                words = _("%(so_far)s, %(others)d others") % {
                    "so_far": words, "others": self.others_read,
                }
        return words

    @api.depends("state")
    def _compute_progress_html(self):
        for sync in self:
            # A page updates itself in every series.
            sync.progress_html = (
                '<iframe src="/dingding/sync/%d/progress" title="%s" style="border:0;'
                'width:100%%;height:90px" class="o_dingding_progress"></iframe>'
                % (sync.id, _("Progress"))
                if sync.state in OPEN_STATES and isinstance(sync.id, int)
                else ""
            )

    @api.model
    def _progress_of(self, sync_id):
        """Return the data of the progress page of a sync.

        :return: dict of ``state``, ``percent``, ``text``, ``seconds``, ``finished``; or
            None for users without access, as for a sync that does not exist
        """
        sync = self.browse(sync_id)
        try:
            compat.check_access(sync, "read")
            state = sync.state
        except (AccessError, MissingError):
            return None
        return {
            "state": state,
            "percent": 100 if state == "done" else sync.progress,
            "text": sync._summary_text(),
            "seconds": sync.duration,
            "finished": state not in OPEN_STATES,
        }

    # -- starting and stopping -------------------------------------------------

    @api.model
    def _start(self, corp, kind, mode="apply"):
        """Start a sync, or continue the open one; return the action that shows it.

        :param str kind: 'departments' or 'users'
        :param str mode: 'apply' writes immediately, 'preview' first shows the changes
        :raise AccessError: the user may not change the organisation
        :raise UserError: the organisation has no application
        """
        corp.ensure_one()
        compat.check_access(corp, "write")
        corp._app_for("contact")
        sync = self.sudo()._open_sync(corp, kind)
        if sync and sync.state in ("queued", "retry"):
            sync._enqueue()
            return sync._show(sync.id)
        if not sync:
            return self._show(self._started(
                corp, kind,
                lambda: self.sudo()._begin(corp, kind, mode, user_id=self.env.uid)))
        # If its worker died, another one continues.
        self.env["dingding.queue"]._wake(self._name)
        return sync._show(sync.id)

    @api.model
    def _begin(self, corp, kind, mode, **values):
        """Return a new sync; it replaces waiting ones."""
        self._replace_waiting(corp)
        sync = self.create(dict(values, corp_id=corp.id, kind=kind, mode=mode))
        sync._enqueue()
        return sync

    @api.model
    def _cron_nightly(self):
        """Start tonight's syncs, each in its own transaction."""
        for corp_id in self.env["dingding.corp"].search(
            [("nightly_pull", "=", True)]
        ).ids:
            try:
                with compat.manage_environments(), compat.open_cursor(
                    self.env.cr.dbname
                ) as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    env[self._name]._begin_night(env["dingding.corp"].browse(corp_id))
                    compat.flush(env)
            except (IntegrityError, OperationalError) as error:
                # Somebody has started one, or edits the organisation.
                _logger.info("No nightly sync of %s now: %s", corp_id, error)
            except Exception:
                _logger.exception("No nightly sync of the organisation %s", corp_id)
        compat.forget(self.env)

    @api.model
    def _begin_night(self, corp):
        if not corp.app_ids or not corp._nightly_due():
            return
        corp.nightly_at = fields.Datetime.now()
        if not self._open_sync(corp, "users"):
            self._begin(corp, "users", "apply", nightly=True, user_id=False)

    def action_retry(self):
        """Restart failed syncs."""
        self.ensure_one()
        self._check_manager()
        return self._start(self.corp_id, self.kind, self.mode)

    def action_try_now(self):
        """Make the next attempt of syncs that wait for it now."""
        self._check_manager()
        self.filtered(lambda sync: sync.state == "retry")._enqueue()
        return True

    def action_lines(self):
        """Show the changes of the kind named in the button's context."""
        self.ensure_one()
        compat.check_access(self, "read")
        action = compat.window_action(self.env, "dingding.dingding_sync_line_action")
        kind = self.env.context.get("line_kind")
        action["domain"] = [("sync_id", "=", self.id)]
        if kind == "left_out":
            action["domain"].append(("selected", "=", False))
        elif kind:
            action["domain"].append(("kind", "=", kind))
        kinds = dict(
            self.env["dingding.sync.line"]._fields["kind"]._description_selection(
                self.env)
        )
        if kind in kinds:
            action["display_name"] = action["name"] = kinds[kind]
        action["context"] = {}
        return action

    def action_conflicts(self):
        self.ensure_one()
        compat.check_access(self, "read")
        action = compat.window_action(self.env, "dingding.dingding_conflict_action")
        action["domain"] = [("sync_id", "=", self.id)]
        return action

    # -- processing -------------------------------------------------------------

    def _end(self, state, **values):
        result = super()._end(state, **values)
        self._secret_set("")
        return result

    def _work(self, deadline):
        """Read, compare, write, link; see the mixin."""
        begun = time.monotonic()
        with self._exclusive_lock() as held:
            if not held:
                self._pause(TURN_SECONDS)
                return False
            # Beside a stream of events, waiting may take longer than a step may.
            deadline += int(time.monotonic() - begun)
            try:
                result = self._sync_exclusively(deadline)
                # The next sync must see everything.
                self._commit()
                return result
            except Cancelled:
                compat.roll_back(self.env)
                if self.exists():
                    self._end("cancelled")
                return False

    def _sync_exclusively(self, deadline):
        meter = Meter(self.calls)
        app = self.corp_id._app_for("contact")
        client = app._dingtalk_client(feature="contacts", on_call=meter)
        fresh = self.stage in ("read", "compare")
        if fresh:
            found = self._sync_stages(client, meter, deadline)
            if found is None:
                return False
        elif self.stage == "write":
            found = self._resume(client, meter, deadline)
            if found is None:
                return self._put_off(meter)
        else:
            found = [], {}
        if not self._retry_on_conflict(
            lambda: self._apply_lines(found, meter, deadline, fresh),
            lambda: self._apply_lines(
                self._resume(client, meter, deadline), meter, deadline, False),
        ):
            return self._put_off(meter)
        stage = self.stage
        if stage not in ("make", "follow"):
            values, making = self._retry_on_conflict(lambda: self._link(meter))
            stage = "make" if making else "follow"
            self._report(dict(values, stage=stage, calls=meter.total))
        if stage == "make" and not self._retry_on_conflict(
            lambda: self._make(meter, deadline)
        ):
            return self._put_off(meter)
        if not self._retry_on_conflict(lambda: self._follow(meter, deadline)):
            return self._put_off(meter)
        self._finish(meter, {})
        return False

    def _apply_lines(self, found, meter, deadline, fresh):
        """Carry out lines; return False if time ran out.

        :param found: of ``_resume``
        :param bool fresh: they were compared just now
        """
        if found is None:
            return False
        lines, ids = found
        if lines is None:
            return self._apply_stored(ids, meter, deadline, fresh)
        return self._apply(lines, ids, meter, deadline)

    def _retry_on_conflict(self, step, again=None):
        """Repeat a step on conflicts with concurrent writers; return its result.

        Uncommitted work, one batch at most, is repeated.

        :param again: what to call from the second time on, if not ``step``
        :raise OperationalError: too many conflicts, or another error
        """
        for attempt in range(1, MOST_CONFLICTS + 1):
            try:
                return step()
            except OperationalError as error:
                if error.pgcode not in CONFLICTS or attempt == MOST_CONFLICTS:
                    raise
                _logger.info("%s lost a batch: %s", self, error)
                compat.roll_back(self.env)
                time.sleep(random.uniform(0, LONGEST_PAUSE))
                step = again or step
        return None

    def _sync_stages(self, client, meter, deadline):
        """Read and compare; return (lines, ids) to write, or None to stop here."""
        snapshot = self._load_snapshot()
        unread = not snapshot.finished
        try:
            plan = None
            if self._read_organisation(client, snapshot, meter, deadline) and not (
                unread and snapshot.spooled and time.monotonic()
                + len(snapshot.people) / float(COMPARED) > deadline
            ) and self._read_changed(client, snapshot, meter, deadline):
                plan, too_many = self._compare(client, snapshot, meter, deadline)
            if plan is None:
                self._save_snapshot(snapshot)
                self._put_off(meter)
                return None
        except DingTalkError as error:
            compat.roll_back(self.env)
            if error.retryable and snapshot.started:
                self._save_snapshot(snapshot)
            self._report({"calls": meter.total})
            raise
        problems = snapshot.problems + plan.problems
        if snapshot.incomplete:
            self.incomplete = True
        if too_many or self.mode == "preview":
            self._wait("threshold" if too_many else "preview", plan, problems, meter)
            return None
        lines = self._keep_plan(plan, True)
        if lines != [] or problems:
            self._log_problems(problems)
            self._secret_set("")
            self._report({"stage": "write", "calls": meter.total})
        return lines, plan.ids

    def _link(self, meter):
        """Create the links, and determine which people need new system users.

        :return: (values of the sync to write, whether anything is to be created)
        """
        if self.kind != "users":
            return {}, False
        only = self._chosen_links()
        made, waiting, problems = self._link_people(only)
        if only is not None:
            self._mark_links(made)
            # The preview has already reported the other problems.
            self._log_problems(
                [each for each in problems if each["code"] == "link_unconfirmed"]
            )
            return {"links_made": len(made)}, True
        self._insert_lines([self._prepare_link_line(each) for each in made], "done")
        # People with a pending link must not get a second user.
        lines, more = self._plan_records(self.corp_id, made + waiting)
        self._insert_lines(lines)
        self._log_problems(problems + more)
        return {"links_made": len(made)}, bool(lines)

    def _mark_links(self, found):
        """Mark the lines of created links, and of those that no longer fit."""
        made = {(each.userid, each.field) for each in found}
        lines = self.env["dingding.sync.line"].search(
            [("sync_id", "=", self.id), ("action", "=", "link"),
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
        self._report({"calls": meter.total})
        self._pause()
        return False
