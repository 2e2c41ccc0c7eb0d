"""Messages: what a notice to many people costs."""

import time

AREA = "messages"

PEOPLE = 1050
API = "/topapi/message/corpconversation/"
SECONDS = 300


def figures(bench):
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
        bench.figure("a notice to %d people: handing in" % PEOPLE,
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
