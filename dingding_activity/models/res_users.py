# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.dingding import compat, rights
from odoo.addons.dingding.dingtalk import beijing

from .dingding_corp_notify import DAYS, EMAILED, KINDS, MODES

CHOICES = [("on", "Send"), ("off", "Do not send")]
INSTEAD = [("on", "DingTalk only"), ("off", "E-mail too")]
OWN = ["dingding_notify_" + kind for kind in KINDS] + [
    "dingding_instead_" + kind for kind in EMAILED] + [
    "dingding_notify_mode", "dingding_notify_days", "dingding_notify_quiet",
    "dingding_notify_from", "dingding_notify_to", "dingding_notify_recall",
]
RECALLS = [("on", "Recall"), ("off", "Keep")]


@compat.self_writeable(*OWN)
@compat.self_readable("dingding_notify_offered")
class ResUsers(models.Model):
    """Let users choose their notifications in DingTalk, in their preferences."""

    _inherit = "res.users"

    dingding_notify_offered = fields.Boolean(
        string="Receives DingTalk notifications",
        compute="_compute_dingding_notify_offered", compute_sudo=False,
    )
    dingding_notify_mention = fields.Selection(
        CHOICES, string="DingTalk: mentions",
        help="Messages sent directly to you. Empty: as your organisation has set. Your "
             "organisation may also decide for everybody.",
    )
    dingding_notify_message = fields.Selection(
        CHOICES, string="DingTalk: messages",
        help="Messages of documents that you follow.",
    )
    dingding_notify_note = fields.Selection(
        CHOICES, string="DingTalk: notes",
        help="Internal notes of documents that you follow.",
    )
    dingding_notify_assignment = fields.Selection(
        CHOICES, string="DingTalk: assignments",
        help="Documents that were assigned to you.",
    )
    dingding_notify_activity = fields.Selection(
        CHOICES, string="DingTalk: activities",
        help="Activities that others planned for you.",
    )
    dingding_notify_overdue = fields.Selection(
        CHOICES, string="DingTalk: overdue",
        help="A list of your overdue activities, once a day.",
    )
    dingding_notify_mail = fields.Selection(
        CHOICES, string="DingTalk: e-mails",
        help="E-mails to you by templates chosen by your administrator.",
    )
    dingding_notify_rule = fields.Selection(
        CHOICES, string="DingTalk: rules",
        help="Texts that your administrator's rules send to you.",
    )
    dingding_instead_mention = fields.Selection(
        INSTEAD, string="E-mail: mentions",
        help="Whether messages sent directly to you reach you in DingTalk only. Odoo "
             "sends the e-mail after all if DingTalk does not deliver. Empty: as your "
             "organisation has set. Your organisation may also decide for everybody.",
    )
    dingding_instead_message = fields.Selection(
        INSTEAD, string="E-mail: messages",
        help="Messages of documents that you follow.",
    )
    dingding_instead_note = fields.Selection(
        INSTEAD, string="E-mail: notes",
        help="Internal notes of documents that you follow.",
    )
    dingding_instead_assignment = fields.Selection(
        INSTEAD, string="E-mail: assignments",
        help="Documents that were assigned to you.",
    )
    dingding_instead_activity = fields.Selection(
        INSTEAD, string="E-mail: activities",
        help="Activities that others planned for you.",
    )
    dingding_instead_mail = fields.Selection(
        INSTEAD, string="E-mail: templates",
        help="E-mails to you by templates chosen by your administrator.",
    )
    dingding_notify_recall = fields.Selection(
        RECALLS, string="DingTalk: deleted messages",
        help="Whether notifications sent to you from now on are recalled if their "
             "message is deleted within 24 hours. Empty: as your organisation has set.",
    )
    dingding_notify_mode = fields.Selection(
        MODES, string="DingTalk: frequency",
        help="Empty: as your organisation has set.",
    )
    dingding_notify_days = fields.Selection(
        DAYS, string="DingTalk: days", help="Empty: as your organisation has set.",
    )
    dingding_notify_quiet = fields.Boolean(
        string="DingTalk: own quiet hours",
        help="Uses your own quiet hours instead of your organisation's.",
    )
    dingding_notify_from = fields.Float(
        string="DingTalk: quiet from", default=22,
        help="In your time zone. Equal times: no quiet hours.",
    )
    dingding_notify_to = fields.Float(string="DingTalk: quiet until", default=7)

    @compat.depends_on_user
    def _compute_dingding_notify_offered(self):
        for user in self:
            # sudo: employees may not read people, only their own settings.
            person = self.env["dingding.notification"].sudo()._targets(
                user.sudo()).get(user.id)
            user.dingding_notify_offered = bool(person) and (
                user.id == self.env.uid or rights.may_see(self.env, person))

    def _dingding_context(self):
        """Return the context for texts to this user: language and time zone."""
        return {"lang": self.lang or "en_US", "tz": self.tz or beijing.ZONE}

    @api.constrains("dingding_notify_from", "dingding_notify_to")
    def _check_dingding_notify_hours(self):
        for user in self:
            for hour in (user.dingding_notify_from, user.dingding_notify_to):
                if not 0 <= hour < 24:
                    raise ValidationError(_("Times must be between 00:00 and 23:59."))
