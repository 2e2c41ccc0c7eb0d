# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import UserError

from .. import compat
from ..dingtalk import messages_body, quota
from .dingding_corp_setup import WORTH_SAYING

_logger = logging.getLogger(__name__)
DIGEST = "digest"
# DingTalk accepts 2048 bytes with title and syntax.
MAX_BYTES = 1500


class DingdingCorp(models.Model):
    """Send managers a daily digest of failures and waiting work."""

    _inherit = "dingding.corp"

    digest = fields.Boolean(
        string="Daily digest", copy=False, groups="dingding.group_manager",
        help="Sends the DingTalk managers a work notification each morning with what "
             "failed and what waits. Nothing is sent on a day without either.",
    )
    digest_on = fields.Date(
        string="Last digest", readonly=True, copy=False,
        groups="dingding.group_manager",
    )

    @api.model
    def _budget_features(self):
        return super()._budget_features() + [
            {"key": DIGEST, "label": _("Daily digests"), "worth": quota.NICE},
        ]

    @api.model
    def _cron_digest(self):
        """Send the digest of each organisation that enabled it, once a day.

        Each in its own transaction.
        """
        today = str(self.env["dingding.call.count"]._today())
        for corp_id in self.search([("digest", "=", True)]).ids:
            try:
                with compat.manage_environments(), compat.open_cursor(
                    self.env.cr.dbname, read_committed=True
                ) as cr:
                    corp = api.Environment(cr, SUPERUSER_ID, {})[self._name].browse(
                        corp_id)
                    if corp._take_digest(today) and not corp._send_digest(today):
                        # A later failure today is still reported.
                        compat.roll_back(corp.env)
            except UserError as error:
                # The overview shows that the organisation cannot send.
                _logger.info("No digest for the organisation %s: %s", corp_id, error)
            except Exception:
                _logger.exception("No digest for the organisation %s", corp_id)
        compat.forget(self.env)

    def _take_digest(self, today):
        """Reserve the day's digest until the commit; return whether it is still due.

        Concurrent runs wait here.
        """
        self.env.cr.execute(
            "UPDATE dingding_corp SET digest_on = %s WHERE id = %s AND digest"
            " AND active AND (digest_on IS NULL OR digest_on < %s)",
            [today, self.id, today],
        )
        return bool(self.env.cr.rowcount)

    def _send_digest(self, today):
        """Queue the digest, one message for each language of its recipients.

        :param str today: the day that it is sent for
        :return: whether there is one
        """
        if self._digest_paused():
            return False
        people = self.env["dingding.user"].search(
            [("corp_id", "=", self.id), ("user_id", "in", self._managers().ids)])
        langs = {user.lang or "en_US" for user in people.mapped("user_id")}
        for lang in sorted(langs):
            those = people.filtered(
                lambda person: (person.user_id.lang or "en_US") == lang)
            body = self.with_context(lang=lang)._digest_body(today)
            if not body:
                return False
            messages = self.env["dingding.message"].send(self, those, body)
            messages.write({"feature": DIGEST})
        return bool(langs)

    def _digest_paused(self):
        budgets = self.env["dingding.budget"]
        today = self.env["dingding.call.count"]._today()
        if budgets._of_month(self, quota.API, today).stopped_at:
            # Those of all days until next month would arrive together.
            return True
        worth = self._budget_feature(DIGEST)["worth"]
        return bool(self.budget_edition) and quota.is_paused(
            worth, self._budget_usage()[quota.API]["share"])

    def _digest_body(self, today):
        """Return the message in the language of the context, or None without news."""
        lines = self._digest_lines()
        if not lines:
            return None
        shown, size = [], 0
        for line in lines:
            size += len(line.encode("utf-8"))
            if size > MAX_BYTES:
                shown.append(_("and %d more") % (len(lines) - len(shown)))
                break
            shown.append(line)
        title = _("%(corp)s: what needs attention on %(day)s") % {
            "corp": self.name[:40], "day": today,
        }
        return messages_body.markdown(title, "\n".join(
            ["### " + title] + ["- " + line for line in shown]
            + ["", _("Details: DingTalk > Overview in Odoo.")]
        ))

    def _digest_lines(self):
        """Return the sentences of the digest: failures first; addons add theirs."""
        alerts = self.env["dingding.alert"].search(
            [("corp_id", "=", self.id), ("state", "=", "open")])
        # Odoo's _() finds the language in a method, not in a comprehension.
        failed = _("%(label)s failed: %(count)d")
        left_out = self._digest_left_out()
        found = [
            failed % {"label": alert.name, "count": alert.count} for alert in alerts
        ]
        return found + [
            "%s: %s" % (line["label"], line["value"])
            for line in self._overview_lines()
            if line["state"] in WORTH_SAYING and line["key"] not in left_out
        ]

    @api.model
    def _digest_left_out(self):
        """Return the keys of overview lines that the digest leaves out.

        Addons add lines that not every manager may see.
        """
        return ["alerts"]
