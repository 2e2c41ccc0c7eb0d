# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import contextlib
import json
from unittest import mock

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError
from odoo.tests import common

from odoo.addons.dingding import compat
from odoo.addons.dingding.tests.common import (
    BASE,
    call_as,
    portable,
    real_open_cursor,
)

from ..models.dingding_todo_consent import TOKENS
from .todo_case import CHANGE, TASKS, TodoCase

CONSENT = "dingding.todo.consent"
OWN = "/v1.0/todo/users/me/*"


@portable
class TestTodoPersonal(TodoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.corp.todo_personal = True
        cls.env[CHANGE].search([]).unlink()
        compat.flush(cls.env)

    def consent(self, user=None, **changes):
        person = self.person_of(user or self.worker)
        code = self.simulator.control(
            "POST", "/login_codes", {"userid": person.userid, "kind": "oauth"})["code"]
        found = self.app._dingtalk_client().auth.user_token(code)
        self.env[CONSENT]._store(person, self.app, dict(found, **changes))
        self.run_queue()
        return self.env[CONSENT].search([("person_id", "=", person.id)], limit=1)

    def kinds(self):
        return [task["kind"] for task in self.open_tasks()]

    # -- both ways ---------------------------------------------------------------------

    def test_ticked_in_dingtalk(self):
        self.consent()
        activity, todo = self.planned()
        task, = self.listed()
        self.assertEqual(task["kind"], "personal")
        self.assertEqual(task["subject"], "Call them \u2013 Order 7")
        self.assertEqual(task["dueTime"], 1773071940000)
        self.assertIn(BASE, task["description"])
        self.assertIn("Planned by " + self.boss.name, task["description"])
        worker = self.person_of(self.worker).unionid
        self.assertEqual((task["creatorId"], task["executorIds"]), (worker, [worker]))
        self.assertTrue(todo.is_personal)
        messages = self.document.message_ids
        self.act(task, "done")
        self.assertClosed(activity)
        self.assertEqual((todo.status, todo.done_in_dingtalk), ("done", True))
        message = self.document.message_ids - messages
        self.assertEqual(message.author_id, self.worker.partner_id)
        self.act(task, "reopen")
        self.assertEqual(todo.status, "open")
        self.assertTrue(todo._activity())

    def test_people_are_notified_of_them(self):
        """DingTalk announces none that is made in the own name."""
        self.corp.write({"notify": True, "notify_quiet_from": 0, "notify_quiet_to": 0})
        self.consent()
        for number, announce in enumerate(("assistant", "ding"), 1):
            self.corp.todo_announce = announce
            self.activity()
            self.process_queue("dingding.notification")
            self.assertEqual(len(self.env["dingding.notification.line"].search(
                [("kind", "=", "activity")])), number)

    def test_changed_done_and_deleted_in_odoo(self):
        self.consent()
        activity, todo = self.planned()
        activity.write({"summary": "Write them", "date_deadline": "2026-03-10"})
        self.run_queue()
        task, = self.all_tasks()
        self.assertEqual(task["subject"], "Write them \u2013 Order 7")
        self.assertEqual(task["dueTime"], 1773071940000 + 86400000)
        compat.with_user(activity, self.worker).action_feedback()
        self.run_queue()
        self.assertTrue(self.all_tasks()[0]["done"])
        self.assertEqual(todo.status, "done")
        activity, todo = self.planned()
        activity.unlink()
        self.run_queue()
        self.assertFalse(self.open_tasks())
        self.assertEqual(todo.status, "deleted")
        activity, todo = self.planned()
        activity.write({"user_id": self.boss.id})
        self.run_queue()
        self.assertEqual(self.kinds(), ["work"])
        self.assertNothingFailed()

    def test_ticked_without_an_event(self):
        self.consent()
        activity, todo = self.planned()
        kept, _todo = self.planned()
        self.simulator.control("POST", "/to_dos/%s/act" % todo.task_id, {
            "userid": self.person_of(self.worker).userid, "action": "done"})
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertClosed(activity)
        self.assertTrue(kept.exists())
        self.assertNothingFailed()

    # -- exactly once ------------------------------------------------------------------

    def test_lost_answers(self):
        self.consent()
        for fault in ("reset_after", "http_500"):
            before = len(self.all_tasks())
            self.simulator.fault(fault, OWN, method="POST", times=9)
            activity, todo = self.planned()
            self.assertEqual(todo.status, "new")
            self.find_answers()
            self.assertEqual(todo.status, "open")
            self.assertEqual(len(self.all_tasks()), before + 1)
            activity.unlink()
            self.run_queue()
        self.lose_answers("POST")
        activity, todo = self.planned()
        activity.unlink()
        self.find_answers()
        self.assertFalse(self.open_tasks())
        self.assertEqual(todo.status, "deleted")
        self.assertNothingFailed()

    def test_lost_answers_of_changes(self):
        self.corp.todo_deleted = "done"
        self.consent()
        activity, todo = self.planned()
        task, = self.listed()
        self.lose_answers("PUT")
        activity.write({"summary": "Write them"})
        self.run_queue()
        self.find_answers()
        self.lose_answers("DELETE")
        self.env[CONSENT].search([])._withdraw()
        self.run_queue()
        self.event(task, "delete")
        self.find_answers()
        self.assertTrue(activity.exists())
        self.assertEqual(self.kinds(), ["work"])
        self.assertNothingFailed()

    # -- consent is given and ends -----------------------------------------------------

    def test_given_and_withdrawn(self):
        activity, todo = self.planned()
        self.assertEqual(self.kinds(), ["work"])
        consent = self.consent()
        self.assertEqual(self.kinds(), ["personal"])
        self.assertEqual((todo.is_personal, todo.status), (True, "open"))
        shown = call_as(
            self.worker, "res.users", "read", self.worker.ids,
            ["dingding_todo_consent"])
        self.assertEqual(shown[0]["dingding_todo_consent"], "given")
        call_as(self.worker, "res.users", "action_dingding_todo_withdraw",
                self.worker.ids)
        self.assertTrue(consent._tokens())
        self.run_queue()
        self.assertEqual(self.kinds(), ["work"])
        self.assertEqual((todo.is_personal, todo.status), (False, "open"))
        self.assertFalse(consent._tokens())
        self.assertTrue(activity.exists())
        self.assertNothingFailed()
        self.consent()
        self.assertEqual(self.kinds(), ["personal"])
        self.assertNothingFailed()

    def test_tokens_are_renewed(self):
        consent = self.consent(expireIn=1)
        first = consent._tokens()
        self.planned()
        second = consent._tokens()
        self.assertNotEqual(first["refresh"], second["refresh"])
        self.assertEqual(self.kinds(), ["personal"])
        self.env["dingding.secret"]._set(
            consent, TOKENS, json.dumps(dict(second, access="refused")))
        self.planned()
        self.assertEqual(self.kinds(), ["personal", "personal"])
        self.assertNotEqual(second["refresh"], consent._tokens()["refresh"])
        self.planned()
        self.assertNothingFailed()

    def test_tokens_are_renewed_before_they_expire_unused(self):
        consent = self.consent()
        first = consent._tokens()["refresh"]
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertEqual(consent._tokens()["refresh"], first)
        consent.renewed_at = "2001-01-01 00:00:00"
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertNotEqual(consent._tokens()["refresh"], first)
        self.assertEqual(consent.state, "given")
        self.env["dingding.secret"]._set(consent, TOKENS, json.dumps(
            {"access": "x", "refresh": "refused", "until": 0}))
        consent.renewed_at = "2001-01-01 00:00:00"
        self.env[CHANGE]._cron_reconcile()
        self.run_queue()
        self.assertEqual(consent.state, "expired")
        own = compat.with_user(self.worker, self.worker)
        self.assertEqual(own.dingding_todo_consent, "expired")
        self.assertNothingFailed()

    def test_consent_expires(self):
        consent = self.consent()
        activity, todo = self.planned()
        self.env["dingding.secret"]._set(consent, TOKENS, json.dumps(
            {"access": "x", "refresh": "refused", "until": 0}))
        activity.write({"summary": "Write them"})
        self.run_queue()
        self.assertEqual(consent.state, "expired")
        self.assertFalse(consent._tokens())
        self.assertEqual(self.kinds(), ["personal", "work"])
        self.assertEqual((todo.is_personal, todo.status), (False, "open"))
        self.planned()
        self.assertEqual(self.kinds(), ["personal", "work", "work"])
        self.assertNothingFailed()
        self.act(self.open_tasks()[0], "done")
        self.assertTrue(activity.exists())

    def test_consent_expires_while_it_is_read(self):
        consent = self.consent()
        activity, todo = self.planned()
        task, = self.listed()
        self.env["dingding.secret"]._set(consent, TOKENS, json.dumps(
            {"access": "x", "refresh": "refused", "until": 0}))
        self.act(task, "done")
        self.assertTrue(activity.exists())
        self.assertEqual(self.kinds(), ["work"])
        self.assertNothingFailed()

    def test_organisation_no_longer_offers_it(self):
        self.consent()
        activity, _todo = self.planned()
        self.corp.todo_personal = False
        self.run_queue()
        self.assertEqual(self.kinds(), ["work"])
        self.assertTrue(activity.exists())
        self.assertNothingFailed()

    def test_person_is_deleted_archived_or_linked_anew(self):
        for change in (
            lambda person: person.write({"active": False}),
            lambda person: person.write({"user_id": self.user_system.id}),
            lambda person: person.unlink(),
        ):
            consent = self.consent()
            activity, todo = self.planned()
            change(self.person_of(self.worker))
            self.run_queue()
            self.assertFalse(self.open_tasks())
            self.assertEqual(todo.status, "deleted")
            self.assertEqual(consent.state, "withdrawn")
            self.assertFalse(consent._tokens())
            self.assertTrue(activity.exists())
            self.assertNothingFailed()
            activity.unlink()
            self.run_queue()
            person = todo.person_id
            if person:
                person.write({"active": True, "user_id": self.worker.id})
                self.run_queue()

    def test_application_or_user_is_deleted(self):
        """Nobody could withdraw the consent, and its tokens would be renewed."""
        def tokens():
            compat.forget(self.env)
            return self.env["dingding.secret"].search(
                [("res_model", "=", CONSENT), ("name", "=", TOKENS)])

        consent = self.consent()
        self.assertEqual(len(tokens()), 1)
        self.worker.unlink()
        self.assertFalse(tokens())
        self.assertEqual(consent.state, "withdrawn")
        self.consent(self.boss)
        self.assertEqual(len(tokens()), 1)
        self.app.unlink()
        self.assertFalse(tokens())

    def test_consent_of_another_user(self):
        self.consent()
        person = self.person_of(self.worker)
        self.person_of(self.boss).user_id = False
        compat.flush(self.env)
        self.env.cr.execute(
            "UPDATE dingding_user SET user_id = %s WHERE id = %s",
            [self.boss.id, person.id])
        compat.forget(self.env)
        self.planned(self.boss, self.worker)
        self.assertEqual(self.kinds(), ["work"])

    # -- rights ------------------------------------------------------------------------

    def test_rights(self):
        consent = self.consent()
        read = ["state"]
        self.assertTrue(call_as(self.worker, CONSENT, "read", consent.ids, read))
        self.assertTrue(call_as(self.boss, CONSENT, "read", consent.ids, read))
        for user in (self.user_dingtalk, self.user_portal, self.user_public):
            with self.assertRaises(AccessError):
                call_as(user, CONSENT, "read", consent.ids, read)
        for user in (self.worker, self.boss, self.user_system):
            with self.assertRaises(AccessError):
                call_as(user, CONSENT, "write", consent.ids, {"state": "given"})
            with self.assertRaises(AccessError):
                call_as(user, CONSENT, "create", {
                    "corp_id": self.corp.id, "app_id": self.app.id, "unionid": "x"})
        secret = consent._tokens()["refresh"]
        for user in (self.worker, self.boss):
            shown = call_as(user, CONSENT, "read", consent.ids, [])
            self.assertNotIn(secret, repr(shown))
        for method in ("action_dingding_todo_consent", "action_dingding_todo_withdraw"):
            for user in (self.boss, self.user_system, self.user_dingtalk):
                with self.assertRaises(AccessError):
                    call_as(user, "res.users", method, self.worker.ids)
        self.assertEqual(consent.state, "given")
        shown = call_as(
            self.user_system, "res.users", "read", self.worker.ids,
            ["dingding_todo_consent"])
        self.assertFalse(shown[0]["dingding_todo_consent"])

    def test_to_dos_keep_their_row(self):
        self.consent()
        _activity, todo = self.planned()
        self.assertEqual(self.env[TASKS].search_count([]), 1)
        self.assertEqual(todo.actor, self.person_of(self.worker).unionid)


@portable
class TestTodoTokens(common.TransactionCase):
    """With separate transactions, as in production."""

    def setUp(self):
        super().setUp()
        with self.own() as env:
            corp = env["dingding.corp"].create({"name": "Tokens"})
            app = env["dingding.app"].create(
                {"name": "Tokens", "corp_id": corp.id, "app_key": "dingtokens"})
            consent = env[CONSENT].create(
                {"corp_id": corp.id, "app_id": app.id, "unionid": "someone"})
            consent._keep(
                {"accessToken": "old", "refreshToken": "once", "expireIn": 1})
            # Its tokens are needed until it is withdrawn.
            todo = env[TASKS].create({
                "activity_ref": 0, "corp_id": corp.id, "status": "open",
                "is_personal": True, "given_consent_id": consent.id})
            self.corp_id, self.consent_id, self.todo_id = corp.id, consent.id, todo.id
        self.addCleanup(self.remove)

    @contextlib.contextmanager
    def own(self):
        with compat.manage_environments(), real_open_cursor(self.env.cr.dbname) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            yield env
            compat.flush(env)

    def remove(self):
        with self.own() as env:
            env[TASKS].browse(self.todo_id).unlink()
            env[CONSENT].browse(self.consent_id).unlink()
            env["dingding.corp"].browse(self.corp_id).unlink()

    def test_consent_is_withdrawn_while_its_token_is_renewed(self):
        def renew(_token):
            with self.own() as env:
                env[CONSENT].browse(self.consent_id)._withdraw()
            return {"accessToken": "new", "refreshToken": "next", "expireIn": 7200}

        client = mock.Mock()
        client.auth.renew_user_token = renew
        with self.own() as env:
            consent = env[CONSENT].browse(self.consent_id)
            self.assertEqual(consent._dingtalk_token(client), "new")
        with self.own() as env:
            consent = env[CONSENT].browse(self.consent_id)
            self.assertEqual(consent._tokens()["refresh"], "next")
            self.assertEqual(consent.state, "withdrawn")
