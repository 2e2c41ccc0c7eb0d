# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Parse callbacks of cards, which are untrusted. Pure functions.

DingTalk's pages disagree about the parameters' place.
"""
import collections
import hashlib
import json

from odoo.addons.dingding.models.texts import is_text

ACTION, DATA = "actionCallback", "dynamicDataCallback"
LARGEST = 64 * 1024  # bytes of a callback
LONGEST_ID = 100  # characters
LONGEST_INPUT = 2000  # characters
MOST = 20  # parameters

#: A callback.
#:
#: kind      ACTION or DATA
#: card      the outTrackId
#: corp_id   CorpId of the person, or ''
#: userid    UserID of the person
#: action    ID of the pressed button, or ''
#: inputs    name -> text of the card's inputs
#: sources   IDs of the requested data sources
Press = collections.namedtuple(
    "Press", "kind card corp_id userid action inputs sources")


class Unreadable(Exception):
    """A callback is not in DingTalk's format."""


def _identifier(value):
    if isinstance(value, str) and 0 < len(value) <= LONGEST_ID and is_text(value):
        return value
    return ""


def _object(value):
    """Return an object, decoded from JSON text if needed; else an empty one."""
    if isinstance(value, str):
        if len(value) > LARGEST:
            return {}
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def _inputs(params):
    found = {}
    for name, value in params.items():
        if len(found) >= MOST or not _identifier(name):
            continue
        if isinstance(value, dict):
            # Input components return a pair of index and value.
            value = value.get("value")
        if isinstance(value, bool):
            value = "true" if value else "false"
        if isinstance(value, (int, float)):
            value = str(value)
        if isinstance(value, str) and len(value) <= LONGEST_INPUT and is_text(value):
            found[name] = value
    return found


def read(data):
    """Return the :class:`Press` in a callback's data.

    :param data: as decoded from JSON; anything
    :raise Unreadable: it names no card, no person, or is of another kind
    """
    data = _object(data)
    kind = data.get("type")
    kind = ACTION if kind in (None, "") else kind
    card, userid = _identifier(data.get("outTrackId")), _identifier(data.get("userId"))
    if kind not in (ACTION, DATA) or not card or not userid:
        raise Unreadable()
    corp_id = data.get("corpId")
    if corp_id not in (None, "") and not _identifier(corp_id):
        raise Unreadable()
    content = _object(data.get("content")) or _object(data.get("value"))
    inside = _object(content.get("cardPrivateData"))
    params = dict(_object(content.get("params")), **_object(inside.get("params")))
    actions = inside.get("actionIds") or content.get("actionIds")
    action = ""
    if isinstance(actions, list) and actions:
        action = _identifier(actions[0])
    asked = content.get("dynamicDataSourceQueryRequests")
    sources = [
        _identifier(each.get("dynamicDataSourceId"))
        for each in (asked if isinstance(asked, list) else [])[:MOST]
        if isinstance(each, dict)
    ]
    return Press(
        kind, card, corp_id or "", userid, action, _inputs(params),
        [each for each in sources if each],
    )


def key_of(message_id, press):
    """Return the key of a press among those of its card.

    :param str message_id: of the callback; '' if it has none
    """
    parts = [message_id or "", press.userid, press.action]
    text = json.dumps(parts + [press.inputs], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
