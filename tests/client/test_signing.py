# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Signatures against published values."""

import pytest
from dingtalk import errors, signing


def test_sns_published():
    assert signing.sns_signature("testappSecret", 1546084445901) == (
        "HCbG3xNE3vzhO+u7qCUL1jS5hsu2n5r2cFhnTrtyDAE="
    )


def test_robot():
    assert signing.robot_sign("this is secret", 1577262236757) == (
        "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM="
    )


def test_jsapi_published():
    arguments = ("xxx", "nonce", 23423244, "http://abc.com")
    assert signing.jsapi_signature(*arguments, algorithm="sha1") == (
        "1ff3af2ddfb918fd2b930996bb954024f3d7eb59"
    )
    assert signing.jsapi_signature(*arguments) == (
        "653562c27bad0899ce803b953be4a712ea92184580a5aee1196b14ab985a20c2"
    )
    with pytest.raises(errors.InvalidArgumentError):
        signing.jsapi_signature(*arguments, algorithm="md5")


@pytest.mark.parametrize(
    "url,signed",
    [
        (
            "http://abc.com?url=http%3A%2F%2Fabc.com%2Fsomewhere#xxx",
            "http://abc.com?url=http://abc.com/somewhere",
        ),
        ("http://abc.com/a%20b#/route?x=1", "http://abc.com/a%20b"),
        ("http://abc.com:80/", "http://abc.com:80/"),
        ("http://abc.com/?a=b+c", "http://abc.com/?a=b c"),
    ],
)
def test_the_address_that_is_signed(url, signed):
    assert signing.jsapi_url(url) == signed
