# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import base64
import contextlib
import datetime
import gzip
import json
import os
import random
import time

import requests
import werkzeug.test
import werkzeug.wrappers
from psycopg2 import OperationalError
from psycopg2.pool import PoolError

from odoo import fields, http, tools
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import crypto, utc
from odoo.addons.dingding.models.dingding_secret_mixin import KEY_OPTION
from odoo.addons.dingding.tests.common import DingTalkHttpCase, call_as, portable

from .. import receiver
from ..controllers import main
from ..models import dingding_app

PATH = "/dingding/call_back_url"
MEMBERS = {"msg_signature", "timeStamp", "nonce", "encrypt"}
FUZZED = 400  # bodies; limited for ``make test``, see tests/e2e for the rest


@portable
class TestReceive(DingTalkHttpCase):
    def setUp(self):
        super().setUp()
        self.env["dingding.event"].search([]).unlink()
        self.keys = dingding_app.new_keys()
        self.app._callback_set_keys(*self.keys)
        self.addCleanup(main._lost.clear)
        model = type(self.env["dingding.event.refusal"])
        self._replace(model._counter, "add", lambda key: 1)
        self.share()

    def envelope(self, owner=None, keys=None, **options):
        token, aes_key = keys or self.keys
        return crypto.CallbackCrypto(
            token, aes_key, owner or self.app.app_key, **options)

    def request(self, message, envelope=None, names=("signature", "msg_signature"),
                age=0, **query):
        """Return (query, body) in DingTalk's format."""
        if isinstance(message, dict):
            message = json.dumps(message)
        answer = (envelope or self.envelope()).answer(
            message, timestamp=str(int((time.time() - age) * 1000)), nonce="Abcd1234")
        parameters = {name: answer["msg_signature"] for name in names}
        parameters.update(timestamp=answer["timeStamp"], nonce=answer["nonce"])
        parameters.update(query)
        return parameters, json.dumps({"encrypt": answer["encrypt"]})

    def post(self, parameters, body, ref="", path=None,
             content_type="application/json"):
        path = path or PATH + (ref and "/" + ref)
        return self.opener.post(
            self.url(path), params=parameters, data=body,
            headers={"Content-Type": content_type}, timeout=120)

    def event(self, number=0, **values):
        return dict({
            "EventType": "user_modify_org", "CorpId": self.corp.corp_id,
            "TimeStamp": str(1700000000000 + number), "UserId": ["u%d" % number],
        }, **values)

    def events(self):
        self.env.cache.invalidate()
        return self.env["dingding.event"].search([])

    def causes(self):
        self.env.cache.invalidate()
        return sorted(self.env["dingding.event.refusal"].search([]).mapped("cause"))

    def assertAccepted(self, answer, envelope=None):
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        found = answer.json()
        self.assertEqual(set(found), MEMBERS, "nothing around it")
        opened = (envelope or self.envelope()).open(
            found["msg_signature"], found["timeStamp"], found["nonce"],
            found["encrypt"])
        self.assertEqual(opened, "success")

    def assertRefused(self, answer, cause, status=403):
        self.assertEqual(answer.status_code, status)
        self.assertEqual(answer.text, "{}")
        self.assertEqual(self.events().ids, [])
        self.assertEqual(self.causes(), [cause])

    def configure_key(self):
        key = base64.b64encode(os.urandom(32)).decode("ascii")
        tools.config.options[KEY_OPTION] = key
        self.addCleanup(tools.config.options.pop, KEY_OPTION, None)

    def test_encrypted_keys(self):
        self.configure_key()
        former, self.keys = self.keys, dingding_app.new_keys()
        self.app._callback_set_keys(*self.keys)
        self.share()
        self.env.cr.execute("SELECT sealed_value FROM dingding_secret")
        stored = repr(self.env.cr.fetchall())
        for value in self.keys + former:
            self.assertNotIn(value, stored)
        self.assertAccepted(self.post(*self.request(self.event())))
        envelope = self.envelope(keys=former)
        parameters, body = self.request(self.event(1), envelope)
        self.assertAccepted(self.post(parameters, body), envelope)

    def test_keys_whose_encryption_key_is_lost(self):
        self.configure_key()
        self.app._callback_set_keys(*self.keys)
        self.configure_key()
        self.share()
        with mute_logger("odoo.addons.dingding.models.dingding_secret"):
            self.assertRefused(self.post(*self.request(self.event())), "address")
        self.assertTrue(self.app.callback_is_set)
        with self.assertRaises(UserError) as caught:
            call_as(self.user_system, "dingding.app", "action_callback_verify",
                    self.app.ids)
        self.assertIn(KEY_OPTION, str(caught.exception))
        line = self.env["dingding.health"]._check(self.corp)[-1]
        self.assertEqual(line["state"], "error")
        self.assertIn("AES", line["message"])
        self.keys = dingding_app.new_keys()
        self.app._callback_set_keys(*self.keys)
        self.share()
        self.assertEqual(self.app._callback_keys(), [self.keys])
        self.assertAccepted(self.post(*self.request(self.event())))

    def test_event(self):
        parameters, body = self.request(self.event())
        self.assertAccepted(self.post(parameters, body))
        event = self.events()
        self.assertEqual(event.event_type, "user_modify_org")
        self.assertEqual(event.app_id, self.app)
        self.assertEqual(event.source, "http")
        self.assertEqual(event.state, "queued", "nothing else happens in the request")
        self.assertDingTalkNotCalled()
        for _time in range(3):
            self.assertAccepted(self.post(parameters, body))
        self.assertEqual(self.events(), event)

    def test_addresses(self):
        for number, ref in enumerate((self.app.app_key, self.corp.corp_id)):
            parameters, body = self.request(self.event(number))
            self.assertAccepted(self.post(parameters, body, ref))
        self.assertEqual(len(self.events()), 2)

    def test_owner_is_the_corp(self):
        envelope = self.envelope(owner=self.corp.corp_id)
        parameters, body = self.request(self.event(), envelope)
        self.assertAccepted(self.post(parameters, body), envelope)

    def test_parameter_names(self):
        for number, name in enumerate(("signature", "msg_signature")):
            parameters, body = self.request(self.event(number), names=(name,))
            self.assertAccepted(self.post(parameters, body))
        parameters, body = self.request(self.event(2))
        parameters["timeStamp"] = parameters.pop("timestamp")
        self.assertAccepted(self.post(parameters, body))

    def test_check_url(self):
        for name in ("check_url", "check_create_suite_url"):
            parameters, body = self.request({"EventType": name})
            self.assertAccepted(self.post(parameters, body))
        self.assertFalse(self.events())
        self.assertTrue(self.app.callback_checked_at)

    def test_wrong_token(self):
        keys = ("another-token", self.keys[1])
        parameters, body = self.request(self.event(), self.envelope(keys=keys))
        self.assertRefused(self.post(parameters, body), "token")

    def test_wrong_aes_key(self):
        keys = (self.keys[0], dingding_app.new_keys()[1])
        parameters, body = self.request(self.event(), self.envelope(keys=keys))
        self.assertRefused(self.post(parameters, body), "aes_key")

    def test_wrong_owner(self):
        parameters, body = self.request(self.event(), self.envelope(owner="other"))
        self.assertRefused(self.post(parameters, body), "owner_key")
        row = self.env["dingding.event.refusal"].search([])
        self.assertEqual(row.detail, "other")
        self.assertTrue(row.remedy)

    def test_other_corp(self):
        parameters, body = self.request(self.event(CorpId="other"))
        self.assertRefused(self.post(parameters, body), "corp")

    def test_stranger(self):
        envelope = self.envelope(keys=dingding_app.new_keys())
        parameters, body = self.request(self.event(), envelope)
        self.assertRefused(self.post(parameters, body), "stranger")

    def test_old(self):
        parameters, body = self.request(self.event(), age=86400)
        self.assertRefused(self.post(parameters, body), "clock")

    def test_young(self):
        parameters, body = self.request(self.event(), age=-86400)
        self.assertRefused(self.post(parameters, body), "clock")

    def test_changed_body(self):
        parameters, body = self.request(self.event())
        # Earlier changes may leave the rest readable.
        place = len(body) - 30
        letter = "A" if body[place] != "A" else "B"
        changed = body[:place] + letter + body[place + 1:]
        self.assertRefused(self.post(parameters, changed), "stranger")

    def test_no_parameters(self):
        _parameters, body = self.request(self.event())
        self.assertRefused(self.post({}, body), "parameters")

    def test_no_envelope(self):
        parameters, _body = self.request(self.event())
        self.assertRefused(self.post(parameters, '{"x": 1}'), "body", 400)

    def test_large(self):
        parameters, _body = self.request(self.event())
        body = json.dumps({"encrypt": "A" * receiver.MAX_BYTES})
        self.assertRefused(self.post(parameters, body), "size", 413)

    def test_unknown_address(self):
        parameters, body = self.request(self.event())
        self.assertRefused(self.post(parameters, body, "nobody"), "address")

    def test_without_keys_nothing_is_accepted(self):
        self.env["dingding.secret"]._forget(self.app)
        self.share()
        parameters, body = self.request(self.event())
        self.assertRefused(self.post(parameters, body), "address")

    def test_refusals_cannot_fill_the_table(self):
        for number in range(5):
            envelope = self.envelope(keys=dingding_app.new_keys())
            self.post(*self.request(self.event(number), envelope))
            self.post(*self.request(self.event(number), envelope), ref="x%d" % number)
        rows = self.env["dingding.event.refusal"].search([])
        self.assertEqual(sorted(rows.mapped("count")), [5, 5])

    def test_a_flood_is_a_write_a_second(self):
        now = [0.0]
        counter = type(self.env["dingding.event.refusal"]._counter)(lambda: now[0])
        written = []
        for number in range(1000):
            now[0] = number / 100.0
            written.append(counter.add("key"))
        self.assertEqual(written[:10], [1] * 10)
        self.assertLess(len([each for each in written if each]), 25)
        self.assertGreater(sum(written), 900)

    def test_former_keys(self):
        former = self.keys
        self.keys = dingding_app.new_keys()
        self.app._callback_set_keys(*self.keys)
        self.share()
        for number, keys in enumerate((former, self.keys)):
            envelope = self.envelope(keys=keys)
            parameters, body = self.request(self.event(number), envelope)
            self.assertAccepted(self.post(parameters, body), envelope)
        later = time.time() + 3600 * dingding_app.OVERLAP_HOURS + 1
        self._replace(dingding_app.time, "time", lambda: later)
        self.assertEqual(self.app._callback_keys(), [self.keys])

    def test_keys_generated_twice(self):
        """DingTalk has the first ones until somebody enters the last ones."""
        first, begun = self.keys, time.time()
        second, self.keys = dingding_app.new_keys(), dingding_app.new_keys()
        self.app._callback_set_keys(*second)
        half = begun + 1800 * dingding_app.OVERLAP_HOURS
        self._replace(dingding_app.time, "time", lambda: half)
        self.app._callback_set_keys(*self.keys)
        self.share()
        self.assertEqual(self.app._callback_keys(), [self.keys, second, first])
        envelope = self.envelope(keys=first)
        parameters, body = self.request(self.event(), envelope)
        self.assertAccepted(self.post(parameters, body), envelope)
        # Each of them ends a day after it was replaced.
        later = begun + 3600 * dingding_app.OVERLAP_HOURS + 60
        self._replace(dingding_app.time, "time", lambda: later)
        self.assertEqual(self.app._callback_keys(), [self.keys, second])

    def test_two_apps(self):
        other = self.env["dingding.app"].create(
            {"name": "Second", "app_key": "second", "corp_id": self.corp.id})
        keys = dingding_app.new_keys()
        other._callback_set_keys(*keys)
        self.share()
        envelope = self.envelope("second", keys)
        parameters, body = self.request(self.event(), envelope)
        self.assertAccepted(self.post(parameters, body), envelope)
        self.assertAccepted(self.post(*self.request(self.event())))
        self.assertEqual(self.events().app_id, other)

    def test_other_methods(self):
        self.assertEqual(self.opener.get(self.url(PATH), timeout=120).status_code, 405)

    def test_content_types(self):
        """DingTalk sends application/json, but a proxy may change it."""
        types = ["application/json; charset=utf-8", "text/plain", ""]
        if compat.SERIES < 16:
            # Since 16.0 Odoo consumes form data.
            types += [
                "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
            ]
        for number, content_type in enumerate(types):
            parameters, body = self.request(self.event(number))
            answer = self.post(parameters, body, content_type=content_type)
            self.assertAccepted(answer)
        self.assertEqual(len(self.events()), number + 1)

    def test_bodies(self):
        """This addon, not Odoo, refuses them."""
        parameters, body = self.request(self.event())
        for sent in (
            b"", b"{not json", b"[1, 2]", b"null", b'"text"', b"[" * 5000,
            b"\xff\xfe\x00", body.encode("utf-16"), gzip.compress(body.encode()),
        ):
            answer = self.post(parameters, sent)
            self.assertRefused(answer, "body", 400)
        for name in ("jsonp", "id", "r", "session_id", "debug", "db"):
            answer = self.post(dict(parameters, **{name: "1"}), b"{")
            self.assertRefused(answer, "body", 400)

    def test_huge(self):
        parameters, _body = self.request(self.event())
        try:
            answer = self.post(parameters, b"A" * (main.READ_BYTES + 1))
        except requests.exceptions.ConnectionError:
            self.assertEqual(self.causes(), ["size"])
        else:
            self.assertRefused(answer, "size", 413)

    def test_few_statements(self):
        """One transaction and one statement, beside its settings."""
        opened, cursors = compat.open_cursor, []

        @contextlib.contextmanager
        def counted(*args, **options):
            with opened(*args, **options) as cr:
                before = cr.sql_log_count
                yield cr
                cursors.append(cr.sql_log_count - before)

        self._replace(compat, "open_cursor", counted)
        self.assertAccepted(self.post(*self.request(self.event())))
        self.assertEqual(len(cursors), 1)
        self.assertLessEqual(cursors[0], 4)

    def read_failed_tomorrow(self):
        moment = fields.Datetime.to_string(utc.now() + datetime.timedelta(days=1))
        self.app.write({"callback_failed_next": moment})
        self.share()

    def test_a_lock_holds_no_worker(self):
        """The answer makes DingTalk send it again, and the possible loss is noted."""
        self.read_failed_tomorrow()
        parameters, body = self.request(self.event())
        with compat.side_cursor(self.env.cr.dbname) as other:
            # As an update of the addon does.
            other.execute("LOCK TABLE dingding_event IN SHARE MODE NOWAIT")
            with mute_logger(main.__name__):
                answer = self.post(parameters, body)
        self.assertEqual((answer.status_code, answer.text), (503, "{}"))
        self.assertFalse(self.events())
        self.assertFalse(self.app.callback_failed_next, "to be read soon")
        self.assertFalse(main._lost)
        self.assertAccepted(self.post(parameters, body))
        self.assertEqual(len(self.events()), 1)

    def test_no_free_connection(self):
        """More requests at once than db_maxconn are as harmless as a lock."""
        self.read_failed_tomorrow()
        handle, full = main.handle, [True]

        def limited(*args):
            if full:
                full.pop()
                raise PoolError("The Connection Pool Is Full")
            return handle(*args)

        self._replace(main, "handle", limited)
        parameters, body = self.request(self.event())
        with mute_logger(main.__name__, "odoo.http"):
            self.assertEqual(self.post(parameters, body).status_code, 503)
        self.env.cache.invalidate()
        self.assertFalse(self.app.callback_failed_next, "to be read soon")
        self.assertAccepted(self.post(parameters, body))

    def test_a_lock_that_hides_even_the_keys(self):
        """A note that fails now is stored with the next callback."""
        self.read_failed_tomorrow()

        def locked(*_args):
            raise OperationalError("canceling statement due to lock timeout")

        model = type(self.app)
        real = model._callback_targets
        parameters, body = self.request(self.event())
        self._replace(model, "_callback_targets", locked)
        with mute_logger(main.__name__):
            for ref in ["", self.app.app_key] + ["x%d" % n for n in range(3)]:
                self.assertEqual(self.post(parameters, body, ref).status_code, 503)
        self.assertEqual(len(main._lost), 5)
        self._replace(model, "_callback_targets", real)
        self.assertAccepted(self.post(parameters, body))
        self.assertFalse(main._lost)
        self.env.cache.invalidate()
        self.assertFalse(self.app.callback_failed_next)

    def test_strangers_cause_no_call_of_ours(self):
        """Strangers' errors do not make Odoo read the failed list."""
        self.read_failed_tomorrow()

        def broken(*_args):
            raise KeyError("something")

        parameters, body = self.request(self.event())
        self._replace(receiver, "open_callback", broken)
        with mute_logger("odoo.http"):
            self.assertEqual(self.post(parameters, body).status_code, 500)
        self.env.cache.invalidate()
        self.assertTrue(self.app.callback_failed_next)
        self.assertFalse(main._lost)

    def test_long_numbers_of_strangers(self):
        """Their conversion takes time that grows with the square of their length."""
        body = b'{"encrypt": "x", "more": %s}' % (b"9" * 2000000)
        begun = time.process_time()
        self.assertEqual(receiver._encrypted(body), "x")
        self.assertLess(time.process_time() - begun, 5)
        self.assertIsNone(receiver._encrypted(b'{"encrypt": 12}'))

    def test_same_steps_whatever_is_wrong(self):
        calls = []
        for name in ("decrypt", "__init__"):
            method = getattr(crypto.CallbackCrypto, name)
            self._replace(
                crypto.CallbackCrypto, name, lambda *args, _own=method, **options: (
                    calls.append(_own.__name__), _own(*args, **options))[1])
        signature = crypto.signature
        self._replace(crypto, "signature", lambda *args: (
            calls.append("signature"), signature(*args))[1])
        steps = []
        for change in ("signature", "owner", "stranger"):
            envelope = self.envelope(
                owner="other" if change == "owner" else None,
                keys=dingding_app.new_keys() if change == "stranger" else None)
            parameters, body = self.request(self.event(), envelope)
            if change == "signature":
                parameters.update(signature="0" * 40, msg_signature="0" * 40)
            del calls[:]
            self.assertEqual(self.post(parameters, body).status_code, 403)
            steps.append(list(calls))
        self.assertEqual(steps[0], steps[1])
        self.assertEqual(steps[0], steps[2])
        self.assertEqual(self.causes(), ["owner_key", "stranger", "token"])

    def test_other_json_routes_stay(self):
        def versions():
            return self.opener.post(
                self.url("/web/webclient/version_info"), timeout=120,
                data='{"jsonrpc": "2.0", "id": 7, "params": {}}',
                headers={"Content-Type": "application/json"}).content

        before = versions()
        self.assertIn(b'"jsonrpc"', before)
        self.assertAccepted(self.post(*self.request(self.event())))
        self.assertEqual(versions(), before)

    def test_other_requests_are_made_by_odoo(self):
        if compat.SERIES >= 16:
            return
        for path, ours in (
            ("/web/webclient/version_info", False), (PATH + "x", False), (PATH, True),
            (PATH + "/x", True),
        ):
            asked = werkzeug.wrappers.Request(werkzeug.test.EnvironBuilder(
                path=path, method="POST", data="{}", content_type="application/json"
            ).get_environ())
            asked.session = http.OpenERPSession({}, "sid", True)
            made = http.root.get_request(asked)
            self.assertEqual(type(made) is not http.JsonRequest, ours, path)
            self.assertIsInstance(made, http.JsonRequest)
        self.assertEqual(http.Root.get_request.__module__, "odoo.http")
        answer = self.post({}, b"{not json", path="/web/webclient/version_info")
        self.assertEqual(answer.status_code, 400)
        self.assertIn("Invalid JSON data", answer.text)

    def test_fuzzed(self):
        chance = random.Random(5)
        parameters, body = self.request(self.event(), names=("signature",))
        for number in range(FUZZED):
            asked, sent = dict(parameters), bytearray(body.encode("ascii"))
            # A byte around the envelope may make no difference.
            start, end = 13, len(sent) - 3
            kind = number % 5
            if kind == 0:
                sent[chance.randrange(start, end)] ^= 1 << chance.randrange(8)
            elif kind == 1:
                del sent[chance.randrange(len(sent)):]
            elif kind == 2:
                name = chance.choice(sorted(asked))
                asked[name] = asked[name][:-1] + chance.choice("gzZ!\u00e9\u4e2d\x00")
            elif kind == 3:
                sent[start:end] = bytes(
                    bytearray(chance.randrange(256) for _n in range(99)))
            else:
                sent[start:start] = chance.choice(
                    (b"=", b"\\n", b"\\u0000", b"\\ud800", b"\x00", b"\""))
            if bytes(sent) == body.encode("ascii") and asked == parameters:
                continue
            answer = self.post(asked, bytes(sent))
            self.assertIn(answer.status_code, (400, 403, 413), (asked, bytes(sent)))
        self.assertFalse(self.events())
