# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models

from odoo.addons.dingding.dingtalk import quota


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    @api.model
    def _dingtalk_needs(self):
        return super()._dingtalk_needs() + [
            {
                "feature": _("Administrators"),
                "purpose": "contact",
                "permission": "check_admins",
                "title": "",
                "when": "",
                "line": "check_admins",
                "events": ("check_admin_change",),
                "calls": "",
            },
        ]

    @api.model
    def _budget_features(self):
        return super()._budget_features() + [
            {"key": "check_admins", "label": _("Administrators"),
             "worth": quota.FRESH},
        ]

    def _overview_lines(self):
        number, = self._counted("dingding.check.admin", [])
        return super()._overview_lines() + [
            self._overview_line(
                "check_admins", _("Administrators"), "%d" % number, "ok",
                "dingding.check.admin",
            ),
        ]

    def _setup_scopes(self):
        number, = self._counted("dingding.check.admin", [])
        return super()._setup_scopes() + [
            self._setup_scope(
                "check_admins", _("Read administrators"), number,
                _("Press Synchronise."), "contact",
                place=_("Page Administrators"),
                values=[(_("Address"), self._base_url() + "/check")],
            ),
        ]

    def _setup_warnings(self):
        return super()._setup_warnings() + [
            self._setup_warning(
                "check", _("This is a check"), _("Uninstall this addon.")),
        ]
