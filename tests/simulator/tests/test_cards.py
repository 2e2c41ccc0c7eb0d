# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Cards: valid and refused calls, views, presses."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from dingtalk_simulator.cards.callbacks import signature

FILE = (
    Path(__file__).parents[3] / "dingding_robot" / "card_templates" / "record.json"
)
TEMPLATE = "record.schema"
BASE = "/v1.0/card/instances"


class Table:
    """Two people and an app that sends them cards."""

    def __init__(self, box):
        self.box = box
        self.first, self.second = box.people(2)
        self.number = 0
        box.control(
            "POST",
            "cards/templates",
            {"id": TEMPLATE, "file": FILE.read_text("utf-8")},
        )

    def body(self, userid=None, **values):
        self.number += 1
        return dict(
            {
                "cardTemplateId": TEMPLATE,
                "outTrackId": "card-%d" % self.number,
                "openSpaceId": "dtv1.card//IM_ROBOT.%s" % (userid or self.first),
                "callbackType": "HTTP",
                "callbackRouteKey": "odoo",
                "cardData": {
                    "cardParamMap": {
                        "title": "Order 7", "action_1": "Approve", "input_1": "Why"
                    }
                },
                "privateData": {self.first: {"cardParamMap": {"note": "For you"}}},
                "imRobotOpenSpaceModel": {"supportForward": False},
                "imRobotOpenDeliverModel": {
                    "spaceType": "IM_ROBOT", "robotCode": self.box.app_key
                },
            },
            **values
        )

    def send(self, *args, **values):
        return self.box.api(
            "POST", BASE + "/createAndDeliver", self.body(*args, **values)
        )

    def update(self, out_track_id, values, **more):
        body = {"outTrackId": out_track_id, "cardData": {"cardParamMap": values}}
        return self.box.api("PUT", BASE, dict(body, **more))

    def phone(self, userid):
        return self.box.control("GET", "cards?userid=" + userid)

    def press(self, out_track_id, userid, **values):
        return self.box.control(
            "POST",
            "cards/%s/press" % out_track_id,
            dict({"userid": userid, "action": "action_1"}, **values),
        )


class Listener:
    """An address for callbacks with a fixed `answer`, at first `failing` times."""

    def __init__(self):
        self.seen, self.headers, self.answer, self.failing = [], [], {}, 0
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                size = int(self.headers["Content-Length"])
                listener.seen.append(json.loads(self.rfile.read(size)))
                listener.headers.append(dict(self.headers))
                content = json.dumps(listener.answer).encode("utf-8")
                failing, listener.failing = listener.failing, listener.failing - 1
                self.send_response(503 if failing > 0 else 200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/cards" % self.server.server_port
        threading.Thread(
            target=self.server.serve_forever, args=(0.02,), daemon=True
        ).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def listener():
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def table(box, listener, monkeypatch):
    # Two seconds are short on a busy machine.
    monkeypatch.setattr("dingtalk_simulator.cards.callbacks.ANSWER_SECONDS", 60)
    table = Table(box)
    status, _body = box.api(
        "POST",
        "/v1.0/card/callbacks/register",
        {
            "callbackRouteKey": "odoo", "callbackUrl": listener.url,
            "apiSecret": "geheim", "forceUpdate": True,
        },
    )
    assert status == 200
    return table


def refused(answer, code, status=400):
    assert (answer[0], answer[1].get("code")) == (status, code), answer


def test_a_card_reaches_one_person(table):
    status, body = table.send()
    row, = body["result"]["deliverResults"]
    assert status == 200 and row["success"] and row["spaceType"] == "IM_ROBOT"
    card, = table.phone(table.first)
    assert card["title"] == "Order 7"
    assert card["buttons"] == [
        {"id": "action_1", "label": "Approve", "callback": True}
    ]
    assert card["inputs"] == [{"name": "entered_1", "label": "Why"}]
    assert card["texts"] == [{"variable": "note", "text": "For you"}]
    assert table.phone(table.second) == []


def test_200_is_not_delivered(table):
    status, body = table.send("nobody", privateData=None)
    row, = body["result"]["deliverResults"]
    assert status == 200 and row["success"] is False and row["errorMsg"]


def asked_each(interval, unit):
    return {
        "dynamicDataSourceConfigs": [
            {
                "dynamicDataSourceId": "source",
                "pullConfig": {
                    "pullStrategy": "INTERVAL",
                    "interval": interval,
                    "timeUnit": unit,
                },
            }
        ]
    }


def test_dynamic_data_by_intervals(table):
    for interval, unit in ((3, "SECONDS"), (1, "DAYS")):
        status, _body = table.send(openDynamicDataConfig=asked_each(interval, unit))
        assert status == 200


@pytest.mark.parametrize(
    "values, code",
    [
        ({"outTrackId": ""}, "outTrackIdEmpty"),
        ({"outTrackId": "x" * 101}, "invalid"),
        ({"openSpaceId": ""}, "openSpaceIdEmpty"),
        ({"openSpaceId": "IM_ROBOT.x"}, "openSpaceIdInvalid"),
        ({"openSpaceId": "dtv1.card//IM_ROBOT." + "x" * 1000}, "openSpaceIdInvalid"),
        ({"imRobotOpenDeliverModel": None}, "openDeliverModelEmpty"),
        (
            {"imRobotOpenDeliverModel": {"robotCode": "other"}},
            "openDeliverModelError",
        ),
        ({"cardTemplateId": ""}, "cardTemplateIdEmpty"),
        ({"cardTemplateId": "other.schema"}, "templateNotExist"),
        ({"cardData": None}, "invalid"),
        ({"cardData": {}}, "invalid"),
        ({"cardData": {"cardParamMap": {"title": 7}}}, "invalid"),
        (
            {"cardData": {"cardParamMap": {"v%d" % n: "x" * 1024 for n in range(101)}}},
            "invalid",
        ),
        ({"imRobotOpenSpaceModel": {}}, "openSpaceModelInvalid"),
        (
            {
                "imRobotOpenSpaceModel": {
                    "supportForward": True,
                    "searchSupport": {"searchDesc": "x" * 201},
                }
            },
            "openSpaceModelInvalid",
        ),
        ({"openDynamicDataConfig": asked_each(2, "SECONDS")}, "invalid"),
        ({"openDynamicDataConfig": asked_each(1, "WEEKS")}, "invalid"),
        ({"cardData": {"cardParamMap": {"title": "字" * 342}}}, "invalid"),
        ({"cardData": {"cardParamMap": {"t" * 101: ""}}}, "invalid"),
        ({"cardData": {"cardParamMap": {"title": "违禁词"}}}, "contentUnsafe"),
        ({"privateData": {"nobody": {"cardParamMap": {}}}}, "userIdNotExist"),
        ({"callbackType": "stream"}, "invalid"),
        ({"callbackRouteKey": "unknown"}, "invalid"),
    ],
)
def test_refusals(table, values, code):
    refused(table.send(**values), "param.%s" % code)
    assert table.phone(table.first) == []


def test_a_card_id_is_used_once(table):
    table.send(outTrackId="one")
    answer = table.send(
        outTrackId="one", cardData={"cardParamMap": {"title": "Other"}}
    )
    refused(answer, "param.cardAlreadyExist")
    assert [card["title"] for card in table.phone(table.first)] == ["Order 7"]


def test_an_unpublished_template(table):
    table.box.control("PATCH", "cards/templates/" + TEMPLATE, {"published": False})
    refused(table.send(), "param.templateUnpublished")
    status, body = table.box.api(
        "GET", "/v1.0/card/templates", templateId=TEMPLATE
    )
    assert status == 200 and body["data"]["status"] == "unpublished"
    names = {each["name"] for each in body["data"]["commonVariableList"]}
    assert {"title", "action_4", "secret", "note"} <= names


def test_updates_replace_everything_unless_by_key(table):
    table.send(outTrackId="one")
    by_key = {"updateCardDataByKey": True}
    assert table.update("one", {"state": "Done"}, cardUpdateOptions=by_key)[0] == 200
    card, = table.phone(table.first)
    assert (card["title"], card["tag"]) == ("Order 7", "Done")
    table.update("one", {"state": "Other"})
    card, = table.phone(table.first)
    assert (card["title"], card["tag"], card["buttons"]) == ("", "Other", [])
    refused(table.update("two", {"state": "x"}), "param.cardNotExist")
    refused(
        table.box.api("PUT", BASE, {"outTrackId": "one"}),
        "param.cardDataAndPrivateDataBothEmpty",
    )


def test_a_press_is_signed_and_answered(table, listener):
    table.send(outTrackId="one", openSpaceId="dtv1.card//IM_ROBOT.%s;"
               "dtv1.card//IM_ROBOT.%s" % (table.first, table.second))
    listener.answer = {
        "cardData": {"cardParamMap": {"state": "Approved"}},
        "userPrivateData": {"cardParamMap": {"note": "Thank you"}},
    }
    entry = table.press("one", table.first, inputs={"entered_1": "Cheap"}, copies=2)
    assert [each["code"] for each in entry["answers"]] == [200, 200]
    data = listener.seen[0]
    assert data["type"] == "actionCallback" and data["userId"] == table.first
    assert json.loads(data["content"]) == {
        "cardPrivateData": {
            "actionIds": ["action_1"], "params": {"input_1": "Cheap", "input_2": ""}
        }
    }
    headers = {name.lower(): value for name, value in listener.headers[0].items()}
    stamp = headers["x-ddpaas-signature-timestamp"]
    assert headers["x-ddpaas-signature"] == signature("geheim", stamp)
    # Only the presser sees the answer, until the card is updated.
    mine, = table.phone(table.first)
    other, = table.phone(table.second)
    assert (mine["tag"], other["tag"]) == ("Approved", "")
    assert mine["texts"] == [{"variable": "note", "text": "Thank you"}]
    table.update("one", {"state": "Sent"}, cardUpdateOptions={
        "updateCardDataByKey": True})
    assert [
        table.phone(each)[0]["tag"] for each in (table.first, table.second)
    ] == ["Sent", "Sent"]


def test_an_unanswered_press_comes_again_unchanged(table, listener):
    table.box.settings(card_redelivery=[10, 30], event_time_scale=0.001)
    listener.failing = 2
    table.send(outTrackId="one")
    entry = table.press("one", table.first)
    assert [each["code"] for each in entry["answers"]] == [200]
    assert len(listener.seen) == 3
    assert listener.seen[0] == listener.seen[1] == listener.seen[2]
    stamps = {
        value for headers in listener.headers for name, value in headers.items()
        if name.lower() == "x-ddpaas-signature-timestamp"}
    assert len(stamps) == 1


def test_dynamic_data_is_asked_when_shown(table, listener):
    source = {
        "dynamicDataSourceConfigs": [
            {"dynamicDataSourceId": "odoo", "pullConfig": {"pullStrategy": "RENDER"}}
        ]
    }
    table.send(outTrackId="one", openDynamicDataConfig=source)
    listener.answer = {
        "dataSourceQueryResponses": [
            {
                "dynamicDataSourceId": "odoo", "dynamicDataValueType": "OBJECT",
                "data": json.dumps({"secret": "**Amount:** 7"}),
            }
        ]
    }
    card = table.box.control("POST", "cards/one/view", {"userid": table.first})
    assert {"variable": "secret", "text": "**Amount:** 7"} in card["texts"]
    asked = json.loads(listener.seen[0]["content"])
    assert asked["dynamicDataSourceQueryRequests"] == [{"dynamicDataSourceId": "odoo"}]
    stored = table.box.control("GET", "cards")[0]["data"]
    assert "Amount" not in json.dumps(stored)


def test_forwarding(table):
    table.send(outTrackId="one")
    body = {"userid": table.second}
    found = table.box.control("POST", "cards/one/forward", body, ok=False)
    assert "cannot be forwarded" in found["error"]
    table.box.control("POST", "cards/one/forward", dict(body, force=True))
    assert table.phone(table.second)[0]["id"] == "one"


def test_quota_and_permission(table):
    table.box.settings(monthly_quota=0)
    refused(table.send(), "Forbidden.AccessDenied.ApiCountLimitForOrg", 403)
    table.box.settings(monthly_quota=None)
    scopes = table.box.control("GET", "settings")["scopes"]
    table.box.settings(
        scopes=[each for each in scopes if each != "Card.Instance.Write"]
    )
    refused(table.send(), "Forbidden.AccessDenied.AccessTokenPermissionDenied", 403)


def test_a_registered_key_is_not_replaced_by_accident(table):
    body = {"callbackRouteKey": "odoo", "callbackUrl": "http://localhost/"}
    path = "/v1.0/card/callbacks/register"
    refused(table.box.api("POST", path, body), "param.callbackRouteKeyExist", 500)
    assert table.box.api("POST", path, dict(body, forceUpdate=True))[0] == 200


def test_the_page(table):
    table.send(outTrackId="one")
    page = table.box.raw(
        "GET", "/phone/%s?tab=work&tile=cards" % table.first
    ).text
    assert "Order 7" in page and 'data-testid="card-action_1"' in page
    assert "Order 7" not in table.box.raw(
        "GET", "/phone/%s?tab=work&tile=cards" % table.second
    ).text


def test_files_that_are_no_template(table):
    for text in ("", "{}", '{"editorData": "{}"}', "[]"):
        found = table.box.control(
            "POST", "cards/templates", {"id": "x", "file": text}, ok=False
        )
        assert "error" in found
