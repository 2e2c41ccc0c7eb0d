# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models

from odoo.addons.dingding.dingtalk import quota

from ..dingtalk.checkins import MAX_PEOPLE
from .dingding_corp import WORK_DAYS

EVENT = "check_in"
VISITS = 2  # a day for each person, for the price
SLOTS = 120  # in which check-ins of a day are read together
GUARDED = (
    "checkin_read", "checkin_department_ids", "checkin_partners", "checkin_photos",
)


class DingdingCorp(models.Model):
    """Decide whose field check-ins are read, and what is stored of them."""

    _inherit = "dingding.corp"

    checkin_read = fields.Selection(
        [
            ("never", "Never"),
            ("nightly", "Each morning"),
            ("events", "Each morning and after check-ins"),
        ],
        string="Read field check-ins", required=True, default="never",
        help="Each morning: the check-ins of yesterday. After check-ins: DingTalk "
             "reports each check-in, and the person is read some minutes later.",
    )
    checkin_department_ids = fields.Many2many(
        "dingding.department", string="Departments on the road",
        domain="[('corp_id', '=', id)]",
        help="Only people of these departments and their sub-departments are read. "
             "Empty: everybody with an employee.",
    )
    checkin_price = fields.Text(
        string="Cost of field check-ins", compute="_compute_checkin_price",
        groups="dingding.group_manager", compute_sudo=False,
        help="Computed from the number of people who are read.",
    )
    checkin_partners = fields.Boolean(
        string="Show visits on contacts",
        help="Visits are linked to contacts. A visit that was linked manually before "
             "is linked again; others are linked manually.",
    )
    checkin_photos = fields.Boolean(
        string="Store photos",
        help="Photos are stored in Odoo as attachments of the check-in. Otherwise "
             "Odoo has links to DingTalk only.",
    )
    checkin_read_on = fields.Date(
        string="Field check-ins read on", readonly=True, copy=False,
        help="Day of the last morning sync.",
    )

    @api.model
    def _guarded(self):
        # Where people have been is read with sudo.
        return super()._guarded() + GUARDED

    def write(self, vals):
        result = super().write(vals)
        if vals.get("checkin_partners"):
            # sudo: only syncs write others' check-ins.
            self.env["dingding.checkin"].sudo().search(
                [("corp_id", "in", self.ids), ("visited", "!=", False),
                 ("partner_rule", "=", False)])._match()
        return result

    def _checkin_people(self):
        """Return the people whose check-ins are read."""
        domain = [("corp_id", "=", self.id), ("employee_id", "!=", False)]
        if self.checkin_department_ids:
            domain.append(
                ("department_ids", "child_of", self.checkin_department_ids.ids))
        # sudo: a manager need not see employees.
        return self.env["dingding.user"].sudo().search(domain)

    @api.depends("checkin_read", "checkin_department_ids")
    def _compute_checkin_price(self):
        labels = dict(self._fields["checkin_read"]._description_selection(self.env))
        for corp in self:
            people = corp.id and len(corp._checkin_people()) or 0
            calls = checkin_calls(people)
            after = WORK_DAYS * min(people * VISITS, SLOTS)
            corp.checkin_price = "%s\n%s" % (
                corp._budget_prices([
                    (labels["never"], 0),
                    (labels["nightly"], calls),
                    (labels["events"], calls + after),
                ]),
                _("%(choice)s: and about %(pushes)d pushes a month") % {
                    "choice": labels["events"],
                    "pushes": people * VISITS * WORK_DAYS,
                },
            )

    def action_read_checkins(self):
        """Read the field check-ins of the last seven days.

        :raise AccessError: for anybody but managers
        """
        self.ensure_one()
        return self.env["dingding.checkin.sync"]._start(self)

    # -- what it needs -----------------------------------------------------------------

    @api.model
    def _dingtalk_events(self):
        """Omit check-ins unless an organisation enabled them: each is a push."""
        events = super()._dingtalk_events()
        # sudo: the user may not see all organisations.
        if self.sudo().search_count([("checkin_read", "=", "events")]):
            return events
        return tuple(event for event in events if event != EVENT)

    @api.model
    def _budget_features(self):
        return super()._budget_features() + [
            {"key": "checkins", "label": _("Field check-ins"), "worth": quota.OWED},
            {"key": "checkin_events", "label": _("Field check-ins after events"),
             "worth": quota.FRESH},
        ]

    @api.model
    def _dingtalk_needs(self):
        return super()._dingtalk_needs() + [
            {
                "feature": _("Field check-ins"),
                "purpose": "attendance",
                "permission": "qyapi_base",
                "title": "",
                "when": _("to read field check-ins"),
                "line": "",
                "events": ("check_in",),
                "calls": _("1 a day for 10 people, see the form"),
            },
            {
                "feature": _("Field check-ins"),
                "purpose": "attendance",
                "permission": "qyapi_get_member",
                "title": "成员信息读权限",
                "when": _("to notice deleted field check-ins"),
                "line": "",
                "events": (),
                "calls": _("1 or 2 for each deletion"),
            },
        ]


def checkin_calls(people):
    """Return the calls a month that reading each morning costs.

    :param int people: number of people who are read
    """
    return 30 * -(-people // MAX_PEOPLE)
