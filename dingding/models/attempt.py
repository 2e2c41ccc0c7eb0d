# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Try what Odoo may refuse, without losing what was done before."""

from .. import compat
from .queue import NO_CONNECTION, failure_text


def attempt(env, function, *arguments):
    """Call a function; undo what it did if it fails.

    :return: (its result, None), or (None, the error as text)
    :raise psycopg2.OperationalError: the whole transaction has to be repeated; the
        others of ``NO_CONNECTION``, too
    """
    try:
        with env.cr.savepoint():
            result = function(*arguments)
            compat.flush(env)
        return result, None
    except NO_CONNECTION:
        raise
    except Exception as error:
        # Constraints and fields of other addons may raise anything.
        compat.forget(env)
        return None, failure_text(error)
