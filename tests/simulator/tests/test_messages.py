# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Work notifications."""

import json

import pytest

BASE = "/topapi/message/corpconversation/"
TEXT = {"msgtype": "text", "text": {"content": "hello"}}


def phone(box, userid):
    return box.control("GET", "messages?userid=" + userid)


def oa(**more):
    return {
        "msgtype": "oa",
        "oa": dict(
            {
                "message_url": "https://example.com",
                "head": {"bgcolor": "FFBBBBBB", "text": "H"},
                "body": {
                    "title": "T",
                    "form": [{"key": "K", "value": "V"}],
                    "rich": {"num": "1", "unit": "x"},
                    "content": "C",
                },
            },
            **more,
        ),
    }


def media(box, kind="image", name="a.png", content=b"\x89PNG"):
    answer = box.raw(
        "POST",
        "/media/upload",
        params={"access_token": box.token(), "type": kind},
        files={"media": (name, content, "image/png")},
    )
    return answer.json()["media_id"]


def test_send_and_read(box):
    one, two = box.people(2)
    answer = box.notify([one, two])
    assert set(answer) == {"errcode", "errmsg", "task_id", "request_id"}
    assert isinstance(answer["task_id"], int)
    (note,) = phone(box, one)
    assert note["msg"] == TEXT and note["task_id"] == str(answer["task_id"])
    assert note["read"] is False
    found = box.result(answer["task_id"])["send_result"]
    assert found == {
        "invalid_user_id_list": [],
        "invalid_dept_id_list": [],
        "forbidden_list": [],
        "failed_user_id_list": [],
        "read_user_id_list": [],
        "unread_user_id_list": [one, two],
    }
    box.control("POST", "messages/%s/read" % note["id"])
    found = box.result(answer["task_id"])["send_result"]
    assert (found["read_user_id_list"], found["unread_user_id_list"]) == ([one], [two])
    box.control("POST", "messages/%s/read" % answer["task_id"], {"userid": two})
    assert box.result(answer["task_id"])["send_result"]["read_user_id_list"] == [
        one,
        two,
    ]
    assert box.control("GET", "tasks/%s" % answer["task_id"])["read"] == [one, two]


def test_newest_first(box):
    (userid,) = box.people(1)
    for text in ("first", "second"):
        box.notify([userid], {"msgtype": "text", "text": {"content": text}})
    assert [note["msg"]["text"]["content"] for note in phone(box, userid)] == [
        "second",
        "first",
    ]


def test_invalid_recipients(box):
    userid = box.people(1)[0]
    answer = box.notify([userid, "nobody"], dept_id_list="99")
    found = box.result(answer["task_id"])["send_result"]
    assert found["invalid_user_id_list"] == ["nobody"]
    assert found["invalid_dept_id_list"] == [99]
    assert found["unread_user_id_list"] == [userid]


def test_recipients_outside_the_scope(box):
    one, two = box.people(2)
    box.settings(contact_scope={"departments": [], "users": [one]})
    answer = box.notify([one, two])
    found = box.result(answer["task_id"])["send_result"]
    assert (found["unread_user_id_list"], found["invalid_user_id_list"]) == (
        [one],
        [two],
    )


def test_departments_with_their_sub_departments(box):
    box.control("POST", "departments", {"dept_id": 10, "name": "One"})
    box.control("POST", "departments", {"dept_id": 20, "name": "Two", "parent_id": 10})
    for userid, dept_ids in (("a", [10]), ("b", [20]), ("c", [10, 20])):
        box.control("POST", "users", {"userid": userid, "dept_ids": dept_ids})
    answer = box.notify(["a"], dept_id_list="10")
    found = box.result(answer["task_id"])["send_result"]
    assert sorted(found["unread_user_id_list"]) == ["a", "b", "c"]
    assert len(phone(box, "a")) == 1


def test_everybody(box):
    box.noon()
    for number in range(3):
        msg = {"msgtype": "text", "text": {"content": "%d" % number}}
        answer = box.notify(msg=msg, to_all_user="true")
        assert answer["errcode"] == 0
    assert len(box.control("GET", "messages?task_id=%s" % answer["task_id"])) == 30
    answer = box.notify(
        msg={"msgtype": "text", "text": {"content": "4"}}, to_all_user=True
    )
    assert answer["errcode"] == 41045


def test_bad_calls(box):
    userid = box.people(1)[0]
    assert box.notify()["errcode"] == 40035
    assert box.notify([userid], agent_id="1")["errcode"] == 40056
    assert box.notify([userid], agent_id=None)["errcode"] == 40056
    second = box.control("POST", "apps", {})
    assert box.notify([userid], agent_id=second["agent_id"])["errcode"] == 40056
    assert box.notify([userid], to_all_user="maybe")["errcode"] == 40035
    assert phone(box, userid) == []


def test_python_booleans_in_a_form(box):
    """`str(True)` is not a boolean for the gateway."""
    found = box.notify(box.people(1), to_all_user="False")
    assert found["errcode"] == 41
    assert found["errmsg"] == "Invalid arguments:to_all_user"
    assert box.notify(box.people(1), to_all_user="false")["errcode"] == 0


def test_a_hundred_people_and_twenty_departments(box):
    names = ["n%d" % number for number in range(101)]
    assert box.notify(names[:100])["errcode"] == 0
    assert box.notify(names)["errcode"] == 40035
    depts = [str(number) for number in range(2, 23)]
    assert box.notify(dept_id_list=",".join(depts[:20]))["errcode"] == 0
    assert box.notify(dept_id_list=",".join(depts))["errcode"] == 40035
    box.settings(max_userids=5000)
    assert box.notify(names)["errcode"] == 0


def test_too_many_people_for_one_call(box):
    box.settings(recipients_per_call=10)
    assert box.notify(dept_id_list="1")["errcode"] == 41029


@pytest.mark.parametrize(
    "msg",
    [
        TEXT,
        {
            "msgtype": "link",
            "link": {"messageUrl": "u", "picUrl": "p", "title": "t", "text": "x"},
        },
        oa(),
        oa(status_bar={"status_value": "进行中", "status_bg": "0xFFF65E5E"}),
        {"msgtype": "markdown", "markdown": {"title": "t", "text": "# x"}},
        {
            "msgtype": "action_card",
            "action_card": {
                "title": "t",
                "markdown": "m",
                "single_title": "s",
                "single_url": "u",
            },
        },
        {
            "msgtype": "action_card",
            "action_card": {
                "title": "t",
                "markdown": "m",
                "btn_orientation": "1",
                "btn_json_list": [
                    {"title": "a", "action_url": "u"},
                    {"title": "b", "action_url": "u"},
                ],
            },
        },
    ],
)
def test_good_bodies(box, msg):
    userid = box.people(1)[0]
    assert box.notify([userid], msg)["errcode"] == 0
    assert phone(box, userid)[0]["msg"] == msg


@pytest.mark.parametrize(
    "msg",
    [
        "no object",
        [1],
        {"msgtype": "poem", "poem": {}},
        {"msgtype": "text"},
        {"msgtype": "text", "text": {"content": ""}},
        {"msgtype": "text", "text": {"content": 5}},
        {"msgtype": "text", "text": {"content": "字" * 700}},
        {"msgtype": "link", "link": {"messageUrl": "u", "title": "t", "text": "x"}},
        {"msgtype": "markdown", "markdown": {"text": "x"}},
        oa(head={"text": "H"}),
        oa(head={"bgcolor": "red"}),
        oa(head={"bgcolor": "FFBBBBBB", "text": 5}),
        oa(body={"form": [1]}),
        oa(message_url=""),
        oa(body=None),
        oa(body={"form": "x"}),
        oa(body={"rich": "x"}),
        oa(status_bar={"status_bg": "x"}),
        {"msgtype": "action_card", "action_card": {"title": "t", "markdown": "m"}},
        {
            "msgtype": "action_card",
            "action_card": {"title": "t", "single_title": "s", "single_url": "u"},
        },
        {
            "msgtype": "action_card",
            "action_card": {
                "title": "t",
                "markdown": "m",
                "single_title": "s" * 21,
                "single_url": "u",
            },
        },
        {
            "msgtype": "action_card",
            "action_card": {
                "title": "t",
                "markdown": "m",
                "btn_json_list": [{"title": "a", "action_url": "u"}],
            },
        },
        {
            "msgtype": "action_card",
            "action_card": {
                "title": "t",
                "markdown": "m",
                "btn_orientation": "0",
                "btn_json_list": [{"title": "a"}],
            },
        },
        {
            "msgtype": "action_card",
            "action_card": {
                "title": "t",
                "markdown": "m",
                "btn_orientation": "0",
                "btn_json_list": "no json",
            },
        },
        {
            "msgtype": "action_card",
            "action_card": {
                "title": "t",
                "markdown": "m",
                "btn_orientation": "0",
                "btn_json_list": {"title": "a", "action_url": "u"},
            },
        },
        {
            "msgtype": "action_card",
            "action_card": {
                "title": "t",
                "markdown": "m",
                "btn_orientation": "0",
                "btn_json_list": ["a"],
            },
        },
        {"msgtype": "voice", "voice": {"media_id": "@x", "duration": "60"}},
        {"msgtype": "image", "image": {}},
    ],
)
def test_bad_bodies(box, msg):
    box.settings(check_media=False)
    userid = box.people(1)[0]
    assert box.notify([userid], msg)["errcode"] == 40035
    assert phone(box, userid) == []


def test_exactly_2048_bytes(box):
    userid = box.people(1)[0]
    frame = len(json.dumps(dict(TEXT, text={"content": ""}), separators=(",", ":")))
    for size, errcode in ((2048, 0), (2049, 40035)):
        msg = {"msgtype": "text", "text": {"content": "x" * (size - frame)}}
        assert box.notify([userid], msg)["errcode"] == errcode


def test_messages_with_media(box):
    userid = box.people(1)[0]
    picture = media(box)
    for msg in (
        {"msgtype": "image", "image": {"media_id": picture}},
        {"msgtype": "file", "file": {"media_id": media(box, "file", "a.pdf")}},
        {
            "msgtype": "voice",
            "voice": {"media_id": media(box, "voice", "a.amr"), "duration": "10"},
        },
    ):
        assert box.notify([userid], msg)["errcode"] == 0
    unknown = {"msgtype": "image", "image": {"media_id": "@lADPunknown"}}
    assert box.notify([userid], unknown)["errcode"] == 40007
    box.settings(check_media=False)
    assert box.notify([userid], unknown)["errcode"] == 0


def test_media_of_another_organisation(box):
    picture = media(box)
    other = box.control("POST", "corps", {"people": 1})
    userid = box.control("GET", "users?corp_id=" + other["corp_id"])[0]["userid"]
    token = box.gettoken(appkey=other["app_key"], appsecret=other["app_secret"])[
        "access_token"
    ]
    answer = box.oapi(
        BASE + "asyncsend_v2",
        {
            "agent_id": other["agent_id"],
            "userid_list": userid,
            "msg": {"msgtype": "image", "image": {"media_id": picture}},
        },
        token=token,
    )
    assert answer["errcode"] == 40007


def test_the_same_content_on_the_same_day(box):
    box.noon()
    one, two = box.people(2)
    box.notify([one])
    answer = box.notify([one, two])
    assert answer["errcode"] == 0
    found = box.result(answer["task_id"])["send_result"]
    assert found["forbidden_list"] == [{"code": "143106", "count": 1, "userid": one}]
    assert found["unread_user_id_list"] == [two]
    assert len(phone(box, one)) == 1
    box.notify([one], {"msgtype": "text", "text": {"content": "another"}})
    assert len(phone(box, one)) == 2
    # Another app is another sender, tomorrow another day.
    second = box.control("POST", "apps", {})
    token = box.gettoken(appkey=second["app_key"], appsecret=second["app_secret"])[
        "access_token"
    ]
    box.oapi(
        BASE + "asyncsend_v2",
        {"agent_id": second["agent_id"], "userid_list": one, "msg": TEXT},
        token=token,
    )
    assert len(phone(box, one)) == 3
    box.noon(days=1)
    box.notify([one])
    assert len(phone(box, one)) == 4


def test_the_day_ends_in_beijing():
    from dingtalk_simulator.messages import beijing_day

    assert beijing_day(1700064000 - 1) == "2023-11-15"  # 2023-11-15 15:59:59 UTC
    assert beijing_day(1700064000) == "2023-11-16"


def test_daily_limit_per_person(box):
    box.noon()
    box.settings(daily_per_user=2)
    one, two = box.people(2)
    for number in range(3):
        answer = box.notify(
            [one] if number < 2 else [one, two],
            {"msgtype": "text", "text": {"content": "%d" % number}},
        )
        assert answer["errcode"] == 0
    found = box.result(answer["task_id"])["send_result"]
    assert found["forbidden_list"] == [{"code": "143105", "count": 1, "userid": one}]
    assert found["unread_user_id_list"] == [two]


def test_limit_per_minute(box):
    box.noon()
    box.settings(per_minute=1)
    one, two = box.people(2)
    answer = box.notify([one, two])
    found = box.result(answer["task_id"])["send_result"]
    assert [entry["code"] for entry in found["forbidden_list"]] == ["143103"]


def test_limit_per_minute_ends_with_the_minute(box, stopped):
    box.noon()
    box.settings(per_minute=1)
    one, two = box.people(2)
    assert (
        box.result(box.notify([one])["task_id"])["send_result"]["forbidden_list"] == []
    )
    offset = box.control("GET", "settings")["clock_offset"]
    box.settings(clock_offset=offset + 61)
    assert (
        box.result(box.notify([two])["task_id"])["send_result"]["forbidden_list"] == []
    )


def test_buttons_as_json_text(box):
    """The form encoding of older SDKs turns the list into text."""
    userid = box.people(1)[0]
    button = {"title": "a", "action_url": "u"}
    card = {"title": "t", "markdown": "m", "btn_orientation": "0"}
    card["btn_json_list"] = json.dumps([button])
    answer = box.notify([userid], {"msgtype": "action_card", "action_card": card})
    assert answer["errcode"] == 0
    shown = phone(box, userid)[0]["msg"]["action_card"]["btn_json_list"]
    assert shown == [button]


def test_progress(box, stopped):
    userid = box.people(1)[0]
    box.settings(delivery_delay=100)
    task_id = box.notify([userid])["task_id"]

    def progress():
        return box.oapi(
            BASE + "getsendprogress", {"agent_id": box.agent_id, "task_id": task_id}
        )["progress"]

    assert progress() == {"progress_in_percent": 0, "status": 0}
    assert phone(box, userid) == []
    box.settings(clock_offset=50)
    assert progress()["status"] == 1 and 45 <= progress()["progress_in_percent"] <= 55
    box.settings(clock_offset=101)
    assert progress() == {"progress_in_percent": 100, "status": 2}
    assert len(phone(box, userid)) == 1


def test_windows(box):
    userid = box.people(1)[0]
    task_id = box.notify([userid], oa())["task_id"]
    task = {"agent_id": box.agent_id, "task_id": task_id}
    later = [
        ("getsendresult", task, 24, 40035),
        ("getsendprogress", task, 7 * 24, 40035),
        ("recall", {"agent_id": box.agent_id, "msg_task_id": task_id}, 24, 400002),
        ("status_bar/update", dict(task, status_value="x"), 7 * 24, 40035),
    ]
    for path, body, hours, errcode in later:
        for more, expected in ((-60, 0), (60, errcode)):
            box.settings(clock_offset=hours * 3600 + more)
            box._token = None
            assert box.oapi(BASE + path, body)["errcode"] == expected, path
    box.settings(progress_window=24, clock_offset=25 * 3600)
    assert box.oapi(BASE + "getsendprogress", task)["errcode"] == 40035


def test_tasks_of_others(box):
    task_id = box.notify(box.people(1))["task_id"]
    second = box.control("POST", "apps", {})
    token = box.gettoken(appkey=second["app_key"], appsecret=second["app_secret"])[
        "access_token"
    ]
    body = {"agent_id": second["agent_id"], "task_id": task_id}
    assert box.oapi(BASE + "getsendresult", body, token=token)["errcode"] == 40035
    assert box.result(task_id + 1)["errcode"] == 40035


def test_no_result_for_more_than_a_hundred(box):
    box.reset(people=101, departments=3)
    task_id = box.notify(dept_id_list="1")["task_id"]
    found = box.result(task_id)
    assert (found["errcode"], found["sub_msg"]) == (15, "调用超时")
    box.settings(large_task_result=41052)
    assert box.result(task_id)["errcode"] == 41052
    progress = box.oapi(
        BASE + "getsendprogress", {"agent_id": box.agent_id, "task_id": task_id}
    )
    assert progress["progress"]["status"] == 2


def test_recall(box):
    userid = box.people(1)[0]
    task_id = box.notify([userid])["task_id"]
    body = {"agent_id": box.agent_id, "msg_task_id": task_id}
    found = box.oapi(BASE + "recall", body)
    found.pop("request_id")
    assert found == {"errcode": 0, "errmsg": "ok"}
    assert phone(box, userid)[0]["recalled"] is True
    assert box.oapi(BASE + "recall", dict(body, msg_task_id=5))["errcode"] == 400002
    assert box.oapi(BASE + "recall", dict(body, agent_id="5"))["errcode"] == 400002


def test_status_bar(box):
    one, two = box.people(2)
    task_id = box.notify([one], oa(status_bar={"status_value": "open"}))["task_id"]
    body = {
        "agent_id": box.agent_id,
        "task_id": task_id,
        "status_value": "done",
        "status_bg": "0xFF00FF00",
    }
    assert box.oapi(BASE + "status_bar/update", body)["errcode"] == 0
    assert phone(box, one)[0]["msg"]["oa"]["status_bar"] == {
        "status_value": "done",
        "status_bg": "0xFF00FF00",
    }
    assert (
        box.oapi(BASE + "status_bar/update", dict(body, status_value=""))["errcode"]
        == 40035
    )
    text_id = box.notify([two])["task_id"]
    assert (
        box.oapi(BASE + "status_bar/update", dict(body, task_id=text_id))["errcode"]
        == 40035
    )
    assert (
        box.oapi(BASE + "status_bar/update", dict(body, agent_id=1))["errcode"] == 40056
    )


def test_status_bar_of_a_big_task(box):
    box.reset(people=101, departments=3)
    body = {"agent_id": box.agent_id, "status_value": "done"}
    body["task_id"] = box.notify(dept_id_list="1", msg=oa())["task_id"]
    assert box.oapi(BASE + "status_bar/update", body)["errcode"] == 41052


def test_status_bar_for_five_people_only(box):
    msg = oa(status_bar={"status_value": "open"})
    assert box.notify(box.people(5), msg)["errcode"] == 0
    assert box.notify(box.people(6), msg)["errcode"] == 40035
    assert box.notify(dept_id_list="1", msg=msg)["errcode"] == 40035
