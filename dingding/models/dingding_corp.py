# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .. import compat, rights
from .dingding_secret import MASK

APP_FIELDS = ("app_key", "app_secret", "agent_id")
COUNTED = {
    "department_count": "dingding.department",
    "people_count": "dingding.user",
    "message_count": "dingding.message",
}
# For administrators: they decide who signs in as whom.
GUARDED = (
    "company_id", "link_by_mobile", "link_by_email", "link_administrators",
    "leads_contact", "create_users", "template_user_id", "leaver_policy",
    "user_pictures", "share_users",
)
# Fields that tie Odoo to DingTalk; for administrators once users are linked.
IDENTITY = ("active", "corp_id", "app_id", "contact_app_id")


class DingdingCorp(models.Model):
    """An organisation (enterprise) in DingTalk."""

    _name = "dingding.corp"
    _description = "DingTalk Organisation"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    corp_id = fields.Char(
        string="CorpId", copy=False, index=True,
        help="Shown on the home page of DingTalk's developer console. Required for "
             "pages inside DingTalk and for cards.",
    )
    company_id = fields.Many2one(
        "res.company", string="Company", required=True,
        default=lambda self: compat.company(self.env),
    )
    app_ids = fields.One2many("dingding.app", "corp_id", string="Applications")
    app_id = fields.Many2one(
        "dingding.app", string="Main application", copy=False,
        domain="[('corp_id', '=', id)]",
        help="Used for every purpose without an application of its own.",
    )
    contact_app_id = fields.Many2one(
        "dingding.app", string="Application for contacts", copy=False,
        domain="[('corp_id', '=', id)]",
        help="Empty: the main application.",
    )
    message_app_id = fields.Many2one(
        "dingding.app", string="Application for messages", copy=False,
        domain="[('corp_id', '=', id)]",
        help="Empty: the main application.",
    )
    app_key = fields.Char(
        string="AppKey (Client ID)", compute="_compute_main_app",
        inverse="_inverse_main_app",
        help="DingTalk's developer console > your application > Credentials.",
    )
    app_secret = fields.Char(
        string="AppSecret (Client Secret)", compute="_compute_main_app_secret",
        inverse="_inverse_main_app", groups="base.group_system",
        help="Can be written, but never read.",
    )
    agent_id = fields.Char(
        string="AgentId", compute="_compute_main_app", inverse="_inverse_main_app",
        help="ID of the application, required for work notifications.",
    )
    secret_source = fields.Selection(related="app_id.secret_source", readonly=True)
    department_count = fields.Integer(
        string="Number of departments", compute="_compute_counts", compute_sudo=False,
    )
    people_count = fields.Integer(
        string="People", compute="_compute_counts", compute_sudo=False
    )
    message_count = fields.Integer(
        string="Messages", compute="_compute_counts", compute_sudo=False
    )
    sync_count = fields.Integer(
        string="Synchronisations", compute="_compute_sync_count",
        compute_sudo=False, groups="dingding.group_manager"
    )
    link_by_mobile = fields.Boolean(
        string="Link by mobile", default=True,
        help="Links a DingTalk user to the only system user with this mobile, if "
             "DingTalk has verified it.",
    )
    link_by_email = fields.Boolean(
        string="Link by e-mail",
        help="Links a DingTalk user to the only system user with this login or e-mail.",
    )
    link_administrators = fields.Boolean(
        string="Link administrators too",
        help="Also links users with administration rights by mobile or e-mail. "
             "Otherwise they are linked manually only.",
    )

    is_administrator = fields.Boolean(
        compute="_compute_is_administrator", compute_sudo=False)

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["corp_id"])

    @compat.depends_on_user
    def _compute_is_administrator(self):
        for corp in self:
            corp.is_administrator = rights.is_administrator(self.env)

    @api.model
    def _app_fields(self):
        """Return the fields that name an application, those of addons included."""
        return [
            name for name, field in sorted(self._fields.items())
            if field.comodel_name == "dingding.app" and field.type == "many2one"
            and field.store
        ]

    def _check_apps(self):
        """Refuse an application of another organisation, for any purpose.

        A constraint could name the core's fields only.
        """
        names = self._app_fields()
        # Do not name an application that the user may not see.
        for corp in self.sudo():
            if any(corp[name].corp_id != corp for name in names if corp[name]):
                raise ValidationError(
                    _("Select an application of the organisation %s.") % corp.name
                )

    # -- the main application on the organisation's form ----------------------

    @api.depends("app_id.app_key", "app_id.agent_id")
    def _compute_main_app(self):
        for corp in self:
            corp.app_key = corp.app_id.app_key
            corp.agent_id = corp.app_id.agent_id

    @api.depends("app_id.app_key", "app_id.app_secret")
    def _compute_main_app_secret(self):
        for corp in self:
            is_set = corp.app_id and corp.app_id._has_secret()
            corp.app_secret = MASK if is_set else False

    def _inverse_main_app(self):
        """Do nothing: create() and write() do it."""

    def _compute_counts(self):
        for name, model_name in COUNTED.items():
            for corp in self:
                corp[name] = self.env[model_name].search_count(
                    [("corp_id", "=", corp.id)]
                )

    def _compute_sync_count(self):
        for corp in self:
            corp.sync_count = self.env["dingding.sync"].search_count(
                [("corp_id", "=", corp.id)]
            )

    def _write_main_app(self, vals, main_app):
        """Write the form's values to the main application, creating it if needed.

        :param main_app: the application shown on the form
        """
        self.ensure_one()
        values = {key: vals[key] for key in APP_FIELDS if key in vals}
        if values.get("app_secret") == MASK:
            del values["app_secret"]
        if not any(values.values()) and not main_app:
            return
        if values and main_app:
            main_app.write(values)
        elif values.get("app_key"):
            self.app_id = self.env["dingding.app"].create(
                dict(values, name=self.name, corp_id=self.id)
            )
        elif values:
            raise ValidationError(
                _("Enter the AppKey together with the AppSecret and the AgentId.")
            )

    def _check_free(self, corp_id):
        """Refuse a CorpId of another organisation, before the database does."""
        other = self.sudo().with_context(active_test=False).search(
            [("corp_id", "=", corp_id), ("id", "not in", self.ids)], limit=1
        )
        if other and not rights.may_see(self.env, other):
            raise ValidationError(_("The CorpId %s is already used.") % corp_id)
        if other:
            raise ValidationError(
                _("The CorpId %(id)s is already used by %(corp)s.")
                % {"id": corp_id, "corp": other.name}
            )

    def _cleaned(self, vals):
        """Return vals without anything that must not be stored or cached."""
        vals = dict(vals)
        if isinstance(vals.get("corp_id"), str):
            # Several may be empty, but a unique index counts '' as a value.
            vals["corp_id"] = vals["corp_id"].strip() or False
        if vals.get("corp_id"):
            self._check_free(vals["corp_id"])
        if vals.get("app_secret"):
            vals["app_secret"] = MASK
        return vals

    def _managers(self):
        """Return the DingTalk managers of the organisation's company."""
        return self._users_with("dingding.group_manager")

    def _users_with(self, group):
        """Return the users of the organisation's company who have a group.

        :param str group: external ID
        """
        group = self.env.ref(group)
        return self.env["res.users"].search(
            [(compat.ALL_USER_GROUPS, "in", group.ids),
             ("company_ids", "in", self.company_id.ids)]
        )

    @api.model
    def _only(self, domain=()):
        """Return the organisation of a domain if there is exactly one, else none."""
        corps = self.search(list(domain), limit=2)
        return corps if len(corps) == 1 else self.browse()

    @api.model
    def _guarded(self):
        """Return the fields that only administrators may set; addons add theirs."""
        return GUARDED

    def _in_use(self):
        """Return the organisations with people linked to system users."""
        linked = self.env["dingding.user"].sudo().with_context(active_test=False)
        linked = linked.search([("corp_id", "in", self.ids), ("user_id", "!=", False)])
        return self & self.browse(linked.mapped("corp_id").ids)

    def _stored_guarded(self):
        """Return the values only an administrator may change, see ``rights.stored``."""
        before = rights.stored(self, self._guarded())
        if not rights.is_administrator(self.env):
            identity = rights.stored(self._in_use(), IDENTITY)
            for corp_id, values in identity.items():
                before[corp_id].update(values)
        return before

    def _check_guarded(self, before):
        """Refuse changes that only an administrator may make.

        :param dict before: id -> field -> value, see ``rights.stored``
        :raise AccessError: one of the values changed
        """
        names = rights.changed(self, before)
        if names and not rights.is_administrator(self.env):
            labels = self.sudo().fields_get(names, ["string"])
            raise AccessError(
                _("Only administrators may change: %s.")
                % ", ".join(labels[name]["string"] for name in names)
            )
        # Odoo checks the rules before the write only; check the new values too.
        compat.check_access(self, "write")

    @compat.create_multi
    def create(self, vals_list):
        names = set(self._guarded())
        self = rights.without_defaults(self, names)
        cleaned = [self._cleaned(vals) for vals in vals_list]
        corps = compat.super_create(super(), cleaned)
        # The record rules already restrict the company to the user's own.
        own = rights.own_defaults(self, names - {"company_id"})
        corps._check_guarded({corp.id: own for corp in corps})
        for corp, vals in zip(corps, vals_list):
            chosen = self.env["dingding.app"].browse(vals.get("app_id"))
            corp._write_main_app(vals, chosen)
        corps._check_apps()
        self._show_organisations()
        return corps

    def write(self, vals):
        # The form's values belong to the application it showed.
        shown = {corp.id: corp.app_id for corp in self}
        archived = self.filtered(lambda corp: not corp.active)
        before = self._stored_guarded()
        result = super().write(self._cleaned(vals))
        self._check_guarded(before)
        for corp in self:
            corp._write_main_app(
                vals, corp.app_id if "app_id" in vals else shown[corp.id]
            )
        if set(vals) & set(self._app_fields()):
            self._check_apps()
        back = archived.filtered("active")
        if back:
            back._catch_up()
        return result

    def _catch_up(self):
        """Queue what was left undone while these organisations were archived.

        Addons extend it. It runs in the transaction that unarchives them, as the user:
        it calls nothing, and sends nothing that is out of date.
        """
        # sudo: who unarchives an organisation may not write the queues.
        self.env["dingding.outgoing.change"].sudo()._wake_archived(self)

    @api.model
    def _show_organisations(self):
        """Show lists' column with the organisation once there are several.

        It stays: Odoo cannot take back an implied group.
        """
        # sudo: the lists of users of other companies have the column too. The group
        # grants nothing else.
        corps = self.sudo().with_context(active_test=False)
        everybody = self.env.ref("base.group_user").sudo()
        several = self.env.ref("dingding.group_multi_corp").sudo()
        if corps.search_count([]) > 1 and several not in everybody.implied_ids:
            everybody.write({"implied_ids": [(4, several.id)]})

    def unlink(self):
        # Odoo deletes more with them than the database's cascade.
        self.with_context(active_test=False).mapped("app_ids").unlink()
        result = super().unlink()
        self.env["dingding.secret"]._forget_left()
        return result

    def _app_for(self, purpose):
        """Return the application for ``purpose``.

        :param str purpose: one of ``_purposes``
        :raise UserError: the organisation has no application yet
        """
        self.ensure_one()
        chosen = self["%s_app_id" % purpose] + self.app_id
        app = (chosen.filtered("active") or self.app_ids.filtered("active"))[:1]
        if not app:
            raise UserError(
                _(
                    "%s has no application yet. Enter AppKey, AppSecret and AgentId "
                    "on the organisation's form."
                )
                % self.name
            )
        return app

    @api.model
    def _base_url(self):
        """Return this Odoo's configured address, never a request's host."""
        parameters = self.env["ir.config_parameter"].sudo()
        return (parameters.get_param("web.base.url") or "").rstrip("/")

    def _discussion_number(self, res_model, res_id):
        """Return the number by which people answer a document's discussion in the chat.

        0 if they cannot; an addon with a chat extends this. Called with all rights.
        """
        return 0

    @api.model
    def _record_url(self, record):
        """Return the URL that opens a record from a message, '' without a base URL.

        :param record: one record of any model
        """
        return self._page_url(self._record_path(record))

    @api.model
    def _page_url(self, path):
        """Return the URL that opens a page from a message, '' without a base URL.

        :param str path: of this site, with a slash
        """
        base = self._base_url()
        return base and base + path

    @api.model
    def _record_path(self, record):
        return "/web#id=%d&model=%s&view_type=form" % (record.id, record._name)

    @api.model
    def _restrict_dialogs(self):
        """Restrict wizards to the user who opened them; called by data files."""
        compat.restrict_dialogs(self.env)

    # -- buttons ---------------------------------------------------------------

    def action_test_connection(self):
        """Run the connection test and show its lines."""
        self.ensure_one()
        compat.check_access(self, "write")
        return self.env["dingding.health"]._open(self)

    def action_synchronise(self):
        """Read departments and people and preview the changes."""
        self.ensure_one()
        compat.check_access(self, "write")
        return self.env["dingding.sync"]._start(self, "users", "preview")

    def action_get_departments(self):
        """Read the departments in the background and show the sync."""
        self.ensure_one()
        compat.check_access(self, "write")
        return self.env["dingding.sync"]._start(self, "departments")

    def action_get_users(self):
        """Read departments and people in the background and show the sync."""
        self.ensure_one()
        compat.check_access(self, "write")
        return self.env["dingding.sync"]._start(self, "users")
