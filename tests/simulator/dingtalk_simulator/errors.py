# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The error answers of both API families.

Old family (oapi.dingtalk.com): always HTTP 200, `{"errcode": 60121, "errmsg": "..."}`;
refusals of the gateway before `/topapi/` are wrapped as errcode 88 with `sub_code` and
`sub_msg`. New family (api.dingtalk.com): HTTP 4xx or 5xx, `{"requestid": ..., "code":
"...", "message": "..."}`.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any, Dict, Optional, Tuple
from urllib.parse import quote

from .ids import request_guid, request_id

BEIJING = timezone(timedelta(hours=8))
PLATFORM_LIMIT = 1200  # calls of all apps in a second, as a live 90002 says
# errcode -> errmsg, from the global table of the documentation
OAPI_TEXT: Dict[int, str] = {
    -1: "系统繁忙",
    15: "Remote service error",
    404: "请求的URI地址不存在",
    12150: "修改失败，已开启智能人事职位管理",
    33001: "无效的企业ID",
    33012: "无效的USERID",
    40000: "access_token is blank",
    40001: "获取access_token时Secret错误，或者access_token无效",
    40004: "不合法的媒体文件类型",
    40005: "不合法的文件类型",
    40006: "不合法的文件大小",
    40007: "不合法的媒体文件id",
    40009: "不合法的部门id",
    40011: "无效的顺序",
    40014: "不合法的access_token",
    40022: "企业中的手机号码和登录钉钉的手机号码不一致,暂时不支持修改用户信息,可以删除后重新添加",
    40031: "不合法的userid列表",
    40035: "不合法的参数",
    40056: "不合法的agentid",
    40068: "不合法的偏移量",
    40069: "不合法的分页大小",
    40078: "不存在的临时授权码",
    40087: "不合法的临时授权码",
    40089: "不合法的corpid或corpsecret",
    40091: "不合法的持久授权码",
    40096: "不合法的appKey或appSecret",
    40103: "已发出邀请，对方同意后即可加入组织",
    40104: "企业中无效的手机号",
    41005: "缺少多媒体文件数据",
    41026: "缺少tmp_auth_code",
    41029: "接收者人数超过限制",
    41044: "不允许发送给全员",
    41045: "超出当天发送给全员的次数限制",
    41046: "超出每分钟发送给全员的次数限制",
    41052: "本次发送人数过多,不再返回发送结果",
    42001: "access_token超时",
    43001: "需要GET请求",
    43002: "需要POST请求",
    43004: "无效的HTTP HEADER Content-Type",
    43007: "需要授权",
    43008: "参数需要multipart类型",
    43009: "post参数需要json类型",
    44001: "空白的数据包",
    50002: "请求的员工userid不在授权范围内",
    50004: "请求的部门id不在授权范围内",
    52013: "签名校验失败",
    60001: "不合法的部门名称",
    60002: "部门层级深度超过限制",
    60003: "部门不存在",
    60004: "父亲部门不存在",
    60005: "不允许删除有成员的部门",
    60006: "不允许删除有子部门的部门",
    60007: "不允许删除根部门",
    60009: "部门名称含有非法字符",
    60010: "部门存在循环关系",
    60011: "没有调用该接口的权限",
    60016: "部门id已经存在",
    60018: "不允许更新根部门",
    60019: "从部门查询人员失败",
    60020: "访问ip不在白名单之中",
    60021: "父部门下该部门名称已存在",
    60102: "UserID在公司中已存在",
    60103: "手机号码不合法，如果是国际号码，请使用+xx-xxxxxx的格式",
    60104: "手机号码在公司中已存在",
    60105: "邮箱不合法",
    60106: "邮箱已存在",
    60107: "使用该手机登录钉钉的用户已经在企业中",
    60110: "部门个数超出限制",
    60111: "UserID不存在",
    60112: "用户name不合法",
    60121: "找不到该用户",
    60128: "无效的主管id",
    90002: "您的服务器调用钉钉开放平台当前接口的所有请求都被暂时禁用了",
    90018: "您的企业应用调用钉钉开放平台当前接口的所有请求都被暂时禁用了",
    90020: "您的企业调用钉钉开放平台的接口次数已超过当月限制",
    130101: "send too fast, exceed 20 times per minute",
    300001: "token is not exist",
    300005: "token is not exist",
    310000: "keywords not in content",
    400002: "无效的参数",
    400101: "access_token不存在",
    400102: "机器人已停用",
    400105: "不支持的消息类型",
    410100: "发送速度太快而限流",
    600109: "不合法的可见id列表",
    660026: "sending too many messages per minute",
    853001: "timestamp格式不正确",
    853002: "timestamp已过期",
    853003: "accessKey不合法",
    853004: "signature不正确",
}

# code -> (HTTP status, message)
API_TEXT: Dict[str, Tuple[int, str]] = {
    "InvalidAuthentication": (400, "不合法的access_token"),
    "AuthenticationFailed.MissingParameter": (
        400,
        "缺少参数：x-acs-dingtalk-access-token",
    ),
    "accesstoken.expired": (400, "用户accessToken过期"),
    "invalidClientIdOrSecret": (400, "无效的clientId或者clientSecret"),
    "invalid.client": (400, "无效的client_id或者client_secret"),
    "unsupported.grant.type": (400, "不支持的grant_type"),
    "unauthorized.client": (401, "应用未授权给该企业"),
    "invalidParameter.authCode.notFound": (400, "不合法的临时授权码"),
    "invalidParameter.user.notFound": (404, "找不到该用户"),
    "Missingbody": (400, "body is mandatory for this action."),
    "Forbidden.AccessDenied.AccessTokenPermissionDenied": (
        403,
        "没有调用该接口的权限，接口权限申请参考："
        "https://open.dingtalk.com/document/orgapp-server/add-api-permission",
    ),
    "Forbidden.AccessDenied.IpNotInWhiteList": (403, "访问ip不在白名单之中"),
    "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi": (
        403,
        "您的企业应用调用钉钉开放平台当前接口的所有请求都被暂时禁用了",
    ),
    "Forbidden.AccessDenied.QpsLimitForApi": (
        403,
        "您的服务器调用钉钉开放平台当前接口的所有请求都被暂时禁用了",
    ),
    "Forbidden.AccessDenied.ApiCountLimitForOrg": (
        403,
        "您的企业调用钉钉开放平台的接口次数已超过当月限制",
    ),
    "error.notFound": (404, "接口路径错误 %s"),
    "systemBusy": (500, "系统繁忙"),
    "unknownError": (500, "未知错误"),
}


class CallError(Exception):
    """Raised by a handler to refuse a call."""

    code = ""

    def answer(self) -> Tuple[int, Dict[str, Any]]:
        """HTTP status and JSON body."""
        raise NotImplementedError


class OapiError(CallError):
    """A bare error of the old family.

    `errmsg` replaces the table's text, `extra` adds members.
    """

    def __init__(
        self, errcode: int, errmsg: Optional[str] = None, **extra: Any
    ) -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.errmsg = OAPI_TEXT.get(errcode, "系统错误") if errmsg is None else errmsg
        self.extra = extra
        self.code = str(errcode)

    def answer(self) -> Tuple[int, Dict[str, Any]]:
        return 200, dict({"errcode": self.errcode, "errmsg": self.errmsg}, **self.extra)


class WrappedError(OapiError):
    """An error of the gateway before `/topapi/`: errcode 88 around the real code."""

    def answer(self) -> Tuple[int, Dict[str, Any]]:
        return 200, dict(
            {
                "errcode": 88,
                "sub_code": str(self.errcode),
                "sub_msg": self.errmsg,
                "errmsg": "ding talk error[subcode=%d,submsg=%s]"
                % (self.errcode, self.errmsg),
            },
            **self.extra,
        )


class ApiError(CallError):
    """An error of the new family."""

    def __init__(
        self,
        code: str,
        message: Optional[str] = None,
        status: Optional[int] = None,
        **extra: Any,
    ) -> None:
        super().__init__(code)
        table_status, table_message = API_TEXT.get(code, (400, code))
        self.code = code
        self.message = table_message if message is None else message
        self.status = status or table_status
        self.extra = extra

    def answer(self) -> Tuple[int, Dict[str, Any]]:
        return self.status, dict(
            {"requestid": request_guid(), "code": self.code, "message": self.message},
            **self.extra,
        )


# Refusals of the gateway: kind -> (errcode of the old family, code of the new family)
GATEWAY: Dict[str, Tuple[int, str]] = {
    "missing_token": (40000, "AuthenticationFailed.MissingParameter"),
    "bad_token": (40014, "InvalidAuthentication"),
    "ip": (60020, "Forbidden.AccessDenied.IpNotInWhiteList"),
    "permission": (60011, "Forbidden.AccessDenied.AccessTokenPermissionDenied"),
    "throttled": (90018, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"),
    "throttled_platform": (90002, "Forbidden.AccessDenied.QpsLimitForApi"),
    "quota": (90020, "Forbidden.AccessDenied.ApiCountLimitForOrg"),
    "busy": (-1, "systemBusy"),
}


def refuse(
    kind: str,
    family: str,
    path: str,
    style: str = "wrapped",
    message: Optional[str] = None,
    scopes: Tuple[str, ...] = (),
    app_key: str = "",
    ip: str = "",
    now: Optional[float] = None,
    used: Tuple[int, int] = (0, 0),
) -> CallError:
    """The error that the gateway answers for `kind` (a key of GATEWAY) at `path`.

    Old paths outside `/topapi/` answer bare; inside it `style` decides between errcode
    88 ("wrapped") and "bare", because both were seen. The text names the address for
    `ip`, the permission for `permission`.

    :param now: the moment that 90002 names, by default this machine's
    :param used: calls of this month and their limit, for `quota`
    """
    errcode, code = GATEWAY[kind]
    if family == "v1":
        extra: Dict[str, Any] = {}
        if kind == "permission":
            extra["accessdenieddetail"] = {"requiredScopes": list(scopes)}
        if kind == "ip" and message is None:
            message = "访问ip不在白名单之中,request ip=%s appKey(%s)" % (ip, app_key)
        return ApiError(code, message, **extra)
    topapi = path.startswith("/topapi/")
    if message is None:
        now = time.time() if now is None else now
        message = _oapi_gateway_text(
            kind, path, scopes, app_key, ip, topapi, now, used
        )
    # The page about the monthly quota prints it bare.
    if not topapi or kind in ("busy", "quota"):
        return OapiError(errcode, message)
    if style == "bare":
        return OapiError(errcode, message)
    return WrappedError(errcode, message)


def _clock(at: float) -> str:
    """A moment in Beijing, as in error texts."""
    return datetime.fromtimestamp(at, BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def _oapi_gateway_text(
    kind: str,
    path: str,
    scopes: Tuple[str, ...],
    app_key: str,
    ip: str,
    topapi: bool,
    now: float,
    used: Tuple[int, int],
) -> str:
    if kind == "ip":
        text = "访问ip不在白名单之中,request ip=%s appKey(%s)" % (ip, app_key)
        faq = "请参考FAQ：https://open-doc.dingtalk.com/microapp/faquestions/cvbtph。错误原因："
        return text if topapi else faq + text
    if kind == "permission":
        names = ",".join(scopes)
        return (
            "应用尚未开通所需的权限：[%s]，点击链接申请并开通即可："
            "https://open-dev.dingtalk.com/appscope/apply?content=%s, "
            "{requiredScopes=[%s]}"
            % (names, quote("%s#%s" % (app_key, names), safe=""), names)
        )
    if kind == "throttled_platform":
        name = path.replace("/topapi", "", 1).replace("/", ".")
        return (
            "当前所有钉钉应用调用该接口次数过多，超出了该接口承受的最大qps，"
            "请求被暂时限制了，建议错开整点时刻调用该接口, apiPath(dingtalk.oapi%s), "
            "从 %s 到 %s 请求总次数超过 %d 次, 限制将在 %s 结束."
            % (name, _clock(now), _clock(now), PLATFORM_LIMIT, _clock(now + 1))
        )
    if kind == "quota":
        return (
            "您的企业本月api调用量已超过限制,调用量:%d次,额度:%d次,"
            "请登录开发者后台-资源管理-查看用量明细" % used
        )
    return OAPI_TEXT[GATEWAY[kind][0]]


def finish_oapi(path: str, answer: Dict[str, Any]) -> Dict[str, Any]:
    """Add what every old answer carries: errcode, errmsg, and `request_id` on topapi
    paths.
    """
    if "errcode" not in answer:
        answer = dict({"errcode": 0, "errmsg": "ok"}, **answer)
    if path.startswith("/topapi/") and "request_id" not in answer:
        answer["request_id"] = request_id()
    return answer
