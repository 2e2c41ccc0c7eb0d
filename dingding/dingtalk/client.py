# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Call DingTalk for one application of one organisation.

The client takes plain values and has no state besides its collaborators: a token store,
a limiter and a transport, each replaceable. It is thread-safe.
"""

import logging
import re
import time
from urllib.parse import urlsplit

from . import errors, tokens
from .api.approvals import Approvals
from .api.approvals_oapi import ApprovalsOapi
from .api.auth import Auth
from .api.callbacks import Callbacks
from .api.cards import Cards
from .api.contacts import Contacts
from .api.hrm import Hrm
from .api.jsapi import Jsapi
from .api.leave import Leave
from .api.media import Media
from .api.messages import Messages
from .api.meter import Meter
from .api.robots import Robots
from .errors import (
    BadCredentialsError,
    DingTalkError,
    InvalidTokenError,
    RateLimitedError,
    TransportError,
    UnexpectedAnswerError,
    argument_error,
)
from .limits import AT_ONCE, RateLimiter, backoff
from .redact import redact
from .tokens import MemoryTokenStore, Token
from .transport import Hosts, Transport

MAX_ATTEMPTS = 4  # DingTalk's advice for a busy server: at most three retries
MAX_WAIT = 30.0  # seconds that one call may wait before its last attempt

TOKEN_HEADER = "x-acs-dingtalk-access-token"

# The code for a bad token, and for a bad secret too.
_AMBIGUOUS_TOKEN_CODE = "40001"

# An HTML page with one of these is a wrong address or a proxy, never a ban.
_PLAIN_PAGES = (400, 401, 404, 407)

# The error code in the storage's XML.
_STORAGE_CODE = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>")

# Instance attributes of a client.
_OWN_NAMES = (
    "credential", "hosts", "tokens", "transport", "limiter", "max_attempts",
    "max_wait", "at_once", "clock_difference",
)

_PATH = re.compile(r"/[A-Za-z0-9_\-./~%+=:@!$&'()*,;]*\Z")

_logger = logging.getLogger("dingtalk")


#: Attribute of the client -> class for an area of DingTalk's API.
AREAS = {
    "auth": Auth,
    "contacts": Contacts,
    "messages": Messages,
    "media": Media,
    "hrm": Hrm,
    "jsapi": Jsapi,
    "leave": Leave,
    "robots": Robots,
    "approvals": Approvals,
    "approvals_oapi": ApprovalsOapi,
    "callbacks": Callbacks,
    "cards": Cards,
    "meter": Meter,
}


def register(name, area):
    """Add an area of DingTalk's API to each new client.

    For addons, on import.

    :param str name: attribute of the client
    :param area: class, see :class:`.api.base.Area`; instantiated with the client
    :raise ValueError: the name cannot be an attribute, or is already used
    """
    if not name.isidentifier() or name.startswith("_"):
        raise ValueError("%r cannot name an area" % (name,))
    known = AREAS.get(name)
    if known is None and (hasattr(DingTalkClient, name) or name in _OWN_NAMES):
        raise ValueError("the client has an attribute %s already" % name)
    if known is not None and _origin(known) != _origin(area):
        raise ValueError("%s is the area %r already" % (name, known))
    AREAS[name] = area


def _origin(area):
    # Reloading a module creates its classes anew.
    return area.__module__, area.__name__


class Credential(object):
    """The keys of one application.

    :param str app_key: AppKey, called Client ID today
    :param str app_secret: AppSecret, called Client Secret today
    :param str agent_id: AgentId, for messages
    :param str corp_id: CorpId of the organisation
    """

    __slots__ = ("app_key", "app_secret", "agent_id", "corp_id")

    def __init__(self, app_key, app_secret, agent_id="", corp_id=""):
        self.app_key = app_key
        self.app_secret = app_secret
        self.agent_id = agent_id
        self.corp_id = corp_id

    def __repr__(self):
        return "Credential(%r, '***', %r, %r)" % (
            self.app_key,
            self.agent_id,
            self.corp_id,
        )


class DingTalkClient(object):
    """Call DingTalk for one application.

    :param Credential credential: the keys of the application
    :param Hosts hosts: addresses of DingTalk; no other hosts are ever called
    :param tokens: token store (see :mod:`.tokens`), shared by all clients of the
        application; default: in memory of this object
    :param Transport transport: sends the requests
    :param RateLimiter limiter: shared by all clients of the application
    :param clock: seconds since the epoch
    :param sleep: waits this many seconds
    :param int max_attempts: attempts of one call in total; 1 never retries
    :param on_call: called after each request as ``on_call(api, status, code,
        seconds)``: path without ids, HTTP status or None, DingTalk's code or an empty
        string, duration
    :param float max_wait: total seconds that one call may wait, for answers and between
        its attempts, before its last attempt; 0 if a person is waiting
    :param ledger: counts what DingTalk bills: ``check(api)`` before each request, which
        may raise a DingTalkError instead of sending it, and ``count(api, status,
        error)`` after it, with the HTTP status or None and the DingTalkError or None
    :param int at_once: how many calls a caller with many of them may make at a time
    """

    def __init__(
        self,
        credential,
        hosts=None,
        tokens=None,
        transport=None,
        limiter=None,
        clock=time.time,
        sleep=time.sleep,
        max_attempts=MAX_ATTEMPTS,
        on_call=None,
        max_wait=MAX_WAIT,
        ledger=None,
        at_once=AT_ONCE,
    ):
        self.credential = credential
        self.hosts = hosts or Hosts()
        self.tokens = MemoryTokenStore(clock) if tokens is None else tokens
        self.transport = transport or Transport()
        self.limiter = limiter or RateLimiter(sleep=sleep)
        self.max_attempts = max(int(max_attempts), 1)
        self.max_wait = max_wait
        self.at_once = at_once
        self._clock = clock
        self._sleep = sleep
        self._on_call = on_call
        self._ledger = ledger
        #: How far DingTalk's clock is ahead of ours, in seconds, accurate to about a
        #: second; None before the first answer.
        self.clock_difference = None

        for name, area in AREAS.items():
            setattr(self, name, area(self))

    def __repr__(self):
        return "DingTalkClient(%r)" % (self.credential,)

    # ------------------------------------------------------------------
    # Tokens
    # ------------------------------------------------------------------

    def app_token(self, refused=None):
        """Return a valid access token of the application.

        :param str refused: a value that DingTalk has refused, never returned again
            unless DingTalk itself issues it again
        :raise BadCredentialsError: AppKey or AppSecret is wrong
        """
        if refused is None:
            token = self.tokens.get(tokens.APP)
            if token is not None:
                return token.value
        return self.tokens.renew(tokens.APP, self._fetch_app_token, refused).value

    def _fetch_app_token(self):
        value, lifetime = self.auth.app_token()
        return Token(value, self._clock() + lifetime)

    def now(self):
        """Return the seconds since the epoch by the client's clock."""
        return self._clock()

    # ------------------------------------------------------------------
    # The two API families
    # ------------------------------------------------------------------

    def oapi(
        self,
        path,
        body=None,
        params=None,
        method="POST",
        idempotent=True,
        token=True,
        files=None,
    ):
        """Call the old family (``oapi``) and return its answer; raise its errors.

        https://open.dingtalk.com/document/development/server-api-calling-guide

        :param str path: ``topapi/v2/user/get``, with or without the first slash
        :param dict body: JSON, or the plain fields of the form if there are files
        :param dict params: query
        :param bool idempotent: whether the call may be repeated safely
        :param token: True for the token of the application, False for none, or the
            token itself
        :param dict files: field -> (file name, bytes, media type)
        :rtype: dict
        :raise DingTalkError: see :mod:`.errors`
        """
        return self._call(
            _Call(
                self, True, method, path, None, body, params, idempotent, token, files
            )
        )

    def api(
        self,
        method,
        path,
        body=None,
        params=None,
        idempotent=True,
        token=True,
        api=None,
    ):
        """Call the new family (``api``) and return its answer.

        https://open.dingtalk.com/document/development/server-api-calling-guide

        :param str method: HTTP method
        :param str path: ``/v1.0/...``, with quoted ids
        :param dict body: JSON
        :param dict params: query
        :param bool idempotent: whether the call may be repeated safely
        :param token: True for the token of the application, False for none, or the
            token itself (a user's)
        :param str api: the path with names instead of ids, for counting and rate
            limits; default: the path itself
        :rtype: dict
        :raise DingTalkError: see :mod:`.errors`
        """
        return self._call(
            _Call(self, False, method, path, api, body, params, idempotent, token, None)
        )

    # ------------------------------------------------------------------
    # Files on DingTalk's storage
    # ------------------------------------------------------------------

    def put_file(self, url, content, headers):
        """Upload bytes to a storage address named by DingTalk.

        :raise TransportError: not a host of DingTalk's storage; not reached; refused
        """
        self._transfer("PUT", url, content, headers)

    def get_file(self, url, most):
        """Return the bytes at a storage address named by DingTalk.

        :param int most: maximum number of bytes to read
        :raise TransportError: not a host of DingTalk's storage; not reached; refused
        """
        return self._transfer("GET", url, most=most)

    def _transfer(self, method, url, content=None, headers=None, **options):
        if not self.hosts.allows_storage(url):
            raise TransportError(
                "storage_host",
                "the address for the file is none of DingTalk's: %s" % _host(url),
                retryable=False,
            )
        status, answer = self.transport.transfer(
            method, url, content, headers, **options
        )
        if status != 200:
            said = _STORAGE_CODE.search(answer[:2000])
            raise TransportError(
                "storage",
                "DingTalk's storage refused the file (HTTP %d%s)"
                % (status, said and " " + said.group(1).decode("ascii") or ""),
                remedy="server_busy" if status >= 500 else None,
                detail={"status": status},
            )
        return answer

    # ------------------------------------------------------------------
    # One call: token, rate limit, attempts
    # ------------------------------------------------------------------

    def _call(self, call):
        try:
            return self._attempts(call)
        except DingTalkError as error:
            # The last attempt may have been refused, but an earlier one carried out.
            error.outcome_unknown = error.outcome_unknown or call.maybe_done
            raise

    def _attempts(self, call):
        token = self.app_token() if call.token is True else call.token or None
        renewed = False
        attempt = 0
        waited = 0.0
        while True:
            if self._ledger is not None:
                self._ledger.check(call.api)
            waited_here = self.limiter.acquire(call.api)
            if waited_here and call.token is True:
                # Another worker may have been refused it.
                stored = self.tokens.get(tokens.APP)
                token = token if stored is None else stored.value
            began = time.monotonic()
            error = self._attempt(call, token)
            # Four attempts without an answer would take longer than Odoo lets
            # scheduled actions run.
            waited += time.monotonic() - began
            if not isinstance(error, DingTalkError):
                return error
            if isinstance(error, InvalidTokenError):
                if call.token is True and not renewed:
                    # Renew once per call, however the token was refused. This does
                    # not count as an attempt: DingTalk did nothing.
                    renewed = True
                    self.tokens.refuse(tokens.APP, token)
                    token = self.app_token(refused=token)
                    continue
                raise _settled(error, call, renewed)
            attempt += 1
            call.maybe_done = call.maybe_done or error.outcome_unknown
            delay = self._delay(call, error, attempt, waited)
            if delay is None:
                raise error
            waited += delay
            self._sleep(delay)

    def _delay(self, call, error, attempt, waited):
        """Return the seconds before the next attempt, or None to give up."""
        if not error.retryable or attempt >= self.max_attempts:
            return None
        if error.outcome_unknown and not call.idempotent:
            # A duplicate is worse than an unknown outcome.
            return None
        delay = backoff(attempt, error.wait)
        if waited + delay > self.max_wait:
            return None
        if isinstance(error, RateLimitedError) or error.code == errors.WEB_PAGE:
            # Spare the other threads the same refusal; a page may be a ban.
            self.limiter.hold(call.api, delay)
        return delay

    def _attempt(self, call, token):
        """Send once; return the answer, or the error without raising it."""
        started = time.monotonic()
        answer, status, code, request_id = None, None, "", ""
        try:
            answer = call.send(token)
            status = answer.status
            self._compare_clocks(answer)
            result = call.interpret(answer, token, self._server_now(answer))
        except DingTalkError as error:
            result = error
        if isinstance(result, DingTalkError):
            code, request_id = result.code, result.request_id
        elapsed = time.monotonic() - started
        _logger.debug(
            "%s %s status=%s errcode=%s %d ms request=%s",
            call.method,
            call.api,
            status,
            code or "0",
            elapsed * 1000,
            request_id or (answer is not None and _request_id(answer)) or "-",
        )
        self._tell(call, status, code, elapsed, result)
        return result

    def _tell(self, call, status, code, elapsed, result):
        """Report a request to the counters, which must not break the calls."""
        try:
            if self._ledger is not None:
                error = result if isinstance(result, DingTalkError) else None
                self._ledger.count(
                    call.api, status, error, self._clock() - elapsed,
                    self.clock_difference or 0.0,
                )
            if self._on_call is not None:
                self._on_call(call.api, status, code, elapsed)
        except Exception:
            _logger.exception("the meter of DingTalk calls failed")

    def _compare_clocks(self, answer):
        if answer.server_date is not None:
            self.clock_difference = answer.server_date - self._clock()

    def _server_now(self, answer):
        return self._clock() if answer.server_date is None else answer.server_date


class _Call(object):
    """Hold one call: how to send it and how to read its answer."""

    def __init__(
        self,
        client,
        old,
        method,
        path,
        api,
        body,
        params,
        idempotent,
        token,
        files,
    ):
        if not path.startswith("/"):
            path = "/" + path
        if not _PATH.match(path) or "//" in path or "/../" in path + "/":
            raise argument_error("the path %r cannot be called" % (path,))
        self.old = old
        self.method = method.upper()
        self.path = path
        self.api = api or path
        self.body = body
        self.params = params
        self.idempotent = idempotent
        #: whether an attempt had an unknown outcome
        self.maybe_done = False
        self.token = token
        self.files = files
        self._transport = client.transport
        self._secret = client.credential.app_secret
        self.url = (client.hosts.oapi if old else client.hosts.api) + path
        if not client.hosts.allows(self.url):
            raise argument_error("%s is none of DingTalk's hosts" % redact(self.url))

    def send(self, token):
        params = dict(self.params or {})
        headers = {}
        if token and self.old:
            params["access_token"] = token
        elif token:
            headers[TOKEN_HEADER] = token
        body = {"json": self.body}
        if self.files is not None:
            body = {"data": self.body or {}, "files": self.files}
        failure = None
        try:
            return self._transport.request(
                self.method, self.url, params=params, headers=headers, **body
            )
        except (UnicodeError, ValueError):
            # Nothing was sent. The library's text may quote the value.
            failure = argument_error("a value cannot be written as JSON")
        raise failure

    def interpret(self, answer, token, now):
        """Return the answer's dict, or the error it represents."""
        payload, status = answer.payload, answer.status
        secrets = tuple(value for value in (self._secret, token) if value)
        if not isinstance(payload, dict):
            return self._no_object(answer, secrets)
        ban = errors.ban_in(payload)
        if ban is not None:
            return ban
        code = errors.errcode_of(payload)
        if self.old:
            if code == "0" and status < 400:
                return payload
            if code is not None and code != "0":
                return errors.error_from_oapi(
                    payload, status, now, answer.headers, secrets
                )
            if status >= 400:
                return errors.error_from_api(
                    payload, status, now, answer.headers, secrets
                )
            return UnexpectedAnswerError(
                "no_errcode",
                "the answer has no error code",
                _request_id(answer),
                outcome_unknown=True,
            )
        if status < 400 and (code is None or code == "0"):
            return payload
        return errors.error_from_api(payload, status, now, answer.headers, secrets)

    def _no_object(self, answer, secrets):
        status = answer.status
        if status >= 500:
            return TransportError(
                "HTTP %d" % status,
                "DingTalk's server failed",
                _request_id(answer),
                remedy="server_busy",
                detail={"status": status},
                outcome_unknown=True,
            )
        if status == 429:
            return errors.error_from_api({}, status, None, answer.headers, secrets)
        if answer.is_html and status not in _PLAIN_PAGES:
            return errors.web_page(status)
        empty = answer.payload is None and not answer.text_start
        if empty and status == 204 and not self.old:
            return {}
        if empty and status < 300:
            return TransportError(
                "empty",
                "the answer is empty (HTTP %d)" % status,
                _request_id(answer),
                remedy="server_busy",
                detail={"status": status},
                outcome_unknown=True,
            )
        text = "the answer is not what DingTalk sends (HTTP %d)" % status
        if answer.text_start:
            text += ": " + redact(answer.text_start, secrets)
        return TransportError(
            "not_json",
            text,
            _request_id(answer),
            remedy="not_json",
            detail={"status": status},
            outcome_unknown=True,
        )


def _host(url):
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"


def _request_id(answer):
    value = answer.headers.get("x-acs-request-id", "")
    if isinstance(answer.payload, dict):
        value = answer.payload.get("request_id", value)
    return value


def _settled(error, call, renewed):
    """Return the error for a token that is still refused after a renewal."""
    if error.code == _AMBIGUOUS_TOKEN_CODE and (renewed or not call.token):
        return BadCredentialsError(
            error.code, error.message, error.request_id, detail=error.detail
        )
    if renewed:
        # DingTalk may accept the new one later; what waits in a queue must not fail.
        error.retryable = True
    return error
