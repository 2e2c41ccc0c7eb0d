# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Requests on the wire, and the handling of all possible answers."""

import contextlib
import gzip
import logging
import socket
import ssl
import threading
import time

import pytest
import requests
from dingtalk.deadline import watchman
from dingtalk.errors import TransportError
from dingtalk.transport import (
    Hosts,
    StrictTransport,
    Transport,
    encode_multipart,
)
from wire import Wire, http

OK = b'{"errcode":0}'
DRIPPING = 18  # seconds; shorter than all dripping answers
SECONDS = 60  # to end a hang; a busy machine is slow
SILENCE = 30
SECRET = "t0k3n-abcdefghijklmnop"


@pytest.fixture
def wire():
    one = Wire()
    yield one
    one.close()


@pytest.fixture
def transport():
    one = Transport(SECONDS, SECONDS, total_timeout=SECONDS)
    yield one
    one.close()


@pytest.fixture
def hasty():
    one = Transport(connect_timeout=0.5, read_timeout=0.2, total_timeout=0.3)
    yield one
    one.close()


def test_sends_compact_utf8_json_and_reads_the_answer(wire, transport):
    wire.play([http(OK, headers=["Date: Tue, 14 Nov 2023 22:13:20 GMT", "X-A: b"])])
    begun = time.monotonic()
    answer = transport.request(
        "POST",
        wire.url + "/topapi/x",
        params={"access_token": "a+b/c"},
        json={"name": "张三", "n": 1},
        headers={"x-acs-dingtalk-access-token": "t"},
    )
    head, _mark, body = wire.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /topapi/x?access_token=a%2Bb%2Fc HTTP/1.1")
    assert b"application/json; charset=utf-8" in head
    assert b"x-acs-dingtalk-access-token: t" in head
    # Before Python 3.6 the order of the members is arbitrary.
    assert body in (
        '{"name":"张三","n":1}'.encode("utf-8"),
        '{"n":1,"name":"张三"}'.encode("utf-8"),
    )
    assert (answer.status, answer.payload) == (200, {"errcode": 0})
    assert answer.server_date == 1700000000.0
    assert answer.headers["x-a"] == "b"
    assert 0 <= answer.elapsed <= time.monotonic() - begun


def test_keeps_the_connection(wire, transport):
    wire.play([http(OK)], [http(OK)], [http(OK, 400, "Bad")])
    for _i in range(3):
        transport.request("GET", wire.url + "/a")
    assert wire.connections == 1


def test_looks_for_a_proxy_once_for_each_host(wire, transport, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "another.example")
    monkeypatch.setenv("no_proxy", "another.example")
    monkeypatch.setenv("HTTP_PROXY", wire.url)
    monkeypatch.setenv("http_proxy", wire.url)
    looked, real = [], requests.sessions.get_environ_proxies

    def look(url, **options):
        looked.append(url)
        return real(url, **options)

    monkeypatch.setattr(requests.sessions, "get_environ_proxies", look)
    wire.play([http(OK)], [http(OK)], [http(OK)])
    for path in ("/a", "/b"):
        transport.request("GET", "http://dingtalk.example" + path)
    transport.request("GET", "http://second.example/c")
    assert [each.split(b" ")[1] for each in wire.requests] == [
        b"http://dingtalk.example/a", b"http://dingtalk.example/b",
        b"http://second.example/c"]
    assert looked == ["http://dingtalk.example/a", "http://second.example/c"]


def test_a_session_for_each_thread_and_none_across_a_fork(monkeypatch):
    transport = Transport()
    sessions = [transport._session(), transport._session()]
    thread = threading.Thread(target=lambda: sessions.append(transport._session()))
    thread.start()
    thread.join()
    assert sessions[0] is sessions[1] is not sessions[2]
    monkeypatch.setattr("os.getpid", lambda: -5)
    assert transport._session() is not sessions[0]


@pytest.mark.parametrize(
    "body,payload",
    [
        (b"\xef\xbb\xbf{}", {}),
        (b"[1]", [1]),
        ('{"a":"钉"}'.encode("utf-8"), {"a": "钉"}),
        ('{"a":"钉"}'.encode("gbk"), None),
        (b"", None),
        (b'"text"', None),
        (b"null", None),
        (b"5", None),
        (b"{", None),
        (b"[" * 100000, None),
        # Characters that PostgreSQL cannot store.
        (b'{"a\\u0000":["b\\u0000c",{"d":"\\ud83d"}]}', {"a": ["bc", {"d": "?"}]}),
        (b'["\\ud83d\\ude00","\\\\u0000"]', ["\U0001f600", "\\u0000"]),
    ],
)
def test_bodies(wire, transport, body, payload):
    wire.play([http(body, kind="application/json; charset=gbk")])
    answer = transport.request("GET", wire.url + "/a")
    assert answer.payload == payload


def test_an_unreadable_answer_is_shown_short_and_masked(wire, transport):
    page = ("<html>access_token=%s " % SECRET).encode() + b"x" * 10000
    wire.play([http(page, kind="text/html")])
    answer = transport.request("GET", wire.url + "/a")
    assert answer.is_html and len(answer.text_start) <= 200
    assert SECRET not in answer.text_start


def failure(transport, url, **options):
    with pytest.raises(TransportError) as caught:
        transport.request(
            options.pop("method", "POST"),
            url + "/a",
            params={"access_token": SECRET},
            json={"appSecret": SECRET},
            **options
        )
    error = caught.value
    seen = error
    while seen is not None:
        # No traceback shows the library's errors, which quote addresses.
        assert SECRET not in str(seen) + repr(seen) + repr(seen.args)
        assert isinstance(seen, TransportError)
        seen = seen.__cause__ or seen.__context__
    return error


@pytest.fixture
def closed_port():
    """A port that nobody listens on, nor can while the test runs."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield one.getsockname()[1]


def test_refused_is_certain_not_to_have_arrived(transport, closed_port):
    error = failure(transport, "http://127.0.0.1:%d" % closed_port)
    assert (error.code, error.outcome_unknown) == ("connect", False)
    assert error.retryable and error.remedy == "network"


def test_an_unknown_host_is_certain_not_to_have_arrived(transport, monkeypatch):
    def lookup(*_arguments, **_options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    error = failure(transport, "http://dingtalk.invalid")
    assert error.code in ("dns", "connect")
    assert error.retryable and not error.outcome_unknown


@pytest.mark.parametrize(
    "steps,code",
    [
        ([Wire.RESET], "connection"),
        ([None], "connection"),
        ([SILENCE, http(OK)], "timeout"),
        ([b"HTTP/1.1 200 OK\r\nContent-Le", SILENCE], "timeout"),
        ([b"HTTP/1.1 200 OK\r\nContent-Le", Wire.RESET], "connection"),
        ([http(OK)[:-4], SILENCE], "timeout"),
        ([http(OK)[:-4], Wire.RESET], "connection"),
        ([b"garbage\r\n\r\n", None], "connection"),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", None],
            "connection",
        ),
        (
            [http(b"no gzip", headers=["Content-Encoding: gzip"])],
            "connection",
        ),
        (
            [b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n"]
            + [b" " * 20000, 0.1] * 40,
            "timeout",
        ),
    ],
    ids=range(11),
)
def test_broken_off_after_sending_may_have_arrived(
    wire, transport, hasty, steps, code
):
    wire.play(steps, [http(OK)])
    error = failure(hasty if code == "timeout" else transport, wire.url)
    assert (error.code, error.outcome_unknown) == (code, True)
    assert error.retryable and error.remedy == "network"


def dripping(content, seconds=0.3):
    """Return steps that send each byte separately over many seconds."""
    return [step for byte in content for step in (bytes([byte]), seconds)]


def strict():
    return StrictTransport(0.4, 10000)


def plain():
    return Transport(0.4, 20, total_timeout=0.4)


@pytest.mark.parametrize("make", [strict, plain])
@pytest.mark.parametrize("steps", [
    dripping(http(OK)),
    [http(b"")[:15]] + dripping(http(OK)[15:]),
    [http(OK, headers=["X-A: b"])[:-len(OK)]] + dripping(OK * 9),
    [b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"] + dripping(OK * 9),
    [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]
    + dripping(b"1\r\n \r\n" * 20),
    [30],
], ids=["status", "headers", "body", "no length", "chunks", "silence"])
def test_who_drips_is_cut_off(wire, steps, make):
    """A byte now and then outlasts each time-out between bytes."""
    wire.play(steps)
    begun = time.monotonic()
    error = failure(make(), wire.url)
    assert (error.code, error.outcome_unknown) == ("timeout", True)
    assert time.monotonic() - begun < DRIPPING


@pytest.mark.parametrize("prefix", [b"", http(b"")[:15], http(OK)[:-len(OK)]])
def test_who_drips_over_a_connection_used_before_is_cut_off(wire, prefix):
    transport = Transport(5, 20, total_timeout=5)
    wire.play([http(OK)], [http(OK)], [prefix] + dripping(http(OK)[len(prefix):]))
    for _number in range(2):
        transport.request("GET", wire.url + "/a")
    transport.total_timeout = 0.4
    begun = time.monotonic()
    assert failure(transport, wire.url).code == "timeout"
    assert time.monotonic() - begun < DRIPPING
    assert wire.connections == 1


def test_who_drips_a_file_is_cut_off(wire):
    wire.play([http(b"")[:-23] + b"Content-Length: 99\r\n\r\n"] + dripping(b"x" * 60))
    begun = time.monotonic()
    with pytest.raises(TransportError) as caught:
        plain().transfer("GET", wire.url + "/file")
    assert caught.value.code == "timeout"
    assert time.monotonic() - begun < DRIPPING


class Tls(object):
    """A server that answers one request over TLS as a test's function says."""

    def __init__(self, certificate, answer):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)
        self._server, self._answer = socket.socket(), answer
        # As much as a small buffer holds counts as sent.
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._server.bind(("127.0.0.1", 0))
        self._server.listen(1)
        self.url = "https://localhost:%d" % self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        connection = self._server.accept()[0]
        # Of the client that is cut off.
        with contextlib.suppress(OSError):
            secure = self._context.wrap_socket(connection, server_side=True)
            with contextlib.closing(secure):
                self._answer(secure)

    def close(self):
        self._server.close()
        self._thread.join()


def drip_answers(secure):
    for turn in range(2):
        secure.recv(65536)
        for byte in [http(OK)] if not turn else dripping(http(OK)):
            if isinstance(byte, bytes):
                secure.sendall(byte)
            else:
                time.sleep(byte)


def test_who_drips_over_tls_is_cut_off(certificate):
    server = Tls(certificate, drip_answers)
    try:
        transport = Transport(5, 20, total_timeout=5)
        assert transport.request("GET", server.url + "/a").status == 200
        transport.total_timeout = 0.4
        begun = time.monotonic()
        assert failure(transport, server.url).code == "timeout"
        assert time.monotonic() - begun < DRIPPING
    finally:
        server.close()


def test_a_certificate_may_be_valid_later(certificate, monkeypatch):
    """Once a clock is set: what waits in a queue must not fail at once."""
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name)
    server = Tls(certificate, drip_answers)
    try:
        error = failure(Transport(SECONDS, SECONDS), server.url)
    finally:
        server.close()
    assert (error.code, error.outcome_unknown) == ("certificate", False)
    assert error.retryable


def test_who_takes_a_file_slowly_is_cut_off(certificate, monkeypatch):
    """Each piece that is taken ends the library's time-out."""
    monkeypatch.setattr("dingtalk.transport.SLOWEST_UPLOAD", 1e9)

    def take(secure):
        for _number in range(40):
            if not secure.recv(2048):
                return
            time.sleep(0.25)

    server = Tls(certificate, take)
    try:
        begun = time.monotonic()
        with pytest.raises(TransportError) as caught:
            Transport(5, 20, total_timeout=0.5).transfer(
                "PUT", server.url + "/file", b"x" * 8000000)
        assert (caught.value.code, caught.value.outcome_unknown) == ("timeout", True)
        assert time.monotonic() - begun < DRIPPING
    finally:
        server.close()


def test_a_large_body_has_more_time(wire, monkeypatch):
    monkeypatch.setattr("dingtalk.transport.SLOWEST_UPLOAD", 1000)
    wire.play([0.6, http(OK)])
    transport = Transport(5, 20, total_timeout=0.3)
    assert transport.transfer("PUT", wire.url + "/file", b"x" * 10000)[0] == 200


def test_nothing_is_watched_after_the_answer(wire, transport):
    wire.play([http(OK)], [0.5, http(OK)])
    transport.request("GET", wire.url + "/a")
    kept = watchman()
    assert not kept._watches
    # The first request's deadline leaves the second alone, on the same connection.
    transport.total_timeout, transport.read_timeout = 20, 20
    transport.request("GET", wire.url + "/a")
    assert wire.connections == 1
    for thread in threading.enumerate():
        if thread.name == "dingtalk-deadlines":
            thread.join(10)
            assert not thread.is_alive()


def test_many_requests_at_once_are_cut_each_at_its_time():
    codes, wires = [], [Wire() for _number in range(6)]

    def ask(number, wire):
        begun = time.monotonic()
        seconds = 0.3 + 0.2 * (5 - number)
        code = failure(Transport(5, 20, total_timeout=seconds), wire.url).code
        codes.append((code, time.monotonic() - begun >= seconds))

    threads = []
    for number, wire in enumerate(wires):
        wire.play(dripping(http(OK)))
        threads.append(threading.Thread(target=ask, args=(number, wire)))
        threads[-1].start()
    begun = time.monotonic()
    for thread in threads:
        thread.join()
    assert codes == [("timeout", True)] * 6
    assert time.monotonic() - begun < DRIPPING
    for wire in wires:
        wire.close()


def test_who_drips_a_handshake_is_cut_off():
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(1)

    def drip():
        connection, _address = server.accept()
        # The head of a long record, whose content arrives slowly.
        connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
        for _number in range(100):
            time.sleep(0.3)
            try:
                connection.sendall(b"\x03")
            except OSError:
                break
        connection.close()

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        begun = time.monotonic()
        error = failure(
            StrictTransport(0.4, 10000),
            "https://127.0.0.1:%d" % server.getsockname()[1])
        assert error.code == "timeout"
        assert time.monotonic() - begun < DRIPPING
    finally:
        server.close()
        thread.join()


def test_parts_of_an_answer_are_seen_when_they_arrive(wire):
    seen, first = [], threading.Event()

    def see(headers, part):
        seen.append((headers["Content-Type"], part))
        first.set()

    # The second is sent only after the first was seen.
    wire.play([
        b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"5\r\n[1,2,\r\n", lambda: first.wait(2 * SECONDS), b"2\r\n3]\r\n",
        b"0\r\n\r\n"])
    transport = StrictTransport(SECONDS, 10000, see)
    assert transport.request("GET", wire.url).payload == [1, 2, 3]
    assert seen == [("a/b", b"[1,2,"), ("a/b", b"3]")]


def test_a_strict_transport_works_like_another(wire, closed_port):
    transport = StrictTransport(SECONDS, 10000)
    wire.play([http(OK)], [http(OK)], [http(b"[" + b"1," * 6000 + b"1]")])
    for _number in range(2):
        assert transport.request("GET", wire.url + "/a").payload == {"errcode": 0}
    assert failure(transport, wire.url).code == "too_long"
    assert not watchman()._watches
    assert failure(
        transport, "http://127.0.0.1:%d" % closed_port).code == "connect"


def test_a_small_answer_that_unpacks_to_a_large_one_is_cut(wire):
    packed = gzip.compress(b" " * 20000000)
    wire.play([http(packed, headers=["Content-Encoding: gzip"])])
    assert failure(StrictTransport(20, 10000), wire.url).code == "too_long"


@pytest.mark.parametrize(
    "names", ["gzip, gzip", "br", "zstd", "gzip\r\nContent-Encoding: br"])
def test_an_answer_packed_twice_is_not_unpacked(wire, names):
    """The first kilobyte of a few could fill the memory."""
    packed = gzip.compress(gzip.compress(b" " * 2000000))
    wire.play([http(packed, headers=["Content-Encoding: " + names])], [http(OK)])
    strict = StrictTransport(20, 10000)
    error = failure(strict, wire.url)
    assert error.code == "encoding" and error.outcome_unknown
    assert strict.request("GET", wire.url).payload == {"errcode": 0}
    assert b"Accept-Encoding: gzip, deflate\r\n" in wire.requests[0]


def test_no_cookie_of_an_answer_is_sent_with_the_next_call(wire, transport):
    """Another organisation's may be the next."""
    wire.play([http(OK, headers=["Set-Cookie: of_one=%s; Path=/" % SECRET])],
              [http(OK)])
    for _call in range(2):
        transport.request("GET", wire.url)
    assert SECRET.encode() not in wire.requests[1]


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "503 Away"])
def test_a_proxy_that_refuses_has_sent_nothing(wire, transport, monkeypatch, status):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, wire.url)
    answer = "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % status
    wire.play([answer.encode()])
    error = failure(transport, "https://api.dingtalk.example/v1.0/a")
    assert wire.requests[0].startswith(b"CONNECT api.dingtalk.example:443 ")
    assert (error.code, error.outcome_unknown) == ("proxy", False)
    assert error.retryable


def test_works_again_after_a_failure(wire, transport):
    wire.play([Wire.RESET], [http(OK)])
    failure(transport, wire.url)
    assert transport.request("GET", wire.url + "/a").payload == {"errcode": 0}
    assert wire.connections == 2


def test_a_redirect_is_never_followed(wire, transport):
    other = Wire()
    try:
        wire.play([http(b"", 302, "Found", headers=["Location: %s/b" % other.url])])
        error = failure(transport, wire.url, method="GET")
        assert error.code == "redirect" and not error.retryable
        assert not other.connections
    finally:
        other.close()


def test_an_answer_without_end_is_cut(wire, transport, monkeypatch):
    monkeypatch.setattr("dingtalk.transport.MAX_ANSWER", 1000)
    wire.play([http(b"[" + b"1," * 100000 + b"1]")])
    assert failure(transport, wire.url).code == "too_long"


@pytest.mark.parametrize("url", ["http://[::1", "ftp://a", "no-scheme", "http://"])
def test_addresses_that_are_none(transport, url):
    error = failure(transport, url)
    assert not error.retryable and not error.outcome_unknown


def test_mistakes_of_ours_do_not_look_like_the_network(transport):
    with pytest.raises(ValueError):
        transport.request("POST", "http://127.0.0.1/", json={"a": float("nan")})
    with pytest.raises(UnicodeError):
        transport.request("POST", "http://127.0.0.1/", json={"a": "\ud800"})
    with pytest.raises(TypeError):
        transport.request("POST", "http://127.0.0.1/", json={"a": object()})


def test_the_log_of_the_library_shows_no_token(wire, transport, caplog):
    caplog.set_level(logging.DEBUG)
    wire.play([http(OK)])
    transport.request("GET", wire.url + "/a", params={"access_token": SECRET})
    assert "access_token=***" in caplog.text
    assert SECRET not in caplog.text


def test_multipart_keeps_names_that_are_not_ascii():
    body, kind = encode_multipart(
        {"type": "file"},
        {"media": ('报告"\r\n.pdf', b"\x00\xff\r\n--", "application/pdf")},
    )
    boundary = kind.split("boundary=")[1].encode()
    assert body.count(b"--" + boundary) == 3 and body.endswith(
        b"--" + boundary + b"--\r\n"
    )
    assert b'name="type"\r\n\r\nfile\r\n' in body
    assert 'filename="报告%22%0D%0A.pdf"'.encode("utf-8") in body
    assert b"Content-Type: application/pdf\r\n\r\n\x00\xff\r\n--\r\n" in body


def test_multipart_is_read_by_a_real_server(wire, transport):
    wire.play([http(OK)])
    transport.request(
        "POST",
        wire.url + "/a",
        data={"type": "x"},
        files={"media": ("a.pdf", b"%PDF", None)},
    )
    assert b"multipart/form-data; boundary=" in wire.requests[0]
    assert b"%PDF" in wire.requests[0]


def test_hosts():
    hosts = Hosts("https://proxy.example:8443/ding/", "http://127.0.0.1:1")
    assert hosts.oapi == "https://proxy.example:8443/ding"
    for url, allowed in (
        ("https://proxy.example:8443/ding/a", True),
        ("https://PROXY.example:8443/x", True),
        ("http://127.0.0.1:1/", True),
        ("https://login.dingtalk.com/oauth2/auth", True),
        ("https://login.dingtalk.com:443/", True),
        ("http://login.dingtalk.com/", False),
        ("https://proxy.example/ding", False),
        ("https://oapi.dingtalk.com/", False),
        ("https://login.dingtalk.com.evil.example/", False),
        ("https://login.dingtalk.com@evil.example/", False),
        ("https://evil.example\\@login.dingtalk.com/", False),
        ("https://login.dingtalk.com:x/", False),
        ("file:///etc/passwd", False),
    ):
        assert hosts.allows(url) is allowed, url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "oapi.dingtalk.com",
        "ftp://a",
        "https://",
        "https://a?b=c",
        "https://u:p@a",
        "https://a b",
    ],
)
def test_hosts_refuse_what_is_no_base(url):
    with pytest.raises(ValueError):
        Hosts(url)


def test_a_slow_server_does_not_hold_longer_than_told(wire, hasty):
    wire.play([SILENCE, http(OK)])
    started = time.monotonic()
    failure(hasty, wire.url)
    assert time.monotonic() - started < SILENCE - 1
