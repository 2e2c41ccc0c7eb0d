# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .approval_case import ApprovalCase

PARTS = ("dingding.approval.task", "dingding.approval.record",
         "dingding.approval.file", "dingding.approval.request")


@portable
class TestApprovalAccess(ApprovalCase):
    def setUp(self):
        super(TestApprovalAccess, self).setUp()
        self.approval = self.sent()
        self.approval._note_news()
        self.work()

    def seen(self, user, model="dingding.approval"):
        """Return what a user finds, and check that reading agrees with searching."""
        return compat.with_user(self.env[model], user).search([])

    def hide(self, domain):
        """Have employees see only some partners."""
        self.env["ir.rule"].create(
            {
                "name": "Test",
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "domain_force": domain,
                "perm_unlink": False,
            }
        )

    def test_who_reads_the_record_reads_the_approval(self):
        for user in (self.user_employee, self.user_dingtalk, self.user_manager):
            self.assertEqual(self.seen(user).ids, self.approval.ids)
            found = call_as(
                user, "dingding.approval", "read", self.approval.ids, ["name", "status"]
            )
            self.assertEqual(found[0]["status"], "running")
            self.assertTrue(self.seen(user, "dingding.approval.task"))

    def test_who_does_not_does_not(self):
        self.hide([("name", "!=", "Ten chairs")])
        for user in (self.user_employee, self.user_dingtalk):
            self.assertFalse(self.seen(user))
            with self.assertRaises(AccessError):
                call_as(
                    user, "dingding.approval", "read", self.approval.ids, ["name"]
                )
            # As methods check it before they do something with all rights.
            with self.assertRaises(AccessError):
                compat.check_access(compat.with_user(self.approval, user), "read")
            with self.assertRaises(AccessError):
                call_as(
                    user, "dingding.approval", "action_comment", self.approval.ids, "Hi"
                )
            for part in PARTS:
                self.assertFalse(self.seen(user, part), part)
        # Managers are those of the company.
        self.assertTrue(self.seen(self.user_manager))

    def test_strangers(self):
        for user in (self.user_portal, self.user_public):
            for model in ("dingding.approval",) + PARTS:
                with self.assertRaises(AccessError):
                    self.seen(user, model)

    def test_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.user_manager.write(
            {"company_ids": [(6, 0, [other.id])], "company_id": other.id}
        )
        self.hide([("name", "!=", "Ten chairs")])
        self.assertFalse(self.seen(self.user_manager))

    def test_nobody_writes_by_rpc(self):
        for user in (self.user_employee, self.user_manager, self.user_system):
            for method, args in (
                ("write", ({"status": "agreed", "locked": False},)),
                ("unlink", ()),
            ):
                with self.assertRaises(AccessError):
                    call_as(
                        user, "dingding.approval", method, self.approval.ids, *args
                    )
            with self.assertRaises(AccessError):
                call_as(
                    user, "dingding.approval", "create",
                    {"name": "X", "mapping_id": self.mapping.id,
                     "template_id": self.template.id, "corp_id": self.corp.id,
                     "res_model": "res.partner", "res_id": self.partner.id},
                )

    def test_form_is_for_managers(self):
        with self.assertRaises(AccessError):
            call_as(
                self.user_employee, "dingding.approval", "read", self.approval.ids,
                ["form_json"],
            )

    def test_deleted_record(self):
        self.partner.sudo().unlink()
        self.assertFalse(self.seen(self.user_employee))
        self.assertEqual(self.seen(self.user_manager).ids, self.approval.ids)
