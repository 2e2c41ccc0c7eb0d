# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""A transport with scripted answers, for what no real server returns on demand."""

from dingtalk import (
    Answer,
    Credential,
    DingTalkClient,
    MemoryTokenStore,
    RateLimiter,
    Token,
)

SECRET = "s3cr3t-of-the-app-0123456789"
TOKEN = "t0k3n-of-the-app-9876543210"


class Scripted(object):
    """Plays answers in order; each is an Answer, an exception, or (status, payload)."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def request(
        self, method, url, params=None, json=None, data=None, files=None, headers=None
    ):
        self.requests.append(
            {
                "method": method,
                "url": url,
                "path": "/" + url.split("/", 3)[3],
                "params": params,
                "json": json,
                "data": data,
                "files": files,
                "headers": headers,
            }
        )
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, tuple):
            answer = Answer(answer[0], {}, answer[1], "", 0.01, None)
        return answer


def ok(**members):
    return 200, dict({"errcode": 0, "errmsg": "ok", "request_id": "r1"}, **members)


def page(status, text="<html>busy</html>", kind="text/html", **headers):
    return Answer(
        status, dict(headers, **{"Content-Type": kind}), None, text, 0.01, None
    )


def client_of(clock, *answers, **options):
    """Return a client with a fresh token and these answers."""
    script = Scripted(*answers)
    store = MemoryTokenStore(clock)
    store.renew("app", lambda: Token(TOKEN, clock() + 7200))
    options.setdefault("limiter", RateLimiter(1000, clock=clock, sleep=clock.sleep))
    client = DingTalkClient(
        Credential("dingkey", SECRET, "42", "dingcorp"),
        tokens=store,
        transport=script,
        clock=clock,
        sleep=clock.sleep,
        **options
    )
    return client, script
