# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Signatures against published values."""

from dingtalk_simulator import signatures


def test_sns():
    """DingTalk's page (inputs), tests of two other projects (expected value)."""
    assert signatures.sns("testappSecret", "1546084445901") == (
        "HCbG3xNE3vzhO+u7qCUL1jS5hsu2n5r2cFhnTrtyDAE="
    )


def test_jsapi():
    """Published in the tests of a Haskell client."""
    assert signatures.jsapi("xxx", "nonce", "23423244", "http://abc.com", "sha1") == (
        "1ff3af2ddfb918fd2b930996bb954024f3d7eb59"
    )


def test_jsapi_url():
    """The example of DingTalk's own page."""
    assert signatures.jsapi_url(
        "http://abc.com?url=http%3A%2F%2Fabc.com%2Fsomewhere#xxx"
    ) == ("http://abc.com?url=http://abc.com/somewhere")


def test_computed_ones():
    """Without published values: computed from the published algorithm and inputs."""
    assert signatures.robot("this is secret", "1577262236757") == (
        "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM="
    )
    ticket = (
        "zHoQdGJuH0ZDebwo7sLqLzHGUueLmkWCC4RycYgkuvDu3eoROgN5qhwnQLgfzwEX"
        "tuR9SDzh6BdhyVngzAjrxV"
    )
    assert signatures.jsapi(
        ticket, "abcdefgh", "1437027269927", "http://10.62.53.138:3000/jsapi"
    ) == ("f83d09ae579893dd206f49752d49c64ed5b1d495a2d769e9f63ba4d1909f90ed")
