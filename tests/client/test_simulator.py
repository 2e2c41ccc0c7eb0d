# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The client against the simulator: every area, every fault."""

import threading

import pytest
from dingtalk import (
    ROOT,
    Credential,
    DingTalkClient,
    Hosts,
    RateLimiter,
    Transport,
    errors,
    messages_body,
)
from dingtalk.api import robots

SEND = "/topapi/message/corpconversation/asyncsend_v2"
GET_USER = "/topapi/v2/user/get"


def client_for(simulator, **options):
    ready = simulator.ready
    options.setdefault("sleep", lambda seconds: None)
    return DingTalkClient(
        Credential(
            options.pop("app_key", ready["app_key"]),
            options.pop("app_secret", ready["app_secret"]),
            ready["agent_id"],
            ready["corp_id"],
        ),
        Hosts(*[simulator.url] * 3),
        transport=options.pop("transport", Transport(60, 60)),
        # Throttled calls block the limiter; tests do not wait that long.
        limiter=RateLimiter(1000, sleep=lambda seconds: None),
        **options
    )


@pytest.fixture
def client(simulator):
    simulator.settings(rate_limit=None)
    return client_for(simulator)


@pytest.fixture
def people(simulator):
    found = simulator.control("GET", "/users")
    found = found["users"] if isinstance(found, dict) else found
    return [one["userid"] for one in found]


# Reading


def departments_below(client, dept_id):
    for department in client.contacts.sub_departments(dept_id):
        yield department
        for below in departments_below(client, department["dept_id"]):
            yield below


def test_reads_the_whole_organisation(simulator, client, people):
    departments = list(departments_below(client, ROOT))
    assert len(departments) == 6
    found, pages = set(), 0
    for dept_id in [ROOT] + [one["dept_id"] for one in departments]:
        here, cursor = [], 0
        while cursor is not None:
            page = client.contacts.users_page(dept_id, cursor, size=7)
            here += [one["userid"] for one in page.items]
            cursor = page.next_cursor
            pages += 1
        assert len(here) == len(set(here))
        assert sorted(here) == sorted(client.contacts.user_ids(dept_id))
        found |= set(here)
    assert found == set(people) and len(found) == client.contacts.count() == 120
    assert simulator.calls("/topapi/v2/user/list") == pages
    assert simulator.calls("/v1.0/oauth2/accessToken") == 1


def test_one_person_and_the_ways_to_find_one(client, people):
    user = client.contacts.user(people[3])
    assert user["userid"] == people[3] and user["dept_id_list"]
    assert client.contacts.userid_by_mobile(user["mobile"]) == people[3]
    assert client.contacts.userid_by_unionid(user["unionid"]) == people[3]
    dept_id = user["dept_id_list"][0]
    assert client.contacts.department(dept_id)["dept_id"] == dept_id
    admins = client.contacts.admins()
    assert [one["sys_level"] for one in admins].count(1) == 1


def test_what_is_not_there(client):
    for call in (
        lambda: client.contacts.user("nobody"),
        lambda: client.contacts.department(99999999),
        lambda: client.contacts.sub_departments(99999999),
        lambda: client.contacts.userid_by_mobile("13900000000"),
        lambda: client.contacts.userid_by_unionid("nobody"),
        lambda: client.contacts.delete_user("nobody"),
    ):
        with pytest.raises(errors.NotFoundError):
            call()


def test_changes_people_and_departments(client):
    dept_id = client.contacts.create_department("新部门", ROOT, order=5)
    client.contacts.update_department(dept_id, name="改名")
    assert client.contacts.department(dept_id)["name"] == "改名"
    made = client.contacts.create_user(
        "测试", "13911112222", [dept_id], userid="test-person", title="工程师"
    )
    assert made["userid"] == "test-person" and made["unionid"]
    client.contacts.update_user(
        "test-person", title="经理", dept_id_list=[dept_id, ROOT]
    )
    user = client.contacts.user("test-person")
    assert user["title"] == "经理" and set(user["dept_id_list"]) == {dept_id, ROOT}
    with pytest.raises(errors.InvalidArgumentError):
        client.contacts.create_user("另一", "13911112222", [dept_id])
    with pytest.raises(errors.InvalidArgumentError):
        client.contacts.delete_department(dept_id)
    client.contacts.delete_user("test-person")
    client.contacts.delete_department(dept_id)
    with pytest.raises(errors.NotFoundError):
        client.contacts.department(dept_id)


def test_what_the_app_may_see(simulator, client):
    scopes = client.auth.scopes()
    assert scopes["dept_ids"] == [1] and "mobile" in scopes["user_fields"]


# Tokens


def test_a_token_lives_two_hours(client):
    value, seconds = client.auth.app_token()
    assert value and seconds == 7200


def test_wrong_keys(simulator):
    for options in ({"app_secret": "wrong-wrong"}, {"app_key": "dingwrong"}):
        client = client_for(simulator, **options)
        for call in (
            client.auth.app_token,
            client.auth.scopes,
        ):
            with pytest.raises(errors.BadCredentialsError) as caught:
                call()
            assert caught.value.remedy == "credentials"
            assert "wrong-wrong" not in str(caught.value)
    with pytest.raises(errors.InvalidArgumentError):
        client_for(simulator, app_secret="").auth.app_token()


def test_an_expired_token_is_renewed_in_both_families(simulator, client):
    client.contacts.count()
    for call in (client.contacts.count, client.auth.scopes, client.jsapi.fetch_ticket):
        simulator.control("DELETE", "/calls")
        simulator.control("POST", "/tokens/expire")
        assert call()
        assert simulator.calls("/v1.0/oauth2/accessToken") == 1


def test_many_threads_after_an_expiry_renew_once(simulator, client):
    client.contacts.count()
    simulator.control("POST", "/tokens/expire")
    simulator.control("DELETE", "/calls")
    counts = []
    threads = [
        threading.Thread(target=lambda: counts.append(client.contacts.count()))
        for _i in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [120] * 20
    assert simulator.calls("/v1.0/oauth2/accessToken") == 1


def test_the_ticket_is_kept(simulator, client):
    ticket = client.jsapi.ticket()
    assert client.jsapi.ticket() == ticket
    assert simulator.calls("/v1.0/oauth2/jsapiTickets") == 1
    config = client.jsapi.config("http://127.0.0.1/page?a=b#c", ["biz.contact.choose"])
    assert config["agentId"] == simulator.ready["agent_id"]
    assert config["corpId"] == simulator.ready["corp_id"]
    assert len(config["signature"]) == 64 and config["jsApiList"]


# Sign-in


def code(simulator, kind, **more):
    answer = simulator.control("POST", "/login_codes", dict(more, kind=kind))
    return answer["code"], answer["userid"]


def test_sign_in_inside_dingtalk(simulator, client, people):
    login_code, userid = code(simulator, "inside", userid=people[0])
    assert client.auth.user_by_login_code(login_code)["userid"] == userid == people[0]
    for used in (login_code, "never-given"):
        with pytest.raises(errors.LoginCodeError):
            client.auth.user_by_login_code(used)


def test_sign_in_by_oauth(simulator, client, people):
    login_code, userid = code(simulator, "oauth", userid=people[0])
    token = client.auth.user_token(login_code)
    me = client.auth.me(token["accessToken"])
    assert client.contacts.userid_by_unionid(me["unionId"]) == userid
    with pytest.raises(errors.LoginCodeError):
        client.auth.user_token(login_code)
    with pytest.raises(errors.PermissionDeniedError) as caught:
        client.auth.me(client.app_token())
    assert caught.value.scopes == ["Contact.User.Read"]


def test_sign_in_by_the_classic_qr_code(simulator, client, people):
    login_code, userid = code(simulator, "sns", userid=people[0])
    info = client.auth.user_by_sns_code(login_code)
    assert client.contacts.userid_by_unionid(info["unionid"]) == userid
    with pytest.raises(errors.LoginCodeError):
        client.auth.user_by_sns_code(login_code)


# Permissions


def test_a_missing_permission_names_itself(simulator, client):
    for style in ("wrapped", "bare"):
        simulator.settings(scopes=[], permission_error_style=style)
        with pytest.raises(errors.PermissionDeniedError) as caught:
            client.contacts.sub_departments()
        assert caught.value.scopes == ["qyapi_get_department_list"]
        assert caught.value.apply_url.startswith("https://open-dev.dingtalk.com/")


def test_a_refused_address_names_itself(simulator, client):
    for style in ("wrapped", "bare"):
        simulator.settings(
            ip_whitelist=["10.0.0.1"], request_ip="203.0.113.9", ip_error_style=style
        )
        with pytest.raises(errors.IpNotAllowedError) as caught:
            client.contacts.count()
        assert caught.value.ip == "203.0.113.9"
        assert caught.value.remedy == "ip_whitelist"


def test_out_of_scope(simulator, client, people):
    simulator.settings(contact_scope={"departments": [], "users": [people[0]]})
    with pytest.raises(errors.OutOfScopeError):
        client.contacts.user(people[5])
    with pytest.raises(errors.OutOfScopeError):
        client.contacts.users_page(ROOT)


def test_the_quota(simulator, client):
    simulator.fault("quota", GET_USER)
    with pytest.raises(errors.QuotaExceededError):
        client.contacts.user("x")


# Messages


def test_send_read_and_recall(simulator, client, people):
    agent = simulator.ready["agent_id"]
    task = client.messages.send(agent, messages_body.text("你好"), people[:3])
    assert client.messages.progress(agent, task) == {"percent": 100, "status": 2}
    result = client.messages.result(agent, task)
    assert sorted(result["unread_user_id_list"]) == sorted(people[:3])
    assert set(result) == set(client.messages.result(agent, task))
    assert result["forbidden_list"] == []
    message = simulator.control("GET", "/messages", userid=people[0])
    message = message["messages"] if isinstance(message, dict) else message
    assert message[0]["msg"]["text"]["content"] == "你好"
    client.messages.recall(agent, task)


@pytest.mark.parametrize(
    "fault,kind",
    [
        ("timeout_after", errors.TransportError),
        ("reset_after", errors.TransportError),
        ("truncated", errors.TransportError),
        ("hang", errors.TransportError),
        ("reset", errors.TransportError),
        ("http_500", errors.TransportError),
        ("http_502", errors.TransportError),
        ("not_json", errors.TransportError),
        ("empty", errors.TransportError),
        ("busy", errors.BusyError),
    ],
)
def test_a_message_of_unknown_outcome_is_not_sent_twice(
    simulator, client, people, fault, kind
):
    simulator.fault(fault, SEND, times=5, seconds=1)
    with pytest.raises(kind) as caught:
        client.messages.send(
            simulator.ready["agent_id"], messages_body.text(fault), [people[0]]
        )
    assert caught.value.outcome_unknown
    assert simulator.calls(SEND) <= 1


@pytest.mark.parametrize("fault", ["throttled", "throttled_platform", "expired_token"])
def test_a_message_that_surely_was_not_sent_is_sent_again(
    simulator, client, people, fault
):
    client.contacts.count()
    simulator.fault(fault, SEND)
    task = client.messages.send(
        simulator.ready["agent_id"], messages_body.text("again " + fault), [people[1]]
    )
    result = client.messages.result(simulator.ready["agent_id"], task)
    assert result["unread_user_id_list"] == [people[1]]


def test_a_wrong_agent(simulator, client, people):
    with pytest.raises(errors.InvalidArgumentError) as caught:
        client.messages.send(1, messages_body.text("x"), [people[0]])
    assert caught.value.remedy == "agent"


def test_uploads(simulator, client, people):
    content = b"%PDF-1.4 \r\n--\x00"
    media_id = client.media.upload("file", '报告 "最终".pdf', content)
    agent = simulator.ready["agent_id"]
    client.messages.send(agent, messages_body.file(media_id), [people[0]])
    stored = [
        one
        for one in _list(simulator.control("GET", "/media"), "media")
        if one["media_id"] == media_id
    ]
    assert stored[0]["size"] == len(content)
    assert stored[0]["filename"].startswith("报告 ")


def _list(answer, name):
    return answer[name] if isinstance(answer, dict) else answer


# Faults while reading


@pytest.mark.parametrize(
    "fault",
    [
        "http_500",
        "http_502",
        "html",
        "not_json",
        "empty",
        "reset",
        "reset_after",
        "truncated",
        "throttled",
        "throttled_platform",
        "busy",
        "expired_token",
    ],
)
def test_reading_sits_out_what_passes(simulator, client, people, fault):
    client.contacts.count()
    simulator.fault(fault, GET_USER, times=2 if fault != "expired_token" else 1)
    assert client.contacts.user(people[0])["userid"] == people[0]


def test_a_ban_is_not_answered_with_more_calls(simulator, client, people):
    client.contacts.count()
    simulator.fault("banned", GET_USER, times=5)
    with pytest.raises(errors.DingTalkError) as caught:
        client.contacts.user(people[0])
    assert caught.value.wait >= 300 and caught.value.remedy == "banned"
    assert simulator.calls(GET_USER) <= 1


def test_a_ban_shown_as_a_page_gets_few_calls_with_growing_waits(simulator, people):
    slept = []
    client = client_for(simulator, sleep=slept.append)
    client.contacts.count()
    simulator.fault("banned_html", GET_USER, times=None)
    with pytest.raises(errors.DingTalkError) as caught:
        client.contacts.user(people[0])
    assert caught.value.wait is None and caught.value.remedy == "not_json"
    # The queue repeats it after 15 seconds, 30 and so on: longer than a ban.
    assert len(slept) == 3 and slept == sorted(slept) and slept[0] < 2
    assert simulator.calls(GET_USER) == 4


def test_hanging_for_longer_than_the_patience(simulator, people):
    client = client_for(simulator, max_attempts=1)
    client.contacts.count()
    client.transport = Transport(1, 0.3)
    simulator.fault("hang", GET_USER, seconds=60)
    with pytest.raises(errors.TransportError) as caught:
        client.contacts.user(people[0])
    assert caught.value.code == "timeout"


def test_the_clock_difference_is_seen(simulator, client):
    simulator.settings(clock_offset=3600)
    client.contacts.count()
    assert abs(client.clock_difference - 3600) < 60


# Robots


@pytest.fixture
def group(simulator, people):
    return simulator.control("POST", "/groups", {"title": "群", "members": people[:4]})


def test_webhook(simulator, client, group):
    plain = simulator.control("POST", "/robots", {})
    token = robots.webhook_token(plain["webhook"])
    client.robots.send_webhook(token, robots.webhook_text("你好", at_all=True))
    client.robots.send_webhook(token, robots.webhook_markdown("标题", "**正文**"))
    with pytest.raises(errors.BadCredentialsError):
        client.robots.send_webhook("no-such-token-at-all", robots.webhook_text("x"))


def test_webhook_with_a_signature(simulator, client, group):
    signed = simulator.control("POST", "/robots", {"secret": "SECabcdefgh"})
    token = robots.webhook_token(signed["webhook"])
    client.robots.send_webhook(token, robots.webhook_text("x"), secret="SECabcdefgh")
    for secret in (None, "SECwrong"):
        with pytest.raises(errors.InvalidArgumentError) as caught:
            client.robots.send_webhook(token, robots.webhook_text("y"), secret=secret)
        assert caught.value.code == "310000"


def test_webhook_bodies(simulator, client, group):
    made = simulator.control("POST", "/robots", {})
    token = robots.webhook_token(made["webhook"])
    bodies = [
        robots.webhook_link("t", "x", "https://example.com/", "https://example.com/p"),
        robots.webhook_action_card("t", "x", [("Open", "https://example.com/")]),
        robots.webhook_action_card(
            "t",
            "x",
            [("Yes", "https://a.example/"), ("No", "https://b.example/")],
            True,
        ),
    ]
    for body in bodies:
        client.robots.send_webhook(token, body)
    (found,) = [
        row
        for row in _list(simulator.control("GET", "/groups"), "groups")
        if any(robot["token"] == token for robot in row["robots"])
    ]
    assert [message["msg"] for message in found["messages"]][:3] == bodies[::-1]
    for buttons in ([], [("x", "https://example.com/")] * 11):
        with pytest.raises(errors.InvalidArgumentError):
            robots.webhook_action_card("t", "x", buttons)


@pytest.mark.parametrize("style", ["short", "long", "description"])
@pytest.mark.parametrize(
    "changes, remedy",
    [
        ({"keywords": ["build"]}, "robot_keyword"),
        ({"secret": "SECother"}, "robot_signature"),
        ({"ip_whitelist": ["10.0.0.1"]}, "robot_ip"),
        ({"enabled": False}, "robot_webhook"),
    ],
)
def test_what_helps_against_refusals(simulator, client, group, style, changes, remedy):
    simulator.settings(robot_error_text=style)
    token = simulator.control("POST", "/robots", {})["token"]
    simulator.control("PATCH", "/robots/" + token, changes)
    with pytest.raises(errors.ApiError) as caught:
        client.robots.send_webhook(token, robots.webhook_text("x"))
    assert caught.value.remedy == remedy and remedy in robots.REMEDIES
    if remedy == "robot_ip":
        assert caught.value.detail["ip"] == "127.0.0.1"


def test_a_webhook_that_says_too_much(simulator, client, group):
    client.max_attempts = 1
    token = simulator.control("POST", "/robots", {})["token"]
    for number in range(robots.PER_MINUTE):
        client.robots.send_webhook(token, robots.webhook_text("%d" % number))
    with pytest.raises(errors.RateLimitedError) as caught:
        client.robots.send_webhook(token, robots.webhook_text("x"))
    assert caught.value.remedy == "robot_limit"
    assert caught.value.wait == robots.SILENCE
