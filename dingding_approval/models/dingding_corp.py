# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import calendar
import logging

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.api.approvals import RUNNING
from odoo.addons.dingding.dingtalk.errors import DingTalkError, PermissionDeniedError
from odoo.addons.dingding.models.dingding_corp_results import PRICE_DAYS
from odoo.addons.dingding.models.remedies import user_errors

from ..form import polling

_logger = logging.getLogger(__name__)

READS = ("instance", "instance_ids_page", "download")
MOST_PAGES = 50  # of twenty instances, when searching for a lost one


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    approval_app_id = fields.Many2one(
        "dingding.app", string="Application for approvals", copy=False,
        domain="[('corp_id', '=', id)]",
        help="Empty: the main application.",
    )
    approval_family = fields.Selection(
        [
            ("api", "Current (v1.0/workflow)"),
            ("oapi", "Former (topapi/processinstance)"),
        ],
        string="Approval API", required=True, default="api",
        help="Applications that received approval permissions years ago may support "
             "the former API only. Odoo detects this and sets it here.",
    )
    approval_poll_policy = fields.Selection(
        [
            ("missing", "If events are missing"),
            ("always", "Always"),
            ("never", "Never"),
        ],
        string="Poll approvals", required=True, default="missing",
        help="If events are missing: approvals whose events arrive are checked after a "
             "day, then ever more rarely, many of a template by one call. Others are "
             "polled after pauses that grow from the polling interval to 12 hours. "
             "Always: by their age, although events arrive.",
    )
    approval_missed_at = fields.Datetime(
        string="Event missed on", readonly=True, copy=False,
        help="When polling has last found a change that no event had reported.",
    )
    approval_poll_price = fields.Text(
        string="Cost of polling", compute="_compute_approval_poll_price",
        groups="dingding.group_manager", compute_sudo=False,
        help="Computed from the approvals of the last 30 days. Each event costs one "
             "call more.",
    )
    approval_poll_calls = fields.Integer(
        string="Approvals per poll", default=200,
        help="Number of open approvals read every five minutes, starting with the "
             "least recently read. 0 disables polling, if all events arrive.",
    )
    approval_poll_minutes = fields.Integer(
        string="Polling interval (minutes)", default=30,
        help="Approvals read within this time are not polled. Always: after a day an "
             "approval is polled every three hours, after ten days daily: about 140 "
             "calls for one that runs for a month.",
    )

    approval_template_count = fields.Integer(
        string="Templates", compute="_compute_approval_template_count",
        compute_sudo=False,
        groups="dingding.group_manager",
    )

    def _catch_up(self):
        result = super()._catch_up()
        # The events since were ignored: running approvals are polled as without events.
        self.sudo().write({"approval_missed_at": fields.Datetime.now()})
        # sudo: who unarchives an organisation may not write the queue.
        self.env["dingding.approval"].sudo()._resume_archived(
            self, [("status", "in", ("running", "agreed"))])
        return result

    @api.depends("approval_poll_minutes")
    def _compute_approval_poll_price(self):
        labels = dict(
            self._fields["approval_poll_policy"]._description_selection(self.env))
        lives = self._approval_lives()
        for corp in self:
            mine = lives.get(corp.id, [])
            minutes = max(corp.approval_poll_minutes, 0)
            corp.approval_poll_price = self._budget_prices([
                (labels["missing"], polling.cost(mine, minutes)),
                (labels["always"], polling.cost(mine, minutes, always=True)),
                (labels["never"], 0),
            ])

    @api.model
    def _approval_lives(self):
        """Return organisation's id -> the argument of ``polling.cost``.

        Grouped by hours.
        """
        self.env.cr.execute(
            "WITH life AS (SELECT corp_id, submitted_at AS since, COALESCE(finished_at,"
            " now() AT TIME ZONE 'UTC') AS until, event_at IS NOT NULL AS heard,"
            " now() AT TIME ZONE 'UTC' - %s * interval '1 day' AS begin"
            " FROM dingding_approval WHERE submitted_at IS NOT NULL"
            " AND (status = 'running' OR finished_at IS NOT NULL))"
            " SELECT corp_id, ceil(GREATEST(extract(epoch FROM begin - since), 0)"
            " / 3600)::int * 60, ceil(extract(epoch FROM until - since)"
            " / 3600)::int * 60, heard, count(*) FROM life"
            " WHERE until > begin AND until > since GROUP BY 1, 2, 3, 4",
            [PRICE_DAYS],
        )
        found = {}
        for corp_id, begin, end, heard, number in self.env.cr.fetchall():
            found.setdefault(corp_id, []).append((begin, end, heard, number))
        return found

    @compat.depends_on_user
    def _compute_approval_template_count(self):
        templates = self.env["dingding.approval.template"]
        for corp in self:
            corp.approval_template_count = templates.search_count(
                [("corp_id", "=", corp.id)]
            )

    def action_get_approval_templates(self):
        """Read all approval templates of the organisation and show them.

        :raise UserError: DingTalk does not return them, or there are none
        """
        self.ensure_one()
        compat.check_access(self, "write")
        with user_errors(self.env):
            count = self.env["dingding.approval.template"]._import(self)
        if not count:
            raise UserError(
                _("DingTalk lists no approval templates. Create one in DingTalk's "
                  "admin console, or in Odoo under Templates.")
            )
        return self.action_open_approval_templates()

    def action_open_approval_templates(self):
        """Show the approval templates of this organisation."""
        self.ensure_one()
        compat.check_access(self, "read")
        values = compat.window_action(
            self.env, "dingding_approval.dingding_approval_template_action")
        values["domain"] = [("corp_id", "=", self.id)]
        values["context"] = {"default_corp_id": self.id}
        return values

    def _approvals(self, method, *args, **kwargs):
        """Call a method of the approvals API that the application has.

        :param str method: of ``client.approvals`` and ``client.approvals_oapi``
        :param client: keyword; an existing client
        :raise DingTalkError: as the method does
        """
        self.ensure_one()
        client = kwargs.pop("client", None) or self._approval_client(
            "approval_status" if method in READS else "approvals"
        )
        if self.sudo().approval_family == "oapi":
            return getattr(client.approvals_oapi, method)(*args, **kwargs)
        try:
            return getattr(client.approvals, method)(*args, **kwargs)
        except PermissionDeniedError as error:
            oapi = getattr(client.approvals_oapi, method, None)
            if oapi is None:
                raise
            try:
                result = oapi(*args, **kwargs)
            except PermissionDeniedError:
                # Report the current API's error.
                raise error
            self._remember_family("oapi")
            return result

    def _approval_asker(self, client):
        """Return a function that asks for an instance by id; safe for threads."""
        is_oapi = self.sudo().approval_family == "oapi"
        return (client.approvals_oapi if is_oapi else client.approvals).instance

    def _approval_instance_ids(self, process_code, begin, **kwargs):
        """Return the ids of a template's instances that began since then.

        :param int begin: Unix time in seconds
        :param kwargs: ``userids``, whose; ``client``, as ``_approvals`` takes it
        :raise DingTalkError: as ``instance_ids_page`` does
        """
        found, token = [], 0
        for _page in range(MOST_PAGES):
            page = self._approvals(
                "instance_ids_page", process_code, begin * 1000, next_token=token,
                **kwargs
            )
            found += page.items
            token = page.next_cursor
            if token is None:
                break
        return found

    def _approval_running_ids(self, process_code, begin, wanted, calls):
        """Return the ids of a template's instances that run, or None if unknown.

        Only the current API lists by status. The list includes instances of others, and
        may end with the last one that is looked for.

        :param datetime.datetime begin: when the oldest one was started, in UTC
        :param set wanted: instances that are looked for
        :param int calls: which the list may cost
        """
        if self.sudo().approval_family == "oapi":
            return None
        approvals = self._approval_client("approval_polling").approvals
        start = calendar.timegm(begin.timetuple()) * 1000
        found, token = set(), 0
        try:
            for _page in range(min(calls, MOST_PAGES)):
                page = approvals.instance_ids_page(
                    process_code, start, next_token=token, statuses=(RUNNING,))
                found.update(page.items)
                token = page.next_cursor
                if token is None or wanted <= found:
                    return found
        except DingTalkError as error:
            _logger.info("%s: running instances were not listed: %s", self, error)
        return None

    def _approval_client(self, feature="approvals"):
        """Return a client of the application that may call approvals.

        :param str feature: which the calls serve, see ``_budget_features``
        """
        return self._app_for("approval")._dingtalk_client(feature=feature)

    def _remember_family(self, family):
        """Store which API the application has; the caller commits."""
        _logger.info("%s has the %s API of approvals", self, family)
        self.sudo().write({"approval_family": family})
