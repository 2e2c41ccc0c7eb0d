# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from unittest import mock

from psycopg2 import sql

from odoo.exceptions import ValidationError

from .. import compat
from ..models import dingding_sync, queue
from .common import DingTalkCase, call_as

TABLES = (
    "dingding_department", "dingding_user", "dingding_department_user_rel",
    "dingding_department_manager_rel", "res_users", "res_partner",
)
SAME = (
    "name", "title", "job_number", "telephone", "email", "org_email", "work_place",
    "remark",
)
# Savepoints, and statements that go with calls and with time.
NOT_COUNTED = ("SAVEPOINT", "dingding_call_rate", "RETURNING cancel_requested")


class SyncCase(DingTalkCase):
    """Tests of reading an organisation, with the simulator."""

    tables = TABLES

    def start(self, kind="users", corp=None):
        """Start a sync as a manager; return its record."""
        corp = (corp or self.corp).with_env(self.env(user=self.user_manager.id))
        press = {"users": corp.action_get_users,
                 "departments": corp.action_get_departments}[kind]
        return self.env["dingding.sync"].browse(press()["res_id"])

    def run_it(self, kind="users", corp=None, state="done"):
        """Start a sync and process it; return its record."""
        run = self.start(kind, corp)
        self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, state, run.last_error)
        return run

    def preview(self):
        """Press Synchronise... as a manager; return the waiting sync."""
        corp = self.corp.with_env(self.env(user=self.user_manager.id))
        run = self.env["dingding.sync"].browse(corp.action_synchronise()["res_id"])
        self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, "confirm", run.last_error)
        return run

    def decide(self, run, method="action_apply_all", state="done", user=None):
        """Apply a preview, as a manager unless told otherwise."""
        call_as(user or self.user_manager, "dingding.sync", method, run.ids)
        self.process_queue("dingding.sync")
        compat.forget(self.env)
        self.assertEqual(run.state, state, run.last_error)

    def confirm_it(self, user=None):
        """Synchronise with a preview that is applied; return the sync."""
        run = self.preview()
        self.decide(run, user=user)
        return run

    def people(self, corp=None):
        return self.env["dingding.user"].with_context(active_test=False).search(
            [("corp_id", "=", (corp or self.corp).id)]
        )

    def person(self, userid):
        return self.people().filtered(lambda person: person.userid == userid)

    def departments(self, corp=None):
        return self.env["dingding.department"].with_context(active_test=False).search(
            [("corp_id", "=", (corp or self.corp).id)]
        )

    def department(self, dept_id):
        return self.departments().filtered(lambda each: each.dept_id == str(dept_id))

    def versions(self):
        """Return the versions of all rows."""
        found = {}
        for table in self.tables:
            compat.execute(
                self.env.cr,
                sql.SQL("SELECT ctid, xmin FROM {} ORDER BY 1").format(
                    sql.Identifier(table)
                ),
            )
            found[table] = self.env.cr.fetchall()
        return found

    def unchanged(self, corp=None):
        """Return (statements of an unchanged sync, versions before)."""
        run = self.start(corp=corp)
        compat.flush(self.env)
        versions = self.versions()
        # After a slow sync one looks for other organisations.
        with mock.patch.dict(queue._slow, clear=True), self.counted() as statements:
            self.process_queue("dingding.sync", rounds=1)
        compat.forget(self.env)
        self.assertEqual(run.state, "done", run.last_error)
        self.assertEqual(
            [run[name] for name in dingding_sync.COUNTERS],
            [0] * len(dingding_sync.COUNTERS),
        )
        return statements, versions

    def counted(self, without=NOT_COUNTED):
        return super().counted(without)

    def matchable(self):
        """Return the userids of active people with a Chinese mobile, sorted."""
        return sorted(
            userid for userid, there in self.simulated().items()
            if there["mobile"] and there["state_code"] == "86" and there["active"]
        )

    def first_run(self, people, departments=4):
        """Read an organisation of this size anew; return the statements."""
        self.people().unlink()
        self.departments().sorted("level", reverse=True).unlink()
        self.simulator.reset(people=people, departments=departments)
        self.simulator.settings(rate_limit=None)
        self.app.write(
            {"calls_per_second": 1000, "app_secret": self.simulator.app_secret})
        run = self.start()
        compat.flush(self.env)
        with self.counted() as statements:
            self.process_queue("dingding.sync", rounds=1)
        compat.forget(self.env)
        self.assertEqual(run.state, "done", run.last_error)
        self.assertEqual(len(self.people()), people)
        return statements

    def orm_alone(self, model, records, names, common):
        """Return the statements of creating records like these in one go.

        :param names: fields that are copied
        :param dict common: further values
        """
        vals_list = [
            dict(common, **record.read(names, load="_classic_write")[0])
            for record in records
        ]
        for vals in vals_list:
            vals.pop("id")
            if "login" in vals:
                vals["login"] = "again-%s" % vals["login"]
        model = self.env["dingding.sync"]._quiet(model).with_context(
            dingding_no_avatar=True)
        compat.flush(self.env)
        compat.forget(self.env)
        with self.counted() as statements:
            compat.create_all(model, vals_list)
            compat.flush(self.env)
        return statements

    def assertCost(self, few, many, alone, more):
        """Check that ``more`` records cost at most one statement each more than alone.

        :param few: statements of a run
        :param many: statements of a run that creates ``more`` more records
        :param alone: statements of the ORM for ``more`` records
        """
        extra = len(many) - len(few) - len(alone)
        self.assertLessEqual(extra, more, "\n".join(sorted(many)))

    def assertSame(self):
        """Check that what is stored is what DingTalk has."""
        simulated = self.simulated()
        active = self.people().filtered("active")
        self.assertEqual(set(active.mapped("userid")), set(simulated))
        self.assertEqual(len(active), len(simulated))
        for person in active.with_context(active_test=False):
            there = simulated[person.userid]
            self.assertEqual(
                {name: person[name] or "" for name in SAME},
                {name: there[name] or "" for name in SAME},
            )
            self.assertEqual(
                set(person.department_ids.mapped("dept_id")), set(there["depts"])
            )
            self.assertEqual(
                set(person.leader_department_ids.mapped("dept_id")),
                {str(each) for each in there["leader_in"]},
            )
        departments = self.departments().filtered("active")
        self.assertEqual(
            {each.dept_id: (each.parent_id.dept_id or "0") for each in departments},
            {
                str(each["dept_id"]): str(each["parent_id"])
                for each in self.simulator.departments()
            },
        )
        names = {
            str(each["dept_id"]): each["name"] for each in self.simulator.departments()
            if each["dept_id"] != 1
        }
        self.assertEqual(
            {each.dept_id: each.name for each in departments if each.dept_id != "1"},
            names,
        )

    def codes(self, run):
        return sorted(run.problem_ids.mapped("code"))

    def simulated(self):
        """Return DingTalk's people: userid -> dict."""
        people = self.simulator.users()
        people = people.get("users", people) if isinstance(people, dict) else people
        return {each["userid"]: each for each in people}

    def change_person(self, userid, **values):
        return self.simulator.control("PATCH", "/users/%s" % userid, values)

    def add_person(self, **values):
        return self.simulator.control("POST", "/users", values)

    def refuse_to_archive(self, user):
        """Let Odoo refuse to archive a user, as with an open point of sale."""
        users = type(self.env["res.users"])
        validate = users._validate_fields

        def _validate_fields(records, names, *args):
            if "active" in names and user in records:
                raise ValidationError(user.name)
            return validate(records, names, *args)

        users._validate_fields = _validate_fields
        self.addCleanup(delattr, users, "_validate_fields")

    def remove_person(self, userid):
        return self.simulator.control("DELETE", "/users/%s" % userid)
