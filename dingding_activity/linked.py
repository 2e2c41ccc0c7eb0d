# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""SQL of the capturing statements.

The conditions are true if the user ``part.user_id`` has a person in an active
organisation.
"""
from psycopg2 import sql

_PERSON = sql.SQL(
    "EXISTS (SELECT 1 FROM dingding_user person JOIN dingding_corp corp"
    " ON corp.id = person.corp_id AND corp.active"
    " WHERE person.active AND person.user_id = part.user_id AND {})"
)
# Pairs of an activity and a user: an array of each; the user is NULL if it is that of
# the stored activity, which need not be read before.
PAIRS = sql.SQL(
    "(SELECT pair.id, COALESCE(pair.user_id, activity.user_id) AS user_id"
    " FROM unnest({}::int[], {}::int[]) AS pair (id, user_id)"
    " LEFT JOIN mail_activity activity ON activity.id = pair.id) AS part"
)
# The organisation sends notifications.
NOTIFIED = _PERSON.format(sql.SQL("corp.notify"))
# The organisation creates to-dos.
WITH_TODOS = _PERSON.format(sql.SQL("corp.todo <> 'never'"))
