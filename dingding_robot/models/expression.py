# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Evaluate stored text; the only place that does.

Only administrators may store it.
"""
from odoo.tools.safe_eval import safe_eval


def domain(text, user):
    """Return the domain in a text.

    :param str text: of an administrator; can use ``uid`` and ``user``
    :param user: the person for whom records are searched
    :raise Exception: it cannot be evaluated
    """
    return list(safe_eval((text or "[]").strip(), {"uid": user.id, "user": user}))
