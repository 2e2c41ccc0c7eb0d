# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Calls of `dd` that ask the person: scan, picture, location, people.

Such a call is answered by a question, which web/static/dd-picker.js shows over the
page; it repeats the call with the answer (`_chosen`, null if cancelled). A setting can
answer for the person.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from typing import Any, Dict, List

from aiohttp import web

from .. import ids
from ..records import ROOT, Call as Counted
from ..web import view
from .desk import desk_of
from .jsapi import (
    GIVEN_UP,
    NO_SUCH_APP,
    Ask,
    Call,
    JsapiError,
    check_configured,
    jsapi,
)

PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,([A-Za-z0-9+/=]+)\Z")
MOST_PICTURE = 20 * 1024 * 1024
MOST_ROWS = 2000  # shown
GPS_OFF = 7  # a guess, as all codes of the phone are
# Places of the phone: name, address, latitude and longitude as in China's maps
# (GCJ-02).
PLACES = [
    ("杭州", "浙江省杭州市余杭区文一西路969号", 30.278894, 120.026221),
    ("上海", "上海市浦东新区世纪大道100号", 31.234837, 121.507702),
    ("北京", "北京市朝阳区望京街10号", 39.996794, 116.481053),
]
EARTH = 6378245.0  # half the long axis of the ellipsoid of GCJ-02, metres
FLAT = 0.00669342162296594323  # its first eccentricity, squared


def chosen(call: Call, kind: str, **question: Any) -> Any:
    """The person's choice.

    :raise Ask: not asked yet
    :raise JsapiError: cancelled
    """
    if "_chosen" not in call.params:
        title = call.params.get("title")
        raise Ask(dict(question, kind=kind, title=title if title else ""))
    if call.params["_chosen"] is None:
        raise JsapiError(GIVEN_UP, "用户取消操作")
    return call.params["_chosen"]


# Codes


@jsapi("biz.util.scan")
def scan(call: Call) -> Any:
    """The code in the setting `jsapi_scan`, else the person's input."""
    check_configured(call, "biz.util.scan")
    return {"text": call.world.setting("jsapi_scan") or str(chosen(call, "scan"))}


# Pictures


def _picture(call: Call, kind: str) -> List[str]:
    """DingTalk's address of the picture, in a list."""
    found = PICTURE.match(str(chosen(call, kind)))
    try:
        content = base64.b64decode(found.group(2), validate=True) if found else b""
    except binascii.Error:
        content = b""
    if not content or len(content) > MOST_PICTURE:
        raise JsapiError(GIVEN_UP, "上传失败")
    assert found is not None
    name = "lADO%s_%s" % (ids.random62(16), found.group(1))
    desk_of(call.world).pictures[name] = (content, "image/" + found.group(1))
    return ["%s/media/%s.jpg" % (call.base, name)]


@jsapi("biz.util.uploadImage")
def upload_image(call: Call) -> Any:
    check_configured(call, "biz.util.uploadImage")
    return _picture(call, "album")


@jsapi("biz.util.uploadImageFromCamera")
def upload_image_from_camera(call: Call) -> Any:
    check_configured(call, "biz.util.uploadImageFromCamera")
    return _picture(call, "camera")


async def media(request: web.Request) -> web.StreamResponse:
    """/media/<name>.jpg: on another host in DingTalk, without a token."""
    world = view.world_of(request)
    world.count(Counted(0, world.now(), request.method, request.path))
    found = desk_of(world).pictures.get(request.match_info["name"])
    if found is None:
        return web.Response(status=404)
    return web.Response(body=found[0], content_type=found[1])


# Places


def standard(latitude: float, longitude: float) -> Any:
    """Convert GCJ-02 to WGS-84."""
    x, y = longitude - 105.0, latitude - 35.0

    def wave(value: float, *of: Any) -> float:
        return sum(
            weight * math.sin(value * math.pi / part) for weight, part in of
        ) * (2.0 / 3.0)

    both = wave(2 * x * 3, (20.0, 1.0)) + wave(2 * x, (20.0, 1.0))
    north = -100.0 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y
    north += 0.2 * math.sqrt(abs(x)) + both
    north += wave(y, (20.0, 1.0), (40.0, 3.0), (160.0, 12.0), (320.0, 30.0))
    east = 300.0 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east += both + wave(x, (20.0, 1.0), (40.0, 3.0), (150.0, 12.0), (300.0, 30.0))
    radians = latitude / 180.0 * math.pi
    part = 1 - FLAT * math.sin(radians) ** 2
    north = north * 180.0 / (EARTH * (1 - FLAT) / (part * math.sqrt(part)) * math.pi)
    east = east * 180.0 / (EARTH / math.sqrt(part) * math.cos(radians) * math.pi)
    return round(latitude - north, 6), round(longitude - east, 6)


def _place(call: Call) -> Any:
    fixed = str(call.world.setting("jsapi_place"))
    if fixed == "off":
        raise JsapiError(GPS_OFF, "定位服务未开启")
    if fixed:
        latitude, longitude, address = (fixed.split(",", 2) + ["", ""])[:3]
        return "", address, float(latitude), float(longitude)
    rows = [
        {"key": str(at), "name": place[0], "note": place[1]}
        for at, place in enumerate(PLACES)
    ]
    answer = chosen(call, "place", rows=rows)
    for row, place in zip(rows, PLACES):
        if answer == [row["key"]]:
            return place
    raise JsapiError(GIVEN_UP, "用户取消操作")


@jsapi("device.geolocation.get")
def geolocation(call: Call) -> Any:
    """`coordinate: 1` is GCJ-02; 0 is WGS-84, and then there is no address."""
    check_configured(call, "device.geolocation.get")
    _name, address, latitude, longitude = _place(call)
    found: Dict[str, Any] = {"accuracy": 30, "netType": "wifi", "operatorType": "CMCC"}
    if call.params.get("coordinate") == 1:
        found.update(latitude=latitude, longitude=longitude)
        if call.params.get("withReGeocode"):
            found.update(address=address, province="", city="", district="", road="")
    else:
        latitude, longitude = standard(latitude, longitude)
        found.update(latitude=latitude, longitude=longitude)
    return found


# People and departments


def _organisation(call: Call) -> Any:
    """The organisation of the call.

    :raise JsapiError: not the person's, or no app of it is named
    """
    corp_id, app_id = call.text("corpId"), str(call.params.get("appId", ""))
    known = [
        app
        for app in call.world.apps.values()
        if app.corp_id == corp_id and str(app.agent_id) == app_id
    ]
    if corp_id != call.container.corp_id or not known:
        raise JsapiError(NO_SUCH_APP, "corpId或appId不正确")
    return call.world.corps[corp_id]


def _departments(org: Any) -> List[Dict[str, Any]]:
    return [
        {
            "key": "d%d" % department.dept_id,
            "name": department.name,
            "note": org.name if department.dept_id == ROOT else "",
        }
        for department in org.departments.values()
    ]


def _picked(call: Call, kind: str, rows: List[Dict[str, Any]]) -> List[str]:
    """Keys of the ticked rows, in order."""
    multiple = bool(call.params.get("multiple"))
    answer = chosen(
        call, kind, rows=rows[:MOST_ROWS], multiple=multiple, searched=True
    )
    answer = answer if isinstance(answer, list) else []
    found = [row["key"] for row in rows if row["key"] in answer]
    return found if multiple else found[:1]


def _department_data(org: Any, keys: List[str]) -> List[Dict[str, Any]]:
    return [
        {
            "id": key[1:],
            "name": org.departments[int(key[1:])].name,
            "number": str(org.direct_count(int(key[1:]))),
        }
        for key in keys
    ]


@jsapi("biz.contact.complexPicker")
def complex_picker(call: Call) -> Any:
    check_configured(call, "biz.contact.complexPicker")
    org = _organisation(call)
    disabled = call.params.get("disabledUsers") or []
    rows = [
        {
            "key": "u" + person.userid,
            "name": person.name,
            "note": org.departments[person.main_dept].name
            if person.main_dept in org.departments
            else "",
        }
        for person in org.people.values()
        if person.userid not in disabled
    ]
    if not call.params.get("responseUserOnly"):
        rows = _departments(org) + rows
    keys = _picked(call, "people", rows)
    people = [org.people[key[1:]] for key in keys if key[0] == "u"]
    departments = _department_data(org, [key for key in keys if key[0] == "d"])
    return {
        "selectedCount": len(keys),
        "users": [
            {"name": person.name, "avatar": person.avatar, "emplId": person.userid}
            for person in people
        ],
        "departments": departments,
    }


@jsapi("biz.contact.departmentsPicker")
def departments_picker(call: Call) -> Any:
    check_configured(call, "biz.contact.departmentsPicker")
    org = _organisation(call)
    keys = _picked(call, "departments", _departments(org))
    found = _department_data(org, keys)
    return {
        "userCount": sum(int(each["number"]) for each in found),
        "departmentsCount": len(found),
        "departments": found,
    }


def add_routes(app: web.Application) -> None:
    app.router.add_get("/media/{name}.jpg", media)
