# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Register event callbacks, and fetch undelivered events.

Events ticked in the developer console need only the list of failures.
"""

import re

from ..errors import argument_error
from .base import Area, listed, need, text, truth

_AES_KEY = re.compile(r"[A-Za-z0-9]{43}\Z")


class Callbacks(Area):
    """Event callbacks of the organisation."""

    def register(self, tags, token, aes_key, url):
        """Register the one callback address of the organisation.

        https://open.dingtalk.com/document/development/register-callback-events

        DingTalk first calls the address, which must answer ``check_url`` with an
        encrypted ``success``.

        :param tags: names of events
        :param str token: 6 to 63 characters, for signatures
        :param str aes_key: 43 letters and digits
        :param str url: address that DingTalk can reach
        :raise InvalidArgumentError: already registered (71006), invalid answer from the
            address (71009 ...), an unknown event (71008)
        """
        self._client.oapi(
            "/call_back/register_call_back",
            _registration(tags, token, aes_key, url),
            idempotent=False,
        )

    def update(self, tags, token, aes_key, url):
        """Change the registration; arguments as for :meth:`register`.

        https://open.dingtalk.com/document/development/update-event-interface

        :raise NotFoundError: nothing is registered (71007)
        """
        self._client.oapi(
            "/call_back/update_call_back", _registration(tags, token, aes_key, url)
        )

    def get(self):
        """Return the registration: ``{"tags", "token", "aes_key", "url"}``.

        https://open.dingtalk.com/document/development/query-subscribed-events

        :raise NotFoundError: nothing is registered (71007)
        """
        payload = self._client.oapi("/call_back/get_call_back", method="GET")
        return {
            "tags": listed(payload.get("call_back_tag")),
            "token": need(payload, "token", str),
            "aes_key": need(payload, "aes_key", str),
            "url": need(payload, "url", str),
        }

    def delete(self):
        """Delete the registration.

        https://open.dingtalk.com/document/development/delete-an-event-callback-interface

        :raise NotFoundError: nothing is registered (71007)
        """
        self._client.oapi("/call_back/delete_call_back", method="GET")

    def failed(self):
        """Return events that could not be delivered: (list, whether there are more).

        https://open.dingtalk.com/document/development/list-of-events-where-historical-push-notifications-failed

        At most 200. **Each call deletes what the previous call returned**, so store the
        list first; a lost answer is not retried.

        :return: each ``{"call_back_tag", "event_time", <tag>: {...}}``, time in
            milliseconds
        """
        payload = self._client.oapi(
            "/call_back/get_call_back_failed_result", method="GET", idempotent=False
        )
        return listed(payload.get("failed_list")), truth(payload.get("has_more"))

    def open_stream(self, user_agent, topics=()):
        """Request a Stream mode connection: (endpoint, ticket).

        https://open.dingtalk.com/document/development/develop-stream-mode-push-server

        The ticket is valid for one connection, within 90 seconds.

        :param str user_agent: name and version of the client
        :param topics: topics of callbacks to receive besides the events, such as
            ``/v1.0/im/bot/messages/get``
        :raise BadCredentialsError: wrong AppKey or AppSecret
        """
        credential = self._client.credential
        payload = self._client.api(
            "POST",
            "/v1.0/gateway/connections/open",
            {
                "clientId": credential.app_key,
                "clientSecret": credential.app_secret,
                "subscriptions": [{"type": "EVENT", "topic": "*"}] + [
                    {"type": "CALLBACK", "topic": text(topic, "topics")}
                    for topic in topics
                ],
                "ua": text(user_agent, "user_agent"),
            },
            token=False,
        )
        return need(payload, "endpoint", str), need(payload, "ticket", str)


def _registration(tags, token, aes_key, url):
    tags = [text(tag, "tags") for tag in tags]
    if not tags:
        raise argument_error("tags: none given", argument="tags")
    if not isinstance(token, str) or not 6 <= len(token) <= 63:
        raise argument_error("token: 6 to 63 characters", argument="token")
    if not isinstance(aes_key, str) or not _AES_KEY.match(aes_key):
        raise argument_error("aes_key: 43 letters and digits", argument="aes_key")
    if not re.match(r"https?://", text(url, "url")):
        raise argument_error("url: an http or https address", argument="url")
    return {"call_back_tag": tags, "token": token, "aes_key": aes_key, "url": url}
