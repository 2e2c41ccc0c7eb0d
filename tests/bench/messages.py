"""Messages: what a notice to many people costs."""

import time

PEOPLE = 1050
API = "/topapi/message/corpconversation/"
SECONDS = 300
# Many messages at once to more people than one call takes: two parts each.
CROWD = 151
LATENCIES = (0, 100, 300)
#: Messages at each latency; all their parts together are 4 000.
QUICKLY = 667


def figures(bench):
    """Measure a notice to everybody, and what is sent again of many at once."""
    notice(bench)
    succession(bench)


def succession(bench):
    """Send messages in quick succession; count the parts that DingTalk got again.

    Parts of one message write the same rows, so a slow DingTalk makes them meet.
    """
    from tests.e2e import house, test_once
    with bench.stack(people=CROWD, departments=6, workers=2, cron_threads=2,
                     cron_seconds=2) as stack:
        control = house.Control(stack.simulator.url)
        house.read_people(stack, house.connect(stack), SECONDS)
        ids = [int(line) for line in stack.query(
            "SELECT id FROM dingding_user").split("\n")]
        control("PATCH", "/settings", {"per_minute": None, "daily_per_user": None})
        again = parts = 0
        for latency in LATENCIES:
            before = test_once.sends(control)
            control("PATCH", "/settings", {"latency": latency})
            started = time.monotonic()
            messages = test_once.send_many(stack, ids, latency, QUICKLY)

            def all_sent():
                # Odoo's own limit a minute is not meant here.
                test_once.another_minute(stack)
                return stack.query(
                    "SELECT count(*) FROM dingding_message WHERE state = 'sent'"
                    " AND id >= %d" % min(messages)) == str(QUICKLY)

            house.wait_for_cron(
                stack, all_sent, SECONDS * 3, "messages at %d ms" % latency)
            seconds = time.monotonic() - started
            control("PATCH", "/settings", {"latency": 0})
            found = test_once.sends(control) - before
            parts += len(found)
            again += sum(found.values()) - len(found)
            bench.figure(
                "%d messages to %d people at %d ms: parts a second, queueing"
                " included" % (
                    QUICKLY, CROWD, latency), round(len(found) / seconds, 1), "parts")
        bench.figure("messages at once: parts", parts, "parts",
                     goal=2 * QUICKLY * len(LATENCIES), better="higher")
        bench.figure("messages at once: parts sent again", again, "parts",
                     goal=0, better="lower")


def notice(bench):
    """Send one notice to everybody and read who got it."""
    from tests.e2e import house
    with bench.stack(people=PEOPLE, departments=6, workers=2,
                     cron_seconds=2) as stack:
        control = house.Control(stack.simulator.url)
        corp = house.connect(stack)
        stack.rpc("dingding.corp", "action_get_users", [corp])
        house.wait_until(
            lambda: stack.query("SELECT state FROM dingding_sync") == "done",
            SECONDS, "the reading")
        ids = [int(line) for line in stack.query(
            "SELECT id FROM dingding_user").split("\n")]
        control.forget()
        started = time.monotonic()
        message = stack.rpc("dingding.message", "send", False, {
            "dingding.user": ids}, "Notice to everybody")[0]
        bench.figure("a notice to %d people: queueing" % PEOPLE,
                     round(time.monotonic() - started, 2), "s")

        def state():
            return stack.query(
                "SELECT state FROM dingding_message WHERE id = %d" % message)

        house.wait_until(lambda: state() == "sent", SECONDS, "sending")
        bench.figure("a notice to %d people: until DingTalk has all" % PEOPLE,
                     round(time.monotonic() - started, 2), "s")
        bench.figure("a notice to %d people: calls" % PEOPLE,
                     control.calls(API + "asyncsend_v2"), "calls",
                     goal=11, better="lower")
        got = sum(
            any(note["msg"]["text"]["content"] == "Notice to everybody"
                for note in control.messages(each["userid"]))
            for each in control.users())
        bench.figure("a notice to %d people: phones that have it" % PEOPLE, got,
                     "people", goal=PEOPLE, better="higher")
        started = time.monotonic()
        stack.rpc("dingding.message", "action_refresh", [message])
        bench.figure("reading who of %d people has read it" % PEOPLE,
                     round(time.monotonic() - started, 2), "s")
        bench.figure("reading who of %d people has read it: calls" % PEOPLE,
                     control.calls(API + "getsendresult"), "calls",
                     goal=11, better="lower")
