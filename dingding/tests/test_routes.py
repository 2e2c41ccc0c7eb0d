# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import io

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from odoo import http
from odoo.tests import common

from ..controllers.guards import read_body
from .common import DingTalkHttpCase, portable
from .routes_case import HUGE, RoutesMixin


@portable
class TestRoutes(RoutesMixin, DingTalkHttpCase):
    def test_routes(self):
        self.check_routes("dingding", 4)

    def test_numbers_in_paths(self):
        self.check_odd_texts(
            ["/dingding/sync/%s/state" % HUGE, "/dingding/sync/0/progress"])

    def test_login_page(self):
        answer = self.get(self.visitor(), "/dingding/sync/1/progress")
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(answer.headers["Location"].endswith(
            "/web/login?redirect=%2Fdingding%2Fsync%2F1%2Fprogress"))


class Endless(io.RawIOBase):
    count = 0

    def readinto(self, part):
        self.count += len(part)
        part[:] = b"x" * len(part)
        return len(part)

    def readall(self):
        raise MemoryError


class Broken(io.RawIOBase):
    def readinto(self, part):
        raise OSError("Invalid chunk header")


@portable
class TestBody(common.TransactionCase):
    def request(self, stream, length=None):
        environ = EnvironBuilder(method="POST").get_environ()
        environ.update({"wsgi.input": stream, "wsgi.input_terminated": True})
        environ.pop("CONTENT_LENGTH", None)
        if length is None:
            environ["HTTP_TRANSFER_ENCODING"] = "chunked"
        else:
            environ["CONTENT_LENGTH"] = str(length)
        # From 16 on Odoo hides a part of a request.
        return getattr(http, "HTTPRequest", Request)(environ)

    def test_in_chunks(self):
        stream = Endless()
        self.assertIsNone(read_body(self.request(stream), 100000))
        self.assertEqual(stream.count, 100001)
        for content in (b"", b"{}", b"x" * 100000):
            found = read_body(self.request(io.BytesIO(content)), 100000)
            self.assertEqual(found, content)
        content = b"x" * 100001
        self.assertIsNone(read_body(self.request(io.BytesIO(content)), 100000))
        self.assertEqual(read_body(self.request(Broken()), 100000), b"")

    def test_with_a_length(self):
        stream = Endless()
        self.assertIsNone(read_body(self.request(stream, 101), 100))
        self.assertEqual(stream.count, 0)
        self.assertEqual(read_body(self.request(io.BytesIO(b"{}"), 2), 100), b"{}")
