# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.dingding import compat, rights

from .dingding_notification_mail import SENDING, SIGN_IN_MODELS, Sending

GUARDED = ("dingding_notify",)


class MailTemplate(models.Model):
    """Let administrators opt templates in to DingTalk notifications.

    In some series all employees may edit templates.
    """

    _inherit = "mail.template"

    dingding_notify = fields.Boolean(
        string="DingTalk notification", groups="base.group_system", copy=False,
        help="Users among the recipients also get the e-mail as DingTalk "
             "notification, if they may read the document.",
    )

    @api.constrains("dingding_notify", "model_id")
    def _check_dingding_notify(self):
        for template in self.sudo():
            if template.dingding_notify and template.model_id.model in SIGN_IN_MODELS:
                raise ValidationError(_(
                    "E-mails about users can contain links that sign in. They cannot "
                    "be sent as DingTalk notifications."))

    @compat.create_multi
    def create(self, vals_list):
        templates = compat.super_create(super(), vals_list)
        if any(values["dingding_notify"]
               for values in rights.stored(templates, GUARDED).values()):
            self._check_dingding_administrator()
        return templates

    def write(self, vals):
        before = rights.stored(self, GUARDED)
        result = super().write(vals)
        if rights.changed(self, before):
            self._check_dingding_administrator()
        return result

    def _check_dingding_administrator(self):
        if not rights.is_administrator(self.env):
            raise AccessError(_(
                "Only administrators may choose templates for DingTalk notifications."
            ))

    if compat.SENDS_IN_BATCHES:

        def send_mail_batch(
            self, res_ids, force_send=False, raise_exception=False, email_values=None,
            *args, **kwargs
        ):
            self = self._dingding_sending(email_values)
            return super().send_mail_batch(
                res_ids, force_send, raise_exception, email_values, *args, **kwargs)

    else:

        # Odoo 11 takes another positional argument for the context.
        def send_mail(
            self, res_id, force_send=False, raise_exception=False, email_values=None,
            *args, **kwargs
        ):
            self = self._dingding_sending(email_values)
            return super().send_mail(
                res_id, force_send, raise_exception, email_values, *args, **kwargs)

    def _dingding_sending(self, email_values):
        """Return the template in an environment that captures its e-mails, if chosen.

        :param dict email_values: values of the e-mails that replace rendered ones
        """
        # sudo: only administrators may read the tick.
        if not self.sudo().dingding_notify:
            return self
        return self.with_context(**{SENDING: Sending(self, email_values)})
