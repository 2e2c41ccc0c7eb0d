# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""One table classifies all errors, in both families and all spellings."""

import copy
import pickle

import pytest
from dingtalk import errors
from dingtalk.errors import error_from_api, error_from_oapi

WRAPPED = "ding talk error[subcode=%s,submsg=%s]"

OLD = [
    ("40014", errors.InvalidTokenError, "token", False),
    ("500", errors.BusyError, "server_busy", True),
    ("60019", errors.UnexpectedAnswerError, "server_busy", False),
    ("42001", errors.InvalidTokenError, "token", False),
    ("40001", errors.InvalidTokenError, "token", False),
    ("33001", errors.InvalidTokenError, "token", False),
    ("41001", errors.InvalidTokenError, "token", False),
    ("40096", errors.BadCredentialsError, "credentials", False),
    ("40089", errors.BadCredentialsError, "credentials", False),
    ("90018", errors.RateLimitedError, "rate_limit", True),
    ("90002", errors.RateLimitedError, "rate_limit", True),
    ("90019", errors.RateLimitedError, "rate_limit", True),
    ("130101", errors.RateLimitedError, "rate_limit", True),
    ("-1", errors.BusyError, "server_busy", True),
    ("15", errors.BusyError, "server_busy", True),
    ("90020", errors.QuotaExceededError, "quota", False),
    ("60020", errors.IpNotAllowedError, "ip_whitelist", False),
    ("60011", errors.PermissionDeniedError, "permission", False),
    ("43007", errors.PermissionDeniedError, "permission", False),
    ("50002", errors.OutOfScopeError, "out_of_scope", False),
    ("50004", errors.OutOfScopeError, "out_of_scope", False),
    ("60121", errors.NotFoundError, "not_found", False),
    ("33012", errors.NotFoundError, "not_found", False),
    ("40104", errors.NotFoundError, "not_found", False),
    ("60003", errors.NotFoundError, "not_found", False),
    ("40035", errors.InvalidArgumentError, "argument", False),
    ("41", errors.InvalidArgumentError, "argument", False),
    ("40056", errors.InvalidArgumentError, "agent", False),
    ("40078", errors.LoginCodeError, "login_code", False),
    ("987654", errors.ApiError, "unknown", False),
]


@pytest.mark.parametrize("code,kind,remedy,retryable", OLD)
@pytest.mark.parametrize(
    "spelling", ["bare", "text", "sub_code", "subcode", "number", "message"]
)
def test_old_codes(code, kind, remedy, retryable, spelling):
    payload = {
        "bare": {"errcode": int(code), "errmsg": "m", "request_id": "r"},
        "text": {"errcode": code, "errmsg": "m", "request_id": "r"},
        "sub_code": {"errcode": 88, "sub_code": code, "sub_msg": "m", "errmsg": "x"},
        "subcode": {"errcode": 88, "subcode": code, "submsg": "m", "errmsg": "x"},
        "number": {"errcode": "88", "sub_code": int(code), "sub_msg": "m"},
        "message": {"errcode": 88, "errmsg": WRAPPED % (code, "m")},
    }[spelling]
    error = error_from_oapi(payload)
    assert type(error) is kind
    assert (error.code, error.message) == (code, "m")
    assert (error.remedy, error.retryable) == (remedy, retryable)
    assert error.request_id == payload.get("request_id", "")


def test_a_blank_token_is_told_from_another_40000():
    wrapped = {"errcode": 88, "errmsg": WRAPPED % ("40000", "access_token is blank")}
    assert type(error_from_oapi(wrapped)) is errors.InvalidTokenError
    assert type(error_from_oapi({"errcode": 40000, "errmsg": "x"})) is errors.ApiError
    bare = {"errcode": 88, "errmsg": "不合法的access_token"}
    assert type(error_from_oapi(bare)) is errors.InvalidTokenError


FORBIDDEN = "Forbidden.AccessDenied."
NEW = [
    (400, "InvalidAuthentication", errors.InvalidTokenError, False),
    (401, "accesstoken.expired", errors.InvalidTokenError, False),
    (400, "AuthenticationFailed.MissingParameter", errors.InvalidTokenError, False),
    (401, "something.new", errors.InvalidTokenError, False),
    (400, "invalidClientIdOrSecret", errors.BadCredentialsError, False),
    (401, "unauthorized.client", errors.BadCredentialsError, False),
    (401, "authFailed", errors.BadCredentialsError, False),
    (403, FORBIDDEN + "QpsLimitForAppkeyAndApi", errors.RateLimitedError, True),
    (403, FORBIDDEN + "QpsLimitForApi", errors.RateLimitedError, True),
    (403, FORBIDDEN + "QpmLimitForSuitekeyAndOrgAndApi", errors.RateLimitedError, True),
    (429, "system.busy", errors.RateLimitedError, True),
    (429, "systemBusy", errors.RateLimitedError, True),
    (500, "systemBusy", errors.BusyError, True),
    (429, "", errors.RateLimitedError, True),
    (403, FORBIDDEN + "ApiCountLimitForOrg", errors.QuotaExceededError, False),
    (403, FORBIDDEN + "IpNotInWhiteList", errors.IpNotAllowedError, False),
    (
        403,
        FORBIDDEN + "AccessTokenPermissionDenied",
        errors.PermissionDeniedError,
        False,
    ),
    (403, "Forbidden.Something", errors.PermissionDeniedError, False),
    (404, "invalidParameter.user.notFound", errors.NotFoundError, False),
    (400, "staffId.notExisted", errors.NotFoundError, False),
    (400, "robot.oto.notExist", errors.NotFoundError, False),
    (400, "invalidParameter.robotCode.notExsit", errors.NotFoundError, False),
    (400, "invalidParameter.authCode.notFound", errors.LoginCodeError, False),
    (400, "invalidParameter.msgKey.invalid", errors.InvalidArgumentError, False),
    (400, "formConverterError", errors.InvalidArgumentError, False),
    (404, "error.notFound", errors.InvalidArgumentError, False),
    (404, "InvalidAction.NotFound", errors.TransportError, True),
    (404, "", errors.TransportError, True),
    (500, "unknownError", errors.BusyError, True),
    (503, "serviceBusy", errors.BusyError, True),
    (500, "never.seen", errors.BusyError, True),
]


@pytest.mark.parametrize("status,code,kind,retryable", NEW)
def test_new_codes(status, code, kind, retryable):
    payload = {"code": code, "message": "m", "requestid": "R-1"}
    error = error_from_api(payload, status)
    assert type(error) is kind
    assert (error.message, error.request_id, error.retryable) == ("m", "R-1", retryable)
    assert error.code == (code or "HTTP %d" % status)
    assert error.remedy in errors.REMEDIES


def test_whether_it_may_have_been_done():
    assert error_from_api({"code": "unknownError"}, 500).outcome_unknown
    assert error_from_api({"code": "formNotExist"}, 500).outcome_unknown
    assert error_from_oapi({"errcode": -1}).outcome_unknown
    throttled = error_from_oapi({"errcode": 88, "sub_code": "90018"})
    assert not throttled.outcome_unknown
    assert not error_from_api({"code": "QpsLimitForApi"}, 503).outcome_unknown
    assert not error_from_api({"code": "invalidParameter.x"}, 400).outcome_unknown


def test_the_refused_address_is_read_out_of_the_message():
    text = "访问ip不在白名单之中,request ip=14.153.172.241 appKey(ding-example)"
    error = error_from_oapi({"errcode": 88, "errmsg": WRAPPED % ("60020", text)})
    assert error.ip == "14.153.172.241"
    assert error.detail["app_key"] == "ding-example"
    text = "请参考FAQ：https://open-doc.dingtalk.com/x。错误原因：" + text
    assert error_from_oapi({"errcode": 60020, "errmsg": text}).ip == "14.153.172.241"
    v6 = error_from_oapi(
        {"errcode": 60020, "errmsg": "request ip=2001:db8::1 appKey(k)"}
    )
    assert v6.ip == "2001:db8::1"
    assert error_from_oapi({"errcode": 60020, "errmsg": "no"}).ip == ""


APPLY = (
    "应用尚未开通所需的权限：[qyapi_get_member_by_mobile]，点击链接申请并开通即可："
    "https://open-dev.dingtalk.com/appscope/apply?content=dingkey%23"
    "qyapi_get_member_by_mobile"
)


@pytest.mark.parametrize(
    "payload",
    [
        {
            "errcode": 88,
            "errmsg": WRAPPED
            % ("60011", APPLY + ", {requiredScopes=[qyapi_get_member_by_mobile]}"),
        },
        {"errcode": 60011, "errmsg": APPLY},
    ],
)
def test_the_missing_permission_is_read_out_of_the_message(payload):
    error = error_from_oapi(payload)
    assert error.scopes == ["qyapi_get_member_by_mobile"]
    assert error.detail["scope"] == "qyapi_get_member_by_mobile"
    assert error.apply_url == (
        "https://open-dev.dingtalk.com/appscope/apply?content=dingkey%23"
        "qyapi_get_member_by_mobile"
    )


def test_the_missing_permission_of_the_new_family():
    error = error_from_api(
        {
            "code": FORBIDDEN + "AccessTokenPermissionDenied",
            "message": "没有调用该接口的权限，接口权限申请参考：https://open.dingtalk.com/x",
            "accessdenieddetail": {"requiredScopes": ["Contact.User.Read"]},
        },
        403,
    )
    assert error.scopes == ["Contact.User.Read"]
    assert error.apply_url == "https://open.dingtalk.com/x"
    bare = error_from_api({"code": "Forbidden.X", "accessdenieddetail": "?"}, 403)
    assert (bare.scopes, bare.apply_url) == ([], "")


LIMIT = "从 2026-09-03 00:01:02 到 2026-09-03 00:01:02 请求总次数超过 1200 次, 限制将在 %s 结束."
ENDS = 1788364863.0  # 2026-09-03 00:01:03 in Beijing


@pytest.mark.parametrize(
    "now,wait", [(ENDS - 2, 2), (ENDS - 0.2, 1), (ENDS + 500, 1), (0, 3600)]
)
def test_the_end_of_a_limit_is_beijing_time_and_bounded(now, wait):
    payload = {
        "errcode": 88,
        "errmsg": WRAPPED % ("90002", LIMIT % "2026-09-03 00:01:03"),
    }
    error = error_from_oapi(payload, now=now)
    assert error.wait == wait


def test_other_hints_to_wait():
    payload = {
        "errcode": 88,
        "errmsg": WRAPPED % ("90002", LIMIT % "2026-99-99 00:00:00"),
    }
    assert error_from_oapi(payload).wait is None
    headers = {"Retry-After": "7"}
    assert error_from_api({"code": "system.busy"}, 429, headers=headers).wait == 7
    for odd in ("Wed, 21 Oct 2015 07:28:00 GMT", "-5", "1.5", "\u00b2", ""):
        error = error_from_api({"code": "x"}, 429, headers={"Retry-After": odd})
        assert error.wait is None


def test_the_ban():
    error = errors.ban_in(
        {"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": "u"}
    )
    assert type(error) is errors.BannedError
    assert (error.wait, error.remedy, error.request_id) == (300, "banned", "u")
    assert errors.ban_in({"status": "1111"}).wait == 300
    assert errors.ban_in({"punish": "deny", "wait": "x"}).wait == 300
    assert errors.ban_in({"status": "PUBLISHED"}) is None
    assert errors.ban_in({"errcode": 0, "status": 1111}) is None


def test_an_error_holds_no_secret_and_survives_copy_and_pickle():
    payload = {"errcode": 60020, "errmsg": "request ip=1.2.3.4 access_token=abcdefghij"}
    error = error_from_oapi(payload, secrets=("abcdefghij",))
    for twin in (error, copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(twin) is errors.IpNotAllowedError
        assert (twin.ip, twin.code, twin.remedy) == ("1.2.3.4", "60020", "ip_whitelist")
        for text in (str(twin), repr(twin), repr(twin.args), twin.message):
            assert "abcdefghij" not in text


def test_an_error_masks_its_message_whoever_makes_it():
    error = errors.TransportError("x", "https://a/b?access_token=abcdefghij failed")
    assert error.message == "https://a/b?access_token=*** failed"
    assert "abcdefghij" not in repr(error.args)


def test_odd_answers_do_not_break_the_reader():
    for payload in (
        {"errcode": None},
        {"errcode": 88, "errmsg": None},
        {"errcode": 88, "errmsg": 5, "sub_code": []},
        {"errcode": True},
        {"code": 5, "message": ["x"]},
        {"errcode": 88, "errmsg": "[subcode=,submsg="},
    ):
        assert isinstance(error_from_oapi(payload), errors.ApiError)
        assert isinstance(error_from_api(payload, 400), errors.ApiError)


def test_every_remedy_of_the_table_is_known():
    for kind, remedy in list(errors.TABLE.values()) + [p for _n, p in errors.PATTERNS]:
        # Errors of an area have their own remedy.
        if kind.__module__ == errors.__name__:
            assert (remedy or kind.remedy) in errors.REMEDIES
