# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from .common import DingTalkHttpCase, portable


@portable
class TestRunProgress(DingTalkHttpCase):
    def setUp(self):
        super().setUp()
        self.record = self.env["dingding.sync"].create({"corp_id": self.corp.id})
        self.share()
        self.page = "/dingding/sync/%d/progress" % self.record.id
        self.json = "/dingding/sync/%d/state" % self.record.id

    def get(self, path):
        return self.opener.get(self.url(path), allow_redirects=False, timeout=120)

    def test_manager(self):
        self.authenticate(self.user_manager.login, self.PASSWORD)
        answer = self.get(self.page)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("sync_progress.js", answer.text)
        self.assertIn('data-run="%d"' % self.record.id, answer.text)
        values = self.get(self.json).json()
        self.assertEqual(values["state"], "queued")
        self.assertFalse(values["finished"])
        self.record.write({"state": "done"})
        self.share()
        values = self.get(self.json).json()
        self.assertTrue(values["finished"])
        self.assertEqual(values["percent"], 100)
        for name in ("css/sync_progress.css", "js/sync_progress.js"):
            self.assertEqual(
                self.get("/dingding/static/src/" + name).status_code, 200)

    def test_others(self):
        for user in (self.user_portal, self.user_employee, self.user_dingtalk):
            self.authenticate(user.login, self.PASSWORD)
            for path in (self.page, self.json):
                answer = self.get(path)
                self.assertEqual(answer.status_code, 404, user.login)
                self.assertNotIn("Traceback", answer.text)
                self.assertNotIn(self.corp.name, answer.text)
        self.authenticate(self.user_manager.login, self.PASSWORD)
        self.assertEqual(self.get("/dingding/sync/999999/state").status_code, 404)

    def test_stranger(self):
        for path in (self.page, self.json):
            answer = self.get(path)
            self.assertIn(answer.status_code, (302, 303), "to the login page")
