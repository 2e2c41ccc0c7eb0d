# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import http
from odoo.http import request

from .signin import told


class DingdingInsideController(http.Controller):
    """Pages inside DingTalk. Each route asks one model what to answer."""

    @http.route(
        "/dingding/jsapi/config", type="http", auth="public", methods=["POST"],
        sitemap=False,
    )
    def jsapi_config(self, url=None, apis=None, corp=None, renew=None, **_kwargs):
        model = request.env["dingding.jsapi"]
        return told(model._config(url, apis, corp, renew == "1"))
