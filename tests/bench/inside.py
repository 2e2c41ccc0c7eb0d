"""Inside DingTalk: ticket requests of cold processes, weight and time of the page."""

import concurrent.futures
import re
import statistics
import time

PROCESSES, PAGES = 4, 10
TICKET = "/v1.0/oauth2/jsapiTickets"
# How long the processes need until all of them are ready to begin.
READY_SECONDS = 20
ROUNDS = 15
SITE = "http://odoo.example.com"

CODE = """
import time
app = env["dingding.corp"].browse(%d)._app_for("signin")
time.sleep(max(0, %f - time.time()))
started = time.monotonic()
for _number in range(%d):
    app._jsapi_config("%s/dingding/app", ["biz.util.scan"])
print("SECONDS", time.monotonic() - started)
"""


def figures(bench):
    """Count the ticket requests of a cold start; weigh and time the page."""
    from tests.e2e import house
    from tests.e2e.browsers import Browser, code_inside, switch_on

    with bench.stack(people=60, workers=4, modules=["dingding_inside"]) as stack:
        control = house.Control(stack.simulator.url)
        corp = house.connect(stack)
        switch_on(stack, corp)
        stack.rpc("ir.config_parameter", "set_param", "web.base.url", SITE)
        control.fault("slow", TICKET, times=None, seconds=1)
        code = CODE % (corp, time.time() + READY_SECONDS, PAGES, SITE)
        with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
            runs = [pool.submit(stack.odoo_shell, code) for _ in range(PROCESSES)]
            outputs = [run.result() for run in runs]
        name = "%d processes of %d pages: " % (PROCESSES, PAGES)
        bench.figure(name + "ticket requests", control.calls(TICKET), "requests",
                     goal=1, better="lower")
        bench.figure(
            name + "slowest process",
            round(max(float(output.split("SECONDS")[1].split()[0])
                      for output in outputs), 2), "s")
        page(bench, stack, control, corp, house, Browser, code_inside)


def page(bench, stack, control, corp, house, browser_class, code_inside):
    house.read_people(stack, corp, 90)
    person = next(each for each in control.users() if each["active"])
    user = stack.rpc("res.users", "create", {"name": "Li", "login": "li"})
    rows = stack.rpc("dingding.user", "search", [("userid", "=", person["userid"])])
    stack.rpc("dingding.user", "write", rows, {"user_id": user})
    browser = browser_class(stack)
    control.forget()
    started = time.monotonic()
    opened = browser.get("/dingding/signin/inside", redirect="/dingding/app").text
    browser.post("/dingding/signin/inside/code", code=code_inside(control, person),
                 ticket=re.search('data-ticket="([^"]*)"', opened).group(1))
    answer = browser.get("/dingding/app")
    bench.figure("first page with signing in", round(time.monotonic() - started, 2),
                 "s")
    assert answer.status_code == 200, answer.text
    sizes = [len(answer.content)]
    files = re.findall(r'(?:src|href)="(/dingding_inside/static/[^"]+)"', answer.text)
    for path in files:
        sizes.append(len(browser.get(path).content))
    bench.figure("page with its files", round(sum(sizes) / 1024.0, 1), "KB",
                 goal=100, better="lower")
    bench.figure("requests until it is usable", len(sizes), "requests")
    seconds = []
    for _number in range(ROUNDS):
        started = time.monotonic()
        browser.get("/dingding/app")
        seconds.append(time.monotonic() - started)
    bench.figure("the page, median of %d" % ROUNDS,
                 round(statistics.median(seconds), 3), "s", goal=1, better="lower")
