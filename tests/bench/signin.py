"""Signing in: calls, many at once, and how long a desktop waits for the phone."""

import threading
import time

PEOPLE = 60
AT_ONCE = 50
DESKTOPS, CONFIRMED = 100, 20
# As static/src/js/signin.js does.
SLOW, QUICK = 2.0, 0.5
REFUSALS = 40  # of each kind
READ_SECONDS = 3  # what a person needs to read the question on the phone


def figures(bench):
    """Sign in over DingTalk's page, then by own codes while many others wait."""
    from tests.e2e import browsers, house
    with bench.stack(people=PEOPLE, workers=4) as stack:
        control = house.Control(stack.simulator.url)
        corp = house.connect(stack)
        browsers.switch_on(stack, corp)
        people = [each for each in control.users() if each["active"]]
        people, left = people[:AT_ONCE], people[AT_ONCE:]
        values = [{
            "name": each["name"], "userid": each["userid"],
            "unionid": each["unionid"], "corp_id": corp} for each in people]
        stack.odoo_shell(
            "for vals in %r:\n"
            "    user = env['res.users'].create("
            "{'name': vals['name'], 'login': vals['userid']})\n"
            "    env['dingding.user'].create(dict(vals, user_id=user.id))\n"
            "env.cr.commit()\n" % values)
        _refusals(bench, browsers, stack, control, corp, left)
        _page(bench, browsers, stack, control, people)
        _own_code(bench, browsers, stack, control, people)


def _page(bench, browsers, stack, control, people):
    def enter(person):
        browser = browsers.Browser(stack)
        address = browser.get("/dingding/signin/oauth2").headers["Location"]
        path = browsers.agree(control, address, person["userid"])
        started = time.monotonic()
        answer = browser.get(path)
        return answer.status_code, time.monotonic() - started

    # The application has its token afterwards.
    enter(people[0])
    control.forget()
    enter(people[0])
    # The user's token, who that is, and whether the person is still there.
    bench.figure("calls of a sign-in", control.calls(), "calls", goal=3, better="lower")
    results = browsers.at_once(enter, people)
    failed = sum(1 for status, _seconds in results if status != 303)
    name = "%d sign-ins at once: " % len(people)
    bench.figure(name + "failed", failed, "sign-ins", goal=0, better="lower")
    bench.figure(
        name + "slowest", round(max(seconds for _s, seconds in results), 2), "s")


def _refusals(bench, browsers, stack, control, corp, left):
    """Measure whether the time tells who is known here; in turn, so that both age."""
    unknown, known = left[:2]
    stack.rpc("dingding.corp", "write", [corp], {"signin_who": "linked"})
    stack.rpc("dingding.user", "create", {
        "name": known["name"], "userid": known["userid"],
        "unionid": known["unionid"], "corp_id": corp})
    seconds = {"unknown": [], "not linked": []}
    for _number in range(REFUSALS):
        for kind, person in (("unknown", unknown), ("not linked", known)):
            browser = browsers.Browser(stack)
            address = browser.get("/dingding/signin/oauth2").headers["Location"]
            path = browsers.agree(control, address, person["userid"])
            started = time.monotonic()
            assert browser.get(path).status_code == 403
            seconds[kind].append(time.monotonic() - started)
    for kind, found in seconds.items():
        bench.figure("a refusal, %s, median" % kind,
                     round(sorted(found)[REFUSALS // 2] * 1000, 1), "ms")


class Desktop(threading.Thread):
    """A login page that shows a code and asks what became of it."""

    def __init__(self, browsers, stack, stopped):
        super().__init__(daemon=True)
        self.browser = browsers.Browser(stack)
        self.ticket = self.browser.post("/dingding/signin/qr/new").json()["ticket"]
        self.token = self.browser.token()
        self.stopped = stopped
        self.done_at = None
        self.seconds = []

    def run(self):
        state = "new"
        while not self.stopped.wait(QUICK if state == "seen" else SLOW):
            started = time.monotonic()
            state = self.browser.get(
                "/dingding/signin/qr/state", ticket=self.ticket).json()["state"]
            self.seconds.append(time.monotonic() - started)
            if state == "agreed":
                answer = self.browser.session.post(
                    self.browser.url + "/dingding/signin/qr/done", timeout=60,
                    data={"ticket": self.ticket, "csrf_token": self.token})
                if answer.status_code == 200:
                    self.done_at = time.monotonic()
                return
            if state not in ("new", "seen"):
                return


def _own_code(bench, browsers, stack, control, people):
    stopped = threading.Event()
    desktops = []
    for _number in range(DESKTOPS):
        desktops.append(Desktop(browsers, stack, stopped))
        desktops[-1].start()
    waits = []
    for desktop, person in zip(desktops[-CONFIRMED:], people):
        phone = browsers.Browser(stack)
        phone.get("/dingding/signin/qr/open", ticket=desktop.ticket)
        phone.post("/dingding/signin/qr/seen", ticket=desktop.ticket,
                   code=browsers.code_inside(control, person))
        time.sleep(READ_SECONDS)
        phone.post("/dingding/signin/qr/decide", ticket=desktop.ticket,
                   decision="agree")
        agreed = time.monotonic()
        desktop.join(20)
        if desktop.done_at:
            waits.append(desktop.done_at - agreed)
    stopped.set()
    name = "%d desktops waiting: " % DESKTOPS
    bench.figure(name + "confirmed but not signed in", CONFIRMED - len(waits),
                 "desktops", goal=0, better="lower")
    waits.sort()
    if waits:
        bench.figure(
            name + "from the phone's yes to the desktop, p95",
            round(waits[int(len(waits) * 0.95) - 1], 2), "s", goal=1, better="lower")
    seconds = sorted(each for desktop in desktops for each in desktop.seconds)
    bench.figure("a question of a waiting desktop, median",
                 round(seconds[len(seconds) // 2] * 1000), "ms")
    bench.figure("questions of a waiting desktop", 60 / SLOW, "requests a minute")
