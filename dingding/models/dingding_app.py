# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime
import os
import re

from odoo import _, api, fields, models, tools
from odoo.exceptions import AccessError, ValidationError

from .. import compat
from ..dingtalk.client import Credential, DingTalkClient
from ..dingtalk.limits import shared_limiter
from ..dingtalk.transport import Hosts, Transport
from ..sealing import SecretError
from .dingding_call_rate import RecordRate
from .dingding_secret import MASK
from .dingding_token import RecordTokenStore

# A simulator or a proxy for all new apps, e.g. of a test or demo server.
DEFAULT_HOST_VARIABLE = "DINGDING_DEFAULT_HOST"

# A page whose signature was refused may have a new ticket asked for once in so long.
TICKET_SECONDS = 60
# For a person who waits; when many come at once DingTalk throttles some for a second.
PATIENCE = 6  # seconds

HOST_FIELDS = {"oapi_url": "oapi", "api_url": "api", "login_url": "login"}
# What people paste from the console, often with a blank at the end.
PASTED_FIELDS = ("app_key", "app_secret", "agent_id")

# Keeps one connection a host and thread open, for all clients of this process.
_transport = Transport()


def _default_host(kind):
    return os.environ.get(DEFAULT_HOST_VARIABLE) or getattr(Hosts(), kind)


class _LostCredential(Credential):
    """Keys whose AppSecret cannot be decrypted; each call fails with that error.

    Those who make a client do not expect errors before they call something.
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
        help="Developer console of DingTalk > your application > Credentials.",
    )
    app_secret = fields.Char(
        string="AppSecret (Client Secret)", compute="_compute_app_secret",
        inverse="_inverse_app_secret", groups="base.group_system", copy=False,
        help="Can be written here and read by nobody. Instead of storing it in "
        "the database it can be given in Odoo's configuration file as "
        "dingding_app_secret_<AppKey> or in the environment variable "
        "DINGDING_APP_SECRET_<APPKEY>.",
    )
    secret_source = fields.Selection(
        [
            ("missing", "Missing"),
            ("database", "Database"),
            ("config", "Configuration file"),
            ("environment", "Environment variable"),
        ],
        string="AppSecret is kept in", compute="_compute_secret_source",
    )
    agent_id = fields.Char(
        string="AgentId", copy=False,
        help="Number of the application; work notifications need it.",
    )
    kind = fields.Selection(
        [
            ("h5", "Micro-app (web)"),
            ("mini", "Mini-program"),
            ("login", "Sign-in only"),
        ],
        default="h5", required=True,
    )
    calls_per_second = fields.Integer(
        string="Calls per second", default=20,
        help="Calls of one API that are made in a second at most. DingTalk allows "
        "20 in the standard edition.",
    )
    oapi_url = fields.Char(
        string="Address of the classic API", groups="base.group_system",
        required=True, default=lambda self: _default_host("oapi"),
        help="Another address than DingTalk's own serves a simulator, a proxy or a "
        "private deployment.",
    )
    api_url = fields.Char(
        string="Address of the new API", groups="base.group_system",
        required=True, default=lambda self: _default_host("api"),
    )
    login_url = fields.Char(
        string="Address of the sign-in pages", groups="base.group_system",
        required=True, default=lambda self: _default_host("login"),
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
                    _("An AppKey consists of letters, digits, - and _ only.")
                )

    @api.constrains("corp_id")
    def _check_corp(self):
        corps = self.env["dingding.corp"].sudo().with_context(active_test=False)
        # Also of purposes that other addons add.
        uses = [
            name for name, field in sorted(corps._fields.items())
            if field.comodel_name == self._name and field.type == "many2one"
            and field.store
        ]
        for app in self:
            other = corps.search(
                [("id", "!=", app.corp_id.id)] + ["|"] * (len(uses) - 1)
                + [(name, "=", app.id) for name in uses],
                limit=1,
            )
            if other:
                raise ValidationError(
                    _("%(corp)s uses the application %(app)s: it cannot be moved.")
                    % {"corp": other.name, "app": app.name}
                )

    @api.constrains("agent_id")
    def _check_agent_id(self):
        for app in self:
            if app.agent_id and not re.match(r"^[0-9]+\Z", app.agent_id):
                raise ValidationError(_("An AgentId is a number."))

    @api.constrains("oapi_url", "api_url", "login_url")
    def _check_urls(self):
        for app in self.sudo():
            for name in HOST_FIELDS:
                try:
                    Hosts(app[name] or "")
                except ValueError:
                    raise ValidationError(
                        _("%s is not an address of the form https://host.") % app[name]
                    )

    @api.constrains("calls_per_second")
    def _check_calls_per_second(self):
        for app in self:
            if app.calls_per_second < 1:
                raise ValidationError(_("At least one call a second is needed."))

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
        """Return the AppSecret; only the client may be given it.

        :raise SecretError: it cannot be decrypted
        """
        self.ensure_one()
        return self._secret_elsewhere()[1] or self.env["dingding.secret"]._get(
            self, "app_secret"
        )

    def _has_secret(self):
        """Tell whether there is an AppSecret, readable or not."""
        self.ensure_one()
        return bool(
            self._secret_elsewhere()[1]
            or self.env["dingding.secret"]._is_set(self, "app_secret")
        )

    def _credential(self):
        """Return the keys as the client takes them."""
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
        """Do nothing: create() and write() keep the secret where no field is."""

    @api.depends("app_key", "app_secret")
    def _compute_secret_source(self):
        for app in self:
            source = app._secret_elsewhere()[0]
            if not source:
                stored = self.env["dingding.secret"]._is_set(app, "app_secret")
                source = "database" if stored else "missing"
            app.secret_source = source

    def _store_secret(self, secret):
        """Store what a person has typed over the mask; '' or False removes it."""
        for app in self:
            self.env["dingding.secret"]._set(app, "app_secret", secret)
            app.sudo().token_ids.unlink()

    def _is_administrator(self):
        return compat.is_superuser(self.env) or self.env.user.has_group(
            "base.group_system"
        )

    def _check_may_set_secret(self):
        """Refuse all but administrators.

        Odoo 11 looks at the groups and rules of stored fields only.
        """
        if not self._is_administrator():
            raise AccessError(_("Only administrators may set an AppSecret."))

    def _check_hosts_are_default(self):
        """Refuse other hosts: whoever names the host receives the secret.

        create() of Odoo looks neither at the groups of fields nor at where a default
        comes from.
        """
        for app in self.sudo():
            for name, kind in HOST_FIELDS.items():
                if app[name] != _default_host(kind):
                    raise AccessError(
                        _("Only administrators may change the addresses of DingTalk.")
                    )

    # -- create, write, copy, unlink ------------------------------------------

    def _check_free(self, app_key):
        """Refuse a key that another application has, before the database does."""
        if not app_key:
            raise ValidationError(_("An application needs its AppKey."))
        other = self.sudo().with_context(active_test=False).search(
            [("app_key", "=", app_key), ("id", "not in", self.ids)], limit=1
        )
        if other:
            raise ValidationError(
                _(
                    "The AppKey %(key)s is already used by the application %(app)s of "
                    "%(corp)s."
                )
                % {"key": app_key, "app": other.name, "corp": other.corp_id.name}
            )

    def _cleaned(self, vals):
        """Return (vals without the secret and stray blanks, the secret or None).

        The secret is replaced by its mask, so that it stays in no cache, while Odoo
        still checks who may write the field.
        """
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
            if vals["app_secret"] != MASK:
                secret = vals["app_secret"] or ""
                if MASK[0] in secret:
                    raise ValidationError(_("Enter the whole AppSecret."))
            vals["app_secret"] = MASK if secret != "" else False
        return vals, secret

    @compat.create_multi
    def create(self, vals_list):
        cleaned = [self._cleaned(vals) for vals in vals_list]
        if any(secret for _vals, secret in cleaned):
            self._check_may_set_secret()
        apps = compat.super_create(
            super(DingdingApp, self), [vals for vals, _secret in cleaned]
        )
        if not self._is_administrator():
            apps._check_hosts_are_default()
        for app, (_vals, secret) in zip(apps, cleaned):
            if secret:
                app._store_secret(secret)
            if not app.corp_id.app_id:
                app.corp_id.app_id = app
        return apps

    def write(self, vals):
        vals, secret = self._cleaned(vals)
        if secret is not None:
            self._check_may_set_secret()
            compat.check_access(self, "write")
        result = super(DingdingApp, self).write(vals)
        if "corp_id" in vals:
            # Odoo asks the rules about the organisation that it was of.
            compat.check_access(self, "write")
        if secret is not None:
            self._store_secret(secret)
        if {"app_key", "oapi_url", "api_url"} & set(vals):
            # A token belongs to one key at one host.
            self.sudo().mapped("token_ids").unlink()
        return result

    def copy(self, default=None):  # pylint: disable=copy-wo-api-one
        """Copy without the secret, under a key that is free."""
        copies = self.browse()
        for app in self:
            values = dict({"app_key": app._free_key()}, **(default or {}))
            copies |= super(DingdingApp, app).copy(values)
        return copies

    def _free_key(self):
        number = 1
        apps = self.sudo().with_context(active_test=False)
        while apps.search_count([("app_key", "=", "%s-%d" % (self.app_key, number))]):
            number += 1
        return "%s-%d" % (self.app_key, number)

    def unlink(self):
        self.env["dingding.secret"]._forget(self)
        corps = self.mapped("corp_id")
        result = super(DingdingApp, self).unlink()
        for corp in corps:
            if not corp.app_id and corp.app_ids:
                corp.app_id = corp.app_ids[0]
        return result

    # -- the client ---------------------------------------------------------

    def _dingtalk_client(self, **options):
        """Return a client for this app; the one seam that tests replace.

        :param options: handed to DingTalkClient, e.g. ``max_attempts=1``
        """
        self.ensure_one()
        app_sudo = self.sudo()
        options.setdefault("tokens", RecordTokenStore(self.env.cr.dbname, self.id))
        options.setdefault("transport", _transport)
        options.setdefault("limiter", self._limiter())
        return DingTalkClient(
            app_sudo._credential(),
            hosts=Hosts(
                oapi=app_sudo.oapi_url, api=app_sudo.api_url, login=app_sudo.login_url
            ),
            **options
        )

    def _limiter(self):
        """Return the limiter that all processes of the database share."""
        app_sudo = self.sudo()
        dbname = self.env.cr.dbname
        name = "%s %s" % (app_sudo.app_key, app_sudo.oapi_url)
        return shared_limiter(
            (dbname, name), app_sudo.calls_per_second,
            lambda calls: RecordRate(dbname, name, calls).limiter(),
        )

    # -- pages inside DingTalk ------------------------------------------------

    def _jsapi_config(self, url, api_list=(), renew=False):
        """Return the argument of ``dd.config`` for a page of this Odoo.

        https://open.dingtalk.com/document/development/jsapi-authentication

        :param str url: address of the page as the browser has it, with its query;
            ``#...`` does not count
        :param api_list: names of calls without ``dd.``
        :param bool renew: DingTalk has refused a signature with the ticket kept here;
            at most one new ticket a minute is asked for
        :raise ValueError: a page of another site: nobody signs for it here
        :raise DingTalkError: there is no ticket
        :rtype: dict
        """
        self.ensure_one()
        address = self.env["dingding.jsapi"]._own_address(url)
        if address is None:
            raise ValueError("no page of this site")
        client = self._dingtalk_client(max_wait=PATIENCE)
        if renew:
            self._renew_jsapi_ticket(client)
        return client.jsapi.config(address, api_list)

    def _renew_jsapi_ticket(self, client):
        """Have DingTalk asked for a new ticket, unless that was a moment ago."""
        ticket = self.sudo().token_ids.filtered(lambda row: row.kind == "jsapi")
        age = ticket.renewed_at and (
            datetime.datetime.utcnow() - fields.Datetime.from_string(ticket.renewed_at)
        )
        if age and age.total_seconds() > TICKET_SECONDS:
            client.jsapi.ticket(refused=client.jsapi.ticket())
