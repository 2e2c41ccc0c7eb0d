# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""QR codes as pictures."""

from __future__ import annotations

import qrcode
from markupsafe import Markup

QUIET = 4  # modules around the code that must stay empty


def svg(text: str) -> Markup:
    """The picture as an <svg> element."""
    code = qrcode.QRCode(
        error_correction=qrcode.constants.ERROR_CORRECT_M, border=QUIET
    )
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(
        "M%d %dh1v1h-1z" % (x, y)
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    )
    return Markup(
        '<svg viewBox="0 0 %d %d" class="qr" aria-hidden="true" focusable="false" '
        'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/>'
        '<path fill="#111" d="%s"/></svg>'
    ) % (len(rows), len(rows), len(rows), len(rows), path)
