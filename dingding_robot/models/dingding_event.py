# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import _, api, models


class DingdingEvent(models.Model):
    """Process events about groups."""

    _inherit = "dingding.event"

    @api.model
    def _handler_models(self):
        return super()._handler_models() + ["dingding.group"]

    @api.model
    def _event_labels(self):
        return dict(
            super()._event_labels(), chat_disband=_("Group dissolved"),
            chat_add_member=_("People added to a group"),
            chat_update_owner=_("Owner of a group changed"),
            chat_update_title=_("Name of a group changed"),
            im_cool_app_install=_("Application added to a group"),
            im_cool_app_uninstall=_("Application removed from a group"))

    @api.model
    def _subject_models(self):
        return dict(
            super()._subject_models(), group=("dingding.group", "conversation_id"))
