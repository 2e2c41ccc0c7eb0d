# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import types

from odoo.exceptions import AccessError, UserError

from .. import compat
from ..models import dingding_user_match
from .common import call_as, portable
from .sync_case import SyncCase
from .test_rights import RightsMixin


@portable
class TestMatch(RightsMixin, SyncCase):
    @classmethod
    def _prepare_class(cls):
        result = super()._prepare_class()
        with cls._like_a_test() as test:
            cls.userids = test.matchable()
            test.run_it()
        return result

    def mobile_of(self, number):
        return self.simulated()[self.userids[number]]["mobile"]

    def user_of(self, number, name, group="base.group_user", **values):
        login = values.pop("login", None)
        partner = self.env["res.partner"]._fields
        field = "mobile" if "mobile" in partner else "phone"
        values[field] = self.mobile_of(number)
        user = self._make_user(self.env, name, group, **values)
        if login:
            user.login = login
        return user

    def row(self, number):
        return self.person(self.userids[number])

    def press(self, number, name="link", user=None):
        call_as(user or self.user_manager, "dingding.user", "action_match_%s" % name,
                self.row(number).ids)

    def match(self):
        action = call_as(self.user_manager, "dingding.user", "action_match")
        cards = self.env.ref("dingding.dingding_user_view_kanban_match")
        self.assertEqual(
            [tuple(view) for view in action["views"][1:]],
            [(cards.id, "kanban"), (False, "form")])
        compat.forget(self.env)
        return action

    def test_reasons(self):
        self.user_of(0, "own")
        several = self.user_of(1, "one") | self.user_of(1, "two")
        self.user_of(2, "admin", "base.group_system")
        company = self.env["res.company"].create({"name": "Other"})
        self.user_of(3, "other", company_id=company.id,
                     company_ids=[(6, 0, company.ids)])
        self.user_of(4, "archived").active = False
        sure = self.user_of(6, "sure", login=self.mobile_of(6))
        self.user_of(7, "shared", "base.group_portal")
        self.assertEqual(self.match()["res_model"], "dingding.user")
        self.assertEqual(
            [self.row(number).unlinked_reason for number in range(8)],
            ["own_value", "several", "administrator", "company", "archived",
             "no_candidate", "next_sync", "portal"])
        self.assertEqual(self.row(1).likely_user_ids, several)
        self.assertEqual(self.row(6).likely_user_ids, sure)
        self.assertEqual(self.row(6).likely_rule, "mobile")
        self.assertFalse(self.row(3).likely_user_ids)
        versions = self.versions()
        self.match()
        self.assertEqual(self.versions(), versions, "only what differs is written")

    def test_people_without_a_value(self):
        self.row(0).activated = False
        self.row(1).write({"mobile": False, "mobile_number": False})
        self.match()
        self.assertEqual(self.row(0).unlinked_reason, "not_activated")
        self.assertEqual(self.row(1).unlinked_reason, "no_value")
        self.corp.link_by_mobile = False
        self.match()
        reasons = self.people().filtered("active").mapped("unlinked_reason")
        self.assertEqual(set(reasons), {"no_rule"})

    def test_the_next_sync_does_what_the_reason_says(self):
        user = self.user_of(0, "sure", login=self.mobile_of(0))
        self.user_of(1, "own")
        self.match()
        self.run_it()
        self.assertEqual(self.row(0).user_id, user)
        self.assertFalse(self.row(1).user_id)

    def test_link(self):
        user = self.user_of(0, "own")
        mails = self.env["mail.mail"].search_count([("email_to", "=", user.email)])
        self.press(0)
        self.assertEqual((self.row(0).user_id, self.row(0).link_rule), (user, "manual"))
        self.assertFalse(self.row(0).unlinked_reason or self.row(0).likely_user_ids)
        self.assertEqual(
            self.env["mail.mail"].search_count([("email_to", "=", user.email)]),
            mails + 1)

    def test_link_nobody_with_more_rights(self):
        admin = self.user_of(0, "admin", "base.group_system")
        self.match()
        self.assertEqual(self.row(0).likely_user_ids, admin)
        with self.assertRaises(UserError) as caught:
            self.press(0)
        self.assertIn("access rights", caught.exception.args[0])
        self.assertFalse(self.row(0).user_id)
        self.press(0, user=self.user_system)
        self.assertEqual(self.row(0).user_id, admin)

    def test_a_candidate_of_yesterday(self):
        user = self.user_of(0, "own")
        self.match()
        for field in {"mobile", "phone"} & set(self.env["res.partner"]._fields):
            user.partner_id[field] = False
        with self.assertRaises(UserError):
            self.press(0)
        self.assertFalse(self.row(0).user_id)

    def test_no_click_chooses_among_several(self):
        self.user_of(0, "one")
        self.user_of(0, "two")
        with self.assertRaises(UserError):
            self.press(0)
        self.assertFalse(self.row(0).user_id)

    def test_many_at_once(self):
        user = self.user_of(0, "own")
        self.user_of(1, "admin", "base.group_system")
        people = self.row(0) | self.row(1)
        action = call_as(
            self.user_manager, "dingding.user", "action_match_choose", people.ids)
        wizard = self.env["dingding.match"].browse(action["res_id"])
        action = call_as(
            self.user_manager, "dingding.match", "action_apply", wizard.ids)
        self.assertEqual(self.row(0).user_id, user)
        self.assertFalse(self.row(1).user_id)
        self.assertEqual(action["res_id"], wizard.id)
        self.assertIn(self.row(1).name, wizard.errors)
        self.assertNotIn(self.row(0).name + ":", wizard.errors)

    def test_many_take_several_presses(self):
        """Odoo ends a long request, and undoes it."""
        for number in range(3):
            self.user_of(number, "own%d" % number)
        cls, clock = type(self.row(0)), types.SimpleNamespace(now=0.0)
        real = cls._link_likely

        def link(person, field):
            clock.now += dingding_user_match.MATCH_SECONDS * 0.6
            return real(person, field)

        self._replace(cls, "_link_likely", link)
        self._replace(dingding_user_match, "time", types.SimpleNamespace(
            monotonic=lambda: clock.now))
        people = self.row(0) | self.row(1) | self.row(2)
        action = call_as(
            self.user_manager, "dingding.user", "action_match_choose", people.ids)
        wizard = self.env["dingding.match"].browse(action["res_id"])
        call_as(self.user_manager, "dingding.match", "action_apply", wizard.ids)
        left = people.filtered(lambda person: not person.user_id)
        self.assertEqual(len(left), 1)
        self.assertEqual(wizard.person_ids, left)
        self.assertIn("1 people remain", wizard.errors)
        action = call_as(
            self.user_manager, "dingding.match", "action_apply", wizard.ids)
        self.assertEqual(action["type"], "ir.actions.act_window_close")
        self.assertTrue(left.user_id)

    def test_create_users(self):
        with self.assertRaises(UserError) as caught:
            self.press(0, "create")
        # The page with the setting.
        self.assertIn("Synchronisation", caught.exception.args[0])
        template = self._make_user(self.env, "template", "base.group_user")
        self.corp.write({"create_users": "template", "template_user_id": template.id})
        self.press(0, "create")
        self.assertEqual(self.row(0).link_rule, "created")
        self.assertTrue(self.row(0).user_id.has_group("base.group_user"))
        self.user_of(1, "own")
        with self.assertRaises(UserError):
            self.press(1, "create")
        self.assertFalse(self.row(1).user_id)

    def test_create_nobody_who_is_invited_again(self):
        """Links of a former UserID pass once Odoo knows that it has left."""
        self.corp.write({"create_users": "portal", "leaver_policy": "user"})
        former = self.row(0).copy({"userid": "former", "active": True})
        self.row(0).unionid = former.unionid = "again"
        with self.assertRaises(UserError):
            self.press(0, "create")
        former.active = False
        self.press(0, "create")
        self.assertTrue(self.row(0).user_id)

    def test_who_creates_a_user_chooses_nothing_of_it(self):
        template = self._make_user(self.env, "template", "base.group_user")
        self.corp.write({"create_users": "template", "template_user_id": template.id})
        partner = self.user_system.partner_id
        before = partner.email
        call_as(
            self.user_manager, "dingding.user", "action_match_create",
            self.row(0).ids, context={
                "default_password": "known", "default_new_password": "known",
                "default_partner_id": partner.id, "default_signature": "<p>x</p>",
            })
        self.save_default(self.user_manager, "res.users", "password", "known")
        self.save_default(self.user_manager, "res.users", "partner_id", partner.id)
        self.press(1, "create")
        for number in (0, 1):
            user = self.row(number).user_id
            self.assertEqual(self.row(number).link_rule, "created")
            self.assertFalse(compat.is_password(user, "known"))
            self.assertNotEqual(user.partner_id, partner)
        self.assertEqual(partner.email, before)

    def test_ignore(self):
        def unmatched():
            lines = {line["key"]: line for line in self.corp._overview_lines()}
            return int(lines["people"]["value"].split()[-1])

        before = unmatched()
        self.press(0, "ignore")
        self.match()
        self.assertFalse(self.row(0).unlinked_reason)
        self.assertEqual(unmatched(), before - 1)
        user = self.user_of(0, "sure", login=self.mobile_of(0))
        template = self._make_user(self.env, "template", "base.group_user")
        self.corp.write({"create_users": "template", "template_user_id": template.id})
        run = self.preview()
        self.assertNotIn(self.userids[0], run.line_ids.mapped("key"))
        self.decide(run)
        self.assertFalse(self.row(0).user_id)
        self.press(0, "unignore")
        self.assertEqual(self.row(0).unlinked_reason, "next_sync")
        self.run_it()
        self.assertEqual(self.row(0).user_id, user)

    def test_who_is_linked_is_not_ignored(self):
        self.press(0, "ignore")
        self.assertTrue(self.row(0).user_ignored)
        user = self._make_user(self.env, "byhand", "base.group_user")
        call_as(self.user_manager, "dingding.user", "write", self.row(0).ids,
                {"user_id": user.id})
        self.assertFalse(self.row(0).user_ignored)
        with self.assertRaises(UserError):
            self.press(0, "ignore")

    def test_report(self):
        self.user_of(0, "own")
        self.press(0)
        action = call_as(self.user_manager, "dingding.user", "action_links")
        self.assertFalse("search_default" in "%s" % action["context"])
        names = ["userid", "link_rule", "unlinked_reason", "main_department_id/name"]
        found = call_as(self.user_system, "dingding.user", "export_data",
                        (self.row(0) | self.row(1)).ids, names)["datas"]
        rules = {row[0]: row[1:3] for row in found}
        self.assertEqual(rules[self.userids[0]][0], "Manually")
        self.assertEqual(rules[self.userids[1]][1], "No candidate")

    def test_rights(self):
        self.user_of(0, "own")
        for user in (self.user_employee, self.user_dingtalk):
            with self.assertRaises(AccessError):
                self.press(0, "choose", user)
            for name in ("action_match", "action_links"):
                with self.assertRaises(AccessError):
                    call_as(user, "dingding.user", name)
            for name in ("link", "create", "ignore", "unignore"):
                with self.assertRaises(AccessError):
                    self.press(0, name, user)
            with self.assertRaises(AccessError):
                call_as(user, "dingding.match", "create", {"choice": "link"})
        values = call_as(self.user_dingtalk, "dingding.user", "read",
                         self.row(0).ids, [])[0]
        self.assertNotIn("unlinked_reason", values)
        self.assertNotIn("likely_user_ids", values)
        company = self.env["res.company"].create({"name": "Other"})
        other = self._make_user(
            self.env, "other", "dingding.group_manager", company_id=company.id,
            company_ids=[(6, 0, company.ids)])
        call_as(other, "dingding.user", "action_match")
        for name in ("link", "create", "ignore", "unignore"):
            with self.assertRaises(AccessError):
                self.press(0, name, other)
        with self.assertRaises(AccessError):
            call_as(other, "dingding.match", "create",
                    {"choice": "link", "person_ids": [(6, 0, self.row(0).ids)]})
        self.assertFalse(self.row(0).user_id or self.row(0).user_ignored)

    def test_nobody_invents_candidates(self):
        for values in (
            {"unlinked_reason": "own_value"}, {"likely_rule": "mobile"},
            {"likely_user_ids": [(4, self.user_system.id)]},
        ):
            with self.assertRaises(AccessError):
                call_as(self.user_manager, "dingding.user", "write", self.row(0).ids,
                        values)
