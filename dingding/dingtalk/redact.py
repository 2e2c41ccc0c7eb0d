# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Mask tokens and secrets in a text."""

import re

MASK = "***"

# Names of secret values, in lower case without "_" and "-".
SECRET_NAMES = frozenset(
    [
        "accesstoken",
        "xacsdingtalkaccesstoken",
        "useraccesstoken",
        "corpaccesstoken",
        "suiteaccesstoken",
        "refreshtoken",
        "snstoken",
        "token",
        "appsecret",
        "clientsecret",
        "corpsecret",
        "suitesecret",
        "ssosecret",
        "secret",
        "suiteticket",
        "jsapiticket",
        "ticket",
        "password",
        "passwd",
        "code",
        "authcode",
        "tmpauthcode",
        "logintmpcode",
        "persistentcode",
        "aeskey",
        "encodingaeskey",
        "sign",
        "signature",
        "msgsignature",
        "xosssignature",
        "securitytoken",
        "xosssecuritytoken",
        "session",
        "sessionwebhook",
        "authorization",
        "uploadkey",
        "downloadcode",
    ]
)

# Names of secrets in an address or in JSON, but not in prose before a colon ("Code:
# InvalidAuthentication").
_PROSE_NAMES = frozenset(["code", "sign", "session", "secret"])

# A number this short is an error code, never a login code.
_ERROR_CODE = re.compile(r"-?\d{1,7}\Z")

_NAME = r"(?P<name>[A-Za-z][A-Za-z_\-]{2,39})"

# "name": in JSON and in the text of a Python dict, quotes escaped or not.
_QUOTED_HEAD = re.compile(
    r"""(?P<quote>\\*["'])%s(?P=quote)\s*[:=]\s*[\[({]?\s*[bu]?""" % _NAME
)
_QUOTED_VALUE = re.compile(
    r"""(?P<open>\\*["'])(?:(?!(?P=open)).|(?<=\\)(?P=open))*(?P<close>(?P=open))?"""
    r"""|[^\s,}\]"'\\]+""",
    re.DOTALL,
)

# name=value in an address, a form or a message, and "Name: value" of a header.
_PLAIN_HEAD = re.compile(
    r"""(?:(?<![A-Za-z0-9_\-"'])|(?<=%%[0-9A-Fa-f]{2}))"""
    r"""%s(?P<sep>\s?=\s?|%%3[Dd]|:[ \t]*)""" % _NAME
)
_PLAIN_VALUE = re.compile(r"""(?:(?:Bearer|Basic)[ \t]+)?[^\s&"'<>]+""")


def is_secret_name(name):
    """Return whether the value with this name is secret."""
    return name.lower().replace("_", "").replace("-", "") in SECRET_NAMES


def _mask(text, head, value):
    """Return the text with the values of secret names masked.

    Only names are searched for: a harmless one ("url: https://...?access_token=...")
    must not hide a secret behind it.
    """
    parts, done = [], 0
    for found in head.finditer(text):
        if found.start() < done or not is_secret_name(found.group("name")):
            continue
        if found.groupdict().get("sep", "").startswith(":"):
            if found.group("name").lower() in _PROSE_NAMES:
                continue
        hidden = value.match(text, found.end())
        if not hidden:
            continue
        opening = hidden.groupdict().get("open") or ""
        closing = hidden.groupdict().get("close") or ""
        inner = text[hidden.start() + len(opening):hidden.end() - len(closing)]
        if not inner or _ERROR_CODE.match(inner) or inner in ("null", "None", MASK):
            continue
        parts.append(text[done:found.end()] + opening + MASK + closing)
        done = hidden.end()
    parts.append(text[done:])
    return "".join(parts)


def redact(text, secrets=()):
    """Return the text with every token, secret and login code masked.

    :param text: anything; other types are converted first
    :param secrets: values known to be secret, masked everywhere
    :rtype: str
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    elif not isinstance(text, str):
        text = str(text)
    for secret in secrets:
        # Very short values are not secrets.
        if secret and len(secret) >= 6:
            text = text.replace(secret, MASK)
    text = _mask(text, _QUOTED_HEAD, _QUOTED_VALUE)
    return _mask(text, _PLAIN_HEAD, _PLAIN_VALUE)
