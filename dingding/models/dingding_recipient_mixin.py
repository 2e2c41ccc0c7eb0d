# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import api, models

from .. import compat


class DingdingRecipientMixin(models.AbstractModel):
    """Make the records of a model recipients of messages.

    Addons inherit from it in their own models.
    """

    _name = "dingding.recipient.mixin"
    _description = "DingTalk Message Recipient Mixin"

    def _dingding_persons(self):
        """Return the people (``dingding.user``) that these records represent.

        Called with sudo. May include leavers.
        """
        return self.env["dingding.user"]

    @compat.returns_records("dingding.message")
    def dingding_send_text(self, text, app_or_corp=None):
        """Send a plain text as work notification; see ``dingding.message.send``.

        :param str text: the content
        :param app_or_corp: ``dingding.app`` or ``dingding.corp`` record; by default the
            organisation of the recipients
        :rtype: dingding.message
        """
        return self.env["dingding.message"].send(app_or_corp, self, text)


class DingdingUser(models.Model):
    _name = "dingding.user"
    _inherit = ["dingding.user", "dingding.recipient.mixin"]

    def _dingding_persons(self):
        return self

    @api.model
    def _linked_paths(self):
        """Return {model: path from a person to the record of that model}.

        Addons extend it.
        """
        return {
            "dingding.user": "",
            "res.users": "user_id",
            "res.partner": "user_id.partner_id",
        }


class DingdingDepartment(models.Model):
    _name = "dingding.department"
    _inherit = ["dingding.department", "dingding.recipient.mixin"]

    @api.model
    def _linked_paths(self):
        """Return {model: path from a department to the record of that model}."""
        return {"dingding.department": ""}

    def _dingding_persons(self):
        """Return everybody in these departments and those below them."""
        if not self.ids:
            # Odoo 11 would generate "IN ()".
            return self.env["dingding.user"]
        return self.env["dingding.user"].search(
            [("department_ids", "child_of", self.ids)]
        )
