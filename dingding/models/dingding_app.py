# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import os
import re

from odoo import _, api, fields, models, tools
from odoo.exceptions import AccessError, ValidationError

from .. import compat, rights
from ..dingtalk.client import Credential, DingTalkClient
from ..dingtalk.limits import AT_ONCE, MOST_AT_ONCE, shared_limiter
from ..dingtalk.transport import Hosts, Transport
from ..sealing import SecretError
from .dingding_budget import AppLedger
from .dingding_call_rate import RecordRate
from .dingding_secret import MASK
from .dingding_token import RecordTokenStore

# Default host of new apps: a simulator or a proxy, e.g. on a test or demo server.
DEFAULT_HOST_VARIABLE = "DINGDING_DEFAULT_HOST"

# Fields that tie Odoo to DingTalk; for administrators once people can sign in.
IDENTITY = ("active", "app_key", "corp_id")

HOST_FIELDS = {"oapi_url": "oapi", "api_url": "api", "login_url": "login"}
# Fields pasted from the console, often with trailing blanks.
PASTED_FIELDS = ("app_key", "agent_id")

# Keeps connections open per host and thread, for all clients of this process.
_transport = Transport()


def _default_host(kind):
    return os.environ.get(DEFAULT_HOST_VARIABLE) or getattr(Hosts(), kind)


class _LostCredential(Credential):
    """Keys whose AppSecret cannot be decrypted; each call fails with that error.

    Creating a client must not fail.
    """

    __slots__ = ("_error",)

    @property
    def app_secret(self):
        raise self._error

    @app_secret.setter
    def app_secret(self, error):
        self._error = error


class DingdingApp(models.Model):
    """An application of an organisation in DingTalk's developer console."""

    _name = "dingding.app"
    _description = "DingTalk Application"
    _order = "corp_id, sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", string="Company", readonly=True
    )
    app_key = fields.Char(
        string="AppKey (Client ID)", required=True, copy=False,
        help="DingTalk's developer console > your application > Credentials.",
    )
    app_secret = fields.Char(
        string="AppSecret (Client Secret)", compute="_compute_app_secret",
        inverse="_inverse_app_secret", groups="base.group_system", copy=False,
        help="Can be written, but never read. Instead of storing it in the database, "
             "you can set it as dingding_app_secret_<AppKey> in Odoo's configuration "
             "file, or as the environment variable DINGDING_APP_SECRET_<APPKEY>.",
    )
    secret_source = fields.Selection(
        [
            ("missing", "Missing"),
            ("database", "Database"),
            ("config", "Configuration file"),
            ("environment", "Environment variable"),
        ],
        string="AppSecret stored in", compute="_compute_secret_source",
    )
    agent_id = fields.Char(
        string="AgentId", copy=False,
        help="ID of the application, required for work notifications.",
    )
    kind = fields.Selection(
        [
            ("h5", "Web application"),
            ("mini", "Mini-program"),
            ("login", "Sign-in only"),
        ], string="Type",
        default="h5", required=True,
    )
    calls_per_second = fields.Integer(
        string="Calls per second", default=20,
        help="Maximum calls per second to one API. DingTalk allows 20 in the standard "
             "edition.",
    )
    calls_at_once = fields.Integer(
        string="Concurrent calls", default=AT_ONCE, required=True,
        groups="base.group_system",
        help="Maximum number of calls at a time while Odoo reads departments, people "
             "or approvals, from 1 to 32. The default keeps up with 20 calls per "
             "second while DingTalk answers within 0.3 seconds. Enter less if DingTalk "
             "rejects calls.",
    )
    oapi_url = fields.Char(
        string="Classic API URL", groups="base.group_system",
        required=True, default=lambda self: _default_host("oapi"),
        help="Enter another URL to use a simulator, a proxy or a private deployment.",
    )
    api_url = fields.Char(
        string="New API URL", groups="base.group_system",
        required=True, default=lambda self: _default_host("api"),
    )
    login_url = fields.Char(
        string="Sign-in page URL", groups="base.group_system",
        required=True, default=lambda self: _default_host("login"),
    )
    used_for = fields.Char(
        string="Used for", compute="_compute_used_for", compute_sudo=False,
        help="Purposes for which this application is used.",
    )
    token_ids = fields.One2many(
        "dingding.token", "app_id", string="Tokens", groups="dingding.group_manager"
    )

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["app_key"])

    @api.constrains("app_key")
    def _check_app_key(self):
        for app in self:
            if not re.match(r"^[A-Za-z0-9_-]+\Z", app.app_key or ""):
                raise ValidationError(
                    _("The AppKey may contain only letters, digits, - and _.")
                )

    @api.constrains("corp_id")
    def _check_corp(self):
        corps = self.env["dingding.corp"].sudo().with_context(active_test=False)
        uses = corps._app_fields()
        for app in self:
            other = corps.search(
                [("id", "!=", app.corp_id.id)] + ["|"] * (len(uses) - 1)
                + [(name, "=", app.id) for name in uses],
                limit=1,
            )
            if other:
                raise ValidationError(
                    _(
                        "%(corp)s uses the application %(app)s. You cannot move it to "
                        "another organisation.")
                    % {"corp": other.name, "app": app.name}
                )

    @api.constrains("agent_id")
    def _check_agent_id(self):
        for app in self:
            if app.agent_id and not re.match(r"^[0-9]+\Z", app.agent_id):
                raise ValidationError(_("The AgentId must be a number."))

    @api.constrains("oapi_url", "api_url", "login_url")
    def _check_urls(self):
        for app in self.sudo():
            for name in HOST_FIELDS:
                try:
                    Hosts(app[name] or "")
                except ValueError:
                    raise ValidationError(
                        _("%s is not a URL of the form https://host.") % app[name]
                    )

    @api.constrains("calls_per_second")
    def _check_calls_per_second(self):
        for app in self:
            if app.calls_per_second < 1:
                raise ValidationError(_("Enter at least one call per second."))

    @api.constrains("calls_at_once")
    def _check_calls_at_once(self):
        for app in self.sudo():
            if not 1 <= app.calls_at_once <= MOST_AT_ONCE:
                raise ValidationError(
                    _("Enter 1 to %d concurrent calls.") % MOST_AT_ONCE
                )

    @compat.depends_on_user
    def _compute_used_for(self):
        for app in self:
            corp = app.corp_id
            # An unsaved application serves no purpose yet.
            served = corp._purposes_of(app) if corp and isinstance(app.id, int) else []
            app.used_for = ", ".join(corp._purpose_label(each) for each in served)

    # -- the secret ---------------------------------------------------------

    def _secret_elsewhere(self):
        """Return (source, secret) of a secret given outside the database."""
        self.ensure_one()
        key = self.app_key or ""
        option = tools.config.get("dingding_app_secret_%s" % key.lower()) or (
            tools.config.get("dingding_app_secret_%s" % key)
        )
        if option:
            return "config", option
        variable = re.sub(r"[^A-Z0-9]", "_", key.upper())
        value = os.environ.get("DINGDING_APP_SECRET_%s" % variable)
        return ("environment", value) if value else (None, "")

    def _secret(self):
        """Return the AppSecret; pass it to nothing but the client.

        :raise SecretError: it cannot be decrypted
        """
        self.ensure_one()
        return self._secret_elsewhere()[1] or self.env["dingding.secret"]._get(
            self, "app_secret"
        )

    def _has_secret(self):
        """Tell whether an AppSecret is set, decryptable or not."""
        self.ensure_one()
        return bool(
            self._secret_elsewhere()[1]
            or self.env["dingding.secret"]._is_set(self, "app_secret")
        )

    def _credential(self):
        keys = (self.agent_id or "", self.corp_id.corp_id or "")
        try:
            return Credential(self.app_key, self._secret(), *keys)
        except SecretError as error:
            return _LostCredential(self.app_key, error, *keys)

    @api.depends("app_key")
    def _compute_app_secret(self):
        for app in self:
            app.app_secret = MASK if app._has_secret() else False

    def _inverse_app_secret(self):
        """Do nothing: create() and write() store the secret."""

    @api.depends("app_key", "app_secret")
    def _compute_secret_source(self):
        for app in self:
            source = app._secret_elsewhere()[0]
            if not source:
                stored = self.env["dingding.secret"]._is_set(app, "app_secret")
                source = "database" if stored else "missing"
            app.secret_source = source

    def _store_secret(self, secret):
        """Store the secret typed over the mask; '' or False removes it."""
        for app in self:
            self.env["dingding.secret"]._set(app, "app_secret", secret)
            app.sudo().token_ids.unlink()

    def _check_may_set_secret(self):
        """Refuse everybody but administrators.

        Odoo 11 checks groups and rules of stored fields only.
        """
        if not rights.is_administrator(self.env):
            raise AccessError(_("Only administrators may set an AppSecret."))

    def _check_guarded_defaults(self):
        """Refuse custom hosts, which receive the secret, and more concurrent calls.

        Odoo's create() checks neither the groups of fields nor the source of a default.
        """
        for app in self.sudo():
            for name, kind in HOST_FIELDS.items():
                if app[name] != _default_host(kind):
                    raise AccessError(
                        _("Only administrators may change the URLs of DingTalk.")
                    )
            if app.calls_at_once != AT_ONCE:
                raise AccessError(
                    _("Only administrators may change the number of concurrent calls.")
                )

    # -- create, write, copy, unlink ------------------------------------------

    def _check_free(self, app_key):
        """Refuse the key of another application, before the database does."""
        if not app_key:
            raise ValidationError(_("Enter the AppKey of the application."))
        other = self.sudo().with_context(active_test=False).search(
            [("app_key", "=", app_key), ("id", "not in", self.ids)], limit=1
        )
        if other and not rights.may_see(self.env, other):
            raise ValidationError(_("The AppKey %s is already used.") % app_key)
        if other:
            raise ValidationError(
                _(
                    "The AppKey %(key)s is already used by the application %(app)s of "
                    "%(corp)s."
                )
                % {"key": app_key, "app": other.name, "corp": other.corp_id.name}
            )

    def _cleaned(self, vals):
        """Return (vals without secret and stray blanks, the secret or None)."""
        vals = dict(vals)
        for name in PASTED_FIELDS:
            if isinstance(vals.get(name), str):
                vals[name] = vals[name].strip()
        for name, kind in HOST_FIELDS.items():
            if name in vals and not vals[name]:
                vals[name] = _default_host(kind)
        if "app_key" in vals:
            self._check_free(vals["app_key"])
        secret = None
        if "app_secret" in vals:
            secrets = self.env["dingding.secret"]
            vals["app_secret"], secret = secrets._typed(vals["app_secret"])
        return vals, secret

    @compat.create_multi
    def create(self, vals_list):
        cleaned = [self._cleaned(vals) for vals in vals_list]
        if any(secret for _vals, secret in cleaned):
            self._check_may_set_secret()
        apps = compat.super_create(
            super(), [vals for vals, _secret in cleaned]
        )
        if not rights.is_administrator(self.env):
            apps._check_guarded_defaults()
        for app, (_vals, secret) in zip(apps, cleaned):
            if secret:
                app._store_secret(secret)
            if not app.corp_id.app_id:
                app.corp_id.app_id = app
        return apps

    def _check_guarded(self, before):
        """Refuse changes that only an administrator may make.

        :param dict before: id -> field -> value, see ``rights.stored``
        :raise AccessError: one of the values changed
        """
        names = rights.changed(self, before)
        if names:
            labels = self.sudo().fields_get(names, ["string"])
            raise AccessError(
                _("Only administrators may change: %s.")
                % ", ".join(labels[name]["string"] for name in names)
            )

    def _used(self):
        """Return those of these applications whose organisation is in use."""
        corps = self.mapped("corp_id")._in_use()
        return self.filtered(lambda app: app.corp_id in corps)

    def write(self, vals):
        before, used = {}, self.browse()
        if not rights.is_administrator(self.env):
            before, used = rights.stored(self, IDENTITY), self._used()
        vals, secret = self._cleaned(vals)
        if secret is not None:
            self._check_may_set_secret()
            compat.check_access(self, "write")
        result = super().write(vals)
        if before:
            # An organisation in use neither loses an application nor gets one.
            used |= self._used()
            self._check_guarded({app.id: before[app.id] for app in used})
        if "corp_id" in vals:
            # Odoo checks the former organisation only.
            compat.check_access(self, "write")
        if secret is not None:
            self._store_secret(secret)
        if {"app_key", "oapi_url", "api_url"} & set(vals):
            # A token is valid for one key at one host, and so is a file.
            self.sudo().mapped("token_ids").unlink()
            self.env["dingding.media"].sudo().search(
                [("app_id", "in", self.ids)]).unlink()
        return result

    def copy(self, default=None):  # pylint: disable=copy-wo-api-one
        """Copy without the secret, under an unused key."""
        if len(self) != 1:
            copies = self.browse()
            for app in self:
                copies |= app.copy(default)
            return copies
        return super().copy(dict({"app_key": self._free_key()}, **(default or {})))

    def _free_key(self):
        number = 1
        apps = self.sudo().with_context(active_test=False)
        while apps.search_count([("app_key", "=", "%s-%d" % (self.app_key, number))]):
            number += 1
        return "%s-%d" % (self.app_key, number)

    def unlink(self):
        corps = self.mapped("corp_id")
        result = super().unlink()
        self.env["dingding.secret"]._forget_left()
        for corp in corps:
            if not corp.app_id and corp.app_ids:
                corp.app_id = corp.app_ids[0]
        return result

    # -- the client ---------------------------------------------------------

    def _dingtalk_client(self, feature="other", **options):
        """Return a client for this app; tests replace this method only.

        :param str feature: which the calls serve, see ``_budget_features``
        :param options: passed to DingTalkClient, e.g. ``max_attempts=1``
        """
        self.ensure_one()
        app_sudo = self.sudo()
        options.setdefault("ledger", AppLedger(
            self.env.cr.dbname, app_sudo, app_sudo.corp_id._budget_feature(feature)))
        # Tests share a database whose tokens come and go.
        shared = None if tools.config["test_enable"] else (
            app_sudo.app_key, app_sudo.oapi_url, app_sudo.api_url)
        options.setdefault(
            "tokens", RecordTokenStore(self.env.cr.dbname, self.id, shared=shared))
        options.setdefault("transport", _transport)
        options.setdefault("limiter", self._limiter())
        options.setdefault("at_once", app_sudo.calls_at_once)
        return DingTalkClient(
            app_sudo._credential(),
            hosts=Hosts(
                oapi=app_sudo.oapi_url, api=app_sudo.api_url, login=app_sudo.login_url
            ),
            **options
        )

    def _limiter(self):
        """Return the limiter shared by all processes of the database."""
        app_sudo = self.sudo()
        dbname = self.env.cr.dbname
        name = "%s %s" % (app_sudo.app_key, app_sudo.oapi_url)
        return shared_limiter(
            (dbname, name), app_sudo.calls_per_second,
            lambda calls: RecordRate(dbname, name, calls).limiter(),
        )
