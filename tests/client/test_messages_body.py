# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Bodies of messages keep the documented limits."""

import json

import pytest
from dingtalk import errors, messages_body
from dingtalk.api.messages import RESULT_LISTS
from scripted import client_of, ok

LONG = "字" * 5001


@pytest.mark.parametrize(
    "body,expected",
    [
        (messages_body.text("钉"), {"msgtype": "text", "text": {"content": "钉"}}),
        (messages_body.image("@a"), {"msgtype": "image", "image": {"media_id": "@a"}}),
        (
            messages_body.voice("@a", 59),
            {"msgtype": "voice", "voice": {"media_id": "@a", "duration": "59"}},
        ),
        (messages_body.file("@a"), {"msgtype": "file", "file": {"media_id": "@a"}}),
        (
            messages_body.link("t", "x", "https://a", "@p"),
            {
                "msgtype": "link",
                "link": {
                    "title": "t",
                    "text": "x",
                    "messageUrl": "https://a",
                    "picUrl": "@p",
                },
            },
        ),
        (
            messages_body.markdown("t", "# x"),
            {"msgtype": "markdown", "markdown": {"title": "t", "text": "# x"}},
        ),
        (
            messages_body.action_card_single("t", "m", "go", "https://a"),
            {
                "msgtype": "action_card",
                "action_card": {
                    "title": "t",
                    "markdown": "m",
                    "single_title": "go",
                    "single_url": "https://a",
                },
            },
        ),
        (
            messages_body.action_card_buttons("t", "m", [("go", "https://a")], True),
            {
                "msgtype": "action_card",
                "action_card": {
                    "title": "t",
                    "markdown": "m",
                    "btn_orientation": "1",
                    "btn_json_list": [{"title": "go", "action_url": "https://a"}],
                },
            },
        ),
        (
            messages_body.oa(
                "https://a",
                title="t",
                content="c",
                form=[("k", 5)],
                rich=("15.6", "元"),
                image="@i",
                file_count=3,
                author="a",
                pc_message_url="https://b",
                status_value="进行中",
                status_colour="0xFFF65E5E",
            ),
            {
                "msgtype": "oa",
                "oa": {
                    "message_url": "https://a",
                    "pc_message_url": "https://b",
                    "head": {"bgcolor": "FFBBBBBB", "text": ""},
                    "status_bar": {"status_value": "进行中", "status_bg": "0xFFF65E5E"},
                    "body": {
                        "title": "t",
                        "content": "c",
                        "form": [{"key": "k", "value": "5"}],
                        "rich": {"num": "15.6", "unit": "元"},
                        "image": "@i",
                        "file_count": "3",
                        "author": "a",
                    },
                },
            },
        ),
    ],
    ids=lambda value: value.get("msgtype"),
)
def test_bodies(body, expected):
    assert body == expected
    assert json.loads(json.dumps(body)) == expected


@pytest.mark.parametrize(
    "build",
    [
        lambda: messages_body.text(""),
        lambda: messages_body.text("  "),
        lambda: messages_body.text(None),
        lambda: messages_body.text(LONG),
        lambda: messages_body.text("\ud800"),
        lambda: messages_body.image(""),
        lambda: messages_body.voice("@a", 0),
        lambda: messages_body.voice("@a", 60),
        lambda: messages_body.voice("@a", "x"),
        lambda: messages_body.voice("@a", True),
        lambda: messages_body.link("t", "x", "https://a", ""),
        lambda: messages_body.markdown("t", LONG),
        lambda: messages_body.action_card_single("t", "m", "x" * 21, "https://a"),
        lambda: messages_body.action_card_single("t", "m", "x", "h" * 501),
        lambda: messages_body.action_card_buttons("t", "m", []),
        lambda: messages_body.action_card_buttons("t", "m", [("x" * 21, "h")]),
        lambda: messages_body.action_card_buttons("t", "m", [("x", "h" * 701)]),
        lambda: messages_body.action_card_buttons("t", "m", [("x", "h" * 500)] * 2),
        lambda: messages_body.oa("https://a"),
        lambda: messages_body.oa("", title="t"),
        lambda: messages_body.oa("https://a", title="t", head_colour="red"),
        lambda: messages_body.oa("https://a", title="t", status_colour="red"),
        lambda: messages_body.check({}),
        lambda: messages_body.check("text"),
    ],
)
def test_what_dingtalk_would_refuse(build):
    with pytest.raises(errors.InvalidArgumentError) as caught:
        build()
    assert caught.value.remedy == "argument" and caught.value.message
    assert not caught.value.outcome_unknown


def test_bytes_are_counted_not_characters():
    room = messages_body.MAX_BYTES - messages_body.size(messages_body.text("a")) + 1
    messages_body.text("a" * room)
    messages_body.text("字" * (room // 3))
    for content in ("a" * (room + 1), "字" * (room // 3 + 1)):
        with pytest.raises(errors.InvalidArgumentError) as caught:
            messages_body.text(content)
        assert caught.value.detail["limit"] == 2048
        assert caught.value.detail["length"] > 2048


TEXT = messages_body.text("x")
BAR = messages_body.oa("https://a", title="t", status_value="s")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"userids": ["u"] * 101},
        {"dept_ids": list(range(1, 22))},
        {"userids": ["a,b"]},
        {"userids": [""]},
        {"userids": [" a"]},
        {"userids": ["a\n"]},
        {"userids": [None]},
        {"userids": [True]},
        {"userids": "u1"},
        {"dept_ids": ["1,2"]},
        {"userids": ["u"], "to_all": True},
        {"userids": ["u"], "agent_id": ""},
        {"userids": ["u"], "agent_id": "x"},
        {"userids": ["u"], "message": {"msgtype": "text", "text": {"content": LONG}}},
        {"userids": list("abcdef"), "message": BAR},
        {"userids": ["a"], "dept_ids": [1], "message": BAR},
        {"to_all": True, "message": BAR},
    ],
    ids=lambda options: ",".join(sorted(options)),
)
def test_recipients_that_are_refused_before_sending(clock, options):
    client, script = client_of(clock)
    options = dict({"agent_id": "42", "message": TEXT}, **options)
    with pytest.raises(errors.InvalidArgumentError):
        client.messages.send(**options)
    assert not script.requests


def test_what_is_sent(clock):
    client, script = client_of(clock, *[ok(task_id=256271667526)] * 4)
    client.messages.send("42", TEXT, ["a"] * 100)
    client.messages.send(42, TEXT, dept_ids=[1, "2"])
    client.messages.send(42, TEXT, to_all=True)
    assert client.messages.send(42, BAR, list("abcde")) == "256271667526"
    bodies = [request["json"] for request in script.requests]
    assert bodies[0]["userid_list"].count(",") == 99 and bodies[0]["agent_id"] == 42
    assert bodies[0]["to_all_user"] is False and "dept_id_list" not in bodies[0]
    assert bodies[1]["dept_id_list"] == "1,2" and "userid_list" not in bodies[1]
    assert bodies[2]["to_all_user"] is True
    assert bodies[3]["msg"] == BAR


def test_an_answer_without_task_is_of_unknown_outcome(clock):
    client, _script = client_of(clock, ok())
    with pytest.raises(errors.UnexpectedAnswerError) as caught:
        client.messages.send(42, TEXT, ["a"])
    assert caught.value.outcome_unknown and "task_id" in str(caught.value)


def test_chunks(clock):
    client, _script = client_of(clock)
    chunks = client.messages.chunks
    assert chunks([]) == []
    assert [len(part) for part in chunks(str(n) for n in range(1050))] == [100] * 10 + [
        50
    ]
    assert chunks(["a", "b", "a"]) == [["a", "b"]]
    assert sum(chunks([str(n) for n in range(250)]), []) == [str(n) for n in range(250)]


def test_results_have_every_list(clock):
    client, script = client_of(
        clock,
        ok(send_result={"read_user_id_list": ["a"], "failed_user_id_list": None}),
        ok(progress={"progress_in_percent": "100", "status": 2}),
        ok(),
        ok(),
    )
    result = client.messages.result(42, "7")
    assert set(result) == set(RESULT_LISTS)
    assert result["read_user_id_list"] == ["a"] and result["failed_user_id_list"] == []
    assert client.messages.progress(42, 7) == {"percent": 100, "status": 2}
    client.messages.recall(42, 7)
    client.messages.update_status_bar(42, 7, "done", "0xFF00FF00")
    assert script.requests[2]["json"] == {"agent_id": 42, "msg_task_id": 7}
    assert script.requests[3]["json"]["status_bg"] == "0xFF00FF00"


@pytest.mark.parametrize(
    "kind,filename,content",
    [
        ("picture", "a.png", b"x"),
        ("image", "a.pdf", b"x"),
        ("image", "png", b"x"),
        ("image", "a.png", b""),
        ("image", "a.png", "text"),
        ("voice", "a.mp3", b"x" * (2 * 1024 * 1024 + 1)),
        ("file", "", b"x"),
    ],
)
def test_uploads_that_are_refused_before_sending(clock, kind, filename, content):
    client, script = client_of(clock)
    with pytest.raises(errors.InvalidArgumentError):
        client.media.upload(kind, filename, content)
    assert not script.requests


def test_a_kind_that_an_addon_registers(monkeypatch):
    """It has the limit of all messages and its own."""
    monkeypatch.setattr(messages_body, "_CHECKS", {})

    def check(content):
        if not (content or {}).get("word"):
            raise errors.argument_error("word: none given", argument="word")

    messages_body.register("note", check)
    messages_body.register("note", check)
    body = {"msgtype": "note", "note": {"word": "x"}}
    assert messages_body.check(body) is body
    for content in ({}, {"word": ""}, None):
        with pytest.raises(errors.InvalidArgumentError) as refused:
            messages_body.check({"msgtype": "note", "note": content})
        assert refused.value.detail["argument"] == "word"
    with pytest.raises(errors.InvalidArgumentError) as refused:
        messages_body.check({"msgtype": "note", "note": {"word": LONG}})
    assert refused.value.detail["limit"] == messages_body.MAX_BYTES
    for msgtype, other in (("text", check), ("note", len)):
        with pytest.raises(ValueError):
            messages_body.register(msgtype, other)
