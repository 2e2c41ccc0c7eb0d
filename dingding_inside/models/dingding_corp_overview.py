# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    def _setup_scopes(self):
        ready = self.signin_inside and self._base_url().startswith("https://")
        scopes = super()._setup_scopes() + [
            self._setup_scope(
                "inside", _("Open Odoo inside DingTalk"), self._has_signed_in("inside"),
                _("Copy the home page to DingTalk's console, publish a version, and "
                  "open the application once on DingTalk's workbench.") if ready else
                _("Enter the CorpId, enable Inside DingTalk on the page Sign-in, and "
                  "set the system parameter web.base.url to an address with https."),
                model=self._name,
                place=_("Developer console > application > Add capability > Web "
                        "application (添加应用能力 > 网页应用)"),
                page="capability", marked=("web",),
                values=[
                    (_("Home page inside DingTalk"), self.signin_inside_url),
                    (_("Page inside DingTalk"), self.microapp_url),
                ],
            ),
        ]
        if self.signin_mini:
            scopes.append(
                self._setup_scope(
                    "mini", _("Mini-program"), bool(self.mini_app_id),
                    _("Choose the application of the mini-program."), "mini",
                    self._name, page="capability", marked=("mini",),
                )
            )
        return scopes
