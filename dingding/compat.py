# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""The only place that knows which Odoo series is running.

Everything else in the addons is written in the way that Odoo 11.0 to 19.0
share; what cannot be shared stands here as one small function a difference.
"""
import contextlib
import functools
import json

from lxml import etree
from psycopg2 import sql

from odoo import SUPERUSER_ID, _, api, http, models, release, sql_db, tools
from odoo.exceptions import AccessDenied, AccessError
from odoo.modules.registry import Registry

SERIES = release.version_info[0]

# Field parameter that records changes in the chatter: its name changed in 13.
TRACK = {"tracking": True} if SERIES >= 13 else {"track_visibility": "onchange"}

# Parameter of a computed field that depends on itself, on the parent for example: 15
# and later warn without it, earlier series do not know it.
RECURSIVE = {"recursive": True} if SERIES >= 15 else {}

# Whether wizards need rows of access rights. Up to 13 Odoo gives them to whoever made
# them, and warns of rows.
WIZARD_ACCESS = SERIES >= 14

# Field of res.users with the groups.
USER_GROUPS = "group_ids" if SERIES >= 19 else "groups_id"
# The same for a search, which shall find those too that are implied by another one.
ALL_USER_GROUPS = "all_group_ids" if SERIES >= 19 else "groups_id"

# Parameter of a many2one that access rules look through: up to 13 all ids of what is
# behind it would be listed otherwise.
JOINED = {"auto_join": True} if SERIES < 14 else {}

# Type of a route that is sent JSON and answers with bare JSON, see ``bare_json``. Up
# to 15 a body of JSON is refused by routes of the type "http".
BARE_JSON = "json" if SERIES < 16 else "http"


def create_multi(method):
    """Make ``method(self, vals_list)`` the create() of a model.

    Odoo 11 hands one dictionary to create(), later series a list.
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
    """Create one record a dictionary with as few statements as the series can."""
    if SERIES >= 12:
        return model.create(vals_list)
    ids = [model.create(vals).id for vals in vals_list]
    return model.browse(ids)


def depends_on_user(method):
    """Say that what a method computes is another value for each user.

    From 13 on the users of a transaction share what was computed.
    """
    if SERIES >= 13:
        return api.depends_context("uid")(method)
    return method


def with_user(record, user):
    """Return the record in the environment of ``user``, with that user's rights."""
    if SERIES >= 13:
        return record.with_user(user)
    return record.with_env(record.env(user=user.id))


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


class OrmSQL(sql.Composable):
    """SQL that Odoo has put together, as a part of ours."""

    def as_string(self, context):
        return self._wrapped


def exists_readable(records, column):
    """Return (condition in SQL, parameters): the user may read the record of an id.

    Nothing is executed where the series allows it, and no id is listed.

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
        # Its own search leaves out more than the record rules do.
        ids = records.search([]).ids
    if query is None:
        return sql.SQL("{} IN %s").format(column), [tuple(ids) or (0,)]
    link = sql.SQL("{}.id = {}").format(sql.Identifier(records._table), column)
    text, params = _selected(query, link, [], records)
    # Looked up for each approval: by default PostgreSQL would read all records first.
    return sql.SQL("EXISTS ({} OFFSET 0)").format(OrmSQL(text)), params


def among(model, domain, condition, params):
    """Return (operator, value) of a condition on ``id``: records of a subselect.

    For the search method of a field, with all rights.

    :param list domain: what the records have to be
    :param psycopg2.sql.Composable condition: and this, in SQL, of the model's table
    :param list params: parameters of the condition
    """
    model = model.sudo().with_context(active_test=False)
    if SERIES >= 14:
        query = model._search(domain, order="id")
        query.add_where(condition.as_string(model.env.cr._obj), params)
        return "in", query
    flush(model.env)
    return "inselect", _selected(model._where_calc(domain), condition, params, model)


def _selected(query, condition, params, model):
    """Return (text, parameters) of the ids of a query that a condition holds for."""
    condition = condition.as_string(model.env.cr._obj)
    if SERIES >= 14:
        query.add_where(condition, params)
        select = query.select()
        if SERIES >= 18:
            # The fields to write first would be lost together with the object.
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


def only_for(group):
    """Have only members of a group touch the rows of a class that is a dialog.

    Up to 13 Odoo asks for no access rights of transient models: everybody makes rows
    and reads those of the own making. Later series ask.

    :param str group: XML id
    """
    def decorate(cls):
        if SERIES <= 13:

            def check_access_rights(self, operation, raise_exception=True):
                if is_superuser(self.env) or self.env.user.has_group(group):
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
    """Have users see rows of our dialogs that they have made themselves, and no others.

    Up to 13 Odoo does so by itself, and takes no rules for transient models.
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


def added_selection(*values):
    """Return the arguments of a Selection that adds values to another addon's field.

    From 14 on it has to say what becomes of the records when the addon goes: they go
    too.
    """
    added = {"selection_add": [(value, label) for value, label in values]}
    if SERIES >= 14:
        added["ondelete"] = dict((value, "cascade") for value, _label in values)
    return added


def runs_server_action(state, name):
    """Have a class that extends ``ir.actions.server`` run the actions of a state.

    :param str name: its method, called on one action with the context of the code of
        server actions: ``env``, ``record``, ``records`` and more
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

    Python callers get the records, RPC callers their ids. 19 does that by itself.
    """
    if hasattr(api, "returns"):
        return api.returns(model, lambda records: records.ids)
    return lambda method: method


def is_superuser(env):
    """Tell whether access rights are not checked in this environment."""
    return env.su if SERIES >= 13 else env.uid == SUPERUSER_ID


def after_commit(cr, function):
    """Call ``function()`` once the transaction of ``cr`` has been committed."""
    if SERIES >= 14:
        cr.postcommit.add(function)
    else:
        cr.after("commit", function)


def flush(env):
    """Send pending writes to the database: 13 and later keep them in memory."""
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


def see_commits(env):
    """Let a transaction see what others have committed since it began.

    Odoo's transactions keep the view of the data that their first statement had. A
    request that had something written by a transaction of its own calls this before
    it reads it. What it has written itself is committed.
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


def edits_form_views(cls):
    """Have a model's form views edited before they are sent to a client.

    For a class that inherits from ``base`` and has ``_has_form_edits()``, which tells
    whether there is anything to do, and ``_edit_form(arch)``, which changes the tree.
    Up to 15 the view is text, later it is a tree that is kept: from 17 on in a cache of
    its own, which ``clear_caches`` leaves. Edited and not edited it has two keys there.
    """
    if SERIES >= 16:

        @api.model
        def _get_view(self, view_id=None, view_type="form", **options):
            arch, view = super(cls, self)._get_view(view_id, view_type, **options)
            if view_type == "form" and self._has_form_edits():
                self._edit_form(arch)
            return arch, view

        @api.model
        def _get_view_cache_key(self, view_id=None, view_type="form", **options):
            key = super(cls, self)._get_view_cache_key(view_id, view_type, **options)
            return key + (view_type == "form" and self._has_form_edits(),)

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
            if view_type == "form" and self._has_form_edits():
                arch = etree.fromstring(result["arch"])
                self._edit_form(arch)
                result["arch"] = etree.tostring(arch, encoding="unicode")
            return result

        cls.fields_view_get = fields_view_get
    return cls


def render(env, template, values):
    """Return a QWeb template filled in, what it was given escaped.

    :param str template: XML id
    """
    qweb = env["ir.qweb"]
    method = qweb._render if SERIES >= 14 else qweb.render
    html = method(template, values)
    return html.decode("utf-8") if isinstance(html, bytes) else str(html)


def hook_environment(cr_or_env):
    """Return the superuser's environment, of what a hook of the manifest is given.

    It was a cursor up to 16 and is an environment later.
    """
    if isinstance(cr_or_env, api.Environment):
        return cr_or_env
    return api.Environment(cr_or_env, SUPERUSER_ID, {})


def read_translations_again(env, name):
    """Have an addon's translations read once more, for models that came after it.

    From 13 on each choice of a selection is a record. Those that a model has from an
    abstract model belong to that one's addon, whose translations were read before.

    :param str name: of the addon
    """
    if SERIES < 13:
        return
    # While a model's own addon is loaded, Odoo names those choices in no addon.
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


def clear_caches(env):
    """Have what our ``ormcache`` keeps forgotten, in the other processes too.

    From 17 on that of Odoo's views, templates and routes stays.
    """
    if SERIES >= 17:
        env.registry.clear_cache()
    else:
        env["base"].clear_caches()


@contextlib.contextmanager
def manage_environments():
    """Prepare a thread for environments; needed up to 14, empty later."""
    if SERIES <= 14:
        with api.Environment.manage():
            yield
    else:
        yield


@contextlib.contextmanager
def _environments_apart():
    """Keep what waits in memory for another cursor from being dropped.

    In 13 and 14 all environments of a thread share one list of what is still to be
    written, and whoever closes a cursor clears it.
    """
    if SERIES not in (13, 14):
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
    """Open a cursor of its own transaction; it is committed at a clean end.

    Tests replace this function, since a second cursor cannot see what the
    test's own transaction has not committed.

    :param bool read_committed: see what others commit meanwhile. Odoo's cursors
        keep the view of their first statement; who waits for a lock and then
        wants to see what its former holder has written needs this.
    """
    with _environments_apart(), Registry(dbname).cursor() as cr:
        if read_committed:
            begin_read_committed(cr)
        yield cr


@contextlib.contextmanager
def lock_cursor(dbname):
    """Open a cursor that holds advisory locks, and does nothing else.

    The caller goes on with its own environments, so in 13 and 14 they are not kept
    apart: what new ones of them write would never be flushed. Tests replace this
    function as well: their cursors share one transaction, in which the first one's
    commit ends those that were opened later.
    """
    with Registry(dbname).cursor() as cr:
        begin_read_committed(cr)
        yield cr


def begin_read_committed(cr):
    """Have the transaction that begins now see what others commit meanwhile.

    Nothing may have been executed in it. Tests replace this function as well: their
    transaction has begun long ago.
    """
    cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")


@contextlib.contextmanager
def side_cursor(dbname):
    """Open a cursor for bookkeeping that needs no environment, committed at the end.

    Tests leave this one alone: it sees and writes what is committed, also from threads.
    """
    with _environments_apart(), sql_db.db_connect(dbname).cursor() as cr:
        yield cr


@contextlib.contextmanager
def telling_processes(dbname):
    """Take in what other processes have changed, and tell them what changed here.

    It is about what each keeps in memory, such as the groups of a user. Odoo does it
    around requests and scheduled actions; a thread has to do it itself.
    """
    registry = Registry(dbname).check_signaling()
    try:
        yield
    finally:
        registry.signal_changes()


def database_names():
    """Return the names of the databases that the configuration lists."""
    names = tools.config["db_name"] or []
    if SERIES < 19:
        names = names.split(",") if names else []
    return [name for name in names if name]


def execute(cr, query, params=None, log_exceptions=True):
    """Execute a statement made with ``psycopg2.sql``.

    Odoo 11 treats statements as text when it logs them.
    """
    cr.execute(query.as_string(cr._obj), params, log_exceptions=log_exceptions)


def execute_unseen(cr, query, params=None):
    """Execute a statement whose values must not be seen; return its rows.

    Odoo writes the values of a statement into its log when the statement fails, and
    all of them at the level ``debug_sql``. This goes past that.
    """
    cr._obj.execute(query, params)
    return cr._obj.fetchall() if cr._obj.description else []


def unique_index(cr, table, columns, where=None):
    """Create the unique index that makes ``columns`` unique together.

    19 took ``_sql_constraints`` away and earlier series know nothing else; an
    index made in a model's init() serves all. Give the user's message with
    ``@api.constrains``: the index is what holds when two workers race.

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
    """Create the index by which old rows of a table are found."""
    execute(
        cr,
        sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} (create_date)").format(
            sql.Identifier("%s_create_date_index" % table), sql.Identifier(table)
        ),
    )


def begin_anew(cr):
    """Have the whole transaction repeated, as if PostgreSQL had found a conflict.

    For who finds that another transaction was faster with a unique value: Odoo repeats
    requests after such a conflict, the queue repeats its work.

    :raise psycopg2.OperationalError: always
    """
    cr.execute(
        "DO $$ BEGIN RAISE EXCEPTION 'somebody else was faster'"
        " USING ERRCODE = 'serialization_failure'; END $$",
        log_exceptions=False,
    )


# -- signing in ------------------------------------------------------------------


def self_readable(*names):
    """Have everybody read these fields of the own user, as the preferences do.

    For a class that extends ``res.users``. It was a list up to 15 and is a property
    later; a property does for both.
    """
    def decorate(cls):
        cls.SELF_READABLE_FIELDS = property(
            lambda self: list(super(cls, self).SELF_READABLE_FIELDS) + list(names)
        )
        return cls

    return decorate


def accepts_credential(name):
    """Have a class that extends ``res.users`` take credentials beside passwords.

    11 and later series ask methods of different names, and later ones warn of the old
    name; from 18 on the credential is a dictionary.

    :param str name: its method that is given the credential, and tells whether it is
        good
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
    """Sign the browser of a request in by Odoo's own authenticate().

    So Odoo's log of sign-ins, its limits and a second factor stay in force. The
    session gets a new id, so that nobody who knew the old one has the new one.

    :param str credential: what the user's check of credentials will take
    :return: whether the user was accepted; a second factor may still be asked for
    """
    session = request.session
    database = request.db
    if session.uid:
        session.logout(keep_db=True)
    if SERIES == 11:
        # There the id is changed after the answer was made, if at all, and the proof
        # of the session belongs to the old one.
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
    """Tell whether Odoo wants more than one proof of this user; from 14 on it may."""
    return SERIES >= 14 and bool(with_user(user, user)._mfa_url())


def is_password(user, password):
    """Tell whether this is the user's password, as Odoo itself checks it.

    Odoo's limit of failed attempts, where the series has one, is for the page of
    sign-in only: count the failures.
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


def has_several_databases():
    """Tell whether a browser without a session could mean more than one database."""
    if SERIES >= 16:
        return len(http.db_list(force=True)) > 1
    return len(http.db_list(True)) > 1


def accept_any_body(path):
    """Let the routes of the type ``BARE_JSON`` at and below a path have any body.

    Up to 15 Odoo parses a body before it looks for a route: it answers what is no
    object of JSON itself, partly with a bare 500, and lets other content types reach
    no such route. A request for this path is told that its body is an empty object;
    the route reads the real one. No class is changed, and requests for other paths are
    made by the method that makes them anyhow. Called when a module is imported.
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
                super(AnyBody, self).__init__(httprequest)
            finally:
                del httprequest.get_data
                httprequest.args = asked

        def _json_response(self, result=None, error=None):
            # Where no route was reached; else see ``bare_json``. Odoo's answer would
            # have the traceback in it.
            status = (error or {}).get("http_status", 500)
            return http.Response("{}", status=status, content_type="application/json")

    def get_request(httprequest):
        if httprequest.path == path or httprequest.path.startswith(path + "/"):
            return AnyBody(httprequest)
        return make(httprequest)

    http.root.get_request = get_request


def bare_json(request, build, headers=(), cookie=True):
    """Answer a request with an object itself, not with a JSON-RPC envelope around it.

    For routes of the type ``BARE_JSON`` with ``csrf=False``. Up to 15 the answer of
    such a route is put together by a method of its request; this replaces the method
    of this one request, so that no other answer changes. An error becomes a bare 500.

    :param request: Odoo's request
    :param build: called without arguments; returns (status, object)
    :param headers: list of (name, value) that the answer has beside its own
    :param bool cookie: False: the answer sets no cookie
    """
    if SERIES >= 16:
        status, payload = build()
        if not cookie:
            request.session.can_save = False
        return request.make_json_response(
            payload,
            headers=[("Content-Type", "application/json")] + list(headers),
            status=status,
        )

    def respond(result=None, error=None):
        status, payload = (500, {}) if error is not None else result
        response = http.Response(
            json.dumps(payload), status=status, content_type="application/json"
        )
        response.headers.extend(headers)
        if not cookie:
            response.set_cookie = lambda *args, **options: None
        return response

    request._json_response = respond
    # Who has no session needs no file of one.
    request.session.modified = False
    return build()
