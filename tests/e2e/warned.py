"""Warnings of our addons in a log of Odoo."""

import re

from tools import logs, paths

# Python's own warnings bypass Odoo's log in some series.
PYTHON = re.compile(r"^.*dingding\S*\.py:\d+: \w*Warning: .*$", re.M)
TEMPORARY = re.compile(r"\S*/%s[a-z]+-\w+" % paths.PREFIX)


def complaints(text, *folders):
    """Return lines of our addons above INFO, without folder names."""
    for folder in folders + (paths.cache_folder(), paths.ROOT):
        text = text.replace(str(folder), "")
    text = TEMPORARY.sub("", text)
    return PYTHON.findall(text) + [
        "%s: %s" % (entry.logger, entry.text.strip()) for entry in logs.entries(text)
        if logs.is_warning(entry) and "dingding" in entry.logger + entry.text
    ]


def check(text, *folders):
    """Fail if there is one in the log of an Odoo that loaded its addons."""
    assert "Modules loaded" in text or "Registry loaded" in text, text[-2000:]
    found = complaints(text, *folders)
    assert not found, "\n".join(found)
