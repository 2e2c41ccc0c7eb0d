# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""One reading of an organisation: read, compare, write, link; and its log."""
import collections
import datetime
import logging
import threading
import time

from psycopg2 import InterfaceError, OperationalError, sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, MissingError

from .. import compat
from ..dingtalk.errors import DingTalkError, NotFoundError
from ..sync import converters, links, plan as plans
from ..sync.reader import Reader
from ..sync.snapshot import Snapshot
from .background import LOCK_ROW

_logger = logging.getLogger(__name__)

# First key of the advisory locks by which runs of one organisation take turns.
LOCK_CORP = 0x44540003
# And of those by which two who press the button at once take turns.
LOCK_START = 0x44540004
TURN_SECONDS = 5  # until the next attempt when another run of the corp is at work

OPEN_STATES = ("queued", "working", "retry")
FINAL_STATES = ("done", "failed", "unknown", "cancelled")

BATCH = 200  # rows a commit
# Share of the bar that each stage takes, as (from, to).
READ, COMPARE, WRITE = (0, 70), (70, 75), (75, 98)
# How often the reading is reported. Fixed, so that a large organisation costs no
# more statements than a small one.
REPORTS = 6

COUNTERS = (
    "departments_created", "departments_updated", "departments_archived",
    "users_created", "users_updated", "users_archived", "links_made",
)


class Cancelled(Exception):
    """Somebody pressed Cancel."""


class Meter(object):
    """Counts calls for ``on_call``, from any thread."""

    def __init__(self, total=0):
        self.total = total
        self._lock = threading.Lock()

    def __call__(self, api_name, status, code, seconds):
        with self._lock:
            self.total += 1


class DingdingRun(models.Model):
    """A run: who started it, how far it is, what it changed, what went wrong."""

    _name = "dingding.run"
    _inherit = ["dingding.queue.mixin", "dingding.hidden.value"]
    _description = "DingTalk Run"
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
    result = fields.Text(compute="_compute_result")
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

    # -- what a person sees ----------------------------------------------------

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
        if self.state == "failed" and self.error_code == "guard":
            return _("Stopped before writing anything: see the problem below.")
        if self.state == "failed":
            return _("Ended with an error: %s") % (self.last_error or "")
        if self.state == "retry":
            return _("Interrupted, goes on by itself: %s") % (self.last_error or "")
        if self.state == "queued" and not self.started_at:
            return _("Waiting for its turn.")
        return self._stage_words()

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
            "finished": state in FINAL_STATES,
        }

    # -- starting and stopping -------------------------------------------------

    @api.model
    def _start(self, corp, kind):
        """Start a run, or go on with the one that is open; return the action to see it.

        :param str kind: 'departments' or 'users'
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
                run = self.sudo().create(
                    {"corp_id": corp.id, "kind": kind, "user_id": self.env.uid}
                )
                run._enqueue()
                return run._show(run.id)
            return self._show(row[0])
        # At work, or its worker died: then the lock is free and somebody goes on.
        self.env["dingding.background"]._kick(self._name)
        return run._show(run.id)

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
            if run.state not in OPEN_STATES:
                continue
            self.env.cr.execute(
                "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))",
                run._lock_key(),
            )
            if self.env.cr.fetchone()[0]:
                # Nobody is at work on it.
                run._end("cancelled")
            else:
                run.cancel_requested = True
        return True

    def _lock_key(self):
        return [LOCK_ROW, "%s,%d" % (self._name, self.id)]

    def action_retry(self):
        """Start anew what has failed."""
        self.ensure_one()
        self._check_manager()
        return self._start(self.corp_id, self.kind)

    def action_refresh(self):
        """Show the current state; the form reads the record again."""
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
        if not self._enter_turn():
            moment = datetime.datetime.utcnow() + datetime.timedelta(
                seconds=TURN_SECONDS
            )
            self._pause()
            self.next_try = fields.Datetime.to_string(moment)
            return False
        cr = self.env.cr
        try:
            result = self._work_alone(deadline)
            compat.flush(self.env)
            # The next run of the organisation is to find all that this one wrote.
            cr.commit()  # pylint: disable=invalid-commit
            return result
        except Cancelled:
            cr.rollback()
            compat.forget(self.env)
            if self.exists():
                self._end("cancelled")
            return False
        except Exception:
            cr.rollback()
            raise
        finally:
            self._leave_turn()

    def _enter_turn(self):
        """Wait for nobody: return whether no other run of the organisation is at work.

        The lock belongs to the connection, so that it lasts over our commits and ends
        with us, however we end.
        """
        self.env.cr.execute(
            "SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CORP, self.corp_id.id]
        )
        return self.env.cr.fetchone()[0]

    def _leave_turn(self):
        try:
            self.env.cr.execute(
                "SELECT pg_advisory_unlock(%s, %s)", [LOCK_CORP, self.corp_id.id]
            )
        except (InterfaceError, OperationalError):
            # Without a connection there is no lock either.
            _logger.info("%s lost its connection", self)

    def _work_alone(self, deadline):
        corp = self.corp_id
        meter = Meter(self.calls)
        client = corp._app_for("contact")._dingtalk_client(on_call=meter)
        snapshot = Snapshot.load(self._hidden_get()) or Snapshot(self.kind == "users")
        try:
            if not self._read(client, snapshot, meter, deadline):
                return self._put_off(snapshot, meter)
            plan = self._compare(client, snapshot, meter)
        except DingTalkError as error:
            self.env.cr.rollback()
            if error.retryable and snapshot.started:
                # The next attempt goes on from here.
                self._hidden_set(snapshot.dump())
            self._report({"calls": meter.total})
            raise
        if plan is None:
            return False
        if not self._apply(plan, meter, deadline):
            return self._put_off(snapshot, meter)
        self._report({"stage": "link"})
        linked, problems = self._link_people(corp)
        problems = snapshot.problems + plan.problems + problems
        self._log_problems(problems)
        self._end(
            "done",
            stage="finished",
            progress=100,
            links_made=linked,
            calls=meter.total,
            incomplete=snapshot.incomplete,
            problem_count=len(problems),
            last_error=False,
            error_code=False,
            error_remedy=False,
        )
        return False

    def _put_off(self, snapshot, meter):
        """Leave the rest to the next worker: time is up."""
        self._hidden_set(snapshot.dump())
        self._report({"calls": meter.total})
        self._pause()
        return False

    def _report(self, values, added=None):
        """Write how far the run is, commit, and see whether to go on.

        :param dict added: counters that rise by so much
        :raise Cancelled: somebody pressed Cancel
        """
        assignments = [
            sql.SQL("{} = %s").format(sql.Identifier(name)) for name in sorted(values)
        ] + [
            sql.SQL("{0} = COALESCE({0}, 0) + %s").format(sql.Identifier(name))
            for name in sorted(added or {})
        ]
        query = sql.SQL("UPDATE {} SET {} WHERE id = %s RETURNING cancel_requested")
        parameters = [values[name] for name in sorted(values)]
        parameters += [added[name] for name in sorted(added or {})]
        compat.execute(
            self.env.cr,
            query.format(
                sql.Identifier(self._table), sql.SQL(", ").join(assignments)
            ),
            parameters + [self.id],
        )
        cancel = self.env.cr.fetchone()
        # Others are to see it now, and no transaction stays open while DingTalk is
        # asked. What was written before is a whole batch.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        if not cancel or cancel[0]:
            raise Cancelled

    # -- read ------------------------------------------------------------------

    def _read(self, client, snapshot, meter, deadline):
        """Read what is still to be read; return whether that is all."""
        values = {"stage": "read", "progress": self.progress or 0}
        if not self.started_at:
            values["started_at"] = fields.Datetime.now()
        self.env.cr.execute(
            "SELECT count(*) FROM dingding_department WHERE corp_id = %s AND active",
            [self.corp_id.id],
        )
        expected = self.env.cr.fetchone()[0]
        self._report(values)
        if snapshot.finished:
            return True
        reports = {"next": 1}

        def on_progress(share, snapshot):
            if share * REPORTS < reports["next"] or share >= 1:
                return
            reports["next"] = int(share * REPORTS) + 1
            self._report(
                {
                    "progress": max(self._along(READ, share), values["progress"]),
                    "departments_read": len(snapshot.departments),
                    "users_read": len(snapshot.people),
                    "calls": meter.total,
                }
            )

        Reader(
            client.contacts, client.auth.scopes, on_progress, expected
        ).fill(snapshot, deadline)
        return snapshot.finished

    @staticmethod
    def _along(stage, share):
        low, high = stage
        return int(low + (high - low) * share)

    # -- compare ---------------------------------------------------------------

    def _compare(self, client, snapshot, meter):
        """Return the plan, or None when the guard has stopped the run."""
        corp = self.corp_id
        self._report(
            {
                "stage": "compare",
                "progress": COMPARE[0],
                "departments_read": len(snapshot.departments),
                "users_read": len(snapshot.people),
                "calls": meter.total,
            }
        )
        plan, stored = self._plan(corp, snapshot)
        if snapshot.incomplete:
            names = [
                rows[key]["name"] for rows, key in self._leaving(plan, stored)
            ]
            if names:
                plan.problem("leavers_kept", "%d" % len(names),
                             error=", ".join(names[:20]))
            return plan
        if self._too_many(plan, stored):
            self._stop(plan, stored, meter)
            return None
        if any(plan.leaving.values()) and not snapshot.confirmed:
            # What was read to compare is no longer needed, and DingTalk is slow.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            Reader(client.contacts).confirm(
                snapshot, plan.leaving["departments"], plan.leaving["people"]
            )
            plan, _stored = self._plan(corp, snapshot)
        return plan

    @staticmethod
    def _leaving(plan, stored):
        for kind, keys in sorted(plan.leaving.items()):
            for key in keys:
                yield stored[kind], key

    def _too_many(self, plan, stored):
        return any(
            plans.too_many(
                len(plan.leaving[kind]),
                sum(1 for row in rows.values() if row["active"]),
            )
            for kind, rows in stored.items()
        )

    def _stop(self, plan, stored, meter):
        """End the run without writing: too many would be archived."""
        names = [rows[key]["name"] for rows, key in self._leaving(plan, stored)]
        problems = plans.Plan()
        problems.problem("guard", "%d" % len(names), error=", ".join(names[:50]))
        self._log_problems(problems.problems)
        self._end("failed", error_code="guard", calls=meter.total, problem_count=1)

    @api.model
    def _plan(self, corp, snapshot):
        """Compare a snapshot with the database; nothing is written.

        :return: (Plan, dict 'departments' and 'people' of stored rows)
        """
        departments = self.env["dingding.department"]
        people = self.env["dingding.user"]
        plan = plans.Plan()
        stored = {"departments": departments._stored(corp, ["sequence"])}
        plans.compare_departments(
            plan, snapshot, departments._dingtalk_mapping(), stored["departments"],
            corp.name,
        )
        stored["people"] = {}
        if snapshot.with_people:
            stored["people"] = people._stored(corp)
            plans.compare_people(
                plan, snapshot, people._dingtalk_mapping(), stored["people"],
                frozenset(snapshot.departments) | frozenset(stored["departments"]),
            )
        plan.ids = {
            "department": {
                key: row["id"] for key, row in stored["departments"].items()
            },
            "person": {key: row["id"] for key, row in stored["people"].items()},
        }
        return plan, stored

    # -- write -----------------------------------------------------------------

    def _apply(self, plan, meter, deadline):
        """Write the plan batch by batch; return whether that was all in time."""
        changes = [("dingding.department", each) for each in plan.departments]
        changes += [("dingding.user", each) for each in plan.people]
        for start in range(0, len(changes), BATCH):
            if time.monotonic() > deadline:
                return False
            batch = changes[start:start + BATCH]
            for model_name in ("dingding.department", "dingding.user"):
                self.env[model_name]._write_changes(
                    self.corp_id,
                    [change for name, change in batch if name == model_name],
                    plan.ids,
                )
            compat.flush(self.env)
            self._report(
                {
                    "stage": "write",
                    "progress": self._along(
                        WRITE, (start + len(batch)) / float(len(changes))
                    ),
                    "calls": meter.total,
                },
                self._counted(batch),
            )
        return True

    @staticmethod
    def _counted(batch):
        names = {"dingding.department": "departments", "dingding.user": "users"}
        words = {
            plans.CREATE: "created", plans.UPDATE: "updated", plans.ARCHIVE: "archived"
        }
        return collections.Counter(
            "%s_%s" % (names[name], words[change.action]) for name, change in batch
        )

    def _log_problems(self, problems):
        """Keep what the run could not do; done once, in the run's last step."""
        if not problems:
            return
        corp = self.corp_id
        departments = self._ids_of(
            "dingding.department", corp, [each["dept_id"] for each in problems]
        )
        people = self._ids_of(
            "dingding.user", corp, [each["userid"] for each in problems]
        )
        compat.create_all(
            self.env["dingding.run.problem"],
            [
                {
                    "run_id": self.id,
                    "code": each["code"],
                    "subject": each["subject"],
                    "error": each["error"],
                    "error_remedy": each["remedy"],
                    "department_id": departments.get(each["dept_id"], False),
                    "person_id": people.get(each["userid"], False),
                }
                for each in problems
            ],
        )

    @api.model
    def _ids_of(self, model_name, corp, keys):
        model = self.env[model_name].with_context(active_test=False)
        key = model._mirror_key
        rows = model.search(
            [("corp_id", "=", corp.id), (key, "in", [each for each in keys if each])]
        )
        return {row[key]: row.id for row in rows}

    # -- link ------------------------------------------------------------------

    @api.model
    def _link_people(self, corp):
        """Link people to what Odoo knows of them; addons link more by inheritance.

        :return: (number of links made, list of problems as in a snapshot)
        """
        rules = [
            rule for rule, chosen in
            (("mobile", corp.link_by_mobile), ("email", corp.link_by_email)) if chosen
        ]
        people = self._linkable_people(corp, "user_id") if rules else []
        if all(row["linked"] for row in people):
            return 0, []
        users = self.env["res.users"]
        found, problems = links.find(
            people,
            self._user_candidates(corp),
            {row["linked"] for row in people if row["linked"]},
            rules,
            lambda id_: not corp.link_administrators and self.env[
                "dingding.user"]._is_administrator(users.browse(id_)),
        )
        for link in found:
            self.env["dingding.user"].browse(link.person).write(
                {
                    "user_id": link.candidate,
                    "link_rule": link.rule,
                    "linked_on": fields.Datetime.now(),
                }
            )
        return len(found), problems

    @api.model
    def _linkable_people(self, corp, link_field, columns=()):
        """Return active people as ``sync.links`` wants them.

        :param str link_field: field with the link, given as ``linked``
        :param columns: further plain fields
        """
        compat.flush(self.env)
        names = [
            "id", "userid", "name", "activated", "mobile_number", "email", "org_email",
        ] + list(columns)
        query = sql.SQL(
            "SELECT {} FROM dingding_user WHERE corp_id = %s AND active ORDER BY id"
        ).format(
            sql.SQL(", ").join(sql.Identifier(name) for name in names + [link_field])
        )
        compat.execute(self.env.cr, query, [corp.id])
        names.append("linked")
        return [dict(zip(names, row)) for row in self.env.cr.fetchall()]

    @api.model
    def _user_candidates(self, corp):
        """Return active internal users as ``sync.links`` wants them."""
        partners = self.env["res.partner"]
        # 19 keeps the mobile in the same field as the phone.
        mobile = "mobile" if "mobile" in partners._fields else "phone"
        query = sql.SQL(
            "SELECT u.id, u.login, p.name, p.email, p.{}, c.phone_code, {}"
            " FROM res_users u JOIN res_partner p ON p.id = u.partner_id"
            " LEFT JOIN res_country c ON c.id = p.country_id"
            " WHERE u.active AND u.share IS NOT TRUE ORDER BY u.id"
        ).format(sql.Identifier(mobile), self._company_code)
        compat.execute(self.env.cr, query, [corp.company_id.id])
        return [
            links.Candidate(
                id_, name, self._numbers(number, code or default),
                {links.email(login), links.email(email)} - {None},
            )
            for id_, login, name, email, number, code, default
            in self.env.cr.fetchall()
        ]

    # The country code of numbers that name none; takes the id of the company.
    _company_code = sql.SQL(
        "(SELECT d.phone_code FROM res_company m JOIN res_partner q"
        " ON q.id = m.partner_id JOIN res_country d ON d.id = q.country_id"
        " WHERE m.id = %s)"
    )

    @staticmethod
    def _numbers(number, code):
        """Return a telephone number as a set, for comparing; empty when it is none."""
        return {
            converters.number(number, default=str(code or converters.CHINA))
        } - {None}

    # -- one at a time ---------------------------------------------------------

    @api.model
    def _refresh_person(self, person):
        """Read one person and write what differs.

        :raise DingTalkError: when DingTalk can't be asked
        """
        corp = person.corp_id.sudo()
        client = corp._app_for("contact")._dingtalk_client(max_wait=0)
        snapshot = Snapshot()
        try:
            Reader(client.contacts).read_person(snapshot, person.userid)
        except NotFoundError:
            snapshot.gone["people"].append(person.userid)
        self.sudo()._apply_part(corp, snapshot)

    @api.model
    def _refresh_department(self, department):
        """Read one department and its people and write what differs."""
        corp = department.corp_id.sudo()
        client = corp._app_for("contact")._dingtalk_client(max_wait=0)
        snapshot = Snapshot()
        reader = Reader(client.contacts)
        reader.read_department(
            snapshot, department.dept_id, department.sudo().parent_id.dept_id or None
        )
        members = department.sudo().user_ids.mapped("userid")
        missing = [key for key in members if key not in snapshot.people]
        reader.confirm(snapshot, [], missing)
        self.sudo()._apply_part(corp, snapshot)

    @api.model
    def _apply_part(self, corp, snapshot):
        """Write what a snapshot of single people and departments says of them."""
        departments = self.env["dingding.department"]
        people = self.env["dingding.user"]
        plan = plans.Plan()
        stored = departments._stored(corp, ["sequence"])
        plans.compare_part(
            plan, snapshot, departments._dingtalk_mapping(), stored,
            people._dingtalk_mapping(), people._stored(corp),
        )
        ids = {
            "department": {key: row["id"] for key, row in stored.items()},
            "person": self._ids_of(
                "dingding.user", corp, [each.key for each in plan.people] + [
                    item.get("manager_userid") for item in snapshot.people.values()]
            ),
        }
        departments._write_changes(corp, plan.departments, ids)
        people._write_changes(corp, plan.people, ids)
