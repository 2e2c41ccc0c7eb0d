"""Connecting: token requests of processes that start cold."""

import concurrent.futures
import time

PROCESSES, CALLS = 4, 20
TOKEN = "/v1.0/oauth2/accessToken"
CALL = "/topapi/v2/department/listsub"
# How long the processes need until all of them are ready to begin.
READY_SECONDS = 15

CODE = """
import time
client = env["dingding.corp"].browse(%d)._app_for("contact")._dingtalk_client()
time.sleep(max(0, %f - time.time()))
started = time.monotonic()
for _number in range(%d):
    client.contacts.sub_departments(1)
print("SECONDS", time.monotonic() - started)
"""


def figures(bench):
    """Count the requests of a cold start, with DingTalk slow in giving tokens."""
    from tests.e2e import house
    with bench.stack(people=60, start_odoo=False) as stack:
        control = house.Control(stack.simulator.url)
        stack.odoo_shell(
            "env['dingding.corp'].create(%r)\nenv.cr.commit()\n" % dict(
                name="Demo", app_key=stack.simulator.app_key,
                app_secret=stack.simulator.app_secret,
                agent_id=stack.simulator.agent_id))
        corp = int(stack.query("SELECT id FROM dingding_corp"))
        control.fault("slow", TOKEN, times=None, seconds=1)
        code = CODE % (corp, time.time() + READY_SECONDS, CALLS)
        with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
            runs = [pool.submit(stack.odoo_shell, code) for _ in range(PROCESSES)]
            outputs = [run.result() for run in runs]
        name = "%d processes of %d calls: " % (PROCESSES, CALLS)
        bench.figure(name + "token requests", control.calls(TOKEN), "requests",
                     goal=1, better="lower")
        # Those over DingTalk's 20 calls a second are called again.
        bench.figure(name + "calls", control.calls(CALL), "calls")
        bench.figure(
            name + "slowest process",
            round(max(float(output.split("SECONDS")[1].split()[0])
                      for output in outputs), 2), "s")
