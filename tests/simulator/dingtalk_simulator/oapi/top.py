# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The older entrance to topapi, for older clients: Taobao's gateway
`eco.taobao.com/router/rest`.

`?method=dingtalk.oapi.v2.user.get&session=TOKEN&...` is `/topapi/v2/user/get`; the
answer is wrapped in `{"dingtalk_oapi_v2_user_get_response": {...}}`.
"""

from __future__ import annotations

from typing import Any, Dict

from .. import parameters
from ..endpoints import ROUTES, Call, oapi
from ..errors import OapiError, finish_oapi
from ..params import Params

# Methods older than their topapi path; they answer under `result`.
OLDER = {
    "dingtalk.corp.message.corpconversation."
    + name: ("/topapi/message/corpconversation/" + name)
    for name in ("getsendprogress", "getsendresult")
}


def _error(
    code: int, text: str, sub_code: str = "", sub_text: str = ""
) -> Dict[str, Any]:
    found: Dict[str, Any] = {"code": code, "msg": text}
    if sub_code:
        found["sub_code"], found["sub_msg"] = sub_code, sub_text
    return {"error_response": found}


@oapi("GET|POST", "/router/rest", token="none", envelope=False)
def rest(call: Call) -> Dict[str, Any]:
    params = dict(call.params.query, **call.params.body)
    method, session = str(params.pop("method", "")), str(params.pop("session", ""))
    path = OLDER.get(method) or method.replace("dingtalk.oapi.", "/topapi/", 1).replace(
        ".", "/"
    )
    endpoint, _variables, _methods = ROUTES.find("POST", path)
    if endpoint is None or not method.startswith("dingtalk."):
        return _error(22, "Invalid method")
    if not session:
        return _error(26, "Missing session")
    inner = Call(
        call.world,
        endpoint,
        Params({}, params, call.params.problem),
        path,
        call.ip,
        fault=call.fault,
        base_url=call.base_url,
        gateway=call.gateway,
    )
    try:
        call.gateway.admit(inner, session)
        call.app = inner.app
        parameters.check(inner)
        answer = endpoint.handler(inner)
    except OapiError as error:
        call.app = inner.app
        _status, payload = error.answer()
        if payload["errcode"] == 88:
            return _error(
                88, "ding talk error", payload["sub_code"], payload["sub_msg"]
            )
        answer = payload
    answer = finish_oapi(path, answer)
    if method in OLDER:
        answer = {
            "result": dict(
                answer,
                success=answer["errcode"] == 0,
                ding_open_errcode=answer["errcode"],
                error_msg=answer["errmsg"],
            )
        }
    return {method.replace(".", "_") + "_response": answer}
