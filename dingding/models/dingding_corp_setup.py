# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from urllib.parse import urlparse

from odoo import _, api, fields, models, tools

from .. import compat, rights
from .dingding_corp_overview import UNMATCHED
from .dingding_health import LINE_STATES

# States of lines that a card and the digest name.
WORTH_SAYING = ("error", "warning")
ON_THE_CARD = ("alerts", "connection")
# Beginnings of addresses that only this machine or its network can reach.
PRIVATE = (
    "localhost", "127.", "0.", "10.", "192.168.", "169.254.", "[::1]",
) + tuple("172.%d." % number for number in range(16, 32))


class DingdingCorp(models.Model):
    """The home of the app."""

    _inherit = "dingding.corp"

    responsible_id = fields.Many2one(
        "res.users", string="Responsible", copy=False, ondelete="set null",
        domain="[('share', '=', False)]", groups="dingding.group_manager",
        help="DingTalk manager who gets an activity when something fails for good, one "
             "for each kind of failure. Default: the creator of the organisation.",
    )
    setup_hidden = fields.Boolean(
        string="Hide setup guide", copy=False, groups="dingding.group_manager",
    )
    tested_at = fields.Datetime(string="Last test", readonly=True, copy=False)
    tested_by = fields.Many2one(
        "res.users", string="Tested by", readonly=True, copy=False, ondelete="set null"
    )
    test_state = fields.Selection(
        LINE_STATES, string="Connection", required=True, readonly=True, copy=False,
        default="unchecked", help="Result of the last connection test.",
    )
    unlinked_count = fields.Integer(
        string="Without a user", compute="_compute_home",
        groups="dingding.group_manager",
    )
    home_people = fields.Integer(
        string="Number of people", compute="_compute_home",
        groups="dingding.group_manager",
    )
    alert_count = fields.Integer(
        string="Alerts", compute="_compute_home", groups="dingding.group_manager"
    )
    last_sync_at = fields.Datetime(
        string="Last sync", compute="_compute_home", groups="dingding.group_manager"
    )
    home_attention = fields.Text(
        string="Needs attention", compute="_compute_home_attention",
        compute_sudo=False, groups="dingding.group_manager",
    )

    @compat.depends_on_user
    def _compute_home_attention(self):
        """List what is yellow or red in the overview, a line each.

        With the rights of the user.
        """
        for corp in self:
            corp.home_attention = "\n".join(
                "%s: %s" % (line["label"], line["value"])
                for line in corp._overview_lines()
                if line["state"] in WORTH_SAYING and line["key"] not in ON_THE_CARD
            )

    def _compute_home(self):
        """Count for all organisations together.

        With all rights.
        """
        compat.flush(self.env)
        ids = tuple(self.ids) or (0,)
        self.env.cr.execute(
            "SELECT corp_id, count(*), sum(CASE WHEN user_id IS NULL"
            " AND user_ignored IS NOT TRUE THEN 1 ELSE 0 END) FROM dingding_user"
            " WHERE active AND corp_id IN %s GROUP BY corp_id", [ids],
        )
        people = {row[0]: row[1:] for row in self.env.cr.fetchall()}
        self.env.cr.execute(
            "SELECT corp_id, count(*) FROM dingding_alert"
            " WHERE state = 'open' AND corp_id IN %s GROUP BY corp_id", [ids],
        )
        alerts = dict(self.env.cr.fetchall())
        self.env.cr.execute(
            "SELECT corp_id, to_char(max(finished_at), 'YYYY-MM-DD HH24:MI:SS')"
            " FROM dingding_sync WHERE state = 'done' AND corp_id IN %s"
            " GROUP BY corp_id", [ids],
        )
        synced = dict(self.env.cr.fetchall())
        for corp in self:
            corp.home_people, corp.unlinked_count = people.get(corp.id, (0, 0))
            corp.alert_count = alerts.get(corp.id, 0)
            corp.last_sync_at = synced.get(corp.id) or False

    def _note_test(self, state):
        """Store the result of a connection test.

        :param str state: one of ``LINE_STATES``
        """
        self.sudo().write(
            {
                "test_state": state, "tested_at": fields.Datetime.now(),
                "tested_by": self.env.uid,
            }
        )

    # -- what the server lacks -------------------------------------------------------

    def _setup_warnings(self):
        """Return what is wrong with the server's configuration; addons add theirs.

        :return: list of dict, see ``_setup_warning``
        """
        return [
            warning for warning in (
                self._address_warning(), self._freeze_warning(),
                self._database_warning(), self._cron_warning(),
            ) if warning
        ]

    @api.model
    def _setup_warning(self, key, title, remedy):
        """Return a warning of the overview.

        :param str key: unique among all addons, not translated
        :param str title: what is wrong, translated
        :param str remedy: what to do, translated
        """
        return {"key": key, "title": title, "remedy": remedy}

    @api.model
    def _address_warning(self):
        """Return the warning about ``web.base.url``, or None."""
        found = urlparse(self._base_url())
        host = found.netloc.rpartition("@")[2]
        if not host or host.startswith(PRIVATE):
            return self._setup_warning(
                "private", _("DingTalk cannot reach %s") % (host or "web.base.url"),
                _("Set the system parameter web.base.url to the public address of "
                  "this Odoo. Messages, sign-in and events use it."),
            )
        if found.scheme != "https":
            return self._setup_warning(
                "http", _("The address of this Odoo has no https"),
                _("Set up https, and set the system parameter web.base.url to the "
                  "address with https. DingTalk opens pages over https only."),
            )
        return None

    @api.model
    def _freeze_warning(self):
        frozen = self.env["ir.config_parameter"].sudo().get_param("web.base.url.freeze")
        if frozen:
            return None
        return self._setup_warning(
            "freeze", _("The address of this Odoo is not fixed"),
            _("Set the system parameter web.base.url.freeze to True. Otherwise Odoo "
              "replaces web.base.url when an administrator signs in under another "
              "address."),
        )

    @api.model
    def _database_warning(self):
        if tools.config["dbfilter"] or compat.database_names():
            return None
        if compat.count_databases() < 2:
            return None
        return self._setup_warning(
            "dbfilter", _("The server has several databases"),
            _("Set dbfilter or db_name in Odoo's configuration file. Otherwise Odoo "
              "does not know to which database events and sign-ins belong."),
        )

    @api.model
    def _cron_warning(self):
        if tools.config["max_cron_threads"]:
            return None
        return self._setup_warning(
            "cron", _("This server runs no scheduled actions"),
            _("Set max_cron_threads to 2 in Odoo's configuration file, unless another "
              "server runs the scheduled actions of this database."),
        )

    # -- buttons ---------------------------------------------------------------------

    @api.model
    def action_home(self):
        """Open the app: the only organisation's overview, or a card for each."""
        rights.check_manager(self)
        corp = self._only()
        if corp:
            return corp.action_overview()
        return compat.window_action(self.env, "dingding.dingding_corp_action_home")

    @api.model
    def action_open_app(self):
        """Leave Odoo's settings for the app, which opens with the overview."""
        rights.check_manager(self)
        # An address of the same page would keep the menu of the settings.
        menu = self.env.ref("dingding.dingding_menu_root")
        return {
            "type": "ir.actions.client", "tag": "reload",
            "params": {"menu_id": menu.id},
        }

    def action_open_alerts(self):
        """Show the open alerts of this organisation."""
        self.ensure_one()
        compat.check_access(self, "read")
        rights.check_manager(self)
        return self._overview_action(
            _("Alerts"), "dingding.alert", [("state", "=", "open")]
        )

    def action_open_people(self):
        """Show the people of this organisation."""
        self.ensure_one()
        compat.check_access(self, "read")
        return self._overview_action(_("People"), "dingding.user")

    def action_open_unlinked(self):
        """Show the people of this organisation who have no user."""
        self.ensure_one()
        compat.check_access(self, "read")
        return self._overview_action(
            _("Without a user"), "dingding.user", UNMATCHED)

    def action_open_syncs(self):
        """Show the syncs of this organisation."""
        self.ensure_one()
        compat.check_access(self, "read")
        rights.check_manager(self)
        return self._overview_action(_("Synchronisations"), "dingding.sync")
