# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Evaluate stored text; the only place that does.

Only administrators may store it.
"""
from odoo.tools.safe_eval import safe_eval


class ExpressionError(Exception):
    """The evaluation failed; the message is Python's."""


def evaluate(text, record, today):
    """Return the value of an expression about a record.

    The expression can use ``record`` and ``user``, in the submitter's environment, and
    ``today``.

    :param str text: Python expression of an administrator
    :param datetime.date today: in the organisation's time zone
    :raise ExpressionError: the evaluation failed
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
