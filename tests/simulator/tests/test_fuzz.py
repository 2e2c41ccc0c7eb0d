# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Odd calls are answered with DingTalk's own errors only.

More calls by hand: `FUZZ_CALLS=8000 FUZZ_SEED=7 pytest tests/test_fuzz.py`.
"""

import os
import re

import pytest
from dingtalk_simulator.endpoints import ROUTES
from fuzz import FILE, Fuzzer, samples, sent

CALLS = int(os.environ.get("FUZZ_CALLS", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))


@pytest.fixture
def wide(box):
    """No limits, and callbacks that answer at once."""
    box.settings(
        rate_limit=None, ban=None, approvals_withdraw_seconds=0, callback_timeout=200
    )
    return box


def carry_out(box, call):
    params, headers, body = sent(call)
    if "access_token" not in params:
        params["access_token"] = box.token()
    if call["path"].startswith("/v1.0/"):
        headers["x-acs-dingtalk-access-token"] = params.pop("access_token")
    if call["path"] == "/media/upload":
        return box.raw("POST", call["path"], params=params, files={"media": FILE})
    return box.raw(
        call["method"], call["path"], params=params, headers=headers, data=body
    )


def check(call, answer):
    """The answer has the shape of its family."""
    told = "%s %s: %s %s" % (
        call["method"],
        call["path"],
        answer.status_code,
        answer.text[:300],
    )
    found = answer.json()
    if call["path"] == "/router/rest":
        assert answer.status_code == 200 and isinstance(found, dict), told
    elif call["path"].startswith("/v1.0/"):
        assert answer.status_code < 500, told
        if answer.status_code != 200:
            assert set(found) >= {"requestid", "code", "message"}, told
            assert isinstance(found["code"], str) and found["message"], told
    else:
        assert answer.status_code == 200, told
        assert isinstance(found["errcode"], int) and found["errcode"] != -1, told
        assert isinstance(found.get("errmsg", ""), str), told


def test_each_endpoint_has_a_sample(wide):
    known = [(each["method"], each["path"]) for each in samples(wide)]
    missing = []
    for endpoint in ROUTES.all:
        pattern = re.sub(r"\\{\w+\\}|\{\w+\}", "[^/]+", endpoint.path)
        if not any(
            method in endpoint.methods and re.fullmatch(pattern, path)
            for method, path in known
        ):
            missing.append(endpoint.path)
    assert not missing


# Refusals of good calls: a used code, a person without the right, a department that is
# not empty, an instance finished by an earlier call.
UNDERSTOOD = {
    "40014",
    "40078",
    "60005",
    "60011",
    "60106",
    "600109",
    "71007",
    "71012",
    "820005",
    "830001",
    "853004",
    "Forbidden.AccessDenied.AccessTokenPermissionDenied",
    "aflowProcessInstStatusException",
    "instance.status.error",
    "invalidParameter.authCode.notFound",
    "todo.taskCreate.tokenTypeError",
    "todo.taskDelete.tokenTypeError",
    "todo.taskExecutorStatusUpdate.tokenTypeError",
    "todo.taskUpdate.tokenTypeError",
}


def test_samples_are_understood(wide):
    """Otherwise odd variants would test little."""
    bad = {}
    for sample in samples(wide):
        answer = carry_out(wide, dict(sample, encoding="json"))
        check(sample, answer)
        found = answer.json()
        code = str(found.get("errcode", found.get("code", 0)))
        if code != "0" and code not in UNDERSTOOD:
            bad[sample["path"]] = answer.text
    assert set(bad) == {
        "/topapi/message/corpconversation/status_bar/update",  # not an OA message
        bad_commit(bad),  # nothing was uploaded
    }, bad


def bad_commit(paths):
    return next(path for path in paths if path.endswith("/files/commit"))


def test_odd_calls(wide):
    fuzzer = Fuzzer(SEED, samples(wide))
    wrong = []
    for _call in range(CALLS):
        call = fuzzer.call()
        try:
            check(call, carry_out(wide, call))
        except (AssertionError, ValueError) as error:
            wrong.append("%s\n  %r %r" % (error, call["query"], call["body"]))
    assert not wrong, "%d of %d calls:\n%s" % (len(wrong), CALLS, "\n".join(wrong[:5]))
