# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Provide the vocabulary of the addons' tests.

They call nothing but the simulator, which ``dingtalk-simulator run -- odoo-bin ...``
starts; or ``DINGTALK_SIMULATOR`` is the JSON line of ``dingtalk-simulator serve``.
"""
import contextlib
import datetime
import itertools
import json
import os
import re
import socket
import threading
import time
import types
import unittest
from http.client import BadStatusLine, HTTPConnection
from urllib.parse import urlencode, urlsplit

import requests
from psycopg2 import OperationalError, errorcodes

from odoo import sql_db, tools
from odoo.modules.registry import Registry
from odoo.tests import common

from .. import compat
from ..dingtalk import client
from ..models import dingding_token, queue

SIMULATOR_VARIABLE = "DINGTALK_SIMULATOR"
LOCAL_HOSTS = ("localhost", "::1", "0.0.0.0", "::")
# The same small organisation for each test.
PEOPLE = 12
DEPARTMENTS = 4
SEED = 7
CONTROL_TIMEOUT = 120  # seconds, on a busy machine
BASE = "https://odoo.example.com"  # what web.base.url is set to
KINDS = (
    ("portal", "base.group_portal"),
    ("employee", "base.group_user"),
    ("dingtalk", "dingding.group_user"),
    ("manager", "dingding.group_manager"),
    ("system", "base.group_system"),
)
# For tests that replace it.
real_open_cursor = compat.open_cursor
real_begin_read_committed = compat.begin_read_committed
real_lock_cursor = compat.lock_cursor

real_send = requests.Session.send
real_clock = time.time
DAYS = (0, 8 * 3600)  # seconds that days of UTC and of Beijing begin early


def with_real_cursors():
    """Give a test the real cursors back."""
    compat.open_cursor = real_open_cursor
    compat.lock_cursor = real_lock_cursor
    compat.begin_read_committed = real_begin_read_committed


def wait_for_midnight(seconds=60):
    """Let a day that ends soon, in UTC or in Beijing, end before a test.

    Between two lines of a test it would change what they count by the day.
    """
    for early in DAYS:
        left = 86400 - (real_clock() + early) % 86400
        if left < seconds:
            time.sleep(left + 0.1)


def portable(cls):
    """Run the tests of a class after installation, in every series.

    Odoo 12 silently skips other tests without demo data.
    """
    if compat.SERIES >= 12:
        from odoo.tests.common import tagged

        return tagged("post_install", "-at_install")(cls)
    return common.post_install(True)(common.at_install(False)(cls))


def working_in(user, company):
    """Have a user work in one of his companies; return the context of his calls."""
    if compat.SERIES >= 13:
        return {"allowed_company_ids": company.ids}
    user.company_id = company
    return {}


def true_body(message):
    """Return the body of a message as JSON, with all rights."""
    return message._texts()[message.id].body


def check_public(model, name):
    """Refuse a private method as Odoo's RPC does; the check was renamed in 18."""
    from odoo.service import model as service

    if hasattr(service, "check_method_name"):
        service.check_method_name(name)
    else:
        service.get_public_method(model, name)


def call_as(user, model, method, *args, **kwargs):
    """Call a method as the web client of ``user`` would.

    Private methods are refused and access is checked. The cache is empty before and
    after: from 13 on all users of a transaction share it.
    """
    compat.flush(user.env)
    compat.forget(user.env)
    env = user.env(user=user.id, context={"lang": user.lang or "en_US"})
    if compat.SERIES >= 19:
        from odoo.service.model import call_kw
    else:
        from odoo.api import call_kw
    if method.startswith("_"):
        check_public(env[model], method)
    result = call_kw(env[model], method, list(args), kwargs)
    compat.flush(env)
    compat.forget(env)
    return result


class Simulator(object):
    """Client of the simulator's control API."""

    def __init__(self):
        line = os.environ.get(SIMULATOR_VARIABLE)
        if not line:
            raise RuntimeError(
                "These tests need the DingTalk simulator: run them by "
                "'dingtalk-simulator run -- odoo-bin ...', or give its ready line in "
                "the variable %s." % SIMULATOR_VARIABLE
            )
        values = json.loads(line)
        self.url = values["url"].rstrip("/")
        self.control_url = values.get("control_url", self.url + "/_control").rstrip("/")
        self._threads = threading.local()
        self._take(values)

    def _take(self, values):
        for name in ("corp_id", "app_key", "app_secret", "agent_id"):
            if values.get(name):
                setattr(self, name, str(values[name]))

    def control(self, method, path, body=None, **params):
        """Call the control API: ``control("GET", "/users")``; return its JSON."""
        query = urlencode(
            {name: value for name, value in params.items() if value is not None})
        place = urlsplit(self.control_url + path + ("?" + query if query else ""))
        if not hasattr(self._threads, "connection"):
            self._threads.connection = HTTPConnection(
                place.netloc, timeout=CONTROL_TIMEOUT)
        arguments = (
            method, place._replace(scheme="", netloc="").geturl(),
            None if body is None else json.dumps(body).encode("ascii"))
        try:
            status, text = self._answer(*arguments)
        except (ConnectionError, BadStatusLine):
            # It was idle for too long.
            status, text = self._answer(*arguments)
        if status >= 400:
            raise AssertionError(
                "Simulator: %s %s: %d %s" % (method, path, status, text[:500]))
        return json.loads(text) if text else {}

    def _answer(self, method, target, body):
        """Return the status and text; requests would take several times as long."""
        connection = self._threads.connection
        try:
            connection.request(
                method, target, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8")
        except Exception:
            # The next request connects again.
            connection.close()
            raise

    def reset(self, people=PEOPLE, departments=DEPARTMENTS, seed=SEED):
        """Make the organisation anew: no faults, no calls, settings as at start."""
        answer = self.control(
            "POST",
            "/reset",
            {"people": people, "departments": departments, "seed": seed},
        )
        self._take(answer)
        return answer

    def state(self):
        return self.control("GET", "/state")

    def fault(self, kind, path="*", times=1, **more):
        """Let the next calls of ``path`` fail; the simulator lists the kinds."""
        return self.control(
            "POST", "/faults", dict(more, kind=kind, path=path, times=times)
        )

    def clear_faults(self):
        return self.control("DELETE", "/faults")

    def settings(self, **values):
        """Change settings, e.g. ``settings(ip_whitelist=["10.0.0.1"])``."""
        return self.control("PATCH", "/settings", values)

    def expire_tokens(self):
        return self.control("POST", "/tokens/expire")

    def calls(self, path=None):
        """Return what was called since the last reset: total, by_path, calls."""
        return self.control("GET", "/calls", **({"path": path} if path else {}))

    def forget_calls(self):
        return self.control("DELETE", "/calls")

    def users(self):
        return self.control("GET", "/users")

    def departments(self):
        return self.control("GET", "/departments")

    def messages(self, userid=None):
        query = {"userid": userid} if userid else {}
        return self.control("GET", "/messages", **query)

    def add_app(self, **values):
        return self.control("POST", "/apps", values)


class LockedCursor(object):
    """The test's own cursor, for executing statements only."""

    def __init__(self, cr, lock):
        self._cr = cr
        self._lock = lock

    def __getattr__(self, name):
        return getattr(self._cr, name)

    def execute(self, *args, **kwargs):
        with self._lock:
            return self._cr.execute(*args, **kwargs)


class SavepointCursor(getattr(sql_db, "BaseCursor", object)):
    """A cursor "of its own" inside the test's transaction.

    A commit releases a savepoint, a rollback returns to it, closing loses what was not
    committed.

    A thread may use one while the test's thread waits; ``lock`` keeps their
    statements apart.
    """

    _numbers = itertools.count()

    def __init__(self, cr, lock):
        super().__init__()  # its hooks, from 13 on
        self._cr = cr
        self._lock = lock
        self._name = "dingding_%d" % next(self._numbers)
        self.transaction = None  # kept here by 16 and later
        self.cache = {}
        with lock:
            cr.execute("SAVEPOINT %s" % self._name)

    def __getattr__(self, name):
        return getattr(self._cr, name)

    def execute(self, *args, **kwargs):
        with self._lock:
            return self._cr.execute(*args, **kwargs)

    def commit(self):
        # As real cursors do from 13 on.
        if hasattr(sql_db, "flush_env"):
            sql_db.flush_env(self)
        elif hasattr(self, "flush"):
            self.flush()
        with self._lock:
            self._cr.execute("RELEASE SAVEPOINT %s" % self._name)
            self._cr.execute("SAVEPOINT %s" % self._name)

    def rollback(self):
        if hasattr(sql_db, "clear_env"):
            sql_db.clear_env(self)
        elif hasattr(self, "clear"):
            self.clear()
        with self._lock:
            self._cr.execute("ROLLBACK TO SAVEPOINT %s" % self._name)

    def close(self):
        with self._lock:
            self._cr.execute("ROLLBACK TO SAVEPOINT %s" % self._name)
            self._cr.execute("RELEASE SAVEPOINT %s" % self._name)


class DingTalkMixin(object):
    """Records, people and assertions; for any of Odoo's test classes.

    ``env``: what to make the records in; the class attributes that
    ``_make_records`` sets: simulator, corp, app, company, and one user of each
    kind, user_public, user_portal, user_employee, user_dingtalk, user_manager,
    user_system, all with the password ``PASSWORD``.
    """

    PASSWORD = "Dingding-test-1"

    @classmethod
    def _request_handler(cls, session, prepared, **options):
        """Send, which Odoo's own tests refuse from 17 on; ours refuse other machines.
        """
        return real_send(session, prepared, **options)

    # -- once for all tests of a class -------------------------------------------

    @classmethod
    def _make_records(cls, target, env):
        """Set the attributes of ``target`` (a class or a test) to new records."""
        target.simulator = Simulator()
        target.simulator.reset()
        # Manual attempts in this database come back afterwards.
        env["dingding.corp"].with_context(active_test=False).search([]).unlink()
        target.company = env.user.company_id
        target.corp = cls._make_corp(env, target.simulator, name="Example Org")
        target.app = target.corp.app_id
        target.user_public = env.ref("base.public_user")
        for kind, user in cls._make_users(env):
            setattr(target, "user_" + kind, user)

    @classmethod
    def furnish(cls, env):
        """Write into a database for tests what each test or class would write.

        Tests run without it, too, but take longer.
        """
        list(cls._make_users(env))
        # A second organisation shows all users the column with the organisation, and
        # Odoo then writes all users, and in some series the form of users.
        env.ref("base.group_user").write({
            "implied_ids": [(4, env.ref("dingding.group_multi_corp").id)]})

    @classmethod
    def _make_users(cls, env):
        """Yield (kind, user of that kind), made unless the database has him.

        A database made for tests has them (tools/images.py).
        """
        users = env["res.users"].with_context(no_reset_password=True)
        for kind, group in KINDS:
            known = users.search([("login", "=", cls._login(kind))])
            yield kind, known or cls._make_user(env, kind, group)

    @classmethod
    def _login(cls, kind):
        return "dingding-%s" % kind

    @classmethod
    def _make_corp(cls, env, simulator, **values):
        """Return a new organisation whose main application the simulator serves."""
        values = dict(
            {
                "name": "Example Org",
                "corp_id": simulator.corp_id,
                "app_key": simulator.app_key,
                "app_secret": simulator.app_secret,
                "agent_id": simulator.agent_id,
            },
            **values
        )
        corp = env["dingding.corp"].create(values)
        cls._point_at(corp.app_id, simulator.url)
        return corp

    @classmethod
    def _point_at(cls, app, url):
        """Have an application call ``url`` in place of DingTalk."""
        app.write({"oapi_url": url, "api_url": url, "login_url": url})

    def second_app(self, **values):
        """Return another application of the organisation, which the simulator knows."""
        made = self.simulator.add_app(name="Second")
        app = self.env["dingding.app"].create(dict({
            "name": "Second", "corp_id": self.corp.id, "app_key": made["app_key"],
            "app_secret": made["app_secret"], "agent_id": str(made["agent_id"]),
        }, **values))
        self._point_at(app, self.simulator.url)
        return app

    @classmethod
    def _make_user(cls, env, login, *groups, **values):
        """Return a new user ``login`` with exactly these groups (and implied ones)."""
        field = "group_ids" if compat.SERIES >= 19 else "groups_id"
        values = dict(
            {
                "name": "Test %s" % login,
                "login": cls._login(login),
                "email": "%s@example.com" % login,
                "password": cls.PASSWORD,
                field: [(6, 0, [env.ref(group).id for group in groups])],
            },
            **values
        )
        users = env["res.users"].with_context(no_reset_password=True)
        user = users.with_context(
            tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True,
        ).create(values).with_env(users.env)
        if "res.users.settings" in env:
            # Odoo makes them at the first read, and 18 logs an error in read-only
            # transactions.
            env["res.users.settings"]._find_or_create_for_user(user)
        return user

    # -- around each test ----------------------------------------------------------

    def _begin(self):
        """Reset the simulator, keep cursors inside the test, refuse the internet."""
        wait_for_midnight()
        self.simulator.reset()
        lock = threading.RLock()
        test_thread = threading.current_thread()

        @contextlib.contextmanager
        def open_cursor(dbname, read_committed=False):
            # Savepoints of threads must not cross.
            in_test_thread = threading.current_thread() is test_thread
            if not in_test_thread:
                lock.acquire()
            try:
                if in_test_thread:
                    compat.flush(self.env)
                cr = SavepointCursor(self.env.cr, lock)
                try:
                    yield cr
                    cr.commit()  # pylint: disable=invalid-commit
                finally:
                    cr.close()
                    if in_test_thread:
                        compat.forget(self.env)
            finally:
                if not in_test_thread:
                    lock.release()

        def get_token(store, kind, get=dingding_token.RecordTokenStore.get):
            # The test's own thread would fetch what another has asked for.
            locked = lock.acquire(timeout=5)
            try:
                return get(store, kind)
            finally:
                if locked:
                    lock.release()

        self._replace(compat, "open_cursor", open_cursor)
        self._replace(dingding_token.RecordTokenStore, "get", get_token)
        self._replace(compat, "begin_read_committed", lambda cr: None)
        if not isinstance(self, common.HttpCase):

            def see_commits(env):
                compat.flush(env)
                compat.forget(env)

            self._replace(compat, "see_commits", see_commits)

        @contextlib.contextmanager
        def lock_cursor(dbname):
            yield LockedCursor(self.env.cr, lock)

        self._replace(compat, "lock_cursor", lock_cursor)
        if Registry._saved_lock is None:
            # From 18 on the thread that starts the server and runs the tests keeps the
            # registries to itself meanwhile: no thread beside a test would come to one.
            # Tests that speak HTTP have no lock at all.
            self._replace(Registry, "_lock", threading.RLock())
        # A dead worker's row is found at once.
        self._replace(queue, "LOST_SECONDS", -1)
        self._hurry_retries()
        self._refuse_internet()

    def _hurry_retries(self):
        """Shorten the pause before the client's next attempt.

        Clients that may not wait still give up.
        """
        self.real_backoff = client.backoff

        def backoff(*args, **options):
            seconds = self.real_backoff(*args, **options)
            return seconds if seconds > client.MAX_WAIT else seconds / 1000

        self._replace(client, "backoff", backoff)

    def clock(self, moment):
        """Stop the organisations' clocks at a time, in UTC."""
        from ..models import dingding_corp_policy

        stands = datetime.datetime.strptime(moment, "%Y-%m-%d %H:%M:%S")
        self._replace(
            dingding_corp_policy, "utc", types.SimpleNamespace(now=lambda: stands))

    def _replace(self, target, name, value):
        """Set an attribute until the test ends."""
        self.addCleanup(setattr, target, name, getattr(target, name))
        setattr(target, name, value)

    def open_cursors(self):
        """Return a list of the options of the other cursors that are open."""
        opened, real = [], compat.open_cursor

        @contextlib.contextmanager
        def open_cursor(*args, **options):
            with real(*args, **options) as cr:
                opened.append(options)
                try:
                    yield cr
                finally:
                    opened.pop()

        self._replace(compat, "open_cursor", open_cursor)
        return opened

    def _refuse_internet(self):
        refused = []
        real_connect = socket.socket.connect
        real_getaddrinfo = socket.getaddrinfo

        def is_local(host):
            host = host.decode() if isinstance(host, bytes) else host
            return not host or host in LOCAL_HOSTS or host.startswith("127.")

        def check(host):
            if not is_local(host):
                refused.append(host)
                raise AssertionError("A test wants to talk to %s" % host)

        def connect(sock, address):
            if sock.family in (socket.AF_INET, socket.AF_INET6):
                check(address[0])
            return real_connect(sock, address)

        def getaddrinfo(host, *args, **kwargs):
            check(host)
            return real_getaddrinfo(host, *args, **kwargs)

        self._replace(socket.socket, "connect", connect)
        self._replace(socket, "getaddrinfo", getaddrinfo)
        # Swallowing the exception does not help.
        self.addCleanup(lambda: self.assertEqual(refused, [], "not local"))

    # -- vocabulary ------------------------------------------------------------------

    def assertClosed(self, activity, message=None):
        """Check that an activity is deleted, or archived: 19 keeps them."""
        left = activity.exists()
        if "active" in left._fields:
            left = left.filtered("active")
        self.assertFalse(left, message)

    def assertDingTalkCalled(self, path, times=None):
        """Check that ``path`` was called at least once, or exactly ``times``."""
        calls = self.simulator.calls()
        count = calls["by_path"].get(path, 0)
        if times is None:
            self.assertTrue(count, "%s was not called: %s" % (path, calls["by_path"]))
        else:
            self.assertEqual(
                count, times, "calls of %s among %s" % (path, calls["by_path"])
            )

    def assertDingTalkNotCalled(self, path=None):
        """Check that ``path``, or anything at all, was not called."""
        by_path = self.simulator.calls()["by_path"]
        if path:
            self.assertFalse(by_path.get(path), "%s was called" % path)
        else:
            self.assertFalse(by_path)

    def assertFirstWins(self, model_name, method):
        """Check that ``method`` lets one of two transactions go on at a time.

        It calls ``compat.first_wins``. The second one goes on when it is repeated.
        """
        records = self.env[model_name]
        database = sql_db.db_connect(self.env.cr.dbname)
        with contextlib.closing(database.cursor()) as first, (
            contextlib.closing(database.cursor())
        ) as second:
            for cr in (first, second):
                cr.execute("SELECT 1 FROM ir_model_data LIMIT 1")
            getattr(records.with_env(self.env(cr=first)), method)()
            first.commit()  # pylint: disable=invalid-commit
            with self.assertRaises(OperationalError) as caught:
                getattr(records.with_env(self.env(cr=second)), method)()
            self.assertEqual(
                caught.exception.pgcode, errorcodes.SERIALIZATION_FAILURE)
            second.rollback()
            getattr(records.with_env(self.env(cr=second)), method)()
            second.rollback()

    def process_queue(self, model_name="dingding.message.task", rounds=20):
        """Process a queue until nothing is due; return the number of turns."""
        worked = 0
        for _round in range(rounds):
            count = self.env[model_name]._process()
            if not count:
                break
            worked += count
        return worked


_SavepointCase = getattr(common, "SavepointCase", common.TransactionCase)
if compat.SERIES >= 15:
    _SavepointCase = common.TransactionCase  # does the same from there on


class DingTalkCase(DingTalkMixin, _SavepointCase):
    """Model tests: records are made once for the class, each test is rolled back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls._make_records(cls, cls.env)
            cls._prepare_class()
        except Exception:
            # The open transaction would lock others out.
            cls.tearDownClass()
            raise

    @classmethod
    def _prepare_class(cls):
        """Do what is the same before each test; see :meth:`_like_a_test`."""

    @classmethod
    @contextlib.contextmanager
    def _like_a_test(cls):
        """Yield a test that can call the simulator, for what all tests begin with.

        Its records stay for the class. The simulator resets before each test.
        """
        test = cls(unittest.defaultTestLoader.getTestCaseNames(cls)[0])
        try:
            # Later series clean up within a test only.
            with contextlib.ExitStack() as cleanups:
                test.addCleanup = cleanups.callback
                test._begin()
                yield test
                compat.flush(test.env)
                test.env.cr.execute("DELETE FROM dingding_token")
        finally:
            compat.forget(cls.env)

    def setup_step(self, key):
        """Return a step of the setup guide as a manager sees it, see ``_setup_scope``.

        This Odoo's address is ``BASE``.
        """
        self.env["ir.config_parameter"].sudo().set_param("web.base.url", BASE)
        corp = self.corp.with_env(self.env(user=self.user_manager.id))
        return {scope["key"]: scope for scope in corp._setup_scopes()}[key]

    def overview_line(self, key, user=None):
        """Return a line of the overview as a user sees it, or None.

        Its actions must open the records that it counts.

        :param user: default: the manager
        """
        env = self.env(user=(user or self.user_manager).id)
        lines = self.corp.with_env(env)._overview_lines()
        line = {line["key"]: line for line in lines}.get(key)
        for each in [line] + line["parts"] if line else []:
            if each["action"] and "domain" in each["action"]:
                env[each["action"]["res_model"]].search_count(each["action"]["domain"])
        return line

    @contextlib.contextmanager
    def counted(self, without=()):
        """Collect the statements that are sent to PostgreSQL, as text.

        :param without: words; statements with one of them are left out
        """
        statements, real = [], sql_db.Cursor.execute

        def execute(cr, query, *args, **options):
            text = query if isinstance(query, str) else repr(query)
            if not any(word in text for word in without):
                statements.append(text)
            return real(cr, query, *args, **options)

        sql_db.Cursor.execute = execute
        try:
            yield statements
        finally:
            sql_db.Cursor.execute = real

    def setUp(self):
        # From 13 on pending writes would be rolled back with the first test.
        compat.flush(self.env)
        super().setUp()
        self._begin()


class Visitor(requests.Session):
    """A browser of somebody, which keeps what Odoo gives it.

    :param case: the test
    """

    def __init__(self, case):
        super().__init__()
        self.trust_env = False
        self._case = case

    def request(self, *args, **kwargs):
        if compat.SERIES < 19:
            return super().request(*args, **kwargs)
        # The server answers only while the test lets go of its cursor.
        compat.flush(self._case.env)
        self._case.env.cr.clear()
        with self._case.allow_requests(all_requests=True):
            return super().request(*args, **kwargs)


class DingTalkHttpCase(DingTalkMixin, common.HttpCase):
    """Tests that speak HTTP to Odoo: records are made for each test.

    ``self.env`` and the server's threads share one transaction.
    """

    def setUp(self):
        super().setUp()
        if compat.SERIES == 11:
            # The server's cursor is another one than the test's.
            self._replace(self, "cr", self.registry.test_cr)
            self.env = self.env(cr=self.cr)
        self._make_records(self, self.env)
        self.share()
        self._begin()

    def share(self):
        """Keep what the test has written when a request fails and rolls back."""
        compat.flush(self.env)
        if compat.SERIES == 11:
            self.env.cr.commit()  # pylint: disable=invalid-commit

    def visitor(self):
        """Return a new browser, a :class:`Visitor`."""
        return Visitor(self)

    def url(self, path):
        """Return the address of a path of this Odoo."""
        return "http://127.0.0.1:%d%s" % (tools.config["http_port"], path)

    def get(self, browser, path, **params):
        return browser.get(
            self.url(path), params=params, allow_redirects=False, timeout=60
        )

    def post(self, browser, path, **data):
        if "csrf_token" not in data:
            data["csrf_token"] = self.csrf(browser)
        return browser.post(
            self.url(path), data=data, allow_redirects=False, timeout=60
        )

    def csrf(self, browser):
        text = browser.get(self.url("/web/login"), timeout=60).text
        # From 19 on the client has the token for signed-in users.
        return re.search(r'csrf_token(?:" value=|: )"([^"]+)"', text).group(1)
