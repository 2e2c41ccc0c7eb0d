# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""One call: tokens, attempts, waits."""

import logging
import threading
import types

import pytest
from dingtalk import Answer, Credential, DingTalkClient, errors
from dingtalk import client as client_module
from scripted import SECRET, TOKEN, client_of, ok, page

BAD_TOKENS = [
    (200, {"errcode": 40014, "errmsg": "不合法的access_token"}),
    (200, {"errcode": "42001", "errmsg": "access_token超时"}),
    (200, {"errcode": 88, "sub_code": "40014", "sub_msg": "x", "errmsg": "x"}),
    (200, {"errcode": 88, "errmsg": "ding talk error[subcode=42001,submsg=x]"}),
    (200, {"errcode": 88, "sub_code": "40000", "sub_msg": "access_token is blank"}),
    (200, {"errcode": 40001, "errmsg": "x"}),
    (400, {"code": "InvalidAuthentication", "message": "不合法的access_token"}),
    (401, {"code": "InvalidAuthentication", "message": "不合法的access_token"}),
    (400, {"code": "accesstoken.expired", "message": "x"}),
    (200, {"errcode": 40014, "errmsg": "old body on the new host"}),
]
NEW_TOKEN = (200, {"accessToken": "t0k3n-number-two", "expireIn": 7200})


@pytest.mark.parametrize("refusal", BAD_TOKENS, ids=str)
@pytest.mark.parametrize("family", ["oapi", "api"])
def test_a_refused_token_is_renewed_once(clock, refusal, family):
    client, script = client_of(clock, refusal, NEW_TOKEN, ok(result=1))
    call = {
        "oapi": lambda: client.oapi("/topapi/x", {}, idempotent=False),
        "api": lambda: client.api("POST", "/v1.0/x", {}, idempotent=False),
    }[family]
    assert call()["result"] == 1
    paths = [request["path"] for request in script.requests]
    assert paths[1] == "/v1.0/oauth2/accessToken" and paths[0] == paths[2]
    sent = [
        request["params"].get("access_token")
        or request["headers"].get("x-acs-dingtalk-access-token")
        for request in script.requests
    ]
    assert sent == [TOKEN, None, "t0k3n-number-two"]
    assert clock.slept == []


@pytest.mark.parametrize("refusal", BAD_TOKENS, ids=str)
def test_a_token_refused_twice_is_an_error(clock, refusal):
    client, script = client_of(clock, refusal, NEW_TOKEN, refusal)
    with pytest.raises(errors.ApiError) as caught:
        client.oapi("/topapi/x", {})
    assert len(script.requests) == 3
    if refusal[1].get("errcode") == 40001:
        # Ambiguous, but with a fresh token it can only be the secret.
        assert type(caught.value) is errors.BadCredentialsError
    else:
        assert type(caught.value) is errors.InvalidTokenError
    # A disturbance of DingTalk's, perhaps; a wrong secret is none.
    assert caught.value.retryable == (refusal[1].get("errcode") != 40001)


def test_the_renewal_comes_out_of_no_attempt_and_happens_once_between_them(clock):
    busy = (200, {"errcode": -1, "errmsg": "系统繁忙"})
    bad = BAD_TOKENS[0]
    client, script = client_of(clock, busy, bad, NEW_TOKEN, busy, bad, max_attempts=4)
    with pytest.raises(errors.InvalidTokenError):
        client.oapi("/topapi/x", {})
    assert len(script.requests) == 5 and len(clock.slept) == 2


def test_a_refused_secret_while_renewing(clock):
    wrong = (400, {"code": "invalidClientIdOrSecret", "message": "无效的clientId"})
    client, script = client_of(clock, BAD_TOKENS[0], wrong)
    with pytest.raises(errors.BadCredentialsError) as caught:
        client.oapi("/topapi/x", {})
    assert caught.value.remedy == "credentials" and len(script.requests) == 2


def test_a_token_given_by_the_caller_is_not_renewed(clock):
    client, script = client_of(clock, BAD_TOKENS[6])
    with pytest.raises(errors.InvalidTokenError) as caught:
        client.auth.me("user-token-abcdef")
    assert not caught.value.retryable
    assert (
        script.requests[0]["headers"]["x-acs-dingtalk-access-token"]
        == "user-token-abcdef"
    )
    assert len(script.requests) == 1


def test_40001_without_a_token_is_the_secret(clock):
    client, _script = client_of(clock, (200, {"errcode": 40001, "errmsg": "x"}))
    with pytest.raises(errors.BadCredentialsError):
        client.oapi("/gettoken", token=False)


THROTTLED = (200, {"errcode": 88, "sub_code": "90018", "sub_msg": "x", "errmsg": "x"})
QPS = (403, {"code": "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "message": "x"})
BUSY = (200, {"errcode": -1, "errmsg": "系统繁忙"})
DOWN = page(502)
PAGE = page(200)
EMPTY = page(200, "", "application/json")
GONE = errors.TransportError("timeout", "no answer in time", outcome_unknown=True)
REFUSED = errors.TransportError("connect", "refused", outcome_unknown=False)
NOT_FOUND = (200, {"errcode": 400002, "errmsg": "x"})


@pytest.mark.parametrize(
    "trouble", [THROTTLED, QPS, BUSY, DOWN, PAGE, GONE, REFUSED], ids=str
)
def test_trouble_that_passes_is_sat_out(clock, trouble):
    client, script = client_of(clock, trouble, trouble, trouble, ok(result=1))
    assert client.oapi("/topapi/x", {})["result"] == 1
    assert len(script.requests) == 4
    first, second, third = clock.slept
    assert 1 <= first <= 1.25 and 2 <= second <= 2.5 and 4 <= third <= 5


@pytest.mark.parametrize(
    "trouble", [THROTTLED, QPS, BUSY, DOWN, PAGE, GONE, REFUSED], ids=str
)
def test_trouble_that_stays_is_given_up(clock, trouble):
    client, script = client_of(clock, *[trouble] * 9)
    with pytest.raises(errors.DingTalkError) as caught:
        client.oapi("/topapi/x", {})
    assert caught.value.retryable
    assert len(script.requests) == 4


@pytest.mark.parametrize("trouble", [BUSY, DOWN, EMPTY, GONE, page(200)], ids=str)
def test_what_may_have_been_done_is_never_repeated(clock, trouble):
    client, script = client_of(clock, trouble, ok())
    with pytest.raises(errors.DingTalkError) as caught:
        client.oapi("/topapi/x", {}, idempotent=False)
    assert caught.value.outcome_unknown and len(script.requests) == 1
    client, script = client_of(clock, trouble, ok())
    with pytest.raises(errors.DingTalkError) as caught:
        client.api("POST", "/v1.0/x", {}, idempotent=False)
    assert caught.value.outcome_unknown and caught.value.retryable
    assert len(script.requests) == 1


@pytest.mark.parametrize("last", [THROTTLED, NOT_FOUND], ids=str)
def test_a_refusal_does_not_undo_what_an_earlier_attempt_may_have_done(clock, last):
    client, script = client_of(clock, GONE, *[last] * 9)
    with pytest.raises(errors.DingTalkError) as caught:
        client.oapi("/topapi/x", {})
    assert caught.value.outcome_unknown and len(script.requests) > 1


@pytest.mark.parametrize("status", [200, 403])
def test_a_page_is_no_ban_and_is_given_up_without_a_long_wait(clock, status):
    client, script = client_of(clock, *[page(status)] * 4)
    with pytest.raises(errors.TransportError) as caught:
        client.oapi("/topapi/x", {})
    assert caught.value.code == "html" and caught.value.remedy == "not_json"
    assert caught.value.wait is None and len(script.requests) == 4
    assert 7 <= sum(clock.slept) < 10


def test_a_page_that_was_surely_no_answer_is_repeated(clock):
    client, script = client_of(clock, page(403), ok(result=1))
    assert client.oapi("/topapi/x", {}, idempotent=False)["result"] == 1
    assert len(script.requests) == 2


def test_an_empty_answer_passes(clock):
    client, script = client_of(clock, EMPTY, EMPTY, (200, {"a": 1}))
    assert client.api("GET", "/v1.0/x") == {"a": 1}
    assert len(script.requests) == 3


@pytest.mark.parametrize("trouble", [THROTTLED, QPS, REFUSED], ids=str)
def test_what_was_surely_not_done_is_repeated(clock, trouble):
    client, script = client_of(clock, trouble, ok(result=1))
    assert client.oapi("/topapi/x", {}, idempotent=False)["result"] == 1
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    "answer",
    [
        (200, {"errcode": 60121, "errmsg": "x"}),
        (200, {"errcode": 88, "sub_code": "90020"}),
        (200, {"errcode": 60020, "errmsg": "request ip=1.2.3.4"}),
        (403, {"code": "Forbidden.AccessDenied.AccessTokenPermissionDenied"}),
        (404, {"code": "invalidParameter.user.notFound"}),
    ],
    ids=str,
)
def test_what_does_not_pass_is_not_repeated(clock, answer):
    client, script = client_of(clock, answer)
    with pytest.raises(errors.ApiError):
        client.api("GET", "/v1.0/x")
    assert len(script.requests) == 1 and clock.slept == []


def test_one_attempt_when_told_so_and_no_wait_when_told_so(clock):
    client, script = client_of(clock, THROTTLED, max_attempts=1)
    with pytest.raises(errors.RateLimitedError):
        client.oapi("/topapi/x", {})
    client, script = client_of(clock, THROTTLED, max_wait=0)
    with pytest.raises(errors.RateLimitedError):
        client.oapi("/topapi/x", {})
    assert len(script.requests) == 1 and clock.slept == []


@pytest.mark.parametrize("seconds, requests", [(0, 4), (9, 3), (20, 2), (31, 1)])
def test_waiting_for_answers_counts(clock, monkeypatch, seconds, requests):
    busy = (200, {"errcode": -1, "errmsg": "系统繁忙"})
    client, script = client_of(clock, busy, busy, busy, busy)
    monkeypatch.setattr(client_module, "time", types.SimpleNamespace(
        monotonic=lambda: seconds * len(script.requests)))
    with pytest.raises(errors.DingTalkError):
        client.oapi("/topapi/x", {})
    assert len(script.requests) == requests


def limited(ends):
    text = "apiPath(x), 限制将在 %s 结束." % ends
    return 200, {
        "errcode": 88,
        "errmsg": "ding talk error[subcode=90002,submsg=%s]" % text,
    }


def test_dingtalks_own_hint_goes_first(clock):
    # The clock stands at 2023-11-15 06:13:20 in Beijing.
    client, _script = client_of(clock, limited("2023-11-15 06:13:27"), ok())
    client.oapi("/topapi/x", {})
    assert 7 <= clock.slept[0] <= 9


def test_the_hint_is_read_by_dingtalks_clock(clock):
    first = limited("2023-11-15 06:13:27")
    answer = Answer(200, {}, first[1], "", 0.01, clock() + 5)
    client, _script = client_of(clock, answer, ok())
    client.oapi("/topapi/x", {})
    assert 2 <= clock.slept[0] <= 2.6
    assert client.clock_difference == 5


def test_a_wait_that_is_too_long_is_left_to_the_caller(clock):
    for trouble, wait in (
        (limited("2023-11-15 06:23:20"), 600),
        ((200, {"status": 1111, "wait": 5, "punish": "deny", "uuid": "u"}), 300),
    ):
        client, script = client_of(clock, trouble)
        with pytest.raises(errors.DingTalkError) as caught:
            client.oapi("/topapi/x", {})
        assert caught.value.retryable and caught.value.wait == wait
        assert not caught.value.outcome_unknown
        assert len(script.requests) == 1 and clock.slept == []


@pytest.mark.parametrize("trouble", [THROTTLED, PAGE], ids=str)
def test_the_other_threads_wait_with_the_one_that_was_throttled(clock, trouble):
    client, _script = client_of(clock, trouble, max_attempts=4)
    client.limiter.hold = lambda api, seconds: held.append((api, seconds))
    held = []
    client._sleep = lambda seconds: None
    client.transport.answers.append(ok())
    client.oapi("/topapi/x", {})
    assert held[0][0] == "/topapi/x" and held[0][1] >= 1


@pytest.mark.parametrize(
    "answer,kind,code",
    [
        (page(200), errors.TransportError, "html"),
        (page(403, "blocked", "text/html"), errors.TransportError, "html"),
        (page(200, "<!DOCTYPE html>", "text/plain"), errors.TransportError, "html"),
        (page(200, "", "text/plain"), errors.TransportError, "empty"),
        (page(204, "", "text/plain"), errors.TransportError, "empty"),
        (page(404), errors.TransportError, "not_json"),
        (page(200, "OK", "text/plain"), errors.TransportError, "not_json"),
        (page(500), errors.TransportError, "HTTP 500"),
        (page(503, "", "text/plain"), errors.TransportError, "HTTP 503"),
        (page(429, "slow down", "text/plain"), errors.RateLimitedError, "HTTP 429"),
        ((200, [1, 2]), errors.TransportError, "not_json"),
        ((200, {}), errors.UnexpectedAnswerError, "no_errcode"),
        ((200, {"errcode": None}), errors.UnexpectedAnswerError, "no_errcode"),
        ((404, {"message": "no Route matched"}), errors.TransportError, "HTTP 404"),
        ((502, {"errcode": 0}), errors.BusyError, "HTTP 502"),
        ((500, {"error": "Internal Server Error"}), errors.BusyError, "HTTP 500"),
        ((200, {"status": 1111, "punish": "deny"}), errors.BannedError, "1111"),
    ],
    ids=str,
)
def test_answers_that_are_none_in_the_old_family(clock, answer, kind, code):
    client, _script = client_of(clock, answer, max_attempts=1)
    with pytest.raises(errors.DingTalkError) as caught:
        client.oapi("/topapi/x", {})
    assert type(caught.value) is kind and caught.value.code == code


@pytest.mark.parametrize(
    "answer,kind",
    [
        (
            (200, {"errcode": 404, "errmsg": "请求的URI地址不存在"}),
            errors.InvalidArgumentError,
        ),
        ((200, {"status": 1111, "punish": "deny"}), errors.BannedError),
        (page(200), errors.TransportError),
        (page(200, "", "text/plain"), errors.TransportError),
        (page(503), errors.TransportError),
        (page(200, "x", "text/plain"), errors.TransportError),
        (
            (403, {"code": "Forbidden.AccessDenied.QpsLimitForApi"}),
            errors.RateLimitedError,
        ),
        ((400, {}), errors.InvalidArgumentError),
    ],
    ids=str,
)
def test_answers_that_are_none_in_the_new_family(clock, answer, kind):
    client, _script = client_of(clock, answer, max_attempts=1)
    with pytest.raises(errors.DingTalkError) as caught:
        client.api("GET", "/v1.0/x")
    assert type(caught.value) is kind


def test_answers_of_the_new_family_that_are_good(clock):
    empty = Answer(204, {}, None, "", 0.01, None)
    client, _script = client_of(
        clock,
        (200, {"a": 1}),
        empty,
        (200, {"errcode": "0", "a": 2}),
        (201, {"code": "x"}),
    )
    assert client.api("GET", "/v1.0/x") == {"a": 1}
    assert client.api("DELETE", "/v1.0/x") == {}
    assert client.api("GET", "/v1.0/x")["a"] == 2
    assert client.api("GET", "/v1.0/x") == {"code": "x"}


def test_zero_as_text_is_zero(clock):
    client, _script = client_of(clock, (200, {"errcode": "0", "errmsg": "ok", "a": 1}))
    assert client.oapi("topapi/x", {})["a"] == 1


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/x",
        "//evil.example/x",
        "/a/../b",
        "/a?access_token=x",
        "/a#b",
        "/a b",
        "/a\r\nHost: evil",
        "/钉",
    ],
)
def test_paths_that_lead_elsewhere_are_refused(clock, path):
    client, script = client_of(clock)
    with pytest.raises(errors.InvalidArgumentError):
        client.oapi(path, {})
    with pytest.raises(errors.InvalidArgumentError):
        client.api("GET", path)
    assert not script.requests


@pytest.mark.parametrize("path", ["@evil.example/x", ".evil.example/x", ":80@evil/x"])
def test_a_host_cannot_be_slipped_in_front_of_the_path(clock, path):
    client, script = client_of(clock, ok())
    client.oapi(path, {})
    assert script.requests[0]["url"] == "https://oapi.dingtalk.com/" + path


def test_what_cannot_be_written_is_an_argument_error_without_the_value(clock):
    client, script = client_of(clock)
    script.request = lambda *a, **k: "\ud800 the value".encode("utf-8")
    with pytest.raises(errors.InvalidArgumentError) as caught:
        client.oapi("/topapi/x", {})
    assert "the value" not in str(caught.value)
    assert caught.value.__context__ is None


def test_nothing_secret_in_errors_logs_and_reprs(clock, caplog):
    caplog.set_level(logging.DEBUG)
    echo = "echo %s and %s" % (SECRET, TOKEN)
    answers = [
        (200, {"errcode": 40035, "errmsg": echo}),
        (400, {"code": "x", "message": echo}),
        page(404, echo, "text/plain"),
        (200, {"errcode": 88, "sub_code": "60020", "sub_msg": echo}),
    ]
    client, _script = client_of(clock, *answers, max_attempts=1)
    texts = [repr(client), repr(client.credential), str(client.credential)]
    for _i in answers:
        with pytest.raises(errors.DingTalkError) as caught:
            client.oapi("/topapi/x", {"appSecret": SECRET})
        error = caught.value
        texts += [str(error), repr(error), repr(error.args), repr(error.detail)]
    texts.append(caplog.text)
    assert "echo *** and ***" in texts[3]
    for text in texts:
        assert SECRET not in text and TOKEN not in text


def test_one_line_a_request_in_the_log(clock, caplog):
    caplog.set_level(logging.DEBUG, "dingtalk")
    client, _script = client_of(
        clock, ok(), (200, {"errcode": 60121, "request_id": "q1"})
    )
    client.oapi("/topapi/x", {"name": "body-of-the-request"}, params={"q": "query"})
    with pytest.raises(errors.NotFoundError):
        client.oapi("/topapi/y", {})
    first, second = [record.getMessage() for record in caplog.records]
    assert (
        first.startswith("POST /topapi/x status=200 errcode=0 ")
        and "request=r1" in first
    )
    assert "errcode=60121" in second and "request=q1" in second
    assert "body-of" not in caplog.text and "query" not in caplog.text


def test_calls_are_metered_by_api_not_by_id(clock):
    seen = []
    client, _script = client_of(
        clock,
        ok(),
        THROTTLED,
        GONE,
        (200, {"processInfo": 1}),
        on_call=lambda *call: seen.append(call[:3]),
        max_attempts=2,
    )
    client.oapi("topapi/x", {})
    with pytest.raises(errors.TransportError):
        client.oapi("/topapi/x", {})
    client.api("GET", "/v1.0/x/abc", api="/v1.0/x/{id}")
    assert seen == [
        ("/topapi/x", 200, ""),
        ("/topapi/x", 200, "90018"),
        ("/topapi/x", None, "timeout"),
        ("/v1.0/x/{id}", 200, ""),
    ]


def test_a_broken_meter_breaks_nothing(clock, caplog):
    def meter(*_call):
        raise RuntimeError("meter")

    client, _script = client_of(clock, ok(a=1), on_call=meter)
    assert client.oapi("/topapi/x", {})["a"] == 1
    assert "meter of DingTalk calls failed" in caplog.text


def test_defaults_are_dingtalks_own_hosts():
    client = DingTalkClient(Credential("k", "s"))
    assert client.hosts.oapi == "https://oapi.dingtalk.com"
    assert client.hosts.api == "https://api.dingtalk.com"


def test_many_threads_start_cold_with_one_token(clock):
    client, script = client_of(clock)
    client.tokens._tokens.clear()
    lock = threading.Lock()

    def request(method, url, **_options):
        with lock:
            script.requests.append(url)
        if url.endswith("accessToken"):
            return Answer(200, {}, NEW_TOKEN[1], "", 0, None)
        return Answer(200, {}, {"errcode": 0}, "", 0, None)

    script.request = request
    threads = [
        threading.Thread(target=client.oapi, args=("/topapi/x", {})) for _i in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(url.endswith("accessToken") for url in script.requests) == 1
    assert len(script.requests) == 21
