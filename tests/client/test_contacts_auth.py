# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Contacts and sign-in: odd answers, invalid arguments."""

import pytest
from dingtalk import Page, errors
from scripted import client_of, ok


def page(items, **more):
    return ok(result=dict({"list": items}, **more))


def test_pages(clock):
    client, script = client_of(
        clock,
        page([{"userid": "a"}], has_more=True, next_cursor=10),
        page([{"userid": "b"}], has_more=False),
        page([], has_more="true", next_cursor="20"),
        ok(result={"has_more": False}),
    )
    users = client.contacts.users_page
    assert users(1) == Page([{"userid": "a"}], 10)
    assert users(1, 10).next_cursor is None
    assert users(1, 10).next_cursor == 20
    assert users(1) == Page([], None)
    assert script.requests[0]["json"] == {
        "dept_id": 1,
        "cursor": 0,
        "size": 100,
        "order_field": "custom",
    }


@pytest.mark.parametrize(
    "answer",
    [
        page([], has_more=True),
        page([], has_more=True, next_cursor="x"),
        # A cursor that does not advance would read the same page forever.
        page([], has_more=True, next_cursor=10),
        ok(result=[]),
        ok(),
    ],
    ids=str,
)
def test_pages_that_cannot_be_right(clock, answer):
    client, _script = client_of(clock, answer)
    with pytest.raises(errors.UnexpectedAnswerError) as caught:
        client.contacts.users_page(1, 10)
    assert caught.value.message


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.contacts.users_page(0),
        lambda client: client.contacts.users_page(1, size=101),
        lambda client: client.contacts.users_page(1, cursor=-1),
        lambda client: client.contacts.users_page(1, order="name"),
        lambda client: client.contacts.users_page("x"),
        lambda client: client.contacts.user(""),
        lambda client: client.contacts.user(None),
        lambda client: client.contacts.user("a,b"),
        lambda client: client.contacts.create_department("a-b", 1),
        lambda client: client.contacts.create_department("a，b", 1),
        lambda client: client.contacts.create_department("x" * 65, 1),
        lambda client: client.contacts.update_department(5, name=""),
        lambda client: client.contacts.create_user("n", "1", list(range(1, 102))),
        lambda client: client.contacts.create_user("", "1", [1]),
        lambda client: client.contacts.update_user("u", dept_id_list="1,2"),
        lambda client: client.auth.user_by_login_code(""),
        lambda client: client.auth.me(""),
        lambda client: client.auth.me(None),
    ],
)
def test_arguments_that_are_refused_before_sending(clock, call):
    client, script = client_of(clock)
    with pytest.raises(errors.InvalidArgumentError) as caught:
        call(client)
    assert not script.requests and caught.value.remedy == "argument"


def test_what_a_change_sends(clock):
    client, script = client_of(
        clock,
        ok(result={"dept_id": "7"}),
        ok(result={"userid": "u", "unionId": "x"}),
        ok(),
    )
    assert client.contacts.create_department("名", 1, dept_permits=[3, 4]) == 7
    made = client.contacts.create_user(
        "名",
        "13900000000",
        [1, 2],
        title=None,
        dept_order_list=[{"dept_id": 1, "order": 2}],
    )
    assert made == {"userid": "u", "unionid": "x"}
    client.contacts.update_user("u", dept_id_list=[1])
    bodies = [request["json"] for request in script.requests]
    assert bodies[0] == {"name": "名", "parent_id": 1, "dept_permits": "3,4"}
    assert bodies[1]["dept_id_list"] == "1,2" and "title" not in bodies[1]
    assert bodies[1]["dept_order_list"] == [{"dept_id": 1, "order": 2}]
    assert bodies[2] == {"userid": "u", "dept_id_list": "1"}


def test_creations_are_not_repeated(clock):
    for call in (
        lambda client: client.contacts.create_department("名", 1),
        lambda client: client.contacts.create_user("名", "1", [1]),
        lambda client: client.auth.user_token("code-1"),
        lambda client: client.auth.user_by_login_code("code-1"),
        lambda client: client.auth.user_by_sns_code("code-1"),
    ):
        gone = errors.TransportError("timeout", "x", outcome_unknown=True)
        client, script = client_of(clock, gone)
        with pytest.raises(errors.TransportError):
            call(client)
        assert len(script.requests) == 1


def test_externals_are_told_from_employees(clock):
    client, _script = client_of(
        clock,
        ok(result={"userid": "u", "contact_type": "1"}),
        ok(result={"userid": "u", "contact_type": 0}),
        ok(result={"userid": "u"}),
    )
    with pytest.raises(errors.NotFoundError):
        client.contacts.userid_by_unionid("x")
    assert client.contacts.userid_by_unionid("x") == "u"
    assert client.contacts.userid_by_unionid("x") == "u"


def test_departments_of_a_person_and_above(clock):
    client, _script = client_of(
        clock,
        ok(result={"parent_list": [
            {"parent_dept_id_list": [3, 2, 1]}, {"parent_dept_id_list": ["4", 1]},
            {}, None]}),
        ok(result={}),
    )
    assert client.contacts.departments_of("u") == {1, 2, 3, 4}
    assert client.contacts.departments_of("u") == set()


@pytest.mark.parametrize(
    "call,answer,member",
    [
        (lambda client: client.auth.app_token(), (200, {"expireIn": 1}), "accessToken"),
        (
            lambda client: client.auth.app_token(),
            (200, {"accessToken": ""}),
            "accessToken",
        ),
        (lambda client: client.jsapi.ticket(), (200, {"ticket": "x"}), "jsapiTicket"),
        (lambda client: client.auth.me("token-1"), (200, {"nick": "x"}), "unionId"),
        (lambda client: client.auth.user_token("c"), (200, {}), "accessToken"),
        (lambda client: client.contacts.user("u"), ok(result={}), "userid"),
        (lambda client: client.contacts.user("u"), ok(result="x"), "result"),
        (lambda client: client.contacts.count(), ok(result={"count": True}), "count"),
        (lambda client: client.contacts.sub_departments(), ok(result=[{}]), "dept_id"),
        (lambda client: client.contacts.sub_departments(), ok(result=["x"]), "dept_id"),
        (
            lambda client: client.contacts.sub_departments(),
            ok(result=[{"dept_id": "\u00b2"}]), "dept_id",
        ),
        (
            lambda client: client.contacts.sub_departments(),
            ok(result=[{"dept_id": "9" * 5000}]), "dept_id",
        ),
        (lambda client: client.auth.user_by_sns_code("c"), ok(), "user_info"),
    ],
)
def test_a_missing_member_is_named(clock, call, answer, member):
    client, _script = client_of(clock, answer)
    with pytest.raises(errors.UnexpectedAnswerError) as caught:
        call(client)
    assert member in str(caught.value)


@pytest.mark.parametrize(
    "said,lives",
    [
        (7200, 7200), ("7200", 7200), (None, 7200), (0, 7200), (True, 7200), (-5, 7200),
        # No database stores them.
        (float("nan"), 7200), (float("inf"), 86400), (1e20, 86400),
        pytest.param(10**400, 86400, id="whole"), ("9" * 5000, 86400),
        ("\u00b2", 7200),
    ],
)
def test_how_long_a_token_lives(clock, said, lives):
    client, _script = client_of(
        clock, (200, {"accessToken": "x" * 9, "expireIn": said})
    )
    assert client.auth.app_token() == ("x" * 9, lives)


def test_scopes_of_an_app_that_may_see_nothing(clock):
    client, _script = client_of(clock, ok(), ok(auth_org_scopes={"authed_dept": [1]}))
    assert client.auth.scopes()["dept_ids"] == []
    assert client.auth.scopes()["dept_ids"] == [1]


def test_the_classic_signature_is_sent(clock):
    client, script = client_of(clock, ok(user_info={"unionid": "x"}))
    client.auth.user_by_sns_code("code-1")
    params = script.requests[0]["params"]
    assert params["timestamp"] == "1700000000000" and params["accessKey"] == "dingkey"
    assert "access_token" not in params and len(params["signature"]) == 44
