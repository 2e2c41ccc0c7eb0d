# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import models

from .. import compat


class DingdingAddressee(models.AbstractModel):
    """What a record needs so that messages can be sent to it.

    Addons make their own models addressable by inheriting from this one and
    saying which people of DingTalk a record stands for.
    """

    _name = "dingding.addressee"
    _description = "Addressee of DingTalk messages"

    def _dingding_persons(self):
        """Return the people (``dingding.user``) that these records stand for.

        Called with sudo. People who have left may be among them: they are left
        out by the caller. A human in several organisations is one person in each.
        """
        return self.env["dingding.user"]

    @compat.returns_records("dingding.message")
    def dingding_send_text(self, text, app_or_corp=None):
        """Send a plain text as work notification; see ``dingding.message.send``.

        :param str text: what to say
        :param app_or_corp: ``dingding.app`` or ``dingding.corp`` record; by default
            the organisation of the recipients
        :rtype: dingding.message
        """
        return self.env["dingding.message"].send(app_or_corp, self, text)


class DingdingUser(models.Model):
    _name = "dingding.user"
    _inherit = ["dingding.user", "dingding.addressee"]

    def _dingding_persons(self):
        return self


class DingdingDepartment(models.Model):
    _name = "dingding.department"
    _inherit = ["dingding.department", "dingding.addressee"]

    def _dingding_persons(self):
        """Return everybody in these departments and those below them."""
        if not self.ids:
            # Odoo 11 makes "IN ()" of it.
            return self.env["dingding.user"]
        return self.env["dingding.user"].search(
            [("department_ids", "child_of", self.ids)]
        )
