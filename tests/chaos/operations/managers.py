"""Buttons that managers press, and lists that people look at."""

from ..registry import one_of, operation
from ..world import Skip

LISTS = {
    "dingding.user": ["name", "title", "department_ids", "user_id"],
    "dingding.department": ["complete_name", "manager_ids"],
    "dingding.message": ["name", "state", "people", "last_error"],
    "dingding.sync": ["name", "state", "result"],
    "dingding.outgoing.change": ["name", "summary", "state"],
    "dingding.event": ["event_type", "subject", "state"],
    "dingding.approval": ["name", "status", "current_approver_names"],
}


@operation(weight=2, model=one_of(*sorted(LISTS)))
def a_manager_looks_at_a_list(world, step, model):
    """A manager opens a list."""
    world.rpc(model, "search_read", [], LISTS[model], limit=80, as_="manager")


@operation(weight=1)
def a_manager_tests_the_connection(world, step):
    """A manager presses the button that tests the connection."""
    world.rpc("dingding.corp", "action_test_connection", [world.corp], as_="manager")


@operation(weight=1, model=one_of(
    "dingding.outgoing.change", "dingding.event", "dingding.sync"))
def a_manager_retries(world, step, model):
    """A manager has everything that gave up tried again."""
    rows = world.rpc(model, "search", [("state", "=", "failed")], as_="manager")
    if not rows:
        raise Skip("nothing has failed")
    world.rpc(model, "action_retry", rows, as_="manager")


@operation(weight=1)
def a_manager_imports_templates(world, step):
    """A manager reads the templates of approvals again."""
    world.rpc("dingding.corp", "action_get_approval_templates", [world.corp],
              as_="manager")
