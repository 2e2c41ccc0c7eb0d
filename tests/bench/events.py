"""Receiving events, and working them off."""

import concurrent.futures
import http.client
import json
import os
import random
import statistics
import sys
import time
import urllib.parse

from tools import paths

SECONDS, RATE = 60, 50
SATURATION = 500  # requests of each kind, each of three times
WAITING = 10000
SLICE = 2000  # of those, for one and two workers: their rate does not change
MANY = 1000000
FUZZED = 10000
HOUSE = ("dingding", "dingding_callback")

WORK_OFF = """
env["dingding.event"]._process(limit=200, seconds=300)
"""


class House:
    """A stack that receives events, and genuine requests for it."""

    def __init__(self, stack):
        sys.path.insert(0, str(paths.ROOT / "tests"))
        from e2e import house

        self.stack, self.house = stack, house
        self.control = house.Control(stack.simulator.url)
        stack.rpc("ir.config_parameter", "set_param", "web.base.url", stack.odoo_url)
        self.corp = house.connect(stack)
        self.app = stack.rpc("dingding.app", "search", [])[0]
        form = stack.rpc("dingding.app", "action_callback_setup", [self.app])["res_id"]
        stack.rpc("dingding.callback.setup", "action_make_keys", [form])
        self.keys = stack.rpc(
            "dingding.callback.setup", "read", [form], ["url", "token", "aes_key"])[0]
        self.address = urllib.parse.urlsplit(self.keys["url"])
        self.number = 0

    def count(self, what):
        return int(self.stack.query("SELECT count(*) FROM " + what))

    def request(self, event_type="own_thing", userid=None):
        """Return (path, body) of a genuine push that was not sent before."""
        from dingtalk_simulator.callbacks.crypto import Envelope

        self.number += 1
        envelope = Envelope(
            self.keys["token"], self.keys["aes_key"], self.stack.simulator.app_key)
        moment = str(int(time.time() * 1000))
        encrypt = envelope.seal(json.dumps({
            "EventType": event_type, "CorpId": self.stack.simulator.corp_id,
            "TimeStamp": str(1700000000000 + self.number),
            "UserId": [userid or "u%d" % self.number]}))
        query = urllib.parse.urlencode({
            "signature": envelope.sign(moment, "abcd1234", encrypt),
            "timestamp": moment, "nonce": "abcd1234"})
        return "%s?%s" % (self.address.path, query), json.dumps({"encrypt": encrypt})

    def send(self, request):
        """Send it; return the milliseconds, or raise."""
        path, body = request
        started = time.monotonic()
        connection = http.client.HTTPConnection(self.address.netloc, timeout=30)
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        assert answer.status == 200, (answer.status, content)
        return 1000 * (time.monotonic() - started)

    def steady(self, seconds, rate):
        """Send so many a second; return all answer times."""
        requests = [self.request() for _n in range(seconds * rate)]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            began, waiting = time.monotonic(), []
            for number, request in enumerate(requests):
                pause = began + number / rate - time.monotonic()
                if pause > 0:
                    time.sleep(pause)
                waiting.append(pool.submit(self.send, request))
            return [each.result() for each in waiting]

    def saturated(self, requests):
        """Send all as fast as four clients can; return requests a second."""
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            began = time.monotonic()
            for _ms in pool.map(self.send, requests):
                pass
            return len(requests) / (time.monotonic() - began)

    def done(self, seconds=300):
        self.house.wait_until(lambda: not self.count(
            "dingding_event WHERE state IN ('queued', 'working', 'retry')"), seconds)


def share(values, part):
    return round(sorted(values)[min(int(len(values) * part), len(values) - 1)], 2)


def figures(bench):
    """Measure."""
    bench.figure("load of the machine before", round(os.getloadavg()[0], 1), "")
    with bench.stack(
            people=150, departments=8, workers=2, cron_seconds=2,
            modules=HOUSE) as stack:
        house = House(stack)
        receiving(bench, house)
        applying(bench, house, "threads and cron")
        calls(bench, house)
        fuzzing(bench, house)
        many(bench, house)
    with bench.stack(
            people=60, departments=5, workers=2, cron_seconds=2,
            modules=HOUSE + ("queue_job",), server_wide=["web", "queue_job"],
            environment={"ODOO_QUEUE_JOB_CHANNELS": "root:2"}) as stack:
        applying(bench, House(stack), "queue_job")
    inbox(bench)
    bench.figure("load of the machine after", round(os.getloadavg()[0], 1), "")


def receiving(bench, house):
    for _n in range(20):
        house.send(house.request())
    name = "answer at %d a second for %d s, 2 workers, " % (RATE, SECONDS)
    times = house.steady(SECONDS, RATE)
    bench.figure(name + "p50", round(statistics.median(times), 1), "ms")
    bench.figure(name + "p99", share(times, 0.99), "ms", goal=300)
    empty = ("/web/webclient/version_info", '{"jsonrpc": "2.0", "params": {}}')
    plain, ours = [], []
    for _turn in range(3):
        # One after the other, so that what else the machine does hits both.
        plain.append(house.saturated([empty] * SATURATION))
        ours.append(house.saturated([house.request() for _n in range(SATURATION)]))
    bench.figure("empty JSON route at saturation", round(max(plain)), "a second")
    bench.figure("callbacks at saturation", round(max(ours)), "a second")
    bench.figure(
        "share of an empty route",
        round(statistics.median(our / empty for our, empty in zip(ours, plain)), 2),
        "", goal=0.6, better="higher")


def applying(bench, house, how):
    """From arrival to the changed person, a few a second."""
    first, *people = [each["userid"] for each in house.control.users()][:41]
    house.stack.query("DELETE FROM dingding_event")
    # Odoo has just started: the runner of queue_job sleeps for five seconds then.
    began = time.monotonic()
    house.send(house.request("user_modify_org", first))
    house.done()
    bench.figure("the first event after Odoo's start, %s" % how,
                 round(time.monotonic() - began, 2), "s")
    house.stack.query("DELETE FROM dingding_event")
    for userid in people:
        house.send(house.request("user_modify_org", userid))
        time.sleep(0.25)
    house.done()
    waits = [float(each) for each in house.stack.query(
        "SELECT extract(epoch FROM write_date - received_at) FROM dingding_event"
    ).split()]
    bench.figure("arrival to applied, %s, p50" % how, round(share(waits, 0.5), 2), "s")
    bench.figure(
        "arrival to applied, %s, p95" % how, round(share(waits, 0.95), 2), "s", 1)


def calls(bench, house):
    """How often DingTalk is asked."""
    people = [each["userid"] for each in house.control.users()][:100]
    for what, userids in (
            ("100 people", people), ("20 people", people[:20] * 5),
            ("one person", people[:1] * 100)):
        house.control.forget()
        requests = [house.request("user_modify_org", userid) for userid in userids]
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(house.send, requests))
        house.done()
        bench.figure("calls of DingTalk for a burst of 100 events about " + what,
                     house.control.calls(), "")
        bench.figure("a burst of 100 events about %s, until all is applied" % what,
                     round(time.monotonic() - began, 1), "s")


def fuzzing(bench, house):
    """Ten thousand bodies that are broken in some way."""
    from e2e import test_events

    chance = random.Random(test_events.SEED)
    body = json.dumps({"encrypt": "QUJD" * 40}).encode()
    rows = house.count("dingding_event")
    bodies = [test_events.mutated(chance, body) for _n in range(FUZZED)]
    test_events.fuzz(house.keys["url"], bodies[:500], 1)
    before, began = test_events.memory(house.stack), time.monotonic()
    codes = test_events.fuzz(house.keys["url"], bodies, test_events.SEED)
    assert set(codes) <= {400, 403, 413}, codes
    bench.figure("broken bodies that became an event",
                 house.count("dingding_event") - rows, "", goal=0)
    bench.figure("broken bodies that were answered with 500", codes.get(500, 0), "",
                 goal=0)
    bench.figure("broken bodies", round(FUZZED / (time.monotonic() - began)),
                 "a second")
    bench.figure("memory that %d broken bodies cost" % FUZZED,
                 round(test_events.memory(house.stack) - before, 1), "MB", goal=40)


def many(bench, house):
    """With a million closed events, and before."""
    before = house.steady(5, 20)
    house.stack.query(
        "INSERT INTO dingding_event (corp_id, event_type, event_key, subject, source,"
        " state, attempts, received_at, content) SELECT (SELECT min(id) FROM"
        " dingding_corp), 'user_modify_org', 'x' || n, 'user:' || n %% 1000, 'http',"
        " 'done', 1, now() - n * interval '1 second', '{}'"
        " FROM generate_series(1, %d) n; ANALYZE dingding_event" % MANY)
    after = house.steady(5, 20)
    bench.figure("answer before a million events, p50", share(before, 0.5), "ms")
    bench.figure("answer after a million events, p50", share(after, 0.5), "ms",
                 goal=round(2 * share(before, 0.5) + 10, 1))
    started = time.monotonic()
    house.stack.rpc("dingding.event", "search_read", [], ["event_type"], 0, 80)
    house.stack.rpc("dingding.event", "search_count", [])
    bench.figure("list and its number of rows among a million events",
                 round(time.monotonic() - started, 2), "s", goal=1)
    plan = house.stack.query(
        "EXPLAIN SELECT id FROM dingding_event event WHERE state IN"
        " ('queued', 'retry', 'working') AND NOT EXISTS (SELECT 1 FROM dingding_event"
        " earlier WHERE earlier.corp_id = event.corp_id AND earlier.subject ="
        " event.subject AND earlier.id < event.id AND earlier.state IN"
        " ('queued', 'retry', 'working')) ORDER BY id LIMIT 500")
    bench.figure("what is due is found by index", int("Seq Scan" not in plan), "",
                 goal=1, better="higher")


def inbox(bench):
    """Events that wait, processed by processes of their own."""
    with bench.stack(
            people=5, departments=2, start_odoo=False, modules=HOUSE) as stack:
        stack.start_odoo()
        house = House(stack)
        stack.stop_odoo()
        for workers, waiting in ((1, SLICE), (2, SLICE), (4, WAITING)):
            stack.query(
                "DELETE FROM dingding_event; INSERT INTO dingding_event (corp_id,"
                " event_type, event_key, subject, source, state, attempts, received_at,"
                " content) SELECT %d, 'label_conf_add', 'x' || n, 'role:' || n, 'http',"
                " 'queued', 0, now(), '{}' FROM generate_series(1, %d) n"
                % (house.corp, waiting))
            with concurrent.futures.ThreadPoolExecutor(workers) as pool:
                list(pool.map(lambda _n: stack.odoo_shell(WORK_OFF), range(workers)))
            assert house.count("dingding_event WHERE state = 'done'") == waiting
            # While all were at work, without the start of the processes.
            rate = stack.query(
                "SELECT count(*) / extract(epoch FROM max(write_date) -"
                " min(write_date)) FROM (SELECT write_date, percent_rank() OVER"
                " (ORDER BY write_date) part FROM dingding_event) ranked"
                " WHERE part BETWEEN 0.25 AND 0.9")
            bench.figure(
                "%d waiting events, %d workers" % (waiting, workers),
                round(float(rate)), "events a second")
