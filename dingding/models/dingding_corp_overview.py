# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import _, api, fields, models

from .. import compat
from ..dingtalk import quota, utc
from . import texts, times
from .dingding_alert import GAVE_UP, NOT_SENT

UNMATCHED = [("user_id", "=", False), ("user_ignored", "=", False)]
MATCHED = [("user_id", "!=", False)]
OPEN_CHANGES = [("state", "in", ("queued", "working", "retry", "confirm"))]
REFUSED = [("state", "in", GAVE_UP)]
FAILED = [("state", "in", NOT_SENT)]
PERMISSIONS = ("search", "range", "apply")
SYNC_STATES = {"failed": "error", "unknown": "error", "confirm": "warning"}


class DingdingCorp(models.Model):
    """Show the state of an organisation and what remains to be set up."""

    _inherit = "dingding.corp"

    # -- for addons ----------------------------------------------------------------

    def _overview_lines(self):
        """Return the lines of the overview; addons add theirs.

        The user's rights decide what is counted. No line calls DingTalk, and each costs
        few statements.

        :return: list of dict, see ``_overview_line``
        """
        self.ensure_one()
        people, unmatched, matched = self._counted(
            "dingding.user", [], UNMATCHED, MATCHED)
        waiting, refused = self._counted(
            "dingding.outgoing.change", OPEN_CHANGES, REFUSED)
        alerts, = self._counted("dingding.alert", [("state", "=", "open")])
        lately = [("create_date", ">=", self._lately())]
        messages, failed = self._counted(
            "dingding.message", lately, lately + FAILED)
        return [
            self._connection_line(),
            self._overview_line(
                "alerts", _("Alerts"), _("Open: %d") % alerts,
                "error" if alerts else "ok", "dingding.alert",
                [("state", "=", "open")] if alerts else [],
            ),
            self._overview_line(
                "people", _("People"),
                _("%(people)d, without a user: %(unmatched)d")
                % {"people": people, "unmatched": unmatched},
                "ok" if people else "note", "dingding.user", parts=[
                    self._overview_part(
                        "matched", _("With a user"), matched, "dingding.user", MATCHED),
                    self._overview_part(
                        "unmatched", _("Without a user"), unmatched, "dingding.user",
                        UNMATCHED),
                    self._leavers_part(),
                ],
            ),
            self._sync_line(),
            self._overview_line(
                "outgoing", _("Outgoing Changes"),
                _("Waiting: %(waiting)d, rejected: %(refused)d")
                % {"waiting": waiting, "refused": refused},
                "warning" if refused else "ok", "dingding.outgoing.change",
                REFUSED if refused else [], parts=[
                    self._overview_part(
                        "waiting", _("Waiting changes"), waiting,
                        "dingding.outgoing.change", OPEN_CHANGES),
                    self._overview_part(
                        "refused", _("Rejected changes"), refused,
                        "dingding.outgoing.change", REFUSED, "warning"),
                ],
            ),
            self._overview_line(
                "messages", _("Messages (7 days)"),
                _("%(messages)d, read: %(read)d%%, failed: %(failed)d")
                % {"messages": messages, "read": self._read_rate(), "failed": failed},
                "warning" if failed else "ok", "dingding.message", lately, parts=[
                    self._recipients_part(lately),
                    self._overview_part(
                        "failed", _("Failed messages"), failed, "dingding.message",
                        lately + FAILED, "warning"),
                ],
            ),
        ]

    def _setup_scopes(self):
        """Return the steps that set up an organisation, in order; addons add theirs.

        The state of the records completes a step.

        :return: list of dict, see ``_setup_scope``
        """
        self.ensure_one()
        people = self.env["dingding.user"]
        mine = [("corp_id", "=", self.id)]
        connected = self.test_state in ("ok", "warning")
        return [
            self._setup_scope(
                "connect", _("Connect"),
                self.app_id and self.app_id._has_secret() and (
                    connected or bool(people.search(mine, limit=1))
                ),
                _("Enter AppKey, AppSecret and AgentId, save, and click Test "
                  "connection."), model="dingding.corp",
                place=_("Developer console > application > Credentials (凭证与基础信息)"),
                page="credentials", marked=("client_id", "client_secret", "agent_id"),
            ),
            self._setup_scope(
                "read", _("Read departments and people"),
                bool(people.search(mine, limit=1)),
                _("Click Synchronise, check the preview and apply it."), "contact",
                "dingding.corp",
                place=_("Developer console > application > Permissions (权限管理)"),
                page="permissions", marked=PERMISSIONS,
            ),
            self._setup_scope(
                "match", _("Match people"),
                bool(people.search(mine + [("user_id", "!=", False)], limit=1)),
                _("Click Link user for each person, or Create user, after choosing on "
                  "the page Synchronisation how users are created. The page Linking "
                  "says whom syncs link by themselves."),
                action=self._action_match_people(),
            ),
            self._setup_scope(
                "message", _("Send a message"),
                bool(self.env["dingding.message"].search(
                    mine + [("state", "=", "sent")], limit=1)),
                _("Publish a version whose visible range includes you, then send "
                  "yourself a message."), "message",
                place=_("Developer console > application > Release (版本管理与发布)"),
                page="publish", marked=("version", "visible"),
                action=self._action_write_to_myself(),
            ),
        ]

    @api.model
    def _action_match_people(self):
        """Return the action that looks for likely users and lists them."""
        found = self.env.ref("dingding.dingding_user_action_match_server")
        return {"type": "ir.actions.server", "id": found.id}

    def _action_write_to_myself(self):
        """Return the window that sends a message, with the user as the recipient."""
        mine = self.env["dingding.user"].search(
            [("corp_id", "=", self.id), ("user_id", "=", self.env.uid)], limit=1)
        return {
            "type": "ir.actions.act_window", "name": _("Send Message"),
            "res_model": "dingding.send", "view_mode": "form", "target": "new",
            "views": [[False, "form"]], "context": {
                "default_corp_id": self.id,
                "default_user_ids": [[6, 0, mine.ids]],
                # The records of the overview are not recipients.
                "active_model": False, "active_ids": [],
            },
        }

    # -- for their lines -------------------------------------------------------------

    def _overview_line(self, key, label, value, state="ok", model=None, domain=(),
                       section="overview", parts=()):
        """Return a line of the overview.

        :param str key: unique among all addons, not translated
        :param str label: what is shown, translated
        :param str value: text, translated
        :param str state: one of ``LINE_STATES`` of the connection test
        :param str model: model with a ``corp_id`` whose records the line opens
        :param domain: restricts these records
        :param str section: overview, or cost: what uses up the calls of the month
        :param parts: the numbers of the line that have records of their own, see
            ``_overview_part``; those that are not 0 are listed below the line
        """
        return {
            "key": key, "label": label, "value": value, "state": state,
            "section": section, "parts": [part for part in parts if part["number"]],
            "action": self._overview_action(label, model, domain),
        }

    def _overview_part(self, key, label, number, model, domain, state="note"):
        """Return a number of a line of the overview, which opens its records.

        :param str key: unique within the line, not translated
        :param str label: what is counted, translated
        :param int number: how many
        :param str model: as for ``_overview_line``
        :param domain: as for ``_overview_line``
        :param str state: as for ``_overview_line``
        """
        return {
            "key": key, "label": label, "number": number, "state": state,
            "action": self._overview_action(label, model, domain),
        }

    def _leavers_part(self):
        """Return the number of leavers whom a manager has to confirm."""
        domain = [("sync_id.corp_id", "=", self.id), ("sync_id.state", "=", "confirm"),
                  ("kind", "=", "leaver")]
        model = self.env["dingding.sync.line"]
        part = self._overview_part(
            "leavers", _("Leavers to confirm"), model.search_count(domain),
            model._name, domain, "warning")
        part["action"]["domain"] = domain
        return part

    def _recipients_part(self, domain):
        """Return the number of recipients of these messages, with a chart of who read.

        :param domain: restricts the recipients
        """
        model = self.env["dingding.message.recipient"]
        domain = [("message_id.corp_id", "=", self.id)] + domain
        part = self._overview_part(
            "recipients", _("Recipients"), model.search_count(domain), model._name,
            domain)
        tree = self.env.ref("dingding.dingding_message_recipient_view_tree_all")
        part["action"].update(
            domain=domain, views=[[tree.id, "list"], [False, "form"]])
        return part

    def _setup_scope(self, key, title, done, following, purpose="", model=None,
                     domain=(), place="", values=(), page="", marked=(), action=None):
        """Return a step of the setup.

        :param str key: unique among all addons, not translated
        :param str title: what is set up, translated
        :param bool done: whether it is
        :param str following: the next action if it is not, translated
        :param str purpose: of the application: its permissions and events from
            ``_dingtalk_needs`` are shown
        :param str model: model whose records the step opens; the organisation itself,
            or one with a ``corp_id``
        :param str place: page of DingTalk's console, translated
        :param values: (label, value) pairs to copy to this page
        :param str page: key of the page in ``console.PAGES``, to draw it
        :param marked: keys of the page's parts that the drawing points at
        :param dict action: what the step opens, in place of a model's records
        """
        return {
            "key": key, "title": title, "done": bool(done),
            "next": "" if done else following, "needs": self._needs_of(purpose),
            "place": place, "values": [each for each in values if each[1]],
            "page": page, "marked": list(marked),
            "action": action or self._overview_action(title, model, domain),
        }

    def _overview_action(self, name, model, domain=()):
        """Return the action that opens records of this organisation, or None."""
        if not model:
            return None
        action = {"type": "ir.actions.act_window", "name": name, "res_model": model}
        if model == self._name:
            return dict(action, view_mode="form", views=[[False, "form"]],
                        res_id=self.id)
        return dict(
            action, view_mode="tree,form", views=[[False, "list"], [False, "form"]],
            domain=[("corp_id", "=", self.id)] + list(domain),
            help=texts.empty_help(
                name, _("This organisation has no such records yet.")),
        )

    def _counted(self, model, *domains):
        """Return the number of records of this organisation for each domain."""
        return [
            self.env[model].search_count([("corp_id", "=", self.id)] + list(domain))
            for domain in domains
        ]

    @api.model
    def _lately(self):
        """Return the beginning of the last seven days, for a domain."""
        start = utc.now() - datetime.timedelta(days=7)
        return fields.Datetime.to_string(start)

    def _read_rate(self):
        """Return the percentage of recipients who read the messages of seven days.

        Counts with all rights.
        """
        compat.flush(self.env)
        self.env.cr.execute(
            "SELECT sum(people_read), sum(people) FROM dingding_message"
            " WHERE corp_id = %s AND create_date >= %s", [self.id, self._lately()])
        read, people = self.env.cr.fetchone()
        return quota.percent(read or 0, people or 0)

    @api.model
    def _needs_of(self, purpose):
        """Return the permissions and events of a purpose as text."""
        needs = [
            need for need in self._dingtalk_needs() if need["purpose"] == purpose
        ]
        health = self.env["dingding.health"]
        texts = [health._need_text(need) for need in needs]
        events = [event for need in needs for event in need["events"]]
        if events:
            texts.append(_("Events: %s") % ", ".join(events))
        return "\n".join(text for text in texts if text)

    def _connection_line(self):
        states = dict(self._fields["test_state"]._description_selection(self.env))
        value = states[self.test_state]
        if self.tested_at:
            value = _("%(result)s, tested on %(moment)s by %(user)s") % {
                "result": value, "moment": self._local_text(self.tested_at),
                "user": self.tested_by.sudo().name or "",
            }
        return self._overview_line(
            "connection", _("Connection"), value,
            "note" if self.test_state == "unchecked" else self.test_state, self._name,
        )

    def _local_text(self, moment):
        """Return a moment in the time zone of the user, else of the organisation."""
        local = times.local(self, moment, self._time_zone().zone)
        return local.strftime("%Y-%m-%d %H:%M")

    def _sync_line(self):
        sync = self.env["dingding.sync"].search([("corp_id", "=", self.id)], limit=1)
        value, state = _("Not yet"), "note"
        if sync:
            states = dict(sync._fields["state"]._description_selection(self.env))
            value = "%s: %s" % (
                self._local_text(sync.create_date), states[sync.state]
            )
            state = SYNC_STATES.get(sync.state, "ok")
        if self.nightly_pull:
            value = _("%(last)s. Next at %(hour)d:00") % {
                "last": value, "hour": self.nightly_hour,
            }
        return self._overview_line(
            "sync", _("Synchronisation"), value, state, "dingding.sync"
        )

    # -- buttons ---------------------------------------------------------------------

    def action_overview(self):
        """Show the overview and the steps of the setup."""
        self.ensure_one()
        compat.check_access(self, "read")
        return self.env["dingding.overview"]._open(self)
