# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The official SDK of the new family (`alibabacloud-dingtalk`) works with the
simulator.
"""

import asyncio
import importlib

import pytest

pytest.importorskip("alibabacloud_dingtalk")
from alibabacloud_dingtalk.contact_1_0 import models as contact  # noqa: E402
from alibabacloud_dingtalk.oauth2_1_0 import models as oauth2  # noqa: E402
from alibabacloud_dingtalk.robot_1_0 import models as robot  # noqa: E402
from alibabacloud_tea_openapi.models import Config  # noqa: E402
from alibabacloud_tea_util.models import RuntimeOptions  # noqa: E402
from Tea.exceptions import TeaException  # noqa: E402


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """The SDK uses a proxy even for this machine."""
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "http_proxy",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)


def client(box, area):
    module = importlib.import_module("alibabacloud_dingtalk.%s.client" % area)
    return module.Client(
        Config(protocol="http", endpoint=box.url.split("//")[1], region_id="central")
    )


def headers(box, models, name, token=None):
    return getattr(models, name + "Headers")(
        x_acs_dingtalk_access_token=token or box.token()
    )


def test_tokens(box):
    oauth = client(box, "oauth2_1_0")
    body = oauth.get_access_token(
        oauth2.GetAccessTokenRequest(app_key=box.app_key, app_secret=box.app_secret)
    ).body
    assert (body.access_token, body.expire_in) == (box.token(), 7200)
    body = oauth.get_token(
        box.corp_id,
        oauth2.GetTokenRequest(
            client_id=box.app_key,
            client_secret=box.app_secret,
            grant_type="client_credentials",
        ),
    ).body
    assert (body.access_token, body.expires_in) == (box.token(), 7200)


def test_asynchronous(box):
    request = oauth2.GetAccessTokenRequest(
        app_key=box.app_key, app_secret=box.app_secret
    )
    answer = asyncio.run(client(box, "oauth2_1_0").get_access_token_async(request))
    assert answer.body.access_token == box.token()
    answer = asyncio.run(
        client(box, "oauth2_1_0").create_jsapi_ticket_with_options_async(
            headers(box, oauth2, "CreateJsapiTicket"), RuntimeOptions()
        )
    )
    assert answer.body.jsapi_ticket


def test_bad_secret(box):
    with pytest.raises(TeaException) as caught:
        client(box, "oauth2_1_0").get_access_token(
            oauth2.GetAccessTokenRequest(app_key=box.app_key, app_secret="no")
        )
    assert caught.value.code == "invalidClientIdOrSecret"
    assert "无效的clientId或者clientSecret" in caught.value.message
    assert "request id: None" not in caught.value.message


def test_ticket(box):
    body = (
        client(box, "oauth2_1_0")
        .create_jsapi_ticket_with_options(
            headers(box, oauth2, "CreateJsapiTicket"), RuntimeOptions()
        )
        .body
    )
    assert body.jsapi_ticket == box.get("/get_jsapi_ticket")["ticket"]
    assert body.expire_in == 7200


def test_sign_in(box):
    userid = box.people(1)[0]
    code = box.control(
        "POST",
        "login_codes",
        {"kind": "oauth", "userid": userid, "scope": "openid corpid"},
    )["code"]
    body = (
        client(box, "oauth2_1_0")
        .get_user_token(
            oauth2.GetUserTokenRequest(
                client_id=box.app_key,
                client_secret=box.app_secret,
                code=code,
                grant_type="authorization_code",
            )
        )
        .body
    )
    assert body.corp_id == box.corp_id and body.refresh_token
    about = (
        client(box, "contact_1_0")
        .get_user_with_options(
            "me", headers(box, contact, "GetUser", body.access_token), RuntimeOptions()
        )
        .body
    )
    person = box.org.people[userid]
    assert (about.union_id, about.nick, about.mobile, about.state_code) == (
        person.unionid,
        person.name,
        person.mobile,
        "86",
    )
    assert about.visitor is False


def test_contacts(box):
    contacts = client(box, "contact_1_0")
    name = box.org.people[box.people(1)[0]].name
    found = contacts.search_user_with_options(
        contact.SearchUserRequest(
            query_word=name, offset=0, size=10, full_match_field=1
        ),
        headers(box, contact, "SearchUser"),
        RuntimeOptions(),
    ).body
    assert box.people(1)[0] in found.list and found.has_more is False
    department = box.control("GET", "departments")[1]
    found = contacts.search_department_with_options(
        contact.SearchDepartmentRequest(
            query_word=department["name"], offset=0, size=10
        ),
        headers(box, contact, "SearchDepartment"),
        RuntimeOptions(),
    ).body
    assert department["dept_id"] in found.list and found.total_count >= 1
    found = contacts.batch_get_user_with_options(
        contact.BatchGetUserRequest(user_id_list=box.people(2)),
        headers(box, contact, "BatchGetUser"),
        RuntimeOptions(),
    ).body
    assert [one.userid for one in found.user_list] == box.people(2)


@pytest.mark.parametrize(
    "prepare, code, status",
    [
        ({"scopes": []}, "Forbidden.AccessDenied.AccessTokenPermissionDenied", 403),
        (
            {"ip_whitelist": ["10.0.0.1"]},
            "Forbidden.AccessDenied.IpNotInWhiteList",
            403,
        ),
        ({"rate_limit": 0}, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", 403),
    ],
)
def test_refusals(box, prepare, code, status):
    box.settings(**prepare)
    with pytest.raises(TeaException) as caught:
        client(box, "contact_1_0").search_user_with_options(
            contact.SearchUserRequest(query_word="x", offset=0, size=10),
            headers(box, contact, "SearchUser"),
            RuntimeOptions(),
        )
    assert (caught.value.code, caught.value.data["statusCode"]) == (code, status)
    if "scopes" in prepare:
        assert caught.value.data["accessdenieddetail"] == {
            "requiredScopes": ["qyapi_addresslist_search"]
        }


def test_robot(box):
    robots, userid = client(box, "robot_1_0"), box.people(1)[0]
    sent = robots.batch_send_otowith_options(
        robot.BatchSendOTORequest(
            robot_code=box.app_key,
            user_ids=[userid, "nobody"],
            msg_key="sampleText",
            msg_param='{"content":"hi"}',
        ),
        headers(box, robot, "BatchSendOTO"),
        RuntimeOptions(),
    ).body
    assert sent.invalid_staff_id_list == ["nobody"]
    found = robots.batch_otoquery_with_options(
        robot.BatchOTOQueryRequest(
            robot_code=box.app_key, process_query_key=sent.process_query_key
        ),
        headers(box, robot, "BatchOTOQuery"),
        RuntimeOptions(),
    ).body
    assert found.send_status == "SUCESS"
    assert found.message_read_info_list[0].user_id == userid
    found = robots.batch_recall_otowith_options(
        robot.BatchRecallOTORequest(
            robot_code=box.app_key, process_query_keys=[sent.process_query_key]
        ),
        headers(box, robot, "BatchRecallOTO"),
        RuntimeOptions(),
    ).body
    assert found.success_result == [sent.process_query_key]


def test_group_robot(box):
    group = box.control("GET", "groups")[0]
    sent = (
        client(box, "robot_1_0")
        .org_group_send_with_options(
            robot.OrgGroupSendRequest(
                robot_code=box.app_key,
                open_conversation_id=group["open_conversation_id"],
                msg_key="sampleText",
                msg_param='{"content":"hi"}',
            ),
            headers(box, robot, "OrgGroupSend"),
            RuntimeOptions(),
        )
        .body
    )
    assert sent.process_query_key
