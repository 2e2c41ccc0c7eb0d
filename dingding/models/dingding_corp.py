# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .. import compat, rights
from .dingding_secret import MASK

# Fields of the main application that are shown on the organisation's form.
APP_FIELDS = ("app_key", "app_secret", "agent_id")
COUNTED = {
    "department_count": "dingding.department",
    "people_count": "dingding.user",
    "message_count": "dingding.message",
}
# Who signs in as whom depends on these: an administrator alone sets them.
GUARDED = (
    "company_id", "link_by_mobile", "link_by_email", "link_administrators",
    "leads_contact", "create_users", "template_user_id", "leaver_policy",
    "signin_oauth2", "signin_widget", "signin_qr", "signin_inside", "signin_classic",
    "signin_mini", "signin_who", "signin_app_id", "signin_contact", "mini_app_id",
)


class DingdingCorp(models.Model):
    """An organisation (enterprise) in DingTalk."""

    _name = "dingding.corp"
    _inherit = [
        "dingding.corp.policy", "dingding.corp.signin", "dingding.corp.inside",
        "dingding.corp.mini",
    ]
    _description = "DingTalk Organisation"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    corp_id = fields.Char(
        string="CorpId", copy=False, index=True,
        help="Shown on the front page of DingTalk's developer console. Sign-in "
        "inside DingTalk and JSAPI need it; the rest works without.",
    )
    company_id = fields.Many2one(
        "res.company", string="Company", required=True,
        default=lambda self: self.env.user.company_id,
    )
    app_ids = fields.One2many("dingding.app", "corp_id", string="Applications")
    app_id = fields.Many2one(
        "dingding.app", string="Main application", copy=False,
        domain="[('corp_id', '=', id)]",
        help="Serves every purpose for which no other application is chosen.",
    )
    contact_app_id = fields.Many2one(
        "dingding.app", string="For departments and people", copy=False,
        domain="[('corp_id', '=', id)]",
    )
    message_app_id = fields.Many2one(
        "dingding.app", string="For messages", copy=False,
        domain="[('corp_id', '=', id)]",
    )
    app_key = fields.Char(
        string="AppKey (Client ID)", compute="_compute_main_app",
        inverse="_inverse_main_app",
        help="Developer console of DingTalk > your application > Credentials.",
    )
    app_secret = fields.Char(
        string="AppSecret (Client Secret)", compute="_compute_main_app_secret",
        inverse="_inverse_main_app", groups="base.group_system",
        help="Can be written here and read by nobody.",
    )
    agent_id = fields.Char(
        string="AgentId", compute="_compute_main_app", inverse="_inverse_main_app",
        help="Number of the application; work notifications need it.",
    )
    secret_source = fields.Selection(related="app_id.secret_source", readonly=True)
    department_count = fields.Integer(
        string="Departments", compute="_compute_counts", compute_sudo=False,
    )
    people_count = fields.Integer(
        string="People", compute="_compute_counts", compute_sudo=False
    )
    message_count = fields.Integer(
        string="Messages", compute="_compute_counts", compute_sudo=False
    )
    run_count = fields.Integer(
        string="Runs", compute="_compute_run_count",
        compute_sudo=False, groups="dingding.group_manager"
    )
    link_by_mobile = fields.Boolean(
        string="Link by mobile", default=True,
        help="Link a DingTalk user to the system user with the same mobile, when "
        "DingTalk has verified the mobile and exactly one user has it.",
    )
    link_by_email = fields.Boolean(
        string="Link by e-mail",
        help="Link a DingTalk user to the system user whose login or e-mail is the "
        "same, when exactly one user has it.",
    )
    link_administrators = fields.Boolean(
        string="Link administrators too",
        help="Also link users with administration rights by mobile or e-mail. "
        "Without it they are linked by hand only.",
    )

    is_administrator = fields.Boolean(compute="_compute_is_administrator")

    def init(self):
        compat.unique_index(self.env.cr, self._table, ["corp_id"])

    @compat.depends_on_user
    def _compute_is_administrator(self):
        for corp in self:
            corp.is_administrator = rights.is_administrator(self.env)

    @api.constrains("app_id", "contact_app_id", "message_app_id")
    def _check_apps(self):
        for corp in self:
            for app in corp.app_id | corp.contact_app_id | corp.message_app_id:
                if app.corp_id != corp:
                    raise ValidationError(
                        _("The application %(app)s belongs to %(corp)s.")
                        % {"app": app.name, "corp": app.corp_id.name}
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
        """Do nothing: create() and write() hand the values on together."""

    def _compute_counts(self):
        for name, model_name in COUNTED.items():
            for corp in self:
                corp[name] = self.env[model_name].search_count(
                    [("corp_id", "=", corp.id)]
                )

    def _compute_run_count(self):
        for corp in self:
            corp.run_count = self.env["dingding.run"].search_count(
                [("corp_id", "=", corp.id)]
            )

    def _write_main_app(self, vals, main_app):
        """Write what the form says of the main application, making it if needed.

        :param main_app: the application that the form was about
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
        """Refuse a CorpId that another organisation has, before the database does."""
        other = self.sudo().with_context(active_test=False).search(
            [("corp_id", "=", corp_id), ("id", "not in", self.ids)], limit=1
        )
        if other:
            raise ValidationError(
                _("The CorpId %(id)s is already used by %(corp)s.")
                % {"id": corp_id, "corp": other.name}
            )

    def _cleaned(self, vals):
        """Return vals as this model may keep them, in its cache for example."""
        vals = dict(vals)
        if isinstance(vals.get("corp_id"), str):
            # Many may have none, and '' is not none for a unique index.
            vals["corp_id"] = vals["corp_id"].strip() or False
        if vals.get("corp_id"):
            self._check_free(vals["corp_id"])
        if vals.get("app_secret"):
            vals["app_secret"] = MASK
        return vals

    @api.model
    def _guarded(self):
        """Return the fields that only administrators set; addons add theirs."""
        return GUARDED

    def _check_guarded(self, before):
        """Refuse what only an administrator may change.

        :param dict before: id -> field -> value, see ``rights.stored``
        :raise AccessError: one of the values is another one now
        """
        names = rights.changed(self, before)
        if names and not rights.is_administrator(self.env):
            labels = self.sudo().fields_get(names, ["string"])
            raise AccessError(
                _("Only administrators may change: %s.")
                % ", ".join(labels[name]["string"] for name in names)
            )
        # Odoo asks the rules about the record as it was; ask about what it is now.
        compat.check_access(self, "write")

    @compat.create_multi
    def create(self, vals_list):
        names = set(self._guarded())
        this = rights.without_defaults(self, names)
        corps = compat.super_create(
            super(DingdingCorp, this), [self._cleaned(vals) for vals in vals_list]
        )
        # The company is a matter of the rules: one of the user's own.
        own = rights.own_defaults(self, names - {"company_id"})
        corps._check_guarded({corp.id: own for corp in corps})
        for corp, vals in zip(corps, vals_list):
            chosen = self.env["dingding.app"].browse(vals.get("app_id"))
            corp._write_main_app(vals, chosen)
        return corps

    def write(self, vals):
        # What the form said was about the main application that it showed, unless
        # another one was chosen in the same breath.
        shown = {corp.id: corp.app_id for corp in self}
        before = rights.stored(self, self._guarded())
        result = super(DingdingCorp, self).write(self._cleaned(vals))
        self._check_guarded(before)
        for corp in self:
            corp._write_main_app(
                vals, corp.app_id if "app_id" in vals else shown[corp.id]
            )
        return result

    def unlink(self):
        # Not by the database's cascade, which would leave the secrets behind.
        self.with_context(active_test=False).mapped("app_ids").unlink()
        return super(DingdingCorp, self).unlink()

    def _app_for(self, purpose):
        """Return the application that serves ``purpose``.

        :param str purpose: 'contact', 'message'; addons add fields of the form
            ``<purpose>_app_id`` for theirs
        :raise UserError: when the organisation has no application yet
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
    def _restrict_dialogs(self):
        """Keep what a dialog shows to the user who opened it; called by data files."""
        compat.restrict_dialogs(self.env)

    # -- buttons ---------------------------------------------------------------

    def action_test_connection(self):
        """Run the health check and show its lines."""
        self.ensure_one()
        compat.check_access(self, "write")
        return self.env["dingding.health"]._open(self)

    def action_synchronise(self):
        """Read departments and people and show what would change."""
        self.ensure_one()
        compat.check_access(self, "write")
        return self.env["dingding.run"]._start(self, "users", "preview")

    def action_get_departments(self):
        """Read the departments in the background and show the run."""
        self.ensure_one()
        compat.check_access(self, "write")
        return self.env["dingding.run"]._start(self, "departments")

    def action_get_users(self):
        """Read departments and people in the background and show the run."""
        self.ensure_one()
        compat.check_access(self, "write")
        return self.env["dingding.run"]._start(self, "users")
