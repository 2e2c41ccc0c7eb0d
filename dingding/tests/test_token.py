# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import threading
import time

from odoo import api, fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .. import compat
from ..dingtalk import utc
from ..dingtalk.errors import DingTalkError, InvalidTokenError, TransportError
from ..dingtalk.tokens import KINDS, MARGIN, Token
from ..models import dingding_token
from ..models.dingding_token import LOCK_TOKEN, RENEW_AHEAD, RecordTokenStore
from ..models.queue import hold_lock
from .common import (
    DingTalkCase,
    call_as,
    portable,
    real_open_cursor,
    with_real_cursors,
)

TOKEN_PATH = "/v1.0/oauth2/accessToken"
LIST_PATH = "/topapi/v2/department/listsub"


@portable
class TestToken(DingTalkCase):
    def store(self, clock=time.time):
        return RecordTokenStore(self.env.cr.dbname, self.app.id, clock)

    def row(self):
        return self.env["dingding.token"].search(
            [("app_id", "=", self.app.id), ("kind", "=", "app")]
        )

    def expire_in(self, seconds):
        moment = utc.now() + datetime.timedelta(seconds=seconds)
        self.row().write(
            {
                "expires_at": fields.Datetime.to_string(moment),
                "renewed_at": fields.Datetime.to_string(
                    moment - datetime.timedelta(hours=2)
                ),
            }
        )

    def test_two_clients_share_one_request(self):
        one = self.app._dingtalk_client().app_token()
        two = self.app._dingtalk_client().app_token()
        self.assertEqual(one, two)
        self.assertDingTalkCalled(TOKEN_PATH, times=1)
        self.assertEqual(len(self.row()), 1)
        self.assertEqual(self.row()._secret_get(), one)

    def test_one_client_reads_the_row_once(self):
        client = self.app._dingtalk_client()
        client.app_token()
        opened = []

        def counting(*args, **kwargs):
            opened.append(args)
            raise AssertionError("not needed")

        self._replace(compat, "open_cursor", counting)
        client.contacts.sub_departments()
        self.assertFalse(opened)

    def test_threads_start_cold(self):
        tokens, errors = [], []
        ready = threading.Barrier(4)

        def work():
            try:
                with compat.manage_environments():
                    store = RecordTokenStore(dbname, app_id)
                    client = self.make_client(store)
                    ready.wait(60)
                    tokens.append(client.app_token())
            except Exception as error:
                errors.append(error)

        dbname, app_id = self.env.cr.dbname, self.app.id
        base = self.app._dingtalk_client()
        self.make_client = lambda store: type(base)(
            base.credential, base.hosts, store, base.transport, base.limiter
        )
        threads = [threading.Thread(target=work) for _number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual(errors, [])
        self.assertEqual(len(tokens), 4)
        self.assertEqual(len(set(tokens)), 1)
        self.assertDingTalkCalled(TOKEN_PATH, times=1)

    def test_threads_share_a_failure(self):
        fetches, errors = [], []
        ready = threading.Barrier(4)

        def fetch():
            fetches.append(1)
            flight, = RecordTokenStore._single._flights.values()
            deadline = time.monotonic() + 60
            while len(flight.done._cond._waiters) < 3 and time.monotonic() < deadline:
                time.sleep(0.01)
            raise DingTalkError("down", "nobody there")

        def work():
            with compat.manage_environments():
                store = RecordTokenStore(dbname, app_id)
                ready.wait(60)
                try:
                    store.renew("app", fetch)
                except DingTalkError as error:
                    errors.append(error)

        dbname, app_id = self.env.cr.dbname, self.app.id
        threads = [threading.Thread(target=work) for _number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(90)
        self.assertEqual(len(fetches), 1)
        self.assertEqual(len(errors), 4)
        self.assertEqual(len({id(error) for error in errors}), 4)

    def test_margin(self):
        store = self.store()
        now = time.time()
        store.renew("app", lambda: Token("short", now + MARGIN + 30))
        self.assertEqual(self.store().get("app").value, "short")
        later = self.store(clock=lambda: now + 60)
        self.assertTrue(later.get("app"))
        self.expire_in(3)
        self.assertIsNone(self.store().get("app"))
        self.assertEqual(
            self.store().renew("app", lambda: Token("new", now + 7200)).value, "new"
        )
        self.assertIsNone(self.store(clock=lambda: now + 7200 - MARGIN + 5).get("app"))
        self.assertTrue(self.store(clock=lambda: now + 7200 - MARGIN - 5).get("app"))

    def test_renew_gives_what_another_has_fetched(self):
        self.store().renew("app", lambda: Token("first", time.time() + 7200))

        def fetch():
            raise AssertionError("nothing to fetch")

        self.assertEqual(self.store().renew("app", fetch, "refused").value, "first")
        self.assertEqual(
            self.store().renew(
                "app", lambda: Token("second", time.time() + 7200), "first"
            ).value,
            "second",
        )

    def test_forced_renewal_once_for_each_way_of_refusing(self):
        client = self.app._dingtalk_client()
        client.app_token()
        self.simulator.expire_tokens()
        self.simulator.forget_calls()
        client.contacts.sub_departments()
        self.assertDingTalkCalled(TOKEN_PATH, times=1)
        self.assertDingTalkCalled(LIST_PATH, times=2)
        self.assertEqual(len(self.row()), 1)

    def test_refused_token_is_handed_out_to_nobody(self):
        """From DingTalk's refusal on."""
        old = self.app._dingtalk_client().app_token()
        known, seen = self.store(), []
        self.assertEqual(known.get("app").value, old)

        def fetch():
            self._replace(RecordTokenStore, "_refused", {})  # as in another process
            seen.append(self.store().get("app"))
            return Token("new", time.time() + 7200)

        other = self.store()
        other.refuse("app", old)
        self.assertIsNone(known.get("app"), "of the same process")
        self.assertTrue(self.row().refused)
        self.assertEqual(other.renew("app", fetch, refused=old).value, "new")
        self.assertEqual(seen, [None])
        self.assertEqual(self.store().get("app").value, "new")
        self.store().refuse("app", old)
        self.assertFalse(self.row().refused)
        self.assertEqual(self.store().get("app").value, "new")

    def test_what_was_just_read_is_shared(self):
        """Workers make a client for each row."""
        ref = ("key", "host", "host")

        def store(shared=ref, app_id=self.app.id):
            return RecordTokenStore(self.env.cr.dbname, app_id, shared=shared)

        def statements(of):
            with self.counted() as found:
                token = of.get("app")
            return token and token.value, bool(found)

        self._replace(RecordTokenStore, "_shared", {})
        self.store().renew("app", lambda: Token("one", time.time() + 7200))
        self.assertEqual(statements(store()), ("one", True))
        self.assertEqual(statements(store()), ("one", False))
        # Not that of another key, host or application.
        self.assertEqual(statements(store(shared=("other", "host", "host"))),
                         ("one", True))
        self.assertEqual(statements(store(app_id=0)), (None, True))
        self.assertEqual(statements(self.store()), ("one", True))
        # Nor a refused one, nor one that expires.
        store().refuse("app", "one")
        self.assertEqual(statements(store()), (None, True))
        store().renew("app", lambda: Token("two", time.time() + 7200), refused="one")
        self.assertEqual(statements(store()), ("two", False))
        late = RecordTokenStore(
            self.env.cr.dbname, self.app.id, lambda: time.time() + 7190, shared=ref)
        self.assertEqual(statements(late), (None, True))
        self._replace(dingding_token, "SHARED_SECONDS", 0)
        self.assertEqual(statements(store()), ("two", True))

    def test_refused_token_that_comes_again(self):
        store, now = self.store(), time.time()
        store.renew("app", lambda: Token("same", now + 7200))
        store.refuse("app", "same")
        self.assertIsNone(store.get("app"))
        store.renew("app", lambda: Token("same", now + 7200), refused="same")
        self.assertEqual(store.get("app").value, "same")
        self.assertEqual(self.store().get("app").value, "same")
        store.refuse("app", "same")
        self.assertIsNone(self.store().get("app"))

    def test_renewing_ahead_refuses_nothing(self):
        self.app._dingtalk_client().app_token()
        self.simulator.fault("http_500", TOKEN_PATH)
        with self.assertRaises(DingTalkError):
            self.row()._renew()
        self.assertTrue(self.store().get("app"))

    def test_refused_for_ever_ends(self):
        client = self.app._dingtalk_client()
        client.app_token()
        self.simulator.fault("expired_token", LIST_PATH, times=50)
        self.simulator.forget_calls()
        with self.assertRaises(InvalidTokenError) as caught:
            client.contacts.sub_departments()
        self.assertEqual(caught.exception.remedy, "token")
        self.assertDingTalkCalled(TOKEN_PATH, times=1)
        self.assertDingTalkCalled(LIST_PATH, times=2)

    def test_cron_renews_ahead(self):
        self.app._dingtalk_client().app_token()
        self.simulator.forget_calls()
        self.env["dingding.token"]._cron_renew()
        self.assertDingTalkNotCalled()
        self.expire_in(RENEW_AHEAD - 60)
        self.env["dingding.token"]._cron_renew()
        self.assertDingTalkCalled(TOKEN_PATH, times=1)
        self.env["dingding.token"]._cron_renew()
        self.assertDingTalkCalled(TOKEN_PATH, times=1)

    @mute_logger("odoo.addons.dingding.models.dingding_token")
    def test_cron_goes_on_after_a_failure(self):
        second = self.second_app()
        for app in self.app | second:
            app._dingtalk_client().app_token()
        rows = self.env["dingding.token"].search([])
        rows.write({"expires_at": fields.Datetime.now()})
        self.env["dingding.secret"]._set(self.app, "app_secret", "wrong")
        self.env["dingding.token"]._cron_renew()
        good = self.env["dingding.token"].search([("app_id", "=", second.id)])
        self.assertGreater(good.expires_at, fields.Datetime.now())
        self.assertLessEqual(self.row().expires_at, fields.Datetime.now())

    @mute_logger("odoo.addons.dingding.models.dingding_token")
    def test_a_secret_that_will_be_refused_is_told_before(self):
        def told():
            self.env["dingding.alert"]._cron_check()
            compat.flush(self.env)
            compat.forget(self.env)
            return self.env["dingding.alert"].search(
                [("kind", "=", "secret"), ("state", "=", "open")])

        first = self.app._dingtalk_client().app_token()
        self.expire_in(RENEW_AHEAD - 60)
        self.simulator.fault("http_500", TOKEN_PATH, times=9)
        self.env["dingding.token"]._cron_renew()
        self.assertFalse(told(), "it is tried again")
        self.simulator.clear_faults()
        self.env["dingding.secret"]._set(self.app, "app_secret", "wrong")
        self.env["dingding.token"]._cron_renew()
        compat.forget(self.env)
        self.assertTrue(self.row().last_error)
        self.assertNotIn("wrong", self.row().last_error)
        self.assertEqual(self.app._dingtalk_client().app_token(), first, "still valid")
        alert = told()
        self.assertEqual(len(alert), 1)
        self.assertIn("AppSecret", alert.activity_ids.note)
        action = call_as(
            self.user_manager, "dingding.alert", "action_open_failures", alert.ids)
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]), self.app)
        self.env["dingding.secret"]._set(
            self.app, "app_secret", self.simulator.app_secret)
        self.env["dingding.token"]._cron_renew()
        self.assertFalse(told())
        self.assertFalse(self.row().last_error)

    def test_cron_leaves_archived_ones(self):
        self.app._dingtalk_client().app_token()
        self.expire_in(10)
        self.app.active = False
        self.simulator.forget_calls()
        self.env["dingding.token"]._cron_renew()
        self.assertDingTalkNotCalled()

    def test_scheduled_action_runs(self):
        cron = self.env.ref("dingding.dingding_token_cron_renew")
        self.app._dingtalk_client().app_token()
        self.expire_in(10)
        self.simulator.forget_calls()
        cron.ir_actions_server_id.run()
        self.assertDingTalkCalled(TOKEN_PATH, times=1)

    def test_renew_now(self):
        self.app._dingtalk_client().app_token()
        self.simulator.forget_calls()
        call_as(self.user_manager, "dingding.token", "action_renew", self.row().ids)
        self.assertDingTalkCalled(TOKEN_PATH, times=1)
        self.env["dingding.secret"]._set(self.app, "app_secret", "wrong")
        with self.assertRaises(UserError) as caught:
            call_as(self.user_manager, "dingding.token", "action_renew", self.row().ids)
        self.assertIn("AppSecret", str(caught.exception))
        for user in (self.user_dingtalk, self.user_employee, self.user_portal):
            with self.assertRaises(AccessError):
                call_as(user, "dingding.token", "action_renew", self.row().ids)

    def test_another_host_needs_another_token(self):
        self.app._dingtalk_client().app_token()
        self.app.write({"api_url": self.simulator.url + "/"})
        self.assertFalse(self.row())

    def test_deleting_the_app_deletes_its_tokens(self):
        self.app._dingtalk_client().app_token()
        row = self.row()
        self.app.unlink()
        self.assertFalse(row.exists())


@portable
class TestTokenTransactions(DingTalkCase):
    """With real transactions."""

    def setUp(self):
        super().setUp()
        with_real_cursors()

    def test_an_app_that_is_not_committed_yet(self):
        token = self.app._dingtalk_client().app_token()
        self.assertTrue(token)
        self.assertFalse(self.env["dingding.token"].search([]))

    @mute_logger("odoo.sql_db", "odoo.addons.dingding.models.dingding_token")
    def test_a_connection_that_ends_while_dingtalk_is_asked(self):
        """The token is good, even if not stored."""
        def fetch():
            with real_open_cursor(self.env.cr.dbname) as cr:
                cr.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks"
                    " WHERE locktype = 'advisory' AND classid = %s", [LOCK_TOKEN])
                self.assertEqual(cr.fetchall(), [(True,)])
            return Token("one", time.time() + 7200)

        store = RecordTokenStore(self.env.cr.dbname, self.app.id)
        self.assertEqual(store.renew("app", fetch).value, "one")

    @mute_logger("odoo.sql_db")
    def test_another_worker_asks_for_too_long(self):
        self._replace(dingding_token, "LOCK_SECONDS", 1)
        store = RecordTokenStore(self.env.cr.dbname, self.app.id)
        with hold_lock(
            self.env.cr.dbname, LOCK_TOKEN,
            self.app.id * len(KINDS) + KINDS.index("app"),
        ) as held:
            self.assertTrue(held)
            with self.assertRaises(TransportError) as caught:
                store.renew("app", lambda: self.fail("two at once"))
        self.assertEqual(caught.exception.code, "token_lock")
        self.assertEqual(
            store.renew("app", lambda: Token("x", time.time() + 7200)).value, "x")

    def test_a_row_that_the_caller_holds(self):
        with compat.manage_environments():
            with real_open_cursor(self.env.cr.dbname) as cr:
                env = api.Environment(cr, 1, {})
                corp = env["dingding.corp"].create({"name": "x", "app_key": "tt-1"})
                app = corp.app_id
                app_id, corp_id = app.id, corp.id
                compat.flush(env)
            try:
                dbname = self.env.cr.dbname
                store = RecordTokenStore(dbname, app_id)
                store.renew("app", lambda: Token("one", time.time() + 7200))
                with real_open_cursor(dbname) as cr:
                    env = api.Environment(cr, 1, {})
                    env["dingding.token"].search([("app_id", "=", app_id)]).unlink()
                    started = time.monotonic()
                    token = RecordTokenStore(dbname, app_id).renew(
                        "app", lambda: Token("two", time.time() + 7200), "one"
                    )
                    self.assertEqual(token.value, "two")
                    self.assertLess(
                        time.monotonic() - started, dingding_token.LOCK_SECONDS / 2)
            finally:
                with real_open_cursor(self.env.cr.dbname) as cr:
                    env = api.Environment(cr, 1, {})
                    env["dingding.corp"].browse(corp_id).unlink()
