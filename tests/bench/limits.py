"""Cost of the limit of calls for each call when nothing else goes on.

The time that a call has to wait for its turn is left out: DingTalk's limit costs that.
"""

import json

GOAL = 0.2  # milliseconds a call

CODE = """
import json, statistics, time
from odoo.addons.dingding.dingtalk.limits import LeasedLimiter
from odoo.addons.dingding.models.dingding_call_rate import RecordRate
slept = [0.0]

def sleep(seconds):
    begun = time.monotonic()
    time.sleep(seconds)
    slept[0] += time.monotonic() - begun

def cost(key, calls, pause):
    rate = RecordRate(env.cr.dbname, "bench", 20)
    limiter = LeasedLimiter(rate.lease, rate.withhold, 20, sleep=sleep)
    limiter.acquire(key)
    costs, begun_at = [], time.process_time()
    for number in range(calls):
        time.sleep(pause)
        slept[0], begun = 0.0, time.monotonic()
        limiter.acquire(key)
        costs.append(1000 * (time.monotonic() - begun - slept[0]))
    return {"mean": statistics.mean(costs), "median": statistics.median(costs),
            "processor time": 1000 * (time.process_time() - begun_at) / calls}

print("FIGURES " + json.dumps({
    "in a row": cost("/row", 200, 0), "after a pause": cost("/pause", 60, 0.15)}))
"""


def figures(bench):
    """Measure calls in a row, of which several share a lease, and single calls."""
    with bench.stack(people=1, departments=1, start_odoo=False,
                     simulated=False) as stack:
        output = stack.odoo_shell(CODE)
    found = json.loads(output.split("FIGURES ")[1].split("\n")[0])
    for name in sorted(found):
        for kind, value in sorted(found[name].items()):
            # On a busy machine the processor time still counts.
            goal = GOAL if name == "in a row" and kind != "median" else None
            bench.figure("limit of calls, %s: %s of a call" % (name, kind),
                         round(value, 3), "ms", goal=goal, better="lower")
