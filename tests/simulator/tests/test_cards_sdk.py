# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The official SDK sends and updates cards, and reads the answers."""

from pathlib import Path

import pytest

pytest.importorskip("alibabacloud_dingtalk")
from alibabacloud_dingtalk.card_1_0 import models as card  # noqa: E402
from alibabacloud_tea_util.models import RuntimeOptions  # noqa: E402
from Tea.exceptions import TeaException  # noqa: E402
from test_official_sdk import client, headers, no_proxy  # noqa: E402,F401
from test_stream_official import official  # noqa: E402,F401

FILE = Path(__file__).parents[3] / "dingding_robot" / "card_templates" / "record.json"
SPACE = "dtv1.card//IM_ROBOT.%s"


@pytest.fixture
def userid(box):
    box.control(
        "POST",
        "cards/templates",
        {"id": "record.schema", "file": FILE.read_text("utf-8")},
    )
    return box.people(1)[0]


def send(box, userid, **values):
    request = card.CreateAndDeliverRequest(
        **dict(
            {
                "card_template_id": "record.schema",
                "out_track_id": "sdk-1",
                "open_space_id": SPACE % userid,
                "callback_type": "STREAM",
                "card_data": card.CreateAndDeliverRequestCardData(
                    card_param_map={"title": "Order 7", "action_1": "Approve"}
                ),
                "private_data": {
                    userid: card.PrivateDataValue(card_param_map={"note": "Hello"})
                },
                "im_robot_open_space_model": (
                    card.CreateAndDeliverRequestImRobotOpenSpaceModel(
                        support_forward=False
                    )
                ),
                "im_robot_open_deliver_model": (
                    card.CreateAndDeliverRequestImRobotOpenDeliverModel(
                        robot_code=box.app_key, space_type="IM_ROBOT"
                    )
                ),
                "user_id_type": 1,
            },
            **values
        )
    )
    return client(box, "card_1_0").create_and_deliver_with_options(
        request, headers(box, card, "CreateAndDeliver"), RuntimeOptions()
    ).body


def test_create_and_deliver(box, userid):
    body = send(box, userid)
    assert body.success and body.result.out_track_id == "sdk-1"
    row, = body.result.deliver_results
    assert row.success and row.space_type == "IM_ROBOT" and row.space_id == userid
    found, = box.control("GET", "cards?userid=" + userid)
    assert found["title"] == "Order 7"
    with pytest.raises(TeaException) as caught:
        send(box, userid)
    assert caught.value.code == "param.cardAlreadyExist"


def test_update(box, userid):
    send(box, userid)
    request = card.UpdateCardRequest(
        out_track_id="sdk-1",
        card_data=card.UpdateCardRequestCardData(card_param_map={"state": "Done"}),
        card_update_options=card.UpdateCardRequestCardUpdateOptions(
            update_card_data_by_key=True
        ),
        user_id_type=1,
    )
    body = client(box, "card_1_0").update_card_with_options(
        request, headers(box, card, "UpdateCard"), RuntimeOptions()
    ).body
    assert body.success and body.result
    found, = box.control("GET", "cards?userid=" + userid)
    assert (found["title"], found["tag"]) == ("Order 7", "Done")


def test_a_press_over_the_official_stream(box, userid, official):  # noqa: F811
    stream = official()
    send(box, userid)
    entry = box.control(
        "POST", "cards/sdk-1/press", {"userid": userid, "action": "action_1"}
    )
    assert stream.next() == {
        "card": "sdk-1", "userid": userid, "corp_id": box.corp_id,
        "pressed": ["action_1"],
    }
    assert entry["answers"][0]["code"] == 200
    found, = box.control("GET", "cards?userid=" + userid)
    assert found["texts"] == [{"variable": "note", "text": "Thanks"}]


def test_streaming(box, userid):
    box.control(
        "POST",
        "cards/templates",
        {
            "id": "answer.schema",
            "file": (FILE.parent / "answer.json").read_text("utf-8"),
        },
    )
    send(
        box, userid, card_template_id="answer.schema",
        card_data=card.CreateAndDeliverRequestCardData(
            card_param_map={"title": "Ask", "content": ""}
        ),
        private_data=None,
    )

    def stream(guid, content, full):
        return client(box, "card_1_0").streaming_update_with_options(
            card.StreamingUpdateRequest(
                out_track_id="sdk-1", guid=guid, key="content", content=content,
                is_full=full, is_finalize=False, is_error=False,
            ),
            headers(box, card, "StreamingUpdate"), RuntimeOptions(),
        ).body

    assert stream("g1", "Forty", True).success
    assert stream("g2", "-two", False).result
    found, = box.control("GET", "cards?userid=" + userid)
    assert found["texts"] == [{"variable": "content", "text": "Forty-two"}]


def test_register_and_template(box, userid):
    body = client(box, "card_1_0").register_callback_with_options(
        card.RegisterCallbackRequest(
            callback_route_key="odoo", callback_url="http://localhost/",
            api_secret="geheim", force_update=False,
        ),
        headers(box, card, "RegisterCallback"), RuntimeOptions(),
    ).body
    assert body.success and body.result.callback_url == "http://localhost/"
    body = client(box, "card_1_0").get_template_with_options(
        card.GetTemplateRequest(template_id="record.schema"),
        headers(box, card, "GetTemplate"), RuntimeOptions(),
    ).body
    assert body.data.status == "published"
