# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Report failed records to the responsible person, one activity per kind."""
from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import html_escape

from .. import compat, rights
from . import activities
from .queue import take_lock

# First key of the advisory lock held while failures are counted.
LOCK_ALERTS = 0x4454000B
GAVE_UP = ("failed", "unknown")
NOT_SENT = GAVE_UP + ("partly_failed",)  # of messages, to all or some


class DingdingAlert(models.Model):
    """Failures of one kind in one organisation, gathered in one activity.

    The first failure opens the alert and schedules the activity, further ones update
    it, and both close when none is left. If the activity is closed earlier, only newer
    failures open the alert again.
    """

    _name = "dingding.alert"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "DingTalk Alert"
    # Managers close the activity, and change nothing else.
    _mail_post_access = "read"
    _order = "state, id desc"

    name = fields.Char(string="Failures", compute="_compute_name")
    corp_id = fields.Many2one(
        "dingding.corp", string="Organisation", required=True, readonly=True,
        index=True, ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="corp_id.company_id", store=True, readonly=True, index=True
    )
    kind = fields.Char(string="Type", required=True, readonly=True)
    state = fields.Selection(
        [("open", "Unsolved"), ("seen", "Acknowledged"), ("solved", "Solved")],
        string="Status", required=True, readonly=True, default="open", index=True,
    )
    count = fields.Integer(string="Failed records", readonly=True)
    last_number = fields.Integer(string="Latest failure", readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Responsible", readonly=True, ondelete="set null"
    )
    opened_at = fields.Datetime(string="Opened on", readonly=True)
    solved_at = fields.Datetime(string="Solved on", readonly=True)
    reason = fields.Text(string="Last error", compute="_compute_reason")
    remedy = fields.Text(
        string="What to do", compute="_compute_reason",
        help="How to make the next attempt succeed.",
    )
    only_for = fields.Char(
        string="Visible to", compute="_compute_only_for", compute_sudo=False,
        help="Groups that may see the failed records that you may not see.",
    )

    def init(self):
        result = super().init()
        compat.unique_index(self.env.cr, self._table, ["corp_id", "kind"])
        return result

    @api.depends("kind")
    def _compute_name(self):
        kinds = self._by_key()
        for alert in self:
            alert.name = kinds[alert.kind]["label"] if alert.kind in kinds else (
                alert.kind
            )

    @api.depends("kind", "state", "last_number")
    def _compute_reason(self):
        kinds = self._by_key()
        for alert in self:
            alert.reason, alert.remedy = alert._explain(kinds.get(alert.kind))

    @compat.depends_on_user
    @api.depends("kind", "state", "count", "last_number")
    def _compute_only_for(self):
        kinds = self._by_key()
        for alert in self:
            kind = alert.state != "solved" and kinds.get(alert.kind)
            alert.only_for = kind and alert._hidden_from_user(kind)[0]

    # -- for addons ------------------------------------------------------------------

    @api.model
    def _kinds(self):
        """Return the kinds of failures to watch; addons add theirs.

        Called with all rights, by a scheduled action and to show an alert.

        :return: list of dict, see ``_kind``
        """
        return [
            self._kind(
                "sync", _("Synchronisation"), "dingding.sync",
                [("id", "in", self._last_failed("dingding.sync") or [0])],
            ),
            self._kind(
                "outgoing", _("Outgoing Changes"), "dingding.outgoing.change",
                [("state", "in", GAVE_UP)],
            ),
            self._kind(
                "message", _("Messages"), "dingding.message",
                [("state", "in", NOT_SENT)],
            ),
            self._kind(
                "secret", _("Access tokens"), "dingding.app",
                [("id", "in", self._refused_apps() or [0])],
                _("DingTalk does not renew the access token of the application. When "
                  "it expires, all calls fail. Click Test connection, which says what "
                  "to do: usually the AppSecret was reset and must be entered again."),
            ),
            self._kind(
                "leaver", _("Archiving leavers' users"), "dingding.user",
                [("active", "=", False), ("id", "in", self._kept_leavers() or [0])],
                _("These people have left DingTalk, and their system user is still "
                  "active, for example because of administration rights. Archive the "
                  "user. If the user is to stay, remove the link on the form of the "
                  "DingTalk user, or close the activity."),
            ),
        ]

    @api.model
    def _kind(self, key, label, model, domain, remedy="", user=None):
        """Return a kind of failures.

        :param str key: unique among all addons, not translated
        :param str label: what has failed, translated
        :param str model: model with a stored ``corp_id``
        :param list domain: records that failed and were not corrected
        :param str remedy: what to do, translated. Default: the field ``remedy`` of the
            latest failure
        :param user: who is responsible. Default: the organisation's responsible
        """
        return {
            "key": key, "label": label, "model": model, "domain": domain,
            "remedy": remedy, "user": user or self.env["res.users"],
        }

    @api.model
    def _last_failed(self, model):
        """Return the ids of last syncs that failed: a later one replaces a failure.

        :param str model: model of syncs with ``corp_id`` and ``kind``
        """
        query = sql.SQL(
            "SELECT id FROM (SELECT DISTINCT ON (corp_id, kind) id, state"
            " FROM {} WHERE state IN ('done', 'failed', 'unknown')"
            " ORDER BY corp_id, kind, id DESC) last WHERE state != 'done'"
        ).format(sql.Identifier(self.env[model]._table))
        compat.execute(self.env.cr, query)
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _refused_apps(self):
        """Return the ids of applications whose token DingTalk does not renew."""
        self.env.cr.execute(
            "SELECT DISTINCT app.id FROM dingding_app app JOIN dingding_token token"
            " ON token.app_id = app.id WHERE app.active AND token.last_error > ''"
        )
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _kept_leavers(self):
        """Return the ids of leavers whose user should be archived and is not."""
        self.env.cr.execute(
            "SELECT person.id FROM dingding_user person"
            " JOIN dingding_corp corp ON corp.id = person.corp_id"
            " JOIN res_users users ON users.id = person.user_id"
            " WHERE NOT person.active AND users.active"
            " AND corp.active AND corp.leaver_policy = 'user' AND NOT EXISTS ("
            "  SELECT FROM dingding_user other"
            "  JOIN dingding_corp theirs ON theirs.id = other.corp_id"
            "  WHERE other.user_id = person.user_id AND other.active AND theirs.active)"
        )
        return [row[0] for row in self.env.cr.fetchall()]

    # -- counting --------------------------------------------------------------------

    @api.model
    def _by_key(self):
        # The responsible person may see less than was counted.
        return {kind["key"]: kind for kind in self.sudo()._kinds()}

    @api.model
    def _cron_check(self):
        """Open, update and close the alerts of all organisations."""
        if not take_lock(self.env.cr, LOCK_ALERTS, 0):
            return
        compat.flush(self.env)
        kept = {(alert.corp_id.id, alert.kind): alert for alert in self.search([])}
        for kind in self._kinds():
            found = self._failures(kind)
            for corp in self.env["dingding.corp"].browse(sorted(found)):
                if not corp.active:
                    continue
                alert = kept.pop((corp.id, kind["key"]), None)
                if alert is None:
                    alert = self.with_context(mail_create_nolog=True).create(
                        {"corp_id": corp.id, "kind": kind["key"]}
                    ).with_env(self.env)
                alert._failed(kind, *found[corp.id])
        for alert in kept.values():
            alert._solve()

    @api.model
    def _failures(self, kind):
        """Return {id of organisation: (number of failures, id of the latest)}."""
        model = self.env[kind["model"]]
        ids, params = compat.selected_ids(model, kind["domain"])
        query = sql.SQL(
            "SELECT corp_id, count(*), max(id) FROM {} WHERE id IN ({})"
            " AND corp_id IS NOT NULL GROUP BY corp_id"
        ).format(sql.Identifier(model._table), ids)
        compat.execute(self.env.cr, query, params)
        return {row[0]: row[1:] for row in self.env.cr.fetchall()}

    def _failed(self, kind, count, last_number):
        user = self._responsible(kind["user"])
        values = {"count": count, "last_number": last_number, "user_id": user.id}
        # An older record may fail later, such as an approval that took weeks.
        newer = last_number > self.last_number or count > self.count
        if self.state == "solved" or newer:
            if self.state != "open" or not self.opened_at:
                values.update(opened_at=fields.Datetime.now(), solved_at=False)
            values["state"] = "open"
        elif self.state == "open" and user and user == self.user_id and (
            not self.activity_ids
        ):
            # From 17 on Odoo deletes the activities of users who are archived.
            values["state"] = "seen"
        before = rights.stored(self, values)
        self.write(values)
        if rights.changed(self, before):
            self._tell(kind)

    def _responsible(self, user):
        """Return who gets the activity: a manager of the organisation's company.

        :param user: preferred by the kind of failures, or an empty record
        """
        corp = self.corp_id
        managers = corp._managers()
        wanted = user | corp.responsible_id | corp.create_uid
        return (wanted & managers or managers)[:1]

    def _tell(self, kind):
        """Update the activity from the alert."""
        planned, user = self.activity_ids, self.user_id
        if self.state != "open" or not user:
            planned.unlink()
            return
        this = self.with_context(
            lang=user.lang or "en_US", mail_activity_quick_update=True
        )
        # In the language of the person, as the labels are.
        own = this._by_key().get(kind["key"], kind)
        values = activities.prepare(
            self, user, this._summary(own), this._note(own))
        if planned:
            kept = {name: values[name] for name in ("user_id", "summary", "note")}
            planned[:1].with_env(this.env).write(kept)
            return
        this.env["mail.activity"].create(values)

    def _summary(self, kind):
        return _("DingTalk: %(label)s failed (%(count)d)") % {
            "label": kind["label"], "count": self.count,
        }

    def _note(self, kind):
        return "".join(
            "<p>%s</p>" % html_escape(text) for text in self._explain(kind) if text
        )

    def _explain(self, kind):
        """Return (error, remedy) of the latest failure; each may be empty.

        :param dict kind: see ``_kind``; None: of an addon that is no longer installed
        """
        if not kind or self.state == "solved":
            return False, False
        # Readers of the alert may see why the records failed.
        record = self.env[kind["model"]].sudo().browse(self.last_number).exists()
        names = record._fields
        return (
            record.last_error if "last_error" in names and record else False,
            kind["remedy"]
            or (record.remedy if "remedy" in names and record else False),
        )

    def _hidden_from_user(self, kind):
        """Return (who may see the failures that the user may not, number of others).

        The first is False if the user may see all.

        :param dict kind: see ``_kind``
        """
        model = self.env[kind["model"]]
        domain = [("corp_id", "=", self.corp_id.id)] + kind["domain"]
        try:
            compat.check_access(model, "read")
            seen = model.search_count(domain)
        except AccessError:
            seen = 0
        if seen >= model.sudo().search_count(domain):
            return False, seen
        # sudo: users may not read access rights.
        groups = self.env["ir.model.access"].sudo().search(
            [("model_id.model", "=", model._name), ("perm_read", "=", True)]
        ).mapped("group_id") - self.env.user.sudo()[compat.ALL_USER_GROUPS]
        return ", ".join(groups.mapped("full_name")) or False, seen

    def _solve(self):
        if self.state != "solved":
            self.activity_ids.unlink()
            self.write(
                {"state": "solved", "count": 0, "solved_at": fields.Datetime.now()}
            )

    # -- buttons ---------------------------------------------------------------------

    def action_open_failures(self):
        """Show the failed records."""
        self.ensure_one()
        compat.check_access(self, "read")
        rights.check_manager(self)
        kind = self._by_key().get(self.kind)
        if not kind:
            # Its addon has been uninstalled.
            return True
        only_for, seen = self._hidden_from_user(kind)
        if only_for and not seen:
            raise AccessError(
                _("Only these groups may see the failed records: %s. The last error "
                  "and what to do are on the alert.") % only_for)
        return self.corp_id._overview_action(
            kind["label"], kind["model"], kind["domain"]
        )

    def action_check(self):
        """Count again now."""
        compat.check_access(self, "read")
        rights.check_manager(self)
        self.sudo()._cron_check()
        return True
