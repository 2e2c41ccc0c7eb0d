# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, models

SIGNED_IN = ("signed_in", "linked", "created")


class DingdingCorp(models.Model):
    _inherit = "dingding.corp"

    def _overview_lines(self):
        model = "dingding.signin.log"
        # A second factor is followed by its sign-in.
        lately = [("at", ">=", self._lately()), ("result", "!=", "second_factor")]
        bad = lately + [("result", "in", ("refused", "error"))]
        tries, refused = self._counted(model, lately, bad)
        return super()._overview_lines() + [
            self._overview_line(
                "signin", _("Sign-ins (7 days)"),
                _("%(tries)d, refused: %(refused)d")
                % {"tries": tries, "refused": refused},
                "ok", model, lately, parts=[
                    self._overview_part(
                        "refused", _("Refused sign-ins"), refused, model, bad),
                ],
            ),
        ]

    def _has_signed_in(self, *ways):
        """Return whether somebody has signed in by one of these methods."""
        self.ensure_one()
        return bool(self.env["dingding.signin.log"].search([
            ("corp_id", "=", self.id), ("way", "in", ways),
            ("result", "in", SIGNED_IN)], limit=1))

    def _setup_scopes(self):
        ways = self._signin_ways()
        enabled = any(self[name] for name in ways.values())
        return super()._setup_scopes() + [
            self._setup_scope(
                "signin", _("Sign in with DingTalk"),
                # The console may lack the redirect URL.
                enabled and self._has_signed_in(*ways),
                _("Sign in with DingTalk once, in a private window of the browser.")
                if enabled else _("Enable a sign-in method on the page Sign-in."),
                "signin",
                self._name,
                place=_("Developer console > application > Security "
                        "(安全设置 > 重定向URL)"),
                page="security", marked=("redirect",),
                values=[(_("Redirect URL"), self.signin_return_url)],
            ),
        ]
