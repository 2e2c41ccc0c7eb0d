# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Identifiers in DingTalk's formats."""

from __future__ import annotations

import hashlib
import secrets
import string
import uuid

_LOWER = string.ascii_lowercase + string.digits
_BASE62 = string.ascii_letters + string.digits


def digest62(length: int, *parts: object) -> str:
    """A stable base-62 text of `length` characters for these parts."""
    text = "\x1f".join(str(part) for part in parts).encode("utf-8")
    number = int.from_bytes(hashlib.sha512(text).digest(), "big")
    letters = []
    for _unused in range(length):
        number, rest = divmod(number, 62)
        letters.append(_BASE62[rest])
    return "".join(letters)


def random_hex(length: int) -> str:
    return secrets.token_hex((length + 1) // 2)[:length]


def random_lower(length: int) -> str:
    """Lower-case letters and digits, as in access tokens and request ids."""
    return "".join(secrets.choice(_LOWER) for _unused in range(length))


def random62(length: int) -> str:
    return "".join(secrets.choice(_BASE62) for _unused in range(length))


def request_id() -> str:
    """As `request_id` of the topapi answers: 12 or 13 lower-case alphanumerics."""
    return random_lower(12 + secrets.randbelow(2))


def request_guid() -> str:
    """As `requestid` of the new family's errors: an upper-case GUID."""
    return str(uuid.uuid4()).upper()
