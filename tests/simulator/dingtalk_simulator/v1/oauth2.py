# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Tokens and tickets in the new family."""

from __future__ import annotations

from typing import Any, Dict

from ..endpoints import Call, api
from ..errors import ApiError
from ..records import App
from ..world import TOKEN_SECONDS


def _missing(name: str) -> ApiError:
    return ApiError("MissingParameter", "缺少参数：%s" % name)


def _app(
    call: Call, key: str, secret: str, code: str = "invalidClientIdOrSecret"
) -> App:
    app = call.world.apps.get(call.params.text(key, required=True, problem=_missing))
    if app is None or app.app_secret != call.params.text(
        secret, required=True, problem=_missing
    ):
        raise ApiError(code)
    call.app = app
    return app


@api("POST", "/v1.0/oauth2/accessToken", token="none")
def access_token(call: Call) -> Dict[str, Any]:
    token = call.world.app_token(_app(call, "appKey", "appSecret"))
    return {"accessToken": token.value, "expireIn": TOKEN_SECONDS}


@api("POST", "/v1.0/oauth2/userAccessToken", token="none")
def user_access_token(call: Call) -> Dict[str, Any]:
    app = _app(call, "clientId", "clientSecret")
    kind = call.params.text("grantType", default="authorization_code")
    if kind == "authorization_code":
        code = call.world.take_code(
            call.params.text("code", required=True, problem=_missing),
            "oauth",
            app.app_key,
        )
        if code is None:
            raise ApiError("invalidParameter.authCode.notFound")
        token = call.world.user_token(code)
    elif kind == "refresh_token":
        refresh = call.params.text("refreshToken", required=True, problem=_missing)
        token = call.world.renew_user_token(refresh, app.app_key)
        if token is None:
            raise ApiError(
                "invalidParameter.refreshToken.notFound", "不合法的refreshToken"
            )
    else:
        raise ApiError("unsupported.grant.type")
    answer = {
        "expireIn": TOKEN_SECONDS,
        "accessToken": token.value,
        "refreshToken": token.refresh,
    }
    if "corpid" in token.scope.split():
        answer["corpId"] = token.corp_id
    return answer


@api("POST", "/v1.0/oauth2/{corpId}/token", token="none")
def token(call: Call) -> Dict[str, Any]:
    documented = call.setting("bad_corp_error") == "documented"
    if call.variables["corpId"] not in call.world.corps:
        raise ApiError("invalid.client") if documented else ApiError("unknownError")
    if (
        call.params.text("grant_type", required=True, problem=_missing)
        != "client_credentials"
    ):
        raise ApiError("unsupported.grant.type")
    app = _app(call, "client_id", "client_secret", "invalid.client")
    if app.corp_id != call.variables["corpId"] or call.world.setting(
        "unauthorized_corp", app
    ):
        raise ApiError("unauthorized.client")
    return {
        "access_token": call.world.app_token(app).value,
        "expires_in": TOKEN_SECONDS,
    }


@api("POST", "/v1.0/oauth2/jsapiTickets")
def jsapi_tickets(call: Call) -> Dict[str, Any]:
    ticket = call.world.app_token(call.app, "jsapi")
    return {
        "jsapiTicket": ticket.value,
        "expireIn": int(ticket.expires_at - call.now() + 0.5),
    }
