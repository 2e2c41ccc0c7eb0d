# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""The one place where text that somebody has stored is evaluated.

Only administrators may store such text: see ``dingding.approval.mapping.line``.
"""
from odoo.tools.safe_eval import safe_eval


class ExpressionError(Exception):
    """An expression did not work; the message is Python's."""


def evaluate(text, record, today):
    """Return the value of an expression about a record.

    The expression knows ``record`` and ``user``, in the environment of who submits, and
    ``today``.

    :param str text: Python expression, written by an administrator
    :param datetime.date today: of the organisation
    :raise ExpressionError: it cannot be evaluated
    """
    names = {
        "record": record,
        "user": record.env.user,
        "today": today.isoformat(),
    }
    try:
        return safe_eval(text.strip(), names)
    except Exception as error:
        raise ExpressionError(str(error)) from error
