# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Thousands of hostile messages and presses.

A few hundred by default. ``DINGDING_HOSTILE=10000`` has that many, and
``DINGDING_HOSTILE_SEED`` repeats a failed run.
"""
import collections
import json
import logging
import os
import random
import re
import time
import uuid

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.api import cards
from odoo.addons.dingding.tests.common import portable

from ..chat.incoming import clean
from ..chat.reply import SAY, SLIDE
from ..models import dingding_chat_message as inbox
from ..models.dingding_app_card import SECRET
from .card_case import CardCase
from .chat_case import MESSAGE

COUNT = int(os.environ.get("DINGDING_HOSTILE") or 300)
SEED = os.environ.get("DINGDING_HOSTILE_SEED") or "19"
# Each batch is undone: the rows that it outdated, its locks and its subtransactions
# would make each statement of the later ones slower.
BATCH = 200
# Hostile people may not read this; no hostile text contains it.
HIDDEN = "QZXHIDDEN"
PIECES = [
    "%", "_", "\\", "'", '"', "' OR 1=1 --", "; DROP TABLE res_users;", "%s", "%(x)s",
    "{name}", "{user_id.password}", "{{7*7}}", "${7*7}", "[x](http://evil.example)",
    "![x](http://evil.example/p.png)", "<font color=red>", "<a href='javascript:1'>",
    "<script>alert(1)</script>", "**", "__", "~~", "`", "```", "|a|b|", "> ", "# ",
    "- ", "1. ", "\n", "\r\n", "\u2028", "\u2029", "\x0b", "\x85", "\t", "\x00",
    "\ud800", "\udfff", "\u202e", "\u2066", "\u200b", "\ufeff", "\u2063", "@all",
    "@Zhang ", "#1 ", "#999999999 ", "\uff0312", "find ", "partner ", "stock ",
    "reply ", "mine", "help", "menu", "\u67e5 ", "\u56de\u590d ", "/", "\u00b2",
    "\u0661", "NaN", "Infinity", "-1", "0", "1e400", "9" * 30, "A" * 3000, "&lt;b&gt;",
    "&#42;&#42;x", "http://evil.example", "dingtalk://x", "dtmd://x", "mailto:a@b.c",
    "javascript:alert(1)", "\U0001f600", "\u5f20\u4e09", "e\u0301" * 50, "(", ")", "]",
    "](", "[[", "]]", ":", "\uff1a", "admin", "a", " ", "[x](javascript:alert(1))",
    "![x](data:text/html,x)", "<https://evil.example>", "\u200f", "\u061c", "\u202a",
    "\u2069", "\\u202e", "\\[x\\](javascript:1)", "&#91;x&#93;(http://evil.example)",
]
# Of another organisation, whose people may have the same userids.
ELSEWHERE = "dingother"
OVERSIZE = (20000, 70000, 300000)  # characters
TABLES = (
    "res_users", "res_groups", "res_company", "ir_rule", "res_partner", "mail_message",
    "ir_attachment", "dingding_chat_command", "dingding_card_setup",
    "dingding_card_action", "dingding_user",
)
_LINK = re.compile(r"\[([^\[\]\n]*)\]\(([^()\s]*)\)")
_HEADING = re.compile(r"\*\*[^*\n]*\*\*\Z")


class Logged(logging.Handler):
    """Collects errors."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.found = []

    def emit(self, record):
        self.found.append(record.getMessage())


class Undone(Exception):
    """Ends a batch."""


class Said(object):
    """The text of a failed assertion, composed only then: some of it is long."""

    def __init__(self, seed, what):
        self.seed, self.what = seed, what

    def __str__(self):
        return "seed %s, %d: %.2000r" % (self.seed, COUNT, self.what)


def problem_of(text):
    """Return what in a reply is markdown that we have not written, or None."""
    for line in text.split("\n"):
        for _label, url in _LINK.findall(line):
            if not url.startswith((SLIDE, SAY)):
                return "a link to %s" % url
        rest = _LINK.sub("", line)
        rest = rest[2:] if line.startswith("- ") else rest
        if _HEADING.match(rest):
            rest = rest[2:-2]
        found = re.search(
            r"[\[\]<>*`|~\\\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
            r"|\A[#>+=_]|\A-\s|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])", rest)
        if found:
            return "%r in %r" % (found.group(0), line[:200])
    return None


@portable
class TestHostile(CardCase):
    def setUp(self):
        super().setUp()
        self.seed = SEED
        self.random = random.Random(self.seed)
        self.corp.chat = self.corp.chat_replies = True
        self._replace(inbox, "PER_PERSON", 10 ** 9)
        self._replace(inbox, "PER_GROUP", 10 ** 9)
        self._replace(inbox, "BUSY", 10 ** 9)
        # The answers are looked at where they are stored; the simulator has enough to
        # do with the others.
        self._replace(
            type(self.env[MESSAGE]), "_dingtalk_send", lambda message: None)
        self.env["dingding.chat.command"].create({
            "name": "Partners", "words": "partner, \u4f19\u4f34", "kind": "find",
            "model_id": self.partner_model.id, "note": "{ref} {comment}",
            "search_fields": "name, ref, user_id.name"})
        for number, name in enumerate((
                "[Pay](http://evil.example) **a**", "# b\n> c", "<b>d</b> `e` ~~f~~",
                "www.evil.example _g_ \u202eh", "a | b \\ c", "100% admin")):
            self.env["res.partner"].create({
                "name": name, "ref": "[%d](http://evil.example)" % number,
                "comment": name})
        self.secret = self.env["res.partner"].create(
            {"name": HIDDEN, "ref": HIDDEN, "function": "Draft"})
        self.env["ir.rule"].create({
            "name": "Hidden", "model_id": self.partner_model.id,
            "domain_force": "[('id', '!=', %d)]" % self.secret.id})
        # Each message empties the cache, and an organisation has many fields.
        self.user_of = {each.userid: each.user_id.id for each in self.people[:6]}
        self.userids, self.own = sorted(self.user_of), self.corp.corp_id
        self.robot = self.app.app_key
        self.topic = self.env["dingding.chat.topic"].sudo()._number(
            self.corp, self.secret, person=self.people[1])
        self.errors = Logged()
        logger = logging.getLogger("odoo")
        logger.addHandler(self.errors)
        self.addCleanup(logger.removeHandler, self.errors)

    def batches(self, function, *args):
        """Call ``function(numbers, *args)`` for all numbers, and undo what it did."""
        for start in range(0, COUNT, BATCH):
            compat.flush(self.env)
            try:
                with self.env.cr.savepoint():
                    function(range(start, min(start + BATCH, COUNT)), *args)
                    raise Undone
            except Undone:
                compat.forget(self.env)

    # -- hostile values ----------------------------------------------------------------

    def text(self):
        return "".join(
            self.random.choice(PIECES) for _each in range(self.random.randint(1, 8)))

    def value(self, depth=0):
        """Return anything that JSON can say."""
        kind = self.random.randrange(14)
        if self.random.random() < 0.02:
            return "A" * self.random.choice(OVERSIZE)
        if kind < 6:
            return self.text()
        if kind < 10 or depth > 2:
            return self.random.choice([
                None, True, False, 0, -1, 1.5, 10 ** 30, -10 ** 400, float("inf"),
                float("nan"), 2 ** 31, 2 ** 63, "", "1", "2"])
        if kind < 12:
            return [self.value(depth + 1) for _each in range(self.random.randrange(4))]
        return {
            self.random.choice(["content", "richText", "text", "value", "x", "params"]):
            self.value(depth + 1) for _each in range(self.random.randrange(4))}

    def raw(self, data):
        """Return JSON of an object, at times with what Python does not write."""
        text, kind = json.dumps(data), self.random.randrange(20)
        name = json.dumps(self.random.choice(sorted(data) or ["x"]))
        if kind == 0:
            deep = self.random.choice([100, 900, 100000])
            return '{"deep": %s%s, %s' % ("[" * deep, "]" * deep, text[1:])
        if kind == 1:
            deep = self.random.choice([100, 400, 900, 100000])
            return '%s, %s: %s1%s}' % (text[:-1], name, '{"a": ' * deep, "}" * deep)
        if kind == 2:
            return '{%s: %s, %s' % (name, json.dumps(self.value()), text[1:])
        if kind == 3:
            return '%s, %s: %s}' % (text[:-1], name, json.dumps(self.value()))
        if kind == 4:
            return '%s, %s: %s}' % (text[:-1], name, "9" * 5000)
        return "\ufeff" + text if kind == 5 else text

    def loaded(self, text):
        """Return what Python reads, an empty object if it refuses the text."""
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def worse(self, data, most=3):
        """Return a copy with some members replaced, left out or added."""
        data = dict(data)
        for _each in range(self.random.randint(0, most)):
            name = self.random.choice(sorted(data) + ["extra"])
            if self.random.random() < 0.2:
                data.pop(name, None)
            else:
                data[name] = self.value()
        return data

    def counts(self):
        """Return what nobody may change."""
        compat.flush(self.env)
        found = []
        for table in TABLES:
            self.env.cr.execute(
                "SELECT count(*) FROM " + table)  # pylint: disable=sql-injection
            found.append((table, self.env.cr.fetchone()[0]))
        self.env.cr.execute(
            "SELECT name, function FROM res_partner WHERE id = %s", [self.secret.id])
        return found + self.env.cr.fetchall()

    # -- messages ----------------------------------------------------------------------

    def sent(self, number):
        """Return a hostile message."""
        data = {
            "conversationId": "cid" + self.random.choice(["a", "b", "c"]),
            "chatbotCorpId": self.random.choice([self.own] * 9 + [ELSEWHERE]),
            "senderCorpId": self.random.choice([self.own] * 9 + [ELSEWHERE]),
            "chatbotUserId": "x", "msgId": "hostile %d" % number,
            "senderNick": self.text(), "isAdmin": True, "createAt": 1,
            "conversationType": self.random.choice(["1", "2"]),
            "conversationTitle": self.text(), "senderId": "y",
            "senderStaffId": self.random.choice(self.userids),
            "sessionWebhookExpiredTime": self.value(),
            "sessionWebhook": self.text(), "robotCode": self.robot,
            "msgtype": self.random.choice(
                ["text", "text", "text", "richText", "audio", "file", "picture"]),
            "text": {"content": self.text()},
            "content": {"recognition": self.text(), "downloadCode": self.text(),
                        "fileName": self.text(), "richText": [{"text": self.text()}]},
        }
        if self.random.random() < 0.1:
            data["text"] = {"content": "#%d %s" % (self.topic, self.text())}
        return self.worse(data)

    def test_messages(self):
        outcomes = set()
        self.batches(self.some_messages, outcomes)
        self.assertLessEqual({"answered", "unknown_person"}, outcomes)

    def some_messages(self, numbers, outcomes):
        before, outside = self.counts(), {}
        base = self.env[MESSAGE].search([])
        for number in numbers:
            text = self.raw(self.sent(number))
            data = self.loaded(text)
            key = clean(data.get("msgId"))
            if clean(data.get("chatbotCorpId")) in ("", self.own):
                outside.setdefault(
                    key, clean(data.get("senderCorpId")) not in ("", self.own))
            with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
                app = self.app.sudo().with_env(self.app.sudo().env(cr=cr))
                self.assertIsNone(app._chat_receive({}, data), self.failed(text))
        while self.env[MESSAGE]._process():
            compat.forget(self.env)
        compat.forget(self.env)
        rows = self.env[MESSAGE].search([]) - base
        self.assertGreater(len(rows), len(numbers) // 3)
        for row in rows:
            said = self.failed([row.text, row.last_error])
            self.assertEqual(row.state, "done", said)
            self.assertNotEqual(row.outcome, "error", said)
            self.assertIn(row.message_key, outside, said)
            if outside[row.message_key]:
                self.assertEqual(row.outcome, "ignored", said)
                self.assertFalse(row.answer, said)
            for step in json.loads(row.answer or "[]"):
                body = step["body"]
                content = body[body["msgtype"]]
                self.assertIsNone(problem_of(content["text"]), said)
                self.assertNotIn(HIDDEN, json.dumps(body), said)
                self.assertLessEqual(len(json.dumps(body).encode("utf-8")), 15000, said)
                if step["to"] == "chat" and row.group_id and row.person_id.user_id:
                    # Strangers get the address of Odoo, others no link for a group.
                    self.assertNotIn("](" + SLIDE, content["text"], said)
        self.assertEqual(self.counts(), before, self.failed(""))
        self.assertEqual(self.errors.found, [], self.failed(""))
        outcomes.update(rows.mapped("outcome"))

    def failed(self, what):
        return Said(self.seed, what)

    # -- presses -----------------------------------------------------------------------

    def pressed(self, receivers):
        """Return the JSON of a hostile callback.

        :param dict receivers: userid of each copy of the card
        """
        track = self.random.choice(list(receivers))
        action = self.random.choice(["action_1"] * 3 + ["action_2", self.text()])
        content = {"cardPrivateData": {
            "actionIds": [action],
            "params": {"input_1": self.value(), self.text(): self.value()}}}
        data = self.worse({
            "type": "actionCallback",
            "outTrackId": self.random.choice([track] * 12 + [
                uuid.uuid4().hex, track.upper(), track + " ", track[:-1], "%"]),
            "corpId": self.random.choice([self.own] * 3 + [ELSEWHERE]),
            "userId": self.random.choice([receivers[track]] + self.userids),
            "content": self.raw(content), "extension": self.text(),
        }, 2)
        if self.random.random() < 0.1:
            data["type"] = "dynamicDataCallback"
        return self.raw(data)

    def may_act(self, data, receivers):
        """Tell whether a callback, as it was read, may act."""
        track, userid = data.get("outTrackId"), data.get("userId")
        return bool(
            isinstance(track, str) and track in receivers
            and userid == receivers[track]
            and data.get("corpId") in (self.own, None, "")
            and data.get("type") in ("actionCallback", None, "")
        )

    def test_presses(self):
        self.setup.action_ids.write({"decides": False})
        self.setup.write({"line_ids": [
            (0, 0, {"field_path": "parent_id.name", "shown": "card"}),
            (0, 0, {"field_path": "parent_id.name", "shown": "viewer"})]})
        self.partner.parent_id = self.secret
        receivers = collections.OrderedDict(
            (copy.out_track_id, copy.person_id.userid)
            for copy in self.send(self.people[:3]).copy_ids.sorted("id"))
        secret = "s" * 32
        self.env["dingding.secret"]._set(self.app, SECRET, secret)
        self.batches(self.some_presses, receivers, secret)
        self.assertTrue(self.called)

    def some_presses(self, numbers, receivers, secret):
        before = self.counts()
        for number in numbers:
            text = self.pressed(receivers)
            data = self.loaded(text)
            right = self.may_act(data, receivers)
            acted = len(self.called)
            if number % 4:
                answer = self.take(data, self.random.choice(
                    [uuid.uuid4().hex, "", self.text(), 7, ["x"], {"x": 1}]))
            else:
                status, answer = self.post(text, secret)
                self.assertIn(status, (200, 400, 413), self.failed(text))
            shown = json.dumps(answer)
            self.assertNotIn(HIDDEN, shown, self.failed(text))
            self.assertNotIn("](", shown, self.failed(text))
            for uid, ids, _reason in self.called[acted:]:
                self.assertTrue(right, self.failed(text))
                self.assertEqual(ids, self.partner.ids, self.failed(text))
                self.assertEqual(
                    uid, self.user_of[data["userId"]], self.failed(text))
        self.assertEqual(self.counts(), before, self.failed(""))
        self.assertEqual(self.errors.found, [], self.failed(""))
        self.assertNotIn("failed", self.outcomes())

    def post(self, text, secret):
        """Return (status, answer) over HTTP; the signature does not cover the body."""
        timestamp = str(int(time.time() * 1000))
        content = text.encode("utf-8")
        if self.random.random() < 0.1:
            place = self.random.randrange(len(content))
            content = content[:place] + b"\xff\x00" + content[place:]
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            apps = self.app.sudo().with_env(self.app.sudo().env(cr=cr))
            return apps._card_receive(
                self.robot, {
                    "x-ddpaas-signature-timestamp": timestamp,
                    "x-ddpaas-signature": cards.signature(secret, timestamp),
                }, content)
