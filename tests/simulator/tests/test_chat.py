# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Chats with a robot: messages, answers, groups made by API."""

import base64
import json

import pytest
from receiver import SECONDS, until
from test_stream import Client, ack
from test_stream_official import official  # noqa: F401

CREATE, UPDATE = "/v1.0/im/group/create", "/v1.0/im/group/update"


@pytest.fixture
def robot(box):
    """A client that receives the robot's messages."""
    got = []

    def answer(frame):
        if frame["type"] == "CALLBACK":
            got.append(json.loads(frame["data"]))
            return ack(frame, {"response": None})
        return ack(frame, json.loads(frame["data"]))

    box.settings(event_time_scale=12)  # five seconds are short on a busy machine
    client = Client(box, answer)
    client.got = got
    yield client
    client.socket.close()
    client.join(SECONDS)


def say(box, **values):
    values.setdefault("userid", box.people()[0])
    return box.control("POST", "chat", values)


def reply(box, message, **msg):
    msg = msg or {"msgtype": "text", "text": {"content": "hello"}}
    return box.raw("POST", message["sessionWebhook"][len(box.url) :], json=msg).json()


def test_one_to_one(box, robot):
    userid = box.people()[0]
    sent = say(box, text="help", userid=userid)
    assert sent["push"]["state"] == "delivered"
    (got,) = robot.got
    assert got["text"]["content"].strip() == "help"
    assert (got["conversationType"], got["senderStaffId"]) == ("1", userid)
    assert got["robotCode"] == box.app_key
    assert got["senderCorpId"] == got["chatbotCorpId"] == box.corp_id
    assert reply(box, got) == {"errcode": 0, "errmsg": "ok"}
    said = box.control("GET", "chat?userid=" + userid)
    assert [each["direction"] for each in said] == ["in", "out"]
    assert box.control("GET", "messages?userid=" + userid)


def test_groups(box, robot):
    (group,) = box.control("GET", "groups")
    key, member = group["open_conversation_id"], group["members"][0]
    say(box, text="hi", userid=member, group=key)
    (got,) = robot.got
    assert (got["conversationType"], got["conversationId"]) == ("2", key)
    assert got["conversationTitle"] == group["title"] and got["isInAtList"]
    reply(box, got)
    (group,) = box.control("GET", "groups")
    assert [each["source"] for each in group["messages"]] == ["robot", "person"]
    # Without @ the robot gets nothing; outsiders and files are impossible.
    assert say(box, text="psst", userid=member, group=key, at=False)["push"] is None
    assert len(robot.got) == 1
    stranger = [each for each in box.people() if each not in group["members"]][0]
    for values in (
        {"userid": stranger, "text": "x"},
        {"userid": member, "msgtype": "file", "file": "QQ=="},
        {"userid": member, "msgtype": "audio", "recognition": "x"},
    ):
        values["group"] = key
        assert "error" in box.control("POST", "chat", values, ok=False)


def test_what_is_missing(box, robot):
    box.settings(robot_published=False)
    say(box, text="x")
    box.settings(robot_published=True)
    say(box, text="x", outsider=True)
    assert not any("senderStaffId" in got for got in robot.got)
    assert robot.got[1]["senderCorpId"] != box.corp_id
    assert robot.got[0]["senderId"].startswith("$:LWCP")


def test_sessions_end(box, robot):
    say(box, text="x", expired=True)
    say(box, text="x")
    old, new = robot.got
    assert reply(box, old) == {"errcode": 300001, "errmsg": "session 不存在"}
    assert old["sessionWebhookExpiredTime"] < new["sessionWebhookExpiredTime"]
    box.settings(clock_offset=6000)
    assert reply(box, new)["errcode"] == 300001


def test_refused_answers(box, robot):
    box.settings(unsafe_words=["forbidden"])
    say(box, text="x")
    (got,) = robot.got
    bad = {"msgtype": "text", "text": {"content": "a forbidden word"}}
    assert reply(box, got, **bad)["errcode"] == 430102
    long = {"msgtype": "text", "text": {"content": "x" * 20000}}
    assert reply(box, got, **long)["errcode"] == 460101
    assert reply(box, got, msgtype="nothing")["errcode"] == 400105
    assert len(box.control("GET", "chat")) == 1


def test_pushes_used_up(box, robot):
    box.settings(monthly_pushes=1)
    say(box, text="one")
    say(box, text="two")
    assert "text" in robot.got[0]
    assert robot.got[1]["errCode"] == 20001 and "text" not in robot.got[1]


def test_files(box, robot):
    file = base64.b64encode(b"content").decode()
    say(box, msgtype="file", filename="a.txt", file=file)
    say(box, msgtype="picture", file=file, expired=True)
    say(box, msgtype="audio", recognition="帮助", file=file)
    first, second, third = robot.got
    assert first["content"]["fileName"] == "a.txt"
    assert third["content"]["recognition"] == "帮助"

    def fetch(code, robot_code=box.app_key):
        body = {"downloadCode": code, "robotCode": robot_code}
        return box.api("POST", "/v1.0/robot/messageFiles/download", body)

    status, answer = fetch(first["content"]["downloadCode"])
    assert status == 200
    path = answer["downloadUrl"][len(box.url) :]
    assert path.endswith(".file") and box.raw("GET", path).content == b"content"
    status, answer = fetch(second["content"]["downloadCode"])
    assert (status, answer["code"]) == (
        400, "invalidParameter.robotCode.downloadCode")
    status, answer = fetch(first["content"]["downloadCode"], "another")
    assert (status, answer["code"]) == (400, "invalidParameter.robotCode.auth")
    assert box.raw("GET", "/chat_files/unknown.file").status_code == 403


def test_the_same_message_again(box, robot):
    first = say(box, text="x")
    again = say(
        box, text="x", msg_id=first["message"]["msgId"],
        message_id=first["push"]["message_id"], copies=2,
    )
    assert again["message"]["msgId"] == first["message"]["msgId"]
    # The answer to the second is not waited for.
    until(lambda: len(robot.got) == 3)
    assert len({got["msgId"] for got in robot.got}) == 1


def test_nobody_listens(box):
    assert say(box, text="x")["push"] is None
    assert box.control("GET", "chat")[0]["state"] == "unheard"


def test_the_official_client_answers(box, official):  # noqa: F811
    client = official("reply")
    userid = box.people()[0]
    say(box, text="hello", userid=userid)
    assert client.next() == {"robot": " hello"}
    said = until(lambda: [
        each for each in box.control("GET", "chat") if each["direction"] == "out"])
    assert said[0]["msg"]["text"]["content"] == "You said hello"


def test_dismissed_groups(box, robot):
    (group,) = box.control("GET", "groups")
    key, owner = group["open_conversation_id"], group["owner"]
    _status, made = box.api("POST", CREATE, {
        "name": "Made", "owner": owner, "useridlist": [owner]})
    own = made["openConversationId"]
    send = {"robotCode": box.app_key, "msgKey": "sampleText",
            "msgParam": '{"content": "x"}'}
    say(box, text="hi", userid=owner, group=key)

    def dismiss(number, **values):
        return box.control(
            "POST", "groups/%s/dismiss" % number, values, ok="userid" not in values)

    def events():
        return [each for each in box.control("GET", "events/log")
                if each["event_type"] == "chat_disband"]

    other = [each for each in group["members"] if each != owner][0]
    assert "error" in dismiss(key, userid=other)
    dismiss(key)
    # No events for groups that people made.
    assert not events()
    dismiss(own)
    (event,) = events()
    assert event["data"]["chatId"] == made["chatid"]
    assert event["data"]["openConversationId"] == own
    assert event["data"]["operator"] == owner
    for each in (key, own):
        status, answer = box.api(
            "POST", "/v1.0/robot/groupMessages/send",
            dict(send, openConversationId=each))
        assert (status, answer["code"]) == (400, "group.disbanded")
    status, answer = box.api("POST", UPDATE, {"chatid": made["chatid"], "name": "y"})
    assert (status, answer["code"]) == (400, "parameter.invalid")
    (got,) = robot.got
    assert reply(box, got)["errcode"] == 400013
    assert "error" in box.control(
        "POST", "chat", {"userid": owner, "text": "x", "group": key}, ok=False)
    assert "error" in box.control("POST", "groups/%s/dismiss" % own, {}, ok=False)


def test_people_change_a_group(box):
    owner, other, third = box.people(3)
    (group,) = box.control("GET", "groups")
    _status, made = box.api("POST", CREATE, {
        "name": "Made", "owner": owner, "useridlist": [owner, other]})

    def change(key, ok=True, **values):
        return box.control("POST", "groups/%s/change" % key, values, ok=ok)

    def events():
        return [(each["event_type"], each["data"])
                for each in box.control("GET", "events/log")
                if each["event_type"].startswith("chat_")]

    # No events for groups that people made.
    change(group["open_conversation_id"], title="Ours")
    assert not events()
    key = made["openConversationId"]
    assert "error" in change(key, ok=False, remove=[owner])
    change(key, userid=other, add=[third], title="Theirs")
    change(key, userid=other, owner=third, remove=[owner])
    change(key, userid=other, remove=[other])
    assert [each for each, _data in events()] == [
        "chat_add_member", "chat_update_title", "chat_remove_member",
        "chat_update_owner", "chat_quit"]
    added, renamed, _removed, passed, left = [data for _type, data in events()]
    assert (added["userId"], added["operator"]) == ([third], other)
    assert renamed["title"] == "Theirs" and passed["owner"] == third
    assert left["operator"] == other and "userId" not in left
    assert all(data["chatId"] == made["chatid"] for _type, data in events())
    info = box.get("/chat/get", chatid=made["chatid"])["chat_info"]
    assert (info["name"], info["owner"], info["useridlist"]) == (
        "Theirs", third, [third])


def test_a_group_by_its_chatid(box):
    owner, other = box.people(2)
    _status, made = box.api("POST", CREATE, {
        "name": "Made", "owner": owner, "useridlist": [owner, other]})

    def get(chatid):
        return box.get("/chat/get", **({"chatid": chatid} if chatid else {}))

    found = get(made["chatid"])["chat_info"]
    assert (found["name"], found["owner"], found["status"]) == ("Made", owner, 1)
    assert set(found["useridlist"]) == {owner, other}
    box.control("POST", "groups/%s/dismiss" % made["openConversationId"], {})
    assert get(made["chatid"])["chat_info"]["status"] == 2
    (group, _made) = box.control("GET", "groups")
    for chatid, code in (("", 49000), ("chat1", 40016), (group["chatid"], 40016)):
        assert get(chatid)["errcode"] == code


def test_groups_made_by_api(box):
    one, two, three = box.people(3)
    status, made = box.api("POST", CREATE, {
        "name": "项目", "owner": one, "useridlist": [one, two]})
    assert status == 200 and made["chatid"] and made["conversationTag"] == 2
    key = made["openConversationId"]

    def group():
        (found,) = [
            each for each in box.control("GET", "groups")
            if each["open_conversation_id"] == key]
        return found

    assert (group()["owner"], group()["members"]) == (one, [one, two])
    status, answer = box.api("POST", UPDATE, {
        "chatid": made["chatid"], "name": "新名", "owner": three,
        "add_useridlist": [three], "del_useridlist": [one]})
    assert (status, answer) == (200, {"success": True})
    assert (group()["owner"], group()["members"]) == (three, [two, three])
    assert group()["title"] == "新名"
    status, answer = box.api("POST", "/v1.0/im/innerGroups/members/query", {
        "openConversationId": key, "userId": two, "maxResults": 1})
    assert (answer["userIds"], answer["hasMore"]) == ([two], True)


@pytest.mark.parametrize("change, code", [
    ({"name": "x" * 21}, None), ({"name": None}, None), ({"useridlist": []}, None),
    ({"useridlist": ["nobody"]}, "parameter.invalid"),
    ({"owner": "nobody"}, "permession.checkFailed"),
    ({"conversationTag": 0}, "permession.checkFailed")])
def test_groups_that_are_refused(box, change, code):
    one = box.people(1)[0]
    body = dict({"name": "x", "owner": one, "useridlist": [one]}, **change)
    status, answer = box.api("POST", CREATE, {
        name: value for name, value in body.items() if value is not None})
    assert status == 400
    assert code in (None, answer["code"])


def test_changes_that_are_refused(box):
    box.reset(people=60)
    (group,) = box.control("GET", "groups")
    one, two, three = box.people(3)
    _status, made = box.api("POST", CREATE, {
        "name": "x", "owner": one, "useridlist": [one, two]})
    for chatid, change in (
        (group["chatid"], {"name": "y"}),  # made by people
        ("unknown", {"name": "y"}),
        (made["chatid"], {"owner": three}),  # no member
        (made["chatid"], {"del_useridlist": [one]}),  # the owner
        (made["chatid"], {"add_useridlist": ["nobody"]}),
        (made["chatid"], {"add_useridlist": box.people(41)}),
    ):
        status, _answer = box.api("POST", UPDATE, dict(change, chatid=chatid))
        assert status == 400, change


def test_who_has_left(box):
    """A leaver is not a member, and no call may name him."""
    one, two, three = box.people(3)
    _status, made = box.api("POST", CREATE, {
        "name": "x", "owner": one, "useridlist": [one, two]})
    box.control("DELETE", "users/" + one)
    status, _answer = box.api("POST", UPDATE, {
        "chatid": made["chatid"], "del_useridlist": [one]})
    assert status == 400
    status, _answer = box.api("POST", UPDATE, {
        "chatid": made["chatid"], "add_useridlist": [three]})
    assert status == 200
    (group,) = [
        each for each in box.control("GET", "groups")
        if each["open_conversation_id"] == made["openConversationId"]]
    assert (group["owner"], group["members"]) == (two, [two, three])


def test_who_comes_back_is_in_no_group(box):
    one, two = box.people(2)
    box.api("POST", CREATE, {"name": "x", "owner": one, "useridlist": [one, two]})
    left = box.control("DELETE", "users/" + two)
    assert left is not None
    back = {"userid": two, "name": "Two", "mobile": "13712345678", "dept_ids": [1]}
    assert box.control("POST", "users", back)["userid"] == two
    (group,) = [
        each for each in box.control("GET", "groups") if each["title"] == "x"]
    assert group["members"] == [one]


def test_the_chat_on_the_phone(box, robot):
    (group,) = box.control("GET", "groups")
    userid = group["members"][0]
    hostile = "<script>alert(1)</script>"
    say(box, text=hostile, userid=userid)
    reply(box, robot.got[0])
    say(box, text="in the group", userid=userid, group=group["open_conversation_id"])
    say(box, userid=userid, msgtype="audio", recognition="spoken")
    path = "/phone/%s" % userid
    answer = box.raw("GET", path, params={"tab": "work", "tile": "chat"})
    assert answer.status_code == 200
    assert hostile not in answer.text and "&lt;script&gt;alert(1)" in answer.text
    assert "spoken" in answer.text and "hello" in answer.text
    assert "in the group" not in answer.text
    answer = box.raw("GET", path, params={
        "tab": "work", "tile": "chat", "group": group["open_conversation_id"]})
    assert "in the group" in answer.text and "spoken" not in answer.text
    # The group's own list names the person.
    key = "group:" + group["open_conversation_id"]
    answer = box.raw("GET", path, params={"tab": "messages", "conv": key})
    assert answer.status_code == 200
