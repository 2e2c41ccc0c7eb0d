# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Rows that our code makes, and in which nobody else may have a say."""

# Columns that Odoo writes itself.
AUTOMATIC = ("id", "create_uid", "create_date", "write_uid", "write_date")


def without_defaults(records):
    """Return the records with a context that gives no field a default."""
    kept = {
        key: value for key, value in records.env.context.items()
        if not key.startswith("default_")
    }
    return records.with_context(kept)


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
