# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Pushes over HTTP: subscriptions, envelope, retries, failed lists, forged ones."""

import base64
import json
import threading
import time
from pathlib import Path

import pytest
from dingtalk_simulator.callbacks.crypto import BadEnvelope, Envelope, sign
from receiver import AES_KEY, SECONDS, TOKEN, Receiver, until

DATA = Path(__file__).resolve().parents[2] / "client" / "data"
VECTORS = [
    vector
    for name in ("crypto_vectors.json", "crypto_vectors_synthetic.json")
    if (DATA / name).exists()
    for vector in json.loads((DATA / name).read_text("utf-8"))
]
TAGS = ["user_add_org", "user_leave_org", "bpms_instance_change", "label_conf_add"]


@pytest.fixture
def receiver(box):
    made = Receiver(box.app_key, box.corp_id)
    box.settings(event_time_scale=0.002, rate_limit=None)
    box.patient()
    yield made
    made.close()


@pytest.fixture
def slow(receiver):
    """The receiver answers only after the test."""
    end = threading.Event()
    receiver.behave = lambda _message, answer, _handler: (end.wait(SECONDS), answer)[1]
    yield receiver
    end.set()


@pytest.fixture
def subscribed(box, receiver):
    """The receiver, subscribed to every event in the console."""
    subscribe(box, receiver)
    return receiver


def subscribe(box, receiver, **values):
    body = {"url": receiver.url, "token": TOKEN, "aes_key": AES_KEY}
    return box.control("POST", "callbacks", dict(body, **values))


def registration(receiver, **values):
    body = {
        "call_back_tag": TAGS,
        "token": TOKEN,
        "aes_key": AES_KEY,
        "url": receiver.url,
    }
    return dict(body, **values)


def register(box, receiver, **values):
    return box.oapi("/call_back/register_call_back", registration(receiver, **values))


def pushes(box, **query):
    text = "&".join("%s=%s" % pair for pair in query.items())
    return box.control("GET", "pushes?" + text)


# Envelope


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_published_vectors(vector):
    envelope = Envelope(vector["token"], vector["aes_key"], vector["owner_key"])
    assert envelope.open(vector["encrypt"]) == (
        vector["plaintext"],
        vector["owner_key"],
    )
    stamp = vector["timestamp"], vector["nonce"]
    assert sign(vector["token"], *stamp, vector["encrypt"]) == vector["signature"]
    if vector.get("random", "").isascii() and len(vector.get("random", "")) == 16:
        sealed = envelope.seal(vector["plaintext"], vector["random"])
        assert sealed == vector["encrypt"]


def test_there_are_published_vectors():
    assert len(VECTORS) >= 5


@pytest.mark.parametrize("length", range(0, 70))
def test_another_implementation_reads_every_length(length):
    text = "字" * (length // 3) + "x" * (length % 3)
    other = Receiver.crypto(_Keys(), "dingowner")
    envelope = Envelope(TOKEN, AES_KEY, "dingowner")
    encrypt = envelope.seal(text)
    message = {"encrypt": encrypt}
    signature = envelope.sign("1", "n", encrypt)
    assert other.decrypt_message(message, signature, "1", "n") == text
    assert envelope.open(other.encrypt_message(text)["encrypt"]) == (text, "dingowner")


class _Keys:
    token, aes_key, paths = TOKEN, AES_KEY, []


@pytest.mark.parametrize("wrong", ["", "x", "AAAA", "A" * 43 + "=", "字"])
def test_what_is_no_envelope(wrong):
    with pytest.raises(BadEnvelope):
        Envelope(TOKEN, AES_KEY, "dingowner").open(wrong)


def test_padding_is_looked_at():
    envelope = Envelope(TOKEN, AES_KEY, "dingowner")
    good = b"r" * 16 + (1).to_bytes(4, "big") + b"x" + b"dingowner"
    for padding in (b"\x02\x03", b"\x00\x00", b"\x01\x02"):
        step = envelope._cipher.encryptor()
        sealed = base64.b64encode(step.update(good + padding) + step.finalize())
        with pytest.raises(BadEnvelope):
            envelope.open(sealed.decode())
    step = envelope._cipher.encryptor()
    sealed = base64.b64encode(step.update(good + b"\x02\x02") + step.finalize())
    assert envelope.open(sealed.decode()) == ("x", "dingowner")


def test_another_key_opens_nothing():
    sealed = Envelope(TOKEN, AES_KEY, "dingowner").seal("x" * 40)
    with pytest.raises(BadEnvelope):
        Envelope(TOKEN, AES_KEY[::-1], "dingowner").open(sealed)


def test_a_key_has_43_characters():
    for wrong in ("", "A" * 42, "A" * 44, "?" * 43):
        with pytest.raises(ValueError):
            Envelope(TOKEN, wrong, "dingowner")


# Subscriptions by API


def test_register_checks_the_address_first(box, receiver):
    assert register(box, receiver)["errcode"] == 0
    assert receiver.kinds() == ["check_url"]
    assert receiver.owner_keys.index(box.corp_id) == 1
    found = box.get("/call_back/get_call_back")
    assert (found["url"], found["token"], found["aes_key"]) == (
        receiver.url,
        TOKEN,
        AES_KEY,
    )
    assert found["call_back_tag"] == TAGS


def test_api_subscriptions_end_with_the_corp_id(box, receiver):
    receiver.owner_keys = [box.app_key]
    assert register(box, receiver)["errcode"] == 71012
    receiver.owner_keys = [box.corp_id]
    assert register(box, receiver)["errcode"] == 0


def test_refusals_of_existing_and_missing(box, receiver):
    for path, method in (
        ("get_call_back", "GET"),
        ("delete_call_back", "GET"),
    ):
        assert box.oapi("/call_back/" + path, method=method)["errcode"] == 71007
    body = registration(receiver)
    assert box.oapi("/call_back/update_call_back", body)["errcode"] == 71007
    assert register(box, receiver)["errcode"] == 0
    again = register(box, receiver)
    assert (again["errcode"], again["errmsg"]) == (71006, "回调地址已经存在")
    body["call_back_tag"] = ["org_change"]
    assert box.oapi("/call_back/update_call_back", body)["errcode"] == 0
    assert box.get("/call_back/get_call_back")["call_back_tag"] == ["org_change"]
    assert box.get("/call_back/delete_call_back")["errcode"] == 0
    assert box.get("/call_back/get_call_back")["errcode"] == 71007


@pytest.mark.parametrize(
    "values, code",
    [
        ({"call_back_tag": ["no_such_event"]}, 71008),
        ({"call_back_tag": []}, 71010),
        ({"call_back_tag": "user_add_org"}, 71010),
        ({"token": None}, 71010),
        ({"token": "short"}, 71010),
        ({"token": "x" * 64}, 71010),
        ({"aes_key": "A" * 42}, 71010),
        ({"aes_key": "A" * 42 + "-"}, 71010),
        ({"url": "ftp://example.com"}, 71011),
        ({"url": "example.com/push"}, 71011),
        ({"url": "http://127.0.0.1:9/push"}, 71012),
    ],
)
def test_refused_registrations(box, receiver, values, code):
    assert register(box, receiver, **values)["errcode"] == code
    assert box.get("/call_back/get_call_back")["errcode"] == 71007


@pytest.mark.parametrize("length", [6, 63])
def test_tokens_at_the_limits(box, receiver, length):
    receiver.token = "t" * length
    assert register(box, receiver, token=receiver.token)["errcode"] == 0


def test_forbidden_hosts(box, receiver):
    box.settings(callback_forbidden_hosts=["127.0.0.1"])
    assert register(box, receiver)["errcode"] == 71013


def _without(name):
    def behave(_message, answer, _handler):
        return {key: value for key, value in answer.items() if key != name}

    return behave


def _renamed(_message, answer, _handler):
    answer["timestamp"] = answer.pop("timeStamp")
    return answer


def _unsigned(_message, answer, _handler):
    return dict(answer, msg_signature="0" * 40)


def _other_text(_message, _answer, _handler):
    return Receiver.crypto(_Keys(), _Keys.owner).encrypt_message("ok")


def _other_owner(_message, _answer, _handler):
    return Receiver.crypto(_Keys(), "dingsomebody").encrypt_message("success")


def _redirected(_message, answer, handler):
    """A client that follows the redirect repeats the nonce."""
    if handler.path in _Keys.paths:
        return answer
    _Keys.paths.append(handler.path)
    return 307, b""


def _wrapped(_message, answer, _handler):
    return {"jsonrpc": "2.0", "id": None, "result": answer}


@pytest.mark.parametrize(
    "behave, code, problem",
    [
        (_without("encrypt"), 71009, "fields"),
        (_without("nonce"), 71009, "fields"),
        (_renamed, 71009, "fields"),
        (_wrapped, 71009, "fields"),
        (_unsigned, 71009, "signature"),
        (_other_text, 71009, "message"),
        (_other_owner, 71009, "owner_key"),
        (lambda *_all: b"success", 71009, "not_json"),
        (lambda *_all: b'"success"', 71009, "not_json"),
        (lambda *_all: (500, b"{}"), 71012, "http"),
        (_redirected, 71013, "redirect"),
    ],
)
def test_answers_that_do_not_do(box, receiver, behave, code, problem):
    _Keys.owner = box.corp_id
    receiver.behave = behave
    assert register(box, receiver)["errcode"] == code
    assert pushes(box)[-1]["problem"] == problem
    # The console has its own words.
    receiver.owner_keys = [box.app_key]
    _Keys.owner = box.app_key
    subscribe(box, receiver)
    answer = box.control("POST", "callbacks/%s/check" % box.app_key)
    assert (answer["ok"], answer["problem"]) == (False, problem)
    assert answer["message"]
    path = "callbacks/%s/check?strict=1" % box.app_key
    assert box.control("POST", path, ok=False) == {"error": answer["message"]}


def test_slow_answers_do_not_do(box, slow):
    box.settings(callback_timeout=200)
    answer = register(box, slow)
    assert (answer["errcode"], "timedout" in answer["errmsg"]) == (71012, True)
    box.patient()
    slow.behave = lambda _message, answer, _handler: (time.sleep(0.4), answer)[1]
    assert register(box, slow)["errcode"] == 0


def test_update_checks_unless_it_is_told_not_to(box, receiver):
    register(box, receiver)
    receiver.behave = lambda *_all: b"no"
    update = "/call_back/update_call_back"
    assert box.oapi(update, registration(receiver))["errcode"] == 71009
    box.settings(callback_update_checks=False)
    assert box.oapi(update, registration(receiver))["errcode"] == 0


def test_apps_that_are_too_new_may_not_register(box, receiver):
    box.settings(new_app=True)
    assert register(box, receiver)["errcode"] == 60011
    assert box.get("/call_back/get_call_back_failed_result")["errcode"] == 0


# Subscriptions by console


def test_console_subscriptions_end_with_the_app_key(box, receiver):
    found = subscribe(box, receiver)
    assert (found["level"], found["owner_key"]) == ("app", box.app_key)
    receiver.owner_keys = [box.app_key]
    answer = box.control("POST", "callbacks/%s/check" % box.app_key)
    assert (answer["ok"], answer["message"]) == (True, "验证成功")
    assert answer["opened"] == "success"


@pytest.mark.parametrize("kind", ["check_create_suite_url", "check_update_suite_url"])
def test_other_test_pushes(box, subscribed, kind):
    check = "callbacks/%s/check" % box.app_key
    assert box.control("POST", check, {"event_type": kind})["ok"]
    message = subscribed.seen[-1]
    assert message["EventType"] == kind
    assert message["Random"] and message["TestSuiteKey"] == box.app_key
    # As in documents of 2015
    crypto = subscribed.crypto(box.app_key)
    subscribed.behave = lambda message, *_all: crypto.encrypt_message(message["Random"])
    assert box.control("POST", check, {"event_type": kind})["ok"]
    subscribed.behave = lambda message, *_all: crypto.encrypt_message("Random")
    assert not box.control("POST", check, {"event_type": kind})["ok"]


def test_console_may_check_before_it_saves(box, receiver):
    receiver.behave = lambda *_all: b"no"
    body = {"url": receiver.url, "token": TOKEN, "aes_key": AES_KEY, "check": True}
    answer = box.control("POST", "callbacks", body, ok=False)
    assert answer["error"].startswith("HTTP请求结果校验")
    assert box.control("GET", "callbacks") == []
    receiver.behave = lambda _message, answer, _handler: answer
    assert box.control("POST", "callbacks", body)["url"] == receiver.url
    assert len(box.control("GET", "callbacks")) == 1


def test_console_changes_and_deletes(box, subscribed):
    path = "callbacks/" + box.app_key
    changed = box.control("PATCH", path, {"tags": ["org_change"]})
    assert changed["tags"] == ["org_change"]
    for wrong in ({"aes_key": "x"}, {"url": "x"}, {"level": "corp"}, {"tags": "all"}):
        assert "error" in box.control("PATCH", path, wrong, ok=False)
    box.control("DELETE", path)
    assert box.control("GET", "callbacks") == []
    assert "error" in box.control("DELETE", path, ok=False)


def test_console_refuses_what_it_does_not_know(box, receiver):
    for wrong in ({"colour": "red"}, {"payload_style": "old"}, {"token": "x"}):
        body = {"url": receiver.url, "token": TOKEN, "aes_key": AES_KEY}
        assert "error" in box.control(
            "POST", "callbacks", dict(body, **wrong), ok=False
        )


# Pushing


def test_a_push_as_it_is_seen_in_the_wild(box, subscribed):
    box.control("POST", "events", {"event_type": "org_change"})
    subscribed.wait("org_change")
    path, query = subscribed.queries[0]
    assert path.startswith("/push?signature=")
    assert list(query) == ["signature", "msg_signature", "timestamp", "nonce"]
    assert query["signature"] == query["msg_signature"]
    assert len(query["timestamp"]) == 13 and len(query["nonce"]) == 8
    assert list(subscribed.bodies[0]) == ["encrypt"]
    assert subscribed.headers["Content-Type"] == "application/json"


def test_parameters_follow_those_of_the_address(box, receiver):
    subscribe(box, receiver, url=receiver.url + "?db=odoo")
    box.control("POST", "events", {"event_type": "org_change"})
    receiver.wait("org_change")
    assert receiver.queries[0][0].startswith("/push?db=odoo&signature=")


@pytest.mark.parametrize("names", ["signature", "msg_signature"])
def test_names_of_the_signature(box, subscribed, names):
    box.settings(callback_parameter_names=names)
    box.control("POST", "events", {"event_type": "org_change"})
    subscribed.wait("org_change")
    assert list(subscribed.queries[0][1]) == [names, "timestamp", "nonce"]


def test_only_ticked_events_come(box, receiver):
    subscribe(box, receiver, tags=["org_change"])
    box.control("POST", "events", {"event_type": "user_add_org"})
    box.control("POST", "events", {"event_type": "org_change"})
    receiver.wait("org_change")
    assert receiver.kinds() == ["org_change"]


def test_both_subscriptions_of_an_app_get_the_event(box, receiver):
    subscribe(box, receiver)
    register(box, receiver, call_back_tag=["org_change"])
    box.control("POST", "events", {"event_type": "org_change"})
    receiver.wait("org_change", 2)
    assert {push["level"] for push in pushes(box, event="org_change")} == {
        "app",
        "corp",
    }


def test_two_apps_get_the_same_event_and_others_do_not(box, subscribed):
    second = box.control("POST", "apps", {"name": "Second"})
    stranger = box.control("POST", "corps", {"people": 2, "departments": 1})
    subscribed.owner_keys += [second["app_key"], stranger["app_key"]]
    for app in (second, stranger):
        subscribe(box, subscribed, app_key=app["app_key"])
    event = box.control("POST", "events", {"event_type": "org_change"})
    subscribed.wait("org_change", 2)
    found = pushes(box, event_id=event["id"])
    assert {push["app_key"] for push in found} == {box.app_key, second["app_key"]}
    only = {"event_type": "org_change", "app_key": second["app_key"]}
    event = box.control("POST", "events", only)
    subscribed.wait("org_change", 3)
    (push,) = pushes(box, event_id=event["id"])
    assert push["app_key"] == second["app_key"]


def test_nothing_is_pushed_without_a_subscription(box):
    event = box.control("POST", "events", {"event_type": "org_change"})
    assert event["pushes"] == [] and pushes(box) == []
    assert [each["id"] for each in box.control("GET", "events/log")] == [event["id"]]


def test_a_series_of_events(box, subscribed):
    began = time.monotonic()
    body = {"event_type": "org_change", "times": 20, "per_second": 100}
    assert box.control("POST", "events", body) == {"times": 20}
    subscribed.wait("org_change", 20)
    assert time.monotonic() - began >= 0.18
    log = box.control("GET", "events/log")
    assert len({event["id"] for event in log}) == 20


# Retries and the failed list


def test_retries_as_documented(box, subscribed):
    box.settings(event_time_scale=0.02, failed_list_delay=10**6)
    subscribed.behave = lambda *_all: (500, b"")
    box.control("POST", "events", {"event_type": "org_change"})
    until(lambda: pushes(box)[-1]["state"] == "failed")
    times = [one["at"] for one in pushes(box)[-1]["tries"]]
    assert [one["status"] for one in pushes(box)[-1]["tries"]] == [500] * 3
    # 10 and 30 seconds, a fiftieth of them
    assert times[1] - times[0] > 0.19
    assert times[2] - times[1] > 0.59
    assert box.get("/call_back/get_call_back_failed_result")["failed_list"] == []
    box.control("POST", "pushes/hurry")
    until(lambda: pushes(box)[-1]["state"] == "listed")
    assert len(box.get("/call_back/get_call_back_failed_result")["failed_list"]) == 1
    assert len(subscribed.seen) == 3


def test_each_try_is_signed_anew(box, subscribed):
    subscribed.behave = lambda *_all: (500, b"")
    box.control("POST", "events", {"event_type": "org_change"})
    subscribed.wait("org_change", 3)
    assert len({query["nonce"] for _path, query in subscribed.queries}) == 3
    assert subscribed.seen[0] == subscribed.seen[2]


def test_a_later_try_may_arrive(box, subscribed):
    answers = [(500, b""), None]
    subscribed.behave = lambda _message, answer, _handler: answers.pop(0) or answer
    box.control("POST", "events", {"event_type": "org_change"})
    until(lambda: pushes(box)[-1]["state"] == "delivered")
    push = pushes(box)[-1]
    assert (push["attempts"], push["status"], push["problem"]) == (2, 200, "")
    assert [one["problem"] for one in push["tries"]] == ["http", ""]


def test_a_wrong_answer_counts_as_none(box, subscribed):
    subscribed.behave = lambda *_all: b"{}"
    box.control("POST", "events", {"event_type": "org_change"})
    until(lambda: pushes(box)[-1]["state"] == "listed")
    assert {one["problem"] for one in pushes(box)[-1]["tries"]} == {"fields"}


def test_slow_is_failed(box, subscribed, slow):
    box.settings(callback_timeout=100)
    box.control("POST", "events", {"event_type": "org_change"})
    until(lambda: pushes(box)[-1]["state"] == "listed")
    assert {one["problem"] for one in pushes(box)[-1]["tries"]} == {"timeout"}


def test_new_keys_are_used_by_the_next_try(box, subscribed):
    box.settings(event_time_scale=1)
    subscribed.behave = lambda *_all: (500, b"")
    box.control("POST", "events", {"event_type": "org_change"})
    until(lambda: pushes(box)[-1]["attempts"])
    subscribed.behave = lambda _message, answer, _handler: answer
    subscribed.aes_key = AES_KEY[::-1]
    box.control("PATCH", "callbacks/" + box.app_key, {"aes_key": AES_KEY[::-1]})
    box.control("POST", "pushes/hurry")
    until(lambda: pushes(box)[-1]["state"] == "delivered")


def test_pushes_of_a_deleted_subscription_are_dropped(box, subscribed):
    box.settings(event_time_scale=1)
    subscribed.behave = lambda *_all: (500, b"")
    box.control("POST", "events", {"event_type": "org_change"})
    until(lambda: pushes(box)[-1]["attempts"])
    box.control("DELETE", "callbacks/" + box.app_key)
    box.control("POST", "pushes/hurry")
    until(lambda: pushes(box)[-1]["state"] == "dropped")


def fail(box, receiver, *events):
    receiver.behave = lambda *_all: (500, b"")
    for event in events:
        box.control("POST", "events", event)
    until(lambda: all(push["state"] == "listed" for push in pushes(box)))


def test_shape_of_the_failed_list(box, subscribed):
    userid = box.people(1)[0]
    at = 1606126433000
    fail(
        box,
        subscribed,
        {"event_type": "user_add_org", "data": {"userId": [userid]}, "born_at": at},
        {"event_type": "org_dept_create", "data": {"deptId": [7]}, "born_at": at},
        {
            "event_type": "bpms_instance_change",
            "data": {"processInstanceId": "p", "type": "start"},
            "born_at": at,
        },
        {
            "event_type": "label_conf_add",
            "data": {"labelIdList": [5], "scope": "1"},
            "born_at": at,
        },
    )
    answer = box.get("/call_back/get_call_back_failed_result")
    corp = {"corpid": box.corp_id}
    inside = {
        "user_add_org": dict(corp, userid=[userid]),
        "org_dept_create": dict(corp, callbackData={"deptId": [7]}),
        "bpms_instance_change": dict(
            corp, bpmsCallBackData={"processInstanceId": "p", "type": "start"}
        ),
        "label_conf_add": dict(
            corp, roleLabelChange={"labelIdList": [5], "scope": "1"}
        ),
    }
    assert answer["has_more"] is False
    found = {item["call_back_tag"]: item for item in answer["failed_list"]}
    assert found == {
        tag: {"call_back_tag": tag, "event_time": at, tag: content}
        for tag, content in inside.items()
    }


def test_failed_list_page_by_page(box, subscribed):
    box.settings(failed_page_size=2)
    fail(
        box,
        subscribed,
        *[{"event_type": "org_change", "born_at": n} for n in range(1, 6)]
    )
    path = "/call_back/get_call_back_failed_result"
    seen = []
    for more in (True, True, False):
        answer = box.get(path)
        seen += [item["event_time"] for item in answer["failed_list"]]
        assert answer["has_more"] is more
    assert sorted(seen) == [1, 2, 3, 4, 5]
    # The list read last remains until the next call deletes it.
    assert len(box.control("GET", "failed_events")) == 1
    assert box.get(path)["failed_list"] == []
    assert box.control("GET", "failed_events") == []


def test_failed_results_of_the_new_family(box, subscribed):
    box.settings(failed_page_size=2)
    events = [
        {"event_type": "user_leave_org", "data": {"userId": ["u"]}, "born_at": at}
        for at in (1000, 2000, 3000, 4000)
    ]
    fail(box, subscribed, *events)
    status, answer = box.api(
        "GET", "/v1.0/event/callbacks/failedResults", beginTime=2000, endTime=4000
    )
    assert (status, answer["hasMore"]) == (200, False)
    assert sorted(each["eventTime"] for each in answer["failedList"]) == [2000, 3000]
    first = answer["failedList"][0]
    assert (first["callBackTag"], first["corpId"]) == ("user_leave_org", box.corp_id)
    assert json.loads(first["callBackData"]) == {
        "corpid": box.corp_id,
        "userid": ["u"],
    }
    _status, answer = box.api("GET", "/v1.0/event/callbacks/failedResults")
    assert sorted(each["eventTime"] for each in answer["failedList"]) == [1000, 4000]
    _status, answer = box.api("GET", "/v1.0/event/callbacks/failedResults")
    assert answer == {"failedList": [], "hasMore": False}


def test_failed_list_is_the_apps_own(box, subscribed):
    fail(box, subscribed, {"event_type": "org_change"})
    second = box.control("POST", "apps", {"name": "Second"})
    token = box.gettoken(appkey=second["app_key"], appsecret=second["app_secret"])
    path = "/call_back/get_call_back_failed_result"
    answer = box.oapi(path, method="GET", token=token["access_token"])
    assert answer["failed_list"] == []
    assert len(box.get(path)["failed_list"]) == 1


# Forged and repeated ones


@pytest.mark.parametrize(
    "forge, refused_as",
    [
        ({"wrong_signature": True}, "InvalidSignatureException"),
        ({"wrong_token": True}, "InvalidSignatureException"),
        ({"wrong_owner": True}, "InvalidCorpIdOrSuiteKeyException"),
        ({"wrong_owner": "dingsomebody"}, "InvalidCorpIdOrSuiteKeyException"),
    ],
)
def test_forged_pushes(box, subscribed, forge, refused_as):
    box.control("POST", "events", {"event_type": "org_change", "forge": forge})
    until(lambda: pushes(box)[-1]["state"] == "refused")
    assert (subscribed.seen, subscribed.refused) == ([], [refused_as])
    # No second try for an attacker, while another event gets all of its own.
    subscribed.behave = lambda *_all: (500, b"")
    box.control("POST", "events", {"event_type": "user_add_org"})
    until(lambda: pushes(box)[-1]["state"] == "listed")
    assert [push["attempts"] for push in pushes(box)] == [1, 3]
    failed = box.control("GET", "failed_events")
    assert [event["call_back_tag"] for event in failed] == ["user_add_org"]


def test_pushes_with_another_key_cannot_be_read(box, subscribed):
    body = {"event_type": "org_change", "wrong_aes_key": True}
    box.control("POST", "events", body)
    until(lambda: pushes(box)[-1]["state"] == "refused")
    assert subscribed.seen == [] and len(subscribed.refused) == 1


@pytest.mark.parametrize("stale, seconds", [(True, 86400), (600, 600)])
def test_stale_pushes(box, subscribed, stale, seconds):
    body = {"event_type": "org_change", "stale_timestamp": stale}
    began = int(time.time() * 1000)
    box.control("POST", "events", body)
    until(lambda: pushes(box)[-1]["state"] == "accepted")
    stamp = int(subscribed.queries[0][1]["timestamp"])
    assert began <= stamp + seconds * 1000 <= time.time() * 1000


def test_replays_are_the_same_bytes(box, subscribed):
    box.control("POST", "events", {"event_type": "org_change", "replay": 2})
    subscribed.wait("org_change", 3)
    assert len({path for path, _query in subscribed.queries}) == 1
    assert len({body["encrypt"] for body in subscribed.bodies}) == 1
    push = pushes(box)[0]
    answers = box.control("POST", "pushes/%s/replay" % push["id"], {"times": 10})
    assert len(answers) == 10
    assert {each["replay_of"] for each in answers} == {push["id"]}
    assert len({path for path, _query in subscribed.queries}) == 1
    assert len(subscribed.seen) == 13


def test_duplicates_are_the_same_event_in_new_requests(box, subscribed):
    body = {"event_type": "org_change", "duplicate": 1, "payload_style": "new"}
    event = box.control("POST", "events", body)
    subscribed.wait("org_change", 2)
    assert len({query["nonce"] for _path, query in subscribed.queries}) == 2
    assert {message["eventId"] for message in subscribed.seen} == {event["id"]}
    assert {push["state"] for push in pushes(box)} <= {"delivered", "waiting"}


def test_unknown_forge_options_are_refused(box, subscribed):
    for body in (
        {"event_type": "x", "forge": {"colour": 1}},
        {"event_type": "x", "colour": 1},
        {},
    ):
        assert "error" in box.control("POST", "events", body, ok=False)


def test_a_payload_exactly_as_given(box, subscribed):
    payload = {"EventType": "nobody_knows", "Odd": [None, "字"]}
    box.control("POST", "events", {"payload": payload})
    assert subscribed.wait("nobody_knows") == [payload]


# The rest


def test_log_of_pushes(box, subscribed):
    box.control("POST", "events", {"event_type": "org_change"})
    box.control("POST", "events", {"event_type": "user_add_org"})
    until(lambda: len(pushes(box, state="delivered")) == 2)
    (push,) = pushes(box, event="org_change", app_key=box.app_key, channel="http")
    assert (push["url"], push["attempts"], push["status"]) == (subscribed.url, 1, 200)
    assert push["payload"] == subscribed.wait("org_change")[0]
    assert json.loads(push["answer"])["encrypt"] and push["ms"] > 0
    assert push["tries"][0]["opened"] == "success"
    assert len(pushes(box, limit=1)) == 1
    assert pushes(box, state="failed") == []
    box.control("DELETE", "pushes")
    assert pushes(box) == [] and box.control("GET", "events/log") == []


def test_a_reset_forgets_what_was_under_way(box, subscribed):
    box.settings(event_time_scale=1)
    subscribed.behave = lambda *_all: (500, b"")
    box.control("POST", "events", {"event_type": "org_change"})
    subscribed.wait("org_change")
    app_key = box.app_key
    box.reset(people=30, departments=6, seed=7)
    assert box.app_key == app_key
    assert box.control("GET", "callbacks") == [] and pushes(box) == []
    subscribe(box, subscribed)
    box.control("POST", "pushes/hurry")
    # A new event arrives, the old one does not.
    box.control("POST", "events", {"event_type": "user_add_org"})
    subscribed.wait("user_add_org")
    assert subscribed.kinds() == ["org_change", "user_add_org"]
    assert subscribed.refused == []


def test_failed_events_stay_in_their_world(box, subscribed):
    box.settings(failed_list_delay=10**6)
    subscribed.behave = lambda *_all: (500, b"")
    box.control("POST", "events", {"event_type": "org_change"})
    until(lambda: pushes(box)[-1]["state"] == "failed")
    app_key = box.app_key
    box.reset(people=30, departments=6, seed=7)
    assert box.app_key == app_key
    box.control("POST", "pushes/hurry")
    # An event of the new world gets through the whole of its tries meanwhile.
    subscribe(box, subscribed)
    box.settings(event_time_scale=0.002)
    box.patient()
    box.control("POST", "events", {"event_type": "user_add_org"})
    until(lambda: pushes(box)[-1]["state"] == "listed")
    failed = box.control("GET", "failed_events")
    assert [event["call_back_tag"] for event in failed] == ["user_add_org"]


def test_subscriptions_and_failed_events_survive_a_restart(box, subscribed):
    from dingtalk_simulator import storage
    from dingtalk_simulator.callbacks.subscriptions import Store

    fail(box, subscribed, {"event_type": "org_change", "born_at": 5})
    data = json.loads(json.dumps(storage.dump(box.world)))
    store = Store(storage.load(data))
    (found,) = store.all()
    assert (found.url, found.level, found.tags) == (subscribed.url, "app", None)
    events, more = store.take_failed(box.app_key)
    assert [event.born_at for event in events] == [5] and not more


def test_emit_is_for_every_area(box, server, subscribed):
    import asyncio

    from dingtalk_simulator.callbacks import emit

    async def happen():
        return emit(
            box.world,
            "bpms_task_change",
            {"type": "start", "taskId": 7},
            box.corp_id,
        )

    event = asyncio.run_coroutine_threadsafe(happen(), server.loop).result(
        SECONDS)
    (message,) = subscribed.wait("bpms_task_change")
    assert message == {
        "EventType": "bpms_task_change",
        "corpId": box.corp_id,
        "type": "start",
        "taskId": 7,
    }
    assert pushes(box)[-1]["event_id"] == event.id


# Monthly pushes


def happen(box, event_type, **data):
    box.control("POST", "events", {"event_type": event_type, "data": data})


def test_pushes_stop_when_a_months_are_used_up(box, subscribed):
    box.noon()
    box.settings(monthly_pushes=2)
    for number in range(4):
        happen(box, "bpms_task_change", processInstanceId="p%d" % number)
    happen(box, "user_add_org", userId=["u"])
    seen = [push["event"] for push in pushes(box)]
    assert seen == ["bpms_task_change"] * 2 + ["user_add_org"]
    assert box.control("GET", "corps")[0]["pushes_used"] == 2
    box.noon(days=32)
    happen(box, "bpms_task_change", processInstanceId="p")
    assert len(pushes(box)) == 4
