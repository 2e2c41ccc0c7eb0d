"""Receiving events, and working them off."""

import concurrent.futures
import http.client
import json
import statistics
import sys
import time
import urllib.parse

from tools import paths

AREA = "events"
SECONDS, RATE = 60, 50
SATURATION = 1500  # requests of each kind
WAITING = 2000
MANY = 1000000

WORK_OFF = """
import time
started = time.monotonic()
worked = env["dingding.event"]._work_off(limit=200, seconds=300)
print("FIGURES %d %f" % (worked, time.monotonic() - started))
"""


class House:
    """A stack that receives events, and genuine requests for it."""

    def __init__(self, stack):
        sys.path.insert(0, str(paths.ROOT / "tests" / "e2e"))
        import house

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
    return round(sorted(values)[min(int(len(values) * part), len(values) - 1)], 1)


def figures(bench):
    """Measure."""
    with bench.stack(
            people=150, departments=8, workers=2, cron_seconds=2,
            modules=("dingding", "dingding_callback")) as stack:
        house = House(stack)
        receiving(bench, house)
        applying(bench, house)
        many(bench, house)
    inbox(bench)


def receiving(bench, house):
    for _n in range(20):
        house.send(house.request())
    times = house.steady(SECONDS, RATE)
    name = "answer at %d a second for %d s, 2 workers, " % (RATE, SECONDS)
    bench.figure(name + "p50", round(statistics.median(times), 1), "ms")
    bench.figure(name + "p99", share(times, 0.99), "ms", goal=300)
    house.done()
    empty = ("/web/webclient/version_info", '{"jsonrpc": "2.0", "params": {}}')
    plain = house.saturated([empty] * SATURATION)
    ours = house.saturated([house.request() for _n in range(SATURATION)])
    bench.figure("empty JSON route at saturation", round(plain), "a second")
    bench.figure("callbacks at saturation", round(ours), "a second")
    bench.figure("share of an empty route", round(ours / plain, 2), "",
                 goal=0.6, better="higher")
    house.done()


def applying(bench, house):
    people = [each["userid"] for each in house.control.users()][:100]
    house.stack.query("DELETE FROM dingding_event")
    house.control.forget()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(house.send, [
            house.request("user_modify_org", userid) for userid in people]))
    house.done()
    bench.figure("calls of DingTalk for 100 events about 100 people",
                 house.control.calls(), "")
    house.control.forget()
    requests = [house.request("user_modify_org", people[0]) for _n in range(100)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(house.send, requests))
    house.done()
    bench.figure("calls of DingTalk for 100 events about one person",
                 house.control.calls(), "")
    house.stack.query("DELETE FROM dingding_event")
    for userid in people[:40]:
        house.send(house.request("user_modify_org", userid))
        time.sleep(0.25)
    house.done()
    waits = [float(each) for each in house.stack.query(
        "SELECT extract(epoch FROM write_date - received_at) FROM dingding_event"
    ).split()]
    bench.figure("arrival to applied, p50", share(waits, 0.5), "s")
    bench.figure("arrival to applied, p95", share(waits, 0.95), "s")


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
    bench.figure("list among a million events",
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
    """Events that wait, worked off by processes of their own."""
    for workers in (1, 2, 4):
        with bench.stack(people=5, departments=2, workers=2, cron_seconds=3600,
                         modules=("dingding", "dingding_callback")) as stack:
            house = House(stack)
            stack.query(
                "INSERT INTO dingding_event (corp_id, event_type, event_key, subject,"
                " source, state, attempts, received_at, content) SELECT %d,"
                " 'label_conf_add', 'x' || n, 'role:' || n, 'http', 'queued', 0, now(),"
                " '{}' FROM generate_series(1, %d) n" % (house.corp, WAITING))
            began = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(workers) as pool:
                list(pool.map(lambda _n: stack.odoo_shell(WORK_OFF), range(workers)))
            house.done()
            seconds = time.monotonic() - began
            bench.figure(
                "%d waiting events, %d workers, starting them included"
                % (WAITING, workers), round(WAITING / seconds), "events a second")
