"""Cost of counting billed calls: of one call, with everything written."""

import json

GOAL = 1.0  # percent of what a call itself costs

CODE = """
import json, statistics, time
from odoo.addons.dingding.dingtalk.limits import RateLimiter
from odoo.addons.dingding.models import dingding_call_count as counting
from odoo.addons.dingding.models.dingding_call_count import Ledger, write_counts
corp = env["dingding.corp"].search([], limit=1)
app, path = corp.app_id, "/topapi/message/corpconversation/getsendprogress"
ledger = counting.ledger
limiter = RateLimiter(10 ** 6)
client = app._dingtalk_client(feature="messages", limiter=limiter)
bare = app._dingtalk_client(limiter=limiter, ledger=None)
CALLS, COUNTED = 200, 20000

def call(client):
    try:
        client.messages.progress(app.agent_id, "1")
    except Exception as error:
        assert error.code not in ("budget", "90020"), error

call(bare)
begun = time.perf_counter()
for _number in range(CALLS):
    call(bare)
one_call = (time.perf_counter() - begun) / CALLS
used = client._ledger
begun = time.perf_counter()
for _number in range(COUNTED):
    used.check(path)
    used.count(path, 200, None, time.time(), 0.0)
ledger.flush()
counted = (time.perf_counter() - begun) / COUNTED
env.cr.commit()  # see what other transactions have written
env.cr.execute("SELECT sum(count), count(*) FROM dingding_call_count")
total, rows = env.cr.fetchone()
print("FIGURES " + json.dumps({
    "call": one_call * 1000000, "counted": counted * 1000000,
    "lost": COUNTED - int(total), "rows": rows}))
"""


def figures(bench):
    """Measure calls against the simulator, which answers much sooner than DingTalk."""
    from tests.e2e import house

    with bench.stack(people=5, departments=1) as stack:
        control = house.Control(stack.simulator.url)
        control("PATCH", "/settings", {"rate_limit": None, "ban": None})
        house.connect(stack)
        output = stack.odoo_shell(CODE)
    found = json.loads(output.split("FIGURES ")[1].split("\n")[0])
    bench.figure("a call of the simulator", round(found["call"]), "us")
    bench.figure("counting it, with its share of the writing",
                 round(found["counted"], 1), "us")
    bench.figure("counting a call, of its cost",
                 round(100 * found["counted"] / found["call"], 2), "%",
                 goal=GOAL, better="lower")
    bench.figure("calls that were not counted", found["lost"], "calls", goal=0,
                 better="lower")
    bench.figure("rows for 20000 calls of one API", found["rows"], "rows", goal=2,
                 better="lower")
