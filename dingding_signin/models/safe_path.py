# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Restrict redirects after a sign-in to pages of this site."""
import re
from urllib.parse import unquote

HOME = "/web"
LONGEST = 2000  # characters
# Browsers drop these, or read a backslash as a slash.
ODD = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ufeff]")
# These would end the new session, or start the sign-in again.
NOT_THERE = (
    "/web/session/logout", "/web/session/destroy", "/web/login", "/web/database",
    "/dingding/signin",
)
ROUNDS = 4  # of decoding, in case the browser or a proxy decodes repeatedly


def safe_path(value):
    """Return ``value`` if it is a path of this site, else the home page.

    :param value: untrusted input: any text, or nothing
    :return: a path that begins with exactly one slash
    """
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
        return HOME
    plain = value
    for _round in range(ROUNDS):
        if not _is_path(plain):
            return HOME
        decoded = unquote(plain)
        if decoded == plain:
            break
        # Blanks are normal in a query only.
        plain = re.split("[?#]", decoded, 1)[0]
    else:
        return HOME
    page = re.split("[?#]", plain, 1)[0].lower()
    if any(page == each or page.startswith(each + "/") for each in NOT_THERE):
        return HOME
    return value


def _is_path(text):
    return (
        text.startswith("/")
        and not text.startswith("//")
        and not ODD.search(text)
        and "/../" not in text + "/"
        and "/./" not in text + "/"
    )
