# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Check values that decide about rights, on stored records.

Values also come from ``default_*`` keys of the context, saved defaults, onchanges and
lines of other forms, so compare before and after ``super()``::

    before = rights.stored(self, GUARDED)
    result = super().write(vals)
    names = rights.changed(self, before)
"""
from odoo import SUPERUSER_ID, _
from odoo.exceptions import AccessError

from . import compat

# Key of the context with the fields whose saved defaults do not count: ``ALL_FIELDS``,
# or a list of names.
IGNORED_DEFAULTS = "dingding_ignored_defaults"
ALL_FIELDS = "*"
AUTOMATIC = ("id", "create_uid", "create_date", "write_uid", "write_date")


def is_administrator(env):
    """Tell whether this is the superuser or a user with *Settings*."""
    return compat.has_group(env, "base.group_system")


def is_manager(env):
    """Tell whether this is the superuser or a user with *DingTalk / Manager*."""
    return compat.has_group(env, "dingding.group_manager")


# Odoo takes the language from ``self``.
def check_manager(self):
    """Refuse everybody but managers.

    :param self: records or a model with the user's environment
    :raise AccessError: for everybody else
    """
    if not is_manager(self.env):
        raise AccessError(_("Only DingTalk managers may do this."))


def check_sent_by_system(self):
    """Refuse everybody who would create or change messages as if they had been sent.

    :param self: messages with the user's environment
    :raise AccessError: for everybody but the superuser
    """
    if not compat.is_superuser(self.env):
        raise AccessError(
            _("Messages are created by sending them and cannot be changed afterwards.")
        )


def may_use_field(env, field):
    """Tell whether the user of ``env`` belongs to the groups of a field.

    Up to 16 Odoo does not check that for the fields of a search.
    """
    if compat.is_superuser(env) or not field.groups:
        return True
    groups = [each.strip() for each in field.groups.split(",")]
    refused = [each[1:] for each in groups if each.startswith("!")]
    wanted = [each for each in groups if not each.startswith("!")]
    if any(env.user.has_group(each) for each in refused):
        return False
    return not wanted or any(env.user.has_group(each) for each in wanted)


def may_see(env, record):
    """Tell whether the user of ``env`` may read a record, for what an error names."""
    return bool(readable(env, [(record._name, record.id)]))


def readable(env, documents):
    """Return the documents that the user of ``env`` may read; a search per model.

    :param documents: of (name of a model, id); models and records may be gone
    :rtype: set
    """
    ids_of, found = {}, set()
    for name, id_ in documents:
        if name in env and id_:
            ids_of.setdefault(name, set()).add(id_)
    for name, ids in ids_of.items():
        try:
            records = env[name].with_context(active_test=False).search(
                [("id", "in", sorted(ids))])
        except AccessError:
            continue
        found.update((name, id_) for id_ in records.ids)
    return found


def own_activities(env, limit):
    """Return the planned activities of the user of ``env``, the next one first.

    With all rights: 15.0 and 16.0 find only those on documents that the user may write.
    Others lead to documents that he may not even read.
    """
    return env["mail.activity"].sudo().search(
        [("user_id", "=", env.uid)], order="date_deadline, id", limit=limit)


def owner_ids(env):
    """Return the ids of Odoo's own users: the superuser and the first administrator."""
    found = {compat.xmlid_id(env, xmlid)
             for xmlid in ("base.user_root", "base.user_admin")}
    return {SUPERUSER_ID} | found - {False, None}


def without_defaults(records, names=None):
    """Return the records with a context without defaults for these fields.

    Nor do defaults that the user has saved count: from 13 on ``sudo`` keeps the user.

    :param names: names of fields; None: all
    """
    if names is not None and not names:
        return records
    kept = {
        key: value for key, value in records.env.context.items()
        if not key.startswith("default_")
        or names is not None and key[len("default_"):] not in names
    }
    if records.env.uid != SUPERUSER_ID:
        kept[IGNORED_DEFAULTS] = _ignored(kept.get(IGNORED_DEFAULTS), names)
    if kept == records.env.context:
        return records
    return records.with_env(records.env(context=kept))


def _ignored(known, names):
    """Return fields to ignore, those of an outer caller included."""
    if names is None or known == ALL_FIELDS:
        return ALL_FIELDS
    known = known if isinstance(known, (list, tuple)) else ()
    return tuple(sorted(set(map(str, known)) | set(names)))


def complete(model, vals_list):
    """Return vals_list with a value for each stored field of the model.

    So no default can fake a value that only a worker may set.
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
    """Return field -> the field's own default for a new record.

    The context's and users' defaults are ignored.
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

    :param dict before: result of :func:`stored`; a record may have fewer fields
    """
    names = sorted({name for values in before.values() for name in values})
    after = stored(records, names)
    return [
        name for name in names
        if any(
            name in values and after[id_][name] != values[name]
            for id_, values in before.items()
        )
    ]


def _plain(value):
    if hasattr(value, "ids"):
        value = tuple(sorted(value.ids))
    return value or False
