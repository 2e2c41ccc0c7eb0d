# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""WebSockets: how they open and which frames they take."""

import socket
import struct
import threading

import pytest
from dingtalk import websocket
from peers import trickle

SECONDS = 60  # to end a hang; a busy machine is slow


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
    with pytest.raises(websocket.StreamError):
        websocket.WebSocket(serve(answer), timeout=2)


def frames(*raw):
    """Return a socket with these bytes to read, chunk by chunk."""
    found = websocket.WebSocket.__new__(websocket.WebSocket)
    found._buffer, found._out, found._parts = b"", b"", []
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
        assert reader.receive() == [(websocket.TEXT, b"hello")]
    reader = frames(b"\x01\x02he\x89\x01p", b"\x80\x03llo" + text)
    assert reader.receive() == [(websocket.PING, b"p")]
    assert reader.receive() == [(websocket.TEXT, b"hello")] * 2
    long = b"\x81\x7e" + struct.pack(">H", 300) + b"x" * 300
    assert frames(long).receive() == [(websocket.TEXT, b"x" * 300)]


@pytest.mark.parametrize("raw", [
    b"\x81\x85abcdhello", b"\x81\x7f" + struct.pack(">Q", 2 ** 40), b""])
def test_bad_frames_end_it(raw):
    with pytest.raises(websocket.StreamError):
        frames(raw).receive()


def proxied_silence(connection):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")


def ends(function, *args):
    """Return what a call raised; fail if it never ends."""
    raised = []

    def run():
        try:
            function(*args)
        except websocket.StreamError as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(SECONDS)
    assert not thread.is_alive(), "it hangs"
    assert raised, "no error"
    return raised[0]


@pytest.mark.parametrize("play", [lambda connection: None, trickle])
@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_opening_ends_though_nobody_answers(peer, no_proxy, scheme, play):
    address = "%s://%s/connect" % (scheme, peer(play).address)
    error = ends(websocket.WebSocket, address, 0.3)
    if scheme == "ws" or play is not trickle:
        assert str(error) == "no answer within 0.3 seconds"


@pytest.mark.parametrize("play", [lambda connection: None, trickle, proxied_silence])
@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_opening_ends_behind_a_silent_proxy(peer, no_proxy, scheme, play):
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        no_proxy.setenv(name, "http://" + peer(play).address)
    error = ends(websocket.WebSocket, scheme + "://stream.example/connect", 0.3)
    assert str(error) == "no answer within 0.3 seconds"


def test_proxy_that_answers_too_much(peer, no_proxy):
    def play(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 X\r\n\r\n")

    no_proxy.setenv("HTTP_PROXY", "http://" + peer(play).address)
    error = ends(websocket.WebSocket, "ws://stream.example/connect", SECONDS / 2)
    assert str(error) == "the proxy answered more than it was asked"
