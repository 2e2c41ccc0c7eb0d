# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Stream mode against the simulator's gateway."""

import select
import socket
import struct
import threading
import time

import pytest
from dingtalk import errors, stream
from test_simulator import client_for

SECONDS = 10


class Listener(object):
    """A Stream and what it has got."""

    def __init__(self, simulator, answer=stream.SUCCESS):
        self.client = client_for(simulator)
        self.answers = answer if isinstance(answer, list) else None
        self.answer = answer
        self.got = []
        self.errors = []
        self.stream = stream.Stream(
            lambda: self.client.callbacks.open_stream("tests/1"), self.take,
            on_error=self.errors.append, chance=lambda low, high: 0.1)

    def take(self, headers, data):
        self.got.append((headers, data))
        answer = self.answers.pop(0) if self.answers else self.answer
        answer = stream.SUCCESS if isinstance(answer, list) else answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    def until(self, condition):
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, (self.got, self.errors)
            self.stream.beat()
            if self.stream.is_open and select.select([self.stream], [], [], 0.05)[0]:
                self.stream.receive()
        return self

    def of(self, event_type):
        return [data for headers, data in self.got
                if headers["eventType"] == event_type]


@pytest.fixture
def box(simulator):
    simulator.control("PATCH", "/settings", {"event_time_scale": 0.01})
    simulator.control("DELETE", "/streams/faults")
    yield simulator
    simulator.control("DELETE", "/streams/faults")
    simulator.control("PATCH", "/settings", {"event_time_scale": 1})


@pytest.fixture
def listen(box):
    made = []

    def make(answer=stream.SUCCESS):
        made.append(Listener(box, answer))
        return made[-1].until(lambda: made[-1].stream.is_open)

    yield make
    for each in made:
        each.stream.close()


def emit(box, userid, event_type="user_modify_org"):
    return box.control(
        "POST", "/events", {"event_type": event_type, "data": {"userId": [userid]}})


def connections(box):
    return box.control("GET", "/streams")["connections"]


def last_push(box):
    rows = box.control("GET", "/pushes", channel="stream")
    rows = rows if isinstance(rows, list) else rows["pushes"]
    return rows[-1]


def test_event(box, listen):
    listener = listen()
    emit(box, "zhangsan")
    listener.until(lambda: listener.of("user_modify_org"))
    headers, data = listener.got[-1]
    assert data["userId"] == ["zhangsan"]
    assert headers["eventId"]
    listener.until(lambda: last_push(box)["state"] == "delivered")


def test_later_comes_again(box, listen):
    listener = listen([stream.LATER, RuntimeError("database"), stream.SUCCESS])
    emit(box, "again")
    listener.until(lambda: len(listener.of("user_modify_org")) == 3)
    listener.until(lambda: last_push(box)["state"] == "delivered")
    assert len({headers["eventId"] for headers, _data in listener.got}) == 1


def test_ping(box, listen):
    listener = listen()
    box.control("POST", "/streams/ping")
    listener.until(lambda: any(each["pongs"] or each["last_ack"]
                               for each in connections(box)))


@pytest.mark.parametrize("how, body", [
    ("close", {"code": 1000}), ("close", {"code": 1006}),
    ("disconnect", {"reason": "connection is expired"})])
def test_connects_again(box, listen, how, body):
    listener = listen()
    first = {each["id"] for each in connections(box)}
    for each in first:
        box.control("POST", "/streams/" + how, dict(body, connection_id=each)
                    if how == "close" else dict(body))
    listener.until(lambda: any(
        each["id"] not in first and each["state"] == "open"
        for each in connections(box)))
    emit(box, "afterwards")
    listener.until(lambda: listener.of("user_modify_org"))


def test_refused_handshake_is_tried_again(box, listen):
    box.control("POST", "/streams/faults", {"kind": "refuse", "times": 2})
    listener = listen()
    assert len(listener.errors) == 2


def test_wrong_secret(box):
    client = client_for(box, app_secret="wrong")
    with pytest.raises(errors.DingTalkError) as caught:
        client.callbacks.open_stream("tests/1")
    assert "wrong" not in str(caught.value)


def test_garbage_ends_nothing(box, listen):
    listener = listen()
    box.control("POST", "/streams/faults", {"kind": "garbage"})
    emit(box, "garbage")
    listener.until(lambda: listener.of("user_modify_org"))


def test_silence_is_noticed():
    """A connection on which nothing is heard is given up, after a question."""
    now, asked = [1000.0], []

    class Socket(object):
        def send(self, kind, data=b""):
            asked.append(kind)

        def abort(self):
            asked.append("abort")

    lines = stream.Stream(lambda: None, None, clock=lambda: now[0])
    lines._socket = Socket()
    lines._heard = now[0]
    for seconds in range(0, 100, 5):
        now[0] = 1000.0 + seconds
        if lines.is_open:
            lines.beat()
    assert asked == [stream.PING, stream.PING, "abort"]
    assert not lines.is_open


def test_delays_grow_and_end():
    now, tries = [0.0], []

    def refuse():
        tries.append(now[0])
        raise stream.StreamError("no")

    lines = stream.Stream(refuse, None, clock=lambda: now[0], chance=lambda a, b: 1)
    while now[0] < 400:
        lines.beat()
        now[0] += 0.5
    gaps = [after - before for before, after in zip(tries, tries[1:])]
    assert gaps[:6] == [1, 2, 4, 8, 16, 32]
    assert set(gaps[6:]) == {60}


def serve(*answers):
    """Answer connections with raw bytes; return the address."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(5)

    def run():
        for answer in answers:
            connection, _peer = server.accept()
            connection.recv(65536)
            connection.sendall(answer)
            connection.close()
        server.close()

    threading.Thread(target=run, daemon=True).start()
    return "ws://127.0.0.1:%d/connect" % server.getsockname()[1]


@pytest.mark.parametrize("answer", [
    b"", b"HTTP/1.1 200 OK\r\n\r\n", b"SSH-2.0\r\n\r\n",
    b"HTTP/1.1 101 X\r\nSec-WebSocket-Accept: wrong\r\n\r\n", b"x" * 70000])
def test_what_is_no_websocket(answer):
    with pytest.raises(stream.StreamError):
        stream.WebSocket(serve(answer), timeout=2)


def frames(*raw):
    """Return a socket that has these bytes to read, chunk by chunk."""
    found = stream.WebSocket.__new__(stream.WebSocket)
    found._buffer, found._parts = b"", []
    chunks = list(raw)

    class Raw(object):
        @staticmethod
        def recv(_size):
            return chunks.pop(0)

    found._socket = Raw
    return found


def test_parts_of_frames():
    text = b"\x81\x05hello"
    for place in range(1, len(text)):
        reader = frames(text[:place], text[place:])
        assert reader.receive() == []
        assert reader.receive() == [(stream.TEXT, b"hello")]
    reader = frames(b"\x01\x02he\x89\x01p", b"\x80\x03llo" + text)
    assert reader.receive() == [(stream.PING, b"p")]
    assert reader.receive() == [(stream.TEXT, b"hello")] * 2
    long = b"\x81\x7e" + struct.pack(">H", 300) + b"x" * 300
    assert frames(long).receive() == [(stream.TEXT, b"x" * 300)]


@pytest.mark.parametrize("raw", [
    b"\x81\x85abcdhello", b"\x81\x7f" + struct.pack(">Q", 2 ** 40), b""])
def test_bad_frames_end_it(raw):
    with pytest.raises(stream.StreamError):
        frames(raw).receive()


# -- behind a proxy --------------------------------------------------------------------


class Proxy(object):
    """An HTTP proxy that knows CONNECT and nothing else."""

    def __init__(self, status="200 Connection established"):
        self.status, self.heads = status, []
        self.server = socket.socket()
        self.server.bind(("127.0.0.1", 0))
        self.server.listen(5)
        self.address = "127.0.0.1:%d" % self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client = self.server.accept()[0]
            except OSError:
                return
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(65536)
            self.heads.append(head.decode())
            client.sendall(("HTTP/1.1 %s\r\n\r\n" % self.status).encode())
            if not self.status.startswith("200"):
                client.close()
                continue
            host, port = self.heads[-1].split(" ")[1].split(":")
            other = socket.create_connection((host, int(port)))
            for source, sink in ((client, other), (other, client)):
                threading.Thread(
                    target=self.pump, args=(source, sink), daemon=True).start()

    @staticmethod
    def pump(source, sink):
        try:
            while True:
                chunk = source.recv(65536)
                if not chunk:
                    break
                sink.sendall(chunk)
        except OSError:
            sink.close()
        sink.close()


@pytest.fixture
def no_proxy(monkeypatch):
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(name + "_proxy", raising=False)
        monkeypatch.delenv(name.upper() + "_PROXY", raising=False)
    return monkeypatch


def listener_behind(proxy, box, no_proxy, **environment):
    listener = Listener(box)
    ask = listener.stream._open

    def answer():
        # The call of the API is not what is looked at here.
        endpoint = ask()
        for name, value in environment.items():
            no_proxy.setenv(name, value)
        return endpoint

    listener.stream._open = answer
    return listener


def test_proxy(box, no_proxy):
    proxy = Proxy()
    listener = listener_behind(
        proxy, box, no_proxy, HTTP_PROXY="http://some:one%40@" + proxy.address)
    listener.until(lambda: listener.stream.is_open)
    assert proxy.heads[0].startswith("CONNECT 127.0.0.1:"), proxy.heads
    assert "Proxy-Authorization: Basic c29tZTpvbmVA\r\n" in proxy.heads[0]
    box.control("POST", "/events", {"event_type": "own_thing", "data": {"x": 1}})
    listener.until(lambda: listener.of("own_thing"))
    listener.stream.close()


def test_no_proxy_for_some(box, no_proxy):
    proxy = Proxy()
    listener = listener_behind(
        proxy, box, no_proxy, HTTP_PROXY=proxy.address, NO_PROXY="127.0.0.1")
    listener.until(lambda: listener.stream.is_open)
    assert not proxy.heads
    listener.stream.close()


@pytest.mark.parametrize("status, address, said", [
    ("407 Authentication Required", "http://%s", "the proxy refused: HTTP/1.1 407"),
    ("200 OK", "socks5://%s", "a proxy of the kind 'socks5' cannot be used")])
def test_proxy_refuses(box, no_proxy, status, address, said):
    proxy = Proxy(status)
    listener = listener_behind(
        proxy, box, no_proxy, HTTP_PROXY=address % proxy.address)
    listener.until(lambda: listener.errors)
    assert said in str(listener.errors[0])
    assert not listener.stream.is_open
