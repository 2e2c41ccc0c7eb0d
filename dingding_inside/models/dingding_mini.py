# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Answer requests of a mini-program.

docs/api/mini-program.yaml describes them.
"""
import collections
import json
import logging
import random
import re
import time

from psycopg2 import OperationalError, errorcodes

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk import beijing
from odoo.addons.dingding.dingtalk.errors import DingTalkError
from odoo.addons.dingding.models.queue import CONFLICTS
from odoo.addons.dingding.models.texts import LARGEST_NUMBER, are_texts
from odoo.addons.dingding_signin.models.dingding_signin import Visitor
from odoo.addons.dingding_signin.models.safe_path import LONGEST

from .dingding_mini_session import SECONDS

_logger = logging.getLogger(__name__)

READ_BYTES = 1024 * 1024  # of a body; larger ones are not read
MAX_BYTES = 64 * 1024  # of a body that is parsed
PAGE, MOST = 20, 50  # rows per page: default and maximum
TRIES = 5  # of a transaction with serialization failures
DISTURBED = CONFLICTS + (errorcodes.LOCK_NOT_AVAILABLE,)
NUMBER = re.compile(r"[1-9][0-9]{0,9}\Z")
BEARER = re.compile(r"Bearer ([0-9a-f]{64})\Z")

#: A request. path: below the root, without slashes around it; query: dict; content:
#: bytes, None when it was too large to be read; address, agent: of the client
Asked = collections.namedtuple(
    "Asked", "method path query content content_type bearer language address agent"
)
#: Arguments of a route's method. query: dict of texts; body: dict; session:
#: ``dingding.mini.session`` with sudo, empty on routes without sign-in
Call = collections.namedtuple("Call", "query body session asked")


class MiniError(Exception):
    """An error for the mini-program.

    :param str error: a word for programs
    :param int status: of HTTP
    :param str text: a sentence for a person
    :param str remedy: what the person can do, or ''
    :param bool keep: commit what was written before
    """

    def __init__(self, error, status, text, remedy="", keep=False):
        super().__init__(error)
        self.error, self.status, self.text, self.remedy = error, status, text, remedy
        self.keep = keep

    def answer(self):
        """Return (status, payload)."""
        return self.status, {
            "error": self.error, "text": self.text, "remedy": self.remedy,
        }


def serve(dbname, asked):
    """Return (status, payload) for a request of a mini-program.

    Errors are sentences, never tracebacks. With ``errors=200`` the status is always
    200: ``dd.httpRequest`` shows no other bodies.

    :param Asked asked: as received by the route
    """
    status, payload = _serve(dbname, asked)
    return 200 if asked.query.get("errors") == "200" else status, payload


def _serve(dbname, asked):
    """Handle each call in its own transaction, retried after serialization failures."""
    for number in range(1, TRIES + 1):
        try:
            return _serve_once(dbname, asked)
        except MiniError as error:
            return error.answer()
        except OperationalError as error:
            if error.pgcode not in DISTURBED or number == TRIES:
                _logger.warning("%s %s: %s", asked.method, asked.path, error.pgcode)
                return _failed(503)
            time.sleep(random.uniform(0, 0.1 * 2 ** number))
        except Exception:
            _logger.exception("Mini-program: %s %s", asked.method, asked.path)
            return _failed(500)
    return _failed(503)


def _serve_once(dbname, asked):
    with compat.manage_environments(), compat.telling_processes(dbname):
        with compat.open_cursor(dbname) as cr:
            mini = api.Environment(cr, SUPERUSER_ID, {})["dingding.mini"]
            try:
                answer = 200, mini._dispatch(asked)
            except MiniError as error:
                if not error.keep:
                    raise
                answer = error.answer()
            compat.flush(mini.env)
    return answer


def _failed(status):
    # Without the database the user's language is unknown.
    return MiniError(
        "failed", status, "Odoo 出错了，请稍后重试。 / Odoo has failed. Try again later.",
    ).answer()


class DingdingMini(models.AbstractModel):
    """Handle the routes of a mini-program; addons add theirs to ``_mini_routes``.

    The method of a route runs as the user, with the user's rights, language and time
    zone, and returns a dictionary, the answer. ``MiniError`` and Odoo's own refusals
    become error messages.
    """

    _name = "dingding.mini"
    _description = "DingTalk Mini-program API"

    @api.model
    def _mini_routes(self):
        """Return the routes: (method, path, name of a method, requires sign-in).

        ``<number>`` in a path is a record id, passed to the method after the ``Call``.
        """
        return [
            ("POST", "session", "_mini_sign_in", False),
            ("DELETE", "session", "_mini_sign_out", True),
            # Mini-programs support GET and POST only.
            ("POST", "session/end", "_mini_sign_out", True),
            ("GET", "me", "_mini_me", True),
            ("GET", "messages", "_mini_messages", True),
            ("GET", "find", "_mini_find", True),
        ]

    # -- dispatch ------------------------------------------------------------------

    @api.model
    def _dispatch(self, asked):
        """Return the answer to a request.

        :raise MiniError: every error for the person
        """
        public = self.env.ref("base.public_user")
        lang = self._language(asked.language)
        mini = self.with_env(self.env(user=public.id, context={"lang": lang}))
        name, numbers, signed_in = mini._route(asked)
        session = self.env["dingding.mini.session"].browse()
        if signed_in:
            session = self.env["dingding.mini.session"]._find(asked.bearer or "")
            if not asked.bearer or not session:
                raise MiniError(
                    "session", 401, mini._said("session"), mini._said("sign_in"))
            mini = mini._of(session.user_id)
        call = Call(asked.query, mini._body(asked), session, asked)
        if not are_texts([call.query, call.body]):
            raise MiniError(
                "parameter", 400, _(
                    "A text contains characters that cannot be stored."))
        return mini._told(lambda: getattr(mini, name)(call, *numbers))

    @api.model
    def _of(self, user):
        """Return this model in the user's environment."""
        context = {
            "lang": user.lang or "en_US",
            "tz": user.tz or beijing.ZONE,
            "uid": user.id,
        }
        return compat.with_user(self.with_context(**context), user)

    @api.model
    def _told(self, work):
        """Call a function; convert Odoo's exceptions.

        :raise MiniError: instead of Odoo's exceptions
        """
        try:
            result = work()
            # Deferred checks raise here.
            compat.flush(self.env)
            return result
        except AccessError:
            raise MiniError("access", 403, _("You may not do this."))
        except compat.REFUSALS as error:
            raise MiniError("refused", 422, str(error.args[0] if error.args else error))
        except DingTalkError as error:
            _logger.warning("DingTalk, for a mini-program: %s", error)
            raise MiniError(
                "dingtalk", 502, _("DingTalk's response could not be read."),
                _("Try again in a moment."),
            )

    @api.model
    def _route(self, asked):
        """Return (name of the method, numbers in the path, requires sign-in)."""
        parts, known = asked.path.split("/"), False
        for method, path, name, signed_in in self._mini_routes():
            numbers = self._numbers(path.split("/"), parts)
            if numbers is None:
                continue
            known = True
            if method == asked.method:
                return name, numbers, signed_in
        if known:
            raise MiniError("method", 405, _("This is not possible here."))
        raise MiniError("unknown", 404, _("Nothing was found at this URL."))

    @api.model
    def _numbers(self, wanted, parts):
        """Return the numbers in a path, None if the path does not match."""
        if len(wanted) != len(parts):
            return None
        numbers = []
        for want, part in zip(wanted, parts):
            if want == "<number>":
                if not NUMBER.match(part) or int(part) > LARGEST_NUMBER:
                    return None
                numbers.append(int(part))
            elif want != part:
                return None
        return numbers

    @api.model
    def _body(self, asked):
        """Return the object in the body, empty without a body."""
        if asked.content is None or len(asked.content) > MAX_BYTES:
            raise MiniError("size", 413, _("The request is too large."))
        if asked.method == "GET" or not asked.content:
            return {}
        if asked.content_type != "application/json":
            raise MiniError("content_type", 415, _("Send application/json."))
        try:
            body = json.loads(asked.content.decode("utf-8"))
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise MiniError("json", 400, _("The request body is not a JSON object."))
        return body

    @api.model
    def _language(self, wanted):
        """Return the best installed language for the request's header."""
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        for each in (wanted or "")[:200].split(","):
            tag = each.split(";")[0].strip().replace("-", "_").lower()
            same = [code for code in codes if code.lower() == tag] or [
                code for code in codes if code.split("_")[0] == tag.split("_")[0]
            ]
            if same:
                return same[0]
        return "en_US"

    @api.model
    def _said(self, key):
        return {
            "session": _("You are no longer signed in."),
            "sign_in": _("Sign in again."),
        }[key]

    # -- helpers for routes --------------------------------------------------------

    @api.model
    def _page_of(self, call):
        """Return the requested (offset, limit)."""
        offset = self._whole(call.query, "offset", 0, LARGEST_NUMBER)
        return offset, max(1, self._whole(call.query, "limit", PAGE, MOST))

    @api.model
    def _whole(self, values, name, default, most):
        """Return a non-negative integer, limited to ``most``."""
        value = values.get(name, default)
        if isinstance(value, str) and re.match(r"[0-9]{1,10}\Z", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise MiniError("parameter", 400, _("%s is not a whole number.") % name)
        return min(value, most)

    @api.model
    def _paged(self, records, offset, limit, show):
        """Return a page of records; the search included one more than the limit.

        :param show: returns the dictionary of one record
        """
        more = len(records) > limit
        return {
            "items": [show(record) for record in records[:limit]],
            "next": offset + limit if more else None,
        }

    @api.model
    def _time(self, value):
        """Return a time as ISO 8601 in UTC, None if empty."""
        if not value:
            return None
        return fields.Datetime.from_string(value).isoformat() + "Z"

    # -- sign-in -------------------------------------------------------------------

    @api.model
    def _mini_sign_in(self, call):
        """Start a session for the person of a code of ``dd.getAuthCode``."""
        visitor = Visitor(
            "", call.asked.address, call.asked.agent, None, None, False)
        signin = self.env["dingding.signin"]
        if signin._is_busy(visitor):
            self._raise(signin._refuse("mini", "busy", visitor))
        code, chosen = call.body.get("code"), call.body.get("corp")
        if not isinstance(code, str) or not isinstance(chosen, (str, type(None))):
            raise MiniError("parameter", 400, _("%s is not text.") % "code, corp")
        corp = signin._corp("mini", chosen)
        if corp is None:
            self._raise(signin._refuse("mini", "way_off", visitor))
        app = corp._mini_app()
        proven, outcome = signin._ask_inside(
            "mini", visitor, corp, app.id, code[:LONGEST])
        if outcome:
            self._raise(outcome)
        decision, outcome = signin._proven(
            "mini", visitor, corp,
            lambda: self.env["dingding.signin.policy"]._decide(corp, proven),
        )
        if outcome:
            self._raise(outcome)
        known = {"person_id": decision.person, "user_id": decision.user}
        if not decision.user:
            self._raise(signin._refuse(
                "mini", decision.reason, visitor, corp, person_id=decision.person))
        reason, answer = self._begin_session(app, decision)
        if reason:
            self._raise(signin._refuse("mini", reason, visitor, corp, **known))
        self.env["dingding.signin.log"]._note(
            "mini", decision.result, visitor, corp, **known)
        return answer

    @api.model
    def _begin_session(self, app, decision):
        """Return (reason for refusal, answer), one of them None.

        A separate transaction sees a new user.
        """
        with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            user = env["res.users"].browse(decision.user)
            if not user.has_group("base.group_user"):
                return "kind", None
            if compat.asks_second_factor(user):
                return "second_factor", None
            token, session = env["dingding.mini.session"]._begin(
                env["dingding.app"].browse(app.id), decision.person, user.id)
            mini = env["dingding.mini"]._of(user)
            answer = dict(
                mini._about(session), token=token, token_type="Bearer",
                expires_in=SECONDS,
            )
            compat.flush(env)
        return None, answer

    @api.model
    def _raise(self, outcome):
        """Raise an outcome of the sign-in.

        :raise MiniError: always
        """
        words = {429: "busy", 404: "way_off", 400: "code", 403: "refused"}
        raise MiniError(
            words.get(outcome.status, "dingtalk"), outcome.status, outcome.text,
            keep=True,
        )

    @api.model
    def _mini_sign_out(self, call):
        call.session._end()
        return {"ended": True}

    # -- own data --------------------------------------------------------------------

    @api.model
    def _mini_me(self, call):
        return self._about(call.session)

    @api.model
    def _about(self, session):
        """Return the signed-in user."""
        user, person = self.env.user, session.person_id
        return {
            "user": {
                "name": user.name,
                "lang": user.lang or "en_US",
                "tz": self.env.context["tz"],
            },
            "company": user.company_id.name,
            "corp": {
                "id": person.corp_id.corp_id or str(person.corp_id.id),
                "name": person.corp_id.name,
            },
            "person": {"name": person.name, "userid": person.userid},
            "expires_at": self._time(session.expires_at),
        }

    @api.model
    def _mini_messages(self, call):
        """Return the user's own messages, newest first."""
        offset, limit = self._page_of(call)
        rows = self.env["dingding.message.recipient"].search(
            [("is_mine", "=", True)], offset=offset, limit=limit + 1
        )
        return self._paged(
            rows, offset, limit,
            lambda row: {
                "id": row.id,
                "title": row.title or "",
                "kind": row.kind,
                "sender": row.sender_id.name or "",
                "sent_at": self._time(row.sent_at),
                "unread": row.state == "unread",
            },
        )

    @api.model
    def _mini_find(self, call):
        """Return where a scanned code leads."""
        code = (call.query.get("code") or "").strip()[:LONGEST]
        if not code:
            raise MiniError("parameter", 400, _("%s is missing.") % "code")
        path = self.env["dingding.microapp"]._microapp_find(code)
        return {"path": path or None}
