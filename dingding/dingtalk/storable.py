# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Texts that PostgreSQL can store.

PostgreSQL refuses NULs, halves of an emoji and everything stored with them: one
person's note would stop everybody's sync.
"""
import re

# In JSON: NUL, and the codes of which an emoji consists.
_SUSPICIOUS = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


def clean(value):
    """Return text that PostgreSQL accepts: without NUL and lone surrogates."""
    text = value if isinstance(value, str) else str(value)
    if "\x00" in text:
        text = text.replace("\x00", "")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text


def clean_json(payload, text):
    """Return a decoded JSON value whose texts PostgreSQL accepts.

    :param payload: the value
    :param str text: the value as JSON, for a quick check
    """
    return _cleaned(payload) if _SUSPICIOUS.search(text) else payload


def _cleaned(value):
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(each) for each in value]
    if isinstance(value, dict):
        return type(value)(
            (clean(name), _cleaned(each)) for name, each in value.items())
    return value
