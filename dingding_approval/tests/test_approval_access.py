# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from .approval_case import ApprovalCase

PARTS = ("dingding.approval.task", "dingding.approval.operation",
         "dingding.approval.file", "dingding.approval.request")


@portable
class TestApprovalAccess(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.approval = self.sent()
        self.approval._note_update()
        self.work()

    def seen(self, user, model="dingding.approval"):
        """Return what a user finds, and check that reading agrees with searching."""
        return compat.with_user(self.env[model], user).search([])

    def hide(self, domain):
        """Restrict employees to some partners."""
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
            with self.assertRaises(AccessError):
                compat.check_access(compat.with_user(self.approval, user), "read")
            with self.assertRaises(AccessError):
                call_as(
                    user, "dingding.approval", "action_comment", self.approval.ids, "Hi"
                )
            for part in PARTS:
                self.assertFalse(self.seen(user, part), part)
        self.assertTrue(self.seen(self.user_manager))

    def test_what_is_still_in_memory_counts(self):
        self.hide([("ref", "=", "Seen")])
        self.assertFalse(self.seen(self.user_employee))
        self.partner.ref = "Seen"
        self.assertEqual(self.seen(self.user_employee).ids, self.approval.ids)

    def test_a_model_that_is_no_longer_installed(self):
        approval = self.sent()
        other = self.mapping.copy()
        self.addCleanup(compat.clear_caches, self.env)
        self.env.cr.execute(
            "UPDATE dingding_approval_mapping SET model = 'gone.model' WHERE id = %s",
            [other.id])
        compat.forget(self.env)
        compat.clear_caches(self.env)
        for user in (self.user_employee, self.user_manager):
            found = compat.with_user(self.approvals, user).search([])
            self.assertEqual(found.ids, approval.ids)

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

    def test_form_is_for_administrators(self):
        """It contains what its reader may not read on the record."""
        for user in (self.user_employee, self.user_manager):
            with self.assertRaises(AccessError):
                call_as(
                    user, "dingding.approval", "read", self.approval.ids, ["form_json"])
        found = call_as(
            self.user_system, "dingding.approval", "read", self.approval.ids,
            ["form_json"])
        self.assertIn("Ten chairs", found[0]["form_json"])

    def test_deleted_record(self):
        self.partner.sudo().unlink()
        self.assertFalse(self.seen(self.user_employee))
        self.assertEqual(self.seen(self.user_manager).ids, self.approval.ids)

    # -- companies -------------------------------------------------------------------

    def stranger(self, *groups):
        """Return a manager of another company, who may read the partner."""
        company = self.env["res.company"].create({"name": "Elsewhere"})
        return self._make_user(
            self.env, "stranger", "dingding.group_manager", *groups,
            company_id=company.id, company_ids=[(6, 0, company.ids)]
        )

    def test_buttons_of_a_manager_of_another_company(self):
        user = self.stranger()
        self.assertEqual(self.seen(user), self.approval)
        request = self.env["dingding.approval.request"].create(
            {"approval_id": self.approval.id, "kind": "comment", "state": "failed"}
        )
        self.approval.write({"state": "failed"})
        for method, args in (
            ("action_unlock", ["A reason"]), ("action_withdraw", ["A reason"]),
            ("action_retry", []), ("action_remind", []),
        ):
            with self.assertRaises(AccessError):
                self.press(self.approval, method, *args, user=user)
        with self.assertRaises(AccessError):
            call_as(user, "dingding.approval.request", "action_retry", request.ids)
        banner = call_as(
            user, "dingding.approval", "banner", "res.partner", self.partner.id)
        names = {each["name"] for each in banner["approval"]["buttons"]}
        self.assertFalse(names & {"unlock", "withdraw", "remind", "retry"}, names)
        self.assertTrue(self.approval.locked)
        for own in (self.user_employee, self.user_dingtalk):
            with self.assertRaises(AccessError):
                self.press(self.approval, "action_unlock", "A reason", user=own)
        self.press(
            self.approval, "action_unlock", "A reason", user=self.user_manager
        )
        self.assertFalse(self.approval.locked)

    def test_who_may_write_the_record_still_manages_nothing(self):
        user = self.stranger("base.group_partner_manager")
        with self.assertRaises(AccessError):
            self.press(self.approval, "action_unlock", "A reason", user=user)

    def test_nobody_submits_to_another_company(self):
        user = self.stranger("base.group_partner_manager")
        other = self.partner.copy()
        self.mapping.fallback_person_id = self.originator
        other.company_id = False
        with self.assertRaises(UserError):
            self.hand_in(other, user=user)
        with self.assertRaises(UserError):
            self.hand_in(other, user=user, mapping=self.mapping)
        banner = call_as(user, "dingding.approval", "banner", "res.partner", other.id)
        self.assertFalse(banner)
        with self.assertRaises(ValidationError), self.cr.savepoint():
            call_as(
                user, "dingding.approval.preview", "create",
                {"mapping_id": self.mapping.id, "res_model": "res.partner",
                 "res_id": other.id},
            )

    def test_nothing_is_moved_to_another_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        corp = self.env["dingding.corp"].create(
            {"name": "Elsewhere", "company_id": company.id}
        )
        template = self.template.create({"name": "Theirs", "corp_id": corp.id})
        theirs = self.mapping.create(
            {"name": "Theirs", "template_id": template.id,
             "model_id": self.mapping.model_id.id}
        )
        empty = theirs.create(
            {"name": "Ours", "template_id": self.template.id,
             "model_id": self.mapping.model_id.id}
        )
        line = self.mapping.line_ids[:1]
        for record, vals in (
            (empty, {"template_id": template.id}),
            (self.template, {"corp_id": corp.id}),
            (self.template.component_ids[:1], {"template_id": template.id}),
            (line, {"mapping_id": theirs.id}),
        ):
            try:
                with self.cr.savepoint():
                    call_as(self.user_manager, record._name, "write", record.ids, vals)
            except (AccessError, ValidationError):
                # Since 14.0 assertRaises accepts only one class.
                compat.forget(self.env)
            else:
                self.fail("%s was moved" % record)

    # -- wizards ---------------------------------------------------------------------

    def test_a_question_is_for_who_asks(self):
        vals = {"approval_id": self.approval.id, "kind": "comment", "text": "Mine"}
        asked = call_as(self.user_employee, "dingding.approval.ask", "create", vals)
        for user in (self.user_dingtalk, self.user_manager):
            for method, args in (
                ("read", (["text"],)), ("write", ({"text": "x"},)), ("unlink", ()),
                ("action_do", ()),
            ):
                with self.assertRaises(AccessError):
                    call_as(user, "dingding.approval.ask", method, [asked], *args)
        found = call_as(
            self.user_employee, "dingding.approval.ask", "read", [asked], ["text"]
        )
        self.assertEqual(found[0]["text"], "Mine")
        self.hide([("name", "!=", "Ten chairs")])
        for context in ({}, {"default_approval_id": self.approval.id}):
            with self.assertRaises(AccessError):
                call_as(
                    self.user_employee, "dingding.approval.ask", "create",
                    {"kind": "reminded"} if context else vals, context=context,
                )

    # -- counts ------------------------------------------------------------------------

    def statements(self, function):
        compat.flush(self.env)
        compat.forget(self.env)
        cr, seen = self.env.cr, []
        real = cr.execute

        def execute(query, *args, **kwargs):
            seen.append(query if isinstance(query, str) else repr(query))
            return real(query, *args, **kwargs)

        cr.execute = execute
        try:
            function()
        finally:
            del cr.execute
        return seen

    def test_seeing_costs_the_same_however_many_there_are(self):
        def look():
            for model in ("dingding.approval",) + PARTS:
                self.seen(self.user_employee, model)

        look()
        few = self.statements(look)
        for number in range(30):
            self.approval.copy(
                {"res_id": self.partner.copy().id, "status": "failed",
                 "state": "failed"}
            )
        compat.flush(self.env)
        many = self.statements(look)
        self.assertEqual(len(self.seen(self.user_employee)), 31)
        self.assertEqual(len(many), len(few), "\n".join(many))
        self.assertLess(max(len(each) for each in many), 4000)
