# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""SQL conditions of the capturing statements.

True if the user ``part.user_id`` has a person in an active organisation.
"""
from psycopg2 import sql

_PERSON = sql.SQL(
    "EXISTS (SELECT 1 FROM dingding_user person JOIN dingding_corp corp"
    " ON corp.id = person.corp_id AND corp.active"
    " WHERE person.active AND person.user_id = part.user_id AND {})"
)
# The organisation sends notifications.
NOTIFIED = _PERSON.format(sql.SQL("corp.notify"))
# The organisation creates to-dos.
WITH_TODOS = _PERSON.format(sql.SQL("corp.todo <> 'never'"))
