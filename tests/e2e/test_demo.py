"""``make demo`` fills each screen of the addons."""

import pytest

from tools import demo_story, paths

STACK = dict(people=60, departments=8, workers=2, cron_seconds=2, modules=(
    paths.addons() + paths.demonstrations()))
#: Model -> minimal number of records, with their domain.
SHOWN = {
    "dingding.message": (4, []),
    "dingding.approval": (7, []),
    "dingding.event": (10, [("state", "=", "done")]),
    "dingding.attendance.day": (100, []),
    "hr.attendance": (100, []),
    "dingding.attendance.problem": (1, [("state", "=", "open")]),
    "dingding.checkin": (6, []),
    "dingding.leave": (5, []),
    "dingding.leave.balance": (1, []),
    "dingding.roster.log": (1, []),
    "dingding.joiner": (2, []),
    "dingding.group": (1, [("state", "=", "done")]),
    "dingding.robot.message": (1, [("state", "=", "done")]),
    "dingding.chat.message": (7, [("state", "=", "done")]),
    "dingding.card": (3, []),
    "dingding.card.press": (1, [("state", "=", "done")]),
    "dingding.todo": (3, []),
    "dingding.notification": (1, []),
}


@pytest.fixture(scope="module")
def full(stack):
    stack.odoo.start_stream()
    demo_story.Story(
        stack.odoo, stack.simulator, stack_modules(stack), stack.login,
        stack.password).tell()
    return stack


def stack_modules(stack):
    return stack.query(
        "SELECT name FROM ir_module_module WHERE state = 'installed'").split("\n")


def test_each_list_has_records(full):
    found = {
        model: full.rpc(model, "search_count", domain)
        for model, (_least, domain) in SHOWN.items()}
    lacking = {model: count for model, count in found.items()
               if count < SHOWN[model][0]}
    assert not lacking, lacking


def test_one_failure_is_left_with_its_remedy(full):
    alerts = full.rpc(
        "dingding.alert", "search_read", [("state", "=", "open")], ["kind"])
    # The key may name the responsible person too.
    assert [each["kind"].split("/")[0] for each in alerts] == ["approval"], alerts


def test_most_steps_of_the_setup_are_done(full):
    corp, = full.rpc("dingding.corp", "search", [])
    overview = full.rpc("dingding.corp", "action_overview", [corp])["res_id"]
    left = full.rpc("dingding.overview.line", "search_read", [
        ("overview_id", "=", overview), ("section", "=", "setup"),
        ("state", "!=", "ok")], ["key"])
    # It has no https.
    assert {each["key"] for each in left} <= {"inside"}, left
