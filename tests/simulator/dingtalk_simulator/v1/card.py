# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Interactive cards."""

from __future__ import annotations

from typing import Any, Dict

from ..cards import store
from ..endpoints import Call, api
from ..errors import ApiError

WRITE = "Card.Instance.Write"
STREAM = "Card.Streaming.Write"
READ = "Card.Template.Read"
BASE = "/v1.0/card/instances"
ENVELOPE = (
    "cardTemplateId", "outTrackId", "callbackType", "callbackRouteKey", "openSpaceId",
)
OBJECTS = (
    "cardData", "privateData", "openDynamicDataConfig", "imRobotOpenSpaceModel",
    "imRobotOpenDeliverModel", "imGroupOpenSpaceModel", "imGroupOpenDeliverModel",
    "cardUpdateOptions",
)


def _refused(error: store.Refused) -> ApiError:
    return ApiError("param.%s" % error.code, "参数错误：%s" % error.code)


def _values(call: Call) -> Dict[str, Any]:
    """Members of the call with their types."""
    found: Dict[str, Any] = {}
    for name in ENVELOPE:
        found[name] = call.params.text(name, default="")
    for name in OBJECTS:
        value = call.params.json(name)
        if value is not None and not isinstance(value, dict):
            raise _refused(store.Refused("invalid"))
        found[name] = value
    if call.params.integer("userIdType", default=1) not in (1, 2):
        raise _refused(store.Refused("invalid"))
    return found


def _instance(call: Call, values: Dict[str, Any]) -> Dict[str, Any]:
    return store.create(call.world, call.app, call.org, values)


def _delivered(card: Dict[str, Any], rows: Any) -> Dict[str, Any]:
    return {
        "success": True,
        "result": {"outTrackId": card["out_track_id"], "deliverResults": rows},
    }


@api("POST", BASE + "/createAndDeliver", scope=WRITE, exempt=False)
def create_and_deliver(call: Call) -> Dict[str, Any]:
    values = _values(call)
    try:
        store.check_spaces(call.app, values)
        card = _instance(call, values)
        rows = store.deliver(call.world, call.app, call.org, card, values)
    except store.Refused as error:
        raise _refused(error)
    return _delivered(card, rows)


@api("POST", BASE, scope=WRITE, exempt=False)
def create(call: Call) -> Dict[str, Any]:
    try:
        card = _instance(call, _values(call))
    except store.Refused as error:
        raise _refused(error)
    return {"success": True, "result": card["out_track_id"]}


@api("POST", BASE + "/deliver", scope=WRITE, exempt=False)
def deliver(call: Call) -> Dict[str, Any]:
    values = _values(call)
    try:
        if not values["outTrackId"]:
            raise store.Refused("outTrackIdEmpty")
        store.check_spaces(call.app, values)
        card = store.find(call.world, call.app.app_key, values["outTrackId"])
        rows = store.deliver(call.world, call.app, call.org, card, values)
    except store.Refused as error:
        raise _refused(error)
    return {"success": True, "result": rows}


@api("PUT", BASE, scope=WRITE, exempt=False)
def update(call: Call) -> Dict[str, Any]:
    values = _values(call)
    try:
        if not values["outTrackId"]:
            raise store.Refused("outTrackIdEmpty")
        card = store.find(call.world, call.app.app_key, values["outTrackId"])
        store.update(call.world, call.org, card, values)
    except store.Refused as error:
        raise _refused(error)
    return {"success": True, "result": True}


@api("PUT", "/v1.0/card/streaming", scope=STREAM, exempt=False)
def streaming(call: Call) -> Dict[str, Any]:
    values: Dict[str, Any] = {
        name: call.params.text(name, required=True)
        for name in ("outTrackId", "guid", "key", "content")
    }
    for name in ("isFull", "isFinalize", "isError"):
        values[name] = call.params.boolean(name, default=False)
    try:
        card = store.find(call.world, call.app.app_key, values["outTrackId"])
        store.stream(call.world, card, values)
    except store.Refused as error:
        raise _refused(error)
    return {"success": True, "result": True}


@api("POST", "/v1.0/card/callbacks/register", scope=WRITE, exempt=False)
def register(call: Call) -> Dict[str, Any]:
    key = call.params.text("callbackRouteKey", required=True)
    url = call.params.text("callbackUrl", required=True)
    routes = store.area(call.world)["routes"]
    if key in routes and not call.params.boolean("forceUpdate", default=False):
        raise ApiError("param.callbackRouteKeyExist", "callbackRouteKey已存在", 500)
    secret = call.params.text("apiSecret", default="")
    routes[key] = {"url": url, "secret": secret, "app_key": call.app.app_key}
    call.world.changed()
    return {"success": True, "result": {"callbackUrl": url, "apiSecret": secret}}


@api("GET", "/v1.0/card/templates", scope=READ, exempt=False)
def template(call: Call) -> Dict[str, Any]:
    """In the SDK only: the values of `status` are a guess."""
    template_id = call.params.text("templateId", default="")
    found = store.area(call.world)["templates"].get(template_id)
    if found is None or found["app_key"] not in ("", call.app.app_key):
        raise ApiError("template.not.exist", "模板不存在")
    return {
        "success": True,
        "data": {
            "templateId": template_id,
            "name": found["name"],
            "status": "published" if found["published"] else "unpublished",
            "commonVariableList": [
                {"name": each["name"], "private": each["private"]}
                for each in found["variables"]
            ],
        },
    }
