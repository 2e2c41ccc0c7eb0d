"""Attendance: what one check costs."""

import time

AREA = "attendance"

MODEL = "dingding.attendance"
API = "/topapi/user/count"


def figures(bench):
    """Check once, on an organisation that is connected."""
    from tests.e2e import house
    with bench.stack(people=60, modules=["dingding_attendance"]) as stack:
        control = house.Control(stack.simulator.url)
        corp = house.connect(stack)
        record = stack.rpc(MODEL, "create", {"name": "First", "corp_id": corp})
        control.forget()
        started = time.monotonic()
        stack.rpc(MODEL, "action_check", [record])
        bench.figure("one check", round(time.monotonic() - started, 2), "s")
        bench.figure(
            "one check: calls", control.calls(API), "calls", goal=1, better="lower")
