# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).
"""Stream mode against the simulator's gateway."""

import json
import select
import socket
import ssl
import struct
import threading
import time

import pytest
from dingtalk import errors, stream
from peers import accept, trickle
from test_simulator import client_for

SECONDS = 60  # to end a hang; a busy machine is slow


def turn(*streams):
    """One round of the runner's loop, in which nothing may block."""
    for each in streams:
        each.beat()
    waiting = [each for each in streams if each.waits]
    unsent = [each for each in waiting if each.unsent]
    readable, writable, _none = select.select(waiting, unsent, [], 0.02)
    for each in writable:
        each.flush()
    for each in readable:
        each.receive()


class Listener(object):
    """A Stream and what it received."""

    def __init__(self, simulator, answer=stream.SUCCESS):
        self.client = client_for(simulator)
        self.answers = answer if isinstance(answer, list) else None
        self.answer = answer
        self.got = []
        self.errors = []
        self.stream = stream.Stream(
            lambda: self.open, self.take,
            on_error=self.errors.append, chance=lambda low, high: 0.1)

    def open(self):
        return self.client.callbacks.open_stream("tests/1")

    def take(self, headers, data):
        self.got.append((headers, data))
        answer = self.answers.pop(0) if self.answers else self.answer
        answer = stream.SUCCESS if isinstance(answer, list) else answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    def until(self, condition):
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, (self.got, self.errors)
            turn(self.stream)
        return self

    def of(self, event_type):
        return [data for headers, data in self.got
                if headers["eventType"] == event_type]


@pytest.fixture
def box(simulator):
    # Unacknowledged messages come again each second, often enough for a busy machine.
    simulator.settings(
        event_time_scale=0.01, stream_redelivery=[100] * 60, stream_ping_seconds=3600)
    simulator.control("DELETE", "/streams/faults")
    # The connections of the test before are closed, but perhaps not yet here.
    deadline = time.monotonic() + SECONDS
    while connections(simulator) and time.monotonic() < deadline:
        time.sleep(0.02)
    yield simulator
    simulator.control("DELETE", "/streams/faults")


@pytest.fixture
def listen(box):
    made = []

    def make(answer=stream.SUCCESS):
        made.append(Listener(box, answer))
        return made[-1].until(lambda: made[-1].stream.is_open)

    yield make
    for each in made:
        each.stream.close()


def emit(box, userid, event_type="user_modify_org"):
    return box.control(
        "POST", "/events", {"event_type": event_type, "data": {"userId": [userid]}})


def connections(box):
    return box.control("GET", "/streams")["connections"]


def last_push(box):
    rows = box.control("GET", "/pushes", channel="stream")
    rows = rows if isinstance(rows, list) else rows["pushes"]
    return rows[-1]


def test_event(box, listen):
    listener = listen()
    emit(box, "zhangsan")
    listener.until(lambda: listener.of("user_modify_org"))
    headers, data = listener.got[-1]
    assert data["userId"] == ["zhangsan"]
    assert headers["eventId"]
    listener.until(lambda: last_push(box)["state"] == "delivered")


def test_later_comes_again(box, listen):
    listener = listen([stream.LATER, RuntimeError("database"), stream.SUCCESS])
    emit(box, "again")
    listener.until(lambda: len(listener.of("user_modify_org")) >= 3)
    listener.until(lambda: last_push(box)["state"] == "delivered")
    assert len({headers["eventId"] for headers, _data in listener.got}) == 1


class Caller(Listener):
    """A Listener that also handles callbacks by ``self.handle``."""

    TOPICS = ("/v1.0/im/bot/messages/get", "/v1.0/card/instances/callback")

    def __init__(self, simulator, handle, workers=None):
        super().__init__(simulator)
        self.calls = []
        self.workers = workers or stream.Workers()

        def call_back(headers, data):
            self.calls.append(data)
            return handle(data)

        self.stream = stream.Stream(
            lambda: lambda: self.client.callbacks.open_stream("tests/1", self.TOPICS),
            self.take, on_error=self.errors.append, chance=lambda low, high: 0.1,
            on_callback=call_back, topics=self.TOPICS, workers=self.workers)

    def until(self, condition):
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, (self.got, self.calls, self.errors)
            turn(self.stream)
            self.workers.receive()
        return self


@pytest.fixture
def caller(box):
    # The gateway waits for answers longer than DingTalk's five seconds.
    box.settings(event_time_scale=20)
    made = []

    def make(handle, **values):
        made.append(Caller(box, handle, **values))
        return made[-1].until(lambda: made[-1].stream.is_open)

    yield make
    for each in made:
        each.workers.close()
        each.stream.close()


def call(box, caller, **body):
    """Return the simulator's result of a callback."""
    body.setdefault("data", {})
    found = []
    thread = threading.Thread(target=lambda: found.append(
        box.control("POST", "/streams/callback", body)))
    thread.start()
    caller.until(lambda: not thread.is_alive())
    return found[0]


def answered(push):
    ack = json.loads(push["answer"])
    return ack["code"], json.loads(ack["data"])["response"]


def test_callbacks(box, caller):
    listener = caller(lambda data: {"cardData": {"n": data["n"]}})
    assert [each["topic"] for each in connections(box)[0]["subscriptions"]
            if each["type"] == "CALLBACK"] == list(Caller.TOPICS)
    push = call(box, listener, topic=Caller.TOPICS[1], data={"n": 5})
    assert answered(push) == (200, {"cardData": {"n": 5}})
    assert listener.stream.callbacks == 1
    emit(box, "beside")
    listener.until(lambda: listener.of("user_modify_org"))


def test_a_callback_that_fails(box, caller):
    answers = [RuntimeError("broken"), {1, 2}, "fine"]

    def handle(_data):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    listener = caller(handle)
    push = call(box, listener)
    assert answered(push) == (500, None)
    assert [str(error) for error in listener.errors] == ["broken"]
    # Failed ones may be repeated; what is not JSON is an error of the handler.
    again = {"message_id": push["message_id"]}
    assert answered(call(box, listener, **again)) == (500, None)
    assert answered(call(box, listener, **again)) == (200, "fine")
    assert answered(call(box, listener, **again)) == (200, "fine")
    assert len(listener.calls) == 3


def test_a_callback_sent_twice_is_handled_once(box, caller):
    go = threading.Event()
    listener = caller(lambda data: go.wait(SECONDS) and {"n": 1})
    threading.Timer(0.5, go.set).start()
    assert answered(call(box, listener, copies=3)) == (200, {"n": 1})
    assert len(listener.calls) == 1


def test_a_slow_callback_stops_nobody(box, caller):
    go = threading.Event()
    listener = caller(lambda data: go.wait(SECONDS))
    body = {"topic": Caller.TOPICS[0], "data": {}}
    threads = [
        threading.Thread(target=box.control, args=("POST", "/streams/callback", body))
        for _number in range(2)]
    for thread in threads:
        thread.start()
    listener.until(lambda: len(listener.calls) == 2)
    box.control("POST", "/streams/ping")
    listener.until(lambda: connections(box)[0]["pongs"])
    emit(box, "meanwhile")
    listener.until(lambda: listener.of("user_modify_org"))
    assert not go.is_set()
    go.set()
    for thread in threads:
        listener.until(lambda: not thread.is_alive())


def test_who_is_sent_away_answers_first(box, caller):
    """Somebody waits for the answer to a press."""
    begun, goes_on = threading.Event(), threading.Event()

    def handle(data):
        begun.set()
        assert goes_on.wait(SECONDS)
        return {"done": True}

    listener, found = caller(handle), []
    first = {each["id"] for each in connections(box)}
    body = {"topic": Caller.TOPICS[1], "data": {}}
    thread = threading.Thread(target=lambda: found.append(
        box.control("POST", "/streams/callback", body)))
    thread.start()
    listener.until(begun.is_set)
    box.control("POST", "/streams/disconnect", {"reason": "connection is expired"})
    listener.until(lambda: listener.stream._leaves_at is not None)
    assert listener.stream.is_open
    goes_on.set()
    listener.until(lambda: not thread.is_alive())
    assert answered(found[0]) == (200, {"done": True})
    listener.until(lambda: listener.stream.is_open and connections(box) and not (
        first & {each["id"] for each in connections(box)}))
    assert len(listener.calls) == 1


def test_who_is_sent_away_does_not_wait_for_ever():
    class Socket(object):
        unsent = 0

        def close(self):
            pass

    now = [100.0]
    lines = stream.Stream(lambda: None, None, clock=lambda: now[0])
    lines._socket, lines._opened, lines._busy = Socket(), 0.0, 1
    lines._heard = now[0]
    lines._take(b'{"type": "SYSTEM", "headers": {"topic": "disconnect"}}')
    lines.beat()
    assert lines.is_open
    now[0] += stream.LEAVE_SECONDS
    lines.beat()
    assert not lines.is_open


def test_callbacks_beyond_the_queue_are_refused(box, caller):
    go = threading.Event()
    listener = caller(
        lambda data: go.wait(SECONDS), workers=stream.Workers(at_once=1, waiting=1))
    body = {"topic": Caller.TOPICS[0], "data": {}, "copies": 1}
    threads = [
        threading.Thread(target=box.control, args=("POST", "/streams/callback", body))
        for _number in range(2)]
    for number, thread in enumerate(threads):
        thread.start()
        listener.until(lambda: listener.workers._todo.qsize() == number)
        listener.until(lambda: listener.calls)
    assert answered(call(box, listener)) == (500, None)
    assert "too many" in str(listener.errors[-1])
    go.set()
    for thread in threads:
        listener.until(lambda: not thread.is_alive())


def test_unknown_topics(box, caller):
    listener = caller(lambda data: None)
    listener.stream._topics = lambda: ()
    assert answered(call(box, listener)) == (404, None)
    assert not listener.calls


def test_workers_end():
    workers = stream.Workers(at_once=2)
    results = []
    workers.submit(lambda: 1, lambda *result: results.append(result))
    workers.submit(lambda: 1 / 0, lambda *result: results.append(result))
    workers.close()
    assert sorted(type(error).__name__ for _value, error in results) == [
        "NoneType", "ZeroDivisionError"]
    assert not any(thread.is_alive() for thread in workers._threads)


def test_workers_end_after_what_waits():
    """DingTalk sends messages to robots once: a restart must not lose them."""
    for seconds, expected in ((60, [0, 1, 2]), (0.1, [])):
        workers, released, results = stream.Workers(at_once=1), threading.Event(), []
        workers.submit(lambda: released.wait(60), lambda *_result: None)
        for number in range(3):
            workers.submit(
                lambda number=number: number,
                lambda number, _error: results.append(number))
        if expected:
            timer = threading.Timer(0.3, released.set)
            timer.start()
        workers.close(seconds)
        assert results == expected
        released.set()
        for thread in workers._threads:
            thread.join(60)
        assert workers._todo.empty() and results == expected


def test_answers_are_forgotten():
    now = [0.0]
    answers = stream._Answers(lambda: now[0])
    assert answers.begin("a") is None
    assert answers.begin("a") == (False, None)
    answers.end("a", "{}")
    assert answers.begin("a") == (True, "{}")
    now[0] += stream.REMEMBER_SECONDS + 1
    assert answers.begin("a") is None
    for number in range(stream.REMEMBERED + 5):
        answers.begin(str(number))
    assert len(answers._known) == stream.REMEMBERED


def test_ping(box, listen):
    listener = listen()
    box.control("POST", "/streams/ping")
    listener.until(lambda: any(each["pongs"] or each["last_ack"]
                               for each in connections(box)))


@pytest.mark.parametrize("how, body", [
    ("close", {"code": 1000}), ("close", {"code": 1006}),
    ("disconnect", {"reason": "connection is expired"})])
def test_connects_again(box, listen, how, body):
    listener = listen()
    first = {each["id"] for each in connections(box)}
    for each in first:
        box.control("POST", "/streams/" + how, dict(body, connection_id=each)
                    if how == "close" else dict(body))
    listener.until(lambda: any(
        each["id"] not in first and each["state"] == "open"
        for each in connections(box)))
    emit(box, "afterwards")
    listener.until(lambda: listener.of("user_modify_org"))


def test_refused_handshake_is_tried_again(box, listen):
    box.control("POST", "/streams/faults", {"kind": "refuse", "times": 2})
    listener = listen()
    assert len(listener.errors) == 2


def test_wrong_secret(box):
    client = client_for(box, app_secret="wrong")
    with pytest.raises(errors.DingTalkError) as caught:
        client.callbacks.open_stream("tests/1")
    assert "wrong" not in str(caught.value)


def test_garbage_ends_nothing(box, listen):
    listener = listen()
    box.control("POST", "/streams/faults", {"kind": "garbage"})
    emit(box, "garbage")
    listener.until(lambda: listener.of("user_modify_org"))


@pytest.mark.parametrize("frame", [
    "[]", "5", "null", "{}", '{"headers": 5}', '{"headers": {}}',
    '{"type": "CALLBACK", "headers": {"topic": ["a"]}}',
    '{"type": "CALLBACK", "headers": {"topic": {}}, "data": 5}',
    '{"type": "SYSTEM", "headers": {"topic": ["ping"]}}',
    '{"type": "EVENT", "headers": {"topic": "*", "messageId": []}, "data": "["}',
    "[" * 100000,
])
def test_odd_frames_end_nothing(frame):
    class Socket(object):
        unsent = 0

        def send(self, kind, data=b""):
            json.loads(data.decode("utf-8"))

    found = []
    lines = stream.Stream(
        lambda: None, lambda headers, data: found.append(data),
        on_callback=lambda headers, data: found.append(data), topics={"a"},
        on_error=found.append, workers=stream.Workers())
    lines._socket = Socket()
    lines._handle(lambda: [(stream.TEXT, frame.encode("utf-8"))] * 2)
    assert lines.is_open


def test_silence_is_noticed():
    """A silent connection is closed after a ping."""
    now, asked = [1000.0], []

    class Socket(object):
        unsent = 0

        def send(self, kind, data=b""):
            asked.append(kind)

        def abort(self):
            asked.append("abort")

    lines = stream.Stream(lambda: None, None, clock=lambda: now[0])
    lines._socket = Socket()
    lines._heard = now[0]
    for seconds in range(0, 100, 5):
        now[0] = 1000.0 + seconds
        if lines.is_open:
            lines.beat()
    assert asked == [stream.PING, stream.PING, "abort"]
    assert not lines.is_open


def test_delays_grow_and_end():
    now, tries = [0.0], []

    def refuse():
        tries.append(now[0])
        raise stream.StreamError("no")  # as if the database could not be queried

    lines = stream.Stream(refuse, None, clock=lambda: now[0], chance=lambda a, b: 1)
    while now[0] < 400:
        lines.beat()
        now[0] += 0.5
    gaps = [after - before for before, after in zip(tries, tries[1:])]
    assert gaps[:6] == [1, 2, 4, 8, 16, 32]
    assert set(gaps[6:]) == {60}


@pytest.mark.parametrize("answer, longest", [
    (("ws://127.0.0.1:1/connect", "ticket"), stream.LONGEST_COSTLY),
    (errors.BadCredentialsError("authFailed", "no"), stream.LONGEST_COSTLY),
    (errors.TransportError("dns", "no such host"), stream.LONGEST_DELAY),
])
def test_what_costs_calls_is_tried_more_rarely(no_proxy, answer, longest):
    """Such as behind a proxy that lets no WebSocket through."""
    tries, now = [], [0.0]

    def ask():
        tries.append(now[0])
        if isinstance(answer, Exception):
            raise answer
        return answer

    lines = stream.Stream(lambda: ask, None, clock=lambda: now[0],
                          chance=lambda low, high: 1)
    deadline = time.monotonic() + SECONDS
    while len(tries) < stream.COSTLY_ATTEMPTS + 3:
        assert time.monotonic() < deadline
        lines.beat()
        if lines.waits:
            lines._opening.thread.join()
            lines.beat()
        now[0] = max(now[0], lines.next_try)
    gaps = [after - before for before, after in zip(tries, tries[1:])]
    assert gaps[:6] == [1, 2, 4, 8, 16, 32]
    assert set(gaps[6:stream.COSTLY_ATTEMPTS]) == {stream.LONGEST_DELAY}
    assert gaps[-1] == longest


def test_a_gateway_that_sends_everybody_away():
    """Each opening costs a call, and so would a storm of them."""
    class Socket(object):
        def close(self):
            pass

    now, waits = [100.0], []
    lines = stream.Stream(lambda: None, None, clock=lambda: now[0],
                          chance=lambda low, high: 1)

    def sent_away(after):
        lines._socket, lines._opened = Socket(), now[0]
        now[0] += after
        lines._take(b'{"type": "SYSTEM", "headers": {"topic": "disconnect"}}')
        assert not lines.is_open
        waits.append(lines.next_try - now[0])
        now[0] = lines.next_try

    for _number in range(8):
        sent_away(1)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    lines._costs = True
    for _number in range(stream.COSTLY_ATTEMPTS):
        sent_away(1)
    assert waits[-1] == stream.LONGEST_COSTLY
    # One that lasted is replaced at once.
    sent_away(stream.STEADY_SECONDS + 1)
    assert waits[-1] == 0


# -- silence ---------------------------------------------------------------------------


def frame(kind, data):
    if len(data) < 126:
        return struct.pack(">BB", 128 | kind, len(data)) + data
    return struct.pack(">BBH", 128 | kind, 126, len(data)) + data


def event_frame(number):
    return frame(stream.TEXT, json.dumps({
        "type": "EVENT", "data": "{}",
        "headers": {"messageId": "m", "eventType": "t", "eventId": str(number)},
    }).encode())


def listener_of(address, **options):
    """Return (stream, received, complaints)."""
    got, complaints = [], []

    def take(headers, _data):
        got.append(headers["eventId"])
        return stream.SUCCESS

    options.setdefault("on_error", complaints.append)
    made = stream.Stream(
        lambda: lambda: ("ws://%s/connect" % address, "ticket"), take,
        chance=lambda low, high: 0.1, **options)
    return made, got, complaints


def until(condition, *streams):
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        turn(*streams)


def test_frames_that_come_with_the_handshake(peer, no_proxy):
    def play(connection):
        accept(connection, event_frame(1), event_frame(2)[:9])
        # Nothing more before the first was acknowledged.
        assert connection.recv(65536)
        connection.sendall(event_frame(2)[9:])

    lines, got, _complaints = listener_of(peer(play).address)
    until(lambda: got == ["1", "2"], lines)
    lines.close()


def test_a_frame_a_byte_at_a_time(peer, no_proxy):
    def play(connection):
        accept(connection)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in event_frame(1) + frame(stream.PING, b"p") + event_frame(2):
            connection.sendall(bytes([byte]))

    lines, got, _complaints = listener_of(peer(play).address)
    until(lambda: got == ["1", "2"], lines)
    lines.close()


@pytest.mark.parametrize("play", [
    accept, lambda connection: (accept(connection), trickle(connection))])
def test_half_open_connection_is_given_up(peer, no_proxy, play):
    """Nothing complete arrives, though the connection stands."""
    now = [1000.0]
    lines, _got, complaints = listener_of(peer(play).address, clock=lambda: now[0])
    until(lambda: lines.is_open, lines)
    for _step in range(11):
        now[0] += stream.DEAD_SECONDS / 10.0
        if lines.is_open:
            turn(lines)
    assert not lines.is_open
    assert [str(each) for each in complaints] == ["the connection is silent"]
    # Then a new one is opened.
    now[0] += stream.LONGEST_DELAY
    until(lambda: lines.is_open, lines)
    lines.close()


def test_a_peer_that_takes_nothing(peer, no_proxy):
    """Answers wait in memory, nothing else waits, and finally the connection is closed.
    """
    now = [1000.0]
    other = peer(accept)
    lines, _got, complaints = listener_of(other.address, clock=lambda: now[0])
    until(lambda: lines.is_open, lines)
    while not lines.unsent:
        lines._send(stream.TEXT, b"x" * 1000000)
    turn(lines)
    now[0] += stream.WRITE_SECONDS + 1
    turn(lines)
    assert [str(each) for each in complaints] == ["the receiver does not read"]


def test_what_waits_is_sent_later(peer, no_proxy):
    begin, got = threading.Event(), []

    def play(connection):
        accept(connection)
        begin.wait(SECONDS)
        while True:
            got.append(len(connection.recv(65536)))

    lines, _got, complaints = listener_of(peer(play).address)
    until(lambda: lines.is_open, lines)
    size = 0
    while not lines.unsent:
        lines._send(stream.TEXT, b"x" * 1000000)
        size += 1000000
    begin.set()
    until(lambda: sum(got) >= size, lines)
    assert not lines.unsent and not complaints
    lines.close()


def test_an_opening_that_hangs_stops_nobody(box, listen, peer, no_proxy):
    """Whether DingTalk's API, the name or the connection hangs."""
    end = threading.Event()
    hangs = stream.Stream(lambda: lambda: end.wait(), None)
    silent = listener_of(peer().address)[0]
    turn(hangs, silent)
    assert hangs.waits and silent.waits
    listener = listen()
    emit(box, "meanwhile")
    until(lambda: listener.of("user_modify_org"), hangs, silent, listener.stream)
    assert not hangs.is_open and not silent.is_open
    for each in (hangs, silent):
        each.close()
    end.set()


def test_an_opening_that_never_ends_is_given_up(peer, no_proxy):
    """The number of threads is limited; late connections are closed."""
    now, end, complaints = [1000.0], threading.Event(), []
    late = peer(accept)

    def ask():
        end.wait()
        return "ws://%s/connect" % late.address, "ticket"

    lines = stream.Stream(
        lambda: ask, None, clock=lambda: now[0], on_error=complaints.append)
    for _attempt in range(10):
        turn(lines)
        now[0] += stream.OPENING_SECONDS + 1
        turn(lines)
        now[0] += 2 * stream.LONGEST_DELAY
    assert len(lines._threads) == stream.HANGING
    assert {str(each) for each in complaints} == {
        "not open within 60 seconds", "3 attempts have not ended yet"}
    lines.close()
    end.set()
    for thread in lines._threads:
        thread.join(SECONDS)
    for connection in late.connections:
        connection.settimeout(SECONDS)
        assert not connection.recv(1)
    assert not lines.waits


@pytest.mark.parametrize("kind", ["silent", "no_pong"])
def test_silence_of_the_gateway(box, listen, kind):
    """A silent connection is replaced by a working one."""
    box.control("POST", "/streams/faults", {"kind": kind})
    listener = listen()
    first = listener.stream._socket
    now = [time.monotonic()]
    listener.stream._clock = lambda: now[0]
    for _step in range(10):
        now[0] += stream.DEAD_SECONDS / 8.0
        if listener.stream._socket is first:
            turn(listener.stream)
    assert listener.stream._socket is not first
    listener.stream._clock = time.monotonic
    listener.stream.next_try = 0
    listener.until(lambda: listener.stream.is_open)
    emit(box, "afterwards")
    listener.until(lambda: listener.of("user_modify_org"))


def test_over_tls(certificate, peer, no_proxy):
    """Records arrive in pieces, several frames in one; nothing blocks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    answers = []

    def play(connection):
        secure = context.wrap_socket(connection, server_side=True)
        accept(secure, event_frame(1))
        secure.sendall(event_frame(2) + frame(stream.PING, b"") + event_frame(3))
        for byte in event_frame(4):
            secure.sendall(bytes([byte]))
        while True:
            answers.append(secure.recv(65536))

    port = peer(play).address.split(":")[1]
    got = []
    lines = stream.Stream(
        lambda: lambda: ("wss://localhost:%s/connect" % port, "ticket"),
        lambda headers, data: got.append(headers["eventId"]))
    until(lambda: got == ["1", "2", "3", "4"] and answers, lines)
    lines.close()


# -- behind a proxy --------------------------------------------------------------------


class Proxy(object):
    """An HTTP proxy with CONNECT only."""

    def __init__(self, status="200 Connection established"):
        self.status, self.heads = status, []
        self.server = socket.socket()
        self.server.bind(("127.0.0.1", 0))
        self.server.listen(5)
        self.address = "127.0.0.1:%d" % self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client = self.server.accept()[0]
            except OSError:
                return
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(65536)
            self.heads.append(head.decode())
            client.sendall(("HTTP/1.1 %s\r\n\r\n" % self.status).encode())
            if not self.status.startswith("200"):
                client.close()
                continue
            host, port = self.heads[-1].split(" ")[1].split(":")
            other = socket.create_connection((host, int(port)))
            for source, sink in ((client, other), (other, client)):
                threading.Thread(
                    target=self.pump, args=(source, sink), daemon=True).start()

    @staticmethod
    def pump(source, sink):
        try:
            while True:
                chunk = source.recv(65536)
                if not chunk:
                    break
                sink.sendall(chunk)
        except OSError:
            sink.close()
        sink.close()


def listener_behind(proxy, box, no_proxy, **environment):
    listener = Listener(box)
    ask = listener.open

    def answer():
        # Ignore the call of the API.
        endpoint = ask()
        for name, value in environment.items():
            no_proxy.setenv(name, value)
        return endpoint

    listener.open = answer
    return listener


def test_proxy(box, no_proxy):
    proxy = Proxy()
    listener = listener_behind(
        proxy, box, no_proxy, HTTP_PROXY="http://some:one%40@" + proxy.address)
    listener.until(lambda: listener.stream.is_open)
    assert proxy.heads[0].startswith("CONNECT 127.0.0.1:"), proxy.heads
    assert "Proxy-Authorization: Basic c29tZTpvbmVA\r\n" in proxy.heads[0]
    box.control("POST", "/events", {"event_type": "own_thing", "data": {"x": 1}})
    listener.until(lambda: listener.of("own_thing"))
    listener.stream.close()


def test_no_proxy_for_some(box, no_proxy):
    proxy = Proxy()
    listener = listener_behind(
        proxy, box, no_proxy, HTTP_PROXY=proxy.address, NO_PROXY="127.0.0.1")
    listener.until(lambda: listener.stream.is_open)
    assert not proxy.heads
    listener.stream.close()


@pytest.mark.parametrize("status, address, said", [
    ("407 Authentication Required", "http://%s", "the proxy refused: HTTP/1.1 407"),
    ("200 OK", "socks5://%s", "a proxy of the kind 'socks5' cannot be used")])
def test_proxy_refuses(box, no_proxy, status, address, said):
    proxy = Proxy(status)
    listener = listener_behind(
        proxy, box, no_proxy, HTTP_PROXY=address % proxy.address)
    listener.until(lambda: listener.errors)
    assert said in str(listener.errors[0])
    assert not listener.stream.is_open
