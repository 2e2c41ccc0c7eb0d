# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Upload of media."""

import pytest

MB = 1024 * 1024


def upload(box, kind, name, content, where="params", part="media"):
    options = {"params": {"access_token": box.token()}}
    if where == "params":
        options["params"]["type"] = kind
    else:
        options["data"] = {"type": kind}
    return box.raw(
        "POST", "/media/upload", files={part: (name, content, "image/png")}, **options
    ).json()


@pytest.mark.parametrize("where", ["params", "data"])
def test_upload(box, where):
    found = upload(box, "image", "图.png", b"\x89PNG...", where)
    assert set(found) == {"errcode", "errmsg", "media_id", "created_at", "type"}
    assert (
        found["errcode"] == 0
        and found["type"] == "image"
        and found["created_at"] > 1e12
    )
    answer = box.raw("GET", "/_control/media/" + found["media_id"])
    assert (
        answer.content == b"\x89PNG..."
        and answer.headers["Content-Type"] == "image/png"
    )
    info = box.control("GET", "media/%s?info=1" % found["media_id"])
    assert (info["filename"], info["size"]) == ("图.png", 7)


@pytest.mark.parametrize(
    "kind, name, size, errcode",
    [
        ("image", "a.png", 20 * MB, 0),
        ("image", "a.png", 20 * MB + 1, 40006),
        ("voice", "a.amr", 2 * MB + 1, 40006),
        ("file", "a.pdf", 20 * MB + 1, 40006),
        ("video", "a.mp4", 5, 0),
        ("image", "a.pdf", 5, 40005),
        ("file", "a.exe", 5, 40005),
        ("picture", "a.png", 5, 40004),
        ("file", "a.PDF", 5, 0),
        ("file", "a.pdf", 0, 44001),
    ],
)
def test_limits(box, kind, name, size, errcode):
    assert upload(box, kind, name, b"x" * size)["errcode"] == errcode


def test_shorter_limits(box):
    box.settings(media_limits="short")
    assert upload(box, "image", "a.png", b"x" * (MB + 1))["errcode"] == 40006
    assert upload(box, "file", "a.pdf", b"x" * (10 * MB + 1))["errcode"] == 40006


def test_bad_forms(box):
    params = {"access_token": box.token(), "type": "image"}
    assert upload(box, "image", "a.png", b"x", part="file")["errcode"] == 41005
    assert (
        box.raw("POST", "/media/upload", params=params, json={}).json()["errcode"]
        == 43008
    )
    params["access_token"] = "bad"
    assert box.raw(
        "POST", "/media/upload", params=params, files={"media": ("a.png", b"x")}
    ).json() == {"errcode": 40014, "errmsg": "不合法的access_token"}


def test_what_is_uploaded_never_runs(box):
    answer = box.raw(
        "POST",
        "/media/upload",
        params={"access_token": box.token(), "type": "file"},
        files={"media": ("a.pdf", b"<script>", "text/html")},
    ).json()
    answer = box.raw("GET", "/_control/media/" + answer["media_id"])
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "head",
    [
        b'Content-Disposition: form-data; name="media"; filename="\xff\xfe.png"',
        b'Content-Disposition: form-data; name="media"; filename="\xe5\xad\x97.png"',
        b'Content-Disposition: form-data; filename="a.png"',
        b"Content-Disposition: form-data",
        b"X: y",
        b"",
    ],
)
def test_odd_parts(box, head):
    """None causes an internal error, now or later."""
    body = b"--x\r\n" + head + b"\r\n\r\n\x89PNG\r\n--x--\r\n"
    answer = box.raw(
        "POST",
        "/media/upload",
        params={"access_token": box.token(), "type": "image"},
        data=body,
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert answer.status_code == 200 and answer.json()["errcode"] in (0, 41005, 43008)
    assert box.control("GET", "media") is not None
