"""From Odoo to DingTalk on the real stack, with failing calls and killed servers."""

import collections
import itertools

import pytest

from . import house

PEOPLE = 1000
STACK = dict(people=PEOPLE, departments=20, workers=2, cron_threads=2, cron_seconds=2)
USER = "/topapi/v2/user/"
GET, UPDATE, CREATE = USER + "get", USER + "update", USER + "create"
DEPARTMENT = "/topapi/v2/department/create"
# Failures of a call; the last three are carried out.
KINDS = ("busy", "http_500", "throttled", "reset", "html", "reset_after", "truncated")


@pytest.fixture(scope="module")
def people(stack, corp):
    """Everybody in Odoo, which leads; ids in order."""
    house.lift_limits(stack)
    stack.rpc("dingding.corp", "write", [corp], {
        "leads_profile": "odoo", "leads_contact": "odoo", "leads_structure": "odoo"})
    house.wait_until(lambda: read(stack, corp), 180, "the reading of everybody")
    return [int(key) for key in stack.query(
        "SELECT id FROM dingding_user ORDER BY id").split("\n")]


def read(stack, corp):
    run = stack.rpc("dingding.corp", "action_get_users", [corp])["res_id"]
    house.wait_until(
        lambda: stack.query("SELECT state FROM dingding_sync WHERE id = %d" % run)
        in ("done", "failed"), 120, "run %d" % run)
    return int(stack.query("SELECT count(*) FROM dingding_user")) >= PEOPLE


def open_changes(stack):
    return int(stack.query(
        "SELECT count(*) FROM dingding_outgoing_change"
        " WHERE state NOT IN ('done', 'cancelled')"))


def hurry(stack):
    """Make retries due, for the cron too."""
    # Rows that are due belong to the workers.
    stack.query(
        "UPDATE dingding_outgoing_change SET next_try = NULL WHERE state = 'retry'"
        " AND next_try > now() AT TIME ZONE 'UTC'")
    house.hurry_cron(stack)


def sent(stack, seconds=60):
    def nothing_open():
        hurry(stack)
        return not open_changes(stack)

    house.wait_until(nothing_open, seconds, "the outbox (%s)" % stack.query(
        "SELECT state, count(*), max(last_error) FROM dingding_outgoing_change"
        " GROUP BY 1"))


def there(dingtalk, stack, person):
    """Return DingTalk's person of a record."""
    userid = stack.query("SELECT userid FROM dingding_user WHERE id = %d" % person)
    return {each["userid"]: each for each in dingtalk.users()}.get(userid)


def test_a_thousand_changes_with_every_tenth_call_failing(stack, dingtalk, people):
    kinds = itertools.cycle(KINDS)
    for place in range(200):
        dingtalk.fault(next(kinds), USER + "*", skip=9 * place + 9)
    before = int(stack.query("SELECT count(*) FROM dingding_outgoing_change"))
    stack.rpc("dingding.user", "write", people, {"title": "One of a thousand"})
    assert open_changes(stack) > 0
    sent(stack, 240)
    rows = int(stack.query("SELECT count(*) FROM dingding_outgoing_change")) - before
    assert rows == PEOPLE
    assert stack.query(
        "SELECT count(DISTINCT person_id) FROM dingding_outgoing_change") == str(PEOPLE)
    assert {each["title"] for each in dingtalk.users()} == {"One of a thousand"}
    happened = dingtalk("GET", "/faults")
    left = happened["faults"] if isinstance(happened, dict) else happened
    assert len(left) < 100, "the faults did happen: %d are left" % len(left)


def test_killed_before_it_began(stack, dingtalk, people):
    stack.rpc("dingding.user", "write", people[:3], {"title": "Killed at once"})
    stack.kill_odoo()
    house.lose_work(stack)
    stack.start_odoo()
    sent(stack)
    assert there(dingtalk, stack, people[0])["title"] == "Killed at once"


@pytest.mark.parametrize("path, kind", [
    (GET, "slow"), (UPDATE, "slow"), (UPDATE, "timeout_after")])
def test_killed_while_it_is_sent(stack, dingtalk, people, path, kind):
    title = "Killed at %s %s" % (path.split("/")[-1], kind)
    dingtalk.fault(kind, path, seconds=60)
    stack.rpc("dingding.user", "write", people[3:4], {"title": title})
    house.wait_until(lambda: dingtalk.calls(path) == 1, 30, "the call")
    stack.kill_odoo()
    house.lose_work(stack)
    with house.without_cron(stack):
        stack.start_odoo()
        assert stack.query(
            "SELECT state FROM dingding_outgoing_change ORDER BY id DESC LIMIT 1"
        ) == "working"
        # Changed again before the row of the dead worker is found.
        stack.rpc("dingding.user", "write", people[3:4], {"job_number": title[-4:]})
    sent(stack)
    found = there(dingtalk, stack, people[3])
    assert (found["title"], found["job_number"]) == (title, title[-4:])


def test_postgresql_restarts_while_it_is_sent(stack, dingtalk, people):
    # On a busy machine a look comes late: most calls take a while.
    dingtalk.fault("slow", UPDATE, times=None, skip=20, seconds=1)
    stack.rpc("dingding.user", "write", people[:100], {"title": "Database away"})
    house.wait_until(lambda: 0 < dingtalk.calls(UPDATE) < 90, 90, "the first calls")
    stack.postgres.stop()
    stack.postgres.start()
    dingtalk("DELETE", "/faults")
    sent(stack, 120)
    titles = [each["title"] for each in dingtalk.users()]
    assert titles.count("Database away") == 100
    # Calls under way are verified, not repeated. Throttled calls do not count.
    assert dingtalk.taken(UPDATE) == 100, collections.Counter(
        call["code"] for call in dingtalk(
            "GET", "/calls", path=UPDATE, limit=10000)["calls"])


# Without the kill the answer comes too late for the client.
@pytest.mark.parametrize("kill", [True, False])
def test_nobody_is_made_twice(stack, dingtalk, corp, people, kill):
    mobile = "1390000%04d" % (1 if kill else 2)
    count = len(dingtalk.users())
    dingtalk.fault("timeout_after", CREATE, seconds=40)
    person = stack.rpc("dingding.user", "create", {
        "corp_id": corp, "name": "New", "mobile": mobile})
    house.wait_until(lambda: dingtalk.calls(CREATE) == 1, 90, "the call")
    if kill:
        stack.kill_odoo()
        house.lose_work(stack)
        stack.start_odoo()
    sent(stack, 90)
    assert dingtalk.calls(CREATE) == 1
    assert len(dingtalk.users()) == count + 1
    assert there(dingtalk, stack, person)["mobile"] == mobile
    assert stack.query(
        "SELECT is_new FROM dingding_user WHERE id = %d" % person) == "f"


def test_no_department_is_made_twice(stack, dingtalk, corp, people):
    dingtalk.fault("timeout_after", DEPARTMENT, seconds=60)
    department = stack.rpc("dingding.department", "create", {
        "corp_id": corp, "name": "Lab"})
    child = stack.rpc("dingding.department", "create", {
        "corp_id": corp, "name": "Lab below", "parent_id": department})
    house.wait_until(lambda: dingtalk.calls(DEPARTMENT) == 1, 30, "the call")
    stack.kill_odoo()
    house.lose_work(stack)
    stack.start_odoo()
    sent(stack)
    assert dingtalk.calls(DEPARTMENT) == 2
    found = dingtalk("GET", "/departments")
    found = found["departments"] if isinstance(found, dict) else found
    names = [each["name"] for each in found]
    assert (names.count("Lab"), names.count("Lab below")) == (1, 1)
    numbers = dict(
        row.split("|") for row in stack.query(
            "SELECT id, dept_id FROM dingding_department WHERE id IN (%d, %d)"
            % (department, child)).split("\n"))
    parents = {str(each["dept_id"]): str(each["parent_id"]) for each in found}
    assert parents[numbers[str(child)]] == numbers[str(department)]


def test_what_was_rolled_back_is_not_sent(stack, dingtalk, people):
    stack.odoo_shell(
        "env['dingding.user'].browse(%d).title = 'Never'\nenv.cr.rollback()\n"
        % people[5])
    stack.rpc("dingding.user", "write", people[6:7], {"title": "After it"})
    sent(stack)
    assert dingtalk.calls(UPDATE) == 1
    assert there(dingtalk, stack, people[5])["title"] != "Never"


def test_it_comes_back_as_it_went(stack, dingtalk, corp, people):
    before = stack.query("SELECT count(*) FROM dingding_outgoing_change")
    read(stack, corp)
    assert stack.query("SELECT count(*) FROM dingding_outgoing_change") == before
    assert stack.query("SELECT count(*) FROM dingding_conflict") == "0"
