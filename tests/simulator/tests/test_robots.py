# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Robots: the webhook of a group, and an app's robot."""

import json
import time

import pytest
from dingtalk_simulator import signatures

TEXT = {"msgtype": "text", "text": {"content": "build failed"}}


@pytest.fixture
def robot(box):
    box.robot = box.control("POST", "robots", {"name": "CI"})["token"]
    return box


def send(box, body=TEXT, token=None, **params):
    params["access_token"] = token or box.robot
    return box.raw("POST", "/robot/send", params=params, json=body).json()


def group(box):
    return box.control("GET", "groups")[0]


def test_send(robot):
    assert send(robot) == {"errcode": 0, "errmsg": "ok"}
    (message,) = group(robot)["messages"]
    assert message["msg"] == TEXT and message["source"] == "webhook"


@pytest.mark.parametrize(
    "body",
    [
        {
            "msgtype": "link",
            "link": {"text": "x", "title": "t", "picUrl": "", "messageUrl": "u"},
        },
        {
            "msgtype": "markdown",
            "markdown": {"title": "t", "text": "x"},
            "at": {"isAtAll": True},
        },
        {
            "msgtype": "actionCard",
            "actionCard": {
                "title": "t",
                "text": "x",
                "singleTitle": "s",
                "singleURL": "u",
            },
        },
        {
            "msgtype": "actionCard",
            "actionCard": {
                "title": "t",
                "text": "x",
                "btns": [{"title": "a", "actionURL": "u"}],
            },
        },
        {
            "msgtype": "feedCard",
            "feedCard": {"links": [{"title": "t", "messageURL": "u", "picURL": "p"}]},
        },
    ],
)
def test_bodies(robot, body):
    assert send(robot, body)["errcode"] == 0
    assert group(robot)["messages"][0]["msg"] == body


def test_bad_bodies(robot):
    assert send(robot, {"msgtype": "poem"})["errcode"] == 400105
    assert (
        send(robot, {"msgtype": "markdown", "markdown": {"text": "x"}})["errcode"]
        == 400402
    )
    card = {"msgtype": "actionCard", "actionCard": {"title": "t", "text": "x"}}
    assert send(robot, card)["errcode"] == 400402
    feed = {"msgtype": "feedCard", "feedCard": {"links": [{"title": "t"}]}}
    assert send(robot, feed)["errcode"] == 400402
    assert send(robot, {})["errcode"] == 40035
    long = {"msgtype": "text", "text": {"content": "x" * 20001}}
    assert "exceed 20000 bytes" in send(robot, long)["errmsg"]
    assert group(robot)["messages"] == []


def test_tokens(robot):
    assert send(robot, token="unknown") == {
        "errcode": 300005,
        "errmsg": "token is not exist",
    }
    assert robot.raw("POST", "/robot/send", json=TEXT).json() == {
        "errcode": 40035,
        "errmsg": "缺少参数 access_token",
    }
    robot.settings(robot_unknown_token_code=400101)
    assert send(robot, token="unknown")["errcode"] == 400101
    robot.control("PATCH", "robots/" + robot.robot, {"enabled": False})
    assert send(robot)["errcode"] == 400102


def test_signature(robot):
    robot.control("PATCH", "robots/" + robot.robot, {"secret": "SECabc"})
    now = "%d" % (time.time() * 1000)
    sign = signatures.robot("SECabc", now)
    assert send(robot, timestamp=now, sign=sign)["errcode"] == 0
    assert send(robot, timestamp=now, sign="forged") == {
        "errcode": 310000,
        "errmsg": "sign not match",
    }
    assert send(robot) == {"errcode": 310000, "errmsg": "invalid timestamp"}
    old = "%d" % ((time.time() - 3601) * 1000)
    found = send(robot, timestamp=old, sign=signatures.robot("SECabc", old))
    assert found["errmsg"] == "invalid timestamp"
    robot.settings(robot_error_text="long")
    assert send(robot, timestamp=now, sign="x")["errmsg"].startswith(
        "sign not match, more: ["
    )
    robot.settings(robot_error_text="description")
    assert send(robot, timestamp=now, sign="x")["errmsg"].startswith(
        "description:机器人发送签名不匹配;"
    )


def test_first_robot_is_signed(box):
    (robot,) = group(box)["robots"]
    assert robot["secret"].startswith("SEC")
    box.robot = robot["token"]
    assert send(box)["errcode"] == 310000


def test_keywords_and_addresses(robot):
    robot.control("PATCH", "robots/" + robot.robot, {"keywords": ["build", "deploy"]})
    assert send(robot)["errcode"] == 0
    other = {"msgtype": "text", "text": {"content": "lunch"}}
    assert send(robot, other) == {
        "errcode": 310000,
        "errmsg": "keywords not in content",
    }
    robot.control("PATCH", "robots/" + robot.robot, {"ip_whitelist": ["10.0.0.1"]})
    assert send(robot)["errmsg"] == "ip 127.0.0.1 not in whitelist"


def test_twenty_a_minute(robot, stopped):
    codes = [send(robot)["errcode"] for _unused in range(22)]
    assert codes == [0] * 20 + [130101] * 2
    robot.settings(clock_offset=120)
    assert send(robot)["errcode"] == 130101
    robot.settings(clock_offset=700)
    assert send(robot)["errcode"] == 0
    robot.settings(clock_offset=0, robot_too_fast_code=660026)
    assert send(robot)["errcode"] == 660026


def test_idempotency_key(robot):
    for _unused in range(2):
        assert send(robot, dict(TEXT, msgUuid="u1"))["errcode"] == 0
    assert len(group(robot)["messages"]) == 1


# The robot of an app

SEND = "/v1.0/robot/oToMessages/batchSend"


def one_to_one(box, userids, key="sampleText", param=None, **more):
    body = {
        "robotCode": box.app_key,
        "userIds": userids,
        "msgKey": key,
        "msgParam": json.dumps(param or {"content": "hi"}),
    }
    return box.api("POST", SEND, dict(body, **more))


def test_too_many_messages(box):
    """HTTP 200 names the missed recipients."""
    one, two = box.people(2)
    box.settings(robot_flow_controlled=[one])
    status, found = one_to_one(box, [one, two])
    assert (status, found["flowControlledStaffIdList"]) == (200, [one])
    status, found = one_to_one(box, [one])
    assert (status, found["flowControlledStaffIdList"]) == (200, [one])
    assert not box.control("GET", "messages?userid=" + one)
    assert box.control("GET", "messages?userid=" + two)


def test_one_to_one(box):
    userid = box.people(1)[0]
    status, found = one_to_one(box, [userid, "nobody"])
    assert status == 200
    key = found.pop("processQueryKey")
    assert found == {
        "invalidStaffIdList": ["nobody"],
        "flowControlledStaffIdList": [],
        "filteredStaffIdList": [],
    }
    (note,) = box.control("GET", "messages?userid=" + userid)
    assert note["source"] == "robot" and note["msg"]["sampleText"] == {"content": "hi"}

    def status_of():
        found = box.api(
            "GET",
            "/v1.0/robot/oToMessages/readStatus",
            robotCode=box.app_key,
            processQueryKey=key,
        )[1]
        assert found["sendStatus"] == "SUCESS"
        return found["messageReadInfoList"][0]

    entry = status_of()
    assert (entry["userId"], entry["readStatus"]) == (userid, "UNREAD")
    box.control("POST", "messages/%s/read" % note["id"])
    assert status_of()["readStatus"] == "READ" and status_of()["readTimestamp"] > 1e12
    body = {"robotCode": box.app_key, "processQueryKeys": [key, "unknown"]}
    status, found = box.api("POST", "/v1.0/robot/otoMessages/batchRecall", body)
    assert found["successResult"] == [key] and list(found["failedResult"]) == [
        "unknown"
    ]
    assert box.control("GET", "messages?userid=" + userid)[0]["recalled"] is True


@pytest.mark.parametrize(
    "values, code",
    [
        ({"robotCode": ""}, "invalidParameter.robotCode.empty"),
        ({"robotCode": "x"}, "invalidParameter.robotCode.notExsit"),
        ({"msgKey": "x"}, "invalidParameter.msgKey.invalid"),
        ({"msgParam": "no json"}, "invalidParameter.msgParam.invalid"),
        ({"msgParam": "{}"}, "invalidParameter.msgParam.invalid"),
        ({"userIds": []}, "invalidParameter.userIds.empty"),
        (
            {"userIds": ["n%d" % n for n in range(21)]},
            "invalidParameter.userIds.overMax",
        ),
        ({"userIds": ["nobody"]}, "staffId.notExisted"),
    ],
)
def test_one_to_one_errors(box, values, code):
    status, found = one_to_one(box, box.people(1), **values)
    assert (status, found["code"]) == (400, code)


def test_a_day_later(box):
    key = one_to_one(box, box.people(1))[1]["processQueryKey"]
    status_path, recall_path = (
        "/v1.0/robot/oToMessages/readStatus",
        "/v1.0/robot/otoMessages/batchRecall",
    )
    query = {"robotCode": box.app_key, "processQueryKey": key}
    assert box.api("GET", status_path, **query)[0] == 200
    assert box.api("GET", status_path, **dict(query, processQueryKey="x"))[0] == 400
    box.settings(clock_offset=24 * 3600 + 60)
    box._token = None
    assert box.api("GET", status_path, **query)[0] == 400
    body = {"robotCode": box.app_key, "processQueryKeys": [key]}
    assert list(box.api("POST", recall_path, body)[1]["failedResult"]) == [key]
    assert box.api("POST", recall_path, dict(body, processQueryKeys=[]))[0] == 400
    many = dict(body, processQueryKeys=["k%d" % number for number in range(21)])
    assert box.api("POST", recall_path, many)[0] == 400
    group_query = "/v1.0/robot/groupMessages/query"
    assert box.api("POST", group_query, {"processQueryKey": key})[0] == 400


def test_who_has_read_a_group_message(box):
    conversation = group(box)["open_conversation_id"]
    other = box.control("POST", "groups", {"title": "Other", "members": box.people(3)})
    body = {
        "robotCode": box.app_key,
        "openConversationId": conversation,
        "msgKey": "sampleText",
        "msgParam": '{"content": "x"}',
    }
    key = box.api("POST", "/v1.0/robot/groupMessages/send", body)[1]["processQueryKey"]
    readers = group(box)["members"][:3]
    message = group(box)["messages"][0]["id"]
    for userid in readers:
        box.control("POST", "groups/messages/%d/read" % message, {"userid": userid})
    path = "/v1.0/robot/groupMessages/query"
    query = dict(body, processQueryKey=key, maxResults=2)
    first = box.api("POST", path, query)[1]
    assert first["readUserIds"] == readers[:2] and first["hasMore"] is True
    second = box.api("POST", path, dict(query, nextToken=first["nextToken"]))[1]
    assert second["readUserIds"] == readers[2:] and second["hasMore"] is False
    for values, code in (
        ({"robotCode": "x"}, "invalidParameter.robotCode.notExsit"),
        ({"robotCode": ""}, "invalidParameter.robotCode.empty"),
        ({"openConversationId": "x"}, "invalidParameter.openConversationId.notExist"),
        (
            {"openConversationId": other["open_conversation_id"]},
            "invalidParameter.processQueryKey.invalid",
        ),
        ({"processQueryKey": "x"}, "invalidParameter.processQueryKey.invalid"),
        ({"maxResults": 0}, "invalidParameter.maxResults"),
        ({"nextToken": "x"}, "invalidParameter.nextToken"),
    ):
        status, found = box.api("POST", path, dict(query, **values))
        assert (status, found["code"]) == (400, code)


def test_group_messages(box):
    conversation = group(box)["open_conversation_id"]
    body = {
        "robotCode": box.app_key,
        "openConversationId": conversation,
        "msgKey": "sampleMarkdown",
        "msgParam": json.dumps({"title": "t", "text": "# x"}),
    }
    status, found = box.api("POST", "/v1.0/robot/groupMessages/send", body)
    assert status == 200
    assert group(box)["messages"][0]["msg"]["sampleMarkdown"]["title"] == "t"
    key = found["processQueryKey"]
    query = dict(body, processQueryKey=key)
    assert (
        box.api("POST", "/v1.0/robot/groupMessages/query", query)[1]["sendStatus"]
        == "SUCCESS"
    )
    recall = dict(body, processQueryKeys=[key])
    found = box.api("POST", "/v1.0/robot/groupMessages/recall", recall)[1]
    assert found == {"successResult": [key], "failedResult": {}}
    assert group(box)["messages"][0]["recalled_at"]
    status, found = box.api(
        "POST", "/v1.0/robot/groupMessages/send", dict(body, openConversationId="x")
    )
    assert (status, found["code"]) == (
        400,
        "invalidParameter.openConversationId.notExist",
    )
    long = dict(body, msgParam=json.dumps({"title": "t", "text": "x" * 15000}))
    assert box.api("POST", "/v1.0/robot/groupMessages/send", long)[0] == 400
