# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Tell which files DingTalk accepts in work notifications. Pure functions."""

from odoo.addons.dingding.dingtalk.api.media import KINDS, MB

# Uploads may be larger than what a message may carry.
LIMITS = (("file", 10 * MB), ("image", 20 * MB))


def kind_of(name, size):
    """Return the type of work notification for a file, None if DingTalk has none.

    :param str name: of the file, with its extension
    :param int size: bytes
    """
    stem, _dot, extension = (name or "").rpartition(".")
    for kind, limit in LIMITS:
        if stem and extension.lower() in KINDS[kind][1]:
            return kind if 0 < size <= limit else None
    return None


def shown_size(size):
    """Return a number of bytes as people read it: 1.2 MB."""
    if size >= MB:
        return "%.1f MB" % (float(size) / MB)
    return "%d KB" % max(int(round(size / 1024.0)), 1)
