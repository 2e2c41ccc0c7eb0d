# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import logging

from odoo import api, models, tools

from odoo.addons.dingding import compat

_logger = logging.getLogger(__name__)


class DingdingBackground(models.AbstractModel):
    _inherit = "dingding.background"

    @api.model
    def _queue_models(self):
        return ["dingding.event"] + super(DingdingBackground, self)._queue_models()

    def _register_hook(self):
        result = super(DingdingBackground, self)._register_hook()
        if not tools.config["test_enable"]:
            self._cron_at_once()
        return result

    @api.model
    def _cron_at_once(self):
        """Have the cron look for work when a server starts.

        What a killed server leaves behind is taken up by the next event that arrives,
        and else by the cron, whose next time may be a minute away.
        """
        try:
            with compat.open_cursor(self.env.cr.dbname, read_committed=True) as cr:
                cr.execute(
                    "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC'"
                    " WHERE id IN (SELECT id FROM ir_cron WHERE nextcall >"
                    " now() AT TIME ZONE 'UTC' AND id IN (SELECT res_id"
                    " FROM ir_model_data WHERE model = 'ir.cron' AND module ="
                    " 'dingding' AND name = 'dingding_background_cron_work_off')"
                    " FOR UPDATE SKIP LOCKED)"
                )
        except Exception:
            # Then it is done in a minute.
            _logger.info("The cron was not hurried", exc_info=True)
