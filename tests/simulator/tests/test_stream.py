# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""The Stream gateway, with a plain WebSocket client."""

import json
import threading
import time

import pytest
from receiver import AES_KEY, SECONDS, TOKEN, Receiver, until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

EVERYTHING = [
    {"type": "EVENT", "topic": "*"},
    {"type": "CALLBACK", "topic": "/v1.0/im/bot/messages/get"},
]
OPEN = "/v1.0/gateway/connections/open"


def open_(box, **values):
    body = {
        "clientId": box.app_key,
        "clientSecret": box.app_secret,
        "subscriptions": EVERYTHING,
        "ua": "tests/1",
    }
    answer = box.raw("POST", OPEN, json=dict(body, **values))
    return answer.status_code, answer.json()


class Client(threading.Thread):
    """Opens a connection and records its frames.

    `answer(frame)` gives the acknowledgement, or None for none.
    """

    def __init__(self, box, answer=None, **values):
        super().__init__(daemon=True)
        self.answer = answer or success
        status, opened = open_(box, **values)
        assert status == 200, opened
        self.opened = opened
        self.frames = []
        self.closed = None
        address = "%s?ticket=%s" % (opened["endpoint"], opened["ticket"])
        self.socket = connect(address, ping_interval=None).__enter__()
        self.start()

    def run(self):
        try:
            for text in self.socket:
                try:
                    frame = json.loads(text)
                except ValueError:
                    self.frames.append(text)
                    continue
                self.frames.append(frame)
                found = self.answer(frame)
                if found is not None:
                    self.socket.send(json.dumps(found))
        except ConnectionClosed:
            pass
        self.closed = self.socket.protocol.close_code

    def events(self, kind=None):
        return [
            frame
            for frame in list(self.frames)
            if isinstance(frame, dict)
            and frame["type"] == "EVENT"
            and kind in (None, frame["headers"]["eventType"])
        ]

    def wait(self, kind, count=1, seconds=SECONDS):
        return until(
            lambda: (lambda found: found if len(found) >= count else None)(
                self.events(kind)
            ),
            seconds,
        )


def ack(frame, data, code=200, message="OK"):
    return {
        "code": code,
        "message": message,
        "headers": {
            "messageId": frame["headers"].get("messageId"),
            "contentType": "application/json",
        },
        "data": json.dumps(data),
    }


def success(frame):
    if frame["type"] == "SYSTEM":
        if frame["headers"]["topic"] == "disconnect":
            return None
        return ack(frame, json.loads(frame["data"]))
    if frame["type"] == "CALLBACK":
        return ack(frame, {"response": {"heard": True}})
    return ack(frame, {"status": "SUCCESS", "message": "ok"})


def silent(_frame):
    return None


@pytest.fixture
def clients(box):
    made = []

    def make(answer=None, **values):
        made.append(Client(box, answer, **values))
        return made[-1]

    yield make
    for each in made:
        each.socket.close()
        each.join(SECONDS)


def send(box, **values):
    return box.control("POST", "events", dict({"event_type": "org_change"}, **values))


def pushes(box, **query):
    text = "&".join("%s=%s" % pair for pair in query.items())
    return box.control("GET", "pushes?" + text)


def streams(box):
    return box.control("GET", "streams")


def drained(box, client):
    """Wait for a ping that follows everything sent so far; return the frames."""
    before = len(pings(client))
    box.control("POST", "streams/ping")
    until(lambda: len(pings(client)) > before)
    return list(client.frames)


def pings(client):
    return [
        frame
        for frame in list(client.frames)
        if isinstance(frame, dict) and frame["headers"].get("topic") == "ping"
    ]


# Opening


def test_open(box):
    status, answer = open_(box)
    assert status == 200 and set(answer) == {"endpoint", "ticket"}
    assert answer["endpoint"] == box.url.replace("http", "ws") + "/connect"


@pytest.mark.parametrize(
    "values", [{"clientSecret": "wrong"}, {"clientId": "dingnobody"}]
)
def test_wrong_credentials(box, values):
    status, answer = open_(box, **values)
    assert status == 401
    assert (answer["code"], answer["message"]) == ("authFailed", "鉴权失败")
    assert answer["requestid"]


@pytest.mark.parametrize(
    "values",
    [
        {"clientId": None},
        {"clientSecret": ""},
        {"subscriptions": None},
        {"subscriptions": {}},
        {"subscriptions": ["*"]},
        {"subscriptions": [{"type": "EVENT", "topic": "user_add_org"}]},
        {"subscriptions": [{"type": "OTHER", "topic": "*"}]},
        {"subscriptions": [{"type": "CALLBACK"}]},
    ],
)
def test_malformed_requests(box, values):
    status, answer = open_(box, **values)
    assert status == 400 and answer["code"].startswith("invalidParameter.")


def test_topics_that_only_some_clients_ask_for(box):
    system = [{"type": "SYSTEM", "topic": "ping"}] + EVERYTHING
    assert open_(box, subscriptions=system, extras={"x": "y"})[0] == 200
    assert open_(box, subscriptions=[])[0] == 200


def refused(address):
    with pytest.raises(InvalidStatus) as caught:
        connect(address)
    return caught.value.response.status_code


def test_a_ticket_is_for_one_connection_and_soon(box, clients, stopped):
    opened = clients().opened
    address = "%s?ticket=%s" % (opened["endpoint"], opened["ticket"])
    assert refused(address) == 401
    assert refused(opened["endpoint"] + "?ticket=made-up") == 401
    assert refused(opened["endpoint"]) == 401
    _status, opened = open_(box)
    box.settings(clock_offset=91)
    assert refused("%s?ticket=%s" % (opened["endpoint"], opened["ticket"])) == 401
    _status, opened = open_(box)
    box.settings(clock_offset=91 + 89)
    with connect("%s?ticket=%s" % (opened["endpoint"], opened["ticket"])):
        pass


def test_no_handshake_no_connection(box):
    _status, opened = open_(box)
    answer = box.raw("GET", "/connect", params={"ticket": opened["ticket"]})
    assert answer.status_code == 400


def test_opening_can_fail_like_any_call(box):
    box.control("POST", "faults", {"kind": "http_500", "path": OPEN})
    assert box.raw("POST", OPEN, json={}).status_code == 500
    box.control("POST", "faults", {"kind": "reset", "path": OPEN})
    with pytest.raises(Exception, match="[Cc]onnection"):
        box.raw("POST", OPEN, json={})
    assert open_(box)[0] == 200


# Frames


def test_an_event_frame(box, clients):
    client = clients()
    userid = box.people(1)[0]
    event = send(box, event_type="user_leave_org", data={"userId": [userid]})
    (frame,) = client.wait("user_leave_org")
    headers = frame["headers"]
    assert (frame["specVersion"], frame["type"]) == ("1.0", "EVENT")
    assert (headers["topic"], headers["contentType"]) == ("*", "application/json")
    assert headers["eventId"] == event["id"]
    assert headers["eventCorpId"] == box.corp_id
    assert headers["eventBornTime"] == str(event["born_at"])
    assert headers["time"].isdigit() and headers["messageId"]
    assert headers["eventUnifiedAppId"]
    data = json.loads(frame["data"])
    assert data["userId"] == [userid] and data["timeStamp"].isdigit()
    assert data["optStaffId"]


def test_acknowledgements(box, clients):
    patient(box)
    clients()
    send(box)
    push = until(lambda: pushes(box, state="delivered"))[0]
    assert (push["channel"], push["attempts"], push["status"]) == ("stream", 1, 200)
    assert json.loads(push["answer"])["code"] == 200 and push["ms"] is not None
    assert streams(box)["log"][-1]["acked"] == 1


def test_pings(box, clients):
    client = clients()
    box.control("POST", "streams/ping")
    frame = until(lambda: client.frames)[0]
    assert (frame["type"], frame["headers"]["topic"]) == ("SYSTEM", "ping")
    assert json.loads(frame["data"])["opaque"] and frame["headers"]["messageId"]
    until(lambda: streams(box)["connections"][0]["pongs"])


def test_pings_by_themselves(box, clients):
    box.settings(stream_ping_seconds=0.1)
    client = clients()
    until(lambda: len(client.frames) >= 2)


def test_websocket_pings_are_answered(box, clients):
    assert clients().socket.ping().wait(SECONDS)
    box.control("POST", "streams/faults", {"kind": "no_pong"})
    client = clients()
    pong = client.socket.ping()
    until(
        lambda: [each["websocket_pings"] for each in streams(box)["connections"]]
        == [1, 1]
    )
    drained(box, client)
    assert not pong.is_set()


def test_callbacks_of_robots(box, clients):
    box.settings(event_time_scale=12)  # five seconds are short on a busy machine
    clients()
    body = {"topic": "/v1.0/im/bot/messages/get", "data": {"text": {"content": "hi"}}}
    answer = box.control("POST", "streams/callback", body)
    assert answer["state"] == "delivered"
    assert json.loads(json.loads(answer["answer"])["data"])["response"]["heard"]
    body["topic"] = "/v1.0/card/instances/callback"
    assert "error" in box.control("POST", "streams/callback", body, ok=False)


def test_an_unanswered_callback_is_not_repeated(box, clients):
    box.settings(event_time_scale=0.02)
    client = clients(silent)
    answer = box.control("POST", "streams/callback", {"data": {}})
    assert answer["state"] == "failed"
    callback, _ping = drained(box, client)
    assert callback["type"] == "CALLBACK"


def test_callbacks_come_again_as_the_setting_says(box, clients):
    box.settings(event_time_scale=0.02, stream_callback_redelivery=[LONG, LONG])
    answers = [None, 500, 200]

    def answer(frame):
        code = answers.pop(0)
        return code and ack(frame, {"response": None}, code)

    client = clients(answer)
    push = box.control("POST", "streams/callback", {"data": {"n": 1}})
    assert (push["state"], push["status"]) == ("delivered", 200)
    assert len(client.frames) == 3
    (message_id,) = {frame["headers"]["messageId"] for frame in client.frames}
    assert message_id == push["message_id"]


def test_a_callback_sent_again_by_hand(box, clients):
    box.settings(event_time_scale=12)
    client = clients()
    first = box.control("POST", "streams/callback", {"data": {}, "copies": 2})
    again = {"data": {}, "message_id": first["message_id"]}
    box.control("POST", "streams/callback", again)
    until(lambda: len(client.frames) == 3)
    assert len({frame["headers"]["messageId"] for frame in client.frames}) == 1


# Delivering again


#: Seconds that no test waits for, even a hundredth of them.
LONG = 10**5


def fast(box, **values):
    box.settings(event_time_scale=0.01, **values)


def patient(box):
    """Only `hurry` brings an event again, however late its acknowledgement is."""
    box.settings(stream_redelivery=[LONG] * 3)


def hurry(box):
    box.control("POST", "pushes/hurry")


def tries(box):
    return pushes(box)[-1]["tries"]


def test_unanswered_events_come_again(box, clients):
    fast(box)
    client = clients(silent)
    began = time.monotonic()
    event = send(box)
    frames = client.wait("org_change", 4)
    assert time.monotonic() - began > 0.95  # 10 + 30 + 60 seconds, a hundredth of it
    until(lambda: pushes(box)[-1]["state"] == "failed")
    assert len(client.events()) == 4
    assert {frame["headers"]["eventId"] for frame in frames} == {event["id"]}
    assert len({frame["headers"]["messageId"] for frame in frames}) == 1
    push = pushes(box)[-1]
    assert push["attempts"] == 4
    assert [one["problem"] for one in push["tries"]] == ["no_answer"] * 4
    assert box.get("/call_back/get_call_back_failed_result")["failed_list"] == []


def test_what_no_stream_took_may_be_listed(box, clients):
    fast(box, stream_failures_listed=True, stream_redelivery=[1])
    clients(silent)
    send(box)
    until(lambda: pushes(box)[-1]["state"] == "listed")
    assert len(box.get("/call_back/get_call_back_failed_result")["failed_list"]) == 1


def _answers(*answers):
    """Give these answers in order, then success."""
    left = list(answers)

    def answer(frame):
        if frame["type"] != "EVENT" or not left:
            return success(frame)
        found = left.pop(0)
        return found(frame) if found else None

    return answer


@pytest.mark.parametrize(
    "first, problem",
    [
        (lambda frame: ack(frame, {"status": "LATER", "message": "busy"}), "later"),
        (lambda frame: ack(frame, {"status": "LATER"}, 500), "later"),
        (lambda frame: ack(frame, {}, 404), "later"),
        (None, "no_answer"),
        (lambda _frame: ack({"headers": {}}, {"status": "SUCCESS"}), "no_answer"),
    ],
)
def test_later_and_silence_bring_it_again(box, clients, first, problem):
    patient(box)
    client = clients(_answers(first))
    send(box)
    client.wait("org_change")
    if problem == "later":
        until(lambda: tries(box)[0]["problem"] == "later")
    hurry(box)
    client.wait("org_change", 2)
    until(lambda: pushes(box)[-1]["state"] == "delivered")
    assert [one["problem"] for one in tries(box)] == [problem, ""]


def test_success_without_a_status(box, clients):
    patient(box)
    client = clients(_answers(lambda frame: ack(frame, json.loads(frame["data"]))))
    send(box)
    until(lambda: pushes(box)[-1]["state"] == "delivered")
    hurry(box)
    drained(box, client)
    assert len(client.events()) == 1


# Documented events with a `status` in their data.
WITH_STATUS = {
    "open_batch_trade_callback": "SUCCESS",
    "transfer_contact_id_job_result": 1,
    "chat_template_change": "on",
    "badge_device_status_change": "idle",
    "attendance_approve_status_change": "start",
    "ding_crm_object_meta": "PUBLISHED",
    "inner_app_status_change": "disable",
    "exclusive_delete_trusted_device": 2,
}


@pytest.mark.parametrize("event", sorted(WITH_STATUS))
def test_the_status_of_an_event_is_no_acknowledgement(box, clients, event):
    """The official Python client acknowledges with the event's own data."""
    patient(box)
    client = clients(_answers(lambda frame: ack(frame, json.loads(frame["data"]))))
    send(box, event_type=event, data={"status": WITH_STATUS[event]})
    until(lambda: pushes(box)[-1]["status"])
    assert pushes(box)[-1]["state"] == "delivered"
    hurry(box)
    drained(box, client)
    assert len(client.events()) == 1


@pytest.mark.parametrize(
    "frame",
    [
        "null",
        "[]",
        "5",
        '{"headers": 5}',
        '{"headers": {"messageId": ["x"]}, "code": 200}',
        '{"headers": {"messageId": {"x": 1}}, "code": {}}',
        '{"headers": {"messageId": "x"}, "data": [[]]}',
        "\x00",
    ],
)
def test_odd_frames_leave_the_connection_open(box, clients, frame):
    patient(box)
    client = clients()
    client.socket.send(frame)
    send(box)
    until(lambda: pushes(box)[-1]["state"] == "delivered")
    assert client.closed is None


def test_a_late_success_counts(box, clients):
    fast(box, stream_redelivery=[1, LONG])
    kept = []
    client = clients(lambda frame: kept.append(frame))
    send(box)
    client.wait("org_change", 2)
    client.socket.send(json.dumps(success(kept[0])))
    until(lambda: pushes(box)[-1]["state"] == "delivered")


def test_an_event_waits_for_a_connection(box, clients):
    patient(box)
    client = clients()
    client.socket.close()
    until(lambda: not streams(box)["connections"])
    send(box)
    until(lambda: tries(box) and tries(box)[0]["problem"] == "no_connection")
    client = clients()
    hurry(box)
    client.wait("org_change")
    assert tries(box)[0]["problem"] == "no_connection"


def test_apps_without_streams_get_nothing(box, clients):
    send(box)
    assert pushes(box) == []
    clients(subscriptions=EVERYTHING[1:])
    send(box)
    assert pushes(box) == []


def test_only_ticked_events_come(box, clients):
    client = clients()
    box.settings(stream_events=["user_add_org"])
    send(box)
    box.control("POST", "users", {"name": "A"})
    client.wait("user_add_org")
    assert len(client.frames) == 1


def test_forged_events_are_no_matter_of_streams(box, clients):
    clients()
    send(box, wrong_signature=True)
    assert pushes(box) == []


def test_both_ways_at_once(box, clients):
    client = clients()
    receiver = Receiver(box.app_key)
    try:
        body = {"url": receiver.url, "token": TOKEN, "aes_key": AES_KEY}
        box.control("POST", "callbacks", dict(body, payload_style="new"))
        event = send(box)
        (message,) = receiver.wait("org_change")
    finally:
        receiver.close()
    client.wait("org_change")
    assert message["eventId"] == event["id"]
    assert len(event["pushes"]) == 2


# Several connections


def test_each_event_goes_to_one_of_several_connections(box, clients):
    patient(box)
    several = [clients() for _number in range(3)]
    send(box, times=60)
    until(lambda: len(pushes(box, state="delivered")) == 60)
    counts = [len(each.events()) for each in several]
    assert sum(counts) == 60 and min(counts) > 5
    ids = [f["headers"]["eventId"] for each in several for f in each.events()]
    assert len(set(ids)) == 60


def test_two_apps_each_get_the_event(box, clients):
    second = box.control("POST", "apps", {"name": "Second"})
    one = clients()
    two = clients(clientId=second["app_key"], clientSecret=second["app_secret"])
    send(box)
    send(box, event_type="user_add_org", app_key=second["app_key"])
    one.wait("org_change"), two.wait("org_change"), two.wait("user_add_org")
    assert one.events("user_add_org") == []
    stranger = box.control("POST", "corps", {"people": 2, "departments": 1})
    clients(clientId=stranger["app_key"], clientSecret=stranger["app_secret"])
    event = send(box)
    found = {push["app_key"] for push in pushes(box, event_id=event["id"])}
    assert found == {box.app_key, second["app_key"]}


# Ends


@pytest.mark.parametrize("code", [1000, 1001, 1006])
def test_closing(box, clients, code):
    client = clients()
    box.control("POST", "streams/close", {"code": code})
    until(lambda: client.closed == code)
    # A cut connection sends nothing.
    protocol = client.socket.protocol
    assert (protocol.close_rcvd is None) == (code == 1006)
    assert (protocol.close_sent is None) == (code == 1006)
    entry = until(lambda: [e for e in streams(box)["log"] if e["state"] == "closed"])[0]
    assert (entry["close_code"], entry["closed_by"]) == (code, "server")
    assert streams(box)["connections"] == []
    assert "error" in box.control("POST", "streams/close", {}, ok=False)


def test_log_of_connections(box, clients):
    client = clients(localIp="10.1.2.3")
    (entry,) = streams(box)["connections"]
    assert (entry["app_key"], entry["ua"]) == (box.app_key, "tests/1")
    assert entry["local_ip"] == "10.1.2.3" and entry["subscriptions"] == EVERYTHING
    client.socket.close(4001)
    until(lambda: streams(box)["log"][-1]["state"] == "closed")
    entry = streams(box)["log"][-1]
    assert (entry["closed_by"], entry["close_code"]) == ("client", 4001)
    assert entry["closed_at"] >= entry["opened_at"]


def test_disconnect(box, clients):
    patient(box)
    box.settings(event_time_scale=0.05)
    old = clients()
    began = time.monotonic()
    box.control("POST", "streams/disconnect", {"reason": "bye"})
    frame = until(lambda: old.frames)[0]
    assert (frame["type"], frame["headers"]["topic"]) == ("SYSTEM", "disconnect")
    assert "messageId" not in frame["headers"]
    assert json.loads(frame["data"]) == {"reason": "bye"}
    send(box)
    assert pushes(box)[-1]["state"] == "waiting"
    until(lambda: old.closed == 1006)
    assert 0.45 < time.monotonic() - began < 9.5  # 10 seconds, a twentieth of it
    assert old.events() == []
    client = clients()
    hurry(box)
    client.wait("org_change")


def test_connections_have_their_time(box, clients):
    box.settings(event_time_scale=0.01, stream_connection_seconds=0.3)
    client = clients()
    until(lambda: client.closed == 1006)
    frame = client.frames[-1]
    assert json.loads(frame["data"]) == {"reason": "connection is expired"}


def test_a_reset_closes_all(box, clients):
    client = clients()
    box.reset(people=3, departments=1, seed=9)
    until(lambda: client.closed == 1001)
    assert streams(box)["apps"] == []


# Faults


def fault(box, **values):
    return box.control("POST", "streams/faults", values)


def test_faults_of_the_handshake(box):
    for values, status in (
        ({"kind": "ticket_expired"}, 401),
        ({"kind": "refuse"}, 503),
        ({"kind": "refuse", "status": 403}, 403),
    ):
        fault(box, **values)
        _status, opened = open_(box)
        address = "%s?ticket=%s" % (opened["endpoint"], opened["ticket"])
        assert refused(address) == status


@pytest.mark.parametrize("code", ["1000", "1001", "1006"])
def test_closed_instead_of_the_event(box, clients, code):
    patient(box)
    client = clients()
    fault(box, kind="close", code=code)
    send(box)
    until(lambda: client.closed == int(code))
    assert client.events() == []
    until(lambda: tries(box)[0]["problem"] == "closed")
    client = clients()
    hurry(box)
    client.wait("org_change")


def test_a_duplicate(box, clients):
    client = clients()
    fault(box, kind="duplicate")
    send(box)
    frames = client.wait("org_change", 2)
    assert frames[0] == frames[1]
    send(box, duplicate=2)
    client.wait("org_change", 5)


def test_a_lost_event_comes_again(box, clients):
    fast(box, stream_redelivery=[10, LONG])
    client = clients()
    fault(box, kind="lost")
    send(box)
    client.wait("org_change")
    until(lambda: pushes(box)[-1]["state"] == "delivered")
    assert pushes(box)[-1]["attempts"] == 2


def test_a_connection_that_hangs(box, clients):
    fast(box, stream_redelivery=[10, LONG])
    client = clients()
    fault(box, kind="hang")
    send(box)
    until(lambda: pushes(box)[-1]["attempts"] == 2)
    assert client.events() == [] and not client.socket.ping().wait(0.2)
    assert streams(box)["connections"][0]["state"] == "dead"


def test_a_connection_that_is_silent_from_the_beginning(box, clients):
    # Only an app that has used a Stream gets events.
    clients().socket.close()
    until(lambda: not streams(box)["connections"])
    fault(box, kind="silent")
    client = clients()
    send(box)
    until(lambda: tries(box) and tries(box)[0]["connection_id"])
    # The end of the connection comes after all frames.
    box.control("POST", "streams/close", {"code": 1000})
    until(lambda: client.closed)
    assert client.frames == []


def test_garbage_and_slowness(box, clients):
    client = clients()
    fault(box, kind="garbage")
    send(box)
    client.wait("org_change")
    assert client.frames[0] == "<html>"
    fault(box, kind="slow", seconds=0.3)
    began = time.monotonic()
    send(box)
    client.wait("org_change", 2)
    assert time.monotonic() - began > 0.25


def test_faults_are_listed_counted_and_removed(box, clients):
    fault(box, kind="duplicate", times=2, skip=1, app_key="dingsomebody")
    (found,) = box.control("GET", "streams/faults")["faults"]
    assert (found["kind"], found["times"], found["skip"]) == ("duplicate", 2, 1)
    client = clients()
    send(box)
    client.wait("org_change")
    until(lambda: pushes(box, state="delivered"))
    drained(box, client)
    assert len(client.events()) == 1
    assert box.control("DELETE", "streams/faults")["deleted"] == 1
    for wrong in ({"kind": "http_500"}, {"kind": "close", "colour": 1}, {}):
        assert "error" in box.control("POST", "streams/faults", wrong, ok=False)
    kinds = box.control("GET", "streams/faults")["kinds"]
    assert "close" in kinds
