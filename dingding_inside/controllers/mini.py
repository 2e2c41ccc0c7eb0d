# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

from odoo import http
from odoo.http import request

from odoo.addons.dingding import compat
from odoo.addons.dingding.controllers.guards import read_body
from odoo.addons.dingding_signin.controllers.signin import browser_name

from ..models.dingding_corp_mini import ROOT
from ..models.dingding_mini import BEARER, READ_BYTES, Asked, serve

HEADERS = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
compat.accept_any_body(ROOT)


class DingdingMiniController(http.Controller):
    """Serve mini-programs, which authenticate by token only."""

    @http.route(
        [ROOT, ROOT + "/<path:path>"], type=compat.BARE_JSON, auth="none", csrf=False,
        readonly=False, save_session=False, sitemap=False,
    )
    def mini(self, path="", **_kwargs):
        asked, headers = request.httprequest, request.httprequest.headers
        bearer = BEARER.match(headers.get("Authorization", ""))
        size = asked.content_length or 0

        def answer():
            content = read_body(asked, READ_BYTES)
            if content == b"" and size:
                # Since 16.0 Odoo has consumed form data.
                content = b"form"
            return serve(request.db, Asked(
                method=asked.method, path=path.strip("/"), query=asked.args.to_dict(),
                content=content,
                content_type=headers.get("Content-Type", "").split(";")[0].strip(),
                bearer=bearer.group(1) if bearer else "",
                language=headers.get("Accept-Language", ""),
                address=asked.remote_addr or "",
                agent=browser_name(headers.get("User-Agent", "")),
            ))

        return compat.bare_json(request, answer, HEADERS, cookie=False)
