# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Signatures that callers send or pages carry."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import unquote_plus


def hmac_base64(key: str, message: str) -> str:
    return base64.b64encode(
        hmac.new(key.encode("utf-8"), message.encode("utf-8"), hashlib.sha256).digest()
    ).decode()


def sns(app_secret: str, timestamp: str) -> str:
    """Of sns/getuserinfo_bycode, not URL-encoded."""
    return hmac_base64(app_secret, timestamp)


def robot(secret: str, timestamp: str) -> str:
    """Of a custom robot's webhook, not URL-encoded."""
    return hmac_base64(secret, "%s\n%s" % (timestamp, secret))


def jsapi_url(url: str) -> str:
    """The address as it is signed: without fragment, the query decoded once."""
    base, mark, query = url.partition("#")[0].partition("?")
    return base + mark + unquote_plus(query)


def jsapi(
    ticket: str, nonce: str, timestamp: str, url: str, algorithm: str = "sha256"
) -> str:
    """Of dd.config, hexadecimal.

    Documents say sha256, older official code sha1; DingTalk takes either.
    """
    text = "jsapi_ticket=%s&noncestr=%s&timestamp=%s&url=%s" % (
        ticket,
        nonce,
        timestamp,
        jsapi_url(url),
    )
    return hashlib.new(algorithm, text.encode("utf-8")).hexdigest()


def same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode("utf-8"), right.encode("utf-8"))
