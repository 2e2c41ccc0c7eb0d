# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import json

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import portable
from odoo.addons.dingding_approval.tests.approval_case import START, ApprovalCase
from odoo.addons.dingding_inside.models.dingding_mini import Asked, serve


@portable
class TestApprovalMini(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.corp.write({"signin_mini": True})
        self.mapping.in_mini = True
        self.token = self.signed_in(self.originator)

    def signed_in(self, person):
        token, _session = self.env["dingding.mini.session"]._begin(
            self.app, person.id, person.user_id.id)
        return token

    def ask(self, method, path, body=None, token=None, **query):
        compat.flush(self.env)
        found = serve(self.env.cr.dbname, Asked(
            method=method, path=path, query=query, bearer=token or self.token,
            content=json.dumps(body).encode("ascii") if body is not None else b"",
            content_type="application/json", language="", address="127.0.0.1",
            agent="",
        ))
        compat.forget(self.env)
        return found

    def got(self, path, **query):
        status, payload = self.ask("GET", path, **query)
        self.assertEqual(status, 200, payload)
        return payload

    def path(self, record=None, mapping=None):
        return "records/%d/%d" % (
            (mapping or self.mapping).id, (record or self.partner).id)

    def submit(self, after=0, record=None, **options):
        return self.ask(
            "POST", self.path(record) + "/submit", {"after": after}, **options)

    def assertTold(self, found, status, error):
        self.assertEqual((found[0], found[1].get("error")), (status, error), found)

    # -- reading -----------------------------------------------------------------------

    def test_kinds_and_records(self):
        self.assertEqual(
            [each["id"] for each in self.got("records")["items"]], [self.mapping.id])
        found = self.got("records/%d" % self.mapping.id, name="Ten chairs")
        self.assertEqual(
            [tuple(each[name] for name in ("title", "note", "approval"))
             for each in found["items"]],
            [("Ten chairs", "For the new office", None)])
        page = self.got("records/%d" % self.mapping.id, limit="1")
        self.assertEqual((len(page["items"]), page["next"]), (1, 1))

    def test_record(self):
        found = self.got(self.path())
        self.assertEqual(found["title"], "Ten chairs")
        self.assertEqual(
            {each["label"]: each["lines"] for each in found["fields"]},
            {"标题": ["Ten chairs"], "内容": ["For the new office"], "附件": []})
        self.assertTrue(found["can_submit"])
        self.assertEqual((found["problems"], found["approval"]), ([], None))
        self.partner.comment = False
        found = self.got(self.path())
        self.assertEqual(bool(found["problems"]), not found["can_submit"])

    def test_not_opened(self):
        self.mapping.in_mini = False
        self.assertEqual(self.got("records")["items"], [])
        for path in ("records/%d" % self.mapping.id, self.path()):
            self.assertTold(self.ask("GET", path), 404, "unknown")
        self.assertTold(self.submit(), 404, "unknown")
        self.assertFalse(self.approvals.search([]))

    def test_of_other_companies(self):
        other = self.env["res.company"].create({"name": "Another"})
        self.corp.company_id = other
        self.assertEqual(self.got("records")["items"], [])
        self.assertTold(self.ask("GET", self.path()), 404, "unknown")

    def test_only_those_of_the_mapping(self):
        self.mapping.domain = "[('name', '=', 'Nobody')]"
        self.assertEqual(
            self.got("records/%d" % self.mapping.id)["items"], [])
        self.assertTold(self.ask("GET", self.path()), 404, "unknown")
        self.assertTold(self.submit(), 404, "unknown")

    def test_with_the_users_rights(self):
        self.env["ir.rule"].create({
            "name": "By test", "model_id": self.mapping.model_id.id,
            "domain_force": "[('id', '!=', %d)]" % self.partner.id})
        self.assertTold(self.ask("GET", self.path()), 404, "unknown")
        self.assertTold(self.submit(), 404, "unknown")
        self.assertEqual(
            self.ask("GET", self.path()),
            self.ask("GET", "records/%d/%d" % (self.mapping.id, 2000000000)))
        found = self.got("records/%d" % self.mapping.id, name="Ten chairs")
        self.assertEqual(found["items"], [])
        self.assertIsNone(self.got("find", code="Ten chairs")["record"])

    def test_readers_may_not_submit(self):
        self.user_employee.write(
            {compat.USER_GROUPS: [(3, self.partner_rights.id)]})
        found = self.got(self.path())
        self.assertFalse(found["can_submit"])
        self.assertTold(self.submit(), 403, "access")
        self.assertFalse(self.approvals.search([]))

    def test_each_as_himself(self):
        manager = self.signed_in(self.people_here[2])
        self.assertEqual(self.submit()[0], 200)
        self.assertEqual(self.approvals.search([]).user_id, self.user_employee)
        mine = self.got("approvals", box="started")["items"]
        self.assertEqual(len(mine), 1)
        _status, other = self.ask("GET", "approvals", token=manager, box="started")
        self.assertEqual(other["items"], [])

    def test_nobody_without_a_session(self):
        for method, path in (
            ("GET", "records"), ("GET", self.path()), ("GET", "approvals"),
            ("POST", self.path() + "/submit"),
        ):
            self.assertTold(
                self.ask(method, path, {"after": 0}, token="0" * 64), 401, "session")
        self.assertFalse(self.approvals.search([]))

    # -- submitting ------------------------------------------------------------------

    def test_submit_once(self):
        status, first = self.submit()
        self.assertEqual((status, first["submitted"]), (200, True))
        self.assertEqual(first["approval"]["status"], "sending")
        self.assertFalse(first["can_submit"])
        status, again = self.submit()
        self.assertEqual((status, again["submitted"]), (200, False))
        self.assertEqual(again["approval"]["id"], first["approval"]["id"])
        self.work()
        self.assertDingTalkCalled(START, times=1)
        approval = self.approvals.browse(first["approval"]["id"])
        self.decided(approval, "refuse")
        status, late = self.submit()
        self.assertEqual((status, late["submitted"]), (200, False))
        self.assertEqual(late["approval"]["status"], "refused")
        self.assertTrue(late["can_submit"])
        status, second = self.submit(after=approval.id)
        self.assertEqual((status, second["submitted"]), (200, True))
        self.assertNotEqual(second["approval"]["id"], approval.id)

    def test_submit_says_what_is_wrong(self):
        self.template._take_form(
            [dict(one, required=True) for one in self.template._form()], "schema")
        self.partner.comment = False
        status, found = self.submit()
        self.assertEqual((status, found["error"]), (422, "refused"))
        self.assertIn("内容", found["text"])
        for body in ({}, {"after": "0"}, {"after": True}, {"after": None}):
            self.assertTold(
                self.ask("POST", self.path() + "/submit", body), 400, "parameter")

    # -- approvals and codes -----------------------------------------------------------

    def test_approvals(self):
        approval = self.sent()
        self.event(approval, "start")
        self.work()
        found = self.got("approvals", box="started")["items"][0]
        self.assertEqual(
            (found["id"], found["status"], found["record"]),
            (approval.id, "running",
             {"mapping": self.mapping.id, "id": self.partner.id}))
        self.assertTrue(found["waiting_for"])
        task = approval.task_ids.filtered("is_waiting")[:1]
        task.person_id.user_id = self.user_dingtalk
        waiting = self.signed_in(task.person_id)
        status, other = self.ask("GET", "approvals", token=waiting, box="waiting")
        self.assertEqual((status, other["items"][0]["id"]), (200, approval.id))
        self.decided(approval)
        found = self.got("approvals", box="started")["items"][0]
        self.assertEqual(found["status"], "agreed")
        self.assertTrue(found["finished_at"])
        self.assertTold(self.ask("GET", "approvals", box="all"), 400, "parameter")

    def test_find(self):
        here = {"mapping": self.mapping.id, "id": self.partner.id}
        self.assertEqual(self.got("find", code="Ten chairs")["record"], here)
        self.assertEqual(
            self.got("find", code="nothing of that kind"),
            {"path": None, "record": None})
        base = self.env["dingding.corp"]._base_url()
        found = self.got(
            "find", code="%s/web#id=%d&model=res.partner" % (base, self.partner.id))
        self.assertEqual(found["record"], here)

    def test_links_of_the_web_client_and_of_messages(self):
        """Each series writes its addresses in another order."""
        base = self.env["dingding.corp"]._base_url()
        here = {"mapping": self.mapping.id, "id": self.partner.id}
        action = self.env["ir.actions.act_window"].create(
            {"name": "Partners", "res_model": "res.partner"})
        paths = [
            "/web#id=%d&view_type=form&model=res.partner&menu_id=7&action=9",
            "/web?debug#action=9&model=res.partner&view_type=form&id=%d",
            "/odoo/res.partner/%d",
            "/odoo/res.users/3/action-" + str(action.id) + "/%d?debug=1",
        ]
        links = [base + path % self.partner.id for path in paths]
        links.append(self.env["dingding.microapp"]._url(self.partner))
        if "path" in action._fields:
            action.path = "our-partners"
            links.append("%s/odoo/our-partners/%d" % (base, self.partner.id))
        for link in links:
            self.assertEqual(self.got("find", code=link)["record"], here, link)
        for path in (
            "/web#id=%d&model=%%00", "/web#id=%d", "/web#model=res.partner",
            "/odoo/action-999999999/%d", "/odoo/nothing/%d", "/odoo/res.partner/new",
            "/odoo/res.users/%d", "/web#id=-%d&model=res.partner",
        ):
            code = base + (path % self.partner.id if "%d" in path else path)
            self.assertIsNone(self.got("find", code=code)["record"], code)

    def test_code_with_a_number_that_is_no_id(self):
        base = self.env["dingding.corp"]._base_url()
        found = self.got("find", code=base + "/web#id=9999999999&model=res.partner")
        self.assertIsNone(found["record"])
