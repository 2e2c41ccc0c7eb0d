# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import contextlib
import xmlrpc.client

from lxml import etree

from odoo import http
from odoo.exceptions import AccessError

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import call_as, portable

from ..models import dingding_signin_my
from ..models.dingding_signin_my import AGAIN, WRONG
from ..models.res_users import SIGNED_IN
from .common import COOKIE, SigninCase


@portable
class TestSigninMy(SigninCase):
    """Bind and unbind one's own account."""

    def signed_in(self, user):
        browser = self.visitor()
        self.post(browser, "/web/login", login=user.login, password=self.PASSWORD)
        self.assertEqual(self.who(browser), user.id)
        return browser

    def bind(self, browser, password=None):
        return self.post(
            browser, "/dingding/my/bind", corp=self.corp.id,
            password=self.PASSWORD if password is None else password)

    def languages(self):
        """Return a list that gets the language of each text about a link."""
        known, people = self.env["res.lang"], type(self.env["dingding.user"])
        (known.load_lang if hasattr(known, "load_lang") else known._activate_lang)(
            "fr_FR")
        self.user_dingtalk.lang = "fr_FR"
        found, real = [], people._link_text

        def text(person, user, linked):
            found.append(person.env.context.get("lang"))
            return real(person, user, linked)

        self._replace(people, "_link_text", text)
        return found

    def csrf(self, browser):
        answer = browser.get(self.url("/dingding/my"), timeout=60)
        if "dingding/my/" not in answer.text:
            return super().csrf(browser)
        start = answer.text.index('name="csrf_token" value="') + 25
        return answer.text[start:answer.text.index('"', start)]

    def test_bind(self):
        row, languages = self.make_person(self.other), self.languages()
        self.share()
        browser = self.signed_in(self.user_dingtalk)
        self.assertIn("None yet", self.get(browser, "/dingding/my").text)
        answer = self.bind(browser)
        self.assertEqual(answer.status_code, 303, answer.text)
        path = self.agree(answer.headers["Location"], self.other)
        answer = self.back(browser, path)
        self.assertEqual(answer.status_code, 303, answer.text)
        self.assertIn(row.name, self.get(browser, "/dingding/my").text)
        compat.forget(self.env)
        self.assertEqual(row.user_id, self.user_dingtalk)
        self.assertEqual(self.who(browser), self.user_dingtalk.id)
        # The user is notified in both ways.
        mail = self.env["mail.mail"].search(
            [("email_to", "=", self.user_dingtalk.email)])
        self.assertEqual(len(mail), 1)
        self.assertEqual(languages, ["fr_FR"])
        self.process_queue()
        texts = str(self.simulator.messages(self.other["userid"]))
        self.assertIn(self.user_dingtalk.name, texts)
        # Now the user signs in this way.
        again = self.visitor()
        self.oauth2(again, self.other)
        self.assertEqual(self.who(again), self.user_dingtalk.id)

    def test_messages_about_bindings_are_limited(self):
        """Each one costs a call."""
        self._replace(dingding_signin_my, "MESSAGES", 2)
        row, user = self.make_person(self.other, self.user_dingtalk), self.user_dingtalk
        mails = [("email_to", "=", user.email)]
        before = self.env["dingding.message"].search_count([])
        mailed = self.env["mail.mail"].search_count(mails)
        my = compat.with_user(self.env["dingding.signin.my"], user)
        for number in range(4):
            my._tell(user, row, bool(number % 2))
        self.assertEqual(self.env["dingding.message"].search_count([]), before + 2)
        self.assertEqual(self.env["mail.mail"].search_count(mails), mailed + 4)

    def test_who_has_left_is_not_bound(self):
        """Before a sync notices."""
        left = self.stranger()
        row = self.make_person(dict(self.other, unionid=left["unionid"]))
        self.share()
        browser = self.signed_in(self.user_dingtalk)
        answer = self.bind(browser)
        path = self.agree(answer.headers["Location"], left)
        self.assertRefused(self.back(browser, path))
        self.assertEqual(self.log().reason, "left")
        self.assertFalse(row.user_id)

    def test_dingtalk_away_while_an_unknown_person_is_bound(self):
        browser = self.signed_in(self.user_dingtalk)
        path = self.agree(self.bind(browser).headers["Location"], self.other)
        self.simulator.fault("http_500", "/topapi/*", times=20)
        answer = self.back(browser, path)
        self.assertRefused(answer, 502)
        self.assertIn("in a moment", answer.text)
        self.assertEqual((self.log().way, self.log().result), ("my", "error"))

    def test_wrong_password(self):
        browser = self.signed_in(self.user_dingtalk)
        for _number in range(WRONG):
            self.assertRefused(self.bind(browser, "wrong"))
        # Even the right one is refused now.
        self.assertRefused(self.bind(browser), 429)

    def fresh(self, browser):
        """Bind without a password; return the status and the redirect."""
        answer = self.bind(browser, "")
        return answer.status_code, answer.headers.get("Location", "")

    def remember(self, browser, mark):
        """Set user and time of the sign-in in a browser's session."""
        store = http.root.session_store
        session = store.get(browser.cookies[COOKIE])
        session[SIGNED_IN] = mark(session[SIGNED_IN])
        store.save(session)

    def age(self, browser, seconds=600):
        """Make the sign-in of a browser's session older."""
        self.remember(browser, lambda mark: [mark[0], mark[1] - seconds])

    def test_fresh_sign_in_in_place_of_a_password(self):
        """Users created from DingTalk have no password to ask for."""
        far = self.env["dingding.corp"].create(
            {"name": "Far", "app_key": "far", "app_secret": "far"})
        far.write({"corp_id": "ding-far", "signin_oauth2": True})
        self.share()
        browser = self.visitor()
        self.oauth2(browser)
        text = self.get(browser, "/dingding/my").text
        self.assertNotIn("dingding_password", text)
        answer = self.post(browser, "/dingding/my/bind", corp=far.id)
        self.assertEqual(answer.status_code, 303, answer.text)
        self.assertIn("client_id=far", answer.headers["Location"])
        self.age(browser)
        text = self.get(browser, "/dingding/my").text
        self.assertIn("dingding_password", text)
        self.assertIn("/web/session/logout?redirect=", text)
        answer = self.post(browser, "/dingding/my/bind", corp=far.id)
        self.assertRefused(answer)
        self.assertIn("sign in again", answer.text)

    def test_sign_in_again_comes_back(self):
        browser = self.signed_in(self.user_employee)
        self.age(browser)
        answer = browser.get(self.url(AGAIN), timeout=60)
        self.assertFalse(self.who(browser))
        self.assertIn("/web/login?redirect=%2Fdingding%2Fmy", answer.url)
        self.assertIn("redirect=%2Fdingding%2Fmy", answer.text)
        answer = self.oauth2(browser, redirect="/dingding/my")
        self.assertTrue(answer.headers["Location"].endswith("/dingding/my"))
        self.assertEqual(self.who(browser), self.user_employee.id)

    def test_fresh_sign_in_by_password(self):
        browser = self.signed_in(self.user_dingtalk)
        self.assertEqual(self.fresh(browser)[0], 303)
        self.age(browser)
        self.assertEqual(self.fresh(browser)[0], 403)
        self.assertEqual(self.bind(browser).status_code, 303)

    def test_wrong_password_beside_a_fresh_sign_in(self):
        browser = self.signed_in(self.user_dingtalk)
        self.assertEqual(self.bind(browser, "wrong").status_code, 403)

    def test_fresh_sign_in_of_this_session_only(self):
        """Signing in elsewhere does not unlock a session that was left open."""
        left_open = self.signed_in(self.user_dingtalk)
        self.age(left_open)
        elsewhere = self.signed_in(self.user_dingtalk)
        self.assertEqual(self.fresh(elsewhere)[0], 303)
        self.assertEqual(self.fresh(left_open)[0], 403)

    def test_fresh_sign_in_is_not_told_by_the_browser(self):
        browser = self.signed_in(self.user_dingtalk)
        self.age(browser)
        for name in ("fresh", "dingding_signed_in", "uid", "at"):
            answer = self.post(
                browser, "/dingding/my/bind", corp=self.corp.id, **{name: "9999999999"})
            self.assertRefused(answer)
        browser.cookies.set("dingding_signed_in", "9999999999")
        self.assertEqual(self.fresh(browser)[0], 403)

    def test_fresh_sign_in_of_somebody_else(self):
        browser = self.signed_in(self.user_dingtalk)
        self.remember(browser, lambda mark: [self.user_employee.id, mark[1]])
        self.assertEqual(self.fresh(browser)[0], 403)
        self.remember(browser, lambda mark: [self.user_dingtalk.id, mark[1] + 600])
        self.assertEqual(self.fresh(browser)[0], 403)

    def test_fresh_sign_in_of_a_program(self):
        """An RPC call starts no session, so it proves nothing."""
        browser = self.signed_in(self.user_dingtalk)
        self.age(browser)
        self.assertEqual(self.fresh(browser)[0], 403)
        for user in (self.user_employee, self.user_dingtalk):
            asked = xmlrpc.client.dumps(
                (self.env.cr.dbname, user.login, self.PASSWORD, {}), "authenticate")
            answer = browser.post(
                self.url("/xmlrpc/2/common"), data=asked, timeout=60,
                headers={"Content-Type": "text/xml"})
            self.assertIn("<int>%d</int>" % user.id, answer.text)
            self.assertEqual(self.fresh(browser)[0], 403)
            answer = browser.post(
                self.url("/jsonrpc"), timeout=60, json={
                    "jsonrpc": "2.0", "method": "call", "params": {
                        "service": "common", "method": "authenticate",
                        "args": [self.env.cr.dbname, user.login, self.PASSWORD, {}]}})
            self.assertEqual(answer.json()["result"], user.id)
            self.assertEqual(self.fresh(browser)[0], 403)

    def test_opened_inside_dingtalk_is_not_fresh(self):
        """Nobody authenticates there: an unattended phone would suffice."""
        found = self.simulator.control(
            "POST", "/login_codes", {"kind": "inside", "userid": self.person["userid"]})
        browser = self.visitor()
        page = self.get(browser, "/dingding/signin/inside").text
        ticket = page.split('data-ticket="')[1].split('"')[0]
        self.post(
            browser, "/dingding/signin/inside/code", code=found["code"], ticket=ticket)
        self.assertEqual(self.who(browser), self.user_employee.id)
        self.row.with_context(dingding_keep_sessions=True).write(
            {"user_id": False, "link_rule": False})
        self.share()
        self.assertEqual(self.fresh(browser)[0], 403)

    def test_taken(self):
        browser = self.signed_in(self.user_dingtalk)
        address = self.bind(browser).headers["Location"]
        self.assertRefused(self.back(browser, self.agree(address, self.person)))
        compat.forget(self.env)
        self.assertEqual(self.row.user_id, self.user_employee)

    def test_no_longer_possible_on_the_way_back(self):
        row = self.make_person(self.other)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.share()
        ways = ("signin_oauth2", "signin_widget", "signin_qr", "signin_inside")
        switched_off = dict.fromkeys(ways, False)
        moved = {"company_id": elsewhere.id, "company_ids": [(6, 0, elsewhere.ids)]}
        for record, values in (
            (self.corp, switched_off), (self.corp, {"active": False}),
            (self.user_dingtalk, moved),
        ):
            browser = self.signed_in(self.user_dingtalk)
            path = self.agree(self.bind(browser).headers["Location"], self.other)
            before = {name: record[name] for name in values}
            record.write(values)
            self.share()
            self.simulator.forget_calls()
            self.assertRefused(self.back(browser, path), 404)
            self.assertEqual(self.simulator.calls()["total"], 0)
            compat.forget(self.env)
            self.assertFalse(row.user_id)
            if record == self.corp:
                record.write(before)
                self.share()

    def test_a_colleague_was_faster(self):
        """The link may have been made after the person was read."""
        row = self.make_person(self.other)
        self.share()
        browser = self.signed_in(self.user_dingtalk)
        path = self.agree(self.bind(browser).headers["Location"], self.other)

        def lock(policy, person):
            person.write({"user_id": self.user_manager.id})
            compat.flush(policy.env)

        self._replace(type(self.env["dingding.signin.policy"]), "_lock", lock)
        self.assertRefused(self.back(browser, path))
        compat.forget(self.env)
        self.assertEqual(row.user_id, self.user_manager)

    def test_own_code_sent_to_a_victim(self):
        """Opening an attacker's address binds nothing to the victim's user."""
        row = self.make_person(self.other)
        self.share()
        attacker = self.signed_in(self.user_employee)
        victim = self.signed_in(self.user_dingtalk)
        self.row.with_context(dingding_keep_sessions=True).write(
            {"user_id": False, "link_rule": False})
        self.share()
        path = self.agree(self.bind(attacker).headers["Location"], self.other)
        self.assertRefused(self.back(victim, path), 400)
        compat.forget(self.env)
        self.assertFalse(row.user_id)

    def test_unbind(self):
        browser = self.signed_in(self.user_employee)
        answer = self.post(browser, "/dingding/my/unbind", person=self.row.id)
        self.assertEqual(answer.status_code, 303)
        compat.forget(self.env)
        self.assertFalse(self.row.user_id)
        self.assertEqual(self.who(browser), self.user_employee.id)
        self.assertRefused(self.oauth2(self.visitor()))

    def test_unbind_where_no_message_can_be_sent(self):
        """Perhaps since somebody else has the application's secret."""
        browser = self.signed_in(self.user_employee)
        for archived in (self.corp, self.app):
            self.row.user_id = self.user_employee
            archived.active = False
            self.share()
            answer = self.post(browser, "/dingding/my/unbind", person=self.row.id)
            self.assertEqual(answer.status_code, 303, answer.text[:300])
            compat.forget(self.env)
            self.assertFalse(self.row.user_id)
            archived.active = True

    def test_unbound_until_bound_again(self):
        """No rule links them again, as the notification says."""
        self.corp.write({"signin_who": "link", "link_by_mobile": True})
        self.user_dingtalk.login = "+86" + self.other["mobile"]
        self.share()
        self.oauth2(self.visitor(), self.other)
        row = self.log().person_id
        self.assertEqual(row.link_rule, "mobile")
        browser = self.signed_in(self.user_dingtalk)
        self.post(browser, "/dingding/my/unbind", person=row.id)
        self.assertRefused(self.oauth2(self.visitor(), self.other))
        self.assertEqual(self.log().reason, "not_linked")
        path = self.agree(self.bind(browser).headers["Location"], self.other)
        self.assertEqual(self.back(browser, path).status_code, 303)
        compat.forget(self.env)
        self.assertFalse(row.user_ignored)
        again = self.visitor()
        self.oauth2(again, self.other)
        self.assertEqual(self.who(again), self.user_dingtalk.id)

    def test_a_session_that_waits_for_a_second_factor_ends_too(self):
        """Odoo gives it its token when the factor is entered, days later perhaps."""
        user = self.user_dingtalk
        browser, later = self.signed_in(user), self.signed_in(user)
        store, found = http.root.session_store, {}
        for each in (browser, later):
            found[each] = store.get(each.cookies[COOKIE])
            found[each].session_token = user._compute_session_token(found[each].sid)
            store.save(found[each])
            self.assertEqual(self.who(each), user.id)
        user._dingding_end_sessions()
        self.share()
        found[later].session_token = user._compute_session_token(found[later].sid)
        store.save(found[later])
        self.assertFalse(self.who(browser))
        self.assertFalse(self.who(later))
        self.assertEqual(self.who(self.signed_in(user)), user.id)

    def test_unbind_somebody_else(self):
        browser = self.signed_in(self.user_dingtalk)
        self.assertRefused(
            self.post(browser, "/dingding/my/unbind", person=self.row.id), 400)
        compat.forget(self.env)
        self.assertEqual(self.row.user_id, self.user_employee)

    def test_names_are_data(self):
        self.row.write({"name": "<script>alert(1)</script>"})
        self.share()
        browser = self.signed_in(self.user_employee)
        text = self.get(browser, "/dingding/my").text
        self.assertNotIn("<script>alert", text)
        self.assertIn("&lt;script&gt;alert(1)", text)

    def preferences(self, user, record=None):
        return call_as(
            user, "res.users", "read", (record or user).ids, ["dingding_accounts"])[0]

    def test_in_the_preferences(self):
        """Visible to the user concerned, and to users who may see DingTalk people."""
        said = "%s (%s)" % (self.row.name, self.corp.name)
        self.assertEqual(
            self.preferences(self.user_employee)["dingding_accounts"], said)
        self.assertFalse(self.preferences(self.user_dingtalk)["dingding_accounts"])
        self.assertEqual(
            self.preferences(
                self.user_dingtalk, self.user_employee)["dingding_accounts"], said)
        other = self._make_user(self.env, "cook", "base.group_user")
        self.assertFalse(
            self.preferences(other, self.user_employee)["dingding_accounts"])
        # From 13 on Odoo lets everybody read users, those of other companies too.
        company = self.env["res.company"].create({"name": "Another"})
        for group in ("dingding.group_user", "dingding.group_manager"):
            stranger = self._make_user(
                self.env, group.replace(".", "_"), group, company_id=company.id,
                company_ids=[(6, 0, company.ids)])
            with contextlib.suppress(AccessError):
                row = self.preferences(stranger, self.user_employee)
                self.assertFalse(row["dingding_accounts"])
        action = call_as(
            self.user_employee, "res.users", "action_dingding_my",
            self.user_employee.ids)
        self.assertEqual(action["url"], "/dingding/my")

    def test_preferences_form(self):
        """Employees can read the whole form, as the web client does."""
        view = self.env.ref("base.view_users_form_simple_modif").id
        as_employee = compat.with_user(self.env["res.users"], self.user_employee)
        if compat.SERIES >= 16:
            found = as_employee.get_view(view, "form")
        else:
            found = as_employee.fields_view_get(view, "form")
        self.assertIn("action_dingding_my", found["arch"])
        fields = etree.fromstring(found["arch"]).xpath(
            "//field[not(ancestor::field)]/@name")
        self.assertIn("dingding_accounts", fields)
        self.assertTrue(
            call_as(
                self.user_employee, "res.users", "read", self.user_employee.ids,
                sorted(fields)))

    def test_strangers(self):
        answer = self.get(self.visitor(), "/dingding/my")
        self.assertIn(answer.status_code, (302, 303))
