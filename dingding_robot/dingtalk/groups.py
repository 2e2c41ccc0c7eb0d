# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Create, change and read internal groups."""

import collections

from odoo.addons.dingding.dingtalk.api.base import (
    Area,
    given,
    identifier,
    need,
    text,
    truth,
)
from odoo.addons.dingding.dingtalk.client import register
from odoo.addons.dingding.dingtalk.errors import (
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    argument_error,
    register as register_codes,
)
from odoo.addons.dingding.dingtalk.storable import clean

MAX_NAME = 20  # characters
MAX_MEMBERS = 1000
MAX_CHANGE = 40  # people added or removed in one call
INTERNAL = 2  # conversationTag
DISSOLVED = 2  # status

#: A group made by API, as it is in DingTalk. Names and people of a dissolved one may be
#: missing.
#:
#: name       its title
#: owner      userid, maybe of somebody outside the organisation
#: members    userids, also of those whom people added
#: dissolved  whether its owner dissolved it
Group = collections.namedtuple("Group", "name owner members dissolved")


class GroupDissolvedError(NotFoundError):
    """The group's owner has dissolved it; it never comes back."""

    remedy = "group_dissolved"


register_codes(GroupDissolvedError, "group.disbanded")
# The misspelling is DingTalk's.
register_codes(PermissionDeniedError, "permession.checkFailed")
register_codes(InvalidArgumentError, "parameter.invalid")


class Groups(Area):
    """Groups of an organisation. DingTalk can neither list nor delete them."""

    def create_group(self, name, owner, userids):
        """Create an internal group: (chatid, openConversationId).

        https://open.dingtalk.com/document/development/create-common-group-new-version-v2

        Permission ``qyapi_chat_manage``. Unknown results are not repeated.

        :param str name: 1 to 20 characters
        :param str owner: userid within the application's range
        :param userids: members, at most 1000 with the owner
        """
        userids = [identifier(userid, "userids") for userid in userids]
        if not userids or len(set(userids) | {owner}) > MAX_MEMBERS:
            raise argument_error("userids: 1 to %d" % MAX_MEMBERS)
        payload = self._client.api(
            "POST", "/v1.0/im/group/create",
            {
                "name": text(name, "name", MAX_NAME),
                "owner": identifier(owner, "owner"), "useridlist": userids,
                "conversationTag": INTERNAL,
            },
            idempotent=False,
        )
        return need(payload, "chatid", str), need(payload, "openConversationId", str)

    def update(self, chatid, name=None, owner=None, add=(), remove=()):
        """Change a group created by API.

        https://open.dingtalk.com/document/development/update-group-new-version

        Permission ``qyapi_chat_manage``.

        :param str owner: userid of a member
        :param add: userids, at most 40
        :param remove: userids, at most 40; not the owner
        """
        add, remove = list(add), list(remove)
        if len(add) > MAX_CHANGE or len(remove) > MAX_CHANGE:
            raise argument_error("at most %d people at once" % MAX_CHANGE)
        payload = self._client.api(
            "POST", "/v1.0/im/group/update",
            given(
                chatid=text(chatid, "chatid"),
                name=text(name, "name", MAX_NAME) if name else None,
                owner=identifier(owner, "owner") if owner else None,
                add_useridlist=[identifier(each, "add") for each in add] or None,
                del_useridlist=[identifier(each, "remove") for each in remove] or None,
            ),
        )
        return truth(payload.get("success"))

    def get_group(self, chatid):
        """Return a group created by API as :class:`Group`.

        https://open.dingtalk.com/document/development/obtain-a-group-session

        Permission ``qyapi_chat_read``.
        """
        payload = self._client.oapi(
            "chat/get", params={"chatid": text(chatid, "chatid")}, method="GET")
        info = need(payload, "chat_info", dict)
        if info.get("status") == DISSOLVED:
            return Group("", "", [], True)
        members = [clean(each) for each in need(info, "useridlist", list)
                   if isinstance(each, str)]
        name, owner = need(info, "name", str), need(info, "owner", str)
        return Group(clean(name), clean(owner), members, False)


register("groups", Groups)
