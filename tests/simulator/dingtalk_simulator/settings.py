# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Settings, with defaults and allowed values.

`docs` is shown by GET /_control/settings?explain=1.
"""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from .checks import FLAG, Check, Wrong, either, maybe, members, real, rows, text, whole

# permission -> meaning, in the words of the developer console
SCOPES: Dict[str, str] = {
    "qyapi_get_department_list": "通讯录部门信息读权限",
    "qyapi_get_department_member": "通讯录部门成员读权限",
    "qyapi_get_member": "成员信息读权限",
    "qyapi_get_member_by_mobile": "根据手机号获取成员基本信息权限",
    "qyapi_manage_addresslist": "维护通讯录的接口访问权限",
    "qyapi_addresslist_search": "通讯录搜索权限",
    "qyapi_liveness_base": "活跃度基础权限",
    "qyapi_robot_sendmsg": "企业内机器人发送消息权限",
    "qyapi_chat_manage": "群基础信息管理权限",
    "qyapi_chat_read": "钉钉群基础信息读权限",
    "Contact.User.Read": "通讯录个人信息读权限",
    "Contact.User.mobile": "个人手机号信息",
    "qyapi_aflow": "审批流数据管理权限",
    "Workflow.Form.Read": "工作流模板读权限",
    "Workflow.Form.Write": "工作流模板写权限",
    "Workflow.Instance.Read": "工作流实例读权限",
    "Workflow.Instance.Write": "工作流实例写权限",
    "Storage.UploadInfo.Read": "企业存储文件上传信息读权限",
    "Storage.File.Write": "企业存储文件写权限",
    # DingTalk names no permission for it; the simulator needs one to refuse it.
    "Meter.Usage.Read": "开放平台资源用量读权限",
    "Card.Instance.Write": "互动卡片实例写权限",
    "Card.Streaming.Write": "AI卡片流式更新权限",
    # The SDK has the call, and no page names a permission for it.
    "Card.Template.Read": "卡片模板读权限",
    "qyapi_attendance_group_manage": "考勤组管理权限",
    "qyapi_hrm_read_user": "智能人事花名册读权限",
    "qyapi_hrm_manager": "智能人事花名册管理权限",
    "qyapi_holiday_readonly": "假期信息读权限",
    "qyapi_holiday_manage": "假期信息管理权限",
    "Todo.Todo.Read": "待办应用中待办读权限",
    "Todo.Todo.Write": "待办应用中待办写权限",
    "Todo.PersonalTodo.Write": "个人待办写权限",
    "qyapi_base": "企业基础权限",
    "qyapi_get_attendance_data": "考勤打卡数据读权限",
    "qyapi_attendance_group_read": "考勤组管理读权限",
    "Pro.AttendanceRecord.Write": "考勤打卡记录写权限",
}

# Settings of one app: name -> (default, explanation)
OF_APP: Dict[str, Tuple[Any, str]] = {
    "ip_whitelist": (
        [],
        "addresses, networks or patterns such as 10.1.*; empty: every address may call",
    ),
    "rate_limit": (20, "calls a second for one API; null: no limit"),
    "scopes": (sorted(SCOPES), "granted API permissions"),
    "contact_scope": (
        {"departments": [1], "users": []},
        "part of the address book that the app may see",
    ),
    "fields": (
        {"mobile": True, "email": True},
        "granted personal fields: mobile numbers; e-mail and other details",
    ),
    "new_app": (
        False,
        "true: the app is too new for the address book APIs of the history pages",
    ),
    "stream_events": (
        None,
        "events ticked in the console for Streams; null: all of them",
    ),
    "unauthorized_corp": (
        False,
        "true: /v1.0/oauth2/{corpId}/token answers unauthorized.client",
    ),
    "approvals_oapi_only": (
        False,
        "true: the app was never granted approvals of the new family",
    ),
}

# Settings of the whole simulator
OF_WORLD: Dict[str, Tuple[Any, str]] = {
    "clock_offset": (0, "seconds that the server's clock is ahead of this machine"),
    "latency": (0, "milliseconds that every answer is held back"),
    "request_ip": (
        None,
        "address that the calls seem to come from; null: the real one",
    ),
    "user_not_found_code": (
        60121,
        "of topapi/v2/user/get and delete: 60121 (seen live) or 33012 (documented)",
    ),
    "list_unknown_dept_code": (
        60003,
        "of topapi/v2/user/list: 60003, or 60019, the only one on its page",
    ),
    "permission_error_style": (
        "wrapped",
        "wrapped: errcode 88 around 60011; bare: errcode 60011",
    ),
    "ip_error_style": (
        "wrapped",
        "wrapped: errcode 88 around 60020; bare: errcode 60020",
    ),
    "ban": (
        {"calls": 10000, "seconds": 20, "for": 300, "answer": "json"},
        "so many calls of an address in seconds ban it; answer json or html; null: no",
    ),
    "monthly_quota": (
        None,
        "calls a month and organisation of APIs that are not exempt; null: no limit",
    ),
    "monthly_pushes": (
        None,
        "pushes a month and organisation of events that are not exempt; after these no "
        "more come; null: no limit",
    ),
    "dept_user_order": (
        "desc",
        "custom order of people in a department: desc (larger number first) or asc",
    ),
    "foreign_mobile": (
        "prefixed",
        "how foreign numbers are read: prefixed (+49-170...) or plain",
    ),
    "max_userids": (100, "people that one work notification may name"),
    "max_dept_ids": (20, "departments that one work notification may name"),
    "daily_per_user": (500, "work notifications of one app to one person on one day"),
    "per_minute": (5000, "recipients of one app in one minute"),
    "recipients_per_call": (5000, "people that one call may reach"),
    "to_all_per_day": (3, "notifications to everybody on one day"),
    "drop_duplicates": (True, "the same content reaches a person once a day"),
    "delivery_delay": (0, "seconds until a work notification shows on the phone"),
    "check_media": (True, "messages must name an uploaded media_id"),
    "invite_new_people": (
        False,
        "true: user/create answers 40103, the person has to accept first",
    ),
    "hr_managed": (
        False,
        "true: user/update answers 12150, smart HR manages positions",
    ),
    "large_task_result": (
        "timeout",
        "getsendresult for more than 100 people: timeout (errcode 15) or 41052",
    ),
    "progress_window": (
        7 * 24,
        "hours that getsendprogress knows a task: 168 or 24, the page says both",
    ),
    "media_limits": (
        "documented",
        "documented (20 MB images and files) or short (1 and 10 MB)",
    ),
    "robot_unknown_token_code": (
        300005,
        "of robot/send: 300005 (live), 300001 (older) or 400101 (documented)",
    ),
    "robot_too_fast_code": (
        130101,
        "of robot/send: 130101, 660026 (live) or 410100 (documented)",
    ),
    "robot_error_text": (
        "short",
        "short, long (with a link, 2019) or description (2022)",
    ),
    "robot_published": (
        True,
        "false: the robot is not published, so messages lack senderStaffId",
    ),
    "oto_userids": (
        20,
        "people that one robot message may name: 20 or 100, the page says both",
    ),
    "sns_signature": (
        "timestamp",
        "timestamp: only that is signed; both: timestamp+secret is taken too",
    ),
    "bad_corp_error": (
        "live",
        "oauth2/{corpId}/token, unknown corpId: live (500 unknownError) or documented",
    ),
    "expired_user_token_code": (
        "InvalidAuthentication",
        "of an expired user token: or accesstoken.expired",
    ),
    "user_not_member_code": (60121, "of topapi/v2/user/getbymobile: 60121 or 40104"),
    "oauth_code_seconds": (300, "life of a code of the OAuth2 page; no page says it"),
    "sns_code_seconds": (300, "life of a code of the classic page; no page says it"),
    "inside_code_seconds": (300, "life of a code of requestAuthCode"),
    "qr_seconds": (120, "seconds that a QR code of the sign-in pages can be scanned"),
    "oauth_callback": (
        "both",
        "the redirect carries authCode and code (both), or only authCode (older)",
    ),
    "oauth_members_only": (
        True,
        "internal apps let in their own organisation's people only; false: anybody",
    ),
    "redirect_strict": (
        False,
        "true: also addresses of this machine must be registered for sign-in",
    ),
    "login_script": (
        "ok",
        "scripts of sign-in widgets and JSAPI: ok, missing (404), error (500) or hang",
    ),
    "widget_callbacks": (1, "how often the widget reports one sign-in: 1, or 2 (seen)"),
    "widget_error": (
        "text",
        "what the widget hands to its error callback: text or object, both were seen",
    ),
    "jsapi_domains": (
        "any",
        "requestAuthCode: any page gets codes; strict: only of hosts of home pages",
    ),
    "jsapi_scan": (
        "",
        "what the camera sees when a page scans a code; nothing: the person is asked",
    ),
    "jsapi_place": (
        "",
        "where the phone is: latitude,longitude,address (GCJ-02); off: it does not "
        "know; nothing: the person is asked",
    ),
    "jsapi_refused": (
        [],
        "calls of dd that are refused although the page had them signed",
    ),
    "event_time_scale": (
        1,
        "factor on all waiting times of events, so that tests need not wait",
    ),
    "event_batch": (
        0,
        "seconds over which changes of people and departments become one event",
    ),
    "modify_after_add": (
        False,
        "true: user_modify_org follows each user_add_org, as was often seen",
    ),
    "payload_style": (
        "classic",
        "names in pushed events: classic (captured) or new (documented)",
    ),
    "callback_timeout": (
        1500,
        "milliseconds that a push may take: 1200, 1500 or 2500, the pages say all",
    ),
    "callback_retries": ([10, 30], "seconds before each further try of a push"),
    "callback_parameter_names": (
        "both",
        "of the signature: both (seen), signature or msg_signature",
    ),
    "callback_update_checks": (
        True,
        "update_call_back tries the address first; no page says it",
    ),
    "callback_forbidden_hosts": ([], "hosts that register_call_back refuses (71013)"),
    "failed_list_delay": (
        180,
        "seconds until an event that could not be pushed is in the failed list",
    ),
    "failed_page_size": (200, "events that one call of the failed list returns"),
    "stream_ticket_seconds": (90, "life of a ticket"),
    "stream_ping_seconds": (30, "seconds between pings of a Stream"),
    "stream_connection_seconds": (
        None,
        "seconds until a Stream is told to go; null: no limit",
    ),
    "stream_redelivery": (
        [10, 30, 60, 120],
        "seconds that each sending of an event waits for its acknowledgement",
    ),
    "chat_session_seconds": (
        5400,
        "life of a sessionWebhook; DingTalk documents none, reports differ",
    ),
    "unsafe_words": (
        [],
        "a robot's answer with one of these words fails DingTalk's content check",
    ),
    "robot_flow_controlled": (
        [],
        "userids who get no more messages of robots for now; the answer lists them",
    ),
    "card_value_bytes": (
        1024,
        "bytes of a value of a card, as its page says; null: an older page allows more",
    ),
    "card_unsafe_words": (
        ["违禁词"],
        "texts of cards with one of these are refused by the content check",
    ),
    "card_redelivery": (
        [],
        "seconds after which an unanswered callback of a card over HTTP comes again; "
        "no page says whether it does",
    ),
    "stream_callback_redelivery": (
        [],
        "seconds after which an unanswered callback (robot, card) comes again; the "
        "protocol says never, logs of others 16 and 60",
    ),
    "stream_failures_listed": (
        False,
        "true: events that no Stream took are in the failed list",
    ),
    "event_order": (
        "in_order",
        "in_order, or random: each push waits up to event_shuffle_seconds",
    ),
    "event_shuffle_seconds": (1, "longest wait of a push in random order"),
    "event_lose": (0, "share of events that nobody is told, 0 to 1"),
    "event_double": (0, "share of events that are pushed twice, 0 to 1"),
    "event_seed": (
        1,
        "of the dice that lose, double and shuffle; a new one begins anew",
    ),
    "approvals_withdraw_seconds": (
        15,
        "age that an instance must have to be withdrawn",
    ),
    "approvals_dept_check": (
        True,
        "the originator must be a direct member of the department of the instance",
    ),
    "approvals_most_ids": (
        10000,
        "ids of instances that all pages of a list together may have",
    ),
    "approvals_unknown_component": (
        True,
        "true: a value without a component is refused; false: it is left out",
    ),
    "approvals_server_files": (
        True,
        "files put into the space by API may be in forms; the pages say both",
    ),
    "approvals_approver_ids": (
        "api",
        "which instances name their approvers: api, manual or both; the pages say all",
    ),
    "approvals_form_values_limit": (
        64 * 1024,
        "bytes of form values above which an event says formValuesOmitted",
    ),
    "approvals_event_values": (
        False,
        "true: events of instances carry formValueVOS, as those of third-party apps",
    ),
}

# Settings with a few values, offered by the console
CHOICES: Dict[str, List[Any]] = {
    "user_not_found_code": [60121, 33012],
    "user_not_member_code": [60121, 40104],
    "permission_error_style": ["wrapped", "bare"],
    "ip_error_style": ["wrapped", "bare"],
    "dept_user_order": ["desc", "asc"],
    "foreign_mobile": ["prefixed", "plain"],
    "large_task_result": ["timeout", "41052"],
    "progress_window": [168, 24],
    "media_limits": ["documented", "short"],
    "robot_unknown_token_code": [300005, 300001, 400101],
    "robot_too_fast_code": [130101, 660026, 410100],
    "robot_error_text": ["short", "long", "description"],
    "oto_userids": [20, 100],
    "sns_signature": ["timestamp", "both"],
    "oauth_callback": ["both", "authCode"],
    "login_script": ["ok", "missing", "error", "hang"],
    "widget_callbacks": [1, 2],
    "widget_error": ["text", "object"],
    "jsapi_domains": ["any", "strict"],
    "bad_corp_error": ["live", "documented"],
    "payload_style": ["classic", "new"],
    "callback_timeout": [1200, 1500, 2500],
    "callback_parameter_names": ["both", "signature", "msg_signature"],
    "event_order": ["in_order", "random"],
    "approvals_approver_ids": ["api", "manual", "both"],
}

_NAMES = rows(text())
_SECONDS = real(0, 10**9)
_COUNT = whole(0, 10**9)
_IDS = rows(either(whole(), text(like=r"\d{1,18}\Z")))
# Checks of the others; by default of the default's kind.
_KINDS: Dict[str, Check] = {
    "ip_whitelist": _NAMES,
    "rate_limit": maybe(_COUNT),
    "scopes": _NAMES,
    "contact_scope": members(_only=True, departments=_IDS, users=_NAMES),
    "fields": members(_only=True, mobile=FLAG, email=FLAG),
    "stream_events": maybe(_NAMES),
    "clock_offset": real(-(10**9), 10**9),
    "latency": real(0, 10**6),
    "request_ip": maybe(text()),
    "ban": maybe(
        members(
            ("calls", "seconds", "for"),
            _only=True,
            **{
                "calls": _COUNT,
                "seconds": _SECONDS,
                "for": _SECONDS,
                "answer": text(among=("json", "html")),
            }
        )
    ),
    "monthly_quota": maybe(_COUNT),
    "monthly_pushes": maybe(_COUNT),
    "daily_per_user": maybe(_COUNT),
    "per_minute": maybe(_COUNT),
    "progress_window": _SECONDS,
    "oto_userids": _COUNT,
    "callback_timeout": real(1, 10**6),
    "widget_callbacks": whole(1, 10),
    "large_task_result": either(
        whole(among=(41052,)), text(among=("timeout", "41052"))
    ),
    "jsapi_refused": _NAMES,
    "callback_forbidden_hosts": _NAMES,
    "callback_retries": rows(_SECONDS, most=100),
    "stream_redelivery": rows(_SECONDS, most=100),
    "card_value_bytes": maybe(whole(1)),
    "card_unsafe_words": rows(text(least=1)),
    "card_redelivery": rows(_SECONDS, most=100),
    "stream_callback_redelivery": rows(_SECONDS, most=100),
    "chat_session_seconds": _SECONDS,
    "unsafe_words": _NAMES,
    "robot_flow_controlled": _NAMES,
    "stream_ping_seconds": real(0.01, 10**9),
    "stream_connection_seconds": maybe(_SECONDS),
    "event_lose": real(0, 1),
    "event_double": real(0, 1),
    "event_seed": whole(),
    "expired_user_token_code": text(
        among=("InvalidAuthentication", "accesstoken.expired")
    ),
}


def _kind(name: str) -> Check:
    if name in _KINDS:
        return _KINDS[name]
    if name in CHOICES:
        numbers = [each for each in CHOICES[name] if isinstance(each, int)]
        return whole(among=numbers) if numbers else text(among=CHOICES[name])
    default = dict(OF_WORLD, **OF_APP)[name][0]
    if isinstance(default, bool):
        return FLAG
    if isinstance(default, int):
        return _COUNT if name.startswith(("max_", "failed_page")) else _SECONDS
    return text()


KINDS: Dict[str, Check] = {name: _kind(name) for name in dict(OF_WORLD, **OF_APP)}


def check(name: str, value: Any) -> None:
    """:raise KeyError: no such setting
    :raise Wrong: it cannot be that
    """
    KINDS[name](value, name)


__all__ = ["CHOICES", "KINDS", "OF_APP", "OF_WORLD", "SCOPES", "Wrong", "check"]
