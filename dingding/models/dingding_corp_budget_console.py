# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Read the month's usage that DingTalk's console shows."""
import datetime
import logging
import time

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import UserError

from .. import compat
from ..dingtalk import quota, utc
from ..dingtalk.errors import DingTalkError, PermissionDeniedError
from .dingding_call_count import METERS
from .remedies import user_errors

_logger = logging.getLogger(__name__)

READ_HOURS = 24  # between two automatic readings


class DingdingCorp(models.Model):
    """Read the usage from DingTalk, if the application is allowed to.

    Neither the permission nor the codes are documented; a refusal or an unknown budget
    changes nothing.
    """

    _inherit = "dingding.corp"

    budget_read_daily = fields.Boolean(
        string="Read daily", copy=False,
        help="Odoo asks DingTalk for these numbers once a day: 30 to 60 calls a month. "
             "Disabled if DingTalk denies it.",
    )
    budget_code_api = fields.Char(
        string="Benefit code (API calls)",
        help="DingTalk's code (权益码) of the budget. Without it, Odoo recognises the "
             "budget by its cap.",
    )
    budget_code_push = fields.Char(
        string="Benefit code (pushes)",
        help="DingTalk's code (权益码) of the budget. Without it, Odoo recognises the "
             "budget by its cap.",
    )
    budget_read_at = fields.Datetime(
        string="Last read from DingTalk", readonly=True, copy=False
    )
    budget_read_error = fields.Char(
        string="Not read", readonly=True, copy=False,
        help="Why DingTalk's numbers were not filled in.",
    )

    def action_read_budget(self):
        """Fill in the numbers of DingTalk's console.

        :raise UserError: DingTalk does not return them; the numbers stay
        """
        self.ensure_one()
        compat.check_access(self, "write")
        day = self.env["dingding.call.count"]._today()
        with user_errors(self.env):
            found = self.sudo()._dingtalk_budget(day)
        if not found:
            raise UserError(self._budget_unknown())
        self.sudo()._budget_fill(found, day)
        return True

    @api.model
    def _budget_read_due(self, deadline):
        """Read the usage of each organisation that enabled it, once a day.

        :param float deadline: time.monotonic() value after which to leave the others
            for the next run: a host may be silent
        """
        before = utc.now() - datetime.timedelta(hours=READ_HOURS)
        corps = self.sudo().search([
            ("budget_read_daily", "=", True),
            "|", ("budget_read_at", "=", False),
            ("budget_read_at", "<=", fields.Datetime.to_string(before)),
        ])
        for corp_id in corps.ids:
            if time.monotonic() > deadline:
                break
            try:
                with compat.manage_environments(), compat.open_cursor(
                    self.env.cr.dbname
                ) as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    env[self._name].browse(corp_id)._budget_read()
            except Exception:
                _logger.exception("The usage of organisation %s was not read", corp_id)
        if corps:
            compat.forget(self.env)

    def _budget_read(self):
        day = self.env["dingding.call.count"]._today()
        try:
            found = self._dingtalk_budget(day)
        except DingTalkError as error:
            _logger.info("%s: the usage was not read: %s", self, error)
            values = {"budget_read_error": str(error)}
            if isinstance(error, PermissionDeniedError):
                # Refusals may be billed too.
                values["budget_read_daily"] = False
            self.write(dict(values, budget_read_at=fields.Datetime.now()))
            return
        if found:
            self._budget_fill(found, day)
        else:
            self.write({
                "budget_read_at": fields.Datetime.now(),
                "budget_read_error": self._budget_unknown(),
            })

    def _dingtalk_budget(self, day):
        """Return meter -> Usage as reported by DingTalk.

        :param datetime.date day: of the month to ask for
        :raise DingTalkError: DingTalk refuses, usually for lack of permission
        """
        app = self._app_for("message")
        codes = {meter: self["budget_code_%s" % meter] for meter, _label in METERS}
        caps = {meter: self["budget_%s_cap" % meter] for meter, _label in METERS}
        month = str(day)[:7]
        client = app._dingtalk_client(feature="usage", max_wait=0)
        found = {}
        if any(codes.values()):
            for meter, code in sorted(codes.items()):
                usages = client.meter.usages(month, [code]) if code else []
                if len(usages) == 1:
                    found[meter] = usages[0]
            return found
        usages = client.meter.usages(month)
        for meter, cap in caps.items():
            alike = [usage for usage in usages if usage.cap == cap]
            if len(alike) == 1 and list(caps.values()).count(cap) == 1:
                found[meter] = alike[0]
        return found

    def _budget_fill(self, found, day):
        """Store DingTalk's numbers as if a person had entered them.

        :param dict found: meter -> Usage
        :param datetime.date day: of the request; its month may have ended since
        """
        values = {
            "budget_typed_on": str(day), "budget_read_at": fields.Datetime.now(),
            "budget_read_error": False,
        }
        known = self._budget_usage()
        for meter, _label in METERS:
            if meter in found:
                number = min(found[meter].used, quota.MOST)
            else:
                # Both numbers share the day: bring the other one up to it.
                number = self["budget_typed_%s" % meter] and known[meter]["used"]
            values["budget_typed_%s" % meter] = number
        self.write(values)

    @api.model
    def _budget_unknown(self):
        return _(
            "DingTalk named no budget with these caps. Check the edition, or enter the "
            "benefit codes; otherwise enter the numbers of DingTalk's console."
        )
