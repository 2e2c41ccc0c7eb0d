# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from psycopg2 import OperationalError, errorcodes

from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from ..models import dingding_approval_mapping
from .approval_case import ApprovalCase


@portable
class TestApprovalAttacks(ApprovalCase):
    def test_the_filter_guesses_nothing_by_a_long_path(self):
        path = ".".join(["parent_id"] * 7 + ["signup_token"])
        for term in ((path, "=like", "a%"), (path, "!=", False)):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                call_as(
                    self.user_manager, "dingding.approval.mapping", "write",
                    self.mapping.ids, {"domain": repr([term])})

    def test_no_context_submits_by_an_archived_mapping(self):
        """Archiving ends it: its outcome may act as somebody else."""
        self.mapping.active = False
        with self.assertRaises(UserError), self.env.cr.savepoint():
            call_as(
                self.user_employee, "dingding.approval", "submit",
                "res.partner,%d" % self.partner.id, self.mapping.id,
                context={"active_test": False})
        self.assertFalse(self.approvals.search([("mapping_id", "=", self.mapping.id)]))
        self.originator.with_context(dingding_no_push=True).active = False
        reading = self.env["dingding.approval.reader"].with_context(active_test=False)
        self.assertFalse(reading._person(self.user_employee, self.corp))

    def test_no_saved_default_asks_in_the_name_of_others(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        request = {
            "kind": "comment", "text": "I agree", "state": "queued",
            "person_id": self.people_here[2].id, "user_id": self.user_manager.id,
        }
        for name, value in (
            ("request_ids", [[0, 0, request]]), ("company_id", company.id),
            ("instance_id", "another"), ("dingtalk_status", "COMPLETED"),
            ("dingtalk_result", "agree"),
        ):
            self.env["ir.default"].set(
                "dingding.approval", name, value, user_id=self.user_employee.id)
        compat.clear_caches(self.env)
        approval = self.hand_in()
        self.assertFalse(approval.request_ids)
        self.assertFalse(approval.instance_id or approval.dingtalk_status)
        self.assertEqual(approval.company_id, self.corp.company_id)

    def test_no_context_reaches_an_outcome_that_acts_as_somebody_else(self):
        """Withdrawn before it left, within the call of a person."""
        tags = self.env["res.partner.category"]
        parent = tags.create({"name": "Chosen by the caller"})
        self.user_system.write({compat.USER_GROUPS: [(4, self.partner_rights.id)]})
        action = self.env["ir.actions.server"].create({
            "name": "Note it", "state": "code",
            "model_id": self.env["ir.model"]._get("res.partner").id,
            "code": "env['res.partner.category'].create({'name': 'Withdrawn'})"})
        self.env["dingding.approval.outcome"].create({
            "mapping_id": self.mapping.id, "outcome": "terminated",
            "kind": "server_action", "server_action_id": action.id,
            "user_id": self.user_system.id})
        approval = self.hand_in()
        self.press(approval, "action_withdraw", "Not needed",
                   context={"default_parent_id": parent.id})
        self.assertEqual(approval.status, "terminated")
        made = tags.search([("name", "=", "Withdrawn")])
        self.assertEqual((len(made), made.parent_id), (1, tags))

    def test_no_progress_bar_lists_what_was_submitted(self):
        """15 and 16 count activities separately."""
        approval = self.hand_in()
        bar = {"field": "activity_state", "colors": {"planned": "success"}}
        domain = [("id", "=", approval.id)]
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call_as(self.user_employee, approval._name, "read_progress_bar",
                    domain, "form_json", bar)
        call_as(self.user_employee, approval._name, "read_progress_bar",
                domain, "status", bar)

    def waiting(self):
        approval = self.sent()
        approval._note_update()
        self.work()
        return approval

    def requests_of(self, approval):
        compat.forget(self.env)
        return sorted(approval.request_ids.mapped("kind"))

    def test_a_button_pressed_twice_asks_once(self):
        approval = self.waiting()
        for _number in range(2):
            self.press(approval, "action_comment", "Please hurry")
            self.press(approval, "action_remind")
            self.press(approval, "action_withdraw", "Not needed")
        kinds = ["comment", "remind", "withdraw"]
        self.assertEqual(self.requests_of(approval), kinds)
        self.press(approval, "action_comment", "Something else")
        self.work()
        self.press(approval, "action_comment", "Please hurry")
        self.assertEqual(self.requests_of(approval), sorted(kinds + ["comment"] * 2))

    def test_a_button_pressed_twice_at_once(self):
        approval = self.waiting()
        self.press(approval, "action_comment", "Please hurry")
        self.press(approval, "action_remind")
        requests = type(self.env["dingding.approval.request"])
        real = requests.search
        for method, args in (
            ("action_comment", ["Please hurry"]), ("action_remind", []),
        ):
            calls = []

            def search(this, *args, **kwargs):
                calls.append(args)
                found = real(this, *args, **kwargs)
                return found if len(calls) > 1 else this.browse()

            self._replace(requests, "search", search)
            with self.assertRaises(OperationalError) as caught:
                with self.env.cr.savepoint():
                    self.press(approval, method, *args)
            self.assertEqual(
                caught.exception.pgcode, errorcodes.SERIALIZATION_FAILURE)
            self._replace(requests, "search", real)
        self.assertEqual(self.requests_of(approval), ["comment", "remind"])

    # -- imported approvals ----------------------------------------------------------

    def adopted(self, text):
        self.mapping.import_records = True
        self.simulator.control(
            "POST", "/approvals/instances",
            {
                "process_code": self.template.process_code,
                "originator": self.originator.userid,
                "values": {"标题": "Started on the phone", "内容": text},
            },
        )
        self.approvals._cron_adopt()
        return self.env["res.partner"].search([("name", "=", "Started on the phone")])

    def filled_with(self, path):
        line = self.mapping.line_ids.filtered(lambda row: row.field_path == "comment")
        call_as(self.user_manager, line._name, "write", line.ids, {"field_path": path})

    def test_nobody_fills_in_a_restricted_field_from_dingtalk(self):
        field = self.env["res.partner"]._fields["function"]
        self._replace(field, "groups", "base.group_system")
        self.filled_with("function")
        partner = self.adopted("Director")
        self.assertEqual(len(partner), 1)
        self.assertFalse(partner.function)

    def test_nobody_finds_what_he_may_not_read_from_dingtalk(self):
        secret = self.env["res.country"].create({"name": "Secret land", "code": "0X"})
        self.env["ir.rule"].create(
            {
                "name": "All but one", "domain_force": "[('code', '!=', '0X')]",
                "model_id": self.env["ir.model"]._get("res.country").id,
            }
        )
        self.filled_with("country_id")
        partner = self.adopted("Secret land")
        self.assertEqual(len(partner), 1)
        self.assertNotEqual(partner.country_id, secret)

    # -- the lock --------------------------------------------------------------------

    def test_the_row_that_a_record_inherits_from_is_locked(self):
        self._replace(dingding_approval_mapping, "CLOSED_MODELS", ())
        user = self._make_user(self.env, "locked", "base.group_user")
        mapping = self._mapping(
            self.template, "res.users", {"标题": "name"}, lock="running",
            responsible_id=self.user_manager.id,
        )
        approval = self.approvals.create(
            {
                "name": "By hand", "mapping_id": mapping.id, "status": "running",
                "template_id": self.template.id, "corp_id": self.corp.id,
                "res_model": "res.users", "res_id": user.id,
                "originator_id": self.originator.id, "user_id": self.user_system.id,
                "form_json": json.dumps({"values": []}),
            }
        )
        approval._start_locking()
        compat.flush(self.env)
        self.user_system.write({compat.USER_GROUPS: [(4, self.partner_rights.id)]})
        partner = compat.with_user(user.partner_id, self.user_system)
        with self.assertRaises(UserError), self.cr.savepoint():
            partner.write({"name": "Another name"})
        compat.with_user(self.partner, self.user_employee).write({"name": "Free"})
        mapping.unlocked_field_ids = self.env["ir.model.fields"].search(
            [("model", "=", "res.users"), ("name", "=", "function")])
        approval._start_locking()
        partner.write({"function": "Free"})
