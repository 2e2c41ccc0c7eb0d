# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from psycopg2 import OperationalError, errorcodes

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.tests import common
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable, real_open_cursor

FILE = {"name": "offer.pdf", "datas": "JVBERi0xLjQ="}


@portable
class TestApprovalLockRace(common.TransactionCase):
    """Change a record during its submission, in two transactions."""

    def setUp(self):
        super().setUp()
        self.dbname = self.env.cr.dbname
        self.made = []
        self.addCleanup(self.remove)
        with compat.manage_environments(), real_open_cursor(self.dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.make(env)
            compat.flush(env)
        compat.clear_caches(self.env)

    def new(self, env, model, **values):
        record = env[model].create(values)
        self.made.append((model, record.id))
        return record

    def make(self, env):
        user = self.new(
            env.user.with_context(no_reset_password=True).env, "res.users",
            name="Racer", login="dingding-racer", email="racer@example.com",
            **{compat.USER_GROUPS: [
                (6, 0, [env.ref("base.group_user").id,
                        env.ref("base.group_partner_manager").id])]}
        )
        self.made.insert(-1, ("res.partner", user.partner_id.id))
        corp = self.new(env, "dingding.corp", name="Race")
        self.new(
            env["dingding.user"].with_context(dingding_no_push=True).env,
            "dingding.user", name="Racer", userid="racer", corp_id=corp.id,
            user_id=user.id,
        )
        template = self.new(
            env, "dingding.approval.template", name="Race", corp_id=corp.id,
            process_code="PROC-RACE", enabled=True,
        )
        components = [
            env["dingding.approval.component"].create(
                {"template_id": template.id, "kind": kind, "label": label}
            )
            for kind, label in (("TextField", "Name"), ("DDAttachment", "Files"),
                                ("TableField", "Lines"))
        ]
        column = env["dingding.approval.component"].create(
            {"template_id": template.id, "kind": "TextField", "label": "Column",
             "parent_id": components[2].id}
        )
        mapping = self.new(
            env, "dingding.approval.mapping", name="Race", template_id=template.id,
            model_id=env["ir.model"]._get("res.partner").id, lock="running",
        )
        lines = env["dingding.approval.mapping.line"]
        vals = {"mapping_id": mapping.id}
        lines.create(dict(vals, component_id=components[0].id, field_path="name"))
        lines.create(dict(vals, component_id=components[1].id, source="attachments"))
        table = lines.create(
            dict(vals, component_id=components[2].id, field_path="child_ids")
        )
        lines.create(
            dict(vals, component_id=column.id, parent_id=table.id, field_path="name")
        )
        partner = self.new(env, "res.partner", name="Ten chairs")
        line = self.new(env, "res.partner", name="A line", parent_id=partner.id)
        attachment = self.new(
            env, "ir.attachment", res_model="res.partner", res_id=partner.id, **FILE
        )
        self.ids = {
            "user": user.id, "mapping": mapping.id, "partner": partner.id,
            "line": line.id, "attachment": attachment.id,
        }

    def remove(self):
        with compat.manage_environments(), real_open_cursor(self.dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            approvals = env["dingding.approval"].search(
                [("mapping_id", "=", self.ids["mapping"])]
            )
            approvals.write({"status": "failed", "state": "failed", "locked": False})
            approvals.unlink()
            partner = self.ids["partner"]
            env["res.partner"].search([("parent_id", "=", partner)]).unlink()
            for model, number in reversed(self.made):
                env[model].browse(number).exists().unlink()
            compat.flush(env)
        compat.clear_caches(self.env)

    def as_user(self, cr):
        env = api.Environment(cr, self.ids["user"], {})
        cr.execute("SELECT 1 FROM dingding_corp LIMIT 1")
        return env

    def submit(self, env):
        partner = env["res.partner"].browse(self.ids["partner"])
        made = env["dingding.approval"]._submit(partner)
        compat.flush(env)
        return made

    def changes(self):
        """Return possible changes of the form's content, as functions of an env."""
        def write(env):
            env["res.partner"].browse(self.ids["partner"]).write({"name": "Eleven"})

        def write_line(env):
            env["res.partner"].browse(self.ids["line"]).write({"name": "Other"})

        def add_line(env):
            env["res.partner"].create(
                {"name": "One more", "parent_id": self.ids["partner"]}
            )

        def add_file(env):
            env["ir.attachment"].create(
                dict(FILE, res_model="res.partner", res_id=self.ids["partner"])
            )

        def write_file(env):
            env["ir.attachment"].browse(self.ids["attachment"]).write({"name": "b.pdf"})

        def remove_line(env):
            env["res.partner"].browse(self.ids["line"]).unlink()

        def write_property(env):
            field = env["ir.model.fields"].sudo().search(
                [("model", "=", "res.partner"), ("name", "=", "comment")])
            env["ir.property"].create({
                "name": "comment", "fields_id": field.id, "type": "text",
                "res_id": "res.partner,%d" % self.ids["partner"], "value_text": "New",
            })

        found = [write, write_line, add_line, add_file, write_file, remove_line]
        # From 14 on only administrators write such rows, from 18 on there are none.
        return found + [write_property] if compat.SERIES < 14 else found

    def conflict(self, function, *args):
        with mute_logger("odoo.sql_db"):
            with self.assertRaises(OperationalError) as caught:
                function(*args)
        self.assertEqual(caught.exception.pgcode, errorcodes.SERIALIZATION_FAILURE)

    def withdraw(self):
        with compat.manage_environments(), real_open_cursor(self.dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            rows = env["dingding.approval"].search(
                [("mapping_id", "=", self.ids["mapping"])]
            )
            rows.write({"status": "failed", "state": "failed", "locked": False})
            compat.flush(env)

    def test_a_change_begun_before_the_submission(self):
        for change in self.changes():
            with real_open_cursor(self.dbname) as writing:
                env = self.as_user(writing)
                with compat.manage_environments(), real_open_cursor(self.dbname) as cr:
                    self.assertTrue(self.submit(self.as_user(cr)))

                def work(env=env, change=change):
                    change(env)
                    compat.flush(env)

                self.conflict(work)
                writing.rollback()
                compat.forget(env)
                with self.assertRaises(UserError):
                    work()
                writing.rollback()
            self.withdraw()

    def test_a_change_committed_while_the_form_is_read(self):
        for change in self.changes():
            with real_open_cursor(self.dbname) as submitting:
                env = self.as_user(submitting)
                with compat.manage_environments(), real_open_cursor(self.dbname) as cr:
                    other = self.as_user(cr)
                    change(other)
                    compat.flush(other)
                self.conflict(self.submit, env)
                submitting.rollback()
                compat.forget(env)
                self.assertTrue(self.submit(env))
                submitting.rollback()
