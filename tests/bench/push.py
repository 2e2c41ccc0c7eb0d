"""How long a change of Odoo takes to DingTalk, after its commit."""

import sys
import time

from tools import paths

sys.path.insert(0, str(paths.ROOT / "tests" / "e2e"))

import house  # noqa: E402  (found there)

CHANGES = 30
UPDATE = "/topapi/v2/user/update"


def figures(bench):
    """Measure the default, a thread after the commit, and queue_job."""
    measure(bench, "default", {})
    measure(bench, "queue_job", dict(
        modules=["dingding", "queue_job"], server_wide=["web", "queue_job"],
        environment={"ODOO_QUEUE_JOB_CHANNELS": "root:2"}))


def measure(bench, name, options):
    """Print the figures of one way to work in the background."""
    with bench.stack(people=40, departments=5, workers=2, **options) as stack:
        corp = house.connect(stack)
        house.read_people(stack, corp, 120)
        stack.rpc("dingding.corp", "write", [corp], {"leads_profile": "odoo"})
        people = stack.rpc("dingding.user", "search", [])
        control = house.Control(stack.simulator.url)
        taken = []
        for number in range(CHANGES):
            control("DELETE", "/calls")
            stack.rpc("dingding.user", "write", people[number:number + 1],
                      {"title": "Change %d" % number})
            began = time.monotonic()
            while not control.calls(UPDATE):
                assert time.monotonic() - began < 90, "it does not arrive"
                time.sleep(0.01)
            taken.append(time.monotonic() - began)
            # The next one is to find a worker that has gone to sleep.
            time.sleep(0.5)
        taken.sort()
        for label, share in (("p50", 0.5), ("p95", 0.95)):
            bench.figure(
                "one change from commit to DingTalk, %s, %s" % (name, label),
                round(taken[int(share * (len(taken) - 1))] * 1000), "ms")
