# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Adapt to the running Odoo series; the only file that knows it.

The other files use what Odoo 11.0 to 19.0 have in common.
"""
import base64
import contextlib
import datetime
import functools
import json
import re
import threading
import types

import pytz
from lxml import etree
from PIL import Image, ImageChops
from psycopg2 import sql

from odoo import (
    SUPERUSER_ID,
    _,
    api,
    fields,
    http,
    models,
    modules,
    release,
    sql_db,
    tools,
)
from odoo.exceptions import (
    AccessDenied,
    AccessError,
    MissingError,
    RedirectWarning,
    UserError,
    ValidationError,
)
from odoo.modules.registry import Registry
from odoo.service.db import list_dbs

from .pictures import open_picture

SERIES = release.version_info[0]

# Odoo's own refusals; in earlier series the others are not UserErrors.
REFUSALS = (AccessError, MissingError, RedirectWarning, UserError, ValidationError)

# Field parameter that tracks changes in the chatter: renamed in 13.
TRACK = {"tracking": True} if SERIES >= 13 else {"track_visibility": "onchange"}

# Field parameter that averages a number over a group: renamed in 18.
AVERAGE = {"aggregator": "avg"} if SERIES >= 18 else {"group_operator": "avg"}

# Parameter of a computed field that depends on itself, such as on the parent: 15 and
# later warn without it, earlier series lack it.
RECURSIVE = {"recursive": True} if SERIES >= 15 else {}

# Whether wizards need access rights. Up to 13 Odoo grants them to the creator, and
# warns of access rows.
WIZARD_ACCESS = SERIES >= 14

USER_GROUPS = "group_ids" if SERIES >= 19 else "groups_id"
# The same for a search that includes implied groups.
ALL_USER_GROUPS = "all_group_ids" if SERIES >= 19 else "groups_id"

# Up to 15 translations of fields are rows of ir.translation.
TRANSLATION_ROWS = SERIES < 16

# Up to 17 values of company-dependent fields are rows of ir.property.
PROPERTY_ROWS = SERIES < 18

# Whether everybody's contacts are merged by a wizard of Odoo's core. In 11 it belongs
# to CRM.
MERGES_CONTACTS = SERIES >= 12

# Parameter of a many2one that access rules follow: without it, up to 13, Odoo lists all
# ids of the other model.
JOINED = {"auto_join": True} if SERIES < 14 else {}

# Whether Odoo creates a message's notifications as records. Up to 12 it writes a
# many2many, without their ``create``.
NOTIFICATION_RECORDS = SERIES >= 13

# Whether users without an e-mail address may mark activities as done. Earlier series
# let nobody post without one.
DONE_WITHOUT_EMAIL = SERIES >= 17

# Whether Odoo sends e-mails about activities that are planned for somebody.
NOTIFIES_OF_ACTIVITIES = SERIES >= 12

# Whether e-mail templates, ``send_mail`` included, send for several documents at once.
SENDS_IN_BATCHES = SERIES >= 18

# Type of a route with JSON bodies and bare JSON answers, see ``bare_json``. Up to 15
# routes of the type "http" refuse a JSON body.
BARE_JSON = "json" if SERIES < 16 else "http"

# Whether users may be allowed to edit the work e-mail and mobile of their own employee.
EDIT_OWN_EMPLOYEE = SERIES >= 13

# Whether scheduled actions can be triggered, see ``trigger_action``.
TRIGGERS = SERIES >= 15

_WORD = re.compile(r"\w+")


# -- methods of models -------------------------------------------------------------


def create_multi(method):
    """Make ``method(self, vals_list)`` the create() of a model.

    Odoo 11 passes one dictionary to create(), later series a list.
    """
    if SERIES >= 12:
        return api.model_create_multi(method)

    @api.model
    @functools.wraps(method)
    def create(self, vals):
        return method(self, [vals])

    return create


def super_create(parent, vals_list):
    """Call ``parent.create`` (parent: a super() object) for all of vals_list."""
    if SERIES >= 12:
        return parent.create(vals_list)
    records = None
    for vals in vals_list:
        record = parent.create(vals)
        records = record if records is None else records | record
    return records


def create_all(model, vals_list):
    """Create one record per dictionary with as few statements as possible."""
    if SERIES >= 12:
        return model.create(vals_list)
    with model.env.norecompute():
        ids = [model.create(vals).id for vals in vals_list]
    model.recompute()
    return model.browse(ids)


def depends_on_user(method):
    """Declare that a computed value differs for each user.

    From 13 on the users of a transaction share computed values.
    """
    if SERIES >= 13:
        return api.depends_context("uid")(method)
    return method


def depends_on_reader(method):
    """Declare that a computed text differs by language and time zone, as above."""
    if SERIES >= 13:
        return api.depends_context("lang", "tz")(method)
    return method


def depends_of(env, field):
    """Return the dotted names on which a computed or related field depends."""
    if SERIES >= 15:
        return env.registry.field_depends[field]
    return field.depends


# -- users and companies -----------------------------------------------------------


def with_user(record, user):
    """Return the record in the environment of ``user``, with that user's rights."""
    if SERIES >= 13:
        return record.with_user(user)
    return record.with_env(record.env(user=user.id))


def as_writer(records):
    """Return the records of a constraint with the rights of the user who writes.

    19 checks constraints with all rights.
    """
    return with_user(records, records.env.user) if SERIES >= 19 else records


def in_company(records, company):
    """Return the records as who works in a company sees and changes them.

    14 and later warn of the key that earlier series have for its own values.
    """
    context = {"allowed_company_ids": company.ids}
    if SERIES < 14:
        context["force_company"] = company.id
    return records.with_context(**context)


def company(env):
    """Return the company that the user works in now.

    From 13 on the user chooses it in the web client's menu, and the company of the user
    is only the one chosen at first.
    """
    return env.company if SERIES >= 13 else env.user.company_id


def companies(env):
    """Return the companies whose records the user sees now, as record rules do."""
    return env.companies if SERIES >= 13 else env.user.company_ids


def companies_to_choose(user):
    """Return the ids of the companies that a user may work in at once.

    The list is empty up to 12, where nothing can be chosen. From 16 on Odoo caches
    them.
    """
    if SERIES < 13:
        return []
    if SERIES < 16:
        return user.company_ids.ids
    return list(user._get_company_ids())


def as_superuser(records):
    """Return the records in the environment of Odoo's superuser."""
    return with_user(records, records.env["res.users"].browse(SUPERUSER_ID))


def without_sudo(records):
    """Return the records with the rights of their user, who may have called ``sudo``.

    Up to 12 ``sudo`` replaces the user, and the records are returned as they are.
    """
    return records.sudo(False) if SERIES >= 13 else records


# -- access and searches -----------------------------------------------------------


def check_access(records, operation):
    """Check the access rights of the model and the rules of the records.

    :param str operation: 'read', 'write', 'create' or 'unlink'
    :raise AccessError: the user of ``records`` may not do that
    """
    if SERIES >= 18:
        records.check_access(operation)
    else:
        records.check_access_rights(operation)
        records.check_access_rule(operation)


def check_field(records, name):
    """Check that the user may read a field, which Odoo does for stored fields only.

    :raise AccessError: the user of ``records`` is in none of the field's groups
    """
    if SERIES >= 19:
        records._check_field_access(records._fields[name], "read")
    else:
        records.check_field_access_rights("read", [name])


class OrmSQL(sql.Composable):
    """A fragment of SQL made by Odoo, for use in our own statements."""

    def as_string(self, context):
        return self._wrapped


def exists_readable(records, column):
    """Return (SQL condition, parameters): the user may read the record with an id.

    Nothing is executed where the series allows it, and no ids are listed.

    :param records: model, in the environment of the user
    :param psycopg2.sql.Composable column: holds the id
    :raise AccessError: the user may not read the model at all
    """
    records = records.with_context(active_test=False)
    check_access(records.browse(), "read")
    ids = query = None
    if SERIES >= 14:
        found = records._search([], order="id")
        if hasattr(found, "add_where"):
            query = found
        else:
            ids = found
    elif type(records)._search is models.BaseModel._search:
        flush(records.env)
        query = records._where_calc([])
        records._apply_ir_rules(query, "read")
    else:
        # The model's own search excludes more than the record rules do.
        ids = records.search([]).ids
    if query is None:
        return sql.SQL("{} IN %s").format(column), [tuple(ids) or (0,)]
    link = sql.SQL("{}.id = {}").format(sql.Identifier(records._table), column)
    text, params = _selected(query, link, [], records)
    # OFFSET 0 makes PostgreSQL look up each id instead of reading all records first.
    return sql.SQL("EXISTS ({} OFFSET 0)").format(OrmSQL(text)), params


def among(model, domain, condition, params):
    """Return (operator, value) of a condition on ``id``: records of a subselect.

    For the search method of a field, with all rights.

    :param list domain: domain of the records
    :param psycopg2.sql.Composable condition: additional SQL condition on the model's
        table
    :param list params: parameters of the condition
    """
    model = model.sudo().with_context(active_test=False)
    if SERIES >= 14:
        query = model._search(domain, order="id")
        query.add_where(condition.as_string(model.env.cr._obj), params)
        return "in", query
    flush(model.env)
    return "inselect", _selected(model._where_calc(domain), condition, params, model)


def selected_ids(model, domain):
    """Return (SQL subselect of the ids that meet a domain, parameters).

    With all rights, archived records included.
    """
    model = model.sudo().with_context(active_test=False)
    if SERIES >= 14:
        query = model._search(domain, order="id")
        if isinstance(query, list):
            # Up to 16 a domain that nothing can meet makes no query.
            return sql.SQL("SELECT NULL::integer WHERE FALSE"), []
    else:
        flush(model.env)
        query = model._where_calc(domain)
    text, params = _selected(query, sql.SQL("TRUE"), [], model)
    return OrmSQL(text), params


def _selected(query, condition, params, model):
    """Return (text, parameters) selecting the ids of a query that meet a condition."""
    condition = condition.as_string(model.env.cr._obj)
    if SERIES >= 14:
        query.add_where(condition, params)
        select = query.select()
        if SERIES >= 18:
            # The fields to flush would be lost together with the object.
            model.env.flush_query(select)
        if not isinstance(select, tuple):
            select = select.code, select.params
        return select[0], list(select[1])
    tables, where, values = query.get_sql()
    select = sql.SQL("SELECT {}.id FROM {} WHERE ({}) AND ({})").format(
        sql.Identifier(model._table), OrmSQL(tables), OrmSQL(where or "TRUE"),
        OrmSQL(condition),
    )
    return select.as_string(model.env.cr._obj), list(values) + list(params)


def xmlid_id(env, xmlid):
    """Return the id of an external id, or False; cached, unlike that of ``env.ref``."""
    data = env["ir.model.data"]
    if SERIES >= 15:
        return data._xmlid_to_res_id(xmlid)
    return data.xmlid_to_res_id(xmlid)


# -- dialogs and actions -----------------------------------------------------------


def window_action(env, xmlid):
    """Return an action as the web client opens it; users need not read actions.

    Up to 16 Odoo also describes the search view, which takes longer than all else and
    which the client reads itself.
    """
    action = env.ref(xmlid).sudo()
    return action.read([name for name in action._fields if name != "search_view"])[0]


def only_for(group):
    """Restrict a wizard class to members of a group.

    Up to 13 Odoo checks no access rights of transient models: everybody can create rows
    and read their own.

    :param str group: XML id
    """
    def decorate(cls):
        if SERIES <= 13:

            def check_access_rights(self, operation, raise_exception=True):
                if has_group(self.env, group):
                    return super(cls, self).check_access_rights(
                        operation, raise_exception
                    )
                if raise_exception:
                    raise AccessError(
                        _("You may not open this dialog: %s.") % self._description
                    )
                return False

            cls.check_access_rights = api.model(check_access_rights)
        return cls

    return decorate


def restrict_dialogs(env):
    """Restrict users to the wizard rows they created.

    Up to 13 Odoo does so itself, on 13 with :func:`own_dialogs`, and accepts no rules
    for transient models.
    """
    if SERIES <= 13:
        return
    rules = env["ir.rule"]
    for name in env.registry.models:
        if not name.startswith("dingding.") or not env[name].is_transient():
            continue
        model = env["ir.model"]._get(name)
        if not rules.with_context(active_test=False).search(
            [("model_id", "=", model.id)], limit=1
        ):
            rules.create(
                {
                    "name": "%s: own rows" % name, "model_id": model.id,
                    "domain_force": "[('create_uid', '=', user.id)]",
                }
            )


def own_dialogs(cls):
    """Make a class that extends ``base`` keep wizard rows for their creator on 13.

    Its check of a write, deletion or onchange forgets what its check of a read knows.
    """
    if SERIES == 13:

        def _filter_access_rules_python(self, operation):
            found = super(cls, self)._filter_access_rules_python(operation)
            if self.env.su or not (
                self.ids and self.is_transient() and self._name.startswith("dingding.")
            ):
                return found
            rows = self.browse(self.ids)
            return found - (rows - rows._filter_access_rules(operation))

        cls._filter_access_rules_python = _filter_access_rules_python
    return cls


def added_selection(*values):
    """Return the arguments of a Selection that adds values to another addon's field.

    From 14 on it must define what happens to records on uninstall: they are deleted.
    """
    added = {"selection_add": [(value, label) for value, label in values]}
    if SERIES >= 14:
        added["ondelete"] = dict((value, "cascade") for value, _label in values)
    return added


def runs_server_action(state, name):
    """Make a class that extends ``ir.actions.server`` run the actions of a state.

    :param str name: its method, called on one action with the eval context of server
        actions: ``env``, ``record``, ``records`` and more
    """
    def decorate(cls):
        if SERIES >= 14:

            def run(self, eval_context=None):
                return getattr(self, name)(eval_context)

            setattr(cls, "_run_action_%s_multi" % state, run)
        else:

            @api.model
            def run(self, action, eval_context=None):
                return getattr(action, name)(eval_context)

            setattr(cls, "run_action_%s_multi" % state, run)
        return cls

    return decorate


def returns_records(model):
    """Make a public method that returns records of ``model`` callable by RPC.

    Python callers get records, RPC callers ids. 19 does that itself.
    """
    if hasattr(api, "returns"):
        return api.returns(model, lambda records: records.ids)
    return lambda method: method


# -- superusers and groups ---------------------------------------------------------


def is_superuser(env):
    """Tell whether this environment bypasses access rights."""
    return env.su if SERIES >= 13 else env.uid == SUPERUSER_ID


def _asking():
    """Return the id of the user who asks by a page or RPC, or None.

    Odoo notes it in the thread.
    """
    return getattr(threading.current_thread(), "uid", None)


def asks_as_superuser(env):
    """Tell whether a person signed in as the superuser asks, and not our own code.

    The administrator of 11.0 does; in later series a user who becomes the superuser
    does. Up to 12 ``sudo`` makes every environment the superuser's.
    """
    return env.uid == SUPERUSER_ID and _asking() == SUPERUSER_ID


def person_behind(env):
    """Return the id of the user for whom code with all rights acts, or None.

    Up to 12 ``sudo`` replaces the user.
    """
    user_id = env.uid if SERIES >= 13 else _asking()
    return user_id if user_id != SUPERUSER_ID else None


def has_group(env, group):
    """Tell whether this environment bypasses access rights or its user is in a group.

    :param str group: XML id
    """
    return is_superuser(env) or env.user.has_group(group)


# -- transactions and caches -------------------------------------------------------


def after_commit(cr, function):
    """Call ``function()`` once the transaction of ``cr`` has been committed."""
    if SERIES >= 14:
        cr.postcommit.add(function)
    else:
        cr.after("commit", function)


def once_after_commit(cr, key, function):
    """Call ``function()`` after the commit, once for all calls with the same key.

    Up to 13 it is called once for each call of this function.
    """
    if SERIES >= 14:
        # Odoo clears it at each commit and rollback.
        keys = cr.postcommit.data.setdefault("dingding", set())
        if key in keys:
            return
        keys.add(key)
    after_commit(cr, function)


def trigger_action(action, moment=None):
    """Make Odoo run a scheduled action; only where ``TRIGGERS`` is true.

    :param action: record of ir.cron
    :param datetime.datetime moment: in UTC. Default: at commit, which wakes the cron
        workers. For a later moment they wake up within a minute after it.
    """
    action = action.sudo()
    if moment is not None and action.env["ir.cron.trigger"].search_count(
        [("cron_id", "=", action.id), ("call_at", "=", moment)]
    ):
        return
    action._trigger(moment)


def flush(env):
    """Send pending writes to the database: 13 and later keep them in memory.

    18 and later store the environment's user as their last editor.
    """
    if SERIES >= 16:
        env.flush_all()
    elif SERIES >= 13:
        env["base"].flush()


def forget(env):
    """Drop cached values, so that the next read comes from the database."""
    if SERIES >= 16:
        env.invalidate_all()
    else:
        env.cache.invalidate()


def asked_for(records):
    """Return those of a compute method's records whose values are needed.

    Up to 12 Odoo calls it for whatever was read along, after the one that is asked for.
    """
    return records if SERIES >= 13 else records[:1]


def separate_users(env):
    """Drop cached values before others are read with the rights of another user.

    From 13 on the users of a transaction share them, unchecked.
    """
    if SERIES >= 13:
        forget(env)


def roll_back(env):
    """Roll back, and drop cached values and what was to be computed or written.

    Up to 12 the next write of this thread recomputes what a failed one left, in the
    cursor of the failed one; a next write with its own cursor would deadlock with it.
    """
    env.cr.rollback()
    env.clear()


def see_commits(env):
    """Make commits of other transactions visible.

    Odoo's transactions keep the snapshot of their first statement. Call this before
    reading what another transaction of the request has written. Commits.
    """
    flush(env)
    env.cr.commit()  # pylint: disable=invalid-commit
    forget(env)


def forget_fields(records, names):
    """Drop the cached values of some fields of the records."""
    if SERIES >= 16:
        records.invalidate_recordset(names)
    else:
        records.invalidate_cache(names, records.ids)


def written_by_sql(records, names):
    """Do what write() does after its UPDATE: recompute what depends on these fields."""
    forget(records.env)
    records.modified(names)
    if SERIES < 13:
        records.recompute()
    flush(records.env)
    forget(records.env)


# -- decorators of models ----------------------------------------------------------


def guards_fields(cls):
    """Check the fields by which users search, order and group records.

    For a class that inherits from ``base`` and has
    ``_dingding_check_used_fields(names)``. Up to 16 Odoo does not check them, so
    domains and groups reveal fields that a user may not read. 17 and 18 check those
    with a column, later series all.
    """
    if SERIES >= 19:
        return cls

    @api.model
    def _where_calc(self, domain, *args, **kwargs):
        self._dingding_check_used_fields(
            leaf[0] for leaf in domain or ()
            if isinstance(leaf, (list, tuple)) and isinstance(leaf[0], str))
        return super(cls, self)._where_calc(domain, *args, **kwargs)

    cls._where_calc = _where_calc
    if SERIES >= 17:
        return cls

    @api.model
    def _generate_order_by_inner(self, alias, order_spec, *args, **kwargs):
        self._dingding_check_used_fields(
            part.split()[0] for part in order_spec.split(",") if part.strip())
        return super(cls, self)._generate_order_by_inner(
            alias, order_spec, *args, **kwargs)

    @api.model
    def _read_group_raw(self, domain, fields, groupby, *args, **kwargs):
        names = [groupby] if isinstance(groupby, str) else list(groupby or ())
        self._dingding_check_used_fields(name.split(":")[0] for name in names)
        # "name", "name:function" or "result:function(name)": each word, since Odoo uses
        # the beginning of anything else, such as "name:max(".
        self._dingding_check_used_fields(
            name for spec in fields or () for name in _WORD.findall(spec))
        if not fields:
            # Odoo takes all.
            fields = self._dingding_fields_to_use()
        return super(cls, self)._read_group_raw(
            domain, fields, groupby, *args, **kwargs)

    @api.model
    def read_progress_bar(self, domain, group_by, progress_bar):
        # In 15 and 16 models with activities group in a statement of their own.
        self._dingding_check_used_fields([group_by.split(":")[0]])
        return super(cls, self).read_progress_bar(domain, group_by, progress_bar)

    cls.read_progress_bar = read_progress_bar
    cls._generate_order_by_inner = _generate_order_by_inner
    cls._read_group_raw = _read_group_raw
    return cls


def reads_saved_defaults(name):
    """Make a method choose among the defaults that users have saved for a model.

    For a class that extends ``ir.default``; Odoo's method was renamed in 17.

    :param str name: its method that gets the defaults of this user and of everybody as
        a dictionary, and a function that returns those of everybody; returns what
        counts
    """
    def decorate(cls):
        method = "_get_model_defaults" if SERIES >= 17 else "get_model_defaults"

        @api.model
        def get_model_defaults(self, model_name, condition=False):
            def common():
                others = as_superuser(self)
                if SERIES >= 13:
                    others = others.with_context(
                        allowed_company_ids=self.env.company.ids)
                return getattr(super(cls, others), method)(model_name, condition)

            found = getattr(super(cls, self), method)(model_name, condition)
            return getattr(self, name)(found, common)

        setattr(cls, method, get_model_defaults)
        return cls

    return decorate


def shows_name(name):
    """Make what a method returns the display name of each record.

    Odoo reads the display names of linked records with all rights.

    :param str name: of the method
    """
    def decorate(cls):
        if SERIES >= 17:

            @depends_on_user
            def _compute_display_name(self):
                for record in self:
                    record.display_name = getattr(record, name)()

        else:

            def name_get(self):
                return [(record.id, getattr(record, name)()) for record in self]

            @depends_on_user
            def _compute_display_name(self):
                return super(cls, self)._compute_display_name()

            cls.name_get = name_get
        cls._compute_display_name = _compute_display_name
        if SERIES == 13:
            # It computes as the superuser, and misses the user's value.
            cls.display_name = fields.Char(
                string="Display Name", compute="_compute_display_name",
                compute_sudo=False)
        return cls

    return decorate


def labels_groups(name, labels):
    """Let groups of records by a field with codes show labels.

    Charts, pivot tables and lists show what the server returns as the group's value.

    :param str name: of the field
    :param str labels: of the method that returns code -> label
    """
    def decorate(cls):
        def label(groups, known):
            for group in groups:
                if isinstance(group, list):
                    label(group, known)
                elif group.get(name):
                    group[name] = known.get(group[name], group[name])
            return groups

        def labelled(method):
            @api.model
            def read_groups(self, *args, **kwargs):
                groups = getattr(super(cls, self), method)(*args, **kwargs)
                return label(groups, getattr(self, labels)())

            return read_groups

        # Odoo 11 takes another positional argument for the context.
        @api.model
        def read_group(
            self, domain, fields, groupby, offset=0, limit=None, orderby=False,
            lazy=True
        ):
            groups = super(cls, self).read_group(
                domain, fields, groupby, offset, limit, orderby, lazy)
            return label(groups, getattr(self, labels)())

        if SERIES < 19:
            cls.read_group = read_group
            return cls
        for method in ("formatted_read_group", "formatted_read_grouping_sets"):
            setattr(cls, method, labelled(method))
        return cls

    return decorate


def edits_form_views(cls):
    """Edit a model's form views before they are sent to a client.

    For classes that inherit from ``base`` and have ``_has_form_edits()``, which tells
    whether to edit, and ``_edit_form(arch)``, which changes the tree. Up to 15 the view
    is text, later a cached tree: from 17 on in a separate cache, which ``clear_caches``
    does not clear, under different keys.
    """
    if SERIES >= 16:

        @api.model
        def _get_view(self, view_id=None, view_type="form", **options):
            arch, view = super(cls, self)._get_view(view_id, view_type, **options)
            if view_type == "form" and cls._has_form_edits(self):
                cls._edit_form(self, arch)
            return arch, view

        @api.model
        def _get_view_cache_key(self, view_id=None, view_type="form", **options):
            key = super(cls, self)._get_view_cache_key(view_id, view_type, **options)
            return key + (view_type == "form" and cls._has_form_edits(self),)

        cls._get_view = _get_view
        cls._get_view_cache_key = _get_view_cache_key
    else:

        @api.model
        def fields_view_get(
            self, view_id=None, view_type="form", toolbar=False, submenu=False
        ):
            result = super(cls, self).fields_view_get(
                view_id, view_type, toolbar=toolbar, submenu=submenu
            )
            if view_type == "form" and cls._has_form_edits(self):
                arch = etree.fromstring(result["arch"])
                cls._edit_form(self, arch)
                result["arch"] = etree.tostring(arch, encoding="unicode")
            return result

        cls.fields_view_get = fields_view_get
    return cls


# -- texts and e-mails -------------------------------------------------------------


def render(env, template, values):
    """Render a QWeb template, with all values escaped.

    :param str template: XML id
    """
    qweb = env["ir.qweb"]
    method = qweb._render if SERIES >= 14 else qweb.render
    html = method(template, values)
    return html.decode("utf-8") if isinstance(html, bytes) else str(html)


def render_mail(template, name, record_id, lang):
    """Return a field of an e-mail template for a record, in a language.

    With the rights of the environment of ``template``, as Odoo renders its e-mails.

    :param str name: ``subject`` or ``body_html``
    :raise UserError: the text cannot be rendered
    """
    is_body = name == "body_html"
    # Up to 14 the key keeps subjects, which are not HTML, from being escaped.
    template = template.with_context(lang=lang, safe=not is_body)
    if SERIES >= 14:
        options = {"post_process": is_body} if SERIES == 14 else {}
        rendered = template._render_field(name, [record_id], **options)
    else:
        # It became private in 12.
        method = getattr(template, "_render_template", None)
        rendered = (method or template.render_template)(
            template[name], template.model, [record_id], post_process=is_body)
    return str(rendered[record_id] or "")


def is_of_message(mail):
    """Tell whether an e-mail is about a message that stays when it is deleted."""
    return mail[
        "is_notification" if "is_notification" in mail._fields else "notification"]


def email_notifications(mail, partners):
    """Return a message's notifications of partners by an e-mail, with all rights."""
    by_email = ("is_email", "=", True)
    if SERIES >= 13:
        by_email = ("notification_type", "=", "email")
    return mail.env["mail.notification"].sudo().search([
        ("mail_message_id", "=", mail.mail_message_id.id),
        ("res_partner_id", "in", partners.ids), by_email])


def mark_emailed(mail, partners):
    """Show in the chatter that partners of an e-mail no longer need one."""
    name = "notification_status" if SERIES >= 13 else "email_status"
    email_notifications(mail, partners).write({name: "sent"})


def move_emailed(mail, partners, other):
    """Let another e-mail tell the chatter whether it has reached partners."""
    rows = email_notifications(mail, partners)
    # Odoo 11 looks for them by the message.
    for name in {"mail_id", "mail_mail_id"}.intersection(rows._fields):
        rows.write({name: other.id})


# -- databases, processes and cursors ----------------------------------------------


def hook_environment(cr_or_env):
    """Return the superuser's environment from the argument of a manifest hook.

    The argument is a cursor up to 16 and an environment later.
    """
    if isinstance(cr_or_env, api.Environment):
        return cr_or_env
    return api.Environment(cr_or_env, SUPERUSER_ID, {})


def read_translations_again(env, name):
    """Reload an addon's translations, for models that were loaded after it.

    From 13 on each choice of a selection is a record. Those inherited from an abstract
    model belong to that model's addon, whose translations were loaded before.

    :param str name: of the addon
    """
    if SERIES < 13:
        return
    # Odoo assigns those choices to no addon while the model's own addon is loaded.
    names = [
        model for model in env.registry.models
        if model.startswith("dingding.") and not env[model]._abstract
    ]
    choices = env["ir.model.fields.selection"].with_context(module=name)
    if SERIES >= 14:
        choices._reflect_selections(names)
    else:
        for model in names:
            choices._reflect_model(env[model])
    env["ir.module.module"].search([("name", "=", name)])._update_translations()
    keep_inherited_choices(env.cr, name)


def keep_inherited_choices(cr, name):
    """Keep an addon's updates from deleting choices that other addons' models inherit.

    From 13 on an update ends with deleting the choices that the addon no longer names,
    which clears them in the rows. Those of models that are loaded later it never names.

    :param str name: of the addon
    """
    if SERIES < 13:
        return
    # A model's first external id belongs to the addon that created it.
    cr.execute(
        "UPDATE ir_model_data choice SET noupdate = TRUE"
        " FROM ir_model_fields_selection s, ir_model_fields f, ("
        " SELECT DISTINCT ON (res_id) res_id, module FROM ir_model_data"
        " WHERE model = 'ir.model' ORDER BY res_id, id) m"
        " WHERE choice.module = %s AND choice.model = 'ir.model.fields.selection'"
        " AND choice.noupdate IS NOT TRUE AND s.id = choice.res_id"
        " AND f.id = s.field_id AND m.res_id = f.model_id AND m.module <> %s",
        [name, name],
    )


def clear_caches(env):
    """Clear our ``ormcache`` entries, in the other processes too.

    From 17 on Odoo's own views, templates and routes stay cached.
    """
    if SERIES >= 17:
        env.registry.clear_cache()
    else:
        env["base"].clear_caches()


@contextlib.contextmanager
def manage_environments():
    """Prepare a thread for environments; a no-op from 15 on."""
    if SERIES <= 14:
        with api.Environment.manage():
            yield
    else:
        yield


@contextlib.contextmanager
def _environments_apart():
    """Protect what other cursors of this thread have to compute and to write.

    Up to 14 all environments of a thread share these lists. In 13 and 14 closing any
    cursor clears them. Up to 12 the next write computes all of it, in the cursors it
    belongs to, which can deadlock.
    """
    if SERIES > 14:
        yield
        return
    local = api.Environment._local
    outer = getattr(local, "environments", None)
    local.environments = api.Environments()
    try:
        yield
    finally:
        if outer is None:
            del local.environments
        else:
            local.environments = outer


@contextlib.contextmanager
def open_cursor(dbname, read_committed=False):
    """Open a cursor with its own transaction; it is committed at a clean end.

    Tests replace this function: a second cursor cannot see their uncommitted
    transaction.

    :param bool read_committed: see concurrent commits. Odoo's cursors keep the snapshot
        of their first statement.
    """
    with _environments_apart(), Registry(dbname).cursor() as cr:
        if read_committed:
            begin_read_committed(cr)
        yield cr


@contextlib.contextmanager
def lock_cursor(dbname):
    """Open a cursor that only holds advisory locks.

    Up to 14 the caller's environments are not isolated: what new ones have to compute
    or to write would be lost. Tests replace this function too.
    """
    with Registry(dbname).cursor() as cr:
        begin_read_committed(cr)
        yield cr


def begin_read_committed(cr):
    """Make the transaction that begins now see concurrent commits.

    Nothing may have been executed in it. Tests replace this function too.
    """
    cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")


@contextlib.contextmanager
def side_cursor(dbname):
    """Open a cursor for bookkeeping without an environment, committed at the end.

    Tests do not replace it: it sees and writes committed data, also from threads.
    """
    with _environments_apart(), sql_db.db_connect(dbname).cursor() as cr:
        yield cr


@contextlib.contextmanager
def telling_processes(dbname):
    """Synchronise in-memory caches with other processes, both ways.

    Odoo does this around requests and scheduled actions, but not for threads.
    """
    registry = Registry(dbname).check_signaling()
    try:
        yield
    finally:
        registry.signal_changes()


def database_names():
    """Return the names of the databases in the configuration."""
    names = tools.config["db_name"] or []
    if SERIES < 19:
        names = names.split(",") if names else []
    return [name for name in names if name]


# -- SQL ---------------------------------------------------------------------------


def execute(cr, query, params=None, log_exceptions=True):
    """Execute a statement made with ``psycopg2.sql``.

    Odoo 11 treats statements as text when it logs them.
    """
    cr.execute(query.as_string(cr._obj), params, log_exceptions=log_exceptions)


def execute_unseen(cr, query, params=None):
    """Execute a statement with confidential values; return its rows.

    This bypasses Odoo's logging of failed statements, and of all at the level
    ``debug_sql``.
    """
    cr._obj.execute(query, params)
    return cr._obj.fetchall() if cr._obj.description else []


def copy(cr, query, file, params=None):
    """Execute COPY from or to a file object, without holding the rows in memory.

    :param psycopg2.sql.Composable query: a literal statement
    :param file: has ``read(size)``, or ``write(bytes)``
    """
    raw = cr._obj
    raw.copy_expert(raw.mogrify(query.as_string(raw), params), file)


def unique_index(cr, table, columns, where=None):
    """Create a unique index on ``columns``.

    19 removed ``_sql_constraints`` and earlier series know nothing else; an index made
    in a model's init() works in all. Show the user's message with ``@api.constrains``.

    :param list columns: column names, in order
    :param psycopg2.sql.Composable where: condition of a partial index
    """
    index = "%s_%s_unique" % (table, "_".join(columns))
    query = sql.SQL("CREATE UNIQUE INDEX IF NOT EXISTS {} ON {} ({})").format(
        sql.Identifier(index[:63]),
        sql.Identifier(table),
        sql.SQL(", ").join(sql.Identifier(column) for column in columns),
    )
    if where is not None:
        query += sql.SQL(" WHERE ") + where
    execute(cr, query)


def date_index(cr, table):
    """Create the index used to find old rows of a table.

    Before 13 Odoo drops an index that has the name it would give itself, whenever
    another addon extends the model.
    """
    execute(
        cr, sql.SQL("DROP INDEX IF EXISTS {}").format(
            sql.Identifier("%s_create_date_index" % table)))
    execute(
        cr,
        sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} (create_date)").format(
            sql.Identifier("%s_created" % table), sql.Identifier(table)
        ),
    )


# -- days and working hours --------------------------------------------------------


def date_of(value):
    """Return a date of a field or of PostgreSQL as date; Odoo 11 has texts."""
    if isinstance(value, datetime.date):
        return value
    return datetime.datetime.strptime(value[:10], "%Y-%m-%d").date()


def works_between(calendar, resource, begin, end):
    """Tell whether a working schedule has hours between two moments.

    Holidays of the schedule and leaves of the resource are taken off.

    :param calendar: of ``resource.calendar``, with the time zone in its context
    :param resource: of ``resource.resource``, may be empty
    :param datetime.datetime begin: in UTC, without time zone
    :param datetime.datetime end: likewise
    """
    if SERIES < 12:
        return bool(calendar.get_work_hours_count(begin, end, resource.id))
    begin, end = pytz.utc.localize(begin), pytz.utc.localize(end)
    if SERIES < 14:
        return bool(calendar._work_intervals(begin, end, resource or None))
    found = calendar._work_intervals_batch(begin, end, resource or None)
    return bool(found[resource.id])


# -- races -------------------------------------------------------------------------


def begin_anew(cr):
    """Restart the whole transaction, as if PostgreSQL had found a conflict.

    For code that lost a race for a unique value: Odoo and the queue then repeat.

    :raise psycopg2.OperationalError: always
    """
    cr.execute(
        "DO $$ BEGIN RAISE EXCEPTION 'somebody else was faster'"
        " USING ERRCODE = 'serialization_failure'; END $$",
        log_exceptions=False,
    )


def first_wins(cr, module, name):
    """Let one of the transactions that call this at the same time go on.

    PostgreSQL refuses to update a row updated since this transaction began; Odoo then
    repeats the request, which finds what the first one has made.

    :param str module: addon of a record that every database has, such as a menu
    :param str name: of the record; transactions with the same one meet
    :raise psycopg2.OperationalError: another one was faster
    """
    cr.execute(
        "UPDATE ir_model_data SET noupdate = noupdate"
        " WHERE module = %s AND name = %s", [module, name], log_exceptions=False,
    )


# -- signing in ------------------------------------------------------------------


def self_readable(*names):
    """Let all users read these fields of their own user, as the preferences do.

    For a class that extends ``res.users``. The list is an attribute up to 15, a
    property later.
    """
    def decorate(cls):
        cls.SELF_READABLE_FIELDS = property(
            lambda self: list(super(cls, self).SELF_READABLE_FIELDS) + list(names)
        )
        return cls

    return decorate


def self_writeable(*names):
    """Let all users read and write these fields of their own user.

    For a class that extends ``res.users``, as :func:`self_readable`. In earlier series
    other addons set the lists on the final class, which hides properties.
    """
    def decorate(cls):
        cls.SELF_WRITEABLE_FIELDS = property(
            lambda self: list(super(cls, self).SELF_WRITEABLE_FIELDS) + list(names)
        )
        if SERIES <= 15:

            def __init__(self, pool, cr):
                super(cls, self).__init__(pool, cr)
                final = type(self)
                for attribute in ("SELF_READABLE_FIELDS", "SELF_WRITEABLE_FIELDS"):
                    if attribute in vars(final):
                        known = list(getattr(final, attribute))
                        known += [name for name in names if name not in known]
                        setattr(final, attribute, known)

            cls.__init__ = __init__
        return self_readable(*names)(cls)

    return decorate


def accepts_credential(name):
    """Make a class that extends ``res.users`` accept credentials other than passwords.

    The method's name differs among series; from 18 on the credential is a dictionary.

    :param str name: its method that gets the credential and tells whether it is valid
    """
    def decorate(cls):
        if SERIES == 11:

            def check_credentials(self, password):
                if getattr(self, name)(password):
                    return None
                return super(cls, self).check_credentials(password)

            cls.check_credentials = check_credentials
        else:

            def _check_credentials(self, credential, *args, **kwargs):
                as_dict = isinstance(credential, dict)
                value = credential.get("password") if as_dict else credential
                if not getattr(self, name)(value):
                    return super(cls, self)._check_credentials(
                        credential, *args, **kwargs
                    )
                if not as_dict:
                    return None
                return {
                    "uid": self.env.uid, "auth_method": "dingding", "mfa": "default",
                }

            cls._check_credentials = _check_credentials
        return cls

    return decorate


def sign_in(request, login, credential):
    """Sign in the browser of a request with Odoo's own authenticate().

    So Odoo's sign-in log, rate limits and second factor stay in force. The session gets
    a new id.

    :param str credential: accepted by the user's credential check
    :return: whether the user was accepted; a second factor may still be required
    """
    session = request.session
    database = request.db
    if session.uid:
        session.logout(keep_db=True)
    if SERIES == 11:
        # These series rotate the id after the response, if at all, and the session
        # token belongs to the old id.
        store = http.root.session_store
        store.delete(session)
        session.sid = store.generate_key()
        session.rotate = False
        session.modified = True
    try:
        if SERIES >= 18:
            given = {"login": login, "password": credential, "type": "dingding"}
            place = request.env if SERIES >= 19 else database
            return bool(session.authenticate(place, given))
        return bool(session.authenticate(database, login, credential))
    except AccessDenied:
        return False


def after_sign_in(uid, path):
    """Return where a browser goes after :func:`sign_in`: to a second factor first."""
    if SERIES >= 16:
        from odoo.addons.web.controllers.utils import _get_login_redirect_url

        return _get_login_redirect_url(uid, path)
    if SERIES >= 14:
        from odoo.addons.web.controllers.main import _get_login_redirect_url

        return _get_login_redirect_url(uid, path)
    return path


def asks_second_factor(user):
    """Tell whether Odoo requires a second factor of this user; possible from 14 on."""
    return SERIES >= 14 and bool(with_user(user, user)._mfa_url())


def is_password(user, password):
    """Tell whether this is the user's password, by Odoo's own check.

    Odoo's limit of failed attempts covers the login page only, so count the failures.
    """
    if not password:
        return False
    user = with_user(user, user)
    try:
        if SERIES >= 18:
            given = {"login": user.login, "password": password, "type": "password"}
            user._check_credentials(given, {"interactive": True})
        elif SERIES >= 14:
            user._check_credentials(password, {"interactive": True})
        elif SERIES >= 12:
            user._check_credentials(password)
        else:
            user.check_credentials(password)
    except AccessDenied:
        return False
    return True


# -- HTTP --------------------------------------------------------------------------


def has_several_databases():
    """Tell whether a browser without a session could choose between databases."""
    if SERIES >= 16:
        return len(http.db_list(force=True)) > 1
    return len(http.db_list(True)) > 1


def count_databases():
    """Return the number of databases of the server, unfiltered."""
    return len(list_dbs(True))


def accept_any_body(path):
    """Let the ``BARE_JSON`` routes at and below a path accept any body.

    Up to 15 Odoo parses a body before it looks for a route: it answers anything but a
    JSON object itself, partly with a bare 500, and routes no other content types. For
    this path Odoo sees an empty object; the route reads the real body. Called on
    import.
    """
    if SERIES >= 16:
        return
    make = http.root.get_request

    class AnyBody(http.JsonRequest):
        def __init__(self, httprequest):
            asked = httprequest.args
            httprequest.args = type(asked)()
            httprequest.get_data = lambda *args, **options: b"{}"
            try:
                super().__init__(httprequest)
            finally:
                del httprequest.get_data
                httprequest.args = asked

        def _json_response(self, result=None, error=None):
            # For requests without a route; else see ``bare_json``. Odoo's answer would
            # contain the traceback.
            status = (error or {}).get("http_status", 500)
            return http.Response("{}", status=status, content_type="application/json")

    def get_request(httprequest):
        if httprequest.path == path or httprequest.path.startswith(path + "/"):
            return AnyBody(httprequest)
        return make(httprequest)

    http.root.get_request = get_request


def body_stream(query):
    """Return the stream of a request's body, which Odoo hides from 16 on."""
    return getattr(query, "_HTTPRequest__wrapped", query).stream


def bare_json(request, build, headers=(), cookie=True):
    """Answer a request with a bare JSON object, without a JSON-RPC envelope.

    For routes of the type ``BARE_JSON`` with ``csrf=False``. Up to 15 a method of the
    request builds the answer; this replaces it for this request only. An error becomes
    a bare 500.

    :param request: Odoo's request
    :param build: called without arguments; returns (status, object)
    :param headers: list of additional (name, value)
    :param bool cookie: False: the answer sets no cookie
    """
    if SERIES >= 16:
        status, payload = build()
        response = request.make_json_response(
            payload,
            headers=[("Content-Type", "application/json")] + list(headers),
            status=status,
        )
        return response if cookie else leave_session(request, response)

    def respond(result=None, error=None):
        status, payload = (500, {}) if error is not None else result
        response = http.Response(
            json.dumps(payload), status=status, content_type="application/json"
        )
        response.headers.extend(headers)
        return response if cookie else leave_session(request, response)

    request._json_response = respond
    # Store no session file for visitors without a session.
    request.session.modified = False
    return build()


def names_session(httprequest):
    """Tell whether a request names a session beside the cookie of its browser.

    Up to 15 its address or a header may name anybody's: a link to this site can make
    a browser work in the session of the link's sender.
    """
    return SERIES < 16 and bool(
        httprequest.args.get("session_id")
        or httprequest.headers.get("X-Openerp-Session-Id"))


def check_identity(request):
    """Refuse to serve the user of a session that Odoo has locked.

    From 19 on administrators can make sessions ask again who is there. Odoo checks that
    on routes with ``auth="user"`` only.

    :raise odoo.http.SessionExpiredException: Odoo asks, or wants a new sign-in
    """
    routes = request.env["ir.http"]
    if request.session.uid and hasattr(routes, "_must_check_identity"):
        routes._authenticate(types.SimpleNamespace(routing={"auth": "user"}))


def leave_session(request, response):
    """Answer a request without storing its session, nor setting the session's cookie.

    Odoo stores a session whole, and up to 15 sets its cookie with every answer: a slow
    answer would undo what a faster one has stored, and a sign-in above all. Set cookies
    of one's own before.

    :return: the response
    """
    if SERIES >= 16:
        request.session.can_save = False
    else:
        request.session.modified = False
        response.set_cookie = lambda *args, **options: None
    return response


# -- files and pictures ------------------------------------------------------------


def file_values(env, name, datas):
    """Return the values of an attachment with a file.

    Up to 12 the name with which it is downloaded is in a field of its own.

    :param datas: content in base64
    """
    values = {"name": name, "datas": datas}
    if "datas_fname" in env["ir.attachment"]._fields:
        values["datas_fname"] = name
    return values


def posted_files(record, files):
    """Return the arguments of ``message_post`` that attach new files to a message.

    Up to 15 only who may write the document attaches new ones. Odoo's own discussions
    upload them before, which readers may do too.

    :param record: in the environment of the author
    :param list files: of (name, bytes)
    """
    if SERIES >= 16 or not files:
        return {"attachments": files}
    uploads = record.env["ir.attachment"]
    return {"attachment_ids": [
        uploads.create(dict(
            file_values(record.env, name, base64.b64encode(content)),
            res_model="mail.compose.message", res_id=0)).id
        for name, content in files
    ]}


# Of a picture that is compared with the placeholder; Odoo stores smaller ones.
MOST_PIXELS = 16 * 1000 * 1000


def picture_field(record):
    """Return the field with the picture of a user or employee; renamed in 13."""
    return "image_1920" if "image_1920" in record._fields else "image"


def has_picture(record):
    """Tell whether a user or employee has a picture other than Odoo's placeholder.

    Up to 14 employees are created with one, in 11, 12 and 14 also users, in a random
    colour. Later both get a drawing (SVG) of their initials.
    """
    name = picture_field(record)
    image = record.sudo()[name]
    if not image:
        return False
    content = base64.b64decode(image)
    default = record.sudo().default_get([name]).get(name)
    if default and base64.b64decode(default) == content:
        return False
    if content.lstrip().startswith((b"<?xml", b"<svg")):
        return False
    if SERIES not in (11, 12, 14):
        return True
    path = modules.get_module_resource(
        "base", "static/src/img" if SERIES < 12 else "static/img", "avatar.png")
    try:
        with open_picture(content, MOST_PIXELS) as image:
            shown = image.convert("RGB")
    except ValueError:
        return True
    drawing = Image.open(path)
    placeholder = Image.new("RGB", drawing.size, shown.getpixel((0, 0)))
    placeholder.paste(drawing, mask=drawing)
    return shown.size != placeholder.size or bool(
        ImageChops.difference(shown, placeholder).getbbox())
