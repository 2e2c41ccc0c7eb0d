# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Send HTTP requests; the only file that uses the library ``requests``.

Every failure becomes a :class:`~.errors.TransportError`, which tells whether the
request can have reached DingTalk.
"""

import email.utils
import http.client
import http.cookiejar
import json as jsonlib
import logging
import os
import re
import threading
import time
import uuid
import weakref
from urllib.parse import urlsplit

import requests

from .deadline import Watch
from .errors import TransportError
from .redact import redact
from .storable import clean_json

CONNECT_TIMEOUT = 5  # seconds
READ_TIMEOUT = 20  # seconds without a byte
TOTAL_TIMEOUT = 60  # seconds for a whole request, and more for a large body
SLOWEST_UPLOAD = 32 * 1024  # bytes per second at which a body must at least be sent
MAX_ANSWER = 32 * 1024 * 1024  # bytes
TEXT_START = 200  # characters of an unreadable answer to keep
USER_AGENT = "dingding-odoo/1.0"

#: DingTalk's file storage: hosts with these suffixes, https only.
STORAGE_SUFFIXES = (".aliyuncs.com", ".dingtalk.com")

_CHUNK = 64 * 1024  # bytes

# Each unpacks a part to about a thousand times its size. The library would also unpack
# several in a row, and others that have no such limit.
_UNPACKED = "gzip, deflate"
_PACKED = re.compile(r"\b(?:gzip|deflate|br|zstd)\b")


class Hosts(object):
    """Hold the three addresses of DingTalk; replaceable by a simulator or a proxy.

    :param str oapi: old family, ``/topapi/...``
    :param str api: new family, ``/v1.0/...``
    :param str login: pages that a browser opens
    """

    __slots__ = ("oapi", "api", "login")

    def __init__(
        self,
        oapi="https://oapi.dingtalk.com",
        api="https://api.dingtalk.com",
        login="https://login.dingtalk.com",
    ):
        self.oapi = _base(oapi)
        self.api = _base(api)
        self.login = _base(login)

    def __repr__(self):
        return "Hosts(%r, %r, %r)" % (self.oapi, self.api, self.login)

    def allows(self, url):
        """Return whether the address is on one of the three hosts."""
        try:
            origin = _origin(url)
        except ValueError:
            return False
        return origin in [_origin(base) for base in (self.oapi, self.api, self.login)]

    def allows_storage(self, url):
        """Return whether files may be written to and read from this address.

        DingTalk names such an address for each file. Unchecked, it could lead to
        internal machines.
        """
        try:
            scheme, host, port = _origin(url)
        except ValueError:
            return False
        if scheme == "https" and port == 443 and host.endswith(STORAGE_SUFFIXES):
            return True
        return self.allows(url)


def _base(url):
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
        valid = valid and not parts.query and not parts.fragment
        valid = valid and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        valid = False
    if not valid or any(char.isspace() for char in url):
        raise ValueError("%s is not a base address (https://host)" % redact(url))
    return url.rstrip("/")


def _is_address(url):
    try:
        return bool(_origin(url)[1])
    except ValueError:
        return False


def _origin(url):
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    if "@" in parts.netloc or "\\" in url:
        # Parsers disagree about the host after a user part.
        raise ValueError("user part in an address")
    return parts.scheme, (parts.hostname or "").lower(), port


def environment_proxy(scheme, host, port):
    """Return the address of the proxy in the environment, or None.

    As for API calls: ``HTTPS_PROXY``, ``HTTP_PROXY``, ``NO_PROXY``.

    :param str scheme: 'https' or 'http'
    """
    url = "%s://%s:%d/" % (scheme, host, port)
    proxies = requests.utils.get_environ_proxies(url)
    return proxies.get(scheme) or proxies.get("all")


class Answer(object):
    """Hold one HTTP answer.

    :ivar int status: HTTP status
    :ivar headers: case-insensitive mapping
    :ivar payload: the JSON as dict or list, None if it is neither
    :ivar str text_start: the beginning of a body that is not JSON, secrets masked
    :ivar float elapsed: seconds
    :ivar float server_date: DingTalk's clock, seconds since the epoch, or None
    """

    __slots__ = (
        "status",
        "headers",
        "payload",
        "text_start",
        "elapsed",
        "server_date",
    )

    def __init__(self, status, headers, payload, text_start, elapsed, server_date):
        self.status = status
        self.headers = headers
        self.payload = payload
        self.text_start = text_start
        self.elapsed = elapsed
        self.server_date = server_date

    @property
    def is_html(self):
        """Tell whether this is an HTML page instead of an API answer."""
        if self.payload is not None:
            return False
        kind = (self.headers.get("Content-Type") or "").lower()
        return "html" in kind or self.text_start.lstrip().startswith("<")


class _RedactingFilter(logging.Filter):
    """Mask the addresses in the HTTP library's debug log.

    The old family's token is in the address.
    """

    def filter(self, record):
        try:
            text = record.getMessage()
        except Exception:
            return True
        record.msg, record.args = redact(text), ()
        return True


_FILTER = _RedactingFilter()


def _guard_library_logs():
    for name in (
        "urllib3.connectionpool",
        "requests.packages.urllib3.connectionpool",
        "urllib3.util.retry",
        "requests.packages.urllib3.util.retry",
    ):
        logging.getLogger(name).addFilter(_FILTER)


class _Session(requests.Session):
    """A session that looks for proxies and certificates once for each host.

    The library's own look-up takes a quarter of a request's time.
    """

    def __init__(self):
        super().__init__()
        self._settings = {}
        self.headers["Accept-Encoding"] = _UNPACKED
        # Applications of all organisations and databases share a session.
        self.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))

    def merge_environment_settings(self, url, proxies, stream, verify, cert):
        if proxies:
            return super().merge_environment_settings(
                url, proxies, stream, verify, cert)
        key = _origin(url), stream, verify, cert
        if key not in self._settings:
            self._settings[key] = super().merge_environment_settings(
                url, proxies, stream, verify, cert)
        return dict(self._settings[key])


class Transport(object):
    """Send requests; one session (and so one set of connections) per thread.

    The library's time-outs begin anew with each byte. Here a whole request has a
    deadline too, from connecting (without looking up the name) to the last byte of the
    answer; a large body has more time, see ``SLOWEST_UPLOAD``.

    :param float connect_timeout: seconds to reach the host
    :param float read_timeout: seconds of silence while waiting for the answer
    :param float total_timeout: seconds for a whole request
    """

    def __init__(
        self,
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        total_timeout=TOTAL_TIMEOUT,
    ):
        self.connect_timeout = connect_timeout
        self.read_timeout = read_timeout
        self.total_timeout = total_timeout
        self._local = threading.local()
        _guard_library_logs()

    def _session(self):
        # A forked worker must not use its parent's connections.
        if getattr(self._local, "pid", None) != os.getpid():
            session = _Session()
            for scheme in ("http://", "https://"):
                session.mount(scheme, _WatchedAdapter(self._local))
            self._local.session = session
            self._local.pid = os.getpid()
        return self._local.session

    def close(self):
        """Close the connections of the calling thread."""
        session = getattr(self._local, "session", None)
        if session is not None and self._local.pid == os.getpid():
            session.close()
        self._local.pid = None

    def request(
        self, method, url, params=None, json=None, data=None, files=None, headers=None
    ):
        """Send one request, once, and return the :class:`Answer`.

        :param str method: HTTP method
        :param str url: address without query
        :param dict params: query
        :param json: body, sent as compact UTF-8 JSON
        :param dict data: form fields, or the plain fields beside ``files``
        :param dict files: field -> (file name, bytes, media type)
        :param dict headers: additional headers
        :raise TransportError: no usable answer; ``outcome_unknown`` if the request may
            have arrived
        """
        # Some versions of the library raise undocumented exceptions.
        if not _is_address(url):
            raise _not_sent("address", "the address cannot be used", retryable=False)
        headers = dict(headers or {})
        headers.setdefault("Accept", "application/json")
        body = None
        if files is not None:
            body, kind = encode_multipart(data or {}, files)
            headers["Content-Type"] = kind
        elif json is not None:
            body = encode_json(json)
            headers["Content-Type"] = "application/json; charset=utf-8"
        elif data is not None:
            body = data
        started = time.monotonic()
        status, found, content = self._guarded(
            method, url, params, body, headers, MAX_ANSWER
        )
        payload, text_start = _parse(content)
        return Answer(
            status,
            found,
            payload,
            text_start,
            time.monotonic() - started,
            _server_date(found.get("Date")),
        )

    def transfer(self, method, url, content=None, headers=None, most=MAX_ANSWER):
        """Send or fetch bytes, once, and return (HTTP status, bytes).

        Sends no content type, because the storage's signature covers an empty one.

        :param bytes content: the bytes to send
        :param dict headers: sent unchanged
        :param int most: maximum number of bytes to read
        :raise TransportError: no usable answer, or a longer one
        """
        if not _is_address(url):
            raise _not_sent("address", "the address cannot be used", retryable=False)
        status, _found, answer = self._guarded(
            method, url, None, content, dict(headers or {}), most
        )
        return status, answer

    def _guarded(self, method, url, params, body, headers, most):
        """Return (status, headers, bytes) of the answer, or raise a TransportError."""
        headers.setdefault("User-Agent", USER_AGENT)
        seconds = self.total_timeout
        if isinstance(body, bytes):
            seconds += len(body) / SLOWEST_UPLOAD
        # A chained exception of the library contains the address and so the token.
        failure = answer = None
        watch = self._local.watch = Watch(seconds)
        try:
            answer = self._exchange(method, url, params, body, headers, most)
        except Exception as error:
            failure = _transport_error(error)
        finally:
            watch.end()
        if watch.over:
            # Also where the answer appears to be complete: it may have been cut.
            failure = _too_slow()
        if failure is not None:
            # The connection is in an unknown state.
            self.close()
            raise failure
        return answer

    def _exchange(self, method, url, params, body, headers, most):
        response = self._session().request(
            method,
            url,
            params=params,
            data=body,
            headers=headers,
            timeout=(self.connect_timeout, self.read_timeout),
            allow_redirects=False,
            stream=True,
        )
        try:
            if 300 <= response.status_code < 400:
                raise _refused_redirect(response.status_code)
            packed = _PACKED.findall(
                response.headers.get("Content-Encoding", "").lower())
            if len(packed) > 1 or packed and packed[0] not in _UNPACKED:
                raise TransportError(
                    "encoding", "the answer is compressed in an unknown way",
                    outcome_unknown=True,
                )
            content = self._read(response, most)
        finally:
            response.close()
        return response.status_code, response.headers, content

    def _read(self, response, most):
        parts, size = [], 0
        # Compressed, a part may be a thousand times as long as it arrives.
        for part in response.iter_content(min(_CHUNK, max(most // 64, 1024))):
            parts.append(part)
            size += len(part)
            self._arrived(response.headers, part)
            if size > most:
                raise TransportError(
                    "too_long", "the answer is too long", outcome_unknown=True
                )
            if self._local.watch.over:
                # The rest of a cut connection may fill many parts yet.
                raise _too_slow()
        return b"".join(parts)

    def _arrived(self, headers, part):
        """Do nothing with a part of an answer's body."""


class StrictTransport(Transport):
    """Send requests to hosts other than DingTalk's, which may send anything.

    :param float seconds: for a whole request
    :param int most: maximum number of bytes of an answer, uncompressed
    :param on_part: function of (headers, bytes), called for each part of the body when
        it arrives; its time counts. Parts are seen early only if the host sends chunks
    """

    def __init__(self, seconds, most, on_part=None):
        super().__init__(min(seconds, CONNECT_TIMEOUT), seconds, total_timeout=seconds)
        self.most = most
        self._on_part = on_part

    def _arrived(self, headers, part):
        if self._on_part:
            self._on_part(headers, part)

    def _guarded(self, method, url, params, body, headers, most):
        try:
            return super()._guarded(
                method, url, params, body, headers, min(most, self.most))
        finally:
            # Answers are rare.
            self.close()


class _WatchedAdapter(requests.adapters.HTTPAdapter):
    """Tell the watch of a thread's request which connections it uses.

    :param local: whose ``watch`` is that of the request
    """

    def __init__(self, local):
        self._local, self._connections = local, weakref.WeakSet()
        super().__init__()

    def close(self):
        result = super().close()
        # The library, 2.0 and later, leaves that to the garbage collector.
        for connection in list(self._connections):
            connection.close()
        return result

    def get_connection(self, *args, **kwargs):
        return self._watched(super().get_connection(*args, **kwargs))

    def get_connection_with_tls_context(self, *args, **kwargs):
        # In place of the other, since requests 2.32.
        return self._watched(super().get_connection_with_tls_context(*args, **kwargs))

    def _watched(self, pool):
        if not issubclass(pool.ConnectionCls, _WatchedConnection):
            pool.ConnectionCls = type(
                "WatchedConnection", (_WatchedConnection, pool.ConnectionCls),
                {"dingtalk_adapter": self})
        return pool

    def keep(self, connection, sock):
        self._connections.add(connection)
        self._local.watch.keep(sock)


class _WatchedConnection(object):
    """Mix-in of the library's connections."""

    def _new_conn(self):
        found = super()._new_conn()
        self.dingtalk_adapter.keep(self, found)
        return found

    def request(self, *args, **kwargs):
        if self.sock is not None:
            # It was opened by an earlier request.
            self.dingtalk_adapter.keep(self, self.sock)
        return super().request(*args, **kwargs)


def encode_json(value):
    """Return a value as compact UTF-8 JSON.

    :raise ValueError: a number or a character that JSON or UTF-8 cannot represent
    """
    text = jsonlib.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    return text.encode("utf-8")


def encode_multipart(fields, files):
    """Return (body, content type) of a form with files.

    The library's encoding of non-ASCII file names depends on its version.

    :param dict fields: name -> text
    :param dict files: name -> (file name, bytes, media type or None)
    """
    boundary = uuid.uuid4().hex
    lines = []
    for name, value in sorted(fields.items()):
        lines.append(
            '--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
            % (boundary, _quoted(name), value)
        )
    body = "".join(lines).encode("utf-8")
    for name, (filename, content, mimetype) in sorted(files.items()):
        head = (
            '--%s\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n'
            "Content-Type: %s\r\n\r\n"
            % (
                boundary,
                _quoted(name),
                _quoted(filename),
                _quoted(mimetype or "application/octet-stream"),
            )
        )
        body += head.encode("utf-8") + content + b"\r\n"
    body += ("--%s--\r\n" % boundary).encode("ascii")
    return body, "multipart/form-data; boundary=%s" % boundary


def _quoted(text):
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _parse(content):
    """Return (payload, beginning of the text), one of them None."""
    try:
        # Always UTF-8, whatever the header says.
        text = content.decode("utf-8-sig")
        payload = clean_json(jsonlib.loads(text), text)
    except (ValueError, RecursionError):
        payload = None
    if isinstance(payload, (dict, list)):
        return payload, ""
    start = content[: TEXT_START * 4].decode("utf-8", "replace")
    # Half a token is still a token.
    return None, redact(start)[:TEXT_START]


def _server_date(value):
    if not value:
        return None
    try:
        parts = email.utils.parsedate_tz(value)
        return float(email.utils.mktime_tz(parts)) if parts else None
    except (ValueError, OverflowError, TypeError):
        return None


def _too_slow():
    return TransportError("timeout", "the answer took too long", outcome_unknown=True)


def _refused_redirect(status):
    return TransportError(
        "redirect",
        "the server wants to send us to another address (HTTP %d); DingTalk's API "
        "never does" % status,
        retryable=False,
        outcome_unknown=False,
    )


# --------------------------------------------------------------------------------------
# Map the library's exceptions
# --------------------------------------------------------------------------------------


def _transport_error(error):
    """Return the TransportError for an exception of the library."""
    if isinstance(error, TransportError):
        return error
    names = _names(error)
    if "NameResolutionError" in names or "gaierror" in names:
        return _not_sent("dns", "the host name could not be resolved")
    if "NewConnectionError" in names:
        return _not_sent("connect", "the connection was refused")
    if "ConnectTimeout" in names or "ConnectTimeoutError" in names:
        return _not_sent("connect_timeout", "the host did not answer in time")
    if "CERTIFICATE_VERIFY_FAILED" in str(error) or "CertificateError" in names:
        # Also while a clock is wrong, or a proxy's certificate has expired.
        return _not_sent("certificate", "the host's certificate is not valid")
    if names & {
        "InvalidURL",
        "MissingSchema",
        "InvalidSchema",
        "LocationParseError",
        "InvalidHeader",
        "UnicodeError",
        "InvalidProxyURL",
    }:
        return _not_sent("address", "the address cannot be used", retryable=False)
    if "ProxyError" in names and "Tunnel connection failed" in str(error):
        # The proxy answered before it connected to the host.
        return _not_sent("proxy", "the proxy refused the connection")
    if "ProxyError" in names:
        return TransportError("proxy", "the proxy failed", outcome_unknown=True)
    if names & {"ReadTimeout", "ReadTimeoutError", "timeout", "TimeoutError"}:
        return TransportError("timeout", "no answer in time", outcome_unknown=True)
    if (
        isinstance(
            error, (requests.RequestException, http.client.HTTPException, OSError)
        )
        or "HTTPError" in names
    ):
        return TransportError(
            "connection", "the connection broke off", outcome_unknown=True
        )
    # A programming error must not look like DingTalk's fault.
    raise error


def _not_sent(code, message, retryable=True):
    return TransportError(code, message, retryable=retryable, outcome_unknown=False)


def _names(error):
    """Return the class names along the chain of an exception.

    By name: some versions contain their own urllib3.
    """
    names, seen, todo = set(), set(), [error]
    while todo:
        current = todo.pop()
        if id(current) in seen or not isinstance(current, BaseException):
            continue
        seen.add(id(current))
        names.update(cls.__name__ for cls in type(current).__mro__)
        todo.append(getattr(current, "reason", None))
        todo.extend(current.args)
    return names
