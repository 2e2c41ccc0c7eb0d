# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Define all errors of DingTalk, and the table that classifies them.

Every error has DingTalk's code and message, and says whether the call may be repeated
(``retryable``) and what helps (``remedy``).

Errors never hold the client, the request, a token or a secret.
"""

import re
import time

from .beijing import beijing_time
from .redact import redact

#: Keys of what a person can do about an error; areas of the API add their own.
REMEDIES = (
    "credentials",
    "ip_whitelist",
    "permission",
    "quota",
    "budget_paused",
    "rate_limit",
    "banned",
    "network",
    "not_json",
    "server_busy",
    "out_of_scope",
    "not_found",
    "argument",
    "token",
    "login_code",
    "agent",
    "encryption_key",
    "unknown",
)

BAN_SECONDS = 300  # DingTalk bans an IP address that calls too often for five minutes
WEB_PAGE = "html"  # our code for an HTML page instead of JSON
MAX_WAIT_HINT = 3600  # seconds; longer hints are not trusted


class DingTalkError(Exception):
    """Any failure while calling DingTalk.

    :ivar str code: DingTalk's code, or our own word if there is none
    :ivar str message: DingTalk's message, without tokens and secrets
    :ivar str request_id: DingTalk's id of the request, for its support
    :ivar bool retryable: whether the same call may succeed later
    :ivar str remedy: one of :data:`REMEDIES`, or one of an area of the API
    :ivar dict detail: values parsed from the message: ``ip``, ``app_key``, ``scopes``,
        ``scope``, ``apply_url``, ``wait`` (seconds), ``status`` (HTTP)
    :ivar bool outcome_unknown: the request may have been carried out
    """

    retryable = False
    remedy = "unknown"
    outcome_unknown = False

    def __init__(
        self,
        code="",
        message="",
        request_id="",
        retryable=None,
        remedy=None,
        detail=None,
        outcome_unknown=None,
    ):
        # Pass everything to args, so that an error survives copy and pickle.
        message = redact(message)
        super().__init__(
            code, message, request_id, retryable, remedy, detail, outcome_unknown
        )
        self.code = str(code)
        self.message = message
        self.request_id = str(request_id or "")
        self.detail = dict(detail or {})
        if retryable is not None:
            self.retryable = retryable
        if remedy is not None:
            self.remedy = remedy
        if outcome_unknown is not None:
            self.outcome_unknown = outcome_unknown

    def __str__(self):
        text = "[%s] %s" % (self.code, self.message) if self.code else self.message
        if self.request_id:
            text += " (request %s)" % self.request_id
        return text

    def __repr__(self):
        return "%s(%s)" % (type(self).__name__, self)

    @property
    def wait(self):
        """Seconds to wait as requested by DingTalk, or None."""
        return self.detail.get("wait")


class TransportError(DingTalkError):
    """No usable answer: refused, timed out, cut off, 5xx page, not JSON."""

    retryable = True
    remedy = "network"


class ApiError(DingTalkError):
    """DingTalk answered, and the answer is an error."""


class InvalidTokenError(ApiError):
    """The access token is missing, wrong or expired."""

    remedy = "token"


class BadCredentialsError(ApiError):
    """AppKey and AppSecret do not match."""

    remedy = "credentials"


class RateLimitedError(ApiError):
    """Too many calls in a short time; DingTalk did not carry out this one."""

    retryable = True
    remedy = "rate_limit"


class QuotaExceededError(ApiError):
    """The monthly or daily quota is used up."""

    remedy = "quota"


class IpNotAllowedError(ApiError):
    """The address of this server is not in the app's IP allowlist."""

    remedy = "ip_whitelist"

    @property
    def ip(self):
        """The address that DingTalk refused, or an empty string."""
        return self.detail.get("ip", "")


class PermissionDeniedError(ApiError):
    """The app lacks the permission for this call."""

    remedy = "permission"

    @property
    def scopes(self):
        """Names of the missing permissions, possibly none."""
        return list(self.detail.get("scopes", []))

    @property
    def apply_url(self):
        """Address where the permission can be requested, or an empty string."""
        return self.detail.get("apply_url", "")


class NotFoundError(ApiError):
    """The user, department, template or other object does not exist."""

    remedy = "not_found"


class OutOfScopeError(ApiError):
    """The object exists outside the app's contact scope."""

    remedy = "out_of_scope"


class InvalidArgumentError(ApiError):
    """A value is missing, wrong or too long; also raised before a request is sent."""

    remedy = "argument"


class LoginCodeError(ApiError):
    """The login code is wrong, expired or was used before."""

    remedy = "login_code"


class BusyError(ApiError):
    """DingTalk is busy or had an internal error; it may have done the work."""

    retryable = True
    remedy = "server_busy"
    outcome_unknown = True


class BannedError(ApiError):
    """This server's address is blocked for some minutes after far too many calls."""

    retryable = True
    remedy = "banned"


class UnexpectedAnswerError(ApiError):
    """The answer lacks documented members."""

    remedy = "not_json"


def argument_error(message, **detail):
    """Return the error for a value that is refused before a request is sent."""
    return InvalidArgumentError("argument", message, detail=detail)


# --------------------------------------------------------------------------------------
# The table
# --------------------------------------------------------------------------------------


def _rows(error_class, codes, remedy=None):
    return dict((code.lower(), (error_class, remedy)) for code in codes.split())


#: code -> (class, remedy or None for the class's own). Both families: numbers of the
#: old one, names of the new one in lower case.
TABLE = {}
for _part in (
    _rows(
        InvalidTokenError,
        "40014 42001 33001 41001 InvalidAuthentication accesstoken.expired "
        "AuthenticationFailed.MissingParameter",
    ),
    # Also the answer to a wrong secret. The client renews once, then decides which it
    # is.
    _rows(InvalidTokenError, "40001"),
    _rows(
        BadCredentialsError,
        "40096 40089 40091 853003 853004 invalidClientIdOrSecret invalid.client "
        "unauthorized.client authFailed invalidSuiteKey invalidSuiteTicket "
        "300001 300005 400101",
    ),
    _rows(
        RateLimitedError,
        "90001 90002 90003 90004 90005 90006 90007 90008 90009 90010 90011 90012 "
        "90013 90014 90017 90018 90019 45009 41047 41048 130101 410100 660026 "
        "system.busy qps.exceed.limit request.overlimit send.too.fast "
        "autoflowLikeTriggerRateLimited",
    ),
    _rows(QuotaExceededError, "90020 41045 41046"),
    _rows(IpNotAllowedError, "60020"),
    _rows(
        PermissionDeniedError,
        "60011 43007 810007 8100017 needAuth noPermission permission.error "
        "processSetupNoPermission",
    ),
    _rows(OutOfScopeError, "50002 50004"),
    _rows(
        NotFoundError,
        "60121 33012 60111 40003 46004 40104 60003 60004 810008 820004 830001 71007 "
        "400040 34001 400013 400102 400106 "
        "invalidParameter.user.notFound staffId.notExisted userNotExist "
        "aflowProcessInstNotExist aflowProcessCodeIsError formNotExist "
        "processCodeError processGetFailed invalidProcessCode invalidInstanceId",
    ),
    _rows(
        InvalidArgumentError,
        "40035 400002 40031 40068 40069 43009 41 40009 40004 40005 40006 40011 40022 "
        "41005 43008 44001 12150 40093 40103 41028 41029 41044 41049 41052 43001 43002 "
        "43004 60001 60002 60005 60006 60007 60009 60010 60016 60018 60021 60102 60103 "
        "60104 60105 60106 60107 60109 60112 60128 60510 600109 71006 71008 71009 "
        "71010 71011 71012 71013 400041 310000 430101 430102 430103 430104 400105 "
        "400402 810002 810003 820001 820005 820006 820008 820010 820017 853001 853002 "
        "22 404 error.notFound Missingbody",
    ),
    _rows(InvalidArgumentError, "40056 invalidAgentId", remedy="agent"),
    # The people of one department could not be read.
    _rows(UnexpectedAnswerError, "60019", remedy="server_busy"),
    _rows(
        LoginCodeError,
        "40078 40079 41007 41026 40087 invalidParameter.authCode.notFound "
        "invalidParameter.refreshToken.notFound",
    ),
    _rows(
        BusyError,
        "-1 15 500 400001 systemBusy serviceBusy unknownError server.error "
        "system.error systemError internalError sysErrror autoflow.systemError",
    ),
):
    TABLE.update(_part)


def register(error_class, codes, remedy=None):
    """Add codes of another area of DingTalk's API to the table.

    For addons, on import.

    :param error_class: subclass of :class:`DingTalkError` for the codes
    :param str codes: codes of either family, separated by blanks
    :param str remedy: default: the remedy of the class; a new word needs a method
        ``_sentence_<word>`` on ``dingding.remedy``
    :raise ValueError: a code is already registered with another meaning
    """
    added = _rows(error_class, codes, remedy)
    for code, pair in added.items():
        if TABLE.get(code, pair) != pair:
            raise ValueError("the code %s means %s already" % (code, TABLE[code]))
    TABLE.update(added)


#: Part of a name -> (class, remedy), tried in this order if the table has no row. Rate
#: limits come first: their codes also contain "Forbidden".
PATTERNS = (
    ("qpslimit", (RateLimitedError, None)),
    ("qpmlimit", (RateLimitedError, None)),
    ("apicountlimit", (QuotaExceededError, None)),
    ("ipnotinwhitelist", (IpNotAllowedError, None)),
    ("permissiondenied", (PermissionDeniedError, None)),
    ("authcode", (LoginCodeError, None)),
    ("invalidparameter.user.notfound", (NotFoundError, None)),
    ("notexist", (NotFoundError, None)),
    ("notexsit", (NotFoundError, None)),  # DingTalk's spelling in some robot codes
    ("forbidden", (PermissionDeniedError, None)),
    ("invalidparameter", (InvalidArgumentError, None)),
    ("param.", (InvalidArgumentError, None)),
)

#: Fallback: HTTP status -> (class, remedy), new family only.
STATUSES = {
    400: (InvalidArgumentError, None),
    401: (InvalidTokenError, None),
    403: (PermissionDeniedError, None),
    # Without a code of its table this is about the path: DingTalk's gateway or a proxy.
    404: (TransportError, "not_json"),
    429: (RateLimitedError, None),
}

# The gateway wraps its refusals in this code and puts the real one beside it.
WRAPPER_CODE = "88"
# Inside the wrapper this code means "no token was sent".
WRAPPED_TABLE = {"40000": (InvalidTokenError, None)}


def classify(code, status=200):
    """Return (class, remedy or None) for a code of either family.

    :param str code: code as DingTalk wrote it
    :param int status: HTTP status, used only if nothing else matches
    """
    key = str(code).lower()
    if status == 429 and key in ("systembusy", "servicebusy"):
        # "Too frequent": DingTalk certainly did nothing.
        return RateLimitedError, None
    if key in TABLE:
        return TABLE[key]
    for part, pair in PATTERNS:
        if part in key:
            return pair
    if status in STATUSES:
        return STATUSES[status]
    if status >= 500:
        return BusyError, None
    return ApiError, None


# --------------------------------------------------------------------------------------
# Read the two families' error formats
# --------------------------------------------------------------------------------------

_SUB_CODE = re.compile(r"\[?subcode=([^,\]]+),\s*submsg=(.*)\Z", re.DOTALL)
_IP = re.compile(r"request ip=([0-9A-Fa-f.:]+)")
_APP_KEY = re.compile(r"appKey\(([^)]*)\)")
_SCOPES = re.compile(r"requiredScopes=\[([^\]]*)\]")
_SCOPES_ZH = re.compile("\u6743\u9650\uff1a\\[([^\\]]*)\\]")  # 权限：[...]
_URL = re.compile(r"https://[^\s,\]}]+")
# 限制将在 YYYY-MM-DD hh:mm:ss 结束
_ENDS_AT = re.compile(
    "\u9650\u5236\u5c06\u5728\\s*"
    "(\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2})\\s*\u7ed3\u675f"
)


def errcode_of(payload):
    """Return the old family's code of an answer as text, or None if it has none.

    Some endpoints send the number as text: ``"0"``.
    """
    value = payload.get("errcode")
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    return str(value).strip()


def wait_in(message, now=None):
    """Return the seconds until the end of the limit in a message, or None.

    :param str message: text with a Beijing time, as in code 90002
    :param float now: seconds since the epoch, by DingTalk's clock if known
    """
    match = _ENDS_AT.search(message)
    if not match:
        return None
    try:
        ends = beijing_time(match.group(1))
    except ValueError:
        return None
    left = ends - (time.time() if now is None else now)
    # The time is truncated, and clocks differ: wait at least one second.
    return min(max(left, 1.0), float(MAX_WAIT_HINT))


def _detail(error_class, message, payload, now, headers):
    detail = {}
    if error_class in (RateLimitedError, BusyError):
        wait = wait_in(message, now)
        if wait is None:
            wait = _retry_after(headers)
        if wait is not None:
            detail["wait"] = wait
    if error_class is IpNotAllowedError:
        match = _IP.search(message)
        if match:
            detail["ip"] = match.group(1).rstrip(".")
        match = _APP_KEY.search(message)
        if match:
            detail["app_key"] = match.group(1)
    if error_class is PermissionDeniedError:
        scopes = _scopes(message, payload)
        if scopes:
            detail["scopes"] = scopes
            detail["scope"] = scopes[0]
        match = _URL.search(message)
        if match:
            detail["apply_url"] = match.group(0)
    return detail


def _scopes(message, payload):
    denied = payload.get("accessdenieddetail") or payload.get("accessDeniedDetail")
    if isinstance(denied, dict) and isinstance(denied.get("requiredScopes"), list):
        return [str(scope) for scope in denied["requiredScopes"]]
    match = _SCOPES.search(message) or _SCOPES_ZH.search(message)
    if not match:
        return []
    return [part.strip() for part in match.group(1).split(",") if part.strip()]


def _retry_after(headers):
    value = (headers or {}).get("Retry-After")
    if value is None or not str(value).strip().isdecimal():
        return None
    return min(max(float(value), 1.0), float(MAX_WAIT_HINT))


def _build(code, message, request_id, pair, status, payload, now, headers, secrets):
    error_class, remedy = pair
    message = redact(message, secrets)
    detail = _detail(error_class, message, payload, now, headers)
    detail["status"] = status
    unknown = None
    if status >= 500 and not issubclass(error_class, RateLimitedError):
        unknown = True
    return error_class(
        code,
        message,
        request_id,
        remedy=remedy,
        detail=detail,
        outcome_unknown=unknown,
    )


def _text(value):
    return value if isinstance(value, str) else "" if value is None else str(value)


def error_from_oapi(payload, status=200, now=None, headers=None, secrets=()):
    """Return the error in an answer of the old family.

    Reads the real code of a gateway refusal (88) from ``sub_code``, from ``subcode``,
    or from the text.

    :param dict payload: the answer, with ``errcode``
    :param int status: HTTP status, 200 even for errors in this family
    :param float now: DingTalk's clock, seconds since the epoch
    :param headers: headers of the answer
    :param secrets: values that must not appear in the message
    :rtype: DingTalkError
    """
    code = errcode_of(payload) or ""
    message = _text(payload.get("errmsg"))
    pair = None
    if code == WRAPPER_CODE:
        sub_code = payload.get("sub_code", payload.get("subcode"))
        sub_message = _text(payload.get("sub_msg", payload.get("submsg")))
        match = _SUB_CODE.search(message)
        if sub_code in (None, "") and match:
            sub_code = match.group(1)
        if not sub_message and match:
            sub_message = match.group(2)
            if sub_message.endswith("]"):
                sub_message = sub_message[:-1]
        if sub_code not in (None, ""):
            code = str(sub_code).strip()
            message = sub_message or message
            pair = WRAPPED_TABLE.get(code)
        elif "access_token" in message:
            pair = (InvalidTokenError, None)
    elif not message:
        message = _text(payload.get("sub_msg"))
    if pair is None:
        pair = classify(code, status)
    return _build(
        code,
        message,
        payload.get("request_id"),
        pair,
        status,
        payload,
        now,
        headers,
        secrets,
    )


def error_from_api(payload, status, now=None, headers=None, secrets=()):
    """Return the error in an answer of the new family.

    :param dict payload: the answer, with ``code``, ``message``, ``requestid``
    :param int status: HTTP status
    :param float now: DingTalk's clock, seconds since the epoch
    :param headers: headers of the answer
    :param secrets: values that must not appear in the message
    :rtype: DingTalkError
    """
    if errcode_of(payload) not in (None, "0") and "code" not in payload:
        return error_from_oapi(payload, status, now, headers, secrets)
    code = _text(payload.get("code", payload.get("Code"))) or "HTTP %d" % status
    message = _text(payload.get("message", payload.get("Message")))
    request_id = (
        payload.get("requestid")
        or payload.get("requestId")
        or payload.get("RequestId")
        or (headers or {}).get("x-acs-request-id")
    )
    return _build(
        code,
        message,
        request_id,
        classify(code, status),
        status,
        payload,
        now,
        headers,
        secrets,
    )


def ban_in(payload):
    """Return the error if this JSON answers a banned address, else None."""
    if payload.get("punish") != "deny" and str(payload.get("status")) != "1111":
        return None
    if "errcode" in payload:
        return None
    wait = BAN_SECONDS
    minutes = payload.get("wait")
    if isinstance(minutes, int) and not isinstance(minutes, bool) and minutes > 0:
        wait = min(max(minutes * 60, BAN_SECONDS), MAX_WAIT_HINT)
    return BannedError(
        payload.get("status", "1111"),
        "DingTalk refuses this server's address after too many calls",
        payload.get("uuid"),
        detail={"wait": wait},
    )


def web_page(status):
    """Return the error for an HTML page instead of JSON.

    It nearly always comes from a firewall or proxy, which may have forwarded the
    request. DingTalk also sends one to a banned address; the queue's waits outlast a
    ban.
    """
    return TransportError(
        WEB_PAGE,
        "a web page came back instead of an answer (HTTP %d)" % status,
        remedy="not_json",
        detail={"status": status},
        outcome_unknown=not 400 <= status < 500,
    )
