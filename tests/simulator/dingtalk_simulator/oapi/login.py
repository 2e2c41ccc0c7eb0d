# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The signed-in person: codes from inside DingTalk and from the classic QR page."""

from __future__ import annotations

from typing import Any, Dict

from .. import ids, signatures
from ..checks import whole_number
from ..endpoints import Call, oapi
from ..errors import OapiError
from ..records import LoginCode, Person
from ..world import TOKEN_SECONDS

CLOCK_TOLERANCE = 60  # seconds


def _person(call: Call, code: LoginCode) -> Person:
    person = call.world.corps[code.corp_id].person(code.userid)
    if person is None:
        raise OapiError(60121)
    return person


def _sys_level(person: Person) -> int:
    return person.admin_level or (100 if person.boss else 0)


def _inside(call: Call) -> Person:
    value = call.params.text(
        "code", required=True, problem=lambda _name: OapiError(40078)
    )
    code = call.world.take_code(value, "inside", call.app.app_key)
    if code is None:
        raise OapiError(40078)
    return _person(call, code)


def _device(call: Call, person: Person) -> str:
    return ids.digest62(32, "device", call.org.corp_id, person.userid).lower()


@oapi("POST", "/topapi/v2/user/getuserinfo")
def getuserinfo_v2(call: Call) -> Dict[str, Any]:
    person = _inside(call)
    return {
        "result": {
            "userid": person.userid,
            "unionid": person.unionid,
            "associated_unionid": ids.digest62(34, "associated", person.human) + "iE",
            "device_id": _device(call, person),
            "name": person.name,
            "sys": bool(person.admin_level),
            "sys_level": _sys_level(person),
        }
    }


@oapi("GET", "/user/getuserinfo")
def getuserinfo(call: Call) -> Dict[str, Any]:
    person = _inside(call)
    return {
        "userid": person.userid,
        "name": person.name,
        "deviceId": _device(call, person),
        "is_sys": bool(person.admin_level),
        "sys_level": _sys_level(person),
    }


@oapi("POST", "/sns/getuserinfo_bycode", token="none")
def getuserinfo_bycode(call: Call) -> Dict[str, Any]:
    """Signed by the app's secret, without a token."""
    query, world = call.params.query, call.world
    timestamp = query.get("timestamp", "")
    moment = whole_number(timestamp)
    if moment is None:
        raise OapiError(853001)
    if abs(world.now() - moment / 1000.0) > CLOCK_TOLERANCE:
        raise OapiError(853002)
    app = world.apps.get(query.get("accessKey", ""))
    if app is None:
        raise OapiError(853003)
    accepted = [signatures.sns(app.app_secret, timestamp)]
    if call.setting("sns_signature") == "both":
        # One page of the documentation signs the secret as well; no known code does.
        accepted.append(signatures.robot(app.app_secret, timestamp))
    if not any(
        signatures.same(query.get("signature", ""), value) for value in accepted
    ):
        raise OapiError(853004)
    call.app = app
    code = world.take_code(
        call.params.text(
            "tmp_auth_code", required=True, problem=lambda _name: OapiError(41026)
        ),
        "sns",
        app.app_key,
    )
    if code is None:
        raise OapiError(40078)
    person = _person(call, code)
    return {
        "user_info": {
            "nick": person.name,
            "unionid": world.corps[app.corp_id].unionid_for(code.corp_id, person),
            "openid": world.openid(app.app_key, person.human),
            "main_org_auth_high_level": True,
        }
    }


# The oldest chain: a token of the sign-in app, a code that is exchanged for a
# persistent one, a token of the person.


def _sns_app(call: Call) -> Any:
    app = call.world.check_token(call.params.query.get("access_token", ""), "sns")
    if app is None:
        raise OapiError(40014)
    call.app = app
    return app


@oapi("GET", "/sns/gettoken", token="none")
def sns_gettoken(call: Call) -> Dict[str, Any]:
    app = call.world.apps.get(call.params.query.get("appid", ""))
    if app is None or app.app_secret != call.params.query.get("appsecret"):
        raise OapiError(40089)
    call.app = app
    return {"access_token": call.world.app_token(app, "sns").value}


@oapi("POST", "/sns/get_persistent_code", token="none")
def sns_persistent_code(call: Call) -> Dict[str, Any]:
    app = _sns_app(call)
    code = call.world.take_code(
        call.params.text("tmp_auth_code", required=True), "sns", app.app_key
    )
    if code is None:
        raise OapiError(40087)
    person = _person(call, code)
    openid = call.world.openid(app.app_key, person.human)
    persistent = ids.digest62(
        64, "persistent", app.app_key, app.app_secret, person.userid
    )
    stored = call.world.extra.setdefault("sns_persistent", {})
    stored[openid] = {
        "code": persistent,
        "corp_id": code.corp_id,
        "userid": code.userid,
    }
    call.world.changed()
    return {"openid": openid, "persistent_code": persistent, "unionid": person.unionid}


@oapi("POST", "/sns/get_sns_token", token="none")
def sns_token(call: Call) -> Dict[str, Any]:
    app = _sns_app(call)
    entry = call.world.extra.get("sns_persistent", {}).get(
        call.params.text("openid", required=True)
    )
    if entry is None or entry["code"] != call.params.text(
        "persistent_code", required=True
    ):
        raise OapiError(40091)
    token = call.world.user_token(
        LoginCode("", "sns", app.app_key, entry["corp_id"], entry["userid"], "sns", 0)
    )
    return {"expires_in": TOKEN_SECONDS, "sns_token": token.value}


@oapi("GET", "/sns/getuserinfo", token="none")
def sns_getuserinfo(call: Call) -> Dict[str, Any]:
    token = call.world.user_tokens.get(call.params.query.get("sns_token", ""))
    if token is None or token.scope != "sns" or token.expires_at <= call.now():
        raise OapiError(40014)
    org = call.world.corps[token.corp_id]
    person = org.person(token.userid)
    if person is None:
        raise OapiError(60121)
    return {
        "user_info": {
            "maskedMobile": person.mobile[:3] + "****" + person.mobile[-4:],
            "nick": person.name,
            "openid": call.world.openid(token.app_key, person.human),
            "unionid": person.unionid,
            "dingId": "$:LWCP_v1:$" + ids.digest62(24, "ding", person.human),
        },
        "corp_info": [
            {
                "corp_name": org.name,
                "is_auth": True,
                "is_manager": bool(person.admin_level),
                "rights_level": 100 if person.admin_level == 1 else 0,
            }
        ],
    }
