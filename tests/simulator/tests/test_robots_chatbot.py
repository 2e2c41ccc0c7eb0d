# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Webhooks of robots with a foreign client."""

import pytest

chatbot = pytest.importorskip("dingtalkchatbot.chatbot")

SECRET = "SECofthetests"


@pytest.fixture
def said(box):
    return lambda: [each["msg"] for each in box.control("GET", "groups")[0]["messages"]]


def client(box, secret=None):
    made = box.control("POST", "robots", {"name": "CI", "secret": secret or ""})
    return chatbot.DingtalkChatbot(made["webhook"], secret=secret)


@pytest.mark.parametrize("secret", [None, SECRET])
def test_kinds(box, said, secret):
    robot = client(box, secret)
    card = chatbot.ActionCard(
        title="t", text="x", btns=[chatbot.CardItem("Open", "https://example.com/")]
    )
    for answer in (
        robot.send_text("hello", is_at_all=True),
        robot.send_markdown("t", "#### x"),
        robot.send_link("t", "x", "https://example.com/", "https://example.com/p"),
        robot.send_action_card(card),
        robot.send_feed_card(
            [
                chatbot.FeedLink(
                    "t", "https://example.com/", pic_url="https://example.com/p"
                )
            ]
        ),
    ):
        assert answer == {"errcode": 0, "errmsg": "ok"}
    assert [body["msgtype"] for body in said()] == [
        "feedCard", "actionCard", "link", "markdown", "text",
    ]


def test_refused(box, said):
    robot = client(box, SECRET)
    robot.secret = "SECanother"
    robot.update_webhook()
    answer = robot.send_text("hello")
    assert answer["errcode"] == 310000 and said() == []
