# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Checks of values that decide about rights, on stored records.

A value can come from ``vals``, from a ``default_*`` key of the context, from a default
that a user has saved, from an onchange or from a line of another form. The database
alone tells what became of it, so compare before and after ``super()``::

    before = rights.stored(self, GUARDED)
    result = super().write(vals)
    names = rights.changed(self, before)
"""
from odoo import SUPERUSER_ID

from . import compat

# Columns that Odoo writes itself.
AUTOMATIC = ("id", "create_uid", "create_date", "write_uid", "write_date")


def is_administrator(env):
    """Tell whether this is the system itself or a user with *Settings*."""
    return compat.is_superuser(env) or env.user.has_group("base.group_system")


def owner_ids(env):
    """Return the ids of Odoo's own users: the superuser and the first administrator."""
    users = [env.ref(xmlid, raise_if_not_found=False)
             for xmlid in ("base.user_root", "base.user_admin")]
    return {SUPERUSER_ID} | {user.id for user in users if user}


def without_defaults(records, names=None):
    """Return the records with a context that gives these fields no default.

    :param names: names of fields; None: all
    """
    kept = {
        key: value for key, value in records.env.context.items()
        if not key.startswith("default_")
        or names is not None and key[len("default_"):] not in names
    }
    return records.with_env(records.env(context=kept))


def complete(model, vals_list):
    """Return vals_list with a value for each field of the model that has a column.

    What a worker believes, such as "DingTalk has taken this", is then neither a
    ``default_*`` key of the caller's context nor a default that a user has saved.
    """
    own = {}
    for name, field in model._fields.items():
        if (
            not field.store or field.compute or field.related
            or field.type in ("one2many", "many2many") or name in AUTOMATIC
        ):
            continue
        default = field.default
        own[name] = (default(model) if callable(default) else default) or False
    return [dict(own, **vals) for vals in vals_list]


def own_defaults(model, names):
    """Return field -> value that the field itself gives to a new record.

    Neither the context nor a default that a user has saved counts.
    """
    values = {}
    for name in names:
        default = model._fields[name].default
        value = default(model) if callable(default) else default
        values[name] = _plain(value)
    return values


def stored(records, names):
    """Return id -> field -> stored value, relations as ids."""
    return {
        record.id: {name: _plain(record[name]) for name in names}
        for record in records.sudo().with_context(active_test=False)
    }


def changed(records, before):
    """Return the names of fields that differ from ``before``, in order.

    :param dict before: result of :func:`stored`
    """
    names = sorted({name for values in before.values() for name in values})
    after = stored(records, names)
    return [
        name for name in names
        if any(after[id_][name] != values[name] for id_, values in before.items())
    ]


def _plain(value):
    if hasattr(value, "ids"):
        value = tuple(sorted(value.ids))
    return value or False
