# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

import re

from werkzeug.utils import redirect as go

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.dingding.controllers.guards import checked, guarded, signed_in

from ..models.dingding_notification_file import PAGE

TICK = re.compile(r"file_([0-9]{1,10})\Z")  # name of a tick box


class DingdingFilesController(http.Controller):
    """Let people ask for the files of messages that they were notified of."""

    @http.route(
        PAGE + "<string:messages>", type="http", auth="public", methods=["GET"],
        sitemap=False,
    )
    @checked
    @signed_in
    def files(self, messages=None, **_kwargs):
        return self._files(messages)

    @http.route(
        PAGE + "<string:messages>", type="http", auth="public", methods=["POST"],
        sitemap=False,
    )
    @checked
    @signed_in
    def ask(self, messages=None, **ticks):
        ids = {int(found.group(1)) for found in map(TICK.match, ticks) if found}
        rows = request.env["dingding.notification"]
        try:
            rows._request_files(messages, ids)
        except UserError as error:
            return self._files(messages, error.args[0])
        return guarded(go(request.httprequest.path, 303), 303)

    def _files(self, messages, refusal=""):
        values = request.env["dingding.notification"]._files_page(messages)
        values["refusal"] = refusal
        response = request.render("dingding_activity.files_page", values)
        response.flatten()
        return guarded(response, 404 if not values["files"] else 200)
