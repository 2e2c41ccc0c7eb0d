# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Tokens, JSAPI tickets and the app's own scope in the old family."""

from __future__ import annotations

from typing import Any, Dict

from ..endpoints import Call, oapi
from ..errors import OapiError
from ..world import TOKEN_SECONDS


@oapi("GET", "/gettoken", token="none")
def gettoken(call: Call) -> Dict[str, Any]:
    """Both forms: appkey and appsecret, or the older corpid and corpsecret."""
    query, world = call.params.query, call.world
    app_key = query.get("appkey")
    if app_key:
        call.app = world.apps.get(app_key)
        if call.app is None or call.app.app_secret != query.get("appsecret"):
            raise OapiError(40096)
    elif query.get("corpid"):
        call.app = next(
            (
                app
                for app in world.apps.values()
                if app.corp_id == query["corpid"]
                and app.app_secret == query.get("corpsecret")
            ),
            None,
        )
        if call.app is None:
            raise OapiError(40089)
    else:
        raise OapiError(40035, "缺少参数 corpid or appkey")
    token = world.app_token(call.app)
    return {
        "errcode": 0,
        "access_token": token.value,
        "errmsg": "ok",
        "expires_in": TOKEN_SECONDS,
    }


@oapi("GET", "/get_jsapi_ticket")
def get_jsapi_ticket(call: Call) -> Dict[str, Any]:
    ticket = call.world.app_token(call.app, "jsapi")
    return {
        "errcode": 0,
        "ticket": ticket.value,
        "errmsg": "ok",
        "expires_in": int(ticket.expires_at - call.now() + 0.5),
    }


@oapi("GET", "/auth/scopes")
def scopes(call: Call) -> Dict[str, Any]:
    scope, fields = call.setting("contact_scope"), call.setting("fields")
    names = ["userid", "name", "avatar", "dept_id_list", "title", "job_number"]
    names += ["mobile"] if fields.get("mobile") else []
    names += (
        ["email", "org_email", "work_place", "remark", "extension"]
        if fields.get("email")
        else []
    )
    return {
        "errcode": 0,
        "errmsg": "ok",
        "auth_user_field": names,
        "condition_field": [],
        "auth_org_scopes": {
            "authed_user": list(scope.get("users", ())),
            "authed_dept": [int(key) for key in scope.get("departments", ())],
        },
    }
