# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""A foreign client of the old family (`dingtalk-sdk`) works with the simulator."""

import pytest
from dingtalk_simulator import signatures

pytest.importorskip("dingtalk")
from dingtalk import AppKeyClient, SecretClient  # noqa: E402
from dingtalk.core.exceptions import DingTalkClientException  # noqa: E402
from dingtalk.model.message import MarkdownBody, TextBody  # noqa: E402


@pytest.fixture
def client(box, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    class Here(AppKeyClient):
        API_BASE_URL = box.url + "/"

        def _handle_pre_top_request(self, params, uri):
            # Its TOP calls go to eco.taobao.com; here both are in one place.
            params, _url = super()._handle_pre_top_request(params, uri)
            return params, box.url + "/router/rest"

    box.sdk = Here(box.corp_id, box.app_key, box.app_secret)
    return box.sdk


def test_token(box, client):
    assert client.access_token == box.token()
    assert len(client.jsapi_ticket) > 20


def test_older_token_form(box):
    class Here(SecretClient):
        API_BASE_URL = box.url + "/"

    assert Here(box.corp_id, box.app_secret).access_token == box.token()


def test_token_is_renewed_once(box, client):
    old = client.access_token
    box.control("POST", "tokens/expire")
    assert client.department.get(1)["name"] == box.org.name
    assert client.access_token != old


def test_jsapi_signature(box, client):
    url = "http://odoo.example.com/web?a=b"
    found = client.get_jsapi_params(url)
    assert found["signature"] == signatures.jsapi(
        client.jsapi_ticket, found["nonceStr"], found["timeStamp"], url, "sha1"
    )


def test_departments(box, client):
    ids = client.department.list_ids(1)
    assert ids and ids == [one["id"] for one in client.department.list(1)]
    assert len(client.department.list(1, fetch_child=True)) == 6
    found = client.department.get(ids[0])
    assert found["name"] == box.org.departments[ids[0]].name
    assert client.department.list_parent_depts_by_dept(ids[0]) == [ids[0], 1]
    made = client.department.create({"name": "New", "parentid": "1"})
    assert client.department.update({"id": made, "name": "Newer"}) == made
    assert box.org.departments[made].name == "Newer"
    client.department.delete(made)
    assert made not in box.org.departments
    with pytest.raises(DingTalkClientException) as caught:
        client.department.get(made)
    assert caught.value.errcode == 60003


def test_people(box, client, first_dept):
    expected = list(box.org.member_ids(first_dept))
    found = client.user.simple_list(first_dept)
    assert [one["userid"] for one in found["userlist"]] == expected
    found = client.user.list(first_dept, 0, 2)
    assert len(found["userlist"]) == 2 and found["hasMore"] is True
    one = client.user.get(expected[0])
    person = box.org.people[expected[0]]
    assert (one["name"], one["unionid"], one["department"]) == (
        person.name,
        person.unionid,
        list(person.depts),
    )
    assert client.user.get_userid_by_unionid(person.unionid)["userid"] == expected[0]
    assert client.user.get_dept_member(first_dept) == expected
    assert client.user.get_org_user_count(False) == len(
        [one for one in box.org.people.values() if one.active]
    )
    assert client.user.get_admin()[0]["sys_level"] == 1
    assert client.user.auth_scopes()["auth_org_scopes"]["authed_dept"] == [1]
    made = client.user.create({"name": "N", "mobile": "13800000021", "department": [1]})
    client.user.update({"userid": made, "name": "M"})
    assert box.org.people[made].name == "M"
    client.user.delete(made)
    with pytest.raises(DingTalkClientException) as caught:
        client.user.get(made)
    assert caught.value.errcode == 60121


def test_login_code(box, client):
    code = box.control("POST", "login_codes", {"kind": "inside"})["code"]
    assert client.user.getuserinfo(code)["userid"] == box.people(1)[0]


def test_messages(box, client):
    one, two = box.people(2)
    task_id = client.message.asyncsend_v2(TextBody("hello"), box.agent_id, [one, two])
    note = box.control("GET", "messages?userid=" + one)[0]
    assert note["msg"]["text"]["content"] == "hello" and note["task_id"] == str(task_id)
    assert client.message.getsendprogress(box.agent_id, task_id)["status"] == 2
    box.control("POST", "messages/%s/read" % note["id"])
    found = client.message.getsendresult(box.agent_id, task_id)
    assert (found["read_user_id_list"], found["unread_user_id_list"]) == ([one], [two])
    client.message.recall(box.agent_id, task_id)
    assert box.control("GET", "messages?userid=" + one)[0]["recalled"] is True
    task_id = client.message.asyncsend_v2(
        MarkdownBody("t", "# x"), box.agent_id, (), [1]
    )
    assert len(box.control("GET", "messages?task_id=%s" % task_id)) == 30


def test_upload(box, client, tmp_path):
    file = tmp_path / "a.png"
    file.write_bytes(b"\x89PNG")
    with file.open("rb") as opened:
        found = client.message.media_upload("image", opened)
    assert box.world.messages.media[found["media_id"]].kind == "image"


def test_top_errors(box, client):
    with pytest.raises(DingTalkClientException) as caught:
        client.message.asyncsend_v2(TextBody("hello"), 1, box.people(1))
    assert caught.value.errcode == 40056
    box.settings(ip_whitelist=["10.0.0.1"])
    with pytest.raises(DingTalkClientException) as caught:
        client.message.asyncsend_v2(TextBody("hello"), box.agent_id, box.people(1))
    assert caught.value.errcode == 88 and "10.0.0.1" not in str(caught.value)
    answer = box.raw(
        "POST", "/router/rest", params={"method": "dingtalk.nothing", "session": "x"}
    )
    assert answer.json() == {"error_response": {"code": 22, "msg": "Invalid method"}}


def test_top_answers(box):
    """Shapes of the older gateway, without a client."""

    def rest(method, **params):
        params.update({"method": method, "session": box.token()})
        return box.raw("POST", "/router/rest", params=params).json()

    found = rest("dingtalk.oapi.v2.department.get", dept_id=1)
    assert list(found) == ["dingtalk_oapi_v2_department_get_response"]
    found = found["dingtalk_oapi_v2_department_get_response"]
    assert found["errcode"] == 0 and found["result"]["dept_id"] == 1
    assert found["request_id"]
    task_id = box.notify(box.people(1))["task_id"]
    found = rest(
        "dingtalk.corp.message.corpconversation.getsendprogress",
        agent_id=box.agent_id,
        task_id=task_id,
    )
    (found,) = found.values()
    assert found["result"]["success"] is True
    assert found["result"]["progress"]["progress_in_percent"] == 100
    found = rest("dingtalk.oapi.v2.department.get")
    assert found["dingtalk_oapi_v2_department_get_response"]["errcode"] == 400002
    params = {"method": "dingtalk.oapi.v2.department.get"}
    found = box.raw("POST", "/router/rest", params=params).json()
    assert found == {"error_response": {"code": 26, "msg": "Missing session"}}
    params["session"] = "bad"
    found = box.raw("POST", "/router/rest", params=params).json()
    assert found["error_response"]["sub_code"] == "40014"
