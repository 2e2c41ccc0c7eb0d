# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import sql

from .. import compat
from .common import DingTalkCase, call_as

TABLES = (
    "dingding_department", "dingding_user", "dingding_department_user_rel",
    "dingding_department_manager_rel", "res_users", "res_partner",
)


class RunCase(DingTalkCase):
    """Tests of reading an organisation, with the simulator."""

    def start(self, kind="users", corp=None):
        """Start a run as a manager would; return its record."""
        corp = (corp or self.corp).with_env(self.env(user=self.user_manager.id))
        press = {"users": corp.action_get_users,
                 "departments": corp.action_get_departments}[kind]
        return self.env["dingding.run"].browse(press()["res_id"])

    def run_it(self, kind="users", corp=None, state="done"):
        """Start a run and work it off; return its record."""
        run = self.start(kind, corp)
        self.work_off("dingding.run")
        compat.forget(self.env)
        self.assertEqual(run.state, state, run.last_error)
        return run

    def preview(self):
        """Press Synchronise... as a manager; return the run that waits."""
        corp = self.corp.with_env(self.env(user=self.user_manager.id))
        run = self.env["dingding.run"].browse(corp.action_synchronise()["res_id"])
        self.work_off("dingding.run")
        compat.forget(self.env)
        self.assertEqual(run.state, "confirm", run.last_error)
        return run

    def decide(self, run, method="action_apply_all", state="done", user=None):
        """Apply a preview, as a manager unless told otherwise."""
        call_as(user or self.user_manager, "dingding.run", method, run.ids)
        self.work_off("dingding.run")
        compat.forget(self.env)
        self.assertEqual(run.state, state, run.last_error)

    def confirm_it(self, user=None):
        """Synchronise with a preview that is applied; return the run."""
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
        """Return the versions of all rows: who writes one anew changes its version."""
        found = {}
        for table in TABLES:
            compat.execute(
                self.env.cr,
                sql.SQL("SELECT ctid, xmin FROM {} ORDER BY 1").format(
                    sql.Identifier(table)
                ),
            )
            found[table] = self.env.cr.fetchall()
        return found

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

    def remove_person(self, userid):
        return self.simulator.control("DELETE", "/users/%s" % userid)
