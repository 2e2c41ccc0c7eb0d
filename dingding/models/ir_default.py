# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import SUPERUSER_ID, models

from .. import compat, rights


@compat.reads_saved_defaults("_dingding_counting")
class IrDefault(models.Model):
    """Ignore a person's own defaults where they must not decide.

    Every employee may save defaults for any field, lines of a form included. They apply
    to all that this person creates, by ``sudo`` too from 13 on.
    """

    _inherit = "ir.default"

    def _dingding_counting(self, saved, common):
        """Return the defaults that count in this context.

        :param dict saved: those of this user and of everybody
        :param common: returns those of everybody, which administrators save
        """
        ignored = self.env.context.get(rights.IGNORED_DEFAULTS)
        if not saved or self.env.uid == SUPERUSER_ID:
            return saved
        if ignored == rights.ALL_FIELDS:
            return common()
        # Any caller can set a context key.
        if not ignored or not isinstance(ignored, (list, tuple)):
            return saved
        everybody = common()
        return {
            name: everybody[name] if name in ignored else value
            for name, value in saved.items()
            if name not in ignored or name in everybody
        }
