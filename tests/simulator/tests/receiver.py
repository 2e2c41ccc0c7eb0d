# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""A receiver of pushes with the crypto of `dingtalk-sdk`, independent of the simulator
and the addons.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from dingtalk.crypto import DingTalkCrypto

TOKEN = "tokenOfTests"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
#: Pushes come at once on an idle machine; a busy one may take long.
SECONDS = 60


class Receiver:
    """Records pushes in `seen` and answers with `success`.

    `behave(message, answer, handler)` may change the answer (a dict), replace it with
    bytes, or return (status, bytes); a redirect leads here again. `owner_keys` are
    tried one after the other.
    """

    def __init__(self, *owner_keys):
        self.owner_keys = list(owner_keys)
        self.token, self.aes_key = TOKEN, AES_KEY
        self.seen, self.refused, self.queries, self.bodies = [], [], [], []
        self.behave = lambda message, answer, handler: answer
        self.headers = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                receiver.receive(self)

            def log_message(self, *_arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d/push" % self.server.server_port
        self._thread = threading.Thread(
            target=self.server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def crypto(self, owner_key):
        return DingTalkCrypto(self.token, self.aes_key, owner_key)

    def receive(self, handler):
        length = int(handler.headers["Content-Length"])
        body = json.loads(handler.rfile.read(length))
        query = dict(parse_qsl(urlsplit(handler.path).query))
        self.queries.append((handler.path, query))
        self.bodies.append(body)
        self.headers = dict(handler.headers)
        signature = query.get("msg_signature") or query.get("signature")
        for owner_key in self.owner_keys:
            crypto = self.crypto(owner_key)
            try:
                text = crypto.decrypt_message(
                    body, signature, query["timestamp"], query["nonce"]
                )
            except Exception as error:
                problem = type(error).__name__
                continue
            message = json.loads(text)
            answer = self.behave(message, crypto.encrypt_message("success"), handler)
            self.seen.append(message)
            break
        else:
            self.refused.append(problem)
            answer = (400, b"refused")
        status = 200
        if isinstance(answer, tuple):
            status, answer = answer
        if isinstance(answer, dict):
            answer = json.dumps(answer).encode("utf-8")
        try:
            handler.send_response(status)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(answer)))
            if 300 <= status < 400:
                handler.send_header("Location", handler.path)
            handler.end_headers()
            handler.wfile.write(answer)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def kinds(self):
        return [message["EventType"] for message in self.seen]

    def wait(self, kind, count=1, seconds=SECONDS):
        """Wait for a number of messages of a kind; return them."""
        return until(
            lambda: (lambda found: found if len(found) >= count else None)(
                [each for each in self.seen if each["EventType"] == kind]
            ),
            seconds,
        )


def until(function, seconds=SECONDS):
    """Wait for a true result; return it."""
    end = time.monotonic() + seconds
    while True:
        found = function()
        if found or time.monotonic() > end:
            assert found, "nothing came in %s seconds" % seconds
            return found
        time.sleep(0.01)
