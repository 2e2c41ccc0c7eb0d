# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .approval_case import ApprovalCase


@portable
class TestApprovalLock(ApprovalCase):
    def as_user(self, record=None, user=None):
        record = self.partner if record is None else record
        return compat.with_user(record, user or self.user_employee)

    def field(self, name, model="res.partner"):
        return self.env["ir.model.fields"].search(
            [("model", "=", model), ("name", "=", name)]
        )

    def statements(self, action):
        """Return the statements that an action executes."""
        compat.flush(self.env)
        seen = []
        cr = self.env.cr
        real = cr.execute

        def execute(query, *args, **kwargs):
            seen.append(query)
            return real(query, *args, **kwargs)

        cr.execute = execute
        try:
            action()
            compat.flush(self.env)
        finally:
            del cr.execute
        return seen

    def test_locked_for_users(self):
        self.hand_in()
        with self.assertRaises(UserError) as caught:
            self.as_user().write({"name": "Eleven chairs"})
        self.assertIn("Ten chairs", str(caught.exception))
        with self.assertRaises(UserError):
            self.as_user().unlink()
        with self.assertRaises(UserError):
            call_as(
                self.user_employee, "res.partner", "write", [self.partner.id],
                {"name": "By RPC"},
            )
        with mute_logger("odoo.models"):  # 12 and 13 log what an import is refused
            result = self.as_user(self.env["res.partner"]).load(
                [".id", "name"], [[str(self.partner.id), "By import"]]
            )
        self.assertFalse(result["ids"])
        compat.forget(self.env)
        self.assertEqual(self.partner.name, "Ten chairs")

    def test_a_context_key_does_not_help(self):
        self.hand_in()
        for key in ("dingding_no_push", "tracking_disable", "dingding_approval_id",
                    "install_mode", "no_lock"):
            with self.assertRaises(UserError):
                self.as_user().with_context(**{key: True}).write({"name": "X"})

    def test_free_fields(self):
        self.mapping.unlocked_field_ids = self.field("ref")
        self.hand_in()
        self.as_user().write({"ref": "R-1"})
        with self.assertRaises(UserError):
            self.as_user().write({"ref": "R-2", "name": "X"})
        self.as_user().message_post(body="Anybody may talk about it")
        self.as_user().message_subscribe([self.user_manager.partner_id.id])
        self.mapping.unlocked_field_ids = False
        with self.assertRaises(UserError):
            self.as_user().write({"ref": "R-3"})

    def test_the_system_is_exempt(self):
        self.hand_in()
        self.as_user().sudo().write({"name": "By the system"})
        self.assertEqual(self.partner.name, "By the system")

    def test_other_records_are_free(self):
        other = self.partner.copy()
        self.hand_in()
        self.as_user(other).write({"name": "Free"})
        with self.assertRaises(UserError):
            self.as_user(other | self.partner).write({"name": "Both"})

    def test_lines_of_a_form_are_locked_with_it(self):
        """What stands in a table of the form is part of what is approved."""
        table = self.env["dingding.approval.mapping"].search([], limit=1)
        self.assertTrue(table)
        line = self.mapping.line_ids[:1]
        line.write({"field_path": "child_ids"})
        compat.clear_caches(self.env)
        models = self.approvals._lockable_models()
        self.assertEqual(
            models["res.partner"][1], (("parent_id", "res.partner", "child_ids"),)
        )
        child = self.env["res.partner"].create(
            {"name": "A line", "parent_id": self.partner.id}
        )
        self.env["dingding.approval"].create(
            {
                "name": "By hand", "mapping_id": self.mapping.id,
                "template_id": self.template.id, "corp_id": self.corp.id,
                "res_model": "res.partner", "res_id": self.partner.id, "locked": True,
            }
        )
        compat.flush(self.env)
        with self.assertRaises(UserError):
            self.as_user(child).write({"name": "Another line"})
        with self.assertRaises(UserError):
            self.as_user(child).unlink()
        with self.assertRaises(UserError):
            self.as_user().create({"name": "One more", "parent_id": self.partner.id})
        with self.assertRaises(UserError):
            # Moved here from elsewhere.
            self.as_user(self.env["res.partner"].create({"name": "Free"})).write(
                {"parent_id": self.partner.id}
            )
        self.as_user().create({"name": "Elsewhere"})

    def test_unlock_by_a_manager_with_a_reason(self):
        approval = self.hand_in()
        with self.assertRaises(AccessError):
            self.press(approval, "action_unlock", "I want to")
        with self.assertRaises(UserError):
            self.press(approval, "action_unlock", " ", user=self.user_manager)
        self.press(approval, "action_unlock", "A typing error", user=self.user_manager)
        self.as_user().write({"name": "Ten chairs."})
        self.assertEqual(approval.unlocked_by, self.user_manager)
        self.assertIn("A typing error", "".join(approval.message_ids.mapped("body")))
        self.assertIn(
            "A typing error", "".join(self.partner.message_ids.mapped("body"))
        )

    def test_unlocked_stays_so_after_agreement(self):
        self.mapping.lock = "agreed"
        approval = self.sent()
        self.press(approval, "action_unlock", "Needed", user=self.user_manager)
        self.decided(approval)
        self.assertFalse(approval.locked)

    def test_after_agreement(self):
        self.mapping.lock = "agreed"
        approval = self.decided(self.sent())
        with self.assertRaises(UserError) as caught:
            self.as_user().write({"name": "Twenty chairs"})
        self.assertIn("agreed", str(caught.exception))
        with self.assertRaises(UserError):
            self.hand_in()
        self.assertTrue(approval.locked)
        self.mapping.lock = "running"
        other = self.partner.copy()
        self.decided(self.sent(other))
        self.as_user(other).write({"name": "Free again"})

    def test_no_lock(self):
        self.mapping.lock = "none"
        self.hand_in()
        self.as_user().write({"name": "Not locked"})

    def test_unmapped_models_cost_nothing(self):
        """No statement more on a model without a mapping; one on a mapped model."""
        titles = self.as_user(self.env["res.partner.category"])
        tag = titles.create({"name": "Tag"})
        tag.write({"name": "Warm"})
        writes = self.statements(lambda: tag.write({"name": "Tag 2"}))
        creates = self.statements(lambda: titles.create({"name": "Tag 3"}))
        self.assertFalse([each for each in writes + creates if "dingding" in each])
        self.hand_in()
        other = self.as_user(self.partner.copy())
        other.write({"ref": "Warm"})
        found = [
            each for each in self.statements(lambda: other.write({"ref": "R"}))
            if "dingding" in each
        ]
        self.assertEqual(len(found), 1, found)
        found = self.statements(
            lambda: other.write({"message_follower_ids": []})
        )
        self.assertFalse([each for each in found if "dingding_approval" in each])

    def test_view_of_an_unmapped_model_is_not_touched(self):
        view = self.form("res.partner.category")
        self.assertNotIn("dingding", view)

    def form(self, model, user=None):
        records = self.as_user(self.env[model], user)
        if hasattr(records, "get_view"):
            return records.get_view(view_type="form")["arch"]
        return records.fields_view_get(view_type="form")["arch"]
