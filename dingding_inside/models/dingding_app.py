# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).


from odoo import fields, models

from odoo.addons.dingding.dingtalk import utc

# Minimum time between new tickets for pages whose signature DingTalk refused.
TICKET_SECONDS = 60
# A user is waiting.
PATIENCE = 6  # seconds


class DingdingApp(models.Model):
    _inherit = "dingding.app"

    def _jsapi_config(self, url, api_list=(), renew=False):
        """Return the argument of ``dd.config`` for a page of this Odoo.

        https://open.dingtalk.com/document/development/jsapi-authentication

        :param str url: address of the page in the browser, with its query; ``#...`` is
            ignored
        :param api_list: names of calls without ``dd.``
        :param bool renew: DingTalk refused a signature with the stored ticket; at most
            one new ticket is requested per minute
        :raise ValueError: the page belongs to another site
        :raise DingTalkError: there is no ticket
        :rtype: dict
        """
        self.ensure_one()
        address = self.env["dingding.jsapi"]._own_address(url)
        if address is None:
            raise ValueError("no page of this site")
        client = self._dingtalk_client(feature="inside", max_wait=PATIENCE)
        if renew:
            self._renew_jsapi_ticket(client)
        return client.jsapi.config(address, api_list)

    def _renew_jsapi_ticket(self, client):
        """Request a new ticket from DingTalk unless one was requested recently."""
        ticket = self.sudo().token_ids.filtered(lambda row: row.kind == "jsapi")
        age = ticket.renewed_at and (
            utc.now() - fields.Datetime.from_string(ticket.renewed_at)
        )
        if age and age.total_seconds() > TICKET_SECONDS:
            client.jsapi.ticket(refused=client.jsapi.ticket())
