# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Provide tickets and signatures for pages inside DingTalk."""

import binascii
import os

from .. import signing, tokens
from ..tokens import Token
from .auth import _lifetime
from .base import Area, need


class Jsapi(Area):
    """Ticket and signature for pages inside DingTalk."""

    def ticket(self, refused=None):
        """Return the ticket of the application, cached like a token.

        https://open.dingtalk.com/document/development/create-a-jsapi-ticket

        :param str refused: a ticket that DingTalk has refused
        :rtype: str
        """
        store = self._client.tokens
        if refused is None:
            token = store.get(tokens.JSAPI)
            if token is not None:
                return token.value
        return store.renew(tokens.JSAPI, self.fetch_ticket, refused).value

    def fetch_ticket(self):
        """Fetch a ticket from DingTalk, bypassing the store.

        https://open.dingtalk.com/document/development/create-a-jsapi-ticket

        :rtype: Token
        """
        payload = self._client.api("POST", "/v1.0/oauth2/jsapiTickets")
        value = need(payload, "jsapiTicket", str)
        return Token(value, self._client.now() + _lifetime(payload, "expireIn"))

    def config(self, url, js_api_list=(), algorithm=signing.JSAPI_ALGORITHM):
        """Return the argument of ``dd.config`` for a page.

        https://open.dingtalk.com/document/development/jsapi-authentication

        :param str url: address of the page as the browser has it, without ``#...``
        :param js_api_list: names without ``dd.``
        :param str algorithm: ``sha256`` or ``sha1``
        :rtype: dict
        """
        credential = self._client.credential
        nonce = binascii.hexlify(os.urandom(8)).decode("ascii")
        timestamp = str(int(self._client.now() * 1000))
        return {
            "agentId": str(credential.agent_id or ""),
            "corpId": credential.corp_id or "",
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "signature": signing.jsapi_signature(
                self.ticket(), nonce, timestamp, url, algorithm
            ),
            "type": 0,
            "jsApiList": list(js_api_list),
        }
