# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, MissingError, ValidationError

from odoo.addons.dingding import compat
from odoo.addons.dingding.models import placeholders, texts
from odoo.addons.dingding.models.ir_actions_server import STATE

FOLLOWERS = "message_partner_ids"


class IrActionsServer(models.Model):
    """Send the texts of server actions as notifications.

    Each recipient gets the text with their own language and rights, as their
    preferences allow.
    """

    _inherit = "ir.actions.server"

    dingding_to = fields.Selection(
        **compat.added_selection(
            ("followers", "Followers"), ("department", "DingTalk departments"),
            ("group", "User group"),
        )
    )
    dingding_notify = fields.Boolean(
        string="DingTalk: as notification",
        help="Makes the text for each recipient, with the recipient's rights and "
             "language, and follows quiet hours and preferences. Otherwise everybody "
             "immediately gets the same text.",
    )
    dingding_department_ids = fields.Many2many(
        "dingding.department", string="DingTalk: departments",
        help="Linked users in these departments and those below them.",
    )
    dingding_group_id = fields.Many2one(
        "res.groups", string="DingTalk: user group", ondelete="restrict",
    )
    dingding_rule = fields.Char(
        string="DingTalk: ready-made rule", readonly=True, copy=False,
    )

    @api.constrains("dingding_department_ids", "dingding_group_id")
    def _check_dingding_notify(self):
        return self._check_dingding_message()

    def _check_dingding_to(self, model):
        if self.dingding_to == "followers":
            if FOLLOWERS not in model._fields:
                raise ValidationError(
                    _("%s has no followers.") % texts.model_name(model))
        elif self.dingding_to == "department":
            if not self.dingding_department_ids:
                raise ValidationError(_("Choose the departments to notify."))
        elif self.dingding_to == "group":
            if not self.dingding_group_id:
                raise ValidationError(_("Choose the user group to notify."))
        else:
            return super()._check_dingding_to(model)

    def _dingding_is_notification(self):
        """Tell whether the text is rendered per recipient, after the commit."""
        return self.state == STATE and (
            self.dingding_to in ("followers", "department", "group")
            or self.dingding_to == "people" and self.dingding_notify)

    def _run_dingding_message(self, eval_context):
        if not self.sudo()._dingding_is_notification():
            return super()._run_dingding_message(eval_context)
        records = self._dingding_records(eval_context)
        if records:
            readable = self._dingding_readable(records)
            self.env["dingding.notification"]._capture_rule(self, readable)
        return False

    @api.model
    def _dingding_readable(self, records):
        """Return the records that the user who triggers the action may tell of."""
        try:
            self._dingding_check_acting(records)
            return records
        except (AccessError, MissingError):
            return records.filtered(self._dingding_may_read)

    @api.model
    def _dingding_may_read(self, record):
        try:
            self._dingding_check_acting(record)
        except (AccessError, MissingError):
            return False
        return True

    def _dingding_users(self, record):
        """Return the users to notify of a record, with all rights."""
        users = self.env["res.users"]
        if self.dingding_to == "followers":
            return record[FOLLOWERS].mapped("user_ids")
        if self.dingding_to == "department":
            return self.dingding_department_ids._dingding_persons().mapped("user_id")
        if self.dingding_to == "group":
            return users.search(
                [(compat.ALL_USER_GROUPS, "in", self.dingding_group_id.ids)])
        people = placeholders.follow(record, (self.dingding_people or "").strip())
        if people is None:
            return users
        if people._name == "res.users":
            return people
        if people._name == "res.partner":
            return people.mapped("user_ids")
        return people._dingding_persons().mapped("user_id")
