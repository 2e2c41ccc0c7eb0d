# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import OrderedSet

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from ..models.statuses import ICONS
from .approval_case import ApprovalCase


@portable
class TestApprovalBanner(ApprovalCase):
    def banner(self, user=None, record=None):
        record = record or self.partner
        return call_as(
            user or self.user_employee, "dingding.approval", "banner", record._name,
            record.id,
        )

    def pressed(self, button, user=None, mapping_id=False):
        return call_as(
            user or self.user_employee, "dingding.approval", "banner_press",
            "res.partner", self.partner.id, button, mapping_id,
        )

    def buttons(self, **kwargs):
        approval = self.banner(**kwargs)["approval"]
        return {each["name"] for each in approval["buttons"]}

    def form(self):
        partners = compat.with_user(self.env["res.partner"], self.user_employee)
        if hasattr(partners, "get_view"):
            arch = partners.get_view(view_type="form")["arch"]
        else:
            arch = partners.fields_view_get(view_type="form")["arch"]
        return etree.fromstring(arch)

    def test_a_form_that_was_opened_before(self):
        """Later series cache the whole form."""
        banner = "//widget[@name='dingding_approval']"
        for active in (False, True, False, True):
            self.mapping.active = active
            self.assertEqual(bool(self.form().xpath(banner)), active)
            self.assertEqual(bool(self.form().xpath(banner)), active, "out of a cache")

    def test_in_forms_of_mapped_models(self):
        form = self.form()
        bars = form.xpath("//widget[@name='dingding_approval']")
        self.assertEqual(len(bars), 1)
        self.assertEqual(
            len(form.xpath("//button[contains(@class, 'o_dingding_approvals')]")), 1)
        self.mapping.active = False
        self.assertNotIn("res.partner", self.approvals._mapped_models())

    def test_archived_mapping(self):
        approval = self.sent()
        self.mapping.active = False
        shown = self.banner()
        self.assertEqual(shown["approval"]["id"], approval.id)
        self.assertEqual(shown["submit"], [])
        self.assertIn("withdraw", self.buttons())
        self.partner.sudo().unlink()
        self.assertTrue(approval.record_gone)

    def test_forms_of_any_shape(self):
        for text, places in (
            ("<form><header/><sheet><div class='oe_button_box'/></sheet></form>", 2),
            ("<form><sheet><group/></sheet></form>", 2),
            ("<form><group/></form>", 1),
            ("<form><div name='button_box'/></form>", 2),
        ):
            form = etree.fromstring(text)
            self.approvals._add_banner(form)
            self.assertEqual(len(form.xpath("//widget")), places, text)
            self.approvals._add_banner(form)
            self.assertEqual(len(form.xpath("//widget")), places, "put in twice")

    def test_some_fields_stay_writable(self):
        self.mapping.unlocked_field_ids = self.env["ir.model.fields"].search(
            [("model", "=", "res.partner"), ("name", "=", "comment")])
        approval = self.sent()
        lock = self.banner()["lock"]
        self.assertEqual(lock["free"], ["comment"])
        self.assertIn("These fields stay writable: ", lock["text"])
        call_as(
            self.user_manager, "dingding.approval", "action_unlock", approval.id, "why")
        self.assertFalse(self.banner()["lock"])

    def test_before_while_and_after(self):
        values = self.banner()
        self.assertFalse(values["lock"])
        self.assertEqual(values["count"], 0)
        self.assertFalse(values["approval"])
        self.assertEqual([each["id"] for each in values["submit"]], [self.mapping.id])
        approval = self.sent()
        values = self.banner()
        self.assertEqual(values["approval"]["status"], "running")
        self.assertTrue(values["approval"]["locked"])
        self.assertIn("cannot be changed. Withdraw it first", values["lock"]["text"])
        self.assertEqual(values["lock"]["free"], [])
        self.assertFalse(values["submit"])
        self.assertTrue({"withdraw", "comment"} <= self.buttons())
        self.assertNotIn("unlock", self.buttons())
        self.assertIn("unlock", self.buttons(user=self.user_manager))
        approval._note_update()
        self.work()
        waiting = approval._waiting_tasks().person_name
        self.assertIn(waiting, self.banner()["approval"]["text"])
        self.assertIn("remind", self.buttons())
        self.decided(approval, "refuse")
        values = self.banner()
        self.assertEqual(values["approval"]["status"], "refused")
        self.assertIn("again", values["submit"][0]["label"])
        self.assertTrue(values["submit"][0]["primary"])
        self.assertFalse({"withdraw", "comment", "remind"} & self.buttons())

    def test_an_approved_record_is_not_submitted_again_by_chance(self):
        self.decided(self.sent())
        submit = self.banner()["submit"]
        self.assertEqual(
            [(each["label"], each["primary"]) for each in submit],
            [("Submit again", False)])

    def test_each_status_has_an_icon(self):
        statuses = dict(self.approvals._fields["status"].selection)
        self.assertEqual(set(ICONS), set(statuses) | {"pending"})

    def test_trouble_is_shown(self):
        self.simulator.control(
            "PATCH", "/approvals/templates/%s" % self.template.process_code,
            {"enabled": False},
        )
        self.hand_in()
        self.process_queue("dingding.approval")
        approval = self.banner()["approval"]
        self.assertEqual(approval["status"], "failed")
        self.assertTrue(approval["trouble"] and approval["remedy"])

    def test_conditions_with_a_field_that_was_removed(self):
        self.env.cr.execute(
            "UPDATE dingding_approval_mapping SET domain = %s WHERE id = %s",
            ["[('x_gone', '=', 1)]", self.mapping.id])
        compat.forget(self.env)
        self.assertFalse(call_as(
            self.user_employee, "dingding.approval", "banner", "res.partner",
            self.partner.id))
        self.mapping._check_state()
        self.assertEqual(self.mapping.state, "broken")
        self.assertIn("x_gone", self.mapping.broken_note)
        with self.assertRaisesRegex(UserError, "conditions are invalid.*x_gone"):
            self.mapping.action_preview()

    def test_trouble_ends_with_a_request_that_succeeds(self):
        approval = self.sent()
        requests = self.env["dingding.approval.request"]
        for state in ("failed", "done"):
            requests.create({
                "approval_id": approval.id, "kind": "comment", "text": state,
                "user_id": self.user_employee.id, "person_id": self.originator.id,
                "state": state, "last_error": state == "failed" and "Refused",
            })
            compat.forget(self.env)
            shown = approval._banner_values(self.approvals, True)["trouble"]
            self.assertEqual(shown, "Refused" if state == "failed" else "")

    def test_decided_and_not_written_yet(self):
        approval = self.sent()
        approval.write({"dingtalk_status": "COMPLETED", "dingtalk_result": "agree"})
        approval = self.banner()["approval"]
        self.assertEqual(
            (approval["status"], approval["icon"]), ("pending", "fa-hourglass-end")
        )

    def test_who_may_not_read_the_record(self):
        self.sent()
        with self.assertRaises(AccessError):
            self.banner(user=self.user_portal)
        self.assertFalse(
            call_as(self.user_employee, "dingding.approval", "banner", "res.users", 1)
        )

    def test_reader_without_the_right_to_change(self):
        self.assertFalse(self.banner(user=self.user_dingtalk))
        self.sent()
        self.assertFalse({"withdraw", "remind"} & self.buttons(user=self.user_dingtalk))
        with self.assertRaises(AccessError):
            self.press(
                self.approvals.search([]), "action_withdraw", "x",
                user=self.user_dingtalk,
            )

    def test_buttons(self):
        action = self.pressed("submit", mapping_id=self.mapping.id)
        self.assertEqual(action["res_model"], "dingding.approval.preview")
        self.assertEqual(action["context"]["default_mapping_id"], self.mapping.id)
        with self.assertRaises(UserError):
            self.pressed("withdraw")
        approval = self.sent()
        action = self.pressed("withdraw")
        self.assertEqual(action["res_model"], "dingding.approval.ask")
        asks = compat.with_user(self.env["dingding.approval.ask"], self.user_employee)
        ask = asks.with_context(**action["context"]).create({"text": "No"})
        ask.action_do()
        # The client asks again soon.
        values = self.banner()["approval"]
        self.assertEqual(
            (values["status"], values["label"]), ("pending", "Being withdrawn"))
        self.assertNotIn("withdraw", self.buttons())
        self.work()
        self.assertEqual(approval.status, "terminated")
        self.assertEqual(self.pressed("timeline")["res_id"], approval.id)
        with self.assertRaises(UserError):
            self.pressed("unlink")

    def test_the_mixin_in_one_line(self):
        mixin = self.env["dingding.approval.mixin"]
        domain = mixin.with_context()._search_dingding_status("=", "none")
        self.assertEqual(domain, [("id", "not in", [])])
        self.assertEqual(
            mixin._search_dingding_status("in", OrderedSet(["none"])), domain)

    def test_whom_it_concerns_as_19_asks(self):
        self.sent()
        user = self.user_employee.id

        def condition(*asked):
            # Query objects have statement and parameters in their text.
            return [
                (name, operator, str(value)) for name, operator, value
                in self.approvals._search_visible_to(*asked)
            ]

        self.assertEqual(condition("in", OrderedSet([user])), condition("=", user))
        self.assertEqual(
            self.approvals._search_visible_to("in", [user, 1]), [("id", "=", False)])
