# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Try what Odoo may refuse, without losing what was done before."""

from psycopg2 import OperationalError

from .. import compat
from .queue import failure_text


def attempt(env, function, *arguments):
    """Call a function; undo what it did if it fails.

    :return: (its result, None), or (None, the error as text)
    :raise OperationalError: the whole transaction has to be repeated
    """
    try:
        with env.cr.savepoint():
            result = function(*arguments)
            compat.flush(env)
        return result, None
    except OperationalError:
        raise
    except Exception as error:
        # Constraints and fields of other addons may raise anything.
        compat.forget(env)
        return None, failure_text(error)
