# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import datetime

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .. import compat
from ..dingtalk import quota
from .dingding_budget import Standing, forget_standings
from .dingding_call_count import METERS, ledger, own_cursor

CAP_FIELDS = {
    "budget_edition", "budget_packs", "budget_custom_api", "budget_custom_push",
    "budget_typed_on", "budget_typed_api", "budget_typed_push",
}
TYPED_NUMBERS = {"budget_typed_%s" % meter for meter, _label in METERS}
TYPED_FIELDS = TYPED_NUMBERS | {"budget_typed_on"}
CALL_COUNT = "dingding.call.count"


class DingdingCorp(models.Model):
    """Configure an organisation's monthly budget, and show its usage."""

    _inherit = "dingding.corp"

    budget_edition = fields.Selection(
        [
            ("standard", "Standard (free)"),
            ("professional", "Professional"),
            ("custom", "Other"),
        ],
        string="DingTalk edition",
        help="Sets how many API calls and pushes the organisation has each month. "
             "Until it is selected, Odoo only counts and warns as for the standard "
             "edition; then less important calls pause near the cap.",
    )
    budget_packs = fields.Integer(
        string="App development packs",
        help="Number of packs (企业应用开发增购包) bought in addition.",
    )
    budget_custom_api = fields.Integer(string="API calls a month", help="0: no cap.")
    budget_custom_push = fields.Integer(string="Pushes a month", help="0: no cap.")
    budget_api_cap = fields.Integer(
        string="Cap of API calls", compute="_compute_budget_caps", store=True
    )
    budget_push_cap = fields.Integer(
        string="Cap of pushes", compute="_compute_budget_caps", store=True
    )
    budget_typed_on = fields.Date(
        string="Read in the console on", copy=False,
        help="Day on which the two numbers were read in DingTalk's console. Odoo adds "
             "what it has counted since.",
    )
    budget_typed_api = fields.Integer(
        string="API calls used (console)", copy=False,
        help="Used this month according to DingTalk's console, which includes other "
             "applications. 0: Odoo's own count.",
    )
    budget_typed_push = fields.Integer(
        string="Pushes used (console)", copy=False,
        help="Used this month according to DingTalk's console. 0: Odoo's own count.",
    )
    # Odoo's own count on the day when the numbers were entered.
    budget_typed_api_own = fields.Integer(readonly=True, copy=False)
    budget_typed_push_own = fields.Integer(readonly=True, copy=False)
    budget_api_used = fields.Integer(
        string="API calls this month", compute="_compute_budget_usage",
        groups="dingding.group_manager", compute_sudo=False,
    )
    budget_push_used = fields.Integer(
        string="Pushes this month", compute="_compute_budget_usage",
        groups="dingding.group_manager", compute_sudo=False,
    )
    budget_api_forecast = fields.Integer(
        string="API calls expected", compute="_compute_budget_usage",
        groups="dingding.group_manager", compute_sudo=False,
        help="By the end of the month, at the pace until now.",
    )
    budget_push_forecast = fields.Integer(
        string="Pushes expected", compute="_compute_budget_usage",
        groups="dingding.group_manager", compute_sudo=False,
        help="By the end of the month, at the pace until now.",
    )
    budget_notice = fields.Text(
        string="Paused calls", compute="_compute_budget_usage",
        groups="dingding.group_manager", compute_sudo=False,
    )

    @api.depends(
        "budget_edition", "budget_packs", "budget_custom_api", "budget_custom_push"
    )
    def _compute_budget_caps(self):
        for corp in self:
            calls, pushes = quota.caps(corp.budget_edition, corp.budget_packs)
            if corp.budget_edition == "custom":
                calls, pushes = corp.budget_custom_api, corp.budget_custom_push
            corp.budget_api_cap, corp.budget_push_cap = calls, pushes

    def _compute_budget_usage(self):
        usages = self._budget_usages()
        for corp in self:
            usage = usages[corp.id]
            for meter, _label in METERS:
                corp["budget_%s_used" % meter] = usage[meter]["used"]
                corp["budget_%s_forecast" % meter] = usage[meter]["forecast"]
            corp.budget_notice = corp._budget_text(usage)

    @api.constrains(
        "budget_typed_on", "budget_typed_api", "budget_typed_push", "budget_packs",
        "budget_custom_api", "budget_custom_push",
    )
    def _check_budget(self):
        today = str(self.env[CALL_COUNT]._today())
        for corp in self:
            if corp.budget_typed_on and str(corp.budget_typed_on) > today:
                raise ValidationError(
                    _("The console's numbers cannot be from a later day than today."))
            if min(corp.budget_typed_api, corp.budget_typed_push, corp.budget_packs,
                   corp.budget_custom_api, corp.budget_custom_push) < 0:
                raise ValidationError(_("Enter numbers of calls that are 0 or more."))
            if corp.budget_packs > quota.MOST_PACKS:
                raise ValidationError(
                    _("Enter the number of packs, not of calls: %d at most.")
                    % quota.MOST_PACKS)

    @compat.create_multi
    def create(self, vals_list):
        corps = compat.super_create(super(), vals_list)
        for corp, vals in zip(corps, vals_list):
            if TYPED_FIELDS & set(vals):
                corp._budget_note_typed()
        return corps

    def write(self, vals):
        typed = any(vals.get(name) for name in TYPED_NUMBERS)
        if typed and "budget_typed_on" not in vals:
            for corp in self:
                corp._budget_date_today(vals)
        result = super().write(vals)
        if TYPED_FIELDS & set(vals):
            for corp in self:
                corp._budget_note_typed()
        if CAP_FIELDS & set(vals):
            self._budget_raised()
        return result

    def _budget_date_today(self, vals):
        """Date the console's numbers today, as a number of them is typed.

        :param dict vals: what is written; the other number is brought up to today
        """
        values = {"budget_typed_on": str(self.env[CALL_COUNT]._today())}
        for meter, usage in self._budget_usage().items():
            name = "budget_typed_%s" % meter
            if self[name] and name not in vals:
                values[name] = min(usage["used"], quota.MOST)
        return super().write(values)

    def _budget_note_typed(self):
        ledger.flush()
        counts = self.env[CALL_COUNT]
        if not self.budget_typed_on and (
            self.budget_typed_api or self.budget_typed_push
        ):
            super().write({"budget_typed_on": str(counts._today())})
        if not self.budget_typed_on:
            return
        day = compat.date_of(self.budget_typed_on)
        # This transaction may not see the ledger's latest rows.
        with own_cursor(self.env.cr.dbname) as cr:
            totals = counts.sudo()._totals(self, day, day, cr)
        super().write({
            "budget_typed_%s_own" % meter: sum(
                count for _day, count in totals.get((self.id, meter), []))
            for meter, _label in METERS
        })

    def _budget_raised(self):
        month = str(quota.month_of(self.env[CALL_COUNT]._today()))
        budgets = self.env["dingding.budget"].sudo().search(
            [("corp_id", "in", self.ids), ("month", "=", month)])
        for budget in budgets:
            usage = budget.corp_id._budget_usage()[budget.meter]
            if budget.stopped_at and usage["share"] < 100:
                budget.write({"stopped_at": False})
            level = quota.reached(usage["share"])
            if level < budget.warned:
                budget.write({"warned": level})
        compat.after_commit(self.env.cr, forget_standings)
        self.env["dingding.queue"].sudo()._wake_paused()

    # -- for addons ----------------------------------------------------------------

    @api.model
    def _budget_features(self):
        """Return the features that call DingTalk; addons add theirs.

        :return: list of dict: ``key``, the argument ``feature`` of
            ``app._dingtalk_client``; ``label``, translated; ``worth``, one of
            ``quota.DECIDED``, ``OWED``, ``FRESH`` and ``NICE`` (the lowest pauses first
            near the cap), or None to never pause; optionally ``meter`` of the calls,
            default ``quota.API``
        """
        return [
            {"key": "other", "label": _("Other"), "worth": quota.DECIDED},
            {"key": "contacts", "label": _("Contacts"), "worth": None},
            {"key": "check", "label": _("Connection test"), "worth": None},
            {"key": "messages", "label": _("Work notifications"),
             "worth": quota.OWED},
            {"key": "message_recall", "label": _("Recalls and status bars"),
             "worth": quota.DECIDED},
            {"key": "message_results", "label": _("Read states"), "worth": quota.NICE},
            {"key": "usage", "label": _("Usage of the month"), "worth": None},
            {"key": "pushes", "label": _("Received pushes"), "worth": None},
        ]

    # Key -> feature without its label, per registry. Translating all labels for each
    # client would cost a statement each.
    _budget_known = None

    @api.model
    def _budget_feature(self, key):
        """Return a declared feature without its label; ``other`` for unknown ones."""
        cls = type(self)
        known = cls._budget_known
        if known is None:
            known = {
                each["key"]: {name: each[name] for name in each if name != "label"}
                for each in self._budget_features()
            }
            if self.env.registry.ready:
                cls._budget_known = known
        return known.get(key) or known["other"]

    @api.model
    def _budget_prices(self, prices):
        """Return the cost of each choice of a policy, as text for its form.

        :param list prices: (label of the choice, billed calls a month)
        """
        return "\n".join(
            _("%(choice)s: about %(calls)d calls a month")
            % {"choice": label, "calls": round(calls)}
            for label, calls in prices
        )

    # -- what is used --------------------------------------------------------------

    def _budget_usage(self):
        """Return meter -> dict, see :meth:`_budget_usages`."""
        self.ensure_one()
        return self._budget_usages()[self.id]

    def _budget_usages(self, today=None):
        """Return organisation's id -> meter -> used, cap, forecast, share (percent).

        :param datetime.date today: in China, whose month counts
        """
        today = today or self.env[CALL_COUNT]._today()
        first = quota.month_of(today)
        totals = self.env[CALL_COUNT]._totals(self, first, today)
        found = {}
        for corp in self:
            for meter, _label in METERS:
                used = corp._budget_used(meter, totals.get((corp.id, meter), []), first)
                cap = corp["budget_%s_cap" % meter]
                found.setdefault(corp.id, {})[meter] = {
                    "used": used, "cap": cap, "forecast": quota.forecast(used, today),
                    "share": quota.percent(used, cap),
                }
        return found

    def _budget_used(self, meter, days, first):
        """Return a month's usage: the console's number plus later calls.

        :param list days: (day, count) as Odoo counted
        :param datetime.date first: first day of the month
        """
        typed = self["budget_typed_%s" % meter]
        typed_on = self.budget_typed_on and compat.date_of(self.budget_typed_on)
        if not typed or not typed_on or typed_on < first:
            return sum(count for _each, count in days)
        days = [(compat.date_of(each), count) for each, count in days]
        later = sum(count for each, count in days if each > typed_on)
        same = sum(count for each, count in days if each == typed_on)
        return typed + later + max(same - self["budget_typed_%s_own" % meter], 0)

    def _budget_standing(self):
        """Return the :class:`Standing` of the organisation, with all rights."""
        self.ensure_one()
        corp_sudo = self.sudo()
        today = self.env[CALL_COUNT]._today()
        usage = corp_sudo._budget_usages(today)[self.id]
        month = quota.month_of(today)
        used = {meter: usage[meter]["used"] for meter, _label in METERS}
        # This process has counted more than is in the database.
        apps = set(corp_sudo.with_context(active_test=False).app_ids.ids)
        for key, number in ledger.pending(self.env.cr.dbname).items():
            if key.app_id in apps and key.day >= str(month):
                used[key.meter] += number
        stopped = self.env["dingding.budget"].sudo().search(
            [("corp_id", "=", self.id), ("month", "=", str(month)),
             ("stopped_at", "!=", False)])
        return Standing(
            month,
            used,
            {meter: usage[meter]["cap"] for meter, _label in METERS},
            {budget.meter: (_moment(budget.probed_at), budget.dingtalk_said or "")
             for budget in stopped},
            bool(corp_sudo.budget_edition),
        )

    def _budget_paused(self, usage, stopped=()):
        """Return the labels of the features that pause at this usage.

        :param stopped: meters that DingTalk has stopped, whose features are not listed
        """
        if not self.budget_edition:
            return []
        return [
            feature["label"] for feature in self._budget_features()
            if feature.get("meter", quota.API) not in stopped and quota.is_paused(
                feature["worth"], usage[feature.get("meter", quota.API)]["share"])
        ]

    def _budget_text(self, usage):
        """Return the text about paused features, or False."""
        today = self.env[CALL_COUNT]._today()
        until = str(quota.next_month(today))
        stopped = self.env["dingding.budget"].search(
            [("corp_id", "=", self.id), ("stopped_at", "!=", False),
             ("month", "=", str(quota.month_of(today)))])
        texts = []
        for budget in stopped:
            told = {"since": self._local_text(budget.stopped_at), "until": until,
                    "said": budget.dingtalk_said or "-"}
            if budget.meter == quota.PUSH:
                texts.append(_(
                    "DingTalk has paused pushes since %(since)s (%(said)s). Events and "
                    "messages to robots do not arrive until %(until)s or until more is "
                    "bought in DingTalk; contact events do."
                ) % told)
                continue
            texts.append(_(
                "DingTalk has refused billed calls since %(since)s (%(said)s). "
                "They are paused until %(until)s or until the budget is raised; Odoo "
                "tests DingTalk once a day. Contacts and sign-in continue."
            ) % told)
        stopped = set(stopped.mapped("meter"))
        paused = self._budget_paused(usage, stopped)
        if paused:
            texts.append(
                _("Paused until %(until)s or until the budget is raised: %(features)s.")
                % {"until": until, "features": ", ".join(paused)})
        if quota.API not in stopped and usage[quota.API]["share"] >= 100:
            texts.append(_(
                "The API calls of this month are used up. DingTalk still answers "
                "for up to five days, then it refuses."))
        return "\n".join(texts) or False

    # -- overview ------------------------------------------------------------------

    def _overview_lines(self):
        usage = self._budget_usage()
        labels = {
            quota.API: _("API Calls (month)"), quota.PUSH: _("Pushes (month)"),
        }
        lines = [
            self._overview_line(
                "budget_%s" % meter, labels[meter],
                _("%(used)d of %(cap)d, %(forecast)d expected") % usage[meter],
                self._budget_state(usage[meter]), CALL_COUNT,
                self._budget_domain([("meter", "=", meter)]),
            )
            for meter, _label in METERS
        ]
        notice = self._budget_text(usage)
        if notice:
            lines.append(self._overview_line(
                "budget_paused", _("Paused Calls"), notice, "error", CALL_COUNT,
                self._budget_domain(),
            ))
        return super()._overview_lines() + lines + self._budget_feature_lines(usage)

    def _budget_feature_lines(self, usage):
        """Return a line for each feature with calls this month."""
        today = self.env[CALL_COUNT]._today()
        found = self.env[CALL_COUNT]._by_feature(self, quota.month_of(today), today)
        names = dict(self.env[CALL_COUNT]._feature_selection())
        labels = {quota.API: _("Cost: %s"), quota.PUSH: _("Pushes: %s")}
        return [
            self._overview_line(
                "budget_%s_%s" % (meter, key),
                labels[meter] % names.get(key, names["other"]),
                _("%(count)d (%(share)d%% of the month)") % {
                    "count": count,
                    "share": quota.percent(count, usage[meter]["cap"]),
                },
                "ok", CALL_COUNT,
                self._budget_domain([("meter", "=", meter), ("feature", "=", key)]),
                section="cost",
            )
            for key, meter, count in found
        ]

    @api.model
    def _budget_domain(self, domain=()):
        """Return the domain of this month's counts."""
        first = quota.month_of(self.env[CALL_COUNT]._today())
        return [("day", ">=", str(first))] + list(domain)

    @api.model
    def _budget_state(self, usage):
        if usage["share"] >= 100:
            return "error"
        over = 0 < usage["cap"] < usage["forecast"]
        return "warning" if over or usage["share"] >= quota.WARNINGS[0] else "ok"

    def action_open_budget(self):
        """Show the course of this organisation's month."""
        self.ensure_one()
        compat.check_access(self, "read")
        values = compat.window_action(
            self.env, "dingding.dingding_budget_course_action")
        values["domain"] = [("corp_id", "=", self.id)]
        return values


def _moment(value):
    """Return a datetime field's value as datetime."""
    return fields.Datetime.from_string(value) if value else datetime.datetime.min
