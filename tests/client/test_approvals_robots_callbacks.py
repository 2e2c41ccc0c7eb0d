# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Approvals in both families, robots and callbacks: requests and parsed answers."""

import json
import os

import pytest
from conftest import HERE
from dingtalk import errors
from dingtalk.api import robots
from dingtalk.api.approvals import approver_node, form_value
from dingtalk.beijing import beijing_time
from scripted import client_of, ok

FLOW = "/v1.0/workflow/"


def done(**members):
    return 200, dict({"success": True, "result": True}, **members)


def samples():
    path = os.path.join(HERE, "data", "approval_samples_captured.json")
    with open(path, "rb") as handle:
        found = json.loads(handle.read().decode("utf-8"))
    return [one for one in found if "answer" in one]


# Values


def test_values_of_a_form():
    assert form_value("金额", 100) == {"name": "金额", "value": "100"}
    assert form_value("x", ["选项1"]) == {"name": "x", "value": '["选项1"]'}
    ranged = form_value(["开始", "结束"], ["2019-02-19", "2019-02-25"])
    assert ranged["name"] == '["开始","结束"]'
    table = form_value("t", [[{"name": "a", "value": "1"}]], componentType="TableField")
    assert json.loads(table["value"]) == [[{"name": "a", "value": "1"}]]
    assert table["componentType"] == "TableField"
    for name, value in (("", "x"), ("a", None), ("a", True), ("a", "x" * 65536)):
        with pytest.raises(errors.InvalidArgumentError):
            form_value(name, value)


def test_approver_nodes():
    assert approver_node(["a"], "AND") == {"actionType": "NONE", "userIds": ["a"]}
    assert approver_node(["a", "b"], "AND")["actionType"] == "AND"
    for userids, action in (([], "OR"), (["a", "b"], "NONE"), (["a", "b"], "XOR")):
        with pytest.raises(errors.InvalidArgumentError):
            approver_node(userids, action)


@pytest.mark.parametrize(
    "text,seconds",
    [
        # The epoch in the instance id of the capture is 1680857502: 42 seconds later.
        ("2023-04-07T16:51Z", 1680857460),
        ("2023-04-07 16:51:42", 1680857502),
        ("", None),
        (None, None),
        ("tomorrow", None),
    ],
)
def test_times_are_beijing_time(text, seconds):
    assert beijing_time(text) == seconds


# The new family

VALUES = [form_value("a", "b")]


@pytest.mark.parametrize(
    "call,method,path,sent",
    [
        (
            lambda a: a.save_template("n", [{"componentType": "TextField"}]),
            "POST",
            "forms",
            {"name": "n", "formComponents": [{"componentType": "TextField"}]},
        ),
        (
            lambda a: a.schema("PROC-1"),
            "GET",
            "forms/schemas/processCodes",
            {"processCode": "PROC-1"},
        ),
        (
            lambda a: a.terminate("i", "u", "why"),
            "POST",
            "processInstances/terminate",
            {
                "processInstanceId": "i",
                "isSystem": False,
                "remark": "why",
                "operatingUserId": "u",
            },
        ),
        (
            lambda a: a.comment("i", "u", "hello", photos=["https://p"]),
            "POST",
            "processInstances/comments",
            {
                "processInstanceId": "i",
                "commentUserId": "u",
                "text": "hello",
                "file": {"attachments": [], "photos": ["https://p"]},
            },
        ),
        (
            lambda a: a.space("u", 42),
            "POST",
            "processInstances/spaces/infos/query",
            {"userId": "u", "agentId": 42},
        ),
        (
            lambda a: a.download_url("i", "f"),
            "POST",
            "processInstances/spaces/files/urls/download",
            {"processInstanceId": "i", "fileId": "f", "withCommentAttatchment": False},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_sent(clock, call, method, path, sent):
    result = {"processCode": "PROC-1", "spaceId": 5, "downloadUri": "https://d"}
    if "managements" in path:
        result = []
    elif "todoTasks" in path:
        result = 10
    client, script = client_of(clock, done(result=result))
    call(client.approvals)
    request = script.requests[0]
    assert (request["method"], request["path"]) == (method, FLOW + path)
    assert (request["json"] if method == "POST" else request["params"]) == sent
    assert request["url"].startswith("https://api.dingtalk.com/")


def test_start(clock):
    client, script = client_of(clock, *[(200, {"instanceId": "i-1"})] * 2)
    assert client.approvals.start("PROC-1", "u", VALUES, dept_id=-1) == "i-1"
    assert script.requests[0]["json"] == {
        "processCode": "PROC-1",
        "originatorUserId": "u",
        "formComponentValues": VALUES,
        "deptId": -1,
    }
    client.approvals.start(
        "PROC-1",
        "u",
        VALUES,
        approvers=[approver_node(["a", "b"], "AND")],
        cc_userids=["c"],
        cc_position="FINISH",
        target_approvers=[("key", ["d"])],
        agent_id="42",
    )
    body = script.requests[1]["json"]
    assert body["approvers"] == [{"actionType": "AND", "userIds": ["a", "b"]}]
    assert (body["ccList"], body["ccPosition"]) == (["c"], "FINISH")
    assert body["targetSelectActioners"] == [
        {"actionerKey": "key", "actionerUserIds": ["d"]}
    ]
    assert body["microappAgentId"] == 42 and "deptId" not in body


NODE = approver_node(["a"])


@pytest.mark.parametrize("family", ["approvals", "approvals_oapi"])
@pytest.mark.parametrize(
    "options",
    [
        {"values": []},
        {"values": VALUES * 201},
        {"dept_id": None},
        {"dept_id": "x"},
        {"originator": ""},
        {"process_code": ""},
        {"approvers": [NODE] * 21},
        {"cc_userids": ["c"]},
        {"cc_userids": ["c"] * 51, "approvers": [NODE]},
        {"cc_position": "MIDDLE"},
        {"agent_id": "x"},
    ],
    ids=lambda options: ",".join(sorted(options)),
)
def test_starts_that_are_refused_before_sending(clock, options, family):
    client, script = client_of(clock)
    options = dict(
        {"process_code": "P", "originator": "u", "values": VALUES, "dept_id": 1},
        **options
    )
    with pytest.raises(errors.InvalidArgumentError):
        getattr(client, family).start(**options)
    assert not script.requests


@pytest.mark.parametrize("family", ["approvals", "approvals_oapi"])
def test_a_start_of_unknown_outcome_is_not_repeated(clock, family):
    for trouble in (
        errors.TransportError("timeout", "x", outcome_unknown=True),
        (500, {"code": "systemError", "message": "x"}),
        ok(),
        (200, {"instanceId": 5, "errcode": 0}),
    ):
        client, script = client_of(clock, trouble)
        with pytest.raises(errors.DingTalkError) as caught:
            getattr(client, family).start("P", "u", VALUES, dept_id=1)
        assert caught.value.outcome_unknown and len(script.requests) == 1


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample["source"][:40])
def test_captured_instances_read_the_same_in_both_families(clock, sample):
    answer = sample["answer"]
    client, _script = client_of(clock, (200, answer), (200, answer))
    if "errcode" in answer or "process_instance" in answer:
        answer.setdefault("errcode", 0)
        found = client.approvals_oapi.instance("i")
        raw = answer["process_instance"]
        assert found["originatorUserId"] == raw["originator_userid"]
        assert len(found["tasks"]) == len(raw["tasks"])
        assert len(found["operationRecords"]) == len(raw["operation_records"])
    else:
        found = client.approvals.instance("i")
    assert found["status"] in ("RUNNING", "TERMINATED", "COMPLETED", "NEW", "CANCELED")
    assert beijing_time(found["createTime"])
    assert found["formComponentValues"] and found["operationRecords"]
    for value in found["formComponentValues"]:
        assert value.get("value") != "null"
        assert isinstance(value["componentType"], str)
    for task in found["tasks"]:
        assert {"userId", "status", "result", "taskId"} <= set(task)


def test_an_answer_that_says_no_without_an_error(clock):
    for said in (False, "false"):
        client, _script = client_of(clock, (200, {"success": said, "result": None}))
        with pytest.raises(errors.ApiError) as caught:
            client.approvals.comment("i", "u", "x")
        assert caught.value.code == "not_done"
    client, _script = client_of(clock, (200, {"success": "true", "result": True}))
    client.approvals.comment("i", "u", "x")


@pytest.mark.parametrize("family", ["approvals", "approvals_oapi"])
def test_pages_of_ids(clock, family):
    new = family == "approvals"

    def page(items, following):
        result = {"list": items}
        if following is not None:
            result["nextToken" if new else "next_cursor"] = following
        return (200, {"success": True, "result": result}) if new else ok(result=result)

    client, script = client_of(
        clock, page(["a"], "10" if new else 10), page(["b"], None), page([], 5)
    )
    area = getattr(client, family)
    first = area.instance_ids_page("P", 1000, 2000, userids=["u"])
    assert first == (["a"], 10)
    assert area.instance_ids_page("P", 1000, next_token=10) == (["b"], None)
    # A token that does not advance ends the reading.
    assert area.instance_ids_page("P", 1000, next_token=10) == ([], None)
    body = script.requests[0]["json"]
    assert body["userIds" if new else "userid_list"] == (["u"] if new else "u")
    for options in (
        {"size": 21},
        {"size": 0},
        {"userids": ["u"] * 11},
        {"end": 1000 + 121 * 24 * 3600 * 1000},
        {"end": 5},
        {"statuses": ["OPEN"]},
    ):
        with pytest.raises(errors.InvalidArgumentError):
            area.instance_ids_page("P", 1000, **options)


@pytest.mark.parametrize("family", ["approvals", "approvals_oapi"])
def test_pages_of_templates(clock, family):
    new = family == "approvals"
    if new:
        item = {"name": "n", "processCode": "P", "iconUrl": "i", "url": "u"}
        answers = [(200, {"result": {"processList": [item], "nextToken": 1}})]
        answers.append((200, {"result": {"processList": []}}))
    else:
        item = {"name": "n", "process_code": "P", "icon_url": "i", "url": "u"}
        answers = [ok(result={"process_list": [item], "next_cursor": 1})]
        answers.append(ok(result={"process_list": [None, []]}))
    client, _script = client_of(clock, *answers)
    page = getattr(client, family).templates_page("u")
    assert page.next_cursor == 1
    assert page.items == [{"name": "n", "processCode": "P", "iconUrl": "i", "url": "u"}]
    assert getattr(client, family).templates_page().next_cursor is None


def test_attachments(clock):
    upload = {
        "uploadKey": "k",
        "headerSignatureInfo": {"resourceUrls": ["https://oss"], "headers": {"a": "b"}},
    }
    entry = {"id": "f1", "spaceId": "5", "name": "a.pdf", "size": 3, "extension": "pdf"}
    client, script = client_of(clock, (200, upload), (200, {"dentry": entry}))
    info = client.approvals.upload_info(5, "union/+id", "a.pdf", 3, md5="m")
    assert info == {"key": "k", "url": "https://oss", "headers": {"a": "b"}}
    assert client.approvals.commit_file(5, "union", "k", "a.pdf", 3) == {
        "spaceId": "5",
        "fileId": "f1",
        "fileName": "a.pdf",
        "fileSize": "3",
        "fileType": "pdf",
    }
    assert (
        script.requests[0]["path"] == "/v1.0/storage/spaces/5/files/uploadInfos/query"
    )
    assert script.requests[0]["params"] == {"unionId": "union/+id"}


# The old family


def test_start_in_the_old_family(clock):
    client, script = client_of(clock, ok(process_instance_id="i-1"))
    assert "i-1" == client.approvals_oapi.start(
        "P",
        "u",
        [form_value("a", ["x"], extValue="e")],
        dept_id=-1,
        approvers=[approver_node(["a", "b"], "OR")],
        cc_userids=["c", "d"],
        cc_position="START",
        agent_id=42,
    )
    assert script.requests[0]["path"] == "/topapi/processinstance/create"
    assert script.requests[0]["json"] == {
        "process_code": "P",
        "originator_user_id": "u",
        "dept_id": -1,
        "form_component_values": [{"name": "a", "value": '["x"]', "ext_value": "e"}],
        "approvers_v2": [{"task_action_type": "OR", "user_ids": ["a", "b"]}],
        "cc_list": "c,d",
        "cc_position": "START",
        "agent_id": 42,
    }


def test_the_rest_of_the_old_family(clock):
    file = {"spaceId": "1", "fileId": "2", "fileName": "n", "fileSize": "3"}
    client, script = client_of(
        clock,
        ok(result=True, success=True),
        ok(result=True, success=True),
        ok(result={"space_id": 5}, success=True),
        ok(result={"download_uri": "https://d"}),
        ok(success=False),
    )
    oapi = client.approvals_oapi
    oapi.terminate("i", is_system=True)
    oapi.comment("i", "u", "x", attachments=[dict(file, fileType="pdf")])
    assert oapi.space("u") == 5
    assert oapi.download_url("i", "f") == "https://d"
    with pytest.raises(errors.ApiError):
        oapi.terminate("i", "u")
    comment = script.requests[1]["json"]["request"]
    assert comment["file"]["attachments"] == [
        {
            "space_id": "1",
            "file_id": "2",
            "file_name": "n",
            "file_size": "3",
            "file_type": "pdf",
        }
    ]


def test_only_the_system_withdraws_without_a_person(clock):
    client, script = client_of(clock)
    for area in (client.approvals, client.approvals_oapi):
        with pytest.raises(errors.InvalidArgumentError):
            area.terminate("i")
    assert not script.requests


# Robots


def test_robot_limits(clock):
    client, script = client_of(clock)
    send = client.robots
    for call in (
        lambda: send.send_webhook("", robots.webhook_text("x")),
        lambda: send.send_webhook("t" * 20, robots.webhook_text("字" * 7000)),
        lambda: robots.webhook_text("x", at_mobiles=["1"] * 51),
        lambda: robots.webhook_token("https://oapi.dingtalk.com/robot/send"),
    ):
        with pytest.raises(errors.InvalidArgumentError):
            call()
    assert not script.requests


def test_a_webhook_message_is_repeated_only_with_a_key(clock):
    gone = errors.TransportError("timeout", "x", outcome_unknown=True)
    client, script = client_of(clock, gone)
    with pytest.raises(errors.TransportError):
        client.robots.send_webhook("t" * 20, robots.webhook_text("x"))
    client, script = client_of(clock, gone, ok())
    client.robots.send_webhook("t" * 20, robots.webhook_text("x"), uuid="key-1")
    assert script.requests[1]["json"]["msgUuid"] == "key-1"
    assert script.requests[1]["params"] == {"access_token": "t" * 20}


# Callbacks

AES = "1234567890123456789012345678901234567890123"


def test_registration(clock):
    client, script = client_of(
        clock,
        ok(),
        ok(),
        ok(
            call_back_tag=["user_add_org"], token="t0ken1", aes_key=AES, url="https://o"
        ),
        ok(),
        (200, {"errcode": 71007, "errmsg": "回调地址已不存在"}),
        (200, {"errcode": 71006, "errmsg": "回调地址已经存在"}),
    )
    area = client.callbacks
    area.register(["user_add_org"], "t0ken1", AES, "https://o")
    area.update(["user_add_org"], "t0ken1", AES, "https://o")
    assert area.get()["tags"] == ["user_add_org"]
    area.delete()
    with pytest.raises(errors.NotFoundError):
        area.get()
    with pytest.raises(errors.InvalidArgumentError):
        area.register(["user_add_org"], "t0ken1", AES, "https://o")
    assert [request["method"] for request in script.requests[:4]] == [
        "POST",
        "POST",
        "GET",
        "GET",
    ]
    assert set(script.requests[0]["json"]) == {
        "call_back_tag",
        "token",
        "aes_key",
        "url",
    }
    for arguments in (
        ([], "t0ken1", AES, "https://o"),
        (["x"], "short", AES, "https://o"),
        (["x"], "x" * 64, AES, "https://o"),
        (["x"], "t0ken1", AES[1:], "https://o"),
        (["x"], "t0ken1", AES[1:] + "+", "https://o"),
        (["x"], "t0ken1", AES, "ftp://o"),
    ):
        with pytest.raises(errors.InvalidArgumentError):
            area.register(*arguments)


def test_failed_events_are_fetched_once_since_fetching_deletes(clock):
    event = {"call_back_tag": "user_add_org", "event_time": 1}
    client, _script = client_of(clock, ok(has_more=True, failed_list=[event]), ok())
    assert client.callbacks.failed() == ([event], True)
    assert client.callbacks.failed() == ([], False)
    gone = errors.TransportError("timeout", "x", outcome_unknown=True)
    client, script = client_of(clock, gone)
    with pytest.raises(errors.TransportError):
        client.callbacks.failed()
    assert len(script.requests) == 1
