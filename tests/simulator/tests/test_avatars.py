# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Pictures of people."""

import struct


def test_a_picture(box):
    answer = box.raw("GET", "/avatars/zhang.png")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", answer.content[16:24]) == (96, 96)
    assert box.raw("GET", "/avatars/li.png").content != answer.content
    assert box.control("GET", "calls?path=/avatars/zhang.png")["total"] == 1


def test_long_wide_and_elsewhere(box):
    assert len(box.raw("GET", "/avatars/a.png", params={"bytes": 5000}).content) > 5000
    wide = box.raw("GET", "/avatars/a.png", params={"side": 300}).content
    assert struct.unpack(">II", wide[16:24]) == (300, 300)
    answer = box.raw(
        "GET", "/avatars/a.png", params={"to": "/elsewhere"}, allow_redirects=False
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "/elsewhere")


def test_faults(box):
    gone = {"kind": "error", "path": "/avatars/*", "status": 404}
    box.control("POST", "faults", gone)
    assert box.raw("GET", "/avatars/a.png").status_code == 404
    box.control("POST", "faults", {"kind": "html", "path": "/avatars/*"})
    answer = box.raw("GET", "/avatars/a.png")
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (
        200, "text/html")
    assert box.raw("GET", "/avatars/a.png").content.startswith(b"\x89PNG")
