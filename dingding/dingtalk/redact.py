# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Take tokens and secrets out of a text before anybody can read it."""
import re

MASK = "***"

# Names whose value is never shown, in lower case with "_" and "-" left out, so that
# one entry stands for every spelling that the two API families use.
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
        "session",
        "sessionwebhook",
        "authorization",
        "uploadkey",
        "downloadcode",
    ]
)

# A number of so few digits is an error code, never a login code.
_ERROR_CODE = re.compile(r"-?\d{1,7}\Z")

_NAME = r"[A-Za-z][A-Za-z_\-]{2,39}"

# "name": "value" in JSON and in the text of a Python dict, quotes escaped or not.
_QUOTED = re.compile(
    r"""(?P<head>(?P<quote>\\*["'])(?P<name>%s)(?P=quote)\s*[:=]\s*[bu]?)"""
    r"""(?:(?P<open>\\*["'])(?P<value>(?:(?!(?P=open)).|(?<=\\)(?P=open))*)"""
    r"""(?P<close>(?P=open))?|(?P<bare>[^\s,}\]"'\\]+))""" % _NAME,
    re.DOTALL,
)

# name=value in an address, a form or a message, and "Name: value" of a header.
_PLAIN = re.compile(
    r"""(?<![A-Za-z0-9_\-"'])(?P<head>(?P<name>%s)(?P<sep>=|%%3[Dd]|:[ \t]*))"""
    r"""(?P<value>(?:(?:Bearer|Basic)[ \t]+)?[^\s&"'<>,;)\]}]+)""" % _NAME
)


def is_secret_name(name):
    """Return whether the value that goes by this name must never be shown."""
    return name.lower().replace("_", "").replace("-", "") in SECRET_NAMES


def _mask_quoted(match):
    if not is_secret_name(match.group("name")):
        return match.group(0)
    value = match.group("value") if match.group("open") else match.group("bare")
    if not value or _ERROR_CODE.match(value) or value in ("null", "None"):
        return match.group(0)
    quote = match.group("open") or ""
    return match.group("head") + quote + MASK + quote


def _mask_plain(match):
    name, value = match.group("name"), match.group("value")
    if not is_secret_name(name) or _ERROR_CODE.match(value) or value == MASK:
        return match.group(0)
    if match.group("sep").startswith(":") and name.lower() in ("code", "sign", "session"):
        # Prose such as "Code: InvalidAuthentication" names no secret.
        return match.group(0)
    return match.group("head") + MASK


def redact(text, secrets=()):
    """Return the text with every token, secret and login code masked.

    :param text: anything; what is not a string is converted first
    :param secrets: values known to be secret, masked wherever they stand
    :rtype: str
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    elif not isinstance(text, str):
        text = str(text)
    for secret in secrets:
        # Very short values would blank half of the text and are no secrets.
        if secret and len(secret) >= 6:
            text = text.replace(secret, MASK)
    text = _QUOTED.sub(_mask_quoted, text)
    return _PLAIN.sub(_mask_plain, text)
