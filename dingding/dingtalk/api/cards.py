# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Interactive cards: create, deliver and update them, and look at their templates."""

from .. import signing
from ..errors import (
    ApiError,
    InvalidArgumentError,
    NotFoundError,
    argument_error,
    register as register_codes,
)
from .base import Area, given, identifier, listed, need, succeeded, text, truth

MAX_OUT_TRACK_ID = 100  # characters
MAX_KEY = 100  # bytes
MAX_VALUE = 1024  # bytes; an older page allows 100 KB for all values together
MAX_SPACES = 1000  # characters of all spaces together
STREAM, HTTP = "STREAM", "HTTP"
BY_USERID = 1
#: Topics of Stream mode.
PRESSED = "/v1.0/card/instances/callback"
ASKED = "/v1.0/card/dynamicData/get"

_INSTANCES = "/v1.0/card/instances"

REMEDIES = (
    "card_template",
    "card_content",
)


class CardExistsError(ApiError):
    """The ``outTrackId`` was used before; the card with it was not changed."""


class CardGoneError(NotFoundError):
    """There is no card with this ``outTrackId``."""


class CardContentError(InvalidArgumentError):
    """DingTalk's content check refuses a text of the card."""

    remedy = "card_content"


class CardTemplateError(InvalidArgumentError):
    """The template does not exist, is not published, or has other variables."""

    remedy = "card_template"


class NotDeliveredError(ApiError):
    """The card exists, but did not reach its recipient."""


register_codes(CardExistsError, "param.cardAlreadyExist")
register_codes(CardGoneError, "param.cardNotExist")
register_codes(CardContentError, "param.contentUnsafe")
register_codes(
    CardTemplateError,
    "param.templateNotExist param.templateUnpublished param.cardTemplateIdEmpty "
    "template.not.exist",
)


def robot_space(userid):
    """Return the id of the chat between a person and the application's robot."""
    return "dtv1.card//IM_ROBOT.%s" % identifier(userid, "userid")


def group_space(conversation_id):
    """Return the id of a group with the application's robot."""
    return "dtv1.card//IM_GROUP.%s" % identifier(conversation_id, "conversation_id")


def values_map(values):
    """Return the values of a card, checked against DingTalk's limits.

    :param dict values: variable of the template -> text
    :raise InvalidArgumentError: not a text, or too long
    """
    for name, value in values.items():
        if not isinstance(value, str):
            raise argument_error("%s: a card's values are texts" % name, argument=name)
        for what, each, limit in (
            ("name", name, MAX_KEY), ("value", value, MAX_VALUE),
        ):
            length = len(each.encode("utf-8"))
            if length > limit:
                raise argument_error(
                    "%s: the %s has %d bytes, %d are allowed"
                    % (name[:MAX_KEY], what, length, limit),
                    argument=name[:MAX_KEY], length=length, limit=limit,
                )
    return dict(values)


def signature(secret, timestamp):
    """Return the signature of a callback over HTTP.

    https://open.dingtalk.com/document/development/event-callback-card

    :param str secret: the ``apiSecret`` of the registration
    :param str timestamp: header ``x-ddpaas-signature-timestamp``
    """
    return signing.sns_signature(secret, timestamp)


class Cards(Area):
    """Cards that people can act on in their chats."""

    def create_and_deliver(
        self, template, out_track_id, userid, robot_code, values, private=None,
        callback=STREAM, route_key=None, data_source=None, summary=None, group=None,
    ):
        """Send a card to one person, in the chat with the robot, or to a group.

        https://open.dingtalk.com/document/development/create-and-deliver-cards

        An ``outTrackId`` works once, so repeating the call sends no second card.

        :param str template: ID in the card platform
        :param str out_track_id: our ID of the card, up to 100 characters
        :param str userid: of the recipient; with a group, of the person that private
            values are for
        :param str robot_code: AppKey of the application
        :param dict values: variable -> text of up to 1024 bytes, see
            :func:`values_map`
        :param dict private: the same for private variables, of the recipient
        :param str callback: :data:`STREAM` or :data:`HTTP`, fixed for the card
        :param str route_key: of the registered address, for HTTP
        :param str data_source: ID of a source that is asked when the card is shown
        :param dict summary: language, such as ``ZH_CN`` -> line in the list of chats
        :param str group: openConversationId of the group that gets it in place of the
            person; the robot must be in it
        :raise CardExistsError: the ``out_track_id`` has been used
        :raise CardTemplateError: template missing or not published
        :raise CardContentError: a text was refused
        :raise NotDeliveredError: accepted, but not delivered
        """
        name = "imGroupOpen" if group else "imRobotOpen"
        space = group_space(group) if group else robot_space(userid)
        body = given(
            cardTemplateId=identifier(template, "template"),
            outTrackId=text(out_track_id, "out_track_id", MAX_OUT_TRACK_ID),
            openSpaceId=text(space, "userid", MAX_SPACES),
            callbackType=callback,
            callbackRouteKey=route_key if callback == HTTP else None,
            cardData={"cardParamMap": values_map(values)},
            privateData={userid: {"cardParamMap": values_map(private)}}
            if private else None,
            userIdType=BY_USERID,
            openDynamicDataConfig=_source(data_source),
        )
        body[name + "SpaceModel"] = given(
            supportForward=False, lastMessageI18n=summary or None)
        body[name + "DeliverModel"] = given(
            spaceType=None if group else "IM_ROBOT",
            robotCode=identifier(robot_code, "robot_code"),
        )
        answer = self._client.api("POST", _INSTANCES + "/createAndDeliver", body)
        self._check_delivered(answer)

    def create_only(self, template, out_track_id, values):
        """Create a card that nobody gets, which shows whether the template works.

        https://open.dingtalk.com/document/development/interface-for-creating-a-card-instance

        :raise CardTemplateError: template missing or not published
        """
        self._client.api(
            "POST", _INSTANCES,
            {
                "cardTemplateId": identifier(template, "template"),
                "outTrackId": text(out_track_id, "out_track_id", MAX_OUT_TRACK_ID),
                "callbackType": STREAM,
                "cardData": {"cardParamMap": values_map(values)},
            },
        )

    @staticmethod
    def _check_delivered(answer):
        """Check the result of each space: HTTP 200 does not mean delivered."""
        result = need(answer, "result", dict)
        rows = [each for each in listed(result.get("deliverResults"))
                if isinstance(each, dict)]
        failed = [each for each in rows if not truth(each.get("success"))]
        if failed or not rows:
            said = failed[0].get("errorMsg") if failed else None
            raise NotDeliveredError(
                "not_delivered",
                str(said or "the answer names nobody who got the card"),
            )

    def update(self, out_track_id, values=None, userid=None, private=None):
        """Change some values of a card; the others stay.

        https://open.dingtalk.com/document/development/interactive-card-update-interface

        :param dict values: for everybody who sees the card
        :param dict private: for the person ``userid`` only
        :raise CardGoneError: there is no such card
        :raise CardContentError: a text was refused
        """
        body = {
            "outTrackId": text(out_track_id, "out_track_id", MAX_OUT_TRACK_ID),
            "userIdType": BY_USERID,
            "cardUpdateOptions": {
                "updateCardDataByKey": True, "updatePrivateDataByKey": True,
            },
        }
        if values:
            body["cardData"] = {"cardParamMap": values_map(values)}
        if private:
            body["privateData"] = {
                identifier(userid, "userid"): {"cardParamMap": values_map(private)}
            }
        if len(body) == 3:
            raise argument_error("an update without values")
        succeeded(self._client.api("PUT", _INSTANCES, body))

    def stream(self, out_track_id, guid, name, content, final=False):
        """Show a text in a card while it is being written.

        https://open.dingtalk.com/document/development/api-streamingupdate

        Permission ``Card.Streaming.Write``. The template's variable must be a markdown
        that streams. Repeating the call with the same ``guid`` changes nothing.

        :param str guid: ID of this update
        :param str name: variable of the template
        :param str content: all of the text up to now
        :param bool final: nothing follows
        :raise CardGoneError: there is no such card
        :raise CardContentError: the text was refused
        """
        succeeded(self._client.api(
            "PUT", "/v1.0/card/streaming",
            {
                "outTrackId": text(out_track_id, "out_track_id", MAX_OUT_TRACK_ID),
                "guid": text(guid, "guid"),
                "key": text(name, "name", MAX_KEY),
                "content": text(content, "content"),
                "isFull": True,
                "isFinalize": bool(final),
                "isError": False,
            },
        ))

    def register_callback(self, route_key, url, secret):
        """Register the address that HTTP callbacks go to, replacing the earlier one.

        https://open.dingtalk.com/document/development/register-card-callback-address

        :param str route_key: name of the registration; cards refer to it
        :param str secret: key of the callbacks' signatures
        """
        self._client.api(
            "POST", "/v1.0/card/callbacks/register",
            {
                "callbackRouteKey": text(route_key, "route_key"),
                "callbackUrl": text(url, "url"),
                "apiSecret": text(secret, "secret"),
                "forceUpdate": True,
            },
        )

    def template(self, template):
        """Return what DingTalk says about a template.

        https://open.dingtalk.com/document/development/card-template-building-and-publishing

        :return: dict with ``status`` and ``variables``, a set of names; None for what
            the answer does not contain
        :raise CardTemplateError: it does not exist
        :raise PermissionDeniedError: the application may not ask
        """
        answer = self._client.api(
            "GET", "/v1.0/card/templates",
            params={"templateId": identifier(template, "template")},
        )
        data = answer.get("data")
        data = data if isinstance(data, dict) else {}
        names = data.get("commonVariableList")
        found = None
        if isinstance(names, list):
            found = {
                str(each.get("name") if isinstance(each, dict) else each)
                for each in names
            }
        status = data.get("status")
        return {
            "status": status if isinstance(status, str) else None,
            "variables": found,
        }


def _source(data_source):
    if not data_source:
        return None
    return {
        "dynamicDataSourceConfigs": [
            {
                "dynamicDataSourceId": data_source,
                "pullConfig": {"pullStrategy": "RENDER"},
            }
        ]
    }
