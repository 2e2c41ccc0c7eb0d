# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Attacks on rights that succeeded once."""
import contextlib

from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .. import compat
from .common import DingTalkCase, call_as, portable
from .outgoing_case import OutgoingCase
from .test_rights import RightsMixin


@portable
class TestAttacksOnPeople(RightsMixin, OutgoingCase):
    def test_a_person_read_anew_remembers_what_odoo_entered(self):
        self.corp.link_by_email = True
        boss = self._make_user(
            self.env, "boss", "base.group_user", "base.group_partner_manager")
        boss.login = "boss@example.com"
        person = self.somebody()
        userid = person.userid
        call_as(self.user_manager, "dingding.user", "write", person.ids,
                {"email": "boss@example.com"})
        self.send()
        with contextlib.suppress(AccessError), self.env.cr.savepoint():
            call_as(self.user_manager, "dingding.user", "unlink", person.ids)
        compat.forget(self.env)
        self.lead("dingtalk")
        self.run_it()
        self.assertFalse(self.person(userid).user_id)

    def test_a_new_person_that_dingtalk_may_have_is_remembered(self):
        model = compat.with_user(self.env["dingding.user"], self.user_manager)
        values = {"corp_id": self.corp.id, "name": "Mine", "mobile": "13900001234",
                  "email": "boss@example.com"}
        person = model.create(values).with_env(self.env)
        change = self.changes(person)
        change.write({"asked": "{}", "state": "cancelled"})
        self.refused(self.user_manager, "dingding.user", "unlink", person.ids)
        other = model.create(dict(values, mobile="13900001235"))
        other.unlink()

    def test_an_administrator_keeps_his_person(self):
        person = self.somebody()
        person.user_id = self.user_system
        self.lead("dingtalk")
        self.refused(
            self.user_manager, "dingding.user", "write", person.ids, {"active": False})
        self.refused(self.user_manager, "dingding.user", "unlink", person.ids)
        self.lead("odoo")
        self.refused(
            self.user_manager, "dingding.user", "action_delete_in_dingtalk", person.ids)
        wizard = call_as(
            self.user_manager, "dingding.delete", "create",
            {"person_ids": [(6, 0, person.ids)], "understood": True})
        self.refused(self.user_manager, "dingding.delete", "action_confirm", [wizard])
        self.assertFalse(self.changes(person))
        self.assertEqual((person.user_id, person.active), (self.user_system, True))
        call_as(self.user_system, "dingding.user", "action_delete_in_dingtalk",
                person.ids)
        self.lead("dingtalk")
        call_as(self.user_system, "dingding.user", "write", person.ids,
                {"active": False})
        self.assertFalse(person.active)

    def test_the_company_follows_the_organisation(self):
        other = self.other_company()
        person = self.somebody()
        for record in (person, person.department_ids[:1]):
            for company in (other.id, False):
                self.refused(self.user_manager, record._name, "write", record.ids,
                             {"company_id": company})
            self.assertEqual(record.company_id, self.company)
            call_as(self.user_manager, record._name, "write", record.ids,
                    {"company_id": self.company.id})
        self.refused(self.user_manager, "dingding.department", "write",
                     person.department_ids[:1].ids, {"complete_name": "x"})

    def test_a_manager_changes_whom_an_administrator_has_linked(self):
        person = self.somebody()
        person.user_id = self._make_user(self.env, "chief", "base.group_system")
        call_as(self.user_manager, person._name, "write", person.ids,
                {"work_place": "Hangzhou"})
        self.assertEqual(person.work_place, "Hangzhou")

    def hidden(self):
        """Return an organisation of another company, a department and a person of it.
        """
        other = self.env["dingding.corp"].create(
            {"name": "Hidden", "company_id": self.other_company().id})
        department = self.env["dingding.department"].create(
            {"name": "Hidden", "corp_id": other.id, "dept_id": "990"})
        stranger = self.env["dingding.user"].create(
            {"name": "Hidden", "corp_id": other.id, "userid": "hidden"})
        return other, department, stranger

    def test_no_link_shows_a_name_of_another_company(self):
        other, department, stranger = self.hidden()
        self.lead("odoo")
        person = self.somebody()
        for name, record in (
            ("main_department_id", department), ("manager_id", stranger),
        ):
            for user in (self.user_manager, self.user_system):
                with self.assertRaises(AccessError) as caught:
                    with self.env.cr.savepoint():
                        call_as(user, "dingding.user", "write", person.ids,
                                {name: record.id})
                self.assertNotIn("Hidden", str(caught.exception))
        for model in ("dingding.overview", "dingding.health", "dingding.send"):
            self.refused(self.user_manager, model, "create", {"corp_id": other.id})
            self.refused(
                self.user_manager, model, "create", {}, default_corp_id=other.id)
            mine = call_as(
                self.user_manager, model, "create", {"corp_id": self.corp.id})
            self.refused(self.user_manager, model, "write", [mine],
                         {"corp_id": other.id})
        call_as(self.user_manager, "dingding.user", "write", person.ids,
                {"main_department_id": person.department_ids[:1].id})

    def test_nobody_enters_a_department_of_another_company(self):
        """Messages to the department would fail, and its managers would be others."""
        other, department, stranger = self.hidden()
        own, person = self.departments()[:1], self.somebody()
        for leader in ("dingtalk", "odoo"):
            self.lead(leader)
            for record, name, linked in (
                (person, "department_ids", department),
                (person, "leader_department_ids", department),
                (own, "user_ids", stranger), (own, "manager_ids", stranger),
                (self.corp, "scope_department_ids", department),
            ):
                for context in ({}, {"dingding_no_push": True}):
                    for command in ((4, linked.id), (6, 0, linked.ids)):
                        self.refused(
                            self.user_manager, record._name, "write", record.ids,
                            {name: [command]}, **context)
                self.assertNotIn(linked, record[name])
        for model, name, linked in (
            ("dingding.send", "user_ids", stranger),
            ("dingding.send", "department_ids", department),
            ("dingding.delete", "person_ids", stranger),
        ):
            self.refused(
                self.user_manager, model, "create", {name: [(6, 0, linked.ids)]})
        # One's own records stay writable.
        self.lead("dingtalk")
        call_as(self.user_manager, "dingding.user", "write", person.ids,
                {"department_ids": [(4, own.id)]})
        self.assertIn(own, person.department_ids)

    def test_no_link_to_a_user_with_more_companies(self):
        both = self.other_company() | self.company
        clerk = self._make_user(
            self.env, "clerk", "base.group_user", company_id=self.company.id,
            company_ids=[(6, 0, both.ids)])
        # With two companies all users have the group of several.
        third = self.env["res.company"].create({"name": "Third company"})
        self.user_manager.write({"company_ids": [(4, third.id)]})
        person = self.somebody()
        self.refused(self.user_manager, "dingding.user", "write", person.ids,
                     {"user_id": clerk.id})
        self.lead("dingtalk")
        mobile = "mobile" if "mobile" in self.env["res.partner"]._fields else "phone"
        clerk.partner_id.write({mobile: person.mobile})
        person.sudo().activated = True
        self.confirm_it()
        self.assertFalse(person.user_id)
        self.user_manager.write({"company_ids": [(6, 0, both.ids)]})
        call_as(self.user_manager, "dingding.user", "write", person.ids,
                {"user_id": clerk.id})
        self.assertEqual(person.user_id, clerk)

    def test_a_new_user_has_no_e_mail_that_somebody_entered(self):
        """The mailbox's reader sets the password, and gets its department's rights."""
        template = self._make_user(self.env, "template", "base.group_user")
        self.corp.write({"create_users": "template", "template_user_id": template.id})
        mails = []
        for number, name in enumerate(("email", "org_email")):
            person = self.somebody(number)
            person.write({"email": False, "org_email": False, "activated": True})
            call_as(self.user_manager, "dingding.user", "write", person.ids,
                    {name: "Mine%d@example.com" % number})
            self.send()
            call_as(
                self.user_manager, "dingding.user", "action_match_create", person.ids)
            self.assertEqual(person.link_rule, "created")
            user = person.user_id
            self.assertEqual(user.login, person.mobile_number)
            mails.append(user.email)
        self.assertFalse(any(mails), mails)

    def test_nobody_is_placed_where_new_users_may_more(self):
        self.corp.write(
            {"create_users": "template", "template_user_id": self.user_employee.id})
        group = self.env.ref("base.group_partner_manager")
        person = self.somebody()
        old = person.main_department_id
        rich = (self.departments() - person.department_ids).filtered(
            lambda each: each.parent_id and each != old.parent_id)[:1]
        rich.new_user_group_ids = group
        for values in ({"main_department_id": rich.id},
                       {"main_department_id": False,
                        "department_ids": [(6, 0, rich.ids)]}):
            self.refused(self.user_manager, "dingding.user", "write", person.ids,
                         values)
        self.refused(self.user_manager, "dingding.department", "write", old.ids,
                     {"parent_id": rich.id})
        person.write({"main_department_id": False, "department_ids": [(5,)]})
        self.refused(self.user_manager, "dingding.department", "write", rich.ids,
                     {"user_ids": [(4, person.id)]})
        self.refused(
            self.user_manager, "dingding.user", "create",
            {"name": "Mine", "mobile": "13900001234", "corp_id": self.corp.id,
             "department_ids": [(6, 0, rich.ids)]})
        self.user_manager.write({compat.USER_GROUPS: [(4, group.id)]})
        rich.new_user_company_id = self.other_company()
        self.refused(self.user_manager, "dingding.user", "write", person.ids,
                     {"main_department_id": rich.id})
        rich.new_user_company_id = False
        call_as(self.user_manager, "dingding.user", "write", person.ids,
                {"main_department_id": rich.id})

    def test_no_other_first_department_gives_new_users_more(self):
        """Without a main department, the first one counts."""
        self.corp.write(
            {"create_users": "template", "template_user_id": self.user_employee.id})
        root = self.department(1)
        poor, rich = [
            root.create({"name": "D%d" % number, "dept_id": "90%d" % number,
                         "corp_id": self.corp.id, "parent_id": root.id,
                         "sequence": number})
            for number in (1, 2)
        ]
        rich.new_user_group_ids = self.env.ref("base.group_partner_manager")
        person = self.somebody()
        person.write({"main_department_id": False,
                      "department_ids": [(6, 0, (poor | rich).ids)]})
        model = "dingding.department"
        for method, *args in (
            ("write", poor.ids, {"sequence": 3}),
            ("write", poor.ids, {"active": False}),
            ("write", rich.ids, {"sequence": 0}), ("unlink", poor.ids),
            ("write", root.ids, {"child_ids": [(2, poor.id)]}),
        ):
            self.refused(self.user_manager, model, method, *args)
        person.main_department_id = poor
        self.refused(self.user_manager, model, "unlink", poor.ids)
        call_as(self.user_manager, model, "write", poor.ids, {"sequence": 3})
        person.write({"active": False, "department_ids": [(3, rich.id)]})
        self.refused(
            self.user_manager, model, "write", poor.ids, {"parent_id": rich.id})
        person.unlink()
        call_as(self.user_manager, model, "unlink", poor.ids)


class IdentityMixin(object):
    def identity(self):
        """Return (record, values) that give the organisation another identity."""
        second, third = [
            self.env["dingding.app"].create(
                {"name": name, "app_key": name, "corp_id": self.corp.id})
            for name in ("second", "third")
        ]
        mine = self.env["dingding.corp"].create({"name": "Mine"})
        return (
            (self.corp, {"active": False}), (self.corp, {"corp_id": "ding-other"}),
            (self.corp, {"app_id": second.id}), (self.corp, {"app_key": "other-1"}),
            (self.app, {"app_key": "other-2"}), (self.app, {"active": False}),
            (third, {"corp_id": mine.id}), (self.corp, {"contact_app_id": second.id}),
        )


@portable
class TestAttacksOnOrganisations(IdentityMixin, RightsMixin, DingTalkCase):
    def test_an_application_in_use_is_not_moved(self):
        self.check_application_stays("message_app_id")

    def test_who_is_linked_is_not_given_another_identity(self):
        changes = self.identity()
        person = self.env["dingding.user"].create(
            {"name": "Linked", "userid": "linked", "corp_id": self.corp.id,
             "user_id": self.user_employee.id, "active": False})
        for record, values in changes:
            self.refused(self.user_manager, record._name, "write", record.ids, values)
        person.user_id = False
        for record, values in changes:
            call_as(self.user_manager, record._name, "write", record.ids, values)

    def test_an_organisation_in_use_gets_no_other_application(self):
        """Data of another organisation would decide who is who."""
        mine = self.env["dingding.corp"].create({"name": "Mine"})
        foreign = self.env["dingding.app"].create(
            {"name": "Foreign", "app_key": "foreign", "corp_id": mine.id,
             "app_secret": "kept"})
        other = self.env["dingding.app"].create(
            {"name": "Other", "app_key": "other", "corp_id": mine.id})
        person = self.env["dingding.user"].create(
            {"name": "Linked", "userid": "linked", "corp_id": self.corp.id,
             "user_id": self.user_employee.id})
        mine.app_id = other
        self.refused(self.user_manager, "dingding.app", "write", foreign.ids,
                     {"corp_id": self.corp.id})
        self.refused(self.user_manager, "dingding.corp", "write", self.corp.ids,
                     {"app_ids": [(4, foreign.id)]})
        self.assertEqual(foreign.corp_id, mine)
        call_as(self.user_manager, "dingding.app", "write", foreign.ids,
                {"name": "Renamed"})
        person.user_id = False
        call_as(self.user_manager, "dingding.app", "write", foreign.ids,
                {"corp_id": self.corp.id})
        self.assertEqual(foreign.corp_id, self.corp)

    def test_a_manager_connects_an_organisation(self):
        made = call_as(
            self.user_manager, "dingding.corp", "create",
            {"name": "New", "app_key": "first-try", "agent_id": "1"})
        call_as(self.user_manager, "dingding.corp", "write", [made],
                {"app_key": "second-try", "corp_id": "ding-new"})
        corp = self.env["dingding.corp"].browse(made)
        self.assertEqual((corp.app_key, corp.corp_id), ("second-try", "ding-new"))

    def test_the_state_of_secrets_is_for_administrators(self):
        names = ["key_id", "current_count", "waiting_count", "lost_count", "lost"]
        for user in (self.user_portal, self.user_employee, self.user_manager):
            for name in names:
                with self.assertRaises(AccessError):
                    call_as(user, "dingding.encryption", "default_get", [name])
        call_as(self.user_system, "dingding.encryption", "default_get", names)


@portable
class TestAttacksOnActions(DingTalkCase):
    def test_an_action_tells_nothing_of_what_its_caller_may_not_read(self):
        """Up to 13 everybody may run a server action on any record."""
        self.env["dingding.user"].create(
            {"name": "P", "userid": self.simulator.users()[0]["userid"],
             "corp_id": self.corp.id, "user_id": self.env.user.id})
        run = self.env["dingding.sync"].create(
            {"corp_id": self.corp.id, "kind": "departments"})
        action = self.env["ir.actions.server"].create(
            {
                "name": "Tell", "state": "dingding_message",
                "model_id": self.env["ir.model"]._get("dingding.sync").id,
                "dingding_link": False, "dingding_text": "New: {kind}",
            }
        )
        context = {"active_model": run._name, "active_id": run.id,
                   "active_ids": run.ids}
        messages = self.env["dingding.message"]
        with contextlib.suppress(AccessError), mute_logger(
            "odoo.addons.dingding.models.ir_actions_server"
        ):
            call_as(self.user_employee, action._name, "run", action.ids,
                    context=context)
        self.assertFalse(messages.search([]))
        action.with_context(**context).run()
        self.assertEqual(len(messages.search([])), 1)
