# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json
import threading

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .. import compat, rights
from ..models.dingding_corp import GUARDED
from .common import DingTalkCase, call_as, portable, working_in
from .outgoing_case import OutgoingCase

REFUSED = (AccessError, UserError, ValidationError)


class RightsMixin(object):
    def refused(self, user, model, method, *args, **context):
        env = self.env(user=user.id, context=context)
        records = env[model].browse(args[0]) if method != "create" else env[model]
        given = args if method == "create" else args[1:]
        try:
            with self.env.cr.savepoint():
                getattr(records, method)(*given)
                compat.flush(env)
        except REFUSED:
            return
        finally:
            compat.forget(self.env)
        self.fail("%s may call %s of %s%r" % (user.login, method, model, args))

    def check_managers_cannot_write(self, values):
        before = rights.stored(self.corp, values)
        for name, value in values.items():
            self.refused(
                self.user_manager, "dingding.corp", "write", self.corp.ids,
                {name: value})
        self.assertEqual(rights.stored(self.corp, values), before)

    def check_application_stays(self, field):
        second = self.env["dingding.app"].create(
            {"name": "Second", "app_key": "second", "corp_id": self.corp.id})
        mine = self.env["dingding.corp"].create({"name": "Mine"})
        self.corp[field] = second
        self.refused(
            self.user_manager, "dingding.app", "write", second.ids,
            {"corp_id": mine.id})

    def save_default(self, user, model, name, value):
        """Save a default value as the user."""
        self.env["ir.default"].create(
            {
                "field_id": self.env["ir.model.fields"].search(
                    [("model", "=", model), ("name", "=", name)]).id,
                "json_value": json.dumps(value), "user_id": user.id,
            }
        )
        compat.clear_caches(self.env)

    def other_company(self):
        return self.env["res.company"].create({"name": "Other company"})


@portable
class TestCorpRights(RightsMixin, DingTalkCase):
    def values(self):
        return {
            "company_id": self.other_company().id,
            "link_by_mobile": False,
            "link_by_email": True,
            "link_administrators": True,
            "leads_contact": "odoo",
            "create_users": "portal",
            "template_user_id": self.user_employee.id,
            "leaver_policy": "user",
            "user_pictures": "always",
            "share_users": True,
        }

    def test_write(self):
        values = self.values()
        self.assertEqual(set(values), set(GUARDED))
        self.check_managers_cannot_write(values)
        call_as(
            self.user_manager, "dingding.corp", "write", self.corp.ids,
            {"name": "Renamed", "link_by_mobile": True})
        self.assertEqual(self.corp.name, "Renamed")
        values.pop("company_id")
        call_as(self.user_system, "dingding.corp", "write", self.corp.ids, values)
        self.assertTrue(self.corp.link_administrators)

    def test_create(self):
        for name, value in self.values().items():
            if name == "template_user_id":
                continue
            self.refused(
                self.user_manager, "dingding.corp", "create",
                {"name": "Mine", "corp_id": "dingmine", name: value})
        self.refused(
            self.user_manager, "dingding.corp", "create",
            {"name": "Mine", "template_user_id": self.user_employee.id})

    def test_defaults_of_the_context(self):
        model = compat.with_user(self.env["dingding.corp"], self.user_manager)
        corp = model.with_context(
            default_link_administrators=True, default_link_by_email=True,
            default_leads_contact="odoo", default_create_users="portal",
        ).create({"name": "Mine"}).with_env(self.env)
        names = set(GUARDED) - {"company_id"}
        self.assertEqual(
            rights.stored(corp, names)[corp.id], rights.own_defaults(corp, names))
        self.assertEqual(corp.company_id, self.company)

    def test_saved_defaults(self):
        names = ("link_administrators", "link_by_email")
        for name in names:
            self.save_default(self.user_manager, "dingding.corp", name, True)
        made = call_as(self.user_manager, "dingding.corp", "create", {"name": "Mine"})
        corp = self.env["dingding.corp"].browse(made)
        self.assertFalse(corp.link_administrators or corp.link_by_email)

    def test_copy(self):
        self.corp.write({"link_administrators": True, "link_by_email": True})
        self.refused(self.user_manager, "dingding.corp", "copy", self.corp.ids)

    def test_moved_out_of_reach(self):
        company = self.other_company()
        system = self._make_user(self.env, "here", "base.group_system")
        self.refused(
            system, "dingding.corp", "write", self.corp.ids,
            {"company_id": company.id})
        self.refused(
            self.user_manager, "dingding.corp", "create",
            {"name": "Theirs", "company_id": company.id})
        theirs = self.env["dingding.corp"].create(
            {"name": "Theirs", "company_id": company.id})
        unused = self.env["dingding.app"].create(
            {"name": "Unused", "app_key": "x-0", "corp_id": self.corp.id})
        self.refused(
            self.user_manager, "dingding.app", "write", unused.ids,
            {"corp_id": theirs.id})
        self.refused(
            self.user_manager, "dingding.app", "create",
            {"name": "x", "app_key": "x-1", "corp_id": theirs.id})

    def test_dialogs_belong_to_who_opened_them(self):
        dialog = call_as(
            self.user_manager, "dingding.send", "create", {"kind": "text", "text": "a"})
        other = self._make_user(self.env, "another", "dingding.group_manager")
        for method, args in (("write", [{"text": "b"}]), ("unlink", [])):
            with self.assertRaises(AccessError):
                call_as(other, "dingding.send", method, [dialog], *args)
        call_as(self.user_manager, "dingding.send", "write", [dialog], {"text": "c"})
        self.assertEqual(self.env["dingding.send"].browse(dialog).text, "c")
        call_as(self.user_manager, "dingding.send", "unlink", [dialog])

    def test_the_company_that_the_user_works_in(self):
        """Of several, the one chosen in the menu, not the one at first."""
        other = self.other_company()
        self.user_manager.company_ids |= other
        made = call_as(
            self.user_manager, "dingding.corp", "create", {"name": "There"},
            context=working_in(self.user_manager, other))
        made = self.env["dingding.corp"].browse(made)
        self.assertEqual(made.company_id, other)
        for corp in (made, self.corp):
            values = call_as(
                self.user_manager, "dingding.send", "default_get", ["corp_id"],
                context=working_in(self.user_manager, corp.company_id))
            self.assertEqual(values["corp_id"], corp.id)

    def test_template_of_the_company(self):
        company = self.other_company()
        template = self._make_user(
            self.env, "template", "base.group_user",
            company_id=company.id, company_ids=[(6, 0, company.ids)])
        with self.assertRaises(ValidationError):
            self.corp.write(
                {"create_users": "template", "template_user_id": template.id})

    def test_form(self):
        for user, may in ((self.user_manager, False), (self.user_system, True)):
            row = call_as(
                user, "dingding.corp", "read", self.corp.ids, ["is_administrator"])[0]
            self.assertEqual(row["is_administrator"], may)


@portable
class TestOtherCompany(RightsMixin, DingTalkCase):
    def test_a_refusal_names_nothing_of_another_company(self):
        app = self.elsewhere().app_id
        for field in ("app_id", "contact_app_id", "message_app_id"):
            self.assertNotIn("Secret", self.refusal(
                self.user_manager, "dingding.corp", "write", self.corp.ids,
                {field: app.id}))
            self.assertNotEqual(self.corp[field], app)

    def elsewhere(self):
        corp = self.env["dingding.corp"].create({
            "name": "Secret merger", "company_id": self.other_company().id,
            "app_key": "elsewhere", "corp_id": "dingelsewhere"})
        corp.app_id.name = "Secret project"
        return corp

    def refusal(self, user, model, method, *args):
        # From 17 on Odoo's assertRaises takes one class only.
        with self.assertRaises(Exception) as caught:
            with self.env.cr.savepoint():
                call_as(user, model, method, *args)
        self.assertIsInstance(caught.exception, (AccessError, ValidationError))
        compat.forget(self.env)
        return str(caught.exception)

    def test_a_key_in_use_names_its_owner_to_those_who_see_it(self):
        corp = self.elsewhere()
        both = self._make_user(
            self.env, "both", "dingding.group_manager",
            company_id=corp.company_id.id,
            company_ids=[(6, 0, (corp.company_id + self.env.user.company_id).ids)])
        for values in ({"app_key": "elsewhere"}, {"corp_id": "dingelsewhere"}):
            values = dict(values, name="Mine", company_id=self.corp.company_id.id)
            text = self.refusal(self.user_manager, "dingding.corp", "create", values)
            self.assertIn("elsewhere", text)
            self.assertNotIn("Secret", text)
            text = self.refusal(
                both, "dingding.corp", "create",
                dict(values, company_id=corp.company_id.id))
            self.assertIn("Secret merger", text)

    def test_a_link_in_use_names_nobody_of_another_company(self):
        corp = self.elsewhere()
        user = self._make_user(
            self.env, "shared", "base.group_user",
            company_id=self.corp.company_id.id,
            company_ids=[(6, 0, (corp.company_id + self.corp.company_id).ids)])
        self.env["dingding.user"].create({
            "name": "Secret person", "userid": "s", "corp_id": corp.id,
            "user_id": user.id})
        values = {"name": "Mine", "corp_id": corp.id, "user_id": user.id}
        self.assertNotIn("Secret", self.refusal(
            self.user_manager, "dingding.user", "create", values))
        people = self.env["dingding.user"].with_env(
            self.env(user=self.user_manager.id))
        with self.assertRaises(ValidationError) as caught:
            people._check_free(user.id, corp.id)
        self.assertNotIn("Secret", str(caught.exception))


@portable
class TestLinkRights(RightsMixin, OutgoingCase):
    """Rights to decide who signs in as whom."""

    def setUp(self):
        super().setUp()
        self.colleague = self._make_user(self.env, "colleague", "base.group_user")
        self.owner = self.env["res.users"].browse(sorted(rights.owner_ids(self.env))[0])

    def new(self, user=None, **values):
        return dict({"corp_id": self.corp.id, "name": "Mine",
                     "mobile": "13900001234"}, **values)

    def elsewhere(self, login="elsewhere", *groups):
        company = self.other_company()
        return self._make_user(
            self.env, login, *(groups or ("base.group_user",)),
            company_id=company.id, company_ids=[(6, 0, company.ids)])

    def mobile_field(self):
        return "mobile" if "mobile" in self.env["res.partner"]._fields else "phone"

    # -- by the back door ------------------------------------------------------------

    def test_defaults_of_the_context(self):
        model = compat.with_user(self.env["dingding.user"], self.user_manager)
        person = model.with_context(
            default_user_id=self.owner.id, default_unionid="forged",
            default_userid="forged", default_activated=True,
            default_mobile_number="+8613900009999", default_link_rule="mobile",
            default_is_new=False, default_agreed_values='{"email": "x"}',
        ).create(self.new()).with_env(self.env)
        self.assertFalse(
            person.user_id or person.unionid or person.activated
            or person.mobile_number or person.link_rule)
        self.assertNotEqual(person.userid, "forged")
        self.assertTrue(person.is_new)

    def test_saved_defaults(self):
        for name, value in (
            ("user_id", self.user_system.id), ("company_id", self.other_company().id),
            ("unionid", "forged"), ("activated", True),
            ("mobile_number", "+8613900009999"),
        ):
            self.save_default(self.user_manager, "dingding.user", name, value)
        made = call_as(self.user_manager, "dingding.user", "create", self.new())
        person = self.env["dingding.user"].browse(made)
        self.assertFalse(
            person.user_id or person.unionid or person.activated
            or person.mobile_number)
        self.assertEqual(person.company_id, self.company)
        # Other fields keep their own defaults.
        self.save_default(self.user_manager, "dingding.user", "work_place", "Here")
        made = call_as(self.user_manager, "dingding.user", "create",
                       self.new(mobile="13900001235"))
        self.assertEqual(self.env["dingding.user"].browse(made).work_place, "Here")

    def test_no_saved_default_keeps_a_mail_from_its_reader(self):
        person = self.somebody()
        for name, value in (("state", "cancel"), ("reply_to", "me@example.com")):
            self.save_default(self.user_manager, "mail.mail", name, value)
        call_as(self.user_manager, "dingding.user", "write", person.ids,
                {"user_id": self.colleague.id})
        mail = self.env["mail.mail"].search([("email_to", "=", self.colleague.email)])
        self.assertEqual(mail.mapped("state"), ["outgoing"])
        self.assertNotEqual(mail.reply_to, "me@example.com")

    def test_the_superuser_chooses_defaults(self):
        """On 11.0 ``sudo`` makes everybody the superuser."""
        thread = threading.current_thread()
        self.addCleanup(setattr, thread, "uid", getattr(thread, "uid", None))
        corps = self.env["dingding.corp"].with_context(default_nightly_hour=17)
        self.assertEqual(corps.env.uid, SUPERUSER_ID)
        for uid, hour in ((SUPERUSER_ID, 17), (self.user_manager.id, 2), (None, 2)):
            thread.uid = uid
            self.assertEqual(corps.create({"name": "New"}).nightly_hour, hour)

    def test_everybodys_defaults_count(self):
        self.env["ir.default"].set("dingding.user", "remark", "Everybody's")
        self.save_default(self.user_manager, "dingding.user", "remark", "Mine")
        defaults = compat.with_user(self.env["dingding.user"], self.user_manager)
        names = ["remark", "work_place"]
        self.assertEqual(defaults.default_get(names), {"remark": "Mine"})
        for ignored in (None, ["remark"]):
            self.assertEqual(
                rights.without_defaults(defaults, ignored).default_get(names),
                {"remark": "Everybody's"})
        for odd in (3, {"remark": 1}, "remark", ["x"]):
            odd = defaults.with_context(**{rights.IGNORED_DEFAULTS: odd})
            self.assertEqual(odd.default_get(names), {"remark": "Mine"})

    def test_lines_of_other_forms(self):
        department = self.departments()[:1]
        line = self.new(user_id=self.user_system.id)
        self.refused(
            self.user_manager, "dingding.department", "write", department.ids,
            {"user_ids": [(0, 0, line)]})
        env = self.env(user=self.user_manager.id)
        env["dingding.department"].browse(department.id).with_context(
            default_user_id=self.user_system.id, default_unionid="forged",
        ).write({"user_ids": [(0, 0, self.new())]})
        made = self.people().filtered("is_new")
        self.assertEqual(len(made), 1)
        self.assertFalse(made.user_id or made.unionid)

    def test_from_the_side_of_the_user(self):
        both = self._make_user(
            self.env, "both", "base.group_erp_manager", "dingding.group_manager")
        # Managers of access rights write users.
        both_only = self._make_user(self.env, "only", "dingding.group_manager")
        person = self.somebody()
        for user in (both, both_only):
            self.refused(
                user, "res.users", "write", self.user_system.ids,
                {"dingding_user_ids": [(4, person.id)]})
            self.assertFalse(person.user_id)

    def test_copy_and_import(self):
        person = self.somebody()
        self.refused(
            self.user_manager, "dingding.user", "copy", person.ids,
            {"user_id": self.user_system.id})
        env = self.env(user=self.user_manager.id)
        # 13 logs what it refuses.
        with mute_logger("odoo.models"):
            result = env["dingding.user"].load(
                ["id", "name", "mobile", "user_id/.id"],
                [["__import__.x", "Mine", "13900001234", str(self.user_system.id)]])
        compat.forget(self.env)
        self.assertFalse(result["ids"])
        self.assertFalse(self.people().filtered(
            lambda each: each.user_id == self.user_system))

    # -- companies ---------------------------------------------------------------------

    def test_users_of_another_company(self):
        stranger = self.elsewhere()
        person = self.somebody()
        for user in self.user_manager | self.user_system:
            self.refused(
                user, "dingding.user", "write", person.ids, {"user_id": stranger.id})
            self.refused(
                user, "dingding.user", "create", self.new(user_id=stranger.id))
        self.corp.link_by_email = True
        self.change_person(person.userid, email=stranger.login + "@example.com")
        stranger.write({"login": stranger.login + "@example.com"})
        self.lead("dingtalk")
        self.confirm_it()
        self.assertFalse(person.user_id)
        stranger.write({"company_ids": [(4, self.company.id)]})
        self.run_it()
        self.assertEqual(person.user_id, stranger)

    def test_managers_of_another_company(self):
        stranger = self.elsewhere("far", "dingding.group_manager")
        person = self.somebody()
        run = self.preview()
        line = run.line_ids[:1]
        for model, ids, methods in (
            ("dingding.user", person.ids, (
                "action_refresh", "action_unbind", "action_push_again",
                "action_use_dingtalk_value", "action_delete_in_dingtalk",
                "action_send_message")),
            ("dingding.department", self.departments()[:1].ids, (
                "action_refresh", "action_open_users", "action_send_message")),
            ("dingding.sync", run.ids, (
                "action_cancel", "action_retry", "action_apply_all",
                "action_apply_selected", "action_lines", "action_conflicts")),
            ("dingding.sync.line", line.ids, (
                "action_select", "action_leave_out", "action_open")),
        ):
            for method in methods:
                self.refused(stranger, model, method, ids)
        self.assertEqual(run.state, "confirm")

    # -- told --------------------------------------------------------------------------

    def told(self, user):
        return self.env["mail.mail"].search([("email_to", "=", user.email)])

    def test_links_by_hand_are_told(self):
        person = self.somebody()
        call_as(self.user_manager, "dingding.user", "write", person.ids,
                {"user_id": self.colleague.id})
        self.assertIn(self.user_manager.name, self.told(self.colleague).body_html)
        call_as(self.user_manager, "dingding.user", "write", person.ids,
                {"user_id": False}, context={"dingding_keep_sessions": True})
        self.assertEqual(len(self.told(self.colleague)), 2)

    # -- by rule -----------------------------------------------------------------------

    def test_what_odoo_led_links_nobody(self):
        person = self.somebody()
        self.user_system.login = "system@example.com"
        call_as(self.user_manager, "dingding.user", "write", person.ids,
                {"email": "system@example.com"})
        self.corp.write({"link_by_email": True, "link_administrators": True})
        self.run_it()
        self.assertFalse(person.user_id)
        self.send()
        self.assertEqual(self.there(person)["email"], "system@example.com")
        for _again in range(2):
            self.run_it()
            self.assertFalse(person.user_id, "DingTalk only repeats it")
            self.lead("dingtalk")
        run = self.confirm_it()
        self.assertFalse(person.user_id)
        self.assertIn("link_unconfirmed", self.codes(run))

    def test_what_odoo_kept_to_itself_links_nobody(self):
        self.corp.link_by_email = True
        self.colleague.login = "colleague@example.com"
        person = self.somebody()
        call_as(
            self.user_manager, "dingding.user", "write", person.ids,
            {"email": "colleague@example.com"},
            context={"dingding_no_push": True, "dingding_changed_by": 1})
        self.assertFalse(self.changes())
        self.run_it()
        self.assertFalse(person.user_id)

    def test_nobody_writes_in_anothers_name(self):
        person = self.somebody()
        call_as(
            self.user_manager, "dingding.user", "write", person.ids,
            {"title": "x"}, context={"dingding_changed_by": self.user_system.id})
        self.assertEqual(self.changes(person).user_id, self.user_manager)

    def test_nobody_deletes_or_leads_in_anothers_name(self):
        context = {"dingding_changed_by": self.user_system.id}
        first, second = self.somebody(0), self.somebody(1)
        department = second.department_ids[:1]
        call_as(
            self.user_manager, "dingding.user", "write", second.ids,
            {"leader_department_ids": [(4, department.id)]}, context=context)
        wizard = call_as(
            self.user_manager, "dingding.delete", "create",
            {"person_ids": [(6, 0, first.ids)], "understood": True})
        call_as(self.user_manager, "dingding.delete", "action_confirm", [wizard],
                context=context)
        for record in (department, first):
            self.assertEqual(self.changes(record).user_id, self.user_manager)

    def test_people_made_in_odoo(self):
        self.corp.link_by_email = True
        self.colleague.login = "colleague@example.com"
        model = compat.with_user(self.env["dingding.user"], self.user_manager)
        person = model.create(
            self.new(email="colleague@example.com")).with_env(self.env)
        self.send()
        self.assertFalse(person.is_new)
        self.run_it()
        self.assertFalse(person.user_id)

    def test_the_owner_is_never_linked_by_a_rule(self):
        self.corp.write({"link_by_email": True, "link_administrators": True})
        self.lead("dingtalk")
        for owner, person in zip(
            self.env["res.users"].browse(sorted(rights.owner_ids(self.env))),
            self.people().filtered("activated"),
        ):
            self.change_person(person.userid, email="owner%d@example.com" % owner.id)
            owner.login = "owner%d@example.com" % owner.id
            self.confirm_it(self.user_system)
            self.assertFalse(person.user_id)

    def test_an_employee_takes_nobodys_sign_in(self):
        self.lead("dingtalk")
        self.corp.write({"link_by_email": True, "nightly_pull": True})
        person = self.people().filtered("activated").sorted("userid")[0]
        self.change_person(person.userid, email="somebody@example.com")
        partner = self.colleague.partner_id
        call_as(self.colleague, "res.users", "write", self.colleague.ids,
                {"email": "somebody@example.com"})
        partner.write({self.mobile_field(): person.mobile})
        for _again in range(2):
            run = self.run_it()
            self.assertFalse(person.user_id)
            self.assertEqual(self.codes(run), ["link_unconfirmed"])
            self.assertEqual(run.problem_ids.person_id, person)
            self.assertEqual(run.problem_ids.error, self.colleague.name)
        self.env["dingding.sync"]._confirm_links(self.corp)
        self.assertFalse(person.user_id)
        run = self.preview()
        line = run.line_ids.filtered(lambda each: each.kind == "link")
        self.assertEqual(line.key, person.userid)
        self.decide(run)
        self.assertEqual(person.user_id, self.colleague)
        self.assertIn(self.user_manager.name, self.told(self.colleague).body_html)

    def test_what_is_sure_is_not_stood_in_the_way_of(self):
        self.lead("dingtalk")
        self.corp.link_by_email = True
        person = self.people().filtered("activated").sorted("userid")[0]
        self.change_person(person.userid, email="right@example.com")
        right = self._make_user(
            self.env, "right", "base.group_user", email="x@example.com")
        right.login = "right@example.com"
        call_as(self.colleague, "res.users", "write", self.colleague.ids,
                {"email": "right@example.com"})
        self.run_it()
        self.assertEqual(person.user_id, right)

    def test_no_manager_links_who_may_do_more(self):
        self.lead("dingtalk")
        person = self.people().filtered("activated").sorted("userid")[0]
        clerk = self._make_user(
            self.env, "clerk", "base.group_user", "base.group_partner_manager")
        self.refused(
            self.user_manager, "dingding.user", "write", person.ids,
            {"user_id": clerk.id})
        self.refused(
            self.user_manager, "dingding.user", "create", self.new(user_id=clerk.id))
        clerk.partner_id.write({self.mobile_field(): person.mobile})
        run = self.confirm_it()
        self.assertFalse(person.user_id)
        self.assertEqual(self.codes(run), ["link_unconfirmed"])
        self.user_manager.write(
            {compat.USER_GROUPS: [(4, self.env.ref("base.group_partner_manager").id)]})
        call_as(self.user_manager, "dingding.user", "write", person.ids,
                {"user_id": clerk.id})
        self.assertEqual(person.user_id, clerk)

    def test_only_administrators_confirm_administrators(self):
        self.lead("dingtalk")
        self.corp.write({"link_administrators": True})
        person = self.people().filtered("activated").sorted("userid")[0]
        self.user_system.partner_id.write({self.mobile_field(): person.mobile})
        run = self.confirm_it()
        self.assertFalse(person.user_id)
        self.assertEqual(self.codes(run), ["link_unconfirmed"])
        self.confirm_it(self.user_system)
        self.assertEqual(person.user_id, self.user_system)


@portable
class TestDialogRights(RightsMixin, DingTalkCase):
    def test_only_for_whom_they_are(self):
        for user in self.user_portal | self.user_employee | self.user_dingtalk:
            self.refused(
                user, "dingding.health", "create", {"corp_id": self.corp.id})
            with self.assertRaises(AccessError):
                call_as(user, "dingding.health", "search_read", [])
            with self.assertRaises(AccessError):
                call_as(user, "dingding.delete", "search_read", [])
        for user in self.user_portal | self.user_employee:
            with self.assertRaises(AccessError):
                call_as(user, "dingding.send", "search_read", [])

    def test_ones_own_rows(self):
        action = call_as(
            self.user_manager, "dingding.corp", "action_test_connection",
            self.corp.ids)
        other = self._make_user(self.env, "other", "dingding.group_manager")
        health = self.env["dingding.health"].browse(action["res_id"])
        for user in other | self.user_employee:
            self.refused(user, "dingding.health", "read", health.ids, ["summary"])
            self.refused(
                user, "dingding.health.line", "read", health.line_ids.ids, ["name"])
        self.assertTrue(call_as(
            self.user_manager, "dingding.health", "read", health.ids, ["summary"]))
