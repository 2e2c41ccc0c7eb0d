"""The proxy of Odoo's workers."""

import asyncio
import http.server
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest

from tools import paths, ports, proxy


def test_one_request_a_connection_is_asked_for():
    head = (b"POST /web HTTP/1.1\r\nHost: h:1\r\nConnection: keep-alive\r\n"
            b"X-Forwarded-For: 6.6.6.6\r\nX-Connection: kept\r\n\r\n")
    assert proxy.rewrite(head) == (
        b"POST /web HTTP/1.1\r\nConnection: close\r\nHost: h:1\r\n"
        b"X-Connection: kept\r\n\r\n")


def test_a_websocket_keeps_its_connection():
    head = (b"GET /websocket HTTP/1.1\r\nHost: h:1\r\n"
            b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n")
    assert proxy.rewrite(head) == (
        b"GET /websocket HTTP/1.1\r\nConnection: Upgrade\r\nHost: h:1\r\n"
        b"Upgrade: websocket\r\n\r\n")


@pytest.mark.parametrize("line, expected", [
    (b"GET /websocket?version=1 HTTP/1.1", True),
    (b"POST /longpolling/poll HTTP/1.1", True),
    (b"GET /longpolling?x=1 HTTP/1.1", True),
    (b"GET /longpollingly HTTP/1.1", False),
    (b"GET /web?next=/longpolling/poll HTTP/1.1", False),
])
def test_what_goes_to_the_long_polling_server(line, expected):
    assert proxy.is_longpolling(line) is expected


@pytest.mark.parametrize("head, length", [
    (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 0),
    (b"POST / HTTP/1.1\r\nContent-Length: 12\r\nHost: h\r\n\r\n", 12),
    (b"POST / HTTP/1.1\r\nHost: h\r\ncontent-length:7\r\n\r\n", 7),
    (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", None),
])
def test_the_length_of_a_body(head, length):
    assert proxy.body_length(head) == length


def test_a_slow_client_keeps_no_worker_waiting():
    """Odoo's workers drop a request whose body is two seconds late."""
    worker = socket.socket()
    worker.bind((ports.HOST, 0))
    worker.listen()
    port, there = ports.free(), worker.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.proxy", str(port), str(there), str(there)],
        cwd=str(paths.ROOT))
    try:
        while not ports.open_(port):
            assert process.poll() is None
        with socket.create_connection((ports.HOST, port)) as client:
            client.sendall(b"POST /x HTTP/1.1\r\nContent-Length: 4\r\n\r\n")
            worker.settimeout(0.5)
            with pytest.raises(socket.timeout):
                worker.accept()
            client.sendall(b"body")
            worker.settimeout(30)
            connection, _address = worker.accept()
            with connection:
                connection.settimeout(30)
                text = b""
                while not text.endswith(b"body"):
                    text += connection.recv(1000)
    finally:
        worker.close()
        process.terminate()
        process.wait()


def test_a_busy_proxy_keeps_no_worker_waiting():
    """The worker takes the connection when it is made, and waits for two seconds."""
    found, worker = [], socket.socket()
    worker.bind((ports.HOST, 0))
    worker.listen()

    def work():
        connection, _address = worker.accept()
        with connection:
            connection.settimeout(0.3)
            found.append(connection.recv(1000))
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nseen")

    async def others():
        while True:
            time.sleep(0.6)
            await asyncio.sleep(0)

    async def ask(handler):
        server = await asyncio.start_server(handler.handle, ports.HOST, 0)
        address = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n")
        busy = asyncio.ensure_future(others())
        try:
            return await asyncio.wait_for(reader.read(), 60)
        finally:
            busy.cancel()
            server.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    answer = asyncio.run(ask(proxy.Proxy(worker.getsockname()[1], 0)))
    thread.join(60)
    worker.close()
    assert found and answer.endswith(b"seen"), "the worker gave up"


class Upstream(http.server.BaseHTTPRequestHandler):
    """Answers with its port, the path and the body."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/slow":
            time.sleep(0.5)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"%d %s %d" % (
            self.server.server_port, self.path.encode(), len(body)))

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def upstream():
    server = http.server.ThreadingHTTPServer((ports.HOST, 0), Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_it_passes_on_and_says_when_nobody_is_there(upstream):
    port, nobody = ports.free(), socket.socket()
    nobody.bind((ports.HOST, 0))  # bound and not listening: nobody else can
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.proxy", str(port), str(upstream),
         str(nobody.getsockname()[1])],
        cwd=str(paths.ROOT))
    try:
        while not ports.open_(port):
            assert process.poll() is None
        for path, size in (("/web", 3), ("/slow", 3 * 1024 * 1024)):
            with urllib.request.urlopen(
                    "http://%s:%d%s" % (ports.HOST, port, path), b"x" * size) as answer:
                assert answer.read() == b"%d %s %d" % (upstream, path.encode(), size)
        with pytest.raises(urllib.error.HTTPError, match="502"):
            urllib.request.urlopen(
                "http://%s:%d/longpolling/poll" % (ports.HOST, port), b"x")
    finally:
        process.terminate()
        process.wait()
        nobody.close()
