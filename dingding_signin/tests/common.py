# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from urllib.parse import urlsplit

from odoo import http

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import DingTalkHttpCase

from ..models import dingding_signin_log

COOKIE = "session_id"
APP_TOKEN = "/v1.0/oauth2/accessToken"


class SigninCase(DingTalkHttpCase):
    """Use requests.Session as browsers; DingTalk's page through the control API."""

    def setUp(self):
        super().setUp()
        people = [
            each for each in self.simulator.users()
            if each["active"] and each["mobile"]
        ]
        self.person = people[0]
        self.other = people[1]
        self.corp.write(
            {
                "signin_oauth2": True, "signin_qr": True, "signin_inside": True,
                "signin_who": "linked",
            }
        )
        self.row = self.make_person(self.person, self.user_employee)
        self.share()
        self.simulator.forget_calls()

    def make_person(self, person, user=None, **values):
        return self.env["dingding.user"].create(
            dict(
                {
                    "name": person["name"], "userid": person["userid"],
                    "unionid": person["unionid"], "corp_id": self.corp.id,
                    "user_id": user.id if user else False,
                    "mobile": person["mobile"],
                },
                **values
            )
        )

    def stranger(self):
        """Return a person of another organisation whom DingTalk authenticates."""
        self.simulator.settings(oauth_members_only=False)
        app = self.simulator.control(
            "POST", "/corps", {
                "name": "Far", "people": 3, "departments": 1,
                "developer": self.simulator.corp_id})
        people = self.simulator.control("GET", "/users", corp_id=app["corp_id"])
        return dict(people[0], corp_id=app["corp_id"])

    def second_corp(self, user):
        """Return (another organisation of this Odoo, one of its people, linked)."""
        made = self.simulator.control(
            "POST", "/corps", {"name": "Second", "people": 3, "departments": 1})
        corp = self.env["dingding.corp"].create({
            "name": "Second", "corp_id": made["corp_id"], "app_key": made["app_key"],
            "app_secret": made["app_secret"], "agent_id": str(made["agent_id"])})
        self._point_at(corp.app_id, self.simulator.url)
        corp.write({"signin_inside": True, "signin_who": "linked"})
        person = self.simulator.control("GET", "/users", corp_id=corp.corp_id)[0]
        self.make_person(person, user, corp_id=corp.id)
        self.share()
        return corp, person

    def calls(self):
        """Return the paths that Odoo has called.

        The app's own token is requested every two hours, ahead of need.
        """
        paths = [each["path"] for each in self.simulator.calls()["calls"]]
        return [path for path in paths if path != APP_TOKEN]

    def begin(self, browser, **params):
        """Return DingTalk's address to which the browser is redirected."""
        answer = self.get(browser, "/dingding/signin/oauth2", **params)
        self.assertEqual(answer.status_code, 303, answer.text)
        return answer.headers["Location"]

    def agree(self, address, person=None, **more):
        """Return the path and query to which DingTalk redirects the browser."""
        found = self.simulator.control(
            "POST", "/login/authorize",
            dict(
                more, url=address, userid=(person or self.person)["userid"],
                corp_id=(person or {}).get("corp_id", self.simulator.corp_id)),
        )
        parts = urlsplit(found["redirect"])
        return parts.path + "?" + parts.query

    def back(self, browser, path):
        return browser.get(self.url(path), allow_redirects=False, timeout=60)

    def oauth2(self, browser, person=None, **params):
        address = self.begin(browser, **params)
        return self.back(browser, self.agree(address, person))

    def who(self, browser):
        """Return the id of a browser's signed-in user, or None."""
        answer = browser.post(
            self.url("/web/session/get_session_info"),
            json={"jsonrpc": "2.0", "method": "call", "params": {}}, timeout=60,
        ).json()
        if "ir.ui.menu" in str(answer.get("error")):
            # 13.0 does not return users without menus, so read the stored session.
            stored = http.root.session_store
            return stored.get(browser.cookies[COOKIE]).uid
        return answer.get("result", {}).get("uid")

    def assertRefused(self, answer, status=403):
        self.assertEqual(answer.status_code, status, answer.text[:300])
        for word in ("Traceback", "odoo.exceptions", self.simulator.app_secret):
            self.assertNotIn(word, answer.text)

    def log(self):
        compat.forget(self.env)
        return self.env["dingding.signin.log"].search([], order="id desc", limit=1)

    def failures(self):
        """Return failed sign-ins in the log, including that of setUp."""
        compat.forget(self.env)
        return self.env["dingding.signin.log"].search(
            [("result", "in", dingding_signin_log.FAILURES)]
        )
