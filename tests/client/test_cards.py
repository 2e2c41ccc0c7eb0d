# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Cards against the simulator."""

import json
from pathlib import Path

import dingtalk
import pytest
from dingtalk import errors
from dingtalk.api import cards
from scripted import client_of

ROOT = Path(__file__).parents[2]
FILE = ROOT / "dingding_robot" / "card_templates" / "record.json"
TEMPLATE = "record.schema"


@pytest.fixture
def client(simulator):
    ready = simulator.ready
    simulator.control("POST", "/cards/templates", {
        "id": TEMPLATE, "file": FILE.read_text("utf-8")})
    return dingtalk.DingTalkClient(
        dingtalk.Credential(
            ready["app_key"], ready["app_secret"], ready["agent_id"], ready["corp_id"]),
        hosts=dingtalk.Hosts(
            oapi=simulator.url, api=simulator.url, login=simulator.url),
        max_attempts=1,
    )


@pytest.fixture
def userid(simulator):
    return simulator.control("GET", "/users")[0]["userid"]


def send(client, userid, card, **values):
    options = dict(
        template=TEMPLATE, out_track_id=card, userid=userid,
        robot_code=client.credential.app_key, values={"title": "Order 7"},
        private={"note": "Hello"}, summary={"ZH_CN": "Order 7"},
    )
    options.update(values)
    return client.cards.create_and_deliver(**options)


def shown(simulator, userid, card):
    found = simulator.control("GET", "/cards", userid=userid)
    return next(each for each in found if each["id"] == card)


def test_send_and_update(client, simulator, userid):
    send(client, userid, "client-1")
    card = shown(simulator, userid, "client-1")
    assert card["title"] == "Order 7"
    assert card["texts"] == [{"variable": "note", "text": "Hello"}]
    client.cards.update("client-1", {"state": "Done"}, userid, {"note": "Thanks"})
    card = shown(simulator, userid, "client-1")
    # The other values stay.
    assert (card["title"], card["tag"]) == ("Order 7", "Done")
    assert card["texts"] == [{"variable": "note", "text": "Thanks"}]


def test_a_group_gets_one_card(client, simulator, userid):
    others = [each["userid"] for each in simulator.control("GET", "/users")[1:3]]
    group = simulator.control("POST", "/groups", {
        "title": "Sales", "members": [userid] + others})["open_conversation_id"]
    send(client, userid, "client-group", group=group)
    for each in [userid] + others:
        assert shown(simulator, each, "client-group")["title"] == "Order 7"
    with pytest.raises(cards.NotDeliveredError, match="conversation"):
        send(client, userid, "client-group-2", group="cidnobody==")


def test_the_body_for_a_group(client, monkeypatch):
    """As on the page: the model of a group has no type."""
    sent = []

    def api(method, path, body=None, params=None, **_options):
        sent.append(body)
        return {"result": {"deliverResults": [{"success": True}]}}

    monkeypatch.setattr(client, "api", api)
    send(client, "u1", "one", group="cid1==")
    body = sent[0]
    assert body["openSpaceId"] == "dtv1.card//IM_GROUP.cid1=="
    assert body["imGroupOpenDeliverModel"] == {
        "robotCode": client.credential.app_key}
    assert body["imGroupOpenSpaceModel"]["supportForward"] is False
    assert not [name for name in body if name.startswith("imRobot")]


def test_an_answer_is_shown_while_it_is_written(client, simulator, userid):
    template = ROOT / "dingding_robot" / "card_templates" / "answer.json"
    simulator.control("POST", "/cards/templates", {
        "id": "answer.schema", "file": template.read_text("utf-8")})
    send(client, userid, "client-stream", template="answer.schema",
         values={"title": "Ask", "content": ""}, private=None)
    client.cards.stream("client-stream", "g1", "content", "Forty")
    client.cards.stream("client-stream", "g1", "content", "repeated")
    assert shown(simulator, userid, "client-stream")["texts"] == [
        {"variable": "content", "text": "Forty"}]
    client.cards.stream("client-stream", "g2", "content", "字" * 2000, final=True)
    card = shown(simulator, userid, "client-stream")
    assert card["texts"][0]["text"] == "字" * 2000
    for arguments, error in (
        (("client-none", "g", "content", "x"), cards.CardGoneError),
        (("client-stream", "g", "content", "违禁词"), cards.CardContentError),
        (("client-stream", "g", "none", "x"), errors.InvalidArgumentError),
        (("client-stream", "g", "content", ""), errors.InvalidArgumentError),
    ):
        with pytest.raises(error):
            client.cards.stream(*arguments)


def test_errors_say_what_they_mean(client, simulator, userid):
    send(client, userid, "client-2")
    with pytest.raises(cards.CardExistsError):
        send(client, userid, "client-2")
    with pytest.raises(cards.CardGoneError):
        client.cards.update("client-none", {"title": "x"})
    with pytest.raises(cards.CardContentError) as caught:
        send(client, userid, "client-3", values={"title": "违禁词"})
    assert caught.value.remedy == "card_content"
    with pytest.raises(cards.CardTemplateError) as caught:
        send(client, userid, "client-4", template="none.schema")
    assert caught.value.remedy == "card_template"
    with pytest.raises(cards.CardTemplateError):
        client.cards.template("none.schema")
    # HTTP 200 does not mean delivered.
    with pytest.raises(cards.NotDeliveredError):
        send(client, "nobody", "client-5", private=None)


def test_an_answer_that_denies_success(clock):
    """With HTTP 200; the card still shows what it did."""
    for call in (
        lambda client: client.cards.update("a", {"title": "x"}),
        lambda client: client.cards.stream("a", "g", "content", "x"),
    ):
        client, _script = client_of(
            clock, (200, {"success": True, "result": True}), (200, {"success": False}))
        call(client)
        with pytest.raises(errors.ApiError) as caught:
            call(client)
        assert caught.value.code == "not_done"


def test_limits_are_checked_before_sending(client, simulator):
    simulator.control("DELETE", "/calls")
    for values in (
        {"title": "字" * 342}, {"t" * 101: "x"}, {"title": 7}, {"title": None},
    ):
        with pytest.raises(errors.InvalidArgumentError):
            send(client, "someone", "client-6", values=values)
    with pytest.raises(errors.InvalidArgumentError):
        send(client, "someone", "x" * 101)
    with pytest.raises(errors.InvalidArgumentError):
        client.cards.update("client-6")
    assert not simulator.calls("/v1.0/card/*")


def test_templates_and_registration(client, simulator):
    found = client.cards.template(TEMPLATE)
    assert found["status"] == "published"
    assert {"title", "secret", "note", "action_1", "input_2"} <= found["variables"]
    client.cards.create_only(TEMPLATE, "client-7", {})
    client.cards.register_callback("client-key", "http://localhost/x", "geheim")
    client.cards.register_callback("client-key", "http://localhost/y", "geheim")


def test_the_signature_is_that_of_the_page():
    import base64
    import hashlib
    import hmac

    digest = hmac.new(b"ACTION", b"1700000000000", hashlib.sha256).digest()
    assert cards.signature("ACTION", "1700000000000") == (
        base64.b64encode(digest).decode("ascii"))


def test_the_body_has_the_members_of_the_official_sdk(client, monkeypatch):
    sent = []

    def api(method, path, body=None, params=None, **_options):
        sent.append((method, path, body))
        return {"result": {"deliverResults": [{"success": True}]}}

    monkeypatch.setattr(client, "api", api)
    send(client, "u1", "one", callback=cards.HTTP, route_key="odoo",
         data_source="odoo")
    method, path, body = sent[0]
    assert (method, path) == ("POST", "/v1.0/card/instances/createAndDeliver")
    assert json.loads(json.dumps(body)) == {
        "cardTemplateId": TEMPLATE,
        "outTrackId": "one",
        "openSpaceId": "dtv1.card//IM_ROBOT.u1",
        "callbackType": "HTTP",
        "callbackRouteKey": "odoo",
        "cardData": {"cardParamMap": {"title": "Order 7"}},
        "privateData": {"u1": {"cardParamMap": {"note": "Hello"}}},
        "userIdType": 1,
        "imRobotOpenSpaceModel": {
            "supportForward": False, "lastMessageI18n": {"ZH_CN": "Order 7"},
        },
        "imRobotOpenDeliverModel": {
            "spaceType": "IM_ROBOT", "robotCode": client.credential.app_key,
        },
        "openDynamicDataConfig": {
            "dynamicDataSourceConfigs": [
                {
                    "dynamicDataSourceId": "odoo",
                    "pullConfig": {"pullStrategy": "RENDER"},
                }
            ]
        },
    }
