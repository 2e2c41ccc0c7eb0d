# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging

from odoo import _, fields, models
from odoo.exceptions import UserError

from odoo.addons.dingding import compat
from odoo.addons.dingding.dingtalk.errors import PermissionDeniedError
from odoo.addons.dingding.models.remedies import user_errors

_logger = logging.getLogger(__name__)

# Methods that read what DingTalk knows of approvals.
READS = ("instance", "instance_ids_page", "download")
MOST_PAGES = 50  # of twenty instances, when searching for a lost one


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    approval_app_id = fields.Many2one(
        "dingding.app", string="Application for approvals", copy=False,
        domain="[('corp_id', '=', id)]",
    )
    approval_family = fields.Selection(
        [
            ("new", "Current (v1.0/workflow)"),
            ("old", "Former (topapi/processinstance)"),
        ],
        string="Approval API", required=True, default="new",
        help="Applications that received approval permissions years ago may support "
             "the former API only. Odoo detects this and sets it here.",
    )
    approval_poll_calls = fields.Integer(
        string="Approvals per poll", default=200,
        help="Number of open approvals read every five minutes, starting with the "
             "least recently read. 0 disables polling, if all events arrive.",
    )
    approval_poll_minutes = fields.Integer(
        string="Polling interval (minutes)", default=30,
        help="Approvals read within this time are not polled: events report changes. "
             "After a day an approval is polled every three hours, after ten days "
             "daily: about 140 calls for one that runs for a month.",
    )

    approval_template_count = fields.Integer(
        string="Templates", compute="_compute_approval_template_count",
        compute_sudo=False,
        groups="dingding.group_manager",
    )

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
        action = self.env.ref("dingding_approval.dingding_approval_template_action")
        values = action.sudo().read()[0]
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
        if self.sudo().approval_family == "old":
            return getattr(client.approvals_oapi, method)(*args, **kwargs)
        try:
            return getattr(client.approvals, method)(*args, **kwargs)
        except PermissionDeniedError as error:
            old = getattr(client.approvals_oapi, method, None)
            if old is None:
                raise
            try:
                result = old(*args, **kwargs)
            except PermissionDeniedError:
                # Neither API is granted: report the error of the current one.
                raise error
            self._remember_family("old")
            return result

    def _approval_asker(self, client):
        """Return a function that asks for an instance by id; safe for threads."""
        old = self.sudo().approval_family == "old"
        return (client.approvals_oapi if old else client.approvals).instance

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

    def _approval_client(self, feature="approvals"):
        """Return a client of the application that may call approvals.

        :param str feature: which the calls serve, see ``_budget_features``
        """
        return self._app_for("approval")._dingtalk_client(feature=feature)

    def _remember_family(self, family):
        """Store which API the application has; the caller commits."""
        _logger.info("%s has the %s API of approvals", self, family)
        self.sudo().write({"approval_family": family})
